"""``watchbell tick`` and the logs of schedules and sensors: what a person sees who was paged."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.cli.conftest import Terminal
from tests.cli.ticking import LOCATION, scheduled, sensed
from watchbell.automate.due import Missed
from watchbell.cli.show import GAP, fitting
from watchbell.cli.tick_rows import tick_row
from watchbell.record.materialization import AssetMaterialization

MISSED_AT = datetime(2024, 6, 30, 1, 5, tzinfo=UTC)

MORE = """
from watchbell import (
    AssetKey, Definitions, RunRequest, SensorResult, asset_sensor, in_process_executor, job, multi_asset_sensor, op,
    run_failure_sensor, sensor,
)


@op
def one(): ...


@job(executor_def=in_process_executor)
def etl():
    one()


@op
def explode():
    raise ValueError("fire")


@job(executor_def=in_process_executor)
def broken():
    explode()


@sensor(job=etl)
def twice(context):
    return [RunRequest(run_key="x"), RunRequest(run_key="x"), RunRequest(run_key="y", tags={"n": "1"})]


@run_failure_sensor
def alert(context):
    context.log.warning("failed: %s", context.dagster_run.job_name)


@asset_sensor(asset_key=AssetKey("orders"), job=etl)
def made(context, event):
    return RunRequest(run_key=str(event.storage_id))


@multi_asset_sensor(monitored_assets=[AssetKey("orders"), AssetKey("users")], job=etl)
def either(context):
    records = context.latest_materialization_records_by_key()
    context.advance_all_cursors()
    return RunRequest(tags={str(key.to_user_string()): str(bool(record)) for key, record in records.items()})


@sensor(job=etl)
def reader(context):
    runs = context.instance.get_runs()
    return SensorResult(run_requests=[RunRequest(tags={"runs": str(len(runs))})])


@sensor(job=etl)
def chatty(context):
    print("printed")
    context.log.info("first\\nsecond")
    context.log.error("bad")
    context.update_cursor('{"a": 1, "long": "' + "x" * 80 + '", "b": ' + str(2 if context.cursor else 1) + "}")
    return RunRequest()


defs = Definitions(jobs=[etl, broken], sensors=[twice, alert, made, either, reader, chatty])
"""


@pytest.fixture
def more(terminal: Terminal) -> Terminal:
    """A project with a sensor of each sort."""
    terminal.write(MORE)
    return terminal


def changed(terminal: Terminal, old: str, new: str) -> None:
    """Changes the code of the project."""
    text = (terminal.folder / "definitions.py").read_text()
    assert old in text
    terminal.write(text.replace(old, new))


def make(terminal: Terminal, asset: str = "orders") -> None:
    with terminal.instance() as instance:
        instance.report_runless_asset_event(AssetMaterialization(asset))


# --------------------------------------------------------------------- logs


def test_a_log_tells_of_each_tick_what_came_of_it(terminal: Terminal) -> None:
    first, second = sensed(terminal), scheduled(terminal, "2024-07-01T01:05Z")

    [row] = terminal.run_on_code("sensor", "logs", "landing", "--json").json()
    [nightly] = terminal.run_on_code("schedule", "logs", "nightly", "--json").json()

    assert (row["id"], row["status"], row["run_ids"], row["run_keys"]) == (
        first.tick_id, "SUCCESS", list(first.run_ids), ["0"],
    )  # fmt: skip
    assert nightly["id"] == second.tick_id
    assert nightly["at"] == "2024-07-01T01:05:00+00:00"
    assert [(line["level"], line["message"]) for line in nightly["log"]] == [("INFO", "thinking")]


def test_a_dropped_run_key_names_the_run_that_has_it(more: Terminal) -> None:
    first = sensed(more, "twice")
    sensed(more, "twice")

    later, earlier = more.run_on_code("sensor", "logs", "twice", "--json").json()
    table = more.run_on_code("sensor", "logs", "twice").out

    assert earlier["held_by"] == {"x": first.run_ids[0]}
    assert later["held_by"] == {"x": first.run_ids[0], "y": first.run_ids[1]}
    assert f"x (run {first.run_ids[0][:8]} has it)" in table
    assert "x (asked for twice)" in table


def test_lines_are_shown_with_time_and_level(more: Terminal) -> None:
    sensed(more, "chatty")

    said = more.run_on_code("sensor", "logs", "chatty", "--lines")

    lines = said.out.splitlines()
    assert "SUCCESS" in lines[0]
    assert [line.split()[1:] for line in lines[1:]] == [["INFO", "first"], [], ["ERROR", "bad"]]
    assert lines[2].strip() == "second"


def test_of_a_tick_with_very_many_runs_the_first_are_shown_and_json_has_all(terminal: Terminal) -> None:
    one = "RunRequest(run_key=str(number))"
    changed(terminal, f"run_requests=[{one}]", 'run_requests=[RunRequest(run_key=f"k{n}") for n in range(25)]')
    tick = sensed(terminal)

    shown = terminal.run("tick", "show", str(tick.tick_id)).out
    facts = terminal.run("tick", "show", str(tick.tick_id), "--json").json()

    assert [shown.count(f"{run_id}  etl  QUEUED") for run_id in tick.run_ids] == [1] * 20 + [0] * 5
    assert "k19, and 5 more" in shown
    assert [each["run_id"] for each in facts["runs"]] == list(tick.run_ids)


def test_what_user_code_logs_cannot_take_over_a_terminal(terminal: Terminal) -> None:
    changed(terminal, 'context.log.info("thinking")', 'context.log.info("\\x1b[2Jgone\\x07\\ttab")')
    scheduled(terminal, "2024-07-01T01:05Z")

    lines = terminal.run_on_code("schedule", "logs", "nightly", "--lines").out
    shown = terminal.run("tick", "show", "1").out

    assert r"\x1b[2Jgone\x07" in lines
    assert "\ttab" in lines
    assert "\x1b" not in lines + shown


def test_ticks_are_filtered_by_state_and_paged_by_number(terminal: Terminal) -> None:
    ids = [sensed(terminal).tick_id for _ in range(4)]
    terminal.run_on_code("sensor", "cursor", "landing", "--set", "7")
    skipped = sensed(terminal).tick_id

    page = terminal.run_on_code("sensor", "logs", "landing", "--json", "-n", "2", "--before-id", str(ids[3])).json()
    only = terminal.run_on_code("sensor", "logs", "landing", "--json", "-s", "skipped").json()

    assert [row["id"] for row in page] == [ids[2], ids[1]]
    assert [(row["id"], row["reason"]) for row in only] == [(skipped, "seven is enough")]


@pytest.mark.parametrize(
    ("words", "count"),
    [(["--since", "1h"], 1), (["--before", "1h"], 0), (["--since", "2020-01-01"], 1), (["--before", "2020-01-01"], 0),
     (["--since", "2099-01-01T00:00+02:00"], 0), (["--since", "99999w"], 1)],
)  # fmt: skip
def test_ticks_are_filtered_by_time(terminal: Terminal, words: list[str], count: int) -> None:
    sensed(terminal)

    logs = terminal.run_on_code("sensor", "logs", "landing", "--json", *words).json()
    ticks = terminal.run("tick", "list", "--json", *words).json()

    assert (len(logs), len(ticks)) == (count, count)


def test_a_table_fits_a_terminal_of_a_hundred_characters(more: Terminal) -> None:
    rows = [tick_row(sensed(more, "twice")) for _ in range(3)]
    texts = {
        column: [str(row[column])[:19] if column == "at" else str(row[column]) for row in rows] for column in rows[0]
    }

    widths = fitting(texts, 100, ("took", "lines"))

    shown = [width or max(len(column), *map(len, texts[column])) for column, width in widths.items()]
    assert sum(shown) + GAP * len(shown) <= 100
    assert set(texts) - set(widths) <= {"took", "lines"}


# ---------------------------------------------------------------------- list


def test_ticks_of_everything_are_listed_newest_first(terminal: Terminal) -> None:
    first, second = sensed(terminal), scheduled(terminal, "2024-07-01T01:05Z")

    rows = terminal.run("tick", "list", "--json").json()
    table = terminal.run("tick", "list").out

    assert [(row["id"], row["kind"], row["name"]) for row in rows] == [
        (second.tick_id, "SCHEDULE", "nightly"),
        (first.tick_id, "SENSOR", "landing"),
    ]
    assert "schedule nightly" in table


def test_failed_ticks_are_found_among_others(terminal: Terminal) -> None:
    sensed(terminal)
    terminal.run_on_code("sensor", "cursor", "landing", "--set", "13")
    failed = sensed(terminal)

    [row] = terminal.run("tick", "list", "--failed", "--json").json()
    lines = terminal.run("tick", "list", "--failed", "--lines").out

    assert (row["id"], row["reason"]) == (failed.tick_id, "RuntimeError: thirteen")
    assert "sensor 'landing'" in lines


def test_ticks_of_a_location_are_found(terminal: Terminal) -> None:
    sensed(terminal)

    assert len(terminal.run("tick", "list", "--location", LOCATION, "--json").json()) == 1
    wrong = terminal.run("tick", "list", "--location", "definitoins.py")
    assert wrong.code == 2
    assert "definitions.py" in wrong.err


def test_nothing_is_said_to_be_nothing(terminal: Terminal) -> None:
    assert terminal.run("tick", "list").out == "nothing has ticked yet\n"
    assert terminal.run("tick", "list", "--failed").out == "no tick failed yet\n"
    assert terminal.run("tick", "list", "--since", "1h", "--lines").out == "nothing has ticked there\n"


# ---------------------------------------------------------------------- show


def test_a_tick_of_a_schedule_is_shown_with_its_time_in_its_zone(terminal: Terminal) -> None:
    tick = scheduled(terminal, "2024-07-01T01:05Z")

    text = terminal.run("tick", "show", str(tick.tick_id)).out
    facts = terminal.run("tick", "show", str(tick.tick_id), "--json").json()

    assert "2024-07-01 03:05:00+02:00 (Europe/Berlin)" in text
    assert "after its time" in text
    assert f"{tick.run_ids[0]}  etl  QUEUED" in text
    assert "INFO      thinking" in text
    assert facts["runs"] == [{"run_id": tick.run_ids[0], "job": "etl", "status": "QUEUED"}]
    assert facts["run_keys"] == ["2024-07-01"]


def test_a_failed_tick_shows_the_users_traceback_alone(terminal: Terminal) -> None:
    terminal.run_on_code("sensor", "cursor", "landing", "--set", "13")
    tick = sensed(terminal)

    text = terminal.run("tick", "show", str(tick.tick_id)).out

    assert "RuntimeError: thirteen" in text
    assert "definitions.py" in text
    assert "watchbell/host" not in text
    assert "cursor    unchanged: '13'" in text


def test_a_cursor_is_shown_as_it_was_and_became(more: Terminal) -> None:
    first, second = sensed(more, "chatty"), sensed(more, "chatty")

    one = more.run("tick", "show", str(first.tick_id)).out
    two = more.run("tick", "show", str(second.tick_id)).out

    assert "a: none -> 1" in one
    assert "cursor    b: 1 -> 2\n" in two


def test_the_event_that_a_sensor_of_runs_reacted_to_is_shown(more: Terminal) -> None:
    more.run_on_code("job", "execute", "-j", "broken")
    with more.instance() as instance:
        [event] = [each for each in instance.all_logs(instance.get_runs()[0].run_id) if each.dagster_event
                   and each.dagster_event.event_type.name == "RUN_FAILURE"]  # fmt: skip
    tick = sensed(more, "alert", event_ids=[event.storage_id])

    facts = more.run("tick", "show", str(tick.tick_id), "--json").json()

    assert [each["id"] for each in facts["events"]] == [event.storage_id]
    assert "RUN_FAILURE in run" in facts["events"][0]["event"]
    assert [line["message"] for line in facts["log"]] == ["failed: broken"]


def test_a_run_that_was_deleted_is_said_to_be(terminal: Terminal) -> None:
    tick = sensed(terminal)
    with terminal.instance() as instance:
        instance.delete_run(tick.run_ids[0])

    assert "?  deleted" in terminal.run("tick", "show", str(tick.tick_id)).out


# -------------------------------------------------------------------- replay


def test_a_tick_of_unchanged_code_comes_out_the_same(terminal: Terminal) -> None:
    ticks = [sensed(terminal), sensed(terminal), scheduled(terminal, "2024-07-01T01:05Z")]

    said = [terminal.run_on_code("tick", "replay", str(each.tick_id)) for each in ticks]

    assert [each.code for each in said] == [0, 0, 0]
    assert all("the same: 1 run asked for" in each.out for each in said)
    assert "thinking" in said[2].out


def test_a_replay_changes_nothing(terminal: Terminal) -> None:
    tick = sensed(terminal)
    with terminal.instance() as instance:
        state, events = instance.store.automation_states(), instance.last_event_id()

    terminal.run_on_code("tick", "replay", str(tick.tick_id))

    with terminal.instance() as instance:
        assert instance.store.automation_states() == state
        assert (instance.last_event_id(), len(instance.get_runs()), instance.store.last_tick_id()) == (events, 1, 1)


def test_what_the_code_now_decides_otherwise_is_told(terminal: Terminal) -> None:
    tick = scheduled(terminal, "2024-07-01T01:05Z")
    changed(terminal, '"rows": 3', '"rows": 4')
    changed(terminal, 'tags={"by": "night"}', 'tags={"by": "day"}')

    said = terminal.run_on_code("tick", "replay", str(tick.tick_id))
    facts = terminal.run_on_code("tick", "replay", str(tick.tick_id), "--json")

    assert (said.code, facts.code) == (1, 1)
    assert "2 differences" in said.out
    assert '"then": "3"' in facts.out
    assert "run key '2024-07-01', config.ops.load.config.rows" in facts.out


def test_a_mended_error_is_a_difference_and_a_new_one_shows_its_traceback(terminal: Terminal) -> None:
    terminal.run_on_code("sensor", "cursor", "landing", "--set", "13")
    tick = sensed(terminal)
    changed(terminal, "if number == 13:", "if number == 14:")
    mended = terminal.run_on_code("tick", "replay", str(tick.tick_id))
    changed(terminal, 'raise RuntimeError("thirteen")', "pass")
    changed(terminal, "if number == 14:", "if True: raise KeyError('new')\n    if number == 14:")
    broken = terminal.run_on_code("tick", "replay", str(tick.tick_id))

    assert (mended.code, broken.code) == (1, 1)
    assert "RuntimeError: thirteen   none" in mended.out
    assert "KeyError: 'new'" in broken.out
    assert 'definitions.py", line' in broken.out


def test_a_sensor_of_an_asset_sees_what_was_the_newest_then(more: Terminal) -> None:
    make(more)
    tick = sensed(more, "made")
    make(more)

    said = more.run_on_code("tick", "replay", str(tick.tick_id))

    assert (said.code, tick.run_keys) == (0, (tick.cursor,))
    assert "the same: 1 run asked for" in said.out


def test_a_sensor_of_several_assets_sees_what_was_the_newest_then(more: Terminal) -> None:
    make(more, "orders")
    tick = sensed(more, "either")
    make(more, "users")
    make(more, "orders")

    said = more.run_on_code("tick", "replay", str(tick.tick_id))

    assert said.code == 0, said


def test_a_sensor_of_runs_is_shown_its_event_again(more: Terminal) -> None:
    more.run_on_code("job", "execute", "-j", "broken")
    with more.instance() as instance:
        [event] = [each for each in instance.all_logs(instance.get_runs()[0].run_id) if each.dagster_event
                   and each.dagster_event.event_type.name == "RUN_FAILURE"]  # fmt: skip
    tick = sensed(more, "alert", event_ids=[event.storage_id])

    said = more.run_on_code("tick", "replay", str(tick.tick_id))

    assert said.code == 0
    assert "failed: broken" in said.out


def test_runs_that_overlap_kept_back_are_not_compared(terminal: Terminal) -> None:
    changed(terminal, 'execution_timezone="Europe/Berlin"', 'execution_timezone="Europe/Berlin", overlap="skip"')
    scheduled(terminal, "2024-07-01T01:05Z")
    tick = scheduled(terminal, "2024-07-02T01:05Z")

    same = terminal.run_on_code("tick", "replay", str(tick.tick_id))
    changed(terminal, "return RunRequest(\n        run_key=f", "return None and RunRequest(\n        run_key=f")
    other = terminal.run_on_code("tick", "replay", str(tick.tick_id))

    assert (tick.run_ids, same.code, other.code) == ((), 0, 1)
    assert "which these were is not known: overlap='skip'" in same.out
    assert "its runs" in other.out


def test_a_sensor_of_every_materialization_stops_where_it_stopped(more: Terminal) -> None:
    changed(more, 'asset_key=AssetKey("orders"), job=etl', 'asset_key=AssetKey("orders"), job=etl, every_event=True')
    more.run_on_code("sensor", "cursor", "made", "--set", "0")
    make(more)
    make(more)
    tick = sensed(more, "made")
    make(more)

    said = more.run_on_code("tick", "replay", str(tick.tick_id))

    assert (said.code, len(tick.run_ids)) == (0, 2), said


def test_what_cannot_be_as_it_was_is_said(more: Terminal) -> None:
    tick = sensed(more, "reader")

    said = more.run_on_code("tick", "replay", str(tick.tick_id))

    assert said.code == 1
    assert "note: read as they are now, not as they were: runs" in said.out


def test_json_stays_json_when_the_function_prints(more: Terminal) -> None:
    tick = sensed(more, "chatty")

    said = more.run_on_code("tick", "replay", str(tick.tick_id), "--json")

    assert said.json()["is_same"] is True
    assert "printed" in said.err


def test_a_replay_is_refused_what_changes_anything(more: Terminal) -> None:
    tick = sensed(more, "reader")
    changed(more, "runs = context.instance.get_runs()", 'context.instance.delete_run("x"); runs = []')

    said = more.run_on_code("tick", "replay", str(tick.tick_id))

    assert said.code == 1
    assert "this is refused: to delete run 'x'" in said.out


def test_the_debugger_opens_where_it_raised(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = []
    monkeypatch.setattr("pdb.post_mortem", opened.append)
    terminal.run_on_code("sensor", "cursor", "landing", "--set", "13")
    tick = sensed(terminal)

    said = terminal.run_on_code("tick", "replay", str(tick.tick_id), "--pdb")

    [trace] = opened
    while trace.tb_next:
        trace = trace.tb_next
    assert said.code == 0
    assert trace.tb_frame.f_code.co_name == "landing"


# ------------------------------------------------------------------ mistakes


@pytest.mark.parametrize("command", ["show", "replay"])
def test_an_unknown_tick_is_told(terminal: Terminal, command: str) -> None:
    sensed(terminal)

    said = terminal.run("tick", command, "99", *(["-f", "definitions.py"] if command == "replay" else []))

    assert said.code == (2 if command == "replay" else 1)
    assert "there is no tick 99; the newest is 1" in said.err


def test_a_tick_that_is_no_number_is_told(terminal: Terminal) -> None:
    assert terminal.run("tick", "show", "abc").code == 2


def test_a_missed_tick_cannot_be_replayed(terminal: Terminal) -> None:
    scheduled(terminal, "2024-07-01T01:05Z", missed=[Missed(MISSED_AT, "the daemon was not running")])

    said = terminal.run_on_code("tick", "replay", "1")

    assert said.code == 2
    assert "was never evaluated: the daemon was not running" in said.err
    assert "schedule preview nightly --at 2024-06-30T01:05:00+00:00" in said.err


def test_an_automation_that_is_gone_is_told(terminal: Terminal) -> None:
    tick = sensed(terminal)
    changed(terminal, "def landing(", "def landings(")
    changed(terminal, "sensors=[landing]", "sensors=[landings]")

    said = terminal.run_on_code("tick", "replay", str(tick.tick_id))

    assert said.code == 2
    assert "there is no sensor 'landing' in definitions.py any more" in said.err
    assert "landings" in said.err


def test_a_tick_of_another_location_is_told(terminal: Terminal) -> None:
    tick = sensed(terminal)
    terminal.write("from watchbell import Definitions\ndefs = Definitions()\n", "other.py")

    said = terminal.run("tick", "replay", str(tick.tick_id), "-f", "other.py")

    assert said.code == 2
    assert "the code location 'definitions.py', which is not loaded here (but other.py)" in said.err


def test_code_that_cannot_be_loaded_is_told(terminal: Terminal) -> None:
    tick = sensed(terminal)
    terminal.write("import nothing_of_that_name\n")

    said = terminal.run_on_code("tick", "replay", str(tick.tick_id))

    assert said.code == 2
    assert "nothing_of_that_name" in said.err


@pytest.mark.parametrize(
    "words",
    [
        ["--since", "yesterday"],
        ["--before", "12:99"],
        ["--before-id", "0"],
        ["-n", "9" * 20],
        ["--before-id", "9" * 20],
    ],
)
def test_a_time_that_is_none_is_told(terminal: Terminal, words: list[str]) -> None:
    said = terminal.run("tick", "list", *words)

    assert said.code == 2
    assert words[0] in said.err
