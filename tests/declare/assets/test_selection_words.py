"""Selections written as text: what is written is read back, and means the same."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchbell import AssetKey, AssetSelection, AssetSpec, asset
from watchbell.declare.assets.asset_graph import AssetGraph

NAMES = ("a", "b", "c", "d", "e")
S = AssetSelection


def graph() -> AssetGraph:
    def made(name: str, deps: list[str], group: str, **more: object) -> Any:
        return asset(name=name, deps=deps, group_name=group, **more)(lambda: None)  # type: ignore[call-overload]

    return AssetGraph.of(
        [
            made("a", [], "g", tags={"k": "v"}),
            made("b", ["a"], "h", kinds={"python"}),
            made("c", ["a", "out"], "g", tags={"k": ""}),
            made("d", ["b", "c"], "h", owners=["team:x"]),
            made("e", ["d"], "g"),
            AssetSpec("out"),
        ]
    )


GRAPH = graph()
PLAIN = st.one_of(
    st.just(S.all()),
    st.lists(st.sampled_from(NAMES), min_size=1, max_size=3).map(lambda names: S.keys(*names)),
    st.lists(st.sampled_from(["g", "h"]), min_size=1, max_size=2).map(lambda names: S.groups(*names)),
    st.sampled_from([S.tag("k", "v"), S.tag("k", ""), S.kind("python"), S.kind(None)]),
    st.sampled_from([S.owner("team:x"), S.owner(None)]),
    st.sampled_from(["a", "e", "ou"]).map(S.key_substring),
)
DEPTHS = st.one_of(st.none(), st.integers(0, 3))


def larger(part: st.SearchStrategy[AssetSelection]) -> st.SearchStrategy[AssetSelection]:
    return st.one_of(
        st.builds(lambda one, other: one | other, part, part),
        st.builds(lambda one, other: one & other, part, part),
        st.builds(lambda one, other: one - other, part, part),
        st.builds(lambda one: S.all() - one, part),
        st.builds(lambda one, depth, own: one.upstream(depth, own), part, DEPTHS, st.booleans()),
        st.builds(lambda one, depth, own: one.downstream(depth, own), part, DEPTHS, st.booleans()),
        st.builds(lambda one: one.roots(), part),
        st.builds(lambda one: one.sinks(), part),
    )


@given(st.recursive(PLAIN, larger, max_leaves=6))
def test_what_is_written_means_the_same_when_it_is_read(selection: AssetSelection) -> None:
    read = S.from_string(selection.to_selection_str())

    assert selection.resolve(GRAPH) == read.resolve(GRAPH)


@pytest.mark.parametrize(
    ("selection", "text"),
    [
        (S.all() - S.keys("a", "b"), 'not (key:"a" or key:"b")'),
        (S.keys("a").upstream().downstream(), '(+key:"a")+'),
        (S.from_string("*a"), '+key:"a"'),
        (S.keys("a").upstream(1, include_self=False) | "b", '(1+key:"a" and not key:"a") or key:"b"'),
        (S.key_substring("ord"), 'key_substring:"ord"'),
    ],
)
def test_selections_are_written_so_that_they_can_be_read(selection: AssetSelection, text: str) -> None:
    assert text == selection.to_selection_str() == str(selection)


@pytest.mark.parametrize(
    "selection",
    [S.key_prefixes("p"), S.all().materializable(), S.all_asset_checks(), S.keys("a").without_checks(), S.keys('a"b')],
)
def test_what_cannot_be_written_is_refused_and_shown_as_code(selection: AssetSelection) -> None:
    with pytest.raises(NotImplementedError, match="cannot be written as text"):
        selection.to_selection_str()
    assert str(selection) == repr(selection)


def test_part_of_a_key_is_read() -> None:
    assert {AssetKey("e")} == S.from_string('key_substring:"e"').resolve(GRAPH)
