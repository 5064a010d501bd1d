"""User code: an asset with 10,000,800 partitions, the minutes of nineteen years."""

from dagster import TimeWindowPartitionsDefinition, asset

MINUTES = TimeWindowPartitionsDefinition(
    cron_schedule="* * * * *", start="2006-01-01-00:00", end="2025-01-06-00:00", fmt="%Y-%m-%d-%H:%M"
)


@asset(partitions_def=MINUTES)
def readings() -> None:
    """Never made."""
