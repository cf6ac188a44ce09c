"""Pages of organisations and search."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tacoord.models import Organisation, Role, User
from tacoord.services.organisations.organisations import add_organisation
from tacoord.services.organisations.register import organisation_draft
from tests.factories import make_organisation, make_project, make_user
from tests.web.visits import visit_as


@pytest.fixture
def admin(store: Session, client: FlaskClient) -> User:
    """Who looks after one organisation's entry, signed in."""
    user = make_user(store, Role.ORG_ADMIN)
    store.commit()
    visit_as(client, user)
    return user


def typed(organisation: Organisation, **values: object) -> dict[str, object]:
    return {
        "version": str(organisation.version),
        "name": "Lantern Trust",
        "acronym": "LATR",
        "type": "22",
        "country": "FJ",
        "aliases": "Fundación Linterna\nStichting Lantaarn",
        "identifiers": "XX-REG-0042",
        "mandate": ["TIP-6"],
        "countries": ["FJ", "KH"],
        **values,
    }


def test_the_own_admin_says_what_the_organisation_is(
    client: FlaskClient, admin: User, store: Session
) -> None:
    address = f"/organisations/{admin.organisation.public_id}"
    assert client.get(f"{address}/edit").status_code == 200
    answer = client.post(f"{address}/edit", data=typed(admin.organisation))
    assert answer.location == address
    page = client.get(address).get_data(as_text=True)
    for words in ("Lantern Trust", "Stichting Lantaarn", "XX-REG-0042", "Cambodia"):
        assert words in page
    found = client.get("/organisations?q=linterna").get_data(as_text=True)
    assert address in found


def test_problems_stand_at_their_fields_and_nothing_is_lost(
    client: FlaskClient, admin: User, store: Session
) -> None:
    add_organisation(store, name="First", ref="XX-REG-1001", verified=True)
    store.commit()
    wrong = typed(admin.organisation, name="", website="example", identifiers="XX-REG-1001")
    answer = client.post(f"/organisations/{admin.organisation.public_id}/edit", data=wrong)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "Stichting Lantaarn" in page
    assert '<a href="#name">' in page
    named = typed(admin.organisation, website="example", identifiers="XX-REG-1001")
    again = client.post(f"/organisations/{admin.organisation.public_id}/edit", data=named)
    assert set(re.findall(r'<li><a href="#([^"]+)">', again.get_data(as_text=True))) == {
        "website",
        "identifiers",
    }


def test_who_saves_over_a_newer_entry_sees_both(
    client: FlaskClient, admin: User, store: Session
) -> None:
    address = f"/organisations/{admin.organisation.public_id}/edit"
    stale = typed(admin.organisation)
    assert client.post(address, data=typed(admin.organisation, name="Renamed")).status_code == 302
    answer = client.post(address, data=stale)
    assert answer.status_code == 409
    assert "Renamed" in answer.get_data(as_text=True)
    assert "Stichting Lantaarn" in answer.get_data(as_text=True)


def test_nobody_else_changes_it(client: FlaskClient, admin: User, store: Session) -> None:
    other = make_organisation(store, verified=True)
    store.commit()
    address = f"/organisations/{other.public_id}"
    assert client.post(f"{address}/edit", data=typed(other)).status_code == 403
    assert f"{address}/edit" not in client.get(address).get_data(as_text=True)
    assert client.get("/organisations/nosuchthing").status_code == 404
    store.refresh(other)
    assert organisation_draft(other).acronym is None


def test_two_that_look_alike_are_told_apart_by_a_button_and_that_is_taken_back(
    client: FlaskClient, store: Session
) -> None:
    visitor = make_user(store, Role.COORDINATOR)
    known = make_organisation(store, "Lamp Makers Union", verified=True)
    spelled = make_organisation(store, "Lamp Makers Unions", verified=False)
    make_project(store, organisation=spelled)
    store.commit()
    visit_as(client, visitor)
    both = {"one": spelled.public_id, "other": known.public_id}
    assert "These are different" in client.get("/organisations/alike").text
    page = client.post("/organisations/alike/different", data=both, follow_redirects=True).text
    assert "No two entries look alike" in page
    assert "They may be one after all" in page
    page = client.post("/organisations/alike/may-be-one", data=both, follow_redirects=True).text
    assert "These are different" in page
    assert "They may be one after all" not in page


def test_search_finds_projects_organisations_and_countries(
    client: FlaskClient, admin: User, store: Session
) -> None:
    add_organisation(store, name="Cambodian Lantern House", verified=True)
    make_project(store, titles={"fr": "Sécurité à Phnom Penh"})
    store.commit()
    page = client.get("/search?q=cambod").get_data(as_text=True)
    for words in ("/countries/KH", "Cambodian Lantern House", "Sécurité à Phnom Penh"):
        assert words in page
    assert "Sécurité" in client.get("/search?q=SECURITE+phnom").get_data(as_text=True)
    assert "Sécurité" in client.get("/search?q=柬埔寨").get_data(as_text=True)
    assert "Nothing was found" in client.get("/search?q=securite+lima").get_data(as_text=True)


def test_facets_narrow_and_are_taken_away(client: FlaskClient, admin: User, store: Session) -> None:
    for code in ("KH", "LA", "LA"):
        share = make_project(store, titles={"en": f"River work {code}"})
        share.tags[0].code = code
    store.commit()
    page = client.get("/search?q=river").get_data(as_text=True)
    assert re.search(r'country=LA">[^<]+</a> <span class="quiet">2<', page)
    narrowed = client.get("/search?q=river&country=KH").get_data(as_text=True)
    assert "River work KH" in narrowed
    assert "River work LA" not in narrowed
    assert 'class="chip"' in narrowed
