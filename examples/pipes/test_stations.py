"""How an asset of another program is tested: with the program itself."""

from pathlib import Path

import pytest
import stations
from stations import Look, stations_job, summary, warmest_days

from watchbell import DagsterInstance, ExecuteInProcessResult, PipesSubprocessClient, RunConfig, materialize


@pytest.fixture(autouse=True)
def _files_in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stations, "FOLDER", tmp_path)


def _run(instance: DagsterInstance, look: Look, raise_on_error: bool = True) -> ExecuteInProcessResult:
    return materialize(
        [warmest_days, summary],
        instance=instance,
        resources={"pipes_subprocess_client": PipesSubprocessClient()},
        run_config=RunConfig(ops={"warmest_days": look}),
        raise_on_error=raise_on_error,
    )


def test_what_the_program_reports_is_stored(tmp_path: Path) -> None:
    with DagsterInstance.ephemeral() as instance:
        result = _run(instance, Look(days=2))

        (event,) = result.asset_materializations_for_node("warmest_days")
        assert event.metadata["rows"].value == 6
        assert event.metadata["file"].value == str(tmp_path / "warmest_days.csv")
        assert event.tags is not None
        assert event.tags["dagster/data_version"].startswith("2-")
        assert [evaluation.passed for evaluation in result.get_asset_check_evaluations()] == [True]
        assert any("read 90 days of 3 stations" in entry.user_message for entry in instance.all_logs(result.run_id))


def test_a_program_that_fails_fails_its_asset(tmp_path: Path) -> None:
    with DagsterInstance.ephemeral() as instance:
        result = _run(instance, Look(source=str(tmp_path / "missing.csv")), raise_on_error=False)

    assert not result.success
    assert not (tmp_path / "summary.txt").exists()


def test_the_job_has_both_assets() -> None:
    assert stations_job.name == "stations"
