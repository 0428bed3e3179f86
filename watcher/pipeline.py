"""Which staircase comes next: what a site is made of, from a folder with its store to pages and files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from watcher.core import feeds, pages, search
from watcher.core.language import Speech
from watcher.edge import catalogs, config
from watcher.edge.store import Store
from watcher.editing import Editor
from watcher.model import Page, Publication, SiteFile, SiteSettings

STORE_FOLDER = ".watcher"


def publication_of(path: Path, environ: Mapping[str, str], now: datetime) -> Publication:
    """The publication of the store beside a `sources.yaml`, without network and without writing. Raises ConfigError, StoreError."""
    settings = config.load(path, environ)
    with Store.open(path.parent / STORE_FOLDER, read_only=True) as store:
        return opened(Editor(settings, store).publication(now))


def opened(publication: Publication) -> Publication:
    """The publication with all of its digests in memory, for those who look at it once the store is shut."""
    return replace(publication, digests=tuple(publication.digests))


def speech(site: SiteSettings) -> Speech:
    """The site's language, in its time zone."""
    return Speech(catalogs.catalog(site.language), site.timezone)


def pages_of(publication: Publication, speech: Speech) -> tuple[Page, ...]:
    return pages.make(publication, speech)


def files_of(publication: Publication, speech: Speech) -> tuple[SiteFile, ...]:
    return (*feeds.make(publication, speech), *search.make(publication, speech, catalogs.stemming()))
