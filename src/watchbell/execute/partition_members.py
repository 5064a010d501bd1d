"""The members of a step's context that speak of partitions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from watchbell.declare.io.asset_partitions import AssetPartitions
from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.execute.run_partitions import NO_PARTITIONS, RunPartitions
from watchbell.execute.step_partitions import StepPartitions
from watchbell.execute.step_scope import StepScope
from watchbell.ground.errors import CheckError, DagsterInvariantViolationError
from watchbell.ground.suggest import did_you_mean
from watchbell.record.keys import AssetKey
from watchbell.record.partition import MultiPartitionKey, PartitionKeyRange, TimeWindow

_NOTHING = StepPartitions(NO_PARTITIONS, None, lambda key: None)


class PartitionMembers:
    """What the contexts of ops, assets and checks say of partitions."""

    _scope: StepScope

    @property
    def _partitions(self) -> StepPartitions:
        found = self._scope.partitions
        return _NOTHING if found is None else found

    # --------------------------------------------------------------- the run

    @property
    def has_partition_key(self) -> bool:
        """Whether the run is for one partition."""
        return self._partitions.run.key is not None

    @property
    def has_partition_key_range(self) -> bool:
        """Whether the run is for a range of partitions."""
        return self._partitions.run.key_range is not None

    @property
    def has_partitions(self) -> bool:
        """Whether the run is for partitions at all."""
        return self._partitions.run.is_given

    @property
    def partition_key(self) -> str:
        """The partition the run is for; of two dimensions a :class:`MultiPartitionKey`.

        Raises:
            DagsterInvariantViolationError: the run is for none, or for a range.
        """
        run = self._given("partition_key")
        if run.key is None:
            if run.key_range is not None and run.key_range.start == run.key_range.end:
                own = self._partitions.own
                return run.key_range.start if own is None else own.keys[0]
            raise DagsterInvariantViolationError(
                f'step "{self._scope.step_key}": the run is for the partitions {_shown(run.key_range)}, so '
                "context.partition_key is not one; use context.partition_keys or context.partition_key_range"
            )
        if run.definition is None and self._partitions.own is not None:
            return self._partitions.own.keys[0]
        return run.key

    @property
    def partition_keys(self) -> Sequence[str]:
        """The partitions the run is for, in the order of their definition.

        Raises:
            DagsterInvariantViolationError: the run is for none, or its job has no partitions.
        """
        self._given("partition_keys")
        own = self._partitions.own
        if own is None:
            raise DagsterInvariantViolationError(
                f'step "{self._scope.step_key}": the job has no partitions, so which ones the run is for is not known; '
                "give it partitions_def=, or use context.partition_key"
            )
        return own.keys

    @property
    def partition_key_range(self) -> PartitionKeyRange:
        """The first and the last partition the run is for.

        Raises:
            DagsterInvariantViolationError: the run is for none.
        """
        run = self._given("partition_key_range")
        return run.key_range or PartitionKeyRange(str(run.key), str(run.key))

    @property
    def asset_partition_key_range(self) -> PartitionKeyRange:
        """Old name of :attr:`partition_key_range`."""
        return self.partition_key_range

    @property
    def partition_time_window(self) -> TimeWindow:
        """The time that the run's partitions span; of two dimensions, that of the time dimension.

        Raises:
            DagsterInvariantViolationError: the job has no partitions, or they are none of time.
            CheckError: the run is for none of them.
        """
        partitions = self._partitions
        if partitions.definition is None:
            self._given("partition_time_window")
            raise DagsterInvariantViolationError(
                f'step "{self._scope.step_key}": context.partition_time_window needs a job with partitions of time'
            )
        if partitions.own is None:
            raise CheckError(f'step "{self._scope.step_key}": the run is for no partition; ask has_partition_key first')
        return partitions.own.time_window

    @property
    def multi_partition_key(self) -> MultiPartitionKey:
        """The partition the run is for, of two dimensions: ``keys_by_dimension``.

        Raises:
            DagsterInvariantViolationError: the run is for none, for a range, or for one without dimensions.
        """
        key = self.partition_key
        if not isinstance(key, MultiPartitionKey):
            raise DagsterInvariantViolationError(
                f'step "{self._scope.step_key}": the partition {key!r} is not one of several dimensions, so '
                "context.multi_partition_key has no value; use context.partition_key"
            )
        return key

    # ---------------------------------------------------------------- assets

    def asset_partitions_def_for_output(self, output_name: str = "result") -> PartitionsDefinition:
        """How the asset that an output is is divided.

        Raises:
            CheckError: the output is no asset.
            DagsterInvariantViolationError: the asset has no partitions.
        """
        return self._definition(self._scope.asset_keys_by_output, output_name, "output")

    def asset_partitions_def_for_input(self, input_name: str) -> PartitionsDefinition:
        """How the asset that an input is is divided; raises as :meth:`asset_partitions_def_for_output`."""
        return self._definition(self._scope.asset_keys_by_input, input_name, "input")

    def asset_partition_key_for_output(self, output_name: str = "result") -> str:
        """The partition that the step makes of the asset that an output is.

        Raises:
            CheckError: the asset has no partitions, or there are several.
            DagsterInvariantViolationError: the run is for none.
        """
        return self._only(self._made(output_name), "output", output_name)

    def asset_partition_key_for_input(self, input_name: str) -> str:
        """The partition that is loaded for an input.

        Raises:
            CheckError: the asset has no partitions, or there are several.
        """
        return self._only(self._taken(input_name), "input", input_name)

    def asset_partition_keys_for_output(self, output_name: str = "result") -> Sequence[str]:
        """The partitions that the step makes of the asset that an output is.

        Raises:
            CheckError: the output is no asset.
            DagsterInvariantViolationError: the asset has no partitions, or the run is for none.
        """
        self.asset_partitions_def_for_output(output_name)
        return self._made(output_name).keys

    def asset_partition_keys_for_input(self, input_name: str) -> Sequence[str]:
        """The partitions that are loaded for an input, as the mapping to its asset says.

        Raises:
            CheckError: the input is no asset with partitions.
            DagsterInvariantViolationError: some that are needed do not exist, or the run is for none.
        """
        return self._taken(input_name).keys

    def asset_partition_key_range_for_output(self, output_name: str = "result") -> PartitionKeyRange:
        """The first and the last partition that the step makes of the asset that an output is.

        Raises:
            CheckError: the asset has no partitions.
            DagsterInvariantViolationError: the run is for none.
        """
        return self._made(output_name).key_range

    def asset_partition_key_range_for_input(self, input_name: str) -> PartitionKeyRange:
        """The first and the last partition that are loaded for an input.

        Raises:
            CheckError: the asset has no partitions, or they are no single range.
        """
        return self._taken(input_name).key_range

    def asset_partitions_time_window_for_output(self, output_name: str = "result") -> TimeWindow:
        """The time that the partitions span which the step makes of the asset that an output is.

        Raises:
            ValueError: the asset has no partitions of time.
            DagsterInvariantViolationError: the run is for none.
        """
        self._require_time(self._scope.asset_keys_by_output, output_name, "output")
        return self._made(output_name).time_window

    def asset_partitions_time_window_for_input(self, input_name: str = "result") -> TimeWindow:
        """The time that the partitions span which are loaded for an input.

        Raises:
            ValueError: the asset has no partitions of time.
            CheckError: they are no single range, or there are none.
        """
        self._require_time(self._scope.asset_keys_by_input, input_name, "input")
        return self._taken(input_name).time_window

    # ---------------------------------------------------------------- inside

    def _given(self, member: str) -> RunPartitions:
        run = self._partitions.run
        if not run.is_given:
            raise DagsterInvariantViolationError(
                f'step "{self._scope.step_key}": context.{member} needs a run for a partition, and this run has none'
            )
        return run

    def _require_made(self, key: AssetKey, partition_key: str) -> None:
        """Does nothing if this step makes that partition of the asset.

        Raises:
            DagsterInvariantViolationError: it does not, or the asset has no partitions.
        """
        made = self._partitions.made(key)
        if made is None:
            raise DagsterInvariantViolationError(
                f"metadata was given for the partition {partition_key!r} of {key.to_user_string()!r}, of which this "
                "run makes no partition"
            )
        if partition_key not in made:
            raise DagsterInvariantViolationError(
                f"metadata was given for the partition {partition_key!r} of {key.to_user_string()!r}, which this run "
                f"does not make{did_you_mean(partition_key, made.keys)}"
            )

    def _made(self, output_name: str) -> AssetPartitions:
        key = self._scope.asset_keys_by_output.get(output_name)
        if key is None or self._partitions.definition_of(key) is None:
            raise self._without(output_name, "output")
        self._given(f"asset_partition_key_for_output({output_name!r})")
        found = self._partitions.made(key)
        assert found is not None
        return found

    def _taken(self, input_name: str) -> AssetPartitions:
        key = self._scope.asset_keys_by_input.get(input_name)
        found = None if key is None else self._partitions.taken(key)
        if found is None:
            raise self._without(input_name, "input")
        return found

    def _without(self, name: str, kind: str) -> CheckError:
        return CheckError(f'{kind} {name!r} of step "{self._scope.step_key}" is no asset with partitions')

    def _only(self, partitions: AssetPartitions, kind: str, name: str) -> str:
        if len(partitions) == 1:
            return partitions.keys[0]
        count = len(partitions)
        raise CheckError(
            f'{kind} {name!r} of step "{self._scope.step_key}" is for {count} partitions'
            f"{_span(partitions)}; use asset_partition_keys_for_{kind}({name!r})"
        )

    def _definition(self, keys: Mapping[str, AssetKey], name: str, kind: str) -> PartitionsDefinition:
        key = keys.get(name)
        if key is None:
            raise CheckError(
                f'no asset belongs to {kind} {name!r} of step "{self._scope.step_key}"{did_you_mean(name, keys)}'
            )
        found = self._partitions.definition_of(key)
        if found is None:
            raise DagsterInvariantViolationError(
                f'the asset {key.to_user_string()!r}, {kind} {name!r} of step "{self._scope.step_key}", has no '
                "partitions"
            )
        return found

    def _require_time(self, keys: Mapping[str, AssetKey], name: str, kind: str) -> None:
        key = keys.get(name)
        found = None if key is None else self._partitions.definition_of(key)
        if found is None or not has_time(found):
            raise ValueError(f'{kind} {name!r} of step "{self._scope.step_key}" is no asset with partitions of time')


def has_time(definition: PartitionsDefinition) -> bool:
    """Whether partitions span times: those of time windows, and of two dimensions of which one has them."""
    return hasattr(definition, "time_window_for_partition_key") and bool(
        getattr(definition, "has_time_window_dimension", True)
    )


def _span(partitions: AssetPartitions) -> str:
    try:
        return f", {_shown(partitions.key_range)}"
    except CheckError:  # none, or some between the first and the last are left out
        return ""


def _shown(key_range: PartitionKeyRange | None) -> str:
    return "" if key_range is None else f"{key_range.start!r} to {key_range.end!r}"
