"""Source assets: assets that something else makes, loaded here through an IO manager, and perhaps looked at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from functools import cached_property
from typing import Any

from watchbell.declare.assets.asset_spec import IO_MANAGER_KEY_METADATA, AssetSpec
from watchbell.declare.conditions.condition_arguments import ConditionKind
from watchbell.declare.graphs.observing_op import observing_op
from watchbell.declare.graphs.op import OpDefinition
from watchbell.declare.labels import DEFAULT_GROUP_NAME, check_metadata
from watchbell.declare.names import check_instance
from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.resource import ResourceDefinition, as_resource_definition, resource_definitions
from watchbell.ground.errors import DagsterInvalidDefinitionError, DagsterInvariantViolationError, ParameterCheckError
from watchbell.record.keys import AssetKey, CoercibleToAssetKey


class SourceAsset:
    """An asset that something else makes.

    Args:
        key: its key.
        metadata: labelled facts; the IO manager that loads it reads them as ``definition_metadata``.
        io_manager_key: the resource that loads it; left out: ``"io_manager"``.
        io_manager_def: the IO manager that loads it, instead of a key.
        description: free text.
        partitions_def: how it is divided into partitions.
        group_name: its group; None: ``"default"``.
        resource_defs: resources it brings along, by key.
        observe_fn: looks at the asset and returns its ``DataVersion`` or an ``ObserveResult``.
        op_tags: labels of the step that looks at it.
        auto_observe_interval_minutes: accepted and left alone; an ``automation_condition`` says when it is looked at.
        automation_condition: when it is to be looked at.
        legacy_freshness_policy: not supported yet.
        tags: labels; short keys and values.

    Raises:
        DagsterInvalidDefinitionError: a label is not valid, both an IO manager and the key of one are given, or an
            argument is not supported yet.
        ParameterCheckError: an argument of the wrong type.

    Example:
        >>> raw_orders = SourceAsset("raw_orders", io_manager_key="lake", group_name="raw")
        >>> raw_orders.key
        AssetKey(['raw_orders'])
    """

    def __init__(
        self,
        key: CoercibleToAssetKey,
        metadata: Mapping[str, Any] | None = None,
        io_manager_key: str | None = None,
        io_manager_def: object | None = None,
        description: str | None = None,
        partitions_def: PartitionsDefinition | None = None,
        group_name: str | None = None,
        resource_defs: Mapping[str, object] | None = None,
        observe_fn: Callable[..., Any] | None = None,
        op_tags: Mapping[str, Any] | None = None,
        *,
        auto_observe_interval_minutes: float | None = None,
        legacy_freshness_policy: object = None,
        automation_condition: ConditionKind | None = None,
        tags: Mapping[str, str] | None = None,
        _required_resource_keys: AbstractSet[str] | None = None,
    ) -> None:
        what = f"the source asset {key!r}"
        if legacy_freshness_policy is not None:
            raise DagsterInvalidDefinitionError(f"{what}: legacy_freshness_policy= is not supported yet; leave it out")
        if auto_observe_interval_minutes is not None and not isinstance(auto_observe_interval_minutes, int | float):
            raise ParameterCheckError(
                f"auto_observe_interval_minutes of {what} is a number, not {auto_observe_interval_minutes!r}",
                parameter="auto_observe_interval_minutes",
                value=auto_observe_interval_minutes,
            )
        if io_manager_key is not None and io_manager_def is not None:
            raise DagsterInvalidDefinitionError(
                f"{what} has both io_manager_key={io_manager_key!r} and io_manager_def; give one of them"
            )
        definitions = dict(resource_definitions(resource_defs, what)) if resource_defs else {}
        own_key = AssetKey.from_coercible(key)
        if io_manager_def is not None:
            io_manager_key = f"{'__'.join(own_key.path)}__io_manager"
            definitions[io_manager_key] = as_resource_definition(io_manager_def)
        said = check_metadata(metadata, what)
        if io_manager_key is not None:
            said[IO_MANAGER_KEY_METADATA] = check_instance(io_manager_key, str, f"io_manager_key of {what}")
        self.spec = AssetSpec(
            own_key,
            description=description,
            metadata=said,
            group_name=group_name,
            tags=tags,
            partitions_def=partitions_def,
            automation_condition=automation_condition,
        )
        self.auto_observe_interval_minutes = auto_observe_interval_minutes
        self.resource_defs: Mapping[str, ResourceDefinition] = definitions
        self.observe_fn = observe_fn
        self.op_tags: Mapping[str, Any] = dict(op_tags or {})
        self.own_resource_keys = frozenset(_required_resource_keys or ())
        # What the location makes of it; kept, so that one source asset stays one definition.
        self.definition: Any = None

    def __repr__(self) -> str:
        return f"SourceAsset({self.key.to_user_string()!r})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SourceAsset):
            return NotImplemented
        return (self.spec, self.resource_defs, self.observe_fn) == (other.spec, other.resource_defs, other.observe_fn)

    def __hash__(self) -> int:
        return hash(self.spec.key)

    @property
    def key(self) -> AssetKey:
        """Its key."""
        return self.spec.key

    @property
    def description(self) -> str | None:
        """Free text."""
        return self.spec.description

    @property
    def metadata(self) -> Mapping[str, Any]:
        """Labelled facts."""
        return {key: value for key, value in self.spec.metadata.items() if key != IO_MANAGER_KEY_METADATA}

    @property
    def raw_metadata(self) -> Mapping[str, Any]:
        """Labelled facts, as they were given."""
        return self.metadata

    @property
    def group_name(self) -> str:
        """Its group."""
        return self.spec.group_name or DEFAULT_GROUP_NAME

    @property
    def tags(self) -> Mapping[str, str]:
        """Its labels."""
        return self.spec.tags

    @property
    def automation_condition(self) -> Any:
        """When it is to be looked at; None: nothing was said."""
        return self.spec.automation_condition

    @property
    def io_manager_key(self) -> str | None:
        """The resource that loads it; None if nothing was said."""
        key = self.spec.metadata.get(IO_MANAGER_KEY_METADATA)
        return None if key is None else str(key)

    def get_io_manager_key(self) -> str:
        """The resource that loads it."""
        return self.io_manager_key or "io_manager"

    @property
    def io_manager_def(self) -> ResourceDefinition | None:
        """The IO manager it brings along; None without one."""
        return self.resource_defs.get(self.get_io_manager_key())

    @property
    def is_observable(self) -> bool:
        """Whether there is a function that looks at it."""
        return self.observe_fn is not None

    @property
    def is_executable(self) -> bool:
        """The same as :attr:`is_observable`."""
        return self.is_observable

    @property
    def partitions_def(self) -> PartitionsDefinition | None:
        """How it is divided into partitions; None: it is not."""
        return self.spec.partitions_def

    @property
    def required_resource_keys(self) -> frozenset[str]:
        """Resources that the function which looks at it needs."""
        return self.op.required_resource_keys if self.is_observable else frozenset()

    @cached_property
    def op(self) -> OpDefinition:
        """The op that looks at it.

        Raises:
            DagsterInvariantViolationError: there is none.
        """
        if self.observe_fn is None:
            raise DagsterInvariantViolationError(f"the source asset {self.key.to_user_string()!r} cannot be observed")
        return observing_op(self.observe_fn, self.spec, self.own_resource_keys, self.op_tags)

    @property
    def node_def(self) -> OpDefinition | None:
        """The op that looks at it; None if nothing does."""
        return self.op if self.is_observable else None

    def to_spec(self) -> AssetSpec:
        """What is said of it, as a spec."""
        return self.spec

    def with_attributes(
        self,
        key: AssetKey | None = None,
        group_name: str | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> SourceAsset:
        """The same source asset under another key, in a group, or with other tags.

        Raises:
            DagsterInvalidDefinitionError: it has another group already.
        """
        if group_name is not None and self.spec.group_name not in (None, DEFAULT_GROUP_NAME, group_name):
            raise DagsterInvalidDefinitionError(
                f"the source asset {self.key.to_user_string()!r} is in the group {self.group_name!r} already, so it "
                f"cannot be put into {group_name!r}"
            )
        return self._with(
            self.spec.replace_attributes(
                key=self.key if key is None else key,
                group_name=group_name or self.spec.group_name,
                tags=self.spec.tags if tags is None else tags,
            )
        )

    def with_resources(self, resource_defs: Mapping[str, object]) -> SourceAsset:
        """The same source asset bringing more resources along."""
        made = self._with(self.spec)
        made.resource_defs = {**resource_definitions(resource_defs, repr(self)), **self.resource_defs}
        return made

    def _with(self, spec: AssetSpec) -> SourceAsset:
        made = object.__new__(SourceAsset)
        made.__dict__.update(self.__dict__)
        made.spec = spec
        made.definition = None
        made.__dict__.pop("op", None)
        return made


def source_asset_of(spec: AssetSpec, io_manager_key: str) -> SourceAsset:
    """An asset that is made here, as a location that only loads it declares it."""
    metadata = {key: value for key, value in spec.metadata.items() if key != IO_MANAGER_KEY_METADATA}
    return SourceAsset(
        spec.key,
        metadata=metadata,
        io_manager_key=io_manager_key,
        description=spec.description,
        group_name=spec.group_name,
        tags=spec.tags,
        partitions_def=spec.partitions_def,
    )
