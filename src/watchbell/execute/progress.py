"""How far a run is: which steps may begin, which are skipped, which can never run. Pure: facts in, keys out."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Mapping, Sequence
from enum import Enum

from watchbell.execute.plan import FromConfig, FromStep, FromSteps, Plan, Step, StepInput

NO_MAPPING_KEYS: Mapping[str, tuple[str, ...]] = {}


class StepState(Enum):
    """Where a step is.

    WAITING for others, READY, RUNNING; then SUCCEEDED, FAILED, SKIPPED (an output it needs was left out) or BLOCKED
    (a step it depends on failed, was blocked, or was interrupted).
    """

    WAITING = "WAITING"
    READY = "READY"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    SKIPPED = "SKIPPED"
    BLOCKED = "BLOCKED"


DEAD = (StepState.FAILED, StepState.BLOCKED)
OVER = frozenset({*DEAD, StepState.SUCCEEDED, StepState.SKIPPED})


class Progress:
    """The state of every step of one run.

    Args:
        plan: the run's plan.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._steps, self._dependants = self._first_steps(plan)
        self._states = dict.fromkeys(self._steps, StepState.WAITING)
        self._missing_count = {key: len(step.depends_on) for key, step in self._steps.items()}
        self._given: dict[str, Collection[str]] = {}
        self._mapping_keys: dict[str, Mapping[str, tuple[str, ...]]] = {}
        self._ready: list[tuple[int, int, int, str]] = []
        self._to_skip: list[str] = []
        self._open_count = len(self._steps)
        for step in list(self._steps.values()):
            if not step.depends_on:
                self._settle(step)

    @property
    def is_over(self) -> bool:
        """Whether no step can run any more."""
        return self._open_count == 0

    @property
    def steps(self) -> list[Step]:
        """The steps there are by now."""
        return list(self._steps.values())

    def knows(self, key: str) -> bool:
        """Whether there is such a step by now."""
        return key in self._states

    def state_of(self, key: str) -> StepState:
        """Where a step is."""
        return self._states[key]

    def take_ready(self) -> Step | None:
        """The next step to run, now RUNNING: highest priority first, then the plan's order. None: none is ready."""
        if not self._ready:
            return None
        key = heapq.heappop(self._ready)[3]
        self._states[key] = StepState.RUNNING
        return self._steps[key]

    def take_skipped(self) -> list[Step]:
        """Steps found to be skipped since the last call, to be written down."""
        taken, self._to_skip = self._to_skip, []
        return [self._steps[key] for key in taken]

    def succeeded(
        self, key: str, given: Collection[str], mapping_keys: Mapping[str, tuple[str, ...]] = NO_MAPPING_KEYS
    ) -> None:
        """A step ended well.

        Args:
            key: the step.
            given: names of the outputs it gave.
            mapping_keys: the keys of each dynamic output, in the order in which they were given.
        """
        self._given[key] = given
        if mapping_keys:
            self._mapping_keys[key] = mapping_keys
        self._finish(key, StepState.SUCCEEDED)

    def failed(self, key: str) -> None:
        """A step failed for good; what depends on it will not run."""
        self._finish(key, StepState.FAILED)

    def again(self, key: str) -> None:
        """A step that was running is ready for another attempt."""
        self._push(self._steps[key])

    # ------------------------------------------------------------- inside

    def _finish(self, key: str, state: StepState) -> None:
        settled = [(key, state)]
        while settled:  # a loop, not a recursion: chains of skipped steps may be thousands long
            done, how = settled.pop()
            self._states[done] = how
            self._open_count -= 1
            for dependant in self._dependants[done]:
                self._missing_count[dependant] -= 1
                if self._missing_count[dependant] == 0:
                    end = self._settle(self._steps[dependant])
                    if end is not None:
                        settled.append((dependant, end))
            settled.extend(self._ended(done))

    def _first_steps(self, plan: Plan) -> tuple[dict[str, Step], Mapping[str, list[str]]]:
        """The steps that are there from the beginning, and who waits for each."""
        return plan.by_key, plan.dependants

    def _ordinal(self, key: str) -> int:
        """Which of the steps with the same place in the plan's order goes first (0, 1, …)."""
        return 0

    def _ended(self, key: str) -> Sequence[tuple[str, StepState]]:
        """What the end of a step brings about beyond its dependants: steps that end at once, and how."""
        return ()

    def _settle(self, step: Step) -> StepState | None:
        """Decides a step whose upstream steps are all over; its end, or None if it may run."""
        if step.depends_on:
            if not all(self._may_be_served(each) for each in step.inputs):
                self._to_skip.append(step.key)
                self._given[step.key] = ()
                return StepState.SKIPPED
            if any(self._states[key] in DEAD for key in step.depends_on):
                return StepState.BLOCKED
        self._push(step)
        return None

    def _push(self, step: Step) -> None:
        self._states[step.key] = StepState.READY
        heapq.heappush(self._ready, (-step.priority, step.position, self._ordinal(step.key), step.key))

    def _may_be_served(self, step_input: StepInput) -> bool:
        source = step_input.source
        if isinstance(source, FromStep):
            return self._was_not_left_out(source)
        if isinstance(source, FromSteps):
            steps = [each for each in source.sources if isinstance(each, FromStep)]
            return not steps or any(self._was_not_left_out(each) for each in steps)
        return True

    def _was_not_left_out(self, source: FromStep) -> bool:
        given = self._given.get(source.step_key)
        return given is None or source.output_name in given  # None: it failed, and that is the reason to be told

    def served_sources(self, source: FromSteps) -> list[FromStep | FromConfig]:
        """Those sources of a fan-in whose output was given, and its values."""
        return [
            each
            for each in source.sources
            if isinstance(each, FromConfig) or each.output_name in self._given[each.step_key]
        ]
