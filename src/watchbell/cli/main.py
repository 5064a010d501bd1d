"""The command ``watchbell``: which commands there are, and what becomes of an error.

A command's module is imported when the command is used, so that ``watchbell --version`` costs nothing of the
rest. A mistake of the user ends in one message and exit code 1 (2 for a wrong command line), never in a
traceback of ours.
"""

from __future__ import annotations

import importlib
import io
import os
import sys
from collections.abc import Sequence

import click

from watchbell import __version__
from watchbell.cli.dagster_commands import ELSEWHERE, refused
from watchbell.ground.errors import DagsterError, UserCodeLoadError
from watchbell.ground.shown import harmless
from watchbell.ground.suggest import did_you_mean

COMMANDS = {
    "dev": ("watchbell.cli.dev:dev", "Start everything here: schedules, sensors, runs and the web page."),
    "daemon": ("watchbell.cli.dev:daemon", "Start schedules, sensors and runs, without the web page."),
    "web": ("watchbell.cli.web:web", "Serve the web pages and the HTTP API alone."),
    "job": ("watchbell.cli.job:job", "List, launch and execute jobs."),
    "asset": ("watchbell.cli.asset:asset", "List and materialize assets."),
    "partitions": (
        "watchbell.cli.partitions:partitions",
        "See how partitions stand, wipe them; add and delete dynamic ones.",
    ),
    "backfill": ("watchbell.cli.backfill:backfill", "Make many partitions, or past times of a schedule, in one go."),
    "schedule": ("watchbell.cli.schedule:schedule", "List, start, stop and preview schedules; next times and ticks."),
    "sensor": ("watchbell.cli.sensor:sensor", "List, start, stop and preview sensors; cursors and ticks."),
    "tick": ("watchbell.cli.tick:tick", "See what schedules and sensors did; evaluate a tick once more."),
    "simulate": ("watchbell.cli.simulate:simulate", "Show what would run between two times; nothing is run."),
    "run": ("watchbell.cli.run:run", "List, show and cancel runs; read their logs."),
    "explain": ("watchbell.cli.explain:explain", "Say why an asset, schedule, sensor or run did or did not run."),
    "definitions": ("watchbell.cli.definitions:definitions", "Check definitions without running anything."),
    "user": ("watchbell.cli.user:user", "Who may log in to the web page, and as what."),
    "token": ("watchbell.cli.token:token", "What programs show to the HTTP API instead of a password."),
    "instance": ("watchbell.cli.instance:instance", "What is stored where; migrate the database."),
    "completion": ("watchbell.cli.completion:completion", "Print the shell's completion script."),
}


class LazyGroup(click.Group):
    """A group whose commands are imported when they are used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of the commands, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name; None if there is none."""
        if cmd_name in ELSEWHERE:
            return refused(cmd_name, ELSEWHERE[cmd_name])
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the table of commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, help_text) for name, (_, help_text) in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Finds the command, or says which name is close."""
        name = args[0]
        if name not in COMMANDS and name not in ELSEWHERE and not name.startswith("-"):
            raise click.UsageError(f"there is no command {name!r}{did_you_mean(name, COMMANDS)}", ctx)
        return super().resolve_command(ctx, args)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="watchbell", message="%(prog)s %(version)s")
def cli() -> None:
    """Starts pipelines when the clock or an event says so, runs them, and remembers what happened."""


def main(arguments: Sequence[str] | None = None, program: str | None = None) -> None:
    """Runs the command line and exits.

    Args:
        arguments: the words after the program's name; None: those of this process.
        program: the name shown in messages; None: the one this process was called by.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # what a terminal cannot show is spelled out
    try:
        code = cli.main(args=None if arguments is None else list(arguments), prog_name=program, standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("stopped", err=True)
        sys.exit(130)
    except BrokenPipeError:  # `watchbell run list | head`: the reader has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except DagsterError as error:
        show_error(error)
        sys.exit(1)


def show_error(error: DagsterError) -> None:
    """Prints what was wrong, for a person, to stderr."""
    click.secho("error: ", fg="red", bold=True, nl=False, err=True)
    click.echo(harmless(str(error)), err=True)
    if isinstance(error, UserCodeLoadError) and error.details:
        click.echo(harmless(error.details.rstrip()), err=True)


if __name__ == "__main__":
    main()
