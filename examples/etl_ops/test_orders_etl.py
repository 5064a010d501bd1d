"""How such a pipeline is tested: ops by calling them, the job in process."""

from pathlib import Path

import orders_etl
import pytest
from orders_etl import Source, Warehouse, orders_job, to_euros

from watchbell import DagsterEventType, RunConfig


@pytest.fixture(autouse=True)
def _files_in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orders_etl, "FOLDER", tmp_path)


def test_an_op_is_a_function() -> None:
    rows = to_euros([{"quantity": "2", "unit_price": "10", "currency": "GBP"}])

    assert rows[0]["euros"] == "23.40"


def test_good_orders_are_loaded_and_the_others_written_down(tmp_path: Path) -> None:
    warehouse = Warehouse(path=str(tmp_path / "warehouse.db"))

    result = orders_job.execute_in_process(resources={"warehouse": warehouse})

    assert result.success
    assert result.output_for_node("write_report").startswith("# Sales")
    assert len((tmp_path / "rejected.csv").read_text().splitlines()) == 1 + 4
    with warehouse.transaction() as connection:
        assert connection.execute("SELECT count(*) FROM orders").fetchone() == (16,)


def test_without_mistakes_there_is_nothing_to_write_down(tmp_path: Path) -> None:
    source = tmp_path / "one.csv"
    source.write_text(
        "order_id,ordered_on,country,product,quantity,unit_price,currency\n1,2026-01-01,DE,lamp,1,5,EUR\n"
    )

    result = orders_job.execute_in_process(
        run_config=RunConfig(ops={"read_orders": Source(path=str(source))}),
        resources={"warehouse": Warehouse(path=str(tmp_path / "warehouse.db"))},
    )

    skipped = [event.step_key for event in result.all_events if event.event_type is DagsterEventType.STEP_SKIPPED]
    assert result.success
    assert skipped == ["write_rejected"]


def test_a_failed_step_leaves_a_note(tmp_path: Path) -> None:
    result = orders_job.execute_in_process(
        run_config=RunConfig(ops={"read_orders": Source(path=str(tmp_path / "missing.csv"))}), raise_on_error=False
    )

    assert not result.success
    assert "missing.csv" in (tmp_path / "failed_read_orders.txt").read_text()
