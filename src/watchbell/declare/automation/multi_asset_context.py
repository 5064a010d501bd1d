"""What the function of a sensor of several assets is given: what was made since its cursor, and how to move the cursor.

All that one evaluation reads is of one moment: what is made while it goes on waits for the next one, so that moving the
cursor never passes over something that was not seen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from watchbell.declare.assets.selection import AssetSelection
from watchbell.declare.automation.asset_sensor import MATERIALIZED
from watchbell.declare.automation.sensor_context import SensorEvaluationContext
from watchbell.declare.names import check_instance
from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.partitions.view import looking_from, partitions_view
from watchbell.ground.errors import (
    DagsterInvalidInvocationError,
    DagsterInvariantViolationError,
    ParameterCheckError,
)
from watchbell.ground.suggest import did_you_mean
from watchbell.record.asset_cursor import NOTHING, TRAILING_MAX, Consumed, read_cursor, written_cursor
from watchbell.record.event import DagsterEventType, EventLogRecord
from watchbell.record.filters import records_of
from watchbell.record.keys import AssetKey
from watchbell.record.ordinal_set import OrdinalSet
from watchbell.record.query import EventQuery

MonitoredAssets = Sequence[AssetKey] | AssetSelection


class MultiAssetSensorEvaluationContext(SensorEvaluationContext):
    """What the function of a sensor of several assets is given.

    Args:
        name: the sensor.
        monitored_assets: the assets it watches.
        facts: as for :class:`SensorEvaluationContext`.

    Example:
        >>> @multi_asset_sensor(monitored_assets=[AssetKey("users"), AssetKey("orders")], job_name="report")
        ... def both_made(context: MultiAssetSensorEvaluationContext):
        ...     if all(context.latest_materialization_records_by_key().values()):
        ...         context.advance_all_cursors()
        ...         return RunRequest()
    """

    def __init__(self, name: str | None = None, *, monitored_assets: MonitoredAssets, **facts: Any) -> None:
        super().__init__(name, **facts)
        self._asset_keys = monitored_keys(monitored_assets, self._repository_def, f"sensor {name!r}")
        self._before = read_cursor(self._cursor)
        self._after = dict(self._before)
        self._horizon: int | None = None

    @staticmethod
    def of(context: SensorEvaluationContext, monitored: MonitoredAssets) -> MultiAssetSensorEvaluationContext:
        """The context of an evaluation, with what only sensors of several assets have; shares what that one opens."""
        made = object.__new__(MultiAssetSensorEvaluationContext)
        made.__dict__.update(context.__dict__)
        made._asset_keys = monitored_keys(monitored, context.repository_def, f"sensor {context._name!r}")
        made._before = read_cursor(context.cursor)
        made._after = dict(made._before)
        made._horizon = None
        made._instance, made._open_instance = None, lambda: context.instance
        made.shares_resources_with(context)
        return made

    # ------------------------------------------------------------- the assets

    @property
    def asset_keys(self) -> Sequence[AssetKey]:
        """The assets it watches."""
        return list(self._asset_keys)

    @property
    def assets_defs_by_key(self) -> Mapping[AssetKey, Any]:
        """What makes each of them; None for one that is not made here."""
        known = {} if self.repository_def is None else self.repository_def.assets_defs_by_key
        return {key: known.get(key) for key in self._asset_keys}

    # -------------------------------------------------------------- what is new

    def latest_materialization_records_by_key(
        self, asset_keys: Sequence[AssetKey] | None = None
    ) -> Mapping[AssetKey, EventLogRecord | None]:
        """The newest materialization of each asset since the cursor; None where there is none.

        Args:
            asset_keys: which assets; None: those it watches.

        Raises:
            ParameterCheckError: something else than a list of keys.
        """
        wanted = self._asset_keys if asset_keys is None else asset_keys
        return {check_instance(key, AssetKey, "each of asset_keys"): self._newest(key) for key in wanted}

    def materialization_records_for_key(self, asset_key: AssetKey, limit: int | None = None) -> list[EventLogRecord]:
        """The materializations of an asset since the cursor, oldest first.

        Args:
            asset_key: one of the watched assets.
            limit: most records (count); None: all of them.

        Raises:
            DagsterInvalidInvocationError: it is not watched.
        """
        after_id = self._consumed(self._watched(asset_key)).storage_id
        query = EventQuery(
            types=MATERIALIZED, asset_key=asset_key, after_id=after_id, before_id=self._seen_to() + 1, limit=limit
        )
        return list(records_of(self.instance.events(query)))

    def get_trailing_unconsumed_events(self, asset_key: AssetKey) -> Sequence[EventLogRecord]:
        """Materializations of partitions that lie before the cursor and were left over, oldest first.

        Args:
            asset_key: one of the watched assets.

        Raises:
            DagsterInvalidInvocationError: it is not watched.
        """
        ids = sorted(self._consumed(self._watched(asset_key)).trailing.values())
        if not ids:
            return []
        query = EventQuery(types=MATERIALIZED, asset_key=asset_key, storage_ids=ids)
        return list(records_of(self.instance.events(query)))

    # --------------------------------------------------------------- the cursor

    def advance_cursor(self, materialization_records_by_key: Mapping[AssetKey, EventLogRecord | None]) -> None:
        """Marks materializations as dealt with: later evaluations see newer ones only.

        The cursor moves when the evaluation ends, together with what it asks for. Of an asset with partitions, those
        passed over are remembered: see :meth:`get_trailing_unconsumed_events`.

        Args:
            materialization_records_by_key: the last one of each asset; None leaves the asset as it is.

        Raises:
            ParameterCheckError: something else than a record.
            DagsterInvalidInvocationError: an asset is not watched, or the record is of another asset.
        """
        for key, record in materialization_records_by_key.items():
            if record is None:
                continue
            check_instance(record, EventLogRecord, f"the record of {key} in advance_cursor", "or None")
            if record.asset_key != self._watched(key):
                raise DagsterInvalidInvocationError(
                    f"advance_cursor was given a record of {record.asset_key} for {key}", asset_key=key
                )
            self._advance(key, record)
        self._is_cursor_updated = True

    def advance_all_cursors(self) -> None:
        """Marks all that was made up to this evaluation as dealt with, and all that was left over before."""
        for key in self._asset_keys:
            newest = self._newest(key)
            last = self._after.get(str(key), NOTHING)
            if newest is not None:
                self._after[str(key)] = Consumed(newest.storage_id, newest.partition_key)
            elif last.trailing:
                self._after[str(key)] = Consumed(last.storage_id, last.partition)
        self._is_cursor_updated = True

    @property
    def advanced_cursor(self) -> str | None:
        """The cursor that is stored when this evaluation ends.

        Raises:
            DagsterInvariantViolationError: more materializations of an asset were left over than it can hold.
        """
        if self._after == self._before:
            return self._cursor
        for key, consumed in self._after.items():
            if len(consumed.trailing) > TRAILING_MAX:
                raise DagsterInvariantViolationError(
                    f"sensor {self._name!r} moved its cursor past {len(consumed.trailing):,} partitions of {key} that "
                    f"it has not dealt with; at most {TRAILING_MAX:,} are remembered, and none is forgotten. Move it "
                    "by advance_cursor in the order of materialization_records_for_key, deal with what "
                    "get_trailing_unconsumed_events gives, or mark all as dealt with: context.advance_all_cursors()",
                    asset_key=key,
                )
        return written_cursor({str(key): self._after.get(str(key), NOTHING) for key in self._asset_keys})

    def update_cursor_after_evaluation(self) -> None:
        """Moves the cursor as the end of an evaluation does, for tests that call the function of a sensor directly.

        Raises:
            DagsterInvariantViolationError: more materializations of an asset were left over than it can hold.
        """
        self._cursor = self.advanced_cursor
        self._before = dict(self._after)
        self._horizon = None

    def update_cursor(self, cursor: str | None) -> None:
        """Is refused: this cursor holds how far the sensor came with each asset.

        Raises:
            DagsterInvariantViolationError: always.
        """
        raise DagsterInvariantViolationError(
            f"sensor {self._name!r}: the cursor of a sensor of several assets holds how far it came with each of them; "
            "move it with context.advance_cursor({asset_key: record}) or context.advance_all_cursors()"
        )

    # --------------------------------------------------------------- partitions

    def get_cursor_partition(self, asset_key: AssetKey | None) -> str | None:
        """The partition of the last materialization that was dealt with; None if it had none, or there was none.

        Args:
            asset_key: one of the watched assets; None: the only one.

        Raises:
            DagsterInvalidInvocationError: it is not watched, or it is None and several are.
        """
        if asset_key is None:
            if len(self._asset_keys) != 1:
                raise DagsterInvalidInvocationError(
                    f"get_cursor_partition needs an asset_key: {len(self._asset_keys)} assets are watched"
                )
            asset_key = self._asset_keys[0]
        return self._consumed(self._watched(asset_key)).partition

    def latest_materialization_records_by_partition(
        self, asset_key: AssetKey, after_cursor_partition: bool | None = False
    ) -> Mapping[str, EventLogRecord]:
        """The newest materialization of each partition since the cursor, and those left over before it; oldest first.

        Args:
            asset_key: one of the watched assets.
            after_cursor_partition: whether only partitions after that of the cursor are wanted, in the order of keys;
                after the last one, all that were made since.

        Raises:
            DagsterInvalidInvocationError: it is not watched.
            DagsterInvariantViolationError: it has no partitions, or there are no definitions to tell.
        """
        consumed = self._consumed(self._watched(asset_key))
        definition = self._partitions_of(asset_key, "latest_materialization_records_by_partition")
        if definition is None:
            raise DagsterInvariantViolationError(
                f"asset {asset_key.to_user_string()!r} has no partitions; read its newest materialization with "
                "context.latest_materialization_records_by_key()"
            )
        since = self._passed_over(asset_key, consumed.storage_id, self._seen_to() + 1)
        newest = {**consumed.trailing, **since}
        with looking_from(None, self.instance) as view:
            ordinals = {key: definition.ordinal_of(key, view) for key in newest}
            wanted = {key: ordinal for key, ordinal in ordinals.items() if ordinal is not None}
            last = None if consumed.partition is None else definition.ordinal_of(consumed.partition, view)
            if after_cursor_partition and last is not None:
                if consumed.partition == definition.get_last_partition_key():
                    wanted = {key: ordinal for key, ordinal in wanted.items() if key in since}
                else:
                    in_order = definition.keys_of(sorted({*wanted.values(), last}), view)
                    later = set(in_order[in_order.index(str(consumed.partition)) + 1 :])
                    wanted = {key: ordinal for key, ordinal in wanted.items() if key in later}
        if not wanted:
            return {}
        ids = sorted(newest[key] for key in wanted)
        found = self.instance.events(EventQuery(types=MATERIALIZED, asset_key=asset_key, storage_ids=ids))
        return {str(record.partition_key): record for record in records_of(found)}

    def latest_materialization_records_by_partition_and_asset(
        self,
    ) -> Mapping[str, Mapping[AssetKey, EventLogRecord]]:
        """For each partition the newest materialization of each watched asset: as the question about one asset.

        Raises:
            DagsterInvalidInvocationError: the assets have not all the same partitions.
            DagsterInvariantViolationError: none of them has partitions.
        """
        member = "latest_materialization_records_by_partition_and_asset"
        definitions = {key: self._partitions_of(key, member) for key in self._asset_keys}
        first = next(iter(definitions.values()), None)
        for key, definition in definitions.items():
            if definition != first:
                raise DagsterInvalidInvocationError(
                    f"context.{member} needs assets that all have the same partitions; {key.to_user_string()!r} "
                    + ("has none" if definition is None else f"has {definition!r}, another one {first or 'none'}"),
                    asset_key=key,
                )
        found: dict[str, dict[AssetKey, EventLogRecord]] = {}
        for key in self._asset_keys:
            for partition, record in self.latest_materialization_records_by_partition(key).items():
                found.setdefault(partition, {})[key] = record
        return found

    def all_partitions_materialized(self, asset_key: AssetKey, partitions: Sequence[str] | None = None) -> bool:
        """Whether partitions of an asset were ever made; the cursor does not matter.

        Args:
            asset_key: one of the watched assets.
            partitions: their keys; None: all there are.

        Raises:
            DagsterInvalidInvocationError: no keys are named.
            DagsterInvariantViolationError: the asset is not watched or has no partitions.
        """
        if partitions is not None and not partitions:
            raise DagsterInvalidInvocationError("all_partitions_materialized needs at least one partition, or None")
        if asset_key not in self._asset_keys:
            raise DagsterInvariantViolationError(f"the asset {asset_key} is not watched by sensor {self._name!r}")
        definition = self._partitions_of(asset_key, "all_partitions_materialized")
        if definition is None:
            raise DagsterInvariantViolationError(
                f"asset {asset_key.to_user_string()!r} has no partitions; read its newest materialization with "
                "context.latest_materialization_records_by_key()"
            )
        if partitions is None:
            there = definition.get_partition_keys(None, self.instance)
            return set(there) <= self.instance.get_materialized_partitions(asset_key)
        found = self.instance.partition_records(asset_key, list(partitions))
        return all(key in found and found[key].materialization_id is not None for key in partitions)

    def get_downstream_partition_keys(
        self, partition_key: str, from_asset_key: AssetKey, to_asset_key: AssetKey
    ) -> Sequence[str]:
        """The partitions of an asset that depend on a partition of another.

        Args:
            partition_key: the partition of the upstream asset.
            from_asset_key: the upstream asset.
            to_asset_key: the downstream asset; if it does not depend on the other, partitions of the same kind are
                mapped as they would be.

        Raises:
            DagsterInvalidInvocationError: one of the assets is not known here, or has no partitions.
        """
        definitions = []
        for key in (to_asset_key, from_asset_key):
            if self.repository_def is None or key not in self.repository_def.asset_graph.specs:
                raise DagsterInvalidInvocationError(
                    f"the asset {key} is not among the definitions around sensor {self._name!r}", asset_key=key
                )
            definition = self._partitions_of(key, "get_downstream_partition_keys")
            if definition is None:
                raise DagsterInvalidInvocationError(
                    f"the asset {key.to_user_string()!r} has no partitions, so none depend on others", asset_key=key
                )
            definitions.append(definition)
        below, above = definitions
        view = partitions_view(None, self.instance)
        ordinal = above.ordinal_of(partition_key, view)
        if ordinal is None:
            return []
        assert self.repository_def is not None
        mapping = self.repository_def.asset_graph.partition_mapping_of(to_asset_key, from_asset_key)
        return below.keys_of(mapping.downstream_of(OrdinalSet([ordinal]), above, below, view), view)

    def _partitions_of(self, key: AssetKey, member: str) -> PartitionsDefinition | None:
        if self.repository_def is None:
            raise DagsterInvariantViolationError(
                f"context.{member} of sensor {self._name!r} asks how assets are divided, which only the definitions "
                "around it can tell; pass definitions= or repository_def= to the function that builds its context"
            )
        graph = self.repository_def.asset_graph
        return graph.partitions_def_of(key) if key in graph.specs else None

    @property
    def seen_to(self) -> int:
        """The newest event when this evaluation looked first; 0: it has not looked yet."""
        return self._horizon or 0

    # ------------------------------------------------------------------- inside

    def _watched(self, key: AssetKey) -> AssetKey:
        check_instance(key, AssetKey, f"an asset key that sensor {self._name!r} asks for", "e.g. AssetKey('orders')")
        if key not in self._asset_keys:
            near = did_you_mean(key.to_user_string(), (each.to_user_string() for each in self._asset_keys))
            raise DagsterInvalidInvocationError(
                f"the asset {key.to_user_string()!r} is not watched by sensor {self._name!r}{near}", asset_key=key
            )
        return key

    def _consumed(self, key: AssetKey) -> Consumed:
        return self._before.get(str(key), NOTHING)

    def _seen_to(self) -> int:
        """The newest event when this evaluation looked first."""
        if self._horizon is None:
            self._horizon = self.instance.last_event_id()
        return self._horizon

    def _newest(self, key: AssetKey) -> EventLogRecord | None:
        after_id, seen_to = self._consumed(key).storage_id, self._seen_to()
        entry = self.instance.get_latest_materialization_event(key)
        if entry is None or entry.storage_id is None or entry.storage_id <= after_id:
            return None
        if entry.storage_id <= seen_to:
            return EventLogRecord(entry.storage_id, entry)
        query = EventQuery(
            types=MATERIALIZED, asset_key=key, after_id=after_id, before_id=seen_to + 1, newest_first=True, limit=1
        )
        return next(iter(records_of(self.instance.events(query))), None)

    def _advance(self, key: AssetKey, record: EventLogRecord) -> None:
        last = self._after.get(str(key), NOTHING)
        partition, number = record.partition_key, record.storage_id
        trailing = dict(last.trailing)
        if number > last.storage_id:
            trailing.update(self._passed_over(key, last.storage_id, number))
            last = Consumed(number, partition)
        if partition is not None and trailing.get(partition, number) <= number:
            trailing.pop(partition, None)
        in_order = sorted(trailing.items(), key=lambda each: each[1])
        self._after[str(key)] = Consumed(last.storage_id, last.partition, dict(in_order))

    def _passed_over(self, key: AssetKey, after_id: int, before_id: int) -> dict[str, int]:
        """The newest materialization of each partition between two; the events themselves are not read."""
        kind = DagsterEventType.ASSET_MATERIALIZATION
        found = self.instance.get_latest_storage_id_by_partition(
            key, kind, after_cursor=after_id, before_cursor=before_id
        )
        return dict(found)


def monitored_keys(monitored: MonitoredAssets, repository: Any, what: str) -> tuple[AssetKey, ...]:
    """The assets that a sensor watches.

    Args:
        monitored: keys, or a selection among the assets of ``repository``.
        repository: the definitions around the sensor; None: only keys can be told.
        what: the sensor, for messages.

    Raises:
        DagsterInvariantViolationError: a selection, and no definitions to find its assets in.
        DagsterInvalidSubsetError: the selection names an asset that is not there.
    """
    if not isinstance(monitored, AssetSelection):
        return tuple(dict.fromkeys(monitored))
    if repository is None:
        raise DagsterInvariantViolationError(
            f"{what} watches a selection of assets, which only the definitions around it can tell; pass definitions= "
            "or repository_def= to the function that builds its context"
        )
    return tuple(sorted(monitored.keys_in(repository.asset_graph)))


def check_monitored(monitored: object, what: str) -> MonitoredAssets:
    """``monitored`` itself, if it names assets.

    Raises:
        ParameterCheckError: it is neither a selection nor a list of keys.
    """
    if isinstance(monitored, AssetSelection):
        return monitored
    if isinstance(monitored, Sequence) and all(isinstance(each, AssetKey) for each in monitored):
        return tuple(monitored)
    raise ParameterCheckError(
        f"monitored_assets of {what} is an AssetSelection or a list of AssetKeys, not {monitored!r}; write for example "
        "[AssetKey('orders')] or AssetSelection.assets('orders')",
        parameter="monitored_assets",
        value=monitored,
    )
