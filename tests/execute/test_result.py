"""Results: what can be asked of them, and what they say when asked for what is not there."""

import pytest

from watchbell.declare.graphs.op import op
from watchbell.declare.graphs.output import Out, Output
from watchbell.declare.job import job
from watchbell.execute.contexts import OpExecutionContext
from watchbell.execute.result import ExecuteInProcessResult
from watchbell.ground.errors import DagsterError, DagsterInvariantViolationError
from watchbell.record.materialization import AssetMaterialization, AssetObservation


@op
def talk(context: OpExecutionContext) -> int:
    context.log_event(AssetMaterialization("side"))
    context.log_event(AssetObservation("seen"))
    return 1


@op(out={"maybe": Out(is_required=False)})
def maybe():  # type: ignore[no-untyped-def]
    if maybe is None:
        yield Output(1, "maybe")


@op
def broken() -> int:
    raise ValueError("no")


@op
def below(x: int) -> None: ...


@pytest.fixture(scope="module")
def result() -> ExecuteInProcessResult:
    @job
    def mixed() -> None:
        talk()
        maybe()
        below(broken())

    return mixed.execute_in_process(raise_on_error=False)


def test_events_are_found_by_kind_and_by_node(result: ExecuteInProcessResult) -> None:
    assert [event.step_key for event in result.get_step_success_events()] == ["maybe", "talk"]
    assert [event.step_key for event in result.get_step_failure_events()] == ["broken"]
    assert result.get_step_skipped_events() == []
    assert [each.asset_key.to_user_string() for each in result.asset_materializations_for_node("talk")] == ["side"]
    assert [each.asset_key.to_user_string() for each in result.asset_observations_for_node("talk")] == ["seen"]
    assert all(event.step_key for event in result.all_node_events)
    assert result.filter_events(lambda event: event.is_step_failure) == result.get_step_failure_events()


def test_nodes_are_told_apart_by_how_they_ended(result: ExecuteInProcessResult) -> None:
    assert result.is_node_success("talk")
    assert result.is_node_failed("broken")
    assert result.is_node_untouched("below")
    assert result.failure_data_for_node("broken") is not None
    assert result.failure_data_for_node("talk") is None


def test_the_runs_end_is_found_or_told_to_be_another(result: ExecuteInProcessResult) -> None:
    assert result.get_run_failure_event().is_failure
    with pytest.raises(DagsterError, match="has no RUN_SUCCESS event; it ended as FAILURE"):
        result.get_run_success_event()


@pytest.mark.parametrize(
    ("node", "output", "expected"),
    [
        ("tal", "result", "has no op or graph 'tal'; did you mean 'talk'?"),
        ("talk", "resul", "'talk' has no output 'resul'; did you mean 'result'?"),
        ("maybe", "maybe", "'maybe' gave no output 'maybe' in this run"),
        ("broken", "result", "'broken' gave no output 'result' in this run"),
    ],
)
def test_a_value_that_is_not_there_is_explained(
    result: ExecuteInProcessResult, node: str, output: str, expected: str
) -> None:
    with pytest.raises(DagsterInvariantViolationError) as caught:
        result.output_for_node(node, output)

    assert expected in str(caught.value)


def test_a_job_without_outputs_has_no_output_value(result: ExecuteInProcessResult) -> None:
    with pytest.raises(DagsterInvariantViolationError, match="has no output 'result'; there are none"):
        result.output_value()
