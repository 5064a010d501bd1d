"""A thousand assets, nine tenths of them made, some of those failed since."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from tests.ui.moments import NOW
from tests.ui.seeds.life import Life
from watchbell.declare.assets.asset_job import IMPLICIT_ASSET_JOB_NAME
from watchbell.record.event import (
    DagsterEvent,
    DagsterEventType,
    EventLogEntry,
    JobFailureData,
    StepMaterializationData,
)
from watchbell.record.keys import AssetKey
from watchbell.record.materialization import AssetMaterialization
from watchbell.record.run import DagsterRun

MODULES = ("many_assets",)
BATCH = 100


def fill(home: Path) -> dict[str, str]:
    """A run for each hundred assets, one of which failed."""
    life = Life(home, "many_assets", NOW - timedelta(days=1))
    keys = sorted(life.repository.asset_graph.executable_keys, key=lambda each: each.path)
    assert len(keys) == 1_000
    for number in range(10):
        batch = keys[number * BATCH : (number + 1) * BATCH]
        life.clock.set(NOW - timedelta(hours=20 - 2 * number))
        run_id = life.launch(IMPLICIT_ASSET_JOB_NAME, asset_selection=frozenset(batch))
        _make(life, run_id, batch if number < 9 else batch[:40], is_good=number != 4)
    life.clock.set(NOW)
    life.release()
    return {"location": "many_assets", "asset": "g03/l2_4"}


def _make(life: Life, run_id: str, keys: list[AssetKey], *, is_good: bool) -> None:
    run = life.begin(run_id)
    entries = [_entry(life, run, DagsterEventType.RUN_START, None)]
    for key in keys:
        life.clock.advance(0.8)
        data = StepMaterializationData(AssetMaterialization(key, metadata={"rows": len(entries)}))
        entries.append(_entry(life, run, DagsterEventType.ASSET_MATERIALIZATION, data))
    end = DagsterEventType.RUN_SUCCESS if is_good else DagsterEventType.RUN_FAILURE
    entries.append(_entry(life, run, end, None if is_good else JobFailureData(None)))
    life.store.append(entries, attempt=run.attempt)


def _entry(life: Life, run: DagsterRun, kind: DagsterEventType, data: object) -> EventLogEntry:
    event = DagsterEvent(kind, run.job_name, None, kind.value, data)  # type: ignore[arg-type]
    return EventLogEntry(run.run_id, life.clock.now().timestamp(), 20, "", None, run.job_name, event)
