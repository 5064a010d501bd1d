"""Selections of assets written as text.

Left out: what Dagster writes so that it reads as something else (see docs/differences.md): ``not`` before parts with
``or`` and ``and``, up and then down, and steps "all the way" of ``*a``, which it counts.
"""

from collections.abc import Callable

import dagster as dg
from tests.parity.scenario import Say, scenario

S = dg.AssetSelection
A, B, Z = S.keys("a"), S.keys("b"), S.keys("z")
PARTS = {
    "key": A,
    "keys": S.keys("a", "b"),
    "group": S.groups("g"),
    "all": S.all(),
    "or": A | B,
    "and": A & S.groups("g"),
    "not": S.all() - A,
    "roots": A.roots(),
}


def written(say: Say, label: str, selection: dg.AssetSelection) -> None:
    say.refusal(label, selection.to_selection_str)
    try:
        say("str", str(selection) == selection.to_selection_str())
    except NotImplementedError:
        pass


@scenario()
def plain_selections(say: Say) -> None:
    for label, selection in {
        "all": S.all(),
        "all with sources": S.all(include_sources=True),
        "keys": S.keys("b", "a", "c/d", ["x", "y"]),
        "no keys": S.keys(),
        "twice": S.keys("a", "a"),
        "groups": S.groups("h", "g"),
        "a group": S.groups("g", include_sources=True),
        "no group": S.groups(),
        "tag": S.tag("k", "v"),
        "tag without value": S.tag("k", ""),
        "tag text": S.tag_string("k=v"),
        "tag text without value": S.tag_string("k"),
        "kind": S.kind("python"),
        "no kind": S.kind(None),
        "owner": S.owner("team:x"),
        "no owner": S.owner(None),
        "part of a key": S.key_substring("a/b"),
        "prefixes": S.key_prefixes("p", "q"),
        "checks": S.all_asset_checks(),
        "checks by key": S.checks(dg.AssetCheckKey(dg.AssetKey("a"), "fine")),
        "of some": S.from_coercible(["a", "b"]),
    }.items():
        written(say, label, selection)


@scenario()
def selections_of_selections(say: Say) -> None:
    for name, part in PARTS.items():
        for label, selection in {
            "up": part.upstream(),
            "two up": part.upstream(depth=2),
            "up without": part.upstream(include_self=False),
            "none up": part.upstream(depth=0),
            "down": part.downstream(),
            "one down": part.downstream(depth=1),
            "down without": part.downstream(include_self=False),
            "roots": part.roots(),
            "sinks": part.sinks(),
            "sources": part.sources(),
            "made": part.materializable(),
            "neighbours": part.required_multi_asset_neighbors(),
            "sources above": part.upstream_source_assets(),
            "no checks": part.without_checks(),
        }.items():
            written(say, f"{name} {label}", selection)


@scenario()
def combined_selections(say: Say) -> None:
    for name, part in PARTS.items():
        written(say, f"{name} or", part | Z)
        written(say, f"or {name}", Z | part)
        written(say, f"{name} and", part & Z)
        written(say, f"and {name}", Z & part)
        written(say, f"{name} without", part - Z)
        written(say, f"without {name}", Z - part)
        if name not in {"keys", "or", "and"}:
            written(say, f"all without {name}", S.all() - part)
    written(say, "three", A | B | Z)
    written(say, "three, otherwise", A | (B | Z))
    written(say, "all of three", A & B & Z)
    written(say, "mixed", (A | B) & Z)
    written(say, "mixed, otherwise", A | (B & Z))
    written(say, "less and less", A - B - Z)


@scenario()
def texts_read_and_written(say: Say) -> None:
    texts = (
        "*", "a", "++a", "a+", "+a+", "++a++", "a/b", 'key:"a*"', "key:a or key:b", "group:g", "group:<null>",
        "tag:k=v", "tag:k", "kind:<null>", "owner:x", 'owner:"x@y.z"', "not key:a", "not not key:a",
        "(key:a or key:b) and group:g", "key:a and key:b and group:g", "+key:a", "2+key:a", "key:a+", "key:a+3",
        "+key:a+", "1+key:a+2", "roots(key:a)", "sinks(*)", "roots(+key:a)", "key:a and not key:b",
        "+(key:a or key:b)", "* and not group:g", "not +key:a", "(not key:a)+",
    )  # fmt: skip
    for text in texts:
        read: Callable[[], dg.AssetSelection] = lambda text=text: S.from_string(text)  # type: ignore[misc]  # noqa: E731
        written(say, text, read())


@scenario()
def selections_in_conditions(say: Say) -> None:
    missing = dg.AutomationCondition.missing()
    for condition in (
        dg.AutomationCondition.any_deps_match(missing).ignore(A),
        dg.AutomationCondition.any_deps_match(missing).allow(S.groups("g")).ignore(S.keys("a", "b") | S.groups("x")),
        dg.AutomationCondition.all_deps_match(missing).ignore(A).ignore(B),
    ):
        say("name", condition.name)
