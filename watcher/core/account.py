"""An entry + what the site is made of → its account: why it is where it is, in sentences for a person, in the site's language.

Source: docs/decisions/0026-overrides-and-lead-time.md
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date, datetime

from watcher.core import weburl
from watcher.core.language import Speech
from watcher.core.views import Views
from watcher.model import Decided, Digest, Override, Publication, Ranked, Story, Tagged

MOST_TELLINGS = 40          # listed of one story
MOST_PROOFS = 12            # tags whose proof is quoted
SECTIONS = ("lead", "rules", "other")      # of a digest, that are no topics
OTHER_ARTICLE = "https://…"


def story_of(item: Tagged, publication: Publication) -> Story | None:
    """The story the entry is in as stories are grouped now, else as the latest digest told it; None for what was kept out."""
    told = (ranked.story for made in publication.digests for ranked in made.shown)
    return next((story for story in (*publication.stories, *told) if _has(story, item)), None)


def places_of(item: Tagged, publication: Publication) -> tuple[Digest, ...]:
    """The digests that saw the entry first or told it, oldest first; last the one that is not closed yet."""
    made = (*reversed(publication.digests), *filter(None, (publication.latest,)))
    return tuple(one for one in made if one.start_at <= item.sighting.first_seen_at < one.end_at or shown_in(one, item))


def shown_in(made: Digest, item: Tagged) -> tuple[str, int, Ranked] | None:
    """(section, place in it from 1, the story) where the digest tells the story of the entry."""
    for section in made.sections:
        for place, ranked in enumerate(section.ranked, 1):
            if _has(ranked.story, item):
                return section.topic, place, ranked
    return None


def tell(item: Tagged, publication: Publication, decided: Sequence[tuple[Override, Decided]], speech: Speech) -> Iterator[str]:
    """The lines of the account. `decided` is what overrides.yaml says, each line with the entries that it is about."""
    writer = _Writer(publication, speech)
    story = story_of(item, publication)
    yield from writer.entry(item)
    if story is not None:
        yield from writer.ladder(story)
        yield from writer.tellings(story)
    yield from writer.places(item)
    yield from writer.tags(item)
    yield from writer.by_hand(item, story, decided)
    if story is not None:
        yield from writer.overrides(item, story)


def _has(story: Story, item: Tagged) -> bool:
    return any(member.sighting.key == item.sighting.key for member in story.members)


class _Writer:
    def __init__(self, publication: Publication, speech: Speech) -> None:
        self._publication, self._speech, self._views = publication, speech, Views(publication, speech)
        self._titles = {one.sighting.key: one.sighting.entry.title for story in publication.stories for one in story.members}
        self._pages = {source.id for source in publication.sources if source.kind == "page" and not source.items}

    def entry(self, item: Tagged) -> Iterator[str]:
        sighting, entry = item.sighting, item.sighting.entry
        yield entry.title or entry.link or sighting.key
        yield f"  {entry.link}"
        publisher = self._views.publisher(entry.source_id)[0]
        if entry.published:
            yield f"  {self._say('published', publisher=publisher, moment=self._moment(entry.published))}"
        else:
            yield f"  {self._say('undated', publisher=publisher)}"
        yield f"  {self._say('seen', moment=self._moment(sighting.first_seen_at), id=sighting.key)}"
        for revision in sighting.revisions:
            yield f"  {self._say('before', title=revision.title)}"

    def ladder(self, story: Story) -> Iterator[str]:
        yield ""
        yield self._say("status", status=self._speech.say(f"page.status.{story.status}"))
        for rung in story.rungs:
            yield f"  {self._say('rung', moment=self._moment(rung.at), because=self._views.because(rung.why))}"

    def tellings(self, story: Story) -> Iterator[str]:
        yield ""
        if not story.others:
            yield self._say("alone")
            return
        members = sorted(story.members, key=lambda one: (one.sighting.first_seen_at, one.sighting.key))
        yield self._speech.say("explain.told", n=len(members))
        whys = {join.key: join.evidence for join in story.joins}
        for one in members[:MOST_TELLINGS]:
            entry = one.sighting.entry
            yield "  " + self._say("telling", publisher=self._views.publisher(entry.source_id)[0], title=entry.title or entry.link,
                                   moment=self._moment(one.sighting.first_seen_at))
            yield f"    {entry.link}"
            if why := whys.get(one.sighting.key):
                yield f"    {self._say('joined')}"
                yield from (f"      – {self._views.because(reason)}" for reason in why)
        if len(members) > MOST_TELLINGS:
            yield f"  {self._speech.say('page.story.more', n=len(members) - MOST_TELLINGS)}"

    def places(self, item: Tagged) -> Iterator[str]:
        yield ""
        found = places_of(item, self._publication)
        if not found:
            yield self._say("nowhere")
        for made in found:
            name = self._say("so-far") if made is self._publication.latest else self._say("digest", date=self._day(made.id))
            if place := shown_in(made, item):
                section, number, ranked = place
                yield self._say("shown", digest=name, place=number, section=self._section(section))
                yield from self._sum(ranked)
            else:
                left = next((left for left in made.left_out if left.key == item.sighting.key), None)
                yield self._say("left-out", digest=name, because=self._views.because(left.why) if left else self._say("unsaid"))

    def tags(self, item: Tagged) -> Iterator[str]:
        yield ""
        mentions = item.tags.mentions
        yield self._say("tags" if mentions else "no-tags")
        for mention in mentions[:MOST_PROOFS]:
            tag = self._views.topic(mention.tag) if mention.kind == "topic" else self._views.entity(mention.tag)
            yield "  " + self._say("tag", label=tag.label, proof=self._speech.say(f"page.proof.{mention.field}", words=mention.exact))

    def by_hand(self, item: Tagged, story: Story | None, decided: Sequence[tuple[Override, Decided]]) -> Iterator[str]:
        """What overrides.yaml says of the story's entries, and its names that nobody has."""
        keys = {member.sighting.key for member in story.members} if story else {item.sighting.key}
        about = [(override, made) for override, made in decided if any(not keys.isdisjoint(named) for named in made.keys)]
        if about:
            yield ""
        for override, made in about:
            yield self._say(f"by-hand.{override.kind}", line=override.line)
            for name, named in zip(override.names, made.keys, strict=True):
                title = next((self._titles[key] for key in named if key in self._titles), "")
                yield "  " + (self._say("titled", name=name, title=title) if title else name if named else self._say("unknown", name=name))

    def overrides(self, item: Tagged, story: Story) -> Iterator[str]:
        """The lines of YAML to paste."""
        yield ""
        yield self._say("wrong")
        others = [one for one in story.members if one is not item and one.sighting.key != item.sighting.key]
        if others:
            yield f"# {self._say('to-split')}"
            yield "split:"
            yield f"  - [{self._named(others[0], item)}, {self._named(item, others[0])}]"
        yield f"# {self._say('to-join')}"
        yield "join:"
        yield f"  - [{self._named(item, *others)}, {json.dumps(OTHER_ARTICLE, ensure_ascii=False)}]"

    def _sum(self, ranked: Ranked) -> Iterator[str]:
        for reason in ranked.reasons:
            yield f"  {self._points(reason.points):>6}  {self._views.because(reason)}"
        yield f"  {'= ' + self._speech.number(ranked.score):>6}  {self._say('sum')}"

    def _points(self, points: float) -> str:
        return ("+" if points >= 0 else "\u2212") + self._speech.number(abs(points))

    def _section(self, topic: str) -> str:
        return self._speech.say(f"section.{topic}") if topic in SECTIONS else self._views.topic(topic).label

    def _named(self, one: Tagged, *others: Tagged) -> str:
        """The address of an entry as YAML; its key where that is the address of another one, too, or of a page that changes."""
        entry = one.sighting.entry
        shared = weburl.canonical(entry.link) in {weburl.canonical(other.sighting.entry.link) for other in others}
        return json.dumps(entry.link if entry.link and not shared and entry.source_id not in self._pages else one.sighting.key,
                          ensure_ascii=False)

    def _moment(self, at: datetime) -> str:
        return self._say("moment", day=self._speech.date(at, "long"), clock=self._speech.clock(at))

    def _day(self, id: str) -> str:
        return self._speech.date(date.fromisoformat(id), "long")

    def _say(self, message: str, **values: object) -> str:
        return self._speech.say(f"explain.{message}", **values)
