"""What IO managers are told: which output is to be stored, which input is to be loaded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NoReturn, Protocol

from watchbell.declare.config.data_type import ANY, DagsterType
from watchbell.declare.graphs.output import NO_VALUE
from watchbell.declare.resource import Resources
from watchbell.ground.errors import CheckError, DagsterInvariantViolationError
from watchbell.record.keys import AssetKey
from watchbell.record.materialization import AssetMaterialization, AssetObservation
from watchbell.record.metadata import DagsterInvalidMetadata, MetadataValue, RawMetadataMapping, normalize_metadata
from watchbell.record.partition import PartitionKeyRange, TimeWindow


class ToldPartitions(Protocol):
    """Partitions of an asset, as ``AssetPartitions`` has them."""

    def __len__(self) -> int: ...

    @property
    def keys(self) -> Sequence[str]:
        """Their keys."""

    @property
    def key_range(self) -> PartitionKeyRange:
        """The first and the last."""

    @property
    def time_window(self) -> TimeWindow:
        """The time they span."""


class _IoContext:
    """What input and output contexts share."""

    kind = "IO"

    def __init__(self, facts: Mapping[str, Any]) -> None:
        self._facts = facts

    def _required(self, name: str) -> Any:
        value = self._facts.get(name)
        if value is None:
            self._refuse(name)
        return value

    def _refuse(self, name: str) -> NoReturn:
        hint = "" if name == "job_name" else f"; in a test pass {name}= to build_{self.kind}_context"
        raise DagsterInvariantViolationError(f"this {self.kind} context has no {name}{hint}")

    @property
    def name(self) -> str:
        """Name of the output or input."""
        value: str = self._required("name")
        return value

    @property
    def has_name(self) -> bool:
        """Whether it has one: an asset loaded outside a run has none."""
        return self._facts.get("name") is not None

    @property
    def job_name(self) -> str:
        """The job."""
        value: str = self._required("job_name")
        return value

    @property
    def op_def(self) -> Any:
        """The op that gives or takes it."""
        return self._required("op_def")

    @property
    def config(self) -> Any:
        """Config of this output or input; None without."""
        return self._facts.get("config")

    @property
    def resource_config(self) -> Any:
        """Config of the manager; None without."""
        return self._facts.get("resource_config")

    @property
    def resources(self) -> Any:
        """The resources that the IO manager requires."""
        resources = self._facts.get("resources")
        if isinstance(resources, Mapping):
            return Resources(resources, "this IO manager")
        return Resources({}, "this IO manager") if resources is None else resources

    @property
    def log(self) -> Any:
        """The run's logger."""
        return self._required("log_manager")

    @property
    def instance(self) -> Any:
        """The instance of the run."""
        return self._required("instance")

    @property
    def step_context(self) -> Any:
        """The context of the step, in a run only; the upstream output of an input has none."""
        return self._required("step_context")

    @property
    def dagster_type(self) -> DagsterType:
        """The type of the value."""
        value: DagsterType = self._facts.get("dagster_type") or ANY
        return value

    @property
    def definition_metadata(self) -> Mapping[str, Any]:
        """Metadata of the definition: of the output, or of the input."""
        return self._facts.get("definition_metadata") or self._facts.get("metadata") or {}

    @property
    def metadata(self) -> Mapping[str, Any]:
        """Old name of ``definition_metadata``."""
        return self.definition_metadata

    @property
    def has_asset_key(self) -> bool:
        """Whether it belongs to an asset."""
        return self._facts.get("asset_key") is not None

    @property
    def asset_key(self) -> AssetKey:
        """The asset it belongs to.

        Raises:
            DagsterInvariantViolationError: it belongs to none.
        """
        key: AssetKey | None = self._facts.get("asset_key")
        if key is None:
            raise DagsterInvariantViolationError(f"this {self.kind} belongs to no asset; ask has_asset_key first")
        return key

    @property
    def has_partition_key(self) -> bool:
        """Whether the run is for one partition."""
        return self._facts.get("partition_key") is not None

    @property
    def partition_key(self) -> str:
        """The run's partition.

        Raises:
            CheckError: the run is for none.
        """
        key: str | None = self._facts.get("partition_key")
        if key is None:
            raise CheckError("the run has no partition; ask has_partition_key first")
        return key

    @property
    def asset_partitions(self) -> ToldPartitions | None:
        """The asset's partitions that are stored or loaded; None: there are none."""
        found: ToldPartitions | None = self._facts.get("asset_partitions")
        return found

    def _partitions(self) -> ToldPartitions:
        found = self.asset_partitions
        if found is None:
            raise CheckError(f"this {self.kind} has no partitions of an asset; ask has_asset_partitions first")
        return found

    @property
    def has_asset_partitions(self) -> bool:
        """Whether partitions of the asset are stored or loaded."""
        return self.asset_partitions is not None

    @property
    def asset_partition_keys(self) -> Sequence[str]:
        """The asset's partitions that are stored or loaded, in the order of their definition.

        Raises:
            CheckError: there are none.
        """
        return self._partitions().keys

    @property
    def has_asset_partitions_def(self) -> bool:
        """Whether it is known how the asset is divided into partitions."""
        return self._facts.get("asset_partitions_def") is not None

    @property
    def asset_partitions_def(self) -> Any:
        """How the asset is divided into partitions.

        Raises:
            DagsterInvariantViolationError: it belongs to no asset, or the asset is not partitioned.
        """
        found = self._facts.get("asset_partitions_def")
        if found is None:
            raise DagsterInvariantViolationError(
                f"the asset {self.asset_key.to_user_string()!r} is not partitioned; ask has_asset_partitions first"
            )
        return found

    @property
    def asset_partition_key_range(self) -> PartitionKeyRange:
        """The asset's partitions that are stored or loaded, as a range.

        Raises:
            CheckError: there are none, or some between the first and the last are left out.
        """
        return self._partitions().key_range

    @property
    def asset_partitions_time_window(self) -> TimeWindow:
        """The time that the partitions span, that of the time dimension where there are two.

        Raises:
            CheckError: there are none, or some between the first and the last are left out.
            DagsterInvariantViolationError: they are not partitions of time.
        """
        return self._partitions().time_window

    @property
    def asset_partition_key(self) -> str:
        """The asset's only partition that is stored or loaded.

        Raises:
            CheckError: there is none, or more than one.
        """
        found = self._partitions()
        if len(found) != 1:
            raise CheckError(
                f"{len(found)} partitions of the asset {self.asset_key.to_user_string()!r} belong to this {self.kind}, "
                "not one; use asset_partition_keys, asset_partition_key_range or asset_partitions_time_window"
            )
        return found.keys[0]

    def get_asset_identifier(self) -> Sequence[str]:
        """The parts of the asset's key, followed by the partition if there is one.

        Raises:
            CheckError: there is more than one partition.
        """
        path = list(self.asset_key.path)
        return [*path, self.asset_partition_key] if self.has_asset_partitions else path


class OutputContext(_IoContext):
    """What an IO manager's ``handle_output`` is told.

    In tests it is made by ``build_output_context``. Facts that were not given raise when they are read.

    Args:
        facts: ``step_key``, ``name``, ``job_name``, ``run_id``, ``definition_metadata``, ``mapping_key``, ``config``,
            ``dagster_type``, ``log_manager``, ``version``, ``resource_config``, ``resources``, ``step_context``,
            ``op_def``, ``asset_key``, ``partition_key``, ``asset_partitions``, ``asset_partitions_def``,
            ``output_metadata``, ``asset_spec``, ``instance``.

    Example:
        >>> class Files(IOManager):
        ...     def handle_output(self, context: OutputContext, obj):
        ...         write(context.get_identifier(), obj)
        ...
        ...     def load_input(self, context: InputContext):
        ...         return read(context.upstream_output.get_identifier())
    """

    kind = "output"

    def __init__(self, **facts: Any) -> None:
        super().__init__(facts)
        self._metadata: dict[str, MetadataValue] = {}
        self._events: list[AssetMaterialization | AssetObservation] = []
        self._consumed = 0

    @property
    def step_key(self) -> str:
        """The step that gave the output."""
        value: str = self._required("step_key")
        return value

    @property
    def run_id(self) -> str:
        """The run."""
        value: str = self._required("run_id")
        return value

    @property
    def mapping_key(self) -> str | None:
        """Which of the values of a dynamic output; else None."""
        return self._facts.get("mapping_key")

    @property
    def version(self) -> str | None:
        """Version of the value; None without."""
        return self._facts.get("version")

    @property
    def asset_spec(self) -> Any:
        """The specification of the asset it belongs to."""
        return self._required("asset_spec")

    @property
    def output_metadata(self) -> Mapping[str, Any]:
        """Metadata that user code gave with this value."""
        return self._facts.get("output_metadata") or {}

    def add_output_metadata(self, metadata: RawMetadataMapping) -> None:
        """Adds facts to the output's event, and to the asset's materialization.

        Raises:
            DagsterInvalidMetadata: a label is there already, or a value cannot be metadata.
        """
        added = normalize_metadata(metadata)
        twice = sorted(set(added) & set(self._metadata))
        if twice:
            raise DagsterInvalidMetadata(f"the metadata {twice[0]!r} was added to this output before")
        self._metadata.update(added)

    def get_logged_metadata(self) -> Mapping[str, MetadataValue]:
        """What ``add_output_metadata`` added so far."""
        return dict(self._metadata)

    def consume_logged_metadata(self) -> Mapping[str, MetadataValue]:
        """What ``add_output_metadata`` added so far; it is forgotten, as if never added."""
        taken, self._metadata = self._metadata, {}
        return taken

    def log_event(self, event: AssetMaterialization | AssetObservation) -> None:
        """Stores an event with the output."""
        self._events.append(event)

    def get_logged_events(self) -> Sequence[AssetMaterialization | AssetObservation]:
        """What ``log_event`` was given so far."""
        return list(self._events)

    def consume_events(self) -> Iterator[AssetMaterialization | AssetObservation]:
        """What ``log_event`` was given since this was last called."""
        while self._consumed < len(self._events):
            self._consumed += 1
            yield self._events[self._consumed - 1]

    def get_identifier(self) -> Sequence[str]:
        """Parts of a place of its own for this value.

        Returns:
            ``[run id, step, output]``, and the mapping key if there is one; of a value with a version, which is the
            same in every run, ``["versioned_outputs", version, step, output]``.

        Raises:
            DagsterInvariantViolationError: run, step or output is not known; of an asset's value use
                ``get_asset_identifier``.
        """
        start = [self.run_id] if self.version is None else ["versioned_outputs", self.version]
        path = [*start, self.step_key, self.name]
        return path if self.mapping_key is None else [*path, self.mapping_key]

    def get_output_identifier(self) -> Sequence[str]:
        """Old name of ``get_identifier``."""
        return self.get_identifier()

    def get_run_scoped_output_identifier(self) -> Sequence[str]:
        """Parts of a place of its own for this value in this run: ``[run id, step, output]``, and the mapping key."""
        path = [self.run_id, self.step_key, self.name]
        return path if self.mapping_key is None else [*path, self.mapping_key]

    def get_asset_output_identifier(self) -> Sequence[str]:
        """Old name of ``get_asset_identifier``."""
        return self.get_asset_identifier()


class InputContext(_IoContext):
    """What an IO manager's ``load_input`` is told.

    In tests it is made by ``build_input_context``. Facts that were not given raise when they are read.

    Args:
        facts: ``name``, ``job_name``, ``op_def``, ``config``, ``definition_metadata``, ``upstream_output``,
            ``dagster_type``, ``log_manager``, ``resource_config``, ``resources``, ``step_context``, ``asset_key``,
            ``partition_key``, ``asset_partitions``, ``asset_partitions_def``, ``instance``, ``run_id``.
    """

    kind = "input"

    def __init__(self, **facts: Any) -> None:
        super().__init__(facts)
        self._metadata: dict[str, MetadataValue] = {}
        self._observations: list[AssetObservation] = []
        self._consumed = 0

    @property
    def has_input_name(self) -> bool:
        """Whether the input has a name: an asset that is loaded outside a run has none."""
        return self.has_name

    @property
    def upstream_output(self) -> OutputContext | None:
        """The output that is loaded; None where nothing upstream is known."""
        return self._facts.get("upstream_output")

    @property
    def run_id(self) -> str:
        """The run that loads."""
        value: str = self._required("run_id")
        return value

    @property
    def default_value(self) -> Any:
        """The input's default value; ``NO_VALUE`` without."""
        return self._facts.get("default_value", NO_VALUE)

    def get_identifier(self) -> Sequence[str]:
        """The place of the value: that of the upstream output.

        Raises:
            DagsterInvariantViolationError: nothing upstream is known.
        """
        if self.upstream_output is None:
            raise DagsterInvariantViolationError("this input has no upstream_output: no place to load it from")
        return self.upstream_output.get_identifier()

    def add_input_metadata(self, metadata: RawMetadataMapping, description: str | None = None) -> None:
        """Adds facts to the input's event; of an asset they are also an AssetObservation.

        Args:
            metadata: labelled facts.
            description: free text for the observation.

        Raises:
            DagsterInvalidMetadata: a value cannot be metadata.
        """
        added = normalize_metadata(metadata)
        self._metadata.update(added)
        if self.has_asset_key:
            self._observations.append(AssetObservation(self.asset_key, description, metadata=added))

    def get_observations(self) -> Sequence[AssetObservation]:
        """The observations that ``add_input_metadata`` made so far."""
        return list(self._observations)

    def consume_events(self) -> Iterator[AssetObservation]:
        """The observations made since this was last called."""
        while self._consumed < len(self._observations):
            self._consumed += 1
            yield self._observations[self._consumed - 1]

    def get_logged_metadata(self) -> Mapping[str, MetadataValue]:
        """What ``add_input_metadata`` added so far."""
        return dict(self._metadata)

    def consume_logged_metadata(self) -> Mapping[str, MetadataValue]:
        """What ``add_input_metadata`` added so far; it is forgotten, as if never added."""
        taken, self._metadata = self._metadata, {}
        return taken
