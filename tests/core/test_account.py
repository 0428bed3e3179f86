"""What `watcher explain` says of an entry, to a person who has never seen the inside."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Literal

import pytest
import yaml

from tests import publications as made
from watcher.core import account, overrides
from watcher.core.ladder import climb
from watcher.edge import catalogs
from watcher.model import Decided, Override, Publication, Story, Tagged

LANGUAGES: tuple[Literal["fr", "en"], ...] = ("fr", "en")


def climbed(publication: Publication) -> Publication:
    sources = {source.id: source for source in publication.sources}
    return replace(publication, stories=climb(publication.stories, sources=sources, cues=catalogs.cues()))


def told_by_many(publication: Publication) -> Story:
    return next(story for story in publication.stories if story.others)


def said(item: Tagged, publication: Publication, language: Literal["fr", "en"] = "en", *decided: tuple[Override, Decided]) -> str:
    return "\n".join(account.tell(item, publication, decided, made.speech(language)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_entry_has_an_account_in_either_language(language: Literal["fr", "en"]) -> None:
    publication = climbed(made.publication(language))
    everyone = [one for story in publication.stories for one in story.members]
    everyone += [one for ones in publication.by_source.values() for one in ones]
    for one in everyone:
        text = said(one, publication, language)
        assert one.sighting.key in text and "{" not in text.replace(one.sighting.entry.title, "")


def test_it_says_the_status_with_who_earned_it_the_tellings_with_their_evidence_and_the_points_as_a_sum() -> None:
    publication = climbed(made.publication("en"))
    story = told_by_many(publication)
    text = said(story.lead, publication)
    publisher = made.name_of(story.rungs[-1] and next(one for one in story.members if one.sighting.key == story.rungs[-1].key))
    assert re.search(rf"^Status: \w.*\n(  .+\n)*  .+, \d\d:\d\d: .*{re.escape(publisher)}", text, re.MULTILINE)
    assert f"Told by {len(story.members)} articles" in text and "in this story because:\n      – same title as" in text
    ranked = next(one for digest in publication.digests for one in digest.shown if one.story.others)
    account_of_it = said(ranked.story.lead, publication)
    points = [float(found.replace("\u2212", "-")) for found in re.findall(r"^ +([+\u2212][\d.]+)  ", account_of_it, re.MULTILINE)]
    total = re.findall(r"= ([\d.]+)  in all", account_of_it)
    assert sum(points) == pytest.approx(sum(map(float, total))) and points
    assert "Tags, and the words that prove them:" in text


def test_the_lines_to_paste_are_yaml_that_splits_and_joins_this_very_story() -> None:
    publication = climbed(made.publication("en"))
    story = told_by_many(publication)
    item = story.others[0]
    pasted = yaml.safe_load(said(item, publication).rpartition("alone):\n")[2])
    keep, leave = pasted["split"][0]
    assert leave == item.sighting.entry.link and pasted["join"] == [[leave, "https://…"]]
    names = {one.sighting.entry.link: one.sighting.key for one in story.members}
    decided = Decided(kind="split", keys=((names[keep],), (names[leave],)))
    assert (item.sighting.key,) in overrides.apply([[one.sighting.key for one in story.members]], [decided])


def test_entries_that_share_an_address_are_named_by_their_ids() -> None:
    publication = climbed(made.publication("en"))
    story = told_by_many(publication)
    twin = replace(story.others[0], sighting=replace(story.others[0].sighting, entry=replace(
        story.others[0].sighting.entry, link=story.lead.sighting.entry.link)))
    both = replace(publication, stories=(replace(story, others=(twin,)),))
    assert json.dumps([story.lead.sighting.key, twin.sighting.key]) in said(twin, both)


def test_what_was_decided_by_hand_is_said_with_its_line_and_its_unknown_names() -> None:
    publication = climbed(made.publication("en"))
    item = told_by_many(publication).lead
    override = Override(kind="split", names=(item.sighting.entry.link, "tag:nobody"), line=7)
    text = said(item, publication, "en", (override, Decided(kind="split", keys=((item.sighting.key,), ()))))
    assert "line 7 of overrides.yaml: these are never in one story" in text
    assert f"{item.sighting.entry.link}: {item.sighting.entry.title}" in text
    assert "tag:nobody (no entry known so far has this address or id)" in text
    assert "overrides.yaml: these" not in said(item, publication)
