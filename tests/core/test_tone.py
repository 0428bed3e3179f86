"""What kind of mention a text is, and what to do about it."""

from __future__ import annotations

import re
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.core.tone import Judge
from watcher.edge import catalogs
from watcher.model import Brand, Judged, Platform

JUDGE = Judge(catalogs.mention_words())
BRAND = Brand(id="ravelo", names=("Ravelo",))
BOSS = Brand(id="boss", names=("Ada Kern",), kind="person")
RIVAL = Brand(id="rival", names=("Ravelo",), kind="competitor")
PLATFORMS: tuple[Platform, ...] = get_args(Platform)


def judged(said: str, brand: Brand = BRAND, platform: Platform = "bluesky") -> Judged:
    return JUDGE.judge(said, brand=brand, platform=platform)


@pytest.mark.parametrize(("said", "kind", "advice"), [
    ("Ravelo : qui sait quand rouvre la boutique ?", "question", "answer"),
    ("does anyone know if Ravelo ships to Malta?", "question", "answer"),
    ("Ravelo, deux mois de retard et aucune réponse. Lamentable.", "complaint", "answer"),
    ("Ravelo's app crashes every time I log in", "complaint", "answer"),
    ("Merci Ravelo pour la panne de ce matin", "complaint", "answer"),
    ("Chapeau Ravelo, livraison impeccable", "praise", "watch"),
    ("absolutely love my Ravelo bike", "praise", "watch"),
    ("code promo Ravelo : -10 % avec mon lien", "other", "ignore"),
    ("vu passer un vélo Ravelo rue des Lilas", "other", "ignore"),
    ("EDIT : Ravelo m'a remboursé, problème résolu. J'étais furieux.", "complaint", "watch"),
    ("Le frein de mon Ravelo a lâché, je suis tombée, poignet cassé, direction les urgences aux urgences", "safety", "answer"),
    ("Ravelo battery caught fire in my hallway", "safety", "answer"),
    ("Faux SMS Ravelo qui demande votre carte", "safety", "answer"),
    ("je vais porter plainte contre Ravelo", "legal", "answer"),
    ("my lawyer is writing to Ravelo tomorrow", "legal", "answer"),
    ("Ravelo condamné à 3 millions d'euros d'amende", "legal", "watch"),
    ("I'm a journalist working on e-bikes, could your press office comment on Ravelo?", "press", "answer"),
])
def test_a_post_is_what_its_words_say(said: str, kind: str, advice: str) -> None:
    found = judged(said)
    assert (found.kind, found.advice) == (kind, advice)


@pytest.mark.parametrize(("said", "platform", "kind"), [
    ("Ravelo ouvre une usine à Troyes", "press", "press"),
    ("Ravelo ouvre une usine à Troyes - Le Fil", "web", "press"),
    ("Ravelo poursuivi par un concurrent", "press", "legal"),
    ("Ravelo rappelle 800 vélos : la batterie peut prendre feu", "press", "safety"),
    ("Offre d’emploi : mécanicien Ravelo (H/F)", "web", "other"),
    ("Ravelo, aucune réponse, quelle honte", "web", "complaint"),
    ("Ravelo : comment résilier ?", "web", "question"),
    ("Retards et pannes chez Ravelo, la honte du quartier - Le Courrier", "web", "press"),
    ("J’ai acheté un Ravelo, il est tombé en panne deux fois", "web", "complaint"),
    ("Ravelo’s ride sharing plan\nArticle URL: https://example.org/ Points: 12 # Comments: 3", "hacker-news", "press"),
])
def test_where_it_stands_speaks_where_its_words_do_not(said: str, platform: Platform, kind: str) -> None:
    assert judged(said, platform=platform).kind == kind


def test_the_proof_is_quoted_as_it_was_written() -> None:
    assert judged("C’est INADMISSIBLE, Ravelo").exact == "INADMISSIBLE"
    assert judged("Alerte : Ravelo, Fuite de Données massive").exact == "Fuite de Données"


def test_a_person_is_not_argued_with_and_a_competitor_not_answered_for() -> None:
    assert judged("Ada Kern est une incompétente", BOSS).advice == "watch"
    assert judged("je sais où habite Ada Kern", BOSS).advice == "answer"
    assert judged("Ravelo, deux mois de retard, lamentable", RIVAL).advice == "watch"
    assert judged("j'adore mon Ravelo", RIVAL).advice == "ignore"


@pytest.mark.parametrize("said", [
    "Ravelo m’a rappelé en dix minutes, bravo", "mort de rire devant la pub Ravelo", "copyright free music by Ravelo",
    "Ravelo sales exploded this year", "the death of the Ravelo logo", "qui va payer la livraison Ravelo ?",
    "fighting for Ravelo: fire sale",
])
def test_sayings_are_no_danger_and_no_trial(said: str) -> None:
    assert judged(said).kind not in ("safety", "legal")


def test_the_name_itself_is_no_proof() -> None:
    assert judged("Super Genial, rue des Lilas", Brand(id="s", names=("Super Genial",))).kind == "other"


def test_what_a_platform_adds_is_not_what_the_writer_says() -> None:
    """The subreddit is named after its members' complaints, not after this one's."""
    assert judged("Ravelo\nsubmitted by /u/furieux to r/arnaque [link] [comments]").kind == "other"


def test_every_reason_is_a_sentence_in_both_languages() -> None:
    found = {judged(said, brand, platform).reason.because for said in _SAYINGS for brand in (BRAND, BOSS, RIVAL) for platform in PLATFORMS}
    for language in ("fr", "en"):
        words = catalogs.catalog(language).messages
        for because in found:
            assert str(words[because]).rstrip().endswith(".")


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=200), st.sampled_from((BRAND, BOSS, RIVAL)), st.sampled_from(PLATFORMS))
def test_legal_press_and_safety_are_never_ignored(said: str, brand: Brand, platform: Platform) -> None:
    found = judged(f"Ravelo {said}", brand, platform)
    assert not (found.kind in ("legal", "press", "safety") and found.advice == "ignore")


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("brand", [BRAND, BOSS, RIVAL], ids=lambda brand: brand.kind)
def test_what_is_grave_is_never_ignored_however_it_is_dressed(brand: Brand, platform: Platform) -> None:
    for grave in ("blessée", "hospitalised", "tribunal", "lawsuit", "journaliste", "incendie", "recalled over"):
        found = judged(f"code promo parrainage merci super génial {grave} ? bravo Ravelo Ada Kern cdi", brand, platform)
        assert (found.kind, found.advice) in {(kind, advice) for kind in ("safety", "legal", "press") for advice in ("answer", "watch")}


def test_the_patterns_are_whole_and_none_is_lost_to_yaml() -> None:
    for _, patterns in catalogs.mention_words().groups:
        assert all(isinstance(pattern, str) and re.compile(pattern) for pattern in patterns)


_SAYINGS = (
    "Ravelo Ada Kern", "Ravelo Ada Kern incendie", "Ravelo Ada Kern tribunal", "je porte plainte Ravelo Ada Kern",
    "journaliste Ravelo Ada Kern",
    "Ravelo Ada Kern lamentable", "Ravelo Ada Kern : ça marche comment ?", "Ravelo Ada Kern génial", "Ravelo Ada Kern problème résolu",
    "Ravelo Ada Kern code promo",
)
