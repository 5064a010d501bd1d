import pytest

from tests.automate.conditions.hand_world import key_of, plan
from watchbell.automate.conditions.entity_graph import EntityGraph, keeps_numbers, plans_of
from watchbell.declare.assets.asset_graph import AssetGraph
from watchbell.declare.assets.asset_spec import AssetDep, AssetSpec
from watchbell.declare.assets.multi_asset import multi_asset
from watchbell.declare.assets.selection import AssetSelection
from watchbell.declare.checks.asset_check_spec import AssetCheckSpec
from watchbell.declare.conditions.condition import AutomationCondition
from watchbell.declare.partitions.named_windows import DailyPartitionsDefinition, HourlyPartitionsDefinition
from watchbell.declare.partitions.plain_mapping import AllPartitionMapping, IdentityPartitionMapping
from watchbell.declare.partitions.static import StaticPartitionsDefinition
from watchbell.declare.partitions.time_mapping import TimeWindowPartitionMapping
from watchbell.ground.errors import DagsterInvalidDefinitionError
from watchbell.record.asset_check import AssetCheckKey
from watchbell.record.keys import AssetKey

LETTERS = StaticPartitionsDefinition(["a", "b"])
DAYS = DailyPartitionsDefinition("2026-01-01")


def names(graph: EntityGraph) -> list[str]:
    """All entities by name, in their order."""
    return [each.key.to_user_string() for each in graph.entities]


def test_entities_stand_after_what_they_are_made_from_whatever_the_order_of_their_plans() -> None:
    graph = EntityGraph([plan("c", deps=["b", "a"]), plan("b", deps=["a"]), plan("a")])

    assert names(graph) == ["a", "b", "c"]
    assert [each.number for each in graph.entities] == [0, 1, 2]


def test_what_is_depended_on_and_not_known_is_something_nobody_makes() -> None:
    graph = EntityGraph([plan("b", deps=["a"])])

    unknown = graph.entity(key_of("a"))

    assert (unknown.is_executable, unknown.job_name) == (False, None)
    assert [link.downstream.key for link in unknown.downstream] == [key_of("b")]


def test_what_is_made_together_stands_together_after_all_it_is_made_from() -> None:
    both = (key_of("m"), key_of("n"))
    graph = EntityGraph(
        [plan("m", together=both), plan("x", deps=["m"]), plan("late"), plan("n", deps=["late"], together=both)]
    )

    assert names(graph) == ["late", "m", "n", "x"]
    assert [each.key for each in graph.entity(key_of("m")).together] == [key_of("n")]


def test_what_is_made_together_may_be_made_from_each_other() -> None:
    both = (key_of("m"), key_of("n"))
    graph = EntityGraph([plan("m", deps=["n"], together=both), plan("n", together=both)])

    assert names(graph) == ["n", "m"]


def test_a_check_stands_right_after_what_it_looks_at() -> None:
    graph = EntityGraph([plan("a"), plan("b", deps=["a"]), plan("a:k"), plan("b:later", deps=["a"])])

    assert names(graph) == ["a", "a:k", "b", "b:later"]
    assert [each.key for each in graph.entity(key_of("a")).checks] == [key_of("a:k")]


def test_a_deep_graph_needs_no_deep_stack() -> None:
    plans = [plan(f"a{number}", deps=[f"a{number + 1}"] if number < 3_000 else []) for number in range(3_001)]

    graph = EntityGraph(plans)

    assert names(graph)[0] == "a3000"


def test_a_circle_of_what_is_made_together_ends() -> None:
    first, second = (key_of("a"), key_of("b")), (key_of("c"), key_of("d"))
    graph = EntityGraph(
        [
            plan("a", together=first),
            plan("b", deps=["c"], together=first),
            plan("c", together=second),
            plan("d", deps=["a"], together=second),
        ]
    )

    assert sorted(names(graph)) == ["a", "b", "c", "d"]


def test_a_link_needs_no_mapping_where_numbers_are_kept() -> None:
    graph = EntityGraph(
        [
            plan("days", definition=DAYS),
            plan("same", deps=["days"], definition=DailyPartitionsDefinition("2026-01-01")),
            plan("shifted", deps=[("days", TimeWindowPartitionMapping(start_offset=-1))], definition=DAYS),
            plan("whole", deps=["days"]),
        ]
    )

    mappings = {key: graph.entity(key_of(key)).upstream[0].mapping for key in ("same", "shifted", "whole")}

    assert mappings["same"] is None
    assert isinstance(mappings["shifted"], TimeWindowPartitionMapping)
    assert isinstance(mappings["whole"], AllPartitionMapping)


@pytest.mark.parametrize(
    ("mapping", "lower", "upper", "expected"),
    [
        (IdentityPartitionMapping(), LETTERS, LETTERS, True),
        (IdentityPartitionMapping(), LETTERS, StaticPartitionsDefinition(["a", "c"]), False),
        (AllPartitionMapping(), LETTERS, LETTERS, False),
        (TimeWindowPartitionMapping(), DAYS, DailyPartitionsDefinition("2026-01-01"), True),
        (TimeWindowPartitionMapping(), DAYS, DailyPartitionsDefinition("2025-01-01"), False),
        (TimeWindowPartitionMapping(end_offset=1), DAYS, DAYS, False),
        (TimeWindowPartitionMapping(), DAYS, HourlyPartitionsDefinition("2026-01-01-00:00"), False),
        (AllPartitionMapping(), None, DAYS, False),
    ],
    ids=["letters", "others", "all", "days", "earlier", "shifted", "hours", "whole"],
)
def test_numbers_are_kept_by_the_same_keys_of_the_same_numbering(
    mapping: AllPartitionMapping, lower: object, upper: object, expected: bool
) -> None:
    assert keeps_numbers(mapping, lower, upper) is expected  # type: ignore[arg-type]


def test_all_is_taken_from_the_definitions_of_a_location() -> None:
    condition = AutomationCondition.eager()

    @multi_asset(
        specs=[
            AssetSpec("a", deps=["raw"], automation_condition=condition, code_version="2"),
            AssetSpec("b", deps=[AssetDep("raw")]),
        ],
        check_specs=[AssetCheckSpec("k", asset="a", blocking=True)],
    )
    def both() -> None: ...

    graph = EntityGraph.of(AssetGraph.of([both]), location_name="shop")

    a, check, raw = (graph.entity(key) for key in (AssetKey("a"), AssetCheckKey(AssetKey("a"), "k"), AssetKey("raw")))
    assert (a.condition, a.code_version, a.location_name) == (condition, "2", "shop")
    assert [each.key for each in a.together] == [AssetKey("b")]
    assert (a.is_executable, raw.is_executable, raw.job_name) == (True, False, None)
    assert (check.is_blocking, check.job_name) == (True, a.job_name)
    assert [link.upstream for link in check.upstream] == [a]


def test_what_another_location_says_of_an_asset_counts_unless_it_is_made_here() -> None:
    @multi_asset(specs=[AssetSpec("made", deps=["source"])])
    def make() -> None: ...

    others = [plan("made", location_name="there"), plan("source", definition=LETTERS, location_name="there")]
    graph = EntityGraph.of(AssetGraph.of([make]), others, "here")

    assert graph.entity(key_of("made")).location_name == "here"
    assert graph.entity(key_of("source")).definition == LETTERS
    assert len(plans_of(AssetGraph.of([make]))) == 2


def test_a_selection_is_resolved_among_the_assets_of_the_location() -> None:
    @multi_asset(specs=[AssetSpec("a", group_name="g"), AssetSpec("b")])
    def make() -> None: ...

    assets = AssetGraph.of([make])
    graph = EntityGraph.of(assets)

    assert graph.assets_in(AssetSelection.groups("g")) == {AssetKey("a")}
    assert graph.assets_in([AssetKey("b")]) == {AssetKey("b")}
    assert graph.checks_in(AssetSelection.groups("g")) == frozenset()


def test_a_name_that_is_not_there_is_told_with_the_nearest() -> None:
    graph = EntityGraph([plan("orders"), plan("orders:fresh")])

    with pytest.raises(DagsterInvalidDefinitionError, match=r"the check 'orders:fres'.*orders:fresh"):
        graph.entity(key_of("orders:fres"))
