"""Ready-made checks of what materializations say."""

from typing import Any

import pytest

from watchbell import (
    AssetMaterialization,
    AssetSelection,
    AssetSpec,
    DagsterInstance,
    DagsterInvalidDefinitionError,
    TableColumn,
    TableSchema,
    build_column_schema_change_checks,
    build_metadata_bounds_checks,
    materialize,
)

NUMBER = "rows"


def looked(checks: Any, *materializations: dict[str, Any]) -> tuple[bool, str]:
    with DagsterInstance.ephemeral() as instance:
        for metadata in materializations:
            instance.report_runless_asset_event(AssetMaterialization("orders", metadata=metadata))
        chosen = AssetSelection.all_asset_checks()
        result = materialize([AssetSpec("orders"), *checks], selection=chosen, instance=instance)
        (found,) = result.get_asset_check_evaluations()
        return found.passed, str(found.description)


@pytest.mark.parametrize(
    ("bounds", "number", "passed"),
    [
        ({"min_value": 3}, 3, True),
        ({"min_value": 3}, 2.9, False),
        ({"min_value": 3, "exclusive_min": True}, 3, False),
        ({"max_value": 3}, 3, True),
        ({"max_value": 3}, 4, False),
        ({"max_value": 3, "exclusive_max": True}, 3, False),
        ({"min_value": 1, "max_value": 3}, 2, True),
    ],
)
def test_a_number_lies_within_its_bounds(bounds: dict[str, Any], number: float, passed: bool) -> None:
    checks = build_metadata_bounds_checks(assets=["orders"], metadata_key=NUMBER, **bounds)

    assert looked(checks, {NUMBER: number})[0] is passed


@pytest.mark.parametrize(
    ("metadata", "reason"),
    [
        ([], "never materialized"),
        ([{}], "Metadata key `rows` not found"),
        ([{NUMBER: "five"}], "Value `five` is not a number"),
        ([{NUMBER: 3}, {NUMBER: 9}], "Value `9` is not less than or equal to 5"),
    ],
)
def test_the_reason_is_told(metadata: list[dict[str, Any]], reason: str) -> None:
    checks = build_metadata_bounds_checks(assets=["orders"], metadata_key=NUMBER, max_value=5)
    passed, description = looked(checks, *metadata)

    assert not passed
    assert reason in description


def test_bounds_are_needed() -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match="has no bound"):
        build_metadata_bounds_checks(assets=["orders"], metadata_key=NUMBER)


def schema(**columns: str) -> dict[str, Any]:
    return {"dagster/column_schema": TableSchema(columns=[TableColumn(name, kind) for name, kind in columns.items()])}


@pytest.mark.parametrize(
    ("metadata", "passed", "told"),
    [
        ([], True, ["fewer than 2 times"]),
        ([schema(x="int")], True, ["fewer than 2 times"]),
        ([schema(x="int"), schema(x="int")], True, ["No changes"]),
        ([{}, schema(x="int")], False, ["Previous materialization has no column schema"]),
        ([schema(x="int"), {}], False, ["Latest materialization has no column schema"]),
        (
            [schema(x="int", y="str"), schema(x="str", z="str")],
            False,
            ["Added columns: z", "Removed columns: y", "- x: int -> str"],
        ),
    ],
)
def test_columns_stay_as_they_are(metadata: list[dict[str, Any]], passed: bool, told: list[str]) -> None:
    found, description = looked(build_column_schema_change_checks(assets=["orders"]), *metadata)

    assert found is passed
    assert all(text in description for text in told)
