"""Many regular expressions → the few that a text can match at all; never one too few."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from watcher.core.patterns import Sieve, key, literals
from watcher.edge import config

EVERY_CHARACTER = "".join(map(chr, range(0x110000)))
OF_LATIN_1 = EVERY_CHARACTER[:256]
VOCABULARY = config.vocabulary()
SHIPPED = tuple(dict.fromkeys((
    *((pattern, re.IGNORECASE) for topic in VOCABULARY.topics for pattern in (*topic.any, *topic.with_entity, *topic.mask)),
    *((pattern, re.NOFLAG) for topic in VOCABULARY.topics for pattern in topic.any_cs),
    *((pattern, re.IGNORECASE) for entity in VOCABULARY.entities for pattern in (*entity.strong, *entity.near, *entity.mask)),
    *((pattern, re.NOFLAG) for entity in VOCABULARY.entities for pattern in (*entity.strong_cs, *entity.weak_cs)),
)))


def wrapped(pattern: str) -> str:
    return rf"(?<!\w)(?:{pattern})(?!\w)"


def passes(pattern: str, text: str, *, whole_words: bool = True) -> bool:
    return Sieve([(pattern, whole_words)]).sift(text).keys() == {0}


# ---------------------------------------------------------------------------------------------------- the key


def test_case_accents_and_punctuation_make_no_difference() -> None:
    assert key("L'Été, à 9h") == key("l’ETE. A 9H") == " l ete  a 9h "


@settings(deadline=None)
@given(st.text())
def test_the_key_is_as_long_as_the_text_and_holds_plain_letters_only(text: str) -> None:
    assert len(key(text)) == len(text) + 2 and re.fullmatch(r" [a-z0-9_ ]* ", key(text))


def test_whatever_is_no_word_character_is_a_space_in_the_key() -> None:
    assert [letter for letter in EVERY_CHARACTER if key(letter).strip() and not re.match(r"\w", letter)] == []


def test_letters_that_a_pattern_takes_for_the_same_have_the_same_key() -> None:
    partners = re.findall(rf"[{re.escape(OF_LATIN_1)}]", EVERY_CHARACTER, re.IGNORECASE)
    told_apart = [(ours, partner) for partner in partners for ours in re.findall(re.escape(partner), OF_LATIN_1, re.IGNORECASE)
                  if key(ours) != key(partner)]
    assert told_apart == [] and len(partners) > 256


# ---------------------------------------------------------------------------------------------------- the literals


@pytest.mark.parametrize(("pattern", "expected"), [
    ("seo", {" seo "}),
    ("r[ée]seaux? socia(?:l|ux)", {" reseau social ", " reseaux social ", " reseau sociaux ", " reseaux sociaux "}),
    ("l'ia|i\\.a\\.", {" l ia ", " i a  "}),
    ("posts?|billets?", {" post ", " posts ", " billet ", " billets "}),
    ("gpt-?\\d\\w*", {" gpt"}),
    ("censur\\w+", {" censur"}),
    ("(?:ban|suspen)ded accounts{1,3}", {" banded account", " suspended account"}),
    ("anthropic(?!\\w)", {" anthropic "}),
    ("[a-z]+ premium", {" premium "}),
    ("[0-9]{2,3} euros", {" euros "}),
    ("(?:very )*late", {"late "}),
    ("ab{2}cdef", {"cdef "}),
    ("x|\\d+", set()),
    ("\\w+", set()),
    (".", set()),
    ("seo|", set()),
])
def test_one_of_the_literals_is_in_whatever_a_pattern_matches(pattern: str, expected: set[str]) -> None:
    assert literals(pattern) == expected


def test_a_pattern_that_may_match_inside_words_needs_no_edges() -> None:
    assert literals("promo", whole_words=False) == {"promo"}
    assert passes("promo", "Superpromotion", whole_words=False) and not passes("promo", "Superpromotion")


def test_a_literal_that_holds_another_one_is_not_looked_for() -> None:
    assert literals("cyber\\w*|cyber attaques?") == {" cyber"}


@pytest.mark.parametrize("pattern", [
    "(?P<name>seo)", "(seo)\\1", "(?i:seo)", "(?#a comment)seo", "\\x73eo", "seo{}", "(?:" * 400 + "seo" + ")" * 400, "(?>seo)", "[\\bs]eo",
])
def test_a_pattern_in_syntax_that_is_not_read_is_always_run(pattern: str) -> None:
    assert literals(pattern) == frozenset() and passes(pattern, "anything at all")


@pytest.mark.parametrize(("pattern", "text"), [
    ("instagram", "İNSTAGRAM"), ("twitter", "Twıtter"), ("tiktok", "TI\u212aTOK"), ("spotify", "ſpotify"),
    ("mål", "M\u212bL"), ("straße", "STRAẞE"), ("µblog", "Μblog"), ("l'haÿ", "L'HAŸ"),
])
def test_letters_from_elsewhere_lose_no_match(pattern: str, text: str) -> None:
    assert re.search(wrapped(pattern), text, re.IGNORECASE) and passes(pattern, text)


def test_an_empty_sieve_lets_nothing_through() -> None:
    assert Sieve([]).sift("text") == {}


def test_a_text_passes_only_the_patterns_that_it_may_match() -> None:
    sieve = Sieve([("seo", True), ("r[ée]f[ée]rencement", True), ("\\d+", True), ("seo local", True)])
    assert sieve.sift("Le référencement local") == {1: [3], 2: []}
    assert sieve.sift("SEO") == {0: [0], 2: []}
    assert sieve.sift("") == {2: []}


def test_every_pattern_shipped_can_be_sifted() -> None:
    assert [pattern for pattern, _ in SHIPPED if not literals(pattern)] == []


# ---------------------------------------------------------------------------------------------------- the law

_LETTERS = st.sampled_from([
    "a", "B", "é", "Ç", "œ", "ß", "s", "k", "i", " ", "-", "'", "2", "_", ".", "^", "$",
    "\\.", "\\+", "\\s", "\\w", "\\d", "\\W", "\\b",
])
_CLASSES = st.sampled_from(["[ée]", "[ -]", "[a-f]", "[^a]", "[sk-]", "[\\wé]", "[\\s-]", "[]a]", "[^]a]", "[abcdefghijk]"])
_BOUNDED = ["", "", "", "?", "{2}", "{0,2}", "{1,3}", "{,2}", "{1}", "{0}", "??", "{0,1}"]
_ENDLESS = ["*", "+", "+?", "*+", "{1,}"]
_LOOKS = st.sampled_from(["(?=", "(?!", "(?<!a)(?:", "(?<=a)(?:", "(?:", "(?:", "(?:", "("])
_ALPHABET = st.sampled_from("aAbBcdefghjéÉçÇœŒßẞsSſkK\u212aiIİı -'.+2_²\n\u00a0~]")


def _row(atom: st.SearchStrategy[str], repeats: list[str]) -> st.SearchStrategy[str]:
    return st.lists(st.tuples(atom, st.sampled_from(repeats)).map("".join), min_size=1, max_size=3).map("".join)


def _group(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Its rows repeat within bounds, and texts are short: endless repeats in each other would keep the engine itself busy for hours."""
    rows = st.lists(_row(inner, _BOUNDED), min_size=1, max_size=3).map("|".join)
    return st.builds("{}{})".format, _LOOKS, rows)


_ATOMS = _LETTERS | _CLASSES
PATTERNS = _row(st.recursive(_ATOMS | _row(_ATOMS, _BOUNDED + _ENDLESS), _group, max_leaves=6), _BOUNDED)


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data(), PATTERNS, st.booleans(), st.sampled_from([re.IGNORECASE, re.NOFLAG]))
def test_the_sieve_loses_no_match(data: st.DataObject, pattern: str, whole_words: bool, flags: re.RegexFlag) -> None:
    try:
        regex = re.compile(wrapped(pattern) if whole_words else pattern, flags)
    except (re.error, FutureWarning):
        assume(False)
    texts = st.text(_ALPHABET, max_size=12)
    if not re.search(r"\(\?[=!<]|[$^]|\\b|\*\+", pattern):          # such patterns may match nothing at all
        texts |= st.from_regex(re.compile(pattern, flags), alphabet=_ALPHABET)
    text = data.draw(texts)[:16]
    if regex.search(text):
        assert passes(pattern, text, whole_words=whole_words)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data(), st.sampled_from(SHIPPED))
def test_the_sieve_loses_no_match_of_the_patterns_shipped(data: st.DataObject, shipped: tuple[str, re.RegexFlag]) -> None:
    pattern, flags = shipped
    regex = re.compile(wrapped(pattern), flags)
    text = data.draw(st.from_regex(re.compile(pattern, flags)))
    if regex.search(text):
        assert passes(pattern, text)
