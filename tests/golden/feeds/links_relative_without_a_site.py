from tests.golden.feeds import entry, utc
from watcher.model import Feed

FEED = Feed(
    title="Plume", language="fr",
    entries=(
    entry(id="", link="https://feeds.example/2026/one", title="One", published=utc(2026, 11, 23, 7, 30), language="fr"),
),
)
