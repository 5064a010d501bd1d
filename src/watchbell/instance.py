"""DagsterInstance: the one door to what is remembered.

Thin on purpose: it turns public arguments into questions to the store and reads the clock; what a change means is
decided in the store, in one transaction. Where its files lie is the business of ``home.py``.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from watchbell.ground.clock import Clock
from watchbell.ground.errors import ParameterCheckError
from watchbell.ground.ids import new_run_id
from watchbell.ground.upward import call_upward
from watchbell.home import HomeFolder, home_of_environment
from watchbell.record.event import (
    AssetObservationData,
    DagsterEvent,
    DagsterEventType,
    EngineEventData,
    EventData,
    EventLogEntry,
    EventLogRecord,
    EventRecordsResult,
    JobFailureData,
    StepMaterializationData,
)
from watchbell.record.filters import (
    AssetRecordsFilter,
    EventRecordsFilter,
    RunStatusChangeRecordsFilter,
    asset_query,
    page_of,
    record_query,
    records_of,
    run_status_query,
)
from watchbell.record.keys import AssetKey, CoercibleToAssetKey
from watchbell.record.materialization import AssetMaterialization, AssetObservation
from watchbell.record.ports import Notifier, Store
from watchbell.record.query import AssetRecord, EventQuery, asset_record_of
from watchbell.record.run import DagsterRun, DagsterRunStatus, RunRecord, RunsFilter
from watchbell.record.settings import Settings

EVERY_RUN = RunsFilter()


class JobLike(Protocol):
    """What ``create_run_for_job`` needs to know of a job."""

    @property
    def name(self) -> str:
        """The job's name."""


class DagsterInstance:
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
        self.store = store
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
    def local_temp(tempdir: str | Path | None = None, *, settings: Settings | None = None) -> DagsterInstance:
        """An instance on disk for tests.

        Args:
            tempdir: its home, which stays; None: a temporary one, removed when the instance is closed.
            settings: instead of those of a settings file.
        """
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
        host = f"[{self.settings.web_host}]" if ":" in self.settings.web_host else self.settings.web_host
        base = self.settings.base_url or f"http://{host}:{self.settings.web_port}"
        return f"{base.rstrip('/')}/runs/{run_id}"

    def info_dict(self) -> Mapping[str, Any]:
        """Facts for people: home, database, settings."""
        return {"home": self.root_directory, "store": dict(self.store.info()), "settings": vars(self.settings)}

    # --- runs

    def get_runs(
        self,
        filters: RunsFilter | None = None,
        cursor: str | None = None,
        limit: int | None = None,
        ascending: bool = False,
    ) -> Sequence[DagsterRun]:
        """Runs, newest first unless ``ascending``.

        Args:
            filters: which; None: all.
            cursor: a run id to go on after.
            limit: most runs (count).
            ascending: oldest first.

        Example:
            >>> DagsterInstance.ephemeral().get_runs(filters=RunsFilter(job_name="etl"), limit=1)
            []
        """
        return [record.dagster_run for record in self.get_run_records(filters, limit, None, ascending, cursor)]

    def get_run_records(
        self,
        filters: RunsFilter | None = None,
        limit: int | None = None,
        order_by: str | None = None,
        ascending: bool = False,
        cursor: str | None = None,
    ) -> Sequence[RunRecord]:
        """Runs with what the store knows of them; parameters as for :meth:`get_runs`.

        Raises:
            ParameterCheckError: ``order_by`` is anything but ``"id"``, the order in which runs were stored.
        """
        if order_by not in {None, "id", "create_timestamp"}:
            raise ParameterCheckError(
                f"runs are ordered by id, the order in which they were stored; {order_by!r} is not supported",
                parameter="order_by",
                value=order_by,
            )
        return self.store.run_records(filters or EVERY_RUN, limit=limit, cursor=cursor, ascending=ascending)

    def get_run_by_id(self, run_id: str) -> DagsterRun | None:
        """One run, None if there is none."""
        record = self.store.run_record(run_id)
        return None if record is None else record.dagster_run

    def get_run_record_by_id(self, run_id: str) -> RunRecord | None:
        """One run's record, None if there is none."""
        return self.store.run_record(run_id)

    def get_run_ids(
        self, filters: RunsFilter | None = None, cursor: str | None = None, limit: int | None = None
    ) -> Sequence[str]:
        """The ids of runs, newest first; parameters as for :meth:`get_runs`."""
        return [run.run_id for run in self.get_runs(filters, cursor, limit)]

    def get_run_ids_with_prefix(self, prefix: str, limit: int | None = None) -> Sequence[str]:
        """The ids that begin so, sorted; what people type is the beginning."""
        return self.store.run_ids_with_prefix(prefix, limit=limit)

    def get_runs_count(self, filters: RunsFilter | None = None) -> int:
        """How many runs match."""
        return self.store.count_runs(filters or EVERY_RUN)

    def has_run(self, run_id: str) -> bool:
        """Whether there is such a run."""
        return self.store.run_record(run_id) is not None

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
        """Stores a run of a job and starts nothing.

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
            >>> instance.create_run_for_job(my_job, status=DagsterRunStatus.FAILURE).status.value
            'FAILURE'
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
            location_name,
        )
        return self.add_run(run)

    def add_run_tags(self, run_id: str, new_tags: Mapping[str, str]) -> None:
        """Adds tags to a run, replacing those of the same key.

        Raises:
            DagsterRunNotFoundError: no run has this id.
        """
        self.store.add_run_tags(run_id, new_tags, self.clock.now())

    def delete_run(self, run_id: str) -> None:
        """Forgets a run and its log; what its assets' latest states are stays known."""
        self.store.delete_run(run_id)

    def request_cancel(self, run_id: str) -> DagsterRun | None:
        """Asks a run to stop: one that has not begun is CANCELED, one that goes on becomes CANCELING.

        Returns:
            The run as it is now; None if there is none.
        """
        return self.store.request_cancel(run_id, self.clock.now())

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

    def report_runless_asset_event(self, asset_event: AssetMaterialization | AssetObservation) -> None:
        """Stores that an asset was made or looked at, outside any run.

        Raises:
            ParameterCheckError: it is neither a materialization nor an observation.

        Example:
            >>> instance.report_runless_asset_event(AssetMaterialization("orders"))
        """
        data: EventData
        if isinstance(asset_event, AssetMaterialization):
            kind, data = DagsterEventType.ASSET_MATERIALIZATION, StepMaterializationData(asset_event)
        elif isinstance(asset_event, AssetObservation):
            kind, data = DagsterEventType.ASSET_OBSERVATION, AssetObservationData(asset_event)
        else:
            raise ParameterCheckError(
                f"{asset_event!r} is no AssetMaterialization and no AssetObservation; only these are events of assets",
                parameter="asset_event",
                value=asset_event,
            )
        self.report_dagster_event(DagsterEvent(kind, event_specific_data=data), run_id="")

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

    def events(self, query: EventQuery) -> Sequence[EventLogEntry]:
        """Log entries that a query describes, in the order of their storage ids."""
        return self.store.events(query)

    def last_event_id(self) -> int:
        """Storage id of the newest log entry; 0 if there is none."""
        return self.store.last_event_id()

    def all_logs(
        self, run_id: str, of_type: DagsterEventType | AbstractSet[DagsterEventType] | None = None
    ) -> Sequence[EventLogEntry]:
        """The log of a run, oldest first.

        Args:
            run_id: the run.
            of_type: only events of this kind, or of one of these.
        """
        return self.store.events(EventQuery(run_id=run_id, types=_kinds(of_type)))

    def logs_after(
        self,
        run_id: str,
        cursor: int | None = None,
        of_type: DagsterEventType | AbstractSet[DagsterEventType] | None = None,
        limit: int | None = None,
    ) -> Sequence[EventLogEntry]:
        """The log of a run after the entry with storage id ``cursor``, oldest first."""
        return self.store.events(EventQuery(run_id=run_id, types=_kinds(of_type), after_id=cursor, limit=limit))

    def get_event_records(
        self, event_records_filter: EventRecordsFilter, limit: int | None = None, ascending: bool = False
    ) -> Sequence[EventLogRecord]:
        """Events of one kind, newest first unless ``ascending``."""
        query = record_query(event_records_filter)
        return records_of(self.store.events(replace(query, newest_first=not ascending, limit=limit)))

    def fetch_materializations(
        self,
        records_filter: AssetKey | AssetRecordsFilter,
        limit: int,
        cursor: str | None = None,
        ascending: bool = False,
    ) -> EventRecordsResult:
        """Materializations of an asset, newest first unless ``ascending``.

        Args:
            records_filter: the asset, or which of its events.
            limit: most records of this page (count, >= 1).
            cursor: of the page before.
            ascending: oldest first.

        Raises:
            ParameterCheckError: a cursor that no page gave, or no asset key.

        Example:
            >>> instance.fetch_materializations(AssetKey("orders"), limit=1).records
            []
        """
        query = asset_query(records_filter, DagsterEventType.ASSET_MATERIALIZATION)
        return page_of(self.store.events, query, limit, cursor, ascending=ascending)

    def fetch_observations(
        self,
        records_filter: AssetKey | AssetRecordsFilter,
        limit: int,
        cursor: str | None = None,
        ascending: bool = False,
    ) -> EventRecordsResult:
        """Observations of an asset, newest first unless ``ascending``; as :meth:`fetch_materializations`."""
        query = asset_query(records_filter, DagsterEventType.ASSET_OBSERVATION)
        return page_of(self.store.events, query, limit, cursor, ascending=ascending)

    def fetch_run_status_changes(
        self,
        records_filter: DagsterEventType | RunStatusChangeRecordsFilter,
        limit: int,
        cursor: str | None = None,
        ascending: bool = False,
    ) -> EventRecordsResult:
        """Events that moved runs to a state, newest first unless ``ascending``; as :meth:`fetch_materializations`."""
        return page_of(self.store.events, run_status_query(records_filter), limit, cursor, ascending=ascending)

    # --- assets

    def get_latest_materialization_event(self, asset_key: CoercibleToAssetKey) -> EventLogEntry | None:
        """The newest materialization of an asset, None if there is none; the log's length does not matter.

        Example:
            >>> instance.get_latest_materialization_event(AssetKey("orders")) is None
            True
        """
        return self.store.latest_materialization(AssetKey.from_coercible(asset_key))

    def get_latest_materialization_events(
        self, asset_keys: Iterable[CoercibleToAssetKey]
    ) -> Mapping[AssetKey, EventLogEntry | None]:
        """The newest materialization of each of these assets."""
        keys = [AssetKey.from_coercible(key) for key in asset_keys]
        return {key: self.store.latest_materialization(key) for key in keys}

    def get_asset_keys(
        self, prefix: Sequence[str] | None = None, limit: int | None = None, cursor: str | None = None
    ) -> Sequence[AssetKey]:
        """Assets that were ever made, observed or planned, sorted.

        Args:
            prefix: only those whose key begins with these parts.
            limit: most keys (count).
            cursor: the last key of the page before, as ``key.to_string()``.
        """
        keys = sorted(key for key in self.store.asset_states() if prefix is None or key.has_prefix(prefix))
        after = AssetKey.from_db_string(cursor)
        return [key for key in keys if after is None or key > after][:limit]

    def has_asset_key(self, asset_key: AssetKey) -> bool:
        """Whether an asset was ever made, observed or planned."""
        return bool(self.store.asset_states([asset_key]))

    def get_asset_records(self, asset_keys: Sequence[AssetKey] | None = None) -> Sequence[AssetRecord]:
        """The latest that is known of these assets (of all), those never heard of left out."""
        states = self.store.asset_states(asset_keys).values()
        return [asset_record_of(state, self.store.latest_materialization(state.key)) for state in states]

    def wipe_assets(self, asset_keys: Sequence[AssetKey]) -> None:
        """Forgets that these assets were ever made, and their events."""
        for key in asset_keys:
            self.store.wipe_asset(key)

    def wipe(self) -> None:
        """Forgets everything: runs, events, assets, cursors."""
        self.store.wipe()


def _kinds(of_type: DagsterEventType | AbstractSet[DagsterEventType] | None) -> frozenset[DagsterEventType] | None:
    if of_type is None:
        return None
    return frozenset({of_type}) if isinstance(of_type, DagsterEventType) else frozenset(of_type)
