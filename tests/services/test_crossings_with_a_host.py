"""Time limits, async functions and new code, where they meet: the loops over a real host."""

from __future__ import annotations

from pathlib import Path

from tests.faults.rig import Rig
from watchbell.record.settings import Settings
from watchbell.record.tick import TickStatus

QUEUEING = """
import time
from watchbell import DefaultSensorStatus, Definitions, SkipReason, job, sensor

@job
def etl(): ...

def sensor_of(number):
    @sensor(
        job=etl, name=f"each_{number}", default_status=DefaultSensorStatus.RUNNING, minimum_interval_seconds=3600,
        timeout_seconds=0.9,
    )
    def made(context):
        time.sleep(0.4)
        return SkipReason("in time")

    return made

defs = Definitions(jobs=[etl], sensors=[sensor_of(number) for number in range(6)])
"""

IN_FLIGHT = """
import asyncio, pathlib
from watchbell import DefaultSensorStatus, Definitions, ResourceParam, RunRequest, job, resource, sensor

FOLDER = pathlib.Path(__file__).parent

@job
def etl(): ...

@resource
def log(context):
    with (FOLDER / "log").open("a") as file:
        file.write("up VERSION;")
    yield "VERSION"
    with (FOLDER / "log").open("a") as file:
        file.write("down VERSION;")

@sensor(job=etl, default_status=DefaultSensorStatus.RUNNING, minimum_interval_seconds=10)
async def each(context, log: ResourceParam[str]):
    (FOLDER / "asked VERSION").touch()
    while not (FOLDER / "go VERSION").exists():
        await asyncio.sleep(0.01)
    return RunRequest(run_key="VERSION", tags={"by": log})

defs = Definitions(jobs=[etl], sensors=[each], resources={"log": log})
"""


def test_time_in_the_queue_of_evaluators_is_no_time_of_the_evaluation(tmp_path: Path) -> None:
    names = [f"each_{number}" for number in range(6)]
    with Rig(tmp_path, QUEUEING, Settings(max_evaluators=1)) as rig:
        rig.until(lambda: all(rig.ticks(name) for name in names), "a tick of each")

        ended = {(tick.status, tick.skip_reason) for name in names for tick in rig.ticks(name)}

    assert ended == {(TickStatus.SKIPPED, "in time")}


def test_an_async_evaluation_is_answered_by_the_code_it_was_asked_of(tmp_path: Path) -> None:
    with Rig(tmp_path, IN_FLIGHT.replace("VERSION", "one"), Settings()) as rig:
        rig.until((tmp_path / "asked one").exists, "the first question")
        rig.file.write_text(IN_FLIGHT.replace("VERSION", "two"), encoding="utf-8")
        rig.host.reload()
        rig.until(lambda: bool(rig.snapshots), "new code")
        (tmp_path / "go one").touch()
        rig.until(lambda: len(rig.ticks("each")) == 1, "the answer of the old code")
        (tmp_path / "go two").touch()
        rig.clock.advance(10)
        rig.until(lambda: len(rig.ticks("each")) == 2, "the answer of the new code")

        keys = [tick.run_keys for tick in rig.ticks("each")]

    assert keys == [("one",), ("two",)]
    assert (tmp_path / "log").read_text() == "up one;down one;up two;down two;"
