from tests.golden.feeds import entry, utc
from watcher.model import Feed

FEED = Feed(
    title="Plume", link="https://plume.example/", language="fr",
    entries=(
    entry(
        id="https://plume.example/not-a-page", link="", title="No link at all", summary="Only text.",
        published=utc(2026, 11, 23, 7, 30), language="fr",
    ),
),
)
