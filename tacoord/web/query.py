"""The address is the question: what it asks for, what of it was not understood, and the words that take a part away."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask import Flask, g, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from tacoord.asking import Misread, Question

LAST_PAGE: Final = 10_000
_LONGEST_SHOWN: Final = 60


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A part of the address that was not understood: in words, and the address without it."""

    words: str
    why: str
    address: str


def question() -> Question:
    """What the present address asks for; one for the whole request, so that the page can tell what was passed over."""
    if "question" not in g:
        g.question = Question(request.args.to_dict(flat=False))
    asked: Question = g.question
    return asked


def passed_over() -> list[PassedOver]:
    """What the address asks for and the page did not understand, for a note above the page."""
    if "question" not in g or request.method != "GET":
        return []
    return [_in_words(misread) for misread in question().misread()]


def page_asked() -> int:
    """The number of the page in the address, from 1."""
    return question().whole("page", 1, LAST_PAGE) or 1


def chips_of(
    filters: Mapping[str, Mapping[str, str]], endpoint: str, **places: Any
) -> list[tuple[str, str]]:
    """(words, address without it) of each filter in force, in the order of `filters`.

    filters: by name in the address, the words of each value; a value without words is shown as it is. What was not
    understood is not in force and has none.
    """
    wrong = {(each.name, each.value) for each in question().misread()}
    return [
        (_words_of(words, value), _without(name, value, endpoint, places))
        for name, words in filters.items()
        for value in _values(name, request.args)
        if (name, value) not in wrong
    ]


def address_with(endpoint: str, places: Mapping[str, Any] | None = None, /, **changed: Any) -> str:
    """The page `endpoint` with the present question, save what is `changed`; None takes a part out."""
    kept: dict[str, Any] = request.args.to_dict(flat=False)
    for place in ("page", "cursor", "after"):
        kept.pop(place, None)
    kept.update(changed)
    asked = {name: value for name, value in kept.items() if value is not None}
    return url_for(endpoint, **(places or {}), **asked)


def register_question(app: Flask) -> None:
    """Let the layout tell what was passed over."""
    app.jinja_env.globals["passed_over"] = passed_over


def _in_words(misread: Misread) -> PassedOver:
    label = _labels().get(misread.name, misread.name)
    if misread.value is None:
        words = _("“%(name)s” is not known on this page", name=_short(misread.name))
        return PassedOver(words, "", _address_without(misread))
    words = _("%(label)s “%(value)s”", label=label, value=_short(misread.value))
    why = _(misread.message, **misread.values)
    if "words" in misread.values:  # the words of an address are for programs
        why = _("There is no such choice.")
    return PassedOver(words, why, _address_without(misread))


def _labels() -> Mapping[str, str]:
    """What people call the parts of an address; others stand by their name."""
    return {
        "country": _("Country"),
        "region": _("Region"),
        "pillar": _("Pillar"),
        "measure": _("Measure"),
        "organisation": _("Organisation"),
        "project": _("Project"),
        "import": _("Import"),
        "group": _("Group"),
        "kind": _("Kind"),
        "type": _("Kind"),
        "status": _("Status"),
        "state": _("State"),
        "role": _("Role"),
        "subject": _("Subject"),
        "verdict": _("Verdict"),
        "score": _("Score"),
        "ends": _("Ends within"),
        "since": _("From day"),
        "until": _("To day"),
        "sort": _("Order"),
        "page": _("Page"),
        "show": _("What is shown"),
        "rows": _("Rows"),
        "when": _("Which projects"),
    }


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"


def _words_of(words: Mapping[str, str], value: str) -> str:
    return words.get(value) or words.get(value.strip().upper()) or value


def _values(name: str, args: MultiDict[str, str]) -> list[str]:
    return [value for value in args.getlist(name) if value]


def _without(name: str, value: str, endpoint: str, places: Mapping[str, Any]) -> str:
    rest = [other for other in _values(name, request.args) if other != value]
    return address_with(endpoint, places, **{name: rest or None})


def _address_without(misread: Misread) -> str:
    """The present address without a part."""
    rest = [] if misread.value is None else _values(misread.name, request.args)
    kept = [value for value in rest if value != misread.value]
    places = dict(request.view_args or {})
    return address_with(str(request.endpoint), places, **{misread.name: kept or None})
