"""XML elements built from values: missing attributes left out, forbidden characters too."""

from collections.abc import Mapping
from decimal import Decimal

from lxml import etree
from lxml.etree import _Element

from tacoord.iati.activity import Texts
from tacoord.iati.texts import LANG, without_forbidden

Attributes = Mapping[str, str | None]

OWN_NAMESPACE = "urn:tacoord:iati"
OWN_PERCENTAGE = f"{{{OWN_NAMESPACE}}}percentage"
"""The attribute of ours on a tag of ours; IATI lets others add attributes of their own."""


def element(name: str, attributes: Attributes | None = None) -> _Element:
    """An element with those of the attributes that have a value."""
    said = {k: without_forbidden(v) for k, v in (attributes or {}).items() if v}
    own = {"tacoord": OWN_NAMESPACE} if OWN_PERCENTAGE in said else None
    return etree.Element(name, said, nsmap=own)


def add(
    parent: _Element, name: str, attributes: Attributes | None = None, text: str = ""
) -> _Element:
    """The new element at the end of `parent`."""
    child = element(name, attributes)
    if text:
        child.text = without_forbidden(text)
    parent.append(child)
    return child


def add_texts(parent: _Element, texts: Texts, default_language: str) -> None:
    """A narrative for each text; its language is named where it is not the activity's own."""
    for language, text in texts.items():
        if text:
            named = None if language == default_language else language
            add(parent, "narrative", {LANG: named}, text)


def decimal(number: Decimal | None) -> str | None:
    """`number` as an xsd:decimal, without exponent."""
    return None if number is None else f"{number:f}"
