"""Jobs by where they are defined: ``reconstructable``."""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace
from typing import Any

from watchbell.declare.graphs.graph import GraphDefinition
from watchbell.declare.job import JobDefinition
from watchbell.ground.errors import DagsterInvariantViolationError, ParameterCheckError
from watchbell.ground.value import dataclass
from watchbell.record.keys import AssetKey

JobMaker = Callable[..., Any]


@dataclass(frozen=True)
class ReconstructableJob:
    """A job together with where its code is; see :func:`reconstructable`.

    Args:
        make: gives the job: a function, a job or a graph.
        arguments: positional arguments of the function.
        keywords: its arguments by name.
        op_selection: only these ops; None: all.
        asset_selection: only these assets; None: all.
    """

    make: Any
    arguments: tuple[Any, ...] = ()
    keywords: Mapping[str, Any] = field(default_factory=dict)
    op_selection: tuple[str, ...] | None = None
    asset_selection: frozenset[AssetKey] | None = None

    @property
    def job_name(self) -> str:
        """Name of the job."""
        return self.get_definition().name

    def get_definition(self) -> JobDefinition:
        """The job, cut down to what is selected.

        Raises:
            DagsterInvariantViolationError: the function returned something else than a job.
        """
        made = self.make
        if not isinstance(made, JobDefinition | GraphDefinition):
            made = made(*self.arguments, **self.keywords)
        if isinstance(made, GraphDefinition):
            made = made.to_job()
        if not isinstance(made, JobDefinition):
            name = getattr(self.make, "__name__", repr(self.make))
            raise DagsterInvariantViolationError(f"{name} returned {made!r}; reconstructable() needs a job")
        return made.get_subset(op_selection=self.op_selection, asset_selection=self.asset_selection)

    def get_subset(
        self, *, op_selection: Sequence[str] | None = None, asset_selection: frozenset[AssetKey] | None = None
    ) -> ReconstructableJob:
        """The same with only some of the ops or assets."""
        ops = None if op_selection is None else tuple(op_selection)
        return replace(self, op_selection=ops, asset_selection=asset_selection)


def reconstructable(target: Any) -> ReconstructableJob:
    """A job that another process can make again: one that is defined at the top of a module.

    Steps are forked here and need no such thing, so ``execute_job`` takes a job as it is, too; code written for other
    launchers goes on to work, and is told when its job could not be found again.

    Args:
        target: a job, a graph, or a function that returns one, called without arguments.

    Raises:
        DagsterInvariantViolationError: a lambda, or something that is not found at the top of its module.

    Example:
        >>> execute_job(reconstructable(nightly), instance)  # doctest: +SKIP
    """
    if isinstance(target, JobDefinition | GraphDefinition):
        module = _module_of(target)
        if module is None:
            raise DagsterInvariantViolationError(
                f"job {target.name!r} is not found at the top of a module; define it there, "
                "or use build_reconstructable_job with the function that makes it"
            )
        return ReconstructableJob(target)
    if not inspect.isfunction(target):
        raise DagsterInvariantViolationError(
            f"reconstructable() takes a job, or a function that returns one, not {target!r}"
        )
    if target.__name__ == "<lambda>":
        raise DagsterInvariantViolationError(
            "reconstructable() cannot find a lambda again; use a function defined at the top of a module"
        )
    if target.__qualname__ != target.__name__ or getattr(_module(target.__module__), target.__name__, None) is None:
        raise DagsterInvariantViolationError(
            f"{target.__qualname__!r} is not defined at the top of module {target.__module__!r}, where another process "
            "could find it; move it there, or use build_reconstructable_job"
        )
    return ReconstructableJob(target)


def build_reconstructable_job(
    reconstructor_module_name: str,
    reconstructor_function_name: str,
    reconstructable_args: Sequence[Any] | None = None,
    reconstructable_kwargs: Mapping[str, Any] | None = None,
    reconstructor_working_directory: str | None = None,
) -> ReconstructableJob:
    """A job that a function of a module makes.

    Args:
        reconstructor_module_name: the module.
        reconstructor_function_name: the function in it; it returns a job.
        reconstructable_args: its positional arguments.
        reconstructable_kwargs: its arguments by name.
        reconstructor_working_directory: a folder to look for the module in, too.

    Raises:
        DagsterInvariantViolationError: the module has no such function.
        ImportError: there is no such module.
        ParameterCheckError: an argument of the wrong type.
    """
    for name, value in (("module", reconstructor_module_name), ("function", reconstructor_function_name)):
        if not isinstance(value, str):
            raise ParameterCheckError(f"reconstructor_{name}_name is text, not {value!r}")
    if reconstructor_working_directory is not None and reconstructor_working_directory not in sys.path:
        sys.path.insert(0, reconstructor_working_directory)
    module = importlib.import_module(reconstructor_module_name)
    function = getattr(module, reconstructor_function_name, None)
    if function is None:
        raise DagsterInvariantViolationError(
            f"module {reconstructor_module_name!r} has no {reconstructor_function_name!r}"
        )
    return ReconstructableJob(function, tuple(reconstructable_args or ()), dict(reconstructable_kwargs or {}))


def _module(name: str) -> Any:
    return sys.modules.get(name)


def _module_of(definition: object) -> str | None:
    """A module that has a definition at its top; None: no module has."""
    for name, module in list(sys.modules.items()):
        if any(value is definition for value in list(vars(module).values() if hasattr(module, "__dict__") else ())):
            return name
    return None
