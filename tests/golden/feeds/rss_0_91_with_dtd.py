from tests.golden.feeds import entry
from watcher.model import Feed

FEED = Feed(
    title="Café & réseaux", link="https://cafe.example/", language="fr",
    entries=(
    entry(id="", link="https://cafe.example/1", title="Une première", summary="Déjà là", language="fr"),
),
    wellformed=False,
)
