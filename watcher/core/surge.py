"""When a name was spoken of → how much is said of it now against how much usually is, and whether chance alone makes that much.

What is usual is read from the same hours of the days before, the loudest tenth of them left out. The number now is compared with what
chance would make of it: a Poisson law whose rate is only known from those days, wider where the days themselves differ by more than chance.
Source: docs/decisions/0035-mentions.md; the false alarms and what is seen how late are measured by benchmarks/surges.py
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import datetime, timedelta
from math import exp, lgamma, log
from statistics import fmean, pvariance

from watcher.model import Level

WINDOWS_H = (3, 24)             # a storm breaks in hours, or gathers over a day
DAYS = 28                       # looked back on, at most
LEAST_DAYS = 7                  # below that nothing is called usual
WEEKS = 3                       # of one weekday, below which its own level is not told from the others'
LOUDEST = 0.1                   # of the days: a storm of last week is not what is usual
CHANCE = 1e-5                   # of seeing as much in one window by chance, below which it is called a surge
LEAST = 5                       # mentions: fewer are no crisis, however unusual
TIMES = 2.0                     # the usual

_DAY = timedelta(days=1)


def measure(brand_id: str, at: Sequence[datetime], *, since_at: datetime | None, now: datetime) -> Level:
    """The level of one brand: of the window that surges, the shortest first; else of the last day.

    `at` are the moments of its mentions, in order, each voice once a conversation; `since_at` is when we began to listen (None: never did).
    """
    levels = [_level(brand_id, at, hours, since_at=since_at, now=now) for hours in WINDOWS_H]
    return next((level for level in levels if level.surge), levels[-1])


def _level(brand_id: str, at: Sequence[datetime], hours: int, *, since_at: datetime | None, now: datetime) -> Level:
    window = timedelta(hours=hours)
    start = bisect_right(at, now - window)
    count = bisect_right(at, now) - start
    listened = (now - window - since_at) // _DAY if since_at is not None else 0
    days = min(DAYS, max(0, listened))
    before = [_count(at, now - back * _DAY - window, now - back * _DAY) for back in range(1, days + 1)]
    usual, tail = _chance(before, count) if days >= LEAST_DAYS else (0.0, 1.0)
    return Level(brand_id=brand_id, count=count, hours=hours, usual=usual, days=days if days >= LEAST_DAYS else 0,
                 surge=tail < CHANCE and count >= max(LEAST, TIMES * usual), since_at=at[start] if count else None)


def _count(at: Sequence[datetime], start_at: datetime, end_at: datetime) -> int:
    return bisect_right(at, end_at) - bisect_left(at, start_at)


def _chance(before: Sequence[int], count: int) -> tuple[float, float]:
    """(the usual level, the chance of `count` or more at that level)."""
    quiet = sorted(before)[:max(LEAST_DAYS, round(len(before) * (1 - LOUDEST)))]
    usual = fmean(quiet)
    weekday = before[6::7]                          # the same day of the weeks before
    if len(weekday) >= WEEKS:
        usual = max(usual, fmean(sorted(weekday)[:-1]))
    # Days differ by more than chance; a storm, though, says nothing of how much.
    clipped = [min(day, 2 * quiet[-1] + 1) for day in before]
    spread = max(1.0, pvariance(clipped) / fmean(clipped)) if any(clipped) else 1.0
    # The mean of few days is itself a guess: half a mention more, and as uncertain as so many days leave it.
    mean = usual + 0.5 / len(quiet)
    size = 1 / ((spread - 1) / mean + 1 / (len(quiet) * mean))
    return usual, _tail(count, mean, size)


def _tail(count: int, mean: float, size: float) -> float:
    """P(X ≥ count) of a negative binomial: a Poisson law whose rate varies; the larger the size, the less it does."""
    below = sum(exp(lgamma(number + size) - lgamma(size) - lgamma(number + 1) + size * log(size / (size + mean))
                    + number * log(mean / (size + mean))) for number in range(count))
    return max(0.0, 1.0 - below)
