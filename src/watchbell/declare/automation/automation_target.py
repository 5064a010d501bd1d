"""What a schedule or sensor starts: a job, a job by name, or assets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from watchbell.declare.assets.asset import AssetsDefinition
from watchbell.declare.assets.asset_job import UnresolvedAssetJobDefinition, define_asset_job
from watchbell.declare.assets.selection import AssetSelection, selection_of
from watchbell.declare.graphs.graph import GraphDefinition
from watchbell.declare.job import JobDefinition
from watchbell.ground.errors import DagsterInvalidDefinitionError, ParameterCheckError
from watchbell.ground.value import dataclass
from watchbell.record.request import check_text

ExecutableDefinition = JobDefinition | UnresolvedAssetJobDefinition | GraphDefinition
ANONYMOUS_JOB_PREFIX = "__anonymous_asset_job_"


@dataclass(frozen=True)
class AutomationTarget:
    """One job that a schedule or sensor may start.

    Args:
        job_name: its name.
        job: the job; None if only its name was given.
        assets_defs: assets given as the target, which belong to the location because of it.
    """

    job_name: str
    job: JobDefinition | UnresolvedAssetJobDefinition | None = None
    assets_defs: tuple[AssetsDefinition, ...] = ()

    @property
    def is_anonymous(self) -> bool:
        """Whether the job was made for this target alone."""
        return self.job_name.startswith(ANONYMOUS_JOB_PREFIX)


@dataclass(frozen=True)
class TargetArguments:
    """The arguments by which a target can be given; at most one of them.

    Args:
        what: the definition, for messages, e.g. ``"schedule 'daily'"``.
        name: its name, None if it takes the job's.
        job: a job.
        job_name: a job by name.
        jobs: several jobs.
        target: a job, assets or a selection of assets.
    """

    what: str
    name: str | None
    job: object = None
    job_name: str | None = None
    jobs: Sequence[object] | None = None
    target: object = None

    def resolve(self) -> tuple[AutomationTarget, ...]:
        """The targets.

        Raises:
            DagsterInvalidDefinitionError: more than one way was used.
            ParameterCheckError: something is neither a job nor assets.
        """
        given = [name for name in ("job", "job_name", "jobs", "target") if getattr(self, name) is not None]
        if len(given) > 1:
            raise DagsterInvalidDefinitionError(f"{self.what} has both {given[0]}= and {given[1]}=; give one of them")
        if self.job is not None:
            return (self._job_target(self.job, "job"),)
        if self.job_name is not None:
            return (AutomationTarget(check_text(self.job_name, f"job_name of {self.what}")),)
        if self.jobs is not None:
            return self._several(self.jobs)
        return () if self.target is None else (self._any_target(self.target),)

    def _several(self, jobs: object) -> tuple[AutomationTarget, ...]:
        if not isinstance(jobs, Sequence) or isinstance(jobs, str):
            raise ParameterCheckError(f"jobs of {self.what} is a list of jobs, not {jobs!r}", parameter="jobs")
        return tuple(self._job_target(each, "jobs") for each in jobs)

    def _job_target(self, job: object, parameter: str) -> AutomationTarget:
        if isinstance(job, GraphDefinition):
            job = JobDefinition(graph_def=job)
        if isinstance(job, JobDefinition | UnresolvedAssetJobDefinition):
            return AutomationTarget(job.name, job)
        hint = f"; to name it, pass job_name={job!r}" if isinstance(job, str) else ""
        raise ParameterCheckError(
            f"{parameter} of {self.what} takes jobs (from @job or define_asset_job), not {job!r}{hint}",
            parameter=parameter,
            value=job,
        )

    def _any_target(self, target: object) -> AutomationTarget:
        if isinstance(target, JobDefinition | UnresolvedAssetJobDefinition | GraphDefinition):
            return self._job_target(target, "target")
        if self.name is None:
            raise DagsterInvalidDefinitionError(f"{self.what} has assets as its target and therefore needs a name=")
        selection = selection_of(target)
        job = define_asset_job(f"{ANONYMOUS_JOB_PREFIX}{self.name}", selection=selection)
        return AutomationTarget(job.name, job, _definitions_in(target))


def _definitions_in(target: Any) -> tuple[AssetsDefinition, ...]:
    if isinstance(target, AssetsDefinition):
        return (target,)
    if isinstance(target, str | AssetSelection):
        return ()
    return tuple(each for each in target if isinstance(each, AssetsDefinition))
