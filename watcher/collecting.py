"""collect: sources + validators → fetch ⇉ parse | pagetext → look → changes → store: the only step that touches the network."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from watcher import look
from watcher.core import calendar, changes, health, hubs, text
from watcher.core.changes import Prepared
from watcher.core.language import Speech
from watcher.edge import catalogs, fetch
from watcher.edge.store import LATEST, Store
from watcher.edge.worker import Lost, Pool
from watcher.listening import Listener
from watcher.look import Look
from watcher.model import Changes, Config, Failed, Fetched, Hub, NotModified, PageText, Request, RunNote, Source, SourceState
from watcher.reader import Read

# Answers written to the store at once: a kill loses at most this many, and they are asked again.
ANSWERS_A_BATCH = 64

log = logging.getLogger("watcher")


@dataclass(slots=True)
class Collected:
    """What one collection did. `announced` are the keys of entries that are news; `failed` says what went wrong, source by source."""

    started_at: datetime
    due: int = 0
    skipped: int = 0                                # not due yet: they asked to be left alone
    done: int = 0
    unchanged: int = 0
    wire_bytes: int = 0
    failed: list[Failed] = field(default_factory=list)
    announced: list[str] = field(default_factory=list)
    fresh: dict[str, int] = field(default_factory=dict)     # source id → entries that are news
    revised: list[str] = field(default_factory=list)        # keys of entries that were known, and say something else now
    overheard: int = 0                              # mentions of watched names
    before: dict[str, SourceState] = field(default_factory=dict)    # of the sources asked: how they were

    @property
    def nothing(self) -> bool:
        """Whether not a single source that was asked gave an answer."""
        return self.due > 0 and len(self.failed) == self.due

    def note(self, ended_at: datetime) -> RunNote:
        return RunNote(started_at=self.started_at, ended_at=ended_at, asked=self.due, unchanged=self.unchanged,
                       failed=len(self.failed), new=len(self.announced), wire_bytes=self.wire_bytes)


Heard = Callable[[Source, Collected], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Whom to ask this time: some of the sources, those of them `pushed` even where they asked to be left alone. None: all that are due."""

    of: Collection[str] | None = None
    pushed: Collection[str] = ()
    within: timedelta = timedelta(0)                # of the last line of the run log: this is no run of its own
    stop: Callable[[], bool] = lambda: False        # asked all the while: drop what is under way

    def comes_to(self, state: SourceState, now: datetime) -> bool:
        # Who says that there is news has not asked to be left alone; whoever refused us has.
        return health.due(state, now) or (state.source_id in self.pushed and state.failure is None)


EVERYBODY = Turn()


def collect(settings: Config, store: Store, *, clock: Callable[[], datetime], agent: str, turn: Turn = EVERYBODY,
            heard: Heard = lambda source, collected: None) -> Collected:
    """Ask every source whose turn it is and that is due, and remember what is new. `heard` is told of each source that is done.

    One broken source is one `Failed`: its entries and its validators stay as they were.
    """
    now = clock()
    collected = Collected(started_at=now)
    listener = Listener(settings, store)
    listener.renew(now)
    states = store.states()
    sources = {source.id: source for source in settings.sources if turn.of is None or source.id in turn.of}
    requests = []
    for source in sources.values():
        state = health.of_address(states.get(source.id) or SourceState(source_id=source.id), text.digest(source.url))
        if not turn.comes_to(state, now):
            collected.skipped += 1
            continue
        collected.before[source.id] = state
        requests.append(Request(source_id=source.id, url=state.permanent_url or source.url, validators=state.validators,
                                headers=source.headers))
    collected.due = len(requests)
    recorder = _Recorder(settings, store, listener, sources, collected, heard)
    with Pool[Fetched, Read]("watcher.reader:read", limit_s=settings.limits.parse_s) as pool:
        answers = fetch.all(requests, limits=settings.limits, allow=settings.allow, agent=agent, clock=clock, stop=turn.stop)
        for fetched, result in pool.results(recorder.readable(answers)):
            if isinstance(result, Lost):
                why = "reading the document took too long" if result.why == "timeout" else "the reader of the document broke down on it"
                result = Failed(source_id=fetched.source_id, step="parse", reason=why, failed_at=fetched.fetched_at)
            recorder.read(fetched, result)
    recorder.flush()
    if turn.stop():
        collected.due = collected.done              # the others were not asked to the end, and are as they were
    store.note(collected.note(clock()), within=turn.within)
    return collected


class _Recorder:
    """Takes answers and what was read in them, and writes them to the store, some at a time."""

    def __init__(self, settings: Config, store: Store, listener: Listener, sources: Mapping[str, Source],
                 collected: Collected, heard: Heard) -> None:
        self._settings, self._store, self._sources, self._states = settings, store, sources, collected.before
        self._collected, self._heard = collected, heard
        self._speech = Speech(catalogs.catalog(settings.site.language), settings.site.timezone)
        self._listener = listener
        # What is seen now belongs to no digest that is closed already, whatever the clock says.
        closed = store.digests(LATEST, until=calendar.plausible(collected.started_at))
        self._earliest_at = max((digest.end_at for digest in closed), default=None)
        self._waiting: list[Callable[[], None]] = []
        self._hubs: dict[str, Hub] = {}

    def readable(self, answers: Iterable[Fetched | NotModified | Failed]) -> Iterator[tuple[Fetched, Mapping[str, object]]]:
        """The answers with a document to read; the others are dealt with at once."""
        for answer in answers:
            source = self._sources[answer.source_id]
            if not isinstance(answer, Failed):
                self._collected.wire_bytes += answer.wire_bytes
                if source.feed_url is None:         # where a secret address moves to usually holds the secret, too: none is ever stored
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
            if self._sources[fetched.source_id].mentions:
                self._overheard(fetched, entries, ttl_s=feed.ttl_s)
                return
            if feed.hub is not None and self._sources[fetched.source_id].feed_url is not None:
                self._hubs[fetched.source_id] = feed.hub
            self._entries(fetched, entries, ttl_s=feed.ttl_s, title=feed.title)

    def flush(self) -> None:
        with self._store.batch():
            for write in self._waiting:
                write()
            known = self._store.subscriptions.all() if self._hubs else {}
            for source_id, hub in self._hubs.items():
                if (changed := hubs.named(known.get(source_id), source_id, hub)) is not None:
                    self._store.subscriptions.keep(changed)
        self._waiting.clear()
        self._hubs.clear()

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
        self._collected.revised.extend(sighting.key for sighting in found.revised)
        log.info("source=%s status=%s new=%s revised=%s", fetched.source_id, fetched.status, len(news), len(found.revised))
        # Written one after the other: two entries of one document that are one entry are found by what was recorded before.
        self._done(fetched.source_id, lambda: self._record(state, found, seen))

    def _overheard(self, fetched: Fetched, entries: Prepared, *, ttl_s: int | None) -> None:
        """A source that is read for the watched names alone: what it says of nobody is not kept, and none of it is news."""
        before, source = self._states[fetched.source_id], text.digest(fetched.source_id)
        hearsay = self._store.hearsay
        found = changes.compare(entries, hearsay.known(source, entries.lookups), first_look=before.first_success_at is None,
                                last_success_at=before.last_success_at, seen_at=fetched.fetched_at)
        state = health.after_success(before, fetched, limits=self._settings.limits, ttl_s=ttl_s, entries=len(entries.units),
                                     new=len(found.new))
        log.info("source=%s status=%s heard=%s", fetched.source_id, fetched.status, len(found.new))

        def write() -> None:
            self._store.record(state, None)
            hearsay.learn(source, found.identities, fetched.fetched_at)
            self._collected.overheard += self._listener.hear(found.new)
        self._done(fetched.source_id, write)

    def _record(self, state: SourceState, found: Changes | None, seen: Look | None) -> None:
        self._store.record(state, found)
        if found is not None:
            self._collected.overheard += self._listener.hear((*found.new, *found.revised))
        if seen is not None:
            seen.remember(self._store.shelf, state.source_id, (sighting.key for sighting in found.new) if found else ())
