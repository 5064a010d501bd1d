"""How fresh an asset is at a given time. Pure: policy and times in, a state out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import Enum

from watchbell.declare.assets.freshness_kind import FreshnessKind, LegacyFreshnessKind
from watchbell.declare.assets.freshness_policy import (
    CronFreshnessPolicy,
    LegacyFreshnessPolicy,
    TimeWindowFreshnessPolicy,
)
from watchbell.ground.cron import Cron
from watchbell.ground.errors import ParameterCheckError


class FreshnessState(Enum):
    """How fresh an asset is.

    PASS: as its policy wants it. WARN: older than its warning window. FAIL: too old. UNKNOWN: it was never made.
    """

    PASS = "PASS"  # noqa: S105 - no password
    WARN = "WARN"
    FAIL = "FAIL"
    UNKNOWN = "UNKNOWN"


def freshness_state(
    policy: FreshnessKind | LegacyFreshnessKind, made_at: datetime | None, now: datetime
) -> FreshnessState:
    """How fresh an asset is.

    Args:
        policy: its policy.
        made_at: aware; when it was made last, None: never.
        now: aware.

    Returns:
        PASS, WARN, FAIL, or UNKNOWN if it was never made.
    """
    if made_at is None:
        return FreshnessState.UNKNOWN
    if isinstance(policy, TimeWindowFreshnessPolicy):
        age = now.astimezone(UTC) - made_at.astimezone(UTC)
        if age > policy.fail_window:
            return FreshnessState.FAIL
        warns = policy.warn_window is not None and age > policy.warn_window
        return FreshnessState.WARN if warns else FreshnessState.PASS
    if isinstance(policy, CronFreshnessPolicy):
        deadline = last_tick(Cron.of(policy.deadline_cron, policy.timezone), now)
        return _pass_if(made_at.astimezone(UTC) >= deadline - policy.lower_bound_delta)
    if isinstance(policy, LegacyFreshnessPolicy):
        return _pass_if(minutes_overdue(policy, made_at, now) <= 0)
    raise ParameterCheckError(f"{policy!r} is no freshness policy", parameter="policy", value=policy)


def minutes_overdue(policy: LegacyFreshnessPolicy, made_at: datetime, now: datetime) -> float:
    """By how many minutes an asset lags more than its policy allows; 0 or less: it does not.

    Args:
        policy: the policy.
        made_at: aware; when it was made last.
        now: aware.
    """
    at = now.astimezone(UTC)
    if policy.cron_schedule is not None:
        at = last_tick(Cron.of(policy.cron_schedule, policy.cron_schedule_timezone), now)
    lag = at - made_at.astimezone(UTC)
    return (lag - policy.maximum_lag_delta) / timedelta(minutes=1)


def last_tick(cron: Cron, now: datetime) -> datetime:
    """The last time ``cron`` fired, at ``now`` included; in UTC, where differences count what clock changes do."""
    instant = now.astimezone(UTC)
    # One that falls on this very instant counts; previous_before leaves the instant itself out.
    return cron.previous_before(instant + timedelta(microseconds=1)).astimezone(UTC)


def earliest_update(now: datetime, delta: timedelta, cron: Cron | None) -> datetime:
    """When an asset must have been updated at the earliest, to be fresh now.

    Args:
        now: aware.
        delta: how long before the deadline an update still counts.
        cron: the deadlines; None: each instant is one.
    """
    deadline = now.astimezone(UTC) if cron is None else last_tick(cron, now)
    return deadline - delta


def fresh_until(updated_at: datetime, now: datetime, delta: timedelta, cron: Cron | None) -> datetime:
    """When an asset that is fresh now stops to be, if it is not updated again.

    Args:
        updated_at: aware; its last update.
        now: aware.
        delta: how long before the deadline an update still counts.
        cron: the deadlines; None: each instant is one.
    """
    if cron is None:
        return updated_at.astimezone(UTC) + delta
    return cron.next_after(now.astimezone(UTC)).astimezone(UTC)


def _pass_if(is_fresh: bool) -> FreshnessState:
    return FreshnessState.PASS if is_fresh else FreshnessState.FAIL
