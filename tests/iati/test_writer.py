import io
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from tacoord.iati import codes
from tacoord.iati.activity import (
    Activity,
    ActivityDate,
    Budget,
    Contact,
    Counts,
    Defaults,
    Description,
    Flow,
    Location,
    OtherIdentifier,
    ParticipatingOrg,
    PolicyMarker,
    RecipientCountry,
    RecipientRegion,
    RelatedActivity,
    ReportingOrg,
    Sector,
    Tag,
)
from tacoord.iati.reader import Outcome, read
from tacoord.iati.texts import tidy_line, tidy_text, without_forbidden
from tacoord.iati.values import plain
from tacoord.iati.writer import missing_for_iati, write

NOW = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)

FULL = Activity(
    iati_identifier="XM-DAC-41128-GLO-1",
    titles={"en": "Shelters & services", "fr": "Foyers <et> services", "ar": "ملاجئ"},
    reporting_org=ReportingOrg("XM-DAC-41128", "40", {"en": "Office"}, secondary=True),
    descriptions=(
        Description({"en": "First.\n\nSecond.", "fr": "Un."}, "1"),
        Description({"en": "To help."}, "2"),
        Description({"en": "Again."}, "2"),
    ),
    participating_orgs=(
        ParticipatingOrg("1", "GB-GOV-1", "10", {"en": "Donor", "fr": "Bailleur"}),
        ParticipatingOrg("4", "", "22", {"en": "Home"}, "KH-1-7", "41128"),
    ),
    other_identifiers=(
        OtherIdentifier("2012200001", "A2", "XM-DAC", "OECD"),
        OtherIdentifier("7F-1", "A9"),
    ),
    status="2",
    dates=(ActivityDate("1", date(2019, 10, 11)), ActivityDate("3", date(2024, 9, 30))),
    contacts=(
        Contact("1", "Office", "Unit", "A. Person", "Officer", "+43 1", "a@example.org",
                "https://example.org/a?b=c#d", "1 Street, Town"),
    ),
    scope="4",
    countries=(RecipientCountry("KH", Decimal("62.5")), RecipientCountry("NP")),
    regions=(RecipientRegion("298", "1", Decimal("37.5"), names={"en": "Africa"}),),
    locations=(Location({"en": "Town"}, Decimal("13.1"), Decimal("-103.2")), Location({"en": "B"})),
    sectors=(
        Sector("15160", "1", Decimal(100), names={"en": "Human rights"}),
        Sector("x", "99", vocabulary_uri="https://example.org/list"),
    ),
    tags=(
        Tag.own("pillar", "PREV", Decimal(40)),
        Tag.own("pillar", "PROT", Decimal(60)),
        Tag.own("measure", "PREV-4"),
        Tag("5.2", "3", names={"en": "End violence"}),
    ),
    policy_markers=(PolicyMarker("1", "1", "2"),),
    defaults=Defaults("1", "10", "110", "C01", "5"),
    budgets=(
        Budget(Decimal("8100000.55"), "GBP", date(2019, 10, 11), date(2020, 10, 10), "1", "2",
               date(2019, 10, 11)),
        Budget(Decimal("-5"), "USD", date(2020, 10, 11), date(2021, 10, 10), "2", "1",
               date(2020, 1, 1)),
    ),
    related=(RelatedActivity("1", "XM-DAC-41128-GLO-0"),),
    default_currency="GBP",
    default_language="en",
    hierarchy=2,
    humanitarian=False,
    last_updated=datetime(2025, 5, 6, 7, 8, 9, tzinfo=UTC),
)  # fmt: skip


def written(*activities: Activity) -> bytes:
    stream = io.BytesIO()
    write(activities, stream, generated_at=NOW)
    return stream.getvalue()


def read_again(*activities: Activity) -> list[Outcome]:
    return list(read(io.BytesIO(written(*activities))))


def test_what_is_written_and_read_again_is_what_was_written() -> None:
    again = read_again(FULL, replace(FULL, iati_identifier="B"))
    assert again == [FULL, replace(FULL, iati_identifier="B")]


def test_the_root_says_version_and_moment() -> None:
    root = etree.fromstring(written(FULL))
    assert root.tag == "iati-activities"
    assert root.get("version") == "2.03"
    assert root.get("generated-datetime") == "2026-01-15T12:00:00Z"


def test_the_number_written_is_returned_and_the_unsayable_left_out() -> None:
    stream = io.BytesIO()
    nobody = replace(FULL, reporting_org=ReportingOrg(names={"en": "Office"}))
    assert write([FULL, nobody], stream, generated_at=NOW) == 1
    assert [fault.code for fault in missing_for_iati(nobody)] == ["no-reporting-ref"]


def test_all_that_iati_misses_is_told() -> None:
    empty = Activity("", {}, dates=(ActivityDate("1", None, "soon"),))
    assert [fault.code for fault in missing_for_iati(empty)] == [
        "no-identifier", "no-title", "no-reporting-ref", "no-dates",
    ]  # fmt: skip
    assert missing_for_iati(FULL) == ()


BARE = Activity("A", {"und": "T"}, ReportingOrg("R"), dates=(ActivityDate("1", date(2019, 1, 1)),))


def test_what_iati_requires_and_a_record_lacks_is_filled_in() -> None:
    [again] = read_again(BARE)
    assert isinstance(again, Activity)
    assert again.descriptions == (Description({"und": "T"}),)
    assert again.participating_orgs == (ParticipatingOrg("2", "R"),)
    assert again.reporting_org == ReportingOrg("R", "90", {"und": "R"})


@pytest.mark.parametrize(
    ("starts", "ends", "status"),
    [("2019-01-01", "2025-12-31", "4"), ("2019-01-01", "2027-01-01", "2"),
     ("2027-01-01", "2028-01-01", "1")],
)  # fmt: skip
def test_a_missing_status_is_told_by_the_dates(starts: str, ends: str, status: str) -> None:
    dates = (
        ActivityDate("1", date.fromisoformat(starts)),
        ActivityDate("3", date.fromisoformat(ends)),
    )
    [again] = read_again(replace(BARE, dates=dates))
    assert isinstance(again, Activity)
    assert again.status == status


def test_a_budget_without_period_gets_that_of_the_activity() -> None:
    budget = Budget(Decimal(5), "USD")
    [again] = read_again(replace(FULL, budgets=(budget,)))
    assert isinstance(again, Activity)
    assert (again.budgets[0].starts, again.budgets[0].ends) == (FULL.starts, FULL.ends)
    [endless] = read_again(replace(BARE, budgets=(budget,)))
    assert isinstance(endless, Activity)
    assert endless.budgets == ()


def test_sums_counts_and_what_is_no_code_of_2_03_are_not_written() -> None:
    more = replace(
        FULL,
        flows=(Flow("2", "USD", Decimal(5), 1),),
        counts=Counts(transactions=1),
        partner_activity_ids=("X",),
        sectors=(*FULL.sectors, Sector("BZ", "WBSector")),
        tags=(*FULL.tags, Tag("a", "mine")),
        policy_markers=(*FULL.policy_markers, PolicyMarker("1", "mine")),
        participating_orgs=(*FULL.participating_orgs, ParticipatingOrg(None, "X")),
        dates=(*FULL.dates, ActivityDate("4", None, "soon")),
        contacts=(*FULL.contacts, Contact(website="not an address")),
    )
    assert read_again(more) == [FULL]


def test_characters_that_xml_forbids_are_dropped() -> None:
    [again] = read_again(replace(FULL, titles={"en": "A\x00\x1b\ud800\uffffB"}))
    assert isinstance(again, Activity)
    assert again.titles == {"en": "AB"}


def test_activities_are_written_one_by_one() -> None:
    stream = io.BytesIO()
    seen: list[int] = []

    def many() -> Iterator[Activity]:
        for number in range(200):
            seen.append(stream.tell())
            yield replace(FULL, iati_identifier=str(number))

    write(many(), stream, generated_at=NOW)
    assert seen[-1] > 100 * 1_000


# The schema, and records of every shape.

LANGUAGES = st.sampled_from(["en", "fr", "es", "ru", "zh", "ar", "und"])
LINES = st.text(max_size=30).map(without_forbidden).map(tidy_line).filter(bool)
PARAGRAPHS = st.text(max_size=60).map(without_forbidden).map(tidy_text).filter(bool)
TEXTS = st.dictionaries(LANGUAGES, LINES, max_size=3)
SAID = st.dictionaries(LANGUAGES, LINES, min_size=1, max_size=3)
WORDS = st.text("ABC-0129/ é", max_size=12).map(tidy_line)
GIVEN = WORDS.filter(bool)
DAYS = st.dates(date(1900, 1, 1), date(2199, 12, 31))
AMOUNTS = st.decimals(-(10**12), 10**12, places=2).map(plain)
SHARES = st.none() | st.decimals(0, 100, places=2).map(plain)
ADDRESSES = st.sampled_from(["", "https://example.org/list", "urn:a:b"])


def code(known: Iterable[str]) -> st.SearchStrategy[str]:
    return st.sampled_from(sorted(known))


def some(strategy: st.SearchStrategy[object]) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(strategy, max_size=2).map(tuple)


def unlike(parts: st.SearchStrategy[object], key: str) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(parts, max_size=3, unique_by=lambda part: getattr(part, key)).map(tuple)


ORGANISATION_TYPES = st.none() | code(codes.ORGANISATION_TYPES)
ACTIVITIES = st.builds(
    Activity,
    iati_identifier=GIVEN,
    titles=SAID,
    reporting_org=st.builds(
        ReportingOrg, GIVEN, code(codes.ORGANISATION_TYPES), SAID, st.booleans()
    ),
    descriptions=st.lists(
        st.builds(
            Description,
            st.dictionaries(LANGUAGES, PARAGRAPHS, min_size=1),
            st.none() | code(codes.DESCRIPTION_TYPES),
        ),
        min_size=1,
        max_size=3,
    ).map(tuple),
    participating_orgs=st.lists(
        st.builds(
            ParticipatingOrg,
            code(codes.ORGANISATION_ROLES), GIVEN, ORGANISATION_TYPES, TEXTS, WORDS, WORDS,
        ),
        min_size=1, max_size=3, unique_by=lambda org: org.ref,
    ).map(tuple),
    other_identifiers=some(
        st.builds(OtherIdentifier, GIVEN, code(codes.OTHER_IDENTIFIER_TYPES), WORDS, WORDS)
    ),
    status=code(codes.ACTIVITY_STATUSES),
    dates=st.lists(
        st.builds(ActivityDate, code(codes.DATE_TYPES), DAYS), min_size=1, max_size=4
    ).map(tuple),
    contacts=some(
        st.builds(
            Contact, st.none() | code(codes.CONTACT_TYPES),
            GIVEN, WORDS, WORDS, WORDS, WORDS, WORDS, ADDRESSES, WORDS,
        )
    ),
    scope=st.none() | code(codes.SCOPES),
    countries=unlike(
        st.builds(RecipientCountry, st.text("ABCXYZ", min_size=2, max_size=2), SHARES), "code"
    ),
    regions=unlike(
        st.builds(
            RecipientRegion, GIVEN, code(codes.REGION_VOCABULARIES), SHARES, ADDRESSES, TEXTS
        ),
        "code",
    ),
    locations=some(
        st.builds(
            Location, SAID,
            st.decimals(-90, 90, places=4).map(plain), st.decimals(-180, 180, places=4).map(plain),
        )
    ),
    sectors=some(
        st.builds(Sector, GIVEN, code(codes.SECTOR_VOCABULARIES), SHARES, ADDRESSES, TEXTS)
    ),
    tags=some(
        st.builds(Tag, GIVEN, code(codes.TAG_VOCABULARIES), ADDRESSES, st.none(), TEXTS)
        | st.builds(Tag.own, st.sampled_from(["pillar", "measure"]), GIVEN, SHARES)
    ),
    policy_markers=some(
        st.builds(
            PolicyMarker, GIVEN, code(codes.MARKER_VOCABULARIES),
            st.none() | code(codes.SIGNIFICANCES),
        )
    ),
    defaults=st.sampled_from([Defaults(), Defaults("1", "10", "110", "C01", "5")]),
    budgets=some(
        st.builds(
            Budget, AMOUNTS, st.sampled_from(["USD", "XDR"]), DAYS, DAYS,
            code(codes.BUDGET_TYPES), code(codes.BUDGET_STATUSES), DAYS,
        )
    ),
    related=some(st.builds(RelatedActivity, code(codes.RELATED_TYPES), GIVEN)),
    default_currency=st.none() | st.sampled_from(["EUR", "USD"]),
    default_language=LANGUAGES,
    hierarchy=st.none() | st.integers(0, 999),
    humanitarian=st.none() | st.booleans(),
    last_updated=st.none()
    | st.datetimes(datetime(1900, 1, 1), datetime(2199, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(activity=ACTIVITIES)
def test_any_record_survives_being_written_and_read(activity: Activity) -> None:
    assert read_again(activity) == [activity]
