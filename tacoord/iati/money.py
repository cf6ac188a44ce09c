"""Budgets, and the sums of transactions and planned disbursements, of an iati-activity element."""

from collections.abc import Iterator
from dataclasses import replace

from lxml.etree import _Element

from tacoord.iati import codes
from tacoord.iati.activity import Budget, Flow
from tacoord.iati.notes import Notes
from tacoord.iati.texts import tidy_line
from tacoord.iati.values import plain, read_day


def budget(element: _Element, notes: Notes) -> Budget | None:
    """A budget; None and a warning where the amount or its currency cannot be read."""
    value = element.find("value")
    money = notes.money(value, element)
    if money is None or value is None:
        return None
    starts, ends = notes.day(element.find("period-start")), notes.day(element.find("period-end"))
    if starts and ends and ends < starts:
        notes.warn("end-before-start", element)
    return Budget(
        amount=money[0],
        currency=money[1],
        starts=starts,
        ends=ends,
        type=notes.code(element, codes.BUDGET_TYPES, attribute="type", kind="budget") or "1",
        status=notes.code(element, codes.BUDGET_STATUSES, attribute="status", kind="budget status")
        or "1",
        value_date=read_day(value.get("value-date") or ""),
    )


def flows(activity: _Element, notes: Notes) -> tuple[Flow, ...]:
    """Sums by transaction type and currency, in the order of the types, "planned" last."""
    sums: dict[tuple[str, str], Flow] = {}
    for flow in _single_flows(activity, notes):
        key = (flow.type, flow.currency)
        sums[key] = _added(sums[key], flow) if key in sums else flow
    ordered = sorted(sums.values(), key=lambda f: (f.type == "planned", len(f.type), f.type))
    return tuple(replace(flow, amount=plain(flow.amount)) for flow in ordered)


def _single_flows(activity: _Element, notes: Notes) -> Iterator[Flow]:
    for element in activity.iterchildren("transaction"):
        money = notes.money(element.find("value"), element)
        kind = _transaction_type(element, notes)
        if money is not None and kind is not None:
            when = notes.day(element.find("transaction-date"))
            yield Flow(kind, money[1], money[0], 1, when, when)
    for element in activity.iterchildren("planned-disbursement"):
        money = notes.money(element.find("value"), element)
        if money is not None:
            first = notes.day(element.find("period-start"))
            last = notes.day(element.find("period-end"))
            yield Flow("planned", money[1], money[0], 1, first, last or first)


def _transaction_type(element: _Element, notes: Notes) -> str | None:
    kind = element.find("transaction-type")
    if kind is None:
        notes.warn("missing-code", element)
        return None
    return notes.code(kind, codes.TRANSACTION_TYPES, kind="transaction")


def _added(total: Flow, flow: Flow) -> Flow:
    firsts = [day for day in (total.first, flow.first) if day]
    lasts = [day for day in (total.last, flow.last) if day]
    return replace(
        total,
        amount=total.amount + flow.amount,
        count=total.count + flow.count,
        first=min(firsts, default=None),
        last=max(lasts, default=None),
    )


def partner_activity_ids(activity: _Element) -> tuple[str, ...]:
    """Identifiers that providers and receivers of money give the activity, each once."""
    found: dict[str, None] = {}
    for parent in activity.iterchildren("transaction", "planned-disbursement"):
        for org, attribute in (
            ("provider-org", "provider-activity-id"),
            ("receiver-org", "receiver-activity-id"),
        ):
            element = parent.find(org)
            ref = tidy_line(element.get(attribute)) if element is not None else ""
            if ref:
                found.setdefault(ref)
    return tuple(found)
