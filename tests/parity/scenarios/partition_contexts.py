"""What contexts say in runs for partitions, what such runs write down, and what they refuse."""

import dagster as dg
from tests.parity.facts import plain
from tests.parity.scenario import Say, scenario

DAILY = dg.DailyPartitionsDefinition("2024-01-01", end_date="2024-01-20")
HOURLY = dg.HourlyPartitionsDefinition("2024-01-01-00:00", end_date="2024-01-20-00:00")
LETTERS = dg.StaticPartitionsDefinition(["a", "b", "c", "d"])
GRID = dg.MultiPartitionsDefinition({"day": DAILY, "letter": LETTERS})

OF_RUN = (
    "has_partition_key", "has_partition_key_range", "partition_key", "partition_keys", "partition_key_range",
    "partition_time_window", "multi_partition_key", "asset_partition_key_range",
)  # fmt: skip
OF_CHECK = OF_RUN[:-1]
OF_PLACE = (
    "asset_partition_key_for_{}", "asset_partition_keys_for_{}", "asset_partition_key_range_for_{}",
    "asset_partitions_time_window_for_{}",
)  # fmt: skip


class Nowhere(dg.IOManager):
    """Stores nothing, and loads the partitions it is asked for."""

    def handle_output(self, context, obj):
        pass

    def load_input(self, context):
        return list(context.asset_partition_keys) if context.has_asset_partitions else []


RESOURCES = {"io_manager": Nowhere()}


def days(first: str, last: str) -> dict[str, str]:
    return {"dagster/asset_partition_range_start": first, "dagster/asset_partition_range_end": last}


def shown(value):
    if isinstance(value, tuple) and hasattr(value, "start"):
        return [getattr(each, "isoformat", lambda each=each: each)() for each in value]
    return sorted(value) if isinstance(value, list) else value


def asked(say: Say, context, label: str = "run", inputs=(), outputs=(), members=OF_RUN) -> None:
    """Every member about partitions: its value, or the class of the error."""
    for member in members:
        told(say, f"{label} {member}", lambda member=member: getattr(context, member))
    for names, place in ((outputs, "output"), (inputs, "input")):
        for name in names:
            for member in OF_PLACE:
                method = member.format(place)
                told(say, f"{label} {method} {name}", lambda m=method, name=name: getattr(context, m)(name))


def told(say: Say, label: str, ask) -> None:
    try:
        value = ask()
    except Exception as error:
        say(label, type(error).__name__)
    else:
        say(label, shown(value))


def made(say: Say, result) -> None:
    """What a run says it made: asset, partition, metadata, and which tags there are."""
    found = []
    for event in result.get_asset_materialization_events():
        fact = event.materialization
        tags = {tag for tag in fact.tags if "input_event_pointer" not in tag}
        metadata = {label: each for label, each in plain(fact.metadata).items() if label != "path"}
        found.append((fact.asset_key.to_user_string(), str(fact.partition), metadata, tags))
    for each in sorted(found, key=lambda each: each[:2]):
        say("made", *each)


def run(say: Say, assets, **arguments) -> None:
    made(say, dg.materialize(assets, resources=RESOURCES, **arguments))


@scenario()
def one_day(say: Say) -> None:
    @dg.asset(partitions_def=DAILY)
    def orders(context: dg.AssetExecutionContext):
        asked(say, context, outputs=["result", "other"])

    run(say, [orders], partition_key="2024-01-03")


@scenario()
def a_range_of_days(say: Say) -> None:
    @dg.asset(partitions_def=DAILY)
    def orders(context: dg.AssetExecutionContext):
        asked(say, context, outputs=["result"])

    run(say, [orders], tags=days("2024-01-03", "2024-01-05"))


@scenario()
def a_range_of_one(say: Say) -> None:
    @dg.asset(partitions_def=DAILY)
    def orders(context: dg.AssetExecutionContext):
        asked(say, context, outputs=["result"])

    run(say, [orders], tags=days("2024-01-03", "2024-01-03"))


@scenario()
def a_partitioned_asset_without_a_partition(say: Say) -> None:
    @dg.asset(partitions_def=DAILY)
    def orders(context: dg.AssetExecutionContext):
        asked(say, context, outputs=["result"])

    @dg.asset(partitions_def=DAILY)
    def below(orders):
        return 1

    run(say, [orders])
    say.refusal("loading", lambda: dg.materialize([orders, below], selection=[below], resources=RESOURCES))


@scenario()
def static_keys(say: Say) -> None:
    @dg.asset(partitions_def=LETTERS)
    def up():
        return 1

    @dg.asset(partitions_def=LETTERS)
    def down(context: dg.AssetExecutionContext, up):
        asked(say, context, inputs=["up"], outputs=["result"])
        say("loaded", sorted(up))

    run(say, [up, down], selection=[down], partition_key="b")
    run(say, [up, down], selection=[down], tags=days("b", "d"))


@scenario()
def hours_into_days(say: Say) -> None:
    @dg.asset(partitions_def=HOURLY)
    def hours():
        return 1

    @dg.asset(partitions_def=DAILY)
    def day(context: dg.AssetExecutionContext, hours):
        told(say, "count", lambda: len(context.asset_partition_keys_for_input("hours")))
        told(say, "key", lambda: context.asset_partition_key_for_input("hours"))
        told(say, "range", lambda: context.asset_partition_key_range_for_input("hours"))
        told(say, "window", lambda: context.asset_partitions_time_window_for_input("hours"))

    run(say, [hours, day], selection=[day], partition_key="2024-01-03")
    run(say, [hours, day], selection=[day], tags=days("2024-01-03", "2024-01-04"))


@scenario()
def days_into_hours(say: Say) -> None:
    @dg.asset(partitions_def=DAILY)
    def day():
        return 1

    @dg.asset(partitions_def=HOURLY)
    def hour(context: dg.AssetExecutionContext, day):
        asked(say, context, inputs=["day"], outputs=["result"])

    run(say, [day, hour], selection=[hour], partition_key="2024-01-03-05:00")


@scenario()
def two_dimensions(say: Say) -> None:
    @dg.asset(partitions_def=GRID)
    def up():
        return 1

    @dg.asset(partitions_def=GRID)
    def cell(context: dg.AssetExecutionContext, up):
        asked(say, context, inputs=["up"], outputs=["result"])
        say("dimensions", dict(context.partition_key.keys_by_dimension))
        say("tags", {tag: value for tag, value in context.run_tags.items() if "set" not in tag})

    run(say, [up, cell], selection=[cell], partition_key=dg.MultiPartitionKey({"letter": "a", "day": "2024-01-03"}))
    run(say, [up, cell], selection=[cell], partition_key="2024-01-03|b")


@scenario()
def a_range_in_two_dimensions(say: Say) -> None:
    @dg.asset(partitions_def=GRID)
    def cell(context: dg.AssetExecutionContext):
        asked(say, context, outputs=["result"])

    run(say, [cell], tags=days("2024-01-03|b", "2024-01-04|c"))


@scenario()
def one_dimension_of_two(say: Say) -> None:
    @dg.asset(partitions_def=GRID)
    def cell():
        return 1

    @dg.asset(partitions_def=DAILY)
    def day(context: dg.AssetExecutionContext, cell):
        asked(say, context, inputs=["cell"], members=())

    run(say, [cell, day], selection=[day], partition_key="2024-01-03")


@scenario()
def dynamic_keys(say: Say) -> None:
    names = dg.DynamicPartitionsDefinition(name="names")

    @dg.asset(partitions_def=names)
    def each(context: dg.AssetExecutionContext):
        asked(say, context, outputs=["result"])

    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions("names", ["x", "y", "z"])
        run(say, [each], partition_key="y", instance=instance)
        run(say, [each], tags=days("x", "y"), instance=instance)
        say.refusal("unknown", lambda: dg.materialize([each], partition_key="w", instance=instance))


@scenario()
def from_its_own_yesterday(say: Say) -> None:
    before = dg.TimeWindowPartitionMapping(start_offset=-1, end_offset=-1)

    @dg.asset(partitions_def=DAILY, ins={"total": dg.AssetIn(partition_mapping=before)})
    def total(context: dg.AssetExecutionContext, total):
        asked(say, context, inputs=["total"], members=())

    for key in ("2024-01-01", "2024-01-02"):
        run(say, [total], partition_key=key)
    run(say, [total], tags=days("2024-01-03", "2024-01-05"))


@scenario()
def beside_assets_without_partitions(say: Say) -> None:
    @dg.asset
    def before(context: dg.AssetExecutionContext):
        asked(say, context, "before", outputs=["result"])
        return 1

    @dg.asset(partitions_def=DAILY)
    def orders(context: dg.AssetExecutionContext, before):
        asked(say, context, "orders", inputs=["before"], outputs=["result"], members=())
        return 1

    @dg.asset
    def after(context: dg.AssetExecutionContext, orders):
        asked(say, context, "after", inputs=["orders"], members=())

    run(say, [before, orders, after], partition_key="2024-01-03")
    run(say, [orders, after, before], selection=[after])


@scenario()
def ops_of_a_partitioned_job(say: Say) -> None:
    @dg.op
    def look(context: dg.OpExecutionContext):
        asked(say, context, outputs=["result"])

    @dg.job(partitions_def=DAILY)
    def daily():
        look()

    @dg.job
    def plain_job():
        look()

    daily.execute_in_process(partition_key="2024-01-04")
    daily.execute_in_process()
    daily.execute_in_process(tags=days("2024-01-04", "2024-01-05"))
    plain_job.execute_in_process(tags={"dagster/partition": "anything"})
    say.refusal("unknown", lambda: daily.execute_in_process(partition_key="2034-01-04"), "2034-01-04")
    say.refusal("no partitions", lambda: plain_job.execute_in_process(partition_key="2024-01-04"))


@scenario()
def config_of_a_partition(say: Say) -> None:
    @dg.daily_partitioned_config(start_date="2024-01-01")
    def of_day(start, end):
        return {"ops": {"load": {"config": {"day": start.date().isoformat()}}}}

    @dg.op(config_schema={"day": str})
    def load(context: dg.OpExecutionContext):
        say("config", context.op_config["day"], context.partition_key, sorted(context.run_tags))

    @dg.job(config=of_day)
    def daily():
        load()

    daily.execute_in_process(partition_key="2024-01-04")
    daily.execute_in_process(partition_key="2024-01-04", tags={"team": "x"})
    own = {"ops": {"load": {"config": {"day": "own"}}}}
    daily.execute_in_process(partition_key="2024-01-04", run_config=own)
    say.refusal("no partition", daily.execute_in_process)


@scenario()
def metadata_of_partitions(say: Say) -> None:
    @dg.asset(partitions_def=DAILY)
    def orders(context: dg.AssetExecutionContext):
        context.add_asset_metadata({"all": 1})
        context.add_asset_metadata({"one": 2}, partition_key="2024-01-04")
        context.add_output_metadata({"output": 3})
        say.refusal("other", lambda: context.add_asset_metadata({"x": 1}, partition_key="2024-01-15"))
        return dg.MaterializeResult(metadata={"result": 4}, data_version=dg.DataVersion("v"))

    @dg.asset
    def plain_asset(context: dg.AssetExecutionContext):
        say.refusal("plain", lambda: context.add_asset_metadata({"x": 1}, partition_key="2024-01-04"))

    run(say, [orders, plain_asset], partition_key="2024-01-04")
    run(say, [orders, plain_asset], tags=days("2024-01-03", "2024-01-05"))


@scenario()
def several_assets_of_one_function(say: Say) -> None:
    specs = [dg.AssetSpec("one", partitions_def=DAILY), dg.AssetSpec("two", partitions_def=DAILY), dg.AssetSpec("off")]

    @dg.multi_asset(specs=specs)
    def several(context: dg.AssetExecutionContext):
        asked(say, context, outputs=["one", "off"])
        for spec in specs:
            yield dg.MaterializeResult(spec.key, metadata={"key": spec.key.to_user_string()})

    run(say, [several], partition_key="2024-01-04")
    run(say, [several], tags=days("2024-01-04", "2024-01-05"))


@scenario()
def a_graph_of_ops(say: Say) -> None:
    @dg.op
    def inner(context: dg.OpExecutionContext):
        asked(say, context, outputs=["result"])
        return 1

    @dg.graph_asset(partitions_def=DAILY)
    def outer():
        return inner()

    run(say, [outer], partition_key="2024-01-04")


@scenario()
def checks_of_partitions(say: Say) -> None:
    @dg.asset(partitions_def=DAILY)
    def orders():
        return 1

    @dg.asset_check(asset=orders, partitions_def=DAILY)
    def of_one(context: dg.AssetCheckExecutionContext, orders):
        asked(say, context, "of one", members=OF_CHECK)
        say("of one loads", sorted(orders))
        return dg.AssetCheckResult(passed=True)

    @dg.asset_check(asset=orders)
    def of_all(context: dg.AssetCheckExecutionContext, orders):
        say("of all loads", len(orders))
        return dg.AssetCheckResult(passed=True)

    for arguments in ({"partition_key": "2024-01-04"}, {"tags": days("2024-01-04", "2024-01-05")}):
        result = dg.materialize([orders, of_one, of_all], resources=RESOURCES, **arguments)
        for evaluation in sorted(result.get_asset_check_evaluations(), key=lambda each: each.check_name):
            say("evaluation", evaluation.check_name, evaluation.passed, evaluation.partition)


@scenario()
def upstream_partitions_that_do_not_exist(say: Say) -> None:
    short = dg.DailyPartitionsDefinition("2024-01-01", end_date="2024-01-05")

    @dg.asset(partitions_def=short)
    def up():
        return 1

    @dg.asset(partitions_def=DAILY)
    def down(up):
        return 1

    @dg.asset(partitions_def=DAILY, deps=[up])
    def waits():
        return 1

    lenient = dg.TimeWindowPartitionMapping(allow_nonexistent_upstream_partitions=True)

    @dg.asset(partitions_def=DAILY, ins={"up": dg.AssetIn(partition_mapping=lenient)})
    def content(context: dg.AssetExecutionContext, up):
        asked(say, context, inputs=["up"], members=())

    for key in ("2024-01-03", "2024-01-10"):
        arguments = {"partition_key": key, "resources": RESOURCES}
        say.refusal("down", lambda a=arguments: dg.materialize([up, down], selection=[down], **a).success)
        say.refusal("waits", lambda a=arguments: dg.materialize([up, waits], selection=[waits], **a).success)
        say.refusal("content", lambda a=arguments: dg.materialize([up, content], selection=[content], **a).success)


@scenario()
def requests_that_are_refused(say: Say) -> None:
    @dg.asset(partitions_def=DAILY)
    def orders():
        return 1

    @dg.asset
    def plain_asset():
        return 1

    def made_with(assets=(orders,), **arguments):
        return dg.materialize(list(assets), resources=RESOURCES, **arguments).success

    start, end = days("2024-01-03", "2024-01-05").items()
    say.refusal("unknown key", lambda: made_with(partition_key="2025-01-03"), "2025-01-03")
    say.refusal("no key at all", lambda: made_with(partition_key="soon"), "soon")
    say.refusal("no end", lambda: made_with(tags=dict([start])), "dagster/asset_partition_range_end")
    say.refusal("no start", lambda: made_with(tags=dict([end])), "dagster/asset_partition_range_start")
    say.refusal("both", lambda: made_with(tags={**dict([start, end]), "dagster/partition": "2024-01-03"}))
    say.refusal("no partitions", lambda: made_with([plain_asset], partition_key="2024-01-03"))
    say.refusal("by tag", lambda: made_with(tags={"dagster/partition": "2024-01-03"}))


@scenario()
def observed_versions(say: Say) -> None:
    @dg.observable_source_asset(partitions_def=LETTERS)
    def source():
        return dg.DataVersionsByPartition({"a": "1", "b": dg.DataVersion("2")})

    @dg.observable_source_asset(partitions_def=LETTERS)
    def one_version():
        return dg.DataVersion("1")

    @dg.observable_source_asset
    def plain_source():
        return dg.DataVersionsByPartition({"a": "1"})

    job = dg.Definitions(
        [source, one_version, plain_source],
        jobs=[dg.define_asset_job(each.key.path[-1] + "_job", [each]) for each in (source, one_version, plain_source)],
    )
    result = job.get_job_def("source_job").execute_in_process()
    for event in result.get_asset_observation_events():
        seen = event.asset_observation_data.asset_observation
        say("seen", seen.asset_key, seen.partition, dict(seen.tags))
    for name in ("one_version", "plain_source"):
        say.refusal(name, lambda name=name: job.get_job_def(f"{name}_job").execute_in_process())
    versions = dg.DataVersionsByPartition({"a": "3"}).data_versions_by_partition
    say("values", {key: each.value for key, each in versions.items()})
    say.refusal("a number", lambda: dg.DataVersionsByPartition({"a": 3}))


@scenario()
def one_partition_loaded_by_key(say: Say) -> None:
    @dg.asset(partitions_def=DAILY)
    def orders():
        return 1

    @dg.asset(partitions_def=DAILY, deps=[orders])
    def below(context: dg.AssetExecutionContext):
        say("of one", context.load_asset_value(dg.AssetKey("orders"), partition_key="2024-01-02"))
        say.refused("unknown", lambda: context.load_asset_value(dg.AssetKey("orders"), partition_key="2034-01-02"))

    run(say, [orders, below], partition_key="2024-01-03")


@scenario()
def versions_of_partitions(say: Say) -> None:
    @dg.asset(partitions_def=DAILY)
    def orders():
        return dg.MaterializeResult(data_version=dg.DataVersion("v1"))

    @dg.asset(partitions_def=DAILY, code_version="c", deps=[orders])
    def below():
        return 1

    with dg.DagsterInstance.ephemeral() as instance:
        used = {}
        for key in ("2024-01-03", "2024-01-04"):
            run(say, [orders, below], selection=[orders], partition_key="2024-01-03", instance=instance)
            arguments = {"selection": [below], "partition_key": key, "instance": instance, "resources": RESOURCES}
            tags = dg.materialize([orders, below], **arguments).asset_materializations_for_node("below")[0].tags
            used[key] = tags["dagster/input_data_version/orders"], tags["dagster/data_version"]
        say("different", used["2024-01-03"][0] != used["2024-01-04"][0], used["2024-01-03"][1] != used["2024-01-04"][1])
