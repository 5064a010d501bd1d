from datetime import datetime
from typing import Any

import pytest

from watchbell import (
    AssetKey,
    AssetMaterialization,
    ConfigurableResource,
    DagsterEvent,
    DagsterEventType,
    DagsterInstance,
    DagsterRun,
    Definitions,
    OpExecutionContext,
    asset,
    build_asset_context,
    build_multi_asset_sensor_context,
    build_op_context,
    build_run_status_sensor_context,
    build_schedule_context,
    build_sensor_context,
    op,
    resource,
)
from watchbell.ground.errors import (
    CheckError,
    DagsterInvalidDefinitionError,
    ParameterCheckError,
)

RUN = DagsterRun("etl", "run-1", tags={"a": "b"})
EVENT = DagsterEvent(DagsterEventType.RUN_FAILURE, "etl", timestamp=12.5)
BUILDERS = [
    build_schedule_context,
    build_sensor_context,
    lambda **given: build_multi_asset_sensor_context(monitored_assets=[], **given),
    lambda **given: build_run_status_sensor_context(dagster_run=RUN, dagster_event=EVENT, **given),
]


def test_a_naive_time_stays_as_it_is_given() -> None:
    moment = datetime(2023, 1, 16, 8, 0)

    assert moment == build_schedule_context(scheduled_execution_time=moment).scheduled_execution_time


def test_without_an_instance_there_is_an_empty_one() -> None:
    for context in (build_schedule_context(), build_sensor_context()):
        assert context.instance.get_runs() == []


def test_the_instance_is_the_very_object_given() -> None:
    with DagsterInstance.ephemeral() as instance:
        assert instance is build_schedule_context(instance).instance
        assert instance is build_sensor_context(instance).instance
        for name in ("instance", "dagster_instance"):
            context = build_run_status_sensor_context(dagster_run=RUN, dagster_event=EVENT, **{name: instance})
            assert instance is context.instance


def test_a_sensor_context_carries_what_it_is_given() -> None:
    definitions = Definitions(resources={"limit": 3})
    context = build_sensor_context(
        cursor="5", sensor_name="files", definitions=definitions, last_sensor_start_time=100.0
    )

    assert (context.cursor, context.sensor_name, context.last_sensor_start_time) == ("5", "files", 100.0)
    assert definitions.get_repository_def() is context.repository_def
    assert context.repository_name == "__repository__"


def test_a_context_without_a_name_says_so() -> None:
    with pytest.raises(CheckError, match="sensor_name"):
        _ = build_sensor_context().sensor_name


def test_a_run_status_context_carries_run_and_event() -> None:
    context = build_run_status_sensor_context(
        sensor_name="alert", dagster_run=RUN, dagster_event=EVENT, partition_key="2024", resources={"limit": 3}
    )

    failure = context.for_run_failure()

    assert (
        failure.sensor_name,
        failure.dagster_run.run_id,
        failure.partition_key,
        failure.resources.limit,
    ) == ("alert", "run-1", "2024", 3)
    assert 12.5 == failure.failure_event.timestamp == failure.failure_event.dagster_event.timestamp


def test_resources_of_a_sensor_context_are_taken_over() -> None:
    outer = build_sensor_context(resources={"limit": 3})

    context = build_run_status_sensor_context(dagster_run=RUN, dagster_event=EVENT, context=outer)

    assert context.resources.limit == 3
    assert outer.instance is context.instance


@pytest.mark.parametrize(
    ("build", "arguments"),
    [
        (build_schedule_context, {"scheduled_execution_time": "2024"}),
        (build_schedule_context, {"instance_ref": object()}),
        (build_sensor_context, {"cursor": 5}),
        (build_sensor_context, {"definitions": 5}),
        (build_schedule_context, {"instance": "prod"}),
        (build_schedule_context, {"resources": ["limit"]}),
        (build_schedule_context, {"repository_def": Definitions()}),
        (build_sensor_context, {"instance": 5}),
        (build_sensor_context, {"sensor_name": 5}),
        (build_sensor_context, {"repository_name": 5}),
        (build_sensor_context, {"repository_def": Definitions()}),
        (build_sensor_context, {"resources": 5}),
        (build_sensor_context, {"last_sensor_start_time": "noon"}),
        (build_sensor_context, {"last_sensor_start_time": True}),
        (build_sensor_context, {"last_sensor_start_time": 1e20}),
        (build_multi_asset_sensor_context, {"monitored_assets": None}),
        (build_multi_asset_sensor_context, {"monitored_assets": [], "instance": 5}),
        (build_multi_asset_sensor_context, {"monitored_assets": [], "cursor": 5}),
        (build_run_status_sensor_context, {"dagster_run": RUN}),
        (build_run_status_sensor_context, {"dagster_run": RUN, "dagster_event": EVENT, "instance": 5}),
        (build_run_status_sensor_context, {"dagster_run": RUN, "dagster_event": EVENT, "partition_key": 5}),
        (build_run_status_sensor_context, {"dagster_run": RUN, "dagster_event": EVENT, "context": 5}),
        (build_run_status_sensor_context, {"dagster_run": RUN, "dagster_event": EVENT, "sensor_name": 5}),
        (build_run_status_sensor_context, {"dagster_run": RUN, "dagster_event": EVENT, "repository_def": 5}),
        (build_run_status_sensor_context, {"dagster_run": 5, "dagster_event": EVENT}),
        (build_op_context, {"config": 1, "op_config": 2}),
        (build_asset_context, {"partition_key_range": object()}),
    ],
)
def test_a_wrong_argument_is_refused(build: Any, arguments: dict[str, Any]) -> None:
    with pytest.raises(ParameterCheckError):
        build(**arguments)


def test_a_refusal_names_the_argument_and_the_way_out() -> None:
    with pytest.raises(ParameterCheckError) as caught:
        build_sensor_context(repository_def=Definitions())  # type: ignore[arg-type]

    assert "repository_def of build_sensor_context is a RepositoryDefinition" in str(caught.value)
    assert "get_repository_def()" in str(caught.value)


@pytest.mark.parametrize(
    "build", [build_sensor_context, lambda **given: build_multi_asset_sensor_context(monitored_assets=[], **given)]
)
def test_definitions_are_given_in_one_way(build: Any) -> None:
    definitions = Definitions()

    with pytest.raises(CheckError, match="not both"):
        build(definitions=definitions, repository_def=definitions.get_repository_def())


@pytest.mark.parametrize("given", [{}, {"definitions": Definitions()}])
def test_the_name_of_the_repository_is_the_one_given(given: dict[str, Any]) -> None:
    context = build_sensor_context(repository_name="shop", **given)

    assert context.repository_name == "shop"


def test_a_context_without_a_time_says_so() -> None:
    with pytest.raises(CheckError, match="scheduled_execution_time"):
        _ = build_schedule_context().scheduled_execution_time


@pytest.mark.parametrize("build", BUILDERS)
def test_merged_resources_are_in_another_context_over_the_same_instance(build: Any) -> None:
    context = build(resources={"a": 1, "b": 1})
    merged = context.merge_resources({"b": 2, "c": 3})

    assert (merged.resources.a, merged.resources.b, merged.resources.c) == (1, 2, 3)
    assert (context.resources.b, hasattr(context.resources, "c")) == (1, False)
    assert type(merged) is type(context)
    assert merged.instance is context.instance


@pytest.mark.parametrize("build", BUILDERS)
def test_only_a_mapping_is_merged(build: Any) -> None:
    with pytest.raises(ParameterCheckError, match="resources_dict of merge_resources"):
        build().merge_resources(["a"])


@pytest.mark.parametrize("build", BUILDERS)
def test_resources_are_set_up_once_and_torn_down_with_the_block(build: Any) -> None:
    said: list[str] = []

    @resource
    def door(context: Any) -> Any:
        said.append("open")
        yield "door"
        said.append("closed")

    context = build(resources={"door": door})
    with context as entered:
        assert (entered is context, said) == (True, [])
        assert context.resources.door is context.resources.door
        assert said == ["open"]

    assert said == ["open", "closed"]


def test_an_op_is_called_with_config_and_resources() -> None:
    class Database(ConfigurableResource):  # type: ignore[misc]
        url: str

    @op(config_schema={"limit": int}, required_resource_keys={"db"})
    def load(context: OpExecutionContext, factor: int) -> str:
        context.log.info("loading")
        return (
            f"{context.resources.db.url} {context.op_config['limit'] * factor} {context.run_id} {context.op_def.name}"
        )

    context = build_op_context(op_config={"limit": 3}, resources={"db": Database(url="lake")})

    assert load(context, 2) == "lake 6 EPHEMERAL load"
    assert context.get_logged_lines() == ["loading"]


def test_an_asset_knows_what_it_makes() -> None:
    @asset(key_prefix="clean")
    def orders(context: Any, raw: int) -> int:
        context.add_output_metadata({"rows": raw})
        context.log_event(AssetMaterialization("side"))
        return raw * len(context.asset_key.path)

    context = build_asset_context()

    assert orders(context, 3) == 6
    assert [AssetKey("side")] == [event.asset_key for event in context.get_events()]


def test_the_partition_is_what_the_test_says() -> None:
    assert (
        build_asset_context(partition_key="2024").partition_key,
        build_op_context(partition_key="2024").has_partition_key,
    ) == ("2024", True)
    with pytest.raises(CheckError, match="partition_key"):
        _ = build_op_context().partition_key


def test_run_tags_are_there() -> None:
    assert build_asset_context(run_tags={"a": "b"}).run.tags == {"a": "b"}
    assert build_op_context(run_tags={"a": "b"}).has_tag("a")


def test_resources_are_torn_down_when_the_context_is_left() -> None:
    said: list[str] = []

    @resource(config_schema={"url": str})
    def database(init: Any) -> Any:
        yield init.resource_config["url"]
        said.append("closed")

    with build_op_context({"db": database}, resources_config={"db": {"config": {"url": "x"}}}) as context:
        assert context.resources.db == "x"

    assert said == ["closed"]


def test_a_missing_resource_is_named() -> None:
    @op(required_resource_keys={"db"})
    def load(context: OpExecutionContext) -> None: ...

    with pytest.raises(DagsterInvalidDefinitionError, match="'db'"):
        load(build_op_context())


def test_the_instance_of_a_direct_context_is_empty_or_given() -> None:
    with build_op_context() as context:
        assert context.instance.get_runs() == []
    with DagsterInstance.ephemeral() as instance:
        assert instance is build_asset_context(instance=instance).instance
