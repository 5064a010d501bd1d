"""What the function of an op or asset gave: returned values, yielded outputs, results and events, in one form."""

from __future__ import annotations

import inspect
import typing
from collections.abc import AsyncIterator, Coroutine, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any

from watchbell.declare.assets.observe_result import ObserveResult
from watchbell.declare.checks.asset_check_spec import AssetCheckResult
from watchbell.declare.graphs.dynamic_output import DynamicOutput, check_dynamic_list
from watchbell.declare.graphs.output import Output
from watchbell.declare.graphs.result import MaterializeResult
from watchbell.declare.retry import Failure, RetryRequested
from watchbell.execute.asset_outputs import not_selected, output_of_result
from watchbell.execute.check_answers import returned_results
from watchbell.execute.interrupts import Interrupts
from watchbell.execute.plan import Step, StepOut
from watchbell.ground.errors import DagsterExecutionStepExecutionError, DagsterInvariantViolationError
from watchbell.ground.suggest import did_you_mean
from watchbell.record.asset_check import AssetCheckEvaluation
from watchbell.record.data_version import DATA_VERSION_TAG, DataVersion, DataVersionsByPartition
from watchbell.record.expectation import ExpectationResult
from watchbell.record.materialization import AssetMaterialization, AssetObservation
from watchbell.record.metadata import MetadataValue, normalize_metadata

AssetEvent = AssetMaterialization | AssetObservation | ExpectationResult
Items = Generator[Any, None, None]


class GivenOutput:
    """A value given for an output.

    Args:
        out: the output.
        value: the value; meaningless without ``has_value``.
        has_value: False: there is nothing to store (the user's code stored it, or the output only says "done").
        metadata: what was said with it.
        tags: for the asset's materialization.
        mapping_key: which value of a dynamic output; None for any other.
        check_results: answers of checks that came with it.
        versions: of an asset that was looked at, the versions of its partitions by key.
    """

    __slots__ = ("check_results", "has_value", "mapping_key", "metadata", "out", "tags", "value", "versions")

    def __init__(
        self,
        out: StepOut,
        value: Any,
        has_value: bool = True,
        metadata: Mapping[str, MetadataValue] | None = None,
        tags: Mapping[str, str] | None = None,
        mapping_key: str | None = None,
        check_results: Sequence[AssetCheckResult] = (),
    ) -> None:
        self.out = out
        self.value = value
        self.has_value = has_value
        self.metadata = metadata
        self.tags = tags
        self.mapping_key = mapping_key
        self.check_results = check_results
        self.versions: Mapping[str, DataVersion] | None = None


CheckAnswer = AssetCheckResult | AssetCheckEvaluation
Answers = Generator[GivenOutput | AssetEvent | CheckAnswer, None, None]


def answers_of(step: Step, returned: Any, interrupts: Interrupts) -> Answers:
    """What a call of the user's function gave, one after the other.

    Args:
        step: the step.
        returned: what the call returned: a value, a generator, a coroutine or an asynchronous generator. Generators are
            advanced as the answers are taken, and closed with the answers.
        interrupts: user code is entered through it.

    Raises:
        DagsterInvariantViolationError: something was given that is no answer for this step.
    """
    if inspect.iscoroutine(returned):
        returned = _awaited(step, returned, interrupts)
    items: Items | None = None
    if inspect.isgenerator(returned):
        items = _advanced(step, returned, interrupts)
    elif inspect.isasyncgen(returned):
        items = _advanced_async(step, returned, interrupts)
    if items is not None:
        # Closed also when an answer could not be stored: what the user's function has opened is closed there and then.
        with closing(items):
            for item in items:
                yield _yielded(step, item)
    else:
        yield from _returned(step, returned) if step.checks is None else _returned_with_checks(step, returned)


# ------------------------------------------------------------------ running


class UserFunction:
    """Around each piece of the user's function: a signal may stop it, and what it raises is told as the step's error.

    Args:
        step: the step whose function it is.
        interrupts: user code is entered through it.

    Raises:
        DagsterExecutionStepExecutionError: the block raised; not for ``Failure`` and ``RetryRequested``, which speak
            for themselves.
    """

    __slots__ = ("_interrupts", "_step")

    def __init__(self, step: Step, interrupts: Interrupts) -> None:
        self._step = step
        self._interrupts = interrupts

    def __enter__(self) -> None:
        self._interrupts.enter_user_code()

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        self._interrupts.leave_user_code()
        if isinstance(error, Exception) and not isinstance(error, Failure | RetryRequested):
            raise _step_error(self._step, error) from error


_END: Any = object()


def _advanced(step: Step, generator: Any, interrupts: Interrupts) -> Items:
    call = UserFunction(step, interrupts)
    try:
        while True:
            with call:
                item = next(generator, _END)
            if item is _END:
                return
            yield item
    finally:  # not entered as user code: a process that was asked to stop still closes what it opened
        generator.close()


def _advanced_async(step: Step, generator: AsyncIterator[Any], interrupts: Interrupts) -> Items:
    import asyncio

    async def advance() -> Any:
        return await anext(generator, _END)

    call = UserFunction(step, interrupts)
    with asyncio.Runner() as runner:  # closes the generator too
        while True:
            with call:
                item = runner.run(advance())
            if item is _END:
                return
            yield item


def _awaited(step: Step, coroutine: Coroutine[Any, Any, Any], interrupts: Interrupts) -> Any:
    import asyncio

    with UserFunction(step, interrupts):
        return asyncio.run(coroutine)


def _step_error(step: Step, error: Exception) -> Exception:
    what = "asset" if step.assets_def is not None else "op"
    return DagsterExecutionStepExecutionError(
        f'the function of {what} "{step.key}" raised {type(error).__name__}',
        user_exception=error,
        step_key=step.key,
        op_name=step.op.name,
    )


# ------------------------------------------------------------------ reading


def _returned_with_checks(step: Step, returned: Any) -> Iterator[GivenOutput | CheckAnswer]:
    assert step.checks is not None
    value, answers = returned_results(step, step.checks, returned)
    if not step.checks.is_check:
        yield from _returned(step, value)
    yield from answers


def _yielded(step: Step, item: Any) -> GivenOutput | AssetEvent | CheckAnswer:
    if isinstance(item, Output):
        return _given(step, item)
    if isinstance(item, DynamicOutput):
        return _dynamic(step, item)
    if isinstance(item, MaterializeResult | ObserveResult):
        return _result(step, item)
    if isinstance(item, AssetEvent | AssetCheckResult | AssetCheckEvaluation):
        return item
    raise DagsterInvariantViolationError(
        f'op "{step.key}" yielded {_shown(item)}; a function that yields gives each value as an Output (or a '
        "MaterializeResult of an asset), and may yield AssetMaterialization, AssetObservation and ExpectationResult "
        "besides",
        step_key=step.key,
    )


def _returned(step: Step, returned: Any) -> Iterator[GivenOutput]:
    outs = list(step.outputs.values())
    if step.left_out and isinstance(returned, tuple) and len(returned) == len(step.op.outs):
        values = step.left_out.intersection(step.op.outs)  # answers of checks are left out too, and are no values
        if values:
            raise not_selected(step, min(values))
    if len(outs) == 1:
        if outs[0].is_dynamic:
            yield from _dynamic_list(step, outs[0], returned)
            return
        yield _one(step, outs[0], returned)
    elif not outs:
        if returned is not None:
            raise DagsterInvariantViolationError(
                f'op "{step.key}" is defined with no output and returned {_shown(returned)}; return None, or give it '
                "an output",
                step_key=step.key,
            )
    elif returned is None and any(out.is_required for out in outs) and all(out.type.is_nothing for out in outs):
        for out in outs:
            if out.is_required:
                yield GivenOutput(out, None, has_value=False)
    else:
        yield from _several(step, outs, returned)


def _one(step: Step, out: StepOut, returned: Any) -> GivenOutput:
    kind = type(returned)
    if kind is Output:
        return _given(step, returned)
    if kind is MaterializeResult or isinstance(returned, MaterializeResult | ObserveResult):
        return _result(step, returned)
    if kind is DataVersionsByPartition:
        given = GivenOutput(out, None, False)
        given.versions = returned.data_versions_by_partition
        return given
    if isinstance(returned, AssetEvent):
        raise DagsterInvariantViolationError(
            f'op "{step.key}" returned an {kind.__name__}, which is an event and no value; yield it before an Output, '
            "or pass it to context.log_event",
            step_key=step.key,
        )
    if _wants_output_object(step):
        raise DagsterInvariantViolationError(
            f'op "{step.key}" is annotated to return an Output and returned {_shown(returned)}; wrap it: Output(value)',
            step_key=step.key,
        )
    return GivenOutput(out, returned)


def _several(step: Step, outs: list[StepOut], returned: Any) -> Iterator[GivenOutput]:
    names = ", ".join(out.name for out in outs)
    if not isinstance(returned, tuple):
        raise DagsterInvariantViolationError(
            f'op "{step.key}" has the outputs {names} and returned {_shown(returned)}; yield an Output for each, or '
            "return a tuple with a value for each",
            step_key=step.key,
        )
    if len(returned) != len(outs):
        raise DagsterInvariantViolationError(
            f'op "{step.key}" has {len(outs)} outputs ({names}) and returned a tuple of {len(returned)}',
            step_key=step.key,
        )
    for out, item in zip(outs, returned, strict=True):
        if out.is_dynamic:
            yield from _dynamic_list(step, out, item)
        elif isinstance(item, MaterializeResult | ObserveResult):
            yield _result(step, item)
        elif isinstance(item, Output):
            if item.output_name not in {out.name, "result"}:
                raise DagsterInvariantViolationError(
                    f'op "{step.key}" returned a tuple whose place for output {out.name!r} holds an Output named '
                    f"{item.output_name!r}; keep the order {names}",
                    step_key=step.key,
                )
            yield GivenOutput(out, item.value, True, item.metadata, _output_tags(item))
        else:
            yield GivenOutput(out, item)


def _given(step: Step, output: Output[Any]) -> GivenOutput:
    out = step.outputs.get(output.output_name)
    if out is None:
        if output.output_name in step.left_out:
            raise not_selected(step, output.output_name)
        raise DagsterInvariantViolationError(
            f'op "{step.key}" gave an Output named {output.output_name!r}, which it does not have'
            f"{did_you_mean(output.output_name, step.outputs)}",
            step_key=step.key,
        )
    if out.is_dynamic:
        raise DagsterInvariantViolationError(
            f'op "{step.key}" gave an Output for its dynamic output {out.name!r}; give each value as '
            "DynamicOutput(value, mapping_key=...)",
            step_key=step.key,
        )
    return GivenOutput(out, output.value, True, output.metadata, _output_tags(output))


def _dynamic(step: Step, output: DynamicOutput[Any]) -> GivenOutput:
    out = step.outputs.get(output.output_name)
    if out is None:
        raise DagsterInvariantViolationError(
            f'op "{step.key}" gave a DynamicOutput named {output.output_name!r}, which it does not have'
            f"{did_you_mean(output.output_name, step.outputs)}",
            step_key=step.key,
        )
    if not out.is_dynamic:
        raise DagsterInvariantViolationError(
            f'op "{step.key}" gave a DynamicOutput for {out.name!r}, which is declared as an Out; declare it as '
            "DynamicOut, or give one Output",
            step_key=step.key,
        )
    return GivenOutput(out, output.value, True, output.metadata, output.tags, output.mapping_key)


def _dynamic_list(step: Step, out: StepOut, returned: Any) -> Iterator[GivenOutput]:
    for each in check_dynamic_list(returned, step.key, out.name):
        if each.output_name not in {out.name, "result"}:
            raise DagsterInvariantViolationError(
                f'op "{step.key}" returned for its output {out.name!r} a list with a DynamicOutput named '
                f"{each.output_name!r}",
                step_key=step.key,
            )
        yield GivenOutput(out, each.value, True, each.metadata, each.tags, each.mapping_key)


def _output_tags(output: Output[Any]) -> Mapping[str, str]:
    return _with_version(output.tags, output.data_version)


def _with_version(tags: Mapping[str, str], version: DataVersion | None) -> Mapping[str, str]:
    return tags if version is None else {**tags, DATA_VERSION_TAG: version.value}


def _result(step: Step, result: MaterializeResult[Any] | ObserveResult) -> GivenOutput:
    out = output_of_result(step, result.asset_key, type(result).__name__)
    if isinstance(result, ObserveResult):
        metadata = normalize_metadata(result.metadata)
        return GivenOutput(out, None, False, metadata, result.observation_tags, check_results=result.check_results)
    value = result.value if result.has_value else None
    tags = _with_version(result.tags or {}, result.data_version)
    metadata = normalize_metadata(result.metadata)
    return GivenOutput(out, value, result.has_value, metadata, tags, check_results=result.check_results)


def _wants_output_object(step: Step) -> bool:
    returns = step.op.function.returns
    return returns is Output or typing.get_origin(returns) is Output


def _shown(value: Any) -> str:
    text = repr(value)
    short = text if len(text) <= 80 else text[:77] + "..."
    return f"{short} ({type(value).__name__})"
