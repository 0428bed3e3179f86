"""Stories → the order a community manager would put them in, with reasons."""

from __future__ import annotations

import random
import string
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.newsroom import NOW, VOCABULARY, grouped, listed, source, telling
from watcher.core import ladder, rank
from watcher.core.cues import Ear
from watcher.core.language import Speech
from watcher.edge import catalogs
from watcher.model import Digest, Entity, Entry, Ranked, Rule, Section, Tagged, Vocabulary

BLOG, HERALD, GAZETTE = source("Blog"), source("Herald", weight=3), source("Gazette", weight=2)
PIAF = source("Piaf Newsroom", weight=3, primary=True)
SOURCES = listed(BLOG, HERALD, GAZETTE, PIAF)
CUES = catalogs.cues()
EAR = Ear(CUES)
TONGUES = (Speech(catalogs.catalog("fr"), "Europe/Paris"), Speech(catalogs.catalog("en"), "Europe/Paris"))
# As it is written in titles: where a name stands is looked up by the words.
CAPITAL = replace(VOCABULARY, entities=(Entity(id="Piaf", labels=(("fr", "Piaf"),), kind="reseau-social", tier=1),))
ANY_TOPIC = tuple({topic for cue in CUES for topic in cue.topics})


def ordered(*tagged: Tagged, vocabulary: Vocabulary = VOCABULARY, told: tuple[Digest, ...] = (), due: dict[str, date] | None = None,
            on: date | None = None) -> tuple[Ranked, ...]:
    found = ladder.climb(grouped(tagged, SOURCES), sources=SOURCES, cues=CUES)
    return rank.order(found, sources=SOURCES, cues=CUES, vocabulary=vocabulary, told=told, due=due, on=on)


def titles(*tagged: Tagged) -> list[str]:
    return [one.story.lead.sighting.entry.title for one in ordered(*tagged)]


def names(one: Ranked) -> set[str]:
    return {reason.name for reason in one.reasons}


def heard(title: str, **fields: object) -> set[str]:
    return {cue.id for cue in EAR.heard(Entry(source_id="s", id="", link="", title=title, **fields), ANY_TOPIC)}  # type: ignore[arg-type]


def test_the_order_is_what_a_community_manager_needs_first() -> None:
    announced = telling(PIAF, "Piaf interdit les publicités politiques à partir du 1er mars", topics=("publicite",), names=("piaf",))
    outage = telling(GAZETTE, "Piaf en panne mondiale depuis ce matin", topics=("pannes",), names=("piaf",))
    feature = telling(GAZETTE, "Piaf ajoute un onglet", topics=("plateformes",), names=("piaf",))
    how_to = telling(HERALD, "Comment utiliser le nouvel onglet de Piaf", topics=("plateformes",), names=("piaf",))
    deal = telling(HERALD, "Bon plan : ce téléphone est en promo, parfait pour Piaf", names=("piaf",))
    assert titles(deal, how_to, feature, outage, announced) == [
        one.sighting.entry.title for one in (announced, outage, feature, how_to, deal)]


def test_independent_publishers_count_and_feeds_of_one_house_do_not() -> None:
    title = "Piaf rachète le service de messagerie Oiseau"
    [alone] = ordered(telling(BLOG, title))
    [together] = ordered(telling(BLOG, title), telling(GAZETTE, title))
    assert "publishers" not in names(alone)
    assert [reason.values for reason in together.reasons if reason.name == "publishers"] == [(("n", "2"),)]

    twin = source("Blog bis")
    twin = type(twin)(id=twin.id, name=twin.name, url=twin.url, home=BLOG.home)
    sources = listed(BLOG, twin)
    found = grouped((telling(BLOG, title), telling(twin, title)), sources)
    [house] = rank.order(found, sources=sources, cues=CUES, vocabulary=VOCABULARY)
    assert len(house.story.members) == 2 and "publishers" not in names(house)


def test_a_boost_of_the_users_raises_and_is_named() -> None:
    rule = Rule(name="tout sur Oiseau", action="boost", pattern="oiseau", points=9)
    [first, _] = ordered(telling(HERALD, "Piaf change tout", names=("piaf",)), telling(BLOG, "Oiseau recrute", rule=rule))
    assert first.story.lead.tags.rule is rule
    assert Speech(catalogs.catalog("en"), "Europe/Paris").because(first.reasons[-1]) == "raised by your rule “tout sur Oiseau”"


def test_a_platform_counts_for_more_than_an_assistant_and_a_title_than_nothing() -> None:
    platform, assistant = telling(BLOG, "Du neuf chez Piaf", names=("piaf",)), telling(BLOG, "Du neuf chez Oracle", names=("oracle",))
    nothing = telling(BLOG, "Du neuf ailleurs")
    assert [one.story.lead for one in ordered(nothing, assistant, platform)] == [platform, assistant, nothing]


def test_the_platform_as_the_scene_of_something_counts_for_less_than_as_its_subject() -> None:
    subject = telling(BLOG, "Piaf veut plaire aux villages", names=("Piaf",))
    scene = telling(BLOG, "Un village fait rire sur Piaf", names=("Piaf",))
    assert [names(one) for one in ordered(scene, subject, vocabulary=CAPITAL)] == [{"platform-title"}, {"platform-place"}]
    # What is urgent is about the platform, whatever the words before its name.
    urgent = telling(BLOG, "Panne en cours sur Piaf", topics=("pannes",), names=("Piaf",))
    assert "platform-title" in names(ordered(urgent, vocabulary=CAPITAL)[0])


def test_a_word_that_names_a_platform_proves_no_topic_over_again() -> None:
    own = telling(BLOG, "Piaf et la pub", names=("piaf",), topics=("publicite",))
    same = telling(BLOG, "Du neuf chez Piaf", names=("piaf",))
    mentions = (*same.tags.mentions, replace(same.tags.mentions[0], kind="topic", tag="plateformes"))
    twice = replace(same, tags=replace(same.tags, topics=("plateformes",), mentions=mentions))
    assert [one.score for one in ordered(own, twice)] == [4.0, 3.0]


def test_a_search_engine_counts_as_a_platform_where_the_text_is_of_the_trade() -> None:
    vocabulary = replace(VOCABULARY, entities=(Entity(id="moteur", labels=(("fr", "Moteur"),), kind="moteur", tier=1),))
    ads = telling(BLOG, "Moteur vend ses annonces", names=("moteur",), topics=("publicite",))
    phone = telling(BLOG, "Moteur vend un téléphone", names=("moteur",))
    assert [[reason.points for reason in one.reasons] for one in ordered(phone, ads, vocabulary=vocabulary)] == [[2.0, 2.0], [1.0]]


def test_an_outage_of_nothing_that_is_named_is_no_outage_of_ours() -> None:
    rates = telling(BLOG, "Le marché est en panne", topics=("pannes",))
    ours = telling(BLOG, "Piaf est en panne", topics=("pannes",), names=("piaf",))
    assert ["outage" in names(one) for one in ordered(rates, ours)] == [True, False]
    assert "outage" in names(ordered(telling(PIAF, "Nous sommes en panne", topics=("pannes",)))[0])


def test_what_only_goes_on_telling_sinks_and_says_what_was_told() -> None:
    first = telling(HERALD, "Des chercheurs racontent la naissance des pixels invisibles", hours=-20)
    shown = ordered(first, telling(HERALD, "La mer est calme", hours=-20), telling(HERALD, "Un tout autre billet"))
    told = Digest(id="2026-11-23", start_at=NOW - timedelta(hours=24), end_at=NOW, as_of=NOW, left_out=(), reading_s=9, seen=1,
                  sections=(Section(topic="other", ranked=shown),))
    again = telling(BLOG, "Naissance des pixels invisibles : ce que les chercheurs en disent")
    other = telling(BLOG, "Des chercheurs mesurent la patience des poissons")
    low, = (one for one in ordered(again, other, told=(told,)) if "told" in names(one))
    assert low.story.lead is again and low.score == -1.5
    assert TONGUES[1].because(low.reasons[-1]) == (
        "close to what the digest of 2026-11-23 told: “Des chercheurs racontent la naissance des pixels invisibles”")
    # A story that is told again because it rose is no echo of itself.
    assert not any("told" in names(one) for one in ordered(first, told=(told,)))


def test_an_article_that_a_feed_brings_up_long_after_its_date_sinks_and_says_its_date() -> None:
    fresh = telling(PIAF, "Piaf ouvre une boutique pour les marques", published=-6.5 * 24)
    old = telling(PIAF, "Piaf ferme son ancienne messagerie", published=-7.5 * 24)
    first, last = ordered(old, fresh)
    assert (first.story.lead, last.story.lead) == (fresh, old) and "old" not in names(first)
    assert TONGUES[0].because(last.reasons[-1]) == "daté du 2026-11-16 par son éditeur, bien avant d’être vu ici"
    assert "old" not in names(ordered(telling(PIAF, "Piaf sans date"))[0])


@pytest.mark.parametrize(("days", "points"), [(-1, None), (0, 1.5), (14, 1.5), (15, 1.0), (60, 1.0), (61, None)])
def test_a_date_within_reach_raises_and_is_named(days: int, points: float | None) -> None:
    one = telling(BLOG, "Les annonceurs devront répondre avant le 1er mars", topics=("publicite",))
    [found] = ordered(one, due={one.sighting.key: NOW.date() + timedelta(days=days)}, on=NOW.date())
    assert [reason.points for reason in found.reasons if reason.name == "due"] == ([] if points is None else [points])
    assert ("deadline" in names(found)) == (points is None)         # the words alone count where no date was read


def test_a_retelling_as_how_to_does_not_sink_the_news() -> None:
    link = "https://piaf.example/groups"
    retold = telling(BLOG, "How to save your Piaf groups", link=link, hours=1)
    [one] = ordered(telling(PIAF, "Groups are going away on Piaf", link=link), retold)
    assert "how-to" not in names(one)


def test_who_confirmed_a_rumour_is_named() -> None:
    link = "https://oiseau.example/vote"
    rumour, fact = telling(BLOG, "Piaf testerait un vote", link=link), telling(GAZETTE, "Piaf teste un vote", link=link, hours=3)
    [one] = ordered(rumour, fact)
    [confirmed] = [reason for reason in one.reasons if reason.name == "confirmed"]
    assert TONGUES[1].because(confirmed) == "a rumour at first, now reported by Gazette"
    assert [rung.key for rung in one.story.rungs] == [rumour.sighting.key, fact.sighting.key]


@pytest.mark.parametrize(("cue", "title"), [
    ("outage", "Instagram est en panne dans toute l’Europe"),
    ("outage", "X is down for thousands of users"),
    ("algorithm", "Google lance la core update de novembre"),
    ("algorithm", "Instagram changes how its ranking works"),
    ("rules", "TikTok met à jour ses règles de la communauté"),
    ("rules", "Meta bans political ads in the EU"),
    ("rules", "YouTube updates its monetization policies"),
    ("law", "La CNIL inflige une amende de 40 millions d’euros"),
    ("law", "EU opens DSA proceedings against X"),
    ("law", "L’Europe soupçonne Google d’avoir menti aux annonceurs"),
    ("court", "A radio host sues Google over a voice"),
    ("rules", "La Russie coupe l’accès à WhatsApp"),
    ("rules", "LinkedIn sanctionne les commentaires automatiques"),
    ("rules", "ChatGPT va vérifier votre âge"),
    ("trade", "Buy old Instagram accounts, best for business"),
    ("how-to", "A practical compliance guide every developer should read"),
    ("roundup", "Gear News of the Week: a telephone, a watch"),
    ("showcase", "We scanned 50 repositories, and this is what we found"),
    ("shutdown", "Meta is deprecating the Groups API"),
    ("shutdown", "Facebook supprime la fonction Stories des pages"),
    ("price", "X augmente le prix de son abonnement"),
    ("api", "Reddit API access changes"),
    ("deadline", "Advertisers must verify their identity before March 1"),
    ("deadline", "À partir du 1er février, les annonceurs devront déclarer leurs publicités"),
    ("how-to", "Comment créer un carrousel LinkedIn"),
    ("how-to", "10 tips for better Reels"),
    ("how-to", "Le guide complet des publicités TikTok"),
    ("opinion", "Tribune : il faut quitter X"),
    ("deals", "Black Friday : les meilleures offres"),
    ("deals", "Save 40% on this tablet"),
    ("event", "Webinaire : réussir vos campagnes"),
    ("jobs", "Offre d’emploi : community manager (H/F)"),
    ("roundup", "Les actus social media de la semaine"),
    ("roundup", "This week in social"),
    ("review", "Hootsuite vs Buffer: which one is best?"),
    ("money", "Meta shares fall after earnings"),
    ("showcase", "Show HN: a tiny scheduler"),
    ("rumour", "WhatsApp travaillerait sur des noms d’utilisateur"),
    ("rumour", "Threads is reportedly working on communities"),
])
def test_cues_hear_what_they_are_for(cue: str, title: str) -> None:
    assert cue in heard(title)


@pytest.mark.parametrize(("cue", "title"), [
    ("outage", "Enterprise tools for incident response"),
    ("rules", "Stephen Colbert says CBS banned him from the show"),
    ("how-to", "Comment Instagram a changé la photo"),
    ("how-to", "Apple Podcasts gains video in iOS 26.4, creators get new ad tools"),
    ("deals", "Nvidia signs a deal with Meta"),
    ("jobs", "OpenAI recrute le créateur d’un agent"),
    ("sponsored", "LinkedIn change le format des posts sponsorisés"),
    ("sponsored", "Meta tests labels for sponsored content"),
    ("roundup", "India has 100M weekly active users"),
    ("rumour", "Une fuite de données touche deux millions de comptes"),
    ("rumour", "Apple sued for allegedly ignoring abuse"),
    ("money", "Un malware vole les tokens d’authentification"),
])
def test_cues_do_not_hear_what_only_sounds_alike(cue: str, title: str) -> None:
    assert cue not in heard(title)


def test_some_cues_count_only_beside_their_topic() -> None:
    entry = Entry(source_id="s", id="", link="", title="Le métro est en panne")
    assert not EAR.heard(entry, ("marche-usages",)) and EAR.heard(entry, ("pannes",))


def test_paths_and_categories_of_the_publisher_are_heard() -> None:
    assert "sponsored" in heard("Une marque se raconte", categories=("Contenu partenaire",))
    assert "opinion" in {cue.id for cue in EAR.heard(Entry(source_id="s", id="", link="https://a.example/opinions/1", title="Un avis"))}


def test_every_topic_a_cue_asks_for_exists() -> None:
    assert set(ANY_TOPIC) <= {topic.id for topic in catalogs.vocabulary().topics}


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_reason_can_be_said(language: str) -> None:
    catalog = catalogs.catalog(language)  # type: ignore[arg-type]
    assert {f"reason.cue.{cue.id}" for cue in CUES if cue.kind in ("urgent", "sinks")} <= catalog.messages.keys()
    other = catalogs.catalog("en" if language == "fr" else "fr")
    ours = {name for name in catalog.messages if name.split(".")[0] in ("reason", "join", "left-out")}
    for name in ours:
        said, again = catalog.messages[name], other.messages[name]
        assert _fields(said) == _fields(again), name


def _fields(message: object) -> set[str | None]:
    text = message if isinstance(message, str) else dict(message)["other"]  # type: ignore[call-overload]
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


WORDS = st.lists(st.sampled_from([
    "Piaf", "en panne", "interdit les publicités", "how to", "promo", "podcast", "selon une rumeur", "à partir du 1er mars",
]), max_size=4)
TELLINGS = st.lists(st.builds(
    telling, st.sampled_from([BLOG, HERALD, GAZETTE, PIAF]), WORDS.map(" ".join), hours=st.integers(0, 48).map(float),
    topics=st.sampled_from([(), ("pannes",), ("publicite", "plateformes"), ("ia",)]), names=st.sampled_from([(), ("piaf",), ("oracle",)]),
), max_size=12, unique_by=lambda one: one.sighting.key)


@settings(max_examples=100, deadline=None)
@given(told=TELLINGS, seed=st.integers(0, 2**16))
def test_the_order_is_total_and_stable_and_scores_are_sums_of_reasons_that_can_be_said(told: list[Tagged], seed: int) -> None:
    found = ladder.climb(grouped(told, SOURCES), sources=SOURCES, cues=CUES)
    result = rank.order(found, sources=SOURCES, cues=CUES, vocabulary=VOCABULARY)
    shuffled = random.Random(seed).sample(found, len(found))
    assert rank.order(shuffled, sources=SOURCES, cues=CUES, vocabulary=VOCABULARY) == result
    for one in result:
        assert one.score == pytest.approx(sum(reason.points for reason in one.reasons))
        assert all(tongue.because(reason) for reason in one.reasons for tongue in TONGUES)
    # What else there is says nothing about a story: taking the last away leaves the order of the others.
    assert rank.order([one.story for one in result[:-1]], sources=SOURCES, cues=CUES, vocabulary=VOCABULARY) == result[:-1]
