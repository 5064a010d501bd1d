from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchbell import AssetGraph, AssetKey, AssetSelection, AssetSpec, asset
from watchbell.declare.assets.selection import selection_of
from watchbell.ground.errors import DagsterInvalidAssetSelectionError, DagsterInvalidSubsetError, ParameterCheckError


@asset(group_name="g1")
def a() -> int:
    return 1


@asset(group_name="g1", tags={"tier": "gold"})
def b(a: int) -> int:
    return a


@asset(key_prefix="p", kinds={"python"}, owners=["team:x"], deps=[b])
def c() -> None: ...


@asset(deps=[["p", "c"], "ext"])
def d() -> None: ...


GRAPH = AssetGraph.of([a, b, c, d])


def names(selection: Any) -> str:
    return " ".join(sorted(key.to_user_string() for key in selection_of(selection).resolve(GRAPH)))


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (AssetSelection.all(), "a b d p/c"),
        (AssetSelection.all(include_sources=True), "a b d ext p/c"),
        (AssetSelection.assets(a, "b", ["p", "c"], AssetSpec("d")), "a b d p/c"),
        (AssetSelection.assets("ext"), "ext"),
        (AssetSelection.keys("p/c", AssetKey("a")), "a p/c"),
        (AssetSelection.groups("g1"), "a b"),
        (AssetSelection.groups("default", include_sources=True), "d ext p/c"),
        (AssetSelection.groups("nobody"), ""),
        (AssetSelection.tag("tier", "gold"), "b"),
        (AssetSelection.tag_string("tier=gold"), "b"),
        (AssetSelection.kind("python"), "p/c"),
        (AssetSelection.kind(None), "a b d"),
        (AssetSelection.owner("team:x"), "p/c"),
        (AssetSelection.owner(None), "a b d"),
        (AssetSelection.key_prefixes("p"), "p/c"),
        (AssetSelection.key_prefixes(["p", "c"]), "p/c"),
        (AssetSelection.key_substring("c"), "p/c"),
        (AssetSelection.assets(d).upstream(), "a b d p/c"),
        (AssetSelection.assets(d).upstream(depth=1), "d p/c"),
        (AssetSelection.assets(d).upstream(include_self=False), "a b p/c"),
        (AssetSelection.assets(a).downstream(depth=1), "a b"),
        (AssetSelection.assets(a).downstream(include_self=False), "b d p/c"),
        (AssetSelection.assets(d).upstream_source_assets(), "ext"),
        (AssetSelection.all(include_sources=True).materializable(), "a b d p/c"),
        (AssetSelection.all().roots(), "a"),
        (AssetSelection.assets(c, d).roots(), "p/c"),
        (AssetSelection.assets(a, b).sinks(), "b"),
        (AssetSelection.all() - AssetSelection.assets(a), "b d p/c"),
        (AssetSelection.groups("g1") & AssetSelection.assets(b, c), "b"),
        (AssetSelection.assets(a) | "d", "a d"),
        (["a", "b*"], "a b d p/c"),
        ([a, ["p", "c"]], "a p/c"),
        (a, "a"),
        ([], ""),
    ],
)
def test_a_selection_means_these_assets(selection: Any, expected: str) -> None:
    assert expected == names(selection)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", "a"),
        ("*", "a b d p/c"),
        ("a*", "a b d p/c"),
        ("*b", "a b"),
        ("a+", "a b"),
        ("++d", "b d p/c"),
        ("+b+", "a b p/c"),
        ("*b*", "a b d p/c"),
        ("*p/c", "a b p/c"),
        ("p/c", "p/c"),
        ("group:g1", "a b"),
        ('group:"g1"', "a b"),
        ("group:g*", "a b"),
        ('key:"a"', "a"),
        ("key:p/*", "p/c"),
        ('key:"nobody"', ""),
        ('key:"*"', "a b d ext p/c"),
        ("tag:tier=gold", "b"),
        ('tag:"tier"="gold"', "b"),
        ("tag:tier", ""),
        ("kind:python", "p/c"),
        ("kind:<null>", "a b d"),
        ('owner:"team:x"', "p/c"),
        ("roots(*)", "a"),
        ("sinks(group:g1)", "b"),
        ('key:"a"+', "a b d p/c"),
        ('key:"a"+1', "a b"),
        ('1+key:"d"', "d p/c"),
        ('+key:"d" and not key:"d"', "a b p/c"),
        ('key:"b" and tag:tier=gold or kind:python', "b p/c"),
        ('not (key:"a" or key:"b")', "d p/c"),
        ('  key:"a"  OR  key:"b" ', "a b"),
    ],
)
def test_a_text_means_these_assets(text: str, expected: str) -> None:
    assert expected == names(text)


@pytest.mark.parametrize(
    "text",
    ["", "  ", "a or b", "a b", "group:", "(", "key:a)", "roots(", "2key:a", "status:x", "a, b", "and key", "key:a=b"],
)
def test_a_text_that_means_nothing_is_refused(text: str) -> None:
    with pytest.raises(DagsterInvalidAssetSelectionError):
        AssetSelection.from_string(text)


def test_a_bare_name_in_an_expression_is_answered_with_its_spelling() -> None:
    with pytest.raises(DagsterInvalidAssetSelectionError, match="found 'b' at character 6 .* key:\"b\""):
        AssetSelection.from_string("a or b".replace("a", "*"))


def test_an_unknown_attribute_is_answered_with_the_nearest() -> None:
    with pytest.raises(DagsterInvalidAssetSelectionError, match="by 'grup' here; did you mean 'group'"):
        AssetSelection.from_string("grup:x")


def test_deep_nesting_is_refused_without_exhausting_the_stack() -> None:
    with pytest.raises(DagsterInvalidAssetSelectionError, match="nested deeper"):
        AssetSelection.from_string("(" * 5_000 + "key:a" + ")" * 5_000)


@given(st.text(alphabet='ab*+()":/=.<>01 andortkeyg', max_size=30))
def test_any_text_is_a_selection_or_refused(text: str) -> None:
    try:
        selection = AssetSelection.from_string(text)
    except DagsterInvalidAssetSelectionError:
        return

    selection.resolve(GRAPH, allow_missing=True)


def test_an_unknown_key_is_refused_with_the_nearest() -> None:
    graph = AssetGraph.of([asset(name="orders")(lambda: 1)])

    with pytest.raises(DagsterInvalidSubsetError, match="no asset 'ordrs' is defined here; did you mean 'orders'"):
        AssetSelection.assets("ordrs").resolve(graph)
    assert set() == AssetSelection.assets("ordrs").resolve(graph, allow_missing=True)


def test_what_selects_no_assets_is_refused() -> None:
    with pytest.raises(ParameterCheckError, match="5 selects no assets"):
        AssetSelection.from_coercible(5)  # type: ignore[arg-type]


@st.composite
def graphs(draw: st.DrawFn) -> AssetGraph:
    count = draw(st.integers(1, 8))
    deps = [draw(st.sets(st.integers(0, max(0, each - 1)), max_size=3)) if each else set() for each in range(count)]
    return AssetGraph.of(
        [asset(name=f"n{each}", deps=[f"n{dep}" for dep in sorted(deps[each])])(lambda: 1) for each in range(count)]
    )


@given(graphs(), st.integers(0, 4))
def test_walks_agree_with_repeated_single_steps(graph: AssetGraph, depth: int) -> None:
    for key in graph.specs:
        expected = {key}
        for _ in range(depth):
            expected |= {up for each in expected for up in graph.upstream_of(each)}

        assert expected == AssetSelection.assets(key).upstream(depth).resolve(graph)


@given(graphs())
def test_downstream_is_the_inverse_of_upstream(graph: AssetGraph) -> None:
    ups = {(key, up) for key in graph.specs for up in AssetSelection.assets(key).upstream().resolve(graph)}
    downs = {(down, key) for key in graph.specs for down in AssetSelection.assets(key).downstream().resolve(graph)}

    assert ups == downs


def test_a_selection_is_resolved_over_the_assets_themselves() -> None:
    selection = AssetSelection.assets("a").downstream()

    assert {AssetKey("a"), AssetKey("b"), AssetKey("d"), AssetKey(["p", "c"])} == selection.resolve([a, b, c, d])


def test_text_that_names_an_asset_is_split_at_slashes() -> None:
    assert {AssetKey(["p", "c"])} == AssetSelection.assets("p/c").resolve(GRAPH)
