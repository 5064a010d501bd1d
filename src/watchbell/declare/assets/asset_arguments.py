"""The arguments of ``@asset``, checked, and what becomes of them: an op, a spec and keys."""

from __future__ import annotations

import re
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from watchbell.declare.assets.asset_in import AssetIn
from watchbell.declare.assets.asset_inputs import AssetInputs
from watchbell.declare.assets.asset_spec import AssetDep, AssetSpec, CoercibleToAssetDep, deps_of
from watchbell.declare.assets.assets_from_node import check_specs_by_name
from watchbell.declare.assets.freshness_kind import FreshnessKind, LegacyFreshnessKind
from watchbell.declare.checks.asset_check_spec import AssetCheckSpec
from watchbell.declare.conditions.condition_arguments import ConditionKind, PolicyKind
from watchbell.declare.config.annotation_type import type_of_annotation
from watchbell.declare.config.data_type import Nothing
from watchbell.declare.graphs.function import UserFunction, read_function, value_annotation
from watchbell.declare.graphs.op import OpDefinition
from watchbell.declare.graphs.output import DEFAULT_OUTPUT, Out
from watchbell.declare.graphs.result import MaterializeResult
from watchbell.declare.hook import HookDefinition, check_hooks
from watchbell.declare.labels import COMPUTE_KIND_TAG, DEFAULT_GROUP_NAME
from watchbell.declare.names import check_instance, check_name
from watchbell.declare.partitions.backfill_policy import BackfillPolicy
from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.resource import ResourceDefinition, as_resource_definition, resource_definitions
from watchbell.declare.retry import RetryPolicy
from watchbell.ground.api_warnings import deprecation_warning
from watchbell.ground.errors import DagsterInvalidDefinitionError
from watchbell.ground.suggest import did_you_mean
from watchbell.ground.value import dataclass
from watchbell.record.keys import AssetKey, CoercibleToAssetKey, CoercibleToAssetKeyPrefix

CoercibleToAssetDeps = Iterable[CoercibleToAssetDep]
_PART = re.compile(r"[A-Za-z0-9_.-]+\Z")
# Arguments of the specification that belong to what is not built yet.
OLD_DEPS = "non_argument_deps"
NOT_YET = frozenset({"is_virtual"})


@dataclass(frozen=True)
class AssetParts:
    """What ``@asset`` makes of a function.

    Args:
        op: the op.
        spec: what is said of the asset.
        keys_by_input_name: the assets the op's inputs are.
        resource_defs: resources the asset brings along.
        check_specs: checks that the function makes too, by the name each is kept under.
    """

    op: OpDefinition
    spec: AssetSpec
    keys_by_input_name: Mapping[str, AssetKey]
    resource_defs: Mapping[str, ResourceDefinition]
    check_specs: Mapping[str, AssetCheckSpec]


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
    hooks: AbstractSet[HookDefinition] | None = None
    pool: str | None = None
    check_specs: Sequence[AssetCheckSpec] | None = None
    freshness_policy: FreshnessKind | LegacyFreshnessKind | None = None
    legacy_freshness_policy: LegacyFreshnessKind | None = None
    partitions_def: PartitionsDefinition | None = None
    backfill_policy: BackfillPolicy | None = None
    automation_condition: ConditionKind | None = None
    auto_materialize_policy: PolicyKind | None = None

    @staticmethod
    def of(arguments: Mapping[str, Any]) -> AssetArguments:
        """The arguments as a value.

        Raises:
            TypeError: one of them does not exist.
            DagsterInvalidDefinitionError: one is not supported yet, or two contradict each other.
        """
        known = AssetArguments.__dataclass_fields__.keys()
        arguments = _with_name_of_today(arguments)
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
        op_name = op_name_of(key, what)
        deps = deps_of(self.deps, what)
        inputs = AssetInputs(what)
        inputs.take(function, self.ins or {})
        inputs.wait_for(dep.asset_key for dep in deps)
        resource_defs, manager_key = self._resources(op_name, what)
        spec = AssetSpec(
            key,
            deps=_all_deps(inputs, deps),
            description=self.description if self.description is not None else function.docstring,
            metadata=self.metadata,
            skippable=not check_instance(self.output_required, bool, f"output_required of {what}"),
            group_name=DEFAULT_GROUP_NAME if self.group_name is None else self.group_name,
            code_version=self.code_version,
            owners=self.owners,
            tags=self.tags,
            kinds=self.kinds,
            freshness_policy=self.freshness_policy,
            legacy_freshness_policy=self.legacy_freshness_policy,
            partitions_def=self.partitions_def,
            automation_condition=self.automation_condition,
            auto_materialize_policy=self.auto_materialize_policy,
        )
        op = OpDefinition(
            function,
            op_name,
            inputs.ins,
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
        checks = check_specs_by_name(self.check_specs, [key], what) if self.check_specs else {}
        return AssetParts(op, spec, inputs.keys, resource_defs, checks)

    def _key(self, function: UserFunction) -> AssetKey:
        if self.key is not None:
            return AssetKey.from_coercible(self.key)
        name = self.name if self.name is not None else function.name
        key = AssetKey(check_instance(name, str, "name of an asset"))
        return key if not self.key_prefix else key.with_prefix(self.key_prefix)

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


def own_key(
    fn: Callable[..., Any],
    key: CoercibleToAssetKey | None,
    name: str | None,
    key_prefix: CoercibleToAssetKeyPrefix | None,
) -> AssetKey:
    """The key of the asset that a function makes or looks at.

    Args:
        fn: the function.
        key: the whole key.
        name: instead, its last part; None: the function's name.
        key_prefix: parts in front of the name.

    Raises:
        DagsterInvalidDefinitionError: the whole key is given, and parts of it.
    """
    if key is not None:
        if name is not None or key_prefix is not None:
            raise DagsterInvalidDefinitionError(
                f"an asset has key={key!r} as well as name= or key_prefix=; the key is the whole name"
            )
        return AssetKey.from_coercible(key)
    own = AssetKey(name if name is not None else fn.__name__)
    return own.with_prefix(key_prefix) if key_prefix else own


def op_name_of(key: AssetKey, what: str) -> str:
    """The name of the op or graph that makes an asset.

    Args:
        key: the asset.
        what: the asset in words, for messages.

    Raises:
        DagsterInvalidDefinitionError: a part of the key has other characters than such a name may have.
    """
    for part in key.path:
        if not _PART.match(part):
            repaired = re.sub(r"[^A-Za-z0-9_]+", "_", part).strip("_") or "name"
            raise DagsterInvalidDefinitionError(
                f"{what}: {part!r} cannot be part of the key of an asset that is made here: expected letters, digits, "
                f"'_', '-' and '.'; for example {repaired!r} is valid",
                asset_key=key,
            )
    return check_name(re.sub(r"[.-]", "_", "__".join(key.path)), "asset")


def _with_name_of_today(arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """The arguments with ``non_argument_deps``, the earlier name of ``deps``, under that."""
    if OLD_DEPS not in arguments:
        return arguments
    if arguments.get("deps") is not None:
        raise DagsterInvalidDefinitionError(f"@asset has deps= and {OLD_DEPS}=, its earlier name; put all into deps")
    deprecation_warning(f"{OLD_DEPS}= of @asset", "2.0", "Use deps= instead.", stacklevel=5)
    given = {name: value for name, value in arguments.items() if name != OLD_DEPS}
    old = arguments[OLD_DEPS]
    return {**given, "deps": sorted(old, key=str) if isinstance(old, AbstractSet) else old}


def _all_deps(inputs: AssetInputs, deps: Sequence[AssetDep]) -> list[AssetDep]:
    said = {dep.asset_key: dep for dep in deps}
    return [inputs.dep_on(key, said) for key in dict.fromkeys(inputs.keys.values())]
