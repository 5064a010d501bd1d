"""A condition with what each of its nodes said, as a tree for people."""

from __future__ import annotations

from collections.abc import Sequence

from watchbell.automate.conditions.trace import TraceNode
from watchbell.automate.explain.blame import OF_OTHERS, Asked, Blamed, Question, counts
from watchbell.automate.explain.clauses import Seen, clause_of, text_of
from watchbell.automate.explain.explanation import Branch, Mark
from watchbell.automate.explain.words import short

OTHERS_TOLD = 6
"""Dependencies or checks that are shown below one node (count); those that are blamed come first."""


def tree_of_question(question: Question, seen: Seen, blamed: Sequence[Blamed]) -> Branch:
    """The whole condition about the entity whose it is.

    Args:
        question: what is asked.
        seen: what clauses are told with.
        blamed: the clauses that the answer is because of.
    """
    return _Drawing(question, seen, blamed).branch(question.root)


class _Drawing:
    def __init__(self, question: Question, seen: Seen, blamed: Sequence[Blamed]) -> None:
        self._question = question
        self._seen = seen
        self._blamed = {(each.node.place, each.entity): each for each in blamed}
        self._above = {(above.place, each.entity) for each in blamed for above in each.path} | self._blamed.keys()

    def branch(self, asked: Asked) -> Branch:
        """A node asked about an entity."""
        blamed = self._blamed.get((asked.node.place, asked.entity))
        seen = _counts(asked) if blamed is None else clause_of(blamed, self._seen).why
        return Branch(
            _name(asked.node), asked.mark, seen, blamed is not None, self._below(asked), short(text_of(asked.node))
        )

    def _below(self, asked: Asked) -> tuple[Branch, ...]:
        parts = self._question.parts(asked)
        if asked.node.kind not in OF_OTHERS:
            return tuple(self.branch(each) for each in parts)
        if not parts:
            return tuple(self.branch(Asked(child, asked.entity)) for child in asked.node.children)
        parts.sort(key=lambda part: (part.node.place, part.entity) not in self._above)
        found = [self._about(part) for part in parts[:OTHERS_TOLD]]
        if len(parts) > OTHERS_TOLD:
            found.append(_rest(parts[OTHERS_TOLD:]))
        return tuple(found)

    def _about(self, part: Asked) -> Branch:
        """An operand asked about another entity, which stands above it, or before it if it has no parts."""
        below = self.branch(part)
        if not part.node.children:
            return Branch(f"{part.entity}: {below.text}", below.mark, below.seen, below.is_blamed)
        return Branch(part.entity, below.mark, children=(below,), line=f"{part.entity}: {below.line}")


def _rest(parts: Sequence[Asked]) -> Branch:
    marks = [each.mark for each in parts]
    mark = marks[0] if len(set(marks)) == 1 else Mark.UNKNOWN
    kinds = ", ".join(f"{marks.count(each):,} {each.value}" for each in Mark if each in marks)
    return Branch(f"and {len(parts):,} more", mark, kinds)


def _counts(asked: Asked) -> str:
    found = counts(asked)
    if found is None or asked.mark is Mark.NOT_REACHED or found[1] == 1:
        return ""
    return f"for {found[0]:,} of {found[1]:,}"


def _name(node: TraceNode) -> str:
    operators = {"and": "all of", "or": "any of", "not": "not", "since": "since", "newly_true": "newly true"}
    if node.label is not None:
        return node.label
    if node.kind in operators:
        return operators[node.kind]
    if node.kind in OF_OTHERS:
        return short(text_of(node)).partition("(")[0]
    return short(text_of(node))
