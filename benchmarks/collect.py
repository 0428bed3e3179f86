"""What a whole collection costs, store included: cold against feedparser alone, unchanged against a bare client, all in this run.

    python -m benchmarks.collect [--feeds 1000] [--hosts 250] [--rounds 3]

Cold: fetched, read, compared and stored, as `watcher collect` does it, against `feedparser.parse` on the same bytes already in memory.
Unchanged: the same again, every feed answering 304, against a bare pycurl client.
"""

from __future__ import annotations

import argparse
import io
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import feedparser

from benchmarks.fetch import AGENT, bare, corpus, served
from watcher import collecting
from watcher.edge import config
from watcher.edge.store import Store
from watcher.model import Config, DigestSettings, SiteSettings, Source

NOW = datetime(2026, 11, 24, 6, 40, tzinfo=UTC)
FEEDPARSER_FEEDS = 60           # it is slow: this many are measured, and counted up


def settings(urls: Sequence[str]) -> Config:
    sources = tuple(Source(id=f"s{number}", name=f"S {number}", url=url, home="https://example.org/") for number, url in enumerate(urls))
    return Config(site=SiteSettings(), digest=DigestSettings(), sources=sources, vocabulary=config.vocabulary(),
                  allow=tuple({urlsplit(url).netloc for url in urls}))


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def one_round(whole: Config, urls: Sequence[str], bodies: Sequence[bytes]) -> tuple[float, float, float, float]:
    """Seconds of: cold, unchanged, feedparser on all bodies, bare client unchanged."""
    with tempfile.TemporaryDirectory() as folder:
        def collect(at: datetime, unchanged: int) -> None:
            with Store.open(Path(folder)) as store:
                done = collecting.collect(whole, store, clock=lambda: at, agent=AGENT)
            if (done.due, done.unchanged, len(done.failed)) != (len(urls), unchanged, 0):
                raise SystemExit(f"the measurement is void: {done.due} asked, {done.unchanged} unchanged, failed: {done.failed[:3]}")
        cold = seconds(lambda: collect(NOW, 0))
        unchanged = seconds(lambda: collect(NOW + timedelta(days=1), len(urls)))
    some = bodies[:FEEDPARSER_FEEDS]
    theirs = seconds(lambda: [feedparser.parse(io.BytesIO(body)) for body in some]) * len(bodies) / len(some)
    etags: dict[str, str] = {}
    bare(urls, etags)
    return cold, unchanged, theirs, seconds(lambda: bare(urls, etags))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--feeds", type=int, default=1_000)
    parser.add_argument("--hosts", type=int, default=250)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    bodies = list(corpus(given.feeds).values())
    with served(given.feeds, given.hosts) as urls:
        whole = settings(urls)
        rounds = [one_round(whole, urls, bodies) for _ in range(given.rounds)]
    cold, unchanged, theirs, alone = (statistics.median(column) for column in zip(*rounds, strict=True))
    print(f"{given.feeds} feeds, median of {given.rounds} rounds, wall seconds")
    for what, took, ratio in (
        ("cold: fetched, read, compared, stored", cold, ""), ("feedparser alone, from memory", theirs, f"{theirs / cold:.1f} times ours"),
        ("unchanged: 304, state stored", unchanged, ""), ("bare client, unchanged", alone, f"ours {unchanged / alone:.2f} times"),
    ):
        print(f"  {what:40}{took:7.2f} s {given.feeds / took:8.0f} feeds/s   {ratio}")


if __name__ == "__main__":
    main()
