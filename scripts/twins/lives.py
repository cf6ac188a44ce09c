"""What is hidden in a register for trials, and what people do in it afterwards."""

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from tacoord.models import (
    AssistanceRequest,
    CoordinationGroup,
    ImportJob,
    ImportState,
    Mask,
    Member,
    Organisation,
    Overlap,
    Project,
    ProjectState,
    RoleGrant,
    Source,
    User,
    Verdict,
    Visibility,
    base,
)
from tacoord.policy import OPERATOR
from tacoord.services import registration
from tacoord.services.assistance.assistance import offer, save_request, submit
from tacoord.services.assistance.drafts import OfferDraft, RequestDraft
from tacoord.services.organisations.organisations import add_organisation
from tacoord.services.overlaps.overlaps import decide, hindrance
from tacoord.services.projects.content import draft_of
from tacoord.services.projects.drafts import Participant, ProjectDraft, Share
from tacoord.services.visibility import EVERYTHING, REGISTERED, overlap_clause
from twins.worlds import HIDER, ROLES, World, person

VEILED: Final = ("Veiled Lantern Trust (VLT)", "Shrouded Harbour Society", "Curtain Row Legal Aid")
WITHHOLDING: Final = 8
WITHHELD_NAMES: Final = ("Shuttered Window House", "Curfew Bell House")
WITHHELD_PLACES: Final = (("KH", "LA"), ("SN", "GH"), ("NP", "BD"), ("KE", "UG"))
"""Two countries of one region each."""
_WITHOUT_PLACE: Final = re.compile(
    r"\b(Cambodia|Lao People\W+s Democratic Republic|Laos|Senegal|Ghana|Nepal|Bangladesh|Kenya|Uganda)\b"
)
KINDS: Final = ("organisation", "draft", "group", "withdrawn")


def hide(world: World, count: int, sow: Callable[[object], None]) -> None:
    """Put `count` hidden records into the world: projects like visible ones above all, and all else that can hide."""
    sow("hidden")
    told: dict[str, list[str]] = {name: [] for name in ("project", "organisation", "import")}
    with world.session() as session:
        hider = person(session, HIDER)
        group = _group_of_others(session)
        models = _visible_projects(session)
        reporters = [hider.organisation]
        if count > 1:
            reporters.append(
                add_organisation(session, name="Masked Moon Foundation", ref="XX-REG-7777")
            )
        for number in range(count if count < 10 else count - 8):
            made = _hide_project(
                session,
                models[number % len(models)],
                reporters[number % len(reporters)],
                KINDS[number % len(KINDS)],
                group,
                number,
            )
            told["project"].append(made.public_id)
        if count >= 10:
            told |= _hide_the_rest(session, hider)
        told["organisation"] = [each.public_id for each in reporters[1:]]
        told["overlap"] = _hidden_overlaps(session, told["project"])
        _judge_hidden(session, told["overlap"])
    world.hidden = told


def withhold(world: World, which: int, sow: Callable[[object], None]) -> None:
    """Register records that differ between the two worlds (`which`: 0, 1) in nothing but what they withhold."""
    with world.session() as session:
        hider = person(session, HIDER)
        models = [each for each in _visible(session) if each.descriptions][:WITHHOLDING]
        for number, model in enumerate(models):
            sow(f"withholds {number}")
            country = WITHHELD_PLACES[number % len(WITHHELD_PLACES)][which]
            name = WITHHELD_NAMES[which]
            said = replace(
                near_copy(draft_of(model), 200 + number),
                titles={"en": f"{_WITHOUT_PLACE.sub('there', model.title)} ({200 + number})"},
                descriptions={
                    "en": f"{name} runs it, {'by the river' if which else 'in the hills'}."
                },
                countries=(Share(country),),
                participants=(Participant(name, "4", f"XX-CURTAIN-{which}"),),
                other_identifiers=(),
                record={"locations": [{"names": {"en": name}}]},
                masks=frozenset(Mask),
                visibility=Visibility.PUBLIC,
                groups=frozenset(),
            )
            registration.register_project(
                session, said, organisation=hider.organisation, by=hider, source=Source.FORM
            )


def _visible_projects(session: Session) -> list[Project]:
    wanted = select(Project).where(Project.state == ProjectState.PUBLISHED)
    return list(session.scalars(wanted.order_by(Project.public_id)))


def _group_of_others(session: Session) -> str:
    """A group in which nobody sits who looks, nor their organisations."""
    lookers = [f"{local}@demo.example" for local in ROLES.values()]
    people = session.scalars(select(User).where(User.email.in_(lookers))).all()
    grants = session.scalars(
        select(RoleGrant.organisation_id).where(RoleGrant.user_id.in_([p.id for p in people]))
    )
    theirs = {*(p.organisation_id for p in people), *grants}
    seats = select(Member.group_id).where(Member.organisation_id.in_(theirs))
    wanted = select(CoordinationGroup.code).where(CoordinationGroup.id.not_in(seats))
    return session.scalars(wanted.order_by(CoordinationGroup.code)).first() or ""


def near_copy(draft: ProjectDraft, number: int) -> ProjectDraft:
    """What another organisation would say of the same activity."""
    titles = {language: f"{text} ({number})" for language, text in draft.titles.items()}
    later = timedelta(days=number % 5)
    return replace(
        draft,
        titles=titles,
        iati_identifier=None,
        planned_start=_later(draft.planned_start, later),
        actual_start=_later(draft.actual_start, later),
    )


def _later(day: date | None, by: timedelta) -> date | None:
    return day + by if day else None


def _hide_project(
    session: Session,
    model: Project,
    organisation: Organisation,
    kind: str,
    group: str,
    number: int,
) -> Project:
    """A near copy of a visible record, naming organisations of which nobody else knows, and teaching known ones."""
    draft = near_copy(draft_of(model), number)
    taught = [replace(each, ref=f"XX-TEACH-{number}9") for each in draft.participants[:1]]
    name = VEILED[number % len(VEILED)]
    draft = replace(
        draft,
        visibility=Visibility.GROUP if kind == "group" else Visibility.ORGANISATION,
        groups=frozenset({group}) if kind == "group" else frozenset(),
        participants=(*taught, Participant(name, "4", f"XX-VEIL-{number % len(VEILED)}1", "22")),
        contact_name="Nobody Seen",
        contact_shown=True,
    )
    said: dict[str, Any] = {"organisation": organisation, "by": OPERATOR, "source": Source.FORM}
    if kind == "draft":
        return registration.save_draft(session, draft, **said)
    made, _flags = registration.register_project(session, draft, **said)
    if kind == "withdrawn":
        registration.withdraw_project(session, made, by=OPERATOR)
    return made


def _hide_the_rest(session: Session, hider: User) -> dict[str, list[str]]:
    """Three requests and a draft of one, two pending offers, and two imports."""
    asker = person(session, "focal-point-sn@demo.example")
    asked = session.scalars(
        select(AssistanceRequest).where(
            AssistanceRequest.organisation_id == asker.organisation_id,
            AssistanceRequest.title.startswith("Nobody has"),
        )
    ).one()
    requests = [submit(session, _request(number), by=asker) for number in range(3)]
    requests.append(save_request(session, _request(3), by=asker))
    draft = OfferDraft(title="Veiled offer of trainers", text="-", pillars=frozenset({"PROT"}))
    offers = [offer(session, draft, by=hider, request=asked) for _ in range(2)]
    imports = [
        ImportJob(
            organisation=hider.organisation,
            created_by_id=hider.id,
            state=state,
            format="csv",
            file_name="veiled.csv",
            size=3,
            finished_at=base.utcnow(),
        )
        for state in (ImportState.DONE, ImportState.FAILED)
    ]
    session.add_all(imports)
    session.flush()
    return {
        "request": [each.public_id for each in requests],
        "offer": [each.public_id for each in offers],
        "import": [each.public_id for each in imports],
    }


def _request(number: int) -> RequestDraft:
    return RequestDraft(
        country="SN",
        title=f"Veiled request {number}",
        need="A need that only its own government knows of.",
        pillars=frozenset({"PROT"}),
        measures=frozenset({"PROT-2"}),
        assistance_kinds=frozenset({"SKILL-TRAIN"}),
        visibility=Visibility.ORGANISATION,
    )


def _judge_hidden(session: Session, pairs: Iterable[str]) -> None:
    """The coordinator, who sees both sides, decides on some pairs with a hidden side."""
    judge = person(session, "coordinator@demo.example")
    for number, public_id in enumerate(pairs):
        if number % 3 == 0:
            decide(session, public_id, Verdict.SAME_ACTIVITY, by=judge)


def _hidden_overlaps(session: Session, projects: Collection[str]) -> list[str]:
    """The pairs of those of some projects that are hidden; the demonstration's own are there in both worlds."""
    hidden = select(Project.id).where(
        Project.public_id.in_(projects),
        Project.visibility.in_((Visibility.ORGANISATION, Visibility.GROUP)),
    )
    touched = Overlap.first_id.in_(hidden) | Overlap.second_id.in_(hidden)
    wanted = select(Overlap.public_id).where(touched, overlap_clause(EVERYTHING))
    return list(session.scalars(wanted.order_by(Overlap.public_id)))


def live_on(world: World, sow: Callable[[object], None]) -> None:
    """What people do afterwards in both worlds: register near copies, name organisations, change, judge, ask."""
    with world.session() as session:
        donor = person(session, "donor@demo.example")
        for number, model in enumerate(_visible(session)[:6]):
            sow(f"registers {number}")
            named = Participant(VEILED[number % 3], "4", f"XX-VEIL-{number % 3}1")
            plain = Participant("Masked Moon Foundation", "1", "XX-REG-7777")
            said = near_copy(draft_of(model), 100 + number)
            said = replace(said, participants=(named, plain), visibility=Visibility.REGISTERED)
            registration.register_project(
                session, said, organisation=donor.organisation, by=donor, source=Source.FORM
            )
    with world.session() as session:
        sow("changes")
        donor = person(session, "donor@demo.example")
        own = session.scalars(
            select(Project)
            .where(Project.organisation_id == donor.organisation_id)
            .order_by(Project.public_id)
        ).all()
        said = replace(draft_of(own[0]), descriptions={"en": "Said otherwise, at more length."})
        registration.change_project(session, own[0], said, by=donor)
        registration.withdraw_project(session, own[1], by=donor)
        registration.restore_project(session, own[1], by=donor)
        sow("asks")
        submit(
            session,
            replace(_request(9), title="Open request", visibility=Visibility.REGISTERED),
            by=person(session, "focal-point-sn@demo.example"),
        )


def _visible(session: Session) -> list[Project]:
    wanted = select(Project).where(
        Project.state == ProjectState.PUBLISHED,
        Project.visibility.in_((Visibility.PUBLIC, Visibility.REGISTERED)),
    )
    return list(session.scalars(wanted.order_by(Project.public_id)))


def judge(world: World, pair: tuple[str, str], sow: Callable[[object], None]) -> None:
    """A reviewer decides on the pair of two projects, by their public ids."""
    sow("judges")
    with world.session() as session:
        found = overlap_of(session, pair)
        by = person(session, "reviewer@demo.example")
        decide(session, found.public_id, Verdict.OVERLAPPING_EFFORT, by=by, note="Alike.")


def common_pair(world: World) -> tuple[str, str]:
    """The projects of an open pair that the reviewer may judge."""
    with world.session() as session:
        by = person(session, "reviewer@demo.example")
        wanted = select(Overlap).where(
            overlap_clause(REGISTERED), Overlap.verdict == Verdict.OPEN, Overlap.stale.is_(False)
        )
        for pair in session.scalars(wanted.order_by(Overlap.public_id)):
            if hindrance(session, by, pair) is None:
                return pair.first.public_id, pair.second.public_id
    raise LookupError("no open pair")


def overlap_of(session: Session, pair: tuple[str, str]) -> Overlap:
    """The pair of two projects."""
    ids = session.scalars(select(Project.id).where(Project.public_id.in_(pair))).all()
    wanted = select(Overlap).where(Overlap.first_id == min(ids), Overlap.second_id == max(ids))
    return session.scalars(wanted).one()
