"""A real application over a real store, with things in it that want to break out of a page."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.web.shared_routes import app_over
from watchbell.ground.clock import ManualClock
from watchbell.ground.upward import call_upward
from watchbell.instance import DagsterInstance
from watchbell.record.error_info import SerializableErrorInfo
from watchbell.record.evaluation import LocationError
from watchbell.record.event import DagsterEvent, DagsterEventType, EventLogEntry, JobFailureData
from watchbell.record.run import DagsterRun, DagsterRunStatus
from watchbell.record.snapshot import LocationSnapshot, ScheduleSnapshot, SensorSnapshot
from watchbell.record.tick import (
    AutomationKey,
    AutomationKind,
    AutomationState,
    Tick,
    TickCommit,
    TickLogLine,
    TickStatus,
)
from watchbell.web.link import ServiceLink, StillLink
from watchbell.web.view import View

NOW = datetime(2024, 3, 1, 12, 0, 30, tzinfo=UTC)
SCRIPT = "<script>alert('x')</script>"
"""What no page may ever hand on as it is."""
LOCATION = "places"


class Client:
    """Asks an application in this process, under the name that a browser on this machine would use.

    Args:
        view: what the application shows.
    """

    def __init__(self, view: View) -> None:
        self._app = app_over(view)

    def get(self, address: str, **options: object) -> httpx.Response:
        """The answer to GET."""
        return self.request("GET", address, **options)

    def request(self, method: str, address: str, **options: object) -> httpx.Response:
        """The answer to any method."""

        async def ask() -> httpx.Response:
            # What the application itself does with an error nobody foresaw is part of what is tested.
            transport = httpx.ASGITransport(self._app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://localhost:3000") as client:
                return await client.request(method, address, **options)

        return asyncio.run(ask())


@dataclass
class Site:
    """An instance with the web application over it.

    Args:
        instance: what is remembered.
        locations: the definitions in use; tests change the list.
        errors: what could not be loaded; tests change the list.
    """

    instance: DagsterInstance
    locations: list[LocationSnapshot] = field(default_factory=list)
    errors: list[LocationError] = field(default_factory=list)

    def client(self, link: ServiceLink | None = None) -> Client:
        """A client of the application; ``link`` is to another service than none."""
        return Client(View(self.instance, link or StillLink(self.locations, self.errors)))

    def add_run(self, run_id: str, job_name: str = "etl", **fields: object) -> DagsterRun:
        """Stores a queued run."""
        fields.setdefault("status", DagsterRunStatus.QUEUED)
        return self.instance.add_run(DagsterRun(job_name, run_id, **fields))

    def fail(self, run: DagsterRun, message: str, stack: Sequence[str] = ()) -> None:
        """Ends a run with an error of the user's."""
        error = SerializableErrorInfo(message, tuple(stack), "ValueError")
        event = DagsterEvent(
            DagsterEventType.RUN_FAILURE, run.job_name, None, f"failed: {message}", JobFailureData(error)
        )
        self.instance.handle_new_event(EventLogEntry(run.run_id, NOW.timestamp(), 40, "", None, run.job_name, event))

    def add_tick(self, key: AutomationKey, tick: Tick) -> None:
        """Stores a tick of an automation, on top of the state it has."""
        before = self.instance.store.automation_state(key) or AutomationState(key)
        after = AutomationState(key, cursor=tick.cursor, last_tick_at=tick.tick_at)
        [done] = self.instance.store.commit_ticks([TickCommit(before, after, (tick,))], None, NOW)
        assert not done.conflict


def schedule_key(name: str) -> AutomationKey:
    return AutomationKey(LOCATION, AutomationKind.SCHEDULE, name)


def sensor_key(name: str) -> AutomationKey:
    return AutomationKey(LOCATION, AutomationKind.SENSOR, name)


def tick(status: TickStatus, minute: int = 0, **fields: object) -> Tick:
    at = NOW + timedelta(minutes=minute)
    return Tick(at, status, at, at, **fields)


@pytest.fixture
def site() -> Iterator[Site]:
    """An application whose location has one schedule and one sensor, over an empty database."""
    instance = call_upward("open_instance", "ephemeral", clock=ManualClock(NOW))
    location = LocationSnapshot(
        LOCATION,
        schedules=(ScheduleSnapshot("hourly", ("5 * * * *",), "Europe/Berlin", "etl", running_by_default=True),),
        sensors=(SensorSnapshot("landing", ("etl",), 1.5),),
    )
    with instance:
        yield Site(instance, [location])


@pytest.fixture
def full_site(site: Site) -> Site:
    """The same with a script in every text that a user can write."""
    location = LocationSnapshot(
        LOCATION + SCRIPT,
        schedules=(ScheduleSnapshot("hourly", ("5 * * * *",), "UTC", SCRIPT, True, description=f'"{SCRIPT}'),),
        sensors=(SensorSnapshot("landing", (SCRIPT,), 1.5, True, description=f'"{SCRIPT}'),),
    )
    site.locations[:] = [location]
    site.errors[:] = [LocationError(LOCATION, f"bad {SCRIPT}", "defs.py", 3, f"worse {SCRIPT}")]
    state = AutomationState(AutomationKey(location.name, AutomationKind.SENSOR, "landing"))
    quarantined = AutomationState(state.key, quarantine_reason=f'"{SCRIPT}')
    assert site.instance.store.put_state(state, quarantined, NOW) is not None
    log_line = TickLogLine(NOW.timestamp(), 20, SCRIPT)
    site.add_tick(
        AutomationKey(location.name, AutomationKind.SCHEDULE, "hourly"),
        tick(TickStatus.FAILURE, error=SerializableErrorInfo(SCRIPT), log=(log_line,)),
    )
    run = site.add_run("run-1", SCRIPT, tags={SCRIPT: SCRIPT, "dagster/sensor_name": SCRIPT})
    site.fail(run, SCRIPT, [SCRIPT])
    site.instance.handle_new_event(EventLogEntry(run.run_id, NOW.timestamp(), 20, SCRIPT, SCRIPT, SCRIPT))
    return site
