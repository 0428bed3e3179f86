"""watcher: know the web's changes before anyone else does, in five minutes a day."""

__version__ = "0.1.0"
