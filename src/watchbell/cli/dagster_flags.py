"""Options of Dagster's commands that scripts pass and that have nothing to say here.

They are taken, so that a script goes on to work, and their having no effect is told. What would change the work
itself is never taken silently: it is refused, with the reason.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

WITHOUT_EFFECT = {
    "--log-level": False,
    "--log-format": False,
    "--code-server-log-level": False,
    "--live-data-poll-rate": False,
    "--uvicorn-log-level": False,
    "--dagster-log-level": False,
    "--db-statement-timeout": False,
    "--db-pool-recycle": False,
    "--db-pool-max-overflow": False,
    "--use-legacy-code-server-behavior": True,
    "--load-with-grpc": True,
    "--empty-workspace": True,
    "--suppress-warnings": True,
    "--read-only": True,
    "--verbose": True,
}
"""Each with whether it stands alone, without a value."""


def accepts_dagster_flags(command: F) -> F:
    """Adds the options without effect, hidden from the help."""
    for name, is_flag in WITHOUT_EFFECT.items():
        names = (name, "-v") if name == "--verbose" else (name,)
        option = click.option(*names, hidden=True, is_flag=is_flag, expose_value=False, callback=_tell_no_effect)
        command = option(command)
    return command


def _tell_no_effect(context: click.Context, option: click.Parameter, value: object) -> None:
    if value:
        click.echo(f"note: {option.opts[0]} has no effect in watchbell", err=True)
