"""Ops: a user's function with its inputs, outputs, config and resources; the unit that a step runs."""

from __future__ import annotations

import typing
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import Any, overload

from watchbell.declare.config.config_schema import Field, field_of
from watchbell.declare.config.configured import configured_field, configured_name
from watchbell.declare.graphs.compose import PendingNode, current_composition
from watchbell.declare.graphs.dynamic_output import DynamicOut, is_dynamic_annotation
from watchbell.declare.graphs.function import (
    CONFIG_NAME,
    UserFunction,
    is_config_class,
    read_function,
    value_annotation,
)
from watchbell.declare.graphs.function_of_inputs import function_of_inputs
from watchbell.declare.graphs.invoke import invoke_directly
from watchbell.declare.graphs.node_members import (
    InputDefinition,
    NodeMembers,
    OutputDefinition,
    input_definition,
    output_definition,
)
from watchbell.declare.graphs.output import DEFAULT_OUTPUT, NO_VALUE, In, Out, Output
from watchbell.declare.hook import NO_HOOKS, HookDefinition
from watchbell.declare.names import check_instance, check_mapping, check_name, check_pool, definition_tags
from watchbell.declare.retry import RetryPolicy
from watchbell.ground.errors import DagsterInvalidDefinitionError, ParameterCheckError
from watchbell.ground.suggest import did_you_mean


class OpDefinition(NodeMembers):
    """An op: made by :func:`op`, used by calling it inside a ``@job`` or ``@graph``.

    Called elsewhere it runs its function at once and returns what that returns, for tests.

    Args:
        compute_fn: the user's function, or one already read (:class:`UserFunction`).
        name: name of the op.
        ins: inputs by name; those that are only parameters are added.
        outs: outputs by name; None: one called ``result``.
        description: free text; left out: the function's docstring.
        config_schema: config the op takes; see :class:`Field`.
        required_resource_keys: resources it takes from its context.
        tags: labels; values that are no text are written as JSON.
        version: old name of ``code_version``.
        retry_policy: when a failed step is tried again.
        code_version: version of the code.
        pool: the pool whose slots its steps take: only so many of them, of all runs together, go on at once.

    Raises:
        DagsterInvalidDefinitionError: name, inputs, outputs, config and function do not fit each other.
        ParameterCheckError: an argument of the wrong type.
    """

    node_type = "op"
    hook_defs: frozenset[HookDefinition] = NO_HOOKS  # of an asset: they come along wherever its op is used

    def __init__(
        self,
        compute_fn: Callable[..., Any] | UserFunction,
        name: str,
        ins: Mapping[str, In] | None = None,
        outs: Mapping[str, Out] | None = None,
        description: str | None = None,
        config_schema: Any = None,
        required_resource_keys: AbstractSet[str] | None = None,
        tags: Mapping[str, Any] | None = None,
        version: str | None = None,
        retry_policy: RetryPolicy | None = None,
        code_version: str | None = None,
        pool: str | None = None,
    ) -> None:
        self.name = check_name(name, "op")
        what = f"op {name!r}"
        self.pool = None if pool is None else check_pool(pool, what)
        function = compute_fn if isinstance(compute_fn, UserFunction) else function_of_inputs(compute_fn, ins or {})
        self.function = function
        self.ins: Mapping[str, In] = _complete_ins(function, check_mapping(ins, f"ins of {what}"), what)
        self.outs: Mapping[str, Out] = _complete_outs(function, outs, what)
        self.config_field: Field | None = _config_field(function, config_schema, what)
        keys = _resource_keys(required_resource_keys, what)
        own = frozenset(function.resource_names)
        self.required_resource_keys: frozenset[str] = keys | own if own else keys
        # Not in required_resource_keys: the function sees them, but it is the types that ask for them.
        self.type_resource_keys = _type_resource_keys(self.ins, self.outs)
        self.tags: Mapping[str, str] = definition_tags(tags, what)
        self.description = function.docstring if description is None else description
        self.code_version = version if code_version is None else code_version
        if retry_policy is not None:
            check_instance(retry_policy, RetryPolicy, f"retry_policy of {what}")
        self.retry_policy = retry_policy

    def __repr__(self) -> str:
        return f"<op {self.name!r}>"

    @property
    def input_names(self) -> list[str]:
        """Names of its inputs, in order."""
        return list(self.ins)

    @property
    def output_names(self) -> list[str]:
        """Names of its outputs, in order."""
        return list(self.outs)

    @property
    def compute_fn(self) -> Callable[..., Any]:
        """The user's function."""
        return self.function.fn

    @property
    def config_schema(self) -> Field | None:
        """The config it takes; None: any."""
        return self.config_field

    @property
    def version(self) -> str | None:
        """The version of its code."""
        return self.code_version

    @property
    def is_multi_output(self) -> bool:
        """Whether it has more than one output."""
        return len(self.outs) > 1

    @property
    def has_config_field(self) -> bool:
        """Whether it may be given config, which an op without a schema may too."""
        return True

    def input_def_named(self, name: str) -> InputDefinition:
        """An input with its name.

        Raises:
            DagsterInvariantViolationError: the op has none of this name.
        """
        self._require("input", name, self.input_names)
        return input_definition(name, self.ins[name])

    def output_def_named(self, name: str) -> OutputDefinition:
        """An output with its name.

        Raises:
            DagsterInvariantViolationError: the op has none of this name.
        """
        self._require("output", name, self.output_names)
        return output_definition(name, self.outs[name])

    def dynamic_levels(self, output_name: str) -> int:
        """1 for a dynamic output, which has a value for each mapping key; else 0."""
        return 1 if self.outs[output_name].is_dynamic else 0

    def config_argument(self, config: Any) -> Any:
        """What the function's ``config`` parameter takes.

        Args:
            config: the op's config, as :meth:`Field.resolve` gave it.

        Returns:
            A ``Config`` object for a function that is annotated so; else ``config`` itself.
        """
        kind = self.function.config_type
        return kind.from_resolved(config or {}) if is_config_class(kind) else config

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Adds the op to the graph that is being composed; outside of one, runs the function.

        Returns:
            While composing a handle of each output; else what the function returns.

        Raises:
            DagsterInvalidInvocationError: run directly with arguments that do not fit.
        """
        composition = current_composition()
        if composition is not None:
            return composition.invoke(PendingNode(self), args, kwargs)
        return invoke_directly(self, args, kwargs)

    def alias(self, name: str) -> PendingNode:
        """The op under another name, for one call in a graph."""
        return PendingNode(self).alias(name)

    def tag(self, tags: Mapping[str, Any] | None) -> PendingNode:
        """The op with more tags, for one call in a graph."""
        return PendingNode(self).tag(tags)

    def with_retry_policy(self, retry_policy: RetryPolicy) -> PendingNode:
        """The op with another retry policy, for one call in a graph."""
        return PendingNode(self).with_retry_policy(retry_policy)

    def with_hooks(self, hook_defs: AbstractSet[HookDefinition]) -> PendingNode:
        """The op with hooks, for one call in a graph."""
        return PendingNode(self).with_hooks(hook_defs)

    def configured(
        self,
        config_or_config_fn: Any,
        name: str | None = None,
        config_schema: Any = None,
        description: str | None = None,
    ) -> OpDefinition:
        """The same op with its config given, or mapped from another.

        Args:
            config_or_config_fn: the config, or a function from the new config to this op's.
            name: name of the new op.
            config_schema: schema of the new config, for a function.
            description: free text; left out: this op's.

        Raises:
            DagsterInvalidDefinitionError: no name, where one is needed.
            DagsterInvalidConfigError: the config does not fit.
        """
        chosen = configured_name(self.name, name, config_or_config_fn)
        what = f"op {chosen!r}"
        entry = configured_field(self.config_field, config_or_config_fn, config_schema, what)
        return self._with(check_name(chosen, "op"), entry, description)

    def _with(self, name: str, config_field: Field, description: str | None) -> OpDefinition:
        made = object.__new__(type(self))
        made.__dict__.update(self.__dict__)
        made.name = name
        made.config_field = config_field
        made.description = self.description if description is None else description
        return made


@overload
def op(compute_fn: Callable[..., Any]) -> OpDefinition: ...


@overload
def op(
    *,
    name: str | None = ...,
    description: str | None = ...,
    ins: Mapping[str, In] | None = ...,
    out: Out | Mapping[str, Out] | None = ...,
    config_schema: Any = ...,
    required_resource_keys: AbstractSet[str] | None = ...,
    tags: Mapping[str, Any] | None = ...,
    version: str | None = ...,
    retry_policy: RetryPolicy | None = ...,
    code_version: str | None = ...,
    pool: str | None = ...,
) -> Callable[[Callable[..., Any]], OpDefinition]: ...


def op(
    compute_fn: Callable[..., Any] | None = None,
    *,
    name: str | None = None,
    description: str | None = None,
    ins: Mapping[str, In] | None = None,
    out: Out | Mapping[str, Out] | None = None,
    config_schema: Any = None,
    required_resource_keys: AbstractSet[str] | None = None,
    tags: Mapping[str, Any] | None = None,
    version: str | None = None,
    retry_policy: RetryPolicy | None = None,
    code_version: str | None = None,
    pool: str | None = None,
) -> OpDefinition | Callable[[Callable[..., Any]], OpDefinition]:
    """Makes an op of a function.

    Its parameters become inputs, except a first one called ``context``, one called ``config``, and those annotated as
    resources. What it returns is the output; a tuple gives several; ``yield Output(...)`` gives them one by one.

    Args:
        compute_fn: the function, when used without parentheses.
        name: left out: the function's.
        description: left out: the function's docstring.
        ins: what is to be said of inputs beyond the parameters; also ``Nothing`` inputs.
        out: the output, or several by name.
        config_schema: config the op takes as ``context.op_config``.
        required_resource_keys: resources it takes as ``context.resources.<key>``.
        tags: labels of its steps.
        version: old name of ``code_version``.
        retry_policy: when a failed step is tried again.
        code_version: version of the code.
        pool: the pool whose slots its steps take: only so many of them, of all runs together, go on at once.

    Returns:
        The op; with arguments, a decorator that makes it.

    Raises:
        DagsterInvalidDefinitionError: name, inputs, outputs, config and function do not fit each other.
        ParameterCheckError: an argument of the wrong type.

    Example:
        >>> @op(retry_policy=RetryPolicy(max_retries=3))
        ... def double(rows: int) -> int:
        ...     return rows * 2
    """
    if compute_fn is not None and not callable(compute_fn):
        raise ParameterCheckError(f"@op is put on a function, not on {compute_fn!r}", parameter="compute_fn")

    def decorate(fn: Callable[..., Any]) -> OpDefinition:
        function = read_function(fn, "op")
        return OpDefinition(
            function,
            name or function.name,
            ins,
            {DEFAULT_OUTPUT: out} if isinstance(out, Out) else out,
            description,
            config_schema,
            required_resource_keys,
            tags,
            version,
            retry_policy,
            code_version,
            pool,
        )

    return decorate if compute_fn is None else decorate(compute_fn)


def _complete_ins(function: UserFunction, given: Mapping[str, In], what: str) -> dict[str, In]:
    parameters = {each.name: each for each in function.parameters}
    for name, each in given.items():
        check_instance(each, In, f"input {name!r} of {what}", "write In(...)")
        if each.is_nothing and name in parameters:
            raise DagsterInvalidDefinitionError(
                f"{what}: input {name!r} is Nothing and carries no value, so the function can have no parameter "
                "of that name; remove the parameter, or give the input a type"
            )
        if not each.is_nothing and name not in parameters and not function.accepts_any:
            raise DagsterInvalidDefinitionError(
                f"{what}: ins= has {name!r}, but the function has no such parameter, and only In(Nothing) needs none"
                f"{did_you_mean(name, parameters)}"
            )
    ins = {}
    for name, parameter in parameters.items():
        found = given.get(name)
        known = In() if found is None else found
        ins[check_name(name, "input")] = known.completed(parameter.annotation, parameter.default)
    for name, each in given.items():
        ins.setdefault(check_name(name, "input"), each)
    return ins


def _complete_outs(function: UserFunction, given: Mapping[str, Out] | None, what: str) -> dict[str, Out]:
    annotation = value_annotation(function)
    if given is None:
        return {DEFAULT_OUTPUT: (DynamicOut if is_dynamic_annotation(annotation) else Out)().completed(annotation)}
    for name, each in check_mapping(given, f"out of {what} (if it is no Out)").items():
        check_instance(each, Out, f"output {name!r} of {what}", "write Out(...)")
    if len(given) == 1:
        name, only = next(iter(given.items()))
        return {check_name(name, "output"): only.completed(annotation)}
    parts: Iterable[Any] = typing.get_args(annotation) if typing.get_origin(annotation) is tuple else ()
    parts = list(parts)
    if len(parts) != len(given):
        parts = [NO_VALUE] * len(given)
    return {
        check_name(name, "output"): each.completed(_inside_output(part))
        for (name, each), part in zip(given.items(), parts, strict=True)
    }


def _inside_output(annotation: Any) -> Any:
    if annotation is Output:
        return NO_VALUE
    return typing.get_args(annotation)[0] if typing.get_origin(annotation) is Output else annotation


def _config_field(function: UserFunction, schema: Any, what: str) -> Field | None:
    if not function.has_config:
        return None if schema is None else field_of(schema)
    if schema is not None:
        raise ParameterCheckError(
            f"{what} has both config_schema= and a parameter {CONFIG_NAME!r}; keep one of them",
            parameter="config_schema",
        )
    return field_of(function.config_type)


def _type_resource_keys(ins: Mapping[str, In], outs: Mapping[str, Out]) -> frozenset[str]:
    kinds = [each.dagster_type for each in ins.values()]
    kinds += [each.dagster_type for each in outs.values()]
    needing = [each.all_resource_keys for each in kinds if each.takes_context or each.loader]
    return frozenset().union(*needing) if needing else frozenset()  # a union of none is a new set for each op


def _resource_keys(given: object, what: str) -> frozenset[str]:
    if given is None:
        return frozenset()
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise ParameterCheckError(
            f"required_resource_keys of {what} is a set of text, not {given!r}", parameter="required_resource_keys"
        )
    return frozenset(check_instance(each, str, f"each of required_resource_keys of {what}") for each in given)
