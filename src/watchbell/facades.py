"""Parts of an instance by their old names: ``instance.run_launcher``, ``instance.event_log_storage`` and their like.

There is one store here, and the service launches what is queued; these are only doors to the instance itself, for code
that reaches through them. What none of them has is refused by name.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from watchbell.ground.suggest import nearest
from watchbell.ground.value import dataclass
from watchbell.pool_limits import PoolLimits
from watchbell.record.event import ComputeLogsCaptureData, DagsterEventType

RUN_STORAGE = frozenset({
    "add_run", "add_run_tags", "delete_run", "get_run_by_id", "get_run_ids", "get_run_records", "get_run_tag_keys",
    "get_run_tags", "get_runs", "get_runs_count", "has_run", "wipe", "get_run_group",
})  # fmt: skip
EVENT_LOG_STORAGE = frozenset({
    "all_asset_keys", "fetch_materializations", "fetch_observations", "fetch_planned_materializations",
    "fetch_run_status_changes", "get_asset_keys", "get_asset_records", "get_event_records",
    "get_latest_materialization_events", "get_records_for_run", "has_asset_key", "store_event", "wipe_assets",
    "get_latest_asset_check_execution_by_key", "get_asset_check_execution_history", "add_dynamic_partitions",
    "delete_dynamic_partition", "get_dynamic_partitions", "get_paginated_dynamic_partitions", "has_dynamic_partition",
    "get_materialized_partitions", "get_latest_storage_id_by_partition", "wipe_asset_partitions",
})  # fmt: skip
RUN_COORDINATOR = frozenset({"submit_run"})
RUN_LAUNCHER = frozenset({"launch_run"})
# What storages and instance call by different names.
OTHER_NAMES = {
    "get_logs_for_run": "all_logs",
    "get_stats_for_run": "get_run_stats",
    "get_step_stats_for_run": "get_run_step_stats",
    "store_event": "handle_new_event",
}


class Facade:
    """A part of an instance by its old name.

    Args:
        instance: the instance.
        name: what the part is called.
        members: the methods of the instance that it has.
    """

    def __init__(self, instance: Any, name: str, members: frozenset[str]) -> None:
        self._instance = instance
        self._name = name
        self._members = members

    def __getattr__(self, name: str) -> Any:
        """The instance's method of that name.

        Raises:
            AttributeError: this part does not have it.
        """
        if name in self._members or name in OTHER_NAMES:
            target = OTHER_NAMES.get(name, name)
            if hasattr(self._instance, target):
                return getattr(self._instance, target)
        close = None if name.startswith("_") else nearest(name, self._members)
        hint = f"; did you mean {close!r}?" if close else ""
        raise AttributeError(
            f"instance.{self._name} has no {name!r} here{hint} It is a door to the instance, which keeps everything in "
            "one store: ask the instance itself",
            name=name,
        )

    def __repr__(self) -> str:
        return f"<{self._name} of {self._instance!r}>"


class EventLogFacade(Facade, PoolLimits):
    """``instance.event_log_storage``: the log, and the limits of pools."""

    def __init__(self, instance: Any) -> None:
        Facade.__init__(self, instance, "event_log_storage", EVENT_LOG_STORAGE)
        PoolLimits.__init__(self, instance.store, instance.settings.pool_default_limit)


class RunLauncherFacade(Facade):
    """``instance.run_launcher``: the service launches runs; asking it goes through the store."""

    def terminate(self, run_id: str) -> bool:
        """Asks a run to stop; whether there is one that could be asked."""
        record = self._instance.get_run_record_by_id(run_id)
        if record is None or record.dagster_run.is_finished:
            return False
        self._instance.request_cancel(run_id)
        return True

    cancel_run = terminate


@dataclass(frozen=True)
class CapturedLogData:
    """What processes of a run wrote.

    Args:
        log_key: whose output.
        stdout: bytes of standard output; None: nothing was kept.
        stderr: bytes of standard error; None: nothing was kept.
    """

    log_key: Sequence[str]
    stdout: bytes | None = None
    stderr: bytes | None = None


class ComputeLogs:
    """``instance.compute_log_manager``: what runs and steps wrote to stdout and stderr, in files below the home folder.

    Args:
        instance: the instance.
    """

    def __init__(self, instance: Any) -> None:
        self._instance = instance

    def build_log_key_for_run(self, run_id: str, step_key: str) -> Sequence[str]:
        """The key under which a step's output is found.

        Args:
            run_id: the run.
            step_key: the step.
        """
        return [run_id, "compute_logs", step_key]

    def get_log_data(
        self, log_key: Sequence[str], cursor: str | None = None, max_bytes: int | None = None
    ) -> CapturedLogData:
        """What a step, or the run's own process, wrote.

        Args:
            log_key: ``[run_id, "compute_logs", step_key]``, or a captured file's key instead of the step's; with
                ``[run_id]`` alone the output of the run's own process.
            cursor: taken, without effect: the whole is given.
            max_bytes: at most so many of each, from the beginning.
        """
        found = self._files(list(log_key))
        if found is None:
            return CapturedLogData(log_key)
        folder = Path(self._instance.logs_directory())
        out, err = (folder / path for path in found)
        return CapturedLogData(log_key, _content(out, max_bytes), _content(err, max_bytes))

    def get_log_keys_for_log_key_prefix(self, log_key_prefix: Sequence[str], io_type: object = None) -> Any:
        """The keys of all captured outputs of a run: ``[run_id, "compute_logs"]``."""
        captured = self._captured(log_key_prefix[0])
        return [[log_key_prefix[0], "compute_logs", key] for data in captured for key in data.step_keys]

    def _files(self, log_key: list[str]) -> tuple[str, str] | None:
        if len(log_key) == 1:
            return f"{log_key[0]}/run.out", f"{log_key[0]}/run.err"
        for data in reversed(self._captured(log_key[0])):  # the last attempt
            if log_key[-1] in data.step_keys or log_key[-1] == Path(data.stdout_path).stem:
                return data.stdout_path, data.stderr_path
        return None

    def _captured(self, run_id: str) -> list[ComputeLogsCaptureData]:
        entries = self._instance.all_logs(run_id, of_type=DagsterEventType.LOGS_CAPTURED)
        data = (entry.dagster_event.event_specific_data for entry in entries)
        return [each for each in data if isinstance(each, ComputeLogsCaptureData)]


def _content(file: Path, bytes_max: int | None) -> bytes | None:
    try:
        with file.open("rb") as source:
            return source.read(-1 if bytes_max is None else bytes_max)
    except FileNotFoundError:
        return None


class InstanceParts:
    """The parts of an instance by their old names; a base of :class:`~watchbell.DagsterInstance`."""

    @property
    def run_launcher(self) -> RunLauncherFacade:
        """What starts and ends runs: the service; ``terminate(run_id)`` asks it to end one."""
        return RunLauncherFacade(self, "run_launcher", RUN_LAUNCHER)

    @property
    def run_coordinator(self) -> RunLauncherFacade:
        """The queue: ``submit_run``, ``cancel_run``."""
        return RunLauncherFacade(self, "run_coordinator", RUN_COORDINATOR)

    @property
    def run_storage(self) -> Facade:
        """The runs; the same methods are the instance's own."""
        return Facade(self, "run_storage", RUN_STORAGE)

    @property
    def event_log_storage(self) -> EventLogFacade:
        """The log, whose methods are the instance's own, and the limits of pools.

        Example:
            >>> from watchbell import DagsterInstance
            >>> with DagsterInstance.ephemeral() as instance:
            ...     instance.event_log_storage.set_concurrency_slots("database", 3)
            ...     instance.event_log_storage.get_concurrency_info("database").slot_count
            3
        """
        return EventLogFacade(self)

    @property
    def compute_log_manager(self) -> ComputeLogs:
        """What runs and steps wrote to stdout and stderr."""
        return ComputeLogs(self)

    def __getattr__(self, name: str) -> Any:
        """Only for what is not there.

        Raises:
            AttributeError: always.
        """
        raise AttributeError(f"DagsterInstance.{name} is not there: an instance has no such member", name=name)
