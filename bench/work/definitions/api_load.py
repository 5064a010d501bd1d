"""Twenty jobs of five ops that log, some of which fail: what the store of the API's load test is made of."""

from dagster import (
    AssetKey,
    AssetMaterialization,
    Definitions,
    JobDefinition,
    OpDefinition,
    OpExecutionContext,
    ScheduleDefinition,
    job,
    op,
)


def _ops(job_number: int) -> list[OpDefinition]:
    def step(number: int) -> OpDefinition:
        @op(name=f"step_{number}")
        def work(context: OpExecutionContext) -> None:
            for line in range(3):
                context.log.info("line %d of step %d", line, number)
            context.log_event(AssetMaterialization(AssetKey(["load", f"table_{job_number}_{number}"])))
            if context.run.tags.get("fails") and number == 4:
                raise KeyError("amount")

        return work

    return [step(number) for number in range(5)]


def _job(number: int) -> JobDefinition:
    parts = _ops(number)

    @job(name=f"job_{number}")
    def made() -> None:
        for part in parts:
            part()

    return made


JOBS = [_job(number) for number in range(20)]


SCHEDULES = [ScheduleDefinition(name=f"every_five_{each.name}", cron_schedule="*/5 * * * *", job=each) for each in JOBS]

defs = Definitions(jobs=JOBS, schedules=SCHEDULES)
