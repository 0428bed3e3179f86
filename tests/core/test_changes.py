"""Entries + what we knew → new, revised, unchanged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.core import changes
from watcher.model import Changes, Entry, Known, Sighting

NOW = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
YESTERDAY = NOW - timedelta(days=1)
NOTHING = Known(source_id="plume", identities={}, sightings={})


def article(number: int = 1, **said: object) -> Entry:
    fields: dict[str, object] = {
        "source_id": "plume", "id": f"tag:plume.example,2026:{number}", "link": f"https://plume.example/blog/{number}",
        "title": f"Plume changes rule number {number}", "summary": f"Rule {number} says something else from Monday on.",
        "published": NOW - timedelta(hours=number), "language": "en",
    }
    return Entry(**(fields | said))  # type: ignore[arg-type]  # a test names only the fields it is about


def after(known: Known, found: Changes) -> Known:
    """What a store would know after keeping what was found."""
    return Known(
        source_id=known.source_id, identities={**known.identities, **dict(found.identities)},
        sightings={**known.sightings, **{sighting.key: sighting for sighting in (*found.new, *found.revised)}},
    )


def look(entries: Sequence[Entry], known: Known = NOTHING, *, first: bool = False, at: datetime = NOW) -> Changes:
    return changes.compare(changes.prepare(entries), known, first_look=first, last_success_at=None if first else YESTERDAY, seen_at=at)


def knowing(*entries: Entry) -> Known:
    return after(NOTHING, look(entries, first=True, at=YESTERDAY))


def news(found: Changes) -> list[str]:
    return [sighting.entry.title for sighting in found.new if not sighting.backlog]


# ---------------------------------------------------------------------------------------------------- one entry, for ever


SAME = {
    "the title": {"title": "Plume changes its rules, and nobody told you"},
    "the text": {"summary": "Something else entirely."},
    "the date": {"published": NOW},
    "no date any more": {"published": None},
    "white space": {"title": "  Plume   changes\nrule number 1 ", "id": " tag:plume.example,2026:1\n"},
    "the address, its id kept": {"link": "https://plume.example/2026/rule-1"},
    "the address, its title and date kept": {"id": "", "link": "https://plume.example/2026/rule-1"},
    "the id, its address kept": {"id": "8f1c7e", "title": "Another title"},
    "the id and the address": {"id": "8f1c7e", "link": "https://new.example/a"},
    "the domain": {"link": "https://plume.new/blog/1", "id": "https://plume.new/?p=1"},
    "the scheme": {"id": "", "title": "T", "link": "http://plume.example/blog/1"},
    "a tracking parameter": {"id": "", "title": "T", "link": "https://www.plume.example/blog/1/?utm_source=rss&fbclid=a1"},
    "a session parameter": {"id": "", "title": "T", "link": "https://plume.example/blog/1;jsessionid=0123456789ABCDEF"},
    "an id lost": {"id": ""},
    "an address lost": {"link": ""},
    "everything but the id": {"link": "", "title": "", "summary": "", "published": None},
}


@pytest.mark.parametrize("said", SAME.values(), ids=SAME)
def test_an_entry_is_not_new_again_when_this_changed(said: dict[str, object]) -> None:
    found = look([article(1, **said), article(2)], knowing(article(1), article(2)))
    assert found.new == ()
    assert len(found.revised) + len(found.unchanged) == 2


def test_an_id_that_is_an_address_may_change_its_scheme_and_tracking() -> None:
    known = knowing(article(1, id="http://plume.example/?p=77", link="https://plume.example/a"))
    assert look([article(9, id="https://www.plume.example/?p=77&utm_medium=feed", link="https://plume.example/b")], known).new == ()


def test_an_entry_that_vanished_and_came_back_is_not_news() -> None:
    known = knowing(article(1), article(2))
    known = after(known, look([article(2), article(3)], known))
    assert look([article(1), article(2), article(3)], known).new == ()


def test_names_learnt_today_are_known_tomorrow() -> None:
    known = knowing(article(1))
    known = after(known, look([article(1, id="moved-1")], known))
    known = after(known, look([article(1, id="moved-1", link="https://new.example/1")], known))
    assert look([article(1, id="", link="https://new.example/1?utm_source=x", title="Other", published=None)], known).new == ()


def test_equal_ids_of_two_sources_are_two_entries() -> None:
    here, there = look([article(1)]), look([article(1)], replace(NOTHING, source_id="other"))
    assert here.new[0].key != there.new[0].key


def test_a_key_is_sixteen_hexadecimal_digits_and_the_same_everywhere() -> None:
    assert look([article(1)]).new[0].key == look([article(2), article(1)], at=YESTERDAY).new[1].key
    assert len(look([article(1)]).new[0].key) == 16 and int(look([article(1)]).new[0].key, 16) >= 0


def test_a_key_that_is_taken_is_not_given_again() -> None:
    taken = look([article(1)]).new[0].key
    known = Known(source_id="plume", identities={"id:some-other": taken}, sightings={})
    assert look([article(1)], known).new[0].key != taken


# ---------------------------------------------------------------------------------------------------- entries that share something


APART = {
    "a link": ({"link": "https://plume.example/changelog"}, {"link": "https://plume.example/changelog"}),
    "a link, without ids": ({"id": "", "link": "https://plume.example/log"}, {"id": "", "link": "https://plume.example/log"}),
    "a link, without ids and dates": ({"id": "", "link": "https://plume.example/log", "published": None},
                                      {"id": "", "link": "https://plume.example/log", "published": None}),
    "an id": ({"id": "post"}, {"id": "post"}),
    "an empty id and the home page": ({"id": "", "link": "https://plume.example/"}, {"id": "", "link": "https://plume.example"}),
    "an id and a link": ({"id": "post", "link": "https://plume.example/log"}, {"id": "post", "link": "https://plume.example/log"}),
    "a title": ({"title": "Update"}, {"title": "Update"}),
    "a title and a date": ({"title": "Update", "published": NOW}, {"title": "Update", "published": NOW}),
    "a title and nothing else": ({"id": "", "link": "", "published": None, "title": "Update"},
                                 {"id": "", "link": "", "published": None, "title": "Update"}),
    "no title, no id and no link": ({"id": "", "link": "", "title": "", "published": None},
                                    {"id": "", "link": "", "title": "", "published": None}),
    "a word for no id": ({"id": "null", "link": "", "published": None}, {"id": "null", "link": "", "published": None}),
}


@pytest.mark.parametrize(("one", "other"), APART.values(), ids=APART)
def test_entries_that_share_this_stay_apart(one: dict[str, object], other: dict[str, object]) -> None:
    both = [article(1, **one), article(2, **other)]
    found = look(both)
    assert len({sighting.key for sighting in found.new}) == 2
    again = look(both, after(NOTHING, found))
    assert (len(again.new), len(again.revised), len(again.unchanged)) == (0, 0, 2)


@pytest.mark.parametrize(("one", "other"), APART.values(), ids=APART)
def test_the_second_of_two_that_share_this_is_news_and_the_first_is_not(one: dict[str, object], other: dict[str, object]) -> None:
    first, second = article(1, **one), article(2, **other)
    known = knowing(first)
    found = look([second, first], known)
    assert [sighting.entry.summary for sighting in found.new] == [second.summary]
    known = after(known, found)
    assert look([first, second], known).new == ()
    assert look([second], known).new == look([first], known).new == ()


def test_what_was_once_shared_names_nobody_later_either() -> None:
    log = "https://plume.example/changelog"
    known = knowing(article(1, link=log), article(2, link=log))
    assert news(look([article(3, link=log)], known)) == ["Plume changes rule number 3"]


@pytest.mark.parametrize("home", ["https://plume.example", "http://www.plume.example/?utm_source=rss", "https://plume.example/index.html"])
def test_a_home_page_is_nobodys_address(home: str) -> None:
    known = knowing(article(1, link=home))
    assert news(look([article(2, link=home)], known)) == ["Plume changes rule number 2"]


def test_an_entry_that_stands_twice_in_a_document_is_one_entry() -> None:
    double = [article(1), article(2), article(1, updated=NOW, summary="Rule 1 was corrected.")]
    found = look(double)
    assert [sighting.entry.summary for sighting in found.new] == ["Rule 1 was corrected.", article(2).summary]
    assert look(double, after(NOTHING, found)).new == ()


def test_entries_that_look_the_same_to_a_reader_are_one_entry() -> None:
    assert len(look([article(1, id="a"), article(1, id="b")]).new) == 1


def test_ids_that_are_places_in_the_list_lose_nothing() -> None:
    def listed(*numbers: int) -> list[Entry]:
        return [article(number, id=str(place)) for place, number in enumerate(numbers, start=1)]

    known = knowing(*listed(3, 2, 1))
    for newest in (4, 5, 6):
        found = look(listed(newest, newest - 1, newest - 2), known)
        assert news(found) == [f"Plume changes rule number {newest}"]
        known = after(known, found)


def test_ids_that_change_at_every_look_do_not_fill_the_store() -> None:
    known = knowing(article(1))
    for number in range(60):
        found = look([article(1, id=f"random-{number}")], known)
        assert found.new == ()
        known = after(known, found)
    assert len(known.identities) <= changes.IDENTITIES


def test_changes_of_a_watched_page_are_told_apart_by_their_id_alone() -> None:
    def told(hash: str) -> list[Entry]:
        return [article(1, id=hash, link="https://plume.example/terms", title="The terms changed", published=None)]

    known = NOTHING
    for hash in ("one", "two", "three"):
        found = changes.compare(changes.prepare(told(hash), by_id=True), known, first_look=False, last_success_at=YESTERDAY, seen_at=NOW)
        assert [sighting.entry.id for sighting in found.new] == [hash]
        known = after(known, found)
    again = changes.compare(changes.prepare(told("two"), by_id=True), known, first_look=False, last_success_at=YESTERDAY, seen_at=NOW)
    assert again.new == ()


def test_what_a_person_types_finds_the_identity_of_an_entry() -> None:
    names = changes.identities(article(1))
    assert changes.names("tag:plume.example,2026:1")[0] in names
    assert set(changes.names(" http://www.plume.example/blog/1/?utm_source=mail ")) & set(names)
    assert not set(changes.names("https://plume.example/blog/2")) & set(names)


# ---------------------------------------------------------------------------------------------------- revisions


def test_an_earlier_wording_is_kept_with_what_changed() -> None:
    known = knowing(article(1))
    edited = article(1, title="Plume postpones rule number 1", authors=("Ada",))
    revised, = look([edited], known).revised
    assert (revised.entry.title, revised.changed_at, revised.first_seen_at) == (edited.title, NOW, YESTERDAY)
    revision, = revised.revisions
    assert (revision.title, revision.summary, revision.seen_at) == (article(1).title, article(1).summary, NOW)
    assert revision.changed == ("title", "authors")
    assert revised.fingerprint == changes.fingerprint(edited) != changes.fingerprint(article(1))


UNSEEN: dict[str, dict[str, object]] = {
    "case and spaces": {"title": "plume  CHANGES rule number 1"},
    "kinds of quotes": {"summary": "“Rule 1” — it’s out"},
    "when it was updated": {"updated": NOW},
    "categories and language": {"categories": ("rules",), "language": "en-GB"},
    "a query in its address": {"link": "https://plume.example/blog/1?visit=81723"},
    "a date that moved forward": {"published": NOW},
}


@pytest.mark.parametrize("said", UNSEEN.values(), ids=UNSEEN)
def test_what_no_reader_sees_is_no_revision(said: dict[str, object]) -> None:
    before = {"summary": "\"Rule 1\" - it's out"} if "summary" in said else {}
    found = look([article(1, **said)], knowing(article(1, **before)))
    assert (found.new, found.revised, len(found.unchanged)) == ((), (), 1)


def test_the_same_text_cut_earlier_is_no_revision() -> None:
    long = "Rule 1 says something else from Monday on, and from Tuesday on another thing still."
    known = knowing(article(1, summary=long))
    assert look([article(1, summary="Rule 1 says something else from Monday on,…")], known).revised == ()
    assert look([article(1, summary="Rule 1 says something else [...]")], known).revised == ()
    assert look([article(1, summary="Rule 1 says nothing [...]")], known).revised != ()


def test_words_added_at_the_end_are_a_revision() -> None:
    known = knowing(article(1, summary="Logins fail."))
    assert look([article(1, summary="Logins fail. Solved at noon.")], known).revised[0].revisions[0].changed == ("summary",)


def test_a_moved_entry_takes_its_new_address_and_keeps_it() -> None:
    known = knowing(article(1))
    found = look([article(1, link="https://plume.new/1")], known)
    assert found.revised[0].entry.link == "https://plume.new/1"
    assert found.revised[0].revisions[0].changed == ("link",)
    known = after(known, found)
    assert look([article(1)], known).revised == look([article(1, link="https://plume.new/1")], known).revised == ()


def test_the_last_twenty_wordings_are_kept() -> None:
    known = knowing(article(1))
    for number in range(30):
        known = after(known, look([article(1, title=f"Wording {number}")], known))
    sighting, = known.sightings.values()
    assert [revision.title for revision in sighting.revisions] == [f"Wording {number}" for number in range(9, 29)]


def test_an_entry_whose_wording_was_not_loaded_is_unchanged() -> None:
    known = replace(knowing(article(1)), sightings={})
    assert look([article(1, title="Other words")], known).new == look([article(1, title="Other words")], known).revised == ()


# ---------------------------------------------------------------------------------------------------- dates


def test_a_date_is_kept_from_first_sight() -> None:
    known = knowing(article(1))
    revised, = look([article(1, title="Again on top", published=NOW)], known).revised
    assert revised.entry.published == article(1).published


def test_a_date_that_has_not_come_is_no_date() -> None:
    known = NOTHING
    for at in (NOW, NOW + timedelta(days=400)):
        found = look([article(1, published=NOW + timedelta(days=300), title=f"Seen at {at}")], known, at=at)
        known = after(known, found)
    sighting, = known.sightings.values()
    assert sighting.entry.title.endswith(str(NOW + timedelta(days=400))) and sighting.entry.published is None
    assert look([article(1, published=NOW + timedelta(hours=3))]).new[0].entry.published == NOW + timedelta(hours=3)


def test_at_first_look_only_the_last_two_days_are_news() -> None:
    said = [article(1, published=NOW - timedelta(hours=47)), article(2, published=NOW - timedelta(hours=49)),
            article(3, published=None), article(4, published=NOW + timedelta(days=9))]
    assert news(look(said, first=True)) == ["Plume changes rule number 1"]
    assert len(look(said, first=True).new) == 4


def test_at_first_look_nothing_is_news_where_nothing_is_dated() -> None:
    assert news(look([article(number, published=None) for number in range(9)], first=True)) == []


def test_an_archive_that_reappears_is_no_news() -> None:
    known = knowing(article(1))
    said = [article(1), article(2), article(3, published=None), article(4, published=YESTERDAY - timedelta(days=31)),
            article(5, published=YESTERDAY - timedelta(days=29))]
    assert news(look(said, known)) == [f"Plume changes rule number {number}" for number in (2, 3, 5)]


# ---------------------------------------------------------------------------------------------------- everything new at once


def renamed(number: int, **said: object) -> Entry:
    return article(number, **({"id": f"new-{number}", "link": f"https://new.example/{number}", "title": f"Redone {number}"} | said))


def test_a_page_that_turns_new_at_once_is_quarantined() -> None:
    known = knowing(*(article(number) for number in range(24, 34)))
    found = look([renamed(number) for number in range(24, 34)], known)
    assert found.quarantined and len(found.new) == 10 and news(found) == []
    assert not look([renamed(number) for number in range(24, 34)], after(known, found)).quarantined


def test_many_undated_entries_that_are_new_at_once_are_quarantined_and_a_few_are_not() -> None:
    known = knowing(*(article(number, published=None) for number in range(12)))
    assert look([renamed(number, published=None) for number in range(12)], known).quarantined
    assert not look([renamed(number, published=None) for number in range(9)], known).quarantined


def test_a_busy_feed_that_turned_over_is_news() -> None:
    known = knowing(*(article(number, published=YESTERDAY - timedelta(hours=30 + number)) for number in range(10)))
    # Nothing of the last look is left; the dates are from before it, as publishers are late, but newer than all that was known.
    found = look([renamed(number, published=YESTERDAY - timedelta(hours=number)) for number in range(10)], known)
    assert not found.quarantined and len(news(found)) == 10


def test_a_feed_that_was_empty_may_bring_many() -> None:
    assert len(news(look([article(number, published=None) for number in range(12)]))) == 12


MOVES: dict[str, dict[str, object]] = {
    "titles and dates stay": {"id": "", "link": ""}, "ids stay": {"link": "", "title": "", "published": None},
    "titles alone stay": {"id": "", "link": "", "published": None},
}


@pytest.mark.parametrize("lost", MOVES.values(), ids=MOVES)
def test_a_domain_that_moves_is_known(lost: dict[str, object]) -> None:
    known = knowing(*(article(number) for number in range(24, 36)))
    moved = [replace(article(number), **{
        name: value if name == "published" else f"https://moved.example/{name}/{number}" for name, value in lost.items()
    }) for number in range(24, 36)]  # type: ignore[arg-type]  # names of fields
    found = look([*moved, renamed(1)], known)
    assert not found.quarantined and news(found) == ["Redone 1"] and len(found.new) == 1


# ---------------------------------------------------------------------------------------------------- laws


few = st.sampled_from
entries = st.lists(st.builds(
    Entry, source_id=st.just("plume"), id=few(["", "1", "2", "3", "null", "https://plume.example/a"]),
    link=few(["", "https://plume.example/", "https://plume.example/a", "http://www.plume.example/a?utm_source=x", "https://plume.example/b"]),
    title=few(["", "Update", "update!", "Plume opens", "Plume closes"]), summary=few(["", "One", "Two"]),
    published=few([None, YESTERDAY, NOW, NOW + timedelta(days=40)]), updated=few([None, NOW]),
), max_size=8)


def keyed(found: Changes) -> set[str]:
    return {sighting.key for sighting in (*found.new, *found.revised)} | set(found.unchanged)


@given(entries, entries)
def test_each_entry_is_exactly_one_of_new_revised_unchanged(before: list[Entry], now: list[Entry]) -> None:
    found = look(now, after(NOTHING, look(before)))
    told = len(found.new) + len(found.revised) + len(found.unchanged)
    assert len(keyed(found)) == told <= len(now)
    assert bool(told) == bool(now)


@given(entries, entries, entries)
def test_comparing_twice_gives_nothing_new(first: list[Entry], second: list[Entry], third: list[Entry]) -> None:
    known = NOTHING
    for document in (first, second, third):
        found = look(document, known)
        known = after(known, found)
        again = look(document, known)
        assert again.new == () and keyed(again) == keyed(found)
        known = after(known, again)
        assert look(document, known).identities == look(document, known).revised == ()


@given(entries, entries, st.randoms(use_true_random=False))
def test_the_order_of_entries_makes_no_difference(before: list[Entry], now: list[Entry], random: object) -> None:
    known = after(NOTHING, look(before))
    shuffled = list(now)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # Hypothesis gives a random.Random
    one, other = look(now, known), look(shuffled, known)

    def by_key(sightings: tuple[Sighting, ...]) -> list[Sighting]:
        return sorted(sightings, key=lambda sighting: sighting.key)

    assert (by_key(one.new), by_key(one.revised), set(one.unchanged)) == (by_key(other.new), by_key(other.revised), set(other.unchanged))
    assert dict(one.identities) == dict(other.identities)


@given(entries, entries)
def test_what_the_entries_ask_for_is_all_that_is_needed(before: list[Entry], now: list[Entry]) -> None:
    known = after(NOTHING, look(before))
    asked = changes.prepare(now).lookups
    lean = replace(known, identities={name: known.identities[name] for name in asked if name in known.identities})
    assert look(now, lean) == look(now, known)


@given(entries)
def test_no_entry_is_without_identity(said: list[Entry]) -> None:
    assert all(changes.identities(entry) for entry in said)


def test_news_is_news_also_when_the_clock_was_years_ahead_at_the_last_look() -> None:
    known = after(NOTHING, look([article(1)], first=True))
    found = changes.compare(changes.prepare([article(2), article(1)]), known, first_look=False,
                            last_success_at=NOW + timedelta(days=1500), seen_at=NOW)
    assert [sighting.backlog for sighting in found.new] == [False]
