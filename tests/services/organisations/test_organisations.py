"""Organisations are found by what identifies them, and never merged because they are alike."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tacoord.errors import Conflict, Forbidden, Invalid
from tacoord.models import Organisation, Role
from tacoord.policy import OPERATOR
from tacoord.services.organisations.names import identifier_key
from tacoord.services.organisations.organisations import add_organisation, find, resolve
from tacoord.services.organisations.register import (
    OrganisationDraft,
    OrganisationQuery,
    list_organisations,
    organisation_draft,
    projects_by_role,
    update_organisation,
)
from tacoord.services.visibility import EVERYTHING, REGISTERED
from tests.factories import draft, make_organisation, make_project, make_user


@pytest.mark.parametrize(
    ("ref", "key"),
    [
        ("XM-DAC-41128", "DAC41128"),
        ("41128", "DAC41128"),
        ("gb-chc-1092236", "GBCHC1092236"),
        ("GB-1", "GB1"),
        ("21000", None),
        ("XM-DAC-21000", None),
        ("NA", None),
        ("N/A", None),
        ("Unknown", None),
        ("0", None),
        ("", None),
        (None, None),
    ],
)
def test_an_identifier_is_comparable_or_names_nobody(ref: str | None, key: str | None) -> None:
    assert identifier_key(ref) == key


@pytest.mark.parametrize(
    ("name", "ref"),
    [
        ("Lantern Trust", None),
        ("LANTERN TRUST", None),
        ("Lántern  Trust", None),
        ("The Lantern Trust (LATR)", None),
        ("LATR", None),
        ("Fundación Linterna", None),
        ("Something else entirely", "XX-REG-0042"),
    ],
)
def test_one_organisation_is_met_under_all_its_names(
    session: Session, name: str, ref: str | None
) -> None:
    trust = add_organisation(
        session,
        name="Lantern Trust",
        acronym="LATR",
        aliases=["Fundación Linterna"],
        ref="XX-REG-0042",
    )
    assert resolve(session, name=name, ref=ref, viewer=EVERYTHING) is trust


def test_likeness_merges_nobody(session: Session) -> None:
    names = [
        "Lantern Trust",
        "Lantern Trust (Fiji)",
        "Lanterns Trusted",
        "Latern Trust",
        "Asian Harbour Bank",
        "African Harbour Bank",
        "灯笼基金会",
        "灯笼协会",
    ]
    found = {resolve(session, name=name, viewer=EVERYTHING).id for name in names}
    assert len(found) == len(names)
    assert {resolve(session, name=name, viewer=EVERYTHING).id for name in names} == found


def test_two_charities_of_one_name_and_register_stay_two(session: Session) -> None:
    one = resolve(session, name="Lantern Trust", ref="XX-CHC-100", viewer=EVERYTHING)
    two = resolve(session, name="Lantern Trust", ref="XX-CHC-200", viewer=EVERYTHING)
    assert one is not two
    assert resolve(session, name="Lantern", ref="XX-CHC-100", viewer=EVERYTHING) is one
    assert find(session, name="Lantern Trust", viewer=EVERYTHING) is None, (
        "two of that name: neither is meant surely"
    )


def test_an_unverified_entry_learns_an_identifier_and_a_verified_one_does_not(
    session: Session,
) -> None:
    loose = resolve(session, name="Loose Knot", viewer=EVERYTHING)
    resolve(session, name="Loose Knot", ref="XX-REG-0007", viewer=EVERYTHING)
    assert find(session, name="?", ref="XX-REG-0007", viewer=EVERYTHING) is loose
    firm = add_organisation(session, name="Firm Knot", verified=True)
    assert resolve(session, name="Firm Knot", ref="XX-REG-0008", viewer=EVERYTHING) is firm
    assert find(session, name="?", ref="XX-REG-0008", viewer=EVERYTHING) is None


def test_a_new_one_is_unverified_and_a_known_one_gets_its_own_name(session: Session) -> None:
    new = resolve(session, name="  Never   Heard Of ", type="22", viewer=EVERYTHING)
    assert (new.name, new.verified, new.type) == ("Never Heard Of", False, "22")
    known = resolve(session, name="ONUDC", viewer=EVERYTHING)
    assert (known.code, known.name, known.acronym) == (
        "UNODC",
        "United Nations Office on Drugs and Crime",
        "UNODC",
    )
    assert resolve(session, name="whatever", ref="XM-DAC-41128", viewer=EVERYTHING) is known


def test_codes_are_made_of_names_in_every_script_and_never_twice(session: Session) -> None:
    codes = [add_organisation(session, name=name).code for name in ("A b", "A-b", "灯笼", "!!!")]
    assert codes[:2] == ["A-B", "A-B-2"]
    assert len(set(codes)) == 4
    assert session.scalar(select(func.count()).where(Organisation.code.in_(codes))) == 4


def test_only_the_own_admin_changes_an_entry(session: Session) -> None:
    own = make_organisation(session)
    admin = make_user(session, Role.ORG_ADMIN, organisation=own)
    said = OrganisationDraft(
        name="Lantern Trust",
        aliases=("Lanterna",),
        identifiers=("XX-REG-77",),
        tags={"mandate": frozenset({"TIP-6"})},
        verified=True,
    )
    with pytest.raises(Forbidden):
        update_organisation(session, own, said, by=make_user(session, Role.ORG_ADMIN))
    assert update_organisation(session, own, said, by=admin)
    assert find(session, name="lanterna", viewer=EVERYTHING) is own
    assert not own.verified, "who edits an entry does not verify it"
    session.flush()
    assert not update_organisation(session, own, organisation_draft(own), by=admin)
    with pytest.raises(Conflict):
        update_organisation(session, own, said, by=OPERATOR, version=0)


def test_problems_of_an_entry_are_told_at_once(session: Session) -> None:
    add_organisation(session, name="First", ref="XX-REG-1001")
    wrong = OrganisationDraft(
        name=" ",
        website="example",
        country="QQ",
        identifiers=("XX-REG-1001", "none"),
        tags={"mandate": frozenset({"NO-SUCH"})},
    )
    with pytest.raises(Invalid) as refused:
        update_organisation(session, make_organisation(session), wrong, by=OPERATOR)
    assert {problem.field for problem in refused.value.problems} == {
        "name",
        "website",
        "country",
        "identifiers.0",
        "identifiers.1",
        "mandate",
    }


def test_the_list_counts_only_projects_that_the_viewer_may_see(session: Session) -> None:
    trust = make_organisation(session, "Zeta Lantern")
    make_project(session, organisation=trust)
    make_project(session, organisation=trust, visibility=draft().visibility.ORGANISATION)
    query = OrganisationQuery(text="lantern zeta")
    assert list_organisations(session, REGISTERED, query).rows == [(trust, 1)]
    assert list_organisations(session, EVERYTHING, query).rows == [(trust, 2)]
    assert len(projects_by_role(session, REGISTERED, trust)["report"]) == 1
