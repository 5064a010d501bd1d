"""Partitions definitions as plain values, for processes that never load user code."""

from __future__ import annotations

from collections.abc import Iterable

from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.partitions.dynamic import DynamicPartitionsDefinition
from watchbell.declare.partitions.multi import MultiPartitionsDefinition
from watchbell.declare.partitions.static import StaticPartitionsDefinition
from watchbell.declare.partitions.time_window import TimeWindowPartitionsDefinition
from watchbell.record.snapshot import PartitionsSnapshot

_KINDS: dict[type[PartitionsDefinition], str] = {
    StaticPartitionsDefinition: "static",
    TimeWindowPartitionsDefinition: "time_window",
    MultiPartitionsDefinition: "multi",
    DynamicPartitionsDefinition: "dynamic",
}
_DESCRIPTION_MAX = 1_000  # characters
_LISTED_MAX = 1_000  # keys; their text is all of them


def partitions_snapshot(definition: PartitionsDefinition) -> PartitionsSnapshot:
    """What other processes are told of partitions.

    Nothing that only an instance knows is asked, and no function of the user's is called.

    Args:
        definition: the partitions.
    """
    kind = next((name for each, name in _KINDS.items() if isinstance(definition, each)), type(definition).__name__)
    dynamic = _dynamic_in(definition)
    is_listed = any(each.name is None for each in dynamic)
    is_short = not is_listed and _listed_count(definition) <= _LISTED_MAX
    return PartitionsSnapshot(
        kind=kind,
        description=(str(definition) if is_short else repr(definition))[:_DESCRIPTION_MAX],
        numbering=None if is_listed else definition.numbering,
        count=None if dynamic else definition.get_num_partitions(),
        dynamic_name=next((each.name for each in dynamic if each.name is not None), None),
    )


def dynamic_names(definitions: Iterable[PartitionsDefinition]) -> set[str]:
    """The names under which an instance keeps the dynamic partitions among these."""
    return {each.name for definition in definitions for each in _dynamic_in(definition) if each.name is not None}


def _listed_count(definition: PartitionsDefinition) -> int:
    if isinstance(definition, MultiPartitionsDefinition):
        return max(_listed_count(each.partitions_def) for each in definition.partitions_defs)
    return definition.get_num_partitions() if isinstance(definition, StaticPartitionsDefinition) else 0


def _dynamic_in(definition: PartitionsDefinition) -> list[DynamicPartitionsDefinition]:
    if isinstance(definition, MultiPartitionsDefinition):
        return [found for each in definition.partitions_defs for found in _dynamic_in(each.partitions_def)]
    return [definition] if isinstance(definition, DynamicPartitionsDefinition) else []
