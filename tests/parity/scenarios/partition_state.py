"""What is remembered of partitions: how they stand, and the keys of dynamic ones."""

import dagster as dg
from tests.parity.scenario import Say, scenario

LETTERS = dg.StaticPartitionsDefinition(["a", "b", "c", "d"])
KEY = dg.AssetKey("table")
BAD: set[str] = set()


@dg.asset(partitions_def=LETTERS)
def table(context):
    if context.partition_key in BAD:
        raise ValueError("no")
    return 1


def make(instance: dg.DagsterInstance, key: str, *, fails: bool = False) -> None:
    BAD.clear()
    if fails:
        BAD.add(key)
    dg.materialize([table], partition_key=key, instance=instance, raise_on_error=False)


def shown(instance: dg.DagsterInstance, keys: str = "abcd") -> dict[str, str | None] | None:
    found = instance.get_status_by_partition(KEY, list(keys), LETTERS)
    return None if found is None else {key: each and each.value for key, each in found.items()}


@scenario()
def the_status_of_each_partition(say: Say) -> None:
    instance = dg.DagsterInstance.ephemeral()
    say("never heard of", shown(instance), instance.get_materialized_partitions(KEY))
    make(instance, "a")
    say("made", shown(instance))
    make(instance, "b", fails=True)
    say("failed", shown(instance))
    make(instance, "a", fails=True)
    say("made, then failed", shown(instance), sorted(instance.get_materialized_partitions(KEY)))
    make(instance, "b")
    say("failed, then made", shown(instance))


@scenario()
def reports_from_outside(say: Say) -> None:
    instance = dg.DagsterInstance.ephemeral()
    make(instance, "b", fails=True)
    instance.report_runless_asset_event(dg.AssetMaterialization("table", partition="b"))
    instance.report_runless_asset_event(dg.AssetMaterialization("table", partition="c"))
    instance.report_runless_asset_event(dg.AssetObservation("table", partition="d"))
    instance.report_runless_asset_event(dg.AssetMaterialization("table", partition="nonsense"))
    say("status", shown(instance))
    say("keys", sorted(instance.get_materialized_partitions(KEY)))


@scenario()
def a_partition_that_does_not_exist(say: Say) -> None:
    instance = dg.DagsterInstance.ephemeral()
    make(instance, "a")
    found = instance.get_status_by_partition(KEY, ["a", "zz"], LETTERS)
    say("status", {key: each and each.value for key, each in found.items()})


@scenario()
def a_list_of_keys_that_changed(say: Say) -> None:
    instance = dg.DagsterInstance.ephemeral()
    make(instance, "a")
    make(instance, "c")
    for keys in (["a", "b", "c", "d", "e"], ["c", "x"], ["d", "c", "b", "a"]):
        found = instance.get_status_by_partition(KEY, keys, dg.StaticPartitionsDefinition(keys))
        say("status", {key: each and each.value for key, each in found.items()})
    say("keys", sorted(instance.get_materialized_partitions(KEY)))


@scenario()
def the_newest_event_of_each_partition(say: Say) -> None:
    instance = dg.DagsterInstance.ephemeral()
    for key in ("a", "b", "a"):
        make(instance, key)
    made = dg.DagsterEventType.ASSET_MATERIALIZATION
    ids = instance.get_latest_storage_id_by_partition(KEY, made)
    say("keys", sorted(ids), ids["a"] > ids["b"])
    say("some", sorted(instance.get_latest_storage_id_by_partition(KEY, made, {"b", "c"})))
    say("seen", instance.get_latest_storage_id_by_partition(KEY, dg.DagsterEventType.ASSET_OBSERVATION))
    newest = instance.get_latest_materialization_event(KEY)
    say("newest", newest.asset_materialization.partition)


@scenario()
def cursors_of_what_was_made(say: Say) -> None:
    instance = dg.DagsterInstance.ephemeral()
    for key in ("a", "b", "c"):
        make(instance, key)
    ids = instance.get_latest_storage_id_by_partition(KEY, dg.DagsterEventType.ASSET_MATERIALIZATION)
    say("after", sorted(instance.get_materialized_partitions(KEY, after_cursor=ids["a"])))
    say("before", sorted(instance.get_materialized_partitions(KEY, before_cursor=ids["c"])))
    say("between", sorted(instance.get_materialized_partitions(KEY, before_cursor=ids["c"], after_cursor=ids["a"])))


@scenario()
def events_of_some_partitions(say: Say) -> None:
    instance = dg.DagsterInstance.ephemeral()
    for key in ("a", "b", "a", "c"):
        make(instance, key)
    some = dg.AssetRecordsFilter(KEY, asset_partitions=["a", "c"])
    say("fetched", [each.partition_key for each in instance.fetch_materializations(some, limit=10).records])
    made = dg.DagsterEventType.ASSET_MATERIALIZATION
    wanted = dg.EventRecordsFilter(made, asset_key=KEY, asset_partitions=["b"])
    say("records", [each.partition_key for each in instance.get_event_records(wanted)])


@scenario()
def wiping_an_asset(say: Say) -> None:
    instance = dg.DagsterInstance.ephemeral()
    make(instance, "a")
    make(instance, "b", fails=True)
    instance.wipe_assets([KEY])
    say("status", shown(instance), instance.get_materialized_partitions(KEY))
    make(instance, "c")
    say("made again", shown(instance))


@scenario()
def dynamic_keys(say: Say) -> None:
    instance = dg.DagsterInstance.ephemeral()
    say("none", instance.get_dynamic_partitions("cities"))
    instance.add_dynamic_partitions("cities", ["bonn", "bern"])
    instance.add_dynamic_partitions("cities", ["rome"])
    say("added", instance.get_dynamic_partitions("cities"))
    say("has", instance.has_dynamic_partition("cities", "bonn"), instance.has_dynamic_partition("cities", "oslo"))
    instance.delete_dynamic_partition("cities", "bonn")
    instance.delete_dynamic_partition("cities", "oslo")
    say("deleted", instance.get_dynamic_partitions("cities"))
    instance.add_dynamic_partitions("cities", ["bonn"])
    say("came back", instance.get_dynamic_partitions("cities"), instance.get_dynamic_partitions("others"))


@scenario()
def dynamic_keys_by_pages(say: Say) -> None:
    instance = dg.DagsterInstance.ephemeral()
    instance.add_dynamic_partitions("cities", ["a", "b", "c"])
    for ascending in (True, False):
        first = instance.get_paginated_dynamic_partitions("cities", limit=2, ascending=ascending)
        rest = instance.get_paginated_dynamic_partitions("cities", limit=2, ascending=ascending, cursor=first.cursor)
        say("pages", list(first.results), first.has_more, list(rest.results), rest.has_more)


@scenario()
def the_status_of_dynamic_partitions(say: Say) -> None:
    cities = dg.DynamicPartitionsDefinition(name="cities")
    instance = dg.DagsterInstance.ephemeral()
    instance.add_dynamic_partitions("cities", ["bonn", "bern"])

    @dg.asset(partitions_def=cities)
    def sizes(context):
        return len(context.partition_key)

    dg.materialize([sizes], partition_key="bern", instance=instance)
    found = instance.get_status_by_partition(sizes.key, ["bonn", "bern"], cities)
    say("status", {key: each and each.value for key, each in found.items()})


@scenario()
def requests_of_sensors(say: Say) -> None:
    cities = dg.DynamicPartitionsDefinition(name="cities")

    @dg.asset(partitions_def=cities)
    def sizes(context):
        return 1

    job = dg.define_asset_job("job", [sizes], partitions_def=cities)

    @dg.sensor(job=job)
    def arrivals(context):
        return dg.SensorResult(
            run_requests=[dg.RunRequest(partition_key="rome")],
            dynamic_partitions_requests=[cities.build_add_request(["oslo"]), cities.build_delete_request(["bonn"])],
        )

    instance = dg.DagsterInstance.ephemeral()
    instance.add_dynamic_partitions("cities", ["rome"])
    defs = dg.Definitions([sizes], jobs=[job], sensors=[arrivals])
    context = dg.build_sensor_context(instance=instance, repository_def=defs.get_repository_def())
    with dg.partition_loading_context(dynamic_partitions_store=instance):
        data = arrivals.evaluate_tick(context)
    say("requests", [(type(each).__name__, each.partitions_def_name, list(each.partition_keys))
                     for each in data.dynamic_partitions_requests])  # fmt: skip
    say("runs", [each.partition_key for each in data.run_requests])
    say("nothing is added yet", instance.get_dynamic_partitions("cities"))
    say.refusal("another value", lambda: dg.SensorResult(dynamic_partitions_requests=["oslo"]), "oslo")
    say.refusal("keys", lambda: dg.AddDynamicPartitionsRequest("cities", "oslo"), "partition_keys")
