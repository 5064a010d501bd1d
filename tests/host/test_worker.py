"""Run workers: forked or spawned, told when they end, stopped on request, alive without their host."""

import os
import queue
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.host.conftest import WAIT_SECONDS, Workshop
from watchbell.ground.ids import new_run_id
from watchbell.host.watch import ProcessWatcher
from watchbell.host.worker import FINISHED_EXIT_CODE, GAVE_UP_EXIT_CODE
from watchbell.instance import DagsterInstance
from watchbell.record.evaluation import CancelRun, Outcome, StartRun
from watchbell.record.event import DagsterEventType
from watchbell.record.keys import AssetKey
from watchbell.record.ports import EventQuery
from watchbell.record.run import DagsterRun, DagsterRunStatus, RunWorker
from watchbell.record.worker_identity import identity_of, is_alive

NOW = datetime(2024, 5, 1, tzinfo=UTC)
CODE = """
import os, signal, sys
from pathlib import Path
from watchbell import asset, define_asset_job, Definitions, job, op, in_process_executor

HERE = Path(__file__).parent

@op
def work(context):
    print("out of work")
    print("err of work", file=sys.stderr)
    (HERE / "worked").write_text(context.run_id)

@op
def fail():
    raise ValueError("no luck")

@op
def die():
    print("last words", file=sys.stderr, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)

@op
def leave():
    os._exit(9)

@op
def wait():
    (HERE / "waits").write_text(str(os.getpid()))
    (HERE / "go").read_text()

@op
def stay():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    (HERE / "waits").write_text(str(os.getpid()))
    (HERE / "go").read_text()

def alone(each):
    @job(name=f"{each.name}_job", executor_def=in_process_executor)
    def made():
        each()
    return made

jobs = [alone(each) for each in (work, fail, die, leave, wait, stay)]

@asset
def first():
    (HERE / "first").touch()

@asset
def second():
    (HERE / "second").touch()

assets_job = define_asset_job("assets_job", "*", executor_def=in_process_executor)
defs = Definitions(jobs=[*jobs, assets_job], assets=[first, second])
"""
StartOf = Callable[..., StartRun]


@pytest.fixture
def instance(workshop: Workshop) -> Iterator[DagsterInstance]:
    with DagsterInstance.from_home(workshop.home) as opened:
        yield opened


@pytest.fixture
def handed_out(instance: DagsterInstance) -> StartOf:
    """Stores a run and hands it out, as the queue does."""
    lease = instance.store.acquire_lease("daemon", "test", NOW, 3600)
    assert lease is not None

    def hand_out(job_name: str, **facts: object) -> StartRun:
        run = DagsterRun(job_name, new_run_id(), status=DagsterRunStatus.QUEUED, **facts)  # type: ignore[arg-type]
        instance.store.add_runs([run], NOW)
        (start,) = instance.store.hand_out_runs([run.run_id], lease, NOW)
        return start

    return hand_out


def status_of(instance: DagsterInstance, start: StartRun) -> DagsterRunStatus:
    record = instance.store.run_record(start.run_id)
    assert record is not None
    return record.dagster_run.status


@pytest.fixture(params=["fork", "spawn"])
def process_start(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_a_run_is_executed_in_its_own_process(
    workshop: Workshop, instance: DagsterInstance, handed_out: StartOf, process_start: str
) -> None:
    host = workshop.host(CODE, process_start=process_start)
    start = handed_out("work_job")

    host.start_run(start)
    end = workshop.told.next_end()

    assert (end.run_id, end.attempt, end.exit_code) == (start.run_id, start.attempt, FINISHED_EXIT_CODE)
    assert status_of(instance, start) is DagsterRunStatus.SUCCESS
    assert (workshop.folder / "worked").read_text() == start.run_id


def test_what_user_code_raises_fails_the_run(
    workshop: Workshop, instance: DagsterInstance, handed_out: StartOf
) -> None:
    host = workshop.host(CODE)
    start = handed_out("fail_job")

    host.start_run(start)
    end = workshop.told.next_end()

    assert (end.exit_code, status_of(instance, start)) == (FINISHED_EXIT_CODE, DagsterRunStatus.FAILURE)


@pytest.mark.parametrize(
    ("job_name", "code", "signal_name", "tail"),
    [("die_job", None, "SIGKILL", "last words"), ("leave_job", 9, None, "")],
)
def test_a_worker_that_ends_by_itself_is_told_with_its_end(
    workshop: Workshop,
    instance: DagsterInstance,
    handed_out: StartOf,
    job_name: str,
    code: int | None,
    signal_name: str | None,
    tail: str,
) -> None:
    host = workshop.host(CODE)
    start = handed_out(job_name)

    host.start_run(start)
    end = workshop.told.next_end()

    assert (end.exit_code, end.signal) == (code, signal_name)
    assert tail in end.output_tail
    assert status_of(instance, start) is DagsterRunStatus.STARTED
    attempt, worker = instance.store.run_workers()[start.run_id]
    assert worker is not None
    assert (attempt, worker.pid) == (start.attempt, end.pid)


def test_a_job_that_is_not_there_fails_the_run_by_name(
    workshop: Workshop, instance: DagsterInstance, handed_out: StartOf
) -> None:
    host = workshop.host(CODE)
    start = handed_out("wrok_job")

    host.start_run(start)
    workshop.told.next_end()

    failures = instance.store.events(EventQuery(run_id=start.run_id, types=frozenset({DagsterEventType.RUN_FAILURE})))
    assert [status_of(instance, start), len(failures)] == [DagsterRunStatus.FAILURE, 1]
    assert "did you mean 'work_job'?" in failures[0].message


def test_an_older_attempt_gives_up(workshop: Workshop, instance: DagsterInstance, handed_out: StartOf) -> None:
    host = workshop.host(CODE)
    start = handed_out("work_job")

    host.start_run(StartRun(start.run_id, start.attempt + 1))
    end = workshop.told.next_end()

    assert (end.exit_code, status_of(instance, start)) == (GAVE_UP_EXIT_CODE, DagsterRunStatus.STARTING)
    assert not (workshop.folder / "worked").exists()


def test_only_the_selected_assets_are_made(workshop: Workshop, instance: DagsterInstance, handed_out: StartOf) -> None:
    host = workshop.host(CODE)
    start = handed_out("assets_job", asset_selection=frozenset([AssetKey("second")]))

    host.start_run(start)
    workshop.told.next_end()

    made = {name for name in ("first", "second") if (workshop.folder / name).exists()}
    assert (made, status_of(instance, start)) == ({"second"}, DagsterRunStatus.SUCCESS)


def test_output_of_the_process_is_kept_for_its_user_alone(workshop: Workshop, handed_out: StartOf) -> None:
    host = workshop.host(CODE)
    start = handed_out("die_job")

    host.start_run(start)
    workshop.told.next_end()

    file = workshop.home / "logs" / start.run_id / "run.err"
    assert ("last words" in file.read_text(), file.stat().st_mode & 0o777) == (True, 0o600)


# ------------------------------------------------------------------- stopping


@pytest.fixture
def pipes(workshop: Workshop) -> Path:
    for name in ("waits", "go"):
        os.mkfifo(workshop.folder / name)
    return workshop.folder


def test_a_canceled_run_stops_in_order(
    workshop: Workshop, instance: DagsterInstance, handed_out: StartOf, pipes: Path, process_start: str
) -> None:
    host = workshop.host(CODE, process_start=process_start)
    start = handed_out("wait_job")
    host.start_run(start)
    (pipes / "waits").read_text()

    instance.store.request_cancel(start.run_id, NOW)
    host.cancel_run(CancelRun(start.run_id, grace_seconds=20))
    end = workshop.told.next_end()

    assert (end.exit_code, status_of(instance, start)) == (FINISHED_EXIT_CODE, DagsterRunStatus.CANCELED)


def test_a_run_that_does_not_stop_is_killed_after_the_grace(
    workshop: Workshop, handed_out: StartOf, pipes: Path
) -> None:
    host = workshop.host(CODE)
    start = handed_out("stay_job")
    host.start_run(start)
    (pipes / "waits").read_text()

    host.cancel_run(CancelRun(start.run_id, grace_seconds=0.2))

    assert workshop.told.next_end().signal == "SIGKILL"


def test_a_run_goes_on_when_its_host_dies_and_its_end_is_told(
    workshop: Workshop, instance: DagsterInstance, handed_out: StartOf, pipes: Path
) -> None:
    host = workshop.host(CODE)
    start = handed_out("wait_job")
    host.start_run(start)
    worker = identity_of(int((pipes / "waits").read_text()))
    assert worker is not None

    next(iter(host._hosted)).kill()
    workshop.told.next_snapshot()
    was_alive = is_alive(worker)
    (pipes / "go").write_text("")
    end = workshop.told.next_end()

    assert (was_alive, end.run_id, end.pid) == (True, start.run_id, worker.pid)
    assert status_of(instance, start) is DagsterRunStatus.SUCCESS


def test_a_run_whose_host_died_can_still_be_canceled(
    workshop: Workshop, instance: DagsterInstance, handed_out: StartOf, pipes: Path
) -> None:
    host = workshop.host(CODE)
    start = handed_out("wait_job")
    host.start_run(start)
    (pipes / "waits").read_text()

    next(iter(host._hosted)).kill()
    workshop.told.next_snapshot()
    host.cancel_run(CancelRun(start.run_id))
    workshop.told.next_end()

    assert status_of(instance, start) is DagsterRunStatus.CANCELED


def test_runs_go_on_when_the_host_is_stopped(
    workshop: Workshop, instance: DagsterInstance, handed_out: StartOf, pipes: Path
) -> None:
    host = workshop.host(CODE)
    start = handed_out("wait_job")
    host.start_run(start)
    worker = identity_of(int((pipes / "waits").read_text()))
    assert worker is not None

    host.stop()
    was_alive = is_alive(worker)
    told: queue.Queue[RunWorker] = queue.Queue()
    watcher = ProcessWatcher()
    watcher.watch(worker, told.put)
    (pipes / "go").write_text("")
    told.get(timeout=WAIT_SECONDS)
    watcher.stop()

    assert (was_alive, status_of(instance, start)) == (True, DagsterRunStatus.SUCCESS)


def test_a_run_on_its_way_is_finished_by_the_old_code(
    workshop: Workshop, instance: DagsterInstance, handed_out: StartOf, pipes: Path
) -> None:
    host = workshop.host(CODE)
    start = handed_out("wait_job")
    host.start_run(start)
    (pipes / "waits").read_text()

    host.reload()
    workshop.told.next_snapshot()
    old_host = next(iter(host._hosted))
    (pipes / "go").write_text("")
    end = workshop.told.next_end()
    old_host.join(20)

    assert (end.exit_code, status_of(instance, start)) == (FINISHED_EXIT_CODE, DagsterRunStatus.SUCCESS)
    assert len(host._hosted) == 1


def test_many_runs_at_once_all_end(workshop: Workshop, instance: DagsterInstance, handed_out: StartOf) -> None:
    host = workshop.host(CODE)
    starts = [handed_out("work_job") for _ in range(8)]

    for start in starts:
        host.start_run(start)
    ended = {workshop.told.next_end().run_id for _ in starts}

    assert ended == {start.run_id for start in starts}
    assert {status_of(instance, start) for start in starts} == {DagsterRunStatus.SUCCESS}


# -------------------------------------------------- with a process for each step

STEPS = """
import os
from pathlib import Path
from watchbell import job, op

HERE = Path(__file__).parent

@op
def first(context):
    return os.getpid()

@op
def second(first):
    (HERE / "pids").write_text(f"{first} {os.getpid()}")

@job
def two_steps():
    second(first())

@op
def wait():
    (HERE / "waits").write_text(str(os.getpid()))
    (HERE / "go").read_text()

@job
def waiting_step():
    wait()
"""


def test_steps_have_processes_of_their_own(
    workshop: Workshop, instance: DagsterInstance, handed_out: StartOf, process_start: str
) -> None:
    host = workshop.host(STEPS, process_start=process_start)
    start = handed_out("two_steps")

    host.start_run(start)
    end = workshop.told.next_end()

    assert status_of(instance, start) is DagsterRunStatus.SUCCESS
    pids = {int(pid) for pid in (workshop.folder / "pids").read_text().split()}
    assert len(pids - {end.pid}) == 2


def test_a_canceled_run_takes_its_steps_with_it(
    workshop: Workshop, instance: DagsterInstance, handed_out: StartOf, pipes: Path
) -> None:
    host = workshop.host(STEPS)
    start = handed_out("waiting_step")
    host.start_run(start)
    step = identity_of(int((pipes / "waits").read_text()))
    assert step is not None

    instance.store.request_cancel(start.run_id, NOW)
    host.cancel_run(CancelRun(start.run_id, grace_seconds=20))
    workshop.told.next_end()

    assert (is_alive(step), status_of(instance, start)) == (False, DagsterRunStatus.CANCELED)


def test_a_killed_worker_takes_its_steps_with_it(workshop: Workshop, handed_out: StartOf, pipes: Path) -> None:
    host = workshop.host(STEPS)
    start = handed_out("waiting_step")
    host.start_run(start)
    step = identity_of(int((pipes / "waits").read_text()))
    assert step is not None
    told: queue.Queue[RunWorker] = queue.Queue()
    watcher = ProcessWatcher()
    watcher.watch(step, told.put)

    host.cancel_run(CancelRun(start.run_id, grace_seconds=0))
    end = workshop.told.next_end()

    assert told.get(timeout=WAIT_SECONDS) == step
    assert end.pid != step.pid
    watcher.stop()


# ---------------------------------------------------- what run status sensors see

ALERTS = (
    CODE.rpartition("defs = ")[0]
    + """
from watchbell import run_failure_sensor

@run_failure_sensor
def alert(context):
    (HERE / "alert").write_text(f"{context.dagster_run.job_name}: {context.failure_event.message}")

@run_failure_sensor
def broken_alert(context):
    raise OSError("mail server is gone")

defs = Definitions(jobs=jobs, sensors=[alert, broken_alert])
"""
)


def test_a_failure_sensor_reacts_to_the_event_it_is_given(
    workshop: Workshop, instance: DagsterInstance, handed_out: StartOf
) -> None:
    host = workshop.host(ALERTS)
    start = handed_out("fail_job")
    host.start_run(start)
    workshop.told.next_end()
    query = EventQuery(run_id=start.run_id, types=frozenset({DagsterEventType.RUN_FAILURE}))
    (failure,) = instance.store.events(query)
    assert failure.storage_id is not None

    answer = workshop.ask(host, "alert", event_ids=(failure.storage_id,))
    broken = workshop.ask(host, "broken_alert", event_ids=(failure.storage_id,))

    assert answer.outcome is Outcome.ANSWERED
    assert (workshop.folder / "alert").read_text().startswith("fail_job: ")
    assert broken.error is not None
    assert (broken.outcome, "mail server is gone" in broken.error.to_string()) == (Outcome.RAISED, True)
