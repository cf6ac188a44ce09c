"""Which part of a project falls to each of its places and subjects: 0 to 1, in equal parts where none is stated."""

from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Float,
    ScalarSelect,
    and_,
    case,
    cast,
    exists,
    func,
    or_,
    select,
)
from sqlalchemy.orm import aliased

from tacoord.models import ProjectTag, Term

PLACES: Final = ("country", "region", "dac-region")
"""The vocabularies that say where; of a project only the first of them that it uses counts."""

_WHOLE: Final = 100.0


def says_where(tag: type[ProjectTag]) -> ColumnElement[bool]:
    """Whether `tag` is one of the places of its project: its countries, or, without any, its regions."""
    country, region, dac = PLACES
    return or_(
        tag.vocabulary == country,
        and_(tag.vocabulary == region, ~_names(tag, country)),
        and_(tag.vocabulary == dac, ~_names(tag, country), ~_names(tag, region)),
    )


def place_of(term: type[Term], *, by_region: bool) -> ColumnElement[Any]:
    """The place that a term of PLACES stands for: a country or M49 region; a country's region with `by_region`.

    A region of the DAC is the M49 region that it means, and none (NULL) where it means several.
    """
    m49 = term.attributes["m49"].as_string()
    country = term.attributes["region"].as_string() if by_region else term.code
    return case(
        (term.vocabulary == "country", country),
        (term.vocabulary == "region", term.code),
        (m49.not_like("% %"), m49),
    )


def part_of(tag: type[ProjectTag]) -> ColumnElement[float]:
    """The stated share of `tag`; what the stated ones leave of the whole goes to the others in equal parts.

    Shares that add up to more than the whole are made smaller, so that no money is counted twice.
    """
    share = cast(tag.percentage, Float)
    stated = func.coalesce(_together(tag, lambda each: func.sum(cast(each.percentage, Float))), 0.0)
    silent = _together(tag, lambda each: func.count() - func.count(each.percentage))
    left = case((stated < _WHOLE, _WHOLE - stated), else_=0.0)
    whole = case((stated > _WHOLE, stated), else_=_WHOLE)
    part: ColumnElement[Any] = func.coalesce(share, left / func.nullif(silent, 0)) / whole
    return part


def _together(tag: type[ProjectTag], value: Any) -> ScalarSelect[Any]:
    """A value of all tags that `tag` shares its project and vocabulary with."""
    each = aliased(ProjectTag)
    same = and_(each.project_id == tag.project_id, each.vocabulary == tag.vocabulary)
    return select(value(each)).where(same).scalar_subquery()


def _names(tag: type[ProjectTag], vocabulary: str) -> ColumnElement[bool]:
    other = aliased(ProjectTag)
    return exists().where(other.project_id == tag.project_id, other.vocabulary == vocabulary)
