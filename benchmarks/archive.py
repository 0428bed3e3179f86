"""Three years of digests, invented: the same for the same seed, of words that are as unevenly frequent as a language's.

What a benchmark of anything that grows with the archive needs. With real titles (`items.jsonl.gz` of the recorded data) the common words
are those; the rare ones, half of any vocabulary, are always invented: a recorded week has not enough of them.
"""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from itertools import accumulate
from pathlib import Path
from typing import Any

import yaml

from watcher import __version__
from watcher.edge import catalogs
from watcher.model import (
    Digest,
    DigestSettings,
    Entry,
    LeftOut,
    Limits,
    Publication,
    Ranked,
    Reason,
    Section,
    Sighting,
    SiteSettings,
    Source,
    Story,
    Tagged,
    Tags,
)

LAST_ON = date(2026, 11, 24)
DAYS, SOURCES, SEEN, SHOWN = 1_100, 200, 182, 22
INVENTED = 60_000               # rare words
SYLLABLES = """
    ba be bi co da de di el en fa ga is jo ka la le li lo ma me mi mo na ne ni no or pa per pi po ra re ri ro sa se si so sta ta te ti to
    tra un ur va ve vi za
"""
GATE = Reason(name="gate", points=0.0, because="left-out.gate")
STATUSES = ("reported", "reported", "reported", "official", "in-force", "rumour")


class Words:
    """Draws words: known ones by how often they were seen, invented ones by Zipf's law behind them."""

    def __init__(self, texts: Sequence[str], chance: random.Random) -> None:
        self._chance = chance
        seen: dict[str, int] = {}
        for text in texts:
            for word in text.split():
                seen[word] = seen.get(word, 0) + 1
        known = sorted(seen, key=lambda word: (-seen[word], word))
        made = dict.fromkeys("".join(chance.choices(SYLLABLES.split(), k=chance.randint(2, 4))) for _ in range(INVENTED * 2))
        self._words = [*known, *[word for word in made if word not in seen][:INVENTED]]
        self._weights = list(accumulate(1 / (rank + 3) for rank in range(len(self._words))))

    def draw(self, count: int) -> str:
        said = " ".join(self._chance.choices(self._words, cum_weights=self._weights, k=count))
        return said[:1].upper() + said[1:]


def texts(data: Path | None) -> list[str]:
    """Titles and summaries to take words from: recorded ones, or the examples of the vocabulary and the words of the site."""
    if data is not None:
        with gzip.open(data / "items.jsonl.gz", "rt", encoding="utf-8") as lines:
            items = [json.loads(line) for line in lines]
        return [f"{item['title']} {item['summary'] or ''}" for item in items]
    shipped: Any = yaml.safe_load(files("watcher").joinpath("data", "vocabulary.yaml").read_text(encoding="utf-8"))
    examples = [text for item in shipped["topics"] + shipped["entities"] for text in item["examples"]["match"]]
    said = [text for language in ("fr", "en") for text in catalogs.catalog(language).messages.values() if isinstance(text, str)]
    return examples + said


def publication(*, days: int = DAYS, data: Path | None = None) -> Publication:
    """Digests of `days` days in a row, the last one on 24 November 2026."""
    chance = random.Random(20_261_124)
    words = Words(texts(data), chance)
    vocabulary = catalogs.vocabulary()
    topics, platforms = [one.id for one in vocabulary.topics], [one.id for one in vocabulary.entities]
    sources = tuple(Source(id=f"source-{number}", name=f"{words.draw(2)} {number}",
                           url=f"https://s{number}.example/feed", home=f"https://s{number}.example/") for number in range(SOURCES))

    def told(key: str, at: datetime) -> Tagged:
        source = chance.choice(sources)
        entry = Entry(source_id=source.id, id=key, link=f"{source.home}{key}", title=words.draw(chance.randint(6, 15)),
                      summary=words.draw(30), published=at, language=chance.choice(("fr", "fr", "en")))
        tags = Tags(topics=tuple(dict.fromkeys(chance.choices(topics, k=chance.randint(0, 2)))), mentions=(),
                    entities=tuple(dict.fromkeys(chance.choices(platforms, k=chance.randint(0, 2)))))
        return Tagged(sighting=Sighting(key=key, entry=entry, fingerprint=key, first_seen_at=at), tags=tags)

    def key() -> str:
        return f"{chance.getrandbits(64):016x}"

    def digest(on: date) -> Digest:
        end_at = datetime(on.year, on.month, on.day, 6, 30, tzinfo=UTC)
        at = end_at - timedelta(hours=3)
        stories = [Story(id=(lead := told(key(), at)).sighting.key, lead=lead, status=chance.choice(STATUSES),  # type: ignore[arg-type]
                         others=tuple(told(key(), at) for _ in range(chance.choice((0, 0, 0, 1, 2))))) for _ in range(SHOWN)]
        ranked = [Ranked(story=story, score=3.0, reasons=(), teaser=story.lead.sighting.entry.summary[:140]) for story in stories]
        left = tuple(LeftOut(key=key(), source_id=(source := chance.choice(sources)).id, title=words.draw(chance.randint(6, 15)),
                             link=f"{source.home}{number}", why=GATE) for number in range(SEEN - SHOWN))
        sections = (Section(topic="lead", ranked=tuple(ranked[:3])), Section(topic="other", ranked=tuple(ranked[3:])))
        return Digest(id=on.isoformat(), start_at=end_at - timedelta(days=1), end_at=end_at, as_of=end_at, left_out=left, reading_s=280,
                      sections=sections, seen=SEEN)

    digests = tuple(digest(LAST_ON - timedelta(days=back)) for back in range(days))
    noon = datetime(LAST_ON.year, LAST_ON.month, LAST_ON.day, 12, tzinfo=UTC)
    latest = replace(digest(LAST_ON + timedelta(days=1)), end_at=noon, as_of=noon)
    return Publication(
        site=SiteSettings(), digest=DigestSettings(), sources=sources, vocabulary=vocabulary, as_of=noon, digests=digests, updated_at=noon,
        stories=tuple(one.story for made in digests[:30] for one in made.shown), latest=latest, health=(), by_source={}, last_run=None,
        limits=Limits(), version=__version__,
    )
