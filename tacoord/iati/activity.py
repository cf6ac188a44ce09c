"""Activity: what one iati-activity says, as values; codes are those of IATI 2.03."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from hashlib import blake2b

from tacoord.iati.faults import Fault

Texts = Mapping[str, str]
"""Language code ("und" where the file does not say) to text, in the order of the file."""

OWN_VOCABULARIES = "urn:tacoord:vocabulary:"
"""What our own vocabularies are called in a tag's vocabulary-uri, followed by the name."""


@dataclass(frozen=True, slots=True)
class ReportingOrg:
    """Who reports the activity; `ref` is an IATI organisation identifier, "" if none is given."""

    ref: str = ""
    type: str | None = None
    names: Texts = field(default_factory=dict)
    secondary: bool = False


@dataclass(frozen=True, slots=True)
class Description:
    """A description; type 1 general, 2 objectives, 3 target groups, 4 other."""

    texts: Texts
    type: str | None = None


@dataclass(frozen=True, slots=True)
class ParticipatingOrg:
    """An organisation in its role: 1 funding, 2 accountable, 3 extending, 4 implementing.

    activity_id: the identifier under which that organisation reports the same activity.
    """

    role: str | None
    ref: str = ""
    type: str | None = None
    names: Texts = field(default_factory=dict)
    activity_id: str = ""
    channel: str = ""


@dataclass(frozen=True, slots=True)
class OtherIdentifier:
    """Another name of the activity (types A1 to A9) or of its reporter (B1, B9)."""

    value: str
    type: str = "A9"
    owner_ref: str = ""
    owner_name: str = ""


@dataclass(frozen=True, slots=True)
class ActivityDate:
    """Type 1 planned start, 2 actual start, 3 planned end, 4 actual end.

    `day` is None where the date could not be read; `raw` then holds what stood there.
    """

    type: str
    day: date | None
    raw: str = ""


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom to ask; type 1 general, 2 project management, 3 finance, 4 communications."""

    type: str | None = None
    organisation: str = ""
    department: str = ""
    person: str = ""
    job_title: str = ""
    telephone: str = ""
    email: str = ""
    website: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class RecipientCountry:
    """A country by its ISO 3166-1 alpha-2 code; `percentage` 0 to 100, None if not given."""

    code: str
    percentage: Decimal | None = None


@dataclass(frozen=True, slots=True)
class RecipientRegion:
    """A region; vocabulary 1 OECD DAC, 2 UN M49, 99 the reporter's own."""

    code: str
    vocabulary: str = "1"
    percentage: Decimal | None = None
    vocabulary_uri: str = ""
    names: Texts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Location:
    """A place below the country; latitude and longitude in degrees, both or neither."""

    names: Texts = field(default_factory=dict)
    latitude: Decimal | None = None
    longitude: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Sector:
    """A sector; vocabulary 1 DAC purpose code, 2 DAC 3 digits, 7 to 9 SDG, 99 the reporter's."""

    code: str
    vocabulary: str = "1"
    percentage: Decimal | None = None
    vocabulary_uri: str = ""
    names: Texts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag; vocabulary 2 SDG goal, 3 SDG target, 99 with our URI: a term of ours.

    IATI gives tags no percentage; ours carry one in an attribute of our own.
    """

    code: str
    vocabulary: str
    vocabulary_uri: str = ""
    percentage: Decimal | None = None
    names: Texts = field(default_factory=dict)

    @classmethod
    def own(cls, vocabulary: str, code: str, percentage: Decimal | None = None) -> "Tag":
        """A term of our vocabulary of that name, such as `pillar`, as a tag."""
        return cls(code, "99", OWN_VOCABULARIES + vocabulary, percentage)

    @property
    def own_vocabulary(self) -> str | None:
        """The name of our vocabulary that this tag is from; None for anybody else's."""
        if self.vocabulary != "99" or not self.vocabulary_uri.startswith(OWN_VOCABULARIES):
            return None
        return self.vocabulary_uri.removeprefix(OWN_VOCABULARIES)


@dataclass(frozen=True, slots=True)
class PolicyMarker:
    """A policy marker and how much it matters (0 not, 1 significant, 2 principal, 3, 4)."""

    code: str
    vocabulary: str = "1"
    significance: str | None = None


@dataclass(frozen=True, slots=True)
class Budget:
    """Money planned for a period (both days included), in major units of the currency.

    type 1 original, 2 revised; status 1 indicative, 2 committed.
    """

    amount: Decimal
    currency: str
    starts: date | None = None
    ends: date | None = None
    type: str = "1"
    status: str = "1"
    value_date: date | None = None


@dataclass(frozen=True, slots=True)
class Flow:
    """The sum of all transactions of one type in one currency; type "planned" sums planned ones.

    Types are those of IATI 2: 1 incoming funds, 2 commitment, 3 disbursement, 4 expenditure ...
    """

    type: str
    currency: str
    amount: Decimal
    count: int
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class RelatedActivity:
    """Another activity; type 1 parent, 2 child, 3 sibling, 4 co-funded, 5 third party."""

    type: str
    ref: str


@dataclass(frozen=True, slots=True)
class Defaults:
    """What holds for the transactions unless they say otherwise, by IATI code."""

    collaboration_type: str | None = None
    flow_type: str | None = None
    finance_type: str | None = None
    aid_type: str | None = None
    tied_status: str | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many parts the file has of the kinds that are only counted."""

    transactions: int = 0
    planned_disbursements: int = 0
    documents: int = 0
    results: int = 0
    conditions: int = 0


@dataclass(frozen=True, slots=True)
class Activity:
    """What one iati-activity says.

    line: where it stands in its file; problems: what was left out or looks wrong, though the
    activity as a whole can be used. Both do not count when two activities are compared.
    """

    iati_identifier: str
    titles: Texts
    reporting_org: ReportingOrg = ReportingOrg()
    descriptions: tuple[Description, ...] = ()
    participating_orgs: tuple[ParticipatingOrg, ...] = ()
    other_identifiers: tuple[OtherIdentifier, ...] = ()
    status: str | None = None
    dates: tuple[ActivityDate, ...] = ()
    contacts: tuple[Contact, ...] = ()
    scope: str | None = None
    countries: tuple[RecipientCountry, ...] = ()
    regions: tuple[RecipientRegion, ...] = ()
    locations: tuple[Location, ...] = ()
    sectors: tuple[Sector, ...] = ()
    tags: tuple[Tag, ...] = ()
    policy_markers: tuple[PolicyMarker, ...] = ()
    defaults: Defaults = Defaults()
    budgets: tuple[Budget, ...] = ()
    flows: tuple[Flow, ...] = ()
    related: tuple[RelatedActivity, ...] = ()
    partner_activity_ids: tuple[str, ...] = ()
    counts: Counts = Counts()
    default_currency: str | None = None
    default_language: str = "und"
    hierarchy: int | None = None
    humanitarian: bool | None = None
    last_updated: datetime | None = None
    line: int | None = field(default=None, compare=False)
    problems: tuple[Fault, ...] = field(default=(), compare=False)

    @property
    def title(self) -> str:
        """The title in the activity's own language, else the first one."""
        return self.titles.get(self.default_language) or next(iter(self.titles.values()), "")

    def day(self, date_type: str) -> date | None:
        """The first readable date of that type (see ActivityDate)."""
        return next((d.day for d in self.dates if d.type == date_type and d.day), None)

    @property
    def starts(self) -> date | None:
        """The actual first day, else the planned one."""
        return self.day("2") or self.day("1")

    @property
    def ends(self) -> date | None:
        """The actual last day, else the planned one."""
        return self.day("4") or self.day("3")

    def own_terms(self, vocabulary: str) -> tuple[Tag, ...]:
        """The tags from our vocabulary of that name."""
        return tuple(tag for tag in self.tags if tag.own_vocabulary == vocabulary)

    def digest(self) -> str:
        """A short text that is the same for equal activities only, to see whether one changed."""
        said = repr(replace(self, line=None, problems=()))
        return blake2b(said.encode("utf-8", "backslashreplace"), digest_size=16).hexdigest()
