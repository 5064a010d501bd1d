"""Resources set up where no run is: for evaluations of schedules and sensors, and for tests."""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

from watchbell.declare.config.config_type import ABSENT
from watchbell.declare.resource import InitResourceContext, ResourceDefinition, Resources, resource_order
from watchbell.ground.errors import DagsterResourceFunctionError


class _InitContext(InitResourceContext):
    """A resource's context outside a run: the instance is opened when first asked for."""

    def __init__(self, open_instance: Callable[[], Any] | None, **facts: Any) -> None:
        super().__init__(**facts)
        self._open_instance = open_instance

    @property
    def instance(self) -> Any:
        """The instance; None if there is none."""
        return None if self._open_instance is None else self._open_instance()

    def replaced(self, **changes: Any) -> InitResourceContext:
        """The same context with some facts changed; still opens the instance late."""
        made = copy.copy(self)
        for name, value in changes.items():
            setattr(made, name, value)
        return made


@contextmanager
def opened_resources(
    definitions: Mapping[str, ResourceDefinition],
    keys: Iterable[str],
    what: str,
    *,
    config: Mapping[str, Any] | None = None,
    open_instance: Callable[[], Any] | None = None,
    log: Any = None,
) -> Iterator[Resources]:
    """While entered, some resources and all they require, set up; torn down after, in reverse order.

    Args:
        definitions: all there are, by key.
        keys: the ones wanted.
        what: whose resources, for messages.
        config: config by resource key, each ``{"config": …}``.
        open_instance: opens the instance when one of their functions asks for it.
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
            context = _InitContext(
                open_instance,
                resource_config=_config_of(definition, key, (config or {}).get(key)),
                resources=Resources(
                    {each: ready[each] for each in definition.required_resource_keys}, f"resource {key!r}"
                ),
                resource_def=definition,
                all_resource_defs=definitions,
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
