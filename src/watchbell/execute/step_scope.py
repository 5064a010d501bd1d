"""The facts that a step's context answers from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from typing import Any

from watchbell.execute.check_plan import StepChecks
from watchbell.execute.journal import Journal
from watchbell.execute.step_partitions import StepPartitions
from watchbell.ground.value import dataclass
from watchbell.instance import DagsterInstance
from watchbell.record.asset_check import AssetCheckEvaluation, AssetCheckKey
from watchbell.record.data_version import DataVersion
from watchbell.record.keys import AssetKey
from watchbell.record.metadata import MetadataValue
from watchbell.record.run import DagsterRun


@dataclass(frozen=True)
class NodeHandle:
    """Where an op stands in its job: its name and the graphs around it.

    Args:
        path: names from the outermost graph to the op.
    """

    path: tuple[str, ...]

    @property
    def name(self) -> str:
        """The op's name in its own graph."""
        return self.path[-1]

    @property
    def parent(self) -> NodeHandle | None:
        """The graph it stands in; None at the top."""
        return NodeHandle(self.path[:-1]) if len(self.path) > 1 else None

    def to_string(self) -> str:
        """The names joined by dots."""
        return ".".join(self.path)

    __str__ = to_string


@dataclass(frozen=True)
class StepHandle:
    """A step of a run.

    Args:
        key: its key.
        node_handle: where its op stands in the job.
        tags: of the op and its node.
    """

    key: str
    node_handle: NodeHandle
    tags: Mapping[str, str]


@dataclass(slots=True)
class StepScope:
    """One attempt at one step: the facts its context answers from.

    Args:
        run: the run, as it was when the step began.
        step_key: the step.
        node: the node of the job's graph: name, definition, tags.
        journal: takes events and logged lines.
        open_instance: the instance; opened when first asked for.
        resources: the resources the step requires, by attribute.
        op_config: the step's config, validated.
        retry_number: attempts before this one (count).
        job_def: the job.
        assets_def: the assets definition whose op this is, None for a plain op.
        asset_keys_by_output: for an asset's op.
        asset_keys_by_input: for an asset's op.
        output_names: outputs of the op.
        output_metadata: what was said of each output so far.
        asset_metadata: what was said of each asset so far.
        yielded: outputs that were given already.
        checks: the asset checks that the step makes.
        load_asset: loads the stored value of an asset; None: there is no run.
        evaluations: those that were answered already.
        used_versions: the versions of what the assets of the step are made from.
        data_versions: the versions that user code gave of what it makes.
        mapping_keys: the keys given so far for each dynamic output; None: none was given.
        logged: events that the step's code logged and nobody consumed.
        record: takes what is given, for the step's hooks; None: it has none.
        partitions: those of its assets; None: it has no context of a run with partitions.
        used_partitions: the versions of the partitions that those of the step are made from, by asset and key.
        partition_metadata: what was said of single partitions of each asset; None: nothing was.
    """

    run: DagsterRun
    step_key: str
    node: Any
    journal: Journal
    open_instance: Callable[[], DagsterInstance]
    resources: Any = None
    op_config: Any = None
    retry_number: int = 0
    job_def: Any = None
    assets_def: Any = None
    asset_keys_by_output: Mapping[str, AssetKey] = field(default_factory=dict)
    asset_keys_by_input: Mapping[str, AssetKey] = field(default_factory=dict)
    output_names: Sequence[str] = ()
    output_metadata: dict[str, dict[str, Any]] = field(default_factory=dict)
    asset_metadata: dict[AssetKey, dict[str, MetadataValue]] = field(default_factory=dict)
    yielded: set[str] = field(default_factory=set)
    checks: StepChecks | None = None
    load_asset: Callable[[AssetKey, type | None, str | None], Any] | None = None
    evaluations: dict[AssetCheckKey, AssetCheckEvaluation] | None = None
    used_versions: Mapping[AssetKey, Any] | None = None
    data_versions: dict[AssetKey, DataVersion] | None = None
    mapping_keys: dict[str, dict[str, None]] | None = None
    logged: list[Any] = field(default_factory=list)
    record: Any = None
    partitions: StepPartitions | None = None
    used_partitions: Mapping[AssetKey, Any] | None = None
    partition_metadata: dict[tuple[AssetKey, str], dict[str, MetadataValue]] | None = None
