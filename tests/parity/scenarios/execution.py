"""How a run goes: retries, failures, skipping, re-execution, what is logged."""

import logging
import os
from pathlib import Path

import dagster as dg
from tests.parity.facts import kinds, plain, stream
from tests.parity.scenario import Say, scenario


@dg.op
def one() -> int:
    return 1


@dg.op
def add_one(number: int) -> int:
    return number + 1


def failing(times: int, error: Exception, **options):
    """A job of one op that fails so many times."""
    tries: list[int] = []

    @dg.op(**options)
    def flaky(context):
        tries.append(context.retry_number)
        if len(tries) <= times:
            raise error
        return list(tries)

    @dg.job
    def flaky_job():
        flaky()

    return flaky_job


@scenario()
def a_retry_policy(say: Say) -> None:
    job = failing(2, ValueError("no"), retry_policy=dg.RetryPolicy(max_retries=2))
    result = job.execute_in_process()
    say("value", result.output_for_node("flaky"))
    say("events", stream(result.all_events))


@scenario()
def retries_that_are_used_up(say: Say) -> None:
    job = failing(5, ValueError("no"), retry_policy=dg.RetryPolicy(max_retries=1))
    result = job.execute_in_process(raise_on_error=False)
    say("events", stream(result.all_events))
    say("attempts", result.retry_attempts_for_node("flaky"))


@scenario()
def waits_of_a_policy(say: Say) -> None:
    for backoff in (None, dg.Backoff.LINEAR, dg.Backoff.EXPONENTIAL):
        policy = dg.RetryPolicy(max_retries=4, delay=2, backoff=backoff)
        say(str(backoff and backoff.name), [policy.calculate_delay(number) for number in (1, 2, 3, 4)])
    for jitter in (dg.Jitter.FULL, dg.Jitter.PLUS_MINUS):
        policy = dg.RetryPolicy(max_retries=4, delay=2, jitter=jitter)
        found = [policy.calculate_delay(1) for _ in range(50)]
        say(jitter.name, min(found) >= 0, max(found) <= 4, len(set(found)) > 10)
    say("default", dg.RetryPolicy().max_retries, dg.RetryPolicy().delay)
    say.refusal("backoff without delay", lambda: dg.RetryPolicy(backoff=dg.Backoff.LINEAR), "delay")
    say.refusal("jitter without delay", lambda: dg.RetryPolicy(jitter=dg.Jitter.FULL), "delay")


@scenario()
def retries_asked_for(say: Say) -> None:
    tries = []

    @dg.op
    def asks(context):
        tries.append(context.retry_number)
        if len(tries) < 3:
            raise dg.RetryRequested(max_retries=2)
        return tries

    @dg.job
    def asking():
        asks()

    result = asking.execute_in_process()
    say("value", result.output_for_node("asks"))
    say("events", kinds(result.all_events, "STEP_UP_FOR_RETRY", "STEP_RESTARTED", "STEP_SUCCESS"))


@scenario()
def retries_asked_for_too_often(say: Say) -> None:
    @dg.op
    def asks():
        raise dg.RetryRequested(max_retries=1) from ValueError("the reason")

    @dg.job
    def asking():
        asks()

    result = asking.execute_in_process(raise_on_error=False)
    say("events", stream(result.all_events))
    say.refusal("raised", asking.execute_in_process)


@scenario()
def a_failure_with_metadata(say: Say) -> None:
    job = failing(9, dg.Failure("broken", metadata={"rows": 3, "why": dg.MetadataValue.text("because")}))
    result = job.execute_in_process(raise_on_error=False)
    event = next(each for each in result.all_events if each.event_type_value == "STEP_FAILURE")
    data = event.step_failure_data
    say(
        "user failure",
        data.user_failure_data.label,
        data.user_failure_data.description,
        plain(data.user_failure_data.metadata),
    )
    say.refusal("raised", job.execute_in_process, "broken")


@scenario()
def a_failure_that_allows_no_retries(say: Say) -> None:
    job = failing(9, dg.Failure("final", allow_retries=False), retry_policy=dg.RetryPolicy(max_retries=3))
    result = job.execute_in_process(raise_on_error=False)
    say("events", stream(result.all_events))


@scenario()
def a_failure_that_allows_retries(say: Say) -> None:
    job = failing(1, dg.Failure("again"), retry_policy=dg.RetryPolicy(max_retries=3))
    say("events", stream(job.execute_in_process().all_events))


@scenario()
def the_retry_policy_of_a_job(say: Say) -> None:
    tries = []

    @dg.op
    def flaky():
        tries.append(1)
        if len(tries) < 2:
            raise ValueError("no")
        return len(tries)

    @dg.job(op_retry_policy=dg.RetryPolicy(max_retries=1))
    def flaky_job():
        flaky()

    say("value", flaky_job.execute_in_process().output_for_node("flaky"))
    defs = dg.Definitions(
        assets=[
            dg.asset(name="a", retry_policy=dg.RetryPolicy(max_retries=1))(
                lambda: tries.append(1) or (1 / (len(tries) - 3) and 5)
            )
        ]
    )
    result = defs.resolve_implicit_global_asset_job_def().execute_in_process()
    say("asset", kinds(result.all_events, "STEP_UP_FOR_RETRY", "ASSET_MATERIALIZATION"))


@scenario()
def what_a_failure_keeps_from_running(say: Say) -> None:
    @dg.op
    def broken():
        raise ValueError("no")

    @dg.job
    def fork():
        add_one.alias("after_bad")(broken())
        add_one.alias("after_good")(one())

    result = fork.execute_in_process(raise_on_error=False)
    say("success", result.success)
    say("events", stream(result.all_events))
    say("failed", result.is_node_failed("broken"), result.is_node_success("one"), result.is_node_untouched("after_bad"))
    say.refusal("output", lambda: result.output_for_node("after_bad"))


@scenario()
def the_error_of_a_failure(say: Say) -> None:
    @dg.op
    def broken():
        try:
            {}["inner"]
        except KeyError as error:
            raise ValueError("outer") from error

    @dg.job
    def broken_job():
        broken()

    result = broken_job.execute_in_process(raise_on_error=False)
    event = next(each for each in result.all_events if each.event_type_value == "STEP_FAILURE")
    error = event.step_failure_data.error
    say("class", error.cls_name, error.cause.cls_name, error.cause.cause.cls_name)
    say("message", "outer" in error.cause.message, "inner" in error.cause.cause.message)
    say("stack", any("broken" in line for line in error.cause.stack))
    failure = next(each for each in result.all_events if each.event_type_value == "PIPELINE_FAILURE")
    say("run", failure.job_failure_data is not None, "broken" in failure.message)
    say.refusal("raised", broken_job.execute_in_process, "outer")


@scenario()
def a_skipped_step_skips_on(say: Say) -> None:
    @dg.op(out=dg.Out(is_required=False))
    def maybe():
        if False:
            yield dg.Output(1)

    @dg.op(out=dg.Out(dg.Nothing))
    def quiet(value):
        pass

    @dg.op(ins={"go": dg.In(dg.Nothing)})
    def last():
        return "last"

    @dg.job
    def chain():
        last(quiet(maybe()))

    result = chain.execute_in_process()
    say("events", stream(result.all_events))
    say("skipped", result.is_node_skipped("last"))


@scenario()
def events_an_op_logs(say: Say) -> None:
    @dg.op
    def tells(context: dg.OpExecutionContext):
        context.log_event(dg.AssetMaterialization("written", description="d", metadata={"n": 1}, partition="p"))
        context.log_event(dg.AssetObservation("seen", metadata={"o": 2.5}))
        yield dg.ExpectationResult(success=True, label="fine", metadata={"x": "y"})
        yield dg.Output(1, metadata={"m": True})

    @dg.job
    def telling():
        tells()

    result = telling.execute_in_process()
    say("events", stream(result.all_events))
    made = result.asset_materializations_for_node("tells")
    say("made", [(each.asset_key, each.partition, each.description, plain(each.metadata)) for each in made])
    seen = result.asset_observations_for_node("tells")
    say("seen", [(each.asset_key, plain(each.metadata)) for each in seen])
    expected = next(each for each in result.all_events if each.event_type_value == "STEP_EXPECTATION_RESULT")
    data = expected.step_expectation_result_data.expectation_result
    say("expected", data.success, data.label, plain(data.metadata))


@scenario()
def log_lines_are_stored(say: Say) -> None:
    @dg.op
    def talks(context):
        context.log.debug("debug line")
        context.log.info("number %s", 5)
        context.log.warning("warned")
        context.log.error("wrong")
        dg.get_dagster_logger().info("by name")

    @dg.job
    def talking():
        talks()

    instance = dg.DagsterInstance.ephemeral()
    result = talking.execute_in_process(instance=instance)
    lines = [each for each in instance.all_logs(result.run_id) if each.dagster_event is None]
    say("lines", [(logging.getLevelName(each.level), each.user_message, each.step_key) for each in lines])


@scenario()
def the_context_of_an_op(say: Say) -> None:
    @dg.op(config_schema={"n": dg.Field(int, default_value=1)}, tags={"t": "1"})
    def seen(context: dg.OpExecutionContext):
        say("names", context.op.name, context.op_def.name, context.job_name, str(context.op_handle))
        say("job", context.job_def.name, context.run.job_name, context.dagster_run.run_id == context.run_id)
        say("config", context.op_config, context.run_config)
        say("tags", context.has_tag("team"), context.get_tag("team"), context.run_tags.get("team"))
        say(
            "flags",
            context.retry_number,
            context.has_partition_key,
            context.has_assets_def,
            context.has_partition_key_range,
        )
        say("instance", isinstance(context.instance, dg.DagsterInstance))
        return 1

    @dg.job(tags={"team": "x"})
    def seeing():
        seen()

    seeing.execute_in_process()


@scenario()
def no_partition_of_an_op(say: Say) -> None:
    @dg.op
    def asks(context: dg.OpExecutionContext):
        say.refusal("key", lambda: context.partition_key)
        say.refusal("window", lambda: context.partition_time_window)
        say.refusal("asset key", lambda: context.asset_key)

    @dg.job
    def asking():
        asks()

    asking.execute_in_process()


@dg.job
def chain_job():
    add_one(one())


@scenario()
def a_run_of_part_again(say: Say) -> None:
    instance = dg.DagsterInstance.get()
    job = dg.reconstructable(chain_job)
    with dg.execute_job(job, instance) as result:
        say("first", kinds(result.all_events, "STEP_SUCCESS"))
    options = dg.ReexecutionOptions(parent_run_id=result.run_id, step_selection=["add_one"])
    with dg.execute_job(job, instance, reexecution_options=options) as again:
        say("again", again.success, kinds(again.all_events, "STEP_START", "STEP_SUCCESS"))
        say("tags", again.dagster_run.parent_run_id == result.run_id, again.dagster_run.root_run_id == result.run_id)


@dg.op
def fails_once(number: int) -> int:
    mark = Path(os.environ["DAGSTER_HOME"]) / "failed"
    if not mark.exists():
        mark.touch()
        raise ValueError("the first time")
    return number


@dg.job
def fails_once_job():
    add_one(fails_once(one()))


@scenario()
def a_run_again_from_its_failure(say: Say) -> None:
    instance = dg.DagsterInstance.get()
    job = dg.reconstructable(fails_once_job)
    with dg.execute_job(job, instance) as first:
        say("first", first.success, kinds(first.all_events, "STEP_SUCCESS", "STEP_FAILURE"))
    options = dg.ReexecutionOptions.from_failure(first.run_id, instance)
    with dg.execute_job(job, instance, reexecution_options=options) as again:
        say("again", again.success, sorted(kinds(again.all_events, "STEP_SUCCESS")))
        say("value", again.output_for_node("add_one"))
        say("selection", sorted(again.dagster_run.step_keys_to_execute or []))


@scenario()
def execute_job_and_its_result(say: Say) -> None:
    instance = dg.DagsterInstance.get()
    with dg.execute_job(dg.reconstructable(chain_job), instance, tags={"a": "b"}) as result:
        say("success", result.success, result.job_def.name, result.dagster_run.tags.get("a"))
        say("value", result.output_for_node("add_one"))
        say("status", instance.get_run_by_id(result.run_id).status)
    with dg.execute_job(dg.reconstructable(chain_job), instance, op_selection=["one"]) as part:
        say("part", kinds(part.all_events, "STEP_SUCCESS"))
    say.refusal(
        "wrong config", lambda: dg.execute_job(dg.reconstructable(chain_job), instance, run_config={"nope": 1}), "nope"
    )


@scenario()
def a_run_in_many_processes(say: Say) -> None:
    instance = dg.DagsterInstance.get()
    with dg.execute_job(dg.reconstructable(parallel_job), instance) as result:
        say("success", result.success)
        say("value", result.output_for_node("total"))
        say("steps", sorted(kinds(result.all_events, "STEP_SUCCESS", "STEP_SKIPPED")))


@dg.op
def total(numbers: list[int]) -> int:
    return sum(numbers)


@dg.job(executor_def=dg.multiprocess_executor.configured({"max_concurrent": 2}))
def parallel_job():
    total([add_one.alias(f"a{number}")(one.alias(f"o{number}")()) for number in range(3)])


@scenario()
def a_failure_in_another_process(say: Say) -> None:
    instance = dg.DagsterInstance.get()
    with dg.execute_job(dg.reconstructable(parallel_failing_job), instance) as result:
        say("success", result.success)
        say("ends", sorted(kinds(result.all_events, "STEP_SUCCESS", "STEP_FAILURE", "PIPELINE_FAILURE")))
        error = next(
            each for each in result.all_events if each.event_type_value == "STEP_FAILURE"
        ).step_failure_data.error
        say("error", error.cause.cls_name, "in a process" in error.cause.message)


@dg.op
def breaks():
    raise ValueError("in a process")


@dg.job(executor_def=dg.multiprocess_executor)
def parallel_failing_job():
    add_one(breaks())
    one()


@scenario()
def raising_or_not(say: Say) -> None:
    job = failing(9, KeyError("k"))
    say.refusal("raised", job.execute_in_process, "k")
    say("not raised", job.execute_in_process(raise_on_error=False).success)
    instance = dg.DagsterInstance.ephemeral()
    say.refusal("raised with an instance", lambda: job.execute_in_process(instance=instance), "k")
    say("stored", [each.status for each in instance.get_runs()])


@scenario()
def a_run_id_and_tags_given(say: Say) -> None:
    run_id = "11111111-2222-4333-8444-555555555555"
    result = chain_job.execute_in_process(run_id=run_id, tags={"x": "1"})
    say("id", result.run_id == run_id, result.dagster_run.tags.get("x"))
    say("status", result.dagster_run.status, result.dagster_run.is_success, result.dagster_run.is_finished)
