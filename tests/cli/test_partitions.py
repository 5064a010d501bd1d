"""``watchbell partitions``: what it shows, and what it changes."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.cli.conftest import Terminal
from watchbell import AssetKey, AssetMaterialization
from watchbell.automate.catalog.partition_sets import ranges_of
from watchbell.cli.partition_strip import cells_of, legend_of
from watchbell.record.backfill import Backfill, BackfillPart, BackfillTarget
from watchbell.record.ordinal_set import OrdinalSet
from watchbell.record.partition_state import PartitionState
from watchbell.record.run import DagsterRun, DagsterRunStatus

CODE = """
from watchbell import DailyPartitionsDefinition, Definitions, StaticPartitionsDefinition, asset, define_asset_job

days = DailyPartitionsDefinition(start_date="2026-01-01", end_date="2026-01-11")


@asset(partitions_def=days)
def rain(context):
    return 1


@asset(partitions_def=StaticPartitionsDefinition(["a", "b"]))
def letters(context):
    return 1


@asset
def plain():
    return 1


defs = Definitions([rain, letters, plain], jobs=[define_asset_job("rain_job", [rain])])
"""
RAIN = AssetKey("rain")


@pytest.fixture
def code(terminal: Terminal, tmp_path: Path) -> list[str]:
    file = tmp_path / "partitioned.py"
    file.write_text(CODE)
    with terminal.instance() as instance:
        for key in ("2026-01-02", "2026-01-03", "2026-01-07", "2020-01-01"):
            instance.report_runless_asset_event(AssetMaterialization("rain", partition=key))
    return ["-f", str(file)]


def test_a_strip_shows_how_partitions_stand(terminal: Terminal, code: list[str]) -> None:
    shown = terminal.run("partitions", "status", "rain", *code)

    assert shown.code == 0
    assert shown.out.splitlines()[:3] == [
        "rain: 10 partitions, 3 made (30 %), 7 missing",
        "·██···█···",
        "2026-01-01  2026-01-10",
    ]


def test_all_assets_with_partitions_are_a_table(terminal: Terminal, code: list[str]) -> None:
    shown = terminal.run("partitions", "status", "--json", *code)

    columns = ("partitions", "made", "percent", "missing")
    rows = {row["asset"]: tuple(row[each] for each in columns) for row in json.loads(shown.out)}
    assert rows == {"rain": (10, 3, 30, 7), "letters": (2, 0, 0, 2)}


@pytest.mark.parametrize(
    ("words", "keys"),
    [
        (("--limit", "2"), ["2026-01-09", "2026-01-10"]),
        (("--from", "2026-01-02", "--limit", "2"), ["2026-01-02", "2026-01-03"]),
        (("--to", "2026-01-01"), ["2026-01-01"]),
        (("--status", "made"), ["2026-01-02", "2026-01-03", "2026-01-07"]),
        (("--status", "missing", "--from", "2026-01-08"), ["2026-01-08", "2026-01-09", "2026-01-10"]),
        (("--status", "failed"), []),
    ],
)
def test_partitions_are_listed(terminal: Terminal, code: list[str], words: tuple[str, ...], keys: list[str]) -> None:
    shown = terminal.run("partitions", "list", "rain", "--json", *words, *code)

    assert [row["partition"] for row in json.loads(shown.out)] == keys


def test_the_partitions_of_a_job_have_its_last_runs(terminal: Terminal, code: list[str]) -> None:
    shown = terminal.run("partitions", "list", "rain_job", "--json", "--limit", "1", *code)

    assert json.loads(shown.out) == [{"partition": "2026-01-10", "last_run": None, "when": "", "run_id": None}]


def test_a_partition_that_failed_is_counted_and_listed_as_failed_alone(terminal: Terminal, code: list[str]) -> None:
    Path(code[1]).write_text(CODE.replace("return 1", "raise ValueError", 1))
    terminal.run("asset", "materialize", "--select", "rain", "--partition", "2026-01-05", *code)

    shown = terminal.run("partitions", "status", "rain", *code)
    missing = terminal.run("partitions", "list", "rain", "--status", "missing", "--json", *code)

    assert shown.out.splitlines()[0] == "rain: 10 partitions, 3 made (30 %), 1 failed, 6 missing"
    assert [row["status"] for row in json.loads(missing.out)] == ["missing"] * 6


def test_what_backfills_and_queued_runs_are_to_make_is_planned(terminal: Terminal, code: list[str]) -> None:
    with terminal.instance() as instance:
        targets = (BackfillTarget("rain_job", "partitioned.py", (RAIN,)),)
        parts = [BackfillPart(0, partition_key="2026-01-01"), BackfillPart(1, 0, "2026-01-03", "2026-01-04")]
        instance.add_backfill(Backfill("b", targets, datetime(2026, 2, 1, tzinfo=UTC)), parts)
        queued = {"status": DagsterRunStatus.QUEUED, "location_name": "partitioned.py"}
        for day in ("2026-01-09", "2026-03-09"):  # the second is no partition
            instance.add_run(DagsterRun("rain_job", day, tags={"dagster/partition": day}, **queued))

    shown = terminal.run("partitions", "status", "rain", *code)
    listed = terminal.run("partitions", "list", "rain", "--status", "planned", "--json", *code)
    missing = terminal.run("partitions", "list", "rain", "--status", "missing", "--json", *code)
    table = terminal.run("partitions", "status", "--json", *code)

    assert shown.out.splitlines() == [
        "rain: 10 partitions, 3 made (30 %), 4 planned, 4 missing",
        "░█░░··█·░·",
        "2026-01-01  2026-01-10",
        "█ made  ░ planned  · missing",
    ]
    statuses = {row["partition"]: row["status"] for row in json.loads(listed.out)}
    days = ("2026-01-01", "2026-01-03", "2026-01-04", "2026-01-09")
    assert statuses == dict(zip(days, ["planned", "made, planned", "planned", "planned"], strict=True))
    assert len(json.loads(missing.out)) == 4
    assert {row["asset"]: row["planned"] for row in json.loads(table.out)} == {"rain": 4, "letters": 0}


def test_what_is_missing_are_stretches(terminal: Terminal, code: list[str]) -> None:
    shown = terminal.run("partitions", "missing", "rain", "--json", *code)

    assert json.loads(shown.out) == [
        {"first": "2026-01-01", "last": "2026-01-01", "count": 1},
        {"first": "2026-01-04", "last": "2026-01-06", "count": 3},
        {"first": "2026-01-08", "last": "2026-01-10", "count": 3},
    ]


@pytest.mark.parametrize(
    ("words", "left"),
    [
        (("2026-01-02", "2020-01-01"), {"2026-01-03", "2026-01-07"}),
        (("--from", "2026-01-03", "--to", "2026-01-09"), {"2026-01-02", "2020-01-01"}),
    ],
)
def test_wiping(terminal: Terminal, code: list[str], words: tuple[str, ...], left: set[str]) -> None:
    assert terminal.run("partitions", "wipe", "rain", *words, "--noprompt", *code).code == 0

    with terminal.instance() as instance:
        assert instance.get_materialized_partitions(RAIN) == left


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("status", "rian"), "did you mean 'rain'?"),
        (("status", "plain"), "'plain' has no partitions; these have: rain, letters"),
        (("list", "rain", "--from", "2026-01-1"), "did you mean '2026-01-1"),
        (("list", "rain", "--from", "2026-01-05", "--to", "2026-01-02"), "turn them round"),
        (("list", "rain", "--from", "2026-01-12"), "from '2026-01-01' to '2026-01-10'"),
        (("list", "rain_job", "--status", "made"), "is a job"),
        (("wipe", "rain"), "--from and --to"),
        (("wipe", "letters", "aa", "--noprompt"), "did you mean 'a'?"),
    ],
)
def test_mistakes_name_what_is_near(terminal: Terminal, code: list[str], words: tuple[str, ...], told: str) -> None:
    shown = terminal.run("partitions", *words, *code)

    assert shown.code == 1
    assert told in shown.err


def test_keys_of_dynamic_partitions(terminal: Terminal) -> None:
    assert "first partitions of 'cities'" in terminal.run("partitions", "add", "cities", "bonn", "bern").out
    assert terminal.run("partitions", "add", "cities", "bonn", "rome").out == "added: rome (1 there already)\n"
    assert terminal.run("partitions", "delete", "cities", "bonn").out == "deleted: bonn\n"
    assert terminal.run("partitions", "dynamic", "cities").out == "bern\nrome\n"
    assert json.loads(terminal.run("partitions", "dynamic", "--json").out) == [{"name": "cities", "keys": 2}]
    assert "did you mean 'rome'?" in terminal.run("partitions", "delete", "cities", "rom").err
    assert "`watchbell partitions add citie KEY` adds the first" in terminal.run("partitions", "dynamic", "citie").err
    assert "a key is empty" in terminal.run("partitions", "add", "cities", "").err
    assert "holds a control character" in terminal.run("partitions", "add", "cities", "a\nb").err
    assert "did you mean 'cities'?" in terminal.run("partitions", "delete", "citie", "rome").err


def test_a_strip_of_ten_million_partitions_is_a_line() -> None:
    there = OrdinalSet.of_range(0, 10_000_000)
    made = OrdinalSet.of_range(0, 5_000_001)

    cells = cells_of(there, PartitionState(made, OrdinalSet([9_999_999]), OrdinalSet()), 10)

    assert "".join(cell.look.mark for cell in cells) == "█████▄···x"
    assert sum(cell.total for cell in cells) == 10_000_000
    assert [look.meaning for look in legend_of(cells)] == ["made", "partly made", "failed", "missing"]


def test_stretches_pass_over_numbers_that_are_no_partition() -> None:
    there = OrdinalSet([1, 2, 5, 6, 9])

    assert ranges_of(OrdinalSet([2, 5, 9]), there, 10) == [(2, 5), (9, 9)]
    assert ranges_of(there, there, 10) == [(1, 9)]
    assert ranges_of(OrdinalSet(), there, 10) == []
