"""Being asked to stop reaches everything a run started: processes are real, and none may be left."""

from __future__ import annotations

import asyncio
import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from watchbell import (
    AssetExecutionContext,
    DagsterInstance,
    Definitions,
    DynamicOut,
    DynamicOutput,
    Executor,
    InProcessExecutor,
    MultiprocessExecutor,
    PipesSubprocessClient,
    RetryPolicy,
    asset,
    define_asset_job,
    execute_job,
    executor,
    failure_hook,
    in_process_executor,
    job,
    multiprocess_executor,
    op,
    resource,
)
from watchbell.declare.job import JobDefinition
from watchbell.execute import multiprocess
from watchbell.ground.errors import DagsterExecutionInterruptedError
from watchbell.record.pool import PoolClaim
from watchbell.record.run import DagsterRun, DagsterRunStatus

pytestmark = pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="forked runs, watched as Linux can")
WAIT_SECONDS = 30.0


class Stage:
    """A run in a process and session of its own, and a word from it.

    Args:
        folder: for the instance, and for what the run's code writes.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.readable, self.writable = os.pipe()
        self.pid = 0
        self.instance = DagsterInstance.local_temp(folder / "home")
        self._family: list[psutil.Process] = []
        self._pidfd = -1

    def say(self, word: str) -> None:
        """From user code: the test goes on."""
        os.write(self.writable, f"{word}\n".encode())

    def note(self, line: str) -> None:
        """From user code: what happened, in order."""
        with (self.folder / "notes").open("a") as notes:
            notes.write(f"{line}\n")

    @property
    def notes(self) -> list[str]:
        path = self.folder / "notes"
        return path.read_text().splitlines() if path.exists() else []

    def start(self, made: JobDefinition, **config: Any) -> None:
        """Executes a job in a process of its own."""
        home = self.instance.home
        self.pid = os.fork()
        if self.pid == 0:
            os.setsid()
            try:
                with DagsterInstance.from_home(home) as own:
                    execute_job(made, own, run_config=config)
            except DagsterExecutionInterruptedError:
                os._exit(3)
            except BaseException:
                sys.excepthook(*sys.exc_info())
            os._exit(1)
        self._pidfd = os.pidfd_open(self.pid)

    def hear(self, word: str) -> None:
        """Waits for a word of the run's; remembers which processes there are."""
        heard = ""
        while heard.strip() != word:
            ready, _, _ = select.select([self.readable], [], [], WAIT_SECONDS)
            assert ready, f"{word!r} was not heard; notes: {self.notes}"
            heard = ""
            while not heard.endswith("\n"):
                heard += os.read(self.readable, 1).decode()
        self._family = psutil.Process(self.pid).children(recursive=True)

    def end(self, seconds: float = WAIT_SECONDS) -> int:
        """Waits for the run's process; its exit code."""
        ended, _, _ = select.select([self._pidfd], [], [], seconds)
        assert ended, f"the run goes on; notes: {self.notes}"
        _, status = os.waitpid(self.pid, 0)
        return os.waitstatus_to_exitcode(status)

    def orphans(self) -> list[str]:
        """Processes that were there when the last word was heard and are still."""
        _, alive = psutil.wait_procs(self._family, timeout=1)
        return [" ".join(each.cmdline()) for each in alive if each.status() != psutil.STATUS_ZOMBIE]

    def run(self) -> DagsterRun:
        return self.instance.get_runs()[0]

    def kinds(self, step_key: str | None = None) -> list[str]:
        entries = [each.dagster_event for each in self.instance.all_logs(self.run().run_id)]
        return [each.event_type.name for each in entries if each is not None and step_key in (None, each.step_key)]

    def close(self) -> None:
        for process in self._family:
            if process.is_running():
                process.kill()
        if self._pidfd >= 0:
            os.close(self._pidfd)
        os.close(self.readable)
        os.close(self.writable)
        self.instance.close()


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    made = Stage(tmp_path)
    yield made
    made.close()


def for_ever() -> None:
    while True:  # not in one wait: a signal that falls just before it begins is handled when it ends
        select.select([], [], [], 0.05)


# ------------------------------------------------------------ what waits or works


def working(stage: Stage) -> JobDefinition:
    @op
    def work() -> None:
        stage.say("up")
        for_ever()

    @job(executor_def=multiprocess_executor)
    def made() -> None:
        work()

    return made


def working_here(stage: Stage) -> JobDefinition:
    @op
    def work() -> None:
        stage.say("up")
        for_ever()

    @job(executor_def=in_process_executor)
    def made() -> None:
        work()

    return made


def awaiting(stage: Stage) -> JobDefinition:
    @op
    async def work() -> None:
        async def inner() -> None:
            stage.say("up")
            await asyncio.Event().wait()

        await asyncio.gather(inner(), asyncio.Event().wait())

    @job(executor_def=multiprocess_executor)
    def made() -> None:
        work()

    return made


def awaiting_a_retry(stage: Stage) -> JobDefinition:
    @op(retry_policy=RetryPolicy(max_retries=2, delay=1_000))
    def work() -> None:
        stage.say("up")
        raise ValueError("not yet")

    @job(executor_def=multiprocess_executor)
    def made() -> None:
        work()

    return made


def awaiting_a_slot(stage: Stage) -> JobDefinition:
    stage.instance.store.set_pool_limit("db", 1)
    stage.instance.store.add_runs([DagsterRun("other", "other", status=DagsterRunStatus.STARTED)], stage_now(stage))
    assert stage.instance.store.claim_slot(PoolClaim("db", "other", "load"), None)

    @op(pool="db")
    def never() -> None:
        stage.note("began without a slot")

    @op
    def work() -> None:
        stage.say("up")
        for_ever()

    @job(executor_def=multiprocess_executor)
    def made() -> None:
        never()
        work()

    return made


def stage_now(stage: Stage) -> Any:
    return stage.instance.clock.now()


def mapped(stage: Stage) -> JobDefinition:
    @op(out=DynamicOut(int))
    def fan() -> Iterator[DynamicOutput[int]]:
        for number in range(20):
            yield DynamicOutput(number, str(number))

    @op
    def work(number: int) -> None:
        stage.say("up")
        for_ever()

    @job(executor_def=multiprocess_executor)
    def made() -> None:
        fan().map(work)

    return made


def by_an_executor_that_waits(stage: Stage) -> JobDefinition:
    class Waiting(Executor):
        @property
        def retries(self) -> Any:
            return None

        def execute(self, _context: Any, _plan: Any) -> Iterator[Any]:
            try:
                stage.say("up")
                for_ever()
                yield None
            finally:
                stage.note("executor closed")

    @executor
    def waiting(_context: Any) -> Executor:
        return Waiting()

    @op
    def never() -> None:
        stage.note("began")

    @job(executor_def=waiting)
    def made() -> None:
        never()

    return made


def by_an_executor_that_hands_on(stage: Stage) -> JobDefinition:
    @executor
    def handing(_context: Any) -> Executor:
        return InProcessExecutor()

    @op
    def work() -> None:
        stage.say("up")
        for_ever()

    @job(executor_def=handing)
    def made() -> None:
        work()

    return made


def by_an_executor_of_processes(stage: Stage) -> JobDefinition:
    @executor
    def handing(_context: Any) -> Executor:
        return MultiprocessExecutor(max_concurrent=2)

    @op
    def work() -> None:
        stage.say("up")
        for_ever()

    @job(executor_def=handing)
    def made() -> None:
        work()
        work.alias("second")()

    return made


def with_a_command(stage: Stage) -> JobDefinition:
    @op
    def work() -> None:
        threading.Timer(0.0, stage.say, ("up",)).start()
        subprocess.run(["sleep", "1000"], check=True)

    @job(executor_def=multiprocess_executor)
    def made() -> None:
        work()

    return made


ALL = [
    working,
    working_here,
    awaiting,
    awaiting_a_retry,
    awaiting_a_slot,
    mapped,
    by_an_executor_that_waits,
    by_an_executor_that_hands_on,
    by_an_executor_of_processes,
    with_a_command,
]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("make", ALL, ids=lambda each: each.__name__)
def test_whatever_a_run_does_it_ends_as_canceled_and_leaves_no_process(
    stage: Stage, make: Callable[[Stage], JobDefinition], number: int
) -> None:
    stage.start(make(stage))
    stage.hear("up")

    if number == signal.SIGINT:
        os.killpg(stage.pid, number)  # as a terminal does
    else:
        os.kill(stage.pid, number)

    assert stage.end() == 3
    assert stage.run().status is DagsterRunStatus.CANCELED
    assert stage.kinds()[-1] == "RUN_CANCELED"
    assert [note for note in stage.notes if note.startswith("began")] == []
    assert [each.run_id for each in stage.instance.store.pool_claims() if each.run_id != "other"] == []
    assert stage.orphans() == []


def test_the_executor_of_ones_own_is_closed(stage: Stage) -> None:
    stage.start(by_an_executor_that_waits(stage))
    stage.hear("up")
    os.kill(stage.pid, signal.SIGTERM)
    stage.end()

    assert stage.notes == ["executor closed"]


# --------------------------------------------------------------------- clean-up


def test_clean_up_is_not_torn_by_a_second_signal(stage: Stage) -> None:
    """A terminal tells the whole group, and the run tells its steps: each of them hears it twice."""
    os.mkfifo(stage.folder / "go")

    @resource
    def connection() -> Iterator[int]:
        yield 1
        stage.note("resource closed")

    @op(required_resource_keys={"connection"})
    def work() -> Iterator[Any]:
        try:
            stage.say("up")
            for_ever()
            yield
        finally:
            stage.say("cleans up")
            (stage.folder / "go").read_text()
            stage.note("generator closed")

    @op(required_resource_keys={"connection"})
    def below(_done: Any) -> None:
        stage.note("began")

    @failure_hook
    def tell(_context: Any) -> None:
        stage.note("hook")

    @job(resource_defs={"connection": connection}, executor_def=multiprocess_executor, hooks={tell})
    def made() -> None:
        below(work())

    stage.start(made)
    stage.hear("up")
    os.killpg(stage.pid, signal.SIGINT)
    stage.hear("cleans up")
    for _ in range(3):
        os.killpg(stage.pid, signal.SIGTERM)
    (stage.folder / "go").write_text("on")

    assert stage.end() == 3
    assert stage.notes == ["generator closed", "resource closed"]
    assert (stage.run().status, stage.kinds("below")) == (DagsterRunStatus.CANCELED, [])
    assert stage.kinds("work")[-1] == "STEP_FAILURE"
    assert stage.orphans() == []


def test_a_function_that_cleans_up_slowly_is_let(stage: Stage) -> None:
    os.mkfifo(stage.folder / "go")

    @op
    def work() -> None:
        try:
            stage.say("up")
            for_ever()
        finally:
            stage.say("cleans up")
            (stage.folder / "go").read_text()
            stage.note("done")

    @job(executor_def=multiprocess_executor)
    def made() -> None:
        work()

    stage.start(made)
    stage.hear("up")
    os.killpg(stage.pid, signal.SIGINT)
    stage.hear("cleans up")
    os.killpg(stage.pid, signal.SIGTERM)
    (stage.folder / "go").write_text("on")

    assert stage.end() == 3
    assert stage.notes == ["done"]


# -------------------------------------------------------------------- processes


@pytest.mark.parametrize(
    "script",
    [
        "(trap '' TERM; echo up > {}/up; sleep 1000) & sleep 1000 & wait",
        "trap '' TERM; echo up > {}/up; while true; do sleep 1000; done",
    ],
    ids=["its child will not", "it will not"],
)
def test_what_a_command_of_pipes_started_ends_with_it(stage: Stage, script: str) -> None:
    os.mkfifo(stage.folder / "up")

    @asset
    def outside(context: AssetExecutionContext) -> None:
        def tell() -> None:
            (stage.folder / "up").read_text()
            stage.say("up")

        threading.Thread(target=tell, daemon=True).start()
        client = PipesSubprocessClient(termination_timeout_seconds=0.5)
        client.run(command=["sh", "-c", script.format(stage.folder)], context=context)

    stage.start(asset_job(outside))
    stage.hear("up")
    os.kill(stage.pid, signal.SIGTERM)

    assert stage.end() == 3
    assert stage.run().status is DagsterRunStatus.CANCELED
    assert stage.orphans() == []


def asset_job(made: Any) -> JobDefinition:
    defs = Definitions(assets=[made], jobs=[define_asset_job("made", "*", executor_def=multiprocess_executor)])
    return defs.get_job_def("made")


def test_a_step_that_is_killed_takes_what_it_started_with_it(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(multiprocess, "STOP_GRACE_SECONDS", 0.0)

    @op
    def work() -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        with subprocess.Popen(["sh", "-c", "sleep 1000 & wait"]):
            stage.say("up")
            while True:
                signal.pause()

    @job(executor_def=multiprocess_executor)
    def made() -> None:
        work()

    stage.start(made)
    stage.hear("up")
    os.kill(stage.pid, signal.SIGTERM)

    assert stage.end() == 3
    assert "RUN_CANCELED" in stage.kinds()
    assert stage.orphans() == []
