"""What the check of a type and the loader of a type are given."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from watchbell.declare.log_manager import EvaluationLogger
from watchbell.declare.resource import Resources


class TypeCheckContext:
    """What the function of a DagsterType is given beside the value.

    Args:
        run_id: the run; None outside of one.
        log: its logger.
        resources: the resources that the type requires.
        dagster_type: the type that is checked.
        open_instance: opens the instance when it is asked for.

    Example:
        >>> def has_rows(context: TypeCheckContext, value) -> bool:
        ...     context.log.info("looking at %s rows", len(value))
        ...     return len(value) > 0
    """

    def __init__(
        self,
        run_id: str | None = None,
        log: Any = None,
        resources: Resources | None = None,
        dagster_type: Any = None,
        open_instance: Callable[[], Any] | None = None,
    ) -> None:
        self._run_id = run_id
        self._log = log
        self._resources = resources
        self._dagster_type = dagster_type
        self._open_instance = open_instance

    @property
    def run_id(self) -> str | None:
        """The run's id; None outside of a run."""
        return self._run_id

    @property
    def log(self) -> Any:
        """The run's logger."""
        if self._log is None:
            self._log = EvaluationLogger("type check")
        return self._log

    @property
    def resources(self) -> Any:
        """The resources that the type requires."""
        return Resources({}, "this type") if self._resources is None else self._resources

    @property
    def instance(self) -> Any:
        """The instance of the run; None outside of one."""
        return None if self._open_instance is None else self._open_instance()


class DagsterTypeLoaderContext(TypeCheckContext):
    """What the loader of a type is given beside the config.

    Args:
        step: the step whose input is loaded.
        run: the run.
        job_def: the job.
        facts: as of a :class:`TypeCheckContext`.
    """

    def __init__(self, step: Any = None, run: Any = None, job_def: Any = None, **facts: Any) -> None:
        super().__init__(**facts)
        self._step = step
        self._run = run
        self._job_def = job_def

    @property
    def dagster_run(self) -> Any:
        """The run; None outside of one."""
        return self._run

    @property
    def run_config(self) -> Any:
        """The run's config as it was given."""
        return None if self._run is None else self._run.run_config

    @property
    def job_def(self) -> Any:
        """The job."""
        return self._job_def

    @property
    def job_name(self) -> str | None:
        """The job's name."""
        return None if self._run is None else str(self._run.job_name)

    @property
    def op_def(self) -> Any:
        """The op whose input is loaded."""
        return None if self._step is None else self._step.op
