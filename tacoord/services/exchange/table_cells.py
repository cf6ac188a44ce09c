"""The cells of a table: texts and lists, shares, organisations, dates and amounts, read and written."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from tacoord.errors import N_, Problem
from tacoord.iati.faults import WORTH_KNOWING
from tacoord.services.projects.drafts import BudgetAmount, Participant, Share
from tacoord.services.projects.json_values import printable
from tacoord.services.terms.amounts import MOST, AmbiguousAmount, read_amount
from tacoord.services.terms.money import major_units, minor_units

Cell = str | int | float | bool | date | datetime | None
FindCode = Callable[[str], str | None]
"""What a code or word means in a vocabulary; None where it means nothing."""

_FORMULA: Final = "=+-@\t\r"
_SHARE: Final = re.compile(r"(.*?\S)[\s:=(]+(\d{1,3}(?:[.,]\d+)?)\s*%?\s*\)?")
_BRACKETS: Final = re.compile(r"(.*?)\s*\[([^\[\]]*)\]", re.DOTALL)
_LINE: Final = re.compile(r"(\S.*?)\s+([A-Za-z]{3})((?:\s+\S+)*)")
_DATED: Final = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ].*)?")
_DAY_FIRST: Final = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})")
_WORDED: Final = ("%d %b %Y", "%d %B %Y", "%B %d, %Y", "%b %d, %Y", "%d-%b-%Y")
_YES: Final = frozenset({"yes", "y", "true", "1", "x", "oui", "si", "sí"})
_NO: Final = frozenset({"", "no", "n", "false", "0", "non"})


class Unreadable(Exception):
    """A cell that cannot be read; `problem` has no field yet."""

    def __init__(self, message: str, **values: Any) -> None:
        short = {k: v[:WORTH_KNOWING] if isinstance(v, str) else v for k, v in values.items()}
        self.problem = Problem("", message, short)
        super().__init__(str(self.problem))


def guarded(text: str) -> str:
    """A text that no spreadsheet takes for a formula; `unguarded` gives the text back."""
    return f"'{text}" if _tempting(text) else text


def unguarded(text: str) -> str:
    """The text as it was before `guarded`."""
    return text[1:] if text[:1] == "'" and _tempting(text[1:]) else text


def _tempting(text: str) -> bool:
    return (text != "" and text[0] in _FORMULA) or (text[:1] == "'" and _tempting(text[1:]))


def text_of(cell: Cell) -> str:
    """What stands in a cell, as text without blanks around it."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    return unguarded(printable(str(cell)).strip()).strip()


def parts_of(text: str) -> list[str]:
    """The parts of a list: between semicolons, bars or lines; a backslash before one takes its meaning away."""
    parts = re.split(r"(?<!\\)[;|\n]", text)
    return [plain for part in parts if (plain := re.sub(r"\\([;|\\])", r"\1", part.strip()))]


def joined(parts: Iterable[str]) -> str:
    """A list as one text."""
    return "; ".join(re.sub(r"([;|\\])", r"\\\1", " ".join(part.split())) for part in parts)


def codes_in(cell: Cell, find: FindCode) -> list[str]:
    """The codes that a cell names, by code or word. Raises Unreadable."""
    return [share.code for share in shares_in(cell, find, with_shares=False)]


def shares_in(cell: Cell, find: FindCode, *, with_shares: bool = True) -> tuple[Share, ...]:
    """The codes that a cell names, with the shares that follow them. Raises Unreadable."""
    text = text_of(cell)
    whole = find(text) if text else None
    if whole:
        return (Share(whole),)
    parts = parts_of(text)
    if len(parts) == 1 and "," in text:  # where no semicolon stands, a comma may have been meant
        by_comma = [part.strip() for part in text.split(",") if part.strip()]
        if all(_share(part, find, with_shares) for part in by_comma):
            parts = by_comma
    return tuple(_known_share(part, find, with_shares) for part in parts)


def _known_share(part: str, find: FindCode, with_shares: bool) -> Share:
    found = _share(part, find, with_shares)
    if found is None:
        message = N_("“%(text)s” is not known. Use the code or the name in the list.")
        raise Unreadable(message, text=part)
    return found


def _share(part: str, find: FindCode, with_shares: bool) -> Share | None:
    code = find(part)
    if code:
        return Share(code)
    split = _SHARE.fullmatch(part) if with_shares else None
    code = find(split[1]) if split else None
    return Share(code, Decimal(split[2].replace(",", "."))) if code and split else None


def share_text(share: Share) -> str:
    """A code and its share."""
    return share.code if share.percentage is None else f"{share.code} {share.percentage:f}"


def participants_in(cell: Cell, role: str) -> Iterator[Participant]:
    """Organisations by name; in brackets identifier, type, and identifier of the activity, with commas between."""
    for part in parts_of(text_of(cell)):
        found = _BRACKETS.fullmatch(part)
        inside = [each.strip() or None for each in found[2].split(",")] if found else []
        ref, kind, activity, *_ = [*inside, None, None, None]
        yield Participant(found[1] if found else part, role, ref, kind, activity)


def participant_text(participant: Participant) -> str:
    """An organisation as `participants_in` reads it."""
    inside = [participant.ref or "", participant.type or "", participant.activity_id or ""]
    while inside and not inside[-1]:
        inside.pop()
    name = participant.name.translate(str.maketrans("[]", "()"))
    told = ", ".join(each.replace(",", " ") for each in inside)
    return f"{name} [{told}]" if inside else name


def day_in(cell: Cell) -> date | None:
    """A whole date. Raises Unreadable, also where day and month could be either."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    text = text_of(cell)
    if not text:
        return None
    try:
        return _day(text)
    except ValueError:
        message = N_("“%(text)s” is not a whole date. Write it as 2026-03-01.")
        raise Unreadable(message, text=text) from None


def _day(text: str) -> date:
    if found := _DATED.fullmatch(text):
        return date(*map(int, found.groups()))
    if found := _DAY_FIRST.fullmatch(text):
        first, second, year = map(int, found.groups())
        if first <= 12 and second <= 12 and first != second:
            raise ValueError("day or month?")
        return date(year, first, second) if second > 12 else date(year, second, first)
    for form in _WORDED:
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    raise ValueError(text)


def amount_in(cell: Cell) -> Decimal | None:
    """An amount, with or without marks between thousands. Raises Unreadable, also where a mark could be either."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        found: Decimal | None = Decimal(str(cell))
    else:
        text = text_of(cell)
        try:
            found = read_amount(text)
        except AmbiguousAmount as two:
            message = N_("“%(text)s” can be %(thousands)s or %(fraction)s. Write the one you mean.")
            raise Unreadable(
                message, text=text, thousands=two.thousands, fraction=two.fraction
            ) from None
        except ValueError:
            raise _no_amount(text) from None
    if found is not None and (not found.is_finite() or abs(found) >= MOST):
        raise _no_amount(text_of(cell))
    return found


def _no_amount(text: str) -> Unreadable:
    return Unreadable(
        N_("“%(text)s” is not an amount. Write it as 1500000 or 1500000.50."), text=text
    )


def budget_lines_in(cell: Cell) -> tuple[BudgetAmount, ...]:
    """Amounts as `1000 USD 2025-01-01..2025-12-31 type=2 status=2 value=2025-01-01`. Raises Unreadable."""
    return tuple(_budget_line(part) for part in parts_of(text_of(cell)))


def _budget_line(part: str) -> BudgetAmount:
    found = _LINE.fullmatch(part)
    amount = amount_in(found[1]) if found else None
    if found is None or amount is None:
        message = N_("“%(text)s” is not an amount with its currency, such as 1000 USD.")
        raise Unreadable(message, text=part)
    told: dict[str, str] = {}
    for word in found[3].split():
        name, mark, value = word.partition("=")
        if ".." in word:
            told["starts"], _, told["ends"] = word.partition("..")
        elif mark and name in ("type", "status", "value"):
            told[name] = value
        else:
            raise Unreadable(N_("“%(text)s” is not known here."), text=word)
    currency = found[2].upper()
    return BudgetAmount(
        minor_units(amount, currency),
        currency,
        told.get("type", "1"),
        told.get("status", "1"),
        day_in(told.get("starts")),
        day_in(told.get("ends")),
        day_in(told.get("value")),
    )


def budget_line_text(line: BudgetAmount) -> str:
    """An amount as `budget_lines_in` reads it."""
    words = [f"{major_units(line.amount_minor, line.currency):f}", line.currency]
    if line.starts or line.ends:
        words.append("..".join(day.isoformat() if day else "" for day in (line.starts, line.ends)))
    words += [f"type={line.type}"] if line.type != "1" else []
    words += [f"status={line.status}"] if line.status != "1" else []
    words += [f"value={line.value_date.isoformat()}"] if line.value_date else []
    return " ".join(words)


def flag_in(cell: Cell) -> bool:
    """Yes or no. Raises Unreadable."""
    word = text_of(cell).casefold()
    if word in _YES or word in _NO:
        return word in _YES
    raise Unreadable(N_("Write yes or no."))


def code_finder(codes: Iterable[str], labels: Mapping[str, str]) -> FindCode:
    """Finds a code by itself or by its label, without regard to case."""
    by_word = {label.casefold(): code for code, label in labels.items()}
    by_word |= {code.casefold(): code for code in codes}
    return lambda text: by_word.get(" ".join(text.split()).casefold())
