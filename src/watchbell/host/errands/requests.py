"""An errand: runs that a preview showed are queued after all, as if a person had launched them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from watchbell.declare.run_config import resolve_run_config
from watchbell.ground.errors import DagsterError
from watchbell.ground.ids import new_run_id
from watchbell.ground.masking import MASK
from watchbell.ground.suggest import did_you_mean
from watchbell.host.errands.desk import ErrandDesk, ErrandRefusedError, Params, changes, text_or_none
from watchbell.record.asset_check_key import AssetCheckKey
from watchbell.record.keys import AssetKey
from watchbell.record.partition import PARTITION_TAG
from watchbell.record.run import CODE_LOCATION_TAG, DagsterRun, DagsterRunStatus
from watchbell.record.run_origin import tags_of_person

REQUESTS_MAX = 500


@changes
def launch_requests(desk: ErrandDesk, params: Params) -> dict[str, Any]:
    """Queues the runs of requests, all of them or none. Their run keys stay free, and no cursor moves.

    Args:
        desk: whose code, and what is remembered.
        params: ``requests``: as :func:`~watchbell.host.errands.automations.preview_schedule` tells them, at most 500;
            ``who``: who launches them.

    Returns:
        ``run_ids``.

    Raises:
        ErrandRefusedError: one of them could not start so; ``where`` names it.
    """
    requests = params.get("requests")
    if not isinstance(requests, list) or not 0 < len(requests) <= REQUESTS_MAX:
        raise ErrandRefusedError("bad_request", f"requests is a list of 1 to {REQUESTS_MAX} requests", "requests")
    who = text_or_none(params, "who") or ""
    runs = [_run(desk, each, who, f"requests.{place}") for place, each in enumerate(requests)]
    desk.instance.store.add_runs(runs, desk.clock.now())
    return {"run_ids": [run.run_id for run in runs]}


def _run(desk: ErrandDesk, request: Any, who: str, where: str) -> DagsterRun:
    if not isinstance(request, Mapping):
        raise ErrandRefusedError("bad_request", "a request is an object", where)
    name, names = request.get("job"), desk.repository.job_names
    if not isinstance(name, str) or name not in names:
        hint = did_you_mean(str(name), names)
        raise ErrandRefusedError("not_found", f"there is no job {str(name)[:200]!r}{hint}", f"{where}.job")
    config, tags = _mapping(request, "run_config", where), _mapping(request, "tags", where)
    if MASK in json.dumps([config, tags], default=str, ensure_ascii=False):
        text = "it holds a secret of the test, which is masked here; launch it from the launchpad"
        raise ErrandRefusedError("bad_request", text, f"{where}.run_config")
    assets = _texts(request, "asset_selection", where)
    checks = _texts(request, "asset_checks", where)
    partition = request.get("partition_key")
    if assets is None and checks is None:
        try:
            resolve_run_config(desk.repository.get_job(name), config)
        except DagsterError as error:
            raise ErrandRefusedError("bad_request", str(error), f"{where}.run_config") from error
    return DagsterRun(
        job_name=name,
        run_id=new_run_id(),
        run_config=config,
        status=DagsterRunStatus.QUEUED,
        tags={
            **tags_of_person({str(key): str(value) for key, value in tags.items()}, who),
            CODE_LOCATION_TAG: desk.location_name,
            **({PARTITION_TAG: partition} if isinstance(partition, str) else {}),
        },
        asset_selection=None if assets is None else frozenset(map(AssetKey.from_user_string, assets)),
        asset_check_selection=None if checks is None else frozenset(map(AssetCheckKey.from_user_string, checks)),
        location_name=desk.location_name,
    )


def _mapping(request: Mapping[str, Any], name: str, where: str) -> Mapping[str, Any]:
    value = request.get(name) or {}
    if not isinstance(value, Mapping):
        raise ErrandRefusedError("bad_request", f"{name} has to be an object", f"{where}.{name}")
    return value


def _texts(request: Mapping[str, Any], name: str, where: str) -> Sequence[str] | None:
    value = request.get(name)
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise ErrandRefusedError("bad_request", f"{name} has to be a list of texts", f"{where}.{name}")
    return value
