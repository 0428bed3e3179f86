from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from watcher.core import meaning
from watcher.edge import centres
from watcher.model import Centres, Entry, Revision, Sighting

NOW = datetime(2026, 11, 24, tzinfo=UTC)
DIRECTIONS = arrays.arrays(np.float32, (6, 384), elements=st.floats(-1, 1, width=32))


def sighting(title: str, summary: str = "", *, revisions: tuple[Revision, ...] = ()) -> Sighting:
    return Sighting(key="k", entry=Entry(source_id="s", id="", link="", title=title, summary=summary), fingerprint="", first_seen_at=NOW,
                    revisions=revisions)


def test_the_first_wording_counts_however_often_it_is_mended() -> None:
    first = meaning.wording(sighting("Instagram tests shcedules", "Soon."))
    mended = Revision(seen_at=NOW, changed=("title",), title="Instagram tests shcedules", summary="Soon.")
    assert meaning.wording(sighting("Instagram tests schedules", "Now.", revisions=(mended,))) == first
    assert meaning.wording(sighting("Instagram tests schedules", "Soon.")) != first


def test_no_title_has_no_wording_and_a_long_one_is_bounded_after_it_is_written_out() -> None:
    assert meaning.wording(sighting(" ", "a summary")) is None
    long = meaning.wording(sighting("\ufdfa" * 300, "\ufdfa" * 300))        # eighteen characters each, when written out
    assert long is not None and len(long.title) <= 300 and len(long.summary) <= 160
    assert len(long.id) == 32


def test_title_and_summary_are_told_apart() -> None:
    one, other = meaning.wording(sighting("a b", "c")), meaning.wording(sighting("a", "b c"))
    assert one is not None and other is not None and one.id != other.id


@given(DIRECTIONS, DIRECTIONS, st.permutations(range(6)))
def test_a_vector_depends_on_its_own_text_alone_and_its_products_are_exact(titles: meaning.Floats, summaries: meaning.Floats,
                                                                           order: list[int]) -> None:
    shipped = centres.load()
    found = meaning.vectors(meaning.place(titles, summaries, shipped))
    assert found[order].tobytes() == meaning.vectors(meaning.place(titles[order], summaries[order], shipped)).tobytes()
    lengths = np.linalg.norm(found, axis=1)
    assert ((lengths < 1.02) & ((lengths > 0.3) | (lengths == 0))).all()
    similar = meaning.similarities(list(found), list(found))
    exact = found.astype(np.float64) @ found.T.astype(np.float64)
    assert (similar == exact).all()
    assert (similar[np.ix_(order, order)] == meaning.similarities(list(found[order]), list(found[order]))).all()


def test_what_a_language_adds_is_taken_away() -> None:
    random = np.random.default_rng(4)
    said = random.normal(0, 0.3, (4, 384)).astype(np.float32)
    french, english = (random.normal(0, 1, 384).astype(np.float32) for _ in range(2))
    middles = Centres(title=np.stack([french, english]), summary=np.zeros((2, 384), np.float32))
    none = np.zeros((4, 384), np.float32)
    assert (meaning.place(said + french, none, middles) == meaning.place(said + english, none, middles)).mean() > 0.99
    assert (meaning.place(said, none, middles) != meaning.place(said + english, none, middles)).mean() > 0.5


def test_the_summary_counts_half_and_none_counts_nothing() -> None:
    title, summary = np.eye(384, dtype=np.float32)[:1], np.eye(384, dtype=np.float32)[1:2]
    middles = Centres(title=np.zeros((1, 384), np.float32), summary=np.zeros((1, 384), np.float32))
    both = meaning.place(title, summary, middles)[0]
    alone = meaning.place(title, np.zeros_like(summary), middles)[0]
    assert alone.tolist() == [127] + [0] * 383                              # what is beyond the scale stops at its end
    assert both[0] == 127 and both[1] == 127 and not both[2:].any()
    spread = np.full((1, 384), 384 ** -0.5, np.float32)
    assert meaning.place(spread, -spread, middles)[0].tolist() == [26] * 384


def test_a_title_that_is_near_to_everything_is_less_of_a_match_than_one_that_is_near_to_one() -> None:
    similar = np.array([[0.6, 0.6, 0.1], [0.1, 0.6, 0.1], [0.0, 0.6, 0.2]], np.float32)
    margins = meaning.margins(similar)
    assert margins[0, 0] > margins[0, 1]
    assert replace(centres.load()).title.shape == (2, 384)
