"""The inputs of asset checks: which assets a check's function takes, and which it only waits for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from watchbell.declare.assets.asset_in import AssetIn
from watchbell.declare.checks.asset_check_spec import AssetCheckSpec
from watchbell.declare.config.data_type import Nothing
from watchbell.declare.graphs.function import UserFunction
from watchbell.declare.graphs.output import In
from watchbell.declare.names import check_instance
from watchbell.ground.errors import DagsterInvalidDefinitionError
from watchbell.ground.suggest import did_you_mean
from watchbell.record.keys import AssetKey

Inputs = dict[str, tuple[AssetKey, In]]


def inputs_of_one(function: UserFunction, spec: AssetCheckSpec, given: Mapping[str, AssetIn], what: str) -> Inputs:
    """The inputs of a check: the asset it looks at, and further ones.

    Args:
        function: its function.
        spec: what is said of it.
        given: the further assets whose values parameters take.
        what: the check, for messages.

    Raises:
        DagsterInvalidDefinitionError: a parameter has no asset, or an asset no parameter.
    """
    found = _given_inputs(function, given, what)
    for name, (key, _) in found.items():
        if key == spec.asset_key:
            raise DagsterInvalidDefinitionError(
                f"{what}: additional_ins= has {name!r} for that asset itself; a parameter takes its value without that",
                check=spec.key,
            )
    free = [each.name for each in function.parameters if each.name not in given]
    if len(free) > 1:
        shown = ", ".join(repr(each) for each in free)
        raise DagsterInvalidDefinitionError(
            f"{what}: its function takes {shown}; one parameter takes the value of the asset, the assets of the others "
            "belong into additional_ins=",
            check=spec.key,
        )
    target = {free[0]: (spec.asset_key, In())} if free else _waiting([spec.asset_key], found)
    inputs = {**target, **found}
    return {**inputs, **_waiting([dep.asset_key for dep in spec.additional_deps], inputs)}


def inputs_of_several(
    function: UserFunction, specs: Sequence[AssetCheckSpec], given: Mapping[str, AssetIn], what: str
) -> Inputs:
    """The inputs of several checks of one function; arguments and errors as for :func:`inputs_of_one`."""
    found = _given_inputs(function, given, what)
    for each in function.parameters:
        if each.name not in found:
            raise DagsterInvalidDefinitionError(
                f"{what}: its function takes {each.name!r}; say which asset that is: "
                f"ins={{{each.name!r}: AssetIn(…)}}{did_you_mean(each.name, found)}"
            )
    keys = [key for spec in specs for key in (spec.asset_key, *(dep.asset_key for dep in spec.additional_deps))]
    return {**found, **_waiting(keys, found)}


def _given_inputs(function: UserFunction, given: Mapping[str, AssetIn], what: str) -> Inputs:
    parameters = [each.name for each in function.parameters]
    found: Inputs = {}
    for name, each in given.items():
        check_instance(each, AssetIn, f"the asset of {name!r} in {what}", "write AssetIn(...)")
        if name not in parameters and not each.is_nothing and not function.accepts_any:
            raise DagsterInvalidDefinitionError(
                f"{what} is given the asset {name!r}, but its function has no such parameter"
                f"{did_you_mean(name, parameters)}",
                input=name,
            )
        definition = In(each.dagster_type, metadata=each.metadata, input_manager_key=each.input_manager_key)
        found[name] = (each.key_for(name), definition)
    return found


def _waiting(keys: Iterable[AssetKey], taken: Inputs) -> Inputs:
    """Inputs that only wait, for assets that no other input is."""
    there = {key for key, _ in taken.values()}
    waiting: Inputs = {}
    for key in dict.fromkeys(keys):
        if key not in there:
            base = key.to_python_identifier()
            name, number = base, 1
            while name in taken or name in waiting or not name.isidentifier():
                number += 1
                name = f"dep_{base}_{number}"
            waiting[name] = (key, In(Nothing))
    return waiting
