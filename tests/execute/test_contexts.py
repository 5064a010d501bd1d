"""What contexts answer while a step runs."""

import logging
from pdb import Pdb
from typing import Any

import pytest

from watchbell.declare.assets.asset import asset
from watchbell.declare.graphs.op import op
from watchbell.declare.job import job
from watchbell.execute.contexts import AssetExecutionContext, OpExecutionContext
from watchbell.execute.materialize import materialize_to_memory
from watchbell.ground.errors import (
    CheckError,
    DagsterInvalidPropertyError,
    DagsterInvariantViolationError,
    ParameterCheckError,
)
from watchbell.instance import DagsterInstance
from watchbell.record.keys import AssetKey
from watchbell.record.materialization import AssetObservation


def in_op(ask: Any, **run: Any) -> Any:
    """What ``ask`` answers when it is called with the context of an op."""

    @op
    def asked(context):  # type: ignore[no-untyped-def]
        return ask(context)

    @job
    def asking() -> None:
        asked()

    return asking.execute_in_process(**run).output_for_node("asked")


def in_asset(ask: Any, **run: Any) -> Any:
    """What ``ask`` answers when it is called with the context of an asset."""

    @asset(key_prefix="raw", name="orders")
    def asked(context):  # type: ignore[no-untyped-def]
        return ask(context)

    return materialize_to_memory([asked], **run).asset_value(["raw", "orders"])


def test_a_context_knows_its_run() -> None:
    def ask(context: OpExecutionContext) -> list[Any]:
        return [
            context.run_id,
            context.run.run_id,
            context.dagster_run.job_name,
            context.job_name,
            context.job_def.name,
            context.run_config,
            context.run_tags,
            context.has_tag("team"),
            context.get_tag("team"),
            context.get_tag("none"),
            context.retry_number,
        ]

    config = {"ops": {"asked": {"config": {"x": 1}}}}

    answer = in_op(ask, run_id="r", tags={"team": "a"}, run_config=config)

    assert answer == ["r", "r", "asking", "asking", "asking", config, {"team": "a"}, True, "a", None, 0]


def test_a_context_knows_its_op() -> None:
    def ask(context: OpExecutionContext) -> list[Any]:
        handle = context.op_handle
        return [context.op_def.name, context.op.name, str(handle), handle.name, handle.parent, context.op_config]

    assert in_op(ask) == ["asked", "asked", "asked", "asked", None, None]


def test_an_assets_context_knows_its_asset() -> None:
    key = AssetKey(["raw", "orders"])

    def ask(context: AssetExecutionContext) -> list[Any]:
        return [
            context.asset_key,
            context.asset_key_for_output(),
            context.selected_asset_keys,
            context.output_for_asset_key(key),
            context.selected_output_names,
            context.assets_def.key,
            context.has_assets_def,
        ]

    assert in_asset(ask) == [key, key, {key}, "result", {"result"}, key, True]


def test_ops_and_assets_get_the_contexts_they_name() -> None:
    assert in_op(lambda context: type(context).__name__) == "OpExecutionContext"
    assert in_asset(lambda context: type(context).__name__) == "AssetExecutionContext"

    @asset
    def annotated(context: OpExecutionContext) -> str:
        return type(context).__name__

    assert materialize_to_memory([annotated]).asset_value("annotated") == "OpExecutionContext"


def test_the_running_context_is_found_from_anywhere() -> None:
    def ask(context: AssetExecutionContext) -> list[bool]:
        return [
            AssetExecutionContext.get() is context,
            OpExecutionContext.get() is context.op_execution_context,
            context.get_op_execution_context().run_id == context.run_id,
        ]

    assert in_asset(ask) == [True, True, True]
    with pytest.raises(DagsterInvariantViolationError, match="outside a step"):
        AssetExecutionContext.get()
    with pytest.raises(DagsterInvariantViolationError, match="plain op"):
        in_op(lambda _: AssetExecutionContext.get())


@pytest.mark.parametrize("member", ["asset_key", "assets_def"])
def test_an_op_that_makes_no_asset_says_so(member: str) -> None:
    with pytest.raises(DagsterInvalidPropertyError, match="makes no assets"):
        in_op(lambda context: getattr(context, member))


@pytest.mark.parametrize(
    "member",
    ["partition_key", "partition_keys", "partition_key_range", "partition_time_window"],
)
def test_members_about_partitions_say_that_the_run_has_none(member: str) -> None:
    with pytest.raises(DagsterInvariantViolationError, match=f"{member} needs a run for a partition"):
        in_asset(lambda context: getattr(context, member))


def test_a_run_without_a_partition_says_so_when_asked() -> None:
    assert in_asset(lambda context: [context.has_partition_key, context.has_partition_key_range]) == [False, False]


def test_output_metadata_is_checked() -> None:
    with pytest.raises(DagsterInvariantViolationError, match="no output 'resul'; did you mean 'result'"):
        in_op(lambda context: context.add_output_metadata({"a": 1}, output_name="resul"))
    with pytest.raises(DagsterInvariantViolationError, match="does not make the asset 'other'"):
        in_asset(lambda context: context.add_asset_metadata({"a": 1}, asset_key="other"))
    with pytest.raises(ParameterCheckError, match="log_event takes"):
        in_op(lambda context: context.log_event(3))


def test_output_metadata_can_be_read_back() -> None:
    def ask(context: OpExecutionContext) -> Any:
        context.add_output_metadata({"a": 1})
        return context.get_output_metadata("result")

    assert in_op(ask) == {"a": 1}


def test_what_is_logged_is_stored_with_level_step_and_error(caplog: pytest.LogCaptureFixture) -> None:
    def ask(context: OpExecutionContext) -> None:
        context.log.info("read %s rows", 3)
        context.log.debug({"a": 1})
        try:
            _ = 1 / 0
        except ZeroDivisionError:
            context.log.exception("it broke")
        context.log_event(AssetObservation("seen"))

    with DagsterInstance.ephemeral() as instance, caplog.at_level(logging.INFO, "watchbell.run"):
        in_op(ask, instance=instance, run_id="r")
        logged = [entry for entry in instance.all_logs("r") if not entry.is_dagster_event]
        observed = list(instance.fetch_observations(AssetKey("seen"), limit=1).records)

    assert [(entry.level, entry.user_message, entry.step_key) for entry in logged] == [
        (20, "read 3 rows", "asked"),
        (10, "{'a': 1}", "asked"),
        (40, "it broke", "asked"),
    ]
    assert logged[2].error_info is not None
    assert logged[2].error_info.message == "ZeroDivisionError: division by zero\n"
    assert len(observed) == 1
    assert [record.getMessage() for record in caplog.records] == ["read 3 rows", "it broke"]


def test_what_is_logged_can_be_consumed_and_stays_stored() -> None:
    seen = AssetObservation("seen")

    def ask(context: Any) -> Any:
        context.log_event(seen)
        asked = context.has_events()
        return asked, list(context.consume_events()), context.has_events()

    with DagsterInstance.ephemeral() as instance:
        assert in_op(ask, instance=instance) == (True, [seen], False)
        stored = instance.fetch_observations(AssetKey("seen"), limit=9).records
    assert [each.event_log_entry.asset_observation for each in stored] == [seen]
    assert in_asset(ask) == (True, [seen], False)


def test_the_steps_own_context_knows_the_step() -> None:
    def ask(context: Any) -> Any:
        step = context.get_step_execution_context()
        assert step.run_id == context.run_id
        return step.step.key, step.step_key, step.previous_attempt_count, step.is_sda_step

    assert in_op(ask) == ("asked", "asked", 0, False)
    assert in_asset(ask) == ("raw__orders", "raw__orders", 0, True)


def test_old_names_answer_and_gone_ones_say_so() -> None:
    def ask(context: Any) -> Any:
        return context.solid_config, hasattr(context, "file_manager"), context.step_launcher, context.location_name

    assert in_op(ask) == (None, False, None, None)
    with pytest.raises(CheckError, match="a run knows its job only"):
        in_op(lambda context: context.repository_def)


def test_the_debugger_is_one() -> None:
    assert isinstance(in_op(lambda context: context.pdb), Pdb)
