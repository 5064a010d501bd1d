"""What jobs and graphs tell of their nodes."""

from typing import Any

import pytest

from watchbell.declare.executor import in_process_executor
from watchbell.declare.graphs.dependency import DependencyDefinition, NodeInvocation
from watchbell.declare.graphs.graph_decorator import graph
from watchbell.declare.graphs.op import op
from watchbell.declare.job import job
from watchbell.declare.logger_definition import colored_console_logger
from watchbell.declare.resource import ResourceDefinition
from watchbell.ground.errors import DagsterInvalidDefinitionError, DagsterInvariantViolationError


@op
def one() -> int:
    return 1


@op
def inc(number: int) -> int:
    return number + 1


@graph
def twice(number: int) -> Any:
    return inc(inc(number))


@job
def whole() -> None:
    inc.alias("last")(twice(one()))


def test_nodes_are_told_by_name_and_in_order() -> None:
    assert [node.name for node in whole.nodes] == ["one", "twice", "last"]
    assert [node.name for node in whole.nodes_in_topological_order] == ["one", "twice", "last"]
    assert (whole.has_node_named("last"), whole.has_node_named("inc"), whole.has_node("inc")) == (True, False, True)
    assert whole.get_node_named("last").definition is inc
    assert whole.node_dict["one"] is whole.get_node_named("one")
    assert whole.describe_target() == "job 'whole'"


def test_definitions_are_told_once() -> None:
    assert [each.name for each in whole.top_level_node_defs] == ["one", "twice", "inc"]
    assert sorted(each.name for each in whole.all_node_defs) == ["inc", "one", "twice"]
    assert whole.node_def_named("twice") is twice
    assert [each.name for each in whole.graph.iterate_op_defs()] == ["one", "inc", "inc"]
    assert (twice.node_names(), twice.has_node_named("inc_2")) == (["inc", "inc_2"], True)


def test_connections_are_told_as_dependencies() -> None:
    assert whole.dependencies[NodeInvocation("inc", "last")] == {"number": DependencyDefinition("twice")}


@pytest.mark.parametrize(
    ("ask", "error"),
    [
        (lambda: whole.get_node_named("lst"), DagsterInvalidDefinitionError),
        (lambda: whole.node_def_named("inq"), DagsterInvariantViolationError),
    ],
)
def test_a_node_that_is_not_there_is_named_with_the_nearest(ask: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="did you mean"):
        ask()


def test_a_cut_job_tells_which_ops_are_left() -> None:
    part = whole.get_subset(op_selection=["twice.inc_2", "last"])

    assert whole.resolved_op_selection is None
    assert part.resolved_op_selection == {"twice.inc_2", "last"}
    assert part.get_subset(op_selection=[]) is part


def test_config_of_ops_that_are_not_selected_is_passed_over() -> None:
    @op(config_schema={"v": int})
    def leaf(context: Any) -> int:
        return int(context.op_config["v"])

    @graph
    def inner() -> Any:
        leaf()
        return leaf.alias("other")()

    @job
    def configured() -> None:
        leaf()
        inner()

    given = {"config": {"v": 4}}
    config = {"ops": {"leaf": given, "inner": {"ops": {"leaf": given, "other": given}}}}

    top = configured.execute_in_process(run_config=config, op_selection=["leaf"])
    nested = configured.execute_in_process(run_config=config, op_selection=["inner.other"])

    assert (top.output_for_node("leaf"), nested.output_for_node("inner.other")) == (4, 4)


def test_config_reaches_ops_three_graphs_deep() -> None:
    @op(config_schema={"v": int})
    def leaf(context: Any) -> int:
        return int(context.op_config["v"])

    @graph
    def low() -> Any:
        return leaf()

    @graph
    def middle() -> Any:
        return low()

    @graph
    def high() -> Any:
        return middle()

    @job
    def deep() -> None:
        high()

    leaf_config = {"ops": {"leaf": {"config": {"v": 42}}}}
    config = {"ops": {"high": {"ops": {"middle": {"ops": {"low": leaf_config}}}}}}

    result = deep.execute_in_process(run_config=config)

    assert [result.output_for_node(path) for path in ("high.middle.low.leaf", "high.middle", "high")] == [42, 42, 42]


def test_values_of_a_jobs_inputs_come_from_the_job_the_call_or_config() -> None:
    @job(input_values={"start": 5})
    def given(start: int) -> None:
        inc(start)

    @job
    def asked(start: int) -> None:
        inc(start)

    results = [
        given.execute_in_process(),
        given.execute_in_process(input_values={"start": 6}),
        asked.execute_in_process(input_values={"start": 7}),
        asked.execute_in_process(run_config={"inputs": {"start": 8}}),
    ]

    assert [each.output_for_node("inc") for each in results] == [6, 7, 8, 9]


def test_a_job_tells_what_it_was_given() -> None:
    @job(input_values={"start": 5}, executor_def=in_process_executor)
    def given(start: int) -> None:
        inc(start)

    assert (given.has_direct_input_value("start"), given.has_direct_input_value("end")) == (True, False)
    assert given.get_direct_input_value("start") == 5
    assert (given.has_specified_executor, whole.has_specified_executor) == (True, False)
    with pytest.raises(DagsterInvariantViolationError, match="no value for an input 'strat'; did you mean 'start'"):
        given.get_direct_input_value("strat")


def test_an_untyped_op_takes_the_type_of_the_graphs_parameter() -> None:
    @op
    def echo(value: Any) -> Any:
        return value

    @graph
    def typed(number: int) -> Any:
        return echo(number)

    assert typed.to_job().execute_in_process(run_config={"inputs": {"number": 3}}).output_value() == 3


def test_tags_of_a_graph_go_to_its_jobs_runs() -> None:
    assert tagged.to_job(tags={"kind": "y"}).run_tags == {"team": "x", "kind": "y"}
    assert tagged.to_job(run_tags={"kind": "z"}).run_tags == {"team": "x", "kind": "z"}


@graph(tags={"team": "x"})
def tagged() -> Any:
    return one()


def test_a_job_is_copied_with_something_else() -> None:
    @op(required_resource_keys={"size"})
    def sized(context: Any) -> Any:
        return context.resources.size

    @job(resource_defs={"size": ResourceDefinition.hardcoded_resource(1)}, metadata={"team": "a"})
    def sizing() -> None:
        sized()

    other = (
        sizing.with_top_level_resources({"size": ResourceDefinition.hardcoded_resource(2)})
        .with_executor_def(in_process_executor)
        .with_metadata({"team": "b"})
        .with_logger_defs({"tinted": colored_console_logger})
    )

    assert other.execute_in_process().output_for_node("sized") == 2
    assert other.executor_def is in_process_executor
    assert other.metadata["team"].value == "b"
    assert other.has_specified_loggers
    assert sizing.execute_in_process().output_for_node("sized") == 1
    assert not sizing.has_specified_loggers
