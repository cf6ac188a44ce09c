"""Reading Facts out of the JSON shape of a project, tolerant of what real registers hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple, TypeVar

import msgspec

from tacoord.matching import values
from tacoord.matching.facts import Facts
from tacoord.matching.remembered import Remembered

T = TypeVar("T")
# What a field says, and how many of its values cannot be read.
_Said = tuple[Any, int]
_COULD_NOT: Final = (values.Unreadable, ValueError, TypeError, OverflowError)
# So many values of a field are kept with what they say, and none that is longer: who takes part, codes and days come
# again and again in a register, and to read them takes longer than to read the texts. At most some 100 MB a process.
_MOST_KEPT: Final = 5_000
_LONGEST_KEPT: Final = 1_000


def _one(read: Callable[[Any], T | None]) -> Callable[[Any], _Said]:
    return lambda value: _tried(read, value)


def _many(read: Callable[[Any], T | None]) -> Callable[[Any], _Said]:
    def read_all(value: Any) -> _Said:
        if values.is_missing(value):
            return (), 0
        if not isinstance(value, list):
            if not isinstance(value, str | Mapping):
                return (), 1
            value = [value]
        said = [_tried(read, one) for one in value]
        found = dict.fromkeys(one for one, _ in said)
        found.pop(None, None)
        return tuple(found), sum(wrong for _, wrong in said)

    return read_all


def _texts(value: Any) -> _Said:
    if values.is_missing(value):
        return {}, 0
    if isinstance(value, str):
        value = {"": value}
    if not isinstance(value, Mapping):
        return {}, 1
    said = [
        (str(language).lower(), *_tried(values.read_text, text)) for language, text in value.items()
    ]
    return {language: text for language, text, _ in said if text}, sum(wrong for *_, wrong in said)


def _seen_by(value: Any) -> _Said:
    said, wrong = _tried(values.read_visibility, value)
    return said or "public", wrong


def _tried(read: Callable[[Any], T | None], value: Any) -> tuple[T | None, int]:
    if values.is_missing(value):
        return None, 0
    try:
        return read(value), 0
    except _COULD_NOT:
        return None, 1


class _Field(NamedTuple):
    """A field of the JSON shape: its name there, its reader, and whether its values come again and again."""

    name: str
    read: Callable[[Any], _Said]
    repeats: bool = True


# By the attributes of Facts, in their order.
_FIELDS: Final = {
    "iati_identifier": _Field("iati_identifier", _one(values.read_text), repeats=False),
    "other_identifiers": _Field("other_identifiers", _many(values.read_identifier), repeats=False),
    "reporter": _Field("reporting_org", _one(values.read_party)),
    "titles": _Field("title", _texts, repeats=False),
    "descriptions": _Field("description", _texts, repeats=False),
    "countries": _Field("countries", _many(values.read_country)),
    "regions": _Field("regions", _many(values.read_coded)),
    "sectors": _Field("sectors", _many(values.read_coded)),
    "pillars": _Field("pillars", _many(values.read_code)),
    "measures": _Field("measures", _many(values.read_code)),
    "mandates": _Field("mandates", _many(values.read_code)),
    "participants": _Field("participating_orgs", _many(values.read_participant)),
    "start": _Field("start", _one(values.read_day)),
    "end": _Field("end", _one(values.read_day)),
    "status": _Field("status", _one(values.read_status)),
    "budgets": _Field("budget", _many(values.read_money), repeats=False),
    "visibility": _Field("visibility", _seen_by),
}


class NoId(ValueError):
    """A record that does not say its id."""


def read_facts(record: Mapping[str, Any]) -> tuple[Facts, list[str]]:
    """Read one project in the JSON shape of `tacoord match`.

    Returns the facts and the names of the fields that held a value which cannot be read (one entry
    for each such value); those values count as missing. Raises NoId where `id` is missing.
    """
    key = record_id(record)
    return _facts(
        key, {name: field.read(record.get(field.name)) for name, field in _FIELDS.items()}
    )


def record_id(record: Mapping[str, Any]) -> str:
    """The record's id as a text; raises NoId where it has none."""
    value = record.get("id")
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        raise NoId("id")
    return values.cleaned(str(value))


_raw_fields: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])


def read_json(line: bytes) -> tuple[Facts, list[str]]:
    """As `read_facts`, of an object written as JSON; a value that was met before is not read again.

    Fields that nobody asks for are passed over, whatever they hold. Raises NoId where `id` is missing, and
    msgspec.DecodeError or UnicodeDecodeError for what is not strictly an object in JSON.
    """
    record = _raw_fields.decode(line)
    key = record_id({"id": msgspec.json.decode(record.get("id", b"null"))})
    said = {
        attribute: _KEPT[attribute][bytes(record[field.name])]
        for attribute, field in _FIELDS.items()
        if field.name in record
    }
    return _facts(key, said)


def _facts(key: str, said: Mapping[str, _Said]) -> tuple[Facts, list[str]]:
    told = {attribute: value for attribute, (value, _) in said.items()}
    problems = [
        _FIELDS[attribute].name for attribute, (_, wrong) in said.items() for _ in range(wrong)
    ]
    return Facts(id=key, **told), problems


def _remembered(field: _Field) -> Remembered[bytes, _Said]:
    """What the values of a field say, given as JSON; only such as come again and again are kept."""
    return Remembered(
        lambda raw: field.read(msgspec.json.decode(raw)),
        most=_MOST_KEPT,
        longest=_LONGEST_KEPT if field.repeats else 0,
    )


_KEPT: Final = {attribute: _remembered(field) for attribute, field in _FIELDS.items()}
