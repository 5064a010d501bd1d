"""What ``watchbell schedule`` and ``watchbell sensor`` show alike: states, previews, ticks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, TypeVar

import click

from watchbell.cli.code import open_instance
from watchbell.cli.show import show_rows
from watchbell.cli.tick_rows import LogPage, print_tick, tick_json, tick_row
from watchbell.instance import DagsterInstance
from watchbell.record.tick import AutomationKey, AutomationState, TickStatus
from watchbell.services.switch import change_state

F = TypeVar("F", bound=Callable[..., Any])


def states_by_key(instance: DagsterInstance) -> dict[AutomationKey, AutomationState]:
    """Every stored state."""
    return {state.key: state for state in instance.store.automation_states()}


def state_text(state: AutomationState, on: bool) -> str:
    """On, off, paused or quarantined, in one word."""
    if state.quarantine_reason is not None:
        return "QUARANTINED"
    if state.paused_until is not None:
        return "PAUSED"
    return "RUNNING" if on else "STOPPED"


def show_log(key: AutomationKey, page: LogPage, statuses: Sequence[str]) -> None:
    """Prints an automation's ticks, the newest first."""
    wanted = [TickStatus(each) for each in statuses] or None
    with open_instance() as instance:
        before_id, after_id = page.ids(instance)
        ticks = instance.store.ticks(key, limit=page.limit, before_id=before_id, after_id=after_id, statuses=wanted)
        state = instance.store.automation_state(key)
    if state is not None and state.quarantine_reason is not None:
        kind = key.kind.value.lower()
        click.secho(f"quarantined: {state.quarantine_reason}", fg="red", err=True)
        click.echo(f"`watchbell {kind} start {key.name}` lets it tick again", err=True)
    if page.has_lines and not page.as_json and ticks:
        for tick in ticks:
            print_tick(tick)
        return
    empty = f"{key} has no tick that was {' or '.join(statuses)}" if statuses else f"{key} has not ticked yet"
    if page.since is not None or page.before is not None or page.before_id is not None:
        empty = f"{empty}, in the time that was asked about" if statuses else f"{key} did not tick in that time"
    rows = [tick_json(each) if page.as_json else tick_row(each) for each in ticks]
    show_rows(rows, as_json=page.as_json, empty=empty, spare=("took", "lines"))


status_option: Callable[[F], F] = click.option(
    "-s",
    "--status",
    "statuses",
    multiple=True,
    type=click.Choice([each.value for each in TickStatus], case_sensitive=False),
    help="Only ticks that ended so; may be given more than once.",
)


def one_or_all(option: str) -> Callable[[F], F]:
    """Sees to it that a command gets the name of one automation, or the option that stands for all.

    Raises:
        click.UsageError: neither was given, or both; before any code is loaded.
    """

    def decorate(command: F) -> F:
        @wraps(command)
        def check(**values: Any) -> Any:
            takes_all = values[option.removeprefix("--").replace("-", "_")]
            if (values["name"] is None) != takes_all:
                raise click.UsageError(f"give a NAME or {option}" + (", not both" if takes_all else ""))
            return command(**values)

        return check  # type: ignore[return-value]

    return decorate


def change_each(
    instance: DagsterInstance, keys: Sequence[AutomationKey], change: Callable[[AutomationState], AutomationState]
) -> None:
    """Stores changes that a person makes to the states of automations."""
    now = instance.clock.now()
    for key in keys:
        change_state(instance.store, key, change, now)
