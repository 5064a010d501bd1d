"""Types of inputs and outputs in a run: what their checks are given, what the log keeps, what loaders make."""

import json
from pathlib import Path
from typing import Any

import pytest

from watchbell.declare.config.builtin_types import List, Optional
from watchbell.declare.config.data_type import DagsterType, TypeCheck
from watchbell.declare.config.python_type import usable_as_dagster_type
from watchbell.declare.config.type_loader import dagster_type_loader
from watchbell.declare.graphs.graph_decorator import graph
from watchbell.declare.graphs.op import op
from watchbell.declare.graphs.output import In, Out
from watchbell.declare.job import JobDefinition, job
from watchbell.declare.resource import ResourceDefinition
from watchbell.declare.retry import Failure, RetryPolicy
from watchbell.ground.errors import (
    DagsterInvalidConfigError,
    DagsterInvalidDefinitionError,
    DagsterInvariantViolationError,
    DagsterTypeCheckDidNotPass,
)
from watchbell.record.event import DagsterEventType


def giving(kind: Any, value: Any = 1, retry_policy: RetryPolicy | None = None, **resources: Any) -> JobDefinition:
    @op(out=Out(kind), retry_policy=retry_policy)
    def give() -> Any:
        return value

    @op(ins={"got": In(kind)})
    def take(got: Any) -> Any:
        return got

    @job(resource_defs=resources or None)
    def small() -> None:
        take(give())

    return small


def checked(fn: Any, **facts: Any) -> DagsterType:
    return DagsterType(fn, name="Checked", **facts)


def test_the_check_is_given_the_run_its_log_its_resources_and_the_instance() -> None:
    seen = []

    def check(context: Any, value: Any) -> bool:
        context.log.info("looking")
        seen.append((bool(context.run_id), context.resources.limit, type(context.instance).__name__))
        return bool(value < context.resources.limit)

    result = giving(checked(check, required_resource_keys={"limit"}), limit=3).execute_in_process()

    assert result.success
    assert seen == [(True, 3, "DagsterInstance")] * 2


def test_a_resource_that_a_type_needs_must_be_there() -> None:
    kind = checked(lambda _context, _value: True, required_resource_keys={"limit"})

    with pytest.raises(DagsterInvalidDefinitionError, match="'limit', which is not provided"):
        giving(kind).execute_in_process()


def test_what_the_check_saw_goes_into_the_log() -> None:
    kind = checked(lambda _context, value: TypeCheck(True, "fine", {"rows": value}))

    result = giving(kind).execute_in_process()

    for kind_of_event in (DagsterEventType.STEP_OUTPUT, DagsterEventType.STEP_INPUT):
        data: list[Any] = [each.event_specific_data for each in result.all_events if each.event_type is kind_of_event]
        found = next(each.type_check_data for each in data if each.type_check_message)
        assert (found.success, found.description, found.metadata["rows"].value) == (True, "fine", 1)


def test_a_value_that_does_not_pass_fails_the_step_with_the_facts() -> None:
    kind = checked(lambda _context, _value: TypeCheck(False, "no rows", {"rows": 0}))

    with pytest.raises(DagsterTypeCheckDidNotPass, match="declared as Checked: no rows") as caught:
        giving(kind).execute_in_process()
    error: Any = caught.value
    assert ("no rows", 0, kind) == (error.description, error.metadata["rows"].value, error.dagster_type)


def failure_of(made: JobDefinition) -> Any:
    result = made.execute_in_process(raise_on_error=False)
    return next(each for each in result.all_events if each.is_step_failure).event_specific_data


def test_a_check_that_raises_is_the_users_error() -> None:
    def check(_context: Any, _value: Any) -> bool:
        raise ZeroDivisionError("hm")

    made = giving(checked(check))

    error = failure_of(made).error
    assert error.cls_name == "DagsterTypeCheckError"
    assert error.cause.cls_name == "ZeroDivisionError"
    with pytest.raises(ZeroDivisionError):
        made.execute_in_process()


def test_a_check_may_raise_a_failure() -> None:
    def check(_context: Any, _value: Any) -> bool:
        raise Failure("not today")

    with pytest.raises(Failure, match="not today"):
        giving(checked(check)).execute_in_process()


def test_a_check_that_answers_nonsense_is_a_mistake_and_not_tried_again() -> None:
    calls = []

    def check(_context: Any, _value: Any) -> Any:
        calls.append(1)
        return "hm"

    with pytest.raises(DagsterInvariantViolationError, match="returned 'hm'"):
        giving(checked(check), retry_policy=RetryPolicy(max_retries=2)).execute_in_process()
    assert calls == [1]


class Table:
    """Something that config cannot hold."""

    def __init__(self, rows: int) -> None:
        self.rows = rows


@dagster_type_loader({"rows": int}, required_resource_keys={"more"})
def table_of_size(context: Any, config: Any) -> Table:
    assert context.op_def.name == "count"
    assert context.job_name == "small"
    return Table(config["rows"] + context.resources.more)


TABLE = DagsterType(lambda _context, value: isinstance(value, Table), name="Table", loader=table_of_size)


def counting(kind: Any) -> JobDefinition:
    @op(ins={"table": In(kind)})
    def count(table: Any) -> Any:
        if isinstance(table, list):
            return [each.rows for each in table]
        return None if table is None else table.rows

    @job(resource_defs={"more": ResourceDefinition.hardcoded_resource(10)})
    def small() -> None:
        count()

    return small


@pytest.mark.parametrize(
    ("kind", "config", "expected"),
    [
        (TABLE, {"rows": 3}, 13),
        (List[TABLE], [{"rows": 1}, {"rows": 2}], [11, 12]),
        (Optional[TABLE], {"rows": 1}, 11),
        (Optional[TABLE], None, None),
    ],
)
def test_a_loader_makes_the_value_of_config(kind: Any, config: Any, expected: Any) -> None:
    result = counting(kind).execute_in_process({"ops": {"count": {"inputs": {"table": config}}}})

    assert expected == result.output_for_node("count")


def test_mistakes_in_a_loaders_config_are_told_with_their_place() -> None:
    with pytest.raises(DagsterInvalidConfigError) as caught:
        counting(TABLE).execute_in_process({"ops": {"count": {"inputs": {"table": {"rws": 3}}}}})

    place = ("ops", "count", "inputs", "table")
    assert {(*place, "rws"), (*place, "rows")} == {mistake.path for mistake in caught.value.errors}


def test_a_loader_that_raises_is_the_users_error() -> None:
    @dagster_type_loader(int)
    def broken(_context: Any, _config: Any) -> Any:
        raise ValueError("no such table")

    kind = DagsterType(lambda _context, _value: True, name="Broken", loader=broken)
    made = counting(kind)
    config = {"ops": {"count": {"inputs": {"table": 3}}}}

    with pytest.raises(ValueError, match="no such table"):
        made.execute_in_process(config)
    result = made.execute_in_process(config, raise_on_error=False)
    failed: Any = next(each for each in result.all_events if each.is_step_failure).event_specific_data
    assert failed.error.cls_name == "DagsterTypeLoadingError"


def test_a_value_given_in_python_is_not_loaded() -> None:
    @op(ins={"table": In(TABLE)})
    def count(table: Any) -> Any:
        return table.rows

    @graph
    def small(table: Any) -> Any:
        return count(table)

    result = small.execute_in_process(input_values={"table": Table(4)}, resources={"more": 10})

    assert result.output_for_node("count") == 4


def test_a_class_may_have_a_loader() -> None:
    @dagster_type_loader(int)
    def sheet_of(_context: Any, config: Any) -> Any:
        return Sheet(config)

    @usable_as_dagster_type(loader=sheet_of)
    class Sheet(Table):
        """A class of the user's."""

    @op
    def count(table: Sheet) -> int:
        return table.rows

    @job
    def small() -> None:
        count()

    assert small.execute_in_process({"ops": {"count": {"inputs": {"table": 5}}}}).output_for_node("count") == 5


def test_a_value_may_lie_in_a_json_file(tmp_path: Path) -> None:
    (tmp_path / "rows.json").write_text(json.dumps([1, 2]), encoding="utf-8")

    @op
    def count(rows: list[int]) -> int:
        return sum(rows)

    @job
    def small() -> None:
        count()

    file = {"json": {"path": str(tmp_path / "rows.json")}}

    assert small.execute_in_process({"ops": {"count": {"inputs": {"rows": file}}}}).output_for_node("count") == 3
    with pytest.raises(DagsterInvalidConfigError, match="a pickled file would run what is in it"):
        small.execute_in_process({"ops": {"count": {"inputs": {"rows": {"pickle": {"path": "x"}}}}}})
