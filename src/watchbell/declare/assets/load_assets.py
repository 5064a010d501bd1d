"""Assets that lie in modules and packages, gathered without a list of their names."""

from __future__ import annotations

import pkgutil
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from types import ModuleType
from typing import Any

from watchbell.declare.assets.asset import AssetsDefinition
from watchbell.declare.assets.asset_spec import AssetSpec, replace_fields
from watchbell.declare.assets.source_asset import SourceAsset
from watchbell.declare.conditions.condition_arguments import condition_of
from watchbell.declare.labels import DEFAULT_GROUP_NAME, check_group_name
from watchbell.declare.names import check_instance
from watchbell.declare.partitions.backfill_policy import BackfillPolicy
from watchbell.declare.partitions.partition_arguments import checked_backfill_policy
from watchbell.ground.errors import DagsterInvalidDefinitionError, ParameterCheckError
from watchbell.ground.suggest import did_you_mean
from watchbell.ground.value import dataclass
from watchbell.record.keys import AssetKey, CoercibleToAssetKeyPrefix

Loaded = AssetsDefinition | AssetSpec | SourceAsset
CONDITION_ARGUMENTS = ("automation_condition", "auto_materialize_policy")
ARGUMENTS = frozenset(
    {"group_name", "key_prefix", "source_key_prefix", "include_specs", "backfill_policy", *CONDITION_ARGUMENTS}
)
# Arguments of the specification that belong to what is not built yet.
NOT_YET = frozenset({"freshness_policy"})


@dataclass(frozen=True)
class _Namespace:
    """The names of one module, and what they stand for."""

    name: str
    values: Mapping[str, Any]

    @staticmethod
    def of(module: ModuleType) -> _Namespace:
        return _Namespace(module.__name__, vars(module))


@dataclass(frozen=True)
class _Wish:
    """What becomes of the assets that are found: the arguments of the functions below, checked."""

    function: str
    group_name: str | None
    prefix: tuple[str, ...]
    source_prefix: tuple[str, ...]
    include_specs: bool
    backfill_policy: BackfillPolicy | None
    condition: Any

    @staticmethod
    def of(
        function: str,
        group_name: str | None,
        key_prefix: object,
        source_key_prefix: object,
        include_specs: bool,
        not_yet: Mapping[str, object],
    ) -> _Wish:
        given = dict(not_yet)
        policy = checked_backfill_policy(given.pop("backfill_policy", None), function)
        condition = condition_of(function, *(given.pop(name, None) for name in CONDITION_ARGUMENTS))
        for name, value in given.items():
            if name not in NOT_YET:
                raise TypeError(f"{function} has no argument {name!r}{did_you_mean(name, ARGUMENTS | NOT_YET)}")
            if value is not None:
                raise DagsterInvalidDefinitionError(f"{name}= of {function} is not supported yet; leave it out")
        return _Wish(
            function,
            check_group_name(group_name, function),
            _prefix(key_prefix, f"key_prefix of {function}"),
            _prefix(source_key_prefix, f"source_key_prefix of {function}"),
            check_instance(include_specs, bool, f"include_specs of {function}"),
            policy,
            condition,
        )

    def fulfil(self, namespaces: Iterable[_Namespace]) -> list[Loaded]:
        """The assets of these modules, each once, under the keys and in the group that are asked for."""
        found = self._found(namespaces)
        moved = {key: key.with_prefix(front) for each in found for key, front in self._fronts(each) if front}
        return [self._placed(each, moved) for each in found]

    def _found(self, namespaces: Iterable[_Namespace]) -> list[Loaded]:
        found: dict[int, Loaded] = {}
        makers: dict[AssetKey, tuple[Loaded, str]] = {}
        for namespace in namespaces:
            for each in _loose_assets(namespace):
                if id(each) in found or (isinstance(each, AssetSpec) and not self.include_specs):
                    continue
                found[id(each)] = each
                for key in _keys(each):
                    other = makers.setdefault(key, (each, namespace.name))
                    if other[0] is not each:
                        raise _twice(self.function, key, other[1], namespace.name)
        return list(found.values())

    def _fronts(self, each: Loaded) -> Iterator[tuple[AssetKey, tuple[str, ...]]]:
        front = self.prefix if isinstance(each, AssetsDefinition) else self.source_prefix
        return ((key, front) for key in _keys(each))

    def _placed(self, each: Loaded, moved: Mapping[AssetKey, AssetKey]) -> Loaded:
        if isinstance(each, AssetSpec):
            # Its dependencies are facts about another system, written down as they are called there.
            spec = replace_fields(each, key=moved.get(each.key, each.key), group_name=self._group(each))
            return spec if self.condition is None else replace_fields(spec, automation_condition=self.condition)
        if self.condition is not None and isinstance(each, AssetsDefinition):
            each = each.map_asset_specs(lambda spec: replace_fields(spec, automation_condition=self.condition))
        if not moved and self.group_name is None and self.backfill_policy is None:
            return each
        if isinstance(each, SourceAsset):
            return each.with_attributes(key=moved.get(each.key), group_name=self._group(each.spec))
        groups = {} if self.group_name is None else {spec.key: str(self._group(spec)) for spec in each.specs}
        return each.with_attributes(
            asset_key_replacements=moved, group_names_by_key=groups, backfill_policy=self.backfill_policy
        )

    def _group(self, spec: AssetSpec) -> str | None:
        if self.group_name is None or spec.group_name in (None, DEFAULT_GROUP_NAME, self.group_name):
            return self.group_name or spec.group_name
        raise DagsterInvalidDefinitionError(
            f"{self.function} puts assets into the group {self.group_name!r}, but {spec.key.to_user_string()!r} says "
            f"group_name={spec.group_name!r}; remove one of the two",
            asset_key=spec.key,
            group_name=self.group_name,
        )


def load_assets_from_modules(
    modules: Iterable[ModuleType],
    group_name: str | None = None,
    key_prefix: CoercibleToAssetKeyPrefix | None = None,
    *,
    source_key_prefix: CoercibleToAssetKeyPrefix | None = None,
    include_specs: bool = False,
    **not_yet: object,
) -> Sequence[Loaded]:
    """The assets that stand in modules: under a name, or in a list of assets.

    An asset that several names or modules share is taken once. Within a module they come in the order of their names.

    Args:
        modules: the modules.
        group_name: group for those that have none.
        key_prefix: parts in front of their keys; where they are made from each other, that follows.
        source_key_prefix: parts in front of the keys of AssetSpecs.
        include_specs: whether AssetSpecs are taken too.
        not_yet: ``backfill_policy`` and ``automation_condition`` (or ``auto_materialize_policy``), put in the place of
            each asset's own.

    Returns:
        The assets, for ``Definitions(assets=...)``.

    Raises:
        DagsterInvalidDefinitionError: two assets have the same key, an asset has another group, or an option is not
            supported yet.
        ParameterCheckError: a member of ``modules`` is no module, or an argument has the wrong type.
        TypeError: there is no such option.

    Example:
            from shop import orders, stock
            defs = Definitions(assets=load_assets_from_modules([orders, stock], group_name="shop"))
    """
    wish = _Wish.of("load_assets_from_modules", group_name, key_prefix, source_key_prefix, include_specs, not_yet)
    if isinstance(modules, ModuleType | str) or not isinstance(modules, Iterable):
        raise ParameterCheckError(
            f"modules of load_assets_from_modules is a list of modules, not {modules!r}; write [module]",
            parameter="modules",
            value=modules,
        )
    hint = "import it and pass the module itself"
    checked = [check_instance(each, ModuleType, "a member of modules", hint) for each in modules]
    return wish.fulfil(map(_Namespace.of, checked))


def load_assets_from_current_module(
    group_name: str | None = None,
    key_prefix: CoercibleToAssetKeyPrefix | None = None,
    *,
    source_key_prefix: CoercibleToAssetKeyPrefix | None = None,
    include_specs: bool = False,
    **not_yet: object,
) -> Sequence[Loaded]:
    """The assets of the module that calls this, those above the call.

    Args:
        group_name: as of :func:`load_assets_from_modules`.
        key_prefix: likewise.
        source_key_prefix: likewise.
        include_specs: likewise.
        not_yet: likewise.

    Raises:
        DagsterInvalidDefinitionError, ParameterCheckError, TypeError: likewise.

    Example:
        >>> @asset
        ... def orders() -> int:
        ...     return 12
        >>> defs = Definitions(assets=load_assets_from_current_module(group_name="shop"))
    """
    wish = _Wish.of(
        "load_assets_from_current_module", group_name, key_prefix, source_key_prefix, include_specs, not_yet
    )
    names = sys._getframe(1).f_globals
    return wish.fulfil([_Namespace(str(names.get("__name__", "the current module")), names)])


def load_assets_from_package_module(
    package_module: ModuleType,
    group_name: str | None = None,
    key_prefix: CoercibleToAssetKeyPrefix | None = None,
    *,
    source_key_prefix: CoercibleToAssetKeyPrefix | None = None,
    include_specs: bool = False,
    **not_yet: object,
) -> Sequence[Loaded]:
    """The assets of a package, of all modules and packages in it; each of them is imported.

    Args:
        package_module: the package, imported.
        group_name: as of :func:`load_assets_from_modules`.
        key_prefix: likewise.
        source_key_prefix: likewise.
        include_specs: likewise.
        not_yet: likewise.

    Raises:
        ParameterCheckError: it is no package.
        DagsterInvalidDefinitionError, TypeError: as :func:`load_assets_from_modules`.

    Example:
            import shop
            defs = Definitions(assets=load_assets_from_package_module(shop))
    """
    function = "load_assets_from_package_module"
    wish = _Wish.of(function, group_name, key_prefix, source_key_prefix, include_specs, not_yet)
    module = check_instance(package_module, ModuleType, f"package_module of {function}", "import it and pass it")
    return wish.fulfil(map(_Namespace.of, modules_in(module, function)))


def load_assets_from_package_name(
    package_name: str,
    group_name: str | None = None,
    key_prefix: CoercibleToAssetKeyPrefix | None = None,
    *,
    source_key_prefix: CoercibleToAssetKeyPrefix | None = None,
    include_specs: bool = False,
    **not_yet: object,
) -> Sequence[Loaded]:
    """The assets of a package that is imported by name; see :func:`load_assets_from_package_module`.

    Args:
        package_name: its name, with dots.
        group_name: as of :func:`load_assets_from_modules`.
        key_prefix: likewise.
        source_key_prefix: likewise.
        include_specs: likewise.
        not_yet: likewise.

    Raises:
        ModuleNotFoundError: there is no package of that name.
        ParameterCheckError: it is no package.
        DagsterInvalidDefinitionError, TypeError: as :func:`load_assets_from_modules`.

    Example:
            defs = Definitions(assets=load_assets_from_package_name("shop.assets"))
    """
    function = "load_assets_from_package_name"
    wish = _Wish.of(function, group_name, key_prefix, source_key_prefix, include_specs, not_yet)
    name = check_instance(package_name, str, f"package_name of {function}")
    return wish.fulfil(map(_Namespace.of, modules_in(import_module(name), function)))


# ------------------------------------------------------------------ finding


def modules_in(package: ModuleType, function: str) -> Iterator[ModuleType]:
    """A package and every module in it, at whatever depth.

    Args:
        package: the package.
        function: who asks, for the message.

    Raises:
        ParameterCheckError: it is no package.
    """
    """A package, and all modules and packages in it; each of them is imported.

    Args:
        package: the package.
        function: who asks, for messages.

    Raises:
        ParameterCheckError: it is no package.
    """
    if not hasattr(package, "__path__"):
        raise ParameterCheckError(
            f"{function}: {package.__name__!r} is a module and no package; use load_assets_from_modules",
            parameter="package",
            value=package,
        )
    yield package
    for each in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        module = import_module(each.name)
        if each.ispkg:
            yield from modules_in(module, function)
        else:
            yield module


def _loose_assets(namespace: _Namespace) -> Iterator[Loaded]:
    for name in sorted(namespace.values):
        value = namespace.values[name]
        members = value if isinstance(value, list) else [value]
        if all(_is_asset(each) for each in members):
            yield from members


def _is_asset(value: object) -> bool:
    """Whether a value is an asset; definitions that only make checks are gathered by functions of their own."""
    if isinstance(value, AssetsDefinition):
        return value.has_keys or not value.has_check_keys
    return isinstance(value, AssetSpec | SourceAsset)


def _keys(each: Loaded) -> Iterable[AssetKey]:
    return each.keys if isinstance(each, AssetsDefinition) else (each.key,)


def _twice(function: str, key: AssetKey, one: str, other: str) -> DagsterInvalidDefinitionError:
    where = f"in {one!r} and in {other!r}" if one != other else f"twice in {one!r}"
    return DagsterInvalidDefinitionError(
        f"{function}: the asset {key.to_user_string()!r} is defined {where}; rename one of them", asset_key=key
    )


def _prefix(given: object, what: str) -> tuple[str, ...]:
    if given is None:
        return ()
    parts = (given,) if isinstance(given, str) else given
    if not isinstance(parts, Sequence):
        raise ParameterCheckError(f"{what} is text or a list of text, not {given!r}", parameter=what, value=given)
    return tuple(check_instance(each, str, f"a part of {what}") for each in parts)
