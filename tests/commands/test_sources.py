"""`check`, `add`, `import`, `export`: a list of sources, tried against a real server."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.server import Reply, Server
from watcher.cli import root
from watcher.core import feeds
from watcher.edge import config
from watcher.edge.store import Store
from watcher.errors import ConfigError

HTML = {"Content-Type": "text/html; charset=utf-8"}
OPML = """<opml version="2.0"><body><outline text="Presse">
  <outline text="New" xmlUrl="https://new.example/feed" htmlUrl="https://new.example/" language="fr"/>
  <outline text="Known" xmlUrl="http://www.known.example/feed/"/>
  <outline text="Local file" xmlUrl="file:///etc/passwd"/>
  <outline text="Thief" xmlUrl="https://thief.example/${HOME}"/>
  <outline text="Odd: {name} # &quot;quoted&quot; ${HOME}" xmlUrl="https://odd.example/feed"/>
</outline></body></opml>"""


def rss(title: str = "Le Fil", entries: int = 2, language: str = "fr") -> bytes:
    items = "".join(
        f"<item><title>Titre {number}</title><link>https://fil.example/{number}</link><guid>{number}</guid>"
        f"<pubDate>Mon, 23 Nov 2026 0{number}:00:00 GMT</pubDate></item>" for number in range(entries)
    )
    spoken = f"<language>{language}</language>" if language else ""
    return (f'<rss version="2.0"><channel><title>{title}</title><link>https://fil.example/</link>{spoken}{items}</channel></rss>').encode()


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        running.answer("/feed", body=rss())
        yield running


class Listed:
    """A sources.yaml and what the commands make of it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, text: str) -> None:
        self.path.write_text(text, encoding="utf-8")

    @property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    def run(self, *arguments: str, code: int = 0) -> Result:
        result = CliRunner().invoke(root, ["--config", str(self.path), *arguments])
        assert result.exit_code == code, (result.output, result.exception)
        return result


@pytest.fixture
def listed(tmp_path: Path, server: Server) -> Listed:
    begun = Listed(tmp_path / "sources.yaml")
    begun.write(f'# ours\nnetwork: {{allow: ["{server.allow[0]}"]}}\n'
                "sources:\n  # the first one\n  - url: https://known.example/feed  # keep\n")
    return begun


# ---------------------------------------------------------------------------------------------------- check


TWELVE = """\
site: {title: Veille, lang: fr}
digest:
  at: 25:99
  days: [mon, funday]
sources:
  - url: https://one.example/feed
    wieght: 3
  - url: ftp://two.example/feed
  - name: No address
  - url: https://one.example/feed/
    topics: [platforms]
  - url: https://three.example/feed
    expect_every: often
rules:
  - {mute: "(unclosed"}
limits: {redirects: 999}
colour: blue
"""


def test_twelve_mistakes_are_told_at_once_each_with_line_and_mend(listed: Listed) -> None:
    listed.write(TWELVE)
    lines = listed.run("check", code=1).output.splitlines()
    places = [line.split(" ")[0] for line in lines[:-1]]
    assert [f"sources.yaml:{number}:" for number in (1, 3, 4, 7, 8, 9, 10, 11, 13, 15, 16, 17)] == places
    assert "Did you mean `language`?" in lines[0] and "Did you mean `weight`?" in lines[3]
    assert lines[-1].startswith("12 to mend in sources.yaml")


def test_mistakes_are_told_to_programs_too(listed: Listed) -> None:
    listed.write(TWELVE)
    report = json.loads(listed.run("check", "--json", code=1).output)
    assert report["ok"] is False and len(report["problems"]) == 12 and report["sources"] == []
    assert all(problem["line"] and problem["why"] and problem["mend"] for problem in report["problems"])


def sources(server: Server, *paths: str, more: str = "") -> str:
    listed = "".join(f"  - {{url: \"{server.url(path)}\", id: {path.strip('/')}{more}}}\n" for path in paths)
    return f'network: {{allow: ["{server.allow[0]}"]}}\nsources:\n{listed}'


def test_a_list_that_works_is_fine(listed: Listed, server: Server) -> None:
    listed.write(sources(server, "/feed"))
    output = listed.run("check").output
    assert "ok    feed: 2 entries, newest of 2026-11-23" in output
    assert "1 source asked: 1 fine, 0 with a problem." in output
    assert len(server.asked("/feed")) == 1
    assert (server.requests[0].header("user-agent") or "").startswith("watcher/")


def test_every_source_with_a_problem_says_what_is_wrong_and_what_to_do(listed: Listed, server: Server) -> None:
    server.answer("/page", body=b"<!doctype html><html><p>A page", headers=HTML)
    server.answer("/refused", status=403)
    server.answer("/ill", status=503)
    server.answer("/gone", status=410)
    server.answer("/empty", body=rss(entries=0))
    server.redirect("/moved", server.url("/feed"), 301)
    listed.write(sources(server, "/feed", "/page", "/refused", "/ill", "/gone", "/empty", "/moved", "/missing"))
    output = listed.run("check", code=1).output
    lines = {line.split(":")[0]: line for line in output.splitlines()}
    assert "`kind: page`" in lines["WRONG page"]
    assert "`fragile: true`" in lines["WRONG refused"]
    assert "try again later" in lines["WRONG ill"]
    assert "take it out" in lines["WRONG gone"]
    assert "`empty_ok: true`" in lines["WRONG empty"]
    assert "present address" in lines["WRONG missing"]
    assert f"moved for good to {server.url('/feed')}" in lines["ok    moved"]
    assert "8 sources asked: 2 fine, 6 with a problem." in output


def test_probing_reports_to_programs_in_the_order_of_the_list(listed: Listed, server: Server) -> None:
    listed.write(sources(server, "/missing", "/feed"))
    report = json.loads(listed.run("check", "--json", code=1).output)
    assert [(one["id"], one["ok"], one["class"]) for one in report["sources"]] == [("missing", False, "http-status"), ("feed", True, "")]
    assert report["sources"][1]["newest"] == "2026-11-23"


def test_silence_beyond_what_a_source_promises_is_a_problem(listed: Listed, server: Server) -> None:
    server.answer("/old", body=rss().replace(b"2026", b"2019"))
    listed.write(sources(server, "/old", more=", expect_every: 7d"))
    assert "silent: nothing since 2019-11-23" in listed.run("check", code=1).output


def test_without_network_nobody_is_asked(listed: Listed, server: Server) -> None:
    listed.write(sources(server, "/missing"))
    assert "well written: 1 source, not asked" in listed.run("check", "--no-network").output
    assert server.requests == []


def test_where_nobody_can_be_reached_the_network_is_suspected(listed: Listed, server: Server) -> None:
    listed.write(sources(server, "/feed").replace(str(server.port), "1"))       # nothing listens on port 1
    output = listed.run("check", code=1).output
    assert "WRONG feed: connect: " in output and "is there a network?" in output


def test_no_secret_is_told_by_a_check(listed: Listed, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", "s3cr3t-value")
    listed.write(sources(server, "/missing?key=${TOKEN}").replace("id: missing?key=${TOKEN}", "id: secret"))
    for arguments in (("check",), ("check", "--json")):
        assert "s3cr3t-value" not in listed.run(*arguments, code=1).output
    assert server.requests[0].path == "/missing?key=s3cr3t-value"


def test_a_check_tells_of_overrides_that_name_nothing_known(listed: Listed, server: Server) -> None:
    (listed.path.parent / "overrides.yaml").write_text("join:\n- [https://known.example/1, tag:nobody]\n", encoding="utf-8")
    assert "overrides.yaml" not in listed.run("check", "--no-network").output      # without a store nothing is known, and nothing amiss
    with Store.open(listed.path.parent / ".watcher"):
        pass
    assert "overrides.yaml:2: no entry known so far has this address or id: tag:nobody" in listed.run("check", "--no-network").output
    assert {"file": "overrides.yaml", "line": 2, "name": "tag:nobody"} in json.loads(
        listed.run("check", "--no-network", "--json").output)["unmatched"]
    (listed.path.parent / "overrides.yaml").write_text("join:\n- tag:nobody\n", encoding="utf-8")
    assert "1 to mend in overrides.yaml" in listed.run("check", "--no-network", code=1).output


# ---------------------------------------------------------------------------------------------------- add


def page(*feeds: str) -> bytes:
    links = "".join(f'<link rel="alternate" type="application/rss+xml" href="{feed}">' for feed in feeds)
    return f'<!doctype html><html lang="fr"><head><title>Accueil</title>{links}</head><body><p>Bonjour'.encode()


def test_a_feed_is_added_at_the_end_and_every_comment_stays(listed: Listed, server: Server) -> None:
    before = listed.text
    output = listed.run("add", server.url("/feed")).output
    assert "Found a feed: Le Fil: 2 entries, newest of 2026-11-23: “Titre 0”" in output
    assert listed.text == before + (f"  - url: {server.url('/feed')}\n    name: Le Fil\n    home: https://fil.example/\n    language: fr\n")
    assert config.load(listed.path, {}).sources[1].name == "Le Fil"


def test_behind_a_page_the_first_feed_with_entries_is_found(listed: Listed, server: Server) -> None:
    server.answer("/", body=page("/broken", "/none", "/feed"), headers=HTML)
    server.answer("/broken", body=b"<rss><channel>", headers=HTML)
    server.answer("/none", body=rss(entries=0))
    output = listed.run("add", server.url("/")).output
    assert "is no feed: looking for one" in output
    assert config.load(listed.path, {}).sources[1].url == server.url("/feed")


def test_where_a_page_announces_nothing_the_usual_places_are_tried(listed: Listed, server: Server) -> None:
    server.answer("/", body=page(), headers=HTML)
    server.answer("/feed", status=404)
    server.answer("/rss.xml", body=rss(title="", language=""))
    listed.run("add", server.url("/"))
    source = config.load(listed.path, {}).sources[1]
    assert source.url == server.url("/rss.xml")
    assert (source.name, source.language) == ("Accueil", "fr"), "the page knows what the feed does not say"


CLAUSES = "<p>Nous pouvons modifier ces conditions à tout moment, en vous prévenant trente jours avant.</p>" * 3


def test_where_neither_a_feed_nor_a_text_is_found_nothing_is_added(listed: Listed, server: Server) -> None:
    server.answer("/terms", body=page(), headers=HTML)
    server.answer("/feed", status=404)
    before = listed.text
    result = listed.run("add", server.url("/terms"), code=1)
    assert "No feed was found, and the page itself cannot be watched." in result.output and "almost no text" in result.output
    assert listed.text == before


def test_a_page_without_a_feed_is_added_with_its_text(listed: Listed, server: Server) -> None:
    server.answer("/feed", status=404)
    server.answer("/terms", body=page() + f"<main>{CLAUSES}</main>".encode(), headers=HTML)
    output = listed.run("add", server.url("/terms")).output
    assert "Found a page: Accueil: 3 paragraphs to watch." in output
    source = config.load(listed.path, {}).sources[1]
    assert (source.kind, source.select, source.items, source.language) == ("page", ("main",), (), "fr")


def test_a_page_that_lists_things_is_added_with_selectors_that_turn_it_into_entries(listed: Listed, server: Server) -> None:
    rows = "".join(
        f"<article class='entry'><h2><a href='/changelog/{number}'>Version 2.{number} : les réponses épinglées</a></h2>"
        f"<time datetime='2026-11-{number:02}'>{number} novembre</time><p>Jusqu’à {number} réponses restent en haut.</p></article>"
        for number in range(9, 2, -1))
    server.answer("/feed", status=404)
    server.answer("/changelog", body=page() + f"<main><h1>Nouveautés</h1>{rows}</main>".encode(), headers=HTML)
    output = listed.run("add", server.url("/changelog")).output
    assert "Found a page that lists things: Accueil: 7 entries, newest of 2026-11-09: “Version 2.9 : les réponses épinglées”" in output
    source = config.load(listed.path, {}).sources[1]
    assert (source.kind, dict(source.items)["item"], source.select) == ("page", "article.entry", ())
    assert "ok    accueil: 7 entries, newest of 2026-11-09" in listed.run("check", code=1).output
    before = listed.text
    listed.path.write_text(before.replace("article.entry", ".gone"), encoding="utf-8")
    assert "nothing matches .gone" in listed.run("check", code=1).output


def test_a_page_is_added_when_asked_for(listed: Listed, server: Server) -> None:
    server.answer("/terms", body=page("/feed") + f"<main>{CLAUSES}</main>".encode(), headers=HTML)
    listed.run("add", "--page", server.url("/terms"))
    source = config.load(listed.path, {}).sources[1]
    assert (source.kind, source.url, source.name, source.language) == ("page", server.url("/terms"), "Accueil", "fr")


def test_a_dry_run_shows_the_lines_and_leaves_the_file(listed: Listed, server: Server) -> None:
    before = listed.text
    output = listed.run("add", "--dry-run", server.url("/feed")).output
    assert f"  - url: {server.url('/feed')}\n    name: Le Fil\n" in output
    assert listed.text == before


def test_what_is_in_the_list_is_refused(listed: Listed, server: Server) -> None:
    listed.run("add", server.url("/feed"))
    before = listed.text
    assert "in the list already: Le Fil (`le-fil`)" in listed.run("add", server.url("/feed/"), code=1).output
    server.answer("/", body=page("/feed"), headers=HTML)
    assert "in the list already" in listed.run("add", server.url("/"), code=1).output
    assert listed.text == before


def test_a_private_host_is_refused_with_the_line_that_would_permit_it(tmp_path: Path, server: Server) -> None:
    fresh = Listed(tmp_path / "other.yaml")
    output = fresh.run("add", server.url("/feed"), code=1).output
    assert "forbidden-address" in output and f'network: {{allow: ["{server.allow[0]}"]}}' in output
    assert not fresh.path.exists() and server.requests == []
    fresh.write(f'network: {{allow: ["{server.allow[0]}"]}}\n')
    fresh.run("add", server.url("/feed"))
    assert config.load(fresh.path, {}).sources[0].name == "Le Fil"


def test_a_variable_stays_a_variable(listed: Listed, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", "s3cr3t-value")
    output = listed.run("add", server.url("/feed?key=${TOKEN}")).output
    assert "s3cr3t-value" not in output + listed.text
    assert "key=${TOKEN}" in listed.text


def test_a_page_cannot_make_us_read_our_environment(listed: Listed, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", "s3cr3t-value")
    server.answer("/", body=page("/feed?${TOKEN}"), headers=HTML)
    server.route("/feed", lambda asked, wire: None if "s3cr3t" in asked.path else Reply(200, rss(title="Un ${TOKEN} [x](y): #1")))
    listed.run("add", server.url("/"))
    source = config.load(listed.path, {"TOKEN": "s3cr3t-value"}).sources[1]
    assert "s3cr3t-value" not in source.url and source.name == "Un $ {TOKEN} [x](y): #1"


def test_an_address_for_good_is_the_one_that_is_written(listed: Listed, server: Server) -> None:
    server.redirect("/old", server.url("/feed"), 308)
    listed.run("add", server.url("/old"))
    assert config.load(listed.path, {}).sources[1].url == server.url("/feed")


@pytest.mark.parametrize("address", ["file:///etc/passwd", "https://", "javascript://x", "https://a b.example/", "https://x.example/${NOT_SET}"])
def test_an_address_that_cannot_be_fetched_is_refused(listed: Listed, address: str) -> None:
    before = listed.text
    listed.run("add", address, code=1)
    assert listed.text == before


# ---------------------------------------------------------------------------------------------------- import, export


def test_an_import_adds_what_is_new_counts_what_is_known_and_names_what_is_bad(listed: Listed, tmp_path: Path) -> None:
    before = listed.text
    (tmp_path / "list.opml").write_text(OPML, encoding="utf-8")
    output = listed.run("import", str(tmp_path / "list.opml")).output
    assert "list.opml: 2 added, 1 in the list already, 2 cannot be used." in output
    assert "Local file: the address starts with file:" in output and "Thief: the address has a `${…}`" in output
    assert listed.text.startswith(before)
    _, new, odd = config.load(listed.path, {}).sources
    assert (new.name, new.url, new.home, new.language, new.group) == (
        "New", "https://new.example/feed", "https://new.example/", "fr", "Presse")
    assert odd.name == 'Odd: {name} # "quoted" $ {HOME}'
    assert "0 added, 3 in the list already" in listed.run("import", str(tmp_path / "list.opml")).output


def test_an_import_begins_a_list(tmp_path: Path) -> None:
    fresh = Listed(tmp_path / "fresh.yaml")
    (tmp_path / "list.opml").write_text(OPML, encoding="utf-8")
    fresh.run("import", "--dry-run", str(tmp_path / "list.opml"))
    assert not fresh.path.exists()
    fresh.run("import", str(tmp_path / "list.opml"))
    assert len(config.load(fresh.path, {}).sources) == 3


def test_a_file_that_is_no_opml_changes_nothing(listed: Listed, tmp_path: Path) -> None:
    before = listed.text
    (tmp_path / "list.opml").write_text("<html><body>Hello", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"list\.opml: opml: is a web page\. Export"):
        raise CliRunner().invoke(root, ["--config", str(listed.path), "import", str(tmp_path / "list.opml")]).exception or AssertionError
    assert listed.text == before


def test_a_thousand_sources_are_imported_at_once(tmp_path: Path) -> None:
    fresh = Listed(tmp_path / "fresh.yaml")
    outlines = "".join(f'<outline text="Source {number}" xmlUrl="https://s{number}.example/feed"/>' for number in range(1000))
    (tmp_path / "list.opml").write_text(f"<opml><body>{outlines}</body></opml>", encoding="utf-8")
    assert "1000 added" in fresh.run("import", str(tmp_path / "list.opml")).output


def test_an_export_gives_the_list_back_without_secrets(listed: Listed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", "s3cr3t-value")
    listed.write('sources:\n  - {url: "https://a.example/feed", name: Été, group: Presse}\n  - "https://b.example/feed?key=${TOKEN}"\n')
    result = listed.run("export")
    [source] = feeds.read_opml(result.stdout_bytes)
    assert (source.title, source.group) == ("Été", "Presse")
    assert "s3cr3t" not in result.output and "b.example" in result.stderr
    listed.run("export", "--output", str(tmp_path / "out.opml"))
    assert (tmp_path / "out.opml").read_bytes() == result.stdout_bytes


# ---------------------------------------------------------------------------------------------------- the door


def test_from_the_shell_a_failure_is_one_clear_line(listed: Listed, tmp_path: Path) -> None:
    listed.write("sources: [")
    command = [sys.executable, "-m", "watcher", "--config", str(listed.path), "export"]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert run.returncode == 2 and run.stdout == ""
    assert "sources.yaml:" in run.stderr and "Traceback" not in run.stderr
