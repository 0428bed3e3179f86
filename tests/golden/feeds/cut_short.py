from tests.golden.feeds import entry, utc
from watcher.model import Feed

FEED = Feed(
    title="Plume", link="https://plume.example/", language="fr",
    entries=(
    entry(id="", link="https://plume.example/1", title="Whole", published=utc(2026, 11, 23, 7, 30), language="fr"),
    entry(id="", link="https://plume.example/2", title="Whole too", published=utc(2026, 11, 23, 7, 30), language="fr"),
),
    wellformed=False,
)
