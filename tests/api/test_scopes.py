"""What a token may do: every operation that changes something has a scope, and without it nothing is done."""

import re
from pathlib import Path

import pytest
from sqlalchemy import func, select

from tacoord.models import AssistanceRequest, Project, Role, TokenScope
from tacoord.services.accounts.accounts import make_token
from tests.api.conftest import Program
from tests.factories import make_user

SAFE = {"GET", "HEAD", "OPTIONS"}
ONLY_ASK = {("POST", "/similar")}
UNSAID = "says no scope"
PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "api.md"


@pytest.fixture
def operations(app):
    """Method, path below /api/v1, and scope of every operation that is not safe."""
    return [
        (method, rule.rule.removeprefix("/api/v1"), scope_of(app.view_functions[rule.endpoint]))
        for rule in app.url_map.iter_rules()
        for method in sorted(rule.methods - SAFE)
        if rule.rule.startswith("/api/v1/")
    ]


@pytest.fixture
def program_with(client, store):
    """Makes a program whose token has these scopes."""

    def make(*scopes: TokenScope, role: Role = Role.COORDINATOR) -> Program:
        user = make_user(store, role)
        _, secret = make_token(store, user, name="tests", scopes=scopes, by=user)
        store.commit()
        return Program(client, user, secret)

    return make


def test_every_operation_that_is_not_safe_has_a_scope_or_stores_nothing(operations):
    assert [(method, path) for method, path, scope in operations if scope == UNSAID] == []
    without = {(method, path) for method, path, scope in operations if scope is None}
    assert without == ONLY_ASK
    assert {scope for _, _, scope in operations if scope} == set(TokenScope)


def test_no_operation_goes_past_the_gate_with_the_other_scopes_and_each_does_with_its_own(
    operations, program_with
):
    for method, path, scope in operations:
        others = program_with(*(set(TokenScope) - {scope}))
        refused = is_out_of_scope(others(method, path_of(path), {}))
        assert refused == (scope is not None), (method, path)
        if scope is not None:
            assert not is_out_of_scope(program_with(scope)(method, path_of(path), {})), path


def test_a_token_without_scopes_reads_everything_and_asks_what_looks_alike(app, program_with):
    reader = program_with()
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/api/v1/") and "GET" in rule.methods:
            answer = reader("GET", path_of(rule.rule.removeprefix("/api/v1")))
            assert answer.status_code in (200, 404), rule.rule
    assert reader("POST", "/similar", {"title": {"en": "Hotline"}}).status_code == 200


def test_who_lacks_a_scope_is_told_which_what_there_is_and_what_to_do(program_with):
    answer = program_with(TokenScope.OVERLAPS, TokenScope.ASSISTANCE)("POST", "/projects", {})
    assert (answer.status_code, answer.mimetype) == (403, "application/problem+json")
    needed = 'Bearer error="insufficient_scope", scope="projects"'
    assert answer.headers["WWW-Authenticate"] == needed
    detail = answer.json["detail"]
    assert "needs a token with the scope “projects”" in detail
    assert "Yours has “overlaps”, “assistance”" in detail
    assert "Make another token with “projects” under Access for programs" in detail
    assert "only reads" in program_with()("POST", "/projects", {}).json["detail"]


def test_what_is_out_of_scope_is_not_done_even_where_the_owner_may(program_with, store):
    title = {"title": {"en": "Hotline for seafarers"}}
    assert program_with(TokenScope.OVERLAPS)("POST", "/projects", title).status_code == 403
    assert store.scalar(select(func.count()).select_from(Project)) == 0
    assert program_with(TokenScope.PROJECTS)("POST", "/projects", title).status_code == 201


def test_a_scope_gives_nothing_that_the_owner_may_not(program_with, store):
    viewer = program_with(*TokenScope, role=Role.VIEWER)
    answer = viewer("POST", "/projects", {"title": {"en": "Hotline"}})
    assert answer.status_code == 403
    assert "scope" not in answer.json["detail"]
    asked = {"country": "KH", "title": "Training", "need": "Skills.", "pillars": ["PROT"]}
    assert viewer("POST", "/requests", asked).status_code == 403
    for table in (Project, AssistanceRequest):
        assert store.scalar(select(func.count()).select_from(table)) == 0


def test_an_answer_that_was_kept_is_not_given_to_a_token_without_the_scope(
    program_with, store, client
):
    writer = program_with(TokenScope.PROJECTS)
    title, once = {"title": {"en": "Hotline"}}, {"Idempotency-Key": "one"}
    assert writer("POST", "/projects", title, **once).status_code == 201
    _, secret = make_token(store, writer.user, name="reads", scopes=(), by=writer.user)
    store.commit()
    reader = Program(client, writer.user, secret)
    assert is_out_of_scope(reader("POST", "/projects", title, **once))


def test_the_document_names_the_scope_of_every_operation_that_needs_one(client, operations):
    paths = client.get("/api/v1/openapi.json").json["paths"]
    needed = {(method, path): scope for method, path, scope in operations if scope}
    told = {
        (method.upper(), path.removeprefix("/api/v1")): told["security"]
        for path, methods in paths.items()
        for method, told in methods.items()
        if method != "parameters" and "security" in told
    }
    braces = {(m, re.sub("<(.+?)>", r"{\1}", p)): scope for (m, p), scope in needed.items()}
    assert told == {place: [{"bearer": [scope.value]}] for place, scope in braces.items()}
    for (method, path), scope in braces.items():
        words = paths[f"/api/v1{path}"][method.lower()]["description"]
        assert words.endswith(f"Needs a token with the scope `{scope}`."), path


def test_the_page_on_the_api_says_which_operation_needs_which_scope(operations):
    rows = re.findall(r"^\| `(\w+)` \| .+ \| (`.+`) \|$", PAGE.read_text("utf-8"), re.MULTILINE)
    told = {(call, scope) for scope, calls in rows for call in re.findall("`(.+?)`", calls)}
    assert told == {
        (f"{method} {re.sub('<.+?>', 'ID', path)}", scope.value)
        for method, path, scope in operations
        if scope
    }


def scope_of(view):
    """The scope that a view says; None where it says that it needs none."""
    return getattr(view, "token_scope", UNSAID)


def path_of(rule: str) -> str:
    """An address of the rule, of a thing that is not there."""
    return re.sub("<.+?>", "a" * 16, rule)


def is_out_of_scope(answer) -> bool:
    """Whether the token, not its owner, was refused."""
    return "insufficient_scope" in answer.headers.get("WWW-Authenticate", "")
