"""Conditions of one's own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple

import pytest

from tests.automate.conditions.hand_world import HandWorld, key_of, plan
from watchbell.automate.conditions.engine import ConditionEngine
from watchbell.declare.conditions.condition import AutomationCondition
from watchbell.declare.conditions.context import AutomationContext, AutomationResult
from watchbell.declare.conditions.entity_subset import AssetKeyPartitionKey
from watchbell.declare.partitions.named_windows import DailyPartitionsDefinition
from watchbell.declare.partitions.static import StaticPartitionsDefinition
from watchbell.ground.errors import CheckError, DagsterInvariantViolationError, DagsterUserCodeExecutionError
from watchbell.record.keys import AssetKey

OF = AutomationCondition
LETTERS = StaticPartitionsDefinition(["a", "b", "c"])
Context = AutomationContext[Any]
Answer = Callable[[Context], Any]


class Own(AutomationCondition[Any]):
    """Answers by a function, which is kept out of what it is."""

    def __init__(self, answer: Answer, *parts: AutomationCondition[Any]) -> None:
        self._answer = answer
        self._parts = parts

    @property
    def children(self) -> tuple[AutomationCondition[Any], ...]:
        return self._parts

    def evaluate(self, context: Context) -> Any:
        return self._answer(context)


class Waiting(Own):
    """Answers from an event loop."""

    async def evaluate(self, context: Context) -> Any:
        await asyncio.sleep(0)
        return self._answer(context)


def everything(context: Context) -> AutomationResult:
    """What it is asked about."""
    return AutomationResult(context, context.candidate_subset)


def nothing(context: Context) -> AutomationResult:
    """Nothing."""
    return AutomationResult(context, context.get_empty_subset())


def seen_by(look: Callable[[Context], Any], condition: Any = None) -> Any:
    """What a condition sees of a partitioned asset between two others."""
    found: list[Any] = []

    def answer(context: Context) -> AutomationResult:
        found.append(look(context))
        return nothing(context)

    own = Own(answer)
    world = HandWorld(
        plan("p", definition=LETTERS),
        plan("x", own if condition is None else condition(own), ["p"], LETTERS),
        plan("d", None, ["x"], LETTERS),
        plan("u"),
    )
    world.make("p", 0)
    world.make("x", 1)
    for error in world.tick().errors.values():
        raise error
    return found[0]


@pytest.mark.parametrize("kind", [Own, Waiting])
def test_it_is_asked_in_every_tick(kind: type[Own]) -> None:
    world = HandWorld(plan("x", kind(everything)), plan("y", kind(everything), definition=LETTERS))

    assert [world.asked(), world.asked()] == [{"x": True, "y": [0, 1, 2]}] * 2


def test_there_is_a_next_tick_though_nothing_happens() -> None:
    world = HandWorld(plan("x", Own(nothing)))
    result = world.tick()

    assert result.next_at == world.now + timedelta(seconds=30)


def test_it_is_given_what_is_left_of_the_candidates() -> None:
    assert {"a", "c"} == seen_by(
        lambda context: context.candidate_subset.expensively_compute_partition_keys(), lambda own: OF.missing() & own
    )


def test_partitions_that_were_not_asked_about_are_left_out() -> None:
    own = Own(lambda context: AutomationResult(context, context.asset_graph_view.get_full_subset(key=context.key)))
    world = HandWorld(plan("x", OF.missing() & own, definition=LETTERS))
    world.make("x", 0)

    assert world.asked() == {"x": [1, 2]}


def test_it_is_asked_also_where_nothing_is_left() -> None:
    asked: list[int] = []

    def answer(context: Context) -> AutomationResult:
        asked.append(context.candidate_subset.size)
        return everything(context)

    world = HandWorld(plan("x", OF.cron_tick_passed("0 0 * * *") & Own(answer), definition=LETTERS))
    world.asked()
    world.asked(hours=1)

    assert asked == [0, 3]


def test_what_it_said_is_found_again_also_after_a_restart() -> None:
    told: list[Any] = []

    def answer(context: Context) -> AutomationResult:
        before = context.previous_true_subset
        told.append((context.cursor, None if before is None else before.size, context.previous_metadata))
        wanted = context.candidate_subset.compute_intersection_with_partition_keys({"a", "zz"})
        return AutomationResult(context, wanted, cursor=f"{context.cursor or ''}.", metadata={"n": 1, "set": {2}})

    world = HandWorld(plan("x", Own(answer), definition=LETTERS))
    assert [world.asked(), world.asked()] == [{"x": [0]}, {"x": [0]}]
    states, position = world.engine.dump(), world.engine.position
    world.engine = ConditionEngine(world.graph)
    world.engine.load(states, position)
    world.asked()

    metadata = {"n": 1, "set": "{2}"}
    assert [(None, None, None), (".", 1, metadata), ("..", 1, metadata)] == told


def test_a_cursor_that_is_not_given_again_is_gone() -> None:
    told: list[Any] = []

    def answer(context: Context) -> AutomationResult:
        told.append(context.cursor)
        return AutomationResult(context, context.get_empty_subset(), cursor=None if context.cursor else "x")

    world = HandWorld(plan("x", Own(answer)))
    for _ in range(3):
        world.asked()

    assert told == [None, "x", None]


class Counted(NamedTuple):
    """A structured cursor."""

    count: int
    names: list[str]


class Other(NamedTuple):
    """Another one."""

    count: int


def test_a_structured_cursor_is_found_again_by_its_type() -> None:
    told: list[Any] = []

    def answer(context: Context) -> AutomationResult:
        told.append((context.get_structured_cursor(Counted), context.get_structured_cursor(Other), context.cursor))
        return AutomationResult(context, context.get_empty_subset(), structured_cursor=Counted(len(told), ["a"]))

    world = HandWorld(plan("x", Own(answer)))
    world.asked()
    world.asked()

    assert [(None, None, None), (Counted(1, ["a"]), None, None)] == told


def test_it_knows_when_it_is_asked_and_was_asked() -> None:
    told: list[Any] = []

    def answer(context: Context) -> AutomationResult:
        told.append((context.evaluation_time, context.previous_evaluation_time, context.max_storage_id))
        return nothing(context)

    world = HandWorld(plan("x", Own(answer)))
    first = world.tick() and world.now
    world.make("x")
    second = world.tick() and world.now

    assert [(first, None, 0), (second, first, 1)] == told


def test_it_knows_what_was_asked_for() -> None:
    told: list[Any] = []

    def answer(context: Context) -> AutomationResult:
        before = context.previous_requested_subset
        told.append(None if before is None else before.size)
        return everything(context)

    world = HandWorld(plan("x", OF.missing() & Own(answer), definition=LETTERS))
    world.make("x", 0)
    world.asked()
    world.asked()

    assert told == [None, 2]


def test_about_a_dependency_it_knows_the_root() -> None:
    expected = ("p", "x", 3)

    assert expected == seen_by(
        lambda context: (
            context.key.to_user_string(),
            context.root_context.key.to_user_string(),
            context.candidate_subset.size,
        ),
        OF.any_deps_match,
    )


def test_sets_lead_to_parents_and_children() -> None:
    def look(context: Context) -> Any:
        one = context.candidate_subset.compute_intersection_with_partition_keys({"b"})
        above = one.compute_parent_subset(AssetKey("p"))
        below = one.compute_mapped_subset(AssetKey("d"), direction="down")
        return above.expensively_compute_asset_partitions() | below.expensively_compute_asset_partitions()

    assert {AssetKeyPartitionKey(AssetKey("p"), "b"), AssetKeyPartitionKey(AssetKey("d"), "b")} == seen_by(look)


def test_sets_are_combined() -> None:
    def look(context: Context) -> Any:
        every = context.candidate_subset
        a, b = (every.compute_intersection_with_partition_keys({each}) for each in "ab")
        both = a.compute_union(b)
        return (
            both.size,
            both.compute_difference(a) == b,
            both.compute_intersection(a) == a,
            a.compute_intersection(b).is_empty,
            both.is_partitioned,
            list(both.get_internal_subset_value().get_partition_keys()),
        )

    assert seen_by(look) == (2, True, True, True, True, ["a", "b"])


def test_an_asset_without_partitions_is_a_set_of_one() -> None:
    def look(context: Context) -> Any:
        whole = context.asset_graph_view.get_full_subset(key=AssetKey("u"))
        none = context.asset_graph_view.get_empty_subset(key=AssetKey("u"))
        return (
            whole.size,
            whole.is_partitioned,
            none.is_empty,
            whole.compute_difference(whole).size,
            whole.partitions_def,
        )

    assert seen_by(look) == (1, False, True, 0, None)


def test_the_view_knows_what_is_missing_and_newest() -> None:
    def look(context: Context) -> Any:
        view = context.asset_graph_view
        missing = view.compute_missing_subset(key=context.key, from_subset=context.candidate_subset)
        newest = view.compute_latest_time_window_subset(context.key)
        return sorted(missing.expensively_compute_partition_keys()), newest.size, view.effective_dt

    missing, newest, at = seen_by(look)
    assert (missing, newest) == (["a", "c"], 3)
    assert at.tzinfo is not None


def test_the_view_knows_the_newest_windows() -> None:
    sizes: list[int] = []

    def answer(context: Context) -> AutomationResult:
        view = context.asset_graph_view
        sizes.append(view.compute_latest_time_window_subset(context.key, timedelta(days=2)).size)
        return nothing(context)

    HandWorld(plan("x", Own(answer), definition=DailyPartitionsDefinition("2026-01-01"))).asked()

    assert sizes == [2]


# ------------------------------------------------------------ children


def test_it_asks_the_conditions_it_is_made_of() -> None:
    class Both(AutomationCondition[Any]):
        @property
        def children(self) -> list[AutomationCondition[Any]]:
            return [OF.missing(), OF.newly_updated()]

        async def evaluate(self, context: Context) -> AutomationResult:
            results = [
                await context.for_child_condition(each, [place], context.candidate_subset).evaluate_async()
                for place, each in enumerate(self.children)
            ]
            found = results[0].true_subset.compute_union(results[1].true_subset)
            return AutomationResult(context, found, child_results=results)

    world = HandWorld(plan("x", Both(), definition=LETTERS))
    world.make("x", 0, 1)
    assert world.asked() == {"x": [2]}

    world.make("x", 1)
    assert world.asked() == {"x": [1, 2]}


def test_conditions_of_its_own_may_be_made_of_others_that_wait() -> None:
    inner = Waiting(everything)
    outer = Waiting(
        lambda context: AutomationResult(
            context, context.for_child_condition(inner, [0], context.candidate_subset).evaluate().true_subset
        ),
        inner,
    )

    assert HandWorld(plan("x", outer)).asked() == {"x": True}


def test_a_child_that_is_not_asked_remembers_all_the_same() -> None:
    def now_and_then(context: Context) -> AutomationResult:
        (child,) = context.condition.children
        if context.cursor != "ask":
            return AutomationResult(context, context.get_empty_subset(), cursor="ask")
        asked = context.for_child_condition(child, [0], context.candidate_subset).evaluate()
        return AutomationResult(context, asked.true_subset, cursor="ask")

    world = HandWorld(plan("x", Own(now_and_then, OF.newly_updated().since(OF.missing()))))
    world.asked()
    world.make("x")

    assert world.asked() == {"x": True}
    assert world.asked() == {"x": True}


def test_a_condition_that_is_no_child_cannot_be_asked() -> None:
    def answer(context: Context) -> AutomationResult:
        return context.for_child_condition(OF.missing(), [0], context.candidate_subset).evaluate()

    world = HandWorld(plan("x", Own(answer, OF.newly_updated() | OF.run_in_progress())))
    (error,) = world.tick().errors.values()

    assert isinstance(error, DagsterUserCodeExecutionError)
    assert "Own asks missing, which is not among what it is made of" in str(error)


# ------------------------------------------------------------ what is refused


def failure(answer: Answer) -> Exception:
    """How an evaluation fails; others go on."""
    world = HandWorld(plan("p"), plan("x", Own(answer), ["p"]), plan("y", OF.missing()))
    result = world.tick()
    assert [key_of("x")] == list(result.errors)
    assert True is result.requested[key_of("y")]
    return result.errors[key_of("x")]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda context: None, "returned None (NoneType)"),
        (lambda context: context.candidate_subset, "(EntitySubset)"),
        (
            lambda context: AutomationResult(context, context.candidate_subset.compute_parent_subset(AssetKey("p"))),
            "returned partitions of 'p'",
        ),
    ],
    ids=["nothing", "a set", "of another asset"],
)
def test_an_answer_that_is_none_is_refused_by_name(answer: Answer, words: str) -> None:
    error = failure(answer)

    assert isinstance(error, DagsterInvariantViolationError)
    assert "the condition 'Own' (Own.evaluate) of 'x'" in str(error)
    assert words in str(error)
    assert "expected" in str(error)


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (lambda context: 1 / 0, ZeroDivisionError, "division by zero"),
        (
            lambda context: AutomationResult(context, context.candidate_subset, cursor=5),
            TypeError,
            "cursor= is text, not 5",
        ),
        (lambda context: AutomationResult(context, True), TypeError, "true_subset= is a set"),
        (
            lambda context: AutomationResult(context, context.candidate_subset, structured_cursor={"a": 1}),
            TypeError,
            "a dataclass or a NamedTuple",
        ),
        (
            lambda context: AutomationResult(context, context.candidate_subset, structured_cursor=Other({1})),  # type: ignore[arg-type]
            TypeError,
            "text, numbers, lists and mappings",
        ),
        (
            lambda context: context.candidate_subset.compute_child_subset(AssetKey("p")),
            CheckError,
            "'p' is none of what 'x' is upstream of: nothing",
        ),
        (
            lambda context: context.asset_graph_view.get_full_subset(key="x"),  # type: ignore[type-var]
            CheckError,
            "asks about 'x'; expected an AssetKey",
        ),
        (
            lambda context: context.candidate_subset.compute_parent_subset(AssetKey("q")),
            CheckError,
            "'q' is none of what 'x' is made from",
        ),
        (
            lambda context: context.candidate_subset.compute_union(
                context.candidate_subset.compute_parent_subset(AssetKey("p"))
            ),
            CheckError,
            "a set of 'p' says nothing of 'x'",
        ),
        (lambda context: context.candidate_subset.compute_union({"a"}), CheckError, "an EntitySubset is asked for"),
        (
            lambda context: context.candidate_subset.expensively_compute_partition_keys(),
            CheckError,
            "has no partitions",
        ),
    ],
    ids=["raises", "cursor", "set", "mapping", "fields", "down", "text", "up", "union", "plain set", "keys"],
)
def test_what_it_raises_is_told_with_its_name(answer: Answer, kind: type[Exception], words: str) -> None:
    error = failure(answer)

    assert isinstance(error, DagsterUserCodeExecutionError)
    assert isinstance(error.user_exception, kind)
    assert "the condition 'Own' (Own.evaluate) of 'x' was asked about 'x' and raised " in str(error)
    assert words in str(error)


@pytest.mark.parametrize("end", [SystemExit(3), GeneratorExit()], ids=["exit", "generator"])
def test_one_that_ends_the_process_fails_alone(end: BaseException) -> None:
    def leaving(context: AutomationContext) -> AutomationResult:
        raise end

    error = failure(leaving)

    assert isinstance(error, DagsterUserCodeExecutionError)
    assert f"was asked about 'x' and raised {type(end).__name__}" in str(error)


def test_one_whose_error_has_no_text_is_told_all_the_same() -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise ValueError("mute")

    def failing(context: AutomationContext) -> AutomationResult:
        raise Mute

    assert "was asked about 'x' and raised Mute whose text raises ValueError" in str(failure(failing))
