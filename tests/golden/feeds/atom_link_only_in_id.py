from tests.golden.feeds import entry, utc
from watcher.model import Feed

FEED = Feed(
    title="Plume", link="https://plume.example/", language="fr", updated=utc(2026, 11, 23, 9, 0),
    entries=(
    entry(
        id="https://plume.example/2026/id", link="https://plume.example/2026/id", title="Id is the address",
        published=utc(2026, 11, 23, 8, 0), language="fr",
    ),
),
)
