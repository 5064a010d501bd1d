"""What an external process is told, and what becomes of its results."""

import os
import subprocess
import sys
from typing import Any

import pytest

from watchbell import (
    AssetExecutionContext,
    AssetKey,
    OpExecutionContext,
    PipesClientCompletedInvocation,
    PipesCompositeMessageReader,
    PipesEnvContextInjector,
    PipesSession,
    PipesTempFileContextInjector,
    PipesTempFileMessageReader,
    asset,
    build_asset_context,
    job,
    materialize,
    op,
    open_pipes_session,
)
from watchbell_pipes import DagsterPipesError, decode_param

REPORT = "from watchbell_pipes import open_dagster_pipes\nwith open_dagster_pipes() as pipes:\n    "


def session_in_asset(act: Any) -> Any:
    """What ``act(session)`` gives while a session is open, then the session."""
    found = []

    @asset(key=["p", "a"], code_version="7")
    def outside(context: AssetExecutionContext) -> None:
        with open_pipes_session(
            context, PipesEnvContextInjector(), PipesTempFileMessageReader(), extras={"k": 1}
        ) as session:
            found.append(act(session))
        found.append(session)

    materialize([outside])
    return found


def start(session: PipesSession, body: str) -> None:
    command = [sys.executable, "-c", REPORT + body]
    subprocess.run(command, env={**os.environ, **session.get_bootstrap_env_vars()}, check=True)


def test_the_variables_are_those_of_the_protocol() -> None:
    variables, session = session_in_asset(lambda session: session.get_bootstrap_env_vars())

    assert sorted(variables) == ["DAGSTER_PIPES_CONTEXT", "DAGSTER_PIPES_MESSAGES"]
    assert decode_param(variables["DAGSTER_PIPES_CONTEXT"]) == {"data": session.context_data}
    assert sorted(decode_param(variables["DAGSTER_PIPES_MESSAGES"])) == ["include_stdio_in_messages", "path"]


def test_the_arguments_carry_the_same_as_the_variables() -> None:
    (variables, arguments), _ = session_in_asset(
        lambda session: (session.get_bootstrap_env_vars(), session.get_bootstrap_cli_arguments())
    )

    assert arguments == {
        "--dagster-pipes-context": variables["DAGSTER_PIPES_CONTEXT"],
        "--dagster-pipes-messages": variables["DAGSTER_PIPES_MESSAGES"],
    }


def test_the_context_has_all_that_the_protocol_names() -> None:
    data, session = session_in_asset(lambda session: session.context_data)

    assert data == {
        "asset_keys": ["p/a"],
        "code_version_by_asset_key": {"p/a": "7"},
        "provenance_by_asset_key": {"p/a": None},
        "partition_key": None,
        "partition_key_range": None,
        "partition_time_window": None,
        "run_id": session.context.run_id,
        "job_name": session.context.job_name,
        "retry_number": 0,
        "extras": {"k": 1},
    }


def test_results_are_there_when_the_session_is_over() -> None:
    _, session = session_in_asset(lambda session: start(session, "pipes.report_asset_materialization({'rows': 3})"))

    (made,) = session.get_results()
    assert (made.asset_key, made.metadata["rows"].value) == (AssetKey(["p", "a"]), 3)


def test_an_asset_nobody_reported_counts_as_made_unless_told_otherwise() -> None:
    _, session = session_in_asset(lambda session: start(session, "pass"))

    assert [each.asset_key for each in session.get_results()] == [AssetKey(["p", "a"])]
    assert session.get_results(implicit_materializations=False) == ()


def test_metadata_of_an_invocation_is_added_to_what_was_made() -> None:
    _, session = session_in_asset(lambda session: start(session, "pipes.report_asset_materialization({'rows': 3})"))

    made = PipesClientCompletedInvocation(session, metadata={"job": "17"}).get_materialize_result()
    assert {name: value.value for name, value in (made.metadata or {}).items()} == {"rows": 3, "job": "17"}


def test_one_check_and_one_asset_are_told_apart() -> None:
    body = "pipes.report_asset_materialization(); pipes.report_asset_check('c', True)"
    _, session = session_in_asset(lambda session: start(session, body))
    done = PipesClientCompletedInvocation(session)

    (check,) = done.get_materialize_result().check_results or ()
    assert check.check_name == "c"
    with pytest.raises(DagsterPipesError, match="1 checks and 1 assets"):
        done.get_asset_check_result()


def test_a_check_alone_is_one_result() -> None:
    _, session = session_in_asset(lambda session: start(session, "pipes.report_asset_check('c', False, 'WARN')"))

    check = PipesClientCompletedInvocation(session).get_asset_check_result()
    assert (check.check_name, check.passed, check.severity.value) == ("c", False, "WARN")


def test_no_single_asset_is_an_error_that_counts() -> None:
    @op
    def outside(context: OpExecutionContext) -> None:
        with open_pipes_session(context, PipesTempFileContextInjector(), PipesTempFileMessageReader()) as session:
            start(session, "pass")
        with pytest.raises(DagsterPipesError, match="0 were made"):
            PipesClientCompletedInvocation(session).get_materialize_result()

    @job
    def only() -> None:
        outside()

    assert only.execute_in_process().success


def test_several_processes_share_a_session() -> None:
    @op
    def outside(context: OpExecutionContext) -> None:
        reader = PipesCompositeMessageReader([PipesTempFileMessageReader(), PipesTempFileMessageReader()])
        with open_pipes_session(context, PipesTempFileContextInjector(), reader) as session:
            for number, variables in enumerate(session.get_per_writer_bootstrap_env_vars()):
                command = [sys.executable, "-c", f"{REPORT}pipes.report_custom_message({number})"]
                subprocess.run(command, env={**os.environ, **variables}, check=True)
        assert sorted(session.get_custom_messages()) == [0, 1]

    @job
    def only() -> None:
        outside()

    assert only.execute_in_process().success


def test_a_context_of_a_test_will_do() -> None:
    context = build_asset_context()

    with open_pipes_session(context, PipesEnvContextInjector(), PipesTempFileMessageReader()) as session:
        start(session, "pipes.log.info('hello')")

    assert "hello" in context.get_logged_lines()
