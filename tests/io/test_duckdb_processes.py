"""Steps in processes of their own share one DuckDB file: each waits for the others."""

import os
from pathlib import Path

import pyarrow as pa
import pytest

from watchbell import DagsterInstance, job, op
from watchbell.execute.job_execution import execute_job
from watchbell.io.duckdb import DuckDBIOManager
from watchbell.io.duckdb_connection import DuckDBResource

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="forked step processes")


def test_steps_that_run_at_the_same_time_all_store_their_tables(tmp_path: Path) -> None:
    names = [f"made_{number}" for number in range(4)]

    def maker(name: str) -> object:
        @op(name=name)
        def make() -> pa.Table:
            return pa.table({"name": [name] * 50})

        return make

    @op
    def gathered(tables: list[pa.Table]) -> pa.Table:
        return pa.concat_tables(tables)

    database = str(tmp_path / "shared.duckdb")

    @job(resource_defs={"io_manager": DuckDBIOManager(database=database)})
    def making() -> None:
        gathered([maker(name)() for name in names])  # type: ignore[operator]

    config = {"execution": {"config": {"multiprocess": {"max_concurrent": 4}}}}
    with DagsterInstance.local_temp(tmp_path / "home") as instance:
        result = execute_job(making, instance=instance, run_config=config)

    assert result.success
    with DuckDBResource(database=database).get_connection() as connection:
        counted = connection.execute(
            "select name, count(*) from public.gathered group by name order by name"
        ).fetchall()
    assert counted == [(name, 50) for name in names]
