"""Asset checks gathered from modules and packages."""

import sys
from pathlib import Path
from types import ModuleType

import pytest

from watchbell import (
    AssetCheckResult,
    AssetChecksDefinition,
    AssetKey,
    DagsterInvalidDefinitionError,
    asset_check,
    load_asset_checks_from_modules,
    load_asset_checks_from_package_module,
    load_asset_checks_from_package_name,
    load_assets_from_modules,
)
from watchbell.ground.errors import ParameterCheckError

CHECK = """
from watchbell import AssetCheckResult, asset, asset_check, load_asset_checks_from_current_module

@asset
def {asset}():
    return 1

@asset_check(asset={asset}, additional_deps=["other"])
def fine({asset}):
    return AssetCheckResult(passed=True)

again = fine
here = load_asset_checks_from_current_module()
"""


def module_with(*names: str) -> ModuleType:
    module = ModuleType("checks")
    for name in names:

        @asset_check(asset="orders", name=name)
        def look() -> AssetCheckResult:
            return AssetCheckResult(passed=True)

        setattr(module, name, look)
    return module


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    name = "a_shop_with_checks"
    for folder, asset in ((name, "orders"), (f"{name}/inner", "stock")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "__init__.py").write_text("")
        (tmp_path / folder / "looks.py").write_text(CHECK.format(asset=asset))
    monkeypatch.syspath_prepend(str(tmp_path))
    for each in [each for each in sys.modules if each.startswith(name)]:
        monkeypatch.delitem(sys.modules, each)
    return name


def names_of(checks: object) -> list[str]:
    assert isinstance(checks, list)
    return sorted(key.to_user_string() for each in checks for key in each.check_keys)


def test_each_check_of_a_module_comes_once() -> None:
    module = module_with("one", "two")
    module.again = [module.one]  # type: ignore[attr-defined]

    assert names_of(load_asset_checks_from_modules([module])) == ["orders:one", "orders:two"]


def test_checks_are_no_assets() -> None:
    assert load_assets_from_modules([module_with("one")]) == []


def test_two_checks_of_one_key_are_refused() -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match="orders:one"):
        load_asset_checks_from_modules([module_with("one"), module_with("one")])


@pytest.mark.parametrize("modules", [3, [3], ModuleType("alone")])
def test_only_modules_are_taken(modules: object) -> None:
    with pytest.raises(ParameterCheckError, match="load_asset_checks_from_modules"):
        load_asset_checks_from_modules(modules)  # type: ignore[arg-type]


def test_a_package_is_walked_to_its_depth(package: str) -> None:
    by_name = load_asset_checks_from_package_name(package)
    by_module = load_asset_checks_from_package_module(sys.modules[package])

    assert names_of(by_name) == ["orders:fine", "stock:fine"]
    assert names_of(by_module) == names_of(by_name)
    assert names_of(sys.modules[f"{package}.looks"].here) == ["orders:fine"]


def test_a_prefix_goes_to_every_asset_of_a_check(package: str) -> None:
    found = load_asset_checks_from_package_name(package, asset_key_prefix=["eu"])

    assert all(isinstance(each, AssetChecksDefinition) for each in found)
    taken = {each.check_key.to_user_string(): set(each.keys_by_input_name.values()) for each in found}
    other = AssetKey(["eu", "other"])
    assert taken == {
        "eu/orders:fine": {AssetKey(["eu", "orders"]), other},
        "eu/stock:fine": {AssetKey(["eu", "stock"]), other},
    }
