"""For the access table: somebody of each role, all of one government; things of theirs, of others, and hidden ones."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from tacoord.app import create_app
from tacoord.config import Settings
from tacoord.extensions import db
from tacoord.models import (
    DigestDefinition,
    DigestIssue,
    ImportJob,
    ImportState,
    IssueState,
    Member,
    Organisation,
    Overlap,
    ProjectRole,
    ProjectState,
    Role,
    TokenScope,
    User,
    Visibility,
    utcnow,
)
from tacoord.policy import OPERATOR
from tacoord.services.accounts.accounts import make_token
from tacoord.services.accounts.invitations import invite
from tacoord.services.accounts.sessions import Client, begin
from tacoord.services.assistance.assistance import offer
from tacoord.services.digests.schedules import ensure_definitions
from tacoord.services.groups.subscriptions import stop_token
from tacoord.services.overlaps.overlaps import flag_overlaps
from tests.factories import make_group, make_organisation, make_project, make_user
from tests.services.asks import ask, offer_draft
from tests.services.pairs import a_draft, a_project
from tests.support.databases import Databases, engine_for
from tests.web.visits import carry


@dataclass
class World:
    """names: what stands in braces in the table; people: the session of one of each role."""

    app: APIFlask
    names: dict[str, str] = field(default_factory=dict)
    people: dict[Role, str] = field(default_factory=dict)
    secrets: dict[Role, str] = field(default_factory=dict)

    def client(self, role: Role | None) -> FlaskClient:
        """A browser of somebody of that role, or of nobody."""
        client = self.app.test_client()
        if role is not None:
            carry(client, self.people[role])
        return client


class Row(NamedTuple):
    """A line of the table."""

    method: str
    address: str
    anonymous: str
    everybody: int
    others: dict[str, int]

    def expected(self, role: Role) -> int:
        return self.others.get(role.value, self.everybody)


def rows_of(table: str) -> list[Row]:
    """The lines of an access table."""
    return [_read(line) for line in table.strip().splitlines()]


def _read(line: str) -> Row:
    method, address, anonymous, everybody, *others = line.split()
    return Row(
        method,
        address,
        anonymous,
        int(everybody),
        {role: int(status) for role, status in (each.split("=") for each in others)},
    )


@contextmanager
def nothing_kept() -> Iterator[None]:
    """While this holds, what a view commits is undone when its request ends: calls do not see each other."""
    kept = Session.commit
    Session.commit = Session.flush  # type: ignore[method-assign,assignment]
    try:
        yield
    finally:
        Session.commit = kept  # type: ignore[method-assign]


@contextmanager
def standing_world(databases: Databases, home: Path, **config: bool) -> Iterator[World]:
    """A world on a database of its own, in which nothing stays that calls do; config: of its application."""
    url = databases.copy()
    settings = Settings(
        home=home,
        database_url=url,
        secret_key="only for tests " * 3,
        base_url="http://localhost",
        smtp_url=f"file:{home / 'mail'}",
        mail_from="tacoord@localhost",
    )
    app = create_app(settings)
    app.config.update(config)
    engine = engine_for(url)
    with Session(engine, expire_on_commit=False) as session:
        made = fill(session, app)
    engine.dispose()
    with nothing_kept():
        yield made
    with app.app_context():
        db.engine.dispose()
    databases.drop(url)


def fill(session: Session, app: APIFlask) -> World:
    """Make everything and commit it."""
    world = World(app)
    ours = make_organisation(
        session, "Ministry of the Interior", country="KH", type="10", verified=True
    )
    theirs = make_organisation(session, "Hand in Hand", verified=True)
    veiled = make_organisation(session, "Veiled Lantern Trust")
    make_project(session, organisation=veiled, visibility=Visibility.ORGANISATION)
    own_group, other_group = make_group(session, "OURS"), make_group(session, "THEIRS")
    users = {
        role: make_user(
            session, role, organisation=ours, group=own_group if role is Role.SECRETARY else None
        )
        for role in Role
    }
    stranger = make_user(session, Role.REPORTER, organisation=theirs)
    world.people = {role: begin(session, user, client=Client()) for role, user in users.items()}
    world.secrets = {
        role: make_token(session, user, name="table", scopes=TokenScope, by=user)[1]
        for role, user in users.items()
    }
    world.names = {
        "our_organisation": ours.public_id,
        "their_organisation": theirs.public_id,
        "hidden_organisation": veiled.public_id,
        "our_code": ours.code,
        "their_code": theirs.code,
        "our_group": own_group.code,
        "their_group": other_group.code,
        "our_person": users[Role.VIEWER].public_id,
        "their_person": stranger.public_id,
        "link": invite(session, stranger, by=OPERATOR),
        "stop": stop_token(app.config["SETTINGS"].secret_key, own_group, stranger),
        "their_token": make_token(session, stranger, name="x", scopes=(), by=stranger)[0].public_id,
        **_projects(session, users, ours, theirs, stranger),
        **_overlaps(session, ours, theirs),
        **_requests(session, users, theirs, stranger),
        **_imports(session, ours, theirs, stranger),
        **_groups(session, own_group.id, other_group.id, stranger),
    }
    session.commit()
    return world


def _projects(
    session: Session,
    users: dict[Role, User],
    ours: Organisation,
    theirs: Organisation,
    stranger: User,
) -> dict[str, str]:
    """Of the hidden ones, one on which our viewer holds the role of a viewer and our reviewer that of a reporter."""
    hidden = {"organisation": theirs, "visibility": Visibility.ORGANISATION}
    made = {
        "our_project": make_project(session, organisation=ours),
        "our_draft": make_project(session, organisation=ours, state=ProjectState.DRAFT),
        "their_project": make_project(session, organisation=theirs),
        "hidden_project": make_project(session, **hidden),
        "lent_project": make_project(session, **hidden),
    }
    given = {
        "our_role": ProjectRole(project=made["our_project"], user=stranger, role=Role.VIEWER),
        "lent_to_read": ProjectRole(
            project=made["lent_project"], user=users[Role.VIEWER], role=Role.VIEWER
        ),
        "lent_to_edit": ProjectRole(
            project=made["lent_project"], user=users[Role.REVIEWER], role=Role.REPORTER
        ),
    }
    for role in given.values():
        role.email = role.user.email
    session.add_all(given.values())
    session.flush()
    names = {name: project.public_id for name, project in made.items()}
    return {**names, "our_role": given["our_role"].public_id}


def _overlaps(session: Session, ours: Organisation, theirs: Organisation) -> dict[str, str]:
    """A pair of ours and theirs, a pair of others, and a pair of which one side is hidden."""
    third = make_organisation(session, "Third House")
    said = {
        "our_overlap": (
            ours,
            theirs,
            a_draft(title="Radio plays on job offers, Lagos", country="NG"),
        ),
        "their_overlap": (
            theirs,
            third,
            a_draft(title="Visas for witnesses, Vientiane", country="LA"),
        ),
        "hidden_overlap": (
            theirs,
            third,
            a_draft(
                title="Court interpreters, Tirana", country="AL", visibility=Visibility.ORGANISATION
            ),
        ),
    }
    found = {}
    for name, (one, other, same) in said.items():
        first = a_project(session, one, same)
        flag_overlaps(session, first)
        second = a_project(session, other, same)
        flag_overlaps(session, second)
        ends = sorted((first.id, second.id))
        pair = select(Overlap).where(Overlap.first_id == ends[0], Overlap.second_id == ends[1])
        found[name] = session.scalars(pair).one().public_id
    return found


def _requests(
    session: Session, users: dict[Role, User], theirs: Organisation, stranger: User
) -> dict[str, str]:
    ours = ask(session, by=users[Role.FOCAL_POINT])
    other = make_user(
        session, Role.FOCAL_POINT, organisation=make_organisation(session, country="NP")
    )
    open_one = ask(session, by=other)
    hidden = ask(session, by=other, visibility=Visibility.ORGANISATION)
    standing = offer(session, offer_draft(), by=stranger)
    to_us = offer(session, offer_draft(), by=stranger, request=ours)
    by_us = offer(session, offer_draft(), by=users[Role.REPORTER])
    to_them = offer(session, offer_draft(), by=stranger, request=open_one)
    return {
        "our_request": ours.public_id,
        "their_request": open_one.public_id,
        "hidden_request": hidden.public_id,
        "standing_offer": standing.public_id,
        "offer_to_us": to_us.public_id,
        "our_offer": by_us.public_id,
        "hidden_offer": to_them.public_id,
    }


def _imports(
    session: Session, ours: Organisation, theirs: Organisation, stranger: User
) -> dict[str, str]:
    made = {}
    for name, owner in (("our_import", ours), ("their_import", theirs)):
        made[name] = ImportJob(
            organisation=owner,
            created_by_id=stranger.id,
            state=ImportState.WAITING,
            format="jsonl",
            file_name="records.jsonl",
            size=2,
            payload=b"{}",
        )
        session.add(made[name])
    session.flush()
    return {name: job.public_id for name, job in made.items()}


def _groups(session: Session, own_id: int, other_id: int, stranger: User) -> dict[str, str]:
    """A seat and an issue in each group; nobody of ours sits in the others'."""
    ensure_definitions(session, due_from=utcnow() - timedelta(days=40))
    made: dict[str, str] = {}
    for name, group_id in (("our", own_id), ("their", other_id)):
        seat = Member(
            group_id=group_id, organisation_id=stranger.organisation_id, user_id=stranger.id
        )
        definition = session.scalars(
            select(DigestDefinition).where(DigestDefinition.group_id == group_id)
        ).one()
        issue = DigestIssue(
            definition=definition,
            period=secrets.token_hex(4),
            number=1,
            state=IssueState.SENT,
            due_at=utcnow(),
        )
        session.add_all([seat, issue])
        session.flush()
        made |= {f"{name}_seat": seat.public_id, f"{name}_issue": issue.public_id}
    return made
