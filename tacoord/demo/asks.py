"""The demo's requests for assistance and offers."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from sqlalchemy.orm import Session

from tacoord.models import User
from tacoord.services.assistance.assistance import accept, offer, submit
from tacoord.services.assistance.drafts import OfferDraft, RequestDraft


def add_asks(session: Session, people: Mapping[str, User], *, today: date) -> None:
    """Three requests (one unanswered, one with an offer that waits, one accepted), and standing offers.

    people: of `demo.people`, by the part of their address before the @.
    """
    focal_points = {"KH": "focal-point", "SN": "focal-point-sn", "MD": "focal-point-md"}
    lonely, waited, met = (
        submit(session, draft, by=people[focal_points[draft.country]]) for draft in _requests(today)
    )
    donor, agency = people["donor"], people["org-admin"]
    waiting = offer(session, _answer("Two trainers for six months"), by=donor, request=waited)
    taken = offer(session, _answer("A case register with training"), by=agency, request=met)
    thanks = "Thank you. Please call us to plan the start."
    accept(session, taken, by=people["focal-point-md"], note=thanks)
    standing = [
        offer(session, draft, by=by)
        for draft, by in zip(_standing(today), (agency, donor), strict=True)
    ]
    for asked in (lonely, waited, met):
        asked.invented = True
    for offered in (waiting, taken, *standing):
        offered.invented = True


def _requests(today: date) -> Iterator[RequestDraft]:
    yield RequestDraft(
        country="KH",
        title="Compensation for victims: procedures and legal aid",
        need=(
            "Courts may order compensation, but few victims ask for it. We need model procedures, training of legal "
            "aid lawyers and advice on a fund."
        ),
        pillars=frozenset({"PROT"}),
        measures=frozenset({"PROT-1", "PROT-3"}),
        mandates=frozenset({"WG-13", "TIP-6"}),
        assistance_kinds=frozenset({"LAW-SOP", "SKILL-TRAIN", "SERVICE-LEGAL"}),
        target_groups=frozenset({"JUSTICE-DEFENCE", "VICTIM"}),
        needed_from=today + timedelta(days=60),
        needed_by=today + timedelta(days=600),
        contact="Coordination office, by the form of this page",
    )
    yield RequestDraft(
        country="SN",
        title="Training of labour inspectors to recognise forced begging",
        need="Inspectors meet children who beg every day. We ask for a short course and for trainers who stay.",
        pillars=frozenset({"PROT", "PREV"}),
        measures=frozenset({"PROT-2"}),
        assistance_kinds=frozenset({"SKILL-TRAIN", "SKILL-TRAINER"}),
        target_groups=frozenset({"PUBLIC-LABOUR"}),
        needed_from=today + timedelta(days=30),
        needed_by=today + timedelta(days=400),
    )
    yield RequestDraft(
        country="MD",
        title="One case register for police, prosecutors and shelters",
        need="Each ministry counts its own cases. We ask for a common register and for help with its rules.",
        pillars=frozenset({"NCC"}),
        measures=frozenset({"NCC-1", "NCC-3"}),
        assistance_kinds=frozenset({"MEANS-CASE", "KNOW-DATA"}),
        target_groups=frozenset({"PUBLIC-COORDINATOR"}),
        needed_from=today,
        needed_by=today + timedelta(days=365),
    )


def _answer(title: str) -> OfferDraft:
    return OfferDraft(
        title=title, text="We can begin within two months and pay for travel and materials."
    )


def _standing(today: date) -> Iterator[OfferDraft]:
    until = today + timedelta(days=500)
    yield OfferDraft(
        title="Legal aid trainers, two weeks at a time",
        text="Four trainers with court experience. Course materials in English and French.",
        regions=frozenset({"035"}),
        pillars=frozenset({"PROT"}),
        measures=frozenset({"PROT-1"}),
        assistance_kinds=frozenset({"SKILL-TRAIN", "SERVICE-LEGAL"}),
        target_groups=frozenset({"JUSTICE-DEFENCE"}),
        available_until=until,
    )
    yield OfferDraft(
        title="Advice on national action plans",
        text="Remote advice, and one visit. For any country.",
        pillars=frozenset({"NCC", "PREV"}),
        measures=frozenset({"NCC-1"}),
        assistance_kinds=frozenset({"LAW-POLICY"}),
        available_until=until,
    )
