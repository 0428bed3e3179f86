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
from watcher.core.language import Speech
from watcher.edge import config
from watcher.edge.store import Store
from watcher.model import Digest, Publication, Ranked, Reason, Story, Tagged
from watcher.pipeline import STORE_FOLDER, Editor


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
        publication = editor.publication(now or datetime.now(UTC))
    if not found:
        click.echo(f"No entry has this id or address: {what}\nDoes its source answer? `watcher check` says.", err=True)
        sys.exit(1)
    speech = pipeline.speech(settings.site)
    accounts = [_account(item, publication, speech) for item in found]
    if as_json:
        click.echo(json.dumps(accounts, ensure_ascii=False, indent=1))
    else:
        click.echo("\n\n".join("\n".join(_lines(account, speech)) for account in accounts))


def _account(item: Tagged, publication: Publication, speech: Speech) -> dict[str, Any]:
    sighting, entry = item.sighting, item.sighting.entry
    story = _story(item, publication)
    return {
        "id": sighting.key, "title": entry.title, "link": entry.link, "source": entry.source_id,
        "published": entry.published.isoformat() if entry.published else None, "first_seen": sighting.first_seen_at.isoformat(),
        "earlier_wordings": [revision.title for revision in sighting.revisions],
        "tags": [{"tag": mention.tag, "because": mention.field, "words": mention.exact} for mention in item.tags.mentions],
        "status": story.status if story else None,
        "told_by": [member.sighting.entry.source_id for member in story.members] if story else [],
        "joins": [{"id": join.key, "to": join.to, "because": [speech.because(reason) for reason in join.evidence]}
                  for join in story.joins] if story else [],
        "places": [_place(made, item, speech) for made in (*reversed(publication.digests), *filter(None, (publication.latest,)))
                   if _holds(made, item)],
    }


def _story(item: Tagged, publication: Publication) -> Story | None:
    """The story the entry is in: as a digest told it, else as it is grouped now."""
    told = (ranked.story for made in publication.digests for ranked in made.shown)
    return next((story for story in (*told, *publication.stories)
                 if any(member.sighting.key == item.sighting.key for member in story.members)), None)


def _holds(made: Digest, item: Tagged) -> bool:
    return made.start_at <= item.sighting.first_seen_at < made.end_at


def _place(made: Digest, item: Tagged, speech: Speech) -> dict[str, Any]:
    for section in made.sections:
        for number, ranked in enumerate(section.ranked, 1):
            if any(member.sighting.key == item.sighting.key for member in ranked.story.members):
                return {"digest": made.id, "shown_in": section.topic, "place": number, "score": ranked.score,
                        "reasons": list(_reasons(ranked, speech))}
    left = next((left for left in made.left_out if left.key == item.sighting.key), None)
    return {"digest": made.id, "left_out": speech.because(left.why) if left else None}


def _reasons(ranked: Ranked, speech: Speech) -> Iterator[dict[str, Any]]:
    reason: Reason
    for reason in ranked.reasons:
        yield {"points": reason.points, "because": speech.because(reason)}


def _lines(account: dict[str, Any], speech: Speech) -> Iterator[str]:
    yield account["title"] or account["link"] or account["id"]
    yield f"  {account['link']}"
    yield f"  id {account['id']} · source {account['source']}"
    yield f"  first seen {_local(account['first_seen'], speech)} · published {_local(account['published'], speech)}"
    for wording in account["earlier_wordings"]:
        yield f"  before: {wording}"
    yield "Tags" if account["tags"] else "No tag: no word of it proves one"
    for tag in account["tags"]:
        yield f"  {tag['tag']}: {tag['because']}: “{tag['words']}”"
    if account["told_by"]:
        yield f"Story: {account['status']}, told by {', '.join(account['told_by'])}"
        for join in account["joins"]:
            yield f"  {join['id']} joined {join['to']}: {'; '.join(join['because'])}"
    for place in account["places"]:
        if "shown_in" not in place:
            yield f"Digest of {place['digest']}: left out: {place['left_out']}"
            continue
        yield f"Digest of {place['digest']}: number {place['place']} of {place['shown_in']}, {place['score']:g} points"
        for reason in place["reasons"]:
            yield f"  {reason['points']:+g}  {reason['because']}"


def _local(instant: str | None, speech: Speech) -> str:
    return f"{speech.local(datetime.fromisoformat(instant)):%Y-%m-%d %H:%M}" if instant else "not said"
