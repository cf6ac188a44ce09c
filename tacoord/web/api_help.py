"""What programs can do: the API's own description as a page, read from the OpenAPI document."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from apiflask import APIFlask
from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue
from markupsafe import Markup, escape

from tacoord.web.gate import settings

bp = Blueprint("api_help", __name__, url_prefix="/api")

_REF: Final = "#/components/schemas/"
_METHODS: Final = ("GET", "POST", "PUT", "DELETE")


@dataclass(frozen=True, slots=True)
class Value:
    """A field of a body or a parameter: its name, what it is, and whether it must be there."""

    name: str
    kind: str
    needed: bool


@dataclass(frozen=True, slots=True)
class Operation:
    """One call: its method, path, sentence, further lines, and what goes in and out (names of schemas)."""

    method: str
    path: str
    summary: Markup
    about: Markup
    parameters: list[Value]
    takes: str | None
    gives: str | None
    status: str


@bp.get("")
def index() -> ResponseReturnValue:
    """What can programs do?"""
    spec = cast(APIFlask, current_app).spec
    assert isinstance(spec, Mapping)
    return render_template(
        "account/api.html",
        about=_marked(spec["info"]["description"]),
        groups=_groups(spec),
        schemas=dict(_schemas(spec)),
        base_url=settings().base_url,
    )


def _groups(spec: Mapping[str, Any]) -> dict[str, list[Operation]]:
    """The calls under their headings, by path."""
    groups: dict[str, list[Operation]] = {tag["name"]: [] for tag in spec["tags"]}
    for path, operations in spec["paths"].items():
        for method, operation in operations.items():
            if method != "parameters":
                heading = operation["tags"][0]
                shared = operations.get("parameters", [])
                groups[heading].append(_operation(method, path, operation, shared))
    return {heading: sorted(found, key=_place) for heading, found in groups.items() if found}


def _place(call: Operation) -> tuple[str, int]:
    return call.path, _METHODS.index(call.method)


def _marked(text: str) -> Markup:
    """Words between backticks as code."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))


def _operation(
    method: str, path: str, operation: Mapping[str, Any], shared: list[Mapping[str, Any]]
) -> Operation:
    status, answer = next(
        (code, told) for code, told in operation["responses"].items() if code.startswith("2")
    )
    parameters = [*shared, *operation.get("parameters", [])]
    return Operation(
        method=method.upper(),
        path=path,
        summary=_marked(operation["summary"]),
        about=_marked(operation.get("description", "")),
        parameters=[
            Value(
                each["name"], f"{each['in']}, {_kind(each['schema'])}", bool(each.get("required"))
            )
            for each in parameters
        ],
        takes=_body(operation.get("requestBody", {})),
        gives=_body(answer),
        status=status,
    )


def _body(part: Mapping[str, Any]) -> str | None:
    """The name of the schema of a body, or its media type where it is a file."""
    for media, told in part.get("content", {}).items():
        reference = told.get("schema", {}).get("$ref", "")
        return reference.removeprefix(_REF) if reference else str(media)
    return None


def _schemas(spec: Mapping[str, Any]) -> Iterator[tuple[str, list[Value]]]:
    for name, schema in sorted(spec["components"]["schemas"].items()):
        needed = schema.get("required", ())
        fields = schema.get("properties", {}).items()
        yield name, [Value(field, _kind(told), field in needed) for field, told in fields]


def _kind(schema: Mapping[str, Any]) -> str:
    """What a value is, in few words."""
    if "$ref" in schema:
        return str(schema["$ref"]).removeprefix(_REF)
    if choices := schema.get("anyOf"):
        return " or ".join(_kind(choice) for choice in choices)
    kinds = schema.get("type", "any")
    kind = " or ".join(kinds) if isinstance(kinds, list) else str(kinds)
    if words := schema.get("enum"):
        return " | ".join(map(str, words))
    if kind == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    return f"{kind} ({schema['format']})" if "format" in schema else kind
