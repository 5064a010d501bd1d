"""Parts of an instance by their old names, and what is not there."""

import pickle
from collections.abc import Iterator
from pathlib import Path

import pytest

from watchbell import (
    DagsterEventType,
    DagsterInstance,
    DagsterInvalidConfigError,
    DagsterRunNotFoundError,
    DagsterRunStatus,
    job,
    op,
)
from watchbell.ground.errors import DagsterInvariantViolationError
from watchbell.record.event import DagsterEvent
from watchbell.record.event_data import ComputeLogsCaptureData


@op
def nothing() -> None: ...


@job
def etl() -> None:
    nothing()


@pytest.fixture
def instance() -> Iterator[DagsterInstance]:
    with DagsterInstance.local_temp() as opened:
        yield opened


def test_a_stored_run_is_put_into_the_queue(instance: DagsterInstance) -> None:
    run = instance.create_run_for_job(etl, location_name="here")

    submitted = instance.submit_run(run.run_id, workspace=None)

    assert submitted.status is DagsterRunStatus.QUEUED
    assert [entry.dagster_event_type for entry in instance.all_logs(run.run_id)] == [DagsterEventType.RUN_ENQUEUED]


def test_launching_is_the_queue_too(instance: DagsterInstance) -> None:
    run = instance.create_run_for_job(etl, location_name="here")

    assert instance.run_launcher.launch_run(run.run_id).status is DagsterRunStatus.QUEUED


def test_a_run_that_nobody_could_start_is_not_queued(instance: DagsterInstance) -> None:
    run = instance.create_run_for_job(etl)

    with pytest.raises(DagsterInvariantViolationError, match="give create_run_for_job a location_name"):
        instance.launch_run(run.run_id)
    with pytest.raises(DagsterRunNotFoundError):
        instance.submit_run("nope")


def test_a_run_is_queued_once(instance: DagsterInstance) -> None:
    run = instance.create_run_for_job(etl, location_name="here")
    instance.submit_run(run.run_id)

    with pytest.raises(DagsterInvariantViolationError, match="is QUEUED; only a run that is NOT_STARTED"):
        instance.submit_run(run.run_id)


def test_the_launcher_asks_a_run_to_end(instance: DagsterInstance) -> None:
    run = instance.create_run_for_job(etl, status=DagsterRunStatus.STARTED)

    assert instance.run_launcher.terminate(run.run_id) is True
    stored = instance.get_run_by_id(run.run_id)
    assert stored is not None
    assert stored.status is DagsterRunStatus.CANCELING
    instance.report_run_canceled(run)
    assert instance.run_launcher.terminate(run.run_id) is False
    assert instance.run_coordinator.cancel_run("nope") is False


def test_storages_are_doors_to_the_instance(instance: DagsterInstance) -> None:
    run = instance.create_run_for_job(etl)

    assert [each.run_id for each in instance.run_storage.get_runs()] == [run.run_id]
    assert instance.event_log_storage.get_logs_for_run(run.run_id) == []
    assert instance.event_log_storage.get_stats_for_run(run.run_id).steps_failed == 0


@pytest.mark.parametrize("part", ["run_storage", "event_log_storage", "run_launcher", "run_coordinator"])
def test_what_a_part_lacks_is_refused_by_name(part: str, instance: DagsterInstance) -> None:
    with pytest.raises(AttributeError, match=rf"instance\.{part} has no 'alembic_version' here"):
        _ = getattr(instance, part).alembic_version


def test_what_an_instance_lacks_is_told(instance: DagsterInstance) -> None:
    assert not hasattr(instance, "nonsense")
    with pytest.raises(AttributeError, match=r"DagsterInstance\.nonsense is not there: an instance has no such member"):
        _ = instance.nonsense


def test_output_of_steps_is_read(instance: DagsterInstance) -> None:
    run = instance.create_run_for_job(etl)
    folder = Path(instance.logs_directory()) / run.run_id
    folder.mkdir(parents=True)
    (folder / "step.out").write_bytes(b"hello\n")
    (folder / "run.err").write_bytes(b"bad")
    data = ComputeLogsCaptureData(f"{run.run_id}/step.out", f"{run.run_id}/step.err", ("nothing",))
    event = DagsterEvent(DagsterEventType.LOGS_CAPTURED, event_specific_data=data)
    instance.report_dagster_event(event, run.run_id)
    logs = instance.compute_log_manager

    (key,) = logs.get_log_keys_for_log_key_prefix([run.run_id, "compute_logs"])
    assert key == logs.build_log_key_for_run(run.run_id, "nothing")
    assert (logs.get_log_data(key).stdout, logs.get_log_data(key).stderr) == (b"hello\n", None)
    assert logs.get_log_data([run.run_id, "compute_logs", "step"], max_bytes=2).stdout == b"he"
    assert (logs.get_log_data([run.run_id]).stdout, logs.get_log_data([run.run_id]).stderr) == (None, b"bad")
    assert logs.get_log_data([run.run_id, "compute_logs", "other"]).stdout is None


def test_a_reference_opens_the_same_instance(instance: DagsterInstance) -> None:
    run = instance.create_run_for_job(etl)
    ref = pickle.loads(pickle.dumps(instance.get_ref()))

    with DagsterInstance.from_ref(ref) as other:
        assert other.has_run(run.run_id)


def test_an_instance_in_memory_has_no_reference() -> None:
    with DagsterInstance.ephemeral() as instance, pytest.raises(DagsterInvariantViolationError, match="local_temp"):
        instance.get_ref()


def test_a_folder_with_a_settings_file_is_opened(tmp_path: Path) -> None:
    (tmp_path / "watchbell.yaml").write_text("max_concurrent_runs: 3\n")

    with DagsterInstance.from_config(str(tmp_path)) as instance:
        assert instance.settings.max_concurrent_runs == 3
    with pytest.raises(DagsterInvariantViolationError, match="is no folder"):
        DagsterInstance.from_config(str(tmp_path / "nope"))
    with pytest.raises(DagsterInvariantViolationError, match=r"not 'other\.yaml'"):
        DagsterInstance.from_config(str(tmp_path), "other.yaml")


def test_settings_of_a_test_are_given_by_name_or_in_dagsters_form() -> None:
    with DagsterInstance.local_temp(overrides={"max_concurrent_runs": 3}) as instance:
        assert instance.settings.max_concurrent_runs == 3
    theirs = {"run_coordinator": {"module": "m", "class": "QueuedRunCoordinator", "config": {"max_concurrent_runs": 4}}}
    with DagsterInstance.local_temp(overrides=theirs) as instance:
        assert instance.settings.max_concurrent_runs == 4
    with pytest.raises(DagsterInvalidConfigError, match="max_concurrent_runs"):
        DagsterInstance.local_temp(overrides={"max_concurrent_runs": "many"})
