"""The forms of requests for assistance, of offers, and of the answer to an offer."""

from collections.abc import Mapping
from typing import Any, Final

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than stubs
from wtforms.validators import Optional

from tacoord.models import AssistanceRequest, Offer, Visibility
from tacoord.services.assistance.drafts import OFFER_CODES, REQUEST_CODES, OfferDraft, RequestDraft
from tacoord.web.forms import DayField, MultiCheckboxField, PageForm, choices
from tacoord.web.term_choices import (
    group_choices,
    headed_choices,
    nested_choices,
    plain_choices,
)

_REQUEST_FIELDS: Final = ("title", "need", "needed_from", "needed_by", "contact")
_OFFER_FIELDS: Final = ("title", "text", "available_from", "available_until")


def visibility_choices() -> list[SelectChoice]:
    """Who may read a request, each with its meaning."""
    return choices(
        [
            (
                Visibility.REGISTERED.value,
                _("Everyone with an account – donors, agencies and governments that sign in"),
            ),
            (Visibility.PUBLIC.value, _("Everybody – it may be published and passed on")),
            (
                Visibility.GROUP.value,
                _("Members of the groups chosen below, and your own organisation"),
            ),
        ]
    )


class NeededToSend:
    """Marks a field that may stay empty in a draft but not in what is sent; the draft itself says so."""

    field_flags: Final = {"required": True}

    def __call__(self, form: object, field: object) -> None:
        """Nothing is wrong with an empty field yet."""


def _measures() -> Any:
    return MultiCheckboxField(
        _l("Measures"), choices=headed_choices("measure", "pillar", of="pillar")
    )


def _kinds() -> Any:
    return MultiCheckboxField(_l("Kinds of assistance"), choices=nested_choices("assistance-kind"))


def _target_groups() -> Any:
    return MultiCheckboxField(_l("For whom"), choices=nested_choices("target-group"))


def _mandates() -> Any:
    return MultiCheckboxField(
        _l("Mandates"),
        choices=headed_choices("mandate", "instrument"),
        description=_l("The articles and paragraphs that the work would carry out."),
    )


class RequestForm(PageForm):
    """What a government asks for; the fields in the order of the page, as the list of problems has them."""

    version = HiddenField()
    title = StringField(
        _l("Title"),
        [NeededToSend()],
        description=_l("What you ask for, in one line. Donors read it first."),
    )
    need = TextAreaField(
        _l("What is needed, and why"),
        [NeededToSend()],
        description=_l("What is there already, what is missing, and what would be different."),
    )
    pillars = MultiCheckboxField(_l("Pillars"), [NeededToSend()], choices=plain_choices("pillar"))
    measures = _measures()
    assistance_kinds = _kinds()
    target_groups = _target_groups()
    mandates = _mandates()
    needed_from = DayField(_l("Needed from"), [Optional()])
    needed_by = DayField(_l("Needed by"), [Optional()])
    contact = StringField(
        _l("Contact"),
        description=_l("Whom to call or write to. Everyone who may read the request sees it."),
    )
    visibility = RadioField(
        _l("Who may read it"), choices=visibility_choices, default=Visibility.REGISTERED.value
    )
    groups = MultiCheckboxField(
        _l("Groups"),
        choices=group_choices,
        description=_l("Only where the request is for members of groups."),
    )

    def draft(self, country: str) -> RequestDraft:
        """What was entered."""
        return RequestDraft(
            country=country,
            title=self.title.data or "",
            need=self.need.data or "",
            needed_from=self.needed_from.data,
            needed_by=self.needed_by.data,
            contact=self.contact.data or "",
            visibility=Visibility(self.visibility.data or Visibility.REGISTERED),
            groups=frozenset(self.groups.data or ()),
            **_codes(self, REQUEST_CODES),
        )


class OfferForm(PageForm):
    """What an organisation offers, in the order of the page."""

    title = StringField(
        _l("Title"), [NeededToSend()], description=_l("What you offer, in one line.")
    )
    text = TextAreaField(
        _l("What you offer"),
        description=_l("What you would do and bring, who pays, and what you would need to begin."),
    )
    available_from = DayField(_l("Available from"), [Optional()])
    available_until = DayField(_l("Available until"), [Optional()])
    countries = MultiCheckboxField(_l("Countries"), choices=plain_choices("country"))
    regions = MultiCheckboxField(_l("Regions"), choices=plain_choices("region"))
    pillars = MultiCheckboxField(_l("Pillars"), choices=plain_choices("pillar"))
    measures = _measures()
    assistance_kinds = _kinds()
    target_groups = _target_groups()
    mandates = _mandates()

    def draft(self) -> OfferDraft:
        """What was entered."""
        return OfferDraft(
            title=self.title.data or "",
            text=self.text.data or "",
            available_from=self.available_from.data,
            available_until=self.available_until.data,
            **_codes(self, OFFER_CODES),
        )


class AnswerForm(PageForm):
    """What the government says to an offer."""

    note = TextAreaField(
        _l("Your words to them"),
        description=_l(
            "Whom to call, what happens next, or why not. They see it; nobody else does."
        ),
    )


def _codes(form: PageForm, fields: Mapping[str, str]) -> dict[str, frozenset[str]]:
    """The chosen codes by the names of a draft's fields; a form may lack some."""
    return {name: frozenset(form[name].data or ()) for name in fields if name in form}


def request_data(request: AssistanceRequest) -> dict[str, Any]:
    """A kept request as the values that the form begins with."""
    return {
        **{name: getattr(request, name) for name in _REQUEST_FIELDS},
        **{name: request.codes(vocabulary) for name, vocabulary in REQUEST_CODES.items()},
        "version": str(request.version),
        "visibility": request.visibility.value,
        "groups": [link.group.code for link in request.group_links],
    }


def offer_data(offer: Offer) -> dict[str, Any]:
    """An offer as the values that another one begins with."""
    return {
        **{name: getattr(offer, name) for name in _OFFER_FIELDS},
        **{name: offer.codes(vocabulary) for name, vocabulary in OFFER_CODES.items()},
    }


def answer_data(request: AssistanceRequest) -> dict[str, Any]:
    """What an offer that answers `request` begins with: the subjects asked for."""
    return {name: request.codes(vocabulary) for name, vocabulary in REQUEST_CODES.items()}
