"""Closed digests and what came since → the pages of what was told when. Source: docs/decisions/0014-pages.md, 0039-week.md"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, timedelta, tzinfo
from functools import partial
from itertools import groupby

from watcher.core import ahead, charts, months, report, week
from watcher.core.press import MOST_ROWS, Leaf, Press, capital, made
from watcher.model import Digest, Event, LeftOut, Outline, Page

LEAD_SECTION = "lead"
SECTIONS = (LEAD_SECTION, "rules", "other")  # of a digest, that are no topics
ARCHIVE_MONTHS = 18             # on the archive's first page; each year has a page of its own
MOST_AHEAD = 12                 # dates beside a digest
TINTS = (1, 5, 10, 20)          # stories of a day: how dark its square in the archive is


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A week: its digests, newest first, the dates that were ahead, the weeks beside it, and whether it goes on."""

    id: str
    outlined: tuple[Outline, ...]
    known: tuple[Event, ...]
    beside: tuple[str | None, str | None]           # the one before, the one after
    open: bool


class Editions(Press):
    """The pages of what was told when: home, digests and their ledgers, weeks, the archive."""

    def editions(self) -> Iterator[Leaf]:
        yield from map(made, (self.home(), self.latest()))
        for place, outline in enumerate(self.outlines):
            yield from self._of_digest(place, outline)
        yield from self.weeks()

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

    # ------------------------------------------------------------------------------------------------ weeks

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

    # ------------------------------------------------------------------------------------------------ archive

    def archive(self) -> Iterator[Page]:
        newest = months.of(self.outlines)
        years = sorted({year for (year, _), _ in newest}, reverse=True)
        yield self._archive("archive/", self.say("page.archive.title"), newest[:ARCHIVE_MONTHS], years)
        for year in years:
            title = self.say("page.archive.year", year=str(year))
            yield self._archive(f"archive/{year}/", title, [month for month in newest if month[0][0] == year], years)

    def _archive(self, path: str, title: str, shown: Sequence[months.Month], years: Sequence[int]) -> Page:
        firsts = [(f"m-{year}-{month:02}", date(year, month, 1), days) for (year, month), days in shown]
        return self.page("archive.html", path, title, [(anchor, capital(self.views.day(first, "LLLL y"))) for anchor, first, _ in firsts],
                         months=[(anchor, first, list(months.weeks(first, days))) for anchor, first, days in firsts], years=years,
                         weekdays=[date(2026, 11, 23) + timedelta(days=day) for day in range(7)], TINTS=TINTS, level=charts.level)

    # ------------------------------------------------------------------------------------------------ words

    def _section(self, topic_id: str) -> str:
        return self.say(f"section.{topic_id}") if topic_id in SECTIONS else self.views.topic(topic_id).label

    def _gathered(self, digest: Digest) -> str:
        return self.say("page.count.stories", n=len(digest.shown)) if digest.shown else self.say("page.digest.nothing")

    def _why(self, line: LeftOut) -> str:
        return self._said(f"page.ledger.why.{line.why.name}", capital(self.views.because(line.why)))

    def _zone(self, digest: Digest) -> tzinfo:
        return self.speech.local(digest.end_at).tzinfo or UTC

    def _neighbours(self, digest_id: str) -> tuple[date | None, date | None]:
        place = self.places[digest_id]
        earlier = self.outlines[place + 1:place + 2]
        later = self.outlines[place - 1:place] if place else ()
        return (date.fromisoformat(earlier[0].id) if earlier else None, date.fromisoformat(later[0].id) if later else None)
