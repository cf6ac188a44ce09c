"""The API describes itself: valid OpenAPI 3.1, every route in it, every error in one shape."""

from openapi_spec_validator import validate

PROBLEM = "application/problem+json"


def test_the_document_is_valid_openapi(client):
    answer = client.get("/api/v1/openapi.json")
    assert answer.status_code == 200
    assert answer.json["openapi"].startswith("3.1")
    validate(answer.json)


def test_every_route_is_described_with_summary_and_problem(app, client):
    paths = client.get("/api/v1/openapi.json").json["paths"]
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith("/api/v1/") or rule.endpoint.startswith("openapi"):
            continue
        path = rule.rule.replace("<", "{").replace(">", "}")
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            operation = paths[path][method.lower()]
            assert operation["summary"], (path, method)
            assert operation["responses"]["default"]["$ref"].endswith("/Problem"), (path, method)


def test_what_users_hold_on_to_is_there(client):
    paths = client.get("/api/v1/openapi.json").json["paths"]
    for path in (
        "projects",
        "projects/{project_id}",
        "projects/{project_id}/overlaps",
        "similar",
        "overlaps",
        "overlaps/{overlap_id}",
        "overlaps/{overlap_id}/decision",
        "gaps",
        "requests",
        "requests/{request_id}/matches",
        "offers",
        "organisations",
        "groups",
        "digests",
        "imports",
        "vocabularies/{name}",
        "iati",
    ):
        assert f"/api/v1/{path}" in paths, path


def test_an_unknown_address_is_a_problem_too(client):
    answer = client.get("/api/v1/nothing")
    assert (answer.status_code, answer.mimetype) == (404, PROBLEM)


def test_a_method_that_is_not_offered_is_a_problem_too(program):
    answer = program()("DELETE", "/gaps")
    assert (answer.status_code, answer.mimetype) == (405, PROBLEM)
