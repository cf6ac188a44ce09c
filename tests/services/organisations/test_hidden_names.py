"""Names that only hidden records hold: no entry of the register, no answer and no code tells of them."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tacoord.errors import Invalid, NotFound
from tacoord.models import NameKind, Organisation, Project, ProjectState, Role, Visibility, utcnow
from tacoord.policy import OPERATOR
from tacoord.services.coverage.country_profile import profile
from tacoord.services.organisations.organisations import (
    add_organisation,
    find,
    find_by_code,
    get_organisation_by_id,
)
from tacoord.services.organisations.register import (
    OrganisationQuery,
    list_organisations,
    names_to_suggest,
    organisation_draft,
    update_organisation,
)
from tacoord.services.projects.content import draft_of
from tacoord.services.projects.drafts import Participant
from tacoord.services.projects.projects import publish, restore, update_project, withdraw
from tacoord.services.projects.query import ProjectQuery
from tacoord.services.search import search
from tacoord.services.visibility import EVERYTHING, PUBLIC, REGISTERED, Viewer, viewer_of
from tests.factories import make_group, make_organisation, make_project, make_user
from tests.services.asks import ask

NAME = "Veiled Lantern Trust (VLT)"
REF = "XX-REG-0815"
NAMED = (Participant(NAME, "4", REF, "22"),)
HIDDEN = {
    "draft": {"state": ProjectState.DRAFT},
    "own": {"visibility": Visibility.ORGANISATION},
    "group": {"visibility": Visibility.GROUP, "groups": frozenset({"VEIL"})},
}


def hide(session: Session, kind: str, **values: object) -> Project:
    """A project that is hidden in one of the ways, and names somebody of whom nobody else knows."""
    if kind == "group":
        make_group(session, "VEIL")
    return make_project(session, **{"participants": NAMED, **HIDDEN[kind], **values})


def listed(session: Session, viewer: Viewer) -> list[str]:
    found = list_organisations(session, viewer, OrganisationQuery(text="veiled"))
    assert found.total == len(found.rows)
    return [row.name for row, _ in found.rows]


@pytest.mark.parametrize("kind", HIDDEN)
def test_what_only_a_hidden_record_names_is_in_no_register(session: Session, kind: str) -> None:
    project = hide(session, kind)
    assert (
        session.scalars(select(Organisation).where(Organisation.name.contains("Veiled"))).all()
        == []
    )
    stranger = viewer_of(session, make_user(session))
    assert listed(session, stranger) == []
    assert find(session, name=NAME, ref=REF, viewer=stranger) is None
    assert NAME not in names_to_suggest(session, stranger)
    own = viewer_of(session, make_user(session, organisation=project.organisation))
    assert NAME in names_to_suggest(session, own), "who reports it is still helped"
    assert [each.name for each in draft_of(project).participants] == [NAME]


def publishing(session: Session, project: Project) -> None:
    publish(session, project, by=OPERATOR)


def widening(session: Session, project: Project) -> None:
    wider = replace(draft_of(project), visibility=Visibility.REGISTERED, groups=frozenset())
    update_project(session, project, wider, by=OPERATOR)


@pytest.mark.parametrize(
    ("kind", "open_up"), [("draft", publishing), ("own", widening), ("group", widening)]
)
def test_who_publishes_or_widens_a_record_makes_its_participants_known(
    session: Session, kind: str, open_up: Callable[[Session, Project], None]
) -> None:
    project = hide(session, kind)
    open_up(session, project)
    assert listed(session, REGISTERED) == [NAME]
    found = find(session, name="?", ref=REF, viewer=REGISTERED)
    assert found is not None
    assert found.type == "22"
    assert project.participants[0].organisation is found


def test_who_withdraws_or_narrows_a_record_takes_its_names_out_again(session: Session) -> None:
    project = make_project(session, participants=NAMED)
    assert listed(session, REGISTERED) == [NAME]
    withdraw(session, project, by=OPERATOR)
    assert listed(session, REGISTERED) == []
    restore(session, project, by=OPERATOR)
    assert listed(session, REGISTERED) == [NAME]


def test_a_hidden_record_teaches_a_visible_entry_nothing(session: Session) -> None:
    make_project(session, participants=(Participant("Veiled Lantern Trust", "4"),))
    found = find(session, name="Veiled Lantern Trust", viewer=REGISTERED)
    assert found is not None
    before = organisation_draft(found)
    for kind in ("own", "group", "draft"):
        project = hide(session, kind, participants=(Participant(found.name, "1", REF, "22"),))
        assert project.participants[0].organisation is found, "it is the one that everybody knows"
    assert organisation_draft(found) == before
    assert found.type is None
    publish(session, project, by=OPERATOR)
    assert (found.type, organisation_draft(found).identifiers) == ("22", (REF,))


def a_hidden_organisation(session: Session) -> Organisation:
    """One that nobody has verified and that reports hidden records alone, as an import of the secretariat makes it."""
    made = add_organisation(session, name="Veiled Lantern Trust", ref=REF, type="22")
    make_project(session, organisation=made, visibility=Visibility.ORGANISATION)
    return made


def test_who_names_a_hidden_organisation_gets_what_they_would_get_without_it(
    session: Session,
) -> None:
    hidden = a_hidden_organisation(session)
    code, own = hidden.code, make_organisation(session, verified=True)
    reporter = make_user(session, Role.REPORTER, organisation=own)
    eyes = viewer_of(session, reporter)
    assert find(session, name=NAME, ref=REF, viewer=eyes) is None
    assert find_by_code(session, code, eyes) is None
    with pytest.raises(NotFound):
        get_organisation_by_id(session, hidden.public_id, eyes)
    project = make_project(
        session, organisation=own, participants=(Participant("veiled lantern trust", "4", REF),)
    )
    met = project.participants[0].organisation
    assert met is not None
    assert met is not hidden
    assert (met.code, met.name, met.type, met.acronym) == (code, "veiled lantern trust", None, None)
    assert organisation_draft(met).identifiers == (REF,)
    assert hidden.code.startswith("ORG-"), "what nobody may see claims nothing"
    assert listed(session, eyes) == ["veiled lantern trust"]


def test_two_of_one_name_stay_two_when_the_hidden_one_comes_into_sight(session: Session) -> None:
    """Nobody's records are moved by machine; and who names them again adds no third."""
    hidden = add_organisation(session, name="Veiled Lantern Trust", type="22")
    record = make_project(session, organisation=hidden, visibility=Visibility.ORGANISATION)
    party = Participant("Veiled Lantern Trust", "4")
    met = make_project(session, participants=(party,)).participants[0].organisation
    assert met is not hidden
    widening(session, record)
    assert listed(session, REGISTERED) == ["Veiled Lantern Trust"] * 2
    again = [
        make_project(session, participants=(party,)).participants[0].organisation for _ in range(2)
    ]
    assert again[0] is again[1]
    assert again[0] in (hidden, met)
    assert listed(session, REGISTERED) == ["Veiled Lantern Trust"] * 2


def test_an_identifier_of_a_hidden_organisation_is_free_for_others(session: Session) -> None:
    a_hidden_organisation(session)
    admin = make_user(session, Role.ORG_ADMIN)
    said = replace(organisation_draft(admin.organisation), identifiers=(REF,))
    assert update_organisation(session, admin.organisation, said, by=admin)
    assert find(session, name="?", ref=REF, viewer=viewer_of(session, admin)) is admin.organisation
    taken = replace(organisation_draft(make_organisation(session)), identifiers=(REF,))
    with pytest.raises(Invalid):
        update_organisation(session, make_organisation(session), taken, by=OPERATOR)


def test_one_record_that_names_somebody_twice_makes_one_entry(session: Session) -> None:
    twice = (Participant("Veiled Lantern Trust", "1"), Participant(NAME, "4", REF))
    project = make_project(session, participants=twice)
    assert len({each.organisation_id for each in project.participants}) == 1
    assert listed(session, REGISTERED) == ["Veiled Lantern Trust"]


def test_search_counts_and_the_country_know_only_what_may_be_seen(session: Session) -> None:
    hidden = a_hidden_organisation(session)
    today = utcnow().date()
    asked = ProjectQuery(today=today, text="veiled")
    assert search(session, REGISTERED, asked).counts["organisations"] == 0
    assert search(session, EVERYTHING, asked).counts["organisations"] == 1
    project = hide(session, "own")
    insiders = viewer_of(session, make_user(session, organisation=project.organisation))
    assert [
        each.organisation for each in profile(session, insiders, "KH", today=today).activities
    ] == [project.organisation]
    assert profile(session, REGISTERED, "KH", today=today).activities == []
    assert hidden.names[0].kind is NameKind.NAME


def test_a_seat_a_request_and_a_verdict_of_somebody_make_an_organisation_known(
    session: Session,
) -> None:
    asking = ask(session).organisation
    verified = make_organisation(session, verified=True)
    plain = make_organisation(session)
    for organisation, known in ((asking, True), (verified, True), (plain, False)):
        found = find_by_code(session, organisation.code, REGISTERED)
        assert (found is not None) == known
    assert find_by_code(session, verified.code, PUBLIC) is verified
    assert find_by_code(session, asking.code, PUBLIC) is None
