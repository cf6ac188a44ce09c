"""What speaks for and against a pair by its organisations and identifiers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tacoord.matching.columns import Columns, Weighted
from tacoord.matching.sets import Sets
from tacoord.matching.shared import Floats, Rows, Shared, sums_of, sums_shared, where_known

# From here on two organisations are one.
_SAME_PARTY = 0.55
# By how many of the two reporters the other record lists, and how many its list leaves out.
_CROSSING = np.array([[np.nan, np.nan, -1.0], [0.7, 0.3, np.nan], [1.0, np.nan, np.nan]])


def _identifier(
    columns: Columns, left: Rows, right: Rows, same_reporter: NDArray[np.bool_]
) -> Floats:
    """1 where one record names an identifier of the other, or both have one; -1 where one reporter gives each an
    identifier of its own, and so means two; otherwise unknown.

    What two records of one reporter have beside their own identifiers, such as the number of a grant, names the whole
    that both are parts of.
    """
    main, own, named = columns.main_identifier, columns.identifiers, columns.named
    settled = sum(
        sums_shared(one, two, left, right)
        for one, two in ((main, own), (own, main), (own, named), (named, own))
    )
    shared = sums_shared(own, own, left, right)
    known = (settled > 0) | ((shared > 0) & ~same_reporter)
    two = same_reporter & (main.sizes_of(left) > 0) & (main.sizes_of(right) > 0)
    return np.select([known, two], [1.0, -1.0], np.nan).astype(np.float32)


def party_features(
    columns: Columns, weighted: Weighted, left: Rows, right: Rows
) -> dict[str, Floats]:
    """The features of pairs of rows that organisations and identifiers give, by name; see `evidence.features`."""
    reported = (columns.reporter.sizes_of(left) > 0) & (columns.reporter.sizes_of(right) > 0)
    sure = sums_of(columns.reporter, columns.reporter, left, right, reported)
    same = sure >= _SAME_PARTY
    different = reported & ~same
    roles = (_Role.of(columns, left, right), _Role.of(columns, right, left))
    crossing = np.where(different, _crossing(*roles), np.nan)
    shared_doers = _met(columns.doers, columns.doers, left, right)
    partners = np.maximum(shared_doers, 0.5 * _met(columns.funders, columns.funders, left, right))
    apart = different & ~(crossing > 0) & ~(partners > 0)
    has_doers = (columns.doers.sizes_of(left) > 0) & (columns.doers.sizes_of(right) > 0)
    return {
        "identifier": _identifier(columns, left, right, same),
        "reporter": where_known(reported, np.where(same, -1.0, 0.0)),
        "crossing": crossing,
        "same_role": where_known(different & _same_role(*roles), np.ones(len(left))),
        "partners": where_known(has_doers | (partners > 0), 2 * partners - 1),
        "strangers": _strangers(columns, left, right, apart),
        "named": where_known(different, _named(columns, weighted, left, right)),
    }


@dataclass(frozen=True, slots=True)
class _Role:
    """What one record of each pair says of the other's reporter: that it pays, that it carries out; and whether it
    lists partners at all.
    """

    funds: NDArray[np.bool_]
    does: NDArray[np.bool_]
    listed: NDArray[np.bool_]

    @classmethod
    def of(cls, columns: Columns, reported: Rows, by: Rows) -> _Role:
        """The role that the reporters of some rows have in others."""
        return cls(
            _met(columns.reporter, columns.funders, reported, by) > 0,
            _met(columns.reporter, columns.doers, reported, by) > 0,
            columns.funders.sizes_of(by) + columns.doers.sizes_of(by) > 0,
        )

    @property
    def any(self) -> NDArray[np.bool_]:
        """Whether it takes part."""
        return self.funds | self.does


def _crossing(one: _Role, other: _Role) -> Floats:
    """Whether each record's reporter takes part in the other: 1 both ways, -1 neither, between for one way.

    A list of partners that leaves the other's reporter out speaks against, a list that is not there does not.
    """
    met = one.any.astype(int) + other.any
    missed = (one.listed & ~one.any).astype(int) + (other.listed & ~other.any)
    crossing: Floats = _CROSSING[met, missed]
    return crossing


def _same_role(one: _Role, other: _Role) -> NDArray[np.bool_]:
    """Whether each record says of the other's reporter that it only carries the work out, or each that it only pays."""
    only_do = one.does & other.does & ~one.funds & ~other.funds
    only_fund = one.funds & other.funds & ~one.does & ~other.does
    return only_do | only_fund


def _strangers(columns: Columns, left: Rows, right: Rows, apart: NDArray[np.bool_]) -> Floats:
    """-1 where each record lists who pays and who carries out, and no organisation is in both; else unknown.

    apart: the pairs of which that is still open: no reporter takes part in the other's record, and none has the same
    role in both.
    """
    asked = np.flatnonzero(apart & columns.parties_told[left] & columns.parties_told[right])
    sides = ((left[asked], right[asked]), (right[asked], left[asked]))
    met = np.maximum(*(_met(columns.funders, columns.doers, *side) for side in sides)) > 0
    found = np.full(len(left), np.nan, np.float32)
    found[asked[~met]] = -1
    return found


def _met(one: Sets, two: Sets, left: Rows, right: Rows) -> Floats:
    """1 where two rows surely share an organisation, 0 where not."""
    shared = sums_shared(one, two, left, right)
    return (shared >= _SAME_PARTY).astype(np.float32)


def _named(columns: Columns, weighted: Weighted, left: Rows, right: Rows) -> Floats:
    """How surely the one's text names the other's reporter, 0..1."""
    return np.maximum(
        _reporter_in_text(columns, weighted, left, right),
        _reporter_in_text(columns, weighted, right, left),
    )


def _reporter_in_text(columns: Columns, weighted: Weighted, left: Rows, right: Rows) -> Floats:
    face = columns.face_of[right]
    met = Shared.of(columns.own_words, columns.text_words, left, face)
    shared = met.sums(weighted.rarity.of(met.members))
    size = columns.own_words.sizes_of(left).astype(np.float32)
    share = shared / np.where(size > 0, size, 1)
    return np.clip((share - 0.3) / 0.5, 0, 1).astype(np.float32)
