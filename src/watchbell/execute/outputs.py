"""Outputs of a step: checked, stored by their IO manager, and written down; an asset's is its materialization."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from watchbell.declare.config.data_type import TypeCheck
from watchbell.declare.retry import Failure, RetryRequested
from watchbell.execute.answers import GivenOutput
from watchbell.execute.asset_events import log_asset_event, numbered_partitions
from watchbell.execute.copies import copy_key
from watchbell.execute.io_contexts import output_context, take_answer
from watchbell.execute.partition_events import dimension_tags, said_of_partition, seen_partitions
from watchbell.execute.plan import Step
from watchbell.execute.provenance import note_seen, tags_of
from watchbell.execute.run_scope import RunScope
from watchbell.execute.step_scope import StepScope
from watchbell.execute.type_checks import PASSED, check_value, refused
from watchbell.ground.errors import DagsterExecutionHandleOutputError
from watchbell.record.event import (
    DagsterEventType,
    HandledOutputData,
    StepMaterializationData,
    StepOutputData,
)
from watchbell.record.keys import AssetKey
from watchbell.record.materialization import AssetMaterialization, AssetObservation
from watchbell.record.metadata import MetadataValue, normalize_metadata


def give_output(scope: RunScope, step: Step, state: StepScope, given: GivenOutput) -> None:
    """Takes an output that user code gave: checks, stores and writes down.

    Raises:
        DagsterTypeCheckDidNotPass: the value is not of the output's type.
        DagsterExecutionHandleOutputError: the IO manager raised.
    """
    out = given.out
    name = out.name
    said = state.output_metadata.get(name if given.mapping_key is None else copy_key(name, [given.mapping_key]))
    metadata: Mapping[str, MetadataValue] = given.metadata or {}
    if said:
        metadata = {**metadata, **normalize_metadata(said)}
    if state.record is not None:
        state.record.note(name, given.value, metadata, given.mapping_key)
    if given.has_value:
        _check(scope, step, given, metadata)
        if scope.captured is not None:
            _capture(scope.captured, step.key, given)
    else:
        _say_output(scope, step, given, metadata)
        if scope.captured is not None:
            scope.captured[step.key, name] = None
    stored: Mapping[str, MetadataValue] | None = None
    if given.has_value and not out.type.is_nothing:
        stored = _store(scope, step, state, given, metadata)
    if out.asset_key is not None:
        about = state.asset_metadata.get(out.asset_key)
        said_of_it = {**metadata, **(stored or {}), **(about or {})}
        if step.assets_def is not None and step.assets_def.is_observable:
            _say_seen(scope, step, state, given, out.asset_key, said_of_it)
            return
        _say_made(scope, step, state, given, out.asset_key, said_of_it)
    if stored is not None:
        text = f"{step.key}: {out.io_manager_key} stored {name}"
        data = HandledOutputData(name, out.io_manager_key, stored)
        scope.journal.event(DagsterEventType.HANDLED_OUTPUT, text, step.key, data)


def _say_made(
    scope: RunScope,
    step: Step,
    state: StepScope,
    given: GivenOutput,
    key: AssetKey,
    metadata: Mapping[str, MetadataValue],
) -> None:
    for partition, number in numbered_partitions(state.partitions, key):
        tags = tags_of(scope, step, state, key, given.tags, partition) if step.origins else given.tags
        text = f"{step.key} materialized {key.to_user_string()}"
        if partition is not None:
            tags = {**(tags or {}), **dimension_tags(partition)}
            text = f"{text}, partition {partition}"
        said = said_of_partition(state, key, partition, metadata)
        made = AssetMaterialization(key, metadata=said, tags=tags, partition=partition)
        data = StepMaterializationData(made, *number)
        scope.journal.event(DagsterEventType.ASSET_MATERIALIZATION, text, step.key, data)


def _say_seen(
    scope: RunScope,
    step: Step,
    state: StepScope,
    given: GivenOutput,
    key: AssetKey,
    metadata: Mapping[str, MetadataValue],
) -> None:
    for partition, tags in seen_partitions(state, key, given):
        said = said_of_partition(state, key, partition, metadata)
        seen = AssetObservation(key, metadata=said, tags=tags, partition=partition)
        log_asset_event(scope.journal, step.key, seen, state.partitions)
        note_seen(scope, seen)


def _capture(captured: dict[tuple[str, str], Any], step_key: str, given: GivenOutput) -> None:
    place = (step_key, given.out.name)
    if given.mapping_key is None:
        captured[place] = given.value
    else:
        captured.setdefault(place, {})[given.mapping_key] = given.value


def _check(scope: RunScope, step: Step, given: GivenOutput, metadata: Mapping[str, MetadataValue]) -> None:
    out = given.out
    check = check_value(scope, step, out.type, given.value, ("output", out.name))
    _say_output(scope, step, given, metadata, check)
    if not check.success:
        raise refused(step, ("output", out.name), out.type, given.value, check)


def _say_output(
    scope: RunScope, step: Step, given: GivenOutput, metadata: Mapping[str, MetadataValue], check: TypeCheck = PASSED
) -> None:
    out, key = given.out, given.mapping_key
    name = out.name if key is None else copy_key(out.name, [key])
    if check.success:
        text = f"{step.key} gave {name} ({out.type.display_name})"
    else:
        text = f"{step.key} gave {name}, which is no {out.type.display_name}: {check.description}"
    data = StepOutputData(out.name, key, check.success, check.description, metadata, check.metadata)
    scope.journal.event(DagsterEventType.STEP_OUTPUT, text, step.key, data)


def _store(
    scope: RunScope, step: Step, state: StepScope, given: GivenOutput, said: Mapping[str, MetadataValue]
) -> Mapping[str, MetadataValue]:
    out = given.out
    manager = scope.managers[out.io_manager_key]
    context = output_context(
        scope, step, out, manager, output_metadata=said, step_state=state, mapping_key=given.mapping_key
    )
    interrupts = scope.interrupts
    interrupts.enter_user_code()
    try:
        answer = manager.value.handle_output(context, given.value)
        if answer is not None:
            take_answer(context, answer)
    except (Failure, RetryRequested):
        raise
    except Exception as error:
        raise DagsterExecutionHandleOutputError(
            f'IO manager {manager.key!r} could not store output {out.name!r} of "{step.key}"',
            user_exception=error,
            step_key=step.key,
            output_name=out.name,
        ) from error
    finally:
        interrupts.leave_user_code()
    for event in context.get_logged_events():
        log_asset_event(scope.journal, step.key, event, state.partitions)
    return context.get_logged_metadata()
