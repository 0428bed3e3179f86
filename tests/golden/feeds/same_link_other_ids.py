from tests.golden.feeds import entry, utc
from watcher.model import Feed

FEED = Feed(
    title="Plume", link="https://plume.example/", language="fr",
    entries=(
    entry(
        id="", link="https://plume.example/changelog#v1.2", title="v1.2", published=utc(2026, 11, 23, 7, 30),
        language="fr",
    ),
    entry(
        id="", link="https://plume.example/changelog#v1.1", title="v1.1", published=utc(2026, 11, 23, 7, 30),
        language="fr",
    ),
),
)
