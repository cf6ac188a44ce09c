"""The words of overlaps: kinds, orders, and what each verdict does."""

from collections.abc import Mapping
from typing import Final

from flask_babel import gettext as _

from tacoord.models import Verdict
from tacoord.services.overlaps.query import Sort, Stand

EFFECTS: Final = (
    Verdict.SAME_ACTIVITY,
    Verdict.FUNDER_IMPLEMENTER,
    Verdict.PARENT_CHILD,
    Verdict.OVERLAPPING_EFFORT,
    Verdict.COMPLEMENTARY,
    Verdict.UNRELATED,
)
"""The verdicts in the order of their buttons and keys: 1 is the first."""


def effect_words(verdict: Verdict) -> str:
    """What follows from a verdict, in a few words."""
    words = {
        Verdict.SAME_ACTIVITY: _("Registered twice: one record should go."),
        Verdict.FUNDER_IMPLEMENTER: _("One activity, told by both: both stay."),
        Verdict.PARENT_CHILD: _("One is a part of the other: do not add up."),
        Verdict.OVERLAPPING_EFFORT: _("Two do the same work: they should talk."),
        Verdict.COMPLEMENTARY: _("They help each other: worth coordinating."),
        Verdict.UNRELATED: _("Nothing in common: it is not asked again."),
    }
    return str(words[verdict])


def kind_labels() -> dict[str, str]:
    """The name of each kind and verdict, by its code."""
    return {
        "open": _("To be judged"),
        "same_activity": _("Same activity"),
        "funder_implementer": _("Funder and implementer"),
        "parent_child": _("Programme and component"),
        "overlapping_effort": _("Overlapping effort"),
        "complementary": _("Complementary"),
        "unrelated": _("Unrelated"),
    }


def stand_words() -> Mapping[Stand, str]:
    """The lists of the queue."""
    return {
        Stand.OPEN: _("To be judged"),
        Stand.DECIDED: _("Decided"),
        Stand.STALE: _("No longer alike"),
    }


def order_words(sort: Sort) -> str:
    """What stands first in an order, and what it is good for."""
    words = {
        Sort.PRIORITY: _("First what is likely, still runs and has much money at stake."),
        Sort.SCORE: _("First what is most probably one activity."),
        Sort.MONEY: _("First the pairs with the most money at stake."),
        Sort.AGE: _("First what has waited longest."),
        Sort.LEARNING: _(
            "First what the comparison is least sure of: from verdicts on these it learns most."
        ),
    }
    return str(words[sort])


def sort_words() -> Mapping[Sort, str]:
    """The orders of the queue."""
    return {
        Sort.PRIORITY: _("What matters"),
        Sort.SCORE: _("Score"),
        Sort.MONEY: _("Money"),
        Sort.AGE: _("Oldest"),
        Sort.LEARNING: _("Least sure"),
    }
