"""Runs that are executed again, whole or in part, and jobs that are found again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from watchbell import (
    DagsterExecutionStepNotFoundError,
    DagsterInstance,
    DagsterInvariantViolationError,
    DagsterRunNotFoundError,
    DynamicOut,
    DynamicOutput,
    JobExecutionResult,
    Out,
    Output,
    ReexecutionOptions,
    asset,
    build_reconstructable_job,
    define_asset_job,
    execute_job,
    failure_hook,
    in_process_executor,
    job,
    op,
    reconstructable,
)
from watchbell.declare.collect import Definitions
from watchbell.ground.errors import ParameterCheckError

BROKEN: set[str] = set()
RAN: list[str] = []


@pytest.fixture(autouse=True)
def nothing_ran() -> None:
    BROKEN.clear()
    RAN.clear()


@pytest.fixture
def instance() -> Iterator[DagsterInstance]:
    with DagsterInstance.local_temp() as made:
        yield made


@op
def load() -> int:
    RAN.append("load")
    return 1


@op
def add(rows: int) -> int:
    RAN.append("add")
    if "add" in BROKEN:
        raise RuntimeError("no rows")
    return rows + 1


@op
def store(rows: int) -> int:
    RAN.append("store")
    if "store" in BROKEN:
        raise RuntimeError("disk full")
    return rows + 10


@op
def apart() -> int:
    RAN.append("apart")
    return 7


@job(executor_def=in_process_executor, tags={"team": "data"})
def chain() -> None:
    apart()
    store(add(load()))


def failed_run(instance: DagsterInstance, *broken: str) -> JobExecutionResult:
    BROKEN.update(broken)
    result = execute_job(chain, instance, tags={"by": "hand"})
    BROKEN.clear()
    RAN.clear()
    return result


def test_from_failure_runs_what_failed_and_what_hangs_on_it(instance: DagsterInstance) -> None:
    first = failed_run(instance, "add")

    again = execute_job(chain, instance, reexecution_options=ReexecutionOptions.from_failure(first.run_id, instance))

    assert again.success
    assert RAN == ["add", "store"]
    assert again.output_for_node("store") == 12


def test_the_new_run_knows_its_parent_and_has_the_tags_of_the_job(instance: DagsterInstance) -> None:
    first = failed_run(instance, "add")
    options = ReexecutionOptions.from_failure(first.run_id, instance)

    second = execute_job(chain, instance, reexecution_options=options, tags={"why": "mended"}).dagster_run
    third = execute_job(chain, instance, reexecution_options=ReexecutionOptions(second.run_id, ["store"])).dagster_run

    assert (second.parent_run_id, second.root_run_id) == (first.run_id, first.run_id)
    assert (third.parent_run_id, third.root_run_id) == (second.run_id, first.run_id)
    assert dict(second.tags) == {"team": "data", "why": "mended"}
    assert (list(second.step_keys_to_execute or ()), list(third.step_keys_to_execute or ())) == (
        ["add", "store"],
        ["store"],
    )


def test_values_come_from_the_nearest_run_that_made_them(instance: DagsterInstance) -> None:
    first = failed_run(instance, "add")  # made load
    BROKEN.add("store")
    second = execute_job(chain, instance, reexecution_options=ReexecutionOptions.from_failure(first.run_id, instance))
    BROKEN.clear()

    third = execute_job(chain, instance, reexecution_options=ReexecutionOptions.from_failure(second.run_id, instance))
    fourth = execute_job(chain, instance, reexecution_options=ReexecutionOptions(third.run_id, ["add"]))

    assert RAN == ["add", "store", "store", "add"]
    assert (third.output_for_node("store"), fourth.output_for_node("add")) == (12, 2)


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (["store"], ["store"]),
        (["add*"], ["add", "store"]),
        (["*add"], ["load", "add"]),
        (["load", "apart"], ["apart", "load"]),
        ([], ["apart", "load", "add", "store"]),
    ],
)
def test_steps_are_chosen_by_clauses(instance: DagsterInstance, selection: list[str], expected: list[str]) -> None:
    first = failed_run(instance)

    again = execute_job(chain, instance, reexecution_options=ReexecutionOptions(first.run_id, selection))

    assert again.success
    assert expected == RAN


def test_config_is_that_of_the_run_before_unless_it_is_given(instance: DagsterInstance) -> None:
    @op(config_schema={"limit": int})
    def limited(context: Any) -> int:
        limit: int = context.op_config["limit"]
        return limit

    @job(executor_def=in_process_executor)
    def small() -> None:
        limited()

    first = execute_job(small, instance, {"ops": {"limited": {"config": {"limit": 3}}}})
    options = ReexecutionOptions(first.run_id)
    same = execute_job(small, instance, reexecution_options=options)
    other = execute_job(small, instance, {"ops": {"limited": {"config": {"limit": 4}}}}, reexecution_options=options)

    assert (same.output_for_node("limited"), other.output_for_node("limited")) == (3, 4)


def test_a_step_that_nobody_gave_an_input_is_refused(instance: DagsterInstance) -> None:
    first = failed_run(instance, "add")

    again = execute_job(chain, instance, reexecution_options=ReexecutionOptions(first.run_id, ["store"]))

    assert not again.success
    assert "execute 'add' again too" in str(again.get_run_failure_event().message)
    assert RAN == []


def test_a_skipped_step_stays_skipped(instance: DagsterInstance) -> None:
    @op(out={"rows": Out(is_required=False), "count": Out()})
    def choose() -> Any:
        yield Output(1, "count")

    @job(executor_def=in_process_executor)
    def branching() -> None:
        rows, count = choose()
        store.alias("store_rows")(rows)
        store.alias("store_count")(count)

    BROKEN.add("store")
    first = execute_job(branching, instance)
    BROKEN.clear()
    options = ReexecutionOptions.from_failure(first.run_id, instance)
    again = execute_job(branching, instance, reexecution_options=options)

    assert again.success
    assert list(again.dagster_run.step_keys_to_execute or ()) == ["store_count"]
    assert again.get_step_skipped_events() == []


def test_only_the_failed_copies_of_a_mapped_step_run_again(instance: DagsterInstance) -> None:
    @op(out=DynamicOut(int))
    def spread() -> Iterator[Any]:
        for number in range(3):
            yield DynamicOutput(number, f"n{number}")

    @op
    def work(number: int) -> int:
        RAN.append(f"work {number}")
        if number == 1 and "work" in BROKEN:
            raise RuntimeError("once")
        return number * 10

    @op
    def total(numbers: list[int]) -> int:
        RAN.append("total")
        return sum(numbers)

    @job(executor_def=in_process_executor)
    def fan() -> None:
        total(spread().map(work).collect())

    BROKEN.add("work")
    first = execute_job(fan, instance)
    BROKEN.clear()
    RAN.clear()
    again = execute_job(fan, instance, reexecution_options=ReexecutionOptions.from_failure(first.run_id, instance))

    assert (again.success, again.output_for_node("total")) == (True, 30)
    assert RAN == ["work 1", "total"]


def test_an_asset_job_goes_on_from_its_failure_with_the_assets_it_has(instance: DagsterInstance) -> None:
    @asset
    def orders() -> int:
        RAN.append("orders")
        return 4

    @asset
    def sums(orders: int) -> int:
        RAN.append("sums")
        if "sums" in BROKEN:
            raise RuntimeError("no rows")
        return orders + 1

    defs = Definitions([orders, sums], jobs=[define_asset_job("nightly", executor_def=in_process_executor)])
    nightly = defs.get_job_def("nightly")
    BROKEN.add("sums")
    first = execute_job(nightly, instance)
    BROKEN.clear()
    options = ReexecutionOptions.from_failure(first.run_id, instance)
    again = execute_job(nightly, instance, reexecution_options=options)

    assert (again.success, RAN) == (True, ["orders", "sums", "sums"])
    assert [event.asset_key.to_user_string() for event in again.get_asset_materialization_events()] == ["sums"]  # type: ignore[union-attr]


def test_steps_in_processes_of_their_own_load_from_the_run_before(instance: DagsterInstance, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.touch()

    @op
    def check(rows: int) -> int:
        if broken.exists():
            raise RuntimeError("still broken")
        return rows + 5

    @job
    def wide() -> None:
        check(load())

    first = execute_job(wide, instance)
    broken.unlink()
    again = execute_job(wide, instance, reexecution_options=ReexecutionOptions.from_failure(first.run_id, instance))

    assert [event.step_key for event in again.all_events if event.event_type_value == "STEP_START"] == ["check"]
    assert again.output_for_node("check") == 6


def test_hooks_run_again_with_their_steps(instance: DagsterInstance) -> None:
    @failure_hook
    def tell(context: Any) -> None:
        RAN.append(f"told of {context.step_key}")

    hooked = chain.with_hooks({tell})
    BROKEN.add("store")
    first = execute_job(hooked, instance)
    execute_job(hooked, instance, reexecution_options=ReexecutionOptions.from_failure(first.run_id, instance))

    assert RAN[-3:] == ["told of store", "store", "told of store"]


def test_a_run_that_went_well_has_no_failure_to_go_on_from(instance: DagsterInstance) -> None:
    first = failed_run(instance)

    with pytest.raises(DagsterInvariantViolationError, match="SUCCESS"):
        ReexecutionOptions.from_failure(first.run_id, instance)


def test_what_is_not_there_is_named(instance: DagsterInstance) -> None:
    first = failed_run(instance)

    with pytest.raises(DagsterRunNotFoundError, match="nope"):
        ReexecutionOptions.from_failure("nope", instance)
    with pytest.raises(DagsterRunNotFoundError, match="nope"):
        execute_job(chain, instance, reexecution_options=ReexecutionOptions("nope"))
    with pytest.raises(DagsterExecutionStepNotFoundError, match="'add'"):
        execute_job(chain, instance, reexecution_options=ReexecutionOptions(first.run_id, ["ad"]))
    with pytest.raises(DagsterInvariantViolationError, match="step_selection"):
        execute_job(chain, instance, op_selection=["add"], reexecution_options=ReexecutionOptions(first.run_id))
    with pytest.raises(ParameterCheckError, match="list"):
        ReexecutionOptions(first.run_id, "add")


# ------------------------------------------------------------ reconstructable


def make_chain(name: str = "made") -> Any:
    @job(name=name)
    def made() -> None:
        load()

    return made


def test_a_job_at_the_top_of_its_module_can_be_found_again(instance: DagsterInstance) -> None:
    assert reconstructable(chain).get_definition() is chain
    assert reconstructable(chain).job_name == "chain"
    assert reconstructable(make_chain).job_name == "made"
    assert execute_job(reconstructable(chain), instance).success


def test_a_function_of_a_module_makes_a_job() -> None:
    made = build_reconstructable_job(__name__, "make_chain", ("named",))

    assert made.get_definition().name == "named"


@pytest.mark.parametrize("target", [lambda: chain, make_chain(), 3])
def test_what_cannot_be_found_again_is_refused(target: Any) -> None:
    with pytest.raises(DagsterInvariantViolationError):
        reconstructable(target)


def test_a_function_inside_another_cannot_be_found_again() -> None:
    def inside() -> Any:
        return chain

    with pytest.raises(DagsterInvariantViolationError, match="top of module"):
        reconstructable(inside)
