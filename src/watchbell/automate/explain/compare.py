"""Two evaluations of one condition side by side: which of its parts said something else."""

from __future__ import annotations

from collections.abc import Iterator

from watchbell.automate.conditions.trace import Trace
from watchbell.automate.explain.blame import Question
from watchbell.automate.explain.clauses import Seen, whole_text_of
from watchbell.automate.explain.condition_tree import tree_of_question
from watchbell.automate.explain.explanation import Branch, Mark
from watchbell.automate.explain.words import instant
from watchbell.ground.value import dataclass


@dataclass(frozen=True)
class Compared:
    """A node of a condition in two evaluations.

    Args:
        text: the condition in words, or its label.
        entity: the asset, check or job that it was asked about, where that is another one than above.
        before: what it said in the first; None: it was not part of it.
        after: the same of the second.
        seen_before: what was seen in the first, in words; may be empty.
        seen_after: the same of the second.
        children: what it is made of.
    """

    text: str
    entity: str
    before: Mark | None
    after: Mark | None
    seen_before: str = ""
    seen_after: str = ""
    children: tuple[Compared, ...] = ()

    @property
    def differs(self) -> bool:
        """Whether it said something else itself, also of other partitions."""
        return self.before is not self.after or self.seen_before != self.seen_after

    @property
    def has_difference(self) -> bool:
        """Whether it, or something in it, said something else."""
        return self.differs or any(each.has_difference for each in self.children)


def is_same_condition(before: Trace, after: Trace) -> bool:
    """Whether both are evaluations of the same condition; else the code was another one."""
    return whole_text_of(before.tree) == whole_text_of(after.tree)


def compared(before: Trace, before_at: float, after: Trace, after_at: float) -> Compared:
    """Two evaluations of one entity's condition, node by node.

    Args:
        before: one of them.
        before_at: when, seconds since the epoch.
        after: the other.
        after_at: when.
    """
    return _both(_tree(before, before_at), _tree(after, after_at))


def _tree(trace: Trace, at: float) -> Branch:
    question = Question(trace)
    return tree_of_question(question, Seen(trace.entity, instant(at)), question.why(), others_told=None)


def _both(before: Branch | None, after: Branch | None) -> Compared:
    shown = before if before is not None else after
    assert shown is not None
    return Compared(
        shown.text,
        shown.entity,
        None if before is None else before.mark,
        None if after is None else after.mark,
        "" if before is None else before.counts,
        "" if after is None else after.counts,
        tuple(_children(before, after)),
    )


def _children(before: Branch | None, after: Branch | None) -> Iterator[Compared]:
    """The parts of both, those of the same words and place among these together."""
    first, second = _named(before), _named(after)
    for name in dict.fromkeys([*first, *second]):
        yield _both(first.get(name), second.get(name))


def _named(branch: Branch | None) -> dict[tuple[str, int], Branch]:
    found: dict[tuple[str, int], Branch] = {}
    for each in () if branch is None else branch.children:
        number = sum(1 for text, _ in found if text == each.text)
        found[each.text, number] = each
    return found
