"""Sightings → tellings: what each says, who says it, when it was said; in the order in which we saw them.

Source: docs/decisions/0022-stories.md
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from watcher.core import text, weburl, words
from watcher.core.words import Wording
from watcher.model import Source, Tagged

# Aggregators whose entries are other newsrooms' articles, with the newsroom's name behind the title.
_AGGREGATORS = frozenset(("news.google.com",))
_PUBLISHER_BEHIND = re.compile(r"(.*\S)\s+[-–—|·]\s+(\S.*)", re.DOTALL)
TITLE_WORDS = 4             # a title of fewer words, unless they are long, says too little …
TITLE_CHARS = 20
TITLE_STEMS = 2             # … and so does one with fewer words that mean something
_NO_LINKS: frozenset[str] = frozenset()
LINKS = 8                   # an entry with more outbound links than this is a round-up: they are no evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """A sighting with what it is compared by. Its first wording counts: a later one must not move it to another story."""

    number: int                                     # its place by (first seen, key)
    tagged: Tagged
    source: Source | None
    voice: str                                      # who speaks: the source, or the newsroom that an aggregator names
    seen_h: float                                   # hours since 1970
    told_h: float
    french: bool
    link: str                                       # canonical; "" where it names no single article
    links: frozenset[str]                           # canonical outbound links that name one article
    bare: str                                       # the title without the publisher's name
    title: str                                      # the same, folded
    wording: Wording
    names: Mapping[str, str]                        # platforms and others that the title names: id → its words

    @property
    def brief(self) -> bool:
        """Whether the title is one that is met by chance: "What’s new", "Mise à jour"."""
        return (len(self.title.split()) < TITLE_WORDS and len(self.title) < TITLE_CHARS) or len(set(self.wording.title)) < TITLE_STEMS

    @property
    def key(self) -> str:
        return self.tagged.sighting.key

    @property
    def article(self) -> tuple[str, str]:
        """What two entries of one voice must share to be the same article republished."""
        return (self.link, self.title) if self.link else ("", self.key)


def told(tagged: Iterable[Tagged], sources: Mapping[str, Source]) -> Iterator[Telling]:
    """The tellings, each key once, whatever the order of the input."""
    by_key = {one.sighting.key: one for one in tagged}
    ordered = sorted(by_key.values(), key=lambda one: (one.sighting.first_seen_at, one.sighting.key))
    names = {text.fold(source.name): source.id for source in sorted(sources.values(), key=lambda source: source.id, reverse=True)}
    names.pop("", None)
    homes = {source.id: _home(source) for source in sources.values()}
    for number, one in enumerate(ordered):
        yield _telling(number, one, sources.get(one.sighting.entry.source_id), homes, names)


def _telling(number: int, one: Tagged, source: Source | None, homes: Mapping[str, str | None], names: Mapping[str, str]) -> Telling:
    sighting, entry = one.sighting, one.sighting.entry
    first = sighting.revisions[0] if sighting.revisions else None
    title, summary = (first.title, first.summary) if first else (entry.title, entry.summary)
    voice = entry.source_id
    if weburl.host(entry.link) in _AGGREGATORS and (split := _PUBLISHER_BEHIND.fullmatch(title)):
        title, newsroom = split[1], text.fold(split[2])
        voice = names.get(newsroom, f"{entry.source_id} {newsroom}")
    bare = _bare(title, names)
    seen_h = sighting.first_seen_at.timestamp() / 3600
    # A date after the moment we saw the entry is a lie; one before it tells a late look from a late telling.
    told_h = min(entry.published.timestamp() / 3600, seen_h) if entry.published else seen_h
    language = entry.language or (source.language if source else "")
    links = frozenset(filter(None, (_link(link, "") for link in entry.links))) if 0 < len(entry.links) <= LINKS else _NO_LINKS
    return Telling(
        number=number, tagged=one, source=source, voice=voice, seen_h=seen_h, told_h=told_h, french=language.lower().startswith("fr"),
        link=_link(entry.link, homes.get(entry.source_id, "")), links=links, bare=bare, title=text.fold(bare),
        wording=words.read(bare, summary),
        names={mention.tag: mention.exact for mention in one.tags.mentions if mention.kind == "entity" and mention.field == "title"},
    )


def _link(link: str, home: str | None) -> str:
    """The canonical address, or "" where it is a front page or a watched page: those stay the same while what they say changes."""
    if not link or home is None:
        return ""
    address = weburl.canonical(link)
    front = not address.partition("://")[2].partition("/")[2]
    return "" if front or address == home else address


def _home(source: Source) -> str | None:
    """The canonical address of a source's site; None where the source is one page, whose entries all have its address."""
    return None if source.kind == "page" and not source.items else weburl.canonical(source.home)


def _bare(title: str, publishers: Mapping[str, str]) -> str:
    """The title without the " - Publisher" that some publishers, and all aggregators, put behind it."""
    while (split := _PUBLISHER_BEHIND.fullmatch(title)) and text.fold(split[2]) in publishers:
        title = split[1]
    return title
