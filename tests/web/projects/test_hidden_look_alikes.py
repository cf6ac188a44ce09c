"""Saving a record: what it looks like and is hidden leads nowhere else."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tacoord.models import Role, Visibility
from tacoord.services.overlaps.overlaps import flag_overlaps
from tests.factories import make_organisation, make_user
from tests.services.pairs import TEXT, TITLE, a_draft, a_project
from tests.web.projects.typed_form import typed
from tests.web.visits import visit_as


@pytest.mark.parametrize("hidden", [True, False])
def test_saving_leads_to_look_alikes_only_where_there_are_some_to_be_seen(
    client: FlaskClient, store: Session, hidden: bool
) -> None:
    reporter = make_user(store, Role.REPORTER)
    other = a_draft(visibility=Visibility.ORGANISATION if hidden else Visibility.REGISTERED)
    flag_overlaps(store, a_project(store, make_organisation(store), other))
    own = a_project(store, reporter.organisation, a_draft(title="Nothing like it", text="-"))
    store.commit()
    same = typed(
        reporter, version=str(own.version), title=TITLE, description=TEXT,
        planned_start="2024-03-01", planned_end="2029-02-28",
        **{"budget-0-amount": "1250000", "budget-0-currency": "USD"},
    )  # fmt: skip
    answer = visit_as(client, reporter).post(f"/projects/{own.public_id}/edit", data=same)
    place = f"/projects/{own.public_id}"
    assert answer.location == (place if hidden else f"{place}/registered")
