"""Time zones and languages as the choices of a field."""

from functools import cache
from typing import Final
from zoneinfo import available_timezones

from babel import Locale
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than stubs

from tacoord.web.forms import choices, grouped_choices

LANGUAGES: Final = ("ar", "en", "es", "fr", "ru", "zh")
"""Those of the United Nations; Babel knows days, numbers and countries in each."""

_NO_PLACES: Final = frozenset({"Etc", "SystemV", "US", "posix", "right"})


def zone_choices() -> list[SelectChoice]:
    """Time zones by the part of the world; first of all UTC."""
    return grouped_choices(_zones_by_part())


def language_choices() -> list[SelectChoice]:
    """The languages, each by its own name."""
    named = ((code, Locale(code).get_display_name(code) or code) for code in LANGUAGES)
    return choices((code, f"{name[:1].upper()}{name[1:]}") for code, name in named)


@cache
def _zones_by_part() -> dict[str, list[tuple[str, str]]]:
    parts: dict[str, list[tuple[str, str]]] = {"": [("UTC", "UTC")]}
    for name in sorted(available_timezones()):
        part, _slash, place = name.partition("/")
        if place and part not in _NO_PLACES:
            parts.setdefault(part, []).append((name, place.replace("_", " ")))
    return parts
