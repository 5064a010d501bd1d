"""What holds for every test: repeatable property tests, and no home folder of the machine in sight."""

import os

import pytest
from hypothesis import settings

from tests.depth import examples

# The same examples on every run and machine, as many as tests/depth.py says; HYPOTHESIS_PROFILE=explore looks for new
# ones. No deadline: a busy machine is not a failing test.
settings.register_profile(
    "repeatable", max_examples=examples(100), derandomize=True, deadline=None, database=None, print_blob=True
)
settings.register_profile("explore", max_examples=2_000, deadline=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))

# Also for the processes that tests start: nobody's real instance is ever opened.
for variable in ("WATCHBELL_HOME", "DAGSTER_HOME"):
    os.environ.pop(variable, None)

LONG = {"torture", "examples", "typing", "faults"}
"""Folders of tests that take long."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long comes first: at the end, all workers but one would wait for it."""
    items.sort(key=lambda item: item.path.parent.name not in LONG)
