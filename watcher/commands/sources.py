"""`watcher check`, `add`, `import` and `export`: the list of sources, tried and tended."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from watcher import pipeline
from watcher.commands import probe
from watcher.commands.probe import Heard, counted
from watcher.commands.subscribe import NotFound, find, subscription
from watcher.core import feeds, text
from watcher.core.opml import OpmlSource
from watcher.edge import config, fetch, insertion, locator, overrides
from watcher.edge.store import Store
from watcher.edge.tree import Unfit
from watcher.editing import Editor
from watcher.errors import ConfigError
from watcher.model import Config, Failed, Feed, Override, PageText, Problem, Source

OPML_BYTES = 20_000_000         # as large as sources.yaml may be


# ---------------------------------------------------------------------------------------------------- check


@click.command("check")
@click.option("--network/--no-network", default=True, show_default=True, help="Ask every source, or only read the file.")
@click.option("--json", "as_json", is_flag=True, help="Report as JSON.")
@click.pass_obj
def check_command(path: Path, network: bool, as_json: bool) -> None:
    """Validate sources.yaml and overrides.yaml, then ask every source once. Ends with 1 where anything is wrong."""
    try:
        settings = config.load(path, os.environ)
    except ConfigError as error:
        _report_mistakes(error.problems, as_json)
        sys.exit(1)
    checked = []
    if network:
        agent = fetch.agent(settings.site.url, os.environ)
        for heard in probe.ask(settings.sources, limits=settings.limits, allow=settings.allow, agent=agent):
            checked.append(_verdict(heard))
            if not as_json:
                click.echo(_line(checked[-1]))
    bad = sum(not one["ok"] for one in checked)
    if as_json:
        order = {source.id: number for number, source in enumerate(settings.sources)}
        checked.sort(key=lambda one: order[one["id"]])
        unmatched = [{"file": overrides.FILE, "line": override.line, "name": name} for override, name in _unmatched(path, settings)]
        click.echo(json.dumps({"ok": not bad, "problems": [], "sources": checked, "unmatched": unmatched}, ensure_ascii=False))
    else:
        click.echo(_summary(path, settings, checked, network=network))
        for override, name in _unmatched(path, settings):
            click.echo(f"{overrides.FILE}:{override.line}: no entry known so far has this address or id: {name}")
    sys.exit(1 if bad else 0)


def _unmatched(path: Path, settings: Config) -> Iterator[tuple[Override, str]]:
    """The names in overrides.yaml that nothing in the store has; none where there is no store yet."""
    folder = path.parent / pipeline.STORE_FOLDER
    if settings.overrides and folder.is_dir():
        with Store.open(folder, read_only=True) as store:
            for override, decided in Editor(settings, store).decided():
                yield from ((override, name) for name, keys in zip(override.names, decided.keys, strict=True) if not keys)


def _report_mistakes(problems: tuple[Problem, ...], as_json: bool) -> None:
    if as_json:
        listed = [{"file": one.file, "line": one.line, "key": one.key, "why": one.why, "mend": one.mend} for one in problems]
        click.echo(json.dumps({"ok": False, "problems": listed, "sources": []}, ensure_ascii=False))
        return
    for problem in problems:
        click.echo(str(problem))
    files = " and ".join(dict.fromkeys(problem.file for problem in problems))
    click.echo(f"{len(problems)} to mend in {files}; the sources were not asked.")


def _verdict(heard: Heard) -> dict[str, Any]:
    """What one source's answer comes to, for `--json`; `mend` says what to do, and is "" where there is nothing to do."""
    source, said, newest = heard.source, heard.said, heard.newest_at
    verdict: dict[str, Any] = {"id": source.id, "name": source.name, "ok": True, "entries": 0, "newest": None, "class": "", "why": "",
                               "mend": ""}
    if isinstance(said, Failed):
        return verdict | {"ok": False, "class": said.step, "why": said.reason, "mend": probe.remedy(said, source)}
    if isinstance(said, Feed):
        verdict |= {"entries": len(said.entries), "newest": newest.date().isoformat() if newest else None}
        if not said.entries and not source.empty_ok:
            return verdict | {"ok": False, "class": "empty", "why": "the feed has no entry",
                              "mend": "Look for another feed, or write `empty_ok: true` if that is its normal state."}
        if newest and source.expect_every and heard.fetched and heard.fetched.fetched_at - newest > source.expect_every:
            return verdict | {"ok": False, "class": "silent",
                              "why": f"nothing since {newest.date().isoformat()}, which is longer than its `expect_every`",
                              "mend": "Look whether the site has moved, or give it a longer `expect_every`."}
    elif isinstance(said, PageText):
        verdict["entries"] = len(said.paragraphs)
    if heard.fetched and heard.fetched.permanent_url:
        moved = heard.fetched.permanent_url
        where = moved if not locator.is_secret(moved) and source.feed_url else locator.home(moved)
        verdict |= {"class": "moved", "why": f"it has moved for good to {where}", "mend": "Put the new address in the list."}
    return verdict


def _line(verdict: Mapping[str, Any]) -> str:
    note = f"{verdict['why']}. {verdict['mend']}" if verdict["why"] else ""
    if not verdict["ok"]:
        return f"WRONG {verdict['id']}: {verdict['class']}: {note}"
    newest = f", newest of {verdict['newest']}" if verdict["newest"] else ""
    return f"ok    {verdict['id']}: {counted(verdict['entries'], 'entry', 'entries')}{newest}" + (f"; {note}" if note else "")


def _summary(path: Path, settings: Config, checked: Sequence[Mapping[str, Any]], *, network: bool) -> str:
    total = counted(len(settings.sources), "source", "sources")
    if not network:
        return f"{path.name} is well written: {total}, not asked (--no-network)."
    bad = [one for one in checked if not one["ok"]]
    if len(bad) == len(checked) and {one["class"] for one in bad} <= {"dns", "connect", "timeout"}:
        return f"{path.name} is well written, but none of its sources could be reached: is there a network?"
    return f"{path.name} is well written. {total} asked: {len(checked) - len(bad)} fine, {len(bad)} with a problem."


# ---------------------------------------------------------------------------------------------------- add


@click.command("add")
@click.argument("url")
@click.option("--page", is_flag=True, help="Watch the page itself for changes of its text.")
@click.option("--dry-run", is_flag=True, help="Show what would be added, and leave the file as it is.")
@click.pass_obj
def add_command(path: Path, url: str, page: bool, dry_run: bool) -> None:
    """Find the feed behind URL (a feed or a web page), test it, and add it to the list.

    A page without a feed is added itself: what it lists becomes entries where it plainly lists things, else its text is watched.
    """
    settings = config.begun(path, os.environ)
    written = url.strip() if "://" in url or "${" in url else f"https://{url.strip()}"
    try:
        address = locator.expand(written, os.environ)
        locator.check(address)
    except Unfit as unfit:
        raise click.ClickException(f"The address {unfit} {unfit.mend}") from unfit
    _refuse_known(settings, address)
    agent = fetch.agent(settings.site.url, os.environ)
    try:
        found = find(written, address, page=page, limits=settings.limits, allow=settings.allow, agent=agent, say=click.echo)
    except NotFound as missing:
        click.echo(str(missing), err=True)
        sys.exit(1)
    _refuse_known(settings, found.source.url)
    fields = subscription(found)
    click.echo(_described(found.heard))
    rows = insertion.rows(fields)
    if not dry_run:
        config.append(path, fields)
    click.echo(f"{'Would be added' if dry_run else 'Added'} to {path.name}:\n{rows}")
    if "language" not in fields and not page:
        click.echo("It does not say its language, so English is assumed; add `language: fr` where that is wrong.")
    if "${" not in written and locator.is_secret(found.source.url):
        click.echo("The address seems to hold a secret: keep that in the environment and write `${NAME}` in its place.")


def _refuse_known(settings: Config, address: str) -> None:
    for source in settings.sources:
        if locator.same(source.url) == locator.same(address):
            raise click.ClickException(f"It is in the list already: {source.name} (`{source.id}`). Nothing was added.")


def _described(heard: Heard) -> str:
    said = heard.said
    if isinstance(said, PageText):
        return f"Found a page: {said.title or heard.source.name}: {counted(len(said.paragraphs), 'paragraph', 'paragraphs')} to watch."
    assert isinstance(said, Feed)
    newest = f", newest of {heard.newest_at.date().isoformat()}" if heard.newest_at else ""
    title = next((f": “{entry.title}”" for entry in said.entries if entry.title), "")
    what = "a page that lists things" if heard.source.kind == "page" else "a feed"
    return f"Found {what}: {said.title or heard.source.name}: {counted(len(said.entries), 'entry', 'entries')}{newest}{title}"


# ---------------------------------------------------------------------------------------------------- import, export


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Count, and leave the file as it is.")
@click.pass_obj
def import_command(path: Path, file: Path, dry_run: bool) -> None:
    """Add the feeds of an OPML file that are not in the list yet."""
    settings = config.begun(path, os.environ)
    if file.stat().st_size > OPML_BYTES:
        raise click.ClickException(f"{file.name} is larger than {OPML_BYTES // 1_000_000} MB. Split it.")
    listed = feeds.read_opml(file.read_bytes(), file=file.name)
    known = {locator.same(source.url) for source in settings.sources}
    added: list[Mapping[str, Any]] = []
    present, bad = 0, []
    for one in listed:
        try:
            fields = _imported(one)
        except Unfit as unfit:
            bad.append(f"  {one.title or '(no title)'}: the address {unfit} {unfit.mend}")
            continue
        if (same := locator.same(one.xml_url)) in known:
            present += 1
            continue
        known.add(same)
        added.append(fields)
    if added and not dry_run:
        config.append(path, *added)
    verb = "would be added" if dry_run else "added"
    click.echo("\n".join((f"{file.name}: {len(added)} {verb}, {present} in the list already, {len(bad)} cannot be used.", *bad)))
    if not listed:
        click.echo("There is no feed in it: its outlines have no xmlUrl.", err=True)
    if added and not dry_run:
        click.echo("Ask each of them once with `watcher check`.")
    sys.exit(1 if not added and not present else 0)


def _imported(one: OpmlSource) -> dict[str, str]:
    """The keys of a source for one feed of an OPML file. Raises Unfit where its address cannot be used."""
    if "${" in one.xml_url:
        # Whoever wrote the file would learn what is in our environment.
        raise Unfit("has a `${…}` in it.", "Only an address you write yourself may name a variable.")
    locator.check(one.xml_url)
    fields = {"url": one.xml_url, "name": _name(one.title), "home": one.html_url, "language": one.language, "group": _name(one.group)}
    return {name: value for name, value in fields.items() if value}


def _name(words: str) -> str:
    return text.line(words.replace("${", "$ {"), 80)


@click.command("export")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Where to write it.  [default: standard output]")
@click.pass_obj
def export_command(path: Path, output: Path | None) -> None:
    """Write the list as OPML, for any feed reader. Addresses that hold a secret are left out."""
    settings = config.load(path, os.environ)
    # Whom one listens to is nobody's business: such a list is given away easily.
    listed = tuple(source for source in settings.sources if not source.mentions)
    body = feeds.opml(listed, settings.site.title)
    if output:
        output.write_bytes(body)
    else:
        click.echo(body, nl=False)
    if hidden := [source.name for source in _hidden(listed)]:
        click.echo(f"Without the address, which holds a secret: {', '.join(hidden)}.", err=True)
    if left := len(settings.sources) - len(listed):
        click.echo(f"Without {counted(left, 'source', 'sources')} that {'is' if left == 1 else 'are'} read for mentions alone.", err=True)


def _hidden(sources: tuple[Source, ...]) -> Iterator[Source]:
    return (source for source in sources if source.kind == "feed" and source.feed_url is None)
