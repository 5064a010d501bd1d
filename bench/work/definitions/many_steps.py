"""Two hundred steps that wait for nothing, and one, each in a process of its own by default."""

from __future__ import annotations

from dagster import Definitions, job, op

COUNT = 200


@op
def step() -> int:
    """Does nothing."""
    return 1


@job
def many() -> None:
    """All of them."""
    for _ in range(COUNT):
        step()


@job
def lone() -> None:
    """One."""
    step()


defs = Definitions(jobs=[many, lone])
