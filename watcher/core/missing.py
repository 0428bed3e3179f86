"""An address or id + what the site is made of → why it is not there, in sentences for a person, each with what to do about it.

What `explain` is to a story that is there. It looks at nothing but what is known: whether a server has it now, only a run can tell.
Source: docs/decisions/0039-week.md
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from watcher.core import account, text, weburl
from watcher.core.language import Speech
from watcher.core.views import Views
from watcher.model import Digest, LeftOut, Publication, Ranked, Sighting, Source, SourceHealth, Tagged

MOST_SOURCES = 6                # named that read the same house
TITLE_CHARS = 140
# Reasons of a ledger, and what may be done about each; the rest are cues, by which a story sinks.
LENGTH = ("no-room", "minor", "publisher-full", "section-full")
DO = {"gate": "gate", "muted": "muted", "backlog": "backlog", "already-told": "already-told", **dict.fromkeys(LENGTH, "length")}
ON_SITE = ("shown", "folded", "waits", "folded-waits")  # these come first, where several entries go by one address
WELL = ("fine", "new", "moved", "dates", "silent")      # verdicts of sources that answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Why something is not on the site. `why` names it for machines; `lines` say it: what it is, why, what to do."""

    why: str
    lines: tuple[str, ...]
    source_id: str = ""
    digest: str = ""
    key: str = ""

    @property
    def known(self) -> bool:
        return self.why != "unknown"


def tell(said: str, found: Sequence[Tagged], strangers: Sequence[Sighting], publication: Publication,
         speech: Speech) -> tuple[Finding, ...]:
    """One finding an entry that goes by this address or id; where there is none, what the sources of its house tell.

    `found` are those of listed sources, `strangers` those of sources that have left the list.
    """
    teller = _Teller(publication, speech)
    findings = sorted([*map(teller.entry, found), *map(teller.stranger, strangers)], key=lambda one: one.why not in ON_SITE)
    return tuple(findings or teller.unseen(said.strip()))


class _Teller:
    def __init__(self, publication: Publication, speech: Speech) -> None:
        self._publication, self._speech, self._views = publication, speech, Views(publication, speech)
        self._sources = {source.id: source for source in publication.sources}

    # ------------------------------------------------------------------------------------------------ seen

    def entry(self, item: Tagged) -> Finding:
        """The first of its places that shows it, else the last that left it out, else none."""
        places = account.places_of(item, self._publication)
        closed = [made for made in places if made is not self._publication.latest]
        for made in (*closed, *places[len(closed):]):
            if place := account.shown_in(made, item):
                return self._shown(item, made, *place)
        left = [(made, line) for made in places for line in made.left_out if line.key == item.sighting.key]
        if left:
            return self._left_out(item, *left[-1])
        lines = (*self._head(item.sighting), self._say("nowhere"), self._say("do.build"))
        return self._finding("nowhere", lines, item.sighting)

    def stranger(self, sighting: Sighting) -> Finding:
        source_id = sighting.entry.source_id
        return self._finding("left-list", (*self._head(sighting), self._say("left-list", source=source_id), self._say("do.left-list")),
                             sighting)

    def _shown(self, item: Tagged, made: Digest, section: str, place: int, ranked: Ranked) -> Finding:
        lines = list(self._head(item.sighting))
        lead = ranked.story.lead
        if made is self._publication.latest:
            lines += [self._say("waits", place=place, section=self._section(section)), self._next()]
            why = "waits"
        else:
            lines.append(self._say("shown", digest=self._digest(made), place=place, section=self._section(section)))
            why = "shown"
        if lead.sighting.key != item.sighting.key:
            why = f"folded-{why}" if why == "waits" else "folded"
            lines.append(self._say("folded", publisher=self._publisher(lead.sighting), title=self._title(lead.sighting)))
        where = f"latest/#s-{ranked.story.id}" if made is self._publication.latest else f"digests/{made.id}/#s-{ranked.story.id}"
        return self._finding(why, (*lines, self._address(where)), item.sighting, made)

    def _left_out(self, item: Tagged, made: Digest, line: LeftOut) -> Finding:
        because = self._views.because(line.why)
        lines = list(self._head(item.sighting))
        if made is self._publication.latest:
            lines += [self._say("would-be-left-out", because=because), self._next()]
        else:
            lines += [self._say("left-out", digest=self._digest(made), because=because), self._address(f"digests/{made.id}/ledger/")]
        source = self._sources.get(item.sighting.entry.source_id)
        lines.append(self._do(line, source))
        name = line.why.name
        return self._finding("length" if name in LENGTH else name if name in DO else "sinks", lines, item.sighting, made)

    def _do(self, line: LeftOut, source: Source | None) -> str:
        name = line.why.name
        values = {"gate": {"source": source.name if source else line.source_id}, "muted": {"rule": dict(line.why.values).get("rule", "")}}
        return self._say(f"do.{DO.get(name, 'sinks')}", **values.get(name, {}))

    # ------------------------------------------------------------------------------------------------ not seen

    def unseen(self, said: str) -> Iterator[Finding]:
        address = weburl.absolute(said)
        if not address:
            yield Finding(why="unknown", lines=(self._say("unknown", said=text.line(said, TITLE_CHARS)),))
            return
        house = weburl.house(address)
        reports = [report for report in self._publication.health if self._reads(report.source, house)]
        reports.sort(key=lambda report: weburl.host(weburl.canonical(report.source.home)) != weburl.host(weburl.canonical(address)))
        if not reports:
            site = address.split("/", 3)
            yield Finding(why="no-source", lines=(
                self._say("no-source", house=house), self._say("do.add", command=f"watcher add {'/'.join(site[:3])}/")))
        for report in reports[:MOST_SOURCES]:
            yield self._source(report)

    def _source(self, report: SourceHealth) -> Finding:
        source, state = report.source, report.state
        lines = [self._say("would", source=source.name, house=weburl.house(source.home))]
        if source.mentions:
            why, more = "mentions", [self._say("mentions")]
        elif state.last_attempt_at is None:
            why, more = "never-asked", [self._say("never-asked"), self._say("do.build")]
        elif report.verdict not in WELL and state.failure is not None:
            why, more = ("blocked" if report.verdict == "blocked" else "failing"), list(self._failing(report))
        elif source.kind == "page" and not source.items:
            why, more = "page", [self._say("page")]
        elif state.last_success_at is None:
            why, more = "never-read", [self._say("never-read"), self._say("do.check")]
        else:
            why, more = "not-in-feed", [self._say("not-in-feed", moment=self._moment(state.last_success_at), n=state.entries),
                                        self._say("do.not-in-feed")]
        return Finding(why=why, lines=(*lines, *more), source_id=source.id)

    def _failing(self, report: SourceHealth) -> Iterator[str]:
        state, verdict, say = report.state, self._views.verdict(report), self._speech.say
        failure = state.failure
        assert failure is not None
        yield f"{say(f'page.verdict-why.{verdict}')} {say(f'page.step.{failure.step}')}."
        if state.failing_since_at:
            yield self._say("since", moment=self._moment(state.failing_since_at))
        if state.next_due_at and state.next_due_at > self._publication.as_of:
            yield self._say("asked-again", moment=self._moment(state.next_due_at))
        yield say(f"page.verdict-do.{verdict}")

    def _reads(self, source: Source, house: str) -> bool:
        """Whether the source is of this house; its fetch address may tell, though it is never shown."""
        return house in {weburl.house(source.home), weburl.house(source.url)} - {""}

    # ------------------------------------------------------------------------------------------------ words

    def _finding(self, why: str, lines: Sequence[str], sighting: Sighting, made: Digest | None = None) -> Finding:
        return Finding(why=why, lines=tuple(filter(None, lines)), source_id=sighting.entry.source_id, key=sighting.key,
                       digest="" if made is None or made is self._publication.latest else made.id)

    def _head(self, sighting: Sighting) -> tuple[str, str]:
        return self._title(sighting), self._say("seen", publisher=self._publisher(sighting), moment=self._moment(sighting.first_seen_at))

    def _title(self, sighting: Sighting) -> str:
        return text.cut(sighting.entry.title or sighting.entry.link or sighting.key, TITLE_CHARS)

    def _publisher(self, sighting: Sighting) -> str:
        return self._views.publisher(sighting.entry.source_id)[0]

    def _digest(self, made: Digest) -> str:
        return self._speech.say("explain.digest", date=self._speech.date(date.fromisoformat(made.id), "long"))

    def _next(self) -> str:
        at = self._publication.next_digest_at
        return self._say("next", moment=self._moment(at)) if at else ""

    def _section(self, topic: str) -> str:
        return self._speech.say(f"section.{topic}") if topic in account.SECTIONS else self._views.topic(topic).label

    def _address(self, path: str) -> str:
        """Where the site has it; nothing while the site has no address."""
        return f"{self._publication.site.url}{path}" if self._publication.site.url else ""

    def _moment(self, at: datetime) -> str:
        return self._speech.say("explain.moment", day=self._speech.date(at, "long"), clock=self._speech.clock(at))

    def _say(self, message: str, **values: object) -> str:
        return self._speech.say(f"missing.{message}", **values)
