from tests.golden.feeds import entry, utc
from watcher.model import Feed

FEED = Feed(
    title="Plume", link="https://plume.example/", language="fr",
    entries=(
    entry(
        id="", link="https://plume.example/cc", title="Bell and tab �", published=utc(2026, 11, 23, 7, 30),
        language="fr",
    ),
),
    wellformed=False,
)
