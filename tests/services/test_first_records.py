"""What an installation starts with is loaded once and brought up to date after."""

from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tacoord.errors import Invalid, NotFound
from tacoord.models import CoordinationGroup, Indicator, Member, Organisation, Term
from tacoord.services.first_records import load_first_records
from tacoord.services.terms import vocabularies
from tacoord.services.terms.files import read_groups, vocabulary_names


def test_a_second_load_changes_nothing(session: Session) -> None:
    load_first_records(session)
    before = {
        table: session.scalar(select(func.count()).select_from(table))
        for table in (Term, Indicator, CoordinationGroup, Member, Organisation)
    }
    again = load_first_records(session)
    assert all(counts["added"] == counts["changed"] == 0 for counts in again.values())
    for table, number in before.items():
        assert session.scalar(select(func.count()).select_from(table)) == number


def test_groups_have_their_members_and_scope(session: Session) -> None:
    load_first_records(session)
    rows = {row.code: row for row in read_groups()}
    for group in session.scalars(select(CoordinationGroup)):
        assert len(group.members) == len(rows[group.code].members)
        assert {*group.codes("country"), *group.codes("region")} == {*rows[group.code].scope_codes}
    icat = session.scalars(select(CoordinationGroup).where(CoordinationGroup.code == "ICAT")).one()
    assert {"UNODC", "ILO", "INTERPOL"} <= {seat.organisation.code for seat in icat.members}


def test_a_changed_label_is_taken_over_and_a_gone_code_stays(
    session: Session, tmp_path: Path
) -> None:
    (tmp_path / "pillar.csv").write_text("code,label\nPROT,Protection of victims\n")
    counts = vocabularies.load(session, tmp_path)
    assert (counts["changed"], counts["added"]) == (1, 0)
    labels = vocabularies.labels(session, "pillar")
    assert labels["PROT"] == "Protection of victims"
    assert "PREV" in labels


def test_a_wrong_file_is_refused_with_its_lines(session: Session, tmp_path: Path) -> None:
    (tmp_path / "pillar.csv").write_text("code,label\nA B,x\nC,\n")
    with pytest.raises(Invalid) as refused:
        vocabularies.load(session, tmp_path)
    assert [problem.field for problem in refused.value.problems] == ["pillar.csv:2", "pillar.csv:3"]


def test_every_vocabulary_has_terms_and_unknown_ones_are_not_found(session: Session) -> None:
    sets = vocabularies.term_sets(session)
    assert set(sets) == set(vocabulary_names())
    assert all(sets.values())
    with pytest.raises(NotFound):
        vocabularies.list_terms(session, "no-such")


def test_countries_are_named_in_the_readers_language(session: Session) -> None:
    french = vocabularies.labels(session, "country", "fr")
    assert french["KH"] == "Cambodge"
    assert list(french.values()) == sorted(french.values(), key=str.casefold)
