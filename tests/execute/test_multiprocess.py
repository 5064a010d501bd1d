"""Each step in a process of its own: events, values, deaths, limits, being stopped. Processes are real."""

import os
import select
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.execute.kinds import failure_of, kinds
from watchbell.declare.assets.asset import asset
from watchbell.declare.assets.asset_graph import AssetGraph
from watchbell.declare.assets.asset_job import define_asset_job
from watchbell.declare.graphs.op import op
from watchbell.declare.io.mem_io_manager import mem_io_manager
from watchbell.declare.job import JobDefinition, job
from watchbell.declare.resource import resource
from watchbell.declare.retry import RetryPolicy
from watchbell.execute import multiprocess
from watchbell.execute.contexts import OpExecutionContext
from watchbell.execute.job_execution import execute_job
from watchbell.execute.result import JobExecutionResult
from watchbell.ground.errors import (
    DagsterExecutionInterruptedError,
    DagsterSubprocessError,
    DagsterUnmetExecutorRequirementsError,
)
from watchbell.instance import DagsterInstance
from watchbell.record.event import ComputeLogsCaptureData, DagsterEventType
from watchbell.record.keys import AssetKey
from watchbell.record.run import DagsterRunStatus

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="forked step processes")


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[DagsterInstance]:
    with DagsterInstance.local_temp(tmp_path) as opened:
        yield opened


@op
def own_pid() -> int:
    return os.getpid()


@op
def passed_on(pid: int) -> list[int]:
    return [pid, os.getpid()]


@job
def two_steps() -> None:
    passed_on(own_pid())


def run(job_def: JobDefinition, instance: DagsterInstance, max_concurrent: int = 0) -> JobExecutionResult:
    config = {"execution": {"config": {"multiprocess": {"max_concurrent": max_concurrent}}}}
    return execute_job(job_def, instance, run_config=config)


def test_each_step_has_a_process_and_values_pass_through_files(instance: DagsterInstance) -> None:
    result = run(two_steps, instance)

    first, second = result.output_for_node("passed_on")
    assert result.success
    assert len({first, second, os.getpid()}) == 3


def test_the_events_of_a_step_come_in_their_order(instance: DagsterInstance) -> None:
    result = run(two_steps, instance)

    assert kinds(result.all_events, "passed_on") == [
        "STEP_WORKER_STARTING",
        "STEP_WORKER_STARTED",
        "RESOURCE_INIT_STARTED",
        "RESOURCE_INIT_SUCCESS",
        "STEP_START",
        "LOADED_INPUT",
        "STEP_INPUT",
        "STEP_OUTPUT",
        "HANDLED_OUTPUT",
        "STEP_SUCCESS",
    ]
    assert kinds(result.all_events)[:2] == ["RUN_START", "ENGINE_EVENT"]
    assert kinds(result.all_events)[-2:] == ["ENGINE_EVENT", "RUN_SUCCESS"]


def test_the_stored_log_is_the_whole_log(instance: DagsterInstance) -> None:
    result = run(two_steps, instance)

    stored = [entry.dagster_event for entry in instance.all_logs(result.run_id) if entry.dagster_event]
    assert [event.message for event in stored] == [event.message for event in result.all_events]


def test_what_a_step_prints_and_logs_is_kept(instance: DagsterInstance) -> None:
    @op
    def talk(context: OpExecutionContext) -> None:
        print("to stdout")
        print("to stderr", file=sys.stderr)
        os.write(1, b"from a subprocess\n")
        context.log.warning("to the log: %s", 3)

    @job
    def talking() -> None:
        talk()

    result = run(talking, instance)

    captured = next(event for event in result.all_events if event.event_type is DagsterEventType.LOGS_CAPTURED)
    data = captured.event_specific_data
    assert isinstance(data, ComputeLogsCaptureData)
    assert data.stdout_path == f"{result.run_id}/talk.out"
    logs = Path(instance.logs_directory())
    assert (logs / data.stdout_path).read_text() == "to stdout\nfrom a subprocess\n"
    assert (logs / data.stderr_path).read_text().startswith("to stderr\n")
    logged = [entry for entry in instance.all_logs(result.run_id) if not entry.is_dagster_event]
    assert [(entry.level, entry.user_message, entry.step_key) for entry in logged] == [(30, "to the log: 3", "talk")]


def test_an_error_crosses_the_processes_with_its_cause(instance: DagsterInstance) -> None:
    @op
    def fail() -> None:
        raise ValueError("the file is empty")

    @job
    def failing() -> None:
        fail()
        own_pid()

    result = run(failing, instance)

    error = failure_of(result.all_events, "fail").error
    assert error is not None
    assert error.root.message == "ValueError: the file is empty\n"
    assert result.is_node_success("own_pid")
    assert result.dagster_run.status is DagsterRunStatus.FAILURE
    assert result.get_run_failure_event().job_failure_data.error == error


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        (lambda: os.kill(os.getpid(), signal.SIGKILL), "signal SIGKILL"),
        (lambda: os.kill(os.getpid(), signal.SIGUSR1), "signal SIGUSR1"),
        (lambda: os._exit(3), "exit code 3"),
        (lambda: os._exit(0), "exit code 0"),
    ],
)
def test_a_step_whose_process_dies_is_a_failure_that_says_how(
    instance: DagsterInstance, end: object, expected: str
) -> None:
    @op
    def die() -> int:
        end()  # type: ignore[operator]
        return 1

    @op
    def below(x: int) -> None: ...

    @job
    def dying() -> None:
        below(die())
        own_pid()

    result = run(dying, instance)

    error = failure_of(result.all_events, "die").error
    assert error is not None
    assert error.cls_name == DagsterSubprocessError.__name__
    assert expected in error.message
    assert kinds(result.all_events, "below") == []
    assert result.is_node_success("own_pid")


def test_a_step_that_leaves_a_child_behind_ends_all_the_same(instance: DagsterInstance) -> None:
    @op
    def leave_child() -> int:
        child = os.fork()  # it inherits the pipe to the run, and keeps it open
        if child == 0:
            signal.pause()
        return child

    @job
    def leaving() -> None:
        leave_child()

    result = run(leaving, instance)
    os.kill(result.output_for_node("leave_child"), signal.SIGKILL)

    assert result.success


def test_a_retry_gets_a_new_process(instance: DagsterInstance) -> None:
    @op(retry_policy=RetryPolicy(max_retries=1))
    def shaky(context: OpExecutionContext) -> int:
        if not context.retry_number:
            raise ValueError(str(os.getpid()))
        return os.getpid()

    @job
    def retried() -> None:
        shaky()

    result = run(retried, instance)

    first = next(event for event in result.all_events if event.event_type is DagsterEventType.STEP_UP_FOR_RETRY)
    assert result.success
    assert str(result.output_for_node("shaky")) not in (first.message or "")
    assert kinds(result.all_events, "shaky").count("STEP_WORKER_STARTED") == 2
    assert "STEP_RESTARTED" in kinds(result.all_events, "shaky")


def test_no_more_steps_run_at_once_than_allowed(instance: DagsterInstance) -> None:
    @job
    def wide() -> None:
        for _ in range(6):
            own_pid()

    result = run(wide, instance, max_concurrent=1)

    going_on, most = 0, 0
    for event in result.all_events:
        going_on += event.event_type is DagsterEventType.STEP_WORKER_STARTING
        most = max(most, going_on)
        going_on -= event.event_type is DagsterEventType.STEP_SUCCESS
    assert result.success
    assert most == 1


def test_limits_by_tag_hold_back_only_what_has_the_tag(instance: DagsterInstance) -> None:
    @job
    def wide() -> None:
        for _ in range(3):
            own_pid.tag({"db": "main"})()
        own_pid.alias("free")()

    limits = [{"key": "db", "value": "main", "limit": 1}]
    config = {"execution": {"config": {"multiprocess": {"max_concurrent": 4, "tag_concurrency_limits": limits}}}}

    result = execute_job(wide, instance, run_config=config)

    tagged, most = 0, 0
    for event in result.all_events:
        if event.step_key == "free":
            continue
        tagged += event.event_type is DagsterEventType.STEP_WORKER_STARTING
        most = max(most, tagged)
        tagged -= event.event_type is DagsterEventType.STEP_SUCCESS
    assert result.success
    assert most == 1


def test_resources_are_set_up_in_the_steps_process_and_torn_down_there(instance: DagsterInstance) -> None:
    @resource
    def pid_of_maker() -> Iterator[int]:
        yield os.getpid()
        print("torn down")

    @op(required_resource_keys={"pid_of_maker"})
    def use(context: OpExecutionContext) -> bool:
        return bool(context.resources.pid_of_maker == os.getpid())

    @job(resource_defs={"pid_of_maker": pid_of_maker})
    def using() -> None:
        use()

    result = run(using, instance)

    assert result.output_for_node("use") is True
    assert (Path(instance.logs_directory()) / result.run_id / "use.out").read_text() == "torn down\n"


def test_a_resource_that_fails_is_the_failure_of_its_step(instance: DagsterInstance) -> None:
    @resource
    def broken() -> int:
        raise ConnectionError("refused")

    @op(required_resource_keys={"broken"})
    def use() -> None: ...

    @job(resource_defs={"broken": broken})
    def using() -> None:
        use()
        own_pid()

    result = run(using, instance)

    error = failure_of(result.all_events, "use").error
    assert error is not None
    assert error.root.message == "ConnectionError: refused\n"
    assert result.is_node_success("own_pid")


def test_user_code_in_a_step_reads_the_instance(instance: DagsterInstance) -> None:
    @op
    def look(context: OpExecutionContext) -> str:
        found = context.instance.get_run_by_id(context.run_id)
        return "" if found is None else found.status.value

    @job
    def looking() -> None:
        look()

    assert run(looking, instance).output_for_node("look") == "STARTED"


def test_assets_made_in_processes_are_remembered(instance: DagsterInstance) -> None:
    @asset
    def raw() -> int:
        return 3

    @asset
    def doubled(raw: int) -> int:
        return 2 * raw

    made = define_asset_job("made").resolve(AssetGraph.of([raw, doubled]))

    result = run(made, instance)

    latest = instance.get_latest_materialization_event(AssetKey("doubled"))
    assert latest is not None
    assert latest.run_id == result.run_id
    assert result.asset_value("doubled") == 6


def test_values_kept_in_memory_are_refused_before_anything_runs(instance: DagsterInstance) -> None:
    @job(resource_defs={"io_manager": mem_io_manager})
    def in_memory() -> None:
        passed_on(own_pid())

    result = run(in_memory, instance)

    assert not result.success
    error = result.get_run_failure_event().job_failure_data.error
    assert error is not None
    assert error.cls_name == DagsterUnmetExecutorRequirementsError.__name__
    assert kinds(result.all_node_events) == []


def test_a_run_that_is_asked_to_stop_stops_its_steps_and_is_canceled(instance: DagsterInstance) -> None:
    @resource
    def connection() -> Iterator[int]:
        yield 1
        print("closed")

    @op(required_resource_keys={"connection"})
    def wait_for_ever() -> None:
        os.kill(os.getppid(), signal.SIGTERM)
        signal.pause()

    @op
    def below(x: object) -> None: ...

    @job(resource_defs={"connection": connection})
    def long() -> None:
        below(wait_for_ever())

    with pytest.raises(DagsterExecutionInterruptedError):
        run(long, instance)

    stored = instance.get_runs()[0]
    events = [entry.dagster_event for entry in instance.all_logs(stored.run_id) if entry.dagster_event]
    assert stored.status is DagsterRunStatus.CANCELED
    assert kinds(events, "wait_for_ever")[-1] == "STEP_FAILURE"
    assert kinds(events, "below") == []
    assert kinds(events)[-1] == "RUN_CANCELED"
    assert (Path(instance.logs_directory()) / stored.run_id / "wait_for_ever.out").read_text() == "closed\n"


def test_a_step_that_will_not_stop_is_killed(instance: DagsterInstance, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(multiprocess, "STOP_GRACE_SECONDS", 0.0)

    @op
    def stubborn() -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        os.kill(os.getppid(), signal.SIGTERM)
        while True:
            signal.pause()

    @job
    def long() -> None:
        stubborn()

    with pytest.raises(DagsterExecutionInterruptedError):
        run(long, instance)

    stored = instance.get_runs()[0]
    events = [entry.dagster_event for entry in instance.all_logs(stored.run_id) if entry.dagster_event]
    error = failure_of(events, "stubborn").error
    assert error is not None
    assert "did not stop within 0 s and was ended by signal SIGKILL" in error.message
    assert stored.status is DagsterRunStatus.CANCELED


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="the kernel ends children of a dead parent on Linux only")
def test_steps_end_when_their_run_is_killed(tmp_path: Path) -> None:
    readable, writable = os.pipe()

    @op
    def wait_for_ever() -> None:
        os.write(writable, f"{os.getpid()}\n".encode())
        signal.pause()

    @job
    def long() -> None:
        wait_for_ever()

    runner = os.fork()
    if runner == 0:
        with DagsterInstance.local_temp(tmp_path) as own:
            run(long, own)
        os._exit(0)
    step = os.pidfd_open(int(os.read(readable, 100)))
    os.kill(runner, signal.SIGKILL)
    os.waitpid(runner, 0)
    ended, _, _ = select.select([step], [], [], 20)
    for file in (readable, writable, step):
        os.close(file)

    assert ended == [step]
