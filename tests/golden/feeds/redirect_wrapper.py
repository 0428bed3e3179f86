from tests.golden.feeds import entry, utc
from watcher.model import Feed

FEED = Feed(
    title="Plume", link="https://plume.example/", language="fr", updated=utc(2026, 11, 23, 9, 0),
    entries=(
    entry(
        id="tag:google.com,2013:googlealerts/feed:1", link="https://news.example/threads?p=1",
        title="Threads in the news", published=utc(2026, 11, 23, 8, 0), language="fr",
    ),
),
)
