"""The cells of a table: texts and lists, shares, organisations, dates and amounts, read and written."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from tacoord.errors import N_, Problem
from tacoord.iati.faults import WORTH_KNOWING
from tacoord.services.projects.drafts import BudgetAmount, Participant, Share
from tacoord.services.projects.json_values import printable
from tacoord.services.terms.amounts import AMBIGUOUS, MOST, AmbiguousAmount
from tacoord.services.terms.money import major_units, minor_units
from tacoord.services.terms.written_money import WrittenMoney, currencies_of, read_money, read_share

Cell = str | int | float | bool | date | datetime | None
FindCode = Callable[[str], str | None]
"""What a code or word means in a vocabulary; None where it means nothing."""

_FORMULA: Final = "=+-@\t\r"
_SHARE: Final = re.compile(r"(.*?\S)[\s:=(]+(\d{1,3}(?:[.,]\d+)?)\s*%?\s*\)?")
_BRACKETS: Final = re.compile(r"(.*?)\s*\[([^\[\]]*)\]", re.DOTALL)
_LINE: Final = re.compile(r"(\S.*?)\s+([A-Za-z]{3})((?:\s+\S+)*)")
_DATED: Final = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ].*)?")
YEAR_LAST: Final = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})")
DAY_FIRST_MARK: Final = "."
"""Nobody writes month.day.year: with points between them the day stands first."""
_EXCEL_BEGINS: Final = date(1899, 12, 30)
_EXCEL_DAYS: Final = (
    18_264,
    73_415,
)  # from 1950 to 2100: what is below is rather a year or a typing error
_WORDED: Final = ("%d %b %Y", "%d %B %Y", "%B %d, %Y", "%b %d, %Y", "%d-%b-%Y")
_YES: Final = frozenset({"yes", "y", "true", "1", "x", "oui", "si", "sí"})
_NO: Final = frozenset({"", "no", "n", "false", "0", "non"})


class Unreadable(Exception):
    """A cell that cannot be read; `problem` has no field yet."""

    def __init__(self, message: str, **values: Any) -> None:
        short = {k: v[:WORTH_KNOWING] if isinstance(v, str) else v for k, v in values.items()}
        self.problem = Problem("", message, short)
        super().__init__(str(self.problem))


class AmbiguousDay(Unreadable):
    """`03/04/2026`: the third of April, or the fourth of March? The other dates may tell."""

    def __init__(self, text: str, day_first: date, month_first: date) -> None:
        self.day_first, self.month_first = day_first, month_first
        said = {"day_first": day_first.isoformat(), "month_first": month_first.isoformat()}
        super().__init__(
            N_(
                "“%(text)s” can be %(day_first)s or %(month_first)s, and the other dates of the file "
                "do not tell which. Write it as YYYY-MM-DD."
            ),
            text=text,
            **said,
        )


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
    shares = [_share(part, find, with_shares) for part in parts]
    strange = [part for part, share in zip(parts, shares, strict=True) if share is None]
    if strange:
        message = N_("“%(text)s” is not known. Use the code or the name in the list.")
        raise Unreadable(message, text="”, “".join(strange))
    return tuple(filter(None, shares))


def _share(part: str, find: FindCode, with_shares: bool) -> Share | None:
    code = find(part)
    if code:
        return Share(code)
    split = _SHARE.fullmatch(part) if with_shares else None
    code = find(split[1]) if split else None
    return Share(code, read_share(split[2])) if code and split else None


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
    """A whole date, also as the number of days that Excel counts. Raises Unreadable where it is none, or could be two.

    What could be two days raises AmbiguousDay.
    """
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    if isinstance(cell, int | float) and _EXCEL_DAYS[0] <= cell <= _EXCEL_DAYS[1]:
        return _EXCEL_BEGINS + timedelta(days=int(cell))
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
    if found := YEAR_LAST.fullmatch(text):
        first, second, year = int(found[1]), int(found[3]), int(found[4])
        if found[2] == DAY_FIRST_MARK:
            return date(year, second, first)
        if first <= 12 and second <= 12 and first != second:
            raise AmbiguousDay(text, date(year, second, first), date(year, first, second))
        return date(year, first, second) if second > 12 else date(year, second, first)
    for form in _WORDED:
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    raise ValueError(text)


def money_in(cell: Cell, beside: str) -> WrittenMoney:
    """An amount, and the currency if a sign or a code stands with it.

    beside: the sign or code of the currency that another cell tells, "" for none.
    Raises Unreadable, also where a mark between digits could be either kind.
    """
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        found = WrittenMoney(Decimal(str(cell)))
    else:
        text = text_of(cell)
        try:
            found = read_money(text, beside)
        except AmbiguousAmount as two:
            raise Unreadable(
                AMBIGUOUS, text=text, thousands=two.thousands, fraction=two.fraction
            ) from None
        except ValueError:
            raise _no_amount(text) from None
    amount = found.amount
    if amount is not None and (not amount.is_finite() or abs(amount) >= MOST):
        raise _no_amount(text_of(cell))
    return found


def currency_in(cell: Cell) -> str:
    """The code of a currency, also where its sign is written and means one alone; "" for nothing. Raises Unreadable."""
    text = text_of(cell)
    meant = currencies_of(text)
    if text and len(meant) != 1:
        message = N_("“%(typed)s” is no currency. Write its code of three letters, such as USD.")
        raise Unreadable(message, typed=text)
    return "".join(meant)


def _no_amount(text: str) -> Unreadable:
    return Unreadable(
        N_("“%(text)s” is not an amount. Write it as 1500000 or 1500000.50."), text=text
    )


def budget_lines_in(cell: Cell) -> tuple[BudgetAmount, ...]:
    """Amounts as `1000 USD 2025-01-01..2025-12-31 type=2 status=2 value=2025-01-01`. Raises Unreadable."""
    return tuple(_budget_line(part) for part in parts_of(text_of(cell)))


def _budget_line(part: str) -> BudgetAmount:
    found = _LINE.fullmatch(part)
    amount = money_in(found[1], found[2]).amount if found else None
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
