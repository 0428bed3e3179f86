"""Microseconds an entry for topics and platforms, with the sieve and with every pattern run; and what building the tagger costs.

    python benchmarks/tags.py [--data FOLDER] [--rounds 3] [--plain 300]

FOLDER holds `items.jsonl.gz`, one entry a line with `title` and `summary`; without it, entries are made from the vocabulary's examples.
`--plain` is how many entries are tagged without the sieve: it is slow. Exits 1 when the two do not agree.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import yaml

from watcher.core import topics
from watcher.edge import config
from watcher.model import Entry, Sighting, Source, Tags

NOW = datetime(2026, 11, 24, tzinfo=UTC)
SOURCE = Source(id="bench", name="Bench", url="https://example.org/feed", home="https://example.org/", gate=True)
GENERATED = 2_000
QUIET = "La commune rouvre son marché couvert après deux ans de travaux, et les forains retrouvent leurs places sous la halle rénovée."


class Everything:
    """A sieve that lets every pattern through."""

    def __init__(self, patterns: int) -> None:
        self._all = range(patterns)

    def sift(self, text: str) -> dict[int, list[int]]:
        return {number: [] for number in self._all}


def recorded(folder: Path) -> Iterator[tuple[str, str]]:
    with gzip.open(folder / "items.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            item = json.loads(line)
            yield item["title"], item["summary"] or ""


def generated() -> Iterator[tuple[str, str]]:
    """Half of the entries say nothing of ours, as in a week of real ones."""
    vocabulary = yaml.safe_load(files("watcher").joinpath("data", "vocabulary.yaml").read_text(encoding="utf-8"))
    examples = [text for item in vocabulary["topics"] + vocabulary["entities"] for text in item["examples"]["match"]]
    chance = random.Random(1)
    for number in range(GENERATED):
        yield (chance.choice(examples), f"{QUIET} {chance.choice(examples)}. {QUIET}") if number % 2 else (QUIET, f"{QUIET} {QUIET}")


def timed(tagger: topics.Tagger, sightings: Sequence[Sighting], rounds: int) -> tuple[float, list[Tags]]:
    """Microseconds an entry, best of the rounds, and the tags."""
    tags = [tagger.tags(sighting, SOURCE) for sighting in sightings]        # compiles what is needed
    best = float("inf")
    for _ in range(rounds):
        started = time.process_time()
        for sighting in sightings:
            tagger.tags(sighting, SOURCE)
        best = min(best, time.process_time() - started)
    return best / max(len(sightings), 1) * 1e6, tags


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--data", type=Path)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--plain", type=int, default=300)
    options = arguments.parse_args()
    texts = list(recorded(options.data) if options.data else generated())
    sightings = [Sighting(key=f"{number:016x}", entry=Entry(source_id="bench", id=str(number), link="", title=title, summary=summary),
                          fingerprint="", first_seen_at=NOW) for number, (title, summary) in enumerate(texts)]
    vocabulary = config.vocabulary()
    started = time.process_time()
    tagger = topics.Tagger(vocabulary)
    built_ms = (time.process_time() - started) * 1e3
    all_us, tags = timed(tagger, sightings, options.rounds)
    silent_us, _ = timed(tagger, [sighting for sighting, of in zip(sightings, tags, strict=True) if not of.mentions], options.rounds)
    telling_us, _ = timed(tagger, [sighting for sighting, of in zip(sightings, tags, strict=True) if of.mentions], options.rounds)
    some = random.Random(1).sample(range(len(sightings)), min(options.plain, len(sightings)))
    tagger._sieve = Everything(len(tagger._proves))
    plain_us, plain_tags = timed(tagger, [sightings[number] for number in some], 1)
    agree = plain_tags == [tags[number] for number in some]
    print(f"{len(sightings)} entries, {sum(bool(of.mentions) for of in tags)} with a tag, {sum(of.kept for of in tags)} kept by a gate")
    print(f"built            {built_ms:8.0f} ms   {len(tagger._proves)} patterns")
    print(f"with the sieve   {all_us:8.1f} µs an entry   {telling_us:.1f} where something is proved, {silent_us:.1f} where nothing is")
    print(f"every pattern    {plain_us:8.1f} µs an entry   on {len(some)} of them; the same tags: {'yes' if agree else 'NO'}")
    print(f"ratio            {plain_us / all_us:8.1f}")
    return int(not agree)


if __name__ == "__main__":
    sys.exit(main())
