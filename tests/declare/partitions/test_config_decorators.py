"""Decorators of partitioned config."""

from datetime import UTC, datetime
from typing import Any

import pytest

from watchbell.declare.partitions.config_decorators import (
    daily_partitioned_config,
    dynamic_partitioned_config,
    hourly_partitioned_config,
    monthly_partitioned_config,
    partitioned_config,
    static_partitioned_config,
    weekly_partitioned_config,
)
from watchbell.ground.errors import CheckError, ParameterCheckError

BERLIN = "Europe/Berlin"


def window(start: datetime, end: datetime) -> dict[str, Any]:
    return {"start": start.isoformat(), "hours": (end.timestamp() - start.timestamp()) / 3600}


@pytest.mark.parametrize(
    ("decorator", "key", "start", "hours"),
    [
        (hourly_partitioned_config("2024-01-01-00:00", 15), "2024-05-01-06:15", "2024-05-01T06:15:00+00:00", 1),
        (
            daily_partitioned_config("2024-01-01", timezone=BERLIN),
            "2024-03-31",
            "2024-03-31T00:00:00+01:00",
            23,
        ),
        (weekly_partitioned_config("2024-01-01", day_offset=1), "2024-05-06", "2024-05-06T00:00:00+00:00", 168),
        (monthly_partitioned_config("2024-01-01"), "2024-02-01", "2024-02-01T00:00:00+00:00", 29 * 24),
    ],
)
def test_a_function_is_given_start_and_end_of_its_window(decorator: Any, key: str, start: str, hours: float) -> None:
    config = decorator(window)

    assert {"start": start, "hours": hours} == config.get_run_config_for_partition_key(key)


def test_tags_of_a_window_are_made_of_its_ends() -> None:
    config = daily_partitioned_config("2024-01-01", tags_for_partition_fn=lambda start, end: {"day": f"{start:%a}"})(
        window
    )

    assert config.get_tags_for_partition_key("2024-05-01") == {"day": "Wed", "dagster/partition": "2024-05-01"}


def test_offsets_of_the_end_add_windows() -> None:
    config = monthly_partitioned_config("2024-01-01", end_offset=1)(window)

    assert config.get_partition_keys(datetime(2024, 2, 10, tzinfo=UTC)) == ["2024-01-01", "2024-02-01"]


def test_keys_may_be_listed_by_a_function() -> None:
    config = dynamic_partitioned_config(lambda at=None: ["x", "y"])(lambda key: {"key": key})

    assert config.get_partition_keys() == ["x", "y"]
    assert config("y") == {"key": "y"}


def test_both_names_of_the_function_for_tags_are_too_many() -> None:
    with pytest.raises(CheckError, match="which are the same"):
        static_partitioned_config(["a"], lambda key: {}, lambda key: {})


def test_the_decorators_are_put_on_functions() -> None:
    with pytest.raises(ParameterCheckError, match="put on a function"):
        static_partitioned_config(["a"])({"ops": {}})  # type: ignore[arg-type]
    with pytest.raises(ParameterCheckError, match="partitions_def of @partitioned_config"):
        partitioned_config(["a"])  # type: ignore[arg-type]
