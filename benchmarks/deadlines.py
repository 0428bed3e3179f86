"""How well deadlines are read: precision and recall per language and kind on the frozen set, and microseconds an entry.

    python benchmarks/deadlines.py [--data FOLDER] [--wrong] [--set FILE]

The frozen set is `benchmarks/deadlines.txt`. FOLDER holds `items.jsonl.gz`: what was found in a recorded week is listed, to be read by eye.
`--wrong` names the sentences that were misread: for a set that rules are made with, never for the frozen one. Exits 1 below the target.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from watcher.core import deadlines, topics
from watcher.edge import catalogs
from watcher.model import Entry, Sighting, Source

FROZEN = Path(__file__).parent / "deadlines.txt"
PRECISION, RECALL = 0.95, 0.80                      # wanted, per language
MONTH_FIRST = ("US",)

Label = tuple[str, str, str]                        # date, precision, kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    language: str
    on: date
    country: str
    said: str
    labels: tuple[Label, ...]


def labelled(path: Path = FROZEN) -> Iterator[Sentence]:
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("#") or not line.strip():
            continue
        head, said, told = (part.strip() for part in line.split("|"))
        language, on, country = head.split()
        labels = tuple(_label(one.strip()) for one in told.split(";")) if told != "-" else ()
        yield Sentence(language=language, on=date.fromisoformat(on), country=country, said=said, labels=labels)


def _label(said: str) -> Label:
    kind, _, day = said.partition(" ")
    due_on, _, precision = day.partition("/")
    return due_on, precision or "day", kind


def measure(sentences: Iterable[Sentence], reader: deadlines.Reader) -> tuple[dict[str, Counter[str]], list[tuple[Sentence, list[Label]]]]:
    """Counts by "language" and "language kind", and what was misread.

    right: the very date and precision (and, of a kind, that kind); kind: and the kind; found; told.
    """
    counts: dict[str, Counter[str]] = {}
    misread = []
    for one in sentences:
        found = [(item.due_on.isoformat(), item.precision, item.kind) for item in reader.read(
            one.said, language=one.language, on=one.on, day_first=one.country not in MONTH_FIRST)]
        told = {label[:2]: label[2] for label in one.labels}
        whole = counts.setdefault(one.language, Counter())
        whole["told"] += len(told)
        whole["found"] += len(found)
        for kind in told.values():
            counts.setdefault(f"{one.language} {kind}", Counter())["told"] += 1
        for day, precision, kind in found:
            own = counts.setdefault(f"{one.language} {kind}", Counter())
            own["found"] += 1
            if (day, precision) in told:
                whole["right"] += 1
                whole["kind"] += told[day, precision] == kind
                own["right"] += told[day, precision] == kind
        if sorted(found) != sorted(one.labels):
            misread.append((one, found))
    return counts, misread


def shares(count: Counter[str], what: str = "right") -> tuple[float, float]:
    return count[what] / max(1, count["found"]), count[what] / max(1, count["told"])


def recorded(folder: Path, reader: deadlines.Reader) -> None:
    """Lists what a recorded week tells, of the entries that a watch of this trade would keep; and what an entry costs."""
    tagger = topics.Tagger(catalogs.vocabulary(), ())
    entries: list[tuple[Entry, date]] = []
    with gzip.open(folder / "items.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            item = json.loads(line)
            seen = date.fromisoformat((item["published"] or item["first_seen"])[:10])
            entries.append((Entry(source_id="s", id=item["url"], link=item["url"], title=item["title"], summary=item["summary"] or "",
                                  language=item["lang"]), seen))
    started = time.process_time()
    found = [(entry, on, reader.entry("k", entry, on=on, language=entry.language,
                                      day_first=deadlines.day_first(entry.language, entry.link))) for entry, on in entries]
    spent = time.process_time() - started
    kept = Counter[bool]()
    for entry, on, told in found:
        for one in told:
            about = _is_ours(tagger, entry)
            kept[about] += 1
            print(f"{'+' if about else '-'} {entry.language} {on} {one.kind:8} {one.due_on} {one.precision:7} {one.certainty:8}", one.exact)
    print(f"{len(entries)} entries: {sum(kept.values())} deadlines, {kept[True]} of them in entries about a platform or a topic; "
          f"{spent / len(entries) * 1e6:.0f} µs an entry")


def _is_ours(tagger: topics.Tagger, entry: Entry) -> bool:
    source = Source(id="s", name="S", url="https://example.org/", home="https://example.org/", gate=True, language=entry.language)
    return tagger.tags(Sighting(key="k", entry=entry, fingerprint="", first_seen_at=datetime.fromisoformat("2026-02-20T00:00+00:00")),
                       source).kept


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--set", type=Path, default=FROZEN)
    parser.add_argument("--wrong", action="store_true")
    given = parser.parse_args()
    reader = deadlines.reader(catalogs.deadline_words())
    sentences = list(labelled(given.set))
    counts, misread = measure(sentences, reader)
    for name, count in sorted(counts.items()):
        precision, recall = shares(count)
        kinds = f", with the right kind {shares(count, 'kind')[0]:.3f} and {shares(count, 'kind')[1]:.3f}" if " " not in name else ""
        print(f"{name:12} precision {precision:.3f} recall {recall:.3f} ({count['found']} found, {count['told']} told){kinds}")
    if given.wrong:
        for one, found in misread:
            print(f"{one.language} {one.on} {one.said}\n   told {one.labels}\n   found {tuple(found)}")
    if given.data:
        recorded(given.data, reader)
    return int(any(shares(counts[language])[0] < PRECISION or shares(counts[language])[1] < RECALL for language in ("fr", "en")))


if __name__ == "__main__":
    sys.exit(main())
