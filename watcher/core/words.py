"""A title and a lead → the words by which two tellings are compared, and how rare each of them is just now.

Words are folded and stripped of their endings, French and English alike, so that « interdit » meets "interdiction" and "bans" meets "ban";
amounts have one spelling ("$650 million", « 650 M »). Source: docs/decisions/0022-stories.md, 0033-rarity-and-facts.md
"""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import log

from watcher.core import text

SUMMARY_CHARS = 400         # the lead; further down articles tell of other things, too
SHARED_ENDINGS = 3          # letters that are left of a word at least
STARTS = 5                  # so many letters alike at the start, and the words have one root ("suspension", "suspendu")
RARITY_H = 14 * 24.0        # how long a word is remembered: it is as rare as it was in the last fortnight
TEXTS_BEFORE = 1000.0       # as if so many texts had been read before the first one, with the words in them that are common anyway


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_STOP = _set("""
    a about after again all also am amp an and any are as at be been before being between both but by can could d de did do does down
    during each few for from had has have he her here him his how i if in into is it its just ll m may me might more most must my no
    nor not now of off on once only or other our out over own per re s same shall she should so some such t than that the their them
    then there these they this those through to too under until up us ve very via vs was we were what when where which while who whom
    whose why will with would you your
    aussi apres au aupres aux avait avant avec c ce ces cet cette chez comme contre d dans de depuis des dont donc du elle elles en
    encore entre est et etait ete etre eu fait faire il ils j je l la le les leur leurs lui m ma mais meme mes moins mon n ne ni nos
    notre nous on ont ou par pas peu peut plus pour qu quand que quel quelle qui quoi s sa sans se sera ses si son sont sous sur ta tes
    ton tous tout toute toutes tres tu un une vers vos votre vous y
""")
# Words of headings that come back: what period they are of, and what they hold.
_PERIODS = _set("""
    annual annuel daily day friday hebdo hebdomadaire hebdomadaires jeudi jour journalier lundi mardi mensuel mercredi mois monday
    monthly month morning nightly quotidien quotidienne samedi saturday semaine soir sunday thursday today tuesday vendredi wednesday
    week weekend weekly weeks yearly dimanche matin janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre
    january february march april may june july august september october november december
""")
_FORMATS = _set("""
    actu actualite actualites agenda articles best bref brief briefing bulletin chat digest discussion edition editions episode essentiel
    feed forum general help infos issue journal lecture lectures liens links lire manquer megathread meilleur meilleurs meteo news
    newsletter open picks point podcast post question questions reading read recap recapitulatif resume revue roundup selection sommaire
    thread top update updates veille volume wrap
""")
_ENDINGS = ("issements", "issement", "ements", "ations", "itions", "ation", "ition", "ement", "ingly", "ities", "ances", "ences",
            "ance", "ence", "ing", "ies", "ied", "ers", "ees", "eux", "aux", "ed", "er", "es", "ez", "ee", "ly", "s", "e", "x")
_TOKEN = re.compile(r"[a-z]*\d+(?:\.\d+)*[a-z]*|[^\W\d_]+")
_THOUSANDS = re.compile(r"(?<=\d)[ ,\u00a0\u202f](?=\d{3}(?!\d))")
_DECIMAL = re.compile(r"(?<=\d),(?=\d{1,2}(?!\d))")
_SCALE = "billions?|bn|milliards?|mds?|b|millions?|mn|mln|m|trillions?|thousand|k"
_AMOUNT = re.compile(rf"(?<![\w.])(\d+(?:\.\d+)?)[ -]?({_SCALE})(?!\w)")
_SCALES = {"bill": "b", "bn": "b", "b": "b", "md": "b", "mds": "b", "mn": "m", "mln": "m", "m": "m", "tril": "t", "thou": "k", "k": "k"}
_SPELLED = re.compile(rf"[\w$€£%.,’'-]+(?:(?<=\d)[ \u00a0\u202f](?i:{_SCALE})(?!\w)[€$£]?)?")
_ORDINAL = re.compile(r"(?<!\w)(\d+)(?:st|nd|rd|th|er|e|eme)(?!\w)")
_YEAR = re.compile(r"(?:19|20)\d\d")
# Titles that say how something is done. After « Comment » a verb stands small: « Comment Twitter a changé » is news.
_ADVICE = re.compile(r"""\W*(?:(?i:how\ to|how\ i|guide|tuto|tutorial|tutoriel)\b
    | [Cc]omment\ (?:[a-z\u00e0-\u00ff]+\ )?[a-z\u00e0-\u00ff'’]+(?:er|ir|re)\b
    | (?i:\d+\ (?:\w+\ )?(?:astuces|conseils|facons|fa\u00e7ons|hacks|tips|ways))\b )""", re.VERBOSE)
# Titles that sell something at a price. « Deal » alone is as often an agreement, « record low » a temperature.
_OFFER = re.compile(r"""\b(?:(?:lowest|best|new\ low|record\ low)\ prices? | lowest\ ever | prices?\ (?:drops?|cut)
    | (?:meilleurs?|petits?)\ prix | prix\ (?:casse|mini|fou|choc) | (?:bons?\ plans?|promos?|en\ promotion|en\ soldes?|soldes)
    | black\ friday | cyber\ monday | prime\ day | ventes?\ flash | precommandes? | pre-?orders? | gift\ cards? | coupons?
    | discount(?:ed|s)? | on\ sale | moins\ de\ \d+\ ?(?:euros|dollars) | save\ (?:up\ to\ )?[$£]?\d+
    | \d+\ ?%\ (?:off|de\ (?:reduction|remise)))\b
    | [$£€]\d+\ off\b | \bmoins\ de\ \d+\ ?[€$£] | \bdeals:""", re.VERBOSE)
# A number behind one of these is a count or a price, which newsrooms tell differently; behind another word it says which one is meant.
_COUNTS = _STOP | _set("almost au dead environ kill kills killed least mort morts moins nearly pres some tue")


_NONE: frozenset[str] = frozenset()                 # one for all: most titles have neither years nor figures


@dataclass(frozen=True, slots=True)
class Wording:
    """What one telling is compared by."""

    title: tuple[str, ...]                          # in order, each as often as it stands there
    whole: frozenset[str]                           # of the title and the lead
    led: bool                                       # whether there is a lead
    starts: frozenset[str]                          # first letters of the title's words
    numbered: tuple[tuple[str, str], ...]           # (word, number behind it) in the title: ("ios", "26.1")
    years: frozenset[str]                           # in the title
    figures: frozenset[str]                         # amounts, versions and counts in the title: "26.1", "650m"
    heading: bool                                   # "Weekly links": it names no event
    timeless: bool                                  # "How to …", "Save $20 on …": neither do these


def read(title: str, summary: str) -> Wording:
    """The words of a telling. Linear in the length, of which only the first characters of the summary are looked at."""
    tokens = _tokens(title)
    stems = tuple(root(token) for token in tokens if _counts(token))
    lead = [root(token) for token in _tokens(summary[:SUMMARY_CHARS]) if _counts(token)] if summary else []
    return Wording(
        title=stems, whole=frozenset((*stems, *lead)), led=bool(lead),
        starts=frozenset(_start(stem) for stem in stems if len(stem) >= STARTS),
        numbered=tuple((root(word), number) for word, number in pairwise(tokens)
                       if number[0].isdigit() and not word[0].isdigit() and word not in _COUNTS and number[-1].isdigit()),
        years=frozenset(token for token in tokens if _YEAR.fullmatch(token)) or _NONE, heading=_is_heading(tokens),
        figures=frozenset(token for token in tokens if token[0].isdigit() and len(token) > 1 and not _YEAR.fullmatch(token)) or _NONE,
        timeless=_ADVICE.match(title) is not None or _OFFER.search(text.fold_letters(title)) is not None,
    )


def spelled(said: str, stems: Collection[str]) -> dict[str, str]:
    """Each of these stems as it is first written in the text: what a reader is shown."""
    found: dict[str, str] = {}
    for word in _SPELLED.findall(said):
        for token in _tokens(word):
            if (stem := root(token)) in stems and stem not in found:
                found[stem] = word.strip(".,’'-")
    return found


def _tokens(said: str) -> list[str]:
    folded = text.fold_letters(said)
    if any(map(str.isdigit, folded)):
        folded = _DECIMAL.sub(".", _THOUSANDS.sub("", folded))
        folded = _ORDINAL.sub(r"\1", _AMOUNT.sub(_scaled, folded))
    return _TOKEN.findall(folded)


def _scaled(amount: re.Match[str]) -> str:
    unit = amount[2]
    return amount[1] + (("b" if unit.startswith("milliard") else "m") if unit.startswith("milli") else _SCALES[unit[:4]])


def _counts(token: str) -> bool:
    return token not in _STOP and (len(token) > 1 or token.isdigit())


def _is_heading(tokens: Iterable[str]) -> bool:
    rest = [token for token in tokens if _counts(token) and not token[0].isdigit()]
    return any(token in _PERIODS or token in _FORMATS for token in rest) and (
        sum(token not in _PERIODS and token not in _FORMATS for token in rest) <= 1)


@lru_cache(maxsize=1 << 16)
def root(word: str) -> str:
    """The word without its ending."""
    if word[0].isdigit() or len(word) <= SHARED_ENDINGS:
        return word
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= SHARED_ENDINGS:
            word = word[:-len(ending)]
            break
    if len(word) > SHARED_ENDINGS + 1 and word[-1] == word[-2]:
        word = word[:-1]
    return word[:-1] if len(word) > SHARED_ENDINGS + 1 and word[-1] in "eyi" else word


@lru_cache(maxsize=1 << 16)
def _start(stem: str) -> str:
    return stem[:STARTS]                            # kept once, not once a telling


class Rarity:
    """How rare a word is: known from before, and learnt from what was read in the fortnight before, never from what comes later."""

    def __init__(self, frequencies: Mapping[str, float]) -> None:
        self._known = {stem: TEXTS_BEFORE * share for stem, share in frequencies.items()}
        self._texts: deque[tuple[float, tuple[str, ...]]] = deque()
        self._seen: Counter[str] = Counter()

    def learn(self, stems: frozenset[str], hour: float) -> None:
        while self._texts and hour - self._texts[0][0] > RARITY_H:
            for stem in self._texts.popleft()[1]:
                self._seen[stem] -= 1
                if not self._seen[stem]:
                    del self._seen[stem]
        self._texts.append((hour, tuple(stems)))        # a fifth of the memory of a set
        self._seen.update(stems)

    def weights(self, stems: Iterable[str]) -> dict[str, float]:
        """Each stem's weight: the logarithm of one in how many texts it is."""
        texts = len(self._texts) + TEXTS_BEFORE
        return {stem: log(texts / (self._seen[stem] + self._known.get(stem, 0.0) + 0.5)) for stem in stems}
