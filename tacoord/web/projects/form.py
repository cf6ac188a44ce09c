"""The form of a project: five steps, read into a draft, and filled from one."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from babel.numbers import get_currency_precision
from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    Field,
    FieldList,
    Form,
    FormField,
    HiddenField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than stubs
from wtforms.validators import Length, Optional, ValidationError

from tacoord.errors import Invalid
from tacoord.models import Mask, Visibility
from tacoord.services.projects.drafts import (
    BudgetAmount,
    Participant,
    ProjectDraft,
    Sector,
    Share,
)
from tacoord.web.forms import (
    ADD,
    DayField,
    MoneyField,
    MultiCheckboxField,
    Needed,
    PageForm,
    RowForm,
    ShareField,
    ShortSelect,
    choices,
    share_row,
    version_of,
)
from tacoord.web.term_choices import (
    CountryField,
    currency_choices,
    goal_choices,
    group_choices,
    headed_choices,
    language_choices,
    language_code,
    nested_choices,
    offer_present,
    plain_choices,
)

CODE_SETS: Final = (
    "measures",
    "policy_areas",
    "mandates",
    "exploitation",
    "target_groups",
    "assistance_kinds",
    "sdg_targets",
)
DETAILS: Final = ("exploitation", "mandates", "policy_areas", "sdg_targets", "sectors")
"""Long lists that the page shows when they are asked for, or where something of them is chosen."""
_SAME_BY_NAME: Final = (
    "iati_identifier",
    "planned_start",
    "actual_start",
    "planned_end",
    "actual_end",
    "contact_name",
    "contact_email",
    "contact_phone",
    "website",
)
_FIELD_OF: Final = {"titles": "title", "descriptions": "description"}
_DAC: Final = "1"
_ORIGINAL: Final = "1"


def visibility_choices() -> list[SelectChoice]:
    """Who may see a record, each with its meaning in words."""
    return choices(
        [
            (
                Visibility.REGISTERED.value,
                _("Everyone with an account – donors, agencies and governments that sign in"),
            ),
            (
                Visibility.PUBLIC.value,
                _("Everyone – it may also be exported and published as open data (IATI)"),
            ),
            (
                Visibility.GROUP.value,
                _("Members of the groups chosen below, and your own organisation"),
            ),
            (
                Visibility.ORGANISATION.value,
                _("Only your own organisation – it is not counted for anybody else"),
            ),
        ]
    )


def mask_choices() -> list[SelectChoice]:
    """What can be kept from others, each with what they see in its place."""
    return choices(
        [
            (Mask.PLACES.value, _("Places – others see the region, not the country")),
            (Mask.PARTICIPANTS.value, _("The other organisations and units that take part")),
            (Mask.DESCRIPTION.value, _("The description")),
        ]
    )


class NeededToRegister:
    """Marks a field that registering needs; a draft may lack it, so that the record itself says when it is missing."""

    field_flags = {"required": True}

    def __call__(self, form: Form, field: Field) -> None:
        """Let everything pass: the rule stands in the draft."""


class TranslationRow(RowForm):
    """Title and description in one more language."""

    presets = frozenset({"language"})
    language = SelectField(_l("Language"), choices=language_choices, widget=ShortSelect())
    title = StringField(_l("Title"), [Length(max=1000)])
    description = TextAreaField(_l("Description"), [Length(max=50_000)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer_language(self.language)


class CountryRow(RowForm):
    """A country, and its share of the money."""

    code = CountryField(_l("Country"))
    percentage = ShareField(_l("Share (%)"))


class ParticipantRow(RowForm):
    """An organisation, and what it does here."""

    name = StringField(
        _l("Organisation"), [Length(max=500)], render_kw={"list": "known-organisations"}
    )
    role = SelectField(_l("Role"), choices=plain_choices("organisation-role", blank=True))
    ref = StringField(_l("Identifier"), [Length(max=300)])


class BudgetRow(RowForm):
    """An amount, and the days it is for."""

    presets = frozenset({"currency", "type"})
    amount = MoneyField(_l("Amount"))
    currency = SelectField(_l("Currency"), choices=currency_choices, widget=ShortSelect())
    starts = DayField(_l("From"), [Optional()])
    ends = DayField(_l("Until"), [Optional()])
    type = SelectField(_l("Kind"), choices=plain_choices("budget-type"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_present(self.currency)  # of a record from a file: one that is no longer in use

    def validate_amount(self, field: MoneyField) -> None:
        """Refuse a line without an amount, or with more digits than its currency has."""
        if field.process_errors:
            return
        if field.data is None:
            raise ValidationError(_("Enter an amount, or remove this row."))
        field.minor(self.currency.data or "USD")


class ProjectForm(PageForm):
    """What can be said of a project by hand. What a file said beyond it is carried along unseen."""

    version = HiddenField()
    detailed = HiddenField()
    title = StringField(
        _l("Title"),
        [NeededToRegister(), Length(max=1000)],
        description=_l("As it stands in your own documents."),
    )
    description = TextAreaField(
        _l("Description"),
        [Length(max=50_000)],
        description=_l("What is done, for whom, and what shall be different at the end."),
    )
    language = SelectField(
        _l("Language of title and description"),
        [Needed()],
        choices=language_choices,
        widget=ShortSelect(),
    )
    iati_identifier = StringField(
        _l("IATI identifier"),
        [Length(max=255)],
        description=_l(
            "If your organisation publishes to IATI. It is the surest way to tell who is who."
        ),
    )
    translations = FieldList(FormField(TranslationRow), _l("The same in other languages"))
    organisation = SelectField(_l("Reported by"), validate_choice=True)
    participants = FieldList(
        FormField(ParticipantRow),
        _l("Organisations"),
        min_entries=1,
        max_entries=500,
        description=_l(
            "Who pays, who is responsible, who passes money on, who does the work. The identifier may stay empty."
        ),
    )
    countries = FieldList(
        FormField(CountryRow),
        _l("Countries"),
        min_entries=1,
        max_entries=300,
        description=_l(
            "Shares are per cent of the money. Leave all of them empty if you do not know."
        ),
    )
    regions = FieldList(
        FormField(share_row(_l("Region"), plain_choices("region", blank=True))),
        _l("Regions"),
        min_entries=1,
        max_entries=100,
        description=_l("Where work is for a region as a whole and not for single countries."),
    )
    pillars = FieldList(
        FormField(share_row(_l("Pillar"), plain_choices("pillar", blank=True))),
        _l("Pillars"),
        min_entries=1,
        max_entries=20,
        description=_l("What the work is for. Shares are per cent of the money."),
    )
    measures = MultiCheckboxField(
        _l("Measures"), choices=headed_choices("measure", "pillar", of="pillar")
    )
    assistance_kinds = MultiCheckboxField(
        _l("Kinds of assistance"), choices=nested_choices("assistance-kind")
    )
    target_groups = MultiCheckboxField(_l("For whom"), choices=nested_choices("target-group"))
    exploitation = MultiCheckboxField(
        _l("Forms of exploitation"), choices=nested_choices("exploitation")
    )
    mandates = MultiCheckboxField(
        _l("Mandates"),
        choices=headed_choices("mandate", "instrument"),
        description=_l("The articles and paragraphs that the work carries out."),
    )
    policy_areas = MultiCheckboxField(
        _l("Policy areas"), choices=headed_choices("policy-area", "pillar", of="pillar")
    )
    sdg_targets = MultiCheckboxField(
        _l("Targets of the Sustainable Development Goals"), choices=goal_choices
    )
    sectors = MultiCheckboxField(
        _l("Sectors (OECD DAC purpose codes)"), choices=plain_choices("sector")
    )
    status = SelectField(_l("Status"), choices=plain_choices("activity-status", blank=True))
    planned_start = DayField(_l("Planned first day"), [Optional()])
    actual_start = DayField(_l("Actual first day"), [Optional()])
    planned_end = DayField(_l("Planned last day"), [Optional()])
    actual_end = DayField(_l("Actual last day"), [Optional()])
    budget = FieldList(
        FormField(BudgetRow),
        _l("Budget"),
        min_entries=1,
        max_entries=500,
        description=_l(
            "One row for the whole, or one for each year or revision. Enter all of it, like 1250000 or 1,250,000."
        ),
    )
    visibility = RadioField(
        _l("Who may see it"),
        [Needed()],
        choices=visibility_choices,
        default=Visibility.REGISTERED.value,
    )
    groups = MultiCheckboxField(_l("Groups"), choices=group_choices)
    masks = MultiCheckboxField(
        _l("What only your own organisation reads"),
        choices=mask_choices,
        description=_l(
            "For what could lead somebody to a shelter. Money, dates and pillars stay in sight. In lists, searches, "
            "tables and comparisons the project then counts as others see it, for you too. "
            "Read title and description again: names of towns, rivers or shelters there stay in sight."
        ),
    )
    contact_name = StringField(_l("Contact"), [Length(max=300)])
    contact_email = StringField(_l("E-mail"), [Length(max=320)])
    contact_phone = StringField(_l("Telephone"), [Length(max=100)])
    contact_shown = BooleanField(
        _l("Show the contact to everyone who may see the project"),
        description=_l("Otherwise only your own organisation and the coordinators see it."),
    )
    website = StringField(_l("Website"), [Length(max=500)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer_language(self.language)

    def change_rows(self) -> bool:
        """As for every form; the button for more detail, too, only brings the form back."""
        if request.form.get(ADD) == self.detailed.name:
            self.detailed.data = "1"
        return super().change_rows()

    def show(self, error: Invalid) -> None:
        """As for every form; the draft's texts stand in fields of their own here."""
        super().show(
            Invalid(
                replace(problem, field=_FIELD_OF.get(problem.field, problem.field))
                for problem in error.problems
            )
        )

    def draft(self, base: ProjectDraft | None = None) -> ProjectDraft:
        """What was entered, on top of `base`: the record as it is, or what a new one begins with."""
        base = base or ProjectDraft()
        return replace(
            base,
            **self._same_by_name(),
            titles=self._texts("title"),
            descriptions=self._texts("description"),
            participants=tuple(self._participants(base)),
            countries=_shares(self.countries),
            regions=_shares(self.regions),
            pillars=_shares(self.pillars),
            sectors=tuple(self._sectors(base)),
            status=self.status.data or None,
            budget=tuple(self._budget(base)),
            contact_shown=bool(self.contact_shown.data),
            visibility=Visibility(self.visibility.data or Visibility.REGISTERED),
            groups=frozenset(self.groups.data or ()),
            masks=frozenset(Mask(each) for each in self.masks.data or ()),
        )

    def base_version(self) -> int | None:
        """The version of the record that the editor began from, where the form carries one."""
        return version_of(self.version.data)

    def _same_by_name(self) -> dict[str, Any]:
        texts = {name: getattr(self, name).data or None for name in _SAME_BY_NAME}
        codes = {
            name: frozenset(getattr(self, name).data or ())
            for name in CODE_SETS
            if name not in DETAILS or self._shows_details()
        }
        return {**texts, **codes}

    def _shows_details(self) -> bool:
        """Whether the page had the long lists, so that what is not chosen there is meant so."""
        return bool(self.detailed.data) or any(getattr(self, name).data for name in DETAILS)

    def _texts(self, name: str) -> dict[str, str]:
        texts = {self.language.data or "en": getattr(self, name).data or ""}
        for row in _filled(self.translations):
            texts.setdefault(row.form.language.data, row.form[name].data or "")
        return texts

    def _participants(self, base: ProjectDraft) -> Iterable[Participant]:
        known = {each.name: each for each in base.participants}
        for row in _filled(self.participants):
            name, role = (row.form.name.data or "").strip(), row.form.role.data or ""
            ref = (row.form.ref.data or "").strip() or None
            before = known.get(name)
            yield (replace(before, role=role, ref=ref) if before else Participant(name, role, ref))

    def _budget(self, base: ProjectDraft) -> Iterable[BudgetAmount]:
        for position, row in enumerate(_filled(self.budget)):
            form = row.form
            said = {
                "amount_minor": _minor(form),
                "currency": form.currency.data,
                "type": form.type.data or _ORIGINAL,
                "starts": form.starts.data,
                "ends": form.ends.data,
            }
            before = base.budget[position] if position < len(base.budget) else None
            yield replace(before, **said) if before else BudgetAmount(**said)

    def _sectors(self, base: ProjectDraft) -> Iterable[Sector]:
        """The chosen ones with the shares they had, and those of other vocabularies as they were."""
        if not self._shows_details():
            yield from base.sectors
            return
        chosen = set(self.sectors.data or ())
        offered = {choice.value for choice in plain_choices("sector")()}
        for sector in base.sectors:
            if sector.vocabulary != _DAC or sector.code not in offered or sector.code in chosen:
                chosen.discard(sector.code)
                yield sector
        yield from (Sector(code) for code in sorted(chosen))


def form_data(draft: ProjectDraft) -> dict[str, Any]:
    """A draft as the values that the form begins with."""
    languages = list(dict.fromkeys((*draft.titles, *draft.descriptions)))
    first = languages[0] if languages else "en"
    return {
        **{name: getattr(draft, name) for name in _SAME_BY_NAME},
        **{name: sorted(getattr(draft, name)) for name in CODE_SETS},
        "title": draft.titles.get(first, ""),
        "language": language_code(first),
        "description": draft.descriptions.get(first, ""),
        "translations": [
            {
                "language": language_code(language),
                "title": draft.titles.get(language, ""),
                "description": draft.descriptions.get(language, ""),
            }
            for language in languages[1:]
        ],
        "participants": [
            {"name": each.name, "role": each.role, "ref": each.ref} for each in draft.participants
        ],
        **{name: _rows(getattr(draft, name)) for name in ("countries", "regions", "pillars")},
        "sectors": [each.code for each in draft.sectors if each.vocabulary == _DAC],
        "status": draft.status or "",
        "budget": [_budget_row(line) for line in draft.budget],
        "contact_shown": draft.contact_shown,
        "visibility": draft.visibility.value,
        "groups": sorted(draft.groups),
        "masks": sorted(draft.masks),
        "detailed": "1" if any(getattr(draft, name) for name in DETAILS) else "",
    }


def _budget_row(line: BudgetAmount) -> Mapping[str, Any]:
    places = get_currency_precision(line.currency)
    return {
        "amount": Decimal(line.amount_minor).scaleb(-places),
        "currency": line.currency,
        "type": line.type,
        "starts": line.starts,
        "ends": line.ends,
    }


def _rows(shares: Iterable[Share]) -> list[dict[str, Any]]:
    return [{"code": share.code, "percentage": share.percentage} for share in shares]


def _shares(rows: Iterable[Any]) -> tuple[Share, ...]:
    return tuple(Share(row.form.code.data or "", row.form.percentage.data) for row in _filled(rows))


def _filled(rows: Iterable[Any]) -> list[Any]:
    """The rows in which something stands; a form that comes back has a blank one to type in."""
    return [row for row in rows if not row.form.is_blank()]


def _minor(row: Any) -> int:
    """The amount of a row; 0 where it could not be read, which its field says."""
    try:
        return row.amount.minor(row.currency.data or "USD") or 0
    except ValueError:
        return 0


def _offer_language(field: SelectField) -> None:
    """Offer the language that a record has, also where it is no country's official one."""
    if field.data and language_code(field.data) == field.data:
        offer_present(field)
