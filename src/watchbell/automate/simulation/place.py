"""A code location in a simulation: what its jobs make, and what a request of it comes to as a run."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from watchbell.automate.queue_rules import priority_of
from watchbell.automate.simulation.columns import Order
from watchbell.automate.simulation.terms import SimulationTerms
from watchbell.declare.repository import RepositoryDefinition
from watchbell.ground.value import dataclass
from watchbell.record.asset_check_key import AssetCheckKey
from watchbell.record.automation_policy import Overlap
from watchbell.record.keys import AssetKey
from watchbell.record.partition import RANGE_END_TAG, RANGE_START_TAG
from watchbell.record.request import RunRequest


@dataclass(frozen=True)
class Made:
    """What the runs of a job, or of a part of it, do.

    Args:
        asset_keys: the assets they make, upstream first.
        observed_keys: those they look at.
        check_keys: the checks they execute.
        duration_seconds: how long they take.
    """

    asset_keys: tuple[AssetKey, ...]
    observed_keys: frozenset[AssetKey]
    check_keys: tuple[AssetCheckKey, ...]
    duration_seconds: float


class Place:
    """A code location.

    Args:
        name: its name.
        repository: what it defines.
        terms: how long runs take.
    """

    def __init__(self, name: str, repository: RepositoryDefinition, terms: SimulationTerms) -> None:
        self.name = name
        self.repository = repository
        self._terms = terms
        self._made: dict[tuple[Any, ...], Made] = {}

    def order(self, request: RunRequest, overlap: Overlap = Overlap.ALLOW, why: str = "") -> Order:
        """A request that names its job as what a run is asked for.

        Args:
            request: it.
            overlap: what its runs do while those of earlier times of their schedule are not over.
            why: what made it be asked for.
        """
        assert request.job_name is not None  # `resolve_request` saw to it
        tags = dict(request.tags)
        made = self.made(request.job_name, request.asset_selection, request.asset_check_keys)
        first, last = tags.get(RANGE_START_TAG), tags.get(RANGE_END_TAG)
        return Order(
            location_name=self.name,
            job_name=request.job_name,
            run_key=request.run_key,
            tags=tags,
            partition=request.partition_key,
            partition_range=None if first is None or last is None else (first, last),
            asset_keys=made.asset_keys,
            observed_keys=made.observed_keys,
            check_keys=made.check_keys,
            duration_seconds=made.duration_seconds,
            overlap=overlap,
            priority=priority_of(tags),
            why=why,
        )

    def made(self, job_name: str, assets: Sequence[AssetKey] | None, checks: Sequence[AssetCheckKey] | None) -> Made:
        """What the runs of a job do.

        Args:
            job_name: the job.
            assets: those of its assets that are made; None: all.
            checks: the checks that are executed; None: those of the assets.
        """
        key = (job_name, assets and tuple(assets), None if checks is None else tuple(checks))
        found = self._made.get(key)
        if found is None:
            found = self._made[key] = self._made_by(job_name, assets, checks)
        return found

    def _made_by(
        self, job_name: str, assets: Sequence[AssetKey] | None, checks: Sequence[AssetCheckKey] | None
    ) -> Made:
        graph = self.repository.asset_graph
        if assets is None and checks is None:
            layer = self.repository.get_job(job_name).asset_layer if self.repository.has_job(job_name) else None
            keys = frozenset() if layer is None else layer.executable_keys
            observed = frozenset() if layer is None else layer.observed_keys
        else:
            keys = frozenset(assets or ())
            observed = keys & graph.observable_keys
        if checks is None:
            by_asset = graph.check_keys_by_asset
            checks = [check for key in graph.upstream_first(keys - observed) for check in by_asset.get(key, ())]
        made = tuple(graph.upstream_first(keys - observed))
        names = [key.to_user_string() for key in keys]
        return Made(made, keys & observed, tuple(checks), self._terms.duration_seconds(job_name, names))


@dataclass(eq=False)
class Asked:
    """What an evaluation asks for.

    Args:
        orders: the runs.
        reason: why there are none, or what user code raised.
        is_failure: whether it raised.
    """

    orders: tuple[Order, ...] = ()
    reason: str | None = None
    is_failure: bool = False

    @cached_property
    def is_plain(self) -> bool:
        """Whether it asks for runs that follow no rule and have no effect, as far as it knows itself."""
        return bool(self.orders) and not any(each.run_key is not None or each.has_effects for each in self.orders)
