"""Data versions."""

import pytest

from watchbell.ground.errors import CheckError, ParameterCheckError
from watchbell.record.data_version import DataVersion, DataVersionsByPartition


def test_equal_text_is_the_same_version() -> None:
    assert DataVersion("7") == DataVersion("7") != DataVersion("8")
    assert repr(DataVersion("7")) == "DataVersion(value='7')"


def test_a_version_is_text() -> None:
    with pytest.raises(ParameterCheckError, match=r"the value of a DataVersion is text, not 7 \(int\)"):
        DataVersion(7)  # type: ignore[arg-type]


def test_versions_of_partitions_may_be_text() -> None:
    found = DataVersionsByPartition({"a": "1", "b": DataVersion("2")}).data_versions_by_partition

    assert found == {"a": DataVersion("1"), "b": DataVersion("2")}


def test_versions_of_partitions_that_are_none_are_refused() -> None:
    with pytest.raises(ParameterCheckError, match="takes a mapping of keys to versions, not 3"):
        DataVersionsByPartition(3)  # type: ignore[arg-type]
    with pytest.raises(CheckError, match="not 'a' to 3"):
        DataVersionsByPartition({"a": 3})  # type: ignore[dict-item]
