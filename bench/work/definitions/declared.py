"""User code: ops, a job, assets and a schedule, without configuration."""

from dagster import Definitions, ScheduleDefinition, asset, job, op


@op
def collect() -> int:
    """Gives a number."""
    return 1


@op
def double(number: int) -> int:
    """Doubles it."""
    return number * 2


@job
def numbers() -> None:
    """Two ops in a row."""
    double(collect())


@asset
def raw() -> int:
    """A source."""
    return 1


@asset
def refined(raw: int) -> int:
    """Made from it."""
    return raw + 1


defs = Definitions(
    assets=[raw, refined],
    jobs=[numbers],
    schedules=[ScheduleDefinition(name="hourly", job=numbers, cron_schedule="0 * * * *")],
)
