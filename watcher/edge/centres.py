"""The middles of the languages, as shipped in watcher/data/centres.json → `Centres`. `benchmarks/centres.py` makes them anew."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from importlib.resources import files

import numpy as np
import numpy.typing as npt

from watcher.model import Centres

LANGUAGES = ("fr", "en")


def load() -> Centres:
    shipped = json.loads(files("watcher").joinpath("data", "centres.json").read_bytes())
    return Centres(title=_middles(shipped["title"]), summary=_middles(shipped["summary"]))


def _middles(written: Mapping[str, str]) -> npt.NDArray[np.float32]:
    """Language → 384 numbers of two bytes as base64 → (languages, 384)."""
    return np.stack([np.frombuffer(base64.b64decode(written[language]), dtype="<f2") for language in LANGUAGES]).astype(np.float32)
