"""Where automation conditions stand, and their evaluations: written with the tick that made them, kept for a time."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from watchbell.record.asset_job_key import JOB_TEXT
from watchbell.record.condition import ConditionCommit, ConditionEvaluation
from watchbell.record.run import DagsterRun
from watchbell.store.session import Row, Session
from watchbell.store.statements import Params, Pieces

OLD_AT_ONCE_MAX = 200
"""Evaluations that are too old and are deleted by one commit (count), so that no commit is slow."""
_LOOK_SHIFT = 26
"""One in 64 evaluations looks whether its entity has too many: those whose mixed number has only zeros above."""
_MIX = 0x9E3779B1  # spread over 32 bits, so that it is not always the same entities of a tick


def commit(session: Session, automation_id: str, given: ConditionCommit, kept_runs: Sequence[DagsterRun]) -> None:
    """Stores what an evaluation of conditions changed.

    Args:
        session: inside the transaction of the tick.
        automation_id: of the condition sensor.
        given: what changed.
        kept_runs: the runs that the tick made.
    """
    put_states(session, automation_id, given.states)
    if given.evaluations:
        _add(session, automation_id, given, kept_runs)
        _forget_old(session, max(each.at for each in given.evaluations) - given.keep_seconds)


def put_states(session: Session, automation_id: str, states: Mapping[str, str | None]) -> None:
    """Stores where evaluations stand; None: nothing is to be remembered."""
    new = []
    for entity, body in states.items():
        place = {"automation": automation_id, "entity_now": entity}
        if body is None:
            session.run("forget_condition_state", **place)
        elif not session.run("change_condition_state", **place, body=body):
            new.append((automation_id, entity, body))
    session.run_many("new_condition_state", new)


def _add(session: Session, automation_id: str, given: ConditionCommit, kept_runs: Sequence[DagsterRun]) -> None:
    evaluations = given.evaluations
    first = session.take_numbers("evaluations", len(evaluations))
    made = _runs_by_entity(kept_runs)
    known = {run.run_id for run in kept_runs}
    rows = []
    for number, each in enumerate(evaluations, first):
        said = [run_id for run_id in each.run_ids if run_id in known] if each.run_ids else made.get(each.entity, [])
        # Whoever asked for nothing has no part in the runs of others that make it, too.
        run_ids = " ".join(said) if each.requested else ""
        rows.append((number, automation_id, each.entity, each.at, each.requested, each.body, run_ids or None))
    session.run_many("new_condition_evaluation", rows)
    for number, each in enumerate(evaluations, first):
        if (number * _MIX & 0xFFFFFFFF) >> _LOOK_SHIFT == 0:
            beyond = session.row("nth_newest_evaluation", entity_now=each.entity, place=given.keep_count)
            if beyond is not None:
                session.run("forget_evaluations_to", entity_now=each.entity, id_now=beyond[0])


def _runs_by_entity(kept_runs: Sequence[DagsterRun]) -> dict[str, list[str]]:
    made: dict[str, list[str]] = {}
    for run in kept_runs:
        for key in run.asset_selection or ():
            made.setdefault(key.to_user_string(), []).append(run.run_id)
        for check in run.asset_check_selection or ():
            made.setdefault(check.to_user_string(), []).append(run.run_id)
        if run.asset_selection is None:
            made.setdefault(f"{JOB_TEXT}{run.job_name}", []).append(run.run_id)
    return made


def _forget_old(session: Session, before: float) -> None:
    """Deletes the oldest evaluations if they are too old: those with the smallest numbers, which follow the clock."""
    oldest = session.select(Pieces("select_evaluation_times", (), "evaluation_order", limit=OLD_AT_ONCE_MAX))
    for number, at in oldest:
        if at >= before:
            return
        session.run("forget_condition_evaluation", id_now=number)


def states(session: Session, automation_id: str) -> dict[str, str]:
    """Where the evaluation of each entity stands."""
    return dict(session.rows("condition_states", automation=automation_id))


def evaluations(
    session: Session,
    entity: str,
    *,
    limit: int,
    before_id: int | None,
    after_id: int | None,
    until: float | None,
) -> list[ConditionEvaluation]:
    """Evaluations of an entity, newest first."""
    conditions: list[tuple[str, Params]] = [("evaluation_entity_is", {"entity": entity})]
    if before_id is not None:
        conditions.append(("evaluation_before_id", {"before_id": before_id}))
    if after_id is not None:
        conditions.append(("evaluation_after_id", {"after_id": after_id}))
    if until is not None:
        conditions.append(("evaluation_until", {"until": until}))
    pieces = Pieces("select_condition_evaluations", conditions, "evaluation_order", descending=True, limit=limit)
    return [_evaluation(row) for row in session.select(pieces)]


def _evaluation(row: Row) -> ConditionEvaluation:
    number, _, entity, at, requested, body, run_ids = row
    found = ConditionEvaluation(entity, at, requested, body, tuple(run_ids.split(" ")) if run_ids else ())
    return replace(found, evaluation_id=number)


def forget(session: Session, automation_id: str, entities: Collection[str], *, with_evaluations: bool) -> None:
    """Forgets where the evaluation of entities stands, and if wanted their evaluations."""
    for entity in entities:
        session.run("forget_condition_state", automation=automation_id, entity_now=entity)
        if with_evaluations:
            session.run("forget_evaluations_of", entity_now=entity)
