"""``get_dagster_logger``: lines of code without a context."""

import logging
import os
import pickle
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from watchbell.declare.assets.asset import asset
from watchbell.declare.graphs.op import op
from watchbell.declare.job import JobDefinition, job
from watchbell.execute.job_execution import execute_job
from watchbell.execute.logger import get_dagster_logger
from watchbell.execute.materialize import materialize
from watchbell.instance import DagsterInstance

LOG = get_dagster_logger()
NAMED = get_dagster_logger("shop")


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[DagsterInstance]:
    with DagsterInstance.local_temp(tmp_path) as opened:
        yield opened


@op
def talks() -> None:
    LOG.debug("a detail")
    LOG.info("hello %s", 3)
    NAMED.warning("beware")
    NAMED.getChild("till").info("from below")


@op
def talks_too() -> None:
    LOG.info("me too")


@job
def talk() -> None:
    talks()
    talks_too()


def lines(instance: DagsterInstance, run_id: str) -> list[tuple[str | None, int, str]]:
    found = [each for each in instance.all_logs(run_id) if each.dagster_event is None]
    return sorted((each.step_key or "", each.level, each.user_message) for each in found)


EXPECTED = [
    ("talks", logging.DEBUG, "a detail"),
    ("talks", logging.INFO, "from below"),
    ("talks", logging.INFO, "hello 3"),
    ("talks", logging.WARNING, "beware"),
    ("talks_too", logging.INFO, "me too"),
]


def test_lines_are_stored_with_the_run_under_their_step(instance: DagsterInstance) -> None:
    result = talk.execute_in_process(instance=instance)

    assert lines(instance, result.run_id) == EXPECTED


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forked step processes")
def test_lines_of_steps_in_processes_of_their_own_are_stored_too(instance: DagsterInstance) -> None:
    config = {"execution": {"config": {"multiprocess": {"max_concurrent": 2}}}}

    result = execute_job(talk, instance, run_config=config)

    assert result.success
    assert lines(instance, result.run_id) == EXPECTED


def test_lines_of_an_assets_step_are_stored(instance: DagsterInstance) -> None:
    @asset
    def orders() -> int:
        LOG.info("counting")
        return 3

    result = materialize([orders], instance=instance)

    assert lines(instance, result.run_id) == [("orders", logging.INFO, "counting")]


def test_an_exception_is_stored_with_its_line(instance: DagsterInstance) -> None:
    @op
    def stumbles() -> None:
        try:
            int("a bad row")
        except ValueError:
            LOG.exception("left out")

    result = job_of(stumbles).execute_in_process(instance=instance)

    (entry,) = [each for each in instance.all_logs(result.run_id) if each.dagster_event is None]
    assert entry.user_message == "left out"
    assert entry.error_info is not None
    assert "a bad row" in entry.error_info.message


def test_lines_of_a_thread_that_a_step_started_are_its_own(instance: DagsterInstance) -> None:
    @op
    def starts_a_thread() -> None:
        thread = threading.Thread(target=lambda: LOG.info("from a thread"))
        thread.start()
        thread.join()

    result = job_of(starts_a_thread).execute_in_process(instance=instance)

    assert lines(instance, result.run_id) == [("starts_a_thread", logging.INFO, "from a thread")]


def test_a_run_within_a_step_keeps_its_lines_apart(instance: DagsterInstance) -> None:
    inner: list[str] = []

    @op
    def runs_another() -> None:
        inner.append(talk.execute_in_process(instance=instance).run_id)
        LOG.info("outer")

    result = job_of(runs_another).execute_in_process(instance=instance)

    assert lines(instance, result.run_id) == [("runs_another", logging.INFO, "outer")]
    assert lines(instance, inner[0]) == EXPECTED


def test_a_level_set_by_the_user_counts(instance: DagsterInstance, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging.getLogger("dagster.builtin"), "level", logging.INFO)
    monkeypatch.setattr(NAMED, "level", logging.ERROR)

    result = talk.execute_in_process(instance=instance)

    found = lines(instance, result.run_id)
    assert [text for _, _, text in found] == ["from below", "hello 3", "me too"]


def test_outside_of_a_step_it_is_a_logger_of_pythons(caplog: pytest.LogCaptureFixture) -> None:
    talk.execute_in_process()
    caplog.clear()

    with caplog.at_level(logging.INFO, "dagster"):
        LOG.debug("no")
        LOG.info("yes")
        NAMED.info("this too")

    assert caplog.record_tuples == [
        ("dagster.builtin", logging.INFO, "yes"),
        ("dagster.builtin.shop", logging.INFO, "this too"),
    ]


def test_a_name_has_one_logger_which_survives_pickling() -> None:
    assert get_dagster_logger("shop") is NAMED
    assert pickle.loads(pickle.dumps(NAMED)) is NAMED
    assert isinstance(LOG, logging.Logger)


def job_of(definition: object) -> JobDefinition:
    """A job of one op."""

    @job
    def single() -> None:
        definition()  # type: ignore[operator]

    return single
