"""A real SMTP server in the test's own process, which keeps what it is sent."""

import email
import email.policy
import socket
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

LOOPBACK = "127.0.0.1"


class SmtpServer:
    """Takes mail at `url`; messages and envelopes in the order in which they came.

    refuse: answers for recipients, such as {"a@example.org": "550 5.1.1 No such person"}.
    """

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.envelopes: list[Envelope] = []
        self.refuse: dict[str, str] = {}
        self._port = _free_port()
        self._controller: Controller | None = None

    @property
    def url(self) -> str:
        """The address for TACOORD_SMTP_URL."""
        return f"smtp://{LOOPBACK}:{self._port}"

    def start(self) -> None:
        """Listen, in a thread; after `stop` at the same address again."""
        self._controller = Controller(self, hostname=LOOPBACK, port=self._port)
        self._controller.start()

    def stop(self) -> None:
        """Listen no longer; a second call does nothing."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    async def handle_RCPT(  # noqa: N802 - the name that aiosmtpd calls
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: object
    ) -> str:
        """Take or refuse a recipient."""
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - the name that aiosmtpd calls
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Keep a message."""
        assert isinstance(envelope.content, bytes)
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        self.envelopes.append(envelope)
        self.messages.append(message)
        return "250 Message kept"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
    return port
