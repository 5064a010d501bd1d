"""What a schedule owes, told minute by minute: a model of it that knows no heap, no cron parser and no database.

It keeps plain sets of minutes. `ScheduleModel.settle` says what becomes of a schedule at an instant, one commit after
the other, so that a service that is killed in between must have left the state after one of them, whole.
"""

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from watchbell.automate.due import jitter_offset
from watchbell.record.automation_policy import PLAIN_POLICY, AutomationPolicy, Catchup
from watchbell.record.tick import AutomationKey

FIRST, LAST = datetime(2026, 2, 20, tzinfo=UTC), datetime(2026, 3, 20, tzinfo=UTC)
"""The model's calendar; nothing in it happens outside."""
MINUTE = timedelta(minutes=1)
CRONS: dict[str, Callable[[datetime], bool]] = {
    "* * * * *": lambda wall: True,
    "*/7 * * * *": lambda wall: wall.minute % 7 == 0,
    "0,30 * * * *": lambda wall: wall.minute in {0, 30},
    "15 */2 * * *": lambda wall: wall.minute == 15 and wall.hour % 2 == 0,
}
ZONES = ("UTC", "Asia/Kolkata")
NO_TIME = timedelta(0)


@lru_cache
def fires(cron: str, zone: str) -> list[datetime]:
    """Every minute of the calendar at which a cron string fires."""
    minutes = (FIRST + MINUTE * number for number in range(int((LAST - FIRST) / MINUTE)))
    return [minute for minute in minutes if CRONS[cron](minute.astimezone(ZoneInfo(zone)))]


def between(cron: str, zone: str, after: datetime, until: datetime) -> list[datetime]:
    """Those in (after, until]."""
    assert after > FIRST, "the calendar is too short"
    assert until < LAST, "the calendar is too short"
    return [moment for moment in fires(cron, zone) if after < moment <= until]


@dataclass(frozen=True)
class Code:
    """A schedule as written."""

    cron: str
    zone: str = "UTC"
    policy: AutomationPolicy = PLAIN_POLICY
    runs_by_default: bool = True


@dataclass(frozen=True)
class Asked:
    """An evaluation that is going on, and the times that are missed when it is over."""

    moment: datetime
    missed: tuple[datetime, ...]


@dataclass
class Durable:
    """What survives a crash."""

    status: str = "DECLARED"
    effective_at: datetime | None = None
    last_at: datetime | None = None
    terms: tuple[str, str] | None = None
    failures: int = 0
    is_quarantined: bool = False
    handled: dict[datetime, str] = field(default_factory=dict)

    @property
    def mark(self) -> datetime | None:
        """Nothing up to here is owed."""
        if self.effective_at is None:
            return None
        return self.effective_at if self.last_at is None else max(self.effective_at, self.last_at)

    def record(self, moments: tuple[datetime, ...], how: str) -> None:
        """Times that are dealt with now."""
        for moment in moments:
            self.handled.setdefault(moment, how)
            self.last_at = moment


@dataclass
class ScheduleModel:
    """One schedule, and the service's part that knows of it.

    Args:
        key: which one.
        max_catchup_runs: as in the settings.
        quarantine_after: likewise.
    """

    key: AutomationKey
    max_catchup_runs: int
    quarantine_after: int
    kept: Durable = field(default_factory=Durable)
    wanted: Code | None = None
    code: Code | None = None
    asked: Asked | None = None
    changed_at: datetime | None = None
    offset: timedelta = NO_TIME
    slack: timedelta = NO_TIME
    slack_until: datetime | None = None

    # ------------------------------------------------------------ what happens

    def dies(self, kept: Durable | None = None) -> None:
        """The service is gone; of what it did last, ``kept`` was stored."""
        self.kept = self.kept if kept is None else kept
        self.code = self.asked = self.changed_at = self.slack_until = None
        self.offset = self.slack = NO_TIME

    def begins(self, now: datetime) -> None:
        """A service begins."""
        self.changed_at = now

    def is_written_as(self, code: Code | None, now: datetime | None) -> None:
        """Other code; ``now``: a service hears of it."""
        was_gone, self.wanted = self.wanted is None, code
        if now is not None:
            self.changed_at = now if was_gone else self.changed_at or now

    def is_stopped(self, now: datetime | None) -> None:
        """By hand; ``now``: a service hears of it."""
        self.kept.status, self.kept.effective_at = "STOPPED", None
        self._hear(now)

    def is_started(self, at: datetime, now: datetime | None) -> None:
        """By hand; ``now``: a service hears of it."""
        kept = self.kept
        is_ahead = kept.last_at is not None and kept.last_at > at
        was_on = kept.status == "RUNNING" and not kept.is_quarantined
        if not was_on or is_ahead:
            kept.effective_at = at
        kept.last_at = None if is_ahead else kept.last_at
        kept.status, kept.failures, kept.is_quarantined = "RUNNING", 0, False
        self._hear(now)

    def _hear(self, now: datetime | None) -> None:
        if now is not None:
            self.changed_at = self.changed_at or now

    # ----------------------------------------------------------- what is owed

    def settle(self, now: datetime, answer: str | None, *, hears_first: bool = False) -> Iterator[Durable]:
        """All that becomes of the schedule at an instant; what is stored after each commit.

        Args:
            now: the instant.
            answer: how evaluations end: ``"ok"``, ``"raise"``, ``"die"``; None: not now.
            hears_first: whether the change comes before what is due, as at the start of a service.
        """
        if not hears_first and self.changed_at is not None and self.asked is None:
            yield from self._decide(now)
        while True:
            if self.asked is not None:
                if answer is None:
                    return
                if self._answer(answer):
                    yield deepcopy(self.kept)
            elif self.changed_at is not None:
                if self._adopt(self.changed_at):
                    yield deepcopy(self.kept)
            else:
                before = deepcopy(self.kept)
                yield from self._decide(now)
                if self.asked is None and self.kept == before:
                    return

    def _answer(self, answer: str) -> bool:
        asked, self.asked = self.asked, None
        assert asked is not None
        kept = self.kept
        if kept.last_at is not None and kept.last_at >= asked.moment:
            return False
        kept.record(asked.missed, "MISSED")
        kept.record((asked.moment,), "TAKEN")
        kept.failures = kept.failures + 1 if answer == "die" else 0
        kept.is_quarantined = kept.is_quarantined or kept.failures >= self.quarantine_after
        return True

    @property
    def _is_on(self) -> bool:
        kept, code = self.kept, self.code
        if kept.is_quarantined or code is None:
            return False
        return kept.status == "RUNNING" or (kept.status == "DECLARED" and code.runs_by_default)

    def _adopt(self, changed_at: datetime) -> bool:
        """Takes over the code that is wanted; whether that changes what is stored."""
        self.changed_at = None
        kept, before = self.kept, deepcopy(self.kept)
        if self.wanted is None:
            kept.effective_at = kept.terms = None
            self.code, self.offset = None, NO_TIME
            self.slack, self.slack_until = NO_TIME, None
            return kept != before
        offset = jitter_offset(self.key, self.wanted.policy)
        if self.code is not None and offset < self.offset:
            self.slack, self.slack_until = max(self.slack, self.offset - offset), changed_at
        self.code, self.offset = self.wanted, offset
        terms = (self.code.cron, self.code.zone)
        if not self._is_on:
            if kept.status == "DECLARED" and not kept.is_quarantined:
                kept.effective_at = kept.terms = None
        elif kept.effective_at is None:
            kept.effective_at, kept.terms = changed_at, terms
        elif kept.terms is None:
            kept.terms = terms
        elif kept.terms != terms:
            assert kept.mark is not None
            kept.record(tuple(between(*kept.terms, kept.mark, changed_at)), "MISSED")
            kept.effective_at, kept.terms = changed_at, terms
        return kept != before

    def _decide(self, now: datetime) -> Iterator[Durable]:
        """What is due: something is asked, or missed and stored so, or there is nothing."""
        mark = self.kept.mark
        if self.code is None or not self._is_on or mark is None:
            return
        due = between(self.code.cron, self.code.zone, mark, now - self.offset)
        if not due:
            return
        if self.slack_until is not None and due[0] > self.slack_until:
            self.slack, self.slack_until = NO_TIME, None
        run = self._run_of(due, now)
        missed = tuple(moment for moment in due if not run or moment < min(run))
        if run:
            self.asked = Asked(min(run), missed)
        else:
            self.kept.record(missed, "MISSED")
            yield deepcopy(self.kept)

    def _run_of(self, due: list[datetime], now: datetime) -> set[datetime]:
        """Those that run: what is on time, and of what is late what the policy says."""
        assert self.code is not None
        policy = self.code.policy
        late = {moment: (now - moment - self.offset - self.slack).total_seconds() for moment in due}
        window = policy.catchup_window_seconds
        young = [moment for moment in due if window is None or late[moment] <= max(window, 60)]
        newest = {
            Catchup.NONE: 0,
            Catchup.LATEST: 1,
            Catchup.ALL: len(young),
            Catchup.DEFAULT: self.max_catchup_runs,
        }[policy.catchup]
        return {moment for moment in due if late[moment] <= 60} | set(young[len(young) - min(newest, len(young)) :])
