from tests.golden.feeds import entry
from watcher.model import Feed

FEED = Feed(
    title="Files", link="https://files.example/", language="fr",
    entries=(
    entry(id="", link="https://files.example/1", title="Secret: &x;", language="fr"),
),
    wellformed=False,
)
