"""How the API answers: pages by cursor, records with their ETag, POSTs that are done once."""

import hashlib
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import wraps
from typing import Any, Final, ParamSpec, TypeVar

from apiflask import APIBlueprint, Schema
from flask import Response, abort, g, jsonify, request
from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.exc import IntegrityError

from tacoord.api.tokens import caller, viewer
from tacoord.asking import Question
from tacoord.errors import N_, Invalid, Problem
from tacoord.extensions import db
from tacoord.models import KeptAnswer, Organisation
from tacoord.services.organisations.organisations import find_by_code
from tacoord.services.terms.vocabularies import codes_of

LIMIT: Final = 50
LARGEST_LIMIT: Final = 200
LONGEST_KEY: Final = 200
P = ParamSpec("P")
Row = TypeVar("Row")
View = TypeVar("View", bound=Callable[..., Any])
Body = dict[str, Any]


def page_of(
    query: Select[Any], key: Any, told: Callable[[Any], Body], *, limit: int | None = None
) -> Body:
    """One page of `query` in the order of `key`, a random public id: rows added meanwhile move nothing.

    told: a row as JSON. Answers {"items": […], "next": cursor or null}.
    """
    limit = limit or limit_asked()
    cursor = question().place("cursor")
    question().require_understood()
    if cursor:
        query = query.where(key > cursor)
    rows = db.session().scalars(query.order_by(key).limit(limit + 1)).all()
    more = len(rows) > limit
    last = getattr(rows[limit - 1], key.key) if more else None
    return {"items": [told(row) for row in rows[:limit]], "next": last}


def part_of(rows: Sequence[Row], key: Callable[[Row], str], told: Callable[[Row], Body]) -> Body:
    """One page of what is worked out anew for each call, in its own order; key: what a cursor names a row by."""
    places = {key(row): place for place, row in enumerate(rows, 1)}
    limit, begin = limit_asked(), question().record("cursor", places.get) or 0
    question().require_understood()
    shown = rows[begin : begin + limit]
    more = len(rows) > begin + limit
    return {"items": [told(row) for row in shown], "next": key(shown[-1]) if more else None}


def question() -> Question:
    """What the address asks for. A list reads all its filters, and then requires that all was understood."""
    if "question" not in g:
        g.question = Question(request.args.to_dict(flat=False))
    asked: Question = g.question
    return asked


def limit_asked() -> int:
    """The limit in the address, from 1 to LARGEST_LIMIT."""
    return question().whole("limit", 1, LARGEST_LIMIT) or LIMIT


def code_asked(name: str, vocabulary: str | None = None) -> str | None:
    """The code in the address, of the vocabulary that is called as the filter unless another is given."""
    return question().code(name, _known(name, vocabulary or name))


def codes_asked(name: str) -> list[str]:
    """The codes in the address, of the vocabulary that is called as the filter."""
    return question().codes(name, _known(name, name))


def _known(name: str, vocabulary: str) -> Collection[str]:
    """The codes that a filter may have; they are not looked up where it is not asked."""
    return codes_of(db.session(), vocabulary) if request.args.get(name) else ()


def organisation_asked() -> Organisation | None:
    """The organisation whose code is in the address."""
    return question().record(
        "organisation", lambda code: find_by_code(db.session(), code, viewer())
    )


def body_asked() -> Any:
    """The JSON of the call. Raises Invalid where it is none, with the place at which reading stopped."""
    try:
        return json.loads(request.get_data(cache=True) or b"null", parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        message = N_("The body is no JSON: see line %(line)d, column %(column)d.")
        place = {"line": error.lineno, "column": error.colno}
        raise Invalid([Problem("", message, place)]) from None
    except RecursionError:
        raise Invalid([Problem("", N_("The body is nested too deeply."))]) from None
    except ValueError:
        raise Invalid([Problem("", N_("The body is no JSON in UTF-8."))]) from None


def _no_constant(name: str) -> None:
    """JSON has no NaN and no Infinity; Python's reader would take them."""
    raise ValueError(name)


def described_body(bp: APIBlueprint, schema: type[Schema]) -> Callable[[View], View]:
    """Describe the body of a call. It is read by `body_asked` alone, which says in full what is wrong with it."""

    def described(view: View) -> View:
        bp.input(schema, validation=False)(
            view
        )  # notes the schema at the view; what it returns is not used
        return view

    return described


def record(body: Body, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A record with its ETag; 304 where the caller has it already."""
    answer = jsonify(body)
    answer.status_code = status
    answer.set_etag(etag_of(body))
    answer.headers.extend(dict(headers or {}))
    if request.method == "GET":
        answer.make_conditional(request)
    return answer


def etag_of(body: Body) -> str:
    """The tag of a record as this caller sees it."""
    text = json.dumps(body, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def require_match(body: Body) -> None:
    """Go on where If-Match names the record as it is now: 428 without If-Match, 412 where it names another."""
    if not request.if_match:
        abort(428, "Give the ETag of the record as If-Match.")
    if not request.if_match.contains(etag_of(body)):
        abort(412, "The record was changed meanwhile. Read it again.")


def done_once(view: Callable[P, Response]) -> Callable[P, Response]:
    """Commit what a POST did; with an Idempotency-Key, keep its answer and give it again to the same call."""

    @wraps(view)
    def once(*args: P.args, **kwargs: P.kwargs) -> Response:
        key = request.headers.get("Idempotency-Key")
        if key is None:
            answer = view(*args, **kwargs)
            db.session.commit()
            return answer
        if not 0 < len(key) <= LONGEST_KEY:
            abort(400, f"Idempotency-Key must have 1 to {LONGEST_KEY} characters.")
        return _kept(key) or _do(view, key, args, kwargs)

    return once


def _do(view: Callable[..., Response], key: str, args: Any, kwargs: Any) -> Response:
    """Answer and keep the answer in one transaction; of two calls at once the second gets the first one's answer."""
    user_id, asked = caller().id, _question_hash()
    answer = view(*args, **kwargs)
    db.session.add(
        KeptAnswer(
            user_id=user_id,
            key=key,
            question_hash=asked,
            status=answer.status_code,
            headers=_headers_of(answer),
            body=answer.get_data(as_text=True),
        )
    )
    try:
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
        kept = _kept(key)
        if kept is None:
            raise
        return kept
    return answer


def _kept(key: str) -> Response | None:
    clause: ColumnElement[bool] = KeptAnswer.user_id == caller().id
    row = db.session().scalar(select(KeptAnswer).where(clause, KeptAnswer.key == key))
    if row is None:
        return None
    if row.question_hash != _question_hash():
        abort(422, "This Idempotency-Key was used for another call.")
    return Response(
        row.body,
        row.status,
        {**row.headers, "Idempotent-Replayed": "true"},
        mimetype="application/json",
    )


def _headers_of(answer: Response) -> dict[str, str]:
    return {name: answer.headers[name] for name in ("ETag", "Location") if name in answer.headers}


def _question_hash() -> str:
    said = f"{request.method} {request.full_path}\n".encode() + request.get_data(cache=True)
    return hashlib.sha256(said).hexdigest()
