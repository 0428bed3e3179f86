"""Digests → the months of an archive: each day from the first digest to the last, its digest or why it has none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise

from watcher.model import Outline

Day = tuple[str, Outline | None]                    # "digest", "quiet", or why there is none; the digest
Month = tuple[tuple[int, int], Mapping[date, Day]]  # (year, month), its days


def of(digests: Sequence[Outline]) -> list[Month]:
    """The months of these digests, which come newest first; newest first, too."""
    months: dict[tuple[int, int], dict[date, Day]] = {}
    for day, state, digest in _days(digests):
        months.setdefault((day.year, day.month), {})[day] = (state, digest)
    return sorted(months.items(), reverse=True)


def weeks(first: date, days: Mapping[date, Day]) -> Iterator[list[tuple[date, Day] | None]]:
    """The weeks of a month, Monday first; None outside of it."""
    day = first - timedelta(days=first.weekday())
    while day < first or (day.month, day.year) == (first.month, first.year):
        week = [day + timedelta(days=offset) for offset in range(7)]
        yield [(one, days.get(one, ("", None))) if one.month == first.month else None for one in week]
        day += timedelta(days=7)


def _days(digests: Sequence[Outline]) -> Iterator[tuple[date, str, Outline | None]]:
    for later, earlier in pairwise((*digests, None)):
        if later is None:
            continue
        day = date.fromisoformat(later.id)
        yield day, "digest" if later.shown else "quiet", later
        missing = (day - date.fromisoformat(earlier.id)).days - 1 if earlier else 0
        for back in range(1, missing + 1):
            yield day - timedelta(days=back), later.gap or "days", None
