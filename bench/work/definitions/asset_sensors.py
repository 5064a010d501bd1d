"""User code: BENCH_COUNT asset sensors, each of an asset of its own, that ask for a run of a job of one op."""

import os
from collections.abc import Callable

from dagster import AssetKey, DefaultSensorStatus, Definitions, RunRequest, asset_sensor, job, op

COUNT = int(os.environ["BENCH_COUNT"])


@op
def work() -> int:
    """Next to nothing."""
    return 1


@job
def one() -> None:
    """The job that is asked for."""
    work()


def watching(number: int) -> object:
    """A sensor of the asset of this number."""

    def evaluate(context: object, asset_event: object) -> RunRequest:
        del context, asset_event
        return RunRequest(tags={"asset": str(number)})

    made: Callable[[Callable[..., RunRequest]], object] = asset_sensor(
        asset_key=AssetKey(f"asset_{number}"),
        name=f"sensor_{number}",
        job=one,
        default_status=DefaultSensorStatus.RUNNING,
    )
    return made(evaluate)


defs = Definitions(jobs=[one], sensors=[watching(number) for number in range(COUNT)])  # type: ignore[misc]
