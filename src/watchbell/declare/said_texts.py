"""What is said of assets by objects - conditions, partitions, mappings - as texts of a location's snapshot."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from watchbell.declare.assets.asset_view import AssetView, CheckKeys, Keys
from watchbell.declare.assets.freshness_kind import FreshnessKind, LegacyFreshnessKind
from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.partitions.mapping import PartitionMapping
from watchbell.ground.upward import call_upward
from watchbell.record.keys import AssetKey

SAME_AS = "="
LONG_CHARS = 200
"""A text from this length on stands in a snapshot once (characters)."""


class SaidTexts:
    """The texts of one snapshot: an object that many assets share is written once.

    Args:
        view: the assets of the location, among which selections in conditions mean something.
    """

    def __init__(self, view: AssetView) -> None:
        self._view = view
        self._known: dict[int, tuple[object, str | None]] = {}  # with the object, so that its id stays its own
        self._first: dict[str, AssetKey] = {}

    def condition(self, key: AssetKey | None, condition: Any) -> str | None:
        """The text of a condition; None: there is none.

        Args:
            key: the asset that has it, if others may be told that theirs is the same; None: a check has it, or an
                asset that nothing here makes, which not everybody is told of.
            condition: when that is to be made.
        """
        return None if condition is None else self._once(key, self._text("condition_text", condition, self._keys_of))

    def partitions(self, key: AssetKey | None, definition: PartitionsDefinition | None) -> str | None:
        """The text of an asset's partitions; None: it has none, or only its own code can tell. ``key``: as above."""
        return None if definition is None else self._once(key, self._text("partitions_text", definition))

    def mappings(self, mappings: Mapping[AssetKey, PartitionMapping]) -> dict[str, str]:
        """The texts of mappings by the user string of what is mapped; those that text can tell."""
        texts = {key.to_user_string(): self._text("mapping_text", each) for key, each in mappings.items()}
        return {key: text for key, text in texts.items() if text is not None}

    def freshness(self, policy: FreshnessKind | LegacyFreshnessKind | None) -> str | None:
        """The text of a freshness policy; None: there is none."""
        return None if policy is None else self._text("freshness_text", policy)

    def _text(self, writer: str, value: object, *more: object) -> str | None:
        known = self._known.get(id(value))
        if known is None:
            known = self._known[id(value)] = (value, call_upward(writer, value, *more))
        return known[1]

    def _once(self, key: AssetKey | None, text: str | None) -> str | None:
        if text is None or len(text) < LONG_CHARS:
            return text
        first = self._first.get(text)
        if first is not None:
            return SAME_AS + first.to_user_string()
        if key is not None:
            self._first[text] = key
        return text

    def _keys_of(self, selection: Any, is_checks: bool) -> Keys | CheckKeys:
        found: Keys | CheckKeys = (
            selection.checks_in(self._view, True) if is_checks else selection.keys_in(self._view, True)
        )
        return found
