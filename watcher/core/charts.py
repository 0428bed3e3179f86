"""Instants and durations → small drawings: when stories came in, how topics fare, how late and how early sources are.

Only geometry, as text for SVG; templates draw it, and say the same in words or figures beside it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from math import ceil, log

SPARK_DAYS = 28             # four weeks: weekends repeat, and a month's trend is seen
SPARK_STEP = 3              # pixels a day
SPARK_HEIGHT = 16           # pixels
TICK, PILE, HIGHEST = 9, 3, 24                      # pixels: a story, each more at the same time, the most
MOST_LABELS = 7             # day names that fit under a strip on a phone
LABEL_ROOM = 13.0           # per cent of a strip on a phone that a day's name takes
BAR, BAR_STEP, BAR_HEIGHT = 8, 11, 22               # pixels: a week's bar, from one to the next, the highest
# Ticks of the scale of delays, in seconds: a minute, ten, an hour, six, a day, a week.
DELAY_TICKS = (60.0, 600.0, 3_600.0, 21_600.0, 86_400.0, 604_800.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """A period from left to right. Places are per cent of the width, as text: "12.5"."""

    ticks: tuple[tuple[str, int, bool], ...]        # (place, height in pixels, whether a leading story is among them)
    days: tuple[tuple[str, date], ...]              # (place, the day that begins there)


def strip(start_at: datetime, end_at: datetime, seen: Iterable[tuple[datetime, bool]], zone: tzinfo) -> Strip:
    """The moments on the line from `start_at` to `end_at`, each with whether it is a leading story's; those outside stand at its ends."""
    whole = max((end_at - start_at).total_seconds(), 1.0)

    def place(at: datetime) -> float:
        return min(max((at - start_at).total_seconds() / whole * 100, 0.0), 100.0)

    midnights = _midnights(start_at.astimezone(zone), end_at, zone)
    step = max(1, ceil(len(midnights) / MOST_LABELS))
    days = [(place(at), at.astimezone(zone).date()) for at in midnights[::step]]
    if not days or days[0][0] > LABEL_ROOM:
        days.insert(0, (0.0, start_at.astimezone(zone).date()))
    piles: dict[float, list[bool]] = {}
    for at, lead in seen:
        piles.setdefault(round(place(at) * 2) / 2, []).append(lead)
    return Strip(ticks=tuple((f"{at:g}", min(TICK + PILE * (len(pile) - 1), HIGHEST), any(pile)) for at, pile in sorted(piles.items())),
                 days=tuple((f"{at:.1f}", day) for at, day in days if at <= 100 - LABEL_ROOM))


def _midnights(start: datetime, end_at: datetime, zone: tzinfo) -> list[datetime]:
    days = (end_at.astimezone(zone).date() - start.date()).days
    return [datetime.combine(start.date() + timedelta(days=offset), time(), zone) for offset in range(1, days + 1)]


def spark(days: Iterable[date], last: date) -> str:
    """An SVG path of one upright stroke a day, for the `SPARK_DAYS` days up to `last`; "" where nothing fell on any of them."""
    first = last - timedelta(days=SPARK_DAYS - 1)
    counts = Counter(day for day in days if first <= day <= last)
    highest = max(counts.values(), default=0)
    return "".join(_stroke((day - first).days, counts[day] / highest) for day in sorted(counts))


def _stroke(place: int, share: float) -> str:
    return f"M{place * SPARK_STEP + 1} {SPARK_HEIGHT}v-{max(2, round(share * SPARK_HEIGHT))}"


def mondays(first: date, last: date) -> tuple[date, ...]:
    """The Mondays of the weeks that begin between two days, both included."""
    monday = first + timedelta(days=-first.weekday() % 7)
    return tuple(monday + timedelta(weeks=week) for week in range((last - monday).days // 7 + 1))


def weekly(days: Iterable[date], weeks: Sequence[date]) -> tuple[int, ...]:
    """How many of the days fall into each of the weeks, which are told by their Mondays; those of other weeks are left out."""
    counts = Counter(day - timedelta(days=day.weekday()) for day in days)
    return tuple(counts[monday] for monday in weeks)


def bars(numbers: Sequence[int], highest: int) -> str:
    """An SVG path of one bar a number, `BAR_HEIGHT` pixels for `highest`; what is not nothing is seen."""
    heights = ((place, max(1, round(number / highest * BAR_HEIGHT))) for place, number in enumerate(numbers) if number)
    return "".join(f"M{place * BAR_STEP} {BAR_HEIGHT}v-{height}h{BAR}v{height}z" for place, height in heights)


def delay(seconds: float) -> str:
    """Where a delay stands on the logarithmic scale from the first of `DELAY_TICKS` to the last: per cent of the width, as text."""
    first, last = DELAY_TICKS[0], DELAY_TICKS[-1]
    return f"{log(min(max(seconds, first), last) / first) / log(last / first) * 100:.1f}"


def share(part: float) -> str:
    """A share from 0 to 1 as per cent of the width, as text."""
    return f"{min(max(part, 0.0), 1.0) * 100:.1f}"


def level(n: int, steps: Sequence[int]) -> int:
    """How many of the steps the number reaches: the depth of a tint."""
    return sum(n >= step for step in steps)
