"""What the web shows: the instance, and the definitions the services use at this moment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Request

from watchbell.automate.due import is_on, jitter_offset, next_tick_at
from watchbell.ground.cron import Cron
from watchbell.ground.value import dataclass
from watchbell.instance import DagsterInstance
from watchbell.record.evaluation import LocationError
from watchbell.record.keys import AssetKey
from watchbell.record.labels import labels_json
from watchbell.record.overlap import waiting_text
from watchbell.record.ports import Store
from watchbell.record.run import DagsterRun
from watchbell.record.snapshot import LocationSnapshot, ScheduleSnapshot, SensorSnapshot
from watchbell.record.tick import AutomationKey, AutomationKind, AutomationState, Tick
from watchbell.record.tick_effects import effect_texts
from watchbell.record.tick_store import TickOf
from watchbell.services.asset_lag import made_lags
from watchbell.services.run_lag import SensorOnRuns, lags_of
from watchbell.web.link import ServiceLink


@dataclass(frozen=True)
class View:
    """What the web may look at.

    Args:
        instance: the instance.
        link: to the service.
    """

    instance: DagsterInstance
    link: ServiceLink

    @property
    def store(self) -> Store:
        """The database."""
        return self.instance.store

    def locations(self) -> Sequence[LocationSnapshot]:
        """The code locations in use now."""
        return self.link.locations()

    def errors(self) -> Sequence[LocationError]:
        """The errors of locations whose newest code cannot be used."""
        return self.link.errors()

    def now(self) -> datetime:
        """The present instant."""
        return self.instance.clock.now()

    def schedules(self) -> list[dict[str, Any]]:
        """Every schedule with its state, by location and name."""
        states = self._states()
        now = self.now()
        rows = []
        for location in self.locations():
            for each in location.schedules:
                key = AutomationKey(location.name, AutomationKind.SCHEDULE, each.name)
                rows.append(_schedule_row(location.name, each, states.get(key) or AutomationState(key), now))
        return rows

    def sensors(self) -> list[dict[str, Any]]:
        """Every sensor with its state, by location and name."""
        states = self._states()
        rows = []
        of_runs: list[tuple[dict[str, Any], SensorOnRuns]] = []
        of_assets: list[tuple[dict[str, Any], tuple[AssetKey, str | None]]] = []
        for location in self.locations():
            for each in location.sensors:
                key = AutomationKey(location.name, AutomationKind.SENSOR, each.name)
                rows.append(_sensor_row(location.name, each, states.get(key) or AutomationState(key)))
                if each.every_event and each.asset_keys and rows[-1]["running"] and key in states:
                    of_assets.append((rows[-1], (each.asset_keys[0], states[key].cursor)))
                if each.run_statuses and rows[-1]["running"] and key in states:
                    of_runs.append((rows[-1], SensorOnRuns(each, states[key])))
        store = self.instance.store
        lags = lags_of(store, [each for _, each in of_runs]) + made_lags(store, [each for _, each in of_assets])
        for (row, _), lag in zip((*of_runs, *of_assets), lags, strict=True):
            row["lag"] = lag.as_json()
        return rows

    def find(self, kind: AutomationKind, name: str, location_name: str | None = None) -> AutomationKey | None:
        """The automation of that name (of that location); None if no location in use has it."""
        found = self.definition(kind, name, location_name)
        return None if found is None else found[0]

    def definition(
        self, kind: AutomationKind, name: str, location_name: str | None = None
    ) -> tuple[AutomationKey, ScheduleSnapshot | SensorSnapshot] | None:
        """The automation of that name with its definition; None if no location in use has it."""
        for location in self.locations():
            if location_name is not None and location.name != location_name:
                continue
            named: Sequence[ScheduleSnapshot | SensorSnapshot] = (
                location.schedules if kind == AutomationKind.SCHEDULE else location.sensors
            )
            for each in named:
                if each.name == name:
                    return AutomationKey(location.name, kind, name), each
        return None

    def automation_row(self, snapshot: ScheduleSnapshot | SensorSnapshot, state: AutomationState) -> dict[str, Any]:
        """One schedule or sensor with its state."""
        if isinstance(snapshot, ScheduleSnapshot):
            return _schedule_row(state.key.location_name, snapshot, state, self.now())
        row = _sensor_row(state.key.location_name, snapshot, state)
        if snapshot.every_event and snapshot.asset_keys and row["running"]:
            [lag] = made_lags(self.instance.store, [(snapshot.asset_keys[0], state.cursor)])
            row["lag"] = lag.as_json()
        if snapshot.run_statuses and row["running"] and state.version:
            [lag] = lags_of(self.instance.store, [SensorOnRuns(snapshot, state)])
            row["lag"] = lag.as_json()
        return row

    def _states(self) -> dict[AutomationKey, AutomationState]:
        return {state.key: state for state in self.instance.store.automation_states()}


def view_of(request: Request) -> View:
    """The view that the application of a request was made with."""
    view: View = request.app.state.view
    return view


ViewOf = Annotated[View, Depends(view_of)]
"""In the signature of an operation: what it may look at."""


def run_row(run: DagsterRun, blocker: DagsterRun | None = None) -> dict[str, Any]:
    """A run as JSON; ``blocker`` is another one of its schedule that it waits for."""
    return {
        "run_id": run.run_id,
        "job": run.job_name,
        "status": run.status.value,
        "created_at": run.created_at,
        "started_at": run.started_at,
        "ended_at": run.ended_at,
        "waits": None if blocker is None else waiting_text(run, blocker),
        "tags": dict(run.tags),
    }


def tick_row(tick: Tick) -> dict[str, Any]:
    """A tick as JSON."""
    return {
        "tick_id": tick.tick_id,
        "at": tick.tick_at,
        "status": tick.status.value,
        "started_at": tick.started_at,
        "ended_at": tick.ended_at,
        "run_ids": list(tick.run_ids),
        "run_keys": list(tick.run_keys),
        "dropped_run_keys": list(tick.dropped_run_keys),
        "skip_reason": tick.skip_reason,
        "error": tick.error.message if tick.error else None,
        "log": [{"at": line.timestamp, "level": line.level, "message": line.message} for line in tick.log],
    }


def tick_facts(found: TickOf) -> dict[str, Any]:
    """A tick as JSON, with whose it is, what it was made of and which runs its dropped keys have."""
    key, tick = found.key, found.tick
    return {
        "kind": key.kind.value,
        "name": key.name,
        "location": key.location_name,
        **tick_row(tick),
        "held_by": tick.key_holders,
        "cursor_before": tick.cursor_before,
        "cursor": tick.cursor,
        "event_ids": list(tick.event_ids),
        "effects": effect_texts(tick.effects),
    }


def _schedule_row(location: str, each: ScheduleSnapshot, state: AutomationState, now: datetime) -> dict[str, Any]:
    on = is_on(state, each.running_by_default)
    cron, offset = Cron.of(list(each.cron), each.timezone), jitter_offset(state.key, each.policy)
    return {
        "name": each.name,
        "location": location,
        "running": on,
        "cron": list(each.cron),
        "timezone": each.timezone,
        "job": each.job_name,
        **labels_json(each),
        "last_tick_at": state.last_tick_at,
        "next_tick_at": next_tick_at(cron, now, offset) if on else None,
        "quarantine": state.quarantine_reason,
    }


def _sensor_row(location: str, each: SensorSnapshot, state: AutomationState) -> dict[str, Any]:
    return {
        "name": each.name,
        "location": location,
        "running": is_on(state, each.running_by_default),
        "minimum_interval_seconds": each.minimum_interval_seconds,
        "sensor_type": each.sensor_type,
        "run_statuses": [status.value for status in each.run_statuses],
        "assets": None if each.asset_keys is None else [key.to_user_string() for key in each.asset_keys],
        "lag": None,
        "jobs": list(each.job_names),
        **labels_json(each),
        "last_tick_at": state.last_tick_at,
        "quarantine": state.quarantine_reason,
    }
