"""Check specs and check results: what is said of an asset check, and what its function answers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import field
from typing import Any

from watchbell.declare.assets.asset_spec import AssetDep, CoercibleToAssetDep, HasAssetKey, asset_key_of, deps_of
from watchbell.declare.conditions.condition_arguments import ConditionKind, condition_of
from watchbell.declare.labels import check_metadata
from watchbell.declare.names import check_instance
from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.partitions.partition_arguments import checked_partitions_def
from watchbell.ground.errors import ParameterCheckError
from watchbell.ground.value import dataclass
from watchbell.record.asset_check import AssetCheckKey, AssetCheckSeverity, checked_verdict
from watchbell.record.keys import AssetKey, CoercibleToAssetKey
from watchbell.record.metadata import MetadataValue, normalize_metadata


@dataclass(frozen=True, init=False)
class AssetCheckSpec:
    """What is said of an asset check.

    Args:
        name: its name, one of its kind for the asset.
        asset: the asset it looks at: a key, text, a definition or a spec.
        description: free text.
        additional_deps: assets that must be there too, besides the one it looks at.
        blocking: whether nothing downstream of the asset runs when it fails with severity ERROR.
        metadata: labelled facts.
        automation_condition: when it is to be executed by itself, besides the runs that make its asset.
        partitions_def: which partitions it looks at one by one; None: always at the whole asset.

    Raises:
        ParameterCheckError: an argument has the wrong type, or ``additional_deps`` names the asset itself.

    Example:
        >>> AssetCheckSpec("no_nulls", asset="orders", blocking=True).key.to_user_string()
        'orders:no_nulls'
    """

    name: str
    asset_key: AssetKey
    description: str | None = None
    additional_deps: tuple[AssetDep, ...] = ()
    blocking: bool = False
    metadata: Mapping[str, Any] = field(default_factory=dict)
    partitions_def: PartitionsDefinition | None = None
    automation_condition: Any = None

    def __init__(
        self,
        name: str,
        *,
        asset: CoercibleToAssetKey | HasAssetKey,
        description: str | None = None,
        additional_deps: Iterable[CoercibleToAssetDep] | None = None,
        blocking: bool = False,
        metadata: Mapping[str, Any] | None = None,
        automation_condition: ConditionKind | None = None,
        partitions_def: PartitionsDefinition | None = None,
    ) -> None:
        check_instance(name, str, "name of an AssetCheckSpec")
        key = asset_key_of(asset, f"asset= of the check {name!r}")
        what = f"the check {name!r} of asset {key.to_user_string()!r}"
        deps = deps_of(additional_deps, what)
        if any(dep.asset_key == key for dep in deps):
            raise ParameterCheckError(
                f"{what}: additional_deps= names that asset itself; it is looked at anyway, so remove it there",
                parameter="additional_deps",
                value=additional_deps,
            )
        facts = {
            "name": name,
            "asset_key": key,
            "description": None if description is None else check_instance(description, str, f"description of {what}"),
            "additional_deps": deps,
            "blocking": check_instance(blocking, bool, f"blocking of {what}"),
            "metadata": check_metadata(metadata, what),
            "partitions_def": checked_partitions_def(partitions_def, what),
            "automation_condition": condition_of(what, automation_condition),
        }
        for fact, value in facts.items():
            object.__setattr__(self, fact, value)
        object.__setattr__(self, "_key", AssetCheckKey(key, name))  # asked for at every step

    def __hash__(self) -> int:
        return hash(self.key)

    @property
    def key(self) -> AssetCheckKey:
        """Which check."""
        return self._key  # type: ignore[attr-defined, no-any-return]

    def get_python_identifier(self) -> str:
        """Asset key and name as one name: also of the check's step."""
        return re.sub(r"\W", "_", f"{self.asset_key.to_python_identifier()}_{self.name}")

    def replace_key(self, key: AssetCheckKey) -> AssetCheckSpec:
        """The same spec under another key."""
        return self._replaced(name=key.name, asset=key.asset_key)

    def with_metadata(self, metadata: Mapping[str, Any]) -> AssetCheckSpec:
        """The same spec with this metadata instead of its own."""
        return self._replaced(metadata=metadata)

    def _replaced(self, **changes: Any) -> AssetCheckSpec:
        current = {
            "name": self.name,
            "asset": self.asset_key,
            "description": self.description,
            "additional_deps": self.additional_deps,
            "blocking": self.blocking,
            "metadata": self.metadata,
            "partitions_def": self.partitions_def,
            "automation_condition": self.automation_condition,
        }
        return AssetCheckSpec(**{**current, **changes})


@dataclass(frozen=True, init=False)
class AssetCheckResult:
    """What the function of a check answers; also yielded by assets that have ``check_specs``.

    Args:
        passed: whether all is well.
        asset_key: the asset; needed where a function checks several.
        check_name: the check; needed where a function makes several.
        metadata: labelled facts.
        severity: how bad it is that it did not pass.
        description: a sentence for people.

    Raises:
        ParameterCheckError: ``passed`` is neither true nor false, or another argument has the wrong type.
        DagsterInvalidMetadata: a value cannot be metadata.

    Example:
        >>> AssetCheckResult(passed=False, severity=AssetCheckSeverity.WARN, metadata={"nulls": 3}).passed
        False
    """

    passed: bool
    asset_key: AssetKey | None = None
    check_name: str | None = None
    metadata: Mapping[str, MetadataValue] = field(default_factory=dict)
    severity: AssetCheckSeverity = AssetCheckSeverity.ERROR
    description: str | None = None

    def __init__(
        self,
        *,
        passed: bool,
        asset_key: CoercibleToAssetKey | None = None,
        check_name: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        severity: AssetCheckSeverity = AssetCheckSeverity.ERROR,
        description: str | None = None,
    ) -> None:
        what = "an AssetCheckResult"
        facts = {
            "passed": checked_verdict(passed, what),
            "asset_key": None if asset_key is None else AssetKey.from_coercible(asset_key),
            "check_name": None if check_name is None else check_instance(check_name, str, f"check_name of {what}"),
            "metadata": normalize_metadata(metadata),
            "severity": check_instance(severity, AssetCheckSeverity, f"severity of {what}"),
            "description": None if description is None else check_instance(description, str, f"description of {what}"),
        }
        for name, fact in facts.items():
            object.__setattr__(self, name, fact)

    def with_metadata(self, metadata: Mapping[str, Any]) -> AssetCheckResult:
        """The same with this metadata instead of its own."""
        current = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return AssetCheckResult(**{**current, "metadata": metadata})
