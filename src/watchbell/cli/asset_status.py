"""``watchbell asset status`` and ``asset checks``: whether assets are up to date, fresh, and as they should be."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime

import click

from watchbell.cli.code import code_options, load_locations, open_instance
from watchbell.cli.show import ago, json_option, show_rows
from watchbell.declare.assets.asset_graph import AssetGraph
from watchbell.declare.assets.freshness_rules import freshness_state
from watchbell.declare.assets.selection import selection_of
from watchbell.declare.assets.stale_rules import StaleStatus
from watchbell.execute.staleness import stale_states
from watchbell.ground.errors import DagsterInvalidSubsetError
from watchbell.host.targets import CodeTarget
from watchbell.instance import DagsterInstance
from watchbell.record.asset_check import AssetCheckKey, AssetCheckSeverity
from watchbell.record.check_record import AssetCheckExecutionRecord, AssetCheckExecutionRecordStatus
from watchbell.record.keys import AssetKey

SELECT_HELP = 'Only these, e.g. "orders*", "a,b" or "group:raw".'
_VERDICTS = {
    AssetCheckExecutionRecordStatus.PLANNED: "planned",
    AssetCheckExecutionRecordStatus.SUCCEEDED: "passed",
    AssetCheckExecutionRecordStatus.FAILED: "failed",
}


@click.command("status")
@click.option("-s", "--select", "selection", metavar="SELECTION", help=SELECT_HELP)
@click.option("--stale", "only_stale", is_flag=True, help="Only assets that are stale or were never made.")
@code_options
@json_option
def status(targets: list[CodeTarget], selection: str | None, only_stale: bool, as_json: bool) -> None:
    """Say which assets are up to date with their code and data, how fresh they are, and what their checks found."""
    rows = []
    locations = load_locations(targets)
    with open_instance() as instance:
        graphs = [location.repository.asset_graph for location in locations]
        for graph, keys in zip(graphs, _chosen(selection, graphs), strict=True):
            rows += _rows(graph, instance, keys, only_stale)
    show_rows(rows, as_json=as_json, empty="no asset is stale" if only_stale else "no assets are defined here")


@click.command("checks")
@click.option("-s", "--select", "selection", metavar="SELECTION", help=SELECT_HELP)
@code_options
@json_option
def checks(targets: list[CodeTarget], selection: str | None, as_json: bool) -> None:
    """List asset checks with what they found last."""
    rows = []
    locations = load_locations(targets)
    with open_instance() as instance:
        now = instance.clock.now()
        graphs = [location.repository.asset_graph for location in locations]
        for graph, shown in zip(graphs, _chosen(selection, graphs), strict=True):
            chosen = set(shown)
            keys = [key for key in sorted(graph.check_keys) if selection is None or key.asset_key in chosen]
            latest = instance.get_latest_asset_check_execution_by_key(keys)
            over = _runs_over(instance, latest)
            rows += [_check_row(graph, key, latest.get(key), now, over) for key in keys]
    show_rows(rows, as_json=as_json, empty="no asset checks are defined here", spare=("severity",))


def chosen_keys(text: str, graphs: Sequence[AssetGraph]) -> list[set[AssetKey]]:
    """What words of the command line select in each code location: one expression, or several with commas between.

    Raises:
        DagsterInvalidSubsetError: no location has an asset that is named.
    """
    parts = [part.strip() for part in text.split(",") if part.strip()] if '"' not in text else [text]
    chosen: list[set[AssetKey]] = [set() for _ in graphs]
    for selection in [selection_of([part]) for part in parts] or [selection_of([])]:
        refused: list[DagsterInvalidSubsetError] = []
        for at, graph in enumerate(graphs):
            try:
                chosen[at] |= selection.resolve(graph)
            except DagsterInvalidSubsetError as error:  # another location may have it
                refused.append(error)
        if refused and len(refused) == len(graphs):
            raise refused[0]
    return chosen


def _chosen(selection: str | None, graphs: Sequence[AssetGraph]) -> list[list[AssetKey]]:
    if selection is None:
        return [list(graph.specs) for graph in graphs]
    found = zip(graphs, chosen_keys(selection, graphs), strict=True)
    return [graph.upstream_first(keys) for graph, keys in found]


def _rows(
    graph: AssetGraph, instance: DagsterInstance, keys: Iterable[AssetKey], only_stale: bool
) -> list[dict[str, object]]:
    now = instance.clock.now()
    rows: list[dict[str, object]] = []
    found = instance.get_latest_asset_check_execution_by_key(graph.check_keys)
    over = _runs_over(instance, found)
    for key, each in stale_states(graph, instance, keys).items():
        if only_stale and each.status is StaleStatus.FRESH:
            continue
        rows.append(
            {
                "asset": key.to_user_string(),
                "status": each.status.value.lower(),
                "why": "; ".join(cause.reason for cause in each.causes),
                "freshness": _freshness(graph, instance, key, now),
                "checks": _found_of(graph, key, found, over),
            }
        )
    return rows


def _freshness(graph: AssetGraph, instance: DagsterInstance, key: AssetKey, now: datetime) -> str:
    spec = graph.spec(key)
    policy = spec.freshness_policy or spec.legacy_freshness_policy
    if policy is None:
        return ""
    made = instance.get_latest_materialization_event(key)
    made_at = None if made is None else datetime.fromtimestamp(made.timestamp, UTC)
    return freshness_state(policy, made_at, now).value.lower()


def _runs_over(instance: DagsterInstance, found: Mapping[AssetCheckKey, AssetCheckExecutionRecord]) -> set[str]:
    """The runs that planned checks and ended without making them."""
    planned = AssetCheckExecutionRecordStatus.PLANNED
    run_ids = {record.run_id for record in found.values() if record.status is planned}
    runs = [instance.get_run_by_id(run_id) for run_id in sorted(run_ids)]
    return {run.run_id for run in runs if run is not None and run.is_finished}


def _found_of(
    graph: AssetGraph,
    asset_key: AssetKey,
    found: Mapping[AssetCheckKey, AssetCheckExecutionRecord],
    over: Collection[str],
) -> str:
    records = [found.get(key) for key in graph.check_keys_by_asset.get(asset_key, ())]
    verdicts = ["warned" if _only_warns(each) else _verdict(each, over) for each in records]
    return ", ".join(f"{verdicts.count(each)} {each}" for each in dict.fromkeys(verdicts))


def _check_row(
    graph: AssetGraph,
    key: AssetCheckKey,
    record: AssetCheckExecutionRecord | None,
    now: datetime,
    over: Collection[str],
) -> dict[str, object]:
    spec = graph.check_specs[key]
    evaluation = None if record is None else record.evaluation
    at = None if record is None else datetime.fromtimestamp(record.create_timestamp, UTC)
    return {
        "check": key.to_user_string(),
        "blocking": "yes" if spec.blocking else "",
        "result": _verdict(record, over),
        "severity": "" if evaluation is None or evaluation.passed else evaluation.severity.value,
        "when": "" if at is None else ago(at, now),
        "description": (evaluation and evaluation.description) or spec.description,
    }


def _only_warns(record: AssetCheckExecutionRecord | None) -> bool:
    evaluation = None if record is None else record.evaluation
    return evaluation is not None and not evaluation.passed and evaluation.severity is AssetCheckSeverity.WARN


def _verdict(record: AssetCheckExecutionRecord | None, over: Collection[str]) -> str:
    if record is None:
        return "never made"
    never_reached = record.status is AssetCheckExecutionRecordStatus.PLANNED and record.run_id in over
    return "skipped" if never_reached else _VERDICTS[record.status]
