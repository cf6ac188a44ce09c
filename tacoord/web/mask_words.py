"""What a record keeps to its own organisation, in words."""

from flask_babel import gettext as _


def mask_words(mask: str) -> str:
    """What a mask withholds, in a few words."""
    words: dict[str, str] = {
        "places": _("places"),
        "participants": _("organisations that take part"),
        "description": _("description"),
    }
    return words.get(mask, mask)
