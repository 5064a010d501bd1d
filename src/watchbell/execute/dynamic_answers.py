"""The mapping keys of what a step gave for its dynamic outputs."""

from __future__ import annotations

from watchbell.execute.step_scope import StepScope
from watchbell.ground.errors import DagsterInvariantViolationError


def note_mapping_key(state: StepScope, step_key: str, output_name: str, mapping_key: str) -> None:
    """Takes down that a dynamic output was given a value with this key.

    Raises:
        DagsterInvariantViolationError: it has one with this key already.
    """
    if state.mapping_keys is None:
        state.mapping_keys = {}
    keys = state.mapping_keys.setdefault(output_name, {})
    if mapping_key in keys:
        raise DagsterInvariantViolationError(
            f'op "{step_key}" gave its dynamic output {output_name!r} the mapping key {mapping_key!r} twice; each value '
            "needs a key of its own",
            step_key=step_key,
            mapping_key=mapping_key,
        )
    keys[mapping_key] = None
