"""What goes in and out of the API, as schemas for its description; the services check, these describe."""

from typing import Any

from apiflask import Schema
from apiflask.fields import Boolean, Dict, Float, Integer, List, Nested, Raw, String


class Place(Schema):
    """A code and its share in per cent."""

    code = String()
    percentage = Float(allow_none=True)
    vocabulary = String()


class OrganisationRef(Schema):
    """An organisation as a reporter names it."""

    ref = String(allow_none=True)
    name = String(allow_none=True)


class ParticipatingOrg(OrganisationRef):
    """role: IATI organisation role, 1 to 4."""

    role = String()
    type = String(allow_none=True)
    activity_id = String(allow_none=True)


class OtherIdentifier(Schema):
    """type: IATI other-identifier type, such as A1."""

    type = String()
    value = String()


class Amount(Schema):
    """Major units of the currency."""

    amount = Float()
    currency = String()
    type = String()
    status = String()
    start = String(allow_none=True)
    end = String(allow_none=True)
    value_date = String(allow_none=True)


class Contact(Schema):
    """Told to others only where `shown`."""

    name = String(allow_none=True)
    email = String(allow_none=True)
    phone = String(allow_none=True)
    shown = Boolean()


class ProjectIn(Schema):
    """A project; only the title is needed. Texts are objects by language."""

    title = Dict(keys=String(), values=String())
    description = Dict(keys=String(), values=String())
    iati_identifier = String(allow_none=True)
    other_identifiers = List(Nested(OtherIdentifier))
    participating_orgs = List(Nested(ParticipatingOrg))
    countries = List(Nested(Place))
    regions = List(Nested(Place))
    sectors = List(Nested(Place))
    pillars = List(Nested(Place))
    measures = List(String())
    policy_areas = List(String())
    mandates = List(String())
    exploitation = List(String())
    target_groups = List(String())
    assistance_kinds = List(String())
    sdg_targets = List(String())
    status = String(allow_none=True)
    start = String(allow_none=True, metadata={"format": "date"})
    end = String(allow_none=True, metadata={"format": "date"})
    planned_start = String(allow_none=True)
    actual_start = String(allow_none=True)
    planned_end = String(allow_none=True)
    actual_end = String(allow_none=True)
    budget = List(Nested(Amount))
    contact = Nested(Contact, allow_none=True)
    website = String(allow_none=True)
    visibility = String(metadata={"enum": ["public", "registered", "group", "organisation"]})
    groups = List(String())
    masks = List(
        String(),
        metadata={
            "description": "What only the reporting organisation reads: places, participants, description."
        },
    )
    record = Dict(keys=String(), values=Raw())


class ProjectOut(ProjectIn):
    """A project as registered."""

    id = String()
    reporting_org = Nested(OrganisationRef)
    state = String()
    source = String()
    on_behalf = Boolean()
    created_at = String()
    updated_at = String()
    confirmed_at = String(allow_none=True)


class EvidencePiece(Schema):
    """One thing that speaks for or against a pair; contributions add up to the log-odds of the score."""

    feature = String()
    left = Raw()
    right = Raw()
    similarity = Float(allow_none=True)
    weight = Float()
    contribution = Float()
    sentence = String()


class DecisionOut(Schema):
    """A verdict as it was given."""

    verdict = String()
    note = String()
    at = String()
    by = String()


class Side(Schema):
    """One of the two projects of a pair, in short."""

    id = String()
    title = String()
    organisation = String()


class OverlapOut(Schema):
    """A flagged pair."""

    id = String()
    left = Nested(Side)
    right = Nested(Side)
    kind = String()
    kind_reason = String(allow_none=True)
    score = Float()
    evidence = List(Nested(EvidencePiece))
    model_version = String()
    verdict = String()
    flagged_at = String()
    decided_at = String(allow_none=True)
    decisions = List(Nested(DecisionOut))


class DecisionIn(Schema):
    """verdict: a kind of overlap, or `unrelated`."""

    verdict = String(required=True)
    note = String()


class LookAlikeOut(Schema):
    """A project that looks like the one that was sent."""

    project = Nested(Side)
    kind = String()
    kind_reason = String(allow_none=True)
    score = Float()
    evidence = List(Nested(EvidencePiece))


class GapOut(Schema):
    """A statement with its evidence."""

    key = String()
    kind = String()
    country = String()
    pillar = String()
    measure = String(allow_none=True)
    evidence = Dict(keys=String(), values=Raw())


class RequestIn(Schema):
    """What a government asks for."""

    country = String(required=True)
    title = String(required=True)
    need = String(required=True)
    pillars = List(String(), required=True)
    measures = List(String())
    mandates = List(String())
    assistance_kinds = List(String())
    target_groups = List(String())
    needed_from = String(allow_none=True)
    needed_by = String(allow_none=True)
    contact = String()
    visibility = String()
    groups = List(String())


class RequestOut(RequestIn):
    """A request as sent."""

    id = String()
    organisation = String()
    state = String()
    submitted_at = String(allow_none=True)


class FitReason(Schema):
    """Why something fits, with the codes that are met."""

    reason = String()
    codes = List(String())


class FitOut(Schema):
    """A project, offer or organisation that fits. score: the part of what was asked that it covers, 0 to 1."""

    id = String()
    name = String()
    score = Float()
    reasons = List(Nested(FitReason))


class FitsOut(Schema):
    """What fits a request, best first."""

    projects = List(Nested(FitOut))
    offers = List(Nested(FitOut))
    organisations = List(Nested(FitOut))


class OfferIn(Schema):
    """request: the id of the request that it answers; without one it is a standing offer."""

    request = String(allow_none=True)
    title = String(required=True)
    text = String()
    countries = List(String())
    regions = List(String())
    pillars = List(String())
    measures = List(String())
    mandates = List(String())
    assistance_kinds = List(String())
    target_groups = List(String())
    available_from = String(allow_none=True)
    available_until = String(allow_none=True)


class OfferOut(OfferIn):
    """An offer as made."""

    id = String()
    organisation = String()
    state = String()
    answer_note = String()


class OrganisationOut(Schema):
    """An organisation of the register."""

    id = String()
    code = String()
    name = String()
    acronym = String(allow_none=True)
    type = String(allow_none=True)
    country = String(allow_none=True)
    website = String(allow_none=True)
    verified = Boolean()


class GroupOut(Schema):
    """A coordination group."""

    id = String()
    code = String()
    name = String()
    kind = String()
    scope = String()
    members = List(String())


class DigestOut(Schema):
    """An issue of a group's digest."""

    id = String()
    group = String()
    number = Integer()
    due_at = String()
    state = String()


class TermOut(Schema):
    """A term of a vocabulary."""

    code = String()
    label = String()
    parent = String(allow_none=True)
    active = Boolean()
    attributes = Dict(keys=String(), values=Raw())


class ImportOut(Schema):
    """An import and how far it is. done: records read so far; counts: by what became of them."""

    id = String()
    organisation = String()
    state = String()
    file_name = String()
    format = String()
    dry_run = Boolean()
    done = Integer()
    counts = Dict(keys=String(), values=Integer())
    report = List(Raw())
    remarks = List(Raw())
    error = String()
    created_at = String()
    finished_at = String(allow_none=True)


class UndoneRecord(Schema):
    """A record of an import. fate: `withdrawn`, `put-back`, or why it stays, such as `changed-since`."""

    id = String()
    title = String()
    line = Integer(allow_none=True)
    fate = String()


class UndoOut(Schema):
    """An import that is taken back, or could be: its state, and its records with their fates."""

    id = String()
    state = String()
    records = List(Nested(UndoneRecord))


def page_schema(item: type[Schema]) -> type[Any]:
    """A page of `item`s: `items`, and `next`, the cursor of the following page."""
    name = item.__name__.removesuffix("Out") + "Page"
    return Schema.from_dict(
        {"items": List(Nested(item)), "next": String(allow_none=True)}, name=name
    )


def filters_schema(*names: str) -> type[Any]:
    """The parameters of a list in the address: those `names`, with `limit` and `cursor`."""
    return names_schema(*names, limit=Integer(), cursor=String())


def import_query() -> type[Any]:
    """The parameters of a file that is sent."""
    return names_schema("name", "organisation", "dry_run")


def names_schema(*names: str, **more: Any) -> type[Any]:
    """Parameters in the address: texts of those `names`, and `more`."""
    texts: dict[str, Any] = {name: String() for name in names}
    return Schema.from_dict({**texts, **more}, name="Filters")
