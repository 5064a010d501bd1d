"""A freshness policy put on an asset."""

from __future__ import annotations

from watchbell.declare.assets.asset_spec import AssetSpec, replace_fields
from watchbell.declare.assets.freshness_kind import freshness_policies
from watchbell.declare.assets.freshness_policy import FreshnessPolicy


def apply_freshness_policy(spec: AssetSpec, policy: FreshnessPolicy, overwrite_existing: bool = True) -> AssetSpec:
    """The same spec with a freshness policy.

    Args:
        spec: the spec.
        policy: the policy.
        overwrite_existing: False: a spec that has one keeps it.

    Raises:
        ParameterCheckError: ``policy`` is none.

    Example:
        >>> from datetime import timedelta
        >>> daily = FreshnessPolicy.time_window(fail_window=timedelta(days=1))
        >>> apply_freshness_policy(AssetSpec("orders"), daily).freshness_policy == daily
        True
    """
    freshness_policies(policy, None, f"asset {spec.key.to_user_string()!r}")
    if spec.freshness_policy is not None and not overwrite_existing:
        return spec
    return replace_fields(spec, freshness_policy=policy)
