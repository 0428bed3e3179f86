"""Meaning across languages: links between articles and their translations, and what a day of vectors costs.

    python -m benchmarks.pairs --data ../shared/data

Links: every French title of stories/pairs_en_fr.jsonl to one of the English ones. Accuracy at 1: the share whose likeliest link is right.
A false link: each French title once with its own counterpart taken away, all others left in place, both sides' neighbours counted anew;
the bar is the score that 5 % of those reach or pass no more. Recall: the share of French titles whose likeliest link is right and above it.
"""

from __future__ import annotations

import argparse
import gzip
import json
import resource
import tempfile
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from watcher.core import meaning
from watcher.embedder import Embedder
from watcher.model import Entry, Sighting

FALSE_LINKS = 0.05
DAY = 2_000
_NOW = datetime(2026, 11, 24, tzinfo=UTC)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cost", action="store_true", help="the cost of a day alone")
    arguments = parser.parse_args()
    data = arguments.data
    if not arguments.cost:
        _links(data)
    with gzip.open(data / "replay" / "items.jsonl.gz", "rt", encoding="utf-8") as lines:
        week = [json.loads(line) for line in lines]
    _cost([_sighting(number, one["title"], one["summary"]) for number, one in enumerate(week)][:DAY])


def _links(data: Path) -> None:
    pairs = [json.loads(line) for line in (data / "stories" / "pairs_en_fr.jsonl").read_text(encoding="utf-8").splitlines()]
    for what, of in (("titles alone", ""), ("titles and summaries", "_summary")):
        similar = _similar(pairs, of)
        for how, score in (("similarity", lambda plain: plain), ("margin", meaning.margins)):
            accuracy, recall = links(similar, score)
            print(f"{what:21} {how:11} accuracy at 1 {accuracy:.3f}   recall at 5 % false links {recall:.3f}")


def links(similar: meaning.Floats, score: Callable[[meaning.Floats], meaning.Floats]) -> tuple[float, float]:
    """Accuracy at 1 and recall at 5 % false links; (French, English), each pair on the diagonal."""
    own, others = np.diag(score(similar)), _without_own(score(similar))
    false = []
    for row in range(len(similar)):
        left = np.delete(similar, row, axis=1)
        false.append(score(left)[row].max())
    bar = np.sort(false)[::-1][int(FALSE_LINKS * len(false))]
    right = own > others
    return float(right.mean()), float((right & (own > bar)).mean())


def _without_own(scores: meaning.Floats) -> meaning.Floats:
    scores = scores.copy()
    np.fill_diagonal(scores, -np.inf)
    best: meaning.Floats = scores.max(axis=1)
    return best


def _similar(pairs: Iterable[dict[str, str]], of: str) -> meaning.Floats:
    rows = list(pairs)
    sides = []
    with tempfile.TemporaryDirectory() as folder:
        embedder = Embedder(Path(folder))
        for language in ("fr", "en"):
            seen = [_sighting(number, one[language], one[f"{language}_summary"] if of else "") for number, one in enumerate(rows)]
            learned = embedder.learn(seen)
            if learned.missing:
                raise SystemExit(learned.line)
            sides.append([embedder.vectors(seen)[one.key] for one in seen])
    return meaning.similarities(sides[0], sides[1])


def _sighting(number: int, title: str, summary: str | None) -> Sighting:
    return Sighting(key=f"{number:016x}", entry=Entry(source_id="s", id="", link="", title=title, summary=summary or ""), fingerprint="",
                    first_seen_at=_NOW)


def _cost(day: list[Sighting]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name in ("a day", "the next run"):
            began, clock = time.process_time(), time.perf_counter()
            learned = Embedder(Path(folder)).learn(day)
            spent, passed = time.process_time() - began, time.perf_counter() - clock
            print(f"{name}: {len(day)} entries, {learned.new} vectors worked out in {spent:.2f} CPU-s ({passed:.2f} s)")
        size = sum(path.stat().st_size for path in Path(folder).iterdir())
    print(f"kept: {size / len(day):.0f} bytes an entry; most memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
