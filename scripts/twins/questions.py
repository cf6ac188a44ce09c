"""What is asked of two worlds, and whether the answers are the same to the byte."""

import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from itertools import islice, product, zip_longest
from typing import Any, Final
from urllib.parse import quote

from sqlalchemy import select
from werkzeug.test import TestResponse

from tacoord.models import (
    AssistanceRequest,
    CoordinationGroup,
    DigestIssue,
    ImportJob,
    Offer,
    Organisation,
    Overlap,
    Project,
    Role,
    User,
)
from tacoord.services.history import SUBJECTS
from tacoord.services.visibility import (
    REGISTERED,
    counted_projects,
    offer_clause,
    organisation_clause,
    overlap_clause,
    request_clause,
)
from twins.worlds import ROLES, World, person

COUNTRIES: Final = ("KH", "SN", "MD", "NG", "LA", "NP", "PH", "AO", "TH", "VN", "GH", "BA")
PILLARS: Final = ("PREV", "PROT", "PROS", "PART", "POL")
KINDS: Final = (
    "same_activity", "funder_implementer", "parent_child", "overlapping_effort", "complementary",
)  # fmt: skip
PLAIN: Final = (
    "/", "/?news=1", "/account", "/account/security", "/account/tokens", "/admin", "/admin/changes",
    "/admin/jobs", "/admin/mail", "/admin/model", "/admin/people", "/admin/people/new",
    "/admin/vocabularies", "/admin/vocabularies/measure", "/api", "/countries", "/coverage",
    "/exports/iati.xml", "/exports/projects.csv", "/exports/projects.hxl.csv",
    "/exports/projects.jsonl", "/exports/projects.xlsx", "/gaps", "/gaps?measures=1", "/groups",
    "/healthz", "/imports", "/metrics", "/offers", "/offers/new", "/organisations", "/overlaps",
    "/projects", "/projects/new", "/readyz", "/requests", "/requests/new", "/search",
    "/api/v1/digests", "/api/v1/gaps", "/api/v1/gaps?measures=1", "/api/v1/groups", "/api/v1/iati",
    "/api/v1/imports", "/api/v1/offers", "/api/v1/openapi.json", "/api/v1/organisations",
    "/api/v1/overlaps", "/api/v1/projects", "/api/v1/requests", "/api/v1/vocabularies/pillar",
)  # fmt: skip
HEADERS: Final = (
    "Location", "ETag", "Content-Type", "Content-Disposition", "Cache-Control", "Refresh", "Link",
    "Retry-After", "Vary",
)  # fmt: skip
FAILED: Final = 500
_TOKEN: Final = re.compile(rb'name="(csrf_token|once)" value="[^"]*"')


@dataclass(frozen=True, slots=True)
class Question:
    """An address, and what is sent there; by is the browser or, under /api/, the program of somebody."""

    address: str
    form: Mapping[str, Any] | None = None
    body: Mapping[str, Any] | None = None

    def __str__(self) -> str:
        sent = self.form or self.body
        return f"{self.address} {dict(sent)}" if sent else self.address


@dataclass(frozen=True, slots=True)
class Difference:
    """A question that somebody got two answers to, and where these begin to differ."""

    role: str
    question: str
    one: str
    other: str

    def __str__(self) -> str:
        return f"{self.role}: {self.question}\n    {self.one}\n    {self.other}"


def questions(one: World, other: World, most: int) -> list[Question]:
    """At most `most` questions, a few of every kind first; ids of hidden records are among them."""
    kinds = [list(each) for each in _kinds(one, other)]
    mixed = (each for row in zip_longest(*kinds) for each in row if each is not None)
    unlike = {str(each): each for each in mixed}
    plain = [Question(address) for address in PLAIN]
    rest = [each for name, each in unlike.items() if name not in PLAIN]
    return list(islice([*plain, *rest], most))


def sample(asked: list[Question], most: int) -> list[Question]:
    """`most` of the questions, spread evenly over all."""
    return [asked[number * len(asked) // most] for number in range(min(most, len(asked)))]


def _kinds(one: World, other: World) -> Iterator[Iterable[Question]]:
    ids = known_ids(one)
    for name, hidden in other.hidden.items():
        ids[name] = [*hidden[:4], *ids.get(name, [])[:60], *hidden[4:8]]
    for name, places in _PLACES.items():
        for place in places:
            yield (Question(place.replace("{}", quote(each))) for each in ids.get(name, ()))
    for address in _filtered(ids):
        yield (Question(each) for each in address)
    yield _searches(one)
    yield from _sent(one, other)


_PLACES: Final = {
    "project": ("/projects/{}", "/projects/{}/edit", "/projects/{}/people", "/projects/{}/registered",
                "/api/v1/projects/{}", "/api/v1/projects/{}/overlaps", "/overlaps?project={}"),
    "organisation": ("/organisations/{}", "/organisations/{}/edit", "/api/v1/organisations/{}",
                     "/api/v1/organisations?cursor={}"),
    "overlap": ("/overlaps/{}", "/api/v1/overlaps/{}", "/overlaps?cursor={}",
                "/api/v1/overlaps?cursor={}", "/overlaps/{}?after={}"),
    "request": ("/requests/{}", "/requests/{}/offer", "/api/v1/requests/{}",
                "/api/v1/requests/{}/matches", "/offers/new?like={}"),
    "offer": ("/offers/{}", "/api/v1/offers/{}", "/projects/new?from_offer={}"),
    "import": ("/imports/{}", "/api/v1/imports/{}"),
    "group": ("/groups/{}", "/groups/{}/digest", "/groups/{}/digest/mail", "/groups/{}/members",
              "/groups/{}/schedule", "/api/v1/groups/{}"),
    "digest": ("/digests/{}", "/api/v1/digests/{}"),
    "country": ("/countries/{}", "/coverage?country={}", "/gaps?country={}", "/projects?country={}",
                "/organisations?country={}", "/overlaps?country={}", "/requests?country={}",
                "/api/v1/projects?country={}", "/api/v1/overlaps?country={}",
                "/api/v1/gaps?country={}&measures=1", "/search?q=training&country={}"),
    "code": ("/projects?organisation={}", "/overlaps?organisation={}", "/api/v1/iati?organisation={}",
             "/api/v1/organisations?code={}", "/api/v1/projects?organisation={}",
             "/admin/people?organisation={}"),
    "person": ("/admin/people/{}",),
}  # fmt: skip


def known_ids(world: World) -> dict[str, list[str]]:
    """What everybody may know, by kind."""
    with world.session() as session:

        def of(column: Any, *clauses: Any) -> list[str]:
            return list(session.scalars(select(column).where(*clauses).order_by(column)))

        return {
            "project": of(Project.public_id, counted_projects(REGISTERED)),
            "organisation": of(Organisation.public_id, organisation_clause(REGISTERED)),
            "code": [*of(Organisation.code, organisation_clause(REGISTERED)), "MASKED-MOON-FOUNDATION"],
            "overlap": of(Overlap.public_id, overlap_clause(REGISTERED)),
            "request": of(AssistanceRequest.public_id, request_clause(REGISTERED)),
            "offer": of(Offer.public_id, offer_clause(REGISTERED)),
            "import": of(ImportJob.public_id),
            "group": of(CoordinationGroup.code),
            "digest": of(DigestIssue.public_id),
            "person": of(User.public_id),
            "country": list(COUNTRIES),
        }  # fmt: skip


def _filtered(ids: Mapping[str, list[str]]) -> Iterator[list[str]]:
    sorts = ("title", "-title", "ends", "-ends", "budget", "-budget", "updated", "-updated")
    yield [f"/projects?sort={sort}&page={page}" for sort in sorts for page in (1, 2, 4)]
    yield [f"/projects?country={c}&pillar={p}" for c, p in product(COUNTRIES, PILLARS)]
    yield ["/projects?running=1", "/projects?mine=1", "/projects?stale=1", "/projects?ends=6"]
    yield [f"/projects?state={state}" for state in ("draft", "withdrawn")]
    yield [
        f"/overlaps?kind={kind}&sort={s}"
        for kind in KINDS
        for s in ("score", "money", "age", "learning")
    ]
    yield [f"/overlaps?stand={stand}" for stand in ("decided", "stale", "all")]
    yield [f"/overlaps?pillar={p}&single=1" for p in PILLARS] + ["/overlaps?mine=1"]
    yield [f"/coverage?show={show}" for show in ("projects", "money", "months", "measures")]
    yield [f"/coverage?pillar={p}&when=all" for p in PILLARS] + ["/coverage?rows=regions"]
    yield [f"/coverage?sort={sort}" for sort in ("name", "-name", "projects", "gaps")]
    yield [f"/countries?show={show}" for show in ("projects", "money", "gaps")]
    yield [f"/gaps?pillar={p}&page={page}" for p, page in product(PILLARS, (1, 2))]
    yield [f"/gaps?kind={kind}" for kind in ("no_project", "coverage_ends", "request_unanswered")]
    yield [f"/organisations?page={page}" for page in (1, 2)] + ["/organisations?unverified=1"]
    yield [f"/organisations?type={kind}" for kind in ("10", "21", "22", "40")]
    yield [f"/requests?state={state}" for state in ("open", "accepted", "closed", "all")]
    yield [f"/api/v1/projects?limit={limit}" for limit in (1, 7, 200)]
    yield [f"/api/v1/overlaps?min_score={score}&limit=200" for score in (0.1, 0.5, 0.9)]
    yield [f"/api/v1/overlaps?kind={kind}" for kind in KINDS]
    yield [f"/api/v1/projects?pillar={p}&running=1" for p in PILLARS]
    yield [f"/admin/changes?subject={subject}" for subject in SUBJECTS]
    yield [f"/groups/{code}?page=2" for code in ids["group"][:4]]


def _searches(world: World) -> list[Question]:
    with world.session() as session:
        titles = session.scalars(select(Project.title).order_by(Project.public_id).limit(60)).all()
    words = {word for title in titles for word in re.findall(r"\w{5,}", title.lower())}
    asked = [
        "veiled",
        "lantern",
        "masked moon",
        "shrouded",
        "xx-veil",
        "shuttered",
        "curfew",
        "xx-curtain",
        *sorted(words)[:60],
    ]
    places = ("/search?q=", "/projects?q=", "/organisations?q=", "/api/v1/organisations?q=")
    return [Question(f"{place}{quote(word)}") for word in asked for place in places]


def _sent(one: World, other: World) -> Iterator[list[Question]]:
    """What looks like something that is hidden in the other world: by form and by program. Nothing is stored."""
    with other.session() as session:
        found = session.scalars(
            select(Project).where(Project.public_id.in_(other.hidden.get("project", [])))
        ).all()
        said = [(each.title, dict(each.descriptions), each.codes("country")) for each in found[:20]]
    with one.session() as session:
        home = person(session, f"{ROLES[Role.REPORTER]}@demo.example").organisation.public_id
    yield [
        Question("/projects/similar", form={
            "organisation": home, "title": title, "language": "en", "visibility": "public",
            "description": next(iter(texts.values()), ""),
            **{f"countries-{n}-code": code for n, code in enumerate(codes[:3])},
        })
        for title, texts, codes in said
    ]  # fmt: skip
    yield [
        Question("/api/v1/similar", body={
            "title": {"en": title}, "description": texts, "countries": codes,
        })
        for title, texts, codes in said
    ]  # fmt: skip


def compare(
    one: World, other: World, roles: Iterable[Role | None], asked: Iterable[Question]
) -> tuple[Counter[int], list[Difference]]:
    """How many answers of each status were compared, and where they were not the same, or no answers at all."""
    counts: Counter[int] = Counter()
    found = []
    asked = list(asked)
    for role in roles:
        for question in asked:
            left, right = (answer(world, role, question) for world in (one, other))
            counts[left["status"]] += 1
            if left != right or left["status"] == FAILED:
                found.append(_told(role, question, left, right))
    return counts, found


def answer(world: World, role: Role | None, question: Question) -> dict[str, Any]:
    """Status, headers that tell something, and body of an answer, without what is a time of the making of a file."""
    method = "POST" if question.form or question.body else "GET"
    headers = {}
    client = world.client(None if question.address.startswith("/api/v1") else role)
    if question.address.startswith("/api/v1") and role is not None:
        headers["Authorization"] = f"Bearer {world.tokens[role]}"
    response = client.open(
        question.address, method=method, data=question.form, json=question.body, headers=headers,
        buffered=True,
    )  # fmt: skip
    return {
        "status": response.status_code,
        **{name: response.headers.get(name) for name in HEADERS},
        **_body(response),
    }


def _body(response: TestResponse) -> dict[str, Any]:
    data = _TOKEN.sub(b"", response.get_data())
    if not data.startswith(b"PK"):
        return {"body": data}
    with zipfile.ZipFile(BytesIO(data)) as book:
        return {name: book.read(name) for name in book.namelist() if name != "docProps/core.xml"}


def _told(
    role: Role | None, question: Question, left: Mapping[str, Any], right: Mapping[str, Any]
) -> Difference:
    name = next((name for name in left if left[name] != right.get(name, None)), "status")
    one, other = (_text(each.get(name)) for each in (left, right))
    begin = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), 0)
    begin = max(0, begin - 60)
    return Difference(
        role.value if role else "nobody",
        str(question),
        f"{name}: …{one[begin : begin + 160]!r}",
        f"{name}: …{other[begin : begin + 160]!r}",
    )


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def compare_mail(one: World, other: World) -> tuple[int, list[Difference]]:
    """As `compare`, of the letters to all but the coordinator, who may see everything."""
    count, found = 0, []
    for (to, left), (_to, right) in zip_longest(_letters(one), _letters(other), fillvalue=("", "")):
        count += 1
        if left != right:
            found.append(_told(None, Question(f"letter to {to}"), {"body": left}, {"body": right}))
    return count, found


def _letters(world: World) -> list[tuple[str, str]]:
    boring = re.compile(
        r"(?m)^(Message-ID|Date|References):.*$|=+[0-9a-f]{8,}=*|/stop/[\w.=%-]+|boundary=.*"
    )
    told = []
    for text in world.mail().values():
        to = re.search(r"(?m)^To: .*$", text)
        if to and "coordinator@" not in to[0]:
            told.append((to[0], boring.sub("", text)))
    return sorted(told)
