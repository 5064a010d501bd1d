"""``watchbell simulate``: what would run between two times."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Terminal
from watchbell import AssetMaterialization

CODE = """
from watchbell import (
    AssetKey, AutomationCondition, DagsterInstance, DefaultScheduleStatus, Definitions, RunRequest, ScheduleDefinition,
    SkipReason, asset, asset_sensor, job, op, run_failure_sensor, schedule,
)


@op
def load(): ...


@job
def etl():
    load()


@asset
def landing(): ...


@asset(deps=[landing], automation_condition=AutomationCondition.eager())
def orders(): ...


ON = DefaultScheduleStatus.RUNNING


@asset
def other(): ...


@asset(deps=[landing, other], automation_condition=AutomationCondition.eager())
def joined(): ...


@schedule(job=etl, cron_schedule="30 2 * * *", execution_timezone="Europe/Berlin", default_status=ON)
def nightly(context):
    print("called")
    if context.scheduled_execution_time.day == 26:
        return SkipReason("closed on the 26th")
    return RunRequest()


hourly = ScheduleDefinition("hourly", job=etl, cron_schedule="0 */12 * * *")


@schedule(job=etl, cron_schedule="0 4 * * *")
def meddling(context):
    DagsterInstance.get().add_run_tags("run-1", {"a": "b"})


@schedule(job=etl, cron_schedule="0 5 * * *")
def asking(context):
    return RunRequest(tags={"runs": str(context.instance.get_runs_count())})


@asset_sensor(asset_key=AssetKey("orders"), job=etl)
def on_orders(context, event):
    return RunRequest()


@run_failure_sensor
def alarm(context): ...


defs = Definitions(
    [landing, orders, other, joined],
    schedules=[nightly, hourly, meddling, asking],
    sensors=[on_orders, alarm],
    jobs=[etl],
)
"""
SPAN = ("--from", "2026-10-24", "--to", "2026-10-27")


@pytest.fixture
def project(terminal: Terminal) -> Terminal:
    """A project with schedules, sensors and a condition."""
    terminal.write(CODE)
    return terminal


def only(name: str) -> tuple[str, ...]:
    return ("simulate", *SPAN, "--only", name)


def test_a_table_tells_what_would_run_with_what_summer_time_does_to_it(project: Terminal) -> None:
    lines = [line.split() for line in project.run_on_code(*only("nightly")).out.splitlines()]

    assert lines[2][:7] == ["2026-10-24", "00:30:00", "Sat", "02:30", "UTC+02:00", "schedule", "nightly"]
    assert " ".join(lines[3]).endswith("SUCCESS 02:30 comes twice that day, this is the second")
    assert " ".join(lines[4]).endswith("schedule nightly skipped: closed on the 26th SKIPPED")


def test_the_summary_counts(project: Terminal) -> None:
    out = project.run_on_code(*only("nightly"), "--summary").out

    assert "2026-10-24 00:00 to 2026-10-27 00:00 UTC" in out
    assert "schedule nightly   3       2      1         0" in out
    assert "2 runs; at most 0 waited at a time" in out
    assert "02:30 comes twice" not in out


def test_what_user_code_prints_does_not_go_to_standard_output(project: Terminal) -> None:
    said = project.run_on_code(*only("nightly"), "--json")

    assert said.json()["run_count"] == 2
    assert said.err.count("called") == 3


def test_json_has_rows_counts_and_the_queue(project: Terminal) -> None:
    found = project.run_on_code(*only("hourly"), "--duration", "etl=13h", "--max-concurrent-runs", "1", "--json").json()

    assert found["from"] == "2026-10-24T00:00:00+00:00"
    assert [row["begins"] for row in found["rows"][:2]] == ["2026-10-24T00:00:00+00:00", "2026-10-24T13:00:00+00:00"]
    assert found["queue_depth"][:2] == [["2026-10-24T12:00:00+00:00", 1], ["2026-10-24T13:00:00+00:00", 0]]
    assert found["counts"] == [
        {"kind": "schedule", "name": "hourly", "ticks": 6, "skips": 0, "failures": 0, "runs": 6}
    ]  # fmt: skip


def test_events_from_a_file_wake_conditions_and_sensors_of_assets(project: Terminal, tmp_path: Path) -> None:
    landed = tmp_path / "landing.csv"
    landed.write_text("time,asset\n2026-10-24T01:00,landing\n2026-10-24T03:00,orders\n")

    found = project.run_on_code(
        "simulate", *SPAN, "--events", str(landed), "--only", "orders", "--only", "on_orders", "--json"
    ).json()

    assert [(row["at"][11:16], row["by"], row["what"]) for row in found["rows"]] == [
        ("01:00", "condition orders", "orders"),
        ("01:01", "sensor on_orders", "etl"),
        ("03:00", "sensor on_orders", "etl"),
    ]


def test_a_condition_asks_when_what_it_is_made_from_was_made(project: Terminal, tmp_path: Path) -> None:
    landed = tmp_path / "landing.csv"
    landed.write_text("time,asset\n2026-10-24T01:00,orders\n2026-10-24T02:00,landing\n2026-10-24T06:00,landing\n")

    found = project.run_on_code("simulate", *SPAN, "--events", str(landed), "--only", "orders", "--json").json()

    assert [(row["at"][11:16], row["by"], row["what"]) for row in found["rows"]] == [
        ("02:00", "condition orders", "orders"),
        ("06:00", "condition orders", "orders"),
    ]


def test_a_mistake_in_the_file_is_named(project: Terminal, tmp_path: Path) -> None:
    landed = tmp_path / "landing.csv"
    landed.write_text("time,asset\nsoon,landing\n")

    said = project.run_on_code("simulate", *SPAN, "--events", str(landed))

    assert said.code == 1
    assert f"{landed}, line 2, column 'time': 'soon' is no time" in said.err


def test_failures_fail_and_sensors_that_are_named_are_called(project: Terminal) -> None:
    found = project.run_on_code(
        *only("hourly"), "--only", "alarm", "--fail", "etl@2026-10-24T06:00", "--sensor", "alarm", "--json"
    ).json()

    assert [row["status"] for row in found["rows"] if row["by"] == "schedule hourly"] == [
        "SUCCESS", "FAILURE", "SUCCESS", "SUCCESS", "SUCCESS", "SUCCESS",
    ]  # fmt: skip
    assert [row["what"] for row in found["rows"] if row["by"] == "sensor alarm"] == [
        "skipped: its function was called and asked for no run"
    ]


def test_what_user_code_tries_to_change_is_refused_by_name(project: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    project.run_on_code("job", "list")  # makes the home
    with project.instance() as instance:
        monkeypatch.setenv("WATCHBELL_HOME", str(instance.home))

    said = project.run_on_code(*only("meddling"))

    assert said.code == 0
    assert "schedule meddling raised, first at 2026-10-24 04:00:00+00:00" in said.err
    assert "a preview or replay changes nothing, so this is refused: to add tags to run 'run-1'" in said.err


def test_with_state_only_what_is_on_takes_part_and_schedules_see_what_is_remembered(project: Terminal) -> None:
    project.run_on_code("schedule", "start", "asking")
    project.run_on_code("job", "execute", "-j", "etl")

    plain = project.run_on_code(*only("asking"), "--json").json()
    found = project.run_on_code("simulate", *SPAN, "--with-state", "--json").json()

    assert {each["name"] for each in found["counts"]} == {"asking", "nightly"}
    assert (plain["run_count"], found["run_count"]) == (3, 5)


def test_with_state_conditions_begin_with_what_was_made(project: Terminal, tmp_path: Path) -> None:
    project.run_on_code("sensor", "start", "default_automation_condition_sensor")
    with project.instance() as instance:
        instance.report_runless_asset_event(AssetMaterialization("other"))
    landed = tmp_path / "landing.csv"
    landed.write_text("time,asset\n2026-10-24T01:00,landing\n")
    words = ("simulate", *SPAN, "--events", str(landed), "--only", "joined", "--json")

    plain = project.run_on_code(*words).json()
    found = project.run_on_code(*words, "--with-state").json()

    assert (plain["run_count"], found["run_count"]) == (0, 1)  # eager waits for what is missing


def test_nothing_is_stored(project: Terminal) -> None:
    project.run_on_code("simulate", *SPAN)

    with project.instance() as instance:
        assert (instance.get_runs_count(), instance.last_event_id()) == (0, 0)


def test_what_is_left_out_is_said(project: Terminal) -> None:
    assert "not simulated: sensor alarm: its function may send messages; ask for it by name" in (
        project.run_on_code("simulate", *SPAN).out
    )


def test_more_rows_than_asked_for_are_counted(project: Terminal) -> None:
    assert "… 4 more (--limit)" in project.run_on_code(*only("hourly"), "-n", "2").out


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("--to", "2026-10-23"), 2, "is not after"),
        (("--duration", "long"), 2, "'long' is no length of time; write 5m or orders=20m"),
        (("--duration", "order=5m"), 1, "durations: there is no job or asset 'order'; did you mean 'orders'?"),
        (("--fail", "etl", "--assume-success"), 2, "--assume-success and --fail contradict each other"),
        (("--sensor", "alarm", "--no-sensors"), 2, "--sensor names those that are called"),
        (("--only", "nightli"), 1, "did you mean 'nightly'?"),
    ],
)
def test_mistakes_are_told(project: Terminal, words: tuple[str, ...], code: int, message: str) -> None:
    said = project.run_on_code("simulate", "--from", "2026-10-24", *words)

    assert said.code == code
    assert message in said.err
