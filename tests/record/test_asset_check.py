"""Asset checks as records: keys, severities, evaluations."""

import pytest

from watchbell import AssetCheckEvaluation, AssetCheckKey, AssetCheckSeverity, AssetKey
from watchbell.ground.errors import ParameterCheckError
from watchbell.ground.wire import dumps, loads
from watchbell.record.asset_check import AssetCheckEvaluationTargetMaterializationData


def test_a_key_is_read_back_from_both_its_texts() -> None:
    key = AssetCheckKey(["raw", "orders"], "no_nulls")

    assert key.to_user_string() == "raw/orders:no_nulls"
    assert AssetCheckKey.from_user_string("raw/orders:no_nulls") == key
    assert AssetCheckKey.from_db_string(key.to_db_string()) == key


@pytest.mark.parametrize("text", ["", "[]", "{}", "no json", '{"asset_key": 3}'])
def test_text_that_is_no_key_is_none(text: str) -> None:
    assert AssetCheckKey.from_db_string(text) is None


def test_a_text_without_a_name_is_refused() -> None:
    with pytest.raises(ParameterCheckError, match="orders:no_nulls"):
        AssetCheckKey.from_user_string("orders")


def test_a_key_follows_its_asset() -> None:
    key = AssetCheckKey("orders", "no_nulls")

    assert key.with_asset_key_prefix("raw").asset_key == AssetKey(["raw", "orders"])
    assert key.replace_asset_key(AssetKey("stock")) == AssetCheckKey("stock", "no_nulls")


def test_keys_are_sorted_by_asset_and_name() -> None:
    keys = [AssetCheckKey("b", "x"), AssetCheckKey("a", "y"), AssetCheckKey("a", "x")]

    assert [key.to_user_string() for key in sorted(keys)] == ["a:x", "a:y", "b:x"]


@pytest.mark.parametrize("name", ["", 3, None])
def test_a_key_needs_a_name(name: object) -> None:
    with pytest.raises(ParameterCheckError, match="name of a check"):
        AssetCheckKey("orders", name)  # type: ignore[arg-type]


def test_an_evaluation_survives_the_wire() -> None:
    target = AssetCheckEvaluationTargetMaterializationData(7, "run", 12.5)
    evaluation = AssetCheckEvaluation(
        AssetKey("orders"), "no_nulls", False, {"nulls": 3}, target, AssetCheckSeverity.WARN, "some", True
    )

    assert loads(dumps(evaluation)) == evaluation


@pytest.mark.parametrize(
    ("passed", "severity", "blocking", "blocks"),
    [
        (False, AssetCheckSeverity.ERROR, True, True),
        (True, AssetCheckSeverity.ERROR, True, False),
        (False, AssetCheckSeverity.WARN, True, False),
        (False, AssetCheckSeverity.ERROR, False, False),
        (False, AssetCheckSeverity.ERROR, None, False),
    ],
)
def test_only_a_failed_blocking_error_blocks(
    passed: bool, severity: AssetCheckSeverity, blocking: bool | None, blocks: bool
) -> None:
    evaluation = AssetCheckEvaluation(AssetKey("a"), "c", passed, severity=severity, blocking=blocking)

    assert evaluation.blocks is blocks


@pytest.mark.parametrize("passed", [1, "yes", None])
def test_a_verdict_is_true_or_false(passed: object) -> None:
    with pytest.raises(ParameterCheckError, match="True or False"):
        AssetCheckEvaluation(AssetKey("a"), "c", passed)  # type: ignore[arg-type]


def test_a_changed_evaluation_leaves_the_first_as_it_was() -> None:
    first = AssetCheckEvaluation(AssetKey("a"), "c", True, {"n": 1})
    changed = first.with_metadata({"n": 2})

    assert (first.metadata["n"].value, changed.metadata["n"].value) == (1, 2)
