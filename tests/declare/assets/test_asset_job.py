import pytest

from watchbell import (
    AssetGraph,
    AssetKey,
    AssetsDefinition,
    AssetSelection,
    AssetSpec,
    RetryPolicy,
    asset,
    define_asset_job,
)
from watchbell.declare.graphs.handles import OutputHandle
from watchbell.declare.resource import ResourceDefinition
from watchbell.ground.errors import DagsterInvalidDefinitionError, ParameterCheckError


@asset
def orders() -> int:
    return 1


@asset(deps=["log"])
def totals(orders: int) -> int:
    return orders


GRAPH = AssetGraph.of([totals, orders])


def test_an_asset_made_in_the_job_is_connected() -> None:
    job = define_asset_job("nightly").resolve(GRAPH)

    assert {("totals", "orders"): (OutputHandle("orders", "result"),)} == dict(job.graph.sources)
    assert list(job.graph.order) == ["orders", "totals"]
    assert {AssetKey("orders"), AssetKey("totals")} == job.asset_layer.executable_keys


def test_an_asset_not_made_in_the_job_is_loaded_by_its_io_manager() -> None:
    graph = AssetGraph.of([totals, AssetSpec("orders").with_io_manager_key("lake")])

    job = define_asset_job("nightly", resource_key_of(graph)).resolve(
        graph, {"lake": ResourceDefinition.hardcoded_resource(object())}
    )

    assert dict(job.graph.sources) == {}
    assert AssetKey("orders") == job.asset_layer.keys_by_input["totals", "orders"]
    assert job.asset_layer.load_of(AssetKey("orders")).io_manager_key == "lake"


def resource_key_of(graph: AssetGraph) -> AssetSelection:
    return AssetSelection.assets(*graph.materializable_keys)


def test_a_job_of_one_asset_leaves_the_others_out() -> None:
    job = define_asset_job("one", selection="totals").resolve(GRAPH)

    assert list(job.graph.nodes) == ["totals"]
    assert job.asset_layer.load_of(AssetKey("orders")).io_manager_key == "io_manager"


def test_what_is_said_of_the_job_goes_to_the_job() -> None:
    unresolved = define_asset_job(
        "nightly",
        description="All.",
        tags={"tier": 1},
        run_tags={"why": "night"},
        config={"ops": {}},
        metadata={"n": 1},
        op_retry_policy=RetryPolicy(max_retries=3),
        owners=["team:x"],
    )

    job = unresolved.resolve(GRAPH)

    assert (job.name, job.description, job.tags, job.run_tags) == ("nightly", "All.", {"tier": "1"}, {"why": "night"})
    assert RetryPolicy(max_retries=3) == job.op_retry_policy
    assert job.owners == ("team:x",)


def test_two_keys_whose_ops_are_called_alike_get_nodes_of_their_own() -> None:
    def make() -> None: ...

    first: AssetsDefinition = asset(key=["a", "b"])(make)
    second: AssetsDefinition = asset(name="a__b")(make)

    job = define_asset_job("both").resolve(AssetGraph.of([first, second]))

    assert {"a__b", "a__b_2"} == set(job.graph.nodes)


def test_an_unknown_asset_is_refused_with_the_job_and_the_nearest() -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match="asset job 'nightly': no asset 'ordrs'.*'orders'"):
        define_asset_job("nightly", selection=["ordrs"]).resolve(GRAPH)


def test_an_asset_that_nothing_here_makes_is_refused() -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match="selects 'log', which nothing here makes"):
        define_asset_job("nightly", selection=AssetSelection.assets("log")).resolve(GRAPH)


def test_a_missing_resource_is_named() -> None:
    def make() -> None: ...

    graph = AssetGraph.of([asset(name="a", required_resource_keys={"db"})(make)])

    with pytest.raises(DagsterInvalidDefinitionError, match="'db', which is not provided"):
        define_asset_job("nightly").resolve(graph)


def test_different_resources_of_one_key_brought_along_are_refused() -> None:
    def make() -> None: ...

    graph = AssetGraph.of(
        [asset(name=name, resource_defs={"db": object()}, required_resource_keys={"db"})(make) for name in ("a", "b")]
    )

    with pytest.raises(DagsterInvalidDefinitionError, match="different resources of the key 'db'"):
        define_asset_job("nightly").resolve(graph)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"name": "a b"}, DagsterInvalidDefinitionError),
        ({"name": "a", "partitions_def": object()}, ParameterCheckError),
        ({"name": "a", "hooks": {1}}, ParameterCheckError),
        ({"name": "a", "owners": ["x"]}, DagsterInvalidDefinitionError),
        ({"name": "a", "selection": 5}, ParameterCheckError),
        ({"name": "a", "op_retry_policy": 5}, ParameterCheckError),
        ({"name": "a", "executor_def": 5}, ParameterCheckError),
    ],
)
def test_mistakes_are_refused_when_the_job_is_defined(arguments: dict[str, object], error: type[Exception]) -> None:
    with pytest.raises(error):
        define_asset_job(**arguments)  # type: ignore[arg-type]
