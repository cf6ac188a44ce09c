"""Small IATI files in words, and what the reader makes of them."""

import io

from tacoord.iati.activity import Activity
from tacoord.iati.faults import Refused
from tacoord.iati.reader import Outcome, read

COUNTRIES = frozenset({"KH", "NP", "XK", "VN"})
NEWEST = '<reporting-org ref="XM-DAC-41128" type="40"><narrative>Office</narrative></reporting-org>'
TITLE = "<title><narrative>Shelters for victims</narrative></title>"


def activity_xml(identifier: str = "XM-1", *, title: str = TITLE, more: str = "") -> str:
    """An iati-activity of version 2 on one line, in English, with `more` inside."""
    return (
        f'<iati-activity xml:lang="en" default-currency="USD">'
        f"<iati-identifier>{identifier}</iati-identifier>{NEWEST}{title}{more}</iati-activity>"
    )


def file_xml(*activities: str, version: str = "2.03") -> str:
    """A whole file; the first activity stands on line 3."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<iati-activities version="{version}">\n'
        + "\n".join(activities)
        + "\n</iati-activities>\n"
    )


def outcomes(content: str | bytes) -> list[Outcome]:
    """All outcomes of a file, with COUNTRIES known."""
    raw = content.encode() if isinstance(content, str) else content
    return list(read(io.BytesIO(raw), known_countries=COUNTRIES))


def read_one(more: str = "", *, title: str = TITLE, identifier: str = "XM-1") -> Activity:
    """The activity of a file with this one only; fails where it is refused."""
    [outcome] = outcomes(file_xml(activity_xml(identifier, title=title, more=more)))
    assert isinstance(outcome, Activity), outcome
    return outcome


def refused_one(more: str = "", *, title: str = TITLE, identifier: str = "XM-1") -> Refused:
    """The refusal of a file with this activity only; fails where it is taken."""
    [outcome] = outcomes(file_xml(activity_xml(identifier, title=title, more=more)))
    assert isinstance(outcome, Refused), outcome
    return outcome


def codes_of(outcome: Outcome) -> list[str]:
    """The codes of the reasons, or of the warnings, in their order."""
    if isinstance(outcome, Activity):
        return [problem.code for problem in outcome.problems]
    if isinstance(outcome, Refused):
        return [reason.code for reason in outcome.reasons]
    return [outcome.problem.code]
