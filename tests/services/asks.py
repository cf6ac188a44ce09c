"""A government that asks, organisations that offer, and their drafts."""

from typing import Any

from sqlalchemy.orm import Session

from tacoord.models import AssistanceRequest, Role, User
from tacoord.services.assistance.assistance import submit
from tacoord.services.assistance.drafts import OfferDraft, RequestDraft
from tests.factories import make_organisation, make_user


def request_draft(**values: Any) -> RequestDraft:
    """A request of Cambodia that can be sent: training on protection."""
    said: dict[str, Any] = {
        "country": "KH",
        "title": "Training of labour inspectors",
        "need": "Inspectors meet people who are exploited, and do not recognise them.",
        "pillars": frozenset({"PROT"}),
        "measures": frozenset({"PROT-2"}),
        "assistance_kinds": frozenset({"SKILL-TRAIN"}),
    }
    return RequestDraft(**{**said, **values})


def offer_draft(**values: Any) -> OfferDraft:
    """An offer of trainers, for anywhere."""
    said: dict[str, Any] = {
        "title": "Two trainers",
        "text": "They can come within two months.",
        "pillars": frozenset({"PROT"}),
    }
    return OfferDraft(**{**said, **values})


def focal_point(session: Session, country: str = "KH") -> User:
    """Somebody who asks for a government."""
    return make_user(
        session, Role.FOCAL_POINT, organisation=make_organisation(session, country=country)
    )


def ask(session: Session, *, by: User | None = None, **values: Any) -> AssistanceRequest:
    """A request that was sent."""
    by = by or focal_point(session)
    return submit(session, request_draft(**{"country": by.organisation.country, **values}), by=by)
