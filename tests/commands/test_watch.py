"""The watch that never sleeps: real rounds against a real server, by a clock that the sleep itself moves on."""

from __future__ import annotations

import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.server import Received, Reply, Server, Wire
from tests.watchroom import DAY, HOUR, MINUTE, NAMES, TUESDAY, Room
from watcher.commands import watch
from watcher.edge.store import Store
from watcher.model import RunNote


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with Room(tmp_path) as made:
        yield made


def test_what_is_published_is_on_the_site_within_minutes_and_the_log_says_who_had_it(room: Room) -> None:
    news = Room.item("beta", 1, TUESDAY + HOUR)
    room.at(TUESDAY + HOUR, lambda: room.publish("beta", news))
    room.run(TUESDAY + 90 * MINUTE, site=True)
    assert room.seen_at("beta", 1) - (TUESDAY + HOUR) <= timedelta(minutes=10)
    assert "beta 1" in (room.folder / "site" / "latest" / "index.html").read_text(encoding="utf-8")
    assert [line for line in room.said if "beta.localhost +1" in line and "Site built." in line]


def test_a_mention_is_on_the_private_page_within_minutes_whether_the_site_is_built_or_not(tmp_path: Path) -> None:
    with Room(tmp_path, extra="brands: [Ravelo]\n") as room:
        room.path.write_text(room.path.read_text().replace("id: beta}", "id: beta, mentions: true}"))
        page = tmp_path / "private" / "index.html"
        seen: list[bool] = []
        post = ("Ravelo, aucune réponse, quelle honte", "https://b.example/1", TUESDAY + HOUR)
        room.at(TUESDAY + HOUR, lambda: room.publish("beta", post))
        room.at(TUESDAY + HOUR + 10 * MINUTE, lambda: seen.append("quelle honte" in page.read_text(encoding="utf-8")))
        room.run(TUESDAY + 90 * MINUTE)
    assert seen == [True]
    told = [line for line in room.said if "1 mention to answer" in line]
    assert len(told) == 1, room.log                 # said when it changes, not at every round
    assert "honte" not in room.log


def test_an_alert_goes_out_within_minutes_and_what_quiet_hours_hold_back_goes_out_when_they_end(tmp_path: Path) -> None:
    with Room(tmp_path) as room:
        hook = f"127.0.0.1:{room.server.port}"
        text = room.path.read_text(encoding="utf-8").replace("allow: [", f"allow: ['{hook}', ")
        later = "entities: [instagram], quiet: '08:00-10:00'"
        room.path.write_text(f"{text}alerts:\n  - {{name: Now, to: 'json://{hook}/now', entities: [instagram]}}\n"
                             f"  - {{name: Later, to: 'json://{hook}/later', {later}}}\n", encoding="utf-8")
        room.server.answer("/now")
        room.server.answer("/later")
        counted: list[tuple[int, int]] = []

        def count() -> None:
            counted.append((room.asked("now"), room.asked("later")))

        room.at(TUESDAY + HOUR, lambda: room.publish("beta", Room.item("beta", 1, TUESDAY + HOUR)))      # 08:40 in Paris
        room.at(TUESDAY + HOUR - MINUTE, count)
        room.at(TUESDAY + HOUR + 15 * MINUTE, count)
        room.at(TUESDAY + 2 * HOUR + 25 * MINUTE, count)                                                 # 10:05
        room.run(TUESDAY + 3 * HOUR)
        count()
    assert counted == [(0, 0), (1, 0), (1, 1), (1, 1)], room.log
    assert room.log.count("Now: 1 message sent.") == room.log.count("Later: 1 message sent.") == 1


def test_a_round_that_brings_nothing_builds_nothing(room: Room) -> None:
    room.run(TUESDAY + 50 * MINUTE, site=True)
    assert len(room.said) > 5
    assert [number for number, line in enumerate(room.said) if "Site built" in line] == [1]


def test_every_round_is_one_line_with_its_hour_in_the_zone_of_the_site(room: Room) -> None:
    room.run(TUESDAY + 30 * MINUTE)
    assert room.said[0] == "2026-11-24 07:40:00  Watching 4 sources; Ctrl-C stops it."
    assert room.said[-1].endswith("Stopped.")
    rounds = room.said[1:-1]
    assert all(re.fullmatch(r"2026-11-24 \d\d:\d\d:\d\d  \d asked: .*\. Next at \d\d:\d\d\.", line) for line in rounds), rounds
    assert "4 of them for the first time" in rounds[0] and "first time" not in room.said[2]


def test_nobody_is_asked_more_often_than_every_five_minutes_and_between_rounds_it_sleeps(room: Room) -> None:
    room.run(TUESDAY + 2 * HOUR)
    assert 15 <= room.asked("alpha") <= 25
    assert room.bell.naps <= 2 * 3600 / 30 + 60


def test_a_budget_of_a_few_requests_is_kept(tmp_path: Path) -> None:
    with Room(tmp_path, extra="limits: {requests_per_hour: 4}\n") as room:
        room.run(TUESDAY + 4 * HOUR)
        assert len(room.server.requests) <= 4 + 4 * 4 * 2       # by day more than on average, by night less


def test_max_age_stands_above_the_rhythm(room: Room) -> None:
    room.headers = {"Cache-Control": "max-age=3600"}
    room.publish("alpha")
    room.run(TUESDAY + 110 * MINUTE)
    assert room.asked("alpha") == 2 < room.asked("beta")


def test_the_digest_is_closed_at_its_hour_after_everybody_was_asked(tmp_path: Path) -> None:
    with Room(tmp_path, extra="limits: {requests_per_hour: 1}\n") as room:
        late = TUESDAY + DAY - 15 * MINUTE                      # 07:25 in Paris
        room.sleep(late - 10 * MINUTE)
        room.at(late, lambda: room.publish("gamma", Room.item("gamma", 1, late)))
        room.run(TUESDAY + DAY)
        with room.store() as store:
            last = store.digests(1)[0]
        assert (last.id, last.as_of) == ("2026-11-25", datetime(2026, 11, 25, 6, 30, tzinfo=UTC))
        assert [ranked.story.lead.sighting.entry.link for ranked in last.shown] == ["https://gamma.example/1"]
        assert "Digest of 2026-11-25: 1 story out of 1 entry" in room.log


def test_without_network_nothing_counts_against_the_sources_and_no_empty_digest_is_made(room: Room) -> None:
    port = room.server.port
    back = Server(port=port)
    with ExitStack() as stack:
        def reopen() -> None:
            back._routes.update(room.server._routes)
            stack.enter_context(back)
        room.sleep(TUESDAY + 22 * HOUR)
        room.at(TUESDAY + 23 * HOUR, room.server.__exit__)
        room.at(TUESDAY + 25 * HOUR, reopen)
        news = Room.item("delta", 1, TUESDAY + 24 * HOUR)
        room.at(TUESDAY + 24 * HOUR, lambda: room.publish("delta", news))
        room.run(TUESDAY + 25 * HOUR + 20 * MINUTE)
    assert room.log.count("Nobody answers: the network seems to be gone.") == 1
    assert room.log.count("The network is back.") == 1
    assert {(state.failures, state.failing_since_at) for state in room.states().values()} == {(0, None)}
    with room.store() as store:
        first, *_ = store.digests(1)
        assert 0 <= (first.as_of - (TUESDAY + 25 * HOUR)).total_seconds() <= 16 * 60      # when it was back, not at half past seven
        assert [ranked.story.lead.sighting.entry.link for ranked in first.shown] == ["https://delta.example/1"]
    assert room.seen_at("delta", 1) <= TUESDAY + 25 * HOUR + 16 * MINUTE


def test_one_dead_host_is_a_failing_source_and_no_outage(room: Room) -> None:
    room.server.answer("/alpha", status=500)
    room.run(TUESDAY + 80 * MINUTE)
    assert room.states()["alpha"].failures >= 2
    assert room.log.count("no answer from alpha.localhost (HTTP 500 Internal Server Error)") == 1      # told when it began
    assert "network" not in room.log


def test_a_laptop_that_was_closed_over_night_looks_at_everything_as_it_wakes(room: Room) -> None:
    def sleep() -> None:
        room.bell.now += 8 * HOUR
        room.publish("beta", Room.item("beta", 1, room.bell.now - 3 * HOUR))
    room.at(TUESDAY + 10 * MINUTE, sleep)
    room.run(TUESDAY + 8 * HOUR + 15 * MINUTE)
    assert room.seen_at("beta", 1) - (TUESDAY + 8 * HOUR + 10 * MINUTE) <= MINUTE


def test_a_clock_that_was_put_back_stops_nothing(room: Room) -> None:
    asked: list[int] = []

    def back() -> None:
        asked.append(room.asked("alpha"))
        room.bell.now -= 3 * HOUR
        room.at(room.bell.now + 40 * MINUTE, room.bell.stop)
    room.at(TUESDAY + 20 * MINUTE, back)
    room.run(TUESDAY + HOUR)
    assert room.asked("alpha") - asked[0] > 5


def test_an_edited_list_is_taken_up_and_a_bad_edit_is_told_while_the_old_list_goes_on(room: Room) -> None:
    room.at(TUESDAY + 30 * MINUTE, lambda: room.write(names=NAMES[:3]))
    room.at(TUESDAY + HOUR, lambda: room.path.write_text("sourcse:\n  - url: x\n", encoding="utf-8"))
    room.run(TUESDAY + 2 * HOUR)
    assert "sources.yaml was edited: 3 sources now." in room.log
    assert room.log.count("cannot be used as it is: the watch goes on with what it said before") == 1
    assert "sources.yaml:1" in room.log
    assert room.asked("alpha") > room.asked("delta") > 0
    assert not [line for line in room.said[-8:] if "no answer" in line]


def test_between_rounds_the_store_is_free_for_other_commands(room: Room) -> None:
    free: list[str] = []

    def look() -> None:
        with Store.open(room.folder / ".watcher") as store:
            free.append(f"{len(store.states())}")
    room.at(TUESDAY + 17 * MINUTE, look)
    room.run(TUESDAY + 20 * MINUTE)
    assert free == ["4"]


def test_while_another_run_is_at_work_it_waits_and_says_so_once(room: Room) -> None:
    held: list[Store] = []
    room.at(TUESDAY + 20 * MINUTE, lambda: held.append(Store.open(room.folder / ".watcher")))
    room.at(TUESDAY + 40 * MINUTE, lambda: held[0].shut())
    room.run(TUESDAY + HOUR)
    assert room.log.count("another run is at work") == 1
    assert [line for line in room.said if "2026-11-24 08:3" in line and "asked" in line]


def test_a_new_process_asks_nobody_whose_turn_has_not_come_and_goes_on_in_the_same_line_of_the_run_log(room: Room) -> None:
    room.run(TUESDAY + 2 * MINUTE)
    asked = len(room.server.requests)
    room.again()
    room.run(TUESDAY + 4 * MINUTE)
    assert len(room.server.requests) == asked
    room.again()
    room.run(TUESDAY + 25 * MINUTE)
    with room.store() as store:
        runs = store.runs()
    assert len(runs) == 1 and runs[0].asked == len(room.server.requests)
    assert isinstance(runs[0], RunNote) and runs[0].started_at == TUESDAY


def test_the_plan_says_when_a_source_usually_publishes(room: Room) -> None:
    for back in range(1, 25):
        at = TUESDAY.replace(hour=9, minute=5) - back * DAY
        room.publish("alpha", Room.item("alpha", 100 + back, at))
    room.run(TUESDAY + MINUTE)
    lines = list(watch.planned(room.path, room.bell.now))
    assert any("alpha.localhost: usually posts 10–11 h, about 8 a week" in line for line in lines), lines
    assert any("beta.localhost: too little is known of it yet" in line for line in lines)
    assert all(re.match(r"(now|\w{3} \d\d:\d\d) +\d+ (min|h)  ", line) for line in lines[1:])


# ---------------------------------------------------------------------------------------------------- the real process


def start(room: Room) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-m", "watcher", "--config", str(room.path), "watch"], cwd=room.folder, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def until(true: Callable[[], object]) -> None:
    ends = time.monotonic() + 30
    while not true():
        assert time.monotonic() < ends, "waited in vain"
        time.sleep(0.05)


@pytest.mark.parametrize("asked_to", [signal.SIGTERM, signal.SIGINT])
def test_the_process_stops_in_the_midst_of_a_round_and_the_next_one_goes_on(room: Room, asked_to: signal.Signals) -> None:
    def hang(asked: Received, wire: Wire) -> Reply | None:
        wire.pause(60)
        return None
    room.server.route("/gamma", hang)
    with start(room) as process:
        until(lambda: room.asked("gamma"))
        began = time.monotonic()
        process.send_signal(asked_to)
        out, _ = process.communicate(timeout=30)
        assert time.monotonic() - began < 10
    assert process.returncode == 0, out
    assert out.rstrip().endswith("Stopped.") and "Traceback" not in out
    with sqlite3.connect(room.folder / ".watcher" / "store.sqlite") as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert "gamma" not in room.states()                       # dropped, and not held against it
    room.publish("gamma")
    with start(room) as process:
        until(lambda: (room.folder / "site" / "index.html").exists() and "gamma" in room.states())
        process.terminate()
        out, _ = process.communicate(timeout=30)
    assert process.returncode == 0, out
    assert {state.failures for state in room.states().values()} == {0}
    assert (room.folder / "site" / "health.json").exists()
