"""Question: what does it cost to simulate a year of 200 schedules and 500 automation conditions?"""

from __future__ import annotations

import argparse
import resource
import time
from typing import Any

import dagster as dg
from bench.work.report import emit

ZONES = ("Europe/Berlin", "America/New_York", "Asia/Tokyo", "UTC")
WIDTH, PIPELINE = 5, 25


def schedules(count: int, job: Any) -> list[Any]:
    """Of twenty, fifteen fire daily, four hourly and one every 15 minutes; every fourth has a function."""
    found = []
    for number in range(count):
        kind = number % 20
        minute = number % 60
        cron = "*/15 * * * *" if kind == 19 else f"{minute} * * * *" if kind >= 15 else f"{minute} {number % 24} * * *"
        name, zone = f"schedule_{number}", ZONES[number // 20 % len(ZONES)]
        if number % 4:
            found.append(dg.ScheduleDefinition(name, cron_schedule=cron, job=job, execution_timezone=zone))
            continue

        @dg.schedule(name=name, cron_schedule=cron, job=job, execution_timezone=zone)
        def function(context: Any) -> Any:
            moment = context.scheduled_execution_time
            return dg.RunRequest(tags={"day": moment.strftime("%Y-%m-%d")}) if moment.minute else dg.SkipReason("full")

        found.append(function)
    return found


def assets(count: int) -> list[Any]:
    """Pipelines of 25: five assets that go by one cron string, and four layers of five eager ones below them, each made
    from two of the layer above. Every second pipeline has daily partitions."""
    days = dg.DailyPartitionsDefinition("2025-12-01", timezone="Europe/Berlin")
    found: list[Any] = []
    for number in range(count):
        pipeline, place = divmod(number, PIPELINE)
        partitions = days if pipeline % 2 else None
        deps: list[Any] = []
        if place < WIDTH:
            zone = ZONES[pipeline // 2 % 4]
            condition = dg.AutomationCondition.on_cron(f"{pipeline % 4 * 15} {pipeline % 24} * * *", zone)
        else:
            condition = dg.AutomationCondition.eager()
            above = number - place + (place // WIDTH - 1) * WIDTH
            deps = [dg.AssetKey(f"asset_{above + (place + step) % WIDTH}") for step in (0, 1)]

        @dg.asset(name=f"asset_{number}", deps=deps, partitions_def=partitions, automation_condition=condition)
        def made() -> None: ...

        found.append(made)
    return found


def main() -> None:
    """Simulates once; CPU of the process, without the making of the definitions."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--schedules", type=int, default=200)
    parser.add_argument("--conditions", type=int, default=500)
    parser.add_argument("--from", dest="start", default="2026-01-01")
    parser.add_argument("--to", dest="end", default="2027-01-01")
    asked = parser.parse_args()

    @dg.op
    def load() -> None: ...

    @dg.job
    def etl() -> None:
        load()

    repository = dg.Definitions(assets(asked.conditions), schedules=schedules(asked.schedules, etl), jobs=[etl])
    repository.get_repository_def()
    begun = time.process_time()
    found = dg.simulate(repository, asked.start, asked.end)
    seconds = time.process_time() - begun
    emit("year", seconds, "s")
    emit("ticks", len(found.ticks), "ticks")
    emit("runs", len(found.runs), "runs")
    emit("ticks-a-second", len(found.ticks) / seconds, "/s")
    emit("year-memory", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "MB")


if __name__ == "__main__":
    main()
