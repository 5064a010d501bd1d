"""What is remembered of an entity goes with it when another condition sensor of its location looks after it.

The states of entities are stored by sensor, since a state means something only with the position of that sensor's
cursor. A state that leaves its sensor says by itself from where on its entity has to be told what happened, as those
that are left out do. The sensor that lost an entity keeps such a state until the other one has a newer one; whichever
of the two ticks first, and however often an entity goes to and fro, the newest counts.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from datetime import datetime

from watchbell.automate.conditions.cursor import ConditionCursor
from watchbell.automate.conditions.slots import with_since
from watchbell.automate.conditions.world import Position
from watchbell.ground.value import dataclass

_SINCE = '"since":['


@dataclass(frozen=True)
class SensorStates:
    """What is stored of a condition sensor.

    Args:
        cursor: its cursor; None: it never had a tick, and no states.
        texts: where its entities stand, by user string.
        is_gone: whether the code has no such sensor any more.
    """

    cursor: ConditionCursor | None
    texts: Mapping[str, str] = field(default_factory=dict)
    is_gone: bool = False

    def at(self, name: str) -> Position | None:
        """Up to where the state of an entity took the past in; None: there is no state that could be read."""
        text = self.texts.get(name)
        if text is None or self.cursor is None:
            return None
        if _SINCE not in text:
            return self.cursor.position
        try:
            event_id, at = json.loads(text)["since"]
            return Position(int(event_id), datetime.fromisoformat(at))
        except (ValueError, TypeError, LookupError):
            return None

    def leaving(self, name: str) -> str:
        """The state of an entity, which says by itself from where on it has to be told what happened."""
        text, position = self.texts[name], self.at(name)
        return text if _SINCE in text or position is None else with_since(text, position, is_kept=True)


@dataclass(frozen=True)
class Moves:
    """What goes from sensor to sensor, as texts that say since when.

    Args:
        taken: of entities that others looked after.
        kept: of entities that others look after now, and have nothing newer of yet.
        waiting: what waits of those taken, of sensors that are gone; as in a cursor.
    """

    taken: Mapping[str, str] = field(default_factory=dict)
    kept: Mapping[str, str] = field(default_factory=dict)
    waiting: Mapping[str, tuple[str, str] | None] = field(default_factory=dict)


NO_MOVES = Moves()


def moves_of(
    own: SensorStates,
    waits_as: Mapping[str, str],
    others: Callable[[], Mapping[str, SensorStates]],
    roots_elsewhere: Callable[[], Mapping[str, str]],
) -> Moves:
    """What moves when a sensor begins.

    Args:
        own: what is stored of it.
        waits_as: the entities it looks after, by user string, each with its name among what waits.
        others: the other condition sensors of its location by name, those that are gone included; asked if need be.
        roots_elsewhere: by entity the name of the other sensor that looks after it now; asked if need be.
    """
    strange = own.texts.keys() - waits_as.keys()
    is_reset = own.cursor is None  # what is there is not wanted any more, and not to come back from elsewhere
    doubtful = [name for name in waits_as if name not in own.texts or (_SINCE in own.texts[name] and not is_reset)]
    if not (strange or doubtful):
        return NO_MOVES  # as nearly always
    stored = others()
    places = roots_elsewhere() if strange else {}
    taken: dict[str, str] = {}
    waiting: dict[str, tuple[str, str] | None] = {}
    for name in doubtful:
        found = _newest(name, stored.values())
        if found is None or not _is_newer(found.at(name), own.at(name)):
            continue
        taken[name] = found.leaving(name)
        waits = found.cursor.waiting if found.is_gone and found.cursor is not None else {}
        if waits_as[name] in waits:  # a sensor that is there asks for it itself
            waiting[waits_as[name]] = waits[waits_as[name]]
    kept = {
        name: own.leaving(name)
        for name in strange
        if name in places
        and own.at(name) is not None
        and _is_newer(own.at(name), stored.get(places[name], SensorStates(None)).at(name))
    }
    return Moves(taken, kept, waiting)


def _newest(name: str, stored: Iterable[SensorStates]) -> SensorStates | None:
    found: SensorStates | None = None
    for states in stored:
        if _is_newer(states.at(name), None if found is None else found.at(name)):
            found = states
    return found


def _is_newer(one: Position | None, other: Position | None) -> bool:
    if one is None or other is None:
        return one is not None and other is None
    return (one.event_id, one.at) > (other.event_id, other.at)
