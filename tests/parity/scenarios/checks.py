"""Asset checks in every form: what they are, what they answer, what they hold back."""

import dagster as dg
from tests.parity.facts import kinds, plain, stream
from tests.parity.scenario import Say, scenario


@dg.asset
def orders() -> int:
    return 3


@dg.asset
def report(orders) -> int:
    return orders * 2


def told(result) -> list:
    """What the checks of a run said."""
    return [
        (str(each.check_name), each.asset_key, each.passed, each.severity, each.description, plain(each.metadata))
        for each in result.get_asset_check_evaluations()
    ]


@scenario()
def a_check_that_passes(say: Say) -> None:
    @dg.asset_check(asset=orders)
    def enough():
        return dg.AssetCheckResult(passed=True, metadata={"rows": 3})

    result = dg.materialize([orders, enough])
    say("told", told(result))
    say("events", stream(result.all_events))


@scenario()
def a_check_that_fails_as_a_warning(say: Say) -> None:
    @dg.asset_check(asset="orders", description="few rows")
    def few():
        return dg.AssetCheckResult(passed=False, severity=dg.AssetCheckSeverity.WARN, description="only three")

    result = dg.materialize([orders, few])
    say("success", result.success)
    say("told", told(result))


@scenario()
def a_check_that_fails_does_not_fail_the_run(say: Say) -> None:
    @dg.asset_check(asset=orders)
    def never():
        return dg.AssetCheckResult(passed=False)

    result = dg.materialize([orders, report, never])
    say("success", result.success)
    say("told", told(result))
    say("made", sorted(kinds(result.all_events, "ASSET_MATERIALIZATION")))


@scenario()
def a_check_is_given_the_assets_value(say: Say) -> None:
    @dg.asset_check(asset=orders)
    def by_value(orders):
        return dg.AssetCheckResult(passed=orders == 3, metadata={"seen": orders})

    @dg.asset_check(asset=orders)
    def by_context(context: dg.AssetCheckExecutionContext, orders):
        return dg.AssetCheckResult(
            passed=True, metadata={"type": type(context).__name__, "run": bool(context.run.run_id)}
        )

    result = dg.materialize([orders, by_value, by_context])
    say("told", sorted(told(result), key=lambda each: each[0]))
    say("inputs", sorted(kinds(result.all_events, "LOADED_INPUT")))


@scenario()
def a_blocking_check_holds_back_what_is_downstream(say: Say) -> None:
    @dg.asset_check(asset=orders, blocking=True)
    def must():
        return dg.AssetCheckResult(passed=False)

    result = dg.materialize([orders, report, must], raise_on_error=False)
    say("success", result.success)
    say("events", stream(result.all_events))
    say.refusal("raised", lambda: dg.materialize([orders, report, must]), "must")


@scenario()
def a_blocking_check_that_only_warns_lets_pass(say: Say) -> None:
    @dg.asset_check(asset=orders, blocking=True)
    def soft():
        return dg.AssetCheckResult(passed=False, severity=dg.AssetCheckSeverity.WARN)

    result = dg.materialize([orders, report, soft])
    say("success", result.success)
    say("events", stream(result.all_events))


@scenario()
def a_blocking_check_runs_before_what_is_downstream(say: Say) -> None:
    @dg.asset_check(asset=orders, blocking=True)
    def zz_first():
        return dg.AssetCheckResult(passed=True)

    result = dg.materialize([orders, report, zz_first])
    say("steps", kinds(result.all_events, "STEP_START"))


@scenario()
def a_check_that_raises(say: Say) -> None:
    @dg.asset_check(asset=orders)
    def broken():
        raise ValueError("no data")

    result = dg.materialize([orders, report, broken], raise_on_error=False)
    say("success", result.success)
    say("told", told(result))
    say("ends", sorted(kinds(result.all_events, "STEP_SUCCESS", "STEP_FAILURE")))


@scenario()
def checks_inside_the_asset(say: Say) -> None:
    @dg.asset(check_specs=[dg.AssetCheckSpec("positive", asset="numbers"), dg.AssetCheckSpec("small", asset="numbers")])
    def numbers():
        yield dg.Output(5, metadata={"n": 5})
        yield dg.AssetCheckResult(check_name="positive", passed=True)
        yield dg.AssetCheckResult(check_name="small", passed=False, metadata={"limit": 3})

    result = dg.materialize([numbers])
    say("told", told(result))
    say("events", stream(result.all_events))
    say("keys", sorted(str(each.name) for each in numbers.check_keys))


@scenario()
def check_results_of_a_materialize_result(say: Say) -> None:
    @dg.asset(check_specs=[dg.AssetCheckSpec("ok", asset="table")])
    def table():
        return dg.MaterializeResult(
            metadata={"rows": 2}, check_results=[dg.AssetCheckResult(check_name="ok", passed=True)]
        )

    result = dg.materialize([table])
    say("told", told(result))
    say("events", stream(result.all_events))


@scenario()
def one_check_result_needs_no_name(say: Say) -> None:
    @dg.asset(check_specs=[dg.AssetCheckSpec("only", asset="table")])
    def table():
        return dg.MaterializeResult(check_results=[dg.AssetCheckResult(passed=True)])

    say("told", told(dg.materialize([table])))


@scenario()
def a_promised_check_result_that_is_missing(say: Say) -> None:
    @dg.asset(check_specs=[dg.AssetCheckSpec("missing", asset="table")])
    def table():
        yield dg.Output(1)

    say.refusal("raised", lambda: dg.materialize([table]), "missing")


@scenario()
def a_check_result_nobody_declared(say: Say) -> None:
    @dg.asset(check_specs=[dg.AssetCheckSpec("known", asset="table")])
    def table():
        yield dg.Output(1)
        yield dg.AssetCheckResult(check_name="unknown", passed=True)

    say.refusal("raised", lambda: dg.materialize([table]), "unknown")


@scenario()
def several_checks_of_one_function(say: Say) -> None:
    @dg.multi_asset_check(
        specs=[dg.AssetCheckSpec("a", asset="orders"), dg.AssetCheckSpec("b", asset="report", blocking=True)]
    )
    def both():
        yield dg.AssetCheckResult(check_name="a", asset_key="orders", passed=True)
        yield dg.AssetCheckResult(check_name="b", asset_key="report", passed=False)

    result = dg.materialize([orders, report, both], raise_on_error=False)
    say("success", result.success)
    say("told", told(result))
    say("ends", kinds(result.all_events, "STEP_SUCCESS", "STEP_FAILURE"))


@scenario()
def part_of_several_checks(say: Say) -> None:
    @dg.multi_asset_check(
        specs=[dg.AssetCheckSpec("a", asset="orders"), dg.AssetCheckSpec("b", asset="orders")], can_subset=True
    )
    def both(context):
        for key in sorted(context.selected_asset_check_keys):
            yield dg.AssetCheckResult(check_name=key.name, asset_key=key.asset_key, passed=True)

    selected = dg.AssetSelection.checks(dg.AssetCheckKey(dg.AssetKey("orders"), "b"))
    result = dg.materialize([orders, both], selection=selected)
    say("told", told(result))
    say("events", stream(result.all_events))


@scenario()
def checks_alone_and_assets_without_checks(say: Say) -> None:
    @dg.asset_check(asset=orders)
    def fine():
        return dg.AssetCheckResult(passed=True)

    everything = [orders, report, fine]
    for name, selection in {
        "checks of": dg.AssetSelection.checks_for_assets(orders),
        "without": dg.AssetSelection.assets(orders).without_checks(),
        "with": dg.AssetSelection.assets(orders),
        "all checks": dg.AssetSelection.all_asset_checks(),
    }.items():
        result = dg.materialize(everything, selection=selection)
        say(name, sorted(kinds(result.all_events, "ASSET_MATERIALIZATION", "ASSET_CHECK_EVALUATION")))


@scenario()
def checks_with_config_and_resources(say: Say) -> None:
    class Limit(dg.Config):
        most: int = 10

    class Source(dg.ConfigurableResource):
        rows: int

    @dg.asset_check(asset=orders)
    def limited(config: Limit, source: Source):
        return dg.AssetCheckResult(
            passed=source.rows <= config.most, metadata={"rows": source.rows, "most": config.most}
        )

    config = {"ops": {"orders_limited": {"config": {"most": 2}}}}
    result = dg.materialize([orders, limited], resources={"source": Source(rows=3)}, run_config=config)
    say("told", told(result))


@scenario()
def a_check_as_it_describes_itself(say: Say) -> None:
    @dg.asset_check(
        asset=orders,
        name="named",
        description="Says something.",
        blocking=True,
        metadata={"owner": "me"},
        additional_deps=["extra"],
    )
    def anything():
        return dg.AssetCheckResult(passed=True)

    spec = next(iter(anything.check_specs))
    say("spec", spec.name, spec.asset_key, spec.description, spec.blocking, dict(spec.metadata))
    say("deps", [each.asset_key for each in spec.additional_deps])
    say("key", spec.key)
    say("python name", spec.get_python_identifier())
    say("keys", list(anything.check_keys))
    say("op", anything.op.name)


@scenario()
def check_specs_are_values(say: Say) -> None:
    a = dg.AssetCheckSpec("a", asset="orders", description="d")
    say("equal", a == dg.AssetCheckSpec("a", asset="orders", description="d"))
    say("by asset", dg.AssetCheckSpec("a", asset=orders).asset_key)
    say("by key", dg.AssetCheckSpec("a", asset=dg.AssetKey(["x", "y"])).asset_key)
    say("replaced", a.replace_key(dg.AssetCheckKey(dg.AssetKey("z"), "b")).key)
    say("key", str(a.key.to_user_string()), a.key == dg.AssetCheckKey(dg.AssetKey("orders"), "a"))


@scenario()
def two_checks_of_the_same_name(say: Say) -> None:
    def make():
        @dg.asset_check(asset=orders)
        def same():
            return dg.AssetCheckResult(passed=True)

        return same

    say.refusal(
        "collected", lambda: dg.Definitions(assets=[orders], asset_checks=[make(), make()]).get_repository_def(), "same"
    )


@scenario()
def checks_are_stored(say: Say) -> None:
    @dg.asset_check(asset=orders)
    def fine():
        return dg.AssetCheckResult(passed=False, metadata={"n": 1}, severity=dg.AssetCheckSeverity.WARN)

    instance = dg.DagsterInstance.ephemeral()
    dg.materialize([orders, fine], instance=instance)
    records = instance.get_event_records(dg.EventRecordsFilter(dg.DagsterEventType.ASSET_CHECK_EVALUATION))
    data = records[0].event_log_entry.dagster_event.event_specific_data
    say("stored", len(records), data.check_name, data.passed, data.severity, plain(data.metadata))
    say("of", data.target_materialization_data is not None, data.asset_check_key)


@scenario()
def checks_called_directly(say: Say) -> None:
    @dg.asset_check(asset=orders)
    def plain_check(orders):
        return dg.AssetCheckResult(passed=orders > 2)

    @dg.asset_check(asset=orders)
    def with_context(context):
        return dg.AssetCheckResult(passed=True, description=str(isinstance(context, dg.AssetCheckExecutionContext)))

    say("passed", plain_check(orders=3).passed, plain_check(1).passed)
    say("context", with_context(dg.build_asset_check_context()).description)


@scenario()
def checks_in_an_asset_job(say: Say) -> None:
    @dg.asset_check(asset=orders)
    def fine():
        return dg.AssetCheckResult(passed=True)

    defs = dg.Definitions(
        assets=[orders, report],
        asset_checks=[fine],
        jobs=[
            dg.define_asset_job("everything"),
            dg.define_asset_job("no_checks", dg.AssetSelection.all() - dg.AssetSelection.all_asset_checks()),
            dg.define_asset_job("only_checks", dg.AssetSelection.checks(fine)),
        ],
    )
    for name in ("everything", "no_checks", "only_checks"):
        instance = dg.DagsterInstance.ephemeral()
        result = defs.resolve_job_def(name).execute_in_process(instance=instance)
        say(name, sorted(kinds(result.all_events, "ASSET_MATERIALIZATION", "ASSET_CHECK_EVALUATION")))


@scenario()
def column_schema_change_checks(say: Say) -> None:
    columns = ["a"]

    @dg.asset
    def table():
        schema = dg.TableSchema([dg.TableColumn(name, "int") for name in columns])
        return dg.MaterializeResult(metadata={"dagster/column_schema": schema})

    checks = dg.build_column_schema_change_checks(assets=[table])
    instance = dg.DagsterInstance.ephemeral()
    for now in (["a"], ["a"], ["a", "b"]):
        columns[:] = now
        result = dg.materialize([table, *checks], instance=instance)
        say(str(now), [(each[0], each[2], each[3]) for each in told(result)])


@scenario()
def metadata_bounds_checks(say: Say) -> None:
    @dg.asset
    def table():
        return dg.MaterializeResult(metadata={"rows": 7})

    for name, low, high in (("inside", 1, 10), ("below", 8, None), ("above", None, 6), ("equal", 7, 7)):
        checks = dg.build_metadata_bounds_checks(
            assets=[table], metadata_key="rows", min_value=low, max_value=high, severity=dg.AssetCheckSeverity.ERROR
        )
        say(name, [(each[0], each[2], each[3]) for each in told(dg.materialize([table, *checks]))])


@scenario()
def last_update_freshness_checks(say: Say) -> None:
    from datetime import timedelta

    checks = dg.build_last_update_freshness_checks(assets=[orders, report], lower_bound_delta=timedelta(hours=1))
    instance = dg.DagsterInstance.ephemeral()
    dg.materialize([orders], instance=instance)
    selection = dg.AssetSelection.all_asset_checks()
    result = dg.materialize([orders, report, *checks], selection=selection, instance=instance)
    say("told", sorted([(each[0], each[1], each[2], each[3]) for each in told(result)], key=str))
    say("sensor", dg.build_sensor_for_freshness_checks(freshness_checks=checks).name)
