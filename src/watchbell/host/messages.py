"""What service, host and evaluators say to each other besides evaluations and runs (``record/evaluation.py``).

Each is the body of a frame (``ground/channel.py``).
"""

from __future__ import annotations

from watchbell.ground.value import dataclass
from watchbell.ground.wire import wired
from watchbell.host.targets import CodeTarget
from watchbell.record.evaluation import Answer, Evaluation, LocationError, OtherAssets
from watchbell.record.run import RunWorker
from watchbell.record.snapshot import LocationSnapshot


@wired("host_config")
@dataclass(frozen=True)
class HostConfig:
    """What a host is told first.

    Args:
        target: the code to load.
        home: folder of the instance; run output goes below it.
        max_evaluators: evaluation processes at once (count, >= 1).
        process_start: ``"auto"``, ``"fork"`` or ``"spawn"``.
        load_timeout_seconds: after this, loading is given up and the host ends.
    """

    target: CodeTarget
    home: str
    max_evaluators: int = 64
    process_start: str = "auto"
    load_timeout_seconds: float = 180.0


@wired("host_loaded")
@dataclass(frozen=True)
class Loaded:
    """The code is loaded.

    Args:
        snapshot: what it defines.
    """

    snapshot: LocationSnapshot


@wired("host_load_failed")
@dataclass(frozen=True)
class LoadFailed:
    """The code cannot be loaded.

    Args:
        error: why.
        watched_files: files whose change may mend it.
    """

    error: LocationError
    watched_files: tuple[str, ...] = ()


@wired("host_worker_started")
@dataclass(frozen=True)
class WorkerStarted:
    """A run has its process.

    Args:
        run_id: the run.
        attempt: the attempt it was started for.
        worker: the process.
    """

    run_id: str
    attempt: int
    worker: RunWorker


@wired("host_blocked")
@dataclass(frozen=True)
class Blocked:
    """An evaluation that does not give way to the others of its process.

    Args:
        evaluation_id: which; 0: not known.
        seconds: for how long so far.
        place: the function and the line it is at, for people.
        stack: lines of the stack, outermost first.
        ignores_cancelling: whether it gives way, but goes on although it was cancelled.
    """

    evaluation_id: int
    seconds: float
    place: str
    stack: tuple[str, ...] = ()
    ignores_cancelling: bool = False


@wired("host_asked_again")
@dataclass(frozen=True)
class AskedAgain:
    """An evaluation that is begun once more, for its process ended before it answered.

    Args:
        evaluation_id: which.
        reason: how the process ended, for people.
    """

    evaluation_id: int
    reason: str


@wired("host_left_out")
@dataclass(frozen=True)
class LeftOut:
    """A root that the others do not wait for: its condition ended the process that evaluated it, or took long.

    Args:
        number: what stands for it (``condition_evaluator.root_mark``).
        seconds: until it is evaluated again.
        reason: how its process ended.
        is_slow: whether it only took long.
    """

    number: int
    seconds: float
    reason: str
    is_slow: bool = False


@wired("host_condition_question")
@dataclass(frozen=True)
class ConditionQuestion:
    """An evaluation of a condition sensor, and what it leaves out.

    Args:
        evaluation: the question.
        left_out: the roots that are not evaluated now.
        found: what came of evaluations of such roots by themselves, which this one takes in.
        alone: the only root that is evaluated; 0: all are.
        others: with ``alone``, what is known of the assets of other locations.
    """

    evaluation: Evaluation
    left_out: tuple[LeftOut, ...] = ()
    found: tuple[Answer, ...] = ()
    alone: int = 0
    others: tuple[OtherAssets, ...] = ()


@wired("host_found_alone")
@dataclass(frozen=True)
class FoundAlone:
    """What came of the evaluation of one root by itself.

    Args:
        answer: what changes: states, evaluations, and in the cursor what it asks for.
        seconds: how long it took.
    """

    answer: Answer
    seconds: float


@wired("child_config")
@dataclass(frozen=True)
class ChildConfig:
    """What a spawned evaluator or run worker is told on its command line.

    Args:
        host: the host's own config.
        role: ``"evaluator"``, ``"async_evaluator"``, ``"condition_evaluator"``, ``"errand"`` or ``"worker"``.
        fd: the evaluator's end of its connection; -1 for a worker.
        mark_fd: where an evaluator of async functions, or of conditions, writes whose turn it is.
        run_id: the worker's run.
        attempt: the attempt it belongs to.
    """

    host: HostConfig
    role: str
    fd: int = -1
    mark_fd: int = -1
    run_id: str = ""
    attempt: int = 0
