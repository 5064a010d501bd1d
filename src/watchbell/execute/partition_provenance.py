"""From which partitions each partition of an asset was made: the versions of those it is mapped to.

They are read when the step begins, all that its partitions are mapped to at once. A partition that is made from very
many others is not told of each: for it the newest of the whole asset counts.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Mapping

from watchbell.declare.io.asset_partitions import AssetPartitions
from watchbell.execute.plan import Step
from watchbell.execute.run_scope import RunScope
from watchbell.execute.step_partitions import StepPartitions, Upstream
from watchbell.execute.used_version import NEVER_MADE, UsedVersion
from watchbell.ground.wire import dumps_plain
from watchbell.recall import Recall
from watchbell.record.data_version import DataVersion
from watchbell.record.error_info import error_info_from_exception
from watchbell.record.keys import AssetKey
from watchbell.record.partition_state import PartitionRecord
from watchbell.record.provenance import DEFAULT_DATA_VERSION

USED_MAX = 100  # partitions of an asset that one partition is told to be made from (count)
READ_MAX = 10_000  # partitions of an asset whose versions a step reads (count)

ByPartition = Mapping[str, UsedVersion]


def read_used(scope: RunScope, step: Step, partitions: StepPartitions) -> dict[AssetKey, ByPartition]:
    """The versions of all partitions that those of a step are mapped to.

    Left out, so that the version of the whole asset counts: those with too many, and those that cannot be mapped.

    Args:
        scope: the run.
        step: the step.
        partitions: its partitions.
    """
    found: dict[AssetKey, ByPartition] = {}
    for key, origin in step.origins.items():
        made = partitions.made(key)
        if made is None and partitions.definition_of(key) is not None:
            continue  # the run is for none of them
        for dep in origin.deps:
            upstream = None if dep in found else _mapped(scope, step.key, partitions, dep, made)
            if upstream is None:
                continue
            count = len(upstream.partitions)
            if count <= min(READ_MAX, USED_MAX * (1 if made is None else max(1, len(made)))):
                found[dep] = _read(scope, dep, upstream.partitions.keys)
    return found


def used_of_partition(
    scope: RunScope,
    partitions: StepPartitions,
    read: ByPartition,
    key: AssetKey,
    dep: AssetKey,
    partition: str | None,
) -> UsedVersion:
    """The version of an asset that one partition is made from.

    Args:
        scope: the run.
        partitions: those of the step.
        read: what :func:`read_used` found of ``dep``.
        key: the asset that is made.
        dep: the asset it is made from.
        partition: which partition of ``key``; None: it has none.
    """
    made = partitions.made(key)
    if partition is not None and made is not None and len(made) > 1:
        made = AssetPartitions(made.definition, key=partition, view=partitions.run.view)
    upstream = partitions.mapped(dep, made)
    keys: Iterable[str] = () if upstream is None else upstream.partitions.keys
    now = scope.partition_versions.get(dep, {})
    used = {each: UsedVersion(now[each]) if each in now else read.get(each, NEVER_MADE) for each in map(str, keys)}
    return combined({each: version for each, version in used.items() if version is not NEVER_MADE})


def latest_of_partitions(recall: Recall, key: AssetKey, keys: Iterable[str]) -> ByPartition:
    """The version of the newest that is known of partitions of an asset, those never heard of left out."""
    wanted = [str(each) for each in keys]
    if not wanted:
        return {}
    records = recall.store.partition_records(key, partitions=wanted)
    return {each.partition: _version_of(each) for each in records if _pointer(each)}


def _mapped(
    scope: RunScope, step_key: str, partitions: StepPartitions, dep: AssetKey, made: AssetPartitions | None
) -> Upstream | None:
    """What partitions are mapped to; None where the mapping cannot tell: a run ends by that only if it loads them."""
    try:
        return partitions.mapped(dep, made)
    except Exception as error:  # a mapping may be anybody's code
        text = f"{dep.to_user_string()!r} is taken as a whole, because its partition mapping failed: {error}"
        scope.journal.log(logging.WARNING, text, step_key, error_info_from_exception(error))
        return None


def _read(scope: RunScope, key: AssetKey, keys: Iterable[str]) -> ByPartition:
    return {} if scope.recall is None else latest_of_partitions(scope.recall(), key, keys)


def _version_of(record: PartitionRecord) -> UsedVersion:
    version = DEFAULT_DATA_VERSION if record.data_version is None else DataVersion(record.data_version)
    return UsedVersion(version, str(_pointer(record)))


def _pointer(record: PartitionRecord) -> int:
    return max(record.materialization_id or 0, record.observation_id or 0)


def combined(used: Mapping[str, UsedVersion]) -> UsedVersion:
    """One version for several partitions: the same for the same versions of the same keys."""
    if len(used) < 2:
        return next(iter(used.values()), NEVER_MADE)
    told = dumps_plain(sorted([key, each.version.value] for key, each in used.items()))
    version = DataVersion(hashlib.sha256(told.encode()).hexdigest())
    pointers = [each.pointer for each in used.values()]
    known = [int(each) for each in pointers if each is not None]
    return UsedVersion(version, str(max(known)) if len(known) == len(pointers) else None)
