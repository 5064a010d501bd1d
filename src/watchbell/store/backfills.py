"""Backfills and their parts: stored whole, and moved on together with the runs and ticks they cause."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

from watchbell.ground.errors import DagsterInvariantViolationError
from watchbell.ground.wire import dumps, loads
from watchbell.record.backfill import (
    PART_TAG,
    Backfill,
    BackfillCommit,
    BackfillPace,
    BackfillPart,
    BackfillStatus,
    BackfillTick,
    CommittedBackfill,
    PartCell,
    PartMove,
    PartState,
    label_of,
    needs_ranges,
)
from watchbell.record.partition import BACKFILL_TAG, PARTITION_TAG
from watchbell.record.request import TAG_VALUE_BYTES_MAX, check_tags, check_text
from watchbell.record.run import DagsterRun, DagsterRunStatus
from watchbell.record.tick import TickStatus
from watchbell.store import runs, ticks
from watchbell.store.session import Row, Session
from watchbell.store.statements import Params, Pieces

PARTS_MAX = 1_000_000
"""Parts of one backfill (count)."""
NOTE_LENGTH_MAX = 1_000
"""Characters kept of a note."""
PACE_RUNS_MAX = 20_000
"""Of so many of the home's newest runs it is looked how fast those of backfills end (count)."""
HAS_ITS_TICK = "this time of the schedule has its tick already"
RUN_DELETED = "its run was deleted"

_BODY_FIELDS = (
    "title", "description", "asked", "schedule_name", "newest_first", "tags", "created_by", "definitions", "targets",
)  # fmt: skip
_DEFAULTS = {each.name: each.default for each in fields(Backfill)}
_encode = json.JSONEncoder(ensure_ascii=False).encode

# ---------------------------------------------------------------------- adding


def check(backfill: Backfill, parts: Sequence[BackfillPart]) -> None:
    """Refuses what must not be stored, before anything is.

    Raises:
        DagsterInvariantViolationError: the parts make no sense.
        ParameterCheckError: a name, tag or partition is no storable text.
    """
    check_text(backfill.backfill_id, "backfill_id")
    for member in ("title", "description", "asked", "created_by"):
        check_text(getattr(backfill, member), member, TAG_VALUE_BYTES_MAX)
    check_tags(backfill.tags, f"tags of backfill {backfill.backfill_id}")
    for target in backfill.targets:
        check_text(target.location_name, "location_name")
        check_text(target.job_name, "job_name")
        check_tags(target.tags)
        for name in target.dimensions:
            check_text(f"{PARTITION_TAG}/{name}", f"the tag of dimension {name[:100]!r}")
    if not 0 < len(parts) <= PARTS_MAX:
        raise DagsterInvariantViolationError(
            f"backfill {backfill.backfill_id!r} has {len(parts):,} parts; from 1 to {PARTS_MAX:,} are accepted. Let "
            "one run make a range of partitions (BackfillPolicy.single_run, or max_partitions_per_run)"
            if parts
            else f"backfill {backfill.backfill_id!r} has no parts: there is nothing to run"
        )
    known: dict[str, int] = {"": -1}
    for place, part in enumerate(parts):
        if part.number != place or not 0 <= part.target < len(backfill.targets):
            raise DagsterInvariantViolationError(
                f"part {place} of backfill {backfill.backfill_id!r} has number {part.number} and target {part.target}; "
                f"expected number {place}, and a target from 0 to {len(backfill.targets) - 1}"
            )
        last = known.get(part.needs)
        if last is None:
            last = known[part.needs] = _last_needed(part)
        if last >= place:
            raise DagsterInvariantViolationError(
                f"part {place} of backfill {backfill.backfill_id!r} needs part {last}, which does not come before it"
            )
        for key in (part.partition_key, part.last_partition_key):
            if key is not None:
                check_text(key, "partition_key", TAG_VALUE_BYTES_MAX)
        if part.tags:
            check_tags(part.tags)


def _last_needed(part: BackfillPart) -> int:
    try:
        return needs_ranges(part.needs)[-1][1]
    except ValueError as error:
        raise DagsterInvariantViolationError(f"part {part.number}: {error}") from None


def add(session: Session, backfill: Backfill, parts: Sequence[BackfillPart]) -> Backfill:
    """Stores a backfill with all its parts.

    Raises:
        DagsterInvariantViolationError: the id is taken.
    """
    if session.row("backfill", backfill_name=backfill.backfill_id) is not None:
        raise DagsterInvariantViolationError(f"a backfill with id {backfill.backfill_id!r} is stored already")
    number = session.take_numbers("backfills", 1)
    session.run(
        "new_backfill",
        id=number,
        backfill_id=backfill.backfill_id,
        status=backfill.status.value,
        version=1,
        run_limit=backfill.max_concurrent_runs,
        note=_note(backfill.note) or "",
        created_at=backfill.created_at.timestamp(),
        ended_at=None,
        body=_body(backfill),
    )
    session.run_many("new_part", (_part_row(number, part) for part in parts))
    return replace(backfill, version=1, storage_id=number, counts=counts(session, number))


def _body(backfill: Backfill) -> str:
    return dumps({name: getattr(backfill, name) for name in _BODY_FIELDS if getattr(backfill, name) != _DEFAULTS[name]})


def _part_row(backfill: int, part: BackfillPart) -> tuple[object, ...]:
    more = None
    if part.run_config is not None or part.tags:
        more = dumps([part.run_config, dict(part.tags)])
    return (
        backfill, part.number, part.state.value, part.attempt, " ".join(part.run_ids) or None, _note(part.note),
        part.target, part.partition_key, part.last_partition_key,
        None if part.scheduled_at is None else part.scheduled_at.timestamp(), part.needs or None, more,
    )  # fmt: skip


# --------------------------------------------------------------------- reading


def one(session: Session, backfill_id: str) -> Backfill | None:
    """One backfill with its counts, None if there is none."""
    row = session.row("backfill", backfill_name=backfill_id)
    if row is None:
        return None
    return replace(_backfill(row), counts=counts(session, row[0]))


def conditions_of(
    statuses: Collection[BackfillStatus] | None, texts: Collection[str] = (), before_id: int | None = None
) -> list[tuple[str, Params]]:
    """What backfills have to fulfil, as pieces of a statement."""
    wanted: list[tuple[str, Params]] = []
    if statuses is not None:
        wanted.append(("backfill_status_in", {"statuses": sorted(each.value for each in statuses)}))
    for text in texts:
        # As it stands inside of a text of JSON; the signs that LIKE takes for others are escaped.
        inside = _encode(text)[1:-1]
        escaped = inside.replace("!", "!!").replace("%", "!%").replace("_", "!_")
        wanted.append(("backfill_body_has", {"pattern": f"%{escaped}%"}))
    if before_id is not None:
        wanted.append(("backfill_before_id", {"before_id": before_id}))
    return wanted


def find(
    session: Session, wanted: Sequence[tuple[str, Params]], *, limit: int | None, with_counts: bool
) -> list[Backfill]:
    """Backfills, newest first; ``wanted`` is from :func:`conditions_of`."""
    rows = session.select(Pieces("select_backfills", wanted, "backfill_order", descending=True, limit=limit))
    found = [_backfill(row) for row in rows]
    if not with_counts:
        return found
    by_number: dict[int, dict[PartState, int]] = {each.storage_id: {} for each in found}
    for number, state, count in session.run_in("count_parts_of", "backfills", list(by_number)):
        by_number[number][PartState(state)] = count
    return [replace(each, counts=by_number[each.storage_id]) for each in found]


def cells(session: Session, backfill: int, limit: int) -> list[PartCell]:
    """Parts of a backfill as a grid shows them, in the order of their numbers."""
    found = []
    for number, state, target, first, last, scheduled in session.rows(
        "cells_of_backfill", backfill_now=backfill, most=limit
    ):
        at = None if scheduled is None else datetime.fromtimestamp(scheduled, UTC)
        found.append(PartCell(number, PartState(state), target, label_of(first, last, at)))
    return found


def paces(session: Session, backfill_ids: Collection[str], since: datetime) -> dict[str, BackfillPace]:
    """How fast runs of backfills ended since then, by id; those without one left out."""
    ids = {runs.lookup_of(each): each for each in backfill_ids}
    rows = session.run_in(
        "ends_of_backfills",
        "lookups",
        list(ids),
        tag_now=BACKFILL_TAG,
        after_number=session.last_number("runs") - PACE_RUNS_MAX,
        since=since.timestamp(),
    )
    return {
        ids[lookup]: BackfillPace(count, datetime.fromtimestamp(first, UTC))
        for lookup, count, first in rows
        if first is not None
    }


def counts(session: Session, backfill: int) -> dict[PartState, int]:
    """Parts by state."""
    return {PartState(state): count for state, count in session.rows("count_parts", backfill_now=backfill)}


def parts(
    session: Session,
    backfill: int,
    *,
    states: Collection[PartState] | None,
    after: int | None,
    limit: int | None,
) -> list[BackfillPart]:
    """Parts of a backfill in the order of their numbers."""
    wanted: list[tuple[str, Params]] = [("part_backfill_is", {"backfill_now": backfill})]
    if states is not None:
        wanted.append(("part_state_in", {"states": sorted(each.value for each in states)}))
    if after is not None:
        wanted.append(("part_after", {"after": after}))
    return [_part(row) for row in session.select(Pieces("select_parts", wanted, "part_order", limit=limit))]


def _backfill(row: Row) -> Backfill:
    number, backfill_id, status, version, run_limit, note, created, ended, body = row
    said: dict[str, Any] = loads(body)
    said["targets"] = tuple(said["targets"])
    return Backfill(
        backfill_id,
        created_at=datetime.fromtimestamp(created, UTC),
        status=BackfillStatus(status),
        version=version,
        max_concurrent_runs=run_limit,
        note=note,
        ended_at=None if ended is None else datetime.fromtimestamp(ended, UTC),
        storage_id=number,
        **said,
    )


def _part(row: Row) -> BackfillPart:
    number, state, attempt, run_ids, note, target, first, last, scheduled, needs, more = row
    run_config, tags = (None, {}) if more is None else loads(more)
    return BackfillPart(
        number,
        target,
        first,
        last,
        None if scheduled is None else datetime.fromtimestamp(scheduled, UTC),
        needs or "",
        run_config,
        tags,
        PartState(state),
        attempt,
        tuple(run_ids.split(" ")) if run_ids else (),
        note or "",
    )


# -------------------------------------------------------------------- changing


def check_commit(commit: BackfillCommit) -> None:
    """Refuses runs that must not be stored, before anything is.

    Raises:
        ParameterCheckError: an id, name or tag is no storable text.
    """
    ordered = [order.run for tick in commit.ticks for order in tick.orders]
    runs.check_runs([*commit.runs, *ordered])


def change(session: Session, commit: BackfillCommit, now: datetime) -> CommittedBackfill | None:
    """Stores what changes of a backfill, its parts and their runs and ticks; None if it changed meanwhile."""
    before, after = commit.before, commit.after
    version = before.version + 1
    changed = session.run(
        "change_backfill",
        backfill_now=before.storage_id,
        version_now=before.version,
        version=version,
        status=after.status.value,
        run_limit=after.max_concurrent_runs,
        note=_note(after.note) or "",
        ended_at=None if after.ended_at is None else after.ended_at.timestamp(),
    )
    if not changed:
        return None
    if after.tags != before.tags:
        _retag(session, before, after, now)
    runs.add(session, commit.runs, now)
    moves = [*commit.moves, *(_add_tick(session, each, now) for each in commit.ticks)]
    move(session, before.storage_id, moves)
    return CommittedBackfill(replace(after, version=version), tuple(moves))


def _retag(session: Session, before: Backfill, after: Backfill, now: datetime) -> None:
    """Gives a backfill other tags, and its runs that are still queued."""
    session.run("rewrite_backfill", backfill_now=before.storage_id, body=_body(after))
    gone = [tag for tag in before.tags if tag not in after.tags]
    new = {tag: value for tag, value in after.tags.items() if before.tags.get(tag) != value}
    lookup = runs.lookup_of(before.backfill_id)
    for number, run_id, text in session.rows("queued_of_backfill", tag_now=BACKFILL_TAG, lookup_now=lookup):
        tags = {tag: value for tag, value in json.loads(text).items() if tag not in gone}
        session.run("retag_run", run=run_id, tags=_encode({**tags, **new}), updated_at=now.timestamp())
        for tag in (*gone, *new):
            session.run("forget_run_tag", run_number=number, tag_now=tag)
        session.run_many("new_run_tag", [(number, tag, runs.lookup_of(value)) for tag, value in new.items()])


def move(session: Session, backfill: int, moves: Sequence[PartMove]) -> None:
    """Moves parts on."""
    session.run_many(
        "move_part",
        [
            (each.state.value, each.attempt, " ".join(each.run_ids) or None, _note(each.note), backfill, each.number)
            for each in moves
        ],
    )


def _note(text: str) -> str | None:
    """A note that may repeat what user code said: whatever an engine would not take is replaced."""
    return text[:NOTE_LENGTH_MAX].encode("utf-8", "replace").decode().replace("\x00", "\\x00") or None


def _add_tick(session: Session, given: BackfillTick, now: datetime) -> PartMove:
    """Stores a tick of a past time with its runs; what that means for its part."""
    key, tick, slot = given.key, given.tick, given.tick.tick_at.timestamp()
    if tick.status is TickStatus.FAILURE:
        ticks.write(session, key, [tick], takes_slot=False)
        reason = tick.error.message.strip() if tick.error is not None else "its evaluation failed"
        return PartMove(given.part, PartState.FAILED, given.attempt, note=reason)
    session.run("yield_slot", automation=key.id, slot_now=slot)
    if session.row("tick_in_slot", automation=key.id, slot_now=slot) is not None:
        return PartMove(given.part, PartState.SKIPPED, given.attempt, note=HAS_ITS_TICK)
    kept, dropped = ticks.sift_run_keys(session, key, given.orders)
    stored = ticks.without_dropped(tick, dropped) if dropped else tick
    ticks.keep_run_keys(session, key, [order for order in kept if order.run_key is not None], now)
    runs.add(session, [order.run for order in kept], now)
    ticks.write(session, key, [stored])
    if not kept:
        return PartMove(
            given.part, PartState.SKIPPED, given.attempt, note=stored.skip_reason or "the schedule asked for no run"
        )
    return PartMove(given.part, PartState.RUNNING, given.attempt, tuple(order.run.run_id for order in kept))


def run_deleted(session: Session, run: DagsterRun) -> bool:
    """Moves the part of a run that is deleted; whether a backfill changed by it."""
    backfill_id, number = run.tags.get(BACKFILL_TAG), run.tags.get(PART_TAG, "")
    row = None if backfill_id is None else session.row("backfill", backfill_name=backfill_id)
    if row is None or not number.isdecimal():
        return False
    part = session.row("part_runs", backfill_now=row[0], number_now=int(number))
    if part is None or part[0] != PartState.RUNNING.value or run.run_id not in (part[2] or "").split(" "):
        return False
    left = tuple(each for each in part[2].split(" ") if each != run.run_id)
    state = PartState.RUNNING
    if run.status is not DagsterRunStatus.SUCCESS:
        state = PartState.FAILED
    elif not left:
        state = PartState.SUCCEEDED
    note = "" if state is not PartState.FAILED else RUN_DELETED
    move(session, row[0], [PartMove(int(number), state, part[1], left, note)])
    session.run("touch_backfill", backfill_now=row[0])
    return True


def run_statuses(session: Session, run_ids: Sequence[str]) -> dict[str, DagsterRunStatus]:
    """The states of these runs, those that are not there left out."""
    found = session.run_in("statuses_of_runs", "run_ids", run_ids)
    return {run_id: DagsterRunStatus(status) for run_id, status in found}
