"""What the functions of schedules and sensors take, and the part of their contexts that both have."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Protocol, Self, TypeAlias, TypeVar

from watchbell.declare.graphs.direct_resources import called_with_resources, with_context
from watchbell.declare.graphs.function import read_function
from watchbell.declare.graphs.output import NO_VALUE
from watchbell.declare.log_manager import EvaluationLogger
from watchbell.declare.names import check_instance, check_mapping
from watchbell.declare.resource import Resources, resource_definitions
from watchbell.declare.resource_setup import opened_resources
from watchbell.ground.errors import (
    DagsterInvalidDefinitionError,
    DagsterInvalidInvocationError,
    DagsterInvariantViolationError,
    ParameterCheckError,
)
from watchbell.ground.suggest import did_you_mean
from watchbell.ground.upward import call_upward
from watchbell.ground.value import dataclass
from watchbell.record.job_origin import CodeLocationOrigin
from watchbell.record.ports import InstanceView

S = TypeVar("S", bound="EvaluationContext")
T = TypeVar("T")
Steps: TypeAlias = Generator[Any, Any, T]
"""An evaluation: it yields what has to be awaited, is sent what came of that (or thrown what was raised), and returns
its result. Of functions that are not ``async`` it yields nothing. Who drives it decides how to wait."""


class StopIterationRaised(Exception):
    """Carries a StopIteration that a user's function raised through generators, where it would mean their end.

    Args:
        error: what the function raised.
    """

    def __init__(self, error: StopIteration) -> None:
        super().__init__(f"StopIteration: {error}")
        self.error = error


def own_error(error: BaseException) -> BaseException:
    """What user code raised itself, for who tells of it."""
    return error.error if isinstance(error, StopIterationRaised) else error


def in_one_go(steps: Steps[T]) -> T:
    """The result of an evaluation; where it has to wait, it goes on in an event loop of its own."""
    try:
        awaitable = next(steps)
    except StopIteration as end:
        result: T = end.value
        return result
    except StopIterationRaised as carried:
        raise carried.error from None
    waited: T = call_upward("finish_in_own_loop", steps, awaitable)
    return waited


class RepositoryView(Protocol):
    """What an evaluation may ask of the definitions around it."""

    @property
    def name(self) -> str:
        """The repository's name."""

    def get_top_level_resources(self) -> Mapping[str, Any]:
        """Resources by key."""

    def has_job(self, name: str) -> bool:
        """Whether it has a job of this name."""


class EvaluationContext:
    """What schedules and sensors are given while they are evaluated.

    Args:
        name: the schedule or sensor; None in a test that does not say.
        instance: the instance, if there is one already.
        open_instance: opens it when user code asks for it first.
        resources: resources by key: values, or definitions to set up.
        repository_def: the definitions around it.
        log: the logger; a new one if left out.
        location_name: the code location it belongs to; None in a test.
        resource_config: config of resources, by key, instead of what they have: each ``{"config": …}``.
    """

    def __init__(
        self,
        name: str | None = None,
        *,
        instance: InstanceView | None = None,
        open_instance: Callable[[], InstanceView] | None = None,
        resources: Mapping[str, Any] | None = None,
        repository_def: RepositoryView | None = None,
        log: EvaluationLogger | None = None,
        location_name: str | None = None,
        resource_config: Mapping[str, Any] | None = None,
    ) -> None:
        self._name = name
        self._instance = instance
        self._open_instance = open_instance
        self._given_resources = dict(resources or {})
        self._resource_config = resource_config
        self._repository_def = repository_def
        self._log = log or EvaluationLogger(name or "dagster")
        self._location_name = location_name
        self._required_keys: frozenset[str] | None = None
        self._ready_resources: Any = None
        self._exits = ExitStack()

    @property
    def instance(self) -> InstanceView:
        """The instance: what is remembered of runs, events and assets.

        Raises:
            DagsterInvariantViolationError: the context was built without one.
        """
        if self._instance is None:
            if self._open_instance is None:
                raise DagsterInvariantViolationError(
                    "this context was built without an instance; pass instance= to it, "
                    "for example DagsterInstance.ephemeral()"
                )
            self._instance = self._open_instance()
        return self._instance

    @property
    def has_instance(self) -> bool:
        """Whether there is an instance, open or not."""
        return self._instance is not None or self._open_instance is not None

    @property
    def log(self) -> EvaluationLogger:
        """Logger whose lines are stored with the tick."""
        return self._log

    @property
    def resources(self) -> Any:
        """Resources by key, as attributes; set up when first asked for.

        Raises:
            DagsterInvalidDefinitionError: a required one is not provided.
            DagsterResourceFunctionError: one raised while it was set up.
        """
        if self._ready_resources is None:
            self._ready_resources = self._set_up()
        return self._ready_resources

    @property
    def resource_defs(self) -> Mapping[str, Any]:
        """Resources as they were given, not set up."""
        return {**self._inherited_resources(), **self._given_resources}

    @property
    def repository_def(self) -> Any:
        """The definitions around it; None in a test that gives none."""
        return self._repository_def

    @property
    def code_location_origin(self) -> CodeLocationOrigin | None:
        """The code location it belongs to; None in a test."""
        return None if self._location_name is None else CodeLocationOrigin(self._location_name)

    @property
    def _code_location_origin(self) -> CodeLocationOrigin | None:
        """The same, as some projects ask for it."""
        return self.code_location_origin

    def has_captured_logs(self) -> bool:
        """Whether anything was logged."""
        return bool(self._log.lines)

    def require(self, keys: frozenset[str], what: str) -> None:
        """Says which resources the definition needs: only these are set up, and all of them must be there.

        Args:
            keys: their keys.
            what: the definition, for the message, e.g. ``"sensor 'files'"``.

        Raises:
            DagsterInvalidDefinitionError: one is not provided.
        """
        if not keys:
            return
        known = self.resource_defs
        for key in sorted(keys):
            if key not in known:
                raise DagsterInvalidDefinitionError(
                    f"resource {key!r} required by {what} was not provided{did_you_mean(key, known)}",
                    resource_key=key,
                )
        self._required_keys = keys

    def merge_resources(self, resources_dict: Mapping[str, Any]) -> Self:
        """A context like this one with more resources.

        Args:
            resources_dict: resources by key, before those of the same key that it has.

        Raises:
            ParameterCheckError: no mapping.
        """
        added = check_mapping(resources_dict, "resources_dict of merge_resources")
        merged = object.__new__(type(self))
        merged.__dict__.update(self.__dict__)
        merged._given_resources = {**self._given_resources, **added}
        if self._instance is None and self._open_instance is not None:
            merged._open_instance = lambda: self.instance  # both see the same one, whoever asks first
        merged._ready_resources = None
        merged._exits = ExitStack()
        return merged

    def shares_resources_with(self, other: EvaluationContext) -> None:
        """Uses what ``other`` sets up, which also tears it down."""
        self._ready_resources = _SharedResources(other)

    def close(self) -> None:
        """Tears its resources down; they are set up anew if asked for again."""
        self._ready_resources = None
        self._exits.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _inherited_resources(self) -> Mapping[str, Any]:
        return {} if self._repository_def is None else self._repository_def.get_top_level_resources()

    def _set_up(self) -> Any:
        keys, everything = self._required_keys, self.resource_defs
        chosen = self._given_resources if keys is None else {key: everything[key] for key in keys}
        if not chosen:
            return Resources({}, "this context")
        what = "this context" if self._name is None else repr(self._name)
        definitions = resource_definitions(chosen if keys is None else {**everything, **chosen}, what)
        return self._exits.enter_context(
            opened_resources(
                definitions,
                chosen,
                what,
                config=self._resource_config,
                open_instance=lambda: self.instance,
                log=self._log,
            )
        )


class _SharedResources:
    """The resources of another context, set up there when first asked for."""

    def __init__(self, owner: EvaluationContext) -> None:
        self._owner = owner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._owner.resources, name)


def _takes_anything(fn: Callable[..., Any]) -> bool:
    try:
        parameters = list(inspect.signature(fn).parameters.values())
    except (TypeError, ValueError):
        return False
    return bool(parameters) and parameters[0].kind is inspect.Parameter.VAR_POSITIONAL


def _is_keyword(fn: Callable[..., Any], name: str) -> bool:
    return inspect.signature(fn).parameters[name].kind is inspect.Parameter.KEYWORD_ONLY


def answered(returned: Any) -> Steps[Any]:
    """What a function answers that returned this: a generator is read to its end, a coroutine waited for."""
    while hasattr(returned, "__await__") or hasattr(returned, "__anext__"):
        returned = yield returned
    return list(returned) if hasattr(returned, "__next__") else returned


def is_async_function(fn: Callable[..., Any]) -> bool:
    """Whether calling it gives a coroutine or an async generator: it, what it is a partial of, or its ``__call__``."""
    while isinstance(fn, functools.partial):
        fn = fn.func
    if not inspect.isroutine(fn):
        fn = type(fn).__call__
    return inspect.iscoroutinefunction(fn) or inspect.isasyncgenfunction(fn)


def resource_keys(keys: Iterable[str] | None, what: str) -> frozenset[str]:
    """Resource keys that a user gave.

    Raises:
        ParameterCheckError: one text instead of a set, or a key that is no text.
    """
    if isinstance(keys, str):
        raise ParameterCheckError(
            f"required_resource_keys of {what} is a set of text; write {{{keys!r}}}", parameter="required_resource_keys"
        )
    return frozenset(check_instance(key, str, f"each of required_resource_keys of {what}") for key in keys or ())


@dataclass(frozen=True)
class EvaluatedFunction:
    """The function of a schedule or sensor.

    Args:
        fn: the user's function.
        what: the definition, for messages, e.g. ``"schedule 'daily'"``.
        context_name: the parameter that takes the context, None if there is none.
        is_context_first: whether the context goes first, by position.
        resource_names: parameters that take resources, by name = key.
        docstring: its cleaned docstring.
        is_async: whether it is ``async def``. Another function may return a coroutine all the same.
    """

    fn: Callable[..., Any]
    what: str
    context_name: str | None
    is_context_first: bool
    resource_names: tuple[str, ...]
    docstring: str | None
    is_async: bool = False

    @staticmethod
    def read(fn: Callable[..., Any], kind: str, name: str) -> EvaluatedFunction:
        """What ``fn`` takes.

        Args:
            fn: the user's function.
            kind: ``"schedule"`` or ``"sensor"``.
            name: the definition's name.

        Raises:
            ParameterCheckError: it is no function.
            DagsterInvalidDefinitionError: it takes more than a context and resources.
        """
        what = f"{kind} {name!r}"
        if not callable(fn):
            raise ParameterCheckError(f"{what} needs a function, not {fn!r}", parameter="fn", value=fn)
        if _takes_anything(fn):  # a wrapper that passes all arguments on
            return EvaluatedFunction(fn, what, "context", True, (), inspect.getdoc(fn), is_async_function(fn))
        read = read_function(fn, kind)
        others = [each.name for each in read.parameters if each.default is NO_VALUE]
        first = read.context_name
        needed = others if first is not None else others[1:]
        if needed:
            raise DagsterInvalidDefinitionError(
                f"{what}: its function takes {needed[0]!r}, which is neither the context nor a resource; annotate a "
                "resource parameter with ResourceParam[...] or a ConfigurableResource class"
            )
        return EvaluatedFunction(
            fn=fn,
            what=what,
            context_name=first or (others[0] if others else None),
            is_context_first=first is not None and not _is_keyword(fn, first),
            resource_names=tuple(read.resource_names),
            docstring=read.docstring,
            is_async=is_async_function(fn),
        )

    def call(self, context: EvaluationContext) -> Steps[Any]:
        """What the function answers for ``context``: what it returns, or the list of what it yields. Resources come
        from the context."""
        resources = {name: getattr(context.resources, name) for name in self.resource_names}
        try:
            returned = self._call(context, resources)
        except StopIteration as error:  # which would end our generator, and not this evaluation
            raise StopIterationRaised(error) from error
        if hasattr(returned, "__next__") or hasattr(returned, "__await__") or hasattr(returned, "__anext__"):
            returned = yield from answered(returned)
        return returned

    def invoke(self, args: tuple[Any, ...], kwargs: Mapping[str, Any], required: frozenset[str], kind: type) -> Any:
        """What the function returns for arguments that a user gives directly.

        Args:
            args: at most the context.
            kwargs: the context by its name, resources by theirs.
            required: keys of all resources the definition needs.
            kind: class that the context must be of.

        Raises:
            DagsterInvalidInvocationError: the context is missing, or there is an argument too many.
            ParameterCheckError: the context is none.
            DagsterInvalidDefinitionError: a resource is not provided.
        """
        context, given = self._bound(args, dict(kwargs))
        if context is not None and not (isinstance(context, kind) and isinstance(context, EvaluationContext)):
            raise ParameterCheckError(
                f"{self.what} takes a {kind.__name__}, not {context!r}; build one with the function build_..._context",
                parameter="context",
                value=context,
            )
        missing = [name for name in self.resource_names if name not in given]
        if context is not None:
            context.require(required - given.keys(), self.what)
        elif missing:
            raise DagsterInvalidDefinitionError(
                f"resource {missing[0]!r} required by {self.what} was not provided; pass it by name, or a context"
            )
        there = {name: getattr(context.resources, name) for name in missing} if context is not None else {}
        return called_with_resources(lambda ready: self._call(context, {**there, **ready}), given, self.what)

    def _bound(self, args: Sequence[Any], given: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
        kind = self.what.split(maxsplit=1)[0]
        if self.context_name is not None and kind in ("sensor", "schedule"):
            args, given = with_context(self.context_name, args, given, f"{kind}_context")
        given = dict(given)
        context = args[0] if args else given.pop(self.context_name or "context", None)
        unknown = [name for name in given if name not in self.resource_names]
        if len(args) > 1 or (unknown and self.context_name is None):
            raise DagsterInvalidInvocationError(f"{self.what} takes one context and resources by name, nothing else")
        if unknown:
            raise DagsterInvalidInvocationError(
                f"{self.what} takes no argument {unknown[0]!r}; expected its context as {self.context_name!r}"
                f"{''.join(f', resource {name!r}' for name in self.resource_names)}"
            )
        if context is None and self.context_name is not None:
            raise DagsterInvalidInvocationError(
                f"the function of {self.what} takes a context, but was called without one; "
                f"build one with build_{self.what.split(maxsplit=1)[0]}_context()"
            )
        return context, given

    def _call(self, context: Any, resources: Mapping[str, Any]) -> Any:
        if self.context_name is None:
            return self.fn(**resources)
        if self.is_context_first:
            return self.fn(context, **resources)
        return self.fn(**{self.context_name: context}, **resources)
