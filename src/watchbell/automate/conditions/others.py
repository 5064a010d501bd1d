"""What is known of the assets of other code locations, as plans of entities: made of snapshots, without their code."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from watchbell.automate.conditions.compile import Compiler
from watchbell.automate.conditions.entity_graph import ASSET_JOB, EntityGraph, EntityPlan
from watchbell.automate.conditions.scope import Entity
from watchbell.automate.conditions.world import EntityKey
from watchbell.declare.assets.asset_graph import AssetGraph
from watchbell.declare.conditions.condition_wire import needs_own_code
from watchbell.declare.partitions.partitions_wire import KEYS_MAX
from watchbell.declare.snapshot_reading import SaidOfAsset, said_of_assets
from watchbell.ground.errors import DagsterInvalidDefinitionError
from watchbell.record.asset_check import AssetCheckKey
from watchbell.record.evaluation import LOADING, OtherAssets
from watchbell.record.keys import AssetKey
from watchbell.record.snapshot import AssetSnapshot, PartitionsSnapshot


def plans_of_others(others: Iterable[OtherAssets]) -> tuple[EntityPlan, ...]:
    """The plans of all assets of other locations, and of their checks.

    Args:
        others: what each of them told.
    """
    found: list[EntityPlan] = []
    for each in others:
        said = said_of_assets(each.assets)
        for asset in each.assets:
            found.append(_plan(asset, said[asset.key], each.location_name))
            found.extend(_plans_of_checks(asset, said[asset.key], each.location_name))
    found.sort(key=lambda plan: plan.is_executable)  # of one that several speak of, who makes it has the last word
    return tuple(found)


def roots_made_from_missing(
    graph: EntityGraph, roots: Collection[EntityKey], assets: AssetGraph, missing: Sequence[OtherAssets]
) -> dict[EntityKey, str]:
    """The roots that cannot be evaluated: what they look at may be of a location of which nothing is known yet.

    While a location is being loaded these are all that look at something made elsewhere, near or far; if it cannot be
    loaded, those that look at something nobody else has said anything of.

    Args:
        graph: all entities.
        roots: which of them are evaluated.
        assets: those of the location.
        missing: the locations of which nothing is known.

    Returns:
        Each with why; empty: that is not worth saying.
    """
    if not missing:
        return {}
    failed = sorted(each.location_name for each in missing if each.missing != LOADING)
    is_loading = len(failed) < len(missing)
    found: dict[EntityKey, str] = {}
    compiler = Compiler(graph)
    for root in roots:
        try:
            looked_at = _looked_at(graph, graph.by_key[root], compiler)
        except DagsterInvalidDefinitionError as error:  # it names an asset that nothing here is made from
            found[root] = "" if is_loading else f"{error}; code locations that cannot be loaded: {', '.join(failed)}"
            continue
        for key in looked_at:
            if is_loading:
                found[root] = ""
            elif key not in assets.declared and key not in assets.definition_by_key:
                named = ", ".join(repr(name) for name in failed)
                found[root] = (
                    f"it is made from {key.to_user_string()}, of a code location that cannot be loaded ({named}?)"
                )
    return found


def _looked_at(graph: EntityGraph, root: Entity, compiler: Compiler) -> list[AssetKey]:
    """The assets that nothing here makes and that a root is made from, or that its condition looks at."""
    tree = compiler.tree(root)
    numbers: dict[int, frozenset[str]] = {link.upstream.number: frozenset() for link in root.upstream}
    tree.looks.entities(root, numbers)
    waiting = list(numbers) if "ancestors" in tree.needs else []
    while waiting:
        uppers = {link.upstream.number for link in graph.entities[waiting.pop()].upstream} - numbers.keys()
        numbers |= dict.fromkeys(uppers, frozenset())
        waiting += uppers
    entities = (graph.entities[number] for number in numbers)
    return [each.key for each in entities if not each.is_executable and isinstance(each.key, AssetKey)]


def _plan(asset: AssetSnapshot, said: SaidOfAsset, location_name: str) -> EntityPlan:
    """The plan of an asset; a condition that only its own code can evaluate is none here."""
    condition = said.condition
    return EntityPlan(
        asset.key,
        definition=said.partitions_def,
        deps=tuple((key, said.mappings.get(key)) for key in asset.deps),
        condition=None if condition is None or needs_own_code(condition) else condition,
        job_name=ASSET_JOB if asset.executable and not asset.observable else None,
        location_name=location_name,
        is_executable=asset.executable,
        freshness_policy=said.freshness_policy,
        untold=_untold(asset.partitions) if said.partitions_def is None else "",
    )


def _untold(partitions: PartitionsSnapshot | None) -> str:
    """Why text cannot tell the partitions of an asset; empty: it has none."""
    if partitions is None:
        return ""
    if partitions.numbering is None:
        return "a function lists them anew each time"
    if partitions.kind in {"static", "multi"}:
        return f"there are more keys than one location tells another ({KEYS_MAX:,} in a list)"
    return f"only its own code knows {partitions.kind}"


def _plans_of_checks(asset: AssetSnapshot, said: SaidOfAsset, location_name: str) -> Iterator[EntityPlan]:
    """The plans of the checks of an asset."""
    for check in asset.checks:
        key = AssetCheckKey(asset.key, check.name)
        condition = said.check_conditions.get(key)
        yield EntityPlan(
            key,
            deps=((asset.key, None),),
            condition=None if condition is None or needs_own_code(condition) else condition,
            location_name=location_name,
            is_blocking=check.blocking,
        )
