import io
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from lxml import etree

from tacoord.iati.activity import Activity, Counts, Description
from tacoord.iati.faults import Refused
from tacoord.iati.reader import Outcome, read
from tacoord.iati.writer import missing_for_iati, write
from tests.conftest import SHARED
from tests.iati.test_writer import ACTIVITIES, FULL, written

NOW = datetime(2026, 1, 15, tzinfo=UTC)
FOLDER = SHARED / "data" / "iati_xml"
FILES = sorted(f for f in FOLDER.glob("*") if f.name != "SOURCE.txt") if FOLDER.is_dir() else []
STANDARD = "data/iati_standard"


@pytest.fixture(scope="module")
def schema(shared: Path) -> etree.XMLSchema:
    file = shared / STANDARD / "schemas" / "iati-activities-schema.xsd"
    return etree.XMLSchema(etree.parse(str(file)))


@pytest.fixture(scope="module")
def countries(shared: Path) -> frozenset[str]:
    codelist = etree.parse(str(shared / STANDARD / "codelists" / "nonembedded" / "Country.xml"))
    return frozenset(str(code.text) for code in codelist.iterfind(".//code"))


def outcomes_of(file: Path, countries: frozenset[str] | None) -> list[Outcome]:
    with file.open("rb") as stream:
        return list(read(stream, known_countries=countries))


@pytest.mark.needs_shared("data/iati_xml")
def test_the_real_files_are_all_here() -> None:
    assert len(FILES) == 45


@pytest.mark.needs_shared("data/iati_xml")
@pytest.mark.needs_shared(STANDARD)
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name[:40])
def test_every_activity_of_a_real_file_is_taken_or_refused(
    file: Path, countries: frozenset[str]
) -> None:
    found = outcomes_of(file, countries)
    in_file = sum(1 for _ in etree.parse(str(file)).iter("iati-activity"))
    assert len(found) == in_file
    refused = [outcome for outcome in found if not isinstance(outcome, Activity)]
    assert [
        (r.iati_identifier, r.reasons[0].values["code"]) for r in refused if isinstance(r, Refused)
    ] == ([("XM-DAC-903-SII-36027", "XX")] if "b5cd2286" in file.name else [])


@pytest.mark.needs_shared("data/iati_xml")
@pytest.mark.needs_shared(STANDARD)
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name[:40])
def test_a_real_file_is_valid_and_the_same_when_written_again(
    file: Path, schema: etree.XMLSchema
) -> None:
    said = [o for o in outcomes_of(file, None) if isinstance(o, Activity)]
    stream = io.BytesIO()
    count = write(said, stream, generated_at=NOW)
    assert count == sum(1 for activity in said if not missing_for_iati(activity))
    # The schema knows no file without activities.
    if count:
        schema.assertValid(etree.fromstring(stream.getvalue()))
    stream.seek(0)
    again = list(read(stream))
    assert again == [as_written(a) for a in said if not missing_for_iati(a)]


def as_written(activity: Activity) -> Activity:
    """The activity without what is not written, and with what the schema requires."""
    reporter, vocabularies = activity.reporting_org, {"WBSector", "WBTheme"}
    return replace(
        activity,
        flows=(),
        counts=Counts(),
        partner_activity_ids=(),
        descriptions=activity.descriptions or (Description(activity.titles),),
        reporting_org=replace(reporter, names=reporter.names or {"und": reporter.ref}),
        sectors=tuple(s for s in activity.sectors if s.vocabulary not in vocabularies),
    )


@pytest.mark.needs_shared(STANDARD)
def test_what_is_written_is_valid_by_the_official_schema(schema: etree.XMLSchema) -> None:
    schema.assertValid(etree.fromstring(written(FULL)))


@pytest.mark.needs_shared(STANDARD)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(activity=ACTIVITIES)
def test_any_record_is_written_valid(activity: Activity, schema: etree.XMLSchema) -> None:
    schema.assertValid(etree.fromstring(written(activity)))
