"""What a run status sensor monitors: the arguments that say it, and whether a run is among it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, TypeAlias

from watchbell.declare.assets.asset_job import UnresolvedAssetJobDefinition
from watchbell.declare.automation.automation_target import ExecutableDefinition
from watchbell.declare.graphs.graph import GraphDefinition
from watchbell.declare.job import JobDefinition
from watchbell.ground.errors import CheckError, DagsterInvalidDefinitionError, ParameterCheckError
from watchbell.ground.value import dataclass
from watchbell.record.run import DagsterRun
from watchbell.record.selectors import CodeLocationSelector, JobSelector, MonitoredRuns, RepositorySelector

MonitoredJob: TypeAlias = ExecutableDefinition | JobSelector | RepositorySelector | CodeLocationSelector


class JobNames(Protocol):
    """Definitions that know their jobs."""

    def has_job(self, name: str) -> bool:
        """Whether a job is called so."""


@dataclass(frozen=True)
class Monitored:
    """What a run status sensor monitors.

    Args:
        job_names: jobs of its own code location; None: all of them.
        by_location: runs named by their code location.
        all_locations: whether every run counts, whatever the others say.
    """

    job_names: tuple[str, ...] | None = None
    by_location: tuple[MonitoredRuns, ...] = ()
    all_locations: bool = False

    @staticmethod
    def read(monitored_jobs: Sequence[MonitoredJob] | None, all_locations: object, what: str) -> Monitored:
        """What the arguments of a definition say.

        Args:
            monitored_jobs: jobs, graphs and selectors; None or none: all jobs of the location.
            all_locations: whether runs of all locations count.
            what: the definition, for messages.

        Raises:
            ParameterCheckError: no list, or something in it that names no runs.
            DagsterInvalidDefinitionError: both were given.
        """
        if monitored_jobs is not None and (isinstance(monitored_jobs, str) or not isinstance(monitored_jobs, Sequence)):
            raise ParameterCheckError(
                f"monitored_jobs of {what} is a list of jobs; write [...] around {monitored_jobs!r}",
                parameter="monitored_jobs",
                value=monitored_jobs,
            )
        names: list[str] = []
        by_location: list[MonitoredRuns] = []
        for each in monitored_jobs or ():
            _add(each, names, by_location, what)
        if all_locations and monitored_jobs:
            raise DagsterInvalidDefinitionError(
                f"{what} has monitored_jobs and monitor_all_code_locations=True; give one of them"
            )
        return Monitored(tuple(names) if monitored_jobs else None, tuple(by_location), bool(all_locations))

    def counts(self, run: DagsterRun, repository: JobNames | None) -> bool:
        """Whether a run is among it, where no service says of which location the sensor is.

        A run that was started in somebody's own process has no location: its job's name decides.

        Args:
            run: the run.
            repository: the definitions around the sensor, if they are known.
        """
        if self.all_locations or any(each.contains(run) for each in self.by_location):
            return True
        if self.job_names is not None:
            return run.job_name in self.job_names
        return repository is None or run.location_name is None or bool(repository.has_job(run.job_name))


def _add(each: Any, names: list[str], by_location: list[MonitoredRuns], what: str) -> None:
    match each:
        case JobDefinition() | GraphDefinition() | UnresolvedAssetJobDefinition():
            names.append(each.name)
        case JobSelector():
            by_location.append(MonitoredRuns(each.location_name, each.job_name))
        case RepositorySelector() | CodeLocationSelector():
            by_location.append(MonitoredRuns(each.location_name))
        case _:
            raise ParameterCheckError(
                f"monitored_jobs of {what} takes jobs (from @job or define_asset_job), graphs, and a JobSelector, "
                f"RepositorySelector or CodeLocationSelector for those of other code locations, not {each!r}",
                parameter="monitored_jobs",
                value=each,
            )


def monitored_arguments(
    monitored_jobs: Sequence[MonitoredJob] | None,
    job_selection: Sequence[MonitoredJob] | None,
    monitor_all_code_locations: bool | None,
    monitor_all_repositories: bool | None,
) -> dict[str, Any]:
    """The arguments of a definition, made of those of its decorator, which has older names for two of them.

    Raises:
        CheckError: both names of one argument were given.
        DagsterInvalidDefinitionError: jobs, and all locations.
    """
    if monitor_all_code_locations is not None and monitor_all_repositories is not None:
        raise CheckError(
            "monitor_all_repositories is the older name of monitor_all_code_locations; give the newer one alone"
        )
    everywhere = monitor_all_code_locations or monitor_all_repositories
    if everywhere and (monitored_jobs or job_selection):
        jobs_name = "monitored_jobs" if monitored_jobs else "job_selection"
        all_name = "monitor_all_code_locations" if monitor_all_code_locations else "monitor_all_repositories"
        raise DagsterInvalidDefinitionError(f"both {jobs_name} and {all_name}=True were given; give one of them")
    jobs = job_selection if monitored_jobs is None else monitored_jobs
    return {"monitored_jobs": jobs, "monitor_all_code_locations": everywhere}
