"""What every store does with a schedule's time that comes while runs of another one are not over."""

from dataclasses import replace

import pytest

from tests.contract.making import NOON_AT, SCHEDULE, WORKER, at, status_event, take_lease
from watchbell.record.automation_policy import AutomationPolicy, Overlap
from watchbell.record.event import DagsterEventType
from watchbell.record.overlap import OVERLAP_TAG, WAITS_TAG
from watchbell.record.ports import Store
from watchbell.record.query import EventQuery
from watchbell.record.request import AddDynamicPartitionsRequest
from watchbell.record.run import DagsterRun, DagsterRunStatus
from watchbell.record.tick import (
    AutomationKey,
    AutomationKind,
    AutomationState,
    CommittedTick,
    RunOrder,
    Tick,
    TickCommit,
    TickStatus,
)
from watchbell.store.overlap import OtherTime, waiting_time

T = DagsterEventType
QUEUED, STARTED, CANCELING = DagsterRunStatus.QUEUED, DagsterRunStatus.STARTED, DagsterRunStatus.CANCELING
SUCCESS, CANCELED = DagsterRunStatus.SUCCESS, DagsterRunStatus.CANCELED
OTHER_SCHEDULE = AutomationKey("here", AutomationKind.SCHEDULE, "hourly")
ELSEWHERE = AutomationKey("there", AutomationKind.SCHEDULE, "daily")


def run_of(run_id: str, minute: int, key: AutomationKey = SCHEDULE, **tags: str) -> DagsterRun:
    """A run of a schedule's time, as a tick asks for it."""
    own = {
        "dagster/schedule_name": key.name,
        ".dagster/scheduled_execution_time": at(60 * minute).isoformat(),
        **tags,
    }
    return DagsterRun("etl", run_id, status=QUEUED, tags=own, location_name=key.location_name)


def tick(
    store: Store,
    overlap: Overlap,
    minute: int,
    *run_ids: str,
    key: AutomationKey = SCHEDULE,
    run_key: str | None = None,
    **more: object,
) -> CommittedTick:
    """The tick of a minute that asks for these runs."""
    before = store.automation_state(key) or AutomationState(key)
    orders = tuple(RunOrder(run_of(run_id, minute, key), run_key) for run_id in run_ids)
    keys = () if run_key is None else (run_key,)
    moment = at(60 * minute)
    done = Tick(moment, TickStatus.SUCCESS, moment, moment, run_ids, keys)
    after = replace(before, last_tick_at=moment, last_run_key=run_key or before.last_run_key)
    wanted = TickCommit(before, after, (done,), orders, policy=AutomationPolicy(overlap=overlap))
    (committed,) = store.commit_ticks([replace(wanted, **more)], None, moment)  # type: ignore[arg-type]
    assert not committed.conflict
    return committed


def hand_out(store: Store, *run_ids: str) -> list[str]:
    return [start.run_id for start in store.hand_out_runs(run_ids, take_lease(store), at(600))]


def begin(store: Store, run_id: str) -> None:
    """A run goes on in its process."""
    (start,) = store.hand_out_runs([run_id], take_lease(store), at(600))
    assert store.begin_run(run_id, start.attempt, WORKER, at(600))
    store.append([status_event(run_id, T.RUN_START, 5)])


def end(store: Store, run_id: str, kind: DagsterEventType = T.RUN_SUCCESS) -> None:
    store.append([status_event(run_id, kind, 600)])


def status(store: Store, run_id: str) -> DagsterRunStatus | None:
    record = store.run_record(run_id)
    return None if record is None else record.dagster_run.status


def tags(store: Store, run_id: str) -> dict[str, str]:
    record = store.run_record(run_id)
    assert record is not None
    return dict(record.dagster_run.tags)


class TestAllow:
    def test_runs_of_any_number_of_times_go_on_together_and_have_no_tag(self, store: Store) -> None:
        for minute in range(1, 4):
            tick(store, Overlap.ALLOW, minute, f"r{minute}")

        assert hand_out(store, "r1", "r2", "r3") == ["r1", "r2", "r3"]
        assert not {OVERLAP_TAG, WAITS_TAG} & tags(store, "r3").keys()


class TestSkip:
    def test_a_time_is_skipped_and_says_for_which_run(self, store: Store) -> None:
        tick(store, Overlap.SKIP, 1, "r1")
        begin(store, "r1")

        (skipped,) = tick(store, Overlap.SKIP, 2, "r2").ticks

        assert (skipped.status, skipped.run_ids, skipped.tick_at) == (TickStatus.SKIPPED, (), at(120))
        assert skipped.skip_reason == (
            "overlap='skip', and an earlier time is not over: "
            "run r1 of job 'etl', STARTED since 2024-05-01T12:00:05+00:00"
        )
        assert status(store, "r2") is None

    def test_nothing_of_a_skipped_time_is_stored(self, store: Store) -> None:
        tick(store, Overlap.SKIP, 1, "r1", run_key="first")

        grows = (AddDynamicPartitionsRequest("files", ["new"]),)
        done = tick(store, Overlap.SKIP, 2, "r2", run_key="second", dynamic_partitions=grows)

        assert store.dynamic_partitions("files") == []
        assert done.state.last_run_key == "first"
        assert done.state.last_tick_at == at(120)
        assert done.ticks[0].run_keys == ()
        end(store, "r1")
        assert tick(store, Overlap.SKIP, 3, "r3", run_key="second").ticks[0].run_ids == ("r3",)

    def test_the_next_time_after_the_end_runs(self, store: Store) -> None:
        tick(store, Overlap.SKIP, 1, "r1")
        end(store, "r1", T.RUN_FAILURE)

        (done,) = tick(store, Overlap.SKIP, 2, "r2").ticks

        assert done.run_ids == ("r2",)
        assert tags(store, "r2")[OVERLAP_TAG] == "skip"
        assert WAITS_TAG not in tags(store, "r2")

    @pytest.mark.parametrize("kind", [T.RUN_ENQUEUED, T.RUN_STARTING, T.RUN_START, T.RUN_CANCELING])
    def test_every_state_that_is_not_final_counts(self, store: Store, kind: DagsterEventType) -> None:
        tick(store, Overlap.SKIP, 1, "r1")
        store.append([status_event("r1", kind)])

        assert tick(store, Overlap.SKIP, 2, "r2").ticks[0].status is TickStatus.SKIPPED

    def test_many_runs_are_counted_and_some_named(self, store: Store) -> None:
        tick(store, Overlap.SKIP, 1, *[f"r{number}" for number in range(1_005)])

        reason = tick(store, Overlap.SKIP, 2, "late").ticks[0].skip_reason

        assert reason is not None
        assert reason.endswith("; and 1,002 more")
        assert reason.count("run r") == 3

    def test_other_schedules_and_the_same_name_elsewhere_do_not_count(self, store: Store) -> None:
        tick(store, Overlap.SKIP, 1, "other", key=OTHER_SCHEDULE)
        tick(store, Overlap.SKIP, 1, "elsewhere", key=ELSEWHERE)

        assert tick(store, Overlap.SKIP, 2, "r1").ticks[0].run_ids == ("r1",)

    def test_runs_of_a_backfill_and_by_hand_do_not_count(self, store: Store) -> None:
        by_hand = DagsterRun("etl", "by hand", status=QUEUED, location_name="here")
        store.add_runs([by_hand, run_of("past", 0, **{"dagster/backfill": "b"})], NOON_AT)

        assert tick(store, Overlap.SKIP, 2, "r1").ticks[0].run_ids == ("r1",)

    def test_a_run_that_executes_another_again_counts_as_its_schedules(self, store: Store) -> None:
        tick(store, Overlap.SKIP, 1, "r1")
        end(store, "r1", T.RUN_FAILURE)
        again = replace(run_of("again", 1), parent_run_id="r1", root_run_id="r1")
        store.commit_retries(None, 1, [again], None, at(90))

        (skipped,) = tick(store, Overlap.SKIP, 2, "r2").ticks

        assert skipped.skip_reason is not None
        assert "run again of job 'etl', QUEUED since 2024-05-01T12:01:30" in skipped.skip_reason

    def test_a_deleted_run_does_not_count(self, store: Store) -> None:
        tick(store, Overlap.SKIP, 1, "r1")
        store.delete_run("r1")

        assert tick(store, Overlap.SKIP, 2, "r2").ticks[0].run_ids == ("r2",)

    def test_a_tick_that_asks_for_nothing_gives_its_own_reason(self, store: Store) -> None:
        tick(store, Overlap.SKIP, 1, "r1")
        quiet = Tick(at(120), TickStatus.SKIPPED, at(120), at(120), skip_reason="no news")

        (done,) = tick(store, Overlap.SKIP, 2, ticks=(quiet,)).ticks

        assert done.skip_reason == "no news"

    def test_a_time_that_was_stored_is_not_stored_again(self, store: Store) -> None:
        tick(store, Overlap.SKIP, 1, "r1")

        assert tick(store, Overlap.SKIP, 1, "r1 again").ticks == ()
        assert len(store.ticks(SCHEDULE)) == 1


class TestBufferOne:
    def test_a_time_waits_as_one_until_the_earlier_one_is_over(self, store: Store) -> None:
        tick(store, Overlap.BUFFER_ONE, 1, "a1", "a2")
        begin(store, "a1")
        begin(store, "a2")

        (done,) = tick(store, Overlap.BUFFER_ONE, 2, "b1", "b2").ticks

        assert (done.status, done.run_ids) == (TickStatus.SUCCESS, ("b1", "b2"))
        assert (tags(store, "b1")[OVERLAP_TAG], tags(store, "b1")[WAITS_TAG]) == ("buffer_one", "daily")
        end(store, "a1")
        assert hand_out(store, "b1", "b2") == []
        assert status(store, "b1") is QUEUED
        end(store, "a2")
        assert hand_out(store, "b1", "b2") == ["b1", "b2"]

    def test_who_waits_and_for_whom_is_told(self, store: Store) -> None:
        tick(store, Overlap.BUFFER_ONE, 1, "a")
        tick(store, Overlap.BUFFER_ONE, 2, "b")

        found = store.overlap_waits(["a", "b", "unknown"])

        assert found.keys() == {"a", "b"}
        assert found["a"] is None
        assert found["b"] is not None
        assert found["b"].run_id == "a"
        end(store, "a")
        assert store.overlap_waits(["a", "b"]) == {"b": None}

    def test_while_runs_wait_later_times_are_skipped(self, store: Store) -> None:
        tick(store, Overlap.BUFFER_ONE, 1, "a")
        begin(store, "a")
        tick(store, Overlap.BUFFER_ONE, 2, "b")

        (skipped,) = tick(store, Overlap.BUFFER_ONE, 3, "c").ticks

        assert (skipped.status, status(store, "c")) == (TickStatus.SKIPPED, None)
        assert skipped.skip_reason == (
            "overlap='buffer_one', and the time 2024-05-01T12:02:00+00:00 waits already for an earlier one: "
            "run b of job 'etl', QUEUED since 2024-05-01T12:02:00+00:00"
        )

    def test_the_buffer_is_free_again_when_the_waiting_time_has_begun(self, store: Store) -> None:
        tick(store, Overlap.BUFFER_ONE, 1, "a")
        tick(store, Overlap.BUFFER_ONE, 2, "b")
        end(store, "a")
        begin(store, "b")

        assert tick(store, Overlap.BUFFER_ONE, 3, "c").ticks[0].run_ids == ("c",)
        assert hand_out(store, "c") == []

    @pytest.mark.parametrize("how", ["canceled", "deleted"])
    def test_a_run_that_was_taken_away_holds_nobody_back(self, store: Store, how: str) -> None:
        tick(store, Overlap.BUFFER_ONE, 1, "a")
        tick(store, Overlap.BUFFER_ONE, 2, "b")

        if how == "canceled":
            store.request_cancel("a", at(130))
        else:
            store.delete_run("a")

        assert hand_out(store, "b") == ["b"]

    def test_a_run_executed_again_waits_while_a_later_time_goes_on(self, store: Store) -> None:
        tick(store, Overlap.BUFFER_ONE, 1, "a")
        end(store, "a", T.RUN_FAILURE)
        tick(store, Overlap.BUFFER_ONE, 2, "b")
        begin(store, "b")
        again = replace(run_of("again", 1, **{OVERLAP_TAG: "buffer_one"}), parent_run_id="a")
        store.commit_retries(None, 1, [again], None, at(130))

        assert hand_out(store, "again") == []
        assert tick(store, Overlap.BUFFER_ONE, 3, "c").ticks[0].status is TickStatus.SKIPPED
        end(store, "b")
        assert hand_out(store, "again") == ["again"]

    def test_a_waiting_time_waits_for_earlier_runs_that_are_executed_again(self, store: Store) -> None:
        tick(store, Overlap.BUFFER_ONE, 1, "a", "a2")
        begin(store, "a2")
        tick(store, Overlap.BUFFER_ONE, 2, "b")
        end(store, "a", T.RUN_FAILURE)
        again = replace(run_of("again", 1, **{OVERLAP_TAG: "buffer_one"}), parent_run_id="a")
        store.commit_retries(None, 1, [again], None, at(130))
        end(store, "a2")

        assert hand_out(store, "b", "again") == ["again"]

    def test_a_run_that_was_handed_back_still_holds_others_back(self, store: Store) -> None:
        tick(store, Overlap.BUFFER_ONE, 1, "a")
        tick(store, Overlap.BUFFER_ONE, 2, "b")
        assert hand_out(store, "a") == ["a"]
        store.hand_back_run("a", 1, at(601))

        assert hand_out(store, "b", "a") == ["a"]


class TestCancelRunning:
    def test_earlier_runs_are_stopped_and_the_new_ones_wait_for_their_end(self, store: Store) -> None:
        tick(store, Overlap.CANCEL_RUNNING, 1, "goes on", "waits", "starts")
        begin(store, "goes on")
        hand_out(store, "starts")

        (done,) = tick(store, Overlap.CANCEL_RUNNING, 2, "new").ticks

        assert done.run_ids == ("new",)
        found = {each: status(store, each) for each in ("goes on", "waits", "starts", "new")}
        assert found == {"goes on": CANCELING, "waits": CANCELED, "starts": CANCELED, "new": QUEUED}
        assert tags(store, "new")[WAITS_TAG] == "daily"
        assert hand_out(store, "new") == []
        end(store, "goes on", T.RUN_CANCELED)
        assert hand_out(store, "new") == ["new"]

    def test_the_log_of_a_stopped_run_says_who_stopped_it(self, store: Store) -> None:
        tick(store, Overlap.CANCEL_RUNNING, 1, "a", "b")
        begin(store, "a")
        tick(store, Overlap.CANCEL_RUNNING, 2, "new")

        kinds = frozenset({T.RUN_CANCELING, T.RUN_CANCELED})
        said = {each.run_id: each.message for each in store.events(EventQuery(types=kinds))}
        why = "Schedule 'daily' asked for its runs of 2024-05-01T12:02:00+00:00 (overlap='cancel_running')."
        assert said == {"a": why, "b": f"The run was canceled before it began. {why}"}

    def test_what_only_waited_leaves_nothing_to_wait_for(self, store: Store) -> None:
        tick(store, Overlap.CANCEL_RUNNING, 1, "a")
        tick(store, Overlap.CANCEL_RUNNING, 2, "b")

        assert WAITS_TAG not in tags(store, "b")
        assert hand_out(store, "b") == ["b"]

    def test_a_run_that_is_being_canceled_already_is_waited_for(self, store: Store) -> None:
        tick(store, Overlap.CANCEL_RUNNING, 1, "a")
        begin(store, "a")
        tick(store, Overlap.CANCEL_RUNNING, 2, "b")
        tick(store, Overlap.CANCEL_RUNNING, 3, "c")

        assert [status(store, each) for each in ("a", "b", "c")] == [CANCELING, CANCELED, QUEUED]
        assert hand_out(store, "c") == []
        end(store, "a", T.RUN_SUCCESS)
        assert hand_out(store, "c") == ["c"]

    def test_a_refused_commit_stops_nobody(self, store: Store) -> None:
        tick(store, Overlap.CANCEL_RUNNING, 1, "a")
        old = AutomationState(SCHEDULE)
        policy = AutomationPolicy(overlap=Overlap.CANCEL_RUNNING)
        moment = at(120)
        done = Tick(moment, TickStatus.SUCCESS, moment, moment, ("b",))
        commit = TickCommit(old, old, (done,), (RunOrder(run_of("b", 2)),), policy=policy)

        (refused,) = store.commit_ticks([commit], None, moment)

        assert refused.conflict
        assert (status(store, "a"), status(store, "b")) == (QUEUED, None)


class TestChangedMind:
    def test_runs_of_a_schedule_that_allowed_overlap_count_when_it_does_not(self, store: Store) -> None:
        tick(store, Overlap.ALLOW, 1, "a")

        assert tick(store, Overlap.SKIP, 2, "b").ticks[0].status is TickStatus.SKIPPED
        assert tick(store, Overlap.BUFFER_ONE, 3, "c").ticks[0].run_ids == ("c",)
        assert hand_out(store, "c") == []

    def test_a_waiting_time_waits_for_earlier_ones_only(self, store: Store) -> None:
        tick(store, Overlap.BUFFER_ONE, 1, "a")
        begin(store, "a")
        tick(store, Overlap.BUFFER_ONE, 2, "b")
        tick(store, Overlap.ALLOW, 3, "c")

        assert hand_out(store, "b", "c") == ["c"]
        end(store, "a")
        assert hand_out(store, "b") == ["b"]


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ([], None),
        ([OtherTime(1, waiting=2)], None),
        ([OtherTime(1, going=2)], None),
        ([OtherTime(1, waiting=1, going=1)], None),
        ([OtherTime(1, going=1), OtherTime(2, waiting=1)], 2),
        ([OtherTime(1, waiting=1), OtherTime(2, waiting=1)], 2),
        ([OtherTime(1, waiting=1), OtherTime(2, going=1)], 1),
        ([OtherTime(1, going=1), OtherTime(2, going=1)], None),
    ],
)
def test_a_time_waits_behind_an_earlier_one_or_one_that_goes_on(others: list[OtherTime], expected: float) -> None:
    found = waiting_time(others)

    assert (None if found is None else found.scheduled_at) == expected
