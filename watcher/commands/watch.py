"""`watcher watch`: the door. Signals, options, and the plan that can be looked at."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from watcher.commands.rounds import Watch
from watcher.core.rhythm import HABIT
from watcher.edge import config
from watcher.edge.bell import Bell
from watcher.edge.store import Store
from watcher.model import Habit
from watcher.pipeline import STORE_FOLDER
from watcher.turns import Turns

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@click.command("watch")
@click.option("--site", "site_folder", type=click.Path(path_type=Path), help="Where the site goes.  [default: site/ beside sources.yaml]")
@click.option("--plan", is_flag=True, help="Say when each source usually publishes and when it is asked next; ask nobody.")
@click.pass_obj
def watch_command(path: Path, site_folder: Path | None, plan: bool) -> None:
    """Keep collecting, each source when it usually publishes; until Ctrl-C."""
    if plan:
        for line in planned(path, _now()):
            click.echo(line)
        return
    bell = Bell()
    try:
        watch = Watch(path, site_folder or path.parent / "site", clock=_now, bell=bell, say=lambda line: click.echo(line, err=True))
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda number, _: _stop(bell, number))
        watch.run()
    finally:
        bell.close()


def planned(path: Path, now: datetime) -> Iterator[str]:
    """For every source, soonest first: when it is asked next, how often in the day to come, and why."""
    settings = config.load(path, os.environ)
    with Store.open(path.parent / STORE_FOLDER, read_only=True) as store:
        turns = Turns(settings)
        turns.look(store, now)
    zone = ZoneInfo(settings.site.timezone)
    names = {source.id: source.name for source in settings.sources}
    yield f"{'next':12}{'every':>8}  source"
    for source_id, at in sorted(turns.when().items(), key=lambda turn: (turn[1], turn[0])):
        soon = "now" if at <= now else f"{at.astimezone(zone):%a %H:%M}"
        yield f"{soon:12}{span(turns.wait(source_id, now)):>8}  {names[source_id]}: {habit(turns.habit(source_id))}"


def habit(known: Habit) -> str:
    """How a source publishes, in words: "usually posts Tue–Thu 15–18 h, about 4 a day"."""
    often = f"about {known.per_day:.0f} a day" if known.per_day >= 1.5 else f"about {known.per_day * 7:.0f} a week"
    if known.per_day * 7 < 1:
        often = "rarely"
    days, hours = _days(known.days), "" if known.hours is None else f"{known.hours[0]}–{known.hours[1] or 24} h"
    if days or hours:
        return f"usually posts {' '.join(filter(None, (days, hours)))}, {often}"
    return f"posts at any hour, {often}" if known.known >= HABIT else "too little is known of it yet"


def _days(days: tuple[int, ...]) -> str:
    if len(days) > 2 and days[-1] - days[0] == len(days) - 1:
        return f"{_DAYS[days[0]]}–{_DAYS[days[-1]]}"
    return ", ".join(_DAYS[day] for day in days)


def span(wait: timedelta) -> str:
    """A wait in the unit a person would say it in."""
    minutes = round(wait / timedelta(minutes=1))
    return f"{minutes} min" if minutes < 120 else f"{minutes / 60:.0f} h"


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def _stop(bell: Bell, number: int) -> None:
    """Asked once, it ends as soon as all is in place; asked twice, at once: nothing is lost that way either."""
    bell.stop()
    signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
