"""SIGKILL at seeded random instants during `watcher build`; then one undisturbed run must leave what a run that was never killed leaves.

    python -m benchmarks.kills [--kills 100] [--seed 1] [--a-round 4]

Each round begins with the same folder of the day before, is killed some times at the same `--now`, and is then let finish. Compared are
the whole store (entries, identities, states, page texts, digests), its journal and every byte of the site; all but the log of runs and
what digests and weeks say of it, for a run that was killed is not in it, and the next one need not ask again what was recorded. The
instants are spread over the time that the last undisturbed build took on this machine.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from xml.sax.saxutils import escape

NOW = datetime(2026, 11, 24, 6, 40, tzinfo=UTC)         # a digest is due
DAY_BEFORE = NOW - timedelta(days=1)
FEEDS = 12
ENTRIES = 6                     # a feed and day
# The log of runs, in the store and in the journal, whose manifest sums it up; a mark made by chance; sums of digests, made again at need.
OF_THE_RUN = ("runs", "contents", "outlines", "sqlite_sequence", "journal/runs.jsonl", "journal/manifest.json")
WEEKS = "site/weeks/"
_EFFORT = re.compile(r',?"effort":\{[^{}]*\}')           # of a digest


@dataclass(frozen=True, slots=True)
class Left:
    """All that is left after a build, in a form that can be compared."""

    store: tuple[str, ...]
    files: dict[str, bytes]     # of the site and of the journal


@dataclass(frozen=True, slots=True)
class Kill:
    at_s: float                 # after the start of the process
    found: str                  # how far the run had come, by what it left


class Publishers:
    """A dozen feeds, a watched page, one that is broken and one that asks to be left alone; what they say depends on the day."""

    def __init__(self) -> None:
        self.tomorrow = False

    def answer(self, path: str) -> tuple[int, bytes, dict[str, str]]:
        if path == "/broken":
            return 500, b"", {}
        if path == "/page":
            extra = "<p>Clause Z: from 1 March, what members publish may be used to train models.</p>" if self.tomorrow else ""
            clauses = "".join(f"<p>Clause {letter}: members keep every right to what they publish here, in words.</p>" for letter in "ABCD")
            return 200, f"<html><title>Terms</title><main>{clauses}{extra}</main></html>".encode(), {"Content-Type": "text/html"}
        headers = {"ETag": f'"{self.tomorrow}"'} | ({"Cache-Control": "max-age=7200"} if path == "/feed0" else {})
        return 200, self._feed(path.strip("/")), headers

    def _feed(self, name: str) -> bytes:
        days = (0, 1) if self.tomorrow else (0,)
        items = (self._item(name, day, number) for day in days for number in range(ENTRIES))
        return f"<rss version='2.0'><channel><title>{name}</title>{''.join(items)}</channel></rss>".encode()

    def _item(self, name: str, day: int, number: int) -> str:
        published = DAY_BEFORE + timedelta(days=day, hours=-1 - number)
        reworded = " again" if self.tomorrow and day == 0 and number == 1 else ""
        return (f"<item><title>Instagram changes {escape(name)} rule {day}.{number}{reworded}</title><guid>{name}-{day}-{number}</guid>"
                f"<link>https://{name}.example/{day}/{number}</link><pubDate>{published:%a, %d %b %Y %H:%M:%S} GMT</pubDate></item>")


@contextlib.contextmanager
def served(publishers: Publishers) -> Iterator[int]:
    """The port on which the publishers answer while the context lasts."""
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body, headers = publishers.answer(self.path)
            with contextlib.suppress(OSError):          # the one who asked was killed
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield int(server.server_address[1])
        server.shutdown()
        thread.join()


def begun(folder: Path, publishers: Publishers, port: int) -> None:
    """Make the folder of the day before."""
    rows = "".join(f"  - {{url: 'http://127.0.0.1:{port}/feed{number}', id: feed{number}}}\n" for number in range(FEEDS))
    (folder / "sources.yaml").write_text(
        f"network: {{allow: ['127.0.0.1:{port}']}}\nlimits: {{per_host: 8}}\nsources:\n{rows}"
        f"  - {{url: 'http://127.0.0.1:{port}/page', id: page, kind: page}}\n  - {{url: 'http://127.0.0.1:{port}/broken', id: broken}}\n")
    publishers.tomorrow = False
    finish(folder, DAY_BEFORE)
    publishers.tomorrow = True


def start(folder: Path, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "watcher", *arguments], cwd=folder, start_new_session=True,
                            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def finish(folder: Path, now: datetime) -> float:
    """One undisturbed run. Gives how many seconds it took; raises SystemExit where it does not end well."""
    began = time.perf_counter()
    process = start(folder, "build", "--now", now.isoformat())
    _, said = process.communicate(timeout=120)
    if process.returncode or b"Traceback" in said:
        raise SystemExit(f"the undisturbed run ended with {process.returncode}:\n{said.decode()}")
    return time.perf_counter() - began


def kill(folder: Path, now: datetime, after_s: float) -> Kill:
    """Start a build and kill it, and all that it started, after so many seconds."""
    process = start(folder, "build", "--now", now.isoformat())
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(after_s)
    ended = process.returncode is not None
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    return Kill(after_s, "had ended" if ended else _progress(folder))


def _progress(folder: Path) -> str:
    if (folder / ".site.new").exists():
        return "building the site"
    with contextlib.closing(sqlite3.connect(folder / ".watcher" / "store.sqlite")) as database:
        (entries,), = database.execute("SELECT count(*) FROM sightings")
        (digests,), = database.execute("SELECT count(*) FROM digests")
    before = FEEDS * ENTRIES
    return "digest closed" if digests > 1 else "entries stored" if entries > before else "nothing stored"


def left(folder: Path) -> Left:
    """What store, journal and site hold now; the store passes SQLite's own check."""
    rows = []
    with contextlib.closing(sqlite3.connect(folder / ".watcher" / "store.sqlite")) as database:
        if (found := database.execute("PRAGMA integrity_check").fetchone()[0]) != "ok":
            raise SystemExit(f"the store is damaged: {found}")
        for name, in database.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall():
            if name not in OF_THE_RUN:
                columns = [column for _, column, *_ in database.execute(f"PRAGMA table_info({name})")]
                # The number of a row says in which order rows were written, and is told nobody.
                kept = ", ".join(column for column in columns if column != "number")
                rows += sorted(_EFFORT.sub("", f"{name}: {row}") for row in database.execute(f"SELECT {kept} FROM {name}"))
    saving = start(folder, "journal", "save", "journal")
    _, said = saving.communicate(timeout=120)
    if saving.returncode:
        raise SystemExit(f"the journal cannot be saved:\n{said.decode()}")
    files = {str(path.relative_to(folder)): path.read_bytes() for name in ("site", "journal") for path in (folder / name).rglob("*")
             if path.is_file()}
    return Left(tuple(rows), {name: _EFFORT.sub("", body.decode()).encode() if name.startswith("journal/digests/") else body
                              for name, body in files.items() if name not in OF_THE_RUN and not name.startswith(WEEKS)})


def differences(one: Left, other: Left) -> list[str]:
    """What is not the same, one line each."""
    rows = Counter(one.store)
    rows.subtract(Counter(other.store))
    found = [f"store, {times:+}: {row[:300]}" for row, times in rows.items() if times]
    return found + [name for name in sorted(one.files.keys() | other.files.keys()) if one.files.get(name) != other.files.get(name)]


def rounds(kills: int, a_round: int, seed: int, folder: Path) -> Iterator[tuple[list[Kill], list[str]]]:
    """Of each round: the kills, and what its end differs in from that of a run never killed."""
    publishers, chance = Publishers(), random.Random(seed)
    with served(publishers) as port:
        (before := folder / "before").mkdir()
        begun(before, publishers, port)
        undisturbed = shutil.copytree(before, folder / "undisturbed")
        took_s = finish(undisturbed, NOW)
        expected = left(undisturbed)
        for number in range(-(-kills // a_round)):
            disturbed = shutil.copytree(before, folder / f"round-{number}")
            # In the order of time: an early kill after a late one would find nothing to do.
            instants = sorted(chance.uniform(0.0, took_s) for _ in range(min(a_round, kills - number * a_round)))
            done = [kill(disturbed, NOW, instant) for instant in instants]
            took_s = finish(disturbed, NOW)
            yield done, differences(expected, left(disturbed))
            shutil.rmtree(disturbed)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--a-round", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    found, wrong = Counter[str](), 0
    with tempfile.TemporaryDirectory() as folder:
        for number, (kills, differ) in enumerate(rounds(given.kills, given.a_round, given.seed, Path(folder))):
            found.update(kill.found for kill in kills)
            wrong += bool(differ)
            for line in differ:
                print(f"  round {number}, killed after {', '.join(f'{kill.at_s:.2f} s' for kill in kills)}: {line}")
    print(f"{found.total()} kills, seed {given.seed}: {wrong} rounds of {-(-given.kills // given.a_round)} ended differently")
    for what, times in found.most_common():
        print(f"  {times:4} found it: {what}")
    if wrong:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
