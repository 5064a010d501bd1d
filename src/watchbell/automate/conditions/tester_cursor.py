"""Where an evaluation by hand stands: states of all conditions as plain data, in layers.

A tick adds a layer of what it changed; nothing is copied, and nothing written as text, until somebody asks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from watchbell.automate.conditions.slots import RootState
from watchbell.automate.conditions.world import EntityKey, Position
from watchbell.ground.wire import wired
from watchbell.record.serialize import CURSOR_KIND

TextsOf = Callable[[Mapping[int, RootState]], dict[EntityKey, str]]
LAYERS_MAX = 64
"""So many layers (count) that have each grown little lie on one another before they are made one."""


class StateLayer:
    """The states of conditions after a tick: those before it, and what it changed.

    Args:
        base: states as text, from which an engine began.
        changed: what has changed since, by root number.
        texts_of: makes text of these.
        below: the layer this one lies on; None: it lies on the base.
    """

    __slots__ = ("_base", "_below", "_changed", "_depth", "_texts_of")

    def __init__(
        self,
        base: Mapping[EntityKey, str],
        changed: Mapping[int, RootState],
        texts_of: TextsOf,
        below: StateLayer | None = None,
    ) -> None:
        self._base, self._changed, self._texts_of, self._below = base, changed, texts_of, below
        self._depth: int = 0 if below is None else below._depth + 1

    def grown(self, changed: Mapping[int, RootState]) -> StateLayer:
        """The layer after a tick of the same engine."""
        if not changed:
            return self
        if self._depth < LAYERS_MAX:
            return StateLayer(self._base, changed, self._texts_of, self)
        # Pairs of about the same size are made one, so that each state is copied a few times, whatever the number of
        # ticks: a small layer never takes a large one with it.
        small: dict[int, RootState] = dict(changed)
        layer: StateLayer | None = self
        while layer is not None and len(layer._changed) <= 2 * len(small):
            small = {**layer._changed, **small}
            layer = layer._below
        return StateLayer(self._base, small, self._texts_of, layer)

    def texts(self) -> dict[EntityKey, str]:
        """All states as text."""
        layers = [self]
        while (below := layers[-1]._below) is not None:
            layers.append(below)
        merged: dict[int, RootState] = {}
        for layer in reversed(layers):
            merged.update(layer._changed)
        return {**self._base, **self._texts_of(merged)}


@wired(CURSOR_KIND)
class AssetDaemonCursor:
    """Where an evaluation of automation conditions stands; give it to the next one.

    It never changes: an evaluation that begins from an old one begins there again. ``serialize_value`` makes text of
    it, which another process can read and go on from.

    Args:
        evaluation_id: how many evaluations there were (count).
        position: up to where the past was taken in; None: there was no evaluation.
        states: where the condition of each asset and check stands, as text.

    Example:
        >>> AssetDaemonCursor.empty().evaluation_id
        0
    """

    __slots__ = ("__weakref__", "_layer", "_texts", "evaluation_id", "live", "position")
    __wire_fields__ = ("evaluation_id", "position", "states")

    def __init__(
        self,
        evaluation_id: int = 0,
        position: Position | None = None,
        states: Mapping[EntityKey, str] | None = None,
        *,
        layer: StateLayer | None = None,
        live: object = None,
    ) -> None:
        self.evaluation_id = evaluation_id
        self.position = position
        self._texts: Mapping[EntityKey, str] | None = dict(states or {}) if layer is None else None
        self._layer = layer
        self.live = live
        """Who stands where this cursor does, if it still does."""

    @staticmethod
    def empty(evaluation_id: int = 0) -> AssetDaemonCursor:
        """The one before the first evaluation.

        Args:
            evaluation_id: the number to go on from.
        """
        return AssetDaemonCursor(evaluation_id)

    @property
    def layer(self) -> StateLayer | None:
        """The states in layers, if they came so."""
        return self._layer

    @property
    def states(self) -> Mapping[EntityKey, str]:
        """Where the condition of each asset and check stands, as text."""
        if self._texts is None:
            assert self._layer is not None
            self._texts = self._layer.texts()
        return self._texts

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, AssetDaemonCursor):
            return NotImplemented
        if self is other:
            return True
        alike = (self.evaluation_id, self.position) == (other.evaluation_id, other.position)
        return alike and self.states == other.states

    def __hash__(self) -> int:
        return hash((self.evaluation_id, self.position))

    def __repr__(self) -> str:
        return f"AssetDaemonCursor(evaluation_id={self.evaluation_id}, position={self.position})"

    def __reduce__(self) -> tuple[Any, ...]:
        return AssetDaemonCursor, (self.evaluation_id, self.position, dict(self.states))
