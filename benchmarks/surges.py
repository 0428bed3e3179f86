"""How often a sudden rise is called where there is none, and how soon a storm is.

    python -m benchmarks.surges [--years 40] [--seed 1]

Mentions by chance, looked at every hour: by day and night, weekdays and weekends, at so many a day; once each by itself, once in bunches
(every mention brings others within hours, half of the time one, a quarter two, and so on), which no Poisson law expects. Alarms less than a
day apart are one. Storms: for twelve hours so many times the usual, and at least so many mentions, from nine in the morning of a day.
"""

from __future__ import annotations

import argparse
import random
import sys
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from statistics import median

from watcher.core import surge

BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
# Of a day's mentions, by its hours: little at night, most at noon and in the evening.
PROFILE = (1, 1, 1, 1, 1, 2, 3, 5, 7, 8, 8, 8, 8, 7, 7, 7, 7, 7, 7, 7, 6, 5, 3, 2)
WEEKEND = 0.6                   # of a weekday


def lived(chance: random.Random, per_day: float, days: int, *, bunches: bool) -> list[datetime]:
    """The moments of so many days, in order."""
    moments: list[datetime] = []
    seeds = per_day / 2 if bunches else per_day     # each brings one more on average
    for day in range(days):
        factor = WEEKEND if (BEGIN + timedelta(days=day)).weekday() >= 5 else 1.0
        for hour, weight in enumerate(PROFILE):
            for _ in range(drawn(chance, seeds * factor * weight / sum(PROFILE))):
                at = BEGIN + timedelta(days=day, hours=hour, seconds=chance.random() * 3600)
                moments.append(at)
                while bunches and chance.random() < 0.5:
                    at += timedelta(hours=chance.expovariate(1 / 2))
                    moments.append(at)
    return sorted(moments)


def drawn(chance: random.Random, mean: float) -> int:
    """A number of a Poisson law."""
    count, left = 0, chance.expovariate(1)
    while left < mean:
        count += 1
        left += chance.expovariate(1)
    return count


def alarms(moments: Sequence[datetime], days: int) -> Iterator[datetime]:
    """When a rise is called, by whoever looks every hour; those less than a day apart once."""
    last = None
    now = BEGIN + timedelta(days=surge.DAYS)
    while now < BEGIN + timedelta(days=days):
        begin = bisect_left(moments, now - timedelta(days=surge.DAYS + 2))
        if surge.measure("bench", moments[begin:bisect_left(moments, now)], since_at=BEGIN, now=now).surge:
            if last is None or now - last > timedelta(days=1):
                yield now
            last = now
        now += HOUR


def called_after(chance: random.Random, per_day: float, times: float, least: int) -> float | None:
    """Hours from the begin of a storm until it is called; None where it is not within a day."""
    days = surge.DAYS + 10
    begin = BEGIN + timedelta(days=days - 2, hours=9)
    calm = lived(chance, per_day, days, bunches=False)
    more = max(least, round(per_day / 2 * times))
    moments = sorted([*calm, *(begin + timedelta(hours=12 * chance.random()) for _ in range(more))])
    for hours in range(1, 25):
        now = begin + hours * HOUR
        if surge.measure("bench", [at for at in moments if at <= now], since_at=BEGIN, now=now).surge:
            return float(hours)
    return None


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--years", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    chance = random.Random(options.seed)
    print("alarms a brand and year where there is nothing\n  a day    by chance   in bunches")
    for per_day in (0.2, 1, 4, 15, 60):
        years = max(2, int(options.years / (1 + per_day / 5)))
        days = surge.DAYS + 365
        rates = [sum(1 for _ in range(years) for _ in alarms(lived(chance, per_day, days, bunches=bunches), days)) / years
                 for bunches in (False, True)]
        print(f"  {per_day:5}    {rates[0]:9.2f}   {rates[1]:10.2f}   ({years} years each)", flush=True)
    print("\nstorms of twelve hours: share called within a day, median hours until then")
    for per_day in (0.2, 1, 4, 15, 60):
        for times, least in ((4, 8), (10, 20)):
            found = [called_after(chance, per_day, times, least) for _ in range(100)]
            called = [hours for hours in found if hours is not None]
            print(f"  {per_day:5} a day, × {times:2} (at least {least}): {len(called):3} %, {median(called) if called else '–'} h")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
