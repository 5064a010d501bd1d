"""Resources given to definitions by hand, and resources that are the values in their config."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol, TypeVar, runtime_checkable

from watchbell.declare.assets.source_asset import SourceAsset
from watchbell.declare.config.config_schema import Field
from watchbell.declare.config.config_type import ANY_CONFIG
from watchbell.declare.graphs.output import DEFAULT_IO_MANAGER_KEY
from watchbell.declare.names import check_mapping
from watchbell.declare.resource import (
    InitResourceContext,
    ResourceDefinition,
    missing_resource,
    resource_definitions,
    resource_order,
)
from watchbell.ground.errors import DagsterInvalidInvocationError, ParameterCheckError

T = TypeVar("T")


@runtime_checkable
class TakesResources(Protocol):
    """A definition that brings resources along: assets, source assets, asset checks."""

    resource_defs: Mapping[str, ResourceDefinition]

    @property
    def required_resource_keys(self) -> frozenset[str]:
        """The resources it needs."""

    def with_resources(self, resource_defs: Mapping[str, object]) -> Any:
        """The same definition with resources."""


def with_resources(
    definitions: Iterable[T],
    resource_defs: Mapping[str, object],
    resource_config_by_key: Mapping[str, Any] | None = None,
) -> list[T]:
    """The same assets with the resources they need, for code that does not put both into ``Definitions``.

    Args:
        definitions: assets, source assets.
        resource_defs: resources by key; what is no definition is the resource itself.
        resource_config_by_key: config of some of them, each ``{"config": ...}``.

    Returns:
        New definitions, in the same order; what takes no resources is returned as it is.

    Raises:
        DagsterInvalidInvocationError: a definition has a resource of one of the keys; or config of another form.
        DagsterInvalidDefinitionError: a resource that a definition needs is not there.
        DagsterInvalidConfigError: the config of a resource does not fit.

    Example:
        >>> @asset(required_resource_keys={"limit"})
        ... def rows(context):
        ...     return list(range(context.resources.limit))
        >>> materialize(with_resources([rows], {"limit": 3})).output_for_node("rows")
        [0, 1, 2]
    """
    given = resource_definitions(resource_defs, "with_resources")
    for key, entry in check_mapping(resource_config_by_key, "resource_config_by_key").items():
        if not isinstance(entry, Mapping) or set(entry) != {"config"}:
            raise DagsterInvalidInvocationError(
                f"the config of resource {key!r} is given as {{'config': ...}}, not as {entry!r}", resource_key=key
            )
        if key in given:
            given[key] = given[key].configured(entry["config"])
    return [_with(each, given) if isinstance(each, TakesResources) else each for each in definitions]


def _with(definition: Any, given: Mapping[str, ResourceDefinition]) -> Any:
    what = repr(definition)
    twice = sorted(
        key for key in definition.resource_defs if key in given and definition.resource_defs[key] is not given[key]
    )
    if twice:
        raise DagsterInvalidInvocationError(
            f"{what} has a resource {twice[0]!r} already; leave it out of one of the two, or use another key",
            resource_key=twice[0],
        )
    there = {**given, **definition.resource_defs}
    keys = definition.required_resource_keys
    if isinstance(definition, SourceAsset):
        keys |= {definition.get_io_manager_key()}
    for key in sorted(keys - {DEFAULT_IO_MANAGER_KEY}):
        if key not in there:
            raise missing_resource(key, what, there)
    needed = [key for key in keys if key in there]
    return definition.with_resources({key: there[key] for key in resource_order(there, needed, what)})


def make_values_resource(**kwargs: Any) -> ResourceDefinition:
    """A resource that is the dict given as its config, for values that several ops share.

    Args:
        kwargs: name of a value -> its schema; without any, the config is a dict of anything.

    Returns:
        The resource; ops get ``context.resources.<key>`` as a dict.

    Example:
        >>> @op(required_resource_keys={"limits"})
        ... def load(context):
        ...     return context.resources.limits["rows"]
        >>> @job(resource_defs={"limits": make_values_resource(rows=int)})
        ... def nightly():
        ...     load()
        >>> run_config = {"resources": {"limits": {"config": {"rows": 3}}}}
        >>> nightly.execute_in_process(run_config).output_for_node("load")
        3
    """
    return ResourceDefinition(_config_itself, kwargs or Field(ANY_CONFIG, is_required=False))


def _config_itself(context: InitResourceContext) -> Any:
    return context.resource_config


class BindResourcesToJobs(list[Any]):
    """A list of jobs for ``Definitions(jobs=...)`` that are to use the location's resources.

    Every job does so for the resources that it has not itself, so this is a plain list.

    Example:
        >>> @job
        ... def nightly(): ...
        >>> Definitions(jobs=BindResourcesToJobs([nightly])).get_job_def("nightly").name
        'nightly'
    """

    def __init__(self, jobs: Iterable[Any] = ()) -> None:
        if isinstance(jobs, str):
            raise ParameterCheckError(f"BindResourcesToJobs takes jobs, not {jobs!r}", parameter="jobs")
        super().__init__(jobs)
