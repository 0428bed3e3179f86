from tests.golden.feeds import entry, utc
from watcher.model import Feed

FEED = Feed(
    title="Prefixed", link="https://prefix.example/", language="fr",
    entries=(
    entry(id="urn:one", link="https://prefix.example/1", title="One", published=utc(2026, 11, 23, 8, 0), language="fr"),
),
)
