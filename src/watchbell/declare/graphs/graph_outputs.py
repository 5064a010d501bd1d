"""What the body of a job or graph returned, as outputs of the graph."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from watchbell.declare.graphs.compose import Composition
from watchbell.declare.graphs.handles import DynamicHandle, OutputHandle
from watchbell.declare.graphs.output import DEFAULT_OUTPUT
from watchbell.declare.names import check_name
from watchbell.ground.errors import DagsterInvalidDefinitionError
from watchbell.ground.suggest import did_you_mean


def output_mappings(composition: Composition, returned: Any, names: tuple[str, ...] | None) -> dict[str, OutputHandle]:
    """Output of the graph -> the output of a node that gives it.

    Args:
        composition: what the body composed.
        returned: what it returned.
        names: the outputs that were declared; None: as many as it returns, one of them called ``result``.

    Raises:
        DagsterInvalidDefinitionError: it returned something else than what ops returned, or not what was declared.
    """
    what = composition.what
    given = _by_name(what, returned, names)
    mappings = {}
    for name, each in given.items():
        handle = each.element if isinstance(each, DynamicHandle) else each
        if not isinstance(handle, OutputHandle):
            raise DagsterInvalidDefinitionError(f"{what} returns {each!r} as {name!r}; expected what an op returned")
        if handle.collects:
            raise DagsterInvalidDefinitionError(
                f"{what} returns collected values of {handle.node!r} as {name!r}; return the dynamic output itself and "
                "collect it where it is taken"
            )
        if handle.node not in composition.nodes:
            raise DagsterInvalidDefinitionError(f"{what} returns an output of {handle.node!r}, called in another graph")
        mappings[check_name(name, "output")] = handle
    if names is None:
        return mappings
    for name in names:
        if name not in mappings:
            raise DagsterInvalidDefinitionError(
                f"{what} declares the output {name!r} and does not return it; return a dict with it, or remove it from "
                "out="
            )
    return {name: mappings[name] for name in names}


def _by_name(what: str, returned: Any, names: tuple[str, ...] | None) -> Mapping[str, Any]:
    if returned is None:
        return {}
    if isinstance(returned, Mapping):
        for name in returned if names is not None else ():
            if name not in names:  # type: ignore[operator]  # names is not None here
                raise DagsterInvalidDefinitionError(
                    f"{what} returns {name!r}, which is no output of it{did_you_mean(str(name), names or ())}"
                )
        return returned
    if isinstance(returned, OutputHandle | DynamicHandle):
        if names is not None and len(names) != 1:
            raise DagsterInvalidDefinitionError(
                f"{what} declares {len(names)} outputs ({', '.join(names)}) and returns one; return a dict of names "
                "and what ops returned"
            )
        return {names[0] if names else DEFAULT_OUTPUT: returned}
    if isinstance(returned, tuple) and all(isinstance(each, OutputHandle | DynamicHandle) for each in returned):
        if names is None:
            return {each.output: each for each in returned}
        if len(names) != len(returned):
            raise DagsterInvalidDefinitionError(
                f"{what} declares {len(names)} outputs ({', '.join(names)}) and returns {len(returned)}"
            )
        return dict(zip(names, returned, strict=True))
    raise DagsterInvalidDefinitionError(
        f"{what} returns {returned!r} ({type(returned).__name__}); expected nothing, what an op returned, "
        "or a dict of names and what ops returned"
    )
