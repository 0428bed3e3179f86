"""How right the mentions are: who is named, what kind of mention it is, what to do about it.

    python benchmarks/mentions.py [--show] [--data FOLDER]

Precision and recall on the 300 labelled mentions of benchmarks/data (README there: what the labels mean), per language, for the two thirds
that rules may be looked at by, and for the third that is held out. `--show` names what went wrong in the former; of the latter only sums
are ever printed. FOLDER holds `items.jsonl.gz`, one entry a line with `title` and `summary`: what looking an entry over for names takes.
Exits 1 where a legal, press or safety mention is missed: not seen, taken for something lighter, or to be ignored.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from watcher.core import brands, tone
from watcher.edge import catalogs, config
from watcher.model import Brand, Judged, Platform

FOLDER = Path(__file__).parent / "data"
PLATFORMS: dict[str, Platform] = {"search alert": "web", "hacker news": "hacker-news"}
KINDS = ("safety", "legal", "press", "complaint", "question", "praise", "other")
GRAVE = KINDS[:3]
ADVICE = ("answer", "watch", "ignore")


@dataclass(frozen=True, slots=True)
class Labelled:
    id: str
    language: str
    text: str
    brand: str
    kind: str | None                # None: no mention
    advice: str | None
    judged: Judged | None           # what we say; None: no mention

    @property
    def held_out(self) -> bool:
        return sha256(self.id.encode()).digest()[0] % 3 == 0


def watched() -> tuple[Brand, ...]:
    """The names of mentions-brands.yaml, read as those of a sources.yaml."""
    return config.load(FOLDER / "mentions-brands.yaml", {}).brands


def labelled() -> list[Labelled]:
    names, judge = watched(), tone.Judge(catalogs.mention_words())
    spotter, by_id = brands.Spotter(names), {brand.id: brand for brand in names}
    read = []
    for line in (FOLDER / "mentions.jsonl").read_text(encoding="utf-8").splitlines():
        row: dict[str, Any] = json.loads(line)
        said = f"{row['title']}\n{row['summary']}"
        named = {found.brand_id for found in spotter.spot(judge.bare(said), authors=[row["author"]])}
        brand = by_id[row["brand"]]
        platform: Platform = PLATFORMS.get(row["source"], row["source"])
        judged = judge.judge(said, brand=brand, platform=platform) if brand.id in named else None
        read.append(Labelled(id=row["id"], language=row["language"], text=f"[{row['source']}] {row['title']} | {row['summary']}",
                             brand=brand.id, kind=row["kind"], advice=row["advice"], judged=judged))
    return read


def missed(rows: Iterable[Labelled]) -> list[Labelled]:
    """Legal, press and safety mentions that were not seen, taken for something lighter, or to be ignored."""
    return [row for row in rows if row.kind in GRAVE
            and (row.judged is None or row.judged.kind not in GRAVE or row.judged.advice == "ignore")]


def share(right: int, of: int) -> str:
    return f"{right / of:6.3f}" if of else "     –"


def report(name: str, rows: Sequence[Labelled]) -> None:
    seen, there = [row for row in rows if row.judged], [row for row in rows if row.kind]
    both = [row for row in rows if row.judged and row.kind]
    print(f"\n{name}: {len(rows)} texts, {len(there)} mentions")
    print(f"  named     precision {share(len(both), len(seen))}  recall {share(len(both), len(there))}")
    for what, values in (("kind", KINDS), ("advice", ADVICE)):
        right = sum(getattr(row, what) == getattr(row.judged, what) for row in both)
        print(f"  {what:9} precision {share(right, len(seen))}  recall {share(right, len(there))}")
        for value in values:
            ours = [row for row in seen if getattr(row.judged, what) == value]
            theirs = [row for row in there if getattr(row, what) == value]
            hit = sum(getattr(row, what) == value for row in ours)
            print(f"    {value:9} precision {share(hit, len(ours))}  recall {share(hit, len(theirs))}  ({len(theirs)})")
    print(f"  legal, press or safety missed: {len(missed(rows))}")


def show(rows: Iterable[Labelled]) -> None:
    for row in rows:
        kind, advice = (row.judged.kind, row.judged.advice) if row.judged else (None, None)
        if (kind, advice) != (row.kind, row.advice):
            proof = row.judged.exact if row.judged else ""
            print(f"{row.id} {row.brand}: {row.kind}/{row.advice} → {kind}/{advice} ({proof})\n     {row.text}")


def speed(items: Path) -> None:
    with gzip.open(items, "rt", encoding="utf-8") as file:
        texts = [f"{entry.get('title') or ''}\n{entry.get('summary') or ''}" for entry in map(json.loads, file)]
    spotter, judge = brands.Spotter(watched()), tone.Judge(catalogs.mention_words())
    begun = time.perf_counter()
    named = Counter(found.brand_id for said in texts for found in spotter.spot(said))
    took = time.perf_counter() - begun
    print(f"\n{len(texts)} entries looked at for {len(watched())} names: {took / len(texts) * 1e6:.0f} µs each; {dict(named)}")
    judge.judge("", brand=(brand := watched()[0]), platform="web")
    begun = time.perf_counter()
    for said in texts[:2000]:
        judge.judge(said, brand=brand, platform="web")
    print(f"judged: {(time.perf_counter() - begun) / len(texts[:2000]) * 1e6:.0f} µs each")


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--show", action="store_true")
    parser.add_argument("--data", type=Path)
    options = parser.parse_args(arguments)
    rows = labelled()
    if options.show:
        show(row for row in rows if not row.held_out)
    for name, held_out in (("looked at", False), ("held out", True)):
        for language in ("fr", "en"):
            report(f"{name}, {language}", [row for row in rows if row.held_out == held_out and row.language == language])
    if options.data:
        speed(options.data / "items.jsonl.gz")
    return 1 if missed(rows) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
