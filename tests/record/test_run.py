"""Runs as values."""

import pytest

from watchbell import DagsterRun


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"dagster/partition": "a"}, True),
        ({"dagster/asset_partition_range_start": "a", "dagster/asset_partition_range_end": "b"}, True),
        ({"dagster/asset_partition_range_start": "a"}, False),
        ({"team": "data"}, False),
    ],
)
def test_a_run_for_partitions_says_so(tags: dict[str, str], expected: bool) -> None:
    assert DagsterRun("nightly", "r", tags=tags).is_partitioned is expected


def test_a_run_that_executes_another_again_names_it() -> None:
    run = DagsterRun("nightly", "c", parent_run_id="b", root_run_id="a")

    assert (run.get_parent_run_id(), run.get_root_run_id()) == ("b", "a")
