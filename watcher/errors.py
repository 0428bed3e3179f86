"""The ways to fail that end a run.

    WatcherError            one line for a person: what failed: which one: why. What to do.
    ├── ConfigError         sources.yaml or overrides.yaml cannot be used; carries every problem found, not only the first
    ├── StoreError          the store cannot be opened, or is damaged
    │   └── StoreHeld       another run is at work on it: later it will open
    ├── HookError           hubs cannot be listened to
    ├── SiteError           the site cannot be built or swapped in
    └── NotifyError         a message cannot be sent; ends that message, and no run

A source that cannot be read is no exception: it is a `Failed` value (see model.py), shown on the site's health page.
"""

from __future__ import annotations

from watcher.model import Problem


class WatcherError(Exception):
    """A failure that ends the run; its text is one clear line."""


class ConfigError(WatcherError):
    """`sources.yaml`, or `overrides.yaml` beside it, cannot be used. `problems` holds every mistake found, in the order of the lines."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


class StoreError(WatcherError):
    """The store cannot be used: locked by another run, damaged, or written by a newer watcher."""


class StoreHeld(StoreError):
    """Another run is at work on the store."""


class HookError(WatcherError):
    """The port on which hubs would be heard cannot be had."""


class SiteError(WatcherError):
    """The site cannot be built or put in place; the one already published is untouched."""


class NotifyError(WatcherError):
    """A channel does not take a message. One broken channel stops no other: edge/notify makes an outcome of it."""
