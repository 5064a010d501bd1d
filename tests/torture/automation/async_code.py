"""Async sensors that count, for the torture: many wait at once, and each number must come to one effect."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from tests.torture.automation.notes import STOP_FILE, evaluated
from tests.torture.automation.run_code import handled
from watchbell import (
    AssetMaterialization,
    DefaultSensorStatus,
    Definitions,
    RunRequest,
    SensorDefinition,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    sensor,
)

WAITS = {f"waits_{number}": 0.05 * 1.5**number for number in range(10)}
"""How long each waits in an evaluation (seconds)."""
YIELDS = {"yields": 3}
"""Requests in an evaluation (count)."""


def waiting(name: str, seconds: float) -> SensorDefinition:
    """A sensor whose cursor is 1, 2, 3, …, each stored with an event that names it."""

    async def count(context: SensorEvaluationContext) -> SensorResult | SkipReason:
        evaluated("async")
        number = int(context.cursor or 0) + 1
        await asyncio.gather(asyncio.sleep(seconds), asyncio.sleep(seconds / 2))
        if STOP_FILE.exists():
            return SkipReason("enough")
        made = AssetMaterialization("numbers", metadata={"of": name, "number": number})
        return SensorResult(asset_events=[made], cursor=str(number))

    return SensorDefinition(
        name=name,
        evaluation_fn=count,
        job=handled,
        minimum_interval_seconds=1,
        default_status=DefaultSensorStatus.RUNNING,
    )


@sensor(job=handled, minimum_interval_seconds=3, default_status=DefaultSensorStatus.RUNNING)
async def yields(context: SensorEvaluationContext) -> AsyncIterator[Any]:
    """An async generator: what it asked for counts whole or not at all."""
    evaluated("async")
    if STOP_FILE.exists():
        yield SkipReason("enough")
        return
    number = int(context.cursor or 0) + 1
    for part in range(YIELDS["yields"]):
        yield RunRequest(tags={"number": f"{number}.{part}"})
        await asyncio.sleep(0.1)
    context.update_cursor(str(number))


defs = Definitions(jobs=[handled], sensors=[*(waiting(*each) for each in WAITS.items()), yields])
