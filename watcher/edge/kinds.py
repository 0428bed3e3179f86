"""What a value of `sources.yaml` may be: each kind reads a node, says what it expects, and knows its JSON Schema."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Hashable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import islice
from typing import Any, Protocol

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from watcher.edge.tree import Sheet, Unfit, is_empty, line_of, pairs

WRONG: Any = object()           # what a kind gives back for a value it has noted as a problem
_PLAIN_TAGS = frozenset(f"tag:yaml.org,2002:{tag}" for tag in ("str", "int", "float", "bool", "timestamp", "value"))


class Kind(Protocol):
    """One kind of value. `read` never raises: it notes problems on the sheet and gives WRONG back."""

    @property
    def says(self) -> str: ...

    def read(self, node: Node, key: str, sheet: Sheet) -> Any: ...

    def schema(self) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One scalar. YAML's own guess at a type (`no`, `07:30`, `2026-08-03`) is not asked: `convert` gets the text as it is written."""

    says: str
    convert: Callable[[str], Any]
    json: Mapping[str, Any] = field(default_factory=lambda: {"type": "string"})
    quoted: bool = True             # whether text between quotes will do; not for numbers and true/false
    variables: bool = False         # whether `${NAME}` is read here

    def read(self, node: Node, key: str, sheet: Sheet) -> Any:
        line = line_of(node)
        if is_empty(node):
            sheet.note(line, key, "has no value.", f"Give {self.says}, or take the line out.")
            return WRONG
        if not isinstance(node, ScalarNode):
            found = "a list" if isinstance(node, SequenceNode) else "a block of keys"
            sheet.note(line, key, f"is {found}.", f"Give {self.says}.")
            return WRONG
        if node.tag not in _PLAIN_TAGS:
            sheet.note(line, key, "has a YAML tag (`!…`).", "Take the tag out.")
            return WRONG
        written = str(node.value).strip()
        if node.style in ("'", '"') and not self.quoted:
            sheet.note(line, key, "is text between quotes.", f"Give {self.says}, without quotes.")
            return WRONG
        if "${" in written and not self.variables:
            sheet.note(line, key, "has a `${…}`, which is not read here.", "Variables are read in `url`, `headers` and `to` only.")
            return WRONG
        try:
            return self.convert(written)
        except Unfit as unfit:
            sheet.note(line, key, str(unfit), unfit.mend)
            return WRONG

    def schema(self) -> dict[str, Any]:
        return dict(self.json)


@dataclass(frozen=True, slots=True)
class Ref:
    """An id that names something defined elsewhere, and where it is named; two are equal when they name the same."""

    id: str
    line: int = field(compare=False)
    key: str = field(compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """The id of something defined elsewhere in the file or in the vocabulary. Gives a `Ref`, for whoever knows what there is."""

    says: str

    def read(self, node: Node, key: str, sheet: Sheet) -> Any:
        word = Word(says=self.says, convert=str)
        written = word.read(node, key, sheet)
        return WRONG if written is WRONG else Ref(written, line_of(node), key)

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "minLength": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Many:
    """A list of one kind; a single value will do for a list of one. Gives a tuple. A value given twice is a problem."""

    of: Kind

    @property
    def says(self) -> str:
        return f"a list, each {self.of.says}"

    def read(self, node: Node, key: str, sheet: Sheet) -> Any:
        if is_empty(node):
            return ()
        if not isinstance(node, SequenceNode):
            value = self.of.read(node, key, sheet)
            return () if value is WRONG else (value,)
        values: list[Any] = []
        seen: set[Any] = set()
        for number, item in enumerate(node.value):
            value = self.of.read(item, f"{key}[{number}]", sheet)
            if value is WRONG:
                continue
            if isinstance(value, Hashable) and value in seen:
                sheet.note(line_of(item), f"{key}[{number}]", "stands in the list twice.", "Take one out.")
                continue
            if isinstance(value, Hashable):
                seen.add(value)
            values.append(value)
        return tuple(values)

    def schema(self) -> dict[str, Any]:
        return {"anyOf": [self.of.schema(), {"type": "array", "items": self.of.schema(), "uniqueItems": True}]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """A block whose keys are free. Gives a tuple of (name, value)."""

    of: Kind
    names: Callable[[str], str]     # checks a key; raises Unfit
    says: str

    def read(self, node: Node, key: str, sheet: Sheet) -> Any:
        if is_empty(node):
            return ()
        if not isinstance(node, MappingNode):
            sheet.note(line_of(node), key, "is no block of keys.", f"Give {self.says}.")
            return WRONG
        values = []
        for name, line, value_node in pairs(node, key, sheet):
            try:
                checked = self.names(name)
            except Unfit as unfit:
                sheet.note(line, f"{key}.{name}", str(unfit), unfit.mend)
                continue
            value = self.of.read(value_node, f"{key}.{name}", sheet)
            if value is not WRONG:
                values.append((checked, value))
        return tuple(values)

    def schema(self) -> dict[str, Any]:
        return {"type": "object", "additionalProperties": self.of.schema()}


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a block. `about` is a sentence for a person; `default` is what holds without it, as written in YAML."""

    name: str
    kind: Kind
    about: str
    default: str = ""
    required: bool = False
    also: tuple[str, ...] = ()      # what people write instead: hinted at, never accepted


@dataclass(slots=True)
class Block:
    """The values of one block of keys, and the lines they stand on. A key whose value is wrong has a line and no value."""

    line: int
    key: str
    values: dict[str, Any]
    lines: dict[str, int]

    def line_of(self, name: str) -> int:
        return self.lines.get(name, self.line)

    def has(self, *names: str) -> bool:
        """Whether every one of these keys has a value that can be used."""
        return all(name in self.values for name in names)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A block of known keys. Gives a `Block`. `short` is the key that a bare value stands for, where a bare value will do."""

    keys: tuple[Key, ...]
    says: str = "a block of keys"
    short: str = ""

    def read(self, node: Node, key: str, sheet: Sheet) -> Any:
        block = Block(line_of(node), key, {}, {})
        if is_empty(node) and not any(known.required for known in self.keys):
            return block
        if self.short and isinstance(node, ScalarNode) and not is_empty(node):
            kind = next(known.kind for known in self.keys if known.name == self.short)
            block.lines[self.short] = block.line
            if (value := kind.read(node, key, sheet)) is not WRONG:
                block.values[self.short] = value
            return block
        if not isinstance(node, MappingNode):
            found = "has no value." if is_empty(node) else "is a list." if isinstance(node, SequenceNode) else "is a single value."
            sheet.note(block.line, key or "file", found, f"Give {self.says}: {self._known()}.")
            return WRONG
        known = {entry.name: entry for entry in self.keys}
        for name, line, value_node in pairs(node, key, sheet):
            path = f"{key}.{name}" if key else name
            if name not in known:
                sheet.note(line, path, "is not a known key.", self.hint(name))
                continue
            block.lines[name] = line
            value = known[name].kind.read(value_node, path, sheet)
            if value is not WRONG:
                block.values[name] = value
        for entry in self.keys:
            if entry.required and entry.name not in block.lines:
                path = f"{key}.{entry.name}" if key else entry.name
                sheet.note(block.line, path, "is missing.", f"Add `{entry.name}:` with {entry.kind.says}.")
        return block

    def hint(self, name: str) -> str:
        """The nearest known key, or all of them."""
        plain = re.sub(r"[^a-z]+", "_", name.lower()).strip("_")
        for entry in self.keys:
            if plain in (entry.name, *entry.also):
                return f"Did you mean `{entry.name}`?"
        near = get_close_matches(plain, [entry.name for entry in self.keys], n=1, cutoff=0.6)
        return f"Did you mean `{near[0]}`?" if near else f"Known keys: {self._known()}."

    def schema(self) -> dict[str, Any]:
        properties = {entry.name: {**entry.kind.schema(), "description": entry.about} for entry in self.keys}
        whole: dict[str, Any] = {"type": "object", "additionalProperties": False, "properties": properties}
        if required := [entry.name for entry in self.keys if entry.required]:
            whole["required"] = required
        if self.short:
            return {"anyOf": [properties[self.short], whole]}
        return whole

    def _known(self) -> str:
        return ", ".join(f"`{entry.name}`" for entry in self.keys)


def nearest(word: str, known: tuple[str, ...], fallback: str) -> str:
    """A hint for a word that is none of the known ones."""
    near = get_close_matches(word.lower(), known, n=1, cutoff=0.55)
    return f"Did you mean `{near[0]}`?" if near else fallback


def refs(given: Block, name: str, known: Collection[str], what: str, sheet: Sheet) -> tuple[str, ...]:
    """The ids a key names that exist; the others are noted, each with the nearest one that does."""
    found = given.values.get(name, ())
    named: tuple[Ref, ...] = found if isinstance(found, tuple) else (found,)
    for ref in named:
        if ref.id not in known:
            near = get_close_matches(ref.id.lower(), known, n=1, cutoff=0.5)
            mend = f"Did you mean `{near[0]}`?" if near else f"Known are: {', '.join(islice(known, 60))}."
            sheet.note(ref.line, ref.key, f"is no known {what} (`{ref.id[:60]}`).", mend)
    return tuple(ref.id for ref in named if ref.id in known)
