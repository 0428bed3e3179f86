"""A specimen of a kind of page, dressed by the theme → a mould that dresses every page of that kind, byte for byte as the theme would.

The theme puts the same clothes on all pages of a kind: they are cut out once, at words that stand for what differs, and the pages are put
between. Dressing a page this way costs a hundredth of what the theme's templates cost. Source: docs/decisions/0037-fast.md
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import escape

from watcher.model import Page

# Words that stand for what differs; no theme has them of its own, and no escaping changes them.
TITLE, ABOUT = "wqtitleqw", "wqaboutqw"
BODY = "<h1>wqbodyqw</h1>"                          # the theme adds a heading to a page without one
ANCHORS, HEADINGS = ("wqanchor1qw", "wqanchor2qw"), ("wqheading1qw", "wqheading2qw")
TYPES, NAMES, FILES = ("wqtype1qw", "wqtype2qw"), ("wqname1qw", "wqname2qw"), ("wqfile1qw", "wqfile2qw")

_OURS = re.compile(r"wq[a-z]+[0-9a-z]*qw")

Piece = tuple[str, ...]                             # ("", words) | (what is put here, what stands between its parts and rows …)


class Unfit(ValueError):
    """The theme does more with a page than put it between words: no mould can be made of this specimen."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What the clothes of a page depend on."""

    place: str                                      # its path, where it has clothes of its own; else its first folder
    depth: int
    toc: bool
    about: bool


def kind(page: Page) -> Kind:
    return Kind(*_place(page.path), bool(page.toc), bool(page.description))


def kinds(paths: Iterable[str]) -> tuple[Kind, ...]:
    """All that pages of these paths may be."""
    places = sorted(set(map(_place, paths)))
    return tuple(Kind(*place, toc, about) for place in places for toc in (False, True) for about in (False, True))


def _place(path: str) -> tuple[str, int]:
    """A page near the root has clothes of its own: those in the navigation, and whatever the theme knows by name."""
    depth = path.count("/")
    return path if depth <= 1 else path.partition("/")[0], depth


def specimen(kind: Kind) -> Page:
    """A page of this kind made of the words that stand for what differs."""
    path = kind.place if kind.depth <= 1 else "/".join((kind.place, *(f"wqpath{number}qw" for number in range(1, kind.depth)))) + "/"
    return Page(path=path, title=TITLE, html=BODY, description=ABOUT if kind.about else "",
                toc=tuple(zip(ANCHORS, HEADINGS, strict=True)) if kind.toc else (),
                feeds=tuple(zip(TYPES, NAMES, (path + file for file in FILES), strict=True)))


def make(dressed: str, page: Page) -> tuple[Piece, ...]:
    """Cut a dressed specimen at its words. Raises Unfit."""
    pieces = tuple(_cut(dressed, page.path if "wqpath" in page.path else ""))
    if sum(piece[0] == "body" for piece in pieces) != 1 or any(_OURS.search(word) for _, *words in pieces for word in words):
        raise Unfit(f"the theme does more with a page than put it in its midst: {page.path or '/'}")
    return pieces


def cast(pieces: tuple[Piece, ...], page: Page) -> str:
    """The page in its clothes."""
    return "".join([words[0] if not kind else _put(kind, words, page) for kind, *words in pieces])


def _put(kind: str, between: list[str], page: Page) -> str:
    if kind == "body":
        return page.html
    if kind == "path":
        return page.path
    if kind == "title":
        return html.escape(page.title)
    if kind == "about":
        return html.escape(page.description)
    if kind == "first":
        return page.toc[0][0]
    if kind == "toc":
        inside, after = between
        return after.join([f"{anchor}{inside}{html.escape(heading)}" for anchor, heading in page.toc])
    first, second, after = between
    return after.join([f"{escape(type)}{first}{escape(name)}{second}{escape(relative(file, page.path))}"
                       for type, name, file in page.feeds])


def relative(file: str, page: str) -> str:
    """The address of a file of the site as a page of it says it."""
    there, here = file.split("/"), page.split("/")[:-1]
    common = 0
    for one, other in zip(there[:-1], here, strict=False):
        if one != other:
            break
        common += 1
    return "/".join((*[".."] * (len(here) - common), *there[common:]))


def _cut(dressed: str, path: str) -> list[Piece]:
    words = {BODY: "body", TITLE: "title", ABOUT: "about", **({path: "path"} if path else {})}
    rows = (("toc", _row(ANCHORS, HEADINGS)), ("feeds", _row(TYPES, NAMES, FILES)))
    pattern = "|".join((*(f"(?P<{name}>{row})" for name, row in rows), *(f"(?P<{name}>{re.escape(word)})" for word, name in words.items()),
                        f"(?P<first>{ANCHORS[0]})"))
    pieces: list[Piece] = []
    at = 0
    for found in re.finditer(pattern, dressed, re.DOTALL):
        name = str(found.lastgroup)
        pieces += [("", dressed[at:found.start()]), (name, *_between(found, name))]
        at = found.end()
    return [*pieces, ("", dressed[at:])]


def _row(*columns: tuple[str, str]) -> str:
    """Two rows, none of our words but theirs between."""
    return r"(?:(?!wq).)*?".join((*(one for one, _ in columns), *(other for _, other in columns)))


def _between(found: re.Match[str], name: str) -> tuple[str, ...]:
    """What stands between the parts of a row, then between two rows."""
    if name not in ("toc", "feeds"):
        return ()
    columns = (ANCHORS, HEADINGS) if name == "toc" else (TYPES, NAMES, FILES)
    marks = "|".join(word for column in columns for word in column)
    _, *between, _ = re.split(marks, found[0])
    inside, after, again = between[:len(columns) - 1], between[len(columns) - 1], between[len(columns):]
    if inside != again:
        raise Unfit("the theme makes a difference between the rows of a list")
    return (*inside, after)
