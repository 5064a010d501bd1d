"""Snapshots: what a code location defines, as plain values, for processes that never load user code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from watchbell.ground.value import dataclass
from watchbell.ground.wire import wired
from watchbell.record.automation_policy import PLAIN_POLICY, AutomationPolicy
from watchbell.record.keys import AssetKey
from watchbell.record.metadata import MetadataValue
from watchbell.record.run import DagsterRunStatus
from watchbell.record.selectors import MonitoredRuns


@wired("snap.schedule")
@dataclass(frozen=True)
class ScheduleSnapshot:
    """A schedule.

    Args:
        name: its name.
        cron: its cron strings; it fires at the union of their times.
        timezone: IANA zone in which they are read.
        job_name: the job of requests that name none; None if the schedule has none.
        running_by_default: whether it ticks when nobody said otherwise.
        description: free text.
        tags: tags of the schedule.
        metadata: labelled facts.
        owners: who answers for it.
        policy: its terms for missed times, overlapping runs, slow evaluations.
        makes: the assets that it has made where no job of theirs has a name, as user strings; the first hundred.
        makes_count: how many these are.
        code: where its code stands, as ``file:line``; None: no code of the user's says so.
    """

    name: str
    cron: tuple[str, ...]
    timezone: str = "UTC"
    job_name: str | None = None
    running_by_default: bool = False
    description: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    metadata: Mapping[str, MetadataValue] = field(default_factory=dict)
    owners: tuple[str, ...] = ()
    policy: AutomationPolicy = PLAIN_POLICY
    code: str | None = None
    makes: tuple[str, ...] = ()
    makes_count: int = 0


@wired("snap.sensor")
@dataclass(frozen=True)
class SensorSnapshot:
    """A sensor.

    Args:
        name: its name.
        job_names: the jobs it may request.
        minimum_interval_seconds: least time between two evaluations.
        running_by_default: whether it ticks when nobody said otherwise.
        description: free text.
        run_statuses: for a run status sensor, the states that wake it; else empty.
        monitored_jobs: for a run status sensor, the jobs of its location that it watches; None: all of them.
        monitored_runs: for a run status sensor, what it watches by the name of the location.
        monitors_all_locations: for a run status sensor, whether it watches all runs.
        asset_keys: for a sensor of assets, those it watches; None for other sensors.
        sensor_type: what sort of sensor it is, e.g. ``"STANDARD"``.
        every_event: for a sensor of one asset, whether it is told of each materialization rather than of the newest.
        tags: tags of the sensor.
        metadata: labelled facts.
        owners: who answers for it.
        policy: its terms for slow evaluations and run keys.
        looks_after: of a condition sensor, whose conditions it evaluates, as user strings; the first hundred.
        looks_after_count: how many these are in all.
        makes: the assets that it has made where no job of theirs has a name, as user strings; the first hundred.
        makes_count: how many these are.
        code: where its code stands, as ``file:line``; None: no code of the user's says so.
    """

    name: str
    job_names: tuple[str, ...] = ()
    minimum_interval_seconds: float = 30
    running_by_default: bool = False
    description: str | None = None
    run_statuses: tuple[DagsterRunStatus, ...] = ()
    monitored_jobs: tuple[str, ...] | None = None
    monitored_runs: tuple[MonitoredRuns, ...] = ()
    monitors_all_locations: bool = False
    asset_keys: tuple[AssetKey, ...] | None = None
    sensor_type: str = "STANDARD"
    every_event: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)
    metadata: Mapping[str, MetadataValue] = field(default_factory=dict)
    owners: tuple[str, ...] = ()
    policy: AutomationPolicy = PLAIN_POLICY
    looks_after: tuple[str, ...] = ()
    looks_after_count: int = 0
    code: str | None = None
    makes: tuple[str, ...] = ()
    makes_count: int = 0


@wired("snap.node")
@dataclass(frozen=True)
class NodeSnapshot:
    """An op in a job's graph.

    Args:
        key: its path in the graph, joined by dots.
        definition_name: the op it is an instance of.
        upstream: keys of the nodes whose outputs it takes.
        code: where its function stands, as ``file:line``; None: it makes assets, which say it themselves.
    """

    key: str
    definition_name: str
    upstream: tuple[str, ...] = ()
    code: str | None = None


@wired("snap.partitions")
@dataclass(frozen=True)
class PartitionsSnapshot:
    """How an asset or a job is divided into partitions.

    Args:
        kind: ``"static"``, ``"time_window"``, ``"multi"`` or ``"dynamic"``; else the name of the user's class.
        description: the definition in words.
        numbering: which mapping of keys to numbers; None: a function of the user's lists the keys anew each time.
        count: how many there were when the code was loaded; None: only the instance knows.
        dynamic_name: of dynamic partitions, the name they have in the instance.
    """

    kind: str
    description: str
    numbering: str | None = None
    count: int | None = None
    dynamic_name: str | None = None


@wired("snap.job")
@dataclass(frozen=True)
class JobSnapshot:
    """A job.

    Args:
        name: its name.
        description: free text.
        tags: tags of its runs.
        nodes: its ops, in an order in which they can run.
        asset_keys: the assets it makes.
        partitions: how it is divided into partitions; None: it is not.
        owners: who answers for it.
        code: where its code stands, as ``file:line``; None: no code of the user's says so.
    """

    name: str
    description: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    nodes: tuple[NodeSnapshot, ...] = ()
    asset_keys: tuple[AssetKey, ...] = ()
    partitions: PartitionsSnapshot | None = None
    owners: tuple[str, ...] = ()
    code: str | None = None


@wired("snap.check")
@dataclass(frozen=True)
class CheckSnapshot:
    """An asset check.

    Args:
        name: its name, one of its kind for the asset.
        description: free text.
        blocking: whether what is downstream of the asset waits for it.
        op_name: the op that makes it.
        condition: when it is to be executed by itself, as text of ``condition_wire.py``, or as that of an asset (see
            there); None: nothing was said.
        code: where its code stands, as ``file:line``; None: no code of the user's says so.
    """

    name: str
    description: str | None = None
    blocking: bool = False
    op_name: str | None = None
    condition: str | None = None
    code: str | None = None


@wired("snap.config")
@dataclass(frozen=True)
class ConfigFieldSnapshot:
    """An entry of an op's config.

    Args:
        name: its name.
        type_text: what is accepted, in words.
        is_required: whether it has to be given.
        default_text: its default as JSON; None: it has none, or it is secret.
        description: free text.
    """

    name: str
    type_text: str
    is_required: bool = False
    default_text: str | None = None
    description: str | None = None


@wired("snap.asset")
@dataclass(frozen=True)
class AssetSnapshot:
    """An asset.

    Args:
        key: its key.
        deps: keys it is made from.
        group_name: its group.
        description: free text.
        kinds: what it is made with or stored in.
        owners: who answers for it.
        tags: labels.
        metadata: labelled facts.
        op_name: the op that makes it; None: nothing here does.
        job_names: jobs that contain it.
        executable: whether something here makes it.
        checks: its checks, by name.
        partitions: how it is divided into partitions; None: it is not.
        condition: when it is to be made, as text of ``condition_wire.py``; None: nothing was said. A long text that an
            asset before it has is written as ``=`` and that asset's key, here and in ``partitions_text``;
            ``declare/snapshot_reading.py`` reads them.
        observable: whether something here looks at it, and nothing makes it.
        partitions_text: its partitions as text from which they can be made again; None: it has none, or only its own
            code can tell.
        mapping_texts: by the user string of what it is made from, which partitions of that, as text; only where
            something was said that text can tell.
        freshness_text: how old it may grow, as text of ``freshness_wire.py``; None: nothing was said.
        code_version: the version of its code; None: nothing was said.
        partitions_per_run: how many partitions a run of a backfill makes at most; None: as many as there are.
        config: the entries of its op's config.
        code: where its code stands, as ``file:line``; None: no code of the user's says so.
    """

    key: AssetKey
    deps: tuple[AssetKey, ...] = ()
    group_name: str = "default"
    description: str | None = None
    kinds: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    metadata: Mapping[str, MetadataValue] = field(default_factory=dict)
    op_name: str | None = None
    job_names: tuple[str, ...] = ()
    executable: bool = True
    checks: tuple[CheckSnapshot, ...] = ()
    partitions: PartitionsSnapshot | None = None
    condition: str | None = None
    partitions_text: str | None = None
    observable: bool = False
    mapping_texts: Mapping[str, str] = field(default_factory=dict)
    freshness_text: str | None = None
    code_version: str | None = None
    partitions_per_run: int | None = 1
    config: tuple[ConfigFieldSnapshot, ...] = ()
    code: str | None = None


@wired("snap.resource")
@dataclass(frozen=True)
class ResourceSnapshot:
    """A resource of a code location. Of its config only what may be given is told: values are often secret.

    Args:
        key: under which ops and assets ask for it.
        description: free text.
        config: what may be configured, without defaults.
        needs: keys of the resources it takes itself, sorted.
    """

    key: str
    description: str | None = None
    config: tuple[ConfigFieldSnapshot, ...] = ()
    needs: tuple[str, ...] = ()


@wired("snap.location")
@dataclass(frozen=True)
class LocationSnapshot:
    """Everything a code location defines.

    Args:
        name: the location's name.
        schedules: its schedules, by name.
        sensors: its sensors, by name.
        jobs: its jobs, by name, the implicit asset job included.
        assets: its assets, upstream first.
        watched_files: files whose change means the code changed (user's modules).
        warnings: what the user should know, e.g. threads that were started at import.
        resources: its resources, by key.
        version: the beginning of a digest of the watched files: the same code has the same; empty: nobody looked.
    """

    name: str
    schedules: tuple[ScheduleSnapshot, ...] = ()
    sensors: tuple[SensorSnapshot, ...] = ()
    jobs: tuple[JobSnapshot, ...] = ()
    assets: tuple[AssetSnapshot, ...] = ()
    watched_files: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    resources: tuple[ResourceSnapshot, ...] = ()
    version: str = ""
