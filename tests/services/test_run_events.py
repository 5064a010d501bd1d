"""Which run events are handed to which run status sensor."""

import random
from dataclasses import dataclass, replace

import pytest

from tests.services.fakes import LOCATION, location, sensor_key
from tests.services.test_sensors import ALERT, Sensors
from watchbell.record.event import EVENT_TYPE_OF_STATUS
from watchbell.record.query import EventQuery
from watchbell.record.run import DagsterRunStatus, RunsFilter
from watchbell.record.selectors import MonitoredRuns
from watchbell.record.snapshot import SensorSnapshot
from watchbell.record.tick import AutomationState
from watchbell.services import run_events
from watchbell.services.run_events import LAG_MAX, RunEventFeed, event_cursor

JOBS = ("etl", "report", "other")
LOCATIONS = (LOCATION, "elsewhere")


@dataclass(eq=False)
class Played:
    """A run status sensor that the test plays."""

    snapshot: SensorSnapshot
    state: AutomationState

    def moved_to(self, event_id: int) -> None:
        self.state = replace(self.state, cursor=str(event_id))


def follower(snapshot: SensorSnapshot = ALERT, cursor: int | None = 0, location_name: str = LOCATION) -> Played:
    key = replace(sensor_key(snapshot.name), location_name=location_name)
    return Played(snapshot, AutomationState(key, cursor=None if cursor is None else str(cursor)))


def monitors(snapshot: SensorSnapshot, own_location: str, job_name: str, run_location: str | None) -> bool:
    """The rule in words: all, or a job or location that is named, or one's own jobs, all of them if none is named."""
    if snapshot.monitors_all_locations:
        return True
    named = any(
        each.location_name == run_location and each.job_name in (None, job_name) for each in snapshot.monitored_runs
    )
    own = run_location == own_location and (snapshot.monitored_jobs is None or job_name in snapshot.monitored_jobs)
    return named or own


def random_follower(chance: random.Random, number: int) -> Played:
    statuses = chance.sample([DagsterRunStatus.FAILURE, DagsterRunStatus.QUEUED, DagsterRunStatus.STARTED], k=2)
    named = [MonitoredRuns(chance.choice(LOCATIONS), chance.choice([None, *JOBS])) for _ in range(chance.randrange(3))]
    snapshot = SensorSnapshot(
        f"alert_{number}",
        run_statuses=tuple(statuses),
        monitored_jobs=chance.choice([None, (), ("etl",), ("etl", "report")]),
        monitored_runs=tuple(named),
        monitors_all_locations=chance.random() < 0.2,
    )
    made = follower(snapshot, location_name=chance.choice(LOCATIONS))
    made.state = replace(made.state, effective_event=chance.choice([0, 0, 20]))
    return made


@pytest.mark.parametrize("seed", range(60))
def test_every_sensor_gets_the_events_that_it_monitors_once_and_in_order(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half of the seeds with limits so small that sensors are full, and fall behind, again and again."""
    chance = random.Random(seed)
    if seed % 2:
        monkeypatch.setattr(run_events, "PENDING_MAX", 3)
        monkeypatch.setattr(run_events, "READ_MAX", chance.randrange(2, 5))
        monkeypatch.setattr(run_events, "LAG_MAX", 4)
        monkeypatch.setattr(run_events, "PAGES_MAX", 100)
    rig = Sensors(snapshot=location())
    followers = [random_follower(chance, number) for number in range(12)]
    feed = RunEventFeed(rig.store)
    for each in followers:
        feed.follow(each)
    got: dict[Played, list[int]] = {each: [] for each in followers}
    woken, is_done = feed.read()
    for _ in range(6):
        for _ in range(chance.randrange(6)):
            rig.fail_run(chance.choice(JOBS), chance.choice(LOCATIONS))
        woken, is_done = feed.read()

        assert is_done
        assert {each for each in followers if feed.first_for(each) is not None} == set(woken)
        for each in followers:
            event_ids = feed.next_for(each, chance.randrange(1, 9))
            if event_ids and chance.random() < 0.7:
                got[each] += event_ids
                each.moved_to(event_ids[-1])
                feed.handled(each)
            if chance.random() < 0.1:
                feed.follow(each)  # its definition was loaded anew
    while woken or not is_done:
        woken, is_done = feed.read()
        for each in followers:
            if event_ids := feed.next_for(each, 1_000):
                got[each] += event_ids
                each.moved_to(event_ids[-1])
                feed.handled(each)

    runs = {record.dagster_run.run_id: record.dagster_run for record in rig.store.run_records(RunsFilter())}
    types = {each: {EVENT_TYPE_OF_STATUS[status] for status in each.snapshot.run_statuses} for each in followers}
    for each in followers:
        assert got[each] == [
            entry.storage_id
            for entry in rig.store.events(EventQuery())
            if entry.dagster_event_type in types[each]
            and (entry.storage_id or 0) > each.state.effective_event
            and monitors(
                each.snapshot,
                each.state.key.location_name,
                runs[entry.run_id].job_name,
                runs[entry.run_id].location_name,
            )
        ]


def test_a_sensor_that_was_full_reads_on_when_it_has_handled_something(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_events, "PENDING_MAX", 2)
    monkeypatch.setattr(run_events, "READ_MAX", 2)
    rig = Sensors(snapshot=location())
    event_ids = [rig.fail_run() for _ in range(5)]
    feed, alert = RunEventFeed(rig.store), follower()
    feed.follow(alert)
    feed.read()
    first = feed.next_for(alert, 10)

    assert list(first) == event_ids[:2]

    alert.moved_to(first[-1])
    feed.handled(alert)
    woken, _ = feed.read()

    assert woken == [alert]
    assert list(feed.next_for(alert, 10)) == event_ids[2:4]


def test_who_has_handled_all_is_not_woken_any_more() -> None:
    rig = Sensors(snapshot=location())
    feed, alert = RunEventFeed(rig.store), follower()
    feed.follow(alert)
    alert_id = rig.fail_run()
    feed.read()
    alert.moved_to(alert_id)
    feed.handled(alert)

    assert feed.read() == ([], True)


def test_who_is_forgotten_is_not_woken_any_more() -> None:
    rig = Sensors(snapshot=location())
    feed, alert, other = RunEventFeed(rig.store), follower(), follower(replace(ALERT, name="other"))
    feed.follow(alert)
    feed.follow(other)
    rig.fail_run()
    feed.read()

    feed.forget(alert)
    rig.fail_run()

    assert feed.read() == ([other], True)
    assert feed.first_for(alert) is None


def test_a_cursor_that_was_moved_back_reads_again() -> None:
    rig = Sensors(snapshot=location())
    feed, alert = RunEventFeed(rig.store), follower()
    feed.follow(alert)
    event_id = rig.fail_run()
    feed.read()
    alert.moved_to(event_id)
    feed.handled(alert)
    alert.moved_to(0)

    feed.handled(alert)

    assert feed.read() == ([alert], True)
    assert feed.next_for(alert, 10) == (event_id,)


def test_a_cursor_far_behind_with_nothing_in_between_is_told_again_only_after_much_has_happened() -> None:
    rig = Sensors(snapshot=location())
    feed, alert = RunEventFeed(rig.store), follower(replace(ALERT, monitored_jobs=("never",)))
    feed.follow(alert)
    rig.fail_run()
    feed.read()
    near = feed.lagging()
    _pass_events(rig, LAG_MAX + 1)
    feed.read()
    far = feed.lagging()
    again = feed.lagging()
    alert.moved_to(far[0][1])
    feed.handled(alert)
    _pass_events(rig, LAG_MAX + 1)
    feed.read()

    assert near == again == []
    assert far == [(alert, event_cursor(alert.state))]
    assert feed.lagging() == [(alert, rig.store.last_event_id())]


def _pass_events(rig: Sensors, count: int) -> None:
    run_id = rig.store.run_records(RunsFilter(), limit=1)[0].dagster_run.run_id
    entry = rig.store.events(EventQuery(limit=1))[0]
    rig.store.append([replace(entry, run_id=run_id, dagster_event=None, user_message="line") for _ in range(count)])
