"""Coverage-guided fuzzing of reading and printing, for as long as it is let run; needs atheris, which is no part of the project.

    python -m benchmarks.fuzz_atheris [-max_total_time=600] FOUND [FOLDER]...

Arguments are libFuzzer's: what is found goes into the folder FOUND, the others are only read (tests/golden/feeds is a good one). An input
that raises, or that reads to something that acts, is written to the working directory.
"""

from __future__ import annotations

import sys
from collections import Counter

try:
    import atheris
except ImportError:
    raise SystemExit("atheris is not installed: .venv/bin/python -m pip install atheris") from None

with atheris.instrument_imports(include=["watcher.core"]):
    from benchmarks import fuzz


def once(data: bytes) -> None:
    """One input: its first byte chooses the media type. Pages are made of few, for they cost far more than reading."""
    if len(data) < 2:
        return
    feed = fuzz.read("s0", data[1:], fuzz.MEDIA_TYPES[data[0] % len(fuzz.MEDIA_TYPES)])
    if data[0] == 255:
        fuzz.printed(fuzz.watch(1), [feed], Counter())


if __name__ == "__main__":
    atheris.Setup(sys.argv, once)
    atheris.Fuzz()
