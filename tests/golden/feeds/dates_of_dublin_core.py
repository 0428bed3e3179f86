from tests.golden.feeds import entry, utc
from watcher.model import Feed

FEED = Feed(
    title="Plume", link="https://plume.example/", language="fr",
    entries=(
    entry(
        id="", link="https://plume.example/b", title="Both", published=utc(2026, 11, 23, 7, 30),
        updated=utc(2026, 11, 23, 10, 0), language="fr",
    ),
    entry(id="", link="https://plume.example/o", title="One", published=utc(2026, 11, 23, 10, 0), language="fr"),
),
)
