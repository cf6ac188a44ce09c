"""The access table: every page x everybody, on one's own things, on others' and on hidden ones."""

from collections.abc import Iterator
from urllib.parse import parse_qsl

import pytest
from werkzeug.test import TestResponse

from tacoord.models import Role
from tests.support.databases import Databases
from tests.web.access_world import Row, World, rows_of, standing_world

SIGN_IN = 302

# Method, address (| what a form says), what nobody in particular gets ("in": sent to sign in), what each of the eight
# roles gets, and which roles get something else. Everybody is of one government; "our" is that government's, or the
# secretary's group's.
TABLE = """
GET  /                                                               in 200
GET  /account                                                        in 200
POST /account                                                        in 422
POST /account/password                                               in 422
GET  /account/confirm                                                in 200
POST /account/confirm                                                in 422
GET  /account/passkeys/new                                           in 200
POST /account/passkeys/new                                           in 422
POST /account/passkeys/nowhere/remove                                in 404
POST /account/passkeys/sign-in                                      302 302
POST /account/passkeys/confirm                                       in 302
GET  /account/forgotten                                             200 200
POST /account/forgotten                                             422 422
GET  /account/provider/nowhere                                      404 404
GET  /account/provider/nowhere/back                                 404 404
GET  /account/register                                              404 404
POST /account/register                                              404 404
GET  /account/security                                               in 200
POST /account/security/app                                           in 302
GET  /account/security/app                                           in 302
POST /account/security/app/confirm                                   in 302
POST /account/security/app/remove                                    in 302
GET  /account/security/data.json                                     in 200
POST /account/security/codes                                         in 409
POST /account/security/sessions/end                                  in 302
POST /account/security/sessions/nowhere/end                          in 404
GET  /account/set-password/wrong                                    404 404
GET  /account/set-password/{link}                                   200 200
POST /account/set-password/{link}                                   422 422
GET  /account/sign-in                                               200 302
POST /account/sign-in                                               422 302
GET  /account/sign-in/second                                        302 302
POST /account/sign-in/second                                        302 302
POST /account/sign-out                                              302 302
GET  /account/tokens                                                 in 200
POST /account/tokens                                                 in 422
POST /account/tokens/{their_token}/revoke                            in 404
GET  /admin                                                          in 403 coordinator=200 admin=200
GET  /admin/audit                                                    in 403 coordinator=200 admin=200
GET  /admin/changes                                                  in 403 coordinator=200 admin=200
GET  /admin/jobs                                                     in 403 coordinator=200 admin=200
POST /admin/jobs/gaps/run                                            in 403 coordinator=302 admin=302
POST /admin/jobs/nowhere/run                                         in 403 coordinator=404 admin=404
GET  /admin/mail                                                     in 403 coordinator=200 admin=200
GET  /admin/model                                                    in 403 coordinator=200 admin=200
POST /admin/model/use                                                in 403 coordinator=404
POST /admin/model/use|version=1                                      in 403 coordinator=302
GET  /admin/people                                                   in 403 org-admin=200 admin=200
GET  /admin/people/new                                               in 403 org-admin=200 admin=200
POST /admin/people/new                                               in 403 org-admin=422 admin=422
GET  /admin/people/requests                                          in 403 admin=200
POST /admin/people/requests/nowhere/decline                          in 403 admin=404
GET  /admin/people/{our_person}                                      in 403 org-admin=200 admin=200
POST /admin/people/{our_person}/erase                                in 403 org-admin=403 admin=409
POST /admin/people/{our_person}/sessions/end                         in 403 org-admin=302 admin=302
POST /admin/people/{our_person}/factors                              in 403 org-admin=302 admin=302
POST /admin/people/{our_person}/close                                in 403 org-admin=302 admin=302
POST /admin/people/{our_person}/link                                 in 403 org-admin=201 admin=201
POST /admin/people/{our_person}/open                                 in 403 org-admin=302 admin=302
POST /admin/people/{our_person}/roles                                in 403 org-admin=422 admin=422
POST /admin/people/{our_person}/roles|role=admin&organisation={our_code}&group=  in 403 org-admin=422 admin=302
POST /admin/people/{our_person}/roles|role=reporter&organisation={our_code}&group=  in 403 org-admin=302 admin=302
POST /admin/people/{our_person}/roles|role=reporter&organisation={their_code}&group=  in 403 org-admin=422 admin=302
POST /admin/people/{our_person}/roles/take                           in 403 org-admin=404 admin=404
POST /admin/people/{our_person}/roles/take|role=viewer+{our_code}    in 403 org-admin=302 admin=302
GET  /admin/people/{their_person}                                    in 403 org-admin=404 admin=200
POST /admin/people/{their_person}/erase                              in 403 org-admin=404 admin=409
POST /admin/people/{their_person}/sessions/end                       in 403 org-admin=404 admin=302
POST /admin/people/{their_person}/factors                            in 403 org-admin=404 admin=302
POST /admin/people/{their_person}/close                              in 403 org-admin=404 admin=302
POST /admin/people/{their_person}/link                               in 403 org-admin=404 admin=201
POST /admin/people/{their_person}/open                               in 403 org-admin=404 admin=302
POST /admin/people/{their_person}/roles                              in 403 org-admin=404 admin=422
POST /admin/people/{their_person}/roles/take                         in 403 org-admin=404 admin=404
GET  /admin/vocabularies                                             in 403 coordinator=200 admin=200
GET  /admin/vocabularies/measure                                     in 403 coordinator=200 admin=200
POST /admin/vocabularies/measure                                     in 403 coordinator=422 admin=422
POST /admin/vocabularies/measure/PROT-1                              in 403 coordinator=302 admin=302
GET  /admin/vocabularies/nowhere                                     in 403 coordinator=404 admin=404
GET  /api                                                            in 200
GET  /countries                                                      in 200
GET  /countries/KH                                                   in 200
GET  /countries/QQ                                                   in 404
GET  /coverage                                                       in 200
GET  /digests/stop/wrong                                            404 404
GET  /digests/stop/{stop}                                           200 200
POST /digests/stop/{stop}                                           200 200
GET  /digests/{our_issue}                                            in 404 secretary=200 coordinator=200
GET  /digests/{their_issue}                                          in 404 coordinator=200
GET  /exports/iati.xml                                               in 200
GET  /exports/projects.csv                                           in 200
GET  /exports/projects.exe                                           in 404
GET  /gaps                                                           in 200
GET  /groups                                                         in 200
GET  /groups/{our_group}                                             in 200
GET  /groups/{our_group}/digest                                      in 403 secretary=200 coordinator=200
POST /groups/{our_group}/digest                                      in 403 secretary=302 coordinator=302
GET  /groups/{our_group}/digest/mail                                 in 403 secretary=200 coordinator=200
GET  /groups/{our_group}/members                                     in 403 secretary=200 coordinator=200
POST /groups/{our_group}/members                                     in 403 secretary=422 coordinator=422
POST /groups/{our_group}/members/{our_seat}/remove                   in 403 secretary=302 coordinator=302
GET  /groups/{our_group}/schedule                                    in 403 secretary=200 coordinator=200
POST /groups/{our_group}/schedule                                    in 403 secretary=422 coordinator=422
POST /groups/{our_group}/subscription                                in 302
POST /groups/{our_group}/subscription|wants=yes                      in 403
GET  /groups/{their_group}                                           in 200
GET  /groups/{their_group}/digest                                    in 403 coordinator=200
POST /groups/{their_group}/digest                                    in 403 coordinator=302
GET  /groups/{their_group}/digest/mail                               in 403 coordinator=200
GET  /groups/{their_group}/members                                   in 403 coordinator=200
POST /groups/{their_group}/members                                   in 403 coordinator=422
POST /groups/{their_group}/members/{their_seat}/remove               in 403 coordinator=302
GET  /groups/{their_group}/schedule                                  in 403 coordinator=200
POST /groups/{their_group}/schedule                                  in 403 coordinator=422
POST /groups/{their_group}/subscription|wants=yes                    in 403
GET  /healthz                                                       200 200
GET  /imports                                                        in 200
POST /imports                                                        in 403 reporter=422 org-admin=422 coordinator=422
GET  /imports/template.xlsx                                          in 403 reporter=200 org-admin=200 coordinator=200
GET  /imports/{our_import}                                           in 403 reporter=200 org-admin=200 coordinator=200
GET  /imports/{our_import}/undo                                      in 403 reporter=302 org-admin=302 coordinator=302
POST /imports/{our_import}/undo                                      in 403 reporter=403 org-admin=403 coordinator=403
POST /imports/{our_import}                                           in 403 reporter=302 org-admin=302 coordinator=302
GET  /imports/{their_import}                                         in 403 reporter=404 org-admin=404 coordinator=200
GET  /imports/{their_import}/undo                                    in 403 reporter=404 org-admin=404 coordinator=302
POST /imports/{their_import}/undo                                    in 403 reporter=404 org-admin=404 coordinator=403
POST /imports/{their_import}                                         in 403 reporter=404 org-admin=404 coordinator=302
GET  /metrics                                                       200 200
GET  /offers                                                         in 200
GET  /offers/new                                                     in 403 reporter=200 org-admin=200
POST /offers/new                                                     in 403 reporter=422 org-admin=422
GET  /offers/{hidden_offer}                                          in 404 coordinator=200
POST /offers/{hidden_offer}/answer|answer=accept                     in 403 focal-point=404
POST /offers/{hidden_offer}/withdraw                                 in 403 reporter=404 org-admin=404
GET  /offers/{offer_to_us}                                           in 200
POST /offers/{offer_to_us}/answer                                    in 403 focal-point=302
GET  /offers/{our_offer}                                             in 200
POST /offers/{our_offer}/withdraw                                    in 403 reporter=302 org-admin=302
GET  /offers/{standing_offer}                                        in 200
POST /offers/{standing_offer}/withdraw                               in 403
GET  /organisations                                                  in 200
GET  /organisations/alike                                            in 403 coordinator=200 admin=200
POST /organisations/alike/different|one={our_organisation}&other={their_organisation} in 403 coordinator=302 admin=302
POST /organisations/alike/may-be-one|one={our_organisation}&other={their_organisation} in 403 coordinator=302 admin=302
GET  /organisations/{hidden_organisation}                            in 404 coordinator=200
GET  /organisations/{hidden_organisation}/edit                       in 403 org-admin=404 coordinator=200 admin=404
POST /organisations/{hidden_organisation}/edit                       in 403 org-admin=404 coordinator=422 admin=404
GET  /organisations/{our_organisation}                               in 200
GET  /organisations/{our_organisation}/merge                         in 403
GET  /organisations/{our_organisation}/merge/{their_organisation}    in 403
POST /organisations/{our_organisation}/merge/{their_organisation}    in 403
GET  /organisations/{our_organisation}/edit                          in 403 org-admin=200 coordinator=200 admin=200
POST /organisations/{our_organisation}/edit                          in 403 org-admin=422 coordinator=422 admin=422
GET  /organisations/{their_organisation}                             in 200
GET  /organisations/{their_organisation}/merge                       in 403 coordinator=200
GET  /organisations/{hidden_organisation}/merge                      in 403 coordinator=200
GET  /organisations/{their_organisation}/merge/{hidden_organisation}  in 403 coordinator=200
GET  /organisations/{their_organisation}/merge/nowhere               in 403 coordinator=404
POST /organisations/{their_organisation}/merge/{hidden_organisation}  in 403 coordinator=422
POST /organisations/{their_organisation}/merge/{hidden_organisation}|keep={their_organisation}  in 403 coordinator=302
POST /organisations/{their_organisation}/merge/{hidden_organisation}|keep={hidden_organisation}  in 403 coordinator=422
GET  /organisations/{their_organisation}/edit                        in 403 coordinator=200 admin=200
POST /organisations/{their_organisation}/edit                        in 403 coordinator=422 admin=422
GET  /overlaps                                                       in 200
GET  /overlaps/{hidden_overlap}                                      in 404 coordinator=200
POST /overlaps/{hidden_overlap}/decision                             in 404 coordinator=422
POST /overlaps/{hidden_overlap}/decision|verdict=unrelated           in 404 coordinator=302
GET  /overlaps/{our_overlap}                                         in 200
POST /overlaps/{our_overlap}/decision|verdict=unrelated              in 403
GET  /overlaps/{their_overlap}                                       in 200
POST /overlaps/{their_overlap}/decision|verdict=unrelated            in 403 reviewer=302 coordinator=302
GET  /projects                                                       in 200
GET  /projects/new                                                   in 403 reporter=200 org-admin=200 coordinator=200
POST /projects/new                                                   in 403 reporter=422 org-admin=422 coordinator=422
POST /projects/similar                                               in 403 reporter=200 org-admin=200 coordinator=200
GET  /projects/{hidden_project}                                      in 404 coordinator=200
POST /projects/{hidden_project}/confirm                              in 403 reporter=404 org-admin=404 coordinator=302
GET  /projects/{hidden_project}/edit in 403 reporter=404 org-admin=404 reviewer=404 coordinator=200
POST /projects/{hidden_project}/edit in 403 reporter=404 org-admin=404 reviewer=404 coordinator=422
GET  /projects/{hidden_project}/registered                           in 404 coordinator=200
POST /projects/{hidden_project}/withdraw                             in 403 reporter=404 org-admin=404 coordinator=302
GET  /projects/{hidden_project}/people                               in 403 org-admin=404
POST /projects/{hidden_project}/people                               in 403 org-admin=404
GET  /projects/{lent_project}                                        in 404 viewer=200 reviewer=200 coordinator=200
POST /projects/{lent_project}/confirm                                in 403 reporter=404 org-admin=404 coordinator=302
GET  /projects/{lent_project}/edit in 403 reporter=404 org-admin=404 reviewer=200 coordinator=200
POST /projects/{lent_project}/edit in 403 reporter=404 org-admin=404 reviewer=422 coordinator=422
GET  /projects/{lent_project}/people                                 in 403 org-admin=404
GET  /projects/{lent_project}/registered                             in 404 viewer=200 reviewer=200 coordinator=200
POST /projects/{lent_project}/withdraw                               in 403 reporter=404 org-admin=404 coordinator=302
GET  /projects/{our_draft}                                           in 200
GET  /projects/{our_project}                                         in 200
POST /projects/{our_project}/confirm                                 in 403 reporter=302 org-admin=302 coordinator=302
GET  /projects/{our_project}/edit                                    in 403 reporter=200 org-admin=200 coordinator=200
POST /projects/{our_project}/edit                                    in 403 reporter=422 org-admin=422 coordinator=422
GET  /projects/{our_project}/people                                  in 403 org-admin=200
POST /projects/{our_project}/people                                  in 403 org-admin=422
POST /projects/{our_project}/people|email=who@example.org&role=viewer  in 403 org-admin=302
POST /projects/{our_project}/people/{our_role}/take                  in 403 org-admin=302
POST /projects/{our_project}/people/nowhere/take                     in 403 org-admin=404
GET  /projects/{our_project}/registered                              in 200
POST /projects/{our_project}/restore                                 in 403 reporter=409 org-admin=409 coordinator=409
POST /projects/{our_project}/withdraw                                in 403 reporter=302 org-admin=302 coordinator=302
GET  /projects/{their_project}                                       in 200
POST /projects/{their_project}/confirm                               in 403 coordinator=302
GET  /projects/{their_project}/edit                                  in 403 coordinator=200
POST /projects/{their_project}/edit                                  in 403 coordinator=422
GET  /projects/{their_project}/people                                in 403
POST /projects/{their_project}/people|email=who@example.org&role=viewer  in 403
POST /projects/{their_project}/people/{our_role}/take                in 403
POST /projects/{their_project}/restore                               in 403 coordinator=409
POST /projects/{their_project}/withdraw                              in 403 coordinator=302
GET  /readyz                                                        503 503
GET  /requests                                                       in 200
GET  /requests/new                                                   in 403 focal-point=200
POST /requests/new                                                   in 403 focal-point=302
GET  /requests/{hidden_request}                                      in 404 coordinator=200
GET  /requests/{hidden_request}/edit                                 in 403 focal-point=404
GET  /requests/{hidden_request}/offer                                in 403 reporter=404 org-admin=404
GET  /requests/{our_request}                                         in 200
POST /requests/{our_request}/close                                   in 403 focal-point=302
GET  /requests/{our_request}/edit                                    in 403 focal-point=302
POST /requests/{our_request}/edit                                    in 403 focal-point=302
GET  /requests/{our_request}/offer                                   in 403
POST /requests/{our_request}/offer|title=Trainers&text=-&pillars=PROT in 403
POST /requests/{our_request}/withdraw                                in 403 focal-point=302
GET  /requests/{their_request}                                       in 200
POST /requests/{their_request}/close                                 in 403
GET  /requests/{their_request}/edit                                  in 403
POST /requests/{their_request}/edit                                  in 403
GET  /requests/{their_request}/offer                                 in 403 reporter=200 org-admin=200
POST /requests/{their_request}/offer                                 in 403 reporter=422 org-admin=422
POST /requests/{their_request}/withdraw                              in 403
GET  /search                                                         in 200
"""


ROWS = rows_of(TABLE)


@pytest.fixture(scope="module")
def world(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    home = tmp_path_factory.mktemp("home")
    with standing_world(databases, home, TESTING=True, WTF_CSRF_ENABLED=False) as made:
        yield made


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.method} {row.address}")
def test_everybody_gets_what_the_table_says(world: World, row: Row):
    got = {role.value: _call(world, row, role).status_code for role in Role}
    assert got == {role.value: row.expected(role) for role in Role}
    answer = _call(world, row, None)
    if row.anonymous == "in":
        assert answer.status_code == SIGN_IN
        assert answer.headers["Location"].startswith("/account/sign-in?next=")
    else:
        assert answer.status_code == int(row.anonymous)


def test_every_page_has_its_row(world: World):
    pages = {
        (method, rule.endpoint)
        for rule in world.app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
        if rule.endpoint != "static" and not rule.rule.startswith("/api/v1/")
    }
    adapter = world.app.url_map.bind("localhost")
    told = {
        (row.method, adapter.match(row.address.format(**world.names).split("|")[0], row.method)[0])
        for row in ROWS
    }
    assert pages - told == set()


def test_every_name_of_the_table_is_used(world: World):
    assert [name for name in world.names if f"{{{name}}}" not in TABLE] == []


@pytest.mark.parametrize(
    "address", ["/nowhere", "/projects/aaaaaaaaaaaaaaaa/nowhere", "/static/../app.py"]
)
def test_what_does_not_exist_is_not_there_for_anybody(world: World, address: str):
    for role in (None, *Role):
        assert world.client(role).get(address).status_code == 404


def test_a_method_that_a_page_does_not_know_is_refused(world: World):
    assert world.client(Role.ADMIN).delete("/projects").status_code == 405


def _call(world: World, row: Row, role: Role | None) -> TestResponse:
    address, _, said = row.address.format(**world.names).partition("|")
    form = dict(parse_qsl(said, keep_blank_values=True))
    return world.client(role).open(address, method=row.method, data=form or None, buffered=True)
