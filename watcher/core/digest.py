"""Ordered stories + a period → one digest of a few minutes, and the ledger of what it leaves out and why.

Every sighting of the period is in exactly one place: the lead of a shown story, or a line of the ledger. Reading time is kept while
composing, not hoped for. Source: docs/decisions/0010-digest.md
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from math import ceil

from watcher.core import teaser
from watcher.model import Digest, DigestSettings, LeftOut, Period, Ranked, Reason, Section, Source, Story, Tagged, Vocabulary

WORDS_PER_MINUTE = 220      # silent reading of short news; the issue states it
LINE_S = 1                  # finding the next line and deciding whether to open it
LETTERS_PER_WORD = 10       # text without spaces is read too: so many letters count as a word at least

LEADS = 3
LEAD_SCORE = 5.0            # less is no leading story, however quiet the day; nor is a rumour, a how-to or anything else that sinks
LEAD_MERIT = 2.0            # nor is what only has somebody important behind it: so much of the score is what the story says
LEAD_CHARS = 280            # two or three lines under a leading story
SHORT_CHARS = 140           # one line under another one, where there is room
MOST_OF_A_PUBLISHER = 4     # lines, official ones apart …
MOST_OF_AN_AUTHORITY = 8    # … and of a source of the highest weight, "for what must not be missed"
AUTHORITY = 3
MOST_IN_A_SECTION = 8       # likewise
# Less is left out even where there is room: what a generalist tells must earn its place, and so must a how-to or an opinion.
# What the user's own specialised sources tell otherwise is shown while there is room, and official stories always are.
LOWEST_GATED = 2.5
LOWEST_SUNK = 1.0

LEAD_SECTION = "lead"
RULES_SECTION = "rules"                                 # what changed in rules and terms, whatever the topic
SPEAKERS = ("official", "authority")                    # the reasons that say who tells it
RULES_CUE = "rules"                                     # the reason of core/rank that says so (data/cues.yaml)
OUTAGES_SECTION = "pannes"                              # the topic that comes next: what broke, and what recovered
OUTAGE_CUES = ("outage", "recovered")                   # the reasons that put a story there whatever else it is about
PLATFORMS_SECTION = "plateformes"                       # of stories that name a social platform and prove no topic
OTHER_SECTION = "other"                                 # of those that prove neither: their source is trusted, and nothing more is known
SOCIAL = frozenset(("reseau-social", "messagerie"))     # kinds of entities


def eligible(tagged: Iterable[Tagged]) -> tuple[Tagged, ...]:
    """What stories are made of: no archive found at a first look, nothing that a gate or a rule of the user's keeps out."""
    return tuple(one for one in tagged if _kept_out(one) is None)


def compose(period: Period, *, as_of: datetime, tagged: Sequence[Tagged], ranked: Sequence[Ranked], told: Mapping[str, str],
            settings: DigestSettings, vocabulary: Vocabulary, sources: Mapping[str, Source]) -> Digest:
    """Decide the digest of the period.

    `tagged` may hold more than the period's sightings: the others are passed over. `ranked` are the stories of what was seen up to the
    period's end, best first. `told` says by the key of a sighting in which digest (id) its story was shown before.
    `reading_s` never exceeds `settings.minutes`, and `seen == len(shown) + len(left_out)`.
    """
    ledger = _Ledger({one.sighting.key: one for one in tagged if period.start_at <= one.sighting.first_seen_at < period.end_at})
    for sighted in ledger.present.values():
        if why := _kept_out(sighted):
            ledger.leave((sighted,), why)
    news = [led for one in ranked if (led := _news(one, ledger, told))]
    page = _Page(settings.minutes, sources, vocabulary)
    page.fill(news)
    for one in news:
        fresh = ledger.open_of(one.story)
        if refused := page.refused.get(one.story.id):
            ledger.leave(fresh, refused)
        else:
            folded = _reason("folded", publisher=page.publisher(one.story.lead))
            ledger.leave((other for other in fresh if other is not one.story.lead), folded, story_id=one.story.id)
            ledger.shown.add(one.story.lead.sighting.key)
    ledger.leave(ledger.open(), _reason("no-room", n=str(settings.minutes)))
    return Digest(id=period.id, start_at=period.start_at, end_at=period.end_at, as_of=as_of, sections=page.sections(),
                  left_out=ledger.in_order(), reading_s=page.reading_s, seen=len(ledger.present), gap=period.gap)


def _kept_out(one: Tagged) -> Reason | None:
    rule = one.tags.rule
    if one.sighting.backlog:
        return _reason("backlog")
    if not one.tags.kept:
        return _reason("gate")
    if rule is not None and rule.action == "mute":
        return _reason("muted", rule=rule.name)
    return None


def _reason(name: str, points: float = 0.0, **values: str) -> Reason:
    return Reason(name=name, points=points, because=f"left-out.{name}", values=tuple(values.items()))


@dataclass(slots=True)
class _Ledger:
    """The sightings of the period by key, and where each of them ended."""

    present: Mapping[str, Tagged]
    shown: set[str] = field(default_factory=set)
    lines: dict[str, LeftOut] = field(default_factory=dict)

    def leave(self, members: Iterable[Tagged], why: Reason, story_id: str | None = None) -> None:
        for one in tuple(members):
            entry = one.sighting.entry
            self.lines[one.sighting.key] = LeftOut(key=one.sighting.key, source_id=entry.source_id, title=entry.title, link=entry.link,
                                                   why=why, story_id=story_id)

    def open(self) -> list[Tagged]:
        """What has no place yet."""
        return [one for key, one in self.present.items() if key not in self.lines and key not in self.shown]

    def open_of(self, story: Story) -> list[Tagged]:
        keys = (one.sighting.key for one in story.members)
        return [self.present[key] for key in keys if key in self.present and key not in self.lines and key not in self.shown]

    def in_order(self) -> tuple[LeftOut, ...]:
        return tuple(sorted(self.lines.values(), key=lambda line: (self.present[line.key].sighting.first_seen_at, line.key)))


def _news(one: Ranked, ledger: _Ledger, told: Mapping[str, str]) -> Ranked | None:
    """The story led by an entry of this period; None where it has none, or was told before and its status has not risen since."""
    fresh = ledger.open_of(one.story)
    if not fresh:
        return None
    keys = {member.sighting.key for member in fresh}
    risen = {rung.key for rung in one.story.rungs if rung.key in keys}
    before = [told[member.sighting.key] for member in one.story.members if member.sighting.key in told]
    if before and not risen:
        ledger.leave(fresh, _reason("already-told", date=min(before)))
        return None
    if one.story.lead.sighting.key in keys:
        return one
    lead = next((member for member in fresh if member.sighting.key in risen), fresh[0])
    others = sorted((member for member in one.story.members if member is not lead),
                    key=lambda member: (member.sighting.first_seen_at, member.sighting.key))
    return replace(one, story=replace(one.story, lead=lead, others=tuple(others)))


# ---------------------------------------------------------------------------------------------------- the page


@dataclass(frozen=True, slots=True)
class _Length:
    """What there is to read, exact so that adding up in another order changes nothing."""

    words: int
    lines: int

    def __add__(self, other: _Length) -> _Length:
        return _Length(self.words + other.words, self.lines + other.lines)

    @property
    def seconds(self) -> int:
        return ceil(self.words * 60 / WORDS_PER_MINUTE) + self.lines * LINE_S


class _Page:
    """A digest being composed: what is on it, what it costs to read, what was refused and why."""

    def __init__(self, minutes: int, sources: Mapping[str, Source], vocabulary: Vocabulary) -> None:
        self._minutes = minutes
        self._sources = sources
        self._topics = tuple(topic.id for topic in vocabulary.topics)
        self._social = frozenset(entity.id for entity in vocabulary.entities if entity.kind in SOCIAL)
        self._length = _Length(0, 0)
        self._full = False
        self._placed: dict[str, list[Ranked]] = defaultdict(list)       # by section, best first
        self._rank: dict[str, int] = {}                                 # story id → place
        self._by_publisher = Counter[str]()
        self.refused: dict[str, Reason] = {}                            # story id → why

    @property
    def reading_s(self) -> int:
        return self._length.seconds

    def sections(self) -> tuple[Section, ...]:
        names = dict.fromkeys((LEAD_SECTION, RULES_SECTION, OUTAGES_SECTION, *self._topics, OTHER_SECTION))
        return tuple(Section(topic=name, ranked=tuple(self._placed[name])) for name in names if self._placed[name])

    def publisher(self, one: Tagged) -> str:
        source = self._sources.get(one.sighting.entry.source_id)
        return source.name if source else one.sighting.entry.source_id

    def fill(self, news: Sequence[Ranked]) -> None:
        """Place the stories, best first.

        What the organisations say themselves comes before all else, at least by its title: only the leading stories may lose their teasers
        to it. Then the leading stories and their teasers, then the other titles, and teasers with the room that is left.
        """
        self._rank = {one.story.id: place for place, one in enumerate(news)}
        leads = [one for one in news if one.score >= LEAD_SCORE and _merit(one) >= LEAD_MERIT and not _sinks(one)][:LEADS]
        leading = {one.story.id for one in leads}
        official = sorted((one for one in news if _is_official(one)), key=lambda one: -self._weight(one))
        for one in official:
            self._place(one, LEAD_SECTION if one.story.id in leading else self._topic(one))
        for one in leads:
            if not _is_official(one):
                self._place(one, LEAD_SECTION)
        self._tease(leads, LEAD_CHARS)
        for one in news:
            if not _is_official(one) and one.story.id not in leading and not self._unwanted(one):
                self._place(one, self._topic(one))
        for section in tuple(self._placed):
            self._placed[section].sort(key=lambda one: self._rank[one.story.id])
        self._tease([one for one in news if one.story.id not in leading], SHORT_CHARS)

    def _place(self, one: Ranked, section: str) -> None:
        """Put the title on the page if there is room. Once something found none nothing further down the list does, short as it may be."""
        cost = self._cost(one.story, heading=not self._placed[section])
        self._full = self._full or (self._length + cost).seconds > self._minutes * 60
        if self._full:
            self.refused[one.story.id] = _reason("no-room", n=str(self._minutes))
            return
        self._length += cost
        self._placed[section].append(one)
        if not _is_official(one):
            self._by_publisher[one.story.lead.sighting.entry.source_id] += 1

    def _unwanted(self, one: Ranked) -> bool:
        """Refuse what is no news, and more of one publisher or of one subject than a reader wants."""
        lead, section = one.story.lead, self._topic(one)
        sinks = _sinks(one)
        if sinks and one.score < LOWEST_SUNK:
            why = min(sinks, key=lambda reason: reason.points)
        elif one.score < LOWEST_GATED and all(map(self._is_gated, one.story.members)):
            why = _reason("minor", one.score)
        elif self._by_publisher[lead.sighting.entry.source_id] >= (most := self._most_of(lead)):
            why = _reason("publisher-full", publisher=self.publisher(lead), n=str(most))
        elif len(self._placed[section]) >= MOST_IN_A_SECTION:
            why = _reason("section-full", n=str(MOST_IN_A_SECTION))
        else:
            return False
        self.refused[one.story.id] = why
        return True

    def _tease(self, stories: Sequence[Ranked], limit: int) -> None:
        """Give the placed ones among the stories their teasers, as long as there is room."""
        places = {one.story.id: (rows, place) for rows in self._placed.values() for place, one in enumerate(rows)}
        for one in stories:
            if (found := places.get(one.story.id)) and (said := teaser.of(one.story.lead.sighting.entry, limit)):
                cost = _Length(_words(said), 1)
                if (self._length + cost).seconds > self._minutes * 60:
                    return
                self._length += cost
                rows, place = found
                rows[place] = replace(one, teaser=said)

    def _cost(self, story: Story, *, heading: bool) -> _Length:
        publishers = dict.fromkeys(self.publisher(one) for one in story.members)
        words = _words(story.lead.sighting.entry.title) + sum(map(_words, publishers))
        return _Length(words, 1 + heading)

    def _topic(self, one: Ranked) -> str:
        if any(reason.name == RULES_CUE for reason in one.reasons) or self._is_of_a_page(one.story.lead):
            return RULES_SECTION
        if OUTAGES_SECTION in one.story.topics and any(reason.name in OUTAGE_CUES for reason in one.reasons):
            return OUTAGES_SECTION
        if (topic := next((topic for topic in one.story.topics if topic in self._topics), None)) is not None:
            return topic
        social = PLATFORMS_SECTION in self._topics and not self._social.isdisjoint(one.story.entities)
        return PLATFORMS_SECTION if social else OTHER_SECTION

    def _is_gated(self, one: Tagged) -> bool:
        source = self._sources.get(one.sighting.entry.source_id)
        return source is not None and source.gate

    def _most_of(self, one: Tagged) -> int:
        source = self._sources.get(one.sighting.entry.source_id)
        return MOST_OF_AN_AUTHORITY if source and source.weight >= AUTHORITY else MOST_OF_A_PUBLISHER

    def _is_of_a_page(self, one: Tagged) -> bool:
        """Whether it tells a change of a watched page: terms, a policy, a help page."""
        source = self._sources.get(one.sighting.entry.source_id)
        return source is not None and source.kind == "page" and not source.items

    def _weight(self, one: Ranked) -> int:
        source = self._sources.get(one.story.lead.sighting.entry.source_id)
        return source.weight if source else 1


def _is_official(one: Ranked) -> bool:
    return one.story.status in ("official", "in-force")


def _merit(one: Ranked) -> float:
    """What the story has of its own, whoever tells it."""
    return sum(reason.points for reason in one.reasons if reason.name not in SPEAKERS)


def _sinks(one: Ranked) -> list[Reason]:
    return [reason for reason in one.reasons if reason.points < 0]


def _words(said: str) -> int:
    return max(len(said.split()), len(said) // LETTERS_PER_WORD)
