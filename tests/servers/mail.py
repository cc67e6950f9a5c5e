"""A real SMTP server on 127.0.0.1 that keeps what it takes."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import default

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass
class Mailbox:
    """Messages taken, and how many of the next ones are turned away."""

    subjects: list[str] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)
    refuse: int = 0
    port: int = 0

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """aiosmtpd calls this for each message."""
        if self.refuse:
            self.refuse -= 1
            return "451 try again later"
        content = envelope.content
        message = message_from_bytes(content if isinstance(content, bytes) else b"", policy=default)
        part = message.get_body(("plain", "html"))
        self.subjects.append(str(message["Subject"]))
        self.bodies.append(str(part.get_content()) if part is not None else "")
        return "250 taken"


def _free_port() -> int:
    """aiosmtpd connects to its own port while it starts, so it has to be known before."""
    with socket.create_server(("127.0.0.1", 0)) as reserved:
        return int(reserved.getsockname()[1])


@contextmanager
def mail_server() -> Iterator[Mailbox]:
    """Run the server on a free port."""
    mailbox = Mailbox(port=_free_port())
    controller = Controller(mailbox, hostname="127.0.0.1", port=mailbox.port)
    controller.start()
    try:
        yield mailbox
    finally:
        controller.stop()
