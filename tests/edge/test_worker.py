"""Pure functions in processes of their own, under a wall limit that really stops them."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Iterator

import pytest

from watcher.edge.worker import WAITING, Lost, Pool

JOBS = "tests.edge.jobs"


def run(function: str, items: list[int], *, limit_s: float = 20.0, processes: int = 2) -> dict[int, object]:
    with Pool[int, object](f"{JOBS}:{function}", limit_s=limit_s, processes=processes) as pool:
        return dict(pool.results((item, {}) for item in items))


def test_every_item_comes_back_once_with_its_result() -> None:
    with Pool[int, int](f"{JOBS}:double", limit_s=20, processes=2) as pool:
        results = list(pool.results((number, {"plus": 1}) for number in range(300)))
    assert sorted(results) == [(number, number * 2 + 1) for number in range(300)]


def test_without_items_no_process_starts() -> None:
    before = multiprocessing.active_children()
    with Pool[int, int](f"{JOBS}:double", limit_s=20) as pool:
        assert list(pool.results(())) == []
        assert multiprocessing.active_children() == before


def test_the_function_runs_elsewhere() -> None:
    assert os.getpid() not in run("who", [1, 2, 3]).values()


@pytest.mark.parametrize("function", ["sleepy", "stuck_in_c"])
def test_an_item_that_takes_too_long_is_lost_alone(function: str) -> None:
    started = time.monotonic()
    results = run(function, list(range(40)), limit_s=0.5)
    assert results.pop(13) == Lost("timeout")
    assert results == {number: number for number in range(40) if number != 13}
    assert time.monotonic() - started < 15


def test_a_worker_that_dies_loses_one_item() -> None:
    results = run("fragile", list(range(40)))
    assert results.pop(13) == Lost("crash")
    assert results == {number: number for number in range(40) if number != 13}


def test_only_broken_items_end_as_well() -> None:
    assert run("fragile", [13] * 5, processes=1) == {13: Lost("crash")}


def test_a_worker_cannot_take_all_the_memory() -> None:
    assert run("greedy", [13, 1]) == {13: "no memory", 1: "1"}


def test_large_items_and_results_do_not_block() -> None:
    with Pool[bytes, int]("builtins:len", limit_s=20, processes=1) as pool:
        assert [size for _, size in pool.results((b"x" * 5_000_000, {}) for _ in range(4))] == [5_000_000] * 4
    assert run("large", [5_000_000, 5_000_001]) == {5_000_000: b"x" * 5_000_000, 5_000_001: b"x" * 5_000_001}


@pytest.mark.parametrize(("function", "error"), [("clumsy", LookupError), ("unlucky", OSError), ("early", EOFError)])
def test_what_the_function_raises_is_raised_to_the_caller(function: str, error: type[Exception]) -> None:
    with pytest.raises(error, match="no 7"):
        run(function, [7])


def test_results_come_while_items_are_still_produced() -> None:
    produced: list[int] = []

    def calls() -> Iterator[tuple[int, dict[str, object]]]:
        for number in range(1_000):
            produced.append(number)
            yield number, {}

    with Pool[int, int](f"{JOBS}:double", limit_s=20, processes=1) as pool:
        results = pool.results(calls())
        next(results)
        assert len(produced) < 1_000
        assert len(produced) <= 2 * WAITING + 1
        assert sum(1 for _ in results) == 999


def test_leaving_ends_even_a_stuck_worker() -> None:
    started = time.monotonic()
    with Pool[int, int](f"{JOBS}:sleepy", limit_s=50, processes=1) as pool:
        results = pool.results((number, {}) for number in (1, 13))
        assert next(results) == (1, 1)
    assert time.monotonic() - started < 20
    assert not multiprocessing.active_children()
