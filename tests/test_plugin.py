"""The MkDocs door: what the theme would print unescaped is escaped, in both languages, and nothing needs the network or a clock."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
from lxml import html

from tests import publications, sitereader
from tests.conftest import watcher
from watcher import pipeline, plugin
from watcher.errors import SiteError
from watcher.model import Publication, SiteSettings, Source

TRAPS = '"><script>alert(1)</script><img src=x onerror=alert(2)>{{ 7*7 }}</title>'


def hostile(publication: Publication) -> Publication:
    """Everything that an owner or a publisher can name, named by an enemy."""
    def of_source(source: Source) -> Source:
        return replace(source, name=source.name + TRAPS, group=source.group + TRAPS)
    return replace(
        publication,
        site=replace(publication.site, title="Veille" + TRAPS),
        sources=tuple(map(of_source, publication.sources)),
        health=tuple(replace(report, source=of_source(report.source)) for report in publication.health),
        vocabulary=replace(publication.vocabulary, topics=tuple(
            replace(topic, labels=tuple((language, label + TRAPS) for language, label in topic.labels), description=TRAPS)
            for topic in publication.vocabulary.topics)),
    )


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_hostile_name_is_text_wherever_the_theme_prints_it(tmp_path: Path, language: Literal["fr", "en"]) -> None:
    plugin.build(hostile(publications.publication(language)), beside=tmp_path, into=tmp_path / "site")
    looked = 0
    for page, document in sitereader.pages(tmp_path / "site"):
        looked += 1
        assert document.xpath("//img[@src='x']") == [], page
        assert [script.text for script in document.iter("script") if "alert" in (script.text or "")] == [], page
        assert [name for element in document.iter() for name in element.attrib if name.startswith("on")] == [], page
        text = document.text_content()
        assert "{{ 7*7 }}" in text and "49" not in (document.findtext(".//title") or ""), page
    assert looked > 30
    assert "onerror" not in re.sub(r"&[lg]t;.*?&gt;|\\u003c.*?\\u003e", "", (tmp_path / "site" / "sitemap.xml").read_text())


def test_the_same_publication_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        plugin.build(publications.publication(), beside=tmp_path, into=tmp_path / name)
    for path in sorted((tmp_path / "one").rglob("*")):
        if path.is_file():
            assert path.read_bytes() == (tmp_path / "two" / path.relative_to(tmp_path / "one")).read_bytes(), path


def test_the_moment_of_a_build_is_on_no_page(tmp_path: Path) -> None:
    publication = publications.publication()
    plugin.build(publication, beside=tmp_path, into=tmp_path / "one")
    plugin.build(replace(publication, as_of=publication.as_of.replace(minute=59)), beside=tmp_path, into=tmp_path / "two")
    for path in sorted((tmp_path / "one").rglob("*")):
        if path.is_file():
            assert path.read_bytes() == (tmp_path / "two" / path.relative_to(tmp_path / "one")).read_bytes(), path


def test_no_secret_of_a_source_is_published(tmp_path: Path) -> None:
    plugin.build(publications.publication(), beside=tmp_path, into=tmp_path / "site")
    for path in (tmp_path / "site").rglob("*"):
        if path.is_file():
            assert publications.SECRET.encode() not in path.read_bytes(), path


def test_without_an_address_of_the_site_there_is_no_sitemap_of_relative_addresses(tmp_path: Path) -> None:
    publication = publications.publication()
    plugin.build(publication, beside=tmp_path, into=tmp_path / "with")
    assert "https://example.org/veille/digests/2026-11-23/" in (tmp_path / "with" / "sitemap.xml").read_text()
    plugin.build(replace(publication, site=SiteSettings()), beside=tmp_path, into=tmp_path / "without")
    assert not (tmp_path / "without" / "sitemap.xml").exists()


def test_a_site_of_more_files_than_is_allowed_is_not_built(tmp_path: Path) -> None:
    publication = publications.publication()
    with pytest.raises(SiteError, match=r"site_files: 50\D.*Raise it"):
        plugin.build(replace(publication, limits=replace(publication.limits, site_files=50)), beside=tmp_path, into=tmp_path / "site")


def test_an_empty_watch_has_a_site_that_says_what_to_do(tmp_path: Path) -> None:
    plugin.build(publications.empty(), beside=tmp_path, into=tmp_path / "site")
    assert "watcher build" in (tmp_path / "site" / "index.html").read_text(encoding="utf-8")


def test_the_policy_holds_the_hash_of_every_inline_script_and_of_no_other() -> None:
    page = plugin.guarded('<head><meta charset="utf-8"><script>let a = 1</script><script src="a.js"></script>'
                          '<script id="x" type="application/json">{"a": 1}</script></head>')
    policy = html.document_fromstring(page).xpath("string(//meta[@http-equiv]/@content)")
    assert policy.count("'sha256-") == 1
    assert "'sha256-ENCOQ9uzFlmDCwMW43ppNnbgdlW2vkyjjdbQZ7kGVfM='" not in policy
    assert plugin.guarded("no page") == "no page"


def test_a_script_that_got_into_a_page_is_not_let_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made, stranger = pipeline.pages_of, "window.stranger = 1"
    monkeypatch.setattr(pipeline, "pages_of", lambda publication, speech: tuple(
        replace(page, html=f"{page.html}<script>{stranger}</script>") for page in made(publication, speech)))
    plugin.build(publications.publication(), beside=tmp_path, into=tmp_path / "site")
    hashed = base64.b64encode(hashlib.sha256(stranger.encode()).digest()).decode()
    for page, document in sitereader.pages(tmp_path / "site"):
        policy = document.xpath("string(//meta[@http-equiv='content-security-policy']/@content)")
        assert [script.text for script in document.iter("script")].count(stranger) == 1, page
        assert "'sha256-" in policy and hashed not in policy, page


def test_mkdocs_itself_builds_the_site_strictly_from_what_is_known(tmp_path: Path) -> None:
    (tmp_path / "sources.yaml").write_text("- url: https://example.org/feed/\n")
    (tmp_path / "docs").mkdir()
    (tmp_path / "mkdocs.yml").write_text(f"INHERIT: {plugin.DEFAULT_CONFIG}\nsite_name: x\n")
    run = watcher("build", "--offline", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    assert sorted(path.name for path in (tmp_path / "docs").iterdir()) == []
