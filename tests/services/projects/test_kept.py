"""What is kept of a draft says the same when it is read again, after a way through JSON."""

import json
from dataclasses import fields
from datetime import date
from decimal import Decimal

from tacoord.models import Mask, Visibility
from tacoord.services.projects.drafts import (
    BudgetAmount,
    OtherIdentifier,
    Participant,
    ProjectDraft,
    Sector,
    Share,
)
from tacoord.services.projects.kept import as_kept, from_kept


def test_nothing_is_lost() -> None:
    full = ProjectDraft(
        titles={"fr": "Abri", "en": "Shelter"},
        descriptions={"en": "For women"},
        iati_identifier="ZZ-1-1",
        other_identifiers=(OtherIdentifier("A1", "7"),),
        participants=(Participant("Harbour Light", "4", "ZZ-2", "22", "ZZ-2-9"),),
        countries=(Share("KH", Decimal("33.3333")), Share("LA")),
        regions=(Share("035"),),
        dac_regions=(Share("789", Decimal(100)),),
        pillars=(Share("PROT", Decimal(100)),),
        sectors=(Sector("15160", "1", Decimal("12.5")), Sector("x", "99")),
        measures=frozenset({"PROT-1", "PREV-4"}),
        policy_areas=frozenset({"a"}),
        mandates=frozenset({"GPA-18"}),
        exploitation=frozenset({"b"}),
        target_groups=frozenset({"c"}),
        assistance_kinds=frozenset({"d"}),
        sdg_targets=frozenset({"8.7"}),
        status="2",
        planned_start=date(2024, 1, 1),
        actual_start=date(2024, 2, 1),
        planned_end=date(2026, 1, 1),
        actual_end=date(2026, 2, 1),
        budget=(
            BudgetAmount(
                7, "EUR", "2", "2", date(2024, 1, 1), date(2024, 12, 31), date(2024, 6, 1)
            ),
            BudgetAmount(8, "USD"),
        ),
        contact_name="A",
        contact_email="a@example.org",
        contact_phone="1",
        contact_shown=True,
        website="https://example.org",
        visibility=Visibility.GROUP,
        groups=frozenset({"ICAT"}),
        masks=frozenset({Mask.PLACES, Mask.DESCRIPTION}),
        record={"scope": "4", "locations": [{"name": "X"}]},
    )
    empty = ProjectDraft()
    unsaid = [f.name for f in fields(full) if getattr(full, f.name) == getattr(empty, f.name)]
    assert unsaid == [], "a new field is tried here, too"
    assert from_kept(json.loads(json.dumps(as_kept(full)))) == full
    assert list(from_kept(as_kept(full)).titles) == ["fr", "en"]
