"""What speaks for and against a pair by its organisations and identifiers."""

from __future__ import annotations

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
    crossing = np.where(different, _crossing(columns, left, right), np.nan)
    shared_doers = _met(columns.doers, columns.doers, left, right)
    partners = np.maximum(shared_doers, 0.5 * _met(columns.funders, columns.funders, left, right))
    apart = different & ~(crossing > 0) & ~(partners > 0)
    has_doers = (columns.doers.sizes_of(left) > 0) & (columns.doers.sizes_of(right) > 0)
    return {
        "identifier": _identifier(columns, left, right, same),
        "reporter": where_known(reported, np.where(same, -1.0, 0.0)),
        "crossing": crossing,
        "same_role": _same_role(columns, left, right, crossing > 0),
        "partners": where_known(has_doers | (partners > 0), 2 * partners - 1),
        "strangers": _strangers(columns, left, right, apart),
        "named": where_known(different, _named(columns, weighted, left, right)),
    }


def _crossing(columns: Columns, left: Rows, right: Rows) -> Floats:
    """Whether each record's reporter takes part in the other: 1 both ways, -1 neither, between for one way.

    A list of partners that leaves the other's reporter out speaks against, a list that is not there does not.
    """
    ways = np.stack([_takes_part(columns, left, right), _takes_part(columns, right, left)])
    met = (ways > 0).sum(axis=0)
    missed = (ways < 0).sum(axis=0)
    crossing: Floats = _CROSSING[met, missed]
    return crossing


def _same_role(columns: Columns, left: Rows, right: Rows, crossed: NDArray[np.bool_]) -> Floats:
    """1 where each record says of the other's reporter that it only carries the work out, or each that it only funds
    it; else unknown.

    crossed: the pairs in which a reporter takes part in the other's record; of others it is not asked.
    """
    one, other = left[crossed], right[crossed]
    sides = ((one, other), (other, one))
    funds = [_met(columns.reporter, columns.funders, *side) > 0 for side in sides]
    does = [_met(columns.reporter, columns.doers, *side) > 0 for side in sides]
    only_do = does[0] & does[1] & ~funds[0] & ~funds[1]
    only_fund = funds[0] & funds[1] & ~does[0] & ~does[1]
    found = np.full(len(left), np.nan, np.float32)
    found[np.flatnonzero(crossed)[only_do | only_fund]] = 1
    return found


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


def _takes_part(columns: Columns, left: Rows, right: Rows) -> Floats:
    """1 where the left record's reporter is a partner in the right one, -1 where it has others, else NaN."""
    as_funder = _met(columns.reporter, columns.funders, left, right)
    met = np.maximum(as_funder, _met(columns.reporter, columns.doers, left, right)) > 0
    listed = columns.funders.sizes_of(right) + columns.doers.sizes_of(right) > 0
    return np.where(met, 1.0, np.where(listed, -1.0, np.nan))


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
