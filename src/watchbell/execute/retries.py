"""Retries: whether a failed attempt of a step is followed by another one, decided from facts alone."""

from __future__ import annotations

from watchbell.declare.retry import Failure, RetryPolicy, RetryRequested
from watchbell.ground.value import dataclass


@dataclass(frozen=True)
class Retry:
    """Another attempt.

    Args:
        wait_seconds: to wait before it.
        asked_by_code: whether user code raised ``RetryRequested``; otherwise the step's policy decided.
    """

    wait_seconds: float
    asked_by_code: bool


def retry_after(error: BaseException, policy: RetryPolicy | None, attempts_before: int) -> Retry | None:
    """The retry that follows a failed attempt, or None when the step has failed for good.

    Args:
        error: what user code raised (not the error that wraps it).
        policy: of the step, its op or its job, whichever is nearest.
        attempts_before: attempts before the one that failed (count, 0 at the first).
    """
    retries_done = attempts_before
    if isinstance(error, RetryRequested):
        if retries_done >= error.max_retries:
            return None
        return Retry(float(error.seconds_to_wait or 0.0), asked_by_code=True)
    if policy is None or retries_done >= policy.max_retries:
        return None
    # Exceptions only: whoever exits or interrupts the process does not want another attempt.
    if not isinstance(error, Exception) or (isinstance(error, Failure) and not error.allow_retries):
        return None
    return Retry(policy.calculate_delay(attempts_before + 1), asked_by_code=False)
