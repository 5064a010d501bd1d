"""The world that is read on from tick to tick is the one that is read anew, and both are what happened."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.depth import examples
from watchbell.automate.conditions.entity_graph import EntityGraph, EntityPlan
from watchbell.automate.conditions.reader import WorldReader
from watchbell.automate.conditions.world import EntityKey, Fact, Position
from watchbell.declare.partitions.dynamic import DynamicPartitionsDefinition
from watchbell.declare.partitions.named_windows import DailyPartitionsDefinition
from watchbell.declare.partitions.static import StaticPartitionsDefinition
from watchbell.declare.partitions.view import PartitionsView
from watchbell.instance import DagsterInstance
from watchbell.record.asset_check import AssetCheckEvaluation, AssetCheckEvaluationPlanned, AssetCheckKey
from watchbell.record.backfill import Backfill, BackfillCommit, BackfillPart, BackfillStatus, BackfillTarget, PartMove
from watchbell.record.backfill import PartState as P
from watchbell.record.data_version import DATA_VERSION_TAG
from watchbell.record.event import (
    AssetMaterializationPlannedData,
    DagsterEvent,
    DagsterEventType,
    EventLogEntry,
    StepMaterializationData,
)
from watchbell.record.keys import AssetKey
from watchbell.record.materialization import AssetMaterialization, AssetObservation
from watchbell.record.ordinal_set import OrdinalSet
from watchbell.record.query import EventQuery
from watchbell.record.run import DagsterRun, DagsterRunStatus
from watchbell.store.session import Session

T = DagsterEventType
NOON_AT = datetime(2026, 3, 10, 12, tzinfo=UTC)
LETTERS = StaticPartitionsDefinition(["a", "b", "c"])
DAYS = DailyPartitionsDefinition("2026-03-01")
CUSTOMERS = DynamicPartitionsDefinition(name="customers")
WHOLE, CHILD, SOURCE, WATCHED = AssetKey("whole"), AssetKey("child"), AssetKey("source"), AssetKey("watched")
WATCHED_DAYS = AssetKey("watched_days")
BY_LETTER, BY_DAY, BY_CUSTOMER = AssetKey("by_letter"), AssetKey("by_day"), AssetKey("by_customer")
CHECK = AssetCheckKey(CHILD, "rows")
KEYS = {BY_LETTER: ["a", "b", "c"], BY_DAY: ["2026-03-01", "2026-03-07"], BY_CUSTOMER: ["acme", "bolt"]}
MADE: list[AssetKey] = [WHOLE, CHILD, *KEYS]


def a_graph() -> EntityGraph:
    return EntityGraph([
        EntityPlan(WHOLE),
        EntityPlan(CHILD, deps=((WHOLE, None),)),
        EntityPlan(SOURCE, job_name=None),
        EntityPlan(WATCHED, LETTERS, job_name=None),
        EntityPlan(WATCHED_DAYS, DAYS, job_name=None),
        EntityPlan(BY_LETTER, LETTERS),
        EntityPlan(BY_DAY, DAYS),
        EntityPlan(BY_CUSTOMER, CUSTOMERS),
        EntityPlan(CHECK, deps=((CHILD, None),)),
    ])  # fmt: skip


@pytest.fixture
def instance() -> Iterator[DagsterInstance]:
    with DagsterInstance.ephemeral() as found:
        found.add_dynamic_partitions("customers", ["acme"])
        yield found


class Life:
    """What happens to an instance, told in short."""

    def __init__(self, instance: DagsterInstance) -> None:
        self.instance, self.store = instance, instance.store
        self.at = NOON_AT
        self.count = 0

    def append(self, run_id: str, kind: DagsterEventType, data: Any = None) -> None:
        self.at += timedelta(seconds=1)
        event = DagsterEvent(kind, "job", event_specific_data=data)
        self.store.append([EventLogEntry(run_id, self.at.timestamp(), job_name="job", dagster_event=event)])

    def make(self, key: AssetKey, partition: str | None = None, run_id: str = "", version: str = "1") -> None:
        fact = AssetMaterialization(key, partition=partition, tags={DATA_VERSION_TAG: version})
        definition = a_graph().by_key[key].definition
        data = StepMaterializationData(fact)
        if definition is not None and partition is not None:
            ordinal = definition.ordinal_of(partition, PartitionsView(self.at, self.instance))
            data = StepMaterializationData(fact, definition.numbering, ordinal)
        self.append(run_id, T.ASSET_MATERIALIZATION, data)

    def report(self, key: AssetKey, partition: str | None = None) -> None:
        self.instance.report_runless_asset_event(AssetMaterialization(key, partition=partition))

    def observe(self, version: str) -> None:
        self.instance.report_runless_asset_event(AssetObservation(SOURCE, tags={DATA_VERSION_TAG: version}))

    def observe_letter(self, letter: str, version: str) -> None:
        fact = AssetObservation(WATCHED, partition=letter, tags={DATA_VERSION_TAG: version})
        self.instance.report_runless_asset_event(fact)

    def queue(self, keys: list[AssetKey], partition: str | None = None) -> str:
        self.count += 1
        tags = {} if partition is None else {"dagster/partition": partition}
        selection = frozenset(keys)
        run = DagsterRun(
            "job", f"run-{self.count}", status=DagsterRunStatus.QUEUED, tags=tags, asset_selection=selection
        )
        self.store.add_runs([run], self.at)
        return run.run_id

    def begin(self, run_id: str, keys: list[AssetKey], partition: str | None = None) -> None:
        self.append(run_id, T.RUN_START)
        for key in keys:
            definition = a_graph().by_key[key].definition
            data = AssetMaterializationPlannedData(key)
            if definition is not None and partition is not None:
                ordinal = definition.ordinal_of(partition, PartitionsView(self.at, self.instance))
                data = AssetMaterializationPlannedData(key, partition, definition.numbering, ordinal)
            self.append(run_id, T.ASSET_MATERIALIZATION_PLANNED, data)
        if CHILD in keys:
            self.append(run_id, T.ASSET_CHECK_EVALUATION_PLANNED, AssetCheckEvaluationPlanned(CHILD, "rows"))

    def check(self, passed: bool, run_id: str = "") -> None:
        self.append(run_id, T.ASSET_CHECK_EVALUATION, AssetCheckEvaluation(CHILD, "rows", passed))


def a_reader(instance: DagsterInstance, since: Position | None = None, now: datetime = NOON_AT) -> WorldReader:
    every = frozenset(a_graph().by_key)
    reader = WorldReader(instance, a_graph(), timed=every, versioned=every, traced=every)
    reader.start(now, since)
    return reader


def shown(fact: Fact) -> dict[str, Any]:
    """What is seen of a fact, but for what is new."""
    names = ("made", "failed", "running", "backfilling", "made_at", "failed_at", "data_version", "last_run_id")
    return {name: getattr(fact, name) for name in (*names, "check_passed")}


def everything(reader: WorldReader) -> dict[EntityKey, dict[str, Any]]:
    return {key: shown(fact) for key, fact in reader.world.facts.items()}


def letters(*keys: str) -> OrdinalSet:
    return OrdinalSet("abc".index(key) for key in keys)


class TestAssets:
    def test_an_asset_that_is_made_is_new_once(self, instance: DagsterInstance) -> None:
        life, reader = Life(instance), a_reader(instance)
        life.make(WHOLE, version="7")

        changed = reader.read(NOON_AT)
        fact = reader.world.facts[WHOLE]
        (update,) = fact.updates

        assert changed == {WHOLE}
        assert fact.made is True
        assert fact.made_at == life.at.timestamp() == update.at
        assert (update.data_version, update.data_version_before) == ("7", None)
        assert reader.read(NOON_AT) == set()
        assert fact.updates == ()

    def test_updates_that_somebody_has_not_seen_can_be_kept(self, instance: DagsterInstance) -> None:
        life, reader = Life(instance), a_reader(instance)
        before = reader.world.position.event_id
        life.make(WHOLE)
        reader.read(NOON_AT)
        life.make(WHOLE)

        reader.read(NOON_AT, keep_after=before)

        assert len(reader.world.facts[WHOLE].updates) == 2

    def test_a_partition_that_is_none_is_no_news(self, instance: DagsterInstance) -> None:
        life, reader = Life(instance), a_reader(instance)
        life.report(BY_LETTER, "nowhere")
        life.report(BY_LETTER)

        assert reader.read(NOON_AT) == set()
        assert reader.world.facts[BY_LETTER].made == OrdinalSet()

    def test_partitions_are_made_one_by_one(self, instance: DagsterInstance) -> None:
        life, reader = Life(instance), a_reader(instance)
        life.make(BY_LETTER, "a", version="1")
        life.report(BY_LETTER, "c")
        life.make(BY_LETTER, "a", version="2")

        changed = reader.read(NOON_AT)
        fact = reader.world.facts[BY_LETTER]

        assert changed == {BY_LETTER}
        assert fact.made == letters("a", "c")
        assert [each.ordinal for each in fact.updates] == [0, 2, 0]
        assert [each.data_version_before for each in fact.updates] == [None, None, "1"]
        assert fact.data_version == {0: "2"}

    def test_who_goes_on_from_a_position_is_told_what_was_made_since(self, instance: DagsterInstance) -> None:
        life = Life(instance)
        life.make(BY_LETTER, "a", version="1")
        life.make(WHOLE, version="1")
        position = a_reader(instance).world.position
        life.make(BY_LETTER, "a", version="2")
        life.make(WHOLE, version="3")

        reader = a_reader(instance, position)
        letter, whole = reader.world.facts[BY_LETTER].updates, reader.world.facts[WHOLE].updates

        assert [(each.ordinal, each.data_version, each.data_version_before) for each in letter] == [(0, "2", "1")]
        assert [(each.data_version, each.data_version_before) for each in whole] == [("3", "1")]

    def test_a_numbering_that_is_not_the_one_in_use_is_replaced(self, instance: DagsterInstance) -> None:
        life = Life(instance)
        life.make(BY_LETTER, "a")
        life.make(BY_LETTER, "c")
        backwards = StaticPartitionsDefinition(["c", "b", "a"])
        reader = WorldReader(instance, EntityGraph([EntityPlan(BY_LETTER, backwards)]))

        reader.start(NOON_AT)

        assert reader.world.facts[BY_LETTER].made == OrdinalSet([0, 2])
        assert instance.store.stored_partitions()[BY_LETTER].numbering == backwards.numbering

    def test_dynamic_partitions_that_come_and_go_change_their_assets(self, instance: DagsterInstance) -> None:
        reader = a_reader(instance)
        instance.add_dynamic_partitions("others", ["x"])
        assert reader.read(NOON_AT) == set()

        instance.add_dynamic_partitions("customers", ["bolt"])
        added = reader.read(NOON_AT)
        instance.delete_dynamic_partition("customers", "bolt")

        assert added == reader.read(NOON_AT) == {BY_CUSTOMER}


class TestObserved:
    def test_a_source_is_new_when_its_version_is_another(self, instance: DagsterInstance) -> None:
        life, reader = Life(instance), a_reader(instance)
        counts = []
        for version in ("1", "1", "2", "2", "1"):
            life.observe(version)
            reader.read(NOON_AT)
            counts.append(len(reader.world.facts[SOURCE].updates))

        assert counts == [1, 0, 1, 0, 1]
        assert reader.world.facts[SOURCE].made is True

    def test_a_report_of_a_source_is_new_if_it_says_something_else_of_its_data(self, instance: DagsterInstance) -> None:
        life, reader = Life(instance), a_reader(instance)
        counts = []
        acts = [lambda: life.report(SOURCE)] * 2 + [lambda: life.observe("1"), lambda: life.make(SOURCE, version="1")]
        for act in [*acts, lambda: life.report(SOURCE), lambda: life.observe("1")]:
            act()
            assert reader.read(NOON_AT) <= {SOURCE}
            counts.append(len(reader.world.facts[SOURCE].updates))

        assert counts == [1, 0, 1, 0, 1, 1]
        assert reader.world.facts[SOURCE].made is True

    def test_a_first_observation_that_says_nothing_is_another_than_none(self, instance: DagsterInstance) -> None:
        reader = a_reader(instance)
        instance.report_runless_asset_event(AssetObservation(SOURCE))
        reader.read(NOON_AT)
        (update,) = reader.world.facts[SOURCE].updates

        assert (update.data_version, update.data_version_before) == (None, "")

    def test_partitions_of_a_source_are_there_once_they_were_observed(self, instance: DagsterInstance) -> None:
        life, reader = Life(instance), a_reader(instance)
        life.observe_letter("b", "1")
        life.report(WATCHED, "a")
        changed = reader.read(NOON_AT)
        instance.wipe_assets([WHOLE])  # all is read anew
        life.observe_letter("b", "1")
        reader.read(NOON_AT)

        assert changed == {WATCHED}
        assert reader.world.facts[WATCHED].made == letters("a", "b")
        assert reader.world.facts[WATCHED].updates == ()
        assert everything(reader) == everything(a_reader(instance))

    def test_what_was_seen_last_is_known_after_a_restart(self, instance: DagsterInstance) -> None:
        life = Life(instance)
        life.observe("1")
        reader = a_reader(instance)
        life.observe("1")
        reader.read(NOON_AT)

        assert reader.world.facts[SOURCE].updates == ()
        assert a_reader(instance, Position(0, NOON_AT)).world.facts[SOURCE].updates[0].event_id == 1


class TestRuns:
    def test_a_queued_run_is_in_progress(self, instance: DagsterInstance) -> None:
        life, reader = Life(instance), a_reader(instance)
        life.queue([WHOLE, CHILD])
        life.queue([BY_LETTER], "b")

        changed = reader.read(NOON_AT)
        facts = reader.world.facts

        assert changed == {WHOLE, CHILD, CHECK, BY_LETTER}
        assert facts[WHOLE].running is facts[CHECK].running is True
        assert facts[BY_LETTER].running == letters("b")

    def test_what_a_run_has_made_it_no_longer_makes(self, instance: DagsterInstance) -> None:
        life, reader = Life(instance), a_reader(instance)
        run_id = life.queue([WHOLE, CHILD, BY_LETTER], "b")
        life.begin(run_id, [WHOLE, CHILD, BY_LETTER], "b")
        reader.read(NOON_AT)
        life.make(WHOLE, run_id=run_id)
        life.make(BY_LETTER, "b", run_id=run_id)

        reader.read(NOON_AT)
        facts = reader.world.facts

        assert (facts[WHOLE].running, facts[CHILD].running) == (False, True)
        assert facts[BY_LETTER].running == OrdinalSet()
        assert everything(reader) == everything(a_reader(instance))

    @pytest.mark.parametrize("is_seen", [True, False], ids=["seen going on", "seen when over"])
    def test_what_a_failed_run_has_not_made_has_failed(self, instance: DagsterInstance, is_seen: bool) -> None:
        life, reader = Life(instance), a_reader(instance)
        run_id = life.queue([WHOLE, CHILD, BY_LETTER], "b")
        life.begin(run_id, [WHOLE, CHILD, BY_LETTER], "b")
        life.make(WHOLE, run_id=run_id)
        if is_seen:
            reader.read(NOON_AT)
        life.append(run_id, T.RUN_FAILURE)

        changed = reader.read(NOON_AT)
        facts = reader.world.facts

        assert {CHILD, BY_LETTER} <= changed
        assert [facts[key].failed for key in (WHOLE, CHILD, BY_LETTER)] == [False, True, letters("b")]
        assert facts[CHILD].failed_at == life.at.timestamp()
        assert facts[BY_LETTER].failed_at == {1: life.at.timestamp()}
        assert facts[CHILD].running is False
        assert everything(reader) == everything(a_reader(instance))

    def test_a_report_takes_a_failure_back_of_a_partition_only(self, instance: DagsterInstance) -> None:
        life, reader = Life(instance), a_reader(instance)
        run_id = life.queue([WHOLE, BY_LETTER], "b")
        life.begin(run_id, [WHOLE, BY_LETTER], "b")
        life.append(run_id, T.RUN_FAILURE)
        life.report(WHOLE)
        life.report(BY_LETTER, "b")

        reader.read(NOON_AT)

        assert reader.world.facts[WHOLE].failed is True
        assert reader.world.facts[BY_LETTER].failed == OrdinalSet()

    def test_a_canceled_run_leaves_nothing(self, instance: DagsterInstance) -> None:
        life, reader = Life(instance), a_reader(instance)
        run_id = life.queue([WHOLE, BY_LETTER], "b")
        reader.read(NOON_AT)
        life.append(run_id, T.RUN_CANCELED)

        changed = reader.read(NOON_AT)

        assert changed == {WHOLE, BY_LETTER}
        assert reader.world.facts[WHOLE].running is reader.world.facts[WHOLE].failed is False

    @pytest.mark.parametrize("is_seen", [True, False], ids=["seen waiting", "seen when over"])
    @pytest.mark.parametrize("status", [DagsterRunStatus.QUEUED, DagsterRunStatus.STARTING])
    def test_what_a_run_was_asked_for_that_failed_before_it_began_has_failed(
        self, instance: DagsterInstance, status: DagsterRunStatus, is_seen: bool
    ) -> None:
        life, reader = Life(instance), a_reader(instance)
        life.make(BY_LETTER, "a")
        life.make(BY_LETTER, "b")
        tags = {"dagster/partition": "b"}
        run = DagsterRun("job", "run", status=status, tags=tags, asset_selection=frozenset([WHOLE, BY_LETTER]))
        instance.store.add_runs([run, replace(run, run_id="other", tags={"dagster/partition": "c"})], NOON_AT)
        if is_seen:
            reader.read(NOON_AT)
        life.append("run", T.RUN_FAILURE)
        failed_at = life.at.timestamp()
        life.append("other", T.RUN_FAILURE)

        changed = reader.read(NOON_AT)
        facts = reader.world.facts

        assert {WHOLE, BY_LETTER} <= changed
        assert facts[WHOLE].failed is True
        assert facts[WHOLE].failed_at == life.at.timestamp()
        assert facts[BY_LETTER].failed == letters("b", "c")
        assert facts[BY_LETTER].failed_at == {1: failed_at, 2: life.at.timestamp()}
        assert facts[BY_LETTER].made == letters("a", "b")
        assert (facts[WHOLE].running, facts[BY_LETTER].running) == (False, OrdinalSet())
        assert everything(reader) == everything(a_reader(instance))

    def test_a_run_that_is_canceled_before_it_began_is_the_newest_attempt_at_a_whole_asset(
        self, instance: DagsterInstance
    ) -> None:
        life, reader = Life(instance), a_reader(instance)
        for kind in (T.RUN_FAILURE, T.RUN_CANCELED):
            run_id = life.queue([WHOLE, BY_LETTER], "b")
            reader.read(NOON_AT)
            life.append(run_id, kind)
        reader.read(NOON_AT)

        assert reader.world.facts[WHOLE].failed is False
        assert reader.world.facts[BY_LETTER].failed == letters("b")
        assert everything(reader) == everything(a_reader(instance))

    def test_a_failed_run_that_noted_no_keys_failed_when_it_ended(self, instance: DagsterInstance) -> None:
        life, reader = Life(instance), a_reader(instance)
        run_id = life.queue([BY_LETTER])
        life.append(run_id, T.RUN_START)
        data = AssetMaterializationPlannedData(
            BY_LETTER, None, LETTERS.numbering, partitions=letters("a", "c").to_text()
        )
        life.append(run_id, T.ASSET_MATERIALIZATION_PLANNED, data)
        life.append(run_id, T.RUN_FAILURE)
        reader.read(NOON_AT)

        assert reader.world.facts[BY_LETTER].failed_at == dict.fromkeys(letters("a", "c"), life.at.timestamp())
        assert everything(reader) == everything(a_reader(instance))

    def test_a_run_that_ends_before_it_began_says_what_it_was_to_make_once(self, instance: DagsterInstance) -> None:
        life = Life(instance)
        run_id = life.queue([WHOLE, CHILD])
        life.append(run_id, T.RUN_FAILURE)
        life.append(run_id, T.RUN_FAILURE)
        begun = life.queue([WHOLE])
        life.begin(begun, [WHOLE])
        life.append(begun, T.RUN_FAILURE)
        planned = instance.store.events(EventQuery(types=[T.ASSET_MATERIALIZATION_PLANNED]))

        assert [(each.run_id, each.asset_key) for each in planned] == [
            (run_id, CHILD), (run_id, WHOLE), (begun, WHOLE),
        ]  # fmt: skip

    def test_updates_name_their_runs(self, instance: DagsterInstance) -> None:
        life, reader = Life(instance), a_reader(instance)
        run_id = life.queue([BY_LETTER], "b")
        life.begin(run_id, [BY_LETTER], "b")
        life.make(BY_LETTER, "b", run_id=run_id)

        reader.read(NOON_AT)
        run = reader.world.runs[run_id]

        assert run.asset_keys == {BY_LETTER}
        assert (run.partition, run.job_name) == ("b", "job")
        assert reader.world.facts[BY_LETTER].last_run_id == {1: run_id}

    def test_a_run_that_is_deleted_makes_nothing_any_more(self, instance: DagsterInstance) -> None:
        life, reader = Life(instance), a_reader(instance)
        run_id = life.queue([WHOLE])
        reader.read(NOON_AT)
        instance.delete_run(run_id)

        assert reader.read(NOON_AT) == {WHOLE}
        assert reader.world.facts[WHOLE].running is False

    def test_a_job_says_what_runs_without_a_selection_make(self, instance: DagsterInstance) -> None:
        instance.store.add_runs([DagsterRun("all", "r", status=DagsterRunStatus.QUEUED)], NOON_AT)
        reader = WorldReader(
            instance, a_graph(), job_assets=lambda name, location: [WHOLE] if (name, location) == ("all", None) else []
        )

        reader.start(NOON_AT)

        assert reader.world.facts[WHOLE].running is True
        assert reader.world.facts[CHILD].running is False


class TestChecks:
    def test_a_result_of_a_run_counts_until_the_asset_is_made_again(self, instance: DagsterInstance) -> None:
        life, reader = Life(instance), a_reader(instance)
        fact, seen = reader.world.facts[CHECK], []
        for act in (
            lambda: life.make(CHILD),
            lambda: life.check(True, "one"),
            lambda: life.check(False, "other"),
            lambda: life.make(CHILD),
        ):
            act()
            assert CHECK in reader.read(NOON_AT)
            seen.append((fact.made, fact.check_passed, len(fact.updates)))

        assert seen == [(False, None, 0), (True, True, 1), (True, False, 1), (False, None, 0)]

    @pytest.mark.parametrize("run_id", ["", "run-1"], ids=["reported", "of a run that found the asset not made"])
    def test_a_result_that_names_no_materialization_goes_on_to_count(
        self, instance: DagsterInstance, run_id: str
    ) -> None:
        life, reader = Life(instance), a_reader(instance)
        if not run_id:
            life.make(CHILD)
        life.check(False, run_id)
        life.make(CHILD)
        reader.read(NOON_AT)

        assert reader.world.facts[CHECK].check_passed is False

    @pytest.mark.parametrize("kind", [T.RUN_FAILURE, T.RUN_CANCELED])
    @pytest.mark.parametrize("is_asked_alone", [True, False])
    def test_a_check_whose_run_never_began_was_tried_if_it_was_asked_for(
        self, instance: DagsterInstance, kind: DagsterEventType, is_asked_alone: bool
    ) -> None:
        life, reader = Life(instance), a_reader(instance)
        selection = {"asset_check_selection" if is_asked_alone else "asset_selection": frozenset([CHECK])}
        if not is_asked_alone:
            selection = {"asset_selection": frozenset([CHILD])}
        run = DagsterRun("job", "run", status=DagsterRunStatus.QUEUED, **selection)
        instance.store.add_runs([run], NOON_AT)
        reader.read(NOON_AT)
        life.append("run", kind)
        reader.read(NOON_AT)
        fact = reader.world.facts[CHECK]

        assert fact.made is is_asked_alone
        assert fact.failed is (is_asked_alone and kind is T.RUN_FAILURE)
        assert fact.running is False
        assert everything(reader) == everything(a_reader(instance))

    def test_a_check_whose_run_failed_has_failed_whether_its_asset_was_made_or_not(
        self, instance: DagsterInstance
    ) -> None:
        life, reader = Life(instance), a_reader(instance)
        outcomes = []
        for makes_it in (True, False):
            run_id = life.queue([CHILD])
            life.begin(run_id, [CHILD])
            if makes_it:
                life.make(CHILD, run_id=run_id)
            life.append(run_id, T.RUN_FAILURE)
            reader.read(NOON_AT)
            outcomes.append(reader.world.facts[CHECK].failed)

        assert outcomes == [True, True]


class TestAhead:
    def test_a_window_that_was_reported_before_it_was_there_counts_when_its_time_has_come(
        self, instance: DagsterInstance
    ) -> None:
        life, reader = Life(instance), a_reader(instance)
        life.report(BY_DAY, "2026-03-11")
        instance.report_runless_asset_event(AssetObservation(WATCHED_DAYS, partition="2026-03-11"))
        too_early = reader.read(NOON_AT), reader.read(NOON_AT + timedelta(days=1))
        made = reader.world.facts[BY_DAY].made

        changed = reader.read(NOON_AT + timedelta(days=2))
        facts = reader.world.facts
        ordinal = DAYS.ordinal_of("2026-03-11", PartitionsView(NOON_AT + timedelta(days=2), instance))

        assert too_early == (set(), {BY_DAY, WATCHED_DAYS})
        assert made == OrdinalSet()
        assert changed == {BY_DAY, WATCHED_DAYS}
        assert facts[BY_DAY].made == facts[WATCHED_DAYS].made == OrdinalSet([ordinal or 0])
        assert facts[BY_DAY].updates == ()
        assert everything(reader) == everything(a_reader(instance, None, NOON_AT + timedelta(days=2)))

    def test_who_reads_everything_anew_waits_for_windows_too(self, instance: DagsterInstance) -> None:
        Life(instance).report(BY_DAY, "2026-03-10")
        reader = a_reader(instance)
        early = reader.world.facts[BY_DAY].made

        changed = reader.read(NOON_AT + timedelta(days=1))

        assert early == OrdinalSet()
        assert changed == {BY_DAY}
        assert len(reader.world.facts[BY_DAY].made) == 1

    def test_keys_that_are_no_windows_are_not_waited_for(self, instance: DagsterInstance) -> None:
        life, reader = Life(instance), a_reader(instance)
        life.report(BY_LETTER, "nowhere")
        reader.read(NOON_AT)

        assert len(statements_of(instance, lambda: reader.read(NOON_AT + timedelta(days=9)))) <= 2


class TestForgotten:
    def test_a_wiped_asset_was_never_made(self, instance: DagsterInstance) -> None:
        life, reader = Life(instance), a_reader(instance)
        life.make(WHOLE)
        life.make(BY_LETTER, "a")
        life.make(BY_LETTER, "b")
        reader.read(NOON_AT)
        instance.wipe_assets([WHOLE])
        instance.wipe_asset_partitions(BY_LETTER, ["a"])

        assert reader.read(NOON_AT) == {WHOLE, BY_LETTER}
        assert reader.world.facts[WHOLE].made is False
        assert reader.world.facts[BY_LETTER].made == letters("b")

    def test_what_was_made_together_with_a_wipe_is_still_new(self, instance: DagsterInstance) -> None:
        life, reader = Life(instance), a_reader(instance)
        life.make(WHOLE)
        instance.wipe_assets([BY_DAY])

        assert reader.read(NOON_AT) == {WHOLE}
        assert len(reader.world.facts[WHOLE].updates) == 1

    def test_the_clock_may_be_set_back(self, instance: DagsterInstance) -> None:
        life, reader = Life(instance), a_reader(instance)
        life.make(WHOLE)
        reader.read(NOON_AT)
        life.at -= timedelta(days=400)
        life.make(WHOLE)

        assert reader.read(NOON_AT - timedelta(days=400)) == {WHOLE}
        assert len(reader.world.facts[WHOLE].updates) == 1


class TestBackfills:
    def test_open_parts_are_to_be_made(self, instance: DagsterInstance) -> None:
        target = BackfillTarget("job", "here", (BY_LETTER, WHOLE))
        asked = Backfill("fill", (target,), NOON_AT)
        parts = [BackfillPart(place, 0, key) for place, key in enumerate("abc")]
        stored = instance.store.add_backfill(asked, parts)
        reader = a_reader(instance)
        first = reader.world.facts[BY_LETTER].backfilling
        moves = (PartMove(0, P.SUCCEEDED, 1), PartMove(2, P.FAILED, 1))
        done = instance.store.commit_backfill(BackfillCommit(stored, stored, moves), None, NOON_AT)
        assert done is not None

        changed = reader.read(NOON_AT)
        second = reader.world.facts[BY_LETTER].backfilling
        again = (PartMove(2, P.WAITING, 1),)
        done = instance.store.commit_backfill(BackfillCommit(done.backfill, done.backfill, again), None, NOON_AT)
        assert done is not None
        reader.read(NOON_AT)
        third = reader.world.facts[BY_LETTER].backfilling
        over = replace(done.backfill, status=BackfillStatus.CANCELED)
        instance.store.commit_backfill(BackfillCommit(done.backfill, over), None, NOON_AT)

        assert (first, second, third) == (letters("a", "b", "c"), letters("b"), letters("b", "c"))
        assert changed == {BY_LETTER}
        assert reader.read(NOON_AT) == {BY_LETTER, WHOLE}
        assert reader.world.facts[WHOLE].backfilling is False


# ------------------------------------------------------------------------------- any history

ACTS = st.one_of(
    st.tuples(st.just("report"), st.sampled_from(MADE), st.integers(0, 2)),
    st.tuples(st.just("queue"), st.lists(st.sampled_from(MADE), min_size=1, unique=True), st.integers(0, 2)),
    st.tuples(st.just("begin"), st.integers(0, 9), st.just(0)),
    st.tuples(st.just("make"), st.integers(0, 9), st.integers(0, 9)),
    st.tuples(st.just("end"), st.integers(0, 9), st.sampled_from([T.RUN_SUCCESS, T.RUN_FAILURE, T.RUN_CANCELED])),
    st.tuples(st.just("check"), st.integers(0, 9), st.booleans()),
    st.tuples(st.just("observe"), st.just(0), st.integers(0, 2)),
    st.tuples(st.just("observe letter"), st.sampled_from("abx"), st.integers(0, 2)),
    st.tuples(st.just("report letter"), st.sampled_from("abx"), st.just(0)),
    st.tuples(st.just("ahead"), st.sampled_from(range(8, 16)), st.booleans()),
    st.tuples(st.just("days"), st.integers(0, 2), st.just(0)),
    st.tuples(st.just("wipe"), st.sampled_from([*MADE, SOURCE, WATCHED]), st.integers(0, 3)),
    st.tuples(st.just("forget run"), st.integers(0, 9), st.just(0)),
    st.tuples(st.just("customers"), st.booleans(), st.sampled_from(["acme", "bolt", "carl"])),
    st.tuples(st.just("tick"), st.just(0), st.just(0)),
    st.tuples(st.just("tick"), st.just(0), st.just(0)),
)


class History(Life):
    """A life by dice; runs are known by their place."""

    def __init__(self, instance: DagsterInstance) -> None:
        super().__init__(instance)
        self.runs: list[tuple[str, list[AssetKey], str | None]] = []
        self.begun: set[str] = set()
        self.over: set[str] = set()
        self.now_at = NOON_AT

    def act(self, name: str, one: Any, two: Any) -> None:
        match name:
            case "report":
                self.report(one, KEYS[one][two % len(KEYS[one])] if one in KEYS else None)
            case "queue":
                self.queue_for(one, two)
            case "observe":
                self.observe(str(two))
            case "observe letter":
                self.observe_letter(one, str(two))
            case "report letter":
                self.report(WATCHED, one)
            case "ahead":
                self.report_day(one, two)
            case "days":
                self.now_at += timedelta(days=one)
            case "wipe" if one in KEYS and two < len(KEYS[one]):
                self.instance.wipe_asset_partitions(one, [KEYS[one][two]])
            case "wipe":
                self.instance.wipe_assets([one])
            case "customers" if one:
                self.instance.add_dynamic_partitions("customers", [two])
            case "customers":
                self.instance.delete_dynamic_partition("customers", two)
            case "check" if not self.runs or one > 6:
                self.check(two)
            case _ if self.runs:
                self.act_in_run(name, *self.runs[one % len(self.runs)], two)

    def report_day(self, day: int, is_wanted: bool) -> None:
        """Of today there is no window yet, and none of the days after it."""
        partition = f"2026-03-{day:02}"
        if is_wanted:
            self.report(BY_DAY, partition)
        else:
            fact = AssetObservation(WATCHED_DAYS, partition=partition, tags={DATA_VERSION_TAG: str(day % 2)})
            self.instance.report_runless_asset_event(fact)

    def queue_for(self, keys: list[AssetKey], place: int) -> None:
        partitioned = [key for key in keys if key in KEYS]
        chosen = [key for key in keys if key not in KEYS] + partitioned[:1]
        partition = KEYS[partitioned[0]][place % len(KEYS[partitioned[0]])] if partitioned else None
        self.runs.append((self.queue(chosen, partition), chosen, partition))

    def act_in_run(self, name: str, run_id: str, keys: list[AssetKey], partition: str | None, two: Any) -> None:
        if name == "forget run":
            self.instance.delete_run(run_id)
            self.over.add(run_id)
        elif run_id in self.over:
            return
        elif name == "begin" and run_id not in self.begun:
            self.begin(run_id, keys, partition)
            self.begun.add(run_id)
        elif name == "make" and run_id in self.begun:
            key = keys[two % len(keys)]
            self.make(key, partition if key in KEYS else None, run_id, str(two))
        elif name == "check" and run_id in self.begun and CHILD in keys:
            self.check(two, run_id)
        elif name == "end":
            self.append(run_id, two)
            self.over.add(run_id)


@settings(max_examples=examples(150), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(ACTS, min_size=1, max_size=40))
def test_a_world_that_is_read_on_is_the_one_that_is_read_anew(acts: list[tuple[str, Any, Any]]) -> None:
    with DagsterInstance.ephemeral() as instance:
        history, reader = History(instance), a_reader(instance)
        seen, before = everything(reader), reader.world.position
        for name, one, two in [*acts, ("tick", 0, 0)]:
            if name != "tick":
                history.act(name, one, two)
                continue
            changed = reader.read(history.now_at)
            now = everything(reader)
            anew = a_reader(instance, before, history.now_at)
            new = {key: fact.updates for key, fact in reader.world.facts.items()}

            assert now == everything(anew)
            assert new == {key: fact.updates for key, fact in anew.world.facts.items()}
            assert changed >= {key for key in now if seen[key] != now[key] or new[key]}
            assert anew.world.runs.items() <= reader.world.runs.items()
            seen, before = copied(now), reader.world.position


def copied(facts: dict[EntityKey, dict[str, Any]]) -> dict[EntityKey, dict[str, Any]]:
    return {
        key: {name: dict(value) if isinstance(value, dict) else value for name, value in fact.items()}
        for key, fact in facts.items()
    }


@settings(max_examples=examples(100), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(ACTS.filter(lambda act: act[0] not in {"forget run", "wipe", "days"}), max_size=40))
def test_a_world_is_what_the_log_tells(acts: list[tuple[str, Any, Any]]) -> None:
    with DagsterInstance.ephemeral() as instance:
        history, reader = History(instance), a_reader(instance)
        for name, one, two in acts:
            if name == "tick":
                reader.read(NOON_AT)
            else:
                history.act(name, one, two)
        reader.read(NOON_AT)
        entries = instance.store.events(EventQuery())

        for key in MADE:
            assert reader.world.facts[key].made == made_by_log(instance, entries, key)
            assert reader.world.facts[key].running == running_by_log(history, entries, key)


def made_by_log(instance: DagsterInstance, entries: list[EventLogEntry], key: AssetKey) -> bool | OrdinalSet:
    definition = a_graph().by_key[key].definition
    made = [each for each in entries if each.asset_materialization is not None and each.asset_key == key]
    if definition is None:
        return bool(made)
    keys = {each.asset_materialization.partition for each in made if each.asset_materialization is not None}
    view = PartitionsView(NOON_AT, instance)
    ordinals = [definition.ordinal_of(each, view) for each in keys if each is not None]
    return OrdinalSet(each for each in ordinals if each is not None)


def running_by_log(history: History, entries: list[EventLogEntry], key: AssetKey) -> bool | OrdinalSet:
    definition = a_graph().by_key[key].definition
    found = set()
    for run_id, keys, partition in history.runs:
        made = any(e.run_id == run_id and e.asset_key == key and e.asset_materialization for e in entries)
        if key in keys and run_id not in history.over and not made:
            found.add(partition if definition is not None else None)
    if definition is None:
        return bool(found)
    view = PartitionsView(NOON_AT, history.instance)
    ordinals = [definition.ordinal_of(each, view) for each in found if each is not None]
    return OrdinalSet(each for each in ordinals if each is not None)


# ------------------------------------------------------------------------------- what it costs


class Counting(Session):
    """Counts statements."""

    said: list[str]

    def run(self, name: str, /, **params: Any) -> int:
        self.said.append(name)
        return super().run(name, **params)

    def row(self, name: str, /, **params: Any) -> Any:
        self.said.append(name)
        return super().row(name, **params)

    def rows(self, name: str, /, **params: Any) -> Any:
        self.said.append(name)
        return super().rows(name, **params)


def statements_of(instance: DagsterInstance, act: Callable[[], object]) -> list[str]:
    said: list[str] = []
    database: Any = instance.store._database  # type: ignore[attr-defined]
    database._connection.set_trace_callback(said.append)
    try:
        act()
    finally:
        database._connection.set_trace_callback(None)
    return said


@pytest.mark.parametrize("count", [3, 400])
def test_a_tick_is_a_fixed_number_of_statements_whatever_the_graph(instance: DagsterInstance, count: int) -> None:
    keys = [AssetKey(f"asset_{number}") for number in range(count)]
    parts = [AssetKey(f"parts_{number}") for number in range(count)]
    plans = [EntityPlan(key) for key in keys] + [EntityPlan(key, LETTERS) for key in parts]
    plans += [EntityPlan(AssetCheckKey(key, "rows"), deps=((key, None),)) for key in keys]
    every = frozenset(plan.key for plan in plans)
    reader = WorldReader(instance, EntityGraph(plans), timed=every, versioned=every, traced=every)
    whole = statements_of(instance, lambda: reader.start(NOON_AT))
    run = DagsterRun("job", "r", status=DagsterRunStatus.QUEUED, asset_selection=frozenset(keys + parts))
    instance.store.add_runs([replace(run, tags={"dagster/partition": "a"})], NOON_AT)
    queued = statements_of(instance, lambda: reader.read(NOON_AT))
    life = Life(instance)
    for key in keys:
        life.append("r", T.ASSET_MATERIALIZATION_PLANNED, AssetMaterializationPlannedData(key))
        life.append("r", T.ASSET_MATERIALIZATION, StepMaterializationData(AssetMaterialization(key)))
    for key in parts:
        data = AssetMaterializationPlannedData(key, "a", LETTERS.numbering, 0)
        life.append("r", T.ASSET_MATERIALIZATION_PLANNED, data)
    life.append("r", T.RUN_FAILURE)
    news = statements_of(instance, lambda: reader.read(NOON_AT))
    quiet = statements_of(instance, lambda: reader.read(NOON_AT))

    assert len(whole) <= 14
    assert len(queued) <= 4
    assert len(news) <= 11
    assert len(quiet) <= 2
    assert reader.world.facts[keys[0]].made is True
    assert reader.world.facts[parts[-1]].failed == letters("a")
