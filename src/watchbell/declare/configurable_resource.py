"""Resources as pydantic classes: ``ConfigurableResource`` and its relatives."""

from __future__ import annotations

import typing
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any, ClassVar, Generic

from pydantic import PrivateAttr, ValidationInfo
from pydantic.fields import FieldInfo
from typing_extensions import TypeVar

from watchbell.declare.config.config import Config, holds_reference, model_from, plain_value, schema_field
from watchbell.declare.config.config_schema import Field, Noneable, Shape
from watchbell.declare.config.config_type import ABSENT
from watchbell.declare.config.env_var import environment
from watchbell.declare.graphs.function import RESOURCE_PARAM, ResourceMark, is_resource_annotation
from watchbell.declare.io.io_manager import IOManager, IOManagerDefinition
from watchbell.declare.resource import InitResourceContext, ResourceDefinition
from watchbell.ground.errors import CheckError, DagsterInvalidDefinitionError
from watchbell.ground.suggest import did_you_mean
from watchbell.ground.value import dataclass

# With a default, so that `class Mine(ConfigurableResource)` needs no brackets for a strict checker.
T = TypeVar("T", default=Any)
# A field that takes a resource of any kind: ``database: ResourceDependency[Connection]``.
ResourceDependency = typing.Annotated[T, RESOURCE_PARAM]
# Given to pydantic when a resource is set up: nested resources are values then, checked by whoever made them.
_LAUNCH = {"watchbell": "launch"}


class ConfigurableResourceFactory(Config, Generic[T]):
    """A resource as a class of config, whose :meth:`create_resource` makes what ops get.

    Example:
        >>> class Greeting(ConfigurableResourceFactory[str]):
        ...     name: str
        ...
        ...     def create_resource(self, context):
        ...         return f"hello {self.name}"
        >>> with Greeting(name="you").process_config_and_initialize_cm() as greeting:
        ...     greeting
        'hello you'
    """

    _watchbell_config: ClassVar[bool] = False
    _watchbell_resource: ClassVar[bool] = True
    # Read by `as_resource_definition`: resources given together may be parts of each other.
    _watchbell_shares: ClassVar[bool] = True
    _init_context: Any = PrivateAttr(None)

    @classmethod
    def _check_field(cls, value: Any, validate: Any, info: ValidationInfo) -> Any:
        """Environment variables stay references, resources to be set up later stay definitions."""
        if holds_reference(value):
            return value
        field = cls.model_fields.get(info.field_name or "")
        if field is not None and _is_nested(field):
            if info.context is _LAUNCH or isinstance(value, ResourceDefinition | PartialResource):
                return value
            if any(isinstance(each, ResourceMark) for each in field.metadata):
                return value
        return validate(value)

    @classmethod
    def configure_at_launch(cls, **values: Any) -> PartialResource:
        """The resource with the fields not given here left to the run's config.

        Raises:
            DagsterInvalidDefinitionError: a field that the class does not have.
        """
        return PartialResource(cls, values)

    def create_resource(self, context: InitResourceContext) -> Any:
        """What ops get; by default the object itself."""
        return self

    def setup_for_execution(self, context: InitResourceContext) -> None:
        """Called before the resource is used in a process; to be overridden."""

    def teardown_after_execution(self, context: InitResourceContext) -> None:
        """Called when the process no longer uses it, also after a failure; to be overridden."""

    @contextmanager
    def yield_for_execution(self, context: InitResourceContext) -> Iterator[Any]:
        """While entered, the resource is ready; by default set up and torn down by the two methods above.

        Override it (with ``@contextmanager``) instead of them where one ``with`` statement says both.
        """
        self.setup_for_execution(context)
        try:
            yield self.create_resource(context)
        finally:
            self.teardown_after_execution(context)

    def get_resource_context(self) -> InitResourceContext:
        """The context it was set up with: run, instance, logger.

        Raises:
            CheckError: it was not set up.
        """
        if self._init_context is None:
            raise CheckError(
                f"{type(self).__name__}: get_resource_context() was called before the resource was set up; "
                "it works in setup_for_execution and later"
            )
        context: InitResourceContext = self._init_context
        return context

    def with_replaced_resource_context(self, resource_context: InitResourceContext) -> typing.Self:
        """A copy that :meth:`get_resource_context` answers with another context; for tests."""
        made = self.model_copy()
        made._init_context = resource_context
        return made

    def get_resource_definition(self, siblings: Mapping[int, str] | None = None) -> ResourceDefinition:
        """The definition that sets it up in a run.

        Args:
            siblings: ``id`` of resources with a key of their own -> that key: nested ones among them are set up once,
                under that key, and shared.
        """
        return _Blueprint(type(self), self._values()).definition(siblings or {})

    def _values(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in type(self).model_fields}

    @property
    def nested_resources(self) -> Mapping[str, Any]:
        """The resources it is made of, by field."""
        return {name: value for name, value in self._values().items() if _is_nested(type(self).model_fields[name])}

    def process_config_and_initialize_cm(self) -> AbstractContextManager[Any]:
        """While entered, the resource ready for use outside a run: variables read, nested resources set up."""
        definition = self.get_resource_definition()
        assert definition.config_field is not None
        config = definition.config_field.resolve(ABSENT, f"the resource {type(self).__name__}", environment)
        return definition.open(InitResourceContext(config, resource_def=definition))

    def process_config_and_initialize(self) -> Any:
        """The same without an end, for resources that need no tearing down.

        Raises:
            CheckError: the class tears something down.
        """
        self._refuse_teardown("process_config_and_initialize_cm()")
        return self.process_config_and_initialize_cm().__enter__()

    @classmethod
    def from_resource_context_cm(cls, context: InitResourceContext) -> AbstractContextManager[Any]:
        """While entered, the resource made from the config of ``context``, for use in a ``@resource`` function."""
        return cls.configure_at_launch().get_resource_definition().open(context)

    @classmethod
    def from_resource_context(cls, context: InitResourceContext) -> Any:
        """The same without an end.

        Raises:
            CheckError: the class tears something down.
        """
        cls._refuse_teardown("from_resource_context_cm(context)")
        return cls.from_resource_context_cm(context).__enter__()

    @classmethod
    def _refuse_teardown(cls, instead: str) -> None:
        for each in cls.model_fields.values():
            nested = each.annotation
            if isinstance(nested, type) and issubclass(nested, ConfigurableResourceFactory):
                nested._refuse_teardown(instead)
        own = (cls.yield_for_execution, cls.teardown_after_execution)
        plain = (
            ConfigurableResourceFactory.yield_for_execution,
            ConfigurableResourceFactory.teardown_after_execution,
        )
        if own != plain:
            raise CheckError(
                f"{cls.__name__} tears something down, so it needs an end: use `with ...{instead} as value`"
            )


class ConfigurableResource(ConfigurableResourceFactory[T]):
    """A resource as a class of config, with methods that ops use.

    Objects do not change once made; what is opened in :meth:`setup_for_execution` goes into private attributes. A field
    may be an ``EnvVar``, read when a run starts, or another resource.

    Example:
        >>> class Database(ConfigurableResource):
        ...     url: str
        ...
        ...     def rows(self, table: str) -> list:
        ...         return [f"{table} of {self.url}"]
        >>> @asset
        ... def orders(database: Database):
        ...     return database.rows("orders")
        >>> defs = Definitions([orders], resources={"database": Database(url=EnvVar("DATABASE_URL"))})
    """


class ConfigurableIOManagerFactory(ConfigurableResourceFactory[T]):
    """A class of config whose :meth:`create_io_manager` makes an IO manager.

    Example:
        >>> class Files(ConfigurableIOManagerFactory):
        ...     folder: str
        ...
        ...     def create_io_manager(self, context):
        ...         return PickledFolder(self.folder)
    """

    def create_io_manager(self, context: InitResourceContext) -> Any:
        """The IO manager; to be overridden.

        Raises:
            DagsterInvalidDefinitionError: it was not.
        """
        raise DagsterInvalidDefinitionError(f"{type(self).__name__} needs a create_io_manager(self, context)")

    def create_resource(self, context: InitResourceContext) -> Any:
        """The IO manager."""
        return self.create_io_manager(context)


class ConfigurableIOManager(ConfigurableResource[Any], IOManager):
    """An IO manager as a class of config.

    Example:
        >>> class Files(ConfigurableIOManager):
        ...     folder: str
        ...
        ...     def handle_output(self, context, obj): ...
        ...     def load_input(self, context): ...
    """

    def get_resource_definition(self, siblings: Mapping[int, str] | None = None) -> IOManagerDefinition:
        """The definition that sets it up in a run."""
        made = super().get_resource_definition(siblings)
        assert isinstance(made, IOManagerDefinition)
        return made


class PartialResource:
    """A resource class with some fields left to the run's config; made by ``configure_at_launch``.

    Args:
        resource_cls: the class.
        values: the fields given already.

    Raises:
        DagsterInvalidDefinitionError: a field that the class does not have.

    Example:
        >>> class Database(ConfigurableResource):
        ...     url: str
        >>> isinstance(Database.configure_at_launch(), PartialResource)
        True
    """

    _watchbell_shares = True

    def __init__(self, resource_cls: type[ConfigurableResourceFactory[Any]], values: Mapping[str, Any]) -> None:
        for name in values:
            if name not in resource_cls.model_fields:
                raise DagsterInvalidDefinitionError(
                    f"{resource_cls.__name__}.configure_at_launch() got {name!r}, which is no field of it"
                    f"{did_you_mean(name, resource_cls.model_fields)}"
                )
        self.resource_cls = resource_cls
        self.values = dict(values)

    def get_resource_definition(self, siblings: Mapping[int, str] | None = None) -> ResourceDefinition:
        """The definition that sets it up in a run; takes the missing fields as config."""
        return _Blueprint(self.resource_cls, self.values).definition(siblings or {})

    def __repr__(self) -> str:
        return f"{self.resource_cls.__name__}.configure_at_launch({self.values})"


@dataclass(frozen=True)
class _Blueprint:
    """How a resource class becomes a definition.

    Args:
        cls: the class.
        values: the fields given.
    """

    cls: type[ConfigurableResourceFactory[Any]]
    values: Mapping[str, Any]

    def definition(self, siblings: Mapping[int, str]) -> ResourceDefinition:
        """The definition; nested resources among ``siblings`` are required by their key."""
        shared: dict[str, str] = {}
        inline: dict[str, Any] = {}
        fields: dict[str, Field] = {}
        required: set[str] = set()
        for name, info in self.cls.model_fields.items():
            if not _is_nested(info):
                fields[info.alias or name] = self._config_entry(name, info)
                continue
            value = self._nested_value(name, info)
            if id(value) in siblings:
                shared[name] = siblings[id(value)]
                required.add(shared[name])
                continue
            inline[name] = definition = self._inline(name, value, siblings)
            if isinstance(definition, ResourceDefinition):
                required |= definition.required_resource_keys
                if definition.config_field is not None and definition.config_field.mapping is None:
                    fields[info.alias or name] = definition.config_field
        kind = (
            IOManagerDefinition
            if issubclass(self.cls, IOManager | ConfigurableIOManagerFactory)
            else ResourceDefinition
        )
        own_doc = self.cls.__doc__ if "__doc__" in self.cls.__dict__ else None
        return kind(_opener(self.cls, shared, inline), Field(Shape(fields)), own_doc, frozenset(required))

    def _config_entry(self, name: str, info: FieldInfo) -> Field:
        entry = schema_field(self.cls, name, info)
        if name not in self.values:
            return entry
        value = plain_value(self.values[name])
        kind = Noneable(entry.config_type) if value is None and not isinstance(entry.config_type, Noneable) else None
        return Field(kind or entry.config_type, value, False, entry.description)

    def _nested_value(self, name: str, info: FieldInfo) -> Any:
        if name in self.values:
            return self.values[name]
        if info.is_required():
            raise DagsterInvalidDefinitionError(
                f"{self.cls.__name__}.{name} is a resource and cannot be left to config; pass it to configure_at_launch"
            )
        return info.get_default(call_default_factory=True, validated_data={})

    def _inline(self, name: str, value: Any, siblings: Mapping[int, str]) -> Any:
        if isinstance(value, PartialResource):
            raise DagsterInvalidDefinitionError(
                f"{self.cls.__name__}.{name} is configured at launch, so it needs a key of its own: "
                "add the same object to the resources too"
            )
        if isinstance(value, ConfigurableResourceFactory):
            return value.get_resource_definition(siblings)
        return value


def _opener(cls: type[ConfigurableResourceFactory[Any]], shared: Mapping[str, str], inline: Mapping[str, Any]) -> Any:
    """The function that sets up a resource of ``cls``: nested ones first, torn down last."""

    def open_resource(context: InitResourceContext) -> Iterator[Any]:
        config = dict(context.resource_config or {})
        with ExitStack() as exits:
            for name, key in shared.items():
                config[_config_key(cls, name)] = getattr(context.resources, key)
            for name, nested in inline.items():
                key = _config_key(cls, name)
                if isinstance(nested, ResourceDefinition):
                    config[key] = exits.enter_context(nested.open(_nested_context(context, nested, config.get(key))))
                else:
                    config[key] = nested
            made = model_from(cls, config, _LAUNCH)
            made._init_context = context
            yield exits.enter_context(made.yield_for_execution(context))

    return open_resource


def _nested_context(context: InitResourceContext, nested: ResourceDefinition, config: Any) -> InitResourceContext:
    entry = nested.config_field
    if entry is not None and entry.mapping is not None:
        config = entry.resolve(ABSENT, "a nested resource", environment)
    return context.replaced(resource_config=config, resource_def=nested)


def _config_key(cls: type[ConfigurableResourceFactory[Any]], name: str) -> str:
    return cls.model_fields[name].alias or name


def _is_nested(info: FieldInfo) -> bool:
    """Whether a field takes a resource."""
    if any(isinstance(each, ResourceMark) for each in info.metadata):
        return True
    parts = typing.get_args(info.annotation) or (info.annotation,)
    return any(
        is_resource_annotation(each) or (isinstance(each, type) and issubclass(each, IOManager)) for each in parts
    )
