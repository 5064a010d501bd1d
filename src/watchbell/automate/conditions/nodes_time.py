"""The conditions of time: a cron string has fired, a partition belongs to the newest windows.

Each distinct cron string and each distinct definition is asked once a tick, however many conditions speak of it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from watchbell.automate.conditions.nodes_status import within
from watchbell.automate.conditions.scope import Entity, Evaluate, Maker, Node, Scope, TickScope
from watchbell.automate.conditions.subset import Subset
from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.partitions.multi import MultiPartitionsDefinition
from watchbell.declare.partitions.time_window import TimeWindowPartitionsDefinition
from watchbell.declare.partitions.view import PartitionsView
from watchbell.ground.cron import Cron
from watchbell.record.ordinal_set import OrdinalSet

_NEVER = datetime.min.replace(tzinfo=UTC)
_MOMENT = timedelta(microseconds=1)
_FIRES_MAX = 1_000  # times of a cron string that are looked at one by one


def latest_fire(tick: TickScope, cron: str, timezone: str) -> datetime:
    """When a cron string fired last, the time of the tick included; the beginning of the calendar if it never did."""
    found = tick.crons.get((cron, timezone))
    if found is None:
        try:
            found = Cron.of(cron, timezone).previous_before(tick.now + _MOMENT)
        except OverflowError:
            found = _NEVER
        tick.crons[(cron, timezone)] = found
    return found


def latest_windows(tick: TickScope, definition: PartitionsDefinition, lookback_seconds: float) -> OrdinalSet | None:
    """The partitions of the newest window, and of those within a time before its end.

    Args:
        tick: the tick.
        definition: the partitions.
        lookback_seconds: how long before the end of the newest window others may begin (seconds); 0: it alone.

    Returns:
        The set; None: the partitions are no windows of time, and all count as the newest.
    """
    windows = _windows_of(definition)
    if windows is None:
        return None
    name = ("windows", lookback_seconds, id(definition))
    found = tick.existing.get(name)
    if found is None:
        found = _newest(windows, tick.view, lookback_seconds)
        if isinstance(definition, MultiPartitionsDefinition):
            others = definition.high.partitions_def.ordinals(tick.view)
            found = definition.product(others, found)
        tick.existing[name] = found
    return found


def windows_at_fires(
    tick: TickScope, definition: PartitionsDefinition, cron: tuple[str, str], after: datetime | None
) -> OrdinalSet | None:
    """The partitions that were those of the newest window when a cron string fired.

    Args:
        tick: the tick.
        definition: the partitions.
        cron: the cron string and its zone.
        after: only fires after that count, at most the newest thousand; None: only the last fire.

    Returns:
        The set; None: the partitions are no windows of time.
    """
    windows = _windows_of(definition)
    if windows is None:
        return None
    last: list[OrdinalSet] = []
    try:
        for at in Cron.of(*cron).fires_backward(until=tick.now, after=after):
            last.append(_newest(windows, PartitionsView(at, tick.view.store), 0))
            if after is None or len(last) == _FIRES_MAX:
                break
    except OverflowError:
        pass
    found = OrdinalSet.union(last)
    if isinstance(definition, MultiPartitionsDefinition):
        return definition.product(definition.high.partitions_def.ordinals(tick.view), found)
    return found


def _windows_of(definition: PartitionsDefinition) -> TimeWindowPartitionsDefinition | None:
    if isinstance(definition, TimeWindowPartitionsDefinition):
        return definition
    if isinstance(definition, MultiPartitionsDefinition) and definition.has_time_window_dimension:
        return definition.time_window_partitions_def
    return None


def _newest(windows: TimeWindowPartitionsDefinition, view: PartitionsView, lookback_seconds: float) -> OrdinalSet:
    existing = windows.ordinals(view)
    last = existing.last()
    if last is None:
        return existing
    if not lookback_seconds:
        return OrdinalSet((last,))
    # Days are counted by the clock on the wall: two days are two days, also when one has 25 hours.
    first = windows.ordinal_from(windows.window_of(last).end - timedelta(seconds=lookback_seconds))
    return existing & OrdinalSet.of_range(first, last + 1)


def _cron_tick_passed(node: Node) -> Evaluate:
    cron, timezone = node.condition.param("cron"), node.condition.param("timezone") or "UTC"

    def cron_tick_passed(scope: Scope, entity: Entity, candidates: Subset) -> Subset:
        since = scope.since
        if since is None or not candidates or latest_fire(scope.tick, cron, timezone) <= since.at:
            return entity.nothing
        scope.is_momentary = True
        return candidates

    return cron_tick_passed


def _in_latest_time_window(node: Node) -> Evaluate:
    lookback_seconds: float = node.condition.param("lookback_seconds") or 0

    def in_latest_time_window(scope: Scope, entity: Entity, candidates: Subset) -> Subset:
        if entity.definition is None:
            return candidates
        found = latest_windows(scope.tick, entity.definition, lookback_seconds)
        return candidates if found is None else within(candidates, found)

    return in_latest_time_window


EVALUATORS: dict[str, Maker] = {
    "cron_tick_passed": _cron_tick_passed,
    "in_latest_time_window": _in_latest_time_window,
}
"""By kind, what makes its evaluator."""

NEEDS: dict[str, frozenset[str]] = {
    "cron_tick_passed": frozenset({"cron", "momentary"}),
    "in_latest_time_window": frozenset({"windows"}),
}
"""What a kind needs; see ``nodes_status.py``."""
