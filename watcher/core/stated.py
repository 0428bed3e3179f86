"""The line by which a page says when it was last changed, or since when it holds, in French and English.

Source: docs/decisions/0029-page-changes.md
"""

from __future__ import annotations

import re
from collections.abc import Iterable

LINE_CHARS = 160                # a longer paragraph is a sentence that speaks of a date
BEFORE_CHARS = 40               # "Terms of Use – ", before the label

_MONTH = (
    r"(?:jan(?:uary|vier|v)?|feb(?:ruary)?|févr?(?:ier)?|fevr?(?:ier)?|mar(?:ch|s)?|apr(?:il)?|avr(?:il)?|may|mai|june?|juin|july?|juil(?:let)?"
    r"|aug(?:ust)?|ao[uû]t|sept?(?:ember|embre)?|oct(?:ober|obre)?|nov(?:ember|embre)?|d[eé]c(?:ember|embre)?)\.?"
)
_DATE = (
    rf"(?:\d{{1,2}}(?:st|nd|rd|th|er)?\s(?:of\s)?{_MONTH},?\s\d{{4}}|{_MONTH}\s(?:\d{{1,2}}(?:st|nd|rd|th)?,?\s)?\d{{4}}|\d{{4}}-\d\d-\d\d"
    r"|\d{1,2}[/.]\d{1,2}[/.]\d{2,4})"
)
_UPDATED = (
    r"(?:date (?:of (?:the )?)?)?(?:last|latest) (?:updated?|modified|modification|revised|revision|reviewed|changed|edited)|updated"
    r"|revised|(?:date de (?:la )?)?dernière (?:mise à jour|modification|révision|actualisation)"
    r"|(?:page |texte |document )?mise? à jour|actualisée?"
)
_HOLDS = (
    r"effective(?: date)?|in force|applicable|applies|date d'(?:entrée en vigueur|effet|application)|(?:entrée )?en vigueur|version"
)
_BETWEEN = r"(?: ?(?:on|as of|since|from|le|du|au|depuis|à compter du|à partir du|dated?|en vigueur|of|is|the))* ?[:\-]? ?(?:on |le |the )?"
_TO_COME = r"(?!.*\b(?:will|shall|sera|seront)\b)"             # what is yet to be updated was not
_LINE = re.compile(
    rf"^{_TO_COME}.{{0,{BEFORE_CHARS}}}?\b(?:(?P<updated>{_UPDATED})|{_HOLDS}){_BETWEEN}(?P<date>{_DATE})", re.IGNORECASE)
_SAME = str.maketrans({**dict.fromkeys("’‘", "'"), **dict.fromkeys("–—‑", "-"), **dict.fromkeys("\u00a0\u202f", " ")})


def line(paragraphs: Iterable[str]) -> str:
    """The first such line; "" for a page without one."""
    return next((paragraph for paragraph in paragraphs if _found(paragraph)), "")


def dates(paragraphs: Iterable[str]) -> frozenset[str]:
    """The dates that such lines name, in one spelling."""
    return frozenset(" ".join(found["date"].casefold().replace(",", " ").split()) for found in map(_found, paragraphs) if found)


def is_unmoved(before: Iterable[str], after: Iterable[str]) -> bool:
    """Whether the page says when it was last changed, and names the same date as before."""
    now = dates(after)
    return bool(now) and now == dates(before)


def is_update(paragraph: str) -> bool:
    """Whether the paragraph only says when the page was changed: of no interest where nothing else changed. "Effective …" is."""
    found = _found(paragraph)
    return found is not None and found["updated"] is not None


def _found(paragraph: str) -> re.Match[str] | None:
    if len(paragraph) > LINE_CHARS:
        return None
    return _LINE.search(" ".join(paragraph.translate(_SAME).split()))
