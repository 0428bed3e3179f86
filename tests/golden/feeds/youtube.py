from tests.golden.feeds import entry, utc
from watcher.model import Feed

FEED = Feed(
    title="Plume TV", link="https://www.youtube.com/channel/UC1", language="fr",
    entries=(
    entry(
        id="yt:video:abc", link="https://www.youtube.com/watch?v=abc", title="Five new things",
        summary="All of them, in order.\n1 < 2", authors=("Plume TV",), published=utc(2026, 11, 22, 10, 0),
        updated=utc(2026, 11, 23, 10, 0), language="fr",
    ),
),
)
