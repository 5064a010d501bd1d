"""Hooks of a step: run when an attempt at it is over, whatever they do is no matter of the step's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from typing import Any

from watchbell.declare.hook import HookDefinition
from watchbell.declare.hook_context import HookContext, HookFacts
from watchbell.declare.resource import Resources
from watchbell.execute.journal import ERROR, Journal
from watchbell.execute.log import step_logger
from watchbell.execute.plan import Step
from watchbell.execute.run_scope import RunScope
from watchbell.ground.errors import (
    DagsterExecutionInterruptedError,
    DagsterUserCodeExecutionError,
    HookExecutionError,
    LeaseLostError,
    StoreError,
)
from watchbell.ground.value import dataclass
from watchbell.instance import DagsterInstance
from watchbell.record.error_info import error_info_from_exception
from watchbell.record.event import DagsterEvent, DagsterEventType, EventLogEntry, HookErroredData
from watchbell.record.metadata import MetadataValue


@dataclass(slots=True)
class StepRecord:
    """What one attempt at a step with hooks gave, kept for them.

    Args:
        values: what it gave, by output, or by output and mapping key.
        metadata: what was said of that, likewise.
        events: what happened, in order.
        error: what made it fail, None so far.
    """

    values: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    events: list[DagsterEvent] = field(default_factory=list)
    error: BaseException | None = None

    def note(
        self, name: str, value: Any, metadata: Mapping[str, MetadataValue] | None, mapping_key: str | None = None
    ) -> None:
        """Keeps an output."""
        if mapping_key is None:
            self.values[name] = value
            self.metadata[name] = dict(metadata or {})
        else:
            self.values.setdefault(name, {})[mapping_key] = value
            self.metadata.setdefault(name, {})[mapping_key] = dict(metadata or {})


class StepHookContext(HookContext):
    """A hook's context inside a run: the instance is opened when first asked for."""

    def __init__(self, scope: RunScope, facts: HookFacts, resources: Resources) -> None:
        super().__init__(facts, resources, step_logger(scope.journal, facts.step_key))
        self._scope = scope

    @property
    def instance(self) -> DagsterInstance:
        """The instance the run is recorded in."""
        return self._scope.open_instance()


def watching(journal: Journal, record: StepRecord) -> Journal:
    """A journal that passes everything on to ``journal``, and keeps the events for hooks."""

    def write(entry: EventLogEntry) -> None:
        event = entry.dagster_event
        if event is not None:
            record.events.append(event)
        journal.write(entry)

    return Journal(journal.run_id, journal.job_name, journal.clock, write, journal.kept)


def run_hooks(scope: RunScope, step: Step, record: StepRecord) -> None:
    """Runs the hooks of a step after an attempt at it, and writes down what they did.

    Args:
        scope: the run.
        step: the step.
        record: what the attempt gave.

    Raises:
        DagsterExecutionInterruptedError: the process was asked to stop.
        LeaseLostError: the run belongs to another attempt by now.
        StoreError: the log cannot be written.
    """
    *_, name = step.path.split(".")
    node = replace(step.node, name=name)
    error = record.error
    shown = error.user_exception if isinstance(error, DagsterUserCodeExecutionError) else error
    for hook in step.hooks:
        facts = HookFacts(
            hook,
            scope.run,
            step.key,
            node,
            scope.plan.job,
            step.config,
            record.values,
            record.metadata,
            shown,
            tuple(step.asset_keys),
        )
        _run_one(scope, step, hook, facts, record)


def _run_one(scope: RunScope, step: Step, hook: HookDefinition, facts: HookFacts, record: StepRecord) -> None:
    journal, event_type = scope.journal, DagsterEventType
    given = {key: scope.resources[key] for key in hook.required_resource_keys}
    context = StepHookContext(scope, facts, Resources(given, f"hook {hook.name!r}"))
    try:
        with scope.interrupts.in_user_code():
            done = hook.run(context, list(record.events))
    except (LeaseLostError, StoreError, DagsterExecutionInterruptedError, KeyboardInterrupt):
        raise
    except BaseException as error:
        failure = HookExecutionError(
            f"hook {hook.name!r} of {step.key} raised {type(error).__name__}", user_exception=error, hook=hook.name
        )
        failure.__cause__ = error
        info = error_info_from_exception(failure)
        text = f"hook {hook.name} of {step.key} failed: {info.root.message.strip()}"
        journal.event(event_type.HOOK_ERRORED, text, step.key, HookErroredData(info), ERROR)
        return
    if done.is_skipped:
        text = f"hook {hook.name} does not apply to how {step.key} ended"
        journal.event(event_type.HOOK_SKIPPED, text, step.key)
    else:
        journal.event(event_type.HOOK_COMPLETED, f"hook {hook.name} ran for {step.key}", step.key)
