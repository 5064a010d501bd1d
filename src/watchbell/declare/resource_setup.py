"""Resources set up where no run is: for evaluations of schedules and sensors, and for tests."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

from watchbell.declare.config_type import ABSENT
from watchbell.declare.resource import InitResourceContext, ResourceDefinition, Resources, resource_order
from watchbell.ground.errors import DagsterResourceFunctionError


@contextmanager
def opened_resources(
    definitions: Mapping[str, ResourceDefinition],
    keys: Iterable[str],
    what: str,
    *,
    config: Mapping[str, Any] | None = None,
    instance: Any = None,
    log: Any = None,
) -> Iterator[Resources]:
    """While entered, some resources and all they require, set up; torn down after, in reverse order.

    Args:
        definitions: all there are, by key.
        keys: the ones wanted.
        what: whose resources, for messages.
        config: config by resource key, each ``{"config": …}``.
        instance: the instance, for their functions.
        log: the logger, for their functions.

    Raises:
        DagsterInvalidDefinitionError: one is missing, or they require each other in a circle.
        DagsterInvalidConfigError: a config does not fit.
        DagsterResourceFunctionError: one raised while it was set up; the cause is kept.
    """
    ready: dict[str, Any] = {}
    with ExitStack() as exits:
        for key in resource_order(definitions, keys, what):
            definition = definitions[key]
            context = InitResourceContext(
                resource_config=_config_of(definition, key, (config or {}).get(key)),
                resources=Resources(
                    {each: ready[each] for each in definition.required_resource_keys}, f"resource {key!r}"
                ),
                resource_def=definition,
                all_resource_defs=definitions,
                instance=instance,
                log_manager=log,
            )
            try:
                ready[key] = exits.enter_context(definition.open(context))
            except Exception as error:
                raise DagsterResourceFunctionError(
                    f"{what}: resource {key!r} raised {type(error).__name__} while it was set up: {error}",
                    user_exception=error,
                ) from error
        yield Resources(ready, what)


def _config_of(definition: ResourceDefinition, key: str, given: Mapping[str, Any] | None) -> Any:
    raw = ABSENT if given is None else given.get("config", ABSENT)
    if definition.config_field is None:
        return None if raw is ABSENT else raw
    return definition.config_field.resolve(raw, f"resource {key!r}", os.environ.get)
