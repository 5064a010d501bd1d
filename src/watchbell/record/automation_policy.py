"""Policies: what becomes of times that were missed, of runs that overlap, of evaluations that take too long."""

from __future__ import annotations

from enum import Enum

from watchbell.ground.value import dataclass
from watchbell.ground.wire import wired


@wired("catchup")
class Catchup(Enum):
    """Which of the times that passed while nobody could run them are run late.

    DEFAULT: the newest ``max_catchup_runs`` of them. NONE: none. LATEST: the newest. ALL: all.
    """

    DEFAULT = "default"
    NONE = "none"
    LATEST = "latest"
    ALL = "all"


@wired("overlap")
class Overlap(Enum):
    """What a schedule does at a time when runs of an earlier time are not over.

    ALLOW: nothing special. SKIP: it asks for no run. BUFFER_ONE: its runs wait until those are over, and later times
    are skipped while they wait. CANCEL_RUNNING: those are canceled, and its runs begin when they are over.
    """

    ALLOW = "allow"
    SKIP = "skip"
    BUFFER_ONE = "buffer_one"
    CANCEL_RUNNING = "cancel_running"


@wired("automation_policy")
@dataclass(frozen=True)
class AutomationPolicy:
    """The terms of one schedule or sensor; catchup, overlap and jitter concern schedules alone.

    Args:
        catchup: which missed times are run late.
        catchup_window_seconds: missed times older than this are not run; None: however old.
        overlap: what happens while runs of an earlier time are not over.
        jitter_seconds: it ticks up to so much later than its nominal time, always by the same; 0: on time.
        timeout_seconds: time one evaluation may take; None: as the settings say.
        run_key_ttl_seconds: after this a run key may be used for another run; None: never.
    """

    catchup: Catchup = Catchup.DEFAULT
    catchup_window_seconds: float | None = None
    overlap: Overlap = Overlap.ALLOW
    jitter_seconds: float = 0.0
    timeout_seconds: float | None = None
    run_key_ttl_seconds: float | None = None


PLAIN_POLICY = AutomationPolicy()
"""The policy of who says nothing."""
