"""A web site on 127.0.0.2 whose pages change, and a canary on 127.0.0.1 that nobody may reach.

Two loopback addresses, so that a test can open the one in the gate and leave the other shut.
"""

from __future__ import annotations

import socket
import threading
from types import TracebackType

from tests.servers.feeds import FeedServer

SITE_ADDRESS = "127.0.0.2"
SITE_NETWORK = f"{SITE_ADDRESS}/32"


class Site(FeedServer):
    """Pages by name; the newest one is served."""

    def __init__(self) -> None:
        super().__init__(host=SITE_ADDRESS)

    def page(self, name: str, body: str, *, title: str = "Seite", status: int = 200) -> str:
        """Serve an HTML page from now on; returns its address."""
        whole = (
            f"<!doctype html><html lang=de><head><meta charset=utf-8><title>{title}</title></head>"
            f"<body>{body}</body></html>"
        )
        return self.publish(
            name,
            whole.encode(),
            content_type="text/html; charset=utf-8",
            status=status,
            validators=False,
        )

    def redirect(self, name: str, to: str, status: int = 302) -> str:
        """Send whoever asks for ``name`` elsewhere."""
        return self.publish(name, b"", status=status, headers={"Location": to}, validators=False)


class Canary:
    """Counts who connects (TCP) or sends (UDP) to it on 127.0.0.1."""

    def __init__(self) -> None:
        self.reached: list[str] = []
        self._tcp = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._tcp.getsockname()[1])
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._udp.bind(("127.0.0.1", self.port))
        self._threads = [
            threading.Thread(target=self._watch_tcp, daemon=True),
            threading.Thread(target=self._watch_udp, daemon=True),
        ]

    def __enter__(self) -> Canary:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._tcp.shutdown(socket.SHUT_RDWR)
        self._tcp.close()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as waker:
            waker.sendto(b"end", ("127.0.0.1", self.port))
        for thread in self._threads:
            thread.join()
        self._udp.close()

    def _watch_tcp(self) -> None:
        while True:
            try:
                client, _ = self._tcp.accept()
            except OSError:
                return
            self.reached.append("tcp")
            client.close()

    def _watch_udp(self) -> None:
        while self._udp.recvfrom(2048)[0] != b"end":
            self.reached.append("udp")
