"""What people may change of a backfill, by where it is."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from watchbell.ground.errors import DagsterInvariantViolationError
from watchbell.record.backfill import Backfill, BackfillPart, BackfillStatus, BackfillTarget, PartState
from watchbell.record.backfill_change import canceling, capped, paused, resumed, retried

B, P = BackfillStatus, PartState
BACKFILL = Backfill("b", (BackfillTarget("etl", "here"),), datetime(2024, 5, 1, tzinfo=UTC))
OVER = (B.CANCELED, B.COMPLETED_SUCCESS, B.COMPLETED_FAILED)


def at(status: BackfillStatus) -> Backfill:
    return replace(BACKFILL, status=status, note="old")


@pytest.mark.parametrize("status", [B.IN_PROGRESS, B.PAUSED])
def test_what_goes_on_can_be_paused_resumed_and_canceled(status: BackfillStatus) -> None:
    assert paused(at(status)).after.status is B.PAUSED
    assert resumed(at(status)).after.status is B.IN_PROGRESS
    assert canceling(at(status)).after.status is B.CANCELING


@pytest.mark.parametrize("status", OVER)
def test_what_is_over_can_only_be_retried(status: BackfillStatus) -> None:
    for change in (paused, resumed, canceling):
        with pytest.raises(DagsterInvariantViolationError, match=f"'b' is {status.value} and cannot be"):
            change(at(status))


def test_what_is_being_canceled_can_be_neither_resumed_nor_retried() -> None:
    with pytest.raises(DagsterInvariantViolationError, match="wait until it is over"):
        resumed(at(B.CANCELING))
    with pytest.raises(DagsterInvariantViolationError, match="wait until its runs have stopped"):
        retried(at(B.CANCELING), [BackfillPart(0, state=P.FAILED)])
    assert canceling(at(B.CANCELING)).after.status is B.CANCELING


@pytest.mark.parametrize(
    ("status", "after"), [*((status, B.IN_PROGRESS) for status in (*OVER, B.IN_PROGRESS)), (B.PAUSED, B.PAUSED)]
)
def test_a_retry_lets_wait_again_what_came_to_no_good_end(status: BackfillStatus, after: BackfillStatus) -> None:
    parts = [BackfillPart(number, state=state, attempt=2, run_ids=("r",), note="why") for number, state in enumerate(P)]

    commit = retried(replace(at(status), ended_at=BACKFILL.created_at), parts)

    assert commit.after.status is after
    assert (commit.after.ended_at, commit.after.note) == (None, "")
    assert {parts[move.number].state for move in commit.moves} == {P.FAILED, P.CANCELED, P.BLOCKED}
    assert {(move.state, move.attempt, move.run_ids, move.note) for move in commit.moves} == {
        (P.WAITING, 2, ("r",), "")
    }


def test_a_retry_of_nothing_is_refused() -> None:
    with pytest.raises(DagsterInvariantViolationError, match="no part of it failed"):
        retried(at(B.COMPLETED_SUCCESS), [BackfillPart(0, state=P.SUCCEEDED)])


def test_a_cap_is_at_least_one() -> None:
    assert capped(BACKFILL, 3).after.max_concurrent_runs == 3
    assert capped(BACKFILL, None).after.max_concurrent_runs is None
    with pytest.raises(DagsterInvariantViolationError, match="expected 1 or more"):
        capped(BACKFILL, 0)
