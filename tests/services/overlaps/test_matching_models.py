"""Versions of the model: the shipped one first, fitted ones from verdicts, one in use; and the report."""

from collections.abc import Iterable
from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tacoord.errors import Conflict, Forbidden, NotFound
from tacoord.matching.learning import Refit
from tacoord.matching.model import Model
from tacoord.models import Change, MatchingModel, Overlap, Role, Verdict, Visibility
from tacoord.policy import OPERATOR
from tacoord.services.overlaps.matching_models import (
    current_model,
    fit_model,
    keep_model,
    list_models,
    use_model,
)
from tacoord.services.overlaps.model_report import report_on_model
from tacoord.services.overlaps.overlaps import decide, flag_overlaps, reopen
from tacoord.services.overlaps.sweep import sweep
from tacoord.services.visibility import EVERYTHING, REGISTERED
from tests.factories import make_organisation, make_user
from tests.services.pairs import a_draft, a_project

TOWNS = ("Kigali", "Lagos", "Chisinau", "Vientiane", "Tbilisi", "Medan", "Quito", "Bari")


@pytest.fixture
def flags(session: Session) -> list[Overlap]:
    """One activity registered twice in each town; the towns' projects are somewhat alike."""
    owners = [make_organisation(session) for _ in range(2)]
    for number, town in enumerate(TOWNS):
        for owner in owners:
            said = a_draft(
                title=f"Shelter for boys who were made to beg in {town}",
                text=f"A house with thirty beds in {town}.", amount=(number + 3) * 140_000_00,
            )  # fmt: skip
            a_project(session, owner, said)
    sweep(session)
    return list(session.scalars(select(Overlap).order_by(Overlap.id)))


def judge_all(session: Session, flags: Iterable[Overlap]) -> None:
    reviewer = make_user(session, Role.REVIEWER)
    for flag in flags:
        same = flag.first.title == flag.second.title
        verdict = Verdict.SAME_ACTIVITY if same else Verdict.UNRELATED
        decide(session, flag.public_id, verdict, by=reviewer)


def test_the_shipped_model_is_in_use_until_another_is_chosen(session: Session) -> None:
    assert current_model(session) == Model.load()
    assert [one.version for one in list_models(session) if one.in_use] == [Model.load().version]
    use_model(session, Model.load().version, by=OPERATOR)
    assert current_model(session) == Model.load()
    assert all(one.shipped for one in list_models(session))


def test_too_few_verdicts_teach_nothing_and_that_is_said(
    session: Session, flags: list[Overlap]
) -> None:
    judge_all(session, flags[:3])
    with pytest.raises(Conflict, match="too few verdicts to learn from"):
        fit_model(session, by=OPERATOR)
    assert not session.scalars(select(MatchingModel)).all()


def test_a_fitted_model_is_kept_only_where_it_judges_better(
    session: Session, flags: list[Overlap]
) -> None:
    judge_all(session, flags)
    found, kept = fit_model(session, by=OPERATOR)
    assert found.after.decisions == len(flags)
    assert kept == found.better
    versions = session.scalars(select(MatchingModel.version)).all()
    assert versions == ([found.model.version] if kept else [])
    assert current_model(session) == Model.load()


def test_the_same_verdicts_make_no_second_version(
    session: Session, flags: list[Overlap], monkeypatch: pytest.MonkeyPatch
) -> None:
    judge_all(session, flags)
    monkeypatch.setattr(Refit, "better", True)
    found, _ = fit_model(session, by=OPERATOR)
    with pytest.raises(Conflict, match=found.model.version):
        fit_model(session, by=OPERATOR)
    assert session.scalars(select(MatchingModel.version)).all() == [found.model.version]


def test_what_the_weights_in_use_have_learned_from_says_nothing_of_how_good_they_are(
    session: Session, flags: list[Overlap], monkeypatch: pytest.MonkeyPatch
) -> None:
    judge_all(session, flags)
    monkeypatch.setattr(Refit, "better", True)
    version = fit_model(session, by=OPERATOR)[0].model.version
    use_model(session, version, by=OPERATOR)
    with pytest.raises(Conflict, match=f"since version {version} was fitted: 0 pairs"):
        fit_model(session, by=OPERATOR)
    use_model(session, Model.load().version, by=OPERATOR)
    with pytest.raises(Conflict, match="fitted to the same verdicts"):
        fit_model(session, by=OPERATOR)


def test_a_kept_version_is_compared_with_once_it_is_in_use(
    session: Session, flags: list[Overlap]
) -> None:
    shipped = Model.load()
    careful = replace(
        shipped, version="local-1", same=replace(shipped.same, base=shipped.same.base - 1)
    )
    keep_model(session, careful, report={})
    use_model(session, "local-1", by=OPERATOR)
    assert current_model(session) == careful
    before = flags[0].score
    flag_overlaps(session, flags[0].first)
    assert flags[0].model_version == "local-1"
    assert flags[0].score < before
    noted = session.scalars(select(Change).where(Change.action == "model.used")).one()
    assert noted.details["after"] == "local-1"


def test_only_coordinators_choose_a_model(session: Session) -> None:
    with pytest.raises(Forbidden):
        use_model(session, "1", by=make_user(session, Role.REVIEWER))
    with pytest.raises(NotFound):
        use_model(session, "nonesuch", by=OPERATOR)


def test_the_report_counts_verdicts_by_score_and_agreement(
    session: Session, flags: list[Overlap]
) -> None:
    judge_all(session, flags)
    second = make_user(session, Role.REVIEWER)
    for flag, verdict in ((flags[0], flags[0].verdict), (flags[1], Verdict.COMPLEMENTARY)):
        reopen(session, flag.public_id, by=second)
        decide(session, flag.public_id, verdict, by=second)
    report = report_on_model(session, EVERYTHING)
    assert report.decisions == len(flags)
    assert (report.judged_twice, report.agreed, report.reviewers) == (2, 1, 2)
    assert sum(band.judged for band in report.bands) == len(flags)
    top = report.bands[-1]
    assert top.low <= (top.share or 0) <= top.high


def test_the_report_says_nothing_of_pairs_that_the_reader_may_not_see(session: Session) -> None:
    owner = make_organisation(session)
    flag_overlaps(session, a_project(session, owner, a_draft(visibility=Visibility.ORGANISATION)))
    flag = flag_overlaps(session, a_project(session, make_organisation(session)))[0]
    assert report_on_model(session, REGISTERED).useful == []
    assert report_on_model(session, EVERYTHING).useful == [flag.public_id]
