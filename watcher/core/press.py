"""What every page of the site has: its templates, what they are given, and the words that several of them share.

Source: docs/decisions/0014-pages.md, 0037-fast.md
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from watcher.core import outlines, text
from watcher.core.language import Speech
from watcher.core.views import StoryView, Views
from watcher.model import Entity, Page, Publication, Topic

RSS, ATOM, JSON = "application/rss+xml", "application/atom+xml", "application/feed+json"
FORMATS = ((RSS, "feed.xml"), (ATOM, "atom.xml"), (JSON, "feed.json"))
MOST_ROWS = 2_000               # of a ledger, of the list of sources
Sections = Sequence[tuple[str, str]]                # (anchor, title)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """A page that can be made. Pages of the same address and the same `key` are the same, whenever they are made; "": nobody knows."""

    path: str
    key: str
    make: Callable[[], Page]
    opens: str = ""                                 # id of the newest closed digest that is read for it


@cache
def _templates() -> Environment:
    """Compiled once a process. What a template forgets to be given is an error, not an empty space."""
    return Environment(loader=PackageLoader("watcher", "templates"), autoescape=True, trim_blocks=True, lstrip_blocks=True,
                       undefined=StrictUndefined, auto_reload=False)


class Press:
    """Prints one publication: what every page has, and the words that several of them share."""

    def __init__(self, publication: Publication, speech: Speech, base: str, *, root: str = "") -> None:
        """`root`: where the links lead to, for a page that lies elsewhere than the site."""
        self._root = root
        self.publication = publication
        self.speech = speech
        self.outlines = outlines.of(publication)
        concepts: tuple[Topic | Entity, ...] = (*publication.vocabulary.topics, *publication.vocabulary.entities)
        labels = [(one.id, speech.label(one)) for one in concepts]
        self._base = repr((base, publication.site, publication.digest, publication.version, labels))
        self.say = speech.say
        self.views = Views(publication, speech)
        self.updated_on = speech.local(publication.updated_at).date()
        self.places = {outline.id: place for place, outline in enumerate(self.outlines)}
        self.shared: Mapping[str, object] = {
            "say": speech.say, "number": speech.number, "day": self.views.day, "moment": self.views.moment, "views": self.views,
            "site": publication.site, "publication": publication, "counted": self.views.counted, "duration": self.views.duration,
            "capital": capital,
            "tongue": speech.tongue, "webcal": publication.site.url.replace("https://", "webcal://").replace("http://", "webcal://"),
        }

    def page(self, template: str, path: str, title: str, toc: Sections = (), *, description: str = "",
             feeds: tuple[tuple[str, str, str], ...] = (), **context: object) -> Page:
        root = self._root or "../" * path.count("/") or "./"
        html = _templates().get_template(template).render(self.shared, root=root, path=path, title=title, **context)
        return Page(path=path, title=title, html=html, description=description, toc=tuple(toc),
                    feeds=(*feeds, *self._feeds("", self.publication.site.title)))

    def _key(self, kind: str, *on: object) -> str:
        return text.digest(repr((self._base, kind, on)))

    def _feeds(self, folder: str, title: str) -> tuple[tuple[str, str, str], ...]:
        return tuple((kind, title, folder + name) for kind, name in FORMATS)

    # ------------------------------------------------------------------------------------------------ words

    def _headings(self, page: str, names: Iterable[str]) -> list[tuple[str, str]]:
        return [(name, self.say(f"page.{page}.{name}")) for name in names]

    def _said(self, message_id: str, otherwise: str) -> str:
        """The message, for ids that are made of a user's or another room's word."""
        try:
            return self.say(message_id)
        except KeyError:
            return otherwise

    def _sifts(self, stories: Sequence[StoryView], without: str = "") -> list[tuple[str, list[tuple[str, str, int]]]]:
        """What a reader may sift these stories by: topics and platforms as (id, label, how many are about it), the most frequent first."""
        topics = Counter(topic for story in stories for topic in story.topic_ids.split())
        platforms = Counter(platform for story in stories for platform in story.platform_ids.split())
        return [(name, [(id, of(id).label, n) for id, n in counts.most_common() if id != without])
                for name, counts, of in (("topic", topics, self.views.topic), ("platform", platforms, self.views.entity))]


def made(page: Page) -> Leaf:
    """A page that is made whatever happened."""
    return Leaf(path=page.path, key="", make=lambda: page)


def capital(said: str) -> str:
    return said[:1].upper() + said[1:]
