"""`watcher missing URL`: why something is not on the site."""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from watcher import pipeline
from watcher.commands.build import json_option, now_option
from watcher.core import missing
from watcher.edge import config
from watcher.edge.store import Store
from watcher.editing import Editor
from watcher.pipeline import STORE_FOLDER


@click.command("missing")
@click.argument("what", metavar="ID|URL")
@now_option
@json_option
@click.pass_obj
def missing_command(path: Path, what: str, now: datetime | None, as_json: bool) -> None:
    """Say why an article is not on the site, and what to do about it, from what is known; nothing is fetched.

    URL is its address, in any spelling. Ends with 1 where nothing is known: it is neither an address of the web nor the id of an entry.
    """
    settings = config.load(path, os.environ)
    with Store.open(path.parent / STORE_FOLDER, read_only=True) as store:
        editor = Editor(settings, store)
        found, strangers = editor.find(what), editor.strangers(what)
        publication = pipeline.opened(editor.publication(now or datetime.now(UTC)))
    findings = missing.tell(what, found, strangers, publication, pipeline.speech(settings.site))
    if as_json:
        click.echo(json.dumps([{"why": one.why, "id": one.key or None, "source": one.source_id or None, "digest": one.digest or None,
                                "said": list(one.lines)} for one in findings], ensure_ascii=False, indent=1))
    else:
        click.echo("\n\n".join("\n".join(one.lines) for one in findings), err=not any(one.known for one in findings))
    sys.exit(0 if any(one.known for one in findings) else 1)
