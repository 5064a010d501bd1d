"""The two families of freshness policies, known to assets without the machinery that policies need."""

from __future__ import annotations

from typing import Any

from watchbell.ground.errors import ParameterCheckError


class FreshnessKind:
    """Policies of ``freshness_policy=``."""


class LegacyFreshnessKind:
    """Policies of ``legacy_freshness_policy=``, and of ``freshness_policy=`` in older code."""


def freshness_policies(policy: Any, legacy: Any, what: str) -> tuple[FreshnessKind | None, LegacyFreshnessKind | None]:
    """Both arguments checked; an older policy given as ``freshness_policy=`` is put where it belongs.

    Args:
        policy: ``freshness_policy=``.
        legacy: ``legacy_freshness_policy=``.
        what: whose, for the message.

    Raises:
        ParameterCheckError: one is no policy, or two of the older kind are given.
    """
    if legacy is not None and not isinstance(legacy, LegacyFreshnessKind):
        raise ParameterCheckError(
            f"legacy_freshness_policy of {what} is a LegacyFreshnessPolicy, not {legacy!r}",
            parameter="legacy_freshness_policy",
            value=legacy,
        )
    if isinstance(policy, LegacyFreshnessKind):
        if legacy is not None:
            raise ParameterCheckError(
                f"{what} has two freshness policies of the older kind; keep legacy_freshness_policy",
                parameter="freshness_policy",
                value=policy,
            )
        return None, policy
    if policy is not None and not isinstance(policy, FreshnessKind):
        raise ParameterCheckError(
            f"freshness_policy of {what} is a FreshnessPolicy, not {policy!r}; write FreshnessPolicy.time_window(…) or "
            "FreshnessPolicy.cron(…)",
            parameter="freshness_policy",
            value=policy,
        )
    return policy, legacy
