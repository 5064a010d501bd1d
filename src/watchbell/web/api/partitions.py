"""``/api/asset/partitions``: how an asset's partitions stand: as a line, a list, a grid, and one by one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import Depends, Query

from watchbell.automate.catalog.partition_sets import Standings, ranges_of
from watchbell.ground.errors import DagsterError
from watchbell.record.event import DagsterEventType
from watchbell.record.log_text import started_by
from watchbell.record.ordinal_set import OrdinalSet
from watchbell.record.partition import PARTITION_TAG
from watchbell.record.query import EventQuery
from watchbell.record.run import DagsterRun, DagsterRunStatus, RunsFilter
from watchbell.web.api.asset import Key
from watchbell.web.assets.memory import catalog_of, known_of
from watchbell.web.assets.page import made_shape, partitions_facts
from watchbell.web.assets.partitions import (
    Partitioned,
    maybe_partitioned,
    partition_rows,
    partitioned,
    segment_shapes,
    stored_rows,
    wanted_states,
)
from watchbell.web.assets.rows import key_in, name_of
from watchbell.web.audit import AuditNoteOf
from watchbell.web.problem import Problem, missing
from watchbell.web.routing import api_router
from watchbell.web.runs.finding import stored_number
from watchbell.web.shapes.assets import SegmentShape
from watchbell.web.shapes.partitions import (
    ChosenPartitions,
    GridRowShape,
    GridShape,
    PartitionDetail,
    PartitionRow,
    PartitionRun,
    PartitionsOverview,
    WipedPartitions,
    WipePartitionsWish,
)
from watchbell.web.shapes.shape import Cursor, Limit, Page, Total, WithTotal
from watchbell.web.view import View, ViewOf

router = api_router()

State = Literal["failed", "in_progress", "planned", "stale", "made", "missing"]
Text = Annotated[
    str, Query(max_length=200_000, description="keys and ranges, e.g. `2026-05-03..2026-05-09, 2026-05-12`; `*`: all")
]
PartitionKey = Annotated[str, Query(min_length=1, max_length=2_000)]
RUNS_SHOWN = 10
FIRST, LAST = datetime(1, 1, 2, tzinfo=UTC), datetime(9998, 1, 1, tzinfo=UTC)
WIPED_AT_ONCE = 10_000
GRID_ROWS_MAX, GRID_COLUMNS_MAX = 100, 366


@dataclass(frozen=True)
class PartitionFilter:
    """Which partitions of a list are meant, and in which order.

    Args:
        state: only those that stand so.
        within: only those that this text names.
        since: only windows that begin at this wall time or later.
        until: only windows that begin before this wall time.
        newest_first: turned round.
    """

    state: Annotated[list[State] | None, Query(description="only those that stand so")] = None
    within: Text = "*"
    since: Annotated[datetime | None, Query(description="windows that begin at this wall time or later")] = None
    until: Annotated[datetime | None, Query(description="windows that begin before this wall time")] = None
    newest_first: bool = False


@router.get("/asset/partitions/overview")
def get_partitions_overview(key: Key, view: ViewOf) -> PartitionsOverview:
    """How all partitions of an asset stand, as a line with keys, and as texts that can be typed."""
    known, asset_key = known_of(view), key_in(key)
    found = maybe_partitioned(view, asset_key)
    facts = partitions_facts(view, known, known.catalog.by_key[asset_key])
    if facts is None:
        raise Problem(409, "no-partitions", f"{key[:200]!r} has no partitions")
    if found is None:
        return PartitionsOverview(
            facts=facts,
            total=None,
            counts={},
            segments=[],
            is_exact=True,
            texts={},
            first=None,
            last=None,
            at=known.now,
        )
    segments, is_exact = found.standings.segments()
    there = found.partitions.there
    ends = found.partitions.keys([there.at(0), there.at(-1)]) if there else [None, None]
    return PartitionsOverview(
        facts=facts,
        total=len(there),
        counts=found.standings.counts(),
        segments=segment_shapes(found, segments),
        is_exact=is_exact,
        texts={name.value: found.partitions.write(each) for name, each in found.standings.sets.items()},
        first=ends[0],
        last=ends[1],
        at=known.now,
    )


@router.get("/asset/partitions")
def list_partitions(
    key: Key,
    view: ViewOf,
    wanted: Annotated[PartitionFilter, Depends()],
    limit: Limit = 100,
    cursor: Cursor = None,
    with_total: WithTotal = False,
) -> Page[PartitionRow]:
    """Partitions of an asset, in their order."""
    found = maybe_partitioned(view, key_in(key))
    if found is None:
        return _stored(view, key, limit, cursor)
    chosen = OrdinalSet.union(found.standings.sets[each] for each in wanted_states(wanted.state)) & _read(
        found, wanted.within
    )
    if wanted.since is not None or wanted.until is not None:
        first, last = (wanted.since or FIRST).replace(tzinfo=None), (wanted.until or LAST).replace(tzinfo=None)
        chosen = chosen & found.partitions.between(first, last)
    if wanted.newest_first:
        end = len(chosen) if cursor is None else chosen.count_below(stored_number(cursor))
        page = list(reversed(chosen.page(max(0, end - limit), min(limit, end))))
        more = end > limit
    else:
        start = 0 if cursor is None else chosen.count_below(stored_number(cursor) + 1)
        page = list(chosen.page(start, limit))
        more = start + limit < len(chosen)
    return Page[PartitionRow](
        items=partition_rows(view, found, page),
        next_cursor=str(page[-1]) if more and page else None,
        total=Total(count=len(chosen)) if with_total else None,
        at=view.now(),
    )


def _stored(view: View, key: str, limit: int, cursor: str | None) -> Page[PartitionRow]:
    rows = stored_rows(view, key_in(key), cursor, limit + 1)
    more = len(rows) > limit
    return Page[PartitionRow](items=rows[:limit], next_cursor=rows[limit - 1].key if more else None, at=view.now())


@router.get("/asset/partitions/chosen")
def choose_partitions(key: Key, text: Text, view: ViewOf) -> ChosenPartitions:
    """The partitions that a text names: how many, how they stand, where they lie."""
    found = partitioned(view, key)
    return _chosen(found, _read(found, text))


@router.get("/asset/partitions/rectangle")
def choose_rectangle(
    key: Key,
    view: ViewOf,
    first_row: PartitionKey,
    last_row: PartitionKey,
    first_column: PartitionKey,
    last_column: PartitionKey,
) -> ChosenPartitions:
    """The partitions between two corners of the grid of two dimensions."""
    found = partitioned(view, key)
    try:
        chosen = found.partitions.rectangle((first_row, last_row), (first_column, last_column))
    except DagsterError as error:
        raise Problem(422, "wrong-partitions", str(error)) from error
    return _chosen(found, chosen)


@router.get("/asset/partitions/grid")
def get_partitions_grid(
    key: Key,
    view: ViewOf,
    row_start: Annotated[int, Query(ge=0)] = 0,
    rows: Annotated[int, Query(ge=1, le=GRID_ROWS_MAX)] = 50,
    column_end: Annotated[
        int | None, Query(ge=1, description="place after the last column; the last by default")
    ] = None,
    columns: Annotated[int, Query(ge=1, le=GRID_COLUMNS_MAX)] = 31,
) -> GridShape:
    """A part of the grid of an asset's partitions in two dimensions; without more, its newest columns."""
    found = partitioned(view, key)
    grid = found.partitions.grid(
        found.standings, row_start=row_start, rows=rows, column_end=column_end, columns=columns
    )
    if grid is None:
        raise Problem(409, "no-grid", f"the partitions of {key[:200]!r} have one dimension")
    return GridShape(
        dimensions=found.partitions.dimensions,
        columns=list(grid.columns),
        rows=[GridRowShape(key=each.key, cells=each.cells, counts=dict(each.counts)) for each in grid.rows],
        row_start=row_start,
        row_count=grid.row_count,
        column_start=grid.column_start,
        column_count=grid.column_count,
        at=view.now(),
    )


@router.get("/asset/partition")
def get_partition(key: Key, partition: PartitionKey, view: ViewOf) -> PartitionDetail:
    """One partition: how it stands, its newest materialization, its runs, why the last of them failed."""
    asset_key = key_in(key)
    found = maybe_partitioned(view, asset_key)
    ordinal = None if found is None else found.partitions.find(partition)
    record = view.instance.partition_records(asset_key, [partition]).get(partition)
    if ordinal is None and record is None:
        hint = "" if found is None else found.partitions.definition.unknown_key_text(partition, found.partitions.view)
        raise missing("partition", partition, hint)
    runs = _runs_of(view, asset_key.to_user_string(), partition)
    number = None if record is None else record.materialization_id
    newest = view.store.events(EventQuery(storage_ids=[number])) if number is not None else []
    row = PartitionRow(key=partition, place=None, state="made", begins_at=None, made_at=None, data_version=None)
    if found is not None and ordinal is not None:
        [row] = partition_rows(view, found, [ordinal])
    elif record is not None:
        row = row.model_copy(update={"made_at": record.made_at, "data_version": record.data_version})
    return PartitionDetail(
        **dict(row),
        newest=made_shape(newest[0]) if newest else None,
        runs=[_run_shape(each) for each in runs],
        error=_error_of(view, runs[0]) if runs and runs[0].status is DagsterRunStatus.FAILURE else None,
        is_current=ordinal is not None,
    )


@router.post("/asset/partitions/wipe")
def wipe_partitions(wish: WipePartitionsWish, view: ViewOf, note: AuditNoteOf) -> WipedPartitions:
    """Forgets that partitions were ever made, observed or failed; stored values stay where they are."""
    found = partitioned(view, wish.key)
    expected = name_of(found.key)
    if wish.confirm != expected:
        raise Problem(422, "not-confirmed", f"nothing was forgotten: confirm with {expected!r}", expected=expected)
    chosen = _read(found, wish.partitions)
    note.about(expected, partitions=wish.partitions[:1_000], count=len(chosen))
    count = 0
    for offset in range(0, len(chosen), WIPED_AT_ONCE):
        keys = found.partitions.keys(chosen.page(offset, WIPED_AT_ONCE))
        count += view.store.wipe_partitions(found.key, keys)
    return WipedPartitions(count=count)


def _read(found: Partitioned, text: str) -> OrdinalSet:
    try:
        return found.partitions.read(text)
    except DagsterError as error:
        raise Problem(422, "wrong-partitions", str(error), where="text") from error


def _chosen(found: Partitioned, chosen: OrdinalSet) -> ChosenPartitions:
    there = found.partitions.there
    alone = Standings(there, found.standings.sets)
    stretches = ranges_of(chosen, there, 500)
    keys = found.partitions.keys(end for each in stretches for end in each)
    return ChosenPartitions(
        text=found.partitions.write(chosen),
        count=len(chosen),
        counts=alone.counts(chosen),
        segments=[
            SegmentShape(
                state="chosen",
                start=there.count_below(first),
                count=there.count_between(first, last + 1),
                marked=there.count_between(first, last + 1),
                first=keys[2 * place],
                last=keys[2 * place + 1],
            )
            for place, (first, last) in enumerate(stretches)
        ],
    )


def _runs_of(view: View, asset: str, partition: str) -> list[DagsterRun]:
    """The newest runs for one partition that make an asset: those that say so, and those of jobs that contain it."""
    filters = RunsFilter(tags={PARTITION_TAG: partition})
    records = view.store.run_records(filters, limit=RUNS_SHOWN * 10)
    catalog = catalog_of(view)
    found = []
    for record in records:
        run = record.dagster_run
        keys = run.asset_selection
        made = catalog.assets_of_job(run.job_name, run.location_name) if keys is None else keys
        if any(each.to_user_string() == asset for each in made):
            found.append(run)
    return found[:RUNS_SHOWN]


def _run_shape(run: DagsterRun) -> PartitionRun:
    return PartitionRun(
        run_id=run.run_id,
        job=run.job_name,
        status=run.status.value,
        started_by=started_by(run),
        created_at=run.created_at,
        started_at=run.started_at,
        ended_at=run.ended_at,
    )


def _error_of(view: View, run: DagsterRun) -> str | None:
    kinds = frozenset({DagsterEventType.STEP_FAILURE, DagsterEventType.RUN_FAILURE})
    for entry in view.store.events(EventQuery(run_id=run.run_id, types=kinds, limit=5)):
        event = entry.dagster_event
        error = None if event is None else getattr(event.event_specific_data, "error", None)
        if error is not None:
            text: str = error.root.message.strip()
            return text.splitlines()[-1][:500] if text else None
    return None
