"""User functions: what the function of an op or asset takes, read once from its signature."""

from __future__ import annotations

import builtins
import functools
import inspect
import sys
import typing
from collections.abc import AsyncIterator, Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from types import FunctionType
from typing import Any, TypeGuard

from watchbell.declare.graphs.output import NO_VALUE, Output
from watchbell.ground.errors import DagsterInvalidDefinitionError
from watchbell.ground.value import dataclass

PLAIN_TYPES = (int, str, float, bool, list, dict)
CONTEXT_NAMES = frozenset({"context", "_context", "context_", "_"})
CONTEXT_CLASSES = frozenset({"OpExecutionContext", "AssetExecutionContext", "AssetCheckExecutionContext"})
CONFIG_NAME = "config"
# Plain attributes, so that asking needs no import of pydantic. Config classes bear the first,
# resource classes the second; `ResourceParam[T]` puts the third object into an Annotated.
CONFIG_MARK = "_watchbell_config"
RESOURCE_MARK = "_watchbell_resource"


class ResourceMark:
    """What ``ResourceParam[T]`` puts beside ``T``: the parameter is a resource, not an input."""

    def __repr__(self) -> str:
        return "resource"


RESOURCE_PARAM = ResourceMark()


@dataclass(frozen=True)
class Parameter:
    """A parameter that is an input.

    Args:
        name: its name.
        annotation: its annotation; NO_VALUE if it has none.
        default: its default; NO_VALUE if it has none.
    """

    name: str
    annotation: Any = NO_VALUE
    default: Any = NO_VALUE


@dataclass(frozen=True)
class UserFunction:
    """A user's function and what it takes.

    Args:
        fn: the function.
        name: its name.
        context_name: the parameter that takes the context, None if there is none.
        config_type: annotation of the ``config`` parameter, None if there is none.
        resource_names: parameters that take resources, by name = resource key, with their annotations.
        parameters: the others, in order: inputs.
        accepts_any: whether it has ``**kwargs``.
        returns: its return annotation; NO_VALUE if it has none.
        is_generator: whether it yields.
        is_async: whether it is ``async def``.
        docstring: its cleaned docstring.
    """

    fn: Callable[..., Any]
    name: str
    context_name: str | None = None
    config_type: Any = None
    resource_names: Mapping[str, Any] = field(default_factory=dict)
    parameters: tuple[Parameter, ...] = ()
    accepts_any: bool = False
    returns: Any = NO_VALUE
    is_generator: bool = False
    is_async: bool = False
    docstring: str | None = None

    @property
    def has_config(self) -> bool:
        """Whether it takes its config as a parameter."""
        return self.config_type is not None

    def call(self, context: Any, config: Any, resources: Mapping[str, Any], inputs: Mapping[str, Any]) -> Any:
        """Calls the user's function.

        Args:
            context: for the context parameter, if there is one.
            config: for the config parameter, if there is one.
            resources: by parameter name; exactly ``resource_names``.
            inputs: by parameter name; none for ``Nothing`` inputs.

        Returns:
            What it returns: a value, a generator, or a coroutine.
        """
        given = {**inputs, **resources}
        if self.config_type is not None:
            given[CONFIG_NAME] = config
        return self.fn(context, **given) if self.context_name is not None else self.fn(**given)


def read_function(fn: Callable[..., Any], what: str) -> UserFunction:
    """What a function takes.

    Args:
        fn: the user's function.
        what: the kind of definition, for messages, e.g. ``"op"``.

    Raises:
        DagsterInvalidDefinitionError: it takes ``*args`` or positional-only inputs; ``config`` has no annotation; a
            parameter's annotation is text that cannot be evaluated here.
    """
    name = getattr(fn, "__name__", type(fn).__name__)
    parameters, returns = _taken(fn, what, name)
    hints = _hints(fn, parameters, returns)
    bound = fn.keywords if isinstance(fn, functools.partial) else {}
    given = [each for each in parameters if each.name not in bound]
    yields = inspect.isgeneratorfunction(fn) or inspect.isasyncgenfunction(fn)
    context_name = None
    if given and given[0].name in CONTEXT_NAMES and given[0].kind is not inspect.Parameter.VAR_POSITIONAL:
        context_name = given.pop(0).name
        _refuse_plain_context(context_name, hints.get(context_name), what, name)
    config_type, resources, inputs, accepts_any = None, {}, [], False
    for each in given:
        annotation = _readable(hints.get(each.name, NO_VALUE), each.name, what, name)
        if each.kind is inspect.Parameter.VAR_KEYWORD:
            accepts_any = True
        elif each.kind in {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.POSITIONAL_ONLY}:
            raise DagsterInvalidDefinitionError(_refused_kind(each, what, name), function=name, parameter=each.name)
        elif each.name == CONFIG_NAME:
            config_type = _config_type(annotation, what, name)
        elif is_resource_annotation(annotation):
            resources[each.name] = annotation
        elif getattr(annotation, "__name__", None) in CONTEXT_CLASSES:
            raise DagsterInvalidDefinitionError(_other_context(each, annotation, what, name), parameter=each.name)
        else:
            default = NO_VALUE if each.default is inspect.Parameter.empty else each.default
            inputs.append(Parameter(each.name, annotation, default))
    return UserFunction(
        fn=fn,
        name=name,
        context_name=context_name,
        config_type=config_type,
        resource_names=resources,
        parameters=tuple(inputs),
        accepts_any=accepts_any,
        returns=_known(hints.get("return", NO_VALUE)),
        is_generator=yields,
        is_async=inspect.iscoroutinefunction(fn) or (yields and inspect.isasyncgenfunction(fn)),
        docstring=inspect.cleandoc(fn.__doc__) if fn.__doc__ else None,
    )


def _refuse_plain_context(parameter: str, annotation: Any, what: str, name: str) -> None:
    if annotation in PLAIN_TYPES:
        raise DagsterInvalidDefinitionError(
            f"{what} {name!r}: {parameter!r} is annotated as {annotation.__name__}, but is what a run tells it "
            "of itself; give an input another name",
            parameter=parameter,
        )


def _other_context(parameter: _Taken, annotation: type, what: str, name: str) -> str:
    return (
        f"{what} {name!r}: {parameter.name!r} is annotated as {annotation.__name__}, but would be taken for an input; "
        "call the function's first parameter 'context'"
    )


def is_resource_annotation(annotation: Any) -> bool:
    """Whether a parameter of this annotation takes a resource."""
    if typing.get_origin(annotation) is typing.Annotated:
        return any(isinstance(each, ResourceMark) for each in annotation.__metadata__)
    return getattr(annotation, RESOURCE_MARK, False) is True


def is_config_class(annotation: Any) -> bool:
    """Whether an annotation is a class of ``Config``."""
    return isinstance(annotation, type) and getattr(annotation, CONFIG_MARK, False) is True


def value_annotation(function: UserFunction) -> Any:
    """The annotation of the function's value: of ``Output[T]`` the ``T``; NO_VALUE where it says nothing of it."""
    returns = function.returns
    if function.is_generator or returns is Output:
        return NO_VALUE
    origin = typing.get_origin(returns)
    if origin is Output:
        return typing.get_args(returns)[0]
    if origin in {Iterator, Iterable, Generator, AsyncIterator} and function.is_generator:
        return NO_VALUE
    return returns


class _Taken:
    """A parameter: the facts of an ``inspect.Parameter``, which costs much more to make."""

    __slots__ = ("annotation", "default", "kind", "name")

    def __init__(self, name: str, kind: Any, default: Any, annotation: Any) -> None:
        self.name = name
        self.kind = kind
        self.default = default
        self.annotation = annotation


def _taken(fn: Callable[..., Any], what: str, name: str) -> tuple[list[_Taken], Any]:
    """The parameters of a function, in order, and what it is annotated to return."""
    if _is_plain(fn):
        return _taken_by_code(fn)
    try:
        signature = inspect.signature(fn)
    except (TypeError, ValueError) as error:
        raise DagsterInvalidDefinitionError(
            f"{what} {name!r}: its function has no signature that can be read ({error}); wrap it in a def"
        ) from error
    found = [_Taken(each.name, each.kind, each.default, each.annotation) for each in signature.parameters.values()]
    return found, signature.return_annotation


def _is_plain(fn: Callable[..., Any]) -> TypeGuard[FunctionType]:
    """Whether it is made by ``def`` and nothing else: neither wraps another nor claims another signature."""
    return type(fn) is FunctionType and not fn.__dict__


def _taken_by_code(fn: FunctionType) -> tuple[list[_Taken], Any]:
    """The same as ``inspect.signature`` finds, at a fifth of the cost: thousands of functions are read at a start."""
    code, annotations, empty = fn.__code__, fn.__annotations__, inspect.Parameter.empty
    count, named = code.co_argcount, code.co_argcount + code.co_kwonlyargcount
    kinds: list[Any] = [inspect.Parameter.POSITIONAL_ONLY] * code.co_posonlyargcount
    kinds += [inspect.Parameter.POSITIONAL_OR_KEYWORD] * (count - len(kinds))
    names = list(code.co_varnames[:count])
    values = fn.__defaults__ or ()
    defaults = dict(zip(names[count - len(values) :], values, strict=True)) | (fn.__kwdefaults__ or {})
    if code.co_flags & inspect.CO_VARARGS:
        names.append(code.co_varnames[named])
        kinds.append(inspect.Parameter.VAR_POSITIONAL)
    names += code.co_varnames[count:named]
    kinds += [inspect.Parameter.KEYWORD_ONLY] * (named - count)
    if code.co_flags & inspect.CO_VARKEYWORDS:
        names.append(code.co_varnames[named + bool(code.co_flags & inspect.CO_VARARGS)])
        kinds.append(inspect.Parameter.VAR_KEYWORD)
    found = [
        _Taken(name, kind, defaults.get(name, empty), annotations.get(name, empty))
        for name, kind in zip(names, kinds, strict=True)
    ]
    return found, annotations.get("return", empty)


class _Unread(str):
    """An annotation written as text, of which some name is known to no one at run time."""

    __slots__ = ()


def _hints(fn: Callable[..., Any], parameters: Sequence[_Taken], returns: Any) -> dict[str, Any]:
    """Annotations by name; those written as text are evaluated, and are ``_Unread`` where that is not possible."""
    plain = {each.name: each.annotation for each in parameters}
    plain["return"] = returns
    hints = {name: hint for name, hint in plain.items() if hint is not inspect.Parameter.empty}
    if not any(isinstance(hint, str) for hint in hints.values()):
        return hints
    inner = _innermost(fn)
    module = sys.modules.get(getattr(inner, "__module__", ""), None)
    scopes = (
        _free_names(inner),
        _names_around(inner),
        getattr(inner, "__globals__", {}),
        getattr(module, "__dict__", {}),
        vars(builtins),
    )
    return {name: _evaluated(hint, scopes) for name, hint in hints.items()}


def _innermost(fn: Callable[..., Any]) -> Callable[..., Any]:
    """The function behind partials, wrappers and objects that can be called: whose annotations the signature shows."""
    if _is_plain(fn):
        return fn
    inner: Any = inspect.unwrap(fn)
    while isinstance(inner, functools.partial):
        inner = inspect.unwrap(inner.func)
    if not hasattr(inner, "__qualname__") and callable(inner):
        inner = inspect.unwrap(type(inner).__call__)
    found: Callable[..., Any] = inner
    return found


def _names_around(fn: Callable[..., Any]) -> dict[str, Any]:
    """Names of the functions and classes that ``fn`` is written in, while those are still running.

    A class defined inside a function is found so, although nothing but the text of an annotation speaks of it.
    """
    place = getattr(fn, "__qualname__", "")
    if "." not in place:
        return {}
    parts = place.split(".")
    scopes = {".".join(parts[:count]) for count in range(1, len(parts))}
    found: dict[str, Any] = {}
    frame = inspect.currentframe()
    while frame is not None:
        if frame.f_code.co_qualname in scopes and frame.f_globals is getattr(fn, "__globals__", None):
            found = {**frame.f_locals, **found}
        frame = frame.f_back
    return found


def _free_names(fn: Callable[..., Any]) -> dict[str, Any]:
    cells = zip(
        getattr(getattr(fn, "__code__", None), "co_freevars", ()), getattr(fn, "__closure__", ()) or (), strict=False
    )
    found = {}
    for name, cell in cells:
        try:
            found[name] = cell.cell_contents
        except ValueError:  # not yet filled: defined after the function
            continue
    return found


def _evaluated(hint: Any, scopes: Sequence[Mapping[str, Any]]) -> Any:
    if not isinstance(hint, str):
        return hint
    if hint.isidentifier():  # most are: then it is found without compiling it
        return next((scope[hint] for scope in scopes if hint in scope), _Unread(hint))
    names = {name: value for scope in reversed(scopes[:-1]) for name, value in scope.items()}
    try:
        return eval(hint, names)  # noqa: S307 - the user's own annotation, in the user's own module
    except Exception:  # a name known to the type checker only
        return _Unread(hint)


def _known(annotation: Any) -> Any:
    """The annotation; nothing where it could not be read."""
    return NO_VALUE if isinstance(annotation, _Unread) else annotation


def _readable(annotation: Any, parameter: str, what: str, name: str) -> Any:
    """The annotation of a parameter, which decides between input, resource and config and so must be readable."""
    if not isinstance(annotation, _Unread):
        return annotation
    raise DagsterInvalidDefinitionError(
        f"{what} {name!r}: the annotation {str(annotation)!r} of its parameter {parameter!r} is text that cannot be "
        "evaluated; import its names at run time (not under TYPE_CHECKING), or define them before the function",
        function=name,
        parameter=parameter,
    )


def _config_type(annotation: Any, what: str, name: str) -> Any:
    if annotation is NO_VALUE:
        raise DagsterInvalidDefinitionError(
            f"{what} {name!r}: its parameter 'config' has no annotation that can be read; "
            "annotate it with a Config class or a plain type, e.g. `config: MyConfig`",
            function=name,
        )
    return annotation


def _refused_kind(parameter: _Taken, what: str, name: str) -> str:
    shown = f"*{parameter.name}" if parameter.kind is inspect.Parameter.VAR_POSITIONAL else parameter.name
    return (
        f"{what} {name!r}: its function takes {shown!r} by position only; inputs are passed by name, so give each "
        "input a parameter of its own, and let the context be the first one, called 'context'"
    )
