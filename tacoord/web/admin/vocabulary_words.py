"""Vocabularies by name, for people."""

from flask_babel import gettext as _


def vocabulary_words(name: str) -> str:
    """What a vocabulary is called."""
    words: dict[str, str] = {
        "activity-status": _("Status of a project"),
        "assistance-kind": _("Kinds of assistance"),
        "budget-status": _("Status of a budget"),
        "budget-type": _("Type of a budget"),
        "country": _("Countries"),
        "dac-region": _("Regions of the OECD DAC"),
        "date-type": _("Types of dates"),
        "exploitation": _("Forms of exploitation"),
        "mandate": _("Mandates"),
        "measure": _("Measures"),
        "organisation-role": _("Roles of organisations"),
        "organisation-type": _("Types of organisations"),
        "pillar": _("Pillars"),
        "policy-area": _("Policy areas"),
        "ratification-action": _("Actions towards ratification"),
        "region": _("Regions of UN M49"),
        "sdg-target": _("Targets of the Sustainable Development Goals"),
        "sector": _("Sectors (purpose codes of the OECD DAC)"),
        "target-group": _("Target groups"),
    }
    return words.get(name, name)
