"""Text + vocabulary → tags with the words that prove them; rules; the gate."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import watcher
from watcher.core.topics import SUMMARY_CHARS, TITLE_CHARS, Tagger
from watcher.core.wordbook import normalised
from watcher.edge import config
from watcher.model import Entity, Entry, Mention, Rule, Sighting, Source, Tags, Topic, Vocabulary

SHIPPED = config.vocabulary()
TAGGER = Tagger(SHIPPED)
ITEMS = [(kind, item) for kind, items in yaml.safe_load(
    (Path(watcher.__file__).parent / "data" / "vocabulary.yaml").read_text(encoding="utf-8")).items() if kind in ("topics", "entities")
    for item in items]
EXAMPLES = [(kind, item["id"], wanted == "match", text) for kind, item in ITEMS for wanted in ("match", "no_match")
            for text in item["examples"][wanted]]
NEWS = Source(id="news", name="Example News", url="https://news.example.com/feed", home="https://news.example.com/")
LABELS = (("fr", "Un"), ("en", "One"))
FROZEN = Path(__file__).parents[2] / "benchmarks" / "data" / "titles.jsonl"
FROZEN_SHA256 = "6835e6c83a0b2b271f062c49a1ba9de5d999a277ca70d0e82a7b5f12dd426296"     # changes with its reason in decision 0024, or never


def sighting(title: str, summary: str = "", link: str = "", authors: tuple[str, ...] = (), categories: tuple[str, ...] = ()) -> Sighting:
    entry = Entry(source_id="news", id="1", link=link, title=title, summary=summary, authors=authors, categories=categories)
    return Sighting(key="0123456789abcdef", entry=entry, fingerprint="", first_seen_at=datetime(2026, 11, 24, tzinfo=UTC))


def tags(title: str, summary: str = "", source: Source = NEWS, tagger: Tagger = TAGGER) -> Tags:
    return tagger.tags(sighting(title, summary), source)


def source(**fields: object) -> Source:
    return replace(NEWS, **fields)


def words(found: Tags, tag: str) -> list[tuple[str, str]]:
    return [(mention.field, mention.exact) for mention in found.mentions if mention.tag == tag]


def only(*concepts: Topic | Entity) -> Vocabulary:
    return Vocabulary(topics=tuple(concept for concept in concepts if isinstance(concept, Topic)),
                      entities=tuple(concept for concept in concepts if isinstance(concept, Entity)))


# ---------------------------------------------------------------------------------------------------- the vocabulary shipped


@pytest.mark.parametrize(("kind", "tag", "wanted", "text"), EXAMPLES)
def test_an_example_of_the_vocabulary_proves_what_it_says(kind: str, tag: str, wanted: bool, text: str) -> None:
    found = tags(text)
    assert (tag in (found.topics if kind == "topics" else found.entities)) is wanted, found.mentions


def test_every_topic_and_entity_shipped_has_examples_of_both_kinds_and_a_label_in_both_languages() -> None:
    for _, item in ITEMS:
        assert item["examples"]["match"] and item["examples"]["no_match"], item["id"]
        assert set(item["label"]) == {"fr", "en"}, item["id"]


def test_the_vocabulary_shipped_refers_to_itself_only() -> None:
    entities = {entity.id for entity in SHIPPED.entities}
    kinds = {entity.kind for entity in SHIPPED.entities}
    assert {entity.parent for entity in SHIPPED.entities} - entities == {None}
    assert {kind for topic in SHIPPED.topics for kind in topic.with_kinds} <= kinds
    assert len(entities) == len(SHIPPED.entities) and len({topic.id for topic in SHIPPED.topics}) == len(SHIPPED.topics)
    assert [entity.id for entity in SHIPPED.entities if bool(entity.weak_cs) is not bool(entity.near)] == []


# ---------------------------------------------------------------------------------------------------- the labelled titles


def test_the_labelled_titles_are_those_that_were_frozen_before_the_rules_were_mended() -> None:
    assert hashlib.sha256(FROZEN.read_bytes()).hexdigest() == FROZEN_SHA256


# ---------------------------------------------------------------------------------------------------- proofs


def test_a_mention_holds_the_words_and_where_they_stand() -> None:
    found = tags("L’IA de Meta", "Elle arrive\ndans WhatsApp   cette semaine.")
    whatsapp = next(mention for mention in found.mentions if mention.tag == "whatsapp")
    assert whatsapp == Mention(entry_key="0123456789abcdef", tag="whatsapp", kind="entity", field="summary", start=17, end=25,
                               exact="WhatsApp")
    assert words(found, "ia") == [("title", "IA")]


def test_what_the_title_proves_comes_first_and_then_the_order_of_reading() -> None:
    found = tags("TikTok et Instagram", "LinkedIn les suit, et Instagram aussi. Le RGPD et le phishing.")
    assert found.entities == ("tiktok", "instagram", "linkedin")
    assert found.topics == ("plateformes", "droit-donnees", "cybersecurite")
    assert words(found, "instagram") == [("title", "Instagram")]


def test_words_of_its_own_come_before_words_that_need_a_platform() -> None:
    assert tags("TikTok : une fonctionnalité contre la désinformation").topics == ("moderation", "plateformes")


def test_common_words_of_a_title_tell_nothing_of_a_name_that_only_stands_below_when_the_title_names_another() -> None:
    below = "Drivers on Reddit were the first to notice."
    assert "plateformes" not in tags("Apple is rolling out car keys", below).topics
    assert "plateformes" in tags("Rolling out this week", "Reddit gives members a new way to post.").topics
    assert "plateformes" in tags("Reddit is rolling out car keys", "Apple was the first.").topics


def test_common_words_prove_a_topic_only_beside_a_platform_of_the_right_kind() -> None:
    assert tags("Les nouveautés de la semaine").topics == ()
    assert tags("Les nouveautés de la CNIL").topics == ("droit-donnees",)
    assert tags("Les nouveautés de la semaine", "Chez Instagram, par exemple.").topics == ("plateformes",)


def test_common_words_are_told_with_the_name_that_makes_them_tell() -> None:
    assert words(tags("Les nouveautés de la semaine", "TikTok, et Instagram, par exemple."), "plateformes") == [
        ("title", "nouveautés"), ("summary", "TikTok")]
    assert words(tags("Amende pour Meta, selon Google"), "droit-donnees") == [("title", "Amende"), ("title", "Meta")]
    own = source(primary=True, entities=("instagram",))
    assert words(tags("New features for you", source=own), "plateformes") == [("title", "New features")]


def test_common_words_prove_nothing_where_a_platform_is_only_their_scene() -> None:
    for title in ("One in five gets news on TikTok", "Users say so on Reddit", "TikTok users", "YouTube adds up", "Il teste YouTube"):
        assert {mention.exact.casefold() for mention in tags(title).mentions if mention.kind == "topic"} <= {"tiktok", "reddit", "youtube"}
    assert tags("Le Sénat autorise la chasse", "Il le dit sur Facebook.").topics == ()


def test_the_name_of_an_assistant_is_ai_whatever_is_said_of_it() -> None:
    assert words(tags("Perplexity s'installe à Lyon"), "ia") == [("title", "Perplexity")]
    assert words(tags("Une ouverture à Lyon", "Celle de Perplexity."), "ia") == [("summary", "Perplexity")]


def test_a_title_that_names_a_network_and_nothing_else_is_about_social_platforms() -> None:
    assert words(tags("Pinterest se met au vert"), "plateformes") == [("title", "Pinterest")]
    assert "plateformes" not in tags("Pinterest licencie un dixième de ses effectifs").topics
    assert tags("Une ouverture à Lyon", "Celle de Pinterest.").topics == ()
    newsroom = source(primary=True, entities=("pinterest",))
    assert tags("Pinterest se met au vert", source=newsroom).topics == ()
    assert tags("YouTube en noir et blanc").topics == ("createurs-video", "plateformes")


@pytest.mark.parametrize(("tag", "named", "other"), [
    ("x", ["X va fermer ses bureaux", "Elle quitte X", "Sanctions: X is fined", "A mayor's X account"],
     ["Il porte plainte contre X", "Né sous X, il cherche sa mère", "X marks the spot", "La génération X vieillit", "L'affaire X"]),
    ("meta", ["Meta loses in court", "Chez Meta, on recrute", "La maison mère d'Instagram, Meta"],
     ["Une méta-analyse rassure", "La meta du jeu change", "Meta-analysis of sleep"]),
    ("threads", ["Threads adds a tab", "Les marques vont sur Threads"], ["Threads of gold", "Worker threads in Java", "Fils et threads"]),
    ("signal", ["Signal propose des pseudonymes", "Elle passe de WhatsApp à Signal"],
     ["Signal failure stops the trains", "Un signal fort", "Mixed signals from the bank"]),
    ("anthropic", ["Claude, l'assistant d'Anthropic", "Claude gets cheaper tokens"],
     ["Claude Monet", "Claude se souvient", "Jean-Claude chante"]),
    ("gemini", ["Gemini can now sing", "Bard devient Gemini", "Du nouveau dans Gemini"],
     ["Gemini twins in love", "Project Gemini astronaut"]),
    ("mistral", ["Mistral lève un milliard", "Chez Mistral, on embauche"],
     ["Le mistral souffle", "Mistral violent", "Rue Frédéric-Mistral"]),
    ("apple", ["Apple ouvre une boutique"], ["Apple picking season", "An apple a day", "apple pie"]),
    ("snapchat", ["Snap cuts jobs", "Les lunettes de Snap"], ["Snap election in May", "A cold snap", "Oh, snap!"]),
    ("bluesky", ["Bluesky grandit"], ["Blue sky thinking", "Under a blue sky"]),
    ("discord", ["Discord ouvre ses portes"], ["Discord in the council", "Discord among allies"]),
    ("telegram", ["Telegram ferme", "Télégram grandit"], ["Telegram from 1912", "Le Télégramme de Brest"]),
    ("mastodon", ["Mastodon adds quotes", "De X à Mastodon"], ["Mastodon tusk found", "Un mastodonte"]),
    ("microsoft", ["Copilot devient payant", "Outlook lies in ruins"], ["The pilot and the copilot", "The economic outlook is dim"]),
    ("google", ["Discover de Google", "Gmail se simplifie"], ["Discover the islands", "Chrome wheels for sale"]),
    ("instagram", ["Les Stories d'Instagram"], ["Bedtime stories", "Fishing reels", "Pages of history"]),
])
def test_an_ambiguous_name_is_known_by_its_company(tag: str, named: list[str], other: list[str]) -> None:
    assert [title for title in named if tag not in tags(title).entities] == []
    assert [title for title in other if tag in tags(title).entities] == []


@pytest.mark.parametrize(("old", "tag"), [
    ("Twitter", "x"), ("TweetDeck", "x"), ("Bard AI", "gemini"), ("Google My Business", "google-business-profile"), ("Sendinblue", "brevo"),
    ("Piwik", "matomo"), ("Hadopi", "arcom"), ("Bing Chat", "microsoft"),
])
def test_what_changed_its_name_is_known_by_the_old_one(old: str, tag: str) -> None:
    assert tag in tags(f"Souvenirs de {old}").entities


@pytest.mark.parametrize("title", [
    "Les abonnés de la médiathèque", "La fuite d'eau", "Free parking downtown", "Mad Max revient", "Spark plugs", "L'alerte orange",
    "La modération salariale", "L'indexation des salaires", "Power outage in Kent", "L'exploit de Lens",
    "Le navigateur breton gagne la course",
    "Personnes handicapées : le bus adapté", "Il a agi seul", "Les pubs irlandais", "The economic outlook",
])
def test_words_of_every_day_prove_no_topic(title: str) -> None:
    assert (tags(title).topics, tags(title).entities) == ((), ())


def test_an_ambiguous_name_needs_something_of_its_world_and_both_are_told() -> None:
    assert tags("Signal au menu").entities == ()
    assert words(tags("Signal au menu", "L'application chiffre vos messages; une autre application suit."), "signal") == [
        ("title", "Signal"), ("summary", "application")]
    assert "x" not in tags("X au menu").entities
    assert words(tags("Il le dit sur X, ce matin"), "x") == [("title", "X"), ("title", "sur X,")]


def test_an_ambiguous_name_does_not_prove_itself() -> None:
    cloud = only(Entity(id="cloud", labels=LABELS, kind="outil", weak_cs=("Cloud",), near=("cloud", "serveurs?")))
    tagger = Tagger(cloud)
    assert words(tags("Cloud et cloud", tagger=tagger), "cloud") == [("title", "Cloud"), ("title", "cloud")]
    assert words(tags("Le Cloud et ses serveurs, le Cloud", tagger=tagger), "cloud")[1] == ("title", "serveurs")


def test_a_name_that_is_certain_needs_no_other_words() -> None:
    assert words(tags("Twitter, un réseau social"), "x") == [("title", "Twitter")]


def test_what_is_masked_proves_nothing_and_the_rest_still_does() -> None:
    assert tags("Une méta-analyse d'Instagram et de Meta").entities == ("instagram", "meta")
    assert tags("Une méta-analyse d'Instagram").entities == ("instagram",)
    assert tags("À consommer avec modération").topics == ()


def test_masks_are_looked_for_in_the_text_as_it_was_written() -> None:
    jay = only(Topic(id="jay", labels=LABELS, any=("jay",), mask=("blue jay", "jay walking")))
    assert tags("The blue jay walking jay", tagger=Tagger(jay)).mentions[0].start == 21


def test_no_pattern_matches_across_title_and_summary() -> None:
    pair = only(Topic(id="pair", labels=LABELS, any=(r"red\s+car", "^blue", "green$")))
    tagger = Tagger(pair)
    assert tags("A red", "car", tagger=tagger).topics == ()
    assert words(tags("Red", "Blue", tagger=tagger), "pair") == [("summary", "Blue")]
    assert words(tags("Green", "Red", tagger=tagger), "pair") == [("title", "Green")]


def test_in_a_title_all_in_capitals_case_proves_nothing() -> None:
    assert tags("J'AI TESTÉ CE VÉLO POUR VOUS").topics == ()
    assert tags("J'AI TESTÉ UNE MACHINE", "Grâce à l'IA, elle apprend.").topics == ("ia",)
    assert tags("Un trésor vu sur X, dit-on").entities == ("x",) and tags("UN TRÉSOR VU SUR X, DIT-ON").entities == ()
    assert tags("MUSK FERME ENCORE X").entities == ("x",)
    assert tags("DSA ET IA").topics == ("droit-donnees", "ia")         # too short to shout


def test_the_spelling_of_the_typesetter_makes_no_difference() -> None:
    assert tags("L’\u00a0ＩＮＳＴＡＧＲＡＭ e\u0301volue").entities == ("instagram",)
    assert tags("Les re\u0301seaux\u202fsociaux").topics == ("plateformes",)
    tagger = Tagger(only(Topic(id="aujourdhui", labels=LABELS, any=("aujourd’hui\u00a0!",))))
    assert tags("C'est aujourd'hui !", tagger=tagger).topics == ("aujourdhui",)


def test_aliases_are_plain_names_whose_case_counts() -> None:
    plain = Entity(id="a", labels=LABELS, kind="outil", strong=("alpha",), aliases=("A+ (beta)",))
    weak = Entity(id="b", labels=LABELS, kind="outil", weak_cs=("Bravo",), near=("tool",), aliases=("Brava",))
    tagger = Tagger(only(plain, weak))
    assert tags("A+ (beta), a tool", tagger=tagger).entities == ("a",)
    assert tags("a+ (beta)", tagger=tagger).entities == ()
    assert tags("Brava", tagger=tagger).entities == () and tags("Brava, the tool", tagger=tagger).entities == ("b",)


def test_an_entity_without_any_pattern_is_known_by_its_label() -> None:
    tagger = Tagger(only(Entity(id="examplegram", labels=(("fr", "Examplegram"), ("en", "Examplegram")), kind="outil", aliases=("Exg",))))
    assert tags("Examplegram arrive", tagger=tagger).entities == tags("Exg arrive", tagger=tagger).entities == ("examplegram",)


def test_a_parent_is_not_tagged_for_its_child() -> None:
    assert tags("Instagram").entities == ("instagram",)


# ---------------------------------------------------------------------------------------------------- sources


def test_a_first_party_source_speaks_for_its_own_where_the_text_names_none_of_them() -> None:
    newsroom = source(primary=True, entities=("meta", "instagram"), name="Meta Newsroom")
    silent = tags("Our plans", source=newsroom)
    assert silent.entities == ("meta", "instagram") and words(silent, "meta") == [("source", "Meta Newsroom")]
    assert tags("Instagram gets new plans", source=newsroom).entities == ("instagram",)
    assert tags("TikTok, and our plans", source=newsroom).entities == ("tiktok", "meta", "instagram")
    assert tags("Our plans", source=source(entities=("meta",))).entities == ()


def test_common_words_of_a_first_party_source_are_about_its_own_platform() -> None:
    assert tags("New features for you", source=source(primary=True, entities=("instagram",))).topics == ("plateformes",)
    assert tags("New features for you", source=source(entities=("instagram",))).topics == ()


def test_an_entry_that_proves_no_topic_gets_the_first_of_its_source() -> None:
    press = source(topics=("seo", "publicite"))
    found = tags("Rien de tout cela", source=press)
    assert found.topics == ("seo",) and words(found, "seo") == [("source", "Example News")]
    assert tags("Le RGPD", source=press).topics == ("droit-donnees",)
    assert tags("Rien de tout cela", source=source(topics=("seo",), gate=True)).topics == ()


def test_the_bare_name_of_a_first_party_source_is_no_topic() -> None:
    assert tags("La DGCCRF rappelle des yaourts").topics == ("droit-donnees",)
    fraud_office = source(primary=True, entities=("dgccrf",), gate=True)
    recall = tags("La DGCCRF rappelle des yaourts", source=fraud_office)
    assert recall.topics == () and not recall.kept
    kept = tags("La DGCCRF : pratiques commerciales trompeuses en ligne", source=fraud_office)
    assert kept.kept and words(kept, "droit-donnees") == [("title", "pratiques commerciales trompeuses")]


@pytest.mark.parametrize(("title", "kept"), [
    ("Le Sénat adopte le budget", False),
    ("Une nouvelle intelligence artificielle", False),                          # one topic that is not core
    ("Une intelligence artificielle piratée par phishing", False),              # two of them
    ("Une intelligence artificielle piratée par phishing dans Chrome", True),   # many of them
    ("Cloudflare piraté, dit une intelligence artificielle", True),             # two of them, and a tool of ours
    ("Google fête le cinéma", False),                                           # a company of all trades
    ("Google piraté par une intelligence artificielle", True),                  # … and two topics
    ("Le référencement expliqué", True),                                        # a core topic
    ("TikTok", True),                                                           # a platform of the first tier
    ("Cloudflare", False),                                                      # one of the second
])
def test_the_gate_of_a_generalist_keeps_what_names_a_platform_or_a_topic(title: str, kept: bool) -> None:
    assert tags(title, source=source(gate=True)).kept is kept
    assert tags(title).kept


@pytest.mark.parametrize(("summary", "kept"), [
    ("Elle l'a dit sur Instagram, dont les abonnés en parlent.", False),        # a platform in passing
    ("Elle l'a dit sur Instagram, puis sur TikTok.", False),                    # two of them
    ("Elle l'a dit sur Instagram, contre la désinformation.", True),            # … and a core topic
    ("La publicité, la désinformation et le référencement.", False),            # topics in passing, and no platform
    ("Avec ChatGPT, Claude d'Anthropic et Perplexity.", False),                 # what every article on AI names
    ("Un youtubeur en parle.", False),                                          # the words of one proof count once
])
def test_what_is_named_in_passing_opens_the_gate_only_together(summary: str, kept: bool) -> None:
    assert tags("Elle rouvre la boutique", summary, source(gate=True)).kept is kept


def test_a_first_party_source_does_not_open_its_own_gate() -> None:
    keyword = source(primary=True, entities=("google",), gate=True)
    assert not tags("Google celebrates a century of cinema", source=keyword).kept
    assert not tags("A century of cinema", source=keyword).kept
    assert tags("Google and YouTube celebrate", source=keyword).kept
    assert tags("Google Search gets new results", source=keyword).kept
    instagram = source(primary=True, entities=("instagram",), gate=True)
    assert not tags("Instagram celebrates cinema", source=instagram).kept
    assert tags("Instagram celebrates cinema", source=source(gate=True)).kept


# ---------------------------------------------------------------------------------------------------- rules


def rule(pattern: str, action: str = "mute", **fields: object) -> Rule:
    return Rule(**{"name": f"{action} {pattern}", "action": action, "pattern": pattern, **fields})


def ruled(*rules: Rule, at: Sighting, source: Source = NEWS) -> Tags:
    return Tagger(SHIPPED, rules).tags(at, source)


def test_the_first_rule_that_matches_wins() -> None:
    rules = (rule("soldes"), rule("promo", "boost"), rule("promo", "mute"))
    assert ruled(*rules, at=sighting("Superpromotions")).rule == rules[1]
    assert ruled(*rules, at=sighting("Rien")).rule is None


@pytest.mark.parametrize(("field", "at"), [
    ("title", sighting("Du NOUVEAU")),
    ("summary", sighting("", "Du nouveau")),
    ("link", sighting("", link="https://example.com/nouveau")),
    ("author", sighting("", authors=("Anne", "Nouveau"))),
    ("category", sighting("", categories=("Vieux", "Nouveau"))),
])
def test_a_rule_looks_in_its_field_or_in_all_of_them(field: str, at: Sighting) -> None:
    for where in ("any", "title", "summary", "link", "author", "category"):
        assert (ruled(rule("nouveau", field=where), at=at).rule is not None) is (where in ("any", field))


def test_a_rule_for_some_sources_leaves_the_others_alone() -> None:
    of_others = rule("promo", sources=("shop",))
    assert ruled(of_others, at=sighting("Promo")).rule is None
    assert ruled(of_others, at=sighting("Promo"), source=source(id="shop")).rule == of_others


def test_a_tag_rule_adds_its_topic_with_its_name_as_the_reason() -> None:
    balados = rule("baladodiffusions?|influenceurs", "tag", topic="createurs-video", name="Balados")
    found = ruled(balados, at=sighting("Une baladodiffusion sur le RGPD"), source=source(topics=("seo",)))
    assert found.topics == ("droit-donnees", "createurs-video") and words(found, "createurs-video") == [("rule", "Balados")]
    proved = ruled(balados, at=sighting("Une baladodiffusion d'influenceurs"))
    assert proved.topics == ("createurs-video",) and words(proved, "createurs-video") == [("title", "influenceurs")]


def test_what_the_user_moves_up_or_tags_passes_the_gate_and_what_is_muted_is_told() -> None:
    generalist = source(gate=True)
    assert ruled(rule("vélo", "boost"), at=sighting("Le vélo"), source=generalist).kept
    assert ruled(rule("vélo", "tag", topic="seo"), at=sighting("Le vélo"), source=generalist).kept
    assert not ruled(rule("vélo"), at=sighting("Le vélo"), source=generalist).kept
    muted = ruled(rule("vélo"), at=sighting("TikTok à vélo"), source=generalist)
    assert muted.kept and muted.rule is not None and muted.rule.action == "mute"


def test_rules_are_read_with_the_spelling_of_the_typesetter_too() -> None:
    assert ruled(rule("aujourd’hui\u00a0: promo"), at=sighting("Aujourd'hui : promo")).rule
    assert ruled(rule("^l'été$", field="title"), at=sighting("L’e\u0301te\u0301")).rule


# ---------------------------------------------------------------------------------------------------- hostile text, and the law


@pytest.mark.parametrize("text", [
    "", " ", "\0", "\ud800", "X" * 100_000, "X " * 50_000, "galaxy x" * 20_000, "1" * 50_000, "a\u0301" * 50_000, "\ufdfa" * 50_000,
    "réseaux " * 20_000, "Meta ads " * 20_000, "(" * 50_000, "\n" * 50_000, "é" * 50_000,
])
def test_hostile_text_costs_no_more_than_its_beginning(text: str) -> None:
    found = tags(text, text, source=source(gate=True, primary=True, entities=("meta",)))
    assert all(mention.end <= SUMMARY_CHARS for mention in found.mentions)
    assert len(normalised(text, TITLE_CHARS)) <= TITLE_CHARS


def test_a_text_is_cut_at_a_word() -> None:
    assert normalised("Meta Metaverse", 8) == "Meta" and normalised("Metaverse", 4) == "Meta"
    assert tags("a " * 148 + "TikToken").entities == ()


@settings(deadline=None)
@given(st.text(max_size=40) | st.text(st.sampled_from("a é\u00a0\u0301’ﬁ…\n½"), max_size=40), st.integers(1, 30))
def test_normalising_twice_changes_nothing(text: str, limit: int) -> None:
    once = normalised(text, limit)
    assert normalised(once, limit) == once and len(once) <= limit and "  " not in once and "’" not in once


@cache
def compiled(pattern: str, flags: re.RegexFlag) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{pattern})(?!\w)", flags | re.MULTILINE)


class Plainly:
    """The rules at the head of vocabulary.yaml, word for word: every pattern is run on every text, and nothing is clever."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary

    def hits(self, patterns: Iterable[str], text: str, flags: re.RegexFlag = re.IGNORECASE) -> list[tuple[int, int]]:
        return [match.span() for pattern in patterns for part in re.finditer(r"[^\n]+", text)
                for match in compiled(pattern, flags).finditer(text, *part.span())]

    def blank(self, text: str, spans: Iterable[tuple[int, int]]) -> str:
        letters = list(text)
        for start, end in spans:
            letters[start:end] = "\0" * (end - start)
        return "".join(letters)

    def entity(self, entity: Entity, text: str, title: int) -> list[int]:
        """Where the names stand that prove it."""
        text = self.blank(text, self.hits(entity.mask, text))
        names = tuple(map(re.escape, entity.aliases))
        sure = self.hits(entity.strong, text) + self.hits((*entity.strong_cs, *(() if entity.near else names)), text, re.NOFLAG)
        proved = [start for start, _ in sure]
        shouted = text[:title].isupper() and text[:title].count(" ") >= 3
        for pattern in (*entity.weak_cs, *(names if entity.near else ())):
            found = self.hits((pattern,), text, re.NOFLAG)
            if found and self.hits(entity.near, self.blank(text, found)):
                proved += [start for start, _ in found]
            elif self.hits(entity.near, text):
                proved += [start for start, _ in found if not shouted or start > title]
        return proved

    def topic(self, topic: Topic, text: str, title: int, kinds: set[str], titled: set[str]) -> bool:
        text = self.blank(text, self.hits(topic.mask, text))
        shouted = text[:title].isupper() and text[:title].count(" ") >= 3
        return bool(
            self.hits(topic.any, text)
            or any(not shouted or start > title for start, _ in self.hits(topic.any_cs, text, re.NOFLAG))
            or (kinds & set(topic.with_kinds) and any(start > title or not titled or titled & set(topic.with_kinds)
                                                      for start, _ in self.hits(topic.with_entity, text)))
        )

    def tags(self, title: str, summary: str) -> tuple[set[str], set[str]]:
        title = normalised(title, TITLE_CHARS)
        text = f"{title}\n{normalised(summary, SUMMARY_CHARS)}"
        entities = {entity.id for entity in self.vocabulary.entities if self.entity(entity, text, len(title))}
        titled = {entity.id for entity in self.vocabulary.entities if any(at <= len(title) for at in self.entity(entity, text, len(title)))}
        topics = self.topics(text, len(title), entities, entities, titled)
        if not self.topics(title, len(title), entities, titled, titled):
            topics |= {topic.id for topic in self.vocabulary.topics if self.names(titled) & set(topic.named_otherwise)}
        return topics, entities

    def topics(self, text: str, title: int, entities: set[str], named: set[str], titled: set[str]) -> set[str]:
        """`named` prove by their names, `titled` stand in the title."""
        kinds, above = ({entity.kind for entity in self.vocabulary.entities if entity.id in some} for some in (entities, titled))
        names = self.names(named)
        return {topic.id for topic in self.vocabulary.topics if names & set(topic.named) or self.topic(topic, text, title, kinds, above)}

    def names(self, entities: set[str]) -> set[str]:
        """Ids and kinds."""
        return entities | {entity.kind for entity in self.vocabulary.entities if entity.id in entities}


class Everything:
    """A sieve that lets every pattern through."""

    def sift(self, text: str) -> dict[int, list[int]]:
        return {number: [] for number in range(len(TAGGER._proves))}


PLAINLY = Plainly(SHIPPED)
WITHOUT_SIEVE = Tagger(SHIPPED)
WITHOUT_SIEVE._sieve = Everything()
PIECES = st.sampled_from([text for *_, text in EXAMPLES] + [" ", "\n", ", ", "’", "X", "Signal", "IA", "SUR X", "« ", "méta-"])
TEXTS = st.builds(lambda pieces, change: change(" ".join(pieces)), st.lists(PIECES, max_size=3),
                  st.sampled_from([str, str.upper, str.lower, str.title]))


def agree(title: str, summary: str) -> None:
    found = tags(title, summary)
    assert (set(found.topics), set(found.entities)) == PLAINLY.tags(title, summary)
    assert found == tags(title, summary, tagger=WITHOUT_SIEVE)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(TEXTS, TEXTS)
def test_the_tagger_finds_what_running_every_pattern_finds(title: str, summary: str) -> None:
    agree(title, summary)


def test_the_tagger_finds_what_running_every_pattern_finds_in_all_examples() -> None:
    texts = [text for *_, text in EXAMPLES]
    for title, summary in pairwise(texts):
        agree(title, summary)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(TEXTS, TEXTS)
def test_every_tag_has_a_mention_and_every_mention_its_words(title: str, summary: str) -> None:
    found = tags(title, summary)
    assert set(found.topics) | set(found.entities) == {mention.tag for mention in found.mentions}
    fields = {"title": normalised(title, TITLE_CHARS), "summary": normalised(summary, SUMMARY_CHARS)}
    for mention in found.mentions:
        assert mention.exact == fields[mention.field][mention.start:mention.end] != ""
        assert unicodedata.is_normalized("NFKC", mention.exact)
    in_title = [next(mention.field for mention in found.mentions if mention.tag == topic) == "title" for topic in found.topics]
    assert in_title == sorted(in_title, reverse=True)
