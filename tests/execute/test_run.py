"""A stored run executed as a run worker does: fenced, interrupted, refused; on the real store."""

import os
import signal
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from watchbell.declare.assets.asset import asset
from watchbell.declare.assets.asset_graph import AssetGraph
from watchbell.declare.assets.asset_job import define_asset_job
from watchbell.declare.executor import in_process_executor, multiprocess_executor
from watchbell.declare.graphs.op import op
from watchbell.declare.job import JobDefinition, job
from watchbell.declare.resource import resource
from watchbell.execute.contexts import OpExecutionContext
from watchbell.execute.run import execute_run
from watchbell.ground.errors import LeaseLostError
from watchbell.instance import DagsterInstance
from watchbell.record.event import DagsterEventType, EventLogEntry
from watchbell.record.keys import AssetKey
from watchbell.record.run import DagsterRun, DagsterRunStatus, RunWorker
from watchbell.record.settings import Settings

NOW = datetime(2024, 5, 1, tzinfo=UTC)
WORKER = RunWorker(1, "then", "boot", "here")


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[DagsterInstance]:
    with DagsterInstance.local_temp(tmp_path) as opened:
        yield opened


@op
def one() -> int:
    return 1


@job(executor_def=in_process_executor)
def small() -> None:
    one()


def handed_out(instance: DagsterInstance, job_def: JobDefinition, **facts: object) -> tuple[DagsterRun, int]:
    """A run of the job that a worker has begun, and its attempt."""
    instance.add_run(DagsterRun(job_def.name, "run", status=DagsterRunStatus.QUEUED, **facts))  # type: ignore[arg-type]
    lease = instance.store.acquire_lease("daemon", "me", NOW, 60)
    assert lease is not None
    attempt = instance.store.hand_out_runs(["run"], lease, NOW)[0].attempt
    assert instance.store.begin_run("run", attempt, WORKER, NOW)
    run = instance.get_run_by_id("run")
    assert run is not None
    return run, attempt


def status(instance: DagsterInstance) -> DagsterRunStatus:
    run = instance.get_run_by_id("run")
    assert run is not None
    return run.status


def test_a_run_goes_from_its_start_to_its_end_in_the_store(instance: DagsterInstance) -> None:
    run, attempt = handed_out(instance, small)

    succeeded = execute_run(small, run, instance, attempt)

    kinds = [entry.dagster_event_type for entry in instance.all_logs("run")]
    assert succeeded
    assert status(instance) is DagsterRunStatus.SUCCESS
    assert kinds.index(DagsterEventType.RUN_START) < kinds.index(DagsterEventType.STEP_START)
    assert kinds[-1] is DagsterEventType.RUN_SUCCESS


def test_what_is_to_be_made_is_planned_before_the_run_begins(instance: DagsterInstance) -> None:
    @asset
    def orders() -> int:
        return 1

    made = define_asset_job("made", executor_def=in_process_executor).resolve(AssetGraph.of([orders]))
    run, attempt = handed_out(instance, made)

    execute_run(made, run, instance, attempt)

    kinds = [entry.dagster_event_type for entry in instance.all_logs("run")]
    planned = kinds.index(DagsterEventType.ASSET_MATERIALIZATION_PLANNED)
    assert planned < kinds.index(DagsterEventType.RUN_START)
    assert instance.store.asset_states()[AssetKey("orders")].planned_run_id == "run"


def test_config_that_does_not_fit_fails_the_run_with_every_mistake(instance: DagsterInstance) -> None:
    run, attempt = handed_out(instance, small, run_config={"ops": {"nope": {}, "one": {"wrong": 1}}})

    succeeded = execute_run(small, run, instance, attempt)

    last = instance.all_logs("run")[-1].get_dagster_event()
    assert not succeeded
    assert status(instance) is DagsterRunStatus.FAILURE
    assert "root:ops:nope" in (last.message or "")
    assert "root:ops:one:wrong" in (last.message or "")


def test_a_run_that_belongs_to_another_attempt_stops_and_writes_nothing_more(instance: DagsterInstance) -> None:
    ran = []

    @op
    def slow(context: OpExecutionContext) -> None:
        ran.append(1)
        for _ in range(100_000):  # until the writer finds out
            context.log.info("still here")

    @job(executor_def=in_process_executor)
    def fenced() -> None:
        slow()

    run, attempt = handed_out(instance, fenced)

    with pytest.raises(LeaseLostError):
        execute_run(fenced, run, instance, attempt + 1)

    assert instance.all_logs("run")[-1].dagster_event_type is not DagsterEventType.RUN_START
    assert status(instance) is DagsterRunStatus.STARTING


def test_sigterm_tears_down_and_cancels_a_run_in_this_process(instance: DagsterInstance) -> None:
    said = []

    @resource
    def connection() -> Iterator[int]:
        yield 1
        said.append("closed")

    @op(required_resource_keys={"connection"})
    def stop_me() -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        said.append("not reached")

    @job(executor_def=in_process_executor, resource_defs={"connection": connection})
    def stopped() -> None:
        stop_me()

    run, attempt = handed_out(instance, stopped)
    before = signal.getsignal(signal.SIGTERM)

    succeeded = execute_run(stopped, run, instance, attempt)

    assert not succeeded
    assert said == ["closed"]
    assert status(instance) is DagsterRunStatus.CANCELED
    assert signal.getsignal(signal.SIGTERM) == before


def test_code_that_catches_every_exception_is_stopped_all_the_same(instance: DagsterInstance) -> None:
    caught = []

    @op
    def stubborn() -> None:
        try:
            os.kill(os.getpid(), signal.SIGTERM)
        except Exception as error:
            caught.append(error)

    @job(executor_def=in_process_executor)
    def stopped() -> None:
        stubborn()

    run, attempt = handed_out(instance, stopped)

    assert not execute_run(stopped, run, instance, attempt)
    assert caught == []


def test_a_run_in_one_process_keeps_what_it_prints(instance: DagsterInstance) -> None:
    @op
    def talk() -> None:
        print("to stdout")

    @job(executor_def=in_process_executor)
    def talking() -> None:
        talk()

    run, attempt = handed_out(instance, talking)

    execute_run(talking, run, instance, attempt)

    assert (Path(instance.logs_directory()) / "run" / "run.out").read_text() == "to stdout\n"


def test_without_an_executor_of_its_own_a_job_runs_in_step_processes(instance: DagsterInstance) -> None:
    @job
    def by_default() -> None:
        one()

    run, attempt = handed_out(instance, by_default)

    assert execute_run(by_default, run, instance, attempt)
    started = instance.all_logs("run", of_type=DagsterEventType.STEP_WORKER_STARTED)
    assert len(started) == 1


def test_where_forking_is_ruled_out_steps_stay_in_the_runs_process(tmp_path: Path) -> None:
    @op
    def own_pid() -> int:
        assert os.getpid() == home
        return os.getpid()

    @job
    def by_default() -> None:
        own_pid()

    @job(executor_def=multiprocess_executor)
    def on_purpose() -> None:
        own_pid()

    home = os.getpid()
    with DagsterInstance.local_temp(tmp_path, settings=Settings(process_start="spawn")) as spawning:
        run = spawning.create_run_for_job(by_default)
        refused = spawning.create_run_for_job(on_purpose)

        assert execute_run(by_default, run, spawning)
        assert not execute_run(on_purpose, refused, spawning)
        assert "process_start" in spawning.all_logs(refused.run_id)[-1].message


def test_a_listener_whose_terminal_is_closed_ends_no_run(instance: DagsterInstance) -> None:
    told = []

    def tell(entries: Sequence[EventLogEntry]) -> None:
        told.append(len(entries))
        raise BrokenPipeError

    run, attempt = handed_out(instance, small)

    assert execute_run(small, run, instance, attempt, told=tell)
    assert len(told) == 1
