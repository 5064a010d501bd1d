"""Contexts for calling hooks directly, without a run."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import ExitStack
from types import TracebackType
from typing import Any, NoReturn, Self, TypeVar

from watchbell.declare.graphs.compose import Node, PendingNode
from watchbell.declare.graphs.op import OpDefinition
from watchbell.declare.hook import HookDefinition
from watchbell.declare.hook_context import HookContext
from watchbell.declare.log_manager import DagsterLogManager
from watchbell.declare.resource import Resources, resource_definitions
from watchbell.declare.resource_setup import opened_resources
from watchbell.ground.errors import DagsterInvalidPropertyError, DagsterInvariantViolationError, ParameterCheckError
from watchbell.instance import DagsterInstance
from watchbell.record.run import DagsterRun

T = TypeVar("T")
WHAT = "this hook context"
MIRROR = logging.getLogger("watchbell.run")


class UnboundHookContext(HookContext):
    """The context of a hook that is called directly; see :func:`build_hook_context`."""

    def __init__(
        self,
        resources: Mapping[str, Any] | None,
        node: Node | None,
        run_id: str | None,
        job_name: str | None,
        op_exception: BaseException | None,
        instance: DagsterInstance | None,
    ) -> None:
        self._definitions = resource_definitions(resources, WHAT)
        self._node = node
        self._run_id = run_id
        self._job_name = job_name
        self._op_exception = op_exception
        self._instance = instance
        self._exits = ExitStack()
        self._ready: Resources | None = None
        self._log = DagsterLogManager(sink=MIRROR.handle)

    @property
    def resources(self) -> Resources:
        """The resources that were given, set up when first asked for."""
        if self._ready is None:
            opened = opened_resources(
                self._definitions, self._definitions, WHAT, open_instance=lambda: self._instance, log=self._log
            )
            self._ready = self._exits.enter_context(opened)
        return self._ready

    @property
    def instance(self) -> DagsterInstance:
        """The instance that was given.

        Raises:
            DagsterInvariantViolationError: none was.
        """
        if self._instance is None:
            raise DagsterInvariantViolationError(
                f"{WHAT} has no instance; pass instance=DagsterInstance.ephemeral() to build_hook_context"
            )
        return self._instance

    @property
    def run_id(self) -> str:
        """The run id that was given."""
        return self._given("run_id", self._run_id)

    @property
    def job_name(self) -> str:
        """The job name that was given."""
        return self._given("job_name", self._job_name)

    @property
    def op(self) -> Node:
        """The op that was given."""
        return self._given("op", self._node)

    @property
    def op_exception(self) -> BaseException | None:
        """The exception that was given."""
        return self._op_exception

    @property
    def hook_def(self) -> HookDefinition:
        """Not known outside a run."""
        self._refuse("hook_def")

    @property
    def dagster_run(self) -> DagsterRun:
        """Not known outside a run."""
        self._refuse("dagster_run")

    @property
    def job_def(self) -> Any:
        """Not known outside a run."""
        self._refuse("job_def")

    @property
    def step_key(self) -> str:
        """Not known outside a run."""
        self._refuse("step_key")

    @property
    def op_config(self) -> Any:
        """Not known outside a run."""
        self._refuse("op_config")

    @property
    def op_output_values(self) -> Mapping[str, Any]:
        """Not known outside a run."""
        self._refuse("op_output_values")

    @property
    def op_output_metadata(self) -> Mapping[str, Any]:
        """Not known outside a run."""
        self._refuse("op_output_metadata")

    @property
    def asset_key(self) -> Any:
        """Not known outside a run."""
        self._refuse("asset_key")

    @property
    def asset_keys(self) -> Any:
        """Not known outside a run."""
        self._refuse("asset_keys")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ready = None
        self._exits.close()

    def _given(self, name: str, value: T | None) -> T:
        if value is None:
            raise DagsterInvalidPropertyError(f"{WHAT} has no {name}; pass {name}= to build_hook_context")
        return value

    def _refuse(self, name: str) -> NoReturn:
        raise DagsterInvalidPropertyError(
            f"{WHAT} was built by build_hook_context, where no step has run, so it has no {name}"
        )


def build_hook_context(
    resources: Mapping[str, Any] | None = None,
    op: OpDefinition | PendingNode | None = None,
    run_id: str | None = None,
    job_name: str | None = None,
    op_exception: BaseException | None = None,
    instance: DagsterInstance | None = None,
) -> UnboundHookContext:
    """The context of a hook, for a test; also a context manager, which tears its resources down.

    Args:
        resources: resources by key: values, or definitions to set up.
        op: what ``context.op`` is a node of.
        run_id: what ``context.run_id`` is.
        job_name: what ``context.job_name`` is.
        op_exception: what ``context.op_exception`` is.
        instance: what ``context.instance`` is.

    Raises:
        ParameterCheckError: an argument of the wrong type.

    Example:
        >>> @success_hook(required_resource_keys={"slack"})
        ... def tell(context):
        ...     return f"{context.resources.slack}: {context.job_name} of {context.run_id}"
        >>> tell(build_hook_context(resources={"slack": "#data"}, run_id="r1", job_name="nightly"))
        '#data: nightly of r1'
    """
    if op is not None and not isinstance(op, OpDefinition | PendingNode):
        raise ParameterCheckError(f"op of build_hook_context is an op, not {op!r}", parameter="op")
    definition = op.definition if isinstance(op, PendingNode) else op
    node = None if op is None else Node(op.name, definition, op.tags)
    return UnboundHookContext(resources, node, run_id, job_name, op_exception, instance)
