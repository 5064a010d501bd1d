"""Definitions of a location by their names, which no two may share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from watchbell.declare.assets.asset_job import IMPLICIT_ASSET_JOB_NAME, UnresolvedAssetJobDefinition
from watchbell.declare.automation.schedule import ScheduleDefinition
from watchbell.declare.job import JobDefinition
from watchbell.ground.errors import DagsterInvalidDefinitionError

AnyJob = JobDefinition | UnresolvedAssetJobDefinition


def by_name(automations: Iterable[Any], others: Mapping[str, Any]) -> dict[str, Any]:
    """Schedules or sensors by their names.

    Args:
        automations: they.
        others: what has names already, by name.

    Raises:
        DagsterInvalidDefinitionError: two have the same name.
    """
    found: dict[str, Any] = {}
    for each in automations:
        other = found.get(each.name, others.get(each.name))
        if other is not None and other is not each:
            raise DagsterInvalidDefinitionError(
                f"two definitions are called {each.name!r}: a {_kind(other)} and a {_kind(each)}; give one of them "
                "another name",
                name=each.name,
            )
        found[each.name] = each
    return found


def _kind(definition: object) -> str:
    return "schedule" if isinstance(definition, ScheduleDefinition) else "sensor"


def jobs_by_name(jobs: Iterable[AnyJob]) -> dict[str, AnyJob]:
    """Jobs by their names.

    Raises:
        DagsterInvalidDefinitionError: two different ones have the same name, or one has that of the job of all assets.
    """
    found: dict[str, AnyJob] = {}
    for job in jobs:
        if job.name == IMPLICIT_ASSET_JOB_NAME:
            raise DagsterInvalidDefinitionError(
                f"no job can be called {job.name!r}: it is the name of the job of all assets"
            )
        other = found.setdefault(job.name, job)
        if other is not job:
            raise DagsterInvalidDefinitionError(
                f"two different jobs are called {job.name!r}; give one of them another name, or use the same object in "
                "jobs= and in the schedule or sensor",
                name=job.name,
            )
    return found
