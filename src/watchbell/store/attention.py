"""What is wrong, as the store knows it; fulfils ``record.attention_store.AttentionStore``."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime

from watchbell.ground.wire import loads
from watchbell.record.asset_check import AssetCheckKey
from watchbell.record.attention_store import (
    FailingAutomation,
    FailingCheck,
    FailingJob,
    LastTick,
    MissedTicks,
    Quarantined,
    Troubles,
)
from watchbell.record.event import at_of
from watchbell.record.keys import AssetKey
from watchbell.record.run import DagsterRun
from watchbell.record.tick import AutomationKey, AutomationKind, AutomationStatus, Tick
from watchbell.store import runs
from watchbell.store.session import Database, Row, Session


class AttentionTables:
    """A base of ``SqlStore``, which has the database."""

    _database: Database

    def troubles(self, since: datetime) -> Troubles:
        """All that is wrong, in a fixed number of queries."""
        after = since.timestamp()
        with self._database.read() as session:
            return Troubles(
                jobs=_failing_jobs(session, after),
                automations=_failing_automations(session, after),
                missed=_missed(session, after),
                quarantined=tuple(_quarantined(row) for row in session.rows("quarantined")),
                checks=tuple(_check(row) for row in session.rows("failing_checks")),
                unfinished=tuple(runs.record_of(row).dagster_run for row in session.rows("unfinished_runs")),
                queued=tuple(runs.record_of(row).dagster_run for row in session.rows("longest_queued")),
            )

    def runs_between(
        self, start: datetime, end: datetime, *, limit: int, job_name: str | None = None
    ) -> tuple[list[DagsterRun], bool]:
        """The runs that were stored in a stretch of time, every failure among them before any other run."""
        with self._database.read() as session:
            first = session.row("first_run_since", start=start.timestamp())
            last = session.row("last_run_until", end=end.timestamp())
            if first is None or last is None:
                return [], False
            # By number between the first and the last, else all that came later would be walked through.
            asked = {"first": first[0], "last": last[0], "job": job_name, "most": limit + 1}
            rows = session.rows("failures_between", **asked)
            if len(rows) <= limit:
                rows += session.rows("others_between", **{**asked, "most": limit + 1 - len(rows)})
        found = [runs.record_of(row) for row in rows[:limit]]
        found.sort(key=lambda each: -each.storage_id)
        return [each.dagster_run for each in found], len(rows) > limit

    def nth_newest_run_at(self, place: int) -> datetime | None:
        """When the n-th newest run was stored, or the oldest if there are fewer; None: there is none."""
        with self._database.read() as session:
            rows = session.rows("newest_run_times", most=place + 1)
        return at_of(rows[-1][0]) if rows else None

    def last_ticks(self) -> list[LastTick]:
        """When schedules and sensors that may be on ticked last."""
        on = AutomationStatus.RUNNING.value
        with self._database.read() as session:
            rows = session.rows("last_ticks")
        return [
            LastTick(
                location,
                kind,
                name,
                True if status == on else None,
                max(effective_at or 0.0, tick_at or 0.0),
                bool(tick_at),
            )
            for location, kind, name, status, effective_at, tick_at in rows
        ]

    def switched_automations(self) -> dict[AutomationKey, bool]:
        """The automations that somebody turned on or off, or that are quarantined, and whether they are on."""
        on = AutomationStatus.RUNNING.value
        with self._database.read() as session:
            rows = session.rows("switched_automations")
        return {
            AutomationKey(location, AutomationKind(kind), name): status == on and not is_quarantined
            for location, kind, name, status, is_quarantined in rows
        }


def _failing_jobs(session: Session, after: float) -> tuple[FailingJob, ...]:
    failures = session.rows("newest_failures", since=after)
    by_job: dict[tuple[str, str | None], list[Row]] = {}
    for row in failures:
        by_job.setdefault((row[2], row[3]), []).append(row)
    if not by_job:
        return ()
    newest = [rows[0][0] for rows in by_job.values()]
    around = {
        number: (later, before)
        for number, later, before in session.run_in("successes_around", "numbers", newest, oldest=failures[-1][0])
    }
    found = []
    for (job, location), rows in by_job.items():
        later, before = around[rows[0][0]]
        if later is not None:
            continue
        streak = [row for row in rows if before is None or row[0] > before]
        ends = [at_of(row[4]) for row in streak if row[4] is not None]
        if ends:
            found.append(FailingJob(job, location, streak[0][1], ends[0], ends[-1], len(streak)))
    return tuple(found)


def _failing_automations(session: Session, after: float) -> tuple[FailingAutomation, ...]:
    rows = session.rows("newest_failed_ticks", since=after)
    newest: dict[str, Row] = {}
    oldest: dict[str, Row] = {}
    for row in rows:
        newest.setdefault(row[2], row)
        oldest[row[2]] = row
    counts = Counter(row[2] for row in rows)
    owners = _owners(session, list(newest))
    found = []
    for owner, row in newest.items():
        key, newest_id = owners[owner]
        if newest_id == row[0]:
            since_at = _tick(oldest[owner]).ended_at
            found.append(FailingAutomation(key, _tick(row), counts[owner], since_at))
    return tuple(found)


def _missed(session: Session, after: float) -> tuple[MissedTicks, ...]:
    rows = session.rows("newest_missed_ticks", since=after)
    newest: dict[str, Row] = {}
    for row in rows:
        newest.setdefault(row[2], row)
    counts = Counter(row[2] for row in rows)
    owners = _owners(session, list(newest))
    return tuple(MissedTicks(owners[owner][0], _tick(row), counts[owner]) for owner, row in newest.items())


def _owners(session: Session, ids: list[str]) -> dict[str, tuple[AutomationKey, int]]:
    """Of automations by their ids, which they are, and the number of their newest tick."""
    return {
        automation_id: (AutomationKey(location, AutomationKind(kind), name), newest)
        for automation_id, location, kind, name, newest in session.run_in("newest_tick_of_each", "owners", ids)
    }


def _tick(row: Row) -> Tick:
    tick: Tick = loads(row[1])
    return replace(tick, tick_id=row[0])


def _quarantined(row: Row) -> Quarantined:
    location, kind, name, reason, updated_at = row
    return Quarantined(AutomationKey(location, AutomationKind(kind), name), reason, at_of(updated_at))


def _check(row: Row) -> FailingCheck:
    asset, name, run_id, at = row
    key = AssetKey.from_db_string(asset)
    assert key is not None
    return FailingCheck(AssetCheckKey(key, name), run_id, at_of(at))
