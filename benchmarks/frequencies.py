"""Makes watcher/data/frequencies.txt anew: in how many texts each word is, from the recorded week. Words alone, no text of anybody's.

    python -m benchmarks.frequencies --data ../shared/data
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections import Counter, defaultdict
from math import log2
from pathlib import Path

from watcher.core import words
from watcher.edge.frequencies import STEPS

TARGET = Path(__file__).parent.parent / "watcher" / "data" / "frequencies.txt"
# A word of fewer texts is as good as unknown.
TEXTS = 4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    with gzip.open(parser.parse_args().data / "replay" / "items.jsonl.gz", "rt", encoding="utf-8") as lines:
        texts = {(item["title"], item["summary"] or "") for item in map(json.loads, lines)}
    seen = Counter(stem for title, summary in texts for stem in words.read(title, summary).whole)
    steps: dict[int, list[str]] = defaultdict(list)
    for stem, count in seen.items():
        if count >= TEXTS:
            steps[round(-STEPS * log2(count / len(texts)))].append(stem)
    TARGET.write_text("".join(" ".join(sorted(steps[step])) + "\n" for step in range(max(steps) + 1)), encoding="utf-8")
    print(f"{sum(map(len, steps.values()))} words of {len(texts)} texts, {TARGET.stat().st_size} bytes")


if __name__ == "__main__":
    main()
