"""How long what is published waits to be seen: each source at its own rhythm against all alike, at the same number of requests.

    python -m benchmarks.rhythm --data FOLDER [--split 2026-02-19T00:00Z]

FOLDER holds `items.jsonl.gz`. Publication times are taken as recorded where they can be: not those of midnight sharp (a day, not a moment),
not those of feeds that stamp their entries when they are asked (most of them within STAMPED of the first sight), not later than that sight.
The rhythm is learnt from what was published before the split and stays as it is; measured is what was published after it, up to the last
look of the recording. "All alike" asks every source each N/budget hours, evenly spread, at as many requests as the rhythm took; the mean
of its phases is given. "Oracle" is no schedule but a bound: what the square root rule would reach that knew how many entries each source
publishes in each stretch of the measured part, but not when within the stretch.
"""

from __future__ import annotations

import argparse
import gzip
import json
import statistics
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from watcher.core import rhythm
from watcher.core.rhythm import Rhythm
from watcher.model import Postings

ZONE = "Europe/Paris"
STAMPED = timedelta(minutes=8)
BUDGETS = (0.5, 1, 2, 4, 8)         # requests an hour and source
PHASES = 12
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
COUNTED = 3 * DAY                   # before the split, to tell busy sources from quiet ones
KINDS = ((6.0, "6 and more a day"), (1.0, "1 to 6 a day"), (0.0, "fewer"))      # by entries a day before the split

Moments = Mapping[str, Sequence[datetime]]


def moment(said: str) -> datetime:
    return datetime.fromisoformat(said.replace("Z", "+00:00")).astimezone(UTC)


def recorded(path: Path) -> tuple[dict[str, list[datetime]], datetime, int, list[str]]:
    """Publication moments by feed, the last look, entries left out, feeds left out."""
    items: dict[str, list[tuple[datetime, datetime]]] = {}
    with gzip.open(path / "items.jsonl.gz", "rt", encoding="utf-8") as lines:
        for item in map(json.loads, lines):
            items.setdefault(item["feed"], []).append((moment(item["published"]), moment(item["first_seen"])))
    stamped = sorted(feed for feed, pairs in items.items()
                     if len(pairs) >= 5 and statistics.median(seen - said for said, seen in pairs) <= STAMPED)
    kept = {feed: sorted(said for said, seen in pairs if feed not in stamped and said <= seen and said.strftime("%H%M%S") != "000000")
            for feed, pairs in items.items()}
    left_out = sum(map(len, items.values())) - sum(map(len, kept.values()))
    return kept, max(seen for pairs in items.values() for _, seen in pairs), left_out, stamped


def learnt(moments: Moments, now: datetime, per_hour: float) -> Rhythm:
    sources = []
    for feed, said in moments.items():
        before = [at for at in reversed(said) if at <= now]
        sources.append(Postings(source_id=feed, since_at=before[-1] if before else now, at=tuple(before)))
    return rhythm.learn(sources, timezone=ZONE, now=now, requests_per_hour=per_hour)


def asked(turns: Rhythm, feeds: Sequence[str], start: datetime, end: datetime) -> dict[str, list[datetime]]:
    """When each feed is asked between two moments, and once or more after: the first time within its first wait, spread by its place."""
    looks = {}
    for number, feed in enumerate(feeds):
        first = turns.next(feed, start) - start
        looks[feed] = [start + first * ((number * 0.618) % 1)]
        while looks[feed][-1] < end:
            looks[feed].append(turns.next(feed, looks[feed][-1]))
    return looks


def delays(looks: Moments, moments: Moments, start: datetime, end: datetime) -> dict[str, list[float]]:
    """Minutes from publication to first sight, by feed."""
    return {feed: [(looks[feed][bisect_left(looks[feed], at)] - at) / timedelta(minutes=1) for at in said if start <= at < end]
            for feed, said in moments.items()}


def alike(moments: Moments, start: datetime, end: datetime, requests: int) -> dict[str, list[float]]:
    """The delays where all are asked each `wait`, as many requests in all; of PHASES ways to begin, together."""
    wait = (end - start) * len(moments) / requests
    together: dict[str, list[float]] = {feed: [] for feed in moments}
    for phase in range(PHASES):
        for number, (feed, said) in enumerate(moments.items()):
            first = start + wait * ((number / len(moments) + phase / PHASES) % 1)
            together[feed] += [((first - at) % wait) / timedelta(minutes=1) for at in said if start <= at < end]
    return together


def bound(moments: Moments, start: datetime, end: datetime, stretch: timedelta) -> float:
    """The share of the even delay that is left where requests go as the square root of what each stretch will bring."""
    cells = np.array([[bisect_left(said, start + (number + 1) * stretch) - bisect_left(said, start + number * stretch)
                       for number in range((end - start) // stretch)] for said in moments.values()], dtype=float)
    return float(np.sqrt(cells).sum() ** 2 / (cells.size * cells.sum()))


def quantiles(minutes: Sequence[float]) -> str:
    ordered = sorted(minutes)
    return f"{statistics.fmean(ordered):7.1f} {ordered[len(ordered) // 2]:7.1f} {ordered[int(0.9 * len(ordered))]:7.1f}"


def flat(delays: Mapping[str, Sequence[float]], feeds: Sequence[str] | None = None) -> list[float]:
    return [delay for feed in (delays if feeds is None else feeds) for delay in delays[feed]]


def measure(moments: Moments, split: datetime, end: datetime, per_source: float) -> None:
    turns = learnt(moments, split, per_source * len(moments))
    looks = asked(turns, list(moments), split, end)
    requests = sum(bisect_left(one, end) for one in looks.values())
    ours, even = delays(looks, moments, split, end), alike(moments, split, end, requests)
    share = statistics.fmean(flat(ours)) / statistics.fmean(flat(even))
    print(f"\n{per_source:g} an hour and source: {requests} requests (budget {per_source * len(moments) * ((end - split) / HOUR):.0f}), "
          f"one each {60 / per_source:g} min where all are alike\n{'minutes: mean, median, 9 of 10':32}       rhythm"
          f"                all alike        share\n{'all':32}{quantiles(flat(ours))}  {quantiles(flat(even))}    {share:.2f}")
    left = list(moments)
    for least, name in KINDS:
        group = [feed for feed in left
                 if bisect_left(moments[feed], split) - bisect_left(moments[feed], split - COUNTED) >= least * (COUNTED / DAY)]
        left = [feed for feed in left if feed not in group]
        if flat(ours, group):
            share = statistics.fmean(flat(ours, group)) / statistics.fmean(flat(even, group))
            print(f"{f'  {len(group)} sources, {name}':32}{quantiles(flat(ours, group))}  {quantiles(flat(even, group))}    {share:.2f}")
    each = [statistics.fmean(ours[feed]) / statistics.fmean(even[feed]) for feed in moments if ours[feed]]
    print(f"  of {len(each)} sources, {sum(one < 1 for one in each)} are seen sooner on average than where all are alike")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--split", type=moment, default=moment("2026-02-19T00:00:00Z"))
    given = parser.parse_args()
    moments, end, left_out, stamped = recorded(given.data)
    before = sum(bisect_left(said, given.split) for said in moments.values())
    after = sum(map(len, moments.values())) - before
    print(f"{len(moments)} sources. Learnt from {before} entries before {given.split:%Y-%m-%d %H:%M}, measured on {after} up to "
          f"{end:%Y-%m-%d %H:%M} UTC. Not counted: {left_out} entries whose moment of publication cannot be trusted "
          f"(all of {', '.join(stamped)}).")
    for stretch in (end - given.split, HOUR * 6, HOUR):
        print(f"bound by the oracle of {stretch / HOUR:.0f} h: {bound(moments, given.split, end, stretch):.2f}")
    for per_source in BUDGETS:
        measure(moments, given.split, end, per_source)


if __name__ == "__main__":
    main()
