"""What was said of windows of time before they were there: it counts when their time has come.

A store keeps what is reported of a partition by its key, which has no number before the partition exists. Only the
assets that such keys are known of are looked at again, when a window of theirs has come or gone.
"""

from __future__ import annotations

from watchbell.automate.conditions.scope import Entity
from watchbell.automate.conditions.wake_times import windows_in
from watchbell.declare.partitions.view import PartitionsView


class Ahead:
    """The assets with windows of time of which the store knows keys without a number."""

    def __init__(self) -> None:
        self._entities: dict[int, tuple[Entity, tuple[int | None, int | None]]] = {}

    def clear(self) -> None:
        """Forgets all of them."""
        self._entities.clear()

    def note(self, entity: Entity, view: PartitionsView) -> None:
        """Something was said of a partition of this asset that is not there; of windows of time it may come to be."""
        if windows_in(entity.definition) is not None:
            self._entities[entity.number] = (entity, _ends(entity, view))

    def due(self, view: PartitionsView) -> list[Entity]:
        """Those whose windows are not the ones they were when they were looked at last."""
        found = []
        for entity, ends in list(self._entities.values()):
            now = _ends(entity, view)
            if now != ends:
                self._entities[entity.number] = (entity, now)
                found.append(entity)
        return found


def _ends(entity: Entity, view: PartitionsView) -> tuple[int | None, int | None]:
    windows = windows_in(entity.definition)
    if windows is None:
        return None, None
    ordinals = windows.ordinals(view)
    return ordinals.first(), ordinals.last()
