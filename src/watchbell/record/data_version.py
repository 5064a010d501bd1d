"""Data versions: text that says whether the data of two materializations is the same."""

from __future__ import annotations

from collections.abc import Mapping

from watchbell.ground.errors import CheckError, ParameterCheckError
from watchbell.ground.value import dataclass
from watchbell.ground.wire import wired

DATA_VERSION_TAG = "dagster/data_version"


@wired("data_version")
@dataclass(frozen=True)
class DataVersion:
    """The version of some data: equal text, equal data.

    Args:
        value: any text, such as a hash of the data.

    Raises:
        ParameterCheckError: ``value`` is no text.

    Example:
        >>> Output([1, 2], data_version=DataVersion("v7")).data_version.value
        'v7'
    """

    value: str

    def __post_init__(self) -> None:
        if not isinstance(self.value, str):
            raise ParameterCheckError(
                f"the value of a DataVersion is text, not {self.value!r} ({type(self.value).__name__})",
                parameter="value",
                value=self.value,
            )


@dataclass(frozen=True, init=False)
class DataVersionsByPartition:
    """The versions of partitions of an asset, as the function that observes it saw them.

    Args:
        data_versions_by_partition: version by key of the partition; text or DataVersion.

    Raises:
        ParameterCheckError: it is no mapping.
        CheckError: a version is neither text nor a DataVersion.

    Example:
        >>> versions = DataVersionsByPartition({"fr": "v1", "it": DataVersion("v2")})
        >>> versions.data_versions_by_partition["fr"].value
        'v1'
    """

    data_versions_by_partition: Mapping[str, DataVersion]

    def __init__(self, data_versions_by_partition: Mapping[str, str | DataVersion]) -> None:
        if not isinstance(data_versions_by_partition, Mapping):
            raise ParameterCheckError(
                f"DataVersionsByPartition takes a mapping of keys to versions, not {data_versions_by_partition!r}",
                parameter="data_versions_by_partition",
                value=data_versions_by_partition,
            )
        found: dict[str, DataVersion] = {}
        for key, version in data_versions_by_partition.items():
            if not isinstance(key, str) or not isinstance(version, str | DataVersion):
                raise CheckError(
                    "DataVersionsByPartition maps keys of partitions to text or DataVersion, not "
                    f"{key!r} to {version!r}"
                )
            found[key] = DataVersion(version) if isinstance(version, str) else version
        object.__setattr__(self, "data_versions_by_partition", found)
