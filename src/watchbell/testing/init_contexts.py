"""The context of a resource's function, for calling it directly."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self

from watchbell.declare.log_manager import EvaluationLogger
from watchbell.declare.resource import InitResourceContext, Resources, resource_definitions
from watchbell.declare.resource_setup import opened_resources
from watchbell.instance import DagsterInstance

WHAT = "this test context"


class DirectInitResourceContext(InitResourceContext):
    """A resource's context without a run: resources are set up, and an instance opened, when first asked for.

    Entering it is only needed where its resources have to be torn down at a known point.
    """

    def __init__(self, given: Mapping[str, Any], instance: DagsterInstance | None, **facts: Any) -> None:
        super().__init__(instance=instance, log_manager=EvaluationLogger("resource"), **facts)
        self._definitions = resource_definitions(given, WHAT)
        self._ready: Resources | None = None
        self._exits = ExitStack()

    @property
    def resources(self) -> Resources:
        """The resources it requires."""
        if self._ready is None:
            opened = opened_resources(
                self._definitions, self._definitions, WHAT, open_instance=lambda: self.instance, log=self.log_manager
            )
            self._ready = self._exits.enter_context(opened)
        return self._ready

    @resources.setter
    def resources(self, _value: object) -> None:
        """Does nothing: the resources are those that were given."""

    @property
    def instance(self) -> DagsterInstance:
        """The instance; an empty one in memory if none was given."""
        if self._instance is None:
            self._instance = self._exits.enter_context(DagsterInstance.ephemeral())
        instance: DagsterInstance = self._instance
        return instance

    def replaced(self, **changes: Any) -> InitResourceContext:
        """A plain context with the same facts, some of them changed."""
        facts = {"resources": self.resources, "instance": self._instance, "log_manager": self.log_manager}
        return InitResourceContext(**{"resource_config": self.resource_config, **facts, **changes})

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._exits.__exit__(kind, error, trace)


def build_init_resource_context(
    config: Any = None,
    resources: Mapping[str, Any] | None = None,
    instance: DagsterInstance | None = None,
) -> DirectInitResourceContext:
    """A context to call a resource's function with, in a test.

    Args:
        config: its config, as ``context.resource_config``; checked against the resource's schema when it is called.
        resources: the resources it requires: values by key, or definitions to set up. Torn down at the end of a
            ``with`` statement, or when the context is no longer used.
        instance: what ``context.instance`` is; None: an empty one in memory.

    Example:
        >>> build_init_resource_context(config={"url": "x"}).resource_config
        {'url': 'x'}
    """
    return DirectInitResourceContext(resources or {}, instance, resource_config={} if config is None else config)
