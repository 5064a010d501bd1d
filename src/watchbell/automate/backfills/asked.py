"""Which partitions of which asset a backfill shall make: what was asked, followed down the graph.

The words of who asks name partitions of the *roots*: assets of the selection that are made from no other partitioned
one of it. Everything downstream follows by the mappings, as sets. What is there already, what failed and what is being
made just now is known for each asset, so "missing" and "failed" are differences of sets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from watchbell.automate.backfills.request import EXAMPLES_MAX, AskedPartitions, Only, Remark, There
from watchbell.automate.backfills.units import PlanEdge, PlanUnit
from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.partitions.time_mapping import TimeWindowPartitionMapping
from watchbell.declare.partitions.time_window import TimeWindowPartitionsDefinition
from watchbell.declare.partitions.view import PartitionsView
from watchbell.ground.errors import DagsterInvalidInvocationError, DagsterUnknownPartitionError
from watchbell.record.keys import AssetKey
from watchbell.record.ordinal_set import OrdinalSet


class AskedSets:
    """The partitions of each unit that a backfill makes, and what is to be said of them.

    Args:
        units: upstream first.
        asked: what was asked for.
        there: what is known of an asset's partitions.
        view: from where one looks.

    Raises:
        DagsterUnknownPartitionError: a partition that was named does not exist.
        DagsterInvalidInvocationError: the words do not fit the definitions of the roots.
    """

    def __init__(self, units: Sequence[PlanUnit], asked: AskedPartitions, there: There, view: PartitionsView) -> None:
        self.remarks: list[Remark] = []
        self._asked, self._there, self._view = asked, there, view
        self._unit_of = {key: unit for unit in units for key in unit.keys}
        self._scopes: dict[PlanUnit, OrdinalSet] = {}  # of which all is made that ``only`` does not leave out
        self._sets: dict[PlanUnit, OrdinalSet] = {}
        roots = {} if asked.is_everything else self._roots(units)
        for unit in units:
            self._scopes[unit] = self._scope(unit, roots)
            self._sets[unit] = self._without_impossible(unit, self._wanted(unit, self._scopes[unit]))
        for unit in self.units:
            self._remark_unmade(unit)

    def __getitem__(self, unit: PlanUnit) -> OrdinalSet:
        return self._sets[unit]

    def unit_of(self, key: AssetKey) -> PlanUnit | None:
        """The unit that makes an asset, None if it is not in the backfill."""
        return self._unit_of.get(key)

    @property
    def units(self) -> list[PlanUnit]:
        """Those of which something is to be made, upstream first."""
        return [unit for unit, ordinals in self._sets.items() if ordinals]

    # ------------------------------------------------------------------ scope

    def _partitioned_parents(self, unit: PlanUnit) -> list[PlanEdge]:
        return [
            edge
            for edge in unit.edges
            if edge.parent_def is not None and edge.parent in self._unit_of and edge.parent not in unit.keys
        ]

    def _roots(self, units: Sequence[PlanUnit]) -> dict[PlanUnit, OrdinalSet]:
        """What was named, in the partitions of each root."""
        roots = [unit for unit in units if unit.definition is not None and not self._partitioned_parents(unit)]
        if not roots:
            names = ", ".join(unit.name for unit in units[:EXAMPLES_MAX])
            raise DagsterInvalidInvocationError(
                f"{self._asked.words} were asked for, but nothing of the selection has partitions: {names}"
            )
        anchor, ordinals = self._anchor(roots)
        return {unit: self._on_root(unit, anchor, ordinals) for unit in roots}

    def _anchor(self, roots: Sequence[PlanUnit]) -> tuple[PlanUnit, OrdinalSet]:
        """The root whose partitions were named: the first that has them all; of the latest, the finest."""
        if self._asked.latest is not None:
            roots = [max(roots, key=lambda unit: len(unit.existing(self._view)))]
        refusals: list[DagsterUnknownPartitionError] = []
        for unit in roots:
            assert unit.definition is not None
            try:
                return unit, named_ordinals(unit.definition, self._asked, self._view)
            except DagsterUnknownPartitionError as error:
                refusals.append(error)
        raise refusals[0]

    def _on_root(self, unit: PlanUnit, anchor: PlanUnit, ordinals: OrdinalSet) -> OrdinalSet:
        """The named partitions of one root, in those of another: the same, or those at the same time."""
        assert unit.definition is not None
        assert anchor.definition is not None
        if unit.definition == anchor.definition:
            return ordinals
        if unit.definition.numbering == anchor.definition.numbering:
            return ordinals & unit.existing(self._view)
        overlapping = overlap(anchor.definition, unit.definition, ordinals, self._view)
        if overlapping is None:
            raise DagsterInvalidInvocationError(
                f"{self._asked.words} are those of {anchor.name}; {unit.name}, also selected and not made from it, is "
                f"partitioned otherwise ({unit.definition!r}), so which of its partitions are meant is not known; "
                "launch a backfill of its own for it, or ask for all partitions"
            )
        return overlapping

    def _scope(self, unit: PlanUnit, roots: Mapping[PlanUnit, OrdinalSet]) -> OrdinalSet:
        if self._asked.is_everything or unit.definition is None:
            return unit.existing(self._view)
        if unit in roots:
            return roots[unit]
        found = OrdinalSet()
        for edge in self._partitioned_parents(unit):
            parent = self._unit_of[edge.parent]
            found |= edge.downstream(self._scopes[parent], self._view)
        return found & unit.existing(self._view)

    def _wanted(self, unit: PlanUnit, scope: OrdinalSet) -> OrdinalSet:
        """What of a scope is made, by what became of it before."""
        only = self._asked.only
        if only is Only.EVERY or not scope:
            return scope
        wanted, going = OrdinalSet(), OrdinalSet()
        for key in unit.keys:
            there = self._there(key)
            going |= there.in_progress & scope
            if only is not Only.FAILED:
                wanted |= scope - there.materialized - there.failed
            if only is not Only.MISSING:
                wanted |= scope & there.failed
        if wanted & going:
            self._remark(unit, wanted & going, "left out, because a run is making this just now")
        return wanted - going

    # ----------------------------------------------------------------- upstream

    def _without_impossible(self, unit: PlanUnit, wanted: OrdinalSet) -> OrdinalSet:
        """Without partitions that depend on some that do not exist; they could only fail."""
        impossible = OrdinalSet()
        for edge in unit.edges:
            lacking = _lacking(edge, wanted - impossible, self._view)
            if lacking:
                self._remark(
                    unit,
                    lacking,
                    f"left out, because partitions of {edge.parent.to_user_string()} that are needed do not exist",
                )
            impossible |= lacking
        return wanted - impossible

    def _remark_unmade(self, unit: PlanUnit) -> None:
        """Says what it depends on that nobody made and the backfill does not make either."""
        for edge in unit.edges:
            maker = self._unit_of.get(edge.parent)
            if not edge.parent_is_made:
                continue  # made elsewhere: whether it is there is not known
            needed = edge.upstream(self._sets[unit], self._view).existing
            unmade = needed if maker is None else needed - self._sets[maker]
            if unmade:
                unmade -= self._there(edge.parent).materialized
            if unmade:
                text = f"not made yet and not in this backfill, but {unit.name} depends on it"
                text = shown(edge.parent_def, unmade, self._view) + text
                self.remarks.append(Remark(edge.parent.to_user_string(), text, is_doubt=True))

    def _remark(self, unit: PlanUnit, ordinals: OrdinalSet, text: str) -> None:
        self.remarks.append(Remark(unit.name, shown(unit.definition, ordinals, self._view) + text, is_doubt=True))


def shown(definition: PartitionsDefinition | None, ordinals: OrdinalSet, view: PartitionsView) -> str:
    """How many partitions, and the first of them, for people: the beginning of a remark."""
    if definition is None:
        return ""
    examples = ", ".join(definition.keys_of(ordinals.page(0, EXAMPLES_MAX), view))
    if len(ordinals) == 1:
        return f"{examples}: "
    return f"{len(ordinals):,} partitions ({examples}{', ...' if len(ordinals) > EXAMPLES_MAX else ''}): "


def named_ordinals(definition: PartitionsDefinition, asked: AskedPartitions, view: PartitionsView) -> OrdinalSet:
    """The partitions that were named, as numbers of a definition.

    Raises:
        DagsterUnknownPartitionError: some do not exist; names the nearest of the first.
        DagsterInvalidInvocationError: a range's ends are in the wrong order.
    """
    if asked.key_range is not None:
        start, end = asked.key_range
        found_in_range = definition.range_ordinals(asked.key_range, view)
        if not found_in_range:
            raise DagsterInvalidInvocationError(
                f"the range {start} to {end} holds no partition: its end comes before its beginning; turn it round"
            )
        return found_in_range
    if asked.keys is None:
        existing = definition.ordinals(view)
        if asked.latest is None:
            return existing
        return OrdinalSet(existing.page(max(0, len(existing) - asked.latest), asked.latest))
    found = list(zip(asked.keys, definition.ordinals_of(asked.keys, view), strict=True))
    unknown = [key for key, ordinal in found if ordinal is None]
    if len(unknown) > 1:
        named = ", ".join(unknown[:EXAMPLES_MAX]) + (", ..." if len(unknown) > EXAMPLES_MAX else "")
        try:
            definition.require_ordinal(unknown[0], view)
        except DagsterUnknownPartitionError as error:
            raise DagsterUnknownPartitionError(f"{error}; {len(unknown)} keys are unknown: {named}") from None
    return OrdinalSet(definition.require_ordinal(key, view) if number is None else number for key, number in found)


def overlap(
    of: PartitionsDefinition, to: PartitionsDefinition, ordinals: OrdinalSet, view: PartitionsView
) -> OrdinalSet | None:
    """The partitions of a definition at the times of some of another; None if the two have no times in common."""
    if not isinstance(of, TimeWindowPartitionsDefinition) or not isinstance(to, TimeWindowPartitionsDefinition):
        return None
    return TimeWindowPartitionMapping().downstream_of(ordinals, of, to, view)


def _lacking(edge: PlanEdge, children: OrdinalSet, view: PartitionsView) -> OrdinalSet:
    """Those of some partitions that depend on partitions which do not exist, found by halving."""
    upstream = edge.upstream(children, view)
    if not upstream.missing and not upstream.missing_keys:
        return OrdinalSet()
    if len(children) == 1:
        return children
    middle = children.at(len(children) // 2)
    lower = children & OrdinalSet.of_range(0, middle)
    return _lacking(edge, lower, view) | _lacking(edge, children - lower, view)
