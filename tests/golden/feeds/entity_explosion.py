from tests.golden.feeds import entry
from watcher.model import Feed

FEED = Feed(
    title="Laughs", link="https://laughs.example/", language="fr",
    entries=(
    entry(id="", link="https://laughs.example/1", title="Not funny: &d;", language="fr"),
),
    wellformed=False,
)
