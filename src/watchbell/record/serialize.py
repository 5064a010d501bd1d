"""Values of ours as text and back: ``serialize_value`` and ``deserialize_value``.

Only kinds that are registered here are read, and nothing is executed: text from elsewhere can make no other object.
The form is watchbell's own; text that Dagster wrote is not read.
"""

from __future__ import annotations

from typing import Any, TypeVar, overload

from watchbell.ground.upward import find_upward
from watchbell.ground.wire import WireError, dumps, loads

# Imported so that their kinds are known to whoever reads.
from watchbell.record import asset_check, code_references, event, request, run, snapshot, tick

T = TypeVar("T")
CURSOR_KIND = "condition.cursor"
"""The kind of the cursor of evaluations by hand, which stands on a floor above; it is loaded when it is read."""
KNOWN = (asset_check, code_references, event, request, run, snapshot, tick)
"""The files whose values can be written and read."""


def serialize_value(val: Any) -> str:
    """A value as JSON text on one line.

    Args:
        val: a record of watchbell (keys, metadata, events, runs, requests, ...), text, a number, a list, a mapping, a
            set, or a nesting of them.

    Raises:
        WireError: it holds something else.

    Example:
        >>> deserialize_value(serialize_value({"keys": [AssetKey("orders")]}))
        {'keys': [AssetKey(['orders'])]}
    """
    return dumps(val)


@overload
def deserialize_value(val: str) -> Any: ...


@overload
def deserialize_value(val: str, as_type: type[T]) -> T: ...


def deserialize_value(val: str, as_type: type[T] | tuple[type, ...] | None = None) -> Any:
    """The value that :func:`serialize_value` was given.

    Args:
        val: its answer.
        as_type: what the value has to be.

    Raises:
        WireError: the text is not its answer, or the value is of another type.

    Example:
        >>> deserialize_value(serialize_value(AssetKey("orders")), AssetKey)
        AssetKey(['orders'])
    """
    if isinstance(val, str) and f'"$":"{CURSOR_KIND}"' in val:
        find_upward("condition_cursor")
    value = loads(val)
    if as_type is not None and not isinstance(value, as_type):
        wanted = as_type if isinstance(as_type, tuple) else (as_type,)
        names = " or ".join(each.__name__ for each in wanted)
        raise WireError(f"the text holds a {type(value).__name__}; expected {names}")
    return value
