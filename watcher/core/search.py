"""A publication → what its search reads: every story a digest shows, every entry a digest leaves out, as files of a few kilobytes.

The index is cut where time is cut: closed years, then the closed quarters and months of this year, then this month, then what came since.
A part is a folder named after what is in it, so what is closed keeps its name and its bytes, and need not be made, or even read, again.
Source: docs/decisions/0028-search.md
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain, groupby

from watcher.core import outlines, text
from watcher.core.language import Speech
from watcher.core.searchparts import Inverted, compact, numbers
from watcher.core.searchwords import Words
from watcher.model import Digest, LeftOut, Outline, Publication, Ranked, SiteFile, Stemming, Story

FORMAT = 1                      # of the files; assets/search.js reads this one
FOLDER = "search/"
LATEST = "latest"               # what came since the last digest
SUMMARY_CHARS = 300             # of a story's summary that are searched
OTHERS = 12                     # tellings of a story whose titles are searched
TAGS = 6                        # topics, and platforms, that a story is found by
LINES_A_FILE = 80               # a result costs its reader the file it is in
OF_SOURCE = "~"                 # before the id of a source, among the words of lines
STATUSES = ("rumour", "reported", "official", "in-force")

Opened = Callable[[Outline], Digest]                # reads a digest


def make(publication: Publication, speech: Speech, stemming: Stemming) -> tuple[SiteFile, ...]:
    """All files of the search; the same for the same publication."""
    made = parts(publication, stemming)
    return (*chain.from_iterable(part.files() for part in made), manifest(publication, speech, stemming, made))


def parts(publication: Publication, stemming: Stemming) -> tuple[Part, ...]:
    """What the index is made of, newest first. A part is made only when it is asked for its files."""
    words = Words(stemming)
    made: list[Part] = []
    if publication.latest is not None and publication.latest.shown:
        latest = publication.latest
        made.append(Segment(LATEST, (outlines.make(latest),), lambda _: latest, words, stemming))
    outlined = outlines.of(publication)
    places = {outline.id: place for place, outline in enumerate(outlined)}

    def opened(outline: Outline) -> Digest:
        return publication.digests[places[outline.id]]

    made.extend(Segment(name, digests, opened, words, stemming) for name, digests in _periods(outlined))
    made.extend(Day(outline, opened) for outline in outlined)
    return tuple(made)


def manifest(publication: Publication, speech: Speech, stemming: Stemming, made: Iterable[Part]) -> SiteFile:
    """The one file of the search that changes in place: where the segments are, and what their ids are called."""
    vocabulary = publication.vocabulary
    return SiteFile(path=f"{FOLDER}manifest.json", body=compact({
        "format": FORMAT,
        "segments": [[part.path, part.stories, part.first_on, part.last_on] for part in made if isinstance(part, Segment)],
        "topics": {topic.id: speech.label(topic) for topic in vocabulary.topics},
        "platforms": {entity.id: speech.label(entity) for entity in vocabulary.entities},
        "sources": {source.id: source.name for source in publication.sources},
        "words": {
            "marks": stemming.marks, "letters": stemming.letters, "longest": stemming.longest, "stop": stemming.stop,
            "exact": stemming.exact, "steps": stemming.steps,
        },
    }))


# ---------------------------------------------------------------------------------------------------- parts


@dataclass(frozen=True)
class Part(ABC):
    """A folder of files that never change: other content has another name."""

    path: str                                       # "search/2026-11.1f0c2d3e/"

    @abstractmethod
    def files(self) -> Iterator[SiteFile]:
        """What is in the folder, made when it is asked for."""


class Day(Part):
    """What a result shows: the stories of one closed digest, and the lines of its ledger."""

    def __init__(self, outline: Outline, opened: Opened) -> None:
        super().__init__(f"{FOLDER}{_day(outline)}")
        self.outline, self._opened = outline, opened

    def files(self) -> Iterator[SiteFile]:
        digest = self._opened(self.outline)
        yield SiteFile(path=f"{self.path}stories.json", body=_stories(digest))
        lines = _lines(digest)
        for place in range(0, len(lines), LINES_A_FILE):
            rows = [(number, line.title, line.source_id) for number, line in lines[place:place + LINES_A_FILE]]
            yield SiteFile(path=f"{self.path}lines{place // LINES_A_FILE}.json", body=compact(rows))


class Segment(Part):
    """The words of the digests of a period, shard by shard, and a head that says what is in it."""

    def __init__(self, name: str, outlined: tuple[Outline, ...], opened: Opened, words: Words, stemming: Stemming) -> None:
        self.open = name == LATEST
        said = [repr([(one.story, one.teaser) for one in opened(outlined[0]).shown])] if self.open else map(_identity, outlined)
        super().__init__(f"{FOLDER}{name}.{text.digest('|'.join((repr((FORMAT, stemming)), *said)))[:8]}/")
        self.outlined, self._opened = outlined, opened
        self._index, self._taken = _Index(words), 0
        self.stories = sum(outline.shown for outline in outlined)
        self.first_on, self.last_on = outlined[0].id, outlined[-1].id

    def take(self, digest: Digest) -> None:
        """One of its digests, which somebody has open anyhow; to be given all of them, in its order, or none."""
        self._index.add(digest, lines=not self.open)
        self._taken += 1

    def files(self) -> Iterator[SiteFile]:
        for outline in self.outlined[self._taken:]:
            self.take(self._opened(outline))
        index = self._index
        first_stories, stories = index.stories.shards(self.path, "s")
        first_lines, lines = index.lines.shards(self.path, "l")
        yield SiteFile(path=f"{self.path}head.json", body=compact({
            "days": [("" if self.open else _day(outline), outline.shown, lines)
                     for outline, lines in zip(self.outlined, index.counts, strict=True)],
            "stories": first_stories, "lines": first_lines, "tags": {kind: _table(tags) for kind, tags in index.tags.items()},
        }))
        yield from stories
        yield from lines
        if self.open:
            yield SiteFile(path=f"{self.path}stories.json", body=_stories(self._opened(self.outlined[0])))


class _Index:
    """The words and the tags of digests, which are taken in one after the other."""

    def __init__(self, words: Words) -> None:
        self._stems = words.stems
        self._known: dict[str, str] = {}
        self.stories, self.lines = Inverted(), Inverted()
        self.counts: list[int] = []                 # lines of each digest
        # For each kind of tag those of each story: by these the browser filters and counts.
        self.tags: dict[str, list[tuple[str, ...]]] = {"topics": [], "platforms": [], "sources": []}

    def add(self, digest: Digest, *, lines: bool) -> None:
        for one in digest.shown:
            self._story(one)
        told = _lines(digest) if lines else []
        for number, (_, line) in enumerate(told, sum(self.counts)):
            self.lines.add(number, (*self._stems(line.title), self._known.setdefault(line.source_id, OF_SOURCE + line.source_id)))
        self.counts.append(len(told))

    def _story(self, one: Ranked) -> None:
        story, entry = one.story, one.story.lead.sighting.entry
        others = (other.sighting.entry for other in story.others[:OTHERS])
        said = (one.teaser or entry.summary[:SUMMARY_CHARS], entry.source_id, *story.entities[:TAGS],
                *(words for other in others for words in (other.title, other.source_id)))
        self.stories.add(len(self.tags["topics"]), self._stems(entry.title), self._stems("\n".join(said)))
        self.tags["topics"].append(story.topics[:TAGS])
        self.tags["platforms"].append(story.entities[:TAGS])
        self.tags["sources"].append((entry.source_id,))


def _periods(digests: Sequence[Outline]) -> Iterator[tuple[str, tuple[Outline, ...]]]:
    """Newest first: each month of this quarter, each earlier quarter of this year, each earlier year; with its digests, oldest first.

    "This" is what the newest digest belongs to: so many segments are few, however long the archive, and few are ever merged.
    """
    if not digests:
        return
    newest = date.fromisoformat(digests[0].id)

    def period(digest: Outline) -> str:
        on = date.fromisoformat(digest.id)
        if on.year != newest.year:
            return str(on.year)
        quarter = (on.month + 2) // 3
        return f"{on.year}-{on.month:02}" if quarter == (newest.month + 2) // 3 else f"{on.year}-q{quarter}"

    for name, one in groupby(digests, key=period):
        yield name, tuple(reversed(tuple(one)))


# ---------------------------------------------------------------------------------------------------- records


def _stories(digest: Digest) -> bytes:
    """[anchor, title, source, status, language, publishers beside], in the order of the digest."""
    return compact([_story(one.story) for one in digest.shown])


def _story(story: Story) -> tuple[object, ...]:
    entry = story.lead.sighting.entry
    others = {other.sighting.entry.source_id for other in story.others} - {entry.source_id}
    return (story.id, entry.title, entry.source_id, STATUSES.index(story.status), entry.language, len(others))


def _lines(digest: Digest) -> list[tuple[int, LeftOut]]:
    """The lines of a ledger with their numbers on its page; what was folded into a story is found with that story."""
    return [(number, line) for number, line in enumerate(digest.left_out) if line.story_id is None]


def _table(tags: Sequence[tuple[str, ...]]) -> tuple[tuple[str, ...], str, str]:
    ids = tuple(sorted({tag for one in tags for tag in one}))
    places = {tag: place for place, tag in enumerate(ids)}
    return ids, numbers(map(len, tags)), numbers(places[tag] for one in tags for tag in one)


def _day(digest: Outline) -> str:
    return f"days/{digest.id}.{text.digest(_identity(digest))[:6]}/"


def _identity(digest: Outline) -> str:
    """Tells one closed digest from another without looking at what is in it: it never changes."""
    return f"{digest.id} {digest.start_at} {digest.end_at} {digest.as_of} {digest.seen} {digest.reading_s} {digest.left_out}"
