"""A change of a watched page → its passages, and the entry that tells it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from watcher.core import noise, pagediff, redline
from watcher.core.language import Speech
from watcher.edge import catalogs
from watcher.model import Entry, Limits, PageChange, PageText, Redline, Source

NOW = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)
SOURCE = Source(id="plume-terms", name="Conditions de Plume", kind="page", url="https://plume.example/terms?key=s3cret",
                home="https://plume.example/terms", language="en")


def page(*paragraphs: str, seen_at: datetime = NOW) -> PageText:
    return PageText(source_id="plume-terms", title="Terms", paragraphs=paragraphs, hash=noise.digest(paragraphs), seen_at=seen_at)


TERMS = page(
    "Terms of Plume", "You may plan posts from your account, as often as you like.", "We keep your data for twelve months after you leave.",
    "Plus | 9 €",
)


def line(before: PageText, after: PageText, **how: bool) -> Redline:
    change = pagediff.compare(before, after)
    assert change is not None
    return redline.make(SOURCE, before, after, change, **how)


def told(before: PageText, after: PageText, language: str = "fr", **how: bool) -> Entry:
    speech = Speech(catalogs.catalog("fr" if language == "fr" else "en"), "Europe/Paris")
    entry = redline.entry(line(before, after, **how), speech=speech)
    assert (entry.source_id, entry.link, entry.language) == ("plume-terms", "https://plume.example/terms", "en")
    assert entry.published is None and entry.updated is None
    assert "s3cret" not in repr(entry)
    return entry


# ---------------------------------------------------------------------------------------------------- the entry


def test_an_entry_quotes_what_came_and_what_went_in_the_language_of_the_site() -> None:
    after = page(*TERMS.paragraphs[:3], "New: an API.")
    french, english = told(TERMS, after), told(TERMS, after, "en")
    assert french.title == "Conditions de Plume, page modifiée\u00a0: «\u00a0New: an API.\u00a0»"
    assert french.summary == ("Ajouté\u00a0: «\u00a0New: an API.\u00a0»\n"
                              "Retiré\u00a0: «\u00a0Plus | 9 €\u00a0»\n3 mots ajoutés, 4 mots retirés.")
    assert english.title == "Conditions de Plume, page changed: “New: an API.”"
    assert english.summary == "Added: “New: an API.”\nRemoved: “Plus | 9 €”\n3 words added, 4 words removed."
    assert english.id == after.hash and english.categories == (redline.PAGE_CHANGE,)


def test_a_change_that_the_page_does_not_date_is_said_to_be_silent() -> None:
    dated = page(*TERMS.paragraphs, "Last updated: 2 March 2026")
    entry = told(dated, page(*TERMS.paragraphs, "Posts may train models.", "Last updated: 2 March 2026"), "en")
    assert entry.title == "Conditions de Plume, page changed without saying so: “Posts may train models.”"
    assert entry.summary.endswith("\nSilent change: the line “Last updated: 2 March 2026” did not move.")
    assert redline.SILENT_CHANGE in entry.categories
    entry = told(dated, page(*TERMS.paragraphs, "Posts may train models.", "Last updated: 3 March 2026"), "en")
    assert "Silent" not in entry.summary and redline.SILENT_CHANGE not in entry.categories
    assert "Silent" not in told(TERMS, page(*TERMS.paragraphs, "Posts may train models."), "en").summary


def test_what_only_went_a_touch_up_and_a_rebuilt_page_are_titled_so() -> None:
    assert told(TERMS, page(*TERMS.paragraphs[:3]), "en").title == "Conditions de Plume, passage removed: “Plus | 9 €”"
    touched = told(TERMS, page("Terms of Plume #", *TERMS.paragraphs[1:]), "en", touch=True)
    assert touched.title.startswith("Conditions de Plume, touched up") and redline.TOUCH_UP in touched.categories
    assert told(TERMS, page("All new."), "en", rebuilt=True).title == "Conditions de Plume, page rebuilt: “All new.”"


def test_of_an_edited_paragraph_the_words_that_changed_are_quoted_with_their_neighbours() -> None:
    long = ("Every word of this sentence stays where it is, since nobody edits it, but you are told that we keep your data for {} months "
            "after you close the account, and all of this sentence stays as well, to the very end of it.")
    entry = told(page(long.format("twelve")), page(long.format("six")), "en")
    assert entry.title == "Conditions de Plume, page changed: “that we keep your data for six months after you close the account,”"
    assert entry.summary == ("Added: “… that we keep your data for six months after you close the account, …”\n"
                             "Removed: “… that we keep your data for twelve months after you close the account, …”\n"
                             "1 word added, 1 word removed.")
    entry = told(page("You may share it, but never sell it to others."), page("You may share it, but sell it to others."), "en")
    assert entry.summary == "Removed: “You may share it, but never sell it to others.”\n1 word removed."


def test_how_much_and_whether_it_was_silent_is_said_however_much_is_quoted() -> None:
    before = page("Terms", "Last updated: 2 March 2026")
    entry = told(before, page("Terms", *(f"Clause {number}: {'words ' * 60}" for number in range(50)), "Last updated: 2 March 2026"), "en")
    assert len(entry.summary) <= Limits().summary_chars
    assert entry.summary.splitlines()[-2:] == ["3,100 words added.",
                                               "Silent change: the line “Last updated: 2 March 2026” did not move."]


def test_a_text_goes_by_the_same_name_wherever_it_is_seen_but_not_when_it_comes_back_after_long() -> None:
    later = page(*TERMS.paragraphs[::-1], seen_at=NOW + timedelta(days=3))
    one = redline.make(SOURCE, TERMS, later, PageChange(added=("x",), removed=()))
    assert redline.entry(one, speech=None).id == TERMS.hash
    assert redline.entry(one, speech=None, again=True).id != TERMS.hash


# ---------------------------------------------------------------------------------------------------- passages


def test_passages_are_in_the_order_of_the_page_each_with_what_stands_before_it() -> None:
    before = page("One.", "Two.", "Three.", "Four is a paragraph that is edited here.", "Five.", "Six.", "Seven.", "Eight.")
    after = page("Zero.", "One.", "Two.", "Three.", "Four is a paragraph that was edited here.", "Five.", "Six.", "Eight.")
    assert line(before, after).passages == (
        (("added", "Zero."),),
        (),
        (("kept", "Three."),),
        (("kept", "Four is a paragraph that"), ("removed", "is"), ("added", "was"), ("kept", "edited here.")),
        (),
        (("kept", "Six."),),
        (("removed", "Seven."),),
    )


def test_a_change_is_counted_in_words_and_knows_its_texts() -> None:
    after = page(*TERMS.paragraphs[:3], "Plus | 11 €", "New: an API.", seen_at=NOW + timedelta(days=1))
    one = line(TERMS, after)
    assert (one.added, one.removed, one.before, one.after) == (4, 1, TERMS.hash, after.hash)
    assert (one.before_at, one.seen_at, one.name, one.home) == (NOW, NOW + timedelta(days=1), "Conditions de Plume", SOURCE.home)


def test_a_redline_is_bounded_and_says_what_it_leaves_out() -> None:
    after = page(*(f"Clause {number}: {'word ' * 700}" for number in range(80)))
    one = line(TERMS, after)
    assert sum(len(words) for passage in one.passages for _, words in passage) <= redline.KEPT_CHARS
    assert one.more > 0 and one.added > 50_000


WORDS = st.lists(st.sampled_from(("we", "keep", "your", "data", "for", "six", "months", "twelve", "never")), min_size=1, max_size=12)


@given(st.lists(WORDS.map(" ".join), max_size=8), st.lists(WORDS.map(" ".join), max_size=8))
def test_every_paragraph_of_a_change_is_in_its_redline_once_as_it_was_and_as_it_is(one: list[str], other: list[str]) -> None:
    before, after = page(*one), page(*other)
    change = pagediff.compare(before, after)
    if change is None:
        return
    shown = redline.make(SOURCE, before, after, change).passages
    for paragraphs, kind in ((change.added, "added"), (change.removed, "removed")):
        said = [" ".join(words for name, words in passage if name in (kind, "kept")) for passage in shown]
        for paragraph in paragraphs:
            assert paragraph in said


def test_outside_text_is_kept_as_it_is_for_the_page_to_escape() -> None:
    hostile = "<script>alert(1)</script> & ]]>"
    assert (("added", hostile),) in line(TERMS, replace(page(*TERMS.paragraphs, hostile))).passages
