"""publish: publication → pages, feeds and search → a site in its place. What did not change is not made again.

A page that was made of the same is taken over from the published site; the theme's clothes are cut once and used for all pages. A full
build and one that takes over give the same bytes. Source: docs/decisions/0037-fast.md
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from io import BytesIO
from pathlib import Path
from typing import Any

from watcher import pipeline, plugin
from watcher.core import feeds, mould, outlines, pages, search, text
from watcher.core.mould import Kind
from watcher.core.press import Leaf
from watcher.edge import catalogs, program, record, site, status
from watcher.edge.binder import Binder, untouched
from watcher.edge.record import Record
from watcher.errors import SiteError
from watcher.model import Publication
from watcher.plugin import Shell

HEALTH = "health.json"
MENTIONS = "mentions/index.html"                   # on a site that is closed to outsiders; who wrote it sees to it
SITEMAP = ('<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{}\n</urlset>',
           "\n    <url>\n         <loc>{}</loc>\n         <lastmod>{}</lastmod>\n    </url>")
_INHERIT = re.compile(r"^INHERIT:\s*[\"']?([^\"'#\n]+)", re.MULTILINE)


def publish(publication: Publication, *, health: Mapping[str, Any], beside: Path, published: Path, folder: Path, state: str = "",
            said: str = "") -> bool:
    """Put the site of `publication` in place, with the mkdocs.yml of the folder `beside`. Says whether anything but health.json changed.

    `folder` is that of the store, where the record of the site is kept; with it are kept, for `same`, the `state` that the publication was
    made of and what was `said`. Raises SiteError; the published site is then as it was.
    """
    published = published.resolve()             # what a link leads to is replaced, not the link
    building = published.with_name(f".{published.name}.new")
    site.mend(published)
    site.claim(published)
    try:
        site.discard(building)                  # of a build that was killed
        published.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SiteError(f"The site cannot be built: {published}: {error.strerror}. Choose another folder: `--site FOLDER`.") from error
    try:
        return _Publisher(publication, health, beside, published, building, folder).publish(state, said)
    except OSError as error:
        raise SiteError(f"The site cannot be built: {building}: {error.strerror}. Check that the disk is not full and the folder may be "
                        "written; the published site is untouched.") from error


def same(published: Path, *, beside: Path, folder: Path, state: str, private: bool, health: Mapping[str, Any]) -> str | None:
    """Leave the published site as it is, but for health.json, where it was made of the same and nobody touched it since.

    What was said when it was made; None where it has to be made again. Raises SiteError.
    """
    published, kept = published.resolve(), record.document(folder, record.SHELL)
    before = record.site(folder)
    if not state or not kept or before.stamp != _stamp(state, _surroundings(program.mark(), beside, kept["read_from"])):
        return None
    try:
        if not untouched(before, published, but=_not_ours(private)):
            return None
        status.write(published / HEALTH, health)
    except OSError as error:
        raise SiteError(f"The site cannot be kept up: {published}: {error.strerror}. Make the folder writable.") from error
    return before.said


def _stamp(state: str, surroundings: str) -> str:
    return text.digest(state + surroundings) if state else ""


def _not_ours(private: bool) -> tuple[str, ...]:
    """What of a site is written by others, and changes without it."""
    return (HEALTH, MENTIONS) if private else (HEALTH,)


def _surroundings(mark: str, beside: Path, read_from: Iterable[str]) -> str:
    return text.digest(repr((mark, program.contents([*_settings(beside / "mkdocs.yml"), *map(Path, read_from)]))))


def _settings(path: Path) -> Iterator[Path]:
    """A mkdocs.yml and those it inherits from."""
    yield path
    seen = {path}
    while path.is_file() and (named := _INHERIT.search(path.read_text(encoding="utf-8", errors="replace"))):
        path = path.parent / named[1].strip()
        if path in seen:
            return
        seen.add(path)
        yield path


@dataclass(frozen=True, slots=True)
class _Dress:
    """The clothes of a site, and what they are made of."""

    key: str
    shell: Shell


class _Publisher:
    def __init__(self, publication: Publication, health: Mapping[str, Any], beside: Path, published: Path, building: Path,
                 folder: Path) -> None:
        self._publication, self._health = publication, health
        self._beside, self._published, self._building, self._folder = beside, published, building, folder
        self._mark = program.mark()
        self._speech = pipeline.speech(publication.site)
        self._leaves = tuple(pages.leaves(publication, self._speech, base=self._mark))
        self._private = publication.site.private
        self._binder = Binder(record.site(folder), published, building, but=_not_ours(self._private))

    def publish(self, state: str, said: str) -> bool:
        dress = self._dress()
        if dress is None:
            return self._whole()
        self._put(dress)
        limits = self._publication.limits
        if len(self._binder) > limits.site_files:
            site.discard(self._building)
            raise plugin.too_many(len(self._binder), limits.site_files)
        changed = self._binder.bind()
        status.write((self._building if changed else self._published) / HEALTH, self._health)
        if changed:
            self._swap()
        stamp = _stamp(state, _surroundings(self._mark, self._beside, dress.shell.read_from))
        record.keep_site(self._folder, Record(stamp, said, self._binder.files))
        return changed

    def _swap(self) -> None:
        if self._private:
            site.carry(self._published, self._building, Path(MENTIONS))
        site.swap(self._building, self._published)

    def _whole(self) -> bool:
        """The site as MkDocs alone makes it, page by page, compared with the published one byte by byte."""
        site.discard(self._building)
        plugin.build(pipeline.opened(self._publication), beside=self._beside, into=self._building)
        status.write(self._building / HEALTH, self._health)
        if self._private:
            site.carry(self._published, self._building, Path(MENTIONS))
        record.keep_site(self._folder, Record())
        if site.same(self._building, self._published, but=HEALTH):
            site.discard(self._building)
            status.write(self._published / HEALTH, self._health)
            return False
        site.swap(self._building, self._published)
        return True

    # ------------------------------------------------------------------------------------------------ clothes

    def _dress(self) -> _Dress | None:
        """Kept ones where nothing they are made of has changed; None where mkdocs.yml wants more of MkDocs than clothes."""
        kinds = mould.kinds(leaf.path for leaf in self._leaves)
        kept = record.document(self._folder, record.SHELL)
        if kept:
            key = self._clothes_key(kinds, kept["read_from"])
            if kept["key"] == key and self._binder.keep_all(kept["files"], key):
                return _Dress(key, _read_shell(kept))
        specimens = {kind: mould.specimen(kind) for kind in kinds}
        shell = plugin.shell(self._publication, beside=self._beside, into=self._building, specimens=specimens)
        if shell is None:
            return None
        key = self._clothes_key(kinds, shell.read_from)
        files = self._binder.adopt(key)
        record.keep(self._folder, record.SHELL, {"key": key, "files": files, **_written_shell(shell)})
        return _Dress(key, shell)

    def _clothes_key(self, kinds: Iterable[Kind], read_from: Iterable[str]) -> str:
        return text.digest(repr((_surroundings(self._mark, self._beside, read_from), self._publication.site, kinds)))

    # ------------------------------------------------------------------------------------------------ what is put in

    def _put(self, dress: _Dress) -> None:
        publication, opening = self._publication, dict[str, list[Leaf]]()
        for leaf in self._leaves:
            opening.setdefault(leaf.opens, []).append(leaf)
        parts = search.parts(publication, catalogs.stemming())
        days = {part.outline.id: part for part in parts if isinstance(part, search.Day)}
        segments = [part for part in parts if isinstance(part, search.Segment) and not self._kept_part(part)]
        wanted = {outline.id: part for part in segments if not part.open for outline in part.outlined}
        outlined = outlines.of(publication)
        # Each digest is opened once, for all that want it.
        for place in reversed(range(len(outlined))):
            id = outlined[place].id
            for leaf in opening.get(id, ()):
                self._put_page(leaf, dress)
            if not self._kept_part(days[id]):
                self._put_part(days[id])
            if id in wanted:
                wanted[id].take(publication.digests[place])
        for part in segments:
            self._put_part(part)
        manifest = search.manifest(publication, self._speech, catalogs.stemming(), parts)
        for file in (manifest, *feeds.files(publication, self._speech)):
            self._binder.put(file.path, file.body)
        for leaf in opening.get("", ()):
            self._put_page(leaf, dress)
        self._put_sitemap(dress.shell)

    def _put_page(self, leaf: Leaf, dress: _Dress) -> None:
        path, key = f"{leaf.path}index.html", text.digest(leaf.key + dress.key) if leaf.key else ""
        if not self._binder.keep(path, key):
            page = leaf.make()
            dressed = mould.cast(dress.shell.moulds[mould.kind(page)], page)
            self._binder.put(path, dressed.encode("utf-8", errors="xmlcharrefreplace"), key)

    def _kept_part(self, part: search.Part) -> bool:
        return self._binder.keep_all(self._binder.filed_under(part.path), self._part_key(part))

    def _put_part(self, part: search.Part) -> None:
        for file in part.files():
            self._binder.put(file.path, file.body, self._part_key(part))

    def _part_key(self, part: search.Part) -> str:
        return text.digest(self._mark + part.path)

    def _put_sitemap(self, shell: Shell) -> None:
        """As MkDocs writes it: the hand-written pages, then ours, each as old as the last change of the site."""
        if not shell.site_url:
            return
        on = self._publication.updated_at.date().isoformat()
        ours = [shell.site_url + leaf.path for leaf in self._leaves]
        body = SITEMAP[0].format("".join(SITEMAP[1].format(escape(address), on) for address in (*shell.addresses, *ours))).encode()
        packed = BytesIO()
        at = datetime.fromisoformat(on).replace(tzinfo=UTC).timestamp()
        with gzip.GzipFile(filename="sitemap.xml", fileobj=packed, mode="wb", mtime=int(at)) as file:
            file.write(body)
        self._binder.put("sitemap.xml", body)
        self._binder.put("sitemap.xml.gz", packed.getvalue())


def _written_shell(shell: Shell) -> dict[str, Any]:
    moulds = [(kind.place, kind.depth, kind.toc, kind.about, pieces) for kind, pieces in shell.moulds.items()]
    return {"moulds": moulds, "site_url": shell.site_url, "addresses": shell.addresses, "read_from": shell.read_from}


def _read_shell(kept: Mapping[str, Any]) -> Shell:
    return Shell(moulds={Kind(*kind): tuple(map(tuple, pieces)) for *kind, pieces in kept["moulds"]}, site_url=kept["site_url"],
                 addresses=tuple(kept["addresses"]), read_from=tuple(kept["read_from"]))
