"""``watchbell explain asset``: real conditions, evaluated as the daemon does, and what is said of them."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.cli.conditions import SENSOR, Conditions
from tests.cli.conftest import Terminal
from watchbell import AssetKey, AssetMaterialization
from watchbell.record.asset_check import AssetCheckEvaluation
from watchbell.record.run import DagsterRun, DagsterRunStatus

CODE = """
from watchbell import *

C = AutomationCondition
days = DailyPartitionsDefinition("2026-11-01", end_date="2026-11-08")


@asset
def raw(): ...


@asset_check(asset="raw", blocking=True)
def not_null():
    return AssetCheckResult(passed=False)


@asset
def users(): ...


@asset(deps=["raw", "users"], automation_condition=C.eager() & C.all_deps_blocking_checks_passed())
def orders(): ...


@asset(automation_condition=C.missing())
def small(): ...


@asset
def lonely(): ...


@asset(partitions_def=days)
def events(): ...


@asset(partitions_def=days, deps=["events"], automation_condition=C.missing() & ~C.any_deps_missing())
def visits(): ...


@asset(
    partitions_def=WeeklyPartitionsDefinition("2026-11-01", end_date="2026-11-08"),
    deps=["events"],
    automation_condition=C.missing() & ~C.any_deps_missing(),
)
def weeks(): ...


etl = define_asset_job("etl", selection=["lonely"])


@schedule(job=etl, cron_schedule="0 1 * * *")
def daily(): ...


defs = Definitions(
    assets=[raw, users, orders, small, lonely, events, visits, weeks],
    asset_checks=[not_null],
    jobs=[etl],
    schedules=[daily],
)
"""


@pytest.fixture
def conditions(terminal: Terminal) -> Iterator[Conditions]:
    """The project above, whose condition sensor was turned on and has had its first tick."""
    terminal.write(CODE)
    terminal.run_on_code("sensor", "start", SENSOR)
    made = Conditions(terminal)
    yield made
    made.instance.close()


def sentence(terminal: Terminal, *words: str) -> str:
    """What is said first, times and ids of runs left out, without the end about the service that is not there."""
    said = terminal.run("explain", "asset", *words)
    assert said.code == 0, said
    first = said.out.partition("\n")[0]
    first = first.partition(" Since then its condition is not evaluated")[0]
    first = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)? UTC", "T", first)
    return re.sub(r"run [0-9a-f]{8}", "run R", first)


def made(conditions: Conditions, name: str, partition: str | None = None) -> None:
    conditions.instance.report_runless_asset_event(AssetMaterialization(AssetKey(name), partition=partition))


def test_a_missing_dependency_is_named(terminal: Terminal, conditions: Conditions) -> None:
    conditions.tick()
    made(conditions, "users")
    conditions.tick()

    assert sentence(terminal, "orders") == (
        "asset 'orders' was not asked for at T: blocked by any_deps_missing: raw is missing."
    )


def test_a_check_that_failed_is_named_with_its_time(terminal: Terminal, conditions: Conditions) -> None:
    conditions.tick()
    made(conditions, "users")
    made(conditions, "raw")
    conditions.instance.report_runless_asset_event(AssetCheckEvaluation(AssetKey("raw"), "not_null", passed=False))
    conditions.tick()

    said = terminal.run("explain", "asset", "orders")

    assert sentence(terminal, "orders") == (
        "asset 'orders' was not asked for at T: blocked by all_deps_blocking_checks_passed: check raw:not_null failed "
        "at T."
    )
    assert "re-run of the check raw:not_null" in said.out
    assert "- raw:not_null: check_passed  (check raw:not_null failed" in said.out


def test_the_run_that_was_asked_for_is_named(terminal: Terminal, conditions: Conditions) -> None:
    tick = conditions.tick()
    assert tick is not None

    assert sentence(terminal, "small") == "asset 'small' was asked for at T: it is missing; run R (QUEUED) makes it."
    told = terminal.run("explain", "run", tick.run_ids[0]).out
    assert re.search(r"asked for by +automation conditions of small \(sensor 'default_automation", told), told


def test_what_a_run_in_progress_makes_already_is_held_back(terminal: Terminal, conditions: Conditions) -> None:
    conditions.tick()
    conditions.tick()

    assert sentence(terminal, "small") == (
        "asset 'small' was wanted by its condition at T, but held back: run R (QUEUED) was to make it already."
    )


def test_at_a_time_the_evaluation_of_that_time_is_told(terminal: Terminal, conditions: Conditions) -> None:
    conditions.tick()
    made(conditions, "users")
    conditions.tick()
    before = conditions.clock.at
    made(conditions, "raw")
    conditions.tick()

    said = terminal.run("explain", "asset", "orders", "--at", before.isoformat())

    assert "blocked by any_deps_missing: raw is missing." in said.out
    assert re.search(r"evaluated +.*; another answer from .* UTC on", said.out), said.out
    assert "blocked by all_deps_blocking_checks_passed" in sentence(terminal, "orders")


def test_before_its_first_evaluation_nothing_is_known(terminal: Terminal, conditions: Conditions) -> None:
    conditions.tick()
    made(conditions, "orders")

    assert sentence(terminal, "orders", "--at", "2020-01-01", "-f", "definitions.py") == (
        "the condition of asset 'orders' is not evaluated: sensor 'default_automation_condition_sensor' does not tick: "
        "no service is running here. It was never made."
    )


def test_of_one_partition_the_partitions_it_is_made_from_are_named(terminal: Terminal, conditions: Conditions) -> None:
    made(conditions, "events", "2026-11-02")
    conditions.tick()

    def of(partition: str, name: str = "visits") -> str:
        return sentence(terminal, name, "--partition", partition, "-f", "definitions.py")

    asked = "it (partition 2026-11-02) is missing; run R (QUEUED) makes it"
    assert of("2026-11-02") == f"asset 'visits', partition '2026-11-02', was asked for at T: {asked}."
    blocked = "blocked by any_deps_missing: events (partition 2026-11-03) is missing"
    assert of("2026-11-03") == f"asset 'visits', partition '2026-11-03', was not asked for at T: {blocked}."
    blocked = "blocked by any_deps_missing: events (6 partitions) is missing"
    assert of("2026-11-01", "weeks") == f"asset 'weeks', partition '2026-11-01', was not asked for at T: {blocked}."


def test_parts_the_answer_is_not_because_of_are_one_line_each(terminal: Terminal, conditions: Conditions) -> None:
    conditions.tick()
    made(conditions, "users")
    conditions.tick()

    told = terminal.run("explain", "asset", "orders").out.partition("because of this\n")[2]
    whole = terminal.run("explain", "asset", "orders", "--tree").out

    assert told.splitlines() == [
        "  - all of",
        "    - eager",
        "      + in_latest_time_window",
        "      + (newly_missing | any_deps_updated).since(handled)",
        "      - not",
        "        + any_deps_missing",
        "          + raw",
        "            + all of",
        "*             + missing  (raw is missing)",
        "              + not",
        "*               - will_be_requested  (raw was not asked for in the same tick)",
        "      . ~any_deps_in_progress",
        "      . ~in_progress",
        "    . all_deps_blocking_checks_passed",
    ]
    assert "          - newly_missing\n            + missing\n" in whole


def test_of_all_partitions_how_many_is_told(terminal: Terminal, conditions: Conditions) -> None:
    for day in range(1, 5):
        made(conditions, "events", f"2026-11-0{day}")
    conditions.tick()

    assert sentence(terminal, "visits").startswith(
        "asset 'visits' was asked for at T (4 partitions): it (4 partitions) is missing; "
    )
    assert "for 4 of 7" in terminal.run("explain", "asset", "visits").out


@pytest.mark.parametrize("is_evaluated", [True, False], ids=["evaluated", "not yet"])
def test_partitions_that_are_none_are_refused(terminal: Terminal, conditions: Conditions, is_evaluated: bool) -> None:
    if is_evaluated:
        conditions.tick()

    unknown = terminal.run_on_code("explain", "asset", "visits", "--partition", "2026-12-24")
    without = terminal.run_on_code("explain", "asset", "orders", "--partition", "2026-11-02")
    unread = terminal.run("explain", "asset", "visits", "--partition", "2026-11-02")

    assert unknown.code == 2
    assert "'visits' has no partition '2026-12-24'" in unknown.err
    assert "asset 'orders' has no partitions" in without.err
    assert ("name its code (-f, -m), which knows all partitions" in unread.err) is is_evaluated


def test_an_asset_without_condition_is_told_what_makes_it(terminal: Terminal, conditions: Conditions) -> None:
    made(conditions, "lonely")

    assert sentence(terminal, "lonely", "-f", "definitions.py") == (
        "asset 'lonely' has no automation condition; it is made by job 'etl' (schedule 'daily'). It was made last at T."
    )
    assert sentence(terminal, "raw", "-f", "definitions.py") == (
        "asset 'raw' has no automation condition, and nothing else here makes it. It was never made."
    )


def test_a_failed_run_is_told(terminal: Terminal, conditions: Conditions) -> None:
    conditions.tick()
    said = terminal.run_on_code("asset", "materialize", "--select", "lonely")
    assert said.code == 0, said

    assert "was made last at T by run R." in sentence(terminal, "lonely", "-f", "definitions.py")


def test_names_that_are_none_are_refused_with_the_nearest(terminal: Terminal, conditions: Conditions) -> None:
    said = terminal.run_on_code("explain", "asset", "order")

    assert said.code == 1
    assert said.err == "error: there is no asset or check 'order'; did you mean 'orders'?\n"


def test_a_sensor_that_was_turned_off_is_told(terminal: Terminal, conditions: Conditions) -> None:
    conditions.tick()
    terminal.run_on_code("sensor", "stop", SENSOR)

    said = terminal.run("explain", "asset", "orders").out

    assert (
        "Since then its condition is not evaluated: sensor 'default_automation_condition_sensor' does not tick: "
        in said
    )
    assert "somebody turned it off at" in said
    assert f"`watchbell sensor start {SENSOR}` turns it on" in said


def test_the_stored_evaluation_is_told_without_its_code(terminal: Terminal, conditions: Conditions) -> None:
    conditions.tick()
    terminal.write("raise RuntimeError('gone')")

    assert "was asked for at T" in sentence(terminal, "small")


def test_now_it_is_evaluated_and_nothing_is_stored(terminal: Terminal, conditions: Conditions) -> None:
    conditions.tick()
    made(conditions, "users")
    before = conditions.instance.store.condition_evaluations("orders", limit=10)

    told = [sentence(terminal, "orders", "--now", "-f", "definitions.py") for _ in range(2)]

    why = "asset 'orders' would not be asked for now, at T: blocked by any_deps_missing: raw is missing."
    assert told == [why, why]
    assert "first evaluation of this condition" in sentence(terminal, "orders")
    assert before == conditions.instance.store.condition_evaluations("orders", limit=10)


def test_now_before_the_sensor_was_ever_evaluated(terminal: Terminal, conditions: Conditions) -> None:
    assert sentence(terminal, "small", "--now", "-f", "definitions.py") == (
        "asset 'small' would be asked for now, at T: it is missing."
    )
    said = terminal.run("explain", "asset", "small", "--now", "--at", "1h")
    assert "give --at or --now, not both" in said.err


def test_a_program_gets_the_same_as_values(terminal: Terminal, conditions: Conditions) -> None:
    conditions.tick()
    made(conditions, "users")
    conditions.tick()

    told = terminal.run("explain", "asset", "orders", "--json").json()

    assert {"sentence", "details", "next_change", "tree", "refs"} == told.keys()
    assert told["next_change"][-1] == "a materialization of raw"
    assert (told["tree"]["text"], told["tree"]["mark"]) == ("all of", "false")
    blamed = [each for each in walked(told["tree"]) if each["is_blamed"]]
    assert [(each["text"], each["mark"]) for each in blamed] == [("missing", "true"), ("will_be_requested", "false")]


def walked(branch: dict[str, object]) -> Iterator[dict[str, object]]:
    yield branch
    children = branch["children"]
    assert isinstance(children, list)
    for each in children:
        yield from walked(each)


def test_a_run_in_progress_of_a_dependency_is_named(terminal: Terminal, conditions: Conditions) -> None:
    conditions.tick()
    made(conditions, "users")
    made(conditions, "raw")
    run = DagsterRun(
        "__ASSET_JOB", "12345678-aaaa", status=DagsterRunStatus.QUEUED, asset_selection=frozenset({AssetKey("raw")}),
        location_name="definitions.py",
    )  # fmt: skip
    conditions.instance.store.add_runs([run], conditions.instance.clock.now())
    conditions.tick()

    assert sentence(terminal, "orders") == (
        "asset 'orders' was not asked for at T: blocked by any_deps_in_progress: run R (QUEUED) is to make raw."
    )


HOSTILE = "evil[red]\N{RIGHT-TO-LEFT OVERRIDE}name"


def test_names_of_others_do_not_take_over_the_terminal(terminal: Terminal) -> None:
    terminal.write(
        "from watchbell import *\n"
        f"@asset(name='plain', deps=[AssetKey({HOSTILE!r})],\n"
        "    automation_condition=AutomationCondition.any_deps_updated().with_label('lab\\x9b2Jel'))\n"
        "def plain(): ...\n"
        "defs = Definitions(assets=[plain])\n"
    )
    conditions = Conditions(terminal)
    conditions.tick()
    conditions.instance.close()

    said = terminal.run("explain", "asset", "plain")

    assert said.code == 0, said
    assert "\x9b" not in said.out
    assert "lab\\x9b2Jel" in said.out
    assert "evil[red]" in said.out


def test_what_needs_run_config_is_told_before_and_after_it_did(terminal: Terminal) -> None:
    code = CODE.replace("def small():", "def small(config: Limits):").replace(
        "days =", "class Limits(Config):\n    n: int{}\n\n\ndays =", 1
    )
    terminal.write(code.replace("{}", ""))
    terminal.run_on_code("sensor", "start", SENSOR)
    needy = Conditions(terminal)
    needy.tick()
    needy.instance.close()

    never = terminal.run_on_code("explain", "asset", "small").out
    now = terminal.run_on_code("explain", "asset", "small", "--now").out
    terminal.write(code.replace("{}", " = 3"))
    mended = Conditions(terminal)
    mended.tick()
    mended.instance.close()

    assert never.startswith(
        "the condition of asset 'small' asks for nothing: it needs run config (root:ops:small:config: missing; "
        "expected {n: Int}), which no condition can give, so it cannot be run by a condition; give its config "
        "defaults, or have it run by a schedule, a sensor or a job that gives the config. It was never made"
    ), never
    assert "No run of it is asked for: it needs run config (root:ops:small:config" in now
    assert sentence(terminal, "small") == "asset 'small' was asked for at T: it is missing; run R (QUEUED) makes it."
