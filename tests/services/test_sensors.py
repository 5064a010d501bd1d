"""The loop of the sensors, stepped by hand on a real store in memory."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from tests.services.fakes import LOCATION, NOON, Locking, Rig, answer, location, sensor, sensor_key
from watchbell.automate.switch import started, stopped, with_cursor
from watchbell.ground.errors import StoreLockedError
from watchbell.record.error_info import SerializableErrorInfo
from watchbell.record.evaluation import Answer, Outcome
from watchbell.record.event import DagsterEvent, DagsterEventType, EventLogEntry
from watchbell.record.request import RunRequest
from watchbell.record.run import DagsterRun, DagsterRunStatus
from watchbell.record.snapshot import LocationSnapshot, SensorSnapshot
from watchbell.record.tick import TickStatus
from watchbell.services import run_events
from watchbell.services.loop import Hint
from watchbell.services.run_events import LAG_MAX
from watchbell.services.run_sensors import BATCH_MAX
from watchbell.services.sensors import SensorsLoop
from watchbell.services.switch import change_state

KEY = sensor_key("files")
ALERT = sensor("alert", run_statuses=(DagsterRunStatus.FAILURE,), minimum_interval_seconds=30)
ALERT_KEY = sensor_key("alert")


@dataclass
class Sensors(Rig):
    """The loop on its rig."""

    snapshot: LocationSnapshot = field(default_factory=lambda: location(sensor(minimum_interval_seconds=10)))
    run_numbers: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        self.loop = SensorsLoop(self.desk, self.snapshot, self.queued)

    def at(self, seconds: float, *messages: object) -> datetime | None:
        """A step so many seconds after noon."""
        self.clock.set(NOON + timedelta(seconds=seconds))
        return self.loop.step(self.clock.now(), messages)

    def restart(self) -> None:
        self.host.asked.clear()
        self.loop = SensorsLoop(self.desk, self.snapshot, self.queued)

    def answer_all(self, seconds: float, *keys: str | None, **fields: object) -> datetime | None:
        return self.at(seconds, *(answer(each, *keys, **fields) for each in self.host.take()))

    def fail_run(self, job_name: str = "etl", location_name: str | None = LOCATION) -> int:
        """A run that fails now; the storage id of its event."""
        self.run_numbers += 1
        run = DagsterRun(job_name, f"failed-{self.run_numbers}", location_name=location_name)
        self.store.add_runs([run], self.clock.now())
        event = DagsterEvent(DagsterEventType.RUN_FAILURE, job_name)
        entry = EventLogEntry(run.run_id, self.clock.now().timestamp(), job_name=job_name, dagster_event=event)
        return self.store.append([entry])[0]


def test_a_sensor_is_asked_at_once_and_then_its_interval_after_each_beginning() -> None:
    rig = Sensors()
    rig.at(0)
    assert [each.name for each in rig.host.asked] == ["files"]

    assert rig.answer_all(4) == NOON + timedelta(seconds=10)
    rig.at(9.9)
    assert rig.host.asked == []
    rig.at(10)
    assert len(rig.host.asked) == 1


def test_a_sensor_is_not_asked_again_before_it_answered() -> None:
    rig = Sensors()
    rig.at(0)

    assert rig.at(60) is None
    assert len(rig.host.asked) == 1


def test_the_cursor_goes_from_one_evaluation_to_the_next() -> None:
    rig = Sensors()
    rig.at(0)
    rig.answer_all(1, None, cursor="7")
    rig.at(10)

    assert rig.host.asked[0].cursor == "7"
    assert rig.state(KEY).cursor == "7"
    assert rig.runs() == ["run-1"]


def test_the_interval_holds_across_a_restart() -> None:
    rig = Sensors()
    rig.at(0)
    rig.answer_all(1)

    rig.restart()
    rig.at(2)
    rig.at(2)
    assert rig.host.asked == []
    rig.at(10)
    assert len(rig.host.asked) == 1


def test_a_run_key_makes_one_run_for_ever() -> None:
    rig = Sensors()
    for second in (0, 10, 20):
        rig.at(second)
        rig.answer_all(second + 1, "once")

    assert rig.runs() == ["run-1"]
    assert [tick.status for tick in rig.ticks(KEY)] == [TickStatus.SUCCESS, TickStatus.SKIPPED, TickStatus.SKIPPED]
    assert rig.ticks(KEY)[1].dropped_run_keys == ("once",)


def test_a_cursor_set_by_hand_while_it_is_evaluated_wins_over_the_answer() -> None:
    rig = Sensors()
    rig.at(0)
    change_state(rig.store, KEY, lambda state: with_cursor(state, "mine"), rig.clock.now())

    rig.answer_all(1, None, cursor="its own")
    rig.at(10)
    rig.at(10)

    assert rig.runs() == []
    assert rig.state(KEY).cursor == "mine"
    assert rig.host.asked[0].cursor == "mine"


def test_a_stop_while_it_is_evaluated_keeps_the_answer_and_the_stop() -> None:
    rig = Sensors()
    rig.at(0)
    change_state(rig.store, KEY, stopped, rig.clock.now())

    rig.answer_all(1, None)
    rig.at(10)
    rig.at(20)

    assert len(rig.runs()) == 1
    assert rig.host.asked == []


def test_a_start_by_hand_evaluates_at_once() -> None:
    rig = Sensors(snapshot=location(sensor(running_by_default=False, minimum_interval_seconds=3_600)))
    rig.at(0)
    assert rig.host.asked == []

    rig.clock.set(NOON + timedelta(seconds=5))
    change_state(rig.store, KEY, lambda state: started(state, rig.clock.now()), rig.clock.now())
    rig.at(5, Hint("states"))

    assert len(rig.host.asked) == 1


def test_a_clock_that_goes_back_does_not_silence_a_sensor() -> None:
    rig = Sensors()
    rig.at(0)
    rig.answer_all(1)

    next_at = rig.at(-3_600)
    assert next_at is not None
    assert next_at <= NOON - timedelta(seconds=3_590)
    rig.at(-3_590)
    assert len(rig.host.asked) == 1


def test_a_sensor_that_hangs_three_times_is_quarantined() -> None:
    rig = Sensors()
    for second in (0, 10, 20):
        rig.at(second)
        rig.answer_all(second + 1, outcome=Outcome.TIMED_OUT)

    assert rig.at(30) is None
    assert rig.host.asked == []
    assert "outlasted" in (rig.state(KEY).quarantine_reason or "")


def test_a_sensor_that_is_gone_is_not_asked_and_its_last_answer_is_stored() -> None:
    rig = Sensors()
    rig.at(0)
    rig.at(1, location())
    rig.answer_all(2, None)

    rig.at(30)

    assert rig.host.asked == []
    assert rig.runs() == ["run-1"]


def test_a_changed_interval_counts_from_the_last_beginning() -> None:
    rig = Sensors()
    rig.at(0)
    rig.answer_all(1)

    rig.at(2, location(sensor(minimum_interval_seconds=3)))
    rig.at(3)

    assert len(rig.host.asked) == 1


def test_a_quiet_step_touches_neither_store_nor_host() -> None:
    rig = Sensors()
    rig.at(0)
    rig.answer_all(1)
    rig.store.close()

    assert rig.at(2) == rig.at(3) == NOON + timedelta(seconds=10)


# --------------------------------------------------------- run status sensors


def test_a_failure_wakes_its_sensor_at_once_with_the_event() -> None:
    rig = Sensors(snapshot=location(ALERT))
    rig.at(0)
    assert rig.host.asked == []

    rig.clock.advance(0.5)
    event_id = rig.fail_run()
    rig.at(0.6, Hint("run_status"))

    assert [each.event_ids for each in rig.host.asked] == [(event_id,)]


def test_an_event_without_a_hint_is_found_by_the_slow_look() -> None:
    rig = Sensors(snapshot=location(ALERT))
    rig.at(0)
    rig.clock.advance(0.5)
    event_id = rig.fail_run()

    rig.at(5)
    assert rig.host.asked == []
    rig.at(10.1)
    assert [each.event_ids for each in rig.host.asked] == [(event_id,)]


def test_failures_before_the_sensor_took_effect_are_none_of_its_business() -> None:
    rig = Sensors(snapshot=location(ALERT))
    rig.fail_run()

    rig.at(1)
    rig.at(1.1, Hint("run_status"))

    assert rig.host.asked == []


def test_events_go_in_batches_without_pause_and_move_the_cursor() -> None:
    rig = Sensors(snapshot=location(ALERT))
    rig.at(0)
    rig.clock.advance(0.5)
    wanted = [rig.fail_run() for _ in range(BATCH_MAX + 3)]

    rig.at(0.6, Hint("run_status"))
    seen: list[int] = []
    for _ in range(2):
        seen += rig.host.asked[0].event_ids
        rig.answer_all(0.7)
        rig.at(0.7)

    assert seen == wanted
    assert rig.state(ALERT_KEY).cursor == str(wanted[-1])
    ticks = rig.ticks(ALERT_KEY)
    assert [((each,), TickStatus.SUCCESS) for each in wanted] == [(tick.event_ids, tick.status) for tick in ticks]
    assert [str(each) for each in wanted[:-1]] == [tick.cursor_before for tick in ticks[1:]]


def test_what_a_batch_did_not_come_to_is_asked_about_next() -> None:
    rig = Sensors(snapshot=location(ALERT))
    rig.at(0)
    rig.clock.advance(0.5)
    wanted = tuple(rig.fail_run() for _ in range(5))
    rig.at(0.6, Hint("run_status"))
    asked = rig.host.take()[0]

    rig.at(0.7, Answer(asked.id, Outcome.ANSWERED, parts=(Answer(asked.id, Outcome.ANSWERED),) * 2))
    rig.at(0.7)

    assert asked.event_ids == wanted
    assert [each.event_ids for each in rig.host.asked] == [wanted[2:]]
    assert rig.state(ALERT_KEY).cursor == str(wanted[1])


def test_one_failing_event_of_a_batch_fails_its_tick_and_no_other() -> None:
    rig = Sensors(snapshot=location(ALERT))
    rig.at(0)
    rig.clock.advance(0.5)
    for _ in range(3):
        rig.fail_run()
    rig.at(0.6, Hint("run_status"))
    asked = rig.host.take()[0]
    bad = Answer(asked.id, Outcome.RAISED, error=SerializableErrorInfo("boom\n"))
    good = answer(replace(asked, event_ids=()), None)

    rig.at(0.7, Answer(asked.id, Outcome.ANSWERED, parts=(good, bad, good)))

    statuses = [tick.status for tick in rig.ticks(ALERT_KEY)]
    assert statuses == [TickStatus.SUCCESS, TickStatus.FAILURE, TickStatus.SUCCESS]
    assert [each for each in rig.runs() if each.startswith("run-")] == ["run-1", "run-2"]
    assert rig.state(ALERT_KEY).cursor == str(asked.event_ids[-1])


@pytest.mark.parametrize("outcome", [Outcome.KILLED, Outcome.TIMED_OUT, Outcome.RAISED, Outcome.UNKNOWN])
def test_after_a_batch_of_which_nothing_came_each_event_is_asked_about_alone(outcome: Outcome) -> None:
    rig = Sensors(snapshot=location(ALERT))
    rig.at(0)
    rig.clock.advance(0.5)
    wanted = [rig.fail_run() for _ in range(3)]
    rig.at(0.6, Hint("run_status"))
    rig.answer_all(0.7, outcome=outcome)
    later = [rig.fail_run() for _ in range(2)]

    asked = []
    for at in (1, 2, 3, 4):
        rig.at(at, Hint("run_status"))
        asked += [each.event_ids for each in rig.host.asked]
        rig.answer_all(at)
    rig.at(60)

    assert asked == [(each,) for each in wanted]
    assert [each.event_ids for each in rig.host.asked] == [tuple(later)]
    assert [tick.status for tick in rig.ticks(ALERT_KEY)] == [TickStatus.SUCCESS] * 3


def test_an_event_that_kills_is_the_one_that_leads_to_quarantine() -> None:
    rig = Sensors(snapshot=location(ALERT))
    rig.at(0)
    rig.clock.advance(0.5)
    first, second, _ = (rig.fail_run() for _ in range(3))
    asked = []

    for at in range(1, 8):
        rig.at(at, Hint("run_status"))
        for each in rig.host.take():
            asked.append(each.event_ids)
            harmless = each.event_ids == (first,)
            rig.at(at, answer(each) if harmless else Answer(each.id, Outcome.KILLED))

    state = rig.state(ALERT_KEY)
    assert state.quarantine_reason is not None
    assert state.cursor == str(first)
    assert [len(ids) for ids in asked] == [3, 1, 1, 1, 1]
    failed = [tick.event_ids for tick in rig.ticks(ALERT_KEY) if tick.status is TickStatus.FAILURE]
    assert failed == [(second,)] * 3


def quarantined(*, restarts: bool, snapshot: SensorSnapshot = ALERT) -> tuple[Sensors, int]:
    """A run status sensor in quarantine, and the event at fault; the one before was handled, two more came since."""
    rig = Sensors(snapshot=location(snapshot))
    if not snapshot.running_by_default:
        change_state(rig.store, ALERT_KEY, lambda state: started(state, NOON), NOON)
    rig.at(0)
    rig.clock.advance(0.5)
    first, second, _ = (rig.fail_run() for _ in range(3))
    for at in range(1, 8):
        rig.at(at, Hint("run_status"))
        for each in rig.host.take():
            harmless = each.event_ids == (first,)
            rig.at(at, answer(each) if harmless else Answer(each.id, Outcome.KILLED))
    assert rig.state(ALERT_KEY).quarantine_reason is not None
    rig.fail_run()
    if restarts:
        rig.restart()
    rig.at(3_600)
    assert rig.host.asked == []
    return rig, second


@pytest.mark.parametrize("restarts", [False, True])
@pytest.mark.parametrize("runs_by_default", [False, True])
def test_one_that_is_started_after_quarantine_goes_on_with_the_event_at_fault(
    restarts: bool, runs_by_default: bool
) -> None:
    rig, at_fault = quarantined(restarts=restarts, snapshot=replace(ALERT, running_by_default=runs_by_default))

    newest = rig.store.last_event_id()
    change_state(rig.store, ALERT_KEY, lambda state: started(state, rig.clock.now(), newest), rig.clock.now())
    rig.at(3_610, Hint("states"))
    asked = []
    for at in range(3_611, 3_620):
        asked += [each for question in rig.host.asked for each in question.event_ids]
        rig.answer_all(at)

    assert asked[0] == at_fault
    assert len(asked) == len(set(asked)) == 3


def test_one_that_was_stopped_by_hand_while_in_quarantine_begins_with_what_happens_from_its_start_on() -> None:
    rig, _ = quarantined(restarts=False)
    newest = rig.store.last_event_id()
    for change in (stopped, lambda state: started(state, rig.clock.now(), newest)):
        change_state(rig.store, ALERT_KEY, change, rig.clock.now())
    rig.at(3_610, Hint("states"))
    rig.at(3_700)
    assert rig.host.asked == []

    later = rig.fail_run()
    rig.at(3_800, Hint("run_status"))

    assert [each.event_ids for each in rig.host.asked] == [(later,)]


def test_a_store_that_is_locked_when_a_batch_is_answered_loses_and_doubles_nothing() -> None:
    rig = Sensors(snapshot=location(ALERT))
    rig.desk = replace(rig.desk, store=Locking(rig.store, "commit_ticks", at_call=2))  # the first: its place in the log
    rig.restart()
    rig.at(0)
    rig.clock.advance(0.5)
    wanted = [rig.fail_run() for _ in range(3)]
    rig.at(1, Hint("run_status"))
    [asked] = rig.host.take()
    later = rig.fail_run()
    good = Answer(asked.id, Outcome.ANSWERED, run_requests=(RunRequest(job_name="etl"),))

    with pytest.raises(StoreLockedError):
        rig.at(1.1, Answer(asked.id, Outcome.ANSWERED, parts=(good,) * 3), Hint("run_status"))
    rig.at(1.2)
    rig.at(40, Hint("run_status"))

    assert [tick.event_ids for tick in rig.ticks(ALERT_KEY)] == [(each,) for each in wanted]
    assert len([each for each in rig.runs() if each.startswith("run-")]) == 3
    assert [each.event_ids for each in rig.host.asked] == [(later,)]


def test_between_bursts_lies_the_interval() -> None:
    rig = Sensors(snapshot=location(ALERT))
    rig.at(0)
    rig.clock.advance(0.5)
    rig.fail_run()
    rig.at(1, Hint("run_status"))
    rig.answer_all(1.1)

    rig.clock.advance(0.5)
    rig.fail_run()
    assert rig.at(2, Hint("run_status")) == NOON + timedelta(seconds=12)  # the slow look
    assert rig.host.asked == []
    rig.at(31)

    assert len(rig.host.asked) == 1


def test_events_that_came_while_no_service_ran_are_handled_after_the_start() -> None:
    rig = Sensors(snapshot=location(ALERT))
    rig.at(0)
    rig.clock.advance(0.5)
    wanted = rig.fail_run()

    rig.restart()
    rig.at(60)

    assert [each.event_ids for each in rig.host.asked] == [(wanted,)]


def test_an_event_whose_answer_was_not_stored_comes_again_and_one_that_was_does_not() -> None:
    rig = Sensors(snapshot=location(ALERT))
    rig.at(0)
    rig.clock.advance(0.5)
    first = rig.fail_run()
    rig.at(1, Hint("run_status"))
    rig.answer_all(1.1)
    second = rig.fail_run()
    rig.at(1.2, Hint("run_status"))

    rig.restart()
    rig.at(60)

    assert first < second
    assert [each.event_ids for each in rig.host.asked] == [(second,)]


def test_only_runs_of_its_jobs_and_its_location_concern_a_sensor() -> None:
    rig = Sensors(snapshot=location(replace(ALERT, monitored_jobs=("etl",))))
    rig.at(0)
    rig.clock.advance(0.5)
    rig.fail_run("other")
    rig.fail_run("etl", "elsewhere")
    rig.fail_run("etl", None)
    wanted = rig.fail_run("etl")

    rig.at(1, Hint("run_status"))

    assert [each.event_ids for each in rig.host.asked] == [(wanted,)]


def test_an_alert_that_raises_is_not_sent_again() -> None:
    rig = Sensors(snapshot=location(ALERT))
    rig.at(0)
    rig.clock.advance(0.5)
    wanted = rig.fail_run()
    rig.at(1, Hint("run_status"))
    rig.answer_all(1.1, outcome=Outcome.RAISED)
    rig.at(60, Hint("run_status"))

    assert rig.host.asked == []
    assert rig.state(ALERT_KEY).cursor == str(wanted)
    assert rig.ticks(ALERT_KEY)[0].status == TickStatus.FAILURE


def test_a_sensor_that_starts_again_does_not_look_back() -> None:
    rig = Sensors(snapshot=location(ALERT))
    rig.at(0)
    change_state(rig.store, ALERT_KEY, stopped, rig.clock.now())
    rig.at(1, Hint("states"))
    rig.clock.advance(0.5)
    rig.fail_run()

    rig.clock.set(NOON + timedelta(seconds=20))
    change_state(
        rig.store, ALERT_KEY, lambda state: started(state, rig.clock.now(), rig.store.last_event_id()), rig.clock.now()
    )
    rig.at(20.5, Hint("states"), Hint("run_status"))
    assert rig.host.asked == []

    rig.clock.advance(1)
    wanted = rig.fail_run()
    rig.at(22, Hint("run_status"))
    assert [each.event_ids for each in rig.host.asked] == [(wanted,)]


def test_a_cursor_far_behind_events_of_others_moves_on() -> None:
    rig = Sensors(snapshot=location(replace(ALERT, monitored_jobs=("etl",))))
    rig.at(0)
    rig.clock.advance(0.5)
    notes = [EventLogEntry("", rig.clock.now().timestamp(), user_message="note") for _ in range(LAG_MAX)]
    rig.store.append(notes)
    last = rig.fail_run("other")

    rig.at(1, Hint("run_status"))
    rig.at(1.1)

    assert rig.state(ALERT_KEY).cursor == str(last)
    assert rig.ticks(ALERT_KEY) == []


def test_an_answer_between_new_code_and_the_next_reading_is_handled_once() -> None:
    rig = Sensors(snapshot=location(ALERT))
    rig.at(0)
    rig.desk = replace(rig.desk, store=Locking(rig.store, "events", at_call=2))
    rig.restart()
    rig.at(0.5)
    rig.clock.advance(1)
    rig.fail_run()
    rig.at(2, Hint("run_status"))
    with pytest.raises(StoreLockedError):
        rig.at(3, location(replace(ALERT, minimum_interval_seconds=31)))

    for second in (4, 35, 70):
        rig.answer_all(second, None)

    assert len(rig.ticks(ALERT_KEY)) == len(rig.runs()) - 1 == 1


def test_a_cursor_that_somebody_moved_back_while_it_was_evaluated_counts() -> None:
    rig = Sensors(snapshot=location(ALERT))
    rig.at(0)
    rig.clock.advance(1)
    first = rig.fail_run()
    second = rig.fail_run()
    rig.at(2, Hint("run_status"))
    rig.answer_all(3)
    third = rig.fail_run()
    rig.at(40, Hint("run_status"))
    change_state(rig.store, ALERT_KEY, lambda state: with_cursor(state, "0"), rig.clock.now())

    asked = []
    for at in (41, 42, 80, 81, 82, 83):
        asked += [each.event_ids for each in rig.host.asked]
        rig.answer_all(at)

    assert asked == [(third,), (first, second, third)]


def test_a_cursor_that_somebody_took_away_while_it_was_evaluated_begins_anew() -> None:
    rig = Sensors(snapshot=location(ALERT))
    rig.at(0)
    rig.clock.advance(1)
    first, second = rig.fail_run(), rig.fail_run()
    rig.at(2, Hint("run_status"))
    rig.answer_all(3)
    third = rig.fail_run()
    rig.at(40, Hint("run_status"))
    change_state(rig.store, ALERT_KEY, lambda state: with_cursor(state, None), rig.clock.now())
    asked = []

    for at in (41, 42, 80, 81, 82, 83):
        asked += [each.event_ids for each in rig.host.asked]
        rig.answer_all(at)

    assert asked == [(third,), (first, second, third)]


@pytest.mark.parametrize("cursor", ["mine", "²", "9" * 5_000])
def test_a_cursor_that_is_no_number_silences_nobody_else(cursor: str) -> None:
    rig = Sensors(snapshot=location(replace(ALERT, monitored_jobs=("etl",)), sensor(minimum_interval_seconds=10)))
    rig.at(0)
    rig.answer_all(1)
    change_state(rig.store, ALERT_KEY, lambda state: with_cursor(state, cursor), rig.clock.now())
    rig.store.append([EventLogEntry("", 0.0, user_message="note") for _ in range(LAG_MAX)])
    rig.fail_run("other")

    rig.at(11, Hint("states"), Hint("run_status"))
    rig.answer_all(12, None)

    assert [tick.status for tick in rig.ticks(KEY)] == [TickStatus.SKIPPED, TickStatus.SUCCESS]


def test_a_store_that_is_locked_while_definitions_are_adopted_leaves_no_sensor_out() -> None:
    rig = Sensors(snapshot=location(sensor(), ALERT))
    rig.desk = replace(rig.desk, store=Locking(rig.store, "last_event_id"))
    rig.restart()
    with pytest.raises(StoreLockedError):
        rig.at(0)

    rig.at(1)
    rig.at(1)

    assert [each.name for each in rig.host.asked] == ["files"]


def test_a_run_status_sensor_that_was_gone_does_not_look_back() -> None:
    rig = Sensors(snapshot=location(ALERT))
    rig.at(0)
    rig.at(1, location())
    rig.at(1.5)
    rig.clock.advance(1)
    rig.fail_run()

    rig.at(3_600, location(ALERT))
    rig.at(3_601, Hint("run_status"))
    assert rig.host.asked == []

    rig.clock.advance(1)
    wanted = rig.fail_run()
    rig.at(3_603, Hint("run_status"))
    assert [each.event_ids for each in rig.host.asked] == [(wanted,)]


def test_of_a_batch_that_cannot_be_stored_only_the_event_at_fault_fails(caplog: pytest.LogCaptureFixture) -> None:
    rig = Sensors(snapshot=location(ALERT))
    rig.at(0)
    rig.clock.advance(1)
    bad = [rig.fail_run() for _ in range(3)][1]
    rig.at(2, Hint("run_status"))
    odd = RunRequest(job_name="etl", tags={})
    object.__setattr__(odd, "tags", {"k": "\x00"})
    asked = []
    for at in (3, 4, 5, 6):
        for each in rig.host.take():
            asked.append(each.event_ids)
            parts = [
                Answer(each.id, Outcome.ANSWERED, run_requests=(odd,) if event_id == bad else ())
                for event_id in each.event_ids
            ]
            rig.at(at, parts[0] if len(parts) == 1 else Answer(each.id, Outcome.ANSWERED, parts=tuple(parts)))
        rig.at(at)

    assert [len(ids) for ids in asked] == [3, 1, 1, 1]
    failed = [(tick.status is TickStatus.FAILURE, tick.event_ids) for tick in rig.ticks(ALERT_KEY)]
    assert failed == [(ids == (bad,), ids) for ids in asked[1:]]
    assert "of 3 run events together came no answer that can be stored" in caplog.text


def test_an_answer_that_cannot_be_stored_does_not_come_again_and_again() -> None:
    rig = Sensors(snapshot=location(ALERT))
    rig.at(0)
    rig.clock.advance(1)
    rig.fail_run()
    rig.at(2, Hint("run_status"))
    odd = RunRequest(job_name="etl", tags={})
    object.__setattr__(odd, "tags", {"k": "\x00"})

    rig.at(3, *(Answer(each.id, Outcome.ANSWERED, run_requests=(odd,)) for each in rig.host.take()))
    rig.at(40)

    assert rig.host.asked == []
    assert [tick.status for tick in rig.ticks(ALERT_KEY)] == [TickStatus.FAILURE]


def test_an_answer_nobody_can_make_sense_of_fails_its_tick_alone() -> None:
    rig = Sensors(snapshot=location(sensor(), sensor("good")))
    rig.at(0)
    rig.at(0.1)
    by_name = {each.name: each for each in rig.host.take()}
    odd = Answer(by_name["files"].id, Outcome.ANSWERED, run_requests=(None,))  # type: ignore[arg-type]

    rig.at(1, odd, answer(by_name["good"], None))

    assert [tick.status for tick in rig.ticks(KEY)] == [TickStatus.FAILURE]
    assert [tick.status for tick in rig.ticks(sensor_key("good"))] == [TickStatus.SUCCESS]


def test_a_sensor_that_cannot_keep_up_does_not_hold_up_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_events, "PENDING_MAX", 3)
    monkeypatch.setattr(run_events, "READ_MAX", 2)
    good = replace(ALERT, name="good", monitored_jobs=("good",), minimum_interval_seconds=1)
    rig = Sensors(snapshot=location(replace(ALERT, minimum_interval_seconds=0), good))
    rig.at(0)
    rig.clock.advance(1)
    events = [rig.fail_run() for _ in range(9)]
    events.append(rig.fail_run("good"))

    rig.at(2, Hint("run_status"))
    for _ in range(20):
        rig.at(2)
    slow, quick = sorted(rig.host.take(), key=lambda each: each.event_ids)
    handled = list(slow.event_ids)
    assert (quick.name, quick.event_ids) == ("good", (events[-1],))

    for _ in range(12):
        rig.at(3, answer(slow))
        rig.at(3)
        asked = rig.host.take()
        handled += [event_id for each in asked for event_id in each.event_ids]
        slow = asked[0] if asked else slow
    assert handled == events


@pytest.mark.parametrize("cursor", ["mine", "", '{"record_id": 3}'])
def test_with_a_cursor_that_is_no_number_a_sensor_of_runs_begins_anew(cursor: str) -> None:
    rig = Sensors(snapshot=location(ALERT))
    rig.at(0)
    rig.clock.advance(1)
    rig.fail_run()
    rig.at(2, Hint("run_status"))
    rig.answer_all(3)
    change_state(rig.store, ALERT_KEY, lambda state: with_cursor(state, cursor), rig.clock.now())
    rig.at(40, Hint("states"))
    rig.at(42)
    rig.at(44)
    later = rig.fail_run()
    rig.at(80, Hint("run_status"))

    assert [each.event_ids for each in rig.host.asked] == [(later,)]


def test_a_cursor_set_back_by_hand_has_events_handled_again() -> None:
    rig = Sensors(snapshot=location(ALERT))
    rig.at(0)
    rig.clock.advance(1)
    first, second = rig.fail_run(), rig.fail_run()
    rig.at(2, Hint("run_status"))
    rig.answer_all(3)
    change_state(rig.store, ALERT_KEY, lambda state: with_cursor(state, str(first)), rig.clock.now())
    for at in (40, 42, 80):
        rig.at(at, Hint("states"))

    assert [each.event_ids for each in rig.host.asked] == [(second,)]


def test_events_of_runs_that_were_deleted_are_passed_over() -> None:
    rig = Sensors(snapshot=location(ALERT))
    rig.at(0)
    rig.clock.advance(1)
    rig.fail_run()
    rig.store.delete_run("failed-1")
    kept = rig.fail_run()
    rig.at(2, Hint("run_status"))
    asked = [each.event_ids for each in rig.host.asked]
    rig.answer_all(3)

    assert asked == [(kept,)]
    assert rig.state(ALERT_KEY).cursor == str(kept)


def test_a_run_that_moves_on_quickly_is_told_of_in_each_state() -> None:
    watching = [
        sensor(each.name.lower(), run_statuses=(each,), minimum_interval_seconds=0)
        for each in (DagsterRunStatus.STARTED, DagsterRunStatus.CANCELING, DagsterRunStatus.CANCELED)
    ]
    rig = Sensors(snapshot=location(*watching))
    rig.at(0)
    rig.clock.advance(1)
    run = DagsterRun("etl", "quick", location_name=LOCATION)
    rig.store.add_runs([run], rig.clock.now())
    kinds = (DagsterEventType.RUN_START, DagsterEventType.RUN_CANCELING, DagsterEventType.RUN_CANCELED)
    at = rig.clock.now().timestamp()
    wanted = [rig.store.append([EventLogEntry("quick", at, dagster_event=DagsterEvent(kind))])[0] for kind in kinds]
    rig.at(2, Hint("run_status"))

    asked = {each.name: each.event_ids for each in rig.host.asked}
    assert asked == {"started": (wanted[0],), "canceling": (wanted[1],), "canceled": (wanted[2],)}


def test_the_terminal_says_where_a_function_raised(caplog: pytest.LogCaptureFixture) -> None:
    sensors = Sensors()
    error = SerializableErrorInfo(
        "KeyError: 'price'\n", ('  File "shop.py", line 3, in files\n    raise KeyError("price")\n',), "KeyError"
    )

    sensors.at(0)
    sensors.answer_all(0, outcome=Outcome.RAISED, error=error)

    assert caplog.messages == ["sensor 'files' failed: KeyError: 'price' (File \"shop.py\", line 3, in files)"]
