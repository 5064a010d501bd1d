"""What an asset's function gives when a test calls it: results that name assets name its own."""

from __future__ import annotations

import inspect
from collections.abc import Collection, Iterator
from typing import Any

from watchbell.declare.assets.observe_result import ObserveResult
from watchbell.declare.graphs.result import MaterializeResult
from watchbell.ground.errors import DagsterInvariantViolationError
from watchbell.ground.suggest import did_you_mean
from watchbell.record.keys import AssetKey


def checked_results(result: Any, keys: Collection[AssetKey], what: str) -> Any:
    """``result`` itself; each ``MaterializeResult`` and ``ObserveResult`` in it, also a yielded one, is looked at.

    Args:
        result: what the function returned.
        keys: the assets it makes.
        what: whose function, for messages.

    Raises:
        DagsterInvariantViolationError: a result names an asset that is not made there, or none where there are several.
    """
    if inspect.isgenerator(result):
        return _checked_items(result, keys, what)
    for each in result if isinstance(result, tuple) else (result,):
        _check(each, keys, what)
    return result


def _checked_items(items: Iterator[Any], keys: Collection[AssetKey], what: str) -> Iterator[Any]:
    for item in items:
        _check(item, keys, what)
        yield item


def _check(item: Any, keys: Collection[AssetKey], what: str) -> None:
    if not isinstance(item, MaterializeResult | ObserveResult) or item.asset_key in keys:
        return
    kind, names = type(item).__name__, sorted(key.to_user_string() for key in keys)
    if item.asset_key is not None:
        name = item.asset_key.to_user_string()
        raise DagsterInvariantViolationError(
            f"{what} gave a {kind} for {name!r}, which it does not make{did_you_mean(name, names)}"
        )
    if len(keys) > 1:
        raise DagsterInvariantViolationError(
            f"{what} makes the assets {', '.join(names)}, so a {kind} has to name one by asset_key="
        )
