"""Question: what does it cost to map sets of hours to days and back, over three years?"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import dagster as dg
from bench.work.report import emit

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ZONE = "Europe/Berlin"


def best_ms(call: Callable[[], Any], rounds: int) -> float:
    """The shortest of some calls, in milliseconds."""
    found = []
    for _ in range(rounds):
        start = time.perf_counter()
        call()
        found.append(time.perf_counter() - start)
    return min(found) * 1000


def main() -> None:
    """Maps everything there is, and a random half of it, in both directions."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5, help="calls of which the shortest counts")
    rounds = parser.parse_args().rounds
    hours = dg.HourlyPartitionsDefinition("2023-01-01-00:00", end_date="2026-01-01-00:00", timezone=ZONE)
    days = dg.DailyPartitionsDefinition("2023-01-01", end_date="2026-01-01", timezone=ZONE)
    mapping: Any = dg.TimeWindowPartitionMapping()
    chance = random.Random(3)
    with dg.partition_loading_context(effective_dt=NOW):
        half_days = days.subset_with_partition_keys([key for key in days.get_partition_keys() if chance.random() < 0.5])
        half_hours = hours.subset_with_partition_keys(
            [key for key in hours.get_partition_keys() if chance.random() < 0.5]
        )
        for name, of_days, of_hours in (
            ("all", days.subset_with_all_partitions(), hours.subset_with_all_partitions()),
            ("scattered", half_days, half_hours),
        ):

            def to_hours(chosen: Any = of_days) -> Any:
                return mapping.get_upstream_mapped_partitions_result_for_partitions(chosen, days, hours, NOW)

            def to_days(chosen: Any = of_hours) -> Any:
                return mapping.get_downstream_partitions_for_partitions(chosen, hours, days, NOW)

            emit(f"days-to-hours-{name}", best_ms(to_hours, rounds), "ms")
            emit(f"hours-to-days-{name}", best_ms(to_days, rounds), "ms")


if __name__ == "__main__":
    main()
