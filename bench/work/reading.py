"""What a service stored: ticks and runs, read through the instance of whichever side this is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.work.report import IS_WATCHBELL
from dagster import DagsterInstance


@dataclass(frozen=True)
class StoredTick:
    """A tick as stored; times in seconds since the epoch.

    Args:
        automation: name of the schedule or sensor.
        due_at: a schedule's nominal time; when a sensor's evaluation began.
        ended_at: when it was over.
        status: its outcome in capitals.
    """

    automation: str
    due_at: float
    ended_at: float
    status: str


@contextmanager
def instance_of(home: Path) -> Iterator[Any]:
    """The instance of a home folder. Untyped: each side has its own ways to ask for ticks."""
    opened: Any = DagsterInstance
    instance = opened.from_home(home) if IS_WATCHBELL else opened.from_config(str(home))
    try:
        yield instance
    finally:
        if IS_WATCHBELL:
            instance.close()
        else:
            instance.dispose()


def stored_ticks(home: Path, only: str | None = None) -> list[StoredTick]:
    """Every tick that was evaluated (of one automation), in no particular order."""
    with instance_of(home) as instance:
        return list(watchbell_ticks(instance, only) if IS_WATCHBELL else dagster_ticks(instance, only))


def watchbell_ticks(instance: Any, only: str | None) -> Iterator[StoredTick]:
    """Ours; times that were not taken are no evaluations and are left out."""
    for state in instance.store.automation_states():
        if only is None or state.key.name == only:
            for tick in instance.store.ticks(state.key):
                if tick.status.value != "MISSED":
                    due_at, ended_at = tick.tick_at.timestamp(), tick.ended_at.timestamp()
                    yield StoredTick(state.key.name, due_at, ended_at, tick.status.value)


def dagster_ticks(instance: Any, only: str | None) -> Iterator[StoredTick]:
    """Dagster's; those without an end were begun and not finished."""
    for state in instance.all_instigator_state():
        if only is None or state.instigator_name == only:
            for tick in instance.get_ticks(state.instigator_origin_id, state.selector_id):
                if tick.end_timestamp is not None:
                    yield StoredTick(state.instigator_name, tick.timestamp, tick.end_timestamp, tick.status.value)
