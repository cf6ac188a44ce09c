"""IATI in and out: each activity stands or falls by itself, nothing is done twice, nothing is lost."""

import io
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from lxml import etree
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tacoord.errors import Forbidden
from tacoord.iati.faults import UnreadableFile
from tacoord.models import Change, Organisation, Project, Role, Source, Visibility
from tacoord.policy import OPERATOR
from tacoord.services.exchange.exchange import export_iati
from tacoord.services.exchange.import_report import ImportReport
from tacoord.services.organisations.organisations import add_organisation
from tacoord.services.projects.drafts import ProjectDraft, Share
from tacoord.services.projects.projects import draft_of, update_project
from tacoord.services.registration import register_project
from tests.factories import make_user
from tests.services.exchanging import PLAIN, activity, file_of, import_xml

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def outcomes(report: ImportReport) -> dict[str, int]:
    return {outcome.value: count for outcome, count in report.counts.items() if count}


def projects(session: Session) -> list[Project]:
    return list(session.scalars(select(Project).order_by(Project.id)))


def exported(session: Session) -> bytes:
    stream = io.BytesIO()
    export_iati(session, stream, generated_at=NOW)
    return stream.getvalue()


def test_an_activity_becomes_a_public_record_of_its_reporter(session: Session) -> None:
    report = import_xml(session, file_of([activity(1)]))
    assert outcomes(report) == {"registered": 1}
    (project,) = projects(session)
    assert (project.title, project.visibility) == ("Shelter number 1", Visibility.PUBLIC)
    assert (project.source, project.on_behalf) == (Source.IATI, True)
    assert project.organisation.name == "Reporting Bureau of Freedonia"
    assert not project.organisation.verified
    assert [tag.code for tag in project.tags if tag.vocabulary == "country"] == ["KH", "LA"]
    assert project.codes("pillar") == []
    assert project.budget_lines[0].amount_minor == 100_000_050
    assert project.participants[0].organisation.name == "Implementer 1"


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("2025-03-01T10:00:00Z", date(2025, 3, 1)),
        ("2999-01-01T00:00:00Z", None),
        ("0204-01-01", None),
        ("soon", None),
    ],
)
def test_a_record_was_last_confirmed_when_its_source_says_so_if_that_can_be(
    session: Session, said: str, day: date | None
) -> None:
    data = file_of([activity(1)]).replace(
        b"<iati-activity ", f'<iati-activity last-updated-datetime="{said}" '.encode()
    )
    import_xml(session, data)
    (project,) = projects(session)
    assert project.confirmed_at.date() == day or project.confirmed_at == project.published_at
    assert (project.confirmed_at == project.published_at) is (day is None)


def test_a_changed_record_is_confirmed_as_of_the_day_its_source_says(session: Session) -> None:
    import_xml(session, file_of([activity(1)]))
    changed = file_of([activity(1, title="Another title")]).replace(
        b"<iati-activity ", b'<iati-activity last-updated-datetime="2025-03-01T10:00:00Z" '
    )
    assert outcomes(import_xml(session, changed)) == {"updated": 1}
    assert projects(session)[0].confirmed_at.date() == date(2025, 3, 1)


def test_a_second_import_changes_nothing_at_all(session: Session) -> None:
    data = file_of([activity(1), activity(2)])
    import_xml(session, data)
    moments = [(each.updated_at, each.version) for each in projects(session)]
    changes = session.scalar(select(func.count(Change.id)))
    report = import_xml(session, data)
    assert outcomes(report) == {"unchanged": 2}
    assert report.changed == []
    session.expire_all()
    assert [(each.updated_at, each.version) for each in projects(session)] == moments
    assert session.scalar(select(func.count(Change.id))) == changes


def test_only_what_changed_is_updated(session: Session) -> None:
    import_xml(session, file_of([activity(1), activity(2)]))
    report = import_xml(session, file_of([activity(1, title="Another title"), activity(2)]))
    assert outcomes(report) == {"updated": 1, "unchanged": 1}
    assert [each.title for each in projects(session)] == ["Another title", "Shelter number 2"]


def test_a_bad_activity_is_refused_and_the_others_go_in(session: Session) -> None:
    bad = activity(2, more='<recipient-country code="XX"/>')
    report = import_xml(session, file_of([activity(1), bad, activity(3)]))
    assert outcomes(report) == {"registered": 2, "refused": 1}
    (told,) = report.refused
    assert told.identifier == "ZZ-REP-1-2"
    assert told.line is not None
    assert [each.code for each in told.reasons] == ["unknown-country"]
    # An organisation that only the refused one names is not there.
    names = session.scalars(select(Organisation.name)).all()
    assert "Implementer 2" not in names


def test_a_report_does_not_repeat_the_text_of_a_record(session: Session) -> None:
    long = "Very long and private words of the title " * 200
    bad = activity(1, title=long, more='<recipient-country code="XX"/>')
    assert "private words" not in str(import_xml(session, file_of([bad])).as_json())


def test_for_one_organisation_the_records_of_another_known_one_are_refused(
    session: Session,
) -> None:
    own = add_organisation(session, name="Own Bureau", ref="ZZ-OWN-1")
    add_organisation(session, name="Other Bureau", ref="ZZ-OTHER-2")
    data = file_of(
        [
            activity(1, ref="ZZ-OWN-1", name="Own Bureau"),
            activity(2, ref="ZZ-OTHER-2", name="Other Bureau"),
            activity(3, ref="ZZ-NOBODY-3", name="A name that nobody has"),
        ]
    )
    report = import_xml(session, data, organisation=own)
    assert outcomes(report) == {"registered": 2, "refused": 1}
    assert [each.reasons[0].code for each in report.refused] == ["other-reporter"]
    assert {(each.organisation_id, each.on_behalf) for each in projects(session)} == {
        (own.id, False)
    }


def test_records_of_an_unknown_reporter_are_the_importers_from_the_first_to_the_last(
    session: Session,
) -> None:
    own = add_organisation(session, name="Own Bureau", ref="ZZ-OWN-1")
    takes_part = '<participating-org role="1" ref="ZZ-NEW-9"><narrative>New Bureau</narrative></participating-org>'
    data = file_of(
        activity(number, ref="ZZ-NEW-9", name="New Bureau", more=PLAIN + takes_part)
        for number in (1, 2)
    )
    report = import_xml(session, data, organisation=own)
    assert outcomes(report) == {"registered": 2}
    assert [each.reasons[-1].code for each in report.noted] == ["reporter-unknown"] * 2
    assert {each.organisation_id for each in projects(session)} == {own.id}
    assert outcomes(import_xml(session, data, organisation=own)) == {"unchanged": 2}


def test_nobody_imports_for_another_organisation(session: Session) -> None:
    stranger = make_user(session, Role.REPORTER)
    with pytest.raises(Forbidden):
        import_xml(session, file_of([activity(1)]), by=stranger)


def test_a_dry_run_leaves_nothing_and_says_what_would_happen(session: Session) -> None:
    import_xml(session, file_of([activity(1)]))
    before = session.scalar(select(func.count(Organisation.id)))
    data = file_of(
        [activity(1), activity(2), activity(2), activity(3, more='<recipient-country code="XX"/>')]
    )
    report = import_xml(session, data, dry_run=True)
    assert outcomes(report) == {"registered": 1, "unchanged": 2, "refused": 1}
    assert len(projects(session)) == 1
    assert session.scalar(select(func.count(Organisation.id))) == before


def test_nothing_goes_in_from_a_file_that_cannot_be_read(session: Session) -> None:
    with pytest.raises(UnreadableFile):
        import_xml(session, b'<!DOCTYPE x [<!ENTITY a "b">]><iati-activities/>')


def test_a_file_that_breaks_off_keeps_what_came_before(session: Session) -> None:
    data = file_of([activity(1), activity(2)])
    report = import_xml(session, data[: data.index(b"ZZ-IMP-2")])
    assert outcomes(report) == {"registered": 1, "refused": 1}
    assert report.problem is not None
    assert not report.whole


def test_what_the_register_cannot_take_is_kept_beside_it(session: Session) -> None:
    more = """
      <activity-date type="2" iso-date="2026-05-01"/><activity-date type="4" iso-date="2020-01-01"/>
      <recipient-country code="KH" percentage="90"/><recipient-country code="LA" percentage="90"/>
      <budget><value currency="USD" value-date="2024-01-01">-5</value></budget>
      <contact-info><email>no address</email></contact-info>"""
    report = import_xml(session, file_of([activity(1, more=more)]))
    assert outcomes(report) == {"registered": 1}
    codes = {each.code for told in report.noted for each in told.reasons}
    assert codes >= {"dates-left-out", "shares-left-out", "amount-left-out", "contact-left-out"}
    (project,) = projects(session)
    assert (project.starts, project.ends, project.budget_lines) == (None, None, [])
    assert [each["day"] for each in project.record["dates"]] == ["2026-05-01", "2020-01-01"]
    assert project.record["budgets"][0]["amount"] == "-5"
    assert [tag.percentage for tag in project.tags] == [None, None]


def test_countries_and_regions_share_the_hundred(session: Session) -> None:
    more = '<recipient-country code="KH" percentage="60"/><recipient-region code="798" percentage="40"/>'
    assert outcomes(import_xml(session, file_of([activity(1, more=more)]))) == {"registered": 1}
    (project,) = projects(session)
    assert {tag.code: tag.percentage for tag in project.tags} == {"KH": 60, "798": 40}


def test_an_update_keeps_what_people_added_and_a_file_does_not_say(session: Session) -> None:
    import_xml(session, file_of([activity(1)]))
    (project,) = projects(session)
    added = replace(
        draft_of(project),
        pillars=(Share("PROT"),),
        measures=frozenset({"PROT-1"}),
        visibility=Visibility.REGISTERED,
    )
    update_project(session, project, added, by=OPERATOR)
    assert outcomes(import_xml(session, file_of([activity(1)]))) == {"unchanged": 1}
    import_xml(session, file_of([activity(1, title="Another title")]))
    session.refresh(project)
    assert project.title == "Another title"
    assert project.codes("pillar") == ["PROT"]
    assert project.visibility is Visibility.REGISTERED


def test_organisations_named_once_for_each_language_are_one(session: Session) -> None:
    more = """
      <participating-org role="1" type="40" ref="41143">
        <narrative xml:lang="fr">OMS</narrative></participating-org>
      <participating-org role="1" type="40" ref="41143">
        <narrative xml:lang="en">WHO</narrative></participating-org>"""
    import_xml(session, file_of([activity(1, more=more)]))
    (project,) = projects(session)
    assert [(each.role, each.ref) for each in project.participants] == [
        ("4", "ZZ-IMP-1"),
        ("1", "41143"),
    ]


def test_exported_and_imported_again_it_is_the_same(session: Session) -> None:
    more = (
        PLAIN
        + """
      <description type="2"><narrative>Objectives</narrative></description>
      <other-identifier ref="INT-7" type="A1"/>
      <contact-info type="1"><person-name><narrative>The desk</narrative></person-name>
        <email>desk@example.org</email><website>www.example.org</website></contact-info>
      <activity-scope code="4"/>
      <location><point srsName="http://www.opengis.net/def/crs/EPSG/0/4326"><pos>11.5 104.9</pos>
      </point></location>
      <policy-marker vocabulary="1" code="1" significance="2"/>
      <tag vocabulary="99" vocabulary-uri="urn:tacoord:vocabulary:pillar" code="PROT"><narrative>x</narrative></tag>
      <tag vocabulary="3" code="8.7"/>
      <related-activity ref="ZZ-REP-1-9" type="1"/>"""
    )
    import_xml(session, file_of([activity(1, more=more), activity(2)]))
    first = exported(session)
    drafts = [draft_of(each) for each in projects(session)]
    assert [share.code for share in drafts[0].pillars] == ["PROT"]
    for project in projects(session):
        session.delete(project)
    session.flush()
    session.expunge_all()
    assert outcomes(import_xml(session, first)) == {"registered": 2}
    assert _without_moments(exported(session)) == _without_moments(first)
    assert [draft_of(each) for each in projects(session)] == drafts


def test_a_project_without_identifiers_is_exported_and_known_again(session: Session) -> None:
    own = add_organisation(session, name="Bureau without any identifier")
    draft = ProjectDraft(
        titles={"en": "A project from the form"},
        planned_start=NOW.date(),
        visibility=Visibility.PUBLIC,
    )
    project, _ = register_project(session, draft, organisation=own, by=OPERATOR, source=Source.FORM)
    data = exported(session)
    assert f"TACOORD-{own.code}-{project.public_id}".encode() in data
    report = import_xml(session, data, organisation=own)
    assert report.records == 1
    assert len(projects(session)) == 1
    assert project.iati_identifier is None


@pytest.mark.parametrize(
    "visibility", [each for each in Visibility if each is not Visibility.PUBLIC]
)
def test_only_what_is_open_to_everybody_is_exported(
    session: Session, visibility: Visibility
) -> None:
    import_xml(session, file_of([activity(1), activity(2)]))
    first, _second = projects(session)
    first.visibility = visibility
    session.flush()
    data = exported(session)
    assert b"ZZ-REP-1-1<" not in data
    assert b"ZZ-REP-1-2<" in data


def test_a_hidden_contact_is_not_exported(session: Session) -> None:
    more = PLAIN + "<contact-info><email>desk@example.org</email></contact-info>"
    import_xml(session, file_of([activity(1, more=more)]))
    assert b"desk@example.org" in exported(session)
    projects(session)[0].contact_shown = False
    session.flush()
    assert b"desk@example.org" not in exported(session)


@pytest.mark.needs_shared("data/iati_standard/schemas")
def test_what_is_exported_is_valid_by_the_official_schema(session: Session, shared: Path) -> None:
    import_xml(
        session,
        file_of([activity(1), activity(2, more=PLAIN + "<tag vocabulary='3' code='8.7'/>")]),
    )
    schema = etree.XMLSchema(
        etree.parse(shared / "data/iati_standard/schemas/iati-activities-schema.xsd")
    )
    schema.assertValid(etree.fromstring(exported(session)))


def test_an_activity_in_a_record_that_somebody_filled_with_nonsense_is_still_exported(
    session: Session,
) -> None:
    import_xml(session, file_of([activity(1)]))
    (project,) = projects(session)
    project.record = {
        "locations": "nowhere",
        "tags": [7, {"code": "x"}, {"vocabulary": 3}],
        "budgets": [{"amount": "many", "currency": "USD"}],
        "defaults": ["x"],
        "shares": {"countries": 5},
        "contacts": [{"person": {"a": 1}}],
        "reporting_org": "me",
        "names_of_participating_orgs": {"0": "x"},
        "whole_titles": 3,
    }
    session.flush()
    assert b"ZZ-REP-1-1" in exported(session)


def _without_moments(data: bytes) -> list[str]:
    root = etree.fromstring(data)
    for element in root.iter("iati-activity"):
        del element.attrib["last-updated-datetime"]
    return [etree.tostring(element, encoding="unicode") for element in root]


def test_an_identifier_that_iati_forbids_is_taken_with_a_note_and_can_be_changed_otherwise(
    session: Session,
) -> None:
    odd = [activity(1, ref="ZZ-PGM & ADMIN/7"), activity(2)]
    data = file_of(odd).replace(b"&", b"&amp;")
    report = import_xml(session, data)
    assert outcomes(report) == {"registered": 2}
    assert report.notes == {"odd-identifier": 1}
    assert outcomes(import_xml(session, data)) == {"unchanged": 2}
    first = projects(session)[0]
    assert first.iati_identifier == "ZZ-PGM & ADMIN/7-1"
    said = replace(draft_of(first), titles={"en": "Corrected by hand"})
    assert update_project(session, first, said, by=OPERATOR)
