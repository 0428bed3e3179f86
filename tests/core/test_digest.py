"""Ordered stories + a period → a digest of five minutes at most, and a ledger in which nothing is lost."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.newsroom import NOW, VOCABULARY, grouped, listed, source, telling
from watcher.core import digest, ladder, rank
from watcher.core.language import Speech
from watcher.edge import catalogs
from watcher.model import Digest, DigestSettings, Period, Ranked, Rule, Source, Tagged

GAZETTE, HERALD, LOCAL = source("Gazette", weight=2), source("Herald", weight=3), source("Le Local", gate=True)
PIAF, OISEAU = source("Piaf Newsroom", weight=3, primary=True), source("Oiseau Blog", weight=1, primary=True)
SOURCES = listed(GAZETTE, HERALD, LOCAL, PIAF, OISEAU)
CUES = catalogs.cues()
DAY = Period(id="2026-11-24", start_at=NOW, end_at=NOW + timedelta(hours=24))
NEXT = Period(id="2026-11-25", start_at=NOW + timedelta(hours=24), end_at=NOW + timedelta(hours=48))
SAID = "Piaf le dit dans une note que chacun peut lire. La note ne dit rien des groupes, ni des pages."


def ranked(tagged: Sequence[Tagged], sources: Mapping[str, Source] = SOURCES) -> tuple[Ranked, ...]:
    found = ladder.climb(grouped(digest.eligible(tagged), sources), sources=sources, cues=CUES)
    return rank.order(found, sources=sources, cues=CUES, vocabulary=VOCABULARY)


def composed(*tagged: Tagged, period: Period = DAY, told: Mapping[str, str] | None = None, minutes: int = 5,
             sources: Mapping[str, Source] = SOURCES) -> Digest:
    known = [one for one in tagged if one.sighting.first_seen_at < period.end_at]
    return digest.compose(period, as_of=period.end_at, tagged=tagged, ranked=ranked(known, sources), told=told or {},
                          settings=DigestSettings(minutes=minutes), vocabulary=VOCABULARY, sources=sources)


def shown(made: Digest) -> list[str]:
    return [one.story.lead.sighting.entry.title for one in made.shown]


def reasons(made: Digest) -> dict[str, str]:
    return {line.title: line.why.name for line in made.left_out}


def sections(made: Digest) -> dict[str, int]:
    return {section.topic: len(section.ranked) for section in made.sections}


def told_by(*made: Digest) -> dict[str, str]:
    told: dict[str, str] = {}
    for one in made:
        told |= {member.sighting.key: one.id for each in one.shown for member in each.story.members}
    return told


# No two publishers of a test in one another's words: these would be one story.
WORDS_OF = ("numéro : une longue annonce pour les gens du métier", "fois : ce que chacun peut lire ailleurs depuis ce matin",
            "jours : de quoi parlent les équipes quand vient le soir", "lignes : un billet sans détour sur la vie des autres",
            "pages : il faudra relire tout cela avant la fin du mois")


def many(by: Source, count: int, *, word: str = "Piaf", hours: float = 1.0, topic: str = "publicite") -> list[Tagged]:
    """So many different stories of one publisher."""
    said = WORDS_OF[len(by.name) % len(WORDS_OF)]
    titles = [f"{word} {number + 1000 * len(by.name)} {said}" for number in range(count)]
    return [telling(by, title, hours=hours + number / 1000, topics=(topic,), names=("piaf",), summary=SAID)
            for number, title in enumerate(titles)]


def test_what_is_kept_out_is_kept_out_for_the_reason_the_reader_is_told() -> None:
    mute = Rule(name="pas de sport", action="mute", pattern="match")
    made = composed(
        telling(GAZETTE, "Une archive", backlog=True), telling(LOCAL, "La fête au village", kept=False),
        telling(GAZETTE, "Un match de gala", rule=mute), telling(GAZETTE, "Piaf change", topics=("plateformes",), names=("piaf",)),
    )
    assert reasons(made) == {"Une archive": "backlog", "La fête au village": "gate", "Un match de gala": "muted"}
    assert shown(made) == ["Piaf change"] and made.seen == 4
    [muted] = [line.why for line in made.left_out if line.why.name == "muted"]
    assert Speech(catalogs.catalog("en"), "Europe/Paris").because(muted) == "muted by your rule “pas de sport”"


def test_the_other_tellings_of_a_shown_story_are_folded_into_it() -> None:
    title = "Piaf suspend les comptes de moins de quinze ans"
    one, two = telling(GAZETTE, title, topics=("plateformes",)), telling(HERALD, title, topics=("plateformes",), hours=1)
    made = composed(one, two)
    [line] = made.left_out
    assert (line.key, line.why.name, line.story_id) == (one.sighting.key, "folded", made.shown[0].story.id)
    assert made.shown[0].story.lead is two


def test_three_stories_lead_with_their_first_sentences_and_the_rest_follows_by_topic() -> None:
    made = composed(*many(HERALD, 3, word="Piaf ajoute"), *many(GAZETTE, 2, topic="pannes"),
                    telling(GAZETTE, "Oracle sort un modèle", names=("oracle",)))
    assert sections(made) == {"lead": 3, "pannes": 2, "other": 1}
    assert all(one.teaser == SAID for one in made.sections[0].ranked)


def test_what_changes_in_rules_and_what_broke_stand_before_the_topics_and_a_recovery_is_told() -> None:
    terms, quiet = source("Piaf Terms", kind="page"), {"hours": 1.0, "names": ("piaf",)}
    made = composed(
        *many(HERALD, 3, word="Piaf en panne", topic="pannes"),
        telling(GAZETTE, "Piaf : un billet sur la mer", topics=("ia",), names=("piaf",)),
        telling(OISEAU, "Piaf updates its policy on links", topics=("publicite",), **quiet),
        telling(terms, "Conditions de Piaf : un paragraphe a changé", topics=("plateformes",), **quiet),
        telling(GAZETTE, "Piaf : le service est rétabli", topics=("pannes",), **quiet),
        sources=SOURCES | listed(terms),
    )
    assert list(sections(made)) == ["lead", "rules", "pannes", "ia"]
    assert {one.story.lead.sighting.entry.source_id for one in made.sections[1].ranked} <= {"oiseau-blog", "piaf-terms"}
    assert ["recovered" in {reason.name for reason in one.reasons} for one in made.sections[2].ranked] == [True]


def test_a_quiet_day_has_no_leading_story() -> None:
    how_to = telling(PIAF, "10 tips for better posts on Piaf", topics=("publicite",), names=("piaf",))
    assert sections(composed(telling(GAZETTE, "Un billet sur la mer"), how_to)) == {"publicite": 1, "other": 1}


def test_the_five_minutes_hold_and_the_best_stay() -> None:
    crowd = [telling(source(f"Revue {number}", weight=2), f"Piaf numéro {number} : une longue annonce pour tous les gens du métier",
                     topics=(("plateformes", "publicite", "pannes", "ia")[number % 4],), names=("piaf",), summary=SAID)
             for number in range(200)]
    sources = SOURCES | listed(*(source(f"Revue {number}", weight=2) for number in range(200)))
    outage = telling(HERALD, "Piaf en panne mondiale", topics=("pannes",), names=("piaf",), hours=20)
    for minutes in (1, 5, 9):
        made = composed(*crowd, outage, minutes=minutes, sources=sources)
        assert made.reading_s <= minutes * 60
        assert made.reading_s >= minutes * 60 - 20 or set(reasons(made).values()) == {"section-full"}
        assert shown(made)[0] == "Piaf en panne mondiale"
        assert made.seen == 201 == len(made.shown) + len(made.left_out)


def test_official_stories_come_before_all_others_and_cost_them_their_place() -> None:
    official = many(PIAF, 60, word="Piaf annonce", hours=2, topic="ia")
    press = many(HERALD, 20, word="Piaf en panne, interdit la publicité,", topic="pannes")
    made = composed(*official, *press)
    assert made.reading_s <= 300
    assert all(one.story.status == "official" for one in made.shown)
    assert not any(one.teaser for one in made.sections[0].ranked)
    assert {line.source_id for line in made.left_out if line.why.name == "no-room"} == {"piaf-newsroom", "herald"}


def test_among_official_stories_the_weightier_source_keeps_its_place() -> None:
    made = composed(*many(OISEAU, 60, word="Piaf en panne mondiale", topic="pannes"), *many(PIAF, 20, word="Note", topic="ia"))
    assert sum(one.story.lead.sighting.entry.source_id == "piaf-newsroom" for one in made.shown) == 20


def test_an_official_how_to_is_shown_where_another_is_left_out() -> None:
    title = "10 tips for better posts on Piaf"
    assert shown(composed(telling(OISEAU, title))) == [title]
    made = composed(telling(GAZETTE, title), telling(LOCAL, "Un café ouvre, vu sur Piaf"))
    assert reasons(made) == {title: "how-to", "Un café ouvre, vu sur Piaf": "minor"}


def test_what_an_organisation_alone_tells_is_never_dropped_however_little_it_scores() -> None:
    dull = ("10 tips for better posts", "Webinar: join us", "We are hiring", "Case study: a success story", "Black Friday deals", "")
    alone = [telling(OISEAU, title, link=f"https://oiseau-blog.example/{number}") for number, title in enumerate(dull)]
    made = composed(*alone, *many(HERALD, 30, word="Piaf en panne mondiale", topic="pannes"))
    assert {one.story.lead.sighting.key for one in made.shown} >= {one.sighting.key for one in alone}
    assert all(one.story.rungs[0].status == "official" for one in made.shown if one.story.lead in alone)


def test_no_publisher_and_no_section_fills_the_page() -> None:
    made = composed(*many(GAZETTE, 12, topic="ia"))
    assert len(made.shown) == 4 and "publisher-full" in reasons(made).values()
    papers = [source(f"Revue {number}", weight=2) for number in range(12)]
    made = composed(*(many(paper, 1, word=paper.name, topic="ia")[0] for paper in papers), sources=listed(*papers))
    assert sections(made)["ia"] == 8 and "section-full" in reasons(made).values()


def test_what_was_told_yesterday_is_not_told_again() -> None:
    title = "Piaf suspend les comptes de moins de quinze ans"
    first, later = telling(GAZETTE, title, hours=20, topics=("plateformes",)), telling(HERALD, title, hours=30, topics=("plateformes",))
    yesterday = composed(first, later)
    today = composed(first, later, period=NEXT, told=told_by(yesterday))
    assert shown(today) == [] and today.seen == 1
    assert [(line.why.name, line.why.values) for line in today.left_out] == [("already-told", (("date", "2026-11-24"),))]


@pytest.mark.parametrize(("before", "after", "again"), [
    ((GAZETTE, "Piaf teste un bouton de vote"), (PIAF, "Votes are coming to Piaf"), True),              # reported, then official
    ((GAZETTE, "Piaf testerait un bouton de vote"), (HERALD, "Piaf teste un bouton de vote"), True),    # a rumour, then reported
    ((PIAF, "Votes are coming to Piaf"), (OISEAU, "Votes are now available"), True),                    # official, then in force
    ((PIAF, "Votes are coming to Piaf"), (HERALD, "Piaf teste un bouton de vote"), False),
    ((GAZETTE, "Piaf teste un bouton de vote"), (HERALD, "Piaf testerait un bouton de vote"), False),
])
def test_a_story_is_told_again_only_when_its_status_rose(before: tuple[Source, str], after: tuple[Source, str], again: bool) -> None:
    link = "https://piaf.example/vote"
    first = telling(*before, link=link, hours=20, topics=("plateformes",), names=("piaf",))
    later = telling(*after, link=link, hours=30, topics=("plateformes",), names=("piaf",))
    today = composed(first, later, period=NEXT, told=told_by(composed(first, later)))
    assert [one.story.lead for one in today.shown] == ([later] if again else [])
    assert today.seen == 1


def test_a_story_left_out_yesterday_may_be_told_today_led_by_todays_entry() -> None:
    title = "Piaf suspend les comptes de moins de quinze ans"
    old, new = telling(HERALD, title, hours=20, topics=("plateformes",)), telling(GAZETTE, title, hours=30, topics=("plateformes",))
    today = composed(old, new, period=NEXT)
    assert [one.story.lead for one in today.shown] == [new]
    assert (today.shown[0].story.id, today.seen, today.left_out) == (old.sighting.key, 1, ())


def test_a_sighting_that_is_in_no_story_is_in_the_ledger_all_the_same() -> None:
    one = telling(GAZETTE, "Piaf change", topics=("plateformes",))
    made = digest.compose(DAY, as_of=NOW, tagged=[one], ranked=(), told={}, settings=DigestSettings(), vocabulary=VOCABULARY,
                          sources=SOURCES)
    assert [line.key for line in made.left_out] == [one.sighting.key]


def test_text_without_spaces_takes_time_too() -> None:
    spaced, solid = composed(telling(GAZETTE, "mot " * 60)), composed(telling(GAZETTE, "鳥" * 240))
    assert solid.reading_s > spaced.reading_s / 3


TITLES = st.sampled_from([
    "Piaf suspend les comptes de moins de quinze ans", "Piaf en panne mondiale", "10 tips for better posts", "Votes are now available",
    "Piaf testerait un bouton de vote", "Les publicités politiques interdites à partir du 1er mars " + "et encore " * 20, "",
])
RULES = st.sampled_from([None, None, None, Rule(name="r", action="mute", pattern="x"), Rule(name="b", action="boost", pattern="x")])
LINKS = st.none() | st.sampled_from([f"https://x.example/{number}" for number in range(9)])
TELLINGS = st.lists(st.builds(
    telling, st.sampled_from(list(SOURCES.values())), TITLES, link=LINKS, hours=st.integers(-30, 60).map(float),
    summary=st.sampled_from(["", SAID, SAID * 4]), backlog=st.sampled_from([False, False, False, True]),
    kept=st.sampled_from([True, True, True, False]), topics=st.sampled_from([(), ("pannes",), ("ia", "publicite"), ("unknown",)]),
    names=st.sampled_from([(), ("piaf",), ("oracle",)]), rule=RULES,
), max_size=40, unique_by=lambda one: one.sighting.key)


@settings(max_examples=150, deadline=None)
@given(tagged=TELLINGS, minutes=st.integers(0, 2), already=st.sets(st.integers(0, 39)))
def test_every_sighting_of_the_period_has_exactly_one_place(tagged: list[Tagged], minutes: int, already: Collection[int]) -> None:
    told = {one.sighting.key: "2026-11-20" for place, one in enumerate(tagged) if place in already and one.sighting.first_seen_at < NOW}
    made = composed(*tagged, told=told, minutes=minutes)
    assert made.reading_s <= minutes * 60
    present = sorted(one.sighting.key for one in tagged if DAY.start_at <= one.sighting.first_seen_at < DAY.end_at)
    leads = [one.story.lead.sighting.key for one in made.shown]
    assert sorted([*leads, *(line.key for line in made.left_out)]) == present
    assert made.seen == len(present) == len(made.shown) + len(made.left_out)
    ids = {one.story.id for one in made.shown}
    assert len(ids) == len(made.shown)
    for line in made.left_out:
        assert line.story_id in ids if line.why.name == "folded" else line.story_id is None
    # Nobody else takes the place of what an organisation says itself.
    refused = {line.key for line in made.left_out if line.why.name == "no-room"}
    if any(one.sighting.key in refused and SOURCES[one.sighting.entry.source_id].primary for one in tagged):
        assert all(one.story.status in ("official", "in-force") for one in made.shown)


@settings(max_examples=80, deadline=None)
@given(tagged=TELLINGS)
def test_what_comes_later_changes_nothing(tagged: list[Tagged]) -> None:
    assert composed(*tagged) == composed(*(one for one in tagged if one.sighting.first_seen_at < DAY.end_at))


def test_what_only_its_publisher_makes_important_leads_no_digest() -> None:
    news = telling(PIAF, "Piaf change le prix des annonces", topics=("publicite",), names=("piaf",))
    portrait = telling(PIAF, "Notre équipe vue par elle-même")
    made = composed(news, portrait)
    assert [[one.story.lead.sighting.entry.title for one in section.ranked] for section in made.sections] == [
        ["Piaf change le prix des annonces"], ["Notre équipe vue par elle-même"]]
    assert ranked((news, portrait))[1].score >= digest.LEAD_SCORE


def test_what_broke_stands_among_outages_whatever_topic_it_proves_first() -> None:
    broken = telling(GAZETTE, "La messagerie de Piaf est en panne en Europe", hours=1, topics=("publicite", "pannes"), names=("piaf",))
    quarrel = telling(GAZETTE, "Qui compte les arrêts de Piaf ?", hours=2, topics=("publicite", "pannes"), names=("piaf",))
    more = many(PIAF, 3)
    made = composed(broken, quarrel, *more)
    placed = {one.story.lead.sighting.key: section.topic for section in made.sections for one in section.ranked}
    assert placed[broken.sighting.key] in ("pannes", "lead") and placed[quarrel.sighting.key] == "publicite"
    leads = [telling(HERALD, title, hours=1, topics=("publicite",), names=("piaf",)) for title in (
        "Piaf ferme son ancienne régie le mois prochain", "Piaf est condamnée à une amende record pour ses annonces",
        "Les règles des annonces de Piaf changent pour tous", "Piaf retire ses statistiques aux annonceurs dès demain")]
    busy = composed(broken, *leads)
    assert {section.topic for section in busy.sections for one in section.ranked if one.story.lead is broken} <= {"pannes", "lead"}
