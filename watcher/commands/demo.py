"""`watcher demo`: ten days of invented publishers in fast motion, offline."""

from __future__ import annotations

import json
import os
import shutil
import sys
from datetime import datetime
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import click

from watcher import collecting
from watcher.commands.build import HEALTH, build
from watcher.commands.serve import show
from watcher.edge import config, demo, fetch, status
from watcher.edge.store import Store
from watcher.editing import Editor
from watcher.errors import SiteError
from watcher.pipeline import STORE_FOLDER

# What stands in a folder that a demo made, so that no other folder is ever emptied.
MARK = ".watcher-demo"


@click.command("demo")
@click.argument("folder", type=click.Path(path_type=Path), default=Path("demo"))
@click.option("--serve", is_flag=True, help="Show the site until Ctrl-C.")
@click.option("--port", type=click.IntRange(0, 65_535), default=8000, show_default=True, help="Of --serve; 0: any that is free.")
@click.option("--language", type=click.Choice(("fr", "en")), default="fr", show_default=True, help="Language of the site's own words.")
def demo_command(folder: Path, serve: bool, port: int, language: Literal["fr", "en"]) -> None:
    """Run the whole watch on a dozen invented publishers: ten days in fast motion, offline. FOLDER is made anew."""
    _fresh(folder)
    sources = folder / "sources.yaml"
    with demo.Publishers() as publishers:
        publishers.write_sources(sources, language=language)
        moments = publishers.moments
        click.echo(f"{len(config.load(sources, os.environ).sources)} invented sources on 127.0.0.1, "
                   f"{(moments[-1] - moments[0]).days + 1} days in {len(moments)} looks.")
        for moment in moments[:-1]:
            publishers.at(moment)
            _look(sources, moment)
        publishers.at(moments[-1])
        build(sources, folder / "site", clock=lambda: moments[-1])
    _stand_still(folder / "site" / HEALTH)
    called = _called()
    click.echo(("\n" if serve else f"\nTo read it:             {called} --config {sources} serve\n")
               + f"Why is a story there?   {called} --config {sources} explain URL\n"
               f"Your own watch:         put addresses in sources.yaml, then  {called} build")
    if serve:
        show(folder / "site", port)


def _called() -> str:
    """What to type for this command where it was typed: an environment that is not activated puts no `watcher` on the path."""
    typed = Path(sys.argv[0])
    return "watcher" if typed.stem != "watcher" or shutil.which("watcher") else str(typed)


def _look(sources: Path, moment: datetime) -> None:
    """One collection, and the digest that fell due; the site is built once, at the end."""
    settings = config.load(sources, os.environ)
    with Store.open(sources.parent / STORE_FOLDER) as store:
        collected = collecting.collect(settings, store, clock=lambda: moment, agent=fetch.agent(settings.site.url, os.environ))
        editor = Editor(settings, store)
        editor.learn(moment)
        closed = editor.close_due(moment)
    news = f"{len(collected.announced):3} new" if collected.announced else "nothing new"
    failed = f", {len(collected.failed)} failed" if collected.failed else ""
    told = f" → digest, {len(closed.shown)} stories" if closed else ""
    local = moment.astimezone(ZoneInfo(settings.site.timezone))
    click.echo(f"  {local:%a %d %b %H:%M}  {news}{failed}{told}")


def _stand_still(path: Path) -> None:
    """Let the site expect no further build, so that it does not turn red for want of one."""
    status.write(path, json.loads(path.read_bytes()) | {"expected_every_s": None})


def _fresh(folder: Path) -> None:
    """An empty folder with the mark of a demo in it. Raises SiteError where the folder holds something that is no demo's."""
    try:
        if folder.exists() and any(folder.iterdir()):
            if not (folder / MARK).exists():
                raise SiteError(f"The demo cannot be made: {folder}: it holds files that are not a demo's. "
                                "Name another folder: `watcher demo FOLDER`.")
            shutil.rmtree(folder)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / MARK).touch()
    except OSError as error:
        raise SiteError(f"The demo cannot be made: {folder}: {error.strerror}. Name another folder: `watcher demo FOLDER`.") from error
