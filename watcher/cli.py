"""The command-line door: options, and failures turned into one line and an exit code.

A command's module is loaded when the command is run, so that `watcher --help` costs next to nothing.
Exit codes: 0 fine, 1 nothing could be collected (or `check` found a problem), 2 bad configuration or state.
"""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

import click

from watcher import __version__
from watcher.errors import ConfigError, WatcherError

# command → the module that holds it, and what `watcher --help` says of it; in the order in which a newcomer meets them
COMMANDS = {
    "build": ("build", "Collect, then build the site: the daily job."),
    "collect": ("build", "Fetch the sources and remember what is new."),
    "watch": ("watch", "Keep collecting, each source at its own rhythm."),
    "notify": ("notify", "Tell every channel what is due, once."),
    "digest": ("notify", "Print the digest that would close now."),
    "serve": ("serve", "Preview the site on this machine."),
    "check": ("sources", "Validate sources.yaml and ask every source once."),
    "add": ("sources", "Find the feed behind a web page, test it, add it."),
    "import": ("sources", "Add the sources of an OPML file."),
    "export": ("sources", "Write the sources as OPML."),
    "missing": ("missing", "Why something is not on the site."),
    "explain": ("explain", "Why a story is here, at this place, with these tags."),
    "journal": ("journal", "Carry the store as text that git can keep."),
    "demo": ("demo", "The whole watch on invented sources, offline."),
}


class Door(click.Group):
    """A group that loads a command only when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"watcher.commands.{COMMANDS[cmd_name][0]}")
        command: click.Command = getattr(module, f"{cmd_name}_command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, about) for name, (_, about) in COMMANDS.items()])

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            raise click.UsageError(f"There is no command {args[0]!r}. `watcher --help` lists them.", ctx) from error


@click.group(cls=Door, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="watcher")
@click.option("--config", "config_path", type=click.Path(path_type=Path), default=Path("sources.yaml"), show_default=True,
              help="The list of sources; the store and the site lie beside it.")
@click.pass_context
def root(ctx: click.Context, config_path: Path) -> None:
    """Know the web's changes before anyone else does, in five minutes a day."""
    ctx.obj = config_path


def main() -> None:
    """Run the command line. A failure is one clear line on standard error and an exit code, never a traceback."""
    try:
        root.main(standalone_mode=False)
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except click.Abort:
        _say("Stopped.")
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except ConfigError as error:
        _say(f"{error}\n{len(error.problems)} to mend in the configuration.")
        sys.exit(2)
    except WatcherError as error:
        _say(str(error))
        sys.exit(2)
    except BrokenPipeError:
        sys.exit(0)
    except Exception as error:                          # the door: whatever it is, one line, and nothing is lost
        if os.environ.get("WATCHER_TRACEBACK"):
            raise
        _say(f"The run stopped: {type(error).__name__}: {' '.join(str(error).split())[:300]}. What was stored before is safe: "
             "run the command again. With WATCHER_TRACEBACK=1 in the environment it says where.")
        sys.exit(2)


def _say(line: str) -> None:
    click.echo(line, err=True)
