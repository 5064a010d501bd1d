"""Resources: what ops and IO managers use, set up once a process and torn down after."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from typing import Any, TypeVar, overload

from watchbell.declare.config.config_schema import Field, field_of
from watchbell.declare.config.config_type import ABSENT
from watchbell.declare.config.configured import configured_field
from watchbell.declare.config.env_var import environment
from watchbell.declare.graphs.function import RESOURCE_PARAM
from watchbell.declare.names import check_instance, check_mapping
from watchbell.ground.errors import (
    DagsterInvalidDefinitionError,
    DagsterInvalidInvocationError,
    DagsterInvariantViolationError,
    DagsterUnknownResourceError,
    ParameterCheckError,
)
from watchbell.ground.suggest import did_you_mean
from watchbell.ground.upward import call_upward

T = TypeVar("T")
# How a parameter says that it takes a resource that is no ConfigurableResource: ``db: ResourceParam[Database]``.
ResourceParam = typing.Annotated[T, RESOURCE_PARAM]


class TreatAsResourceParam:
    """A base class whose subclasses, as annotations of parameters, are resources and no inputs.

    Example:
        >>> class Database(TreatAsResourceParam):
        ...     rows = 3
        >>> @op
        ... def count(database: Database):
        ...     return database.rows
        >>> @job(resource_defs={"database": Database()})
        ... def nightly():
        ...     count()
        >>> nightly.execute_in_process().output_for_node("count")
        3
    """

    _watchbell_resource = True


class Resources:
    """Resources by attribute: ``context.resources.db``.

    Args:
        by_key: the values that were set up.
        what: whose resources, for messages, e.g. ``"op 'load'"``.
    """

    __slots__ = ("_by_key", "_what")

    def __init__(self, by_key: Mapping[str, Any], what: str = "this context") -> None:
        self._by_key = by_key
        self._what = what

    def __getattr__(self, key: str) -> Any:
        """The resource with this key.

        Raises:
            DagsterUnknownResourceError: it is not there, or not asked for.
        """
        if key.startswith("_"):
            raise AttributeError(key)
        try:
            return self._by_key[key]
        except KeyError:
            raise DagsterUnknownResourceError(
                f"{self._what} has no resource {key!r}; an op names what it uses in required_resource_keys={{{key!r}}} "
                f"or by a parameter annotated as a resource{did_you_mean(key, self._by_key)}",
                resource_key=key,
            ) from None

    def _asdict(self) -> dict[str, Any]:
        return dict(self._by_key)

    @property
    def original_resource_dict(self) -> Mapping[str, Any]:
        """The resources by key."""
        return self._by_key

    def __contains__(self, key: object) -> bool:
        return key in self._by_key

    def __repr__(self) -> str:
        return f"Resources({', '.join(self._by_key)})"


class InitResourceContext:
    """What a resource's function is given when it is set up.

    Args:
        resource_config: its config, checked and with defaults.
        resources: the resources it requires.
        resource_def: its definition.
        all_resource_defs: all definitions of the job, by key.
        instance: the instance of the run; None outside of one.
        dagster_run: the run; None outside of one.
        log_manager: the run's logger.

    Example:
        >>> @resource(config_schema={"url": str})
        ... def database(init_context: InitResourceContext):
        ...     return connect(init_context.resource_config["url"])
    """

    def __init__(
        self,
        resource_config: Any = None,
        resources: Resources | None = None,
        resource_def: ResourceDefinition | None = None,
        all_resource_defs: Mapping[str, ResourceDefinition] | None = None,
        instance: Any = None,
        dagster_run: Any = None,
        log_manager: Any = None,
    ) -> None:
        self.resource_config = resource_config
        self.resources = Resources({}, "this resource") if resources is None else resources
        self.resource_def = resource_def
        self.all_resource_defs = dict(all_resource_defs or {})
        self._instance = instance
        self.dagster_run = dagster_run
        self.log_manager = log_manager

    @property
    def instance(self) -> Any:
        """The instance of the run; None outside of one."""
        return self._instance

    @property
    def log(self) -> Any:
        """The run's logger; None outside of a run."""
        return self.log_manager

    @property
    def run(self) -> Any:
        """The run; None outside of one."""
        return self.dagster_run

    @property
    def run_id(self) -> str | None:
        """The run's id; None outside of one."""
        return None if self.dagster_run is None else str(self.dagster_run.run_id)

    @property
    def event_loop(self) -> Any:
        """The event loop of the step; always None: each step that needs one makes its own."""
        return None

    def replace_config(self, config: Any) -> InitResourceContext:
        """The same context with another config."""
        return self.replaced(resource_config=config)

    def replaced(self, **changes: Any) -> InitResourceContext:
        """The same context with some of its parameters changed."""
        given = {
            "resource_config": self.resource_config,
            "resources": self.resources,
            "resource_def": self.resource_def,
            "all_resource_defs": self.all_resource_defs,
            "instance": self._instance,
            "dagster_run": self.dagster_run,
            "log_manager": self.log_manager,
        }
        return InitResourceContext(**{**given, **changes})


class ResourceDefinition:
    """How a resource is made.

    Args:
        resource_fn: makes it, from an InitResourceContext or from nothing; a generator yields it and tears it down.
        config_schema: config it takes as ``context.resource_config``.
        description: free text; left out: the function's docstring.
        required_resource_keys: resources it takes as ``context.resources.<key>``.
        version: version of its code.

    Raises:
        ParameterCheckError: an argument of the wrong type.

    Example:
        >>> upper = ResourceDefinition(lambda context: context.resource_config.upper(), str)
        >>> with upper.open(InitResourceContext("me")) as value:
        ...     value
        'ME'
    """

    # Read by `resource_definitions`: one that is also a part of another resource is set up once, under its key.
    _watchbell_shares = True

    def __init__(
        self,
        resource_fn: Callable[..., Any],
        config_schema: Any = None,
        description: str | None = None,
        required_resource_keys: AbstractSet[str] | None = None,
        version: str | None = None,
    ) -> None:
        if not callable(resource_fn):
            raise ParameterCheckError(f"a resource is made by a function, not {resource_fn!r}", parameter="resource_fn")
        self.resource_fn = resource_fn
        self.config_field: Field | None = None if config_schema is None else field_of(config_schema)
        doc = getattr(resource_fn, "__doc__", None)
        self.description = inspect.cleandoc(doc) if description is None and doc else description
        self.required_resource_keys: frozenset[str] = frozenset(required_resource_keys or ())
        self.version = version
        self.takes_context = takes_argument(resource_fn)

    @property
    def config_schema(self) -> Field | None:
        """The config it takes; None: any."""
        return self.config_field

    @contextmanager
    def open(self, context: InitResourceContext) -> Iterator[Any]:
        """While entered, the resource set up; torn down after.

        What the user's function raises comes out as it is: whoever opens resources knows the key and wraps it.

        Args:
            context: with ``resource_config`` resolved and ``resources`` set up.

        Raises:
            DagsterInvariantViolationError: a generator that yields nothing, or more than once.
        """
        made = self.resource_fn(context) if self.takes_context else self.resource_fn()
        if hasattr(made, "__enter__") and _is_context_manager_function(self.resource_fn):
            with made as value:
                yield value
            return
        if not inspect.isgenerator(made):
            yield made
            return
        try:
            value = next(made)
        except StopIteration:
            raise DagsterInvariantViolationError(
                f"the function {self._function_name} of a resource ended without a yield; yield the resource once"
            ) from None
        try:
            yield value
        finally:
            if next(made, _END) is not _END:
                made.close()
                raise DagsterInvariantViolationError(
                    f"the function {self._function_name} of a resource yields more than once"
                )

    @property
    def _function_name(self) -> str:
        return str(getattr(self.resource_fn, "__name__", "of a resource"))

    def configured(
        self,
        config_or_config_fn: Any,
        config_schema: Any = None,
        description: str | None = None,
    ) -> ResourceDefinition:
        """The same resource with its config given, or mapped from another.

        Args:
            config_or_config_fn: the config, or a function from the new config to this resource's.
            config_schema: schema of the new config, for a function.
            description: free text; left out: this resource's.

        Raises:
            DagsterInvalidConfigError: the config does not fit.
        """
        what = f"the resource made by {self._function_name}"
        made = object.__new__(type(self))
        made.__dict__.update(self.__dict__)
        made.config_field = configured_field(self.config_field, config_or_config_fn, config_schema, what)
        made.description = self.description if description is None else description
        return made

    @staticmethod
    def hardcoded_resource(value: Any, description: str | None = None) -> ResourceDefinition:
        """A resource that is always this value."""
        return ResourceDefinition(lambda: value, description=description)

    @staticmethod
    def none_resource(description: str | None = None) -> ResourceDefinition:
        """A resource that is None."""
        return ResourceDefinition.hardcoded_resource(None, description)

    @staticmethod
    def string_resource(description: str | None = None) -> ResourceDefinition:
        """A resource that is the text given as its config."""
        return ResourceDefinition(lambda context: context.resource_config, str, description)

    @staticmethod
    def mock_resource(description: str | None = None) -> ResourceDefinition:
        """A resource that is a ``MagicMock``, for tests."""
        return ResourceDefinition(_new_mock, description=description)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Calls the user's function, for tests: with an InitResourceContext if it takes one.

        Returns:
            What the function returns; of one that yields, a context manager of what it yields.

        Raises:
            DagsterInvalidInvocationError: it takes a context and is given none, or takes none and is given one.
            DagsterInvalidConfigError: the context's config does not fit.
        """
        if self.takes_context:
            args, kwargs = (self._direct_context((*args, *kwargs.values())),), {}
        elif args or kwargs:
            raise DagsterInvalidInvocationError(
                f"the resource made by {self._function_name} takes no context; call it without arguments"
            )
        if inspect.isgeneratorfunction(self.resource_fn):
            return contextmanager(self.resource_fn)(*args, **kwargs)
        return self.resource_fn(*args, **kwargs)

    def _direct_context(self, given: tuple[Any, ...]) -> InitResourceContext:
        """The context of a direct call, its config checked and with defaults."""
        what = f"the resource made by {self._function_name}"
        if len(given) == 1 and given[0] is None and not self.required_resource_keys:
            given = (call_upward("resource_context"),)
        if len(given) != 1 or given[0] is None:
            raise DagsterInvalidInvocationError(
                f"{what} takes a context: call it with build_init_resource_context(config=..., resources=...)"
            )
        context = check_instance(given[0], InitResourceContext, f"the context that {what} is called with")
        if self.config_field is None:
            return context
        raw = ABSENT if context.resource_config in (None, {}) else context.resource_config
        return context.replaced(resource_config=self.config_field.resolve(raw, what, environment))


_END = object()


def _new_mock() -> Any:
    return call_upward("new_mock")  # by name: only tests that ask for a mock pay for loading it


@overload
def resource(config_schema: Callable[..., Any]) -> ResourceDefinition: ...


@overload
def resource(
    config_schema: Any = ...,
    description: str | None = ...,
    required_resource_keys: AbstractSet[str] | None = ...,
    version: str | None = ...,
) -> Callable[[Callable[..., Any]], ResourceDefinition]: ...


def resource(
    config_schema: Any = None,
    description: str | None = None,
    required_resource_keys: AbstractSet[str] | None = None,
    version: str | None = None,
) -> Any:
    """Makes a resource of a function.

    Args:
        config_schema: config it takes as ``context.resource_config``; or the function, when used without parentheses.
        description: left out: the function's docstring.
        required_resource_keys: resources it takes as ``context.resources.<key>``.
        version: version of its code.

    Returns:
        The ResourceDefinition; with arguments, a decorator that makes it.

    Example:
        >>> @resource
        ... def database():
        ...     connection = connect()
        ...     yield connection
        ...     connection.close()
    """
    if callable(config_schema) and not isinstance(config_schema, type):
        return ResourceDefinition(config_schema)

    def decorate(fn: Callable[..., Any]) -> ResourceDefinition:
        return ResourceDefinition(fn, config_schema, description, required_resource_keys, version)

    return decorate


def as_resource_definition(value: Any, siblings: Mapping[int, str] | None = None) -> ResourceDefinition:
    """The definition that ``value`` stands for.

    Args:
        value: a ResourceDefinition; what has ``get_resource_definition()`` (ConfigurableResource, IO managers);
            or any object, which is then the resource itself.
        siblings: ``id`` of the resources given together with it -> their keys. A ConfigurableResource made of some of
            them shares those.
    """
    if isinstance(value, ResourceDefinition):
        return value
    # Asked of the class: a mock answers to every name, and is the resource itself.
    if not callable(getattr(type(value), "get_resource_definition", None)):
        return ResourceDefinition.hardcoded_resource(value)
    make = value.get_resource_definition
    made = make(siblings) if siblings and getattr(type(value), "_watchbell_shares", False) else make()
    return check_instance(made, ResourceDefinition, f"get_resource_definition() of {type(value).__name__}")


def resource_definitions(given: object, what: str) -> dict[str, ResourceDefinition]:
    """``given`` with every value as a definition.

    Args:
        given: key -> anything that :func:`as_resource_definition` takes.
        what: whose resources, for messages.

    Raises:
        ParameterCheckError: no mapping, or a key that is no text.
        DagsterInvalidDefinitionError: a key that cannot be an attribute's name, or a class instead of an object.
    """
    made = {}
    by_key = check_mapping(given, f"the resources of {what}")
    siblings = {id(value): key for key, value in by_key.items() if getattr(type(value), "_watchbell_shares", False)}
    for key, value in by_key.items():
        check_instance(key, str, f"a resource key of {what}")
        if not key.isidentifier():
            raise DagsterInvalidDefinitionError(
                f"{key!r} cannot be a resource key of {what}: ops read context.resources.<key>, "
                "so expected a Python name"
            )
        if isinstance(value, type) and hasattr(value, "get_resource_definition"):
            raise DagsterInvalidDefinitionError(
                f"the resource {key!r} of {what} is the class {value.__name__}; pass an object "
                f"of it, {value.__name__}(...)"
            )
        made[key] = as_resource_definition(value, siblings)
    return made


def resource_order(definitions: Mapping[str, ResourceDefinition], keys: Iterable[str], what: str) -> list[str]:
    """``keys`` and all they require, each after what it requires.

    Args:
        definitions: all there are.
        keys: the ones wanted.
        what: whose resources, for messages.

    Raises:
        DagsterInvalidDefinitionError: one is missing, or they require each other in a circle.
    """
    order: dict[str, None] = {}
    path: list[str] = []

    def add(key: str, needed_by: str) -> None:
        if key in order:
            return
        if key in path:
            circle = " -> ".join([*path[path.index(key) :], key])
            raise DagsterInvalidDefinitionError(f"resources of {what} require each other in a circle: {circle}")
        if key not in definitions:
            raise missing_resource(key, needed_by, definitions)
        path.append(key)
        for inner in sorted(definitions[key].required_resource_keys):
            add(inner, f"resource {key!r}")
        order[path.pop()] = None

    for key in sorted(keys):
        add(key, what)
    return list(order)


def missing_resource(key: str, needed_by: str, there: Iterable[str]) -> DagsterInvalidDefinitionError:
    """The error for a resource that nobody provides."""
    return DagsterInvalidDefinitionError(
        f"{needed_by} needs the resource {key!r}, which is not provided; add it to the resources, "
        f"e.g. Definitions(resources={{{key!r}: ...}}){did_you_mean(key, there)}",
        resource_key=key,
    )


def takes_argument(fn: Callable[..., Any]) -> bool:
    """Whether a function takes at least one argument by position."""
    try:
        parameters = inspect.signature(fn).parameters.values()
    except (TypeError, ValueError):  # some builtins do not tell
        return False
    by_position = {
        inspect.Parameter.POSITIONAL_ONLY,
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
        inspect.Parameter.VAR_POSITIONAL,
    }
    return any(each.kind in by_position for each in parameters)


def _is_context_manager_function(fn: Callable[..., Any]) -> bool:
    return inspect.isgeneratorfunction(getattr(fn, "__wrapped__", None))
