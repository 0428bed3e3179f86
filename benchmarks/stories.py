"""How well stories are grouped, and what that costs.

    python -m benchmarks.stories --data FOLDER [--vectors FOLDER] [--sizes 10000,50000,100000,400000]

FOLDER holds `stories/` and `replay/` (their READMEs say what is in them). Titles: the protocol of stories/README.md, with the constants
that are shipped. Week: the recorded week through the product's own tags and grouping. `--vectors` names a folder for the product's own
vectors, which are worked out where it lacks them. Addresses: one address in many spellings. Speed: generated entries, 5,000 a day.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import resource
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import blake2b, sha1
from itertools import pairwise
from pathlib import Path

import numpy as np

from watcher.core import stories, text, topics
from watcher.edge import config, frequencies
from watcher.embedder import Embedder
from watcher.model import Entry, Sighting, Source, Story, Tagged, Tags, Vector

NOTHING = Tags(topics=(), entities=(), mentions=())
A_DAY = 5_000
SLIDING_DAYS = 3
DISGUISED = 1_000
DISGUISES = (
    "https://{host}{path}?utm_source=rss&utm_medium=feed", "https://{host}{path}?fbclid=IwAR0abcdefgh", "https://{host}{path}?at_medium=RSS",
    "http://{host}{path}", "https://{host}{path}/", "https://www.{host}{path}", "https://m.{host}{path}", "https://mobile.{host}{path}",
    "https://{host}{path}/amp", "https://{host}{path}?amp=1", "https://amp.{host}{path}", "http://www.{host}{path}/?utm_campaign=x#xtor=RSS-1",
    "https://{host}{path}?outputType=amp", "HTTPS://{host}:443{path}", "https://{host}{path}?xtor=RSS-3208",
)


def moment(said: str) -> datetime:
    return datetime.fromisoformat(said.replace("Z", "+00:00"))


def listed(names: Mapping[str, str]) -> dict[str, Source]:
    """Source by id, of names and languages."""
    return {text.slug(name): Source(id=text.slug(name), name=name, url=f"https://{text.slug(name)}.example/feed",
                                    home=f"https://{text.slug(name)}.example/", language=language) for name, language in names.items()}


def publisher(item: Mapping[str, str]) -> str:
    """Whose feed this is: a publisher's, or that of one part of a platform where anybody posts."""
    part = re.search(r"reddit\.com/r/(\w+)", item["url"] or "")
    return f"Reddit {part[1]}" if part else item["publisher"]


def titles(folder: Path) -> tuple[list[Tagged], dict[str, Source], dict[str, str | None]]:
    items = [json.loads(line) for line in (folder / "stories" / "dev.jsonl").read_text(encoding="utf-8").splitlines()]
    sources = listed({publisher(item): "en" for item in items})
    tagged = []
    for item in items:
        entry = Entry(source_id=text.slug(publisher(item)), id=item["id"], link=item["url"] or "", title=item["title"], language="en")
        tagged.append(Tagged(sighting=Sighting(key=item["id"], entry=entry, fingerprint="", first_seen_at=moment(item["seen"])),
                             tags=NOTHING))
    return tagged, sources, {item["id"]: item["story"] for item in items}


def week(folder: Path) -> tuple[list[Tagged], dict[str, Source]]:
    with gzip.open(folder / "replay" / "items.jsonl.gz", "rt", encoding="utf-8") as lines:
        items = [json.loads(line) for line in lines]
    often = Counter(item["url"] for item in items)
    languages = Counter((item["feed"], item["lang"]) for item in items)
    sources = listed({feed: language for (feed, language), _ in reversed(languages.most_common())})
    tagger = topics.Tagger(config.vocabulary())
    tagged = []
    for item in items:
        name = item["url"] if often[item["url"]] == 1 else f"{item['url']}\n{item['feed']}"
        source_id = text.slug(item["feed"])
        entry = Entry(source_id=source_id, id=item["url"], link=item["url"], title=item["title"], summary=item["summary"] or "",
                      published=moment(item["published"]) if item["published"] else None, language=item["lang"])
        sighting = Sighting(key=sha1(name.encode()).hexdigest()[:16], entry=entry, fingerprint="", first_seen_at=moment(item["first_seen"]))
        tagged.append(Tagged(sighting=sighting, tags=tagger.tags(sighting, sources[source_id])))
    return tagged, sources


def grouped(tagged: Sequence[Tagged], sources: Mapping[str, Source], vectors: Mapping[str, Vector]) -> tuple[tuple[Story, ...], float]:
    started = time.process_time()
    found = stories.group(tagged, sources=sources, timezone="Europe/Paris", frequencies=frequencies.load(), vectors=vectors)
    return found, time.process_time() - started


def keys(story: Story) -> list[str]:
    return [member.sighting.key for member in story.members]


def judge(found: Sequence[Story], gold: Mapping[str, str | None]) -> dict[str, float]:
    """B-cubed over the labelled items, pairs, and the share of distractors that were grouped."""
    size = Counter(gold.values())
    precision = recall = right = said = astray = 0.0
    for story in found:
        of = Counter(gold[key] for key in keys(story))
        for name, n in of.items():
            if name is not None:
                precision += n * n / of.total()
                recall += n * n / size[name]
                right += n * (n - 1) / 2
        said += of.total() * (of.total() - 1) / 2 - of[None] * (of[None] - 1) / 2
        astray += of[None] * (of.total() > 1)
    labelled = sum(n for name, n in size.items() if name is not None)
    pairs = sum(n * (n - 1) / 2 for name, n in size.items() if name is not None)
    p, r, pp, pr = precision / labelled, recall / labelled, right / max(said, 1), right / pairs
    return {"B3 P": p, "B3 R": r, "B3 F1": 2 * p * r / (p + r), "pair F1": 2 * pp * pr / max(pp + pr, 1e-9),
            "distractors": astray / size[None]}


def scored(found: Sequence[Story], folder: Path) -> dict[str, float]:
    """What ../shared/tools/score_groups.py says of the week."""
    sys.path.insert(0, str(folder.parent / "tools"))
    import score_groups as scorer  # noqa: PLC0415  # lies beside the data, wherever that is
    at = folder / "stories"
    ids, language = scorer.read_ids(at / "week_ids.txt")
    rows = [{"id": key, "story": story.id} for story in found for key in keys(story)]
    result = scorer.evaluate(rows, scorer.jl(at / "week_groups.jsonl"), ids, language, scorer.jl(at / "week_hard_negatives.jsonl"),
                             scorer.jl(at / "week_doubtful.jsonl"))
    return {"B3 P": result["bcubed_p"], "B3 R": result["bcubed_r"], "B3 F1": result["bcubed_f1"], "groups": result["pred_groups"],
            "false merges": result["false_merge_rate"], "(doubtful allowed)": result["false_merge_rate_doubtful_allowed"],
            "pair P": result["pair_p"], "pair R": result["pair_r"], "FR-EN pair R": result["fr_en_pair_recall"],
            "look-alikes": result["hard_violations"] / result["hard_negatives"]}


def generated(n: int) -> tuple[list[Tagged], dict[str, Source]]:
    """Made-up news: a Zipf vocabulary, one entry in three tells a story that others tell in other words."""
    chance = random.Random(7)
    vocabulary = ["".join(chance.choice("bcdfglmnprstv") + chance.choice("aeiou") for _ in range(chance.randint(2, 4)))
                  for _ in range(30_000)]
    shares = np.cumsum([1 / (rank + 10) for rank in range(len(vocabulary))])
    names = {f"Paper {number}": "en" for number in range(200)}
    sources, ids = listed(names), [text.slug(name) for name in names]
    start, events = datetime(2026, 1, 1, tzinfo=UTC), list[list[str]]()
    made = []
    for number in range(n):
        if chance.random() < 1 / 3 and events:
            words = chance.sample(chance.choice(events[-200:]), 6) + chance.choices(vocabulary, cum_weights=shares, k=3)
        else:
            words = chance.choices(vocabulary, cum_weights=shares, k=11)
            events.append(words)
        key = blake2b(f"{number}".encode(), digest_size=8).hexdigest()
        entry = Entry(source_id=chance.choice(ids), id=key, link=f"https://paper.example/{number}", title=" ".join(words), language="en")
        made.append(Tagged(sighting=Sighting(key=key, entry=entry, fingerprint="", first_seen_at=start + timedelta(days=number / A_DAY)),
                           tags=NOTHING))
    return made, sources


def table(name: str, figures: Mapping[str, float]) -> None:
    print(f"{name:34s}" + "  ".join(f"{label} {value:.3f}" if isinstance(value, float) else f"{label} {value}"
                                    for label, value in figures.items()), flush=True)


def learned(folder: Path, tagged: Sequence[Tagged]) -> dict[str, Vector]:
    """The product's own vectors, worked out where the folder lacks them: some minutes the first time."""
    folder.mkdir(parents=True, exist_ok=True)
    embedder, sightings = Embedder(folder), [one.sighting for one in tagged]
    while embedder.learn(sightings).waiting:
        pass
    return embedder.vectors(sightings)


def known(folder: Path | None, name: str, tagged: Sequence[Tagged]) -> Iterator[tuple[str, dict[str, Vector]]]:
    """Words alone, and where a folder is given words and meaning."""
    yield "words", {}
    if folder is not None:
        yield "words and meaning", learned(folder / name, tagged)


def steadiness(tagged: Sequence[Tagged], sources: Mapping[str, Source], vectors: Mapping[str, Vector]) -> dict[str, float]:
    """Stories of yesterday whose id is gone or whose members were parted: on each day of the week, with all that was seen before, and with
    the last three days alone (the pipeline looks back 30 days: what is older than its window is lost)."""
    days = sorted({one.sighting.first_seen_at.date() for one in tagged})
    gone = {"ids changed": 0, "ids changed, sliding": 0}
    for before, after in pairwise(days):
        for what, since in (("ids changed", days[0]), ("ids changed, sliding", before - timedelta(days=SLIDING_DAYS))):
            then = [one for one in tagged if one.sighting.first_seen_at.date() <= before and one.sighting.first_seen_at.date() >= since]
            now = [one for one in tagged if one.sighting.first_seen_at.date() <= after
                   and one.sighting.first_seen_at.date() >= since + timedelta(days=what != "ids changed")]
            stays = {key: story.id for story in grouped(now, sources, vectors)[0] for key in keys(story)}
            kept = {one.sighting.key for one in now} & {one.sighting.key for one in then}
            gone[what] += sum(stays.get(story.id) != story.id for story in grouped(then, sources, vectors)[0] if story.id in kept)
    return gone


def disguised() -> dict[str, float]:
    """A thousand articles, each told by a second source under another title and a spelling of the same address that feeds use."""
    chance, sources = random.Random(11), listed({"One": "en", "Other": "en"})
    said, start = [], datetime(2026, 1, 1, tzinfo=UTC)
    for number in range(DISGUISED):
        host, path = f"paper{number % 40}.example", f"/{2020 + number % 7}/{number:04d}/{chance.choice(('a-title', 'news', 'x.html'))}"
        for source, link in (("one", f"https://{host}{path}"), ("other", chance.choice(DISGUISES).format(host=host, path=path))):
            key = blake2b(f"{source} {number}".encode(), digest_size=8).hexdigest()
            entry = Entry(source_id=source, id=link, link=link, title=f"{source} {number}")
            said.append(Tagged(sighting=Sighting(key=key, entry=entry, fingerprint="", first_seen_at=start), tags=NOTHING))
    pages = [replace(one, sighting=replace(one.sighting, entry=replace(one.sighting.entry, link=f"https://journal.example/all#{number}")))
             for number, one in enumerate(said)]
    return {"disguised, merged": sum(len(story.members) == 2 for story in grouped(said, sources, {})[0]) / DISGUISED,
            "told apart by fragment": sum(len(story.members) == 1 for story in grouped(pages, sources, {})[0]) / len(pages)}


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--data", type=Path)
    arguments.add_argument("--vectors", type=Path)
    arguments.add_argument("--sizes", default="10000,50000,100000,400000")
    options = arguments.parse_args()
    if options.data:
        tagged, sources, gold = titles(options.data)
        for how, vectors in known(options.vectors, "titles", tagged):
            found, seconds = grouped(tagged, sources, vectors)
            table(f"titles, {how}", judge(found, gold) | {"a second": round(len(tagged) / seconds)})
        tagged, sources = week(options.data)
        for how, vectors in known(options.vectors, "week", tagged):
            found, seconds = grouped(tagged, sources, vectors)
            steady = steadiness(tagged, sources, vectors)
            table(f"week, {how}", scored(found, options.data) | {"a second": round(len(tagged) / seconds)} | steady)
        table("addresses", disguised())
    for size in filter(None, options.sizes.split(",")):
        tagged, sources = generated(int(size))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        found, seconds = grouped(tagged, sources, {})
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        table(f"{size} generated", {"a second": round(int(size) / seconds), "µs an item": round(seconds / int(size) * 1e6),
                                    "stories": len(found), "MB with entries": after, "MB for grouping": after - before})
    return 0


if __name__ == "__main__":
    sys.exit(main())
