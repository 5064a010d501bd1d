"""Random config schemas and values against a small model of what they mean; random Config classes there and back."""

from __future__ import annotations

import enum
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal, Optional

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import create_model

from watchbell.declare.config.config import Config
from watchbell.declare.config.config_schema import Array, Field, Map, Noneable, Permissive, Selector, Shape
from watchbell.declare.config.run_config_value import RunConfig
from watchbell.declare.config.scalar_config import Enum, EnumValue
from watchbell.declare.graphs.op import OpDefinition, op
from watchbell.declare.job import JobDefinition, job
from watchbell.declare.run_config import resolve_run_config
from watchbell.ground.errors import DagsterInvalidConfigError

Paths = set[tuple[str, ...]]
SCALARS: dict[str, type] = {"str": str, "int": int, "float": float, "bool": bool}
KEYS = st.sampled_from(["a", "b", "c", "rows", "limit", "path"])


# --------------------------------------------------------------------- the model


@dataclass
class Member:
    """An entry of a dict: required, with a default, or neither."""

    node: Node
    mode: str
    default: Any = None


@dataclass
class Node:
    """A schema in the model: its kind, and what is inside."""

    kind: str
    inner: Node | None = None
    members: dict[str, Member] = field(default_factory=dict)
    choices: dict[str, Any] = field(default_factory=dict)


def built(node: Node) -> Any:
    """The schema as users write it."""
    if node.kind in SCALARS:
        return SCALARS[node.kind]
    if node.kind == "any":
        return Any
    if node.kind == "enum":
        return Enum("E", [EnumValue(name, value) for name, value in node.choices.items()])
    if node.kind in {"list", "map", "none"}:
        inside = built(node.inner or Node("any"))
        if node.kind == "map":
            return Map(str, inside)
        return Array(inside) if node.kind == "list" else Noneable(inside)
    fields = {name: built_member(each) for name, each in node.members.items()}
    return {"shape": Shape, "open": Permissive, "one": Selector}[node.kind](fields)


def built_member(member: Member) -> Field:
    if member.mode == "default":
        return Field(built(member.node), default_value=member.default)
    return Field(built(member.node), is_required=member.mode == "required")


def may_be_empty(node: Node) -> bool:
    return node.kind in {"shape", "open"} and all(each.mode != "required" for each in node.members.values())


def judged(node: Node, raw: Any, path: tuple[str, ...], wrong: Paths) -> Any:
    """What ``raw`` means in the model; the places of mistakes go to ``wrong``."""
    if node.kind in SCALARS:
        good = {"float": (int, float)}.get(node.kind, SCALARS[node.kind])
        if isinstance(raw, bool) != (node.kind == "bool") or not isinstance(raw, good):
            wrong.add(path)
            return None
        return SCALARS[node.kind](raw)
    if node.kind == "any":
        return raw
    if node.kind == "none":
        assert node.inner
        return None if raw is None else judged(node.inner, raw, path, wrong)
    if node.kind == "enum":
        if not isinstance(raw, str) or raw not in node.choices:
            wrong.add(path)
            return None
        return node.choices[raw]
    if node.kind == "list":
        if not isinstance(raw, list):
            wrong.add(path)
            return None
        return [judged(node.inner or Node("any"), each, (*path, str(at)), wrong) for at, each in enumerate(raw)]
    if not isinstance(raw, dict):
        wrong.add(path)
        return None
    if node.kind == "map":
        return {key: judged(node.inner or Node("any"), each, (*path, key), wrong) for key, each in raw.items()}
    return judged_one(node, raw, path, wrong) if node.kind == "one" else judged_members(node, raw, path, wrong)


def judged_one(node: Node, raw: Mapping[str, Any], path: tuple[str, ...], wrong: Paths) -> Any:
    if len(raw) != 1:
        wrong.add(path)
        return None
    key, inside = next(iter(raw.items()))
    if key not in node.members:
        wrong.add((*path, key))
        return None
    return {key: judged(node.members[key].node, inside, (*path, key), wrong)}


def judged_members(node: Node, raw: Mapping[str, Any], path: tuple[str, ...], wrong: Paths) -> Any:
    value = {}
    for key, inside in raw.items():
        if key in node.members:
            value[key] = judged(node.members[key].node, inside, (*path, key), wrong)
        elif node.kind == "open":
            value[key] = inside
        else:
            wrong.add((*path, key))
    for key, member in node.members.items():
        if key in raw:
            continue
        if member.mode == "required":
            wrong.add((*path, key))
        elif member.mode == "default":
            value[key] = judged(member.node, member.default, (*path, key), wrong)
        elif member.node.kind == "none":
            value[key] = None
        elif may_be_empty(member.node):
            value[key] = judged(member.node, {}, (*path, key), wrong)
    return value


# --------------------------------------------------------------------- strategies

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(-9, 9) | st.text("xyz", max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=5,
)


def members(nodes: st.SearchStrategy[Node]) -> st.SearchStrategy[dict[str, Member]]:
    return st.dictionaries(KEYS, nodes.flatmap(member_of), max_size=3)


def member_of(node: Node) -> st.SearchStrategy[Member]:
    with_default = fitting(node).map(lambda value: Member(node, "default", value))
    return st.sampled_from([Member(node, "required"), Member(node, "optional")]) | with_default


def alternatives(nodes: st.SearchStrategy[Node]) -> st.SearchStrategy[dict[str, Member]]:
    required = nodes.map(lambda node: Member(node, "required"))
    return st.dictionaries(KEYS, required, min_size=2, max_size=3)


NODES = st.recursive(
    st.sampled_from([*(Node(name) for name in SCALARS), Node("any"), Node("enum", choices={"red": 1, "blue": "b"})]),
    lambda inner: st.one_of(
        st.builds(Node, st.sampled_from(["list", "map"]), inner),
        inner.filter(lambda node: node.kind != "none").map(lambda node: Node("none", node)),
        st.builds(lambda kind, found: Node(kind, members=found), st.sampled_from(["shape", "open"]), members(inner)),
        alternatives(inner).map(lambda found: Node("one", members=found)),
    ),
    max_leaves=6,
)


def fitting(node: Node) -> st.SearchStrategy[Any]:
    """Values that a schema accepts."""
    scalars: dict[str, st.SearchStrategy[Any]] = {
        "str": st.text("xyz", max_size=3),
        "int": st.integers(-9, 9),
        "float": st.floats(-9, 9) | st.integers(-9, 9),
        "bool": st.booleans(),
        "any": PLAIN,
        "enum": st.sampled_from(sorted(node.choices) or ["none"]),
    }
    if node.kind in scalars:
        return scalars[node.kind]
    if node.inner is not None:
        inside = fitting(node.inner)
        if node.kind == "list":
            return st.lists(inside, max_size=3)
        return st.dictionaries(KEYS, inside, max_size=3) if node.kind == "map" else st.none() | inside
    entries = {name: fitting(each.node) for name, each in node.members.items()}
    if node.kind == "one":
        return st.one_of([st.fixed_dictionaries({name: value}) for name, value in entries.items()])
    needed = {name: entries[name] for name, each in node.members.items() if each.mode == "required"}
    others = {name: entries[name] for name in entries if name not in needed}
    return st.fixed_dictionaries(needed, optional=others)


# A value that fits nothing but Any: no schema here takes a tuple of an object.
class Odd:
    """Something that no config can hold."""

    def __repr__(self) -> str:
        return "Odd()"


def places(node: Node, raw: Any, path: tuple[str, ...]) -> list[tuple[tuple[str, ...], Callable[[], object]]]:
    """Where one mistake can be planted without hiding another: leaves of the value, and how each is spoilt."""
    found: list[tuple[tuple[str, ...], Callable[[], object]]] = []
    if node.kind == "none" and node.inner is not None:
        return places(node.inner, raw, path) if raw is not None else []
    entries: list[tuple[Any, str, Node]] = []
    if node.kind == "list" and node.inner is not None:
        entries = [(at, str(at), node.inner) for at in range(len(raw))]
    elif node.kind == "map" and node.inner is not None:
        entries = [(key, key, node.inner) for key in raw]
    elif node.kind in {"shape", "open", "one"}:
        entries = [(key, key, node.members[key].node) for key in raw if key in node.members]
    for key, shown, inner in entries:
        here = (*path, shown)
        target = inner.inner if inner.kind == "none" and inner.inner else inner
        if target.kind in SCALARS or target.kind == "enum":
            found.append((here, partial(raw.__setitem__, key, Odd())))
        else:
            found.extend(places(inner, raw[key], here))
    if node.kind == "shape":
        found.append(((*path, "unknwon"), partial(raw.__setitem__, "unknwon", 1)))
        needed = [key for key, each in node.members.items() if each.mode == "required" and each.node.kind in SCALARS]
        found = [each for each in found if not (len(each[0]) == len(path) + 1 and each[0][-1] in needed)]
        found.extend(((*path, key), partial(raw.pop, key)) for key in needed)
    return found


def outcome(node: Node, raw: Any) -> tuple[Any, Paths]:
    try:
        return Field(built(node)).resolve(raw, "op 'o'"), set()
    except DagsterInvalidConfigError as error:
        return None, {mistake.path for mistake in error.errors}


# --------------------------------------------------------------------- the rules


@given(st.data())
def test_a_schema_accepts_what_the_model_accepts_and_fills_in_the_same(data: st.DataObject) -> None:
    node = data.draw(NODES)
    raw = data.draw(fitting(node))
    wrong: Paths = set()
    expected = judged(node, raw, ("config",), wrong)

    assert (expected, set()) == outcome(node, raw)
    assert not wrong


@given(NODES, PLAIN)
def test_a_schema_refuses_what_the_model_refuses_at_the_same_places(node: Node, raw: Any) -> None:
    wrong: Paths = set()
    expected = judged(node, raw, ("config",), wrong)

    value, found = outcome(node, raw)

    assert wrong == found
    if not wrong:
        assert expected == value


@given(st.data())
def test_every_planted_mistake_is_told_with_its_path(data: st.DataObject) -> None:
    node = data.draw(NODES)
    raw = data.draw(fitting(node))
    there = places(node, raw, ("config",))
    chosen = data.draw(st.lists(st.sampled_from(range(len(there))), unique=True)) if there else []
    for at in chosen:
        there[at][1]()

    assert {there[at][0] for at in chosen} == outcome(node, raw)[1]


# ------------------------------------------------------------- classes of config


class Colour(enum.Enum):
    RED = "r"
    BLUE = "b"


# Annotations made at run time, which type checkers cannot follow.
LIST: Any = list
DICT: Any = dict
OPTIONAL: Any = Optional
FieldType = tuple[Any, st.SearchStrategy[Any]]
BASIC: list[FieldType] = [
    (str, st.text("xyz", max_size=3)),
    (int, st.integers(-9, 9)),
    (float, st.floats(-9, 9)),
    (bool, st.booleans()),
    (Colour, st.sampled_from(Colour)),
    (Literal["p", "q"], st.sampled_from(["p", "q"])),
]


def wrapped(inner: st.SearchStrategy[FieldType]) -> st.SearchStrategy[FieldType]:
    return st.one_of(
        inner.map(lambda each: (LIST[each[0]], st.lists(each[1], max_size=3))),
        inner.map(lambda each: (DICT[str, each[0]], st.dictionaries(KEYS, each[1], max_size=3))),
        inner.map(lambda each: (OPTIONAL[each[0]], st.none() | each[1])),
        st.dictionaries(KEYS, inner, min_size=1, max_size=3).map(class_of),
    )


def class_of(types: dict[str, FieldType]) -> FieldType:
    definitions: dict[str, Any] = {name: (each[0], ...) for name, each in types.items()}
    made = create_model("Made", __base__=Config, __module__=__name__, **definitions)
    return made, st.fixed_dictionaries({name: each[1] for name, each in types.items()}).map(lambda got: made(**got))


CLASSES = st.dictionaries(
    KEYS, st.recursive(st.sampled_from(BASIC), wrapped, max_leaves=4), min_size=1, max_size=4
).map(class_of)


def job_taking(kind: Any) -> tuple[JobDefinition, OpDefinition]:
    def take(config: Any) -> None: ...

    take.__annotations__["config"] = kind
    taking = op(take)

    @job(name="small")
    def small() -> None:
        taking()

    return small, taking


@given(st.data())
def test_an_object_of_any_config_class_comes_back_from_stored_run_config(data: st.DataObject) -> None:
    kind, values = data.draw(CLASSES)
    given_object = data.draw(values)
    small, taking = job_taking(kind)
    stored = json.loads(json.dumps(RunConfig(ops={"take": given_object}).to_config_dict()))

    resolved = resolve_run_config(small, stored, lambda _name: None)

    assert given_object == taking.config_argument(resolved.op("take").config)


@pytest.mark.parametrize("mode", ["required", "optional"])
def test_the_model_itself_tells_right_from_wrong(mode: str) -> None:
    node = Node("shape", members={"a": Member(Node("int"), mode)})
    wrong: Paths = set()

    assert judged(node, {"a": 1}, (), wrong) == {"a": 1}
    assert not wrong
    judged(node, {"a": "x", "b": 1}, (), wrong)
    assert {("a",), ("b",)} == wrong
