"""An entry + the source it came by → where it stands, which conversation it is part of, who speaks, and the reach that the feed states.

A conversation is one address (its first post, its answers, its pages), or one title or text, wherever it is printed again.
Source: docs/decisions/0035-mentions.md
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from watcher.core import quotes, text, weburl
from watcher.model import Brand, Entry, MentionWords, Overheard, Platform, Reach, Sighting, Source

# What repeats a title within this time is part of the same conversation; later it is another one.
SAME_WORDS = timedelta(days=14)
# A publisher's date is believed where it is no later than what we saw, and no older than this.
TRUSTED = timedelta(days=7)
# A title of fewer words is anybody's; of a text without a title, this much tells it from others.
TITLE_WORDS, TEXT_WORDS, TEXT_COMPARED = 4, 8, 30
LARGEST = 10_000_000_000        # a larger number is no count of people

_AFTER_TITLE = re.compile(r"\s+[-–—|]\s+([^-–—|]{2,40})$")
_SUBREDDIT = re.compile(r"reddit\.com/(r/\w+)/", re.IGNORECASE)
_TRIMMINGS = re.compile(r"https?://\S+|[#@]\S+")
_DIGITS = re.compile(r"\D")


class Places:
    """Built once from the shipped words."""

    def __init__(self, words: MentionWords) -> None:
        self._platforms = [(name, re.compile("|".join(patterns), re.IGNORECASE)) for name, patterns in words.platforms]
        self._threads = [re.compile(pattern, re.IGNORECASE) for pattern in words.threads]
        self._headings = [re.compile(pattern, re.IGNORECASE) for pattern in words.headings]
        self._reach = [(name, re.compile("|".join(patterns), re.IGNORECASE | re.MULTILINE)) for name, patterns in words.reach]

    def platform(self, entry: Entry, source: Source) -> Platform:
        """By its address; what stands nowhere else is the press where its source is on the public list."""
        address = weburl.canonical(entry.link)
        found = next((name for name, regex in self._platforms if regex.search(address)), None)
        return found or ("web" if source.mentions else "press")

    def heard(self, sighting: Sighting, brand: Brand, source: Source) -> Overheard:
        """The mention as it is kept, in a conversation of its own so far."""
        entry, seen_at = sighting.entry, sighting.first_seen_at
        thread, words = self._thread(entry) or f"key {sighting.key}", self._wording(entry)
        return Overheard(
            brand=text.digest(brand.id), source=text.digest(source.id), key=sighting.key,
            conversation=text.digest(f"{brand.id}\n{thread}"), thread=text.digest(thread), wording=text.digest(words) if words else "",
            voice=text.digest(_voice(entry) or sighting.key), at=_said_at(sighting), seen_at=seen_at, backlog=sighting.backlog,
            sighting=sighting)

    def reach(self, said: str) -> tuple[Reach, ...]:
        """The numbers that a text states of itself; of two of a kind the first."""
        found = ((name, regex.search(said)) for name, regex in self._reach)
        read = (Reach(what=name, count=int(_DIGITS.sub("", next(filter(None, match.groups())))), exact=" ".join(match[0].split()))
                for name, match in found if match)
        return tuple(reach for reach in read if reach.count < LARGEST)

    def title(self, entry: Entry) -> str:
        """The title of the conversation: without "Re:" before it and the publisher behind it."""
        title = entry.title
        for regex in self._headings:
            title = regex.sub("", title)
        return title.strip()

    def _thread(self, entry: Entry) -> str:
        address = weburl.canonical(entry.link).partition("#")[0]
        match = next((match for regex in self._threads if (match := regex.search(address))), None)
        return " ".join(filter(None, match.groups())).lower() if match else address

    def _wording(self, entry: Entry) -> str:
        title = text.fold(self.title(entry))
        if title:
            return f"title {title}" if len(title.split()) >= TITLE_WORDS else ""
        # Who copies a call to action changes its number, its link or its tag at most.
        words = [word for word in text.fold(_TRIMMINGS.sub(" ", entry.summary)).split() if word.isalpha()]
        return f"text {' '.join(words[:TEXT_COMPARED])}" if len(words) >= TEXT_WORDS else ""


def joined(heard: Overheard, known: Iterable[Overheard]) -> Overheard:
    """The mention in the conversation it is part of, if one is known. `known` are those of its brand that share its place or its words."""
    known = tuple(known)
    if own := next((one for one in known if one.brand == heard.brand and one.key == heard.key), None):
        return replace(heard, conversation=own.conversation, at=own.at, seen_at=own.seen_at, backlog=own.backlog)   # in a new wording
    alike = [one for one in known if one.brand == heard.brand and one.key != heard.key and (
        one.thread == heard.thread or (heard.wording and one.wording == heard.wording and heard.seen_at - one.seen_at <= SAME_WORDS))]
    first = min(alike, key=lambda one: (one.seen_at, one.key), default=None)
    return replace(heard, conversation=first.conversation) if first else heard


def who(entry: Entry) -> str:
    """Who speaks, as the feed has it; "" where it does not say."""
    return next((author.strip().removeprefix("/") for author in entry.authors if author.strip()), "")


def place(entry: Entry, source: Source) -> str:
    """Where it stands, in words a reader knows: the publisher, the part of the platform, else the host."""
    if subreddit := _SUBREDDIT.search(entry.link):
        return subreddit[1]
    if not source.mentions:
        return source.name
    publisher = _AFTER_TITLE.search(entry.title)
    return publisher[1].strip() if publisher else _host(entry) or source.name


def _said_at(sighting: Sighting) -> datetime:
    """The publisher's date where it can be true; an old article that is found today is said today."""
    published, seen_at = sighting.entry.published, sighting.first_seen_at
    if published is None or published > seen_at or (not sighting.backlog and seen_at - published > TRUSTED):
        return seen_at
    return published


def _voice(entry: Entry) -> str:
    """An account, else the house that printed it."""
    author = next(filter(None, map(quotes.account, entry.authors)), "")
    return author or _host(entry)


def _host(entry: Entry) -> str:
    address = weburl.absolute(entry.link)
    return weburl.host(weburl.canonical(address)) if address else ""
