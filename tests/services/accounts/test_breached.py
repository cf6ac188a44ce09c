"""Stolen passwords are found in a file of hashes, wherever in it they stand, and refused at every door."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
from apiflask import APIFlask
from sqlalchemy.orm import Session

from tacoord.config import Settings
from tacoord.errors import Invalid
from tacoord.models import Role
from tacoord.policy import OPERATOR
from tacoord.services.accounts.accounts import add_user, change_password
from tacoord.services.accounts.breached import is_breached
from tacoord.services.accounts.invitations import accept, invite
from tests.factories import PASSWORD, make_organisation, make_user
from tests.web.visits import visit_as

STOLEN = "purple lamps never sing"
FRESH = "nine green lanterns float by"


def hash_of(password: str) -> str:
    return hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()


def written(folder: Path, passwords: list[str], *, counts: bool = True, end: str = "\r\n") -> Path:
    """A file as it is given out; counts of different lengths, so that lines are too."""
    hashes = sorted(map(hash_of, passwords))
    file = folder / "hashes.txt"
    lines = [f"{each}:{7 ** (i % 12)}" if counts else each for i, each in enumerate(hashes)]
    file.write_bytes("".join(line + end for line in lines).encode())
    return file


@pytest.fixture
def stolen(tmp_path: Path) -> Path:
    return written(tmp_path, [STOLEN, *(f"stolen {number}" for number in range(50))])


@pytest.mark.parametrize("number", [1, 2, 3, 300])
@pytest.mark.parametrize(("counts", "end"), [(True, "\r\n"), (False, "\n")])
def test_each_is_found_and_no_other(tmp_path: Path, number: int, counts: bool, end: str) -> None:
    passwords = [f"stolen {each}" for each in range(number)]
    file = written(tmp_path, passwords, counts=counts, end=end)
    assert all(is_breached(each, file) for each in passwords)
    assert not any(is_breached(f"own {each}", file) for each in range(300))


def test_a_list_in_small_letters_or_without_a_last_line_end_is_read_too(tmp_path: Path) -> None:
    file = written(tmp_path, ["one", "two", "three"], end="\n")
    file.write_bytes(file.read_bytes().lower().rstrip())
    assert all(is_breached(each, file) for each in ("one", "two", "three"))


def test_no_door_takes_a_password_that_is_in_the_list(session: Session, stolen: Path) -> None:
    user = make_user(session, password=PASSWORD)
    secret = invite(session, user, by=OPERATOR)
    organisation = make_organisation(session)
    with pytest.raises(Invalid, match="password"):
        accept(session, secret, STOLEN, breached=stolen)
    with pytest.raises(Invalid):
        change_password(session, user, old=PASSWORD, new=STOLEN, breached=stolen)
    with pytest.raises(Invalid):
        add_user(
            session,
            "new@example.org",
            name="",
            organisation=organisation,
            role=Role.VIEWER,
            by=OPERATOR,
            password=STOLEN,
            breached=stolen,
        )
    change_password(session, user, old=PASSWORD, new=FRESH, breached=stolen)
    accept(session, secret, f"{FRESH} again", breached=stolen)


def test_the_pages_ask_the_list(app: APIFlask, store: Session, stolen: Path) -> None:
    given: Settings = app.config["SETTINGS"]
    app.config["SETTINGS"] = replace(given, breached_passwords=stolen)
    user = make_user(store, password=PASSWORD)
    store.commit()
    said = {"old": PASSWORD, "password": STOLEN, "again": STOLEN}
    answer = visit_as(app.test_client(), user).post("/account/password", data=said)
    assert answer.status_code == 422
    assert "was stolen somewhere" in answer.text
    secret = invite(store, user, by=OPERATOR)
    store.commit()
    by_link = app.test_client().post(f"/account/set-password/{secret}", data=said)
    assert by_link.status_code == 422
    assert "was stolen somewhere" in by_link.text
