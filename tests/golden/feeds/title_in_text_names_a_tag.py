from tests.golden.feeds import entry, utc
from watcher.model import Feed

FEED = Feed(
    title="Plume", link="https://plume.example/", language="fr", updated=utc(2026, 11, 23, 9, 0),
    entries=(
    entry(
        id="urn:b", link="https://plume.example/b", title="Use the <b>bold</b> tag, it’s back",
        published=utc(2026, 11, 23, 8, 0), language="fr",
    ),
),
)
