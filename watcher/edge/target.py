"""An address as written → what to ask, of whom, with which credentials; or why it is not asked.

libcurl reads addresses by its own rules, and so does Python: an address they read differently could name one host to the check and
another to the connection. So only what both read alike goes on: the host is of letters both know, everything unusual is percent-encoded.
"""

from __future__ import annotations

import contextlib
import re
from base64 import b64encode
from dataclasses import dataclass, field
from ipaddress import IPv6Address
from string import ascii_letters, digits
from typing import Literal
from urllib.parse import quote, unquote_to_bytes, urljoin, urlsplit

URL_CHARS = 8_000

# Bytes that stand for themselves after the host; all others are percent-encoded. "%" stays, for what is encoded already.
_PLAIN = "!$%&'()*+,-./:;=?@[]_~|" + ascii_letters + digits
_USUAL = re.compile(r"(https?)://([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(?::(\d{1,5}))?(/[!$%&'()*+,./:;=?@_~|a-zA-Z0-9-]*)")
_SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*):")
_HOST = re.compile(r"[a-z0-9_.-]+")
_PORTS = {"http": 80, "https": 443}


class Refused(Exception):
    """The address will not be asked; `str()` is a reason that quotes no part of it."""

    def __init__(self, step: Literal["invalid-url", "forbidden-scheme"], reason: str) -> None:
        super().__init__(reason)
        self.step = step


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request goes. `url` is ASCII and has neither user nor fragment; `host` is in lower case, IPv6 without brackets."""

    url: str = field(repr=False)
    scheme: str
    host: str
    port: int
    authorization: str = field(default="", repr=False)      # value of the header, from `user:password@`; "" without

    @property
    def origin(self) -> tuple[str, str, int]:
        return self.scheme, self.host, self.port

    def is_named_in(self, allow: frozenset[str]) -> bool:
        """Whether its host, or host:port, is one of these (lower case, brackets as written)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return bool(allow & {host, f"{host}:{self.port}", self.host})


def read(url: str) -> Target:
    """The target of an absolute address. Raises Refused."""
    if usual := _USUAL.fullmatch(url):
        scheme, host, port, _ = usual.groups()
        if len(url) <= URL_CHARS and len(host) <= 253 and ".." not in host:
            return Target(url, scheme, host, _port(port, scheme))
    return _unusual(url)


def follow(target: Target, location: str) -> Target:
    """The target a redirect leads to; its own credentials count for nothing. Raises Refused."""
    # Servers send UTF-8 as it is, and header values are read as Latin-1.
    with contextlib.suppress(UnicodeError):
        location = location.encode("latin-1").decode("utf-8")
    try:
        return read(urljoin(target.url, location.strip()))
    except ValueError:
        raise Refused("invalid-url", "the address has no valid host") from None


def _unusual(url: str) -> Target:
    url = re.sub(r"[\t\r\n]", "", url.strip())
    scheme = match[1].lower() if (match := _SCHEME.match(url)) else ""
    if scheme and scheme not in _PORTS:
        raise Refused("forbidden-scheme", "only http and https addresses are fetched")
    if not scheme or len(url) > URL_CHARS:
        raise Refused("invalid-url", "the address is too long" if scheme else "the address does not begin with https:// or http://")
    try:
        parts = urlsplit(url)
    except ValueError:
        raise Refused("invalid-url", "the address has no valid host") from None
    user, at, authority = parts.netloc.rpartition("@")
    if "\\" in user:                                   # the host ends there for a browser, and not for others
        raise Refused("invalid-url", "the address has no valid host")
    host, port = _host_and_port(authority)
    shown = f"[{host}]" if ":" in host else host
    rest = quote(parts.path or "/", safe=_PLAIN) + ("?" + quote(parts.query, safe=_PLAIN) if parts.query else "")
    number = _port(port, scheme)
    colon = f":{number}" if port else ""
    return Target(f"{scheme}://{shown}{colon}{rest}", scheme, host, number, _basic(user) if at else "")


def _host_and_port(authority: str) -> tuple[str, str]:
    """A host both Python and libcurl read alike, in lower case, and the port as written ("" without)."""
    if authority.startswith("["):
        host, _, port = authority[1:].partition("]")
        try:
            return str(IPv6Address(host if "%" not in host else "")), port.removeprefix(":")
        except ValueError:
            raise Refused("invalid-url", "the address has no valid host") from None
    host, _, port = authority.lower().partition(":")
    try:
        host = host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:
        host = ""
    if not _HOST.fullmatch(host) or len(host) > 253 or ".." in host or host.startswith("."):
        raise Refused("invalid-url", "the address has no valid host")
    return host, port


def _port(written: str | None, scheme: str) -> int:
    if not written:
        return _PORTS[scheme]
    if not (written.isascii() and written.isdigit() and len(written) <= 5 and 0 < int(written) < 65_536):
        raise Refused("invalid-url", "the address has no valid port")
    return int(written)


def _basic(user: str) -> str:
    name, _, password = user.partition(":")
    return "Basic " + b64encode(unquote_to_bytes(name) + b":" + unquote_to_bytes(password)).decode("ascii")
