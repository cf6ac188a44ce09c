"""Masks: a record is cut in two, put together again whole, and opened only by who may."""

from dataclasses import replace
from decimal import Decimal

import msgspec
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tacoord.errors import Forbidden, Invalid
from tacoord.models import AuditEntry, Mask, Overlap, Project, Role, Verdict
from tacoord.policy import OPERATOR
from tacoord.services.organisations.organisations import find
from tacoord.services.overlaps.overlaps import decide, flag_overlaps
from tacoord.services.projects.content import clean, content_hash, draft_for, draft_of, facts_of
from tacoord.services.projects.drafts import Participant, ProjectDraft, Share
from tacoord.services.projects.masking import mask_problems, shown_part
from tacoord.services.projects.projects import update_project, widens
from tacoord.services.visibility import EVERYTHING, PUBLIC, REGISTERED, Viewer, viewer_of
from tests.factories import draft, make_organisation, make_project, make_user, open_draft
from tests.services.pairs import a_draft, a_project

ALL = frozenset(Mask)
REGIONS = {"KH": "035", "LA": "035", "NP": "034"}


@pytest.fixture
def masked(session: Session) -> Project:
    project = make_project(session, organisation=make_organisation(session, "Harbour House"))
    update_project(session, project, open_draft(masks=ALL), by=OPERATOR)
    session.expire_all()
    return project


def test_what_is_withheld_comes_back_whole(masked: Project) -> None:
    whole = open_draft(masks=ALL)
    own = Viewer(organisation_ids=frozenset({masked.organisation_id}))
    for viewer in (own, EVERYTHING):
        assert content_hash(clean(draft_for(masked, viewer))) == content_hash(clean(whole))
    for viewer in (PUBLIC, REGISTERED, Viewer(organisation_ids=frozenset({-1}))):
        assert draft_for(masked, viewer) == draft_of(masked)


def test_what_is_withheld_stands_in_nothing_that_is_searched_counted_or_compared(
    masked: Project,
) -> None:
    shown = draft_of(masked)
    assert (shown.countries, shown.participants, shown.descriptions) == ((), (), {})
    assert shown.record == {}
    assert masked.participants == []
    assert masked.codes("country") == []
    assert [
        word for word in ("cambod", "laos", "lantern", "accueil") if word in masked.search_text
    ] == []
    assert "aide aux victimes" in masked.search_text
    facts = facts_of(masked)
    assert (facts.countries, facts.participants, facts.descriptions) == ((), (), {})
    assert facts.pillars
    assert facts.budgets


def test_a_region_stands_for_the_countries_in_it_with_their_shares() -> None:
    def shown(regions: tuple[Share, ...], *countries: Share) -> tuple[Share, ...]:
        said = ProjectDraft(countries=countries, regions=regions, masks=frozenset({Mask.PLACES}))
        return shown_part(said, REGIONS).regions

    half, rest = Decimal(60), Decimal(40)
    both = shown((), Share("KH", half), Share("LA", rest))
    assert both == (Share("035", Decimal(100)),)
    assert shown((), Share("KH"), Share("NP", rest)) == (Share("034", rest), Share("035"))
    assert shown((Share("034", rest),), Share("NP", half)) == (Share("034", Decimal(100)),)
    assert shown((Share("034", half),), Share("NP", half)) == (Share("034"),)
    assert shown((), Share("XK", half)) == ()


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"titles": {"en": "Shelters in Cambodia"}}, "titles"),
        ({"titles": {"en": "Shelters", "fr": "Refuges au Cambodge"}}, "titles"),
        ({"titles": {"zh": "柬埔寨的庇护所"}}, "titles"),
        ({"titles": {"en": "Harbour Light Foundation runs it"}}, "titles"),
        ({"descriptions": {"en": "Two houses in Cambodia."}}, "descriptions"),
    ],
)
def test_a_text_that_names_what_is_withheld_is_refused(
    session: Session, said: dict[str, object], field: str
) -> None:
    masks = frozenset({Mask.PLACES, Mask.PARTICIPANTS})
    with pytest.raises(Invalid) as caught:
        make_project(session, masks=masks, **said)
    assert {each.field for each in caught.value.problems} == {field}
    make_project(session, **said)


def test_a_name_that_reads_alike_in_several_languages_is_told_once(session: Session) -> None:
    draft = ProjectDraft(
        titles={"en": "Work in Nepal"},
        countries=(Share("NP"), Share("NP")),
        masks=frozenset({Mask.PLACES}),
    )
    assert [str(each) for each in mask_problems(draft)] == [
        "This text names “Nepal”, which you keep to your organisation. "
        "Take the name out, or show that part to others."
    ]


def test_a_description_that_is_withheld_may_name_everything(session: Session) -> None:
    make_project(session, masks=ALL, descriptions={"en": "Two houses in Cambodia."})


def test_showing_what_was_withheld_is_widening(session: Session) -> None:
    by = make_user(session, Role.REPORTER)
    project = make_project(session, organisation=by.organisation, masks=ALL)
    fewer = replace(draft(), masks=frozenset({Mask.PLACES}))
    assert widens(project, fewer)
    assert not widens(project, replace(draft(), masks=ALL))
    with pytest.raises(Forbidden):
        update_project(session, project, fewer, by=make_user(session, Role.REPORTER))
    update_project(session, project, fewer, by=by)
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "project.widened")).one()
    assert entry.details["shown"] == "description participants"


def test_masking_takes_what_was_found_before_out_of_every_pair(session: Session) -> None:
    """Also out of one that is decided, or no longer flagged: its evidence named the country."""
    one, other, third = (a_project(session, make_organisation(session)) for _ in range(3))
    for project in (one, other, third):
        flag_overlaps(session, project)
    pairs = session.scalars(select(Overlap)).all()
    reviewer = make_user(session, Role.REVIEWER)
    decide(session, pairs[0].public_id, Verdict.SAME_ACTIVITY, by=reviewer)
    said = replace(a_draft(text=""), masks=ALL, titles={"en": "A house"})
    update_project(session, one, said, by=OPERATOR)
    session.expire_all()
    mine = [pair for pair in pairs if one.id in (pair.first_id, pair.second_id)]
    assert len(mine) == 2
    assert [pair.evidence for pair in mine] == [[], []]
    flag_overlaps(session, one)
    assert "KH" not in str([pair.evidence for pair in mine])


def test_matching_knows_the_same_of_two_records_that_differ_in_what_is_withheld(
    session: Session,
) -> None:
    organisation = make_organisation(session)
    said = [
        replace(a_draft(country=country, title="A house", text=text), masks=ALL)
        for country, text in (("KH", "A house by the river."), ("LA", "Another in the hills."))
    ]
    one, other = (facts_of(a_project(session, organisation, each)) for each in said)
    assert msgspec.structs.replace(one, id=other.id) == other


def test_the_own_people_and_coordinators_read_the_whole(session: Session, masked: Project) -> None:
    own = make_user(session, Role.VIEWER, organisation=masked.organisation)
    coordinator, admin = make_user(session, Role.COORDINATOR), make_user(session, Role.ADMIN)
    read = [
        bool(draft_for(masked, viewer_of(session, each)).countries)
        for each in (own, coordinator, admin)
    ]
    assert read == [True, True, False]


def test_a_participant_that_is_withheld_enters_no_register(session: Session) -> None:
    party = (Participant("Moonlit Orchard House", "4"),)
    make_project(session, masks=frozenset({Mask.PARTICIPANTS}), participants=party)
    assert find(session, name="Moonlit Orchard House", ref=None, viewer=EVERYTHING) is None
