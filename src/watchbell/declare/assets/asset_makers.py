"""Which ops and graphs make a selection of assets, each cut down to what is selected of it.

Usually a definition is one node. Where one that makes several assets needs something that is made from one of them in
the same job, it runs in several steps, each making what can be made by then.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet

from watchbell.declare.assets.asset_graph import AssetGraph
from watchbell.declare.assets.assets_definition import AssetsDefinition
from watchbell.declare.graphs.op import OpDefinition
from watchbell.ground.errors import DagsterInvalidDefinitionError
from watchbell.record.asset_check import AssetCheckKey
from watchbell.record.keys import AssetKey


def makers_of(
    asset_graph: AssetGraph, wanted: AbstractSet[AssetKey], checks: AbstractSet[AssetCheckKey]
) -> dict[str, AssetsDefinition]:
    """What makes the assets, by node name, upstream first.

    Args:
        asset_graph: all assets of the location.
        wanted: the assets to make.
        checks: the checks to make, of those that these definitions make along with their assets.

    Raises:
        DagsterInvalidSubsetError: some assets of a definition are wanted that can only be made with the others.
        DagsterInvalidDefinitionError: definitions that cannot be split need each other's assets.
    """
    order = asset_graph.upstream_first(wanted)
    definitions = {id(each): each for each in (asset_graph.definition(key) for key in order)}
    for key in sorted(checks):  # alone, without the assets that the function makes as well
        inline = asset_graph.checks[key]
        if inline.specs_by_key:
            definitions.setdefault(id(inline), inline)
    parts = []
    may_circle = False
    for each in definitions.values():
        if len(each.specs_by_key) > 1 or each.check_specs_by_output_name:
            parts.append(_part(each, wanted, checks))
            may_circle = may_circle or len(each.specs_by_key) > 1
        else:
            parts.append(each)
    if may_circle and _circles(parts):
        parts = _split(asset_graph, parts, checks)
    return _named(parts)


def _part(
    definition: AssetsDefinition, wanted: AbstractSet[AssetKey], checks: AbstractSet[AssetCheckKey]
) -> AssetsDefinition:
    if not definition.can_subset and definition.keys <= wanted:
        return definition  # its checks are made with it, wanted or not
    return definition.subset_for(wanted, definition.check_keys & checks)


def _named(parts: Iterable[AssetsDefinition]) -> dict[str, AssetsDefinition]:
    makers: dict[str, AssetsDefinition] = {}
    for each in parts:
        name, number = each.node_def.name, 1
        while name in makers:  # a part of one that was split; or "a__b", which ["a", "b"] is called too
            number += 1
            name = f"{each.node_def.name}_{number}"
        makers[name] = each
    return makers


def _upstream(parts: Iterable[AssetsDefinition]) -> dict[int, set[int]]:
    """For each of the parts, by place, those it needs something of."""
    numbered = list(enumerate(parts))
    made_by = {key: place for place, each in numbered for key in each.keys}
    return {
        place: {made_by[key] for key in each.keys_by_input_name.values() if key in made_by} - {place}
        for place, each in numbered
    }


def _circles(parts: list[AssetsDefinition]) -> bool:
    """Whether some parts need each other."""
    waits = _upstream(parts)
    followers: dict[int, list[int]] = {}
    for place, needed in waits.items():
        for each in needed:
            followers.setdefault(each, []).append(place)
    ready = [place for place, needed in waits.items() if not needed]
    for place in ready:  # grows while it is read
        for follower in followers.get(place, ()):
            waits[follower].discard(place)
            if not waits[follower]:
                ready.append(follower)
    return len(ready) < len(parts)


def _split(
    asset_graph: AssetGraph, parts: list[AssetsDefinition], checks: AbstractSet[AssetCheckKey]
) -> list[AssetsDefinition]:
    """The parts in an order that can run, some of them in pieces.

    What can run whole goes first; only when nothing can, one that may be split makes what it can.
    """
    left = {place: set(each.keys) for place, each in enumerate(parts)}
    waiting = set().union(*left.values())
    needs = {place: _needs(asset_graph, keys, waiting) for place, keys in left.items()}
    followers: dict[AssetKey, list[int]] = {}
    for place, needed in needs.items():
        for key in needed:
            followers.setdefault(key, []).append(place)
    ready = [place for place, needed in needs.items() if not needed]  # a heap: the first of those that can run whole
    done: list[AssetsDefinition] = []
    while left:
        if ready:
            chosen = heapq.heappop(ready)
            keys = frozenset(left[chosen])
        else:
            chosen, keys = _first_piece(asset_graph, parts, left, waiting)
        done.append(_piece(asset_graph, parts[chosen], keys, checks, left[chosen], waiting))
        waiting -= keys
        left[chosen] -= keys
        if not left[chosen]:
            del left[chosen]
        for key in keys:
            for place in followers.get(key, ()):
                needs[place].discard(key)
                if not needs[place]:
                    heapq.heappush(ready, place)
    return done


def _needs(asset_graph: AssetGraph, keys: AbstractSet[AssetKey], waiting: AbstractSet[AssetKey]) -> set[AssetKey]:
    """What others are still to make of what these assets of one definition are made from."""
    return {each for key in keys for each in asset_graph.upstream_of(key) if each in waiting and each not in keys}


def _first_piece(
    asset_graph: AssetGraph,
    parts: Sequence[AssetsDefinition],
    left: Mapping[int, AbstractSet[AssetKey]],
    waiting: AbstractSet[AssetKey],
) -> tuple[int, frozenset[AssetKey]]:
    """The first part that can make some of what is left of it, and what."""
    for place, keys in left.items():
        if _splits(parts[place]):
            found = _makeable(asset_graph, keys, waiting)
            if found:
                return place, frozenset(found)
    raise _circle([parts[place] for place in left], waiting)


def _piece(
    asset_graph: AssetGraph,
    part: AssetsDefinition,
    keys: frozenset[AssetKey],
    checks: AbstractSet[AssetCheckKey],
    left: AbstractSet[AssetKey],
    waiting: AbstractSet[AssetKey],
) -> AssetsDefinition:
    """What makes these assets of a part."""
    piece = part
    if keys != part.keys:
        is_first = left == part.keys
        piece = _part(part, keys, {each for each in checks & part.check_keys if _goes_with(each, part, keys, is_first)})
    # What an earlier piece made is no input of the function; the later piece waits for it nevertheless.
    needed = {each for key in keys for each in asset_graph.upstream_of(key)}
    return piece.waiting_for(needed & part.keys - waiting)


def _goes_with(check: AssetCheckKey, part: AssetsDefinition, keys: AbstractSet[AssetKey], is_first: bool) -> bool:
    """Whether a check is made by the piece that makes ``keys``: with its asset; of one not made at all, at first."""
    return check.asset_key in keys or (is_first and check.asset_key not in part.keys)


def _splits(part: AssetsDefinition) -> bool:
    """Whether it may run in several steps: a function that is told what to make; a graph's ops are not."""
    return part.can_subset and isinstance(part.node_def, OpDefinition)


def _makeable(asset_graph: AssetGraph, keys: AbstractSet[AssetKey], waiting: AbstractSet[AssetKey]) -> set[AssetKey]:
    """Those of a definition's assets that need nothing which is still to be made by another."""
    found: set[AssetKey] = set()
    for key in asset_graph.upstream_first(keys):
        needed = {each for each in asset_graph.upstream_of(key) if each in waiting and each != key}
        if needed <= found:
            found.add(key)
    return found


def _circle(parts: Iterable[AssetsDefinition], waiting: AbstractSet[AssetKey]) -> DagsterInvalidDefinitionError:
    needs: Mapping[str, set[AssetKey]] = {
        each.node_def.name: {key for key in each.keys_by_input_name.values() if key in waiting and key not in each.keys}
        for each in parts
    }
    shown = "; ".join(
        f"{name!r} needs {', '.join(sorted(key.to_user_string() for key in keys))}" for name, keys in needs.items()
    )
    return DagsterInvalidDefinitionError(
        f"definitions need each other's assets in a circle: {shown}. One that makes several assets can run in several "
        "steps if it says can_subset=True and its function makes only context.selected_asset_keys"
    )
