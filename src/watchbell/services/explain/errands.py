"""Errands that explain, with the code at hand: why a schedule, a sensor or an asset ran or did not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from watchbell.ground.errors import DagsterInvalidSubsetError, DagsterUnknownPartitionError
from watchbell.host.errands.desk import ErrandDesk, ErrandRefusedError, Params, text_of, text_or_none
from watchbell.host.places import Place
from watchbell.record.tick import AutomationKind
from watchbell.services.explain.answers import Answer, asset_answer, at_once_past, automation_answer, moment_of
from watchbell.services.explain.asset import AssetQuestion
from watchbell.services.explain.place import Code


def explain_schedule(desk: ErrandDesk, params: Params) -> Answer:
    """Why a schedule ran or did not.

    Args:
        desk: whose code, and what is remembered.
        params: ``name``; ``at``: an ISO time, without an offset in the schedule's zone; null: the last time.

    Returns:
        What :meth:`~watchbell.automate.explain.explanation.Explanation.as_json` has, with ``zone`` and ``asked_at``.

    Raises:
        ErrandRefusedError: there is no such schedule or time.
    """
    return _automation(desk, params, AutomationKind.SCHEDULE)


def explain_sensor(desk: ErrandDesk, params: Params) -> Answer:
    """Why a sensor asked for runs or did not; as :func:`explain_schedule`, times without an offset in UTC."""
    return _automation(desk, params, AutomationKind.SENSOR)


def explain_asset(desk: ErrandDesk, params: Params) -> Answer:
    """Why an asset, a check or a job was asked for by its condition, or was not.

    Args:
        desk: whose code, and what is remembered.
        params: ``name``: its user string; ``partition``: a key, or null; ``at``: an ISO time, or null for now;
            ``now``: whether its condition is evaluated for this question; nothing is stored then either.

    Returns:
        As :func:`explain_schedule`, with ``evaluation_id``, ``evaluated_at`` and ``has_condition``.

    Raises:
        ErrandRefusedError: there is no such asset, partition or time.
    """
    name, partition = text_of(params, "name"), text_or_none(params, "partition")
    asked_at = _moment(text_or_none(params, "at"))
    is_now = params.get("now") is True
    asked = at_once_past(AssetQuestion(name, partition, asked_at, desk.location_name, is_now))
    with _refusals():
        return asset_answer(_code(desk), desk.instance, asked)


def _automation(desk: ErrandDesk, params: Params, kind: AutomationKind) -> Answer:
    name, at = text_of(params, "name"), text_or_none(params, "at")
    _moment(at)
    with _refusals():
        return automation_answer(_code(desk), desk.instance, kind, name, desk.location_name, at)


def _code(desk: ErrandDesk) -> Code:
    return Code((Place(desk.location_name, desk.repository),))


def _moment(at: str | None) -> datetime | None:
    try:
        return moment_of(at)
    except (ValueError, OverflowError) as error:
        raise ErrandRefusedError("bad_request", f"{at!r:.100} is no time: {error}", "at") from error


@contextmanager
def _refusals() -> Iterator[None]:
    """Says of a name that nobody knows that it lies in the question."""
    try:
        yield
    except DagsterInvalidSubsetError as error:
        raise ErrandRefusedError("not_found", str(error), "name") from error
    except DagsterUnknownPartitionError as error:
        raise ErrandRefusedError("bad_request", str(error), "partition") from error
