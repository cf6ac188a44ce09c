"""The address is the question: what it asks for, and the words that take a part of it away."""

import re
from collections.abc import Mapping
from typing import Any, Final

from flask import request, url_for
from werkzeug.datastructures import MultiDict

LAST_PAGE: Final = 10_000
_NUMBER: Final = re.compile(r"[0-9]{1,9}")


def page_asked() -> int:
    """The number of the page in the address, from 1; what is no number asks for the first one."""
    given = request.args.get("page", "")
    return min(max(1, int(given)), LAST_PAGE) if _NUMBER.fullmatch(given) else 1


def choices_of(name: str, args: MultiDict[str, str]) -> list[str]:
    """The values of `name` in the address, without blanks."""
    return [value for value in args.getlist(name) if value]


def chips_of(
    filters: Mapping[str, Mapping[str, str]], endpoint: str, **places: Any
) -> list[tuple[str, str]]:
    """(words, address without it) of each filter in force, in the order of `filters`.

    filters: by name in the address, the words of each value; a value without words is shown as it is.
    """
    return [
        (words.get(value, value), _without(name, value, endpoint, places))
        for name, words in filters.items()
        for value in choices_of(name, request.args)
    ]


def address_with(endpoint: str, places: Mapping[str, Any] | None = None, /, **changed: Any) -> str:
    """The page `endpoint` with the present question, save what is `changed`; None takes a part out."""
    kept: dict[str, Any] = request.args.to_dict(flat=False)
    for place in ("page", "cursor", "after"):
        kept.pop(place, None)
    kept.update(changed)
    asked = {name: value for name, value in kept.items() if value is not None}
    return url_for(endpoint, **(places or {}), **asked)


def _without(name: str, value: str, endpoint: str, places: Mapping[str, Any]) -> str:
    rest = [other for other in choices_of(name, request.args) if other != value]
    return address_with(endpoint, places, **{name: rest or None})
