"""The IO manager that keeps values in memory, for jobs run in one process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from watchbell.declare.io.io_context import InputContext, OutputContext
from watchbell.declare.io.io_manager import IOManager, IOManagerDefinition
from watchbell.declare.io.partition_path import given_value, may_miss_partitions, value_of_partition
from watchbell.ground.errors import DagsterInvariantViolationError


class InMemoryIOManager(IOManager):
    """Keeps values in memory; they end with the process.

    Example:
        >>> defs = Definitions(resources={"io_manager": InMemoryIOManager()})
    """

    def __init__(self) -> None:
        self.values: dict[tuple[str, ...], Any] = {}

    def handle_output(self, context: OutputContext, obj: Any) -> None:
        """Keeps the value.

        In a run for several partitions it may be a mapping of partition keys to values; any other value is known to
        the same run only.
        """
        if not context.has_asset_key:
            self.values[_step_place(context)] = obj
        elif not context.has_asset_partitions:
            self.values["asset", *context.asset_key.path] = obj
        else:
            of_run = _of_run(context)
            if of_run is not None:
                self.values[of_run] = obj
            keys = context.asset_partition_keys
            if len(keys) == 1:
                self.values[_partition_place(context, keys[0])] = value_of_partition(context, obj)
            elif isinstance(obj, Mapping) and set(obj) == set(keys):
                self.values.update({_partition_place(context, key): value for key, value in obj.items()})

    def load_input(self, context: InputContext) -> Any:
        """The value that was kept; of several partitions a dict of values by key, of none None.

        Partitions of which not all are there are what the same run gave for them, as one value.

        Raises:
            DagsterInvariantViolationError: none was.
        """
        upstream = context.upstream_output
        if context.has_asset_key and context.has_asset_partitions:
            keys = context.asset_partition_keys
            places = {key: _partition_place(context, key) for key in keys}
            if all(place in self.values for place in places.values()):
                return given_value(context, {key: self.values[place] for key, place in places.items()})
            of_run = None if upstream is None else _of_run(upstream)
            if of_run in self.values:
                return self.values[of_run]
            if may_miss_partitions(context):
                found = {key: self.values[place] for key, place in places.items() if place in self.values}
                return given_value(context, found)
            missing = next(key for key, place in places.items() if place not in self.values)
            raise DagsterInvariantViolationError(
                f"no value for the input {_name_of(context)} is in memory: partition {missing!r} of "
                f"{context.asset_key.to_user_string()!r} is missing; values kept in memory end with their process"
            )
        place = None if upstream is None else _place(upstream)
        if place not in self.values:
            raise DagsterInvariantViolationError(
                f"no value for the input {_name_of(context)} is in memory; values kept in memory end with their process"
            )
        return self.values[place]


def _place(context: OutputContext) -> tuple[str, ...]:
    # The first part tells an asset from an output of the same parts.
    if context.has_asset_key:
        return ("asset", *context.get_asset_identifier())
    return _step_place(context)


def _step_place(context: OutputContext) -> tuple[str, ...]:
    return ("output", *context.get_identifier())


def _of_run(context: OutputContext) -> tuple[str, ...] | None:
    """The place of a value in its run; None where no run is known."""
    try:
        return _step_place(context)
    except DagsterInvariantViolationError:
        return None


def _partition_place(context: InputContext | OutputContext, key: str) -> tuple[str, ...]:
    return ("partition", *context.asset_key.path, key)


def _name_of(context: InputContext) -> str:
    return repr(context.name if context.has_name else context.asset_key.to_user_string())


def _make() -> InMemoryIOManager:
    """Keeps values in memory."""
    return InMemoryIOManager()


mem_io_manager = IOManagerDefinition(_make)
