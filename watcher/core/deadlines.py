"""A text → the deadlines it tells: dated changes ahead, with the publisher's sentence, what they are about and how sure they are.

A date is a deadline where its sentence speaks of what is to come and names something that begins, ends, costs or is asked for; dates of
publication, of the past, of shops and of figures are none. Source: docs/decisions/0030-deadlines.md
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache

from watcher.core import due, text
from watcher.core.due import When
from watcher.model import Certainty, Deadline, DeadlineKind, DeadlineWords, Entry

TEXT_CHARS = 2_400              # a title and a summary as they are kept
SENTENCE_CHARS = 600            # a sentence is cut into pieces of these
EXACT_CHARS = 280               # of a sentence that is quoted
MOST = 12                       # deadlines of one text: more is a calendar, not a telling
NEAR = 32                       # characters before a date in which a word that belongs to it is looked for
# Beyond these a date is a goal, not a deadline.
HORIZON = timedelta(days=3 * 366)
HORIZON_OF_YEARS = timedelta(days=2 * 366)
FIRST: tuple[DeadlineKind, ...] = ("api", "price")        # these count wherever they stand in the sentence …
LAST: DeadlineKind = "feature"                            # … and this where nothing else is said: all that ends or binds begins, too

# What every date that can be read has somewhere in its sentence.
_SIEVE = re.compile(
    r"\b(?:jan|feb|mar(?:ch|s)?\b|apr|may\b|jun|jul|aug|sep|oct|nov|dec|janv|f[eé]v|avr|mai\b|juin|juil|ao[uû]t|d[eé]c"
    r"|q[1-4]\b|t[1-4]\b|h[12]\b|quarter|trimestre|semestre|first half|second half|next|coming|later this|end of|early|late|fin\b|year-end"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)day|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|tomorrow|demain|prochain"
    r"|in (?:the next )?(?:\d|[a-z]+ (?:day|week|month))|(?:days?|weeks?|months?) from|dans|sous|d'ici|rentrée|été|summer|spring|autumn"
    r"|fall|winter|printemps|automne|hiver|20[2-4]\d)|\d[-/.]\d")
_ABBREVIATED = "jan|feb|mar|apr|jun|jul|aug|sep|sept|oct|nov|dec|janv|févr|avr|juil|déc"
_STOP = re.compile(r"[.!?…](?=[\s»”\"])" + "".join(rf"(?<!\b{month}\.)" for month in _ABBREVIATED.split("|")) + r"|\n")
_SPAN = re.compile(r",? ?(?:au|to|et|and|through|until|–|-) ?(?:le )?")
_FROM = re.compile(r"\b(?:du|from|between|entre|les?|nuit)(?: \w+)? \Z")
_PLAIN = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "\u00a0": " ", "\u202f": " ", "\t": " ", "\u2009": " "})


@lru_cache(maxsize=4)
def reader(words: tuple[DeadlineWords, ...]) -> Reader:
    """A reader that knows these words; making one costs some milliseconds."""
    return Reader(words)


class Reader:
    """Reads deadlines; a few microseconds for a text without a date."""

    def __init__(self, words: Iterable[DeadlineWords]) -> None:
        self._ears = {of.language: _Ear.of(of) for of in words}

    def entry(self, key: str, entry: Entry, *, on: date, language: str, day_first: bool | None) -> tuple[Deadline, ...]:
        """What an entry tells. `on`: the day it came out, or else that on which we first saw it."""
        found = self.read(f"{entry.title}\n{entry.summary}", language=language, on=on, day_first=day_first)
        return tuple(replace(one, entry_key=key) for one in found)

    def read(self, said: str, *, language: str, on: date, day_first: bool | None = None) -> tuple[Deadline, ...]:
        """The deadlines of a plain text, soonest first; none in a language that has no words here.

        A day inside a period that the same text gives for the same kind of change stands for both.
        """
        ear = self._ears.get(language.partition("-")[0].lower())
        said = said[:TEXT_CHARS]
        lower = _lowered(said)
        if ear is None or not _SIEVE.search(lower):
            return ()
        found: list[tuple[When, Deadline]] = []
        for start, end in _sentences(lower):
            if _SIEVE.search(lower, start, end):
                found.extend(ear.heard(lower, start, end, said, on, day_first))
        return _sifted(found)


def day_first(language: str, address: str) -> bool | None:
    """How a publisher writes 03/04: the day first (True), the month first (False), or nobody can tell (None).

    French writes the day first everywhere. Of English, only the United States put the month first, and ".com" is no country.
    """
    base, _, region = language.replace("_", "-").lower().partition("-")
    if base != "en":
        return True
    if region:
        return region != "us"
    host = address.partition("://")[2].partition("/")[0].partition(":")[0].lower()
    ending = host.rpartition(".")[2]
    if ending in ("gov", "mil", "us"):
        return False
    return True if len(ending) == 2 and ending not in _NO_COUNTRY else None


_NO_COUNTRY = frozenset(("io", "ai", "co", "tv", "me", "fm", "gg", "ly", "to", "so", "cc", "ws", "im", "ca"))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ear:
    """The words of one language, as compiled patterns."""

    language: str
    will: re.Pattern[str]
    sure: re.Pattern[str]
    bound: re.Pattern[str]
    past: re.Pattern[str]
    never: re.Pattern[str]
    before: re.Pattern[str]
    old: re.Pattern[str]
    moved: re.Pattern[str]
    off: re.Pattern[str]
    doubt: re.Pattern[str]
    rumour: re.Pattern[str]
    kinds: tuple[tuple[DeadlineKind, re.Pattern[str]], ...]

    @classmethod
    def of(cls, words: DeadlineWords) -> _Ear:
        return cls(
            language=words.language, will=_whole(words.will), sure=_whole((*words.will, *words.sure)), bound=_ending(words.bound),
            past=_whole(words.past), never=_whole(words.never),
            before=_ending(words.before), old=_ending(words.old), moved=_whole(words.moved), off=_whole(words.called_off),
            doubt=_whole(words.doubt), rumour=_whole(words.rumour), kinds=tuple((kind, _whole(patterns)) for kind, patterns in words.kinds),
        )

    def heard(self, lower: str, start: int, end: int, said: str, on: date, day_first: bool | None) -> Iterator[tuple[When, Deadline]]:
        """The deadlines of one sentence."""
        sentence = lower[start:end]
        whens = list(due.find(sentence, self.language, on, day_first=day_first))
        if not any(when.last_on > on for when in whens) or self.never.search(sentence):
            return
        leads = [sentence[max(0, when.start - NEAR):when.start + _lead(sentence, when)].rstrip() for when in whens]
        # A date in front of the sentence may be its heading: "2026-05-06: the metric will be removed".
        old = [when for when, lead in zip(whens, leads, strict=True) if self.old.search(lead)]
        off = self.off.search(sentence) is not None
        sure, past = list(self.sure.finditer(sentence)), list(self.past.finditer(sentence))
        moves = self.moved.search(sentence) is not None or self.moved.search(lower, 0, lower.find("\n") + 1) is not None
        for when, lead in zip(whens, leads, strict=True):
            if when in old or self.before.search(lead) or not _is_ahead(when, on) or _ends_a_span(sentence, whens, when, old):
                continue
            if when.loose and not self.will.search(sentence):
                continue
            if not off and not sure and (past or not self.bound.search(lead)):
                continue
            if not off and not when.sure and _told_as_past(when, sure, past):
                continue
            kind = self._kind(sentence, when) or self._kind(lower[:end], when, start)
            if kind is None and not off:            # what is off is known already by the event it was
                continue
            yield when, Deadline(
                entry_key="", kind=kind or LAST, due_on=when.due_on, precision=when.precision, certainty=self._certainty(sentence),
                exact=_quoted(said[start:end], when), moves=moves or bool(old), was_on=old[0].due_on if old else None, off=off)

    def _kind(self, sentence: str, when: When, offset: int = 0) -> DeadlineKind | None:
        """What the date is about: programs and prices wherever they are named, else the nearest word, else that something begins."""
        nearest: tuple[bool, int, DeadlineKind] | None = None
        for kind, pattern in self.kinds:
            for found in pattern.finditer(sentence):
                if kind in FIRST:
                    return kind
                at, until = found.start() - offset, found.end() - offset
                away = when.start - until if until <= when.start else at - when.end + 1
                if away >= 0 and (nearest is None or (kind == LAST, away) < nearest[:2]):
                    nearest = kind == LAST, away, kind
        return nearest[2] if nearest else None

    def _certainty(self, sentence: str) -> Certainty:
        if self.rumour.search(sentence):
            return "rumoured"
        return "expected" if self.doubt.search(sentence) else "said"


def _whole(patterns: Iterable[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(patterns)})(?!\w)")


def _ending(patterns: Iterable[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(patterns)}){_BETWEEN}\Z")


# What may stand between a word and the date it belongs to.
_BETWEEN = ("(?: (?:the|le|la|l'|monday|tuesday|wednesday|thursday|friday|saturday|sunday"
            "|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|on|of|end|early|late|mid|as|for)){0,3},? ?")


def _lead(sentence: str, when: When) -> int:
    """How many characters of a date's own words are its preposition: periods carry theirs, "by the end of April"."""
    words = sentence[when.start:when.end]
    number = re.search(r"\d|\b(?:janvier|january)\b", words)
    preposition = re.match(r"(?:since|depuis|by|from|until|before|after|during|between|of|d'ici|dès|jusqu'en|avant|après)\b", words)
    return preposition.end() if preposition and (number is None or number.start() > 0) else 0


def _is_ahead(when: When, on: date) -> bool:
    return on < when.due_on <= on + (HORIZON_OF_YEARS if when.precision == "year" else HORIZON)


def _ends_a_span(sentence: str, whens: list[When], when: When, old: list[When]) -> bool:
    """Whether it is the last day of "from 9 March to 3 April", whose first day stands for it; not so of "moved from … to …"."""
    before = [one for one in whens if one.end <= when.start]
    return bool(before) and before[-1] not in old and _SPAN.fullmatch(sentence[before[-1].end:when.start]) is not None \
        and _FROM.search(sentence[:before[-1].start]) is not None


def _told_as_past(when: When, sure: list[re.Match[str]], past: list[re.Match[str]]) -> bool:
    """Whether the word that governs a date without a year tells of the past: the nearest one before it, else the nearest behind."""
    if not past:
        return False
    ahead = [(when.start - found.end(), False) for found in sure if found.end() <= when.start + 12 and found.start() <= when.start]
    ahead += [(when.start - found.end(), True) for found in past if found.end() <= when.start]
    if ahead:
        return min(ahead)[1]
    behind = [(found.start() - when.end, False) for found in sure] + [(found.start() - when.end, True) for found in past]
    return min((one for one in behind if one[0] >= 0), default=(0, False))[1]


def _lowered(said: str) -> str:
    """Lower case and plain punctuation, character for character, so that places stay."""
    lower = said.translate(_PLAIN)
    whole = lower.lower()
    return whole if len(whole) == len(lower) else "".join(one if len(one := character.lower()) == 1 else character for character in lower)


def _sentences(lower: str) -> Iterator[tuple[int, int]]:
    start = 0
    for stop in (*(found.end() for found in _STOP.finditer(lower)), len(lower)):
        while stop - start > SENTENCE_CHARS:
            space = lower.rfind(" ", start + SENTENCE_CHARS // 2, start + SENTENCE_CHARS)
            cut = space if space > start else start + SENTENCE_CHARS
            yield start, cut
            start = cut
        if stop > start:
            yield start, stop
        start = stop


def _quoted(sentence: str, when: When) -> str:
    """The publisher's sentence, or what of it is around the date."""
    begin = 0
    if len(sentence) > EXACT_CHARS and when.end > EXACT_CHARS - 40:
        space = sentence.find(" ", max(0, when.start - EXACT_CHARS // 2))
        begin = space + 1 if 0 <= space < when.start else when.start
    head = "…" if begin else ""
    return head + text.cut(" ".join(sentence[begin:].split()), EXACT_CHARS)


def _sifted(found: list[tuple[When, Deadline]]) -> tuple[Deadline, ...]:
    kept: list[tuple[When, Deadline]] = []
    # The sharpest first; of two sentences with one day, the one that says that it moved.
    for when, one in sorted(found, key=lambda pair: (pair[0].last_on - pair[0].first_on, not pair[1].moves)):
        if any(other.due_on == one.due_on or (
                other.kind == one.kind and when.precision != "day" and when.first_on <= other.due_on <= when.last_on) for _, other in kept):
            continue
        kept.append((when, one))
    return tuple(one for _, one in sorted(kept, key=lambda pair: (pair[1].due_on, pair[1].kind)))[:MOST]
