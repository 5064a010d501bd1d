"""A whole service with condition sensors; runs make their assets when a test says so."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tests.simulation.whole_service import SUCCESS, World
from watchbell import AssetKey, AssetMaterialization, AutomationCondition, BackfillPolicy, Definitions, asset
from watchbell.automate.switch import started
from watchbell.record.event import DagsterEvent, DagsterEventType, EventLogEntry
from watchbell.record.event_data import StepMaterializationData
from watchbell.record.partition import PARTITION_TAG, RANGE_END_TAG, RANGE_START_TAG
from watchbell.record.run import DagsterRun

SENSOR = "default_automation_condition_sensor"


def made(
    name: str,
    condition: AutomationCondition | None = None,
    deps: Iterable[str] = (),
    partitions_def: Any = None,
    backfill_policy: BackfillPolicy | None = None,
    **more: Any,
) -> Any:
    """An asset that does nothing."""

    @asset(
        name=name,
        automation_condition=condition,
        deps=list(deps),
        partitions_def=partitions_def,
        backfill_policy=backfill_policy,
        **more,
    )
    def function() -> None: ...

    return function


def asked(run: DagsterRun) -> str:
    """What a run is to make, in short: ``"a+b[2026-01-01]"``."""
    keys = "+".join(sorted(key.to_user_string() for key in run.asset_selection or ()))
    checks = "+".join(sorted(key.to_user_string() for key in run.asset_check_selection or ()))
    tags = run.tags
    partition = tags.get(PARTITION_TAG, "")
    if RANGE_START_TAG in tags:
        partition = f"{tags[RANGE_START_TAG]}..{tags[RANGE_END_TAG]}"
    return f"{keys}{'/' + checks if checks else ''}{f'[{partition}]' if partition else ''}"


class ConditionWorld(World):
    """A world whose condition sensors are on."""

    def begin_service(self, code: Definitions | dict[str, Definitions], store: Any = None) -> None:
        """A service begins, and somebody turns its condition sensor on."""
        self.serve(code, store)
        self.turn(SENSOR, lambda state: started(state, self.clock.now()), is_sensor=True)

    def asked(self) -> list[str]:
        """What all runs of conditions were asked for, oldest first."""
        return [asked(run) for run in self.runs() if "dagster/from_automation_condition" in run.tags]

    def make_all(self) -> int:
        """Every run that goes on makes what it is to make, and ends; how many there were."""
        going = list(self.processes)
        for run_id in going:
            self.make_run(run_id)
        return len(going)

    def make_run(self, run_id: str) -> None:
        """A run makes what it is to make, and ends."""
        record = self.store.run_record(run_id)
        assert record is not None
        run = record.dagster_run
        partition = run.tags.get(PARTITION_TAG)
        for key in sorted(run.asset_selection or ()):
            data = StepMaterializationData(AssetMaterialization(AssetKey(key.path), partition=partition))
            event = DagsterEvent(DagsterEventType.ASSET_MATERIALIZATION, run.job_name, event_specific_data=data)
            self.store.append([EventLogEntry(run_id, self.clock.now().timestamp(), dagster_event=event)])
        self.end(run_id, SUCCESS)
