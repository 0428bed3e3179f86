"""What a build costs beside an archive of years: everything anew, nothing changed, an ordinary new day; processor seconds, in this run.

    python -m benchmarks.scale [--days 1100] [--data PATH] [--keep FOLDER]

The archive is that of `benchmarks.archive`, in a store, with the entries that its digests showed and left out; the watch is that of a
user: `watcher build --offline` in a process of its own, user and system time of it and its children.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import yaml

from benchmarks import archive
from watcher.edge import config, record
from watcher.edge.store import Store
from watcher.editing import Editor
from watcher.model import Changes, Digest, Entry, Publication, Sighting, Source, SourceState

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LANGUAGES = ("fr", "fr", "en")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Of one command: processor seconds of it and its children, the most memory that one of them held."""

    cpu_s: float
    peak_bytes: int


def fill(folder: Path, publication: Publication) -> None:
    """`sources.yaml` and a store that holds the publication's digests and every entry they saw."""
    (folder / "sources.yaml").write_text(yaml.safe_dump({
        "site": {"url": "https://example.org/watch/"}, "digest": {"days": list(DAYS)},
        "sources": [{"id": source.id, "name": source.name, "url": source.url} for source in publication.sources],
    }, allow_unicode=True), encoding="utf-8")
    with Store.open(folder / ".watcher") as store, store.batch():
        found: dict[str, list[Sighting]] = defaultdict(list)
        for digest in publication.digests:
            for sighting in seen(digest):
                found[sighting.entry.source_id].append(sighting)
            store.close(digest)
        for source in publication.sources:
            state = _state(source, publication.as_of)
            store.record(state, Changes(new=tuple(found[source.id])))


def seen(digest: Digest) -> Iterator[Sighting]:
    """Every entry of a digest's period, shown or not."""
    for one in digest.shown:
        yield from (member.sighting for member in one.story.members)
    for place, line in enumerate(digest.left_out):
        at = digest.start_at + (digest.end_at - digest.start_at) * place / len(digest.left_out)
        entry = Entry(source_id=line.source_id, id=line.key, link=line.link, title=line.title, summary=f"{line.title}. {line.title}.",
                      published=at, language=LANGUAGES[place % len(LANGUAGES)])
        yield Sighting(key=line.key, entry=entry, fingerprint=line.key, first_seen_at=at)


def _state(source: Source, at: datetime) -> SourceState:
    return SourceState(source_id=source.id, first_success_at=at - timedelta(days=1_200), last_success_at=at, last_attempt_at=at,
                       last_new_at=at, entries=20, next_due_at=at + timedelta(hours=1))


def cost(*arguments: str, cwd: Path, environ: Mapping[str, str] = os.environ) -> Cost:
    """Run `watcher` with these arguments."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run = subprocess.run([sys.executable, "-m", "watcher", *arguments], cwd=cwd, env={**environ, "PYTHONSAFEPATH": "1"}, text=True,
                         capture_output=True)
    if run.returncode != 0:
        raise SystemExit(f"watcher {' '.join(arguments)}: {run.stderr[-2_000:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Cost(cpu_s=after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, peak_bytes=after.ru_maxrss * 1024)


def build(folder: Path, now: datetime) -> Cost:
    return cost("build", "--offline", "--json", "--now", now.isoformat(), cwd=folder)


def a_day(folder: Path, publication: Publication) -> datetime:
    """A day passes, and brings what the publication's open digest saw; when its digest falls due."""
    assert publication.latest is not None
    found: dict[str, list[Sighting]] = defaultdict(list)
    for sighting in seen(publication.latest):
        found[sighting.entry.source_id].append(sighting)
    at = publication.as_of + timedelta(days=1)
    with Store.open(folder / ".watcher") as store, store.batch():
        for source in publication.sources:
            store.record(_state(source, at), Changes(new=tuple(found[source.id])))
    return at


def learn(folder: Path, now: datetime) -> float:
    """Work out what entries mean, so that no build has to: processor seconds."""
    started = time.process_time()
    with Store.open(folder / ".watcher") as store:
        editor = Editor(config.load(folder / "sources.yaml", {}), store)
        while editor.learn(now).waiting:
            pass
    return time.process_time() - started


def measured(folder: Path, publication: Publication) -> Iterator[tuple[str, Cost]]:
    """What each build costs, beside what entries mean; the site of a day more is compared with one that is made anew."""
    now, site = publication.as_of, folder / "site"
    print(f"what the entries of the last weeks mean       {learn(folder, now):7.2f} s of processor, once")
    yield "a first build, outlines made", build(folder, now)
    forget(folder)
    yield "everything anew", build(folder, now)
    yield "nothing changed", build(folder, now)
    at = a_day(folder, publication)
    print(f"what the entries of a day mean                {learn(folder, at):7.2f} s of processor, once")
    yield "an ordinary new day", build(folder, at)
    kept = site.rename(folder / "incremental")
    forget(folder)
    yield "everything anew, a day later", build(folder, at)
    if differ(kept, site):
        raise SystemExit(f"the site that was built day by day differs from one that was made anew: {differ(kept, site)[:5]}")


def forget(folder: Path) -> None:
    """The site, and all that is known of how it was made."""
    shutil.rmtree(folder / "site", ignore_errors=True)
    for name in (record.SITE, record.SHELL):
        (folder / ".watcher" / name).unlink(missing_ok=True)


def differ(one: Path, other: Path) -> list[str]:
    """The files that are not the same, byte for byte, but for what is said of the moment of the build."""
    names = {path.relative_to(root) for root in (one, other) for path in root.rglob("*") if path.is_file()} - {Path("health.json")}
    return sorted(str(name) for name in names if not ((one / name).is_file() and (other / name).is_file()
                                                      and (one / name).read_bytes() == (other / name).read_bytes()))


@contextmanager
def place(folder: Path | None) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() if folder is None else nullcontext(str(folder)) as name:
        yield Path(name)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=archive.DAYS)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--keep", type=Path)
    given = parser.parse_args()
    publication = archive.publication(days=given.days, data=given.data)
    with place(given.keep) as folder:
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / "sources.yaml").exists():
            fill(folder, publication)
        print(f"{given.days} digests, a store of {(folder / '.watcher' / 'store.sqlite').stat().st_size / 1e6:.0f} MB", flush=True)
        for what, took in measured(folder, publication):
            print(f"{what:44} {took.cpu_s:7.2f} s of processor, {took.peak_bytes / 1e6:6.0f} MB at most", flush=True)
        files = [path for path in (folder / "site").rglob("*") if path.is_file()]
        print(f"the site: {len(files)} files, {sum(path.stat().st_size for path in files) / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
