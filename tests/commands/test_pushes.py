"""Hubs that tell the watch of news: a real hub, a real watch, the whole way round."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.hub import Hub
from tests.watchroom import DAY, HOUR, MINUTE, TUESDAY, Room
from watcher.edge import journal
from watcher.edge.store import Store
from watcher.model import Subscription

TOPIC = "https://alpha.example/feed"


class Pushed(Room):
    """A room whose first source names a hub, and an address under which that hub reaches the watch."""

    def __init__(self, folder: Path, hub: Hub) -> None:
        self.hub = hub
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        super().__init__(folder, ("alpha", "beta"), extra="limits: {requests_per_hour: 1}\n")
        self.headers = {"Link": f'<{hub.url}>; rel="hub", <{TOPIC}>; rel="self"'}

    def write(self, extra: str | None = None, names: tuple[str, ...] | None = None) -> None:
        super().write(extra, names)
        listed = self.path.read_text(encoding="utf-8").replace(
            "network: {allow: [", f"network: {{websub: 'http://127.0.0.1:{self.port}/hook', listen: '127.0.0.1:{self.port}', "
            f"allow: ['{self.hub.server.allow[0]}', ")
        self.path.write_text(listed, encoding="utf-8")

    def news(self, number: int, at: timedelta) -> None:
        """Something is published then, and the hub is told."""
        def out() -> None:
            self.publish("alpha", self.item("alpha", number, TUESDAY + at))
            assert self.hub.distribute(TOPIC, b"<rss/>") == [202]
        self.at(TUESDAY + at, out)

    def subscription(self) -> Subscription | None:
        with self.store() as store:
            return store.subscriptions.all().get("alpha")


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Pushed]:
    with Hub() as hub, Pushed(tmp_path, hub) as made:
        made.headers, headers = {}, made.headers
        made.publish("beta")
        made.headers = headers
        yield made


def test_what_a_hub_tells_of_is_seen_within_half_a_minute(room: Pushed) -> None:
    room.news(1, 20 * MINUTE)
    room.run(TUESDAY + 30 * MINUTE)
    assert room.hub.verified == [200]
    assert room.seen_at("alpha", 1) - (TUESDAY + 20 * MINUTE) <= timedelta(seconds=30)
    assert [fields["hub.topic"] for fields in room.hub.asked] == [TOPIC]       # beta names no hub
    assert room.hub.asked[0]["hub.callback"].startswith(f"http://127.0.0.1:{room.port}/hook/")
    assert len(room.hub.asked[0]["hub.secret"]) >= 40


def test_a_feed_that_caches_hold_back_is_asked_once_more(room: Pushed) -> None:
    room.at(TUESDAY + 20 * MINUTE, lambda: room.hub.distribute(TOPIC, b"<rss/>"))
    room.at(TUESDAY + 22 * MINUTE, lambda: room.publish("alpha", room.item("alpha", 1, TUESDAY + 20 * MINUTE)))
    room.run(TUESDAY + 40 * MINUTE)
    assert room.seen_at("alpha", 1) - (TUESDAY + 20 * MINUTE) <= 6 * MINUTE
    assert room.asked("alpha") == 3


def test_a_push_that_is_not_the_hubs_brings_about_nothing(room: Pushed) -> None:
    for minute, told in ((10, {"secret": "other"}), (11, {"signed": False}), (12, {"method": "md5"})):
        room.at(TUESDAY + minute * MINUTE, lambda told=told: room.hub.distribute(TOPIC, b"<rss/>", **told))  # type: ignore[misc]  # lambda's default
    room.run(TUESDAY + 20 * MINUTE)
    assert room.asked("alpha") == 1


def test_a_hub_that_calls_every_second_does_not_make_us_do_so(room: Pushed) -> None:
    for second in range(0, 600, 5):
        room.at(TUESDAY + 10 * MINUTE + timedelta(seconds=second), lambda: room.hub.distribute(TOPIC, b"<rss/>"))
    room.run(TUESDAY + 20 * MINUTE)
    assert room.asked("alpha") <= 12


def test_a_publisher_who_refused_us_is_not_asked_sooner_by_its_hub(room: Pushed) -> None:
    room.at(TUESDAY + 5 * MINUTE, lambda: room.server.answer("/alpha", status=429, headers={"Retry-After": "7200"}))
    room.at(TUESDAY + 8 * MINUTE, lambda: room.hub.distribute(TOPIC, b"<rss/>"))
    room.at(TUESDAY + 20 * MINUTE, lambda: room.hub.distribute(TOPIC, b"<rss/>"))
    room.run(TUESDAY + 30 * MINUTE)
    assert room.asked("alpha") == 2


def test_a_lease_is_renewed_before_it_ends_under_the_same_address(room: Pushed) -> None:
    room.hub.lease_s = 4 * 3600
    room.news(1, 5 * HOUR)
    room.run(TUESDAY + 5 * HOUR + 5 * MINUTE)
    assert len({fields["hub.callback"] for fields in room.hub.asked}) == 1
    assert 2 <= len(room.hub.asked) <= 3
    kept = room.subscription()
    assert kept is not None and kept.until_at is not None and kept.until_at > TUESDAY + 6 * HOUR
    assert room.seen_at("alpha", 1) - (TUESDAY + 5 * HOUR) <= MINUTE


def test_the_subscription_survives_a_restart_and_is_not_asked_for_again(room: Pushed) -> None:
    room.run(TUESDAY + 5 * MINUTE)
    room.again()
    room.news(1, 20 * MINUTE)
    room.run(TUESDAY + 25 * MINUTE)
    assert len(room.hub.asked) == 1
    assert room.seen_at("alpha", 1) - (TUESDAY + 20 * MINUTE) <= timedelta(seconds=30)


def test_the_hub_of_a_source_taken_off_the_list_is_told(room: Pushed) -> None:
    room.at(TUESDAY + 10 * MINUTE, lambda: room.write(names=("beta",)))
    room.run(TUESDAY + 20 * MINUTE)
    assert [fields["hub.mode"] for fields in room.hub.asked] == ["subscribe", "unsubscribe"]
    assert room.hub.subscribed == {} and room.subscription() is None


def test_a_hub_that_refuses_changes_nothing_and_is_left_alone_for_a_day(room: Pushed) -> None:
    room.hub.refuses = 403
    room.run(TUESDAY + 3 * HOUR)
    assert len(room.hub.asked) == 1 and room.asked("alpha") >= 1
    assert "Traceback" not in room.log and "hub" not in room.log


def test_a_hub_that_proved_reliable_spares_the_feed_most_questions(room: Pushed) -> None:
    room.extra = "limits: {requests_per_hour: 24}\n"
    room.write()
    for number in range(1, 5):
        room.news(number, number * 10 * MINUTE)
    asked: list[tuple[int, int]] = []
    for hour in (1, 3):
        room.at(TUESDAY + hour * HOUR, lambda: asked.append((room.asked("alpha"), room.asked("beta"))))
    room.run(TUESDAY + 3 * HOUR + MINUTE)
    alpha, beta = (after - before for before, after in zip(*asked, strict=True))
    assert alpha <= 1 < 5 <= beta


def test_no_secret_of_a_subscription_is_in_the_journal_or_the_log(room: Pushed, tmp_path: Path) -> None:
    room.run(TUESDAY + 5 * MINUTE)
    with Store.open(room.folder / ".watcher") as store:
        kept = store.subscriptions.all()["alpha"]
        journal.save(store, tmp_path / "journal", public=("alpha", "beta"))
    said = b"".join(path.read_bytes() for path in (tmp_path / "journal").rglob("*") if path.is_file()) + room.log.encode()
    assert kept.secret.encode() not in said and kept.token.encode() not in said
    assert kept.secret not in repr(kept) and kept.token not in repr(kept)


def test_a_port_that_is_taken_by_an_edit_is_told_and_the_watch_goes_on(room: Pushed) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        other = taken.getsockname()[1]
        room.at(TUESDAY + 10 * MINUTE, lambda: room.path.write_text(
            re.sub(r"listen: '[^']*'", f"listen: '127.0.0.1:{other}'", room.path.read_text(encoding="utf-8")), encoding="utf-8"))
        room.run(TUESDAY + DAY / 48)
    assert f"Hubs cannot be listened to: 127.0.0.1:{other}" in room.log and room.log.rstrip().endswith("Stopped.")
