"""Partitions of assets, and whether they fit each other."""

from typing import Any

import pytest

from watchbell.declare.assets.asset import asset
from watchbell.declare.assets.asset_graph import AssetGraph
from watchbell.declare.assets.asset_in import AssetIn
from watchbell.declare.assets.asset_out import AssetOut
from watchbell.declare.assets.asset_partitions import check_same_partitions, looks_back
from watchbell.declare.assets.asset_spec import AssetDep, AssetSpec
from watchbell.declare.assets.assets_definition import AssetsDefinition
from watchbell.declare.assets.graph_asset import graph_asset, graph_multi_asset
from watchbell.declare.assets.load_assets import load_assets_from_modules
from watchbell.declare.assets.multi_asset import multi_asset
from watchbell.declare.assets.observable import observable_source_asset
from watchbell.declare.collect import Definitions
from watchbell.declare.graphs.op import op
from watchbell.declare.partitions.backfill_policy import BackfillPolicy
from watchbell.declare.partitions.named_windows import DailyPartitionsDefinition
from watchbell.declare.partitions.plain_mapping import AllPartitionMapping
from watchbell.declare.partitions.static import StaticPartitionsDefinition
from watchbell.declare.partitions.time_mapping import TimeWindowPartitionMapping
from watchbell.execute.materialize import materialize
from watchbell.ground.errors import CheckError, DagsterInvalidDefinitionError, ParameterCheckError
from watchbell.record.data_version import DataVersion
from watchbell.record.keys import AssetKey

LETTERS, DAYS = StaticPartitionsDefinition(["a", "b"]), DailyPartitionsDefinition("2024-01-01")
EVERYTHING = AllPartitionMapping()
A, B = AssetKey("a"), AssetKey("b")


@op
def number(a: int) -> int:
    return a


def of_asset(**given: Any) -> AssetsDefinition:
    @asset(ins={"a": AssetIn(partition_mapping=EVERYTHING)}, **given)
    def b(a: int) -> int:
        return a

    return b


def of_multi_asset(**given: Any) -> AssetsDefinition:
    @multi_asset(outs={"b": AssetOut()}, ins={"a": AssetIn(partition_mapping=EVERYTHING)}, **given)
    def both(a: int) -> int:
        return a

    return both


def of_graph_asset(**given: Any) -> AssetsDefinition:
    @graph_asset(ins={"a": AssetIn(partition_mapping=EVERYTHING)}, **given)
    def b(a: Any) -> Any:
        return number(a)

    return b


def of_graph_multi_asset(**given: Any) -> AssetsDefinition:
    @graph_multi_asset(outs={"b": AssetOut()}, ins={"a": AssetIn(partition_mapping=EVERYTHING)}, **given)
    def both(a: Any) -> Any:
        return {"b": number(a)}

    return both


def of_op(**given: Any) -> AssetsDefinition:
    names = {"keys_by_input_name": {"a": A}, "keys_by_output_name": {"result": B}}
    return AssetsDefinition.from_op(number, partition_mappings={"a": EVERYTHING}, **names, **given)


@pytest.mark.parametrize("make", [of_asset, of_multi_asset, of_graph_asset, of_graph_multi_asset, of_op])
def test_every_way_to_define_assets_takes_partitions(make: Any) -> None:
    made = make(partitions_def=DAYS, backfill_policy=BackfillPolicy.single_run())

    assert DAYS == made.partitions_def == made.specs_by_key[B].partitions_def
    assert made.get_partition_mapping(A) == EVERYTHING
    assert BackfillPolicy.single_run() == made.backfill_policy
    graph = AssetGraph.of([made, AssetSpec("a", partitions_def=LETTERS)])
    assert (graph.partitions_def_of(B), graph.partitions_def_of(A)) == (DAYS, LETTERS)
    assert graph.partition_mapping_of(B, A) == EVERYTHING
    assert (BackfillPolicy.single_run(), None) == (graph.backfill_policy_of(B), graph.backfill_policy_of(A))


def test_partitions_stay_when_assets_are_changed() -> None:
    moved = of_asset(partitions_def=DAYS).with_attributes(
        asset_key_replacements={A: AssetKey("c")}, backfill_policy=BackfillPolicy.multi_run(2)
    )
    grouped = moved.map_asset_specs(lambda spec: spec.replace_attributes(group_name="x"))

    assert grouped.get_partition_mapping(AssetKey("c")) == EVERYTHING
    assert (DAYS, BackfillPolicy.multi_run(2)) == (grouped.partitions_def, grouped.backfill_policy)
    assert moved.to_source_asset().partitions_def == DAYS


def test_assets_made_elsewhere_have_partitions() -> None:
    @observable_source_asset(partitions_def=LETTERS)
    def raw() -> DataVersion:
        return DataVersion("1")

    assert raw.partitions_def == LETTERS


def test_a_mapping_said_twice_is_refused() -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match="in ins= with a partition_mapping and in deps= too"):
        of_asset(partitions_def=DAYS, deps=[AssetDep("a")])


def test_assets_made_together_have_the_same_partitions() -> None:
    specs = [AssetSpec("a", partitions_def=DAYS), AssetSpec("b", partitions_def=LETTERS)]

    with pytest.raises(DagsterInvalidDefinitionError, match="write can_subset=True"):
        multi_asset(specs=specs, name="together")(lambda: None)
    apart = multi_asset(specs=specs, name="apart", can_subset=True)(lambda: None)
    with pytest.raises(CheckError, match="ask the spec of each"):
        _ = apart.partitions_def
    with pytest.raises(CheckError, match="give it to the whole, or to every spec"):
        multi_asset(specs=specs, name="apart", partitions_def=DAYS)(lambda: None)


def test_assets_made_together_take_the_same_partitions_of_what_both_are_made_from() -> None:
    before, both = TimeWindowPartitionMapping(-1, -1), TimeWindowPartitionMapping(-1, 0)

    def together(one: TimeWindowPartitionMapping, other: TimeWindowPartitionMapping | None) -> AssetsDefinition:
        specs = [
            AssetSpec("x", deps=[AssetDep("up", partition_mapping=one)]),
            AssetSpec("y", deps=[AssetDep("up", partition_mapping=other)]),
        ]
        return multi_asset(name="xy", specs=specs, partitions_def=DAYS)(lambda: None)

    assert [AssetKey("x"), AssetKey("y")] == sorted(together(before, before).keys)
    assert [AssetKey("x"), AssetKey("y")] == sorted(together(before, None).keys)
    with pytest.raises(DagsterInvalidDefinitionError, match=r"'xy'.* different partitions of 'up'.*'x' says.*'y' says"):
        together(before, both)


def test_several_runs_for_a_backfill_need_partitions() -> None:
    with pytest.raises(ParameterCheckError, match="has no partitions, so a backfill is one run"):
        of_asset(backfill_policy=BackfillPolicy.multi_run(3))
    assert BackfillPolicy.single_run() == of_asset(backfill_policy=BackfillPolicy.single_run()).backfill_policy


@pytest.mark.parametrize(
    ("mapping", "partitions", "expected"),
    [
        (TimeWindowPartitionMapping(start_offset=-1, end_offset=-1), DAYS, True),
        (TimeWindowPartitionMapping(start_offset=-7, end_offset=-2), DAYS, True),
        (TimeWindowPartitionMapping(start_offset=-1), DAYS, False),
        (TimeWindowPartitionMapping(), DAYS, False),
        (EVERYTHING, LETTERS, False),
        (None, DAYS, False),
    ],
)
def test_an_asset_is_made_from_itself_only_by_looking_back(mapping: Any, partitions: Any, expected: bool) -> None:
    assert expected == looks_back(mapping, partitions)


def test_an_asset_made_from_itself_is_refused_where_it_is_defined() -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match="the asset 'own' depends on itself"):
        asset(name="own", ins={"own": AssetIn()})(lambda own: own)
    earlier = AssetIn(partition_mapping=TimeWindowPartitionMapping(start_offset=-1, end_offset=-1))
    made = asset(name="own", ins={"own": earlier}, partitions_def=DAYS)(lambda own: own)

    assert {AssetKey("own")} == AssetGraph.of([made]).all_keys


def test_the_assets_of_a_job_have_the_same_partitions() -> None:
    days, letters, plain = AssetSpec("d", partitions_def=DAYS), AssetSpec("l", partitions_def=LETTERS), AssetSpec("p")

    assert check_same_partitions([plain, days], None, "job 'j'") == DAYS
    assert check_same_partitions([plain], DAYS, "job 'j'") is None
    with pytest.raises(DagsterInvalidDefinitionError, match="job 'j' selects assets with different partitions: 'd'"):
        check_same_partitions([days, letters], None, "job 'j'")


def test_policies_of_loaded_assets_can_be_replaced() -> None:
    namespace = type(pytest)("assets_of_a_module")
    namespace.b = of_asset(partitions_def=DAYS)  # type: ignore[attr-defined]

    [loaded] = load_assets_from_modules([namespace], backfill_policy=BackfillPolicy.multi_run(4))

    assert isinstance(loaded, AssetsDefinition)
    assert BackfillPolicy.multi_run(4) == loaded.backfill_policy


def test_a_mapping_that_does_not_fit_is_refused_when_definitions_are_validated() -> None:
    @asset(partitions_def=LETTERS)
    def a() -> None: ...

    @asset(partitions_def=LETTERS, deps=[AssetDep("a", partition_mapping=TimeWindowPartitionMapping())])
    def b() -> None: ...

    with pytest.raises(
        DagsterInvalidDefinitionError, match="partition_mapping of the asset 'b' does not fit the asset"
    ):
        Definitions.validate_loadable(Definitions(assets=[a, b]))


def test_partitions_between_which_no_mapping_is_found_are_refused_when_definitions_are_validated() -> None:
    @asset(partitions_def=LETTERS)
    def a() -> None: ...

    @asset(partitions_def=DAYS, deps=[a])
    def b() -> None: ...

    definitions = Definitions(assets=[a, b])
    with pytest.raises(
        DagsterInvalidDefinitionError, match="partitions_def of the asset 'b' does not fit the asset 'a'"
    ):
        Definitions.validate_loadable(definitions)


@pytest.mark.parametrize("upstream", [AssetSpec("a"), AssetSpec("a", partitions_def=LETTERS)])
def test_a_mapping_to_what_has_no_partitions_or_is_made_elsewhere_is_not_checked(upstream: AssetSpec) -> None:
    @asset(partitions_def=DAYS, deps=[AssetDep("a", partition_mapping=TimeWindowPartitionMapping())])
    def b() -> None: ...

    Definitions.validate_loadable(Definitions(assets=[upstream, b]))

    assert materialize([b, upstream], selection=[b], partition_key="2024-01-02").success


@pytest.mark.parametrize("make", [of_asset, of_multi_asset, of_graph_asset, of_graph_multi_asset, of_op])
def test_what_is_no_definition_is_refused(make: Any) -> None:
    with pytest.raises(ParameterCheckError, match="partitions_def of .* is a PartitionsDefinition, not 1"):
        make(partitions_def=1)
    with pytest.raises(ParameterCheckError, match="backfill_policy of .* is a BackfillPolicy, not 1"):
        make(backfill_policy=1)
