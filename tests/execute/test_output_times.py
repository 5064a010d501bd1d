"""When what a run prints was there: noted before events, after prints, and by the way."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from watchbell.declare.graphs.op import op
from watchbell.declare.job import JobDefinition, job
from watchbell.execute.contexts import OpExecutionContext
from watchbell.execute.event_writer import EventWriter
from watchbell.execute.job_execution import execute_job
from watchbell.execute.output_times import FILE_NAME, GAP_SECONDS, OutputTimes, TimesFile, ToldFile
from watchbell.ground.clock import ManualClock
from watchbell.instance import DagsterInstance

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="forked step processes")


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[DagsterInstance]:
    with DagsterInstance.local_temp(tmp_path) as opened:
        yield opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def lines(folder: Path) -> list[list[str]]:
    """What was noted, without the times."""
    path = folder / FILE_NAME
    return [each.split(" ", 1)[1].split("\t") for each in path.read_text().splitlines()] if path.exists() else []


def times_of(folder: Path) -> tuple[OutputTimes, ManualClock]:
    clock = ManualClock(datetime(2024, 3, 1, tzinfo=UTC))
    return OutputTimes(TimesFile(folder, clock), folder, "load", "load"), clock


def test_nothing_is_noted_of_what_prints_nothing(folder: Path) -> None:
    times, _ = times_of(folder)

    times.note()
    times.end()

    assert not (folder / FILE_NAME).exists()


def test_what_grew_is_noted_once_with_the_step_it_is_of(folder: Path) -> None:
    times, _ = times_of(folder)
    (folder / "load.out").write_text("one\n")

    times.before_event("other")
    times.before_event("other")
    (folder / "load.err").write_text("oh no\n")
    times.end()

    assert lines(folder) == [["4 0 load", "load"], ["4 6 load", "other"]]


def test_prints_are_noted_no_more_often_than_is_of_use(folder: Path) -> None:
    times, clock = times_of(folder)
    with (folder / "load.out").open("w") as file:
        for _ in range(100):
            file.write("x")
            file.flush()
            clock.advance(GAP_SECONDS / 10)
            times.printed()

    assert 9 <= len(lines(folder)) <= 10


def test_after_a_day_of_printing_they_are_noted_less_often(folder: Path) -> None:
    times, clock = times_of(folder)
    clock.advance(86_400)
    (folder / "load.out").write_text("x")
    times.printed()
    (folder / "load.out").write_text("xx")
    clock.advance(1)
    times.printed()

    assert len(lines(folder)) == 1


def test_output_that_is_there_already_belongs_to_an_attempt_before(folder: Path) -> None:
    (folder / "load.out").write_text("of another attempt\n")
    times, _ = times_of(folder)

    times.note()

    assert lines(folder) == []


def test_a_folder_that_is_gone_costs_the_run_nothing(folder: Path) -> None:
    times = OutputTimes(TimesFile(folder / "none", ManualClock(datetime(2024, 3, 1, tzinfo=UTC))), folder, "load")
    (folder / "load.out").write_text("one\n")

    times.end()

    assert lines(folder) == []


def test_a_told_file_tells_of_each_write_and_leaves_its_descriptor_open(folder: Path) -> None:
    told: list[bool] = []
    with (folder / "file").open("wb") as file:
        with ToldFile(file.fileno(), lambda: told.append(True)) as raw:
            raw.write(b"one")
        file.write(b"two")

    assert ((folder / "file").read_bytes(), told) == (b"onetwo", [True])


def test_the_thread_of_the_writer_does_something_else_meanwhile(folder: Path) -> None:
    done: list[int] = []
    written: list[object] = []
    writer = EventWriter(written.extend, with_thread=True)
    reader, other = os.pipe()

    writer.do_meanwhile(0.001, lambda: os.write(other, b"x"))
    done.append(len(os.read(reader, 1)))  # waits until it was done
    writer.do_meanwhile(0.001, None)
    writer.close()
    for each in (reader, other):
        os.close(each)

    assert done == [1]


@op
def talk(context: OpExecutionContext) -> None:
    print("before")
    context.log.info("between")
    subprocess.run([sys.executable, "-c", "print('past Python')"], check=True)
    context.log.info("after")
    sys.stderr.write("at the end\n")


@job
def talking() -> None:
    talk()


@pytest.mark.parametrize("executor", ["multiprocess", "in_process"])
def test_what_is_printed_between_two_events_is_noted_between_them(instance: DagsterInstance, executor: str) -> None:
    result = execute_job(talking, instance, run_config={"execution": {"config": {executor: {}}}})
    folder = Path(instance.logs_directory()) / result.run_id
    logged = {each.user_message: each.timestamp for each in instance.all_logs(result.run_id) if each.user_message}
    noted = [each.split(" ", 3) for each in (folder / FILE_NAME).read_text().splitlines()]
    stem = "talk" if executor == "multiprocess" else "run"

    def length_at(name: str) -> int:
        return max((int(out) for at, out, _, _ in noted if float(at) <= logged[name]), default=0)

    assert (length_at("between"), length_at("after")) == (len("before\n"), len("before\npast Python\n"))
    assert {each[3] for each in noted} == {f"{stem}\ttalk"}
    assert max(int(err) for _, _, err, _ in noted) == len("at the end\n")


def dies() -> JobDefinition:
    @op
    def die() -> None:
        os.write(2, b"the last word\n")
        os.kill(os.getpid(), 9)

    @job
    def dying() -> None:
        die()

    return dying


def test_what_a_killed_step_printed_is_noted_by_the_run(instance: DagsterInstance) -> None:
    result = execute_job(dies(), instance, raise_on_error=False)

    assert lines(Path(instance.logs_directory()) / result.run_id)[-1] == ["0 14 die", "die"]
