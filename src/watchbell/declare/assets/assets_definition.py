"""Assets as a definition: an op or graph, the assets that its inputs and outputs are, and what is said of them."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property
from typing import Any

from watchbell.declare.assets.asset_node import AssetNode, InputPlace, node_of
from watchbell.declare.assets.asset_partitions import check_partitions, with_partitions_of_whole
from watchbell.declare.assets.asset_spec import IO_MANAGER_KEY_METADATA, AssetSpec
from watchbell.declare.assets.assets_about import AboutAssets
from watchbell.declare.assets.assets_change import changed_specs, replaced_facts, with_condition
from watchbell.declare.assets.assets_from_node import facts_of_node
from watchbell.declare.assets.source_asset import SourceAsset, source_asset_of
from watchbell.declare.checks.asset_check_spec import AssetCheckSpec
from watchbell.declare.conditions.condition_arguments import ConditionKind
from watchbell.declare.config.data_type import Nothing
from watchbell.declare.graphs.compose import PendingNode, current_composition
from watchbell.declare.graphs.direct_resources import with_context
from watchbell.declare.graphs.direct_results import checked_results
from watchbell.declare.graphs.graph import GraphDefinition
from watchbell.declare.graphs.op import OpDefinition
from watchbell.declare.graphs.output import DEFAULT_OUTPUT, In
from watchbell.declare.hook import NO_HOOKS, HookDefinition, check_hooks
from watchbell.declare.labels import DEFAULT_GROUP_NAME
from watchbell.declare.names import check_instance
from watchbell.declare.partitions.backfill_policy import BackfillPolicy
from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.partitions.partition_arguments import checked_backfill_policy, checked_partitions_def
from watchbell.declare.resource import ResourceDefinition, resource_definitions
from watchbell.ground.errors import (
    DagsterInvalidDefinitionError,
    DagsterInvalidInvocationError,
    DagsterInvalidSubsetError,
    DagsterInvariantViolationError,
    ParameterCheckError,
)
from watchbell.ground.suggest import did_you_mean
from watchbell.record.asset_check import AssetCheckKey
from watchbell.record.keys import AssetKey, CoercibleToAssetKey, CoercibleToAssetKeyPrefix


class AssetsDefinition(AboutAssets):
    """Assets and the op or graph that makes them; made by :func:`asset`, :func:`multi_asset`, :func:`graph_asset`.

    Without an op or graph the assets are external: only declared here.

    Args:
        keys_by_input_name: the assets its inputs are.
        keys_by_output_name: the assets its outputs are.
        node_def: the op or graph; None: something else makes the assets.
        specs: what is said of each asset it makes.
        resource_defs: resources it brings along.
        can_subset: whether some of its assets can be made without the others.
        check_specs_by_output_name: checks that its function makes too.
        observes: whether it looks at its assets instead of making them.
        hook_defs: hooks of its steps.
        partitions_def: how all of its assets are divided into partitions; or say it in each spec.
        backfill_policy: how many partitions a backfill gives to one run; None: one.

    Raises:
        DagsterInvalidDefinitionError: an input or output is not the op's, two outputs are the same asset, or an asset
            has no spec.

    Example:
        >>> declared = AssetsDefinition(specs=[AssetSpec("raw_orders"), AssetSpec("raw_stock")])
        >>> declared.is_executable
        False
    """

    node_type = "asset"

    def __init__(
        self,
        *,
        keys_by_input_name: Mapping[str, AssetKey] | None = None,
        keys_by_output_name: Mapping[str, AssetKey] | None = None,
        node_def: OpDefinition | GraphDefinition | None = None,
        specs: Sequence[AssetSpec] = (),
        resource_defs: Mapping[str, object] | None = None,
        can_subset: bool = False,
        check_specs_by_output_name: Mapping[str, AssetCheckSpec] | None = None,
        observes: bool = False,
        hook_defs: AbstractSet[HookDefinition] | None = None,
        partitions_def: PartitionsDefinition | None = None,
        backfill_policy: BackfillPolicy | None = None,
    ) -> None:
        self._node: AssetNode | None = None if node_def is None else node_of(node_def)
        self.node_keys_by_input_name: Mapping[str, AssetKey] = dict(keys_by_input_name or {})
        self.node_keys_by_output_name: Mapping[str, AssetKey] = dict(keys_by_output_name or {})
        self.keys_by_input_name = self.node_keys_by_input_name
        self.keys_by_output_name = self.node_keys_by_output_name
        if partitions_def is not None:
            names = ", ".join(spec.key.to_user_string() for spec in specs)
            whole = checked_partitions_def(partitions_def, f"the definition of {names}")
            specs = with_partitions_of_whole(specs, whole, f"the definition of {names}")
        self.specs_by_key: Mapping[AssetKey, AssetSpec] = {spec.key: spec for spec in specs}
        self.node_check_specs_by_output_name: Mapping[str, AssetCheckSpec] = dict(check_specs_by_output_name or {})
        self.check_specs_by_output_name = self.node_check_specs_by_output_name
        self.resource_defs: Mapping[str, ResourceDefinition] = (
            resource_definitions(resource_defs, repr(self)) if resource_defs else {}
        )
        self._can_subset = can_subset
        self.is_observable = observes
        self.hook_defs: frozenset[HookDefinition] = check_hooks(hook_defs, repr(self)) if hook_defs else NO_HOOKS
        self.is_subset = False
        # Of a part of a graph-backed asset: inputs that take the stored value of an asset left out.
        self.inner_loads: Mapping[InputPlace, AssetKey] = {}
        self.backfill_policy: BackfillPolicy | None = (
            None if backfill_policy is None else checked_backfill_policy(backfill_policy, repr(self))
        )
        self._check(specs)

    def _check(self, specs: Sequence[AssetSpec]) -> None:
        what = self._what
        if len(self.specs_by_key) != len(specs):
            keys = [spec.key.to_user_string() for spec in specs]
            twice = next(key for key in keys if keys.count(key) > 1)
            raise DagsterInvalidDefinitionError(f"{what} makes the asset {twice!r} twice; give one another key")
        check_partitions(specs, self._can_subset, self.backfill_policy, what)
        if self._node is None:
            return
        ends = (
            ("input", self.node_keys_by_input_name, self._node.input_names),
            ("output", self.node_keys_by_output_name, self._node.output_names),
        )
        for kind, names, known in ends:
            for name in names:
                if name not in known:
                    raise DagsterInvalidDefinitionError(f"{what} has no {kind} {name!r}{did_you_mean(name, known)}")
        made = self.node_keys_by_output_name.values()
        if len(set(made)) != len(self.node_keys_by_output_name):
            twice = next(key.to_user_string() for key in made if list(made).count(key) > 1)
            raise DagsterInvalidDefinitionError(
                f"{what} makes the asset {twice!r} by two outputs; give one of them another key"
            )
        if set(self.specs_by_key) != set(made):
            raise DagsterInvalidDefinitionError(f"{what}: each of its assets has one output and one spec")

    # ------------------------------------------------------------------ the op or graph

    @property
    def has_node(self) -> bool:
        """Whether an op or graph makes the assets."""
        return self._node is not None

    @property
    def node(self) -> AssetNode:
        """The op or graph, seen as what makes assets.

        Raises:
            DagsterInvariantViolationError: the assets are only declared.
        """
        if self._node is None:
            raise DagsterInvariantViolationError(f"{self._what} is only declared: no op or graph makes it")
        return self._node

    @property
    def node_def(self) -> OpDefinition | GraphDefinition:
        """The op or graph that makes the assets; raises as :attr:`node`."""
        return self.node.definition

    @property
    def op(self) -> OpDefinition:
        """The op that makes the assets.

        Raises:
            DagsterInvariantViolationError: a graph makes them, or they are only declared.
        """
        definition = self.node.definition
        if not isinstance(definition, OpDefinition):
            raise DagsterInvariantViolationError(
                f"{self._what} is made by a graph of several ops, so .op is not one; use .node_def"
            )
        return definition

    @property
    def is_executable(self) -> bool:
        """Whether something here makes its assets, or looks at them."""
        return self._node is not None

    @property
    def is_materializable(self) -> bool:
        """Whether something here makes its assets."""
        return self._node is not None and not self.is_observable

    @property
    def is_external(self) -> bool:
        """Whether something else makes its assets."""
        return not self.is_materializable

    @property
    def can_subset(self) -> bool:
        """Whether some of its assets can be made without the others."""
        return self._can_subset

    @cached_property
    def required_resource_keys(self) -> frozenset[str]:
        """Resources that its functions, outputs and inputs need."""
        return frozenset() if self._node is None else self._node.resource_keys

    def get_output_name_for_asset_key(self, key: AssetKey) -> str:
        """Name of the output that is this asset.

        Raises:
            DagsterInvariantViolationError: it does not make that asset.
        """
        self._own(key)
        return next(name for name, each in self.keys_by_output_name.items() if each == key)

    def get_io_manager_key_for_asset_key(self, key: AssetKey) -> str:
        """Key of the resource that stores this asset; raises as :meth:`get_output_name_for_asset_key`."""
        if self._node is None:
            return str(self.specs_by_key[self._own(key)].metadata.get(IO_MANAGER_KEY_METADATA, "io_manager"))
        return self.io_manager_key_of_output(self.get_output_name_for_asset_key(key))

    def io_manager_key_of_output(self, name: str) -> str:
        """Key of the resource that stores the asset that an output is; raises as :attr:`node`."""
        if self.is_observable:
            spec = self.specs_by_key[self.keys_by_output_name[name]]
            return str(spec.metadata.get(IO_MANAGER_KEY_METADATA, "io_manager"))
        return self.node.out_of(name).io_manager_key

    def get_op_def_for_asset_key(self, key: AssetKey) -> OpDefinition | None:
        """The op that makes this asset, in a graph the last one; None if it makes another."""
        if key not in self.specs_by_key or self._node is None:
            return None
        return self._node.op_of(self.get_output_name_for_asset_key(key))

    @cached_property
    def _loading_inputs(self) -> Mapping[AssetKey, str]:
        node = self.node
        return {key: name for name, key in self.keys_by_input_name.items() if node.loads(name)}

    def loading_input_of(self, key: AssetKey) -> str | None:
        """Name of the input that takes the value of an asset; None if it only waits for it, if at all."""
        if not self.keys_by_input_name:
            return None
        return self._loading_inputs.get(key)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Runs the function with these arguments, for tests; inside a ``@job`` or ``@graph`` it becomes a part of that.

        A job with an asset in it makes the asset: its runs store the materialization. Inputs that are not connected
        are loaded from where they were stored.

        Raises:
            DagsterInvalidInvocationError: arguments that do not fit the function, or there is no function.
            DagsterInvalidDefinitionError: inside a job or graph, an input is unknown or given something else than an
                output.
        """
        composition = current_composition()
        if self._node is None:
            raise DagsterInvalidInvocationError(f"{self._what} is only declared and has no function to call")
        if composition is not None:
            return composition.invoke(PendingNode(self.node_def, assets=self, hooks=self.hook_defs), args, kwargs)
        context_name = self.node_def.function.context_name if isinstance(self.node_def, OpDefinition) else None
        values: Sequence[Any] = args
        by_name: Mapping[str, Any] = kwargs
        if context_name is not None:
            values, by_name = with_context(context_name, args, kwargs, "asset_context")
        told = [self._told(each) for each in values]
        result = self.node_def(*told, **{key: self._told(each) for key, each in by_name.items()})
        return checked_results(result, self.keys, self._what)

    def _told(self, argument: Any) -> Any:
        """A context for direct calls learns which assets are made; anything else stays as it is."""
        tell = getattr(type(argument), "for_assets", None)
        return argument if tell is None else tell(argument, self)

    # ------------------------------------------------------------------ made of an op or graph

    @staticmethod
    def from_op(op_def: OpDefinition, **facts: Any) -> AssetsDefinition:
        """Assets that are the outputs of an op.

        Args:
            op_def: the op.
            facts: ``keys_by_input_name``, ``keys_by_output_name`` (left out: called as inputs and outputs, an only
                output as the op), ``key_prefix``, ``internal_asset_deps``, ``group_name``,
                ``group_names_by_output_name``, ``descriptions_by_output_name``, ``metadata_by_output_name``,
                ``tags_by_output_name``, ``owners_by_output_name``, ``code_versions_by_output_name``, ``can_subset``,
                ``resource_defs``, ``check_specs``, ``hook_defs``, ``partitions_def``, ``backfill_policy``,
                ``partition_mappings`` (by input name), ``automation_conditions_by_output_name``,
                ``auto_materialize_policies_by_output_name``.

        Raises:
            DagsterInvalidDefinitionError: they do not fit the op, or one is not supported yet.
            TypeError: there is no such argument.

        Example:
            >>> @op
            ... def totals(orders):
            ...     return sum(orders)
            >>> AssetsDefinition.from_op(totals, group_name="sales").asset_deps
            {AssetKey(['totals']): {AssetKey(['orders'])}}
        """
        definition = check_instance(op_def, OpDefinition, "the op of AssetsDefinition.from_op")
        return AssetsDefinition(**facts_of_node(definition, facts, "AssetsDefinition.from_op"))

    @staticmethod
    def from_graph(graph_def: GraphDefinition, **facts: Any) -> AssetsDefinition:
        """Assets that are the outputs of a graph; arguments and errors as for :meth:`from_op`."""
        definition = check_instance(graph_def, GraphDefinition, "the graph of AssetsDefinition.from_graph")
        return AssetsDefinition(**facts_of_node(definition, facts, "AssetsDefinition.from_graph"))

    # ---------------------------------------------------------------------------- changes

    def map_asset_specs(self, fn: Callable[[AssetSpec], AssetSpec]) -> AssetsDefinition:
        """The same assets with what is said of them changed.

        Args:
            fn: from a spec to the changed one; it must keep the key, and the dependencies that are inputs with a value.

        Raises:
            DagsterInvalidDefinitionError: it changes a key, or removes the asset that a parameter takes.
        """
        return self._changed(changed_specs(self, fn))

    def with_attributes(
        self,
        *,
        asset_key_replacements: Mapping[AssetKey, AssetKey] | None = None,
        group_names_by_key: Mapping[AssetKey, str] | None = None,
        tags_by_key: Mapping[AssetKey, Mapping[str, str]] | None = None,
        metadata_by_key: Mapping[Any, Mapping[str, Any]] | None = None,
        hook_defs: AbstractSet[HookDefinition] | None = None,
        backfill_policy: BackfillPolicy | None = None,
        automation_condition: ConditionKind | None = None,
        **not_yet: object,
    ) -> AssetsDefinition:
        """The same assets under other keys, in groups, with other tags or metadata.

        Args:
            asset_key_replacements: old key -> new one, also of what they are made from.
            group_names_by_key: groups of assets that have none.
            tags_by_key: tags instead of those an asset has.
            metadata_by_key: metadata instead of that an asset has.
            hook_defs: more hooks.
            backfill_policy: instead of the one it has.
            automation_condition: of assets that have none: when they are to be made.
            not_yet: arguments of freshness, which are not supported yet.

        Raises:
            DagsterInvalidDefinitionError: an asset has another group or a condition already, or an argument is not
                supported yet.
            ParameterCheckError: not a condition.
        """
        for name, value in not_yet.items():
            if name in ("auto_materialize_policy", "auto_materialize_policies_by_key"):
                raise TypeError(f"with_attributes has no argument {name!r}; give automation_condition=")
            if value is not None:
                raise DagsterInvalidDefinitionError(f"{name}= of with_attributes is not supported yet; leave it out")
        made = self._changed(
            replaced_facts(
                self, asset_key_replacements or {}, group_names_by_key or {}, tags_by_key or {}, metadata_by_key or {}
            )
        )
        if automation_condition is not None:
            made.__dict__.update(with_condition(made, automation_condition))
        if backfill_policy is not None:
            made.backfill_policy = checked_backfill_policy(backfill_policy, repr(self))
            made._check(made.specs)
        return made.with_hooks(hook_defs) if hook_defs else made

    def with_hooks(self, hook_defs: AbstractSet[HookDefinition]) -> AssetsDefinition:
        """The same assets with more hooks for their steps."""
        return self._changed({"hook_defs": self.hook_defs | check_hooks(hook_defs, self._what)})

    def with_resources(self, resource_defs: Mapping[str, object]) -> AssetsDefinition:
        """The same assets bringing more resources along."""
        given = resource_definitions(resource_defs, self._what)
        return self._changed({"resource_defs": {**given, **self.resource_defs}})

    def with_prefix_or_group(
        self, prefix: CoercibleToAssetKeyPrefix | None = None, group_name: str | None = None
    ) -> AssetsDefinition:
        """The same assets with parts put in front of their keys, or in a group where they have none."""
        moved = {key: key.with_prefix(prefix) for key in self.specs_by_key} if prefix else {}
        ungrouped = (None, DEFAULT_GROUP_NAME)
        missing = [spec.key for spec in self.specs if spec.group_name in ungrouped] if group_name else []
        groups = {key: str(group_name) for key in missing}
        return self.with_attributes(asset_key_replacements=moved, group_names_by_key=groups)

    def subset_for(
        self,
        selected_asset_keys: AbstractSet[AssetKey],
        selected_asset_check_keys: AbstractSet[AssetCheckKey] | None = None,
    ) -> AssetsDefinition:
        """A definition of some of the assets; outputs of the others are left out.

        Args:
            selected_asset_keys: the assets, some of its own.
            selected_asset_check_keys: the checks; None: those of the assets.

        Raises:
            DagsterInvalidSubsetError: its assets can only be made together.
        """
        wanted = self.specs_by_key.keys() & selected_asset_keys
        checks = {
            name: spec
            for name, spec in self.check_specs_by_output_name.items()
            if (
                spec.asset_key in wanted if selected_asset_check_keys is None else spec.key in selected_asset_check_keys
            )
        }
        if wanted == self.specs_by_key.keys() and len(checks) == len(self.check_specs_by_output_name):
            return self
        if not self.can_subset:
            raise self._indivisible(wanted)
        specs = {key: spec for key, spec in self.specs_by_key.items() if key in wanted}
        needed = {dep.asset_key for spec in specs.values() for dep in spec.deps}
        needed |= {spec.asset_key for spec in checks.values()}
        outputs = {name: key for name, key in self.keys_by_output_name.items() if key in wanted}
        cut, inner_loads = self.node.cut([*outputs, *checks], self.keys_by_output_name)
        inputs = {name: key for name, key in self.keys_by_input_name.items() if name in cut.input_names}
        if isinstance(cut.definition, OpDefinition):
            inputs = {name: key for name, key in inputs.items() if key in needed}
        facts = {
            "_node": cut,
            "inner_loads": {**self.inner_loads, **inner_loads},
            "specs_by_key": specs,
            "keys_by_output_name": outputs,
            "keys_by_input_name": inputs,
            "check_specs_by_output_name": checks,
            "is_subset": True,
        }
        return self._changed(facts)

    def waiting_for(self, keys: AbstractSet[AssetKey]) -> AssetsDefinition:
        """The same assets, whose op also waits for some assets: an input without a value for each that is none yet."""
        added = {f"{DEFAULT_OUTPUT}_of_{at}": key for at, key in enumerate(sorted(keys - self.dependency_inputs))}
        if not added:
            return self
        op = copy.copy(self.op)
        op.ins = {**op.ins, **{name: In(Nothing, asset_key=key) for name, key in added.items()}}
        facts = {
            "_node": node_of(op),
            "keys_by_input_name": {**self.keys_by_input_name, **added},
            "node_keys_by_input_name": {**self.node_keys_by_input_name, **added},
        }
        return self._changed(facts)

    @property
    def dependency_inputs(self) -> AbstractSet[AssetKey]:
        """The assets that its inputs are."""
        return set(self.keys_by_input_name.values())

    def _indivisible(self, wanted: Iterable[AssetKey]) -> DagsterInvalidSubsetError:
        names = sorted(key.to_user_string() for key in wanted)
        others = sorted(key.to_user_string() for key in self.specs_by_key.keys() - set(wanted))
        return DagsterInvalidSubsetError(
            f"{self._what} makes {', '.join(names)} only together with {', '.join(others)}, which "
            f"{'is' if len(others) == 1 else 'are'} not selected: select all of them (AssetSelection.assets("
            f"{names[0] if names else ''!r}).required_multi_asset_neighbors() does), or give it can_subset=True",
        )

    def to_source_asset(self, key: CoercibleToAssetKey | None = None) -> SourceAsset:
        """One of its assets as a location that only loads it declares it.

        Args:
            key: which one; may be left out if it makes only one.

        Raises:
            ParameterCheckError: it makes several, and none is named.
        """
        if key is None and len(self.specs_by_key) != 1:
            raise ParameterCheckError(
                f"{self._what} makes several assets; say which one by to_source_asset(key)", parameter="key", value=key
            )
        chosen = next(iter(self.specs_by_key)) if key is None else self._own(AssetKey.from_coercible(key))
        return source_asset_of(self.specs_by_key[chosen], self.get_io_manager_key_for_asset_key(chosen))

    def to_source_assets(self) -> Sequence[SourceAsset]:
        """Each of its assets as a location that only loads it declares it."""
        return [self.to_source_asset(key) for key in self.specs_by_key]

    def _changed(self, facts: Mapping[str, Any]) -> AssetsDefinition:
        made = copy.copy(self)
        for cached in ("_loading_inputs", "required_resource_keys"):
            made.__dict__.pop(cached, None)
        made.__dict__.update(facts)
        return made
