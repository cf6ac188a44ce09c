"""Read the files of vocabularies, indicators and groups; say what is wrong with a wrong line."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tacoord.errors import N_, Problem
from tacoord.paths import DATA

VOCABULARIES: Final = DATA / "vocabularies"
INDICATORS: Final = DATA / "indicators"
GROUPS: Final = DATA / "groups.csv"

TERM_COLUMNS: Final = ("code", "parent", "label", "sort", "source")
REQUIRED: Final = ("code", "label")
LONGEST: Final = {"code": 32, "label": 300, "source": 300}


@dataclass(frozen=True, slots=True)
class TermRow:
    """One term as a file has it. `parent` is a code of the same vocabulary; "" where there is none.

    attributes: the further columns of the file that are not empty, as text.
    """

    vocabulary: str
    code: str
    parent: str
    label: str
    sort: int
    source: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class IndicatorRow:
    """What a source says of a country on a date; `as_of` is a year, a month or a day (ISO 8601)."""

    country: str
    indicator: str
    value: str
    as_of: str
    source: str


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A coordination group to start from.

    scope_codes: ISO alpha-2 codes of countries (two letters) and UN M49 codes of regions (three
    digits); members: names as the source has them.
    """

    code: str
    name: str
    kind: str
    scope: str
    scope_codes: tuple[str, ...]
    members: tuple[str, ...]
    source: str


class UnreadableVocabulary(ValueError):
    """Files that cannot be taken; a problem's `field` is `FILE:LINE` (line 0: the whole file)."""

    def __init__(self, problems: Collection[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__("\n".join(f"{p.field}: {p}" for p in self.problems))


def vocabulary_names() -> tuple[str, ...]:
    """The vocabularies that there are, in alphabetical order."""
    return tuple(sorted(path.stem for path in VOCABULARIES.glob("*.csv")))


def read_vocabularies(
    folder: Path = VOCABULARIES, *, known: Collection[tuple[str, str]] = ()
) -> Iterator[TermRow]:
    """The terms of all `<vocabulary>.csv` of a folder, each after its parent.

    known: pairs of vocabulary and code that are loaded already; a parent may be one of them, or
    one of the terms that tacoord comes with. Raises UnreadableVocabulary with every problem of
    every file, before the first term is given.
    """
    problems: list[Problem] = []
    rows: list[TermRow] = []
    paths = sorted(folder.glob("*.csv"))
    if not paths:
        problems.append(_problem(folder, 0, N_("There is no file that ends in .csv here.")))
    for path in paths:
        if path.stem not in vocabulary_names():
            names = ", ".join(vocabulary_names())
            message = N_("No vocabulary has this name. The vocabularies are: %(names)s.")
            problems.append(_problem(path, 0, message, names=names))
            continue
        rows += _terms(path, frozenset(c for v, c in known if v == path.stem), problems)
    if problems:
        raise UnreadableVocabulary(problems)
    return iter(rows)


def read_indicators(folder: Path = INDICATORS) -> Iterator[IndicatorRow]:
    """The rows of all indicator files of a folder, in their order.

    Raises UnreadableVocabulary.
    """
    problems: list[Problem] = []
    rows = []
    for path in sorted(folder.glob("*.csv")):
        columns = ("country", "indicator", "value", "as_of", "source")
        for _, cells in _lines(path, columns, problems):
            rows.append(IndicatorRow(**{name: cells[name] for name in columns}))
    if problems:
        raise UnreadableVocabulary(problems)
    return iter(rows)


def read_groups(path: Path = GROUPS) -> Iterator[GroupRow]:
    """The coordination groups of a file, in its order. Raises UnreadableVocabulary."""
    problems: list[Problem] = []
    columns = ("code", "name", "kind", "scope", "scope_codes", "members", "source")
    rows = [
        GroupRow(
            code=cells["code"],
            name=cells["name"],
            kind=cells["kind"],
            scope=cells["scope"],
            scope_codes=_parts(cells["scope_codes"]),
            members=_parts(cells["members"]),
            source=cells["source"],
        )
        for _, cells in _lines(path, columns, problems)
    ]
    if problems:
        raise UnreadableVocabulary(problems)
    return iter(rows)


def _terms(path: Path, known: frozenset[str], problems: list[Problem]) -> list[TermRow]:
    """The good terms of one file, parents first; what is wrong goes into `problems`."""
    line_of: dict[str, int] = {}
    terms: dict[str, TermRow] = {}
    for line, cells in _lines(path, REQUIRED, problems):
        wrong = list(_wrong_cells(cells))
        if cells["code"] in line_of:
            first = line_of[cells["code"]]
            message = N_("The code %(code)s is in line %(first)s already.")
            wrong.append((message, {"code": cells["code"], "first": first}))
        else:
            line_of[cells["code"]] = line
        problems += [_problem(path, line, message, **values) for message, values in wrong]
        if not wrong:
            terms[cells["code"]] = _term(path.stem, line, cells)
    found = known | _shipped_codes(path) | line_of.keys()
    for code, term in terms.items():
        if term.parent and term.parent not in found:
            message = N_("The parent %(parent)s is no code of this vocabulary.")
            problems.append(_problem(path, line_of[code], message, parent=term.parent))
    return _parents_first(path, terms, line_of, problems)


def _wrong_cells(cells: Mapping[str, str]) -> Iterator[tuple[str, dict[str, object]]]:
    for name in REQUIRED:
        if not cells[name]:
            yield N_("The %(column)s is empty."), {"column": name}
    for name, longest in LONGEST.items():
        if len(cells.get(name, "")) > longest:
            values: dict[str, object] = {"column": name, "longest": longest}
            yield N_("The %(column)s is longer than %(longest)s characters."), values
    if any(character.isspace() for character in cells["code"]):
        yield N_("The code %(code)s has a space in it."), {"code": cells["code"]}
    sort = cells.get("sort", "")
    if sort and not (sort.isascii() and sort.isdigit()):
        yield N_("%(sort)s is no whole number to sort by."), {"sort": sort}


def _term(vocabulary: str, line: int, cells: Mapping[str, str]) -> TermRow:
    return TermRow(
        vocabulary=vocabulary,
        code=cells["code"],
        parent=cells.get("parent", ""),
        label=cells["label"],
        sort=int(cells.get("sort") or line - 1),
        source=cells.get("source", ""),
        attributes={k: v for k, v in cells.items() if k and v and k not in TERM_COLUMNS},
    )


def _shipped_codes(path: Path) -> frozenset[str]:
    """The codes that tacoord itself comes with, for the vocabulary of another folder's file."""
    shipped = VOCABULARIES / path.name
    if path.resolve() == shipped.resolve():
        return frozenset()
    return frozenset(cells["code"] for _, cells in _lines(shipped, REQUIRED, []))


def _parents_first(
    path: Path, terms: dict[str, TermRow], line_of: Mapping[str, int], problems: list[Problem]
) -> list[TermRow]:
    placed: dict[str, TermRow] = {}
    waiting = dict(terms)
    while waiting:
        ready = [code for code, term in waiting.items() if term.parent not in waiting]
        if not ready:
            code = next(iter(waiting))
            message = N_("%(code)s is an ancestor of itself.")
            problems.append(_problem(path, line_of[code], message, code=code))
            break
        placed.update((code, waiting.pop(code)) for code in ready)
    return list(placed.values())


def _lines(
    path: Path, required: tuple[str, ...], problems: list[Problem]
) -> Iterator[tuple[int, dict[str, str]]]:
    """Line number and cells, stripped, of each line that is not empty."""
    text = _text(path, problems)
    if text is None:
        return
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header: list[str] = []
    while True:
        start = reader.line_num + 1
        try:
            cells = [cell.strip() for cell in next(reader)]
        except StopIteration:
            break
        except csv.Error as error:
            message = N_("This is no line of comma-separated values: %(error)s.")
            problems.append(_problem(path, start, message, error=str(error)))
            return
        if not any(cells):
            continue
        if not header:
            header = [cell.lower() for cell in cells]
            if not _header_is_good(path, header, required, problems):
                return
        elif len(cells) > len(header):
            message = N_("There are %(found)s cells for %(columns)s columns.")
            values = {"found": len(cells), "columns": len(header)}
            problems.append(_problem(path, start, message, **values))
        else:
            cells += [""] * (len(header) - len(cells))
            yield start, dict(zip(header, cells, strict=True))
    if not header:
        problems.append(_problem(path, 0, N_("The file is empty.")))


def _header_is_good(
    path: Path, header: list[str], required: tuple[str, ...], problems: list[Problem]
) -> bool:
    missing = [name for name in required if name not in header]
    if missing:
        message = N_("The first line lacks %(missing)s. Columns stand apart by commas.")
        problems.append(_problem(path, 1, message, missing=", ".join(missing)))
    twice = sorted({name for name in header if name and header.count(name) > 1})
    if twice:
        message = N_("The first line names %(twice)s more than once.")
        problems.append(_problem(path, 1, message, twice=", ".join(twice)))
    return not missing and not twice


def _text(path: Path, problems: list[Problem]) -> str | None:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        problems.append(_problem(path, line, N_("This is not UTF-8. Save the file as UTF-8.")))
    except OSError as error:
        message = N_("The file cannot be read: %(reason)s.")
        problems.append(_problem(path, 0, message, reason=error.strerror or str(error)))
    return None


def _parts(cell: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in cell.split("|") if part.strip())


def _problem(path: Path, line: int, message: str, **values: object) -> Problem:
    return Problem(f"{path.name}:{line}", message, values)
