"""A publication → the pages of its site: finished HTML from autoescaping templates.

A page says nothing that depends on the moment it was built: same publication, same bytes, and a page changes only when what it tells does.
What a browser may add (how long ago, whether builds have stopped) it reads from `health.json`. Source: docs/decisions/0014-pages.md
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, timedelta, tzinfo
from functools import cache, partial
from itertools import groupby

from jinja2 import Environment, PackageLoader, StrictUndefined

from watcher.core import ahead, charts, drawings, marks, months, outlines, report, text, week
from watcher.core.language import Speech
from watcher.core.views import StoryView, Views
from watcher.model import (
    LEAST_SHARED,
    Digest,
    Entity,
    Event,
    Lead,
    LeftOut,
    Outline,
    Page,
    Publication,
    SourceHealth,
    Story,
    Tagged,
    Topic,
)

LEAD_SECTION = "lead"
SECTIONS = (LEAD_SECTION, "rules", "other")  # of a digest, that are no topics
TEASER_CHARS = 160              # outside of digests
LINES_BESIDE_MENTIONS = 8       # stories of a week, where its mentions must find room on the same sheet
MOST_STORIES = 200              # on the page of a topic or platform
MOST_ROWS = 2_000               # of a ledger, of the list of sources
MOST_ENTRIES = 50               # on the page of a source
ARCHIVE_MONTHS = 18             # on the archive's first page; each year has a page of its own
MOST_AHEAD = 12                 # dates beside a digest
TINTS = (1, 5, 10, 20)          # stories of a day: how dark its square in the archive is
WELL = ("fine", "new")          # verdicts that ask nothing of anybody
# The gravest first: what a reader of the list of sources should see to.
GRAVITY = ("gone", "blocked", "not-a-feed", "failing", "quarantined", "moved", "silent", "dates", "new", "fine")
RSS, ATOM, JSON = "application/rss+xml", "application/atom+xml", "application/feed+json"
ABOUT = ("story", "status", "why", "left", "digest", "tools", "keys", "subscribe", "sources", "delay", "add", "privacy")
# What the keyboard does, as the theme's partials/keys.html says it too: (keys, message).
KEYS = (("j k", "keys.move"), ("o", "keys.open"), ("w", "keys.why"), ("c", "keys.link"), ("y", "keys.markdown"), ("m", "keys.read"),
        ("/", "keys.search"), ("?", "keys.help"))
# What the script of the search says: it fills in numbers and dates itself.
SEARCH_SAYS = ("ready", "empty", "found", "partly", "none", "lines", "found-lines", "no-line", "others", "untitled", "failed")
STATUSES = ("rumour", "reported", "official", "in-force")
FORMATS = ((RSS, "feed.xml"), (ATOM, "atom.xml"), (JSON, "feed.json"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """A page that can be made. Pages of the same address and the same `key` are the same, whenever they are made; "": nobody knows."""

    path: str
    key: str
    make: Callable[[], Page]
    opens: str = ""                                 # id of the newest closed digest that is read for it


def make(publication: Publication, speech: Speech) -> tuple[Page, ...]:
    """Every page of the site, in a fixed order; links between them are relative, so that it works under any address."""
    return tuple(leaf.make() for leaf in leaves(publication, speech))


def leaves(publication: Publication, speech: Speech, *, base: str = "") -> Iterator[Leaf]:
    """The same pages, each made when it is asked for. `base` tells by what they are made: program, words, templates."""
    return _Press(publication, speech, base).leaves()


def of_week(publication: Publication, speech: Speech, week_id: str, *, heard: Sequence[report.Figure], site: str) -> Page:
    """The page of one week with what was heard of the watched names: for a private copy, whose links lead to `site`."""
    press = _Press(publication, speech, "", root=site)
    return press.week(next(part for part in press.parts() if part.id == week_id), heard=heard, lines=LINES_BESIDE_MENTIONS)


@cache
def _templates() -> Environment:
    """Compiled once a process. What a template forgets to be given is an error, not an empty space."""
    return Environment(loader=PackageLoader("watcher", "templates"), autoescape=True, trim_blocks=True, lstrip_blocks=True,
                       undefined=StrictUndefined, auto_reload=False)


Sections = Sequence[tuple[str, str]]                # (anchor, title)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A week: its digests, newest first, the dates that were ahead, the weeks beside it, and whether it goes on."""

    id: str
    outlined: tuple[Outline, ...]
    known: tuple[Event, ...]
    beside: tuple[str | None, str | None]           # the one before, the one after
    open: bool


class _Press:
    """Prints one publication."""

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
            "capital": _capital,
            "tongue": speech.tongue, "webcal": publication.site.url.replace("https://", "webcal://").replace("http://", "webcal://"),
        }

    def leaves(self) -> Iterator[Leaf]:
        yield from map(_made, (self.home(), self.latest()))
        for place, outline in enumerate(self.outlines):
            yield from self._of_digest(place, outline)
        yield from self.weeks()
        yield from map(_made, self._changing())

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

    def page(self, template: str, path: str, title: str, toc: Sections = (), *, description: str = "",
             feeds: tuple[tuple[str, str, str], ...] = (), **context: object) -> Page:
        root = self._root or "../" * path.count("/") or "./"
        html = _templates().get_template(template).render(self.shared, root=root, path=path, title=title, **context)
        return Page(path=path, title=title, html=html, description=description, toc=tuple(toc),
                    feeds=(*feeds, *self._feeds("", self.publication.site.title)))

    # ------------------------------------------------------------------------------------------------ digests

    def home(self) -> Page:
        if not self.outlines:
            return self.page("welcome.html", "", self.publication.site.title, self._headings("welcome", ("steps",)))
        since = self.publication.latest
        return self._digest(self.publication.digests[0], "", kicker=self.say("page.home.kicker"), fresh=True,
                            since=len(since.shown) if since else 0)

    def latest(self) -> Page:
        since = self.publication.latest
        if since is None:
            return self.page("welcome.html", "latest/", self.say("page.latest.title"), self._headings("welcome", ("steps",)))
        title = self.say("page.latest.title")
        return self._digest(since, "latest/", kicker=title, fresh=True, title=title, open=True)

    def _of_digest(self, place: int, outline: Outline) -> Iterator[Leaf]:
        path, beside = f"digests/{outline.id}/", self._beside(outline)
        yield Leaf(path=path, key=self._key("digest", beside, self._neighbours(outline.id)), make=partial(self._closed, place),
                   opens=outline.id)
        yield Leaf(path=f"{path}ledger/", key=self._key("ledger", beside), make=partial(self._ledger_of, place), opens=outline.id)

    def _closed(self, place: int) -> Page:
        digest = self.publication.digests[place]
        return self._digest(digest, f"digests/{digest.id}/", kicker=self.say("page.digest.kicker"))

    def _ledger_of(self, place: int) -> Page:
        return self.ledger(self.publication.digests[place])

    def _beside(self, outline: Outline) -> str:
        return repr(self.views.seen_beside(outline))

    def _key(self, kind: str, *on: object) -> str:
        return text.digest(repr((self._base, kind, on)))

    def _digest(self, digest: Digest, path: str, *, kicker: str, fresh: bool = False, since: int = 0, open: bool = False,
                title: str = "") -> Page:
        """A digest, closed or still `open`; the latter has no date of its own, no neighbours and no ledger page."""
        sections = [(section.topic, self._section(section.topic), [self.views.ranked(one) for one in section.ranked])
                    for section in digest.sections]
        members = [one for ranked in digest.shown for one in ranked.story.members]
        earlier, later = (None, None) if open else self._neighbours(digest.id)
        seen = [(one.story.first_seen_at, section.topic == LEAD_SECTION) for section in digest.sections for one in section.ranked]
        strip = None if open else charts.strip(digest.start_at, digest.end_at, seen, self._zone(digest))
        return self.page(
            "digest.html", path, title or self.say("page.digest.title", date=self.speech.date(date.fromisoformat(digest.id), "full")),
            [(f"t-{topic}", label) for topic, label, _ in sections], description=self._gathered(digest),
            ahead=self._ahead(digest, path),
            digest=digest, kicker=kicker, fresh=fresh, since=since, open=open, on=date.fromisoformat(digest.id),
            covers=self.views.covers(digest, open), sections=sections, strip=strip,
            sifts=self._sifts([one for *_, ones in sections for one in ones]), earlier=earlier, later=later, week=week.of(digest.id),
            publishers=len({one.sighting.entry.source_id for one in members}), minutes=max(1, round(digest.reading_s / 60)),
        )

    def _ahead(self, digest: Digest, path: str) -> list[ahead.EventView]:
        """The dates beside a digest: on the home page the next ones there are, on a page for ever those that the digest told."""
        if not path:
            return ahead.near(self.publication.deadlines, self.updated_on, self.views, self.speech)
        return [ahead.view(event, self.views, self.speech) for event in digest.deadlines if not event.withdrawn][:MOST_AHEAD]

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

    def ledger(self, digest: Digest) -> Page:
        """Everything the digest saw and does not show, under the reason; with what it shows the counts add up to what it saw."""
        reasons: dict[str, list[LeftOut]] = {}
        numbers = {line.key: number for number, line in enumerate(digest.left_out)}        # what the search leads to
        for line in digest.left_out:
            reasons.setdefault(line.why.name, []).append(line)
        groups, room = [], MOST_ROWS
        for name, lines in sorted(reasons.items(), key=lambda item: (-len(item[1]), item[0])):
            rows = [(self.views.line(line), self.views.because(line.why), line.story_id, numbers[line.key]) for line in lines[:room]]
            room -= len(rows)
            said = {why for _, why, *_ in rows}
            common = said.pop() if len(said) == 1 and len(rows) > 1 else ""
            groups.append((f"r-{name}", self._why(lines[0]), len(lines), common, rows))
        on = self.speech.date(date.fromisoformat(digest.id), "full")
        return self.page("ledger.html", f"digests/{digest.id}/ledger/", self.say("page.ledger.title", date=on),
                         [(anchor, label) for anchor, label, *_ in groups], description=self.say("page.ledger.lead"), digest=digest,
                         on=date.fromisoformat(digest.id), groups=groups)

    def weeks(self) -> Iterator[Leaf]:
        for part in self.parts():
            on = (part.open, part.known, [self.views.publisher(event.source_id) for event in part.known],
                  list(map(self._beside, part.outlined)))
            yield Leaf(path=f"weeks/{part.id}/", key=self._key("week", part.beside, on), make=partial(self.week, part),
                       opens=part.outlined[0].id)

    def parts(self) -> Iterator[Part]:
        """Of each week what is known before its digests are read."""
        known, upcoming = week.ahead_of(self.outlines), self.publication.next_digest_at
        next_week = week.of(self.speech.local(upcoming).date().isoformat()) if upcoming is not None else ""
        weeks = [(id, list(outlined)) for id, outlined in groupby(self.outlines, key=lambda outline: week.of(outline.id))]
        for place, (id, outlined) in enumerate(weeks):
            beside = (weeks[place + 1][0] if place + 1 < len(weeks) else None, weeks[place - 1][0] if place else None)
            open = place == 0 and next_week == id
            yield Part(id=id, outlined=tuple(outlined), known=known[id], beside=beside, open=open)

    def week(self, part: Part, *, heard: Sequence[report.Figure] = (), lines: int = week.MOST_LINES) -> Page:
        digests = [self.publication.digests[self.places[outline.id]] for outline in reversed(part.outlined)]
        composed = week.compose(part.id, digests, part.known, platforms=self.publication.site.platforms,
                                vocabulary=self.publication.vocabulary, lines=lines)
        told = report.Reporter(self.views, self.speech).report(composed, open=part.open)
        toc = [("changed", told.heading), *((name, self.say(f"week.{name}")) for name in ("dates", "broken", "figures", "days"))]
        return self.page("week.html", f"weeks/{part.id}/", told.title, toc, description=self.say("week.description", title=told.title),
                         week=told, heard=heard, earlier=part.beside[0], later=part.beside[1])

    def archive(self) -> Iterator[Page]:
        newest = months.of(self.outlines)
        years = sorted({year for (year, _), _ in newest}, reverse=True)
        yield self._archive("archive/", self.say("page.archive.title"), newest[:ARCHIVE_MONTHS], years)
        for year in years:
            title = self.say("page.archive.year", year=str(year))
            yield self._archive(f"archive/{year}/", title, [month for month in newest if month[0][0] == year], years)

    def _archive(self, path: str, title: str, shown: Sequence[months.Month], years: Sequence[int]) -> Page:
        firsts = [(f"m-{year}-{month:02}", date(year, month, 1), days) for (year, month), days in shown]
        return self.page("archive.html", path, title, [(anchor, _capital(self.views.day(first, "LLLL y"))) for anchor, first, _ in firsts],
                         months=[(anchor, first, list(months.weeks(first, days))) for anchor, first, days in firsts], years=years,
                         weekdays=[date(2026, 11, 23) + timedelta(days=day) for day in range(7)], TINTS=TINTS, level=charts.level)

    # ------------------------------------------------------------------------------------------------ topics, platforms

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
            [(anchor, _capital(self.views.day(on, "EEEE d MMMM"))) for anchor, on, _ in days],
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

    def _sifts(self, stories: Sequence[StoryView], without: str = "") -> list[tuple[str, list[tuple[str, str, int]]]]:
        """What a reader may sift these stories by: topics and platforms as (id, label, how many are about it), the most frequent first."""
        topics = Counter(topic for story in stories for topic in story.topic_ids.split())
        platforms = Counter(platform for story in stories for platform in story.platform_ids.split())
        return [(name, [(id, of(id).label, n) for id, n in counts.most_common() if id != without])
                for name, counts, of in (("topic", topics, self.views.topic), ("platform", platforms, self.views.entity))]

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

    # ------------------------------------------------------------------------------------------------ sources, feeds

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

    # ------------------------------------------------------------------------------------------------ changes of watched pages

    def changes(self) -> Iterator[Page]:
        """A page for each change there ever was, for their addresses are permanent; and the list of the latest."""
        every = marks.all_of(self.publication.redlines, self.views)
        by_day = groupby(every[:MOST_ROWS], key=lambda one: self.speech.local(one.seen_at).date())
        days = [(f"d-{on}", on, list(lines)) for on, lines in by_day]
        yield self.page("changes.html", "changes/", self.say("page.changes.title"),
                        [(anchor, _capital(self.views.day(on, "EEEE d MMMM y"))) for anchor, on, _ in days],
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

    # ------------------------------------------------------------------------------------------------ words

    def _headings(self, page: str, names: Iterable[str]) -> list[tuple[str, str]]:
        return [(name, self.say(f"page.{page}.{name}")) for name in names]

    def _section(self, topic_id: str) -> str:
        return self.say(f"section.{topic_id}") if topic_id in SECTIONS else self.views.topic(topic_id).label

    def _gathered(self, digest: Digest) -> str:
        return self.say("page.count.stories", n=len(digest.shown)) if digest.shown else self.say("page.digest.nothing")

    def _why(self, line: LeftOut) -> str:
        return self._said(f"page.ledger.why.{line.why.name}", _capital(self.views.because(line.why)))

    def _said(self, message_id: str, otherwise: str) -> str:
        """The message, for ids that are made of a user's or another room's word."""
        try:
            return self.say(message_id)
        except KeyError:
            return otherwise

    def _zone(self, digest: Digest) -> tzinfo:
        return self.speech.local(digest.end_at).tzinfo or UTC

    def _neighbours(self, digest_id: str) -> tuple[date | None, date | None]:
        place = self.places[digest_id]
        earlier = self.outlines[place + 1:place + 2]
        later = self.outlines[place - 1:place] if place else ()
        return (date.fromisoformat(earlier[0].id) if earlier else None, date.fromisoformat(later[0].id) if later else None)

    def _feeds(self, folder: str, title: str) -> tuple[tuple[str, str, str], ...]:
        return tuple((kind, title, folder + name) for kind, name in FORMATS)

    def _spark(self, stories: Iterable[Story]) -> str:
        return charts.spark((self.speech.local(story.first_seen_at).date() for story in stories), self.updated_on)



def _made(page: Page) -> Leaf:
    """A page that is made whatever happened."""
    return Leaf(path=page.path, key="", make=lambda: page)


def _capital(said: str) -> str:
    return said[:1].upper() + said[1:]
