"""Random selections: as text and as objects they mean what plain sets of keys say."""

from collections.abc import Callable, Iterable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from watchbell import AssetKey, AssetOut, AssetSelection, AssetSpec, asset, multi_asset
from watchbell.declare.assets.asset_graph import AssetGraph
from watchbell.declare.assets.assets_definition import AssetsDefinition

# key -> (what it is made from, group, kind, tag, owner)
FACTS: dict[str, tuple[list[str], str, str | None, str, str | None]] = {
    "raw/orders": ([], "raw", "python", "gold", "team:data"),
    "raw/stock": ([], "raw", None, "iron", None),
    "orders": (["raw/orders"], "shop", "sql", "gold", "team:data"),
    "stock": (["raw/stock", "source"], "shop", "sql", "iron", None),
    "totals": (["orders", "stock"], "shop", "python", "gold", "a@b.io"),
    "report": (["totals"], "out", None, "iron", None),
    "alone": ([], "out", None, "iron", None),
}
NAMES = [*FACTS, "source"]
GROUPS = ("raw", "shop", "out")


def _single(name: str) -> AssetsDefinition:
    deps, group, kind, tag, owner = FACTS[name]
    return asset(
        key=name.split("/"),
        deps=[AssetKey(each.split("/")) for each in deps],
        group_name=group,
        kinds=None if kind is None else {kind},
        tags={"tier": tag},
        owners=None if owner is None else [owner],
    )(lambda: None)


GRAPH = AssetGraph.of([*(_single(name) for name in FACTS), AssetSpec("source", group_name="raw")])
MADE = frozenset(FACTS)
Node = tuple[str, AssetSelection, frozenset[str]]  # text, object, the keys by plain sets


def _reached(start: Iterable[str], up: bool, depth: int | None) -> frozenset[str]:
    seen, edge, steps = set(start), set(start), 0
    while edge and (depth is None or steps < depth):
        near = {
            other
            for name in edge
            for other in NAMES
            if other in (FACTS[name][0] if up and name in FACTS else [])
            or (not up and other in FACTS and name in FACTS[other][0])
        }
        edge, steps = near - seen, steps + 1
        seen |= edge
    return frozenset(seen)


def _ends(among: frozenset[str], roots: bool) -> frozenset[str]:
    def near(name: str) -> Iterable[str]:
        if roots:
            return FACTS[name][0] if name in FACTS else []
        return [other for other in FACTS if name in FACTS[other][0]]

    return frozenset(name for name in among if not among.intersection(near(name)))


def _atoms() -> st.SearchStrategy[Node]:
    def of(text: str, selection: AssetSelection, fits: Callable[[str], bool]) -> Node:
        return text, selection, frozenset(filter(fits, FACTS))

    keys = [(f'key:"{name}"', AssetSelection.keys(name), frozenset({name})) for name in FACTS]
    groups = [of(f"group:{g}", AssetSelection.groups(g), lambda n, g=g: FACTS[n][1] == g) for g in GROUPS]
    kinds = [of(f"kind:{k}", AssetSelection.kind(k), lambda n, k=k: FACTS[n][2] == k) for k in ("python", "sql")]
    tags = [
        of(f"tag:tier={t}", AssetSelection.tag("tier", t), lambda n, t=t: FACTS[n][3] == t) for t in ("gold", "iron")
    ]
    owner = of('owner:"team:data"', AssetSelection.owner("team:data"), lambda n: FACTS[n][4] == "team:data")
    no_kind = of("kind:<null>", AssetSelection.kind(None), lambda n: FACTS[n][2] is None)
    wild = of('key:"raw/*"', AssetSelection.key_prefixes("raw"), lambda n: n.startswith("raw/"))
    everything = ("*", AssetSelection.all(), MADE)
    return st.sampled_from([*keys, *groups, *kinds, *tags, owner, no_kind, wild, everything])


def _bigger(parts: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    def both(word: str, left: Node, right: Node) -> Node:
        text = f"({left[0]}) {word} ({right[0]})"
        if word == "and":
            return text, left[1] & right[1], left[2] & right[2]
        return text, left[1] | right[1], left[2] | right[2]

    def walk(part: Node, up: bool, depth: int | None) -> Node:
        text, selection, keys = part
        steps = "" if depth is None else str(depth)
        whole = f"{steps}+({text})" if up else f"({text})+{steps}"
        object_ = selection.upstream(depth) if up else selection.downstream(depth)
        return whole, object_, _reached(keys, up, depth) & MADE

    def ends(part: Node, roots: bool) -> Node:
        word = "roots" if roots else "sinks"
        return f"{word}({part[0]})", getattr(part[1], word)(), _ends(part[2], roots)

    depths = st.one_of(st.none(), st.integers(1, 4))
    return st.one_of(
        st.builds(both, st.sampled_from(["and", "or"]), parts, parts),
        st.builds(lambda part: (f"not ({part[0]})", AssetSelection.all() - part[1], MADE - part[2]), parts),
        st.builds(walk, parts, st.booleans(), depths),
        st.builds(ends, parts, st.booleans()),
    )


def _names(keys: Iterable[AssetKey]) -> frozenset[str]:
    return frozenset(key.to_user_string() for key in keys)


@given(st.recursive(_atoms(), _bigger, max_leaves=8))
def test_text_and_object_mean_the_same_as_plain_sets(node: Node) -> None:
    text, selection, expected = node

    assert expected == _names(selection.resolve(GRAPH)) == _names(AssetSelection.from_string(text).resolve(GRAPH)), text


@given(st.data())
def test_words_bind_not_before_and_before_or(data: st.DataObject) -> None:
    first, second, third = (data.draw(_atoms()) for _ in range(3))

    text = f"not {first[0]} and {second[0]} or {third[0]}"

    expected = ((MADE - first[2]) & second[2]) | third[2]
    assert expected == _names(AssetSelection.from_string(text).resolve(GRAPH))


@given(st.sets(st.sampled_from("abcdef")), st.booleans())
def test_neighbours_are_those_that_are_always_made_together(chosen: set[str], can_subset: bool) -> None:
    def definition(name: str, keys: str, apart: bool) -> AssetsDefinition:
        outs = {key: AssetOut(is_required=False) for key in keys}

        @multi_asset(name=name, outs=outs, can_subset=apart)
        def make(context: Any) -> Any: ...

        return make

    graph = AssetGraph.of([definition("m", "abc", False), definition("n", "de", can_subset), _plain("f")])

    found = AssetSelection.assets(*sorted(chosen)).required_multi_asset_neighbors().resolve(graph)

    expected = set(chosen)
    if chosen & set("abc"):
        expected |= set("abc")
    if chosen & set("de") and not can_subset:
        expected |= set("de")
    assert expected == _names(found)


def _plain(name: str) -> AssetsDefinition:
    return asset(name=name)(lambda: None)
