"""Versions of the matching model: which one is in use, which there are, and which shall be used from now on."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, selectinload

from tacoord import policy
from tacoord.errors import Conflict, NotFound
from tacoord.matching import model as shipped
from tacoord.matching.learning import FEWEST, Decision, Refit, refit
from tacoord.matching.match import Evidence
from tacoord.matching.model import Kind, Model
from tacoord.models import MatchingModel, Overlap, Verdict
from tacoord.policy import Actor
from tacoord.services.history import note_change


@dataclass(frozen=True, slots=True)
class Version:
    """One version that can be used. shipped: it came with tacoord, not from decisions made here."""

    version: str
    note: str
    shipped: bool
    in_use: bool


WEIGHTS_IN_USE: Final = select(MatchingModel.weights).where(MatchingModel.in_use)


def current_model(session: Session) -> Model:
    """The model in use: the one that was chosen, else the one that tacoord comes with."""
    return model_of(session.scalars(WEIGHTS_IN_USE).one_or_none())


def model_of(weights: Mapping[str, Any] | None) -> Model:
    """The model of the weights that were chosen; None: none were."""
    return Model.load() if weights is None else _read(json.dumps(weights))


def list_models(session: Session) -> list[Version]:
    """All versions: those that tacoord comes with, then those made here, oldest first."""
    used = current_model(session).version
    rows = session.scalars(select(MatchingModel).order_by(MatchingModel.id)).all()
    came = shipped.versions()
    return [
        *(Version(one, Model.load(one).note, shipped=True, in_use=one == used) for one in came),
        *(
            Version(row.version, str(row.weights.get("note", "")), shipped=False, in_use=row.in_use)
            for row in rows
            if row.version not in came
        ),
    ]


def use_model(session: Session, version: str, *, by: Actor) -> Model:
    """Use `version` for all comparisons from now on; pairs flagged before keep theirs until they are compared again.

    Raises Forbidden, and NotFound where there is no such version.
    """
    policy.require(by, "model.use")
    before = current_model(session)
    row = session.scalar(select(MatchingModel).where(MatchingModel.version == version))
    if row is None:
        row = _adopt(session, version)
    session.execute(update(MatchingModel).values(in_use=False))
    session.refresh(row)
    row.in_use = True
    session.flush()
    note_change(
        session, "model.used", row, by=by, details={"before": before.version, "after": version}
    )
    return current_model(session)


def fit_model(session: Session, *, by: Actor) -> tuple[Refit, bool]:
    """Fit the weights that tacoord comes with to all verdicts; keeps the new version, not yet in use, where it judges
    better than the weights in use.

    Returns both judged on verdicts that neither had seen, and whether it was kept. Raises Forbidden, and Conflict where
    there are too few verdicts that the weights in use have not learned from.
    """
    policy.require(by, "model.use")
    used = session.scalar(select(MatchingModel).where(MatchingModel.in_use))
    learned = used is not None and used.version not in shipped.versions()
    decisions = _decisions(session, known_until=used.created_at if used and learned else None)
    made_here = session.scalar(select(func.count()).select_from(MatchingModel)) or 0
    try:
        found = refit(
            decisions,
            Model.load(),
            in_use=model_of(used.weights if used else None),
            version=f"local-{made_here + 1}",
        )
    except ValueError as error:
        new = [decision.one_activity for decision in decisions if not decision.known]
        since = f" since version {used.version} was fitted" if used and learned else ""
        raise Conflict(
            f"too few verdicts to learn from{since}: {sum(new)} pairs are one activity and {len(new) - sum(new)} are "
            f"not; at least {FEWEST} of either are needed"
        ) from error
    if found.better:
        _require_new(session, found.model)
        report = {
            "before": asdict(found.before),
            "after": asdict(found.after),
            "decisions": len(decisions),
        }
        row = keep_model(session, found.model, report=report)
        note_change(session, "model.fitted", row, by=by, details={"version": row.version})
    return found, found.better


def _decisions(session: Session, *, known_until: datetime | None) -> list[Decision]:
    """The verdicts that stand, each with the evidence of its pair; those until then the weights in use know."""
    rows = session.scalars(
        select(Overlap)
        .where(Overlap.verdict != Verdict.OPEN)
        .order_by(Overlap.first_id, Overlap.second_id)
        .options(selectinload(Overlap.decided_by))
    )
    return [
        Decision(
            left=str(row.first_id),
            right=str(row.second_id),
            kind=Kind(row.verdict.value),
            evidence=tuple(Evidence(**one) for one in row.evidence),
            reviewer=row.decided_by.public_id if row.decided_by else None,
            known=bool(known_until and row.decided_at and row.decided_at <= known_until),
        )
        for row in rows
        if row.evidence  # a record that keeps parts to its owner may have lost what was found of it
    ]


def _require_new(session: Session, model: Model) -> None:
    told = {**json.loads(model.to_json()), "version": ""}
    for row in session.scalars(select(MatchingModel)):
        if {**row.weights, "version": ""} == told:
            raise Conflict(f"version {row.version} has been fitted to the same verdicts before")


def keep_model(session: Session, model: Model, *, report: dict[str, object]) -> MatchingModel:
    """Keep a fitted model beside the others, not yet in use."""
    row = MatchingModel(version=model.version, weights=json.loads(model.to_json()), report=report)
    session.add(row)
    session.flush()
    return row


def _adopt(session: Session, version: str) -> MatchingModel:
    """A row for a version that tacoord comes with."""
    if version not in shipped.versions():
        raise NotFound(f"there is no version {version} of the model")
    return keep_model(session, Model.load(version), report={})


@lru_cache(maxsize=8)
def _read(weights: str) -> Model:
    return Model.from_json(weights)
