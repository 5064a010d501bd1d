"""``watchbell completion``: the script that makes a shell complete our commands."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the completion script of SHELL.

    For bash: eval "$(watchbell completion bash)"
    """
    kind = get_completion_class(shell)
    assert kind is not None, "the shells offered are those click knows"
    root = context.find_root()
    click.echo(kind(root.command, {}, "watchbell", "_WATCHBELL_COMPLETE").source())
