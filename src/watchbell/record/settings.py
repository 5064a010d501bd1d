"""Settings of an instance, as plain values with their defaults."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from watchbell.ground.value import dataclass
from watchbell.ground.wire import wired


@wired("settings")
@dataclass(frozen=True)
class Settings:
    """What can be set in ``watchbell.yaml`` (or ``dagster.yaml``) of the home folder.

    Args:
        max_concurrent_runs: runs going on at once (count, >= 1); the others wait in the queue.
        max_catchup_runs: after downtime, so many of the newest missed times of a schedule run (count, >= 0).
        evaluation_timeout_seconds: after this an evaluation's process is killed.
        evaluation_memory_mb: an evaluation's process that holds more is killed.
        max_evaluators: evaluation processes at once (count, >= 1); those busy for over two seconds are not counted, up
            to four times as many in all, but no more than 128 of them.
        quarantine_after: evaluations in a row that kill or outlast their process before the automation is
            no longer evaluated (count, >= 1).
        process_start: how processes with user code begin: ``"auto"``, ``"fork"`` or ``"spawn"``.
        managed_python_loggers: names of Python's loggers whose lines are stored with the run; ``root``: all.
        python_log_level: least level of those lines.
        python_log_handlers: handlers, and their formatters, as ``logging.config`` has them, for every line of runs.
        run_retries_enabled: whether failed runs are executed again.
        run_max_retries: how often, for runs whose tag ``dagster/max_retries`` does not say (count, >= 0).
        retry_on_asset_or_op_failure: whether also when a step failed, not only when the run's process died.
        max_runtime_seconds: a run that goes on longer is stopped and FAILURE, unless its tag ``dagster/max_runtime``
            says otherwise; 0: no limit.
        pool_default_limit: slots of a pool for which no limit was set (count, >= 0); None: no limit.
        pool_granularity: what takes a slot of a pool: ``"op"``, a step while it runs, or ``"run"``, a run with such a
            step until it ends.
        condition_history_days: how long evaluations of conditions are kept (days, > 0).
        condition_history_max: evaluations kept of each asset and check (count, >= 1); a few more are.
        audit_history_days: how long entries of the audit log are kept (days, > 0); None: for ever.
        web_host: address of the web server.
        web_port: its port.
        base_url: how people reach the web server, if not by the two above.
        web_hosts: further names by which the web server may be asked.
        web_login: ``"auto"``: who sits at this machine needs no login; ``"always"``: everybody does.
        web_proxies: addresses of proxies whose word is taken on where a request comes from.
    """

    max_concurrent_runs: int = 10
    max_catchup_runs: int = 5
    evaluation_timeout_seconds: float = 60.0
    evaluation_memory_mb: int = 1024
    max_evaluators: int = 64
    quarantine_after: int = 3
    process_start: str = "auto"
    managed_python_loggers: tuple[str, ...] = ()
    python_log_level: str = "INFO"
    python_log_handlers: Mapping[str, Any] | None = None
    run_retries_enabled: bool = True
    run_max_retries: int = 0
    retry_on_asset_or_op_failure: bool = True
    max_runtime_seconds: int = 0
    pool_default_limit: int | None = None
    pool_granularity: str = "op"
    condition_history_days: float = 30.0
    condition_history_max: int = 1_000
    audit_history_days: float | None = 730.0
    web_host: str = "127.0.0.1"
    web_port: int = 3000
    base_url: str | None = None
    web_hosts: tuple[str, ...] = ()
    web_login: str = "auto"
    web_proxies: tuple[str, ...] = ()
