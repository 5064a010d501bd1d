"""The in-process executor: all steps of a run one after the other, in this process."""

from __future__ import annotations

import heapq
import os
import time
from collections.abc import Callable, Mapping
from typing import Any

from watchbell.execute.dynamic_progress import progress_of
from watchbell.execute.journal import DEBUG
from watchbell.execute.plan import Step
from watchbell.execute.resources import resources_open
from watchbell.execute.resumption import AnyProgress, ResumedProgress
from watchbell.execute.run_scope import RunScope
from watchbell.execute.slots import POLL_SECONDS as SLOT_POLL_SECONDS
from watchbell.execute.step import Ending, StepEnd, run_step
from watchbell.ground.durations import duration_text
from watchbell.record.event import DagsterEventType, EngineEventData


def run_serially(
    scope: RunScope,
    resource_configs: Mapping[str, Any],
    *,
    stop_at_failure: bool = False,
    wait: Callable[[float], object] = time.sleep,
) -> dict[str, StepEnd]:
    """Runs every step of the plan in this process.

    Args:
        scope: the run.
        resource_configs: resolved config of resources by key.
        stop_at_failure: whether the first failed step ends the run.
        wait: sleeps so many seconds before a retry; replaced in tests.

    Returns:
        The failed steps and how they ended, in the order in which they did.

    Raises:
        DagsterResourceFunctionError: a resource could not be set up.
        DagsterExecutionInterruptedError: the process was asked to stop.
    """
    journal = scope.journal
    pid = os.getpid()
    count = len(scope.steps)
    text = f"{count} {'step' if count == 1 else 'steps'} to run in this process (pid {pid})"
    journal.event(DagsterEventType.ENGINE_EVENT, text, None, EngineEventData(), DEBUG)
    started = journal.clock.monotonic()
    with resources_open(scope, scope.resource_keys, scope.manager_keys, resource_configs, _only_step(scope)):
        failures = _Loop(scope, stop_at_failure, wait).run()
    seconds = journal.clock.monotonic() - started
    journal.event(
        DagsterEventType.ENGINE_EVENT,
        f"the steps of pid {pid} are over after {duration_text(seconds)}",
        None,
        EngineEventData(),
    )
    return failures


class _Loop:
    """Takes steps as they become ready."""

    def __init__(self, scope: RunScope, stop_at_failure: bool, wait: Callable[[float], object]) -> None:
        self._scope = scope
        self._progress = begun_progress(scope)
        self._stop_at_failure = stop_at_failure
        self._wait = wait
        self._attempts: dict[str, int] = {}
        self._retries: list[tuple[float, int, str]] = []
        self._held: list[Step] = []  # ready, but no slot of their pool is free
        self._failures: dict[str, StepEnd] = {}

    def run(self) -> dict[str, StepEnd]:
        """Runs until no step can run any more; the failed ones."""
        progress, clock = self._progress, self._scope.journal.clock
        while True:
            if self._retries and self._retries[0][0] <= clock.monotonic():
                progress.again(heapq.heappop(self._retries)[2])
            say_skipped(self._scope, progress)
            step = self._take_ready()
            if step is not None:
                self._run_one(step)
                if self._failures and self._stop_at_failure:
                    return self._failures
            elif self._retries or self._held:
                self._wait_for_next(clock.monotonic())
            else:
                return self._failures

    def _run_one(self, step: Step) -> None:
        scope, progress, key = self._scope, self._progress, step.key
        if self._held and scope.slots is not None:
            scope.slots.let_others_pass()
        attempts_before = self._attempts.get(key, 0)
        end = run_step(scope, step, attempts_before, progress.served_sources)
        if scope.slots is not None:
            scope.slots.free(step)
        if end.ending is Ending.SUCCEEDED:
            progress.succeeded(key, end.given, end.mapping_keys)
        elif end.ending is Ending.FAILED:
            self._failures[key] = end
            progress.failed(key)
        else:
            self._attempts[key] = attempts_before + 1
            due = scope.journal.clock.monotonic() + end.wait_seconds
            heapq.heappush(self._retries, (due, step.position, key))

    def _take_ready(self) -> Step | None:
        slots = self._scope.slots
        if slots is None:
            return self._progress.take_ready()
        for place, held in enumerate(self._held):
            if slots.claim(held):
                return self._held.pop(place)
        while (step := self._progress.take_ready()) is not None:
            if slots.claim(step):
                return step
            self._held.append(step)
        return None

    def _wait_for_next(self, now: float) -> None:
        seconds = max(0.0, self._retries[0][0] - now) if self._retries else SLOT_POLL_SECONDS
        slots = self._scope.slots if self._held else None
        with self._scope.interrupts.in_user_code():  # a signal ends the wait
            if slots is None:
                self._wait(seconds)
            else:
                slots.wait(seconds, self._wait)


def begun_progress(scope: RunScope) -> AnyProgress:
    """The state of every step of a run that is about to begin."""
    progress = progress_of(scope.plan)
    return progress if scope.resumption is None else ResumedProgress(progress, scope.resumption)


def say_skipped(scope: RunScope, progress: AnyProgress) -> None:
    """Writes down the steps that were found to be skipped."""
    for step in progress.take_skipped():
        text = f"{step.key} is skipped: an output it needs was left out"
        scope.journal.event(DagsterEventType.STEP_SKIPPED, text, step.key)


def _only_step(scope: RunScope) -> str | None:
    return scope.steps[0].key if len(scope.steps) == 1 else None
