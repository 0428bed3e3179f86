"""Stories → ordered stories, each with the reasons of its place.

A score is the sum of named reasons, and each reason is a sentence a reader can be shown. Source: docs/decisions/0011-ranking.md
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from watcher.core import text, weburl
from watcher.core.cues import ear
from watcher.core.novelty import Memory
from watcher.model import Cue, Digest, Mention, Ranked, Reason, Rung, Source, Story, Tagged, Vocabulary

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
AS_A_PLACE = 0.5            # and where something happens "on" it, and nothing urgent: the platform is the scene, not the subject
TOPIC_IN_TITLE = 2.0
TOPIC_BY_NAME = 1.0         # where the topic's only proof is the platform's name, which has counted already
TOPIC_IN_SUMMARY = 1.0
TOPIC_OF_SOURCE = 0.5       # the source's own default: nothing in the text proves it
# Three outages in one title are one outage: only the strongest cues of each direction count.
MOST_URGENT = 2
MOST_SINKS = 2
TOLD_BEFORE = -1.5          # near to what a digest told lately
DUE_SOON = 1.5              # a date within reach: there is just time to act …
DUE_LATER = 1.0             # … or to plan
SOON_DAYS = 14
LATER_DAYS = 60
OLD = -1.5                  # its publisher dates it long before it was seen here: an older article that a feed brought up again …
OLD_AFTER = timedelta(days=7)           # … not one that was read late: no feed is left alone for so long

TIER_OF_PLATFORMS = 1
KINDS_OF_PLATFORMS = ("reseau-social", "messagerie")
# A search engine is one where the text is of the trade; else it is the name of a company that makes telephones, too.
KINDS_BY_TOPIC = ("moteur",)

# "sur TikTok", "on Facebook"
_BEFORE_A_PLACE = frozenset(("sur", "on", "via", "from", "depuis"))
_PROVED = ("title", "rule", "summary")
_SUREST = (*_PROVED, "source")


def order(stories: Iterable[Story], *, sources: Mapping[str, Source], cues: Sequence[Cue], vocabulary: Vocabulary,
          told: Iterable[Digest] = (), due: Mapping[str, date] | None = None, on: date | None = None) -> tuple[Ranked, ...]:
    """Put stories that went up the ladder in order, best first, whatever the order they come in.

    `told` are the digests of the last days, for what only goes on telling; `due` says by the key of a sighting which dated change it tells
    of, and `on` is the local day from which that is within reach or not. The score is the sum of the points of the reasons. Equal scores:
    the story seen first is first, then the lower id. What else there is to rank says nothing about a story.
    """
    judge = _Judge(sources, cues, vocabulary, Memory(told), due or {}, on)
    ranked = [judge.ranked(story) for story in stories]
    return tuple(sorted(ranked, key=lambda one: (-one.score, one.story.first_seen_at, one.story.id)))


class _Judge:
    def __init__(self, sources: Mapping[str, Source], cues: Sequence[Cue], vocabulary: Vocabulary, memory: Memory,
                 due: Mapping[str, date], on: date | None) -> None:
        self._sources, self._memory, self._due, self._on = sources, memory, due, on
        self._ear = ear(tuple(cues))
        self._core = frozenset(topic.id for topic in vocabulary.topics if topic.core)
        self._platforms = {entity.id: entity.kind for entity in vocabulary.entities if entity.tier == TIER_OF_PLATFORMS}

    def ranked(self, story: Story) -> Ranked:
        heard = {one.sighting.key: self._ear.heard(one.sighting.entry, one.tags.topics) for one in story.members}
        reasons = (
            *self._ladder(story), *self._authority(story), *self._publishers(story), *self._about(story, heard),
            *self._cues(story, heard), *self._time(story), *_wished(story),
        )
        return Ranked(story=story, score=round(sum((reason.points for reason in reasons), 0.0), 3), reasons=reasons)

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
        houses = {weburl.house(self._sources[one.sighting.entry.source_id].home)
                  for one in story.members if one.sighting.entry.source_id in self._sources} - {""}
        if len(houses) > 1:
            points = PER_PUBLISHER * min(len(houses) - 1, MOST_PUBLISHERS)
            yield Reason(name="publishers", points=points, because="reason.publishers", values=(("n", str(len(houses))),))

    def _about(self, story: Story, heard: Mapping[str, Sequence[Cue]]) -> Iterable[Reason]:
        mentions = [mention for one in story.members for mention in one.tags.mentions]
        topics = [mention for mention in mentions if mention.kind == "topic" and mention.tag in self._core]
        of_the_trade = any(mention.field in _PROVED for mention in topics)
        named = [mention for mention in mentions if mention.kind == "entity" and mention.tag in self._platforms]
        if platform := _first(sorted(named, key=lambda mention: -self._share(mention, of_the_trade))):
            yield from self._platform(platform, self._share(platform, of_the_trade), story, heard)
        about = [_topic(mention, named) for mention in sorted(topics, key=lambda mention: _SUREST.index(mention.field))]
        if about:
            yield max(about, key=lambda reason: reason.points)

    def _platform(self, mention: Mention, share: float, story: Story, heard: Mapping[str, Sequence[Cue]]) -> Iterable[Reason]:
        if mention.field == "title":
            lead = next(one for one in story.members if one.sighting.key == mention.entry_key)
            urgent = any(cue.kind == "urgent" for cues in heard.values() for cue in cues)
            if _is_a_place(mention, lead) and not urgent:
                yield _named("platform-place", PLATFORM_IN_TITLE * share * AS_A_PLACE, mention)
            else:
                yield _named("platform-title", PLATFORM_IN_TITLE * share, mention)
        elif mention.field == "summary":
            yield _named("platform-summary", PLATFORM_IN_SUMMARY * share, mention)

    def _share(self, mention: Mention, of_the_trade: bool) -> float:
        kind = self._platforms[mention.tag]
        return 1.0 if kind in KINDS_OF_PLATFORMS or (of_the_trade and kind in KINDS_BY_TOPIC) else ELSEWHERE

    def _cues(self, story: Story, heard: Mapping[str, Sequence[Cue]]) -> Iterable[Reason]:
        """Urgent is what anyone says; a how-to or an opinion is one only where the lead itself is: others may retell it as such."""
        known = bool(story.entities) or story.status in ("official", "in-force")
        everyone = {cue.id: cue for one in story.members for cue in heard[one.sighting.key]
                    if cue.kind == "urgent" and (known or not cue.named)}
        if self._nearest(story):
            everyone.pop("deadline", None)                  # the date itself counts
        urgent = sorted(everyone.values(), key=lambda cue: (-cue.points, cue.id))[:MOST_URGENT]
        sinks = sorted((cue for cue in heard[story.lead.sighting.key] if cue.kind == "sinks"), key=lambda cue: (cue.points, cue.id))
        for cue in (*urgent, *sinks[:MOST_SINKS]):
            yield Reason(name=cue.id, points=cue.points, because=f"reason.cue.{cue.id}")

    def _time(self, story: Story) -> Iterable[Reason]:
        if due := self._nearest(story):
            points = DUE_SOON if self._on is not None and (due - self._on).days <= SOON_DAYS else DUE_LATER
            yield Reason(name="due", points=points, because="reason.due", values=(("date", due.isoformat()),))
        lead = story.lead.sighting
        if lead.entry.published and lead.first_seen_at - lead.entry.published > OLD_AFTER:
            yield Reason(name="old", points=OLD, because="reason.old", values=(("date", lead.entry.published.date().isoformat()),))
        if told := self._memory.near(story):
            yield Reason(name="told", points=TOLD_BEFORE, because="reason.told", values=(("date", told.digest), ("title", told.title)))

    def _nearest(self, story: Story) -> date | None:
        """The soonest dated change that the story tells of, if it is still ahead and within reach."""
        ahead = (self._due[one.sighting.key] for one in story.members if one.sighting.key in self._due)
        return min((day for day in ahead if self._on is not None and 0 <= (day - self._on).days <= LATER_DAYS), default=None)

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
    return min(mentions, key=lambda mention: _SUREST.index(mention.field), default=None)


def _same_words(topic: Mention, name: Mention) -> bool:
    """Whether a topic is proved by the very words that name a platform: they prove one thing only."""
    return (topic.entry_key, topic.field) == (name.entry_key, name.field) and topic.start < name.end and name.start < topic.end and (
        topic.exact in name.exact or name.exact in topic.exact)


def _is_a_place(mention: Mention, one: Tagged) -> bool:
    before, found, _ = one.sighting.entry.title.partition(mention.exact)
    words = text.fold(before).split()
    return bool(found) and bool(words) and words[-1] in _BEFORE_A_PLACE


def _topic(mention: Mention, names: Iterable[Mention]) -> Reason:
    if mention.field == "source":
        return Reason(name="topic-source", points=TOPIC_OF_SOURCE, because="reason.topic-source")
    points = {"title": TOPIC_IN_TITLE, "rule": TOPIC_IN_TITLE, "summary": TOPIC_IN_SUMMARY}[mention.field]
    if any(_same_words(mention, name) for name in names):
        points = min(points, TOPIC_BY_NAME)
    return _named(f"topic-{mention.field}", points, mention)


def _named(name: str, points: float, mention: Mention) -> Reason:
    return Reason(name=name, points=points, because=f"reason.{name}", values=(("words", mention.exact),))
