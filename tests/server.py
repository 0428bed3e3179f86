"""A small real HTTP/1.1 server on loopback, for every test that fetches.

    with Server() as server:
        server.answer("/feed", body=b"<rss/>", headers={"ETag": '"1"'})     # answers 304 to whoever gives the ETag back
        server.route("/slow", lambda asked, wire: wire.pause(1))            # or a Reply, or bytes sent by hand
        fetch(server.url("/feed"), allow=server.allow)
        assert server.requests[0].header("user-agent")
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TypeAlias

Pairs: TypeAlias = Mapping[str, str] | Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Received:
    """One request as it came: `path` is the target of the request line, query included; headers keep their order and spelling."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """The first value of a header, case of the name ignored."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer to be framed: Content-Length and Connection are added unless `headers` have them."""

    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class Wire:
    """The connection to a client, for answers that break the rules: whatever is sent by hand, the connection closes afterwards."""

    _socket: socket.socket
    _closing: threading.Event

    def send(self, some: bytes) -> None:
        """Raises OSError once the client has gone; the server expects that."""
        self._socket.sendall(some)

    def pause(self, seconds: float) -> None:
        """Wait; raises OSError at once when the server is being closed, so that no test waits for it."""
        if self._closing.wait(seconds):
            raise ConnectionAbortedError("the server is closing")


Route: TypeAlias = Callable[[Received, Wire], Reply | None]


@dataclass(slots=True)
class Server:
    """Listens on a free port of `host` while the context is open. `tls` makes it https. Unknown paths answer 404."""

    host: str = "127.0.0.1"
    tls: ssl.SSLContext | None = None
    requests: list[Received] = field(default_factory=list)
    port: int = 0
    _routes: dict[str, Route] = field(default_factory=dict)
    _listener: socket.socket | None = None
    _threads: list[threading.Thread] = field(default_factory=list)
    _connections: set[socket.socket] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _closing: threading.Event = field(default_factory=threading.Event)
    _mistakes: list[Exception] = field(default_factory=list)

    def __enter__(self) -> Server:
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        self._listener = socket.create_server((self.host, self.port), family=family, backlog=256)
        self.port = self._listener.getsockname()[1]
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        assert self._listener is not None
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for connection in self._connections:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        for thread in list(self._threads):
            thread.join(10)
        if self._mistakes:
            raise self._mistakes[0]

    def url(self, path: str = "/", host: str | None = None) -> str:
        """The absolute address of a path. `host` names this server otherwise: libcurl takes every name under .localhost to loopback."""
        name = host or (f"[{self.host}]" if ":" in self.host else self.host)
        return f"{'https' if self.tls else 'http'}://{name}:{self.port}{path}"

    @property
    def allow(self) -> tuple[str, ...]:
        """What `network: {allow: …}` must hold for this server to be fetched by its own address."""
        return (self.url("").split("//")[1],)

    def answer(self, path: str, status: int = 200, body: bytes = b"", headers: Pairs = ()) -> None:
        """Answer a path so from now on. With an ETag or Last-Modified, a 200 becomes 304 for a client that gives it back."""
        reply = Reply(status, body, tuple(headers.items() if isinstance(headers, Mapping) else headers))
        self._routes[path] = lambda asked, _: _unless_known(asked, reply)

    def redirect(self, path: str, to: str, status: int = 302) -> None:
        self.answer(path, status, headers={"Location": to})

    def route(self, path: str, route: Route) -> None:
        """Let a function answer a path: it returns a Reply, or sends by `wire` itself and returns None."""
        self._routes[path] = route

    def asked(self, path: str) -> list[Received]:
        """The requests for one path so far, in order of arrival."""
        return [request for request in self.requests if request.path == path]

    def _start(self, target: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        assert self._listener is not None
        while not self._closing.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self._connections.add(connection)
            self._start(self._serve, connection)

    def _serve(self, plain: socket.socket) -> None:
        connection = plain
        try:
            if self.tls:
                # Shut before it is closed, even while the handshake is under way: the wrapped socket takes over the descriptor.
                connection = self.tls.wrap_socket(plain, server_side=True, do_handshake_on_connect=False)
                with self._lock:
                    self._connections.add(connection)
                connection.do_handshake()
            # Without this a small answer waits for the client's delayed acknowledgement of the one before.
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._talk(connection)
        except OSError:
            pass                        # the client has gone, or the server is closing
        except Exception as mistake:    # of the test itself: told where the context ends
            self._mistakes.append(mistake)
        finally:
            with self._lock:
                self._connections -= {plain, connection}
            connection.close()
            plain.close()

    def _talk(self, connection: socket.socket) -> None:
        with connection.makefile("rb") as incoming:
            while (asked := _read(incoming.readline, incoming.read)) and not self._closing.is_set():
                self.requests.append(asked)
                route = self._routes.get(asked.path) or self._routes.get(asked.path.partition("?")[0])
                reply = route(asked, Wire(connection, self._closing)) if route else Reply(404, b"nothing here")
                if reply is None:
                    connection.shutdown(socket.SHUT_WR)
                    return
                connection.sendall(_framed(asked, reply))


def _read(line: Callable[[], bytes], read: Callable[[int], bytes]) -> Received | None:
    first = line().decode("latin-1").split()
    if len(first) < 2:
        return None
    headers = []
    while (raw := line()) not in (b"\r\n", b"\n", b""):
        name, _, value = raw.decode("latin-1").rstrip("\r\n").partition(":")
        headers.append((name, value.strip()))
    asked = Received(first[0], first[1], tuple(headers))
    length = int(asked.header("content-length") or 0)
    return Received(asked.method, asked.path, asked.headers, read(length)) if length else asked


def _unless_known(asked: Received, reply: Reply) -> Reply:
    """RFC 9110 §13.2.2: If-None-Match first, If-Modified-Since only without it."""
    if reply.status != 200:
        return reply
    ours = {name.lower(): value for name, value in reply.headers}
    given = asked.header("if-none-match"), ours.get("etag")
    if given[0] is None:
        given = asked.header("if-modified-since"), ours.get("last-modified")
    if given[0] is None or given[0] != given[1]:
        return reply
    kept = ("etag", "last-modified", "cache-control", "expires", "date")
    return Reply(304, b"", tuple((name, value) for name, value in reply.headers if name.lower() in kept))


def _framed(asked: Received, reply: Reply) -> bytes:
    phrase = HTTPStatus(reply.status).phrase if reply.status in set(HTTPStatus) else "Odd"
    lines = [f"HTTP/1.1 {reply.status} {phrase}", *(f"{name}: {value}" for name, value in reply.headers)]
    named = {name.lower() for name, _ in reply.headers}
    bodiless = reply.status in (204, 304) or reply.status < 200
    if not bodiless and not named & {"content-length", "transfer-encoding"}:
        lines.append(f"Content-Length: {len(reply.body)}")
    head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
    return head if bodiless or asked.method == "HEAD" else head + reply.body
