"""Jobs with a condition as entities: what they are made of, and the runs they are asked for as."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from watchbell.automate.conditions.entity_graph import EntityPlan
from watchbell.automate.conditions.subset import Subset
from watchbell.automate.conditions.world import EntityKey
from watchbell.declare.assets.asset_graph import AssetGraph
from watchbell.declare.conditions.job_conditions import roots_of
from watchbell.declare.job import JobDefinition
from watchbell.declare.partitions.view import PartitionsView, looking_from
from watchbell.record.asset_job_key import AssetJobKey
from watchbell.record.ordinal_set import OrdinalSet
from watchbell.record.request import RunRequest


def plans_of_jobs(
    jobs: Iterable[JobDefinition], assets: AssetGraph, location_name: str | None = None
) -> list[EntityPlan]:
    """What is said of jobs that have a condition; each depends on the assets it begins with.

    Args:
        jobs: the jobs.
        assets: the assets of their location.
        location_name: its name.
    """
    return [
        EntityPlan(
            AssetJobKey(job.name),
            job.partitions_def,
            tuple((key, None) for key in roots_of(job.asset_layer.executable_keys, assets)),
            job.automation_condition,
            location_name=location_name,
        )
        for job in jobs
    ]


class JobRequests:
    """Makes run requests for jobs: one for each partition.

    Args:
        jobs: the jobs that have a condition.
    """

    def __init__(self, jobs: Iterable[JobDefinition] = ()) -> None:
        self._jobs = {AssetJobKey(job.name): job for job in jobs}

    def requests(
        self, asked: Mapping[EntityKey, Subset], tags: Mapping[str, str], view: PartitionsView, most: int
    ) -> tuple[Sequence[RunRequest], Mapping[EntityKey, Subset]]:
        """The runs of the jobs that were asked for, and what no run was asked for because there would be too many.

        Args:
            asked: the partitions of each asset, check and job; of others than jobs nothing is made.
            tags: tags of all runs, besides those of the job.
            view: from where partitions are looked at.
            most: at most so many runs (count).
        """
        requests: list[RunRequest] = []
        left: dict[EntityKey, Subset] = {}
        for key, subset in asked.items():
            job = self._jobs.get(key) if isinstance(key, AssetJobKey) else None
            if job is None or not subset:
                continue
            room = most - len(requests)
            if not isinstance(subset, OrdinalSet):
                if room > 0:
                    requests.append(_request(job, tags, None, view))
                else:
                    left[key] = subset
                continue
            ordinals = list(subset)
            assert job.partitions_def is not None  # or its set would be none
            names = job.partitions_def.keys_of(ordinals[: max(room, 0)], view)
            requests += [_request(job, tags, name, view) for name in names]
            if len(ordinals) > room:
                left[key] = OrdinalSet(ordinals[max(room, 0) :])
        return requests, left


def _request(
    job: JobDefinition, tags: Mapping[str, str], partition_key: str | None, view: PartitionsView
) -> RunRequest:
    request = RunRequest(job_name=job.name, partition_key=partition_key, tags=tags)
    if partition_key is not None:
        with looking_from(view.current_time, view.store):
            request = job.resolved_request(request, view)
    return request.with_replaced_attrs(
        tags={**job.run_tags, **request.tags}, run_config=request.run_config or job.config or {}
    )
