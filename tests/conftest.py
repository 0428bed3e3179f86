from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

# No test leaves this machine: any address but loopback is refused before a connection is tried.
_connect = socket.socket.connect


def _only_loopback(self: socket.socket, address: object) -> None:
    host = address[0] if isinstance(address, tuple) else ""
    if isinstance(host, str) and host and host != "localhost" and not host.startswith("127.") and host != "::1":
        raise ConnectionRefusedError(f"a test tried to reach {host}")
    _connect(self, address)     # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket.socket, "connect", _only_loopback)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder that `watcher demo` makes, made once for all tests of one process."""
    folder = tmp_path_factory.mktemp("demo") / "demo"
    run = watcher("demo", str(folder))
    assert run.returncode == 0, run.stderr
    yield folder


def watcher(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command as a user does."""
    return subprocess.run([sys.executable, "-m", "watcher", *arguments], capture_output=True, text=True, cwd=cwd, timeout=300,
                          env={**os.environ, "COLUMNS": "100"})
