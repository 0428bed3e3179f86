"""notify: what came and what closed → what each channel is to be told → messages → sent, once.

Before a message goes out it is noted that it is about to, after it what became of it. A run that dies in between leaves the message
unsure, and the next run sends it once more and says so. Source: docs/decisions/0034-alerts.md; PROMISES P10
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from watcher import __version__
from watcher.core import alerts, calendar, letters, private, report, wishes
from watcher.core.language import Speech
from watcher.core.views import Views
from watcher.edge import catalogs, mail, notify
from watcher.edge.store import LATEST, Store
from watcher.editing import NEWS_WINDOW, Editor
from watcher.listening import Listener
from watcher.model import Alert, ChannelState, Config, Digest, Due, Message, Notice, Publication, Sent

# A channel that fails so often in a row is left alone until the next run.
FAILURES = 2

Clock = Callable[[], datetime]


@dataclass(slots=True)
class Told:
    """What one run did for one channel."""

    alert: Alert
    new: bool = False                               # it was never seen before: what was there before is not sent to it
    lacks: str = ""                                 # what it needs to be used at all
    due: Due = field(default_factory=Due)
    sent: list[Sent] = field(default_factory=list)
    once_more: list[Message] = field(default_factory=list)
    put_off: int = 0                                # messages left for the next run, since the channel fails
    left: int = 0                                   # messages left for the next run, since this one has sent as many as it may

    @property
    def failing(self) -> bool:
        return bool(self.lacks or self.put_off) or any(one.outcome != "sent" for one in self.sent)


class Round:
    """One look at what all channels are to be told. Nothing is written before `send`."""

    def __init__(self, settings: Config, store: Store, now: datetime, editor: Editor | None = None) -> None:
        self._settings, self._store, self._now = settings, store, now
        self._editor = editor or Editor(settings, store)
        self._speech = _speech(settings)
        self._ranked = self._editor.news(now) if any(alert.wants_stories for alert in settings.alerts) else ()
        self.publication = self._published()            # as much of it as messages speak of
        self._desk = wishes.Desk(self.publication, self._speech, catalogs.cues())
        self._mentions = self._overheard() if any(alert.mentions for alert in settings.alerts) else ()
        self._weeks = self._editor.weeks(now) if any(alert.weekly for alert in settings.alerts) else ()
        self._views = Views(self.publication, self._speech)
        self._days_off = self._editor.days_off(now)

    def told(self, office: notify.Office) -> Iterator[Told]:
        """What is due for each channel, in the order of the list."""
        known = self._store.outbox.channels()
        for alert in self._settings.alerts:
            state = known.get(alerts.mark(alert.id))
            yield Told(alert=alert, new=state is None, lacks=notify.lacks(alert, office), due=self._due(alert, state or self._state(alert)))

    def messages(self, told: Told) -> Iterator[tuple[Message, bool]]:
        """The messages that are due, and whether each is sent once more."""
        for notices in told.due.messages:
            again = any(notice.key in told.due.once_more for notice in notices)
            yield letters.write(notices, told.alert, self._settings.site, self._speech), again

    def _state(self, alert: Alert) -> ChannelState:
        return ChannelState(mark=alerts.mark(alert.id), since_at=self._now)

    def _due(self, alert: Alert, state: ChannelState) -> Due:
        notices = self._notices(alert)
        marks = [alerts.mark(alert.id, key) for notice in notices for key in (notice.key, *notice.aliases)]
        return alerts.due(notices, alert, state=state, settled=self._store.outbox.found(marks), now=self._now,
                          timezone=self._settings.site.timezone, holidays=self._days_off)

    def _notices(self, alert: Alert) -> tuple[Notice, ...]:
        """All that the channel asks for these days, the most important first."""
        mentions = self._mentions if alert.mentions else ()
        return (*mentions, *wishes.stories(self._ranked, alert, self._desk), *self._digests(alert),
                *self._of_weeks(alert))

    def _overheard(self) -> tuple[Notice, ...]:
        """What is said of the watched names: for channels that ask for mentions, and for nobody else."""
        return private.notices(Listener(self._settings, self._store).queue(self._now), self._speech)

    def _digests(self, alert: Alert) -> Iterator[Notice]:
        if not alert.digest:
            return
        closed = [made for made in self.publication.digests if made.as_of > self._now - NEWS_WINDOW]
        known = self._store.outbox.found(alerts.mark(alert.id, f"digest:{made.id}") for made in closed)
        for made in closed:
            found = known.get(alerts.mark(alert.id, f"digest:{made.id}"))
            if found is None or found.state != "sent":
                yield letters.digest(made, alert, self.publication, self._speech)

    def _of_weeks(self, alert: Alert) -> Iterator[Notice]:
        reporter = report.Reporter(self._views, self._speech)
        for week in self._weeks if alert.weekly else ():
            told = reporter.report(week, open=False)
            yield letters.week(told, alert, self.publication, self._speech, at=week.digests[-1].as_of)

    def draft(self) -> Digest | None:
        """The digest that would close now; None before any run."""
        return self._editor.draft(self._now)

    def _published(self) -> Publication:
        settings = self._settings
        return Publication(
            site=settings.site, digest=settings.digest, sources=settings.sources, vocabulary=settings.vocabulary, as_of=self._now,
            digests=self._store.digests(LATEST, until=calendar.plausible(self._now)), updated_at=self._now,
            stories=tuple(one.story for one in self._ranked), latest=None, health=(), by_source={}, last_run=None,
            limits=settings.limits, version=__version__)


def office(settings: Config, environ: Mapping[str, str]) -> notify.Office:
    """What all channels share."""
    return notify.Office(name=settings.site.title, site_url=settings.site.url, language=settings.site.language,
                         smtp_url=environ.get(mail.VARIABLE, ""), allow=settings.allow)


def send(settings: Config, store: Store, *, clock: Clock, environ: Mapping[str, str], most: int | None = None,
         editor: Editor | None = None) -> tuple[Told, ...]:
    """Tell every channel what is due, once; `most` messages at most, those that were refused not counted.

    `editor` is one that looked at this store before, and remembers; without it everything is looked at anew. One broken channel stops no
    other: what it did not take stays due. Raises StoreError.
    """
    now = clock()
    if not settings.alerts:
        return ()
    store.outbox.forget(now)
    around, sender = Round(settings, store, now, editor), office(settings, environ)
    told = tuple(around.told(sender))
    room = most
    for one in told:
        _keep_state(store, one, now)
        _tell(one, around.messages(one), sender, store, clock, room)
        if room is not None:
            room -= sum(sent.outcome != "refused" for sent in one.sent)
        _keep_state(store, one, clock())
    return told


def _tell(told: Told, messages: Iterable[tuple[Message, bool]], sender: notify.Office, store: Store, clock: Clock,
          room: int | None) -> None:
    """`room`: how many may still be sent, None for as many as there are. Once it is full, the rest is left."""
    failures = 0
    for message, again in messages:
        if failures >= FAILURES:
            told.put_off += 1
            continue
        if room is not None and sum(sent.outcome != "refused" for sent in told.sent) >= room:
            told.left += 1
            continue
        sent = _sent(message, told.alert, sender, store, clock)
        failures = 0 if sent.outcome == "sent" else failures + 1
        told.sent.append(sent)
        if again:
            told.once_more.append(message)


def _sent(message: Message, alert: Alert, sender: notify.Office, store: Store, clock: Clock) -> Sent:
    """Send a message, and remember before that it is about to be sent, and after what became of it."""
    at, marks, begun = clock(), [alerts.mark(alert.id, key) for key in message.settles], False

    def begin() -> None:
        nonlocal begun
        store.outbox.begin(marks, at)
        begun = True

    sent = notify.send(message, alert, sender, at=at, begin=begin)
    if sent.outcome == "sent":
        store.outbox.end(marks, clock())
    elif sent.outcome == "refused" and begun:
        store.outbox.undo(marks)
    return sent


def _keep_state(store: Store, told: Told, now: datetime) -> None:
    """Remember the channel: since when it is there, since when and why it fails."""
    mark = alerts.mark(told.alert.id)
    before = store.outbox.channels().get(mark)
    state = before or ChannelState(mark=mark, since_at=now)
    if state.since_at > now:                            # a clock that was wrong must not silence a channel for long
        state = replace(state, since_at=now)
    failed = next((one.reason for one in reversed(told.sent) if one.outcome != "sent"), "")
    if failed and told.sent[-1].outcome != "sent":
        state = replace(state, failing_since_at=state.failing_since_at or now, reason=failed)
    elif told.sent:
        state = replace(state, failing_since_at=None, reason="")
    if state != before:
        store.outbox.remember(state)


def trial(settings: Config, *, clock: Clock, environ: Mapping[str, str]) -> tuple[Told, ...]:
    """Send every channel a message by which a person sees that it works. Nothing is remembered of it."""
    speech, sender, now = _speech(settings), office(settings, environ), clock()
    told = []
    for alert in settings.alerts:
        message = letters.trial(alert, settings.site, speech, now)
        sent = notify.send(message, alert, sender, at=now, begin=lambda: None)
        told.append(Told(alert=alert, lacks=notify.lacks(alert, sender), sent=[sent]))
    return tuple(told)


def _speech(settings: Config) -> Speech:
    return Speech(catalogs.catalog(settings.site.language), settings.site.timezone)
