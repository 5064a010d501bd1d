"""What no condition can have run: its functions or resources need run config, and a condition has none to give.

Such an entity is left out of its sensor by name, like one whose evaluation fails, instead of being asked for in a run
that must fail, and that would take what else it is to make with it. Most need no config, which is seen without a job.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from watchbell.automate.conditions.entity_graph import ASSET_JOB
from watchbell.automate.conditions.requests import RequestPlanner
from watchbell.automate.conditions.world import EntityKey
from watchbell.declare.assets.assets_definition import AssetsDefinition
from watchbell.declare.collect import RepositoryDefinition
from watchbell.declare.config.config_schema import Field
from watchbell.declare.graphs.op import OpDefinition
from watchbell.declare.job import JobDefinition
from watchbell.declare.run_config import resolve_run_config
from watchbell.ground.errors import DagsterInvalidConfigError
from watchbell.record.asset_check_key import AssetCheckKey
from watchbell.record.asset_job_key import AssetJobKey
from watchbell.record.keys import AssetKey

MISTAKES_TOLD = 3
"""Missing entries of run config that are told (count)."""
_SCHEMAS = ("config_field", "output_config_schema", "input_config_schema")


class RunConfigNeeds:
    """Which entities of a location need run config to be run.

    Args:
        repository: the loaded code.
        planner: knows what is made together.
    """

    def __init__(self, repository: RepositoryDefinition, planner: RequestPlanner) -> None:
        self._repository = repository
        self._planner = planner
        self._found: dict[object, str] = {}
        self._needy = _needy_resources(repository)
        has_assets = bool(repository.asset_graph.definition_by_key or repository.asset_graph.checks)
        executor = repository.get_job(ASSET_JOB).executor_def if has_assets else None
        self._is_executor_needy = executor is not None and _is_required(executor.config_field)

    def of(self, key: EntityKey) -> str:
        """Why no condition can have an asset, a check or a job run; empty: one can."""
        if isinstance(key, AssetJobKey):
            return self._of_job(self._repository.get_job(key.job_name))
        graph = self._repository.asset_graph
        maker = graph.checks.get(key) if isinstance(key, AssetCheckKey) else graph.definition_by_key.get(key)
        if maker is None or not self._may_need(maker):
            return ""
        unit = self._planner.unit_of_check(key) if isinstance(key, AssetCheckKey) else self._planner.unit_of_asset(key)
        found = self._found.get(unit)
        if found is None:
            along = [each for asset in unit.keys for each in graph.check_keys_by_asset.get(asset, ())]
            checks = [*unit.check_keys, *(each for each in along if graph.checks[each] is maker)]
            found = self._found[unit] = self._needed(unit.keys, checks)
        return found

    def checks_of(self, key: AssetKey) -> list[AssetCheckKey]:
        """The checks of an asset that cannot be run along with it."""
        graph = self._repository.asset_graph
        checks = graph.check_keys_by_asset.get(key, ())
        maker = graph.definition_by_key.get(key) if checks else None
        return [each for each in checks if graph.checks[each] is not maker and self.of(each)]

    def _needed(self, keys: Collection[AssetKey], checks: Collection[AssetCheckKey]) -> str:
        whole = self._repository.get_job(ASSET_JOB)
        cut = whole.get_subset(asset_selection=frozenset(keys), asset_check_selection=checks)
        return _mistakes_text(cut, {})

    def _of_job(self, job: JobDefinition) -> str:
        if job.partitioned_config is not None:  # it has some for each partition, which is looked at when it is run
            return ""
        found = self._found.get(job.name)
        if found is None:
            found = self._found[job.name] = _mistakes_text(job, job.config or {})
        return found

    def _may_need(self, maker: AssetsDefinition) -> bool:
        node: Any = maker.node_def
        if self._is_executor_needy or not isinstance(node, OpDefinition):
            return True
        return _is_required(node.config_field) or not self._needy.isdisjoint(maker.required_resource_keys)


def unrunnable_text(repository: RepositoryDefinition, key: EntityKey) -> str:
    """Why no condition can have an entity of a location run; empty: one can."""
    planner = RequestPlanner(repository.asset_graph, ASSET_JOB, repository.conditioned_jobs)
    return RunConfigNeeds(repository, planner).of(key)


def _needy_resources(repository: RepositoryDefinition) -> frozenset[str]:
    """The keys of resources that need config, by themselves or for what they need."""
    resources = dict(repository.get_top_level_resources())
    for maker in (*repository.asset_graph.definition_by_key.values(), *repository.asset_graph.checks.values()):
        resources |= maker.resource_defs
    needy = {
        key for key, each in resources.items() if any(_is_required(getattr(each, name, None)) for name in _SCHEMAS)
    }
    while more := {key for key, each in resources.items() if needy & each.required_resource_keys} - needy:
        needy |= more
    return frozenset(needy)


def _is_required(field: object) -> bool:
    return isinstance(field, Field) and field.is_required


def _mistakes_text(job: JobDefinition, run_config: object) -> str:
    try:
        resolve_run_config(job, run_config)
    except DagsterInvalidConfigError as error:
        told = "; ".join(str(each) for each in error.errors[:MISTAKES_TOLD])
        more = len(error.errors) - MISTAKES_TOLD
        return (
            f"it needs run config ({told}{f' and {more:,} more' if more > 0 else ''}), which no condition can give, so "
            "it cannot be run by a condition; give its config defaults, or have it run by a schedule, a sensor or a "
            "job that gives the config"
        )
    return ""
