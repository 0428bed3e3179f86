"""A grouping, and a person who knows better."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from watcher.core import overrides
from watcher.model import Decided


def join(*names: str) -> Decided:
    """Each name stands for the entries that its letters name."""
    return Decided(kind="join", keys=tuple(map(tuple, names)))


def split(*names: str) -> Decided:
    return Decided(kind="split", keys=tuple(map(tuple, names)))


def applied(blocks: str, *decided: Decided, ties: str = "") -> str:
    """"abc de" is two stories, one of a, b and c; ties are pairs of letters."""
    made = overrides.apply(blocks.split(), decided, [(tie[0], tie[1]) for tie in ties.split()])
    return " ".join("".join(block) for block in made)


@pytest.mark.parametrize(("blocks", "decided", "made"), [
    ("ab cd e", (), "ab cd e"),
    ("ab cd e", (join("a", "d"),), "abcd e"),
    ("ab cd e", (join("a", "c"), join("d", "e")), "abcde"),             # joins go on
    ("ab cd e", (join("ac", "e"),), "abcde"),                           # one address that two feeds carry
    ("ab cd e", (join("x", "b", "e"),), "abe cd"),                      # the first one named is gone: the others stay together
    ("ab cd e", (join("a", "x"), split("x", "y")), "ab cd e"),          # of entries that are not there
    ("abc d", (split("a", "c"),), "ab c d"),                            # the first one named keeps the others
    ("abc d", (split("c", "a"),), "a bc d"),
    ("abcd", (split("a", "b", "c"),), "ad b c"),
    ("abcd", (split("a", "b"), join("b", "c")), "ad bc"),               # who goes with whom is said by a join
    ("ay bz", (split("a", "b"), join("y", "b")), "a ybz"),              # a story joined to it stays whole, and the two apart
    ("ab", (split("a", "b"), join("a", "b")), "a b"),                   # apart wins
    ("ab", (join("a", "b"), split("ab", "b")), "ab"),                   # two names of one entry
    ("ab", (split("a"), join("a"), join(), split()), "ab"),
])
def test_stories_are_joined_and_split_as_a_person_decided(blocks: str, decided: tuple[Decided, ...], made: str) -> None:
    assert applied(blocks, *decided) == made


@pytest.mark.parametrize(("ties", "made"), [
    ("ab bc cd", "a bcd"), ("ab ac cd", "acd b"), ("ab ac bc ad", "acd b"), ("ab bc bd ac ad", "acd b"),
])
def test_what_is_tied_to_the_one_that_leaves_goes_along(ties: str, made: str) -> None:
    assert applied("abcd", split("a", "b"), ties=ties) == made


def test_a_name_may_be_the_permanent_link_of_a_story() -> None:
    key = "0123456789abcdef"
    assert {overrides.meant(said) for said in (
        key, f"s-{key}", f"#s-{key}", f" https://veille.example/digests/2026-11-24/#s-{key} ")} == {key}
    assert overrides.meant(" https://a.example/s-1 ") == "https://a.example/s-1"


NAMES = st.lists(st.lists(st.sampled_from("abcdefghijxyz"), max_size=2, unique=True).map(tuple), max_size=3).map(tuple)
DECIDED = st.lists(st.builds(Decided, kind=st.sampled_from(["join", "split"]), keys=NAMES), max_size=5)
PLACES = st.dictionaries(st.sampled_from("abcdefghij"), st.integers(0, 3), min_size=1)
TIES = st.none() | st.lists(st.tuples(st.sampled_from("abcdefghij"), st.sampled_from("abcdefghij")), max_size=8)


@settings(max_examples=300, deadline=None)
@given(places=PLACES, decided=DECIDED, more=TIES, seed=st.integers(0, 2**16))
def test_a_persons_word_makes_a_partition_that_it_does_not_change_again(
        places: dict[str, int], decided: list[Decided], more: list[tuple[str, str]] | None, seed: int) -> None:
    blocks = [[key for key in places if places[key] == number] for number in sorted(set(places.values()))]
    ties = [] if more is None else [(one, other) for block in blocks for one, other in pairwise(block)] + more
    made = overrides.apply(blocks, decided, ties)
    assert sorted(key for block in made for key in block) == sorted(places)                     # a partition
    assert overrides.apply(made, decided, ties) == made                                         # idempotent
    shuffler = random.Random(seed)
    other = [shuffler.sample(block, len(block)) for block in shuffler.sample(blocks, len(blocks))]
    assert set(map(frozenset, overrides.apply(other, decided, ties))) == set(map(frozenset, made))
    of = {key: block for block in made for key in block}
    for one in decided:
        if one.kind == "split":
            for here, there in ((x, y) for number, x in enumerate(one.keys) for y in one.keys[number + 1:]):
                assert all(of[x] != of[y] for x in here for y in there if x in of and y in of and x not in there and y not in here)
    if not any(one.kind == "split" for one in decided):
        assert all(of[x] == of[y] for x, y in overrides.pairs(decided, of))
        assert all(of[x] == of[y] for block in blocks for x, y in pairwise(block))
    if not decided:
        assert [set(block) for block in made] == [set(block) for block in blocks]
