"""The grid of a backfill: what is made over the partitions it is made for, as ranges of neighbouring cells."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from watchbell.record.backfill import Backfill, BackfillTarget, PartCell, PartState
from watchbell.web.shapes.backfills import BackfillGrid, GridBand, GridRange, GridRow

NAMES_SHOWN = 3


def name_of(backfill: Backfill, target: BackfillTarget) -> str:
    """What the runs of a target make, in few words."""
    if backfill.schedule_name is not None:
        return backfill.schedule_name
    if target.asset_keys is None:
        return target.job_name
    names = [key.to_user_string() for key in target.asset_keys[:NAMES_SHOWN]]
    more = len(target.asset_keys) - len(names)
    return ", ".join(names) + (f" and {more} more" if more else "")


def grid_of(backfill: Backfill, cells: Sequence[PartCell], *, is_whole: bool, now: datetime) -> BackfillGrid:
    """The grid; targets that share partitions share columns.

    Args:
        backfill: what the cells are of.
        cells: its parts, by number.
        is_whole: whether these are all.
        now: the present instant.
    """
    of_target: dict[int, list[PartCell]] = {}
    for cell in cells:
        of_target.setdefault(cell.target, []).append(cell)
    bands: list[tuple[dict[str, int], list[int]]] = []
    for target, own in of_target.items():
        labels = [cell.label for cell in own]
        columns, members = next((each for each in bands if not each[0].keys().isdisjoint(labels)), ({}, []))
        if not members:
            bands.append((columns, members))
        for label in labels:
            columns.setdefault(label, len(columns))
        members.append(target)
    shown = []
    for columns, members in bands:
        order = _in_order(list(columns), newest_first=backfill.newest_first)
        places = {label: place for place, label in enumerate(order)}
        rows = [_row(backfill, target, of_target[target], places) for target in members]
        shown.append(GridBand(columns=order, rows=rows))
    return BackfillGrid(bands=shown, is_whole=is_whole, at=now)


def _in_order(labels: list[str], *, newest_first: bool) -> list[str]:
    """Columns from old to new, as far as the order of the parts tells."""
    return labels[::-1] if newest_first else labels


def _row(backfill: Backfill, target: int, cells: Sequence[PartCell], places: dict[str, int]) -> GridRow:
    counts: dict[PartState, int] = {}
    for cell in cells:
        counts[cell.state] = counts.get(cell.state, 0) + 1
    ranges: list[GridRange] = []
    for cell in sorted(cells, key=lambda each: places[each.label]):
        place = places[cell.label]
        last = ranges[-1] if ranges else None
        if last is not None and last.last == place - 1 and last.state is cell.state:
            size = last.last - last.first
            step = cell.number - (last.part + last.step * size)
            if step in (1, -1) and (size == 0 or step == last.step):
                ranges[-1] = last.model_copy(update={"last": place, "step": step})
                continue
        ranges.append(GridRange(first=place, last=place, state=cell.state, part=cell.number, step=0))
    return GridRow(name=name_of(backfill, backfill.targets[target]), counts=counts, ranges=ranges)
