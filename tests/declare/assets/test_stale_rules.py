"""Staleness: one rule at a time, and random graphs against a model that simply remembers."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchbell import AssetKey, DataProvenance, DataVersion
from watchbell.declare.assets.stale_rules import Definition, Known, StaleCauseCategory, StaleStatus, staleness
from watchbell.record.provenance import compute_logical_data_version

A, B, C = AssetKey("a"), AssetKey("b"), AssetKey("c")


def known(version: str, code: str = "1", **used: str) -> Known:
    inputs = {AssetKey(name): DataVersion(value) for name, value in used.items()}
    return Known(DataVersion(version), DataProvenance(code, inputs, {}, False))


def test_what_was_never_made_is_missing() -> None:
    assert staleness({A: Definition()}, {})[A].status is StaleStatus.MISSING


def test_what_is_made_elsewhere_is_never_stale() -> None:
    assert staleness({A: Definition(is_made_here=False)}, {})[A].status is StaleStatus.FRESH


def test_what_nobody_tells_of_is_taken_as_fresh() -> None:
    assert staleness({A: Definition()}, {A: Known(DataVersion("x"))})[A].status is StaleStatus.FRESH


@pytest.mark.parametrize(
    ("definition", "category", "reason"),
    [
        (Definition((A,), "2"), StaleCauseCategory.CODE, "has a new code version"),
        (Definition((A, C), "1"), StaleCauseCategory.DEPENDENCIES, "has a new dependency on c"),
        (Definition((), "1"), StaleCauseCategory.DEPENDENCIES, "has no dependency on a any more"),
    ],
)
def test_a_changed_definition_makes_stale(definition: Definition, category: StaleCauseCategory, reason: str) -> None:
    found = staleness({B: definition}, {A: known("x"), B: known("y", a="x"), C: known("z")})[B]

    assert found.status is StaleStatus.STALE
    assert [(cause.category, cause.reason) for cause in found.causes] == [(category, reason)]


def test_new_data_makes_stale_what_was_made_from_the_old() -> None:
    definitions = {A: Definition(), B: Definition((A,)), C: Definition((B,))}
    found = staleness(definitions, {A: known("new"), B: known("y", a="old"), C: known("z", b="y")})

    assert found[B].status is StaleStatus.STALE
    assert found[B].causes[0].dependency == A
    assert found[C].status is StaleStatus.FRESH, "b itself was not made again"


def test_no_code_version_means_no_change_is_noticed() -> None:
    assert staleness({A: Definition()}, {A: known("x", code="a run")})[A].status is StaleStatus.FRESH


def test_an_asset_made_from_itself_is_not_stale_for_that() -> None:
    assert staleness({A: Definition((A,))}, {A: known("x", a="before")})[A].status is StaleStatus.FRESH


class Model:
    """A world in which each asset remembers the code, and the makings of its inputs, that it was made from."""

    def __init__(self, graph: dict[AssetKey, tuple[AssetKey, ...]]) -> None:
        self.deps = dict(graph)
        self.code = dict.fromkeys(graph, 1)
        self.known: dict[AssetKey, Known] = {}
        self.memory: dict[AssetKey, object] = {}

    def make(self, key: AssetKey) -> None:
        used = {dep: self.known[dep].version for dep in self.deps[key] if dep in self.known}
        used |= {dep: DataVersion("INITIAL") for dep in self.deps[key] if dep not in self.known}
        code = str(self.code[key])
        self.known[key] = Known(compute_logical_data_version(code, used), DataProvenance(code, used, {}, False))
        self.memory[key] = self.facts(key)

    def facts(self, key: AssetKey) -> object:
        """All that making the asset now would depend on."""
        return (self.code[key], frozenset((dep, self._version(dep)) for dep in self.deps[key]))

    def _version(self, key: AssetKey) -> str:
        return self.known[key].version.value if key in self.known else "INITIAL"

    def definitions(self) -> dict[AssetKey, Definition]:
        return {key: Definition(deps, str(self.code[key])) for key, deps in self.deps.items()}

    def expected(self, key: AssetKey) -> StaleStatus:
        if key not in self.memory:
            return StaleStatus.MISSING
        return StaleStatus.FRESH if self.memory[key] == self.facts(key) else StaleStatus.STALE


@given(st.integers(0, 2**32), st.integers(1, 7), st.integers(0, 25))
def test_random_worlds_agree_with_the_model(seed: int, size: int, moves: int) -> None:
    choose = random.Random(seed)
    keys = [AssetKey(f"k{number}") for number in range(size)]
    graph = {key: tuple(choose.sample(keys[:place], choose.randint(0, place))) for place, key in enumerate(keys)}
    model = Model(graph)
    for key in keys:
        model.make(key)
    for _ in range(moves):
        place = choose.randrange(size)
        key = keys[place]
        match choose.randrange(3):
            case 0:
                model.make(key)
            case 1:
                model.code[key] += choose.choice([1, -1])
            case 2:
                model.deps[key] = tuple(choose.sample(keys[:place], choose.randint(0, place)))

    found = staleness(model.definitions(), model.known)
    assert {key: each.status for key, each in found.items()} == {key: model.expected(key) for key in keys}
