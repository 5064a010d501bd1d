"""Ten thousand runs of twelve jobs over thirty days; one in twenty failed."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from tests.ui.moments import NOW
from tests.ui.seeds.life import ELSEWHERE, Life
from watchbell.ground.ids import new_run_id
from watchbell.record.error_info import SerializableErrorInfo
from watchbell.record.event import DagsterEvent, DagsterEventType, EventLogEntry, JobFailureData
from watchbell.record.run import DagsterRun, DagsterRunStatus

MODULES = ("shop",)
COUNT, BATCH = 10_000, 500
JOBS = ("load_orders", "import_prices", "export_reports", "clean_up", "send_newsletter", "reconcile_books",
        "poll_partners", "train_model", "nightly_marts", "nightly_orders")  # fmt: skip
TEAMS = ("intake", "finance", "platform", "marketing")
GAP = timedelta(days=30) / COUNT


def fill(home: Path) -> dict[str, str]:
    """Stores them in hundreds: queued, handed out, begun and ended as the service would."""
    life = Life(home, "shop", NOW - timedelta(days=31))
    for begin in range(0, COUNT, BATCH):
        batch = [_run(number) for number in range(begin, begin + BATCH)]
        for number, run in enumerate(batch, begin):
            life.clock.set(NOW - GAP * (COUNT - number))
            life.store.add_runs([run], life.clock.now())
        started = {
            each.run_id: each
            for each in life.store.hand_out_runs([run.run_id for run in batch], life.lease(), life.clock.now())
        }
        for number, run in enumerate(batch, begin):
            life.clock.set(NOW - GAP * (COUNT - number) + timedelta(seconds=1))
            assert life.store.begin_run(run.run_id, started[run.run_id].attempt, ELSEWHERE, life.clock.now())
            life.store.append(_log(life, run, number), attempt=started[run.run_id].attempt)
    life.clock.set(NOW)
    life.release()
    return {"location": "shop", "newest_run": batch[-1].run_id}


def _run(number: int) -> DagsterRun:
    tags = {"team": TEAMS[number % len(TEAMS)], "batch": str(number // 1_000)}
    return DagsterRun(
        JOBS[number % len(JOBS)], new_run_id(), status=DagsterRunStatus.QUEUED, location_name="shop", tags=tags
    )


def _log(life: Life, run: DagsterRun, number: int) -> list[EventLogEntry]:
    at = life.clock.now().timestamp()
    is_bad = number % 20 == 7
    data = (
        JobFailureData(SerializableErrorInfo(f"ValueError: row {number} is bad", (), "ValueError")) if is_bad else None
    )
    end = DagsterEventType.RUN_FAILURE if is_bad else DagsterEventType.RUN_SUCCESS
    seconds = 20 + number * 7 % 180
    return [
        EventLogEntry(
            run.run_id, at, 20, "", None, run.job_name, DagsterEvent(DagsterEventType.RUN_START, run.job_name)
        ),
        EventLogEntry(
            run.run_id, at + seconds, 20, "", None, run.job_name, DagsterEvent(end, run.job_name, None, "", data)
        ),
    ]
