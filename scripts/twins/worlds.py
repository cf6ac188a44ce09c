"""A register for trials: the demo with its application, its jobs, and somebody of each role who looks."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from alembic import command
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from tacoord import jobs
from tacoord.app import create_app
from tacoord.cli.db import alembic_config
from tacoord.config import Settings
from tacoord.demo.load import load_demo
from tacoord.extensions import SIGN_IN, db
from tacoord.models import Organisation, Role, TokenScope, User, base
from tacoord.policy import OPERATOR
from tacoord.services import first_records
from tacoord.services.accounts import sessions
from tacoord.services.accounts.accounts import add_user, make_token
from tacoord.services.assistance.assistance import submit
from tacoord.services.assistance.drafts import RequestDraft

ROLES: Final = {
    Role.REPORTER: "donor",
    Role.ORG_ADMIN: "org-admin",
    Role.REVIEWER: "reviewer",
    Role.FOCAL_POINT: "focal-point",
    Role.SECRETARY: "secretary",
    Role.COORDINATOR: "coordinator",
    Role.VIEWER: "viewer",
    Role.ADMIN: "admin",
}
"""Who looks, by the part of the demo's address before the @."""

HIDER: Final = "hider@demo.example"
BEGIN: Final = datetime(2026, 3, 9, 9, 30, tzinfo=UTC)


@dataclass
class World:
    """One register with its application. hidden: ids of what was hidden in it, by kind."""

    app: APIFlask
    folder: Path
    hidden: dict[str, list[str]] = field(default_factory=dict)
    cookies: dict[Role, str] = field(default_factory=dict)
    tokens: dict[Role, str] = field(default_factory=dict)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A session that is committed when its block ends well."""
        with self.app.app_context():
            engine = db.engine
        with Session(engine, expire_on_commit=False) as own, own.begin():
            yield own

    def client(self, role: Role | None) -> FlaskClient:
        """A browser of somebody of that role, or of nobody."""
        client = self.app.test_client()
        if role is not None:
            with client.session_transaction() as cookie:
                cookie[SIGN_IN] = self.cookies[role]
        return client

    def mail(self) -> dict[str, str]:
        """Every letter that went out, by its file."""
        return {path.name: path.read_text("utf-8") for path in sorted(self.folder.rglob("*.eml"))}

    def close(self) -> None:
        """Let go of the database."""
        with self.app.app_context():
            db.engine.dispose()


def open_world(url: str, folder: Path) -> World:
    """The application on a database; it keeps its mail in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = Settings(
        home=folder,
        database_url=url,
        secret_key="only for trials " * 3,
        base_url="http://localhost",
        smtp_url=f"file:{folder / 'mail'}",
        mail_from="tacoord@localhost",
        api_calls_a_minute=0,  # time stands still, so that no minute ends
    )
    app = create_app(settings)
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    return World(app, folder)


def migrate(url: str) -> None:
    """All tables, vocabularies and groups."""
    engine = create_engine(url)
    with engine.begin() as connection:
        command.upgrade(alembic_config(connection), "head")
    with Session(engine) as session:
        first_records.load_first_records(session)
        session.commit()
    engine.dispose()


def fill(world: World, sow: Callable[[object], None]) -> None:
    """The demo, compared, with its digests sent; one more person, of whom nobody else may see anything."""
    sow("demo")
    with world.session() as session:
        load_demo(session, today=base.utcnow().date(), progress=lambda _number: None)
        home = session.scalars(select(Organisation).where(Organisation.code == "LEXBRIDGE")).one()
        add_user(
            session, HIDER, name="Somebody", organisation=home, role=Role.REPORTER, by=OPERATOR
        )
        lonely = RequestDraft(
            country="SN",
            title="Nobody has offered anything yet",
            need="Advice on a law.",
            pillars=frozenset({"PROT"}),
            measures=frozenset({"PROT-2"}),
            assistance_kinds=frozenset({"SKILL-TRAIN"}),
        )
        submit(session, lonely, by=person(session, "focal-point-sn@demo.example"))
    run_jobs(world)


def run_jobs(
    world: World, names: Iterable[str] = ("imports", "overlaps", "gaps", "digests")
) -> None:
    """What the clock does: take files in, compare, look for gaps, send digests."""
    for name in names:
        with world.app.app_context():
            jobs.tick(name)
            db.session.remove()


def let_in(world: World, sow: Callable[[object], None]) -> None:
    """A session and a token for somebody of each role."""
    for role, local in ROLES.items():
        sow(f"{role} comes in")
        with world.session() as session:
            user = person(session, f"{local}@demo.example")
            world.cookies[role] = sessions.begin(session, user, client=sessions.Client())
            world.tokens[role] = make_token(
                session, user, name="trial", scopes=TokenScope, by=user
            )[1]


def person(session: Session, email: str) -> User:
    """Somebody by their address."""
    return session.scalars(select(User).where(User.email == email)).one()
