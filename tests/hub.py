"""A small real WebSub hub on loopback: verifies before it answers, and distributes when it is told to.

    with Hub() as hub:
        hub.distribute("https://example.org/feed", b"<rss/>")         # to everybody who subscribed, signed as the specification says
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.server import Received, Reply, Server, Wire


@dataclass(slots=True)
class Hub:
    server: Server = field(default_factory=Server)
    lease_s: int = 864_000
    refuses: int = 0                                # answers with this status, and does nothing
    subscribed: dict[str, tuple[str, str]] = field(default_factory=dict)      # callback → topic, secret
    asked: list[dict[str, str]] = field(default_factory=list)
    verified: list[int] = field(default_factory=list)                         # what our question was answered with

    def __enter__(self) -> Hub:
        self.server.__enter__()
        self.server.route("/hub", self._hear)
        return self

    def __exit__(self, *_: object) -> None:
        self.server.__exit__()

    @property
    def url(self) -> str:
        return self.server.url("/hub")

    def distribute(self, topic: str, body: bytes, *, method: str = "sha256", secret: str | None = None, signed: bool = True) -> list[int]:
        """Tell everybody who subscribed to a topic; `secret` other than theirs makes signatures that do not fit."""
        answers = []
        for callback, (known, theirs) in list(self.subscribed.items()):
            if known != topic:
                continue
            made = hmac.new((secret or theirs).encode(), body, getattr(hashlib, method)).hexdigest()
            answers.append(call(callback, "POST", body, {"X-Hub-Signature": f"{method}={made}"} if signed else {})[0])
        return answers

    def _hear(self, asked: Received, _: Wire) -> Reply:
        fields = {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}
        self.asked.append(fields)
        if self.refuses:
            return Reply(self.refuses, b"no")
        query = urlencode({"hub.mode": fields["hub.mode"], "hub.topic": fields["hub.topic"], "hub.challenge": "lôcal 42",
                           "hub.lease_seconds": self.lease_s})
        status, body = call(f"{fields['hub.callback']}?{query}", "GET")
        self.verified.append(status)
        if status == 200 and body == "lôcal 42".encode():
            if fields["hub.mode"] == "subscribe":
                self.subscribed[fields["hub.callback"]] = fields["hub.topic"], fields["hub.secret"]
            else:
                self.subscribed.pop(fields["hub.callback"], None)
        return Reply(202)


def call(url: str, method: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> tuple[int, bytes]:
    """(status, body) of one request."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    try:
        connection.request(method, f"{parts.path}?{parts.query}" if parts.query else parts.path, body, headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()
