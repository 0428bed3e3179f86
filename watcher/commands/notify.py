"""`watcher notify` and `watcher digest`: what channels are told, and what the digest would say now."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from watcher import notifying, pipeline
from watcher.commands.build import STATUS, json_option, now_option
from watcher.commands.probe import counted
from watcher.core import letters
from watcher.edge import config, status
from watcher.edge.store import Store
from watcher.editing import Editor
from watcher.errors import WatcherError
from watcher.model import Message
from watcher.notifying import Round, Told
from watcher.pipeline import STORE_FOLDER

OUTCOMES = {"sent": "sent", "refused": "NOT sent", "unsure": "perhaps sent"}


@click.command("notify")
@click.option("--dry-run", is_flag=True, help="Say what would be sent, to which channel and why; send nothing.")
@click.option("--test", "trial", is_flag=True, help="Send every channel a message that says that it works, and nothing else.")
@click.option("--most", type=click.IntRange(1), help="Send so many messages at most, and leave the others to the next run.")
@now_option
@json_option
@click.pass_obj
def notify_command(path: Path, dry_run: bool, trial: bool, most: int | None, now: datetime | None, as_json: bool) -> None:
    """Tell every channel of sources.yaml what is due, once.

    Ends with 1 where a channel did not take a message: it is tried again by the next run, for two days.
    """
    settings = config.load(path, os.environ)
    if not settings.alerts:
        if as_json:
            click.echo(json.dumps({"channels": [], "left": 0}))
        else:
            click.echo("No channel is configured: `alerts:` in sources.yaml names them (docs/configuration.md).")
        return

    def clock() -> datetime:
        return now or datetime.now(UTC)

    if dry_run:
        with Store.open(path.parent / STORE_FOLDER, read_only=True) as store:
            around = Round(settings, store, clock())
            planned = [(told, [message for message, _ in around.messages(told)])
                       for told in around.told(notifying.office(settings, os.environ))]
        _say(planned, as_json, settings.site.timezone, would=True)
        return
    if trial:
        told = notifying.trial(settings, clock=clock, environ=os.environ)
    else:
        with Store.open(path.parent / STORE_FOLDER) as store:
            told = notifying.send(settings, store, clock=clock, environ=os.environ, most=most)
            _keep_status(path, Editor(settings, store).failing())
    _say([(one, [sent.message for sent in one.sent]) for one in told], as_json, settings.site.timezone)
    sys.exit(1 if any(one.failing for one in told) else 0)


@click.command("digest")
@click.option("--dry-run", is_flag=True, required=True, help="The only way there is: digests are closed by `watcher build`.")
@now_option
@click.pass_obj
def digest_command(path: Path, dry_run: bool, now: datetime | None) -> None:
    """Print the digest that would close now; nothing is closed and nothing is sent."""
    settings = config.load(path, os.environ)
    at = now or datetime.now(UTC)
    with Store.open(path.parent / STORE_FOLDER, read_only=True) as store:
        around = Round(settings, store, at)
        made = around.draft()
    if made is None:
        raise WatcherError("There is nothing to make a digest of: no source was read yet. Run `watcher build` first.")
    click.echo(letters.plain(made, around.publication, pipeline.speech(settings.site)), nl=False)


def _say(told: Sequence[tuple[Told, list[Message]]], as_json: bool, timezone: str, *, would: bool = False) -> None:
    if as_json:
        channels = [_channel(one, messages, would) for one, messages in told]
        click.echo(json.dumps({"channels": channels, "left": sum(one.left for one, _ in told)}, ensure_ascii=False))
        return
    for one, messages in told:
        for row in _rows(one, messages, timezone, would):
            click.echo(row)


def _rows(told: Told, messages: Sequence[Message], timezone: str, would: bool) -> Iterator[str]:
    """What a person reads of one channel."""
    name = told.alert.name
    if told.lacks:
        yield f"{name}: {told.lacks}."
    if told.new:
        but = ", but the last digest" if told.alert.digest else ""
        yield f"{name}: seen for the first time. What was there before is not sent to it{but}."
    again = {message.id for message in told.once_more}
    if would:
        for message in messages:
            yield from (f"{name}: would get: {message.subject}", *(f"    {row}" for row in message.text.splitlines()))
    else:
        for sent in told.sent:
            more = " once more (the first time, the channel gave no answer)" if sent.message.id in again else ""
            yield f"{name}: {OUTCOMES[sent.outcome]}{more}: {_subject(sent.message)}{f' ({sent.reason})' if sent.reason else ''}"
    if told.put_off:
        yield f"{name}: {counted(told.put_off, 'message waits', 'messages wait')} for the next run."
    if told.left:
        yield f"{name}: {counted(told.left, 'message is', 'messages are')} left to the next run."
    for notice in told.due.given_up:
        yield f"{name}: may not have arrived, and is not sent again: {_quiet(notice.title, notice.key)} (twice, the channel gave no answer)"
    if told.due.held and told.due.until:
        until = told.due.until.astimezone(ZoneInfo(timezone))
        yield f"{name}: {counted(len(told.due.held), 'message is', 'messages are')} held back until {until:%Y-%m-%d %H:%M}."
    if not (told.lacks or told.new or messages or told.due.held or told.due.given_up):
        yield f"{name}: nothing is due."


def _channel(told: Told, messages: Sequence[Message], would: bool) -> dict[str, Any]:
    """The same for a machine."""
    again = {message.id for message in told.once_more}
    outcomes = {sent.message.id: sent for sent in told.sent}
    return {
        "name": told.alert.name, "new": told.new, "lacks": told.lacks, "put_off": told.put_off, "left": told.left,
        "messages": [{
            "key": message.key, "subject": message.subject if would else _subject(message),
            "why": message.why, "settles": list(message.settles),
            "outcome": "would-send" if would else outcomes[message.id].outcome,
            "reason": "" if would else outcomes[message.id].reason, "once_more": message.id in again,
        } for message in messages],
        "held": [{"key": notice.key, "title": _quiet(notice.title, notice.key)} for notice in told.due.held],
        "held_until": told.due.until.isoformat() if told.due.until else None,
        "given_up": [notice.key for notice in told.due.given_up],
    }


def _subject(message: Message) -> str:
    return _quiet(message.subject, *message.settles)


def _quiet(said: str, *keys: str) -> str:
    """What a report says of a message: of mentions no word, since a CI's log is read by everybody who can read the repository."""
    return "a mention of a watched name" if any(key.startswith("card:") for key in keys) else said


def _keep_status(path: Path, failing: dict[str, dict[str, Any]]) -> None:
    """Beside what the last build wrote, if it wrote something."""
    place = path.parent / STORE_FOLDER / STATUS
    try:
        known = json.loads(place.read_bytes())
    except (OSError, ValueError):
        return
    if known.get("failing_channels") != failing:
        status.write(place, {**known, "failing_channels": failing})
