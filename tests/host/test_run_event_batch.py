"""Several run events in one evaluation: what each is answered, and when the calling ends."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.services.fakes import LOCATION, NOON
from watchbell import (
    AssetMaterialization,
    ConfigurableResource,
    DagsterEvent,
    DagsterInstance,
    DagsterRun,
    Definitions,
    DynamicPartitionsDefinition,
    RunRequest,
    SensorResult,
    SkipReason,
    job,
    run_failure_sensor,
)
from watchbell.host import run_event_batch
from watchbell.host.evaluate import Evaluator
from watchbell.record.evaluation import Answer, Evaluation, Outcome
from watchbell.record.event import DagsterEventType, EventLogEntry
from watchbell.record.tick import AutomationKind


@job
def report() -> None: ...


OPENED: list[str] = []
"""The resources that were set up."""


class Mail(ConfigurableResource):  # type: ignore[type-arg,unused-ignore]
    address: str

    def setup_for_execution(self, context: object) -> None:
        OPENED.append(self.address)


class Bench:
    """An instance in a folder, runs that failed there, and an evaluator."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.instance = DagsterInstance.from_home(home)
        self.count = 0

    def fail(self, times: int = 1) -> tuple[int, ...]:
        """Runs that fail; the storage ids of their events."""
        found = []
        for _ in range(times):
            self.count += 1
            run = DagsterRun("etl", f"failed-{self.count}", location_name=LOCATION)
            self.instance.store.add_runs([run], NOON)
            event = DagsterEvent(DagsterEventType.RUN_FAILURE, "etl")
            found += self.instance.store.append([EventLogEntry(run.run_id, NOON.timestamp(), dagster_event=event)])
        return tuple(found)

    def ask(self, fn: Callable[..., Any], event_ids: tuple[int, ...], seconds: float = 60.0, **facts: Any) -> Answer:
        """What is answered when a failure sensor with this function is asked about these events."""
        alert = run_failure_sensor(name="alert", request_job=report)(fn)
        repository = Definitions(jobs=[report], sensors=[alert], **facts).get_repository_def()
        evaluator = Evaluator(repository, str(self.home), LOCATION, self.instance)
        return evaluator.evaluate(
            Evaluation(7, AutomationKind.SENSOR, "alert", event_ids=event_ids, timeout_seconds=seconds)
        )


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    bench.instance.close()


def about(context: Any) -> RunRequest:
    return RunRequest(tags={"about": context.dagster_run.run_id})


def test_each_event_has_its_answer_in_their_order(bench: Bench) -> None:
    answer = bench.ask(about, bench.fail(3))

    assert answer.outcome is Outcome.ANSWERED
    assert [each.run_requests[0].tags["about"] for each in answer.parts] == ["failed-1", "failed-2", "failed-3"]
    assert {each.run_requests[0].job_name for each in answer.parts} == {"report"}
    assert answer.run_requests == ()


def test_one_event_alone_is_answered_as_ever(bench: Bench) -> None:
    [event_id] = bench.fail()
    answer = bench.ask(about, (event_id,))

    assert (answer.parts, len(answer.run_requests), answer.cursor) == ((), 1, str(event_id))


@pytest.mark.parametrize("error", [ValueError("boom"), SystemExit("boom")])
def test_what_it_raises_for_one_event_is_the_answer_to_that_one(bench: Bench, error: BaseException) -> None:
    def fragile(context: Any) -> RunRequest:
        if context.dagster_run.run_id == "failed-2":
            raise error
        return about(context)

    answer = bench.ask(fragile, bench.fail(3))

    assert [each.outcome for each in answer.parts] == [Outcome.ANSWERED, Outcome.RAISED, Outcome.ANSWERED]
    assert answer.parts[1].error is not None
    assert "boom" in answer.parts[1].error.to_string()


def test_an_answer_for_one_event_that_makes_no_sense_concerns_that_one(bench: Bench) -> None:
    def unsure(context: Any) -> Any:
        second = context.dagster_run.run_id == "failed-2"
        return RunRequest(job_name="nothing") if second else SensorResult(cursor="mine")

    first, second = bench.ask(unsure, bench.fail(2)).parts

    assert (first.outcome, second.outcome) == (Outcome.RAISED, Outcome.RAISED)
    assert first.error is not None
    assert second.error is not None
    assert "with a cursor" in first.error.to_string()
    assert "'nothing', which is not among its jobs" in second.error.to_string()


def test_lines_skips_and_asset_events_belong_to_their_event(bench: Bench) -> None:
    def telling(context: Any) -> Any:
        context.log.info(f"seen {context.dagster_run.run_id}")
        if context.dagster_run.run_id == "failed-1":
            return SkipReason("not this one")
        return SensorResult(asset_events=[AssetMaterialization("orders")])

    first, second = bench.ask(telling, bench.fail(2)).parts

    assert [[line.message for line in each.log] for each in (first, second)] == [["seen failed-1"], ["seen failed-2"]]
    assert (first.skip_message, len(first.asset_events)) == ("not this one", 0)
    assert len(second.asset_events) == 1


@pytest.mark.parametrize("change", ["partitions", "assets"])
def test_the_calling_ends_behind_an_event_on_which_the_next_one_may_depend(bench: Bench, change: str) -> None:
    people = DynamicPartitionsDefinition(name="people")
    results = {
        "partitions": SensorResult(dynamic_partitions_requests=[people.build_add_request(["ada"])]),
        "assets": SensorResult(asset_events=[AssetMaterialization("orders")]),
    }

    answer = bench.ask(lambda context: results[change], bench.fail(3))

    assert len(answer.parts) == 1


def test_the_calling_ends_when_the_time_is_up_but_one_event_is_always_handled(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_event_batch, "BATCH_SECONDS", 0.0)

    assert len(bench.ask(about, bench.fail(3)).parts) == 1


def test_an_evaluation_with_little_time_of_its_own_ends_the_calling_before_it_is_over(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = iter([100.0, 100.2, 100.4, 100.6, 100.8])
    monkeypatch.setattr(run_event_batch, "monotonic", lambda: next(times))

    assert len(bench.ask(about, bench.fail(5), seconds=1.0).parts) == 3


def test_very_many_requests_end_the_calling(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_event_batch, "RUN_REQUESTS_SUM", 4)
    answer = bench.ask(lambda context: [about(context), about(context)], bench.fail(5))

    assert [len(each.run_requests) for each in answer.parts] == [2, 2]


def test_requests_that_do_not_fit_any_more_come_with_the_next_answer(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_event_batch, "RUN_REQUESTS_MAX", 5)
    answer = bench.ask(lambda context: [about(context)] * 3, bench.fail(3))

    assert [len(each.run_requests) for each in answer.parts] == [3]


def test_events_that_are_gone_or_whose_run_is_are_passed_over(bench: Bench) -> None:
    first, second, third = bench.fail(3)
    bench.instance.delete_run("failed-2")
    answer = bench.ask(about, (first, second, third, third + 1_000))

    assert [len(each.run_requests) for each in answer.parts] == [1, 0, 1, 0]
    assert answer.parts[3].skip_message == f"event {third + 1_000} was deleted with its run"


def test_resources_are_set_up_once_for_all(bench: Bench) -> None:
    OPENED.clear()

    def mailing(context: Any, mail: Mail) -> SkipReason:
        return SkipReason(mail.address)

    answer = bench.ask(mailing, bench.fail(3), resources={"mail": Mail(address="a@b")})

    assert [each.skip_message for each in answer.parts] == ["a@b"] * 3
    assert OPENED == ["a@b"]


def test_async_functions_are_waited_for_one_after_the_other(bench: Bench) -> None:
    seen: list[str] = []

    async def waiting(context: Any) -> RunRequest:
        seen.append(context.dagster_run.run_id)
        return about(context)

    answer = bench.ask(waiting, bench.fail(3))

    assert seen == ["failed-1", "failed-2", "failed-3"]
    assert [len(each.run_requests) for each in answer.parts] == [1, 1, 1]
