"""What the search reads: every story and every line is found by its words, what is closed keeps its bytes, nothing private is in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from tests import publications as made
from watcher.core import search, searchparts
from watcher.core.searchwords import Words
from watcher.edge import catalogs
from watcher.model import Digest, Publication

RULES = catalogs.stemming()
DIGITS = {digit: value for value, digit in enumerate(searchparts.DIGITS)}


@cache
def words() -> Words:
    return Words(RULES)


def files(publication: Publication) -> dict[str, bytes]:
    return {file.path: file.body for file in search.make(publication, made.speech(), RULES)}


def decoded(written: str) -> Iterator[int]:
    value = shift = 0
    for digit in map(DIGITS.__getitem__, written):
        value += (digit & 31) << shift
        shift += 5
        if digit < 32:
            yield value
            value = shift = 0


def places(written: str) -> list[tuple[int, bool]]:
    """(document, whether the word is in its title)."""
    found, before = [], 0
    for difference in decoded(written):
        place = before + difference
        before = place & ~1
        found.append((place >> 1, place % 2 == 0))
    return found


def shards(all_files: dict[str, bytes], kind: str) -> dict[str, dict[str, list[tuple[int, bool]]]]:
    """Segment → word → places. `kind` is "s" for stories, "l" for lines."""
    found: dict[str, dict[str, list[tuple[int, bool]]]] = {}
    for path, body in all_files.items():
        _, folder, *rest = path.split("/")
        if len(rest) == 1 and rest[0].startswith(kind) and rest[0] != "stories.json":
            shard = json.loads(body)
            assert not found.setdefault(folder, {}).keys() & shard.keys()
            found[folder] |= {word: places(written) for word, written in shard.items()}
    return found


def year(days: int, *, last: date = date(2026, 11, 23)) -> Publication:
    """A digest a day, each with one story and one line that is its own."""
    def digest(on: date) -> Digest:
        told = made.story(made.tagged(f"a{on:%y%m%d}", "fil-social", f"Édition numéro {on:%j}", seen=f"{on} 05:00"))
        left = made.left_out(made.tagged(f"b{on:%y%m%d}", "devsocial", f"Leftover {on:%j}", seen=f"{on} 06:00"), "gate")
        return made.digest(on.isoformat(), f"{on - timedelta(days=1)} 07:30", f"{on} 07:30",
                           sections=(("lead", (made.ranked(told),)),), left=(left,))
    return replace(made.publication(), digests=tuple(digest(last - timedelta(days=back)) for back in range(days)), latest=None)


# ---------------------------------------------------------------------------------------------------- words


@pytest.mark.parametrize(("one", "other"), [
    ("publicité", "publicite"), ("Publicités", "publicité"), ("réseau", "réseaux"), ("règles", "regle"), ("rule", "rules"),
    ("story", "stories"), ("nouvelle", "nouveaux"), ("légal", "légales"), ("policy", "policies"), ("première", "premiers"),
    ("updates", "updated"), ("scroll", "scrolling"), ("annoncé", "annonce"), ("publier", "publie"), ("ŒUVRE", "oeuvres"),
    ("créatrice", "createur"), ("vidéo", "Videos"), ("données", "donnee"), ("ban", "banned"), ("ads", "ad"), ("e\u0301tude", "études"),
])
def test_two_forms_of_a_word_are_one(one: str, other: str) -> None:
    assert words().stems(one) == words().stems(other) != []


@pytest.mark.parametrize(("one", "other"), [
    ("news", "new"), ("données", "dons"), ("taux", "tal"), ("cours", "court"), ("prix", "prise"), ("page", "pagaille"), ("ios", "io"),
    ("Meta", "météo"), ("threads", "three"),
])
def test_two_words_stay_two(one: str, other: str) -> None:
    assert words().stems(one) != words().stems(other)


def test_what_means_nothing_is_passed_over_but_the_platform_of_one_letter() -> None:
    assert words().stems("L’amende d’X : à lire, and the rest of it") == ["amend", "x", "lir", "rest"]


@given(some.text(max_size=80))
def test_any_text_has_words_of_a_bounded_length(text: str) -> None:
    assert all(0 < len(stem) <= RULES.longest + 2 for stem in words().stems(text))


# ---------------------------------------------------------------------------------------------------- files


@given(some.lists(some.integers(0, 1 << 40)))
def test_numbers_are_read_as_they_were_written(values: list[int]) -> None:
    assert list(decoded(searchparts.numbers(values))) == values


def test_every_story_is_found_by_the_words_of_its_title_and_of_those_who_tell_it_too() -> None:
    index = shards(files(made.publication()), "s")
    (folder,) = (name for name in index if name.startswith("2026-11."))
    shown = [one.story for digest in reversed(made.publication().digests) for one in digest.shown]
    assert len(shown) == 8
    for number, story in enumerate(shown):
        for stem in words().stems(story.lead.sighting.entry.title):
            assert (number, True) in index[folder][stem], stem
        for other in story.others:
            for stem in words().stems(other.sighting.entry.title):
                assert {(number, True), (number, False)} & set(index[folder][stem]), stem


def test_every_line_of_a_ledger_is_found_by_its_words_and_its_source_and_what_was_folded_is_not_there_twice() -> None:
    index = shards(files(made.publication()), "l")
    (lines,) = index.values()
    assert lines["astuc"] == [(0, True)] and lines["budget"] == [(1, True)] and lines["~members-only"] == [(2, True)]
    assert {document for found in lines.values() for document, _ in found} == {0, 1, 2}


def test_a_story_that_came_since_the_last_digest_is_found() -> None:
    index = shards(files(made.publication()), "s")
    (latest,) = (found for name, found in index.items() if name.startswith("latest."))
    assert latest["nodal"] == [(0, True)]


def test_a_record_says_where_the_story_stands() -> None:
    all_files = files(made.publication())
    (monday,) = (json.loads(body) for path, body in all_files.items() if path.startswith("search/days/2026-11-23.") and "stories" in path)
    assert monday[0] == ["c1".ljust(16, "0"), made.QUOTA.lead.sighting.entry.title, "clipper-newsroom", 2, "fr", 3]
    assert monday[1][3] == 3


def test_a_word_is_in_the_shard_that_its_place_says() -> None:
    all_files = files(year(400))
    for path, body in all_files.items():
        if not path.endswith("head.json"):
            continue
        for kind, first in (("s", json.loads(body)["stories"]), ("l", json.loads(body)["lines"])):
            assert first == sorted(first)
            for place, (start, end) in enumerate(zip(first, [*first[1:], "\U0010ffff"], strict=True)):
                shard = json.loads(all_files[path.replace("head", f"{kind}{place}")])
                assert min(shard) == start and max(shard) < end


def test_a_shard_stays_small_and_a_word_that_is_everywhere_has_one_of_its_own() -> None:
    index = searchparts.Inverted()
    for document in range(4_000):
        index.add(document, (f"w{document % 997}", "everywhere"))
    first, made_files = index.shards("", "s")
    sizes = {word: len(file.body) for word, file in zip(first, made_files, strict=True)}
    assert len(first) > 3 and all(size < 2 * searchparts.SHARD_CHARS for word, size in sizes.items() if word != "everywhere")


def test_the_same_publication_gives_the_same_bytes_and_the_moment_of_a_build_is_in_none() -> None:
    publication = made.publication()
    assert files(publication) == files(replace(publication, as_of=publication.as_of + timedelta(hours=1)))


def test_before_any_digest_there_is_a_search_that_knows_of_nothing() -> None:
    assert json.loads(files(made.empty())["search/manifest.json"])["segments"] == []


# ---------------------------------------------------------------------------------------------------- parts


def test_a_new_day_makes_its_own_files_and_those_of_its_month_and_leaves_all_others_as_they_were() -> None:
    before, after = files(year(500, last=date(2026, 11, 22))), files(year(501))
    new = {path for path in after if before.get(path) != after[path]}
    assert {path.split("/")[1].split(".")[0] for path in new} == {"2026-11", "days", "manifest"}
    assert {path.split("/")[2][:10] for path in new if path.startswith("search/days/")} == {"2026-11-23"}
    kept = set.intersection(*({part.path for part in search.parts(publication, RULES)}
                              for publication in (year(501), year(500, last=date(2026, 11, 22)))))
    assert len(kept) == 500 + 5        # days, and 2025, three quarters and October


@settings(max_examples=20, deadline=None)
@given(some.integers(1, 1_500), some.dates(date(2025, 1, 1), date(2030, 12, 31)))
def test_every_digest_is_in_one_segment_and_segments_are_few(days: int, last: date) -> None:
    digests = tuple(replace(made.digests()[1], id=(last - timedelta(days=back)).isoformat()) for back in range(days))
    segments = [part for part in search.parts(replace(made.publication(), digests=digests, latest=None), RULES)
                if isinstance(part, search.Segment)]
    assert len(segments) <= last.year - (last - timedelta(days=days - 1)).year + 3 + 3
    spans = [(segment.first_on, segment.last_on) for segment in segments]
    assert spans == sorted(spans, reverse=True) and spans[0][1] == last.isoformat()
    assert sum((date.fromisoformat(end) - date.fromisoformat(start)).days + 1 for start, end in spans) == days


def test_other_rules_of_stemming_make_other_segments_and_the_same_days() -> None:
    other = replace(RULES, stop=())
    paths = [{part.path for part in search.parts(made.publication(), rules)} for rules in (RULES, other)]
    assert all(path.startswith("search/days/") for path in paths[0] & paths[1])
    assert all(not path.startswith("search/days/") for path in paths[0] ^ paths[1])


# ---------------------------------------------------------------------------------------------------- what is in no file


def test_no_address_and_no_secret_of_a_source_is_in_the_search() -> None:
    bad = [path for path, body in files(made.publication()).items() if b"http" in body or made.SECRET.encode() in body]
    assert bad == []


def test_the_words_of_the_manifest_are_the_rules_as_they_are() -> None:
    said: dict[str, Any] = json.loads(files(made.empty())["search/manifest.json"])["words"]
    assert said["steps"] == json.loads(json.dumps(RULES.steps)) and said["stop"] == list(RULES.stop)
