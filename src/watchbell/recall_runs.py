"""What an instance can be asked about its runs beyond finding them: steps, tags, families."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from watchbell.ground.errors import ParameterCheckError
from watchbell.ground.suggest import did_you_mean
from watchbell.record.event import DagsterEventType
from watchbell.record.keys import AssetKey
from watchbell.record.ports import Store
from watchbell.record.query import EventQuery
from watchbell.record.run import DagsterRun, RunRecord, RunsFilter
from watchbell.record.step_stats import STEP_STATS_TYPES, RunStepKeyStatsSnapshot, step_stats_of

RUNS_IN_A_PAGE = 1_000
ROOT_RUN_TAG, PARENT_RUN_TAG = "dagster/root_run_id", "dagster/parent_run_id"
ORDERS: dict[str, Callable[[RunRecord], float]] = {
    "id": lambda record: record.storage_id,
    "create_timestamp": lambda record: record.storage_id,
    "update_timestamp": lambda record: record.update_timestamp.timestamp(),
    "start_time": lambda record: record.start_time or 0.0,
    "end_time": lambda record: record.end_time or 0.0,
}
"""What runs can be ordered by; those not begun, or not over, count as the oldest."""


class RecallRuns:
    """Questions to a store about runs. None of its methods changes anything.

    Args:
        store: the open database.
    """

    def __init__(self, store: Store) -> None:
        self.store = store

    def get_run_step_stats(
        self, run_id: str, step_keys: Sequence[str] | None = None
    ) -> Sequence[RunStepKeyStatsSnapshot]:
        """The steps of a run in numbers: state, times, attempts; in the order they began.

        Args:
            run_id: the run.
            step_keys: only these; None: all that began or were skipped.

        Example:
            >>> from watchbell import DagsterInstance
            >>> DagsterInstance.ephemeral().get_run_step_stats("no such run")
            []
        """
        entries = self.store.events(EventQuery(run_id=run_id, types=STEP_STATS_TYPES))
        return step_stats_of(run_id, entries, step_keys)

    def get_run_tag_keys(self) -> Sequence[str]:
        """The keys of all tags that runs have, sorted. Looks at every run."""
        return sorted({key for run in self._all_runs() for key in run.tags})

    def get_run_tags(
        self, tag_keys: Sequence[str], value_prefix: str | None = None, limit: int | None = None
    ) -> Sequence[tuple[str, set[str]]]:
        """The values that runs have of some tags, by key, sorted. Looks at every run.

        Args:
            tag_keys: the keys.
            value_prefix: only values that begin so.
            limit: most values in all (count).
        """
        prefix = value_prefix or ""
        pairs = {
            (key, run.tags[key])
            for run in self._all_runs()
            for key in tag_keys
            if run.tags.get(key) is not None and run.tags[key].startswith(prefix)
        }
        found: dict[str, set[str]] = {}
        for key, value in sorted(pairs)[:limit]:
            found.setdefault(key, set()).add(value)
        return list(found.items())

    def get_run_group(self, run_id: str) -> tuple[str, Sequence[DagsterRun]] | None:
        """A run, the first it executes again, and all that do so too; None if there is no such run.

        Returns:
            The id of the first, and the runs, oldest first.
        """
        record = self.store.run_record(run_id)
        if record is None:
            return None
        root = record.dagster_run.root_run_id or run_id
        runs = [each for each in self._all_runs() if root in (each.run_id, each.root_run_id)]
        return root, runs

    def get_asset_keys_for_run(
        self, run_id: str, of_type: DagsterEventType | set[DagsterEventType] | None = None
    ) -> set[AssetKey]:
        """The assets that events of a run are about.

        Args:
            run_id: the run.
            of_type: only events of this kind, or of one of these.
        """
        kinds = None if of_type is None else frozenset({of_type} if isinstance(of_type, DagsterEventType) else of_type)
        entries = self.store.events(EventQuery(run_id=run_id, types=kinds))
        return {entry.asset_key for entry in entries if entry.asset_key is not None}

    def _all_runs(self) -> Iterator[DagsterRun]:
        cursor: str | None = None
        while records := self.store.run_records(RunsFilter(), limit=RUNS_IN_A_PAGE, cursor=cursor, ascending=True):
            yield from (record.dagster_run for record in records)
            cursor = records[-1].dagster_run.run_id


def ordered_runs(
    store: Store, filters: RunsFilter, order_by: str | None, limit: int | None, cursor: str | None, *, ascending: bool
) -> Sequence[RunRecord]:
    """Runs in an order that people ask for.

    Args:
        store: the open database.
        filters: which.
        order_by: one of ``ORDERS``; None: the order in which they were stored.
        limit: most runs (count).
        cursor: a run id to go on after, in that order.
        ascending: smallest first.

    Raises:
        ParameterCheckError: there is no such order.
    """
    if order_by is not None and order_by not in ORDERS:
        raise ParameterCheckError(
            f"runs cannot be ordered by {order_by!r}{did_you_mean(order_by, ORDERS)}",
            parameter="order_by",
            value=order_by,
        )
    if order_by in {None, "id", "create_timestamp"}:
        return store.run_records(filters, limit=limit, cursor=cursor, ascending=ascending)
    assert order_by is not None
    found = sorted(store.run_records(filters), key=ORDERS[order_by], reverse=not ascending)
    if cursor is not None:
        places = [place for place, record in enumerate(found) if record.dagster_run.run_id == cursor]
        found = found[places[0] + 1 :] if places else found
    return found[:limit]
