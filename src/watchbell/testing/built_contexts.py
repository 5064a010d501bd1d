"""Contexts of IO managers outside a run: their resources are set up when first asked for."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from functools import cached_property
from types import TracebackType
from typing import Any, Self

from watchbell.declare.io.io_context import InputContext, OutputContext
from watchbell.declare.resource import Resources, resource_definitions
from watchbell.declare.resource_setup import opened_resources

EPHEMERAL_RUN_ID = "__EPHEMERAL_RUN_ID"


class _Built:
    """What both contexts add to those of a run."""

    kind: str
    _facts: Mapping[str, Any]

    @cached_property
    def _exits(self) -> ExitStack:
        return ExitStack()

    @cached_property
    def resources(self) -> Any:
        """The resources that were given: values as they are, definitions set up."""
        given = self._facts.get("resources")
        if isinstance(given, Resources):
            return given
        what = f"this {self.kind} context"
        definitions = resource_definitions(given, what)
        opened = opened_resources(
            definitions,
            definitions,
            what,
            open_instance=lambda: self._facts.get("instance"),
            log=self._facts["log_manager"],
        )
        return self._exits.enter_context(opened)

    def close(self) -> None:
        """Tears down the resources that were set up."""
        self.__dict__.pop("resources", None)
        self._exits.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class BuiltOutputContext(_Built, OutputContext):
    """What ``build_output_context`` gives."""


class BuiltInputContext(_Built, InputContext):
    """What ``build_input_context`` gives."""
