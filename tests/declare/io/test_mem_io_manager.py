"""The IO manager that keeps values in memory."""

import pytest

from watchbell.declare.io.io_context import InputContext, OutputContext
from watchbell.declare.io.mem_io_manager import InMemoryIOManager
from watchbell.ground.errors import DagsterInvariantViolationError
from watchbell.record.keys import AssetKey


def test_the_very_object_comes_back() -> None:
    manager, value = InMemoryIOManager(), object()
    upstream = OutputContext(run_id="r", step_key="s", name="n")

    manager.handle_output(upstream, value)

    assert manager.load_input(InputContext(name="x", upstream_output=upstream)) is value


def test_an_asset_and_an_output_of_the_same_parts_are_two_values() -> None:
    manager = InMemoryIOManager()
    asset = OutputContext(asset_key=AssetKey(["r", "s", "n"]))
    output = OutputContext(run_id="r", step_key="s", name="n")

    manager.handle_output(asset, 1)
    manager.handle_output(output, 2)

    assert manager.load_input(InputContext(name="x", upstream_output=asset)) == 1


def test_a_value_that_was_not_kept_says_so() -> None:
    with pytest.raises(DagsterInvariantViolationError, match="no value for the input 'x' is in memory"):
        InMemoryIOManager().load_input(InputContext(name="x"))
