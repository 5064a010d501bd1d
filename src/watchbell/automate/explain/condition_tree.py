"""A condition with what each of its nodes said, as a tree for people."""

from __future__ import annotations

from collections.abc import Sequence

from watchbell.automate.conditions.trace import TraceNode
from watchbell.automate.explain.blame import OF_OTHERS, Blamed, Question, counts
from watchbell.automate.explain.clauses import Seen, clause_of, text_of
from watchbell.automate.explain.explanation import Branch, Mark
from watchbell.automate.explain.words import counted, short

OTHERS_TOLD = 6
"""Dependencies or checks that are shown below one node (count); those that are blamed come first."""


def tree_of_question(question: Question, seen: Seen, blamed: Sequence[Blamed]) -> Branch:
    """The whole condition about the entity whose it is.

    Args:
        question: what is asked.
        seen: what clauses are told with.
        blamed: the clauses that the answer is because of.
    """
    return _Drawing(question, seen, blamed).branch(question.trace.tree, question.trace.entity)


class _Drawing:
    def __init__(self, question: Question, seen: Seen, blamed: Sequence[Blamed]) -> None:
        self._question = question
        self._seen = seen
        self._blamed = {(each.node.place, each.entity): each for each in blamed}
        self._above = {(above.place, each.entity) for each in blamed for above in each.path}

    def branch(self, node: TraceNode, entity: str) -> Branch:
        """A node asked about an entity."""
        blamed = self._blamed.get((node.place, entity))
        mark = self._question.mark(node, entity)
        seen = "" if blamed is None else clause_of(blamed, self._seen).why
        return Branch(
            _name(node),
            mark,
            seen or self._counts(node, entity, mark),
            blamed is not None,
            self._below(node, entity),
        )

    def _below(self, node: TraceNode, entity: str) -> tuple[Branch, ...]:
        if node.kind not in OF_OTHERS or node.kind == "any_downstream":
            return tuple(self.branch(each, entity) for each in node.children)
        found: list[Branch] = []
        for child in node.children:
            others = self._question.led_to(node, child, entity)
            if not others:
                found.append(self.branch(child, entity))
                continue
            others.sort(key=lambda other: (child.place, other) not in self._blamed | dict.fromkeys(self._above))
            found += [self._about(child, other) for other in others[:OTHERS_TOLD]]
            if len(others) > OTHERS_TOLD:
                found.append(self._rest(child, others[OTHERS_TOLD:]))
        return tuple(found)

    def _about(self, child: TraceNode, other: str) -> Branch:
        """An operand asked about another entity; that stands above it, or before it if it has no parts."""
        below = self.branch(child, other)
        if not child.children:
            return Branch(f"{other}: {below.text}", below.mark, below.seen, below.is_blamed)
        return Branch(other, below.mark, children=(below,))

    def _rest(self, child: TraceNode, others: Sequence[str]) -> Branch:
        marks = [self._question.mark(child, other) for other in others]
        mark = marks[0] if len(set(marks)) == 1 else Mark.UNKNOWN
        kinds = ", ".join(f"{marks.count(each):,} {each.value}" for each in Mark if each in marks)
        return Branch(f"and {counted(len(others), 'more')}".removesuffix("s"), mark, kinds)

    def _counts(self, node: TraceNode, entity: str, mark: Mark) -> str:
        found = counts(node.of(entity))
        if found is None or mark is Mark.NOT_REACHED or self._question.within(entity) is not None:
            return ""
        true, asked = found
        return f"for {true:,} of {asked:,}"


def _name(node: TraceNode) -> str:
    operators = {"and": "all of", "or": "any of", "not": "not", "since": "since", "newly_true": "newly true"}
    if node.label is not None:
        return node.label
    if node.kind in operators:
        return operators[node.kind]
    if node.kind in OF_OTHERS:
        return short(text_of(node)).partition("(")[0]
    return short(text_of(node))
