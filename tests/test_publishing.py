"""A site that takes over what did not change is, byte for byte, the one that is made anew."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests import publications as made
from watcher import plugin, publishing
from watcher.core import feeds, outlines
from watcher.edge import program, record
from watcher.errors import SiteError
from watcher.model import Digest, Publication

Bytes = dict[str, bytes]


def contents(folder: Path) -> Bytes:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def published(publication: Publication, folder: Path, name: str = "site") -> tuple[bool, Bytes]:
    """Publish into `folder`/site, with the record beside it: (whether anything changed, the site)."""
    changed = publishing.publish(publication, health={}, beside=folder, published=folder / name, folder=folder / ".watcher")
    return changed, contents(folder / name)


def anew(publication: Publication, tmp_path: Path, like: Path) -> Bytes:
    """The same site by a machine that knows nothing of it."""
    elsewhere = tmp_path / "elsewhere"
    shutil.rmtree(elsewhere, ignore_errors=True)
    elsewhere.mkdir()
    for name in ("mkdocs.yml", "docs"):
        if (like / name).is_dir():
            shutil.copytree(like / name, elsewhere / name)
        elif (like / name).exists():
            shutil.copy(like / name, elsewhere / name)
    return published(publication, elsewhere)[1]


def watched(name: str, calls: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Note each call of a function of the plugin."""
    real: Callable[..., object] = getattr(plugin, name)

    def noted(*arguments: object, **named: object) -> object:
        calls.append(name)
        return real(*arguments, **named)
    monkeypatch.setattr(plugin, name, noted)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("address", ["", "https://example.org/veille/"])
def test_pages_from_moulds_are_those_of_the_theme(home: Path, tmp_path: Path, language: str, address: str) -> None:
    publication = made.publication(language)  # type: ignore[arg-type]
    publication = replace(publication, site=replace(publication.site, url=address, title='Veille & "Cie" <b>'))
    plugin.build(publication, beside=home, into=tmp_path / "theme")
    ours, theirs = published(publication, home)[1], contents(tmp_path / "theme")
    ours.pop("health.json")
    assert ours.keys() == theirs.keys()
    assert [path for path in theirs if ours[path] != theirs[path]] == []


def test_day_after_day_a_site_is_what_it_would_be_if_it_were_made_anew(home: Path, tmp_path: Path) -> None:
    whole = made.publication()
    days = [replace(whole, digests=whole.digests[back:]) for back in (len(whole.digests), 2, 1)]
    for day in (*days, replace(whole, latest=None, stories=whole.stories[1:]), whole):
        assert published(day, home)[1] == anew(day, tmp_path, home)


def test_what_is_said_otherwise_is_said_so_on_every_page(home: Path, tmp_path: Path) -> None:
    whole = made.publication()
    published(whole, home)
    renamed = tuple(replace(source, name=f"{source.name} (bis)") for source in whole.sources)
    topics = tuple(replace(topic, labels=tuple((language, label + "!") for language, label in topic.labels))
                   for topic in whole.vocabulary.topics)
    lima = replace(whole.site, title="Other", timezone="America/Lima")
    for other in (replace(whole, sources=renamed), replace(whole, sources=whole.sources[1:], health=whole.health[1:], redlines=()),
                  replace(whole, vocabulary=replace(whole.vocabulary, topics=topics)), replace(whole, site=lima), whole):
        assert published(other, home)[1] == anew(other, tmp_path, home)


def test_nothing_is_made_again_where_nothing_changed(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = made.publication()
    assert published(whole, home)[0]
    inode, calls = (home / "site").stat().st_ino, list[str]()
    for name in ("shell", "build"):
        watched(name, calls, monkeypatch)
    assert not published(whole, home)[0]
    assert ((home / "site").stat().st_ino, calls) == (inode, [])
    assert published(replace(whole, stories=whole.stories[1:]), home)[0]
    assert calls == []


def test_what_was_closed_long_ago_is_not_even_read(home: Path) -> None:
    whole = made.publication()
    old = tuple(replace(whole.digests[-1], id=f"2025-{month:02}-{day:02}") for month in (12, 11) for day in range(28, 0, -1))
    whole = replace(whole, digests=(*whole.digests, *old))
    outlined = tuple(outlines.make(digest, hash=digest.id) for digest in whole.digests)
    published(replace(whole, digests=whole.digests[1:], outlines=outlined[1:]), home)
    digests = Opened(whole.digests)
    published(replace(whole, digests=digests, outlines=outlined), home)
    in_feeds = {digest.id for digest in whole.digests[:feeds.DIGESTS]}
    assert whole.digests[0].id in digests.opened and digests.opened <= in_feeds


class Opened(Sequence[Digest]):
    """Digests that note which of them are looked at."""

    def __init__(self, digests: Sequence[Digest]) -> None:
        self._digests, self.opened = digests, set[str]()

    def __len__(self) -> int:
        return len(self._digests)

    def __getitem__(self, place: Any) -> Any:
        taken = self._digests[place]
        self.opened |= {one.id for one in (taken if isinstance(place, slice) else (taken,))}
        return taken


@pytest.mark.parametrize("harm", ["record lost", "record torn", "clothes lost", "clothes torn", "page edited", "page lost", "stranger",
                                  "asset lost", "copied", "killed"])
def test_whatever_became_of_what_was_kept_the_site_is_whole(home: Path, tmp_path: Path, harm: str) -> None:
    whole = made.publication()
    published(whole, home)
    page, kept = home / "site" / "digests" / "2026-11-20" / "index.html", home / ".watcher"
    if harm.startswith(("record", "clothes")):
        file = kept / (record.SITE if harm.startswith("record") else record.SHELL)
        file.unlink() if harm.endswith("lost") else file.write_bytes(file.read_bytes().replace(b"a", b"b", 1))
    elif harm == "page edited":
        page.write_bytes(page.read_bytes() + b" ")
    elif harm == "page lost":
        page.unlink()
    elif harm == "stranger":
        (home / "site" / "mine.html").write_text("mine")
    elif harm == "asset lost":
        next((home / "site" / "assets").rglob("*.css")).unlink()
    elif harm == "copied":
        (home / "site").rename(home / "before")
        shutil.copytree(home / "before", home / "site", copy_function=shutil.copyfile)
    else:
        shutil.copytree(home / "site", home / ".site.new")
        (home / ".site.new" / "index.html").write_text("half")
    assert published(whole, home)[1] == anew(whole, tmp_path, home)
    assert not (home / ".site.new").exists()


def test_another_program_makes_everything_again(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = made.publication()
    published(whole, home)
    calls = list[str]()
    watched("shell", calls, monkeypatch)
    monkeypatch.setattr(program, "mark", lambda: "another version")
    assert not published(whole, home)[0]
    assert calls == ["shell"]


def test_hand_written_pages_are_made_again_when_they_change(home: Path, tmp_path: Path) -> None:
    whole = made.publication()
    (home / "docs").mkdir()
    (home / "base.yml").write_text(f"INHERIT: {plugin.DEFAULT_CONFIG}\nsite_name: x\n")
    (home / "mkdocs.yml").write_text("INHERIT: base.yml\n")
    for words in ("We answer within a day.", "We answer within an hour."):
        (home / "docs" / "charter.md").write_text(f"# Our charter\n\n{words}\n")
        site = published(whole, home)[1]
        assert words in site["charter/index.html"].decode() and b"/charter/</loc>" in site["sitemap.xml"]
    assert not published(whole, home)[0]
    (home / "base.yml").write_text(f"INHERIT: {plugin.DEFAULT_CONFIG}\nsite_name: x\ntheme: {{features: []}}\n")
    assert published(whole, home)[0]


def test_what_else_mkdocs_is_told_to_do_it_does_for_the_whole_site(home: Path) -> None:
    (home / "docs").mkdir()
    (home / "hook.py").write_text("def on_post_page(output, **_): return output.replace('</body>', '<!-- hooked --></body>')\n")
    (home / "mkdocs.yml").write_text(f"INHERIT: {plugin.DEFAULT_CONFIG}\nsite_name: x\nhooks: [hook.py]\n")
    for _ in range(2):
        site = published(made.publication(), home)[1]
        assert b"<!-- hooked -->" in site["digests/2026-11-20/index.html"]


def test_too_many_files_leave_the_published_site_alone(home: Path) -> None:
    whole = made.publication()
    before = published(whole, home)[1]
    with pytest.raises(SiteError, match="site_files: 50"):
        published(replace(whole, limits=replace(whole.limits, site_files=50)), home)
    assert contents(home / "site") == before and not (home / ".site.new").exists()
