"""A project in words: the names of its fields, and what a draft says in each, for comparing two versions."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Final

from flask_babel import gettext as _

from tacoord.models import Change, Project, Source
from tacoord.services.projects.content import canonical
from tacoord.services.projects.drafts import CODE_FIELDS, SHARE_FIELDS, ProjectDraft
from tacoord.web.filters import day_words, money, sentence_list, share
from tacoord.web.mask_words import mask_words
from tacoord.web.term_choices import words_of

_HIDDEN_IN_HISTORY: Final = frozenset({"contact_name", "contact_email", "contact_phone"})


@dataclass(frozen=True, slots=True)
class Difference:
    """A field in which two versions of a record differ, with what each says; lists of lines of text."""

    label: str
    mine: list[str]
    theirs: list[str]


def field_labels() -> Mapping[str, str]:
    """What people call each field of a draft."""
    return {
        "titles": _("Title"),
        "descriptions": _("Description"),
        "iati_identifier": _("IATI identifier"),
        "other_identifiers": _("Other identifiers"),
        "participants": _("Organisations"),
        "countries": _("Countries"),
        "regions": _("Regions"),
        "dac_regions": _("Regions (OECD DAC)"),
        "pillars": _("Pillars"),
        "sectors": _("Sectors"),
        "measures": _("Measures"),
        "policy_areas": _("Policy areas"),
        "mandates": _("Mandates"),
        "exploitation": _("Forms of exploitation"),
        "target_groups": _("For whom"),
        "assistance_kinds": _("Kinds of assistance"),
        "sdg_targets": _("Targets of the Sustainable Development Goals"),
        "status": _("Status"),
        "planned_start": _("Planned first day"),
        "actual_start": _("Actual first day"),
        "planned_end": _("Planned last day"),
        "actual_end": _("Actual last day"),
        "budget": _("Budget"),
        "contact_name": _("Contact"),
        "contact_email": _("E-mail of the contact"),
        "contact_phone": _("Telephone of the contact"),
        "contact_shown": _("Whether the contact is shown"),
        "website": _("Website"),
        "visibility": _("Who may see it"),
        "groups": _("Groups"),
        "masks": _("What only the own organisation reads"),
        "record": _("Further details from a file"),
    }


def differences(mine: ProjectDraft, theirs: ProjectDraft) -> list[Difference]:
    """The fields in which two clean drafts differ, in the order of the form."""
    one, other, labels = canonical(mine), canonical(theirs), field_labels()
    return [
        Difference(
            labels[each.name],
            told(each.name, getattr(mine, each.name)),
            told(each.name, getattr(theirs, each.name)),
        )
        for each in fields(ProjectDraft)
        if one[each.name] != other[each.name]
    ]


def told(name: str, value: Any) -> list[str]:
    """What a field of a draft says, as lines of text; none where it says nothing."""
    if isinstance(value, bool):
        return [_("yes") if value else _("no")]
    if not value:
        return []
    if name in SHARE_FIELDS or name == "sectors":
        words = words_of(SHARE_FIELDS.get(name, "sector"))
        return [_with_share(words.get(each.code, each.code), each.percentage) for each in value]
    if name in CODE_FIELDS:
        words = words_of(CODE_FIELDS[name])
        return sorted(words.get(code, code) for code in value)
    if name == "status":
        return [words_of("activity-status").get(value, value)]
    if isinstance(value, date):
        return [day_words(value)]
    return _told_structure(name, value)


def confirmation_words(project: Project) -> str:
    """Where the day of the last confirmation comes from, if nobody here gave it; else ""."""
    confirmed = project.confirmed_at
    if confirmed is None or project.source not in (Source.IATI, Source.FILE):
        return ""
    if confirmed < project.created_at:
        return str(_("as the imported file says"))
    return str(_("imported")) if confirmed == project.published_at else ""


def change_words(change: Change) -> str:
    """What happened to a project, as a short sentence without who and when."""
    words: dict[str, str] = {
        "project.registered": _("Registered"),
        "project.drafted": _("Begun as a draft"),
        "project.withdrawn": _("Withdrawn"),
        "project.restored": _("Restored"),
        "project.confirmed": _("Confirmed as still true"),
        "project.changed": _("Changed"),
    }
    said = words.get(change.action, change.action)
    labels = field_labels()
    named = [
        labels[name]
        for name in change.details.get("fields", ())
        if name in labels and name not in _HIDDEN_IN_HISTORY
    ]
    if not named:
        return said
    return str(_("%(what)s: %(fields)s", what=said, fields=str(sentence_list(named))))


def visibility_words(visibility: str) -> str:
    """Who may see a record, in a few words."""
    words: dict[str, str] = {
        "public": _("Everyone; may be published as open data"),
        "registered": _("Everyone with an account"),
        "group": _("Members of the chosen groups"),
        "organisation": _("Only the own organisation"),
    }
    return words.get(visibility, visibility)


def _told_structure(name: str, value: Any) -> list[str]:
    if name in ("titles", "descriptions"):
        return [text for text in value.values() if text]
    if name == "participants":
        roles = words_of("organisation-role")
        return [f"{each.name} ({roles.get(each.role, each.role)})" for each in value]
    if name == "budget":
        return [money(line.amount_minor, line.currency, full=True) for line in value]
    if name == "other_identifiers":
        return [each.value for each in value]
    if name == "groups":
        return sorted(value)
    if name == "masks":
        return [mask_words(each.value) for each in sorted(value)]
    if name == "visibility":
        return [visibility_words(value.value)]
    return sorted(value) if name == "record" else [str(value)]


def _with_share(words: str, percentage: Any) -> str:
    return words if percentage is None else f"{words} ({share(percentage)})"
