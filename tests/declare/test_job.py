"""Jobs: what they need, what they are cut down to, how they run in process."""

from typing import Any

import pytest

from watchbell.declare.assets.asset_layer import AssetLayer
from watchbell.declare.config.run_config_value import RunConfig
from watchbell.declare.executor import in_process_executor, multi_or_in_process_executor
from watchbell.declare.graphs.graph_decorator import graph
from watchbell.declare.graphs.op import op
from watchbell.declare.graphs.output import In, Nothing, Out
from watchbell.declare.io.fs_io_manager import fs_io_manager
from watchbell.declare.job import JobDefinition, job
from watchbell.declare.resource import ResourceDefinition
from watchbell.declare.retry import RetryPolicy
from watchbell.ground.errors import (
    CheckError,
    DagsterInvalidDefinitionError,
    DagsterInvalidInvocationError,
    DagsterInvalidSubsetError,
    DagsterInvariantViolationError,
    ParameterCheckError,
)
from watchbell.record.keys import AssetKey


class Frame:
    pass


@op
def one() -> int:
    return 1


@op
def inc(a: Any) -> Any:
    return a + 1


@op
def read(frame: Frame) -> None: ...


@op(required_resource_keys={"db"})
def ask(context: Any) -> Any:
    return context.resources.db


@op(out=Out(io_manager_key="files"))
def store() -> int:
    return 1


@job
def chain() -> None:
    """Adds."""
    inc(inc(one()))


def test_a_function_is_a_job_of_its_name() -> None:
    assert isinstance(chain, JobDefinition)
    assert (chain.name, chain.description, list(chain.flat.nodes)) == ("chain", "Adds.", ["one", "inc", "inc_2"])


def test_a_job_has_the_default_io_manager_and_executor() -> None:
    assert chain.resource_defs == {"io_manager": fs_io_manager}
    assert chain.executor_def is multi_or_in_process_executor


def test_arguments_of_the_decorator_are_kept() -> None:
    @job(
        name="other",
        tags={"team": "a", "n": 1},
        metadata={"rows": 3},
        executor_def=in_process_executor,
        op_retry_policy=RetryPolicy(max_retries=2),
        config=RunConfig(ops={"inc": {"inputs": {"a": 1}}}),
        owners=["ann"],
    )
    def made() -> None:
        inc()

    assert (made.name, made.tags, made.run_tags) == ("other", {"team": "a", "n": "1"}, {"team": "a", "n": "1"})
    assert made.metadata["rows"].value == 3
    assert made.executor_def is in_process_executor
    assert made.config is not None
    assert made.config["ops"] == {"inc": {"inputs": {"a": 1}}}


def test_run_tags_replace_tags_on_runs() -> None:
    made = job(tags={"a": "1"}, run_tags={"b": "2"})(lambda_body)

    assert (made.tags, made.run_tags) == ({"a": "1"}, {"b": "2"})


def lambda_body() -> None:
    one()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"executor_def": 3}, "executor_def of job 'lambda_body'"),
        ({"op_retry_policy": 3}, "op_retry_policy of job 'lambda_body'"),
        ({"config": 3}, "config of job 'lambda_body'"),
        ({"resource_defs": [1]}, "resources of job 'lambda_body'"),
    ],
)
def test_arguments_of_the_wrong_kind_are_named(given: dict[str, Any], words: str) -> None:
    with pytest.raises(ParameterCheckError, match=words):
        job(**given)(lambda_body)


def test_a_missing_resource_is_refused_where_resources_are_given() -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match="op 'ask' of job 'j' needs.*'db'.*did you mean 'dbx'"):

        @job(resource_defs={"dbx": 1})
        def j() -> None:
            ask()


def test_a_job_without_resources_waits_for_those_of_its_location() -> None:
    @job
    def j() -> None:
        ask()

    with pytest.raises(DagsterInvalidDefinitionError, match="needs the resource 'db'"):
        j.check_resources()

    bound = j.with_resources({"db": ResourceDefinition.hardcoded_resource(7)})
    bound.check_resources()
    assert bound.execute_in_process().output_for_node("ask") == 7


def test_an_io_manager_is_a_resource_too() -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match="input or output of op 'store'.*'files'"):

        @job(resource_defs={"db": 1})
        def j() -> None:
            store()


def test_resources_of_the_job_win_over_those_of_the_location() -> None:
    @job(resource_defs={"db": 1})
    def j() -> None:
        ask()

    assert (
        j.with_resources({"db": ResourceDefinition.hardcoded_resource(7)}).execute_in_process().output_for_node("ask")
        == 1
    )


def test_an_input_that_can_never_have_a_value_is_refused() -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match="input 'frame' of op 'read' gets no value"):

        @job
        def j() -> None:
            read()


def test_an_input_of_the_job_may_be_given_by_value() -> None:
    @job
    def j(x: Any) -> None:
        inc(x)

    assert j.execute_in_process(input_values={"x": 4}).output_for_node("inc") == 5
    with pytest.raises(DagsterInvalidDefinitionError, match="'y', which is no input"):
        j.execute_in_process(input_values={"y": 4})


def test_resources_may_be_replaced_for_one_run() -> None:
    @job(resource_defs={"db": 1})
    def j() -> None:
        ask()

    assert j.execute_in_process(resources={"db": 2}).output_for_node("ask") == 2
    assert j.execute_in_process().output_for_node("ask") == 1


@pytest.mark.parametrize(
    ("selection", "expected"),
    [(["*inc_2"], ["one", "inc", "inc_2"]), (["one+"], ["one", "inc"]), (["one*"], ["one", "inc", "inc_2"])],
)
def test_a_selection_cuts_the_job_down(selection: list[str], expected: list[str]) -> None:
    part = chain.get_subset(op_selection=selection)

    assert list(part.flat.nodes) == expected
    assert part.op_selection == tuple(selection)
    assert part.is_subset
    assert not chain.is_subset


def test_a_selection_of_what_is_not_there_is_told_the_nearest() -> None:
    with pytest.raises(DagsterInvalidSubsetError, match="'in', which is no op of it; did you mean 'inc'"):
        chain.get_subset(op_selection=["in"])


def test_a_job_with_a_cut_input_gets_it_from_config() -> None:
    result = chain.execute_in_process(
        op_selection=["inc_2"], run_config={"ops": {"inc_2": {"inputs": {"a": {"value": 6}}}}}
    )

    assert result.output_for_node("inc_2") == 7


def layered() -> JobDefinition:
    @graph
    def assets() -> None:
        inc(one())

    layer = AssetLayer(
        {("one", "result"): AssetKey("a"), ("inc", "result"): AssetKey("b")}, {("inc", "a"): AssetKey("a")}
    )
    return JobDefinition(graph_def=assets, asset_layer=layer)


def test_a_selection_of_assets_keeps_the_ops_that_make_them() -> None:
    part = layered().get_subset(asset_selection=[AssetKey("b")])

    assert list(part.flat.nodes) == ["inc"]
    assert part.flat.sources == {}
    assert part.asset_layer.executable_keys == {AssetKey("b")}
    assert part.asset_layer.keys_by_input == {("inc", "a"): AssetKey("a")}


def test_an_asset_that_the_job_does_not_make_is_refused() -> None:
    with pytest.raises(DagsterInvalidSubsetError, match="'c', which it does not make"):
        layered().get_subset(asset_selection=[AssetKey("c")])


def test_ops_and_assets_are_not_selected_together() -> None:
    with pytest.raises(DagsterInvalidInvocationError, match="not both"):
        layered().get_subset(op_selection=["one"], asset_selection=[AssetKey("b")])


def test_a_job_is_not_called() -> None:
    with pytest.raises(DagsterInvariantViolationError, match="execute_in_process"):
        chain()


def test_a_job_without_partitions_runs_for_none() -> None:
    with pytest.raises(CheckError, match="has no partitions"):
        chain.execute_in_process(partition_key="2024-01-01")


def test_a_nothing_input_needs_no_source() -> None:
    @op(ins={"start": In(Nothing)})
    def after() -> None: ...

    @job
    def j() -> None:
        after()

    assert j.execute_in_process().success
