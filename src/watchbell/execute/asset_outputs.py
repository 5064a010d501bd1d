"""Which output of a step a result of an asset belongs to, and why it may belong to none."""

from __future__ import annotations

from watchbell.execute.plan import Step, StepOut
from watchbell.ground.errors import DagsterInvariantViolationError
from watchbell.ground.suggest import did_you_mean
from watchbell.record.keys import AssetKey


def output_of_result(step: Step, asset_key: AssetKey | None, kind: str) -> StepOut:
    """The output that a ``MaterializeResult`` or ``ObserveResult`` speaks of.

    Args:
        step: the step.
        asset_key: the asset that the result names; None: it names none.
        kind: name of the result's class, for messages.

    Raises:
        DagsterInvariantViolationError: the step makes no such asset, several and none is named, or the asset was not
            selected.
    """
    outs = {out.asset_key: out for out in step.outputs.values() if out.asset_key is not None}
    if not outs:
        raise DagsterInvariantViolationError(
            f'op "{step.key}" gave a {kind} and makes no asset; return the value, or an Output', step_key=step.key
        )
    if asset_key is None:
        if len(outs) == 1:
            return next(iter(outs.values()))
        shown = ", ".join(key.to_user_string() for key in outs)
        raise DagsterInvariantViolationError(
            f'step "{step.key}" makes the assets {shown}, so a {kind} has to name one by asset_key=', step_key=step.key
        )
    found = outs.get(asset_key)
    if found is not None:
        return found
    if step.left_out:
        keys = step.assets_def.node_keys_by_output_name
        name = next((each for each in step.left_out if keys[each] == asset_key), None)
        if name is not None:
            raise not_selected(step, name)
    name = asset_key.to_user_string()
    known = [key.to_user_string() for key in outs]
    raise DagsterInvariantViolationError(
        f'step "{step.key}" gave a {kind} for {name!r}, which it does not make{did_you_mean(name, known)}',
        step_key=step.key,
    )


def not_selected(step: Step, output_name: str) -> DagsterInvariantViolationError:
    """The error that a function gave an asset which this run is not to make."""
    selected = ", ".join(sorted(step.outputs))
    return DagsterInvariantViolationError(
        f'op "{step.key}" gave its output {output_name!r}, which is not selected in this run; selected: {selected}. '
        "Yield an Output only for what is in context.selected_output_names",
        step_key=step.key,
        output_name=output_name,
    )
