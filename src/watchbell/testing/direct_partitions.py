"""What contexts of direct calls say of partitions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from watchbell.execute.partition_members import has_time
from watchbell.execute.run_partitions import RunPartitions
from watchbell.execute.step_partitions import StepPartitions
from watchbell.execute.step_scope import StepScope
from watchbell.ground.errors import (
    CheckError,
    DagsterInvalidPropertyError,
    DagsterInvariantViolationError,
    ParameterCheckError,
)
from watchbell.record.keys import AssetKey
from watchbell.record.partition import (
    PARTITION_TAG,
    RANGE_END_TAG,
    RANGE_START_TAG,
    PartitionKeyRange,
    TimeWindow,
)


def tags_of(partition_key: str | None, partition_key_range: PartitionKeyRange | None) -> dict[str, str]:
    """The partitions that a builder was given, as a run's tags would say it.

    Raises:
        CheckError: both are given, or one has the wrong type.
    """
    if partition_key is not None and partition_key_range is not None:
        raise CheckError("a context is for a partition_key or for a partition_key_range, not for both")
    if partition_key is not None:
        if not isinstance(partition_key, str):
            raise ParameterCheckError(
                f"partition_key is text, not {partition_key!r}", parameter="partition_key", value=partition_key
            )
        return {PARTITION_TAG: partition_key}
    if partition_key_range is None:
        return {}
    if not isinstance(partition_key_range, PartitionKeyRange):
        raise ParameterCheckError(
            f"partition_key_range is a PartitionKeyRange, not {partition_key_range!r}",
            parameter="partition_key_range",
            value=partition_key_range,
        )
    return {RANGE_START_TAG: partition_key_range.start, RANGE_END_TAG: partition_key_range.end}


def direct_partitions(tags: dict[str, str], open_store: Callable[[], Any], assets_def: Any = None) -> StepPartitions:
    """The partitions of a direct call. Keys are taken as they are, whether or not they exist.

    Args:
        tags: what :func:`tags_of` gave.
        open_store: opens the instance, for dynamic partitions.
        assets_def: the assets that are called; None: not known, or an op.
    """
    run = RunPartitions(tags, open_store=open_store)
    if assets_def is None:
        return StepPartitions(run, None, _none)
    specs = assets_def.specs_by_key
    run.definition = next((spec.partitions_def for spec in specs.values() if spec.partitions_def is not None), None)

    def definition_of(key: AssetKey) -> Any:
        spec = specs.get(key)
        return None if spec is None else spec.partitions_def

    return StepPartitions(run, assets_def, definition_of)


def _none(_key: AssetKey) -> None:
    return None


class DirectPartitionMembers:
    """The members that speak of partitions, where no job is around that would say more."""

    _scope: StepScope

    @property
    def _run(self) -> RunPartitions:
        partitions = self._scope.partitions
        assert partitions is not None
        return partitions.run

    @property
    def has_partition_key(self) -> bool:
        """Whether the context was built for a partition."""
        return self._run.key is not None

    @property
    def partition_key(self) -> str:
        """The partition the context was built for.

        Raises:
            CheckError: it was built for none, or for a range.
        """
        if self._run.key is None:
            raise CheckError("this context was built without a partition_key; pass it to the builder")
        return self._run.key

    @property
    def partition_keys(self) -> Sequence[str]:
        """The partitions the context was built for, in the order of the asset's definition.

        Raises:
            CheckError: it was built for none.
            DagsterInvalidPropertyError: no asset is being called with this context.
            DagsterInvariantViolationError: the asset has no partitions.
        """
        self._require_partition()
        self._require_asset("partition_keys")
        if self._run.own is None:
            raise DagsterInvariantViolationError(
                "the asset that is called has no partitions, so context.partition_keys is not there; use "
                "context.partition_key"
            )
        return self._run.own.keys

    @property
    def partition_key_range(self) -> PartitionKeyRange:
        """The first and the last partition the context was built for; raises as :attr:`partition_key`."""
        self._require_partition()
        run = self._run
        return run.key_range or PartitionKeyRange(str(run.key), str(run.key))

    @property
    def asset_partition_key_range(self) -> PartitionKeyRange:
        """Old name of :attr:`partition_key_range`."""
        return self.partition_key_range

    @property
    def partition_time_window(self) -> TimeWindow:
        """The time that the partitions span.

        Raises:
            CheckError: the context was built for none, or the asset has no partitions.
            DagsterInvalidPropertyError: no asset is being called with this context.
            DagsterInvariantViolationError: they are not partitions of time.
        """
        self._require_asset("partition_time_window")
        if self._run.definition is None:
            raise CheckError("the asset that is called has no partitions; ask has_partition_key first")
        if not has_time(self._run.definition):
            raise DagsterInvariantViolationError(
                f"partitions of {self._run.definition!r} span no time, so context.partition_time_window is not there"
            )
        self._require_partition()
        assert self._run.own is not None
        return self._run.own.time_window

    def asset_partition_key_for_output(self, output_name: str = "result") -> str:
        """As :attr:`partition_key`, of any output."""
        return self.partition_key

    def asset_partitions_time_window_for_output(self, output_name: str = "result") -> TimeWindow:
        """As :attr:`partition_time_window`, of any output."""
        return self.partition_time_window

    def _require_partition(self) -> None:
        if not self._run.is_given:
            raise CheckError(
                "this context was built for no partition; pass partition_key= or partition_key_range= to the builder"
            )

    def _require_asset(self, member: str) -> None:
        if self._scope.assets_def is None:
            raise DagsterInvalidPropertyError(
                f"no asset is being called with this context, so context.{member} is not there; call an asset with it, "
                "or use context.partition_key"
            )


def _of_a_run(name: str) -> Any:
    def read(self: DirectPartitionMembers, input_name: str) -> Any:
        raise DagsterInvalidPropertyError(
            f"context.{name}({input_name!r}) is not there where an op or asset is called directly: nothing says how "
            "the asset upstream is partitioned; use materialize() in this test"
        )

    read.__doc__ = "Not available: no job runs (raises DagsterInvalidPropertyError)."
    return read


for _member in ("_key", "_keys", "_key_range", "s_def", "s_time_window"):
    _name = f"asset_partition{_member}_for_input"
    setattr(DirectPartitionMembers, _name, _of_a_run(_name))
