"""``execute_job``: a job run from the caller's process with the executor it has, anew or going on from another run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from watchbell.declare.config.env_var import environment
from watchbell.declare.graphs.op_selection import select_ops
from watchbell.declare.job import JobDefinition
from watchbell.declare.reconstructable import ReconstructableJob
from watchbell.declare.run_config import resolve_run_config
from watchbell.execute.checks import as_stored
from watchbell.execute.copies import path_of
from watchbell.execute.in_process import raise_if_asked
from watchbell.execute.plan import Plan
from watchbell.execute.result import JobExecutionResult
from watchbell.execute.resumption import read_past, selected_copies, unfinished_keys
from watchbell.execute.run import execute_and_keep, plan_of
from watchbell.execute.run_partitions import partition_tags
from watchbell.execute.stored_values import StoredValues
from watchbell.ground.errors import (
    DagsterExecutionStepNotFoundError,
    DagsterInvalidSubsetError,
    DagsterInvariantViolationError,
    DagsterRunNotFoundError,
    ParameterCheckError,
)
from watchbell.ground.ids import new_run_id
from watchbell.ground.value import dataclass
from watchbell.instance import DagsterInstance
from watchbell.record.event import DagsterEvent
from watchbell.record.keys import AssetKey
from watchbell.record.request import written_tags
from watchbell.record.run import DagsterRun, DagsterRunStatus
from watchbell.record.worker_identity import own_identity

RESUMABLE = (DagsterRunStatus.FAILURE, DagsterRunStatus.CANCELED)


@dataclass(frozen=True)
class ReexecutionOptions:
    """Which run is executed again, and what of it.

    Args:
        parent_run_id: the run.
        step_selection: the steps, as clauses such as ``"load"``, ``"load*"``, ``"*load"``; none: all of them.
        is_from_failure: whether those that did not end well are executed, whatever ``step_selection`` says.

    Example:
        >>> ReexecutionOptions(parent_run_id="a1b2", step_selection=["load*"]).step_selection
        ['load*']
    """

    parent_run_id: str
    step_selection: Sequence[str] = ()
    is_from_failure: bool = False

    def __post_init__(self) -> None:
        if isinstance(self.step_selection, str):
            raise ParameterCheckError(
                f"step_selection is a list of steps, such as [{self.step_selection!r}], not text",
                parameter="step_selection",
            )

    @staticmethod
    def from_failure(run_id: str, instance: DagsterInstance) -> ReexecutionOptions:
        """What did not end well in a run, and all that hangs on it.

        Args:
            run_id: the run.
            instance: where it is stored.

        Raises:
            DagsterRunNotFoundError: no run has this id.
            DagsterInvariantViolationError: the run did not fail.
        """
        run = _stored_run(run_id, instance)
        if run.status not in RESUMABLE:
            raise DagsterInvariantViolationError(
                f"run {run_id} is {run.status.value}; only a run that failed or was canceled can be executed again "
                "from its failure"
            )
        return ReexecutionOptions(run_id, is_from_failure=True)


def execute_job(
    job: JobDefinition | ReconstructableJob,
    instance: DagsterInstance,
    run_config: Any = None,
    tags: Mapping[str, Any] | None = None,
    raise_on_error: bool = False,
    op_selection: Sequence[str] | None = None,
    reexecution_options: ReexecutionOptions | None = None,
    asset_selection: Sequence[AssetKey] | None = None,
) -> JobExecutionResult:
    """Runs a job from this process with the executor it has: by default each step in a process of its own.

    Args:
        job: the job, with or without :func:`reconstructable`.
        instance: where the run is recorded; it must lie on disk if steps run in processes of their own.
        run_config: config of the run; a dict or a RunConfig. None: the job's own, or that of the run that is executed
            again.
        tags: more tags of the run; one that is executed again is for the same partitions as before.
        raise_on_error: whether a failed run raises.
        op_selection: only these ops.
        reexecution_options: the run to execute again, and which of its steps; the others' outputs are taken from it.
        asset_selection: only these assets.

    Returns:
        The result; also a context manager, as older code uses it.

    Raises:
        DagsterInvalidConfigError: the config does not fit; no run was made.
        DagsterInvalidSubsetError: something is selected that the job does not have.
        DagsterRunNotFoundError: the run to execute again is not stored.
        DagsterExecutionStepNotFoundError: a step is selected that the job does not have.
        Exception: what made the run fail, if ``raise_on_error``.

    Example:
        >>> @op
        ... def three():
        ...     return 3
        >>> @job
        ... def small():
        ...     three()
        >>> with DagsterInstance.local_temp() as instance:
        ...     execute_job(small, instance).output_for_node("three")
        3
    """
    if isinstance(job, ReconstructableJob):
        job = job.get_definition()
    if not isinstance(job, JobDefinition):
        raise ParameterCheckError(f"execute_job runs a job, not {job!r}", parameter="job", value=job)
    if not isinstance(instance, DagsterInstance):
        raise ParameterCheckError(
            f"execute_job needs the instance to record the run in, not {instance!r}", parameter="instance"
        )
    parent = None
    if reexecution_options is not None:
        _check_options(reexecution_options, op_selection, asset_selection)
        parent = _stored_run(reexecution_options.parent_run_id, instance)
        op_selection, asset_selection = parent.op_selection, _sorted_keys(parent.asset_selection)
        run_config = parent.run_config if run_config is None else run_config
    check_selection = None if parent is None else parent.asset_check_selection
    chosen = job.get_subset(
        op_selection=op_selection, asset_selection=asset_selection, asset_check_selection=check_selection
    )
    chosen.check_resources()
    config = resolve_run_config(chosen, run_config, environment)
    plan = plan_of(chosen, config)
    run = DagsterRun(
        chosen.name,
        new_run_id(),
        config.plain,
        tags={**chosen.run_tags, **({} if parent is None else partition_tags(parent.tags)), **written_tags(tags)},
        asset_selection=chosen.asset_selection,
        op_selection=chosen.op_selection,
        asset_check_selection=chosen.asset_check_selection,
        parent_run_id=None if parent is None else parent.run_id,
        root_run_id=None if parent is None else parent.root_run_id or parent.run_id,
        step_keys_to_execute=None
        if reexecution_options is None
        else _selected_keys(plan, reexecution_options, instance),
    )
    instance.store.add_runs([run], instance.clock.now(), own_identity())
    kept: list[DagsterEvent] = []
    outcome = execute_and_keep(chosen, run, instance, kept)
    raise_if_asked(outcome, raise_on_error)
    ended = instance.get_run_by_id(run.run_id) or run.with_status(outcome.status)
    events = as_stored(kept, run.run_id, instance)
    return JobExecutionResult(chosen, ended, events, StoredValues(plan, config, run, instance))


def _check_options(
    options: ReexecutionOptions, op_selection: Sequence[str] | None, asset_selection: Sequence[AssetKey] | None
) -> None:
    if not isinstance(options, ReexecutionOptions):
        raise ParameterCheckError(
            f"reexecution_options is a ReexecutionOptions, not {options!r}", parameter="reexecution_options"
        )
    if op_selection is not None or asset_selection is not None:
        raise DagsterInvariantViolationError(
            "a run that is executed again has its parent's selection; choose among its steps by step_selection of "
            "ReexecutionOptions and leave op_selection and asset_selection out"
        )


def _stored_run(run_id: str, instance: DagsterInstance) -> DagsterRun:
    run = instance.get_run_by_id(run_id)
    if run is None:
        raise DagsterRunNotFoundError(f"no run has the id {run_id!r}, so it cannot be executed again", run_id=run_id)
    return run


def _sorted_keys(keys: frozenset[AssetKey] | None) -> Sequence[AssetKey] | None:
    return None if keys is None else sorted(keys)


def _selected_keys(plan: Plan, options: ReexecutionOptions, instance: DagsterInstance) -> tuple[str, ...]:
    if options.is_from_failure:
        parent = _stored_run(options.parent_run_id, instance)
        found = unfinished_keys(plan, read_past(parent.run_id, instance), parent.step_keys_to_execute)
        return tuple(found)
    if not options.step_selection:
        return tuple(path_of(step.key) for step in plan.steps)
    clauses = [each for each in options.step_selection if "[" not in each]
    copies = [each for each in options.step_selection if "[" in each]
    try:
        paths = select_ops(plan.job.flat, clauses, f"job {plan.job.name!r}") if clauses else frozenset()
    except DagsterInvalidSubsetError as error:
        raise DagsterExecutionStepNotFoundError(str(error), step_keys=clauses) from error
    in_order = [path_of(step.key) for step in plan.steps]
    return (*selected_copies(plan, copies), *(path for path in in_order if path in paths))
