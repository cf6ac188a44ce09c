"""Every operation of the API document x every role: statuses, problems in one shape, bodies that match their schema."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tacoord.models import Role
from tests.support.databases import Databases
from tests.web.access_world import World, standing_world

PROBLEM = "application/problem+json"

# Operation, what stands in braces, what each of the eight roles gets, and which get something else. A body is sent
# where BODIES has one, and If-Match where the operation asks for it.
TABLE = """
GET    /digests                          -               200
GET    /digests/{issue_id}               our_issue       404 secretary=200 coordinator=200
GET    /digests/{issue_id}               their_issue     404 coordinator=200
GET    /gaps                             -               200
GET    /groups                           -               200
GET    /groups/{code}                    their_group     200
GET    /groups/{code}                    -               404
GET    /iati                             -               200
GET    /imports                          -               200
POST   /imports                          -               403 reporter=202 org-admin=202 coordinator=202
GET    /imports/{import_id}              our_import      200
GET    /imports/{import_id}              their_import    404 coordinator=200
GET    /imports/{import_id}/undo         our_import      403 reporter=409 org-admin=409 coordinator=409
POST   /imports/{import_id}/undo         our_import      403
GET    /offers                           -               200
POST   /offers                           -               403 reporter=201 org-admin=201
GET    /offers/{offer_id}                standing_offer  200
GET    /offers/{offer_id}                offer_to_us     200
GET    /offers/{offer_id}                hidden_offer    404 coordinator=200
GET    /organisations                    -               200
GET    /organisations/{organisation_id}  their_organisation 200
GET    /organisations/{organisation_id}  -               404
GET    /overlaps                         -               200
GET    /overlaps/{overlap_id}            our_overlap     200
GET    /overlaps/{overlap_id}            hidden_overlap  404 coordinator=200
POST   /overlaps/{overlap_id}/decision   our_overlap     403
POST   /overlaps/{overlap_id}/decision   their_overlap   403 reviewer=200 coordinator=200
POST   /overlaps/{overlap_id}/decision   hidden_overlap  404 coordinator=200
GET    /projects                         -               200
POST   /projects                         -               403 reporter=201 org-admin=201 coordinator=201
GET    /projects/{project_id}            our_draft       200
GET    /projects/{project_id}            their_project   200
GET    /projects/{project_id}            hidden_project  404 coordinator=200
PUT    /projects/{project_id}            our_project     403 reporter=200 org-admin=200 coordinator=200
PUT    /projects/{project_id}            their_project   403 coordinator=200
PUT    /projects/{project_id}            hidden_project  404 coordinator=200
DELETE /projects/{project_id}            our_project     403 reporter=204 org-admin=204 coordinator=204
DELETE /projects/{project_id}            their_project   403 coordinator=204
DELETE /projects/{project_id}            hidden_project  404 coordinator=204
GET    /projects/{project_id}/overlaps   their_project   200
GET    /projects/{project_id}/overlaps   hidden_project  404 coordinator=200
GET    /requests                         -               200
POST   /requests                         -               403 focal-point=201
GET    /requests/{request_id}            their_request   200
GET    /requests/{request_id}            hidden_request  404 coordinator=200
GET    /requests/{request_id}/matches    our_request     200
GET    /requests/{request_id}/matches    hidden_request  404 coordinator=200
POST   /similar                          -               200
GET    /vocabularies/{name}              -               404
"""

BODIES: dict[str, Any] = {
    "POST /imports": b'{"id": "a", "title": {"en": "Hotline"}}\n',
    "POST /offers": {"title": "Trainers", "text": "Two of them.", "pillars": ["PROT"]},
    "POST /overlaps/{overlap_id}/decision": {"verdict": "unrelated", "note": "Other years."},
    "POST /projects": {"title": {"en": "Hotline for seafarers"}, "countries": [{"code": "PH"}]},
    "PUT /projects/{project_id}": {"title": {"en": "Another title"}},
    "POST /requests": {
        "country": "KH",
        "title": "Training",
        "need": "Skills.",
        "pillars": ["PROT"],
    },
    "POST /similar": {"title": {"en": "Radio plays on job offers, Lagos"}},
}
ROWS = [line.split() for line in TABLE.strip().splitlines()]


@pytest.fixture(scope="module")
def world(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with standing_world(databases, tmp_path_factory.mktemp("home"), TESTING=True) as made:
        yield made


@pytest.fixture(scope="module")
def document(world: World) -> dict[str, Any]:
    return world.app.test_client().get("/api/v1/openapi.json").json


@pytest.mark.parametrize("row", ROWS, ids=lambda row: " ".join(row[:3]))
def test_every_role_gets_what_the_table_says_in_the_shape_of_the_document(
    world: World, document: dict[str, Any], row: list[str]
):
    method, path, name, everybody, *others = row
    expected = {role.value: int(everybody) for role in Role} | {
        role: int(status) for role, status in (each.split("=") for each in others)
    }
    got = {}
    for role in Role:
        answer = call(world, role, method, path, name)
        got[role.value] = answer.status_code
        check(document, method, path, answer)
    assert got == expected


@pytest.mark.parametrize("row", ROWS, ids=lambda row: " ".join(row[:3]))
def test_without_a_token_nothing_is_told(world: World, document: dict[str, Any], row: list[str]):
    answer = call(world, None, *row[:3])
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    check(document, row[0], row[1], answer)


def test_every_operation_has_its_row(document: dict[str, Any]):
    described = {
        (method.upper(), path.removeprefix("/api/v1"))
        for path, operations in document["paths"].items()
        for method in operations
        if method != "parameters"
    }
    assert described == {(method, path) for method, path, *_ in ROWS}


def test_a_vocabulary_is_told_in_the_shape_of_the_document(world: World, document: dict[str, Any]):
    client = world.app.test_client()
    headers = {"Authorization": f"Bearer {world.secrets[Role.VIEWER]}"}
    answer = client.get("/api/v1/vocabularies/measure", headers=headers)
    assert answer.status_code == 200
    check(document, "GET", "/vocabularies/{name}", answer)


@pytest.mark.parametrize(
    "path", ["/projects", "/overlaps", "/requests", "/offers", "/organisations", "/groups"]
)
def test_pages_of_a_list_hold_each_thing_once(world: World, path: str):
    client = world.app.test_client()
    headers = {"Authorization": f"Bearer {world.secrets[Role.COORDINATOR]}"}
    whole = client.get(f"/api/v1{path}?limit=200", headers=headers).json["items"]
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = client.get(f"/api/v1{path}?limit=2&cursor={cursor}", headers=headers).json
        assert len(page["items"]) <= 2
        seen += [each["id"] for each in page["items"]]
        cursor = page["next"]
    assert seen == [each["id"] for each in whole]
    assert len(seen) == len(set(seen)) > 1


def call(world: World, role: Role | None, method: str, path: str, name: str) -> Any:
    place, _, rest = path.partition("{")
    value = world.names.get(name, "nowhere")
    address = f"/api/v1{place}{value}{rest.partition('}')[2]}" if rest else f"/api/v1{path}"
    headers = {"Authorization": f"Bearer {world.secrets[role]}"} if role else {}
    client = world.app.test_client()
    if method in ("PUT", "DELETE"):
        headers["If-Match"] = client.get(address, headers=headers).headers.get("ETag", '"none"')
    body = BODIES.get(f"{method} {path}")
    said = {"data": body} if isinstance(body, bytes) else {"json": body} if body else {}
    return client.open(address, method=method, headers=headers, buffered=True, **said)


def check(document: dict[str, Any], method: str, path: str, answer: Any) -> None:
    """The answer has a status, a media type and a body that the document describes."""
    told = document["paths"][f"/api/v1{path}"][method.lower()]["responses"]
    status = str(answer.status_code)
    if answer.status_code >= 400:
        assert answer.mimetype == PROBLEM
        schema = {"$ref": "#/components/schemas/Problem"}
    else:
        assert status in told, (method, path, status, sorted(told))
        content = told[status].get("content", {})
        assert (answer.mimetype in content) or not answer.data
        schema = content.get("application/json", {}).get("schema")
    if answer.is_json or answer.mimetype == PROBLEM:
        strict = _strict({"components": document["components"], **schema})
        Draft202012Validator(strict).validate(json.loads(answer.data))


def _strict(part: Any) -> Any:
    """The schema, refusing names that it does not describe: what is told must stand in the document."""
    if isinstance(part, dict):
        said = {name: _strict(each) for name, each in part.items()}
        if isinstance(said.get("properties"), dict) and said.get("type") == "object":
            said.setdefault("additionalProperties", False)
        return said
    return [_strict(each) for each in part] if isinstance(part, list) else part
