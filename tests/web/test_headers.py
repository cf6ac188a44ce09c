"""What every answer carries when the site is reached by https: cookies, headers, and for which hosts it answers."""

from dataclasses import replace

import pytest

from tacoord.app import create_app
from tests.factories import PASSWORD, make_user


@pytest.fixture
def settings(settings):
    return replace(settings, base_url="https://ta.example.org")


HOST = {"base_url": "https://ta.example.org"}


def test_every_cookie_is_kept_to_this_host_and_to_https_and_from_scripts(client, store):
    user = make_user(store, password=PASSWORD)
    store.commit()
    said = {"email": user.email, "password": PASSWORD}
    answer = client.post("/account/sign-in", data=said, **HOST)
    cookies = answer.headers.getlist("Set-Cookie")
    assert len(cookies) == 2
    for cookie in cookies:
        assert cookie.startswith("__Host-tacoord")
        assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
        assert "Domain" not in cookie
        assert len(cookie) < 4096


@pytest.mark.parametrize(
    "path", ["/account/sign-in", "/", "/nowhere", "/api/v1/projects", "/static/tacoord.css"]
)
def test_every_answer_carries_the_headers(client, path):
    with client.get(path, **HOST) as answer:
        headers = answer.headers
    assert headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    policy = headers["Content-Security-Policy"]
    for part in ("default-src 'none'", "object-src 'none'", "base-uri 'none'", "script-src 'self'"):
        assert part in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert ("no-store" in headers["Cache-Control"]) == (not path.startswith("/static"))


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("ta.example.org", 200),
        ("127.0.0.1:8000", 200),
        ("elsewhere.example", 400),
        ("ta.example.org.elsewhere.example", 400),
        ("sub.ta.example.org", 400),
    ],
)
def test_it_answers_for_its_own_host_alone(client, host, status):
    assert client.get("/account/sign-in", headers={"Host": host}).status_code == status


def test_nothing_is_done_for_a_form_that_was_not_ours(app, client, caplog):
    app.config.update(WTF_CSRF_ENABLED=True)
    rules = [rule for rule in app.url_map.iter_rules() if "POST" in rule.methods]
    # Programs show a token in place of a cookie, and a mail program stops a digest by the link's own secret.
    pages = [rule for rule in rules if not rule.rule.startswith(("/api/", "/digests/stop/"))]
    assert len(pages) > 30
    for rule in pages:
        address = rule.build(dict.fromkeys(rule.arguments, "1"))[1]
        assert client.post(address, **HOST).status_code == 400, address
    assert len(caplog.records) == len(pages)


def test_signing_out_clears_what_the_browser_kept(client):
    answer = client.post("/account/sign-out", **HOST)
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'


def test_trace_and_unused_methods_are_refused(client):
    for method in ("TRACE", "PUT", "DELETE"):
        assert client.open("/account/sign-in", method=method, **HOST).status_code == 405


def test_on_this_machine_cookies_work_without_https(settings):
    local = create_app(replace(settings, base_url="http://127.0.0.1:8000"))
    assert local.config["SESSION_COOKIE_NAME"] == "tacoord"
    assert not local.config["SESSION_COOKIE_SECURE"]
