"""DagsterInstance: the one door to what is remembered.

Thin on purpose: it gives public arguments their plain form and reads the clock; what a change means is decided in the
store, in one transaction. What can be asked stands in ``recall.py``; where its files lie is told in ``home.py``.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from watchbell.backfills import Backfills
from watchbell.begun_runs import planned_entries
from watchbell.facades import InstanceParts
from watchbell.ground.clock import Clock
from watchbell.ground.errors import (
    DagsterInvariantViolationError,
    DagsterRunNotFoundError,
    ParameterCheckError,
)
from watchbell.ground.ids import new_run_id
from watchbell.ground.upward import call_upward
from watchbell.home import HomeFolder, InstanceRef, home_of_environment, page_address, page_of_environment
from watchbell.partitions import Partitions
from watchbell.recall import Recall
from watchbell.record.event import (
    DagsterEvent,
    DagsterEventType,
    EngineEventData,
    EventData,
    EventLogEntry,
    JobFailureData,
)
from watchbell.record.keys import AssetKey
from watchbell.record.ports import Notifier, Store
from watchbell.record.run import DagsterRun, DagsterRunStatus, RunsFilter
from watchbell.record.runless_event import RunlessFact, runless_event
from watchbell.record.settings import Settings
from watchbell.settings import settings_of

EVERY_RUN = RunsFilter()


class JobLike(Protocol):
    """What ``create_run_for_job`` needs to know of a job."""

    @property
    def name(self) -> str:
        """The job's name."""


class DagsterInstance(InstanceParts, Recall, Backfills, Partitions):
    """What is remembered: runs, events, assets, and where schedules and sensors stand.

    Made by :meth:`get`, :meth:`ephemeral`, :meth:`local_temp` or :meth:`from_home`, not by its constructor. May be
    shared by threads; a forked process opens its own. As a context manager it is closed at the end of the block.

    Args:
        store: the open database.
        notifier: wakes who waits for changes.
        clock: what time it is.
        settings: of its home folder.
        home: where its files lie.
        is_ephemeral: whether all is forgotten when it is closed.

    Example:
        >>> with DagsterInstance.ephemeral() as instance:
        ...     instance.get_runs()
        []
    """

    def __init__(
        self,
        store: Store,
        notifier: Notifier,
        clock: Clock,
        settings: Settings,
        home: HomeFolder,
        *,
        is_ephemeral: bool = False,
    ) -> None:
        super().__init__(store)
        self.notifier = notifier
        self.clock = clock
        self.settings = settings
        self.is_ephemeral = is_ephemeral
        self._home = home

    # --- where from, where to

    @staticmethod
    def get() -> DagsterInstance:
        """The instance of the folder that ``WATCHBELL_HOME`` (or ``DAGSTER_HOME``) names.

        Raises:
            DagsterHomeNotSetError: neither is set.
            DagsterInvariantViolationError: it is no absolute path of a folder.
            StoreError: its database cannot be used; the subclass says why.
        """
        return DagsterInstance.from_home(home_of_environment())

    @staticmethod
    def ephemeral(tempdir: str | Path | None = None, *, settings: Settings | None = None) -> DagsterInstance:
        """An instance in memory, gone when it is closed.

        Args:
            tempdir: folder for outputs; None: a temporary one, removed at the end.
            settings: instead of the defaults.
        """
        instance: DagsterInstance = call_upward("open_instance", "ephemeral", tempdir, settings=settings)
        return instance

    @staticmethod
    def local_temp(
        tempdir: str | Path | None = None,
        overrides: Mapping[str, Any] | None = None,
        *,
        settings: Settings | None = None,
    ) -> DagsterInstance:
        """An instance on disk for tests.

        Args:
            tempdir: its home, which stays; None: a temporary one, removed when the instance is closed.
            overrides: settings by name, or in the form of a ``dagster.yaml``.
            settings: instead of those of a settings file.

        Raises:
            DagsterInvalidConfigError: a setting is not valid.
        """
        settings = settings_of(overrides) if settings is None and overrides else settings
        kind = "temporary" if tempdir is None else "home"
        instance: DagsterInstance = call_upward("open_instance", kind, tempdir, settings=settings)
        return instance

    @staticmethod
    def from_home(path: str | Path, *, settings: Settings | None = None) -> DagsterInstance:
        """The instance of a folder, which is made (for this user alone) when it is not there.

        Args:
            path: the folder.
            settings: instead of those of its settings file.

        Raises:
            DagsterInvalidConfigError: its settings file has mistakes.
            StoreError: its database cannot be used; the subclass says why.
        """
        instance: DagsterInstance = call_upward("open_instance", "home", path, settings=settings)
        return instance

    @staticmethod
    def from_config(config_dir: str | Path, config_filename: str = "dagster.yaml") -> DagsterInstance:
        """The instance of a folder with a settings file.

        Args:
            config_dir: the folder.
            config_filename: the settings file in it: ``dagster.yaml`` or ``watchbell.yaml``.

        Raises:
            DagsterInvariantViolationError: there is no such folder, or the file has another name.
            DagsterInvalidConfigError, StoreError: as :meth:`from_home`.
        """
        if not Path(config_dir).is_dir():
            raise DagsterInvariantViolationError(f"{config_dir} is no folder; make it, with the settings file in it")
        if config_filename not in ("dagster.yaml", "watchbell.yaml"):
            raise DagsterInvariantViolationError(
                f"the settings file of a home folder is called watchbell.yaml or dagster.yaml, not {config_filename!r}"
            )
        return DagsterInstance.from_home(config_dir)

    def get_ref(self) -> InstanceRef:
        """What another process needs to open the same instance: :meth:`from_ref`.

        Raises:
            DagsterInvariantViolationError: it lives in this process's memory.
        """
        if self.is_ephemeral:
            raise DagsterInvariantViolationError(
                "an ephemeral instance lives in the memory of one process, so no other can open it; use "
                "DagsterInstance.local_temp() in a test, or DagsterInstance.get()"
            )
        return InstanceRef(self.root_directory)

    @staticmethod
    def from_ref(instance_ref: InstanceRef) -> DagsterInstance:
        """The instance that a reference names; raises as :meth:`from_home`."""
        return DagsterInstance.from_home(instance_ref.root_directory)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the database and removes what is temporary; may be called twice."""
        self.store.close()
        self._home.close()

    dispose = close

    @property
    def is_persistent(self) -> bool:
        """Whether it is still there when this process is over."""
        return not self.is_ephemeral

    @property
    def home(self) -> Path:
        """Its folder; an ephemeral instance makes a temporary one when asked for."""
        return self._home.path

    @property
    def root_directory(self) -> str:
        """Its folder as text."""
        return str(self.home)

    def storage_directory(self) -> str:
        """The folder for outputs of ops and assets."""
        return str(self._home.subfolder("storage"))

    def logs_directory(self) -> str:
        """The folder for what runs write to stdout and stderr."""
        return str(self._home.subfolder("logs"))

    def signing_key(self) -> bytes:
        """The 32 secret bytes that stored outputs are signed with; made once per home, readable by this user alone."""
        return self._home.signing_key()

    def get_run_url(self, run_id: str) -> str:
        """The address of a run's page: below ``base_url`` of the settings, or on the local web server."""
        settings = self.settings
        base = settings.base_url or page_of_environment() or page_address(settings.web_host, settings.web_port)
        return f"{base.rstrip('/')}/runs/{run_id}"

    def info_dict(self) -> Mapping[str, Any]:
        """Facts for people: home, database, settings."""
        return {"home": self.root_directory, "store": dict(self.store.info()), "settings": vars(self.settings)}

    # --- runs

    def add_run(self, dagster_run: DagsterRun) -> DagsterRun:
        """Stores a run, as it stands; the run as stored.

        Raises:
            DagsterRunAlreadyExists: its id is taken.
        """
        self.store.add_runs([dagster_run], self.clock.now())
        stored = self.get_run_by_id(dagster_run.run_id)
        assert stored is not None
        return stored

    def create_run_for_job(
        self,
        job_def: JobLike,
        run_id: str | None = None,
        run_config: Mapping[str, Any] | None = None,
        status: DagsterRunStatus | str | None = None,
        tags: Mapping[str, str] | None = None,
        root_run_id: str | None = None,
        parent_run_id: str | None = None,
        op_selection: Sequence[str] | None = None,
        asset_selection: AbstractSet[AssetKey] | None = None,
        location_name: str | None = None,
    ) -> DagsterRun:
        """Stores a run of a job and starts nothing. One that has begun already is said to make its assets.

        Args:
            job_def: the job.
            run_id: its id; None: a new one.
            run_config: its config.
            status: its state; None: NOT_STARTED.
            tags: its tags.
            root_run_id, parent_run_id: the runs it executes again.
            op_selection: the ops to run; None: all.
            asset_selection: the assets to make; None: all.
            location_name: the code location that has the job; needed for a run that is to be started from the queue.

        Raises:
            DagsterRunAlreadyExists: the id is taken.

        Example:
            instance.create_run_for_job(my_job, status=DagsterRunStatus.FAILURE)
        """
        run = DagsterRun(
            job_def.name,
            run_id or new_run_id(),
            dict(run_config or {}),
            DagsterRunStatus(status) if status is not None else DagsterRunStatus.NOT_STARTED,
            dict(tags or {}),
            None if asset_selection is None else frozenset(asset_selection),
            op_selection,
            parent_run_id,
            root_run_id,
            location_name=location_name,
        )
        stored = self.add_run(run)
        if planned := planned_entries(stored, job_def, self.clock.now(), self):
            self.store.append(planned)
        return stored

    def submit_run(self, run_id: str, workspace: object = None) -> DagsterRun:
        """Puts a stored run into the queue; the service starts it.

        Args:
            run_id: a run that is NOT_STARTED.
            workspace: taken for older code, without effect.

        Returns:
            The run as it is now.

        Raises:
            DagsterRunNotFoundError: no run has this id.
            DagsterInvariantViolationError: it is not NOT_STARTED, or does not say which code location has its job.
        """
        run = self.get_run_by_id(run_id)
        if run is None:
            raise DagsterRunNotFoundError(f"there is no run {run_id!r}", run_id=run_id)
        if run.status is not DagsterRunStatus.NOT_STARTED:
            raise DagsterInvariantViolationError(
                f"run {run_id!r} is {run.status.value}; only a run that is NOT_STARTED can be put into the queue",
                run_id=run_id,
            )
        if run.location_name is None:
            raise DagsterInvariantViolationError(
                f"run {run_id!r} does not say which code location has the job {run.job_name!r}, so nobody could start "
                "it; give create_run_for_job a location_name",
                run_id=run_id,
            )
        self._move(run, DagsterEventType.RUN_ENQUEUED, "The run waits for its turn.")
        stored = self.get_run_by_id(run_id)
        assert stored is not None
        return stored

    launch_run = submit_run

    def add_run_tags(self, run_id: str, new_tags: Mapping[str, str]) -> None:
        """Adds tags to a run, replacing those of the same key.

        Raises:
            DagsterRunNotFoundError: no run has this id.
        """
        self.store.add_run_tags(run_id, new_tags, self.clock.now())

    def delete_run(self, run_id: str) -> None:
        """Forgets a run and its log; what its assets' latest states are stays known."""
        self.store.delete_run(run_id)

    def request_cancel(self, run_id: str, why: str = "") -> DagsterRun | None:
        """Asks a run to stop: one that has not begun is CANCELED, one that goes on becomes CANCELING.

        Args:
            run_id: the run.
            why: who asks and what for, as a sentence for its log; empty: nobody said.

        Returns:
            The run as it is now; None if there is none.
        """
        return self.store.request_cancel(run_id, self.clock.now(), why=why)

    # --- events

    def report_dagster_event(
        self, dagster_event: DagsterEvent, run_id: str, log_level: int = logging.INFO, timestamp: float | None = None
    ) -> None:
        """Stores an event of a run (or of none: an empty id), and all it implies.

        Args:
            dagster_event: what happened.
            run_id: the run.
            log_level: a level of Python's logging.
            timestamp: when, in seconds since the epoch; None: now.
        """
        at = self.clock.now().timestamp() if timestamp is None else timestamp
        step_key, job_name = dagster_event.step_key, dagster_event.job_name
        self.store.append([EventLogEntry(run_id, at, log_level, "", step_key, job_name, dagster_event)])

    def handle_new_event(self, event: EventLogEntry) -> None:
        """Stores a log entry, and all it implies."""
        self.store.append([event])

    def handle_new_events(self, events: Sequence[EventLogEntry], *, attempt: int | None = None) -> Sequence[int]:
        """Stores log entries of one run in one transaction.

        Args:
            events: in order.
            attempt: the writer's attempt of the run; None: unfenced.

        Returns:
            Their storage ids; 0 for an event that would have moved a finished run.

        Raises:
            LeaseLostError: the run belongs to another attempt by now.
        """
        return self.store.append(events, attempt=attempt)

    def report_runless_asset_event(self, asset_event: RunlessFact) -> None:
        """Stores that an asset was made or looked at, or what a check found, outside any run.

        Raises:
            ParameterCheckError: it is no materialization, observation or evaluation of a check.

        Example:
            >>> with DagsterInstance.ephemeral() as instance:
            ...     instance.report_runless_asset_event(AssetMaterialization("orders"))
            ...     instance.get_asset_keys()
            [AssetKey(['orders'])]
        """
        self.report_dagster_event(runless_event(asset_event), run_id="")

    def report_engine_event(
        self,
        message: str,
        dagster_run: DagsterRun | None = None,
        engine_event_data: EngineEventData | None = None,
        cls: type | None = None,
        step_key: str | None = None,
        job_name: str | None = None,
        run_id: str | None = None,
    ) -> DagsterEvent:
        """Stores a message of the machinery in a run's log.

        Args:
            message: a sentence for people.
            dagster_run: the run; or else
            run_id, job_name: name it.
            engine_event_data: metadata and error.
            cls: whose message it is; its name is put in front.
            step_key: the step it concerns.

        Raises:
            ParameterCheckError: no run is named.
        """
        if dagster_run is not None:
            run_id, job_name = dagster_run.run_id, dagster_run.job_name
        if run_id is None:
            raise ParameterCheckError(
                "an engine event belongs to a run: give dagster_run or run_id", parameter="run_id"
            )
        data = engine_event_data or EngineEventData()
        text = message if cls is None else f"[{cls.__name__}] {message}"
        event = DagsterEvent(DagsterEventType.ENGINE_EVENT, job_name or "", step_key, text, data)
        self.report_dagster_event(event, run_id, logging.ERROR if data.error is not None else logging.INFO)
        return event

    def report_run_failed(
        self, dagster_run: DagsterRun, message: str | None = None, job_failure_data: JobFailureData | None = None
    ) -> DagsterEvent:
        """Marks a run as failed; nothing happens to a finished one.

        Args:
            dagster_run: the run.
            message: why, for people.
            job_failure_data: the error.
        """
        text = message or "The run was marked as failed from outside."
        return self._move(dagster_run, DagsterEventType.RUN_FAILURE, text, job_failure_data, logging.ERROR)

    def report_run_canceling(self, run: DagsterRun, message: str | None = None) -> DagsterEvent:
        """Marks a run as being canceled; nothing happens to a finished one. :meth:`request_cancel` asks it to stop."""
        return self._move(run, DagsterEventType.RUN_CANCELING, message or "Somebody asked for the run to stop.")

    def report_run_canceled(self, dagster_run: DagsterRun, message: str | None = None) -> DagsterEvent:
        """Marks a run as canceled; nothing happens to a finished one."""
        text = message or "The run was marked as canceled from outside."
        return self._move(dagster_run, DagsterEventType.RUN_CANCELED, text, level=logging.ERROR)

    def _move(
        self,
        run: DagsterRun,
        kind: DagsterEventType,
        message: str,
        data: EventData | None = None,
        level: int = logging.INFO,
    ) -> DagsterEvent:
        event = DagsterEvent(kind, run.job_name, message=message, event_specific_data=data)
        self.report_dagster_event(event, run.run_id, level)
        return event

    def wipe_assets(self, asset_keys: Sequence[AssetKey]) -> None:
        """Forgets that these assets were ever made, and their events."""
        for key in asset_keys:
            self.store.wipe_asset(key)

    def wipe(self) -> None:
        """Forgets everything: runs, events, assets, cursors."""
        self.store.wipe()
