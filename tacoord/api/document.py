"""The API's description of itself (OpenAPI 3.1), and the one shape of its errors (RFC 9457)."""

import warnings
from http import HTTPStatus
from typing import Any, Final

from apiflask import APIFlask
from flask import Response, jsonify
from werkzeug.exceptions import HTTPException, TooManyRequests

from tacoord import __version__
from tacoord.api.scopes import OutOfScope
from tacoord.api.tokens import Unauthorised
from tacoord.errors import DomainError, Invalid

PROBLEM: Final = "application/problem+json"
_DESCRIPTION: Final = (
    "Projects, overlaps, gaps, requests and digests of technical assistance against trafficking in persons. "
    "Every call needs a bearer token; make one under Access for programs. Every token reads; a call that changes "
    "something names the scope that the token needs. Lists have `items` and `next`: give `next` as `cursor` for the "
    "following page. Every record has an ETag; a change needs it as If-Match. A POST with an Idempotency-Key is done "
    "once, however often it is sent. Amounts are major units of the currency."
)
_SCOPES: Final = (
    "A token reads what its owner may read. Besides, it does what its scopes allow and its owner may: `projects`, "
    "`overlaps`, `assistance`. An operation that needs a scope names it in its `security`."
)
_HOW_TO_PROVE: Final = (
    "Send a valid token with the call, as `Authorization: Bearer TOKEN`. "
    "Make one under Access for programs, or ask whoever runs this installation."
)

_A_FILE: Final = {
    "required": True,
    "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
}


def describe_api(app: APIFlask) -> None:
    """Name the API, say how calls prove whose they are, and describe errors in their one shape."""
    app.title, app.version = "tacoord", __version__
    app.config["OPENAPI_VERSION"] = "3.1.0"
    app.config["INFO"] = {"description": _DESCRIPTION, "license": {"name": "Apache-2.0"}}
    app.config["AUTO_404_RESPONSE"] = False
    app.config["AUTO_VALIDATION_ERROR_RESPONSE"] = False
    app.config["AUTO_AUTH_ERROR_RESPONSE"] = False
    app.security_schemes = {"bearer": {"type": "http", "scheme": "bearer", "description": _SCOPES}}
    app.spec_processor(_complete)
    # A schema that stands in a list and by itself is described twice; `_name_once` makes it one again.
    warnings.filterwarnings("ignore", ".*has already been added to the spec", UserWarning)


_IN_OUR_WORDS: Final[dict[int, str]] = {
    HTTPStatus.NOT_FOUND: (
        "Nothing is here, or nothing that you may know of. /api/v1/openapi.json lists every address."
    ),
    HTTPStatus.METHOD_NOT_ALLOWED: (
        "This address does not take this method. /api/v1/openapi.json lists what each one takes."
    ),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "What you send is larger than this installation takes.",
}


def _is_said_by_us(error: Exception) -> bool:
    """Whether somebody of ours worded it, rather than the framework or nobody."""
    return isinstance(error, HTTPException) and error.description != type(error).description


def problem_answer(status: int, error: Exception) -> Response:
    """What went wrong, as `application/problem+json`; says nothing of causes inside."""
    body: dict[str, object] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
    }
    if isinstance(error, Invalid):
        body["errors"] = [{"field": p.field, "detail": str(p)} for p in error.problems]
    elif isinstance(error, DomainError) and status != HTTPStatus.NOT_FOUND:
        body["detail"] = str(error)
    elif status in _IN_OUR_WORDS and not _is_said_by_us(error):
        body["detail"] = _IN_OUR_WORDS[status]
    elif isinstance(error, Unauthorised):
        body["detail"] = _HOW_TO_PROVE
    elif isinstance(error, HTTPException) and error.description and status < 500:
        body["detail"] = error.description
    answer = jsonify(body)
    answer.status_code = status
    answer.mimetype = PROBLEM
    if isinstance(error, Unauthorised):
        answer.headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, OutOfScope):
        answer.headers["WWW-Authenticate"] = (
            f'Bearer error="insufficient_scope", scope="{error.needed}"'
        )
    if isinstance(error, TooManyRequests):
        answer.headers["Retry-After"] = str(error.retry_after)
    return answer


def _complete(spec: dict[Any, Any] | str) -> dict[Any, Any] | str:
    """Every operation asks for a token and may answer with a problem."""
    assert isinstance(spec, dict)  # the document is JSON; only YAML comes as text
    components = spec.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = _problem_schema()
    answer = {
        "description": "A problem (RFC 9457)",
        "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    components.setdefault("responses", {})["Problem"] = answer
    spec["security"] = [{"bearer": []}]
    _name_once(spec)
    spec["paths"]["/api/v1/imports"]["post"]["requestBody"] = _A_FILE
    for operations in spec.get("paths", {}).values():
        for method, operation in operations.items():
            if isinstance(operation, dict) and "responses" in operation:
                operation["responses"]["default"] = {"$ref": "#/components/responses/Problem"}
                operation.setdefault("parameters", []).extend(_header_parameters(method))
                _say_scope(operation)
    return spec


def _say_scope(operation: dict[str, Any]) -> None:
    """In words, too, which scope a token needs for an operation."""
    for scope in (each for way in operation.get("security", ()) for each in way["bearer"]):
        words = f"Needs a token with the scope `{scope}`."
        operation["description"] = f"{operation.get('description', '')}\n\n{words}".strip()


def _header_parameters(method: str) -> list[dict[str, Any]]:
    """Done once, or only to the record as it was read."""
    name = {"post": "Idempotency-Key", "put": "If-Match", "delete": "If-Match"}.get(method)
    needed = name == "If-Match"
    text = {"type": "string"}
    return [{"name": name, "in": "header", "required": needed, "schema": text}] if name else []


def _name_once(spec: dict[Any, Any]) -> None:
    """One name for one schema: what stands in a list and by itself is numbered as if it were two."""
    schemas: dict[str, Any] = spec["components"]["schemas"]
    twins = {name for name in schemas if name[-1] == "1" and name[:-1] in schemas}
    _rename(spec, {f"#/components/schemas/{name}": name[:-1] for name in twins})
    for name in twins:
        del schemas[name]


def _rename(part: Any, names: dict[str, str]) -> None:
    for inner in (
        part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    ):
        _rename(inner, names)
    if isinstance(part, dict) and part.get("$ref") in names:
        part["$ref"] = f"#/components/schemas/{names[part['$ref']]}"


def _problem_schema() -> dict[str, Any]:
    text = {"type": "string"}
    one = {"type": "object", "properties": {"field": text, "detail": text}}
    return {
        "type": "object",
        "required": ["title", "status"],
        "properties": {
            "type": text,
            "title": text,
            "status": {"type": "integer"},
            "detail": text,
            "errors": {"type": "array", "items": one},
        },
    }
