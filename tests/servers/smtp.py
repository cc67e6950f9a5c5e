"""A real SMTP server on the loopback that counts what it gets."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from threading import Lock
from typing import Any

from aiosmtpd.controller import Controller


@dataclass
class Letter:
    """One message as the server took it."""

    sender: str
    recipients: list[str]
    message: EmailMessage


@dataclass
class Mailbox:
    """What arrived, and how the server behaves.

    ``refuse`` and ``later`` are addresses answered with 550 and 451; ``hang_up_on`` is one
    whose message the server takes and then drops the line without an answer.
    """

    refuse: frozenset[str] = frozenset()
    later: frozenset[str] = frozenset()
    hang_up_on: str = ""
    letters: list[Letter] = field(default_factory=list)
    host: str = "127.0.0.1"
    port: int = 0
    _lock: Any = field(default_factory=Lock, repr=False)

    def got(self, address: str) -> list[Letter]:
        """The letters to one address."""
        return [each for each in self.letters if address in each.recipients]

    async def handle_RCPT(self, *given: Any) -> str:  # noqa: N802 (aiosmtpd's name)
        """Take a recipient or refuse it."""
        _server, _session, envelope, address, _options = given
        if address in self.refuse:
            return "550 no such mailbox"
        if address in self.later:
            return "451 try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        """Take a message."""
        message = message_from_bytes(envelope.content, policy=default)
        assert isinstance(message, EmailMessage)
        with self._lock:
            self.letters.append(Letter(envelope.mail_from, list(envelope.rcpt_tos), message))
        if self.hang_up_on in envelope.rcpt_tos:
            server.transport.abort()
        return "250 OK"


class _FreePort(Controller):
    """A controller that lets the system choose the port."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def mail_server(**behaviour: Any) -> Iterator[Mailbox]:
    """A server on a free port for the length of the block."""
    mailbox = Mailbox(**behaviour)
    controller = _FreePort(mailbox, hostname=mailbox.host, port=0, ready_timeout=20)
    controller.start()
    try:
        mailbox.port = controller.port
        yield mailbox
    finally:
        controller.stop()
