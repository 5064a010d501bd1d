"""Assets that are the outputs of an op or graph written as such: the arguments of ``from_op`` and ``from_graph``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from watchbell.declare.assets.asset_node import node_of
from watchbell.declare.assets.asset_spec import AssetDep, AssetSpec, replace_fields
from watchbell.declare.checks.asset_check_spec import AssetCheckSpec
from watchbell.declare.conditions.condition_arguments import condition_of
from watchbell.declare.graphs.graph import GraphDefinition
from watchbell.declare.graphs.op import OpDefinition
from watchbell.declare.graphs.output import DEFAULT_OUTPUT
from watchbell.declare.labels import DEFAULT_GROUP_NAME
from watchbell.declare.names import check_mapping
from watchbell.declare.partitions.partition_arguments import mappings_by_name
from watchbell.ground.errors import DagsterInvalidDefinitionError, ParameterCheckError
from watchbell.ground.suggest import did_you_mean
from watchbell.record.keys import AssetKey

_BY_OUTPUT = {
    "group_names_by_output_name": "group_name",
    "descriptions_by_output_name": "description",
    "metadata_by_output_name": "metadata",
    "tags_by_output_name": "tags",
    "owners_by_output_name": "owners",
    "code_versions_by_output_name": "code_version",
}
_WHOLE = {
    "keys_by_input_name",
    "keys_by_output_name",
    "key_prefix",
    "internal_asset_deps",
    "group_name",
    "can_subset",
    "resource_defs",
    "check_specs",
    "hook_defs",
    "partitions_def",
    "partition_mappings",
    "backfill_policy",
    "automation_conditions_by_output_name",
    "auto_materialize_policies_by_output_name",
}
_NOT_YET = {
    "freshness_policies_by_output_name",
    "legacy_freshness_policies_by_output_name",
}


def facts_of_node(definition: OpDefinition | GraphDefinition, given: Mapping[str, Any], what: str) -> dict[str, Any]:
    """The arguments of an AssetsDefinition of which each output of an op or graph is an asset.

    Args:
        definition: the op or graph.
        given: see :meth:`AssetsDefinition.from_op`.
        what: the caller, for messages.

    Raises:
        DagsterInvalidDefinitionError: they do not fit the op or graph, or one is not supported yet.
        TypeError: there is no such argument.
    """
    _check_names(given, what)
    node = node_of(definition)
    inputs = _keys_by_input(definition, given, what)
    keys = _keys_by_output(definition, given, what)
    deps = internal_deps(given.get("internal_asset_deps"), keys, inputs.values(), what)
    given_mappings = mappings_by_name(given.get("partition_mappings"), inputs, what)
    mappings = {inputs[name]: each for name, each in given_mappings.items()}
    conditions = _conditions(given, keys, definition.name, what)
    said = {argument: dict(given.get(name) or {}) for name, argument in _BY_OUTPUT.items()}
    specs = []
    for name, key in keys.items():
        facts = {argument: by_output.get(name) for argument, by_output in said.items()}
        out = node.out_of(name)
        description = facts.pop("description") or out.description or definition.description
        group_name = facts.pop("group_name") or given.get("group_name") or DEFAULT_GROUP_NAME
        metadata = {**out.metadata, **(facts.pop("metadata") or {})}
        version = facts.pop("code_version") or out.code_version or node.op_of(name).code_version
        specs.append(
            AssetSpec(
                key,
                deps=[AssetDep(each, partition_mapping=mappings.get(each)) for each in sorted(deps[name])],
                description=description,
                group_name=group_name,
                metadata=metadata,
                skippable=not out.is_required,
                code_version=version,
                automation_condition=conditions.get(name),
                **facts,
            )
        )
    return {
        "node_def": definition,
        "keys_by_input_name": inputs,
        "keys_by_output_name": keys,
        "specs": specs,
        "can_subset": bool(given.get("can_subset", False)),
        "resource_defs": given.get("resource_defs"),
        "check_specs_by_output_name": check_specs_by_name(given.get("check_specs"), keys.values(), what),
        "hook_defs": given.get("hook_defs"),
        "partitions_def": given.get("partitions_def"),
        "backfill_policy": given.get("backfill_policy"),
    }


def _conditions(
    given: Mapping[str, Any], keys_by_output_name: Mapping[str, AssetKey], node_name: str, what: str
) -> dict[str, Any]:
    """The conditions by output name, those said as policies included.

    Raises:
        ParameterCheckError: there are conditions and policies, or one is something else.
        DagsterInvalidDefinitionError: an output that is not there.
    """
    own, other = "automation_conditions_by_output_name", "auto_materialize_policies_by_output_name"
    conditions = check_mapping(given.get(own), f"{own} of {what}")
    policies = check_mapping(given.get(other), f"{other} of {what}")
    if conditions and policies:
        raise ParameterCheckError(f"{what} has both {own}= and {other}=; give the conditions only", parameter=own)
    for name in (*conditions, *policies):
        if name not in keys_by_output_name:
            raise DagsterInvalidDefinitionError(
                f"{what}: {node_name!r} has no output {name!r}{did_you_mean(name, keys_by_output_name)}"
            )
    found = {name: condition_of(f"output {name!r} of {what}", each) for name, each in conditions.items()}
    return found | {name: condition_of(f"output {name!r} of {what}", None, each) for name, each in policies.items()}


def with_words_of_op(spec: AssetSpec, graph: GraphDefinition, output: str, docstring: str | None) -> AssetSpec:
    """The spec of an output of a graph, with what the op that gives it says of it.

    Args:
        spec: what was said of the asset itself; this counts first.
        graph: the graph.
        output: its output.
        docstring: the description if nobody else has one.
    """
    node = node_of(graph)
    out = node.out_of(output)
    return replace_fields(
        spec,
        description=spec.description or out.description or docstring,
        metadata={**out.metadata, **spec.metadata},
        code_version=spec.code_version or out.code_version or node.op_of(output).code_version,
        skippable=not out.is_required,
    )


def check_specs_by_name(
    specs: Iterable[AssetCheckSpec] | None, keys: Iterable[AssetKey], what: str
) -> dict[str, AssetCheckSpec]:
    """Checks by the name they have among a function's outputs.

    Raises:
        DagsterInvalidDefinitionError: a check is of another asset, or is there twice.
        ParameterCheckError: a member is no AssetCheckSpec.
    """
    found: dict[str, AssetCheckSpec] = {}
    made = list(keys)
    for spec in specs or ():
        if not isinstance(spec, AssetCheckSpec):
            raise ParameterCheckError(
                f"check_specs of {what} holds {spec!r}, which is no AssetCheckSpec", parameter="check_specs", value=spec
            )
        name = spec.asset_key.to_user_string()
        if spec.asset_key not in made:
            known = [key.to_user_string() for key in made]
            raise DagsterInvalidDefinitionError(
                f"{what}: the check {spec.name!r} is of the asset {name!r}, which it does not make"
                f"{did_you_mean(name, known)}; for other assets use @asset_check"
            )
        if found.setdefault(spec.get_python_identifier(), spec) is not spec:
            raise DagsterInvalidDefinitionError(f"{what}: the asset {name!r} has two checks {spec.name!r}")
    return found


def internal_deps(
    given: Mapping[str, Iterable[AssetKey]] | None,
    keys_by_output_name: Mapping[str, AssetKey],
    inputs: Iterable[AssetKey],
    what: str,
) -> dict[str, set[AssetKey]]:
    """What the asset of each output is made from: what ``internal_asset_deps`` says, else all inputs.

    Args:
        given: keys by output name.
        keys_by_output_name: the assets.
        inputs: what the function takes or waits for.
        what: the definition, for messages.

    Raises:
        DagsterInvalidDefinitionError: an output that is not there, an asset that is neither input nor output, or an
            input from which nothing is made.
    """
    everything = set(inputs)
    if not given:
        return {name: set(everything) for name in keys_by_output_name}
    valid = everything.union(keys_by_output_name.values())
    for name, deps in given.items():
        if name not in keys_by_output_name:
            raise DagsterInvalidDefinitionError(
                f"{what}: internal_asset_deps speaks of the output {name!r}, which it does not have"
                f"{did_you_mean(name, keys_by_output_name)}"
            )
        for key in set(deps) - valid:
            text = key.to_user_string()
            raise DagsterInvalidDefinitionError(
                f"{what}: internal_asset_deps makes {name!r} from {text!r}, which is neither an input nor an asset of "
                f"it{did_you_mean(text, [each.to_user_string() for each in valid])}; add it to ins or deps"
            )
    found = {name: set(given.get(name, everything)) for name in keys_by_output_name}
    unused = everything.difference(*found.values())
    if unused:
        raise DagsterInvalidDefinitionError(
            f"{what}: by its internal_asset_deps nothing is made from its input {min(unused).to_user_string()!r}; name "
            "it for an output there, or remove the input"
        )
    return found


def _check_names(given: Mapping[str, Any], what: str) -> None:
    known = {*_WHOLE, *_BY_OUTPUT}
    for name, value in given.items():
        if name in _NOT_YET:
            if value is not None:
                raise DagsterInvalidDefinitionError(f"{name}= of {what} is not supported yet; leave it out")
        elif name not in known:
            raise TypeError(f"{what} has no argument {name!r}{did_you_mean(name, known | _NOT_YET)}")
    if given.get("group_name") and given.get("group_names_by_output_name"):
        raise DagsterInvalidDefinitionError(f"{what}: give group_name or group_names_by_output_name, not both")


def _keys_by_input(
    definition: OpDefinition | GraphDefinition, given: Mapping[str, Any], what: str
) -> dict[str, AssetKey]:
    names = definition.input_names
    keys = {name: AssetKey(name) for name in names}
    for name, key in (given.get("keys_by_input_name") or {}).items():
        if name not in keys:
            raise DagsterInvalidDefinitionError(
                f"{what}: {definition.name!r} has no input {name!r}{did_you_mean(name, names)}"
            )
        keys[name] = AssetKey.from_coercible(key)
    return keys


def _keys_by_output(
    definition: OpDefinition | GraphDefinition, given: Mapping[str, Any], what: str
) -> dict[str, AssetKey]:
    names = definition.output_names
    named = given.get("keys_by_output_name")
    if named is None:
        only = names == [DEFAULT_OUTPUT]
        keys = {name: AssetKey(definition.name if only else name) for name in names}
    else:
        keys = {name: AssetKey.from_coercible(key) for name, key in named.items()}
    for name in set(keys) ^ set(names):
        raise DagsterInvalidDefinitionError(
            f"{what}: keys_by_output_name names every output of {definition.name!r} ({', '.join(names)}), and only "
            f"those; see {name!r}"
        )
    prefix = given.get("key_prefix")
    return {name: keys[name].with_prefix(prefix) if prefix else keys[name] for name in names}
