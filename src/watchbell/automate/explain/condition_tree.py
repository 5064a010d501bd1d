"""A condition with what each of its nodes said, as a tree for people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from watchbell.automate.conditions.trace import TraceNode
from watchbell.automate.explain.blame import OF_OTHERS, Asked, Blamed, Question, counts
from watchbell.automate.explain.clauses import Clause, Seen, clause_of, text_of
from watchbell.automate.explain.explanation import Branch, Mark
from watchbell.automate.explain.words import short

OTHERS_TOLD = 6
"""Dependencies or checks that are shown below one node (count); those that are blamed come first."""


def tree_of_question(
    question: Question, seen: Seen, blamed: Sequence[Blamed], others_told: int | None = OTHERS_TOLD
) -> Branch:
    """The whole condition about the entity whose it is.

    Args:
        question: what is asked.
        seen: what clauses are told with.
        blamed: the clauses that the answer is because of.
        others_told: dependencies or checks that are shown below one node (count); None: all.
    """
    return _Drawing(question, seen, blamed, others_told).branch(question.root)


class _Drawing:
    def __init__(self, question: Question, seen: Seen, blamed: Sequence[Blamed], others_told: int | None) -> None:
        self._others_told = others_told
        self._question = question
        self._path: list[TraceNode] = []
        self._is_true = question.root.mark is Mark.TRUE
        self._seen = seen
        self._blamed = {(each.node.place, each.entity): each for each in blamed}
        self._above = {(above.place, each.entity) for each in blamed for above in each.path} | self._blamed.keys()

    def branch(self, asked: Asked) -> Branch:
        """A node asked about an entity."""
        node, blamed = asked.node, self._blamed.get((asked.node.place, asked.entity))
        seen = _counts(asked) if blamed is None else clause_of(blamed, self._seen).why
        self._path.append(node)
        below = self._below(asked)
        self._path.pop()
        found = Branch(_name(node), asked.mark, seen, blamed is not None, below, short(text_of(node)))
        found = replace(found, counts=_counts(asked))
        if below and blamed is None:
            return found
        clause = self._clause(asked, blamed)
        if clause is None:
            return found
        needed = None if blamed is None or self._is_true else Mark.FALSE if asked.mark is Mark.TRUE else Mark.TRUE
        return replace(found, told=clause.why, needed=needed, changes=clause.changes)

    def _clause(self, asked: Asked, blamed: Blamed | None) -> Clause | None:
        """What is told of a part that is not made of others; None: it was not asked."""
        if blamed is not None:
            return clause_of(blamed, self._seen)
        if asked.mark not in {Mark.TRUE, Mark.FALSE}:
            return None
        is_true = asked.mark is Mark.TRUE
        return clause_of(Blamed(asked.node, asked.entity, is_true, tuple(self._path), asked.scope), self._seen)

    def _below(self, asked: Asked) -> tuple[Branch, ...]:
        parts = self._question.parts(asked)
        if asked.node.kind not in OF_OTHERS:
            return tuple(self.branch(each) for each in parts)
        if not parts:
            return tuple(self.branch(Asked(child, asked.entity)) for child in asked.node.children)
        parts.sort(key=lambda part: (part.node.place, part.entity) not in self._above)
        most = len(parts) if self._others_told is None else self._others_told
        found = [self._about(part) for part in parts[:most]]
        if len(parts) > most:
            found.append(_rest(parts[most:]))
        return tuple(found)

    def _about(self, part: Asked) -> Branch:
        """An operand asked about another entity, which stands above it, or before it if it has no parts."""
        below = self.branch(part)
        if not part.node.children:
            return replace(below, text=f"{part.entity}: {below.text}", line="", entity=part.entity)
        line = f"{part.entity}: {below.line}"
        return Branch(part.entity, below.mark, children=(below,), line=line, entity=part.entity)


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
