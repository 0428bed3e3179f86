"""What an entry's title and summary mean → one vector, comparable across languages, the same to the last bit wherever it is compared.

The language model gives directions in which everything French is near everything French. What a language adds is taken away here.
Source: docs/decisions/0023-meaning.md
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from watcher.core import text
from watcher.model import Centres, Sighting, Vector, Wording

Floats = npt.NDArray[np.float32]

# What a vector costs grows with the letters read. A title is whole; the start of the summary says the rest, and counts half: measured.
TITLE_CHARS = 300
SUMMARY_CHARS = 120
SUMMARY_WEIGHT = np.float32(0.5)
# Steps of a component. The product of two vectors is a whole number of 1/512², fewer than 2²⁴: float32 holds every sum of it exactly.
STEPS = 512
# A title is near to many where it says little ("What’s new in May"). A quarter of the nearness to its ten nearest is taken from each side.
NEIGHBOURS = 10
NEIGHBOURS_SHARE = np.float32(0.25)


def wording(sighting: Sighting) -> Wording | None:
    """The first wording of the entry that we saw: a story must not fall apart when a title is mended. None where it has no title.

    Compatibility forms are written out (NFKC), and the length is bounded after that: one character can stand for eighteen.
    """
    first = sighting.revisions[0] if sighting.revisions else sighting.entry
    title = unicodedata.normalize("NFKC", first.title)[:TITLE_CHARS].strip()
    summary = unicodedata.normalize("NFKC", first.summary)[:SUMMARY_CHARS].strip()
    if not title:
        return None
    return Wording(id=text.digest(f"{title}\n{summary}"), title=title, summary=summary)


def place(titles: Floats, summaries: Floats, centres: Centres) -> npt.NDArray[np.int8]:
    """(n, 384) directions of titles and summaries, zeros where there is no summary → (n, 384) steps: `vector` makes them vectors."""
    told = _centred(titles, centres.title) + SUMMARY_WEIGHT * _centred(summaries, centres.summary)
    most = np.iinfo(np.int8).max
    return np.clip(np.rint(_unit(told) * STEPS), -most, most).astype(np.int8)


def vectors(steps: npt.NDArray[np.int8]) -> Floats:
    """(n, 384) steps → (n, 384): each row a Vector."""
    return steps.astype(np.float32) / np.float32(STEPS)


def similarities(left: Sequence[Vector], right: Sequence[Vector]) -> Floats:
    """(left, right): how alike they are, from −1 to 1. Exact: neither order nor company matter."""
    found: Floats = np.stack(left) @ np.stack(right).T
    return found


def margins(similar: Floats) -> Floats:
    """By how much two are more alike than each is to its ten nearest on the other side. (left, right) → (left, right)

    Where the titles of two languages are compared, this tells a translation from two titles about the same subject.
    Source: Conneau et al. 2018 (CSLS), with half of its correction.
    """
    return similar - NEIGHBOURS_SHARE * (_nearest(similar)[:, None] + _nearest(similar.T)[None, :])


def _nearest(similar: Floats) -> Floats:
    few = min(NEIGHBOURS, similar.shape[1])
    nearest: Floats = -np.sort(-similar, axis=1)[:, :few].mean(axis=1)
    return nearest


def _centred(directions: Floats, centres: Floats) -> Floats:
    """The direction seen from the middle of its own language, which it tells itself: the middle that is nearest to it.

    What a feed says of its language is wrong more often: on the recorded week, 3 of 1,000 titles were told to be of another one, and these
    were names, or titles in English of a feed in French.
    """
    apart = ((directions[:, None, :] - centres[None]) ** 2).sum(axis=2)
    middle = centres[apart.argmin(axis=1)]
    return np.where(directions.any(axis=1, keepdims=True), _unit(directions - middle), np.float32(0))


def _unit(directions: Floats) -> Floats:
    lengths = np.sqrt((directions ** 2).sum(axis=1, keepdims=True))
    unit: Floats = directions / np.maximum(lengths, np.float32(1e-6))
    return unit
