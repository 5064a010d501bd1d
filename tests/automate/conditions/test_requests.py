"""What shares runs when conditions ask for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.simulation.condition_world import made
from watchbell import (
    AllPartitionMapping,
    AssetCheckKey,
    AssetCheckResult,
    AssetCheckSpec,
    AssetDep,
    AssetKey,
    AssetSpec,
    BackfillPolicy,
    DataVersion,
    Definitions,
    MultiPartitionsDefinition,
    RunRequest,
    StaticPartitionsDefinition,
    asset,
    asset_check,
    multi_asset,
    observable_source_asset,
)
from watchbell.automate.conditions.requests import RequestPlanner, Requests
from watchbell.automate.conditions.subset import Subset
from watchbell.declare.partitions.view import PartitionsView
from watchbell.record.ordinal_set import OrdinalSet

VIEW = PartitionsView(datetime(2026, 1, 1, tzinfo=UTC))
LETTERS = StaticPartitionsDefinition(["a", "b", "c", "d"])
DIGITS = StaticPartitionsDefinition(["1", "2"])
ALL = OrdinalSet(range(4))
SINGLE = BackfillPolicy.single_run()


def planned(
    assets: Sequence[Any], asked: Mapping[Any, Subset], checks: Sequence[Any] = (), most: int = 1_000
) -> Requests:
    graph = Definitions(assets=assets, asset_checks=checks).get_repository_def().asset_graph
    keys = {AssetKey(key) if isinstance(key, str) else key: subset for key, subset in asked.items()}
    return RequestPlanner(graph, "__ASSET_JOB").requests(keys, {"team": "x"}, VIEW, most)


def shown(request: RunRequest) -> str:
    keys = "+".join(sorted(key.to_user_string() for key in request.asset_selection or ()))
    checks = "".join(f"/{key.to_user_string()}" for key in request.asset_check_keys or ())
    window = request.partition_key_range
    partition = request.partition_key or (f"{window.start}..{window.end}" if window else "")
    return f"{keys}{checks}{f'[{partition}]' if partition else ''}"


def runs(assets: Sequence[Any], asked: Mapping[Any, Subset], checks: Sequence[Any] = ()) -> list[str]:
    return [shown(each) for each in planned(assets, asked, checks).run_requests]


def test_assets_without_partitions_share_a_run() -> None:
    assets = [made("a"), made("b", deps=["a"]), made("c")]

    assert runs(assets, {"c": True, "b": True, "a": True}) == ["a+b+c"]


def test_each_partition_has_a_run_of_all_that_are_asked_for_it() -> None:
    assets = [made("one", partitions_def=LETTERS), made("two", deps=["one"], partitions_def=LETTERS)]

    found = planned(assets, {"one": ALL, "two": OrdinalSet([1])})

    assert [shown(each) for each in found.run_requests] == ["one[a]", "one+two[b]", "one[c]", "one[d]"]
    assert found.run_requests[0].tags == {"team": "x", "dagster/partition": "a"}
    assert found.run_requests[0].job_name == "__ASSET_JOB"


def test_other_partitions_have_other_runs() -> None:
    assets = [made("one", partitions_def=LETTERS), made("two", partitions_def=DIGITS), made("three")]

    found = runs(assets, {"one": OrdinalSet([0]), "two": OrdinalSet([1]), "three": True})

    assert sorted(found) == ["one[a]", "three", "two[2]"]


def test_a_single_run_makes_ranges_without_gaps() -> None:
    assets = [made("one", partitions_def=LETTERS, backfill_policy=SINGLE)]

    assert runs(assets, {"one": OrdinalSet([0, 1, 3])}) == ["one[a..b]", "one[d..d]"]


def test_a_multi_run_makes_so_many_at_most() -> None:
    assets = [made("one", partitions_def=LETTERS, backfill_policy=BackfillPolicy.multi_run(3))]

    assert runs(assets, {"one": ALL}) == ["one[a..c]", "one[d..d]"]


def test_a_child_is_in_the_run_of_its_parent_whatever_their_policies() -> None:
    assets = [
        made("one", partitions_def=LETTERS),
        made("two", deps=["one"], partitions_def=LETTERS, backfill_policy=SINGLE),
        made("other", partitions_def=LETTERS, backfill_policy=SINGLE),
    ]

    found = runs(assets, {"one": OrdinalSet([0, 1]), "two": OrdinalSet([0, 1]), "other": OrdinalSet([0, 1])})

    assert sorted(found) == ["one+two[a]", "one+two[b]", "other[a..b]"]


def test_a_child_is_in_the_run_of_its_parent_whatever_else_it_is_made_from() -> None:
    assets = [
        made("a"),
        made("b", deps=["a"]),
        made("parts", deps=["a"], partitions_def=DIGITS),
        made("c", deps=["b", "parts"]),
    ]

    found = runs(assets, {"a": True, "b": True, "c": True, "parts": OrdinalSet([0])})

    assert found == ["a+b+c", "parts[1]"]


def test_parents_by_another_mapping_come_first() -> None:
    child = made("one", deps=[AssetDep("two", partition_mapping=AllPartitionMapping())], partitions_def=LETTERS)

    found = runs([child, made("two", partitions_def=LETTERS)], {"one": OrdinalSet([0]), "two": OrdinalSet([0])})

    assert found == ["two[a]", "one[a]"]


def test_what_is_made_together_joins() -> None:
    @multi_asset(specs=[AssetSpec("m"), AssetSpec("n")])
    def whole() -> None: ...

    @multi_asset(specs=[AssetSpec("o"), AssetSpec("p")], can_subset=True)
    def parts() -> None: ...

    assert runs([whole, parts], {"m": True, "o": True}) == ["m+n+o"]


def test_keys_of_two_dimensions_are_tags() -> None:
    definition = MultiPartitionsDefinition({"letter": LETTERS, "digit": DIGITS})
    found = planned([made("one", partitions_def=definition)], {"one": definition.ordinals(VIEW)})

    tags = found.run_requests[0].tags
    assert len(found.run_requests) == 8
    assert {"dagster/partition/letter", "dagster/partition/digit", "dagster/partition"} < tags.keys()


@asset_check(asset="a")
def fine() -> AssetCheckResult:
    return AssetCheckResult(passed=True)


@asset_check(asset="a", additional_deps=["b"])
def fits() -> AssetCheckResult:
    return AssetCheckResult(passed=True)


def test_a_check_whose_asset_is_made_comes_with_it() -> None:
    assert runs([made("a")], {"a": True, AssetCheckKey("a", "fine"): True}, [fine]) == ["a"]


def test_a_check_alone_makes_nothing() -> None:
    assert runs([made("a"), made("b")], {AssetCheckKey("a", "fine"): True}, [fine, fits]) == ["/a:fine"]


def test_a_check_is_in_the_run_of_what_it_looks_at() -> None:
    assert runs([made("a"), made("b")], {"b": True, AssetCheckKey("a", "fits"): True}, [fine, fits]) == ["b/a:fits"]


def test_a_check_of_an_assets_own_function_brings_the_asset() -> None:
    @asset(check_specs=[AssetCheckSpec("inner", asset="own")])
    def own() -> None: ...

    assert runs([own], {AssetCheckKey("own", "inner"): True}) == ["own"]


def test_sources_are_looked_at_by_themselves() -> None:
    @observable_source_asset
    def source() -> DataVersion:
        return DataVersion("1")

    assets = [source, made("child", deps=["source"]), made("other")]

    assert runs(assets, {"source": True, "other": True}) == ["source", "other"]
    assert runs(assets, {"source": True, "child": True}) == ["child+source"]


def test_too_many_runs_wait() -> None:
    assets = [made("one", partitions_def=LETTERS), made("two", partitions_def=LETTERS), made("whole")]

    first = planned(assets, {"one": ALL, "two": OrdinalSet([3]), "whole": True}, most=2)

    assert len(first.run_requests) == 2
    again = planned(assets, dict(first.left))
    assert sorted(map(shown, (*first.run_requests, *again.run_requests))) == [
        "one+two[d]", "one[a]", "one[b]", "one[c]", "whole",
    ]  # fmt: skip


POLICIES = [None, SINGLE, BackfillPolicy.multi_run(2)]


@st.composite
def questions(draw: Any) -> tuple[list[Any], dict[str, Subset]]:
    """Some assets made from earlier ones, and what is asked of each."""
    names = [f"x{number}" for number in range(draw(st.integers(1, 7)))]
    assets, asked = [], {}
    for place, name in enumerate(names):
        definition = draw(st.sampled_from([None, LETTERS, DIGITS]))
        deps = draw(st.lists(st.sampled_from(names[:place]), unique=True, max_size=3)) if place else []
        policy = draw(st.sampled_from(POLICIES)) if definition is not None else None
        assets.append(made(name, deps=deps, partitions_def=definition, backfill_policy=policy))
        size = 4 if definition is LETTERS else 2
        subset = OrdinalSet(draw(st.sets(st.integers(0, size - 1))))
        asked[name] = draw(st.booleans()) if definition is None else subset
    return assets, asked


def made_by(requests: Sequence[RunRequest], definitions: Mapping[AssetKey, Any]) -> list[tuple[AssetKey, int | None]]:
    found: list[tuple[AssetKey, int | None]] = []
    for request in requests:
        for key in request.asset_selection or ():
            definition, window = definitions[key], request.partition_key_range
            if definition is None:
                found.append((key, None))
            elif window is not None:
                found += [(key, ordinal) for ordinal in definition.range_ordinals(window, VIEW)]
            else:
                found.append((key, definition.ordinal_of(request.partition_key, VIEW)))
    return found


@given(questions(), st.integers(1, 20))
def test_everything_is_made_exactly_once(question: tuple[list[Any], dict[str, Subset]], most: int) -> None:
    assets, asked = question
    definitions = {each.key: each.partitions_def for each in assets}
    wanted: dict[Any, Subset] = {AssetKey(name): subset for name, subset in asked.items()}
    requests: list[RunRequest] = []
    while wanted and len(requests) < 200:
        found = planned(assets, wanted, most=most)
        assert len(found.run_requests) <= most
        requests += found.run_requests
        wanted = dict(found.left)

    expected = [
        (AssetKey(name), ordinal)
        for name, subset in asked.items()
        for ordinal in (subset if isinstance(subset, OrdinalSet) else [None] * bool(subset))
    ]
    made_now = made_by(requests, definitions)
    assert sorted(map(repr, expected)) == sorted(map(repr, made_now))


@given(questions())
def test_a_promise_is_kept(question: tuple[list[Any], dict[str, Subset]]) -> None:
    """Parent and child that are asked for by the same key are in one run."""
    assets, asked = question
    definitions = {each.key: each.partitions_def for each in assets}
    requests = planned(assets, asked).run_requests

    in_run = {
        (key, ordinal): number for number, each in enumerate(requests) for key, ordinal in made_by([each], definitions)
    }
    for child in assets:
        for dep in child.asset_deps[child.key]:
            for key, ordinal in in_run:
                if key == dep and definitions[dep] == definitions[child.key] and (child.key, ordinal) in in_run:
                    assert in_run[dep, ordinal] == in_run[child.key, ordinal]
