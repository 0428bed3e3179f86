"""What is remembered of messages: begun, ended, undone; and that no kill and no wrong clock makes it forget."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from watcher.edge import outbox
from watcher.edge.outbox import Outbox
from watcher.edge.store import Store
from watcher.model import ChannelState, Delivery

NOW = datetime(2026, 11, 24, 6, 30, 0, 5, tzinfo=UTC)


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Outbox]:
    with Store.open(tmp_path) as store:
        yield store.outbox


def known(box: Outbox, mark: str = "a") -> tuple[str, int] | None:
    found = box.found([mark]).get(mark)
    return (found.state, found.tries) if found else None


def test_what_is_begun_is_unsure_until_it_is_ended(box: Outbox) -> None:
    assert known(box) is None
    box.begin(["a", "b"], NOW)
    assert (known(box), known(box, "b")) == (("unsure", 1), ("unsure", 1))
    box.end(["a"], NOW)
    assert (known(box), known(box, "b")) == (("sent", 1), ("unsure", 1))


def test_what_was_refused_counts_for_nothing_and_what_was_unsure_before_stays_so(box: Outbox) -> None:
    box.begin(["a"], NOW)
    box.undo(["a"])
    assert known(box) is None
    for _ in range(2):
        box.begin(["a"], NOW)
    assert known(box) == ("unsure", 2)
    box.undo(["a"])
    assert known(box) == ("unsure", 1)


def test_it_is_there_after_the_store_was_left_in_the_middle(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        store.outbox.begin(["a"], NOW)
    with Store.open(tmp_path, read_only=True) as store:
        assert list(store.outbox.deliveries()) == [Delivery(mark="a", state="unsure", tries=1, at=NOW)]


def test_what_another_store_knew_is_added_and_sent_goes_before_unsure(box: Outbox) -> None:
    box.begin(["a", "b"], NOW)
    box.end(["b"], NOW)
    box.take([Delivery(mark="a", state="sent", at=NOW), Delivery(mark="b", state="unsure", tries=2, at=NOW),
              Delivery(mark="c", state="unsure", at=NOW)])
    assert [known(box, mark) for mark in "abc"] == [("sent", 1), ("sent", 1), ("unsure", 1)]


def test_what_is_long_over_is_forgotten_but_not_by_a_clock_that_is_wrong(box: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "ALWAYS_KEPT", 2)
    for number, mark in enumerate("abc"):
        box.begin([mark], NOW + timedelta(days=number))
    box.forget(NOW + timedelta(days=89))
    assert len(list(box.deliveries())) == 3
    box.forget(NOW + timedelta(days=3_650))
    assert [one.mark for one in box.deliveries()] == ["b", "c"]


def test_a_channel_is_remembered_as_it_was_last(box: Outbox) -> None:
    first = ChannelState(mark="x", since_at=NOW)
    last = ChannelState(mark="x", since_at=NOW, failing_since_at=NOW, reason="the mail server gives no answer")
    for state in (first, last):
        box.remember(state)
    assert box.channels() == {"x": last}
