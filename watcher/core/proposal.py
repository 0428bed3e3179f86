"""A web page without a feed → selectors for what it lists, where it plainly lists things; else for its text.

It lists things where three or more elements beside one another are built alike, and each has a title, most a date and an address of their
own. Source: docs/decisions/0029-page-changes.md
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from cssselect import SelectorError
from lxml.html import HtmlElement

from watcher.core import dates, markup
from watcher.model import Failed, Fetched

ITEMS_LEAST = 3
ITEMS_LOOKED_AT = 40            # of one group
GROUPS = 60                     # looked at on one page
DATED, LINKED, TITLED = 0.6, 0.6, 0.9      # shares of the items
TITLE_CHARS = 160
TITLE_LEAST = 4
DATE_CHARS = 40                 # a longer text speaks of a date
DATE_WORDS = 6                  # "Published on Tuesday 24 November 2026"
DEPTH = 6                       # steps from an item to its parts
# Class names made by a machine change with every release of the site.
_MACHINE = re.compile(
    r"^(?:css|sc|jsx|svelte|emotion|styles?)-|__[\w-]*[A-Z0-9][\w-]*$|_[A-Za-z0-9]{5,}$|\d{3,}|^[a-z]{1,2}\d+$"
    r"|[A-Z]\w*[0-9]\w*$")
_PLAIN = re.compile(r"[A-Za-z][\w-]{1,40}")
# Names that say how a thing looks or how it does, and not what it is.
_STATE = re.compile(
    r"^(?:active|first|last|odd|even|hidden|visible|col|row|flex|grid|is|has|js|p|m|w|h|mt|mb|pt|pb|px|py|text|bg"
    r"|lg|md|sm|xl)(?:$|-)")
_BESIDE = ("nav", "header", "footer", "aside", "form")
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """Keys of a source: one of the two is empty, or both are."""

    items: tuple[tuple[str, str], ...] = ()         # (part, CSS selector): item, title, link, date, summary
    select: tuple[str, ...] = ()


def of(fetched: Fetched) -> Proposal:
    """What to write for the page. Never raises: a page that cannot be read gives an empty proposal."""
    try:
        root = markup.root(fetched)
        return Proposal() if isinstance(root, Failed) else _of(root)
    except (SelectorError, *markup.TROUBLE):
        return Proposal()


def _of(root: HtmlElement) -> Proposal:
    best = max((found for group in _groups(root) if (found := _listed(root, group))), key=lambda found: found[0], default=None)
    if best is not None:
        return Proposal(items=best[1])
    for selector in ("main", "[role=main]", "article"):
        if len(markup.chosen(root, selector)) == 1:
            return Proposal(select=(selector,))
    return Proposal()


# ---------------------------------------------------------------------------------------------------- what is listed


def _groups(root: HtmlElement) -> Iterator[list[HtmlElement]]:
    """Elements beside one another that are built alike, outside of menus: the larger groups first."""
    found: list[list[HtmlElement]] = []
    for parent in root.iter():
        if not isinstance(parent.tag, str) or len(parent) < ITEMS_LEAST or _is_beside(parent):
            continue
        alike: dict[tuple[object, ...], list[HtmlElement]] = {}
        for child in parent:
            if isinstance(child.tag, str) and child.tag not in markup.UNSEEN and child.tag not in _HEADINGS:
                alike.setdefault((child.tag, *_names(child)[:1]), []).append(child)
        found += [group for group in alike.values() if len(group) >= ITEMS_LEAST]
    yield from sorted(found, key=len, reverse=True)[:GROUPS]


def _is_beside(element: HtmlElement) -> bool:
    return element.tag in _BESIDE or any(one.tag in ("nav", "footer", "aside", "form") for one in element.iterancestors())


def _listed(root: HtmlElement, group: Sequence[HtmlElement]) -> tuple[float, tuple[tuple[str, str], ...]] | None:
    """How surely the group is what the page lists, and its selectors; None where it is no list of things."""
    some = group[:ITEMS_LOOKED_AT]
    titles = [_title(item) for item in some]
    said = [markup.words(title, TITLE_CHARS) if title is not None else "" for title in titles]
    stamps = [_stamp(item) for item in some]
    links = {href for item in some if (href := _href(item, titles[some.index(item)]))}
    if (len([words for words in said if len(words) >= TITLE_LEAST]) < TITLED * len(some) or len(set(said)) < TITLED * len(some)
            or sum(stamp is not None for stamp in stamps) < DATED * len(some) or len(links) < LINKED * len(some)):
        return None
    selector = _selector(root, group)
    if not selector:
        return None
    parts = {"item": selector, "title": _common(some, titles), "link": "", "date": _common(some, stamps), "summary": _summary(some, titles)}
    parts["link"] = _common(some, [_link(item, title) for item, title in zip(some, titles, strict=True)])
    if not parts["title"] or not parts["date"]:
        return None
    score = len(some) * (sum(map(len, said)) / len(some)) ** 0.5
    return score, tuple((part, found) for part, found in parts.items() if found)


def _title(item: HtmlElement) -> HtmlElement | None:
    """Its heading, else the link with the most words; of a thing that is one great link, the element with the most."""
    for element in item.iter(*sorted(_HEADINGS)):
        return element
    links = [one for one in item.iter("a") if one.get("href") and not _is_date(markup.words(one, TITLE_CHARS))]
    link = max(links, key=lambda one: len(markup.words(one, TITLE_CHARS)), default=None)
    if link is None or not len(link):
        return link
    leaves = [one for one in link.iter() if isinstance(one.tag, str) and one.tag not in markup.UNSEEN and not len(one)
              and not _is_date(markup.words(one, TITLE_CHARS))]
    return max(leaves, key=lambda one: len(markup.words(one, TITLE_CHARS)), default=link)


def _link(item: HtmlElement, title: HtmlElement | None) -> HtmlElement | None:
    if title is not None:
        for one in (title, *title.iter("a"), *title.iterancestors("a")):
            if one.tag == "a" and one.get("href") and (one is item or item in one.iterancestors()):
                return one
    return next((one for one in item.iter("a") if one.get("href")), None)


def _href(item: HtmlElement, title: HtmlElement | None) -> str:
    """Where the thing has a page of its own, or a place on this one."""
    link = _link(item, title)
    if link is not None and len(href := (link.get("href") or "").strip()) > 1 and not href.lower().startswith(("javascript:", "mailto:")):
        return href
    anchor = item.get("id") or (title.get("id") if title is not None else "")
    return f"#{anchor}" if anchor else ""


def _stamp(item: HtmlElement) -> HtmlElement | None:
    """The element that dates it: <time>, else the innermost one that says a date and nothing else of length."""
    for element in item.iter("time"):
        if dates.read(element.get("datetime") or "") or dates.read(markup.words(element, DATE_CHARS)):
            return element
    for element in item.iter():
        if not isinstance(element.tag, str) or element.tag in markup.UNSEEN or len(element):
            continue
        if _is_date(" ".join((element.text or "").split())):
            return element
    return None


def _is_date(words: str) -> bool:
    """Whether the words name a day and hardly anything besides."""
    return len(words) <= DATE_CHARS and len(words.split()) <= DATE_WORDS and re.search(r"\d{4}", words) is not None and (
        dates.read(words) is not None)


def _summary(items: Sequence[HtmlElement], titles: Sequence[HtmlElement | None]) -> str:
    """The paragraphs of the items, where most have some."""
    having = sum(any(len(markup.words(one, TITLE_CHARS)) > DATE_CHARS and one is not title for one in item.iter("p"))
                 for item, title in zip(items, titles, strict=True))
    return "p" if having >= DATED * len(items) else ""


# ---------------------------------------------------------------------------------------------------- selectors


def _names(element: HtmlElement) -> list[str]:
    """The class names that say what the element is, and will next year."""
    return [name for name in (element.get("class") or "").split()
            if _PLAIN.fullmatch(name) and not _MACHINE.search(name) and not _STATE.search(name)]


def _selector(root: HtmlElement, group: Sequence[HtmlElement]) -> str:
    """The shortest selector that finds the whole group and hardly anything else."""
    first, parent = group[0], group[0].getparent()
    names = [name for name, count in Counter(name for item in group for name in _names(item)).most_common() if count == len(group)]
    own = [f"{first.tag}.{name}" for name in names[:3]]
    around = list(_containers(parent))
    for selector in (*own, *(f"{container} {one}" for container in around for one in own),
                     *(f"{container} > {first.tag}" for container in around)):
        found = markup.chosen(root, selector)
        if set(group) <= set(found) and len(found) <= len(group) * 1.2:
            return selector
    return ""


def _containers(parent: HtmlElement | None) -> Iterator[str]:
    """Selectors of what the group stands in, the nearest first."""
    here, tail = parent, ""
    for _ in range(DEPTH):
        if here is None or not isinstance(here.tag, str):
            return
        anchor = here.get("id") or ""
        if _PLAIN.fullmatch(anchor) and not _MACHINE.search(anchor):
            yield f"#{anchor}{tail}"
        for name in _names(here)[:2]:
            yield f"{here.tag}.{name}{tail}"
        if here.tag in ("main", "article", "body"):
            yield f"{here.tag}{tail}"
        here, tail = here.getparent(), f" > {here.tag}{tail}"


def _common(items: Sequence[HtmlElement], parts: Sequence[HtmlElement | None]) -> str:
    """A selector that finds the part in most of the items, as the first of its kind there."""
    wanted = [(item, part) for item, part in zip(items, parts, strict=True) if part is not None]
    tried = Counter(selector for item, part in wanted for selector in _simple(item, part))
    for selector, count in sorted(tried.items(), key=lambda pair: (-pair[1], len(pair[0]), pair[0])):
        if count < DATED * len(items):
            break
        if sum(_first(item, selector) is part for item, part in wanted) >= DATED * len(items):
            return selector
    return ""


def _simple(item: HtmlElement, part: HtmlElement) -> Iterable[str]:
    if part is item:
        return (f"{item.tag}.{name}" for name in _names(item)[:1]) if _names(item) else (item.tag,)
    names = _names(part)[:2]
    parent = part.getparent()
    found = [part.tag, *(f".{name}" for name in names)]
    if parent is not None and parent is not item:
        found += [f"{parent.tag} {part.tag}", *(f".{name} {part.tag}" for name in _names(parent)[:2])]
    return found


def _first(item: HtmlElement, selector: str) -> HtmlElement | None:
    found = [one for one in markup.chosen(item, selector) if one is not item]
    if found:
        return found[0]
    parent = item.getparent()
    return item if parent is not None and item in markup.chosen(parent, selector) else None
