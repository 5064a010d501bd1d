"""An answer about several run events, and what it changes in one commit."""

from datetime import timedelta
from itertools import count

from tests.services.fakes import NOON, sensor_key
from watchbell.automate.batch_commit import batch_commit
from watchbell.automate.commit import CommitRules, Evaluated
from watchbell.record.error_info import SerializableErrorInfo
from watchbell.record.evaluation import Answer, Evaluation, Outcome
from watchbell.record.request import RunRequest
from watchbell.record.tick import AutomationKind, AutomationState, TickCommit, TickLogLine, TickStatus

STATE = AutomationState(sensor_key("alert"), cursor="10", version=4)


def committed(*parts: Answer, event_ids: tuple[int, ...] = (11, 12, 15)) -> TickCommit:
    numbers = count(1)
    evaluation = Evaluation(2, AutomationKind.SENSOR, "alert", cursor="10", event_ids=event_ids)
    done = Evaluated(evaluation, Answer(2, Outcome.ANSWERED, parts=parts), NOON, NOON + timedelta(seconds=1))
    return batch_commit(STATE, done, CommitRules(3, lambda: f"run-{next(numbers)}"))


def asking(*keys: str | None) -> Answer:
    return Answer(2, Outcome.ANSWERED, run_requests=tuple(RunRequest(key, job_name="etl") for key in keys))


def test_each_event_has_its_tick_and_the_cursor_lies_behind_the_last() -> None:
    commit = committed(asking("a"), asking(), asking("b", None))

    assert [tick.event_ids for tick in commit.ticks] == [(11,), (12,), (15,)]
    assert [(tick.cursor_before, tick.cursor) for tick in commit.ticks] == [("10", "11"), ("11", "12"), ("12", "15")]
    assert [tick.run_ids for tick in commit.ticks] == [("run-1",), (), ("run-2", "run-3")]
    assert [order.run_key for order in commit.orders] == ["a", "b", None]
    assert (commit.before, commit.after.cursor, commit.after.last_run_key) == (STATE, "15", "b")


def test_what_was_not_called_is_not_touched() -> None:
    commit = committed(asking("a"), asking())

    assert len(commit.ticks) == 2
    assert commit.after.cursor == "12"


def test_a_part_that_failed_stops_no_other_and_is_no_reason_for_quarantine() -> None:
    error = SerializableErrorInfo("boom\n")
    bad = Answer(2, Outcome.RAISED, error=error, log=(TickLogLine(1.0, 20, "before it"),))
    commit = committed(bad, bad, asking("a"))

    assert [tick.status for tick in commit.ticks] == [TickStatus.FAILURE, TickStatus.FAILURE, TickStatus.SUCCESS]
    assert [tick.error for tick in commit.ticks] == [error, error, None]
    assert [line.message for line in commit.ticks[0].log] == ["before it"]
    assert (commit.after.cursor, commit.after.failures_in_row) == ("15", 0)
    assert len(commit.orders) == 1


def test_a_reason_to_skip_belongs_to_its_event() -> None:
    commit = committed(Answer(2, Outcome.ANSWERED, skip_message="not now"), asking("a"))

    assert [(tick.status, tick.skip_reason) for tick in commit.ticks] == [
        (TickStatus.SKIPPED, "not now"),
        (TickStatus.SUCCESS, None),
    ]
