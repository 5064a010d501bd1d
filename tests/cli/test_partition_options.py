"""Runs for partitions from the command line: each step in a process of its own, the partitions kept with the run."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Said, Terminal
from watchbell.record.keys import AssetKey

DEFINITIONS = """
from watchbell import (
    BackfillPolicy,
    DailyPartitionsDefinition,
    Definitions,
    StaticPartitionsDefinition,
    asset,
    daily_partitioned_config,
    job,
    op,
)

LETTERS = StaticPartitionsDefinition(["a", "b", "c", "d"])


@asset(partitions_def=LETTERS, backfill_policy=BackfillPolicy.single_run())
def letters(context):
    context.add_asset_metadata({"second": True}, partition_key=context.partition_keys[-1])
    return {key: key.upper() for key in context.partition_keys}


@asset(partitions_def=LETTERS, backfill_policy=BackfillPolicy.single_run())
def words(context, letters):
    context.log.info(f"{context.partition_keys} made from {letters}")
    return {key: 1 for key in context.partition_keys}


@asset(partitions_def=LETTERS)
def single(context):
    return context.partition_key


@asset
def whole():
    return 1


@daily_partitioned_config(start_date="2026-01-01")
def of_day(start, end):
    return {"ops": {"load": {"config": {"day": start.date().isoformat()}}}}


@op(config_schema={"day": str})
def load(context):
    context.log.info(f"{context.partition_key} is {context.op_config['day']}")


@job(config=of_day)
def daily():
    load()


defs = Definitions([letters, words, single, whole], jobs=[daily])
"""


@pytest.fixture
def project(terminal: Terminal) -> Terminal:
    terminal.write(DEFINITIONS)
    return terminal


def materialized(terminal: Terminal, *words: str) -> Said:
    return terminal.run_on_code("asset", "materialize", "--select", *words)


def made(terminal: Terminal, asset: str) -> list[tuple[str | None, bool]]:
    """The partitions of the materializations of an asset, and whether something was said of it alone."""
    with terminal.instance() as instance:
        records = instance.fetch_materializations(AssetKey(asset), limit=100).records
    found = [each.asset_materialization for each in records]
    return sorted((each.partition, "second" in each.metadata) for each in found if each is not None)


def test_a_partition_of_an_asset_that_has_some_is_named(project: Terminal) -> None:
    said = materialized(project, "single")

    assert said.code == 2
    assert "asset 'single' has partitions; say which one to make: --partition KEY" in " ".join(said.err.split())
    assert made(project, "single") == []


def test_one_partition_is_made(project: Terminal) -> None:
    said = materialized(project, "letters", "--partition", "b")

    assert said.code == 0, said
    assert made(project, "letters") == [("b", True)]


def test_a_range_is_made_in_one_run_each_step_in_its_process(project: Terminal) -> None:
    said = materialized(project, "letters,words", "--partition-range", "b...d")

    assert said.code == 0, said
    assert made(project, "letters") == [("b", False), ("c", False), ("d", True)]
    assert [key for key, _ in made(project, "words")] == ["b", "c", "d"]
    assert "['b', 'c', 'd'] made from {'b': 'B'" in said.out


def test_a_range_of_assets_that_make_one_at_a_time_is_refused(project: Terminal) -> None:
    said = materialized(project, "single", "--partition-range", "b...d")

    assert (said.code, "'single' makes one partition in a run" in said.err, made(project, "single")) == (2, True, [])


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("whole", "--partition", "a"), "it has no partitions"),
        (("whole", "--partition-range", "a...b"), "nothing that is selected has partitions"),
        (("letters", "--partition", "A"), "did you mean 'a'"),
        (("letters", "--partition-range", "d...b"), "its end comes first"),
        (("letters", "--partition-range", "b..d"), "is written first...last"),
        (("letters", "--partition", "a", "--partition-range", "a...b"), "not both"),
    ],
)
def test_partitions_that_cannot_be_made_are_refused_before_there_is_a_run(
    project: Terminal, words: tuple[str, ...], reason: str
) -> None:
    said = materialized(project, *words)

    assert (said.code != 0, reason in said.err) == (True, True), said
    with project.instance() as instance:
        assert instance.get_runs_count() == 0


def test_a_job_runs_with_the_config_of_its_partition(project: Terminal) -> None:
    said = project.run_on_code("job", "execute", "-j", "daily", "--partition", "2026-01-02")

    assert said.code == 0, said
    assert "2026-01-02 is 2026-01-02" in said.out


def test_a_job_is_launched_for_a_partition(project: Terminal) -> None:
    said = project.run_on_code("job", "launch", "-j", "daily", "--partition", "2026-01-02")

    assert said.code == 0, said
    with project.instance() as instance:
        run = instance.get_run_by_id(said.out.strip())
    assert run is not None
    assert (run.tags["dagster/partition"], run.run_config) == (
        "2026-01-02",
        {"ops": {"load": {"config": {"day": "2026-01-02"}}}},
    )


def test_a_run_of_a_job_with_partitions_for_none_of_them_is_told(project: Terminal) -> None:
    config = ("--config-json", '{"ops": {"load": {"config": {"day": "none"}}}}')
    said = project.run_on_code("job", "launch", "-j", "daily", *config)

    assert said.code == 0, said
    assert "job 'daily' has partitions, and this run is for none of them; --partition KEY says which" in said.err
    assert "for none" not in project.run_on_code("job", "launch", "-j", "daily", "--partition", "2026-01-02").err


def test_the_list_of_runs_says_which_partitions_they_are_for(project: Terminal) -> None:
    materialized(project, "whole")
    plain = project.run("run", "list")
    materialized(project, "single", "--partition", "b")
    materialized(project, "letters", "--partition-range", "b...d")

    rows = project.run("run", "list", "--json").json()

    assert [row["partition"] for row in rows] == ["b...d", "b", ""]
    assert "partition" not in plain.out
    assert "b...d" in project.run("run", "list").out
