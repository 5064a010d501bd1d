"""Members of a step's context that few steps read; those that speak of partitions answer that the run has none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from watchbell.execute.step_scope import StepScope
from watchbell.ground.errors import CheckError, DagsterInvariantViolationError
from watchbell.ground.upward import find_upward
from watchbell.record.materialization import AssetMaterialization, AssetObservation


class ContextMembers:
    """What the contexts of ops and assets have besides what most steps read."""

    _scope: StepScope

    @property
    def solid_config(self) -> Any:
        """Old name of ``op_config``."""
        return self._scope.op_config

    @property
    def has_partition_key(self) -> bool:
        """Whether the run is for one partition."""
        return False

    @property
    def has_partition_key_range(self) -> bool:
        """Whether the run is for a range of partitions."""
        return False

    @property
    def has_partitions(self) -> bool:
        """Whether the run is for partitions at all."""
        return False

    # ------------------------------------------------------------- events

    def has_events(self) -> bool:
        """Whether :meth:`log_event` was given something that :meth:`consume_events` did not take yet."""
        return bool(self._scope.logged)

    def consume_events(self) -> Iterator[AssetMaterialization | AssetObservation]:
        """What :meth:`log_event` was given since this was last called; it stays stored with the run."""
        logged = self._scope.logged
        while logged:
            yield logged.pop(0)

    # ------------------------------------------------------------- around

    @property
    def pdb(self) -> Any:
        """A debugger: ``context.pdb.set_trace()`` stops the step and talks to the terminal."""
        return find_upward("forked_debugger")()

    @property
    def step_launcher(self) -> None:
        """Who starts this step elsewhere: nobody does."""
        return

    @property
    def location_name(self) -> str | None:
        """Name of the code location that the run's job is defined in; None if it is in none."""
        return self._scope.run.location_name

    @property
    def repository_def(self) -> Any:
        """Not available: a step knows its job, not what else is defined beside it.

        Raises:
            CheckError: always; use ``context.job_def``, or import what is needed.
        """
        raise CheckError(
            f'step "{self._scope.step_key}": a run knows its job only, so context.repository_def is not there; '
            "use context.job_def, or import the definitions it needs"
        )

    @property
    def file_manager(self) -> Any:
        """Not available (raises AttributeError): Dagster has removed it too."""
        raise AttributeError(
            f'step "{self._scope.step_key}": context.file_manager is gone; use a resource or an IO manager for files'
        )


def _refused(name: str) -> property:
    def read(self: ContextMembers) -> Any:
        raise DagsterInvariantViolationError(
            f'step "{self._scope.step_key}": context.{name} needs a run for a partition, and this run has none'
        )

    read.__doc__ = "Not available: this run has no partition (raises DagsterInvariantViolationError)."
    return property(read)


# Every member that speaks of partitions says the same: the run has none. Calls fail where the method is looked up.
_PARTITION_MEMBERS = (
    "partition_key",
    "partition_keys",
    "partition_key_range",
    "partition_time_window",
    "multi_partition_key",
    "asset_partition_key_range",
    *(
        f"asset_partition{member}_for_{side}"
        for member in ("_key", "_keys", "_key_range", "s_def", "s_time_window")
        for side in ("input", "output")
    ),
)
for _name in _PARTITION_MEMBERS:
    setattr(ContextMembers, _name, _refused(_name))
