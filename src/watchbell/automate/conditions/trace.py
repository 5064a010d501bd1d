"""The record of an evaluation: what each node of a condition said, as short text, and read back as a tree.

While a root is evaluated the engine tells a :class:`Recorder` of every node it reaches. When the root is done, what it
said is compared with what was kept of it last; only an evaluation that asked for something, or in which a node says
something else, becomes a text. That is JSON, compressed with a dictionary of what such texts are made of:

    digest (12 characters, of everything but the candidates) + base64 of zlib of
    [tree, entities, sets, calls, requested, held, others, same] [+ "." + entities, if these are few]

A tree is ``[kind, params, label, children]``, so it can be explained when the code is another one; places count the
whole before its parts. Entities are names, the root first. Calls are ``place, entity, candidates, value`` one after the
other; a subset is 0 (nothing of an entity without partitions), 1 (that entity), or 2 + its place among the sets.
Others are the trees that an ``any_downstream`` stands for; their places go on after the tree. Same are the entities
whose partitions have the numbers of those of the root that are made from them.
"""

from __future__ import annotations

import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime
from hashlib import blake2b
from itertools import count
from typing import Any

from watchbell.automate.conditions.scope import Entity
from watchbell.automate.conditions.subset import Subset, minus, size_of
from watchbell.declare.conditions.condition import AutomationCondition, walk
from watchbell.ground.errors import DagsterInvariantViolationError
from watchbell.ground.value import dataclass
from watchbell.record.asset_job_key import entity_text
from watchbell.record.condition import ConditionEvaluation
from watchbell.record.keys import AssetKey
from watchbell.record.ordinal_set import OrdinalSet

DIGEST_CHARS = 12
APART = "."
"""Stands between what is compressed and the names."""
NAMES_APART_MAX = 16
"""So many names (count) stand beside what is compressed, which then is that of many other assets as well."""
MADE_MAX = 2_000
"""Texts that are kept to be used again (count)."""
PARAM_CHARS_MAX = 300
"""Characters of a parameter that is told as text (a selection, a value of one's own)."""
_WORDS = (
    b'["own","label",{"name":"allow":"ignore":"lookback_seconds":"cron":"timezone":"tag_keys":"tag_values":"state":"key"'
    b'"run_in_progress",{},"backfill_in_progress",{},"execution_failed",{},"executed_with_root_target",{},'
    b'"data_version_changed",{},"asset_matches",{"key":"any_checks",{"blocking_only":true},"all_checks",'
    b'"any_downstream",{},"freshness",{"state":"FAIL"},"cron_tick_passed",{"cron":"0 0 * * *","timezone":"UTC"},null,'
    b'[]]["and",{},null,[["in_latest_time_window",{},null,[]],["and",{},null,[["since",{},null,[["or",{},null,[["newly_true'
    b'",{},null,[["missing",{},null,[]]]],["any_deps",{},"any_deps_updated",[["or",{},null,[["and",{},null,[["newly_upda'
    b'ted",{},null,[]],["not",{},null,[["executed_with_root_target",{},null,[]]]]]],["will_be_requested",{},null,[]]]]]]'
    b']]],["or",{},"handled",[["newly_requested",{},null,[]],["newly_updated",{},null,[]],["initial_evaluation'
    b'",{},null,[]]]]]],["not",{},null,[["any_deps",{},"any_deps_missing",[["and",{},null,[["missing",{},null,[]],["not",'
    b'{},null,[["will_be_requested",{},null,[]]]]]]]]]],["not",{},null,[["any_deps",{},"any_deps_in_progress",[["or",{},'
    b'"in_progress",[["run_in_progress",{},null,[]],["backfill_in_progress",{},null,[]]]]]]]],["not",{},null,[["in_progr'
    b'ess",{},null,[]]]]]]]],["'
)
"""What trees of conditions are made of, for the compressor; another text here makes stored evaluations unreadable."""


@dataclass(frozen=True)
class Said:
    """What a node said of one entity.

    Args:
        entity: the entity, as its user string.
        candidates: of which of its partitions it was asked.
        value: for which of them it is true.
    """

    entity: str
    candidates: Subset
    value: Subset


@dataclass(frozen=True)
class TraceNode:
    """A node of a condition as it was when it was evaluated.

    Args:
        place: its place in the tree: the whole before its parts, 0 first.
        kind: what it means, e.g. ``"missing"``; of a condition of somebody's own ``"own"``, with its name as parameter.
        params: its parameters by name.
        label: what somebody called it.
        children: what it is made of.
        said: what it said, by entity, in the order it was asked; empty: it was not reached.
    """

    place: int
    kind: str
    params: Mapping[str, Any]
    label: str | None
    children: tuple[TraceNode, ...]
    said: tuple[Said, ...] = ()

    def of(self, entity: str) -> Said | None:
        """What it said of an entity, the last time it was asked; None: it was not asked."""
        return next((each for each in reversed(self.said) if each.entity == entity), None)


@dataclass(frozen=True)
class Trace:
    """An evaluation, read back.

    Args:
        entity: whose condition it is, as its user string.
        tree: the condition with what was said.
        requested: what it asked for.
        held: what it would have asked for, had not a run been about to make it; by that run's id, or by another reason.
        same: the entities whose partitions have the numbers of the root's partitions that are made from them; the root.
    """

    entity: str
    tree: TraceNode
    requested: Subset
    held: Mapping[str, Subset] = field(default_factory=dict)
    same: frozenset[str] = frozenset()

    def nodes(self) -> Iterator[TraceNode]:
        """All nodes, the whole before its parts."""
        waiting = [self.tree]
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(reversed(node.children))


class Recorder:
    """What the engine tells of the nodes it reaches, and what is kept of it.

    Between two roots nothing is left of it but eight bytes for each root that was ever evaluated.

    Args:
        digest_of: of an entity (user string), how its last stored evaluation begins (:func:`digest_of_body`); asked
            once for each, when it is evaluated for the first time in this process. None: there is none.
    """

    def __init__(self, digest_of: Callable[[str], str | None] = lambda entity: None) -> None:
        self._digest_of = digest_of
        self._calls: list[tuple[int, Entity, Subset, Subset]] = []
        self._last: dict[int, int] = {}
        self._trees: dict[int, tuple[AutomationCondition[Any], str, int]] = {}
        self._made: dict[Any, tuple[bytes, str]] = {}

    def __call__(self, place: int, entity: Entity, candidates: Subset, value: Subset) -> None:
        """Told of one node: where it is in the tree, what it was asked about, and what it said."""
        self._calls.append((place, entity, candidates, value))

    def end(
        self, root: Entity, requested: Subset, at: datetime, conditions: Sequence[AutomationCondition[Any]] = ()
    ) -> ConditionEvaluation | None:
        """The evaluation of a root is over; None: it changed nothing.

        Args:
            root: whose condition was evaluated.
            requested: what it asks for.
            at: time of the tick, aware.
            conditions: all nodes by place, where there are more than those of the root's condition.
        """
        calls, self._calls = self._calls, []
        quick = hash(tuple([(place, entity.number, _quick(value)) for place, entity, _, value in calls]))
        before = self._last.get(root.number)
        self._last[root.number] = quick
        if before == quick and not requested:
            return None
        known = self._trees.get(id(root.condition))
        if known is None:
            assert root.condition is not None, root.key
            size = sum(1 for _ in walk(root.condition))
            known = self._trees[id(root.condition)] = (root.condition, tree_text(root), size)
        _, tree, size = known
        body = body_of(root, calls, requested, tree, conditions if len(conditions) > size else (), self._made)
        name = entity_text(root.key)
        if before is None and not requested and self._digest_of(name) == digest_of_body(body):
            return None
        return ConditionEvaluation(name, at.timestamp(), size_of(requested), body)

    def drop(self) -> None:
        """Forgets what was told since the last end, of an evaluation that failed."""
        self._calls.clear()


def _quick(value: Subset) -> object:
    return value.to_bytes() if isinstance(value, OrdinalSet) else value


def digest_of_body(body: str) -> str:
    """What tells two evaluations of one entity apart."""
    return body[:DIGEST_CHARS]


# ------------------------------------------------------------------- writing


def body_of(
    root: Entity,
    calls: Sequence[tuple[int, Entity, Subset, Subset]],
    requested: Subset,
    tree: str | None = None,
    conditions: Sequence[AutomationCondition[Any]] = (),
    made: dict[Any, tuple[bytes, str]] | None = None,
) -> str:
    """The text of an evaluation.

    Args:
        root: whose condition was evaluated.
        calls: place, entity, candidates and value of each node that was reached.
        requested: what it asked for.
        tree: what :func:`tree_text` makes of the root's condition; None: it is made.
        conditions: all nodes by place, where there are more than those of the root's condition.
        made: what was made before, to be used again for what differs in names only: most assets of a graph.
    """
    tree = tree_text(root) if tree is None else tree
    writer = _Writer(root)
    flat: list[int] = []
    for place, entity, candidates, value in calls:
        flat += (place, writer.entity(entity), writer.subset(candidates), writer.subset(value))
    asked, same, others = writer.subset(requested), writer.same(root), _others(root, conditions)
    names, is_apart = _json(writer.names), len(writer.names) <= NAMES_APART_MAX
    key = (tree, tuple(flat), tuple(writer.sets), asked, tuple(same)) if is_apart and not others else None
    found = None if made is None or key is None else made.get(key)
    if found is None:
        rest = _json([None if is_apart else writer.names, writer.sets, flat, asked, {}, others, same])
        found = _inner_digest(tree, writer.sets, flat), _packed(f"[{tree},{rest[1:]}")
        if made is not None and key is not None:
            if len(made) >= MADE_MAX:
                made.clear()
            made[key] = found
    inner, packed = found
    digest = blake2b(inner + names.encode(), digest_size=DIGEST_CHARS // 2).hexdigest()
    return f"{digest}{packed}{APART}{names}" if is_apart else digest + packed


def _inner_digest(tree: str, sets: Sequence[str], flat: Sequence[int]) -> bytes:
    """A digest of all but the names and the candidates."""
    # Sets stand in the order they were met in, candidates between values; so it is made of the sets themselves.
    told = [sets[each - 2] if each > 1 else each for each in flat[3::4]]
    return blake2b(f"{tree}{_json([flat[0::4], flat[1::4], told])}".encode(), digest_size=16).digest()


def with_held(evaluation: ConditionEvaluation, held: Mapping[str, Subset]) -> ConditionEvaluation:
    """The same evaluation, which does not get part of what it asked for.

    Args:
        evaluation: of the recorder.
        held: what is held back, by the id of the run that is about to make it.
    """
    tree, names, sets, flat, requested, before, others, same = _unpacked(evaluation.body)
    kept_back = dict(before)
    asked = _subset(sets, requested)
    for reason, subset in held.items():
        asked = minus(asked, subset)
        kept_back[reason] = _numbered(sets, subset)
    text = _json([tree, names, sets, flat, _numbered(sets, asked), kept_back, others, same])
    return replace(evaluation, requested=size_of(asked), body=digest_of_body(evaluation.body) + _packed(text))


def _packed(text: str) -> str:
    packer = zlib.compressobj(6, zlib.DEFLATED, -13, 6, zdict=_WORDS)
    return b64encode(packer.compress(text.encode()) + packer.flush()).decode("ascii")


def _numbered(sets: list[str], subset: Subset) -> int:
    """A subset as evaluations name it; a new one is added to the sets."""
    if not isinstance(subset, OrdinalSet):
        return int(subset)
    text = subset.to_text() if subset else ""
    if text not in sets:
        sets.append(text)
    return sets.index(text) + 2


def _others(root: Entity, conditions: Sequence[AutomationCondition[Any]]) -> list[Any]:
    """The trees whose places go on after that of the root."""
    if not conditions or root.condition is None:
        return []
    place, found = sum(1 for _ in walk(root.condition)), []
    while place < len(conditions):
        found.append(tree_of(conditions[place]))
        place += sum(1 for _ in walk(conditions[place]))
    return found


def tree_text(root: Entity) -> str:
    """The condition of a root, as the beginning of its evaluations has it."""
    assert root.condition is not None, root.key
    return _json(tree_of(root.condition))


class _Writer:
    def __init__(self, root: Entity) -> None:
        self.names = [entity_text(root.key)]
        self.sets: list[str] = []
        self._number_of = {root.number: 0}
        self._place_of: dict[str, int] = {}

    def entity(self, entity: Entity) -> int:
        found = self._number_of.get(entity.number)
        if found is None:
            found = self._number_of[entity.number] = len(self.names)
            self.names.append(entity_text(entity.key))
        return found

    def same(self, root: Entity) -> list[int]:
        """The entities whose partitions have the numbers of the root's that are made from them."""
        near = root.upstream + root.roots
        links = [link for link in near if link.mapping is None and link.upstream.definition is not None]
        return [self._number_of[each.upstream.number] for each in links if each.upstream.number in self._number_of]

    def subset(self, subset: Subset) -> int:
        if not isinstance(subset, OrdinalSet):
            return int(subset)
        text = subset.to_text() if subset else ""
        found = self._place_of.get(text)
        if found is None:
            found = self._place_of[text] = len(self.sets) + 2
            self.sets.append(text)
        return found


def tree_of(condition: AutomationCondition[Any]) -> list[Any]:
    """A condition as lists: kind, parameters, label, children.

    Args:
        condition: also one of somebody's own, which has a kind of its own name.
    """
    kind = getattr(condition, "kind", None)
    if isinstance(kind, str):
        params = {name: _param(value) for name, value in getattr(condition, "params", ()) if value is not None}
    else:
        kind, params = "own", {"name": _text(condition.name)}
    label = condition.get_label()
    return [kind, params, None if label is None else str(label), [tree_of(each) for each in condition.children]]


def _param(value: Any) -> Any:
    if isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, AssetKey):
        return value.to_user_string()
    if isinstance(value, Mapping):
        return {str(key): _param(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        parts = [_param(each) for each in value]
        return sorted(parts, key=str) if isinstance(value, set | frozenset) else parts
    return _text(value)


def _text(value: Any) -> str:
    text = str(value)
    return text if len(text) <= PARAM_CHARS_MAX else f"{text[:PARAM_CHARS_MAX]}…"


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


# ------------------------------------------------------------------- reading


def trace_of(body: str) -> Trace:
    """An evaluation read back from its text.

    Raises:
        DagsterInvariantViolationError: the text is none that :func:`body_of` wrote.
    """
    tree, names, sets, flat, requested, held, others, same = _unpacked(body)
    try:
        subsets: list[Subset] = [False, True, *(_subset(sets, place + 2) for place in range(len(sets)))]
        said: dict[int, list[Said]] = {}
        for place, number, candidates, value in zip(*[iter(flat)] * 4, strict=True):
            said.setdefault(place, []).append(Said(names[number], subsets[candidates], subsets[value]))
        places, told_others = count(), []
        size = _size(tree)
        if others:
            after = count(size)
            told_others = [_node(each, after, said, ()) for each in others]
        root = _node(tree, places, said, tuple(told_others))
        kept_back = {reason: subsets[each] for reason, each in held.items()}
        return Trace(names[0], root, subsets[requested], kept_back, frozenset(names[each] for each in (0, *same)))
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise _unreadable(error) from error


def _unpacked(body: str) -> tuple[Any, Any, Any, Any, Any, Any, Any, Any]:
    """The parts of a text.

    Raises:
        DagsterInvariantViolationError: the text is none that :func:`body_of` wrote.
    """
    try:
        unpacker = zlib.decompressobj(-13, zdict=_WORDS)
        packed, _, apart = body[DIGEST_CHARS:].partition(APART)
        parts = json.loads(unpacker.decompress(b64decode(packed, validate=True)) + unpacker.flush())
        tree, names, sets, calls, requested, held, others, same = parts
        names = json.loads(apart) if names is None else names
        return tree, names, sets, calls, requested, held, others, same
    except (ValueError, TypeError, zlib.error) as error:
        raise _unreadable(error) from error


def _unreadable(error: Exception) -> DagsterInvariantViolationError:
    return DagsterInvariantViolationError(
        f"a stored evaluation of a condition cannot be read ({type(error).__name__}: {error}); it was written by "
        "another version, or damaged"
    )


def _subset(sets: Sequence[str], number: int) -> Subset:
    if number < 2:
        return bool(number)
    text = sets[number - 2]
    return OrdinalSet.from_text(text) if text else OrdinalSet()


def _size(tree: list[Any]) -> int:
    return 1 + sum(_size(each) for each in tree[3])


def _node(
    tree: list[Any], places: Iterator[int], said: Mapping[int, Sequence[Said]], others: tuple[TraceNode, ...]
) -> TraceNode:
    kind, params, label, children = tree
    place = next(places)
    parts = tuple(_node(each, places, said, others) for each in children)
    parts = others if kind == "any_downstream" else parts
    return TraceNode(place, kind, params, label, parts, tuple(said.get(place, ())))
