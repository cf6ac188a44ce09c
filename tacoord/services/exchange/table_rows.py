"""A row of a table as the draft of a project, and a project as a row."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any, Final

from sqlalchemy.orm import Session

from tacoord.errors import N_, Problem
from tacoord.models import Mask, Project, Visibility
from tacoord.services.exchange import table_cells as cells
from tacoord.services.exchange.day_order import DATES, DayOrders
from tacoord.services.exchange.table_cells import Cell, FindCode, Unreadable, text_of
from tacoord.services.exchange.table_columns import (
    BY_NAME,
    COLUMNS,
    LANGUAGE_COLUMN,
    ROLES,
    columns_of_problem,
)
from tacoord.services.overlaps.known_records import INTERNAL
from tacoord.services.projects.content import draft_for
from tacoord.services.projects.drafts import (
    CODE_FIELDS,
    BudgetAmount,
    OtherIdentifier,
    Participant,
    ProjectDraft,
    Sector,
)
from tacoord.services.projects.json_form import may_see_contact, reporting_org_of
from tacoord.services.projects.json_values import UNDETERMINED, number_of
from tacoord.services.terms.country_names import find_country
from tacoord.services.terms.money import major_units, minor_units
from tacoord.services.terms.vocabularies import labels_of
from tacoord.services.terms.written_money import OTHER_CURRENCY, WrittenMoney
from tacoord.services.visibility import Viewer

Row = Mapping[str, Cell]
"""The cells of a row by the names of their columns."""

_SHARES: Final = ("countries", "regions", "dac_regions", "pillars")
_TEXTS: Final = ("iati_identifier", "contact_name", "contact_email", "contact_phone", "website")


@dataclass(slots=True)
class RowReader:
    """Reads rows with the words of the vocabularies.

    find: what finds the codes of each column; days: how each column writes its dates.
    """

    find: Mapping[str, FindCode]
    days: DayOrders
    problems: list[Problem] = field(default_factory=list)

    @classmethod
    def of(cls, session: Session, days: DayOrders) -> "RowReader":
        """A reader that knows the vocabularies of the database."""
        named = {column.name: column.vocabulary for column in COLUMNS if column.vocabulary}
        labels = labels_of(session, set(named.values()))
        find = {
            name: cells.code_finder(labels[vocabulary], labels[vocabulary])
            for name, vocabulary in named.items()
        }
        by_code = find["countries"]
        find["countries"] = lambda text: by_code(text) or find_country(text)
        return cls(find, days)

    def draft(self, row: Row) -> tuple[ProjectDraft, list[Problem]]:
        """The draft that a row describes, and what could not be read, by column."""
        self.problems = []
        draft = ProjectDraft(
            **self._texts(row),
            other_identifiers=self._identifiers(row),
            participants=tuple(
                each
                for name, role in ROLES.items()
                for each in cells.participants_in(row.get(name), role)
            ),
            sectors=self._read(row, "sectors", _sectors_in, ()),
            status=self._one_code(row, "status"),
            budget=self._budget(row),
            contact_shown=self._read(row, "contact_shown", cells.flag_in, False),
            visibility=self._read(row, "visibility", _visibility_in, Visibility.ORGANISATION),
            groups=frozenset(cells.parts_of(text_of(row.get("groups")))),
            masks=self._read(row, "masks", _masks_in, frozenset(Mask)),
            record=_reporter_in(row),
            **self._plain_fields(row),
        )
        return draft, self.problems

    def _plain_fields(self, row: Row) -> dict[str, Any]:
        return {
            **{name: self._shares(row, name) for name in _SHARES},
            **{name: frozenset(self._codes(row, name)) for name in CODE_FIELDS},
            **{name: self._day(row, name) for name in DATES},
            **{name: text_of(row.get(name)) or None for name in _TEXTS},
        }

    def _read(self, row: Row, name: str, read: Callable[[Cell], Any], otherwise: Any) -> Any:
        try:
            return read(row.get(name))
        except Unreadable as error:
            self._wrong(name, error.problem)
            return otherwise

    def _wrong(self, name: str, problem: Problem) -> None:
        self.problems.append(Problem(name, problem.message, problem.values))

    def _day(self, row: Row, name: str) -> date | None:
        found: date | None = self._read(row, name, partial(self.days.day_in, name), None)
        return found

    def _shares(self, row: Row, name: str) -> Any:
        return self._read(row, name, lambda cell: cells.shares_in(cell, self.find[name]), ())

    def _codes(self, row: Row, name: str) -> Any:
        return self._read(row, name, lambda cell: cells.codes_in(cell, self.find[name]), ())

    def _one_code(self, row: Row, name: str) -> str | None:
        codes = self._codes(row, name)
        return codes[0] if codes else None

    def _texts(self, row: Row) -> dict[str, Any]:
        """Titles and descriptions, those in the language of the row first."""
        main = text_of(row.get("language")).lower() or UNDETERMINED
        texts: dict[str, dict[str, str]] = {"title": {}, "description": {}}
        for name, found in texts.items():
            found[main] = text_of(row.get(name))
        for column in row:
            further = LANGUAGE_COLUMN.fullmatch(column)
            if further and (text := text_of(row[column])):
                texts[further[1]][further[2]] = text
        titles, descriptions = ({k: v for k, v in each.items() if v} for each in texts.values())
        return {"titles": titles, "descriptions": descriptions}

    def _identifiers(self, row: Row) -> tuple[OtherIdentifier, ...]:
        own = text_of(row.get("reference"))
        found = [OtherIdentifier(INTERNAL, own)] if own else []
        for part in cells.parts_of(text_of(row.get("other_identifiers"))):
            kind, mark, value = part.partition(":")
            if mark and len(kind.strip()) == 2 and value.strip():
                found.append(OtherIdentifier(kind.strip().upper(), value.strip()))
            else:
                found.append(OtherIdentifier("A9", part))
        return tuple(found)

    def _budget(self, row: Row) -> tuple[BudgetAmount, ...]:
        lines: tuple[BudgetAmount, ...] = self._read(row, "budget_lines", cells.budget_lines_in, ())
        if not text_of(row.get("budget")):
            return lines
        read = partial(cells.money_in, beside=text_of(row.get("currency")))
        told: WrittenMoney = self._read(row, "budget", read, WrittenMoney(None))
        if lines:
            self._wrong("budget_lines", Problem("", N_("Fill in either this or the one amount.")))
        currency = self._currency(row, told)
        if told.amount is None:
            return lines
        return (BudgetAmount(minor_units(told.amount, currency), currency),)

    def _currency(self, row: Row, told: WrittenMoney) -> str:
        """The currency of the one amount: of its own column, or beside the amount; "" where it cannot be told."""
        currency: str = self._read(row, "currency", cells.currency_in, "")
        if currency and not told.agrees_with(currency):
            values = {"mark": told.mark, "currency": currency}
            self._wrong("budget", Problem("", OTHER_CURRENCY, values))
        if not text_of(row.get("currency")):
            currency = told.only_currency()
            if not currency:
                message = N_("Give the currency of the budget, such as USD.")
                self._wrong("currency", Problem("", message))
        return currency


def silent_fields(columns: Iterable[str]) -> frozenset[str]:
    """The fields of a draft of which a table with these columns says nothing."""
    told = {BY_NAME[name].field for name in columns if name in BY_NAME}
    told |= {f"{LANGUAGE_COLUMN.fullmatch(n)[1]}s" for n in columns if LANGUAGE_COLUMN.fullmatch(n)}  # type: ignore[index]
    every = {column.field for column in COLUMNS} - {"", "id"}
    return frozenset((every - told) | {"record"})


def in_columns(problems: Iterable[Problem]) -> list[Problem]:
    """The problems of a draft, at the columns where they can be mended."""
    return [Problem(columns_of_problem(p.field), p.message, p.values) for p in problems]


def row_of(project: Project, viewer: Viewer) -> dict[str, Cell]:
    """The cells of a project by column, as `RowReader.draft` reads them; the contact only where it may be seen."""
    draft = draft_for(project, viewer)
    language = next(iter(draft.titles), UNDETERMINED)
    own = next((each for each in draft.other_identifiers if each.type == INTERNAL), None)
    reporter = reporting_org_of(project)
    contact = may_see_contact(project, viewer)
    return {
        "id": project.public_id,
        "reference": own.value if own else None,
        "iati_identifier": draft.iati_identifier,
        "other_identifiers": cells.joined(
            f"{each.type}:{each.value}" for each in draft.other_identifiers if each is not own
        ),
        "language": None if language == UNDETERMINED else language,
        "title": draft.titles.get(language),
        "description": draft.descriptions.get(language),
        **_further_languages(draft, language),
        "reporting_org": reporter["name"],
        "reporting_org_ref": reporter["ref"],
        **{name: _participants_text(draft, role) for name, role in ROLES.items()},
        **{name: cells.joined(map(cells.share_text, getattr(draft, name))) for name in _SHARES},
        **{name: cells.joined(sorted(getattr(draft, name))) for name in CODE_FIELDS},
        "sectors": cells.joined(map(_sector_text, draft.sectors)),
        "status": draft.status,
        **{name: getattr(draft, name) for name in DATES},
        **_budget_cells(draft.budget),
        "contact_name": draft.contact_name if contact else None,
        "contact_email": draft.contact_email if contact else None,
        "contact_phone": draft.contact_phone if contact else None,
        "contact_shown": "yes" if draft.contact_shown else "no",
        "website": draft.website,
        "visibility": draft.visibility.value,
        "groups": cells.joined(sorted(draft.groups)),
        "masks": cells.joined(sorted(draft.masks)),
        "on_behalf": "yes" if project.on_behalf else "no",
        "updated_at": project.updated_at.isoformat(timespec="seconds"),
    }


def _further_languages(draft: ProjectDraft, language: str) -> dict[str, Cell]:
    texts = (("title", draft.titles), ("description", draft.descriptions))
    return {
        f"{name}_{other}": text
        for name, every in texts
        for other, text in every.items()
        if other != language
    }


def _participants_text(draft: ProjectDraft, role: str) -> str:
    found: list[Participant] = [each for each in draft.participants if each.role == role]
    return cells.joined(map(cells.participant_text, found))


def _budget_cells(budget: tuple[BudgetAmount, ...]) -> dict[str, Cell]:
    """One plain amount as amount and currency, anything else as lines."""
    if len(budget) == 1 and budget[0] == BudgetAmount(budget[0].amount_minor, budget[0].currency):
        line = budget[0]
        amount = number_of(major_units(line.amount_minor, line.currency))
        return {"budget": amount, "currency": line.currency}
    return {"budget_lines": cells.joined(map(cells.budget_line_text, budget))}


def _sectors_in(cell: Cell) -> tuple[Sector, ...]:
    """Sectors as `15160`, `15160 60` or, of another vocabulary of IATI, `7:8.7`."""
    found = []
    for part in cells.parts_of(text_of(cell)):
        share = next(iter(cells.shares_in(part, lambda text: text if " " not in text else None)))
        vocabulary, mark, code = share.code.rpartition(":")
        found.append(Sector(code, vocabulary if mark else "1", share.percentage))
    return tuple(found)


def _sector_text(sector: Sector) -> str:
    code = sector.code if sector.vocabulary == "1" else f"{sector.vocabulary}:{sector.code}"
    return code if sector.percentage is None else f"{code} {sector.percentage:f}"


def _visibility_in(cell: Cell) -> Visibility:
    word = text_of(cell).casefold()
    try:
        return Visibility(word) if word else Visibility.REGISTERED
    except ValueError:
        raise Unreadable(N_("Write public, registered, group or organisation.")) from None


def _masks_in(cell: Cell) -> frozenset[Mask]:
    try:
        return frozenset(Mask(part.casefold()) for part in cells.parts_of(text_of(cell)))
    except ValueError:
        raise Unreadable(
            N_("Write places, participants or description, with ; between them.")
        ) from None


def _reporter_in(row: Row) -> dict[str, Any]:
    said = {"ref": text_of(row.get("reporting_org_ref")), "name": text_of(row.get("reporting_org"))}
    named = {name: value for name, value in said.items() if value}
    return {"reporting_org": named} if named else {}


def is_blank(row: Row) -> bool:
    """Whether nothing stands in the row."""
    return not any(text_of(cell) for cell in row.values())
