"""What a tick changed besides runs, in few words: keys of dynamic partitions, and events of assets that it stored."""

from __future__ import annotations

from collections.abc import Iterable

from watchbell.ground.value import dataclass
from watchbell.ground.wire import wired
from watchbell.record.event import EventLogEntry
from watchbell.record.request import AddDynamicPartitionsRequest, DynamicPartitionsRequest

KEYS_KEPT = 5
"""Keys of one change that are kept with the tick (count); of the others only how many there were."""
ENTRIES_MAX = 20
"""Changes, and kinds of events, that are kept with the tick (count each)."""


@wired("tick.partitions")
@dataclass(frozen=True)
class PartitionsChange:
    """Keys that a tick added to dynamic partitions, or deleted.

    Args:
        name: of the partitions.
        is_addition: whether they were added.
        count: how many keys it asked for.
        first: the first of them.
    """

    name: str
    is_addition: bool
    count: int
    first: tuple[str, ...] = ()


@wired("tick.events")
@dataclass(frozen=True)
class StoredEvents:
    """Events of one kind of one asset that a tick stored.

    Args:
        kind: ``"materialization"``, ``"observation"`` or ``"check_evaluation"``.
        asset: the asset.
        count: how many.
    """

    kind: str
    asset: str
    count: int


@wired("tick.effects")
@dataclass(frozen=True)
class TickEffects:
    """What a tick changed besides runs.

    Args:
        partitions: changes of dynamic partitions, in the order of the first of each.
        events: events of assets.
        left_out: changes and kinds of events beyond the first twenty of each (count).
    """

    partitions: tuple[PartitionsChange, ...] = ()
    events: tuple[StoredEvents, ...] = ()
    left_out: int = 0


def effects_of(changes: Iterable[DynamicPartitionsRequest], entries: Iterable[EventLogEntry]) -> TickEffects | None:
    """The summary of what an answer changes besides runs; None: nothing.

    Args:
        changes: of dynamic partitions.
        entries: events of assets.
    """
    keys: dict[tuple[str, bool], list[str]] = {}
    for change in changes:
        place = (change.partitions_def_name, isinstance(change, AddDynamicPartitionsRequest))
        keys.setdefault(place, []).extend(change.partition_keys)
    counts: dict[tuple[str, str], int] = {}
    for entry in entries:
        event = entry.dagster_event
        if event is None or event.asset_key is None:
            continue  # sensors report nothing else
        kind = event.event_type_value.lower().removeprefix("asset_")
        of_asset = (kind, event.asset_key.to_user_string())
        counts[of_asset] = counts.get(of_asset, 0) + 1
    if not (keys or counts):
        return None
    partitions = [
        PartitionsChange(name, is_addition, len(found), tuple(found[:KEYS_KEPT]))
        for (name, is_addition), found in keys.items()
    ]
    events = [StoredEvents(kind, asset, count) for (kind, asset), count in counts.items()]
    left_out = max(0, len(partitions) - ENTRIES_MAX) + max(0, len(events) - ENTRIES_MAX)
    return TickEffects(tuple(partitions[:ENTRIES_MAX]), tuple(events[:ENTRIES_MAX]), left_out)


def effect_texts(effects: TickEffects | None) -> dict[str, str]:
    """What was changed, for people: what of, and how much."""
    if effects is None:
        return {}
    texts = {}
    for change in effects.partitions:
        what = f"dynamic partitions {change.name!r}, {'added' if change.is_addition else 'deleted'}"
        more = f" and {change.count - len(change.first):,} more" if change.count > len(change.first) else ""
        texts[what] = ", ".join(change.first) + more or "no key"
    for each in effects.events:
        texts[f"{each.kind.replace('_', ' ')} of {each.asset}"] = f"{each.count:,}"
    if effects.left_out:
        texts["more changes"] = f"{effects.left_out:,}"
    return texts
