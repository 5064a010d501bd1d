"""Frames come back as they were stored: types, missing values, no rows at all, any text."""

import datetime as dt
import math
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from tests.depth import examples
from watchbell import DagsterType, build_input_context, build_output_context
from watchbell.declare.config.annotation_type import type_of_annotation
from watchbell.io.csv import CsvIOManager
from watchbell.io.duckdb import DuckDBIOManager
from watchbell.io.json import JsonIOManager
from watchbell.io.parquet import ParquetIOManager

QUICK = settings(max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
TIMES = st.datetimes(dt.datetime(1970, 1, 1), dt.datetime(2200, 1, 1)).map(lambda at: at.replace(microsecond=0))
KINDS: dict[str, tuple[st.SearchStrategy[Any], pa.DataType, Any]] = {
    "integer": (st.integers(-(2**63), 2**63 - 1), pa.int64(), pl.Int64),
    "small": (st.integers(-(2**15), 2**15 - 1), pa.int16(), pl.Int16),
    "real": (st.floats(allow_nan=False), pa.float64(), pl.Float64),
    "truth": (st.booleans(), pa.bool_(), pl.Boolean),
    "text": (TEXT, pa.string(), pl.String),
    "day": (st.dates(dt.date(1970, 1, 1), dt.date(2200, 1, 1)), pa.date32(), pl.Date),
    "moment": (TIMES, pa.timestamp("us"), pl.Datetime("us")),
    "bytes": (st.binary(max_size=8), pa.binary(), pl.Binary),
    "zoned": (TIMES.map(lambda at: at.replace(tzinfo=dt.UTC)), pa.timestamp("us", "UTC"), pl.Datetime("us", "UTC")),
    "span": (
        st.integers(-(10**12), 10**12).map(lambda us: dt.timedelta(microseconds=us)),
        pa.duration("us"),
        pl.Duration("us"),
    ),
    "list": (st.lists(st.none() | st.integers(0, 9), max_size=3), pa.list_(pa.int64()), pl.List(pl.Int64)),
}
NAMES = st.text(st.characters(categories=["Lu", "Ll", "Nd", "Lo"], include_characters=' _-."'), min_size=1, max_size=8)


@st.composite
def columns(draw: st.DrawFn, kinds: tuple[str, ...] = tuple(KINDS)) -> dict[str, tuple[str, list[Any]]]:
    """Column name -> its kind and values, some of them missing; all of one length, which may be none."""
    names = draw(st.lists(NAMES, min_size=1, max_size=4, unique_by=str.casefold))
    length = draw(st.integers(0, 5))
    found = {}
    for name in names:
        kind = draw(st.sampled_from(kinds))
        values = st.lists(st.none() | KINDS[kind][0], min_size=length, max_size=length)
        found[name] = (kind, draw(values))
    return found


def polars_frame(parts: dict[str, tuple[str, list[Any]]]) -> pl.DataFrame:
    return pl.DataFrame(
        {name: pl.Series(name, values, KINDS[kind][2], strict=True) for name, (kind, values) in parts.items()}
    )


def arrow_table(parts: dict[str, tuple[str, list[Any]]]) -> pa.Table:
    return pa.table({name: pa.array(values, KINDS[kind][1]) for name, (kind, values) in parts.items()})


PANDAS = {
    "integer": "Int64",
    "small": "Int16",
    "real": "Float64",
    "truth": "boolean",
    "text": "str",
    "moment": "datetime64[us]",
    "bytes": "object",
}


def pandas_frame(parts: dict[str, tuple[str, list[Any]]]) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(values, dtype=PANDAS[kind]) for name, (kind, values) in parts.items()})


def stored_and_loaded(manager: Any, value: Any, annotation: Any) -> Any:
    kind: DagsterType = type_of_annotation(annotation)
    output = build_output_context(asset_key=["raw", "rows"], dagster_type=kind)
    manager.handle_output(output, value)
    return manager.load_input(build_input_context(upstream_output=output, asset_key=["raw", "rows"], dagster_type=kind))


@QUICK
@given(parts=columns())
def test_parquet_keeps_frames_of_polars(tmp_path: Path, parts: Any) -> None:
    frame = polars_frame(parts)

    assert_frame_equal(frame, stored_and_loaded(ParquetIOManager(base_dir=str(tmp_path)), frame, pl.DataFrame))


@QUICK
@given(parts=columns())
def test_parquet_keeps_tables_of_pyarrow(tmp_path: Path, parts: Any) -> None:
    table = arrow_table(parts)

    assert table.equals(stored_and_loaded(ParquetIOManager(base_dir=str(tmp_path)), table, pa.Table))


@QUICK
@given(parts=columns(tuple(PANDAS)))
def test_parquet_keeps_frames_of_pandas(tmp_path: Path, parts: Any) -> None:
    frame = pandas_frame(parts)

    pd.testing.assert_frame_equal(
        frame, stored_and_loaded(ParquetIOManager(base_dir=str(tmp_path)), frame, pd.DataFrame)
    )


@QUICK
@given(parts=columns(tuple(PANDAS)), index=st.lists(TEXT, min_size=5, max_size=5))
def test_parquet_keeps_an_index_of_pandas(tmp_path: Path, parts: Any, index: list[str]) -> None:
    frame = pandas_frame(parts)
    frame.index = pd.Index(index[: len(frame)], name="the index", dtype="str")

    pd.testing.assert_frame_equal(
        frame, stored_and_loaded(ParquetIOManager(base_dir=str(tmp_path)), frame, pd.DataFrame)
    )


@QUICK
@given(parts=columns())
def test_duckdb_keeps_frames_of_polars(tmp_path: Path, parts: Any) -> None:
    frame = polars_frame(parts)
    manager = DuckDBIOManager(database=str(tmp_path / "rows.duckdb"))

    assert_frame_equal(frame, stored_and_loaded(manager, frame, pl.DataFrame))


@QUICK
@given(parts=columns())
def test_duckdb_keeps_tables_of_pyarrow(tmp_path: Path, parts: Any) -> None:
    table = arrow_table(parts)
    manager = DuckDBIOManager(database=str(tmp_path / "rows.duckdb"))

    assert table.equals(stored_and_loaded(manager, table, pa.Table))


@QUICK
@given(parts=columns(tuple(PANDAS)))
def test_duckdb_keeps_the_values_of_pandas(tmp_path: Path, parts: Any) -> None:
    frame = pandas_frame(parts)
    manager = DuckDBIOManager(database=str(tmp_path / "rows.duckdb"))

    loaded = stored_and_loaded(manager, frame, pd.DataFrame)

    # A table of SQL has no place for what pandas notes beside it, such as which of its integer types this was.
    table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
    pd.testing.assert_frame_equal(table.to_pandas(), loaded)


# CSV and JSON know few types: what they do keep is numbers, and text that looks like nothing else.
PLAIN = {
    "count": st.integers(-(2**53), 2**53),
    "real": st.floats(-1e9, 1e9).map(lambda x: math.floor(x * 8) / 8 + 1 / 16),  # never whole: "3" would be an integer
    "word": st.text(st.characters(categories=["Ll", "Lo"]), min_size=1, max_size=8).map("w_".__add__),
}


@st.composite
def plain_rows(draw: st.DrawFn) -> dict[str, list[Any]]:
    length = draw(st.integers(1, 6))
    return {name: draw(st.lists(each, min_size=length, max_size=length)) for name, each in PLAIN.items()}


@QUICK
@given(rows=plain_rows(), compression=st.sampled_from(["none", "gzip"]))
@pytest.mark.parametrize("kind", [pd.DataFrame, pl.DataFrame, pa.table], ids=["pandas", "polars", "pyarrow"])
@pytest.mark.parametrize("manager", [CsvIOManager, JsonIOManager], ids=["csv", "json"])
def test_text_files_keep_numbers_and_words(
    tmp_path: Path, manager: Any, kind: Any, rows: Any, compression: str
) -> None:
    frame = kind(rows)
    made = manager(base_dir=str(tmp_path), compression=compression)

    loaded = stored_and_loaded(made, frame, type(frame))

    assert type(loaded) is type(frame)
    assert loaded.equals(frame)
