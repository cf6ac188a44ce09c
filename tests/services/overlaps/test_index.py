"""The index: what a project leaves in it, and when that no longer counts."""

from dataclasses import replace

from sqlalchemy import select, true, update
from sqlalchemy.orm import Session

from tacoord.matching.candidates import KEY_VERSION, keys_of_prepared
from tacoord.matching.packed import pack
from tacoord.matching.prepared import Prepared, prepare
from tacoord.models import PreparedProject, Project, ProjectKey, Role, Visibility
from tacoord.services.organisations.register import organisation_draft, update_organisation
from tacoord.services.overlaps.index import Entry, forget_projects, index_projects, prepared_records
from tacoord.services.overlaps.keys import audience_of
from tacoord.services.overlaps.overlaps import flag_overlaps
from tacoord.services.overlaps.sweep import changed_projects, sweep
from tacoord.services.projects.projects import facts_of
from tests.factories import make_organisation, make_user
from tests.services.pairs import a_draft, a_project


def put(session: Session, project: Project) -> Prepared:
    """Index a project as it is now."""
    record = prepare(facts_of(project))
    entry = Entry(keys_of_prepared(record), pack(record), project.version)
    index_projects(session, {project.id: entry})
    return record


def prepared(session: Session, project: Project) -> Prepared | None:
    return prepared_records(session, [project.id], true())[project.id]


def test_a_project_tells_by_which_version_of_the_keys_it_stands_in_the_index(
    session: Session,
) -> None:
    project = a_project(session, make_organisation(session, "Fund"))
    kept = select(Project.key_version).where(Project.id == project.id)
    assert session.scalar(kept) is None
    put(session, project)
    assert session.scalar(kept) == KEY_VERSION
    forget_projects(session, [project.id])
    assert session.scalar(kept) is None


def test_indexing_again_replaces_and_forgetting_removes(session: Session) -> None:
    project = a_project(session, make_organisation(session, "Fund"))
    for _ in range(2):
        put(session, project)
    keys = session.scalars(select(ProjectKey.key).where(ProjectKey.project_id == project.id)).all()
    assert len(keys) == len(set(keys)) > 10
    forget_projects(session, [project.id])
    assert not session.scalars(select(ProjectKey)).all()
    assert not session.scalars(select(PreparedProject)).all()


def test_a_record_that_becomes_hidden_moves_in_the_index(session: Session) -> None:
    project = a_project(session, make_organisation(session, "Fund"), a_draft())
    put(session, project)
    project.visibility = Visibility.ORGANISATION
    put(session, project)
    kept = select(ProjectKey.audience).where(ProjectKey.project_id == project.id).distinct()
    assert session.scalars(kept).all() == [audience_of(project)]


def test_a_prepared_record_counts_until_its_project_or_the_way_of_preparing_changes(
    session: Session,
) -> None:
    project = a_project(session, make_organisation(session, "Fund"))
    record = put(session, project)
    assert prepared(session, project) == record
    project.title = "Another title"
    session.flush()
    assert prepared(session, project) is None
    put(session, project)
    session.execute(update(Project).values(key_version=KEY_VERSION - 1))
    assert prepared(session, project) is None


def test_only_what_may_be_seen_comes_back(session: Session) -> None:
    project = a_project(session, make_organisation(session, "Fund"))
    put(session, project)
    assert not prepared_records(session, [project.id], Project.visibility != Visibility.PUBLIC)


def test_a_project_that_was_compared_is_kept_prepared_and_keeps_its_version(
    session: Session,
) -> None:
    project = a_project(session, make_organisation(session, "Fund"))
    session.flush()
    before = project.version
    flag_overlaps(session, project)
    session.flush()
    assert project.version == before
    assert prepared(session, project) is not None


def test_a_reporter_that_is_called_otherwise_has_its_projects_compared_again(
    session: Session,
) -> None:
    owner = make_organisation(session, "Fund")
    project, other = a_project(session, owner), a_project(session, make_organisation(session))
    assert changed_projects(session) == [project.id, other.id]
    sweep(session)
    assert changed_projects(session) == []
    admin = make_user(session, Role.ORG_ADMIN, organisation=owner)
    said = organisation_draft(owner)
    update_organisation(session, owner, replace(said, website="https://fund.example"), by=admin)
    assert changed_projects(session) == []
    update_organisation(session, owner, replace(said, name="Lantern Fund"), by=admin)
    assert changed_projects(session) == [project.id]
    assert prepared(session, project) is None
