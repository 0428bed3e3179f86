"""The server of the demo: what each sample source answers at each moment, over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from http.client import HTTPConnection, HTTPMessage
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest

from watcher.core import parse
from watcher.edge import config, demo, samples
from watcher.edge.demo import Publishers
from watcher.edge.samples import ZONE, Publisher
from watcher.model import Config, Feed, Fetched, Limits, SiteSettings, Validators

BY_ID = {publisher.id: publisher for publisher in samples.publishers(demo.SHIPPED)}


class Got(NamedTuple):
    status: int
    headers: HTTPMessage
    body: bytes


@pytest.fixture
def publishers() -> Iterator[Publishers]:
    with Publishers() as open_now:
        yield open_now


def get(publishers: Publishers, path: str, method: str = "GET", **headers: str) -> Got:
    host, _, port = publishers.address.partition(":")
    line = HTTPConnection(host, int(port), timeout=10)
    try:
        line.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        response = line.getresponse()
        return Got(response.status, response.headers, response.read())
    finally:
        line.close()


def everything(publishers: Publishers) -> list[tuple[str, int, bytes, tuple[tuple[str, str], ...]]]:
    """All that all sources answer at all moments."""
    answers = []
    for moment in publishers.moments:
        publishers.at(moment)
        for publisher in BY_ID.values():
            for path in publisher.paths:
                got = get(publishers, path)
                answers.append((f"{moment.isoformat()} {path}", got.status, got.body, tuple(got.headers.items())))
    return answers


def paris(said: str) -> datetime:
    return datetime.fromisoformat(said).replace(tzinfo=ZONE)


def list_of(publishers: Publishers, folder: Path, language: str) -> Config:
    path = folder / language / "sources.yaml"
    publishers.write_sources(path, language="en" if language == "en" else "fr")
    return config.load(path, {})


# ------------------------------------------------------------------------------------------------------ answers


def test_two_servers_on_two_ports_answer_the_same_bytes() -> None:
    with Publishers() as one, Publishers() as other:
        assert one.address != other.address
        assert everything(one) == everything(other)


def test_every_source_answers_at_every_moment_as_scripted(publishers: Publishers) -> None:
    odd: dict[str, list[tuple[str, int]]] = {}
    for moment in publishers.moments:
        publishers.at(moment)
        for publisher in BY_ID.values():
            got = get(publishers, publisher.path)
            read = parse.read(as_fetched(publisher, got, moment), language=publisher.language, limits=Limits())
            if publisher.format == "page":
                assert got.status == 200 and "<h1>Conditions" in got.body.decode()
            elif isinstance(read, Feed) and got.status == 200:
                assert len(read.entries) == len(samples.shown(publisher, moment)) > 0
            else:
                odd.setdefault(publisher.id, []).append((f"{moment.astimezone(ZONE):%a %H:%M}", got.status))
    assert odd == {
        "devsocial-weekly": [("Wed 07:25", 500), ("Wed 12:40", 500), ("Wed 18:15", 500),
                             ("Thu 07:25", 200), ("Thu 12:40", 200), ("Thu 18:15", 200)],
        "nodal-product": [(f"{moment.astimezone(ZONE):%a %H:%M}", 301) for moment in publishers.moments
                          if moment > paris("2026-11-18 13:45")],
        "boite-a-brouillons": [("Mon 12:40", 410), ("Mon 18:15", 410), ("Tue 07:25", 410), ("Tue 10:40", 410)],
    }


def as_fetched(publisher: Publisher, got: Got, moment: datetime) -> Fetched:
    return Fetched(source_id=publisher.id, url=f"http://127.0.0.1:1{publisher.path}", status=got.status, body=got.body,
                   media_type=got.headers["Content-Type"], validators=Validators(), fetched_at=moment)


def test_the_feed_that_moves_is_at_its_new_address_only_after_the_move(publishers: Publishers) -> None:
    old, new = BY_ID["nodal-product"].paths
    publishers.at(paris("2026-11-18 12:40"))
    assert (get(publishers, old).status, get(publishers, new).status) == (200, 404)
    publishers.at(paris("2026-11-18 18:15"))
    moved = get(publishers, old)
    assert (moved.status, moved.headers["Location"]) == (301, new)
    assert get(publishers, new).status == 200 and b"This blog moves house" in get(publishers, new).body


def test_the_feed_that_breaks_comes_back_with_what_was_published_meanwhile(publishers: Publishers) -> None:
    path = BY_ID["devsocial-weekly"].path
    publishers.at(paris("2026-11-19 12:40"))
    assert get(publishers, path).headers.get_content_type() == "text/html"
    publishers.at(paris("2026-11-20 07:25"))
    back = get(publishers, path)
    assert back.status == 200 and b"a migration in one afternoon" in back.body


def test_what_has_not_changed_is_304_and_what_has_is_not(publishers: Publishers) -> None:
    known: dict[str, tuple[str, bytes]] = {}
    unchanged = 0
    for moment in publishers.moments:
        publishers.at(moment)
        for publisher in BY_ID.values():
            path = publisher.paths[-1] if get(publishers, publisher.path).status == 301 else publisher.path
            whole = get(publishers, path)
            etag = whole.headers["ETag"]
            if whole.status != 200 or etag is None:
                continue
            if publisher.id in known:
                before_etag, before_body = known[publisher.id]
                asked = get(publishers, path, If_None_Match=f'"older", W/{before_etag}')
                assert (asked.status == 304) == (before_body == whole.body)
                assert asked.status == 200 or (asked.body == b"" and asked.headers["ETag"] == before_etag)
                unchanged += asked.status == 304
            known[publisher.id] = (etag, whole.body)
    assert unchanged > 100


def test_a_server_without_etags_goes_by_dates(publishers: Publishers) -> None:
    path = BY_ID["clipper-changelog"].path
    publishers.at(paris("2026-11-19 12:40"))
    first = get(publishers, path)
    assert "ETag" not in first.headers and first.headers["Last-Modified"] == "Wed, 18 Nov 2026 14:00:00 GMT"
    assert get(publishers, path, If_Modified_Since=first.headers["Last-Modified"]).status == 304
    assert get(publishers, path, If_Modified_Since="yesterday, more or less").status == 200
    publishers.at(paris("2026-11-19 18:15"))
    assert get(publishers, path, If_Modified_Since=first.headers["Last-Modified"]).status == 200


def test_an_etag_goes_before_a_date(publishers: Publishers) -> None:
    path = BY_ID["acel"].path
    first = get(publishers, path)
    assert get(publishers, path, If_None_Match='"other"', If_Modified_Since=first.headers["Last-Modified"]).status == 200


def test_a_page_without_validators_is_always_sent_whole(publishers: Publishers) -> None:
    got = get(publishers, BY_ID["clipper-conditions"].path)
    assert got.status == 200 and not {"etag", "last-modified"} & {name.lower() for name in got.headers}


def test_the_clock_is_the_simulated_one_and_may_go_back(publishers: Publishers) -> None:
    path = BY_ID["fil-social"].path
    assert get(publishers, path).headers["Date"] == "Sun, 15 Nov 2026 06:25:00 GMT"
    first = get(publishers, path).body
    publishers.at(publishers.moments[-1])
    assert get(publishers, path).headers["Date"] == "Tue, 24 Nov 2026 09:40:00 GMT"
    assert get(publishers, path).body != first
    publishers.at(publishers.moments[0])
    assert get(publishers, path).body == first


def test_what_is_not_there_is_404_and_a_query_makes_no_difference(publishers: Publishers) -> None:
    assert get(publishers, "/").status == get(publishers, "/../sources.fr.yaml").status == 404
    assert get(publishers, BY_ID["acel"].path + "?utm_source=x").status == 200
    head = get(publishers, BY_ID["acel"].path, method="HEAD")
    assert head.status == 200 and head.body == b"" and int(head.headers["Content-Length"]) > 1_000


def test_after_the_context_nobody_answers() -> None:
    with Publishers() as closed:
        address = closed.address
    host, _, port = address.partition(":")
    line = HTTPConnection(host, int(port), timeout=2)
    with pytest.raises(ConnectionRefusedError):
        line.request("GET", "/")
    line.close()
    with pytest.raises(RuntimeError):
        assert closed.address


# ------------------------------------------------------------------------------------------------------ sources.yaml


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_list_that_is_written_is_one_that_loads(publishers: Publishers, tmp_path: Path, language: str) -> None:
    loaded = list_of(publishers, tmp_path, language)
    assert loaded.site.language == language and loaded.allow == (publishers.address,)
    assert {source.id: urlsplit(source.url).path for source in loaded.sources} == {one.id: one.path for one in BY_ID.values()}
    for source in loaded.sources:
        publisher = BY_ID[source.id]
        assert urlsplit(source.url).netloc == publishers.address
        assert (source.home, source.language, source.kind) == (
            publisher.home, publisher.language, "page" if publisher.format == "page" else "feed")


def test_both_languages_list_the_same_watch(publishers: Publishers, tmp_path: Path) -> None:
    french, english = (list_of(publishers, tmp_path, language) for language in ("fr", "en"))
    shared = {"site": SiteSettings(), "rules": (), "sources": ()}
    assert replace(french, **shared) == replace(english, **shared)
    assert [replace(rule, name="") for rule in french.rules] == [replace(rule, name="") for rule in english.rules]
    assert [replace(source, group="", name="") for source in french.sources] == [
        replace(source, group="", name="") for source in english.sources]


def test_the_shipped_lists_are_themselves_lists_that_load() -> None:
    for language in ("fr", "en"):
        loaded = config.load(Path(str(demo.SHIPPED.joinpath(f"sources.{language}.yaml"))), {})
        assert loaded.allow == (demo.PLACEHOLDER,)


def test_the_demo_shows_every_kind_of_source(publishers: Publishers, tmp_path: Path) -> None:
    loaded = list_of(publishers, tmp_path, "fr")
    sources = {source.id: source for source in loaded.sources}
    assert sources["courrier-des-quais"].gate and sources["ricochet-status"].empty_ok and sources["clipper-conditions"].kind == "page"
    silent = sources["institut-conversation"]
    newest = max(telling.at for telling in BY_ID[silent.id].entries)
    assert silent.expect_every is not None and publishers.moments[-1] - newest > silent.expect_every + timedelta(days=3)
    assert {source.language for source in loaded.sources} == {"fr", "en"} and any(rule.action == "mute" for rule in loaded.rules)
