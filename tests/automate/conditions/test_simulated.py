"""The world of simulations says what a store would: the same history, told to both, leads to the same requests."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.depth import examples
from watchbell import (
    AssetCheckEvaluation,
    AssetCheckKey,
    AssetKey,
    AssetMaterialization,
    AutomationCondition,
    DagsterInstance,
    DagsterRun,
    DagsterRunStatus,
    Definitions,
    StaticPartitionsDefinition,
    asset,
    asset_check,
    evaluate_automation_conditions,
)
from watchbell.automate.conditions.engine import ConditionEngine
from watchbell.automate.conditions.entity_graph import EntityGraph
from watchbell.automate.conditions.simulated import NO_RUN, SimulatedWorld
from watchbell.automate.conditions.subset import Subset
from watchbell.automate.conditions.world import EntityKey, Position, RunFact
from watchbell.declare.partitions.view import PartitionsView
from watchbell.record.event import DagsterEvent, DagsterEventType, EventLogEntry
from watchbell.record.event_data import AssetMaterializationPlannedData, StepMaterializationData
from watchbell.record.ordinal_set import OrdinalSet

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LETTERS = StaticPartitionsDefinition(["a", "b", "c"])
EAGER = AutomationCondition.eager()
T = DagsterEventType


@asset
def raw() -> None: ...


@asset(automation_condition=AutomationCondition.on_cron("*/3 * * * *"))
def timed() -> None: ...


@asset(deps=[raw, timed], automation_condition=EAGER)
def child() -> None: ...


@asset(deps=[child], automation_condition=AutomationCondition.any_deps_updated().since_last_handled())
def grandchild() -> None: ...


@asset(partitions_def=LETTERS, automation_condition=AutomationCondition.missing().newly_true())
def parts() -> None: ...


@asset(
    partitions_def=LETTERS,
    deps=[parts],
    automation_condition=EAGER.without(~AutomationCondition.in_progress()) & ~AutomationCondition.execution_failed(),
)
def parts_child() -> None: ...


@asset(deps=[raw], automation_condition=EAGER & AutomationCondition.all_deps_blocking_checks_passed())
def guarded() -> None: ...


@asset(automation_condition=AutomationCondition.in_progress().newly_true() | AutomationCondition.execution_failed())
def nervous() -> None: ...


@asset_check(asset=raw, blocking=True)
def whole() -> None: ...


DEFS = Definitions([raw, timed, child, grandchild, parts, parts_child, guarded, nervous], asset_checks=[whole])
KEYS = [
    AssetKey(name) for name in ("raw", "timed", "child", "grandchild", "parts", "parts_child", "guarded", "nervous")
]
CHECK = AssetCheckKey("raw", "whole")


class Both:
    """A simulated world and an instance, told the same."""

    def __init__(self, instance: DagsterInstance) -> None:
        self.instance = instance
        self.graph = EntityGraph.of(DEFS.get_asset_graph())
        self.engine = ConditionEngine(self.graph)
        self.simulated = SimulatedWorld(self.graph, self.engine.world(Position(0, NOON)))
        self.cursor: Any = None
        self.now = NOON
        self.going: list[tuple[int, AssetKey, str | None]] = []
        self.run_count = 0

    def made(self, key: AssetKey, partition: str | None, run: int = NO_RUN) -> None:
        ordinal = self.ordinal(key, partition)
        run_id = "" if run == NO_RUN else f"run-{run}"
        definition = self.graph.by_key[key].definition
        fact = AssetMaterialization(key, partition=partition)
        data = StepMaterializationData(fact)
        if definition is not None:
            data = StepMaterializationData(fact, definition.numbering, ordinal)
        self.store(run_id, T.ASSET_MATERIALIZATION, data)
        self.simulated.made(key, ordinal, self.now.timestamp(), run, run_id)

    def checked(self, passed: bool) -> None:
        self.store("", T.ASSET_CHECK_EVALUATION, AssetCheckEvaluation(CHECK.asset_key, CHECK.name, passed))
        self.simulated.checked(CHECK, passed, self.now.timestamp(), NO_RUN, "")

    def asked(self, key: AssetKey, partition: str | None) -> None:
        self.run_count += 1
        tags = {} if partition is None else {"dagster/partition": partition}
        run_id, selection = f"run-{self.run_count}", frozenset({key})
        run = DagsterRun("job", run_id, status=DagsterRunStatus.QUEUED, tags=tags, asset_selection=selection)
        self.instance.store.add_runs([run], self.now)
        self.simulated.planned(
            self.run_count, {key: self.subset(key, partition)}, run_id, RunFact(tags, selection, None, "job", partition)
        )
        self.going.append((self.run_count, key, partition))

    def over(self, place: int, *, is_failure: bool) -> None:
        if not self.going:
            return
        run, key, partition = self.going.pop(place % len(self.going))
        definition = self.graph.by_key[key].definition
        planned = AssetMaterializationPlannedData(key)
        if definition is not None:
            planned = AssetMaterializationPlannedData(
                key, partition, definition.numbering, self.ordinal(key, partition)
            )
        self.store(f"run-{run}", T.RUN_START)
        self.store(f"run-{run}", T.ASSET_MATERIALIZATION_PLANNED, planned)
        if not is_failure:
            self.made(key, partition, run)
        self.store(f"run-{run}", T.RUN_FAILURE if is_failure else T.RUN_SUCCESS)
        self.simulated.over(run, self.now.timestamp(), is_failure=is_failure)

    def store(self, run_id: str, kind: DagsterEventType, data: Any = None) -> None:
        event = DagsterEvent(kind, "job", event_specific_data=data)
        self.instance.store.append([EventLogEntry(run_id, self.now.timestamp(), job_name="job", dagster_event=event)])

    def ordinal(self, key: AssetKey, partition: str | None) -> int | None:
        definition = self.graph.by_key[key].definition
        return None if definition is None or partition is None else definition.ordinal_of(partition, PartitionsView())

    def subset(self, key: AssetKey, partition: str | None) -> Subset:
        ordinal = self.ordinal(key, partition)
        return True if ordinal is None else OrdinalSet([ordinal])

    def tick(self) -> tuple[dict[EntityKey, set[str | None]], dict[EntityKey, set[str | None]]]:
        """What is asked for: by the simulated world, and by the store."""
        view = PartitionsView(self.now)
        changed = self.simulated.look(self.now)
        found = self.engine.tick(self.simulated.world, changed, self.now, view=view).requested
        self.simulated.seen()
        stored = evaluate_automation_conditions(DEFS, self.instance, evaluation_time=self.now, cursor=self.cursor)
        self.cursor = stored.cursor
        wanted = {key: stored.get_requested_partitions(key) for key in KEYS}
        return {key: self.names(key, subset) for key, subset in found.items()}, {k: v for k, v in wanted.items() if v}

    def names(self, key: EntityKey, subset: Subset) -> set[str | None]:
        definition = self.graph.by_key[key].definition
        if definition is None or not isinstance(subset, OrdinalSet):
            return {None}
        return set(definition.keys_of(subset, PartitionsView(self.now)))

    def does(self, step: tuple[str, int, int]) -> None:
        what, which, part = step
        key = KEYS[which % len(KEYS)]
        partition = None if self.graph.by_key[key].definition is None else "abc"[part % 3]
        if what == "made":
            self.made(key, partition)
        elif what == "asked":
            self.asked(key, partition)
        elif what == "check":
            self.checked(bool(part % 2))
        else:
            self.over(which, is_failure=what == "failed")


def worlds() -> Iterator[Both]:
    with DagsterInstance.ephemeral() as instance:
        yield Both(instance)


STEPS = st.lists(
    st.one_of(
        st.tuples(
            st.sampled_from(["made", "asked", "over", "over", "failed", "check"]), st.integers(0, 7), st.integers(0, 2)
        ),
        st.tuples(st.just("tick"), st.integers(1, 400), st.just(0)),
    ),
    max_size=40,
)  # fmt: skip


@settings(max_examples=examples(80), deadline=None)
@given(steps=STEPS)
def test_a_simulated_world_asks_for_what_the_stored_one_does(steps: list[tuple[str, int, int]]) -> None:
    for both in worlds():
        asked = [both.tick()]
        for step in [*steps, ("tick", 60, 0)]:
            both.now += timedelta(seconds=step[1] if step[0] == "tick" else 1)
            if step[0] == "tick":
                asked.append(both.tick())
            else:
                both.does(step)

        assert [simulated for simulated, _ in asked] == [stored for _, stored in asked]


def test_the_histories_compared_make_conditions_ask() -> None:
    steps = [
        ("made", 0, 0),
        ("check", 0, 1),
        ("tick", 60, 0),
        ("asked", 7, 0),
        ("tick", 60, 0),
        ("failed", 0, 0),
        ("tick", 200, 0),
    ]
    found: set[EntityKey] = set()
    for both in worlds():
        found |= both.tick()[0].keys()
        for step in steps:
            both.now += timedelta(seconds=step[1] if step[0] == "tick" else 1)
            if step[0] == "tick":
                found |= both.tick()[0].keys()
            else:
                both.does(step)

    assert {each.to_user_string() for each in found} >= {"grandchild", "guarded", "nervous", "parts", "timed"}


def test_what_two_runs_are_to_make_goes_on_until_both_are_over() -> None:
    for both in worlds():
        fact = both.graph.by_key[AssetKey("raw")].fact
        both.asked(AssetKey("raw"), None)
        both.asked(AssetKey("raw"), None)
        both.over(0, is_failure=False)
        after_one = fact.running
        both.over(0, is_failure=True)

        assert after_one is True
        assert (fact.running, fact.made, fact.failed) == (False, True, True)
