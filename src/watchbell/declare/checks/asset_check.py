"""Asset checks: functions that say whether an asset is as it should be."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property
from typing import Any

from watchbell.declare.assets.asset import AssetsDefinition
from watchbell.declare.assets.asset_in import AssetIn
from watchbell.declare.assets.asset_partitions import partitions_def_of
from watchbell.declare.assets.asset_spec import CoercibleToAssetDep, HasAssetKey, asset_key_of
from watchbell.declare.checks.asset_check_inputs import inputs_of_one, inputs_of_several
from watchbell.declare.checks.asset_check_spec import AssetCheckSpec
from watchbell.declare.conditions.condition_arguments import ConditionKind
from watchbell.declare.config.data_type import Nothing
from watchbell.declare.graphs.compose import current_composition
from watchbell.declare.graphs.function import UserFunction, read_function
from watchbell.declare.graphs.op import OpDefinition
from watchbell.declare.graphs.output import DEFAULT_OUTPUT, In, Out
from watchbell.declare.labels import COMPUTE_KIND_TAG
from watchbell.declare.names import check_instance, check_mapping, check_name
from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.resource import ResourceDefinition, resource_definitions
from watchbell.declare.retry import RetryPolicy
from watchbell.ground.errors import DagsterInvalidDefinitionError, ParameterCheckError
from watchbell.ground.value import dataclass
from watchbell.record.asset_check import AssetCheckKey
from watchbell.record.keys import AssetKey, CoercibleToAssetKey


class AssetChecksDefinition(AssetsDefinition):
    """An op and the checks it makes; made by :func:`asset_check` and :func:`multi_asset_check`.

    Args:
        op: the op; it has no outputs.
        keys_by_input_name: the assets its inputs are: those it looks at, and those that must be there besides.
        check_specs_by_output_name: the checks; the names are those of the step's outputs in the log.
        can_subset: whether some of its checks can be made without the others.
        resource_defs: resources it brings along.
        selected_checks: the checks to make, of those it has; None: all.

    Raises:
        DagsterInvalidDefinitionError: there is no check, or an input is not the op's.
    """

    def __init__(
        self,
        *,
        op: OpDefinition,
        keys_by_input_name: Mapping[str, AssetKey],
        check_specs_by_output_name: Mapping[str, AssetCheckSpec],
        can_subset: bool = False,
        resource_defs: Mapping[str, ResourceDefinition] | None = None,
        selected_checks: frozenset[AssetCheckKey] | None = None,
    ) -> None:
        if not check_specs_by_output_name:
            raise DagsterInvalidDefinitionError(f"{op.name!r} makes no check; give it at least one AssetCheckSpec")
        super().__init__(
            node_def=op,
            keys_by_input_name=keys_by_input_name,
            resource_defs=resource_defs,
            can_subset=can_subset,
            check_specs_by_output_name=check_specs_by_output_name,
        )
        self.selected_checks = selected_checks

    @staticmethod
    def create(
        *,
        keys_by_input_name: Mapping[str, AssetKey],
        node_def: OpDefinition,
        check_specs_by_output_name: Mapping[str, AssetCheckSpec],
        can_subset: bool,
        resource_defs: Mapping[str, ResourceDefinition] | None = None,
    ) -> AssetChecksDefinition:
        """Checks of an op that was written as an op.

        Args:
            keys_by_input_name: the assets its inputs are.
            node_def: the op; each output that is a check answers with an AssetCheckResult.
            check_specs_by_output_name: the check that each of its outputs is.
            can_subset: whether some of its checks can be made without the others.
            resource_defs: resources it brings along.

        Raises:
            DagsterInvalidDefinitionError: an output is no check, or a check no output.

        Example:
            >>> @op(ins={"orders": In(Nothing)}, out={"no_nulls": Out()})
            ... def look():
            ...     return AssetCheckResult(passed=True)
            >>> AssetChecksDefinition.create(
            ...     keys_by_input_name={"orders": AssetKey("orders")},
            ...     node_def=look,
            ...     check_specs_by_output_name={"no_nulls": AssetCheckSpec("no_nulls", asset="orders")},
            ...     can_subset=False,
            ... ).check_key.to_user_string()
            'orders:no_nulls'
        """
        op = check_instance(node_def, OpDefinition, "node_def of AssetChecksDefinition.create")
        if set(op.outs) != set(check_specs_by_output_name):
            shown = ", ".join(sorted(set(op.outs) ^ set(check_specs_by_output_name)))
            raise DagsterInvalidDefinitionError(
                f"op {op.name!r}: each of its outputs is one check, which {shown} is not; "
                "check_specs_by_output_name names every output of the op"
            )
        return AssetChecksDefinition(
            op=_with_outs(op, {}),
            keys_by_input_name=keys_by_input_name,
            check_specs_by_output_name=check_specs_by_output_name,
            can_subset=can_subset,
            resource_defs=resource_defs,
        )

    def __repr__(self) -> str:
        shown = ", ".join(repr(spec.key.to_user_string()) for spec in self.check_specs)
        return f"AssetChecksDefinition({shown})"

    @property
    def name(self) -> str:
        """Name of the only check; raises as ``check_key``."""
        return self.check_key.name

    @property
    def asset_key(self) -> AssetKey:
        """The asset that the only check looks at; raises as ``check_key``."""
        return self.check_key.asset_key

    @property
    def partitions_def(self) -> PartitionsDefinition | None:
        """Which partitions its checks look at; None: at whole assets.

        Raises:
            CheckError: they look at different ones.
        """
        return partitions_def_of(self.check_specs, self._what)

    def with_selected_checks(self, keys: AbstractSet[AssetCheckKey]) -> AssetChecksDefinition:
        """The same, making only these of its checks.

        Raises:
            DagsterInvalidDefinitionError: it cannot make some without the others.
        """
        selected = frozenset(keys) & self.check_keys
        if selected == self.check_keys:
            return self
        if not self.can_subset:
            missing = ", ".join(sorted(key.to_user_string() for key in self.check_keys - selected))
            raise DagsterInvalidDefinitionError(
                f"op {self.op.name!r} makes all of its checks or none, and {missing} was not selected; select it too, "
                "or write can_subset=True and look at context.selected_asset_check_keys"
            )
        made = copy.copy(self)
        made.selected_checks = selected
        return made

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Runs the function with these arguments, for tests, and returns what it answers.

        Raises:
            DagsterInvalidInvocationError: arguments that do not fit the function.
            DagsterInvalidDefinitionError: called inside a job or graph.
        """
        if current_composition() is not None:
            raise DagsterInvalidDefinitionError(
                f"the check {self.op.name!r} cannot be called in a job; put it into Definitions(asset_checks=…) and "
                "select it by AssetSelection.checks(…)"
            )
        return self._direct_op(
            *[self._told(each) for each in args], **{key: self._told(each) for key, each in kwargs.items()}
        )

    @cached_property
    def _direct_op(self) -> OpDefinition:
        return _with_outs(self.op, {DEFAULT_OUTPUT: Out(is_required=False)})


@dataclass(frozen=True)
class _Arguments:
    """What both decorators say of the op behind the checks."""

    description: str | None = None
    compute_kind: str | None = None
    op_tags: Mapping[str, Any] | None = None
    resource_defs: Mapping[str, object] | None = None
    required_resource_keys: AbstractSet[str] | None = None
    retry_policy: RetryPolicy | None = None
    config_schema: Any = None
    pool: str | None = None

    def definition(
        self,
        function: UserFunction,
        name: str,
        ins: Mapping[str, tuple[AssetKey, In]],
        specs: Mapping[str, AssetCheckSpec],
        can_subset: bool,
    ) -> AssetChecksDefinition:
        """The checks of a function.

        Args:
            function: the function.
            name: of the op.
            ins: the assets it takes or waits for, and how, by input name.
            specs: the checks by output name.
            can_subset: whether some can be made without the others.
        """
        for spec in specs.values():
            check_name(spec.name, "check")
        kind = {COMPUTE_KIND_TAG: self.compute_kind} if self.compute_kind else {}
        what = f"check {name!r}"
        op = OpDefinition(
            function,
            check_name(name, "check"),
            {each: definition for each, (_, definition) in ins.items()},
            {DEFAULT_OUTPUT: Out(Nothing)},
            self.description,
            self.config_schema,
            self.required_resource_keys,
            {**(self.op_tags or {}), **kind},
            None,
            self.retry_policy,
            None,
            self.pool,
        )
        return AssetChecksDefinition(
            op=_with_outs(op, {}),
            keys_by_input_name={each: key for each, (key, _) in ins.items()},
            check_specs_by_output_name=specs,
            can_subset=can_subset,
            resource_defs={} if self.resource_defs is None else resource_definitions(self.resource_defs, what),
        )


def asset_check(
    *,
    asset: CoercibleToAssetKey | HasAssetKey,
    name: str | None = None,
    description: str | None = None,
    blocking: bool = False,
    additional_ins: Mapping[str, AssetIn] | None = None,
    additional_deps: Iterable[CoercibleToAssetDep] | None = None,
    required_resource_keys: AbstractSet[str] | None = None,
    resource_defs: Mapping[str, object] | None = None,
    config_schema: Any = None,
    compute_kind: str | None = None,
    op_tags: Mapping[str, Any] | None = None,
    retry_policy: RetryPolicy | None = None,
    metadata: Mapping[str, Any] | None = None,
    automation_condition: ConditionKind | None = None,
    pool: str | None = None,
    partitions_def: PartitionsDefinition | None = None,
) -> Callable[[Callable[..., Any]], AssetChecksDefinition]:
    """Makes a check of a function, which answers with an :class:`AssetCheckResult`.

    A parameter that is none of ``context``, ``config``, resources and ``additional_ins`` takes the value of the asset,
    whatever it is called; without one the function looks at the data by itself. The check runs after its asset in every
    run that makes the asset, unless the selection leaves it out.

    Args:
        asset: the asset it looks at: a key, text, a definition or a spec.
        name: left out: the function's name.
        description: left out: the function's docstring.
        blocking: whether nothing downstream of the asset runs when the check fails with severity ERROR.
        additional_ins: further assets whose values parameters take: :class:`AssetIn` by parameter name.
        additional_deps: further assets that must be made before; their values are not loaded.
        required_resource_keys: resources it takes as ``context.resources.<key>``.
        resource_defs: resources it brings along, by key.
        config_schema: config it takes as ``context.op_execution_context.op_config``.
        compute_kind: what it is made with, shown to people.
        op_tags: labels of its step.
        retry_policy: when a failed step is tried again; a check that does not pass has not failed.
        metadata: labelled facts.
        pool: the pool whose slots its step takes.
        automation_condition: when it is to be executed by itself, besides the runs that make its asset.
        partitions_def: which partitions of the asset it looks at, one by one; left out: always at the whole asset.

    Returns:
        A decorator that makes an AssetChecksDefinition.

    Raises:
        DagsterInvalidDefinitionError: name, parameters and asset do not fit each other.
        ParameterCheckError: an argument of the wrong type.

    Example:
        >>> @asset_check(asset="orders", blocking=True)
        ... def has_rows(orders) -> AssetCheckResult:
        ...     return AssetCheckResult(passed=len(orders) > 0, metadata={"rows": len(orders)})
        >>> has_rows([1, 2]).passed
        True
    """
    if callable(asset) and not isinstance(asset, HasAssetKey):
        raise ParameterCheckError(
            "@asset_check needs the asset it looks at: write @asset_check(asset=…) above the function",
            parameter="asset",
            value=asset,
        )
    key = asset_key_of(asset, "asset= of @asset_check")
    given = _Arguments(
        description, compute_kind, op_tags, resource_defs, required_resource_keys, retry_policy, config_schema, pool
    )

    def decorate(fn: Callable[..., Any]) -> AssetChecksDefinition:
        function = read_function(fn, "check")
        spec = AssetCheckSpec(
            name if name is not None else function.name,
            asset=key,
            description=description if description is not None else function.docstring,
            additional_deps=additional_deps,
            blocking=blocking,
            metadata=metadata,
            automation_condition=automation_condition,
            partitions_def=partitions_def,
        )
        what = f"the check {spec.name!r} of asset {key.to_user_string()!r}"
        ins = inputs_of_one(function, spec, check_mapping(additional_ins, f"additional_ins of {what}"), what)
        return given.definition(function, spec.get_python_identifier(), ins, {DEFAULT_OUTPUT: spec}, False)

    return decorate


def multi_asset_check(
    *,
    specs: Sequence[AssetCheckSpec],
    name: str | None = None,
    description: str | None = None,
    can_subset: bool = False,
    compute_kind: str | None = None,
    op_tags: Mapping[str, Any] | None = None,
    resource_defs: Mapping[str, object] | None = None,
    required_resource_keys: AbstractSet[str] | None = None,
    retry_policy: RetryPolicy | None = None,
    config_schema: Any = None,
    ins: Mapping[str, AssetIn | CoercibleToAssetKey] | None = None,
    pool: str | None = None,
) -> Callable[[Callable[..., Any]], AssetChecksDefinition]:
    """Makes several checks of one function, which yields an :class:`AssetCheckResult` for each.

    Args:
        specs: the checks; they may look at different assets.
        name: of the step; left out: the function's name.
        description: free text.
        can_subset: whether some checks can be made without the others; ``context.selected_asset_check_keys`` says
            which are wanted.
        ins: assets whose values parameters take, by parameter name.
        compute_kind, op_tags, resource_defs, required_resource_keys, retry_policy, config_schema, pool: as for
            :func:`asset_check`.

    Raises:
        DagsterInvalidDefinitionError: there is no spec, one is there twice, or a parameter has no asset.
        ParameterCheckError: an argument of the wrong type.

    Example:
        >>> @multi_asset_check(
        ...     specs=[AssetCheckSpec("few", asset="orders"), AssetCheckSpec("new", asset="orders")]
        ... )
        ... def look(context):
        ...     for key in context.selected_asset_check_keys:
        ...         yield AssetCheckResult(passed=True, asset_key=key.asset_key, check_name=key.name)
        >>> sorted(key.name for key in look.check_keys)
        ['few', 'new']
    """
    if callable(specs):
        raise ParameterCheckError("@multi_asset_check needs its checks: write specs=[AssetCheckSpec(…), …]")
    checks = [check_instance(each, AssetCheckSpec, "a member of specs of @multi_asset_check") for each in specs]
    given = _Arguments(
        description, compute_kind, op_tags, resource_defs, required_resource_keys, retry_policy, config_schema, pool
    )

    def decorate(fn: Callable[..., Any]) -> AssetChecksDefinition:
        function = read_function(fn, "check")
        op_name = name if name is not None else function.name
        what = f"the checks of {op_name!r}"
        named: dict[str, AssetCheckSpec] = {}
        for spec in checks:
            if named.setdefault(spec.get_python_identifier(), spec) is not spec:
                raise DagsterInvalidDefinitionError(
                    f"{what}: {spec.key.to_user_string()!r} is in specs twice; rename or remove one"
                )
        taken = {
            each: key if isinstance(key, AssetIn) else AssetIn(key)
            for each, key in check_mapping(ins, f"ins of {what}").items()
        }
        return given.definition(
            function, op_name, inputs_of_several(function, checks, taken, what), named, bool(can_subset)
        )

    return decorate


def _with_outs(op: OpDefinition, outs: Mapping[str, Out]) -> OpDefinition:
    """The same op with other outputs: the answers of checks are no outputs, nothing stores them."""
    made = copy.copy(op)
    made.outs = outs
    return made
