"""A mention's text and place → what kind of mention it is, the words that prove it, and what to do about it.

Words are looked for in folded text (data/mentions.yaml), what is graver first: one word of danger outweighs any praise, because a
mention of danger that is missed costs more than ten that are read in vain. Source: docs/decisions/0035-mentions.md
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from watcher.core.patterns import Sieve, alternatives
from watcher.core.quotes import Read, folded
from watcher.model import Advice, Brand, Judged, MentionKind, MentionWords, Platform, Reason

TEXT_CHARS = 2_400
QUOTE_CHARS = 240
PROOF_WORDS = 8                 # of what is quoted as proof
# One word of displeasure beside a real question is a question of somebody annoyed.
ANNOYED = 1
FELT = 2                        # words of feeling without which what stands anywhere on the web is nobody's own experience

_SIGNED = re.compile(r"[^\n]*\s[-–—|]\s[^-–—|\n]{2,40}(?:\n|$)")    # "Ravelo closes - The Courier"
_QUOTED = re.compile(r"«[^»]*»|“[^”]*”|\"[^\"]*\"")

_Found = Mapping[str, tuple[str, ...]]         # group → what was found of it, in the words of the text


class Judge:
    """Built once from the shipped words; judges a text in tenths of a millisecond."""

    def __init__(self, words: MentionWords) -> None:
        self._stock = re.compile("|".join(words.stock), re.IGNORECASE) if words.stock else None
        groups = dict(words.groups)
        self._sayings = _compiled(groups.pop("sayings", ()))
        self._groups = [(name, part) for name, patterns in groups.items() for pattern in patterns for part in alternatives(pattern)]
        self._sieve = Sieve((part, True) for _, part in self._groups)
        self._regexes: dict[int, re.Pattern[str]] = {}

    def bare(self, said: str) -> str:
        """The text without what the platform wrote into it."""
        return self._stock.sub(" ", said) if self._stock else said

    def judge(self, said: str, *, brand: Brand, platform: Platform) -> Judged:
        """`said` is title and summary as the feed has them."""
        bare = self.bare(said[:TEXT_CHARS])
        found, quotes = self._found(bare, (*brand.names, *brand.sure))
        kind, proof = _kind(found, asks="?" in bare, linked="Article URL" in said, signed=bool(_SIGNED.match(said)), platform=platform)
        advice, why = _advice(kind, found, brand=brand, platform=platform)
        exact = " ".join(proof.split()[:PROOF_WORDS])
        return Judged(kind=kind, exact=exact, advice=advice, reason=Reason(
            name=why, points=0.0, because=f"mention.why.{why}", values=(("name", brand.names[0]), ("words", exact))),
            quote=quotes.get(proof, ""))

    def _found(self, bare: str, names: Iterable[str]) -> tuple[_Found, Mapping[str, str]]:
        """What is found of each group, and the sentence in which it stands."""
        read = Read(bare)
        line = read.line
        for name in filter(None, map(" ".join, map(folded, names))):        # "Super U" is no praise
            line = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", _blank, line)
        line = self._sayings.sub(_blank, line)
        found: dict[str, list[re.Match[str]]] = {}
        for number in sorted(self._sieve.sift(line)):
            found.setdefault(self._groups[number][0], []).extend(self._regex(number).finditer(line))
        apart = {name: tuple(_apart(matches)) for name, matches in found.items() if matches}
        told = {name: tuple(map(read.found, matches)) for name, matches in apart.items()}
        quotes = {read.found(match): read.around(match, QUOTE_CHARS) for name in apart if name not in ("self", "us")
                  for match in reversed(apart[name])}
        if "self" in told and _QUOTED.search(bare):
            # Who is quoted is not who writes: « Nous ne fermerons aucun magasin ».
            outside = f" {Read(_QUOTED.sub(' ', bare)).line} "
            told["self"] = tuple(word for word in told["self"] if f" {' '.join(folded(word))} " in outside)
        return {name: exact for name, exact in told.items() if exact}, quotes

    def _regex(self, number: int) -> re.Pattern[str]:
        if number not in self._regexes:
            self._regexes[number] = _compiled((self._groups[number][1],))
        return self._regexes[number]


def _kind(found: _Found, *, asks: bool, linked: bool, signed: bool, platform: Platform) -> tuple[MentionKind, str]:
    """The gravest kind that the words prove, and the first of its words; "" where the place is the proof."""
    for name, kind in _GRAVE:
        if name in found:
            return kind, found[name][0]
    if platform == "press" or (platform == "hacker-news" and linked):
        return "press", ""
    if platform == "web" and not found.keys() & {"self", "offer"} and len(found.get("praise", ())) < FELT:
        # A search engine's alert: of the press, unless somebody speaks for himself and no publisher's name is behind the title.
        felt = len(found.get("complaint", ())) >= FELT or (asks and "question" in found)
        if signed or not felt:
            return "press", ""
    if "press" in found and "self" not in found:
        return "press", found["press"][0]
    return _felt(found, asks=asks)


# Tried in this order.
_GRAVE: tuple[tuple[str, MentionKind], ...] = (("safety", "safety"), ("legal_act", "legal"), ("legal_report", "legal"),
                                               ("press_request", "press"))


def _felt(found: _Found, *, asks: bool) -> tuple[MentionKind, str]:
    """What a person says for itself: unhappy, asking, happy, or nothing of these."""
    bad, good, wonders = found.get("complaint", ()), found.get("praise", ()), found.get("question", ())
    if "mended" in found:
        return "complaint", found["mended"][0]
    if "offer" in found and len(bad) <= ANNOYED:
        return "other", found["offer"][0]
    if asks and wonders and len(bad) <= ANNOYED:
        return "question", wonders[0]
    if bad and len(bad) >= len(good):
        return "complaint", bad[0]
    if good:
        return "praise", good[0]
    if asks or wonders:
        return "question", wonders[0] if wonders else "?"
    return "other", ""


def _advice(kind: MentionKind, found: _Found, *, brand: Brand, platform: Platform) -> tuple[Advice, str]:
    """What to do, and the name of the sentence that says why."""
    if brand.kind == "competitor":
        return ("ignore", "competitor-nothing") if kind in ("praise", "other") else ("watch", "competitor")
    if kind == "legal":
        own = platform not in ("press", "web") and "legal_act" in found and (
            not found.keys().isdisjoint(("self", "us")) or "legal_report" not in found)
        return ("answer", "legal-act") if own else ("watch", "legal-report")
    if kind == "press":
        return ("answer", "press-request") if "press_request" in found else ("watch", "press")
    if kind == "complaint" and "mended" in found:
        return "watch", "mended"
    if brand.kind == "person" and kind in ("complaint", "praise"):
        return "watch", f"person-{kind}"
    return _ADVICE[kind], kind


_ADVICE: Mapping[MentionKind, Advice] = {
    "safety": "answer", "complaint": "answer", "question": "answer", "praise": "watch", "other": "ignore",
}


def _apart(matches: Iterable[re.Match[str]]) -> Iterator[re.Match[str]]:
    """Those that share no words: "ne répond pas" and "répond pas" are one displeasure."""
    end = -1
    for match in sorted(matches, key=lambda match: (match.start(), -match.end())):
        if match.start() > end:
            end = match.end()
            yield match


def _blank(match: re.Match[str]) -> str:
    """As long, and made of as many words; none that a pattern knows."""
    return re.sub(r"\w", "_", match[0])


def _compiled(patterns: Iterable[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(patterns) or '(?!)'})(?!\w)")
