"""Which steps make a selection of assets, where a function makes several of them."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchbell import (
    AssetKey,
    AssetOut,
    AssetsDefinition,
    AssetSpec,
    MaterializeResult,
    Output,
    asset,
    define_asset_job,
    materialize,
    multi_asset,
)
from watchbell.declare.assets.asset_graph import AssetGraph
from watchbell.ground.errors import DagsterInvalidDefinitionError, DagsterInvalidSubsetError


def several(name: str, can_subset: bool = True, **deps: list[str]) -> AssetsDefinition:
    """A function that makes what is selected of ``deps``: key -> what it is made from."""

    @multi_asset(name=name, specs=[AssetSpec(key, deps=deps[key]) for key in deps], can_subset=can_subset)
    def make(context: Any) -> Iterator[MaterializeResult[Any]]:
        for key in sorted(context.selected_asset_keys):
            yield MaterializeResult(asset_key=key)

    return make


def single(name: str, *deps: str) -> AssetsDefinition:
    return asset(name=name, deps=deps)(lambda: None)


def made(assets: list[AssetsDefinition], selection: Any = None) -> list[tuple[str | None, str]]:
    """(step, asset) of each materialization, in order."""
    events = materialize(assets, selection=selection).get_asset_materialization_events()
    return [(event.step_key, event.asset_key.to_user_string()) for event in events if event.asset_key is not None]


def _all_upstream(upstream: Mapping[str, tuple[str, ...]], path: str) -> set[str]:
    found: set[str] = set()
    edge = [path]
    while edge:
        for each in upstream[edge.pop()]:
            if each not in found:
                found.add(each)
                edge.append(each)
    return found


def test_a_function_runs_in_pieces_around_an_asset_of_another() -> None:
    assets = [several("m", a=[], c=["b"], d=["a"]), single("b", "a")]

    assert made(assets) == [("m", "a"), ("m", "d"), ("b", "b"), ("m_2", "c")]


def test_it_runs_as_often_as_it_must_and_no_oftener() -> None:
    assets = [several("m", a=[], c=["b"], e=["d"], f=[]), single("b", "a"), single("d", "c")]

    assert made(assets) == [("m", "a"), ("m", "f"), ("b", "b"), ("m_2", "c"), ("d", "d"), ("m_3", "e")]
    assert made(assets, ["a", "c", "e"]) == [("m", "a"), ("m", "c"), ("m", "e")]
    assert made(assets, ["b", "c", "d", "e"]) == [("b", "b"), ("m", "c"), ("d", "d"), ("m_2", "e")]


def test_of_two_that_need_each_other_one_is_split() -> None:
    splits, whole = several("m", a=[], c=["d"]), several("n", can_subset=False, d=[], b=["a"])

    assert made([splits, whole]) == [("m", "a"), ("n", "b"), ("n", "d"), ("m_2", "c")]


def test_one_that_cannot_be_split_is_told() -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match=r"in a circle: 'm' needs b; 'b' needs a.*can_subset=True"):
        made([several("m", can_subset=False, a=[], c=["b"]), single("b", "a")])


def test_a_part_of_one_that_cannot_be_split_is_refused() -> None:
    whole = several("m", can_subset=False, a=[], c=[])

    with pytest.raises(DagsterInvalidDefinitionError, match="makes a only together with c, which is not selected"):
        made([whole], "a")
    job = define_asset_job("j").resolve(AssetGraph.of([whole]))
    with pytest.raises(DagsterInvalidSubsetError, match="required_multi_asset_neighbors"):
        job.get_subset(asset_selection=[AssetKey("a")])


def test_a_job_cut_down_again_is_put_together_anew() -> None:
    job = define_asset_job("j").resolve(AssetGraph.of([several("m", a=[], c=["b"]), single("b", "a")]))

    part = job.get_subset(asset_selection=[AssetKey("a"), AssetKey("c")])

    assert list(job.flat.nodes) == ["m", "b", "m_2"]
    assert list(part.flat.nodes) == ["m"]
    assert part.asset_layer.executable_keys == {AssetKey("a"), AssetKey("c")}
    assert list(part.get_subset(asset_selection=[AssetKey("c")]).asset_layer.executable_keys) == [AssetKey("c")]


def test_a_value_that_only_another_part_needs_orders_nothing() -> None:
    @asset
    def up() -> int:
        return 1

    @multi_asset(
        outs={"a": AssetOut(is_required=False), "b": AssetOut(is_required=False)},
        internal_asset_deps={"a": set(), "b": {AssetKey("up")}},
        deps=["up"],
        can_subset=True,
    )
    def both(context):  # type: ignore[no-untyped-def]
        for name in sorted(context.selected_output_names):
            yield Output(name, name)

    graph = AssetGraph.of([both, up])
    job = define_asset_job("j", selection=["a", "up"]).resolve(graph)
    whole = define_asset_job("w").resolve(graph)

    assert job.flat.upstream["both"] == ()
    assert whole.flat.upstream["both"] == ("up",)


@given(st.data())
def test_any_graph_of_splittable_functions_runs_in_order(data: st.DataObject) -> None:
    """Whatever is made from what, no step comes before one it needs, and each asset is made once."""
    count = data.draw(st.integers(1, 9))
    names = [f"k{number}" for number in range(count)]
    owner = {name: data.draw(st.sampled_from("mnop")) for name in names}
    deps = {name: data.draw(st.sets(st.sampled_from(names[:at]))) if at else set() for at, name in enumerate(names)}
    owned = {each: {name: sorted(deps[name]) for name in names if owner[name] == each} for each in "mnop"}
    assets = [several(each, **specs) for each, specs in owned.items() if specs]
    selected = data.draw(st.sets(st.sampled_from(names), min_size=1))

    job = define_asset_job("j", selection=sorted(selected)).resolve(AssetGraph.of(assets))

    step_of = {key.to_user_string(): path for (path, _), key in job.asset_layer.keys_by_output.items()}
    place = {path: at for at, path in enumerate(job.flat.order)}
    assert set(step_of) == selected
    for name in selected:
        for dep in deps[name] & selected:
            before, after = step_of[dep], step_of[name]
            assert before == after or place[before] < place[after]
            assert before == after or before in _all_upstream(job.flat.upstream, after)


def test_many_definitions_around_one_that_is_split_cost_no_more_each(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = 0
    upstream_of = AssetGraph.upstream_of

    def counted(graph: AssetGraph, key: AssetKey) -> Any:
        nonlocal looks
        looks += 1
        return upstream_of(graph, key)

    def looks_for(count: int) -> int:
        nonlocal looks
        chain = [single(f"a{number}", f"a{number - 1}" if number else "x") for number in range(count)]
        graph = AssetGraph.of([*chain, several("m", x=[], y=["a3"])])
        looks = 0
        define_asset_job("j").resolve(graph)
        return looks

    monkeypatch.setattr(AssetGraph, "upstream_of", counted)

    assert 0 < looks_for(500) < 15 * looks_for(50)
