"""Watched pages against recorded ones: real changes noticed, noise told, terms of two platforms replayed with and without each rule.

    python -m benchmarks.pagediff --data FOLDER [--sample 50] [--seed 1]

FOLDER holds `pages/` (labelled snapshots) and `terms/` (recorded versions), as `/work/shared/data` does. Nothing is tuned to a page but the
region it is watched by. Exits 1 where less than 90 % of the changes a reader could see are noticed, or more than 1 % of noise is told.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import tarfile
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from difflib import unified_diff
from pathlib import Path

from watcher.core import noise, pagediff, pagetext, redline, stated
from watcher.model import Failed, Fetched, Limits, PageText, PendingText, Source, Validators

TOLD = ("change", "touch")
VERSIONS = 40                   # as edge/shelf keeps
# Four of Buffer's documents are sections of one page; GitHub's are watched as they come, without any selector.
SECTIONS = {
    "Buffer_Copyright_Claims_Policy": ("dmca",), "Buffer_Developer_Terms": ("api",), "Buffer_Terms_of_Service": ("current-terms-of-use",),
    "Buffer_Privacy_Policy": ("privacy-policy", "crpn", "gdpr", "dpf", "data-retention"),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One text after another of the same page, and what it was; `against` is the text that a change is told against."""

    page: str
    at: datetime
    before: PageText
    after: PageText
    kind: str
    against: PageText


class Watch:
    """The rules of `watcher.look`, without a store; any of them can be taken out."""

    def __init__(self, *without: str) -> None:
        self._without = frozenset(without)
        self._now: dict[str, PageText] = {}
        self._seen_at: dict[str, datetime] = {}
        self._versions: dict[str, list[PageText]] = {}
        self._pending: dict[str, PendingText] = {}

    def look(self, page: str, after: PageText) -> Step | None:
        """The step to this text, None at the first look."""
        before = self._now.get(page)
        last, self._seen_at[page] = self._seen_at.get(page, after.seen_at), after.seen_at
        if before is None:
            self._now[page] = after
            return None
        before = replace(before, seen_at=last)
        versions = self._versions.setdefault(page, [])
        kind, against = self._kind(page, before, after, versions)
        if kind in (*TOLD, "links", "date", "return", "variant", "rebuilt"):
            if before.hash != after.hash:
                versions[:] = [before, *(one for one in versions if one.hash != before.hash)][:VERSIONS]
            self._now[page] = after
        return Step(page, after.seen_at, before, after, kind, against or before)

    def _kind(self, page: str, before: PageText, after: PageText, versions: Sequence[PageText]) -> tuple[str, PageText | None]:
        rebuilt = False
        if "suspect" not in self._without and not any(one.hash == after.hash for one in versions) and pagediff.suspect(before, after):
            pending = self._pending[page] = pagediff.waiting(self._pending.get(page), after)
            if not (rebuilt := pagediff.has_stayed(pending)):
                return "pending", None
        self._pending.pop(page, None)
        found = pagediff.judge(before, after, () if "return" in self._without else versions)
        return "rebuilt" if rebuilt and found.kind in TOLD else found.kind, found.against


# ---------------------------------------------------------------------------------------------------- labelled snapshots


def snapshots(data: Path, folder: Path) -> Iterator[tuple[str, bool, Fetched, tuple[str, ...]]]:
    with tarfile.open(data / "pages" / "snapshots.tar.xz") as archive:
        archive.extractall(folder, filter="data")
    rows = [json.loads(line) for line in (data / "pages" / "labels.jsonl").read_text(encoding="utf-8").splitlines()]
    for row in sorted(rows, key=lambda one: (one["page"], one["taken"])):
        body = (folder / row["file"]).read_bytes()
        select = tuple(f"details:has(#{anchor})" for anchor in SECTIONS.get(row["page"], ()))
        yield row["page"], row["changed"], Fetched(
            source_id=row["page"], url="https://page.example/", status=200, media_type="text/html", body=body, validators=Validators(),
            fetched_at=datetime.fromisoformat(row["taken"])), select


def labelled(data: Path) -> bool:
    """Print the table of snapshots; whether both promises are kept."""
    watch, counts, wrong = Watch(), Counter[tuple[bool, str]](), list[tuple[Step, bool]]()
    spent = pages = 0.0
    with tempfile.TemporaryDirectory() as folder:
        for page, changed, fetched, select in snapshots(data, Path(folder)):
            begun = time.process_time()
            text = pagetext.read(fetched, select=select, remove=(), limits=Limits())
            spent, pages = spent + time.process_time() - begun, pages + 1
            if isinstance(text, Failed):
                print(f"cannot be read: {page} {fetched.fetched_at:%Y-%m-%d}: {text.reason}")
                counts[changed, "failed"] += 1
            elif step := watch.look(page, text):
                counts[changed, step.kind] += 1
                if (step.kind in TOLD) != changed:
                    wrong.append((step, changed))
    table(counts)
    print("\nof the changes, not told:")
    for step, changed in wrong:
        if changed:
            print(f"  {step.page} {step.at:%Y-%m-%d}: {step.kind}: {visible(step)}")
    print("of the noise, told:")
    for step, changed in wrong:
        if not changed:
            print(f"  {step.page} {step.at:%Y-%m-%d}: {excerpt(step)}")
    real = sum(count for (changed, _), count in counts.items() if changed)
    told = sum(counts[True, kind] for kind in TOLD)
    unseen = counts[True, "links"] + counts[True, "same"]
    quiet = sum(count for (changed, _), count in counts.items() if not changed)
    false = sum(counts[False, kind] for kind in TOLD)
    touched = counts[True, "touch"]
    print(f"\nchanges labelled {real}: named by the watch {real - counts[True, 'same']}, told {told}, {touched} of them touch-ups"
          f"\nof the {real - unseen} that a reader could have seen, told {told} ({told / (real - unseen):.0%})"
          f"\nnoise labelled {quiet}: told {false} ({false / quiet:.1%}); {spent / pages * 1000:.0f} ms a page")
    return told >= 0.9 * (real - unseen) and false <= 0.01 * quiet


def table(counts: Counter[tuple[bool, str]]) -> None:
    kinds = sorted({kind for _, kind in counts}, key=lambda kind: -sum(counts[changed, kind] for changed in (True, False)))
    print(f"{'what it was':<12}{'changed':>9}{'noise':>9}")
    for kind in kinds:
        print(f"{kind:<12}{counts[True, kind]:>9}{counts[False, kind]:>9}")


def visible(step: Step) -> str:
    if step.kind == "links":
        return "where links lead, which no reader sees"
    return f"a reader sees it: {excerpt(step)}"


def excerpt(step: Step, chars: int = 160) -> str:
    rows = [row for row in unified_diff(step.before.paragraphs, step.after.paragraphs, n=0, lineterm="") if row[:3] not in ("---", "+++")
            and row[:2] != "@@"]
    return " / ".join(row[:chars] for row in rows[:6]) + (f" / … {len(rows) - 6} more" if len(rows) > 6 else "")


# ---------------------------------------------------------------------------------------------------- terms replayed

_LINK = re.compile(r"!?\[((?:[^\[\]]|\[[^\[\]]*\])*)\]\(([^()]|\([^()]*\))*\)")
_MARKUP = re.compile(r"^\s*(?:#{1,6}|[*+-]|\d+\.|>)\s+|[*_`]{1,3}|\\(?=[^\w\s])", re.MULTILINE)


def versions(data: Path, folder: Path) -> Iterator[tuple[str, PageText, str]]:
    """(document, text, bytes as recorded) in the order of time, document by document."""
    with tarfile.open(data / "terms" / "versions.tar.xz") as archive:
        archive.extractall(folder, filter="data")
    for path in sorted(folder.rglob("*.md")):
        written = path.read_text(encoding="utf-8")
        at = datetime.strptime(re.sub(r"\D", "", path.stem)[:14], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        targets = "\n".join(sorted({found[0] for found in _LINK.finditer(written)}))
        plain = _MARKUP.sub("", _LINK.sub(r"\1", _LINK.sub(r"\1", written)))      # twice: an image may be a link's words
        paragraphs = tuple(filter(None, (" ".join(row.split()) for row in plain.splitlines())))
        if paragraphs:
            yield path.parent.name, PageText(source_id=path.parent.name, title=path.parent.name, paragraphs=paragraphs, seen_at=at,
                                             hash=noise.digest(paragraphs), links=noise.digest([targets])), written


def crude(step: Step) -> bool:
    """Words differ, whatever they are: what a watch without any rule tells."""
    return step.before.paragraphs != step.after.paragraphs


def replayed(data: Path, sample: int, seed: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        every = list(versions(data, Path(folder)))
    months = {page: max((max(text.seen_at for name, text, _ in every if name == page) - min(
        text.seen_at for name, text, _ in every if name == page)) / timedelta(days=30.4), 1) for page in {page for page, *_ in every}}
    platforms = {platform: [page for page in months if page.startswith(platform)] for platform in ("LinkedIn", "Instagram")}
    print(f"{len(every)} recorded versions of {len(months)} documents; alerts a month, by the rules that are at work\n")
    print(f"{'':<46}{'LinkedIn':>20}{'Instagram':>20}")
    steps = [step for page, text, _ in every if (step := full.look(page, text))] if (full := Watch()) else []
    alerts = {
        "every version (bytes differ)": [(page, text.seen_at) for page, text, _ in every],
        "words differ: markup and links are silent": run(every, lambda: Watch("return", "suspect"), crude),
        "paragraphs as sets: order, counters too": run(every, lambda: Watch("return", "suspect"), lambda one: one.kind in (*TOLD, "date")),
        "and the line that dates the page": run(every, lambda: Watch("return", "suspect"), lambda one: one.kind in TOLD),
        "and returns, variants": run(every, lambda: Watch("suspect"), lambda one: one.kind in TOLD),
        "and captures that collapsed (all rules)": run(every, Watch, lambda one: one.kind in (*TOLD, "rebuilt")),
        "and touch-ups, which sink": run(every, Watch, lambda one: one.kind in ("change", "rebuilt")),
    }
    for name, told in alerts.items():
        print(f"{name:<46}" + "".join(f"{rate(told, pages, months):>20}" for pages in platforms.values()))
    told = [step for step in steps if step.kind in (*TOLD, "rebuilt")]
    dated = [step for step in told if stated.dates(step.after.paragraphs)]
    print(f"\nby kind: {dict(Counter(step.kind for step in steps).most_common())}")
    print(f"silent, of the {len(dated)} told of texts that date themselves: "
          f"{sum(stated.is_unmoved(step.against.paragraphs, step.after.paragraphs) for step in dated)}")
    silenced(steps, sample, seed)


def run(every: Iterable[tuple[str, PageText, str]], make: Callable[[], Watch], told: Callable[[Step], bool]) -> list[tuple[str, datetime]]:
    watch = make()
    return [(page, step.at) for page, text, _ in every if (step := watch.look(page, text)) and told(step)]


def rate(told: Sequence[tuple[str, datetime]], pages: Sequence[str], months: dict[str, float]) -> str:
    """Alerts a month of all documents of one platform together."""
    number = sum(page in pages for page, _ in told)
    return f"{sum(sum(one == page for one, _ in told) / months[page] for page in pages):.1f} ({number})"


def silenced(steps: Sequence[Step], sample: int, seed: int) -> None:
    """Changes of words that were not told, to be read by eye."""
    quiet = [step for step in steps if step.kind not in (*TOLD, "rebuilt") and crude(step)]
    chosen = random.Random(seed).sample(quiet, min(sample, len(quiet)))
    print(f"\n{len(chosen)} of the {len(quiet)} changes of words that were silenced (seed {seed}), to be read by eye:")
    for number, step in enumerate(sorted(chosen, key=lambda one: (one.page, one.at)), 1):
        print(f"{number:>3}. {step.page} {step.at:%Y-%m-%d} {step.kind}: {excerpt(step, 260)}")


def told_sample(data: Path, most: int) -> None:
    """The first entries that would be told, as a reader gets them."""
    with tempfile.TemporaryDirectory() as folder:
        watch = Watch()
        for page, text, _ in versions(data, Path(folder)):
            step = watch.look(page, text)
            if step and step.kind == "change" and (change := pagediff.compare(step.against, step.after)) and most > 0:
                most -= 1
                source = Source(id=page, name=page, kind="page", url="https://x/", home="https://x/")
                line = redline.make(source, step.against, step.after, change)
                print(f"\n{step.at:%Y-%m-%d} {redline.entry(line, speech=None).summary[:600]}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--sample", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--told", type=int, default=0, help="also print so many entries as they would be told")
    options = parser.parse_args()
    kept = labelled(options.data)
    print()
    replayed(options.data, options.sample, options.seed)
    told_sample(options.data, options.told)
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
