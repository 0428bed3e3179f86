"""A process that may connect to the public internet, to hosts of `network: allow:`, and to nothing else; and that starts no program.

Code of others is run to talk to chats. Python tells its audit hooks of every connection before it is made (PEP 578), with the address that
the resolver gave; a hook cannot be taken out again, so that this is for a process of its own. Source: docs/decisions/0034-alerts.md; P3.
"""

from __future__ import annotations

import re
import socket
import sys
from collections.abc import Iterable, Sequence

from watcher.edge.addresses import is_public

_NAMED = re.compile(r"(\[[^\]]+\]|[^:]+)(?::(\d+))?")
_CONNECTING = frozenset(("socket.connect", "socket.sendto", "socket.sendmsg"))
_STARTING = frozenset(("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.forkpty"))


class Forbidden(PermissionError):
    """The process is not allowed to do this."""


class Guard:
    """What was refused since the process is guarded."""

    def __init__(self, allow: Iterable[str]) -> None:
        self._allow = tuple(allow)
        self._allowed: frozenset[tuple[str, int | None]] | None = None
        self.refused = False

    def set(self) -> None:
        """From now on, for as long as the process lives."""
        sys.addaudithook(self._judge)

    def _judge(self, event: str, arguments: Sequence[object]) -> None:
        if event in _STARTING:
            raise Forbidden("no program may be started")
        if event in _CONNECTING and not self._may(arguments[1]):
            self.refused = True
            raise Forbidden("not an address of the public internet")

    def _may(self, address: object) -> bool:
        if address is None:                             # a socket that is connected already
            return True
        if not isinstance(address, tuple):              # a socket of this machine's file system
            return False
        host, port = str(address[0]), int(address[1])
        return is_public(host) or bool({(host, None), (host, port)} & self._permitted())

    def _permitted(self) -> frozenset[tuple[str, int | None]]:
        """The numeric addresses of the hosts that may be connected to; asked for when first needed."""
        if self._allowed is None:
            self._allowed = frozenset(found for named in self._allow for found in _numeric(named))
        return self._allowed


def _numeric(named: str) -> list[tuple[str, int | None]]:
    """The addresses of a `host`, `host:port` or `[v6]:port`, each with the port where one is given."""
    if not (parts := _NAMED.fullmatch(named)):
        return []
    try:
        found = socket.getaddrinfo(parts[1].strip("[]"), None, type=socket.SOCK_STREAM)
    except OSError:
        return []
    return [(str(address[4][0]), int(parts[2]) if parts[2] else None) for address in found]
