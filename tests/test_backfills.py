"""Backfills by way of an instance."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from watchbell.ground.errors import DagsterInvariantViolationError
from watchbell.instance import DagsterInstance
from watchbell.record.backfill import Backfill, BackfillCommit, BackfillPart, BackfillStatus, BackfillTarget, PartState

NOON_AT = datetime(2024, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def instance() -> Iterator[DagsterInstance]:
    with DagsterInstance.ephemeral() as made:
        yield made


def add(instance: DagsterInstance, backfill_id: str = "b", **fields: Any) -> Backfill:
    backfill = Backfill(backfill_id, (BackfillTarget("etl", "here"),), NOON_AT, **fields)
    return instance.add_backfill(backfill, [BackfillPart(number) for number in range(3)])


def test_a_backfill_is_stored_found_and_paged(instance: DagsterInstance) -> None:
    for backfill_id in "abc":
        add(instance, backfill_id)

    assert instance.get_backfills_count() == 3
    assert instance.get_backfills_count([BackfillStatus.PAUSED]) == 0
    assert instance.get_backfill("z") is None
    assert [each.backfill_id for each in instance.get_backfills()] == ["c", "b", "a"]
    assert [each.backfill_id for each in instance.get_backfills(cursor="c", limit=1)] == ["b"]
    assert instance.get_backfills(statuses=[BackfillStatus.PAUSED]) == []


def test_parts_are_found_and_paged(instance: DagsterInstance) -> None:
    add(instance)

    assert [part.number for part in instance.get_backfill_parts("b", cursor=0, limit=1)] == [1]
    assert instance.get_backfill_parts("b", states=[PartState.FAILED]) == []


def test_changes_are_answered_by_the_backfill_as_it_is(instance: DagsterInstance) -> None:
    add(instance)

    assert instance.pause_backfill("b").status is BackfillStatus.PAUSED
    assert instance.resume_backfill("b").status is BackfillStatus.IN_PROGRESS
    assert instance.limit_backfill("b", 3).max_concurrent_runs == 3
    assert instance.cancel_backfill("b").counts == {PartState.WAITING: 3}


def test_an_unknown_id_is_told_with_the_nearest(instance: DagsterInstance) -> None:
    add(instance, "abcdefgh")

    with pytest.raises(DagsterInvariantViolationError, match="'abcdefgx'; did you mean 'abcdefgh'"):
        instance.cancel_backfill("abcdefgx")


def test_a_cap_of_nothing_is_refused_before_anything_is_stored(instance: DagsterInstance) -> None:
    with pytest.raises(DagsterInvariantViolationError, match="max_concurrent_runs is 0"):
        add(instance, max_concurrent_runs=0)

    assert instance.get_backfills() == []


def test_a_change_is_decided_anew_when_the_service_was_quicker(instance: DagsterInstance) -> None:
    add(instance)
    commit, interruptions = instance.store.commit_backfill, 2

    def interrupted(*args: Any) -> Any:
        nonlocal interruptions
        if interruptions:
            interruptions -= 1
            now = instance.get_backfill("b")
            assert now is not None
            assert commit(BackfillCommit(now, now), None, NOON_AT)
        return commit(*args)

    instance.store.commit_backfill = interrupted  # type: ignore[method-assign]

    assert instance.pause_backfill("b").status is BackfillStatus.PAUSED
    assert instance.pause_backfill("b").version == 5
