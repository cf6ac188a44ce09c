"""Merging two entries of organisations: all that belongs to one is the other's, once, and no name becomes known."""

import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from tacoord.errors import Conflict, Forbidden, Invalid
from tacoord.models import (
    AuditEntry,
    Change,
    Member,
    Offer,
    Organisation,
    Overlap,
    Project,
    Role,
    RoleGrant,
    User,
    Visibility,
)
from tacoord.policy import OPERATOR
from tacoord.services import merging
from tacoord.services.assistance.assistance import offer
from tacoord.services.organisations.alike import look_alikes
from tacoord.services.organisations.organisations import (
    SECRETARIAT,
    find,
    find_by_code,
    get_organisation,
    get_organisation_by_id,
    resolve,
)
from tacoord.services.organisations.register import organisation_draft
from tacoord.services.organisations.told_apart import list_told_apart, tell_apart
from tacoord.services.overlaps.known_records import OWN_REFS, find_reporter
from tacoord.services.overlaps.overlaps import flag_overlaps
from tacoord.services.projects.drafts import Participant
from tacoord.services.projects.projects import draft_of, update_project
from tacoord.services.projects.sharing import RoleDraft, give_role, roles_held_by
from tacoord.services.visibility import EVERYTHING, REGISTERED, viewer_of
from tests.factories import draft, make_group, make_organisation, make_project, make_user
from tests.services.asks import ask, offer_draft
from tests.services.pairs import a_draft, a_project
from tests.support.at_once import at_once
from tests.support.databases import engine_for


@pytest.fixture
def keep(session: Session) -> Organisation:
    return make_organisation(session, "Harvest Relief Association", verified=True, country="KH")


@pytest.fixture
def other(session: Session) -> Organisation:
    return make_organisation(
        session,
        "Harvest Relief Assoc. (HARDA)",
        ref="XX-REG-0099",
        verified=True,
        type="22",
        acronym="HARDA",
    )


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """For two at one moment: a database of the test's own."""
    made = engine_for(database_url)
    yield made
    made.dispose()


def count(session: Session, table: type, organisation: Organisation) -> int:
    owned = select(func.count()).where(table.organisation_id == organisation.id)
    return session.scalar(owned) or 0


def test_everything_goes_over_and_nothing_stays_behind(session, keep, other) -> None:
    group = make_group(session)
    person = make_user(session, Role.REPORTER, organisation=other)
    session.add(Member(group_id=group.id, organisation_id=other.id))
    make_project(session, organisation=other)
    named = make_project(session, participants=(Participant(other.name, "4", "XX-REG-0099"),))
    asked = ask(session)
    offer(session, offer_draft(), by=person, request=asked)
    session.flush()
    before = merging.holdings_of(session, other)
    assert min(before.projects, before.named_in, before.people, before.roles, before.seats) == 1
    merging.merge(session, keep, other, by=OPERATOR)
    assert merging.holdings_of(session, keep) == before
    assert set(vars_of(merging.holdings_of(session, other))) == {0}
    assert named.participants[0].organisation_id == keep.id
    assert named.participants[0].name == "Harvest Relief Assoc. (HARDA)", "as the reporter wrote it"
    assert person.organisation.id == keep.id
    assert viewer_of(session, person).organisation_ids == {keep.id}
    assert session.scalars(select(Offer.organisation_id)).all() == [keep.id]


def vars_of(held: merging.Holdings) -> list[int]:
    return [getattr(held, name) for name in held.__dataclass_fields__]


def test_every_table_that_names_an_organisation_is_thought_of() -> None:
    owned = {
        (table.name, column.name)
        for table in Organisation.metadata.tables.values()
        for column in table.columns
        if any(key.column.table.name == "organisations" for key in column.foreign_keys)
    }
    assert {name for name, _column in owned} == {
        "assistance_requests", "import_jobs", "members", "merged_organisations", "offers",
        "organisation_names", "organisation_tags", "project_organisations", "projects",
        "providers", "role_grants", "told_apart", "users",
    }  # fmt: skip


def test_names_and_identifiers_lead_to_the_one_that_stays(session, keep, other) -> None:
    merging.merge(session, keep, other, by=OPERATOR)
    said = organisation_draft(keep)
    assert "Harvest Relief Assoc. (HARDA)" in said.aliases
    assert said.identifiers == ("XX-REG-0099",)
    assert keep.type == "22", "what the one that stays did not say"
    assert find(session, name="Harvest Relief Assoc. (HARDA)", viewer=REGISTERED) is keep
    assert find(session, name="x", ref="XX-REG-0099", viewer=REGISTERED) is keep
    for viewer in (REGISTERED, EVERYTHING):
        assert get_organisation_by_id(session, other.public_id, viewer) is keep
        assert get_organisation(session, other.code, viewer) is keep
    assert resolve(session, name="HARDA", viewer=REGISTERED) is keep


def test_a_code_that_leads_elsewhere_is_given_to_no_new_entry(session, keep, other) -> None:
    code = other.code
    merging.merge(session, keep, other, by=OPERATOR)
    again = make_organisation(session, code.replace("-", " ").title())
    assert again.code != code
    assert find_by_code(session, code, REGISTERED) is keep


def test_what_was_merged_into_the_one_that_goes_leads_on(session, keep, other) -> None:
    first = make_organisation(session, "Harvest Relif", verified=True)
    merging.merge(session, other, first, by=OPERATOR)
    merging.merge(session, keep, other, by=OPERATOR)
    assert get_organisation_by_id(session, first.public_id, REGISTERED) is keep


def test_a_role_or_seat_of_both_is_held_once(session, keep, other) -> None:
    group = make_group(session)
    person = make_user(session, Role.REPORTER, organisation=other)
    person.grants.append(RoleGrant(role=Role.REPORTER, organisation_id=keep.id))
    session.add_all(
        Member(group_id=group.id, organisation_id=one.id, user_id=user)
        for one in (keep, other)
        for user in (None, person.id)
    )
    session.flush()
    merging.merge(session, keep, other, by=OPERATOR)
    assert count(session, RoleGrant, keep) == 1
    assert count(session, Member, keep) == 2


def test_a_name_that_only_restricted_records_hold_becomes_known_to_nobody(session, keep) -> None:
    veiled = make_organisation(session, "Veiled Lantern House", ref="XX-REG-7777")
    hidden = make_project(session, organisation=veiled, visibility=Visibility.ORGANISATION)
    version, said = keep.version, organisation_draft(keep)
    changes = session.scalar(select(func.count(Change.id)).where(Change.subject_id == keep.id))
    merging.merge(session, keep, veiled, by=OPERATOR)
    assert hidden.organisation_id == keep.id
    assert organisation_draft(keep) == said
    assert keep.version == version, "not even a number tells"
    assert "lantern" not in keep.search_text
    assert find(session, name="Veiled Lantern House", viewer=REGISTERED) is None
    assert (
        session.scalar(select(func.count(Change.id)).where(Change.subject_id == keep.id)) == changes
    )


def test_nothing_that_can_be_guessed_leads_from_a_hidden_entry_to_the_one_that_stays(
    session, keep
) -> None:
    """Who guesses its name, code or identifier gets what they would get if it had never been there."""
    veiled = make_organisation(session, "Veiled Lantern House", ref="XX-REG-7777")
    make_project(session, organisation=veiled, visibility=Visibility.ORGANISATION)
    third = make_organisation(session, "Veiled Lantern Home", verified=True)
    tell_apart(session, veiled, third, by=OPERATOR)
    code = veiled.code
    merging.merge(session, keep, veiled, by=OPERATOR)
    for viewer in (REGISTERED, EVERYTHING):
        assert find_by_code(session, code, viewer) is None
        assert list_told_apart(session, viewer) == []
    assert find_reporter(session, "", f"{OWN_REFS}{code}", REGISTERED) is None
    again = resolve(session, name="Veiled Lantern House", ref="XX-REG-7777", viewer=REGISTERED)
    assert (again.code, again.id in (keep.id, veiled.id)) == (code, False)
    assert organisation_draft(again).identifiers == ("XX-REG-7777",)


def test_what_not_everybody_may_know_of_cannot_be_the_one_that_stays(session, keep) -> None:
    veiled = make_organisation(session, "Veiled Lantern House")
    make_project(session, organisation=veiled, visibility=Visibility.ORGANISATION)
    with pytest.raises(Invalid) as refused:
        merging.merge(session, veiled, keep, by=OPERATOR)
    assert "Not everybody may know" in str(refused.value.problems[0])


def test_two_projects_with_one_identifier_are_named_and_nothing_is_done(
    session, keep, other
) -> None:
    for one in (keep, other):
        make_project(session, organisation=one, iati_identifier="XX-1-7")
    with pytest.raises(Invalid) as refused:
        merging.merge(session, keep, other, by=OPERATOR)
    assert [problem.values for problem in refused.value.problems] == [{"identifier": "XX-1-7"}]
    assert count(session, Project, other) == 1


def test_governments_of_two_countries_and_the_secretariat_are_never_merged(session, keep) -> None:
    abroad = make_organisation(session, "Harvest Ministry", verified=True, country="LA")
    make_user(session, Role.FOCAL_POINT, organisation=abroad)
    secretariat = get_organisation(session, SECRETARIAT, EVERYTHING)
    for pair in (
        (keep, abroad),
        (abroad, keep),
        (keep, secretariat),
        (secretariat, keep),
        (keep, keep),
    ):
        with pytest.raises(Invalid):
            merging.merge(session, *pair, by=OPERATOR)


def test_an_offer_between_the_two_is_answered_first(session, keep, other) -> None:
    asking = make_user(session, Role.FOCAL_POINT, organisation=keep)
    helper = make_user(session, Role.REPORTER, organisation=other)
    offer(session, offer_draft(), by=helper, request=ask(session, by=asking))
    with pytest.raises(Invalid):
        merging.merge(session, keep, other, by=OPERATOR)


def test_what_was_told_apart_from_one_is_told_apart_from_the_other(session, keep, other) -> None:
    third = make_organisation(session, "Harvest Relief Ass.", verified=True)
    tell_apart(session, other, third, by=OPERATOR)
    merging.merge(session, keep, other, by=OPERATOR)
    (row,) = list_told_apart(session, EVERYTHING)
    assert {row.first_id, row.second_id} == {keep.id, third.id}
    with pytest.raises(Invalid):
        merging.merge(session, keep, third, by=OPERATOR)


def test_who_saw_an_older_entry_is_told(session, keep, other) -> None:
    for versions in ((keep.version - 1, other.version), (keep.version, other.version - 1)):
        with pytest.raises(Conflict):
            merging.merge(session, keep, other, by=OPERATOR, versions=versions)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.COORDINATOR])
def test_others_than_coordinators_merge_nothing(session, keep, other, role) -> None:
    with pytest.raises(Forbidden):
        merging.merge(session, keep, other, by=make_user(session, role))


def test_a_coordinator_merges_no_entry_of_the_own_organisation(session, keep, other) -> None:
    for own in (keep, other):
        with pytest.raises(Forbidden):
            merging.merge(
                session, keep, other, by=make_user(session, Role.COORDINATOR, organisation=own)
            )


def test_the_trail_says_who_merged_what_and_whose_accounts_went_over(session, keep, other) -> None:
    person = make_user(session, Role.REPORTER, organisation=other)
    by = make_user(session, Role.COORDINATOR)
    merging.merge(session, keep, other, by=by)
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.n.desc())).first()
    assert (entry.action, entry.by_id, entry.subject_id) == ("organisation.merged", by.id, keep.id)
    assert entry.details == {"into": keep.code, "from": other.code, "people": [person.id]}


def test_pairs_are_found_again_as_records_of_one_reporter(session, keep) -> None:
    other = make_organisation(session, "Lamp Makers Union", verified=True)
    for one in (keep, other):
        said = replace(a_draft(), iati_identifier=f"XX-{one.id}")
        flag_overlaps(session, a_project(session, one, said))
    assert reporter_weight(session) == 0
    merging.merge(session, keep, other, by=OPERATOR)
    assert reporter_weight(session) < 0, "who reports a project rarely registers it twice"


def reporter_weight(session: Session) -> float:
    """What the reporters say for or against the one pair."""
    (pair,) = session.scalars(select(Overlap)).all()
    return sum(each["contribution"] for each in pair.evidence if each["feature"] == "reporter")


def test_many_projects_are_left_to_the_sweep(session, keep, other, monkeypatch) -> None:
    project = a_project(session, other, a_draft())
    flag_overlaps(session, project)
    monkeypatch.setattr(merging, "COMPARED_AT_ONCE", 0)
    merging.merge(session, keep, other, by=OPERATOR)
    assert project.compared_at is None


def test_who_edits_a_project_meanwhile_is_told(session, keep, other) -> None:
    project = make_project(session, organisation=other)
    seen = project.version
    merging.merge(session, keep, other, by=OPERATOR)
    with pytest.raises(Conflict):
        update_project(session, project, draft(), by=OPERATOR, version=seen)
    assert draft_of(project).titles
    assert "harvest relief association" in project.search_text


def test_the_list_of_look_alikes_is_shorter_by_one(session, keep) -> None:
    double = make_organisation(session, "Harvest Relief Associaton")
    make_project(session, organisation=double)
    assert {each.unverified.id for each in look_alikes(session, EVERYTHING)} == {double.id}
    merging.merge(session, keep, double, by=OPERATOR)
    assert look_alikes(session, EVERYTHING) == []


def test_two_who_merge_at_one_moment_merge_once(engine: Engine) -> None:
    with Session(engine) as session:
        ids = [make_organisation(session, name, verified=True).id for name in ("One A", "One B")]
        make_user(session, Role.REPORTER, organisation=session.get_one(Organisation, ids[1]))
        session.commit()

    def work(first: int, second: int):
        def merge(session: Session) -> None:
            pair = (session.get_one(Organisation, each) for each in (first, second))
            merging.merge(session, *pair, by=OPERATOR)

        return merge

    ended = at_once(engine, work(*ids), work(*reversed(ids)), may_fail=(Conflict,))
    assert sum(each is None for each in ended) == 1
    with Session(engine) as session:
        assert len(set(session.scalars(select(User.organisation_id)))) == 1


def test_who_registers_while_two_are_merged_is_told(engine: Engine) -> None:
    with Session(engine) as session:
        keep, other = (make_organisation(session, name, verified=True) for name in ("A A", "B B"))
        ids = keep.id, other.id
        session.commit()
    merged = threading.Event()

    def merge(session: Session) -> None:
        pair = (session.get_one(Organisation, each) for each in ids)
        merging.merge(session, *pair, by=OPERATOR)
        merged.set()
        time.sleep(0.3)  # the other one waits for the end of this transaction

    def register(session: Session) -> None:
        if (
            engine.dialect.name == "postgresql"
        ):  # the other database has one writer at a time anyway
            assert merged.wait(10)
        make_project(session, organisation=session.get_one(Organisation, ids[1]), participants=())

    ended = at_once(engine, merge, register, may_fail=(Conflict,))
    assert ended[0] is None
    with Session(engine) as session:
        kept = session.scalars(select(Project.organisation_id)).all()
    if engine.dialect.name == "postgresql":
        assert isinstance(ended[1], Conflict)
    assert set(kept) <= {ids[0]}, "nothing belongs to the entry that went"


def test_nothing_is_registered_for_an_entry_that_went(session, keep, other) -> None:
    merging.merge(session, keep, other, by=OPERATOR)
    with pytest.raises(Conflict):
        make_project(session, organisation=other)


def test_a_role_on_one_project_stays_with_the_project(session, keep, other):
    home = make_user(session, Role.ORG_ADMIN, organisation=other)
    project = make_project(session, organisation=other, visibility=Visibility.ORGANISATION)
    guest = make_user(session)
    give_role(session, project, RoleDraft(guest.email, Role.REPORTER), by=home)
    before = viewer_of(session, guest)
    merging.merge(session, keep, other, by=OPERATOR)
    session.expire_all()
    assert project.organisation == keep
    assert viewer_of(session, guest) == before
    (held,) = roles_held_by(session, guest)
    assert held.project == project
