"""One libcurl handle, used again and again: what it sends, what it refuses, what came over it and what its error codes mean.

Source: docs/decisions/0004-fetching.md; PROMISES P2, P3, P5.
"""

from __future__ import annotations

import os
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import certifi
import pycurl

from watcher.edge import inflate
from watcher.edge.addresses import is_public
from watcher.edge.target import Target
from watcher.model import FailureStep, Limits, Request

ACCEPT = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, text/html;q=0.8, */*;q=0.7"
# What an answer other than 2xx says stands in its head: this much of its body is read, to keep the connection.
ERROR_PAGE_BYTES = 65_536

_OURS = {"accept": f"Accept: {ACCEPT}".encode(), "accept-encoding": f"Accept-Encoding: {inflate.ACCEPTED}".encode()}
_OURS_ALONE = list(_OURS.values())
_SYSTEM_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",       # Debian, Alpine, Arch
    "/etc/pki/tls/certs/ca-bundle.crt",         # Fedora, Red Hat
    "/etc/ssl/ca-bundle.pem",                   # openSUSE
    "/etc/ssl/cert.pem",                        # macOS, BSD
)
REFUSED: int = pycurl.SOCKET_BAD
_E_TOO_LARGE = 100                              # CURLE_TOO_LARGE, which pycurl does not name
_TLS = frozenset((
    pycurl.E_SSL_CONNECT_ERROR, pycurl.E_PEER_FAILED_VERIFICATION, pycurl.E_SSL_CACERT_BADFILE, pycurl.E_SSL_CERTPROBLEM,
    pycurl.E_SSL_CIPHER, pycurl.E_SSL_ISSUER_ERROR, pycurl.E_SSL_INVALIDCERTSTATUS, pycurl.E_SSL_ENGINE_INITFAILED,
))
_BROKEN = {
    pycurl.E_PARTIAL_FILE: "the answer broke off",
    pycurl.E_GOT_NOTHING: "the connection was closed without an answer",
    pycurl.E_RECV_ERROR: "the connection broke",
    pycurl.E_SEND_ERROR: "the connection broke",
    pycurl.E_UNSUPPORTED_PROTOCOL: "the answer is not HTTP",
    pycurl.E_FTP_WEIRD_SERVER_REPLY: "the answer is not HTTP",
}
# X509_V_ERR_… of OpenSSL.
_CERTIFICATE = {
    9: "the certificate is not valid yet", 10: "the certificate has expired", 18: "the certificate is self-signed",
    19: "the certificate is self-signed", 20: "the certificate's issuer is unknown", 62: "the certificate is for another host",
}


def bundle(environ: Mapping[str, str] = os.environ) -> str:
    """The file of certificates to trust: SSL_CERT_FILE, else the system's, else certifi's.

    The wheels of pycurl look where the machine that built them keeps its own, which most others do not have.
    """
    if chosen := environ.get("SSL_CERT_FILE"):
        return chosen
    usual = ssl.get_default_verify_paths().cafile
    return next((path for path in (usual, *_SYSTEM_BUNDLES) if path and Path(path).is_file()), certifi.where())


@dataclass(slots=True, eq=False)
class Job:
    """One request on its way through its hops."""

    request: Request
    target: Target
    secrets: tuple[tuple[str, str], ...]
    left_s: float                                       # of the time for all hops; waiting for a turn does not count
    lasting: bool                                       # only permanent hops so far, and none that may not be remembered
    asked: set[str] = field(default_factory=set)        # addresses so far
    permanent_url: str | None = None                    # where the first, permanent hops led


class Line:
    """A handle, the job it is at, and what has come of the answer so far."""

    __slots__ = ("_allow", "_away_s", "_began", "_final", "_head_bytes", "_limits", "_overflow", "_refused", "_set_ms", "_size", "_tried",
                 "body", "curl", "head", "job", "status")

    def __init__(self, limits: Limits, allow: frozenset[str], agent: str, trusted: str) -> None:
        self._limits, self._allow = limits, allow
        self._set_ms = (0, 0)
        self.curl = curl = pycurl.Curl()
        curl.setopt(pycurl.USERAGENT, agent)
        curl.setopt(pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS)
        curl.setopt(pycurl.PROXY, "")                   # "" and not unset: libcurl would read the environment
        curl.setopt(pycurl.NOSIGNAL, 1)
        curl.setopt(pycurl.CAINFO, trusted)
        curl.setopt(pycurl.LOW_SPEED_LIMIT, limits.low_speed_bytes)
        curl.setopt(pycurl.LOW_SPEED_TIME, limits.low_speed_s)
        curl.setopt(pycurl.MAXFILESIZE_LARGE, limits.body_bytes)
        curl.setopt(pycurl.OPENSOCKETFUNCTION, self._open)
        curl.setopt(pycurl.HEADERFUNCTION, self._heard)
        curl.setopt(pycurl.WRITEFUNCTION, self._received)

    def take(self, job: Job) -> None:
        """Make ready for the job's next hop."""
        self.job = job
        self.head: list[bytes] = []
        self.body: list[bytes] = []
        self.status = self._head_bytes = self._size = 0
        self._final = self._refused = self._tried = False
        self._overflow = ""
        self._began, self._away_s = time.monotonic(), 0.0
        self.curl.setopt(pycurl.URL, job.target.url)
        self.curl.setopt(pycurl.HTTPHEADER, _headers(job))
        if job.request.form is None:
            self.curl.setopt(pycurl.HTTPGET, 1)
        else:
            self.curl.setopt(pycurl.POSTFIELDS, job.request.form)
        self.forgive(0.0)

    def forgive(self, seconds: float) -> None:
        """Count so many seconds, in which nobody listened, for nothing."""
        self._away_s += seconds
        wanted = (_ms(self.job.left_s + self._away_s), _ms(self._limits.connect_s + self._away_s))
        if wanted != self._set_ms:
            self.curl.setopt(pycurl.TIMEOUT_MS, wanted[0])
            self.curl.setopt(pycurl.CONNECTTIMEOUT_MS, wanted[1])
            self._set_ms = wanted

    def took_s(self) -> float:
        """How long the hop has lasted while somebody listened."""
        return time.monotonic() - self._began - self._away_s

    def failure(self, code: int, message: str) -> tuple[FailureStep, str] | None:
        """The step and reason when libcurl ended with this code; None when there is an answer to be judged."""
        if code == pycurl.E_OK and not self.status:
            return "protocol", "the answer has no status"
        if code == pycurl.E_OK or (self._final and not 200 <= self.status < 300):
            return None
        if self._overflow or code in (pycurl.E_FILESIZE_EXCEEDED, _E_TOO_LARGE):
            return "too-large", self._overflow or f"more than {self._limits.body_bytes} bytes"
        if code == pycurl.E_OPERATION_TIMEDOUT:
            return "timeout", _slow(message)
        if code == pycurl.E_COULDNT_RESOLVE_HOST:
            return "dns", "its host has no address"
        if code == pycurl.E_COULDNT_CONNECT:
            if self._refused and not self._tried:
                return "forbidden-address", "its host is not on the public internet (`network: allow:` can permit it)"
            return "connect", "no connection to its host"
        if code in _TLS:
            return "tls", _CERTIFICATE.get(self.curl.getinfo(pycurl.SSL_VERIFYRESULT), "no secure connection")
        if code == pycurl.E_URL_MALFORMAT:
            return "invalid-url", "the address cannot be asked"
        return "protocol", _BROKEN.get(code, f"the answer broke the rules of HTTP (libcurl {code})")

    def _open(self, _: int, address: tuple[int, int, int, tuple[str, int]]) -> _Lent | int:
        """Called by libcurl with the very address it is about to connect to."""
        family, kind, protocol, name = address
        if family not in (socket.AF_INET, socket.AF_INET6) or not (is_public(name[0]) or self.job.target.is_named_in(self._allow)):
            self._refused = True
            return REFUSED
        self._tried = True
        try:
            return _Lent(socket.socket(family, kind, protocol))
        except OSError:                                 # no IPv6 here, or no descriptor left
            return REFUSED

    def _heard(self, line: bytes) -> int | None:
        """Called by libcurl for each line of a head; interim answers (1xx) come first, trailers after the body."""
        self._head_bytes += len(line)
        if self._head_bytes > self._limits.header_bytes:
            self._overflow = f"more than {self._limits.header_bytes} bytes of headers"
            return 0
        if self._final:
            return None
        if line.startswith(b"HTTP/"):
            self.head.clear()
            status = line.split(None, 2)[1:2]
            self.status = int(status[0]) if status and status[0].isdigit() and len(status[0]) == 3 else 0
        elif line == b"\r\n" or line == b"\n":
            self._final = self.status >= 200
        else:
            self.head.append(line)
        return None

    def _received(self, piece: bytes) -> int | None:
        """Called by libcurl with a piece of the body, still compressed."""
        self._size += len(piece)
        if not 200 <= self.status < 300:
            return None if self._size <= ERROR_PAGE_BYTES else 0
        if self._size > self._limits.body_bytes:
            self._overflow = f"more than {self._limits.body_bytes} bytes"
            return 0
        self.body.append(piece)
        return None


class _Lent:
    """A socket lent to pycurl, which makes a copy of its descriptor; ours is closed as soon as it has."""

    __slots__ = ("_socket",)

    def __init__(self, made: socket.socket) -> None:
        self._socket = made

    def fileno(self) -> int:
        return self._socket.fileno()

    def __del__(self) -> None:
        self._socket.close()


def _headers(job: Job) -> list[bytes]:
    """The request's own lines. Validators go back byte for byte, as they came: headers are read as Latin-1."""
    known = job.request.validators
    lines = _OURS_ALONE
    if known.etag or known.last_modified:
        lines = lines.copy()
        if known.etag:
            lines.append(b"If-None-Match: " + known.etag.encode("latin-1", "replace"))
        if known.last_modified:
            lines.append(b"If-Modified-Since: " + known.last_modified.encode("latin-1", "replace"))
    if not job.secrets:
        return lines
    chosen = {name.lower() for name, _ in job.secrets}
    kept = [line for line in lines if line.partition(b":")[0].decode("ascii").lower() not in chosen]
    # A name with a semicolon is how libcurl is told to send an empty header.
    return kept + [f"{name}: {value}".encode() if value else f"{name};".encode() for name, value in job.secrets]


def _slow(message: str) -> str:
    """Which wait was over, from the first words of libcurl's own message: the rest of it may name the host."""
    if message.startswith("Operation too slow"):
        return "the answer came too slowly"
    return "no whole answer in time" if message.startswith("Operation") else "no connection in time"


def _ms(seconds: float) -> int:
    """Milliseconds, at least one: libcurl takes none for "no limit"."""
    return max(1, round(seconds * 1000))
