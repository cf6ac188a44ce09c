"""Countries, regions and locations of an iati-activity element."""

from decimal import Decimal

from lxml.etree import _Element

from tacoord.iati import codes
from tacoord.iati.activity import Location, RecipientCountry, RecipientRegion
from tacoord.iati.notes import Notes
from tacoord.iati.texts import texts, tidy_line
from tacoord.iati.values import read_number

_ROUNDING = Decimal("0.5")


def recipients(
    activity: _Element, notes: Notes
) -> tuple[tuple[RecipientCountry, ...], tuple[RecipientRegion, ...]]:
    """The countries and regions that the activity is for, each once.

    Where the activity names none, those of its transactions are taken, without percentages.
    """
    countries: dict[str, RecipientCountry] = {}
    regions: dict[tuple[str, str], RecipientRegion] = {}
    for element in notes.parts(activity, "recipient-country"):
        _take_country(element, notes, countries, regions, notes.percentage(element))
    for element in notes.parts(activity, "recipient-region"):
        _take_region(element, notes, regions, notes.percentage(element))
    if not countries and not regions:
        for transaction in activity.iterchildren("transaction"):
            for element in transaction.iterchildren("recipient-country"):
                _take_country(element, notes, countries, regions, None)
            for element in transaction.iterchildren("recipient-region"):
                _take_region(element, notes, regions, None)
    _check_total(activity, notes, countries, regions)
    return tuple(countries.values()), tuple(regions.values())


def _take_country(
    element: _Element,
    notes: Notes,
    countries: dict[str, RecipientCountry],
    regions: dict[tuple[str, str], RecipientRegion],
    percentage: Decimal | None,
) -> None:
    code = tidy_line(element.get("code")).upper()
    if not code:
        notes.warn("missing-code", element)
    elif code in codes.DAC_REGIONS:
        notes.warn("region-as-country", element, code=code)
        regions.setdefault(("1", code), RecipientRegion(code, percentage=percentage))
    elif notes.known_countries is not None and code not in notes.known_countries:
        notes.refuse("unknown-country", element, code=code)
    else:
        countries.setdefault(code, RecipientCountry(code, percentage))


def _take_region(
    element: _Element,
    notes: Notes,
    regions: dict[tuple[str, str], RecipientRegion],
    percentage: Decimal | None,
) -> None:
    code = tidy_line(element.get("code"))
    if not code:
        notes.warn("missing-code", element)
        return
    raw = tidy_line(element.get("vocabulary")) or "1"
    vocabulary = codes.modern("region vocabulary", raw)
    if vocabulary not in codes.REGION_VOCABULARIES:
        notes.warn("unknown-code", element, code=raw)
        return
    region = RecipientRegion(
        code=code,
        vocabulary=vocabulary,
        percentage=percentage,
        vocabulary_uri=tidy_line(element.get("vocabulary-uri")),
        names=texts(element, notes.language),
    )
    regions.setdefault((vocabulary + region.vocabulary_uri, code), region)


def _check_total(
    activity: _Element,
    notes: Notes,
    countries: dict[str, RecipientCountry],
    regions: dict[tuple[str, str], RecipientRegion],
) -> None:
    # Each region vocabulary describes the same whole again, so only the first one is counted.
    first = next((region.vocabulary for region in regions.values()), None)
    total = sum((c.percentage or Decimal(0) for c in countries.values()), Decimal(0)) + sum(
        (r.percentage or Decimal(0) for r in regions.values() if r.vocabulary == first), Decimal(0)
    )
    if total > 100 + _ROUNDING:
        notes.warn("shares-over-100", activity, total=f"{total:f}")


def location(element: _Element, notes: Notes) -> Location | None:
    """A place by name, point, or both: a point is `pos` in 2.x and `coordinates` in 1.x."""
    names: dict[str, str] = {}
    for name in element.iterchildren("name"):
        for lang, text in texts(name, notes.language).items():
            names.setdefault(lang, text)
    latitude, longitude = _point(element)
    if not names and latitude is None:
        return None
    return Location(names, latitude, longitude)


def _point(element: _Element) -> tuple[Decimal | None, Decimal | None]:
    coordinates = element.find("coordinates")
    if coordinates is not None:
        raw = [coordinates.get("latitude") or "", coordinates.get("longitude") or ""]
    else:
        raw = (element.findtext("point/pos") or "").replace(",", " ").split()
    if len(raw) != 2:
        return None, None
    latitude, longitude = read_number(raw[0]), read_number(raw[1])
    if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > 180:
        return None, None
    return latitude, longitude
