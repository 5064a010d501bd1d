"""A plan in few lines: what its runs do, how many there are, and in which order."""

from __future__ import annotations

from dataclasses import field

from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.ground.value import dataclass
from watchbell.record.keys import AssetKey


@dataclass(frozen=True)
class PlanStep:
    """Runs of a plan that do the same for different partitions.

    Args:
        number: its place in the order, from 1; steps of one number do not wait for each other.
        label: what its runs make, for people: assets, or a job.
        partitions_count: how many partitions (count); 0: it has none.
        runs_count: how many runs (count, >= 1).
        first: the first partition or time; None: it has none.
        last: the last one.
        in_order: whether its runs go one after the other.
        asset_keys: the assets its runs make.
        job_name: the job of its runs.
        schedule_name: the schedule whose ticks its runs answer; None: it has nothing to do with one.
        definition: its partitions.
    """

    number: int
    label: str
    partitions_count: int
    runs_count: int
    first: str | None = None
    last: str | None = None
    in_order: bool = False
    asset_keys: tuple[AssetKey, ...] = ()
    job_name: str = ""
    schedule_name: str | None = None
    definition: PartitionsDefinition | None = field(default=None, repr=False)
