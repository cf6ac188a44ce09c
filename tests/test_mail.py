"""Messages go out over a real SMTP conversation, or into a folder, and can carry nothing foreign."""

import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from tacoord.config import MailFolder, MailServer, mail_target
from tacoord.mail import Letter, MailFailed, Outlet, message_of
from tests.support.smtp import SmtpServer

LETTER = Letter(
    message_id="abcdefgh.1@tacoord.example.org",
    sender="tacoord <tacoord@example.org>",
    recipient="reader@example.org",
    recipient_name="Ana Müller",
    subject="Überblick: 3 new projects",
    text="Größe: 3\n",
    html="<p>Größe: 3</p>\n",
    date=datetime(2026, 3, 2, 8, 0, tzinfo=UTC),
    list_id="icat.digest.tacoord.example.org",
    unsubscribe_url="https://tacoord.a-rather-long-name.example.org/digests/unsubscribe/"
    + "x" * 90,
)


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    running = SmtpServer()
    running.start()
    yield running
    running.stop()


def test_a_message_arrives_whole_with_what_a_list_owes_its_readers(server: SmtpServer) -> None:
    with Outlet(mail_target(server.url)) as outlet:
        outlet.send(LETTER)
    got = server.messages[0]
    assert got["Message-ID"] == "<abcdefgh.1@tacoord.example.org>"
    assert got["To"].addresses[0].display_name == "Ana Müller"
    assert got["Subject"] == LETTER.subject
    assert got["List-Id"] == "<icat.digest.tacoord.example.org>"
    assert got["List-Unsubscribe"] == f"<{LETTER.unsubscribe_url}>"
    assert got["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert got["Auto-Submitted"] == "auto-generated"
    assert got["Date"].datetime == LETTER.date
    parts = {
        part.get_content_type(): part.get_content().replace("\r\n", "\n")
        for part in got.iter_parts()
    }
    assert parts == {"text/plain": "Größe: 3\n", "text/html": "<p>Größe: 3</p>\n"}


def test_several_messages_share_a_connection_and_each_has_one_recipient(server: SmtpServer) -> None:
    with Outlet(mail_target(server.url)) as outlet:
        for number in range(3):
            outlet.send(
                replace(LETTER, message_id=f"{number}@x", recipient=f"r{number}@example.org")
            )
    assert [each.rcpt_tos for each in server.envelopes] == [[f"r{n}@example.org"] for n in range(3)]


@pytest.mark.parametrize("field", ["subject", "recipient_name", "list_id", "message_id"])
def test_no_text_can_bring_a_header_with_it(field: str) -> None:
    evil = replace(LETTER, **{field: "Hello\r\nBcc: other@example.org\r\n\r\nBody\u2028x\x00"})
    got = message_from_bytes(message_of(evil).as_bytes(), policy=policy.default)
    assert got["Bcc"] is None
    assert got["From"] is not None


@pytest.mark.parametrize(
    "recipient", ["", "nobody", "a@b\r\nBcc: c@d", "a@b, c@d", "<a@b>, <c@d>", "a b@c"]
)
def test_what_is_no_single_address_fails_for_good(recipient: str) -> None:
    with pytest.raises(MailFailed) as failure:
        message_of(replace(LETTER, recipient=recipient))
    assert not failure.value.temporary


@pytest.mark.parametrize(
    ("answer", "temporary"), [("550 5.1.1 No such person", False), ("451 Later", True)]
)
def test_a_refused_recipient_is_told_and_the_next_one_still_gets_mail(
    server: SmtpServer, answer: str, temporary: bool
) -> None:
    server.refuse = {"reader@example.org": answer}
    with Outlet(mail_target(server.url)) as outlet:
        with pytest.raises(MailFailed) as failure:
            outlet.send(LETTER)
        outlet.send(replace(LETTER, recipient="other@example.org"))
    assert (failure.value.temporary, failure.value.unreachable) == (temporary, False)
    assert failure.value.reason == answer
    assert [each.rcpt_tos for each in server.envelopes] == [["other@example.org"]]


def test_a_server_that_is_down_is_a_temporary_trouble(server: SmtpServer) -> None:
    server.stop()
    with Outlet(mail_target(server.url)) as outlet, pytest.raises(MailFailed) as failure:
        outlet.send(LETTER)
    assert failure.value.temporary
    assert failure.value.unreachable


@pytest.mark.parametrize("security", ["smtp+starttls", "smtps"])
def test_a_server_that_cannot_show_a_certificate_gets_no_mail(
    server: SmtpServer, security: str
) -> None:
    target = mail_target(server.url)
    assert isinstance(target, MailServer)
    with (
        Outlet(replace(target, security=security), timeout=3) as outlet,
        pytest.raises(MailFailed) as failure,
    ):
        outlet.send(LETTER)
    assert failure.value.temporary
    assert server.messages == []


def test_a_server_that_dies_in_the_middle_is_a_temporary_trouble() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        threading.Thread(target=_greet_and_die, args=(listening,), daemon=True).start()
        target = MailServer("127.0.0.1", port, "smtp")
        with Outlet(target, timeout=5) as outlet, pytest.raises(MailFailed) as failure:
            outlet.send(LETTER)
    assert failure.value.temporary
    assert failure.value.unreachable


def _greet_and_die(listening: socket.socket) -> None:
    connection, _ = listening.accept()
    with connection, connection.makefile("rwb") as talk:
        for answer in (
            b"220 hello\r\n",
            b"250 here\r\n",
            b"250 ok\r\n",
            b"250 ok\r\n",
            b"354 go\r\n",
        ):
            talk.write(answer)
            talk.flush()
            if answer.startswith(b"354"):
                return
            talk.readline()


def test_a_folder_gets_one_file_a_message_however_often_it_is_tried(tmp_path: Path) -> None:
    folder = tmp_path / "made" / "mail"
    with Outlet(MailFolder(folder)) as outlet:
        outlet.send(LETTER)
        outlet.send(LETTER)
        outlet.send(replace(LETTER, message_id="../../evil@x"))
    assert sorted(each.name for each in folder.iterdir()) == ["_.._evil.eml", "abcdefgh.1.eml"]
    got = message_from_bytes((folder / "abcdefgh.1.eml").read_bytes(), policy=policy.default)
    assert got["Subject"] == LETTER.subject


def test_a_folder_that_cannot_be_written_is_a_temporary_trouble(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("a file")
    with Outlet(MailFolder(tmp_path / "mail")) as outlet, pytest.raises(MailFailed) as failure:
        outlet.send(LETTER)
    assert failure.value.temporary
