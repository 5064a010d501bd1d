"""The arguments of ``@asset``, checked, and what becomes of them: an op, a spec and keys."""

from __future__ import annotations

import re
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import fields
from typing import Any

from watchbell.declare.annotation_type import type_of_annotation
from watchbell.declare.asset_check_spec import AssetCheckSpec, check_specs_of
from watchbell.declare.asset_spec import AssetDep, AssetSpec, CoercibleToAssetDep, deps_of
from watchbell.declare.data_type import Nothing
from watchbell.declare.function import UserFunction, read_function, value_annotation
from watchbell.declare.hook import HookDefinition, check_hooks
from watchbell.declare.labels import COMPUTE_KIND_TAG
from watchbell.declare.names import check_instance, check_name
from watchbell.declare.op import OpDefinition
from watchbell.declare.output import DEFAULT_OUTPUT, NO_VALUE, In, Out
from watchbell.declare.resource import ResourceDefinition, as_resource_definition, resource_definitions
from watchbell.declare.result import MaterializeResult
from watchbell.declare.retry import RetryPolicy
from watchbell.ground.errors import DagsterInvalidDefinitionError
from watchbell.ground.suggest import did_you_mean
from watchbell.ground.value import dataclass
from watchbell.record.keys import AssetKey, CoercibleToAssetKey, CoercibleToAssetKeyPrefix

CoercibleToAssetDeps = Iterable[CoercibleToAssetDep]
_PART = re.compile(r"[A-Za-z0-9_.-]+\Z")
# Arguments of the specification that belong to what is not built yet.
NOT_YET = frozenset(
    {
        "partitions_def",
        "automation_condition",
        "auto_materialize_policy",
        "freshness_policy",
        "backfill_policy",
        "is_virtual",
    }
)


@dataclass(frozen=True, init=False)
class AssetIn:
    """How a parameter of an asset's function finds its asset.

    Args:
        key: the asset.
        metadata: labelled facts, for the IO manager.
        key_prefix: parts in front of the parameter's name, instead of ``key``.
        input_manager_key: the resource that loads it instead of the asset's own IO manager.
        dagster_type: what the value may be; ``Nothing``: only wait for it, no parameter.

    Raises:
        DagsterInvalidDefinitionError: both ``key`` and ``key_prefix``.

    Example:
        >>> @asset(ins={"orders": AssetIn(key_prefix="raw")})
        ... def cleaned(orders):
        ...     return orders.dropna()
    """

    key: AssetKey | None
    metadata: Mapping[str, Any]
    key_prefix: tuple[str, ...]
    input_manager_key: str | None
    dagster_type: Any

    def __init__(
        self,
        key: CoercibleToAssetKey | None = None,
        metadata: Mapping[str, Any] | None = None,
        key_prefix: CoercibleToAssetKeyPrefix | None = None,
        input_manager_key: str | None = None,
        partition_mapping: object = None,
        dagster_type: Any = NO_VALUE,
    ) -> None:
        if partition_mapping is not None:
            raise DagsterInvalidDefinitionError("partition_mapping= of AssetIn is not supported yet; leave it out")
        if key is not None and key_prefix is not None:
            raise DagsterInvalidDefinitionError(
                f"an AssetIn has both key={key!r} and key_prefix={key_prefix!r}; give one of them"
            )
        prefix = (key_prefix,) if isinstance(key_prefix, str) else tuple(key_prefix or ())
        facts = {
            "key": None if key is None else AssetKey.from_coercible(key),
            "metadata": dict(metadata or {}),
            "key_prefix": prefix,
            "input_manager_key": input_manager_key,
            "dagster_type": dagster_type,
        }
        for name, value in facts.items():
            object.__setattr__(self, name, value)

    def key_for(self, name: str) -> AssetKey:
        """The asset for a parameter of this name."""
        return self.key if self.key is not None else AssetKey([*self.key_prefix, name])

    @property
    def is_nothing(self) -> bool:
        """Whether it only waits for the asset."""
        return self.dagster_type is Nothing or getattr(self.dagster_type, "is_nothing", False)


@dataclass(frozen=True)
class AssetParts:
    """What ``@asset`` makes of a function.

    Args:
        op: the op.
        spec: what is said of the asset.
        keys_by_input_name: the assets the op's inputs are.
        resource_defs: resources the asset brings along.
        check_specs: the checks its function makes.
    """

    op: OpDefinition
    spec: AssetSpec
    keys_by_input_name: Mapping[str, AssetKey]
    resource_defs: Mapping[str, ResourceDefinition]
    check_specs: Sequence[AssetCheckSpec] = ()


@dataclass(frozen=True)
class AssetArguments:
    """The arguments of ``@asset``; each is described there."""

    name: str | None = None
    key_prefix: CoercibleToAssetKeyPrefix | None = None
    ins: Mapping[str, AssetIn] | None = None
    deps: CoercibleToAssetDeps | None = None
    metadata: Mapping[str, Any] | None = None
    tags: Mapping[str, str] | None = None
    description: str | None = None
    config_schema: Any = None
    required_resource_keys: AbstractSet[str] | None = None
    resource_defs: Mapping[str, object] | None = None
    io_manager_def: object | None = None
    io_manager_key: str | None = None
    dagster_type: Any = None
    op_tags: Mapping[str, Any] | None = None
    group_name: str | None = None
    output_required: bool = True
    retry_policy: RetryPolicy | None = None
    code_version: str | None = None
    key: CoercibleToAssetKey | None = None
    owners: Sequence[str] | None = None
    kinds: AbstractSet[str] | None = None
    compute_kind: str | None = None
    check_specs: Sequence[AssetCheckSpec] | None = None
    hooks: AbstractSet[HookDefinition] | None = None
    pool: str | None = None

    @staticmethod
    def of(arguments: Mapping[str, Any]) -> AssetArguments:
        """The arguments as a value.

        Raises:
            TypeError: one of them does not exist.
            DagsterInvalidDefinitionError: one is not supported yet, or two contradict each other.
        """
        known = {each.name for each in fields(AssetArguments)}
        for name, value in arguments.items():
            if name in NOT_YET:
                if value not in (None, False):
                    raise DagsterInvalidDefinitionError(f"{name}= of @asset is not supported yet; leave it out")
            elif name not in known:
                raise TypeError(f"@asset has no argument {name!r}{did_you_mean(name, known | NOT_YET)}")
        given = AssetArguments(**{name: value for name, value in arguments.items() if name in known})
        given._check()
        return given

    def _check(self) -> None:
        if self.key is not None and (self.name is not None or self.key_prefix is not None):
            raise DagsterInvalidDefinitionError(
                f"an asset has key={self.key!r} as well as name= or key_prefix=; the key is the whole name"
            )
        if self.compute_kind is not None and self.kinds:
            raise DagsterInvalidDefinitionError(
                f"an asset has both kinds= and compute_kind={self.compute_kind!r}; put all of them into kinds"
            )
        if self.io_manager_key is not None and self.io_manager_def is not None:
            raise DagsterInvalidDefinitionError(
                f"an asset has both io_manager_key={self.io_manager_key!r} and io_manager_def; give one of them"
            )

    def parts(self, fn: Callable[..., Any]) -> AssetParts:
        """What becomes of a function.

        Raises:
            DagsterInvalidDefinitionError, ParameterCheckError: see ``@asset``.
        """
        function = read_function(fn, "asset")
        key = self._key(function)
        what = f"asset {key.to_user_string()!r}"
        op_name = _op_name(key, what)
        deps = deps_of(self.deps, what)
        ins, keys_by_input = self._inputs(function, deps, what)
        resource_defs, manager_key = self._resources(op_name, what)
        spec = AssetSpec(
            key,
            deps=_all_deps(keys_by_input.values(), deps),
            description=self.description if self.description is not None else function.docstring,
            metadata=self.metadata,
            skippable=not check_instance(self.output_required, bool, f"output_required of {what}"),
            group_name=self.group_name,
            code_version=self.code_version,
            owners=self.owners,
            tags=self.tags,
            kinds=self.kinds,
        )
        op = OpDefinition(
            function,
            op_name,
            ins,
            {DEFAULT_OUTPUT: self._out(function, spec, manager_key)},
            spec.description,
            self.config_schema,
            self.required_resource_keys,
            {**(self.op_tags or {}), **({COMPUTE_KIND_TAG: self.compute_kind} if self.compute_kind else {})},
            None,
            self.retry_policy,
            self.code_version,
            self.pool,
        )
        if self.hooks:
            op.hook_defs = check_hooks(self.hooks, what)
        checks = check_specs_of(self.check_specs, [key], what) if self.check_specs else ()
        return AssetParts(op, spec, keys_by_input, resource_defs, checks)

    def _key(self, function: UserFunction) -> AssetKey:
        if self.key is not None:
            return AssetKey.from_coercible(self.key)
        name = self.name if self.name is not None else function.name
        key = AssetKey(check_instance(name, str, "name of an asset"))
        return key if not self.key_prefix else key.with_prefix(self.key_prefix)

    def _inputs(
        self, function: UserFunction, deps: Sequence[AssetDep], what: str
    ) -> tuple[dict[str, In], dict[str, AssetKey]]:
        given = dict(self.ins or {})
        parameters = [each.name for each in function.parameters]
        for name, each in given.items():
            check_instance(each, AssetIn, f"ins[{name!r}] of {what}", "write AssetIn(...)")
            if name not in parameters and not each.is_nothing and not function.accepts_any:
                raise DagsterInvalidDefinitionError(
                    f"{what}: ins= has {name!r}, but its function has no such parameter"
                    f"{did_you_mean(name, parameters)}",
                    input=name,
                )
        ins: dict[str, In] = {}
        keys: dict[str, AssetKey] = {}
        for name in [*parameters, *(name for name in given if name not in parameters)]:
            each = given.get(name) or AssetIn()
            keys[name] = each.key_for(name)
            ins[name] = In(
                each.dagster_type,
                metadata=each.metadata,
                asset_key=keys[name],
                input_manager_key=each.input_manager_key,
            )
        loaded = set(keys.values())
        for dep in deps:
            if dep.asset_key in loaded:
                raise DagsterInvalidDefinitionError(
                    f"{what}: deps= names {dep.asset_key.to_user_string()!r}, which a parameter of its function takes "
                    "already; remove it from deps",
                    dep=dep.asset_key,
                )
            name = _free_name("_".join(dep.asset_key.path), ins)
            keys[name] = dep.asset_key
            ins[name] = In(Nothing, asset_key=dep.asset_key)
        return ins, keys

    def _resources(self, op_name: str, what: str) -> tuple[dict[str, ResourceDefinition], str | None]:
        definitions = resource_definitions(self.resource_defs, what) if self.resource_defs is not None else {}
        if self.io_manager_def is None:
            key = self.io_manager_key
            return definitions, None if key is None else check_instance(key, str, f"io_manager_key of {what}")
        key = f"{op_name}__io_manager"
        definitions[key] = as_resource_definition(self.io_manager_def)
        return definitions, key

    def _out(self, function: UserFunction, spec: AssetSpec, manager_key: str | None) -> Out:
        kind = self.dagster_type if self.dagster_type is not None else _value_type(function)
        return Out(kind, spec.description, self.output_required, manager_key, spec.metadata, self.code_version)


def _value_type(function: UserFunction) -> Any:
    """What the IO manager is handed: nothing for ``-> None``; a ``MaterializeResult`` may hold a value of any type."""
    annotation = value_annotation(function)
    if typing.get_origin(annotation) is MaterializeResult:
        return type_of_annotation(typing.get_args(annotation)[0])
    if annotation is MaterializeResult:
        return Any
    return Nothing if annotation in (None, type(None)) else annotation


def _op_name(key: AssetKey, what: str) -> str:
    for part in key.path:
        if not _PART.match(part):
            repaired = re.sub(r"[^A-Za-z0-9_]+", "_", part).strip("_") or "name"
            raise DagsterInvalidDefinitionError(
                f"{what}: {part!r} cannot be part of the key of an asset that is made here: expected letters, digits, "
                f"'_', '-' and '.'; for example {repaired!r} is valid",
                asset_key=key,
            )
    return check_name(re.sub(r"[.-]", "_", "__".join(key.path)), "asset")


def _all_deps(loaded: Iterable[AssetKey], deps: Sequence[AssetDep]) -> list[AssetDep]:
    said = {dep.asset_key: dep for dep in deps}
    return [said.get(key) or AssetDep(key) for key in dict.fromkeys(loaded)]


def _free_name(wanted: str, taken: Mapping[str, In]) -> str:
    base = re.sub(r"\W", "_", wanted)
    name, number = base, 1
    while name in taken or not name.isidentifier():
        number += 1
        name = f"dep_{base}_{number}"
    try:
        return check_name(name, "input")
    except DagsterInvalidDefinitionError:  # a reserved word, or longer than a name may be
        return _free_name(f"dep_{base[:200]}", taken)
