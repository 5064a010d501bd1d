"""Selectors: jobs and locations named from elsewhere."""

from typing import Any

import pytest

from watchbell import CodeLocationSelector, DagsterRun, JobSelector, RepositorySelector
from watchbell.ground.errors import CheckError, ParameterCheckError
from watchbell.ground.wire import dumps, loads
from watchbell.record.selectors import MonitoredRuns


def test_a_job_selector_knows_its_repository() -> None:
    selector = JobSelector(location_name="billing", job_name="invoices")

    assert selector == JobSelector("billing", "__repository__", "invoices")
    assert selector.repository_selector == RepositorySelector("billing", "__repository__")


def test_a_job_selector_without_a_job_is_refused() -> None:
    with pytest.raises(CheckError, match="'billing' names no job; give job_name= by keyword"):
        JobSelector("billing", "invoices")


@pytest.mark.parametrize(
    ("kind", "names", "text"),
    [
        (JobSelector, {"location_name": 1, "job_name": "etl"}, "location_name of a JobSelector is text, not 1"),
        (JobSelector, {"location_name": "a", "job_name": 2}, "job_name of a JobSelector is text, not 2"),
        (
            RepositorySelector,
            {"location_name": "a", "repository_name": None},
            "repository_name of a RepositorySelector",
        ),
        (CodeLocationSelector, {"location_name": None}, "location_name of a CodeLocationSelector is text, not None"),
    ],
)
def test_names_are_text(kind: Any, names: dict[str, Any], text: str) -> None:
    with pytest.raises(ParameterCheckError, match=text):
        kind(**names)


def test_monitored_runs_are_those_of_a_location_or_of_one_job_there() -> None:
    runs = [DagsterRun(job, "1", location_name=location) for job in ("etl", "other") for location in ("here", None)]

    assert [MonitoredRuns("here").contains(each) for each in runs] == [True, False, True, False]
    assert [MonitoredRuns("here", "etl").contains(each) for each in runs] == [True, False, False, False]
    assert loads(dumps(MonitoredRuns("here", "etl"))) == MonitoredRuns("here", "etl")
