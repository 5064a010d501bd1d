from typing import Any

import pytest

from watchbell import (
    AssetsDefinition,
    AssetSelection,
    AssetSpec,
    Definitions,
    RepositoryDefinition,
    ScheduleDefinition,
    asset,
    define_asset_job,
    graph,
    in_process_executor,
    job,
    op,
    repository,
    run_failure_sensor,
    schedule,
    sensor,
)
from watchbell.ground.errors import DagsterInvalidDefinitionError, DagsterInvariantViolationError, ParameterCheckError


@op
def load() -> None: ...


@job
def etl() -> None:
    load()


@asset
def orders() -> int:
    return 1


@asset
def totals(orders: int) -> int:
    return orders


def nothing() -> None: ...


daily = ScheduleDefinition(name="daily", job=etl, cron_schedule="@daily")
files = sensor(job=etl, name="files")(nothing)


def test_everything_is_found_by_its_name() -> None:
    defs = Definitions(assets=[orders, totals], jobs=[etl], schedules=[daily], sensors=[files])

    assert [each.name for each in defs.resolve_all_job_defs()] == ["__ASSET_JOB", "etl"]
    assert daily is defs.get_schedule_def("daily")
    assert files is defs.get_sensor_def("files")
    assert totals is defs.get_assets_def("totals")
    assert defs.get_job_def("etl").name == "etl"
    assert {"orders", "totals"} == {key.to_user_string() for key in defs.resolve_all_asset_keys()}
    assert defs.get_repository_def() is defs.get_repository_def()


def test_jobs_of_schedules_and_sensors_need_not_be_listed() -> None:
    nightly = define_asset_job("nightly", AssetSelection.assets(orders))
    defs = Definitions(
        assets=[orders], schedules=[ScheduleDefinition(job=nightly, cron_schedule="@daily")], sensors=[files]
    )

    assert defs.get_repository_def().job_names == ["__ASSET_JOB", "nightly", "etl"]


def test_assets_that_are_targets_need_not_be_listed() -> None:
    hourly = ScheduleDefinition(name="hourly", target=[orders, totals], cron_schedule="@hourly")

    defs = Definitions(assets=[orders], schedules=[hourly])

    assert defs.get_repository_def().job_names == ["__ASSET_JOB", "__anonymous_asset_job_hourly"]
    assert len(defs.get_asset_graph().definitions) == 2


def test_a_graph_is_a_job_too() -> None:
    @graph
    def flow() -> None:
        load()

    assert Definitions(jobs=[flow]).get_job_def("flow").name == "flow"


def test_without_assets_there_is_no_implicit_job() -> None:
    defs = Definitions(jobs=[etl])

    assert not defs.has_implicit_global_asset_job_def()
    with pytest.raises(DagsterInvariantViolationError, match="there is no job '__ASSET_JOB'"):
        defs.get_implicit_global_asset_job_def()


@pytest.mark.parametrize("kind", ["job", "schedule", "sensor"])
def test_an_unknown_name_is_answered_with_the_nearest(kind: str) -> None:
    named = {"job": "etl", "schedule": "daily", "sensor": "files"}[kind]
    defs = Definitions(jobs=[etl], schedules=[daily], sensors=[files])

    with pytest.raises(DagsterInvariantViolationError, match=f"no {kind} '{named}x'; did you mean '{named}'"):
        getattr(defs, f"get_{kind}_def")(f"{named}x")


def test_resources_and_executor_reach_all_jobs() -> None:
    @asset(required_resource_keys={"db"})
    def stored() -> None: ...

    @job
    def reading() -> None:
        op(name="read", required_resource_keys={"db"})(nothing)()

    defs = Definitions(assets=[stored], jobs=[reading], resources={"db": object()}, executor=in_process_executor)

    for name in ("__ASSET_JOB", "reading"):
        assert "db" in defs.get_job_def(name).resource_defs
        assert in_process_executor is defs.get_job_def(name).executor_def


def other_job() -> Any:
    @job(name="etl")
    def made() -> None:
        load()

    return made


def needing(name: str) -> AssetsDefinition:
    definition: AssetsDefinition = asset(name="stored", required_resource_keys={name})(nothing)
    return definition


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"assets": [orders, asset(name="orders")(nothing)]}, "'orders' is defined twice"),
        ({"assets": [totals]}, "'totals' takes 'orders'"),
        (
            {"assets": [asset(name="a", deps=["b"])(nothing), asset(name="b", deps=["a"])(nothing)]},
            "in a circle: a ← b ← a",
        ),
        ({"jobs": [etl, other_job()]}, "two different jobs are called 'etl'"),
        ({"jobs": [other_job()], "schedules": [daily]}, "two different jobs are called 'etl'"),
        ({"schedules": [daily, ScheduleDefinition(name="daily", job=etl, cron_schedule="@hourly")]}, "called 'daily'"),
        ({"schedules": [daily], "sensors": [sensor(job=etl, name="daily")(nothing)]}, "a schedule and a sensor"),
        (
            {"jobs": [etl], "schedules": [ScheduleDefinition(job_name="elt", cron_schedule="@daily")]},
            "schedule 'elt_schedule' starts the job 'elt', which is not defined in Definitions; did you mean 'etl'",
        ),
        ({"sensors": [sensor(job_name="x", name="s")(nothing)]}, "sensor 's' starts the job 'x'"),
        ({"sensors": [sensor(job=etl, name="s", required_resource_keys={"db"})(nothing)]}, "sensor 's' needs .*'db'"),
        ({"assets": [needing("db")], "resources": {"dbs": 1}}, "'db', which is not provided.*did you mean 'dbs'"),
        ({"assets": [orders], "jobs": [define_asset_job("x", ["ordrs"])]}, "did you mean 'orders'"),
        (
            {"assets": [orders], "sensors": [sensor(asset_selection=["x"], name="s")(nothing)]},
            "sensor 's': no asset 'x'",
        ),
    ],
)
def test_what_does_not_fit_together_is_refused_by_name(arguments: dict[str, Any], text: str) -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match=text):
        Definitions.validate_loadable(Definitions(**arguments))


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"assets": [5]}, "assets of Definitions holds 5"),
        ({"jobs": ["etl"]}, "jobs of Definitions holds 'etl'"),
        ({"schedules": [etl]}, "schedules of Definitions holds"),
        ({"sensors": 5}, "sensors of Definitions is a list, not 5"),
        ({"assets": "orders"}, "assets of Definitions is a list"),
        ({"executor": 5}, "executor"),
        ({"resources": 5}, "resources of Definitions"),
    ],
)
def test_members_of_the_wrong_type_are_refused_at_once(arguments: dict[str, Any], text: str) -> None:
    with pytest.raises(ParameterCheckError, match=text):
        Definitions(**arguments)


@pytest.mark.parametrize("argument", ["component_tree"])
def test_what_is_not_there_yet_is_refused_clearly(argument: str) -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match=f"{argument}= of Definitions is not supported yet"):
        Definitions(**{argument: [1]})  # type: ignore[arg-type]


def test_merging_puts_together_and_keeps_shared_objects_once() -> None:
    db = object()
    merged = Definitions.merge(
        Definitions(assets=[orders], jobs=[etl], resources={"db": db}),
        Definitions(assets=[orders, totals], schedules=[daily], resources={"db": db}, executor=in_process_executor),
    )

    assert [orders, totals] == merged.assets
    assert in_process_executor is merged.executor
    assert merged.get_repository_def().job_names == ["__ASSET_JOB", "etl"]


def test_merging_different_resources_of_one_key_is_refused() -> None:
    with pytest.raises(DagsterInvariantViolationError, match="'db' is given twice"):
        Definitions.merge(Definitions(resources={"db": 1}), Definitions(resources={"db": 2}))


def test_a_repository_is_made_of_a_list() -> None:
    @repository
    def everything() -> list[Any]:
        """All of it."""
        return [orders, [totals, AssetSpec("raw")], etl, define_asset_job("all"), daily, files]

    assert isinstance(everything, RepositoryDefinition)
    assert (everything.name, everything.description) == ("everything", "All of it.")
    assert everything.job_names == ["__ASSET_JOB", "etl", "all"]


def test_a_repository_may_be_made_of_mappings() -> None:
    made = repository(name="other", description="Some.")(
        lambda: {"jobs": {"etl": etl}, "schedules": {"daily": lambda: daily}}
    )

    assert (made.name, made.description, made.job_names) == ("other", "Some.", ["etl"])
    assert made.has_schedule_def("daily")


@pytest.mark.parametrize("returned", [5, "x", [5], [load]])
def test_a_repository_of_something_else_is_refused(returned: object) -> None:
    def everything() -> object:
        return returned

    with pytest.raises(DagsterInvalidDefinitionError, match="repository 'everything'"):
        repository(everything)


def test_a_run_failure_sensor_needs_no_job() -> None:
    alert = run_failure_sensor(name="alert")(lambda _context: None)

    assert alert is Definitions(sensors=[alert]).get_sensor_def("alert")


def test_the_same_schedule_twice_is_one() -> None:
    assert len(Definitions(schedules=[daily, daily]).get_repository_def().schedule_defs) == 1


def test_schedules_are_collected_by_the_thousand() -> None:
    many = [schedule(cron_schedule=f"{each % 60} * * * *", job=etl, name=f"s{each}")(nothing) for each in range(2_000)]

    assert len(Definitions(schedules=many).get_repository_def().schedules) == 2_000
