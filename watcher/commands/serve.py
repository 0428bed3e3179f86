"""`watcher serve`: a preview of the site on this machine."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from watcher.commands.build import build
from watcher.edge import preview


@click.command("serve")
@click.option("--port", type=click.IntRange(0, 65_535), default=8000, show_default=True, help="0 takes any that is free.")
@click.option("--site", "site_folder", type=click.Path(path_type=Path), help="The site to show.  [default: site/ beside sources.yaml]")
@click.pass_obj
def serve_command(path: Path, port: int, site_folder: Path | None) -> None:
    """Preview the site on this machine, built from what is known where it is not built yet."""
    folder = site_folder or path.parent / "site"
    if not (folder / "index.html").exists():
        build(path, folder, clock=lambda: datetime.now(UTC).replace(microsecond=0), offline=True)
    show(folder, port)


def show(folder: Path, port: int) -> None:
    """Serve until Ctrl-C."""
    with preview.server(folder, port) as server:
        click.echo(f"The site is on http://127.0.0.1:{server.server_address[1]}/   (Ctrl-C ends)")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            click.echo("")
