"""Can a hidden record be found by uploading near copies of it? A hundred tries, through every door.

The same near copy goes into a register that holds the hidden record and into one that does not. Whoever uploads sees
some signals; how well each tells the two registers apart is the area under its curve: 0.5 is a coin, 1.0 is certain.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import select
from twins.lives import near_copy
from twins.pair import Twins
from twins.worlds import HIDER, ROLES, World, person, run_jobs
from werkzeug.test import TestResponse

from tacoord.demo.many import invent
from tacoord.models import Overlap, Project, Role, Source, Visibility, base
from tacoord.policy import OPERATOR
from tacoord.services import registration
from tacoord.services.projects.json_form import json_of
from tacoord.services.visibility import EVERYTHING, overlap_clause, viewer_of

ATTACKER: Final = Role.REPORTER
DOORS: Final = ("form beside", "program similar", "form", "program", "file", "edit")
_OWN_WORDS: Final = (
    "title",
    "description",
    "countries",
    "pillars",
    "measures",
    "start",
    "end",
    "budget",
    "status",
)
_RANDOM: Final = re.compile(rb'name="(?:csrf_token|once)" value="[^"]*"|\b[a-z2-7]{16}\b')


@dataclass(frozen=True, slots=True)
class Trial:
    """areas: how well each signal tells, by door and over all; tries: uploads.

    flagged: near copies of which the engine did find the hidden record, for the coordinator. seen_by_others: of these
    the pairs that anybody else may see.
    """

    tries: int
    areas: Mapping[str, float]
    flagged: int
    seen_by_others: int


def hide_unique(world: World, count: int, sow: Callable[[object], None]) -> None:
    """Hidden records that are like no visible one, so that all that is found is theirs."""
    sow("unique")
    with world.session() as session:
        owner = person(session, HIDER).organisation
        for each in invent(count, today=base.utcnow().date(), seed=77):
            draft = near_copy(each.draft, 0)
            made, _ = registration.register_project(
                session,
                _hidden(draft),
                organisation=owner,
                by=OPERATOR,
                source=Source.FORM,
            )
            world.hidden.setdefault("unique", []).append(made.public_id)


def _hidden(draft: Any) -> Any:
    return replace(draft, visibility=Visibility.ORGANISATION, groups=frozenset())


def look(both: Twins) -> Trial:
    """Upload a near copy of every unique hidden record into both registers; one door after the other."""
    copies = _near_copies(both.holding)
    signals: dict[str, dict[str, list[float]]] = {"without": {}, "holding": {}}
    for number, copy in enumerate(copies):
        both.turn(base.utcnow() + timedelta(minutes=1))
        door = DOORS[number % len(DOORS)]
        for name, world in (("without", both.without), ("holding", both.holding)):
            both.sow(f"try {number}")
            for signal, value in _try(world, door, copy).items():
                for place in (f"{door}: {signal}", f"all doors: {signal}"):
                    signals[name].setdefault(place, []).append(value)
    areas = {
        place: area(signals["holding"][place], signals["without"].get(place, []))
        for place in signals["holding"]
    }
    flagged, seen = _found(both.holding)
    return Trial(len(copies), areas, flagged, seen)


def area(present: list[float], absent: list[float]) -> float:
    """The area under the curve of a signal: how often it is greater where the record is there; ties count half."""
    pairs = [(one, other) for one in present for other in absent]
    return sum((one > other) + 0.5 * (one == other) for one, other in pairs) / len(pairs)


def _near_copies(world: World) -> list[dict[str, Any]]:
    with world.session() as session:
        found = session.scalars(
            select(Project).where(Project.public_id.in_(world.hidden["unique"]))
        ).all()
        told = [json_of(each, EVERYTHING) for each in sorted(found, key=lambda p: p.public_id)]
    return [_reworded({name: each[name] for name in _OWN_WORDS}, n) for n, each in enumerate(told)]


def _reworded(said: dict[str, Any], number: int) -> dict[str, Any]:
    """Another title of the same thing."""
    titles = {language: f"{text} – phase one" for language, text in said["title"].items()}
    return {**said, "title": titles, "visibility": "registered"} if number % 2 else {
        **said, "visibility": "public",
    }  # fmt: skip


def _try(world: World, door: str, copy: Mapping[str, Any]) -> dict[str, float]:
    """What who uploads `copy` by a door can measure, but for the time that it takes."""
    browser, bearer = world.client(ATTACKER), {"Authorization": f"Bearer {world.tokens[ATTACKER]}"}
    program = world.app.test_client()
    before = _pairs_shown(world)
    answers: list[TestResponse] = []
    if door == "form beside":
        answers.append(browser.post("/projects/similar", data=_form(world, copy)))
    elif door == "program similar":
        answers.append(program.post("/api/v1/similar", json=copy, headers=bearer))
    elif door == "form":
        said = {**_form(world, copy), "do": "register"}
        answers.append(browser.post("/projects/new", data=said))
        answers.append(browser.get(answers[0].headers.get("Location", "/nowhere")))
    elif door == "program":
        answers.append(program.post("/api/v1/projects", json=copy, headers=bearer))
        place = answers[0].headers.get("Location", "/nowhere")
        answers.append(program.get(f"{place}/overlaps", headers=bearer))
        answers.append(program.post("/api/v1/projects", json=copy, headers=bearer))
    elif door == "file":
        answers += _by_file(world, program, bearer, copy)
    else:
        answers += _by_edit(program, browser, bearer, copy)
    answers += [browser.get(address) for address in ("/overlaps?mine=1", "/", "/projects?mine=1")]
    bodies = [_RANDOM.sub(b"", answer.get_data()) for answer in answers]
    return {
        "bytes": float(sum(map(len, bodies))),
        "look-alikes": float(sum(body.count(b"look-alike") + body.count(b'"score"') for body in bodies)),
        "places": float(sum("/registered" in answer.headers.get("Location", "") for answer in answers)),
        "statuses": float(sum(answer.status_code for answer in answers)),
        "pairs": float(_pairs_shown(world) - before),
    }  # fmt: skip


def _form(world: World, copy: Mapping[str, Any]) -> dict[str, Any]:
    with world.session() as session:
        home = person(session, f"{ROLES[ATTACKER]}@demo.example").organisation.public_id
    line = (copy["budget"] or [{}])[0]
    return {
        "version": "",
        "organisation": home,
        "language": next(iter(copy["title"])),
        "title": next(iter(copy["title"].values())),
        "description": next(iter(copy["description"].values()), ""),
        "planned_start": copy["start"] or "",
        "planned_end": copy["end"] or "",
        "status": copy["status"] or "",
        "visibility": copy["visibility"],
        "measures": list(copy["measures"]),
        "budget-0-amount": str(line.get("amount", "")),
        "budget-0-currency": line.get("currency", ""),
        "budget-0-type": "1",
        **{f"countries-{n}-code": each["code"] for n, each in enumerate(copy["countries"])},
        **{f"pillars-{n}-code": each["code"] for n, each in enumerate(copy["pillars"])},
    }


def _by_file(
    world: World, program: Any, bearer: Any, copy: Mapping[str, Any]
) -> list[TestResponse]:
    line = json.dumps(copy).encode() + b"\n"
    sent = program.post("/api/v1/imports?name=a.jsonl", data=line, headers=bearer)
    run_jobs(world, ("imports",))
    place = sent.headers.get("Location", "/nowhere")
    page = world.client(ATTACKER).get(place.replace("/api/v1", ""))
    return [sent, program.get(place, headers=bearer), page]


def _by_edit(
    program: Any, browser: Any, bearer: Any, copy: Mapping[str, Any]
) -> list[TestResponse]:
    """An own record of something else becomes the near copy."""
    plain = {**copy, "title": {"en": "Something quite different"}, "description": {}, "budget": []}
    place = program.post("/api/v1/projects", json=plain, headers=bearer).headers["Location"]
    tag = program.get(place, headers=bearer).headers["ETag"]
    sent = program.put(place, json=copy, headers={**bearer, "If-Match": tag})
    page = browser.get(place.replace("/api/v1", ""))
    return [sent, program.get(f"{place}/overlaps", headers=bearer), page]


def _pairs_shown(world: World) -> int:
    answer = world.app.test_client().get(
        "/api/v1/overlaps?limit=200",
        headers={"Authorization": f"Bearer {world.tokens[ATTACKER]}"},
    )
    return len(answer.get_json()["items"])


def _found(world: World) -> tuple[int, int]:
    """How many hidden records the engine found a near copy of, and how many of those pairs other people see."""
    with world.session() as session:
        hidden = select(Project.id).where(Project.public_id.in_(world.hidden["unique"]))
        touched = Overlap.first_id.in_(hidden) | Overlap.second_id.in_(hidden)
        own = set(session.scalars(hidden))
        ends = session.execute(select(Overlap.first_id, Overlap.second_id).where(touched))
        found = {(own & set(pair)).pop() for pair in ends if len(own & set(pair)) == 1}
        viewers = [
            viewer_of(session, person(session, f"{local}@demo.example"))
            for role, local in ROLES.items()
            if role is not Role.COORDINATOR
        ]
        seen = [
            session.scalars(select(Overlap.id).where(touched, overlap_clause(viewer))).all()
            for viewer in viewers
        ]
        return len(found), sum(map(len, seen))
