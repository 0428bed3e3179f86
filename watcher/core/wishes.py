"""Stories + what a channel asks for → what it may be told, each with one sentence that says why.

Source: docs/decisions/0034-alerts.md
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from functools import lru_cache

from watcher.core import cues, text
from watcher.core.language import Speech
from watcher.core.views import Views
from watcher.model import Alert, Cue, Notice, Publication, Ranked, Story, Tagged

# Points of the cues of urgency (data/cues.yaml), less those of what a story sinks by: an outage, new rules, a law, the end of a service;
# not a launch by itself, and not "what to do when it is down".
URGENT_POINTS = 2.0
NOTE_CHARS = 280

Met = tuple[datetime, str]      # since when a condition is met, and the words for it

class Desk:
    """What all channels share: the site as it is, and the words for it."""

    def __init__(self, publication: Publication, speech: Speech, cues: Sequence[Cue]) -> None:
        self.speech, self.cues = speech, tuple(cues)
        self.views = Views(publication, speech)
        self._root = publication.site.url

    def link(self, story: Story) -> str:
        """Where the site shows the story: in its digest, or on the page of its topic or platform, where every story is."""
        path = self.views.permalink(story.id) or next(
            (f"{tag.path}#s-{story.id}" for tag in (*map(self.views.topic, story.topics), *map(self.views.entity, story.entities))
             if tag.path), "")
        return self._root + path if self._root and path else ""


def stories(ranked: Iterable[Ranked], alert: Alert, desk: Desk) -> tuple[Notice, ...]:
    """The stories that the channel asks for, in the order given. `ranked` are those of the last days, whatever was told of them."""
    if not alert.wants_stories:
        return ()
    wish = _Wish(alert, desk)
    return tuple(notice for one in ranked if (notice := wish.notice(one)) is not None)


class _Wish:
    """What one channel asks of stories."""

    def __init__(self, alert: Alert, desk: Desk) -> None:
        self._alert, self._desk, self._say, self._views = alert, desk, desk.speech.say, desk.views
        self._kinds = {cue.id: cue for cue in desk.cues}
        self._ear = cues.ear(desk.cues)
        self._keywords = [(word, re.compile(rf"(?<!\w){re.escape(text.fold(word))}(?!\w)")) for word in alert.keywords if text.fold(word)]

    def notice(self, one: Ranked) -> Notice | None:
        """What to tell of the story, if it is asked for: since the last of the channel's conditions was met, and for these reasons."""
        met: list[tuple[datetime, str]] = []
        urgent = self._urgent(one)
        for asked, found in ((self._alert.urgent, urgent), (self._alert.status, self._status(one.story)),
                             (self._alert.topics, self._topic(one.story)), (self._alert.entities, self._entity(one.story)),
                             (self._alert.keywords, self._keyword(one.story)), (self._alert.sources, self._source(one.story))):
            if not asked:
                continue
            if found is None:
                return None
            met.append(found)
        story, lead = one.story, self._views.telling(one.story.lead)
        return Notice(
            key=f"story:{story.id}", at=max(at for at, _ in met), urgent=urgent is not None,
            aliases=tuple(f"story:{member.sighting.key}" for member in story.members if member.sighting.key != story.id),
            title=lead.title, link=self._desk.link(story), article=lead.link, by=self._by(story), note=self._note(one),
            why=self._say("wishes.why.story", reasons=self._say("wishes.why.and").join(said for _, said in met)),
        )

    # Each condition: since when it is met, and in which words; None where it is not.

    def _urgent(self, one: Ranked) -> Met | None:
        heard = [reason for reason in one.reasons if reason.name in self._kinds]
        cue = next((reason for reason in heard if self._kinds[reason.name].kind == "urgent"), None)
        if cue is None or sum(reason.points for reason in heard) < URGENT_POINTS:
            return None
        # An alarm that a later telling raised is as old as that telling.
        at = min((member.sighting.first_seen_at for member in one.story.members
                  if any(heard.id == cue.name for heard in self._ear.heard(member.sighting.entry, member.tags.topics))),
                 default=one.story.first_seen_at)
        return at, self._say("wishes.why.urgent", cue=self._views.because(cue))

    def _status(self, story: Story) -> Met | None:
        if story.status not in self._alert.status:
            return None
        at = next((rung.at for rung in story.rungs if rung.status == story.status), story.first_seen_at)
        return at, self._say("wishes.why.status", status=self._say(f"wishes.status.{story.status}"))

    def _topic(self, story: Story) -> Met | None:
        return self._tag(story, self._alert.topics, lambda member: member.tags.topics, "topic")

    def _entity(self, story: Story) -> Met | None:
        return self._tag(story, self._alert.entities, lambda member: member.tags.entities, "entity")

    def _tag(self, story: Story, asked: Collection[str], tags: Callable[[Tagged], Collection[str]], kind: str) -> Met | None:
        met = [(member.sighting.first_seen_at, tag) for member in story.members for tag in tags(member) if tag in asked]
        if not met:
            return None
        at, tag = min(met, key=lambda one: one[0])
        return at, self._say(f"wishes.why.{kind}", label=(self._views.topic if kind == "topic" else self._views.entity)(tag).label)

    def _keyword(self, story: Story) -> Met | None:
        met = [(member.sighting.first_seen_at, word) for member in story.members for word, regex in self._keywords
               if regex.search(_folded(member))]
        if not met:
            return None
        at, word = min(met, key=lambda one: one[0])
        return at, self._say("wishes.why.keyword", word=word)

    def _source(self, story: Story) -> Met | None:
        listed = [member for member in story.members if member.sighting.entry.source_id in self._alert.sources]
        if not listed:
            return None
        first = min(listed, key=lambda member: member.sighting.first_seen_at)
        return first.sighting.first_seen_at, self._say("wishes.why.source", publisher=self._publisher(first))

    # Words about a story.

    def _publisher(self, one: Tagged) -> str:
        return self._views.publisher(one.sighting.entry.source_id)[0]

    def _by(self, story: Story) -> str:
        """Who tells it and how sure it is: « Meta Newsroom (officiel) et 2 autres »."""
        names = list(dict.fromkeys(map(self._publisher, story.members)))
        said = self._say("wishes.by", publisher=names[0], status=self._say(f"wishes.status.{story.status}"))
        return f"{said} {self._say('wishes.others', n=len(names) - 1)}" if len(names) > 1 else said

    def _note(self, one: Ranked) -> str:
        summary = " ".join(one.story.lead.sighting.entry.summary[:2 * NOTE_CHARS].split())
        return text.unbroken(one.teaser or text.cut(summary, NOTE_CHARS))


@lru_cache(maxsize=4_096)
def _fold(title: str, summary: str) -> str:
    return text.fold(f"{title} {summary}")


def _folded(one: Tagged) -> str:
    return _fold(one.sighting.entry.title, one.sighting.entry.summary)
