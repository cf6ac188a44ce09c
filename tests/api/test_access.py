"""The access table of the API: every operation x everybody, on one's own things, on others' and on hidden ones."""

from collections.abc import Iterator

import pytest
from werkzeug.test import TestResponse

from tacoord.models import Role
from tests.support.databases import Databases
from tests.web.access_world import Row, World, rows_of, standing_world

# As in tests/web/test_access.py; behind the bar stands the body, with "If-Match: *" where it begins with a star.
TABLE = """
GET    /api/v1/digests                                       401 200
GET    /api/v1/digests/{our_issue}                           401 404 secretary=200 coordinator=200
GET    /api/v1/digests/{their_issue}                         401 404 coordinator=200
GET    /api/v1/gaps                                          401 200
GET    /api/v1/groups                                        401 200
GET    /api/v1/groups/{our_group}                            401 200
GET    /api/v1/groups/{their_group}                          401 200
GET    /api/v1/iati                                          401 200
GET    /api/v1/iati?organisation={their_code}                401 200
GET    /api/v1/imports                                       401 200
POST   /api/v1/imports                                       401 403 reporter=422 org-admin=422 coordinator=422
POST   /api/v1/imports?organisation={their_code}             401 403 coordinator=422
GET    /api/v1/imports/{our_import}                          401 200
GET    /api/v1/imports/{their_import}                        401 404 coordinator=200
GET    /api/v1/imports/{our_import}/undo                     401 403 reporter=409 org-admin=409 coordinator=409
POST   /api/v1/imports/{our_import}/undo                     401 403
GET    /api/v1/imports/{their_import}/undo                   401 403 reporter=404 org-admin=404 coordinator=409
POST   /api/v1/imports/{their_import}/undo                   401 403 reporter=404 org-admin=404
GET    /api/v1/offers                                        401 200
POST   /api/v1/offers|{{}}                                   401 403 reporter=422 org-admin=422
GET    /api/v1/offers/{hidden_offer}                         401 404 coordinator=200
GET    /api/v1/offers/{offer_to_us}                          401 200
GET    /api/v1/offers/{our_offer}                            401 200
GET    /api/v1/offers/{standing_offer}                       401 200
GET    /api/v1/openapi.json                                  200 200
GET    /api/v1/organisations                                 401 200
GET    /api/v1/organisations/{our_organisation}              401 200
GET    /api/v1/organisations/{their_organisation}            401 200
GET    /api/v1/organisations/{hidden_organisation}           401 404 coordinator=200
GET    /api/v1/overlaps                                      401 200
GET    /api/v1/overlaps/{hidden_overlap}                     401 404 coordinator=200
GET    /api/v1/overlaps/{our_overlap}                        401 200
GET    /api/v1/overlaps/{their_overlap}                      401 200
POST   /api/v1/overlaps/{hidden_overlap}/decision|{{"verdict":"unrelated"}} 401 404 coordinator=200
POST   /api/v1/overlaps/{our_overlap}/decision|{{"verdict":"unrelated"}}    401 403
POST   /api/v1/overlaps/{their_overlap}/decision|{{"verdict":"unrelated"}}  401 403 reviewer=200 coordinator=200
GET    /api/v1/projects                                      401 200
POST   /api/v1/projects|{{}}                                 401 403 reporter=422 org-admin=422 coordinator=422
GET    /api/v1/projects/{hidden_project}                     401 404 coordinator=200
GET    /api/v1/projects/{hidden_project}/overlaps            401 404 coordinator=200
PUT    /api/v1/projects/{hidden_project}|*{{}}               401 404 coordinator=422
DELETE /api/v1/projects/{hidden_project}|*                   401 404 coordinator=204
GET    /api/v1/projects/{lent_project}                       401 404 viewer=200 reviewer=200 coordinator=200
GET    /api/v1/projects/{lent_project}/overlaps              401 404 viewer=200 reviewer=200 coordinator=200
PUT    /api/v1/projects/{lent_project}|*{{}}                 401 404 viewer=403 reviewer=403 coordinator=422
PUT    /api/v1/projects/{lent_project}|*{{"visibility":"organisation"}} 401 404 viewer=403 reviewer=422 coordinator=422
DELETE /api/v1/projects/{lent_project}|*                     401 404 viewer=403 reviewer=403 coordinator=204
GET    /api/v1/projects/{our_draft}                          401 200
GET    /api/v1/projects/{our_project}                        401 200
GET    /api/v1/projects/{our_project}/overlaps               401 200
PUT    /api/v1/projects/{our_project}|*{{}}                  401 403 reporter=422 org-admin=422 coordinator=422
DELETE /api/v1/projects/{our_project}|*                      401 403 reporter=204 org-admin=204 coordinator=204
GET    /api/v1/projects/{their_project}                      401 200
PUT    /api/v1/projects/{their_project}|*{{}}                401 403 coordinator=422
DELETE /api/v1/projects/{their_project}|*                    401 403 coordinator=204
GET    /api/v1/requests                                      401 200
POST   /api/v1/requests|{{}}                                 401 403 focal-point=422
GET    /api/v1/requests/{hidden_request}                     401 404 coordinator=200
GET    /api/v1/requests/{hidden_request}/matches             401 404 coordinator=200
GET    /api/v1/requests/{our_request}                        401 200
GET    /api/v1/requests/{our_request}/matches                401 200
GET    /api/v1/requests/{their_request}                      401 200
POST   /api/v1/similar|{{"title":{{"en":"x"}}}}              401 200
GET    /api/v1/vocabularies/nowhere                          401 404
GET    /api/v1/vocabularies/pillar                           401 200
"""
ROWS = rows_of(TABLE)


@pytest.fixture(scope="module")
def world(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    home = tmp_path_factory.mktemp("home")
    with standing_world(databases, home, TESTING=True, WTF_CSRF_ENABLED=False) as made:
        yield made


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.method} {row.address}")
def test_everybody_gets_what_the_table_says(world: World, row: Row) -> None:
    got = {role.value: _call(world, row, role).status_code for role in Role}
    assert got == {role.value: row.expected(role) for role in Role}
    assert _call(world, row, None).status_code == int(row.anonymous)


def test_what_is_hidden_answers_like_what_is_not_there(world: World) -> None:
    for row in ROWS:
        if "hidden_" in row.address and row.everybody == 404:
            known = _call(world, row, Role.VIEWER)
            name = row.address.partition("{")[2].partition("}")[0]
            other = World(**{**vars(world), "names": {**world.names, name: "a" * 16}})
            unknown = _call(other, row, Role.VIEWER)
            text = known.text.replace(world.names[name], "a" * 16)
            assert (known.status_code, text) == (unknown.status_code, unknown.text)


def test_every_operation_has_its_row(world: World) -> None:
    operations = {
        (method, rule.endpoint)
        for rule in world.app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/api/v1/")
    }
    adapter = world.app.url_map.bind("localhost")
    told = {(row.method, adapter.match(_place(world, row), row.method)[0]) for row in ROWS}
    assert operations - told == set()


def _place(world: World, row: Row) -> str:
    return row.address.format(**world.names).partition("|")[0].partition("?")[0]


def _call(world: World, row: Row, role: Role | None) -> TestResponse:
    address, _, body = row.address.format(**world.names).partition("|")
    headers = {"Authorization": f"Bearer {world.secrets[role]}"} if role else {}
    if body.startswith("*"):
        headers["If-Match"] = _tag(world, address, role)
    return world.app.test_client().open(
        address,
        method=row.method,
        data=body.lstrip("*").encode(),
        headers={**headers, "Content-Type": "application/json"},
        buffered=True,
    )


def _tag(world: World, address: str, role: Role | None) -> str:
    headers = {"Authorization": f"Bearer {world.secrets[role]}"} if role else {}
    answer = world.app.test_client().get(address, headers=headers, buffered=True)
    return answer.headers.get("ETag", '"none"')
