"""Members of a step's context that few steps read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from watchbell.execute.partition_members import PartitionMembers
from watchbell.execute.step_scope import StepScope
from watchbell.ground.errors import CheckError
from watchbell.ground.upward import find_upward
from watchbell.record.materialization import AssetMaterialization, AssetObservation


class ContextMembers(PartitionMembers):
    """What the contexts of ops and assets have besides what most steps read."""

    _scope: StepScope

    @property
    def solid_config(self) -> Any:
        """Old name of ``op_config``."""
        return self._scope.op_config

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
