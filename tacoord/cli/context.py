"""What commands share: the application around them, the session, and who an argument names."""

import os
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import current_app

from tacoord.app import create_app
from tacoord.config import Settings
from tacoord.extensions import announce_writing, db, writing_transaction
from tacoord.models import Organisation
from tacoord.policy import OPERATOR
from tacoord.services.exchange import exported
from tacoord.services.projects.source import count_restricted
from tacoord.services.visibility import Viewer

P = ParamSpec("P")
R = TypeVar("R")


def with_app(command: Callable[P, R]) -> Callable[P, R]:
    """Run `command` inside the application that the environment describes."""

    @wraps(command)
    def inside(*args: P.args, **kwargs: P.kwargs) -> R:
        with create_app(Settings.from_environment(os.environ)).app_context():
            try:
                return command(*args, **kwargs)
            finally:
                db.session.remove()
                db.engine.dispose()

    return inside


def writing(command: Callable[P, R]) -> Callable[P, R]:
    """As `with_app`, for a command that writes: its work is committed when it returns, and undone if it fails."""

    @wraps(command)
    def inside(*args: P.args, **kwargs: P.kwargs) -> R:
        announce_writing(db.session())
        result = command(*args, **kwargs)
        db.session.commit()
        return result

    return with_app(inside)


def note_export(
    form: str, *, viewer: Viewer, organisation: Organisation | None = None, what: str = ""
) -> None:
    """Write down that whoever runs the commands takes records out, before they have them.

    viewer: what the file tells, which is what they may know.
    """
    with writing_transaction() as session:
        restricted = count_restricted(session, viewer, organisation=organisation)
        exported.note_export(session, form, restricted=restricted, by=OPERATOR, what=what)


def settings() -> Settings:
    """The settings of the running command."""
    found: Settings = current_app.config["SETTINGS"]
    return found
