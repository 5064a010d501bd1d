"""What the function of an asset check is given as ``context``."""

from __future__ import annotations

from collections.abc import Sequence

from watchbell.declare.checks.asset_check_spec import AssetCheckSpec
from watchbell.execute.contexts import OpExecutionContext
from watchbell.ground.errors import DagsterInvariantViolationError
from watchbell.record.asset_check import AssetCheckKey


class AssetCheckExecutionContext(OpExecutionContext):
    """What a check's function is given as ``context``.

    Example:
        >>> @asset_check(asset="orders")
        ... def is_new(context: AssetCheckExecutionContext) -> AssetCheckResult:
        ...     made = context.instance.get_latest_materialization_event(AssetKey("orders"))
        ...     return AssetCheckResult(passed=made is not None)
    """

    @property
    def op_execution_context(self) -> OpExecutionContext:
        """The context of the op behind the check."""
        return OpExecutionContext(self._scope)

    @property
    def check_specs(self) -> Sequence[AssetCheckSpec]:
        """The checks to make in this run."""
        return [] if self._scope.checks is None else list(self._scope.checks.specs.values())

    @property
    def asset_check_key(self) -> AssetCheckKey:
        """The only check to make.

        Raises:
            DagsterInvariantViolationError: there are several.
        """
        if len(self.check_specs) != 1:
            raise DagsterInvariantViolationError(
                f'step "{self._scope.step_key}" makes {len(self.check_specs)} checks; use selected_asset_check_keys'
            )
        return self.check_specs[0].key

    @property
    def is_subset(self) -> bool:
        """Whether only some of the checks of this definition are to be made."""
        checks = self._scope.checks
        return checks is not None and len(checks.specs) < checks.all_count

    @staticmethod
    def get() -> AssetCheckExecutionContext:
        """The context of the check that is running in this thread.

        Raises:
            DagsterInvariantViolationError: none is.
        """
        found = OpExecutionContext.get()
        if not isinstance(found, AssetCheckExecutionContext):
            raise DagsterInvariantViolationError("the running step is no asset check; use OpExecutionContext.get()")
        return found
