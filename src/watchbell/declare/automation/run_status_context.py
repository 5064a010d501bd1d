"""What the functions of run status sensors are given: the run, and the event that brought it to its state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from watchbell.declare.automation.evaluation import EvaluationContext
from watchbell.record.event import DagsterEvent, DagsterEventType
from watchbell.record.partition import PARTITION_TAG
from watchbell.record.ports import InstanceView
from watchbell.record.run import DagsterRun


class RunStatusSensorContext(EvaluationContext):
    """What a run status sensor's function is given.

    Args:
        sensor_name: the sensor; None in a test that does not say.
        dagster_run: the run.
        dagster_event: the event that brought it to its state.
        instance: the instance.
        context: an evaluation whose instance, resources and definitions count where no others are given.
        resource_defs: resources by key.
        partition_key: the partition; left out: that of the run.
        facts: as for :class:`EvaluationContext`.

    Example:
        >>> @run_status_sensor(run_status=DagsterRunStatus.SUCCESS)
        ... def celebrate(context: RunStatusSensorContext):
        ...     context.log.info("%s is done", context.dagster_run.job_name)
    """

    def __init__(
        self,
        sensor_name: str | None,
        dagster_run: DagsterRun,
        dagster_event: DagsterEvent,
        instance: InstanceView | None = None,
        context: EvaluationContext | None = None,
        resource_defs: Mapping[str, Any] | None = None,
        partition_key: str | None = None,
        **facts: Any,
    ) -> None:
        if context is not None:
            around = {"open_instance": lambda: context.instance, "repository_def": context.repository_def}
            facts = {**around, **facts, "resources": {**context.resource_defs, **facts.get("resources", {})}}
        facts["resources"] = {**facts.get("resources", {}), **(resource_defs or {})}
        super().__init__(sensor_name, instance=instance, **facts)
        self._dagster_run = dagster_run
        self._dagster_event = dagster_event
        self._partition_key = partition_key

    @property
    def sensor_name(self) -> str | None:
        """The sensor's name; None in a test that does not say."""
        return self._name

    @property
    def dagster_run(self) -> DagsterRun:
        """The run, as it is stored now."""
        return self._dagster_run

    @property
    def dagster_event(self) -> DagsterEvent:
        """The event that brought it to its state."""
        return self._dagster_event

    @property
    def partition_key(self) -> str | None:
        """The partition of the run, None if it has none."""
        if self._partition_key is not None:
            return self._partition_key
        return self._dagster_run.tags.get(PARTITION_TAG)

    def for_run_failure(self) -> RunFailureSensorContext:
        """The same context with what only failures have."""
        failure = object.__new__(RunFailureSensorContext)
        failure.__dict__.update(self.__dict__)
        return failure


class RunFailureSensorContext(RunStatusSensorContext):
    """What a run failure sensor's function is given.

    Example:
        >>> @run_failure_sensor
        ... def alert(context: RunFailureSensorContext):
        ...     print(context.dagster_run.job_name, context.failure_event.engine_event_data.error.message)
    """

    @property
    def failure_event(self) -> DagsterEvent:
        """The event that says that the run failed, and why."""
        return self._dagster_event

    def get_step_failure_events(self) -> Sequence[DagsterEvent]:
        """The events of the steps that failed, oldest first."""
        entries = self.instance.all_logs(self._dagster_run.run_id, of_type=DagsterEventType.STEP_FAILURE)
        return [entry.dagster_event for entry in entries if entry.dagster_event is not None]
