"""The plan of a run: its steps, in an order that can run, with all that can be known before the first one starts.

A step is an op at its place in the job; its key is the names of the graphs around it and its own, joined by dots. Each
input says where its value comes from. Nothing here is looked up again while steps run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from functools import cached_property
from typing import Any

from watchbell.declare.config.data_type import DagsterType
from watchbell.declare.graphs.dynamic_levels import NO_DIMS, Dims
from watchbell.declare.hook import HookDefinition
from watchbell.declare.retry import RetryPolicy
from watchbell.execute.check_plan import StepChecks
from watchbell.execute.copies import keys_of, model_key, path_of
from watchbell.ground.value import dataclass
from watchbell.record.keys import AssetKey

PRIORITY_TAG = "dagster/priority"
NOTHING_LEFT_OUT: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class FromStep:
    """The output of another step.

    Args:
        step_key: the step.
        output_name: its output.
        mapping_key: which value of a dynamic output; None for any other.
    """

    step_key: str
    output_name: str
    mapping_key: str | None = None


@dataclass(frozen=True, slots=True)
class FromSteps:
    """The outputs of several steps, as a list in this order; those that were left out are missing from it.

    Args:
        sources: the outputs, and values that are given.
    """

    sources: tuple[FromStep | FromConfig, ...]


@dataclass(frozen=True, slots=True)
class FromCopies:
    """In a model: an output that is given by mapping key.

    Args:
        step_key: key of the step, or of its model.
        output_name: the output.
        collects: levels of mapping keys whose values are collected into a list (count); 0: one value, that of the
            copy's own keys.
    """

    step_key: str
    output_name: str
    collects: int


@dataclass(frozen=True, slots=True)
class FromManyCopies:
    """In a model: a fan-in of outputs of which some are given by mapping key.

    Args:
        sources: the outputs; of those by mapping key, the value of the copy's own keys.
    """

    sources: tuple[FromStep | FromCopies | FromConfig, ...]


@dataclass(frozen=True, slots=True)
class FromAsset:
    """The stored value of an asset that this run does not make.

    Args:
        asset_key: the asset.
        io_manager_key: the resource that loads it.
        metadata: the asset's definition metadata, for the IO manager.
    """

    asset_key: AssetKey
    io_manager_key: str
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FromConfig:
    """A value that the run's config, or the caller, gives.

    Args:
        value: the value.
    """

    value: Any


@dataclass(frozen=True, slots=True)
class FromDefault:
    """The default value of the input.

    Args:
        value: the value.
    """

    value: Any


@dataclass(frozen=True, slots=True)
class FromManager:
    """Whatever the input's own manager loads: nothing upstream is known."""


@dataclass(frozen=True, slots=True)
class FromNowhere:
    """Nothing at all: the input only orders, and what it waits for is not part of this run."""


InputSource = (
    FromStep
    | FromSteps
    | FromCopies
    | FromManyCopies
    | FromAsset
    | FromManager
    | FromConfig
    | FromDefault
    | FromNowhere
)


@dataclass(frozen=True, slots=True)
class StepInput:
    """An input of a step.

    Args:
        name: its name.
        source: where its value comes from.
        type: what it may hold.
        is_nothing: whether it only orders: no value is loaded.
        asset_key: the asset it is, if it is one.
        manager_key: the resource that loads it instead of the upstream's IO manager.
        metadata: the input's definition metadata.
        config: what the run's config says to its manager.
    """

    name: str
    source: InputSource
    type: DagsterType
    is_nothing: bool = False
    asset_key: AssetKey | None = None
    manager_key: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    config: Any = None


@dataclass(frozen=True, slots=True)
class StepOut:
    """An output of a step.

    Args:
        name: its name.
        type: what it may hold.
        is_required: whether the step fails if it is left out.
        io_manager_key: the resource that stores it.
        asset_key: the asset it is, if it is one.
        metadata: the output's definition metadata.
        config: what the run's config says to its IO manager.
        is_dynamic: whether it has a value for each mapping key.
    """

    name: str
    type: DagsterType
    is_required: bool
    io_manager_key: str
    asset_key: AssetKey | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    config: Any = None
    is_dynamic: bool = False


@dataclass(frozen=True, slots=True)
class Origin:
    """From what an asset is made.

    Args:
        deps: the assets it is made from.
        code_version: the version of its code, if its definition says one.
    """

    deps: tuple[AssetKey, ...] = ()
    code_version: str | None = None


NO_ORIGIN = Origin()


@dataclass(frozen=True, slots=True)
class Step:
    """An op at its place in the job.

    Args:
        key: its place: names joined by dots.
        position: its place in the plan's order (0, 1, …).
        node: the node: name, definition, tags.
        inputs: its inputs, in the op's order.
        outputs: its outputs by name, in the op's order.
        config: the op's config, validated.
        retry_policy: of the node, its op or the job, whichever is nearest.
        tags: of op and node.
        priority: higher goes first.
        depends_on: keys of the steps it waits for.
        resource_keys: the resources its function needs.
        manager_keys: the IO managers of its inputs and outputs.
        assets_def: the assets definition it belongs to, None for a plain op.
        takes_op_context: whether an asset's function asked for an OpExecutionContext by its annotation.
        left_out: outputs of the op that are not to be given in this run: assets that were not selected.
        output_names: names of its outputs.
        asset_keys_by_output: the assets its outputs are.
        asset_keys_by_input: the assets its inputs are.
        function_config: what the function's ``config`` parameter is given.
        hooks: the hooks that run after each attempt at it, by name.
        pool: the pool whose slot it takes; None: none.
        is_model: whether copies of it run, made when the keys of a dynamic output are known, and not it itself.
        dims: of a model: the dynamic outputs it is mapped over, outermost first.
        mapping_keys: of a copy: its keys, outermost first.
        checks: the asset checks it makes; None: none.
        origins: from what each asset is made that it makes.
    """

    key: str
    position: int
    node: Any
    inputs: tuple[StepInput, ...]
    outputs: Mapping[str, StepOut]
    config: Any = None
    retry_policy: RetryPolicy | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    priority: int = 0
    depends_on: frozenset[str] = frozenset()
    resource_keys: frozenset[str] = frozenset()
    manager_keys: frozenset[str] = frozenset()
    assets_def: Any = None
    takes_op_context: bool = False
    left_out: frozenset[str] = NOTHING_LEFT_OUT
    # Read at every attempt, so made once.
    output_names: tuple[str, ...] = ()
    asset_keys_by_output: Mapping[str, AssetKey] = field(default_factory=dict)
    asset_keys_by_input: Mapping[str, AssetKey] = field(default_factory=dict)
    function_config: Any = None
    hooks: tuple[HookDefinition, ...] = ()
    pool: str | None = None
    is_model: bool = False
    dims: Dims = NO_DIMS
    mapping_keys: tuple[str, ...] = ()
    checks: StepChecks | None = None
    origins: Mapping[AssetKey, Origin] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """Its place in the job: the key without mapping keys."""
        return path_of(self.key)

    @property
    def setup_keys(self) -> frozenset[str]:
        """Every resource that has to be set up for it: those of its function, its IO managers and its hooks."""
        keys = self.resource_keys | self.manager_keys
        return keys.union(*(hook.required_resource_keys for hook in self.hooks)) if self.hooks else keys

    @property
    def op(self) -> Any:
        """Definition of the op."""
        return self.node.definition

    @property
    def asset_keys(self) -> list[AssetKey]:
        """The assets it makes, in order of its outputs."""
        return [out.asset_key for out in self.outputs.values() if out.asset_key is not None]


class Plan:
    """All steps of a run.

    Args:
        job: the job.
        steps: in an order that can run.

    Attributes:
        by_key: the steps by key.
        dependants: key -> keys of the steps that wait for it.
        has_models: whether some steps come to be only while the run goes on.
        manager_keys: resources that are used as IO managers.
        resource_keys: every resource that some step needs, IO managers included.
    """

    def __init__(self, job: Any, steps: Sequence[Step]) -> None:
        self.job = job
        self.steps = tuple(steps)
        self.by_key: dict[str, Step] = {step.key: step for step in self.steps}
        dependants: dict[str, list[str]] = {step.key: [] for step in self.steps}
        for step in self.steps:
            for upstream in step.depends_on:
                dependants[upstream].append(step.key)
        self.dependants: dict[str, list[str]] = dependants
        self.has_models = any(step.is_model for step in self.steps)

        self.manager_keys = frozenset().union(*(step.manager_keys for step in self.steps))
        self.resource_keys = self.manager_keys.union(*(step.setup_keys for step in self.steps))

    def step(self, key: str) -> Step:
        """The step with this key; of a copy what its model says, but for where its inputs come from.

        Raises:
            KeyError: there is none.
        """
        found = self.by_key.get(key)
        if found is not None:
            return found
        keys = keys_of(key)
        return replace(self.by_key[model_key(path_of(key), len(keys))], key=key, mapping_keys=keys)

    @cached_property
    def by_path(self) -> Mapping[str, Step]:
        """The steps, and the models of copies, by their place in the job."""
        return {path_of(step.key): step for step in self.steps}
