"""The JSON object of a project: read into a draft, told from a record, and the same after both."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.orm import Session

from tacoord.errors import Invalid, Problem
from tacoord.models import ProjectState, Source, Visibility
from tacoord.policy import OPERATOR
from tacoord.services.organisations.organisations import add_organisation
from tacoord.services.projects.drafts import OtherIdentifier, Participant, ProjectDraft, Share
from tacoord.services.projects.json_form import draft_from_json, in_json_terms, json_of
from tacoord.services.projects.projects import add_project, draft_of
from tacoord.services.visibility import EVERYTHING, REGISTERED, Viewer

WHOLE: dict[str, Any] = {
    "iati_identifier": "XM-DAC-41128-TEST-1",
    "other_identifiers": [{"type": "A1", "value": "INT-7"}],
    "reporting_org": {"ref": "XM-DAC-41128", "name": "UNODC"},
    "title": {"en": "Shelters for victims", "fr": "Refuges pour les victimes"},
    "description": {"en": "Six shelters."},
    "countries": [{"code": "KH", "percentage": 60}, {"code": "LA", "percentage": 40}],
    "regions": [{"code": "298", "vocabulary": "1"}, {"code": "002", "vocabulary": "2"}],
    "sectors": [{"code": "15160", "vocabulary": "1"}],
    "pillars": [{"code": "PREV", "percentage": 100}],
    "measures": ["PREV-4"],
    "mandates": ["GPA-18"],
    "visibility": "public",
    "participating_orgs": [
        {"ref": "XM-DAC-41128", "name": "UNODC", "role": "4", "activity_id": "A-1"}
    ],
    "start": "2019-10-11",
    "end": "2024-09-30",
    "status": "2",
    "budget": [{"amount": 8100000.5, "currency": "GBP", "start": "2019-10-11"}],
    "contact": {"name": "The desk", "email": "desk@example.org", "shown": False},
    "website": "https://example.org/shelters",
    "record": {"scope": "4", "contacts": [{"person": "Somebody"}]},
}


def problems_of(value: object) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        draft_from_json(value)
    return {each.field: str(each) for each in caught.value.problems}


def test_every_field_of_the_object_reaches_the_draft() -> None:
    draft = draft_from_json(WHOLE)
    assert draft.titles == {
        "en": "Shelters for victims",
        "fr": "Refuges pour les victimes",
    }
    assert draft.countries == (Share("KH", Decimal(60)), Share("LA", Decimal(40)))
    assert (draft.dac_regions, draft.regions) == ((Share("298"),), (Share("002"),))
    assert draft.participants == (Participant("UNODC", "4", ref="XM-DAC-41128", activity_id="A-1"),)
    assert (draft.planned_start, draft.planned_end) == (date(2019, 10, 11), date(2024, 9, 30))
    assert draft.budget[0].amount_minor == 810_000_050
    assert draft.other_identifiers == (OtherIdentifier("A1", "INT-7"),)
    assert draft.record["reporting_org"] == {"ref": "XM-DAC-41128", "name": "UNODC"}
    assert draft.visibility is Visibility.PUBLIC


@pytest.mark.parametrize("missing", [None, "", [], {}])
def test_every_kind_of_nothing_is_missing(missing: object) -> None:
    names = set(WHOLE) | {"groups", "actual_start", "exploitation"}
    assert draft_from_json(dict.fromkeys(names, missing)) == draft_from_json({}) == ProjectDraft()


def test_codes_alone_share_equally_among_pillars() -> None:
    shares = draft_from_json({"pillars": ["PREV", "PROT", "PROS"]}).pillars
    assert [share.code for share in shares] == ["PREV", "PROT", "PROS"]
    assert sum(share.percentage or 0 for share in shares) == 100
    assert draft_from_json({"countries": ["KH"]}).countries == (Share("KH"),)


@pytest.mark.parametrize(
    ("value", "field", "words"),
    [
        ([], "", "must be a JSON object"),
        ({"title": 5}, "title", "must be a text"),
        ({"title": {"English": "x"}}, "title.English", "not the code of a language"),
        ({"titel": "x"}, "titel", "Do you mean title?"),
        ({"start": "2007"}, "start", "whole date"),
        ({"planned_end": "2007-02-30"}, "planned_end", "whole date"),
        ({"start": "2020-01-01", "actual_start": "2021-01-01"}, "start", "neither"),
        ({"countries": [{"code": "KH", "percentage": "half"}]}, "countries.0.percentage", "number"),
        ({"countries": [{"kode": "KH"}]}, "countries.0.kode", "Do you mean code?"),
        ({"regions": [{"code": "298", "vocabulary": "7"}]}, "regions.0.vocabulary", "Give 1"),
        ({"budget": [{"amount": float("nan"), "currency": "USD"}]}, "budget.0.amount", "number"),
        ({"budget": [{"amount": "1e9999999", "currency": "USD"}]}, "budget.0.amount", "number"),
        ({"budget": [True]}, "budget.0", "must be a JSON object"),
        ({"visibility": "secret"}, "visibility", "Give public"),
        ({"contact": {"shown": "yes"}}, "contact.shown", "true or false"),
        ({"reporting_org": 7}, "reporting_org", "must be a JSON object"),
        ({"record": "x"}, "record", "must be a JSON object"),
    ],
)
def test_what_is_wrong_is_told_at_its_place(value: object, field: str, words: str) -> None:
    found = problems_of(value)
    assert list(found) == [field]
    assert words in found[field]


def test_all_problems_are_told_at_once() -> None:
    assert set(problems_of({"title": 5, "start": "soon", "budget": [{"amount": "much"}]})) == {
        "title",
        "start",
        "budget.0.amount",
    }


def test_problems_of_a_draft_get_the_names_of_the_object() -> None:
    names = ["titles", "countries.1.code", "participants.0.role", "contact_email", "budget.2.ends"]
    renamed = in_json_terms(Problem(name, "x") for name in names)
    assert [each.field for each in renamed] == [
        "title",
        "countries.1.code",
        "participating_orgs.0.role",
        "contact.email",
        "budget.2.end",
    ]


def test_what_a_record_tells_reads_as_the_same_draft(session: Session) -> None:
    project = registered(session)
    told = json_of(project, EVERYTHING)
    assert told["id"] == project.public_id
    again = draft_from_json(told)
    record = {**draft_of(project).record, "reporting_org": told["reporting_org"]}
    assert again.record == record
    assert told == json_of(project, Viewer(organisation_ids=frozenset({project.organisation_id})))
    for name in ("titles", "countries", "budget", "participants", "sectors", "contact_email"):
        assert getattr(again, name) == getattr(draft_of(project), name)


def test_a_hidden_contact_is_told_to_the_own_organisation_alone(session: Session) -> None:
    project = registered(session)
    stranger = json_of(project, REGISTERED)
    assert stranger["contact"] is None
    assert "contacts" not in stranger["record"]
    assert "desk@example.org" not in str(stranger)
    project.contact_shown = True
    assert json_of(project, REGISTERED)["contact"]["email"] == "desk@example.org"


def registered(session: Session) -> Any:
    organisation = add_organisation(session, name="Office of Shelters", ref="ZZ-TEST-1")
    return add_project(
        session,
        draft_from_json(WHOLE),
        organisation=organisation,
        by=OPERATOR,
        source=Source.API,
        state=ProjectState.PUBLISHED,
    )


def test_shares_and_amounts_may_be_texts_as_people_write_them() -> None:
    draft = draft_from_json(
        {
            "countries": [
                {"code": "KH", "percentage": "60 %"},
                {"code": "LA", "percentage": "39,5"},
            ],
            "budget": [
                {"amount": "€ 1 250 000"},
                {"amount": "1.250", "currency": "USD"},
                {"amount": "300,000", "currency": "usd"},
            ],
        }
    )
    assert [share.percentage for share in draft.countries] == [Decimal(60), Decimal("39.5")]
    assert [(line.amount_minor, line.currency) for line in draft.budget] == [
        (125_000_000, "EUR"),
        (125, "USD"),
        (30_000_000, "USD"),
    ]


def test_an_amount_that_can_be_two_or_names_another_currency_is_told_plainly() -> None:
    found = problems_of(
        {
            "budget": [
                {"amount": "1,250", "currency": "KWD"},
                {"amount": "€ 5", "currency": "USD"},
            ]
        }
    )
    assert "can mean 1250 or 1.25" in found["budget.0.amount"]
    assert "says €, but the currency beside it is USD" in found["budget.1.currency"]
