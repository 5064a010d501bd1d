"""What is written down of the origin of each asset: the versions of its code, of what it was made from, and its own.

The versions of what this run made itself are known here; those of anything else are read from the store when the step
begins, before its inputs are loaded: what becomes newer while the step works was not used by it.
"""

from __future__ import annotations

from collections.abc import Container, Mapping

from watchbell.execute.partition_provenance import used_of_partition
from watchbell.execute.plan import NO_ORIGIN, Step
from watchbell.execute.run_scope import RunScope
from watchbell.execute.step_scope import StepScope
from watchbell.execute.used_version import NEVER_MADE, UsedVersion
from watchbell.recall import Recall
from watchbell.record.data_version import DATA_VERSION_TAG, DataVersion
from watchbell.record.event import EventLogEntry
from watchbell.record.keys import AssetKey
from watchbell.record.materialization import AssetMaterialization, AssetObservation
from watchbell.record.provenance import (
    DATA_VERSION_IS_USER_PROVIDED_TAG,
    DEFAULT_DATA_VERSION,
    extract_data_version_from_entry,
    get_input_event_pointer_tag,
    provenance_tags,
)


def used_versions(scope: RunScope, step: Step, left_out: Container[AssetKey] = ()) -> dict[AssetKey, UsedVersion]:
    """The versions of everything that the assets of a step are made from, as they are now.

    Args:
        scope: the run.
        step: the step.
        left_out: assets whose partitions are looked at instead.
    """
    used: dict[AssetKey, UsedVersion] = {}
    for origin in step.origins.values():
        for key in origin.deps:
            if key in used or key in step.origins or key in left_out:
                continue
            known = scope.versions.get(key)
            used[key] = _read(scope, key) if known is None else UsedVersion(known)
    return used


def tags_of(
    scope: RunScope,
    step: Step,
    state: StepScope,
    key: AssetKey,
    said: Mapping[str, str] | None,
    partition: str | None = None,
) -> dict[str, str]:
    """The tags of an asset's materialization: those that user code gave, and those of its origin.

    Args:
        scope: the run.
        step: the step that makes it.
        state: the attempt.
        key: the asset.
        said: what user code gave.
        partition: which partition of it.
    """
    used = state.used_versions or {}
    inputs: dict[AssetKey, UsedVersion] = {}
    origin = step.origins.get(key, NO_ORIGIN)
    by_partition = state.used_partitions
    for dep in origin.deps:
        if by_partition is not None and dep in by_partition and state.partitions is not None:
            inputs[dep] = used_of_partition(scope, state.partitions, by_partition[dep], key, dep, partition)
            continue
        found = used.get(dep)
        if found is None:  # made by this step itself, if it was made already
            known = scope.versions.get(dep)
            found = NEVER_MADE if known is None else UsedVersion(known)
        inputs[dep] = found
    code_version = origin.code_version or scope.run.run_id
    tags = provenance_tags(code_version, {dep: each.version for dep, each in inputs.items()})
    for dep, each in inputs.items():
        if each.pointer is not None:
            tags[get_input_event_pointer_tag(dep)] = each.pointer
    given = None if state.data_versions is None else state.data_versions.get(key)
    if given is not None:
        tags[DATA_VERSION_TAG] = given.value
    if said:
        tags.update(said)
    if given is not None or (said and DATA_VERSION_TAG in said):
        tags[DATA_VERSION_IS_USER_PROVIDED_TAG] = "true"
    version = scope.versions[key] = DataVersion(tags[DATA_VERSION_TAG])
    if partition is not None:
        scope.partition_versions.setdefault(key, {})[str(partition)] = version
    return tags


def note_version(scope: RunScope, entry: EventLogEntry) -> None:
    """Keeps the version of an asset that another process of this run made or looked at."""
    made = entry.asset_materialization
    if made is not None:
        _note(scope, made)
    elif entry.asset_observation is not None:
        note_seen(scope, entry.asset_observation)


def note_seen(scope: RunScope, seen: AssetObservation) -> None:
    """Keeps the version of an asset made elsewhere that this run looked at: what it makes of it is made of that."""
    _note(scope, seen)


def _note(scope: RunScope, fact: AssetMaterialization | AssetObservation) -> None:
    if fact.data_version is None:
        return
    version = scope.versions[fact.asset_key] = DataVersion(fact.data_version)
    if fact.partition is not None:
        scope.partition_versions.setdefault(fact.asset_key, {})[fact.partition] = version


def latest_version(recall: Recall, key: AssetKey) -> UsedVersion:
    """The version of the newest that is known of an asset: it was made, or, made elsewhere, looked at."""
    made = recall.store.latest_materialization(key)
    if made is None:
        state = recall.store.asset_states([key]).get(key)
        if state is None or state.observation_id is None:
            return NEVER_MADE
        seen = recall.fetch_observations(key, limit=1).records
        if not seen:
            return NEVER_MADE
        made = seen[0].event_log_entry
    version = extract_data_version_from_entry(made) or DEFAULT_DATA_VERSION
    return UsedVersion(version, str(made.storage_id))


def _read(scope: RunScope, key: AssetKey) -> UsedVersion:
    return NEVER_MADE if scope.recall is None else latest_version(scope.recall(), key)
