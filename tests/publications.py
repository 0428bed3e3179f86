"""A small hand-made publication: invented publishers and platforms, four digests, a story told in two languages, every kind of health.

Builders fill in what a test does not care about; `publication()` is the whole of it, and `replace(publication(), …)` bends it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from watcher.core.language import Speech
from watcher.edge import catalogs
from watcher.model import (
    Digest,
    DigestSettings,
    Entity,
    Entry,
    Failed,
    Gap,
    Join,
    Lead,
    LeftOut,
    Limits,
    Mention,
    Publication,
    Ranked,
    Reason,
    Redline,
    RunNote,
    Section,
    Sighting,
    SiteSettings,
    Source,
    SourceHealth,
    SourceState,
    Status,
    Story,
    Tagged,
    Tags,
    Topic,
    Verdict,
    Vocabulary,
)

PARIS = ZoneInfo("Europe/Paris")
SECRET = "s3cr3t-token"                             # in the fetch address of one source: must be in nothing that is published
HOSTILE = """<script>alert(1)</script> "quotes" & 'apostrophes' <img src=x onerror=alert(2)> {{ 7*7 }} {% raw %} ](javascript:alert(3))"""


def paris(text: str) -> datetime:
    """"2026-11-23 07:30" on the clocks of Paris, in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=PARIS).astimezone(UTC)


AS_OF = paris("2026-11-23 13:05")                   # a Monday; its digest covers the weekend


def speech(language: Literal["fr", "en"] = "fr") -> Speech:
    return Speech(catalogs.catalog(language), "Europe/Paris")


def source(id: str, name: str, *, language: str = "fr", group: str = "", primary: bool = False, weight: int = 1, gate: bool = False,
           kind: Literal["feed", "page"] = "feed", topics: tuple[str, ...] = (), entities: tuple[str, ...] = (),
           url: str = "", feed_url: str | None = "") -> Source:
    home = f"https://{id}.example/"
    url = url or f"{home}feed.xml"
    return Source(id=id, name=name, kind=kind, url=url, home=home, language=language, group=group, primary=primary, weight=weight,
                  gate=gate, topics=topics, entities=entities, feed_url=url if feed_url == "" else feed_url)


SOURCES = (
    source("clipper-newsroom", "Clipper Newsroom", group="Plateformes", primary=True, weight=3, entities=("clipper",),
           topics=("plateformes",)),
    source("nodal-blog", "Nodal Product Blog", language="en", group="Plateformes", primary=True, weight=3, entities=("nodal",)),
    source("pictogram-terms", "Pictogram, conditions d’utilisation", group="Plateformes", primary=True, kind="page", topics=("droit",)),
    source("fil-social", "Le Fil Social", group="Presse du métier", weight=2),
    source("reseaux-marques", "Réseaux & Marques", group="Presse du métier"),
    source("devsocial", "DevSocial Weekly", language="en", group="Presse du métier"),
    source("observatoire", "Observatoire du Numérique", group="Droit", primary=True, weight=3, topics=("droit",)),
    source("grand-journal", "Le Grand Journal", group="Presse générale", gate=True),
    source("members-only", "Club <des> “Membres” & amis", group="Presse du métier",
           url=f"https://user:{SECRET}@members-only.example/feed?key={SECRET}", feed_url=None),
    source("old-blog", "Carnet du Libre", group="Presse du métier"),
)

VOCABULARY = Vocabulary(
    topics=(
        Topic(id="plateformes", labels=(("fr", "Réseaux sociaux"), ("en", "Social platforms")),
              description="Fonctionnalités, formats, tests et déploiements."),
        Topic(id="droit", labels=(("fr", "Droit et vie privée"), ("en", "Law and privacy")), description="Lois, décisions, conditions."),
        Topic(id="outils", labels=(("fr", "Outils"), ("en", "Tools")), description="Création et planification."),
        Topic(id="pannes", labels=(("fr", "Pannes et incidents"), ("en", "Outages and incidents"))),
        Topic(id="etudes", labels=(("fr", "Études"), ("en", "Studies")), core=False),
    ),
    entities=(
        Entity(id="clipper", labels=(("fr", "Clipper"), ("en", "Clipper")), kind="reseau-social", tier=1),
        Entity(id="pictogram", labels=(("fr", "Pictogram"), ("en", "Pictogram")), kind="reseau-social", tier=1),
        Entity(id="nodal", labels=(("fr", "Nodal"), ("en", "Nodal")), kind="reseau-social", tier=1),
        Entity(id="agora", labels=(("fr", "Agora"), ("en", "Agora")), kind="messagerie", tier=1),
        Entity(id="regulateur", labels=(("fr", "Autorité des données"), ("en", "Data Authority")), kind="regulateur", tier=2),
        Entity(id="planif", labels=(("fr", "Planif"), ("en", "Planif")), kind="outil", tier=2),
    ),
)


def tagged(key: str, source_id: str, title: str, *, seen: str, summary: str = "", topics: tuple[str, ...] = (),
           entities: tuple[str, ...] = (), language: str = "", link: str | None = None, published: str = "",
           backlog: bool = False, authors: tuple[str, ...] = (), categories: tuple[str, ...] = ()) -> Tagged:
    """A sighting of an entry, its tags proved by words of its title. `seen` and `published` are Paris clock times."""
    key = key.ljust(16, "0")
    one = next((one for one in SOURCES if one.id == source_id), None)
    entry = Entry(
        source_id=source_id, id=f"tag:{source_id}:{key}", title=title, summary=summary, authors=authors, categories=categories,
        link=f"https://{source_id}.example/{key}" if link is None else link,
        published=paris(published) if published else None, language=language or (one.language if one else "fr"),
    )
    kinds: tuple[tuple[Literal["topic", "entity"], tuple[str, ...]], ...] = (("topic", topics), ("entity", entities))
    mentions = tuple(
        Mention(entry_key=key, tag=tag, kind=kind, field="title", start=0, end=7, exact=title[:7]) for kind, tags in kinds for tag in tags
    )
    return Tagged(
        sighting=Sighting(key=key, entry=entry, fingerprint=f"f-{key}", first_seen_at=paris(seen), backlog=backlog),
        tags=Tags(topics=topics, entities=entities, mentions=mentions),
    )


def story(lead: Tagged, *others: Tagged, status: Status = "reported") -> Story:
    joins = tuple(
        Join(key=one.sighting.key, to=lead.sighting.key, evidence=(
            Reason(name="same-title", points=1.0, because="join.same-title", values=(("publisher", name_of(lead)),)),))
        for one in others
    )
    return Story(id=lead.sighting.key, lead=lead, others=others, status=status, joins=joins)


def ranked(one: Story, *reasons: Reason, teaser: str | None = None) -> Ranked:
    reasons = reasons or (reason("platform-title", 2.0, words="Clipper"),)
    said = one.lead.sighting.entry.summary if teaser is None else teaser
    return Ranked(story=one, score=sum(reason.points for reason in reasons), reasons=reasons, teaser=said)


def reason(name: str, points: float = 0.0, **values: str) -> Reason:
    return Reason(name=name, points=points, because=f"reason.{name}", values=tuple(values.items()))


def left_out(one: Tagged, name: str, *, story_id: str | None = None, message: str = "", **values: str) -> LeftOut:
    entry = one.sighting.entry
    why = Reason(name=name, points=0.0, because=message or f"left-out.{name}", values=tuple(values.items()))
    return LeftOut(key=one.sighting.key, source_id=entry.source_id, title=entry.title, link=entry.link, why=why, story_id=story_id)


def digest(id: str, start: str, end: str, *, sections: Sequence[tuple[str, Sequence[Ranked]]] = (), left: Sequence[LeftOut] = (),
           gap: Gap = "", reading_s: int = 0) -> Digest:
    """A closed digest; whoever is told in a shown story but does not lead it is folded into the ledger, as core/digest does."""
    shown = [one for _, all_of in sections for one in all_of]
    folded = tuple(
        left_out(other, "folded", story_id=one.story.id, publisher=name_of(one.story.lead)) for one in shown for other in one.story.others
    )
    return Digest(
        id=id, start_at=paris(start), end_at=paris(end), as_of=paris(end), gap=gap, reading_s=reading_s,
        sections=tuple(Section(topic=topic, ranked=tuple(all_of)) for topic, all_of in sections),
        left_out=(*left, *folded), seen=len(shown) + len(left) + len(folded),
    )


def name_of(one: Tagged) -> str:
    return next((source.name for source in SOURCES if source.id == one.sighting.entry.source_id), one.sighting.entry.source_id)


# The lead of Monday: an official announcement told by four in two languages.
QUOTA = story(
    tagged("c1", "clipper-newsroom", "Clipper ouvre son API de publication aux comptes d’organisation, avec un quota quotidien",
           seen="2026-11-22 05:10", published="2026-11-22 05:00", topics=("plateformes", "outils"), entities=("clipper",),
           summary="Les outils tiers pourront programmer vidéos, carrousels et réponses. Le quota est fixé à 50 par jour."),
    tagged("f1", "fil-social", "Clipper API : ce que change le nouveau quota", seen="2026-11-22 07:40", topics=("plateformes",),
           entities=("clipper",)),
    tagged("r1", "reseaux-marques", "Publier sur Clipper depuis son outil habituel, enfin", seen="2026-11-22 09:02", entities=("clipper",)),
    tagged("d1", "devsocial", "Clipper’s publishing API: limits, scopes, gotchas", seen="2026-11-22 16:30", entities=("clipper",),
           topics=("outils",)),
    status="official",
)
PINNED = story(
    tagged("n1", "nodal-blog", "Nodal lets page admins pin up to three replies under a post", seen="2026-11-21 02:00",
           published="2026-11-21 01:48", topics=("plateformes",), entities=("nodal",),
           summary="Pinned replies appear before ranked comments and can be scheduled with the parent post."),
    status="in-force",
)
FRIENDS = story(
    tagged("f2", "fil-social", "Pictogram testerait un onglet « Amis » sans recommandations", seen="2026-11-21 11:20",
           topics=("plateformes",), entities=("pictogram",),
           summary="Un flux strictement chronologique serait proposé à 5 % des utilisateurs européens."),
    status="rumour",
)
DOCTRINE = story(
    tagged("o1", "observatoire", "Publicité ciblée : l’autorité publie sa doctrine sur les audiences similaires", seen="2026-11-20 22:00",
           topics=("droit",), entities=("regulateur",), summary="Le consentement devra être recueilli avant tout import de contacts."),
    tagged("f3", "fil-social", "Audiences similaires : ce que dit la doctrine", seen="2026-11-21 08:00", topics=("droit",)),
    status="official",
)
OUTAGE = story(
    tagged("d2", "devsocial", "Agora was down for two hours on Saturday", seen="2026-11-21 20:15", topics=("pannes",), entities=("agora",)),
)
STUDY = story(
    tagged("r2", "reseaux-marques", "Baromètre : 62 % des équipes publient moins mais répondent plus", seen="2026-11-22 18:00",
           topics=("etudes",), summary="L’enquête relie la baisse du volume à une hausse de l’engagement médian."),
)
COLLAB = story(
    tagged("f4", "fil-social", "Partenariats rémunérés : la mention « Collaboration » devra précéder le texte", seen="2026-11-19 10:00",
           topics=("droit", "plateformes"), entities=("pictogram",)),
    tagged("g1", "grand-journal", "Partenariats rémunérés : la mention « Collaboration » devra précéder le texte", seen="2026-11-19 11:00",
           topics=("droit",)),
)
CAPTION = story(
    tagged("d3", "devsocial", "Planif adds automatic contrast check for burned-in subtitles", seen="2026-11-17 16:00",
           topics=("outils",), entities=("planif",), summary="The check follows WCAG 2.2 AA thresholds and works on exported frames."),
)
FRESH = story(
    tagged("n2", "nodal-blog", "Nodal retires the legacy share button on 15 January", seen="2026-11-23 10:40", topics=("outils",),
           entities=("nodal",), summary="Sites that embed it will see a plain link."),
    status="official",
)
TUTORIAL = tagged("r3", "reseaux-marques", "10 astuces pour vos carrousels", seen="2026-11-21 09:00", topics=("plateformes",))
GENERAL = tagged("g2", "grand-journal", "Le Sénat adopte le budget", seen="2026-11-21 12:00")
SOLDES = tagged("m1", "members-only", "Promo : -50 % sur nos formations", seen="2026-11-22 12:00")


# Two changes of a watched page; the entry that told the later one is in no digest.
CHANGED = tagged("p1", "pictogram-terms", "Pictogram, conditions d’utilisation, page modifiée sans le dire : « peuvent servir »",
                 seen="2026-11-22 06:00", topics=("droit",), link="https://pictogram-terms.example/")
REDLINES = tuple(
    Redline(
        key=key.ljust(16, "0"), source_id="pictogram-terms", name="Pictogram, conditions d’utilisation", language=language,
        home="https://pictogram-terms.example/", seen_at=paris(seen), before_at=paris("2026-11-17 07:30"), before="aa", after="bb", added=5,
        removed=2, stated="Dernière mise à jour : 2 mars 2026", silent=silent, more=more, passages=(
            (("kept", "7. Vos contenus"),),
            (("kept", "Vos publications restent"), ("removed", "à vous."), ("added", "à vous, et peuvent servir."),
             ("kept", "Nous les gardons.")),
            (),
            (("removed", f"8. {HOSTILE}"),),
            (("added", f"9. {HOSTILE}"),),
        ))
    for key, seen, language, silent, more in (("p1", "2026-11-22 06:00", "en", True, 3), ("p0", "2026-11-18 06:00", "fr", False, 0))
)


def digests() -> tuple[Digest, ...]:
    """Newest first. Friday brought nothing, Monday covers the weekend; Thursday's build closed the first ones."""
    official, told = reason("official", 3.0, publisher="Clipper Newsroom"), reason("publishers", 4.5, n="4")
    monday = digest(
        "2026-11-23", "2026-11-20 07:30:05", "2026-11-23 07:30:07", gap="days", reading_s=142,
        sections=(
            ("lead", (ranked(QUOTA, official, told, reason("platform-title", 2.0, words="Clipper")), ranked(PINNED), ranked(DOCTRINE))),
            ("plateformes", (ranked(FRIENDS, reason("rumour", -1.0, publisher="Le Fil Social")),)),
            ("pannes", (ranked(OUTAGE),)),
            ("etudes", (ranked(STUDY),)),
        ),
        left=(
            left_out(TUTORIAL, "how-to", message="reason.cue.how-to"), left_out(GENERAL, "gate"),
            left_out(SOLDES, "muted", rule="Promotions"),
        ),
    )
    friday = digest("2026-11-20", "2026-11-19 07:30:04", "2026-11-20 07:30:05")
    thursday = digest("2026-11-19", "2026-11-18 07:30:09", "2026-11-19 07:30:04", reading_s=20,
                      sections=(("lead", (ranked(COLLAB),)),))
    wednesday = digest("2026-11-18", "2026-11-17 07:30:00", "2026-11-18 07:30:09", gap="first", reading_s=15,
                       sections=(("outils", (ranked(CAPTION),)),))
    return (monday, friday, thursday, wednesday)


def health(one: Source, verdict: Verdict, *, last: str = "2026-11-22 18:00", failed: Failed | None = None, since: str = "",
           sightings: int = 12, delay_s: float | None = 780.0) -> SourceHealth:
    state = SourceState(
        source_id=one.id, first_success_at=paris("2026-11-17 07:30"), last_success_at=paris(since or "2026-11-23 07:30"),
        last_attempt_at=paris("2026-11-23 13:00"), failure=failed, failures=5 if failed else 0,
        failing_since_at=paris(since) if since else None, title=one.name, entries=10,
    )
    return SourceHealth(source=one, state=state, sightings=sightings, last_entry_at=paris(last) if sightings else None, verdict=verdict,
                        delay_median_s=delay_s, delay_p90_s=delay_s * 4 if delay_s is not None else None)


def healths() -> tuple[SourceHealth, ...]:
    at = paris("2026-11-23 13:00")
    down = Failed(source_id="old-blog", step="gone", reason="410 Gone", failed_at=at, status=410)
    refused = Failed(source_id="members-only", step="http-status", reason="403 Forbidden", failed_at=at, status=403)
    slow = Failed(source_id="grand-journal", step="timeout", reason="no answer within 20 s", failed_at=at)
    by_id = {one.id: one for one in SOURCES}
    special = {
        "old-blog": health(by_id["old-blog"], "gone", failed=down, since="2026-11-10 07:30", sightings=0, delay_s=None),
        "members-only": health(by_id["members-only"], "blocked", failed=refused, since="2026-11-20 07:30"),
        "grand-journal": health(by_id["grand-journal"], "failing", failed=slow, since="2026-11-22 07:30"),
        "devsocial": health(by_id["devsocial"], "silent", last="2026-10-02 18:00", delay_s=45.0),
        "pictogram-terms": health(by_id["pictogram-terms"], "new", sightings=1, delay_s=None),
        "nodal-blog": health(by_id["nodal-blog"], "moved", delay_s=90_000.0),
    }
    return tuple(special.get(one.id) or health(one, "fine") for one in SOURCES)


def stories() -> tuple[Story, ...]:
    """Newest first."""
    all_of = (QUOTA, PINNED, FRIENDS, DOCTRINE, OUTAGE, STUDY, COLLAB, CAPTION, FRESH)
    return tuple(sorted(all_of, key=lambda one: (one.first_seen_at, one.id), reverse=True))


def by_source() -> dict[str, tuple[Tagged, ...]]:
    everyone = [one for each in stories() for one in each.members] + [TUTORIAL, GENERAL, SOLDES, CHANGED]
    newest = sorted(everyone, key=lambda one: (one.sighting.first_seen_at, one.sighting.key), reverse=True)
    return {one.id: tuple(each for each in newest if each.sighting.entry.source_id == one.id) for one in SOURCES}


def latest() -> Digest:
    return digest("2026-11-23", "2026-11-23 07:30:07", "2026-11-23 13:05:01", reading_s=11, sections=(("lead", (ranked(FRESH),)),))


def publication(language: Literal["fr", "en"] = "fr", *, url: str = "https://example.org/veille/") -> Publication:
    return Publication(
        site=SiteSettings(title="Veille & Cie", url=url, language=language),
        digest=DigestSettings(), sources=SOURCES, vocabulary=VOCABULARY, as_of=AS_OF, digests=digests(),
        updated_at=paris("2026-11-23 10:40"), stories=stories(), latest=latest(), health=healths(), by_source=by_source(),
        last_run=RunNote(started_at=AS_OF - timedelta(seconds=40), ended_at=AS_OF, asked=10, unchanged=6, failed=3, new=1),
        limits=Limits(), version="0.1.0", next_digest_at=paris("2026-11-24 07:30"), redlines=REDLINES,
        leads=(Lead(source_id="clipper-newsroom", shared=31, firsts=24, seen_firsts=19, chance=0.43, low=0.602, high=0.886,
                    median_s=4_200.0),
               Lead(source_id="fil-social", shared=7, firsts=1, seen_firsts=2, chance=0.5, low=0.026, high=0.513, median_s=600.0)),
    )


def empty(language: Literal["fr", "en"] = "fr") -> Publication:
    """Before any run: sources, and nothing seen of them."""
    return Publication(
        site=SiteSettings(title="Veille & Cie", language=language), digest=DigestSettings(), sources=SOURCES, vocabulary=VOCABULARY,
        as_of=AS_OF, digests=(), updated_at=AS_OF, stories=(), latest=None,
        health=tuple(SourceHealth(source=one, state=SourceState(source_id=one.id), sightings=0, last_entry_at=None, delay_median_s=None,
                                  delay_p90_s=None, verdict="new") for one in SOURCES),
        by_source={}, last_run=None, limits=Limits(), version="0.1.0",
    )
