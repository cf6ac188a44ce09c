"""What no honest client sends: every door of the application, and odd values for each of its parts."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote

from hypothesis import strategies as st

from tacoord.models import Role
from tests.api import test_contract as api_table
from tests.web import test_access as page_table
from tests.web.access_world import World

PACKAGE = Path(__file__).resolve().parents[2] / "tacoord"
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
_REFUSED = (403, 404, 409)
_BY_REACH = (
    Role.COORDINATOR,
    Role.ADMIN,
    Role.FOCAL_POINT,
    Role.REPORTER,
    Role.SECRETARY,
    Role.ORG_ADMIN,
    Role.VIEWER,
)
_ASKED = re.compile(
    r"""(?:args\.(?:get|getlist)|(?:asked|question\(\))\.\w+|codes?_asked)\(\s*"(\w+)\""""
)
_POSTED = re.compile(r"""form(?:\.get\(\s*|\.getlist\(\s*|\[)"([\w-]+)\"""")

TEXTS = (
    b"a\x00b", "²".encode(), "٣".encode(), b"-1", b"0", b"9" * 20, b"9" * 4400, b"1e400", b"NaN",
    b"\xed\xa0\x80", b"\xff\xfe", b"x" * 70_000, b"%", b"'\"<>&;--", b"a\r\nb", b"\xe2\x80\xae", b" ",
    b"2026-02-30", b"0001-01-01", b"9999-12-31", b"[]", b"{}", b"../../etc/passwd",
)  # fmt: skip


def _nested(opening: str, closing: str, depth: int) -> Any:
    return json.loads(opening * depth + "1" + closing * depth)


VALUES: tuple[Any, ...] = (
    None, True, 0, -1, 10**30, 1.5e308, float("nan"), float("inf"), "", "²", "a\x00b", "\ud800",
    "x" * 70_000, "9" * 4400, [], {}, [None], [1, "a", None, {}], [[]], {"": ""}, {"a\x00": "\ud800"},
    {"code": []}, [{"code": None}], [{"code": {"a": 1}}], {"en": None}, {"en": ["a"]}, {"e\ud800": "a"},
    [{"code": "KH", "percentage": 10**30}], [{"amount": 10**18, "currency": "USD"}],
    [{"amount": "1e400", "currency": "\x00"}], "0001-01-01", "2026-02-30", ["a"] * 2001,
    _nested("[", "]", 60), _nested('{"a":', "}", 60), _nested("[", "]", 400), _nested('{"a":', "}", 400),
)  # fmt: skip

BODIES: tuple[bytes, ...] = (
    b"", b"null", b"true", b"[]", b'"a"', b"[" * 100_000, b'{"a":' * 5_000, b"9" * 5_000, b"\xff\xfe", b"\x00",
    '{"title": "a"}'.encode("utf-16"), b'\xef\xbb\xbf{"title": "a"}', b'{"title": "a", "title": {"en": "b"}}',
    b'{"record": ' + b'{"a": ' * 900 + b"1" + b"}" * 901, b'{"title": NaN}', b'{"title": ' + b"9" * 5_000 + b"}",
)  # fmt: skip

TYPES: tuple[str | None, ...] = (
    None, "", JSON, FORM, "text/plain", "application/json; charset=utf-16", "application/json; charset=nowhere",
    "multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=x", "application/xml",
    ";;;", "application/json;charset", "application/vnd.api+json", "a" * 5_000,
)  # fmt: skip

HEADERS = {
    "Authorization": ("", "Bearer", "Bearer ", "Bearer \xff\xfe", "Basic YTo=", "Bearer " + "x" * 9_000, "²"),
    "Idempotency-Key": ("", " ", "²", "x" * 200, "x" * 201, "\xff", '"'),
    "If-Match": ("", "*", '"', '""', "²", 'W/"a"', "a, b", '"\xff"', "x" * 9_000),
    "If-None-Match": ("*", '"', "²", "x" * 9_000),
    "Accept": ("", "²", "*/*;q=²", "x" * 9_000),
    "Accept-Language": ("²", "xx-YY-zz;q=9", "x" * 9_000),
    "Cookie": ("tacoord=²", "tacoord=", "=;=;", "x" * 9_000),
    "Range": ("bytes=9-1", "bytes=²-", "x"),
    "If-Modified-Since": ("²", "Mon, 99 Foo 99999 00:00:00 GMT"),
    "Referer": ("²", "http://[", "x" * 9_000),
    "X-Forwarded-For": ("²", "[::1", ",,,", "x" * 9_000),
    "Host": ("", "²", "[", "a" * 300, "localhost:²"),
}  # fmt: skip


@dataclass(frozen=True)
class Door:
    """One operation of the application, by who may do it: its parts can be replaced one by one.

    places: what stands in the address; asked: names in the query; typed: the fields of the form with what a person
    would send, None for what stays empty; said: the JSON.
    """

    method: str
    rule: str
    role: Role
    path: str
    places: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    typed: dict[str, str | None] = field(default_factory=dict)
    said: Any = None

    @property
    def of_api(self) -> bool:
        return self.path.startswith("/api/v1/")

    def __str__(self) -> str:
        return f"{self.method} {self.rule}"


def doors(world: World) -> list[Door]:
    """Every page and every operation of the API, each once."""
    found: dict[str, Door] = {}
    for _open_to, door in sorted([*_pages(world), *_operations(world)], key=lambda each: each[0]):
        found[str(door)] = door  # of several rows of a table, one that lets somebody in
    return [found[name] for name in sorted(found)]


def send(world: World, door: Door, **changed: Any) -> Any:
    """Send the call with what is `changed`: path, query, form, body, headers, content_type."""
    client = world.client(None if door.of_api else door.role)
    headers = {"Authorization": f"Bearer {world.secrets[door.role]}"} if door.of_api else {}
    path = changed.get("path", door.path)
    if door.method in ("PUT", "DELETE"):
        headers["If-Match"] = client.get(path, headers=headers).headers.get("ETag", "*")
    if door.method == "POST" and door.of_api:
        headers["Idempotency-Key"] = "one of many"
    headers |= changed.get("headers", {})
    body, kind = changed.get("body"), changed.get("content_type")
    if body is None and door.said is not None:
        raw = isinstance(door.said, bytes)
        body, kind = (door.said, None) if raw else (json.dumps(door.said).encode(), JSON)
    if body is None and door.method == "POST":
        body, kind = encoded(door.typed), FORM
    query = {"QUERY_STRING": changed["query"].decode("latin-1")} if "query" in changed else None
    return client.open(
        path, method=door.method, data=body, content_type=kind, headers=headers, buffered=True,
        environ_overrides=query,
    )  # fmt: skip


def encoded(values: dict[str, Any]) -> bytes:
    """A form or a query; values are texts or bytes that need not be UTF-8."""
    said = ((quote(k), quote(v)) for k, v in values.items() if v is not None)
    return "&".join(f"{name}={value}" for name, value in said).encode()


def _pages(world: World) -> Iterator[tuple[bool, Door]]:
    asked, posted = _names(_ASKED), _names(_POSTED)
    adapter = world.app.url_map.bind("localhost")
    for row in page_table.ROWS:
        address, _, said = row.address.format(**world.names).partition("|")
        rule, values = adapter.match(address, row.method, return_rule=True)
        role = min(_BY_REACH, key=lambda r: _shut(row.expected(r)))
        typed: dict[str, str | None] = dict.fromkeys(posted) if row.method == "POST" else {}
        if row.method == "POST":
            typed |= {**_fields(world, role, address)} | dict(parse_qsl(said))
        places = tuple(str(value) for value in values.values())
        open_to = row.expected(role) not in _REFUSED
        yield open_to, Door(row.method, rule.rule, role, address, places, asked, typed)


def _shut(status: int) -> int:
    """How little an answer lets somebody in: not at all, only so far as to say what is there not, or fully."""
    return 2 if status == 403 else int(status in _REFUSED)


def _fields(world: World, role: Role, address: str) -> dict[str, str | None]:
    """The form that is sent to this address, filled in: it stands there, or on the page above."""
    if address == "/projects/similar":
        address = "/projects/new"
    client = world.client(None if address == "/account/sign-in" else role)
    for place in (address, address.rpartition("/")[0] or "/"):
        page = client.get(place)
        if page.status_code == 200:
            form = _Form()
            form.feed(page.text)
            return form.fields
    return {}


class _Form(HTMLParser):
    """The fields of a page: what is in them, or what a person might enter."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, str | None] = {}
        self._name, self._needs = "", False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        name, value = said.get("name"), said.get("value") or ""
        if tag == "option" and (
            "selected" in said or (self._needs and not self.fields[self._name])
        ):
            self.fields[self._name] = value
        if tag not in ("input", "select", "textarea") or not name:
            return
        self._name, self._needs = name, "required" in said
        kind = said.get("type", "text")
        if kind in ("checkbox", "radio"):
            self.fields.setdefault(name, value if "checked" in said else None)
        else:
            entered = (
                _ENTERED.get(kind or "", "Some words") if self._needs and tag != "select" else ""
            )
            self.fields[name] = value or entered

    def handle_data(self, data: str) -> None:
        if self.lasttag == "textarea" and data.strip():
            self.fields[self._name] = data.strip()


_ENTERED = {"date": "2026-12-01", "email": "somebody@example.org", "number": "3"}


def _operations(world: World) -> Iterator[tuple[bool, Door]]:
    asked = _names(_ASKED)
    for method, path, name, everybody, *others in api_table.ROWS:
        statuses = {role.value: int(everybody) for role in Role}
        statuses |= {role: int(status) for role, status in (each.split("=") for each in others)}
        role = next((r for r in _BY_REACH if statuses[r.value] != 403), None)
        if role is None:
            continue
        value = world.names.get(name, "measure")
        address = "/api/v1" + re.sub(r"\{\w+\}", value, path)
        places = (value,) if "{" in path else ()
        body = api_table.BODIES.get(f"{method} {path}")
        open_to = statuses[role.value] not in _REFUSED or path.startswith("/vocabularies")
        yield open_to, Door(method, f"/api/v1{path}", role, address, places, asked, {}, body)


def _names(pattern: re.Pattern[str]) -> tuple[str, ...]:
    """The names that the code of pages and of the API asks for, as it stands in the source."""
    files = (path for door in ("web", "api") for path in (PACKAGE / door).rglob("*.py"))
    found = {
        name
        for path in files
        for match in pattern.finditer(path.read_text("utf-8"))
        for name in match.groups()
        if name
    }
    return tuple(sorted(found))


def fields_of(world: World, door: Door) -> list[str]:
    """The names that the API's document gives to the parts of the door's body."""
    return sorted(_schema(world, door)["properties"])


def rows_of(world: World, door: Door, name: str) -> st.SearchStrategy[Any]:
    """A list with one row as the document describes it, one part of which is odd."""
    items = _schema(world, door)["properties"].get(name, {}).get("items", {})
    if "$ref" not in items:
        return st.just([])
    parts = sorted(_named(world, items["$ref"])["properties"])
    good = {"code": "KH", "name": "A", "amount": 5, "currency": "USD", "role": "1"}
    return st.builds(
        lambda part, odd: [{**good, part: odd}], st.sampled_from(parts), st.sampled_from(VALUES)
    )


def _schema(world: World, door: Door) -> Any:
    operation = _document(world)["paths"][door.rule][door.method.lower()]
    return _named(world, operation["requestBody"]["content"][JSON]["schema"]["$ref"])


def _named(world: World, reference: str) -> Any:
    return _document(world)["components"]["schemas"][reference.rpartition("/")[2]]


def _document(world: World) -> Any:
    if "document" not in _kept:
        _kept["document"] = world.app.test_client().get("/api/v1/openapi.json").json
    return _kept["document"]


_kept: dict[str, Any] = {}
