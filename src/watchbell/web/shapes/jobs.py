"""Jobs, as the API tells them, and what it is asked to launch."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from watchbell.record.run import DagsterRunStatus
from watchbell.web.shapes.code import CodePlace
from watchbell.web.shapes.shape import Shape

ConfigTextOf = Annotated[str, Field(max_length=2_000_000)]
Selection = Annotated[list[str], Field(max_length=1_000)]


class JobMark(Shape):
    """One of the newest runs of a job.

    Args:
        run_id: the run.
        status: how it is.
        is_lost: whether it is said to go on and its process is gone.
        created_at: when it was asked for.
        seconds: how long it took; null: it is not over, or never began.
    """

    run_id: str
    status: DagsterRunStatus
    is_lost: bool = False
    created_at: datetime
    seconds: float | None


class JobRow(Shape):
    """A job in a list.

    Args:
        location: its code location.
        name: its name.
        description: free text.
        owners: who answers for it.
        tags: of its runs.
        op_count: how many ops it has.
        asset_count: how many assets it makes.
        partitions: how it is divided into partitions, in words; null: it is not.
        marks: its newest runs, the oldest of them first; at most twenty.
        usual_seconds: how long its newest good runs took, by the median; null: none ended well.
        next_at: when a schedule that is on runs it next; null: none does.
        next_by: that schedule.
        started_by: schedules and sensors that start it.
    """

    location: str
    name: str
    description: str | None
    owners: list[str]
    tags: dict[str, str]
    op_count: int
    asset_count: int
    partitions: str | None
    marks: list[JobMark]
    usual_seconds: float | None
    next_at: datetime | None
    next_by: str | None
    started_by: int


class JobNode(Shape):
    """An op in a job's graph.

    Args:
        key: its path in the graph, joined by dots.
        definition: the op it is an instance of.
        upstream: keys of the nodes whose outputs it takes.
        code_place: where its function stands; null: not known.
    """

    key: str
    definition: str
    upstream: list[str]
    code_place: CodePlace | None


class JobStarter(Shape):
    """A schedule or sensor that starts a job.

    Args:
        kind: which of the two.
        name: its name.
        is_on: whether it ticks.
        next_at: when a schedule that is on ticks next.
        last_at: when it ticked last.
        when: a schedule's cron strings and zone.
    """

    kind: Literal["SCHEDULE", "SENSOR"]
    name: str
    is_on: bool
    next_at: datetime | None
    last_at: datetime | None
    when: str


class JobDetail(JobRow):
    """A job.

    Args:
        nodes: its graph, in an order in which it can run.
        assets: keys of the assets it makes.
        starters: what starts it.
        trend: its newest runs, the oldest of them first; at most a hundred.
        usual_low: nine of ten good runs took at least so many seconds.
        usual_high: nine of ten took at most so many.
        code_place: where its code stands; null: not known.
        at: when the answer was made.
    """

    nodes: list[JobNode]
    assets: list[str]
    starters: list[JobStarter]
    trend: list[JobMark]
    usual_low: float | None
    usual_high: float | None
    code_place: CodePlace | None
    at: datetime


class LaunchPartitions(Shape):
    """The partitions of a job.

    Args:
        description: how it is divided.
        count: how many there are.
        newest: keys, the newest first; at most a hundred.
    """

    description: str
    count: int
    newest: list[str]


class ConfigMistakeFacts(Shape):
    """A mistake in config.

    Args:
        path: the keys that lead there.
        message: what is wrong.
        line: where in the text, from 1; null: nowhere.
        column: from 1.
    """

    path: list[str]
    message: str
    line: int | None
    column: int | None


class ConfigFindings(Shape):
    """What is to be said of config.

    Args:
        mistakes: what keeps a run from starting; the first two hundred.
        mistake_count: how many these are.
        remarks: what is allowed, but seldom meant.
        config: the values that were read.
    """

    mistakes: list[ConfigMistakeFacts]
    mistake_count: int
    remarks: list[str]
    config: dict[str, Any]


class LaunchFacts(Shape):
    """What a launchpad starts with.

    Args:
        config_schema: what the run config may hold: ``kind``, ``label`` and by kind ``fields``, ``inner``, ``values``.
        config: the YAML to begin with, without secrets.
        findings: what is to be said of it.
        left_out: whether secrets were taken out of it.
        ops: the paths of the ops that run.
        all_ops: those of the whole job.
        partitions: null: it has none.
        tags: of the run, besides those that are typed.
        parent_run_id: the run whose config this is; null: none.
        op_selection: which steps that run had.
        partition: for which partition that run was.
    """

    config_schema: dict[str, Any]
    config: str
    findings: ConfigFindings
    left_out: bool
    ops: list[str]
    all_ops: list[str]
    partitions: LaunchPartitions | None
    tags: dict[str, str]
    parent_run_id: str | None
    op_selection: list[str]
    partition: str | None


class ConfigAsk(Shape):
    """Config that somebody writes.

    Args:
        text: YAML.
        op_selection: which steps, as clauses such as ``load+``; empty: all.
        partition: for which partition; null: none.
    """

    text: ConfigTextOf = ""
    op_selection: Selection = []
    partition: str | None = None


class LaunchAsk(ConfigAsk):
    """A run that is wanted.

    Args:
        tags: of the run, besides those of the job.
        parent_run_id: the run that it executes again with whatever was changed; null: none.
        reason: why, for people.
    """

    tags: dict[str, str] = {}
    parent_run_id: str | None = None
    reason: Annotated[str, Field(max_length=2_000)] = ""


class Launched(Shape):
    """A run that was queued.

    Args:
        run_id: the run.
    """

    run_id: str
