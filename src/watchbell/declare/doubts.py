"""What is no mistake and yet likely one: names of assets that nobody here defines, close to one that is defined."""

from __future__ import annotations

import difflib

from watchbell.declare.assets.asset_graph import AssetGraph
from watchbell.record.keys import AssetKey

NAMES_MAX = 100  # each is compared with every asset's name
LIKENESS_MIN = 0.8  # of 1; `ordres` is like `orders`, `raw_orders` is not


def doubts_about(graph: AssetGraph) -> list[str]:
    """A sentence for each asset that is spoken of, not defined here, and called almost like one that is.

    An asset of another code location may be named freely by checks and ``deps``, so none of this is refused.

    Args:
        graph: the assets and checks of a code location.
    """
    known = {*graph.definition_by_key, *graph.declared}
    names = [key.to_user_string() for key in known]
    found = []
    for key in [each for each in graph.specs if each not in known][:NAMES_MAX]:
        name = key.to_user_string()
        near = difflib.get_close_matches(name, names, n=1, cutoff=LIKENESS_MIN)
        if near:
            speaker = _speaker(graph, key)
            found.append(f"{speaker} the asset {name!r}, which is not defined here; did you mean {near[0]!r}?")
    return found


def _speaker(graph: AssetGraph, key: AssetKey) -> str:
    checks = graph.check_keys_by_asset.get(key, ())
    if checks:
        return f"the check {checks[0].name!r} is of"
    below = graph.downstream.get(key, ())
    return f"the asset {below[0].to_user_string()!r} depends on" if below else "something speaks of"
