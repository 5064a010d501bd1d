"""How long a backfill may take, from how long such runs took before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from statistics import median

from watchbell.automate.backfills.steps import PlanStep
from watchbell.ground.durations import duration_text
from watchbell.ground.value import dataclass

START_SECONDS = 0.05
"""What a run costs the machine besides its user code, however many go on at a time: a process, its events."""


@dataclass(frozen=True)
class PastRun:
    """How long a run took.

    Args:
        partitions_count: how many partitions it made (count, >= 1).
        seconds: from the beginning of its user code to its end.
    """

    partitions_count: int
    seconds: float


@dataclass(frozen=True)
class Estimate:
    """How long a backfill may take.

    Args:
        seconds: about so long, of the steps that are known; None: no such run ended well before.
        at_once: runs that go on at a time (count, >= 1).
        unknown: steps that have no history (their labels).
    """

    seconds: float | None
    at_once: int
    unknown: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The same for people."""
        if self.seconds is None:
            return "no estimate: such runs have not ended well before"
        text = f"about {duration_text(self.seconds)}, with {self.at_once} at a time, by the median of past runs"
        return text if not self.unknown else f"{text}; besides {', '.join(self.unknown)}, which never ran before"


def estimated(steps: Sequence[PlanStep], past: Mapping[int, Sequence[PastRun]], at_once: int) -> Estimate:
    """How long the steps of a plan may take.

    Args:
        steps: in their order.
        past: past runs that did what a step does, by its place.
        at_once: runs that go on at a time (count, >= 1).
    """
    unknown = tuple(step.label for place, step in enumerate(steps) if not past.get(place))
    if len(unknown) == len(steps):
        return Estimate(None, at_once, unknown)
    total = 0.0
    for _, level in groupby(enumerate(steps), key=lambda each: each[1].number):
        works = [(step, _work_seconds(step, past[place])) for place, step in level if past.get(place)]
        runs_count = sum(step.runs_count for step, _ in works)
        longest = max((seconds if step.in_order else seconds / step.runs_count for step, seconds in works), default=0.0)
        shared = sum(seconds for _, seconds in works) / max(1, min(at_once, runs_count))
        total += max(longest, shared, runs_count * START_SECONDS)
    return Estimate(total, at_once, unknown)


def _work_seconds(step: PlanStep, past: Sequence[PastRun]) -> float:
    """The time of all runs of a step together."""
    if step.partitions_count <= step.runs_count:
        singles = [run.seconds for run in past if run.partitions_count == 1] or [run.seconds for run in past]
        return median(singles) * step.runs_count
    return median(run.seconds / run.partitions_count for run in past) * step.partitions_count
