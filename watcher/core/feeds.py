"""A publication → its feeds: digests, stories, topics, platforms and sources as RSS, Atom and JSON Feed, and the list of sources as OPML.

A feed says nothing that depends on the moment it was built: same publication, same bytes, and a feed changes only when an entry of it does.
Source: docs/decisions/0015-feeds.md; PROMISES P4, P5, P8.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta
from itertools import islice
from uuid import NAMESPACE_OID, uuid5

from lxml import etree

from watcher.core import ahead, outlines, text
from watcher.core.language import Speech
from watcher.core.opml import OpmlSource, opml, read_opml
from watcher.core.syndication import Channel, Item, atom, json, legal, rss
from watcher.core.views import Views
from watcher.model import Digest, Entity, Entry, Publication, Ranked, SiteFile, Story, Tagged, Topic

__all__ = ["OpmlSource", "make", "opml", "read_opml"]

DIGESTS = 30                    # a month and a half of working days
SUMMARY_CHARS = 500             # of a publisher's words: enough to judge by, too little to take the place of the article
OTHERS = 8                      # publishers named beside the one that leads a story
CATEGORIES = 10
PLATFORM_TIER = 1               # these have a feed before they have a story
# A date so much older than our first sight of the entry would hide it at the far end of every reader.
OLDEST = timedelta(days=30)

# Part of the identifier of everything we publish; changing it would make every entry new again in every reader.
_NAMESPACE = uuid5(NAMESPACE_OID, "watcher")

Format = tuple[str, Callable[[Channel, str], bytes]]
_ALL: tuple[Format, ...] = (("feed.xml", rss), ("atom.xml", atom), ("feed.json", json))
_STORIES: tuple[Format, ...] = (("stories.xml", rss), ("stories.json", json))


def make(publication: Publication, speech: Speech) -> tuple[SiteFile, ...]:
    """Every feed of the site, and `sources.opml`, in a fixed order.

    At most `limits.feed_entries` entries a feed. Without `site.url` the feeds stay valid: digests have no link, stories have their
    publisher's, and no feed says where it lies.
    """
    return tuple(files(publication, speech))


def files(publication: Publication, speech: Speech) -> Iterator[SiteFile]:
    """The same, one after the other."""
    return _Press(publication, speech).files()


def urn(kind: str, *parts: str) -> str:
    """The identifier of a thing for ever: it depends on nothing but what the thing is."""
    return f"urn:uuid:{uuid5(_NAMESPACE, legal('/'.join((kind, *parts))))}"


class _Press:
    """Prints one publication."""

    def __init__(self, publication: Publication, speech: Speech) -> None:
        self._publication = publication
        self._site = publication.site
        self._speech = speech
        self._names = {source.id: source.name for source in publication.sources}
        concepts: tuple[Topic | Entity, ...] = (*publication.vocabulary.topics, *publication.vocabulary.entities)
        self._labels = {concept.id: speech.label(concept) for concept in concepts}

    def files(self) -> Iterator[SiteFile]:
        publication = self._publication
        digests = (self._digest(digest) for digest in islice(publication.digests, DIGESTS))
        yield from self._feed("digests", "", digests, _ALL)
        told = {story.id: self._story(story) for story in publication.stories}
        yield from self._feed("stories", "", self._shown(told), _STORIES)
        of_topic: dict[str, list[Item]] = defaultdict(list)
        of_entity: dict[str, list[Item]] = defaultdict(list)
        for story in publication.stories:
            for tags, listed in ((story.topics, of_topic), (story.entities, of_entity)):
                for tag in tags:
                    listed[tag].append(told[story.id])
        # An address that was given out stays: a platform that a digest named once keeps its feed.
        named = {tag for outline in outlines.of(publication) for tag in outline.entities}
        for topic in publication.vocabulary.topics:
            yield from self._feed("topic", f"topics/{topic.id}/", of_topic[topic.id], _ALL, of=self._labels[topic.id])
        for entity in publication.vocabulary.entities:
            if entity.id in of_entity or entity.id in named or entity.tier == PLATFORM_TIER:
                yield from self._feed("platform", f"platforms/{entity.id}/", of_entity[entity.id], _ALL, of=self._labels[entity.id])
        for source in publication.sources:
            items = (self._sighting(one) for one in publication.by_source.get(source.id, ()) if _is_kept(one))
            yield from self._feed("source", f"sources/{source.id}/", items, _ALL, of=source.name, home=source.home)
        yield from self._calendars()
        yield SiteFile(path="sources.opml", body=opml(publication.sources, self._speech.say("feeds.opml", site=self._site.title)))

    def _calendars(self) -> Iterator[SiteFile]:
        """`deadlines.ics` of everything, and of each topic and platform that has a page; one without events is a calendar all the same."""
        events, views = self._publication.deadlines, Views(self._publication, self._speech)
        lists = [("", "", events)]
        lists += [(f"topics/{one.id}/", self._labels[one.id], tuple(event for event in events if one.id in event.topics))
                  for one in self._publication.vocabulary.topics]
        lists += [(f"platforms/{one.id}/", self._labels[one.id], tuple(event for event in events if one.id in event.entities))
                  for one in views.platforms]
        for folder, of, listed in lists:
            body = ahead.calendar(listed, views, self._speech, self._publication, of=of, folder=folder)
            yield SiteFile(path=f"{folder}deadlines.ics", body=body)

    def _feed(self, kind: str, folder: str, items: Iterable[Item], formats: tuple[Format, ...], *, of: str = "",
              home: str = "") -> Iterator[SiteFile]:
        """One feed in its formats. `of` is what it is about; `home` is where it leads while the site has no address."""
        site, say = self._site, self._speech.say
        address = site.url + folder if site.url else ""
        unique = {item.id: item for item in islice(items, self._publication.limits.feed_entries)}
        channel = Channel(
            id=urn("feed", site.title, kind, folder), title=say(f"feeds.{kind}.title", site=site.title, of=of),
            about=say(f"feeds.{kind}.about", site=site.title, of=of), author=site.title, language=site.language,
            home=address or home, folder=address, items=tuple(unique.values()),
        )
        return (SiteFile(path=folder + name, body=write(channel, name)) for name, write in formats)

    def _shown(self, told: dict[str, Item]) -> Iterator[Item]:
        """The stories of what came since, then of the digests, newest first; each once, as it is told now."""
        digests = islice(self._publication.digests, DIGESTS)
        latest = (self._publication.latest,) if self._publication.latest else ()
        shown: dict[str, Story] = {}
        for digest in (*latest, *digests):
            for one in digest.shown:
                shown.setdefault(one.story.id, one.story)
        return (told.get(story_id) or self._story(story) for story_id, story in shown.items())

    # ------------------------------------------------------------------------------------------------ entries

    def _digest(self, digest: Digest) -> Item:
        shown, say, site = digest.shown, self._speech.say, self._site
        title = say("feeds.digest.title", date=self._speech.date(date.fromisoformat(digest.id), "full"))
        link = f"{site.url}digests/{digest.id}/" if site.url else ""
        return Item(
            # A closed digest never changes, so what is in it may tell it apart from that of another watch on the same day.
            id=urn("digest", digest.id, f"{digest.end_at:%Y-%m-%dT%H:%M:%S}", *sorted(one.story.id for one in shown)),
            title=title, link=link, html=self._digest_html(digest, link), author=site.title, language=site.language,
            summary=say("feeds.digest.gathered", n=len(shown)) if shown else say("feeds.digest.nothing"),
            published=digest.as_of, updated=digest.as_of, categories=self._said(section.topic for section in digest.sections),
        )

    def _digest_html(self, digest: Digest, link: str) -> str:
        body = etree.Element("div")
        if not digest.shown:
            _add(body, "p", self._speech.say("feeds.digest.nothing"))
        for section in digest.sections:
            _add(body, "h2", self._labels.get(section.topic) or self._speech.say(f"section.{section.topic}"))
            listed = etree.SubElement(body, "ul")
            for one in section.ranked:
                self._line(etree.SubElement(listed, "li"), one)
        if digest.left_out:
            last = _add(body, "p", "")
            said = self._speech.say("feeds.digest.left-out", n=len(digest.left_out))
            if link:
                _link(last, f"{link}ledger/", said)
            else:
                last.text = said
        return _html(body)

    def _line(self, row: etree._Element, one: Ranked) -> None:
        story = one.story
        _link(_add(row, "p", ""), story.lead.sighting.entry.link, self._title(story.lead))
        if one.teaser:
            _add(row, "p", one.teaser)
        self._publishers(row, story)

    def _story(self, story: Story) -> Item:
        told_at = max(one.sighting.changed_at or one.sighting.first_seen_at for one in story.members)
        return self._item(urn("story", story.id), story, told_at)

    def _sighting(self, one: Tagged) -> Item:
        """An entry as its publisher alone tells it."""
        key, changed_at = one.sighting.key, one.sighting.changed_at
        return self._item(urn("entry", key), Story(id=key, lead=one), changed_at or _out_at(one))

    def _item(self, identifier: str, story: Story, updated: datetime) -> Item:
        entry, published = story.lead.sighting.entry, _out_at(story.lead)
        summary = text.cut(entry.summary, SUMMARY_CHARS)
        body = etree.Element("div")
        for line in summary.splitlines():
            _add(body, "p", line)
        self._publishers(body, story)
        return Item(
            id=identifier, title=self._title(story.lead), link=_web(entry.link), html=_html(body), summary=summary,
            published=published, updated=max(published, updated), author=self._publisher(entry), language=entry.language,
            categories=self._said((*story.topics, *story.entities)),
        )

    # ------------------------------------------------------------------------------------------------ words

    def _publishers(self, row: etree._Element, story: Story) -> None:
        """Who told it, whoever leads first, and how sure it is."""
        say = self._speech.say
        line = _add(row, "p", f"{say(f'feeds.status.{story.status}')} · " if story.status != "reported" else "")
        line.text = legal((line.text or "") + say("feeds.told-by"))
        lead = story.lead.sighting.entry
        _link(line, lead.link, self._publisher(lead))
        voices = {one.sighting.entry.source_id: one.sighting.entry for one in reversed(story.others)}
        voices.pop(lead.source_id, None)
        others = list(reversed(voices.values()))
        if not others:
            return
        line[-1].tail = legal(". " + say("feeds.also"))
        for entry in others[:OTHERS]:
            _link(line, entry.link, self._publisher(entry)).tail = ", "
        more = len(others) - OTHERS
        line[-1].tail = legal(f" {say('feeds.more', n=more)}." if more > 0 else ".")

    def _title(self, one: Tagged) -> str:
        entry, seen = one.sighting.entry, one.sighting.first_seen_at
        return entry.title or self._speech.say("feeds.untitled", publisher=self._publisher(entry), date=self._speech.date(seen))

    def _publisher(self, entry: Entry) -> str:
        return self._names.get(entry.source_id, entry.source_id)

    def _said(self, tags: Iterable[str]) -> tuple[str, ...]:
        return tuple(islice(dict.fromkeys(self._labels[tag] for tag in tags if tag in self._labels), CATEGORIES))


def _is_kept(one: Tagged) -> bool:
    """Whether a gate or a rule of the user's kept it out of everything we publish."""
    return one.tags.kept and not (one.tags.rule and one.tags.rule.action == "mute")


def _out_at(one: Tagged) -> datetime:
    """When it came out: as its publisher says where that can be, else when we first saw it."""
    seen, published = one.sighting.first_seen_at, one.sighting.entry.published
    if published is None or published > seen or (published < seen - OLDEST and not one.sighting.backlog):
        return seen
    return published


# ---------------------------------------------------------------------------------------------------- markup


def _web(link: str) -> str:
    return link if link.startswith(("https://", "http://")) else ""


def _add(parent: etree._Element, name: str, words: str) -> etree._Element:
    element = etree.SubElement(parent, name)
    element.text = legal(words)
    return element


def _link(parent: etree._Element, link: str, words: str) -> etree._Element:
    if not _web(link):
        return _add(parent, "span", words)
    element = _add(parent, "a", words)
    element.set("href", link)
    element.set("rel", "nofollow noopener")
    return element


def _html(body: etree._Element) -> str:
    return str(etree.tostring(body, encoding="unicode", method="html"))
