"""Next times, previews and cursors: what would happen, told without its happening."""

from __future__ import annotations

import re

import pytest

from tests.cli.conftest import Terminal
from tests.cli.test_ticks import MORE, make
from watchbell.record.tick import AutomationKey, AutomationKind

SCHEDULES = """
from watchbell import (
    Definitions, RunRequest, SkipReason, StaticPartitionsDefinition, in_process_executor, job, op, schedule
)


@op
def one(): ...


@job(executor_def=in_process_executor)
def etl():
    one()


@job(executor_def=in_process_executor, partitions_def=StaticPartitionsDefinition(["north", "south"]))
def parts():
    one()


@schedule(job=etl, cron_schedule=["30 2 * * *", "0 12 * * *"], execution_timezone="Europe/Berlin")
def nightly(context):
    context.log.warning("at %s", context.scheduled_execution_time.isoformat())
    if context.scheduled_execution_time.hour == 12:
        return SkipReason("not at noon")
    return RunRequest(run_key="k", run_config={"ops": {}}, tags={"by": "night"})


@schedule(job=etl, cron_schedule="0 6 * * *", jitter=3600)
def shaky(context):
    return RunRequest()


@schedule(job=parts, cron_schedule="0 6 * * *")
def by_part(context):
    return RunRequest(partition_key="north")


@schedule(job=etl, cron_schedule="0 6 * * *")
async def waiting(context):
    return RunRequest(run_key="from a coroutine")


@schedule(job=etl, cron_schedule="0 6 * * *")
def meddling(context):
    context.instance.add_run_tags("run-1", {"a": "b"})


@schedule(job=etl, cron_schedule="0 6 * * *")
def wrong(context):
    return 7


defs = Definitions(jobs=[etl, parts], schedules=[nightly, shaky, by_part, waiting, meddling, wrong])
"""

ADDING = """
from watchbell import (
    AssetMaterialization, Definitions, DynamicPartitionsDefinition, SensorResult, sensor
)


@sensor()
def adding(context):
    return SensorResult(
        dynamic_partitions_requests=[DynamicPartitionsDefinition(name="cities").build_add_request(["oslo", "bergen"])],
        asset_events=[AssetMaterialization("orders", partition="oslo")],
    )


defs = Definitions(sensors=[adding])
"""


@pytest.fixture
def clocks(terminal: Terminal) -> Terminal:
    """A project with schedules of many sorts."""
    terminal.write(SCHEDULES)
    return terminal


@pytest.fixture
def more(terminal: Terminal) -> Terminal:
    """A project with a sensor of each sort."""
    terminal.write(MORE)
    return terminal


def failure_event(terminal: Terminal) -> tuple[int, str]:
    """Fails a run; the number of its last event and its id."""
    terminal.run_on_code("job", "execute", "-j", "broken")
    with terminal.instance() as instance:
        run = instance.get_runs()[0]
        [found] = [each for each in instance.all_logs(run.run_id) if each.dagster_event
                   and each.dagster_event.event_type.name == "RUN_FAILURE"]  # fmt: skip
    assert found.storage_id is not None
    return found.storage_id, run.run_id


# ---------------------------------------------------------------- next times


def test_next_times_are_those_of_all_cron_strings(clocks: Terminal) -> None:
    words = ["schedule", "next", "nightly", "--from", "2026-10-24", "-n", "4"]
    rows = clocks.run_on_code(*words, "--json").json()
    text = clocks.run_on_code(*words).out

    assert [row["at"] for row in rows] == [
        "2026-10-24T02:30:00+02:00",
        "2026-10-24T12:00:00+02:00",
        "2026-10-25T02:30:00+01:00",
        "2026-10-25T12:00:00+01:00",
    ]
    assert [row["offset"] for row in rows] == ["UTC+02:00", "UTC+02:00", "UTC+01:00", "UTC+01:00"]
    assert rows[2]["marks"] == [
        "02:30 comes twice that day, this is the second", "the offset was UTC+02:00 on the line before",
    ]  # fmt: skip
    assert "fires at '30 2 * * *', '0 12 * * *' in Europe/Berlin" in text
    assert "Sun 2026-10-25 02:30:00" in text


def test_next_times_begin_now_and_say_how_far_they_are(clocks: Terminal) -> None:
    rows = clocks.run_on_code("schedule", "next", "nightly", "--json").json()

    assert len(rows) == 10
    assert rows[0]["away"].startswith("in ")


def test_jitter_shows_when_it_really_ticks(clocks: Terminal) -> None:
    [row] = clocks.run_on_code("schedule", "next", "shaky", "-n", "1", "--from", "2026-05-01", "--json").json()
    plain = clocks.run_on_code("schedule", "next", "nightly", "-n", "1", "--json").json()

    assert row["at"] == "2026-05-01T06:00:00+00:00"
    assert row["at"] < row["ticks_at"] < "2026-05-01T07:00:00+00:00"
    assert "ticks_at" not in plain[0]


# ------------------------------------------------------------------ previews


@pytest.mark.parametrize(
    ("at", "expected"),
    [("2026-05-01 02:30", "2026-05-01 02:30:00+02:00"), ("2026-05-01T00:30Z", "2026-05-01 02:30:00+02:00"),
     ("2026-05-01T02:30+02:00", "2026-05-01 02:30:00+02:00"), ("2026-10-25T02:30", "2026-10-25 02:30:00+02:00")],
)  # fmt: skip
def test_a_time_may_have_a_zone_or_not(clocks: Terminal, at: str, expected: str) -> None:
    said = clocks.run_on_code("schedule", "preview", "nightly", "--at", at, "--json").json()

    assert said["evaluated_for"] == expected


def test_a_preview_shows_requests_log_and_whether_it_would_fire_then(clocks: Terminal) -> None:
    on_time = clocks.run_on_code("schedule", "preview", "nightly", "--at", "2026-05-01 02:30")
    odd = clocks.run_on_code("schedule", "preview", "nightly", "--at", "2026-05-01 02:31")

    assert "WARNING   at 2026-05-01T02:30:00+02:00" in on_time.out
    assert '{"ops": {}}' in on_time.out
    assert "by=night" in on_time.out
    assert "none of its cron strings names this time" not in on_time.out
    assert "none of its cron strings names this time" in odd.out


def test_a_preview_puts_each_time_on_a_line_of_its_own(clocks: Terminal) -> None:
    said = clocks.run_on_code("schedule", "preview", "nightly")

    first, *rest = said.out.partition("evaluated for")[0].splitlines()
    assert first.startswith("fires   ")
    assert [len(first)] * 4 == [len(line) for line in rest]


def test_a_skip_shows_its_reason(clocks: Terminal) -> None:
    said = clocks.run_on_code("schedule", "preview", "nightly", "--at", "2026-05-01 12:00")

    assert "skipped: not at noon" in said.out


def test_partitions_and_coroutines_are_previewed(clocks: Terminal) -> None:
    part = clocks.run_on_code("schedule", "preview", "by_part", "--json").json()
    waited = clocks.run_on_code("schedule", "preview", "waiting", "--json").json()

    assert [each["partition_key"] for each in part["requests"]] == ["north"]
    assert [each["run_key"] for each in waited["requests"]] == ["from a coroutine"]


def test_what_would_be_changed_with_the_tick_is_told_and_not_done(terminal: Terminal) -> None:
    terminal.write(ADDING)

    text = terminal.run_on_code("sensor", "preview", "adding")
    said = terminal.run_on_code("sensor", "preview", "adding", "--json").json()

    assert "would add oslo, bergen to cities" in text.out
    assert "would report the materialization of orders, oslo" in text.out
    assert said["dynamic_partitions"] == [{"name": "cities", "does": "add", "keys": ["oslo", "bergen"]}]
    with terminal.instance() as instance:
        assert (instance.get_dynamic_partitions("cities"), instance.last_event_id()) == ([], 0)


def test_a_function_that_changes_something_is_told(clocks: Terminal) -> None:
    said = clocks.run_on_code("schedule", "preview", "meddling")

    assert said.code == 1
    assert "schedule 'meddling' cannot be rehearsed" in said.err
    assert "this is refused: to add tags to run 'run-1'" in said.err
    assert "definitions.py" in said.err


def test_an_answer_that_is_none_is_told(clocks: Terminal) -> None:
    said = clocks.run_on_code("schedule", "preview", "wrong")

    assert said.code == 1
    assert "schedule 'wrong'" in said.err
    assert "7" in said.err


@pytest.mark.parametrize(
    ("words", "wanted"),
    [(["--at", "2026-03-29 02:30"], "does not exist in Europe/Berlin: the clocks go forward to 03:00"),
     (["--at", "tomorrow"], "'tomorrow' is no time"), (["--at", "2026-13-01"], "is no time")],
)  # fmt: skip
def test_a_time_that_is_none_is_refused(clocks: Terminal, words: list[str], wanted: str) -> None:
    said = clocks.run_on_code("schedule", "preview", "nightly", *words)

    assert said.code == 2
    assert wanted in said.err


def test_a_sensor_of_runs_is_previewed_for_an_event_or_a_run(more: Terminal) -> None:
    number, run_id = failure_event(more)

    by_event = more.run_on_code("sensor", "preview", "alert", "--event", str(number), "--json").json()
    by_run = more.run_on_code("sensor", "preview", "alert", "--run", run_id[:8])

    assert by_event["event"].startswith(f"{number}: RUN_FAILURE in run {run_id[:8]}")
    assert [line["message"] for line in by_event["log"]] == ["failed: broken"]
    assert by_event["cursor_after"] == str(number)
    assert "it was called and asked for no run" in by_run.out


def test_a_sensor_of_an_asset_is_previewed_with_a_cursor(more: Terminal) -> None:
    make(more)
    make(more)

    newest = more.run_on_code("sensor", "preview", "made", "--cursor", "1", "--json").json()
    done = more.run_on_code("sensor", "preview", "made", "--cursor", "2", "--json").json()

    assert [each["run_key"] for each in newest["requests"]] == ["2"]
    assert (done["requests"], newest["cursor_after"]) == ([], "2")


def test_what_came_last_can_be_made_up(terminal: Terminal) -> None:
    terminal.write(
        "from watchbell import Definitions, sensor\n@sensor()\ndef last(context):\n"
        "    context.log.info('%s %s', context.last_run_key, context.last_tick_completion_time)\n"
        "defs = Definitions(sensors=[last])\n"
    )

    words = ["--last_run_key", "k", "--since", "12.5"]
    said = terminal.run_on_code("sensor", "preview", "last", *words, "--json").json()

    assert [line["message"] for line in said["log"]] == ["k 12.5"]


@pytest.mark.parametrize(
    ("words", "code", "wanted"),
    [(["alert", "--event", "1"], 1, "event 1 is RUN_.* in run .*reacts to RUN_FAILURE"),
     (["alert", "--event", "9999"], 1, "there is no event 9999"),
     (["alert", "--run", "nothing"], 1, "there is no run 'nothing'"),
     (["alert", "--event", "9" * 20], 2, "larger than any there is"),
     (["made", "--since", "1e20"], 2, r"1e\+20 seconds since 1970 are no time"),
     (["made", "--since", "nan"], 2, "nan seconds since 1970 are no time"),
     (["made", "--event", "1"], 2, "--event and --run are for sensors of runs"),
     (["alert", "--event", "1", "--run", "x"], 2, "give --event or --run, not both"),
     (["made", "--cursor", "x"], 1, "is the number of the last event it dealt with")],
)  # fmt: skip
def test_events_that_are_none_of_a_sensors_are_refused(more, words, code, wanted) -> None:
    failure_event(more)

    said = more.run_on_code("sensor", "preview", *words)

    assert said.code == code
    assert re.search(wanted, said.err), said.err


# ------------------------------------------------------------------- cursors


@pytest.mark.parametrize(
    ("name", "cursor", "wanted"),
    [("alert", "x", "from 0 to 1, not 'x'"), ("alert", "-1", "not '-1'"), ("alert", "٣", "is the number"),
     ("made", "1.5", "is the number"), ("made", "7", "would lie behind event 7, but the newest there is has number 1"),
     ("alert", "9" * 30, "is the number"), ("either", "7", "none of a sensor of several assets"),
     ("either", """{"AssetKey(['orders'])": [null, 70, {}]}""", "would lie behind event 70")],
)  # fmt: skip
def test_a_cursor_that_a_sensor_can_make_nothing_of_is_refused(more, name, cursor, wanted) -> None:
    make(more)

    said = more.run_on_code("sensor", "cursor", name, f"--set={cursor}")

    assert said.code == 1
    assert wanted in said.err
    with more.instance() as instance:
        assert instance.store.automation_state(AutomationKey("definitions.py", AutomationKind.SENSOR, name)) is None


def test_the_meaning_of_a_cursor_is_told_beside_it(more: Terminal) -> None:
    make(more)
    make(more)

    said = more.run_on_code("sensor", "cursor", "made", "--set", "1")
    several = more.run_on_code("sensor", "cursor", "either", "--set", """{"AssetKey(['orders'])": [null, 2, {}]}""")
    gone = more.run_on_code("sensor", "cursor", "alert", "--delete")

    assert said.out == "1\n"
    assert "up to event 1, ASSET_MATERIALIZATION of orders at " in said.err
    assert "1 after it, the first: event 2" in said.err
    assert "AssetKey(['orders']): up to event 2" in several.err
    assert "it begins with what happens after it was turned on" in gone.err


def test_a_sensors_own_cursor_is_its_own_business(terminal: Terminal) -> None:
    said = terminal.run_on_code("sensor", "cursor", "landing", "--set", "any/thing")

    assert (said.out, said.err) == ("any/thing\n", "")


# ----------------------------------------------------- as scripts call Dagster's


def test_lists_are_filtered_and_reduced_to_names(clocks: Terminal) -> None:
    clocks.run_on_code("schedule", "start", "nightly")

    running = clocks.run_on_code("schedule", "list", "--running", "--name").out
    stopped = clocks.run_on_code("schedule", "list", "--stopped", "--name").out
    sensors = clocks.run_on_code("sensor", "list", "--running")

    assert running == "nightly\n"
    assert sorted(stopped.split()) == ["by_part", "meddling", "shaky", "waiting", "wrong"]
    assert sensors.out == "no sensors are defined here\n"


def test_all_are_started_at_once_and_begin_anew(clocks: Terminal) -> None:
    started = clocks.run_on_code("schedule", "start", "--start-all")
    again = clocks.run_on_code("schedule", "restart", "--restart-all-running")
    one = clocks.run_on_code("schedule", "restart", "nightly")

    assert started.out.count("is on; it fires next at") == 6
    assert again.out.count("begins anew") == 6
    assert one.out.startswith("schedule nightly begins anew")


def test_all_sensors_are_started_at_once(more: Terminal) -> None:
    assert more.run_on_code("sensor", "start", "--start-all").out.count("is on;") == 6


@pytest.mark.parametrize("words", [["start"], ["start", "nightly", "--start-all"], ["restart"]])
def test_one_or_all_has_to_be_said(clocks: Terminal, words: list[str]) -> None:
    said = clocks.run_on_code("schedule", *words)

    assert said.code == 2
    assert "give a NAME or --" in said.err


@pytest.mark.parametrize("name", ["wipe", "debug", "up"])
def test_commands_without_a_place_here_say_what_to_use(clocks: Terminal, name: str) -> None:
    said = clocks.run("schedule", name, "--anything")

    assert said.code == 2
    assert f"{name} is not taken over: " in said.err


def test_a_location_is_named_where_two_have_the_name(clocks: Terminal) -> None:
    clocks.write(SCHEDULES, "other.py")
    both = ["-f", "definitions.py", "-f", "other.py"]

    unclear = clocks.run("schedule", "start", "nightly", *both)
    clear = clocks.run("schedule", "start", "nightly", "-l", "other.py", "-r", "__repository__", *both)
    unknown = clocks.run("schedule", "start", "nightly", "-l", "otter.py", *both)

    assert (
        "2 code locations have a schedule 'nightly': definitions.py, other.py; say which with --location" in unclear.err
    )
    assert clear.code == 0
    assert "there is no code location 'otter.py' here" in unknown.err
