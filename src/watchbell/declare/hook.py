"""Hooks as values: functions that run after a step, because it went well or because it failed."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, overload

from watchbell.declare.graphs.function import CONTEXT_NAMES
from watchbell.declare.names import check_instance, check_name
from watchbell.declare.resource import Resources, missing_resource
from watchbell.ground.errors import (
    DagsterInvalidDefinitionError,
    DagsterInvalidInvocationError,
    DagsterInvariantViolationError,
    ParameterCheckError,
)
from watchbell.ground.value import dataclass

HookFunction = Callable[[Any, Sequence[Any]], "HookExecutionResult"]


@dataclass(frozen=True)
class HookExecutionResult:
    """What a hook did.

    Args:
        hook_name: the hook.
        is_skipped: whether the step's end was not the one it waits for.
    """

    hook_name: str
    is_skipped: bool = False


@dataclass(frozen=True, init=False, eq=False)
class HookDefinition:
    """A hook; mostly made by :func:`success_hook` or :func:`failure_hook`.

    Args:
        name: its name.
        hook_fn: called with the context and the step's events after each attempt at the step; answers whether it acted.
        required_resource_keys: the resources its context has.
        decorated_fn: what a direct call of the hook calls; None: it cannot be called.

    Raises:
        DagsterInvalidDefinitionError: the name is not valid.
        ParameterCheckError: an argument of the wrong type.

    Example:
        >>> def count(context, events):
        ...     print(len(events))
        ...     return HookExecutionResult("count")
        >>> HookDefinition(name="count", hook_fn=count).name
        'count'
    """

    name: str
    hook_fn: HookFunction
    required_resource_keys: frozenset[str]
    decorated_fn: Callable[[Any], Any] | None

    def __init__(
        self,
        *,
        name: str,
        hook_fn: HookFunction,
        required_resource_keys: AbstractSet[str] | None = None,
        decorated_fn: Callable[[Any], Any] | None = None,
    ) -> None:
        what = f"hook {check_name(name, 'hook')!r}"
        if not callable(hook_fn):
            raise ParameterCheckError(f"hook_fn of {what} is a function, not {hook_fn!r}", parameter="hook_fn")
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "hook_fn", hook_fn)
        object.__setattr__(self, "required_resource_keys", _resource_keys(required_resource_keys, what))
        object.__setattr__(self, "decorated_fn", decorated_fn)

    def run(self, context: Any, events: Sequence[Any]) -> HookExecutionResult:
        """Runs the hook after a step.

        Raises:
            DagsterInvariantViolationError: its function answered something else than a HookExecutionResult.
            Exception: what the function raised.
        """
        done = self.hook_fn(context, events)
        if not isinstance(done, HookExecutionResult):
            raise DagsterInvariantViolationError(
                f"the function of hook {self.name!r} returned {done!r}; it is to return a HookExecutionResult"
            )
        return done

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Calls the hook's function, for a test.

        Args:
            args: the context, made by :func:`build_hook_context`.
            kwargs: the context by name.

        Returns:
            What the function returns.

        Raises:
            DagsterInvalidInvocationError: not exactly one context, or a hook without a decorated function.
            DagsterInvalidDefinitionError: the context lacks a resource that the hook requires.
        """
        if self.decorated_fn is None:
            raise DagsterInvalidInvocationError(
                f"hook {self.name!r} was not made by @success_hook or @failure_hook, so it cannot be called directly"
            )
        given = [*args, *kwargs.values()]
        if len(given) != 1:
            raise DagsterInvalidInvocationError(
                f"hook {self.name!r} is called with one context; it was called with {len(given)} arguments"
            )
        name = next(iter(inspect.signature(self.decorated_fn).parameters))
        if kwargs and name not in kwargs:
            raise DagsterInvalidInvocationError(
                f"hook {self.name!r} takes its context as {name!r}; it was given {next(iter(kwargs))!r}"
            )
        if self.required_resource_keys:
            found = getattr(given[0], "resources", None)
            there = found.original_resource_dict if isinstance(found, Resources) else {}
            for key in sorted(self.required_resource_keys.difference(there)):
                raise missing_resource(key, f"hook {self.name!r}", there)
        return self.decorated_fn(given[0])


NO_HOOKS: frozenset[HookDefinition] = frozenset()


def check_hooks(given: object, what: str) -> frozenset[HookDefinition]:
    """``given`` itself, if it is a set of hooks; None is the empty one.

    Raises:
        ParameterCheckError: it is no set, or something in it is no hook.
    """
    if given is None:
        return NO_HOOKS
    if not isinstance(given, AbstractSet):
        raise ParameterCheckError(
            f"the hooks of {what} are a set, such as {{on_failure}}, not {given!r}", parameter="hook_defs", value=given
        )
    return frozenset(check_instance(each, HookDefinition, f"each hook of {what}", _MADE_BY) for each in given)


_MADE_BY = "make it by @success_hook or @failure_hook"


@overload
def success_hook(hook_fn: Callable[[Any], Any]) -> HookDefinition: ...


@overload
def success_hook(
    *, name: str | None = ..., required_resource_keys: AbstractSet[str] | None = ...
) -> Callable[[Callable[[Any], Any]], HookDefinition]: ...


def success_hook(
    hook_fn: Callable[[Any], Any] | None = None,
    *,
    name: str | None = None,
    required_resource_keys: AbstractSet[str] | None = None,
) -> HookDefinition | Callable[[Callable[[Any], Any]], HookDefinition]:
    """Makes a hook that runs after each step that ended well.

    It runs where the step ran. What it raises is written down as HOOK_ERRORED and changes nothing else.

    Args:
        hook_fn: the function, which takes a :class:`HookContext`; when used without parentheses.
        name: left out: the function's.
        required_resource_keys: the resources it takes as ``context.resources.<key>``.

    Returns:
        The hook; with arguments, a decorator that makes it.

    Raises:
        DagsterInvalidDefinitionError: the function has no parameter called ``context``, or the name is not valid.

    Example:
        >>> @success_hook
        ... def tell(context):
        ...     context.log.info(f"{context.op.name} gave {context.op_output_values}")
        >>> @op
        ... def three():
        ...     return 3
        >>> @job(hooks={tell})
        ... def small():
        ...     three()
        >>> small.execute_in_process().success
        True
    """
    return _decorator(hook_fn, "success_hook", name, required_resource_keys)


@overload
def failure_hook(hook_fn: Callable[[Any], Any]) -> HookDefinition: ...


@overload
def failure_hook(
    *, name: str | None = ..., required_resource_keys: AbstractSet[str] | None = ...
) -> Callable[[Callable[[Any], Any]], HookDefinition]: ...


def failure_hook(
    hook_fn: Callable[[Any], Any] | None = None,
    *,
    name: str | None = None,
    required_resource_keys: AbstractSet[str] | None = None,
) -> HookDefinition | Callable[[Callable[[Any], Any]], HookDefinition]:
    """Makes a hook that runs after each step that failed for good: no retry is left.

    It runs where the step ran. What it raises is written down as HOOK_ERRORED and changes nothing else.

    Args:
        hook_fn: the function, which takes a :class:`HookContext`; when used without parentheses.
        name: left out: the function's.
        required_resource_keys: the resources it takes as ``context.resources.<key>``.

    Returns:
        The hook; with arguments, a decorator that makes it.

    Raises:
        DagsterInvalidDefinitionError: the function has no parameter called ``context``, or the name is not valid.

    Example:
        >>> @failure_hook(required_resource_keys={"slack"})
        ... def alarm(context):
        ...     return f"{context.resources.slack} hears of {context.op_exception!r}"
        >>> alarm(build_hook_context(resources={"slack": "#data"}, op_exception=ValueError("no rows")))
        "#data hears of ValueError('no rows')"
    """
    return _decorator(hook_fn, "failure_hook", name, required_resource_keys)


def _decorator(
    hook_fn: Callable[[Any], Any] | None, kind: str, name: str | None, keys: AbstractSet[str] | None
) -> HookDefinition | Callable[[Callable[[Any], Any]], HookDefinition]:
    if hook_fn is not None and not callable(hook_fn):
        raise ParameterCheckError(f"@{kind} is put on a function, not on {hook_fn!r}", parameter="hook_fn")

    def decorate(fn: Callable[[Any], Any]) -> HookDefinition:
        chosen = name if name is not None else str(getattr(fn, "__name__", ""))
        _check_parameters(fn, f"hook {check_name(chosen, 'hook')!r}")
        waits_for = "is_step_success" if kind == "success_hook" else "is_step_failure"

        def run(context: Any, events: Sequence[Any]) -> HookExecutionResult:
            if not any(getattr(event, waits_for) for event in events):
                return HookExecutionResult(chosen, is_skipped=True)
            fn(context)
            return HookExecutionResult(chosen)

        return HookDefinition(name=chosen, hook_fn=run, required_resource_keys=keys, decorated_fn=fn)

    return decorate if hook_fn is None else decorate(hook_fn)


def _check_parameters(fn: Callable[[Any], Any], what: str) -> None:
    if next(iter(inspect.signature(fn).parameters), "") not in CONTEXT_NAMES:
        raise DagsterInvalidDefinitionError(
            f"the function of {what} takes the hook's context as its first parameter, called 'context'"
        )


def _resource_keys(given: AbstractSet[str] | Iterable[str] | None, what: str) -> frozenset[str]:
    if given is None:
        return frozenset()
    if isinstance(given, str | Mapping) or not isinstance(given, Iterable):
        raise ParameterCheckError(
            f"required_resource_keys of {what} is a set of text, not {given!r}", parameter="required_resource_keys"
        )
    return frozenset(check_instance(each, str, f"each of required_resource_keys of {what}") for each in given)
