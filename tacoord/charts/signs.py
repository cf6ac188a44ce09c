"""The signs that say gap, overlap and request without colour, as shapes in a square of 16."""

from enum import StrEnum
from typing import Final

from markupsafe import Markup


class Sign(StrEnum):
    """What may stand on a country; the order is the order of urgency."""

    REQUEST = "request"
    GAP = "gap"
    OVERLAP = "overlap"


SHAPES: Final = {
    Sign.REQUEST: Markup('<path d="M2 2h12v8.5H7.5L4 14v-3.5H2z"/>'),
    Sign.GAP: Markup('<path d="M2 2h12v12H2z" stroke-dasharray="3 2.33"/>'),
    Sign.OVERLAP: Markup('<path d="M1.5 1.5h9v9h-9zM5.5 5.5h9v9h-9z"/>'),
}


def sign_on_map(sign: Sign, *, beside: bool = False) -> Markup:
    """The sign on a plate that keeps it readable on any colour; its middle is at 0, 0.

    beside: a plate's width to the right of that, to leave what is there to be seen.
    """
    return Markup(
        '<g class="sign sign-{sign}"><g transform="translate({x} 0)">'
        '<rect x="-11" y="-11" width="22" height="22" rx="3"/>'
        '<g transform="translate(-8 -8)">{shape}</g></g></g>'
    ).format(sign=sign.value, x=19 if beside else 0, shape=SHAPES[sign])


def sign_in_text(sign: Sign) -> Markup:
    """The sign as large as the words beside it, which must say what it means."""
    return Markup(
        '<svg class="icon sign-{sign}" viewBox="0 0 16 16" aria-hidden="true" fill="none" '
        'stroke="currentColor" stroke-width="1.6">{shape}</svg>'
    ).format(sign=sign.value, shape=SHAPES[sign])
