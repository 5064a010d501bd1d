"""Settings files: every mistake at once, and what Dagster's file means here."""

import warnings
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from watchbell.ground.errors import DagsterInvalidConfigError
from watchbell.record.settings import Settings
from watchbell.settings import DAGSTER_FILE, OWN_FILE, RULES, read_settings


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    assert read_settings(tmp_path) == Settings()
    assert read_settings(tmp_path / "not there") == Settings()


@pytest.mark.parametrize("content", ["", "# nothing set\n"])
def test_an_empty_file_changes_nothing(tmp_path: Path, content: str) -> None:
    (tmp_path / OWN_FILE).write_text(content)

    assert read_settings(tmp_path) == Settings()


def test_every_setting_has_its_rule_and_its_default_obeys_it() -> None:
    names = {field.name for field in fields(Settings)}

    assert set(RULES) == names
    assert [name for name in names if not RULES[name].fits(getattr(Settings(), name))] == []


def test_settings_are_read(tmp_path: Path) -> None:
    (tmp_path / OWN_FILE).write_text(
        "max_concurrent_runs: 3\nevaluation_timeout_seconds: 1.5\nprocess_start: spawn\nbase_url: https://bell.example\n"
    )

    assert read_settings(tmp_path) == Settings(
        max_concurrent_runs=3,
        evaluation_timeout_seconds=1.5,
        process_start="spawn",
        base_url="https://bell.example",
    )


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / OWN_FILE).write_text(
        "max_concurent_runs: 3\nweb_port: 'http'\nmax_evaluators: true\nprocess_start: x\n"
    )

    with pytest.raises(DagsterInvalidConfigError) as caught:
        read_settings(tmp_path)

    assert [mistake.path for mistake in caught.value.errors] == [
        ("max_concurent_runs",),
        ("web_port",),
        ("max_evaluators",),
        ("process_start",),
    ]
    message = str(caught.value)
    assert str(tmp_path / OWN_FILE) in message
    assert "did you mean 'max_concurrent_runs'?" in message
    assert "a whole number, at least 1, at most 65535; found 'http'" in message


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("max_concurrent_runs", 0),
        ("max_catchup_runs", -1),
        ("evaluation_timeout_seconds", 0),
        ("evaluation_memory_mb", 0.5),
        ("condition_history_days", 0),
        ("condition_history_max", 0),
        ("audit_history_days", 0),
        ("web_host", ""),
        ("web_port", 70_000),
        ("base_url", "javascript:alert(1)"),
        ("process_start", ["fork"]),
    ],
)
def test_a_value_that_makes_no_sense_is_refused(name: str, value: Any, tmp_path: Path) -> None:
    (tmp_path / OWN_FILE).write_text(f"{name}: {value!r}\n")

    with pytest.raises(DagsterInvalidConfigError, match=f"root:{name}: expected"):
        read_settings(tmp_path)


@pytest.mark.parametrize("content", ["a: [", "- a\n- b\n", "text"])
def test_a_file_that_holds_no_settings_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / OWN_FILE).write_text(content)

    with pytest.raises(DagsterInvalidConfigError, match=OWN_FILE):
        read_settings(tmp_path)


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / OWN_FILE).write_bytes(b"\xff\xfe\x00")

    with pytest.raises(DagsterInvalidConfigError, match="not valid YAML"):
        read_settings(tmp_path)


def test_of_dagsters_file_what_has_a_meaning_is_taken_over(tmp_path: Path) -> None:
    (tmp_path / DAGSTER_FILE).write_text(
        "telemetry:\n  enabled: false\n"
        "run_coordinator:\n  module: dagster.core.run_coordinator\n  class: QueuedRunCoordinator\n"
        "  config:\n    max_concurrent_runs: 7\n"
        "storage:\n  sqlite:\n    base_dir: /tmp\n"
        "web_port: 4000\n"
    )

    with pytest.warns(
        UserWarning, match=r"without effect in watchbell.*telemetry: nothing is sent to anybody; storage: all "
    ):
        found = read_settings(tmp_path)

    assert found == Settings(max_concurrent_runs=7, web_port=4000)


def test_newer_names_of_dagsters_file_are_known_too(tmp_path: Path) -> None:
    (tmp_path / DAGSTER_FILE).write_text("concurrency:\n  runs:\n    max_concurrent_runs: 2\n")

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert read_settings(tmp_path) == Settings(max_concurrent_runs=2)


def test_a_key_that_neither_knows_is_a_mistake_in_dagsters_file_too(tmp_path: Path) -> None:
    (tmp_path / DAGSTER_FILE).write_text("telemetri: false\n")

    with pytest.raises(DagsterInvalidConfigError, match="telemetri"):
        read_settings(tmp_path)


def test_watchbells_own_file_goes_first(tmp_path: Path) -> None:
    (tmp_path / OWN_FILE).write_text("web_port: 1000\n")
    (tmp_path / DAGSTER_FILE).write_text("web_port: 2000\n")

    assert read_settings(tmp_path).web_port == 1000


PARTS_OF_DAGSTERS_FILE = [
    ("telemetry: {enabled: false}", "telemetry: nothing is sent"),
    (
        "run_launcher: {module: dagster_docker, class: DockerRunLauncher, config: {network: n}}",
        "run_launcher: runs are",
    ),
    ("run_storage: {module: m, class: PostgresRunStorage, config: {}}", "run_storage: all that is remembered"),
    ("event_log_storage: {module: m, class: X}", "event_log_storage: all that is remembered"),
    ("schedule_storage: {module: m, class: X}", "schedule_storage: all that is remembered"),
    ("storage: {postgres: {postgres_db: {db_name: {env: D}, port: 5432}}}", "storage: all that is remembered"),
    ("scheduler: {module: m, class: DagsterDaemonScheduler}", "scheduler: schedules are always evaluated"),
    (
        "compute_logs: {module: m, class: LocalComputeLogManager, config: {base_dir: x}}",
        "compute_logs: what steps print",
    ),
    (
        "local_artifact_storage: {module: m, class: X, config: {base_dir: x}}",
        "local_artifact_storage: values of assets",
    ),
    ("run_monitoring: {enabled: true, poll_interval_seconds: 5}", "run_monitoring.poll_interval_seconds: runs are"),
    ("run_monitoring: {max_resume_run_attempts: 2}", "run_monitoring.max_resume_run_attempts: runs are"),
    ("code_servers: {local_startup_timeout: 100}", "code_servers: code is loaded by"),
    ("schedules: {use_threads: true, num_workers: 3}", "schedules: how many work"),
    ("auto_materialize: {enabled: true}", "auto_materialize: conditions are evaluated by condition sensors"),
    ("backfills: {use_threads: true, num_workers: 4}", "backfills: how many work"),
    (
        "retention: {schedule: {purge_after_days: 3}}",
        "retention: everything is kept, but for evaluations of conditions: condition_history_days",
    ),
    ("concurrency: {runs: {tag_concurrency_limits: []}}", "concurrency.runs.tag_concurrency_limits: there are no"),
    ("run_coordinator: {config: {tag_concurrency_limits: []}}", "run_coordinator.config.tag_concurrency_limits: there"),
    ("run_coordinator: {config: {dequeue_interval_seconds: 5}}", "dequeue_interval_seconds: runs are queued"),
]


@pytest.mark.parametrize(("text", "told"), PARTS_OF_DAGSTERS_FILE, ids=[told for _, told in PARTS_OF_DAGSTERS_FILE])
def test_a_part_of_dagsters_file_without_effect_is_told_with_the_reason(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "dagster.yaml").write_text(text)

    with pytest.warns(UserWarning, match=told):
        settings = read_settings(tmp_path)

    assert settings == Settings()


def test_parts_of_one_reason_are_told_together(tmp_path: Path) -> None:
    (tmp_path / "dagster.yaml").write_text("run_storage: {}\nschedule_storage: {}\n")

    with pytest.warns(UserWarning, match="run_storage, schedule_storage: all that is remembered"):
        read_settings(tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "run_coordinator: {module: dagster._core.run_coordinator, class: QueuedRunCoordinator}",
        "run_monitoring: {enabled: true}",
        "sensors: {use_threads: true}",
    ],
)
def test_what_is_so_anyway_needs_no_words(tmp_path: Path, text: str) -> None:
    (tmp_path / "dagster.yaml").write_text(text)

    assert read_settings(tmp_path) == Settings()


def test_a_number_of_dagsters_file_may_come_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CENSUS_RUNS", "7")
    (tmp_path / "dagster.yaml").write_text("concurrency: {runs: {max_concurrent_runs: {env: CENSUS_RUNS}}}")

    assert read_settings(tmp_path).max_concurrent_runs == 7


def test_a_variable_that_is_not_set_is_a_mistake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CENSUS_RUNS", raising=False)
    (tmp_path / "dagster.yaml").write_text("concurrency: {runs: {max_concurrent_runs: {env: CENSUS_RUNS}}}")

    with pytest.raises(DagsterInvalidConfigError, match="variable 'CENSUS_RUNS' is not set"):
        read_settings(tmp_path)
