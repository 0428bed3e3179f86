"""How right the tags are, how many titles a second, and what the gate of generalist sources keeps.

    python benchmarks/tags.py [--data FOLDER] [--rounds 5] [--plain 300] [--sample 0]

Precision and recall per language on the labelled titles of benchmarks/data (README there: what the labels mean); sums only, so that no
rule is written from one of them. Speed on the same titles. FOLDER holds `items.jsonl.gz`, one entry a line with `feed`, `title` and
`summary`: speed on its titles and entries too, and what the gate does to its generalist feeds; `--sample 100` prints so many kept and
dropped ones to be read. `--plain` is how many entries are tagged without the sieve as well: slow. Exits 1 when the two do not agree.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from watcher.core import topics
from watcher.edge import config
from watcher.model import Entry, Sighting, Source, Tags

LABELLED = Path(__file__).parent / "data" / "titles.jsonl"
NOW = datetime(2026, 11, 24, tzinfo=UTC)
SOURCE = Source(id="bench", name="Bench", url="https://example.org/feed", home="https://example.org/", gate=True)
# Feeds of the recorded week that sources.yaml reads through a gate, by the names they have there.
GENERALISTS = frozenset({
    "Numerama", "Numerama Tech", "The Verge", "Wired", "TechCrunch AI", "TechCrunch Startups", "Frandroid", "FrenchWeb", "Journal du Net",
    "Maddyness", "Journal du Geek", "Next INpact", "Bleeping Computer", "BleepingComputer Windows", "Apple Newsroom",
})
OWN = {"Apple Newsroom": ("apple",)}


@dataclass(frozen=True, slots=True)
class Item:
    sighting: Sighting
    feed: str = ""


class Everything:
    """A sieve that lets every pattern through."""

    def __init__(self, patterns: int) -> None:
        self._all = range(patterns)

    def sift(self, text: str) -> dict[int, list[int]]:
        return {number: [] for number in self._all}


def sighting(number: int, title: str, summary: str = "") -> Sighting:
    entry = Entry(source_id="bench", id=str(number), link="", title=title, summary=summary)
    return Sighting(key=f"{number:016x}", entry=entry, fingerprint="", first_seen_at=NOW)


def recorded(folder: Path) -> Iterator[Item]:
    with gzip.open(folder / "items.jsonl.gz", "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            item = json.loads(line)
            yield Item(sighting(number, item["title"], item["summary"] or ""), item["feed"])


def scored(tagger: topics.Tagger, language: str) -> Iterator[str]:
    """Lines of precision and recall: topics, entities, and both together."""
    counts: Counter[tuple[str, str]] = Counter()
    titles = [label for label in map(json.loads, LABELLED.read_text(encoding="utf-8").splitlines()) if label["language"] == language]
    for label in titles:
        tags = tagger.tags(sighting(0, label["title"]), SOURCE)
        also = frozenset(label.get("also", ()))
        for kind, found in (("topics", set(tags.topics)), ("entities", set(tags.entities))):
            wanted = set(label[kind])
            for of in (kind, "both"):
                counts[of, "hit"] += len(found & wanted)
                counts[of, "wrong"] += len(found - wanted - also)
                counts[of, "also"] += len((found - wanted) & also)
                counts[of, "missed"] += len(wanted - found)
    for of in ("topics", "entities", "both"):
        hit, wrong, also_found, missed = (counts[of, name] for name in ("hit", "wrong", "also", "missed"))
        yield (f"{language} {of:9} precision {hit / (hit + wrong):.3f} (strict {hit / (hit + wrong + also_found):.3f})   "
               f"recall {hit / (hit + missed):.3f}   {hit} right, {wrong} wrong, {missed} missed, on {len(titles)} titles")


def timed(tagger: topics.Tagger, sightings: Sequence[Sighting], rounds: int) -> tuple[float, list[Tags]]:
    """Microseconds of processor time an entry, best of the rounds, and the tags."""
    tags = [tagger.tags(sighting, SOURCE) for sighting in sightings]        # compiles what is needed
    best = float("inf")
    for _ in range(rounds):
        started = time.process_time()
        for one in sightings:
            tagger.tags(one, SOURCE)
        best = min(best, time.process_time() - started)
    return best / max(len(sightings), 1) * 1e6, tags


def gated(tagger: topics.Tagger, items: Iterable[Item], sample: int) -> None:
    """What the gate keeps and drops of the generalist feeds; `sample` of each, always the same ones."""
    chance = random.Random(20_260_214)
    sides: dict[bool, list[tuple[Item, Tags]]] = {True: [], False: []}
    for item in items:
        if item.feed in GENERALISTS:
            own = OWN.get(item.feed, ())
            tags = tagger.tags(item.sighting, Source(id="bench", name=item.feed, url=SOURCE.url, home=SOURCE.home, gate=True,
                                                     primary=bool(own), entities=own))
            sides[tags.kept].append((item, tags))
    print(f"gate             {len(sides[True])} kept and {len(sides[False])} dropped of {len(GENERALISTS)} generalist feeds")
    for kept, side in sides.items():
        for item, tags in sorted(chance.sample(side, min(sample, len(side))), key=lambda pair: pair[0].sighting.key):
            proofs = ", ".join(f"{mention.tag} ({mention.field[0]}: {mention.exact})" for mention in tags.mentions)
            entry = item.sighting.entry
            print(f"{'kept' if kept else 'dropped':8} [{item.feed}] {entry.title} | {entry.summary[:160]} | {proofs}")


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--data", type=Path)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--plain", type=int, default=300)
    arguments.add_argument("--sample", type=int, default=0)
    options = arguments.parse_args()
    vocabulary = config.vocabulary()
    started = time.process_time()
    tagger = topics.Tagger(vocabulary)
    built_ms = (time.process_time() - started) * 1e3
    for language in ("fr", "en"):
        print(*scored(tagger, language), sep="\n")
    lines = LABELLED.read_text(encoding="utf-8").splitlines()
    labelled = [sighting(number, json.loads(line)["title"]) for number, line in enumerate(lines)]
    items = list(recorded(options.data)) if options.data else []
    entries = [item.sighting for item in items]
    print(f"built            {built_ms:8.0f} ms   {len(tagger._proves)} patterns")
    for name, some in (("labelled titles", labelled),
                       ("recorded titles", [sighting(number, one.entry.title) for number, one in enumerate(entries)]),
                       ("recorded entries", entries)):
        if some:
            each_us, tags = timed(tagger, some, options.rounds)
            told = sum(bool(of.mentions) for of in tags)
            print(f"{name:16} {each_us:8.1f} µs each, {1e6 / each_us:,.0f} a second   {told} of {len(tags)} with a tag")
    if items:
        gated(tagger, items, options.sample)
    return plainly(tagger, entries or labelled, options.plain)


def plainly(tagger: topics.Tagger, sightings: Sequence[Sighting], how_many: int) -> int:
    """Some entries again with every pattern run; 1 when that finds other tags."""
    some = random.Random(1).sample(sightings, min(how_many, len(sightings)))
    _, sifted = timed(tagger, some, 1)
    tagger._sieve = Everything(len(tagger._proves))
    each_us, tags = timed(tagger, some, 1)
    print(f"every pattern    {each_us:8.1f} µs each, on {len(some)} of them; the same tags: {'yes' if tags == sifted else 'NO'}")
    return int(tags != sifted)


if __name__ == "__main__":
    sys.exit(main())
