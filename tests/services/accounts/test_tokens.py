"""Tokens of programs: what they may do is kept with them, and stands in the audit trail, which keeps no names."""

import pytest
from sqlalchemy import select

from tacoord.models import AuditEntry, TokenScope
from tacoord.services.accounts.accounts import find_token, make_token
from tests.factories import make_user


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ((), []),
        ([TokenScope.OVERLAPS, TokenScope.PROJECTS, TokenScope.OVERLAPS], ["projects", "overlaps"]),
        (TokenScope, ["projects", "overlaps", "assistance"]),
    ],
)
def test_a_token_keeps_its_scopes_and_the_trail_names_them(session, given, kept):
    user = make_user(session)
    _, secret = make_token(session, user, name="export", scopes=given, by=user)
    session.expire_all()
    assert find_token(session, secret).scopes == kept
    made = select(AuditEntry).where(AuditEntry.action == "user.token_made")
    (entry,) = session.scalars(made).all()
    assert entry.details == {"scopes": kept}
