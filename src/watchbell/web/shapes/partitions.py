"""Partitions of assets, and keys of dynamic ones, as the API tells them."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from watchbell.web.shapes.assets import MadeShape, PartitionsFacts, SegmentShape
from watchbell.web.shapes.shape import Shape

KEYS_MAX = 100_000
"""Keys that are added or deleted at once (count)."""


class PartitionsOverview(Shape):
    """How the partitions of an asset stand.

    Args:
        facts: how it is divided.
        total: how many partitions there are; null: only its code can tell.
        counts: how many stand how.
        segments: all of them in a line, with keys.
        is_exact: whether all partitions of a segment stand alike.
        texts: by how they stand, those partitions as text that can be typed; null where it would be too long.
        first: the first key.
        last: the last key.
        at: when the answer was made.
    """

    facts: PartitionsFacts
    total: int | None
    counts: dict[str, int]
    segments: list[SegmentShape]
    is_exact: bool
    texts: dict[str, str | None]
    first: str | None
    last: str | None
    at: datetime


class PartitionRow(Shape):
    """A partition.

    Args:
        key: its key.
        place: among all partitions of the asset (0: the first); null: only its code can list them.
        state: ``failed``, ``in_progress``, ``planned``, ``stale``, ``made`` or ``missing``.
        begins_at: of a window of time when it begins, by the wall clock of its zone, ISO without offset.
        made_at: when it was made last.
        data_version: the version of its data.
    """

    key: str
    place: int | None
    state: str
    begins_at: str | None
    made_at: datetime | None
    data_version: str | None


class ChosenPartitions(Shape):
    """What a text names.

    Args:
        text: the same in its shortest form; null: it would be too long.
        count: how many partitions.
        counts: how many of them stand how.
        segments: where they lie among all.
    """

    text: str | None
    count: int
    counts: dict[str, int]
    segments: list[SegmentShape]


class PartitionRun(Shape):
    """A run for a partition.

    Args:
        run_id: its id.
        job: its job.
        status: its state.
        started_by: what asked for it, in words.
        created_at: when it was stored.
        started_at: when its work began.
        ended_at: when it ended.
    """

    run_id: str
    job: str
    status: str
    started_by: str
    created_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None


class PartitionDetail(PartitionRow):
    """One partition.

    Args:
        newest: its newest materialization.
        runs: the newest runs for it alone that make this asset, the newest first.
        error: the last line of the error of the newest of them, if it failed.
        is_current: whether it is a partition now; else only what is remembered is told.
    """

    newest: MadeShape | None
    runs: list[PartitionRun]
    error: str | None
    is_current: bool


class GridRowShape(Shape):
    """A row of a grid.

    Args:
        key: of the dimension of rows.
        cells: one letter for each column: ``f`` failed, ``i`` in progress, ``p`` planned, ``s`` stale, ``m`` made,
            ``.`` missing; a blank: there is no such partition.
        counts: how many partitions of the whole row stand how.
    """

    key: str
    cells: str
    counts: dict[str, int]


class GridShape(Shape):
    """A part of the grid of two dimensions.

    Args:
        dimensions: their names, that of rows first.
        columns: keys of the columns.
        rows: the rows.
        row_start: place of the first row among all.
        row_count: how many rows there are in all.
        column_start: place of the first column among all.
        column_count: how many columns there are in all.
        at: when the answer was made.
    """

    dimensions: list[str]
    columns: list[str]
    rows: list[GridRowShape]
    row_start: int
    row_count: int
    column_start: int
    column_count: int
    at: datetime


class WipePartitionsWish(Shape):
    """Partitions to be forgotten.

    Args:
        key: the asset.
        partitions: which, as text.
        confirm: the asset's key, so that nobody does it by mistake.
        reason: why.
    """

    key: str = Field(min_length=1, max_length=10_000)
    partitions: str = Field(min_length=1, max_length=200_000)
    confirm: str
    reason: str | None = Field(default=None, max_length=2_000)


class WipedPartitions(Shape):
    """What was forgotten.

    Args:
        count: partitions that something was remembered of.
    """

    count: int


class DynamicName(Shape):
    """Dynamic partitions of one name.

    Args:
        name: the name.
        count: how many keys it has.
        assets: the assets that are divided so.
    """

    name: str
    count: int
    assets: list[str]


class DynamicNames(Shape):
    """All dynamic partitions.

    Args:
        items: by name.
        at: when the answer was made.
    """

    items: list[DynamicName]
    at: datetime


class DynamicKey(Shape):
    """A key of dynamic partitions.

    Args:
        key: the key.
        place: grows with each key that is added.
    """

    key: str
    place: int


class DynamicWish(Shape):
    """Keys to be added or deleted.

    Args:
        name: of the dynamic partitions.
        keys: the keys.
        reason: why.
    """

    name: str = Field(min_length=1, max_length=1_000)
    keys: list[str] = Field(min_length=1, max_length=KEYS_MAX)
    reason: str | None = Field(default=None, max_length=2_000)


class DynamicChange(Shape):
    """What came of it.

    Args:
        name: of the dynamic partitions.
        changed: the keys that were added or deleted.
        left: the keys that were there already, or were not there.
    """

    name: str
    changed: list[str]
    left: list[str]
