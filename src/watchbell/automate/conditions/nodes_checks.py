"""The conditions of a check: how its last execution ended, on what its asset holds now."""

from __future__ import annotations

from watchbell.automate.conditions.scope import Entity, Evaluate, Maker, Node, Scope
from watchbell.automate.conditions.subset import Subset


def _last_result(is_passed: bool) -> Maker:
    def make(node: Node) -> Evaluate:
        def last_result(scope: Scope, entity: Entity, candidates: Subset) -> Subset:
            return candidates if entity.fact.check_passed is is_passed else entity.nothing

        return last_result

    return make


EVALUATORS: dict[str, Maker] = {
    "check_passed": _last_result(True),
    "check_failed": _last_result(False),
}
"""By kind, what makes its evaluator."""

NEEDS: dict[str, frozenset[str]] = {}
"""What a kind needs; see ``nodes_status.py``: nothing but the facts of its check."""
