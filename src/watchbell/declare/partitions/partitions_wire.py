"""Partitions, and mappings between them, as text and back, for processes that have not loaded their code."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.partitions.dynamic import DynamicPartitionsDefinition
from watchbell.declare.partitions.mapping import PartitionMapping
from watchbell.declare.partitions.multi import MultiPartitionsDefinition
from watchbell.declare.partitions.multi_mapping import (
    DimensionPartitionMapping,
    MultiPartitionMapping,
    MultiToSingleDimensionPartitionMapping,
)
from watchbell.declare.partitions.plain_mapping import (
    AllPartitionMapping,
    IdentityPartitionMapping,
    LastPartitionMapping,
    SpecificPartitionsPartitionMapping,
)
from watchbell.declare.partitions.static import StaticPartitionsDefinition
from watchbell.declare.partitions.static_mapping import StaticPartitionMapping
from watchbell.declare.partitions.time_mapping import TimeWindowPartitionMapping
from watchbell.declare.partitions.time_window import TimeWindowPartitionsDefinition
from watchbell.ground.wire import Plain, WireError, dumps_plain, loads

KEYS_MAX = 100_000
"""Listed keys that are written (count); more are known to their own code only."""
_PLAIN_MAPPINGS: Mapping[str, type[PartitionMapping]] = {
    "identity": IdentityPartitionMapping,
    "all": AllPartitionMapping,
    "last": LastPartitionMapping,
}


def partitions_text(definition: PartitionsDefinition) -> str | None:
    """Partitions as text; None: only their own code can tell (a function of the user's, a class of somebody's own).

    Args:
        definition: the partitions.

    Example:
        >>> partitions_text(StaticPartitionsDefinition(["a", "b"]))
        '{"static":["a","b"]}'
    """
    plain = _plain_of(definition)
    return None if plain is None else dumps_plain(plain)


def partitions_from_text(text: str) -> PartitionsDefinition:
    """The partitions that :func:`partitions_text` was given.

    Raises:
        WireError: the text is of something else.
    """
    return _definition_of(loads(text))


def mapping_text(mapping: PartitionMapping) -> str | None:
    """A mapping as text; None: only its own code can tell.

    Args:
        mapping: which partitions of one asset those of another are made from.
    """
    plain = _mapping_plain(mapping)
    return None if plain is None else dumps_plain(plain)


def mapping_from_text(text: str) -> PartitionMapping:
    """The mapping that :func:`mapping_text` was given.

    Raises:
        WireError: the text is of something else.
    """
    return _mapping_of(loads(text))


# ------------------------------------------------------------------ definitions


def _plain_of(definition: PartitionsDefinition) -> Plain | None:
    kind = type(definition)
    if kind is StaticPartitionsDefinition:
        is_short = definition.get_num_partitions() <= KEYS_MAX
        return {"static": list(definition.get_partition_keys())} if is_short else None
    if isinstance(definition, TimeWindowPartitionsDefinition):
        return {"windows": _windows_plain(definition)}
    if isinstance(definition, DynamicPartitionsDefinition):
        return None if definition.name is None else {"dynamic": definition.name}
    if isinstance(definition, MultiPartitionsDefinition):
        parts = {each.name: _plain_of(each.partitions_def) for each in definition.partitions_defs}
        return None if None in parts.values() else {"multi": parts}
    return None


def _windows_plain(definition: TimeWindowPartitionsDefinition) -> Plain:
    return {
        "start": _wall(definition.start),
        "end": None if definition.end is None else _wall(definition.end),
        "fmt": definition.fmt,
        "zone": definition.timezone,
        "end_offset": definition.end_offset,
        "cron": definition.cron_schedule,
        "without": [
            {"at": _wall(each)} if isinstance(each, datetime) else each for each in definition.exclusions or ()
        ],
    }


def _wall(at: datetime) -> str:
    """What the clock of the zone shows: what a definition is made from."""
    return at.replace(tzinfo=None).isoformat()


def _definition_of(plain: Plain) -> PartitionsDefinition:
    match plain:
        case {"static": keys}:
            return StaticPartitionsDefinition(keys)
        case {"dynamic": name}:
            return DynamicPartitionsDefinition(name=name)
        case {"multi": parts}:
            return MultiPartitionsDefinition({name: _definition_of(each) for name, each in parts.items()})
        case {"windows": held}:
            return TimeWindowPartitionsDefinition(
                start=datetime.fromisoformat(held["start"]),
                end=None if held["end"] is None else datetime.fromisoformat(held["end"]),
                fmt=held["fmt"],
                timezone=held["zone"],
                end_offset=held["end_offset"],
                cron_schedule=held["cron"],
                exclusions=_exclusions(held["without"]),
            )
    raise WireError(f"no partitions are written as {plain!r}; were they written by a newer version?")


def _exclusions(plain: Sequence[Any]) -> list[datetime | str] | None:
    return [datetime.fromisoformat(each["at"]) if isinstance(each, dict) else each for each in plain] or None


# ------------------------------------------------------------------ mappings


def _mapping_plain(mapping: PartitionMapping) -> Plain | None:
    if type(mapping).__module__.partition(".")[0] != __name__.partition(".")[0]:
        return None  # a class of somebody's own, also one that derives from ours
    match mapping:
        case IdentityPartitionMapping():
            return "identity"
        case AllPartitionMapping():
            return "all"
        case LastPartitionMapping():
            return "last"
        case SpecificPartitionsPartitionMapping():
            return {"keys": list(mapping.partition_keys)}
        case StaticPartitionMapping():
            pairs = mapping.downstream_partition_keys_by_upstream_partition_key
            return {"static": {key: each if isinstance(each, str) else sorted(each) for key, each in pairs.items()}}
        case TimeWindowPartitionMapping():
            return {
                "windows": [
                    mapping.start_offset,
                    mapping.end_offset,
                    mapping.allow_nonexistent_upstream_partitions,
                ]
            }
        case MultiToSingleDimensionPartitionMapping():
            return {"dimension": mapping.partition_dimension_name}
        case MultiPartitionMapping():
            links = mapping.downstream_mappings_by_upstream_dimension
            inner = {
                name: (each.dimension_name, _mapping_plain(each.partition_mapping)) for name, each in links.items()
            }
            if any(held is None for _, held in inner.values()):
                return None
            return {"multi": {name: list(pair) for name, pair in inner.items()}}
    return None


_HELD: Mapping[str, Callable[[Any], PartitionMapping]] = {
    "keys": SpecificPartitionsPartitionMapping,
    "static": StaticPartitionMapping,
    "windows": lambda held: TimeWindowPartitionMapping(*held),
    "dimension": MultiToSingleDimensionPartitionMapping,
    "multi": lambda held: MultiPartitionMapping(
        {name: DimensionPartitionMapping(dimension, _mapping_of(inner)) for name, (dimension, inner) in held.items()}
    ),
}


def _mapping_of(plain: Plain) -> PartitionMapping:
    if isinstance(plain, str) and plain in _PLAIN_MAPPINGS:
        return _PLAIN_MAPPINGS[plain]()
    if isinstance(plain, dict) and len(plain) == 1:
        ((name, held),) = plain.items()
        if name in _HELD:
            return _HELD[name](held)
    raise WireError(f"no mapping of partitions is written as {plain!r}; was it written by a newer version?")
