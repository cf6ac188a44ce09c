"""What became of the records of a file: counts, who was refused and why, what was left out."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from tacoord.errors import N_, Problem
from tacoord.iati.faults import WORTH_KNOWING, Fault

MOST_KEPT: Final = 2_000
"""Records of each class that a report names; all of them are counted."""

LONGEST_TITLE: Final = 80
"""So much of its title names a record that has no identifier."""


class Outcome(StrEnum):
    """What became of a record."""

    REGISTERED = "registered"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


MESSAGES: Final[Mapping[str, str]] = {
    # The record was refused.
    "other-reporter": N_("Another organisation reports this: %(organisation)s."),
    "not-allowed": N_("You may not report projects of this organisation."),
    "cannot-be-kept": N_("A value is longer, or nested deeper, than the register can keep."),
    "changed-meanwhile": N_("Somebody else is changing this record. Import the file again."),
    "not-json": N_("This line is not a JSON object."),
    # The record was taken; this part of it was not, or is odd.
    "odd-identifier": N_(
        "The identifier has a blank or one of / & | ? in it, which IATI allows in none. It was kept."
    ),
    "reporter-unknown": N_(
        "The file says that %(organisation)s reports this, which the register does not know. "
        "It was registered as yours."
    ),
    "title-cut": N_("A title is longer than %(most)d characters and was cut."),
    "text-cut": N_("A description is longer than %(most)d characters and was cut."),
    "shares-left-out": N_("The shares do not add up to 100 per cent and were left out."),
    "dates-left-out": N_("The dates contradict each other or cannot be right, and were left out."),
    "period-left-out": N_("The period of an amount ends before it begins, and was left out."),
    "amount-left-out": N_("An amount is below zero or has no currency, and was left out."),
    "organisation-left-out": N_("An organisation has no name or no role, and was left out."),
    "code-left-out": N_("The register does not know the code %(code)s; it was left out."),
    "contact-left-out": N_(
        "What stands as e-mail address of the contact is none, and was left out."
    ),
    # The file.
    "unknown-column": N_("No column is called “%(name)s”; it was passed over."),
}


def reason(code: str, field: str = "", /, *, line: int | None = None, **values: str | int) -> Fault:
    """The fault of that code; values are cut short, so that a report does not repeat a record."""
    short = {k: v[:WORTH_KNOWING] if isinstance(v, str) else v for k, v in values.items()}
    return Fault(field, MESSAGES[code], short, code, line)


def reasons_of(problems: Iterable[Problem], *, line: int | None = None) -> tuple[Fault, ...]:
    """Problems as reasons; one that has no code of its own is named by its field."""
    return tuple(
        each
        if isinstance(each, Fault)
        else Fault(each.field, each.message, _short(each.values), _code_of(each), line)
        for each in problems
    )


@dataclass(frozen=True, slots=True)
class Told:
    """One record that the report names: where it stands, what it calls itself, and what is to be said of it.

    title: the beginning of it, where the record has no identifier; in a check also of one that has.
    """

    outcome: Outcome
    line: int | None
    identifier: str | None
    reasons: tuple[Fault, ...]
    title: str | None = None

    def as_json(self) -> dict[str, Any]:
        """As the report's file has it."""
        return {
            "outcome": self.outcome.value,
            "line": self.line,
            "identifier": self.identifier,
            "title": self.title,
            "reasons": [reason_as_json(each) for each in self.reasons],
        }


@dataclass(slots=True)
class ImportReport:
    """What an import did.

    problem: why reading stopped before the end of the file, where it did. remarks: on the file as a whole.
    taken: records of which nothing is to be said but that they went in, or would; noted: those with a remark.
    changed: the projects (by key) that are to be compared with the others.
    """

    file: str = ""
    dry_run: bool = False
    counts: Counter[Outcome] = field(default_factory=lambda: Counter(dict.fromkeys(Outcome, 0)))
    refused: list[Told] = field(default_factory=list)
    noted: list[Told] = field(default_factory=list)
    taken: list[Told] = field(default_factory=list)
    notes: Counter[str] = field(default_factory=Counter)
    problem: Fault | None = None
    remarks: tuple[Fault, ...] = ()
    changed: list[int] = field(default_factory=list)

    @property
    def records(self) -> int:
        """How many records were met."""
        return self.counts.total()

    @property
    def whole(self) -> bool:
        """Whether every record went in, and the file was read to its end."""
        return not self.counts[Outcome.REFUSED] and self.problem is None

    def count(
        self,
        outcome: Outcome,
        *,
        line: int | None,
        identifier: str | None,
        title: str | None = None,
        reasons: tuple[Fault, ...] = (),
    ) -> None:
        """Add a record."""
        self.counts[outcome] += 1
        self.notes.update({each.code for each in reasons} if outcome is not Outcome.REFUSED else ())
        refused = outcome is Outcome.REFUSED
        named = self.refused if refused else self.noted if reasons else self.taken
        if len(named) < MOST_KEPT:
            shown = title and (not identifier or (self.dry_run and not refused))
            beginning = title[:LONGEST_TITLE] if title and shown else None
            named.append(Told(outcome, line, identifier, reasons, beginning))

    def going_in(self) -> list[Told]:
        """The records that went in, or would, as far as they are named; new ones first, in the order of the file."""
        order = list(Outcome)
        good = [*self.noted, *self.taken]
        return sorted(good, key=lambda told: (order.index(told.outcome), told.line or 0))

    def as_json(self) -> dict[str, Any]:
        """As the report's file has it."""
        return {
            "file": self.file,
            "dry_run": self.dry_run,
            "counts": {outcome.value: self.counts[outcome] for outcome in Outcome},
            "problem": reason_as_json(self.problem) if self.problem else None,
            "remarks": [reason_as_json(each) for each in self.remarks],
            "refused": [each.as_json() for each in self.refused],
            "noted": [each.as_json() for each in self.noted],
            **({"taken": [each.as_json() for each in self.taken]} if self.dry_run else {}),
        }


def reason_as_json(fault: Fault) -> dict[str, Any]:
    """A reason for machines, with its sentence in English, and what a page needs to say it in another language."""
    return {
        "code": fault.code,
        "field": fault.field,
        "message": str(fault),
        "template": fault.message,
        "values": dict(fault.values),
        **({"line": fault.line} if fault.line else {}),
    }


def _code_of(problem: Problem) -> str:
    return f"invalid-{problem.field.split('.')[0] or 'record'}".replace("_", "-")


def _short(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value[:WORTH_KNOWING] if isinstance(value, str) else value
        for name, value in values.items()
    }
