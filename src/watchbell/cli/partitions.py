"""``watchbell partitions``: which there are, how they stand, wiping them, keys of dynamic ones."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Sequence
from shlex import quote
from typing import Any

import click

from watchbell.automate.catalog.partition_sets import chosen_by_status, ranges_of
from watchbell.cli.code import code_options, load_locations, open_instance
from watchbell.cli.partition_rows import clipped, ends_of, rows_of
from watchbell.cli.partition_strip import Cell, cells_of, legend_of
from watchbell.cli.partition_target import (
    Partitioned,
    assets_of_jobs,
    find_asset,
    find_asset_or_job,
    partitioned_assets,
    require_one_way,
    scope_of,
    state_of,
    unknown_partition,
    view_of,
)
from watchbell.cli.show import COUNTING, ago, json_option, percent, show_rows
from watchbell.declare.partitions.view import PartitionsView, looking_from
from watchbell.ground.errors import (
    DagsterInvalidInvocationError,
    DagsterInvalidSubsetError,
    DagsterUnknownPartitionError,
)
from watchbell.ground.suggest import did_you_mean
from watchbell.host.targets import CodeTarget
from watchbell.instance import DagsterInstance
from watchbell.record.ordinal_set import OrdinalSet
from watchbell.record.partition import PARTITION_TAG
from watchbell.record.partition_state import PartitionState
from watchbell.record.run import RunsFilter

VERSION_SHOWN = 12  # characters of a data version in a table; most are digests
STATUSES = ("made", "failed", "in-progress", "planned", "missing")
LIMIT = 50  # rows that are listed unless told otherwise
STRIPS_MAX = 5  # assets that get a strip each; more are a table
WIDTH_MAX = 100
KEYS_AT_ONCE = 10_000
_NAMES = {"MATERIALIZED": "made", "FAILED": "failed", "IN_PROGRESS": "in progress"}

from_option = click.option("--from", "first", metavar="KEY", help="From this partition on.")
to_option = click.option("--to", "last", metavar="KEY", help="To this partition, itself included.")


@click.group()
def partitions() -> None:
    """See how partitions stand, wipe them; add and delete keys of dynamic partitions."""


@partitions.command("list")
@click.argument("name")
@from_option
@to_option
@click.option("--status", type=click.Choice(STATUSES), help="Only those that stand so; of an asset.")
@click.option("--limit", type=COUNTING, default=LIMIT, show_default=True, help="So many at most.")
@code_options
@json_option
def list_(
    targets: list[CodeTarget],
    name: str,
    first: str | None,
    last: str | None,
    status: str | None,
    limit: int,
    as_json: bool,
) -> None:
    """List the partitions of the asset or job NAME: the last ones, or with --from those that follow it."""
    locations = load_locations(targets)
    with open_instance() as instance, looking_from(instance.clock.now(), instance):
        target, view = find_asset_or_job(locations, name), view_of(instance)
        if status is not None and target.asset_key is None:
            raise DagsterInvalidInvocationError(f"{name!r} is a job: --status is for the partitions of assets")
        state, scope = state_of(instance, target, locations), scope_of(target, view, first, last)
        chosen = scope if status is None else chosen_by_status(scope, state, status)
        offset = 0 if first is not None else max(0, len(chosen) - limit)
        page = chosen.page(offset, limit)
        keys = target.definition.keys_of(page, view)
        rows = _asset_rows(instance, target, state, page, keys) if target.asset_key else _job_rows(instance, name, keys)
    if not as_json:
        for row in rows:
            row.update(
                {"data_version": str(row["data_version"] or "")[:VERSION_SHOWN]} if "data_version" in row else {}
            )
    show_rows(rows, as_json=as_json, empty=f"{name} has no such partitions" if status or first or last else "none yet")
    if not as_json and len(page) < len(chosen):
        earlier, later = offset, len(chosen) - offset - len(page)
        text = " and ".join([*([f"{earlier:,} earlier"] if earlier else []), *([f"{later:,} later"] if later else [])])
        click.echo(f"{text}; --from, --to and --limit show them")


def _asset_rows(
    instance: DagsterInstance, target: Partitioned, state: PartitionState, page: Sequence[int], keys: Sequence[str]
) -> list[dict[str, object]]:
    assert target.asset_key is not None
    records, now = instance.partition_records(target.asset_key, keys), instance.clock.now()
    rows: list[dict[str, object]] = []
    for ordinal, key in zip(page, keys, strict=True):
        record, status = records.get(key), state.status_of(ordinal)
        told = [] if status is None else [_NAMES[status.value]]
        told += ["planned"] if ordinal in state.planned else []
        rows.append(
            {
                "partition": key,
                "status": ", ".join(told) or "missing",
                "made": "" if record is None else ago(record.made_at, now),
                "data_version": None if record is None else record.data_version,
            }
        )
    return rows


def _job_rows(instance: DagsterInstance, job_name: str, keys: Sequence[str]) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    now = instance.clock.now()
    for key in keys:
        wanted = RunsFilter(job_name=job_name, tags={PARTITION_TAG: key})
        record = next(iter(instance.get_run_records(wanted, limit=1)), None)
        rows.append(
            {
                "partition": key,
                "last_run": None if record is None else record.dagster_run.status.value,
                "when": "" if record is None else ago(record.create_timestamp, now),
                "run_id": None if record is None else record.dagster_run.run_id,
            }
        )
    return rows


@partitions.command()
@click.argument("assets", nargs=-1)
@code_options
@json_option
def status(targets: list[CodeTarget], assets: tuple[str, ...], as_json: bool) -> None:
    """Show how the partitions of ASSETS stand: a strip for each of a few, a table of many (all, if none is named)."""
    locations = load_locations(targets)
    with open_instance() as instance, looking_from(instance.clock.now(), instance):
        view = view_of(instance)
        chosen = [find_asset(locations, name) for name in assets] or list(partitioned_assets(locations))
        definitions = {each.asset_key: each.definition for each in chosen if each.asset_key is not None}
        states = instance.partition_states(definitions, assets_of_jobs(locations))
        found = [(each, each.definition.ordinals(view), states[each.asset_key]) for each in chosen if each.asset_key]
        if as_json or not assets or len(assets) > STRIPS_MAX:
            rows = [_counts(*each) for each in found]
            spare = ("in_progress", "planned")
            show_rows(rows, as_json=as_json, empty="no asset defined here has partitions", spare=spare)
            return
        for at, (each, there, state) in enumerate(found):
            if at:
                click.echo()
            _draw(each, there, state, view)


def _counts(target: Partitioned, there: OrdinalSet, state: PartitionState) -> dict[str, object]:
    made = len(state.materialized)
    return {
        "asset": target.name,
        "partitions": len(there),
        "made": made,
        "percent": percent(made, len(there)),
        "failed": len(state.failed),
        "in_progress": len(state.in_progress),
        "planned": len(state.planned),
        "missing": len(state.missing(there) - state.failed - state.planned),
    }


def _draw(target: Partitioned, there: OrdinalSet, state: PartitionState, view: PartitionsView) -> None:
    counts = _counts(target, there, state)
    told = [f"{counts['partitions']:,} partitions", f"{counts['made']:,} made ({counts['percent']} %)"]
    told += [
        f"{counts[name]:,} {name.replace('_', ' ')}"
        for name in ("failed", "in_progress", "planned", "missing")
        if counts[name]
    ]
    click.echo(click.style(target.name, bold=True) + ": " + ", ".join(told))
    if not there:
        return
    width = min(WIDTH_MAX, shutil.get_terminal_size((80, 24)).columns)
    rows = rows_of(target.definition, there, view)
    indent = max(len(row.label) for row in rows)
    width = max(10, width - indent)
    cells: list[Cell] = []
    for row in rows:
        strip = cells_of(row.there, state, width)
        cells += strip
        marks = "".join(click.style(each.look.mark, fg=each.look.colour) for each in strip)
        click.echo(row.label.ljust(indent) + marks)
    first, last = (clipped(key, width // 2 - 1) for key in ends_of(target.definition, there, view))
    gap = max(2, min(width, len(rows[0].there)) - len(first) - len(last))
    click.echo(" " * indent + (first if len(rows[0].there) == 1 else f"{first}{' ' * gap}{last}"))
    legend = [f"{click.style(look.mark, fg=look.colour)} {look.meaning}" for look in legend_of(cells)]
    per_cell = "" if len(there) == len(cells) else f"   (a cell is about {len(there) / len(cells):,.0f} partitions)"
    click.echo("  ".join(legend) + per_cell)


@partitions.command()
@click.argument("name", metavar="ASSET")
@from_option
@to_option
@click.option("--limit", type=COUNTING, default=LIMIT, show_default=True, help="So many stretches at most.")
@code_options
@json_option
def missing(
    targets: list[CodeTarget], name: str, first: str | None, last: str | None, limit: int, as_json: bool
) -> None:
    """Show which partitions of ASSET were never made and are not being made, as stretches from one key to another."""
    locations = load_locations(targets)
    with open_instance() as instance, looking_from(instance.clock.now(), instance):
        target, view = find_asset(locations, name), view_of(instance)
        state, there = state_of(instance, target, locations), target.definition.ordinals(view)
        lost = state.missing(scope_of(target, view, first, last))
        found = ranges_of(lost, there, limit)
        keys = iter(target.definition.keys_of([end for stretch in found for end in stretch], view))
        rows = [
            {"first": next(keys), "last": next(keys), "count": lost.count_between(start, stop + 1)}
            for start, stop in found
        ]
    show_rows(rows, as_json=as_json, empty="nothing is missing")
    shown = sum(lost.count_between(start, stop + 1) for start, stop in found)
    if not as_json and shown < len(lost):
        click.echo(f"and {len(lost) - shown:,} more; --limit shows them")


@partitions.command()
@click.argument("name", metavar="ASSET")
@click.argument("keys", nargs=-1)
@from_option
@to_option
@click.option("--noprompt", is_flag=True, help="Do not ask.")
@code_options
def wipe(
    targets: list[CodeTarget], name: str, keys: tuple[str, ...], first: str | None, last: str | None, noprompt: bool
) -> None:
    """Forget that partitions KEYS (or --from one --to another) of ASSET were ever made; stored values stay."""
    require_one_way(keys, first, last)
    locations = load_locations(targets)
    with open_instance() as instance, looking_from(instance.clock.now(), instance):
        target, view = find_asset(locations, name), view_of(instance)
        assert target.asset_key is not None
        if keys:
            _require_known(instance, target, view, keys)
            told = ", ".join(keys[:5]) + (f" and {len(keys) - 5:,} more" if len(keys) > 5 else "")
            chosen = OrdinalSet()
        else:
            state = state_of(instance, target, locations)
            chosen = scope_of(target, view, first, last) & (state.materialized | state.failed)
            told = f"{len(chosen):,} partitions"
        if not noprompt and (keys or chosen):
            click.confirm(f"Forget {told} of {target.name}?", abort=True)
        instance.wipe_asset_partitions(target.asset_key, list(keys))
        for offset in range(0, len(chosen), KEYS_AT_ONCE):
            page = chosen.page(offset, KEYS_AT_ONCE)
            instance.wipe_asset_partitions(target.asset_key, target.definition.keys_of(page, view))
    click.echo(f"forgotten: {told} of {target.name}")


def _require_known(instance: DagsterInstance, target: Partitioned, view: PartitionsView, keys: Sequence[str]) -> None:
    """Keys that exist, or that something is remembered of."""
    assert target.asset_key is not None
    records = instance.partition_records(target.asset_key, keys)
    for key in keys:
        if key not in records and target.definition.ordinal_of(key, view) is None:
            raise unknown_partition(target, view, key)


@partitions.command()
@click.argument("name")
@click.argument("keys", nargs=-1, required=True)
def add(name: str, keys: tuple[str, ...]) -> None:
    """Add KEYS to the dynamic partitions NAME; those there already stay as they are."""
    if "" in keys:
        raise click.UsageError("a key is empty; was it a variable without a value?")
    with open_instance() as instance:
        names = instance.store.dynamic_partition_names()
        new = instance.store.add_dynamic_partitions(name, keys)
    if name not in names:
        hint = did_you_mean(name, names) if names else ""
        click.echo(f"these are the first partitions of {name!r}{hint}")
    there = len(keys) - len(new)
    click.echo(f"added: {', '.join(new) or 'nothing'}" + (f" ({there} there already)" if there else ""))


@partitions.command()
@click.argument("name")
@click.argument("keys", nargs=-1, required=True)
def delete(name: str, keys: tuple[str, ...]) -> None:
    """Delete KEYS of the dynamic partitions NAME; what was made for them stays remembered."""
    with open_instance() as instance:
        names = instance.store.dynamic_partition_names()
        if name not in names:
            raise _unknown_name(name, names)
        known = instance.get_existing_dynamic_partitions(name, keys)
        for key in keys:
            if key not in known:
                near = did_you_mean(key, list(instance.get_dynamic_partitions(name)))
                raise DagsterUnknownPartitionError(f"{name} has no partition {key!r}{near}")
        instance.store.delete_dynamic_partitions(name, keys)
    click.echo(f"deleted: {', '.join(keys)}")


@partitions.command()
@click.argument("name", required=False)
@click.option("--limit", type=COUNTING, default=LIMIT, show_default=True, help="So many keys at most.")
@json_option
def dynamic(name: str | None, limit: int, as_json: bool) -> None:
    """List the names of dynamic partitions with their counts; or the newest keys of NAME."""
    with open_instance() as instance:
        names = instance.store.dynamic_partition_names()
        if name is None:
            rows: list[dict[str, Any]] = [{"name": each, "keys": count} for each, count in sorted(names.items())]
            show_rows(rows, as_json=as_json, empty="no dynamic partitions were added yet")
            return
        if name not in names:
            raise _unknown_name(name, names)
        found = instance.store.dynamic_partitions(name, limit=limit, descending=True)
    keys = [each.key for each in reversed(found)]
    click.echo(json.dumps(keys, indent=1) if as_json else "\n".join(keys))
    if not as_json and len(keys) < names[name]:
        click.echo(f"{names[name] - len(keys):,} earlier; --limit shows them")


def _unknown_name(name: str, names: Iterable[str]) -> DagsterInvalidSubsetError:
    near = did_you_mean(name, names)
    how = f"`watchbell partitions add {quote(name)} KEY` adds the first"
    return DagsterInvalidSubsetError(
        f"there are no dynamic partitions {name!r}{near}{' ' if near.endswith('?') else '; '}{how}"
    )
