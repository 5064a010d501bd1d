"""Materializations and observations: what is said of an asset when it was made or looked at."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import field
from typing import Any, Self

from watchbell.ground.value import dataclass
from watchbell.ground.wire import wired
from watchbell.record.data_version import DATA_VERSION_TAG
from watchbell.record.keys import AssetKey, CoercibleToAssetKey
from watchbell.record.metadata import MetadataValue, normalize_metadata
from watchbell.record.request import check_tags, check_text


@dataclass(frozen=True)
class MetadataEntry:
    """A label and its value, as older code reads them.

    Args:
        label: the key of the metadata.
        entry_data: the value.
    """

    label: str
    entry_data: MetadataValue

    @property
    def value(self) -> MetadataValue:
        """The value; the same as ``entry_data``."""
        return self.entry_data


def _parts_of(text: str) -> str | list[str]:
    """The words of a key that is given as text: ``s3://bucket/orders.csv`` is an asset of four parts."""
    parts = re.findall(r"\w+", text)
    return text if len(parts) < 2 and text in parts else parts or text


@dataclass(frozen=True, init=False)
class _AssetFact:
    """What materializations and observations share."""

    asset_key: AssetKey
    description: str | None = None
    metadata: Mapping[str, MetadataValue] = field(default_factory=dict)
    partition: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)

    def __init__(
        self,
        asset_key: CoercibleToAssetKey,
        description: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        partition: str | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        if partition is not None:
            check_text(partition, "partition")
        key = _parts_of(asset_key) if isinstance(asset_key, str) else asset_key
        object.__setattr__(self, "asset_key", AssetKey.from_coercible(key))
        object.__setattr__(self, "description", description)
        object.__setattr__(self, "metadata", normalize_metadata(metadata))
        object.__setattr__(self, "partition", partition)
        object.__setattr__(self, "tags", check_tags(tags))

    @property
    def metadata_entries(self) -> Sequence[MetadataEntry]:
        """The metadata as labelled entries, in order."""
        return [MetadataEntry(label, value) for label, value in self.metadata.items()]

    @property
    def data_version(self) -> str | None:
        """The version of the data, as its tags say; None if they do not."""
        return self.tags.get(DATA_VERSION_TAG)

    def with_tags(self, tags: Mapping[str, str]) -> Self:
        """The same with these tags instead of its own; they are not checked again."""
        made = copy(self)
        object.__setattr__(made, "tags", tags)
        return made

    def with_metadata(self, metadata: Mapping[str, Any] | None) -> Self:
        """The same with this metadata instead of its own."""
        return type(self)(self.asset_key, self.description, metadata, self.partition, self.tags)

    @property
    def label(self) -> str:
        """The asset's key as text."""
        return self.asset_key.to_user_string()


@wired("materialization")
class AssetMaterialization(_AssetFact):
    """An asset was made.

    Args:
        asset_key: which asset.
        description: a sentence for people.
        metadata: labelled facts about what was made.
        partition: which partition of it.
        tags: labels, text to text.

    Raises:
        ParameterCheckError: a key, tag or partition is no storable text.

    Example:
        >>> AssetMaterialization("orders", metadata={"rows": 12}).metadata["rows"].value
        12
    """

    @staticmethod
    def file(
        path: str, description: str | None = None, asset_key: CoercibleToAssetKey | None = None
    ) -> AssetMaterialization:
        """A file was written.

        Args:
            path: where it lies; also in the metadata, as ``path``.
            description: a sentence for people.
            asset_key: which asset it is; None: the parts of the path.
        """
        parts = [part for part in path.split("/") if part]
        key = AssetKey(parts) if asset_key is None else asset_key
        return AssetMaterialization(key, description, {"path": MetadataValue.path(path)})


@wired("observation")
class AssetObservation(_AssetFact):
    """An asset was looked at; parameters as for :class:`AssetMaterialization`."""
