"""What a condition of one's own is asked (:class:`AutomationContext`), and what it says (:class:`AutomationResult`)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, field, is_dataclass
from datetime import datetime
from logging import Logger, getLogger
from typing import Any, Generic, TypeVar

from watchbell.declare.conditions.condition import AutomationCondition
from watchbell.declare.conditions.entity_subset import AssetGraphView, EntityKey, EntitySubset, Surroundings, Value
from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.ground.errors import ParameterCheckError
from watchbell.ground.shown import shown
from watchbell.ground.value import dataclass
from watchbell.record.ordinal_set import OrdinalSet
from watchbell.record.request import CURSOR_BYTES_MAX, check_text

K = TypeVar("K", bound=EntityKey)
T = TypeVar("T")


@dataclass(frozen=True)
class Remembered:
    """What is kept of an evaluation for the next one.

    Args:
        candidates: what was asked.
        true: what it was true for.
        cursor: text of the condition's own.
        structured: the fields of its structured cursor, as JSON, with the name of its type before it.
        metadata: what it said besides.
    """

    candidates: Value
    true: Value
    cursor: str | None = None
    structured: tuple[str, str] | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Asked:
    """The evaluation that a context belongs to; what is not of a single condition.

    Args:
        around: who answers the questions of subsets.
        evaluation_time: the time of the tick, aware.
        previous_evaluation_time: that of the evaluation before; None: this is the first.
        max_storage_id: storage id of the newest event that is known.
        previous_max_storage_id: that of the evaluation before.
        requested_before: what the evaluation before asked for, by key; None: nothing is known of it.
        evaluate_child: evaluates one of the conditions that a condition is made of: which, about what, for which
            candidates.
    """

    around: Surroundings
    evaluation_time: datetime
    previous_evaluation_time: datetime | None
    max_storage_id: int | None
    previous_max_storage_id: int | None
    requested_before: Callable[[EntityKey], Value | None]
    evaluate_child: Callable[[AutomationCondition[Any], Sequence[int | None], EntitySubset[Any]], EntitySubset[Any]]


class AutomationContext(Generic[K]):
    """What a condition of one's own is asked: about which asset or check, and for which partitions.

    Handed to ``evaluate`` of classes that derive from :class:`AutomationCondition`; not made by users.

    Args:
        condition: the condition that is asked.
        candidate_subset: the partitions it is asked about.
        asked: the evaluation.
        remembered: what was kept of the evaluation before; None: there was none.
        parent_context: that of the condition which asks; None: the evaluation itself.

    Example:
        >>> class OnlyVowels(AutomationCondition):
        ...     def evaluate(self, context: AutomationContext) -> AutomationResult:
        ...         wanted = context.candidate_subset.compute_intersection_with_partition_keys({"a", "e"})
        ...         return AutomationResult(context, wanted, cursor=str(wanted.size))
        >>> OnlyVowels().name
        'OnlyVowels'
    """

    def __init__(
        self,
        condition: AutomationCondition[Any],
        candidate_subset: EntitySubset[K],
        asked: Asked,
        remembered: Remembered | None = None,
        parent_context: AutomationContext[Any] | None = None,
    ) -> None:
        self.condition = condition
        """The condition that is asked."""
        self.candidate_subset = candidate_subset
        """The partitions it is asked about."""
        self.parent_context = parent_context
        """That of the condition which asks; None: the evaluation itself."""
        self._asked = asked
        self._remembered = remembered

    # ------------------------------------------------------------ what is asked

    @property
    def key(self) -> K:
        """The asset or check it is asked about."""
        return self.candidate_subset.key

    @property
    def partitions_def(self) -> PartitionsDefinition | None:
        """The partitions of that; None: it has none."""
        return self.candidate_subset.partitions_def

    @property
    def evaluation_time(self) -> datetime:
        """The time of the evaluation, aware."""
        return self._asked.evaluation_time

    @property
    def create_time(self) -> datetime:
        """As ``evaluation_time``."""
        return self._asked.evaluation_time

    @property
    def max_storage_id(self) -> int | None:
        """Storage id of the newest event that is known."""
        return self._asked.max_storage_id

    @property
    def root_context(self) -> AutomationContext[Any]:
        """That of the outermost condition of one's own."""
        return self if self.parent_context is None else self.parent_context.root_context

    @property
    def asset_graph(self) -> Any:
        """The assets of the location."""
        return self._asked.around.asset_graph

    @property
    def asset_graph_view(self) -> AssetGraphView:
        """What may be asked of them as of this evaluation."""
        return AssetGraphView(self._asked.around)

    @property
    def log(self) -> Logger:
        """A logger that bears the name of the condition."""
        return getLogger(f"watchbell.conditions.{self.condition.name}")

    def get_empty_subset(self) -> EntitySubset[K]:
        """Nothing of what it is asked about."""
        return self.asset_graph_view.get_empty_subset(key=self.key)

    # ------------------------------------------------------------ what was said before

    @property
    def previous_evaluation_time(self) -> datetime | None:
        """The time of the evaluation before; None: this is the first."""
        return self._asked.previous_evaluation_time

    @property
    def previous_max_storage_id(self) -> int | None:
        """Storage id of the newest event that was known then."""
        return self._asked.previous_max_storage_id

    @property
    def previous_true_subset(self) -> EntitySubset[K] | None:
        """What the condition was true for then; None: it was not asked before."""
        return None if self._remembered is None else self._subset(self._remembered.true)

    @property
    def previous_candidate_subset(self) -> EntitySubset[K] | None:
        """What it was asked about then; None: it was not asked before."""
        return None if self._remembered is None else self._subset(self._remembered.candidates)

    @property
    def previous_requested_subset(self) -> EntitySubset[K] | None:
        """What the evaluation before asked for; None: nothing is known of it."""
        return self.get_previous_requested_subset(self.key)

    @property
    def previous_metadata(self) -> Mapping[str, Any] | None:
        """The metadata of what it said then; None: it was not asked before."""
        return None if self._remembered is None else self._remembered.metadata

    @property
    def cursor(self) -> str | None:
        """The text that it gave with its last answer; None: it gave none."""
        return None if self._remembered is None else self._remembered.cursor

    def get_structured_cursor(self, as_type: type[T]) -> T | None:
        """The object that it gave with its last answer as ``structured_cursor``.

        Args:
            as_type: its type, a dataclass or a NamedTuple.

        Returns:
            The object; None: it gave none, or one of another type.
        """
        kept = None if self._remembered is None else self._remembered.structured
        if kept is None or kept[0] != _type_name(as_type):
            return None
        return as_type(**json.loads(kept[1]))

    def get_previous_requested_subset(self, key: Any) -> EntitySubset[Any] | None:
        """What the evaluation before asked for.

        Args:
            key: the asset or check; None is the answer where nothing is known of it.
        """
        value = self._asked.requested_before(key)
        return None if value is None else EntitySubset(key, value, self._asked.around)

    # ------------------------------------------------------------ what it is made of

    def for_child_condition(
        self,
        child_condition: AutomationCondition[Any],
        child_indices: Sequence[int | None],
        candidate_subset: EntitySubset[Any],
    ) -> ChildContext:
        """The question to one of the conditions that this one is made of (``children``).

        Args:
            child_condition: which; one of ``children``.
            child_indices: its place among them, a list of one.
            candidate_subset: the partitions it is asked about; they may be of another asset.
        """
        return ChildContext(self, child_condition, tuple(child_indices), candidate_subset)

    def _subset(self, value: Value) -> EntitySubset[K]:
        return EntitySubset(self.key, value, self._asked.around)


class ChildContext:
    """The question to a condition that another one is made of; see :meth:`AutomationContext.for_child_condition`.

    Args:
        parent_context: of the condition that asks.
        condition: the one that is asked.
        child_indices: its place among the children of the other.
        candidate_subset: the partitions it is asked about.
    """

    def __init__(
        self,
        parent_context: AutomationContext[Any],
        condition: AutomationCondition[Any],
        child_indices: Sequence[int | None],
        candidate_subset: EntitySubset[Any],
    ) -> None:
        self.parent_context = parent_context
        self.condition = condition
        self.child_indices = child_indices
        self.candidate_subset = candidate_subset

    @property
    def key(self) -> EntityKey:
        """The asset or check it is asked about."""
        key: EntityKey = self.candidate_subset.key
        return key

    def evaluate(self) -> AutomationResult:
        """What the condition says."""
        evaluate_child = self.parent_context._asked.evaluate_child
        return AutomationResult(self, evaluate_child(self.condition, self.child_indices, self.candidate_subset))

    async def evaluate_async(self) -> AutomationResult:
        """What the condition says, for conditions whose ``evaluate`` is ``async``."""
        return self.evaluate()


class AutomationResult:
    """What a condition of one's own says.

    Args:
        context: what it was asked.
        true_subset: the partitions it is true for; what was not asked about is left out.
        cursor: text that it finds again, at the next evaluation, as ``context.cursor``.
        child_results: what the conditions it is made of said; may be left out.
        structured_cursor: a dataclass or NamedTuple of plain values, instead of text; found again by
            ``context.get_structured_cursor(type)``.
        metadata: what it says besides; found again as ``context.previous_metadata``.

    Raises:
        ParameterCheckError: an argument has the wrong type, or the cursor cannot be stored.

    Example:
        >>> class Never(AutomationCondition):
        ...     async def evaluate(self, context: AutomationContext) -> AutomationResult:
        ...         return AutomationResult(context, context.get_empty_subset())
        >>> print(Never() | AutomationCondition.missing())
        Never | missing
    """

    def __init__(
        self,
        context: Any,
        true_subset: EntitySubset[Any],
        cursor: str | None = None,
        child_results: Sequence[AutomationResult] | None = None,
        *,
        structured_cursor: Any = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        _check(true_subset, EntitySubset, "true_subset", "a set such as context.candidate_subset")
        if cursor is not None:
            _check(cursor, str, "cursor", "text")
            check_text(cursor, "AutomationResult: cursor=", CURSOR_BYTES_MAX)
        for each in child_results or ():
            _check(each, AutomationResult, "child_results", "a list of results of children")
        if metadata is not None:
            _check(metadata, Mapping, "metadata", "a mapping such as {'rows': 3}")
        self.context = context
        self.true_subset = true_subset
        self.cursor = cursor
        self.child_results = tuple(child_results or ())
        self.structured = None if structured_cursor is None else _structured(structured_cursor)
        self.metadata = {name: _plain(each) for name, each in (metadata or {}).items()}

    @property
    def key(self) -> EntityKey:
        """The asset or check it speaks of."""
        key: EntityKey = self.true_subset.key
        return key

    @property
    def condition(self) -> AutomationCondition[Any]:
        """The condition that says it."""
        condition: AutomationCondition[Any] = self.context.condition
        return condition

    def __repr__(self) -> str:
        return f"AutomationResult({self.condition.name}: {self.true_subset})"


def remembered_as_slot(kept: Remembered) -> dict[str, Any]:
    """What is remembered as plain data."""
    slot: dict[str, Any] = {"candidates": kept.candidates, "true": kept.true}
    if kept.cursor is not None:
        slot["cursor"] = kept.cursor
    if kept.structured is not None:
        slot["structured"] = kept.structured
    if kept.metadata:
        slot["metadata"] = dict(kept.metadata)
    return slot


def remembered_from_slot(slot: Mapping[str, Any] | None) -> Remembered | None:
    """What :func:`remembered_as_slot` wrote."""
    if slot is None:
        return None
    structured = slot.get("structured")
    return Remembered(
        _value(slot["candidates"]),
        _value(slot["true"]),
        slot.get("cursor"),
        None if structured is None else (structured[0], structured[1]),
        slot.get("metadata") or {},
    )


def _value(value: Any) -> Value:
    return value if isinstance(value, OrdinalSet) else bool(value)


def _check(value: object, kind: type, name: str, wanted: str) -> None:
    if not isinstance(value, kind):
        raise ParameterCheckError(
            f"AutomationResult: {name}= is {wanted}, not {shown(value)}", parameter=name, value=value
        )


def _plain(value: Any) -> str | int | float | bool | None:
    """A value of metadata that can be stored: that of a MetadataValue; of anything else its text."""
    found = getattr(value, "value", value)
    return found if found is None or isinstance(found, str | int | float | bool) else str(found)


def _structured(cursor: Any) -> tuple[str, str]:
    if is_dataclass(cursor) and not isinstance(cursor, type):
        fields = asdict(cursor)
    elif isinstance(cursor, tuple) and hasattr(cursor, "_asdict"):
        fields = cursor._asdict()
    else:
        raise ParameterCheckError(
            f"AutomationResult: structured_cursor= is an object of a dataclass or a NamedTuple, not {shown(cursor)}",
            parameter="structured_cursor",
            value=cursor,
        )
    try:
        return _type_name(type(cursor)), json.dumps(fields, sort_keys=True)
    except TypeError as error:
        raise ParameterCheckError(
            f"AutomationResult: structured_cursor= has fields of text, numbers, lists and mappings: {error}",
            parameter="structured_cursor",
            value=cursor,
        ) from error


def _type_name(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"
