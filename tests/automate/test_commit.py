"""From an answer to a commit."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchbell.automate.commit import (
    REASON_CHARS_MAX,
    CommitRules,
    Evaluated,
    missed_commit,
    tick_commit,
)
from watchbell.automate.due import Missed
from watchbell.record.condition import ConditionCommit
from watchbell.record.error_info import SerializableErrorInfo
from watchbell.record.evaluation import Answer, Evaluation, Outcome
from watchbell.record.event import EventLogEntry
from watchbell.record.keys import AssetKey
from watchbell.record.request import RUN_REQUESTS_MAX, RunRequest
from watchbell.record.run import DagsterRunStatus
from watchbell.record.tick import AutomationKey, AutomationKind, AutomationState, TickStatus

DUE = datetime(2026, 3, 1, 12, tzinfo=UTC)
BEGAN = DUE + timedelta(seconds=0.1)
ENDED = DUE + timedelta(seconds=0.2)
SCHEDULE = AutomationState(AutomationKey("here", AutomationKind.SCHEDULE, "hourly"), effective_at=DUE, version=3)
SENSOR = AutomationState(AutomationKey("here", AutomationKind.SENSOR, "files"), cursor="old", version=7)
ERROR = SerializableErrorInfo("ValueError: no\n", cls_name="ValueError")


def ids() -> Callable[[], str]:
    numbers = count(1)
    return lambda: f"run-{next(numbers)}"


def rules() -> CommitRules:
    return CommitRules(quarantine_after=3, new_id=ids())


def scheduled(missed: tuple[Missed, ...] = (), **answer: Any) -> Evaluated:
    answer.setdefault("outcome", Outcome.ANSWERED)
    evaluation = Evaluation(1, AutomationKind.SCHEDULE, "hourly", scheduled_at=DUE)
    return Evaluated(evaluation, Answer(1, **answer), BEGAN, ENDED, missed)


def sensed(event_ids: tuple[int, ...] = (), **answer: Any) -> Evaluated:
    answer.setdefault("outcome", Outcome.ANSWERED)
    evaluation = Evaluation(1, AutomationKind.SENSOR, "files", cursor="old", event_ids=event_ids)
    return Evaluated(evaluation, Answer(1, **answer), BEGAN, ENDED)


def woken(**answer: Any) -> Evaluated:
    """A sensor of assets that was asked about materialization 12."""
    evaluation = Evaluation(1, AutomationKind.SENSOR, "files", cursor="old", asked_to=12)
    return Evaluated(evaluation, Answer(1, **{"outcome": Outcome.ANSWERED, **answer}), BEGAN, ENDED)


def request(key: str | None = None, **fields: Any) -> RunRequest:
    return RunRequest(key, job_name="etl", **fields)


def test_evaluations_of_conditions_are_kept_as_the_settings_say() -> None:
    told = sensed(conditions=ConditionCommit({"orders": "{}"}))
    commit = tick_commit(SENSOR, told, replace(rules(), keep_days=2.5, keep_count=7))
    plain = tick_commit(SENSOR, told, rules())

    assert commit.conditions == ConditionCommit({"orders": "{}"}, keep_seconds=2.5 * 86_400, keep_count=7)
    assert plain.conditions == ConditionCommit({"orders": "{}"})


def test_a_schedule_that_asks_for_a_run_gets_it_queued_with_its_tags() -> None:
    commit = tick_commit(SCHEDULE, scheduled(run_requests=(request(tags={"kind": "x"}),)), rules())

    run = commit.orders[0].run
    assert commit.ticks[0].status == TickStatus.SUCCESS
    assert commit.ticks[0].run_ids == ("run-1",)
    assert (run.job_name, run.status, run.location_name) == ("etl", DagsterRunStatus.QUEUED, "here")
    assert run.tags == {
        "kind": "x",
        "dagster/schedule_name": "hourly",
        ".dagster/scheduled_execution_time": "2026-03-01T12:00:00+00:00",
        "dagster/code_location": "here",
    }


def test_a_schedules_state_moves_to_the_nominal_time() -> None:
    commit = tick_commit(SCHEDULE, scheduled(skip_message="closed"), rules())

    assert commit.before is SCHEDULE
    assert commit.after.last_tick_at == DUE
    assert commit.ticks[0].tick_at == DUE
    assert (commit.ticks[0].status, commit.ticks[0].skip_reason) == (TickStatus.SKIPPED, "closed")


def test_missed_times_come_before_the_tick_in_the_same_commit() -> None:
    missed = (Missed(DUE - timedelta(hours=2), "down"), Missed(DUE - timedelta(hours=1), "down"))

    commit = tick_commit(SCHEDULE, scheduled(missed), rules())

    assert [tick.status for tick in commit.ticks] == [TickStatus.MISSED, TickStatus.MISSED, TickStatus.SKIPPED]
    assert commit.after.last_tick_at == DUE


def test_missed_times_alone_move_the_state_to_the_newest_of_them() -> None:
    missed = (Missed(DUE, "down"), Missed(DUE + timedelta(hours=1), "down"))

    commit = missed_commit(SCHEDULE, replace(SCHEDULE, spec="new"), missed, ENDED)

    assert commit.after == replace(SCHEDULE, spec="new", last_tick_at=DUE + timedelta(hours=1))
    assert len(commit.ticks) == 2


def test_a_sensors_run_key_cursor_and_selection_reach_the_run() -> None:
    asked = request("k", asset_selection=[AssetKey("a")], partition_key="2026-03")

    commit = tick_commit(SENSOR, sensed(run_requests=(asked,), cursor="new"), rules())

    order = commit.orders[0]
    assert order.run_key == "k"
    assert order.run.asset_selection == {AssetKey("a")}
    assert order.run.tags["dagster/sensor_name"] == "files"
    assert order.run.tags["dagster/run_key"] == "k"
    assert order.run.tags["dagster/partition"] == "2026-03"
    assert (commit.after.cursor, commit.after.last_run_key, commit.after.last_tick_at) == ("new", "k", BEGAN)
    assert commit.ticks[0].cursor == "new"


def test_an_answer_without_cursor_leaves_the_cursor() -> None:
    commit = tick_commit(SENSOR, sensed(run_requests=(request(),)), rules())

    assert commit.after.cursor == "old"
    assert commit.after.last_run_key is None


def test_an_empty_answer_is_skipped_with_words_of_ours() -> None:
    commit = tick_commit(SENSOR, sensed(), rules())

    assert commit.ticks[0].skip_reason == "the sensor asked for no run and gave no reason"


@pytest.mark.parametrize(
    ("given_reason", "kept"),
    [
        ("x" * REASON_CHARS_MAX, "x" * REASON_CHARS_MAX),
        ("x" * 5_000_000, "x" * REASON_CHARS_MAX + "… (5,000,000 characters in all)"),
        ("half \ud800 nul \x00 ü", "half ? nul \\x00 ü"),
    ],
    ids=["long", "too long", "odd"],
)
def test_a_reason_to_skip_is_kept_as_it_can_be_stored(given_reason: str, kept: str) -> None:
    commit = tick_commit(SENSOR, sensed(skip_message=given_reason), rules())

    assert commit.ticks[0].skip_reason == kept


def test_an_answer_of_events_alone_is_no_empty_one() -> None:
    commit = tick_commit(SENSOR, sensed(asset_events=(MADE,)), rules())

    assert commit.events == (MADE,)
    assert commit.ticks[0].skip_reason == "the sensor asked for no run; what it changed besides is stored"


def test_a_run_key_asked_for_twice_in_one_tick_makes_one_run() -> None:
    commit = tick_commit(SENSOR, sensed(run_requests=(request("a"), request("a"), request(), request())), rules())

    assert [order.run_key for order in commit.orders] == ["a", None, None]
    assert commit.ticks[0].dropped_run_keys == ("a",)


@pytest.mark.parametrize("outcome", [Outcome.RAISED, Outcome.TIMED_OUT, Outcome.KILLED, Outcome.UNKNOWN])
def test_every_failure_keeps_the_cursor_and_makes_no_run(outcome: Outcome) -> None:
    done = sensed(outcome=outcome, cursor="new", run_requests=(request(),))

    commit = tick_commit(SENSOR, done, rules())

    assert commit.ticks[0].status == TickStatus.FAILURE
    assert commit.ticks[0].error is not None
    assert commit.after.cursor == "old"
    assert commit.orders == ()


def test_the_third_killed_evaluation_in_a_row_quarantines_with_the_reason() -> None:
    state = SENSOR
    for _ in range(3):
        state = tick_commit(state, sensed(outcome=Outcome.TIMED_OUT, error=ERROR), rules()).after

    assert state.failures_in_row == 3
    assert state.quarantine_reason is not None
    assert "3 evaluations in a row" in state.quarantine_reason
    assert "ValueError: no" in state.quarantine_reason
    assert "sensor 'files'" in state.quarantine_reason


@pytest.mark.parametrize("outcome", [Outcome.ANSWERED, Outcome.RAISED])
def test_an_evaluation_whose_process_lives_breaks_the_row(outcome: Outcome) -> None:
    state = replace(SENSOR, failures_in_row=2)

    assert tick_commit(state, sensed(outcome=outcome), rules()).after.failures_in_row == 0


@pytest.mark.parametrize(
    ("cursor", "words"), [("x" * 1_000_001, "at most 1,000,000"), ("\ud800", "lone surrogates"), ("a\x00b", "control")]
)
def test_a_cursor_that_cannot_be_stored_is_refused(cursor: str, words: str) -> None:
    commit = tick_commit(SENSOR, sensed(cursor=cursor, run_requests=(request(),)), rules())

    assert commit.ticks[0].error is not None
    assert words in commit.ticks[0].error.message
    assert (commit.after.cursor, commit.orders) == ("old", ())


def test_too_many_requests_are_refused() -> None:
    commit = tick_commit(SENSOR, sensed(run_requests=(request(),) * (RUN_REQUESTS_MAX + 1)), rules())

    assert commit.ticks[0].error is not None
    assert "at most 50,000" in commit.ticks[0].error.message
    assert commit.orders == ()


def test_a_request_without_a_job_is_refused() -> None:
    commit = tick_commit(SENSOR, sensed(run_requests=(RunRequest("k"),)), rules())

    assert commit.ticks[0].status == TickStatus.FAILURE


@pytest.mark.parametrize("outcome", [Outcome.ANSWERED, Outcome.RAISED])
def test_a_run_status_sensor_moves_past_its_event_even_if_it_raises(outcome: Outcome) -> None:
    """As the reference does: an alert that fails half-way is not sent again and again."""
    commit = tick_commit(SENSOR, sensed(event_ids=(41,), outcome=outcome), rules())

    assert commit.after.cursor == commit.ticks[0].cursor == "41"
    expected = TickStatus.SUCCESS if outcome is Outcome.ANSWERED else TickStatus.FAILURE
    assert commit.ticks[0].status == expected


def test_a_run_status_sensor_that_was_killed_gets_its_event_again() -> None:
    commit = tick_commit(SENSOR, sensed(event_ids=(41,), outcome=Outcome.KILLED), rules())

    assert commit.after.cursor == "old"


@given(
    st.sampled_from(list(Outcome)),
    st.lists(st.none() | st.sampled_from("abc"), max_size=6),
    st.none() | st.text(max_size=5),
)
def test_runs_and_tick_always_agree(outcome: Outcome, keys: list[str | None], cursor: str | None) -> None:
    done = sensed(outcome=outcome, run_requests=tuple(request(key) for key in keys), cursor=cursor)

    commit = tick_commit(SENSOR, done, rules())

    tick = commit.ticks[-1]
    assert tick.run_ids == tuple(order.run.run_id for order in commit.orders)
    assert len(set(tick.run_ids)) == len(tick.run_ids)
    assert (tick.status is TickStatus.SUCCESS) == bool(commit.orders)
    assert (tick.error is not None) == (tick.status is TickStatus.FAILURE)
    assert tick.cursor == commit.after.cursor
    assert commit.after.version == SENSOR.version


@pytest.mark.parametrize("outcome", list(Outcome))
def test_a_tick_remembers_what_it_was_made_of(outcome: Outcome) -> None:
    commit = tick_commit(SENSOR, sensed(event_ids=(41,), outcome=outcome, cursor="new"), rules())

    assert (commit.ticks[-1].cursor_before, commit.ticks[-1].event_ids) == ("old", (41,))


MADE = EventLogEntry("", 1.0, user_message="made")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"run_requests": (request(),)}, 12),
        ({"run_requests": (request(),), "cursor": "old"}, 12),
        ({"run_requests": (request(),), "seen_to": 14}, 14),
        ({"skip_message": "later", "seen_to": 14}, 5),
        ({"asset_events": (MADE,)}, 12),
        ({"run_requests": (request(),), "cursor": "new"}, 5),
        ({"skip_message": "later"}, 5),
        ({"run_requests": (RunRequest("1"),)}, 5),
        ({"outcome": Outcome.RAISED}, 5),
    ],
)
def test_a_sensor_of_assets_that_acted_and_kept_its_cursor_has_settled_what_it_was_asked_about(
    answer: dict[str, Any], expected: int
) -> None:
    commit = tick_commit(replace(SENSOR, settled_to=5), woken(**answer), rules())

    assert expected == commit.after.settled_to


def test_other_sensors_settle_nothing() -> None:
    assert tick_commit(SENSOR, sensed(run_requests=(request(),)), rules()).after.settled_to == 0


def test_a_tick_says_that_its_evaluation_was_begun_again() -> None:
    again = sensed(skip_message="nothing", attempt=2, earlier="its process was ended by SIGKILL")

    [tick] = tick_commit(SENSOR, again, rules()).ticks

    assert (tick.attempt, tick.earlier) == (2, "its process was ended by SIGKILL")
