"""Partitions as rows of a table of DuckDB: exactly theirs are replaced, and read."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.depth import examples
from watchbell import build_input_context, build_output_context
from watchbell.declare.partitions.multi import MultiPartitionsDefinition
from watchbell.declare.partitions.named_windows import DailyPartitionsDefinition, HourlyPartitionsDefinition
from watchbell.declare.partitions.static import StaticPartitionsDefinition
from watchbell.ground.errors import CheckError, DagsterInvariantViolationError
from watchbell.io.duckdb import DuckDBIOManager
from watchbell.io.table_slice import PartitionExpressionError
from watchbell.record.partition import PartitionKeyRange

DAYS = DailyPartitionsDefinition("2026-01-01", end_date="2026-02-01")
COUNTRIES = StaticPartitionsDefinition(["de", "it's", "fr"])
GRID = MultiPartitionsDefinition({"day": DAYS, "country": COUNTRIES})
FIRST_DAY = datetime(2026, 1, 1)


@pytest.fixture
def duck(tmp_path: Path) -> DuckDBIOManager:
    return DuckDBIOManager(database=str(tmp_path / "shop.duckdb"))


def out(definition: Any, expression: Any = "at", **partitions: Any) -> Any:
    metadata = {} if expression is None else {"partition_expr": expression}
    return build_output_context(
        asset_key="orders", asset_partitions_def=definition, definition_metadata=metadata, **partitions
    )


def into(definition: Any = None, expression: Any = "at", **partitions: Any) -> Any:
    upstream = build_output_context(asset_key="orders", definition_metadata={"partition_expr": expression})
    return build_input_context(
        asset_key="orders",
        asset_partitions_def=definition,
        upstream_output=upstream,
        dagster_type=pd.DataFrame,
        **partitions,
    )


def days(first: str, last: str) -> PartitionKeyRange:
    return PartitionKeyRange(f"2026-01-{first}", f"2026-01-{last}")


def rows(moments: list[datetime], tag: str) -> pd.DataFrame:
    return pd.DataFrame(
        {"at": pd.Series(moments, dtype="datetime64[us]"), "tag": pd.Series([tag] * len(moments), dtype="str")}
    )


MINUTES = st.lists(st.integers(0, 10 * 24 * 60 - 1), max_size=40)


@settings(max_examples=examples(25), deadline=None)
@given(minutes=MINUTES, first=st.integers(1, 10), length=st.integers(0, 9), again=MINUTES)
def test_a_window_replaces_exactly_its_rows(
    tmp_path_factory: pytest.TempPathFactory, minutes: list[int], first: int, length: int, again: list[int]
) -> None:
    duck = DuckDBIOManager(database=str(tmp_path_factory.mktemp("duck") / "x.duckdb"))
    last = min(first + length, 10)
    start, end = FIRST_DAY + timedelta(days=first - 1), FIRST_DAY + timedelta(days=last)
    old = [FIRST_DAY + timedelta(minutes=each) for each in minutes]
    new = [moment for each in again if start <= (moment := FIRST_DAY + timedelta(minutes=each)) < end]
    duck.handle_output(out(DAYS, asset_partition_key_range=days("01", "10")), rows(old, "old"))
    window = days(f"{first:02}", f"{last:02}")

    duck.handle_output(out(DAYS, asset_partition_key_range=window), rows(new, "new"))

    kept = [moment for moment in old if not start <= moment < end]
    whole = duck.load_input(into(DAYS, asset_partition_key_range=days("01", "10")))
    assert sorted(zip(whole["at"], whole["tag"], strict=True)) == sorted(
        [*((each, "old") for each in kept), *((each, "new") for each in new)]
    )
    assert sorted(duck.load_input(into(DAYS, asset_partition_key_range=window))["at"]) == sorted(new)


@pytest.mark.parametrize("kind", ["date", "varchar", "timestamp", "timestamptz"])
def test_the_column_may_be_text_a_date_or_a_moment(duck: DuckDBIOManager, kind: str) -> None:
    frame = duckdb.sql(f"select cast(x as {kind}) as at from (values ('2026-01-02'), ('2026-01-02')) rows(x)").pl()

    for _ in range(2):
        duck.handle_output(out(DAYS, partition_key="2026-01-02"), frame)

    assert len(duck.load_input(into(DAYS, partition_key="2026-01-02"))) == 2
    assert len(duck.load_input(into(DAYS, partition_key="2026-01-03"))) == 0


def test_moments_with_a_zone_are_compared_as_moments(duck: DuckDBIOManager) -> None:
    berlin = HourlyPartitionsDefinition("2025-10-25-00:00", end_date="2025-10-27-00:00", timezone="Europe/Berlin")
    hours = [datetime(2025, 10, 26, hour, 30, tzinfo=UTC) for hour in range(3)]
    keys = berlin.get_partition_keys()
    night = keys[keys.index("2025-10-26-01:00") :][:4]  # 02:00 comes twice
    duck.handle_output(
        out(berlin, asset_partition_key_range=PartitionKeyRange(night[0], night[-1])), pl.DataFrame({"at": hours})
    )

    read = [list(duck.load_input(into(berlin, partition_key=key))["at"]) for key in night]

    assert [[each.to_pydatetime() for each in one] for one in read] == [[], [hours[0]], [hours[1]], [hours[2]]]


def test_times_without_a_zone_are_wall_times_of_the_partitions_zone(duck: DuckDBIOManager) -> None:
    tokyo = DailyPartitionsDefinition("2026-01-01", end_date="2026-01-05", timezone="Asia/Tokyo")
    moment = datetime(2026, 1, 2, 1, tzinfo=ZoneInfo("Asia/Tokyo"))

    duck.handle_output(out(tokyo, partition_key="2026-01-02"), rows([moment.replace(tzinfo=None)], "x"))

    assert len(duck.load_input(into(tokyo, partition_key="2026-01-02"))) == 1
    assert len(duck.load_input(into(tokyo, partition_key="2026-01-01"))) == 0


def test_an_expression_may_be_any_sql(duck: DuckDBIOManager) -> None:
    seconds = "to_timestamp(second)"
    frame = pl.DataFrame({"second": [int(datetime(2026, 1, 2, tzinfo=UTC).timestamp())]})

    duck.handle_output(out(DAYS, seconds, partition_key="2026-01-02"), frame)

    assert len(duck.load_input(into(DAYS, seconds, partition_key="2026-01-02"))) == 1


def test_listed_keys_are_compared_as_text(duck: DuckDBIOManager) -> None:
    numbers = StaticPartitionsDefinition(["1", "2", "it's"])
    for key in ("1", "2", "1"):
        duck.handle_output(out(numbers, "n", partition_key=key), pl.DataFrame({"n": [int(key)]}))

    assert list(duck.load_input(into(numbers, "n", partition_key="1"))["n"]) == [1]
    assert len(duck.load_input(into(numbers, "n", asset_partition_key_range=PartitionKeyRange("1", "it's")))) == 2


def test_two_dimensions_have_an_expression_each(duck: DuckDBIOManager) -> None:
    expression = {"day": "at", "country": "land"}
    for country in ("de", "it's", "de"):
        frame = pl.DataFrame({"at": [datetime(2026, 1, 2, 5)], "land": [country]})
        duck.handle_output(out(GRID, expression, partition_key=f"{country}|2026-01-02"), frame)
    column = PartitionKeyRange("de|2026-01-02", "fr|2026-01-03")

    assert list(duck.load_input(into(GRID, expression, partition_key="it's|2026-01-02"))["land"]) == ["it's"]
    assert len(duck.load_input(into(GRID, expression, asset_partition_key_range=column))) == 2


def test_partitions_that_are_no_grid_are_refused(duck: DuckDBIOManager) -> None:
    expression = {"day": "at", "country": "land"}
    context = into(GRID, expression, partition_key="de|2026-01-02")
    context._facts["asset_partitions"]._key = None
    context._facts["asset_partitions"]._ordinals = GRID.subset_with_partition_keys(
        ["de|2026-01-02", "fr|2026-01-03"]
    ).ordinals

    with pytest.raises(CheckError, match="no grid of its dimensions|no single range"):
        duck.load_input(context)


@pytest.mark.parametrize(
    ("definition", "key", "expression", "words"),
    [
        (DAYS, "2026-01-02", None, "is missing: say which column"),
        (DAYS, "2026-01-02", {"day": "at"}, "has partitions in one dimension"),
        (GRID, "de|2026-01-02", "at", "has the dimensions"),
        (GRID, "de|2026-01-02", {"day": "at"}, "no SQL for the dimension 'country'"),
    ],
)
def test_an_asset_says_which_column_tells_the_partition(
    duck: DuckDBIOManager, definition: Any, key: str, expression: Any, words: str
) -> None:
    with pytest.raises(PartitionExpressionError, match=f"partitioned asset 'orders'.*{words}"):
        duck.handle_output(out(definition, expression, partition_key=key), pl.DataFrame({"at": [1]}))


def test_a_partition_with_other_columns_is_told_and_changes_nothing(duck: DuckDBIOManager) -> None:
    duck.handle_output(out(DAYS, partition_key="2026-01-02"), rows([datetime(2026, 1, 2)], "old"))
    wider = rows([datetime(2026, 1, 2)], "new").assign(extra=1)

    with pytest.raises(DagsterInvariantViolationError, match="does not fit the table.*extra.*alter table"):
        duck.handle_output(out(DAYS, partition_key="2026-01-02"), wider)
    assert list(duck.load_input(into(DAYS, partition_key="2026-01-02"))["tag"]) == ["old"]


def test_rows_outside_the_partition_are_warned_of(duck: DuckDBIOManager) -> None:
    context = out(DAYS, partition_key="2026-01-02")

    duck.handle_output(context, rows([datetime(2026, 1, 2), datetime(2026, 1, 9)], "x"))

    assert [line.message for line in context.log.lines if "1 rows of the frame" in line.message]


def test_a_schema_may_be_called_as_the_database(tmp_path: Path) -> None:
    duck = DuckDBIOManager(database=str(tmp_path / "shop.duckdb"), schema="shop")

    duck.handle_output(build_output_context(asset_key="orders"), pl.DataFrame({"n": [1]}))

    assert len(duck.load_input(build_input_context(asset_key="orders", dagster_type=pd.DataFrame))) == 1
