"""What a snapshot says of the assets of a location that is not loaded here, as objects again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from watchbell.declare.assets.freshness_wire import Policy, freshness_from_text
from watchbell.declare.conditions.condition import AutomationCondition
from watchbell.declare.conditions.condition_wire import condition_from_text
from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.partitions.mapping import PartitionMapping
from watchbell.declare.partitions.partitions_wire import mapping_from_text, partitions_from_text
from watchbell.declare.said_texts import SAME_AS
from watchbell.ground.value import dataclass
from watchbell.record.asset_check import AssetCheckKey
from watchbell.record.keys import AssetKey
from watchbell.record.snapshot import AssetSnapshot

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class SaidOfAsset:
    """What is said of an asset of another location.

    Args:
        partitions_def: its partitions; None: it has none, or only its own code can tell.
        condition: when it is to be made; None: nothing was said.
        mappings: which partitions of other assets it is made from, where something was said.
        check_conditions: when its checks are to be executed by themselves, where something was said.
        freshness_policy: how old it may grow; None: nothing was said.
    """

    partitions_def: PartitionsDefinition | None
    condition: AutomationCondition[Any] | None
    mappings: Mapping[AssetKey, PartitionMapping]
    check_conditions: Mapping[AssetCheckKey, AutomationCondition[Any]]
    freshness_policy: Policy | None = None


def said_of_assets(assets: Iterable[AssetSnapshot]) -> dict[AssetKey, SaidOfAsset]:
    """What the snapshots of a location's assets say of each; objects of the same text are one.

    Args:
        assets: all assets of one snapshot, as they stand there.

    Raises:
        WireError: one was written by another version.
    """
    given = list(assets)
    by_name = {each.key.to_user_string(): each for each in given}
    conditions: _Once[AutomationCondition[Any]] = _Once(condition_from_text)
    partitions = _Once(partitions_from_text)
    mappings = _Once(mapping_from_text)
    policies = _Once(freshness_from_text)

    def condition_in(text: str | None) -> AutomationCondition[Any] | None:
        return conditions(_followed(text, lambda name: by_name[name].condition))

    found = {}
    for each in given:
        by_check = {AssetCheckKey(each.key, check.name): condition_in(check.condition) for check in each.checks}
        by_dep = {AssetKey.from_user_string(name): mappings(text) for name, text in each.mapping_texts.items()}
        found[each.key] = SaidOfAsset(
            partitions(_followed(each.partitions_text, lambda name: by_name[name].partitions_text)),
            condition_in(each.condition),
            {key: mapping for key, mapping in by_dep.items() if mapping is not None},
            {key: condition for key, condition in by_check.items() if condition is not None},
            policies(each.freshness_text),
        )
    return found


def _followed(text: str | None, text_of: Callable[[str], str | None]) -> str | None:
    return text_of(text.removeprefix(SAME_AS)) if text is not None and text.startswith(SAME_AS) else text


class _Once(dict[str, T]):
    """A reader of texts that reads each once."""

    def __init__(self, read: Callable[[str], T]) -> None:
        super().__init__()
        self._read = read

    def __call__(self, text: str | None) -> T | None:
        return None if text is None else self[text]

    def __missing__(self, text: str) -> T:
        found = self[text] = self._read(text)
        return found
