"""What a feed document says, before any cleaning: the nouns between the readers of formats and core/parse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# text: characters, a "<" is a "<". html: markup. either: RSS does not say which of the two.
Kind = Literal["text", "html", "either"]


@dataclass(frozen=True, slots=True)
class Words:
    said: str
    kind: Kind


NOTHING = Words("", "text")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One entry. Every string is as the publisher wrote it; "" or () when missing."""

    id: str = ""
    links: tuple[str, ...] = ()                     # best first; relative ones belong to `base`
    title: Words = NOTHING
    texts: tuple[Words, ...] = ()                   # summary first, then whatever can stand in for it
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    published: str = ""
    updated: str = ""
    language: str = ""
    base: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    title: Words = NOTHING
    links: tuple[str, ...] = ()
    language: str = ""
    updated: str = ""
    authors: tuple[str, ...] = ()                   # of the entries that name none
    items: tuple[Item, ...] = ()                    # those taken
    items_in_all: int = 0                           # those the document holds
    ttl_s: int | None = None
    base: str = ""
