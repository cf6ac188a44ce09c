"""Terms that an installation adds to its vocabularies, and terms that are no longer offered; none is ever deleted."""

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, func, select, true
from sqlalchemy.orm import Session

from tacoord import policy
from tacoord.errors import N_, Conflict, Invalid, NotFound, Problem
from tacoord.models import (
    AssistanceRequest,
    Change,
    CoordinationGroup,
    GroupTag,
    Offer,
    OfferTag,
    Organisation,
    OrganisationTag,
    Project,
    ProjectTag,
    RequestTag,
    Term,
)
from tacoord.models.vocabulary import TermTag
from tacoord.policy import Actor
from tacoord.services.terms.vocabularies import list_terms
from tacoord.services.visibility import (
    Viewer,
    offer_clause,
    organisation_clause,
    project_clause,
    request_clause,
)

OPEN: Final = frozenset(
    {
        "assistance-kind",
        "exploitation",
        "mandate",
        "measure",
        "policy-area",
        "ratification-action",
        "target-group",
    }
)
"""Vocabularies of the field's own. The others are standards: their codes are given elsewhere."""

LONGEST_CODE: Final = 32
LONGEST_LABEL: Final = 300
_CODE: Final = re.compile(r"[A-Z0-9][A-Za-z0-9.-]*")


def count_uses(session: Session, vocabulary: str, viewer: Viewer) -> Counter[str]:
    """How many records that `viewer` may know of point to each code of a vocabulary."""
    seen: dict[type[TermTag], Select[Any]] = {
        ProjectTag: _of(ProjectTag, Project, project_clause(viewer)),
        RequestTag: _of(RequestTag, AssistanceRequest, request_clause(viewer)),
        OfferTag: _of(OfferTag, Offer, offer_clause(viewer)),
        OrganisationTag: _of(OrganisationTag, Organisation, organisation_clause(viewer)),
        GroupTag: _of(GroupTag, CoordinationGroup, true()),
    }
    uses: Counter[str] = Counter()
    for tags, query in seen.items():
        query = query.where(tags.vocabulary == vocabulary)
        for code, count in session.execute(query.group_by(tags.code)):
            uses[code] += count
    return uses


def _of(tags: Any, records: Any, clause: ColumnElement[bool]) -> Select[Any]:
    return select(tags.code, func.count()).join(records).where(clause)


def add_term(
    session: Session,
    vocabulary: str,
    *,
    code: str,
    label: str,
    source: str = "",
    parent: str | None = None,
    pillar: str | None = None,
    by: Actor,
) -> Term:
    """Add a term at the end of its vocabulary, or of its parent's children.

    pillar: where a measure belongs to; needed there. Raises Forbidden, NotFound, Conflict for a vocabulary whose codes
    are given elsewhere, and Invalid.
    """
    policy.require(by, "vocabulary.edit")
    known = {term.code: term for term in list_terms(session, vocabulary)}
    if vocabulary not in OPEN:
        raise Conflict(f"the codes of {vocabulary} are given elsewhere")
    code, label, source = code.strip(), label.strip(), source.strip()
    problems = [
        *_wrong_code(code, known),
        *_wrong_text("label", label, needed=True),
        *_wrong_text("source", source, needed=False),
        *_wrong_pillar(session, vocabulary, pillar),
    ]
    if parent and parent not in known:
        problems.append(Problem("parent", N_("There is no such term.")))
    if problems:
        raise Invalid(problems)
    term = Term(
        vocabulary=vocabulary,
        code=code,
        label=label,
        source=source,
        parent=parent or None,
        sort=max((each.sort for each in known.values()), default=0) + 1,
        attributes={"pillar": pillar} if vocabulary == "measure" else {},
    )
    session.add(term)
    session.flush()
    _note(session, "term.added", term, by)
    return term


def switch_term(session: Session, vocabulary: str, code: str, *, active: bool, by: Actor) -> Term:
    """Offer a term, or offer it no more; records that have it keep it. Raises Forbidden and NotFound."""
    policy.require(by, "vocabulary.edit")
    term = session.get(Term, (vocabulary, code))
    if term is None:
        raise NotFound(f"term {code} of {vocabulary}")
    if term.active != active:
        term.active = active
        session.flush()
        _note(session, "term.opened" if active else "term.closed", term, by)
    return term


def _wrong_code(code: str, known: Iterable[str]) -> Iterable[Problem]:
    if not _CODE.fullmatch(code) or len(code) > LONGEST_CODE:
        message = N_(
            "Use a capital letter or digit and then letters, digits, dots and hyphens, at most %(most)d in all."
        )
        yield Problem("code", message, {"most": LONGEST_CODE})
    elif code.casefold() in {each.casefold() for each in known}:
        yield Problem("code", N_("There is a term with this code."))


def _wrong_text(field: str, text: str, *, needed: bool) -> Iterable[Problem]:
    if needed and not text:
        yield Problem(field, N_("This is empty. Fill it in."))
    if len(text) > LONGEST_LABEL:
        yield Problem(field, N_("Use at most %(most)d characters."), {"most": LONGEST_LABEL})


def _wrong_pillar(session: Session, vocabulary: str, pillar: str | None) -> Iterable[Problem]:
    if vocabulary == "measure" and session.get(Term, ("pillar", pillar or "")) is None:
        yield Problem("pillar", N_("Choose the pillar that the measure belongs to."))


def _note(session: Session, action: str, term: Term, by: Actor) -> None:
    """Terms have no number of their own: the change names them by their code."""
    details = {"vocabulary": term.vocabulary, "code": term.code}
    session.add(Change(action=action, subject="term", subject_id=0, by_id=by.id, details=details))
