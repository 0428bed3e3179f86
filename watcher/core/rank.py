"""Stories → ordered stories, each with the reasons of its place.

A score is the sum of named reasons, and each reason is a sentence a reader can be shown. Source: docs/decisions/0011-ranking.md
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from watcher.core import weburl
from watcher.core.cues import ear
from watcher.model import Cue, Mention, Ranked, Reason, Rung, Source, Story, Tagged, Vocabulary

# Points; how they were weighed: docs/decisions/0011-ranking.md
OFFICIAL = 3.0              # the organisation speaks for itself
IN_FORCE = 1.0              # and says that it counts from now on
RUMOUR = -1.0
CONFIRMED = 1.0             # a rumour that somebody reports as a fact
PER_WEIGHT = 1.0            # for each weight above 1
PER_PUBLISHER = 1.5         # for each independent publisher beyond the first …
MOST_PUBLISHERS = 3         # … of these
PLATFORM_IN_TITLE = 2.0
PLATFORM_IN_SUMMARY = 0.5
ELSEWHERE = 0.5             # the share of these for a name where no community lives: an assistant, a company, a tool
TOPIC_IN_TITLE = 2.0
TOPIC_IN_SUMMARY = 1.0
TOPIC_OF_SOURCE = 0.5       # the source's own default: nothing in the text proves it
# Three outages in one title are one outage: only the strongest cues of each direction count.
MOST_URGENT = 2
MOST_SINKS = 2

TIER_OF_PLATFORMS = 1
KINDS_OF_PLATFORMS = ("reseau-social", "messagerie", "moteur")

_Field = Literal["title", "summary", "source", "rule"]


def order(stories: Iterable[Story], *, sources: Mapping[str, Source], cues: Sequence[Cue], vocabulary: Vocabulary) -> tuple[Ranked, ...]:
    """Put stories that went up the ladder in order, best first, whatever the order they come in.

    The score is the sum of the points of the reasons. Equal scores: the story seen first is first, then the lower id.
    """
    judge = _Judge(sources, cues, vocabulary)
    ranked = [judge.ranked(story) for story in stories]
    return tuple(sorted(ranked, key=lambda one: (-one.score, one.story.first_seen_at, one.story.id)))


class _Judge:
    def __init__(self, sources: Mapping[str, Source], cues: Sequence[Cue], vocabulary: Vocabulary) -> None:
        self._sources = sources
        self._ear = ear(tuple(cues))
        self._core = frozenset(topic.id for topic in vocabulary.topics if topic.core)
        self._platforms = {entity.id: 1.0 if entity.kind in KINDS_OF_PLATFORMS else ELSEWHERE
                           for entity in vocabulary.entities if entity.tier == TIER_OF_PLATFORMS}

    def ranked(self, story: Story) -> Ranked:
        heard = {one.sighting.key: self._ear.heard(one.sighting.entry, one.tags.topics) for one in story.members}
        reasons = (
            *self._ladder(story), *self._authority(story), *self._publishers(story), *self._about(story),
            *self._cues(story, heard), *_wished(story),
        )
        return Ranked(story=story, score=round(sum(reason.points for reason in reasons), 3), reasons=reasons)

    def _ladder(self, story: Story) -> Iterable[Reason]:
        """What the status is worth; a rumour that is official by now is none."""
        by = {rung.status: rung for rung in story.rungs}
        for status, points in (("official", OFFICIAL), ("in-force", IN_FORCE)):
            if status in by:
                yield self._earned(status, points, by[status])
        if story.status == "rumour":
            yield self._earned("rumour", RUMOUR, by["rumour"])
        elif story.status == "reported" and "rumour" in by:
            yield self._earned("confirmed", CONFIRMED, by["reported"])

    def _earned(self, name: str, points: float, rung: Rung) -> Reason:
        source = self._sources.get(rung.source_id)
        publisher = source.name if source else rung.source_id
        return Reason(name=name, points=points, because=f"reason.{name}", values=(("publisher", publisher),))

    def _authority(self, story: Story) -> Iterable[Reason]:
        best = max(story.members, key=self._weight)         # the lead, where it is among the best
        if (weight := self._weight(best)) > 1:
            points = (weight - 1) * PER_WEIGHT
            yield Reason(name="authority", points=points, because="reason.authority", values=(("publisher", self._publisher(best)),))

    def _publishers(self, story: Story) -> Iterable[Reason]:
        # Two feeds of one house, as a newsroom and its developers' blog, are one voice.
        houses = {weburl.host(weburl.canonical(self._sources[one.sighting.entry.source_id].home))
                  for one in story.members if one.sighting.entry.source_id in self._sources} - {""}
        if len(houses) > 1:
            points = PER_PUBLISHER * min(len(houses) - 1, MOST_PUBLISHERS)
            yield Reason(name="publishers", points=points, because="reason.publishers", values=(("n", str(len(houses))),))

    def _about(self, story: Story) -> Iterable[Reason]:
        mentions = [mention for one in story.members for mention in one.tags.mentions]
        named = [mention for mention in mentions if mention.kind == "entity" and mention.tag in self._platforms]
        if platform := _first(sorted(named, key=lambda mention: -self._platforms[mention.tag])):
            share = self._platforms[platform.tag]
            if platform.field == "title":
                yield _named("platform-title", PLATFORM_IN_TITLE * share, platform)
            elif platform.field == "summary":
                yield _named("platform-summary", PLATFORM_IN_SUMMARY * share, platform)
        if topic := _first([mention for mention in mentions if mention.kind == "topic" and mention.tag in self._core]):
            if topic.field == "title":
                yield _named("topic-title", TOPIC_IN_TITLE, topic)
            elif topic.field == "summary":
                yield _named("topic-summary", TOPIC_IN_SUMMARY, topic)
            elif topic.field == "source":
                yield Reason(name="topic-source", points=TOPIC_OF_SOURCE, because="reason.topic-source")
            else:
                yield _named("topic-rule", TOPIC_IN_TITLE, topic)

    def _cues(self, story: Story, heard: Mapping[str, Sequence[Cue]]) -> Iterable[Reason]:
        """Urgent is what anyone says; a how-to or an opinion is one only where the lead itself is: others may retell it as such."""
        everyone = {cue.id: cue for one in story.members for cue in heard[one.sighting.key] if cue.kind == "urgent"}
        urgent = sorted(everyone.values(), key=lambda cue: (-cue.points, cue.id))[:MOST_URGENT]
        sinks = sorted((cue for cue in heard[story.lead.sighting.key] if cue.kind == "sinks"), key=lambda cue: (cue.points, cue.id))
        for cue in (*urgent, *sinks[:MOST_SINKS]):
            yield Reason(name=cue.id, points=cue.points, because=f"reason.cue.{cue.id}")

    def _weight(self, one: Tagged) -> int:
        source = self._sources.get(one.sighting.entry.source_id)
        return source.weight if source else 1

    def _publisher(self, one: Tagged) -> str:
        source = self._sources.get(one.sighting.entry.source_id)
        return source.name if source else one.sighting.entry.source_id


def _wished(story: Story) -> Iterable[Reason]:
    """The user's own boost; where several members earn one, the strongest counts."""
    rules = {one.tags.rule.name: one.tags.rule for one in story.members if one.tags.rule and one.tags.rule.action == "boost"}
    if rules:
        best = max(rules.values(), key=lambda rule: (rule.points, rule.name))
        yield Reason(name="boost", points=float(best.points), because="reason.boost", values=(("rule", best.name),))


def _first(mentions: Sequence[Mention]) -> Mention | None:
    """The mention that proves most: in a title, by a rule of the user's, in a summary, by the source."""
    fields: tuple[_Field, ...] = ("title", "rule", "summary", "source")
    return min(mentions, key=lambda mention: fields.index(mention.field), default=None)


def _named(name: str, points: float, mention: Mention) -> Reason:
    return Reason(name=name, points=points, because=f"reason.{name}", values=(("words", mention.exact),))
