"""Finding what a command about partitions means: an asset, a job, or dynamic partitions by their name."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.partitions.view import PartitionsView
from watchbell.ground.errors import (
    DagsterInvalidInvocationError,
    DagsterInvalidSubsetError,
    DagsterUnknownPartitionError,
)
from watchbell.ground.suggest import did_you_mean
from watchbell.ground.value import dataclass
from watchbell.host.places import Place
from watchbell.instance import DagsterInstance
from watchbell.record.keys import AssetKey
from watchbell.record.ordinal_set import OrdinalSet
from watchbell.record.partition import PartitionKeyRange
from watchbell.record.partition_state import PartitionState

EMPTY = PartitionState(OrdinalSet(), OrdinalSet(), OrdinalSet())


@dataclass(frozen=True)
class Partitioned:
    """Something that has partitions.

    Args:
        name: as it is shown.
        definition: how it is partitioned.
        asset_key: the asset; None: a job.
        job_name: the job; None: an asset.
    """

    name: str
    definition: PartitionsDefinition
    asset_key: AssetKey | None = None
    job_name: str | None = None


def partitioned_assets(locations: Sequence[Place]) -> Iterator[Partitioned]:
    """All assets with partitions."""
    for location in locations:
        graph = location.repository.asset_graph
        for key in graph.specs:
            definition = graph.partitions_def_of(key)
            if definition is not None:
                yield Partitioned(key.to_user_string(), definition, asset_key=key)


def partitioned_jobs(locations: Sequence[Place]) -> Iterator[Partitioned]:
    """All jobs with partitions."""
    for location in locations:
        for name in location.repository.job_names:
            definition = getattr(location.repository.get_job(name), "partitions_def", None)
            if definition is not None:
                yield Partitioned(name, definition, job_name=name)


def find_asset(locations: Sequence[Place], name: str) -> Partitioned:
    """The asset of that name.

    Raises:
        DagsterInvalidSubsetError: there is none, or it has no partitions; names the nearest that has.
    """
    return _found(locations, name, list(partitioned_assets(locations)), "asset")


def find_asset_or_job(locations: Sequence[Place], name: str) -> Partitioned:
    """The asset, or else the job, of that name; raises as :func:`find_asset`."""
    found = [*partitioned_assets(locations), *partitioned_jobs(locations)]
    return _found(locations, name, found, "asset or job")


def _found(locations: Sequence[Place], name: str, known: Sequence[Partitioned], what: str) -> Partitioned:
    for each in known:
        if each.name == name or (each.asset_key is not None and each.asset_key == AssetKey.from_user_string(name)):
            return each
    names = [each.name for each in known]
    if any(AssetKey.from_user_string(name) in each.repository.asset_graph.specs for each in locations) or any(
        each.repository.has_job(name) for each in locations
    ):
        others = f"; these have: {', '.join(names[:10])}" if names else "; nothing defined here has"
        raise DagsterInvalidSubsetError(f"{name!r} has no partitions{others}")
    raise DagsterInvalidSubsetError(f"there is no {what} {name!r} with partitions{did_you_mean(name, names)}")


def view_of(instance: DagsterInstance) -> PartitionsView:
    """From where a command looks at partitions."""
    return PartitionsView(instance.clock.now(), instance)


def state_of(instance: DagsterInstance, target: Partitioned, locations: Sequence[Place]) -> PartitionState:
    """How the partitions of an asset stand; nothing is known of those of a job."""
    if target.asset_key is None:
        return EMPTY
    return instance.partition_state(target.asset_key, target.definition, assets_of_jobs(locations))


def assets_of_jobs(locations: Sequence[Place]) -> Callable[[str, str | None], Collection[AssetKey]]:
    """Which assets a job makes, by its name and that of its code location: a question to these definitions."""
    repositories = {each.name: each.repository for each in locations}

    def asked(job_name: str, location_name: str | None) -> Collection[AssetKey]:
        repository = repositories.get(location_name or "")
        if repository is None or not repository.has_job(job_name):
            return ()
        layer = getattr(repository.get_job(job_name), "asset_layer", None)
        return () if layer is None else layer.executable_keys - layer.observed_keys

    return asked


def scope_of(target: Partitioned, view: PartitionsView, first: str | None, last: str | None) -> OrdinalSet:
    """The partitions from one key to another.

    Args:
        target: whose.
        view: from where one looks.
        first: the first key; None: from the beginning.
        last: the last key; None: to the end.

    Raises:
        DagsterUnknownPartitionError: a key does not exist; names the nearest.
        DagsterInvalidInvocationError: they are in the wrong order.
    """
    there = target.definition.ordinals(view)
    if (first is None and last is None) or not there:
        return there
    start = target.definition.key_of(there.at(0), view) if first is None else first
    end = target.definition.key_of(there.at(-1), view) if last is None else last
    if require_key(target, view, start) > require_key(target, view, end):
        raise DagsterInvalidInvocationError(f"--from {start} --to {end} is empty: {end!r} comes first; turn them round")
    return target.definition.range_ordinals(PartitionKeyRange(start, end), view)


def require_key(target: Partitioned, view: PartitionsView, key: str) -> int:
    """The number of a key.

    Raises:
        DagsterUnknownPartitionError: there is no such partition; names the nearest.
    """
    ordinal = target.definition.ordinal_of(key, view)
    if ordinal is None:
        raise unknown_partition(target, view, key)
    return ordinal


def unknown_partition(target: Partitioned, view: PartitionsView, key: str) -> DagsterUnknownPartitionError:
    """The error about a key that does not exist."""
    return DagsterUnknownPartitionError(
        f"{target.name}: no partition {key!r} in {target.definition.unknown_key_text(key, view)}"
    )


def require_one_way(keys: Iterable[str], first: str | None, last: str | None) -> None:
    """Does nothing if keys were named, or a range of them.

    Raises:
        DagsterInvalidInvocationError: both keys and a range are named, or neither.
    """
    if bool(list(keys)) == (first is not None or last is not None):
        raise DagsterInvalidInvocationError("name the partitions, or a range of them with --from and --to; one of both")
