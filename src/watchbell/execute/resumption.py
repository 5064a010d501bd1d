"""Runs that execute again only some steps of an earlier run: what the other steps gave is taken from that one.

The plan is the whole plan. Steps that are not to run are taken as ended the way they ended before, in the nearest
ancestor that ran them; inputs are then loaded from what that run stored.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import field

from watchbell.declare.graphs.op_selection import select_ops
from watchbell.execute.copies import copy_key, keys_of, model_key, path_of
from watchbell.execute.dynamic_progress import progress_of
from watchbell.execute.plan import Plan, Step
from watchbell.execute.progress import DEAD, Progress
from watchbell.ground.errors import (
    DagsterExecutionStepNotFoundError,
    DagsterInvariantViolationError,
    DagsterRunNotFoundError,
)
from watchbell.ground.suggest import did_you_mean
from watchbell.ground.value import dataclass
from watchbell.record.event import DagsterEvent, DagsterEventType, StepOutputData
from watchbell.record.ports import InstanceView
from watchbell.record.query import EventQuery
from watchbell.record.run import RESUME_RETRY_TAG, DagsterRun

ANCESTORS_MAX = 1_000
_COPY = re.compile(r"(?P<before>[*+]*)(?P<path>[^*+\[\]]+)\[(?P<keys>[^\[\]]+)\](?P<after>[*+]*)")
_ENDS = frozenset(
    {
        DagsterEventType.STEP_OUTPUT,
        DagsterEventType.STEP_SUCCESS,
        DagsterEventType.STEP_SKIPPED,
        DagsterEventType.STEP_RESTARTED,
        DagsterEventType.STEP_START,
    }
)


@dataclass(frozen=True)
class Past:
    """How a step ended in an earlier run.

    Args:
        run_id: that run.
        given: names of the outputs it gave; none if it was skipped.
        mapping_keys: the keys of each dynamic output, in the order in which they were given.
        was_skipped: whether it was skipped.
    """

    run_id: str
    given: tuple[str, ...] = ()
    mapping_keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    was_skipped: bool = False

    def given_by(self, step: Step) -> tuple[str, ...]:
        """The outputs that count as given: also those by mapping key of which there was no value, which nobody logs."""
        if self.was_skipped:
            return self.given
        empty = [
            name for name, out in step.outputs.items() if out.is_dynamic and out.is_required and name not in self.given
        ]
        return (*self.given, *empty) if empty else self.given


@dataclass(frozen=True)
class Resumption:
    """Which steps a run executes again, and what became of the others before.

    Args:
        keys: the steps it executes. Of a mapped step the key of a copy, such as ``op[a]``; the op alone for all copies;
            the model's key, ``op[?]``, for those copies that did not end well before.
        past: step key -> how it ended in the nearest ancestor of the run that brought it to a good end.
    """

    keys: frozenset[str]
    past: Mapping[str, Past]

    def covers(self, step: Step) -> bool:
        """Whether a step, or some copy of a model, is executed by this run."""
        if step.key in self.keys:
            return True
        path, mapped = path_of(step.key), keys_of(step.key)
        if not mapped:
            return False
        if path in self.keys:
            return True
        if "?" in mapped:
            return any(path_of(key) == path for key in self.keys)
        return model_key(path, len(mapped)) in self.keys and step.key not in self.past

    def run_of(self, step: Step) -> str | None:
        """The earlier run whose outputs of a step count; None: this run executes the step itself."""
        past = None if self.covers(step) else self.past.get(step.key)
        return None if past is None else past.run_id


class ResumedProgress:
    """The state of a run's steps, where those that are not to run end the way they did before.

    Args:
        progress: the state of all steps of the plan.
        resumption: which of them are to run.
    """

    def __init__(self, progress: Progress, resumption: Resumption) -> None:
        self._progress = progress
        self._resumption = resumption
        self.succeeded = progress.succeeded
        self.failed = progress.failed
        self.again = progress.again
        self.served_sources = progress.served_sources

    def take_ready(self) -> Step | None:
        """The next step to run; see :meth:`Progress.take_ready`."""
        while (step := self._progress.take_ready()) is not None:
            if self._resumption.covers(step):
                return step
            past = self._resumption.past.get(step.key)
            if past is None:
                self._progress.failed(step.key)  # not to run, and never ran: nor does what hangs on it
            else:
                self._progress.succeeded(step.key, past.given_by(step), past.mapping_keys)
        return None

    def take_skipped(self) -> list[Step]:
        """Steps of this run found to be skipped since the last call."""
        return [step for step in self._progress.take_skipped() if self._resumption.covers(step)]


AnyProgress = Progress | ResumedProgress


def resumption_of(plan: Plan, run: DagsterRun, instance: InstanceView) -> Resumption | None:
    """What a stored run executes again; None: all of its plan.

    Args:
        plan: the whole plan.
        run: the run; it names its parent, and the steps it is to execute or that they are those that failed.
        instance: where its ancestors are stored.

    Raises:
        DagsterRunNotFoundError: an ancestor whose outputs are needed is not stored any more.
        DagsterExecutionStepNotFoundError: a step is named that the plan does not have.
        DagsterInvariantViolationError: a step is to run whose inputs no ancestor made.
    """
    if run.parent_run_id is None or (run.step_keys_to_execute is None and not _is_from_failure(run)):
        return None
    past = read_past(run.parent_run_id, instance)
    if run.step_keys_to_execute is None:
        parent = instance.get_run_by_id(run.parent_run_id)
        keys = unfinished_keys(plan, past, None if parent is None else parent.step_keys_to_execute)
    else:
        keys = step_keys(plan, run.step_keys_to_execute)
    found = Resumption(frozenset(keys), past)
    _check(plan, found, run.parent_run_id)
    return found


def _is_from_failure(run: DagsterRun) -> bool:
    return run.tags.get(RESUME_RETRY_TAG) == "true"


def read_past(parent_run_id: str, instance: InstanceView) -> dict[str, Past]:
    """How steps ended in a run and its ancestors; of a step that several brought to a good end, the nearest.

    Raises:
        DagsterRunNotFoundError: the run is not stored.
    """
    found: dict[str, Past] = {}
    run = instance.get_run_by_id(parent_run_id)
    if run is None:
        raise DagsterRunNotFoundError(
            f"run {parent_run_id!r}, whose steps are to be executed again, is not stored here", run_id=parent_run_id
        )
    for _ in range(ANCESTORS_MAX):
        for key, past in _ends_of(run.run_id, instance).items():
            found.setdefault(key, past)
        is_whole = run.step_keys_to_execute is None and not _is_from_failure(run)
        run = None if is_whole or run.parent_run_id is None else instance.get_run_by_id(run.parent_run_id)
        if run is None:
            break
    return found


def _ends_of(run_id: str, instance: InstanceView) -> dict[str, Past]:
    outputs: dict[str, dict[str, list[str]]] = {}
    ended: dict[str, Past] = {}
    for entry in instance.events(EventQuery(run_id=run_id, types=_ENDS)):
        event = entry.dagster_event
        if event is None or event.step_key is None:
            continue
        match event.event_type:
            case DagsterEventType.STEP_OUTPUT:
                _take_output(outputs.setdefault(event.step_key, {}), event)
            case DagsterEventType.STEP_START | DagsterEventType.STEP_RESTARTED:
                outputs[event.step_key] = {}  # what an earlier attempt gave does not count
            case DagsterEventType.STEP_SKIPPED:
                ended[event.step_key] = Past(run_id, was_skipped=True)
            case _:
                given = outputs.get(event.step_key, {})
                ended[event.step_key] = Past(
                    run_id, tuple(given), {name: tuple(keys) for name, keys in given.items() if keys}
                )
    return ended


def _take_output(given: dict[str, list[str]], event: DagsterEvent) -> None:
    data = event.event_specific_data
    if isinstance(data, StepOutputData):
        keys = given.setdefault(data.output_name, [])
        if data.mapping_key is not None:
            keys.append(data.mapping_key)


def unfinished_keys(plan: Plan, past: Mapping[str, Past], among: Collection[str] | None) -> list[str]:
    """The steps that did not come to a good end, of the whole plan or ``among`` some; models stand for their copies."""
    chosen = None if among is None else {path_of(key) for key in among}
    return [
        step.key
        for step in plan.steps
        if (step.dims or step.key not in past) and (chosen is None or path_of(step.key) in chosen)
    ]


def step_keys(plan: Plan, keys: Iterable[str]) -> list[str]:
    """The keys of steps that were named, if the plan has them all.

    Raises:
        DagsterExecutionStepNotFoundError: the plan has no such step.
    """
    paths = {path_of(step.key) for step in plan.steps}
    found = list(keys)
    for key in found:
        if path_of(key) not in paths:
            raise DagsterExecutionStepNotFoundError(
                f"job {plan.job.name!r} has no step {key!r}{did_you_mean(key, sorted(paths))}", step_keys=[key]
            )
    return found


def selected_copies(plan: Plan, clauses: Iterable[str]) -> list[str]:
    """The steps that clauses on copies name: ``op[a]``, with ``*`` or ``+`` also what hangs on it; ``op[?]`` is all.

    Args:
        plan: the whole plan.
        clauses: each with mapping keys in brackets.

    Raises:
        DagsterExecutionStepNotFoundError: the plan has no such step, or it is not mapped so many times.
    """
    found: dict[str, None] = {}
    for clause in clauses:
        match = _COPY.fullmatch(clause)
        name = match["path"] if match else clause
        named = plan.by_path.get(name)
        keys = tuple(match["keys"].split(",")) if match else ()
        if match is None or named is None or len(named.dims) != len(keys):
            near = did_you_mean(clause, sorted(step.key for step in plan.steps))
            raise DagsterExecutionStepNotFoundError(
                f"job {plan.job.name!r} has no step {clause!r}{near}", step_keys=[clause]
            )
        around = f"{match['before']}{name}{match['after']}"
        for path in sorted(select_ops(plan.job.flat, [around], f"job {plan.job.name!r}")):
            shared = [one for one, other in zip(plan.by_path[path].dims, named.dims, strict=False) if one == other]
            if "?" in keys or not shared:
                found[path] = None
            elif len(plan.by_path[path].dims) == len(shared):
                found[copy_key(path, keys[: len(shared)])] = None
            else:
                raise DagsterExecutionStepNotFoundError(
                    f"{clause!r} takes copies of {path!r} that are mapped once more; name each of them, or all by "
                    f"{path!r}",
                    step_keys=[clause],
                )
    return list(found)


def _check(plan: Plan, resumption: Resumption, parent_run_id: str) -> None:
    """Refuses what could only end in nothing: steps whose inputs nobody ever gave, copies that are not there.

    What is not executed again ends the way it did before, so all that can be known of the run before its first step
    is found by letting that happen.
    """
    progress = progress_of(plan)
    resumed = ResumedProgress(progress, resumption)
    while resumed.take_ready() is not None:
        pass
    for step in [*progress.steps, *(step for step in plan.steps if step.dims)]:
        if not resumption.covers(step):
            continue
        before = [step.dims[0].node] if step.is_model else sorted(step.depends_on)
        for upstream in before:
            if progress.knows(upstream) and progress.state_of(upstream) in DEAD:
                raise DagsterInvariantViolationError(
                    f"step {step.key!r} is to be executed again and takes what {upstream!r} gives, but {upstream!r} "
                    f"did not end well in run {parent_run_id} or a run before it; execute {upstream!r} again too"
                )
    for key in sorted(resumption.keys):
        if "?" in keys_of(key) or not keys_of(key) or progress.knows(key):
            continue
        model = plan.step(key)
        if not any(resumption.covers(plan.by_path[dim.node]) for dim in model.dims):
            raise DagsterExecutionStepNotFoundError(
                f"{path_of(key)!r} has no copy {key!r}: no such mapping key was given in run {parent_run_id} or a run "
                "before it",
                step_keys=[key],
            )
