"""Question: what do keys of partitions, and sets of them, cost?"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import dagster as dg
from bench.work.report import emit

NOW = datetime(2026, 1, 1, tzinfo=UTC)
KEYS_ASKED = 200
OPERATIONS = 5


def timed(call: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds that a call takes, and its answer."""
    start = time.perf_counter()
    answer = call()
    return time.perf_counter() - start, answer


def sets(definition: Any, one: Any, other: Any) -> None:
    """Set operations on two sets of a definition."""
    seconds, _ = timed(lambda: [(one | other, one & other, one - other) for _ in range(OPERATIONS)])
    emit("union-intersection-difference", seconds / OPERATIONS * 1000, "ms")
    emit("size", timed(lambda: len(one | other))[0] * 1000, "ms")
    emit("everything", timed(definition.subset_with_all_partitions)[0] * 1000, "ms")


def hourly() -> None:
    """Hours of ten years, in a zone whose clocks change."""
    zone = "Europe/Berlin"
    seconds, hours = timed(
        lambda: dg.HourlyPartitionsDefinition("2016-01-01-00:00", end_date="2026-01-01-00:00", timezone=zone)
    )
    emit("define", seconds * 1000, "ms")
    with dg.partition_loading_context(effective_dt=NOW):
        emit("first-question", timed(lambda: hours.has_partition_key("2025-06-01-12:00"))[0] * 1000, "ms")
        seconds, keys = timed(hours.get_partition_keys)
        emit("all-keys", seconds * 1000, "ms")
        asked = keys[:: len(keys) // KEYS_ASKED]
        emit("has-key", timed(lambda: [hours.has_partition_key(key) for key in asked])[0] / len(asked) * 1e6, "us")
        windows = timed(lambda: [hours.time_window_for_partition_key(key) for key in asked])[0]
        emit("window-of-key", windows / len(asked) * 1e6, "us")
        emit("last-key", timed(hours.get_last_partition_key)[0] * 1e6, "us")
        emit("count", timed(hours.get_num_partitions)[0] * 1e6, "us")
        seconds, one = timed(lambda: hours.subset_with_partition_keys(keys[: len(keys) * 2 // 3]))
        emit("set-of-58000-keys", seconds * 1000, "ms")
        other = hours.subset_with_partition_keys(keys[len(keys) // 3 :: 24])
        sets(hours, one, other)


def static(count: int) -> None:
    """Listed keys."""
    keys = [f"customer-{number}" for number in range(count)]
    seconds, customers = timed(lambda: dg.StaticPartitionsDefinition(keys))
    emit("define", seconds * 1000, "ms")
    asked = keys[:: count // KEYS_ASKED]
    with dg.partition_loading_context(effective_dt=NOW):
        emit("first-question", timed(lambda: customers.has_partition_key(keys[-1]))[0] * 1000, "ms")
        emit("has-key", timed(lambda: [customers.has_partition_key(key) for key in asked])[0] / len(asked) * 1e6, "us")
        emit("last-key", timed(customers.get_last_partition_key)[0] * 1e6, "us")
        emit("count", timed(customers.get_num_partitions)[0] * 1e6, "us")
        one = customers.subset_with_partition_keys(keys[: count // 2])
        other = customers.subset_with_partition_keys(keys[::3])
        sets(customers, one, other)


def main() -> None:
    """Measures one kind of definition."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--static", type=int, help="how many listed keys; without it: hours")
    given = parser.parse_args()
    if given.static:
        static(given.static)
    else:
        hourly()


if __name__ == "__main__":
    main()
