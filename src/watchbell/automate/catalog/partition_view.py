"""The partitions of one asset as a page looks at them: their kind, keys by place and by time, as a grid, as text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from watchbell.automate.catalog.assets import Catalog
from watchbell.automate.catalog.partition_sets import PartitionStanding, Segment, Standings
from watchbell.automate.catalog.partition_text import read_partitions, write_partitions
from watchbell.automate.catalog.stale_partitions import stale_partitions
from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.partitions.dynamic import DynamicPartitionsDefinition
from watchbell.declare.partitions.multi import MultiPartitionsDefinition
from watchbell.declare.partitions.static import StaticPartitionsDefinition
from watchbell.declare.partitions.time_window import TimeWindowPartitionsDefinition
from watchbell.declare.partitions.view import DynamicPartitionsStore, PartitionsView, looking_from
from watchbell.ground.value import dataclass
from watchbell.record.condition_store import PartitionFacts
from watchbell.record.keys import AssetKey
from watchbell.record.ordinal_set import OrdinalSet
from watchbell.record.partition import TimeWindow
from watchbell.record.partition_state import PartitionState

LETTERS: Mapping[PartitionStanding, str] = {
    PartitionStanding.FAILED: "f",
    PartitionStanding.IN_PROGRESS: "i",
    PartitionStanding.PLANNED: "p",
    PartitionStanding.STALE: "s",
    PartitionStanding.MADE: "m",
    PartitionStanding.MISSING: ".",
}
"""How a cell of a grid is written."""
_CADENCES = {"HOURLY": "hourly", "DAILY": "daily", "WEEKLY": "weekly", "MONTHLY": "monthly"}


@dataclass(frozen=True)
class GridRow:
    """A row of a grid.

    Args:
        key: of the dimension of rows.
        cells: one letter (``LETTERS``) for each column.
        counts: how many partitions of the whole row stand how.
    """

    key: str
    cells: str
    counts: Mapping[str, int]


@dataclass(frozen=True)
class Grid:
    """A part of a grid.

    Args:
        columns: keys of the dimension of columns.
        rows: the rows.
        row_count: how many rows there are in all.
        column_count: how many columns there are in all.
        column_start: place of the first column among all.
    """

    columns: Sequence[str]
    rows: Sequence[GridRow]
    row_count: int
    column_count: int
    column_start: int


class PartitionView:
    """The partitions of an asset, from a moment.

    Args:
        definition: how it is partitioned.
        now: decides which windows are over.
        store: knows dynamic partitions.
    """

    def __init__(self, definition: PartitionsDefinition, now: datetime, store: DynamicPartitionsStore) -> None:
        self.definition = definition
        self.view = PartitionsView(now, store)
        self.there = definition.ordinals(self.view)

    @property
    def kind(self) -> str:
        """What sort of partitions these are: ``daily``, ``grid``, …; see ``PartitionsFacts`` of the API."""
        match self.definition:
            case MultiPartitionsDefinition():
                return "grid"
            case TimeWindowPartitionsDefinition():
                cadence = self.definition.schedule_type
                return "time" if cadence is None else _CADENCES.get(cadence.name, "time")
            case DynamicPartitionsDefinition():
                return "dynamic"
            case StaticPartitionsDefinition():
                return "static"
        return "own"

    @property
    def zone(self) -> str | None:
        """The zone of windows of time; None: these are none."""
        return self.definition.timezone if isinstance(self.definition, TimeWindowPartitionsDefinition) else None

    @property
    def dimensions(self) -> list[str]:
        """The names of two dimensions, that of rows first; of one none."""
        if not isinstance(self.definition, MultiPartitionsDefinition):
            return []
        return [self.definition.high.name, self.definition.low.name]

    def standings(self, state: PartitionState, stale: OrdinalSet | None = None) -> Standings:
        """Each partition in the set that says how it stands."""
        return Standings.of(self.there, state.within(self.there), stale)

    def stale(
        self,
        catalog: Catalog,
        key: AssetKey,
        rows: Iterable[PartitionFacts],
        whole: Mapping[AssetKey, int | None],
    ) -> OrdinalSet:
        """Those made before what they are made from; arguments as of ``stale_partitions``."""
        return stale_partitions(catalog, key, rows, whole, self.view)

    def keys(self, ordinals: Iterable[int]) -> list[str]:
        """Their keys, in their order."""
        if self.definition.is_ordered:
            return self.definition.keys_of(ordinals, self.view)
        return [self.definition.key_of(each, self.view) for each in ordinals]

    def ends(self, segments: Sequence[Segment]) -> list[tuple[str, str]]:
        """First and last key of segments."""
        keys = self.keys(end for each in segments for end in (each.first, each.last))
        return list(zip(keys[::2], keys[1::2], strict=True))

    def ordinal(self, key: str) -> int:
        """The number of a key.

        Raises:
            DagsterUnknownPartitionError: there is no such partition; names the nearest.
        """
        return self.definition.require_ordinal(key, self.view)

    def find(self, key: str) -> int | None:
        """The number of a key; None: there is no such partition."""
        return self.definition.ordinal_of(key, self.view)

    def read(self, text: str) -> OrdinalSet:
        """The partitions that a text names; raises as ``read_partitions``."""
        return read_partitions(self.definition, text, self.view)

    def write(self, ordinals: OrdinalSet) -> str | None:
        """These as text; None: it would be too long."""
        return write_partitions(self.definition, ordinals, self.view)

    def between(self, since: datetime, until: datetime) -> OrdinalSet:
        """Windows of time that begin in [since, until), times of the wall clock in their zone.

        Args:
            since: naive.
            until: naive.
        """
        definition = self.definition
        if not isinstance(definition, TimeWindowPartitionsDefinition):
            return OrdinalSet()
        with looking_from(self.view.current_time, self.view.store):
            zone = definition.start.tzinfo
            window = TimeWindow(since.replace(tzinfo=zone), until.replace(tzinfo=zone))
            keys = definition.get_partition_keys_in_time_window(window) if window.start < window.end else []
        return OrdinalSet(each for each in definition.ordinals_of(keys, self.view) if each is not None)

    def begins_at(self, keys: Sequence[str]) -> list[str | None]:
        """When the windows of keys begin by the wall clock of their zone, ISO without offset; None: no windows."""
        definition = self.definition
        if not isinstance(definition, TimeWindowPartitionsDefinition):
            return [None for _ in keys]
        with looking_from(self.view.current_time, self.view.store):
            # One by one: windows of many keys come ordered by time.
            windows = [definition.time_window_for_partition_key(key) for key in keys]
        return [each.start.replace(tzinfo=None).isoformat() for each in windows]

    def grid(
        self, standings: Standings, *, row_start: int, rows: int, column_end: int | None, columns: int
    ) -> Grid | None:
        """A part of the grid of two dimensions; None: these have one.

        Args:
            standings: how each partition stands.
            row_start: place of the first row.
            rows: most rows (count).
            column_end: place after the last column; None: after the last there is.
            columns: most columns (count).
        """
        definition = self.definition
        if not isinstance(definition, MultiPartitionsDefinition):
            return None
        high, low = definition.high.partitions_def, definition.low.partitions_def
        highs, lows = high.ordinals(self.view), low.ordinals(self.view)
        stop = min(len(lows), column_end if column_end is not None else len(lows))
        start = max(0, stop - columns)
        shown = lows.page(start, stop - start)
        chosen = highs.page(row_start, rows)
        found = []
        for each, key in zip(chosen, high.keys_of(chosen, self.view), strict=True):
            own = OrdinalSet.of_range(definition.join(each, 0), definition.join(each + 1, 0)) & self.there
            cells = "".join(
                LETTERS[standings.of_one(at)] if at in self.there else " "
                for at in (definition.join(each, column) for column in shown)
            )
            found.append(GridRow(key, cells, standings.counts(own)))
        return Grid(low.keys_of(shown, self.view), found, len(highs), len(lows), start)

    def rectangle(self, rows: tuple[str, str], columns: tuple[str, str]) -> OrdinalSet:
        """The partitions between two corners of a grid.

        Args:
            rows: first and last key of the dimension of rows.
            columns: first and last key of the other.

        Raises:
            DagsterUnknownPartitionError: a key does not exist.
        """
        definition = self.definition
        if not isinstance(definition, MultiPartitionsDefinition):
            return OrdinalSet()
        high, low = definition.high.partitions_def, definition.low.partitions_def
        top, bottom = sorted(high.require_ordinal(each, self.view) for each in rows)
        left, right = sorted(low.require_ordinal(each, self.view) for each in columns)
        within = high.ordinals(self.view) & OrdinalSet.of_range(top, bottom + 1)
        parts = (OrdinalSet.of_range(definition.join(each, left), definition.join(each, right) + 1) for each in within)
        return OrdinalSet.union(parts) & self.there


def view_of(catalog: Catalog, key: AssetKey, now: datetime, store: DynamicPartitionsStore) -> PartitionView | None:
    """The partitions of an asset; None: it has none, or only its own code can tell."""
    asset = catalog.find(key)
    definition = None if asset is None else asset.partitions_def
    return None if definition is None else PartitionView(definition, now, store)
