"""`overrides.yaml`, beside `sources.yaml` → the stories that a person joins or splits by hand.

Source: docs/decisions/0026-overrides-and-lead-time.md
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Any

from yaml.nodes import Node

from watcher.edge import insertion, tree
from watcher.edge.kinds import WRONG, Block, Key, Many, Table
from watcher.edge.tree import Sheet
from watcher.edge.words import ENTRY
from watcher.model import Override

FILE = "overrides.yaml"
TITLE_OF_SCHEMA = "overrides.yaml of watcher"


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A list of entries, two or more. Gives an `Override`, whose kind is its key's."""

    says: str = "a list of two or more addresses"

    def read(self, node: Node, key: str, sheet: Sheet) -> Any:
        names = Many(of=ENTRY).read(node, key, sheet)
        if len(names) < 2:
            sheet.note(tree.line_of(node), key, "names no two entries.",
                       "Write the entries that belong to one line between brackets: `- [https://…, https://…]`.")
            return WRONG
        return Override(kind="join", names=names, line=tree.line_of(node))

    def schema(self) -> dict[str, Any]:
        return {"type": "array", "items": ENTRY.schema(), "minItems": 2, "uniqueItems": True}


TABLE = Table(says="a block with `join:` or `split:`", keys=(
    Key("join", Many(of=Group()), "The entries of each line are one story.", "[]", also=("merge", "same", "together", "joins")),
    Key("split", Many(of=Group()), "No two entries of a line are ever in one story; the first one keeps its company.", "[]",
        also=("separate", "apart", "never", "unmerge", "splits")),
))


def load(path: Path, sheet: Sheet) -> tuple[Override, ...]:
    """The overrides of the file, in the order of its lines; none where it is missing or empty. Problems are noted on `sheet`."""
    if not path.exists():
        return ()
    if path.is_file() and path.stat().st_size <= tree.FILE_BYTES and insertion.is_bare(path.read_bytes()):
        return ()
    root = tree.read(path, sheet)
    block = TABLE.read(root, "", sheet) if root is not None else WRONG
    if block is WRONG:
        return ()
    overrides = tuple(sorted(_all(block), key=lambda one: one.line))
    _at_odds(overrides, sheet)
    return overrides


def json_schema() -> dict[str, Any]:
    """The JSON Schema of the file (draft 7)."""
    return {"$schema": "http://json-schema.org/draft-07/schema#", "title": TITLE_OF_SCHEMA, **TABLE.schema()}


def _all(block: Block) -> Iterator[Override]:
    yield from block.values.get("join", ())
    yield from (replace(one, kind="split") for one in block.values.get("split", ()))


def _at_odds(overrides: tuple[Override, ...], sheet: Sheet) -> None:
    """Note what is both joined and split."""
    joined = {frozenset(pair): one.line for one in overrides if one.kind == "join" for pair in combinations(one.names, 2)}
    for one in overrides:
        for pair in combinations(one.names, 2) if one.kind == "split" else ():
            if (line := joined.get(frozenset(pair))) is not None:
                sheet.note(one.line, "split", f"keeps apart what line {line} joins: {pair[0][:80]} and {pair[1][:80]}.",
                           "Take one of the two lines out.")
