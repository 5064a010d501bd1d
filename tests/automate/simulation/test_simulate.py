"""``simulate``: what would run between two instants."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from watchbell import (
    AssetKey,
    AutomationCondition,
    DagsterRunStatus,
    DailyPartitionsDefinition,
    Definitions,
    DynamicPartitionsDefinition,
    FreshnessPolicy,
    RunRequest,
    ScheduleDefinition,
    SensorResult,
    SimulatedEvent,
    Simulation,
    SkipReason,
    asset,
    asset_check,
    asset_sensor,
    build_schedule_from_partitioned_job,
    define_asset_job,
    job,
    op,
    run_failure_sensor,
    schedule,
    sensor,
    simulate,
)
from watchbell.ground.errors import DagsterInvalidInvocationError, ParameterCheckError
from watchbell.record.tick import TickStatus

BERLIN = "Europe/Berlin"


@op
def load() -> None: ...


@job
def etl() -> None:
    load()


@asset
def orders() -> None: ...


@asset(deps=[orders])
def report() -> None: ...


@asset_check(asset=orders)
def not_null() -> None: ...


orders_job = define_asset_job("orders_job", [orders])
both_job = define_asset_job("both_job", [orders, report])


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def asked_at(found: Simulation) -> list[str]:
    return [f"{each.asked_at:%m-%d %H:%M}" for each in found.runs]


def test_a_schedule_fires_as_often_as_its_cron_says_through_both_changes_of_the_clocks() -> None:
    nightly = ScheduleDefinition(job=etl, cron_schedule="30 2 * * *", execution_timezone=BERLIN)
    defs = Definitions(schedules=[nightly])

    spring = simulate(defs, "2026-03-28", "2026-03-31")
    autumn = simulate(defs, "2026-10-24", "2026-10-27")

    assert asked_at(spring) == ["03-28 01:30", "03-29 01:00", "03-30 00:30"]
    assert spring.ticks[1].marks == ("moved: 02:30 does not exist that day",)
    assert asked_at(autumn) == ["10-24 00:30", "10-25 01:30", "10-26 01:30"]
    assert autumn.ticks[1].marks == ("02:30 comes twice that day, this is the second",)
    assert str(autumn.ticks[1].at) == "2026-10-25 02:30:00+01:00"


def test_the_start_counts_and_the_end_does_not() -> None:
    hourly = ScheduleDefinition(job=etl, cron_schedule="0 * * * *")

    found = simulate(Definitions(schedules=[hourly]), "2026-03-01T00:00", "2026-03-01T02:00")

    assert asked_at(found) == ["03-01 00:00", "03-01 01:00"]


def test_a_function_is_called_with_the_simulated_time_and_its_reasons_are_told() -> None:
    @schedule(job=etl, cron_schedule="0 6 * * *", execution_timezone=BERLIN)
    def weekdays(context):
        moment = context.scheduled_execution_time
        return SkipReason("weekend") if moment.weekday() > 4 else RunRequest(tags={"day": f"{moment:%a %H:%M}"})

    found = simulate(Definitions(schedules=[weekdays]), "2026-03-06", "2026-03-10")

    assert [each.tags["day"] for each in found.runs] == ["Fri 06:00", "Mon 06:00"]
    assert [(str(each.at.date()), each.reason) for each in found.skips] == [
        ("2026-03-07", "weekend"),
        ("2026-03-08", "weekend"),
    ]


def test_what_user_code_raises_is_part_of_the_result() -> None:
    @schedule(job=etl, cron_schedule="0 6 * * *")
    def broken(context):
        raise ValueError("no such table")

    found = simulate(Definitions(schedules=[broken]), "2026-03-06", "2026-03-08")

    assert [each.status for each in found.errors] == [TickStatus.FAILURE] * 2
    assert "ValueError: no such table" in (found.errors[0].reason or "")
    assert not found.runs


def test_runs_wait_while_as_many_go_on_as_may() -> None:
    crowd = [ScheduleDefinition(f"s{number}", job=etl, cron_schedule="0 6 * * *") for number in range(3)]

    found = simulate(
        Definitions(schedules=crowd),
        "2026-03-01",
        "2026-03-02",
        durations={"etl": timedelta(minutes=20)},
        max_concurrent_runs=2,
    )

    assert [str(each.waited) for each in found.runs] == ["0:00:00", "0:00:00", "0:20:00"]
    assert [(f"{moment:%H:%M}", depth) for moment, depth in found.queue_depth] == [("06:00", 1), ("06:20", 0)]
    assert found.queue_depth_max == 1
    depths = [found.queue_depth_at(at(f"2026-03-01T{text}")) for text in ("05:00", "06:10", "07:00")]
    assert depths == [0, 1, 0]


def test_what_is_unfinished_at_the_end_says_so() -> None:
    daily = ScheduleDefinition(job=etl, cron_schedule="0 23 * * *")

    found = simulate(
        Definitions(schedules=[daily]), "2026-03-01", "2026-03-03", durations=48 * 3600, max_concurrent_runs=1
    )

    assert [each.status for each in found.runs] == [DagsterRunStatus.STARTED, DagsterRunStatus.QUEUED]
    assert [each.ended_at for each in found.runs] == [None, None]
    assert found.runs[1].begun_at is None


def test_overlap_is_minded() -> None:
    often = ScheduleDefinition(job=etl, cron_schedule="*/10 * * * *", overlap="skip")

    found = simulate(Definitions(schedules=[often]), "2026-03-01T00:00", "2026-03-01T01:00", durations=25 * 60)

    assert asked_at(found) == ["03-01 00:00", "03-01 00:30"]
    assert [each.reason for each in found.skips] == [
        "overlap='skip', and an earlier time is not over: 1 run is unfinished"
    ] * 4


def test_cancel_running_ends_the_run_before() -> None:
    often = ScheduleDefinition(job=etl, cron_schedule="*/30 * * * *", overlap="cancel_running")

    found = simulate(Definitions(schedules=[often]), "2026-03-01T00:00", "2026-03-01T01:00", durations=3600)

    assert [each.status for each in found.runs] == [DagsterRunStatus.CANCELED, DagsterRunStatus.STARTED]


def test_a_run_key_makes_one_run() -> None:
    @schedule(job=etl, cron_schedule="0 */6 * * *")
    def keyed(context):
        return RunRequest(run_key=f"{context.scheduled_execution_time:%Y-%m-%d}")

    found = simulate(Definitions(schedules=[keyed]), "2026-03-01", "2026-03-03")

    assert [each.run_key for each in found.runs] == ["2026-03-01", "2026-03-02"]
    assert found.skips[0].reason == "no new run: run key '2026-03-01' was used before"


def test_partitions_are_those_of_the_simulated_time() -> None:
    days = DailyPartitionsDefinition("2026-03-01")

    @asset(partitions_def=days)
    def daily() -> None: ...

    daily_job = define_asset_job("daily_job", [daily], partitions_def=days)
    defs = Definitions([daily], schedules=[build_schedule_from_partitioned_job(daily_job)])

    past = simulate(defs, "2026-03-10", "2026-03-12")
    future = simulate(defs, "2036-03-10", "2036-03-11")

    assert [each.partition for each in past.runs] == ["2026-03-09", "2026-03-10"]
    assert [each.partition for each in future.runs] == ["2036-03-09"]


@asset_sensor(asset_key=AssetKey("orders"), job=etl)
def on_orders(context, asset_event):
    return RunRequest(run_key=str(asset_event.storage_id), tags={"run": asset_event.run_id})


def test_sensors_of_assets_follow_what_runs_make_and_what_lands() -> None:
    defs = Definitions(
        [orders],
        schedules=[ScheduleDefinition(job=orders_job, cron_schedule="0 6 * * *")],
        sensors=[on_orders],
        jobs=[etl],
    )

    found = simulate(
        defs, "2026-03-01", "2026-03-02", events=[SimulatedEvent("2026-03-01T03:00", "orders")], durations=300
    )

    assert [(each.name, f"{each.asked_at:%H:%M}") for each in found.runs] == [
        ("on_orders", "03:00"),
        ("orders_job_schedule", "06:00"),
        ("on_orders", "06:05"),
    ]
    assert found.runs[2].tags["run"] == found.runs[1].run_id


def test_every_event_of_a_burst_is_told() -> None:
    @asset_sensor(asset_key=AssetKey("orders"), job=etl, every_event=True)
    def each_one(context, asset_event):
        return RunRequest()

    burst = [SimulatedEvent("2026-03-01T03:00", "orders") for _ in range(250)]

    found = simulate(Definitions([orders], sensors=[each_one], jobs=[etl]), "2026-03-01", "2026-03-02", events=burst)

    assert [each.run_count for each in found.ticks] == [100, 100, 50]


def test_sensors_that_look_outside_are_left_out_and_that_is_said() -> None:
    @sensor(job=etl)
    def files(context): ...

    @run_failure_sensor
    def alarm(context): ...

    @sensor(job=etl, tags={"watchbell/simulate": "true"}, minimum_interval_seconds=3600)
    def tidy(context):
        context.update_cursor(str(int(context.cursor or 0) + 1))
        return RunRequest(run_key=context.cursor) if int(context.cursor) % 6 == 0 else None

    found = simulate(Definitions(sensors=[files, alarm, tidy], jobs=[etl]), "2026-03-01", "2026-03-02")

    assert [(each.name, each.reason.partition(";")[0]) for each in found.left_out] == [
        ("files", "its function looks at what is outside, as it is now"),
        ("alarm", "its function may send messages"),
    ]
    assert [each.run_key for each in found.runs] == ["6", "12", "18", "24"]


def test_a_run_status_sensor_that_is_asked_for_is_called_for_simulated_failures() -> None:
    told = []

    @run_failure_sensor(name="alarm")
    def alarm(context):
        told.append((context.dagster_run.job_name, context.dagster_run.run_id))

    hourly = ScheduleDefinition(job=etl, cron_schedule="0 */8 * * *")
    defs = Definitions(schedules=[hourly], sensors=[alarm], jobs=[etl])

    found = simulate(defs, "2026-03-01", "2026-03-02", sensors=["alarm"], failures=["etl@2026-03-01T08:00"])

    assert [each.status.value for each in found.runs] == ["SUCCESS", "FAILURE", "SUCCESS"]
    assert told == [("etl", found.runs[1].run_id)]


def test_an_asset_that_fails_takes_along_what_is_made_from_it_in_its_run() -> None:
    defs = Definitions(
        [orders, report],
        schedules=[ScheduleDefinition(job=both_job, cron_schedule="0 6 * * *")],
        sensors=[on_orders],
        jobs=[etl],
    )

    lost = simulate(defs, "2026-03-01", "2026-03-02", failures=["orders"])
    kept = simulate(defs, "2026-03-01", "2026-03-02", failures=["report"])

    assert [(each.job_name, each.status.value) for each in lost.runs] == [("both_job", "FAILURE")]
    assert [(each.job_name, each.status.value) for each in kept.runs] == [("both_job", "FAILURE"), ("etl", "SUCCESS")]


def test_user_code_sees_the_simulated_past_in_its_instance() -> None:
    seen = []

    @schedule(job=orders_job, cron_schedule="0 6 * * *")
    def looks(context):
        newest = context.instance.get_latest_materialization_event(AssetKey("orders"))
        seen.append(
            (
                None if newest is None else datetime.fromtimestamp(newest.timestamp, UTC),
                context.instance.get_runs_count(),
                context.instance.clock.now(),
            )
        )
        return RunRequest()

    simulate(Definitions([orders], schedules=[looks]), "2026-03-01", "2026-03-03", durations=3600)

    assert seen == [
        (None, 0, at("2026-03-01T06:00")),
        (at("2026-03-01T07:00"), 1, at("2026-03-02T06:00")),
    ]


def test_dynamic_partitions_that_a_sensor_adds_or_that_appear_can_be_asked_for() -> None:
    customers = DynamicPartitionsDefinition(name="customers")

    @asset(partitions_def=customers)
    def per_customer() -> None: ...

    customer_job = define_asset_job("customer_job", [per_customer], partitions_def=customers)

    @asset_sensor(asset_key=AssetKey("orders"), job=customer_job)
    def arrivals(context, asset_event):
        known = context.instance.get_dynamic_partitions("customers")
        new = customers.build_add_request(["beta"])
        return SensorResult(
            [RunRequest(partition_key=key) for key in [*known, "beta"]], dynamic_partitions_requests=[new]
        )

    defs = Definitions([orders, per_customer], jobs=[customer_job], sensors=[arrivals])

    found = simulate(
        defs,
        "2026-03-01",
        "2026-03-02",
        events=[
            SimulatedEvent("2026-03-01T01:00", None, "acme", "partition_added", name="customers"),
            SimulatedEvent("2026-03-01T02:00", "orders"),
        ],
    )

    assert [each.partition for each in found.runs] == ["acme", "beta"]


def test_only_what_is_named_takes_part() -> None:
    two = [ScheduleDefinition(name, job=etl, cron_schedule="0 6 * * *") for name in ("one", "two")]

    found = simulate(Definitions(schedules=two), "2026-03-01", "2026-03-02", only=["two"])

    assert [each.name for each in found.counts()] == ["two"]


def test_jitter_moves_ticks_and_not_their_times() -> None:
    shaky = ScheduleDefinition(job=etl, cron_schedule="0 6 * * *", jitter=3600)

    found = simulate(Definitions(schedules=[shaky]), "2026-03-01T06:00", "2026-03-03T06:00")

    delays = {each.asked_at - each.scheduled_at for each in found.runs if each.scheduled_at is not None}
    assert len(delays) == 1
    assert timedelta(0) < delays.pop() < timedelta(hours=1)
    assert [str(each.at) for each in found.ticks] == ["2026-03-01 06:00:00+00:00", "2026-03-02 06:00:00+00:00"]


def test_the_same_simulation_twice_is_the_same() -> None:
    defs = Definitions(
        [orders, report],
        schedules=[ScheduleDefinition(job=both_job, cron_schedule="*/20 * * * *")],
        sensors=[on_orders],
        jobs=[etl],
        asset_checks=[not_null],
    )

    one, two = (
        simulate(defs, "2026-03-01", "2026-03-02", durations={"orders": 700}, max_concurrent_runs=1) for _ in range(2)
    )

    assert one.runs == two.runs
    assert one.to_table() == two.to_table()


def test_the_table_has_a_line_for_each_run_and_each_tick_without_one() -> None:
    @schedule(job=etl, cron_schedule="0 6,18 * * *", execution_timezone=BERLIN)
    def mornings(context):
        return RunRequest() if context.scheduled_execution_time.hour == 6 else SkipReason("evening")

    found = simulate(Definitions(schedules=[mornings]), "2026-10-24T12:00", "2026-10-25T12:00")

    header, *lines = [" ".join(line.split()) for line in found.to_table().splitlines()]
    assert header == "at by what begins ends status"
    assert lines == [
        "2026-10-24 18:00:00+02:00 schedule mornings skipped: evening SKIPPED",
        "2026-10-25 06:00:00+01:00 schedule mornings etl 2026-10-25 05:00:00+00:00 2026-10-25 05:01:00+00:00 SUCCESS",
    ]
    assert found.to_table(limit=1).splitlines()[-1] == "… 1 more"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"durations": {"order": 5}}, "durations: there is no job or asset 'order'; did you mean 'orders'?"),
        ({"failures": ["etll"]}, "failures: there is no job, asset or check 'etll'; did you mean 'etl'?"),
        ({"sensors": ["on_order"]}, "sensors: there is no sensor 'on_order'; did you mean 'on_orders'?"),
        ({"only": ["nothing"]}, "only: there is no schedule, sensor or asset with a condition 'nothing'"),
        ({"end": "2026-02-01"}, "a simulation ends after it starts"),
    ],
)
def test_names_that_are_not_there_are_refused(arguments: dict, message: str) -> None:
    defs = Definitions([orders], jobs=[etl], sensors=[on_orders])

    with pytest.raises(DagsterInvalidInvocationError) as caught:
        simulate(defs, "2026-03-01", **{"end": "2026-03-02", **arguments})

    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"defs": etl}, "defs is a Definitions"),
        ({"start": "soon"}, "'soon' is no time"),
        ({"durations": -1}, "durations is a timedelta or a number of seconds, not negative"),
        ({"failures": "etl"}, "failures is a list of names; write ['etl']"),
        ({"failures": [7]}, "failures holds names of jobs, assets or checks"),
        ({"only": "etl"}, "only is a list of names"),
        ({"max_concurrent_runs": 0}, "max_concurrent_runs is 1 or more, not 0"),
    ],
)
def test_arguments_of_the_wrong_kind_are_refused(arguments: dict, message: str) -> None:
    given = {"defs": Definitions(jobs=[etl]), "start": "2026-03-01", "end": "2026-03-02", **arguments}

    with pytest.raises(ParameterCheckError) as caught:
        simulate(**given)

    assert message in str(caught.value)


def eager(name: str, *deps: str, **facts: Any) -> Any:
    @asset(name=name, deps=[AssetKey(dep) for dep in deps], automation_condition=AutomationCondition.eager(), **facts)
    def made() -> None: ...

    return made


@asset(automation_condition=AutomationCondition.on_cron("0 6 * * *", BERLIN))
def source() -> None: ...


def test_conditions_ask_when_their_time_comes_and_what_depends_joins_the_run() -> None:
    defs = Definitions([source, eager("middle", "source"), eager("last", "middle")])

    found = simulate(defs, "2026-10-24", "2026-10-26", durations=300)

    made = [(f"{each.asked_at:%d. %H:%M}", [key.to_user_string() for key in each.asset_keys]) for each in found.runs]
    assert made == [("24. 04:00", ["source", "middle", "last"]), ("25. 05:00", ["source", "middle", "last"])]
    assert {(each.kind, each.name, each.why) for each in found.runs} == {
        ("condition", "source", "conditions of source, middle, last")
    }


def test_what_failed_together_with_its_parent_is_not_asked_for_because_of_it() -> None:
    defs = Definitions([source, eager("middle", "source")])

    found = simulate(defs, "2026-10-24", "2026-10-26", failures=["middle@2026-10-24"])

    assert [(f"{each.asked_at:%d. %H:%M}", each.status.value) for each in found.runs] == [
        ("24. 04:00", "FAILURE"),
        ("25. 05:00", "SUCCESS"),
    ]


def test_a_partition_is_asked_for_when_its_window_is_over_and_what_depends_with_it() -> None:
    days = DailyPartitionsDefinition("2026-10-20", timezone=BERLIN)
    defs = Definitions([eager("daily", partitions_def=days), eager("after", "daily", partitions_def=days)])

    found = simulate(defs, "2026-10-24", "2026-10-26T23:30")

    assert [(f"{each.asked_at:%d. %H:%M}", each.partition) for each in found.runs] == [
        ("24. 22:00", "2026-10-24"),
        ("25. 23:00", "2026-10-25"),
        ("26. 23:00", "2026-10-26"),
    ]


def test_a_check_that_fails_blocks_what_waits_for_it() -> None:
    @asset_check(asset="source", blocking=True)
    def whole() -> None: ...

    condition = AutomationCondition.eager() & AutomationCondition.all_deps_blocking_checks_passed()

    @asset(deps=[source], automation_condition=condition)
    def guarded() -> None: ...

    @asset
    def nothing() -> None: ...

    source_job = define_asset_job("source_job", [source])
    hourly = ScheduleDefinition(job=source_job, cron_schedule="0 * * * *")
    defs = Definitions([source, guarded, nothing], asset_checks=[whole], schedules=[hourly])

    found = simulate(
        defs,
        "2026-10-24T10:00",
        "2026-10-24T13:00",
        failures=["source:whole@2026-10-24T11:00"],
        only=["source_job_schedule", "guarded"],
    )

    assert [(each.name, f"{each.asked_at:%H:%M}") for each in found.runs] == [
        ("source_job_schedule", "10:00"),
        ("guarded", "10:01"),
        ("source_job_schedule", "11:00"),
        ("source_job_schedule", "12:00"),
        ("guarded", "12:01"),
    ]


def test_a_condition_of_ones_own_that_raises_is_told_and_holds_up_no_other() -> None:
    class Broken(AutomationCondition):
        def evaluate(self, context):
            raise ValueError("no such thing")

    @asset(automation_condition=Broken())
    def unlucky() -> None: ...

    found = simulate(Definitions([unlucky, source]), "2026-10-24T03:59", "2026-10-24T04:01")

    assert [each.name for each in found.runs] == ["source"]
    assert {each.name for each in found.errors} == {"unlucky"}
    assert "no such thing" in (found.errors[0].reason or "")


def test_assets_grow_stale_as_virtual_time_goes_by() -> None:
    policy = FreshnessPolicy.time_window(timedelta(hours=6))
    is_due = AutomationCondition.missing() | AutomationCondition.freshness_failed()

    @asset(freshness_policy=policy, automation_condition=is_due)
    def stale() -> None: ...

    found = simulate(Definitions([stale]), "2026-10-24T00:00", "2026-10-24T20:00")

    assert found.left_out == ()
    assert [(each.asked_at.hour, each.asked_at.minute) for each in found.runs] == [(0, 0), (6, 1), (12, 2), (18, 3)]
