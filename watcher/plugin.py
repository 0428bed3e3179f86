"""The MkDocs door: finished pages and files → a site in memory, in Material's shell; nothing is written to docs/.

What comes out of core/pages is handed to MkDocs as finished content and never meets Markdown. What the theme prints without escaping
(titles, descriptions, names in the navigation) is escaped here. Source: docs/decisions/0013-site.md; ../shared/MEASURED-site.md.
"""

from __future__ import annotations

import base64
import hashlib
import html
import logging
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files as package_files
from pathlib import Path
from typing import Any

from jinja2 import Environment
from mkdocs.commands.build import build as mkdocs_build
from mkdocs.config import base as mkdocs_config
from mkdocs.config import config_options
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import Abort, PluginError
from mkdocs.plugins import BasePlugin, event_priority
from mkdocs.structure.files import File, Files, InclusionLevel
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page as MkDocsPage
from mkdocs.structure.toc import AnchorLink, TableOfContents
from mkdocs.utils.templates import TemplateContext

from watcher import pipeline
from watcher.core import mould
from watcher.core.language import Speech
from watcher.core.mould import Kind, Piece
from watcher.errors import SiteError, WatcherError
from watcher.model import Page, Publication

THEME = Path(str(package_files("watcher").joinpath("theme")))
DEFAULT_CONFIG = Path(str(package_files("watcher").joinpath("data", "mkdocs.yml")))
# path of a page → the message that names its tab
TABS = {"": "tab.home", "latest/": "tab.latest", "deadlines/": "tab.deadlines", "topics/": "tab.topics", "platforms/": "tab.platforms",
        "sources/": "tab.sources", "archive/": "tab.archive", "feeds/": "tab.feeds", "about/": "tab.about"}
ASSETS = ("watcher.js", "scheme.js", "keys.js", "share.js", "sift.js", "marks.js")

# The second line of defence, after escaping. Material needs inline styles and a few inline scripts: those get their hashes, page by page.
_POLICY = ("default-src 'none'; script-src 'self'{hashes}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; "
           "connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'")
_INLINE_SCRIPT = re.compile(r"<script(?P<attributes>[^>]*)>(?P<code>.*?)</script>", re.DOTALL)
_CHARSET = '<meta charset="utf-8">'


class Settings(mkdocs_config.Config):  # type: ignore[no-untyped-call]     # MkDocs has no types there
    sources = config_options.Type(str, default="sources.yaml")


class ReadyPage(MkDocsPage):
    """A page whose content is finished: MkDocs only puts the theme around it."""

    def __init__(self, file: File, config: MkDocsConfig, ready: Page, title: str | None) -> None:
        super().__init__(title, file, config)
        self.ready = ready

    def read_source(self, config: MkDocsConfig) -> None:
        ready = self.ready
        self.markdown = ""
        self.meta = {
            "title": html.escape(ready.title), "description": html.escape(ready.description), "feeds": ready.feeds, "ready": True,
            "hide": ["navigation"] if ready.toc else ["navigation", "toc"],
        }

    def wear(self, other: Page, config: MkDocsConfig) -> None:
        """Be another page of the same path."""
        self.ready = other
        self.read_source(config)
        self._fill()

    def render(self, config: MkDocsConfig, files: Files) -> None:
        self._fill()

    def _fill(self) -> None:
        self.content = self.ready.html
        self.toc = TableOfContents([AnchorLink(html.escape(title), anchor, 2) for anchor, title in self.ready.toc])
        self.present_anchor_ids = {anchor for anchor, _ in self.ready.toc}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shell:
    """A site without what any day may change: moulds for its pages, the addresses of the hand-written ones, the folders they are from."""

    moulds: Mapping[Kind, tuple[Piece, ...]]
    site_url: str
    addresses: tuple[str, ...]
    read_from: tuple[str, ...]


class WatcherPlugin(BasePlugin[Settings]):  # type: ignore[no-untyped-call]     # MkDocs has no types there
    """Adds the watch to a MkDocs site: the publication that `prepare` was given, or one made of the store, without network."""

    _publication: Publication | None = None

    def __init__(self) -> None:
        self._specimens: Mapping[Kind, Page] = {}   # where there is no site to be made, only its clothes
        self.dressed: dict[Kind, str] = {}          # each specimen, as the theme prints it
        self.addresses: tuple[str, ...] = ()        # of the hand-written pages

    def prepare(self, publication: Publication) -> None:
        """Make the pages and files of the site. Raises SiteError."""
        self._publication = publication
        self._speech = pipeline.speech(publication.site)
        self._pages = pipeline.pages_of(publication, self._speech)
        self._files = pipeline.files_of(publication, self._speech)
        files = len(self._pages) + len(self._files)
        if files > publication.limits.site_files:
            raise too_many(files, publication.limits.site_files)

    def prepare_specimens(self, publication: Publication, specimens: Mapping[Kind, Page]) -> None:
        """Make, instead of the site, the clothes of its pages: `dressed` has these pages then, as the theme prints them."""
        self._publication = publication
        self._speech = pipeline.speech(publication.site)
        self._specimens = specimens
        self._pages, self._files = tuple({page.path: page for page in specimens.values()}.values()), ()

    def on_config(self, config: MkDocsConfig) -> MkDocsConfig:
        if (publication := self._publication) is None:
            beside = Path(config.config_file_path or ".").parent
            try:
                publication = pipeline.publication_of(beside / self.config.sources, os.environ, datetime.now(UTC))
                self.prepare(publication)
            except WatcherError as error:
                raise PluginError(str(error)) from error
        self._updated_on = publication.updated_at.date().isoformat()
        _dress(config, publication, self._speech)
        if self._specimens:
            config.theme.static_templates.discard("sitemap.xml")    # whoever has the pages writes it
        # By these the page of a wrong address knows where in an address the site begins.
        config.theme["rooms"] = sorted({page.path.partition("/")[0] for page in self._pages if page.path} | {"assets"})
        config.nav = [{html.escape(self._speech.say(message)): _source_path(path)} for path, message in TABS.items()
                      if any(page.path == path for page in self._pages)] + list(config.nav or [])
        return config

    def on_files(self, files: Files, *, config: MkDocsConfig) -> Files:
        if "sitemap.xml" not in config.theme.static_templates and (template := files.get_file_from_path("sitemap.xml")) is not None:
            files.remove(template)                      # no longer a template, it would be copied as it is
        titles = {path: html.escape(self._speech.say(message)) for path, message in TABS.items()}
        for page in self._pages:
            path = _source_path(page.path)
            if (hand_written := files.get_file_from_path(path)) is not None:
                files.remove(hand_written)
            file = File.generated(config, path, content="", inclusion=InclusionLevel.NOT_IN_NAV)
            files.append(file)
            ReadyPage(file, config, page, titles.get(page.path))
        return files

    def on_nav(self, nav: Navigation, *, config: MkDocsConfig, files: Files) -> Navigation:
        for file in files.documentation_pages():
            if file.page is not None:
                file.page.update_date = self._updated_on    # the day of the build would change every page every day
        handmade = [file.page for file in files.documentation_pages() if not isinstance(file.page, ReadyPage)]
        self.addresses = tuple(str(page.canonical_url or page.abs_url or "") for page in handmade if page is not None)
        return nav

    def on_env(self, env: Environment, *, config: MkDocsConfig, files: Files) -> Environment:
        self._env = env
        return env

    def on_page_context(self, context: TemplateContext, *, page: MkDocsPage, config: MkDocsConfig, nav: Navigation) -> TemplateContext:
        """Print the specimens of this path, one after the other, as MkDocs prints the page right after this."""
        if isinstance(page, ReadyPage):
            for kind, specimen in self._specimens.items():
                if specimen.path == page.ready.path:
                    page.wear(specimen, config)
                    self.dressed[kind] = guarded(self._env.get_template("main.html").render(context), page.content or "")
        return context

    @event_priority(-100)
    def on_post_page(self, output: str, *, page: MkDocsPage, config: MkDocsConfig) -> str:
        # No script comes with a page of ours: one that stands in its midst is a stranger's, and is not let run.
        if self._specimens and isinstance(page, ReadyPage):
            return ""                                   # is not written
        return guarded(output, (page.content or "") if isinstance(page, ReadyPage) else "")

    @event_priority(-100)
    def on_post_template(self, output_content: str, *, template_name: str, config: MkDocsConfig) -> str:
        return guarded(output_content) if template_name.endswith(".html") else output_content

    def on_post_build(self, *, config: MkDocsConfig) -> None:
        for file in self._files:
            _write(Path(config.site_dir) / file.path, file.body)


def build(publication: Publication, *, beside: Path, into: Path) -> None:
    """Build the whole site of `publication` into the folder `into`, with the mkdocs.yml of the folder `beside` if there is one.

    Raises SiteError. `into` is emptied first.
    """
    with _built(beside, into) as (config, plugin):
        plugin.prepare(publication)
        _run(config)


def shell(publication: Publication, *, beside: Path, into: Path, specimens: Mapping[Kind, Page]) -> Shell | None:
    """Build what of the site is the same on any day: its clothes, and the hand-written pages and the theme's files, into the folder `into`.

    None where mkdocs.yml has more in it than we know the doings of: then only a whole build is sure. Raises SiteError.
    """
    with _built(beside, into) as (config, plugin):
        if not _known(config):
            return None
        plugin.prepare_specimens(publication, specimens)
        _run(config)
        try:
            moulds = {kind: mould.make(plugin.dressed[kind], page) for kind, page in specimens.items()}
        except mould.Unfit:
            return None
        read_from = [] if config.config_file_path == str(DEFAULT_CONFIG) else [str(config.docs_dir)]
        return Shell(moulds=moulds, site_url=str(config.site_url or ""), addresses=plugin.addresses, read_from=tuple(read_from))


def _known(config: MkDocsConfig) -> bool:
    """Whether nothing but us has a say in what comes out of a page."""
    extensions = " ".join(map(str, config.markdown_extensions))
    return (set(config.plugins) == {"watcher"} and not config.hooks and not config.theme.custom_dir
            and not any(name in extensions for name in ("snippets", "include", "b64")))


def _run(config: MkDocsConfig) -> None:
    config.plugins.on_startup(command="build", dirty=False)
    mkdocs_build(config)
    config.plugins.on_shutdown()


@contextmanager
def _built(beside: Path, into: Path) -> Iterator[tuple[MkDocsConfig, WatcherPlugin]]:
    """MkDocs, made ready to build into a folder; its failures as SiteError."""
    own = beside / "mkdocs.yml"
    with tempfile.TemporaryDirectory() as empty, _quiet():
        changes: dict[str, Any] = {"site_dir": str(into.resolve()), "strict": False}
        if not own.exists():
            changes["docs_dir"] = empty
        try:
            config = mkdocs_config.load_config(str(own if own.exists() else DEFAULT_CONFIG), **changes)
            plugin = config.plugins.get("watcher")
            if not isinstance(plugin, WatcherPlugin):
                raise SiteError("The site cannot be built: mkdocs.yml: its `plugins:` do not name `watcher`. Add the line `- watcher`.")
            yield config, plugin
        except Abort as error:
            raise SiteError(f"The site cannot be built: {error}. The published site is untouched.") from error
        except OSError as error:
            raise SiteError(f"The site cannot be built: {into}: {error.strerror}. Check that the disk is not full and the folder may be "
                            "written; the published site is untouched.") from error


def guarded(page: str, words: str = "") -> str:
    """The page with a Content-Security-Policy that lets nothing in from elsewhere and runs only the scripts the page was built with.

    A script inside of `words`, which are part of the page, is none of these.
    """
    if _CHARSET not in page:
        return page
    own = page.replace(words, "", 1) if words else page
    hashes = "".join(
        f" 'sha256-{base64.b64encode(hashlib.sha256(script['code'].encode()).digest()).decode()}'"
        for script in _INLINE_SCRIPT.finditer(own) if "src=" not in script["attributes"] and "json" not in script["attributes"]
    )
    policy = f'<meta http-equiv="content-security-policy" content="{_POLICY.format(hashes=hashes)}">'
    return page.replace(_CHARSET, _CHARSET + policy, 1)


def too_many(files: int, most: int) -> SiteError:
    return SiteError(f"The site cannot be built: it would have {files} files, and `limits: {{site_files: {most}}}` is the most. "
                     "Raise it in sources.yaml, or list fewer sources; the published site is untouched.")


def _dress(config: MkDocsConfig, publication: Publication, speech: Speech) -> None:
    """What sources.yaml says of the site, in MkDocs' own settings."""
    config.site_name = html.escape(publication.site.title)
    config.copyright = html.escape(speech.say("site.words"))
    config.site_description = html.escape(speech.say("site.description"))
    if publication.site.url and not str(config.site_url or "").startswith("http://127.0.0.1"):
        config.site_url = publication.site.url
    if not config.site_url:
        config.theme.static_templates.discard("sitemap.xml")    # of relative addresses, which no sitemap may hold
    config.theme.dirs.insert(0, str(THEME))
    config.theme["language"] = publication.site.language
    config.theme["say"] = speech.say
    if "assets/watcher.css" not in config.extra_css:
        config.extra_css.append("assets/watcher.css")
        config.extra_javascript.extend(f"assets/{name}" for name in ASSETS)


def _source_path(path: str) -> str:
    """ "digests/2026-11-22/" → "digests/2026-11-22/index.md": the file MkDocs would have made the page from."""
    return path + "index.md"


def _write(path: Path, body: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)


class _quiet:
    """MkDocs' own lines are an engineer's: only its warnings are let through, and Material's advertisement is not."""

    def __enter__(self) -> None:
        os.environ.setdefault("NO_MKDOCS_2_WARNING", "1")
        self._logger = logging.getLogger("mkdocs")
        self._level = self._logger.level
        self._logger.setLevel(logging.WARNING)

    def __exit__(self, *_: object) -> None:
        self._logger.setLevel(self._level)


