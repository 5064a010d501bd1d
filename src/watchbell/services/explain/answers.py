"""Explanations as plain values: of what is remembered alone, or with the code at hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import MAXYEAR, MINYEAR, UTC, datetime
from typing import Any

from watchbell.automate.explain.asset import explain_asset
from watchbell.automate.explain.explanation import Explanation
from watchbell.automate.explain.schedule import explain_schedule
from watchbell.automate.explain.sensor import explain_sensor
from watchbell.ground.zones import zone_named
from watchbell.instance import DagsterInstance
from watchbell.record.tick import AutomationKind
from watchbell.services.explain.asset import AssetQuestion, asset_facts
from watchbell.services.explain.automation import schedule_facts, sensor_facts
from watchbell.services.explain.place import Code

Answer = Mapping[str, Any]


def moment_of(at: str | None, zone: str = "UTC") -> datetime | None:
    """A time as people or programs give it.

    Args:
        at: ISO; None: no time.
        zone: in which it is if it has no offset.

    Raises:
        ValueError: it is no time.
    """
    if at is None:
        return None
    found = datetime.fromisoformat(at)
    if not MINYEAR < found.year < MAXYEAR:  # in another zone it may lie beyond the years there are
        raise ValueError(f"nothing ran in the year {found.year}")
    if found.tzinfo is None:
        found = found.replace(tzinfo=UTC if zone == "UTC" else zone_named(zone))
    return found.astimezone(UTC)


def automation_answer(
    code: Code, instance: DagsterInstance, kind: AutomationKind, name: str, location_name: str, at: str | None
) -> Answer:
    """Why a schedule or sensor ran or did not.

    Args:
        code: what is at hand of it.
        instance: where to look.
        kind: which of the two.
        name: its name.
        location_name: its code location.
        at: ISO time; without an offset in the schedule's zone, a sensor's in UTC. None: the last time.

    Raises:
        DagsterError: nothing is known of it.
        ValueError: ``at`` is no time.
    """
    if kind is AutomationKind.SENSOR:
        asked = moment_of(at)
        sensor = sensor_facts(code, instance, name, location_name, asked)
        return _told(explain_sensor(sensor), "UTC", asked)
    schedule = schedule_facts(code, instance, name, location_name, None)
    asked = moment_of(at, schedule.zone)
    if asked is not None:
        schedule = schedule_facts(code, instance, name, location_name, asked)
    return _told(explain_schedule(schedule), schedule.zone, asked)


def asset_answer(code: Code, instance: DagsterInstance, asked: AssetQuestion) -> Answer:
    """Why an asset, a check or a job was asked for by its condition or was not.

    Args:
        code: what is at hand of it.
        instance: where to look.
        asked: what is asked.

    Raises:
        DagsterError: nothing is known of it, or of its partition.
    """
    facts = asset_facts(lambda is_needed: code, instance, asked)
    evaluation = facts.evaluation
    number = None if evaluation is None or facts.is_live else evaluation.evaluation_id
    found = _told(explain_asset(facts), "UTC", asked.asked_at)
    return {
        **found,
        "evaluation_id": number,
        "evaluated_at": None if evaluation is None else datetime.fromtimestamp(evaluation.at, UTC).isoformat(),
        "has_condition": facts.has_condition,
    }


def at_once_past(asked: AssetQuestion) -> AssetQuestion:
    """The same about the end of its millisecond: times that people are shown are not more exact than that."""
    if asked.asked_at is None:
        return asked
    return replace(asked, asked_at=asked.asked_at.replace(microsecond=asked.asked_at.microsecond // 1000 * 1000 + 999))


def _told(explanation: Explanation, zone: str, asked_at: datetime | None) -> dict[str, Any]:
    at = None if asked_at is None else asked_at.isoformat()
    return {**explanation.as_json(), "zone": zone, "asked_at": at}
