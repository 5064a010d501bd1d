"""``/api/automations``: schedules, sensors and conditions: how they are, and what people switch."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import Query

from watchbell.automate.due import jitter_offset
from watchbell.automate.fire_times import fire_times
from watchbell.ground.cron_words import cron_words
from watchbell.ground.errors import DagsterError
from watchbell.record.automation_policy import AutomationPolicy
from watchbell.record.labels import SIMULATE_TAG, labels_json
from watchbell.record.selectors import MonitoredRuns
from watchbell.record.snapshot import ScheduleSnapshot, SensorSnapshot
from watchbell.record.tick import AutomationKey, AutomationKind
from watchbell.services.cursor_meaning import cursor_meaning
from watchbell.services.switching import MissedTimes, Wish, missed_of, switch
from watchbell.web.audit import AuditNoteOf
from watchbell.web.automation_rows import RANKS, Known, all_known, cron_of, one_known, rows_of, sort_key
from watchbell.web.code_places import places_in
from watchbell.web.problem import Problem, missing
from watchbell.web.query.automations import AUTOMATION_QUERY
from watchbell.web.query.language import Around
from watchbell.web.query.text import quoted
from watchbell.web.routing import api_router
from watchbell.web.shapes.automations import (
    AutomationDetail,
    AutomationGroup,
    AutomationGroups,
    AutomationPage,
    CronShape,
    CursorShape,
    FireShape,
    Kind,
    MissedShape,
    PolicyShape,
    StateName,
    SwitchAsk,
    SwitchManyAnswer,
    SwitchManyAsk,
    SwitchOutcome,
)
from watchbell.web.shapes.shape import Cursor, Total, WithTotal
from watchbell.web.view import View, ViewOf

router = api_router()

ROWS_MAX = 500
FIRES_SHOWN = 10
Filter = Annotated[str, Query(max_length=4_000, description="a filter, as `state:failing location:shop`")]
Sort = Literal[
    "state", "-state", "name", "-name", "last", "-last", "next", "-next", "location", "-location", "kind", "-kind"
]
CURSOR_FIXED = (
    "it belongs to what is stored of each condition; without it all of them begin anew, as if evaluated for the first "
    "time"
)


@router.get("/automations")
def list_automations(
    view: ViewOf,
    q: Filter = "",
    sort: Sort = "state",
    limit: Annotated[int, Query(ge=1, le=ROWS_MAX, description="how many items at most")] = 100,
    cursor: Cursor = None,
    with_total: WithTotal = False,
) -> AutomationPage:
    """Schedules, sensors and conditions, those that need somebody first."""
    known, now = all_known(view), view.now()
    found = _fitting(known, q, view)
    ordered = sorted(((sort_key(each, sort, now), each) for each in found), key=lambda pair: pair[0])
    if sort.startswith("-"):
        ordered.reverse()
    if cursor is not None:
        after = _place(cursor, len(ordered[0][0]) if ordered else 0)
        is_down = sort.startswith("-")
        ordered = [pair for pair in ordered if (pair[0] < after if is_down else pair[0] > after)]
    page = ordered[:limit]
    return AutomationPage(
        items=rows_of(view, [each for _, each in page]),
        next_cursor=_cursor(page[-1][0]) if len(ordered) > limit else None,
        total=Total(count=len(found)) if with_total else None,
        counts=_counts(known),
        locations=[each.name for each in view.locations()],
        at=now,
    )


@router.get("/automation-groups")
def list_automation_groups(
    view: ViewOf, by: Literal["location", "kind", "target", "owner"] = "location", q: Filter = ""
) -> AutomationGroups:
    """What schedules and sensors have in common; groups with failing ones first."""
    groups: dict[str, list[Known]] = {}
    for each in _fitting(all_known(view), q, view):
        for name in _names(each, by) or [""]:
            groups.setdefault(name, []).append(each)
    items = [
        AutomationGroup(
            name=name,
            query=f"{by}:{quoted(name)}" if name else "",
            count=len(members),
            states=_counts(members),
        )
        for name, members in groups.items()
    ]
    items.sort(key=lambda group: (min(RANKS[state] for state, count in group.states.items() if count), group.name))
    return AutomationGroups(items=items, at=view.now())


@router.get("/automations/{kind}/{location}/{name}")
def get_automation(kind: Kind, location: str, name: str, view: ViewOf) -> AutomationDetail:
    """One schedule or sensor: its terms, where it stands, when it ticks next."""
    key, snapshot = found_automation(view, kind, location, name)
    known = one_known(view, key, snapshot)
    [row] = rows_of(view, [known])
    state, now = known.state, view.now()
    missed = missed_of(snapshot, state, now, view.instance.settings.max_catchup_runs)
    schedule = snapshot if isinstance(snapshot, ScheduleSnapshot) else None
    sensor = snapshot if isinstance(snapshot, SensorSnapshot) else None
    return AutomationDetail(
        row=row,
        cron=[CronShape(text=text, words=cron_words(text)) for text in schedule.cron] if schedule else [],
        interval_seconds=sensor.minimum_interval_seconds if sensor else None,
        policy=_policy(snapshot.policy),
        watches=watch_texts(sensor) if sensor else [],
        looks_after=list(sensor.looks_after) if sensor else [],
        looks_after_count=sensor.looks_after_count if sensor else 0,
        makes=list(snapshot.makes),
        makes_count=snapshot.makes_count,
        metadata=labels_json(snapshot)["metadata"],
        cursor=cursor_shape(view, sensor, state.cursor) if sensor else None,
        next=_fires(view, key, schedule) if schedule else [],
        missed=_missed(missed),
        effective_at=state.effective_at,
        changed_at=state.changed_at,
        failures_in_row=state.failures_in_row,
        last_run_key=state.last_run_key,
        is_simulated=sensor is None or sensor.sensor_type != "STANDARD" or sensor.tags.get(SIMULATE_TAG) == "true",
        code_place=places_in(view.locations(), key.location_name)(snapshot.code),
        at=now,
    )


@router.post("/automations/{kind}/{location}/{name}/switch")
def switch_automation(kind: Kind, location: str, name: str, ask: SwitchAsk, view: ViewOf) -> SwitchOutcome:
    """Turns one on or off, resets it to its code, pauses it or lets it go on."""
    key, snapshot = found_automation(view, kind, location, name)
    return _switched(view, one_known(view, key, snapshot), _wish(ask), is_dry=False)


@router.post("/automations/switch")
def switch_automations(ask: SwitchManyAsk, view: ViewOf, note: AuditNoteOf) -> SwitchManyAnswer:
    """The same with several, or all that fit a filter; says of each what came of it."""
    known = all_known(view)
    if ask.items is None:
        wanted = _fitting(known, ask.q, view)
    else:
        by_place = {(each.kind, each.key.location_name, each.key.name): each for each in known}
        places = [(each.kind, each.location, each.name) for each in ask.items]
        lost = [place for place in places if place not in by_place]
        if lost:
            raise missing(lost[0][0], lost[0][2], "the code in use does not define it")
        wanted = [by_place[place] for place in dict.fromkeys(places)]
    wish = _wish(ask)
    items = [_switched(view, each, wish, is_dry=ask.dry_run) for each in wanted]
    counts = Counter(each.outcome for each in items)
    note.about(ask.q if ask.items is None else f"{len(wanted)} automations", act=ask.act, changed=counts["changed"])
    return SwitchManyAnswer(
        items=items, changed=counts["changed"], unchanged=counts["unchanged"], failed=counts["failed"]
    )


# ------------------------------------------------------------------- shared


def found_automation(
    view: View, kind: Kind, location: str, name: str
) -> tuple[AutomationKey, ScheduleSnapshot | SensorSnapshot]:
    """The key and the definition of an automation.

    Raises:
        Problem: 404, the code in use does not define it.
    """
    of_kind = AutomationKind.SCHEDULE if kind == "schedule" else AutomationKind.SENSOR
    found = view.definition(of_kind, name, location)
    if found is None:
        raise missing(kind, name, f"the code in use of location {location[:200]!r} does not define it")
    return found


def cursor_shape(view: View, snapshot: SensorSnapshot, cursor: str | None) -> CursorShape:
    """A sensor's cursor, with what it means."""
    return CursorShape(
        text=cursor,
        meaning=cursor_meaning(view.store, snapshot, cursor, view.now()),
        why_fixed=CURSOR_FIXED if snapshot.sensor_type == "AUTOMATION" else None,
    )


def watch_texts(snapshot: SensorSnapshot) -> list[str]:
    """What wakes a sensor, line by line."""
    if snapshot.asset_keys is not None:
        each = "every materialization of" if snapshot.every_event else "the newest materialization of"
        return [f"{each} {key.to_user_string()}" for key in snapshot.asset_keys]
    if not snapshot.run_statuses:
        return []
    statuses = " or ".join(status.value for status in snapshot.run_statuses)
    if snapshot.monitors_all_locations:
        return [f"runs of all code locations that become {statuses}"]
    if snapshot.monitored_runs:
        return [f"runs that become {statuses}: {each}" for each in map(_monitored, snapshot.monitored_runs)]
    if snapshot.monitored_jobs is not None:
        return [f"runs of {job} that become {statuses}" for job in snapshot.monitored_jobs]
    return [f"runs of its code location that become {statuses}"]


def _monitored(runs: MonitoredRuns) -> str:
    return f"{'all jobs' if runs.job_name is None else runs.job_name} of {runs.location_name}"


def _fitting(known: Sequence[Known], q: str, view: View) -> list[Known]:
    clauses = AUTOMATION_QUERY.read(q, Around(view.now()))
    return [each for each in known if all(holds(each) for holds in clauses)]


def _counts(known: Sequence[Known]) -> dict[StateName, int]:
    counts = Counter(each.state_name for each in known)
    return {state: counts[state] for state in RANKS}


def _names(known: Known, by: str) -> list[str]:
    match by:
        case "location":
            return [known.key.location_name]
        case "kind":
            return [known.type_name]
        case "target":
            return known.jobs
    return list(known.snapshot.owners)


def _fires(view: View, key: AutomationKey, snapshot: ScheduleSnapshot) -> list[FireShape]:
    offset = jitter_offset(key, snapshot.policy)
    fires = fire_times(
        cron_of(snapshot), after=view.now() - offset, count=FIRES_SHOWN, jitter_seconds=offset.total_seconds()
    )
    return [FireShape(at=each.at, ticks_at=each.ticks_at, marks=list(each.marks)) for each in fires]


def _policy(policy: AutomationPolicy) -> PolicyShape:
    return PolicyShape(
        catchup=policy.catchup.value,
        catchup_window_seconds=policy.catchup_window_seconds,
        overlap=policy.overlap.value,
        jitter_seconds=policy.jitter_seconds,
        timeout_seconds=policy.timeout_seconds,
        run_key_ttl_seconds=policy.run_key_ttl_seconds,
    )


def _missed(missed: MissedTimes | None) -> MissedShape | None:
    if missed is None:
        return None
    return MissedShape(
        count=missed.count, is_more=missed.is_more, latest_at=missed.latest_at, by_policy=missed.by_policy
    )


def _wish(ask: SwitchAsk) -> Wish:
    if ask.act == "pause" and ask.until is None:
        raise Problem(422, "invalid-request", "until: a pause needs its end, a time with an offset", where="until")
    return Wish(ask.act, ask.until, ask.reason, ask.catch_up)


def _switched(view: View, known: Known, wish: Wish, *, is_dry: bool) -> SwitchOutcome:
    was_on = is_on = known.is_turned_on
    outcome: Literal["changed", "unchanged", "failed"] = "failed"
    missed: MissedTimes | None = None
    most = view.instance.settings.max_catchup_runs
    try:
        done = switch(view.store, known.snapshot, known.key, wish, view.now(), is_dry=is_dry, max_catchup_runs=most)
        missed = done.missed
        outcome, text = "changed" if done.is_changed else "unchanged", done.text
        is_on = Known(known.key, known.snapshot, done.state, known.newest).is_turned_on
    except DagsterError as error:
        text = str(error)
    return SwitchOutcome(
        kind=known.kind,
        location=known.key.location_name,
        name=known.key.name,
        outcome=outcome,
        text=text,
        was_on=was_on,
        is_on=is_on,
        missed=_missed(missed),
    )


def _cursor(key: Sequence[float | str]) -> str:
    return urlsafe_b64encode(json.dumps(key).encode()).decode()


def _place(cursor: str, length: int) -> list[Any]:
    """The place in the order that a cursor stands for.

    Raises:
        Problem: 422, it is none that this server gave out for that order.
    """
    try:
        found = json.loads(urlsafe_b64decode(cursor.encode("ascii")))
    except ValueError as error:
        raise Problem(422, "invalid-request", f"{cursor[:100]!r} is no cursor that this server gave out") from error
    is_place = isinstance(found, list) and all(isinstance(each, str | int | float) for each in found)
    kinds_fit = is_place and (length in {0, len(found)}) and all(isinstance(each, str) for each in found[-4:])
    if not kinds_fit:
        raise Problem(422, "invalid-request", "this cursor belongs to another order of the list")
    return list(found)
