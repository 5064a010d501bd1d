"""What ops say of their data by ExpectationResult."""

from collections.abc import Iterator
from typing import Any

import pytest

from watchbell.declare.graphs.op import op
from watchbell.declare.graphs.output import Output
from watchbell.declare.job import job
from watchbell.ground.errors import DagsterInvariantViolationError, ParameterCheckError
from watchbell.ground.wire import dumps, loads
from watchbell.record.event import DagsterEventType
from watchbell.record.expectation import ExpectationResult
from watchbell.testing.instance import instance_for_test


@op
def load(context: Any) -> Iterator[Any]:
    yield ExpectationResult(True, "has_rows", "there are rows", {"rows": 2})
    context.log_event(ExpectationResult(False, "sorted"))
    yield Output([2, 1])


def test_expectations_are_stored_and_do_not_fail_the_step() -> None:
    @job
    def nightly() -> None:
        load()

    with instance_for_test() as instance:
        result = nightly.execute_in_process(instance=instance)
        logged = instance.all_logs(result.run_id, of_type=DagsterEventType.STEP_EXPECTATION_RESULT)

    found = [entry.dagster_event.step_expectation_result_data.expectation_result for entry in logged]
    assert result.success
    assert [(each.label, each.success, each.metadata["rows"].value if each.metadata else None) for each in found] == [
        ("has_rows", True, 2),
        ("sorted", False, None),
    ]
    assert [entry.message for entry in logged] == ["there are rows", "expectation sorted did not hold"]


def test_one_returned_is_refused() -> None:
    @op
    def wrong() -> Any:
        return ExpectationResult(True)

    @job
    def nightly() -> None:
        wrong()

    with pytest.raises(DagsterInvariantViolationError, match="an event and no value; yield it"):
        nightly.execute_in_process()


def test_it_survives_the_wire() -> None:
    given = ExpectationResult(True, description="d", metadata={"a": 1})

    assert given == loads(dumps(given))
    assert given.label == "result"


def test_its_arguments_are_checked() -> None:
    with pytest.raises(ParameterCheckError, match="success of an ExpectationResult"):
        ExpectationResult("yes")  # type: ignore[arg-type]
