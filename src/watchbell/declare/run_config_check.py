"""``validate_run_config``: the config of a run checked against a job, without a run."""

from __future__ import annotations

from typing import Any

from watchbell.declare.config.env_var import environment
from watchbell.declare.job import JobDefinition
from watchbell.declare.names import check_instance
from watchbell.declare.run_config import resolve_run_config


def validate_run_config(job_def: JobDefinition | None = None, run_config: Any = None) -> dict[str, Any]:
    """Checks a run config against a job, as a run would.

    Args:
        job_def: the job.
        run_config: a dict or a RunConfig; None: the job's own.

    Returns:
        The config with defaults filled in and environment variables read, section by section.

    Raises:
        DagsterInvalidConfigError: lists every mistake with its place, what was expected and the nearest valid name.
        ParameterCheckError: no job, or a run config that is no dict.

    Example:
        >>> @op(config_schema={"limit": Field(int, default_value=10)})
        ... def load(context): ...
        >>> @job
        ... def nightly():
        ...     load()
        >>> validate_run_config(nightly, {"ops": {"load": {"config": {"limit": 3}}}})["ops"]["load"]["config"]
        {'limit': 3}
    """
    job = check_instance(job_def, JobDefinition, "job_def of validate_run_config")
    resolved = resolve_run_config(job, run_config, environment)
    ops: dict[str, Any] = {}
    for path, each in resolved.ops.items():
        *graphs, name = path.split(".")
        inside = ops
        for graph in graphs:
            inside = inside.setdefault(graph, {"ops": {}})["ops"]
        inside[name] = {"config": each.config, "inputs": dict(each.inputs), "outputs": None}
    return {
        "ops": ops,
        "execution": {job.executor_def.name: _execution(job, resolved.executor, resolved.execution)},
        "resources": {key: {"config": each} for key, each in resolved.resources.items()},
        "loggers": dict(resolved.plain.get("loggers") or {}),
    }


def _execution(job: JobDefinition, kind: str, config: Any) -> Any:
    return {kind: dict(config)} if job.executor_def.kind == "multi_or_in_process" else dict(config)
