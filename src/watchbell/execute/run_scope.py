"""One run in one process: what every step of it shares."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any

from watchbell.declare.resource import Resources
from watchbell.execute.interrupts import Interrupts
from watchbell.execute.journal import Journal
from watchbell.execute.plan import Plan
from watchbell.ground.value import dataclass
from watchbell.instance import DagsterInstance
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
