from tests.golden.feeds import entry
from watcher.model import Feed

FEED = Feed(
    title="Oldest of all", link="https://ninety.example/", language="fr",
    entries=(
    entry(id="", link="https://ninety.example/1", title="Still here", language="fr"),
),
)
