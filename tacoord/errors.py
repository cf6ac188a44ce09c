"""What can go wrong, in words that a door can turn into an answer."""

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for "mark, translate later"
    """Mark `text` for translation; the doors translate it when somebody reads it."""
    return text


PROJECT = "project"
"""Under this name the values of a problem hold the public id of the project that it is about: a page leads there."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with what was entered, and where.

    field: the name of the field, with dots and numbers for rows (`countries.1.code`); "" for the whole.
    message: a marked template (see `N_`) with `%(name)s` places; values: what goes into the places.
    """

    field: str
    message: str
    values: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def __str__(self) -> str:
        """The message in English, with its values."""
        return self.message % self.values if self.values else self.message


class DomainError(Exception):
    """What the domain refuses; each door turns it into its own kind of answer."""


class NotFound(DomainError):
    """There is no such thing, or none that this viewer may know of."""


class Forbidden(DomainError):
    """The user may not do this."""


class Conflict(DomainError):
    """The thing is no longer in the state that the action needs."""


class Invalid(DomainError):
    """What was entered cannot be taken; carries every problem at once."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__("; ".join(f"{p.field}: {p}" if p.field else str(p) for p in self.problems))


class ConfigurationError(Exception):
    """A setting is missing or wrong; the message is one line for the operator."""
