"""What a record withholds, through every channel: its own people read it on its page, others find it nowhere."""

import io
import zipfile
from dataclasses import dataclass

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from tacoord.models import AuditEntry, Mask, Project, Role, TokenScope, User, Visibility
from tacoord.services.accounts.accounts import make_token
from tacoord.services.overlaps.overlaps import flag_overlaps
from tacoord.services.projects.drafts import Participant, Share
from tests.factories import make_organisation, make_project, make_user
from tests.services.pairs import TITLE
from tests.web.projects.typed_form import typed
from tests.web.visits import visit_as

UNIT = "Moonlit Orchard House"
WORD = "Himalayan"
SECRETS = (UNIT, WORD, "XX-MOON-11")
COUNTRY = ("Nepal", '"NP"', "<td>NP")


@dataclass
class Masked:
    project: Project
    pair: str
    own: User
    other: User
    tokens: dict[int, str]


@pytest.fixture
def world(store: Session) -> Masked:
    """Two look-alikes; one of them withholds its country, an organisation that takes part, and its description."""
    home = make_organisation(store, "Harbour House Society", verified=True)
    own = make_user(store, Role.REPORTER, organisation=home)
    other = make_user(store, Role.REPORTER)
    said = {"titles": {"en": TITLE}, "visibility": Visibility.PUBLIC, "participants": ()}
    twin = make_project(store, countries=(Share("KH"),), **said)
    said["participants"] = (Participant(UNIT, "4", "XX-MOON-11", None, "MOON-1"),)
    masked = make_project(
        store,
        organisation=home,
        masks=frozenset(Mask),
        countries=(Share("NP"),),
        descriptions={"en": f"{WORD} foothills."},
        **said,
    )
    flag_overlaps(store, twin)
    (flag,) = flag_overlaps(store, masked)
    tokens = {
        each.id: make_token(store, each, name="x", scopes=TokenScope, by=each)[1]
        for each in (own, other)
    }
    store.commit()
    return Masked(masked, flag.public_id, own, other, tokens)


def answer(client: FlaskClient, world: Masked, who: User, address: str) -> str:
    """The text of a page, an answer of the API, or a file; what lies in a workbook is unpacked."""
    place = address.format(id=world.project.public_id, pair=world.pair)
    headers = {}
    if place.startswith("/api/"):
        headers = {"Authorization": f"Bearer {world.tokens[who.id]}"}
        client = client.application.test_client()
    else:
        visit_as(client, who)
    found = client.get(place, headers=headers, buffered=True)
    assert found.status_code == 200, place
    if not place.endswith(".xlsx"):
        return found.text
    with zipfile.ZipFile(io.BytesIO(found.data)) as book:
        return "".join(book.read(name).decode() for name in book.namelist())


TELLS_OF_IT = [
    "/projects", "/projects/{id}", "/projects?region=034", "/projects?pillar=PROT",
    "/overlaps/{pair}", "/exports/projects.csv", "/exports/projects.hxl.csv",
    "/exports/projects.jsonl", "/exports/projects.xlsx", "/exports/iati.xml",
    "/api/v1/projects", "/api/v1/projects/{id}", "/api/v1/projects/{id}/overlaps",
    "/api/v1/projects?region=034", "/api/v1/overlaps", "/api/v1/overlaps/{pair}", "/api/v1/iati",
]  # fmt: skip
FINDS_NOTHING = [
    "/projects?country=NP", "/projects?q=Nepal", f"/projects?q={UNIT}", f"/projects?q={WORD}",
    "/projects?q=XX-MOON-11", f"/search?q={UNIT}", f"/search?q={WORD}", f"/organisations?q={UNIT}",
    "/overlaps?country=NP", "/api/v1/projects?country=NP", f"/api/v1/projects?q={WORD}",
    f"/api/v1/organisations?q={UNIT}",
]  # fmt: skip
MADE_OF_ALL = (
    "/projects/new", "/coverage", "/coverage?by=region", "/organisations", "/api/v1/organisations",
)  # fmt: skip


def test_others_read_of_it_without_what_is_withheld(client, world):
    leaks = []
    for address in TELLS_OF_IT:
        told = answer(client, world, world.other, address)
        assert TITLE in told or world.project.public_id in told, address
        lists_countries = address.startswith("/projects") and "{id}" not in address
        for secret in SECRETS if lists_countries else SECRETS + COUNTRY:
            leaks += [(address, secret)] if secret in told else []
    assert leaks == []


def test_nobody_finds_it_by_what_is_withheld(client, world):
    found = []
    for who in (world.other, world.own):
        for address in FINDS_NOTHING:
            told = answer(client, world, who, address)
            found += [address] if world.project.public_id in told or TITLE in told else []
    assert found == []


def test_what_is_made_of_all_records_holds_nothing_of_it(client, world):
    told = {each: answer(client, world, world.other, each) for each in MADE_OF_ALL}
    assert [(where, it) for where, text in told.items() for it in SECRETS if it in text] == []


def test_a_country_says_the_same_of_it_as_its_neighbours(client, world):
    """It is work in the region: the page of the country that is withheld does not stand out."""
    pages = [answer(client, world, world.other, f"/countries/{code}") for code in ("NP", "BT")]
    assert [page.count(world.project.public_id) for page in pages] == [1, 1]


OWN = ("/projects/{id}", "/projects/{id}/edit", "/api/v1/projects/{id}", "/exports/projects.jsonl")


@pytest.mark.parametrize("address", OWN)
def test_its_own_people_read_the_whole_which_is_written_down(client, store, world, address):
    told = answer(client, world, world.own, address)
    assert UNIT in told
    assert WORD in told
    store.rollback()
    noted = store.scalars(select(AuditEntry).where(AuditEntry.subject == "project")).all()
    exported = store.scalars(select(AuditEntry).where(AuditEntry.action == "project.exported"))
    assert noted or [each.details["restricted"] for each in exported] == [1]


def test_the_form_withholds_and_shows_again(client, store, world):
    kept = typed(world.own, title="A house", masks=["participants"], version="")
    made = visit_as(client, world.own).post("/projects/new", data=kept | {"do": "register"})
    assert made.status_code == 302, made.text
    store.rollback()
    project = store.scalars(select(Project).where(Project.title == "A house")).one()
    assert project.masks == ["participants"]


def test_the_form_says_which_names_it_does_not_take_out(client, world):
    page = visit_as(client, world.own).get("/projects/new").text
    assert "names of towns, rivers or shelters there stay in sight." in page


def test_a_program_that_says_nothing_of_masks_opens_nothing(client, store, world):
    headers = {"Authorization": f"Bearer {world.tokens[world.own.id]}"}
    place = f"/api/v1/projects/{world.project.public_id}"
    read = client.get(place, headers=headers)
    body = {name: value for name, value in read.json.items() if name != "masks"}
    sent = client.put(place, json=body, headers={**headers, "If-Match": read.headers["ETag"]})
    assert sent.json["masks"] == ["description", "participants", "places"]
    opened = client.put(
        place, json={**body, "masks": []}, headers={**headers, "If-Match": sent.headers["ETag"]}
    )
    assert opened.json["masks"] == []
    assert UNIT in answer(client, world, world.other, "/projects/{id}")
