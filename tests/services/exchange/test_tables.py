"""Tables in and out: forgiving names, every problem at its row and column, and the same after a round trip."""

import csv
import io
import json
import zipfile
from dataclasses import replace
from datetime import date

import pytest
import python_calamine
import xlsxwriter
from sqlalchemy.orm import Session

from tacoord.extensions import WritingSteps
from tacoord.iati.faults import UnreadableFile
from tacoord.models import Mask, Organisation, Project, Source, Visibility, utcnow
from tacoord.policy import OPERATOR
from tacoord.services.exchange.exchange import export_iati
from tacoord.services.exchange.table_exports import TableFormat, export_table
from tacoord.services.exchange.table_files import Format
from tacoord.services.exchange.table_template import write_template
from tacoord.services.exchange.tables import import_table
from tacoord.services.organisations.organisations import add_organisation
from tacoord.services.overlaps.index import forget_projects
from tacoord.services.projects.drafts import (
    OtherIdentifier,
    Participant,
    ProjectDraft,
)
from tacoord.services.projects.projects import draft_of, update_project, whole_draft_of
from tacoord.services.registration import register_project
from tacoord.services.visibility import EVERYTHING, PUBLIC, REGISTERED, Viewer
from tests.factories import make_group, open_draft
from tests.services.exchanging import import_xml, outcomes, projects, take

WHOLE = open_draft(
    titles={"en": '=SUM(A1) "quoted"; and more', "fr": "+33 refuges", "und": "@somebody"},
    descriptions={"en": "First line\nsecond line, with a comma", "fr": "-deux"},
    other_identifiers=(OtherIdentifier("A1", "INT;7"), OtherIdentifier("A9", "other | one")),
    participants=(
        Participant("Ministry; of Justice", "1", "ZZ-MOJ-1", "10", "ACT-5"),
        Participant("'=Lantern Trust", "4"),
        Participant("Bureau, of Freedonia", "2", "ZZ-BOF-2"),
    ),
    contact_shown=False,
    record={},
)


@pytest.fixture
def own(session: Session) -> Organisation:
    """The organisation that imports."""
    return add_organisation(session, name="Bureau of Tables", ref="ZZ-TAB-1")


def exported(session: Session, form: TableFormat, viewer: Viewer = EVERYTHING) -> bytes:
    stream = io.BytesIO()
    export_table(session, stream, form, viewer=viewer)
    return stream.getvalue()


def registered(session: Session, own: Organisation, draft: ProjectDraft = WHOLE) -> Project:
    return register_project(session, draft, organisation=own, by=OPERATOR, source=Source.FORM)[0]


@pytest.mark.parametrize("form", list(TableFormat))
def test_exported_and_imported_again_nothing_changes(
    session: Session, own: Organisation, form: TableFormat
) -> None:
    registered(session, own)
    assert outcomes(take(session, exported(session, form), own)) == {"unchanged": 1}


@pytest.mark.parametrize("masks", [(), tuple(Mask)], ids=["contact alone", "all"])
@pytest.mark.parametrize("viewer", [EVERYTHING, REGISTERED])
def test_what_is_withheld_outlives_every_file_that_goes_out_and_comes_back(
    session: Session, own: Organisation, viewer: Viewer, masks: tuple[Mask, ...]
) -> None:
    """A file for its own people holds the whole; one for others says nothing of it, and so wipes nothing out."""
    record = {"contacts": [{"person": "The desk"}, {"person": "Another desk"}]}
    draft = replace(WHOLE, masks=frozenset(masks), record=record)
    project = registered(session, own, draft)
    for form in TableFormat:
        data = exported(session, form, viewer)
        assert ("Lantern" in _all_text(data, form)) == (viewer.sees_all or not masks)
        assert ("desk@" in _all_text(data, form)) == viewer.sees_all
        assert outcomes(take(session, data, own)) == {"unchanged": 1}, form
    stream = io.BytesIO()
    export_iati(session, stream, generated_at=utcnow())
    assert (b"Lantern" in stream.getvalue()) == (not masks)
    assert b"desk" not in stream.getvalue()
    import_xml(session, stream.getvalue(), organisation=own)
    session.refresh(project)
    assert {share.code for share in whole_draft_of(project).countries} == {"KH", "LA"}
    assert bool(project.codes("country")) == (not masks)
    kept = (project.contact_name, project.contact_email, project.contact_phone)
    assert kept == ("The desk", "desk@example.org", "+1 555 0100")
    assert whole_draft_of(project).record["contacts"] == record["contacts"]


@pytest.mark.parametrize("form", list(TableFormat))
def test_who_says_a_contact_changes_the_one_that_is_not_shown(
    session: Session, own: Organisation, form: TableFormat
) -> None:
    project = registered(session, own)
    told = exported(session, form)
    update_project(session, project, replace(WHOLE, contact_name="Somebody"), by=OPERATOR)
    session.flush()
    assert outcomes(take(session, told, own)) == {"updated": 1}
    assert project.contact_name == "The desk"


@pytest.mark.parametrize("form", list(TableFormat))
def test_in_an_empty_register_an_export_becomes_the_same(
    session: Session, own: Organisation, form: TableFormat
) -> None:
    project = registered(session, own)
    draft, data = draft_of(project), exported(session, form)
    forget_projects(session, [project.id])
    session.delete(project)
    session.flush()
    assert outcomes(take(session, data, own)) == {"registered": 1}
    again = draft_of(projects(session)[0])
    by_name = {"participants": (), "other_identifiers": ()}
    assert replace(again, **by_name) == replace(draft, **by_name)
    assert set(again.participants) == set(draft.participants)
    assert set(again.other_identifiers) == set(draft.other_identifiers)


@pytest.mark.parametrize("form", [TableFormat.CSV, TableFormat.HXL])
def test_no_cell_of_a_table_can_be_taken_for_a_formula(
    session: Session, own: Organisation, form: TableFormat
) -> None:
    registered(session, own)
    text = exported(session, form).decode("utf-8-sig")
    for row in csv.reader(io.StringIO(text)):
        assert not [cell for cell in row if cell[:1] in ("=", "+", "-", "@", "\t", "\r") and cell]


def test_no_cell_of_a_workbook_is_a_formula(session: Session, own: Organisation) -> None:
    registered(session, own)
    with zipfile.ZipFile(io.BytesIO(exported(session, TableFormat.XLSX))) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")


@pytest.mark.parametrize("form", list(TableFormat))
def test_an_export_holds_what_the_viewer_may_see_and_nothing_else(
    session: Session, own: Organisation, form: TableFormat
) -> None:
    group = make_group(session)
    for number, visibility in enumerate(Visibility):
        groups = frozenset({group.code}) if visibility is Visibility.GROUP else frozenset()
        draft = replace(
            WHOLE,
            iati_identifier=f"ZZ-{number}",
            visibility=visibility,
            groups=groups,
            website=f"https://{visibility.value}.example.org",
        )
        registered(session, own, draft)
    seen = {
        PUBLIC: {"public"},
        REGISTERED: {"public", "registered"},
        Viewer(organisation_ids=frozenset({own.id})): {each.value for each in Visibility},
    }
    for viewer, wanted in seen.items():
        text = _all_text(exported(session, form, viewer), form)
        told = {each.value for each in Visibility if f"https://{each.value}.example.org" in text}
        assert told == wanted
        assert ("desk@example.org" in text) is (own.id in viewer.organisation_ids)


def _all_text(data: bytes, form: TableFormat) -> str:
    if form is not TableFormat.XLSX:
        return data.decode("utf-8-sig")
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
    return str(book.get_sheet_by_index(0).to_python())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_csv_is_read_in_whatever_way_it_was_saved(
    session: Session, own: Organisation, encoding: str, mark: str
) -> None:
    rows = [
        ["Project title", "Country", "Donor", "Start date", "Amount", "Currency"],
        ["Refuges à Siem Reap", "Cambodge", "Ministère", "13/05/2024", '"1.500.000,50"', "eur"],
    ]
    text = "\r\n".join(mark.join(row) for row in rows)
    assert outcomes(take(session, text.encode(encoding), own)) == {"registered": 1}
    project = projects(session)[0]
    assert (project.title, project.codes("country")) == ("Refuges à Siem Reap", ["KH"])
    assert project.planned_start == date(2024, 5, 13)
    assert (project.budget_lines[0].amount_minor, project.budget_lines[0].currency) == (
        150_000_050,
        "EUR",
    )
    assert [(each.role, each.name) for each in project.participants] == [("1", "Ministère")]


def test_every_problem_is_told_with_its_row_and_column_and_good_rows_go_in(
    session: Session, own: Organisation
) -> None:
    data = (
        b"title,countries,planned_start,planned_end,budget,currency,pillars,visibility\n"
        b"Good one,Cambodia,2024-01-01,,10,USD,Protection,\n"
        b"\n"
        b",Atlantis,03/04/2024,2024,much,USD,PROT,everybody\n"
        b"Ends early,KH,2024-02-01,2024-01-01,5,ZZZ,,\n"
    )
    report = take(session, data, own)
    assert outcomes(report) == {"registered": 1, "refused": 2}
    found = [(told.line, {each.field for each in told.reasons}) for told in report.refused]
    assert found == [
        (4, {"title", "countries", "planned_start", "planned_end", "budget", "visibility"}),
        (5, {"planned_end", "currency"}),
    ]


def test_a_row_is_known_by_its_own_reference(session: Session, own: Organisation) -> None:
    take(session, b"reference,title,status\n17,First title,2\n", own)
    report = take(session, b"reference,title\n17,Second title\n18,Another\n", own)
    assert outcomes(report) == {"registered": 1, "updated": 1}
    first = projects(session)[0]
    # A column that is not there leaves the record as it is.
    assert (first.title, first.status) == ("Second title", "2")


def test_a_row_without_any_reference_is_added_once(session: Session, own: Organisation) -> None:
    data = b"title,country\nThe same,KH\n"
    take(session, data, own)
    assert outcomes(take(session, data, own)) == {"unchanged": 1}


def test_a_column_that_is_not_known_is_passed_over_and_named(
    session: Session, own: Organisation
) -> None:
    report = take(session, b"title,colour\nOne,blue\n", own)
    assert outcomes(report) == {"registered": 1}
    assert [str(each) for each in report.remarks] == ["No column is called “colour”; it was passed over."]  # fmt: skip


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"a,b\n1,2\n", "no-title-column"),
        (b"title,title\n1,2\n", "column-twice"),
        (b"name,title\n1,2\n", "column-twice"),
        (b"   ", "empty-file"),
        (b"\xd0\xcf\x11\xe0 old", "old-excel"),
        (b"PK\x03\x04 torn", "broken-workbook"),
    ],
)
def test_a_file_of_which_nothing_can_be_read_is_refused_in_one_line(
    session: Session, own: Organisation, data: bytes, code: str
) -> None:
    with pytest.raises(UnreadableFile) as caught:
        take(session, data, own)
    assert caught.value.problem.code == code


def test_a_currency_that_is_none_hides_no_other_problem(
    session: Session, own: Organisation
) -> None:
    head = "title,countries,planned_start,budget,currency,iati_identifier"
    report = take(session, f"{head}\nOne,Atlantis,soon,-5,euro,\n,KH,,much,,ZZ-7\n".encode(), own)
    first, second = report.refused
    assert {each.field for each in first.reasons} == {
        "countries", "planned_start", "budget", "currency",
    }  # fmt: skip
    assert {each.field for each in second.reasons} == {"title", "budget", "currency"}
    assert (first.identifier, first.title) == (None, "One"), "named by its title"
    assert (second.identifier, second.title) == ("ZZ-7", None)


def test_json_lines_tell_what_is_wrong_with_each_line(session: Session, own: Organisation) -> None:
    lines = [
        json.dumps({"title": "Good", "countries": ["KH"]}),
        "{not json",
        "",
        json.dumps([1]),
        json.dumps({"title": "Bad", "start": "2007", "pillars": ["WRONG"]}),
        json.dumps({"countries": [{"code": "QQ"}], "participating_orgs": [{"name": "x"}]}),
    ]
    report = take(session, "\n".join(lines).encode(), own)
    assert outcomes(report) == {"registered": 1, "refused": 4}
    found = {told.line: {each.field for each in told.reasons} for told in report.refused}
    assert found[2] == found[4] == {""}
    assert found[5] == {"start", "pillars.0.code"}
    assert found[6] == {"title", "countries.0.code", "participating_orgs.0.role"}


@pytest.mark.parametrize("depth", [60, 900])
def test_a_record_that_is_nested_too_deeply_is_refused_alone(
    session: Session, own: Organisation, depth: int
) -> None:
    deep = '{"title": "Deep", "record": ' + '{"a": ' * depth + "1" + "}" * depth + "}"
    report = take(session, f'{{"title": "One"}}\n{deep}\n{{"title": "Two"}}\n'.encode(), own)
    assert outcomes(report) == {"registered": 2, "refused": 1}
    assert [told.line for told in report.refused] == [2]


def test_the_template_offers_the_valid_values_and_its_example_is_not_imported(
    session: Session, own: Organisation
) -> None:
    stream = io.BytesIO()
    write_template(session, stream)
    assert take(session, stream.getvalue(), own).records == 0
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(stream.getvalue()))
    assert book.sheet_names == ["Projects", "Instructions", "Lists"]
    rows = book.get_sheet_by_name("Lists").to_python()
    lists = {column[0]: column[1:] for column in zip(*rows, strict=True)}
    assert "Cambodia" in lists["countries"]
    with zipfile.ZipFile(stream) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert sheet.count("<dataValidation ") == len(lists)


def test_a_row_typed_into_the_template_is_imported(session: Session, own: Organisation) -> None:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream)
    sheet = book.add_worksheet("Projects")
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    sheet.write_row(0, 0, ["id", "title", "countries", "planned_start", "budget", "currency"])
    sheet.write_row(1, 0, ["EXAMPLE", "Not this one", "KH"])
    sheet.write_row(3, 1, ["Typed by hand", "Cambodia; Viet Nam"])
    sheet.write_datetime(3, 3, date(2024, 5, 1), day)
    sheet.write_row(3, 4, [1500000.5, "USD"])
    sheet.write_row(4, 1, ["Wrong", "Atlantis"])
    book.close()
    report = take(session, stream.getvalue(), own)
    assert outcomes(report) == {"registered": 1, "refused": 1}
    assert [told.line for told in report.refused] == [5]
    project = projects(session)[0]
    assert (project.title, project.codes("country")) == ("Typed by hand", ["KH", "VN"])
    assert (project.planned_start, project.budget_lines[0].amount_minor) == (
        date(2024, 5, 1),
        150_000_050,
    )


def workbook(sheet: bytes, *, more: dict[str, bytes] | None = None) -> bytes:
    """A workbook whose one sheet is given in XML."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream)
    book.add_worksheet().write_string(0, 0, "title")
    book.close()
    harmless = zipfile.ZipFile(stream)
    swollen = io.BytesIO()
    with zipfile.ZipFile(swollen, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in harmless.namelist():
            one = sheet if name == "xl/worksheets/sheet1.xml" else harmless.read(name)
            archive.writestr(name, one)
        for name, content in (more or {}).items():
            archive.writestr(name, content)
    return swollen.getvalue()


HEAD = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
TAIL = b"</sheetData></worksheet>"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (workbook(HEAD + b" " * 40_000_000 + TAIL), "swollen-workbook"),
        (workbook(HEAD + TAIL, more={"xl/media/x": b"0" * 40_000_000}), "swollen-workbook"),
        (
            workbook(
                HEAD
                + b'<row r="1"><c r="A1"/></row><row r="1048576"><c r="XFD1048576"/></row>'
                + TAIL
            ),
            "too-many-rows",
        ),
        (workbook(HEAD + b"<row r='1048576'/>" + TAIL), "too-many-rows"),
        (workbook(HEAD + TAIL, more={f"xl/{n}": b"" for n in range(1_100)}), "swollen-workbook"),
        (workbook(b"<not-closed"), "broken-workbook"),
    ],
    ids=["spaces", "picture", "far-cell", "far-row", "members", "broken"],
)
def test_a_workbook_that_would_fill_the_memory_is_refused(
    session: Session, own: Organisation, data: bytes, code: str
) -> None:
    assert len(data) < 400_000
    with pytest.raises(UnreadableFile) as caught:
        take(session, data, own)
    assert caught.value.problem.code == code


def test_a_file_that_is_too_large_is_refused(session: Session, own: Organisation) -> None:
    with pytest.raises(UnreadableFile) as caught:
        import_table(
            session,
            io.BytesIO(b"title\n" + b"x" * 3_000_000),
            Format.CSV,
            max_bytes=1 << 20,
            organisation=own,
            by=OPERATOR,
            steps=WritingSteps(session),
        )
    assert caught.value.problem.code == "file-too-large"
