"""A server on the loopback that speaks the part of the OpenAI protocol the product uses."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Model:
    """How the model behaves, and the requests it got.

    ``mode``: good (answers ``content``), busy (429), drip (a byte at a time, for ever), broken
    (500 to everything), not_json (an answer that is no JSON at all), shapeless (JSON without
    choices). ``understands``: the response formats the server knows ("json_schema",
    "json_object", "text"); others get status ``unknown_format``.
    """

    content: str = ""
    mode: str = "good"
    understands: tuple[str, ...] = ("json_schema", "json_object", "text")
    unknown_format: int = 400
    requests: list[dict[str, Any]] = field(default_factory=list)
    authorizations: list[str] = field(default_factory=list)
    base_url: str = ""
    stopped: threading.Event = field(default_factory=threading.Event)


def _handler(model: Model) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers.get("content-length", 0))
            request = json.loads(self.rfile.read(length))
            model.requests.append(request)
            model.authorizations.append(self.headers.get("authorization", ""))
            if not self.path.endswith("/chat/completions"):
                self.answer(404, {"error": {"message": "not found"}})
                return
            wanted = request.get("response_format", {"type": "text"})["type"]
            if model.mode == "busy":
                self.answer(429, {"error": {"message": "slow down"}}, {"retry-after": "50"})
            elif model.mode == "broken":
                self.answer(500, {"error": {"message": "out of order"}})
            elif model.mode == "drip":
                self.drip()
            elif wanted not in model.understands:
                self.answer(model.unknown_format, {"error": {"message": f"no {wanted}"}})
            elif model.mode == "not_json":
                self.raw(200, b"<html>proxy</html>", "application/json")
            elif model.mode == "shapeless":
                self.answer(200, {"hello": "world"})
            else:
                self.answer(200, _completion(request["model"], model.content))

        def answer(
            self, status: int, document: object, headers: dict[str, str] | None = None
        ) -> None:
            self.raw(status, json.dumps(document).encode(), "application/json", headers)

        def raw(
            self,
            status: int,
            body: bytes,
            content_type: str,
            headers: dict[str, str] | None = None,
        ) -> None:
            self.send_response(status)
            self.send_header("content-type", content_type)
            self.send_header("content-length", str(len(body)))
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def drip(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", "100000")
            self.end_headers()
            try:
                while not model.stopped.is_set():
                    self.wfile.write(b" ")
                    self.wfile.flush()
                    time.sleep(0.05)
            except OSError:
                self.close_connection = True

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Be quiet."""

    return Handler


def _completion(model: str, content: str) -> dict[str, Any]:
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": model,
        "choices": [
            {
                "index": 0,
                "finish_reason": "stop",
                "message": {"role": "assistant", "content": content},
            }
        ],
        "usage": {"prompt_tokens": 210, "completion_tokens": 42, "total_tokens": 252},
    }


@contextmanager
def model_server(**behaviour: Any) -> Iterator[Model]:
    """A server on a free port for the length of the block."""
    model = Model(**behaviour)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(model))
    server.daemon_threads = True
    model.base_url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield model
    finally:
        model.stopped.set()
        server.shutdown()
        server.server_close()
        thread.join()


def sentences(*pairs: tuple[str, list[str]]) -> str:
    """The content of a well-behaved answer."""
    return json.dumps(
        {"sentences": [{"text": text, "facts": facts} for text, facts in pairs]},
        ensure_ascii=False,
    )
