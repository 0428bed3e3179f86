"""Feeds broken, bent and blown up: the corpus of `tests/core/hostile.py` through the whole pipeline, and what only shows there."""

from __future__ import annotations

import json

from tests.core import hostile
from tests.core.hostile import ITEM
from tests.hostile.cases import ONE, ONE_ENTRY, Case, body, feed
from watcher.model import FailureStep

# The other documents of the corpus are for core/parse alone: they are many megabytes that take the same way.
FROM_THE_CORPUS: dict[str, FailureStep | None] = {
    "billion laughs": None, "laughs in an attribute": None, "external entity": None, "parameter entity": None, "DTD of others": None,
    "second DTD in the middle": None, "XInclude": None, "stylesheet": None, "deep nesting": None, "many prefixes": None, "many <": None,
    "author of brackets": None, "href pattern": None, "title of marks": None, "base of bases": None, "link of dots": None,
    "roots": "parse", "roots in a page": "content-type", "JSON of arrays": "parse", "JSON escapes": None,
    "declared rot13": None, "declared utf-7": None,
}


def jsonfeed(*items: object, **more: object) -> bytes:
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "Channel", "items": items, **more}).encode()


def _corpus(name: str, fails: FailureStep | None) -> Case:
    return Case(name=f"document, {name}", answers=(body(hostile.DOCUMENTS[name]()),), fails=fails)


def _read(name: str, document: bytes, *headers: tuple[str, str]) -> Case:
    return Case(name=f"document, {name}", answers=(body(document, *headers),), entries=ONE_ENTRY)


HEAD = b'<?xml version="1.0" encoding="%s"?>'
CASES = (
    *(_corpus(name, fails) for name, fails in FROM_THE_CORPUS.items()),
    _read("bytes before and after", b"\n\n\xef\xbb\xbf  <!-- cache -->" + ONE + b"<!-- 0.02 s --><script>alert(1)</script>"),
    _read("broken off in the middle", ONE[:-16]),
    _read("control characters everywhere", ONE.replace(b"<item>", b"\x00\x08\x1b[31m<item>")),
    _read("undeclared prefixes and bare ampersands", ONE.replace(b"<item>", b"<x:y a=1>R&D &nbsp; &copy</x:y><item>")),
    _read("UTF-16 without a mark", ("\ufeff" + ONE.decode()).encode("utf-16-be")),
    _read("declared as what it is not", HEAD % b"utf-16" + ONE, ("Content-Type", "text/xml; charset=iso-2022-jp")),
    _read("declared as nothing known", HEAD % b"x-klingon" + ONE),
    Case(name="document, a byte that is no UTF-8", entries=({"title": "Café news"},),
         answers=(body(ONE.replace(b"Honest", b"Caf\xe9")),)),
    Case(name="document, a feed without entries", answers=(feed(),), entries=()),
    Case(name="document, an entry with nothing in it", answers=(feed("", ITEM),)),
    Case(name="document, five thousand entries", answers=(feed(*(f"<title>Entry {n}</title><guid>{n}</guid>" for n in range(5_000))),)),
    Case(name="document, JSON of wrong kinds", answers=(body(jsonfeed(1, None, [], {"id": {"a": 1}, "title": ["x"], "url": 5, "tags": "t",
         "authors": {"name": 1}, "date_published": 1e309}, {"id": "1", "title": "Honest news", "url": "https://honest.example/1"})),)),
    Case(name="document, JSON with its keys twice", answers=(body(jsonfeed({"id": "1", "title": "Honest news", "url": "https://honest.example/1"})
         .replace(b'"items"', b'"items": [], "items"')),), entries=ONE_ENTRY),
    Case(name="document, JSON entries that are no list", fails="content-type",
         answers=(body(b'{"version": "https://jsonfeed.org/version/1.1", "items": {"a": "b"}}'),)),
    Case(name="document, JSON with a script", answers=(body(jsonfeed({"id": "<script>alert(1)</script>", "url": "javascript:alert(1)",
         "title": "<script>window.__pwned=1</script>Instagram", "content_html": "<img src=x onerror=window.__pwned=1>Words",
         "tags": ["<b onclick=alert(1)>tag</b>"], "authors": [{"name": "\"><script>alert(1)</script>", "url": "javascript:alert(1)"}]})),),
         entries=({"title": "<script>window.__pwned=1</script>Instagram", "link": "", "summary": "Words", "categories": ("tag",)},)),
)
