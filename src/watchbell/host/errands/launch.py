"""Errands that put runs of assets and of checks into the queue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from watchbell.declare.job import JobDefinition
from watchbell.declare.run_config import resolve_run_config
from watchbell.ground.errors import (
    CheckError,
    DagsterInvalidConfigError,
    DagsterInvalidInvocationError,
    DagsterInvalidSubsetError,
    DagsterUnknownPartitionError,
    ParameterCheckError,
)
from watchbell.host.asset_launch import (
    first_of_few,
    first_partitioned,
    job_of_assets,
    job_of_checks,
    partition_run,
    queue_assets,
    range_request,
)
from watchbell.host.errands.desk import ErrandDesk, ErrandRefusedError, Params, changes, text_of, text_or_none
from watchbell.record.asset_check import AssetCheckKey
from watchbell.record.keys import AssetKey
from watchbell.record.partition import PartitionKeyRange
from watchbell.record.run_origin import tags_of_person


@changes
def launch_assets(desk: ErrandDesk, params: Params) -> dict[str, Any]:
    """Queues one run that makes assets.

    Args:
        desk: whose code, and what is remembered.
        params: ``assets``: keys, with a backslash before a slash inside of a part; ``partition`` (or null);
            ``partition_range``: its first and last key (or null); ``run_config``; ``tags``; ``is_dry``: only checks;
            ``launched_by``: who asks, or null.

    Returns:
        ``job``, ``assets`` (what it makes, in an order in which they can be made), ``run_id`` (null if ``is_dry``),
        ``tags``.

    Raises:
        ErrandRefusedError: it cannot be launched so; ``where`` names the part of the question.
    """
    graph = desk.repository.asset_graph
    keys = [AssetKey.from_escaped_user_string(each) for each in _texts(params, "assets")]
    partition, key_range = text_or_none(params, "partition"), _range(params)
    try:
        job = job_of_assets(desk.repository, keys)
    except DagsterInvalidSubsetError as error:
        raise ErrandRefusedError("not_found", str(error), "assets") from error
    if partition is None and key_range is None:
        partitioned = first_partitioned(graph, keys)
        if partitioned is not None:
            text = f"asset {partitioned.to_user_string()!r} has partitions: say which one, or start a backfill"
            raise ErrandRefusedError("bad_request", text, "partition")
    config, tags = _with_partitions(desk, job, params, partition, key_range)
    if key_range is not None:
        few = first_of_few(graph, keys)
        if few is not None:
            text = (
                f"asset {few[0].to_user_string()!r} makes {few[1]:,} partition{'s' if few[1] > 1 else ''} in a run; "
                "start a backfill, which makes as many runs as are needed"
            )
            raise ErrandRefusedError("bad_request", text, "partition_range")
    made = [each.to_escaped_user_string() for each in graph.upstream_first(keys)]
    return {"job": job.name, "assets": made, "tags": dict(tags), **_launched(desk, job, config, tags, params)}


@changes
def launch_checks(desk: ErrandDesk, params: Params) -> dict[str, Any]:
    """Queues one run that executes checks of an asset, without making it.

    Args:
        desk: whose code, and what is remembered.
        params: ``asset``: its key; ``names``: which checks; ``partition``: which one they look at (or null);
            ``is_dry``: only looks whether it could be; ``launched_by``: who asks, or null.

    Returns:
        ``job``, ``run_id`` (null if ``is_dry``).

    Raises:
        ErrandRefusedError: it cannot be launched so.
    """
    key = AssetKey.from_escaped_user_string(text_of(params, "asset"))
    checks = [AssetCheckKey(key, name) for name in _texts(params, "names")]
    try:
        job = job_of_checks(desk.repository, checks)
    except DagsterInvalidSubsetError as error:
        raise ErrandRefusedError("not_found", str(error), "names") from error
    partition = text_or_none(params, "partition")
    config, tags = _with_partitions(desk, job, params, partition, None)
    return {"job": job.name, **_launched(desk, job, config, tags, params)}


def _launched(
    desk: ErrandDesk, job: JobDefinition, config: Mapping[str, Any], tags: Mapping[str, str], params: Params
) -> dict[str, Any]:
    try:
        if params.get("is_dry"):
            resolve_run_config(job, config)
            return {"run_id": None}
        signed = tags_of_person(tags, text_or_none(params, "launched_by"))
        run = queue_assets(job, desk.instance, desk.location_name, config, signed)
    except DagsterInvalidConfigError as error:
        raise ErrandRefusedError("bad_request", str(error), "run_config") from error
    except ParameterCheckError as error:
        raise ErrandRefusedError("bad_request", str(error), "tags") from error
    return {"run_id": run.run_id}


def _with_partitions(
    desk: ErrandDesk,
    job: JobDefinition,
    params: Params,
    partition: str | None,
    key_range: PartitionKeyRange | None,
) -> tuple[Mapping[str, Any], Mapping[str, str]]:
    config, tags = _mapping(params, "run_config"), _mapping(params, "tags")
    if not all(isinstance(each, str) for each in tags.values()):
        raise ErrandRefusedError("bad_request", "the values of tags have to be texts", "tags")
    if partition is not None and key_range is not None:
        raise ErrandRefusedError("bad_request", "give a partition or a range of them, not both", "partition_range")
    where = "partition" if key_range is None else "partition_range"
    try:
        if key_range is not None:
            found = range_request(job, key_range, tags, desk.instance)
            if found is None:
                raise ErrandRefusedError("bad_request", "nothing that is selected has partitions", where)
            return config, found
        if partition is not None:
            return partition_run(job, partition, config, tags, desk.instance)
    except (CheckError, DagsterInvalidInvocationError, DagsterUnknownPartitionError) as error:
        raise ErrandRefusedError("bad_request", str(error), where) from error
    return config, tags


def _range(params: Params) -> PartitionKeyRange | None:
    given = params.get("partition_range")
    if given is None:
        return None
    if not isinstance(given, Sequence) or len(given) != 2 or not all(isinstance(each, str) for each in given):
        raise ErrandRefusedError("bad_request", "a range is its first and its last key", "partition_range")
    return PartitionKeyRange(*given)


def _texts(params: Params, name: str) -> list[str]:
    given = params.get(name)
    if not isinstance(given, list) or not given or not all(isinstance(each, str) for each in given):
        raise ErrandRefusedError("bad_request", f"{name} has to be a list of texts", name)
    return given


def _mapping(params: Params, name: str) -> dict[str, Any]:
    given = params.get(name) or {}
    if not isinstance(given, dict):
        raise ErrandRefusedError("bad_request", f"{name} has to be an object", name)
    return given
