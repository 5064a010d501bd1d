"""``watchbell backfill``, and Dagster's ``job backfill``."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Said, Terminal
from watchbell.record.backfill import BackfillStatus, PartState

CODE = """
from watchbell import (
    DailyPartitionsDefinition,
    Definitions,
    MonthlyPartitionsDefinition,
    ScheduleDefinition,
    StaticPartitionsDefinition,
    asset,
    daily_partitioned_config,
    job,
    op,
)

days = DailyPartitionsDefinition(start_date="2026-01-01", end_date="2026-03-01")
months = MonthlyPartitionsDefinition(start_date="2026-01-01", end_date="2026-03-01")


@asset(partitions_def=days)
def readings(): ...


@asset(partitions_def=months, deps=[readings])
def summary(): ...


@op(config_schema={"day": str})
def load(): ...


@daily_partitioned_config(start_date="2026-01-01")
def of_day(start, end):
    return {"ops": {"load": {"config": {"day": start.strftime("%A")}}}}


@job(config=of_day)
def daily():
    load()


@job
def plain(): ...


nightly = ScheduleDefinition(job=plain, cron_schedule="0 3 * * *", name="nightly", execution_timezone="Europe/Berlin")
defs = Definitions(assets=[readings, summary], jobs=[daily, plain], schedules=[nightly])
"""


@pytest.fixture
def project(terminal: Terminal) -> Terminal:
    """A terminal in a folder with partitioned definitions."""
    terminal.write(CODE)
    return terminal


def launch(project: Terminal, *words: str) -> Said:
    return project.run_on_code("backfill", "launch", *words)


def test_a_dry_run_shows_the_plan_and_stores_nothing(project) -> None:
    said = launch(project, "--assets", "*", "--range", "2026-01-30...2026-02-02", "--dry-run")

    lines = [line.split() for line in said.out.splitlines()]
    assert ["1", "readings", "2026-01-30", "2026-02-02", "4", "4"] in lines
    assert ["2", "summary", "2026-01-01", "2026-02-01", "2", "2"] in lines
    assert "no estimate" in said.out
    assert project.run("backfill", "list").out == "no backfills\n"


def test_without_a_command_its_options_are_those_of_launch(project) -> None:
    words = ("--assets", "readings", "--latest", "2", "--dry-run")

    assert project.run_on_code("backfill", *words).out == launch(project, *words).out
    assert "Commands:" in project.run("backfill", "--help").out


def test_a_dry_run_for_scripts(project) -> None:
    facts = launch(project, "--assets", "*", "--missing", "--dry-run", "--json").json()

    assert (facts["runs"], facts["partitions"], [step["makes"] for step in facts["steps"]]) == (
        61,
        61,
        ["readings", "summary"],
    )


def test_a_backfill_is_stored_and_waits_for_a_daemon(project) -> None:
    wishes = ("--newest-first", "-t", "why=test", "--title", "again", "--yes")
    said = launch(project, "--assets", "readings", "--latest", "2", *wishes)

    backfill_id = said.out.split()[-1]
    assert "no daemon is running here" in said.err
    [row] = project.run("backfill", "list", "--json").json()
    assert (row["backfill"], row["title"], row["status"], row["tags"]) == (
        backfill_id,
        "again",
        "IN_PROGRESS",
        {"why": "test"},
    )
    parts = project.run("backfill", "show", backfill_id[:4], "--state", "waiting", "--json").json()["parts"]
    assert [part["for"] for part in parts] == ["2026-02-28", "2026-02-27"]


def test_a_partition_can_be_named_whatever_is_in_its_key(project) -> None:
    keys = ["a,b", "a", "b", " x ", '"q"', "o'neil/日本", "-n"]
    odd = f"odd = asset(lambda: None, name='odd', partitions_def=StaticPartitionsDefinition({keys!r}))"
    project.write(f"{CODE}\n{odd}\ndefs = Definitions([odd])\n")
    named = [word for key in ("a,b", " x ", '"q"', "o'neil/日本", "-n") for word in ("--partition", key)]

    said = launch(project, "--assets", "odd", *named, "-p", "b", "--yes")

    backfill_id = said.out.split()[-1]
    parts = project.run("backfill", "show", backfill_id, "--state", "waiting", "--json").json()["parts"]
    assert [part["for"] for part in parts] == ["a,b", "b", " x ", '"q"', "o'neil/日本", "-n"]


def test_without_a_terminal_nothing_is_started_unasked(project) -> None:
    said = launch(project, "--assets", "readings", "--all")

    assert (said.code, "give --yes" in said.err) == (2, True)
    assert project.run("backfill", "list", "--json").json() == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "say of what"),
        (("--assets", "*"), "say which partitions"),
        (("--assets", "*", "--job", "daily", "--all"), "one of them"),
        (("--assets", "*", "--all", "--latest", "2"), "only one of"),
        (("--assets", "*", "--range", "2026-01-01"), "first...last"),
        (("--assets", "*", "--from", "2026-01-01"), "for schedules"),
        (("--schedule", "nightly"), "say from when"),
        (("--schedule", "nightly", "--from", "2026-01-01", "--all"), "no partitions"),
        (("--schedule", "nightly", "--from", "2026-01-01", "--config-json", "{}"), "config that it asks for"),
        (("--assets", "*", "--all", "-t", "nothing"), "KEY=VALUE"),
    ],
)
def test_words_that_do_not_fit_are_told(project, words, told) -> None:
    said = launch(project, *words)

    assert (said.code, told in said.err) == (2, True), said


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--assets", "readings", "--partitions", "2026-01-32"), "2026-01-32"),
        (("--assets", "nothing", "--all"), "nothing"),
        (("--job", "dialy", "--all"), "did you mean 'daily'"),
        (("--job", "plain", "--all"), "has no partitions"),
        (("--schedule", "nigtly", "--from", "2026-01-01"), "did you mean 'nightly'"),
        (("--assets", "readings", "--failed"), "nothing to make"),
        (("--assets", "readings", "--all", "-t", "dagster/partition=x"), "which the backfill sets"),
        (("--assets", "readings", "--all", "-t", "dagster/partition/day=x"), "which the backfill sets"),
        (("--schedule", "nightly", "--from", "2026-01-05", "--to", "2026-01-01"), "turn them round"),
        (("--schedule", "nightly", "--from", "2999-01-05"), "only past times"),
        (("--job", "daily", "--all", "--config-json", '{"ops": {"lod": {}}}'), "lod"),
    ],
)
def test_what_is_not_there_is_refused_whole(project, words, told) -> None:
    said = launch(project, *words, "--yes")

    assert (said.code, told in said.err) == (1, True), said
    assert project.run("backfill", "list", "--json").json() == []


def test_each_run_of_a_job_has_the_config_of_its_partition(project) -> None:
    launch(project, "--job", "daily", "--partitions", "2026-01-02,2026-01-03", "--yes")

    with project.instance() as instance:
        [backfill] = instance.get_backfills()
        parts = instance.get_backfill_parts(backfill.backfill_id)
    assert [part.run_config["ops"]["load"]["config"]["day"] for part in parts] == ["Friday", "Saturday"]


def test_the_past_times_of_a_schedule_stand_in_its_zone(project) -> None:
    facts = launch(
        project, "--schedule", "nightly", "--from", "2026-03-28", "--to", "2026-03-30", "--dry-run", "--json"
    ).json()

    [step] = facts["steps"]
    assert (step["runs"], step["from"], step["to"]) == (2, "2026-03-28 03:00:00+01:00", "2026-03-29 03:00:00+02:00")


def test_a_backfill_is_paused_resumed_limited_and_canceled(project) -> None:
    backfill_id = launch(project, "--assets", "readings", "--latest", "2", "--yes").out.split()[-1]

    said = [
        project.run("backfill", *words).out
        for words in (
            ("pause", backfill_id),
            ("resume", backfill_id),
            ("limit", backfill_id, "--max-runs", "3"),
            ("cancel", backfill_id),
        )
    ]

    states = ("PAUSED", "IN_PROGRESS", "IN_PROGRESS; at most 3 at a time", "CANCELING")
    assert said == [f"backfill {backfill_id} is {state}\n" for state in states]
    with project.instance() as instance:
        stored = instance.get_backfill(backfill_id)
    assert stored is not None
    assert (stored.max_concurrent_runs, stored.status) == (3, BackfillStatus.CANCELING)


def test_an_unknown_backfill_is_told_with_where_to_look(project) -> None:
    said = project.run("backfill", "show", "nothing")

    assert (said.code, "watchbell backfill list" in said.err) == (1, True)


def test_progress_is_a_bar_and_a_strip_of_cells(project) -> None:
    backfill_id = launch(project, "--assets", "readings", "--latest", "4", "--yes").out.split()[-1]

    said = project.run("backfill", "show", backfill_id)

    assert "0 %  4 waiting" in said.out
    assert "····\n" in said.out
    assert PartState.FAILED.value not in said.out


# ----------------------------------------------------------- Dagster's command


def test_dagsters_command_takes_a_range_of_keys_with_open_ends(project) -> None:
    daily = ("job", "backfill", "-j", "daily", "--noprompt")
    first = project.run_on_code(*daily, "--from", "2026-01-08", "--to", "2026-01-09")
    last = project.run_on_code(*daily, "--to", "2026-01-02", "--tags", '{"a": "b"}')
    rows = project.run("backfill", "list", "--json").json()

    assert (first.code, last.code) == (0, 0)
    assert [(row["asked"], row["parts"], row["tags"]) for row in rows] == [
        ("partitions 2026-01-01 to 2026-01-02 of job daily", 2, {"a": "b"}),
        ("partitions 2026-01-08 to 2026-01-09 of job daily", 2, {}),
    ]


def test_dagsters_command_without_partitions_is_for_all_of_them(project) -> None:
    said = project.run_on_code("job", "backfill", "-j", "daily", "--noprompt")
    [row] = project.run("backfill", "list", "--json").json()

    assert (said.code, row["asked"]) == (0, "all partitions of job daily")


def test_a_backfill_that_nobody_goes_on_with_says_so(project) -> None:
    backfill_id = launch(project, "--assets", "readings", "--latest", "2", "--yes", "--json").json()["backfill"]

    assert "no daemon is running" in project.run("backfill", "show", backfill_id).err

    project.run("backfill", "pause", backfill_id)

    said = project.run("backfill", "show", backfill_id)
    assert ("no daemon" in said.err, f"backfill resume {backfill_id}" in said.out) == (False, True)
