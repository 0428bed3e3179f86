"""SIGKILL at seeded random instants during `watcher notify`; every message must arrive once, or once more where the channel gave no answer.

    python -m benchmarks.notify_kills [--kills 100] [--seed 1] [--a-round 4]

Each round is a watch of its own with three channels: a mailbox (the digest, and stories by their words), a webhook that gets the same
stories one by one, and one that gets all of them as a burst. `watcher notify` is killed again and again, then left to finish. Counted is
what the servers took. The instants are spread over the last two thirds of the time that an undisturbed run takes: before, it only reads.
A message may come twice where a run was killed between saying that it is about to send and noting the answer; then
the run that sends it again says so, and it comes with the same Message-ID.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.mailserver import MailServer
from tests.newsstand import rss
from tests.server import Server

BEFORE = datetime(2026, 11, 23, 6, 40, tzinfo=UTC)
NOW = BEFORE + timedelta(days=1)                            # a digest is due, and there is news
ENDED = "had ended"                                         # a kill that came too late is none
WORDS = ("alpha", "beta", "gamma")                          # three stories are three messages, more are one


@dataclass(slots=True)
class Took:
    """What one round did: how the kills fell, and what the servers took, message by message."""

    kills: Counter[str] = field(default_factory=Counter)
    came: Counter[str] = field(default_factory=Counter)     # channel and Message-ID or title → how often
    again: int = 0                                          # messages that came twice
    wrong: list[str] = field(default_factory=list)


class Town:
    """The servers: a feed, a mailbox, two webhooks."""

    def __init__(self, web: Server, mail: MailServer) -> None:
        self.web, self.mail = web, mail
        titles = [f"Instagram changes its {word} rule" for word in WORDS] + [f"TikTok announces thing number {n}" for n in range(5)]
        old = ("Instagram says hello", "https://feed.example/old", BEFORE - timedelta(hours=1))
        self.web.answer("/old", 200, rss(old))
        self.web.answer("/feed", 200, rss(old, *((title, f"https://feed.example/{number}", NOW - timedelta(hours=2))
                                                 for number, title in enumerate(titles))))
        for hook in ("/one", "/many"):
            self.web.answer(hook, 200)

    def write(self, folder: Path, path: str) -> None:
        host = self.web.allow[0]
        (folder / "sources.yaml").write_text(f"""
network: {{allow: ['{host}', '{self.mail.allow[0]}']}}
site: {{language: en, url: 'https://veille.example/'}}
sources: [{{url: 'http://{host}{path}', id: feed}}]
alerts:
  - {{name: mail, to: 'mailto:me@example.org', digest: true, keywords: [{', '.join(WORDS)}]}}
  - {{name: one, to: 'json://{host}/one', keywords: [{', '.join(WORDS)}]}}
  - {{name: many, to: 'json://{host}/many', entities: [instagram, tiktok]}}
""", encoding="utf-8")

    def came(self) -> Counter[str]:
        """What the servers took, and how often each."""
        hooks = (f"{asked.path} {json.loads(asked.body)['title']}" for asked in self.web.requests if asked.method == "POST")
        return Counter((*hooks, *(f"mail {message['Message-ID']}" for message in self.mail.messages)))


def run(folder: Path, mail: MailServer, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "watcher", *arguments], cwd=folder, start_new_session=True, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, env=os.environ | {"WATCHER_SMTP_URL": mail.url})


def finish(folder: Path, mail: MailServer, *arguments: str) -> tuple[float, bytes]:
    """An undisturbed run: how many seconds it took, and what it said. Raises SystemExit where it does not end well."""
    began = time.perf_counter()
    process = run(folder, mail, *arguments)
    said, _ = process.communicate(timeout=120)
    if process.returncode or b"Traceback" in said:
        raise SystemExit(f"the undisturbed run ended with {process.returncode}:\n{said.decode()}")
    return time.perf_counter() - began, said


def kill(folder: Path, mail: MailServer, after_s: float) -> bool:
    """Start `notify` and kill it and all that it started after so many seconds; whether it was still running."""
    process = run(folder, mail, "notify", "--now", NOW.isoformat())
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(after_s)
    alive = process.poll() is None
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    return alive


def begun(folder: Path, town: Town) -> None:
    """A watch that knew its channels yesterday and has today's news."""
    town.write(folder, "/old")
    finish(folder, town.mail, "build", "--now", BEFORE.isoformat())
    finish(folder, town.mail, "notify", "--now", BEFORE.isoformat())
    town.write(folder, "/feed")
    finish(folder, town.mail, "build", "--now", NOW.isoformat())


def rounds(kills: int, a_round: int, seed: int, folder: Path) -> Iterator[Took]:
    chance = random.Random(seed)
    with Server() as web, MailServer() as mail:
        town = Town(web, mail)
        (before := folder / "before").mkdir()
        begun(before, town)
        web.requests.clear()
        mail.messages.clear()
        took_s, killed, number = 60.0, 0, 0
        for again in range(3):                              # the first one finds the machine cold
            web.requests.clear()
            mail.messages.clear()
            undisturbed = shutil.copytree(before, folder / f"undisturbed-{again}")
            took_s = min(took_s, finish(undisturbed, mail, "notify", "--now", NOW.isoformat())[0])
        expected = town.came()
        while killed < kills:
            web.requests.clear()
            mail.messages.clear()
            took = _round(shutil.copytree(before, folder / f"round-{number}"), town, expected,
                          [chance.uniform(took_s / 3, took_s) for _ in range(min(a_round, kills - killed))])
            shutil.rmtree(folder / f"round-{number}")
            killed, number = killed + took.kills.total() - took.kills[ENDED], number + 1
            yield took


def _round(folder: Path, town: Town, expected: Counter[str], instants: list[float]) -> Took:
    took = Took()
    for instant in instants:
        had = town.came()
        killed = kill(folder, town.mail, instant)
        time.sleep(0.2)                                     # what was on its way when it was killed arrives
        took.kills[ENDED if not killed else "it had sent something" if town.came() != had else "it had sent nothing"] += 1
    had = town.came()
    _, said = finish(folder, town.mail, "notify", "--now", NOW.isoformat())
    took.came = town.came()
    took.again = sum(many - 1 for many in took.came.values())
    repeated = sum(1 for key, many in took.came.items() if 0 < had[key] < many)
    took.wrong += [f"never came: {key}" for key in expected if not took.came[key]]
    took.wrong += [f"nobody knows: {key}" for key in took.came if key not in expected]
    took.wrong += [f"came {many} times: {key}" for key, many in took.came.items() if many > 2]
    if took.again > len(instants):
        took.wrong.append(f"{took.again} messages came twice, after {len(instants)} kills")
    if said.count(b"once more") < repeated:
        took.wrong.append(f"{repeated} came again, and the run did not say so: {said.decode()}")
    finish(folder, town.mail, "notify", "--now", NOW.isoformat())
    if town.came() != took.came:
        took.wrong.append("a run after the last one still sends")
    return took


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--a-round", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    fell, came, again, wrong = Counter[str](), 0, 0, 0
    with tempfile.TemporaryDirectory() as folder:
        for number, took in enumerate(rounds(given.kills, given.a_round, given.seed, Path(folder))):
            fell.update(took.kills)
            came, again, wrong = came + len(took.came), again + took.again, wrong + bool(took.wrong)
            for line in took.wrong:
                print(f"  round {number}: {line}")
    late = fell.pop(ENDED, 0)
    print(f"{fell.total()} kills ({late} more came too late), seed {given.seed}: {came} messages, {again} of them came twice, "
          f"none more often; {wrong} rounds wrong")
    for what, times in fell.most_common():
        print(f"  {times:4} times {what}")
    if wrong:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
