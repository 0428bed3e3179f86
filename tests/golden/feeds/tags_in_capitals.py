from tests.golden.feeds import entry
from watcher.model import Feed

FEED = Feed(
    title="Loud", link="https://loud.example/", language="fr",
    entries=(
    entry(id="", link="https://loud.example/1", title="One", language="fr"),
),
)
