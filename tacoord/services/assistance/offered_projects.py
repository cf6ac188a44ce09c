"""What an accepted offer already says of the project that carries it out, so that nobody types it twice."""

from tacoord.models import Offer, OfferState
from tacoord.services.projects.drafts import Participant, ProjectDraft, Share

IMPLEMENTING = "4"


def project_draft_of(offer: Offer) -> ProjectDraft:
    """The beginning of the record of a project that carries out `offer`.

    Where the offer was accepted, the country and the people are those of the request that it answers.
    """
    asked = offer.request if offer.state is OfferState.ACCEPTED else None
    country = [asked.country] if asked else offer.codes("country")
    return ProjectDraft(
        titles={"en": offer.title},
        descriptions={"en": offer.text} if offer.text.strip() else {},
        participants=(Participant(offer.organisation.name, IMPLEMENTING),),
        countries=tuple(Share(code) for code in country),
        regions=tuple(Share(code) for code in offer.codes("region")) if not country else (),
        pillars=tuple(Share(code) for code in _codes(offer, "pillar")),
        measures=frozenset(_codes(offer, "measure")),
        mandates=frozenset(_codes(offer, "mandate")),
        assistance_kinds=frozenset(_codes(offer, "assistance-kind")),
        target_groups=frozenset(_codes(offer, "target-group")),
        planned_start=offer.available_from,
        planned_end=offer.available_until,
    )


def _codes(offer: Offer, vocabulary: str) -> list[str]:
    """What the offer names; where it names nothing, what its request asks for."""
    own = offer.codes(vocabulary)
    return own or (offer.request.codes(vocabulary) if offer.request else [])
