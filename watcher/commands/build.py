"""`watcher build` and `watcher collect`: the daily job."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from watcher import collecting, pipeline, publishing, reporting
from watcher.collecting import Collected
from watcher.commands.probe import counted
from watcher.core import private
from watcher.edge import cabinet, config, fetch, site, status
from watcher.edge.store import Store
from watcher.editing import Editor
from watcher.embedder import Learned
from watcher.listening import Listener
from watcher.model import Config, Digest, Source
from watcher.pipeline import STORE_FOLDER

Clock = Callable[[], datetime]
STATUS, HEALTH, MENTIONS = "status.json", publishing.HEALTH, Path(publishing.MENTIONS)
_EARLIEST_YEAR, _LATEST_YEAR = 1970, 2200      # of `--now`: what lies months before and years after must be a date, too
FAILURES_NAMED = 12         # on a terminal; status.json has them all


def _instant(ctx: click.Context, param: click.Parameter, written: str | None) -> datetime | None:
    """An ISO 8601 instant; without a zone it is UTC."""
    if written is None:
        return None
    try:
        at = datetime.fromisoformat(written)
    except ValueError:
        raise click.BadParameter(f"{written!r} is no instant. Write it as 2026-11-24T07:30:00Z.", ctx, param) from None
    if not _EARLIEST_YEAR <= at.year <= _LATEST_YEAR:
        raise click.BadParameter(f"{written!r} lies outside of the years {_EARLIEST_YEAR} to {_LATEST_YEAR}.", ctx, param)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


now_option = click.option("--now", metavar="INSTANT", callback=_instant, help="The moment to take for now, as 2026-11-24T07:30:00Z.")
json_option = click.option("--json", "as_json", is_flag=True, help="Report as JSON.")


@click.command("build")
@click.option("--offline", is_flag=True, help="Build from what is known, without network.")
@click.option("--site", "site_folder", type=click.Path(path_type=Path), help="Where the site goes.  [default: site/ beside sources.yaml]")
@now_option
@json_option
@click.pass_obj
def build_command(path: Path, offline: bool, site_folder: Path | None, now: datetime | None, as_json: bool) -> None:
    """Collect, then build the site: the daily job."""
    published = site_folder or path.parent / "site"
    outcome = build(path, published, clock=_clock(now), offline=offline, say=_sayer(as_json))
    if as_json:
        click.echo(json.dumps(outcome.document(), ensure_ascii=False))
    sys.exit(1 if outcome.collected is not None and outcome.collected.nothing else 0)


@click.command("collect")
@now_option
@json_option
@click.pass_obj
def collect_command(path: Path, now: datetime | None, as_json: bool) -> None:
    """Fetch the sources and remember what is new; the site is left as it is."""
    clock, say = _clock(now), _sayer(as_json)
    settings = config.load(path, os.environ)
    with Store.open(path.parent / STORE_FOLDER) as store:
        collected = _collect(settings, store, clock, say)
        editor = Editor(settings, store)
        outcome = Outcome(collected=collected, learned=_learn(editor, clock, say))
        keep_status(path, editor.status(clock()), outcome, editor.failing())
    if as_json:
        click.echo(json.dumps(outcome.document(), ensure_ascii=False))
    sys.exit(1 if collected.nothing else 0)


class Outcome:
    """What one build did."""

    def __init__(self, *, collected: Collected | None = None, learned: Learned | None = None, closed: Digest | None = None,
                 changed: bool = False) -> None:
        self.collected, self.learned, self.closed = collected, learned or Learned(), closed
        self.changed = changed

    def document(self) -> dict[str, Any]:
        collected = self.collected
        return {
            "asked": collected.due if collected else 0,
            "not_due": collected.skipped if collected else 0,
            "unchanged": collected.unchanged if collected else 0,
            "failed": {failed.source_id: {"class": failed.step, "text": failed.reason} for failed in collected.failed} if collected else {},
            "announced": collected.announced if collected else [],
            "meaning": {"new": self.learned.new, "waiting": self.learned.waiting, "missing": self.learned.missing},
            "digest": self.closed.id if self.closed else None,
            "site_changed": self.changed,
        }


def build(path: Path, published: Path, *, clock: Clock, offline: bool = False, say: Callable[[str], None] = click.echo) -> Outcome:
    """Collect unless `offline`, close the digest that is due, build the site and put it in place if anything in it changed.

    Raises ConfigError, StoreError, SiteError; the published site is then as it was.
    """
    settings = config.load(path, os.environ)
    site.claim(published.resolve())
    if settings.brands:
        cabinet.guard(cabinet.of(path), published)
    with Store.open(path.parent / STORE_FOLDER) as store:
        collected = None if offline else _collect(settings, store, clock, say)
        editor = Editor(settings, store)
        now, private = clock(), settings.site.private
        said = publishing.same(published, beside=path.parent, folder=store.folder, state=editor.state(now), private=private,
                               health=editor.status(now))
        if said is None:
            outcome = _made(path, published, editor, collected, clock, say)
        else:
            outcome = Outcome(collected=collected, learned=_told(Learned(missing=said), say))
        keep_status(path, editor.status(now), outcome, editor.failing())
        mentions = listen(settings, store, path, published, clock())
        if settings.brands:                     # what is said of them may have changed where nothing else did
            reporting.weeks(settings, store, editor.publication(clock()), path)
    if mentions:
        say(mentions)
    if outcome.closed is not None:
        say(told_of(outcome.closed))
    if collected is not None and collected.nothing:
        say("The site was built from what was known before.")
    say(f"{'The site is' if outcome.changed else 'Nothing changed: the site stays as it was,'} in {published}{os.sep}")
    return outcome


def _made(path: Path, published: Path, editor: Editor, collected: Collected | None, clock: Clock, say: Callable[[str], None]) -> Outcome:
    learned = _learn(editor, clock, say)
    # A morning without network is no quiet morning: its digest waits for a run that reached somebody.
    closed = None if collected is not None and collected.nothing else editor.close_due(clock())
    now = clock()
    publication = editor.publication(now)
    state = "" if learned.waiting else editor.state(now)
    keep_status(path, editor.status(now), Outcome(collected=collected, learned=learned), editor.failing())
    changed = publishing.publish(publication, health=editor.status(now), beside=path.parent, published=published,
                                 folder=path.parent / STORE_FOLDER, state=state, said=learned.missing)
    return Outcome(collected=collected, learned=learned, closed=closed, changed=changed)


def told_of(closed: Digest) -> str:
    """A digest that was just closed, in a line."""
    return (f"Digest of {closed.id}: {counted(len(closed.shown), 'story', 'stories')} out of {counted(closed.seen, 'entry', 'entries')}, "
            f"{-(-closed.reading_s // 60)} min to read.")


def listen(settings: Config, store: Store, path: Path, published: Path, now: datetime) -> str:
    """Write the page of mentions, where any name is watched. What it comes to, in a line for a person: no word of what was said."""
    if not settings.brands:
        return ""
    page = cabinet.of(path)
    cabinet.guard(page, published)
    listener = Listener(settings, store)
    listener.renew(now)
    queue = listener.queue(now)
    body = private.page(queue, pipeline.speech(settings.site))
    cabinet.write(page, body)
    if settings.site.private:
        site.put(published.resolve(), MENTIONS, body)
    rises = [card.brand.names[0] for card in queue.cards if card.level is not None]
    answer, watch = (sum(card.level is None for card in queue.advised(advice)) for advice in ("answer", "watch"))
    crisis = f" Possible crisis: {', '.join(rises)}." if rises else ""
    return f"{counted(answer, 'mention', 'mentions')} to answer, {watch} to watch: {page}.{crisis}"


def keep_status(path: Path, health: Mapping[str, Any], outcome: Outcome, failing: Mapping[str, Any]) -> None:
    status.write(path.parent / STORE_FOLDER / STATUS, {**health, **outcome.document(), "failing_channels": failing})


def _learn(editor: Editor, clock: Clock, say: Callable[[str], None]) -> Learned:
    return _told(editor.learn(clock()), say)


def _told(learned: Learned, say: Callable[[str], None]) -> Learned:
    if learned.line:
        say(learned.line)
    return learned


def _collect(settings: Config, store: Store, clock: Clock, say: Callable[[str], None]) -> Collected:
    with _shown(len(settings.sources)) as heard:
        collected = collecting.collect(settings, store, clock=clock, agent=fetch.agent(settings.site.url, os.environ), heard=heard)
    say(summary(settings, collected))
    return collected


def summary(settings: Config, collected: Collected) -> str:
    """What a collection did, in a few lines for a person."""
    if collected.due == 0:
        return f"None of the {len(settings.sources)} sources is due yet: they asked to be left alone for now."
    if collected.nothing:
        steps = Counter(failed.step for failed in collected.failed)
        why = "is there a network?" if steps.keys() <= {"dns", "connect", "timeout"} else f"{steps.most_common(1)[0][0]}."
        return f"{'The one source cannot' if collected.due == 1 else f'None of the {collected.due} sources could'} be reached: {why}"
    lines = [f"{counted(collected.due, 'source', 'sources')} asked: {len(collected.fresh)} with news "
             f"({counted(len(collected.announced), 'entry', 'entries')}), "
             f"{collected.unchanged} unchanged, {len(collected.failed)} failed."
             + (f" {collected.skipped} not due yet." if collected.skipped else "")]
    names = {source.id: source.name for source in settings.sources}
    if sys.stderr.isatty():
        lines += [f"  {names[failed.source_id]}: {failed.step}: {failed.reason}" for failed in collected.failed[:FAILURES_NAMED]]
        if len(collected.failed) > FAILURES_NAMED:
            lines.append(f"  … and {len(collected.failed) - FAILURES_NAMED} more, on the site's sources page.")
    return "\n".join(lines)


@contextmanager
def _shown(sources: int) -> Iterator[collecting.Heard]:
    """A progress bar on a terminal; elsewhere one plain line a source, by the log."""
    if not sys.stderr.isatty():
        yield lambda source, collected: None
        return
    progress: Any = click.progressbar(length=sources, label="Collecting", file=sys.stderr, show_pos=True,
                                      item_show_func=lambda name: str(name or "")[:30])
    with progress as bar:
        def heard(source: Source, collected: Collected) -> None:
            bar.update(collected.done + collected.skipped - bar.pos, source.name)
        yield heard


def _clock(now: datetime | None) -> Clock:
    return lambda: now if now is not None else datetime.now(UTC).replace(microsecond=0)


def _sayer(as_json: bool) -> Callable[[str], None]:
    """Lines for a person; on standard error where standard output is for a program."""
    if not sys.stderr.isatty():
        logging.basicConfig(format="%(message)s", stream=sys.stderr)
        logging.getLogger("watcher").setLevel(logging.INFO)
    return lambda line: click.echo(line, err=as_json)
