"""What on a web page is no news."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.core import noise


@pytest.mark.parametrize(("one", "other"), [
    ("© 2025 Plume, Inc.", "© 2026 Plume, Inc."),
    ("Copyright 2019-2025 Plume", "Copyright 2019-2026 Plume"),
    ("Copyright (c) 2025. All rights reserved.", "Copyright (c) 2026. All rights reserved."),
    ("Updated 3 hours ago by Ana", "Updated 2 days ago by Ana"),
    ("Publié il y a 3 heures", "Publié il y a 2 jours"),
    ("Article with 1,204 views and 12 comments", "Article with 1,377 views and 13 comments"),
    ("Suivi par 12 400 abonnés", "Suivi par 12 512 abonnés"),
    ("Join 1.2M followers", "Join 1.3M followers"),
    ("Request 3f2a9c81d4e5b6a7f8091a2b3c4d5e6f served", "Request 0a1b2c3d4e5f60718293a4b5c6d7e8f9 served"),
    ("It’s “new”  here – today", "It's \"new\" here - today"),
    ("Wait…", "Wait..."),
])
def test_what_changes_by_itself_makes_no_difference(one: str, other: str) -> None:
    assert noise.sense(one) == noise.sense(other) != ""


@pytest.mark.parametrize("paragraph", [
    "1,204 views", "3 hours ago", "hier", "42", "12 | 34 | 5 %", "8 min read", "2026-11-24", "Tuesday, November 24, 2026",
    "mardi 24 novembre 2026",
    "24 Nov 2026, 08:30 UTC", "It is 08:30", "Aujourd’hui, 24/11/2026", "08:30:12", "", " | ",
])
def test_a_paragraph_of_nothing_but_noise_says_nothing(paragraph: str) -> None:
    assert noise.sense(paragraph) == ""


@pytest.mark.parametrize(("one", "other"), [
    ("You must be 13 years old.", "You must be 15 years old."),
    ("Limit: 200 calls an hour", "Limit: 100 calls an hour"),
    ("Plus | 9 €", "Plus | 11 €"),
    ("Last updated: 23 November 2026", "Last updated: 24 November 2026"),
    ("Effective on 1 January 2027, your data", "Effective on 1 March 2027, your data"),
    ("v24.0", "v25.0"),
    ("You may share content.", "You may not share content."),
    ("Graph API 24.0 was released in 2025", "Graph API 24.0 was released in 2026"),
])
def test_what_a_reader_wants_to_know_makes_a_difference(one: str, other: str) -> None:
    assert noise.sense(one) != noise.sense(other)


@pytest.mark.parametrize(("title", "paragraph", "words"), [
    ("404 Not Found", "x" * 5_000, "404"),
    ("Just a moment...", "", "Just a moment"),
    ("Plume", "Please enable JavaScript to use this site.", "enable JavaScript"),
    ("Plume", "Vous devez activer JavaScript.", "activer JavaScript"),
    ("Plume", "Log in to continue", "Log in to continue"),
    ("Plume", "Error: 503 Service Unavailable", "503 Service Unavailable"),
    ("Plume", "Nous utilisons des cookies pour", "Nous utilisons des cookies"),
    ("Plume", "We use cookies. " + "A long policy about cookies. " * 100, ""),
    ("Plume", "Version 404 of the terms", ""),
    ("Changelog", "Gray ideas, forbidden colours and 500 fonts", ""),
])
def test_a_page_that_asks_for_something_first_is_told_from_one_that_speaks_of_it(title: str, paragraph: str, words: str) -> None:
    assert noise.wall(title, [paragraph]) == words


@given(st.text(max_size=120))
def test_what_a_paragraph_says_is_said_again_the_same_way(paragraph: str) -> None:
    assert noise.sense(noise.sense(paragraph)) == noise.sense(paragraph)
