from typing import Any

import pytest

from watchbell import (
    AssetCheckKey,
    AssetCheckResult,
    AssetKey,
    AssetSpec,
    Definitions,
    RunRequest,
    ScheduleDefinition,
    asset,
    asset_check,
    build_schedule_context,
    define_asset_job,
    job,
    op,
    schedule,
    sensor,
)
from watchbell.ground.errors import CheckError, DagsterInvalidSubsetError, DagsterInvariantViolationError


@op
def load() -> None: ...


@job(tags={"team": "data", "tier": "gold"}, config={"ops": {}})
def etl() -> None:
    load()


@job
def report() -> None:
    load()


@asset
def orders() -> int:
    return 1


@asset
def totals(orders: int) -> int:
    return orders


def nothing() -> None: ...


daily = ScheduleDefinition(name="daily", job=etl, cron_schedule="@daily")
jobless = schedule(cron_schedule="@daily", name="jobless")(nothing)
several = sensor(jobs=[etl, report], name="several")(nothing)
selecting = sensor(asset_selection=[totals], name="selecting")(nothing)
nightly = define_asset_job("nightly", [orders])
REPOSITORY = Definitions(
    assets=[orders, totals, AssetSpec("raw")],
    jobs=[etl, report, nightly],
    schedules=[daily, jobless],
    sensors=[several, selecting],
).get_repository_def()


def test_a_request_gets_the_jobs_name_tags_and_config() -> None:
    resolved = REPOSITORY.resolve_request(daily, RunRequest("k", tags={"tier": "silver"}))

    assert (resolved.job_name, resolved.run_key, resolved.run_config) == ("etl", "k", {"ops": {}})
    assert resolved.tags == {"team": "data", "tier": "silver"}


def test_a_request_keeps_its_own_config() -> None:
    resolved = REPOSITORY.resolve_request(daily, RunRequest(run_config={"resources": {}}))

    assert resolved.run_config == {"resources": {}}


def test_a_request_may_name_its_job() -> None:
    assert REPOSITORY.resolve_request(jobless, RunRequest(job_name="report")).job_name == "report"
    assert REPOSITORY.resolve_request(several, RunRequest(job_name="report")).job_name == "report"


def test_a_request_without_a_job_goes_to_the_only_one() -> None:
    repository = Definitions(jobs=[etl], schedules=[jobless]).get_repository_def()

    assert repository.resolve_request(jobless, RunRequest()).job_name == "etl"


def test_jobs_that_nobody_wrote_are_not_counted_and_not_offered() -> None:
    of_assets = ScheduleDefinition(name="of_assets", target=[orders], cron_schedule="@daily")
    one = Definitions([orders], [jobless, of_assets], jobs=[etl]).get_repository_def()
    two = Definitions([orders], [jobless, of_assets], jobs=[etl, report]).get_repository_def()

    assert one.resolve_request(jobless, RunRequest()).job_name == "etl"
    with pytest.raises(DagsterInvariantViolationError, match="there are: etl, report$"):
        two.resolve_request(jobless, RunRequest())


@pytest.mark.parametrize(
    ("request_", "expected"),
    [(RunRequest(), "did not say of which job"), (RunRequest(job_name="reprot"), "did you mean 'report'")],
    ids=["none", "unknown"],
)
def test_the_tick_of_a_schedule_without_a_job_checks_those_of_its_requests(request_: RunRequest, expected: str) -> None:
    asking = schedule(cron_schedule="@daily", name="asking")(lambda: request_)
    definitions = Definitions(jobs=[etl, report], schedules=[asking]).get_repository_def()

    with pytest.raises(DagsterInvariantViolationError, match=expected):
        asking.evaluate_tick(build_schedule_context(repository_def=definitions))
    assert asking.evaluate_tick(build_schedule_context()).run_requests[0].job_name == request_.job_name


def test_a_request_for_checks_needs_no_job_at_the_tick() -> None:
    @asset_check(asset=orders)
    def sound() -> AssetCheckResult:
        return AssetCheckResult(passed=True)

    asked = RunRequest(asset_check_keys=[AssetCheckKey(AssetKey("orders"), "sound")])
    asking = schedule(cron_schedule="@daily", name="asking")(lambda: asked)
    definitions = Definitions([orders], [asking], jobs=[etl, report], asset_checks=[sound]).get_repository_def()
    data = asking.evaluate_tick(build_schedule_context(repository_def=definitions))

    assert data.run_requests[0].asset_check_keys == asked.asset_check_keys


@pytest.mark.parametrize("definition", [jobless, several])
def test_a_request_that_could_be_for_several_jobs_is_refused(definition: Any) -> None:
    with pytest.raises(DagsterInvariantViolationError, match="did not say of which job.*etl"):
        REPOSITORY.resolve_request(definition, RunRequest())


def test_an_unknown_job_is_answered_with_the_nearest() -> None:
    with pytest.raises(DagsterInvariantViolationError, match="schedule 'jobless' .*'reprot'.*did you mean 'report'"):
        REPOSITORY.resolve_request(jobless, RunRequest(job_name="reprot"))


def test_a_sensor_with_a_selection_requests_its_assets() -> None:
    resolved = REPOSITORY.resolve_request(selecting, RunRequest())

    assert ("__ASSET_JOB", [AssetKey("totals")]) == (resolved.job_name, resolved.asset_selection)


def test_a_request_may_select_assets_of_the_job() -> None:
    resolved = REPOSITORY.resolve_request(jobless, RunRequest(job_name="nightly", asset_selection=[AssetKey("orders")]))

    assert [AssetKey("orders")] == resolved.asset_selection
    with pytest.raises(DagsterInvalidSubsetError, match="'totals', which the job 'nightly' does not make"):
        REPOSITORY.resolve_request(jobless, RunRequest(job_name="nightly", asset_selection=[AssetKey("totals")]))


def test_a_partition_of_a_job_without_some_is_refused() -> None:
    with pytest.raises(CheckError, match="job 'etl' cannot run for the partition '2024': it has no partitions"):
        REPOSITORY.resolve_request(daily, RunRequest(partition_key="2024"))


def test_a_job_can_be_cut_down() -> None:
    cut = REPOSITORY.get_maybe_subset_job_def("__ASSET_JOB", asset_selection=[AssetKey("orders")])

    assert {AssetKey("orders")} == cut.asset_layer.executable_keys
    assert REPOSITORY.get_implicit_job_def_for_assets([AssetKey("orders")]) is not None
    assert REPOSITORY.get_implicit_job_def_for_assets([AssetKey("raw")]) is None


def test_look_ups_say_what_is_there() -> None:
    assert REPOSITORY.has_job("etl")
    assert REPOSITORY.has_sensor_def("several")
    assert not REPOSITORY.has_schedule_def("several")
    assert REPOSITORY.get_implicit_asset_job_names() == ["__ASSET_JOB"]
    assert {AssetKey("orders"), AssetKey("totals")} == set(REPOSITORY.assets_defs_by_key)
