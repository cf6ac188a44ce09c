"""The list of requests as the address asks for it: its question, its tabs and its filters."""

from collections.abc import Mapping
from functools import partial
from typing import Final

from flask_babel import gettext as _

from tacoord.models import RequestState
from tacoord.services.assistance.query import RequestQuery
from tacoord.web.query import address_with, question
from tacoord.web.term_choices import words_of

INDEX: Final = "assistance.index"
PER_PAGE: Final = 25
EVERY_STATE: Final = "all"


def asked(*, page: int) -> RequestQuery:
    """What the address asks for; without a state, what is open. page: from 1."""
    asked, known = question(), filters()
    state = asked.word("state", [*(state.value for state in RequestState), EVERY_STATE])
    return RequestQuery(
        country=asked.code("country", known["country"]),
        pillar=asked.code("pillar", known["pillar"]),
        state=None if state == EVERY_STATE else RequestState(state or RequestState.OPEN),
        mine=asked.flag("mine"),
        limit=PER_PAGE,
        offset=(page - 1) * PER_PAGE,
    )


def tabs(query: RequestQuery, *, asks: bool) -> list[tuple[str, str, bool, None]]:
    """Open ones, accepted ones, all; with `asks`, for who may ask, those of the own organisation with its drafts."""
    address = partial(address_with, INDEX, mine=None)
    at_large = [
        (_("Open"), address(state=None), RequestState.OPEN),
        (_("Offer accepted"), address(state="accepted"), RequestState.ACCEPTED),
        (_("Closed"), address(state="closed"), RequestState.CLOSED),
        (_("All"), address(state=EVERY_STATE), None),
    ]
    found = [
        (words, link, not query.mine and query.state is state, None)
        for words, link, state in at_large
    ]
    if asks:
        own = address_with(INDEX, mine="1", state=EVERY_STATE)
        found.append((_("Own, with drafts"), own, query.mine, None))
    return found


def filters() -> Mapping[str, Mapping[str, str]]:
    """The words of every value that a filter may have."""
    return {"country": words_of("country"), "pillar": words_of("pillar")}
