"""`watcher explain ID|URL`: why a story is here, at this place, with these tags."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from watcher import pipeline
from watcher.commands.build import json_option, now_option
from watcher.core import account
from watcher.core.language import Speech
from watcher.edge import config
from watcher.edge.store import Store
from watcher.editing import Editor
from watcher.model import Digest, Publication, Ranked, Reason, Tagged
from watcher.pipeline import STORE_FOLDER


@click.command("explain")
@click.argument("what", metavar="ID|URL")
@now_option
@json_option
@click.pass_obj
def explain_command(path: Path, what: str, now: datetime | None, as_json: bool) -> None:
    """Say why an entry or story is where it is: its tags with the words that prove them, who tells it, its place and the reasons for it.

    ID is what stands behind `#s-` in a link to a story, or an entry's own id; URL is the address of the article, in any spelling, or the
    permanent link to its story on the site.
    """
    settings = config.load(path, os.environ)
    with Store.open(path.parent / STORE_FOLDER, read_only=True) as store:
        editor = Editor(settings, store)
        found = editor.find(what.removeprefix("s-")) or editor.find(what.rpartition("#s-")[2])
        publication, decided = pipeline.opened(editor.publication(now or datetime.now(UTC))), editor.decided()
    if not found:
        click.echo(f"No entry has this id or address: {what}\nDoes its source answer? `watcher check` says.", err=True)
        sys.exit(1)
    speech = pipeline.speech(settings.site)
    if as_json:
        accounts = [_account(item, publication, speech) for item in found]
        click.echo(json.dumps(accounts, ensure_ascii=False, indent=1))
    else:
        click.echo("\n\n\n".join("\n".join(account.tell(item, publication, decided, speech)) for item in found))


def _account(item: Tagged, publication: Publication, speech: Speech) -> dict[str, Any]:
    sighting, entry = item.sighting, item.sighting.entry
    story = account.story_of(item, publication)
    return {
        "id": sighting.key, "title": entry.title, "link": entry.link, "source": entry.source_id,
        "published": entry.published.isoformat() if entry.published else None, "first_seen": sighting.first_seen_at.isoformat(),
        "earlier_wordings": [revision.title for revision in sighting.revisions],
        "tags": [{"tag": mention.tag, "because": mention.field, "words": mention.exact} for mention in item.tags.mentions],
        "status": story.status if story else None,
        "rungs": [{"status": rung.status, "by": rung.source_id, "at": rung.at.isoformat(), "id": rung.key}
                  for rung in story.rungs] if story else [],
        "told_by": [member.sighting.entry.source_id for member in story.members] if story else [],
        "joins": [{"id": join.key, "to": join.to, "because": [speech.because(reason) for reason in join.evidence]}
                  for join in story.joins] if story else [],
        "places": [_place(made, item, speech) for made in account.places_of(item, publication)],
    }


def _place(made: Digest, item: Tagged, speech: Speech) -> dict[str, Any]:
    if place := account.shown_in(made, item):
        section, number, ranked = place
        return {"digest": made.id, "shown_in": section, "place": number, "score": ranked.score, "reasons": list(_reasons(ranked, speech))}
    left = next((left for left in made.left_out if left.key == item.sighting.key), None)
    return {"digest": made.id, "left_out": speech.because(left.why) if left else None}


def _reasons(ranked: Ranked, speech: Speech) -> Iterator[dict[str, Any]]:
    reason: Reason
    for reason in ranked.reasons:
        yield {"points": reason.points, "because": speech.because(reason)}
