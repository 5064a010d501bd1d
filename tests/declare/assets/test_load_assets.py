"""Assets gathered from modules and packages."""

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from watchbell import (
    AssetCheckResult,
    AssetKey,
    AssetOut,
    DataVersion,
    SourceAsset,
    asset_check,
    graph_asset,
    multi_asset,
    observable_source_asset,
    op,
)
from watchbell.declare.assets.asset import AssetIn, AssetsDefinition, asset
from watchbell.declare.assets.asset_graph import AssetGraph
from watchbell.declare.assets.asset_spec import AssetSpec
from watchbell.declare.assets.load_assets import (
    Loaded,
    load_assets_from_current_module,
    load_assets_from_modules,
    load_assets_from_package_module,
    load_assets_from_package_name,
)
from watchbell.declare.collect import Definitions
from watchbell.execute.materialize import materialize_to_memory
from watchbell.ground.errors import DagsterInvalidDefinitionError, ParameterCheckError


def module(name: str = "shop", **values: Any) -> ModuleType:
    made = ModuleType(name)
    vars(made).update(values)
    return made


def keys(loaded: Iterable[Loaded]) -> list[str]:
    return [each.key.to_user_string() for each in loaded]


def deps(loaded: Loaded) -> list[str]:
    spec = loaded if isinstance(loaded, AssetSpec) else loaded.get_asset_spec()
    return [dep.asset_key.to_user_string() for dep in spec.deps]


def group(loaded: Loaded) -> str | None:
    return loaded.group_name if isinstance(loaded, AssetSpec) else loaded.get_asset_spec().group_name


@asset(deps=["elsewhere"])
def raw() -> int:
    return 20


@asset
def cleaned(raw: int) -> int:
    return raw + 1


@asset(group_name="sales")
def report(cleaned: int) -> int:
    return cleaned * 2


feed = AssetSpec("feed", deps=["raw"])


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterable[str]:
    name = "package_of_assets"
    files = {
        "__init__": "from watchbell import asset\n@asset\ndef zero(): return 0\n",
        "b": f"from watchbell import asset\nfrom {name} import zero\n@asset\ndef two(one): return one + 1\n",
        "a": "from watchbell import asset\n@asset\ndef one(zero): return zero + 1\n",
        "inner/__init__": "",
        "inner/c": "from watchbell import asset\n@asset\ndef three(two): return two + 1\n",
    }
    for stem, text in files.items():
        path = tmp_path / name / f"{stem}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield name
    for each in [each for each in sys.modules if each.partition(".")[0] == name]:
        del sys.modules[each]


# -------------------------------------------------------------- which ones


def test_assets_come_in_the_order_of_modules_and_then_of_names() -> None:
    first, second = module("first", zeta=raw, alpha=report), module("second", some=cleaned)

    assert keys(load_assets_from_modules([first, second])) == ["report", "raw", "cleaned"]


def test_an_asset_that_several_modules_import_is_taken_once() -> None:
    first, second = module("first", raw=raw, alias=raw), module("second", raw=raw, cleaned=cleaned)

    assert load_assets_from_modules([first, second]) == [raw, cleaned]


def test_assets_in_a_list_are_taken() -> None:
    assert load_assets_from_modules([module(many=[raw, cleaned], mixed=[report, 3], pair=(report,))]) == [raw, cleaned]


def test_specs_are_taken_only_when_asked_for() -> None:
    shop = module(feed=feed, raw=raw)

    assert load_assets_from_modules([shop]) == [raw]
    assert load_assets_from_modules([shop], include_specs=True) == [feed, raw]


def test_two_assets_of_one_key_are_refused_with_their_modules() -> None:
    other = asset(name="raw")(lambda: 3)

    with pytest.raises(DagsterInvalidDefinitionError, match="'raw' is defined in 'first' and in 'second'"):
        load_assets_from_modules([module("first", raw=raw), module("second", raw=other)])
    with pytest.raises(DagsterInvalidDefinitionError, match="'raw' is defined twice in 'shop'"):
        load_assets_from_modules([module(raw=raw, other=other)])


def test_the_current_module_is_the_callers() -> None:
    assert load_assets_from_current_module(include_specs=True) == [cleaned, feed, raw, report]


@pytest.mark.parametrize("by_name", [True, False])
def test_a_package_is_searched_to_the_bottom(package: str, by_name: bool) -> None:
    found = (
        load_assets_from_package_name(package, key_prefix="p")
        if by_name
        else load_assets_from_package_module(__import__(package), key_prefix="p")
    )

    assert keys(found) == ["p/zero", "p/one", "p/two", "p/three"]
    result = materialize_to_memory([each for each in found if isinstance(each, AssetsDefinition)])
    assert result.asset_value(["p", "three"]) == 3


def test_a_mistake_in_a_module_of_a_package_is_not_swallowed(package: str, tmp_path: Path) -> None:
    (tmp_path / package / "wrong.py").write_text("import there_is_no_such_module\n")

    with pytest.raises(ModuleNotFoundError, match="there_is_no_such_module"):
        load_assets_from_package_name(package)


# ---------------------------------------------------------- what is changed


def test_without_a_wish_assets_stay_the_objects_they_are() -> None:
    assert load_assets_from_modules([module(raw=raw)])[0] is raw


def test_a_prefix_moves_keys_and_the_dependencies_among_what_is_loaded() -> None:
    found = load_assets_from_modules([module(raw=raw, cleaned=cleaned)], key_prefix=["eu", "shop"])

    assert keys(found) == ["eu/shop/cleaned", "eu/shop/raw"]
    assert [deps(each) for each in found] == [["eu/shop/raw"], ["elsewhere"]]


def test_assets_under_a_prefix_find_each_others_values() -> None:
    @asset(ins={"given": AssetIn("raw")})
    def doubled(given: int) -> int:
        return given * 2

    found = load_assets_from_modules([module(raw=raw, cleaned=cleaned, doubled=doubled)], key_prefix="eu")

    result = materialize_to_memory([each for each in found if isinstance(each, AssetsDefinition)])
    assert [result.asset_value(["eu", name]) for name in ("raw", "cleaned", "doubled")] == [20, 21, 40]


def test_the_same_assets_can_be_loaded_under_two_prefixes() -> None:
    shop = module(raw=raw, cleaned=cleaned)
    both = [*load_assets_from_modules([shop], key_prefix="eu"), *load_assets_from_modules([shop], key_prefix="us")]

    result = materialize_to_memory([each for each in both if isinstance(each, AssetsDefinition)])

    assert [result.asset_value([where, "cleaned"]) for where in ("eu", "us")] == [21, 21]


def test_specs_have_a_prefix_of_their_own_which_assets_follow() -> None:
    fed = asset(name="fed", deps=[feed])(lambda: 3)

    shop = module(feed=feed, fed=fed, raw=raw)
    found = load_assets_from_modules([shop], key_prefix="eu", source_key_prefix="out", include_specs=True)

    assert keys(found) == ["eu/fed", "out/feed", "eu/raw"]
    assert [deps(each) for each in found] == [["out/feed"], ["raw"], ["elsewhere"]]


def test_a_group_is_given_to_those_without_one() -> None:
    in_default = asset(name="plain", group_name="default")(lambda: 3)
    same = asset(name="same", group_name="sales")(lambda: 3)

    shop = module(feed=feed, raw=raw, plain=in_default, same=same)
    found = load_assets_from_modules([shop], group_name="sales", include_specs=True)

    assert {group(each) for each in found} == {"sales"}
    assert raw.get_asset_spec().group_name == "default"


def test_another_group_is_refused() -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match="group 'stock', but 'report' says group_name='sales'"):
        load_assets_from_modules([module(report=report)], group_name="stock")


def test_what_was_loaded_can_be_defined() -> None:
    found = load_assets_from_modules([module(feed=feed, raw=raw)], key_prefix="eu", include_specs=True)

    graph = Definitions(assets=found).get_repository_def().asset_graph

    assert {key.to_user_string() for key in graph.get_all_asset_keys()} >= {"eu/raw", "feed"}


# ----------------------------------------------------------------- mistakes


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: load_assets_from_modules(module()), ParameterCheckError, "list of modules"),  # type: ignore[arg-type]
        (lambda: load_assets_from_modules(["shop"]), ParameterCheckError, "import it"),  # type: ignore[list-item]
        (lambda: load_assets_from_modules([], key_prefix=3), ParameterCheckError, "key_prefix"),  # type: ignore[arg-type]
        (lambda: load_assets_from_modules([], group_name="a b"), DagsterInvalidDefinitionError, "group_name"),
        (lambda: load_assets_from_modules([], backfill_policy=3), ParameterCheckError, "backfill_policy"),
        (lambda: load_assets_from_modules([], group="a"), TypeError, "group_name"),
        (lambda: load_assets_from_package_module(module()), ParameterCheckError, "no package"),
        (lambda: load_assets_from_package_name("no_such_package_here"), ModuleNotFoundError, "no_such_package_here"),
    ],
)
def test_mistakes_are_told(call: Callable[[], Any], error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        call()


def test_an_option_that_is_not_there_yet_may_be_none() -> None:
    assert load_assets_from_modules([], automation_condition=None, backfill_policy=None) == []


def test_every_kind_of_asset_is_gathered_and_moved() -> None:
    @multi_asset(outs={"a": AssetOut(), "b": AssetOut()}, deps=["src"], internal_asset_deps=INTERNAL)
    def both():  # type: ignore[no-untyped-def]
        return 1, 2

    @op
    def same(x):  # type: ignore[no-untyped-def]
        return x

    @graph_asset
    def whole(a):  # type: ignore[no-untyped-def]
        return same(a)

    @asset_check(asset="a")
    def fine() -> AssetCheckResult:
        return AssetCheckResult(passed=True)

    seen = observable_source_asset(name="seen")(lambda: DataVersion("1"))
    shop = module(both=both, whole=whole, fine=fine, seen=seen, src=SourceAsset("src"))

    found = load_assets_from_modules([shop], group_name="g", key_prefix="p", source_key_prefix="s")

    graph = AssetGraph.of(found)
    assert {"p/a", "p/b", "p/whole"} == {key.to_user_string() for key in graph.materializable_keys}
    assert {"s/src", "s/seen"} == {key.to_user_string() for key in graph.external_keys}
    assert {"s/seen"} == {key.to_user_string() for key in graph.observable_keys}
    assert graph.upstream_of(AssetKey(["p", "a"])) == (AssetKey(["s", "src"]),)
    assert graph.upstream_of(AssetKey(["p", "b"])) == (AssetKey(["p", "a"]),)
    assert graph.upstream_of(AssetKey(["p", "whole"])) == (AssetKey(["p", "a"]),)
    assert {graph.group_name(key) for key in graph.all_keys} == {"g"}


INTERNAL = {"a": {AssetKey("src")}, "b": {AssetKey("a")}}
