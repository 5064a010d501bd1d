import pytest

from watchbell import AssetKey, MaterializeResult
from watchbell.ground.errors import DagsterInvalidDefinitionError, ParameterCheckError
from watchbell.record.metadata import DagsterInvalidMetadata


def test_none_is_a_value_and_a_missing_value_is_none_of_them() -> None:
    assert MaterializeResult(value=None).has_value
    assert not MaterializeResult().has_value


def test_a_key_is_read_as_elsewhere_and_metadata_stays_as_given() -> None:
    result = MaterializeResult(asset_key=["raw", "a"], metadata={"rows": 3})

    assert AssetKey(["raw", "a"]) == result.asset_key
    assert result.metadata == {"rows": 3}


def test_metadata_that_cannot_be_stored_is_refused() -> None:
    with pytest.raises(DagsterInvalidMetadata, match="'rows'"):
        MaterializeResult(metadata={"rows": object()})


def test_equal_results_are_equal() -> None:
    assert MaterializeResult("a", metadata={"n": 1}) == MaterializeResult("a", metadata={"n": 1})
    assert MaterializeResult("a") != MaterializeResult("b")


def test_a_bad_key_or_tag_is_refused() -> None:
    with pytest.raises(ParameterCheckError):
        MaterializeResult(asset_key=5)  # type: ignore[arg-type]
    with pytest.raises(DagsterInvalidDefinitionError):
        MaterializeResult(tags={"a b": "c"})


def test_a_data_version_that_is_none_is_refused() -> None:
    with pytest.raises(ParameterCheckError, match="data_version of a MaterializeResult is a DataVersion, not '7'"):
        MaterializeResult(data_version="7")  # type: ignore[arg-type]


def test_check_results_are_answers_of_checks() -> None:
    with pytest.raises(ParameterCheckError, match="check_results"):
        MaterializeResult(check_results=[object()])  # type: ignore[list-item]
