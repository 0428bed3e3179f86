from tests.golden.feeds import entry, utc
from watcher.model import Feed

FEED = Feed(
    title="Plume", link="https://plume.example/", language="fr",
    entries=(
    entry(
        id="", link="https://plume.example/0", title="Mon, 23 Nov 2026 08:30:00 EST",
        published=utc(2026, 11, 23, 13, 30), language="fr",
    ),
    entry(
        id="", link="https://plume.example/1", title="Tue, 23 Nov 26 08:30 GMT", published=utc(2026, 11, 23, 8, 30),
        language="fr",
    ),
    entry(
        id="", link="https://plume.example/2", title="23 novembre 2026 à 8h30", published=utc(2026, 11, 23, 8, 30),
        language="fr",
    ),
    entry(
        id="", link="https://plume.example/3", title="lun., 23 nov. 2026 08:30:00 +0100",
        published=utc(2026, 11, 23, 7, 30), language="fr",
    ),
    entry(id="", link="https://plume.example/4", title="2026-11-23", published=utc(2026, 11, 23, 0, 0), language="fr"),
    entry(
        id="", link="https://plume.example/5", title="20261123T083000Z", published=utc(2026, 11, 23, 8, 30),
        language="fr",
    ),
    entry(
        id="", link="https://plume.example/6", title="2026-11-23 08:30:00", published=utc(2026, 11, 23, 8, 30),
        language="fr",
    ),
    entry(id="", link="https://plume.example/7", title="1795422600", published=utc(2026, 11, 23, 8, 30), language="fr"),
    entry(
        id="", link="https://plume.example/8", title="Nov 23, 2026 8:30 PM", published=utc(2026, 11, 23, 20, 30),
        language="fr",
    ),
    entry(
        id="", link="https://plume.example/9", title="Mo, 23 Dez 2026 08:30:00 +0100",
        published=utc(2026, 12, 23, 7, 30), language="fr",
    ),
    entry(id="", link="https://plume.example/10", title="Wed, 31 Feb 2026 10:00:00 GMT", language="fr"),
    entry(id="", link="https://plume.example/11", title="0001-01-01T00:00:00Z", language="fr"),
    entry(id="", link="https://plume.example/12", title="Thu, 01 Jan 1970 00:00:00 GMT", language="fr"),
    entry(id="", link="https://plume.example/13", title="soon", language="fr"),
    entry(id="", link="https://plume.example/14", title="9999-12-31T23:59:59-05:00", language="fr"),
    entry(id="", link="https://plume.example/15", title="2026-11-23T24:00:00Z", published=utc(2026, 11, 24, 0, 0), language="fr"),
),
)
