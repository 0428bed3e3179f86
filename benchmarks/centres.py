"""Makes watcher/data/centres.json anew: where titles and summaries of each language lie on average, from the texts of the demo.

    python -m benchmarks.centres            says how many texts there are, and writes the file
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from watcher.core.meaning import SUMMARY_CHARS, TITLE_CHARS
from watcher.edge import samples, weights
from watcher.edge.centres import LANGUAGES
from watcher.edge.encoder import Encoder

TARGET = Path(__file__).parent.parent / "watcher" / "data" / "centres.json"


def main() -> None:
    encoder = Encoder(weights.read(weights.find()))
    written: dict[str, dict[str, str]] = {"title": {}, "summary": {}}
    for language, tellings in _tellings().items():
        print(language, len(tellings))
        written["title"][language] = _middle(encoder, {one.title[:TITLE_CHARS] for one in tellings})
        written["summary"][language] = _middle(encoder, {one.summary[:SUMMARY_CHARS] for one in tellings if one.summary})
    TARGET.write_text(json.dumps(written, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def _tellings() -> Mapping[str, list[samples.Telling]]:
    publishers = samples.publishers(files("watcher").joinpath("data", "demo"))
    return {language: [one for publisher in publishers if publisher.language[:2] == language for one in publisher.entries]
            for language in LANGUAGES}


def _middle(encoder: Encoder, texts: set[str]) -> str:
    middle = encoder.encode(sorted(texts)).mean(axis=0)
    return base64.b64encode(middle.astype("<f2").tobytes()).decode("ascii")


if __name__ == "__main__":
    main()
