"""Schedules and sensors tried out, and simulated: what comes of it, as the API tells it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, Strict

from watchbell.web.shapes.automations import Reason
from watchbell.web.shapes.errors import ErrorShape
from watchbell.web.shapes.jobs import LaunchPartitions
from watchbell.web.shapes.shape import Flag, Shape, StoredId

REQUESTS_MAX = 500
Text = Annotated[str, Field(max_length=1_000_000)]


class TestAsk(Shape):
    """How a schedule or sensor is to be tried out.

    Args:
        at: of a schedule, the time: ISO, without an offset in its zone; null: its next.
        uses_stored_cursor: of a sensor, whether it is given the cursor that is stored.
        cursor: of a sensor, the cursor it is given otherwise; null: none.
        last_run_key: instead of the stored one.
        run_id: of a sensor of runs, the run it is called for.
        event_id: of a sensor of runs, the event it is called for.
        partition: the partition it is about: of a schedule without ``at``, that whose window is over at its time; of a
            sensor of one asset, that whose newest materialization it is called for; of all, that which runs are for.
        resources: YAML: config by the key of the resource, as ``db: {config: {url: …}}``, for this test alone.
    """

    __test__ = False  # the tests' own tool would take it for one of them

    at: Annotated[str, Field(max_length=100)] | None = None
    uses_stored_cursor: Flag = True
    cursor: Text | None = None
    last_run_key: Annotated[str, Field(max_length=1_000)] | None = None
    run_id: Annotated[str, Field(max_length=100)] | None = None
    event_id: Annotated[StoredId, Strict()] | None = None
    partition: Annotated[str, Field(max_length=1_000)] | None = None
    resources: Text = ""


class TestRequest(Shape):
    """A run that would be asked for.

    Args:
        job: its job.
        run_key: its run key.
        run_config: its config.
        tags: its tags.
        partition_key: its partition.
        asset_selection: the assets it makes; null: those of the job.
        asset_checks: the checks it executes; null: those of the assets.
        stale_only: whether it makes only what is out of date.
        is_for_partition: whether it is for the partition that the test is about; null: it is about none.
    """

    __test__ = False

    job: str | None
    run_key: str | None = None
    run_config: dict[str, Any] = {}
    tags: dict[str, str] = {}
    partition_key: str | None = None
    asset_selection: list[str] | None = None
    asset_checks: list[str] | None = None
    stale_only: Flag = False
    is_for_partition: Flag | None = None


class TestLine(Shape):
    """A line that the function logged.

    Args:
        at: when.
        level: name of the level.
        message: the text.
    """

    __test__ = False

    at: datetime
    level: str
    message: str


class PartitionsTold(Shape):
    """Keys of dynamic partitions that would be added or deleted.

    Args:
        name: of the partitions.
        does: which of the two.
        keys: the first of them.
        key_count: how many.
    """

    name: str
    does: Literal["add", "delete"]
    keys: list[str]
    key_count: int


class TestPartition(Shape):
    """The partition that a test was about.

    Args:
        key: which one.
        asked_for: how many of the runs asked for are for it, or for a range with it.
    """

    __test__ = False

    key: str
    asked_for: int


class TestFacts(Shape):
    """What a test of a schedule or sensor may be told.

    Args:
        resources: YAML: what the resources that it uses are given now, secrets left out.
        resource_keys: the resources that take config.
        partitions: how what it starts or watches is divided; null: it is not.
    """

    __test__ = False

    resources: str
    resource_keys: list[str]
    partitions: LaunchPartitions | None


class TestAnswer(Shape):
    """What came of it. Nothing of it is stored.

    Args:
        outcome: whether it asked for something, for nothing, or raised.
        evaluated_for: of a schedule, the time it was evaluated for.
        is_nominal: of a schedule, whether its cron strings name that time.
        cursor_before: of a sensor, the cursor it was given.
        cursor_after: of a sensor, the cursor it left.
        event: the event it was called for.
        requests: the runs it asks for; the first 500.
        request_count: how many these are.
        skip_reason: why it asks for none.
        dynamic_partitions: keys it would add or delete.
        asset_events: events it would store, in words.
        log: what it logged.
        error: what it raised.
        duration_seconds: how long it took.
        partition: the partition it was about; null: none.
    """

    __test__ = False

    outcome: Literal["requested", "skipped", "failed"]
    evaluated_for: datetime | None
    is_nominal: bool
    cursor_before: str | None
    cursor_after: str | None
    event: str | None
    requests: list[TestRequest]
    request_count: int
    skip_reason: str | None
    dynamic_partitions: list[PartitionsTold]
    asset_events: list[str]
    log: list[TestLine]
    error: ErrorShape | None
    duration_seconds: float
    partition: TestPartition | None


class LaunchAsk(Shape):
    """Runs of a test that are to be launched after all.

    Args:
        requests: as the test told them.
        reason: why.
    """

    requests: Annotated[list[TestRequest], Field(min_length=1, max_length=REQUESTS_MAX)]
    reason: Reason = ""


class LaunchAnswer(Shape):
    """The runs that were queued.

    Args:
        run_ids: their ids, in the order of the requests.
    """

    run_ids: list[str]


class SimulatedRow(Shape):
    """A run that would be, or an evaluation that would ask for none.

    Args:
        at: when it is asked for, in the schedule's zone.
        offset: that zone's offset then.
        by: what asks for it.
        what: the job or assets, or why there is none.
        partition: its partition.
        begins: when it begins.
        ends: when it ends.
        status: how.
        marks: what summer time does to it.
    """

    at: datetime
    offset: str
    by: str
    what: str
    partition: str
    begins: datetime | None
    ends: datetime | None
    status: str
    marks: str


class LeftOutTold(Shape):
    """Something that is not simulated.

    Args:
        kind: what it is.
        name: its name.
        reason: why.
    """

    kind: str
    name: str
    reason: str


class SimulatedError(Shape):
    """What user code raised in a simulation, as often as it raised the same.

    Args:
        at: the simulated time when it did first.
        name: of the schedule or sensor.
        reason: what it raised.
        count: how often.
        last_at: the simulated time when it did last.
    """

    at: datetime
    name: str
    reason: str
    count: int
    last_at: datetime


class SimulationAnswer(Shape):
    """What would run.

    Args:
        rows: the first 2,000.
        row_count: how many these are.
        run_count: runs among them.
        queue_depth_max: most runs that wait at a time.
        left_out: what is not simulated.
        errors: the first twenty that are not equal.
        cut_short: why it ended early.
    """

    rows: list[SimulatedRow]
    row_count: int
    run_count: int
    queue_depth_max: int
    left_out: list[LeftOutTold]
    errors: list[SimulatedError]
    cut_short: str | None
