from tests.golden.feeds import entry, utc
from watcher.model import Feed

FEED = Feed(
    title="Plume", link="https://plume.example/", language="fr",
    entries=(
    entry(
        id="", link="https://plume.example/tm", title="Unescaped", summary="First line\nsecond line",
        published=utc(2026, 11, 23, 7, 30), language="fr",
    ),
    entry(id="", link="https://plume.example/tm2", title="After it", published=utc(2026, 11, 23, 7, 30), language="fr"),
),
    wellformed=False,
)
