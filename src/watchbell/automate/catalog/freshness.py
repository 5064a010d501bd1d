"""How fresh an asset is, until when it stays so, or since when it is late; and its policy in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from watchbell.declare.assets.freshness_policy import (
    CronFreshnessPolicy,
    LegacyFreshnessPolicy,
    TimeWindowFreshnessPolicy,
)
from watchbell.declare.assets.freshness_rules import FreshnessState, freshness_state, last_tick
from watchbell.declare.assets.freshness_wire import Policy
from watchbell.ground.cron import Cron
from watchbell.ground.value import dataclass


@dataclass(frozen=True)
class Freshness:
    """How fresh an asset is.

    Args:
        state: how it stands.
        due_at: until when it has to be made again to stay fresh; of a late one, until when it should have been.
        policy_text: what is asked of it.
    """

    state: FreshnessState
    due_at: datetime | None
    policy_text: str

    @property
    def is_late(self) -> bool:
        """Whether it is older than its policy allows."""
        return self.state is FreshnessState.FAIL


def freshness_of(policy: Policy | None, made_at: datetime | None, now: datetime) -> Freshness | None:
    """How fresh an asset is; None: it has no policy.

    Args:
        policy: its policy.
        made_at: when it was made last, aware; None: never.
        now: aware.
    """
    if policy is None:
        return None
    state = freshness_state(policy, made_at, now)
    due_at = None if made_at is None else _due_at(policy, state, made_at.astimezone(UTC), now)
    return Freshness(state, due_at, policy_text(policy))


def _due_at(policy: Policy, state: FreshnessState, made_at: datetime, now: datetime) -> datetime | None:
    if isinstance(policy, TimeWindowFreshnessPolicy):
        return made_at + policy.fail_window
    is_late = state is FreshnessState.FAIL
    if isinstance(policy, CronFreshnessPolicy):
        cron = Cron.of(policy.deadline_cron, policy.timezone)
        return last_tick(cron, now) if is_late else cron.next_after(now).astimezone(UTC)
    if isinstance(policy, LegacyFreshnessPolicy):
        if policy.cron_schedule is None:
            return made_at + policy.maximum_lag_delta
        cron = Cron.of(policy.cron_schedule, policy.cron_schedule_timezone)
        if is_late:
            return last_tick(cron, now)
        return cron.next_after(made_at + policy.maximum_lag_delta).astimezone(UTC)
    return None


def policy_text(policy: Policy) -> str:
    """What a policy asks for, in words.

    Example:
        >>> policy_text(TimeWindowFreshnessPolicy(timedelta(hours=6)))
        'made within the last 6 h'
    """
    if isinstance(policy, TimeWindowFreshnessPolicy):
        warn = "" if policy.warn_window is None else f", a warning after {_length(policy.warn_window)}"
        return f"made within the last {_length(policy.fail_window)}{warn}"
    if isinstance(policy, CronFreshnessPolicy):
        before = _length(policy.lower_bound_delta)
        return f"made within {before} before each time of {policy.deadline_cron!r} ({policy.timezone})"
    if isinstance(policy, LegacyFreshnessPolicy):
        lag = _length(policy.maximum_lag_delta)
        if policy.cron_schedule is None:
            return f"at most {lag} old"
        return f"at most {lag} old at each time of {policy.cron_schedule!r} ({policy.cron_schedule_timezone})"
    return repr(policy)


def _length(delta: timedelta) -> str:
    """The length of a window as people say it: its two greatest units."""
    seconds = round(delta.total_seconds())
    parts = []
    for name, size in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count} {name}")
    return " ".join(parts[:2]) or "0 s"
