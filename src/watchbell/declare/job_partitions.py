"""Which partitions a job has, and what a run for one of them is given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple

from watchbell.declare.assets.asset_layer import AssetLayer
from watchbell.declare.config.config_mapping import ConfigMapping
from watchbell.declare.config.run_config_value import plain_run_config
from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.partitions.partition_arguments import checked_partitions_def, only_partitions_def
from watchbell.declare.partitions.partitioned_config import PartitionedConfig
from watchbell.declare.partitions.requested import RequestedPartitions
from watchbell.declare.partitions.view import DynamicPartitionsStore, PartitionsView, looking_from, partitions_view
from watchbell.ground.errors import CheckError, DagsterUnknownPartitionError
from watchbell.record.keys import AssetKey
from watchbell.record.request import DynamicPartitionsRequest, RunRequest


class PartitionRun(NamedTuple):
    """What a run for a partition is given.

    Args:
        run_config: its config, as plain values.
        tags: its tags, those that name the partition among them; the job's own are not.
    """

    run_config: Mapping[str, Any]
    tags: dict[str, str]


def unknown_partition(
    definition: PartitionsDefinition, partition_key: str, what: str, view: PartitionsView
) -> DagsterUnknownPartitionError | None:
    """The error about a key that is no partition; None: it is one.

    Args:
        definition: the partitions.
        partition_key: the key.
        what: whose partitions, for the message.
        view: from where they are looked at.
    """
    with looking_from(view.current_time, view.store):
        if definition.has_partition_key(partition_key):
            return None
        try:
            definition.require_ordinal(partition_key, view)
        except DagsterUnknownPartitionError as error:
            return DagsterUnknownPartitionError(f"{what}: {error}", partition_key=partition_key)
    return None


def partition_run(
    config: PartitionedConfig,
    partition_key: str,
    what: str,
    view: PartitionsView | None = None,
    job_name: str | None = None,
) -> PartitionRun:
    """What a run for a partition is given.

    Args:
        config: what the job says of it.
        partition_key: the partition.
        what: the job, for messages.
        view: from where partitions are looked at; None: from the surroundings.
        job_name: the job's name, for a tag of the run; None: without that tag.

    Raises:
        DagsterUnknownPartitionError: there is no such partition; names the nearest.
    """
    at = partitions_view() if view is None else view
    error = unknown_partition(config.partitions_def, partition_key, what, at)
    if error is not None:
        raise error
    with looking_from(at.current_time, at.store):
        tags = config.get_tags_for_partition_key(partition_key, job_name)
        return PartitionRun(config.get_run_config_for_partition_key(partition_key), tags)


class JobPartitions:
    """The members of a job that tell of its partitions."""

    name: str
    asset_layer: AssetLayer
    config: dict[str, Any] | None
    _given_partitions: PartitionedConfig | None

    def _take_config(self, config: Any, partitions_def: object, what: str) -> None:
        """Reads ``config=`` and ``partitions_def=``.

        Raises:
            CheckError: they contradict each other.
            ParameterCheckError: one has the wrong type.
        """
        # Of a job with a mapping, run config is what the mapping takes.
        self.config_mapping = config if isinstance(config, ConfigMapping) else None
        definition = checked_partitions_def(partitions_def, what)
        partitioned = config if isinstance(config, PartitionedConfig) else None
        plain = None if self.config_mapping is not None else config
        self.config = None if partitioned is not None else plain_run_config(plain, f"config of {what}")
        self._given_partitions = (
            partitioned if definition is None else PartitionedConfig.from_flexible_config(plain, definition)
        )

    @cached_property
    def partitions_def(self) -> PartitionsDefinition | None:
        """Its partitions: those it was given, else those that all of its assets have; None if there are none."""
        if self._given_partitions is not None:
            return self._given_partitions.partitions_def
        try:
            return only_partitions_def(self._partitions_of_assets())
        except ValueError:
            return None

    def _config_for(self, keys: Iterable[AssetKey]) -> PartitionedConfig | None:
        """What runs for partitions of some of its assets are given; None: these have none, or different ones."""
        if self._given_partitions is not None:
            return self._given_partitions
        try:
            definition = only_partitions_def(self._partitions_of_assets(frozenset(keys)))
        except ValueError:
            return None
        return None if definition is None else PartitionedConfig.from_flexible_config(self.config, definition)

    def _partitions_of_assets(self, selected: frozenset[AssetKey] | None = None) -> list[PartitionsDefinition | None]:
        wanted = self.asset_layer.executable_keys if selected is None else selected
        nodes = {id(each): each for each in self.asset_layer.assets_by_node.values()}
        return [
            spec.partitions_def
            for each in nodes.values()
            for key, spec in each.specs_by_key.items()
            if spec.partitions_def is not None and key in wanted
        ]

    @property
    def partitioned_config(self) -> PartitionedConfig | None:
        """What runs for its partitions are given; None: it has no partitions."""
        if self._given_partitions is not None or self.partitions_def is None:
            return self._given_partitions
        return PartitionedConfig.from_flexible_config(self.config, self.partitions_def)

    def for_partition(
        self,
        partition_key: str,
        run_config: Mapping[str, Any] | None = None,
        tags: Mapping[str, str] | None = None,
        view: PartitionsView | None = None,
        asset_selection: Iterable[AssetKey] | None = None,
    ) -> PartitionRun:
        """What a run for one of its partitions is given; whoever makes such a run asks here.

        Args:
            partition_key: the partition.
            run_config: instead of the config that is made for the partition.
            tags: besides those of the partition, which count first.
            view: from where partitions are looked at; None: from the surroundings.
            asset_selection: which of its assets; None: all.

        Raises:
            CheckError: the job has no partitions, or its assets have different ones.
            DagsterUnknownPartitionError: there is no such partition; names the nearest.
        """
        config = self.partitioned_config if asset_selection is None else self._config_for(asset_selection)
        if config is None:
            raise self._no_partitions(partition_key)
        made = partition_run(config, partition_key, f"job {self.name!r}", view, self.name)
        return PartitionRun(run_config or made.run_config, {**(tags or {}), **made.tags})

    def _no_partitions(self, partition_key: str) -> CheckError:
        differ = len(self._partitions_of_assets()) > 1
        reason = "its assets have different partitions; select those of one kind" if differ else "it has no partitions"
        return CheckError(f"job {self.name!r} cannot run for the partition {partition_key!r}: {reason}")

    def resolved_request(self, request: RunRequest, view: PartitionsView | None = None) -> RunRequest:
        """A request for one of its partitions with the run config and tags of that; raises as :meth:`for_partition`."""
        assert request.partition_key is not None
        made = self.for_partition(
            request.partition_key, request.run_config, request.tags, view, request.asset_selection
        )
        return request.with_replaced_attrs(run_config=made.run_config, tags=made.tags)

    def resolved_for(
        self, request: RunRequest, changes: Sequence[DynamicPartitionsRequest], store: DynamicPartitionsStore | None
    ) -> RunRequest:
        """As :meth:`resolved_request`, as things stand after some changes of dynamic partitions.

        Args:
            request: for a partition.
            changes: what changes before.
            store: who knows dynamic partitions now; None: the surroundings, or nobody.
        """
        view = partitions_view(None, store)
        if changes and view.store is not None:
            view = PartitionsView(view.current_time, RequestedPartitions(view.store, changes))
        return self.resolved_request(request, view)

    def run_request_for_partition(
        self,
        partition_key: str,
        run_key: str | None = None,
        tags: Mapping[str, str] | None = None,
        asset_selection: Sequence[AssetKey] | None = None,
        run_config: Mapping[str, Any] | None = None,
        current_time: datetime | None = None,
        dynamic_partitions_store: DynamicPartitionsStore | None = None,
    ) -> RunRequest:
        """A request for a run for one of its partitions.

        Args:
            partition_key: the partition.
            run_key: what makes the request unique.
            tags: more tags.
            asset_selection: which of its assets; None: all.
            run_config: instead of the config that is made for the partition.
            current_time: the moment that decides which windows are over, aware; None: now.
            dynamic_partitions_store: an instance, for dynamic partitions.

        Raises:
            CheckError: the job has no partitions.
            DagsterUnknownPartitionError: there is no such partition; names the nearest.
        """
        view = partitions_view(current_time, dynamic_partitions_store)
        made = self.for_partition(partition_key, run_config, tags, view, asset_selection)
        return RunRequest(
            run_key=run_key,
            run_config=made.run_config,
            tags=made.tags,
            job_name=self.name,
            asset_selection=asset_selection,
            partition_key=partition_key,
        )

    def get_partition_keys(
        self,
        selected_asset_keys: AbstractSet[AssetKey] | None = None,
        current_time: datetime | None = None,
        dynamic_partitions_store: DynamicPartitionsStore | None = None,
    ) -> Sequence[str]:
        """All keys of its partitions, in order; none if it has no partitions.

        Args:
            selected_asset_keys: without effect.
            current_time: the moment that decides which windows are over, aware; None: now.
            dynamic_partitions_store: an instance, for dynamic partitions.
        """
        definition = self.partitions_def
        return [] if definition is None else definition.get_partition_keys(current_time, dynamic_partitions_store)

    def get_run_config_for_partition_key(self, partition_key: str) -> Mapping[str, Any]:
        """The run config of a run for a partition; raises as :meth:`for_partition`."""
        return self.for_partition(partition_key).run_config

    def get_tags_for_partition_key(
        self, partition_key: str, selected_asset_keys: AbstractSet[AssetKey] | None = None
    ) -> Mapping[str, str]:
        """The tags of a run for a partition; raises as :meth:`for_partition`."""
        return self.for_partition(partition_key).tags

    def validate_partition_key(
        self, partition_key: str, selected_asset_keys: AbstractSet[AssetKey] | None = None
    ) -> None:
        """Nothing; raises as :meth:`for_partition`."""
        if self.partitions_def is None:
            raise self._no_partitions(partition_key)
        error = unknown_partition(self.partitions_def, partition_key, f"job {self.name!r}", partitions_view())
        if error is not None:
            raise error
