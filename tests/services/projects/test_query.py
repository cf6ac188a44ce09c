"""Lists of projects: each filter, each order, and nothing that the viewer may not see."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from tacoord.models import Project, ProjectState, Role, Visibility, utcnow
from tacoord.policy import OPERATOR
from tacoord.services.projects.drafts import BudgetAmount, Participant, Share
from tacoord.services.projects.projects import confirm
from tacoord.services.projects.query import (
    ProjectQuery,
    ProjectSort,
    count_projects,
    facets,
    is_stale,
    list_projects,
)
from tacoord.services.visibility import EVERYTHING, PUBLIC, REGISTERED, Viewer, viewer_of
from tests.factories import make_group, make_organisation, make_project, make_user

TODAY = utcnow().date()
ASKED = ProjectQuery(today=TODAY)


def titles(session: Session, viewer: Viewer, **asked: object) -> list[str]:
    query = replace(ASKED, **{"sort": ProjectSort.TITLE, **asked})
    return [project.title for project in list_projects(session, viewer, query).rows]


@pytest.mark.parametrize(
    "typed",
    [
        "securite",
        "SÉCURITÉ enfants",
        "côte d'ivoire",
        "科特迪瓦",
        "lantern",
        "xx-7-1",
        "abidjan",
        "100%",
    ],
)
def test_words_are_found_whatever_their_case_diacritics_and_place(
    session: Session, typed: str
) -> None:
    make_project(
        session,
        titles={"fr": "Sécurité des enfants à 100%"},
        descriptions={"fr": "Travail à Abidjan"},
        countries=(Share("CI"),),
        participants=(Participant("Lantern Trust", "4"),),
        iati_identifier="XX-7-1",
    )
    make_project(session, titles={"en": "Quite another thing"})
    assert titles(session, REGISTERED, text=typed) == ["Sécurité des enfants à 100%"]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("100%", ["Aid at 100%"]),
        ("%", ["Aid at 100%"]),
        ("a_b", ["Part A_B"]),
        ("_", ["Part A_B"]),
        ("'", ["Children's house"]),
        ("children's", ["Children's house"]),
        ("aid%at", []),
        ("sri-lanka", ["Sri Lanka shore"]),
    ],
)
def test_signs_that_mean_something_to_a_database_are_taken_as_they_stand(
    session: Session, typed: str, found: list[str]
) -> None:
    for title in (
        "Aid at 100%",
        "Aid at 1000",
        "Part A_B",
        "Part AXB",
        "Children's house",
        "Sri Lanka shore",
    ):
        make_project(session, titles={"en": title}, descriptions={}, participants=())
    assert titles(session, REGISTERED, text=typed) == found


def test_chinese_and_arabic_titles_are_found_by_a_part_of_them(session: Session) -> None:
    make_project(session, titles={"zh": "打击人口贩运能力建设"})
    make_project(session, titles={"ar": "مكافحة الاتجار بالأشخاص"})
    assert titles(session, REGISTERED, text="贩运") == ["打击人口贩运能力建设"]
    assert titles(session, REGISTERED, text="الاتجار") == ["مكافحة الاتجار بالأشخاص"]


def test_every_word_must_be_there(session: Session) -> None:
    make_project(session, titles={"en": "Blue harbour"})
    assert titles(session, REGISTERED, text="harbour blue") == ["Blue harbour"]
    assert titles(session, REGISTERED, text="harbour red") == []


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"country": "FJ"}, ["b"]),
        ({"region": "009"}, ["b"]),
        ({"region": "035"}, ["a", "c", "d"]),
        ({"pillar": "PREV"}, ["b"]),
        ({"measure": "PREV-4"}, ["b"]),
        ({"status": "4"}, ["d"]),
        ({"running": True}, ["a", "b"]),
        ({"ends_within": 12}, ["b"]),
        ({"text": "a", "country": "FJ"}, ["b"]),
    ],
)
def test_each_filter_narrows(session: Session, asked: dict[str, object], found: list[str]) -> None:
    def day(days: int) -> date:
        return TODAY + timedelta(days=days)

    make_project(session, titles={"en": "a"}, planned_end=day(900))
    make_project(
        session,
        titles={"en": "b"},
        countries=(Share("FJ"),),
        pillars=(Share("PREV"),),
        measures=frozenset({"PREV-4"}),
        planned_end=day(100),
    )
    make_project(session, titles={"en": "c"}, planned_start=day(400), planned_end=day(800))
    make_project(session, titles={"en": "d"}, status="4", planned_end=day(800))
    assert titles(session, REGISTERED, **asked) == found


def test_an_organisation_is_found_as_reporter_and_as_partner(session: Session) -> None:
    trust = make_organisation(session, "Lantern Trust")
    make_project(session, titles={"en": "own"}, organisation=trust)
    make_project(session, titles={"en": "with"}, participants=(Participant("Lantern Trust", "1"),))
    make_project(session, titles={"en": "other"})
    assert titles(session, REGISTERED, organisation=trust.code) == ["own", "with"]


def test_what_is_not_stated_comes_last_in_both_directions(session: Session) -> None:
    make_project(session, titles={"en": "little"}, budget=(BudgetAmount(100, "USD"),))
    make_project(session, titles={"en": "much"}, budget=(BudgetAmount(900, "USD"),))
    make_project(session, titles={"en": "none"}, budget=())
    rising = titles(session, REGISTERED, sort=ProjectSort.BUDGET)
    falling = titles(session, REGISTERED, sort=ProjectSort.BUDGET_FALLING)
    assert (rising, falling) == (["little", "much", "none"], ["much", "little", "none"])


def test_pages_follow_each_other_without_loss(session: Session) -> None:
    made = {make_project(session).title for _ in range(7)}
    seen: list[Project] = []
    for number in (1, 2, 3):
        page = list_projects(session, REGISTERED, replace(ASKED, size=3, page=number))
        assert page.more is (number < 3)
        assert page.total == 7
        seen += page.rows
    assert {project.title for project in seen} == made
    assert len(seen) == 7


def test_lists_counts_and_facets_hold_only_what_the_viewer_may_see(session: Session) -> None:
    organisation = make_organisation(session)
    insider = viewer_of(session, make_user(session, Role.VIEWER, organisation=organisation))
    group = make_group(session)
    secretary = viewer_of(session, make_user(session, Role.SECRETARY, group=group))
    for visibility in Visibility:
        groups = frozenset({group.code}) if visibility is Visibility.GROUP else frozenset()
        make_project(
            session,
            titles={"en": visibility.value},
            organisation=organisation,
            visibility=visibility,
            groups=groups,
        )
    make_project(
        session, titles={"en": "draft"}, organisation=organisation, state=ProjectState.DRAFT
    )
    expected = {
        PUBLIC: ["public"],
        REGISTERED: ["public", "registered"],
        secretary: ["group", "public", "registered"],
        insider: ["group", "organisation", "public", "registered"],
        EVERYTHING: ["group", "organisation", "public", "registered"],
    }
    for viewer, found in expected.items():
        assert titles(session, viewer) == found
        assert count_projects(session, viewer, ASKED) == len(found)
        assert facets(session, viewer, ASKED, "country") == [("KH", len(found))]
    assert titles(session, insider, state=ProjectState.DRAFT) == ["draft"]
    assert titles(session, secretary, state=ProjectState.DRAFT) == []


def test_a_record_grows_stale_until_it_is_confirmed(session: Session) -> None:
    project = make_project(session, titles={"en": "old"})
    project.confirmed_at = utcnow() - timedelta(days=200)
    session.flush()
    assert is_stale(project, TODAY)
    assert titles(session, REGISTERED, stale=True) == ["old"]
    confirm(session, project, by=OPERATOR)
    assert not is_stale(project, TODAY)
    assert titles(session, REGISTERED, stale=True) == []
