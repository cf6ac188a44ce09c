"""The fixtures themselves: what one test does, the next does not see; and on both databases."""

import shutil
import smtplib
from urllib.request import urlopen

import pytest
from sqlalchemy import func, inspect, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError

from tacoord.models import Organisation, Term
from tests.support.accessibility import violations
from tests.support.databases import engine_for
from tests.support.memory import quick_place
from tests.support.rules import COMPILE


def add(session, code):
    session.add(Organisation(code=code, name=code))
    session.commit()


def count(session):
    return session.scalar(select(func.count(Organisation.id)))


@pytest.mark.parametrize("time", ["first", "second"])
def test_what_a_test_commits_is_gone_for_the_next(session, time):
    before = count(session)
    add(session, "TRIAL")
    session.rollback()
    assert count(session) == before + 1
    assert (
        session.scalar(select(func.count(Organisation.id)).where(Organisation.code == "TRIAL")) == 1
    )


def test_a_rollback_takes_back_what_was_not_committed(session):
    before = count(session)
    add(session, "KEPT")
    with pytest.raises(IntegrityError):
        add(session, "KEPT")
    session.rollback()
    assert count(session) == before + 1


def test_a_template_has_the_secretariat_and_the_vocabularies(session):
    assert session.scalar(select(Organisation).where(Organisation.code == "SECRETARIAT"))
    assert session.scalar(select(func.count()).select_from(Term)) > 300


def test_databases_are_in_memory_only_where_there_is_room(tmp_path):
    free = shutil.disk_usage(tmp_path).free
    assert quick_place(tmp_path, room=free // 2) == tmp_path
    assert quick_place(tmp_path, room=2 * free) is None
    assert quick_place(tmp_path / "nowhere", room=0) is None


def test_an_empty_database_has_no_tables(empty_database_url):
    engine = engine_for(empty_database_url)
    assert inspect(engine).get_table_names() == []
    engine.dispose()


def test_a_database_is_of_the_kind_that_was_asked_for(database_url, databases):
    kind = type(databases).__name__.lower()
    assert make_url(database_url).get_backend_name()[:6] == kind[:6]


def test_pages_see_what_the_test_committed(app, store):
    add(store, "SEEN")
    with app.app_context():
        from_app = app.extensions["sqlalchemy"].session
        assert from_app.scalar(text("SELECT count(*) FROM organisations WHERE code = 'SEEN'")) == 1


def test_addresses_are_those_of_rules_that_are_compiled_anew(app):
    for rule in app.url_map.iter_rules():
        values = dict.fromkeys(rule.arguments, "a") | {"more": "x"}
        anew = COMPILE(rule, True)
        assert rule.build(values) == anew(rule, **values)


def test_the_mail_server_keeps_and_refuses(smtp):
    smtp.refuse["gone@example.org"] = "550 5.1.1 nobody"
    host, port = smtp.url.removeprefix("smtp://").split(":")
    with smtplib.SMTP(host, int(port)) as connection:
        refused = connection.sendmail(
            "a@example.org", ["b@example.org", "gone@example.org"], "Subject: hello\n\nbody\n"
        )
    assert list(refused) == ["gone@example.org"]
    assert [message["Subject"] for message in smtp.messages] == ["hello"]
    assert smtp.envelopes[0].rcpt_tos == ["b@example.org"]


def test_the_application_answers_on_a_socket(live_server):
    with urlopen(f"{live_server}/healthz") as answer:
        assert answer.status == 200


def test_a_page_opens_in_a_browser(page, live_server):
    page.goto(f"{live_server}/account/sign-in")
    assert page.title()


def test_axe_finds_what_is_wrong_with_a_page(page):
    page.set_content('<html lang="en"><title>t</title><main><h1>t</h1><img src="x"></main></html>')
    assert [each.split(":")[0] for each in violations(page)] == ["image-alt"]
