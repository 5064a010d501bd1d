"""Provenance: from which code and which data an asset was made, as the tags of its materialization say."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from watchbell.ground.value import dataclass
from watchbell.ground.wire import dumps_plain
from watchbell.record.data_version import DATA_VERSION_TAG, DataVersion
from watchbell.record.event import EventLogEntry
from watchbell.record.keys import AssetKey
from watchbell.record.materialization import AssetMaterialization, AssetObservation

CODE_VERSION_TAG = "dagster/code_version"
DATA_VERSION_IS_USER_PROVIDED_TAG = "dagster/data_version_is_user_provided"
INPUT_DATA_VERSION_TAG_PREFIX = "dagster/input_data_version"
INPUT_EVENT_POINTER_TAG_PREFIX = "dagster/input_event_pointer"
NULL_EVENT_POINTER = "NULL"
DEFAULT_DATA_VERSION = DataVersion("INITIAL")
"""The version of data that nobody has told one of."""


@dataclass(frozen=True)
class DataProvenance:
    """From what an asset was made.

    Args:
        code_version: of the code; the id of the run where the asset has none.
        input_data_versions: the versions of what it was made from.
        input_storage_ids: where the log tells of these; None: it does not.
        is_user_provided: whether user code gave the version of the data itself.

    Example:
        >>> DataProvenance("v2", {AssetKey("raw"): DataVersion("x")}, {}, False).has_input_asset(
        ...     AssetKey("raw")
        ... )
        True
    """

    code_version: str
    input_data_versions: Mapping[AssetKey, DataVersion]
    input_storage_ids: Mapping[AssetKey, int | None]
    is_user_provided: bool

    @staticmethod
    def from_tags(tags: Mapping[str, str]) -> DataProvenance | None:
        """What the tags of a materialization say; None if nothing."""
        code_version = tags.get(CODE_VERSION_TAG)
        if code_version is None:
            return None
        versions, pointers = {}, {}
        for tag, value in tags.items():
            if tag.startswith(INPUT_DATA_VERSION_TAG_PREFIX):
                key = _key_in(tag, INPUT_DATA_VERSION_TAG_PREFIX)
                versions[key] = DataVersion(value)
            elif tag.startswith(INPUT_EVENT_POINTER_TAG_PREFIX):
                key = _key_in(tag, INPUT_EVENT_POINTER_TAG_PREFIX)
                pointers[key] = int(value) if value.isdigit() else None
        return DataProvenance(code_version, versions, pointers, tags.get(DATA_VERSION_IS_USER_PROVIDED_TAG) == "true")

    def has_input_asset(self, key: AssetKey) -> bool:
        """Whether it was made from this asset."""
        return key in self.input_data_versions


def get_input_data_version_tag(input_key: AssetKey) -> str:
    """The tag that says which version of an asset was used."""
    return f"{INPUT_DATA_VERSION_TAG_PREFIX}/{input_key.to_user_string()}"


def get_input_event_pointer_tag(input_key: AssetKey) -> str:
    """The tag that says where the log tells of an asset that was used."""
    return f"{INPUT_EVENT_POINTER_TAG_PREFIX}/{input_key.to_user_string()}"


def compute_logical_data_version(code_version: str, input_data_versions: Mapping[AssetKey, DataVersion]) -> DataVersion:
    """The version of what this code makes from this data.

    Args:
        code_version: of the code.
        input_data_versions: of what it is made from.

    Returns:
        A digest; the same for the same code and data, in whatever order.
    """
    if not input_data_versions:
        return DataVersion(hashlib.sha256(code_version.encode()).hexdigest())
    used = sorted([key.path, version.value] for key, version in input_data_versions.items())
    return DataVersion(hashlib.sha256(dumps_plain([code_version, *used]).encode()).hexdigest())


def provenance_tags(code_version: str, input_data_versions: Mapping[AssetKey, DataVersion]) -> dict[str, str]:
    """The tags of a materialization that say from what it was made, and which version of the data that gives.

    Where the log tells of the inputs is added by the store, which alone knows.
    """
    version = compute_logical_data_version(code_version, input_data_versions)
    tags = {CODE_VERSION_TAG: code_version, DATA_VERSION_TAG: version.value}
    for key, used in input_data_versions.items():
        tags[get_input_data_version_tag(key)] = used.value
    return tags


def extract_data_version_from_entry(entry: EventLogEntry) -> DataVersion | None:
    """The version of the data that a materialization or observation tells of; None if it does not."""
    fact = _fact_of(entry)
    version = None if fact is None else fact.data_version
    return None if version is None else DataVersion(version)


def extract_data_provenance_from_entry(entry: EventLogEntry) -> DataProvenance | None:
    """From what the asset of a materialization was made; None if it does not say."""
    fact = _fact_of(entry)
    return None if fact is None else DataProvenance.from_tags(fact.tags)


def _fact_of(entry: EventLogEntry) -> AssetMaterialization | AssetObservation | None:
    return entry.asset_materialization or entry.asset_observation


def _key_in(tag: str, prefix: str) -> AssetKey:
    return AssetKey.from_user_string(tag[len(prefix) + 1 :])
