"""A forge on disk: a real bare repository with the list of sources on `main`, and runners that clone it afresh, as a CI does.

    forge = Forge(folder, list_of_sources)
    runner = forge.runner()
    runner.carry("pull"); runner.watch("collect"); runner.carry("push")
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SCRIPT = Path(__file__).parent.parent / "scripts" / "carry.sh"
IDENTITY = ("-c", "user.name=Owner", "-c", "user.email=owner@example.org")


def environment(folder: Path) -> dict[str, str]:
    """Of a CI's machine: `watcher` on the path, no settings of ours, and nobody waits long for a second try."""
    mine = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "GITHUB_", "CI_"))}
    return mine | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", "HOME": str(folder),
                   "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "CARRY_WAIT_S": "0"}


def _commands() -> Iterator[bytes]:
    """Of every process of this machine, as Linux shows them."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):      # it has ended meanwhile
            yield path.read_bytes()


class Runner:
    """One clone, of no history, and what a job does in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = environment(folder.parent)

    def carry(self, *arguments: str, **extra: str) -> subprocess.CompletedProcess[str]:
        return self._run(["scripts/carry.sh", *arguments], extra)

    def watch(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self._run(["watcher", *arguments], {})

    def start(self, script: str) -> subprocess.Popen[str]:
        """A job of several steps, in a process group of its own, so that it can be killed as a whole."""
        return subprocess.Popen(["bash", "-euc", script], cwd=self.folder, env=self.environment, text=True, start_new_session=True,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def status(self) -> dict[str, Any]:
        """What the last run said of itself."""
        document: dict[str, Any] = json.loads((self.folder / ".watcher" / "status.json").read_bytes())
        return document

    def gone(self) -> None:
        """The machine is given back."""
        shutil.rmtree(self.folder)

    def _run(self, command: list[str], extra: dict[str, str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, cwd=self.folder, env=self.environment | extra, capture_output=True, text=True, timeout=300,
                              check=False)


class Forge:
    """`sources` is the text of the list; without it, there is a forge in `folder` already."""

    def __init__(self, folder: Path, sources: str = "") -> None:
        self.folder, self.repository, self._runners = folder, folder / "origin.git", 0
        if not sources:
            return
        folder.mkdir(parents=True, exist_ok=True)
        seed = folder / "seed"
        self._git("init", "--quiet", "--bare", "--initial-branch=main", str(self.repository))
        self._git("init", "--quiet", "--initial-branch=main", str(seed))
        (seed / "scripts").mkdir()
        shutil.copy(SCRIPT, seed / "scripts")
        shutil.copy(SCRIPT.parent.parent / ".gitignore", seed)
        (seed / "sources.yaml").write_text(sources, encoding="utf-8")
        self._git("add", "--all", at=seed)
        self._git(*IDENTITY, "commit", "--quiet", "--message", "list", at=seed)
        self._git("push", "--quiet", str(self.repository), "main", at=seed)

    def runner(self) -> Runner:
        self._runners += 1
        clone = self.folder / f"runner-{self._runners}"
        # A runner that is killed does not take the forge along.
        self._git("clone", "--quiet", "--depth=1", "--branch=main", "--config", "remote.origin.receivepack=setsid git-receive-pack",
                  f"file://{self.repository}", str(clone))
        return Runner(clone)

    def copy(self, runner: Path) -> Runner:
        """Another machine in the very state of that one, at this forge."""
        self._runners += 1
        clone = self.folder / f"runner-{self._runners}"
        shutil.copytree(runner, clone)
        self._git("remote", "set-url", "origin", f"file://{self.repository}", at=clone)
        return Runner(clone)

    def tip(self) -> str | None:
        """The newest commit of the journal."""
        return self.git("for-each-ref", "--format=%(objectname)", "refs/heads/journal").strip() or None

    def settle(self) -> None:
        """Wait until the forge is done with what a runner, killed since, had begun to push."""
        while any(b"receive-pack" in command and str(self.repository).encode() in command for command in _commands()):
            time.sleep(0.05)

    def history(self) -> list[str]:
        """The journal's commits, newest first."""
        return self.git("rev-list", "journal").split() if self.tip() else []

    def unpack(self, commit: str, folder: Path) -> Path:
        """The journal as a commit has it."""
        whole = subprocess.run(["git", "archive", "--format=tar", commit], cwd=self.repository, capture_output=True, check=True).stdout
        with tarfile.open(fileobj=io.BytesIO(whole)) as tar:
            tar.extractall(folder, filter="data")
        return folder

    def git(self, *arguments: str) -> str:
        return self._git(*arguments, at=self.repository)

    def _git(self, *arguments: str, at: Path | None = None) -> str:
        run = subprocess.run(["git", *arguments], cwd=at or self.folder, env=environment(self.folder), capture_output=True, text=True,
                             timeout=60, check=False)
        assert run.returncode == 0, run.stderr
        return run.stdout
