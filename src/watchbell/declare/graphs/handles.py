"""What the body of a job or graph is given for the outputs of the ops it calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from watchbell.ground.errors import CheckError
from watchbell.ground.suggest import did_you_mean


class OutputHandle(NamedTuple):
    """An output of a node.

    Args:
        node: the node's name.
        output: the output's name.
        collects: of an output that is given by mapping key: how many levels of keys are collected into a list (count).
            0: the value of one key; what takes it runs once for each.
    """

    node: str
    output: str
    collects: int = 0


class GraphInput(NamedTuple):
    """An input of the graph itself.

    Args:
        name: its name.
    """

    name: str


Source = OutputHandle | GraphInput
LevelsOf = Callable[[OutputHandle], int]


class DynamicHandle:
    """An output with a value for each mapping key: to be mapped over, or collected.

    Args:
        element: the value of one key.
        outer_levels: levels of keys around the dynamic output itself (count): more than 0 inside a map.
        levels_of: by how many levels of keys an output is given.
    """

    def __init__(self, element: OutputHandle, outer_levels: int, levels_of: LevelsOf) -> None:
        self.element = element
        self._outer_levels = outer_levels
        self._levels_of = levels_of

    @property
    def node(self) -> str:
        """Name of the node that gives it."""
        return self.element.node

    @property
    def output(self) -> str:
        """Name of the output."""
        return self.element.output

    def map(self, fn: Callable[[Any], Any]) -> Any:
        """Runs what ``fn`` calls once for each mapping key.

        Args:
            fn: called once, now, with the handle of one value; an op or graph, or a function that calls some.

        Returns:
            What ``fn`` returned, as outputs that have a value for each key: to be mapped on or collected; None if it
            returned None.

        Raises:
            CheckError: ``fn`` returned something else than what an op returned, a tuple of that, or None.
        """
        return self._mapped(fn(self.element))

    def collect(self) -> OutputHandle:
        """All values as a list, in the order in which they were given; for the input of an op.

        What takes it waits for all of them. Values that were left out are missing from the list.
        """
        levels = self._levels_of(self.element) - self._outer_levels
        return self.element._replace(collects=levels)

    def _mapped(self, returned: Any) -> Any:
        if returned is None:
            return None
        if isinstance(returned, DynamicHandle):
            return DynamicHandle(returned.element, self._outer_levels, self._levels_of)
        if isinstance(returned, OutputHandle) and not returned.collects:
            return DynamicHandle(returned, self._outer_levels, self._levels_of)
        if isinstance(returned, tuple) and not isinstance(returned, OutputHandle):
            return ManyOutputs(self._mapped(each) for each in returned)
        raise CheckError(
            f"the function that was mapped over {self.output!r} of {self.node!r} returned {returned!r} "
            f"({type(returned).__name__}); expected what an op returned, a tuple of that, or None"
        )

    def __repr__(self) -> str:
        return f"<dynamic output {self.output!r} of {self.node!r}>"


class ManyOutputs(tuple[OutputHandle | DynamicHandle, ...]):
    """Handles of several outputs: by place, and by name as attributes."""

    __slots__ = ()

    def __getattr__(self, name: str) -> OutputHandle | DynamicHandle:
        for handle in self:
            if handle is not None and handle.output == name:
                return handle
        node = self[0].node if self else "?"
        raise AttributeError(f"{node!r} has no output {name!r}{did_you_mean(name, [each.output for each in self])}")
