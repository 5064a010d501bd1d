"""What a hook is given: the step that ended, and how."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from watchbell.declare.graphs.compose import Node
from watchbell.declare.hook import HookDefinition
from watchbell.declare.log_manager import DagsterLogManager
from watchbell.ground.value import dataclass
from watchbell.record.keys import AssetKey
from watchbell.record.run import DagsterRun


@dataclass(frozen=True)
class HookFacts:
    """What is known of a step that ended.

    Args:
        hook: the hook that is told.
        run: the run.
        step_key: the step.
        node: the op as a node of its graph.
        job_def: the job.
        op_config: the step's config, validated.
        output_values: what it gave, by output; by output and mapping key for a dynamic one.
        output_metadata: what was said of that, likewise.
        error: what user code raised, None if the step went well.
        asset_keys: the assets the step makes.
    """

    hook: HookDefinition
    run: DagsterRun
    step_key: str
    node: Node
    job_def: Any
    op_config: Any
    output_values: Mapping[str, Any]
    output_metadata: Mapping[str, Any]
    error: BaseException | None = None
    asset_keys: tuple[AssetKey, ...] = ()


class HookContext:
    """What a hook is given.

    Args:
        facts: what is known of the step.
        resources: the resources the hook requires, as attributes by their keys.
        log: logger whose lines are stored with the run, under the step.

    Example:
        >>> @failure_hook
        ... def alarm(context: HookContext) -> None:
        ...     context.log.error(
        ...         f"{context.step_key} of run {context.run_id} failed: {context.op_exception!r}"
        ...     )
    """

    def __init__(self, facts: HookFacts, resources: Any, log: DagsterLogManager) -> None:
        self._facts = facts
        self._resources = resources
        self._log = log

    @property
    def log(self) -> DagsterLogManager:
        """Logger whose lines are stored with the run, under the step."""
        return self._log

    @property
    def resources(self) -> Any:
        """The resources the hook requires, as attributes by their keys."""
        return self._resources

    @property
    def hook_def(self) -> HookDefinition:
        """The hook."""
        return self._facts.hook

    @property
    def hook_key(self) -> str:
        """Name of the hook."""
        return self.hook_def.name

    @property
    def required_resource_keys(self) -> frozenset[str]:
        """The resources the hook requires."""
        return self.hook_def.required_resource_keys

    @property
    def instance(self) -> Any:
        """The instance the run is recorded in."""
        return None

    @property
    def dagster_run(self) -> DagsterRun:
        """The run."""
        return self._facts.run

    @property
    def run_id(self) -> str:
        """Id of the run."""
        return self._facts.run.run_id

    @property
    def job_name(self) -> str:
        """Name of the job."""
        return self._facts.run.job_name

    @property
    def job_def(self) -> Any:
        """Definition of the job."""
        return self._facts.job_def

    @property
    def step_key(self) -> str:
        """The step that ended."""
        return self._facts.step_key

    @property
    def op(self) -> Node:
        """Its op as a node of its graph: ``name``, ``definition``, ``tags``."""
        return self._facts.node

    @property
    def op_config(self) -> Any:
        """The config of the op; None without one."""
        return self._facts.op_config

    @property
    def op_exception(self) -> BaseException | None:
        """What the op's code raised; None if the step went well."""
        return self._facts.error

    @property
    def op_output_values(self) -> Mapping[str, Any]:
        """What the step gave, by output name; for a dynamic output a dict by mapping key."""
        return self._facts.output_values

    @property
    def op_output_metadata(self) -> Mapping[str, Any]:
        """The metadata of what the step gave, by output name; for a dynamic output a dict by mapping key."""
        return self._facts.output_metadata

    @property
    def asset_key(self) -> AssetKey | None:
        """The asset the step makes; the first of several; None: it makes none."""
        return next(iter(self._facts.asset_keys), None)

    @property
    def asset_keys(self) -> tuple[AssetKey, ...]:
        """The assets the step makes."""
        return self._facts.asset_keys
