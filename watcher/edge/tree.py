"""A YAML file → its tree of nodes, each of which knows its line; or what keeps it from being read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from watcher.model import Problem

Loader: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)    # the C one is ten times faster; never one that builds objects

FILE_BYTES = 20_000_000         # 10,000 sources are 4 MB
NODES = 2_000_000               # with every alias written out: what a file of 20 MB can hold honestly
MERGE = "tag:yaml.org,2002:merge"
NULL = "tag:yaml.org,2002:null"
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]")


class Unfit(ValueError):
    """A value that cannot be used: why, and how to mend it. Neither text repeats what could be secret."""

    def __init__(self, why: str, mend: str) -> None:
        super().__init__(why)
        self.mend = mend


class Sheet:
    """The problems found so far in one file."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []

    def note(self, line: int | None, key: str, why: str, mend: str) -> None:
        problem = Problem(file=self.file, line=line, key=key, why=why, mend=mend)
        if problem not in self.problems[-20:]:      # a block that is used twice through an alias is wrong once
            self.problems.append(problem)

    def in_order(self) -> tuple[Problem, ...]:
        return tuple(sorted(self.problems, key=lambda problem: problem.line or 0))


def read(path: Path, sheet: Sheet) -> Node | None:
    """The root node of the file; None when there is none, with the reason noted on `sheet`."""
    try:
        if path.stat().st_size > FILE_BYTES:
            sheet.note(None, "file", f"is larger than {FILE_BYTES // 1_000_000} MB.", "Split the list over several watches.")
            return None
        return parse(path.read_bytes(), sheet)
    except FileNotFoundError:
        sheet.note(None, "file", "does not exist.", "Start one with `watcher add https://…`, or name another with `--config FILE`.")
    except IsADirectoryError:
        sheet.note(None, "file", "is a folder.", "Name the file in it with `--config FILE`.")
    except OSError as error:
        sheet.note(None, "file", f"cannot be read: {error.strerror}.", "Check the permissions of the file.")
    return None


def parse(body: bytes, sheet: Sheet) -> Node | None:
    """The root node of YAML text in UTF-8; None when it is empty, torn or expands beyond measure, with the reason noted."""
    try:
        written = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        sheet.note(line, "file", "is not UTF-8 text.", "Save it with the encoding UTF-8 in your editor.")
        return None
    try:
        root: Node | None = yaml.compose(written, Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        sheet.note(mark.line + 1 if mark else None, "file", f"is not valid YAML: {_cause(error)}.", _remedy(error, written))
        return None
    except (yaml.YAMLError, RecursionError):
        sheet.note(_unprintable(written), "file", "is not valid YAML: a control character, or nested too deep.", "Retype the line.")
        return None
    if root is None or root.tag == NULL:
        sheet.note(None, "file", "is empty.", "Add a source: `watcher add https://…`, or a line `- url: https://…`.")
        return None
    if _expanded(root) > NODES:
        sheet.note(line_of(root), "file", "repeats itself through aliases (`*name`) beyond measure.", "Write the values out.")
        return None
    return root


def line_of(node: Node) -> int:
    return int(node.start_mark.line) + 1


def is_empty(node: Node) -> bool:
    return bool(node.tag == NULL)


def pairs(node: MappingNode, key: str, sheet: Sheet) -> Iterator[tuple[str, int, Node]]:
    """(name, line, value) of a mapping, merge keys (`<<: *block`) resolved. Duplicates and keys that are no text are noted and left out."""
    own: dict[str, int] = {}
    merged: list[tuple[str, int, Node]] = []
    for name_node, value in node.value:
        line = line_of(name_node)
        if name_node.tag == MERGE:
            blocks = value.value if isinstance(value, SequenceNode) else [value]
            for block in blocks:
                if isinstance(block, MappingNode):
                    merged += pairs(block, key, sheet)
                else:
                    sheet.note(line, key or "file", "merges (`<<`) what is no block of keys.", "Give the alias of a block: `<<: *block`.")
        elif not isinstance(name_node, ScalarNode):
            sheet.note(line, key or "file", "has a key that is a list or a block.", "A key is one word: `key: value`.")
        elif name_node.value in own:
            sheet.note(line, f"{key}.{name_node.value}" if key else name_node.value,
                       f"is given twice, first on line {own[name_node.value]}.", "Keep one of the two.")
        else:
            own[name_node.value] = line
            yield name_node.value, line, value
    for name, line, value in merged:
        if name not in own:
            own[name] = line
            yield name, line, value


def _cause(error: yaml.MarkedYAMLError) -> str:
    return " ".join(" ".join(filter(None, (error.context, error.problem))).split())[:160]


def _remedy(error: yaml.MarkedYAMLError, written: str) -> str:
    cause = _cause(error)
    line = error.problem_mark.line if error.problem_mark else 0
    row = next(iter(written.splitlines()[line:]), "")
    if "\t" in row[:len(row) - len(row.lstrip())]:
        return "Indent with spaces, not with a tab."
    if "mapping values" in cause:
        return "Put text that holds `: ` between quotes, and check the indentation."
    if "end of stream" in cause or "flow" in cause or "quoted scalar" in cause:
        return "A quote or a bracket is not closed."
    if "undefined alias" in cause:
        return "Define the alias first (`&name`), or put text that starts with `*` between quotes."
    return "Check the indentation and the quotes of this line and the one above."


def _unprintable(written: str) -> int | None:
    found = _CONTROL.search(written)
    return written.count("\n", 0, found.start()) + 1 if found else None


def _expanded(root: Node) -> int:
    """How many nodes the tree has when every alias is written out; beyond NODES where an alias holds itself."""
    sizes: dict[int, int] = {}
    open_nodes: set[int] = set()
    stack: list[tuple[Node, bool]] = [(root, False)]
    while stack:
        node, done = stack.pop()
        if isinstance(node, ScalarNode):
            sizes[id(node)] = 1
            continue
        children = [child for pair in node.value for child in pair] if isinstance(node, MappingNode) else node.value
        if done:
            open_nodes.discard(id(node))
            sizes[id(node)] = 1 + sum(sizes[id(child)] for child in children)
            continue
        if id(node) in sizes:
            continue
        if id(node) in open_nodes:
            return NODES + 1
        open_nodes.add(id(node))
        stack.append((node, True))
        stack += [(child, False) for child in children]
    return sizes[id(root)]
