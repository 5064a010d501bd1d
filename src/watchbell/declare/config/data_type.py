"""Data types: what an input or output may hold, and the check that says so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import field
from enum import Enum
from typing import Any, Self

from watchbell.declare.names import check_instance
from watchbell.ground.errors import (
    CheckError,
    DagsterInvalidDefinitionError,
    DagsterInvariantViolationError,
    ParameterCheckError,
)
from watchbell.ground.value import dataclass
from watchbell.record.metadata import MetadataValue, RawMetadataMapping, normalize_metadata


class Nothing:
    """The type of an input or output that carries no value, only "done".

    Example:
        >>> @op(ins={"start": In(Nothing)})
        ... def after() -> None: ...
    """

    def __new__(cls) -> Self:
        raise DagsterInvalidDefinitionError("Nothing is a type, not a value; write In(Nothing) or -> Nothing")


class DagsterTypeKind(Enum):
    """What sort of type a DagsterType is.

    Example:
        >>> In(list[int]).dagster_type.kind
        <DagsterTypeKind.LIST: 'LIST'>
    """

    ANY = "ANY"
    SCALAR = "SCALAR"
    LIST = "LIST"
    NOTHING = "NOTHING"
    NULLABLE = "NULLABLE"
    REGULAR = "REGULAR"


class TypeCheck:
    """The answer of a type check that has more to say than yes or no.

    Args:
        success: whether the value is of the type.
        description: why not, or what was seen.
        metadata: labelled facts about the value; they go into the log with the input or output.

    Example:
        >>> TypeCheck(success=False, description="no rows", metadata={"rows": 0}).success
        False
    """

    __slots__ = ("description", "metadata", "success")

    def __init__(
        self, success: bool, description: str | None = None, metadata: RawMetadataMapping | None = None
    ) -> None:
        self.success = check_instance(success, bool, "success of a TypeCheck")
        self.description = description
        self.metadata: Mapping[str, MetadataValue] = normalize_metadata(metadata)

    def __repr__(self) -> str:
        facts = f"description={self.description!r}, metadata={dict(self.metadata)!r}"
        return f"TypeCheck(success={self.success!r}, {facts})"


_PASSED = TypeCheck(True)


@dataclass(frozen=True, init=False, eq=False, repr=False)
class DagsterType:
    """A type with a check of one's own.

    Args:
        type_check_fn: ``(context, value) -> bool | TypeCheck``; the context is a :class:`TypeCheckContext`.
        key: unique text; the name if left out.
        name: shown to people.
        is_builtin: whether it is one of watchbell's own.
        description: what values of the type are.
        loader: makes a value of what run config says of an input; from :func:`dagster_type_loader`.
        required_resource_keys: resources that the check takes as ``context.resources.<key>``.
        kind: what sort of type it is.
        typing_type: the Python type, for IO managers that load by it.
        metadata: labelled facts.

    Raises:
        CheckError: neither ``key`` nor ``name``.
        ParameterCheckError: ``type_check_fn`` is no function.

    Example:
        >>> even = DagsterType(name="Even", type_check_fn=lambda _, value: value % 2 == 0)
        >>> even.type_check(None, 3).success
        False
    """

    key: str
    name: str | None
    description: str | None
    typing_type: Any
    type_check_fn: Callable[[Any, Any], bool | TypeCheck]
    loader: Any = None
    required_resource_keys: frozenset[str] = frozenset()
    kind: DagsterTypeKind = DagsterTypeKind.REGULAR
    metadata: Mapping[str, MetadataValue] = field(default_factory=dict)
    inner_types: tuple[DagsterType, ...] = ()
    # Whether run config may give such a value plainly (numbers, text, lists, dicts, Any).
    is_loadable: bool = False
    # Whether the check is the user's, who may want the context; it is not made for the others.
    takes_context: bool = True
    is_builtin: bool = False

    def __init__(  # one name a fact
        self,
        type_check_fn: Callable[[Any, Any], bool | TypeCheck],
        key: str | None = None,
        name: str | None = None,
        is_builtin: bool = False,
        description: str | None = None,
        loader: Any = None,
        required_resource_keys: AbstractSet[str] | None = None,
        kind: DagsterTypeKind = DagsterTypeKind.REGULAR,
        typing_type: Any = Any,
        metadata: RawMetadataMapping | None = None,
    ) -> None:
        if not callable(type_check_fn):
            raise ParameterCheckError(
                f"type_check_fn of a DagsterType is a function, not {type_check_fn!r}", parameter="type_check_fn"
            )
        chosen = key or name
        if chosen is None:
            raise CheckError("a DagsterType needs a name (or a key)")
        put = object.__setattr__
        put(self, "key", chosen)
        put(self, "name", name)
        put(self, "description", description)
        put(self, "typing_type", typing_type)
        put(self, "type_check_fn", type_check_fn)
        put(self, "loader", loader)
        own = frozenset(required_resource_keys or ())
        put(self, "required_resource_keys", own)
        put(self, "kind", check_instance(kind, DagsterTypeKind, f"kind of type {chosen!r}"))
        put(self, "metadata", normalize_metadata(metadata))
        put(self, "inner_types", ())
        put(self, "is_loadable", loader is not None)
        put(self, "takes_context", True)
        put(self, "is_builtin", is_builtin)

    def __repr__(self) -> str:
        return f"DagsterType({self.display_name})"

    @property
    def display_name(self) -> str:
        """The name for people."""
        return self.name or self.key

    @property
    def has_unique_name(self) -> bool:
        """Whether it has a name."""
        return self.name is not None

    @property
    def unique_name(self) -> str:
        """The name.

        Raises:
            CheckError: it has a key only.
        """
        if self.name is None:
            raise CheckError(f"the type {self.key!r} has a key but no name; ask for its key, or give it name=")
        return self.name

    @property
    def is_nothing(self) -> bool:
        """Whether it carries no value."""
        return self is NOTHING

    @property
    def is_any(self) -> bool:
        """Whether every value is of the type."""
        return self is ANY

    @property
    def supports_fan_in(self) -> bool:
        """Whether an input of this type may take several outputs as a list."""
        return self.kind is DagsterTypeKind.LIST or self is NOTHING or self is ANY

    @property
    def all_resource_keys(self) -> frozenset[str]:
        """The resources that its check, its loader and the types inside it need."""
        if not self.takes_context and self.loader is None:
            return frozenset()
        loader = frozenset() if self.loader is None else frozenset(self.loader.required_resource_keys())
        return self.required_resource_keys.union(loader, *(each.all_resource_keys for each in self.inner_types))

    def type_check(self, context: Any, value: object) -> TypeCheck:
        """Whether ``value`` is of the type.

        Raises:
            DagsterInvariantViolationError: the user's function answered with something that is no answer.
        """
        answer = self.type_check_fn(context, value)
        if answer is True:
            return _PASSED
        if isinstance(answer, TypeCheck):
            return answer
        if answer is False:
            return TypeCheck(False)
        raise DagsterInvariantViolationError(
            f"the check of type {self.display_name!r} returned {answer!r} ({type(answer).__name__}); expected True, "
            "False or a TypeCheck",
            type_name=self.display_name,
        )


def builtin_type(
    key: str,
    name: str,
    typing_type: Any,
    check: Callable[[Any, Any], bool | TypeCheck],
    *,
    loadable: bool = False,
    kind: DagsterTypeKind = DagsterTypeKind.REGULAR,
    inner: tuple[DagsterType, ...] = (),
    loader: Any = None,
) -> DagsterType:
    """A type of watchbell's own.

    Args:
        key: unique text.
        name: shown to people.
        typing_type: the Python type.
        check: ``(context, value) -> bool | TypeCheck``.
        loadable: whether run config may give such a value.
        kind: what sort of type it is.
        inner: the types it is made of.
        loader: makes a value of run config; None: config's value is the value.
    """
    made = DagsterType(check, key, name, True, None, loader, None, kind, typing_type)
    put = object.__setattr__
    put(made, "is_loadable", loadable or loader is not None)
    put(made, "takes_context", any(each.takes_context for each in inner))
    put(made, "inner_types", inner)
    return made


ANY = builtin_type("Any", "Any", Any, lambda _context, _value: True, loadable=True, kind=DagsterTypeKind.ANY)
NOTHING = builtin_type("Nothing", "Nothing", type(None), lambda _context, _value: True, kind=DagsterTypeKind.NOTHING)
