"""No input of a stranger makes the application fail: nothing is answered with 500, whatever is sent to any door."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tacoord.models import Role
from tests.support import hostile
from tests.support.databases import Databases
from tests.support.hostile import FORM, JSON, Door, encoded, send
from tests.web.access_world import World, standing_world

TRIES = 50
"""Of each kind of oddity: the suite must stay quick. Raise it for a night's run."""

often = settings(
    max_examples=TRIES,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
NOT_READY = "/readyz"


@pytest.fixture(scope="module")
def world(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    home = tmp_path_factory.mktemp("home")
    config = {"WTF_CSRF_ENABLED": False, "PROPAGATE_EXCEPTIONS": False}
    with standing_world(databases, home, **config) as made:
        yield made


@pytest.fixture(scope="module")
def doors(world: World) -> list[Door]:
    return [door for door in hostile.doors(world) if door.rule != NOT_READY]


def withstands(world: World, door: Door, **changed: Any) -> None:
    status = send(world, door, **changed).status_code
    assert status < 500, (str(door), door.role, changed)


def test_every_door_is_tried_by_somebody_whom_it_lets_in(world: World, doors: list[Door]):
    shut = {str(door) for door in doors if send(world, door).status_code in (401, 403)}
    assert shut == set()
    assert len(doors) > 100


@often
@given(data=st.data())
def test_an_odd_place_in_an_address_does_no_harm(world: World, doors: list[Door], data):
    door = data.draw(st.sampled_from([door for door in doors if door.places]), label="door")
    place = data.draw(st.sampled_from(door.places))
    odd = data.draw(st.sampled_from(hostile.TEXTS))
    withstands(world, door, path=door.path.replace(place, hostile.quote(odd, safe=""), 1))


@often
@given(data=st.data())
def test_an_odd_question_does_no_harm(world: World, doors: list[Door], data):
    door = data.draw(
        st.sampled_from([door for door in doors if door.method == "GET"]), label="door"
    )
    names = st.sets(st.sampled_from(door.asked), min_size=1, max_size=3)
    asked = {name: data.draw(st.sampled_from(hostile.TEXTS)) for name in sorted(data.draw(names))}
    withstands(world, door, query=encoded(asked))


@often
@given(data=st.data())
def test_an_odd_field_of_a_form_does_no_harm(world: World, doors: list[Door], data):
    door = data.draw(st.sampled_from([door for door in doors if door.typed]), label="door")
    names = st.sets(st.sampled_from(sorted(door.typed)), min_size=1, max_size=2)
    odd = {name: data.draw(st.sampled_from(hostile.TEXTS)) for name in sorted(data.draw(names))}
    withstands(world, door, body=encoded({**door.typed, **odd}), content_type=FORM)


@often
@given(data=st.data())
def test_an_odd_value_in_json_does_no_harm(world: World, doors: list[Door], data):
    said = [door for door in doors if isinstance(door.said, dict)]
    door = data.draw(st.sampled_from(said), label="door")
    name = data.draw(st.sampled_from([*hostile.fields_of(world, door), "a\x00", "\ud800"]))
    odd = data.draw(st.sampled_from(hostile.VALUES) | hostile.rows_of(world, door, name))
    body = json.dumps({**door.said, name: odd}).encode()
    withstands(world, door, body=body, content_type=JSON)


@often
@given(data=st.data())
def test_an_odd_body_does_no_harm(world: World, doors: list[Door], data):
    door = data.draw(
        st.sampled_from([d for d in doors if d.method in ("POST", "PUT")]), label="door"
    )
    body = data.draw(st.sampled_from(hostile.BODIES))
    withstands(world, door, body=body, content_type=data.draw(st.sampled_from(hostile.TYPES)))


@often
@given(data=st.data())
def test_an_odd_header_does_no_harm(world: World, doors: list[Door], data):
    door = data.draw(st.sampled_from(doors), label="door")
    name = data.draw(st.sampled_from(sorted(hostile.HEADERS)))
    withstands(world, door, headers={name: data.draw(st.sampled_from(hostile.HEADERS[name]))})


def test_a_character_that_cannot_be_kept_is_refused_in_an_address_and_left_out_of_a_form(
    world: World,
):
    client = world.client(Role.REPORTER)
    assert client.get("/projects?q=a%00b").status_code == 400
    assert client.get("/projects/%00").status_code == 400
    answer = client.post("/offers/new", data={"title": "Two tra\x00iners", "pillars": "NOWHERE"})
    assert answer.status_code == 422
    assert "Two trainers" in answer.text


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/requests?page=" + "9" * 20, 200),
        ("GET", "/projects?page=" + "9" * 4400, 200),
        ("GET", "/gaps?measures=1", 200),
        ("GET", "/admin/changes?since=0001-01-01&until=9999-12-31", 200),
        ("GET", "/api/v1/gaps?measures=1", 200),
        ("GET", "/api/v1/requests?state=1", 422),
        ("GET", "/api/v1/projects?limit=" + "9" * 4400, 422),
        ("GET", "/api/v1/projects?limit=²", 422),
        ("GET", "/api/v1/overlaps?min_score=nan", 422),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_number_out_of_reason_is_told_or_brought_in_line(world: World, method, path, status):
    door = Door(method, path, Role.COORDINATOR, path)
    assert send(world, door).status_code == status


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b'{"title": ', "The body is no JSON: see line 1, column 11."),
        (b"[" * 100_000, "The body is nested too deeply."),
        (b'{"title": NaN}', "The body is no JSON in UTF-8."),
        (b"\xff", "The body is no JSON in UTF-8."),
    ],
    ids=["cut off", "deep", "nan", "bytes"],
)
def test_a_body_that_is_no_json_is_told_with_its_place(world: World, body, detail):
    door = Door("POST", "", Role.COORDINATOR, "/api/v1/projects")
    answer = send(world, door, body=body, content_type=JSON)
    assert answer.status_code == 422
    assert [problem["detail"] for problem in answer.json["errors"]] == [detail]


def test_a_version_that_is_no_number_overwrites_nothing(world: World, doors: list[Door]):
    edit = next(door for door in doors if str(door) == "POST /projects/<project_id>/edit")
    for odd in ("²", "9" * 4400, "-1"):
        body = encoded({**edit.typed, "title": "Another title", "version": odd.encode()})
        assert send(world, edit, body=body, content_type=FORM).status_code == 409


@pytest.mark.parametrize(
    ("path", "status"), [("/projects", 200), ("/overlaps", 200), ("/api/v1/overlaps", 422)]
)
def test_a_question_that_is_no_utf8_is_answered(world: World, path: str, status: int):
    door = Door("GET", path, Role.COORDINATOR, path)
    assert send(world, door, query=b"\xff\xfe=\xff&q=\xff").status_code == status


def test_a_host_that_cannot_be_is_refused_without_a_page(world: World):
    door = Door("GET", "/projects", Role.VIEWER, "/projects")
    assert send(world, door, headers={"Host": "a" * 300}).status_code == 400
