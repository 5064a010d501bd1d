"""Executors as values: in how many processes the steps of a run go on."""

from __future__ import annotations

from typing import Any, Literal

from watchbell.declare.config_schema import Array, Field, Noneable, Selector, Shape, field_of
from watchbell.declare.configured import configured_field
from watchbell.declare.names import check_name
from watchbell.ground.errors import DagsterInvalidDefinitionError

ExecutorKind = Literal["in_process", "multiprocess", "multi_or_in_process"]


class ExecutorDefinition:
    """How the steps of a run are executed; ready-made: ``in_process_executor``, ``multiprocess_executor``.

    Args:
        name: its name.
        config_schema: config it takes under ``execution: config:``.
        kind: which of watchbell's own ways it is.
        description: free text.

    Raises:
        DagsterInvalidDefinitionError: no ``kind``: executors of one's own are not supported yet.

    Example:
        >>> @job(executor_def=multiprocess_executor.configured({"max_concurrent": 4}))
        ... def wide(): ...
    """

    def __init__(
        self,
        name: str,
        config_schema: Any = None,
        requirements: object = None,
        executor_creation_fn: object = None,
        description: str | None = None,
        *,
        kind: ExecutorKind | None = None,
    ) -> None:
        if kind is None or requirements is not None or executor_creation_fn is not None:
            raise DagsterInvalidDefinitionError(
                f"executor {name!r}: executors of one's own are not supported yet; use in_process_executor or "
                "multiprocess_executor"
            )
        self.name = check_name(name, "executor")
        self.config_field: Field = Field(Shape({})) if config_schema is None else field_of(config_schema)
        self.kind: ExecutorKind = kind
        self.description = description

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
        return ExecutorDefinition(chosen, entry, description=description or self.description, kind=self.kind)

    def __repr__(self) -> str:
        return f"<executor {self.name!r}>"


_RETRIES = Field(
    Selector({"enabled": Field(Shape({})), "disabled": Field(Shape({}))}),
    default_value={"enabled": {}},
    description="disabled: no step is tried again, whatever its policy says",
)
_TAG_LIMIT = Shape(
    {
        "key": Field(str, description="tag of the steps that share the limit"),
        "value": Field(Noneable(str), default_value=None, description="only steps with this value of the tag"),
        "limit": Field(int, description="steps at once (count)"),
    }
)
_IN_PROCESS = Shape({"retries": _RETRIES})
_MULTIPROCESS = Shape(
    {
        "max_concurrent": Field(
            Noneable(int), default_value=None, description="steps at once (count); None or 0: one for each processor"
        ),
        "retries": _RETRIES,
        "tag_concurrency_limits": Field(Array(_TAG_LIMIT), default_value=[], description="limits by tag"),
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
