"""How busy the machine is with other things: a test that measures seconds must not fail for its neighbours' work."""

from __future__ import annotations

import time

SAMPLE_CPU_SECONDS = 0.1


def slowness() -> float:
    """By how much longer work takes here and now than it would on a machine of its own; 1 if nobody else works."""
    began_at, began_cpu = time.monotonic(), time.thread_time()
    while time.thread_time() - began_cpu < SAMPLE_CPU_SECONDS:
        sum(range(1_000))
    return max(1.0, (time.monotonic() - began_at) / (time.thread_time() - began_cpu))


def is_in_time(seconds: float, limit_seconds: float) -> bool:
    """Whether something took less than its limit, or would have on a machine of its own."""
    return seconds < limit_seconds or seconds < limit_seconds * slowness()
