"""The text of `sources.yaml` + more sources → the text with them at the end of the list, in the style the list has."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from watcher.edge.tree import NULL, Loader, Unfit

_PLAIN = re.compile(r"[A-Za-z0-9_./À-ÿ$(][^\x00-\x1f\x7f\u2028\u2029#,\[\]{}'\"&*!|>%@`]*")


def is_bare(body: bytes) -> bool:
    """Whether a file holds comments and blank lines alone."""
    return all(not line.strip() or line.lstrip().startswith(b"#") for line in body.removeprefix(b"\xef\xbb\xbf").splitlines())


def inserted(written: str, root: Node | None, sources: Sequence[Mapping[str, Any]]) -> str:
    """The new text of the file. `root` is its tree, None where the file holds nothing yet. Raises Unfit where the list is in brackets."""
    newline = "\r\n" if "\r\n" in written else "\n"
    if root is None:
        start = written if not written or written.endswith("\n") else written + newline
        return start + newline.join(("sources:", *_blocks(sources, "  ", 2), ""))
    listed, line_of_key = _list(root)
    if listed is None:
        start = written if written.endswith("\n") else written + newline
        return start + newline + newline.join(("sources:", *_blocks(sources, "  ", 2), ""))
    lines = written.splitlines(keepends=True)
    if lines and not lines[-1].endswith(("\n", "\r")):
        lines[-1] += newline
    if isinstance(listed, SequenceNode) and listed.value and not listed.flow_style:
        indent, gap = _style(lines, listed)
        at = _end(lines, listed)
        rows = _blocks(sources, indent, gap, spaced=_is_spaced(lines, listed))
        return "".join((*lines[:at], *(row + newline for row in rows), *lines[at:]))
    if (isinstance(listed, SequenceNode) and listed.value) or line_of_key is None:
        raise Unfit("is written on one line, in brackets.", "Write each source on a line of its own, after a dash: `- url: https://…`.")
    row = lines[line_of_key]
    opened = re.sub(r"(:)\s*(?:\[\s*\]|null|~)?(\s*(?:#.*)?)$", r"\1\2", row.rstrip("\r\n")).rstrip()
    if not re.fullmatch(r"\s*[\"']?sources[\"']?\s*:(?:\s+#.*)?", opened):
        raise Unfit("is written on one line, in brackets.", "Write `sources:` alone on its line.")
    lines[line_of_key:line_of_key + 1] = [opened + newline, *(line + newline for line in _blocks(sources, "  ", 2))]
    return "".join(lines)


def _list(root: Node) -> tuple[Node | None, int | None]:
    """The node of the list, and the line (from 0) of its key where it has one."""
    if isinstance(root, MappingNode):
        for name, value in root.value:
            if isinstance(name, ScalarNode) and name.value == "sources":
                known = isinstance(value, SequenceNode) or value.tag == NULL
                return (value, int(name.start_mark.line)) if known else (value, None)
        return None, None
    return root, None


def _style(lines: list[str], listed: SequenceNode) -> tuple[str, int]:
    """The indentation of the dashes, and how far the keys stand from them."""
    first = listed.value[0].start_mark
    row = lines[listed.start_mark.line]
    indent = row[:listed.start_mark.column]
    return indent, max(first.column - listed.start_mark.column, 2) if first.line == listed.start_mark.line else 2


def _end(lines: list[str], listed: SequenceNode) -> int:
    """The line just behind the last one that belongs to the last source, comments that are indented under it included."""
    column = listed.start_mark.column
    at = _last_line(listed.value[-1]) + 1
    end = at
    while at < len(lines):
        stripped = lines[at].lstrip(" ")
        if stripped.strip() and not (stripped.startswith("#") and len(lines[at]) - len(stripped) > column):
            break
        at += 1
        if stripped.strip():
            end = at
    return end


def _last_line(node: Node) -> int:
    """The last line (from 0) of a node; where a block ends, YAML counts the blank lines and comments behind it, so its leaves are asked."""
    if isinstance(node, ScalarNode):
        end = node.end_mark
        if node.style in ("|", ">") or (not node.value and node.style is None):
            return int(end.line) - (1 if end.column == 0 and end.line > node.start_mark.line else 0)
        return int(end.line)
    if not isinstance(node, MappingNode | SequenceNode) or node.flow_style or not node.value:
        return int(node.end_mark.line)
    last = node.value[-1]
    inner = max(last, key=lambda part: int(part.end_mark.line)) if isinstance(last, tuple) else last
    return _last_line(inner)


def _is_spaced(lines: list[str], listed: SequenceNode) -> bool:
    """Whether the last two sources have a blank line between them."""
    if len(listed.value) < 2:
        return False
    at = int(listed.value[-1].start_mark.line) - 1
    while at > 0 and lines[at].lstrip().startswith("#"):
        at -= 1
    return not lines[at].strip()


def _blocks(sources: Sequence[Mapping[str, Any]], indent: str, gap: int, *, spaced: bool = False) -> Iterator[str]:
    """The lines of the sources, without their ends; a blank line before each where the list is spaced so."""
    for fields in sources:
        yield from ("",) if spaced else ()
        yield from _block(fields, indent, gap)


def _block(fields: Mapping[str, Any], indent: str, gap: int) -> Iterator[str]:
    lead = indent + "-" + " " * (gap - 1)
    for name, value in fields.items():
        yield f"{lead}{name}: {_value(value)}"
        lead = indent + " " * gap


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return f"[{', '.join(_value(item) for item in value)}]"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{name}: {_value(item)}' for name, item in value.items())}}}"
    if isinstance(value, int | float):
        return str(value)
    text = str(value)
    # In brackets a colon or a comma means more than outside; quoting what is not plain in both places keeps this one rule.
    if _PLAIN.fullmatch(text) and not re.search(r":(?:\s|$)|\s$", text) and yaml.load(text, Loader) == text:
        return text
    return json.dumps(text, ensure_ascii=False)


def rows(fields: Mapping[str, Any]) -> str:
    """The lines of one source, as they would stand in a new file."""
    return "\n".join(_block(fields, "  ", 2))
