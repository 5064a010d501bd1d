"""One run in one process: what every step of it shares."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from typing import Any

from watchbell.declare.resource import Resources
from watchbell.execute.interrupts import Interrupts
from watchbell.execute.journal import Journal
from watchbell.execute.plan import Plan, Step
from watchbell.execute.resumption import Resumption
from watchbell.execute.run_partitions import NO_PARTITIONS, RunPartitions
from watchbell.execute.slots import Slots
from watchbell.ground.value import dataclass
from watchbell.instance import DagsterInstance
from watchbell.recall import Recall
from watchbell.record.data_version import DataVersion
from watchbell.record.keys import AssetKey
from watchbell.record.run import DagsterRun


@dataclass(frozen=True, slots=True)
class Manager:
    """An IO manager that was set up.

    Args:
        key: its resource key.
        value: the user's object.
        config: its config.
        resources: the resources it requires.
    """

    key: str
    value: Any
    config: Any
    resources: Resources


@dataclass(slots=True)
class RunScope:
    """One run in one process.

    Args:
        plan: its plan.
        run: the run, as it was when this process began.
        journal: takes what happens.
        open_instance: the instance; opened when first asked for.
        interrupts: whether the run was asked to stop.
        resources: initialised resources by key.
        managers: those of them that are used as IO managers, with what they are told.
        captured: takes the value of every output by (step key, output name); None: values are not kept.
        recall: reads what was stored before, without what this run has still to store; None: nothing was.
        versions: the versions of the assets that this run made so far.
        partition_versions: likewise, of single partitions, by their keys.
        partitions: the partitions the run is for.
        slots: the slots of pools it claims; None: none of its steps is in a pool.
        resumption: which steps are executed again, for a run that goes on from another; None: all.
        hooks_after_failure: whether hooks run after a failed step; not where its error is raised to the caller at once.
    """

    plan: Plan
    run: DagsterRun
    journal: Journal
    open_instance: Callable[[], DagsterInstance]
    interrupts: Interrupts = field(default_factory=Interrupts)
    resources: Mapping[str, Any] = field(default_factory=dict)
    managers: Mapping[str, Manager] = field(default_factory=dict)
    captured: dict[tuple[str, str], Any] | None = None
    hooks_after_failure: bool = True
    resumption: Resumption | None = None
    slots: Slots | None = None
    recall: Callable[[], Recall] | None = None
    versions: dict[AssetKey, DataVersion] = field(default_factory=dict)
    partition_versions: dict[AssetKey, dict[str, DataVersion]] = field(default_factory=dict)
    partitions: RunPartitions = NO_PARTITIONS

    @property
    def steps(self) -> Sequence[Step]:
        """The steps of the plan that this run executes."""
        found = self.resumption
        return self.plan.steps if found is None else [step for step in self.plan.steps if found.covers(step)]

    @property
    def resource_keys(self) -> frozenset[str]:
        """Every resource that a step of this run needs, IO managers included."""
        if self.resumption is None:
            return self.plan.resource_keys
        return frozenset().union(*(step.setup_keys for step in self.steps))

    @property
    def manager_keys(self) -> frozenset[str]:
        """The resources that this run uses as IO managers."""
        if self.resumption is None:
            return self.plan.manager_keys
        return frozenset().union(*(step.manager_keys for step in self.steps))

    def run_id_of(self, step: Step) -> str:
        """The run whose outputs of a step are taken: this one, or an earlier one that it goes on from."""
        return self.run.run_id if self.resumption is None else self.resumption.run_of(step) or self.run.run_id
