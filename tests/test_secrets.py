"""Secrets in addresses and headers reach the server they are for, and are found nowhere else: PROMISES P5."""

from __future__ import annotations

import re
import sqlite3
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.hostile.stage import Run, run
from tests.newsstand import START, rss
from tests.server import Received, Reply, Server, Wire

# Each in a place of its own, so that one which gets out says where it got out.
PASSWORD, TOKEN, KEY = "pa55-w0rd-secret", "t0ken/secret", "k3y-secret"
FOLDER, LOST, CURSED = "f0lder-secret", "l0st-secret", "curs3d-secret"
SPELLINGS = {spelling for secret in (PASSWORD, TOKEN, KEY, FOLDER, LOST, CURSED) for spelling in (secret, quote(secret, safe=""))}
SPELLINGS.add(b64encode(f"reader:{PASSWORD}".encode()).decode())

SOURCES = """
site: {{url: "https://site.example/"}}
network: {{allow: [{hosts}]}}
sources:
  - {{id: basic, url: "http://reader:{password}@basic.localhost:{port}/basic"}}
  - {{id: token, url: "http://token.localhost:{port}/token?key=${{TOKEN}}"}}
  - {{id: header, url: "http://header.localhost:{port}/header", headers: {{X-Api-Key: "${{KEY}}"}}}}
  - {{id: folder, url: "http://folder.localhost:{port}/${{FOLDER}}/feed"}}
  - {{id: lost, url: "http://{lost}@lost.localhost:{port}/lost?token={lost}", headers: {{Authorization: "Bearer {lost}"}}}}
  - {{id: cursed, url: "http://cursed.localhost:{port}/cursed?token={cursed}", kind: page}}
  - {{id: nowhere, url: "http://{lost}:{lost}@nobody.invalid/feed?access_token={lost}"}}
  - {{id: malformed, url: "http://cursed.localhost:{port}/malformed?sig={cursed}"}}
"""
HOSTS = ("basic", "token", "header", "folder", "lost", "cursed")
ENVIRON = {"TOKEN": TOKEN, "KEY": KEY, "FOLDER": FOLDER}


@dataclass(frozen=True, slots=True)
class Told:
    """A folder after two days, all that the commands said, and what the server was asked."""

    folder: Path
    runs: dict[str, Run]
    server: Server


def _entries(day: int, *, link: str) -> bytes:
    return rss(*((f"Instagram changes rule {number} of {link}", f"https://{link}.example/{number}",
                  START - timedelta(days=1 - number, hours=1)) for number in range(day + 1)))


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    folder = tmp_path_factory.mktemp("secrets")
    day = 0

    def feed(asked: Received, wire: Wire) -> Reply:
        """A feed that names its own address, as feeds do."""
        own = f"<link>http://{asked.header('host')}{asked.path.replace('&', '&amp;')}</link><item>"
        return Reply(200, _entries(day, link=asked.path.strip("/")[:5]).replace(b"<item>", own.encode(), 1))

    def moved(asked: Received, wire: Wire) -> Reply:
        """Moved for good, the question with it, as servers do."""
        return feed(asked, wire) if asked.path.startswith("/new") else Reply(301, b"", (("Location", f"/new{asked.path}"),))

    def abroad(asked: Received, wire: Wire) -> Reply:
        """Sent to another host, the credentials in the address with it taken out by nobody but us."""
        return Reply(302, b"", (("Location", f"http://basic.localhost:{server.port}/stranger"),))

    with Server() as server:
        for name in ("basic", "header", f"{FOLDER}/feed"):
            server.route(f"/{name}", feed)
        server.route("/token", moved)
        server.route("/new/token", moved)
        server.route("/lost", abroad)
        server.answer("/stranger", 200, rss(("Instagram of a stranger", "https://stranger.example/1", START)))
        server.route("/cursed", lambda asked, wire: Reply(200, f"<title>x</title>{'<p>Words.' * 90}".encode()) if not day else Reply(503))
        server.route("/malformed", lambda asked, wire: Reply(302, b"", (("Location", f"gopher://{asked.path}"),)))
        (folder / "sources.yaml").write_text(SOURCES.format(
            hosts=", ".join(f"{host}.localhost" for host in HOSTS), port=server.port, password=PASSWORD, lost=LOST, cursed=CURSED))
        runs = {"first": run(folder, "build", "--json", "--now", (START - timedelta(days=1)).isoformat(), **ENVIRON)}
        day = 1
        runs["second"] = run(folder, "build", "--now", START.isoformat(), **ENVIRON)
        for name, arguments in {
            "check": ["check"], "export": ["export"], "explain": ["explain", "https://basic.example/1"],
            "missing": ["missing", "http://folder.localhost/other"],
            "journal": ["journal", "save", "journal"],
            "unset": ["build"], "offline": ["build", "--offline", "--now", START.isoformat()],
        }.items():
            runs[name] = run(folder, *arguments, **(ENVIRON if name != "unset" else {"KEY": KEY, "TOKEN": TOKEN}))
        yield Told(folder, runs, server)


def secrets_in(words: str) -> set[str]:
    return {spelling for spelling in SPELLINGS if spelling in words}


def test_each_secret_reaches_the_server_it_is_for(told: Told) -> None:
    asked = told.server.asked
    basic = "Basic " + b64encode(f"reader:{PASSWORD}".encode()).decode()
    assert {request.header("authorization") for request in asked("/basic")} == {basic}
    assert {request.header("x-api-key") for request in asked("/header")} == {KEY}
    assert len(asked(f"/{FOLDER}/feed")) >= 2
    assert any(request.path in (f"/token?key={TOKEN}", f"/token?key={quote(TOKEN, safe='')}") for request in told.server.requests)
    assert {request.header("authorization") for request in told.server.requests if request.path.startswith("/lost")} == {f"Bearer {LOST}"}


def test_no_secret_reaches_another_host(told: Told) -> None:
    assert told.server.asked("/stranger")
    for request in told.server.requests:
        host = (request.header("host") or "").partition(".")[0]
        own = {"basic": {PASSWORD}, "token": {TOKEN}, "header": {KEY}, "folder": {FOLDER}, "lost": {LOST}, "cursed": {CURSED}}[host]
        said = f"{request.path} {request.headers}"
        assert not [secret for secret in secrets_in(said) if not any(secret in (mine, quote(mine, safe="")) for mine in own)
                    and secret != b64encode(f"reader:{PASSWORD}".encode()).decode()], request.path
        assert request.path != "/stranger" or request.header("authorization") is None
        assert request.header("referer") is None


@pytest.mark.parametrize("name", ["first", "second", "check", "export", "explain", "missing", "journal", "unset", "offline"])
def test_no_command_says_a_secret(told: Told, name: str) -> None:
    ran = told.runs[name]
    assert ran.code in ((1, 2) if name in ("check", "unset") else (0,)), ran.err
    assert "Traceback" not in ran.err
    assert secrets_in(ran.out + ran.err) == set()


@pytest.mark.parametrize("where", ["site", ".watcher", "journal"])
def test_no_file_holds_a_secret(told: Told, where: str) -> None:
    looked = 0
    for path in (told.folder / where).rglob("*"):
        if path.is_file():
            looked += 1
            assert secrets_in(path.read_bytes().decode("latin-1")) == set(), path
    assert looked > 0


def test_no_row_of_the_store_holds_a_secret(told: Told) -> None:
    with sqlite3.connect(f"file:{told.folder / '.watcher' / 'store.sqlite'}?mode=ro", uri=True) as database:
        said = "\n".join(database.iterdump())
    database.close()
    assert "Instagram changes rule 1" in said
    assert secrets_in(said) == set()


def test_the_site_shows_where_a_source_lives_and_not_where_it_is_fetched(told: Told) -> None:
    page = (told.folder / "site" / "sources" / "token" / "index.html").read_text(encoding="utf-8")
    assert re.search(r'href="http://token\.localhost:\d+/"', page)
    assert "/token?" not in page and "/new/token" not in page
