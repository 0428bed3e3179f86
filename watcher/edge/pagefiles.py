"""Watched pages in a journal: `pages/<source>.json` as they are now, `.versions.jsonl` as they were, `.changes.jsonl` what changed,
`.waiting.jsonl` what came in their place; texts in files of their own, named by their hash, one paragraph a line.

Source: docs/decisions/0019-journal.md, 0029-page-changes.md
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import PurePath
from typing import TypeVar

from watcher.edge import lines
from watcher.edge.folder import Draft, Folder, torn
from watcher.edge.shelf import VERSIONS, Shelf
from watcher.model import PageText, PendingText, Redline

Of = TypeVar("Of", PageText, Redline)

_KINDS = (".json", ".versions.jsonl", ".waiting.jsonl", ".changes.jsonl")


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A text of a watched page; its paragraphs are the lines of the file `text`."""

    page: PageText
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What came in place of a page; as `Watched`."""

    pending: PendingText
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """All that a store or a journal holds of watched pages."""

    now: tuple[PageText, ...]
    before: tuple[PageText, ...]
    waiting: tuple[PendingText, ...]
    changes: tuple[Redline, ...]


def of_store(shelf: Shelf) -> Pages:
    now = shelf.pages()
    return Pages(now=now, before=tuple(version for page in now for version in shelf.versions(page.source_id)),
                 waiting=shelf.all_pending(), changes=shelf.redlines())


def into_store(pages: Pages, shelf: Shelf) -> None:
    for page in pages.now:
        shelf.keep(page)
    for page in pages.before:
        shelf.put_away(page)
    for pending in pages.waiting:
        shelf.wait(pending)
    for redline in pages.changes:
        shelf.mark(redline)


def put(pages: Pages, draft: Draft) -> None:
    """Write them, each text once."""
    texts: dict[str, bytes] = {}

    def watched(page: PageText) -> Watched:
        text = b"".join(_escaped(paragraph).encode("utf-8", "surrogatepass") + b"\n" for paragraph in page.paragraphs)
        name = f"{blake2b(text, digest_size=16).hexdigest()}.txt"
        texts[f"pages/{name}"] = text
        return Watched(page=replace(page, paragraphs=()), text=name)

    for page in pages.now:
        draft.put(lines.place("pages", page.source_id), lines.leaf(watched(page)))
    for source_id, versions in _by_source(pages.before):
        ordered = sorted(versions, key=lambda one: (one.seen_at, one.hash))
        draft.put(_name(source_id, ".versions.jsonl"), b"".join(lines.line(watched(one)) for one in ordered))
    for pending in pages.waiting:
        there = watched(pending.page)
        waiting = Waiting(pending=replace(pending, page=there.page), text=there.text)
        draft.put(_name(pending.page.source_id, ".waiting.jsonl"), lines.line(waiting))
    for source_id, redlines in _by_source(pages.changes):
        draft.put(_name(source_id, ".changes.jsonl"), b"".join(map(lines.line, sorted(redlines, key=lambda one: (one.seen_at, one.key)))))
    for name, text in texts.items():
        draft.put(name, text)


def read(folder: Folder) -> Pages:
    """What the journal holds. Raises StoreError."""
    names = {kind: [name for name in folder.names("pages") if name.endswith(kind)] for kind in _KINDS}
    return Pages(
        now=tuple(_whole(folder, name, lines.read(Watched, folder, name)) for name in names[".json"]),
        before=tuple(_whole(folder, name, one) for name in names[".versions.jsonl"] for one in lines.read_lines(Watched, folder, name)),
        waiting=tuple(
            replace(one.pending, page=_whole(folder, name, Watched(page=one.pending.page, text=one.text)))
            for name in names[".waiting.jsonl"] for one in lines.read_lines(Waiting, folder, name)),
        changes=tuple(one for name in names[".changes.jsonl"] for one in lines.read_lines(Redline, folder, name)),
    )


def united(ours: Pages, theirs: Pages) -> Pages:
    """What either holds: of a page the later text, of two changes with one key the one that was seen first."""
    now = {page.source_id: page for page in sorted((*ours.now, *theirs.now), key=_age)}
    # What one of the two saw last is a version of what the other saw after it.
    outlived = (page for page in (*ours.now, *theirs.now) if page.hash != now[page.source_id].hash)
    before = {(page.source_id, page.hash): page for page in sorted((*outlived, *ours.before, *theirs.before), key=_age)}
    waiting: dict[str, PendingText] = {}
    for pending in sorted((*ours.waiting, *theirs.waiting), key=lambda one: (one.page.seen_at, lines.line(one))):
        page = now.get(pending.page.source_id)
        if page is not None and pending.page.seen_at > page.seen_at:
            waiting[pending.page.source_id] = pending
    changes: dict[str, Redline] = {}
    for redline in sorted((*ours.changes, *theirs.changes), key=lambda one: (one.seen_at, lines.line(one))):
        changes.setdefault(redline.key, redline)
    kept = tuple(page for _, versions in _by_source(before.values())
                 for page in sorted(versions, key=lambda one: (-one.seen_at.timestamp(), one.hash))[:VERSIONS])
    return Pages(now=tuple(now[source_id] for source_id in sorted(now)), before=kept, waiting=tuple(waiting.values()),
                 changes=tuple(changes.values()))


def _age(page: PageText) -> tuple[object, ...]:
    return page.seen_at, lines.line(page)


def _by_source(nouns: Iterable[Of]) -> Iterator[tuple[str, Sequence[Of]]]:
    by_source: dict[str, list[Of]] = {}
    for noun in nouns:
        by_source.setdefault(noun.source_id, []).append(noun)
    yield from sorted(by_source.items(), key=lambda pair: pair[0])


def _name(source_id: str, kind: str) -> str:
    return lines.place("pages", source_id).removesuffix(".json") + kind


def _whole(folder: Folder, name: str, watched: Watched) -> PageText:
    text = f"pages/{PurePath(watched.text).name}"
    if folder.line(text) is None:
        raise torn(folder.path / name, f"it names a text that is not there: {watched.text}")
    try:
        paragraphs = folder.body(text).decode("utf-8", "surrogatepass").split("\n")[:-1]
    except UnicodeDecodeError as error:
        raise torn(folder.path / text, "it is no text") from error
    return replace(watched.page, paragraphs=tuple(map(_unescaped, paragraphs)))


_ESCAPES = (("\\", "\\\\"), ("\n", "\\n"), ("\r", "\\r"))


def _escaped(paragraph: str) -> str:
    for character, escape in _ESCAPES:
        paragraph = paragraph.replace(character, escape)
    return paragraph


def _unescaped(written: str) -> str:
    if "\\" not in written:
        return written
    back = {escape[1]: character for character, escape in _ESCAPES}
    said, rest = "", iter(written)
    for character in rest:
        if character == "\\":
            escape = next(rest, "\\")
            said += back.get(escape, "\\" + escape)
        else:
            said += character
    return said
