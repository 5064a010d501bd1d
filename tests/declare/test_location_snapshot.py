from watchbell import (
    AssetKey,
    AssetSpec,
    ConfigurableResource,
    DagsterRunStatus,
    DataVersion,
    DefaultScheduleStatus,
    DefaultSensorStatus,
    Definitions,
    ScheduleDefinition,
    SourceAsset,
    asset,
    define_asset_job,
    graph_asset,
    job,
    observable_source_asset,
    op,
    run_failure_sensor,
    schedule,
    sensor,
)
from watchbell.ground.wire import dumps, loads
from watchbell.record.metadata import IntMetadataValue, TextMetadataValue


@op
def load() -> int:
    return 1


@op
def store(rows: int) -> None: ...


@job(tags={"team": "data"}, description="Loads.")
def etl() -> None:
    store(load())


class Unspeakable:
    def __repr__(self) -> str:
        return "<unspeakable>"


@asset(
    group_name="sales",
    kinds={"python"},
    op_tags={},
    owners=["team:x"],
    metadata={"rows": 3, "table": Unspeakable(), "nested": {"of": Unspeakable()}},
    deps=["raw"],
)
def orders() -> int:
    """All orders."""
    return 1


@asset(compute_kind="spark")
def totals(orders: int) -> int:
    return orders


@schedule(
    cron_schedule=["0 2 * * *", "0 4 * * *"],
    job=etl,
    execution_timezone="Europe/Berlin",
    default_status=DefaultScheduleStatus.RUNNING,
    tags={"a": "b"},
)
def nightly() -> None:
    """Every night."""


@sensor(asset_selection="orders", minimum_interval_seconds=5, default_status=DefaultSensorStatus.RUNNING)
def files() -> None: ...


alert = run_failure_sensor(name="alert", monitored_jobs=[etl], request_job=etl)(lambda _context: None)
SNAPSHOT = (
    Definitions(
        assets=[totals, orders, AssetSpec("raw", group_name="lake")],
        jobs=[etl, define_asset_job("some", [orders])],
        schedules=[nightly],
        sensors=[files, alert],
    )
    .get_repository_def()
    .snapshot("here")
)


def test_a_snapshot_survives_the_wire() -> None:
    assert loads(dumps(SNAPSHOT)) == SNAPSHOT


def test_a_schedule_is_told_with_its_terms() -> None:
    (told,) = SNAPSHOT.schedules

    assert (
        told.cron,
        told.timezone,
        told.job_name,
        told.running_by_default,
    ) == (("0 2 * * *", "0 4 * * *"), "Europe/Berlin", "etl", True)
    assert (told.description, told.tags) == ("Every night.", {"a": "b"})


def test_sensors_are_told_by_name_with_what_wakes_them() -> None:
    told_alert, told_files = SNAPSHOT.sensors

    assert (
        told_alert.name,
        told_alert.job_names,
        told_alert.run_statuses,
        told_alert.monitored_jobs,
        told_alert.running_by_default,
    ) == ("alert", ("etl",), (DagsterRunStatus.FAILURE,), ("etl",), False)
    assert (
        told_files.name,
        told_files.job_names,
        told_files.run_statuses,
        told_files.minimum_interval_seconds,
        told_files.running_by_default,
    ) == ("files", ("__ASSET_JOB",), (), 5, True)


def test_jobs_are_told_with_their_nodes_in_order() -> None:
    by_name = {each.name: each for each in SNAPSHOT.jobs}

    assert sorted(by_name) == ["__ASSET_JOB", "etl", "some"]
    assert [(node.key, node.upstream) for node in by_name["etl"].nodes] == [("load", ()), ("store", ("load",))]
    assert (by_name["etl"].description, by_name["etl"].tags) == ("Loads.", {"team": "data"})
    assert (AssetKey("orders"),) == by_name["some"].asset_keys


def test_assets_are_told_upstream_first_with_their_jobs() -> None:
    assert [each.key.to_user_string() for each in SNAPSHOT.assets] == ["raw", "orders", "totals"]
    raw, told_orders, told_totals = SNAPSHOT.assets

    assert (raw.group_name, raw.op_name, raw.executable, raw.job_names) == ("lake", None, False, ())
    assert (
        told_orders.group_name,
        told_orders.op_name,
        told_orders.owners,
        told_orders.kinds,
    ) == ("sales", "orders", ("team:x",), ("python",))
    assert ((AssetKey("raw"),), ("__ASSET_JOB", "some")) == (told_orders.deps, told_orders.job_names)
    assert told_totals.kinds == ("spark",)


def test_metadata_that_only_an_io_manager_understands_is_shown_as_text() -> None:
    metadata = SNAPSHOT.assets[1].metadata

    assert IntMetadataValue(3) == metadata["rows"]
    assert TextMetadataValue("<unspeakable>") == metadata["table"]
    assert TextMetadataValue("{'of': <unspeakable>}") == metadata["nested"]


def test_assets_of_graphs_and_observed_ones_are_shown() -> None:
    @op
    def one() -> int:
        return 1

    @graph_asset
    def whole():  # type: ignore[no-untyped-def]
        return one()

    seen = observable_source_asset(name="seen")(lambda: DataVersion("1"))
    defs = Definitions(assets=[whole, seen, SourceAsset("src", description="d")])

    shown = {each.key.to_user_string(): each for each in defs.get_repository_def().snapshot("here").assets}

    assert {key: (each.op_name, each.executable) for key, each in shown.items()} == {
        "whole": ("whole", True),
        "seen": ("seen", True),
        "src": (None, False),
    }
    assert shown["src"].description == "d"


def test_assets_without_a_named_job_are_told_in_its_place() -> None:
    @asset
    def prices() -> None: ...

    @sensor(asset_selection="prices")
    def picking(context: object) -> None: ...

    daily = ScheduleDefinition(name="daily", target="prices", cron_schedule="@daily")
    told = Definitions(assets=[prices], schedules=[daily], sensors=[picking]).get_repository_def().snapshot("shop")

    found = [(each.name, each.makes, each.makes_count) for each in (*told.schedules, *told.sensors)]
    assert found == [("daily", ("prices",), 1), ("picking", ("prices",), 1)]


class Warehouse(ConfigurableResource):
    """Where orders go."""

    host: str
    password: str


def test_resources_are_told_without_their_values() -> None:
    defs = Definitions(resources={"warehouse": Warehouse(host="db.example", password="hunter2")})

    snapshot = defs.get_repository_def().snapshot("here")

    [told] = snapshot.resources
    assert (told.key, told.description) == ("warehouse", "Where orders go.")
    assert [each.name for each in told.config] == ["host", "password"]
    assert "hunter2" not in dumps(snapshot)
    assert loads(dumps(snapshot)) == snapshot
