"""Commands of Dagster's that have no place here: each is refused with what to use instead."""

from __future__ import annotations

import click

ELSEWHERE = {
    "api": "there are no code servers: `watchbell dev` loads the code itself, in a process of its own (-f, -m, -w)",
    "code-server": "there are no code servers: `watchbell dev` loads the code itself, in a process of its own (-f, -m)",
    "project": "write a definitions.py, and `watchbell dev -f definitions.py`; examples/ has whole projects",
    "debug": "runs are in the home's watchbell.db: `watchbell run show` and `watchbell run logs` tell all of a run",
}
"""Each with what stands in its place."""


def refused(name: str, why: str) -> click.Command:
    """A command, hidden from the help, that takes any words and refuses with ``why``."""

    @click.command(
        name,
        hidden=True,
        context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
        add_help_option=False,
    )
    @click.argument("words", nargs=-1, type=click.UNPROCESSED)
    def refuse(words: tuple[str, ...]) -> None:
        raise click.UsageError(f"{name} is not taken over: {why}")

    return refuse
