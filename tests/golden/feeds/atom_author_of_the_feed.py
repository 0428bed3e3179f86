from tests.golden.feeds import entry, utc
from watcher.model import Feed

FEED = Feed(
    title="Plume", link="https://plume.example/", language="fr", updated=utc(2026, 11, 23, 9, 0),
    entries=(
    entry(
        id="urn:i", link="https://plume.example/i", title="Inherited", authors=("The Plume Team",),
        published=utc(2026, 11, 23, 8, 0), language="fr",
    ),
),
)
