"""Assets and jobs with partitions: their config, their schedules, and requests for one of them."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg
from tests.parity.scenario import Say, scenario

BERLIN = "Europe/Berlin"
NOW = datetime(2024, 3, 10, 4, 30, tzinfo=UTC)
LETTERS = dg.StaticPartitionsDefinition(["a", "b", "c"])
DAYS = dg.DailyPartitionsDefinition("2024-01-01")
GRID = dg.MultiPartitionsDefinition({"day": DAYS, "letter": LETTERS})
BY_LETTER = {"ops": {"load": {"config": {"letter": "a"}}}}


@dg.op(config_schema=dg.Permissive())
def load(context: dg.OpExecutionContext) -> None:
    context.log.info("loaded")


@dg.graph
def loading() -> None:
    load()


def job_of(partitions: Any = None, name: str = "loading", **more: Any) -> Any:
    return loading.to_job(name=name, partitions_def=partitions, **more)


def asset_of(name: str, partitions: Any = None, deps: Any = (), **more: Any) -> Any:
    @dg.asset(name=name, partitions_def=partitions, deps=list(deps), **more)
    def made() -> int:
        return 1

    return made


@dg.static_partitioned_config(["a", "b"], tags_for_partition_key_fn=lambda key: {"letter": key})
def by_letter(key: str) -> dict[str, Any]:
    return {"ops": {"load": {"config": {"letter": key}}}}


def asked(request: Any) -> list[Any]:
    return [request.partition_key, dict(request.tags), request.run_config]


def ticked(schedule: Any, at: datetime, jobs: Any = None, assets: Any = (), instance: Any = None) -> list[Any]:
    """What a schedule asks for at a time, together with all definitions."""
    defs = dg.Definitions(assets=list(assets), jobs=jobs or [schedule.job], schedules=[schedule])
    repository = defs.get_repository_def()
    context = dg.build_schedule_context(scheduled_execution_time=at, repository_def=repository, instance=instance)
    data = repository.get_schedule_def(schedule.name).evaluate_tick(context)
    return [data.skip_message, *(asked(each) for each in data.run_requests)]


@scenario()
def config_of_keys(say: Say) -> None:
    say("called", by_letter("a"), by_letter("elsewhere"))
    say("keys", by_letter.get_partition_keys())
    say("config", by_letter.get_run_config_for_partition_key("b"))
    say("tags", by_letter.get_tags_for_partition_key("b"))
    listed = dg.dynamic_partitioned_config(lambda at=None: ["x", "y"])(lambda key: {"key": key})
    say("of a function", listed.get_partition_keys(), listed.get_run_config_for_partition_key("y"))
    plain = dg.partitioned_config(LETTERS)(lambda key: dg.RunConfig(ops={"load": {"config": {"letter": key}}}))
    say("of a RunConfig", plain.get_run_config_for_partition_key("c"))


@scenario()
def config_of_windows(say: Say) -> None:
    def told(start: datetime, end: datetime) -> dict[str, str]:
        return {"start": str(start), "end": str(end)}

    daily = dg.daily_partitioned_config("2024-01-01", tags_for_partition_fn=lambda start, _: {"day": f"{start:%d}"})(
        told
    )
    hourly = dg.hourly_partitioned_config("2024-01-01-00:00", minute_offset=15, timezone=BERLIN)(told)
    weekly = dg.weekly_partitioned_config("2024-01-01", day_offset=2, hour_offset=3)(told)
    monthly = dg.monthly_partitioned_config("2024-01-01", day_offset=5, end_offset=1)(told)
    say("day", daily.get_run_config_for_partition_key("2024-01-05"), daily.get_tags_for_partition_key("2024-01-05"))
    for name, config in (("hours", hourly), ("weeks", weekly), ("months", monthly)):
        keys = config.get_partition_keys(datetime(2024, 1, 20, tzinfo=UTC))
        say(name, keys[:3], config.get_run_config_for_partition_key(keys[0]))
    say("called", daily(datetime(2024, 1, 2), datetime(2024, 1, 3)))


@scenario()
def config_written_without_a_decorator(say: Say) -> None:
    by_partition = dg.PartitionedConfig(
        LETTERS,
        run_config_for_partition_fn=lambda each: {"value": each.value, "name": each.name},
        tags_for_partition_fn=lambda each: {"value": each.value},
    )
    by_key = dg.PartitionedConfig(GRID, run_config_for_partition_key_fn=lambda key: {"key": str(key)})
    say("partition", by_partition.get_run_config_for_partition_key("a"), by_partition.get_tags_for_partition_key("a"))
    say("two dimensions", by_key.get_run_config_for_partition_key("2024-01-02|a"))
    say("two dimensions, tags", by_key.get_tags_for_partition_key("2024-01-02|a"))
    say.refusal("no function", lambda: dg.PartitionedConfig(LETTERS))
    two = {"run_config_for_partition_fn": dict, "run_config_for_partition_key_fn": dict}
    say.refusal("two functions", lambda: dg.PartitionedConfig(LETTERS, **two))  # type: ignore[arg-type]
    say.refusal("called", lambda: by_key("a"))
    reserved = dg.PartitionedConfig(
        LETTERS, run_config_for_partition_key_fn=lambda _: {}, tags_for_partition_key_fn=lambda _: {"dagster/x": "y"}
    )
    say.refusal("a reserved tag", lambda: reserved.get_tags_for_partition_key("a"), "dagster/x")


@scenario()
def jobs_with_partitions(say: Say) -> None:
    told = job_of(LETTERS)
    configured = job_of(config=by_letter)
    fixed = job_of(LETTERS, config=BY_LETTER)
    say("partitions", told.partitions_def.get_partition_keys(), configured.partitions_def.get_partition_keys())
    say("config", told.partitioned_config.get_run_config_for_partition_key("a"))
    say("its own config", configured.partitioned_config is by_letter)
    say("fixed config", fixed.partitioned_config.get_run_config_for_partition_key("c"))
    say("none", job_of().partitions_def, job_of().partitioned_config)
    say.refusal("no partitions", lambda: job_of(3))


@scenario()
def runs_for_a_partition(say: Say) -> None:
    for name, job in (("told", job_of(LETTERS)), ("configured", job_of(config=by_letter))):
        run = job.execute_in_process(partition_key="a").dagster_run
        say(name, run.tags, run.run_config)
        own = {"ops": {"load": {"config": {"letter": "own"}}}}
        run = job.execute_in_process(partition_key="a", run_config=own, tags={"letter": "own", "more": "1"}).dagster_run
        say(f"{name}, own config", run.tags, run.run_config)
        say.refusal(f"{name}, unknown", lambda job=job: job.execute_in_process(partition_key="q"), "q")
    say.refusal("without partitions", lambda: job_of().execute_in_process(partition_key="a"))
    grid = job_of(GRID).execute_in_process(partition_key=dg.MultiPartitionKey({"day": "2024-01-02", "letter": "a"}))
    say("two dimensions", grid.dagster_run.tags)


@scenario()
def requests_made_by_jobs(say: Say) -> None:
    job = job_of(config=by_letter)
    say("job", asked(job.run_request_for_partition("a")))
    more = job.run_request_for_partition("a", run_key="k", tags={"more": "1"}, run_config={"ops": {}})
    say("with more", more.run_key, more.job_name, asked(more))
    say.refusal("unknown", lambda: job.run_request_for_partition("q"), "q")
    assets = dg.define_asset_job("nightly", "*", partitions_def=LETTERS)
    say("asset job", assets.run_request_for_partition("a", tags={"more": "1"}).job_name)
    say("asset job", asked(assets.run_request_for_partition("a", tags={"more": "1"})))
    say.refusal("asset job, unknown", lambda: assets.run_request_for_partition("q"), "q")
    say.refusal("not known yet", lambda: dg.define_asset_job("nightly", "*").run_request_for_partition("a"))


@scenario()
def asset_jobs_and_their_partitions(say: Say) -> None:
    letters, days, plain = asset_of("letters", LETTERS), asset_of("days", DAYS), asset_of("plain")

    def found(*assets: Any, **more: Any) -> Any:
        defs = dg.Definitions(assets=list(assets), jobs=[dg.define_asset_job("nightly", "*", **more)])
        return defs.get_job_def("nightly").partitions_def

    say("inferred", found(letters, plain) == LETTERS)
    say("given", found(letters, plain, partitions_def=LETTERS) == LETTERS)
    say("none", found(plain))
    say("given for none", found(plain, partitions_def=LETTERS))
    say.refusal("different ones", lambda: found(letters, days))
    say.refusal("others than given", lambda: found(letters, partitions_def=DAYS))
    everything = dg.Definitions(assets=[letters, days, plain]).get_repository_def().get_implicit_global_asset_job_def()
    say("of all", everything.partitions_def)
    part = everything.get_subset(asset_selection={dg.AssetKey("letters"), dg.AssetKey("plain")})
    say("of some", part.partitions_def == LETTERS)


@scenario()
def what_assets_say_of_partitions(say: Say) -> None:
    everything = dg.AllPartitionMapping()

    @dg.asset(partitions_def=DAYS, ins={"letters": dg.AssetIn(partition_mapping=everything)})
    def days(letters: int) -> int:
        return letters

    spec = next(iter(days.specs))
    say("mapping", days.get_partition_mapping(dg.AssetKey("letters")) == everything)
    say("of its spec", [dep.partition_mapping == everything for dep in spec.deps], spec.partitions_def == DAYS)
    say("of nothing", days.get_partition_mapping(dg.AssetKey("other")))
    moved = days.with_attributes(asset_key_replacements={dg.AssetKey("letters"): dg.AssetKey("signs")})
    say("moved", moved.get_partition_mapping(dg.AssetKey("signs")) == everything)
    changed = days.map_asset_specs(lambda each: each.replace_attributes(partitions_def=LETTERS))
    say("changed", changed.partitions_def == LETTERS)
    say("elsewhere", dg.SourceAsset("raw", partitions_def=LETTERS).partitions_def == LETTERS)
    say("as elsewhere", days.to_source_asset().partitions_def == DAYS)
    say.refusal("no definition", lambda: dg.AssetSpec("a", partitions_def=3))  # type: ignore[arg-type]
    say.refusal("no mapping", lambda: dg.AssetDep("a", partition_mapping=3))  # type: ignore[arg-type]
    say.refusal("said twice", lambda: asset_said_twice(everything), "letters")


def asset_said_twice(mapping: Any) -> Any:
    @dg.asset(
        partitions_def=DAYS,
        ins={"letters": dg.AssetIn(partition_mapping=mapping)},
        deps=[dg.AssetDep("letters", partition_mapping=mapping)],
    )
    def days(letters: int) -> int:
        return letters

    return days


@scenario()
def several_assets_of_one_function(say: Say) -> None:
    def made(specs: Any, **more: Any) -> Any:
        @dg.multi_asset(specs=specs, **more)
        def several():  # type: ignore[no-untyped-def]
            pass

        return several

    spec = dg.AssetSpec
    say(
        "of the whole",
        [each.partitions_def == DAYS for each in made([spec("a"), spec("b")], partitions_def=DAYS).specs],
    )
    say("of each", made([spec("a", partitions_def=DAYS), spec("b", partitions_def=DAYS)]).partitions_def == DAYS)
    say("of one", made([spec("a", partitions_def=DAYS), spec("b")]).partitions_def == DAYS)
    different = [spec("a", partitions_def=DAYS), spec("b", partitions_def=LETTERS)]
    say.refusal("different ones", lambda: made(different))
    say("different ones, apart", len(list(made(different, can_subset=True).specs)))
    say.refusal("asked for one", lambda: made(different, can_subset=True).partitions_def)
    say.refusal("whole and part", lambda: made(different, can_subset=True, partitions_def=DAYS))


@scenario()
def assets_made_from_themselves(say: Say) -> None:
    def made(partitions: Any, mapping: Any) -> Any:
        @dg.asset(partitions_def=partitions, ins={"own": dg.AssetIn(partition_mapping=mapping)})
        def own(own: int) -> int:
            return own

        return dg.Definitions(assets=[own]).get_repository_def().name

    windows = dg.TimeWindowPartitionMapping
    say("of the day before", made(DAYS, windows(start_offset=-1, end_offset=-1)))
    dimension = dg.DimensionPartitionMapping
    grid = dg.MultiPartitionMapping(
        {
            "day": dimension("day", windows(start_offset=-1, end_offset=-1)),
            "letter": dimension("letter", dg.IdentityPartitionMapping()),
        }
    )
    say("of the day before, by letter", made(GRID, grid))
    say.refusal("of the same day", lambda: made(DAYS, windows()), "own")
    say.refusal("up to the same day", lambda: made(DAYS, windows(start_offset=-1)), "own")
    say.refusal("of all letters", lambda: made(LETTERS, dg.AllPartitionMapping()), "own")
    say.refusal("without partitions", lambda: made(None, None), "own")


@scenario()
def policies_of_backfills(say: Say) -> None:
    policy = dg.BackfillPolicy
    for name, each in (
        ("one run", policy.single_run()),
        ("several", policy.multi_run()),
        ("ten", policy.multi_run(10)),
    ):
        say(name, each.max_partitions_per_run, each.policy_type.name)
    say("equal", policy.multi_run(3) == policy.multi_run(3), policy.multi_run(3) == policy.multi_run(4))
    say(
        "of an asset",
        asset_of("days", DAYS, backfill_policy=policy.single_run()).backfill_policy == policy.single_run(),
    )
    say("of none", asset_of("days", DAYS).backfill_policy)
    changed = asset_of("days", DAYS).with_attributes(backfill_policy=policy.multi_run(2))
    say("changed", changed.backfill_policy == policy.multi_run(2))
    say.refusal("without partitions", lambda: asset_of("plain", backfill_policy=policy.multi_run(2)))


@scenario()
def schedules_of_windows(say: Say) -> None:
    build = dg.build_schedule_from_partitioned_job
    kinds = {
        "days": DAYS,
        "days in Berlin": dg.DailyPartitionsDefinition("2024-01-01", timezone=BERLIN),
        "late days": dg.DailyPartitionsDefinition("2024-01-01", hour_offset=3, minute_offset=15),
        "coming days": dg.DailyPartitionsDefinition("2024-01-01", end_offset=1),
        "hours": dg.HourlyPartitionsDefinition("2024-01-01-00:00"),
        "weeks": dg.WeeklyPartitionsDefinition("2024-01-01"),
        "months": dg.MonthlyPartitionsDefinition("2024-01-01"),
        "quarters": dg.TimeWindowPartitionsDefinition("2024-01-01-00", "%Y-%m-%d-%H", cron_schedule="0 */6 * * *"),
        "workdays": dg.TimeWindowPartitionsDefinition("2024-01-01", "%Y-%m-%d", cron_schedule="0 0 * * 1-5"),
        "over": dg.DailyPartitionsDefinition("2024-01-01", end_date="2024-02-01"),
    }
    for name, partitions in kinds.items():
        schedule = build(job_of(partitions))
        say(f"{name}, rule", schedule.name, schedule.cron_schedule, schedule.execution_timezone)
        say(f"{name}, tick", ticked(schedule, NOW))
    say("before the first", ticked(build(job_of(DAYS)), datetime(2023, 12, 1, tzinfo=UTC)))
    berlin = build(job_of(kinds["days in Berlin"]), hour_of_day=2)
    say("in its zone", ticked(berlin, datetime(2024, 3, 31, 3, tzinfo=ZoneInfo(BERLIN))))


@scenario()
def schedules_moved_to_later(say: Say) -> None:
    build = dg.build_schedule_from_partitioned_job
    weeks, months = dg.WeeklyPartitionsDefinition("2024-01-01"), dg.MonthlyPartitionsDefinition("2024-01-01")
    hours = dg.HourlyPartitionsDefinition("2024-01-01-00:00", minute_offset=15)
    say("days", build(job_of(DAYS), hour_of_day=9, minute_of_hour=20).cron_schedule)
    say("days, minute", build(job_of(DAYS), minute_of_hour=20).cron_schedule)
    say("hours", build(job_of(hours), minute_of_hour=5).cron_schedule)
    say("weeks", build(job_of(weeks), day_of_week=3, hour_of_day=5).cron_schedule)
    say("months", build(job_of(months), day_of_month=3, hour_of_day=5).cron_schedule)
    say("tick of days", ticked(build(job_of(DAYS), hour_of_day=9), datetime(2024, 3, 10, 9, tzinfo=UTC)))
    say("tick of weeks", ticked(build(job_of(weeks), day_of_week=3), datetime(2024, 3, 13, tzinfo=UTC)))
    say("tick of months", ticked(build(job_of(months), day_of_month=3), datetime(2024, 3, 3, tzinfo=UTC)))
    say.refusal("an hour for hours", lambda: build(job_of(hours), hour_of_day=2))
    say.refusal("a weekday for days", lambda: build(job_of(DAYS), day_of_week=2))
    say.refusal("a cron string", lambda: build(job_of(DAYS), cron_schedule="0 5 * * *"))
    say.refused("an hour that is none", lambda: build(job_of(DAYS), hour_of_day=24))
    say.refusal("text", lambda: build(job_of(DAYS), hour_of_day="2"))  # type: ignore[arg-type]


@scenario()
def schedules_of_other_partitions(say: Say) -> None:
    build = dg.build_schedule_from_partitioned_job
    say("two dimensions, rule", build(job_of(GRID), hour_of_day=4).cron_schedule)
    say("two dimensions, tick", ticked(build(job_of(GRID)), NOW))
    static = build(job_of(config=by_letter), cron_schedule="0 5 * * *", execution_timezone=BERLIN)
    say("static, rule", static.cron_schedule, static.execution_timezone)
    say("static, tick", ticked(static, NOW))
    say.refusal("static without a rule", lambda: build(job_of(LETTERS)))
    say.refusal("static with an hour", lambda: build(job_of(LETTERS), cron_schedule="0 5 * * *", hour_of_day=2))
    say.refusal(
        "dynamic", lambda: build(job_of(dg.DynamicPartitionsDefinition(name="files")), cron_schedule="0 5 * * *")
    )
    still = dg.MultiPartitionsDefinition({"letter": LETTERS, "digit": dg.StaticPartitionsDefinition(["1", "2"])})
    say.refusal("two dimensions without time", lambda: build(job_of(still), cron_schedule="0 5 * * *"))
    say.refusal("none", lambda: build(job_of()))


@scenario()
def schedules_of_asset_jobs(say: Say) -> None:
    build = dg.build_schedule_from_partitioned_job
    days, plain = asset_of("days", DAYS), asset_of("plain")
    late = dg.define_asset_job("late", ["days"])
    given = dg.define_asset_job("given", ["days"], partitions_def=DAYS)
    say("late", build(late, hour_of_day=3).name, ticked(build(late, hour_of_day=3), NOW, [late], [days]))
    say("given, rule", build(given).cron_schedule)
    say("given, keys", [each[0] for each in ticked(build(given), NOW, [given], [days])[1:]])
    nothing = dg.define_asset_job("nothing", ["plain"])
    say.refusal("without partitions", lambda: ticked(build(nothing), NOW, [nothing], [plain]))


@scenario()
def requests_for_partitions(say: Say) -> None:
    letters, days, plain = job_of(config=by_letter, name="letters"), job_of(DAYS, name="days"), job_of(name="plain")

    def answered(job: Any, request: Any) -> Any:
        @dg.schedule(cron_schedule="0 0 * * *", job=job)
        def asking(context: dg.ScheduleEvaluationContext) -> Any:
            return request

        return ticked(asking, NOW, [letters, days, plain])

    def sensed(job: Any, request: Any) -> Any:
        @dg.sensor(job=job)
        def asking(context: dg.SensorEvaluationContext) -> Any:
            return request

        repository = dg.Definitions(jobs=[letters, days, plain], sensors=[asking]).get_repository_def()
        data = asking.evaluate_tick(dg.build_sensor_context(repository_def=repository))
        return [asked(each) for each in data.run_requests]

    ask = dg.RunRequest
    for name, evaluated in (("schedule", answered), ("sensor", sensed)):
        say(f"{name}, known", evaluated(letters, ask(partition_key="a")))
        own = ask(partition_key="a", run_config={"ops": {}}, tags={"letter": "own", "more": "1"})
        say(f"{name}, own config", evaluated(letters, own))
        say(f"{name}, a day", evaluated(days, ask(partition_key="2024-03-09")))
        say(f"{name}, none", evaluated(letters, ask()))
        say(f"{name}, tagged by hand", evaluated(letters, ask(partition_key="a", tags={"dagster/partition": "b"})))
        say.refusal(f"{name}, unknown", lambda evaluated=evaluated: evaluated(letters, ask(partition_key="q")), "q")
        say.refusal(f"{name}, no partitions", lambda evaluated=evaluated: evaluated(plain, ask(partition_key="a")))
    resolved = ask(partition_key="a").with_resolved_tags_and_config(letters, [], None)
    say("by hand", asked(resolved), resolved.has_resolved_partition(), ask(partition_key="a").has_resolved_partition())


@scenario()
def requests_for_partitions_of_assets(say: Say) -> None:
    letters, days, plain = asset_of("letters", LETTERS), asset_of("days", DAYS), asset_of("plain")

    def sensed(request: Any, **target: Any) -> Any:
        @dg.sensor(**target)
        def asking(context: dg.SensorEvaluationContext) -> Any:
            return request

        repository = dg.Definitions(assets=[letters, days, plain], sensors=[asking]).get_repository_def()
        data = asking.evaluate_tick(dg.build_sensor_context(repository_def=repository))
        return [each.partition_key for each in data.run_requests], [
            each.tags["dagster/partition"] for each in data.run_requests
        ]

    a = dg.RunRequest(partition_key="a")
    say("one asset", sensed(a, target=[letters]))
    say("beside one without", sensed(a, target=[letters, plain]))
    some = dg.RunRequest(partition_key="a", asset_selection=[dg.AssetKey("letters")])
    both = dg.AssetSelection.assets("letters", "days")
    say("selected", sensed(some, asset_selection=both))
    say.refusal("unknown", lambda: sensed(dg.RunRequest(partition_key="q"), target=[letters]), "q")
    say.refusal("without partitions", lambda: sensed(a, target=[plain]))
    say.refusal("different ones", lambda: sensed(a, asset_selection=both))
    say.refusal("a target of different ones", lambda: sensed(a, target=[letters, days]))


@scenario()
def checks_with_partitions(say: Say) -> None:
    @dg.asset_check(asset="letters", partitions_def=LETTERS)
    def looked() -> dg.AssetCheckResult:
        return dg.AssetCheckResult(passed=True)

    say("of a check", next(iter(looked.check_specs)).partitions_def == LETTERS, looked.partitions_def == LETTERS)
    say("of a spec", dg.AssetCheckSpec("looked", asset="letters", partitions_def=LETTERS).partitions_def == LETTERS)
    say("of none", dg.AssetCheckSpec("looked", asset="letters").partitions_def)
    say.refusal("no definition", lambda: dg.AssetCheckSpec("looked", asset="a", partitions_def=3))  # type: ignore[arg-type]


@scenario()
def mappings_that_do_not_fit(say: Say) -> None:
    def validated(mapping: Any, above: Any, below: Any) -> Any:
        dep = dg.AssetDep("above", partition_mapping=mapping)
        defs = dg.Definitions(assets=[asset_of("above", above), asset_of("below", below, [dep])])
        return dg.Definitions.validate_loadable(defs)  # type: ignore[func-returns-value]

    digits = dg.StaticPartitionsDefinition(["1", "2"])
    windows, static = dg.TimeWindowPartitionMapping(), dg.StaticPartitionMapping({"q": "1"})
    say.refusal("windows of letters", lambda: validated(windows, LETTERS, digits), "above", "below")
    say.refusal("windows of nothing", lambda: validated(windows, DAYS, None), "above", "below")
    say.refusal("letters that are not there", lambda: validated(static, LETTERS, digits), "above", "below")
    single = dg.MultiToSingleDimensionPartitionMapping()
    say.refusal("one dimension of none", lambda: validated(single, LETTERS, digits), "above", "below")
    say("windows above nothing", validated(windows, None, DAYS))
    say("all", validated(dg.AllPartitionMapping(), LETTERS, digits))
    say("the last", validated(dg.LastPartitionMapping(), LETTERS, None))
