"""`watcher journal`: the store as text that git can keep, saved, loaded and merged."""

from __future__ import annotations

import os
from pathlib import Path

import click

from watcher.commands.probe import counted
from watcher.core import text
from watcher.edge import config, journal
from watcher.edge.folder import Folder
from watcher.edge.journal import Balance
from watcher.edge.store import Store
from watcher.model import Config
from watcher.pipeline import STORE_FOLDER

_folder = click.Path(path_type=Path, file_okay=False)


@click.group("journal")
def journal_command() -> None:
    """Carry the store as text that git can keep: for CI, which forgets everything between runs, and for moving to another machine."""


@journal_command.command("save")
@click.argument("folder", metavar="DIR", type=_folder)
@click.option("--shrink", is_flag=True, help="Save even where DIR holds entries or digests that the store lacks: they are lost.")
@click.pass_obj
def save_command(path: Path, folder: Path, shrink: bool) -> None:
    """Write the store to DIR as text. Nothing that is secret is in it; files that did not change are not touched."""
    settings = config.load(path, os.environ)
    # What a server answers to credentials may be meant for their owner alone.
    public = {source.id for source in settings.sources if source.feed_url is not None and not source.headers}
    with Store.open(path.parent / STORE_FOLDER) as store:
        saved = journal.save(store, folder, public=public, masks=_masks(settings), texts=settings.site.private, shrink=shrink)
    _say("saved to", folder, saved)
    click.echo(f"{counted(len(saved.changed), 'file', 'files')} changed." if saved.changed else "Nothing changed.")


@journal_command.command("load")
@click.argument("folder", metavar="DIR", type=_folder)
@click.option("--new", is_flag=True, help="Begin anew where there is no journal in DIR; without it, that is an error.")
@click.pass_obj
def load_command(path: Path, folder: Path, new: bool) -> None:
    """Make the store hold what DIR holds, all of it or nothing. A store that holds more stays as it is."""
    settings = config.load(path, os.environ)
    if new and Folder.is_missing(folder):
        click.echo(f"There is no journal in {folder} yet: this is a new beginning.")
        return
    addresses = {source.id: text.digest(source.url) for source in settings.sources}
    with Store.open(path.parent / STORE_FOLDER) as store:
        loaded = journal.load(folder, store, addresses=addresses, masks=_masks(settings))
    _say("loaded from", folder, loaded)


@journal_command.command("merge")
@click.argument("ours", type=_folder)
@click.argument("theirs", type=_folder)
@click.argument("into", type=_folder)
def merge_command(ours: Path, theirs: Path, into: Path) -> None:
    """Write to INTO what either of two journals holds: two machines that went on from the same one. INTO may be one of them."""
    _say("merged into", into, journal.merge(ours, theirs, into))


def _masks(settings: Config) -> dict[str, str]:
    """What stands in a journal for the ids of sources that are read for the watched names alone."""
    return {source.id: text.digest(source.id) for source in settings.sources if source.mentions}


def _say(done: str, folder: Path, balance: Balance) -> None:
    click.echo(f"{counted(balance.entries, 'entry', 'entries')} of {counted(balance.sources, 'source', 'sources')} and "
               f"{counted(balance.digests, 'digest', 'digests')} {done} {folder}{os.sep}")
