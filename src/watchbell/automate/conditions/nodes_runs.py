"""The conditions of the runs that made something: whom else they made, and which tags they had."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from watchbell.automate.conditions.nodes_status import newest_updates
from watchbell.automate.conditions.scope import Entity, Evaluate, Maker, Node, Scope
from watchbell.automate.conditions.subset import Subset
from watchbell.automate.conditions.world import EntityKey, RunFact, Update
from watchbell.declare.conditions.condition import BuiltInCondition
from watchbell.record.asset_check import AssetCheckKey
from watchbell.record.ordinal_set import OrdinalSet


def targets(run: RunFact, key: EntityKey) -> bool:
    """Whether a run was to make an asset, or to execute a check."""
    if isinstance(key, AssetCheckKey):
        if run.check_keys is not None:
            return key in run.check_keys
        return run.asset_keys is not None and key.asset_key in run.asset_keys
    return run.asset_keys is not None and key in run.asset_keys


def tags_match(condition: BuiltInCondition) -> Callable[[Mapping[str, str]], bool]:
    """What tells whether the tags of a run are those a condition asks for: all keys, and all keys with their values."""
    keys = frozenset(condition.param("tag_keys") or ())
    values = tuple(condition.param("tag_values") or ())

    def matches(tags: Mapping[str, str]) -> bool:
        return keys <= tags.keys() and all(tags.get(key) == value for key, value in values)

    return matches


def _run_ids(entity: Entity, candidates: Subset) -> Iterable[tuple[int | None, str]]:
    """The run that made each candidate last, where there is one: from what is new, or else from what is kept."""
    fact = entity.fact
    kept = fact.last_run_id
    if not isinstance(candidates, OrdinalSet):
        if fact.updates:
            yield None, fact.updates[-1].run_id
        elif isinstance(kept, str):
            yield None, kept
        return
    newest = {each.ordinal: each.run_id for each in fact.updates}
    of_partitions = kept if isinstance(kept, dict) else {}
    known = newest.keys() | of_partitions.keys() if len(candidates) > len(newest) + len(of_partitions) else candidates
    for ordinal in known:
        if ordinal is not None and ordinal in candidates:
            run_id = newest.get(ordinal)
            yield ordinal, of_partitions.get(ordinal, "") if run_id is None else run_id


def _made_by(scope: Scope, entity: Entity, candidates: Subset, is_meant: Callable[[RunFact], bool]) -> Subset:
    """The candidates whose last run is one that is meant; each run is asked once."""
    if not candidates:
        return candidates
    answers: dict[str, bool] = {}
    found: list[int] = []
    for ordinal, run_id in _run_ids(entity, candidates):
        answer = answers.get(run_id)
        if answer is None:
            run = scope.tick.world.runs.get(run_id)
            answer = answers[run_id] = run is not None and is_meant(run)
        if answer and ordinal is None:
            return True
        if answer and ordinal is not None:
            found.append(ordinal)
    return OrdinalSet(found) if isinstance(candidates, OrdinalSet) else False


def _executed_with_root_target(node: Node) -> Evaluate:
    def executed_with_root_target(scope: Scope, entity: Entity, candidates: Subset) -> Subset:
        root = scope.root.key
        if entity.key == root:
            return entity.nothing
        return _made_by(scope, entity, candidates, lambda run: targets(run, root))

    return executed_with_root_target


def _executed_with_tags(node: Node) -> Evaluate:
    matches = tags_match(node.condition)

    def executed_with_tags(scope: Scope, entity: Entity, candidates: Subset) -> Subset:
        return _made_by(scope, entity, candidates, lambda run: matches(run.tags))

    return executed_with_tags


def _new_updates(node: Node, is_every: bool) -> Evaluate:
    matches = tags_match(node.condition)

    def has_tags(scope: Scope, update: Update) -> bool:
        run = scope.tick.world.runs.get(update.run_id)
        return run is not None and matches(run.tags)

    def new_updates(scope: Scope, entity: Entity, candidates: Subset) -> Subset:
        updates = newest_updates(scope, entity)
        if not updates or not candidates:
            return entity.nothing
        with_tags: set[int | None] = set()
        others: set[int | None] = set()
        for each in updates:
            place = each.ordinal if isinstance(candidates, OrdinalSet) else None
            (with_tags if has_tags(scope, each) else others).add(place)
        if is_every:
            with_tags -= others
        found: Subset = (
            candidates & OrdinalSet(each for each in with_tags if each is not None)
            if isinstance(candidates, OrdinalSet)
            else bool(with_tags)
        )
        if found:
            scope.is_momentary = True
        return found

    return new_updates


EVALUATORS: dict[str, Maker] = {
    "executed_with_root_target": _executed_with_root_target,
    "executed_with_tags": _executed_with_tags,
    "any_new_update_has_run_tags": lambda node: _new_updates(node, is_every=False),
    "all_new_updates_have_run_tags": lambda node: _new_updates(node, is_every=True),
}
"""By kind, what makes its evaluator."""

NEEDS: dict[str, frozenset[str]] = {
    "executed_with_root_target": frozenset({"traced"}),
    "executed_with_tags": frozenset({"traced"}),
    "any_new_update_has_run_tags": frozenset({"momentary"}),
    "all_new_updates_have_run_tags": frozenset({"momentary"}),
}
"""What a kind needs; see ``nodes_status.py``. After ``newly_updated`` in the same ``and`` nothing is to be traced: the
candidates are those that were updated, and an update names its run."""
