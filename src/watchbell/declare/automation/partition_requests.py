"""Requests of schedules and sensors for partitions: given the run config and tags of these when they are made.

Who asks for a partition that does not exist learns so at the tick, and not from a run that cannot begin.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from watchbell.declare.assets.asset_job import UnresolvedAssetJobDefinition
from watchbell.declare.automation.automation_target import AutomationTarget
from watchbell.declare.automation.evaluation import EvaluationContext
from watchbell.declare.job import JobDefinition
from watchbell.declare.partitions.requested import RequestedPartitions
from watchbell.declare.partitions.view import DynamicPartitionsStore, PartitionsView, partitions_view
from watchbell.ground.errors import CheckError, DagsterInvariantViolationError, DagsterUnknownPartitionError
from watchbell.record.request import DynamicPartitionsRequest, RunRequest


class Automation(Protocol):
    """A schedule or sensor."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def targets(self) -> tuple[AutomationTarget, ...]:
        """The jobs it may start."""


def with_partitions(
    requests: list[RunRequest],
    definition: Automation,
    context: EvaluationContext,
    changes: Sequence[DynamicPartitionsRequest] = (),
) -> list[RunRequest]:
    """The requests of an evaluation, those for a partition with what that brings along.

    Args:
        requests: what was asked for.
        definition: the schedule or sensor.
        context: its evaluation.
        changes: what the same evaluation asks to change of dynamic partitions; keys it adds are there already.

    Raises:
        DagsterUnknownPartitionError: a partition does not exist; names the job and the nearest.
        CheckError: a job has no partitions.
        DagsterInvariantViolationError: the job is known by its name alone, and no repository says which it is.
    """
    if all(each.partition_key is None for each in requests):
        return requests
    view = _view(definition, context, changes)
    try:
        return [_resolved(each, definition, context.repository_def, view) for each in requests]
    except (DagsterUnknownPartitionError, CheckError) as error:  # which speak of the job alone
        error.args = (f"{definition.name!r} asked for a partition that cannot be: {error}",)
        raise


def _resolved(request: RunRequest, definition: Automation, repository: Any, view: PartitionsView) -> RunRequest:
    if request.has_resolved_partition():
        return request
    if repository is not None:
        resolved: RunRequest = repository.for_partition(definition, request, view)
        return resolved
    name = request.job_name
    known = [each.job for each in definition.targets if name in (None, each.job_name)]
    target = known[0] if len(known) == 1 else None
    if isinstance(target, JobDefinition):
        return target.resolved_request(request, view)
    if isinstance(target, UnresolvedAssetJobDefinition) and target.known_partitions_def is not None:
        return _of_unresolved(request, target, view)
    raise DagsterInvariantViolationError(
        f"{definition.name!r} asked for the partition {request.partition_key!r} of a job that is known only together "
        "with all definitions; pass repository_def= to build_schedule_context or build_sensor_context, for example "
        "defs.get_repository_def()"
    )


def _of_unresolved(request: RunRequest, job: UnresolvedAssetJobDefinition, view: PartitionsView) -> RunRequest:
    assert request.partition_key is not None
    made = job.run_request_for_partition(
        request.partition_key,
        tags=request.tags,
        run_config=request.run_config,
        current_time=view.current_time,
        dynamic_partitions_store=view.store,
    )
    return request.with_replaced_attrs(run_config=made.run_config, tags=made.tags)


def _view(
    definition: Automation, context: EvaluationContext, changes: Sequence[DynamicPartitionsRequest]
) -> PartitionsView:
    """Now, or the tick's own time if that is later; with the dynamic partitions of the instance, if there is one."""
    around = partitions_view()
    nominal = getattr(context, "nominal_at", None)  # of schedules alone
    nominal_at = None if nominal is None else nominal(getattr(definition, "execution_timezone", None))
    at = around.now
    store: DynamicPartitionsStore | None = _LateStore(context) if context.has_instance else around.store
    if changes and store is not None:
        store = RequestedPartitions(store, changes)
    return PartitionsView(at if nominal_at is None else max(at, nominal_at), store)


class _LateStore:
    """The dynamic partitions of a context's instance, which is opened by the first question."""

    def __init__(self, context: EvaluationContext) -> None:
        self._context = context

    @property
    def _instance(self) -> Any:
        return self._context.instance

    def get_dynamic_partitions(self, partitions_def_name: str) -> Sequence[str]:
        """The keys there are."""
        return self._instance.get_dynamic_partitions(partitions_def_name)  # type: ignore[no-any-return]

    def has_dynamic_partition(self, partitions_def_name: str, partition_key: str) -> bool:
        """Whether the key is there."""
        return bool(self._instance.has_dynamic_partition(partitions_def_name, partition_key))

    def dynamic_partition_numbers(
        self, partitions_def_name: str, keys: Sequence[str] | None = None, numbers: Sequence[int] | None = None
    ) -> Sequence[tuple[int, str]]:
        """Number and key of those that are there."""
        return self._instance.dynamic_partition_numbers(partitions_def_name, keys, numbers)  # type: ignore[no-any-return]
