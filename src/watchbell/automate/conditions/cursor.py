"""The cursor of a condition sensor: all that has to outlive its process besides the states of its roots."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import Any

from watchbell.automate.conditions.world import Position
from watchbell.ground.value import dataclass


@dataclass(frozen=True)
class ConditionCursor:
    """What the cursor of a condition sensor says.

    Args:
        tick: number of the last tick that was stored.
        position: up to where it took the past in.
        waiting: by entity (:func:`~watchbell.automate.conditions.slots.entity_name`) what waits: the numbering, and the
            set as text; None: the whole of what has no partitions.
    """

    tick: int
    position: Position
    waiting: Mapping[str, tuple[str, str] | None] = field(default_factory=dict)

    def text(self) -> str:
        """It as text, for :meth:`of`."""
        at = self.position.at.isoformat()
        found: dict[str, Any] = {"tick": self.tick, "event": self.position.event_id, "at": at}
        if self.waiting:
            found["waiting"] = dict(self.waiting)
        return json.dumps(found, separators=(",", ":"))

    @staticmethod
    def of(text: str | None) -> ConditionCursor | None:
        """What a text says; None: nothing that was written here: conditions are evaluated as if for the first time."""
        try:
            read = json.loads(text or "null")
            position = Position(int(read["event"]), datetime.fromisoformat(read["at"]))
            if position.at.tzinfo is None:
                return None
            waiting = {
                name: None if each is None else (each[0], each[1]) for name, each in read.get("waiting", {}).items()
            }
            return ConditionCursor(int(read["tick"]), position, waiting)
        except (ValueError, TypeError, LookupError, AttributeError):
            return None
