"""User code: assets, a job, a schedule that is on and due once a year, a sensor that is off."""

from dagster import (
    DefaultScheduleStatus,
    Definitions,
    ScheduleDefinition,
    SensorEvaluationContext,
    SkipReason,
    asset,
    job,
    op,
    sensor,
)


@asset
def lone() -> int:
    """An asset without dependencies."""
    return 1


@op
def work() -> int:
    """Next to nothing."""
    return 1


@job
def one() -> None:
    """The job of the schedule and the sensor."""
    work()


@sensor(job=one)
def off(_context: SensorEvaluationContext) -> SkipReason:
    """Never evaluated: sensors are off unless said otherwise."""
    return SkipReason("nothing to do")


yearly = ScheduleDefinition(
    name="yearly", job=one, cron_schedule="0 0 29 2 *", default_status=DefaultScheduleStatus.RUNNING
)
defs = Definitions(assets=[lone], jobs=[one], schedules=[yearly], sensors=[off])
