"""Asset checks in runs: what is written down, and what blocking ones stop."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from watchbell import (
    AssetCheckExecutionContext,
    AssetCheckKey,
    AssetCheckResult,
    AssetChecksDefinition,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetIn,
    AssetKey,
    AssetSelection,
    Config,
    DagsterAssetCheckFailedError,
    DagsterEventType,
    DagsterInstance,
    DagsterInvalidDefinitionError,
    DagsterInvalidSubsetError,
    DagsterInvariantViolationError,
    Definitions,
    ExecuteInProcessResult,
    In,
    MaterializeResult,
    Nothing,
    Out,
    Output,
    ResourceParam,
    RetryPolicy,
    asset,
    asset_check,
    build_asset_check_context,
    define_asset_job,
    execute_job,
    materialize,
    multi_asset_check,
    op,
)
from watchbell.ground.errors import DagsterStepOutputNotFoundError
from watchbell.record.check_record import AssetCheckExecutionRecordStatus

GOOD = AssetCheckResult(passed=True)
BAD = AssetCheckResult(passed=False)
WARNING = AssetCheckResult(passed=False, severity=AssetCheckSeverity.WARN)


@asset
def orders() -> int:
    return 5


@asset
def totals(orders: int) -> int:
    return orders + 1


@asset(deps=[totals])
def report() -> None: ...


def check_that(answer: AssetCheckResult, name: str = "check", **arguments: Any) -> AssetChecksDefinition:
    @asset_check(asset=orders, name=name, **arguments)
    def look() -> AssetCheckResult:
        return answer

    return look


def run(*definitions: Any, **arguments: Any) -> ExecuteInProcessResult:
    return materialize(list(definitions), raise_on_error=False, **arguments)


def verdicts(result: ExecuteInProcessResult) -> list[tuple[str, bool]]:
    return [(each.asset_check_key.to_user_string(), each.passed) for each in result.get_asset_check_evaluations()]


def steps_of(result: ExecuteInProcessResult) -> set[str]:
    return {str(event.step_key) for event in result.get_step_success_events()}


def error_of(result: ExecuteInProcessResult) -> str:
    (failure,) = result.get_step_failure_events()
    error = failure.step_failure_data.error
    assert error is not None
    return f"{error.cls_name}: {error.message}"


def test_a_check_takes_the_value_of_its_asset_whatever_the_parameter_is_called() -> None:
    @asset_check(asset=orders)
    def is_five(value: int) -> AssetCheckResult:
        return AssetCheckResult(passed=value == 5, metadata={"value": value})

    result = run(orders, is_five)

    assert result.success
    (found,) = result.get_asset_check_evaluations()
    assert found.passed
    assert found.metadata["value"].value == 5
    assert found.blocking is False


def test_events_of_a_check_are_those_of_its_step() -> None:
    kinds = [event.event_type for event in run(orders, check_that(GOOD)).events_for_node("orders_check")]

    assert kinds == [
        DagsterEventType.STEP_START,
        DagsterEventType.STEP_OUTPUT,
        DagsterEventType.ASSET_CHECK_EVALUATION,
        DagsterEventType.STEP_SUCCESS,
    ]


def test_an_evaluation_tells_of_the_materialization_it_looked_at() -> None:
    with DagsterInstance.ephemeral() as instance:
        result = run(orders, check_that(GOOD), instance=instance)
        made = instance.get_latest_materialization_event(AssetKey("orders"))

        assert made is not None
        target = result.get_asset_check_evaluations()[0].target_materialization_data
        assert target is not None
        assert (target.storage_id, target.run_id, target.timestamp) == (made.storage_id, result.run_id, made.timestamp)


def test_a_check_before_its_asset_looks_at_the_materialization_before() -> None:
    with DagsterInstance.ephemeral() as instance:
        first = run(orders, instance=instance)
        later = run(orders, check_that(GOOD), selection=AssetSelection.all_asset_checks(), instance=instance)

        target = later.get_asset_check_evaluations()[0].target_materialization_data
        assert target is not None
        assert target.run_id == first.run_id


def test_a_failed_check_that_does_not_block_stops_nothing() -> None:
    result = run(orders, totals, report, check_that(BAD))

    assert result.success
    assert steps_of(result) == {"orders", "totals", "report", "orders_check"}


def test_a_failed_blocking_check_stops_everything_downstream() -> None:
    result = run(orders, totals, report, check_that(BAD, blocking=True))

    assert not result.success
    assert steps_of(result) == {"orders"}
    assert "1 blocking asset check failed with ERROR severity: orders:check" in error_of(result)
    assert verdicts(result) == [("orders:check", False)]


def test_a_blocking_check_that_warns_stops_nothing() -> None:
    result = run(orders, totals, check_that(WARNING, blocking=True))

    assert result.success
    assert "totals" in steps_of(result)


def test_a_blocking_check_that_raises_stops_everything_downstream() -> None:
    @asset_check(asset=orders, blocking=True)
    def breaks() -> AssetCheckResult:
        raise ValueError("broken")

    result = run(orders, totals, breaks)

    assert steps_of(result) == {"orders"}
    assert verdicts(result) == []


def test_what_is_made_from_an_asset_waits_for_its_blocking_check() -> None:
    result = run(orders, totals, check_that(GOOD, "zzz_last_by_name", blocking=True))

    done = [event.step_key for event in result.get_step_success_events()]
    assert done.index("orders_zzz_last_by_name") < done.index("totals")


def test_another_check_of_the_asset_does_not_wait() -> None:
    @asset_check(asset=orders)
    def other(orders: int) -> AssetCheckResult:
        return GOOD

    result = run(orders, other, check_that(BAD, blocking=True))

    assert ("orders:other", True) in verdicts(result)


def test_a_blocking_check_that_needs_what_it_blocks_is_refused() -> None:
    @asset_check(asset=orders, blocking=True, additional_ins={"totals": AssetIn("totals")})
    def compares(orders: int, totals: int) -> AssetCheckResult:
        return GOOD

    with pytest.raises(DagsterInvalidDefinitionError, match="made from that asset"):
        materialize([orders, totals, compares])


def test_a_blocking_failure_is_raised_to_the_caller() -> None:
    with pytest.raises(DagsterAssetCheckFailedError) as caught:
        materialize([orders, check_that(BAD, blocking=True)])

    assert caught.value.checks == ("orders:check",)


def inline(*names: str, blocking: bool = False) -> list[AssetCheckSpec]:
    return [AssetCheckSpec(name, asset="stock", blocking=blocking) for name in names]


def test_an_asset_makes_its_own_checks() -> None:
    @asset(check_specs=inline("one", "two"))
    def stock() -> Iterator[Any]:
        yield Output(1)
        yield AssetCheckResult(check_name="two", passed=False)
        yield AssetCheckResult(check_name="one", passed=True)

    result = run(stock)

    assert result.success
    assert verdicts(result) == [("stock:two", False), ("stock:one", True)]


@pytest.mark.parametrize("how", ["result", "tuple"])
def test_answers_come_with_what_is_returned(how: str) -> None:
    @asset(check_specs=inline("one"))
    def stock() -> Any:
        return MaterializeResult(value=1, check_results=[BAD]) if how == "result" else (Output(1), BAD)

    assert verdicts(run(stock)) == [("stock:one", False)]


def test_a_failed_blocking_check_of_the_asset_itself_fails_its_step_after_all_answers() -> None:
    @asset(check_specs=inline("one", "two", blocking=True))
    def stock() -> Iterator[Any]:
        yield Output(1)
        yield AssetCheckResult(check_name="one", passed=False)
        yield AssetCheckResult(check_name="two", passed=True)

    @asset
    def value(stock: int) -> int:
        return stock

    result = run(stock, value)

    assert verdicts(result) == [("stock:one", False), ("stock:two", True)]
    assert len(result.get_asset_materialization_events()) == 1
    assert result.get_failed_step_keys() == {"stock"}


def test_a_check_that_was_not_answered_is_an_error() -> None:
    @asset(check_specs=inline("one", "two"))
    def stock() -> Iterator[Any]:
        yield Output(1)
        yield AssetCheckResult(check_name="one", passed=True)

    with pytest.raises(DagsterStepOutputNotFoundError, match="stock:two"):
        materialize([stock])


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (AssetCheckResult(passed=True, check_name="chekc"), "did you mean 'check'"),
        (AssetCheckResult(passed=True, asset_key="ordrs"), "did you mean 'orders'"),
        (None, "answers with AssetCheckResult"),
        (True, "answers with AssetCheckResult"),
        ([GOOD, GOOD], "twice"),
    ],
)
def test_wrong_answers_are_told_clearly(answer: Any, error: str) -> None:
    with pytest.raises(DagsterInvariantViolationError, match=error):
        materialize([orders, check_that(answer)])


def test_an_answer_that_nobody_declared_is_an_error() -> None:
    @asset
    def stock() -> Any:
        return MaterializeResult(check_results=[AssetCheckResult(passed=True, check_name="one")])

    assert "check_specs=" in error_of(run(stock))


def test_an_answer_without_a_name_among_several_is_an_error() -> None:
    @asset(check_specs=inline("one", "two"))
    def stock() -> Any:
        return MaterializeResult(check_results=[GOOD])

    assert "check_name=" in error_of(run(stock))


SPECS = [AssetCheckSpec("few", asset="orders"), AssetCheckSpec("new", asset="totals")]


@multi_asset_check(specs=SPECS, can_subset=True)
def both(context: AssetCheckExecutionContext) -> Iterator[AssetCheckResult]:
    for key in sorted(context.selected_asset_check_keys):
        yield AssetCheckResult(passed=True, check_name=key.name, metadata={"part": context.is_subset})


def test_one_function_makes_several_checks_or_some_of_them() -> None:
    everything = run(orders, totals, both)
    some = run(orders, totals, both, selection=AssetSelection.assets(orders))

    assert verdicts(everything) == [("orders:few", True), ("totals:new", True)]
    assert verdicts(some) == [("orders:few", True)]
    assert some.get_asset_check_evaluations()[0].metadata["part"].value is True


def test_checks_that_cannot_be_parted_are_refused_in_parts() -> None:
    @multi_asset_check(specs=SPECS)
    def whole() -> Sequence[AssetCheckResult]:
        return [AssetCheckResult(passed=True, check_name=spec.name) for spec in SPECS]

    assert len(verdicts(run(orders, totals, whole))) == 2
    with pytest.raises(DagsterInvalidDefinitionError, match="can_subset=True"):
        run(orders, totals, whole, selection=AssetSelection.checks(SPECS[0].key))


@pytest.mark.parametrize(
    ("selection", "steps"),
    [
        (AssetSelection.assets("orders"), {"orders", "orders_check"}),
        (AssetSelection.assets("orders").without_checks(), {"orders"}),
        (AssetSelection.all() - AssetSelection.all_asset_checks(), {"orders", "totals"}),
        (AssetSelection.all() & AssetSelection.assets("totals"), {"totals", "orders"}),
        ("orders*", {"orders", "totals", "orders_check"}),
    ],
)
def test_selections_say_which_checks_run(selection: Any, steps: set[str]) -> None:
    result = run(orders, totals, check_that(GOOD), selection=selection)

    assert steps_of(result) <= steps
    assert ("orders_check" in steps_of(result)) == ("orders_check" in steps)


def test_checks_run_without_their_assets() -> None:
    with DagsterInstance.ephemeral() as instance:
        run(orders, instance=instance)
        chosen = AssetSelection.checks_for_assets(orders)
        result = run(orders, check_that(GOOD), selection=chosen, instance=instance)

        assert steps_of(result) == {"orders_check"}


def test_an_unknown_check_is_refused_with_the_nearest_name() -> None:
    graph = Definitions(assets=[orders], asset_checks=[check_that(GOOD)]).get_asset_graph()

    with pytest.raises(DagsterInvalidSubsetError, match="did you mean 'orders:check'"):
        AssetSelection.checks(AssetCheckKey("orders", "chek")).resolve_checks(graph)


def test_the_check_of_an_asset_function_needs_its_asset() -> None:
    @asset(check_specs=inline("one"))
    def stock() -> Any:
        return MaterializeResult(check_results=[GOOD])

    with pytest.raises(DagsterInvalidDefinitionError, match="select the asset too"):
        run(stock, selection=AssetSelection.checks(AssetCheckKey("stock", "one")))


def test_jobs_make_the_checks_of_their_assets() -> None:
    check = check_that(GOOD)
    defs = Definitions(
        assets=[orders, totals],
        asset_checks=[check],
        jobs=[define_asset_job("some", [orders]), define_asset_job("only", AssetSelection.checks(check))],
    )

    assert list(defs.get_job_def("some").graph.flat.order) == ["orders", "orders_check"]
    assert list(defs.get_job_def("only").graph.flat.order) == ["orders_check"]
    part = defs.get_job_def("__ASSET_JOB").get_subset(asset_selection=[AssetKey("totals")])
    assert list(part.graph.flat.order) == ["totals"]
    alone = defs.get_job_def("__ASSET_JOB").get_subset(asset_check_selection=[check.check_key])
    assert list(alone.graph.flat.order) == ["orders_check"]


def test_two_checks_of_one_key_are_refused() -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match="defined twice"):
        Definitions(assets=[orders], asset_checks=[check_that(GOOD), check_that(BAD)]).get_repository_def()


def test_checks_run_in_processes_of_their_own_and_block_there() -> None:
    defs = Definitions(assets=[orders, totals], asset_checks=[check_that(BAD, blocking=True)])
    with DagsterInstance.local_temp() as instance:
        result = execute_job(defs.get_job_def("__ASSET_JOB"), instance)

        assert not result.success
        assert [each.passed for each in result.get_asset_check_evaluations()] == [False]
        assert result.get_asset_check_evaluations()[0].target_materialization_data is not None
        assert {event.step_key for event in result.get_step_success_events()} == {"orders"}


class Limit(Config):
    most: int = 3


def test_config_resources_and_deps_reach_a_check() -> None:
    @asset_check(asset=orders, additional_deps=[totals])
    def fits(config: Limit, factor: ResourceParam[int], orders: int) -> AssetCheckResult:
        return AssetCheckResult(passed=orders < config.most * factor)

    config = {"ops": {"orders_fits": {"config": {"most": 4}}}}
    result = run(orders, totals, fits, resources={"factor": 2}, run_config=config)

    assert verdicts(result) == [("orders:fits", True)]
    assert fits(Limit(), 2, 1).passed


def test_a_check_that_raises_is_tried_again_by_its_policy() -> None:
    tries: list[int] = []

    @asset_check(asset=orders, retry_policy=RetryPolicy(max_retries=1))
    def shaky() -> AssetCheckResult:
        tries.append(1)
        if len(tries) == 1:
            raise ValueError("once")
        return GOOD

    assert verdicts(run(orders, shaky)) == [("orders:shaky", True)]


def test_an_op_becomes_a_check() -> None:
    @op(ins={"orders": In(Nothing)}, out={"fine": Out()})
    def look() -> AssetCheckResult:
        return GOOD

    check = AssetChecksDefinition.create(
        keys_by_input_name={"orders": AssetKey("orders")},
        node_def=look,
        check_specs_by_output_name={"fine": AssetCheckSpec("fine", asset=orders)},
        can_subset=False,
    )

    assert verdicts(run(orders, check)) == [("orders:fine", True)]


def test_a_check_is_called_directly() -> None:
    assert check_that(BAD)() == BAD
    assert len(list(both(build_asset_check_context()))) == 2


def test_executions_are_remembered_newest_first_and_by_pages() -> None:
    key = AssetCheckKey("orders", "check")
    with DagsterInstance.ephemeral() as instance:
        for answer in (GOOD, BAD, GOOD):
            run(orders, check_that(answer), instance=instance)
        first = instance.get_asset_check_execution_history(key, limit=2)
        rest = instance.get_asset_check_execution_history(key, limit=2, cursor=first[-1].id)
        failed = instance.get_asset_check_execution_history(
            key, limit=9, status={AssetCheckExecutionRecordStatus.FAILED}
        )
        latest = instance.get_latest_asset_check_execution_by_key([key, AssetCheckKey("orders", "other")])

        assert [each.evaluation and each.evaluation.passed for each in [*first, *rest]] == [True, False, True]
        assert [each.id for each in failed] == [first[1].id]
        assert list(latest) == [key]
        assert latest[key] == first[0]
        assert instance.get_latest_asset_check_evaluation_record(key) == first[0]


def test_a_check_that_was_planned_and_never_made_says_so() -> None:
    @asset
    def breaks() -> None:
        raise ValueError("broken")

    @asset_check(asset=breaks)
    def after() -> AssetCheckResult:
        return GOOD

    with DagsterInstance.ephemeral() as instance:
        run(breaks, after, instance=instance)
        record = instance.get_latest_asset_check_execution_by_key([after.check_key])[after.check_key]

        assert record.status is AssetCheckExecutionRecordStatus.PLANNED
        assert record.event is None
        assert instance.get_latest_asset_check_evaluation_record(after.check_key) is None


def test_wiping_an_asset_and_deleting_a_run_forget_the_executions() -> None:
    key = AssetCheckKey("orders", "check")
    with DagsterInstance.ephemeral() as instance:
        first = run(orders, check_that(GOOD), instance=instance)
        run(orders, check_that(GOOD), instance=instance)
        instance.delete_run(first.run_id)
        left = instance.get_asset_check_execution_history(key, limit=9)
        instance.wipe_assets([AssetKey("orders")])

        assert len(left) == 1
        assert instance.get_asset_check_execution_history(key, limit=9) == []


def test_older_code_asks_the_storage_of_the_log() -> None:
    key = AssetCheckKey("orders", "check")
    with DagsterInstance.ephemeral() as instance:
        run(orders, check_that(GOOD), instance=instance)
        storage = instance.event_log_storage

        assert list(storage.get_latest_asset_check_execution_by_key([key])) == [key]
        assert len(storage.get_asset_check_execution_history(key, limit=5)) == 1
