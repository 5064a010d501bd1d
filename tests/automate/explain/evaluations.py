"""Evaluations made by hand: a condition, what its leaves said, and what follows from that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from watchbell.automate.conditions.trace import Said, Trace, TraceNode, tree_of
from watchbell.automate.explain.blame import OF_OTHERS
from watchbell.declare.conditions.condition import AutomationCondition

ROOT = "orders"
Values = Mapping[tuple[str, str], bool]


def evaluation(
    condition: AutomationCondition[Any],
    values: Values,
    deps: Sequence[str] = ("raw", "users"),
    checks: Mapping[str, Sequence[str]] | None = None,
) -> Trace:
    """An evaluation of a condition of ``orders``, which has no partitions, as the engine would record it.

    Args:
        condition: of this package, or of one's own.
        values: what leaves said, by their kind (of one's own: its name) and the entity; else they are false. For
            ``newly_true`` and ``since``, what they remember.
        deps: what every asset is made from.
        checks: the checks of assets.
    """
    said: dict[int, list[Said]] = {}
    told = _nodes(tree_of(condition))
    value = _Evaluation(values, deps, checks or {}, said).value(told, ROOT)
    return Trace(ROOT, _with(told, said), value)


def _nodes(tree: list[Any], first: int = 0) -> TraceNode:
    kind, params, label, children = tree
    place, parts = first + 1, []
    for each in children:
        parts.append(_nodes(each, place))
        place += sum(1 for _ in Trace("", parts[-1], False).nodes())
    return TraceNode(first, kind, params, label, tuple(parts))


def _with(node: TraceNode, said: Mapping[int, Sequence[Said]]) -> TraceNode:
    return replace(
        node, said=tuple(said.get(node.place, ())), children=tuple(_with(each, said) for each in node.children)
    )


class _Evaluation:
    def __init__(
        self,
        values: Values,
        deps: Sequence[str],
        checks: Mapping[str, Sequence[str]],
        said: dict[int, list[Said]],
    ) -> None:
        self._values, self._deps, self._checks, self._said = values, deps, checks, said

    def value(self, node: TraceNode, entity: str) -> bool:
        found = self._of(node, entity)
        self._said.setdefault(node.place, []).append(Said(entity, True, found))
        return found

    def _of(self, node: TraceNode, entity: str) -> bool:
        kind, parts = node.kind, node.children
        if kind in {"and", "or"}:
            for part in parts:
                if self.value(part, entity) is (kind == "or"):
                    return kind == "or"
            return kind == "and"
        if kind == "not":
            return not self.value(parts[0], entity)
        held = self._values.get((str(node.params.get("name", kind)), entity), False)
        if kind == "newly_true":
            return self.value(parts[0], entity) and not held
        if kind == "since":
            began, ended = self.value(parts[0], entity), self.value(parts[1], entity)
            return (began or held) and not ended
        if kind in OF_OTHERS:
            others = self._checks.get(entity, ()) if "checks" in kind else self._deps
            others = [str(node.params["key"])] if kind == "asset_matches" else others
            found = [self.value(parts[0], other) for other in others]
            return all(found) if kind.startswith("all") else any(found)
        return held
