"""A publication → the pages of its site: finished HTML from autoescaping templates.

A page says nothing that depends on the moment it was built: same publication, same bytes, and a page changes only when what it tells does.
What a browser may add (how long ago, whether builds have stopped) it reads from `health.json`. Source: docs/decisions/0014-pages.md
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from watcher.core import ahead, charts, drawings, marks, report
from watcher.core.editions import Editions
from watcher.core.language import Speech
from watcher.core.press import MOST_ROWS, Leaf, capital, made
from watcher.model import LEAST_SHARED, Entity, Lead, Page, Publication, SourceHealth, Story, Tagged, Topic

TEASER_CHARS = 160              # outside of digests
LINES_BESIDE_MENTIONS = 8       # stories of a week, where its mentions must find room on the same sheet
MOST_STORIES = 200              # on the page of a topic or platform
MOST_ENTRIES = 50               # on the page of a source
WELL = ("fine", "new")          # verdicts that ask nothing of anybody
# The gravest first: what a reader of the list of sources should see to.
GRAVITY = ("gone", "blocked", "not-a-feed", "failing", "quarantined", "moved", "silent", "dates", "new", "fine")
ABOUT = ("story", "status", "why", "left", "digest", "tools", "keys", "subscribe", "sources", "delay", "add", "privacy")
# What the keyboard does, as the theme's partials/keys.html says it too: (keys, message).
KEYS = (("j k", "keys.move"), ("o", "keys.open"), ("w", "keys.why"), ("c", "keys.link"), ("y", "keys.markdown"), ("m", "keys.read"),
        ("/", "keys.search"), ("?", "keys.help"))
# What the script of the search says: it fills in numbers and dates itself.
SEARCH_SAYS = ("ready", "empty", "found", "partly", "none", "lines", "found-lines", "no-line", "others", "untitled", "failed")
STATUSES = ("rumour", "reported", "official", "in-force")


def make(publication: Publication, speech: Speech) -> tuple[Page, ...]:
    """Every page of the site, in a fixed order; links between them are relative, so that it works under any address."""
    return tuple(leaf.make() for leaf in leaves(publication, speech))


def leaves(publication: Publication, speech: Speech, *, base: str = "") -> Iterator[Leaf]:
    """The same pages, each made when it is asked for. `base` tells by what they are made: program, words, templates."""
    return _Site(publication, speech, base).leaves()


def of_week(publication: Publication, speech: Speech, week_id: str, *, heard: Sequence[report.Figure], site: str) -> Page:
    """The page of one week with what was heard of the watched names: for a private copy, whose links lead to `site`."""
    press = _Site(publication, speech, "", root=site)
    return press.week(next(part for part in press.parts() if part.id == week_id), heard=heard, lines=LINES_BESIDE_MENTIONS)


class _Site(Editions):
    """All pages: those of editions, and those that any day may change."""

    def leaves(self) -> Iterator[Leaf]:
        yield from self.editions()
        yield from map(made, self._changing())

    def _changing(self) -> Iterator[Page]:
        """The pages that any day may change."""
        yield from self.concepts("topics", self.publication.vocabulary.topics, (("", self.publication.vocabulary.topics),))
        yield from self.concepts("platforms", self.views.platforms, self._by_kind())
        yield self.all_sources()
        for health in self.publication.health:
            yield self.source(health)
        yield from self.changes()
        yield from self.archive()
        yield self.deadlines()
        yield self.feeds()
        yield self.page("search.html", "search/", self.say("search.title"), description=self.say("search.lead"),
                        words={name: self.say(f"search.say.{name}", n="{n}", date="{date}") for name in SEARCH_SAYS}
                        | {status: self.say(f"page.status.{status}") for status in STATUSES})
        yield self.page("about.html", "about/", self.say("page.about.title"), self._headings("about", ABOUT),
                        description=self.say("site.description"), keys=KEYS)

    # ------------------------------------------------------------------------------------------------ dates

    def deadlines(self) -> Page:
        groups = ahead.groups(self.publication.deadlines, self.updated_on, self.views, self.speech)
        dated = {tag for event in self.publication.deadlines for tag in (*event.topics, *event.entities)}
        calendars, quiet = [("", self.say("deadlines.everything"))], list[tuple[str, str]]()
        for folder, concepts in (("topics", self.publication.vocabulary.topics), ("platforms", self.views.platforms)):
            for one in concepts:
                (calendars if one.id in dated else quiet).append((f"{folder}/{one.id}/", self.speech.label(one)))
        toc = [*((name, self.say(f"deadlines.group.{name}")) for name, _ in groups), ("calendars", self.say("deadlines.calendars"))]
        return self.page("deadlines.html", "deadlines/", self.say("deadlines.title"), toc, description=self.say("deadlines.lead"),
                         groups=groups, calendars=calendars, quiet=quiet)

    # ------------------------------------------------------------------------------------------------ topics and platforms

    def concepts(self, folder: str, concepts: Sequence[Topic | Entity],
                 groups: Sequence[tuple[str, Sequence[Topic | Entity]]]) -> Iterator[Page]:
        """The index of topics (or of platforms, grouped), then a page for each."""
        of = {concept.id: self._stories(concept) for concept in concepts}

        def card(concept: Topic | Entity) -> tuple[object, ...]:
            stories = of[concept.id]
            return concept, self.speech.label(concept), len(stories), stories[:1], self._spark(stories)

        cards = [(f"g-{name}", self._kind(name) if name else "", [card(concept) for concept in group]) for name, group in groups]
        title = self.say(f"page.{folder}.title")
        weeks, volume = drawings.volume([(concept, of[concept.id]) for concept in concepts], self.speech, self.updated_on)
        toc = [*((anchor, label) for anchor, label, _ in cards if label), *(self._headings("concept", ("weeks",)) if volume else ())]
        yield self.page("concepts.html", f"{folder}/", title, toc, description=self.say(f"page.{folder}.lead"), folder=folder, groups=cards,
                        weeks=weeks, volume=volume)
        for concept in concepts:
            yield self._concept(folder, concept, of[concept.id])

    def _concept(self, folder: str, concept: Topic | Entity, stories: Sequence[Story]) -> Page:
        label = self.speech.label(concept)
        days = [(f"d-{on}", on, views) for on, views in self.views.by_day(stories[:MOST_STORIES], teaser_chars=TEASER_CHARS)]
        speakers = [source for source in self.publication.sources if source.primary and concept.id in source.entities]
        return self.page(
            "concept.html", f"{folder}/{concept.id}/", label,
            [(anchor, capital(self.views.day(on, "EEEE d MMMM"))) for anchor, on, _ in days],
            description=self.say("page.concept.description", name=label),
            feeds=self._feeds(f"{folder}/{concept.id}/", label), folder=folder, concept=concept, label=label, days=days, speakers=speakers,
            total=len(stories), shown=min(len(stories), MOST_STORIES), spark=self._spark(stories), kin=self._kin(concept),
            about=self._about(concept), sifts=self._sifts([view for *_, views in days for view in views], concept.id),
        )

    def _stories(self, concept: Topic | Entity) -> list[Story]:
        if isinstance(concept, Topic):
            return [story for story in self.publication.stories if concept.id in story.topics]
        return [story for story in self.publication.stories if concept.id in story.entities]

    def _kin(self, concept: Topic | Entity) -> list[tuple[str, str]]:
        """The house a platform belongs to and what belongs to it: (id, label), those with a page."""
        if isinstance(concept, Topic):
            return []
        return [(one.id, self.speech.label(one)) for one in self.views.platforms if one.id == concept.parent or one.parent == concept.id]

    def _about(self, concept: Topic | Entity) -> str:
        """What the vocabulary says of a topic; its descriptions are written in French."""
        return concept.description if isinstance(concept, Topic) and self.speech.language == "fr" else ""

    def _by_kind(self) -> list[tuple[str, list[Entity]]]:
        kinds: dict[str, list[Entity]] = {}
        for entity in self.views.platforms:
            kinds.setdefault(entity.kind, []).append(entity)
        return list(kinds.items())

    def _kind(self, kind: str) -> str:
        return self._said(f"page.kind.{kind}", kind)

    # ------------------------------------------------------------------------------------------------ sources

    def all_sources(self) -> Page:
        groups: dict[str, list[SourceHealth]] = {}
        for health in self.publication.health[:MOST_ROWS]:
            groups.setdefault(health.source.group, []).append(health)
        listed = [(f"g-{place}", name or self.say("page.sources.other"), members)
                  for place, (name, members) in enumerate(groups.items(), 1)]
        ailing = sorted((health for health in self.publication.health if health.verdict not in WELL),
                        key=lambda health: GRAVITY.index(health.verdict))
        delays, firsts = drawings.delays(self.publication.health), drawings.firsts(self.publication)
        toc = [*self._headings("sources", ("ailing",) if ailing else ()), *((anchor, name) for anchor, name, _ in listed),
               *self._headings("sources", [name for name, rows in (("delays", delays), ("leads", firsts)) if rows])]
        return self.page("sources.html", "sources/", self.say("page.sources.title"), toc, description=self.say("page.sources.lead"),
                         groups=listed, ailing=ailing[:MOST_ROWS], delays=delays, drawn_firsts=firsts,
                         ticks=[(charts.delay(tick), self.views.duration(tick)) for tick in charts.DELAY_TICKS],
                         more=len(self.publication.health) - MOST_ROWS, leads=self._leads(),
                         verdicts=[verdict for verdict in GRAVITY if any(one.verdict == verdict for one in self.publication.health)])

    def _leads(self) -> dict[str, Lead]:
        """Of the sources of which something can be claimed, by id."""
        return {lead.source_id: lead for lead in self.publication.leads if lead.verdict != "few"}

    def source(self, health: SourceHealth) -> Page:
        source = health.source
        newest = self.publication.by_source.get(source.id, ())
        return self.page(
            "source.html", f"sources/{source.id}/", source.name, self._headings("source", ("health", "newest")),
            description=self.say("page.source.description", name=source.name), feeds=self._feeds(f"sources/{source.id}/", source.name),
            health=health, source=source, lead=next((one for one in self.publication.leads if one.source_id == source.id), None),
            least_shared=LEAST_SHARED, entries=[self._entry(one) for one in newest[:MOST_ENTRIES]],
            topics=[self.views.topic(topic) for topic in source.topics], entities=[self.views.entity(entity) for entity in source.entities],
            spark=charts.spark((self.speech.local(one.sighting.first_seen_at).date() for one in newest if not one.sighting.backlog),
                               self.updated_on),
        )

    def _entry(self, one: Tagged) -> tuple[object, ...]:
        return (self.views.telling(one), one.sighting.backlog, one.tags.kept, [self.views.topic(topic) for topic in one.tags.topics[:3]])

    def changes(self) -> Iterator[Page]:
        """A page for each change there ever was, for their addresses are permanent; and the list of the latest."""
        every = marks.all_of(self.publication.redlines, self.views)
        by_day = groupby(every[:MOST_ROWS], key=lambda one: self.speech.local(one.seen_at).date())
        days = [(f"d-{on}", on, list(lines)) for on, lines in by_day]
        yield self.page("changes.html", "changes/", self.say("page.changes.title"),
                        [(anchor, capital(self.views.day(on, "EEEE d MMMM y"))) for anchor, on, _ in days],
                        description=self.say("page.changes.lead"), days=days, more=len(every) - MOST_ROWS)
        for one in every:
            on = self.speech.date(one.seen_at, "long")
            yield self.page(
                "change.html", one.path, self.say("page.change.title", name=one.name, date=on), self._headings("change", ("text",)),
                description=self.say("page.change.description", name=one.name, date=on), one=one)

    def feeds(self) -> Page:
        vocabulary = self.publication.vocabulary
        listed = [
            ("topics", [(f"topics/{topic.id}/", self.speech.label(topic)) for topic in vocabulary.topics]),
            ("platforms", [(f"platforms/{entity.id}/", self.speech.label(entity)) for entity in self.views.platforms]),
            ("sources", [(f"sources/{source.id}/", source.name) for source in self.publication.sources[:MOST_ROWS]]),
        ]
        toc = self._headings("feeds", ("site", *(folder for folder, feeds in listed if feeds)))
        return self.page("feeds.html", "feeds/", self.say("page.feeds.title"), toc, description=self.say("page.feeds.lead"), listed=listed)

    def _spark(self, stories: Iterable[Story]) -> str:
        return charts.spark((self.speech.local(story.first_seen_at).date() for story in stories), self.updated_on)
