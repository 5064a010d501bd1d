"""What an instance remembers and how it is asked."""

import dagster as dg
from tests.parity.facts import plain
from tests.parity.scenario import Say, scenario


@dg.asset
def table(context):
    context.log_event(dg.AssetObservation("table", metadata={"seen": 1}))
    return dg.MaterializeResult(metadata={"n": 1})


@dg.op
def one() -> int:
    return 1


@dg.job(tags={"team": "a"})
def small():
    one()


@scenario()
def event_records_with_filters(say: Say) -> None:
    instance = dg.DagsterInstance.ephemeral()
    for _ in range(4):
        dg.materialize([table], instance=instance)
    kind = dg.DagsterEventType.ASSET_MATERIALIZATION
    newest = instance.get_event_records(dg.EventRecordsFilter(kind, asset_key=dg.AssetKey("table")))
    ids = [each.storage_id for each in newest]
    say("newest first", len(ids), ids == sorted(ids, reverse=True))
    oldest = instance.get_event_records(dg.EventRecordsFilter(kind), ascending=True, limit=2)
    say("limit", [each.storage_id for each in oldest] == sorted(ids)[:2])
    after = instance.get_event_records(dg.EventRecordsFilter(kind, after_cursor=sorted(ids)[1]))
    say("after", [each.storage_id for each in after] == sorted(ids)[:1:-1])
    before = instance.get_event_records(dg.EventRecordsFilter(kind, before_cursor=sorted(ids)[2]))
    say("before", len(before))
    say("other asset", instance.get_event_records(dg.EventRecordsFilter(kind, asset_key=dg.AssetKey("x"))))
    record = newest[0]
    say(
        "record",
        record.asset_key,
        record.run_id == record.event_log_entry.run_id,
        record.partition_key,
        record.asset_materialization.asset_key,
    )
    say("time", record.timestamp == record.event_log_entry.timestamp)


@scenario()
def fetching_by_pages(say: Say) -> None:
    instance = dg.DagsterInstance.ephemeral()
    for _ in range(3):
        dg.materialize([table], instance=instance)
    first = instance.fetch_materializations(dg.AssetKey("table"), limit=2)
    say("first", len(first.records), first.has_more, isinstance(first.cursor, str))
    rest = instance.fetch_materializations(dg.AssetKey("table"), limit=2, cursor=first.cursor)
    say("rest", len(rest.records), rest.has_more)
    oldest = instance.fetch_materializations(dg.AssetRecordsFilter(dg.AssetKey("table")), limit=1, ascending=True)
    say("oldest", oldest.records[0].storage_id < first.records[-1].storage_id)
    seen = instance.fetch_observations(dg.AssetKey("table"), limit=5)
    say("observations", [plain(each.asset_observation.metadata) for each in seen.records])


@scenario()
def latest_materializations(say: Say) -> None:
    instance = dg.DagsterInstance.ephemeral()
    say(
        "none",
        instance.get_latest_materialization_event(dg.AssetKey("table")),
        instance.has_asset_key(dg.AssetKey("table")),
    )
    dg.materialize([table], instance=instance)
    event = instance.get_latest_materialization_event(dg.AssetKey("table"))
    say(
        "event",
        event.dagster_event.asset_key,
        event.asset_materialization.asset_key,
        plain(event.asset_materialization.metadata),
    )
    say(
        "kind",
        event.dagster_event.event_type,
        event.dagster_event.is_step_materialization,
        event.job_name,
        event.step_key,
    )
    say("keys", instance.all_asset_keys(), instance.has_asset_key(dg.AssetKey("table")))


@scenario()
def runs_and_their_filters(say: Say) -> None:
    instance = dg.DagsterInstance.ephemeral()
    ids = [small.execute_in_process(instance=instance, tags={"n": str(number)}).run_id for number in range(3)]
    dg.materialize([table], instance=instance)
    say("newest first", [each.job_name for each in instance.get_runs(limit=2)])
    say("by job", [ids.index(each.run_id) for each in instance.get_runs(dg.RunsFilter(job_name="small"))])
    say("by tag", [ids.index(each.run_id) for each in instance.get_runs(dg.RunsFilter(tags={"n": "1"}))])
    say("by tags", len(instance.get_runs(dg.RunsFilter(tags={"n": ["0", "2"]}))))
    say("by id", len(instance.get_runs(dg.RunsFilter(run_ids=ids[:2]))))
    say("by status", len(instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.FAILURE]))))
    say("count", instance.get_runs_count(), instance.get_runs_count(dg.RunsFilter(job_name="small")))
    after = instance.get_runs(dg.RunsFilter(job_name="small"), cursor=ids[2])
    say("cursor", [ids.index(each.run_id) for each in after])
    say(
        "ascending",
        [
            ids.index(each.dagster_run.run_id)
            for each in instance.get_run_records(dg.RunsFilter(job_name="small"), ascending=True)
        ],
    )


@scenario()
def records_of_runs(say: Say) -> None:
    instance = dg.DagsterInstance.ephemeral()
    run_id = small.execute_in_process(instance=instance).run_id
    record = instance.get_run_record_by_id(run_id)
    say(
        "record",
        record.dagster_run.job_name,
        record.start_time <= record.end_time,
        record.create_timestamp.tzinfo is not None,
    )
    say("run", instance.get_run_by_id(run_id).status, instance.get_run_by_id("00000000-0000-4000-8000-000000000000"))
    say("has", instance.has_run(run_id))
    stats = instance.get_run_stats(run_id)
    say("stats", stats.steps_succeeded, stats.steps_failed, stats.materializations, stats.expectations)
    steps = instance.get_run_step_stats(run_id)
    say("steps", [(each.step_key, each.status.value, each.end_time >= each.start_time) for each in steps])


@scenario()
def tags_of_runs(say: Say) -> None:
    instance = dg.DagsterInstance.ephemeral()
    run_id = small.execute_in_process(instance=instance).run_id
    instance.add_run_tags(run_id, {"new": "1", "team": "b"})
    tags = instance.get_run_by_id(run_id).tags
    say("tags", tags["new"], tags["team"])
    say("found", len(instance.get_runs(dg.RunsFilter(tags={"new": "1"}))))


@scenario()
def deleting_a_run(say: Say) -> None:
    instance = dg.DagsterInstance.ephemeral()
    run_id = dg.materialize([table], instance=instance).run_id
    instance.delete_run(run_id)
    say("run", instance.get_run_by_id(run_id), instance.get_runs_count())
    say("log", instance.all_logs(run_id))


@scenario()
def wiping_an_asset(say: Say) -> None:
    instance = dg.DagsterInstance.ephemeral()
    dg.materialize([table], instance=instance)
    instance.wipe_assets([dg.AssetKey("table")])
    say("latest", instance.get_latest_materialization_event(dg.AssetKey("table")))
    say("keys", instance.all_asset_keys(), instance.has_asset_key(dg.AssetKey("table")))
    dg.materialize([table], instance=instance)
    say("again", len(instance.fetch_materializations(dg.AssetKey("table"), limit=5).records))


@scenario()
def events_without_a_run(say: Say) -> None:
    instance = dg.DagsterInstance.ephemeral()
    instance.report_runless_asset_event(dg.AssetMaterialization("outside", metadata={"n": 1}))
    instance.report_runless_asset_event(dg.AssetObservation("outside", metadata={"o": 1}))
    event = instance.get_latest_materialization_event(dg.AssetKey("outside"))
    say("event", event.asset_materialization.asset_key, event.run_id == "", plain(event.asset_materialization.metadata))
    say("records", len(instance.fetch_observations(dg.AssetKey("outside"), limit=3).records), instance.get_runs_count())


@scenario()
def logs_of_a_run(say: Say) -> None:
    instance = dg.DagsterInstance.ephemeral()
    run_id = small.execute_in_process(instance=instance).run_id
    every = instance.all_logs(run_id)
    say(
        "all",
        [
            each.dagster_event.event_type.name
            for each in every
            if each.is_dagster_event and "STEP" in each.dagster_event_type.name
        ],
    )
    some = instance.all_logs(run_id, of_type=dg.DagsterEventType.STEP_SUCCESS)
    say("one kind", [each.step_key for each in some])
    page = instance.get_records_for_run(run_id, limit=3)
    say("page", len(page.records), page.has_more)
    rest = instance.get_records_for_run(run_id, cursor=page.cursor)
    say("rest", len(rest.records) == len(every) - 3)
    starts = [each.dagster_event.event_type.name for each in every if each.is_dagster_event]
    say("order", starts.index("RUN_START") < starts.index("STEP_START") < starts.index("RUN_SUCCESS"))


@scenario()
def runs_made_by_hand(say: Say) -> None:
    instance = dg.DagsterInstance.ephemeral()
    run = instance.create_run_for_job(small, tags={"x": "1"}, run_config={})
    say("made", run.job_name, run.status, run.tags.get("x"), run.tags.get("team"))
    say("stored", instance.get_run_by_id(run.run_id).status)
    instance.report_run_canceling(run)
    say("canceling", instance.get_run_by_id(run.run_id).status)
    instance.report_run_canceled(instance.get_run_by_id(run.run_id))
    say("canceled", instance.get_run_by_id(run.run_id).status)
    other = instance.create_run_for_job(small)
    instance.report_run_failed(other)
    say("failed", instance.get_run_by_id(other.run_id).status)


@scenario()
def a_run_and_what_it_knows(say: Say) -> None:
    instance = dg.DagsterInstance.ephemeral()
    run = small.execute_in_process(
        instance=instance, run_config={"loggers": {"console": {"config": {"log_level": "ERROR"}}}}
    ).dagster_run
    say(
        "run",
        run.job_name,
        run.is_finished,
        run.is_success,
        run.is_failure_or_canceled,
        run.parent_run_id,
        run.root_run_id,
    )
    say("config", run.run_config)
    say("selection", bool(run.asset_selection), run.op_selection)
    made = dg.materialize([table], instance=instance, selection=[table]).dagster_run
    say("assets", bool(made.asset_selection), made.asset_check_selection)
    say("statuses", [each.value for each in dg.DagsterRunStatus if each.value != "SUSPENDED"])


@scenario()
def data_versions_and_provenance(say: Say) -> None:
    @dg.asset(code_version="c1")
    def up():
        return dg.Output(1, data_version=dg.DataVersion("u1"))

    @dg.asset(code_version="c2")
    def down(context, up):
        return up

    instance = dg.DagsterInstance.ephemeral()
    dg.materialize([up, down], instance=instance)
    tags = instance.get_latest_materialization_event(dg.AssetKey("down")).asset_materialization.tags
    say("tags", sorted(name for name in tags if name.startswith("dagster/")))
    say("input", tags["dagster/input_data_version/up"], tags["dagster/code_version"], len(tags["dagster/data_version"]))
    up_tags = instance.get_latest_materialization_event(dg.AssetKey("up")).asset_materialization.tags
    say("own", up_tags["dagster/data_version"], up_tags["dagster/data_version_is_user_provided"])
    versions = instance.get_latest_materialization_code_versions(
        [dg.AssetKey("up"), dg.AssetKey("down"), dg.AssetKey("none")]
    )
    say("code versions", versions)


@scenario()
def data_versions_are_the_same_for_the_same(say: Say) -> None:
    @dg.asset(code_version="c1")
    def up():
        return 1

    @dg.asset(code_version="c2")
    def down(up):
        return up

    instance = dg.DagsterInstance.ephemeral()
    found = []
    for _ in range(2):
        dg.materialize([up, down], instance=instance)
        event = instance.get_latest_materialization_event(dg.AssetKey("down"))
        found.append(event.asset_materialization.tags["dagster/data_version"])
    say("same", found[0] == found[1])


@scenario()
def provenance_in_the_context(say: Say) -> None:
    @dg.asset(code_version="c1")
    def up():
        return 1

    @dg.asset(code_version="c2")
    def down(context: dg.AssetExecutionContext, up):
        provenance = context.get_asset_provenance(dg.AssetKey("down"))
        if provenance is None:
            say("none", None)
        else:
            say("found", provenance.code_version, sorted(provenance.input_data_versions), provenance.is_user_provided)
        return up

    instance = dg.DagsterInstance.ephemeral()
    for _ in range(2):
        dg.materialize([up, down], instance=instance)
