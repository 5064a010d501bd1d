"""What simulated runs make, and which of them fail; and events from outside as facts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from watchbell.automate.simulation.columns import Order, instant_at
from watchbell.automate.simulation.events import SimulatedEvent, SimulatedEventKind
from watchbell.automate.simulation.memory import KeyChange, SimulatedKeys
from watchbell.automate.simulation.place import Place
from watchbell.automate.simulation.terms import Failure
from watchbell.declare.partitions.view import PartitionsView
from watchbell.record.asset_check import AssetCheckEvaluation
from watchbell.record.asset_check_key import AssetCheckKey
from watchbell.record.keys import AssetKey
from watchbell.record.materialization import AssetMaterialization, AssetObservation
from watchbell.record.partition import PartitionKeyRange

Fact: TypeAlias = AssetMaterialization | AssetObservation | AssetCheckEvaluation
FACTS_KEPT_MAX = 100_000
"""Facts that are kept to be told again (count); the same run makes the same many times."""


class Outcomes:
    """What runs make, and which of them fail.

    Args:
        places: the code locations by name.
        failures: what is to fail.
        keys: the dynamic partitions.
    """

    def __init__(self, places: Mapping[str, Place], failures: Sequence[Failure], keys: SimulatedKeys) -> None:
        self._places = places
        self._keys = keys
        self._always = frozenset(each.name for each in failures if each.at is None)
        self._once = [each for each in failures if each.at is not None]
        self._broken: dict[int, frozenset[str]] = {}
        self._made: dict[tuple[AssetKey, str | None], AssetMaterialization] = {}
        self._seen: dict[tuple[AssetKey, str | None], AssetObservation] = {}
        self._checked: dict[tuple[AssetCheckKey, bool], AssetCheckEvaluation] = {}

    @property
    def has_failures(self) -> bool:
        """Whether anything fails at all."""
        return bool(self._always or self._once)

    def begin(self, run: int, order: Order, at: float) -> None:
        """A run begins: what of it is to fail is decided now."""
        if not self.has_failures:
            return
        names = set(_names(order))
        failing = names & self._always
        for each in list(self._once):
            if each.at is not None and each.at <= at and each.name in names:
                failing.add(each.name)
                self._once.remove(each)
        if failing:
            self._broken[run] = frozenset(failing)

    def end(self, run: int, order: Order, at: float) -> tuple[list[Fact], bool]:
        """What a run has made when it is over, and whether it succeeded."""
        failing = self._broken.pop(run, frozenset())
        if order.job_name in failing:
            return [], False
        lost = self._lost(order, failing) if failing else frozenset()
        facts: list[Fact] = []
        for key in order.asset_keys:
            if key not in lost:
                facts += [self._materialization(key, each) for each in self._partitions(order, key, at)]
        for key in order.observed_keys:
            facts += [self._observation(key, each) for each in self._partitions(order, key, at)]
        for check in order.check_keys:
            if check.asset_key not in lost:
                facts.append(self._check(check, passed=check.to_user_string() not in failing))
        return facts, not lost

    def _lost(self, order: Order, failing: frozenset[str]) -> frozenset[AssetKey]:
        """The assets that a run does not make: those that fail, and those of the run that are made from them."""
        graph = self._places[order.location_name].repository.asset_graph
        lost: set[AssetKey] = set()
        for key in order.asset_keys:  # upstream first
            if key.to_user_string() in failing or not lost.isdisjoint(graph.upstream_of(key)):
                lost.add(key)
        return frozenset(lost)

    def _partitions(self, order: Order, key: AssetKey, at: float) -> Iterable[str | None]:
        if order.partition is None and order.partition_range is None:
            return (None,)
        definition = self._places[order.location_name].repository.asset_graph.partitions_def_of(key)
        if definition is None:
            return (None,)
        if order.partition_range is None:
            return (order.partition,)
        view = PartitionsView(instant_at(at), self._keys)
        return definition.keys_of(definition.range_ordinals(PartitionKeyRange(*order.partition_range), view), view)

    def _materialization(self, key: AssetKey, partition: str | None) -> AssetMaterialization:
        found = self._made.get((key, partition))
        if found is None:
            found = AssetMaterialization(key, partition=partition)
            if len(self._made) < FACTS_KEPT_MAX:
                self._made[key, partition] = found
        return found

    def _observation(self, key: AssetKey, partition: str | None) -> AssetObservation:
        found = self._seen.get((key, partition))
        if found is None:
            found = AssetObservation(key, partition=partition)
            if len(self._seen) < FACTS_KEPT_MAX:
                self._seen[key, partition] = found
        return found

    def _check(self, key: AssetCheckKey, *, passed: bool) -> AssetCheckEvaluation:
        found = self._checked.get((key, passed))
        if found is None:
            found = self._checked[key, passed] = AssetCheckEvaluation(key.asset_key, key.name, passed)
        return found


def _names(order: Order) -> Iterable[str]:
    yield order.job_name
    for key in order.asset_keys:
        yield key.to_user_string()
    for check in order.check_keys:
        yield check.to_user_string()


def fact_of(event: SimulatedEvent) -> Fact | KeyChange:
    """What an event from outside says."""
    match event.kind:
        case SimulatedEventKind.PARTITION_ADDED | SimulatedEventKind.PARTITION_DELETED:
            assert event.name is not None
            assert event.partition is not None
            return KeyChange(event.name, (event.partition,), event.kind is SimulatedEventKind.PARTITION_ADDED)
        case SimulatedEventKind.CHECK_PASSED | SimulatedEventKind.CHECK_FAILED:
            assert event.asset is not None
            assert event.check is not None
            passed = event.kind is SimulatedEventKind.CHECK_PASSED
            return AssetCheckEvaluation(event.asset, event.check, passed, partition=event.partition)
        case SimulatedEventKind.OBSERVATION:
            assert event.asset is not None  # the same
            return AssetObservation(event.asset, partition=event.partition)
        case SimulatedEventKind.MATERIALIZATION:
            assert event.asset is not None  # the same
            return AssetMaterialization(event.asset, partition=event.partition)
