"""Issues: due, claimed once, each change in exactly one of them, nothing told that a reader may not see."""

import re
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from tacoord.errors import Conflict, Forbidden, Invalid, NotFound
from tacoord.models import (
    CoordinationGroup,
    DigestIssue,
    Frequency,
    GapKind,
    GapState,
    GroupTag,
    IssueState,
    Member,
    ProjectState,
    Role,
    Visibility,
    utcnow,
)
from tacoord.policy import OPERATOR
from tacoord.services.coverage.gaps import refresh_gap_states
from tacoord.services.digests import digests
from tacoord.services.digests.content import SECTIONS, compose
from tacoord.services.digests.letters import html_of, text_of
from tacoord.services.digests.periods import last_due, schedule_of
from tacoord.services.digests.schedules import (
    ScheduleDraft,
    ensure_definitions,
    find_definition,
    next_moment,
    save_schedule,
)
from tacoord.services.digests.words import word
from tacoord.services.groups.groups import scope_of
from tacoord.services.history import note_change
from tacoord.services.projects.change_horizon import change_horizon
from tacoord.services.projects.drafts import Share
from tacoord.services.terms.wording import words_for
from tacoord.services.visibility import EVERYTHING, REGISTERED, viewer_of
from tests.factories import make_group, make_organisation, make_project, make_user
from tests.support.databases import engine_for

MONDAY = datetime(2026, 3, 2, 8, tzinfo=UTC)


@pytest.fixture
def group(session):
    made = make_group(session)
    ensure_definitions(session, due_from=datetime(2020, 1, 1, tzinfo=UTC))
    return made


def definition_of(session, group):
    found = find_definition(session, group)
    assert found is not None
    return found


def only(session, group, now):
    return [pair for pair in digests.due(session, now) if pair[0].group_id == group.id]


def claim(session, group, now):
    definition = definition_of(session, group)
    return digests.claim(session, definition, last_due(schedule_of(definition), now), now=now)


def test_a_group_gets_a_digest_on_mondays_and_a_working_group_each_month(session):
    weekly, monthly = make_group(session), make_group(session, kind="working group")
    ensure_definitions(session)
    assert ensure_definitions(session) == 0
    assert definition_of(session, weekly).frequency is Frequency.WEEKLY
    assert definition_of(session, monthly).frequency is Frequency.MONTHLY
    assert only(session, weekly, utcnow()) == []


def test_an_issue_is_due_once_a_period_and_missed_weeks_make_one(session, group):
    [(_, moment)] = only(session, group, MONDAY + timedelta(days=2))
    assert moment.at == MONDAY
    assert claim(session, group, MONDAY) is not None
    assert claim(session, group, MONDAY) is None
    assert only(session, group, MONDAY + timedelta(days=6)) == []
    [(_, late)] = only(session, group, MONDAY + timedelta(days=30))
    assert late.at == MONDAY + timedelta(days=28)


def test_a_new_schedule_counts_from_the_day_it_was_made(session, group):
    claim(session, group, MONDAY)
    thursday = MONDAY + timedelta(days=3)
    draft = ScheduleDraft(frequency="weekly", weekday=2, hour=6)
    definition = save_schedule(session, group, draft, by=OPERATOR, now=thursday)
    assert only(session, group, thursday) == []
    assert next_moment(definition, thursday) == datetime(2026, 3, 11, 6, tzinfo=UTC)
    assert len(only(session, group, thursday + timedelta(days=7))) == 1


def test_a_schedule_with_mistakes_tells_all_of_them_and_changes_nothing(session, group):
    wrong = ScheduleDraft(
        frequency="hourly", weekday=9, day=31, hour=24, minute=60, time_zone="../x"
    )
    with pytest.raises(Invalid) as error:
        save_schedule(session, group, wrong, by=OPERATOR)
    fields = {problem.field for problem in error.value.problems}
    assert fields == {"frequency", "weekday", "day", "hour", "minute", "time_zone"}
    assert definition_of(session, group).frequency is Frequency.WEEKLY


def test_two_editors_of_a_schedule_do_not_overwrite_each_other(session, group):
    version = definition_of(session, group).version
    draft = ScheduleDraft(frequency="daily")
    save_schedule(session, group, draft, by=OPERATOR, version=version)
    with pytest.raises(Conflict):
        save_schedule(session, group, draft, by=OPERATOR, version=version)


def test_a_digest_that_rests_is_never_due(session, group):
    save_schedule(session, group, ScheduleDraft(frequency="daily", active=False), by=OPERATOR)
    assert only(session, group, utcnow() + timedelta(days=9)) == []
    assert next_moment(definition_of(session, group), utcnow()) is None


def test_each_change_stands_in_exactly_one_issue(session, group):
    first = make_project(session)
    one = claim(session, group, MONDAY)
    second = make_project(session)
    two = claim(session, group, MONDAY + timedelta(days=7))
    told = [
        [
            p.public_id
            for p in compose(session, group, digests.span_of(i), EVERYTHING).registered.rows
        ]
        for i in (one, two)
    ]
    assert first.public_id in told[0]
    assert told[1] == [second.public_id]
    assert two.after_change == one.until_change
    assert (two.number, two.since_at) == (one.number + 1, one.due_at)


def test_the_secretarys_sentences_go_into_one_issue(session, group):
    draft = ScheduleDraft(frequency="weekly", introduction=" Please answer by Friday. ")
    save_schedule(session, group, draft, by=OPERATOR, now=MONDAY - timedelta(days=30))
    assert claim(session, group, MONDAY).introduction == "Please answer by Friday."
    assert claim(session, group, MONDAY + timedelta(days=7)).introduction == ""


def test_an_issue_sent_by_hand_needs_news_and_the_right_to_send(session, group):
    secretary = make_user(session, Role.SECRETARY, group=group)
    definition_of(session, group).due_from = utcnow()
    issue = digests.claim_now(session, group, by=secretary, now=utcnow())
    assert issue.number == 1
    later = utcnow() + timedelta(minutes=5)
    with pytest.raises(Conflict):
        digests.claim_now(session, group, by=secretary, now=later)
    make_project(session)
    assert digests.claim_now(session, group, by=secretary, now=later).number == 2
    with pytest.raises(Forbidden):
        digests.claim_now(session, group, by=make_user(session, Role.ADMIN), now=later)


def test_hidden_work_is_no_news_for_who_sends_by_hand(session, group):
    secretary = make_user(session, Role.SECRETARY, group=group)
    definition_of(session, group).due_from = utcnow()
    digests.claim_now(session, group, by=secretary, now=utcnow())
    make_project(session, visibility=Visibility.ORGANISATION)
    make_project(session, state=ProjectState.DRAFT)
    with pytest.raises(Conflict):
        digests.claim_now(session, group, by=secretary, now=utcnow() + timedelta(minutes=5))


def test_an_issue_by_hand_takes_the_one_that_is_due_anyway(session, group):
    issue = digests.claim_now(session, group, by=OPERATOR, now=MONDAY + timedelta(minutes=1))
    assert (issue.period, issue.due_at) == ("2026-03-02", MONDAY)


def test_a_copy_waits_for_each_reader_once(session, group):
    organisation = make_organisation(session)
    reader, gone, quiet = (make_user(session, organisation=organisation) for _ in range(3))
    gone.active = False
    for user in (reader, gone, quiet):
        session.add(
            Member(
                group=group, organisation=organisation, user=user, receives_digest=user is not quiet
            )
        )
    session.add(Member(group=group, organisation=make_organisation(session), user=reader))
    session.add(Member(group=group, organisation=organisation))
    session.flush()
    issue = claim(session, group, MONDAY)
    assert digests.address(session, issue, host="x.example.org", now=MONDAY) == 1
    assert digests.address(session, issue, host="x.example.org", now=MONDAY) == 0
    assert [each.user for each in issue.deliveries] == [reader]
    assert issue.state is IssueState.COMPOSED


def test_an_issue_is_open_to_its_group_alone(session, group):
    organisation = make_organisation(session)
    session.add(Member(group=group, organisation=organisation))
    issue = claim(session, group, MONDAY)
    member = viewer_of(session, make_user(session, organisation=organisation))
    assert digests.get_issue(session, issue.public_id, member) is issue
    assert list(digests.list_issues(session, group, member)) == [issue]
    assert list(digests.list_issues(session, group, REGISTERED)) == []
    with pytest.raises(NotFound):
        digests.get_issue(session, issue.public_id, REGISTERED)


def test_the_scope_is_made_of_countries_regions_and_pillars(session, tag):
    mekong = make_group(session)
    tag(mekong, country=["KH", "TH"])
    asia = make_group(session)
    tag(asia, region=["035"])
    world = make_group(session)
    tag(world, region=["001"])
    assert scope_of(session, mekong).countries == {"KH", "TH"}
    assert {"KH", "TH", "PH"} <= set(scope_of(session, asia).countries)
    assert "SN" not in scope_of(session, asia).countries
    assert scope_of(session, world).countries is None


@pytest.fixture
def tag(session):
    def put(group, **codes):
        for vocabulary, values in codes.items():
            group.tags += [GroupTag(vocabulary=vocabulary, code=code) for code in values]
        session.flush()

    return put


def test_only_the_scope_is_told_of(session, group, tag):
    tag(group, country=["KH"], pillar=["PROT"])
    inside = make_project(session)
    make_project(session, countries=(Share("SN", None),))
    make_project(session, pillars=(Share("PROS", None),), measures=frozenset({"PROS-1"}))
    for country, pillar in (("KH", "PROT"), ("KH", "PROS"), ("SN", "PROT")):
        state = GapState(
            key=f"no_project|{country}|{pillar}|", kind=GapKind.NO_PROJECT, country=country,
            pillar=pillar, since=MONDAY.date(), evidence={"since": "2026-01-05"},
        )  # fmt: skip
        session.add(state)
        session.flush()
        note_change(session, "gap.opened", state, by=None)
    session.flush()
    span = digests.next_span(session, group, now=utcnow())
    content = compose(session, group, span, EVERYTHING)
    assert [p.public_id for p in content.registered.rows] == [inside.public_id]
    assert [gap.key for gap in content.gaps.rows] == ["no_project|KH|PROT|"]


def test_nothing_is_told_that_the_reader_may_not_see(session, group):
    owner = make_organisation(session, "Quiet Harbour Trust")
    hidden = make_project(
        session, organisation=owner, visibility=Visibility.ORGANISATION, titles={"en": "Secret shelter"},
        planned_end=utcnow().date() + timedelta(days=30),
    )  # fmt: skip
    inside = viewer_of(session, make_user(session, organisation=owner))
    outside = viewer_of(session, make_user(session))
    span = digests.next_span(session, group, now=utcnow())
    seen = compose(session, group, span, inside)
    assert hidden.public_id in [p.public_id for p in seen.registered.rows]
    assert hidden.public_id in [p.public_id for p in seen.ending.rows]
    unseen = compose(session, group, span, outside)
    for name in SECTIONS:
        assert hidden.public_id not in str(unseen.ids()[name])
    digest = word(unseen, group, words_for("en"), base_url="https://x.example.org")
    for mail in (text_of(digest), html_of(digest)):
        assert "Secret" not in mail
        assert "Quiet Harbour" not in mail
    assert unseen.registered.total == seen.registered.total - 1


def test_a_first_issue_tells_what_there_is_and_calls_only_later_things_new(session, group):
    make_project(session)
    refresh_gap_states(session, MONDAY)
    span = digests.next_span(session, group, now=MONDAY)
    first = word(compose(session, group, span, EVERYTHING), group, words_for("en"), base_url="")
    said = " ".join(section.heading for section in first.sections)
    assert "gap" in said
    assert "new" not in said
    later = replace(span, since=MONDAY)
    next_one = word(compose(session, group, later, EVERYTHING), group, words_for("en"), base_url="")
    assert "new gap" in " ".join(section.heading for section in next_one.sections)
    gaps = next(each for each in next_one.sections if each.name == "gaps")
    assert "No project on prosecution in" in " ".join(line.sentence for line in gaps.lines)


def test_the_issue_after_the_first_calls_no_gap_new_that_stood_before(session, group):
    make_project(session)
    first = claim(session, group, MONDAY)
    assert first is not None
    assert compose(session, group, digests.span_of(first), EVERYTHING).gaps
    refresh_gap_states(session, MONDAY)
    span = digests.next_span(session, group, now=MONDAY + timedelta(days=7))
    assert not compose(session, group, span, EVERYTHING).gaps


def test_text_and_html_say_the_same_in_the_same_order(session, group):
    make_project(session, titles={"en": "Shelter <b>& hope</b>"})
    content = compose(session, group, digests.next_span(session, group, now=MONDAY), EVERYTHING)
    digest = word(content, group, words_for("en"), base_url="https://x.example.org")
    plain, html = text_of(digest, stop_url="https://s"), html_of(digest, stop_url="https://s")
    assert "Shelter <b>& hope</b>" in plain
    assert "Shelter &lt;b&gt;&amp; hope&lt;/b&gt;" in html
    assert re.search(r": \d+ projects?", digest.subject)
    for section in digest.sections:
        assert section.heading in plain
        assert section.heading in html
        for line in section.lines:
            assert line.url in plain
            assert line.url.replace("&", "&amp;") in html
    assert "https://s" in plain
    assert "https://s" in html


def test_no_later_commit_can_slip_below_the_horizon(database_url):
    """A transaction is given id 1, another id 2; the second commits first. The horizon waits for the first."""
    engine = engine_for(database_url)
    if (
        engine.dialect.name != "postgresql"
    ):  # one transaction writes at a time there, in the order of ids
        with Session(engine) as session:
            last = note_change(session, "project.changed", make_group(session, "ONE"), by=None)
            session.flush()
            assert change_horizon(session) == last.id
        engine.dispose()
        return
    with Session(engine) as slow, Session(engine) as quick, Session(engine) as sender:
        lower = note_change(slow, "project.changed", make_group(slow, "SLOW"), by=None)
        slow.flush()
        higher = note_change(quick, "project.changed", make_group(quick, "QUICK"), by=None)
        quick.commit()
        assert lower.id < higher.id
        assert change_horizon(sender, patience=0.1) is None
        lower_id, higher_id = lower.id, higher.id
        finish = threading.Timer(0.3, slow.commit)
        finish.start()
        began = time.monotonic()
        horizon = change_horizon(sender, patience=10)
        finish.join()
        assert time.monotonic() - began >= 0.25
        assert horizon is not None
        assert horizon >= higher_id
        visible = set(sender.scalars(text("SELECT id FROM changes")))
        assert {lower_id, higher_id} <= visible
    engine.dispose()


def test_the_horizon_hinders_nobody_and_forgets_what_was_undone(database_url):
    engine = engine_for(database_url)
    with Session(engine) as first:
        note_change(first, "project.changed", make_group(first, "GONE"), by=None)
        first.flush()
        first.rollback()
    with Session(engine) as sender, Session(engine) as writer:
        known = change_horizon(sender)
        assert known is not None
        if engine.dialect.name == "postgresql":
            note_change(writer, "project.changed", make_group(writer, "NEXT"), by=None)
            writer.commit()
            assert change_horizon(sender) > known
    engine.dispose()


def test_two_processes_claim_one_issue_once(database_url):
    engine = engine_for(database_url)
    with Session(engine) as session:
        group = make_group(session, "RACE")
        ensure_definitions(session, due_from=datetime(2020, 1, 1, tzinfo=UTC))
        session.commit()
        group_id = group.id
    barrier, claimed = threading.Barrier(4), []

    def sender():
        with Session(engine) as session:
            barrier.wait()
            session.connection(execution_options={"writes": True})
            group = session.get_one(CoordinationGroup, group_id)
            issue = claim(session, group, MONDAY)
            session.commit()
            claimed.append(issue is not None)

    threads = [threading.Thread(target=sender) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(claimed) == [False, False, False, True]
    with Session(engine) as session:
        assert session.query(DigestIssue).count() == 1
    engine.dispose()
