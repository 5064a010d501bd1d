"""What a function that looks at an asset returns: ``ObserveResult``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from watchbell.declare.checks.asset_check_spec import AssetCheckResult
from watchbell.declare.labels import strict_tags
from watchbell.declare.names import check_instance
from watchbell.record.data_version import DATA_VERSION_TAG, DataVersion
from watchbell.record.keys import AssetKey, CoercibleToAssetKey
from watchbell.record.metadata import normalize_metadata


class ObserveResult:
    """That an asset was looked at, and what was seen.

    Args:
        asset_key: which asset; needed where a function looks at several.
        metadata: labelled facts about what was seen.
        check_results: what its checks say, for those in the ``check_specs`` of the function.
        data_version: the version of the data that was seen; a tag of the observation.
        tags: labels of the observation, text to text.

    Raises:
        ParameterCheckError: the key is none, or the data version no DataVersion.
        DagsterInvalidMetadata: a value cannot be metadata.
        DagsterInvalidDefinitionError: a tag is not valid.

    Example:
        >>> @observable_source_asset
        ... def raw_orders():
        ...     return ObserveResult(data_version=DataVersion("2024-05-01"), metadata={"files": 3})
    """

    def __init__(
        self,
        asset_key: CoercibleToAssetKey | None = None,
        metadata: Mapping[str, Any] | None = None,
        check_results: Sequence[AssetCheckResult] | None = None,
        data_version: DataVersion | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        what = "an ObserveResult"
        self.asset_key: AssetKey | None = None if asset_key is None else AssetKey.from_coercible(asset_key)
        normalize_metadata(metadata)  # refused here, where the mistake is; kept as given, so that a test can compare
        self.metadata = metadata
        self.check_results: Sequence[AssetCheckResult] = [
            check_instance(each, AssetCheckResult, f"a member of check_results of {what}")
            for each in check_results or ()
        ]
        if data_version is not None:
            check_instance(data_version, DataVersion, f"data_version of {what}", "write DataVersion(...)")
        self.data_version = data_version
        self.tags: Mapping[str, str] | None = None if tags is None else strict_tags(tags, what)

    @property
    def observation_tags(self) -> Mapping[str, str]:
        """The tags of the observation, the data version among them."""
        tags = dict(self.tags or {})
        return tags if self.data_version is None else {DATA_VERSION_TAG: self.data_version.value, **tags}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ObserveResult) and vars(self) == vars(other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"ObserveResult(asset_key={self.asset_key}, metadata={self.metadata}, data_version={self.data_version})"
