"""What can be wrong with a file or an activity: machine codes, plain messages, and where."""

from collections.abc import Mapping
from dataclasses import dataclass

from tacoord.errors import N_, DomainError, Problem

MESSAGES: Mapping[str, str] = {
    # The activity cannot be taken.
    "no-identifier": N_("The activity has no identifier."),
    "identifier-too-long": N_("The identifier is longer than %(limit)d characters."),
    "repeated-identifier": N_(
        "Another activity with this identifier and other content stands on line %(first_line)d."
    ),
    "no-title": N_("The activity has no title."),
    "unknown-country": N_("There is no country with the code “%(code)s”."),
    "text-too-long": N_("A text is longer than %(limit)d characters."),
    "too-many-parts": N_("The activity has more than %(limit)d parts of this kind."),
    "nested-activity": N_("The activity stands inside another activity."),
    "incomplete-activity": N_("The file cannot be read up to the end of this activity."),
    # The activity is taken; this part of it is not, or looks wrong.
    "second-record": N_(
        "Two records stand in one activity; only the part of the first one was read."
    ),
    "no-reporting-org": N_("The activity does not say which organisation reports it."),
    "bad-date": N_("“%(value)s” is not a date."),
    "end-before-start": N_("The last day is before the first day."),
    "bad-amount": N_("“%(value)s” is not an amount of money."),
    "no-currency": N_("An amount has no currency and was left out."),
    "bad-percentage": N_("“%(value)s” is not a percentage from 0 to 100."),
    "shares-over-100": N_("The shares of countries and regions add up to %(total)s per cent."),
    "unknown-code": N_("“%(code)s” is not a code of this list."),
    "missing-code": N_("A code is missing."),
    "region-as-country": N_("“%(code)s” is a region, not a country; it was read as a region."),
    # The activity cannot be written.
    "no-reporting-ref": N_("The organisation that reports the activity has no identifier."),
    "no-dates": N_("The activity has neither a planned nor an actual date."),
    # The file.
    "empty-file": N_("The file is empty."),
    "compressed-file": N_("The file is compressed. Unpack it first, and give the XML file."),
    "not-xml": N_("This is not an XML file."),
    "file-too-large": N_("The file is larger than %(limit_mb)s MB."),
    "too-many-activities": N_(
        "The file has more than %(limit)d activities. The others were not read."
    ),
    "activity-too-large": N_(
        "An activity is larger than %(limit_mb)s MB. Nothing after this line was read."
    ),
    "doctype": N_("The file has a DOCTYPE. It is refused, because this can be used to do harm."),
    "encoding-unknown": N_("The character encoding “%(encoding)s” is not supported. Use UTF-8."),
    "encoding-broken": N_("The file has bytes that are not %(encoding)s. Save it again as UTF-8."),
    "organisation-file": N_(
        "This is an IATI organisation file. Give an IATI activity file instead."
    ),
    "wrong-root": N_("This is not an IATI activity file: it begins with “%(root)s”."),
    "cut-off": N_("The file breaks off in the middle. Nothing after this line was read."),
    "unknown-entity": N_(
        "The file uses a named character that XML does not know. Nothing after this line was read."
    ),
    "bad-character": N_(
        "The file has a character that XML forbids. Nothing after this line was read."
    ),
    "too-deep": N_(
        "The file is nested too deeply, or a text is too long. Nothing after this line was read."
    ),
    "broken-xml": N_("The XML is not well formed. Nothing after this line was read."),
}
"""Code to message; messages are marked and get translated by who shows them."""

WORTH_KNOWING = 30
"""Values in messages are cut to this length: reports do not repeat the text of records."""


@dataclass(frozen=True, slots=True)
class Fault(Problem):
    """A Problem with a machine code and the line where it was seen; `field` is the XML element."""

    code: str = ""
    line: int | None = None


def fault(code: str, field: str = "", /, *, line: int | None = None, **values: str | int) -> Fault:
    """The fault of that code; `values` go into the places of its message."""
    short = {k: v[:WORTH_KNOWING] if isinstance(v, str) else v for k, v in values.items()}
    return Fault(field, MESSAGES[code], short, code, line)


@dataclass(frozen=True, slots=True)
class Refused:
    """An activity that cannot be taken, with all the reasons."""

    iati_identifier: str | None
    line: int | None
    reasons: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class FileProblem:
    """Why reading ended before the end of the file; what came before it stays good."""

    problem: Fault


class UnreadableFile(DomainError):
    """Nothing could be read from the file; `problem` says why."""

    def __init__(self, problem: Fault) -> None:
        self.problem = problem
        super().__init__(str(problem))
