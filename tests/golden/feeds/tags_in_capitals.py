from watcher.model import Feed

FEED = Feed(title="Loud", link="https://loud.example/", language="fr")
