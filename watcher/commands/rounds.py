"""The rounds of `watcher watch`: whose turn it is, the digest that is due, the site when something worth it came, and sleep between."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from watcher import collecting, notifying, publishing, reporting
from watcher.collecting import Collected, Turn
from watcher.commands.build import Clock, Outcome, keep_status, listen, told_of
from watcher.commands.outage import BACK, Outage
from watcher.commands.probe import counted
from watcher.core.rhythm import SHORTEST
from watcher.edge import answered, config, fetch, overrides, site
from watcher.edge.bell import Bell
from watcher.edge.hook import Hook
from watcher.edge.store import Store
from watcher.editing import Editor
from watcher.embedder import Learned
from watcher.errors import ConfigError, HookError, StoreHeld, WatcherError
from watcher.model import Config, Listen
from watcher.notifying import Told
from watcher.pipeline import STORE_FOLDER
from watcher.subscribing import Subscriber
from watcher.turns import Turns

# Turns that come within a minute are one round: nobody minds the half minute, and a laptop sleeps longer.
ROUND_EVERY = timedelta(minutes=1)
HURRIED_EVERY = timedelta(seconds=10)           # where a hub says that there is something
# The site is built no more often than this, a digest aside; and this often though nothing came, for what it says of the sources.
SITE_EVERY, SITE_ANYWAY = timedelta(minutes=5), timedelta(hours=1)
# The longest sleep before clock and files are looked at: a laptop that was closed wakes up within it.
NAP_S = 30.0
# The rounds of so long are one line of the run log.
ONE_NOTE = timedelta(minutes=30)
LEARNT_AT_ONCE = 50             # entries whose meaning is worked out between two looks at whether to stop: a second or two
NAMED = 4                       # sources named in the line of a round

Marks = tuple[tuple[int, int] | None, ...]


class Watch:
    """Rounds, one after the other. The store is open, and its lock held, during rounds only."""

    def __init__(self, path: Path, published: Path, *, clock: Clock, bell: Bell, say: Callable[[str], None]) -> None:
        self._path, self._published, self._clock, self._bell, self._say = path, published, clock, bell, say
        site.claim(published.resolve())
        self._marks = _marks(path)
        self._hook: Hook | None = None
        self._place: Listen | None = None
        self._begin(config.load(path, os.environ))
        self._not_before = clock()
        self._begun = False                             # whether a first round went well
        self._held = False                              # whether another run was at work the last time

    def _begin(self, settings: Config) -> None:
        """Go by these settings from now on. Raises HookError."""
        self._listen(settings)
        self._settings, self._turns, self._outage = settings, Turns(settings), Outage(settings)
        self._agent = fetch.agent(settings.site.url, os.environ)
        self._subscriber = Subscriber(settings, self._hook, clock=self._clock, agent=self._agent, stop=self._bell.stopped)
        self._editor: Editor | None = None
        self._again: set[str] = set()                   # pushed, and asked a second time since
        self._looked_at: datetime | None = None         # when the last round began
        self._built_at: datetime | None = None
        self._digest_at: datetime | None = None
        self._heard_at: datetime | None = None          # when it was last told what is said of the watched names, and what that was
        self._heard = ""
        self._told_at: datetime | None = None           # when channels were last looked after …
        self._opens_at: datetime | None = None          # … and when the first message that waits for its hours may go out
        self._worth = True                              # whether something came that the site does not show yet

    def run(self) -> None:
        """Rounds until the bell says stop. Raises WatcherError where not even the first one is possible."""
        self._log(f"Watching {counted(len(self._settings.sources), 'source', 'sources')}; Ctrl-C stops it.")
        try:
            while not self._bell.stopped():
                self._reload()
                now = self._clock()
                for source_id in self._bell.rung():
                    self._turns.hurry(source_id, now)
                    self._not_before = min(self._not_before, (self._looked_at or now) + HURRIED_EVERY)
                if now >= self._wake_at(now):
                    self._round(now)
                    now = self._clock()
                self._bell.wait(min(NAP_S, (self._wake_at(now) - now).total_seconds()))
        finally:
            if self._hook is not None:
                self._hook.close()
        self._log("Stopped.")

    def _wake_at(self, now: datetime) -> datetime:
        """When the next round begins. At once where the clock was put back since the last one: nothing that was planned holds then."""
        if self._looked_at is None or self._built_at is None:
            return self._not_before
        if now < self._looked_at:
            return now
        wishes = [self._opens_at, self._outage.again_at or self._turns.next_at(),
                  self._built_at + (SITE_EVERY if self._worth else SITE_ANYWAY)]
        if not self._outage.suspected:
            wishes.append(self._digest_at)
        if self._hook is not None and self._hook.waiting:
            wishes.append(now)
        return max(self._not_before, min(wish for wish in wishes if wish is not None))

    def _round(self, now: datetime) -> None:
        self._looked_at, self._not_before = now, now + ROUND_EVERY
        try:
            with Store.open(self._path.parent / STORE_FOLDER) as store:
                self._held = False
                line = self._work(store, now)
            self._begun = True
        except StoreHeld as held:
            if not self._held:
                self._log(str(held).split(". ")[0] + ". The watch goes on after it.")
            self._held = True
        except WatcherError as error:
            if not self._begun:
                raise
            self._log(str(error))
        else:
            if line and not self._bell.stopped():
                line += f" Next at {self._hour(self._wake_at(self._clock()))}."
            self._log(line)

    def _work(self, store: Store, now: datetime) -> str:
        """One round on the open store. What it comes to, in a line; "" where there was nothing to do."""
        told = self._subscriber.take_in(store)
        self._turns.look(store, now, told=told)
        looks, said = [], []
        while not self._bell.stopped() and (due := self._due(now)):
            turn = Turn(of=frozenset(due), pushed=self._turns.hurried(now), within=ONE_NOTE, stop=self._bell.stopped)
            collected = collecting.collect(self._settings, store, clock=self._clock, turn=turn, agent=self._agent)
            looks.append(collected)
            self._subscriber.looked(store, collected.fresh, asked=collected.before, pushed=turn.pushed)
            self._look_again(turn, collected, now)
            news = self._outage.heard(collected, store, self._clock())
            said += [news, self._told(collected)]
            self._turns.look(store, self._clock(), told=told)
            if news != BACK:                    # of a network that is back: those who were not asked meanwhile, before any digest
                break
        if self._subscriber.ask(store):
            self._not_before = now + HURRIED_EVERY      # hubs answer by coming back: take in what they say
        if not self._bell.stopped():
            said += self._edit(store, looks, now)
            # Mentions do not wait for the site: who watches in a storm looks at that page alone.
            if self._heard_at is None or now - self._heard_at >= SITE_ANYWAY or any(collected.overheard for collected in looks):
                heard = listen(self._settings, store, self._path, self._published, now)
                said += [heard] if heard != self._heard else []
                self._heard, self._heard_at = heard, now
            said += self._notify(store, looks, now)
        return " ".join(filter(None, said))

    def _notify(self, store: Store, looks: Sequence[Collected], now: datetime) -> list[str]:
        """Tell the channels what came, or what waited for this hour; without either look after them now and then, for what was refused."""
        if not self._settings.alerts or self._outage.suspected:
            return []
        came = any(collected.announced or collected.revised or collected.overheard for collected in looks)
        opened = self._opens_at is not None and now >= self._opens_at
        if not (came or opened or self._told_at is None or not timedelta(0) <= now - self._told_at < SITE_ANYWAY):
            return []
        self._editor = Editor(self._settings, store) if self._editor is None else self._editor.resume(store)
        told = notifying.send(self._settings, store, clock=self._clock, environ=os.environ, editor=self._editor)
        self._told_at, waits = now, [one.due.until for one in told if one.due.until is not None]
        self._opens_at = max(min(waits), now + ROUND_EVERY) if waits else None
        return [line for one in told for line in _of_channel(one)]

    def _look_again(self, turn: Turn, collected: Collected, now: datetime) -> None:
        """A feed that its hub told of may still be the old one where it is kept in caches: it is asked once more."""
        for source_id in turn.pushed:
            if source_id in collected.before and source_id not in collected.fresh and source_id not in self._again:
                self._again.add(source_id)
                self._turns.hurry(source_id, now + SHORTEST)
            else:
                self._again.discard(source_id)

    def _due(self, now: datetime) -> Sequence[str]:
        """Whom to ask: those whose turn has come; before a digest, everybody who was not asked just now."""
        due = self._turns.due(now)
        if self._digest_at is not None and now >= self._digest_at:
            due = tuple(dict.fromkeys((*due, *self._turns.sweep(now))))
        return self._outage.few(due)

    def _edit(self, store: Store, looks: Sequence[Collected], now: datetime) -> list[str]:
        """Tags, digest and site, where there is anything for them to do."""
        news = [key for collected in looks for key in (*collected.announced, *collected.revised)]
        old = self._built_at is None or not timedelta(0) <= now - self._built_at < SITE_EVERY
        stale = self._built_at is None or not timedelta(0) <= now - self._built_at < SITE_ANYWAY
        # A morning without network is no quiet morning: its digest waits until somebody answers.
        digest_due = (self._digest_at is None or now >= self._digest_at) and not self._outage.suspected
        if not (news or digest_due or stale or (self._worth and old)):
            return []
        editor = self._editor = Editor(self._settings, store) if self._editor is None else self._editor.resume(store)
        self._worth |= any(one.tags.kept for key in news for one in editor.find(key))
        if not (digest_due or stale or (self._worth and old)):
            return []
        learned = self._learn(editor)
        if self._bell.stopped():
            return []
        closed = None if self._outage.suspected else editor.close_due(self._clock())
        said = [learned.line, told_of(closed) if closed else "", "Site built." if self._build(store, editor, looks, learned) else ""]
        self._built_at, self._worth = now, False
        return said

    def _learn(self, editor: Editor) -> Learned:
        """Some at a time: the first thousand take a minute, and who wants to stop does not wait for it."""
        learned = editor.learn(self._clock(), most=LEARNT_AT_ONCE)
        while learned.waiting and not self._bell.stopped():
            learned = editor.learn(self._clock(), most=LEARNT_AT_ONCE)
        return learned

    def _build(self, store: Store, editor: Editor, looks: Sequence[Collected], learned: Learned) -> bool:
        now = self._clock()
        publication, health = editor.publication(now), editor.status(now)
        keep_status(self._path, health, Outcome(collected=looks[-1] if looks else None, learned=learned), editor.failing())
        if not self._outage.suspected:
            self._digest_at = publication.next_digest_at or publication.as_of + SITE_ANYWAY
        reporting.weeks(self._settings, store, publication, self._path)
        return publishing.publish(publication, health=health, beside=self._path.parent, published=self._published,
                                  folder=self._path.parent / STORE_FOLDER)

    # ------------------------------------------------------------------------------------------------ sources.yaml, edited meanwhile

    def _reload(self) -> None:
        marks = _marks(self._path)
        if marks == self._marks:
            return
        self._marks = marks
        try:
            settings = config.load(self._path, os.environ)
        except ConfigError as error:
            self._log(f"{error}\n{self._path.name} was edited and cannot be used as it is: the watch goes on with what it said before.")
            return
        try:
            self._begin(settings)
        except HookError as error:
            self._subscriber = Subscriber(self._settings, None, clock=self._clock, agent=self._agent, stop=self._bell.stopped)
            self._log(f"{error} The watch goes on as before, but hubs cannot tell it anything.")
            return
        self._log(f"{self._path.name} was edited: {counted(len(settings.sources), 'source', 'sources')} now.")

    def _listen(self, settings: Config) -> None:
        """Listen to hubs where these settings say so, and nowhere else."""
        place = settings.listen if settings.websub else None
        if place != self._place:
            if self._hook is not None:
                self._hook.close()
            self._hook = self._place = None
            if place is not None:
                self._hook = Hook(place, self._bell, body_bytes=settings.limits.body_bytes)
            self._place = place

    # ------------------------------------------------------------------------------------------------ what is told

    def _told(self, collected: Collected) -> str:
        names = {source.id: source.name for source in self._settings.sources}
        news = [f"{names[source_id]} +{count}" for source_id, count in collected.fresh.items()]
        # Told when it begins; the sources page says how long it lasts.
        failed = [f"{names[failed.source_id]} ({failed.reason})" for failed in collected.failed
                  if not collected.before[failed.source_id].failures]
        first = sum(before.first_success_at is None for before in collected.before.values()) - len(failed)
        parts = [f"{collected.due} asked: {_few(news) or 'nothing new'}"]
        parts += [f"{first} of them for the first time"] if first > 0 else []
        parts += [f"no answer from {_few(failed)}"] if failed else []
        return f"{'; '.join(parts)}."

    def _log(self, line: str) -> None:
        if line:
            self._say(f"{self._clock().astimezone(ZoneInfo(self._settings.site.timezone)):%Y-%m-%d %H:%M:%S}  {line}")

    def _hour(self, at: datetime) -> str:
        return f"{at.astimezone(ZoneInfo(self._settings.site.timezone)):%H:%M}"


def _few(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def _of_channel(told: Told) -> Iterator[str]:
    if sent := sum(one.outcome == "sent" for one in told.sent):
        yield f"{told.alert.name}: {counted(sent, 'message', 'messages')} sent."
    if told.failing:
        why = told.lacks or next((one.reason for one in told.sent if one.outcome != "sent"), "")
        yield f"{told.alert.name}: NOT everything was taken{f' ({why})' if why else ''}; tried again."


def _marks(path: Path) -> Marks:
    """What tells an edited file from the one that was read; one that is not there is a state like another."""
    found: list[tuple[int, int] | None] = []
    for file in (path, path.with_name(overrides.FILE), path.with_name(answered.FILE)):
        try:
            stat = file.stat()
            found.append((stat.st_mtime_ns, stat.st_size))
        except OSError:
            found.append(None)
    return tuple(found)
