from __future__ import annotations

import threading
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from watcher.edge import preview, site, status
from watcher.errors import SiteError


def built(folder: Path, **files: str) -> Path:
    folder.mkdir()
    for name, words in files.items():
        path = folder / name.replace("__", "/")
        path.parent.mkdir(exist_ok=True)
        path.write_text(words)
    return folder


def test_the_new_site_takes_the_place_of_the_old_one_whole(tmp_path: Path) -> None:
    published = built(tmp_path / "site", index="old", gone="old")
    site.swap(built(tmp_path / ".site.new", index="new", topics__seo="new"), published)
    assert {path.name: path.read_text() for path in published.rglob("*") if path.is_file()} == {"index": "new", "seo": "new"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["site"]


def test_a_first_site_is_put_where_there_was_none(tmp_path: Path) -> None:
    site.swap(built(tmp_path / ".site.new", index="new"), tmp_path / "site")
    assert (tmp_path / "site" / "index").read_text() == "new"


def test_where_folders_cannot_be_exchanged_at_once_the_result_is_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site.sys, "platform", "win32")
    published = built(tmp_path / "site", index="old")
    site.swap(built(tmp_path / ".site.new", index="new"), published)
    assert (published / "index").read_text() == "new"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["site"]


def test_a_kill_between_the_two_steps_is_mended_by_the_next_build(tmp_path: Path) -> None:
    built(tmp_path / ".site.old", index="old")
    site.mend(tmp_path / "site")
    assert (tmp_path / "site" / "index").read_text() == "old"
    built(tmp_path / ".site.old", index="older")
    site.mend(tmp_path / "site")
    assert (tmp_path / "site" / "index").read_text() == "old"
    assert not (tmp_path / ".site.old").exists()


def test_a_folder_that_is_no_site_of_ours_is_never_replaced(tmp_path: Path) -> None:
    for theirs in (built(tmp_path / "docs", index="precious"), built(tmp_path / "full", more__deep="x")):
        with pytest.raises(SiteError, match=r"holds something else.*--site"):
            site.claim(theirs)
    (tmp_path / "file").write_text("x")
    with pytest.raises(SiteError, match="holds something else"):
        site.claim(tmp_path / "file")
    (tmp_path / "empty").mkdir()
    ours = built(tmp_path / "site")
    (ours / "health.json").write_text("{}")
    for free in (tmp_path / "empty", tmp_path / "missing", ours):
        site.claim(free)


def test_a_copy_that_somebody_keeps_beside_the_site_is_left_alone(tmp_path: Path) -> None:
    published = built(tmp_path / "site", index="old")
    built(tmp_path / "site.old", index="kept by hand")
    site.mend(published)
    site.swap(built(tmp_path / ".site.new", index="new"), published)
    assert (tmp_path / "site.old" / "index").read_text() == "kept by hand"


def test_whatever_lies_where_a_site_is_to_be_built_goes(tmp_path: Path) -> None:
    target = built(tmp_path / "target", index="theirs")
    (tmp_path / "file").write_text("x")
    (tmp_path / "link").symlink_to(target)
    for name in ("file", "link", "nothing"):
        site.discard(tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == ["target"]
    assert (target / "index").exists()


def test_sites_are_the_same_when_every_file_is_the_one_excepted_aside(tmp_path: Path) -> None:
    one = built(tmp_path / "one", index="a", health="1")
    assert site.same(one, built(tmp_path / "two", index="a", health="2"), but="health")
    assert not site.same(one, built(tmp_path / "three", index="a", health="2"))
    assert not site.same(one, built(tmp_path / "four", index="b", health="1"), but="health")
    assert not site.same(one, built(tmp_path / "five", index="a", health="1", more=""), but="health")
    assert not site.same(one, tmp_path / "nothing")


def test_a_site_that_cannot_be_put_in_place_says_so_in_one_line(tmp_path: Path) -> None:
    published = built(tmp_path / "site", index="old")
    with pytest.raises(SiteError, match=r"cannot be put in place: .*untouched") as caught:
        site.swap(tmp_path / "never-built", published)
    assert "\n" not in str(caught.value)
    assert (published / "index").read_text() == "old"


def test_a_status_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "status.json"
    status.write(path, {"b": 1, "a": "é"})
    assert path.read_text(encoding="utf-8") == '{\n "a": "é",\n "b": 1\n}\n'
    assert [file.name for file in path.parent.iterdir()] == ["status.json"]
    with pytest.raises(TypeError):
        status.write(path, {"a": object()})
    assert path.read_text(encoding="utf-8").startswith('{\n "a"')


def test_the_preview_serves_pages_and_feeds_of_the_folder_and_nothing_beside_it(tmp_path: Path) -> None:
    folder = built(tmp_path / "site", index="x")
    (folder / "index.html").write_text("<p>home")
    (folder / "feed.xml").write_text("<rss/>")
    (tmp_path / "secret").write_text("no")
    with preview.server(folder, 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        home = f"http://127.0.0.1:{server.server_address[1]}"
        with urllib.request.urlopen(home + "/") as page, urllib.request.urlopen(home + "/feed.xml") as feed:
            assert (page.read(), feed.headers["Content-Type"]) == (b"<p>home", "application/xml; charset=utf-8")
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(home + "/..%2Fsecret")
        with pytest.raises(SiteError, match="--port 0"):
            preview.server(folder, server.server_address[1])
        server.shutdown()
