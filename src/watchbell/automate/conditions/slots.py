"""Where the evaluation of a root stands, in memory and as text.

Text knows nodes by what they are and entities by their keys (:meth:`Tree.ids`), not by numbers: it may be read by
another process, whose code is new. What is no longer there, or means other partitions, is left out then. Numbers of
partitions of a list are places in it; so their keys are written beside them, and find the places they have later.
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
from watchbell.declare.partitions.view import PartitionsView
from watchbell.ground.errors import DagsterInvariantViolationError
from watchbell.ground.value import dataclass
from watchbell.record.asset_check import AssetCheckKey
from watchbell.record.asset_job_key import entity_text
from watchbell.record.keys import AssetKey
from watchbell.record.ordinal_set import OrdinalSet

KEYS_MAX = 1_000
"""Keys of a list that are written for an entity (count); sets that hold more are left out when the list changes."""
_ANYWHERE = PartitionsView()
_GONE = object()


@dataclass(eq=False, slots=True)
class RootState:
    """What is remembered of a root that was evaluated; never changed, but made too often to be frozen.

    Args:
        slots: what each slot holds.
        requested: what its last evaluation asked for.
        since: up to where it took the past in, if that is not as far as all others; None: as all others.
    """

    slots: dict[SlotKey, Any] = field(default_factory=dict)
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
    keys: dict[str, dict[int, str]] = {}
    slots: dict[str, dict[str, Any]] = {}
    for (place, number), value in state.slots.items():
        entity = entities[number]
        name = entity_name(entity.key)
        slots.setdefault(ids[place], {})[name] = _plain(value)
        _describe(entity, name, value, numberings, keys)
    text: dict[str, Any] = {"slots": slots} if slots else {}
    if state.requested:
        text["requested"] = _plain(state.requested)
        _describe(root, entity_name(root.key), state.requested, numberings, keys)
    if numberings:
        text["numberings"] = numberings
    if keys:
        text["keys"] = {name: list(known.items()) for name, known in keys.items()}
    if state.since is not None:
        text["since"] = [state.since.event_id, state.since.at.isoformat()]
    return json.dumps(text, separators=(",", ":"))


def with_since(text: str, position: Position, *, is_kept: bool = False) -> str:
    """A state that says from where on its root has to be told what happened.

    Args:
        text: the state; one that is damaged stays as it is, whoever goes on from it says so.
        position: from where on.
        is_kept: whether it stays as it is if it says so already.
    """
    since = {"since": [position.event_id, position.at.isoformat()]}
    try:
        state = json.loads(text)
        return json.dumps(since | state if is_kept else state | since, separators=(",", ":"))
    except (ValueError, TypeError):
        return text


def _describe(
    entity: Entity, name: str, value: Any, numberings: dict[str, str], keys: dict[str, dict[int, str]]
) -> None:
    """Says what the numbers of a value mean: which numbering they belong to, and the keys of those of a list."""
    definition = entity.definition
    if definition is None:
        return
    numbering = numberings[name] = definition.numbering
    if not isinstance(value, OrdinalSet) or "static:" not in numbering:
        return
    known = keys.setdefault(name, {})
    if len(known) + len(value) <= KEYS_MAX:
        unknown = [each for each in value if each not in known]
        known.update(zip(unknown, definition.keys_of(unknown, _ANYWHERE), strict=True))


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
        keys = {name: dict(known) for name, known in read.get("keys", {}).items()}
        slots: dict[SlotKey, Any] = {}
        for node, by_entity in read.get("slots", {}).items():
            place = places.get(node)
            for name, value in by_entity.items() if place is not None else ():
                entity = by_name.get(name)
                if place is not None and entity is not None:
                    kept = _kept(entity, numberings.get(name), _read(value), keys.get(name))
                    if kept is not _GONE:
                        slots[place, entity.number] = kept
        requested: Subset = False
        if "requested" in read:
            name = entity_name(root.key)
            kept = _kept(root, numberings.get(name), _read(read["requested"]), keys.get(name))
            requested = False if kept is _GONE else kept
            is_set = requested is True if root.definition is None else isinstance(requested, OrdinalSet)
            requested = requested if is_set else False
        since = read.get("since")
        position = None if since is None else Position(since[0], datetime.fromisoformat(since[1]))
        return RootState(slots, requested, position)
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise DagsterInvariantViolationError(
            f"where the evaluation of the condition of {entity_text(root.key)!r} stands cannot be read "
            f"({type(error).__name__}: {error}); it was written by another version, or damaged"
        ) from error


def entity_name(key: EntityKey) -> str:
    """A key as text, assets, checks and jobs apart from each other."""
    if isinstance(key, AssetKey):
        return f"asset {key.to_user_string()}"
    return f"check {key.to_user_string()}" if isinstance(key, AssetCheckKey) else entity_text(key)


def _kept(entity: Entity, numbering: str | None, value: Any, keys: Mapping[int, str] | None) -> Any:
    """A value as it is to be understood now; ``_GONE``: it means nothing any more."""
    definition = entity.definition
    if definition is None or numbering is None:
        return value if definition is None and numbering is None else _GONE
    if definition.continues(numbering):
        return value
    if not keys or not isinstance(value, OrdinalSet) or any(each not in keys for each in value):
        return _GONE
    found = definition.ordinals_of([keys[each] for each in value], _ANYWHERE)
    return OrdinalSet(each for each in found if each is not None) or _GONE


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
