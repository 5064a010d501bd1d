"""Python classes as data types, and values checked against a type outside a run."""

from __future__ import annotations

import typing
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from typing import Any, TypeVar

from watchbell.declare.config.annotation_type import register_type, type_of_annotation
from watchbell.declare.config.data_type import DagsterType, DagsterTypeKind, TypeCheck
from watchbell.declare.config.type_context import TypeCheckContext
from watchbell.ground.errors import DagsterInvalidDefinitionError, ParameterCheckError
from watchbell.record.metadata import RawMetadataMapping

C = TypeVar("C", bound=type)


class PythonObjectDagsterType(DagsterType):
    """The type whose values are instances of a Python class, or of one of several.

    Args:
        python_type: the class, or a tuple of classes.
        key: unique text; the name if left out.
        name: shown to people; left out: the class's.
        is_builtin: whether it is one of watchbell's own.
        description: what values of the type are.
        loader: makes a value of what run config says of an input.
        required_resource_keys: resources that its loader or check takes.
        kind: what sort of type it is.
        metadata: labelled facts.

    Raises:
        ParameterCheckError: no class.

    Example:
        >>> Number = PythonObjectDagsterType((int, float), name="Number")
        >>> Number.type_check(None, "3").success
        False
    """

    python_type: Any

    def __init__(
        self,
        python_type: type | tuple[type, ...],
        key: str | None = None,
        name: str | None = None,
        is_builtin: bool = False,
        description: str | None = None,
        loader: Any = None,
        required_resource_keys: AbstractSet[str] | None = None,
        kind: DagsterTypeKind = DagsterTypeKind.REGULAR,
        metadata: RawMetadataMapping | None = None,
    ) -> None:
        classes = python_type if isinstance(python_type, tuple) else (python_type,)
        if not classes or not all(isinstance(each, type) for each in classes):
            raise ParameterCheckError(
                f"python_type of a PythonObjectDagsterType is a class or a tuple of classes, not {python_type!r}",
                parameter="python_type",
            )
        names = [each.__name__ for each in classes]
        text = names[0] if len(names) == 1 else f"Union[{', '.join(names)}]"
        object.__setattr__(self, "python_type", python_type)
        object.__setattr__(self, "_text", text)

        def check(_context: Any, value: object) -> bool | TypeCheck:
            if isinstance(value, classes):
                return True
            shown = f"{value!r:.100}"
            return TypeCheck(False, f"{shown} is of type {type(value).__name__}; expected {text}")

        alias = typing.Union[classes] if isinstance(python_type, tuple) else python_type  # noqa: UP007 - as it is shown
        super().__init__(
            check,
            key,
            name or (None if key else text),
            is_builtin,
            description,
            loader,
            required_resource_keys,
            kind,
            alias,
            metadata,
        )

    @property
    def type_str(self) -> str:
        """The class's name; ``Union[A, B]`` for several."""
        return str(self._text)  # type: ignore[attr-defined]


@typing.overload
def usable_as_dagster_type(name: C) -> C: ...


@typing.overload
def usable_as_dagster_type(
    name: str | None = None, description: str | None = None, loader: Any = None
) -> Callable[[C], C]: ...


def usable_as_dagster_type(name: Any = None, description: str | None = None, loader: Any = None) -> Any:
    """Makes a class, used as an annotation of inputs and outputs, a type with a name and description of its own.

    Args:
        name: the type's name, left out: the class's; or the class, when used without parentheses.
        description: what values of the type are.
        loader: makes a value of what run config says of an input; from :func:`dagster_type_loader`.

    Returns:
        The class itself; with arguments, a decorator that returns it.

    Example:
        >>> @usable_as_dagster_type(name="Orders", description="orders of one day")
        ... class Orders: ...
        >>> In(Orders).dagster_type.display_name
        'Orders'
    """
    if isinstance(name, type):
        return usable_as_dagster_type()(name)

    def decorate(cls: C) -> C:
        if not isinstance(cls, type):
            raise ParameterCheckError(f"@usable_as_dagster_type is put on a class, not on {cls!r}", parameter="cls")
        made = PythonObjectDagsterType(cls, name=name or cls.__name__, description=description, loader=loader)
        make_python_type_usable_as_dagster_type(cls, made)
        return cls

    return decorate


def make_python_type_usable_as_dagster_type(python_type: type, dagster_type: DagsterType) -> None:
    """Makes a class, used as an annotation of inputs and outputs from now on, stand for a type.

    Args:
        python_type: the class.
        dagster_type: the type it stands for.

    Raises:
        ParameterCheckError: no class, or no DagsterType.

    Example:
        >>> class Orders: ...
        >>> some = DagsterType(name="SomeOrders", type_check_fn=lambda _, value: isinstance(value, Orders))
        >>> make_python_type_usable_as_dagster_type(Orders, some)
        >>> In(Orders).dagster_type.display_name
        'SomeOrders'
    """
    if not isinstance(python_type, type):
        raise ParameterCheckError(f"python_type is a class, not {python_type!r}", parameter="python_type")
    if not isinstance(dagster_type, DagsterType):
        raise ParameterCheckError(f"dagster_type is a DagsterType, not {dagster_type!r}", parameter="dagster_type")
    register_type(python_type, dagster_type)


def check_dagster_type(dagster_type: Any, value: Any) -> TypeCheck:
    """Checks a value against a type, for tests of types.

    Args:
        dagster_type: a DagsterType, or what stands for one: a class, ``list[int]``, ``Any`` …
        value: the value.

    Returns:
        The answer of the type's check.

    Raises:
        DagsterInvalidDefinitionError: ``dagster_type`` stands for no type.

    Example:
        >>> check_dagster_type(list[int], [1, "two"]).success
        False
    """
    if isinstance(dagster_type, str | int | float):
        raise DagsterInvalidDefinitionError(
            f"{dagster_type!r} is no type; expected a DagsterType, a class, or an annotation such as list[int]"
        )
    kind = type_of_annotation(dagster_type)
    if kind.is_nothing:
        if value is None:
            return TypeCheck(True)
        return TypeCheck(False, f"a {type(value).__name__} was given where nothing (None) is expected")
    return kind.type_check(TypeCheckContext(dagster_type=kind), value)
