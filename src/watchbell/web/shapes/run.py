"""One run, as the API tells it: its head, what went wrong, its steps, what it made."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from watchbell.record.run import DagsterRunStatus
from watchbell.web.shapes.errors import ErrorShape
from watchbell.web.shapes.metadata import MetadataShape
from watchbell.web.shapes.runs import RunRef, RunRow
from watchbell.web.shapes.shape import STORED_ID_MAX, Shape


class TickRef(Shape):
    """The tick that asked for a run.

    Args:
        tick_id: its number.
        kind: ``"schedule"`` or ``"sensor"``.
        name: of the schedule or sensor.
        location: its code location.
        at: the time it was for.
        run_key: the key by which it asked.
    """

    tick_id: int
    kind: str
    name: str
    location: str
    at: datetime
    run_key: str | None


class FailureShape(Shape):
    """Something in a run that failed.

    Args:
        event_id: the entry of the log that says so.
        at: when.
        step: the step; None: the run itself.
        message: what the entry says.
        error: what was raised; None: nothing was.
    """

    event_id: int
    at: datetime
    step: str | None
    message: str
    error: ErrorShape | None


class CancelShape(Shape):
    """That a run was asked to stop, or was stopped.

    Args:
        at: when.
        text: who asked, and why, as the log has it.
        is_by_force: whether its process was ended without time to clean up.
    """

    at: datetime
    text: str
    is_by_force: bool


class Difference(Shape):
    """What is another in a run than in the run of its job before.

    Args:
        run: the run before.
        config: each path in the config whose value is another, with both as JSON; null: it is not there.
        tags: the same of tags.
    """

    run: RunRef
    config: list[Changed]
    tags: list[Changed]


class Changed(Shape):
    """A value that is another.

    Args:
        path: where, its parts joined by dots.
        before: the value then.
        after: the value now.
    """

    path: str
    before: str | None
    after: str | None


class MadeAsset(Shape):
    """An asset that a run made or looked at.

    Args:
        event_id: the entry of the log that says so.
        at: when.
        asset: its key.
        partition: the partition.
        step: the step that made it.
        is_observation: whether it was only looked at.
        description: what the code says of it.
        metadata: labelled facts.
    """

    event_id: int
    at: datetime
    asset: str
    partition: str | None
    step: str | None
    is_observation: bool
    description: str | None
    metadata: list[MetadataShape]


class MadeCheck(Shape):
    """A check of an asset that a run executed.

    Args:
        event_id: the entry of the log that says so.
        at: when.
        asset: the key of the asset.
        check: its name.
        is_passed: how it ended.
        severity: how bad it is where it failed: ``"WARN"`` or ``"ERROR"``.
        description: what the code says of it.
        metadata: labelled facts.
    """

    event_id: int
    at: datetime
    asset: str
    check: str
    is_passed: bool
    severity: str
    description: str | None
    metadata: list[MetadataShape]


class Made(Shape):
    """What a run made.

    Args:
        assets: the assets, in the order in which they were made.
        checks: the checks.
        planned: assets that it is to make, or was, and did not.
        is_whole: whether these are all.
    """

    assets: list[MadeAsset]
    checks: list[MadeCheck]
    planned: list[str]
    is_whole: bool


class RunDetail(RunRow):
    """One run.

    Args:
        tick: the tick that asked for it.
        chain: the runs that execute each other again, this one among them, the first one first.
        before: the run of the same job before this one.
        after: the one after it.
        stop_reason: the rule because of which it is, or was, stopped.
        asked_to_stop_at: since when it is to stop.
        cancel: who cancelled it, when and why; None: nobody did.
        can_force: whether it had ten seconds to stop and may be ended by force.
        worker: the process that executes it.
        config: what it was configured with, secrets masked.
        steps_asked: the steps it was asked for; None: all.
        failures: what failed, the first one first.
        failure_count: how many failures there are, if not more than are looked at.
        difference: to the run of its job before; None: there is none.
        has_output: whether its process printed something.
    """

    tick: TickRef | None
    chain: list[RunRef]
    before: str | None
    after: str | None
    stop_reason: str | None
    asked_to_stop_at: datetime | None
    cancel: CancelShape | None
    can_force: bool
    worker: str | None
    config: dict[str, Any]
    steps_asked: list[str] | None
    failures: list[FailureShape]
    failure_count: int
    difference: Difference | None
    has_output: bool


class Span(Shape):
    """A span of time of a step.

    Args:
        kind: ``"wait"`` (it could begin and did not), ``"setup"`` (resources), ``"work"`` or ``"pause"`` (until it is
            tried again).
        begin_at: when it began.
        end_at: when it ended; None: it goes on.
        is_failed: whether it ended in an error.
    """

    kind: str
    begin_at: datetime
    end_at: datetime | None
    is_failed: bool = False


class StepShape(Shape):
    """A step of a run.

    Args:
        key: its key.
        state: ``"waiting"``, ``"running"``, ``"done"``, ``"failed"``, ``"skipped"``, ``"retrying"`` or ``"stopped"``.
        attempts: attempts that began (count).
        begin_at: when its first attempt began.
        end_at: when it ended.
        spans: what it spent its time with.
        needs: keys of the steps it takes values of, as far as the log tells.
        assets: assets it made.
        waits_for: the pool it waits for a slot of.
    """

    key: str
    state: str
    attempts: int
    begin_at: datetime | None
    end_at: datetime | None
    spans: list[Span]
    needs: list[str]
    assets: list[str]
    waits_for: str | None


class Steps(Shape):
    """The steps of a run, in the order in which they began.

    Args:
        items: the steps.
        begin_at: when the run began.
        end_at: when it ended; None: it goes on.
        status: of the run.
        at: when the answer was made.
    """

    items: list[StepShape]
    begin_at: datetime | None
    end_at: datetime | None
    status: DagsterRunStatus
    at: datetime


class EventShape(Shape):
    """An entry of a run's log.

    Args:
        id: its number; later entries have greater ones.
        at: when.
        kind: what happened; empty for lines of user code.
        step: the step it is of.
        level: as in Python's logging: 10, 20, 30, 40, 50.
        message: all of it, secrets masked.
        asset: the asset it is about.
        error: what was raised.
        is_noise: whether it tells of the machinery only.
    """

    id: int
    at: datetime
    kind: str
    step: str | None
    level: int
    message: str
    asset: str | None
    error: ErrorShape | None
    is_noise: bool


class EventsPage(Shape):
    """A part of a run's log, the oldest first.

    Args:
        items: the entries.
        has_older: whether there are entries before the first one.
        has_newer: whether there are entries after the last one.
        is_over: whether the run is over, so that hardly more comes.
        first_id: the oldest entry that was looked at: older ones come before it.
        last_id: the newest entry that was looked at: more comes after it.
        looked_to_at: how far was looked, where a filter let so little through that the rest was left for another
            question; null: as far as there is something, or until there was enough.
        at: when the answer was made.
    """

    items: list[EventShape]
    has_older: bool
    has_newer: bool
    is_over: bool
    first_id: int
    last_id: int
    looked_to_at: datetime | None
    at: datetime


class LogEntry(Shape):
    """An entry of a run's log: an event, or a line that was printed.

    Args:
        id: its name, for an address.
        at: when; of a line, when it was seen to be there.
        source: ``"events"``, or where it was printed.
        kind: what happened; empty for lines.
        step: the step it is of.
        level: as in Python's logging: 10, 20, 30, 40, 50; 0 of what was printed.
        message: all of it, secrets masked.
        asset: the asset it is about.
        error: what was raised.
        is_noise: whether it tells of the machinery only.
    """

    id: str
    at: datetime
    source: Literal["events", "stdout", "stderr"]
    kind: str
    step: str | None
    level: int
    message: str
    asset: str | None
    error: ErrorShape | None
    is_noise: bool


class LogPage(Shape):
    """A part of a run's log, the oldest first.

    Args:
        items: the entries.
        older: the place before the first one.
        newer: the place after the last one.
        has_older: whether there are entries before.
        has_newer: whether there are entries after.
        has_printed: whether it is known when what the run printed was printed, so that it stands in here.
        is_over: whether the run is over, so that hardly more comes.
        looked_to_at: how far was looked, where a filter let so little through that the rest was left for another
            question; null: as far as there is something, or until there was enough.
        at: when the answer was made.
    """

    items: list[LogEntry]
    older: str
    newer: str
    has_older: bool
    has_newer: bool
    has_printed: bool
    is_over: bool
    looked_to_at: datetime | None
    at: datetime


class OutputShape(Shape):
    """What a run's process printed, from some place on.

    Args:
        stream: ``"stdout"`` or ``"stderr"``.
        begin: the place of the first byte.
        end: the place after the last one; more is read from there.
        size: how many bytes there are.
        text: what stands there.
        parts: where the output of steps lies, if each has a file of its own.
        at: when the answer was made.
    """

    stream: str
    begin: int
    end: int
    size: int
    text: str
    parts: list[str]
    at: datetime


class LogParams(Shape):
    """Which part of a run's log; at most one of ``after``, ``before``, ``around`` and ``end``.

    Args:
        after: entries after this one.
        before: those before this one, the nearest.
        around: this one in the middle.
        end: the last ones.
        level: of this level and above.
        step: of these steps.
        kind: of these kinds; ``logs`` are the lines of user code.
        text: with this text in the message or the step's key, whatever its case.
        noise: also what tells of the machinery only.
        limit: how many entries at most.
    """

    after: int | None = Field(None, ge=0, le=STORED_ID_MAX)
    before: int | None = Field(None, ge=0, le=STORED_ID_MAX)
    around: int | None = Field(None, ge=0, le=STORED_ID_MAX)
    end: bool = False
    level: Literal["debug", "info", "warning", "error"] = "debug"
    step: list[str] = []
    kind: list[Literal["logs", "steps", "assets", "run", "failures"]] = []
    text: str = Field("", max_length=500)
    noise: bool = False
    limit: int = Field(500, ge=1, le=2_000)


class WholeLogParams(Shape):
    """Which part of a run's log and output; at most one of ``after``, ``before``, ``around`` and ``end``.

    Args:
        after: what comes after this place, which a part before told.
        before: what comes before it, the nearest.
        around: this entry in the middle.
        end: the last ones.
        source: events, or what was printed where; none: all. What was printed has neither level nor kind: with one of
            these there are events only.
        level: of this level and above.
        step: of these steps.
        kind: of these kinds; ``logs`` are the lines that user code logged.
        text: with this text in the message or the step's key, whatever its case.
        noise: also what tells of the machinery only.
        limit: how many entries at most.
    """

    after: str | None = Field(None, max_length=100)
    before: str | None = Field(None, max_length=100)
    around: str | None = Field(None, max_length=100)
    end: bool = False
    source: list[Literal["events", "stdout", "stderr"]] = []
    level: Literal["debug", "info", "warning", "error"] = "debug"
    step: list[str] = []
    kind: list[Literal["logs", "steps", "assets", "run", "failures"]] = []
    text: str = Field("", max_length=500)
    noise: bool = False
    limit: int = Field(500, ge=1, le=2_000)
