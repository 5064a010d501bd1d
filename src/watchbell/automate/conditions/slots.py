"""Where the evaluation of a root stands, in memory and as text.

Text knows nodes by what they are and entities by their keys (:meth:`Tree.ids`), not by numbers: it may be read by
another process, whose code is new. What is no longer there, or means other partitions, is left out then.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import datetime
from typing import Any

from watchbell.automate.conditions.scope import Entity, SlotKey
from watchbell.automate.conditions.subset import Subset
from watchbell.automate.conditions.world import EntityKey, Position
from watchbell.ground.errors import DagsterInvariantViolationError
from watchbell.ground.value import dataclass
from watchbell.record.asset_check import AssetCheckKey
from watchbell.record.ordinal_set import OrdinalSet


@dataclass(frozen=True, eq=False)
class RootState:
    """What is remembered of a root that was evaluated.

    Args:
        slots: what each slot holds.
        requested: what its last evaluation asked for.
        since: up to where it took the past in, if that is not as far as all others; None: as all others.
    """

    slots: Mapping[SlotKey, Any] = field(default_factory=dict)
    requested: Subset = False
    since: Position | None = None


def state_text(state: RootState, root: Entity, ids: Sequence[str], entities: Sequence[Entity]) -> str:
    """A state as text.

    Args:
        state: the state.
        root: whose it is.
        ids: the name of each node of its tree, by place.
        entities: all entities by number.
    """
    numberings: dict[str, str] = {}
    slots: dict[str, dict[str, Any]] = {}
    for (place, number), value in state.slots.items():
        entity = entities[number]
        name = entity_name(entity.key)
        slots.setdefault(ids[place], {})[name] = _plain(value)
        if entity.definition is not None:
            numberings[name] = entity.definition.numbering
    text: dict[str, Any] = {"slots": slots} if slots else {}
    if state.requested:
        text["requested"] = _plain(state.requested)
        if root.definition is not None:
            numberings[entity_name(root.key)] = root.definition.numbering
    if numberings:
        text["numberings"] = numberings
    if state.since is not None:
        text["since"] = [state.since.event_id, state.since.at.isoformat()]
    return json.dumps(text, separators=(",", ":"))


def state_of(text: str, root: Entity, ids: Sequence[str], by_name: Mapping[str, Entity]) -> RootState:
    """The state that :func:`state_text` wrote; see there.

    Args:
        text: the text.
        root: whose it is.
        ids: the name of each node of its tree now.
        by_name: all entities, by :func:`entity_name`.

    Raises:
        DagsterInvariantViolationError: the text is no state.
    """
    try:
        read = json.loads(text)
        numberings: Mapping[str, str] = read.get("numberings", {})
        places = {name: place for place, name in enumerate(ids)}
        slots: dict[SlotKey, Any] = {}
        for node, by_entity in read.get("slots", {}).items():
            place = places.get(node)
            for name, value in by_entity.items() if place is not None else ():
                entity = by_name.get(name)
                if place is not None and entity is not None and _is_same(entity, numberings.get(name)):
                    slots[place, entity.number] = _read(value)
        requested: Subset = False
        if "requested" in read and _is_same(root, numberings.get(entity_name(root.key))):
            requested = _read(read["requested"])
        since = read.get("since")
        position = None if since is None else Position(since[0], datetime.fromisoformat(since[1]))
        return RootState(slots, requested, position)
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise DagsterInvariantViolationError(
            f"where the evaluation of the condition of {root.key.to_user_string()!r} stands cannot be read "
            f"({type(error).__name__}: {error}); it was written by another version, or damaged"
        ) from error


def entity_name(key: EntityKey) -> str:
    """A key as text, checks apart from assets."""
    return f"check {key.to_user_string()}" if isinstance(key, AssetCheckKey) else f"asset {key.to_user_string()}"


def _is_same(entity: Entity, numbering: str | None) -> bool:
    """Whether numbers of partitions mean the same as when they were written."""
    definition = entity.definition
    if definition is None or numbering is None:
        return definition is None and numbering is None
    return definition.continues(numbering)


def _plain(value: Any) -> Any:
    if isinstance(value, OrdinalSet):
        return {"set": value.to_text()}
    if isinstance(value, Mapping):
        return {"map": [[_plain(key), _plain(each)] for key, each in value.items()]}
    if isinstance(value, list | tuple):
        return {"tuple": [_plain(each) for each in value]}
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"a state of a condition is plain data, not {value!r} ({type(value).__name__})")


def _read(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    ((kind, body),) = value.items()
    if kind == "set":
        return OrdinalSet.from_text(body)
    if kind == "map":
        return {_read(key): _read(each) for key, each in body}
    return tuple(_read(each) for each in body)
