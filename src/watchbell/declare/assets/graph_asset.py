"""``@graph_asset`` and ``@graph_multi_asset``: assets that several ops make together."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, overload

from watchbell.declare.assets.asset_arguments import op_name_of, own_key
from watchbell.declare.assets.asset_in import AssetIn
from watchbell.declare.assets.asset_out import NOT_YET, AssetOut
from watchbell.declare.assets.asset_spec import AssetDep, AssetSpec, replace_fields
from watchbell.declare.assets.assets_definition import AssetsDefinition
from watchbell.declare.assets.assets_from_node import check_specs_by_name, with_words_of_op
from watchbell.declare.checks.asset_check_spec import AssetCheckSpec
from watchbell.declare.conditions.condition_arguments import ConditionKind, PolicyKind, condition_of
from watchbell.declare.graphs.dependency import GraphOut
from watchbell.declare.graphs.graph import GraphDefinition
from watchbell.declare.graphs.graph_decorator import GraphSpec, compose_graph
from watchbell.declare.graphs.output import DEFAULT_OUTPUT
from watchbell.declare.hook import HookDefinition
from watchbell.declare.labels import DEFAULT_GROUP_NAME
from watchbell.declare.names import check_instance, check_mapping, check_name
from watchbell.declare.partitions.backfill_policy import BackfillPolicy
from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.ground.errors import DagsterInvalidDefinitionError, ParameterCheckError
from watchbell.ground.suggest import did_you_mean
from watchbell.record.keys import AssetKey, CoercibleToAssetKey, CoercibleToAssetKeyPrefix


@overload
def graph_asset(compose_fn: Callable[..., Any]) -> AssetsDefinition: ...


@overload
def graph_asset(
    *,
    name: str | None = ...,
    description: str | None = ...,
    ins: Mapping[str, AssetIn] | None = ...,
    config: Any = ...,
    key_prefix: CoercibleToAssetKeyPrefix | None = ...,
    group_name: str | None = ...,
    hooks: AbstractSet[HookDefinition] | None = ...,
    metadata: Mapping[str, Any] | None = ...,
    tags: Mapping[str, str] | None = ...,
    owners: Sequence[str] | None = ...,
    resource_defs: Mapping[str, object] | None = ...,
    check_specs: Sequence[AssetCheckSpec] | None = ...,
    code_version: str | None = ...,
    key: CoercibleToAssetKey | None = ...,
    kinds: AbstractSet[str] | None = ...,
    partitions_def: PartitionsDefinition | None = ...,
    backfill_policy: BackfillPolicy | None = ...,
    automation_condition: ConditionKind | None = ...,
    auto_materialize_policy: PolicyKind | None = ...,
    **not_yet: Any,
) -> Callable[[Callable[..., Any]], AssetsDefinition]: ...


def graph_asset(
    compose_fn: Callable[..., Any] | None = None,
    *,
    name: str | None = None,
    description: str | None = None,
    ins: Mapping[str, AssetIn] | None = None,
    config: Any = None,
    key_prefix: CoercibleToAssetKeyPrefix | None = None,
    group_name: str | None = None,
    hooks: AbstractSet[HookDefinition] | None = None,
    metadata: Mapping[str, Any] | None = None,
    tags: Mapping[str, str] | None = None,
    owners: Sequence[str] | None = None,
    resource_defs: Mapping[str, object] | None = None,
    check_specs: Sequence[AssetCheckSpec] | None = None,
    code_version: str | None = None,
    key: CoercibleToAssetKey | None = None,
    kinds: AbstractSet[str] | None = None,
    partitions_def: PartitionsDefinition | None = None,
    backfill_policy: BackfillPolicy | None = None,
    automation_condition: ConditionKind | None = None,
    auto_materialize_policy: PolicyKind | None = None,
    **not_yet: object,
) -> Any:
    """Makes an asset of a function that calls ops, as :func:`graph` does: the last of them makes the asset.

    Each op is a step of its own, with its own retries and its place in the log (``asset.op``).

    Args:
        compose_fn: the function, when used without parentheses. Its parameters are assets; it returns what an op
            returned.
        name: last part of the key; left out: the function's name.
        description: free text; left out: the function's docstring.
        ins: for parameters that are not simply called like their asset.
        config: fixed config of its ops, or a ConfigMapping.
        key_prefix: parts in front of the name.
        group_name: its group.
        hooks: hooks of all its steps.
        metadata: labelled facts.
        tags: labels; short keys and values.
        owners: e-mail addresses and teams.
        resource_defs: resources it brings along.
        check_specs: checks that its ops make too: the function returns a dict of ``result`` and, for each, the output's
            name (asset key and check name joined by ``_``) and what the op that answers it returned.
        code_version: text that changes when its code does.
        key: the whole key, instead of ``name`` and ``key_prefix``.
        kinds: what it is made with or stored in.
        partitions_def: how it is divided into partitions.
        backfill_policy: how many partitions a backfill gives to one run; left out: one.
        automation_condition: when it is to be made.
        auto_materialize_policy: the same as a policy.
        not_yet: ``is_virtual``, which is not supported yet.

    Returns:
        The AssetsDefinition; with arguments, a decorator that makes it.

    Raises:
        DagsterInvalidDefinitionError: key, labels and function do not fit each other, or an argument is not supported
            yet.
        ParameterCheckError: it is not put on a function.
        TypeError: there is no such argument.

    Example:
        >>> @op
        ... def fetch():
        ...     return [3, 1, 2]
        >>> @op
        ... def tidy(rows):
        ...     return sorted(rows)
        >>> @graph_asset
        ... def orders():
        ...     return tidy(fetch())
        >>> materialize([orders]).asset_value("orders")
        [1, 2, 3]
    """
    _check_arguments(compose_fn, not_yet)

    def decorate(fn: Callable[..., Any]) -> AssetsDefinition:
        own = own_key(fn, key, name, key_prefix)
        what = f"graph_asset {own.to_user_string()!r}"
        inputs = _keys_by_input(fn, ins, what)
        spec = AssetSpec(
            own,
            deps=_deps(inputs, ins),
            description=description,
            metadata=metadata,
            group_name=DEFAULT_GROUP_NAME if group_name is None else group_name,
            code_version=code_version,
            owners=owners,
            tags=tags,
            kinds=kinds,
            partitions_def=partitions_def,
            automation_condition=condition_of("@graph_asset", automation_condition, auto_materialize_policy),
        )
        checks = check_specs_by_name(check_specs, [own], what)
        outputs = dict.fromkeys((DEFAULT_OUTPUT, *checks), GraphOut())
        words = description if description is not None else _docstring(fn)
        composed = GraphSpec("graph_asset", op_name_of(own, what), words, None, outputs, config)
        graph = _complete(compose_graph(fn, composed), list(outputs), what)
        return AssetsDefinition(
            node_def=graph,
            keys_by_input_name=inputs,
            keys_by_output_name={DEFAULT_OUTPUT: own},
            specs=(with_words_of_op(spec, graph, DEFAULT_OUTPUT, _docstring(fn)),),
            resource_defs=resource_defs,
            check_specs_by_output_name=checks,
            hook_defs=hooks,
            backfill_policy=backfill_policy,
        )

    return decorate if compose_fn is None else decorate(compose_fn)


def graph_multi_asset(
    *,
    outs: Mapping[str, AssetOut],
    name: str | None = None,
    ins: Mapping[str, AssetIn] | None = None,
    hooks: AbstractSet[HookDefinition] | None = None,
    group_name: str | None = None,
    can_subset: bool = False,
    resource_defs: Mapping[str, object] | None = None,
    check_specs: Sequence[AssetCheckSpec] | None = None,
    config: Any = None,
    partitions_def: PartitionsDefinition | None = None,
    backfill_policy: BackfillPolicy | None = None,
    **not_yet: object,
) -> Callable[[Callable[..., Any]], AssetsDefinition]:
    """Makes several assets of a function that calls ops.

    Args:
        outs: the assets by output name; the function returns a dict of these names and what ops returned.
        name: name of the graph; left out: the function's.
        ins: for parameters that are not simply called like their asset.
        hooks: hooks of all its steps.
        group_name: group of assets that say none.
        can_subset: whether some can be made without the others: only the ops that those need run then.
        resource_defs: resources it brings along.
        check_specs: checks that its ops make too.
        config: fixed config of its ops, or a ConfigMapping.
        partitions_def: how all of its assets are divided into partitions.
        backfill_policy: how many partitions a backfill gives to one run; left out: one.
        not_yet: ``is_virtual``, which is not supported yet.

    Raises:
        DagsterInvalidDefinitionError: assets and function do not fit each other, or an argument is not supported yet.
        TypeError: there is no such argument.

    Example:
        >>> @op
        ... def fetch():
        ...     return [3, 1, 2]
        >>> @op
        ... def largest(rows):
        ...     return max(rows)
        >>> @graph_multi_asset(outs={"rows": AssetOut(), "top": AssetOut()})
        ... def shop():
        ...     rows = fetch()
        ...     return {"rows": rows, "top": largest(rows)}
        >>> materialize([shop]).asset_value("top")
        3
    """
    _refuse_later(not_yet, "graph_multi_asset")

    def decorate(fn: Callable[..., Any]) -> AssetsDefinition:
        graph_name = check_name(name if name is not None else fn.__name__, "graph_multi_asset")
        what = f"graph_multi_asset {graph_name!r}"
        for output, out in check_mapping(outs, f"outs of {what}").items():
            check_instance(out, AssetOut, f"outs[{output!r}] of {what}", "write AssetOut(...)")
        if group_name is not None and any(out.group_name is not None for out in outs.values()):
            raise DagsterInvalidDefinitionError(
                f"{what} has group_name={group_name!r}, and one of its assets a group of its own; give the group to "
                "the whole, or to each asset"
            )
        inputs = _keys_by_input(fn, ins, what)
        deps = _deps(inputs, ins)
        keys = {output: out.key_for(output) for output, out in outs.items()}
        specs = [
            replace_fields(spec, group_name=spec.group_name or group_name or DEFAULT_GROUP_NAME)
            for spec in (out.to_spec(keys[output], deps) for output, out in outs.items())
        ]
        checks = check_specs_by_name(check_specs, keys.values(), what)
        graph_outs = {output: GraphOut(out.description) for output, out in outs.items()}
        graph_outs.update(dict.fromkeys(checks, GraphOut()))
        composed = GraphSpec("graph_multi_asset", graph_name, _docstring(fn), None, graph_outs, config)
        graph = _complete(compose_graph(fn, composed), list(graph_outs), what)
        return AssetsDefinition(
            node_def=graph,
            keys_by_input_name=inputs,
            keys_by_output_name=keys,
            specs=[with_words_of_op(spec, graph, output, None) for output, spec in zip(keys, specs, strict=True)],
            resource_defs=resource_defs,
            can_subset=can_subset,
            check_specs_by_output_name=checks,
            hook_defs=hooks,
            partitions_def=partitions_def,
            backfill_policy=backfill_policy,
        )

    return decorate


def _check_arguments(compose_fn: object, not_yet: Mapping[str, object]) -> None:
    _refuse_later(not_yet, "graph_asset")
    if compose_fn is not None and not callable(compose_fn):
        raise ParameterCheckError(f"@graph_asset is put on a function, not on {compose_fn!r}", parameter="compose_fn")


def _refuse_later(given: Mapping[str, object], caller: str) -> None:
    for name, value in given.items():
        if name not in NOT_YET:
            raise TypeError(f"@{caller} has no argument {name!r}{did_you_mean(name, NOT_YET)}")
        if value not in (None, False):
            raise DagsterInvalidDefinitionError(f"{name}= of @{caller} is not supported yet; leave it out")


def _keys_by_input(fn: Callable[..., Any], ins: Mapping[str, AssetIn] | None, what: str) -> dict[str, AssetKey]:
    parameters = list(inspect.signature(fn).parameters)
    given = check_mapping(ins, f"ins of {what}")
    for name, each in given.items():
        check_instance(each, AssetIn, f"ins[{name!r}] of {what}", "write AssetIn(...)")
        if name not in parameters:
            raise DagsterInvalidDefinitionError(
                f"{what}: ins= has {name!r}, but its function has no such parameter{did_you_mean(name, parameters)}"
            )
    return {name: given.get(name, AssetIn()).key_for(name) for name in parameters}


def _deps(inputs: Mapping[str, AssetKey], ins: Mapping[str, AssetIn] | None) -> list[AssetDep]:
    given = ins or {}
    mappings = {key: given[name].partition_mapping for name, key in inputs.items() if name in given}
    return [AssetDep(key, partition_mapping=mappings.get(key)) for key in dict.fromkeys(inputs.values())]


def _docstring(fn: Callable[..., Any]) -> str | None:
    return inspect.cleandoc(fn.__doc__) if fn.__doc__ else None


def _complete(graph: GraphDefinition, outputs: Sequence[str], what: str) -> GraphDefinition:
    """The graph, if its body returned something for each asset.

    Raises:
        DagsterInvalidDefinitionError: it did not.
    """
    missing = [name for name in outputs if name not in graph.output_mappings]
    if missing:
        raise DagsterInvalidDefinitionError(
            f"{what} returns nothing for {', '.join(missing)}; return what the op that makes it returned, or a dict of "
            "names and what ops returned"
        )
    return graph
