"""build: store → topics → stories → ladder → rank → digest → publication, all that the site is a function of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import holidays

from watcher import __version__
from watcher.core import (
    agenda,
    alerts,
    calendar,
    changes,
    deadlines,
    digest,
    effort,
    health,
    ladder,
    lead,
    outlines,
    overrides,
    rank,
    stories,
    text,
    topics,
    week,
)
from watcher.core.agenda import Reading
from watcher.core.week import Week
from watcher.edge import catalogs, frequencies, vectors
from watcher.edge.store import LATEST, Figures, Store
from watcher.embedder import Embedder, Learned
from watcher.model import (
    Config,
    Cue,
    Decided,
    Digest,
    Event,
    Outline,
    Override,
    Period,
    Publication,
    Ranked,
    Sighting,
    SourceHealth,
    SourceState,
    Story,
    Tagged,
)

# A story is told within three days or it is another story; docs/decisions/0012-duplicates.md
STORY_WINDOW = timedelta(days=3)
# What topic, platform and source pages look back on.
PAGES_WINDOW = timedelta(days=30)
# What may still have to be told to a channel that is closed for a week.
NEWS_WINDOW = timedelta(days=10)
# What digests told in the last week is no news by being told again.
FRESH_FOR = timedelta(days=7)


class Editor:
    """Makes digests and publications out of a store: tags, groups, climbs, ranks, composes, in that order."""

    def __init__(self, settings: Config, store: Store) -> None:
        # What is read for the watched names alone is nobody's news: no page, feed, figure or digest knows of it.
        self._settings, self._store = replace(settings, sources=tuple(one for one in settings.sources if not one.mentions)), store
        self._sources = {source.id: source for source in self._settings.sources}
        self._readings: dict[str, tuple[Reading, ...]] = {}
        self._outlines: tuple[Outline, ...] | None = None
        self._reported: tuple[datetime, tuple[SourceHealth, ...]] | None = None
        self._tags: dict[str, Tagged] = {}              # a sighting is in several windows, and its tags are the same in each

    # Each is made when it is first needed: where nothing changed, none is.

    @cached_property
    def _tagger(self) -> topics.Tagger:
        return topics.Tagger(self._settings.vocabulary, self._settings.rules)

    @cached_property
    def _cues(self) -> tuple[Cue, ...]:
        return catalogs.cues()

    @cached_property
    def _embedder(self) -> Embedder:
        return Embedder(self._store.folder)

    @cached_property
    def _reader(self) -> deadlines.Reader:
        return deadlines.reader(catalogs.deadline_words())

    def resume(self, store: Store) -> Editor:
        """Go on with the store opened anew; what was worked out of entries that are as they were holds."""
        self._store, self._outlines, self._reported = store, None, None
        return self

    def state(self, now: datetime) -> str:
        """Stands for all that a publication is made of: while it stays the same so does the site, and nothing needs to be learnt. Cheap.

        "" where a digest is due, which changes everything.
        """
        oldest = self._store.oldest_at()
        if oldest is not None and self._due(now, oldest) is not None:
            return ""
        archive, closed = self._store.archive, self._closed(now)
        tomorrow = now + timedelta(days=1)
        return text.digest(repr((
            self._settings, archive.mark, self._since(now), archive.beyond(tomorrow), [outline.id for outline in closed[:1]],
            vectors.mark(self._store.folder), list(map(health.lasting, self._health(now))), [decided for _, decided in self.decided()],
            self._next_at(now),
        )))

    def learn(self, now: datetime, *, most: int | None = None) -> Learned:
        """Work out what the entries mean that stories are made of now, `most` of them; before a digest is closed, by whoever may write."""
        last = self._last(now)
        since = min(self._since(now), *([last.end_at - STORY_WINDOW] if last else []), now)
        return self._embedder.learn((one.sighting for one in digest.eligible(self._tagged(since, now + timedelta(days=1)))), most=most)

    def close_due(self, now: datetime) -> Digest | None:
        """Compose and store the digest that is due, if one is. A closed digest is never touched again."""
        oldest = self._store.oldest_at()
        period = self._due(now, oldest) if oldest else None
        if period is None:
            return None
        closed = replace(self._told_of(period, now), effort=effort.measure(period, self._store.runs(), reach_s=self._reach_s()))
        self._store.close(closed)
        self._outlines = None
        return closed

    def draft(self, now: datetime) -> Digest | None:
        """The digest that would close now, due or not; nothing is kept. None before any run."""
        oldest = self._store.oldest_at()
        if oldest is None:
            return None
        last = self._last(now)
        period = self._due(now, oldest) or calendar.since(self._settings.site.timezone, last, now, first_seen_at=oldest)
        return self._told_of(period, now)

    def _due(self, now: datetime, oldest: datetime) -> Period | None:
        last = self._last(now)
        return calendar.due(self._settings.digest, self._settings.site.timezone, last, now, self._holidays(last, now), first_seen_at=oldest)

    def _told_of(self, period: Period, now: datetime) -> Digest:
        """The digest of a period, with its dates."""
        before = agenda.known(self._closed(now))
        recent = self._tagged(self._since(now), now + timedelta(days=1))
        events = self._events(before, recent, self._stories(recent), period.end_at)
        return replace(self._compose(period, as_of=now), deadlines=agenda.of_digest(events, before, date.fromisoformat(period.id)))

    def news(self, now: datetime) -> tuple[Ranked, ...]:
        """The stories that something came to in the last days, best first, as the pages of topics and platforms have them."""
        ranked = self._ranked(self._tagged(self._since(now), now + timedelta(days=1)), told=(), as_of=now)
        return tuple(one for one in ranked if any(member.sighting.first_seen_at > now - NEWS_WINDOW for member in one.story.members))

    def weeks(self, now: datetime) -> tuple[Week, ...]:
        """The weeks that closed in the last days, oldest first: no digest of theirs is to come."""
        outlined, settings = self._closed(now), self._settings
        upcoming = calendar.next(settings.digest, settings.site.timezone, self._last(now), now, self._holidays(self._last(now), now))
        open = week.of(upcoming.astimezone(ZoneInfo(settings.site.timezone)).date().isoformat()) if upcoming else ""
        lately = {week.of(one.id) for one in outlined if one.as_of > now - NEWS_WINDOW} - {open}
        known = week.ahead_of(outlined)
        return tuple(
            week.compose(id, self._store.archive.digests([one.id for one in reversed(outlined) if week.of(one.id) == id]), known[id],
                         platforms=settings.site.platforms, vocabulary=settings.vocabulary) for id in sorted(lately))

    def days_off(self, now: datetime) -> frozenset[date]:
        """The public holidays of these weeks, where there are any."""
        return self._holidays(None, now - NEWS_WINDOW)

    def find(self, said: str) -> tuple[Tagged, ...]:
        """The entries that a person means by a key, an id or an address in any spelling, of sources that are still listed."""
        found = (self._store.sighting(key) for key in self._store.find(said, changes.names(said)))
        return tuple(self._tag(sighting) for sighting in found if sighting is not None and sighting.entry.source_id in self._sources)

    def strangers(self, said: str) -> tuple[Sighting, ...]:
        """The same of sources that have left the list."""
        found = (self._store.sighting(key) for key in self._store.find(said, changes.names(said)))
        return tuple(sighting for sighting in found if sighting is not None and sighting.entry.source_id not in self._sources)

    def decided(self) -> tuple[tuple[Override, Decided], ...]:
        """What was decided by hand, each with the entries that it is about, by what the store knows them by."""
        made = []
        for override in self._settings.overrides:
            said = tuple(map(overrides.meant, override.names))
            keys = tuple(self._store.find(name, changes.names(name)) for name in said)
            made.append((override, Decided(kind=override.kind, keys=keys)))
        return tuple(made)

    def publication(self, now: datetime) -> Publication:
        """All that the site is a function of, as the store is now."""
        settings, store = self._settings, self._store
        closed = self._closed(now)
        last = self._last(now)
        recent = self._tagged(self._since(now), now + timedelta(days=1))
        updated_at = max([*(item.sighting.changed_at or item.sighting.first_seen_at for item in recent),
                          *(made.as_of for made in closed[:1])], default=None)
        told, latest = self._stories(recent), None
        before = agenda.known(closed)
        events: tuple[Event, ...] = ()
        if updated_at is not None:
            period = calendar.since(settings.site.timezone, last, updated_at, first_seen_at=store.oldest_at())
            on = updated_at.astimezone(ZoneInfo(settings.site.timezone)).date()
            events = agenda.shown(self._events(before, recent, told, None), on)
            latest = replace(self._compose(period, as_of=updated_at), deadlines=agenda.of_digest(events, before, on))
        reports = self._health(now)
        liars = frozenset(report.source.id for report in reports if report.verdict == "dates")
        return Publication(
            site=settings.site, digest=settings.digest, sources=settings.sources, vocabulary=settings.vocabulary, as_of=now,
            digests=store.archive.digests([outline.id for outline in closed]), outlines=closed,
            updated_at=updated_at or datetime(1970, 1, 1, tzinfo=UTC), stories=told, latest=latest,
            health=reports, by_source=self._by_source(), last_run=store.last_run(), limits=settings.limits, version=__version__,
            redlines=store.shelf.redlines(),
            next_digest_at=self._next_at(now),
            leads=lead.measure(told, sources=self._sources, untrusted=liars), deadlines=events,
        )

    def status(self, now: datetime) -> dict[str, Any]:
        """How the watch does, as JSON values: what `status.json` and the site's `health.json` hold. Channels are counted, not named."""
        document = health.document(self._health(now), as_of=now, next_digest_at=self._next_at(now),
                                   timezone=self._settings.site.timezone, runs=self._store.runs())
        return {**document, "channels": {"all": len(self._settings.alerts), "failing": len(self.failing())}}

    def _compose(self, period: Period, *, as_of: datetime) -> Digest:
        told = self._told(period.start_at)
        seen = self._tagged(period.start_at - STORY_WINDOW, period.end_at)
        own = tuple(item for item in seen if item.sighting.first_seen_at >= period.start_at)
        keys = {item.sighting.key for item in own}
        lately = [made for made in self._store.digests(LATEST) if period.start_at - FRESH_FOR < made.end_at <= period.start_at]
        ranked = [one for one in self._ranked(seen, told=lately, as_of=as_of)
                  if any(member.sighting.key in keys for member in one.story.members)]
        return digest.compose(period, as_of=as_of, tagged=own, ranked=ranked, told=told, settings=self._settings.digest,
                              vocabulary=self._settings.vocabulary, sources=self._sources)

    def _ranked(self, tagged: Iterable[Tagged], *, told: Iterable[Digest], as_of: datetime) -> tuple[Ranked, ...]:
        on, seen = as_of.astimezone(ZoneInfo(self._settings.site.timezone)).date(), tuple(tagged)
        due = agenda.binding((reading for one in seen for reading in self._read(one)), on)
        return rank.order(self._grouped(seen), sources=self._sources, cues=self._cues, vocabulary=self._settings.vocabulary, told=told,
                          due=due, on=on)

    def _grouped(self, tagged: Iterable[Tagged]) -> tuple[Story, ...]:
        eligible = digest.eligible(tuple(tagged))
        grouped = stories.group(eligible, sources=self._sources, timezone=self._settings.site.timezone, frequencies=frequencies.load(),
                                decided=[decided for _, decided in self.decided()],
                                vectors=self._embedder.vectors(one.sighting for one in eligible))
        return ladder.climb(grouped, sources=self._sources, cues=self._cues)

    def _stories(self, tagged: Iterable[Tagged]) -> tuple[Story, ...]:
        return tuple(sorted(self._grouped(tagged), key=lambda story: (story.first_seen_at, story.id), reverse=True))

    def _events(self, before: Mapping[str, Event], recent: Iterable[Tagged], told: Iterable[Story],
                until: datetime | None) -> tuple[Event, ...]:
        """The events as closed digests left them, and what the entries of these days tell; `until`: but nothing that was seen later."""
        readings = [reading for one in recent for reading in self._read(one) if until is None or reading.seen_at < until]
        return agenda.follow(before, readings, {one.sighting.key: story.id for story in told for one in story.members})

    def _read(self, one: Tagged) -> tuple[Reading, ...]:
        key, source = one.sighting.key, self._sources[one.sighting.entry.source_id]
        if key not in self._readings:
            self._readings[key] = agenda.read(one, self._reader, source, timezone=self._settings.site.timezone)
        return self._readings[key]

    def _told(self, start_at: datetime) -> dict[str, str]:
        """Key of a sighting → the digest that told it, for every digest whose stories may still go on."""
        told: dict[str, str] = {}
        for made in self._store.digests(LATEST):
            if made.end_at < start_at - STORY_WINDOW:
                break
            for ranked in made.shown:
                told.update((member.sighting.key, made.id) for member in ranked.story.members)
            told.update((left.key, made.id) for left in made.left_out if left.story_id is not None)
        return told

    def _tagged(self, start_at: datetime, end_at: datetime) -> tuple[Tagged, ...]:
        return tuple(map(self._tag, (sighting for sighting in self._store.sightings(start_at, end_at)
                                     if sighting.entry.source_id in self._sources)))

    def _tag(self, sighting: Sighting) -> Tagged:
        known = self._tags.get(sighting.key)
        if known is None or known.sighting != sighting:
            self._readings.pop(sighting.key, None)
            self._tags[sighting.key] = Tagged(sighting=sighting, tags=self._tagger.tags(sighting, self._sources[sighting.entry.source_id]))
        return self._tags[sighting.key]

    def _by_source(self) -> dict[str, tuple[Tagged, ...]]:
        most = self._settings.limits.feed_entries
        return {source_id: tuple(map(self._tag, self._store.newest(source_id, most))) for source_id in self._sources}

    def _health(self, now: datetime) -> tuple[SourceHealth, ...]:
        if self._reported is None or self._reported[0] != now:
            self._reported = (now, self._reports(now))
        return self._reported[1]

    def _reports(self, now: datetime) -> tuple[SourceHealth, ...]:
        states, figures = self._store.states(), self._store.figures_all()
        nothing = Figures()
        return tuple(
            health.report(
                source, states.get(source.id) or SourceState(source_id=source.id), sightings=known.sightings,
                last_entry_at=known.last_entry_at, delays_s=known.delays_s, gaps=known.gaps, undated=known.undated, as_of=now,
            )
            for source in self._settings.sources for known in (figures.get(source.id, nothing),)
        )

    def _reach_s(self) -> int | None:
        states, figures = self._store.states(), self._store.figures_all()
        return effort.reach_s((source, states[source.id].entries, figures[source.id].gaps) for source in self._settings.sources
                              if source.id in states and source.id in figures)

    def _holidays(self, last: Digest | None, now: datetime) -> frozenset[date]:
        if self._settings.digest.holidays is None:
            return frozenset()
        country, _, region = self._settings.digest.holidays.partition("-")
        first = last.end_at.year if last else now.year
        return frozenset(holidays.country_holidays(country, subdiv=region or None, years=range(first, now.year + 2)))

    def _since(self, now: datetime) -> datetime:
        """What pages look back to: the beginning of a day, so that an hour that brings nothing takes nothing away."""
        zone = ZoneInfo(self._settings.site.timezone)
        return datetime.combine((now - PAGES_WINDOW).astimezone(zone).date(), time(), zone).astimezone(UTC)

    def _next_at(self, now: datetime) -> datetime | None:
        last = self._last(now)
        return calendar.next(self._settings.digest, self._settings.site.timezone, last, now, self._holidays(last, now))

    def _last(self, now: datetime) -> Digest | None:
        closed = self._closed(now)
        return self._store.archive.digest(closed[0].id) if closed else None

    def _closed(self, now: datetime) -> tuple[Outline, ...]:
        """The closed digests there are to believe, newest first."""
        if self._outlines is None:
            self._outlines = self._outlined()
        until = calendar.plausible(now)
        return tuple(outline for outline in self._outlines if outline.end_at <= until)

    def _outlined(self) -> tuple[Outline, ...]:
        """Of every closed digest; what lacks one is read, and, where the store may be written, never again."""
        archive = self._store.archive
        made = [outlines.make(digest, hash=hash) for digest, hash in archive.without(outlines.RECIPE)]
        if archive.writable:
            with self._store.batch():
                for outline in made:
                    archive.keep(outline, outlines.RECIPE)
        return tuple(sorted((*archive.outlines(outlines.RECIPE), *([] if archive.writable else made)),
                            key=lambda outline: outline.id, reverse=True))

    def failing(self) -> dict[str, dict[str, Any]]:
        """The channels that do not take their messages, by name: since when, and why. For the one who runs the watch alone."""
        known = self._store.outbox.channels()
        states = {alert.name: known.get(alerts.mark(alert.id)) for alert in self._settings.alerts}
        return {name: {"since": state.failing_since_at.isoformat(), "reason": state.reason}
                for name, state in states.items() if state is not None and state.failing_since_at is not None}
