"""Text + vocabulary → mentions, and the topics and platforms they prove; the user's rules; the gate of generalist sources.

A tag is never guessed: it has words that prove it, or the source or a rule of the user's that says so.
Source: docs/decisions/0008-tags.md
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from typing import Literal, NamedTuple

from watcher.core import wordbook
from watcher.core.patterns import Sieve
from watcher.core.wordbook import Concept, Proof
from watcher.model import Entry, Mention, Rule, Sighting, Source, Tags, Vocabulary

TITLE_CHARS = 300           # looked at; what a hostile publisher adds behind costs nothing
SUMMARY_CHARS = 600         # the lead; further down articles name what they are not about
OTHER_CHARS = 500           # of a link, of an author, of a category: rules only
TIER_OF_PLATFORMS = 1       # the gate opens for one of these in a title
KINDS_OF_ALL_TRADES = frozenset({"moteur"})     # … but not for the name alone of one that makes phones and clouds as well
KINDS_IN_PASSING = frozenset({"ia"})            # … nor for those that every article on their trade names further down
KINDS_OF_COMPANIES = frozenset({"entreprise"})    # a lesser platform, tool or authority in the title makes side topics ours
MANY = 6                    # points that side topics alone need
ENOUGH = 4                  # points that open the gate: a platform or a core topic in the title; half for other topics; half in the summary
CAPITALS_WORDS = 4          # a title of so many words, all in capitals, shouts; fewer may be acronyms

_BLANK = "\0"               # in place of masked words: no letter, no space, nothing a pattern asks for
_NOTHING = frozenset[str]()
_WITH_NEAR, _WITH_ENTITY, _BY_CASE = Proof.WITH_NEAR, Proof.WITH_ENTITY, Proof.BY_CASE     # looking a member up in its class is slow
_BREAK = "\n"               # between title and summary: no pattern of words matches across it


class _Text(NamedTuple):
    """What is looked at: title and lead in one string, so that one search serves both; the title ends at `cut`."""

    whole: str
    cut: int
    shouted: bool           # the title is all in capitals: case tells nothing there

    def proves_by_case(self, span: tuple[int, int]) -> bool:
        return not self.shouted or span[0] > self.cut


class _Evidence(NamedTuple):
    """Where a concept is proved in the text: first the words themselves, then those that made an ambiguous name certain."""

    concept: Concept
    order: tuple[int, ...]  # the least comes first
    spans: tuple[tuple[int, int], ...]

    def rank(self) -> tuple[tuple[int, ...], str]:
        return self.order, self.concept.tag


_Found = dict[int, list[int]]                       # pattern that may match → where, if known
_Claims = dict[Concept, list[tuple[int, Proof]]]    # topic or entity → its patterns that may match
_Company = dict[str, list[tuple[int, int]]]        # kind of entity → where its names stand


class Tagger:
    """Says what entries are about. Built once from the vocabulary and the user's rules, then asked for every entry."""

    def __init__(self, vocabulary: Vocabulary, rules: Iterable[Rule] = ()) -> None:
        book = wordbook.Wordbook(vocabulary)
        self._proves = book.proves
        self._regexes = wordbook.Regexes(book.patterns)
        self._sieve = Sieve((pattern, True) for pattern, _ in book.patterns)
        self._kinds = {entity.id: entity.kind for entity in vocabulary.entities}
        self._names = {entity.id: frozenset(wordbook.names(entity)) for entity in vocabulary.entities}
        self._named = wordbook.by_name(vocabulary.entities, ((book.topics[topic.id], topic.named) for topic in vocabulary.topics))
        self._otherwise = wordbook.by_name(vocabulary.entities,
                                           ((book.topics[topic.id], topic.named_otherwise) for topic in vocabulary.topics))
        self._platforms = frozenset(entity.id for entity in vocabulary.entities if entity.tier == TIER_OF_PLATFORMS)
        self._core = frozenset(topic.id for topic in vocabulary.topics if topic.core)
        self._rules = tuple((rule, re.compile(wordbook.plain(rule.pattern), re.IGNORECASE)) for rule in rules)
        self._rule_sieve = Sieve((regex.pattern, False) for _, regex in self._rules)

    def tags(self, sighting: Sighting, source: Source) -> Tags:
        """What the entry is about, each topic and entity with the words that prove it; those proved in the title come first.

        `source` is where the entry was seen: a first-party source speaks for its own entities, and one without a gate has a topic for
        entries that prove none. Raises nothing; looks at no more than TITLE_CHARS and SUMMARY_CHARS of text.
        """
        entry = sighting.entry
        text = _text(entry)
        rule = self._rule(entry, text, source) if self._rules else None
        own = tuple(entity for entity in source.entities if entity in self._kinds) if source.primary else ()
        named, told = self._proved(text, own, source.gate)
        mentions = [mention for evidence in (*named, *told) for mention in _mentions(sighting.key, evidence, text)]
        entities, topics = [evidence.concept.tag for evidence in named], [evidence.concept.tag for evidence in told]
        opened = not source.gate or (rule is not None and rule.action != "mute") or self._opens(named, told, own, text.cut)
        if rule and rule.topic and rule.topic not in topics:
            topics.append(rule.topic)
            mentions.append(_said(sighting.key, rule.topic, "topic", "rule", rule.name))
        if not topics and source.topics and not source.gate:
            topics.append(source.topics[0])
            mentions.append(_said(sighting.key, source.topics[0], "topic", "source", source.name))
        if own and not any(entity in own for entity in entities):
            entities += own
            mentions += (_said(sighting.key, entity, "entity", "source", source.name) for entity in own)
        return Tags(topics=tuple(topics), entities=tuple(entities), mentions=tuple(mentions), kept=opened, rule=rule)

    def _rule(self, entry: Entry, text: _Text, source: Source) -> Rule | None:
        """The first of the user's rules that matches."""
        fields = _fields(entry, text)
        maybe = self._rule_sieve.sift("\n".join(piece for _, piece in fields))
        for number, (rule, regex) in enumerate(self._rules):
            if number not in maybe or (rule.sources and source.id not in rule.sources):
                continue
            if any(regex.search(piece) for name, piece in fields if rule.field in ("any", name)):
                return rule
        return None

    def _opens(self, named: Iterable[_Evidence], told: Iterable[_Evidence], own: Collection[str], cut: int) -> bool:
        """Whether the gate lets pass what proves these; a publisher's own name is in all it writes, and opens nothing.

        What is named in passing, further down than the title, counts half; the words of one proof count once. A title that says nothing
        needs a platform; where there is no core topic, and the title names nothing of ours, side topics must be many.
        """
        points, counted, certain, ours = 0, set[tuple[int, int]](), False, False
        for evidence in named:
            tag, span, kind = evidence.concept.tag, evidence.spans[0], self._kinds[evidence.concept.tag]
            passing = span[0] > cut
            if tag in own:
                continue
            ours = ours or not (passing or kind in KINDS_OF_ALL_TRADES or (kind in KINDS_OF_COMPANIES and tag not in self._platforms))
            if tag in self._platforms:
                side = kind in KINDS_OF_ALL_TRADES or (passing and kind in KINDS_IN_PASSING)
                points += (ENOUGH // 2 if side else ENOUGH) // (1 + passing)
                counted.add(span)
                certain = True
        for evidence in told:
            passing, core = evidence.spans[0][0] > cut, evidence.concept.tag in self._core
            if not passing or counted.isdisjoint(evidence.spans):
                points += (ENOUGH if core else ENOUGH // 2) // (1 + passing)
                certain, ours = certain or not passing, ours or core
        return certain and points >= (ENOUGH if ours else MANY)

    def _proved(self, text: _Text, own: Collection[str], gate: bool) -> tuple[list[_Evidence], list[_Evidence]]:
        """Everything that the text proves: entities in the order of reading; topics, the surest first."""
        found = self._sieve.sift(text.whole)
        names: _Claims = {}
        words: _Claims = {}
        for number in found:
            if claim := self._proves[number]:
                concept, proof = claim
                (words if concept.kind == "topic" else names).setdefault(concept, []).append((number, proof))
        entities, topics = list[_Evidence](), list[_Evidence]()
        for concept, proofs in names.items():
            if evidence := self._entity(concept, proofs, found, text):
                entities.append(evidence)
        beside = self._company(entities, own, gate) if words else {}
        void = frozenset[str]().union(*(self._names[entity] for entity in own)) if own else _NOTHING
        for concept, proofs in words.items():
            if evidence := self._topic(concept, proofs, found, text, beside, void):
                topics.append(evidence)
        if entities:
            entities.sort(key=_Evidence.rank)
            self._by_name(entities, topics, own, text)
        if len(topics) > 1:
            topics.sort(key=_Evidence.rank)
        return entities, topics

    def _company(self, entities: Iterable[_Evidence], own: Collection[str], gate: bool) -> _Company:
        """Kind → where entities of that kind stand in the text; a first party's own counts unnamed, but not behind a gate."""
        beside: _Company = {} if gate else {self._kinds[entity]: [] for entity in own}
        for evidence in entities:
            if not gate or evidence.concept.tag not in own:
                beside.setdefault(self._kinds[evidence.concept.tag], []).append(evidence.spans[0])
        return beside

    def _by_name(self, entities: Iterable[_Evidence], topics: list[_Evidence], own: Collection[str], text: _Text) -> None:
        """Adds the topics that a name proves: ChatGPT is AI whatever is said of it, a title on Instagram alone is about social platforms.

        A publisher's own name is in all that it writes, and proves nothing.
        """
        for of, in_title in ((self._named, False), (self._otherwise, True)):
            if in_title and any(evidence.spans[0][0] <= text.cut for evidence in topics):
                return
            for evidence in entities:
                tag, (start, end) = evidence.concept.tag, evidence.spans[0]
                if tag in of and tag not in own and not (in_title and start > text.cut):
                    order = (start > text.cut, True, start, -end)
                    surer = [topic.concept for topic in topics if topic.order < order]
                    new = [concept for concept in of[tag] if concept not in surer]
                    topics[:] = [topic for topic in topics if topic.concept not in new]
                    topics += (_Evidence(concept, order, evidence.spans[:1]) for concept in new)

    def _entity(self, concept: Concept, proofs: Iterable[tuple[int, Proof]], found: _Found, text: _Text) -> _Evidence | None:
        whole = self._masked(concept, found, text.whole)
        best: _Evidence | None = None
        for number, proof in proofs:
            if proof is _WITH_NEAR:
                spans = self._beside(number, concept.near, found, whole, text)
            else:
                match = self._first(number, found[number], whole, text.cut)
                spans = (match.span(),) if match else ()
            if spans:
                start, end = spans[0]
                evidence = _Evidence(concept, (start, -end, len(spans)), spans)
                best = evidence if best is None or evidence.order < best.order else best
        return best

    def _topic(self, concept: Concept, proofs: Iterable[tuple[int, Proof]], found: _Found, text: _Text, beside: _Company,
               void: frozenset[str]) -> _Evidence | None:
        whole = self._masked(concept, found, text.whole)
        best: _Evidence | None = None
        for number, proof in proofs:
            helped = proof is _WITH_ENTITY
            if helped and concept.with_kinds.isdisjoint(beside):
                continue
            if not void and proof is not _BY_CASE:
                match = self._first(number, found[number], whole, text.cut)
            else:
                match = next((match for match in self._matches(number, (), whole, text.cut) if match[0].casefold() not in void
                              and (proof is not _BY_CASE or text.proves_by_case(match.span()))), None)
            if match and helped and match.start() <= text.cut and not _is_of_the_title(concept, beside, text.cut):
                match = self._regexes[number].search(whole, text.cut + 1)
            if match:
                start, end = match.span()
                order = (start > text.cut, helped, start, -end)
                if best is None or order < best.order:
                    best = _Evidence(concept, order, _pair((start, end), concept, beside) if helped else ((start, end),))
        return best

    def _first(self, number: int, places: list[int], whole: str, cut: int) -> re.Match[str] | None:
        """The first match in the title, else in the summary; `places` are all that it may start at, or none where that is not known."""
        regex = self._regexes[number]
        if not places:
            return regex.search(whole, 0, cut) or regex.search(whole, cut + 1)
        for place in sorted(places) if len(places) > 1 else places:
            if place >= 0 and (match := regex.match(whole, place, cut if place <= cut else len(whole))):
                return match
        return None

    def _matches(self, number: int, places: Iterable[int], whole: str, cut: int) -> Iterator[re.Match[str]]:
        """Matches in the title, then in the summary; none goes over the border."""
        regex = self._regexes[number]
        if not places:
            yield from regex.finditer(whole, 0, cut)
            yield from regex.finditer(whole, cut + 1)
        for place in sorted(places):
            if place >= 0 and (match := regex.match(whole, place, cut if place <= cut else len(whole))):
                yield match

    def _masked(self, concept: Concept, found: _Found, whole: str) -> str:
        """The text without what only looks like this concept."""
        if concept.masks.isdisjoint(found):
            return whole
        return _blanked(whole, (match.span() for number in concept.masks & found.keys() for match in self._regexes[number].finditer(whole)))

    def _beside(self, number: int, near: frozenset[int], found: _Found, whole: str, text: _Text) -> tuple[tuple[int, int], ...]:
        """The first place of an ambiguous name that something of its world stands by, and where the nearest such thing is; or nothing.

        The name is no proof of itself: it is blanked first. Only then a `near` that holds the name, as "sur X", counts too;
        not for a name in a shouted title, where X is a letter like any other.
        """
        helping = near & found.keys()
        if not helping:
            return ()
        names = [match.span() for match in self._matches(number, (), whole, text.cut)]
        if not names:
            return ()
        for searched, name in ((_blanked(whole, names), names[0]), *((whole, name) for name in names if text.proves_by_case(name))):
            spans = sorted(match.span() for other in helping for match in self._matches(other, found[other], searched, text.cut))
            if spans:
                return name, min(spans, key=lambda span: max(span[0] - name[1], name[0] - span[1]))
        return ()


def _is_of_the_title(concept: Concept, beside: _Company, cut: int) -> bool:
    """Whether common words of a title may be about a name of the concept's kinds: not where the title names others, and these stand below.

    "Apple rolls out car keys" is no news of Reddit, where somebody saw it.
    """
    kinds = [beside[kind] for kind in concept.with_kinds if kind in beside]
    if any(not names or any(start <= cut for start, _ in names) for names in kinds):
        return True
    return not any(start <= cut for names in beside.values() for start, _ in names)


def _pair(span: tuple[int, int], concept: Concept, beside: _Company) -> tuple[tuple[int, int], ...]:
    """The common words, and the nearest of the names that make them tell."""
    names = [name for kind in concept.with_kinds for name in beside.get(kind, ())]
    return (span, min(names, key=lambda name: (max(name[0] - span[1], span[0] - name[1]), name))) if names else (span,)


def _text(entry: Entry) -> _Text:
    title = wordbook.normalised(entry.title, TITLE_CHARS)
    shouted = title.isupper() and title.count(" ") >= CAPITALS_WORDS - 1
    summary = wordbook.normalised(entry.summary, SUMMARY_CHARS) if entry.summary else ""
    return _Text(f"{title}{_BREAK}{summary}", len(title), shouted)


def _fields(entry: Entry, text: _Text) -> list[tuple[str, str]]:
    """What rules look at: (name of the field, its text)."""
    return [("title", text.whole[:text.cut]), ("summary", text.whole[text.cut + 1:]), ("link", entry.link[:OTHER_CHARS]),
            *(("author", wordbook.normalised(author, OTHER_CHARS)) for author in entry.authors),
            *(("category", wordbook.normalised(category, OTHER_CHARS)) for category in entry.categories)]


def _blanked(whole: str, spans: Iterable[tuple[int, int]]) -> str:
    for start, end in spans:
        whole = f"{whole[:start]}{_BLANK * (end - start)}{whole[end:]}"
    return whole


def _mentions(key: str, evidence: _Evidence, text: _Text) -> Iterator[Mention]:
    for start, end in evidence.spans:
        behind = text.cut + 1 if start > text.cut else 0
        yield Mention(entry_key=key, tag=evidence.concept.tag, kind=evidence.concept.kind, field="summary" if behind else "title",
                      start=start - behind, end=end - behind, exact=text.whole[start:end])


def _said(key: str, tag: str, kind: Literal["topic", "entity"], field: Literal["source", "rule"], exact: str) -> Mention:
    return Mention(entry_key=key, tag=tag, kind=kind, field=field, start=0, end=0, exact=exact)
