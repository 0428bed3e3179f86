from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import hypothesis
import pytest
from playwright.sync_api import Browser, sync_playwright

from watcher.edge import preview, weights

# Machines are noisy: how long an example takes says nothing.
hypothesis.settings.register_profile("watcher", deadline=None)
hypothesis.settings.load_profile("watcher")

# No test leaves this machine: any address but loopback is refused before a connection is tried.
_connect = socket.socket.connect


CHROMIUM = next((path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what needs a browser, or the language model, on a machine that has none; in CI there must be both."""
    for marker, there in (("browser", CHROMIUM is not None), ("model", find_spec(weights.PACKAGE) is not None)):
        if not there and not os.environ.get("CI"):
            left_out = [item for item in items if item.get_closest_marker(marker)]
            config.hook.pytest_deselected(items=left_out)
            items[:] = [item for item in items if item not in left_out]


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


@pytest.fixture(scope="session")
def site(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The demo's site on loopback, under a sub-path: its address."""
    folder = tmp_path_factory.mktemp("www")
    shutil.copytree(demo / "site", folder / "deep" / "veille")
    with serving(folder) as address:
        yield f"{address}deep/veille/"


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[str]:
    """A folder on loopback, as any static server would give it: its address."""
    with preview.server(folder, 0) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()
        thread.join()


def watcher(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command as a user does."""
    return subprocess.run([sys.executable, "-m", "watcher", *arguments], capture_output=True, text=True, cwd=cwd, timeout=300,
                          env={**os.environ, "COLUMNS": "100"})


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real, headless browser that asks its maker for nothing."""
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield browser
        browser.close()
