"""All measurements, one after the other; `--data FOLDER` is a copy of the recorded data, for those that can use it."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

# benchmark → the folder of the data it reads, if any
ALL = {"fuzz": None, "fetch": None, "collect": None, "parse": "feeds", "pagediff": "", "tags": "replay",
       "stories": "", "month": None, "deadlines": "replay", "search": "replay",
       "mentions": "replay", "surges": None}

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--data", type=Path)
data = parser.parse_args().data
for name, folder in ALL.items():
    print(f"\n== {name}", flush=True)
    extra = ["--data", str(data / folder)] if data and folder is not None else []
    subprocess.run([sys.executable, "-m", f"benchmarks.{name}", *extra], check=True)
