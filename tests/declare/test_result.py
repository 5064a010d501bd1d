import pytest

from watchbell import AssetKey, MaterializeResult
from watchbell.ground.errors import DagsterInvalidDefinitionError, ParameterCheckError


def test_none_is_a_value_and_a_missing_value_is_none_of_them() -> None:
    assert MaterializeResult(value=None).has_value
    assert not MaterializeResult().has_value


def test_keys_and_metadata_are_read_as_elsewhere() -> None:
    result = MaterializeResult(asset_key=["raw", "a"], metadata={"rows": 3})

    assert AssetKey(["raw", "a"]) == result.asset_key
    assert result.metadata is not None
    assert result.metadata["rows"].value == 3


def test_equal_results_are_equal() -> None:
    assert MaterializeResult("a", metadata={"n": 1}) == MaterializeResult("a", metadata={"n": 1})
    assert MaterializeResult("a") != MaterializeResult("b")


def test_a_bad_key_or_tag_is_refused() -> None:
    with pytest.raises(ParameterCheckError):
        MaterializeResult(asset_key=5)  # type: ignore[arg-type]
    with pytest.raises(DagsterInvalidDefinitionError):
        MaterializeResult(tags={"a b": "c"})
