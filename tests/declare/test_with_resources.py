"""Resources given to assets by hand, and resources made of values."""

from typing import Any

import pytest

from watchbell.declare.assets.asset import asset
from watchbell.declare.assets.source_asset import SourceAsset
from watchbell.declare.collect import Definitions
from watchbell.declare.config.config_schema import Field
from watchbell.declare.graphs.op import op
from watchbell.declare.job import JobDefinition, job
from watchbell.declare.resource import resource
from watchbell.declare.with_resources import BindResourcesToJobs, make_values_resource, with_resources
from watchbell.execute.materialize import materialize
from watchbell.ground.errors import (
    DagsterInvalidConfigError,
    DagsterInvalidDefinitionError,
    DagsterInvalidInvocationError,
    ParameterCheckError,
)


@asset(required_resource_keys={"limit"})
def rows(context: Any) -> Any:
    return context.resources.limit


@resource(config_schema={"n": int})
def number(context: Any) -> int:
    return int(context.resource_config["n"])


@resource(required_resource_keys={"base"})
def more(context: Any) -> int:
    return int(context.resources.base) + 1


def value_of(definitions: Any) -> Any:
    return materialize(definitions).output_for_node("rows")


def test_assets_bring_what_they_are_given() -> None:
    assert value_of(with_resources([rows], {"limit": 3})) == 3


def test_what_a_resource_needs_comes_along() -> None:
    assert value_of(with_resources([rows], {"limit": more, "base": 7, "unused": 1})) == 8


def test_resources_are_configured_by_key() -> None:
    assert value_of(with_resources([rows], {"limit": number}, {"limit": {"config": {"n": 5}}})) == 5


def test_config_in_another_form_is_refused() -> None:
    with pytest.raises(DagsterInvalidInvocationError, match="config of resource 'limit' is given as"):
        with_resources([rows], {"limit": number}, {"limit": {"n": 5}})
    with pytest.raises(DagsterInvalidConfigError, match="config:n: expected Int"):
        with_resources([rows], {"limit": number}, {"limit": {"config": {"n": "x"}}})


def test_a_missing_resource_is_told_at_once() -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match="'limit', which is not provided.*did you mean 'limits'"):
        with_resources([rows], {"limits": 3})
    with pytest.raises(DagsterInvalidDefinitionError, match="'base', which is not provided"):
        with_resources([rows], {"limit": more})


def test_a_resource_is_not_given_twice() -> None:
    with pytest.raises(DagsterInvalidInvocationError, match="has a resource 'limit' already"):
        with_resources(with_resources([rows], {"limit": 3}), {"limit": 4})


def test_source_assets_and_others_go_through() -> None:
    source = SourceAsset("there", io_manager_key="files")

    given: list[Any] = [source, 3]
    made, other = with_resources(given, {"files": 1})

    assert isinstance(made, SourceAsset)
    assert ({"files"}, 3) == (set(made.resource_defs), other)


def use(definition: Any) -> JobDefinition:
    @op(required_resource_keys={"values"})
    def read(context: Any) -> Any:
        return context.resources.values

    @job(resource_defs={"values": definition})
    def small() -> None:
        read()

    return small


def test_values_are_config() -> None:
    made = use(make_values_resource(a=int, b=Field(str, default_value="z")))

    result = made.execute_in_process({"resources": {"values": {"config": {"a": 1}}}})

    assert result.output_for_node("read") == {"a": 1, "b": "z"}
    with pytest.raises(DagsterInvalidConfigError, match="missing"):
        made.execute_in_process()


def test_any_values_are_config_of_a_resource_without_schema() -> None:
    result = use(make_values_resource()).execute_in_process({"resources": {"values": {"config": {"x": [1]}}}})

    assert result.output_for_node("read") == {"x": [1]}


def test_a_list_of_jobs_is_taken_by_definitions() -> None:
    made = use(1)

    assert made.name == Definitions(jobs=BindResourcesToJobs([made])).get_job_def("small").name
    with pytest.raises(ParameterCheckError, match="takes jobs"):
        BindResourcesToJobs("small")
