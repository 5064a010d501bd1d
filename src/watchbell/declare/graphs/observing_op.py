"""The op that looks at an asset which something else makes."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Any

from watchbell.declare.assets.asset_spec import AssetSpec
from watchbell.declare.assets.observe_result import ObserveResult
from watchbell.declare.config.data_type import Nothing
from watchbell.declare.graphs.function import UserFunction, read_function
from watchbell.declare.graphs.op import OpDefinition
from watchbell.declare.graphs.output import DEFAULT_OUTPUT, Out
from watchbell.declare.names import check_name
from watchbell.ground.errors import DagsterInvalidDefinitionError, DagsterInvalidObservationError
from watchbell.record.data_version import DataVersion, DataVersionsByPartition


def observing_op(
    fn: Callable[..., Any], spec: AssetSpec, resource_keys: AbstractSet[str], tags: Mapping[str, Any]
) -> OpDefinition:
    """The op that calls a function which looks at one asset.

    Args:
        fn: the function; it returns a ``DataVersion`` or an ``ObserveResult``; of an asset with partitions,
            ``DataVersionsByPartition``.
        spec: what is said of the asset.
        resource_keys: resources it takes from its context.
        tags: labels of its step.

    Raises:
        DagsterInvalidDefinitionError: the function takes something that can only be an input.
    """
    what = f"the function that observes {spec.key.to_user_string()!r}"
    function = read_function(fn, "observable source asset")
    if function.parameters:
        raise DagsterInvalidDefinitionError(
            f"{what} takes {function.parameters[0].name!r}; it can take a context, config and resources, but no asset"
        )
    name = check_name("__".join(spec.key.path).replace("-", "_").replace(".", "_"), "asset")
    return OpDefinition(
        replace(function, fn=_observing(function, what, spec.partitions_def is not None)),
        name,
        {},
        {DEFAULT_OUTPUT: Out(Nothing, spec.description)},
        spec.description,
        None,
        resource_keys,
        tags,
    )


def _observing(
    function: UserFunction, what: str, is_partitioned: bool
) -> Callable[..., ObserveResult | DataVersionsByPartition]:
    """The function, answering with an ObserveResult, or the versions of partitions, in any case."""
    observe = function.fn

    @functools.wraps(observe)
    def observed(*args: Any, **kwargs: Any) -> ObserveResult | DataVersionsByPartition:
        answer = observe(*args, **kwargs)
        if is_partitioned or isinstance(answer, DataVersionsByPartition):
            return _by_partition(answer, is_partitioned, what)
        if isinstance(answer, ObserveResult):
            return answer
        if isinstance(answer, DataVersion):
            return ObserveResult(data_version=answer)
        raise DagsterInvalidObservationError(
            f"{what} returned {answer!r:.80} ({type(answer).__name__}); expected a DataVersion or an ObserveResult"
        )

    return observed


def _by_partition(answer: object, is_partitioned: bool, what: str) -> DataVersionsByPartition:
    if is_partitioned and isinstance(answer, DataVersionsByPartition):
        return answer
    if is_partitioned:
        raise DagsterInvalidObservationError(
            f"{what} returned {answer!r:.80} ({type(answer).__name__}), and the asset has partitions; return the "
            "version of each: DataVersionsByPartition({key: version})"
        )
    raise DagsterInvalidObservationError(
        f"{what} returned DataVersionsByPartition, and the asset has no partitions; return a DataVersion"
    )
