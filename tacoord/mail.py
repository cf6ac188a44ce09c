"""One message out: over SMTP, or as an .eml file into a folder."""

import os
import re
import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import format_datetime, parseaddr
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import urlsplit

from tacoord.config import MailFolder, MailServer

TIMEOUT_SECONDS: Final = 20.0
LONGEST_SUBJECT: Final = 200
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


class MailFailed(Exception):
    """A message did not go out.

    temporary: another try may succeed. unreachable: the server itself is the trouble, so that the next message
    would fare no better. reason: one line for the mail log.
    """

    def __init__(self, reason: str, *, temporary: bool, unreachable: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.temporary = temporary
        self.unreachable = unreachable


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What one reader is sent.

    sender: an address, with or without a name ("tacoord <a@b>"). message_id: without angle brackets, the same at
    every try. html: "" where the text is all. list_id: a domain-like name of the list, unsubscribe_url: a page where a
    POST ends the subscription; both are "" for what one person asked for.
    """

    message_id: str
    sender: str
    recipient: str
    recipient_name: str
    subject: str
    text: str
    date: datetime
    html: str = ""
    list_id: str = ""
    unsubscribe_url: str = ""


def message_of(letter: Letter) -> EmailMessage:
    """The message in full. Raises MailFailed, for good, where an address is none."""
    message = EmailMessage(policy=_POLICY)
    message["Message-ID"] = f"<{_one_line(letter.message_id)}>"
    message["Date"] = format_datetime(letter.date)
    message["From"] = _address(*parseaddr(letter.sender))
    message["To"] = _address(letter.recipient_name, letter.recipient)
    message["Subject"] = _one_line(letter.subject)[:LONGEST_SUBJECT]
    if letter.list_id:
        _say_list(message, letter)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    if letter.html:
        message.add_alternative(letter.html, subtype="html")
    return message


def _say_list(message: EmailMessage, letter: Letter) -> None:
    message["List-Id"] = f"<{_one_line(letter.list_id)}>"
    message["List-Unsubscribe"] = f"<{_one_line(letter.unsubscribe_url)}>"
    # RFC 8058 asks for https; where the site is plain http (on this machine only) the link alone is given.
    if urlsplit(letter.unsubscribe_url).scheme == "https":
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"


class Outlet:
    """Where messages go. A connection is made for the first message and kept for the next ones."""

    def __init__(
        self, target: MailServer | MailFolder, *, timeout: float = TIMEOUT_SECONDS
    ) -> None:
        self._target = target
        self._timeout = timeout
        self._connection: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    def send(self, letter: Letter) -> None:
        """Hand `letter` over; returns when the server, or the disk, has it. Raises MailFailed."""
        message = message_of(letter)
        if isinstance(self._target, MailFolder):
            _write(message, letter.message_id, self._target.folder)
        else:
            self._submit(message, self._target)

    def close(self) -> None:
        """Say goodbye to the server; a message that it has taken stays taken, whatever happens here."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        with suppress(smtplib.SMTPException, OSError):
            connection.quit()
        connection.close()

    def _submit(self, message: EmailMessage, server: MailServer) -> None:
        try:
            connection = self._connected(server)
        except (smtplib.SMTPException, OSError) as error:
            self._drop()
            raise MailFailed(_reason(error), temporary=True, unreachable=True) from error
        try:
            connection.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            code, words = next(iter(error.recipients.values()))
            raise MailFailed(_answer(code, words), temporary=code < 500) from error
        except smtplib.SMTPResponseException as error:
            self._drop()
            reason = _answer(error.smtp_code, error.smtp_error)
            raise MailFailed(reason, temporary=error.smtp_code < 500) from error
        except smtplib.SMTPNotSupportedError as error:
            raise MailFailed(_reason(error), temporary=False) from error
        except (smtplib.SMTPException, OSError) as error:
            self._drop()
            raise MailFailed(_reason(error), temporary=True, unreachable=True) from error

    def _connected(self, server: MailServer) -> smtplib.SMTP:
        if self._connection is None:
            self._connection = _connect(server, self._timeout)
        return self._connection

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def _connect(server: MailServer, timeout: float) -> smtplib.SMTP:
    """Speak with the server, over TLS with its certificate checked where the setting asks for it."""
    context = ssl.create_default_context()
    if server.security == "smtps":
        connection: smtplib.SMTP = smtplib.SMTP_SSL(
            server.host, server.port, timeout=timeout, context=context
        )
    else:
        connection = smtplib.SMTP(server.host, server.port, timeout=timeout)
    try:
        if server.security == "smtp+starttls":
            connection.starttls(context=context)
        if server.user is not None:
            connection.login(server.user, server.password or "")
    except BaseException:
        connection.close()
        raise
    return connection


def _write(message: EmailMessage, message_id: str, folder: Path) -> None:
    """Put the file there whole or not at all; a second try replaces the first."""
    name = re.sub(r"[^A-Za-z0-9._-]", "_", message_id.partition("@")[0]).lstrip(".") or "message"
    final, part = folder / f"{name}.eml", folder / f".{name}.{os.getpid()}.part"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with part.open("wb") as out:
            out.write(message.as_bytes())
            out.flush()
            os.fsync(out.fileno())
        part.replace(final)
    except OSError as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        reason = f"{folder}: {error.strerror or error}"
        raise MailFailed(reason, temporary=True, unreachable=True) from error


def _address(name: str, address: str) -> Address:
    """An address with a name; a name cannot bring a header or a second address with it."""
    try:
        return Address(display_name=_one_line(name), addr_spec=address)
    except (HeaderParseError, ValueError, IndexError) as error:
        raise MailFailed("this is not an e-mail address", temporary=False) from error


def _one_line(text: str) -> str:
    return " ".join(_CONTROL.sub(" ", text).split())


def _answer(code: int, words: bytes | str) -> str:
    text = words.decode(errors="replace") if isinstance(words, bytes) else words
    return _one_line(f"{code} {text}")[:500]


def _reason(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return _answer(error.smtp_code, error.smtp_error)
    return _one_line(str(error) or type(error).__name__)[:500]


class _Policy(EmailPolicy):
    """SMTP's rules, with addresses of pages left whole: folding would turn long ones into encoded words."""

    def fold(self, name: str, value: Any) -> str:
        """A header as text."""
        if name == "List-Unsubscribe":
            return f"{name}: {value}{self.linesep}"
        return str(super().fold(name, value))

    def fold_binary(self, name: str, value: Any) -> bytes:
        """A header as bytes."""
        if name == "List-Unsubscribe":
            return self.fold(name, value).encode("ascii")
        return super().fold_binary(name, value)


_POLICY: Final = _Policy(linesep=SMTP.linesep)
