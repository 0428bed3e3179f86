from tests.golden.feeds import entry, utc
from watcher.model import Feed

FEED = Feed(
    title="Ancien", link="https://ancien.example/", language="fr", updated=utc(2026, 11, 23, 8, 0),
    entries=(
    entry(
        id="tag:ancien.example,2004:1", link="https://ancien.example/1", title="Les vieux flux",
        summary="Toujours lus.", published=utc(2026, 11, 22, 8, 0), updated=utc(2026, 11, 23, 8, 0), language="fr",
    ),
),
)
