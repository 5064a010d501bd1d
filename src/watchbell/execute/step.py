"""One attempt at one step: inputs, the user's function, outputs; and what became of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import field
from enum import Enum
from functools import partial
from typing import Any

from watchbell.declare.checks.asset_check_spec import AssetCheckResult
from watchbell.declare.retry import Failure, RetryRequested
from watchbell.execute.answers import GivenOutput, UserFunction, answers_of
from watchbell.execute.asset_events import log_asset_event
from watchbell.execute.asset_value import load_asset_value
from watchbell.execute.check_context import AssetCheckExecutionContext
from watchbell.execute.checks import finish_checks, know_results, take_results
from watchbell.execute.contexts import (
    AssetExecutionContext,
    OpExecutionContext,
    enter_context,
)
from watchbell.execute.dynamic_answers import note_mapping_key
from watchbell.execute.hooks import StepRecord, run_hooks, watching
from watchbell.execute.inputs import load_inputs
from watchbell.execute.journal import ERROR
from watchbell.execute.outputs import give_output
from watchbell.execute.partition_provenance import read_used
from watchbell.execute.plan import FromConfig, FromStep, FromSteps, Step
from watchbell.execute.provenance import used_versions
from watchbell.execute.resources import resources_of_step
from watchbell.execute.retries import Retry, retry_after
from watchbell.execute.run_scope import RunScope
from watchbell.execute.step_partitions import StepPartitions
from watchbell.execute.step_scope import StepScope
from watchbell.ground.durations import duration_text
from watchbell.ground.errors import (
    DagsterExecutionInterruptedError,
    DagsterInvariantViolationError,
    DagsterMaxRetriesExceededError,
    DagsterStepOutputNotFoundError,
    DagsterUserCodeExecutionError,
    LeaseLostError,
    StoreError,
)
from watchbell.ground.value import dataclass
from watchbell.record.asset_check import AssetCheckEvaluation
from watchbell.record.error_info import SerializableErrorInfo, error_info_from_exception
from watchbell.record.event import DagsterEventType, StepFailureData, StepRetryData, StepSuccessData

Served = Callable[[FromSteps], Sequence[FromStep | FromConfig]]


class Ending(Enum):
    """How an attempt at a step ended."""

    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    RETRY = "RETRY"


@dataclass(frozen=True, slots=True)
class StepEnd:
    """The end of an attempt at a step.

    Args:
        ending: how it ended.
        given: names of the outputs it gave.
        wait_seconds: for RETRY, to wait before the next attempt.
        error: what was raised; None in another process than the step's.
        info: the same as a value.
        mapping_keys: the keys of each dynamic output, in the order in which they were given.
    """

    ending: Ending
    given: tuple[str, ...] = ()
    wait_seconds: float = 0.0
    error: BaseException | None = None
    info: SerializableErrorInfo | None = None
    mapping_keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def run_step(scope: RunScope, step: Step, attempts_before: int, served: Served) -> StepEnd:
    """Makes one attempt at a step and writes down what happens.

    Args:
        scope: the run.
        step: the step.
        attempts_before: attempts at it before this one (count).
        served: which sources of a fan-in were given.

    Raises:
        DagsterExecutionInterruptedError: the process was asked to stop; the step's failure is written down.
        KeyboardInterrupt: likewise.
        LeaseLostError: the run belongs to another attempt by now.
        StoreError: the log cannot be written.
    """
    if not step.hooks:
        return _run_attempt(scope, step, attempts_before, served)
    record, journal = StepRecord(), scope.journal
    scope.journal = watching(journal, record)
    try:
        end = _run_attempt(scope, step, attempts_before, served, record)
    finally:
        scope.journal = journal
    if end.ending is not Ending.FAILED or scope.hooks_after_failure:
        run_hooks(scope, step, record)
    return end


def _run_attempt(
    scope: RunScope, step: Step, attempts_before: int, served: Served, record: StepRecord | None = None
) -> StepEnd:
    journal = scope.journal
    started = journal.clock.monotonic()
    if attempts_before:
        text = f"{step.key} begins again, attempt {attempts_before + 1}"
        journal.event(DagsterEventType.STEP_RESTARTED, text, step.key)
    else:
        journal.event(DagsterEventType.STEP_START, f"{step.key} begins", step.key)
    try:
        end = _attempt(scope, step, attempts_before, served, record)
    except (LeaseLostError, StoreError):
        raise
    except BaseException as error:
        if record is not None:
            record.error = error
        return _failed(scope, step, attempts_before, error)
    milliseconds = (journal.clock.monotonic() - started) * 1000
    text = f"{step.key} is done after {duration_text(milliseconds / 1000)}"
    journal.event(DagsterEventType.STEP_SUCCESS, text, step.key, StepSuccessData(milliseconds))
    return end


# ----------------------------------------------------------------- attempt


def _attempt(scope: RunScope, step: Step, attempts_before: int, served: Served, record: StepRecord | None) -> StepEnd:
    scope.interrupts.check()
    state = _step_scope(scope, step, attempts_before)
    state.record = record
    is_asset = step.assets_def is not None and not step.takes_op_context
    if is_asset:
        state.load_asset = partial(load_asset_value, scope, step, state)
    context = AssetExecutionContext(state) if is_asset else OpExecutionContext(state)
    if step.checks is not None:
        state.checks = step.checks
        if is_asset and step.checks.is_check:
            context = AssetCheckExecutionContext(state)
    if step.origins:
        found = None if state.partitions is None else read_used(scope, step, state.partitions)
        state.used_partitions = found or None
        state.used_versions = used_versions(scope, step, found or ())
    leave = enter_context(context)
    try:
        values = load_inputs(scope, step, state, served)
        returned = _call(scope, step, context, values)
        with closing(answers_of(step, returned, scope.interrupts)) as answers:
            for answer in answers:
                if isinstance(answer, GivenOutput):
                    _take(scope, step, state, answer)
                elif isinstance(answer, AssetCheckResult | AssetCheckEvaluation):
                    take_results(scope, step, state, [answer])
                else:
                    log_asset_event(scope.journal, step.key, answer, state.partitions)
    finally:
        leave()
    _require_outputs(scope, step, state)
    if step.checks is not None:
        finish_checks(step, step.checks, state)
    if state.mapping_keys is None:
        return StepEnd(Ending.SUCCEEDED, tuple(state.yielded))
    keys = {name: tuple(each) for name, each in state.mapping_keys.items()}
    return StepEnd(Ending.SUCCEEDED, tuple(state.yielded), mapping_keys=keys)


def _step_scope(scope: RunScope, step: Step, attempts_before: int) -> StepScope:
    return StepScope(
        run=scope.run,
        step_key=step.key,
        node=step.node,
        journal=scope.journal,
        open_instance=scope.open_instance,
        resources=resources_of_step(scope.resources, step),
        op_config=step.config,
        retry_number=attempts_before,
        job_def=scope.plan.job,
        assets_def=step.assets_def,
        asset_keys_by_output=step.asset_keys_by_output,
        asset_keys_by_input=step.asset_keys_by_input,
        output_names=step.output_names,
        partitions=_partitions_of(scope, step),
    )


def _partitions_of(scope: RunScope, step: Step) -> StepPartitions | None:
    run = scope.partitions
    if step.assets_def is None and run.definition is None and not run.is_given:
        return None
    layer = scope.plan.job.asset_layer
    return StepPartitions(scope.partitions, step.assets_def, lambda key: layer.load_of(key).partitions_def)


def _call(scope: RunScope, step: Step, context: Any, values: dict[str, Any]) -> Any:
    function = step.op.function
    resources = {name: scope.resources[name] for name in function.resource_names}
    config = step.function_config
    with UserFunction(step, scope.interrupts):
        return function.call(context, config, resources, values)


def _take(scope: RunScope, step: Step, state: StepScope, given: GivenOutput) -> None:
    name = given.out.name
    if given.mapping_key is not None:
        note_mapping_key(state, step.key, name, given.mapping_key)
    elif name in state.yielded:
        raise DagsterInvariantViolationError(f'op "{step.key}" gave its output {name!r} twice', step_key=step.key)
    state.yielded.add(name)
    if given.check_results:  # named wrongly they are refused before anything is stored
        know_results(step, given.check_results, given.out.asset_key)
    give_output(scope, step, state, given)
    if given.check_results:
        take_results(scope, step, state, given.check_results, given.out.asset_key)


def _require_outputs(scope: RunScope, step: Step, state: StepScope) -> None:
    for name, out in step.outputs.items():
        if name in state.yielded or not out.is_required:
            continue
        if out.is_dynamic:  # no key at all is an empty list to whoever collects
            state.yielded.add(name)
            continue
        if out.type.is_nothing:  # "done" needs no value: having come here says it
            _take(scope, step, state, GivenOutput(out, None, has_value=False))
            continue
        raise DagsterStepOutputNotFoundError(
            f'op "{step.key}" ended without its output {name!r}; give it, or declare it with is_required=False',
            step_key=step.key,
            output_name=name,
        )


# ------------------------------------------------------------------ failure


def _failed(scope: RunScope, step: Step, attempts_before: int, error: BaseException) -> StepEnd:
    retry = _retry(step, error, attempts_before)
    if retry is not None:
        return _up_for_retry(scope, step, attempts_before, error, retry)
    shown = _final_error(error)
    info = error_info_from_exception(shown)
    described = error if isinstance(error, Failure) else None
    data = StepFailureData(
        error=info,
        user_failure_description=described.description if described else None,
        user_failure_metadata=described.metadata if described else {},
        allow_retries=described.allow_retries if described else True,
    )
    text = f"{step.key} failed: {info.root.message.strip()}"
    scope.journal.event(DagsterEventType.STEP_FAILURE, text, step.key, data, ERROR)
    if isinstance(error, DagsterExecutionInterruptedError | KeyboardInterrupt):
        raise error
    return StepEnd(Ending.FAILED, error=shown, info=info)


def _retry(step: Step, error: BaseException, attempts_before: int) -> Retry | None:
    if isinstance(error, DagsterUserCodeExecutionError):
        return retry_after(error.user_exception, step.retry_policy, attempts_before)
    if isinstance(error, Failure | RetryRequested):
        return retry_after(error, step.retry_policy, attempts_before)
    return None  # a mistake of the definition, such as a value of the wrong type: it would fail again


def _up_for_retry(scope: RunScope, step: Step, attempts_before: int, error: BaseException, retry: Retry) -> StepEnd:
    shown: BaseException | None = error
    if isinstance(error, RetryRequested):
        shown = error.__cause__ or error.__context__
    info = None if shown is None else error_info_from_exception(shown)
    wait = f" in {duration_text(retry.wait_seconds)}" if retry.wait_seconds else ""
    who = "asks for another attempt" if retry.asked_by_code else "failed and is tried again"
    reason = "" if info is None else f": {info.root.message.strip()}"
    data = StepRetryData(info, retry.wait_seconds or None, attempts_before + 1)
    scope.journal.event(DagsterEventType.STEP_UP_FOR_RETRY, f"{step.key} {who}{wait}{reason}", step.key, data)
    return StepEnd(Ending.RETRY, wait_seconds=retry.wait_seconds, error=error)


def _final_error(error: BaseException) -> BaseException:
    if not isinstance(error, RetryRequested):
        return error
    exceeded = DagsterMaxRetriesExceededError(
        f"the step asked for another attempt after all {error.max_retries} retries it may have"
    )
    exceeded.__cause__ = error.__cause__ or error.__context__
    return exceeded
