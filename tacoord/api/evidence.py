"""Pairs as JSON: both sides in short, and why they were flagged, each piece with its sentence."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tacoord.extensions import db
from tacoord.matching.explain import explain
from tacoord.matching.match import Evidence
from tacoord.matching.why_kind import why_kind
from tacoord.models import Overlap, Project
from tacoord.services.projects.projects import note_read

Json = dict[str, Any]


def side_of(project: Project) -> Json:
    """One of the two projects, in short; that a program reads of a restricted one is written down."""
    note_read(db.session(), project)
    return {
        "id": project.public_id,
        "title": project.title,
        "organisation": project.organisation.code,
    }


def told_evidence(pieces: Iterable[Evidence]) -> list[Json]:
    """Every piece, with its sentence in English."""
    return [{**piece.as_json(), "sentence": str(explain(piece))} for piece in pieces]


def told_kind(kind: str, pieces: Sequence[Evidence]) -> Json:
    """The kind of a pair, and in a sentence in English what speaks for it; None where that was withdrawn."""
    reason = why_kind(kind, pieces)
    return {"kind": kind, "kind_reason": str(reason) if reason else None}


def told_overlap(overlap: Overlap) -> Json:
    """A flagged pair; the caller may see both sides."""
    pieces = _pieces(overlap.evidence)
    return {
        "id": overlap.public_id,
        "left": side_of(overlap.first),
        "right": side_of(overlap.second),
        **told_kind(overlap.kind.value, pieces),
        "score": overlap.score,
        "evidence": told_evidence(pieces),
        "model_version": overlap.model_version,
        "verdict": overlap.verdict.value,
        "flagged_at": overlap.flagged_at.isoformat(),
        "decided_at": overlap.decided_at.isoformat() if overlap.decided_at else None,
        "decisions": [
            {
                "verdict": decision.verdict.value,
                "note": decision.note,
                "at": decision.at.isoformat(),
                "by": decision.by.name,
            }
            for decision in overlap.decisions
        ],
    }


def _pieces(kept: Iterable[Mapping[str, Any]]) -> list[Evidence]:
    """Pieces as they were kept with the pair; the base has no sentence."""
    return [Evidence(**one) for one in kept if one["feature"] != "base"]
