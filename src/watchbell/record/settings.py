"""Settings of an instance, as plain values with their defaults."""

from __future__ import annotations

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
            to four times as many in all.
        quarantine_after: evaluations in a row that kill or outlast their process before the automation is
            no longer evaluated (count, >= 1).
        process_start: how processes with user code begin: ``"auto"``, ``"fork"`` or ``"spawn"``.
        web_host: address of the web server.
        web_port: its port.
        base_url: how people reach the web server, if not by the two above.
    """

    max_concurrent_runs: int = 10
    max_catchup_runs: int = 5
    evaluation_timeout_seconds: float = 60.0
    evaluation_memory_mb: int = 1024
    max_evaluators: int = 32
    quarantine_after: int = 3
    process_start: str = "auto"
    web_host: str = "127.0.0.1"
    web_port: int = 3000
    base_url: str | None = None
