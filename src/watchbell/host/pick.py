"""Picking a location's definitions out of a loaded module.

The one :class:`Definitions` object or ``@repository`` of a module is what it defines. A module without either defines
whatever lies loose in it: its assets, jobs, schedules and sensors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

from watchbell.declare.assets.asset import AssetsDefinition
from watchbell.declare.assets.asset_job import UnresolvedAssetJobDefinition
from watchbell.declare.automation.schedule import ScheduleDefinition
from watchbell.declare.automation.sensor import SensorDefinition
from watchbell.declare.collect import Definitions, RepositoryDefinition
from watchbell.declare.graphs.graph import GraphDefinition
from watchbell.declare.job import JobDefinition
from watchbell.declare.lazy_definitions import LazyDefinitions, made_of
from watchbell.ground.errors import UserCodeLoadError
from watchbell.ground.suggest import did_you_mean
from watchbell.host.targets import CodeTarget

WHOLE = (Definitions, LazyDefinitions, RepositoryDefinition)
LOOSE: Mapping[str, tuple[type, ...]] = {
    "assets": (AssetsDefinition,),
    "jobs": (JobDefinition, UnresolvedAssetJobDefinition),
    "schedules": (ScheduleDefinition,),
    "sensors": (SensorDefinition,),
}


def pick_repository(module: ModuleType, target: CodeTarget) -> RepositoryDefinition:
    """What a module defines.

    Args:
        module: the loaded module.
        target: where it came from; its ``attribute`` names the one object to take.

    Raises:
        UserCodeLoadError: there is nothing, or more than one whole, or the attribute is none.
        DagsterInvalidDefinitionError: the definitions contradict each other.
    """
    if target.attribute is not None:
        return _from_attribute(module, target.attribute, target)
    named = {name: value for name, value in vars(module).items() if not name.startswith("__")}
    for kind in WHOLE:
        found = {id(value): name for name, value in named.items() if isinstance(value, kind)}
        if len(found) > 1:
            names = ", ".join(sorted(found.values()))
            raise _refused(
                target,
                f"{target.source} has {len(found)} {kind.__name__} objects ({names}); a code location has one. "
                "Merge them, or name one with -a",
            )
        if found:
            return _as_repository(named[next(iter(found.values()))])
    loose = _loose_in(named)
    if not loose:
        raise _refused(
            target,
            f"{target.source} defines nothing: no Definitions object, no repository, no asset, job, schedule or sensor",
        )
    return _as_repository(Definitions(**loose))


def _from_attribute(module: ModuleType, attribute: str, target: CodeTarget) -> RepositoryDefinition:
    value: Any = module
    for part in attribute.split("."):
        if not hasattr(value, part):
            names = [name for name in vars(value) if not name.startswith("_")] if hasattr(value, "__dict__") else []
            raise _refused(target, f"{target.source} has no {attribute!r}{did_you_mean(part, names)}")
        value = getattr(value, part)
    is_definition = isinstance(value, (*WHOLE, *(kind for kinds in LOOSE.values() for kind in kinds), GraphDefinition))
    if not is_definition and isinstance(value, Callable):  # type: ignore[arg-type]
        value = value()
    if isinstance(value, WHOLE):
        return _as_repository(value)
    items = list(value) if isinstance(value, list | tuple | set) else [value]
    items = [item.to_job() if isinstance(item, GraphDefinition) else item for item in items]
    loose = _loose_in(dict(enumerate(items)))
    if sum(map(len, loose.values())) != len(items) or not items:
        raise _refused(
            target,
            f"{attribute!r} of {target.source} is {value!r}; expected a Definitions object, a repository, a job, "
            "assets, or a function that returns one of these",
        )
    return _as_repository(Definitions(**loose))


def _as_repository(value: Definitions | LazyDefinitions | RepositoryDefinition) -> RepositoryDefinition:
    return value if isinstance(value, RepositoryDefinition) else made_of(value).get_repository_def()


def _loose_in(named: Mapping[Any, object]) -> dict[str, Any]:
    """The definitions among these values by argument of ``Definitions``, each object once, in their order."""
    found: dict[str, Any] = {}
    seen: set[int] = set()
    for value in named.values():
        for argument, kinds in LOOSE.items():
            if isinstance(value, kinds) and id(value) not in seen:
                seen.add(id(value))
                found.setdefault(argument, []).append(value)
    return found


def _refused(target: CodeTarget, message: str) -> UserCodeLoadError:
    return UserCodeLoadError(message, file=target.python_file or target.source)
