"""An outline knows of a digest what the site must know while nobody opens it."""

from __future__ import annotations

from dataclasses import replace

from tests import publications as made
from watcher.core import outlines, pages


def test_an_outline_counts_and_names_what_is_in_its_digest() -> None:
    for digest in made.digests():
        outline = outlines.make(digest, hash="x")
        assert (outline.id, outline.shown, outline.left_out, outline.hash) == (digest.id, len(digest.shown), len(digest.left_out), "x")
        assert [story_id for story_id, _ in outline.stories] == [one.story.id for one in digest.shown]
        assert {line.source_id for line in digest.left_out} <= set(outline.sources)


def test_a_page_of_a_closed_digest_keeps_its_key_until_something_it_says_changes() -> None:
    publication = made.publication()
    def keys(**changed: object) -> dict[str, str]:
        return {leaf.path: leaf.key for leaf in pages.leaves(replace(publication, **changed), made.speech(), base="b")}  # type: ignore[arg-type]

    before, oldest = keys(), f"digests/{publication.digests[-1].id}/"
    assert before[oldest] and before[oldest] == keys(health=(), stories=(), as_of=publication.as_of.replace(minute=1))[oldest]
    renamed = tuple(replace(source, name=source.name + "!") for source in publication.sources)
    assert before[oldest] != keys(sources=renamed)[oldest]
    assert before[oldest] != keys(site=replace(publication.site, title="Another"))[oldest]
    last_but_one = f"digests/{publication.digests[1].id}/"
    assert before[last_but_one] != keys(digests=publication.digests[1:])[last_but_one]      # it leads to no later one then
