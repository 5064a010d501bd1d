"""What is told of sensors whose definitions are at hand: what their cursors mean, and what waits for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from watchbell.automate.due import is_on
from watchbell.declare.automation.asset_sensor import AssetSensorDefinition
from watchbell.declare.automation.run_status_sensor import RunStatusSensorDefinition
from watchbell.declare.automation.sensor import DefaultSensorStatus, SensorDefinition
from watchbell.instance import DagsterInstance
from watchbell.record.keys import AssetKey
from watchbell.record.ports import Store
from watchbell.record.snapshot import SensorSnapshot
from watchbell.record.tick import AutomationKey, AutomationState
from watchbell.services.asset_lag import made_lags
from watchbell.services.cursor_meaning import cursor_meaning
from watchbell.services.run_lag import SensorOnRuns, lags_of


def meaning_of_cursor(instance: DagsterInstance, definition: SensorDefinition, cursor: str | None) -> list[str]:
    """What a cursor of this sensor says, in sentences for people; none for a sensor that makes up its own."""
    sensor = SensorSnapshot(
        definition.name,
        run_statuses=definition.run_statuses,
        asset_keys=(definition.asset_key,) if isinstance(definition, AssetSensorDefinition) else None,
        sensor_type=definition.sensor_type.value,
    )
    return cursor_meaning(instance.store, sensor, cursor, instance.clock.now())


def lag_texts(
    store: Store,
    found: Sequence[tuple[AutomationKey, SensorDefinition]],
    states: Mapping[AutomationKey, AutomationState],
    now: datetime,
) -> dict[AutomationKey, str]:
    """What waits for each sensor of runs or of every materialization that is on and has its place in the log.

    Args:
        store: where to look.
        found: definitions with their keys.
        states: what is stored of them.
        now: aware.
    """
    on_runs: dict[AutomationKey, SensorOnRuns] = {}
    on_assets: dict[AutomationKey, tuple[AssetKey, str | None]] = {}
    for key, each in found:
        state = states.get(key)
        if state is None or not is_on(state, each.default_status == DefaultSensorStatus.RUNNING):
            continue
        if isinstance(each, AssetSensorDefinition) and each.every_event:
            on_assets[key] = (each.asset_key, state.cursor)
        if isinstance(each, RunStatusSensorDefinition):
            monitored = each.monitored
            snapshot = SensorSnapshot(
                each.name,
                run_statuses=each.run_statuses,
                monitored_jobs=monitored.job_names,
                monitored_runs=monitored.by_location,
                monitors_all_locations=monitored.all_locations,
            )
            on_runs[key] = SensorOnRuns(snapshot, state)
    lags = made_lags(store, list(on_assets.values())) + lags_of(store, list(on_runs.values()))
    return {key: lag.text(now) for key, lag in zip((*on_assets, *on_runs), lags, strict=True)}
