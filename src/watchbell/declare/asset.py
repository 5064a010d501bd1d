"""Assets: what a function makes, under a key, from other assets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property
from typing import Any, overload

from watchbell.declare.asset_arguments import AssetArguments, AssetIn, CoercibleToAssetDeps
from watchbell.declare.asset_check_spec import AssetCheckSpec
from watchbell.declare.asset_spec import IO_MANAGER_KEY_METADATA, AssetSpec, replace_fields
from watchbell.declare.compose import PendingNode, current_composition
from watchbell.declare.labels import DEFAULT_GROUP_NAME
from watchbell.declare.names import check_instance
from watchbell.declare.op import OpDefinition
from watchbell.declare.resource import ResourceDefinition
from watchbell.declare.retry import RetryPolicy
from watchbell.ground.errors import DagsterInvalidDefinitionError, DagsterInvariantViolationError, ParameterCheckError
from watchbell.ground.suggest import did_you_mean
from watchbell.record.asset_check import AssetCheckKey
from watchbell.record.keys import AssetKey, CoercibleToAssetKey, CoercibleToAssetKeyPrefix

__all__ = ["AssetIn", "AssetsDefinition", "asset"]


class AssetsDefinition:
    """An op and the assets it makes; made by :func:`asset`.

    Args:
        op: the op.
        keys_by_input_name: the assets its inputs are.
        keys_by_output_name: the assets its outputs are.
        specs_by_key: what is said of each asset it makes.
        resource_defs: resources it brings along.
        check_specs: the checks of its assets that its function makes.

    Raises:
        DagsterInvalidDefinitionError: an input or output is not the op's, or an asset has no spec.
    """

    node_type = "asset"

    def __init__(
        self,
        *,
        op: OpDefinition,
        keys_by_input_name: Mapping[str, AssetKey],
        keys_by_output_name: Mapping[str, AssetKey],
        specs_by_key: Mapping[AssetKey, AssetSpec],
        resource_defs: Mapping[str, ResourceDefinition] | None = None,
        check_specs: Sequence[AssetCheckSpec] = (),
    ) -> None:
        self.op = check_instance(op, OpDefinition, "op of an AssetsDefinition")
        self.keys_by_input_name = dict(keys_by_input_name)
        self.keys_by_output_name = dict(keys_by_output_name)
        self.specs_by_key = dict(specs_by_key)
        self.resource_defs = dict(resource_defs or {})
        self.check_specs = tuple(check_specs)
        for what, names, known in (("input", keys_by_input_name, op.ins), ("output", keys_by_output_name, op.outs)):
            for name in names:
                if name not in known:
                    raise DagsterInvalidDefinitionError(
                        f"op {op.name!r} has no {what} {name!r}{did_you_mean(name, known)}"
                    )
        if set(self.specs_by_key) != set(self.keys_by_output_name.values()):
            raise DagsterInvalidDefinitionError(f"op {op.name!r}: each of its assets has one output and one spec")

    def __repr__(self) -> str:
        return f"AssetsDefinition({', '.join(repr(key.to_user_string()) for key in self.keys)})"

    # ------------------------------------------------------------------ which assets

    @property
    def keys(self) -> AbstractSet[AssetKey]:
        """The assets it makes."""
        return self.specs_by_key.keys()

    @property
    def key(self) -> AssetKey:
        """The asset it makes.

        Raises:
            DagsterInvariantViolationError: it makes several.
        """
        if len(self.specs_by_key) != 1:
            raise DagsterInvariantViolationError(
                f"op {self.op.name!r} makes {len(self.specs_by_key)} assets, so .key is not one; use .keys"
            )
        return next(iter(self.specs_by_key))

    @property
    def specs(self) -> Sequence[AssetSpec]:
        """What is said of each asset, in the order of outputs."""
        return list(self.specs_by_key.values())

    @property
    def node_def(self) -> OpDefinition:
        """The op; the same as ``op``."""
        return self.op

    @property
    def is_executable(self) -> bool:
        """Whether it makes something: always."""
        return True

    is_materializable = is_executable

    @property
    def is_external(self) -> bool:
        """Whether something else makes it: never."""
        return False

    @property
    def can_subset(self) -> bool:
        """Whether some of its assets can be made without the others: not so far."""
        return False

    @property
    def partitions_def(self) -> None:
        """None: partitions are not supported yet."""
        return

    # -------------------------------------------------------------- what is said of them

    def get_asset_spec(self, key: AssetKey | None = None) -> AssetSpec:
        """What is said of one of its assets.

        Args:
            key: which one; may be left out if it makes only one.

        Raises:
            DagsterInvariantViolationError: it does not make that asset.
        """
        return self.specs_by_key[self._own(self.key if key is None else key)]

    @property
    def group_names_by_key(self) -> Mapping[AssetKey, str]:
        """The group of each asset."""
        return {key: spec.group_name or DEFAULT_GROUP_NAME for key, spec in self.specs_by_key.items()}

    @property
    def descriptions_by_key(self) -> Mapping[AssetKey, str]:
        """The description of each asset that has one."""
        return {key: spec.description for key, spec in self.specs_by_key.items() if spec.description is not None}

    @property
    def metadata_by_key(self) -> Mapping[AssetKey, Mapping[str, Any]]:
        """The metadata of each asset."""
        return {key: spec.metadata for key, spec in self.specs_by_key.items()}

    @property
    def tags_by_key(self) -> Mapping[AssetKey, Mapping[str, str]]:
        """The tags of each asset."""
        return {key: spec.tags for key, spec in self.specs_by_key.items()}

    @property
    def owners_by_key(self) -> Mapping[AssetKey, Sequence[str]]:
        """The owners of each asset."""
        return {key: spec.owners for key, spec in self.specs_by_key.items()}

    @property
    def code_versions_by_key(self) -> Mapping[AssetKey, str | None]:
        """The code version of each asset."""
        return {key: spec.code_version for key, spec in self.specs_by_key.items()}

    @property
    def check_keys(self) -> AbstractSet[AssetCheckKey]:
        """The checks its function makes."""
        return {spec.key for spec in self.check_specs}

    @property
    def check_key(self) -> AssetCheckKey:
        """The check its function makes.

        Raises:
            DagsterInvariantViolationError: it makes none or several.
        """
        if len(self.check_specs) != 1:
            raise DagsterInvariantViolationError(
                f"op {self.op.name!r} makes {len(self.check_specs)} checks, so .check_key is not one; use .check_keys"
            )
        return self.check_specs[0].key

    # --------------------------------------------------------------------- dependencies

    @property
    def asset_deps(self) -> Mapping[AssetKey, AbstractSet[AssetKey]]:
        """What each asset is made from."""
        return {key: {dep.asset_key for dep in spec.deps} for key, spec in self.specs_by_key.items()}

    @property
    def dependency_keys(self) -> AbstractSet[AssetKey]:
        """What its assets are made from."""
        return set().union(*self.asset_deps.values())

    @property
    def input_names(self) -> Iterable[str]:
        """Names of its inputs, those that carry no value included."""
        return self.keys_by_input_name.keys()

    @cached_property
    def _loading_inputs(self) -> Mapping[AssetKey, str]:
        ins = self.op.ins
        return {key: name for name, key in self.keys_by_input_name.items() if not ins[name].is_nothing}

    def loading_input_of(self, key: AssetKey) -> str | None:
        """Name of the input that takes the value of an asset; None if it only waits for it, if at all."""
        if not self.keys_by_input_name:
            return None
        return self._loading_inputs.get(key)

    # -------------------------------------------------------------------------- execution

    @cached_property
    def required_resource_keys(self) -> frozenset[str]:
        """Resources that its function, outputs and inputs need."""
        managers = {out.io_manager_key for out in self.op.outs.values() if not out.is_nothing}
        loaders = {each.input_manager_key for each in self.op.ins.values() if each.input_manager_key is not None}
        return self.op.required_resource_keys | self.op.type_resource_keys | managers | loaders

    def get_output_name_for_asset_key(self, key: AssetKey) -> str:
        """Name of the output that is this asset.

        Raises:
            DagsterInvariantViolationError: it does not make that asset.
        """
        self._own(key)
        return next(name for name, each in self.keys_by_output_name.items() if each == key)

    def get_io_manager_key_for_asset_key(self, key: AssetKey) -> str:
        """Key of the resource that stores this asset; raises as :meth:`get_output_name_for_asset_key`."""
        return self.op.outs[self.get_output_name_for_asset_key(key)].io_manager_key

    def get_op_def_for_asset_key(self, key: AssetKey) -> OpDefinition | None:
        """The op that makes this asset; None if it makes another."""
        return self.op if key in self.specs_by_key else None

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Runs the function with these arguments, for tests; inside a ``@job`` or ``@graph`` it becomes a part of that.

        A job with an asset in it makes the asset: its runs store the materialization. Inputs that are not connected
        are loaded from where they were stored.

        Raises:
            DagsterInvalidInvocationError: arguments that do not fit the function.
            DagsterInvalidDefinitionError: inside a job or graph, an input is unknown or given something else than an
                output.
        """
        composition = current_composition()
        if composition is not None:
            return composition.invoke(PendingNode(self.op, assets=self), args, kwargs)
        return self.op(*[self._told(each) for each in args], **{key: self._told(each) for key, each in kwargs.items()})

    def _told(self, argument: Any) -> Any:
        """A context for direct calls learns which assets are made; anything else stays as it is."""
        tell = getattr(type(argument), "for_assets", None)
        return argument if tell is None else tell(argument, self)

    # ---------------------------------------------------------------------------- changes

    def map_asset_specs(self, fn: Callable[[AssetSpec], AssetSpec]) -> AssetsDefinition:
        """The same assets with what is said of them changed.

        Args:
            fn: from a spec to the changed one; it must keep key and deps.

        Raises:
            DagsterInvalidDefinitionError: it changes a key or the dependencies.
        """
        changed = {}
        for key, spec in self.specs_by_key.items():
            new = check_instance(fn(spec), AssetSpec, "what map_asset_specs' function returns")
            if new.key != key or {dep.asset_key for dep in new.deps} != {dep.asset_key for dep in spec.deps}:
                raise DagsterInvalidDefinitionError(
                    f"map_asset_specs cannot change the key or the deps of {key.to_user_string()!r}"
                )
            changed[key] = new
        return self._with(specs_by_key=changed)

    def with_resources(self, resource_defs: Mapping[str, ResourceDefinition]) -> AssetsDefinition:
        """The same assets bringing more resources along."""
        return self._with(resource_defs={**resource_defs, **self.resource_defs})

    def with_prefix_or_group(
        self, prefix: CoercibleToAssetKeyPrefix | None = None, group_name: str | None = None
    ) -> AssetsDefinition:
        """The same assets with parts put in front of their keys, or in a group where they have none."""
        moved = {key: key.with_prefix(prefix) if prefix else key for key in self.specs_by_key}
        specs = {
            moved[key]: replace_fields(spec, key=moved[key], group_name=spec.group_name or group_name)
            for key, spec in self.specs_by_key.items()
        }
        outputs = {name: moved[key] for name, key in self.keys_by_output_name.items()}
        checks = [each.replace_key(AssetCheckKey(moved[each.asset_key], each.name)) for each in self.check_specs]
        return self._with(specs_by_key=specs, keys_by_output_name=outputs, check_specs=checks)

    def _with(self, **changes: Any) -> AssetsDefinition:
        current = {
            "op": self.op,
            "keys_by_input_name": self.keys_by_input_name,
            "keys_by_output_name": self.keys_by_output_name,
            "specs_by_key": self.specs_by_key,
            "resource_defs": self.resource_defs,
            "check_specs": self.check_specs,
        }
        return AssetsDefinition(**{**current, **changes})

    def _own(self, key: AssetKey) -> AssetKey:
        if key not in self.specs_by_key:
            name = key.to_user_string()
            near = did_you_mean(name, (each.to_user_string() for each in self.specs_by_key))
            raise DagsterInvariantViolationError(f"op {self.op.name!r} does not make the asset {name!r}{near}")
        return key


@overload
def asset(compute_fn: Callable[..., Any]) -> AssetsDefinition: ...


@overload
def asset(
    *,
    name: str | None = ...,
    key_prefix: CoercibleToAssetKeyPrefix | None = ...,
    ins: Mapping[str, AssetIn] | None = ...,
    deps: CoercibleToAssetDeps | None = ...,
    metadata: Mapping[str, Any] | None = ...,
    tags: Mapping[str, str] | None = ...,
    description: str | None = ...,
    config_schema: Any = ...,
    required_resource_keys: AbstractSet[str] | None = ...,
    resource_defs: Mapping[str, object] | None = ...,
    io_manager_def: object | None = ...,
    io_manager_key: str | None = ...,
    dagster_type: Any = ...,
    op_tags: Mapping[str, Any] | None = ...,
    group_name: str | None = ...,
    output_required: bool = ...,
    retry_policy: RetryPolicy | None = ...,
    code_version: str | None = ...,
    key: CoercibleToAssetKey | None = ...,
    owners: Sequence[str] | None = ...,
    kinds: AbstractSet[str] | None = ...,
    compute_kind: str | None = ...,
    check_specs: Sequence[AssetCheckSpec] | None = ...,
) -> Callable[[Callable[..., Any]], AssetsDefinition]: ...


def asset(compute_fn: Callable[..., Any] | None = None, **arguments: Any) -> Any:
    """Makes an asset of a function.

    The function's parameters are the assets it is made from, by name; their values are loaded and passed. Not so a
    first one called ``context``, one called ``config``, and those annotated as resources. What it returns is stored by
    the asset's IO manager; with ``-> None``, or a `MaterializeResult` without a value, it stores the asset itself.

    Args:
        compute_fn: the function, when used without parentheses.
        name: last part of the key; left out: the function's name.
        key_prefix: parts in front of the name.
        key: the whole key, instead of ``name`` and ``key_prefix``.
        ins: for parameters that are not simply called like their asset: :class:`AssetIn` by parameter name.
        deps: assets that must be made before, whose values are not loaded.
        metadata: labelled facts; the IO manager reads them as ``definition_metadata``.
        tags: labels; short keys and values.
        kinds: what it is made with or stored in, e.g. ``{"python", "duckdb"}``.
        compute_kind: one kind, in the older form.
        owners: e-mail addresses and teams (``"team:data"``).
        group_name: its group; None: ``"default"``.
        description: free text; left out: the function's docstring.
        config_schema: config it takes as ``context.op_execution_context.op_config``.
        required_resource_keys: resources it takes as ``context.resources.<key>``.
        resource_defs: resources it brings along, by key.
        io_manager_key: the resource that stores it; left out: ``"io_manager"``.
        io_manager_def: the IO manager that stores it, instead of a key.
        dagster_type: what the value may be; left out: the function's return annotation.
        op_tags: labels of the step that makes it.
        output_required: False: the function may yield nothing, and what depends on it is skipped.
        retry_policy: when a failed step is tried again.
        code_version: text that changes when the code does.
        check_specs: checks of the asset that the function makes itself: it yields an AssetCheckResult for each, or
            returns them in a MaterializeResult.

    Returns:
        The AssetsDefinition; with arguments, a decorator that makes it.

    Raises:
        DagsterInvalidDefinitionError: key, labels, inputs and function do not fit each other, or an argument is not
            supported yet.
        ParameterCheckError: an argument of the wrong type.
        TypeError: no such argument.

    Example:
        >>> @asset(group_name="sales", kinds={"python"})
        ... def daily_totals(orders):
        ...     return orders.groupby("day").sum()
    """
    if compute_fn is not None and not callable(compute_fn):
        raise ParameterCheckError(f"@asset is put on a function, not on {compute_fn!r}", parameter="compute_fn")
    given = AssetArguments.of(arguments)
    return _define(compute_fn, given) if compute_fn is not None else lambda fn: _define(fn, given)


def _define(fn: Callable[..., Any], given: AssetArguments) -> AssetsDefinition:
    parts = given.parts(fn)
    return AssetsDefinition(
        op=parts.op,
        keys_by_input_name=parts.keys_by_input_name,
        keys_by_output_name=dict.fromkeys(parts.op.outs, parts.spec.key),
        specs_by_key={parts.spec.key: parts.spec},
        resource_defs=parts.resource_defs,
        check_specs=parts.check_specs,
    )


def io_manager_key_of(spec: AssetSpec, maker: AssetsDefinition | None) -> str | None:
    """Key of the resource that stores an asset: its maker's, or what its spec says; None if neither does."""
    if maker is not None:
        return maker.get_io_manager_key_for_asset_key(spec.key)
    key = spec.metadata.get(IO_MANAGER_KEY_METADATA)
    return None if key is None else str(key)
