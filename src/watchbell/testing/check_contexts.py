"""Contexts for calling the functions of asset checks directly, without a run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from watchbell.execute.check_context import AssetCheckExecutionContext
from watchbell.execute.check_plan import step_checks
from watchbell.instance import DagsterInstance
from watchbell.testing.direct_contexts import _Bench, _Direct, _scope


class DirectAssetCheckExecutionContext(_Direct, AssetCheckExecutionContext):
    """The context of a check that is called directly; see :func:`build_asset_check_context`."""

    def __init__(self, scope: Any, bench: _Bench) -> None:
        super().__init__(scope)
        self._bench = bench

    def for_assets(self, assets_def: Any) -> Any:
        """The context for a call of a check: it knows which checks are made."""
        return self._with_scope(assets_def=assets_def, checks=step_checks(assets_def))


def build_asset_check_context(
    resources: Mapping[str, Any] | None = None,
    resources_config: Mapping[str, Any] | None = None,
    asset_config: Mapping[str, Any] | None = None,
    instance: DagsterInstance | None = None,
) -> DirectAssetCheckExecutionContext:
    """A context to call a check's function with, in a test.

    Args:
        resources: resources by key: values, or definitions to set up.
        resources_config: config by resource key, each ``{"config": …}``.
        asset_config: config of the check.
        instance: what ``context.instance`` is; None: an empty one in memory.

    Example:
        >>> @asset_check(asset="orders")
        ... def is_there(context: AssetCheckExecutionContext) -> AssetCheckResult:
        ...     return AssetCheckResult(passed=context.resources.limit > 1)
        >>> is_there(build_asset_check_context(resources={"limit": 2})).passed
        True
    """
    bench = _Bench(resources, resources_config, instance, {})
    return DirectAssetCheckExecutionContext(_scope(bench, asset_config, None), bench)
