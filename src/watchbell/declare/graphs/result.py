"""What the function of an asset may return instead of its value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeVar

from watchbell.declare.checks.asset_check_spec import AssetCheckResult
from watchbell.declare.graphs.output import NO_VALUE
from watchbell.declare.labels import strict_tags
from watchbell.declare.names import check_instance
from watchbell.ground.errors import CheckError
from watchbell.ground.suggest import did_you_mean
from watchbell.record.data_version import DataVersion
from watchbell.record.keys import AssetKey, CoercibleToAssetKey
from watchbell.record.metadata import normalize_metadata

T = TypeVar("T")


class MaterializeResult(Generic[T]):
    """That an asset was made, and what is known of it.

    Args:
        asset_key: which asset; needed where a step makes several.
        metadata: labelled facts about what was made; stays as it was given.
        check_results: what its checks say, for those in the ``check_specs`` of the asset.
        data_version: the version of what was made; a tag of the materialization.
        tags: labels of the materialization, text to text.
        value: handed to the IO manager; left out: the function stored the asset itself.

    Raises:
        ParameterCheckError: the key is none, or the data version no DataVersion.
        DagsterInvalidMetadata: a value cannot be metadata.
        DagsterInvalidDefinitionError: a tag is not valid.

    Example:
        >>> @asset
        ... def orders() -> MaterializeResult:
        ...     return MaterializeResult(metadata={"rows": 12})
    """

    def __init__(
        self,
        asset_key: CoercibleToAssetKey | None = None,
        metadata: Mapping[str, Any] | None = None,
        check_results: Sequence[AssetCheckResult] | None = None,
        data_version: DataVersion | None = None,
        tags: Mapping[str, str] | None = None,
        value: T = NO_VALUE,
    ) -> None:
        self.check_results: Sequence[AssetCheckResult] = [
            check_instance(each, AssetCheckResult, "a member of check_results") for each in check_results or ()
        ]
        if data_version is not None:
            check_instance(data_version, DataVersion, "data_version of a MaterializeResult", "write DataVersion(...)")
        self.data_version = data_version
        self.asset_key: AssetKey | None = None if asset_key is None else AssetKey.from_coercible(asset_key)
        normalize_metadata(metadata)  # refused here, where the mistake is; kept as given, so that a test can compare
        self.metadata = metadata
        self.tags: Mapping[str, str] | None = None if tags is None else strict_tags(tags, "a MaterializeResult")
        self.value = value

    @property
    def has_value(self) -> bool:
        """Whether there is a value for the IO manager."""
        return self.value is not NO_VALUE

    def check_result_named(self, check_name: str) -> AssetCheckResult:
        """What the check of that name says.

        Raises:
            CheckError: it says nothing.
        """
        for each in self.check_results:
            if each.check_name == check_name:
                return each
        near = did_you_mean(check_name, (each.check_name for each in self.check_results if each.check_name))
        raise CheckError(f"this result has no answer of the check {check_name!r}{near}")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, MaterializeResult) and vars(self) == vars(other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"MaterializeResult(asset_key={self.asset_key}, metadata={self.metadata}, value={self.value!r})"
