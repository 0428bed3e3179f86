"""What hubs call: the address under which they verify what we asked of them, and tell us that a feed has something new.

A small server on loopback, behind whoever makes it public. Whoever calls brings about a look at a feed that we watch anyway, and no more:
addresses are unguessable, signatures must fit, bodies are weighed and thrown away. Source: https://www.w3.org/TR/websub/; PROMISES P2
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import socket
import socketserver
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from watcher.edge.bell import Bell
from watcher.errors import HookError
from watcher.model import Listen, Subscription

# A caller has so long for the whole of its request, and so many are heard at once; the others are sent away.
CALL_S, AT_ONCE = 20.0, 16
PIECE = 65_536
CHALLENGE_CHARS = 2_000
HASHES = {"sha1": hashlib.sha1, "sha256": hashlib.sha256, "sha384": hashlib.sha384, "sha512": hashlib.sha512}
ANSWERS = 1_000                 # of hubs, waiting to be taken in


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a hub said of a subscription."""

    token: str
    what: str                                       # "subscribe", "unsubscribe": verified; "denied"
    lease_s: int | None = None


class Hook:
    """Listens from the moment it is made until `close`. Rings the bell with the source whose hub told of something new."""

    def __init__(self, listen: Listen, bell: Bell, *, body_bytes: int) -> None:
        self._bell = bell
        self._known: Mapping[str, Subscription] = {}
        self._said: deque[Said] = deque(maxlen=ANSWERS)
        try:
            self._server = _Server((listen.host, listen.port), self, body_bytes)
        except (OSError, OverflowError) as error:
            why = getattr(error, "strerror", None) or str(error)
            raise HookError(f"Hubs cannot be listened to: {listen.host}:{listen.port}: {why}. "
                            "Choose another port: `network: {listen: 127.0.0.1:PORT}`.") from error
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.2}, daemon=True)
        self._thread.start()

    def expect(self, known: Mapping[str, Subscription]) -> None:
        """These, by their tokens, are the subscriptions there are; all others are unknown from now on."""
        self._known = dict(known)

    @property
    def waiting(self) -> bool:
        """Whether a hub has said something since."""
        return bool(self._said)

    def said(self) -> tuple[Said, ...]:
        """What hubs said since this was last asked, in their order."""
        return tuple(self._said.popleft() for _ in range(len(self._said)))

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    # ------------------------------------------------------------------------------------------------ called by the server's threads

    def known(self, path: str) -> Subscription | None:
        """By the last part of the path: what stands before it is for the proxy."""
        return self._known.get(urlsplit(path).path.rpartition("/")[2])

    def verified(self, one: Subscription, query: Mapping[str, str]) -> bool:
        """Whether we asked for this. A refusal is noted, and is no question."""
        mode, topic = query.get("hub.mode", ""), query.get("hub.topic", "")
        if topic != one.topic:
            return False
        if mode == "denied":
            self._said.append(Said(token=one.token, what="denied"))
            return True
        if mode != ("unsubscribe" if one.state == "leaving" else "subscribe") or one.asked_at is None:
            return False
        lease = query.get("hub.lease_seconds", "")
        self._said.append(Said(token=one.token, what=mode, lease_s=int(lease[:12]) if lease.isascii() and lease.isdigit() else None))
        return True

    def told(self, one: Subscription) -> None:
        if one.state != "leaving":
            self._bell.ring(one.source_id)


class Seal:
    """Checks a signature over a body that comes in pieces: `sha256=…`, or one of its kin. Anything else never fits."""

    def __init__(self, header: str, secret: str) -> None:
        method, _, self._said = header.strip().partition("=")
        kind = HASHES.get(method.lower())
        self._made = None if kind is None or not secret else hmac.new(secret.encode(), digestmod=kind)

    def add(self, piece: bytes) -> None:
        if self._made is not None:
            self._made.update(piece)

    def fits(self) -> bool:
        """In constant time."""
        return self._made is not None and hmac.compare_digest(self._made.hexdigest().encode(), self._said.strip().lower().encode())


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], hook: Hook, body_bytes: int) -> None:
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self.hook, self.body_bytes = hook, body_bytes
        self._turns = threading.BoundedSemaphore(AT_ONCE)
        super().__init__(address, _Caller)

    def server_bind(self) -> None:
        """Without the look-up of our own name that `http.server` begins with: it may take its time, and nobody asks for it."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        if not self._turns.acquire(blocking=False):
            self.shutdown_request(request)
            return
        try:
            super().process_request(request, client_address)
        except BaseException:
            self._turns.release()
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        # A byte now and then resets no clock: the time is for the whole call.
        over = threading.Timer(CALL_S, _hang_up, (request,))
        over.daemon = True
        over.start()
        try:
            super().process_request_thread(request, client_address)
        finally:
            over.cancel()
            self._turns.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that broke off, or did not speak HTTP, is nothing to tell of."""


def _hang_up(request: socket.socket) -> None:
    with contextlib.suppress(OSError):
        request.shutdown(socket.SHUT_RDWR)


class _Caller(BaseHTTPRequestHandler):
    """One call: GET asks whether we asked, POST tells of something new. Every answer is short, and the connection ends with it."""

    server: _Server
    timeout = CALL_S
    server_version, sys_version = "watcher", ""

    def do_GET(self) -> None:
        hook = self.server.hook
        one = hook.known(self.path)
        query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query, max_num_fields=20).items()}
        challenge = query.get("hub.challenge", "")
        if one is None or len(challenge) > CHALLENGE_CHARS or not hook.verified(one, query):
            self._answer(404)
        else:
            self._answer(200, challenge.encode())

    def do_POST(self) -> None:
        one = self.server.hook.known(self.path)
        length = self.headers.get("Content-Length", "")
        if one is None:
            self._answer(404)
        elif not (length.isascii() and length.isdigit()) or int(length[:12]) > self.server.body_bytes:
            self._answer(413 if length else 411)
        else:
            seal, left = Seal(self.headers.get("X-Hub-Signature", ""), one.secret), int(length)
            while left and (piece := self.rfile.read(min(PIECE, left))):
                seal.add(piece)
                left -= len(piece)
            if not left and seal.fits():
                self.server.hook.told(one)
            # The same answer to a signature that does not fit: whoever tries learns nothing.
            self._answer(202)

    def _answer(self, status: int, body: bytes = b"") -> None:
        self.close_connection = True
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """What callers say is none of the log's business."""
