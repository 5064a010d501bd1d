"""Freshness policies as text and back, for those who look at assets of code that they have not loaded."""

from __future__ import annotations

import json
from datetime import timedelta

from watchbell.declare.assets.freshness_kind import FreshnessKind, LegacyFreshnessKind
from watchbell.declare.assets.freshness_policy import (
    CronFreshnessPolicy,
    LegacyFreshnessPolicy,
    TimeWindowFreshnessPolicy,
)
from watchbell.ground.wire import WireError

Policy = FreshnessKind | LegacyFreshnessKind


def freshness_text(policy: Policy) -> str | None:
    """A policy as text; None: it is of a kind that only its own code knows.

    Example:
        >>> freshness_text(TimeWindowFreshnessPolicy(timedelta(hours=1)))
        '["window",3600.0,null]'
    """
    said: list[str | float | None]
    if isinstance(policy, TimeWindowFreshnessPolicy):
        warn = policy.warn_window
        said = ["window", policy.fail_window.total_seconds(), None if warn is None else warn.total_seconds()]
    elif isinstance(policy, CronFreshnessPolicy):
        said = ["cron", policy.deadline_cron, policy.lower_bound_delta.total_seconds(), policy.timezone]
    elif isinstance(policy, LegacyFreshnessPolicy):
        said = ["lag", policy.maximum_lag_minutes, policy.cron_schedule, policy.cron_schedule_timezone]
    else:
        return None
    return json.dumps(said, separators=(",", ":"))


def freshness_from_text(text: str) -> Policy:
    """The policy that :func:`freshness_text` was given.

    Raises:
        WireError: the text was written by another version.
    """
    match json.loads(text):
        case ["window", fail_seconds, warn_seconds]:
            warn = None if warn_seconds is None else timedelta(seconds=warn_seconds)
            return TimeWindowFreshnessPolicy(timedelta(seconds=fail_seconds), warn)
        case ["cron", cron, seconds, timezone]:
            return CronFreshnessPolicy(cron, timedelta(seconds=seconds), timezone)
        case ["lag", minutes, cron, timezone]:
            return LegacyFreshnessPolicy(
                maximum_lag_minutes=minutes, cron_schedule=cron, cron_schedule_timezone=timezone
            )
    raise WireError(f"no freshness policy is written as {text!r}; was it written by another version?")
