"""Digests on their way: each reader one copy, whatever breaks, over a real SMTP conversation."""

import subprocess
import sys
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tacoord.config import Settings
from tacoord.models import (
    DeliveryState,
    DigestDelivery,
    DigestIssue,
    IssueState,
    Member,
    Visibility,
)
from tacoord.policy import OPERATOR
from tacoord.services.digests import digests
from tacoord.services.digests.delivery import BACKOFF, run_digests
from tacoord.services.digests.schedules import ensure_definitions
from tacoord.services.groups.groups import get_group
from tacoord.services.groups.subscriptions import unsubscribe
from tacoord.services.leases import LEASE
from tests.factories import make_group, make_organisation, make_project, make_user
from tests.support.databases import engine_for
from tests.support.steps import steps_on

ROOT = Path(__file__).resolve().parents[3]
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
TUESDAY = datetime(2026, 3, 3, 9, tzinfo=UTC)


class Desk:
    """A database with one group and its readers, and a sender for it."""

    def __init__(self, url, smtp_url):
        self.url = url
        self.engine = engine_for(url)
        self.steps = steps_on(lambda: Session(self.engine))
        self.settings = Settings(
            home=Path("/nowhere"),
            database_url=url,
            secret_key="only for tests",
            base_url="https://tacoord.example.org",
            smtp_url=smtp_url,
            mail_from="tacoord <tacoord@example.org>",
        )

    def set_up(self, readers):
        with self.steps() as session:
            self.group = make_group(session, "ICAT")
            office = make_organisation(session)
            for number in range(readers):
                user = make_user(session, organisation=office, email=f"r{number}@example.org")
                session.add(Member(group=self.group, organisation=office, user=user))
            make_project(session, titles={"en": "Shelter in the north"})
            ensure_definitions(session, due_from=LONG_AGO)
            session.flush()

    def run(self, after=timedelta()):
        return run_digests(self.steps, self.settings, clock=lambda: TUESDAY + after)

    def states(self):
        with Session(self.engine) as session:
            rows = session.scalars(select(DigestDelivery).order_by(DigestDelivery.id)).all()
            return [(row.state.value, row.attempts, row.error) for row in rows]

    def issue(self):
        with Session(self.engine) as session:
            return session.scalars(select(DigestIssue)).one()


@pytest.fixture
def desk(database_url, smtp):
    made = Desk(database_url, smtp.url)
    made.set_up(readers=3)
    yield made
    made.engine.dispose()


def recipients(smtp):
    return sorted(envelope.rcpt_tos[0] for envelope in smtp.envelopes)


def test_each_reader_gets_one_copy_and_a_second_run_sends_nothing(desk, smtp):
    assert desk.run() == Counter(issues=1, sent=3)
    assert recipients(smtp) == [f"r{n}@example.org" for n in range(3)]
    assert desk.issue().state is IssueState.SENT
    assert desk.run() == Counter()
    assert len(smtp.messages) == 3


def test_a_copy_says_what_is_new_and_how_to_stop_it(desk, smtp):
    desk.run()
    message = smtp.messages[0]
    assert "1 project" in message["Subject"]
    text = message.get_body(("plain",)).get_content()
    assert "Shelter in the north" in text
    stop = message["List-Unsubscribe"].strip("<>")
    assert stop.startswith("https://tacoord.example.org/digests/stop/")
    assert stop in text
    assert stop in message.get_body(("html",)).get_content()
    assert message["List-Id"] == "<icat.digest.tacoord.example.org>"
    assert len({each["Message-ID"] for each in smtp.messages}) == 3


def test_two_senders_at_once_send_one_copy_each(desk, smtp):
    barrier, counts = threading.Barrier(3), Counter()

    def sender():
        barrier.wait()
        counts.update(desk.run())

    threads = [threading.Thread(target=sender) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert recipients(smtp) == [f"r{n}@example.org" for n in range(3)]
    assert counts == Counter(issues=1, sent=3)


def test_a_server_that_is_down_is_asked_again_until_it_answers(desk, smtp):
    smtp.stop()
    assert desk.run() == Counter(issues=1, later=1)
    assert {state for state, *_ in desk.states()} == {"pending"}
    assert desk.issue().state is IssueState.COMPOSED
    smtp.start()
    assert desk.run(after=BACKOFF[0]) == Counter(sent=3)
    assert recipients(smtp) == [f"r{n}@example.org" for n in range(3)]


def test_a_copy_that_never_goes_through_is_given_up_after_about_a_day(desk, smtp):
    smtp.refuse = {f"r{n}@example.org": "451 4.3.2 Not now" for n in range(3)}
    waited = timedelta()
    desk.run()
    for rest in BACKOFF:
        waited += rest + timedelta(seconds=1)
        desk.run(after=waited)
    assert timedelta(hours=22) < waited < timedelta(hours=26)
    assert [state for state, *_ in desk.states()] == ["failed"] * 3
    assert desk.issue().state is IssueState.SENT


def test_a_refused_reader_is_marked_and_the_others_get_theirs(desk, smtp):
    smtp.refuse = {"r1@example.org": "550 5.1.1 No such person"}
    assert desk.run() == Counter(issues=1, sent=2, failed=1)
    assert desk.states()[1] == ("failed", 1, "550 5.1.1 No such person")
    assert recipients(smtp) == ["r0@example.org", "r2@example.org"]
    assert desk.run(after=timedelta(days=1)) == Counter()


def test_who_leaves_before_the_copy_is_sent_gets_none(desk, smtp):
    smtp.stop()
    desk.run()
    with desk.steps() as session:
        delivery = session.scalars(select(DigestDelivery).order_by(DigestDelivery.id)).all()[2]
        unsubscribe(session, delivery.issue.definition.group, delivery.user)
    smtp.start()
    assert desk.run(after=BACKOFF[0]) == Counter(sent=2, skipped=1)
    assert recipients(smtp) == ["r0@example.org", "r1@example.org"]


def test_rights_are_those_of_the_moment_of_sending(desk, smtp):
    smtp.stop()
    desk.run()
    with desk.steps() as session:
        owner = make_organisation(session, "Quiet Harbour Trust")
        hidden = make_project(session, organisation=owner, titles={"en": "Secret shelter"})
        issue = session.scalars(select(DigestIssue)).one()
        issue.until_change = 10**6
        session.flush()
        hidden.visibility = Visibility.ORGANISATION
        session.get_one(DigestDelivery, 1).user.organisation_id = owner.id
    smtp.start()
    desk.run(after=BACKOFF[0])
    texts = {e.rcpt_tos[0]: e.content.decode() for e in smtp.envelopes}
    assert {name for name, text in texts.items() if "Secret" in text} == {"r0@example.org"}


def test_a_sender_that_is_killed_between_sending_and_marking_loses_nothing(desk, smtp):
    killed = subprocess.run(
        [
            sys.executable,
            "-m",
            "tests.services.kill_sender",
            desk.url,
            smtp.url,
            TUESDAY.isoformat(),
        ],
        cwd=ROOT,
        check=False,
        timeout=60,
    )
    assert killed.returncode == -9
    assert len(smtp.messages) == 1
    assert desk.states() == [("pending", 1, ""), ("pending", 0, ""), ("pending", 0, "")]
    assert desk.run() == Counter(sent=2)  # the copy of the dead sender is still leased to it
    assert desk.run(after=LEASE + timedelta(seconds=1)) == Counter(sent=1)
    ids = Counter(message["Message-ID"] for message in smtp.messages)
    assert sorted(ids.values()) == [
        1,
        1,
        2,
    ]  # the one copy that SMTP can force, and it is known as one
    assert recipients(smtp).count("r0@example.org") == 2
    assert desk.issue().state is IssueState.SENT


def test_a_claim_that_was_left_is_taken_up(desk, smtp):
    with desk.steps() as session:
        group = get_group(session, "ICAT")
        digests.claim_now(session, group, by=OPERATOR, now=TUESDAY)
    assert desk.issue().state is IssueState.CLAIMED
    assert desk.run() == Counter(sent=3)


def test_a_letter_that_cannot_be_written_keeps_no_other_back(desk, smtp):
    with desk.steps() as session:
        victim = session.scalars(select(Member).order_by(Member.id)).first().user
        victim.email = "not an address"
    assert desk.run() == Counter(issues=1, sent=2, failed=1)
    assert desk.states()[0][0] == DeliveryState.FAILED


def test_a_folder_gets_a_file_for_each_reader(desk, tmp_path):
    desk.settings = Settings(
        **{
            **{name: getattr(desk.settings, name) for name in desk.settings.__slots__},
            "smtp_url": f"file:{tmp_path / 'mail'}",
        }
    )
    desk.run()
    assert len(list((tmp_path / "mail").glob("*.eml"))) == 3
