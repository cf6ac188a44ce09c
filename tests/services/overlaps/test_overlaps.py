"""Flagging, deciding and undoing, by the services themselves."""

from datetime import date

import pytest
from msgspec.structs import replace
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tacoord.errors import Conflict, Forbidden, Invalid, NotFound
from tacoord.models import (
    Change,
    Decision,
    Kind,
    Overlap,
    Project,
    ProjectKey,
    Role,
    User,
    Verdict,
    Visibility,
)
from tacoord.policy import OPERATOR
from tacoord.services.overlaps.overlaps import (
    OverlapQuery,
    decide,
    flag_overlaps,
    get_overlap,
    hindrance,
    list_overlaps,
    overlaps_of_project,
    reopen,
)
from tacoord.services.overlaps.similar import similar
from tacoord.services.projects.projects import facts_of, update_project, withdraw
from tacoord.services.projects.sharing import RoleDraft, give_role
from tacoord.services.visibility import EVERYTHING, PUBLIC, REGISTERED, viewer_of
from tests.factories import make_organisation, make_user
from tests.services.pairs import a_draft, a_project


@pytest.fixture
def reviewer(session: Session) -> User:
    return make_user(
        session, Role.REVIEWER, organisation=make_organisation(session, "Review Office")
    )


@pytest.fixture
def pair(session: Session) -> tuple[Project, Project]:
    one = a_project(session, make_organisation(session, "Mekong Relief Fund"))
    other = a_project(session, make_organisation(session, "Harbour House Society"))
    return one, other


@pytest.fixture
def flag(session: Session, pair: tuple[Project, Project]) -> Overlap:
    for project in pair:
        flags = flag_overlaps(session, project)
    assert len(flags) == 1
    return flags[0]


def overlaps_in(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Overlap)) or 0


def test_a_pair_is_flagged_once_whichever_project_is_compared(
    session: Session, pair: tuple[Project, Project]
) -> None:
    flag_overlaps(session, pair[0])
    first = flag_overlaps(session, pair[1])
    second = flag_overlaps(session, pair[0])
    assert [one.public_id for one in first] == [one.public_id for one in second]
    assert overlaps_in(session) == 1


def test_a_flag_keeps_why_and_what_is_at_stake(flag: Overlap) -> None:
    assert flag.kind is Kind.SAME_ACTIVITY
    assert flag.score > 0.9
    assert flag.at_stake_usd_minor == 1_250_000_00
    assert sum(one["contribution"] for one in flag.evidence) > 2
    assert flag.first_id < flag.second_id


def test_evidence_names_the_first_project_first(session: Session) -> None:
    for number in range(4):  # public ids are random: both orders of them come up
        town = ("Battambang", "Siem Reap", "Kampot", "Takeo")[number]
        one, other = (
            a_project(
                session,
                make_organisation(session, f"{name} {town}"),
                a_draft(title=f"Safe return to {town}", text=""),
            )
            for name in ("Alder Fund", "Birch Society")
        )
        flag_overlaps(session, one)
        flag = next(f for f in flag_overlaps(session, other) if f.first_id == one.id)
        reporter = next(e for e in flag.evidence if e["feature"] == "reporter")
        assert reporter["left"] == f"Alder Fund {town}"
        assert reporter["right"] == f"Birch Society {town}"


def test_projects_that_have_nothing_in_common_are_not_flagged(
    session: Session, pair: tuple[Project, Project]
) -> None:
    stranger = a_project(
        session,
        make_organisation(session, "Andes Research"),
        a_draft(
            title="Survey of recruitment fees on tea estates",
            text="Asks two thousand pickers what they paid.",
            country="KE",
            amount=90_000_00,
            starts=date(2015, 5, 3),
            ends=date(2016, 1, 31),
        ),
    )
    flag_overlaps(session, pair[0])
    assert flag_overlaps(session, stranger) == []


def test_flagging_is_noted_once(session: Session, pair: tuple[Project, Project]) -> None:
    for project in (*pair, *pair):
        flag_overlaps(session, project)
    noted = session.scalars(select(Change).where(Change.action == "overlap.flagged")).all()
    assert len(noted) == 1


def test_a_reviewer_decides_once(session: Session, flag: Overlap, reviewer: User) -> None:
    decide(session, flag.public_id, Verdict.SAME_ACTIVITY, by=reviewer, note="  Same grant.  ")
    assert flag.verdict is Verdict.SAME_ACTIVITY
    assert flag.decided_by_id == reviewer.id
    with pytest.raises(Conflict):
        decide(session, flag.public_id, Verdict.UNRELATED, by=reviewer)
    kept = session.scalars(select(Decision)).all()
    assert [(one.verdict, one.note, one.score) for one in kept] == [
        (Verdict.SAME_ACTIVITY, "Same grant.", flag.score)
    ]


def test_a_decision_on_what_has_changed_since_it_was_read_is_refused(
    session: Session, flag: Overlap, reviewer: User
) -> None:
    read = flag.version
    update_project(session, flag.first, a_draft(amount=300_000_00), by=OPERATOR)
    flag_overlaps(session, flag.first)
    assert flag.version > read
    with pytest.raises(Conflict):
        decide(session, flag.public_id, Verdict.SAME_ACTIVITY, by=reviewer, version=read)


def test_open_is_no_verdict(session: Session, flag: Overlap, reviewer: User) -> None:
    with pytest.raises(Invalid):
        decide(session, flag.public_id, Verdict.OPEN, by=reviewer)


def test_a_decision_can_be_taken_back_and_stays_in_the_history(
    session: Session, flag: Overlap, reviewer: User
) -> None:
    decide(session, flag.public_id, Verdict.UNRELATED, by=reviewer)
    reopen(session, flag.public_id, by=reviewer)
    assert flag.verdict is Verdict.OPEN
    assert flag.decided_by_id is None
    decide(session, flag.public_id, Verdict.SAME_ACTIVITY, by=reviewer)
    assert [one.verdict for one in get_overlap(session, flag.public_id, EVERYTHING).decisions] == [
        Verdict.UNRELATED,
        Verdict.OPEN,
        Verdict.SAME_ACTIVITY,
    ]
    with pytest.raises(Conflict):
        reopen(session, flag.public_id, by=reviewer, version=0)


@pytest.mark.parametrize(
    "role", [role for role in Role if role not in (Role.REVIEWER, Role.COORDINATOR)]
)
def test_only_reviewers_and_coordinators_decide(
    session: Session, flag: Overlap, role: Role
) -> None:
    other = make_user(session, role, organisation=make_organisation(session, "Elsewhere"))
    with pytest.raises(Forbidden):
        decide(session, flag.public_id, Verdict.UNRELATED, by=other)


def test_nobody_decides_on_a_pair_of_the_own_organisation_not_even_a_coordinator(
    session: Session, flag: Overlap
) -> None:
    for role in (Role.REVIEWER, Role.COORDINATOR):
        own = make_user(session, role, organisation=flag.second.organisation)
        with pytest.raises(Forbidden, match="somebody else must decide"):
            decide(session, flag.public_id, Verdict.UNRELATED, by=own)
    elsewhere = make_user(session, Role.COORDINATOR)
    decide(session, flag.public_id, Verdict.UNRELATED, by=elsewhere)


def test_a_role_on_one_project_makes_nobody_a_judge_and_takes_no_right_to_judge_away(
    session: Session, reviewer: User
) -> None:
    home = make_user(session, Role.ORG_ADMIN)
    hidden = a_project(session, home.organisation, a_draft(visibility=Visibility.ORGANISATION))
    flag_overlaps(session, hidden)
    flag = flag_overlaps(session, a_project(session, make_organisation(session)))[0]

    def lend(to: User) -> None:
        give_role(session, hidden, RoleDraft(to.email, Role.REPORTER), by=home)

    with pytest.raises(NotFound):
        decide(session, flag.public_id, Verdict.UNRELATED, by=reviewer)
    lend(reviewer)
    assert get_overlap(session, flag.public_id, viewer_of(session, reviewer)) == flag
    assert hindrance(session, reviewer, flag)
    with pytest.raises(Forbidden, match="only by a role"):
        decide(session, flag.public_id, Verdict.UNRELATED, by=reviewer)
    coordinator = make_user(session, Role.COORDINATOR)
    lend(coordinator)
    decide(session, flag.public_id, Verdict.UNRELATED, by=coordinator)


def test_who_may_judge_a_pair_may_still_with_a_role_on_one_of_its_projects(
    session: Session, flag: Overlap, reviewer: User
) -> None:
    home = make_user(session, Role.ORG_ADMIN, organisation=flag.first.organisation)
    give_role(session, flag.first, RoleDraft(reviewer.email, Role.VIEWER), by=home)
    assert hindrance(session, reviewer, flag) is None
    decide(session, flag.public_id, Verdict.UNRELATED, by=reviewer)


def test_a_role_on_a_project_changes_none_of_its_pairs(session: Session, flag: Overlap) -> None:
    home = make_user(session, Role.ORG_ADMIN, organisation=flag.first.organisation)
    before = (flag.score, flag.priority, flag.evidence, flag.version)
    keys = select(ProjectKey.key, ProjectKey.audience).order_by(ProjectKey.key, ProjectKey.audience)
    told = session.execute(keys).all()
    give_role(session, flag.first, RoleDraft(make_user(session).email, Role.REPORTER), by=home)
    assert flag_overlaps(session, flag.first) == [flag]
    assert (flag.score, flag.priority, flag.evidence, flag.version) == before
    assert session.execute(keys).all() == told


def test_a_pair_that_is_no_longer_alike_becomes_stale_and_comes_back(
    session: Session, flag: Overlap
) -> None:
    other = a_draft(
        title="Survey of fees on tea estates", text="", country="KE", amount=9_00,
        starts=date(2001, 1, 1), ends=date(2001, 2, 2),
    )  # fmt: skip
    update_project(session, flag.first, other, by=OPERATOR)
    assert flag_overlaps(session, flag.first) == []
    assert flag.stale
    assert list_overlaps(session, EVERYTHING, OverlapQuery()).rows == []
    update_project(session, flag.first, a_draft(), by=OPERATOR)
    assert flag_overlaps(session, flag.first) == [flag]
    assert not flag.stale


def test_a_decided_pair_keeps_its_verdict_when_a_record_changes_and_the_change_is_noted(
    session: Session, flag: Overlap, reviewer: User
) -> None:
    decide(session, flag.public_id, Verdict.SAME_ACTIVITY, by=reviewer)
    update_project(session, flag.first, a_draft(amount=1_240_000_00), by=OPERATOR)
    flag_overlaps(session, flag.first)
    assert flag.verdict is Verdict.SAME_ACTIVITY
    assert session.scalars(select(Change).where(Change.action == "overlap.changed")).one()


def test_a_withdrawn_project_is_compared_no_more(
    session: Session, flag: Overlap, pair: tuple[Project, Project]
) -> None:
    withdraw(session, pair[0], by=OPERATOR)
    assert similar(session, facts_of(pair[1]), EVERYTHING) == []
    flag_overlaps(session, pair[0])
    assert flag.stale
    third = a_project(session, make_organisation(session, "Third Fund"))
    assert [one.first_id for one in flag_overlaps(session, third)] == [pair[1].id]


def test_a_hidden_record_is_neither_in_the_queue_nor_in_its_count(session: Session) -> None:
    owner = make_organisation(session, "Quiet Fund")
    hidden = a_project(session, owner, a_draft(visibility=Visibility.ORGANISATION))
    other = a_project(session, make_organisation(session, "Open Fund"))
    flag_overlaps(session, hidden)
    flag = flag_overlaps(session, other)[0]
    for viewer in (PUBLIC, REGISTERED):
        page = list_overlaps(session, viewer, OverlapQuery())
        assert (list(page.rows), page.total) == ([], 0)
        assert similar(session, facts_of(other), viewer) == []
        with pytest.raises(NotFound):
            get_overlap(session, flag.public_id, viewer)
    insider = viewer_of(session, make_user(session, Role.VIEWER, organisation=owner))
    assert list_overlaps(session, insider, OverlapQuery()).total == 1
    stranger = make_user(
        session, Role.REVIEWER, organisation=make_organisation(session, "Elsewhere")
    )
    with pytest.raises(NotFound):
        decide(session, flag.public_id, Verdict.UNRELATED, by=stranger)


def test_a_page_never_begins_behind_a_pair_that_is_hidden(session: Session) -> None:
    open_ones = [a_project(session, make_organisation(session)) for _ in range(2)]
    hidden = a_project(
        session, make_organisation(session), a_draft(visibility=Visibility.ORGANISATION)
    )
    for project in (*open_ones, hidden):
        flag_overlaps(session, project)
    (seen,) = list_overlaps(session, REGISTERED, OverlapQuery()).rows
    for row in list_overlaps(session, EVERYTHING, OverlapQuery()).rows:
        if row is not seen:
            behind = OverlapQuery(cursor=row.public_id)
            assert list_overlaps(session, REGISTERED, behind).rows == [seen]


def test_a_hidden_twin_changes_nothing_of_what_others_see(
    session: Session, pair: tuple[Project, Project]
) -> None:
    flag_overlaps(session, pair[0])
    before = flag_overlaps(session, pair[1])[0]
    score, evidence = before.score, list(before.evidence)
    for number in range(80):
        owner = make_organisation(session, f"Quiet Fund {number}")
        hidden = a_project(session, owner, a_draft(visibility=Visibility.ORGANISATION))
        if number % 20 == 0:
            flag_overlaps(session, hidden)
    after = next(one for one in flag_overlaps(session, pair[1]) if one.first_id == pair[0].id)
    assert (after.score, after.evidence) == (score, evidence)


def test_look_alikes_of_a_record_that_is_not_registered(
    session: Session, pair: tuple[Project, Project], flag: Overlap
) -> None:
    found = similar(session, facts_of(pair[0]), REGISTERED)
    assert [one.project for one in found] == [pair[1]]
    assert overlaps_in(session) == 1


def test_a_record_that_says_nothing_looks_like_nothing(
    session: Session, pair: tuple[Project, Project], flag: Overlap
) -> None:
    said = facts_of(pair[0])
    silent = replace(said, titles={"en": " "}, descriptions={}, iati_identifier=None)
    assert similar(session, silent, REGISTERED, cutoff=0.0) == []
    titled = replace(silent, titles=said.titles)
    assert [one.project for one in similar(session, titled, REGISTERED, cutoff=0.0)] == [pair[1]]


def test_look_alikes_of_a_project_stand_in_the_order_of_their_scores(session: Session) -> None:
    one = a_project(session, make_organisation(session))
    for amount in (9_000_000_00, 1_250_000_00, 3_000_000_00):
        a_project(session, make_organisation(session), a_draft(amount=amount))
    for project in session.scalars(select(Project)).all():
        flag_overlaps(session, project)
    for overlap in session.scalars(select(Overlap)):
        overlap.priority = -overlap.score  # what matters most elsewhere stands last here
    session.flush()
    scores = [overlap.score for overlap in overlaps_of_project(session, one, EVERYTHING)]
    assert len(set(scores)) > 1
    assert scores == sorted(scores, reverse=True)
