"""`collect`, `digests`, `publication`: which room comes next. The only place that knows both wings.

collect:  sources + validators → fetch ⇉ parse | pagetext → look → changes → store     the only step that touches the network
build:    store → topics → stories → ladder → rank → digest → pages + feeds
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import holidays

from watcher import __version__, look
from watcher.core import (
    agenda,
    calendar,
    changes,
    deadlines,
    digest,
    feeds,
    health,
    ladder,
    lead,
    overrides,
    pages,
    rank,
    search,
    stories,
    text,
    topics,
)
from watcher.core.agenda import Reading
from watcher.core.changes import Prepared
from watcher.core.language import Speech
from watcher.edge import catalogs, config, fetch
from watcher.edge.store import Figures, Store
from watcher.edge.worker import Lost, Pool
from watcher.embedder import Embedder, Learned
from watcher.look import Look
from watcher.model import (
    Changes,
    Config,
    Decided,
    Digest,
    Event,
    Failed,
    Fetched,
    NotModified,
    Override,
    Page,
    PageText,
    Period,
    Publication,
    Ranked,
    Request,
    RunNote,
    Sighting,
    SiteFile,
    SiteSettings,
    Source,
    SourceHealth,
    SourceState,
    Story,
    Tagged,
)
from watcher.reader import Read

STORE_FOLDER = ".watcher"
# A story is told within three days or it is another story; docs/decisions/0012-duplicates.md
STORY_WINDOW = timedelta(days=3)
# What topic, platform and source pages look back on.
PAGES_WINDOW = timedelta(days=30)
# A digest that ends further ahead than this was made by a clock that was wrong.
CLOCK_AHEAD = timedelta(days=1)
# What digests told in the last week is no news by being told again.
FRESH_FOR = timedelta(days=7)
# Digests looked at for the last one, and for what was told lately: more than a wrong clock or a story's window can leave.
LATEST = 16
# Answers written to the store at once: a kill loses at most this many, and they are asked again.
ANSWERS_A_BATCH = 64

log = logging.getLogger("watcher")


# ---------------------------------------------------------------------------------------------------- collect


@dataclass(slots=True)
class Collected:
    """What one collection did. `announced` are the keys of entries that are news; `failed` says what went wrong, source by source."""

    started_at: datetime
    due: int = 0
    skipped: int = 0                                # not due yet: they asked to be left alone
    done: int = 0
    unchanged: int = 0
    failed: list[Failed] = field(default_factory=list)
    announced: list[str] = field(default_factory=list)
    fresh: dict[str, int] = field(default_factory=dict)     # source id → entries that are news

    @property
    def nothing(self) -> bool:
        """Whether not a single source that was asked gave an answer."""
        return self.due > 0 and len(self.failed) == self.due

    def note(self, ended_at: datetime) -> RunNote:
        return RunNote(started_at=self.started_at, ended_at=ended_at, asked=self.due, unchanged=self.unchanged,
                       failed=len(self.failed), new=len(self.announced))


Heard = Callable[[Source, Collected], None]


def collect(settings: Config, store: Store, *, clock: Callable[[], datetime], agent: str,
            heard: Heard = lambda source, collected: None) -> Collected:
    """Ask every source that is due, and remember what is new. `heard` is told of each source that is done.

    One broken source is one `Failed`: its entries and its validators stay as they were.
    """
    now = clock()
    collected = Collected(started_at=now)
    states = store.states()
    sources: dict[str, Source] = {}
    begun: dict[str, SourceState] = {}
    requests = []
    for source in settings.sources:
        state = health.of_address(states.get(source.id) or SourceState(source_id=source.id), text.digest(source.url))
        if not health.due(state, now):
            collected.skipped += 1
            continue
        sources[source.id], begun[source.id] = source, state
        requests.append(Request(source_id=source.id, url=state.permanent_url or source.url, validators=state.validators,
                                headers=source.headers))
    collected.due = len(requests)
    recorder = _Recorder(settings, store, sources, begun, collected, heard)
    with Pool[Fetched, Read]("watcher.reader:read", limit_s=settings.limits.parse_s) as pool:
        answers = fetch.all(requests, limits=settings.limits, allow=settings.allow, agent=agent, clock=clock)
        for fetched, result in pool.results(recorder.readable(answers)):
            if isinstance(result, Lost):
                why = "reading the document took too long" if result.why == "timeout" else "the reader of the document broke down on it"
                result = Failed(source_id=fetched.source_id, step="parse", reason=why, failed_at=fetched.fetched_at)
            recorder.read(fetched, result)
    recorder.flush()
    store.note(collected.note(clock()))
    return collected


class _Recorder:
    """Takes answers and what was read in them, and writes them to the store, some at a time."""

    def __init__(self, settings: Config, store: Store, sources: Mapping[str, Source], states: Mapping[str, SourceState],
                 collected: Collected, heard: Heard) -> None:
        self._settings, self._store, self._sources, self._states = settings, store, sources, states
        self._collected, self._heard = collected, heard
        self._speech = speech(settings.site)
        # What is seen now belongs to no digest that is closed already, whatever the clock says.
        self._earliest_at = max((closed.end_at for closed in _closed(store, collected.started_at, LATEST)), default=None)
        self._waiting: list[Callable[[], None]] = []

    def readable(self, answers: Iterable[Fetched | NotModified | Failed]) -> Iterator[tuple[Fetched, Mapping[str, object]]]:
        """The answers with a document to read; the others are dealt with at once."""
        for answer in answers:
            source = self._sources[answer.source_id]
            if source.feed_url is None and not isinstance(answer, Failed):
                # Where a secret address moves to usually holds the secret, too, and no secret is ever stored.
                answer = replace(answer, permanent_url=None)
            if isinstance(answer, Fetched):
                yield answer, {"source": source, "limits": self._settings.limits}
            elif isinstance(answer, NotModified):
                self._unchanged(answer)
            else:
                self._failed(answer)

    def read(self, fetched: Fetched, document: Read) -> None:
        if isinstance(document, Failed):
            self._failed(document)
        elif isinstance(document, PageText):
            self._page(fetched, document)
        else:
            feed, entries = document
            self._entries(fetched, entries, ttl_s=feed.ttl_s, title=feed.title)

    def flush(self) -> None:
        with self._store.batch():
            for write in self._waiting:
                write()
        self._waiting.clear()

    def _done(self, source_id: str, write: Callable[[], None]) -> None:
        self._collected.done += 1
        self._waiting.append(write)
        if len(self._waiting) >= ANSWERS_A_BATCH:
            self.flush()
        self._heard(self._sources[source_id], self._collected)

    def _failed(self, failed: Failed, seen: Look | None = None) -> None:
        # A new address that fails is forgotten: the configured one is asked next.
        state = replace(health.after_failure(self._states[failed.source_id], failed, limits=self._settings.limits), permanent_url=None)
        self._collected.failed.append(failed)
        log.info("source=%s status=%s reason=%s", failed.source_id, failed.step, failed.reason)
        self._done(failed.source_id, lambda: self._record(state, None, seen))

    def _unchanged(self, answer: NotModified) -> None:
        before = self._states[answer.source_id]
        state = health.after_success(before, answer, limits=self._settings.limits)
        if before.failure is not None and before.failure.step == "quarantine":
            state = replace(state, failure=before.failure, failing_since_at=before.failing_since_at)
        self._collected.unchanged += 1
        self._done(answer.source_id, lambda: self._record(state, None, Look(kind="same")))

    def _page(self, fetched: Fetched, text: PageText) -> None:
        source = self._sources[fetched.source_id]
        seen = look.at(source, replace(text, source_id=source.id, seen_at=fetched.fetched_at), self._store.shelf,
                       last_success_at=self._states[source.id].last_success_at, speech=self._speech, limits=self._settings.limits)
        log.info("source=%s page=%s", source.id, seen.kind)
        if seen.failed is not None:
            self._failed(seen.failed, seen)
        else:
            self._entries(fetched, changes.prepare(seen.entries, by_id=True), title=text.title, seen=seen)

    def _entries(self, fetched: Fetched, entries: Prepared, *, ttl_s: int | None = None, title: str = "",
                 seen: Look | None = None) -> None:
        before = self._states[fetched.source_id]
        seen_at = max(fetched.fetched_at, self._earliest_at or fetched.fetched_at)
        found = changes.compare(
            entries, self._store.known(fetched.source_id, entries.lookups),
            first_look=before.first_success_at is None and seen is None, last_success_at=before.last_success_at,
            seen_at=seen_at,
        )
        news = [sighting.key for sighting in found.new if not sighting.backlog]
        state = health.after_success(before, fetched, limits=self._settings.limits, ttl_s=ttl_s, title=title, entries=len(entries.units),
                                     new=len(news))
        if found.quarantined:
            state = replace(state, failing_since_at=fetched.fetched_at, failure=Failed(
                source_id=fetched.source_id, step="quarantine", failed_at=fetched.fetched_at,
                reason=f"all of its {len(found.new)} entries turned new at once: they are kept, but not announced"))
        self._collected.announced.extend(news)
        if news:
            self._collected.fresh[fetched.source_id] = len(news)
        log.info("source=%s status=%s new=%s revised=%s", fetched.source_id, fetched.status, len(news), len(found.revised))
        # Written one after the other: two entries of one document that are one entry are found by what was recorded before.
        self._done(fetched.source_id, lambda: self._record(state, found, seen))

    def _record(self, state: SourceState, found: Changes | None, seen: Look | None) -> None:
        self._store.record(state, found)
        if seen is not None:
            seen.remember(self._store.shelf, state.source_id, (sighting.key for sighting in found.new) if found else ())


# ---------------------------------------------------------------------------------------------------- build


class Editor:
    """Makes digests and publications out of a store: tags, groups, climbs, ranks, composes, in that order."""

    def __init__(self, settings: Config, store: Store) -> None:
        self._settings, self._store = settings, store
        self._sources = {source.id: source for source in settings.sources}
        self._tagger = topics.Tagger(settings.vocabulary, settings.rules)
        self._cues = catalogs.cues()
        self._embedder = Embedder(store.folder)
        self._reader = deadlines.reader(catalogs.deadline_words())
        self._readings: dict[str, tuple[Reading, ...]] = {}
        self._tags: dict[str, Tagged] = {}              # a sighting is in several windows, and its tags are the same in each

    def learn(self, now: datetime) -> Learned:
        """Work out what the entries mean that stories are made of now; to be called before a digest is closed, by whoever may write."""
        last = next(iter(_closed(self._store, now, LATEST)), None)
        since = min(now - PAGES_WINDOW, *([last.end_at - STORY_WINDOW] if last else []), now)
        return self._embedder.learn(one.sighting for one in digest.eligible(self._tagged(since, now + timedelta(days=1))))

    def close_due(self, now: datetime) -> Digest | None:
        """Compose and store the digest that is due, if one is. A closed digest is never touched again."""
        last = next(iter(_closed(self._store, now, LATEST)), None)
        site = self._settings.site
        oldest = self._store.oldest_at()
        if oldest is None:
            return None
        period = calendar.due(self._settings.digest, site.timezone, last, now, self._holidays(last, now), first_seen_at=oldest)
        if period is None:
            return None
        before = agenda.known(_closed(self._store, now))
        recent = self._tagged(now - PAGES_WINDOW, now + timedelta(days=1))
        events = self._events(before, recent, self._stories(recent), period.end_at)
        closed = replace(self._compose(period, as_of=now), deadlines=agenda.of_digest(events, before, date.fromisoformat(period.id)))
        self._store.close(closed)
        return closed

    def find(self, said: str) -> tuple[Tagged, ...]:
        """The entries that a person means by a key, an id or an address in any spelling, of sources that are still listed."""
        found = (self._store.sighting(key) for key in self._store.find(said, changes.names(said)))
        return tuple(self._tag(sighting) for sighting in found if sighting is not None and sighting.entry.source_id in self._sources)

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
        closed = _closed(store, now)
        last = closed[0] if closed else None
        recent = self._tagged(now - PAGES_WINDOW, now + timedelta(days=1))
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
            digests=closed, updated_at=updated_at or datetime(1970, 1, 1, tzinfo=UTC), stories=told, latest=latest,
            health=reports, by_source=self._by_source(), last_run=store.last_run(), limits=settings.limits, version=__version__,
            redlines=store.shelf.redlines(),
            next_digest_at=calendar.next(settings.digest, settings.site.timezone, last, now, self._holidays(last, now)),
            leads=lead.measure(told, sources=self._sources, untrusted=liars), deadlines=events,
        )

    def status(self, publication: Publication) -> dict[str, Any]:
        """How the watch does, as JSON values: what `status.json` and the site's `health.json` hold."""
        return health.document(publication.health, as_of=publication.as_of, next_digest_at=publication.next_digest_at,
                               timezone=publication.site.timezone, runs=self._store.runs())

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
        grouped = stories.group(eligible, sources=self._sources, timezone=self._settings.site.timezone,
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
        if sighting.key not in self._tags:
            self._tags[sighting.key] = Tagged(sighting=sighting, tags=self._tagger.tags(sighting, self._sources[sighting.entry.source_id]))
        return self._tags[sighting.key]

    def _by_source(self) -> dict[str, tuple[Tagged, ...]]:
        most = self._settings.limits.feed_entries
        return {source_id: tuple(map(self._tag, self._store.newest(source_id, most))) for source_id in self._sources}

    def _health(self, now: datetime) -> tuple[SourceHealth, ...]:
        states, figures = self._store.states(), self._store.figures_all()
        nothing = Figures()
        return tuple(
            health.report(
                source, states.get(source.id) or SourceState(source_id=source.id), sightings=known.sightings,
                last_entry_at=known.last_entry_at, delays_s=known.delays_s, gaps=known.gaps, undated=known.undated, as_of=now,
            )
            for source in self._settings.sources for known in (figures.get(source.id, nothing),)
        )

    def _holidays(self, last: Digest | None, now: datetime) -> frozenset[date]:
        if self._settings.digest.holidays is None:
            return frozenset()
        country, _, region = self._settings.digest.holidays.partition("-")
        first = last.end_at.year if last else now.year
        return frozenset(holidays.country_holidays(country, subdiv=region or None, years=range(first, now.year + 2)))


def _closed(store: Store, now: datetime, most: int | None = None) -> tuple[Digest, ...]:
    """The digests that are closed, newest first; not those of days to come, which a run by a wrong clock left behind."""
    return tuple(made for made in store.digests(most) if made.end_at <= now + CLOCK_AHEAD)


def publication_of(path: Path, environ: Mapping[str, str], now: datetime) -> Publication:
    """The publication of the store beside a `sources.yaml`, without network and without writing. Raises ConfigError, StoreError."""
    settings = config.load(path, environ)
    with Store.open(path.parent / STORE_FOLDER, read_only=True) as store:
        return Editor(settings, store).publication(now)


def speech(site: SiteSettings) -> Speech:
    """The site's language, in its time zone."""
    return Speech(catalogs.catalog(site.language), site.timezone)


def pages_of(publication: Publication, speech: Speech) -> tuple[Page, ...]:
    return pages.make(publication, speech)


def files_of(publication: Publication, speech: Speech) -> tuple[SiteFile, ...]:
    return (*feeds.make(publication, speech), *search.make(publication, speech, catalogs.stemming()))
