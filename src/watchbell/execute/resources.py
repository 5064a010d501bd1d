"""Resources of a run: set up in the order they need each other, torn down in reverse, also when something failed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from watchbell.declare.io.input_manager import check_input_manager
from watchbell.declare.io.io_manager import check_io_manager
from watchbell.declare.resource import InitResourceContext, ResourceDefinition, Resources, resource_order
from watchbell.execute.journal import DEBUG, ERROR
from watchbell.execute.log import step_logger
from watchbell.execute.plan import Plan, Step
from watchbell.execute.run_scope import Manager, RunScope
from watchbell.ground.durations import duration_text
from watchbell.ground.errors import DagsterResourceFunctionError
from watchbell.instance import DagsterInstance
from watchbell.record.error_info import error_info_from_exception
from watchbell.record.event import DagsterEventType, EngineEventData
from watchbell.record.metadata import MetadataValue, TextMetadataValue

Opened = list[tuple[str, AbstractContextManager[Any]]]


class _RunInitContext(InitResourceContext):
    """A resource's context inside a run: the instance is opened when first asked for."""

    open_instance: Callable[[], DagsterInstance]

    @property
    def instance(self) -> Any:
        """The instance of the run."""
        return self.open_instance()


@contextmanager
def resources_open(
    scope: RunScope,
    keys: frozenset[str],
    manager_keys: frozenset[str],
    configs: Mapping[str, Any],
    step_key: str | None = None,
) -> Iterator[None]:
    """While entered, the run's resources are set up, and ``scope`` has them.

    Args:
        scope: the run.
        keys: the resources to set up; what they require is set up too.
        manager_keys: those of them that are used as IO managers.
        configs: resolved config by key.
        step_key: the step they are for, None for all of the run.

    Raises:
        DagsterResourceFunctionError: one could not be set up; those before it are torn down again.
        DagsterInvalidDefinitionError: one is not defined, or is no IO manager although used as one.
    """
    definitions = scope.plan.job.resource_defs
    order = resource_order(definitions, keys, f"job {scope.run.job_name!r}")
    if not order:
        yield
        return
    opened: Opened = []
    try:
        values = _set_up(scope, order, definitions, configs, step_key, opened)
        scope.resources = values
        scope.managers = {
            key: _manager(scope.plan, key, values, definitions[key], configs) for key in sorted(manager_keys)
        }
        yield
    finally:
        _tear_down(scope, opened, step_key)


def resources_of_step(resources: Mapping[str, Any], step: Step) -> Resources:
    """The resources that a step's function may use."""
    return Resources({key: resources[key] for key in step.resource_keys}, f'op "{step.key}"')


def _set_up(
    scope: RunScope,
    order: list[str],
    definitions: Mapping[str, ResourceDefinition],
    configs: Mapping[str, Any],
    step_key: str | None,
    opened: Opened,
) -> dict[str, Any]:
    journal = scope.journal
    shown = ", ".join(order)
    journal.event(
        DagsterEventType.RESOURCE_INIT_STARTED, f"setting up the resources {shown}", step_key, EngineEventData()
    )
    values: dict[str, Any] = {}
    facts: dict[str, MetadataValue] = {}
    for key in order:
        started = journal.clock.monotonic()
        try:
            values[key] = _open_one(scope, key, definitions, configs, values, opened)
        except Exception as error:
            failure = DagsterResourceFunctionError(
                f"the resource {key!r} could not be set up", user_exception=error, resource_key=key
            )
            info = error_info_from_exception(failure)
            text = f"the resource {key!r} could not be set up: {info.root.message.strip()}"
            data = EngineEventData(error=info)
            journal.event(DagsterEventType.RESOURCE_INIT_FAILURE, text, step_key, data, ERROR)
            raise failure from error
        milliseconds = (journal.clock.monotonic() - started) * 1000
        facts[key] = TextMetadataValue(f"{type(values[key]).__name__}, {duration_text(milliseconds / 1000)}")
    journal.event(
        DagsterEventType.RESOURCE_INIT_SUCCESS, f"the resources {shown} are set up", step_key, EngineEventData(facts)
    )
    return values


def _open_one(
    scope: RunScope,
    key: str,
    definitions: Mapping[str, ResourceDefinition],
    configs: Mapping[str, Any],
    values: Mapping[str, Any],
    opened: Opened,
) -> Any:
    definition = definitions[key]
    context = _RunInitContext(
        resource_config=configs.get(key),
        resources=Resources({each: values[each] for each in definition.required_resource_keys}, f"resource {key!r}"),
        resource_def=definition,
        all_resource_defs=definitions,
        dagster_run=scope.run,
        log_manager=step_logger(scope.journal, None),
    )
    context.open_instance = scope.open_instance
    manager = definition.open(context)
    with scope.interrupts.in_user_code():
        value = manager.__enter__()
    opened.append((key, manager))
    return value


def _manager(
    plan: Plan, key: str, values: Mapping[str, Any], definition: ResourceDefinition, configs: Mapping[str, Any]
) -> Manager:
    required = {each: values[each] for each in definition.required_resource_keys}
    value = values[key]
    if hasattr(value, "handle_output") or _stores(plan, key):
        check_io_manager(value, key)
    else:  # only inputs name it
        check_input_manager(value, key)
    return Manager(key, value, configs.get(key), Resources(required, f"IO manager {key!r}"))


def _stores(plan: Plan, key: str) -> bool:
    """Whether some output is stored by this resource."""
    return any(
        out.io_manager_key == key and not out.type.is_nothing for step in plan.steps for out in step.outputs.values()
    )


def _tear_down(scope: RunScope, opened: Opened, step_key: str | None) -> None:
    # Not entered as user code: a process that was asked to stop still closes what it opened.
    while opened:
        key, manager = opened.pop()
        try:
            manager.__exit__(None, None, None)
        except Exception as error:
            info = error_info_from_exception(error)
            text = f"the resource {key!r} could not be torn down: {info.root.message.strip()}"
            scope.journal.event(DagsterEventType.ENGINE_EVENT, text, step_key, EngineEventData(error=info), DEBUG)
