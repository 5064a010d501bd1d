"""How checks are tested: alone on made-up values, and together with what they protect."""

from pathlib import Path

import meters
import pandas as pd
import pytest
from meters import daily_use, defs, no_negative_reading, readings, statistics

from watchbell import DagsterInstance, ExecuteInProcessResult, FilesystemIOManager, materialize

HEADER = "meter,read_on,kwh\n"
GOOD = HEADER + "north,2026-03-01,100\nsouth,2026-03-01,90\nwest,2026-03-01,200\n"


def _run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> ExecuteInProcessResult:
    source = tmp_path / "readings.csv"
    source.write_text(text)
    monkeypatch.setattr(meters, "SOURCE", source)
    return materialize(
        [readings, daily_use, no_negative_reading, statistics],
        resources={"io_manager": FilesystemIOManager(base_dir=str(tmp_path / "values"))},
        raise_on_error=False,
    )


def _passed(result: ExecuteInProcessResult) -> dict[str, bool]:
    return {evaluation.check_name: evaluation.passed for evaluation in result.get_asset_check_evaluations()}


def test_a_check_is_a_function() -> None:
    assert no_negative_reading(pd.DataFrame({"kwh": [1.0, 2.0]})).passed


def test_good_readings_pass_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = _run(tmp_path, monkeypatch, GOOD)

    assert result.success
    assert _passed(result) == dict.fromkeys(
        ["every_meter_reported", "no_negative_reading", "no_day_twice", "no_outlier"], True
    )


def test_a_missing_meter_is_told_and_holds_nothing_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = _run(tmp_path, monkeypatch, HEADER + "north,2026-03-01,100\n")

    assert result.success
    assert not _passed(result)["every_meter_reported"]
    assert result.asset_value("daily_use")["kwh"].sum() == 100


def test_nothing_is_made_from_negative_readings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = _run(tmp_path, monkeypatch, GOOD + "north,2026-03-02,-5\n")

    made = {event.asset_key.to_user_string() for event in result.get_asset_materialization_events() if event.asset_key}
    assert not result.success
    assert not _passed(result)["no_negative_reading"]
    assert made == {"readings"}


def test_the_checks_of_metadata_see_what_the_last_run_wrote(tmp_path: Path) -> None:
    with DagsterInstance.ephemeral() as instance:
        job = defs.get_job_def("meters")
        resources = {"io_manager": FilesystemIOManager(base_dir=str(tmp_path / "values"))}

        result = job.execute_in_process(instance=instance, resources=resources)

    assert result.success
    assert len(_passed(result)) >= 6
