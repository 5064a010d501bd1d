"""What is written down of the origin of each asset: the versions of its code, of what it was made from, and its own.

The versions of what this run made itself are known here; those of anything else are read from the store when the step
begins, before its inputs are loaded: what becomes newer while the step works was not used by it.
"""

from __future__ import annotations

from collections.abc import Mapping

from watchbell.execute.plan import NO_ORIGIN, Step
from watchbell.execute.run_scope import RunScope
from watchbell.execute.step_scope import StepScope
from watchbell.ground.value import dataclass
from watchbell.recall import Recall
from watchbell.record.data_version import DATA_VERSION_TAG, DataVersion
from watchbell.record.event import EventLogEntry
from watchbell.record.keys import AssetKey
from watchbell.record.materialization import AssetObservation
from watchbell.record.provenance import (
    DATA_VERSION_IS_USER_PROVIDED_TAG,
    DEFAULT_DATA_VERSION,
    NULL_EVENT_POINTER,
    extract_data_version_from_entry,
    get_input_event_pointer_tag,
    provenance_tags,
)


@dataclass(frozen=True, slots=True)
class UsedVersion:
    """A version of an asset that a step uses.

    Args:
        version: of its data.
        pointer: storage id of the event that tells of it, as text; None: it is of this run, and the store will know.
    """

    version: DataVersion
    pointer: str | None = None


NEVER_MADE = UsedVersion(DEFAULT_DATA_VERSION, NULL_EVENT_POINTER)


def used_versions(scope: RunScope, step: Step) -> dict[AssetKey, UsedVersion]:
    """The versions of everything that the assets of a step are made from, as they are now."""
    used: dict[AssetKey, UsedVersion] = {}
    for origin in step.origins.values():
        for key in origin.deps:
            if key in used or key in step.origins:
                continue
            known = scope.versions.get(key)
            used[key] = _read(scope, key) if known is None else UsedVersion(known)
    return used


def tags_of(
    scope: RunScope, step: Step, state: StepScope, key: AssetKey, said: Mapping[str, str] | None
) -> dict[str, str]:
    """The tags of an asset's materialization: those that user code gave, and those of its origin.

    Args:
        scope: the run.
        step: the step that makes it.
        state: the attempt.
        key: the asset.
        said: what user code gave.
    """
    used = state.used_versions or {}
    inputs: dict[AssetKey, UsedVersion] = {}
    origin = step.origins.get(key, NO_ORIGIN)
    for dep in origin.deps:
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
    scope.versions[key] = DataVersion(tags[DATA_VERSION_TAG])
    return tags


def note_version(scope: RunScope, entry: EventLogEntry) -> None:
    """Keeps the version of an asset that another process of this run made or looked at."""
    made = entry.asset_materialization
    if made is not None:
        if made.data_version is not None:
            scope.versions[made.asset_key] = DataVersion(made.data_version)
    elif entry.asset_observation is not None:
        note_seen(scope, entry.asset_observation)


def note_seen(scope: RunScope, seen: AssetObservation) -> None:
    """Keeps the version of an asset made elsewhere that this run looked at: what it makes of it is made of that."""
    if seen.data_version is not None:
        scope.versions[seen.asset_key] = DataVersion(seen.data_version)


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
