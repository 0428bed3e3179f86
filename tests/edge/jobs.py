"""Functions for workers to run: good ones, and those that hostile documents turn parsers into."""

from __future__ import annotations

import os
import re
import signal
import time


def double(number: int, *, plus: int = 0) -> int:
    return number * 2 + plus


def sleepy(number: int) -> int:
    if number == 13:
        time.sleep(60)
    return number


def stuck_in_c(number: int) -> int:
    if number == 13:
        re.match(r"(a+)+$", "a" * 64 + "b")
    return number


def fragile(number: int) -> int:
    if number == 13:
        os.kill(os.getpid(), signal.SIGSEGV)
    return number


def greedy(number: int) -> str:
    try:
        return f"{len(bytearray(10_000_000_000))}" if number == 13 else str(number)
    except MemoryError:
        return "no memory"


def clumsy(number: int) -> int:
    raise LookupError(f"no {number}")


def unlucky(number: int) -> int:
    raise OSError(f"no {number}")


def early(number: int) -> int:
    raise EOFError(f"no {number}")


def who(number: int) -> int:
    return os.getpid()


def large(size: int) -> bytes:
    return b"x" * size
