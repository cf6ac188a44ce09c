"""The columns of a table of projects: what each is called, by people, by HXL and in the record."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

from tacoord.errors import N_

LANGUAGE_COLUMN: Final = re.compile(r"(title|description)_([a-z]{2,3})")
"""Titles and descriptions in further languages: `title_fr`."""

EXAMPLE: Final = "EXAMPLE"
"""What stands as id in a row that only shows how to fill in the others."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column. field: of the draft; other_names: what people also call it; hxl: its hashtag.

    vocabulary: where its codes and words are from; many: several may stand in a cell, with a semicolon between.
    """

    name: str
    field: str
    about: str
    hxl: str
    other_names: str = ""
    vocabulary: str | None = None
    many: bool = False


_CODES: Final = N_("Codes or names, with a semicolon between.")
_SHARES: Final = N_("Codes or names, with a semicolon between; a share may follow: KH 60; LA 40.")
_ORGANISATIONS: Final = N_(
    "Names, with a semicolon between; an identifier may follow in brackets: UNODC [XM-DAC-41128]."
)
_DATE: Final = N_("A whole date: 2026-03-01.")

COLUMNS: Final = (
    Column(
        "id",
        "id",
        N_("Empty for a new project; do not change it for one that was exported."),
        "#activity+id+tacoord",
    ),
    Column(
        "reference",
        "other_identifiers",
        N_(
            "What you call the project yourself. A row with the same reference changes that project."
        ),
        "#activity+code+internal",
        "own reference|internal id|internal identifier|project number|project code",
    ),
    Column(
        "iati_identifier",
        "iati_identifier",
        N_("The IATI identifier, if there is one."),
        "#activity+code+iati",
        "iati id|iati activity identifier",
    ),
    Column(
        "other_identifiers",
        "other_identifiers",
        N_("Further identifiers with their IATI type, such as A2:12345; A9:XY-7."),
        "#activity+code+other",
        many=True,
    ),
    Column(
        "language",
        "titles",
        N_("The language of title and description: en, fr, es …"),
        "#meta+lang",
        "title language",
    ),
    Column(
        "title",
        "titles",
        N_("The title, as in your own documents."),
        "#activity+name",
        "project title|project name|name|project|titre|titulo",
    ),
    Column(
        "description",
        "descriptions",
        N_("What is done, for whom and with whom."),
        "#description",
        "summary|objective|objectives|project description",
    ),
    Column(
        "reporting_org",
        "record",
        N_("Who reports, where you register for others."),
        "#org+reporting+name",
        "reporter|reporting organisation|reporting organization",
    ),
    Column(
        "reporting_org_ref",
        "record",
        N_("The identifier of who reports."),
        "#org+reporting+code",
        "reporting organisation identifier",
    ),
    Column(
        "funders",
        "participants",
        _ORGANISATIONS,
        "#org+funder",
        "funder|donor|donors|funding|funding organisation|funding organisations|source of funds",
        many=True,
    ),
    Column(
        "accountable",
        "participants",
        _ORGANISATIONS,
        "#org+accountable",
        "accountable organisation",
        many=True,
    ),
    Column(
        "extending",
        "participants",
        _ORGANISATIONS,
        "#org+extending",
        "extending organisation",
        many=True,
    ),
    Column(
        "implementers",
        "participants",
        _ORGANISATIONS,
        "#org+impl",
        "implementer|implementing|implementing partner|implementing partners|implementing agency|partner",
        many=True,
    ),
    Column(
        "countries",
        "countries",
        _SHARES,
        "#country",
        "country|recipient country|beneficiary country|location",
        "country",
        many=True,
    ),
    Column(
        "regions",
        "regions",
        N_("Regions of the United Nations (M49), with a semicolon between."),
        "#region+m49",
        "region|un regions",
        "region",
        many=True,
    ),
    Column(
        "dac_regions",
        "dac_regions",
        N_("Regions of the OECD DAC, with a semicolon between."),
        "#region+dac",
        "dac region",
        "dac-region",
        many=True,
    ),
    Column(
        "pillars", "pillars", _SHARES, "#subsector+pillar", "pillar|paradigm", "pillar", many=True
    ),
    Column("measures", "measures", _CODES, "#subsector+measure", "measure", "measure", many=True),
    Column(
        "policy_areas",
        "policy_areas",
        _CODES,
        "#subsector+policy",
        "policy area",
        "policy-area",
        many=True,
    ),
    Column("mandates", "mandates", _CODES, "#subsector+mandate", "mandate", "mandate", many=True),
    Column(
        "exploitation",
        "exploitation",
        _CODES,
        "#impact+exploitation",
        "forms of exploitation|form of exploitation",
        "exploitation",
        many=True,
    ),
    Column(
        "target_groups",
        "target_groups",
        _CODES,
        "#beneficiary",
        "target group|beneficiaries",
        "target-group",
        many=True,
    ),
    Column(
        "assistance_kinds",
        "assistance_kinds",
        _CODES,
        "#modality",
        "kind of assistance|kinds of assistance|type of assistance|modality",
        "assistance-kind",
        many=True,
    ),
    Column(
        "sectors",
        "sectors",
        N_("DAC purpose codes, with a semicolon between; a share may follow."),
        "#sector",
        "sector|purpose code|dac code",
        many=True,
    ),
    Column(
        "sdg_targets",
        "sdg_targets",
        _CODES,
        "#subsector+sdg",
        "sdg target|sdg",
        "sdg-target",
        many=True,
    ),
    Column(
        "status",
        "status",
        N_("Planned, running, closed … or the IATI code."),
        "#status",
        "activity status|project status",
        "activity-status",
    ),
    Column(
        "planned_start",
        "planned_start",
        _DATE,
        "#date+start+planned",
        "start|start date|starts|first day|begin|date debut|fecha inicio",
    ),
    Column("actual_start", "actual_start", _DATE, "#date+start+actual", "actual start date"),
    Column(
        "planned_end",
        "planned_end",
        _DATE,
        "#date+end+planned",
        "end|end date|ends|last day|date fin|fecha fin",
    ),
    Column("actual_end", "actual_end", _DATE, "#date+end+actual", "actual end date"),
    Column(
        "budget",
        "budget",
        N_("The whole budget as a number, without the currency."),
        "#value+budget",
        "amount|total budget|budget amount|value|total amount",
    ),
    Column(
        "currency",
        "budget",
        N_("The currency of the budget: USD, EUR …"),
        "#currency",
        "budget currency",
    ),
    Column(
        "budget_lines",
        "budget",
        N_("Instead of one amount: 1000 USD 2025-01-01..2025-12-31; 500 EUR …"),
        "#value+budget+lines",
        many=True,
    ),
    Column(
        "contact_name",
        "contact_name",
        N_("Whom to ask."),
        "#contact+name",
        "contact|contact person",
    ),
    Column(
        "contact_email",
        "contact_email",
        N_("The e-mail address of the contact."),
        "#contact+email",
        "email|e-mail",
    ),
    Column(
        "contact_phone",
        "contact_phone",
        N_("The telephone number of the contact."),
        "#contact+phone",
        "phone|telephone",
    ),
    Column(
        "contact_shown",
        "contact_shown",
        N_("yes, where everybody who sees the project may see the contact; else no."),
        "#contact+shown",
        "show contact",
    ),
    Column(
        "website",
        "website",
        N_("An address that begins with https://"),
        "#contact+url",
        "url|web|web address",
    ),
    Column(
        "visibility",
        "visibility",
        N_("public, registered, group or organisation."),
        "#access+visibility",
    ),
    Column(
        "groups",
        "groups",
        N_("Codes of the groups that may see it, where visibility is group."),
        "#access+groups",
        "group",
        many=True,
    ),
    Column(
        "masks",
        "masks",
        N_("What only your own organisation reads: places; participants; description."),
        "#access+masks",
        many=True,
    ),
    Column("on_behalf", "", N_("Told by exports; passed over by imports."), "#meta+behalf"),
    Column("updated_at", "", N_("Told by exports; passed over by imports."), "#date+updated"),
)
BY_NAME: Final = {column.name: column for column in COLUMNS}
ROLES: Final = {"funders": "1", "accountable": "2", "extending": "3", "implementers": "4"}
NOT_READ: Final = frozenset({"on_behalf", "updated_at"})


def column_named(heading: str) -> str | None:
    """The name of the column that a heading means, None for one that we do not have."""
    plain = _plain(heading)
    name = _names().get(plain)
    if name:
        return name
    further = LANGUAGE_COLUMN.fullmatch(plain.replace(" ", "_"))
    return further[0] if further else None


def columns_of_problem(field: str) -> str:
    """The column in which a problem of a draft's field is to be mended."""
    first, *rest = field.split(".")
    if first == "budget" and rest[-1:] == ["currency"]:
        return "currency"
    if first == "titles":
        return "title"
    return next((column.name for column in COLUMNS if column.field == first), first)


@cache
def _names() -> dict[str, str]:
    found: dict[str, str] = {}
    for column in COLUMNS:
        for name in (column.name, *filter(None, column.other_names.split("|"))):
            found.setdefault(_plain(name), column.name)
    return found


def _plain(heading: str) -> str:
    return " ".join(re.sub(r"[^a-z0-9]+", " ", heading.casefold()).split())
