"""What was overheard + the watched names → one card a conversation, each with its advice and the reason; a sudden rise is a card, too.

Source: docs/decisions/0035-mentions.md
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain

from watcher.core import surge, text, threads
from watcher.core.brands import Spotter
from watcher.core.quotes import folded
from watcher.core.threads import Places
from watcher.core.tone import Judge
from watcher.model import Advice, Brand, Card, Level, Lost, MentionKind, MentionWords, Overheard, Post, Queue, Reason, Sighting, Source

DAYS = 7                        # a queue looks back on: what nobody answered in a week nobody will
# A source that was added lately makes a name louder by itself: it counts for its level once it has been read for so long.
SETTLED = timedelta(days=surge.LEAST_DAYS)
SURGE_POSTS = 12                # shown of a rise
# A rise that goes on is told again after so many days.
SURGE_AGAIN_DAYS = 6

# A word that so many posts of a rise have, at least, and others hardly.
SHARED, SHARED_LEAST, SHARED_CHARS, SHARED_SHOWN = 0.25, 3, 4, 5

_WRITTEN = re.compile(r"[^\W_]+")
_Posts = dict[tuple[str, str], Post]        # digest of a brand, key of the sighting → the post

KINDS: tuple[MentionKind, ...] = ("safety", "legal", "press", "complaint", "question", "praise", "other")
ADVICE: tuple[Advice, ...] = ("answer", "watch", "ignore")
GRAVE = frozenset(KINDS[:2])


class Ear:
    """Built once from the watched names and the shipped words: hears who is spoken of, and makes cards of what was heard."""

    def __init__(self, watched: Iterable[Brand], words: MentionWords) -> None:
        self.brands = tuple(watched)
        self._spotter, self._judge, self._places = Spotter(self.brands), Judge(words), Places(words)
        self._by_id = {brand.id: brand for brand in self.brands}

    def heard(self, sighting: Sighting, source: Source) -> tuple[Overheard, ...]:
        """The mentions of an entry, one a watched name, each in a conversation of its own so far."""
        entry = sighting.entry
        said, platform = _said(sighting), self._places.platform(entry, source)
        brands = [self._by_id[one.brand_id] for one in self._spotter.spot(self._judge.bare(said), authors=entry.authors)]
        return tuple(replace(self._places.heard(sighting, brand, source),
                             idle=self._judge.judge(said, brand=brand, platform=platform).advice == "ignore") for brand in brands)

    def queue(self, overheard: Sequence[Overheard], *, sources: Mapping[str, Source], since: Callable[[str, str], datetime | None],
              now: datetime) -> Queue:
        """The cards of these days. `overheard` reaches back for as long as `surge` asks; `sources` by id.

        `since` says when we began to read a source for a brand, by the digests of both.
        """
        posts: _Posts = {(one.brand, one.key): post for one in overheard if one.sighting and _lately(one, now)
                 for post in [self._post(one, sources)] if post}
        levels: list[Level] = []
        cards: list[Card] = []
        lost: list[Lost] = []
        for brand in self.brands:
            ours = [one for one in overheard if one.brand == text.digest(brand.id) and one.at <= now]
            level = self._level(brand, ours, since, now)
            levels.append(level)
            theirs = {one.key: posts[one.brand, one.key] for one in ours if (one.brand, one.key) in posts}
            if level.surge:
                cards.append(_rise(brand, level, ours, posts, now))
            cards.extend(_cards(brand, ours, theirs))
            lost.extend(_lost(brand, [one for one in ours if _lately(one, now)], theirs, sources))
        cards.sort(key=lambda card: (card.level is None, ADVICE.index(card.advice), KINDS.index(card.kind), -card.last_at.timestamp(),
                                     card.id))
        return Queue(as_of=now, days=DAYS, brands=self.brands, cards=tuple(cards), levels=tuple(levels),
                     lost=tuple(sorted(lost, key=lambda one: (one.seen_at, one.id), reverse=True)))

    def _post(self, one: Overheard, sources: Mapping[str, Source]) -> Post | None:
        """None where its source has left the list, or it names nobody any more."""
        sighting = one.sighting
        if sighting is None or (source := sources.get(sighting.entry.source_id)) is None:
            return None
        said = _said(sighting)
        named = next((found for found in self._spotter.spot(self._judge.bare(said)) if text.digest(found.brand_id) == one.brand), None)
        if named is None:
            return None
        platform = self._places.platform(sighting.entry, source)
        return Post(sighting=sighting, platform=platform, who=threads.who(sighting.entry), place=threads.place(sighting.entry, source),
                    at=one.at, title=self._places.title(sighting.entry),
                    text=self._judge.bare(sighting.entry.summary).strip(), named=named, reach=self._places.reach(said),
                    judged=self._judge.judge(said, brand=self._by_id[named.brand_id], platform=platform))

    def _level(self, brand: Brand, ours: Iterable[Overheard], since: Callable[[str, str], datetime | None], now: datetime) -> Level:
        began: dict[str, datetime] = {}
        first: dict[tuple[str, str], datetime] = {}
        for one in ours:
            if one.source not in began:
                began[one.source] = since(one.brand, one.source) or now
            if not one.backlog and now - began[one.source] >= SETTLED:
                voice = (one.conversation, one.voice)
                first[voice] = min(first.get(voice, one.at), one.at)
        settled = [at for at in began.values() if now - at >= SETTLED]
        return surge.measure(brand.id, sorted(first.values()), since_at=max(settled, default=None), now=now)


def _said(sighting: Sighting) -> str:
    return f"{sighting.entry.title}\n{sighting.entry.summary}"


def _lately(one: Overheard, now: datetime) -> bool:
    return now - timedelta(days=DAYS) <= one.at <= now


def _cards(brand: Brand, ours: Iterable[Overheard], posts: Mapping[str, Post]) -> Iterable[Card]:
    talks: dict[str, list[Overheard]] = {}
    for one in ours:
        talks.setdefault(one.conversation, []).append(one)
    for conversation, heard in talks.items():
        theirs = [(one, posts[one.key]) for one in heard if one.key in posts]
        if theirs:
            yield _card(brand, conversation, heard, theirs)


def _card(brand: Brand, conversation: str, heard: Sequence[Overheard], theirs: Sequence[tuple[Overheard, Post]]) -> Card:
    lead = _lead(theirs)
    rest = sorted((post for _, post in theirs if post is not lead), key=lambda post: (post.at, post.sighting.key), reverse=True)
    # What turns grave is told again, under a name of its own.
    light, grave = _id(brand, conversation), _id(brand, conversation, "grave")
    is_grave = lead.judged.kind in GRAVE
    return Card(
        id=grave if is_grave else light, brand=brand, kind=lead.judged.kind, advice=lead.judged.advice, reason=lead.judged.reason,
        exact=lead.judged.exact, posts=(lead, *rest), seen=len(heard), voices=len({one.voice for one in heard}),
        first_seen_at=min(one.seen_at for one in heard), last_at=max(one.at for one in heard),
        fresh=any(not one.backlog for one in heard), carries=(light,) if is_grave else ())


def _id(brand: Brand, *parts: str) -> str:
    return text.digest("\n".join((brand.id, *parts)))[:16]


def _lost(brand: Brand, ours: Iterable[Overheard], posts: Mapping[str, Post], sources: Mapping[str, Source]) -> Iterable[Lost]:
    """The conversations without a single text that ask for something, as far as we know."""
    names = {text.digest(source.id): source.name for source in sources.values()}
    told = {one.conversation for one in ours if one.key in posts}
    first: dict[str, Overheard] = {}
    for one in ours:
        if one.sighting is None and not one.idle and not one.backlog and one.conversation not in told:
            first.setdefault(one.conversation, one)
    return (Lost(id=_id(brand, conversation), brand=brand, place=names.get(one.source, ""), seen_at=one.seen_at)
            for conversation, one in first.items())


def _lead(theirs: Sequence[tuple[Overheard, Post]]) -> Post:
    """The gravest post, of those the first: what somebody said before it was mended is settled."""
    mended = {one.voice: post.at for one, post in theirs if post.judged.reason.name == "mended"}
    open_still = [(one, post) for one, post in theirs
                  if not (post.judged.kind == "complaint" and post.at < mended.get(one.voice, post.at))]
    return min((post for _, post in open_still), key=lambda post: (
        KINDS.index(post.judged.kind), ADVICE.index(post.judged.advice), post.at, post.sighting.key))


def _rise(brand: Brand, level: Level, ours: Sequence[Overheard], posts: _Posts, now: datetime) -> Card:
    """The card of a sudden rise: on how many mentions it rests, by whom, since when, against what."""
    start_at = level.since_at or now
    counted = [one for one in ours if one.at >= start_at and not one.backlog]
    theirs = sorted((posts[one.brand, one.key] for one in counted if (one.brand, one.key) in posts),
                    key=lambda post: (KINDS.index(post.judged.kind), -post.at.timestamp(), post.sighting.key))
    kinds = Counter(post.judged.kind for post in theirs)
    shown = theirs[:SURGE_POSTS]
    kind = shown[0].judged.kind if shown else "other"
    ids = [_id(brand, "surge", str((now - timedelta(days=back)).date())) for back in range(SURGE_AGAIN_DAYS + 1)]
    values = {"name": brand.names[0], "n": str(level.count), "hours": str(level.hours), "days": str(level.days)}
    return Card(
        id=ids[0], brand=brand, kind=kind, advice="watch" if brand.kind == "competitor" else "answer", exact="", posts=tuple(shown),
        reason=Reason(name="surge", points=0.0, because="mention.why.surge", values=tuple(values.items())),
        seen=len(counted), voices=len({one.voice for one in counted}), first_seen_at=min(chain((one.seen_at for one in counted), (now,))),
        last_at=max(chain((one.at for one in counted), (start_at,))), level=level, aliases=tuple(ids[1:]),
        kinds=tuple((kind, kinds[kind]) for kind in KINDS if kinds[kind]),
        words=_said_most(brand, theirs, [post for post in posts.values() if post not in theirs]))


def _said_most(brand: Brand, posts: Sequence[Post], others: Sequence[Post]) -> tuple[str, ...]:
    """The words that many posts of a rise share and others have not, as they are written most: what it is about."""
    name = {word for written in (*brand.names, *brand.sure) for word in folded(written)}
    here, there = (Counter(word for post in several for word in set(folded(_said(post.sighting)))) for several in (posts, others))
    shared = [word for word, count in here.items() if count >= max(SHARED_LEAST, SHARED * len(posts)) and len(word) >= SHARED_CHARS
              and word not in name and there[word] <= count / len(posts) * SHARED * len(others)]
    written = Counter(word for post in posts for word in _WRITTEN.findall(_said(post.sighting)))
    best = sorted(shared, key=lambda word: (-here[word], word))[:SHARED_SHOWN]
    return tuple(max((one for one in written if folded(one) == (word,)), key=lambda one: (written[one], one), default=word)
                 for word in best)
