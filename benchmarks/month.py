"""A month of CI runs that share nothing but the branch `journal`: some killed, some skipped, some overlapping; nothing lost, nothing twice.

    python -m benchmarks.month [--data ../shared/data/replay] [--days 28] [--every 3] [--seed 1] [--build]

Every run is a fresh clone of a real bare repository, the real script, the real command, and feeds served on loopback at a moment past.
With `--data`, the recorded week is played over and over, every entry new each time; without, it is the ten days of the demo's publishers.
A watch on a machine that forgets nothing looks at the same moments: what the runs announced must be the same.
`--build` makes the site in every run and closes the digests, as CI does; without it, every run only collects.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import random
import signal
import subprocess
import tempfile
import time
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from hashlib import blake2b
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import Any, Protocol
from xml.sax.saxutils import escape

from tests.forge import Forge, Runner
from watcher import collecting
from watcher.core.text import slug
from watcher.edge import config, demo
from watcher.edge.store import Store
from watcher.model import Sighting

SHOWN = 30                          # entries in a recorded feed
FATES = {"skipped": 0.05, "killed": 0.10, "overlapping": 0.06}      # shares of the runs; the others are left alone


class World(Protocol):
    """Publishers with a clock that is turned by hand; as `watcher.edge.demo.Publishers`."""

    def at(self, moment: datetime) -> None: ...
    def write_sources(self, path: Path) -> None: ...


# --------------------------------------------------------------------------------------------------------------- recorded


class Recorded:
    """The recorded week, played over and over from its first moment on: each time its entries are others, with addresses of their own."""

    def __init__(self, path: Path) -> None:
        feeds: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        with gzip.open(path / "items.jsonl.gz", "rt", encoding="utf-8") as lines:
            for item in map(json.loads, lines):
                feeds[slug(item["feed"])].append(item)
        self.feeds = {name: sorted(items, key=lambda item: str(item["first_seen"])) for name, items in sorted(feeds.items())}
        seen = [datetime.fromisoformat(item["first_seen"]) for items in self.feeds.values() for item in items]
        self.start, self.lasts = min(seen), max(seen) - min(seen) + timedelta(hours=1)
        self.moment = self.start
        self._offsets = {name: [datetime.fromisoformat(item["first_seen"]) - self.start for item in items]
                         for name, items in self.feeds.items()}

    def __enter__(self) -> Recorded:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()

    def at(self, moment: datetime) -> None:
        self.moment = moment

    def write_sources(self, path: Path) -> None:
        host = f"127.0.0.1:{self._server.server_port}"
        rows = "".join(f"  - {{url: 'http://{host}/{name}', id: '{name}'}}\n" for name in self.feeds)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"network: {{allow: ['{host}']}}\nsources:\n{rows}", encoding="utf-8")

    def feed(self, name: str) -> bytes | None:
        """RSS of what the feed shows at this moment: its newest entries."""
        if name not in self.feeds:
            return None
        time_round, into = divmod(self.moment - self.start, self.lasts)
        items, many = self.feeds[name], bisect_right(self._offsets[name], into)
        shown = [(time_round, item) for item in items[max(0, many - SHOWN):many]]
        if time_round:
            shown = [(time_round - 1, item) for item in items[many - SHOWN:] if many < SHOWN] + shown
        rows = "".join(self._row(item, number) for number, item in reversed(shown))
        return f"<rss version='2.0'><channel><title>{name}</title>{rows}</channel></rss>".encode()

    def _row(self, item: Mapping[str, Any], number: int) -> str:
        bare = item["url"].partition("#")[0].partition("?")[0].rstrip("/")
        link = escape(f"{bare}/{blake2b(item['url'].encode(), digest_size=4).hexdigest()}-{number}")
        row = f"<title>{escape(item['title'])} ({number})</title><link>{link}</link><guid isPermaLink='false'>{link}</guid>"
        if item.get("published"):
            row += f"<pubDate>{format_datetime(datetime.fromisoformat(item['published']) + number * self.lasts)}</pubDate>"
        return f"<item>{row}<description>{escape(item.get('summary') or '')}</description></item>"


def _handler(world: Recorded) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = world.feed(self.path.strip("/"))
            tag = f'"{blake2b(body or b"", digest_size=10).hexdigest()}"'
            known = self.headers.get("If-None-Match") == tag
            self.send_response(404 if body is None else 304 if known else 200)
            self.send_header("ETag", tag)
            if body is not None and not known:
                self.send_header("Content-Type", "application/rss+xml; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if body is not None and not known:
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    return Handler


# ------------------------------------------------------------------------------------------------------------------- month


@dataclass(slots=True)
class Told:
    """What came of a month."""

    runs: Counter[str] = field(default_factory=Counter)                     # by how they ended
    announced: list[tuple[datetime, list[str]]] = field(default_factory=list)   # by the runs whose push is on the branch, in its order
    looked: list[datetime] = field(default_factory=list)                    # the moments of these runs
    sizes: list[int] = field(default_factory=list)                          # bytes of the journal's newest files, after each push


class Month:
    """Runs on `forge`; chance is seeded, so that a month can be played again."""

    def __init__(self, world: World, folder: Path, *, seed: int, command: str = "watcher collect",
                 fates: Mapping[str, float] = FATES) -> None:
        self.world, self.chance, self.command, self.fates = world, random.Random(seed), command, fates
        world.write_sources(folder / "sources.yaml")
        self.forge = Forge(folder / "forge", (folder / "sources.yaml").read_text(encoding="utf-8"))
        self.told, self.took_s = Told(), 4.0

    def play(self, moments: Sequence[datetime]) -> Told:
        for number, moment in enumerate(moments):
            self.world.at(moment)
            # The first run is left alone, so that there is a memory to be lost.
            fate = self.chance.choices([*self.fates, ""], [*self.fates.values(), 1 - sum(self.fates.values())])[0] if number else ""
            if fate == "skipped":
                self.told.runs["skipped"] += 1
            elif fate == "killed":
                self._killed(moment)
            elif fate == "overlapping":
                self._overlapping(moment)
            else:
                self._undisturbed(moment)
        return self.told

    def _job(self, moment: datetime) -> str:
        now = f"--now {moment.isoformat()}"
        return f"scripts/carry.sh pull; {self.command} --json {now}; scripts/carry.sh push {now}"

    def _undisturbed(self, moment: datetime) -> None:
        runner, began = self.forge.runner(), time.monotonic()
        job = runner.start(self._job(moment))
        said = job.communicate(timeout=600)[0]
        assert job.returncode == 0, said
        self.took_s = time.monotonic() - began
        self._note(moment, runner.status()["announced"])
        self.told.runs["undisturbed"] += 1
        runner.gone()

    def _killed(self, moment: datetime) -> None:
        """The whole job at once, at any instant of it. Its push may have come through."""
        runner, before = self.forge.runner(), self.forge.tip()
        job = runner.start(self._job(moment))
        try:
            job.wait(self.chance.uniform(0, self.took_s))
        except subprocess.TimeoutExpired:
            os.killpg(job.pid, signal.SIGKILL)
        job.communicate()
        self.forge.settle()
        if self.forge.tip() != before:
            self._note(moment, runner.status()["announced"])
            self.told.runs["killed after its push"] += 1
        else:
            self.told.runs["killed before its push"] += 1
        runner.gone()

    def _overlapping(self, moment: datetime) -> None:
        """Two that know the same, look a minute apart, and push at once; which of the two comes first is chance."""
        pair, moments = (self.forge.runner(), self.forge.runner()), (moment, moment + timedelta(minutes=1))
        before = self.forge.history()
        for runner, at in zip(pair, moments, strict=True):
            self.world.at(at)
            job = runner.start(f"scripts/carry.sh pull; {self.command} --json --now {at.isoformat()}")
            said = job.communicate(timeout=600)[0]
            assert job.returncode == 0, said
        notes = [runner.status()["announced"] for runner in pair]
        jobs = [runner.start(f"scripts/carry.sh push --now {moments[1].isoformat()}") for runner in pair]
        for job in jobs:
            said = job.communicate(timeout=600)[0]
            assert job.returncode == 0, said
        new = len(self.forge.history()) - len(before)
        assert new in (0, 1, 2) and self.forge.history()[new:] == before, "the branch was not only added to"
        # What the first to push had announced is none of the second's: its commit does not add it.
        self._note(moments[0], notes[0])
        self._note(moments[1], [key for key in notes[1] if key not in notes[0]])
        self.told.runs["overlapping"] += 2
        for runner in pair:
            runner.gone()

    def _note(self, moment: datetime, announced: list[str]) -> None:
        self.told.looked.append(moment)
        self.told.announced.append((moment, announced))
        listed = self.forge.git("ls-tree", "-r", "--long", "journal").splitlines()
        self.told.sizes.append(sum(int(line.split()[3]) for line in listed))


def kept(runner: Runner) -> dict[str, Sighting]:
    """All that the branch holds, as the next run would load it, by key."""
    run = runner.carry("pull")
    assert run.returncode == 0, run.stderr
    return stored(runner.folder)


def stored(folder: Path) -> dict[str, Sighting]:
    with Store.open(folder / ".watcher", read_only=True) as store:
        return {sighting.key: sighting for sighting in store.sightings(datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC))}


def undisturbed(world: World, folder: Path, moments: Sequence[datetime]) -> tuple[dict[str, Sighting], list[str]]:
    """What a watch that is never killed and forgets nothing keeps and announces, looking at the same moments."""
    world.write_sources(folder / "sources.yaml")
    settings, announced = config.load(folder / "sources.yaml", {}), list[str]()
    for moment in moments:
        world.at(moment)
        with Store.open(folder / ".watcher") as store:
            announced += collecting.collect(settings, store, clock=lambda at=moment: at, agent="watcher/month").announced
    return stored(folder), announced


def told_once(folder: Path, announced: Collection[str]) -> int:
    """That no entry stands in two closed digests, and each that was announced within their periods in one; how many digests there are."""
    with Store.open(folder / ".watcher", read_only=True) as store:
        digests = store.digests()
        # What is folded into a shown story stands there and in the ledger.
        places = Counter(key for digest in digests for key in {
            *(member.sighting.key for ranked in digest.shown for member in ranked.story.members), *(out.key for out in digest.left_out)})
        twice = [key for key, many in places.items() if many > 1]
        assert not twice, f"in two digests: {twice[:5]}"
        due = {sighting.key for digest in digests for sighting in store.sightings(digest.start_at, digest.end_at)}
        untold = (due & set(announced)) - set(places)
        assert not untold, f"in no digest: {sorted(untold)[:5]}"
    return len(digests)


def compare(month: Month, told: Told, folder: Path) -> int:
    """Nothing lost, nothing twice: raises AssertionError with the first difference. Returns how many digests were closed."""
    last = month.forge.runner()
    here = kept(last)
    there, expected = undisturbed(month.world, folder / "undisturbed", told.looked)
    counted = Counter(key for _, keys in told.announced for key in keys)
    twice = [key for key, many in counted.items() if many > 1]
    assert not twice, f"announced twice: {twice[:5]}"
    assert not there.keys() - here.keys(), f"lost: {sorted(there.keys() - here.keys())[:5]}"
    assert not here.keys() - there.keys(), f"from nowhere: {sorted(here.keys() - there.keys())[:5]}"
    assert not set(expected) - set(counted), f"never announced: {sorted(set(expected) - set(counted))[:5]}"
    besides = set(counted) - set(expected)
    assert not besides, f"announced, and an archive for a machine that forgets nothing: {sorted(besides)[:5]}"
    digests = told_once(last.folder, counted)
    # What only the later of two overlapping runs saw is moved behind a digest that the other closed meanwhile: seen by that digest's clock.
    late = [key for key in here if here[key].first_seen_at != there[key].first_seen_at]
    assert digests or not late, f"another first sight: {[(here[key].first_seen_at, there[key].first_seen_at) for key in late[:3]]}"
    return digests


def size(forge: Forge) -> int:
    """Bytes of the branch with all its history, as a server keeps it after it has tidied up."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["git", "clone", "--quiet", "--bare", "--single-branch", "--branch=journal", f"file://{forge.repository}", folder],
                       check=True)
        subprocess.run(["git", "gc", "--quiet", "--prune=now"], cwd=folder, check=True)
        return sum(path.stat().st_size for path in Path(folder, "objects").rglob("*") if path.is_file())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--days", type=float, default=28)
    parser.add_argument("--every", type=float, default=3, help="hours")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--build", action="store_true")
    given = parser.parse_args()
    world = Recorded(given.data) if given.data else demo.Publishers()
    if isinstance(world, Recorded):
        every = timedelta(hours=given.every)
        moments = [world.start + number * every for number in range(1, int(timedelta(days=given.days) / every) + 1)]
    else:
        moments = list(world.moments)
    with world, tempfile.TemporaryDirectory() as name:
        began = time.monotonic()
        month = Month(world, Path(name), seed=given.seed, command="watcher build" if given.build else "watcher collect")
        told = month.play(moments)
        ended = ", ".join(f"{many} {how}" for how, many in told.runs.items())
        print(f"{len(moments)} moments in {time.monotonic() - began:.0f} s: {ended}")
        digests = compare(month, told, Path(name))
        entries = sum(len(keys) for _, keys in told.announced)
        commits = len(month.forge.history())
        print(f"{entries} entries announced, each once, as by a machine that forgets nothing; none lost; "
              f"{digests} digests, no entry in two.")
        print(f"The branch: {commits} commits, {size(month.forge) / 1e6:.2f} MB with all its history (packed), "
              f"{told.sizes[-1] / 1e6:.2f} MB of files at its end; {size(month.forge) / max(commits, 1) / 1e3:.1f} kB a commit.")


if __name__ == "__main__":
    main()
