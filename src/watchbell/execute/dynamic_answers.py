"""The mapping keys of what a step gave for its dynamic outputs."""

from __future__ import annotations

from watchbell.execute.copies import copy_key
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
            f'op "{step_key}" gave its dynamic output {output_name!r} the mapping key {mapping_key!r} twice; each '
            "value needs a key of its own",
            step_key=step_key,
            mapping_key=mapping_key,
        )
    keys[mapping_key] = None


def metadata_place(state: StepScope, output_name: str, mapping_key: str | None) -> str:
    """Where metadata of an output that is still to be given is kept: under its name, of a dynamic one with the key.

    Raises:
        DagsterInvariantViolationError: it was given already, or it is dynamic and no key is named, or the reverse.
    """
    is_dynamic = state.node.definition.outs[output_name].is_dynamic
    if is_dynamic != (mapping_key is not None):
        advice = "say of which value by mapping_key=" if is_dynamic else "leave mapping_key out: it is not dynamic"
        raise DagsterInvariantViolationError(f'op "{state.step_key}": metadata of its output {output_name!r}: {advice}')
    if mapping_key is None:
        is_given, place = output_name in state.yielded, output_name
    else:
        place = copy_key(output_name, [mapping_key])
        is_given = mapping_key in (state.mapping_keys or {}).get(output_name, {})
    if is_given:
        raise DagsterInvariantViolationError(
            f'op "{state.step_key}" gave its output {place!r} already; add metadata before that'
        )
    return place
