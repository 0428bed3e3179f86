"""`sources.yaml` → `Config`, or an error naming every mistake with its line, its key and how to mend it.

Source: docs/decisions/0003-configuration.md; the keys themselves are in schema.py.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from yaml.nodes import Node, ScalarNode, SequenceNode

from watcher.edge import answered, channels, insertion, locator, overrides, tree
from watcher.edge.catalogs import catalog, cues, merged, vocabulary
from watcher.edge.kinds import WRONG, Block, refs
from watcher.edge.schema import ROOT, json_schema
from watcher.edge.tree import Sheet, Unfit
from watcher.errors import ConfigError
from watcher.model import Brand, Config, DigestSettings, Limits, Problem, Rule, SiteSettings, Source, Vocabulary

__all__ = ["append", "begun", "catalog", "cues", "load", "schema", "vocabulary"]

ACTIONS: tuple[Literal["mute", "boost", "tag"], ...] = ("mute", "boost", "tag")


def load(path: Path, environ: Mapping[str, str]) -> Config:
    """Read and check the whole file, and `overrides.yaml` and `answered.yaml` beside it.

    `environ` gives `${NAME}` in addresses, headers and channels their values. Raises ConfigError with every problem found, in the order of
    the lines; no problem repeats a secret.
    """
    sheet, other, replies = Sheet(path.name), Sheet(overrides.FILE), Sheet(answered.FILE)
    by_hand = overrides.load(path.with_name(overrides.FILE), other)
    done = answered.load(path.with_name(answered.FILE), replies)
    beside = (*other.in_order(), *replies.in_order())
    root = tree.read(path, sheet)
    try:
        settings = _checked(root, environ, sheet)
    except ConfigError as error:
        raise ConfigError((*error.problems, *beside)) from None
    if beside:
        raise ConfigError(beside)
    return replace(settings, overrides=by_hand, answered=done)


def begun(path: Path, environ: Mapping[str, str]) -> Config:
    """The settings of a file that may still lack its list, or not be there at all: what `watcher add` starts from. Raises ConfigError."""
    if not path.exists() or insertion.is_bare(path.read_bytes()):
        return Config(site=SiteSettings(), digest=DigestSettings(), sources=(), vocabulary=vocabulary())
    sheet = Sheet(path.name)
    root = tree.read(path, sheet)
    return _checked(root, environ, sheet, begun=True)


def schema() -> dict[str, Any]:
    """The JSON Schema of the file; shipped as watcher/data/sources.schema.json."""
    return json_schema()


def append(path: Path, *sources: Mapping[str, Any], environ: Mapping[str, str] = os.environ) -> None:
    """Add sources at the end of the list, as text: comments, order and indentation of the file stay.

    Each is given by the keys of a source in the order in which they are to be written. A missing or empty file is begun. The result is
    checked as a whole before it takes the place of the file at once. Raises ConfigError, and then the file is as it was.
    """
    before = path.read_bytes() if path.exists() else b""
    sheet = Sheet(path.name)
    root = tree.parse(before, sheet) if before.strip() else None
    if sheet.problems and not insertion.is_bare(before):
        raise ConfigError(sheet.in_order())
    try:
        after = insertion.inserted(before.decode("utf-8"), root, sources).encode("utf-8")
    except Unfit as unfit:
        raise ConfigError((Problem(file=path.name, line=None, key="sources", why=str(unfit), mend=unfit.mend),)) from None
    checked = Sheet(path.name)
    _checked(tree.parse(after, checked), environ, checked)
    _replace(path, after)


def _replace(path: Path, body: bytes) -> None:
    target = path.resolve()
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(target.stat().st_mode & 0o7777 if target.exists() else 0o644)
        Path(name).replace(target)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


def _checked(root: Node | None, environ: Mapping[str, str], sheet: Sheet, *, begun: bool = False) -> Config:
    """`begun`: a list that is missing or empty is no mistake yet."""
    block = _root(root, sheet) if root is not None else None
    if block is None:
        raise ConfigError(sheet.in_order())
    words = merged(vocabulary(), block.values.get("topics", ()), block.values.get("entities", ()), sheet)
    topics, entities = dict.fromkeys(topic.id for topic in words.topics), dict.fromkeys(entity.id for entity in words.entities)
    ids: dict[str, int] = {}
    sources = tuple(_sources(block, ids, topics, entities, environ, sheet))
    config = Config(
        site=SiteSettings(**{**_values(block, "site"), "platforms": _platforms(block, entities, sheet)}),
        digest=_digest(block),
        sources=sources,
        vocabulary=words,
        rules=tuple(_rules(block, topics, ids, sheet)),
        brands=tuple(_brands(block, sheet)),
        alerts=tuple(channels.read(block, topics, entities, ids, environ, sheet)),
        **_values(block, "network"),
        limits=Limits(**_values(block, "limits")),
    )
    _concepts(block, words, entities, sheet)
    _listeners(block, sheet)
    if begun and not sources:
        sheet.problems = [problem for problem in sheet.problems if problem.key != "sources"]
    if sheet.problems:
        raise ConfigError(sheet.in_order())
    return config


def _root(root: Node, sheet: Sheet) -> Block | None:
    """The blocks of the file; a bare list is a file that holds `sources:` alone."""
    line = tree.line_of(root)
    if isinstance(root, SequenceNode):
        read = next(key.kind for key in ROOT.keys if key.name == "sources").read(root, "sources", sheet)
        block = Block(line, "", {"sources": read}, {"sources": line})
    else:
        if isinstance(root, ScalarNode):
            sheet.note(line, "file", "is a single value, not a list of sources.", "Begin each source with `- url: https://…`.")
            return None
        block = ROOT.read(root, "", sheet)
        if block is WRONG:
            return None
    if block.values.get("sources") == () and not any(problem.key.startswith("sources") for problem in sheet.problems):
        sheet.note(block.line_of("sources"), "sources", "lists nothing.", "Add one: `watcher add https://…`, or a line `- url: https://…`.")
    return block


def _values(block: Block, name: str) -> dict[str, Any]:
    return dict(block.values[name].values) if block.has(name) else {}


def _platforms(block: Block, entities: Collection[str], sheet: Sheet) -> tuple[str, ...]:
    return refs(block.values["site"], "platforms", entities, "platform or company", sheet) if block.has("site") else ()


def _digest(block: Block) -> DigestSettings:
    values = _values(block, "digest")
    for name in ("days", "absences"):
        if name in values:
            values[name] = tuple(sorted(values[name]))
    return DigestSettings(**values)


def _sources(block: Block, lines: dict[str, int], topics: Collection[str], entities: Collection[str], environ: Mapping[str, str],
             sheet: Sheet) -> Iterable[Source]:
    """The sources; `lines` is filled with their ids and the lines these stand on."""
    blocks: tuple[Block, ...] = block.values.get("sources", ())
    addresses: dict[str, int] = {}
    for given in blocks:                    # ids that were chosen come first: one that is made gives way to them
        if (chosen := given.values.get("id")) is None:
            continue
        if chosen in lines:
            why = f"is used twice (`{chosen}`), first on line {lines[chosen]}."
            sheet.note(given.line_of("id"), f"{given.key}.id", why, "Choose another id.")
        else:
            lines[chosen] = given.line_of("id")
    for given in blocks:
        if source := _source(given, lines, addresses, topics, entities, environ, sheet):
            yield source


def _source(given: Block, lines: dict[str, int], addresses: dict[str, int], topics: Collection[str], entities: Collection[str],
            environ: Mapping[str, str], sheet: Sheet) -> Source | None:
    values = dict(given.values)
    values["topics"] = refs(given, "topics", topics, "topic", sheet)
    values["entities"] = refs(given, "entities", entities, "platform or company", sheet)
    values["headers"] = tuple(_headers(given, environ, sheet))
    if values.get("kind", "feed") == "feed":
        for name in ("select", "remove", "items"):
            if name in given.lines:
                sheet.note(given.line_of(name), f"{given.key}.{name}", "is for pages only.", "Add `kind: page`, or take it out.")
    if given.values.get("mentions") and given.values.get("kind") == "page":
        sheet.note(given.line_of("mentions"), f"{given.key}.mentions", "is for feeds only.", "Take it out, or name the feed of that page.")
    if "items" in values and not any(part == "item" for part, _ in values["items"]):
        sheet.note(given.line_of("items"), f"{given.key}.items", "does not say what one item is.", "Add `item:` with its CSS selector.")
    if not given.has("url"):
        return None
    written: str = values["url"]
    line = given.line_of("url")
    try:
        url = locator.expand(written, environ)
        locator.check(url)
        if locator.host_is_variable(written) and not given.has("home", "name"):
            raise Unfit("has its host in a variable, which is never shown.", "Add `name:` and `home:` with what readers may see.")
    except Unfit as unfit:
        sheet.note(line, f"{given.key}.url" if "url" in given.lines else given.key, str(unfit), unfit.mend)
        return None
    if (address := locator.same(url)) in addresses:
        sheet.note(line, f"{given.key}.url", f"is already on line {addresses[address]}.", "Keep one of the two.")
    addresses.setdefault(address, line)
    values |= {"url": url, "feed_url": locator.shown(written, url), "name": values.get("name") or locator.name(url)}
    values.setdefault("home", locator.home(url))
    if "id" not in values:
        values["id"] = _free_id(locator.identifier(given.values.get("name", ""), written), written, lines)
        lines[values["id"]] = line
    return Source(**values)


def _free_id(wished: str, written: str, taken: Mapping[str, int]) -> str:
    """An id nobody has: the wished one, else one told apart by digits made from the address, which stay when the list is reordered."""
    if wished not in taken:
        return wished
    digits = locator.digits(written)
    return next(made for length in range(4, 17) if (made := f"{wished[:43]}-{digits[:length]}") not in taken)


def _headers(given: Block, environ: Mapping[str, str], sheet: Sheet) -> Iterable[tuple[str, str]]:
    for name, value in given.values.get("headers", ()):
        try:
            expanded = locator.expand(value, environ)
            if not expanded.isprintable():
                raise Unfit("gets a line break or a control character from its variable.", "A header is one line: mend the variable.")
            yield name, expanded
        except Unfit as unfit:
            sheet.note(given.line_of("headers"), f"{given.key}.headers.{name}", str(unfit), unfit.mend)


def _rules(block: Block, topics: Collection[str], ids: Collection[str], sheet: Sheet) -> Iterable[Rule]:
    for given in block.values.get("rules", ()):
        actions = [action for action in ACTIONS if action in given.lines]
        if len(actions) != 1:
            why = "does nothing." if not actions else f"has {' and '.join(actions)} at once."
            sheet.note(given.line, given.key, why, "Give one of `mute:`, `boost:` and `tag:`, with a regular expression.")
            continue
        action = actions[0]
        if "points" in given.lines and action != "boost":
            sheet.note(given.line_of("points"), f"{given.key}.points", "is for `boost:` only.", "Take it out.")
        if "topic" in given.lines and action != "tag":
            sheet.note(given.line_of("topic"), f"{given.key}.topic", "is for `tag:` only.", "Take it out.")
        if action == "tag" and "topic" not in given.lines:
            sheet.note(given.line, f"{given.key}.topic", "is missing.", "Say which topic `tag:` gives: `topic: plateformes`.")
        topic = next(iter(refs(given, "topic", topics, "topic", sheet)), None)
        sources = refs(given, "sources", ids, "source", sheet)
        if given.has(action):
            pattern = given.values[action]
            yield Rule(name=given.values.get("name", pattern[:80]), action=action, pattern=pattern, field=given.values.get("in", "any"),
                       sources=sources, points=given.values.get("points", 3), topic=topic)


def _brands(block: Block, sheet: Sheet) -> Iterable[Brand]:
    lines: dict[str, int] = {}
    for given in block.values.get("brands", ()):
        if not given.values.get("names"):
            if "names" in given.values:
                sheet.note(given.line_of("names"), f"{given.key}.names", "lists nothing.", "Give at least one name.")
            continue
        brand_id = given.values.get("id") or locator.identifier(given.values["names"][0], "")
        if brand_id in lines:
            sheet.note(given.line, f"{given.key}.id", f"is used twice (`{brand_id}`), first on line {lines[brand_id]}.", "Add an `id:`.")
        lines.setdefault(brand_id, given.line)
        yield Brand(**{**given.values, "id": brand_id})


def _listeners(block: Block, sheet: Sheet) -> None:
    """A source that is read for the watched names needs one."""
    for given in block.values.get("sources", ()):
        if given.values.get("mentions") and not block.values.get("brands"):
            sheet.note(given.line_of("mentions"), f"{given.key}.mentions", "reads it for the watched names, and none is watched.",
                       "Name one under `brands:`, or take it out.")


def _concepts(block: Block, words: Vocabulary, entities: Collection[str], sheet: Sheet) -> None:
    """Check what the user's own topics and entities refer to."""
    kinds = dict.fromkeys(entity.kind for entity in words.entities)
    for _, given in block.values.get("entities", ()):
        refs(given, "parent", entities, "platform or company", sheet)
    for _, given in block.values.get("topics", ()):
        if given.has("with_entity"):
            refs(given.values["with_entity"], "kinds", kinds, "kind of entity", sheet)
