"""An e-mail address is one that others can write to, whichever door takes it."""

import pytest
from sqlalchemy.orm import Session

from tacoord.errors import Invalid
from tacoord.models import Role
from tacoord.policy import OPERATOR
from tacoord.services.accounts.accounts import add_user, is_address
from tests.factories import make_organisation, make_project


@pytest.mark.parametrize("text", ["me@example.org", "a.b+c@mail.example.org", "ann@bücher.example"])
def test_an_address_has_a_name_and_a_host_with_a_point(text: str) -> None:
    assert is_address(text)


@pytest.mark.parametrize(
    "text",
    [
        "me@nowhere",
        "me@localhost",
        "me@.org",
        "me@org.",
        "me@a..org",
        "a@b@c.org",
        "@a.org",
        "a b@c.org",
        "",
    ],
)
def test_what_nobody_can_write_to_is_no_address(text: str) -> None:
    assert not is_address(text)


def test_a_contact_without_a_point_in_its_host_is_refused(session: Session) -> None:
    with pytest.raises(Invalid) as refused:
        make_project(session, contact_email="me@nowhere")
    assert [str(each) for each in refused.value.problems] == ["This is not an e-mail address."]


def test_an_account_without_a_point_in_its_host_is_refused(session: Session) -> None:
    with pytest.raises(Invalid, match="not an e-mail address"):
        add_user(
            session,
            "me@nowhere",
            name="Me",
            organisation=make_organisation(session),
            role=Role.VIEWER,
            by=OPERATOR,
        )
