"""What on a web page is no news: counters, clocks, tokens, years of copyright; banners; pages that only ask for something first.

Source: docs/decisions/0016-pages-watched.md, 0029-page-changes.md
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from watcher.core import text

_SAME = str.maketrans({
    **dict.fromkeys("’‘‚", "'"), **dict.fromkeys("“”„«»", '"'), **dict.fromkeys("–—‑", "-"), **dict.fromkeys("\u00a0\u202f", " "),
    "…": "...",
})
_YEARS = re.compile(
    r"((?:©|\(c\)|\bcopyright\b|\ball rights reserved\b|\btous droits réservés\b)\D{0,40})\d{4}(?:\s?[-,]\s?\d{4})*+", re.IGNORECASE,
)
_AGO = re.compile(
    r"\b(?:(?:\d{1,4}|an?|one)\s?\+?\s?(?:s|sec(?:ond)?s?|m|min(?:ute)?s?|h|hrs?|hours?|d|days?|w|weeks?|mo|months?|y|years?) ago|just now"
    r"|yesterday|il y a (?:\d{1,4}|une?) (?:secondes?|minutes?|heures?|jours?|semaines?|mois|ans?)|à l'instant|hier)\b", re.IGNORECASE,
)
_COUNT = re.compile(
    r"(?<![\w.,])(?:\d{1,3}(?:[ .,]\d{3}){1,3}|\d{1,9}(?:[.,]\d{1,3})?) ?[km]?\+? ?(?:views?|likes?|shares?|comments?|replies|reactions?"
    r"|followers?|subscribers?|members?|stars?|forks?|votes?|downloads?|(?:people|users|persons?|readers) found this"
    r"|(?:people|users) (?:are )?(?:viewing|reading|online)"
    r"|min(?:ute)?s?(?: de)? (?:read|lecture)|vues?"
    r"|j'aime|partages?|commentaires?|réponses?|abonnés?|membres?|avis|personnes?)\b", re.IGNORECASE,
)
# Nonces, hashes, identifiers of a request: long, and both letters and digits.
_TOKEN = re.compile(r"(?<![\w-])(?=[a-zA-Z_-]{0,99}\d)(?=[\d_-]{0,99}[a-zA-Z])(?:[\w-]{24,200}|[0-9a-f]{16,200})(?![\w-])")
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|janv|févr|fevr|avr|mai|juin|juil|août|aout|déc)[a-zéû]{0,8}\.?"
_DATE = (
    rf"(?:\d{{1,2}}(?:st|nd|rd|th|er)?\s{_MONTH},?\s\d{{4}}|{_MONTH}\s\d{{1,2}}(?:st|nd|rd|th)?,?\s\d{{4}}|\d{{4}}-\d\d-\d\d"
    r"|\d{1,2}[/.]\d{1,2}[/.]\d{4})"
)
_CLOCK = r"\d{1,2}\s?[:h]\s?\d\d(?::\d\d)?(?:\s?[ap]\.?m\.?)?(?:\s?\(?(?:utc|gmt|[a-z]{2,4}t)\)?)?"
_DAY = r"(?:mon|tues?|wednes|thurs?|fri|satur|sun)day|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche"
# Nothing but the day and the hour: a page's clock. A changelog's heading looks the same, but what stands under it is told anyway.
_ONLY_NOW = re.compile(
    rf"(?:today|now|aujourd'hui|it is|il est|nous sommes(?: le)?|{_DAY}|{_DATE}|{_CLOCK}|[\s,.:|·-]|à|at|le|the)++", re.IGNORECASE,
)
_NOW_CHARS = 80
_ONLY_NUMBERS = re.compile(r"[\d\s.,:/%+|·()~-]*+")

# Punctuation, but for what stands within a number, an address or a word, or says how much ("$", "%", "+").
_MARKS = re.compile(r"[;!?\"'()\[\]{}*•·|#¶]|(?<!\w)[.,:/-]|[.,:/-](?!\w)|(?<!\d)[,:](?!\d)")

# Paragraphs whose sense is remembered: the versions of a page share nearly all of theirs.
SENSES = 16_384

# Only pages as short as this are searched for the words of a wall: long ones speak about logins and cookies.
WALL_CHARS = 1_500
_WALL = re.compile(
    r"(?:enable|activer|activez|turn on) (?:le )?javascript|javascript (?:is )?(?:required|disabled)|\bcaptcha\b"
    r"|are you (?:a )?(?:human|robot)|checking your browser|verify(?:ing)? (?:that )?you are (?:a )?human|unusual traffic|\bray id\b"
    r"|access denied|accès (?:refusé|interdit)|log ?in to (?:continue|see)|sign in to continue|you must log in|connectez-vous pour"
    r"|press (?:and|&) hold|prove you are (?:a )?human|confirm you are human|vérifi\w+ que vous (?:êtes|n'êtes pas)|pas un robot"
    r"|(?:log|sign) in to (?:your|view|access)|page (?:not found|introuvable)|page (?:isn.t|is not) available"
    r"|temporarily unavailable|too many requests|something went wrong"
    r"|une erreur est survenue|\b(?:403|404|429|500|502|503)\b.{0,30}\b(?:error|erreur|forbidden|found|unavailable|gateway)\b"
    r"|(?:nous utilisons|we use) (?:des )?cookies|we value your privacy|accept (?:all )?cookies|accepter (?:tous )?les cookies",
    re.IGNORECASE,
)
_WALL_TITLE = re.compile(
    r"\A(?:error |erreur )?(?:403|404|429|50\d)\b|page (?:not found|introuvable)|access denied|accès refusé|just a moment"
    r"|attention required", re.IGNORECASE,
)
# As the makers of cookie banners name them.
_BANNER = re.compile(
    r"cookie[-_]?(?:banner|bar|consent|notice|modal|popup)|onetrust|didomi|axeptio|tarteaucitron|cookiebot|cybot|usercentrics|qc-cmp"
)

_BESIDE = re.compile(
    r"(?:^|[\s_-])(?:testimonials?|carousel|breadcrumbs?|newsletter|share|sharing|social-links|related(?:-posts|-articles)?|advert\w*|ads?"
    r"|sponsored|promo(?:-banner)?|feedback|rating|language-(?:switcher|picker|menu)|lang-switch\w*|skip-link|pagination)(?:$|[\s_-])"
)


@lru_cache(maxsize=SENSES)
def sense(paragraph: str) -> str:
    """The paragraph as it is compared; "" where nothing in it was ever worth telling."""
    said = " ".join(paragraph.translate(_SAME).split())
    said = _COUNT.sub("~", _AGO.sub("~", _YEARS.sub(r"\1~", said)))
    said = _TOKEN.sub("~", said)
    if _ONLY_NUMBERS.fullmatch(said) or (len(said) < _NOW_CHARS and _ONLY_NOW.fullmatch(said)):
        return ""
    return said


def bare(sense: str) -> str:
    """The words and numbers of a sense: where only case or punctuation differs, a text was touched up, not changed."""
    return " ".join(_MARKS.sub(" ", sense.casefold()).split())


def senses(paragraphs: Iterable[str]) -> dict[str, str]:
    """What each paragraph says → the paragraph, each sense once, in the order of the page."""
    found: dict[str, str] = {}
    for paragraph in paragraphs:
        if said := sense(paragraph):
            found.setdefault(said, paragraph)
    return found


def digest(paragraphs: Iterable[str]) -> str:
    """A hash of all that the paragraphs say, whatever their order: of two texts that say the same it is the same."""
    return text.digest("\n".join(sorted(senses(paragraphs))))


def wall(title: str, paragraphs: Sequence[str]) -> str:
    """The words by which a page shows that it is a login, an error or a question about cookies; "" for a page that is one."""
    short = sum(map(len, paragraphs)) < WALL_CHARS
    found = _WALL_TITLE.search(title) or (_WALL.search("\n".join(paragraphs)) if short else None)
    return found[0] if found else ""


def is_beside(names: str) -> bool:
    """Whether an element with these names is something beside the text: advertisements, shares, related articles, testimonials."""
    return _BESIDE.search(names[:400]) is not None


def is_banner(names: str) -> bool:
    """Whether an element with these names (id and classes, lower case) is a cookie banner."""
    return _BANNER.search(names[:400]) is not None
