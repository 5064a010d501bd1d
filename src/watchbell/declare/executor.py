"""Executors as values: in how many processes the steps of a run go on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import Enum
from typing import Any, Literal

from watchbell.declare.assets.retry_mode import get_retries_config, get_tag_concurrency_limits_config
from watchbell.declare.config.config_schema import Field, Noneable, Permissive, Selector, Shape, field_of
from watchbell.declare.config.configured import configured_field
from watchbell.declare.names import check_name
from watchbell.ground.errors import ParameterCheckError
from watchbell.ground.value import dataclass

ExecutorKind = Literal["in_process", "multiprocess", "multi_or_in_process", "custom"]


class ExecutorRequirement(Enum):
    """What an executor needs of a run.

    RECONSTRUCTABLE_JOB: the job can be made again in another process. NON_EPHEMERAL_INSTANCE: the instance is seen by
    other processes. PERSISTENT_OUTPUTS: IO managers store values where other processes find them.
    """

    RECONSTRUCTABLE_PIPELINE = "RECONSTRUCTABLE_PIPELINE"
    RECONSTRUCTABLE_JOB = "RECONSTRUCTABLE_PIPELINE"  # noqa: PIE796  # its name today; the other one still works
    NON_EPHEMERAL_INSTANCE = "NON_EPHEMERAL_INSTANCE"
    PERSISTENT_OUTPUTS = "PERSISTENT_OUTPUTS"


def multiple_process_executor_requirements() -> list[ExecutorRequirement]:
    """What an executor needs that runs steps in several processes: all there is to need.

    Example:
        >>> len(multiple_process_executor_requirements())
        3
    """
    return list(ExecutorRequirement)


@dataclass(frozen=True)
class InitExecutorContext:
    """What the function of an executor is given.

    Args:
        job: the job of the run; ``get_definition()`` gives its definition.
        executor_def: the executor.
        executor_config: its config, validated.
        instance: where the run is recorded.

    Example:
        >>> @executor(config_schema={"queue": str})
        ... def on_queue(init_context: InitExecutorContext) -> Executor:
        ...     raise NotImplementedError(init_context.executor_config["queue"])
    """

    job: Any
    executor_def: Any
    executor_config: Mapping[str, Any]
    instance: Any


class Executor:
    """Base class of executors of one's own: what the function below ``@executor`` returns.

    Example:
        >>> class Announced(Executor):
        ...     def __init__(self, inner: Executor) -> None:
        ...         self.inner = inner
        ...
        ...     @property
        ...     def retries(self):
        ...         return self.inner.retries
        ...
        ...     def execute(self, plan_context, execution_plan):
        ...         plan_context.log.info(f"steps: {execution_plan.step_keys_to_execute}")
        ...         yield from self.inner.execute(plan_context, execution_plan)
    """

    def execute(self, plan_context: Any, execution_plan: Any) -> Iterator[Any]:
        """Executes the steps of a run.

        Args:
            plan_context: the run: ``dagster_run``, ``instance``, ``log``, ``job``, ``run_config``.
            execution_plan: its steps: ``step_keys_to_execute``, ``steps``, ``get_step_by_key``.

        Yields:
            The events of the run. Those of an inner executor are stored already; others are stored as they come.
        """
        raise NotImplementedError(f"{type(self).__name__} has no method execute(plan_context, execution_plan)")

    @property
    def retries(self) -> Any:
        """Whether steps are tried again as their policies say: a RetryMode."""
        raise NotImplementedError(f"{type(self).__name__} has no property retries")


Requirements = Sequence[ExecutorRequirement] | Callable[[Any], Sequence[ExecutorRequirement]] | None


class ExecutorDefinition:
    """How the steps of a run are executed; ready-made: ``in_process_executor``, ``multiprocess_executor``.

    Args:
        name: its name.
        config_schema: config it takes under ``execution: config:``.
        requirements: what it needs of a run, or a function of its config that says so.
        executor_creation_fn: makes the Executor from an InitExecutorContext.
        description: free text.
        kind: which of watchbell's own ways it is; None: ``executor_creation_fn`` makes it.

    Raises:
        DagsterInvalidDefinitionError: the name is not valid.
        ParameterCheckError: neither a function nor a kind.

    Example:
        >>> @job(executor_def=multiprocess_executor.configured({"max_concurrent": 4}))
        ... def wide(): ...
    """

    def __init__(
        self,
        name: str,
        config_schema: Any = None,
        requirements: Requirements = None,
        executor_creation_fn: Callable[[Any], Any] | None = None,
        description: str | None = None,
        *,
        kind: ExecutorKind | None = None,
    ) -> None:
        self.name = check_name(name, "executor")
        # That of the function or variable, which code asks of it as of any decorated function.
        self.__name__: str = getattr(executor_creation_fn, "__name__", f"{name.removesuffix('_executor')}_executor")
        if kind is None and not callable(executor_creation_fn):
            raise ParameterCheckError(
                f"executor {name!r} needs executor_creation_fn, a function that makes it, not {executor_creation_fn!r}",
                parameter="executor_creation_fn",
            )
        if config_schema is not None:
            self.config_field: Field = field_of(config_schema)
        else:
            self.config_field = Field(Shape({})) if kind is not None else Field(Permissive(), default_value={})
        self.kind: ExecutorKind = "custom" if kind is None else kind
        self.executor_creation_fn = executor_creation_fn
        self.description = description
        self._requirements = requirements

    @property
    def config_schema(self) -> Field:
        """The config it takes."""
        return self.config_field

    def configured(
        self,
        config_or_config_fn: Any,
        name: str | None = None,
        config_schema: Any = None,
        description: str | None = None,
    ) -> ExecutorDefinition:
        """The same executor with its config given, or mapped from another.

        Raises:
            DagsterInvalidConfigError: the config does not fit.
        """
        chosen = name or self.name
        entry = configured_field(self.config_field, config_or_config_fn, config_schema, f"executor {chosen!r}")
        kind = None if self.kind == "custom" else self.kind
        told = description or self.description
        return ExecutorDefinition(chosen, entry, self._requirements, self.executor_creation_fn, told, kind=kind)

    def get_requirements(self, executor_config: Mapping[str, Any]) -> Sequence[ExecutorRequirement]:
        """What it needs of a run with this config."""
        needed = self._requirements(executor_config) if callable(self._requirements) else self._requirements
        if needed is None and self.kind == "multiprocess":
            return multiple_process_executor_requirements()
        return list(needed or ())

    def __repr__(self) -> str:
        return f"<executor {self.name!r}>"


def executor(
    name: str | Callable[[Any], Any] | None = None,
    config_schema: Any = None,
    requirements: Requirements = None,
) -> Any:
    """Makes an executor of a function that takes an :class:`InitExecutorContext` and returns an :class:`Executor`.

    Args:
        name: left out: the function's. The function itself when used without parentheses.
        config_schema: config it takes under ``execution: config:``; left out: any.
        requirements: what it needs of a run, or a function of its config that says so.

    Returns:
        The ExecutorDefinition; with arguments, a decorator that makes it.

    Raises:
        DagsterInvalidDefinitionError: the name is not valid.

    Example:
        >>> @executor(name="careful", config_schema={"tries": int}, requirements=[])
        ... def careful(init_context):
        ...     return InProcessExecutor()
        >>> careful.name
        'careful'
    """

    def decorate(fn: Callable[[Any], Any]) -> ExecutorDefinition:
        chosen = name if isinstance(name, str) else str(getattr(fn, "__name__", ""))
        return ExecutorDefinition(chosen, config_schema, requirements, fn)

    return decorate(name) if callable(name) else decorate


_RETRIES = get_retries_config()
_IN_PROCESS = Shape({"retries": _RETRIES})
_START_METHOD = Selector({name: Field(Permissive(), is_required=False) for name in ("forkserver", "spawn", "fork")})
_MULTIPROCESS = Shape(
    {
        "max_concurrent": Field(
            Noneable(int), default_value=None, description="steps at once (count); None or 0: one for each processor"
        ),
        "retries": _RETRIES,
        "tag_concurrency_limits": get_tag_concurrency_limits_config(),
        "start_method": Field(
            Noneable(_START_METHOD),
            is_required=False,
            description="taken and not obeyed: steps are forked from the run, which has loaded the code already",
        ),
    }
)

in_process_executor = ExecutorDefinition(
    "in_process", _IN_PROCESS, description="all steps one after the other, in the run's own process", kind="in_process"
)
multiprocess_executor = ExecutorDefinition(
    "multiprocess", _MULTIPROCESS, description="each step in a process of its own", kind="multiprocess"
)
multi_or_in_process_executor = ExecutorDefinition(
    "multi_or_in_process_executor",
    Field(Selector({"multiprocess": _MULTIPROCESS, "in_process": _IN_PROCESS}), default_value={"multiprocess": {}}),
    description="what a job without an executor uses: a process for each step, unless config says in_process",
    kind="multi_or_in_process",
)
