"""What every store does with backfills."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.contract.conftest import Topics
from tests.contract.making import NOON_AT, SCHEDULE, at, run, status_event, take_lease
from watchbell.ground.errors import (
    DagsterInvariantViolationError,
    DagsterRunAlreadyExists,
    LeaseLostError,
    ParameterCheckError,
)
from watchbell.record.asset_check_key import AssetCheckKey
from watchbell.record.backfill import (
    Backfill,
    BackfillCommit,
    BackfillPart,
    BackfillStatus,
    BackfillTarget,
    BackfillTick,
    PartMove,
    PartState,
)
from watchbell.record.error_info import SerializableErrorInfo
from watchbell.record.event import DagsterEventType
from watchbell.record.keys import AssetKey
from watchbell.record.ports import Store
from watchbell.record.run import DagsterRunStatus, RunsFilter
from watchbell.record.tick import AutomationState, RunOrder, Tick, TickCommit, TickStatus

P, B, S = PartState, BackfillStatus, DagsterRunStatus
ETL = BackfillTarget("etl", "here")
WHOLE = Backfill(
    "whole",
    (
        BackfillTarget(
            "__ASSET_JOB",
            "here",
            (AssetKey(["raw", "orders"]), AssetKey("users")),
            (AssetCheckKey(AssetKey("users"), "named"),),
            ("color", "date"),
            {"ops": {"x": {"config": [1, None, "ä"]}}},
            {"team": "blue"},
        ),
        ETL,
    ),
    NOON_AT,
    title="Straßen",
    description="after the mend",
    asked="2024 of all",
    newest_first=True,
    max_concurrent_runs=7,
    tags={"why": "mend"},
    created_by="ada",
    definitions={"users": "daily UTC"},
    note="by hand",
)
PARTS = [
    BackfillPart(0, partition_key="red|2024-05-01", tags={"a": "b"}),
    BackfillPart(1, 1, "a", "c", needs="0", run_config={"x": [1]}),
    BackfillPart(2, scheduled_at=NOON_AT, needs="0-1", note="late"),
]


def stored(store: Store, backfill_id: str = "b", parts: int = 4, **fields: Any) -> Backfill:
    made = Backfill(backfill_id, (ETL,), NOON_AT, **fields)
    return store.add_backfill(made, [BackfillPart(number, partition_key=str(number)) for number in range(parts)])


def move(store: Store, before: Backfill, *moves: PartMove, **fields: Any) -> Backfill | None:
    done = store.commit_backfill(BackfillCommit(before, before, moves, **fields), None, NOON_AT)
    return None if done is None else done.backfill


def states(store: Store, backfill: Backfill) -> list[PartState]:
    return [part.state for part in store.backfill_parts(backfill)]


def tick(number: int = 0, *run_ids: str, keys: tuple[str, ...] = (), **fields: Any) -> BackfillTick:
    """What a schedule answered for noon."""
    values = {"status": TickStatus.SUCCESS, "run_ids": run_ids, "run_keys": keys, **fields}
    orders = tuple(RunOrder(run(each), key) for each, key in zip(run_ids, keys or [None] * len(run_ids), strict=True))
    return BackfillTick(number, SCHEDULE, Tick(NOON_AT, started_at=NOON_AT, ended_at=NOON_AT, **values), orders)


# ------------------------------------------------------------------ adding


def test_a_backfill_and_its_parts_come_back_as_they_were_stored(store: Store) -> None:
    store.add_backfill(WHOLE, PARTS)

    found = store.backfill("whole")

    assert found is not None
    assert found == replace(WHOLE, version=1, storage_id=found.storage_id, counts={P.WAITING: 3})
    assert store.backfill_parts(found) == PARTS


def test_a_backfill_that_was_never_stored_is_none(store: Store) -> None:
    assert store.backfill("b") is None


def test_an_id_is_taken_once(store: Store) -> None:
    stored(store)

    with pytest.raises(DagsterInvariantViolationError, match="'b' is stored already"):
        stored(store, parts=1)
    assert len(store.backfills()) == 1


@pytest.mark.parametrize(
    ("parts", "says"),
    [
        ([], "no parts"),
        ([BackfillPart(1)], "part 0 of backfill 'b' has number 1"),
        ([BackfillPart(0, target=1)], "target from 0 to 0"),
        ([BackfillPart(0, needs="0")], "needs part 0, which does not come before it"),
        ([BackfillPart(0), BackfillPart(1, needs="0-5")], "part 1 of backfill 'b' needs part 5"),
        ([BackfillPart(0), BackfillPart(1, needs="x")], "part 1: "),
    ],
)
def test_parts_that_make_no_sense_are_refused(store: Store, parts: list[BackfillPart], says: str) -> None:
    with pytest.raises(DagsterInvariantViolationError, match=says):
        store.add_backfill(Backfill("b", (ETL,), NOON_AT), parts)

    assert store.backfill("b") is None


@pytest.mark.parametrize(
    "part", [BackfillPart(0, partition_key="a\x00"), BackfillPart(0, tags={"a": "\ud800"})], ids=["key", "tag"]
)
def test_text_that_cannot_be_stored_is_refused(store: Store, part: BackfillPart) -> None:
    with pytest.raises(ParameterCheckError):
        store.add_backfill(Backfill("b", (ETL,), NOON_AT), [part])

    assert store.backfill("b") is None


@pytest.mark.parametrize("member", ["title", "description", "asked", "created_by"])
def test_words_of_a_backfill_are_storable_text(store: Store, member: str) -> None:
    with pytest.raises(ParameterCheckError, match=member):
        store.add_backfill(Backfill("b", (ETL,), NOON_AT, **{member: "a\ud800"}), [BackfillPart(0)])

    assert store.backfill("b") is None


@pytest.mark.parametrize("name", ["a\x00", "x" * 1_000])
def test_a_dimension_whose_tag_no_run_could_have_is_refused(store: Store, name: str) -> None:
    target = BackfillTarget("etl", "here", dimensions=("day", name))

    with pytest.raises(ParameterCheckError, match="dimension"):
        store.add_backfill(Backfill("b", (target,), NOON_AT), [BackfillPart(0, partition_key="a|b")])

    assert store.backfill("b") is None


# ----------------------------------------------------------------- reading


def test_backfills_are_found_newest_first_by_status_and_page(store: Store) -> None:
    first, second, third = stored(store, "a"), stored(store, "b"), stored(store, "c")
    store.commit_backfill(BackfillCommit(second, replace(second, status=B.PAUSED)), None, NOON_AT)

    assert [each.backfill_id for each in store.backfills()] == ["c", "b", "a"]
    assert [each.backfill_id for each in store.backfills(statuses=[B.PAUSED])] == ["b"]
    assert [each.backfill_id for each in store.backfills(limit=1)] == ["c"]
    assert [each.backfill_id for each in store.backfills(before_id=third.storage_id)] == ["b", "a"]
    assert first.storage_id < second.storage_id < third.storage_id


def test_counts_are_read_when_asked_for(store: Store) -> None:
    backfill = stored(store)
    move(store, backfill, PartMove(1, P.SKIPPED), PartMove(2, P.SKIPPED))

    assert store.backfills()[0].counts == {P.WAITING: 2, P.SKIPPED: 2}
    assert store.backfills(with_counts=False)[0].counts == {}


def test_parts_are_read_by_state_and_page(store: Store) -> None:
    backfill = stored(store, parts=5)
    move(store, backfill, PartMove(1, P.FAILED, 1, ("r",), "broken"), PartMove(3, P.FAILED))

    failed = store.backfill_parts(backfill, states=[P.FAILED])

    assert [part.number for part in failed] == [1, 3]
    assert (failed[0].attempt, failed[0].run_ids, failed[0].note) == (1, ("r",), "broken")
    assert [part.number for part in store.backfill_parts(backfill, after=1, limit=2)] == [2, 3]
    assert [part.number for part in store.backfill_parts(backfill, states=[P.FAILED], after=1)] == [3]


# ---------------------------------------------------------------- changing


def test_parts_and_their_runs_are_stored_together(store: Store, topics: Topics) -> None:
    backfill = stored(store)
    lease = take_lease(store)
    after = replace(backfill, max_concurrent_runs=2, note="slow")
    moves = (PartMove(0, P.RUNNING, 1, ("a",)), PartMove(1, P.RUNNING, 1, ("b",)))
    topics.told.clear()

    done = store.commit_backfill(BackfillCommit(backfill, after, moves, (run("a"), run("b"))), lease, at(1))

    assert done is not None
    assert done.moves == moves
    assert done.backfill.version == 2
    found = store.backfill("b")
    assert found == replace(after, version=2, counts={P.RUNNING: 2, P.WAITING: 2})
    assert store.run_statuses(["a", "b", "c"]) == {"a": S.QUEUED, "b": S.QUEUED}
    assert set(topics.told[0]) >= {"backfills", "runs", "run_status", "events"}


def test_a_change_of_what_somebody_changed_meanwhile_stores_nothing(store: Store) -> None:
    backfill = stored(store)
    assert move(store, backfill, PartMove(0, P.SKIPPED)) is not None

    assert move(store, backfill, PartMove(1, P.SKIPPED), runs=(run("a"),)) is None

    assert states(store, backfill) == [P.SKIPPED, P.WAITING, P.WAITING, P.WAITING]
    assert store.count_runs(RunsFilter()) == 0


def test_a_change_under_a_lost_lease_stores_nothing(store: Store) -> None:
    backfill = stored(store)
    lease = take_lease(store)
    commit = BackfillCommit(backfill, backfill, (PartMove(0, P.SKIPPED),))

    with pytest.raises(LeaseLostError):
        store.commit_backfill(commit, replace(lease, epoch=lease.epoch - 1), NOON_AT)

    assert states(store, backfill)[0] is P.WAITING


def test_a_run_whose_id_is_taken_stores_nothing(store: Store) -> None:
    backfill = stored(store)
    store.add_runs([run("a")], NOON_AT)

    with pytest.raises(DagsterRunAlreadyExists):
        move(store, backfill, PartMove(0, P.RUNNING, 1, ("a",)), runs=(run("a"),))

    assert states(store, backfill)[0] is P.WAITING
    assert move(store, backfill) is not None


def test_the_end_of_a_backfill_comes_back_and_goes_again(store: Store) -> None:
    backfill = stored(store)
    over = replace(backfill, status=B.COMPLETED_FAILED, ended_at=at(9))
    done = store.commit_backfill(BackfillCommit(backfill, over), None, at(9))
    assert done is not None
    found = store.backfill("b")
    assert found is not None
    assert (found.status, found.ended_at) == (B.COMPLETED_FAILED, at(9))

    store.commit_backfill(BackfillCommit(found, replace(found, status=B.IN_PROGRESS, ended_at=None)), None, at(10))

    again = store.backfill("b")
    assert again is not None
    assert (again.status, again.ended_at) == (B.IN_PROGRESS, None)


def test_a_note_may_repeat_anything(store: Store) -> None:
    backfill = stored(store)

    move(store, backfill, PartMove(0, P.FAILED, note="a\x00b\ud800" + "x" * 5_000))

    note = store.backfill_parts(backfill)[0].note
    assert note.startswith("a\\x00b?xxx")
    assert len(note) < 1_100


# ------------------------------------------------------------------- ticks


def test_a_tick_of_a_past_time_brings_its_runs_and_leaves_the_schedule_alone(store: Store) -> None:
    backfill = stored(store)

    done = store.commit_backfill(BackfillCommit(backfill, backfill, ticks=(tick(2, "a", "b"),)), None, at(1))

    assert done is not None
    assert done.moves == (PartMove(2, P.RUNNING, 1, ("a", "b")),)
    assert store.run_statuses(["a", "b"]) == {"a": S.QUEUED, "b": S.QUEUED}
    assert [each.tick_at for each in store.ticks(SCHEDULE)] == [NOON_AT]
    assert store.automation_state(SCHEDULE) is None


@pytest.mark.parametrize(
    ("status", "is_in_the_way"),
    [
        (TickStatus.SUCCESS, True),
        (TickStatus.SKIPPED, True),
        (TickStatus.FAILURE, False),
        (TickStatus.MISSED, False),
    ],
)
def test_a_time_that_has_its_tick_is_skipped_unless_that_came_to_nothing(
    store: Store, status: TickStatus, is_in_the_way: bool
) -> None:
    there = Tick(NOON_AT, status, NOON_AT, NOON_AT)
    state = AutomationState(SCHEDULE)
    store.commit_ticks([TickCommit(state, state, (there,))], None, NOON_AT)
    backfill = stored(store)

    store.commit_backfill(BackfillCommit(backfill, backfill, ticks=(tick(0, "a"),)), None, NOON_AT)

    assert states(store, backfill)[0] is (P.SKIPPED if is_in_the_way else P.RUNNING)
    assert store.count_runs(RunsFilter()) == (0 if is_in_the_way else 1)
    assert len(store.ticks(SCHEDULE)) == (1 if is_in_the_way else 2)


def test_a_tick_of_the_schedule_itself_finds_its_time_taken(store: Store) -> None:
    backfill = stored(store)
    store.commit_backfill(BackfillCommit(backfill, backfill, ticks=(tick(0, "a"),)), None, NOON_AT)
    state = AutomationState(SCHEDULE)
    due = Tick(NOON_AT, TickStatus.SUCCESS, NOON_AT, NOON_AT, ("b",))

    store.commit_ticks([TickCommit(state, state, (due,), (RunOrder(run("b")),))], None, NOON_AT)

    assert store.run_statuses(["a", "b"]) == {"a": S.QUEUED}
    assert len(store.ticks(SCHEDULE)) == 1


def test_a_failed_tick_fails_its_part_and_takes_no_time(store: Store) -> None:
    backfill = stored(store)
    error = SerializableErrorInfo("ValueError: no\n")
    failed = tick(0, status=TickStatus.FAILURE, error=error)
    done = store.commit_backfill(BackfillCommit(backfill, backfill, ticks=(failed,)), None, NOON_AT)
    assert done is not None

    again = store.commit_backfill(BackfillCommit(done.backfill, backfill, ticks=(tick(0, "a"),)), None, at(1))

    assert done.moves == (PartMove(0, P.FAILED, 1, note="ValueError: no"),)
    assert again is not None
    assert again.moves[0].state is P.RUNNING


def test_run_keys_that_were_used_make_no_run(store: Store) -> None:
    backfill = stored(store)
    first = store.commit_backfill(BackfillCommit(backfill, backfill, ticks=(tick(0, "a", keys=("k",)),)), None, NOON_AT)
    assert first is not None
    later = tick(1, "b", keys=("k",))
    later = replace(later, tick=replace(later.tick, tick_at=NOON_AT + timedelta(hours=1)))

    second = store.commit_backfill(BackfillCommit(first.backfill, backfill, ticks=(later,)), None, NOON_AT)

    assert second is not None
    assert second.moves[0].state is P.SKIPPED
    assert "run key" in second.moves[0].note
    assert store.ticks(SCHEDULE, limit=1)[0].dropped_run_keys == ("k",)
    assert store.count_runs(RunsFilter()) == 1


# -------------------------------------------------------------------- runs


def of_part(run_id: str, number: int, backfill_id: str = "b") -> Any:
    tags = {"dagster/backfill": backfill_id, "watchbell/backfill_part": str(number)}
    return run(run_id, tags=tags)


@pytest.mark.parametrize(
    ("end", "state"),
    [(None, P.FAILED), (DagsterEventType.RUN_SUCCESS, P.SUCCEEDED), (DagsterEventType.RUN_FAILURE, P.FAILED)],
)
def test_a_deleted_run_moves_its_part_and_the_version(
    store: Store, topics: Topics, end: DagsterEventType | None, state: PartState
) -> None:
    backfill = stored(store)
    move(store, backfill, PartMove(1, P.RUNNING, 1, ("a",)), runs=(of_part("a", 1),))
    if end is not None:
        store.append([status_event("a", end)])
    topics.told.clear()

    store.delete_run("a")

    found = store.backfill("b")
    assert found is not None
    assert found.version == 3
    part = store.backfill_parts(found)[1]
    assert (part.state, part.run_ids) == (state, ())
    assert "backfills" in topics.told[0]


def test_a_run_of_a_part_that_is_over_is_deleted_without_notice(store: Store) -> None:
    backfill = stored(store)
    begun = move(store, backfill, PartMove(1, P.RUNNING, 1, ("a",)), runs=(of_part("a", 1),))
    assert begun is not None
    move(store, begun, PartMove(1, P.SUCCEEDED, 1, ("a",)))

    store.delete_run("a")

    assert states(store, backfill)[1] is P.SUCCEEDED


def test_runs_are_asked_to_stop_together(store: Store) -> None:
    store.add_runs([run("a"), run("b"), run("c", status=S.STARTED)], NOON_AT)
    store.append([status_event("b", DagsterEventType.RUN_SUCCESS)])

    asked = store.cancel_runs(["a", "b", "c", "unknown"], NOON_AT)

    assert {each.run_id: each.status for each in asked} == {"a": S.CANCELED, "b": S.SUCCESS, "c": S.CANCELING}


def test_states_of_many_runs_are_answered_at_once(store: Store) -> None:
    store.add_runs([run(f"run-{number}") for number in range(1_200)], NOON_AT)

    assert len(store.run_statuses([f"run-{number}" for number in range(1_300)])) == 1_200


def test_a_wiped_store_has_no_backfill(store: Store) -> None:
    stored(store)

    store.wipe()

    assert store.backfills() == []
    assert states(store, stored(store, parts=1)) == [P.WAITING]


def test_many_backfills_are_counted_at_once_and_found_by_what_was_asked_for(store: Store) -> None:
    store.add_backfill(WHOLE, [BackfillPart(0), BackfillPart(1)])
    store.add_backfill(replace(WHOLE, backfill_id="other", title="100%_sure", created_by="eve"), [BackfillPart(0)])

    found = store.backfills(texts=["100%_sure"])
    both = store.backfills(texts=["blue"])

    assert (
        [(each.backfill_id, each.parts_count) for each in found],
        [each.backfill_id for each in both],
    ) == ([("other", 1)], ["other", "whole"])
    assert store.backfills(texts=["100_%sure"]) == []
    assert store.count_backfills(texts=["Straßen"]) == 1
    assert store.count_backfills(statuses=[B.PAUSED]) == 0


def test_a_grid_is_told_of_each_part_what_it_is_for(store: Store) -> None:
    parts = [
        BackfillPart(0, 1, "a"),
        BackfillPart(1, 0, "a", "c"),
        BackfillPart(2, 1, scheduled_at=NOON_AT),
        BackfillPart(3, 1),
    ]
    stored = store.add_backfill(WHOLE, parts)

    cells = store.backfill_cells(stored, 3)

    assert [(0, P.WAITING, 1, "a"), (1, P.WAITING, 0, "a...c"), (2, P.WAITING, 1, NOON_AT.isoformat())] == [
        (each.number, each.state, each.target, each.label) for each in cells
    ]


def test_other_tags_of_a_backfill_become_those_of_its_queued_runs(store: Store) -> None:
    stored = store.add_backfill(replace(WHOLE, tags={"old": "1", "same": "2"}), [BackfillPart(0), BackfillPart(1)])
    tags = {"dagster/backfill": "whole", "old": "1", "same": "2"}
    queued = run("queued", status=S.QUEUED, tags=tags)
    started = run("started", status=S.STARTED, tags=tags)
    store.add_runs([queued, started], NOON_AT)
    after = replace(stored, tags={"same": "2", "dagster/priority": "5"})

    assert store.commit_backfill(BackfillCommit(stored, after), None, NOON_AT) is not None

    record = store.run_record("queued")
    assert record is not None
    assert dict(record.dagster_run.tags) == {"dagster/backfill": "whole", "same": "2", "dagster/priority": "5"}
    assert store.count_runs(RunsFilter(tags={"dagster/priority": "5"})) == 1
    assert store.count_runs(RunsFilter(tags={"old": "1"})) == 1
    changed = store.backfill("whole")
    assert changed is not None
    assert dict(changed.tags) == {"same": "2", "dagster/priority": "5"}


def test_the_pace_of_backfills_is_that_of_the_runs_that_ended_lately(store: Store) -> None:
    tags = {"dagster/backfill": "whole"}
    for number, seconds in enumerate((10, 20, 30)):
        ended = at(seconds)
        store.add_runs([run(f"r{number}", status=S.SUCCESS, tags=tags, started_at=NOON_AT, ended_at=ended)], NOON_AT)
    store.add_runs([run("going", status=S.STARTED, tags=tags)], NOON_AT)

    paces = store.backfill_paces(["whole", "other"], at(15))

    assert {"whole": (2, at(20))} == {key: (each.ended, each.first_ended_at) for key, each in paces.items()}


def test_the_newest_runs_of_all_jobs_are_read_in_one_look(store: Store) -> None:
    for job in ("b", "a", "b", "c", "b"):
        store.add_runs([run(f"{job}{store.count_runs(RunsFilter())}", job_name=job, status=S.QUEUED)], NOON_AT)

    found = [each.run_id for each in store.newest_runs_of_jobs(2)]

    assert found == ["b4", "c3", "b2", "a1"]
    assert [each.run_id for each in store.newest_runs_of_job("b", 2)] == ["b4", "b2"]
    assert store.newest_runs_of_job("nobody", 2) == []
