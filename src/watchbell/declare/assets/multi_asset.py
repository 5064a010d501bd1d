"""``@multi_asset``: one function that makes several assets."""

from __future__ import annotations

import typing
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import fields, replace
from typing import Any

from watchbell.declare.assets.asset_arguments import CoercibleToAssetDeps
from watchbell.declare.assets.asset_in import AssetIn
from watchbell.declare.assets.asset_inputs import AssetInputs, free_name
from watchbell.declare.assets.asset_out import NOT_YET, AssetOut
from watchbell.declare.assets.asset_spec import IO_MANAGER_KEY_METADATA, AssetSpec, deps_of, replace_fields
from watchbell.declare.assets.assets_definition import AssetsDefinition
from watchbell.declare.assets.assets_from_node import check_specs_by_name, internal_deps
from watchbell.declare.checks.asset_check_spec import AssetCheckSpec
from watchbell.declare.config.data_type import Nothing
from watchbell.declare.graphs.function import UserFunction, read_function
from watchbell.declare.graphs.op import OpDefinition
from watchbell.declare.graphs.output import NO_VALUE, Out
from watchbell.declare.hook import HookDefinition
from watchbell.declare.labels import COMPUTE_KIND_TAG, DEFAULT_GROUP_NAME, check_group_name
from watchbell.declare.names import check_instance, check_mapping, check_name
from watchbell.declare.partitions.backfill_policy import BackfillPolicy
from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.resource import resource_definitions
from watchbell.declare.retry import RetryPolicy
from watchbell.ground.errors import DagsterInvalidDefinitionError, ParameterCheckError
from watchbell.ground.suggest import did_you_mean
from watchbell.ground.value import dataclass
from watchbell.record.keys import AssetKey

_OF_EACH = frozenset({"automation_condition", "auto_materialize_policy"})


@dataclass(frozen=True)
class MultiAssetArguments:
    """The arguments of ``@multi_asset``; each is described there."""

    outs: Mapping[str, AssetOut] | None = None
    name: str | None = None
    ins: Mapping[str, AssetIn] | None = None
    deps: CoercibleToAssetDeps | None = None
    description: str | None = None
    config_schema: Any = None
    required_resource_keys: AbstractSet[str] | None = None
    internal_asset_deps: Mapping[str, set[AssetKey]] | None = None
    hooks: AbstractSet[HookDefinition] | None = None
    op_tags: Mapping[str, Any] | None = None
    can_subset: bool = False
    resource_defs: Mapping[str, object] | None = None
    group_name: str | None = None
    retry_policy: RetryPolicy | None = None
    code_version: str | None = None
    specs: Sequence[AssetSpec] | None = None
    check_specs: Sequence[AssetCheckSpec] | None = None
    pool: str | None = None
    compute_kind: str | None = None
    partitions_def: PartitionsDefinition | None = None
    backfill_policy: BackfillPolicy | None = None
    observes: bool = False

    @staticmethod
    def of(arguments: Mapping[str, Any], caller: str) -> MultiAssetArguments:
        """The arguments as a value.

        Raises:
            TypeError: one of them does not exist.
            DagsterInvalidDefinitionError: one is not supported yet, or two contradict each other.
        """
        known = {each.name for each in fields(MultiAssetArguments)} - {"observes"}
        for name, value in arguments.items():
            if name in NOT_YET:
                if value not in (None, False):
                    raise DagsterInvalidDefinitionError(f"{name}= of @{caller} is not supported yet; leave it out")
            elif name not in known:
                where = "; give it to each AssetSpec or AssetOut" if name in _OF_EACH else ""
                raise TypeError(f"@{caller} has no argument {name!r}{where or did_you_mean(name, known | NOT_YET)}")
        given = MultiAssetArguments(**{name: value for name, value in arguments.items() if name in known})
        given._check(caller)
        return replace(given, observes=caller != "multi_asset")

    def _check(self, caller: str) -> None:
        if self.outs is not None and self.specs is not None:
            raise DagsterInvalidDefinitionError(f"@{caller} has both outs= and specs=; give one of them")
        if self.specs is not None:
            for name in ("deps", "internal_asset_deps"):
                if getattr(self, name):
                    raise DagsterInvalidDefinitionError(
                        f"@{caller} has both specs= and {name}=; say what an asset is made from by the deps of its spec"
                    )
            for each in self.specs:
                check_instance(each, AssetSpec, f"a member of specs of @{caller}")
        for name, out in check_mapping(self.outs, f"outs of @{caller}").items():
            check_instance(out, AssetOut, f"outs[{name!r}] of @{caller}", "write AssetOut(...)")
        said: list[Any] = [*(self.outs or {}).values(), *(self.specs or ())]
        if self.group_name is not None and any(each.group_name is not None for each in said):
            raise DagsterInvalidDefinitionError(
                f"@{caller} has group_name={self.group_name!r}, and one of its assets a group of its own; give the "
                "group to the whole, or to each asset"
            )

    def definition(self, fn: Callable[..., Any]) -> AssetsDefinition:
        """The assets of a function.

        Raises:
            DagsterInvalidDefinitionError, ParameterCheckError: see ``@multi_asset``.
        """
        function = read_function(fn, "multi_asset")
        name = check_name(self.name if self.name is not None else function.name, "multi_asset")
        what = f"multi_asset {name!r}"
        if self.group_name is not None:
            check_group_name(self.group_name, what)
        inputs = AssetInputs(what)
        inputs.take(function, check_mapping(self.ins, f"ins of {what}"))
        description = self.description if self.description is not None else function.docstring
        specs = self._specs(inputs, what) if self.specs is not None else self._outs(inputs, description, what)
        outs = {output: self._out(output, spec) for output, spec in specs.items()}
        if not outs and not self.check_specs:
            raise DagsterInvalidDefinitionError(f"{what} makes no asset; give it outs= or specs=")
        op = self._op(function, name, inputs, outs, description)
        keys = {output: spec.key for output, spec in specs.items()}
        return AssetsDefinition(
            node_def=op,
            keys_by_input_name=inputs.keys,
            keys_by_output_name=keys,
            specs=list(specs.values()),
            resource_defs=resource_definitions(self.resource_defs, what) if self.resource_defs else None,
            can_subset=check_instance(self.can_subset, bool, f"can_subset of {what}"),
            check_specs_by_output_name=check_specs_by_name(self.check_specs, keys.values(), what),
            observes=self.observes,
            hook_defs=self.hooks,
            partitions_def=self.partitions_def,
            backfill_policy=self.backfill_policy,
        )

    def _op(
        self, function: UserFunction, name: str, inputs: AssetInputs, outs: Mapping[str, Out], description: str | None
    ) -> OpDefinition:
        kind = {COMPUTE_KIND_TAG: self.compute_kind} if self.compute_kind else {}
        # What the function yields says which asset it is, so its annotation speaks of no output; that of a tuple does.
        speaks = self.specs is None and (len(outs) == 1 or typing.get_origin(function.returns) is tuple)
        read = function if speaks else replace(function, returns=NO_VALUE)
        return OpDefinition(
            read,
            name,
            inputs.ins,
            outs,
            description,
            self.config_schema,
            self.required_resource_keys,
            {**kind, **(self.op_tags or {})},
            None,
            self.retry_policy,
            self.code_version,
            self.pool,
        )

    def _specs(self, inputs: AssetInputs, what: str) -> dict[str, AssetSpec]:
        """The specs by output name; what they are made from becomes an input."""
        specs = list(self.specs or ())
        own = {spec.key for spec in specs}
        needed = {dep.asset_key: None for spec in specs for dep in spec.deps}
        strays = [key for key in inputs.keys.values() if key not in needed]
        if strays:
            name = strays[0].to_user_string()
            raise DagsterInvalidDefinitionError(
                f"{what}: its function takes the asset {name!r}, which is in the deps of none of its specs; add "
                f"deps=[{name!r}] to the spec of each asset that is made from it",
                dep=strays[0],
            )
        for spec in specs:
            for dep in spec.deps:
                inputs.dep_on(dep.asset_key, {dep.asset_key: dep})
        inputs.wait_for(key for key in needed if key not in own)
        found: dict[str, AssetSpec] = {}
        for spec in specs:
            output = free_name("__".join(spec.key.path), found)
            found[output] = replace_fields(
                spec,
                skippable=spec.skippable or self.can_subset,
                group_name=spec.group_name or self.group_name or DEFAULT_GROUP_NAME,
                code_version=spec.code_version or self.code_version,
            )
        return found

    def _outs(self, inputs: AssetInputs, description: str | None, what: str) -> dict[str, AssetSpec]:
        """The specs that the ``outs`` say, by output name."""
        inputs.wait_for(dep.asset_key for dep in deps_of(self.deps, what))
        outs = dict(self.outs or {})
        keys = {check_name(name, "output"): out.key_for(name) for name, out in outs.items()}
        said = {dep.asset_key: dep for dep in deps_of(self.deps, what)}
        deps = internal_deps(_coerced(self.internal_asset_deps, what), keys, inputs.keys.values(), what)
        order = list(dict.fromkeys(inputs.keys.values()))
        found = {}
        for name, out in outs.items():
            taken = [key for key in order if key in deps[name]]
            taken += sorted(deps[name].difference(taken))
            spec = out.to_spec(keys[name], [inputs.dep_on(key, said) for key in taken])
            found[name] = replace_fields(
                spec,
                description=spec.description if spec.description is not None else description,
                group_name=spec.group_name or self.group_name or DEFAULT_GROUP_NAME,
                code_version=spec.code_version or self.code_version,
            )
        return found

    def _out(self, name: str, spec: AssetSpec) -> Out:
        if self.specs is None:
            out = (self.outs or {})[name].to_out()
            return Out(
                out.dagster_type if out.is_typed else NO_VALUE,
                spec.description,
                out.is_required,
                out.io_manager_key,
                spec.metadata,
                spec.code_version,
            )
        manager_key = spec.metadata.get(IO_MANAGER_KEY_METADATA)
        kind = Any if manager_key is not None else Nothing
        return Out(kind, spec.description, not spec.skippable, manager_key, spec.metadata, spec.code_version)


def multi_asset(
    *,
    outs: Mapping[str, AssetOut] | None = None,
    name: str | None = None,
    ins: Mapping[str, AssetIn] | None = None,
    deps: CoercibleToAssetDeps | None = None,
    description: str | None = None,
    config_schema: Any = None,
    required_resource_keys: AbstractSet[str] | None = None,
    internal_asset_deps: Mapping[str, set[AssetKey]] | None = None,
    hooks: AbstractSet[HookDefinition] | None = None,
    op_tags: Mapping[str, Any] | None = None,
    can_subset: bool = False,
    resource_defs: Mapping[str, object] | None = None,
    group_name: str | None = None,
    retry_policy: RetryPolicy | None = None,
    code_version: str | None = None,
    specs: Sequence[AssetSpec] | None = None,
    check_specs: Sequence[AssetCheckSpec] | None = None,
    pool: str | None = None,
    compute_kind: str | None = None,
    partitions_def: PartitionsDefinition | None = None,
    backfill_policy: BackfillPolicy | None = None,
    **not_yet: Any,
) -> Callable[[Callable[..., Any]], AssetsDefinition]:
    """Makes several assets of one function.

    The function yields an ``Output`` (with ``outs``) or a ``MaterializeResult`` (with ``specs``) for each asset, or
    returns a tuple of them in order. Its parameters are assets it is made from, as with :func:`asset`.

    Args:
        outs: assets whose values IO managers store, by output name.
        name: of the step; left out: the function's.
        ins: for parameters that are not simply called like their asset.
        deps: with ``outs``, assets that are only waited for.
        description: free text; left out: the function's docstring.
        config_schema: config it takes as ``context.op_execution_context.op_config``.
        required_resource_keys: resources it takes as ``context.resources.<key>``.
        internal_asset_deps: with ``outs``, by output name the keys it is made from, of inputs and of assets of the same
            function; left out: each is made from all inputs.
        hooks: what is called when its step ends.
        op_tags: labels of the step.
        can_subset: the function makes only what is in ``context.selected_asset_keys``; the rest is left out, and it
            runs in several steps where assets of others lie between its own.
        resource_defs: resources it brings along, by key.
        group_name: group of assets that say none themselves.
        retry_policy: when a failed step is tried again.
        code_version: of assets that say none themselves.
        specs: instead of ``outs``, assets that the function stores itself.
        check_specs: checks that the function makes too, yielding an AssetCheckResult for each.
        pool: the pool whose slots its step takes.
        compute_kind: what it is made with, in the older form.
        partitions_def: how all of its assets are divided into partitions; or say it in each spec.
        backfill_policy: how many partitions a backfill gives to one run; left out: one.
        not_yet: ``is_virtual``, which is not supported yet.

    Returns:
        A decorator that makes the AssetsDefinition.

    Raises:
        DagsterInvalidDefinitionError: assets, inputs and function do not fit each other, or an argument is not
            supported yet.
        ParameterCheckError: an argument of the wrong type.
        TypeError: there is no such argument.

    Example:
        >>> @multi_asset(specs=[AssetSpec("orders"), AssetSpec("totals", deps=["orders"])])
        ... def shop():
        ...     yield MaterializeResult(asset_key="orders", metadata={"rows": 12})
        ...     yield MaterializeResult(asset_key="totals")
        >>> [event.asset_key for event in materialize([shop]).get_asset_materialization_events()]
        [AssetKey(['orders']), AssetKey(['totals'])]
    """
    arguments = {
        "outs": outs,
        "name": name,
        "ins": ins,
        "deps": deps,
        "description": description,
        "config_schema": config_schema,
        "required_resource_keys": required_resource_keys,
        "internal_asset_deps": internal_asset_deps,
        "hooks": hooks,
        "op_tags": op_tags,
        "can_subset": can_subset,
        "resource_defs": resource_defs,
        "group_name": group_name,
        "retry_policy": retry_policy,
        "code_version": code_version,
        "specs": specs,
        "check_specs": check_specs,
        "pool": pool,
        "compute_kind": compute_kind,
        "partitions_def": partitions_def,
        "backfill_policy": backfill_policy,
    }
    return MultiAssetArguments.of({**arguments, **not_yet}, "multi_asset").definition


def _coerced(given: Mapping[str, Any] | None, what: str) -> dict[str, set[AssetKey]]:
    found = {}
    for name, keys in check_mapping(given, f"internal_asset_deps of {what}").items():
        if isinstance(keys, str | AssetKey):
            raise ParameterCheckError(
                f"internal_asset_deps[{name!r}] of {what} is a set of keys, not {keys!r}",
                parameter="internal_asset_deps",
                value=keys,
            )
        found[name] = {AssetKey.from_coercible(key) for key in keys}
    return found
