from tests.golden.feeds import entry, utc
from watcher.model import Feed

FEED = Feed(
    title="Plume", link="https://plume.example/", language="fr", updated=utc(2026, 11, 23, 9, 0),
    entries=(
    entry(
        id="urn:3", link="https://base.example/root/2026/deep/page", title="Three bases",
        published=utc(2026, 11, 23, 8, 0), language="fr",
    ),
),
)
