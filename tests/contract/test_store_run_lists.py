"""Lists of runs, and tags that people change: what every store fulfils."""

import pytest

from tests.contract.making import NOON_AT, at, run, status_event
from watchbell.ground.errors import DagsterRunNotFoundError, ParameterCheckError
from watchbell.record.event import DagsterEventType
from watchbell.record.run import DagsterRunStatus
from watchbell.record.run_query import RunFact, RunQuery, RunSort, RunTerm

T = DagsterEventType


def ids(store, *terms: RunTerm, **more) -> list[str]:
    query = RunQuery(terms, now=NOON_AT, **more)
    return [each.dagster_run.run_id for each in store.find_runs(query)]


def test_tags_are_added_replaced_and_taken_away_at_once(store) -> None:
    store.add_runs([run("a", tags={"k": "1", "old": "x"})], NOON_AT)

    changed = store.change_run_tags("a", {"k": "2", "new": "3"}, ["old", "never"], at(1))

    assert changed.tags == {"k": "2", "new": "3"}
    assert store.run_record("a").dagster_run.tags == {"k": "2", "new": "3"}
    assert ids(store, RunTerm(RunFact.TAG, tag="old")) == []
    assert ids(store, RunTerm(RunFact.TAG, ("2",), tag="k")) == ["a"]


def test_tags_of_no_run_and_wrong_tags_are_refused_and_nothing_changes(store) -> None:
    store.add_runs([run("a", tags={"k": "1"})], NOON_AT)

    with pytest.raises(DagsterRunNotFoundError):
        store.change_run_tags("nope", {"k": "2"}, [], NOON_AT)
    with pytest.raises(ParameterCheckError):
        store.change_run_tags("a", {"k\x00": "2"}, ["k"], NOON_AT)
    assert store.run_record("a").dagster_run.tags == {"k": "1"}


def test_conditions_are_joined_turned_round_and_counted(store) -> None:
    store.add_runs([run("a", tags={"k": "1"}), run("b", tags={"k": "100%"}), run("c")], NOON_AT)
    either = RunTerm(RunFact.ANY, parts=(RunTerm(RunFact.ID, ("a",)), RunTerm(RunFact.TAG, ("100*",), tag="k")))

    assert ids(store, either) == ["b", "a"]
    assert ids(store, RunTerm(RunFact.ANY, parts=either.parts, is_negated=True)) == ["c"]
    assert ids(store, RunTerm(RunFact.TAG, ("1_*",), tag="k")) == []
    assert store.count_matching_runs([either], NOON_AT) == 2
    assert store.count_matching_runs([either], NOON_AT, limit=1) == 2


def test_what_cannot_be_said_of_a_run_does_not_hold_for_it(store) -> None:
    store.add_runs([run("a"), run("b", location_name="places")], NOON_AT)
    places = RunTerm(RunFact.LOCATION, ("places",), is_negated=True)

    assert ids(store, places) == ["a"]


@pytest.mark.parametrize("sort", list(RunSort))
@pytest.mark.parametrize("is_ascending", [False, True])
def test_a_place_in_any_order_is_gone_on_after(store, sort, is_ascending) -> None:
    for number in range(6):
        store.add_runs([run(f"r{number}")], NOON_AT)
        if number % 2:
            store.append([status_event(f"r{number}", T.RUN_START, number)])
            store.append([status_event(f"r{number}", T.RUN_SUCCESS, 10 + number % 3)])
    whole = store.find_runs(RunQuery(sort=sort, is_ascending=is_ascending, now=NOON_AT))

    def value(record) -> float:
        if record.end_time is None or record.start_time is None:
            return -1.0
        return {
            RunSort.CREATED: 0.0,
            RunSort.ENDED: record.end_time,
            RunSort.DURATION: record.end_time - record.start_time,
        }[sort]

    third = whole[2]
    rest = store.find_runs(
        RunQuery(sort=sort, is_ascending=is_ascending, after=(value(third), third.storage_id), now=NOON_AT)
    )

    assert [each.storage_id for each in rest] == [each.storage_id for each in whole[3:]]


def test_runs_of_backfills_are_left_out_or_gathered(store) -> None:
    store.add_runs(
        [run("a"), run("b", tags={"dagster/backfill": "x"}), run("c", tags={"dagster/backfill": "x"})], NOON_AT
    )

    single = store.find_runs(RunQuery(now=NOON_AT), without_backfills=True)
    [backfill] = store.backfills_of_runs([], NOON_AT)

    assert [each.dagster_run.run_id for each in single] == ["a"]
    assert (backfill.backfill_id, sum(backfill.counts.values())) == ("x", 2)
    [newest] = store.run_records_numbered([backfill.newest])
    assert newest.dagster_run.run_id == "c"
    assert store.backfills_of_runs([], NOON_AT, above=backfill.newest - 1) == [backfill]
    assert store.backfills_of_runs([], NOON_AT, above=backfill.newest) == []


def test_the_first_failure_of_each_run_is_found(store) -> None:
    store.add_runs([run("a"), run("b")], NOON_AT)
    store.append(
        [status_event("a", T.STEP_FAILURE), status_event("a", T.STEP_FAILURE), status_event("a", T.RUN_FAILURE)]
    )

    found = store.first_failures(["a", "b"])

    assert {run_id: entry.dagster_event_type for run_id, entry in found.items()} == {"a": T.STEP_FAILURE}
    assert len(store.failures_of_run("a", limit=2)) == 2


def test_the_runs_beside_a_run_and_those_of_its_chain_are_found(store) -> None:
    again = {"dagster/root_run_id": "b"}
    store.add_runs([run("a"), run("b"), run("c", tags=again)], NOON_AT)

    assert store.neighbours(store.run_record("b")) == ("a", "c")
    assert store.neighbours(store.run_record("c")) == ("b", None)
    assert [each.run_id for each in store.run_chain("b")] == ["b", "c"]


def test_words_are_told_once_each_and_sorted(store) -> None:
    store.add_runs([run("a", tags={"k": "2"}), run("b", tags={"k": "1"}), run("c", tags={"k": "1", "j": "x"})], NOON_AT)

    assert store.run_words("tags", limit=10) == ["j", "k"]
    assert store.run_words("values", tag="k", limit=10) == ["1", "2"]
    assert store.run_words("tags", limit=1) == ["j"]


def test_the_worker_of_a_run_is_told(store) -> None:
    store.add_runs([run("a", status=DagsterRunStatus.STARTED)], NOON_AT)

    assert store.run_worker("a") == (0, None)
    assert store.run_worker("nope") is None
