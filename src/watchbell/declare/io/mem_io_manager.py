"""The IO manager that keeps values in memory, for jobs run in one process."""

from __future__ import annotations

from typing import Any

from watchbell.declare.io.io_context import InputContext, OutputContext
from watchbell.declare.io.io_manager import IOManager, IOManagerDefinition
from watchbell.ground.errors import DagsterInvariantViolationError


class InMemoryIOManager(IOManager):
    """Keeps values in memory; they end with the process.

    Example:
        >>> defs = Definitions(resources={"io_manager": InMemoryIOManager()})
    """

    def __init__(self) -> None:
        self.values: dict[tuple[str, ...], object] = {}

    def handle_output(self, context: OutputContext, obj: Any) -> None:
        """Keeps the value."""
        self.values[_place(context)] = obj

    def load_input(self, context: InputContext) -> Any:
        """The value that was kept.

        Raises:
            DagsterInvariantViolationError: none was.
        """
        upstream = context.upstream_output
        if upstream is None or _place(upstream) not in self.values:
            raise DagsterInvariantViolationError(
                f"no value for the input {context.name!r} is in memory; values kept in memory end with their process"
            )
        return self.values[_place(upstream)]


def _place(context: OutputContext) -> tuple[str, ...]:
    # The first part tells an asset from an output of the same parts.
    if context.has_asset_key:
        return ("asset", *context.get_asset_identifier())
    return ("output", *context.get_identifier())


def _make() -> InMemoryIOManager:
    """Keeps values in memory."""
    return InMemoryIOManager()


mem_io_manager = IOManagerDefinition(_make)
