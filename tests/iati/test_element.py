from datetime import date
from decimal import Decimal

import pytest

from tacoord.iati.activity import (
    Activity,
    ActivityDate,
    Budget,
    Contact,
    Description,
    Flow,
    Location,
    OtherIdentifier,
    ParticipatingOrg,
    RecipientCountry,
    RecipientRegion,
    RelatedActivity,
    Sector,
    Tag,
)
from tests.iati.samples import codes_of, file_xml, outcomes, read_one, refused_one

OLD_ACTIVITY = """
<iati-activity xml:lang="en" default-currency="CAD" hierarchy="1">
  <iati-identifier>CA-3-1</iati-identifier>
  <reporting-org ref="CA-3" type="10">Aid Agency</reporting-org>
  <title xml:lang="fr">Foyers pour les victimes</title>
  <title xml:lang="en">Shelters for victims</title>
  <description type="1" xml:lang="fr">Ce projet aide.</description>
  <description type="1" xml:lang="en">This project helps.</description>
  <description type="2">To help.</description>
  <other-identifier owner-ref="GB-1" owner-name="DFID">105838</other-identifier>
  <activity-status>Post-completion</activity-status>
  <activity-date type="start-planned">2010-04-01</activity-date>
  <activity-date type="end-actual" iso-date="2014-03-31">Actual end</activity-date>
  <activity-date type="end-planned">Planned end</activity-date>
  <participating-org role="Funding" ref="CA" type="10" xml:lang="fr">Canada (fr)</participating-org>
  <participating-org role="Funding" ref="CA" type="10" xml:lang="en">Canada</participating-org>
  <participating-org role="Accountable" ref="CA-3" type="10">Agency</participating-org>
  <recipient-country code="kh" percentage="100">Cambodia</recipient-country>
  <location><name>Battambang</name><coordinates latitude="13.1" longitude="103.2"/></location>
  <sector vocabulary="DAC" code="15160" percentage="60">Human rights</sector>
  <sector vocabulary="RO" code="TIP"/>
  <budget type="Original"><period-start iso-date="2010-04-01"/><period-end iso-date="2011-03-31"/>
    <value value-date="2010-04-01">5,000</value></budget>
  <transaction><transaction-type code="C"/><value value-date="2010-05-01">900</value>
    <transaction-date iso-date="2010-05-01"/></transaction>
  <transaction><transaction-type code="D"/><value currency="usd">10.50</value>
    <transaction-date iso-date="2010-07-01"/></transaction>
  <transaction><transaction-type code="D"/><value currency="USD">9.50</value>
    <transaction-date iso-date="2010-06-01"/>
    <provider-org provider-activity-id="GB-1-2"/></transaction>
  <contact-info><organisation>Aid Agency</organisation><email>a@example.org</email></contact-info>
  <related-activity type="1" ref="CA-3-0">Programme</related-activity>
</iati-activity>"""


def old() -> Activity:
    [outcome] = outcomes(file_xml(OLD_ACTIVITY, version="1.05"))
    assert isinstance(outcome, Activity)
    return outcome


def test_texts_of_1x_in_several_elements_become_one_text_in_several_languages() -> None:
    activity = old()
    assert activity.titles == {"fr": "Foyers pour les victimes", "en": "Shelters for victims"}
    assert activity.title == "Shelters for victims"
    assert activity.descriptions == (
        Description({"fr": "Ce projet aide.", "en": "This project helps."}, "1"),
        Description({"en": "To help."}, "2"),
    )


def test_roles_of_1x_become_numbers_and_languages_one_organisation() -> None:
    assert old().participating_orgs == (
        ParticipatingOrg("1", "CA", "10", {"fr": "Canada (fr)", "en": "Canada"}),
        ParticipatingOrg("2", "CA-3", "10", {"en": "Agency"}),
    )


def test_dates_and_status_of_1x_become_codes_of_2x() -> None:
    activity = old()
    assert activity.status == "4"
    assert activity.dates == (
        ActivityDate("1", date(2010, 4, 1)),
        ActivityDate("4", date(2014, 3, 31)),
    )
    assert (activity.starts, activity.ends) == (date(2010, 4, 1), date(2014, 3, 31))


def test_places_sectors_and_identifiers_of_1x_are_read() -> None:
    activity = old()
    assert activity.countries == (RecipientCountry("KH", Decimal(100)),)
    assert activity.locations == (
        Location({"en": "Battambang"}, Decimal("13.1"), Decimal("103.2")),
    )
    assert activity.sectors == (
        Sector("15160", "1", Decimal(60), names={"en": "Human rights"}),
        Sector("TIP", "99"),
    )
    assert activity.other_identifiers == (OtherIdentifier("105838", "A9", "GB-1", "DFID"),)
    assert activity.contacts == (Contact(organisation="Aid Agency", email="a@example.org"),)
    assert activity.related == (RelatedActivity("1", "CA-3-0"),)


def test_money_of_1x_is_read_and_transactions_are_summed_by_type_and_currency() -> None:
    activity = old()
    first, last = date(2010, 4, 1), date(2011, 3, 31)
    assert activity.budgets == (
        Budget(Decimal(5000), "CAD", first, last, "1", "1", date(2010, 4, 1)),
    )
    assert activity.flows == (
        Flow("2", "CAD", Decimal(900), 1, date(2010, 5, 1), date(2010, 5, 1)),
        Flow("3", "USD", Decimal(20), 2, date(2010, 6, 1), date(2010, 7, 1)),
    )
    assert activity.partner_activity_ids == ("GB-1-2",)
    assert activity.counts.transactions == 3


def test_an_activity_of_1x_that_is_in_order_has_no_problems() -> None:
    assert codes_of(old()) == []


def test_2x_names_an_organisation_and_its_own_record_of_the_activity() -> None:
    activity = read_one(
        '<participating-org ref="GB-GOV-1" type="10" role="4" activity-id="GB-GOV-1-300"'
        ' crs-channel-code="41128"><narrative>Office</narrative>'
        '<narrative xml:lang="FR">Bureau</narrative></participating-org>'
    )
    assert activity.participating_orgs == (
        ParticipatingOrg(
            "4", "GB-GOV-1", "10", {"en": "Office", "fr": "Bureau"}, "GB-GOV-1-300", "41128"
        ),
    )


def test_an_organisation_that_says_nothing_is_left_out() -> None:
    assert read_one('<participating-org ref="" role="1"/>').participating_orgs == ()


def test_tags_of_ours_are_read_back_with_their_share() -> None:
    activity = read_one(
        '<tag code="PREV" vocabulary="99" vocabulary-uri="urn:tacoord:vocabulary:pillar"'
        ' xmlns:t="urn:tacoord:iati" t:percentage="40"/><tag code="5.2" vocabulary="3"/>'
        '<tag code="PREV" vocabulary="99" vocabulary-uri="https://example.org/"/>'
    )
    assert activity.own_terms("pillar") == (Tag.own("pillar", "PREV", Decimal(40)),)
    assert [tag.own_vocabulary for tag in activity.tags] == ["pillar", None, None]


def test_a_point_of_2x_is_read_and_one_off_the_globe_is_not() -> None:
    good = "<location><point><pos>13.1 103.2</pos></point></location>"
    bad = "<location><point><pos>513.1 103.2</pos></point></location>"
    assert read_one(good + bad).locations == (Location({}, Decimal("13.1"), Decimal("103.2")),)


def test_countries_of_transactions_are_taken_where_the_activity_names_none() -> None:
    paid = "<transaction><recipient-country code='{}'/></transaction>"
    from_transactions = read_one(paid.format("KH") + paid.format("NP") + paid.format("KH"))
    assert [c.code for c in from_transactions.countries] == ["KH", "NP"]
    own = read_one("<recipient-country code='VN'/>" + paid.format("KH"))
    assert [c.code for c in own.countries] == ["VN"]


def test_the_language_of_a_text_is_its_own_or_that_of_the_activity() -> None:
    title = '<title><narrative>One</narrative><narrative xml:lang="fr">Un</narrative></title>'
    assert read_one(title=title).titles == {"en": "One", "fr": "Un"}
    [outcome] = outcomes(
        "<iati-activities><iati-activity><iati-identifier>X</iati-identifier>"
        "<title>Unknown tongue</title></iati-activity></iati-activities>"
    )
    assert isinstance(outcome, Activity)
    assert outcome.titles == {"und": "Unknown tongue"}


# What refuses an activity.


@pytest.mark.parametrize("identifier", ["", "  \n "])
def test_an_activity_without_identifier_is_refused(identifier: str) -> None:
    refused = refused_one(identifier=identifier)
    assert (refused.iati_identifier, refused.line, codes_of(refused)) == (
        None,
        3,
        ["no-identifier"],
    )


def test_an_identifier_that_is_too_long_is_refused() -> None:
    assert codes_of(refused_one(identifier="X" * 256)) == ["identifier-too-long"]


@pytest.mark.parametrize(
    "title", ["", "<title/>", "<title> </title>", "<title><narrative/></title>"]
)
def test_an_activity_without_title_is_refused(title: str) -> None:
    refused = refused_one(title=title)
    assert (refused.iati_identifier, codes_of(refused)) == ("XM-1", ["no-title"])


def test_every_country_that_does_not_exist_is_named_once() -> None:
    refused = refused_one(
        '<recipient-country code="KH"/>\n<recipient-country code="XX"/>\n'
        '<recipient-country code="ZZ"/><recipient-country code="XX"/>'
    )
    assert [str(reason) for reason in refused.reasons] == [
        "There is no country with the code “XX”.",
        "There is no country with the code “ZZ”.",
    ]
    assert [reason.line for reason in refused.reasons] == [4, 5]


def test_all_reasons_are_given_at_once() -> None:
    refused = refused_one('<recipient-country code="XX"/>', title="", identifier="")
    assert codes_of(refused) == ["no-identifier", "no-title", "unknown-country"]


def test_no_more_reasons_are_given_than_anybody_reads() -> None:
    paid = "".join(
        f"<transaction><recipient-country code='Q{n}'/></transaction>" for n in range(500)
    )
    assert len(refused_one(paid).reasons) == 20


def test_a_text_without_end_is_refused() -> None:
    assert codes_of(refused_one(f"<description>{'x' * 100_001}</description>")) == ["text-too-long"]
    assert codes_of(refused_one(f"<tag code='{'x' * 100_001}'/>")) == ["text-too-long"]


def test_too_many_parts_are_refused() -> None:
    assert codes_of(refused_one("<participating-org ref='a' role='1'/>" * 2_001)) == [
        "too-many-parts"
    ]


# What is left out with a warning.


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ('<activity-date type="1" iso-date="2012-02-30"/>', "bad-date"),
        ('<activity-date type="7" iso-date="2012-02-03"/>', "unknown-code"),
        ('<activity-status code="9"/>', "unknown-code"),
        ('<participating-org ref="A" role="boss"/>', "unknown-code"),
        ('<recipient-country code="KH" percentage="all"/>', "bad-percentage"),
        ('<recipient-country code=""/>', "missing-code"),
        ('<recipient-region code=""/>', "missing-code"),
        ('<recipient-region code="298" vocabulary="MINE"/>', "unknown-code"),
        ("<budget><value>lots</value></budget>", "bad-amount"),
        ("<budget/>", "bad-amount"),
        ('<budget><value currency="dollars">5</value></budget>', "no-currency"),
        ('<transaction><transaction-type code="Q"/><value>5</value></transaction>', "unknown-code"),
        ("<transaction><value>5</value></transaction>", "missing-code"),
        (
            '<activity-date type="2" iso-date="2012-02-03"/>'
            '<activity-date type="4" iso-date="2011-02-03"/>',
            "end-before-start",
        ),
        (
            '<recipient-country code="KH" percentage="70"/>'
            '<recipient-country code="NP" percentage="70"/>',
            "shares-over-100",
        ),
    ],
)
def test_a_value_that_cannot_be_used_is_a_warning(more: str, code: str) -> None:
    activity = read_one(more)
    assert codes_of(activity) == [code]
    assert str(activity.problems[0])


def test_an_unreadable_date_keeps_what_stood_there() -> None:
    assert read_one('<activity-date type="1" iso-date="Q3 2012"/>').dates == (
        ActivityDate("1", None, "Q3 2012"),
    )


def test_the_same_kind_of_fault_is_told_once_for_an_activity() -> None:
    assert codes_of(read_one("<transaction><value>no</value></transaction>" * 50)) == [
        "bad-amount", "missing-code",
    ]  # fmt: skip


def test_a_region_where_a_country_belongs_is_read_as_a_region() -> None:
    activity = read_one('<recipient-country code="298" percentage="100"/>')
    assert activity.countries == ()
    assert activity.regions == (RecipientRegion("298", "1", Decimal(100)),)
    assert codes_of(activity) == ["region-as-country"]


def test_an_activity_without_reporter_is_taken_with_a_warning() -> None:
    [outcome] = outcomes(
        "<iati-activities><iati-activity><iati-identifier>X</iati-identifier>"
        "<title>T</title></iati-activity></iati-activities>"
    )
    assert codes_of(outcome) == ["no-reporting-org"]


def test_of_two_records_in_one_activity_only_the_first_is_read() -> None:
    activity = read_one(
        '<recipient-country code="KH"/><reporting-org ref="B"/>'
        "<iati-identifier>XM-2</iati-identifier><title>Other</title>"
        '<recipient-country code="NP"/>'
    )
    assert activity.iati_identifier == "XM-1"
    assert activity.titles == {"en": "Shelters for victims"}
    assert activity.reporting_org.ref == "XM-DAC-41128"
    assert [country.code for country in activity.countries] == ["KH"]
    assert codes_of(activity) == ["second-record"]


def test_messages_do_not_repeat_long_texts_of_the_record() -> None:
    activity = read_one(f'<activity-date type="1" iso-date="1 {"secret " * 50}"/>')
    assert len(str(activity.problems[0])) < 100
