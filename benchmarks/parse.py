"""Feeds a second, against plain feedparser on the same documents in the same run, and every entry counted.

    python benchmarks/parse.py --data FOLDER [--rounds 3]

FOLDER holds feed documents (*.xml, *.rss, *.atom, *.rdf, *.json); an `index.jsonl` beside them, with lines of
{"file": …, "entries": …}, says how many entries each must give. Exits 1 when an entry is missing.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import feedparser

from watcher.core import parse
from watcher.model import Failed, Fetched, Limits, Validators

NOW = datetime(2026, 11, 24, tzinfo=UTC)
SUFFIXES = {".xml", ".rss", ".atom", ".rdf", ".json"}


def fetched(path: Path) -> Fetched:
    return Fetched(source_id=path.stem, url=f"https://example.org/{path.name}", status=200, media_type="", body=path.read_bytes(),
                   validators=Validators(), fetched_at=NOW)


def seconds(work: Callable[[Fetched], object], documents: list[Fetched], rounds: int) -> float:
    started = time.process_time()
    for _ in range(rounds):
        for document in documents:
            work(document)
    return (time.process_time() - started) / rounds


def counted(documents: list[Fetched], expected: dict[str, int]) -> int:
    """Prints every document that is not read whole; returns how many entries there are in all."""
    total = 0
    for document in documents:
        feed = parse.read(document, language="en", limits=Limits())
        entries = 0 if isinstance(feed, Failed) else len(feed.entries)
        total += entries
        if isinstance(feed, Failed):
            print(f"{document.source_id}: {feed.step}: {feed.reason}")
        elif entries != expected.get(document.source_id, entries):
            print(f"{document.source_id}: {entries} entries instead of {expected[document.source_id]}")
    return total


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--data", type=Path, required=True)
    arguments.add_argument("--rounds", type=int, default=3)
    options = arguments.parse_args()
    index = options.data / "index.jsonl"
    lines = [json.loads(line) for line in index.read_text().splitlines()] if index.exists() else []
    expected = {Path(line["file"]).stem: line["entries"] for line in lines if "file" in line and "entries" in line}
    documents = [fetched(path) for path in sorted(options.data.rglob("*")) if path.suffix in SUFFIXES]
    total = counted(documents, expected)
    ours = seconds(lambda document: parse.read(document, language="en", limits=Limits()), documents, options.rounds)
    plain = seconds(lambda document: feedparser.parse(io.BytesIO(document.body)), documents, 1)
    megabytes = sum(len(document.body) for document in documents) / 1e6
    print(f"{len(documents)} documents, {megabytes:.1f} MB, {total} entries" + (f" of {sum(expected.values())}" if expected else ""))
    print(f"watcher     {len(documents) / ours:8.0f} feeds/s  {megabytes / ours:6.1f} MB/s  cleaned, dated, links found")
    print(f"feedparser  {len(documents) / plain:8.0f} feeds/s  {megabytes / plain:6.1f} MB/s  its own cleaning")
    print(f"ratio       {plain / ours:8.1f}")
    return int(bool(expected) and total != sum(expected.values()))


if __name__ == "__main__":
    sys.exit(main())
