"""Jobs in the caller's own process: events, values, failures, retries, config."""

import pytest

from tests.execute.kinds import failure_of, kinds
from watchbell.declare.config.data_type import Nothing
from watchbell.declare.graphs.graph_decorator import graph
from watchbell.declare.graphs.op import op
from watchbell.declare.graphs.output import In, Out, Output
from watchbell.declare.job import job
from watchbell.declare.resource import resource
from watchbell.declare.retry import Failure, RetryPolicy, RetryRequested
from watchbell.execute.contexts import OpExecutionContext
from watchbell.ground.errors import (
    DagsterExecutionStepExecutionError,
    DagsterInvalidConfigError,
    DagsterMaxRetriesExceededError,
    DagsterResourceFunctionError,
    DagsterRunAlreadyExists,
    DagsterTypeCheckDidNotPass,
)
from watchbell.instance import DagsterInstance
from watchbell.record.event import DagsterEventType
from watchbell.record.run import DagsterRunStatus


@op
def one() -> int:
    return 1


@op
def add(a: int, b: int) -> int:
    return a + b


@op
def fail() -> None:
    raise ValueError("the file is empty")


@op
def after(x: object) -> None: ...


@job
def small() -> None:
    add(one(), one())


def test_the_events_of_a_job_come_in_their_order() -> None:
    result = small.execute_in_process()

    assert kinds(result.all_events) == [
        "RUN_START",
        "ENGINE_EVENT",
        "RESOURCE_INIT_STARTED",
        "RESOURCE_INIT_SUCCESS",
        *["STEP_START", "STEP_OUTPUT", "HANDLED_OUTPUT", "STEP_SUCCESS"] * 2,
        "STEP_START",
        *["LOADED_INPUT"] * 2,
        *["STEP_INPUT"] * 2,
        "STEP_OUTPUT",
        "HANDLED_OUTPUT",
        "STEP_SUCCESS",
        "ENGINE_EVENT",
        "RUN_SUCCESS",
    ]


def test_values_of_ops_can_be_read_from_the_result() -> None:
    result = small.execute_in_process()

    assert result.success
    assert [result.output_for_node(name) for name in ("one", "one_2", "add")] == [1, 1, 2]


def test_a_run_is_stored_with_all_of_its_log() -> None:
    with DagsterInstance.ephemeral() as instance:
        result = small.execute_in_process(instance=instance, tags={"team": "a"}, run_id="my-run")
        run = instance.get_run_by_id("my-run")
        stored = [entry.dagster_event_type for entry in instance.all_logs("my-run")]

    assert run is not None
    assert run.status is DagsterRunStatus.SUCCESS
    assert run.tags == {"team": "a"}
    assert run.started_at is not None
    assert stored == [event.event_type for event in result.all_events]


def test_a_run_id_is_used_only_once() -> None:
    with DagsterInstance.ephemeral() as instance:
        small.execute_in_process(instance=instance, run_id="my-run")

        with pytest.raises(DagsterRunAlreadyExists):
            small.execute_in_process(instance=instance, run_id="my-run")


def test_a_failed_run_raises_what_the_user_raised() -> None:
    @job
    def bad() -> None:
        fail()

    with pytest.raises(ValueError, match="the file is empty") as caught:
        bad.execute_in_process()

    frames = [frame.name for frame in caught.traceback]
    assert frames[-1] == "fail"


def test_the_first_failure_ends_a_run_that_is_to_raise() -> None:
    ran = []

    @op
    def good() -> None:
        ran.append("good")

    @job
    def bad() -> None:
        fail()
        good()

    with DagsterInstance.ephemeral() as instance:
        with pytest.raises(ValueError, match="empty"):
            bad.execute_in_process(instance=instance)
        run = instance.get_runs()[0]

    assert ran == []
    assert run.status is DagsterRunStatus.FAILURE


def test_others_go_on_when_a_step_fails_and_what_depends_on_it_does_not_run() -> None:
    @job
    def bad() -> None:
        after(fail())
        one()

    result = bad.execute_in_process(raise_on_error=False)

    assert not result.success
    assert kinds(result.all_events, "after") == []
    assert kinds(result.all_events, "one")[-1] == "STEP_SUCCESS"
    assert result.get_failed_step_keys() == {"fail"}
    assert result.get_run_failure_event().message == "run of bad failed: step fail"


def test_a_failure_carries_the_users_own_traceback_first() -> None:
    @job
    def bad() -> None:
        fail()

    result = bad.execute_in_process(raise_on_error=False)

    error = failure_of(result.all_events, "fail").error
    assert error is not None
    assert error.cls_name == DagsterExecutionStepExecutionError.__name__
    assert error.cause is not None
    assert error.cause.message == "ValueError: the file is empty\n"
    assert [line.split(", in ")[1].split("\n")[0] for line in error.cause.stack] == ["fail"]
    assert error.to_string().startswith("ValueError: the file is empty")
    assert result.get_run_failure_event().job_failure_data.error == error


def test_the_cause_of_the_users_error_is_kept() -> None:
    @op
    def wrapped() -> None:
        try:
            _ = {}["id"]
        except KeyError as error:
            raise ValueError("no id") from error

    @job
    def bad() -> None:
        wrapped()

    result = bad.execute_in_process(raise_on_error=False)

    error = failure_of(result.all_events, "wrapped").error
    assert error is not None
    assert error.root.message == "KeyError: 'id'\n"


def test_an_exit_of_user_code_is_a_failure_of_its_step() -> None:
    @op
    def leave() -> None:
        raise SystemExit(3)

    @job
    def leaving() -> None:
        leave()

    result = leaving.execute_in_process(raise_on_error=False)

    assert failure_of(result.all_events, "leave").error.root.message == "SystemExit: 3\n"  # type: ignore[union-attr]


def test_ctrl_c_cancels_the_run_and_reaches_the_caller() -> None:
    torn_down = []

    @resource
    def connection():  # type: ignore[no-untyped-def]
        yield 1
        torn_down.append(True)

    @op(required_resource_keys={"connection"})
    def interrupted() -> None:
        raise KeyboardInterrupt

    @job(resource_defs={"connection": connection})
    def long() -> None:
        interrupted()

    with DagsterInstance.ephemeral() as instance:
        with pytest.raises(KeyboardInterrupt):
            long.execute_in_process(instance=instance, raise_on_error=False)
        run = instance.get_runs()[0]

    assert run.status is DagsterRunStatus.CANCELED
    assert torn_down == [True]


def test_a_failure_tells_its_description_and_metadata() -> None:
    @op
    def refuse() -> None:
        raise Failure("no rows arrived", metadata={"rows": 0})

    @job
    def bad() -> None:
        refuse()

    result = bad.execute_in_process(raise_on_error=False)

    data = failure_of(result.all_events, "refuse")
    assert data.user_failure_description == "no rows arrived"
    assert data.user_failure_metadata["rows"].value == 0
    said = data.user_failure_data
    assert said is not None
    assert (said.description, said.metadata) == ("no rows arrived", data.user_failure_metadata)
    with pytest.raises(Failure, match="no rows arrived"):
        bad.execute_in_process()


# ------------------------------------------------------------------ retries


def test_a_step_is_tried_again_as_its_policy_says() -> None:
    @op(retry_policy=RetryPolicy(max_retries=2))
    def shaky(context: OpExecutionContext) -> int:
        if context.retry_number < 2:
            raise ValueError("again")
        return context.retry_number

    @job
    def retried() -> None:
        shaky()

    result = retried.execute_in_process()

    assert kinds(result.all_events, "shaky") == [
        "RESOURCE_INIT_STARTED",
        "RESOURCE_INIT_SUCCESS",
        "STEP_START",
        "STEP_UP_FOR_RETRY",
        "STEP_RESTARTED",
        "STEP_UP_FOR_RETRY",
        "STEP_RESTARTED",
        "STEP_OUTPUT",
        "HANDLED_OUTPUT",
        "STEP_SUCCESS",
    ]
    assert result.output_for_node("shaky") == 2
    assert result.retry_attempts_for_node("shaky") == 2


def test_other_steps_run_while_one_waits_for_its_retry() -> None:
    ran = []

    @op(retry_policy=RetryPolicy(max_retries=1, delay=0.001))
    def shaky(context: OpExecutionContext) -> None:
        ran.append(f"shaky {context.retry_number}")
        if not context.retry_number:
            raise ValueError("again")

    @op
    def zeal() -> None:
        ran.append("zeal")

    @job
    def retried() -> None:
        shaky()
        zeal()

    retried.execute_in_process()

    assert ran == ["shaky 0", "zeal", "shaky 1"]


def test_a_policy_of_the_job_serves_ops_without_their_own_and_config_can_disable_all() -> None:
    attempts = []

    @op
    def never(context: OpExecutionContext) -> None:
        attempts.append(context.retry_number)
        raise ValueError("no")

    @job(op_retry_policy=RetryPolicy(max_retries=2))
    def retried() -> None:
        never()

    retried.execute_in_process(raise_on_error=False)
    disabled = {"execution": {"config": {"in_process": {"retries": {"disabled": {}}}}}}
    retried.execute_in_process(run_config=disabled, raise_on_error=False)

    assert attempts == [0, 1, 2, 0]


def test_a_step_that_asks_too_often_fails_with_what_it_ran_into() -> None:
    @op
    def shaky() -> None:
        raise RetryRequested(max_retries=1) from ConnectionError("refused")

    @job
    def retried() -> None:
        shaky()

    result = retried.execute_in_process(raise_on_error=False)

    error = failure_of(result.all_events, "shaky").error
    assert error is not None
    assert error.cls_name == DagsterMaxRetriesExceededError.__name__
    assert error.root.message == "ConnectionError: refused\n"
    assert result.retry_attempts_for_node("shaky") == 1


def test_a_value_of_the_wrong_type_is_not_tried_again() -> None:
    @op(retry_policy=RetryPolicy(max_retries=3))
    def wrong() -> int:
        return "1"  # type: ignore[return-value]

    @job
    def typed() -> None:
        wrong()

    with DagsterInstance.ephemeral() as instance:
        with pytest.raises(DagsterTypeCheckDidNotPass, match="declared as Int"):
            typed.execute_in_process(instance=instance)
        found = instance.all_logs(instance.get_runs()[0].run_id, of_type=DagsterEventType.STEP_UP_FOR_RETRY)

    assert list(found) == []


# -------------------------------------------------------------------- graph


def test_graphs_inside_jobs_run_as_steps_named_by_their_place() -> None:
    @op
    def double(x: int) -> int:
        return 2 * x

    @graph
    def inner():  # type: ignore[no-untyped-def]
        return double(one())

    @graph
    def outer():  # type: ignore[no-untyped-def]
        return double(inner())

    @job
    def nested() -> None:
        after(outer())

    result = nested.execute_in_process()

    started = [event.step_key for event in result.all_events if event.event_type is DagsterEventType.STEP_START]
    assert started == ["outer.inner.one", "outer.inner.double", "outer.double", "after"]
    assert result.output_for_node("outer") == 4
    assert result.output_for_node("outer.inner") == 2
    assert len(result.events_for_node("outer.inner")) == 4 + 6


def test_a_fan_in_takes_its_values_in_order() -> None:
    @op
    def total(numbers: list[int]) -> int:
        return sum(numbers)

    @job
    def fan() -> None:
        total([one(), add(one(), one())])

    assert fan.execute_in_process().output_for_node("total") == 3


def test_an_input_of_nothing_only_orders() -> None:
    ran = []

    @op
    def first() -> None:
        ran.append("first")

    @op(ins={"start": In(Nothing)})
    def a_second() -> int:
        ran.append("second")
        return 2

    @job
    def ordered() -> None:
        a_second(start=first())

    result = ordered.execute_in_process()

    assert ran == ["first", "second"]
    assert "LOADED_INPUT" not in kinds(result.all_events, "a_second")


def test_an_output_left_out_skips_what_takes_it() -> None:
    @op(out={"even": Out(is_required=False), "odd": Out(is_required=False)})
    def branch():  # type: ignore[no-untyped-def]
        yield Output(3, "odd")

    @job
    def branching() -> None:
        even, odd = branch()
        after.alias("on_even")(even)
        after.alias("on_odd")(odd)

    result = branching.execute_in_process()

    assert result.success
    assert kinds(result.all_events, "on_even") == ["STEP_SKIPPED"]
    assert result.is_node_skipped("on_even")
    assert result.is_node_success("on_odd")


def test_steps_with_a_higher_priority_tag_go_first() -> None:
    ran = []

    @op
    def low() -> None:
        ran.append("low")

    @op(tags={"dagster/priority": "3"})
    def urgent() -> None:
        ran.append("urgent")

    @job
    def ranked() -> None:
        low()
        urgent()

    ranked.execute_in_process()

    assert ran == ["urgent", "low"]


# ------------------------------------------------------------------- config


def test_inputs_take_values_from_config_defaults_and_the_caller() -> None:
    @op
    def takes(a: int, b: int = 20, c: int = 300) -> int:
        return a + b + c

    @job
    def configured(c: int) -> None:
        takes(c=c)

    result = configured.execute_in_process(
        run_config={"ops": {"takes": {"inputs": {"a": 1}}}}, input_values={"c": 3000}
    )

    assert result.output_for_node("takes") == 3021
    assert kinds(result.all_events, "takes").count("STEP_INPUT") == 3


def test_config_that_does_not_fit_makes_no_run() -> None:
    with DagsterInstance.ephemeral() as instance:
        with pytest.raises(DagsterInvalidConfigError):
            small.execute_in_process(instance=instance, run_config={"ops": {"add": {"nope": 1}}})
        runs = instance.get_runs()

    assert list(runs) == []


def test_the_config_of_an_op_reaches_it() -> None:
    @op(config_schema={"limit": int})
    def limited(context: OpExecutionContext) -> int:
        return int(context.op_config["limit"])

    @job
    def configured() -> None:
        limited()

    result = configured.execute_in_process(run_config={"ops": {"limited": {"config": {"limit": 7}}}})

    assert result.output_for_node("limited") == 7


def test_user_code_sees_its_own_log_in_the_instance() -> None:
    @op
    def look(context: OpExecutionContext) -> list[str]:
        context.log.info("here")
        run = context.instance.get_run_by_id(context.run_id)
        assert run is not None
        return [run.status.value, context.instance.all_logs(context.run_id)[-1].user_message]

    @job
    def looking() -> None:
        look()

    assert looking.execute_in_process().output_for_node("look") == ["STARTED", "here"]


def test_a_resource_that_cannot_be_set_up_fails_the_run_with_its_cause() -> None:
    @resource
    def database():  # type: ignore[no-untyped-def]
        raise ConnectionError("refused")

    @op(required_resource_keys={"database"})
    def use() -> None: ...

    @job(resource_defs={"database": database})
    def using() -> None:
        use()

    result = using.execute_in_process(raise_on_error=False)

    assert kinds(result.all_events) == [
        "RUN_START",
        "ENGINE_EVENT",
        "RESOURCE_INIT_STARTED",
        "RESOURCE_INIT_FAILURE",
        "RUN_FAILURE",
    ]
    with pytest.raises(DagsterResourceFunctionError) as caught:
        using.execute_in_process()
    assert isinstance(caught.value.user_exception, ConnectionError)


def test_tags_of_a_run_that_are_no_text_are_written_as_json() -> None:
    result = small.execute_in_process(tags={"rows": 1, "kind": "daily"})  # type: ignore[dict-item]

    assert result.dagster_run.tags == {"rows": "1", "kind": "daily"}
