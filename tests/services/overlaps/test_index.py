"""The index: what a project leaves in it, and when that no longer counts."""

from dataclasses import replace

import numpy as np
from sqlalchemy import func, select, true, update
from sqlalchemy.orm import Session

from tacoord.matching.blocking import keys_of_all
from tacoord.matching.candidates import KEY_VERSION
from tacoord.matching.packed import pack
from tacoord.matching.prepared import Prepared, prepare
from tacoord.models import PreparedProject, Project, ProjectKey, Role, Visibility
from tacoord.policy import OPERATOR
from tacoord.services.organisations.register import organisation_draft, update_organisation
from tacoord.services.overlaps.index import (
    Entry,
    forget_projects,
    index_projects,
    indexing,
    prepared_records,
)
from tacoord.services.overlaps.keys import audience_of
from tacoord.services.overlaps.overlaps import flag_overlaps
from tacoord.services.overlaps.sweep import changed_projects, sweep
from tacoord.services.projects.projects import facts_of, update_project
from tests.factories import make_organisation, make_user
from tests.services.pairs import a_draft, a_project


def put(session: Session, project: Project) -> Prepared:
    """Index a project as it is now."""
    record = prepare(facts_of(project))
    entry = Entry(keys_of_all([record]).of(0), pack(record), project.version)
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


def test_what_is_saved_and_what_is_indexed_of_it_come_and_go_in_one_transaction(
    session: Session,
) -> None:
    owner = make_organisation(session, "Fund")
    session.commit()
    project = a_project(session, owner)
    flag_overlaps(session, project)
    tables = (Project, ProjectKey, PreparedProject)
    assert all(session.scalar(select(func.count()).select_from(table)) for table in tables)
    session.rollback()
    assert not any(session.scalar(select(func.count()).select_from(table)) for table in tables)


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


def rows(session: Session) -> set[tuple[int, int, int]]:
    """What stands in the table of keys."""
    table = select(ProjectKey.key, ProjectKey.audience, ProjectKey.project_id)
    return {(key, audience, project_id) for key, audience, project_id in session.execute(table)}


def listed(session: Session) -> set[tuple[int, int, int]]:
    """What should stand there, as each project tells."""
    told = session.execute(
        select(PreparedProject.project_id, PreparedProject.audience, PreparedProject.keys)
    )
    return {
        (int(key), audience, project_id)
        for project_id, audience, keys in told
        for key in np.frombuffer(keys, "<i8")
    }


def test_of_a_project_that_changed_no_key_of_before_is_left(session: Session) -> None:
    project = a_project(session, make_organisation(session, "Fund"), a_draft())
    put(session, project)
    before = rows(session)
    update_project(session, project, a_draft(title="Legal aid for fishers"), by=OPERATOR)
    put(session, project)
    assert before & rows(session), "what is the same stays"
    assert before - rows(session)
    assert rows(session) == listed(session)


def test_indexing_that_was_halted_is_made_good_by_doing_it_again(session: Session) -> None:
    owner = make_organisation(session, "Fund")
    projects = [a_project(session, owner, a_draft(title=f"Shelter {n}")) for n in range(3)]
    for project in projects:
        put(session, project)
    update_project(session, projects[0], a_draft(title="Legal aid for fishers"), by=OPERATOR)
    session.flush()
    records = {one.id: prepare(facts_of(one)) for one in projects}
    versions = {one.id: one.version for one in projects}
    entries = {
        key: Entry(keys_of_all([record]).of(0), pack(record), versions[key])
        for key, record in records.items()
    }
    next(
        indexing(session, entries, begin=lambda: None)
    )  # the records are written, new keys are not
    assert rows(session) != listed(session)
    assert all(prepared(session, one) is None for one in projects), "nobody relies on them"
    index_projects(session, entries)
    assert rows(session) == listed(session)
    assert all(prepared(session, one) == records[one.id] for one in projects)
