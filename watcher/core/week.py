"""The closed digests of an ISO week → what a boss wants of it: what changed for our platforms, dates ahead, what broke, what it cost.

Nothing is weighed anew: stories, their order, their dates and their status are those of the digests, and so a week whose digests are
closed is the same for ever. Source: docs/decisions/0039-week.md
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from watcher.core.due import last_on
from watcher.model import Digest, Event, Outline, Ranked, Vocabulary

LEAD_SECTION = "lead"
OUTAGES_SECTION = "pannes"
BROKEN, RECOVERED = "outage", "recovered"           # reasons (data/cues.yaml)
TOLD_BEFORE = "told"                                # the one reason that sinks and says nothing of what is told
# What a story changes, by the reasons of its place; urgent ones come strongest first.
KINDS: Mapping[str, str] = {
    BROKEN: "outage", RECOVERED: "outage", "shutdown": "shutdown", "rules": "rule", "silent-change": "rule", "law": "law", "court": "law",
    "price": "price", "algorithm": "ranking", "api": "api", "breach": "breach", "launch": "feature"}
SOCIAL = ("reseau-social", "messagerie")            # kinds of entities …
TIER = 1                                            # … and their tier: the platforms of a week whose reader has named none
MOST_PLATFORMS = 6                                  # of these
# One page of paper: so many stories in all, so many of one platform, or of none.
MOST_LINES, MOST_OF_ONE = 10, 3
MOST_BROKEN, MOST_DATES = 4, 6
AHEAD = timedelta(days=30)
ELSEWHERE = ""                                      # stands for a platform: leading stories that name none of ours


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A story as the last digest of the week told it."""

    one: Ranked
    kind: str                                       # of KINDS or of a deadline; "" where nothing says which
    due: Event | None                               # the next dated change that it tells


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    platform: str                                   # id; ELSEWHERE
    lines: tuple[Line, ...]
    more: int                                       # stories for which there is no room


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """What the stories of the week tell of one service that was down."""

    service: str                                    # id of an entity; "" where none is named
    one: Ranked                                     # the story that tells it best
    down_at: datetime                               # when the first of them was first seen
    up_at: datetime | None                          # when the last that says it is over was; None where none says so


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Counts over the digests of the week; None where not every digest has counted it."""

    told: int                                       # stories, each once
    official: int                                   # of these
    ours: int                                       # of these: that name one of our platforms
    broken: int                                     # services
    recovered: int                                  # of these
    seen: int                                       # entries
    reading_s: int
    total_s: int                                    # that the digests cover
    covered_s: int | None
    longest_s: int | None
    reach_s: int | None                             # the shortest of its digests'
    runs: int | None
    asked: int | None
    failed: int | None
    wire_bytes: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    id: str                                         # ISO 8601: "2026-W47"
    digests: tuple[Digest, ...]                     # oldest first
    named: bool                                     # whether the reader has named the platforms
    ours: tuple[str, ...]
    groups: tuple[Group, ...]
    quiet: tuple[str, ...]                          # of ours: nothing was told of them
    broken: tuple[Outage, ...]                      # the first to fall first
    dates: tuple[Event, ...]                        # of the days after the last digest, soonest first
    dates_in_all: int
    tally: Tally

    @property
    def start_at(self) -> datetime:
        return self.digests[0].start_at

    @property
    def end_at(self) -> datetime:
        return self.digests[-1].end_at

    @property
    def last_on(self) -> date:
        return date.fromisoformat(self.digests[-1].id)


def of(digest_id: str) -> str:
    """The ISO 8601 week of a date: "2026-W47"."""
    year, week, _ = date.fromisoformat(digest_id).isocalendar()
    return f"{year}-W{week:02}"


def ahead_of(digests: Iterable[Digest | Outline]) -> dict[str, tuple[Event, ...]]:
    """Week → the dates that were ahead when its last digest closed, soonest first; as that digest or one before it left them."""
    known: dict[str, Event] = {}
    ahead = {}
    for week_id, closed in groupby(sorted(digests, key=lambda digest: digest.id), key=lambda digest: of(digest.id)):
        of_week = tuple(closed)
        known |= {event.uid: event for digest in of_week for event in digest.deadlines}
        on = date.fromisoformat(of_week[-1].id)
        known = {uid: event for uid, event in known.items() if last_on(event.deadline) >= on}
        ahead[week_id] = tuple(sorted((event for event in known.values() if not event.withdrawn),
                                      key=lambda event: (event.deadline.due_on, event.first_seen_at, event.uid)))
    return ahead


def compose(week_id: str, digests: Sequence[Digest], ahead: Sequence[Event], *, platforms: Sequence[str], vocabulary: Vocabulary,
            lines: int = MOST_LINES) -> Week:
    """The week of these digests, oldest first, with `lines` stories at most.

    `platforms` are those the reader runs; empty: those that the week told of.
    """
    on = date.fromisoformat(digests[-1].id)
    told = {one.story.id: (section.topic, one) for digest in digests for section in digest.sections for one in section.ranked}
    broken = {story_id for story_id, (section, one) in told.items() if _is_broken(section, one)}
    ours = tuple(platforms) or _told_of(told.values(), vocabulary)
    by_platform: dict[str, list[tuple[str, Ranked]]] = {platform: [] for platform in (*ours, ELSEWHERE)}
    for story_id, (section, one) in told.items():
        platform = next((platform for platform in ours if platform in one.story.entities), ELSEWHERE)
        if story_id not in broken and (platform != ELSEWHERE or section == LEAD_SECTION):
            by_platform[platform].append((section, one))
    outages = _outages([told[story_id] for story_id in sorted(broken)])
    near = [event for event in ahead if event.deadline.due_on <= on + AHEAD]
    touched = {platform for _, one in told.values() for platform in one.story.entities}
    return Week(
        id=week_id, digests=tuple(digests), named=bool(platforms), ours=ours, groups=tuple(_groups(by_platform, ahead, lines)),
        quiet=tuple(platform for platform in ours if platform not in touched),
        broken=outages[:MOST_BROKEN], dates=_nearest(near, ours), dates_in_all=len(near),
        tally=_tally(digests, [one for _, one in told.values()], ours, outages),
    )


def _is_broken(section: str, one: Ranked) -> bool:
    """Whether a story tells an outage, and no how-to or study of outages."""
    names = {reason.name for reason in one.reasons}
    return (section == OUTAGES_SECTION or not names.isdisjoint((BROKEN, RECOVERED))) and all(
        reason.points >= 0 or reason.name == TOLD_BEFORE for reason in one.reasons)


def _outages(told: Iterable[tuple[str, Ranked]]) -> tuple[Outage, ...]:
    """One a service: several tell the same outage, and another one that it is over."""
    services: dict[str, list[tuple[str, Ranked]]] = {}
    for section, one in told:
        named = (*one.story.lead.tags.entities, *one.story.entities)
        services.setdefault(named[0] if named else one.story.id, []).append((section, one))
    outages = []
    for service, stories in services.items():
        over = [one.story.first_seen_at for _, one in stories if any(reason.name == RECOVERED for reason in one.reasons)]
        best = min(stories, key=_first)[1]
        outages.append(Outage(service=service if service in best.story.entities else "", one=best, up_at=max(over, default=None),
                              down_at=min(one.story.first_seen_at for _, one in stories)))
    return tuple(sorted(outages, key=lambda outage: (outage.down_at, outage.one.story.id)))


def _told_of(told: Iterable[tuple[str, Ranked]], vocabulary: Vocabulary) -> tuple[str, ...]:
    """The platforms of which most is told, by what leads or is official; in a week without either, by anything."""
    social = {entity.id for entity in vocabulary.entities if entity.kind in SOCIAL and entity.tier == TIER}
    named = [(section == LEAD_SECTION or _is_official(one), social.intersection(one.story.entities)) for section, one in told]
    counts = Counter(platform for grave, platforms in named if grave for platform in platforms) or Counter(
        platform for _, platforms in named for platform in platforms)
    return tuple(sorted(counts, key=lambda platform: (-counts[platform], platform))[:MOST_PLATFORMS])


def _groups(by_platform: Mapping[str, list[tuple[str, Ranked]]], ahead: Sequence[Event], most: int) -> Iterator[Group]:
    """Room is shared in rounds: the first story of each platform and of elsewhere, then the second ones."""
    ordered = {platform: [one for _, one in sorted(stories, key=_first)] for platform, stories in by_platform.items() if stories}
    room = dict.fromkeys(ordered, 0)
    for platform in [platform for number in range(MOST_OF_ONE) for platform in ordered if len(ordered[platform]) > number][:most]:
        room[platform] += 1
    for platform, stories in ordered.items():
        yield Group(platform=platform, lines=tuple(_line(one, ahead) for one in stories[:room[platform]]),
                    more=len(stories) - room[platform])


def _first(told: tuple[str, Ranked]) -> tuple[bool, bool, float, str]:
    section, one = told
    return section != LEAD_SECTION, not _is_official(one), -one.score, one.story.id


def _line(one: Ranked, ahead: Sequence[Event]) -> Line:
    keys = {member.sighting.key for member in one.story.members}
    due = next((event for event in ahead if any(key in keys for key, _ in event.told)), None)
    kind = next((KINDS[reason.name] for reason in one.reasons if reason.name in KINDS), due.deadline.kind if due else "")
    return Line(one=one, kind=kind, due=due)


def _nearest(near: Sequence[Event], ours: Sequence[str]) -> tuple[Event, ...]:
    """Those about our platforms before others, then told in the order of their days."""
    chosen = sorted(near, key=lambda event: set(event.entities).isdisjoint(ours))[:MOST_DATES]
    return tuple(event for event in near if event in chosen)


def _tally(digests: Sequence[Digest], told: Sequence[Ranked], ours: Sequence[str], outages: Sequence[Outage]) -> Tally:
    efforts = [digest.effort for digest in digests if digest.effort]
    counted = len(efforts) == len(digests)

    def summed(counts: Sequence[int | None]) -> int | None:
        return sum(count or 0 for count in counts) if counted and None not in counts else None
    reaches = [effort.reach_s for effort in efforts]
    return Tally(
        told=len(told), official=sum(map(_is_official, told)), broken=len(outages),
        ours=sum(not set(ours).isdisjoint(one.story.entities) for one in told),
        recovered=sum(outage.up_at is not None for outage in outages),
        seen=sum(digest.seen for digest in digests), reading_s=sum(digest.reading_s for digest in digests),
        total_s=sum(int((digest.end_at - digest.start_at).total_seconds()) for digest in digests),
        covered_s=summed([effort.covered_s for effort in efforts]),
        longest_s=max(effort.longest_s for effort in efforts) if counted else None,
        reach_s=min((reach for reach in reaches if reach is not None), default=None) if counted and None not in reaches else None,
        runs=summed([effort.runs for effort in efforts]), asked=summed([effort.asked for effort in efforts]),
        failed=summed([effort.failed for effort in efforts]), wire_bytes=summed([effort.wire_bytes for effort in efforts]),
    )


def _is_official(one: Ranked) -> bool:
    return one.story.status in ("official", "in-force")
