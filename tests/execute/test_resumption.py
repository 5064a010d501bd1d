"""Runs of jobs with dynamic outputs that are executed again in part."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from watchbell import (
    AssetCheckKey,
    DagsterEventType,
    DagsterInstance,
    DagsterRun,
    DynamicOut,
    DynamicOutput,
    JobExecutionResult,
    ReexecutionOptions,
    execute_job,
    in_process_executor,
    job,
    op,
)
from watchbell.automate.retry_rules import reexecution_of

BROKEN: set[object] = set()


@pytest.fixture
def instance() -> Iterator[DagsterInstance]:
    BROKEN.clear()
    with DagsterInstance.local_temp() as made:
        yield made


@op(out=DynamicOut(int))
def spread() -> Iterator[Any]:
    for number in range(3):
        yield DynamicOutput(number, f"n{number}")


@op
def work(number: int) -> int:
    if number in BROKEN:
        raise RuntimeError("broken")
    return number * 10


@op
def polish(number: int) -> int:
    return number + 1


@op
def total(numbers: list[int]) -> int:
    return sum(numbers)


@op
def report(number: int) -> str:
    if "report" in BROKEN:
        raise RuntimeError("no paper")
    return str(number)


@job(executor_def=in_process_executor)
def fan() -> None:
    report(total(spread().map(work).map(polish).collect()))


def again(instance: DagsterInstance, first: JobExecutionResult, steps: Sequence[str] | None) -> JobExecutionResult:
    options = (
        ReexecutionOptions.from_failure(first.run_id, instance)
        if steps is None
        else ReexecutionOptions(first.run_id, step_selection=steps)
    )
    return execute_job(fan, instance, reexecution_options=options)


def ran(result: JobExecutionResult) -> list[str | None]:
    return [event.step_key for event in result.get_step_success_events()]


def told(instance: DagsterInstance, result: JobExecutionResult) -> str:
    """Why the run failed."""
    (entry,) = instance.all_logs(result.run_id, of_type=DagsterEventType.RUN_FAILURE)
    assert entry.dagster_event is not None
    return str(entry.dagster_event.job_failure_data.error)


def test_what_collected_all_values_is_not_collected_again(instance: DagsterInstance) -> None:
    BROKEN.add("report")
    first = execute_job(fan, instance)
    BROKEN.clear()

    assert ran(again(instance, first, None)) == ["report"]


@pytest.mark.parametrize(
    ("clause", "steps"),
    [
        ("total", ["total"]),
        ("work[?]", ["work[n0]", "work[n1]", "work[n2]"]),
        ("work[n1]", ["work[n1]"]),
        ("work[n1]+", ["work[n1]", "polish[n1]"]),
        ("work[n1]*", ["work[n1]", "polish[n1]", "total", "report"]),
        ("*work[n1]", ["spread", "work[n1]"]),
    ],
)
def test_steps_are_chosen_by_their_copies(instance: DagsterInstance, clause: str, steps: list[str]) -> None:
    first = execute_job(fan, instance)

    assert ran(again(instance, first, [clause])) == steps


@pytest.mark.parametrize(
    ("clause", "words"),
    [("total", "execute 'polish.n0.' again too"), ("work[n1]*", "again too"), ("polish[n0]", "'work.n0.' again too")],
)
def test_a_step_whose_values_are_not_all_there_is_refused(instance: DagsterInstance, clause: str, words: str) -> None:
    BROKEN.add(0)
    first = execute_job(fan, instance)
    BROKEN.clear()

    result = again(instance, first, [clause])

    assert (result.success, ran(result)) == (False, [])
    assert re.search(words, told(instance, result))


def test_a_copy_that_never_was_is_refused(instance: DagsterInstance) -> None:
    first = execute_job(fan, instance)

    result = again(instance, first, ["work[n7]"])

    assert not result.success
    assert "'work' has no copy 'work[n7]'" in told(instance, result)


def test_a_run_that_is_executed_again_keeps_its_choice_of_checks() -> None:
    checks = frozenset({AssetCheckKey("orders", "fresh")})
    run = DagsterRun("j", "1", asset_check_selection=checks)

    assert reexecution_of(run, "2").asset_check_selection == checks


def test_a_step_that_gave_no_key_at_all_gave_an_empty_list(instance: DagsterInstance) -> None:
    @op(out=DynamicOut(int))
    def none() -> Iterator[Any]:
        yield from ()

    @job(executor_def=in_process_executor)
    def empty() -> None:
        report(total(none().map(work).collect()))

    BROKEN.add("report")
    first = execute_job(empty, instance)
    BROKEN.clear()
    options = ReexecutionOptions(first.run_id, step_selection=["total*"])

    result = execute_job(empty, instance, reexecution_options=options)

    assert ran(result) == ["total", "report"]
