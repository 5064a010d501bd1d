"""How partitions are tested: functions called for one, a few made together, and a sensor that finds new ones."""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
import temperatures
from temperatures import days, defs, every_day_is_there, new_letters, readings, report, words

from watchbell import (
    DagsterInstance,
    FilesystemIOManager,
    MultiPartitionKey,
    build_asset_context,
    build_sensor_context,
    materialize,
)
from watchbell.io.duckdb import DuckDBIOManager


@pytest.fixture
def instance() -> Iterator[DagsterInstance]:
    with DagsterInstance.ephemeral() as opened:
        yield opened


def test_a_function_is_called_for_one_partition() -> None:
    seattle = MultiPartitionKey({"city": "seattle", "day": "2010-07-04"})

    frame = readings(build_asset_context(partition_key=seattle))

    assert len(frame) == 24
    assert set(frame["city"]) == {"seattle"}
    assert set(frame["measured_at"].dt.day) == {4}


def test_a_month_is_made_from_its_days_and_those_from_both_cities(tmp_path: Path, instance: DagsterInstance) -> None:
    resources = {"io_manager": DuckDBIOManager(database=str(tmp_path / "t.duckdb")), "files": FilesystemIOManager()}
    assets = [readings, days, report, every_day_is_there]
    for asset, first, last in (
        (readings, "san-francisco|2010-02-01", "seattle|2010-02-28"),
        (days, "2010-02-01", "2010-02-28"),
    ):
        tags = {"dagster/asset_partition_range_start": first, "dagster/asset_partition_range_end": last}
        assert materialize(assets, selection=[asset], resources=resources, instance=instance, tags=tags).success

    result = materialize(
        assets,
        selection=[report, every_day_is_there],
        resources=resources,
        instance=instance,
        partition_key="2010-02-01",
    )

    lines = result.output_for_node("report").set_index("city")
    assert list(lines["days"]) == [28, 28]
    assert lines.loc["seattle", "coldest"] < lines.loc["san-francisco", "coldest"]
    assert [check.passed for check in result.get_asset_check_evaluations()] == [True]
    assert len(instance.get_materialized_partitions(days.key)) == 28


def test_the_check_finds_a_month_with_days_missing() -> None:
    lines = pd.DataFrame({"city": list(temperatures.SOURCES), "days": [31, 30], "month": pd.Timestamp("2010-01-01")})

    assert not every_day_is_there(lines).passed


def test_the_sensor_asks_for_letters_it_does_not_know(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, instance: DagsterInstance
) -> None:
    monkeypatch.setattr(temperatures, "LETTERS", tmp_path)
    for name in ("old.txt", "new.txt"):
        (tmp_path / name).write_text("rain, rain and wind.")
    instance.add_dynamic_partitions("letters", ["old.txt"])

    answer = new_letters(build_sensor_context(instance=instance, definitions=defs))

    assert [request.partition_key for request in answer.run_requests] == ["new.txt"]
    assert list(answer.dynamic_partitions_requests[0].partition_keys) == ["new.txt"]
    assert words(build_asset_context(partition_key="new.txt")) == {"rain": 2, "and": 1, "wind": 1}
