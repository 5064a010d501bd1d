"""External processes on the same machine, started by a step and answered to."""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from watchbell import (
    AssetCheckExecutionContext,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetSpec,
    DagsterEventType,
    DagsterInstance,
    DagsterRun,
    OpExecutionContext,
    PipesEnvContextInjector,
    PipesFileContextInjector,
    PipesFileMessageReader,
    PipesSubprocessClient,
    PipesTempFileMessageReader,
    asset,
    asset_check,
    job,
    materialize,
    multi_asset,
    op,
)
from watchbell.ground.errors import DagsterExecutionInterruptedError, DagsterPipesExecutionError

OPENED = "from watchbell_pipes import open_watchbell_pipes\nwith open_watchbell_pipes() as pipes:\n    "


def script(body: str) -> list[str]:
    return [sys.executable, "-c", OPENED + body]


def run_in_op(act: Callable[[Any], Any], instance: DagsterInstance | None = None) -> Any:
    """What ``act(context)`` gives inside an op."""
    found = []

    @op
    def outside(context: OpExecutionContext) -> None:
        found.append(act(context))

    @job
    def only() -> None:
        outside()

    only.execute_in_process(instance=instance)
    return found[0]


def logged(instance: DagsterInstance, run_id: str) -> list[str]:
    return [entry.user_message for entry in instance.all_logs(run_id) if not entry.is_dagster_event]


def test_an_asset_is_made_by_an_external_process() -> None:
    @asset(key_prefix="shop", code_version="7")
    def orders(context: AssetExecutionContext, pipes: PipesSubprocessClient) -> Any:
        command = script(
            "pipes.log.info('%s, code %s, %s', pipes.asset_key, pipes.code_version, pipes.get_extra('file'))\n"
            "    pipes.report_asset_materialization(metadata={'rows': 12}, data_version='v3')"
        )
        return pipes.run(command=command, context=context, extras={"file": "a.csv"}).get_materialize_result()

    with DagsterInstance.ephemeral() as instance:
        result = materialize([orders], resources={"pipes": PipesSubprocessClient()}, instance=instance)

        event = instance.get_latest_materialization_event(orders.key)
        assert event is not None
        assert event.asset_materialization is not None
        assert event.asset_materialization.metadata["rows"].value == 12
        assert event.asset_materialization.tags["dagster/data_version"] == "v3"
        assert "shop/orders, code 7, a.csv" in logged(instance, result.run_id)


def test_an_asset_that_the_process_said_nothing_of_counts_as_made() -> None:
    @asset
    def orders(context: AssetExecutionContext, pipes: PipesSubprocessClient) -> Any:
        return pipes.run(command=script("pass"), context=context).get_materialize_result()

    with DagsterInstance.ephemeral() as instance:
        materialize([orders], resources={"pipes": PipesSubprocessClient()}, instance=instance)

        assert instance.get_latest_materialization_event(orders.key) is not None


def test_an_op_reads_custom_messages() -> None:
    command = script("pipes.report_custom_message({'rows': [1, 2]})")

    done = run_in_op(lambda context: PipesSubprocessClient().run(command=command, context=context))

    assert (done.get_custom_messages(), done.get_results()) == (({"rows": [1, 2]},), ())


@pytest.mark.parametrize("in_file", [True, False])
def test_context_and_messages_take_the_way_they_are_told(in_file: bool, tmp_path: Path) -> None:
    client = PipesSubprocessClient(
        context_injector=PipesFileContextInjector(str(tmp_path / "context")) if in_file else PipesEnvContextInjector(),
        message_reader=PipesFileMessageReader(str(tmp_path / "messages"), cleanup_file=False),
    )
    command = script("pipes.report_custom_message(pipes.extras)")

    done = run_in_op(lambda context: client.run(command=command, context=context, extras={"k": "ü"}))

    assert done.get_custom_messages() == ({"k": "ü"},)
    assert [each.name for each in tmp_path.iterdir()] == ["messages"]


def test_environment_and_folder_reach_the_process(tmp_path: Path) -> None:
    client = PipesSubprocessClient(env={"A": "client", "B": "client"}, cwd=str(tmp_path))
    command = script("import os; pipes.report_custom_message([os.environ['A'], os.environ['B'], os.getcwd()])")

    done = run_in_op(lambda context: client.run(command=command, context=context, env={"B": "run"}))

    assert done.get_custom_messages() == (["client", "run", str(tmp_path)],)


@pytest.mark.parametrize(("forward", "expected"), [(True, "out\n"), (False, "")])
def test_what_the_process_writes_is_forwarded_unless_it_is_not_wanted(
    forward: bool, expected: str, capfd: pytest.CaptureFixture[str]
) -> None:
    client = PipesSubprocessClient(forward_stdio=forward)

    run_in_op(lambda context: client.run(command=script("print('out')"), context=context))

    assert capfd.readouterr().out == expected


def test_stdout_may_come_along_as_messages(capsys: pytest.CaptureFixture[str]) -> None:
    reader = PipesTempFileMessageReader(include_stdio_in_messages=True)
    client = PipesSubprocessClient(forward_stdio=False, message_reader=reader)
    command = script("import os, sys; print('own'); os.system('echo child'); print('ü', file=sys.stderr)")

    run_in_op(lambda context: client.run(command=command, context=context))

    out, err = capsys.readouterr()
    assert (sorted(out.split()), err) == (["child", "own"], "ü\n")


@pytest.mark.parametrize(
    ("code", "ending"),
    [("import sys; sys.exit(3)", "failed with code 3"), ("import os; os.kill(os.getpid(), 9)", "ended by signal 9")],
)
def test_a_process_that_fails_fails_the_step(code: str, ending: str) -> None:
    def act(context: OpExecutionContext) -> str:
        with pytest.raises(DagsterPipesExecutionError) as failed:
            PipesSubprocessClient().run(command=[sys.executable, "-c", code], context=context)
        return str(failed.value)

    assert ending in run_in_op(act)


def test_an_exception_of_the_process_stands_in_the_log_with_its_traceback() -> None:
    def act(context: OpExecutionContext) -> None:
        with pytest.raises(DagsterPipesExecutionError, match="failed with code 1"):
            PipesSubprocessClient(forward_stdio=False).run(command=script("raise ValueError('boo')"), context=context)

    with DagsterInstance.ephemeral() as instance:
        run_in_op(act, instance)

        run_id = instance.get_runs()[0].run_id
        events = [entry.get_dagster_event() for entry in instance.all_logs(run_id, DagsterEventType.ENGINE_EVENT)]
        (error,) = [each.engine_event_data.error for each in events if each.engine_event_data.error is not None]
        assert (error.cls_name, error.message) == ("ValueError", "ValueError: boo\n")
        assert error.stack != ()


def test_a_process_without_pipes_is_told_of_in_the_log() -> None:
    with DagsterInstance.ephemeral() as instance:
        run_in_op(
            lambda context: PipesSubprocessClient().run(command=[sys.executable, "-c", "1"], context=context), instance
        )

        (line,) = logged(instance, instance.get_runs()[0].run_id)
        assert "sent no message" in line


def test_a_command_that_cannot_be_started_says_so() -> None:
    def act(context: OpExecutionContext) -> None:
        with pytest.raises(FileNotFoundError, match="no-such-program"):
            PipesSubprocessClient().run(command="no-such-program", context=context)

    run_in_op(act)


def test_a_step_that_is_asked_to_stop_ends_its_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process asks for it itself, once it is there: no clock is involved."""

    def act(context: OpExecutionContext) -> Any:
        def stop(*_: object) -> None:
            raise DagsterExecutionInterruptedError("asked to stop")

        before = signal.signal(signal.SIGUSR1, stop)
        command = script(
            f"import os, signal; pipes.report_custom_message(os.getpid()); os.kill({os.getpid()}, signal.SIGUSR1); "
            "signal.pause()"
        )
        messages: list[Any] = []
        reader = PipesTempFileMessageReader()
        client = PipesSubprocessClient(message_reader=reader)
        monkeypatch.setattr(
            "watchbell.execute.pipes.session.PipesMessageHandler.handle_message",
            lambda _self, message: messages.append(message),
        )
        try:
            with pytest.raises(DagsterExecutionInterruptedError):
                client.run(command=command, context=context)
        finally:
            signal.signal(signal.SIGUSR1, before)
        return next(each["params"]["payload"] for each in messages if each["method"] == "report_custom_message")

    pid = run_in_op(act)

    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_run_is_not_needed_to_read_the_retry_number() -> None:
    command = script("pipes.report_custom_message([pipes.run_id, pipes.job_name, pipes.retry_number])")

    with DagsterInstance.ephemeral() as instance:
        done = run_in_op(lambda context: PipesSubprocessClient().run(command=command, context=context), instance)

        run: DagsterRun = instance.get_runs()[0]
        assert done.get_custom_messages() == ([run.run_id, "only", 0],)


def test_a_check_is_made_by_an_external_process() -> None:
    @asset
    def orders() -> int:
        return 1

    @asset_check(asset=orders)
    def counted(context: AssetCheckExecutionContext, pipes: PipesSubprocessClient) -> Any:
        command = script("pipes.report_asset_check('counted', False, 'WARN', metadata={'rows': 0})")
        return pipes.run(command=command, context=context).get_asset_check_result()

    result = materialize([orders, counted], resources={"pipes": PipesSubprocessClient()})

    (evaluation,) = result.get_asset_check_evaluations()
    assert (evaluation.asset_key, evaluation.passed, evaluation.severity.value) == (orders.key, False, "WARN")


def test_several_assets_and_their_checks_are_reported_at_once() -> None:
    @multi_asset(specs=[AssetSpec("a"), AssetSpec("b", deps=["a"])], check_specs=[AssetCheckSpec("fine", asset="b")])
    def both(context: AssetExecutionContext, pipes: PipesSubprocessClient) -> Any:
        command = script(
            "pipes.report_asset_materialization({'n': 1}, asset_key='b'); "
            "pipes.report_asset_check('fine', True, asset_key='b')"
        )
        yield from pipes.run(command=command, context=context).get_results()

    result = materialize([both], resources={"pipes": PipesSubprocessClient()})

    made = {event.materialization.asset_key.path[-1]: event for event in result.get_asset_materialization_events()}
    assert sorted(made) == ["a", "b"]
    assert made["b"].materialization.metadata["n"].value == 1
    assert [each.check_name for each in result.get_asset_check_evaluations()] == ["fine"]
