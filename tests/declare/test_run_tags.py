"""Tags that ask the service for something."""

from __future__ import annotations

import pytest

from watchbell.declare.run_tags import check_run_tags
from watchbell.ground.errors import DagsterInvalidDefinitionError


@pytest.mark.parametrize(
    ("tag", "value"),
    [
        ("dagster/max_retries", "3"),
        ("dagster/retry_strategy", "ALL_STEPS"),
        ("dagster/retry_on_asset_or_op_failure", "False"),
        ("dagster/max_runtime", "2.5"),
        ("team", "some"),
    ],
)
def test_what_can_be_understood_is_let_through(tag: str, value: str) -> None:
    assert check_run_tags({tag: value}, "job 'etl'") is None  # type: ignore[func-returns-value]


@pytest.mark.parametrize(
    ("tag", "value"),
    [
        ("dagster/max_retries", "-1"),
        ("dagster/max_retries", "²"),
        ("dagster/retry_strategy", "SOME"),
        ("dagster/retry_on_asset_or_op_failure", "perhaps"),
        ("dagster/max_runtime", "inf"),
        ("dagster/max_runtime", "soon"),
    ],
)
def test_what_cannot_is_named_with_what_it_may_be(tag: str, value: str) -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match=f"job 'etl'.*{tag}.*expected"):
        check_run_tags({tag: value}, "job 'etl'")
