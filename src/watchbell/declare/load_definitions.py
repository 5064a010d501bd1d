"""All that modules and packages define, gathered without a list of names; and a repository from such a list."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from types import ModuleType
from typing import Any

from watchbell.declare.assets.asset_job import UnresolvedAssetJobDefinition
from watchbell.declare.assets.asset_spec import AssetSpec
from watchbell.declare.assets.assets_definition import AssetsDefinition
from watchbell.declare.assets.load_assets import modules_in
from watchbell.declare.assets.source_asset import SourceAsset
from watchbell.declare.automation.sensor import SensorDefinition
from watchbell.declare.automation.unresolved_schedule import SCHEDULES, PartitionedSchedule
from watchbell.declare.checks.asset_check import AssetChecksDefinition
from watchbell.declare.collect import Definitions
from watchbell.declare.executor import ExecutorDefinition
from watchbell.declare.job import JobDefinition
from watchbell.declare.logger_definition import LoggerDefinition
from watchbell.declare.names import check_instance, check_name
from watchbell.declare.repository import RepositoryDefinition
from watchbell.ground.errors import DagsterInvalidDefinitionError, ParameterCheckError
from watchbell.record.keys import AssetKey

# Argument of Definitions -> what goes there. Checks come first: they are assets of a kind.
KINDS: Mapping[str, tuple[type, ...]] = {
    "asset_checks": (AssetChecksDefinition,),
    "assets": (AssetsDefinition, AssetSpec, SourceAsset),
    "jobs": (JobDefinition, UnresolvedAssetJobDefinition),
    "schedules": SCHEDULES,
    "sensors": (SensorDefinition,),
}
Resources = Mapping[str, Any]
Loggers = Mapping[str, LoggerDefinition]


def load_definitions_from_modules(
    modules: Iterable[ModuleType],
    resources: Resources | None = None,
    loggers: Loggers | None = None,
    executor: ExecutorDefinition | None = None,
) -> Definitions:
    """All assets, checks, jobs, schedules and sensors that stand in modules: under a name, or in a list.

    What several names or modules share is taken once. Within a module they come in the order of their names.

    Args:
        modules: the modules.
        resources: resources by key, for all of them.
        loggers: loggers by name, for all of them.
        executor: how the steps of a run go on, for jobs that do not say.

    Raises:
        ParameterCheckError: a member of ``modules`` is no module.
        DagsterInvalidDefinitionError: two assets have one key.

    Example:
            from shop import orders, stock
            defs = load_definitions_from_modules([orders, stock], resources={"warehouse": Warehouse()})
    """
    if isinstance(modules, ModuleType | str) or not isinstance(modules, Iterable):
        raise ParameterCheckError(
            f"modules of load_definitions_from_modules is a list of modules, not {modules!r}; write [module]",
            parameter="modules",
            value=modules,
        )
    hint = "import it and pass the module itself"
    checked = [check_instance(each, ModuleType, "a member of modules", hint) for each in modules]
    return _definitions([vars(each) for each in checked], resources, loggers, executor)


def load_definitions_from_module(
    module: ModuleType,
    resources: Resources | None = None,
    loggers: Loggers | None = None,
    executor: ExecutorDefinition | None = None,
) -> Definitions:
    """All that stands in one module; see :func:`load_definitions_from_modules`.

    Args:
        module: the module.
        resources: resources by key, for all of them.
        loggers: loggers by name.
        executor: how the steps of a run go on.

    Raises:
        ParameterCheckError: it is no module.

    Example:
            import shop.orders
            defs = load_definitions_from_module(shop.orders)
    """
    return load_definitions_from_modules([module], resources, loggers, executor)


def load_definitions_from_current_module(
    resources: Resources | None = None,
    loggers: Loggers | None = None,
    executor: ExecutorDefinition | None = None,
) -> Definitions:
    """All that stands in the module that calls this, above the call; see :func:`load_definitions_from_modules`.

    Args:
        resources: resources by key, for all of them.
        loggers: loggers by name.
        executor: how the steps of a run go on.

    Example:
        >>> @asset
        ... def orders() -> int:
        ...     return 12
        >>> defs = load_definitions_from_current_module(resources={"warehouse": "somewhere"})
    """
    return _definitions([sys._getframe(1).f_globals], resources, loggers, executor)


def load_definitions_from_package_module(
    package_module: ModuleType,
    resources: Resources | None = None,
    loggers: Loggers | None = None,
    executor: ExecutorDefinition | None = None,
) -> Definitions:
    """All that stands in a package and in all modules and packages in it, each of which is imported.

    Args:
        package_module: the package, imported.
        resources: resources by key, for all of them.
        loggers: loggers by name.
        executor: how the steps of a run go on.

    Raises:
        ParameterCheckError: it is no package.

    Example:
            import shop
            defs = load_definitions_from_package_module(shop)
    """
    function = "load_definitions_from_package_module"
    module = check_instance(package_module, ModuleType, f"package_module of {function}", "import it and pass it")
    return _definitions([vars(each) for each in modules_in(module, function)], resources, loggers, executor)


def load_definitions_from_package_name(
    package_name: str,
    resources: Resources | None = None,
    loggers: Loggers | None = None,
    executor: ExecutorDefinition | None = None,
) -> Definitions:
    """The same of a package that is imported by name; see :func:`load_definitions_from_package_module`.

    Args:
        package_name: its name, with dots.
        resources: resources by key, for all of them.
        loggers: loggers by name.
        executor: how the steps of a run go on.

    Raises:
        ModuleNotFoundError: there is no package of that name.
        ParameterCheckError: it is no package.

    Example:
            defs = load_definitions_from_package_name("shop")
    """
    function = "load_definitions_from_package_name"
    package = import_module(check_instance(package_name, str, f"package_name of {function}"))
    return _definitions([vars(each) for each in modules_in(package, function)], resources, loggers, executor)


def create_repository_using_definitions_args(
    name: str,
    assets: Iterable[AssetsDefinition | AssetSpec | SourceAsset] | None = None,
    schedules: Iterable[PartitionedSchedule] | None = None,
    sensors: Iterable[SensorDefinition] | None = None,
    jobs: Iterable[Any] | None = None,
    resources: Resources | None = None,
    executor: ExecutorDefinition | None = None,
    loggers: Loggers | None = None,
    asset_checks: Iterable[AssetsDefinition] | None = None,
) -> RepositoryDefinition:
    """A repository with a name of its own, from what ``Definitions`` takes.

    Args:
        name: its name.
        assets, schedules, sensors, jobs, resources, executor, loggers, asset_checks: as of ``Definitions``.

    Raises:
        DagsterInvalidDefinitionError: the definitions do not fit each other, or the name is not valid.

    Example:
        >>> create_repository_using_definitions_args("nightly", jobs=[define_asset_job("all_assets")]).name
        'nightly'
    """
    check_name(name, "repository")
    defs = Definitions(assets, schedules, sensors, jobs, resources, executor, loggers, asset_checks)
    return defs.repository_named(name)


# ------------------------------------------------------------------ finding


def _definitions(
    namespaces: Sequence[Mapping[str, Any]],
    resources: Resources | None,
    loggers: Loggers | None,
    executor: ExecutorDefinition | None,
) -> Definitions:
    found: dict[str, dict[int, Any]] = {argument: {} for argument in KINDS}
    makers: dict[AssetKey, Any] = {}
    for names in namespaces:
        where = str(names.get("__name__", "the current module"))
        for argument, each in _loose(names):
            if argument == "assets" and id(each) not in found[argument]:
                _check_keys(each, makers, where)
            found[argument].setdefault(id(each), each)
    members: dict[str, Any] = {argument: list(each.values()) for argument, each in found.items()}
    return Definitions(**members, resources=resources, loggers=loggers, executor=executor)


def _loose(names: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name in sorted(names):
        value = names[name]
        members = value if isinstance(value, list) else [value]
        for each in members:
            argument = next((argument for argument, kinds in KINDS.items() if isinstance(each, kinds)), None)
            if argument is not None:
                yield argument, each


def _check_keys(each: Any, makers: dict[AssetKey, Any], where: str) -> None:
    for key in each.keys if isinstance(each, AssetsDefinition) else (each.key,):
        if makers.setdefault(key, each) is not each:
            raise DagsterInvalidDefinitionError(
                f"the asset {key.to_user_string()!r} is defined a second time in {where!r}; rename one of the two",
                asset_key=key,
            )
