"""A server on loopback that is all the sample publishers at once, at a simulated moment.

    with demo.Publishers() as publishers:
        publishers.write_sources(Path("demo/sources.yaml"))
        for moment in publishers.moments:
            publishers.at(moment)
            ...                         # collect

The same moment always gives the same bytes, whatever the port. Source: docs/decisions/0017-demo.md
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import Message
from email.utils import format_datetime, parsedate_to_datetime
from hashlib import blake2b
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from socketserver import TCPServer
from threading import Thread
from types import TracebackType
from typing import Literal

from watcher.edge import press, samples
from watcher.edge.samples import Publisher

SHIPPED: Traversable = files("watcher").joinpath("data", "demo")
# Stands for the server in sources.fr.yaml and sources.en.yaml, so that these are lists anybody can check and edit.
PLACEHOLDER = "127.0.0.1:8700"
IDLE_S = 10                             # a client that connects and says nothing is let go


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What goes over the wire, beside `Date`, `Content-Length` and `Connection`."""

    status: int
    body: bytes = field(default=b"", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)


class Publishers:
    """Serves the sample publishers of a folder while the context lasts. Before `at` is called, it is the first of `moments`.

    `moments` are the instants at which to collect, oldest first. Raises OSError where the port is taken; port 0 is any free one.
    """

    def __init__(self, folder: Traversable = SHIPPED, *, port: int = 0) -> None:
        self._folder = folder
        self._port = port
        self._by_path = {path: publisher for publisher in samples.publishers(folder) for path in publisher.paths}
        self.moments: tuple[datetime, ...] = samples.moments(folder)
        self.moment = self.moments[0]
        self._server: _Server | None = None

    def __enter__(self) -> Publishers:
        self._server = _Server(self, self._port)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._server is not None:
            self._server.stop()
            self._server = None

    @property
    def address(self) -> str:
        """Host and port, as `network: {allow: […]}` names them. Raises RuntimeError outside of the context."""
        if self._server is None:
            raise RuntimeError("the publishers have an address only inside their `with`")
        return f"127.0.0.1:{self._server.server_port}"

    def at(self, moment: datetime) -> None:
        """Set the simulated clock, an aware instant; it may also go back."""
        self.moment = moment.astimezone(UTC)

    def write_sources(self, path: Path, *, language: Literal["fr", "en"] = "fr") -> None:
        """Write the commented list of the sample sources, for a site in this language. The folder is made where it is missing."""
        listed = self._folder.joinpath(f"sources.{language}.yaml").read_text(encoding="utf-8")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(listed.replace(PLACEHOLDER, self.address), encoding="utf-8")

    def answer(self, path: str, asked: Message) -> Answer:
        """What the server answers at this moment; `asked` are the request's headers."""
        moment = self.moment
        publisher = self._by_path.get(path)
        event = samples.event(publisher, moment) if publisher else None
        if publisher is None or (path != publisher.path and (event is None or not event.location)):
            return _page(404, "<!doctype html><title>404</title><p>Nothing here.</p>")
        if event is not None and event.location != path:
            headers = {"Location": event.location} if event.location else {}
            return _page(event.status, event.html or f"<!doctype html><title>{event.status}</title>", headers)
        return _unless_known(_usual(publisher, moment), asked)


def _usual(publisher: Publisher, moment: datetime) -> Answer:
    if publisher.format == "page":
        body = samples.version(publisher, moment).html.encode(publisher.charset)
    else:
        body = press.feed(publisher, samples.shown(publisher, moment))
    headers = {"Content-Type": f"{press.MEDIA_TYPES[publisher.format]}; charset={publisher.charset}"}
    if publisher.validators in ("both", "etag"):
        headers["ETag"] = f'"{blake2b(body, digest_size=10).hexdigest()}"'
    if publisher.validators in ("both", "date"):
        headers["Last-Modified"] = format_datetime(samples.changed_at(publisher, moment), usegmt=True)
    return Answer(status=200, body=body, headers=headers)


def _unless_known(answer: Answer, asked: Message) -> Answer:
    """304 where the client has this very body; `If-None-Match` goes before `If-Modified-Since` (RFC 9110 §13.2.2)."""
    tags = asked.get("If-None-Match")
    if tags is not None:
        known = answer.headers.get("ETag") in [tag.strip().removeprefix("W/") for tag in tags.split(",")]
    else:
        since, changed = asked.get("If-Modified-Since"), answer.headers.get("Last-Modified")
        known = bool(since and changed) and _date(changed) <= _date(since)
    if not known:
        return answer
    return Answer(status=304, headers={name: value for name, value in answer.headers.items() if name != "Content-Type"})


def _date(said: str | None) -> datetime:
    try:
        return parsedate_to_datetime(said or "").astimezone(UTC)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)         # what is no date is no condition


def _page(status: int, html: str, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(status=status, body=html.encode(), headers={"Content-Type": "text/html; charset=utf-8", **(headers or {})})


# ---------------------------------------------------------------------------------------------------- http


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, publishers: Publishers, port: int) -> None:
        self.publishers = publishers
        super().__init__(("127.0.0.1", port), _Handler)
        self._thread = Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, name="sample publishers", daemon=True)
        self._thread.start()

    def server_bind(self) -> None:
        TCPServer.server_bind(self)                     # HTTPServer's asks the name service for our own name, which may take seconds
        self.server_name, self.server_port = "127.0.0.1", int(self.server_address[1])

    def stop(self) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = IDLE_S
    wbufsize = 65_536                                   # head and body in one packet: two would wait for each other
    server: _Server

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def _answer(self, *, with_body: bool) -> None:
        publishers = self.server.publishers
        answer = publishers.answer(self.path.partition("?")[0], self.headers)
        self.send_response_only(answer.status, HTTPStatus(answer.status).phrase)
        self.send_header("Date", format_datetime(publishers.moment, usegmt=True))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status != HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Length", str(len(answer.body)))
        self.send_header("Connection", "close")         # no idle thread is left behind when the demo ends
        self.end_headers()
        if with_body:
            self.wfile.write(answer.body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the demo's own lines are on the terminal."""
