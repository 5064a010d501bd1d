"""A job of a thousand steps: ten lanes of a hundred, one after the other in each."""

import dagster as dg

LANES, LENGTH = 10, 100


@dg.op(ins={"before": dg.In(dg.Nothing)})
def step() -> None:
    """One of them."""


@dg.job(executor_def=dg.in_process_executor)
def long_job() -> None:
    """A thousand steps."""
    for lane in range(LANES):
        before = step.alias(f"lane{lane}_000")()
        for number in range(1, LENGTH):
            before = step.alias(f"lane{lane}_{number:03}")(before)


defs = dg.Definitions(jobs=[long_job])
