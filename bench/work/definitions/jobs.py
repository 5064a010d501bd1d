"""User code: jobs of 1 and 10 independent ops, in process and with the default executor, and one asset."""

from collections.abc import Callable

from dagster import Definitions, JobDefinition, OpDefinition, asset, in_process_executor, job, op


def work() -> int:
    """What every op does: next to nothing."""
    return 1


def ops(count: int) -> list[OpDefinition]:
    """So many ops of different names."""
    return [op(name=f"op_{number}")(work) for number in range(count)]


def body(parts: list[OpDefinition]) -> Callable[[], None]:
    """The function of a job that calls them all."""

    def compose() -> None:
        for part in parts:
            part()

    return compose


def jobs(count: int) -> list[JobDefinition]:
    """The job of so many ops, once per executor."""
    return [
        job(name=f"ops_{count}_in_process", executor_def=in_process_executor)(body(ops(count))),
        job(name=f"ops_{count}_default")(body(ops(count))),
    ]


@asset
def lone() -> int:
    """An asset without dependencies."""
    return 1


defs = Definitions(assets=[lone], jobs=[*jobs(1), *jobs(10)])
