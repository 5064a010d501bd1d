"""How fresh assets are, and when that changes by itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from heapq import heapify, heappop, heappush

from watchbell.automate.conditions.scope import Entity
from watchbell.automate.conditions.world import EntityKey
from watchbell.declare.assets.asset_graph import AssetGraph
from watchbell.declare.assets.freshness_kind import FreshnessKind, LegacyFreshnessKind
from watchbell.declare.assets.freshness_policy import (
    CronFreshnessPolicy,
    LegacyFreshnessPolicy,
    TimeWindowFreshnessPolicy,
)
from watchbell.declare.assets.freshness_rules import freshness_state
from watchbell.ground.cron import Cron

Policy = FreshnessKind | LegacyFreshnessKind
_JUST = timedelta(milliseconds=1)  # an asset is too old when it is older than its window, not when it is as old


class Freshness:
    """Keeps ``Fact.freshness`` of the assets that have a policy.

    Args:
        policies: the assets, each with its policy; their times of making are kept.
    """

    def __init__(self, policies: Mapping[int, tuple[Entity, Policy]]) -> None:
        self._policies = policies
        self._due: list[tuple[float, int]] = []
        self._now: datetime | None = None

    def start(self, now: datetime) -> None:
        """Finds how fresh all of them are."""
        self._now = now
        self._due = []
        for number in self._policies:
            self._look(number, now)
        heapify(self._due)

    def read(self, now: datetime, touched: Iterable[int]) -> list[Entity]:
        """Brings those up to date that were made, and those whose time has come.

        Args:
            now: the time of the tick, aware.
            touched: numbers of entities that something new is known of.

        Returns:
            Those that are otherwise fresh than before.
        """
        if not self._policies:
            return []
        wanted = {number for number in touched if number in self._policies}
        if self._now is not None and now < self._now:  # the clock was set back
            wanted.update(self._policies)
        self._now = now
        while self._due and self._due[0][0] <= now.timestamp():
            wanted.add(heappop(self._due)[1])
        before = {number: self._policies[number][0].fact.freshness for number in wanted}
        for number in wanted:
            self._look(number, now)
        found = [self._policies[number][0] for number in wanted]
        return [entity for entity in found if entity.fact.freshness != before[entity.number]]

    def _look(self, number: int, now: datetime) -> None:
        entity, policy = self._policies[number]
        fact = entity.fact
        newest = max(fact.made_at.values(), default=None) if isinstance(fact.made_at, dict) else fact.made_at
        made_at = None if newest is None else datetime.fromtimestamp(newest, UTC)
        fact.freshness = freshness_state(policy, made_at, now).value
        until = None if made_at is None else changes_at(policy, made_at, now)
        fact.freshness_until = None if until is None else until.timestamp()
        if fact.freshness_until is not None:
            heappush(self._due, (fact.freshness_until, number))


def policies_of(
    entities: Iterable[Entity], assets: AssetGraph | None, told: Mapping[EntityKey, Policy]
) -> dict[int, tuple[Entity, Policy]]:
    """The assets that have a freshness policy, each by its number.

    Args:
        entities: all of them.
        assets: those of this location, whose specs say theirs.
        told: those of assets of other locations.
    """
    policies: dict[EntityKey, Policy] = dict(told)
    for key, spec in assets.specs.items() if assets is not None else ():
        policy = spec.freshness_policy or spec.legacy_freshness_policy
        if policy is not None:
            policies[key] = policy
    if not policies:
        return {}
    return {each.number: (each, policies[each.key]) for each in entities if each.key in policies}


def changes_at(policy: Policy, made_at: datetime, now: datetime) -> datetime | None:
    """When an asset may turn less fresh though nothing happens; None: never.

    Args:
        policy: its policy.
        made_at: when it was made last, aware.
        now: the present, aware.
    """
    if isinstance(policy, TimeWindowFreshnessPolicy):
        ends = [made_at + window + _JUST for window in (policy.warn_window, policy.fail_window) if window is not None]
        return min((each for each in ends if each > now), default=None)
    if isinstance(policy, CronFreshnessPolicy):
        return Cron.of(policy.deadline_cron, policy.timezone).next_after(now)
    if isinstance(policy, LegacyFreshnessPolicy):
        if policy.cron_schedule is not None:
            return Cron.of(policy.cron_schedule, policy.cron_schedule_timezone).next_after(now)
        end = made_at + policy.maximum_lag_delta + _JUST
        return end if end > now else None
    return None
