"""What a run status sensor monitors, said by jobs, graphs and selectors."""

from typing import Any

import pytest

from watchbell import (
    CodeLocationSelector,
    DagsterInvalidDefinitionError,
    DagsterRun,
    Definitions,
    JobSelector,
    RepositorySelector,
    asset,
    define_asset_job,
    graph,
    job,
)
from watchbell.declare.automation.monitored import Monitored, monitored_arguments
from watchbell.ground.errors import CheckError, ParameterCheckError
from watchbell.record.selectors import MonitoredRuns


@job
def etl() -> None: ...


@graph
def pipeline() -> None: ...


@asset
def orders() -> None: ...


def test_jobs_are_known_by_name_and_selectors_by_their_location() -> None:
    selectors = [
        JobSelector(location_name="billing", job_name="invoices"),
        RepositorySelector(location_name="sales", repository_name="any"),
        CodeLocationSelector(location_name="stock"),
    ]
    monitored = Monitored.read([etl, pipeline, define_asset_job("made", [orders]), *selectors], None, "it")

    assert monitored.job_names == ("etl", "pipeline", "made")
    assert monitored.by_location == (
        MonitoredRuns("billing", "invoices"),
        MonitoredRuns("sales"),
        MonitoredRuns("stock"),
    )


@pytest.mark.parametrize("nothing", [None, [], ()])
def test_nothing_means_all_of_the_location(nothing: Any) -> None:
    assert Monitored.read(nothing, None, "it") == Monitored()


@pytest.mark.parametrize(
    ("jobs", "text"),
    [
        ("etl", "is a list of jobs; write"),
        (etl, "is a list of jobs; write"),
        (["etl"], "monitored_jobs of it takes jobs"),
        ([orders], "monitored_jobs of it takes jobs"),
        ([Definitions(jobs=[etl])], "RepositorySelector or CodeLocationSelector"),
    ],
)
def test_what_names_no_runs_is_refused(jobs: Any, text: str) -> None:
    with pytest.raises(ParameterCheckError, match=text):
        Monitored.read(jobs, None, "it")


def test_jobs_and_everything_contradict_each_other() -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match="it has monitored_jobs and monitor_all_code_locations"):
        Monitored.read([etl], True, "it")
    with pytest.raises(DagsterInvalidDefinitionError, match="both job_selection and monitor_all_repositories=True"):
        monitored_arguments(None, [etl], None, True)
    with pytest.raises(CheckError, match="older name"):
        monitored_arguments(None, None, True, False)


@pytest.mark.parametrize(
    ("monitored", "location_name", "job_name", "expected"),
    [
        (Monitored(), "here", "etl", True),
        (Monitored(), None, "other", True),
        (Monitored(), "here", "other", False),
        (Monitored(all_locations=True), "there", "other", True),
        (Monitored(("etl",)), "there", "etl", True),
        (Monitored(("etl",)), "here", "other", False),
        (Monitored((), (MonitoredRuns("there"),)), "there", "any", True),
        (Monitored((), (MonitoredRuns("there"),)), "here", "etl", False),
        (Monitored((), (MonitoredRuns("there", "etl"),)), "there", "etl", True),
        (Monitored((), (MonitoredRuns("there", "etl"),)), "there", "other", False),
        (Monitored((), (MonitoredRuns("there"),)), None, "etl", False),
    ],
)
def test_a_run_counts_by_its_location_and_job(
    monitored: Monitored, location_name: str | None, job_name: str, expected: bool
) -> None:
    repository = Definitions(jobs=[etl]).get_repository_def()

    assert monitored.counts(DagsterRun(job_name, "1", location_name=location_name), repository) is expected
