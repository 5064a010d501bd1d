"""The machinery, as the API tells it: services, code locations, pools, store, settings."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from watchbell.web.shapes.service import LocationErrorShape
from watchbell.web.shapes.shape import Shape


class LoopShape(Shape):
    """A loop of the service.

    Args:
        name: which one.
        turn_at: when it began its last turn.
        busy_seconds: for how long the turn that is going on has been; 0: it waits for something to do.
        failures_in_row: turns that failed since one did not (count).
    """

    name: str
    turn_at: datetime | None
    busy_seconds: float
    failures_in_row: int


class ServiceFactsShape(Shape):
    """A service that works, or worked last.

    Args:
        version: of watchbell.
        pid: its process.
        host_name: its machine.
        started_at: when it took its lease.
        lease_epoch: number of its lease.
        loops: its loops.
    """

    version: str
    pid: int
    host_name: str
    started_at: datetime
    lease_epoch: int
    loops: list[LoopShape]


class LeaseShape(Shape):
    """The right to do the service's work.

    Args:
        holder: who has it, or had it last.
        epoch: its number.
        expires_at: when others may take it.
        is_held: whether it holds now.
    """

    holder: str
    epoch: int
    expires_at: datetime
    is_held: bool


class LatencyShape(Shape):
    """How long after their time the newest ticks of schedules began, in seconds.

    Args:
        p50: half of them began so soon.
        p95: all but one in twenty began so soon.
        ticks: how many were looked at (count).
    """

    p50: float
    p95: float
    ticks: int


class AlertShape(Shape):
    """A rule that tells people: a sensor that watches how runs end.

    Args:
        location: its code location.
        name: its name.
        watches: which ends of runs.
        is_on: whether it works.
        last_at: its last tick.
        delivered_at: when it last dealt with a run, of its newest ticks; None: with none of them.
        failure: why its last tick failed; empty: it did not.
        problem: why it is no longer evaluated; empty: it is.
    """

    location: str
    name: str
    watches: list[str]
    is_on: bool
    last_at: datetime | None
    delivered_at: datetime | None
    failure: str
    problem: str


class SystemShape(Shape):
    """The machinery.

    Args:
        is_open: whether a service works, as far as can be seen from here.
        lost_at: since when none is heard.
        service: what it told last of itself.
        lease: who may do its work.
        latency: of the newest ticks of schedules; None: there are none.
        queued: runs that wait (count).
        running: runs that go on (count).
        database: where and how large it is.
        settings: of the instance, secrets masked.
        settings_default: names of settings that stand at their default.
        environment: versions and machine.
        alerts: the rules that tell people.
        at: when the answer was made.
    """

    is_open: bool
    lost_at: datetime | None
    service: ServiceFactsShape | None
    lease: LeaseShape | None
    latency: LatencyShape | None
    queued: int
    running: int
    database: dict[str, Any]
    settings: dict[str, Any]
    settings_default: list[str]
    environment: dict[str, str]
    alerts: list[AlertShape]
    at: datetime


class ResourceShape(Shape):
    """A resource of a code location; values of its config are told nowhere.

    Args:
        key: under which ops and assets ask for it.
        description: free text.
        config: what may be configured: a name and what is accepted, each.
        needs: keys of the resources it takes itself.
    """

    key: str
    description: str
    config: list[str]
    needs: list[str]


class LocationShape(Shape):
    """A code location.

    Args:
        name: its name.
        state: ``"loaded"``, ``"loading"``, ``"failed"`` (nothing of it is in use), ``"older"`` (its last good version
            is).
        jobs: how many it defines; likewise the others (count).
        assets: assets.
        schedules: schedules.
        sensors: sensors.
        version: the beginning of a digest of its files; empty: none is known.
        resources: what its code defines of them.
        warnings: what the user should know.
        error: why its newest code is not in use.
    """

    name: str
    state: str
    jobs: int = 0
    assets: int = 0
    schedules: int = 0
    sensors: int = 0
    version: str = ""
    resources: list[ResourceShape] = []
    warnings: list[str] = []
    error: LocationErrorShape | None = None


class LocationsShape(Shape):
    """The code locations.

    Args:
        items: by name.
        at: when the answer was made.
    """

    items: list[LocationShape]
    at: datetime


class PoolClaimShape(Shape):
    """Who has a slot of a pool, or waits for one.

    Args:
        run_id: the run.
        step: its step; empty: the run as a whole.
        job: its job; empty if the run is gone.
        priority: higher goes first.
        since: since when the run goes on.
    """

    run_id: str
    step: str
    job: str
    priority: int
    since: datetime | None


class PoolShape(Shape):
    """A pool.

    Args:
        pool: its name.
        slots: how many it has; None: as many as are asked for.
        is_default: whether that is the setting ``pool_default_limit`` rather than a limit of its own.
        held: who has a slot.
        waiting: who waits, the first in line first.
    """

    pool: str
    slots: int | None
    is_default: bool
    held: list[PoolClaimShape]
    waiting: list[PoolClaimShape]


class PoolsShape(Shape):
    """The pools that have a limit or are in use.

    Args:
        items: by name.
        default_limit: slots of pools without a limit of their own; None: no limit.
        at: when the answer was made.
    """

    items: list[PoolShape]
    default_limit: int | None
    at: datetime


class PoolLimit(Shape):
    """A change of a pool.

    Args:
        slots: how many it has from now on; None: its own limit is taken away.
        reason: why; stands in the audit log.
    """

    slots: Annotated[int, Field(ge=0, le=1_000_000, strict=True)] | None
    reason: str = ""


class DoneShape(Shape):
    """That something was done.

    Args:
        text: what, in words.
    """

    text: str


class ReportShape(Shape):
    """Facts for whoever helps, without secrets.

    Args:
        text: to be copied whole.
    """

    text: str
