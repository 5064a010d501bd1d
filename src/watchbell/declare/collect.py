"""What a user's file ends in: ``Definitions(...)``, or the older ``@repository``."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from watchbell.declare.assets.asset import AssetsDefinition
from watchbell.declare.assets.asset_graph import AssetGraph
from watchbell.declare.assets.asset_job import UnresolvedAssetJobDefinition
from watchbell.declare.assets.asset_spec import AssetSpec
from watchbell.declare.assets.selection import AssetSelection, CoercibleToAssetSelection
from watchbell.declare.assets.source_asset import SourceAsset
from watchbell.declare.automation.schedule import ScheduleDefinition
from watchbell.declare.automation.sensor import SensorDefinition
from watchbell.declare.automation.unresolved_schedule import (
    SCHEDULES,
    PartitionedSchedule,
    UnresolvedPartitionedAssetScheduleDefinition,
)
from watchbell.declare.definitions_change import ChangeMetadata, ChangeSpec, with_changed_metadata, with_mapped_specs
from watchbell.declare.executor import ExecutorDefinition
from watchbell.declare.graphs.graph import GraphDefinition
from watchbell.declare.job import JobDefinition
from watchbell.declare.logger_definition import LoggerDefinition, check_loggers
from watchbell.declare.names import check_instance, check_name
from watchbell.declare.repository import AnyJob, Collection, RepositoryDefinition
from watchbell.declare.repository_data import RepositoryData
from watchbell.declare.resource import resource_definitions
from watchbell.ground.collector import collector_paused
from watchbell.ground.errors import DagsterInvalidDefinitionError, DagsterInvariantViolationError, ParameterCheckError
from watchbell.ground.value import dataclass
from watchbell.record.keys import AssetKey, CoercibleToAssetKey
from watchbell.record.metadata import MetadataValue, RawMetadataMapping, normalize_metadata

__all__ = ["Definitions", "RepositoryDefinition", "repository"]

SINGLETON_REPOSITORY_NAME = "__repository__"


class Definitions:
    """All that a code location defines; one object of it per file or package.

    Args:
        assets: assets (from ``@asset``), and AssetSpecs of those that something else makes.
        schedules: schedules.
        sensors: sensors.
        jobs: jobs (from ``@job`` and ``define_asset_job``).
        resources: resources by key, for all assets, jobs, schedules and sensors.
        executor: how the steps of a run go on, for jobs that do not say.
        asset_checks: checks (from ``@asset_check``); they may look at assets of other code locations too.
        loggers: loggers by key, for jobs that have none of their own.
        metadata: labelled facts.

    Raises:
        ParameterCheckError: an argument, or a member of a list, has the wrong type.
        DagsterInvalidDefinitionError: a resource key is not valid, or an argument is not supported yet.

    Example:
        >>> @asset
        ... def orders() -> int:
        ...     return 12
        >>> defs = Definitions(assets=[orders], jobs=[define_asset_job("nightly")])
        >>> defs.get_job_def("nightly")
        <job 'nightly'>
    """

    def __init__(
        self,
        assets: Iterable[AssetsDefinition | AssetSpec | SourceAsset] | None = None,
        schedules: Iterable[PartitionedSchedule] | None = None,
        sensors: Iterable[SensorDefinition] | None = None,
        jobs: Iterable[AnyJob | GraphDefinition] | None = None,
        resources: Mapping[str, Any] | None = None,
        executor: ExecutorDefinition | None = None,
        loggers: Mapping[str, Any] | None = None,
        asset_checks: Iterable[AssetsDefinition] | None = None,
        metadata: RawMetadataMapping | None = None,
        component_tree: object = None,
    ) -> None:
        not_yet = {"component_tree": component_tree}
        for argument, value in not_yet.items():
            if value:
                raise DagsterInvalidDefinitionError(f"{argument}= of Definitions is not supported yet; leave it out")
        self.assets = _members(
            assets, (AssetsDefinition, AssetSpec, SourceAsset), "assets", "from @asset, or AssetSpec"
        )
        self.schedules = _members(schedules, SCHEDULES, "schedules", "from @schedule or ScheduleDefinition")
        self.sensors = _members(sensors, (SensorDefinition,), "sensors", "from @sensor and its like")
        kinds = (JobDefinition, UnresolvedAssetJobDefinition, GraphDefinition)
        self.jobs = _members(jobs, kinds, "jobs", "from @job or define_asset_job")
        self.resources = dict(resources) if isinstance(resources, Mapping) else resources
        self._resource_defs = resource_definitions(resources, "Definitions")
        self.executor = None if executor is None else check_instance(executor, ExecutorDefinition, "executor")
        self.loggers: Mapping[str, LoggerDefinition] = check_loggers(loggers, "Definitions")
        self.asset_checks = _members(asset_checks, (AssetsDefinition,), "asset_checks", "from @asset_check")
        self.metadata: Mapping[str, MetadataValue] = normalize_metadata(metadata)

    @cached_property
    def _repository(self) -> RepositoryDefinition:
        return self.repository_named(SINGLETON_REPOSITORY_NAME)

    def _collection(self) -> Collection:
        return Collection(
            assets=[*self.assets, *self.asset_checks] if self.asset_checks else self.assets,
            jobs=_with_jobs_of_graphs(self.jobs),
            schedules=self.schedules,
            sensors=self.sensors,
            resources=self._resource_defs,
            executor=self.executor,
            loggers=self.loggers,
        )

    def get_repository_def(self) -> RepositoryDefinition:
        """Everything checked against everything; made once.

        Raises:
            DagsterInvalidDefinitionError: something does not fit; see :class:`RepositoryDefinition`.
        """
        return self._repository

    def repository_named(self, name: str) -> RepositoryDefinition:
        """The same under a name of its own; raises likewise."""
        with collector_paused():
            return RepositoryDefinition(name, self._collection(), None, self.metadata)

    def has_resolved_repository_def(self) -> bool:
        """Whether :meth:`get_repository_def` was called before."""
        return "_repository" in vars(self)

    @staticmethod
    def validate_loadable(defs: Definitions) -> None:
        """Does nothing if the definitions fit each other; raises as :meth:`get_repository_def`.

        Raises:
            DagsterInvalidDefinitionError: also if a partition mapping does not fit the partitions it lies between.
        """
        check_instance(defs, Definitions, "defs").get_repository_def().validate_loadable()

    @staticmethod
    def merge(*def_sets: Definitions) -> Definitions:
        """One object of several.

        Args:
            def_sets: what to put together; a resource key in two of them must mean the same object.

        Raises:
            DagsterInvariantViolationError: a resource key or the executor is given twice, differently.
        """
        resources: dict[str, Any] = {}
        loggers: dict[str, LoggerDefinition] = {}
        executor: ExecutorDefinition | None = None
        metadata: dict[str, MetadataValue] = {}
        for defs in def_sets:
            check_instance(defs, Definitions, "an argument of Definitions.merge")
            for key, value in (defs.resources or {}).items():
                if resources.setdefault(key, value) is not value and resources[key] != value:
                    raise DagsterInvariantViolationError(
                        f"Definitions.merge: the resource {key!r} is given twice, differently; keep one",
                        resource_key=key,
                    )
            if executor is not None and defs.executor is not None and executor is not defs.executor:
                raise DagsterInvariantViolationError("Definitions.merge: two different executors are given; keep one")
            executor = executor or defs.executor
            for key, each in defs.loggers.items():
                if loggers.setdefault(key, each) is not each:
                    raise DagsterInvariantViolationError(
                        f"Definitions.merge: the logger {key!r} is given twice, differently; keep one"
                    )
            metadata.update(defs.metadata)
        return Definitions(
            assets=_unique(each for defs in def_sets for each in defs.assets),
            asset_checks=_unique(each for defs in def_sets for each in defs.asset_checks),
            schedules=_unique(each for defs in def_sets for each in defs.schedules),
            sensors=_unique(each for defs in def_sets for each in defs.sensors),
            jobs=_unique(each for defs in def_sets for each in defs.jobs),
            resources=resources,
            executor=executor,
            loggers=loggers,
            metadata=metadata,
        )

    # ---------------------------------------------------------------- changed copies

    def with_resources(self, resources: Mapping[str, Any] | None) -> Definitions:
        """The same with more resources; raises as :meth:`merge`."""
        return Definitions.merge(self, Definitions(resources=resources))

    def map_asset_specs(self, *, func: ChangeSpec, selection: CoercibleToAssetSelection | None = None) -> Definitions:
        """The same with what is said of assets changed by a function.

        Args:
            func: takes an AssetSpec, gives a changed one (``spec.replace_attributes(...)``) with the same key.
            selection: only of these assets; None: of all.

        Raises:
            ParameterCheckError: the function gave something else.
            DagsterInvalidDefinitionError: it changed a key.

        Example:
            >>> defs = Definitions(assets=[AssetSpec("orders")])
            >>> grouped = defs.map_asset_specs(func=lambda spec: spec.replace_attributes(group_name="shop"))
            >>> grouped.resolve_all_asset_specs()[0].group_name
            'shop'
        """
        keys = None
        if selection is not None:
            keys = frozenset(AssetSelection.from_coercible(selection).keys_in(self._repository.asset_graph))
        return self._changed(assets=with_mapped_specs(self.assets, func, keys))

    map_resolved_asset_specs = map_asset_specs

    def with_definition_metadata_update(self, update: ChangeMetadata) -> Definitions:
        """The same with the metadata of assets, schedules and sensors changed by a function.

        Args:
            update: takes the metadata of one of them, gives what it is to be.
        """
        return self._changed(
            assets=with_changed_metadata(self.assets, update),
            schedules=with_changed_metadata(self.schedules, update),
            sensors=with_changed_metadata(self.sensors, update),
        )

    def _changed(self, **changes: Any) -> Definitions:
        names = (
            "assets", "schedules", "sensors", "jobs", "resources", "executor", "loggers", "asset_checks", "metadata",
        )  # fmt: skip
        return Definitions(**{**{name: getattr(self, name) for name in names}, **changes})

    # --------------------------------------------------------------------- look-up

    def get_asset_value_loader(self, instance: Any = None) -> Any:
        """What loads stored values of assets; see :class:`~watchbell.AssetValueLoader`.

        Args:
            instance: where they are recorded; None: that of the environment.
        """
        return self._repository.get_asset_value_loader(instance)

    def load_asset_value(self, asset_key: CoercibleToAssetKey, *, instance: Any = None, **how: Any) -> Any:
        """What an asset stored when it was made last.

        Args:
            asset_key: the asset.
            instance: where it is recorded; None: that of the environment.
            how: ``python_type``, ``partition_key``, ``metadata``, ``resource_config`` as of
                :class:`~watchbell.AssetValueLoader`.

        Raises:
            DagsterInvariantViolationError: there is no such asset.
            Exception: what its IO manager raises, for example because nothing is stored.
        """
        return self._repository.load_asset_value(asset_key, instance=instance, **how)

    def get_job_def(self, name: str) -> JobDefinition:
        """The job of this name; ``"__ASSET_JOB"`` is the job of all assets.

        Raises:
            DagsterInvariantViolationError: there is none; gives the nearest.
        """
        return self._repository.get_job(name)

    def get_schedule_def(self, name: str) -> ScheduleDefinition:
        """The schedule of this name; raises as :meth:`get_job_def`."""
        return self._repository.get_schedule_def(name)

    def get_sensor_def(self, name: str) -> SensorDefinition:
        """The sensor of this name; raises as :meth:`get_job_def`."""
        return self._repository.get_sensor_def(name)

    def get_assets_def(self, key: CoercibleToAssetKey) -> AssetsDefinition:
        """What makes an asset, or declares one that something else makes; raises as :meth:`get_job_def`."""
        return self._repository.asset_graph.definition_or_declaration(key)

    def get_asset_graph(self) -> AssetGraph:
        """All assets, and which are made from which."""
        return self._repository.asset_graph

    def get_implicit_global_asset_job_def(self) -> JobDefinition:
        """The job of all assets; raises as :meth:`get_job_def` if there are none."""
        return self._repository.get_implicit_global_asset_job_def()

    def has_implicit_global_asset_job_def(self) -> bool:
        """Whether there are assets, and so a job of all of them."""
        return self._repository.has_implicit_global_asset_job_def()

    def resolve_implicit_job_def_def_for_assets(self, asset_keys: Iterable[AssetKey]) -> JobDefinition | None:
        """A job with these assets; None if one of them is not made here."""
        return self._repository.get_implicit_job_def_for_assets(asset_keys)

    resolve_job_def = get_job_def
    resolve_schedule_def = get_schedule_def
    resolve_sensor_def = get_sensor_def
    resolve_assets_def = get_assets_def
    resolve_asset_graph = get_asset_graph
    resolve_implicit_global_asset_job_def = get_implicit_global_asset_job_def
    get_unresolved_schedule_def = get_schedule_def
    get_unresolved_sensor_def = get_sensor_def

    def resolve_all_asset_specs(self) -> Sequence[AssetSpec]:
        """What is said of each asset, upstream first."""
        return list(self._repository.asset_graph.specs.values())

    def resolve_all_asset_keys(self) -> Sequence[AssetKey]:
        """All keys, upstream first."""
        return list(self._repository.asset_graph.specs)

    def resolve_all_job_defs(self) -> Sequence[JobDefinition]:
        """All jobs, the job of all assets first."""
        return self._repository.get_all_jobs()

    get_all_asset_specs = resolve_all_asset_specs
    get_all_job_defs = resolve_all_job_defs


@dataclass(frozen=True)
class _RepositoryArguments:
    """The arguments of ``@repository``."""

    name: str | None = None
    description: str | None = None
    metadata: RawMetadataMapping | None = None
    executor: ExecutorDefinition | None = None


def repository(
    definitions_fn: Callable[[], Any] | None = None,
    *,
    name: str | None = None,
    description: str | None = None,
    metadata: RawMetadataMapping | None = None,
    default_executor_def: ExecutorDefinition | None = None,
    default_logger_defs: Mapping[str, Any] | None = None,
) -> Any:
    """Turns a function that returns a list of definitions into the definitions of a code location.

    Args:
        definitions_fn: the function, when used without parentheses.
        name: left out: the function's.
        description: left out: the function's docstring.
        metadata: labelled facts.
        default_executor_def: how the steps of a run go on, for jobs that do not say.
        default_logger_defs: not supported yet.

    Returns:
        The RepositoryDefinition; with arguments, a decorator that makes it.

    Raises:
        DagsterInvalidDefinitionError: the definitions do not fit each other, or the function returns something else.

    Example:
        >>> @repository
        ... def everything():
        ...     return [define_asset_job("nightly")]
        >>> everything.job_names
        ['nightly']
    """
    if default_logger_defs:
        raise DagsterInvalidDefinitionError("default_logger_defs= of @repository is not supported yet; leave it out")
    given = _RepositoryArguments(name, description, metadata, default_executor_def)
    return _collect(definitions_fn, given) if definitions_fn is not None else lambda fn: _collect(fn, given)


def _collect(fn: Callable[[], Any], given: _RepositoryArguments) -> RepositoryDefinition:
    if not callable(fn):
        raise ParameterCheckError(f"@repository is put on a function, not on {fn!r}", parameter="definitions_fn")
    name = check_name(given.name or fn.__name__, "repository")
    doc = inspect.cleandoc(fn.__doc__) if fn.__doc__ else None
    kinds: dict[str, list[Any]] = {"assets": [], "jobs": [], "schedules": [], "sensors": []}
    for each in _flat(fn(), name):
        kinds[_kind_of(each, name)].append(each)
    collection = Collection(
        assets=kinds["assets"],
        jobs=_with_jobs_of_graphs(kinds["jobs"]),
        schedules=kinds["schedules"],
        sensors=kinds["sensors"],
        executor=given.executor,
        what=f"repository {name!r}",
    )
    return RepositoryDefinition(name, collection, given.description or doc, normalize_metadata(given.metadata))


def _with_jobs_of_graphs(jobs: Iterable[AnyJob | GraphDefinition]) -> list[AnyJob]:
    return [JobDefinition(graph_def=job) if isinstance(job, GraphDefinition) else job for job in jobs]


def _flat(returned: object, name: str) -> Iterable[object]:
    if isinstance(returned, RepositoryData):
        returned = returned.all_definitions()
    if isinstance(returned, Mapping):  # {"jobs": {name: job or function}, ...}
        for members in returned.values():
            for each in members.values():
                yield each() if inspect.isfunction(each) else each
        return
    if isinstance(returned, str) or not isinstance(returned, Iterable):
        raise DagsterInvalidDefinitionError(
            f"repository {name!r}: its function returned {returned!r}; expected a list of definitions"
        )
    for each in returned:
        if isinstance(each, list | tuple):
            yield from _flat(each, name)
        else:
            yield each


def _kind_of(definition: object, name: str) -> str:
    match definition:
        case AssetsDefinition() | AssetSpec() | SourceAsset():
            return "assets"
        case JobDefinition() | UnresolvedAssetJobDefinition() | GraphDefinition():
            return "jobs"
        case ScheduleDefinition() | UnresolvedPartitionedAssetScheduleDefinition():
            return "schedules"
        case SensorDefinition():
            return "sensors"
    raise DagsterInvalidDefinitionError(
        f"repository {name!r}: its function returned a list with {definition!r} ({type(definition).__name__}); "
        "expected assets, jobs, schedules and sensors"
    )


def _members(given: object, kinds: tuple[type, ...], argument: str, hint: str) -> list[Any]:
    if given is None:
        return []
    if isinstance(given, str | Mapping) or not isinstance(given, Iterable):
        raise ParameterCheckError(
            f"{argument} of Definitions is a list, not {given!r}", parameter=argument, value=given
        )
    members = list(given)
    for each in members:
        if not isinstance(each, kinds):
            raise ParameterCheckError(
                f"{argument} of Definitions holds {each!r} ({type(each).__name__}); expected {argument} ({hint})",
                parameter=argument,
                value=each,
            )
    return members


def _unique(members: Iterable[Any]) -> list[Any]:
    return list({id(each): each for each in members}.values())
