from tests.golden.feeds import entry, utc
from watcher.model import Feed

FEED = Feed(
    title="Plume", link="https://plume.example/", language="fr",
    entries=(
    entry(
        id="", link="https://plume.example/c?a=1&b=2", title="Ads & you – l’essentiel", summary="Both here & there",
        published=utc(2026, 11, 23, 7, 30), language="fr", links=("https://other.example/z",),
    ),
),
)
