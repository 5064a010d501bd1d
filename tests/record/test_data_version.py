"""Data versions."""

import pytest

from watchbell.ground.errors import ParameterCheckError
from watchbell.record.data_version import DataVersion


def test_equal_text_is_the_same_version() -> None:
    assert DataVersion("7") == DataVersion("7") != DataVersion("8")
    assert repr(DataVersion("7")) == "DataVersion(value='7')"


def test_a_version_is_text() -> None:
    with pytest.raises(ParameterCheckError, match=r"the value of a DataVersion is text, not 7 \(int\)"):
        DataVersion(7)  # type: ignore[arg-type]
