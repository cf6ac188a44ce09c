"""Figures for machines that watch: only of what everybody may know, and only to this machine."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tacoord.models import Visibility
from tacoord.services.overlaps.overlaps import flag_overlaps
from tests.factories import make_organisation
from tests.services.pairs import a_draft, a_project


def test_the_figures_count_no_hidden_record(client: FlaskClient, store: Session) -> None:
    for visibility in (Visibility.PUBLIC, Visibility.REGISTERED, Visibility.ORGANISATION):
        said = a_draft(visibility=visibility)
        flag_overlaps(store, a_project(store, make_organisation(store), said))
    store.commit()
    figures = client.get("/metrics").get_data(as_text=True)
    assert "tacoord_projects 2.0" in figures
    assert 'tacoord_overlaps{verdict="open"} 1.0' in figures


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"])
def test_what_a_proxy_passes_on_is_not_from_this_machine(client: FlaskClient, header: str) -> None:
    assert client.get("/metrics").status_code == 200
    assert client.get("/metrics", headers={header: "for=203.0.113.9"}).status_code == 404


def test_nothing_but_what_never_changes_is_kept_by_a_cache(client: FlaskClient) -> None:
    with client.get("/static/tacoord.css") as answer:
        assert answer.cache_control.max_age
    for address in ("/healthz", "/metrics", "/account/sign-in", "/api/v1/iati"):
        assert client.get(address).headers["Cache-Control"] == "no-store"
