"""The conditions of a check: how its last execution ended, on what its asset holds now."""

from __future__ import annotations

from watchbell.automate.conditions.scope import Entity, Evaluate, Maker, Node, Scope
from watchbell.automate.conditions.subset import Subset
from watchbell.ground.errors import DagsterInvalidDefinitionError
from watchbell.record.asset_check import AssetCheckKey
from watchbell.record.asset_job_key import entity_text


def _last_result(is_passed: bool) -> Maker:
    def make(node: Node) -> Evaluate:
        def last_result(scope: Scope, entity: Entity, candidates: Subset) -> Subset:
            if not isinstance(entity.key, AssetCheckKey):
                raise _not_of_a_check(scope, entity, node.condition.kind)
            fact = entity.fact
            # While it is executed anew, nobody knows how it ends.
            return candidates if fact.check_passed is is_passed and not fact.running else entity.nothing

        return last_result

    return make


def _not_of_a_check(scope: Scope, entity: Entity, kind: str) -> DagsterInvalidDefinitionError:
    return DagsterInvalidDefinitionError(
        f"{kind}() in the condition of {entity_text(scope.root.key)!r} is asked about the asset "
        f"{entity_text(entity.key)!r}, and only checks pass or fail: write any_checks_match(...) or "
        "all_checks_match(...) around it"
    )


EVALUATORS: dict[str, Maker] = {
    "check_passed": _last_result(True),
    "check_failed": _last_result(False),
}
"""By kind, what makes its evaluator."""

NEEDS: dict[str, frozenset[str]] = {}
"""What a kind needs; see ``nodes_status.py``: nothing but the facts of its check."""
