"""Stories, tellings and moments as a page shows them: words chosen, addresses made, nothing left for a template to decide.

Paths are relative to the root of the site; templates put the page's own way to the root before them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import chain

from watcher.core import outlines, text, weburl
from watcher.core.language import Speech
from watcher.model import Digest, LeftOut, Mention, Outline, Publication, Ranked, Reason, Sighting, Source, SourceHealth, Story, Tagged

SATURDAY = 5
PLATFORM_TIER = 1               # these have a page before they have a story
OTHERS_NAMED = 6                # publishers named under a story; the rest is behind "why here"
OTHERS_LISTED = 40
LATE = timedelta(days=2)        # between the publisher's date and our first look, beyond which a story says its date
TOPICS_SHOWN = 3
ENTITIES_SHOWN = 4
RECOVERED = "recovered"         # the reason that says so (data/cues.yaml)
WORDS_SHOWN = 8                 # tags whose proof is quoted

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8}){0,3}")
_BEFORE_SIGNATURES = (" - ", " | ", " – ", " — ", " · ")
_FIELDS = ("title", "rule", "summary", "source")        # the surest proof first


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    iso: str                    # UTC, for machines
    day: str                    # "dim. 22 nov."
    weekday: str                # "dim. 22"
    clock: str                  # "05:10"


_NO_MOMENT = Moment(iso="", day="", weekday="", clock="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    id: str
    label: str
    path: str                   # "" where the site has no page for it


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """One article: who tells it, under which title."""

    publisher: str
    source_path: str            # "" where the source has left the list
    title: str
    link: str                   # "" where the publisher gave none
    lang: str                   # of the title, where it is not the site's; else ""
    at: Moment
    change: str = ""            # path of its redline, where it tells the change of a watched page


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryView:
    id: str
    lead: Telling
    status: str
    teaser: str
    topics: tuple[Tag, ...]
    entities: tuple[Tag, ...]
    topic_ids: str                          # all of its topics that have a page, parted by spaces
    platform_ids: str
    named: tuple[Telling, ...]              # others, each publisher once
    others: tuple[Telling, ...]
    unnamed: int                            # others that `named` leaves out
    published: Moment | None
    reasons: tuple[str, ...]
    evidence: tuple[tuple[str, str], ...]   # (publisher, why it is in this story)
    proofs: tuple[tuple[str, str], ...]     # (topic or platform, the words that prove it)
    permalink: str                          # path of the digest that shows it, with its anchor; "" where none does
    recovered: bool = False                 # an outage that is said to be over
    dated: str = ""                         # the day its publisher gives, where that is days before it was seen


class Views:
    """Looks at one publication with a reader's eyes. Dates are kept once said: saying one costs more than a whole story."""

    def __init__(self, publication: Publication, speech: Speech) -> None:
        self._speech = speech
        self._language = publication.site.language
        self._sources: Mapping[str, Source] = {source.id: source for source in publication.sources}
        # Once a digest has named a platform its page stays, whatever comes later: addresses do not change.
        outlined = outlines.of(publication)
        named = {entity for entities in chain((story.entities for story in publication.stories), (one.entities for one in outlined))
                 for entity in entities}
        self.platforms = tuple(entity for entity in publication.vocabulary.entities if entity.tier == PLATFORM_TIER or entity.id in named)
        self._topics = {topic.id: Tag(id=topic.id, label=speech.label(topic), path=f"topics/{topic.id}/")
                        for topic in publication.vocabulary.topics}
        self._entities = {entity.id: Tag(id=entity.id, label=speech.label(entity), path="") for entity in publication.vocabulary.entities}
        self._entities |= {entity.id: replace(self._entities[entity.id], path=f"platforms/{entity.id}/") for entity in self.platforms}
        self._told = {story_id: outline.id for outline in outlined for story_id, _ in outline.stories}
        self._tellers = {key: story_id for outline in outlined for story_id, keys in outline.stories for key in keys}
        self._changes = frozenset(redline.key for redline in publication.redlines)
        self._days: dict[tuple[date, str], str] = {}
        self._moments: dict[datetime, Moment] = {}
        self._becauses: dict[tuple[str, tuple[tuple[str, str], ...]], str] = {}

    # ------------------------------------------------------------------------------------------------ words

    def day(self, on: date, pattern: str) -> str:
        """A date by a CLDR pattern; an instant's is that of the site's clocks."""
        day = self._speech.local(on).date() if isinstance(on, datetime) else on
        said = self._days.get((day, pattern))
        if said is None:
            said = self._days[day, pattern] = self._speech.pattern(day, pattern)
        return said

    def moment(self, at: datetime) -> Moment:
        minute = at.replace(second=0, microsecond=0)
        known = self._moments.get(minute)
        if known is None:
            known = self._moments[minute] = Moment(
                iso=f"{minute.astimezone(UTC):%Y-%m-%dT%H:%MZ}", day=self.day(at, "EEE d MMM"), weekday=self.day(at, "EEE d"),
                clock=self._speech.clock(at))
        return known

    def because(self, reason: Reason) -> str:
        """A reason in the reader's words, dates as a reader writes them.

        Closed digests keep the reasons they were given; a catalog that no longer has the words names the reason.
        """
        known = self._becauses.get((reason.because, reason.values))
        if known is None:
            values = tuple((name, self._dated(value) if name == "date" else value) for name, value in reason.values)
            try:
                known = self._speech.because(replace(reason, values=values))
            except KeyError:
                known = reason.name
            self._becauses[reason.because, reason.values] = known
        return known

    def topic(self, topic_id: str) -> Tag:
        return self._topics.get(topic_id) or Tag(id=topic_id, label=topic_id, path="")

    def entity(self, entity_id: str) -> Tag:
        return self._entities.get(entity_id) or Tag(id=entity_id, label=entity_id, path="")

    def moved_to(self, health: SourceHealth) -> str:
        """The address a source has moved to; "" where it may not be shown: where a secret one moves to usually holds the secret, too."""
        return web(health.state.permanent_url or "") if health.source.feed_url else ""

    def publisher(self, source_id: str) -> tuple[str, str]:
        """Name, and path of its page; an id alone where the source has left the list."""
        source = self._sources.get(source_id)
        return (source.name, f"sources/{source_id}/") if source else (source_id, "")

    def covers(self, digest: Digest, open: bool) -> str:
        """What a digest covers, closed or still `open`, and the name of the gap before it."""
        message = f"page.covers.{digest.gap or 'day'}"
        if open:
            message = "page.latest.since"
        elif digest.gap == "days" and all(day.weekday() >= SATURDAY for day in self._skipped(digest)):
            message = "page.covers.weekend"
        return self._speech.say(message, day=self.day(digest.start_at, "EEEE d MMMM"), clock=self._speech.clock(digest.start_at))

    def _skipped(self, digest: Digest) -> list[date]:
        """The days between a digest and the moment it begins at."""
        first, last = self._speech.local(digest.start_at).date(), date.fromisoformat(digest.id)
        return [first + timedelta(days=offset) for offset in range(1, (last - first).days)]

    def counted(self, message_id: str, n: int) -> tuple[str, str, str]:
        """A counted thing as (before, the number, after), so that a template may set the number in bold."""
        before, number, after = self._speech.say(message_id, n=n).partition(self._speech.number(n))
        return before, number, after

    def duration(self, seconds: float) -> str:
        return duration(seconds, self._speech)

    def seen_beside(self, outline: Outline) -> tuple[object, ...]:
        """All that the pages of a closed digest say and that is not in it: while this stays, so do they."""
        events = outline.deadlines
        sources = sorted({*outline.sources, *(event.source_id for event in events)})
        platforms = sorted({*outline.entities, *(entity for event in events for entity in event.entities)})
        stories = (*(story_id for story_id, _ in outline.stories), *(event.deadline.story_id for event in events))
        return (
            outline.hash, [self.publisher(source_id) for source_id in sources],
            [platform for platform in platforms if self.entity(platform).path], list(map(self.permalink, stories)),
            [key for _, keys in outline.stories for key in keys if key in self._changes],
        )

    # ------------------------------------------------------------------------------------------------ stories

    def ranked(self, one: Ranked) -> StoryView:
        """A story as a digest shows it: with its teaser and the reasons of its place."""
        view = self._story(one.story, teaser=one.teaser, reasons=tuple(self.because(reason) for reason in one.reasons))
        return replace(view, recovered=True) if any(reason.name == RECOVERED for reason in one.reasons) else view

    def story(self, story: Story, *, teaser_chars: int) -> StoryView:
        """A story outside of a digest: the beginning of the publisher's summary under it."""
        said = " ".join(story.lead.sighting.entry.summary[:teaser_chars * 2].split())
        return self._story(story, teaser=text.cut(said, teaser_chars), reasons=())

    def telling(self, one: Tagged) -> Telling:
        entry = one.sighting.entry
        name, path = self.publisher(entry.source_id)
        return Telling(publisher=name, source_path=path, title=self.titled(entry.title, name, entry.link),
                       link=web(entry.link), lang=self.lang(entry.language), at=self.moment(one.sighting.first_seen_at),
                       change=self.change(one.sighting.key))

    def verdict(self, health: SourceHealth) -> str:
        """How to say a verdict: a page that cannot be read is no feed that cannot."""
        return "not-a-page" if health.verdict == "not-a-feed" and health.source.kind == "page" else health.verdict

    def change(self, key: str) -> str:
        """The path of a change's own page; "" where the entry tells none."""
        return f"changes/{key}/" if key in self._changes else ""

    def line(self, one: LeftOut) -> Telling:
        """A line of the ledger, which keeps no moment."""
        name, path = self.publisher(one.source_id)
        return Telling(publisher=name, source_path=path, title=self.titled(one.title, name, one.link), link=web(one.link), lang="",
                       at=_NO_MOMENT)

    def _story(self, story: Story, *, teaser: str, reasons: tuple[str, ...]) -> StoryView:
        others = tuple(self.telling(one) for one in story.others[:OTHERS_LISTED])
        lead = self.telling(story.lead)
        publishers = {one.publisher: one for one in reversed(others) if one.publisher != lead.publisher}
        named = tuple(one for one in others if publishers.get(one.publisher) is one)[:OTHERS_NAMED]
        published = story.lead.sighting.entry.published
        return StoryView(
            id=story.id, lead=lead, status=story.status, teaser=text.unbroken(teaser), named=named, others=others,
            topics=tuple(self.topic(topic) for topic in story.topics[:TOPICS_SHOWN]),
            entities=tuple(self.entity(entity) for entity in story.entities[:ENTITIES_SHOWN]),
            topic_ids=" ".join(topic for topic in story.topics if topic in self._topics),
            platform_ids=" ".join(entity for entity in story.entities if self.entity(entity).path),
            unnamed=len({one.sighting.entry.source_id for one in story.others} - {story.lead.sighting.entry.source_id}) - len(named),
            published=self.moment(published) if published else None, reasons=reasons,
            evidence=tuple(self._evidence(story)), proofs=tuple(self._proofs(story)),
            permalink=self.permalink(story.id), dated=self._late(story.lead.sighting),
        )

    def _late(self, seen: Sighting) -> str:
        """An article that a feed brought up late must not be passed on as this morning's."""
        published = seen.entry.published
        return self.moment(published).day if published and seen.first_seen_at - published > LATE else ""

    def told(self, key: str) -> str:
        """The permanent link to the story that an entry is in; "" where no digest shows one."""
        return self.permalink(self._tellers[key]) if key in self._tellers else ""

    def permalink(self, story_id: str) -> str:
        """The path of the digest that shows a story, with its anchor; "" where none does."""
        told_in = self._told.get(story_id)
        return f"digests/{told_in}/#s-{story_id}" if told_in else ""

    def _evidence(self, story: Story) -> Iterator[tuple[str, str]]:
        sources = {one.sighting.key: one.sighting.entry.source_id for one in story.members}
        for join in story.joins[:OTHERS_LISTED]:
            if join.key in sources:
                yield self.publisher(sources[join.key])[0], ", ".join(self.because(reason) for reason in join.evidence)

    def _proofs(self, story: Story) -> Iterator[tuple[str, str]]:
        """For each tag, the surest words that prove it, the lead's before the others'."""
        best: dict[tuple[str, str], list[Mention]] = {}
        for one in story.members[:OTHERS_LISTED]:
            of_entry: dict[tuple[str, str], list[Mention]] = {}
            for mention in one.tags.mentions:
                of_entry.setdefault((mention.kind, mention.tag), []).append(mention)
            for tag, mentions in of_entry.items():
                if tag not in best or _FIELDS.index(mentions[0].field) < _FIELDS.index(best[tag][0].field):
                    best[tag] = mentions
        for (kind, concept), mentions in list(best.items())[:WORDS_SHOWN]:
            label = (self.topic(concept) if kind == "topic" else self.entity(concept)).label
            words = " + ".join(dict.fromkeys(mention.exact for mention in mentions))
            yield label, self._speech.say(f"page.proof.{mentions[0].field}", words=words)

    def by_day(self, stories: Iterable[Story], *, teaser_chars: int) -> tuple[tuple[date, tuple[StoryView, ...]], ...]:
        """Stories, newest first, under the day each was first seen."""
        days: dict[date, list[StoryView]] = {}
        for story in stories:
            day = self._speech.local(story.first_seen_at).date()
            days.setdefault(day, []).append(self.story(story, teaser_chars=teaser_chars))
        return tuple((day, tuple(views)) for day, views in days.items())

    def lang(self, said: str) -> str:
        """The language of a text where readers must be told of it."""
        return said if _LANGUAGE.fullmatch(said) and said.partition("-")[0].lower() != self._language else ""

    def titled(self, title: str, publisher: str, link: str) -> str:
        return text.unbroken(_unsigned(title, publisher)) or self._untitled(publisher, link)

    def _untitled(self, publisher: str, link: str) -> str:
        return self._speech.say("page.untitled", where=weburl.host(link) or publisher)

    def _dated(self, value: str) -> str:
        try:
            return self.day(date.fromisoformat(value), "EEEE d MMMM")
        except ValueError:
            return value


def _unsigned(title: str, publisher: str) -> str:
    """The title without the publisher's name that some put behind each of theirs: it stands beside the title already."""
    for between in _BEFORE_SIGNATURES:
        words, _, last = title.rpartition(between)
        if words and text.fold(last) == text.fold(publisher):
            return words
    return title


def web(link: str) -> str:
    """Entries come with http(s) addresses only; a store written by hand may not."""
    return link if link.startswith(("https://", "http://")) else ""


def duration(seconds: float, speech: Speech) -> str:
    """A duration in the one unit a reader would use: 90 minutes are minutes, 60 are an hour."""
    if seconds < 60:
        return speech.say("page.duration.moment")
    for unit, length, below in (("minutes", 60, 5_400), ("hours", 3_600, 129_600)):
        if seconds < below and (seconds != 3_600 or unit == "hours"):
            return speech.say(f"page.duration.{unit}", n=round(seconds / length))
    return speech.say("page.duration.days", n=round(seconds / 86_400))
