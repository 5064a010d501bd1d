"""Values that a finished run stored, loaded again through its IO managers."""

from __future__ import annotations

from typing import Any

from watchbell.declare.run_config import ResolvedRunConfig
from watchbell.execute.io_contexts import StepInputContext, output_context
from watchbell.execute.journal import Journal
from watchbell.execute.plan import Plan
from watchbell.execute.resources import resources_open
from watchbell.execute.run_partitions import partitions_of_run
from watchbell.execute.run_scope import RunScope
from watchbell.instance import DagsterInstance
from watchbell.record.run import DagsterRun


class StoredValues:
    """The values of one run.

    Args:
        plan: its plan.
        config: its config.
        run: the run.
        instance: where it is recorded.
    """

    def __init__(self, plan: Plan, config: ResolvedRunConfig, run: DagsterRun, instance: DagsterInstance) -> None:
        self._plan = plan
        self._config = config
        self._run = run
        self._instance = instance

    def load(self, step_key: str, output_name: str, mapping_key: str | None = None) -> Any:
        """The value of an output, of a dynamic one that of a mapping key; None for one that only says "done".

        The IO manager, and what it requires, is set up for this and torn down again.

        Raises:
            Exception: what the IO manager raises.
        """
        step = self._plan.step(step_key)
        out = step.outputs[output_name]
        if out.type.is_nothing:
            return None
        # Nothing of this is part of the run, which is over: its log stays as it is.
        journal = Journal(self._run.run_id, self._run.job_name, self._instance.clock, lambda _entry: None)
        scope = RunScope(self._plan, self._run, journal, lambda: self._instance)
        scope.partitions = partitions_of_run(
            self._plan.job, self._run.tags, self._instance.clock.now(), lambda: self._instance
        )
        keys = frozenset({out.io_manager_key})
        with resources_open(scope, keys, keys, self._config.resources):
            manager = scope.managers[out.io_manager_key]
            told = output_context(scope, step, out, manager, mapping_key=mapping_key)
            context = StepInputContext(
                scope,
                step_key,
                name=output_name,
                job_name=self._run.job_name,
                run_id=self._run.run_id,
                upstream_output=told,
                dagster_type=out.type,
                asset_key=out.asset_key,
                partition_key=scope.partitions.key,
                asset_partitions_def=told.asset_partitions_def if told.has_asset_partitions_def else None,
                asset_partitions=told.asset_partitions,
                resource_config=manager.config,
                resources=manager.resources,
            )
            return manager.value.load_input(context)
