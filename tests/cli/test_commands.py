"""What commands do when nothing is wrong: for people as text, for scripts as JSON and exit codes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import click
import pytest

import watchbell
from tests.cli.conftest import Terminal
from watchbell.automate.switch import started
from watchbell.cli.main import COMMANDS, cli
from watchbell.ground.os_user import os_user_name
from watchbell.record.run import DagsterRunStatus
from watchbell.record.tick import AutomationKey, AutomationKind, AutomationState

CONFIG = json.dumps({"ops": {"load": {"config": {"rows": 3}}}})
LOCATION = "definitions.py"


def executed(terminal: Terminal, *words: str) -> str:
    """Executes the job of the definitions; the run's id."""
    said = terminal.run_on_code("job", "execute", "-j", "etl", "--config-json", CONFIG, *words)
    assert said.code == 0, said
    with terminal.instance() as instance:
        return instance.get_runs(limit=1)[0].run_id


# ------------------------------------------------------------------- itself


def test_the_version_is_told(terminal: Terminal) -> None:
    said = terminal.run("--version")

    assert (said.code, said.out) == (0, f"watchbell {watchbell.__version__}\n")


def test_help_lists_every_command(terminal: Terminal) -> None:
    said = terminal.run("--help")

    assert said.code == 0
    assert all(f"  {name}" in said.out for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_its_help(terminal: Terminal, name) -> None:
    said = terminal.run(name, "--help")

    assert said.code == 0
    assert said.out.startswith("Usage: watchbell")


def commands_under(group: click.Command, *path: str) -> Iterator[tuple[str, ...]]:
    """The words of every command below a group, at any depth."""
    if not isinstance(group, click.Group):
        yield path
        return
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if not command.hidden:  # those only say what to use instead
            yield from commands_under(command, *path, name)


@pytest.mark.parametrize("words", list(commands_under(cli)), ids=" ".join)
def test_every_command_of_a_group_has_its_help(terminal: Terminal, words) -> None:
    said = terminal.run(*words, "--help")

    assert said.code == 0
    assert said.out.startswith(f"Usage: watchbell {' '.join(words)}")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_name_the_program(terminal: Terminal, shell) -> None:
    said = terminal.run("completion", shell)

    assert said.code == 0
    assert "_WATCHBELL_COMPLETE" in said.out


# ------------------------------------------------------------------- lists


def test_jobs_are_listed(terminal: Terminal) -> None:
    rows = terminal.run_on_code("job", "list", "--json").json()

    assert [(row["job"], row["ops"], row["assets"]) for row in rows] == [
        ("broken", 1, 0),
        ("etl", 2, 0),
        ("nightly_assets", 2, 2),
    ]
    assert rows[1]["description"] == "Loads and counts."


def test_assets_are_listed_with_what_they_are_made_from(terminal: Terminal) -> None:
    rows = {row["asset"]: row for row in terminal.run_on_code("asset", "list", "--json").json()}

    assert rows.keys() == {"orders", "summary", "unlucky"}
    assert (rows["orders"]["group"], rows["orders"]["kinds"], rows["orders"]["made"]) == ("raw", ["csv"], "")
    assert rows["summary"]["made_from"] == ["orders"]


@pytest.mark.parametrize(
    ("selection", "names"),
    [("orders", ["orders"]), ("orders*", ["orders", "summary"]), ("*summary", ["orders", "summary"]),
     ("group:raw", ["orders"]), ("*", ["orders", "summary", "unlucky"])],
)  # fmt: skip
def test_assets_are_selected(terminal: Terminal, selection, names) -> None:
    rows = terminal.run_on_code("asset", "list", "-s", selection, "--json").json()

    assert sorted(row["asset"] for row in rows) == names


def test_schedules_and_sensors_are_listed_with_their_state(terminal: Terminal) -> None:
    [schedule] = terminal.run_on_code("schedule", "list", "--json").json()
    [sensor] = terminal.run_on_code("sensor", "list", "--json").json()

    assert schedule["status"] == "STOPPED"
    assert (schedule["cron"], schedule["zone"], schedule["job"]) == ("5 3 * * *", "Europe/Berlin", "etl")
    assert schedule["next_tick"] is None
    assert (sensor["sensor"], sensor["status"], sensor["interval"]) == ("landing", "RUNNING", "2 s")


def test_lists_for_programs_have_owners_tags_and_facts(terminal: Terminal) -> None:
    terminal.write(
        "from watchbell import AssetKey, MetadataValue, job, op, schedule, sensor\n\n"
        "LABELS = dict(description='Told.', owners=['team:data'], tags={'tier': 'gold'},\n"
        "    metadata={'rows': 3, 'of': AssetKey('a'), 'all': MetadataValue.json({'a': [1]})})\n\n"
        "@op\ndef work(): ...\n\n@job\ndef etl(): work()\n\n"
        "@schedule(job=etl, cron_schedule='@daily', **LABELS)\ndef daily(): ...\n\n"
        "@sensor(job=etl, **LABELS)\ndef seen(): ...\n"
    )
    rows = [row for kind in ("schedule", "sensor") for row in terminal.run_on_code(kind, "list", "--json").json()]
    table = terminal.run_on_code("sensor", "list").out

    wanted = {
        "description": "Told.",
        "owners": ["team:data"],
        "tags": {"tier": "gold"},
        "metadata": {"rows": 3, "of": "AssetKey(['a'])", "all": {"a": [1]}},
    }
    assert [{key: row[key] for key in wanted} for row in rows] == [wanted] * 2
    assert "team:data" not in table


def test_a_table_is_printed_for_people(terminal: Terminal) -> None:
    said = terminal.run_on_code("job", "list")

    assert said.code == 0
    assert re.search(r"job +location +ops +assets +description", said.out)
    assert re.search(r"etl +definitions\.py +2 +0 +Loads and counts\.", said.out)


def test_nothing_is_said_to_be_nothing(terminal: Terminal) -> None:
    terminal.write("from watchbell import Definitions\ndefs = Definitions()\n")

    assert terminal.run_on_code("job", "list").out == "no jobs are defined here\n"
    assert terminal.run_on_code("asset", "list").out == "no assets are defined here\n"
    assert terminal.run_on_code("schedule", "list").out == "no schedules are defined here\n"
    assert terminal.run_on_code("sensor", "list").out == "no sensors are defined here\n"
    assert terminal.run("run", "list").out == "no runs\n"
    assert terminal.run("run", "list", "--json").json() == []


def test_sound_definitions_are_said_to_be_sound(terminal: Terminal) -> None:
    said = terminal.run_on_code("definitions", "validate")
    [row] = terminal.run_on_code("definitions", "validate", "--json").json()

    assert said.code == 0
    assert "all definitions are sound" in said.out
    assert (row["assets"], row["jobs"], row["schedules"], row["sensors"]) == (3, 3, 1, 1)


def test_the_code_of_the_folder_is_found_by_itself(terminal: Terminal) -> None:
    terminal.write('[tool.watchbell]\nmodule_name = "definitions"\n', "pyproject.toml")

    assert len(terminal.run("job", "list", "--json").json()) == 3


# -------------------------------------------------------------------- runs


def test_a_job_is_executed_and_its_log_shown_as_it_goes(terminal: Terminal) -> None:
    said = terminal.run_on_code("job", "execute", "-j", "etl", "--config-json", CONFIG, "--tags", '{"by": "hand"}')

    assert said.code == 0
    assert "loading 3 rows of all" in said.out
    assert "there are 3" in said.out
    [row] = terminal.run("run", "list", "--json").json()
    assert (row["job"], row["status"]) == ("etl", "SUCCESS")
    shown = terminal.run("run", "show", row["run_id"], "--json").json()
    assert shown["tags"] == {"team": "weather", "by": "hand"}
    assert shown["steps"] == {"load": "SUCCESS", "count": "SUCCESS"}


def test_config_files_are_merged_and_json_wins(terminal: Terminal) -> None:
    terminal.write("ops: {load: {config: {rows: 1, name: first}}}", "one.yaml")
    terminal.write("ops: {load: {config: {rows: 2}}}", "two.yaml")

    run_id = executed(terminal, "-c", "one.yaml", "-c", "two.yaml")

    with terminal.instance() as instance:
        found = instance.get_run_by_id(run_id)
    assert found.run_config["ops"]["load"]["config"] == {"rows": 3, "name": "first"}


def test_a_failing_job_ends_with_code_1_and_the_users_own_error(terminal: Terminal) -> None:
    said = terminal.run_on_code("job", "execute", "-j", "broken")

    assert said.code == 1
    assert "ValueError: the disk is on fire" in said.out
    assert "in explode" in said.out
    assert "watchbell/execute" not in said.out, "no frame of ours"


def test_a_failed_run_is_shown_with_its_failure(terminal: Terminal) -> None:
    terminal.run_on_code("job", "execute", "-j", "broken")
    [row] = terminal.run("run", "list", "--status", "failure", "--json").json()

    shown = terminal.run("run", "show", row["run_id"], "--json").json()

    assert shown["status"] == "FAILURE"
    assert "the disk is on fire" in shown["failure"]
    assert shown["steps"] == {"explode": "FAILURE"}


def test_a_run_is_found_by_the_beginning_of_its_id(terminal: Terminal) -> None:
    run_id = executed(terminal)

    shown = terminal.run("run", "show", run_id[:8], "--json").json()

    assert shown["run_id"] == run_id


def test_runs_are_filtered(terminal: Terminal) -> None:
    executed(terminal)
    terminal.run_on_code("job", "execute", "-j", "broken")

    def jobs(*words: str) -> list[str]:
        return [row["job"] for row in terminal.run("run", "list", "--json", *words).json()]

    assert jobs() == ["broken", "etl"]
    assert jobs("-j", "etl") == ["etl"]
    assert jobs("-s", "FAILURE", "-s", "SUCCESS") == ["broken", "etl"]
    assert jobs("-t", "team=weather") == ["etl"]
    assert jobs("-n", "1") == ["broken"]


def test_a_log_is_read_as_text_and_as_lines_of_json(terminal: Terminal) -> None:
    run_id = executed(terminal)

    text = terminal.run("run", "logs", run_id)
    entries = [json.loads(line) for line in terminal.run("run", "logs", run_id, "--json").out.splitlines()]

    assert "loading 3 rows of all" in text.out
    assert entries[-1]["kind"] == "RUN_SUCCESS"
    assert [entry["id"] for entry in entries] == sorted(entry["id"] for entry in entries)
    assert {"STEP_START", "STEP_SUCCESS"} <= {entry["kind"] for entry in entries}
    [line] = [entry for entry in entries if entry["message"] == "loading 3 rows of all"]
    assert (line["step"], line["level"]) == ("load", "INFO")


def test_following_a_finished_run_tells_by_its_code_how_it_ended(terminal: Terminal) -> None:
    good = executed(terminal)
    terminal.run_on_code("job", "execute", "-j", "broken")
    [bad] = terminal.run("run", "list", "-s", "FAILURE", "--json").json()

    assert terminal.run("run", "logs", good, "--follow").code == 0
    assert terminal.run("run", "logs", bad["run_id"], "--follow").code == 1


def test_a_launched_run_waits_in_the_queue_until_it_is_canceled(terminal: Terminal) -> None:
    said = terminal.run_on_code("job", "launch", "-j", "etl", "--config-json", CONFIG)
    run_id = said.out.strip()
    assert said.code == 0
    assert "no daemon is running here" in said.err
    with terminal.instance() as instance:
        queued = instance.get_run_by_id(run_id)
    assert (queued.status, queued.location_name) == (DagsterRunStatus.QUEUED, LOCATION)

    canceled = terminal.run("run", "cancel", run_id, "--reason", "the wrong day")
    log = terminal.run("run", "logs", run_id).out
    again = terminal.run("run", "cancel", run_id)

    assert (canceled.code, canceled.out) == (0, f"run {run_id} is CANCELED\n")
    assert f"{os_user_name()} asked for the run to stop: the wrong day" in log
    assert again.code == 1
    assert "is over already" in again.err


def test_assets_are_materialized_and_then_said_to_be_made(terminal: Terminal) -> None:
    said = terminal.run_on_code("asset", "materialize", "-s", "orders*")

    assert said.code == 0, said
    rows = {row["asset"]: row["made"] for row in terminal.run_on_code("asset", "list", "--json").json()}
    assert rows["orders"].endswith("ago")
    assert rows["summary"].endswith("ago")
    assert rows["unlucky"] == ""


def test_an_asset_that_cannot_be_made_ends_with_code_1(terminal: Terminal) -> None:
    said = terminal.run_on_code("asset", "materialize", "-s", "unlucky")

    assert said.code == 1
    assert "ValueError: no luck" in said.out


# ------------------------------------------------- schedules and sensors


def test_a_schedule_is_turned_on_and_off(terminal: Terminal) -> None:
    on = terminal.run_on_code("schedule", "start", "nightly")
    [row] = terminal.run_on_code("schedule", "list", "--json").json()
    off = terminal.run_on_code("schedule", "stop", "nightly")
    [later] = terminal.run_on_code("schedule", "list", "--json").json()

    assert on.code == off.code == 0
    assert "03:05:00+0" in on.out
    assert (row["status"], later["status"]) == ("RUNNING", "STOPPED")
    assert row["next_tick"] is not None


def test_a_schedule_is_previewed_for_a_time_of_its_zone_and_nothing_is_stored(terminal: Terminal) -> None:
    said = terminal.run_on_code("schedule", "preview", "nightly", "--at", "2024-07-01T03:05:00", "--json").json()

    assert said["evaluated_for"] == "2024-07-01 03:05:00+02:00"
    assert len(said["fires"]) == 5
    [request] = said["requests"]
    assert (request["job"], request["run_key"]) == ("etl", "2024-07-01")
    assert request["tags"].items() >= {"team": "weather", "by": "night"}.items()
    assert [(line["level"], line["message"]) for line in said["log"]] == [("INFO", "thinking")]
    assert terminal.run("run", "list", "--json").json() == []


def test_a_sensor_is_previewed_with_any_cursor_and_nothing_is_stored(terminal: Terminal) -> None:
    fresh = terminal.run_on_code("sensor", "preview", "landing", "--json").json()
    seven = terminal.run_on_code("sensor", "preview", "landing", "--cursor", "7", "--json").json()

    assert (fresh["cursor_before"], fresh["cursor_after"]) == (None, "1")
    assert [request["run_key"] for request in fresh["requests"]] == ["0"]
    assert (seven["requests"], seven["skip_message"]) == ([], "seven is enough")
    assert terminal.run_on_code("sensor", "cursor", "landing").out == "\n"


def test_a_cursor_is_set_shown_and_deleted(terminal: Terminal) -> None:
    assert terminal.run_on_code("sensor", "cursor", "landing", "--set", "41").out == "41\n"
    assert terminal.run_on_code("sensor", "cursor", "landing").out == "41\n"
    assert terminal.run_on_code("sensor", "cursor", "landing", "--delete").out == "\n"


def test_starting_a_quarantined_sensor_ends_its_quarantine(terminal: Terminal) -> None:
    key = AutomationKey(LOCATION, AutomationKind.SENSOR, "landing")
    with terminal.instance() as instance:
        now = instance.clock.now()
        before = AutomationState(key)
        stored = started(before, now)
        bad = AutomationState(key, stored.status, quarantine_reason="took 2 GB", failures_in_row=3)
        assert instance.store.put_state(before, bad, now) is not None

    [row] = terminal.run_on_code("sensor", "list", "--json").json()
    logs = terminal.run_on_code("sensor", "logs", "landing")
    terminal.run_on_code("sensor", "start", "landing")
    [later] = terminal.run_on_code("sensor", "list", "--json").json()

    assert (row["status"], later["status"]) == ("QUARANTINED", "RUNNING")
    assert "took 2 GB" in logs.err
    assert "watchbell sensor start landing" in logs.err


def test_a_sensor_that_never_ticked_has_no_log(terminal: Terminal) -> None:
    assert "has not ticked yet" in terminal.run_on_code("sensor", "logs", "landing").out
    assert terminal.run_on_code("sensor", "logs", "landing", "--json").json() == []
    assert "has no tick that was SUCCESS" in terminal.run_on_code("sensor", "logs", "landing", "-s", "SUCCESS").out


# ------------------------------------------------- as scripts call Dagster's


def test_some_ops_of_a_job_are_executed(terminal: Terminal) -> None:
    said = terminal.run_on_code("job", "execute", "-j", "etl", "--config-json", CONFIG, "-o", "load")

    assert said.code == 0, said
    with terminal.instance() as instance:
        run = instance.get_runs(limit=1)[0]
        steps = {entry.step_key for entry in instance.all_logs(run.run_id)} - {None}
    assert (tuple(run.op_selection), steps) == (("load",), {"load"})


def test_a_launched_run_remembers_its_ops(terminal: Terminal) -> None:
    said = terminal.run_on_code("job", "launch", "-j", "etl", "--config-json", CONFIG, "--op-selection", "load+, count")

    with terminal.instance() as instance:
        run = instance.get_run_by_id(said.out.strip())
    assert run is not None
    assert tuple(run.op_selection) == ("load+", "count")


def test_assets_are_selected_with_commas_between_them(terminal: Terminal) -> None:
    said = terminal.run_on_code("asset", "materialize", "--select", "orders,summary")
    rows = terminal.run_on_code("asset", "list", "-s", "orders, unlucky", "--json").json()

    assert said.code == 0, said
    assert {row["asset"] for row in rows} == {"orders", "unlucky"}


@pytest.mark.parametrize("words", [("--log-level", "info"), ("-v",), ("--log-format", "json")])
def test_an_option_that_has_no_effect_is_taken_and_told(terminal: Terminal, words) -> None:
    said = terminal.run_on_code("definitions", "validate", *words)

    assert said.code == 0, said
    assert "has no effect in watchbell" in said.err


def test_a_step_is_named_once_in_a_line_of_a_log(terminal: Terminal) -> None:
    said = terminal.run("run", "logs", executed(terminal))

    assert "load: load " not in said.out
    assert "load: loading 3 rows" in said.out


@pytest.mark.parametrize("words", [("-h",), ("job", "-h"), ("job", "execute", "-h")])
def test_help_has_a_short_name(terminal: Terminal, words) -> None:
    assert terminal.run(*words).out.startswith("Usage: watchbell")


# ---------------------------------------------------------------- the home


def test_the_home_is_described(terminal: Terminal) -> None:
    facts = terminal.run("instance", "info", "--json").json()

    assert facts["home"] == str(terminal.home)
    assert facts["daemon"] == "not running"
    assert facts["setting max_concurrent_runs"] == 10


def test_migrating_what_is_up_to_date_changes_nothing(terminal: Terminal) -> None:
    terminal.run("run", "list")
    before = (terminal.home / "watchbell.db").read_bytes()

    said = terminal.run("instance", "migrate")

    assert said.code == 0, said
    assert (terminal.home / "watchbell.db").read_bytes() == before
