"""Asset checks that lie in modules and packages, gathered without a list of their names."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from types import ModuleType
from typing import Any

from watchbell.declare.assets.load_assets import modules_in
from watchbell.declare.checks.asset_check import AssetChecksDefinition
from watchbell.declare.checks.asset_check_graph import checks_of
from watchbell.declare.names import check_instance
from watchbell.ground.errors import ParameterCheckError
from watchbell.record.keys import CoercibleToAssetKeyPrefix


def load_asset_checks_from_modules(
    modules: Iterable[ModuleType], asset_key_prefix: CoercibleToAssetKeyPrefix | None = None
) -> Sequence[AssetChecksDefinition]:
    """The asset checks of some modules: those that a name of a module stands for, alone or in a list.

    Args:
        modules: the modules.
        asset_key_prefix: parts in front of the keys of the assets that they look at and take.

    Raises:
        ParameterCheckError: a member is no module.
        DagsterInvalidDefinitionError: two checks have the same key.

    Example:
            from shop import checks
            defs = Definitions(asset_checks=load_asset_checks_from_modules([checks]))
    """
    function = "load_asset_checks_from_modules"
    if isinstance(modules, ModuleType) or not isinstance(modules, Iterable):
        raise ParameterCheckError(f"{function} takes a list of modules, not {modules!r}", parameter="modules")
    given = [check_instance(each, ModuleType, f"a member of modules of {function}") for each in modules]
    return _gathered([vars(each) for each in given], asset_key_prefix)


def load_asset_checks_from_current_module(
    asset_key_prefix: CoercibleToAssetKeyPrefix | None = None,
) -> Sequence[AssetChecksDefinition]:
    """The asset checks of the module that calls this, those above the call; see :func:`load_asset_checks_from_modules`.

    Example:
        >>> @asset_check(asset="orders")
        ... def has_rows(orders) -> AssetCheckResult:
        ...     return AssetCheckResult(passed=bool(orders))
        >>> defs = Definitions(asset_checks=load_asset_checks_from_current_module())
    """
    return _gathered([sys._getframe(1).f_globals], asset_key_prefix)


def load_asset_checks_from_package_module(
    package_module: ModuleType, asset_key_prefix: CoercibleToAssetKeyPrefix | None = None
) -> Sequence[AssetChecksDefinition]:
    """The asset checks of a package and of everything in it; see :func:`load_asset_checks_from_modules`.

    Args:
        package_module: the package, imported.
        asset_key_prefix: parts in front of the keys of the assets that they look at and take.

    Raises:
        ParameterCheckError: it is no package.

    Example:
            import shop
            defs = Definitions(asset_checks=load_asset_checks_from_package_module(shop))
    """
    function = "load_asset_checks_from_package_module"
    module = check_instance(package_module, ModuleType, f"package_module of {function}", "import it and pass it")
    return _gathered((vars(each) for each in modules_in(module, function)), asset_key_prefix)


def load_asset_checks_from_package_name(
    package_name: str, asset_key_prefix: CoercibleToAssetKeyPrefix | None = None
) -> Sequence[AssetChecksDefinition]:
    """The asset checks of a package that is imported by name; see :func:`load_asset_checks_from_package_module`.

    Args:
        package_name: its name, with dots.
        asset_key_prefix: parts in front of the keys of the assets that they look at and take.

    Raises:
        ModuleNotFoundError: there is no package of that name.
        ParameterCheckError: it is no package.

    Example:
            defs = Definitions(asset_checks=load_asset_checks_from_package_name("shop.checks"))
    """
    function = "load_asset_checks_from_package_name"
    name = check_instance(package_name, str, f"package_name of {function}")
    return _gathered((vars(each) for each in modules_in(import_module(name), function)), asset_key_prefix)


def _gathered(
    namespaces: Iterable[Mapping[str, Any]], prefix: CoercibleToAssetKeyPrefix | None
) -> list[AssetChecksDefinition]:
    found = {id(each): each for names in namespaces for each in _checks_in(names)}
    checks_of(found.values())  # refuses two of one key
    if not prefix:
        return list(found.values())
    return [_moved(each, prefix) for each in found.values()]


def _checks_in(names: Mapping[str, Any]) -> Iterator[AssetChecksDefinition]:
    for name in sorted(names):
        value = names[name]
        members = value if isinstance(value, list | tuple) else [value]
        for each in members:
            if isinstance(each, AssetChecksDefinition):
                yield each


def _moved(checks: AssetChecksDefinition, prefix: CoercibleToAssetKeyPrefix) -> AssetChecksDefinition:
    keys = {*checks.keys_by_input_name.values(), *(spec.asset_key for spec in checks.check_specs)}
    moved = checks.with_attributes(asset_key_replacements={key: key.with_prefix(prefix) for key in keys})
    assert isinstance(moved, AssetChecksDefinition)
    return moved
