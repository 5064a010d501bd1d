"""What an instance remembers of partitions, against a model that knows keys alone."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.depth import examples
from watchbell import (
    AssetKey,
    AssetMaterialization,
    AssetObservation,
    DagsterInstance,
    DagsterRunStatus,
    RunsFilter,
    job,
)
from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.partitions.dynamic import DynamicPartitionsDefinition
from watchbell.declare.partitions.static import StaticPartitionsDefinition
from watchbell.declare.partitions.view import PartitionsView
from watchbell.ground.errors import ParameterCheckError
from watchbell.record.event import (
    AssetMaterializationPlannedData,
    DagsterEvent,
    DagsterEventType,
    EventLogEntry,
    StepMaterializationData,
)
from watchbell.record.ordinal_set import OrdinalSet
from watchbell.record.partition_state import AssetPartitionStatus
from watchbell.record.run import DagsterRun

ORDERS = AssetKey("orders")
MADE, PLANNED = DagsterEventType.ASSET_MATERIALIZATION, DagsterEventType.ASSET_MATERIALIZATION_PLANNED
ENDS = {
    "success": DagsterEventType.RUN_SUCCESS,
    "failure": DagsterEventType.RUN_FAILURE,
    "cancel": DagsterEventType.RUN_CANCELED,
}
ABC = StaticPartitionsDefinition(["a", "b", "c"])


@pytest.fixture
def instance() -> Iterator[DagsterInstance]:
    with DagsterInstance.ephemeral() as opened:
        yield opened


class Runs:
    """Says to an instance what runs for partitions say.

    Args:
        instance: the instance.
    """

    def __init__(self, instance: DagsterInstance) -> None:
        self.instance = instance
        self._count = 0

    def plan(self, definition: PartitionsDefinition, *keys: str) -> str:
        """A run begins that is to make these; its id."""
        self._count += 1
        run_id = f"run {self._count}"
        self.instance.add_run(DagsterRun("etl", run_id, status=DagsterRunStatus.STARTED))
        ordinals = OrdinalSet(self.number(definition, key) for key in keys)
        key = keys[0] if len(keys) == 1 else None
        noted = None if key is not None else tuple(definition.keys_of(ordinals, PartitionsView(store=self.instance)))
        data = AssetMaterializationPlannedData(ORDERS, key, definition.numbering, ordinals.to_text(), noted)
        self.say(run_id, DagsterEvent(PLANNED, "etl", event_specific_data=data))
        return run_id

    def make(self, run_id: str, definition: PartitionsDefinition, key: str) -> None:
        """It makes one."""
        self.make_numbered(run_id, definition.numbering, key, self.number(definition, key))

    def make_numbered(self, run_id: str, numbering: str, key: str, number: int) -> None:
        """It makes one, whose number it found out before."""
        made = AssetMaterialization(ORDERS, partition=key, tags={"dagster/data_version": f"{key} by {run_id}"})
        data = StepMaterializationData(made, numbering, number)
        self.say(run_id, DagsterEvent(MADE, "etl", event_specific_data=data))

    def end(self, run_id: str, how: str) -> None:
        """It is over."""
        if how == "deleted":
            self.instance.delete_run(run_id)
        else:
            self.say(run_id, DagsterEvent(ENDS[how], "etl"))

    def say(self, run_id: str, event: DagsterEvent) -> None:
        """An event of it is stored."""
        self.instance.handle_new_event(EventLogEntry(run_id, 1.0, job_name="etl", dagster_event=event))

    def number(self, definition: PartitionsDefinition, key: str) -> int:
        """The number of a key."""
        found = definition.ordinal_of(key, PartitionsView(store=self.instance))
        assert found is not None
        return found


@pytest.fixture
def runs(instance: DagsterInstance) -> Runs:
    return Runs(instance)


def status(instance: DagsterInstance, definition: PartitionsDefinition, *keys: str) -> list[str | None]:
    found = instance.get_status_by_partition(ORDERS, keys, definition)
    assert found is not None
    return [None if each is None else each.value for each in found.values()]


def test_of_an_asset_never_heard_of_there_is_no_status(instance: DagsterInstance) -> None:
    assert instance.get_status_by_partition(ORDERS, ["a"], ABC) is None
    assert instance.get_materialized_partitions(ORDERS) == set()


def test_a_run_plans_makes_and_fails(instance: DagsterInstance, runs: Runs) -> None:
    run = runs.plan(ABC, "a", "b")
    assert status(instance, ABC, "a", "b", "c") == ["IN_PROGRESS", "IN_PROGRESS", None]

    runs.make(run, ABC, "a")
    assert status(instance, ABC, "a", "b", "c") == ["MATERIALIZED", "IN_PROGRESS", None]

    runs.end(run, "failure")
    assert status(instance, ABC, "a", "b", "c") == ["MATERIALIZED", "FAILED", None]
    assert instance.get_materialized_partitions(ORDERS) == {"a"}


def test_what_a_run_is_making_is_no_longer_planned(instance: DagsterInstance, runs: Runs) -> None:
    tags, orders = {"dagster/partition": "a"}, frozenset({ORDERS})
    instance.add_run(DagsterRun("etl", "0", status=DagsterRunStatus.QUEUED, tags=tags, asset_selection=orders))
    before = instance.partition_state(ORDERS, ABC)
    runs.plan(ABC, "a")

    after = instance.partition_state(ORDERS, ABC)

    assert (list(before.planned), list(before.in_progress)) == ([0], [])
    assert (list(after.planned), list(after.in_progress)) == ([], [0])


def test_runs_of_whole_jobs_plan_what_the_asker_knows_of_them(instance: DagsterInstance) -> None:
    tags = {"dagster/asset_partition_range_start": "a", "dagster/asset_partition_range_end": "b"}
    instance.add_run(DagsterRun("etl", "0", status=DagsterRunStatus.QUEUED, tags=tags, location_name="here"))
    assets = {("etl", "here"): [ORDERS]}

    state = instance.partition_state(ORDERS, ABC, lambda job_name, location: assets[job_name, location])

    assert list(state.planned) == [0, 1]
    assert list(state.within(OrdinalSet([1])).planned) == [1]
    assert list(instance.partition_state(ORDERS, ABC).planned) == []


def test_a_range_that_exists_no_more_is_not_planned(instance: DagsterInstance) -> None:
    tags = {"dagster/asset_partition_range_start": "a", "dagster/asset_partition_range_end": "z"}
    run = DagsterRun("etl", "0", status=DagsterRunStatus.QUEUED, tags=tags, asset_selection=frozenset({ORDERS}))
    instance.add_run(run)

    assert list(instance.partition_state(ORDERS, ABC).planned) == []


@pytest.mark.parametrize("how", ["success", "cancel", "deleted"])
def test_only_a_failure_leaves_failed_partitions(instance: DagsterInstance, runs: Runs, how: str) -> None:
    runs.end(runs.plan(ABC, "a", "b"), how)
    instance.report_runless_asset_event(AssetMaterialization("orders", partition="c"))

    assert status(instance, ABC, "a", "b", "c") == [None, None, "MATERIALIZED"]


def test_what_failed_before_is_still_failed_after_a_run_that_was_canceled(
    instance: DagsterInstance, runs: Runs
) -> None:
    runs.end(runs.plan(ABC, "a"), "failure")
    again = runs.plan(ABC, "a")
    assert status(instance, ABC, "a") == ["IN_PROGRESS"]

    runs.end(again, "cancel")
    assert status(instance, ABC, "a") == ["FAILED"]


def test_a_partition_that_was_made_and_failed_then_was_made_all_the_same(instance: DagsterInstance, runs: Runs) -> None:
    first = runs.plan(ABC, "a")
    runs.make(first, ABC, "a")
    runs.end(first, "success")
    runs.end(runs.plan(ABC, "a"), "failure")

    assert status(instance, ABC, "a") == ["FAILED"]
    state = instance.partition_state(ORDERS, ABC)
    assert (0 in state.materialized, 0 in state.failed) == (True, True)


def test_a_partition_that_somebody_else_made_meanwhile_has_not_failed(instance: DagsterInstance, runs: Runs) -> None:
    slow, quick = runs.plan(ABC, "a", "b"), runs.plan(ABC, "a")
    runs.make(quick, ABC, "a")
    runs.end(quick, "success")
    runs.end(slow, "failure")

    assert status(instance, ABC, "a", "b") == ["MATERIALIZED", "FAILED"]


def test_a_partition_that_a_later_run_is_to_make_is_in_progress_then_what_that_run_says(
    instance: DagsterInstance, runs: Runs
) -> None:
    first, second = runs.plan(ABC, "a"), runs.plan(ABC, "a")
    runs.end(first, "failure")
    assert status(instance, ABC, "a") == ["IN_PROGRESS"]

    runs.end(second, "cancel")
    assert status(instance, ABC, "a") == [None]


def test_a_run_ended_by_the_monitor_or_by_hand_has_failed(instance: DagsterInstance, runs: Runs) -> None:
    run = runs.plan(ABC, "a")
    stored = instance.get_run_by_id(run)
    assert stored is not None

    instance.report_run_failed(stored)

    assert status(instance, ABC, "a") == ["FAILED"]


def test_plan_events_and_end_in_one_append(instance: DagsterInstance, runs: Runs) -> None:
    instance.add_run(DagsterRun("etl", "r", status=DagsterRunStatus.STARTED))
    plan = AssetMaterializationPlannedData(ORDERS, None, ABC.numbering, OrdinalSet([0, 1]).to_text())
    made = StepMaterializationData(AssetMaterialization(ORDERS, partition="a"), ABC.numbering, 0)
    events = [
        DagsterEvent(PLANNED, "etl", event_specific_data=plan),
        DagsterEvent(MADE, "etl", event_specific_data=made),
        DagsterEvent(DagsterEventType.RUN_FAILURE, "etl"),
    ]

    instance.handle_new_events([EventLogEntry("r", 1.0, job_name="etl", dagster_event=each) for each in events])

    assert status(instance, ABC, "a", "b") == ["MATERIALIZED", "FAILED"]


def test_keys_that_are_renamed_keep_the_history_of_the_others(instance: DagsterInstance, runs: Runs) -> None:
    run = runs.plan(ABC, "a", "b")
    runs.make(run, ABC, "a")
    runs.make(run, ABC, "b")
    runs.end(runs.plan(ABC, "c"), "failure")
    changed = StaticPartitionsDefinition(["c", "alpha", "b"])

    assert status(instance, changed, "c", "alpha", "b") == ["FAILED", None, "MATERIALIZED"]
    assert instance.get_materialized_partitions(ORDERS) == {"a", "b"}
    assert status(instance, ABC, "a", "b", "c") == ["MATERIALIZED", "MATERIALIZED", "FAILED"]


def test_a_list_that_only_grew_is_not_numbered_anew(instance: DagsterInstance, runs: Runs) -> None:
    run = runs.plan(ABC, "a", "b")
    runs.make(run, ABC, "a")
    runs.end(run, "failure")  # of a range nobody knows the keys: only the numbers
    longer = StaticPartitionsDefinition(["a", "b", "c", "d"])

    assert status(instance, longer, "a", "b", "c", "d") == ["MATERIALIZED", "FAILED", None, None]
    assert instance.store.stored_partitions()[ORDERS].numbering == longer.numbering


def test_a_run_of_older_code_is_understood_by_its_keys(instance: DagsterInstance, runs: Runs) -> None:
    old, new = runs.plan(ABC, "a"), StaticPartitionsDefinition(["c", "b", "a"])
    instance.report_runless_asset_event(AssetMaterialization("orders", partition="b"))
    assert status(instance, new, "a", "b") == ["IN_PROGRESS", "MATERIALIZED"]

    runs.make(old, ABC, "a")
    runs.end(old, "success")

    assert status(instance, new, "a", "b", "c") == ["MATERIALIZED", "MATERIALIZED", None]


def test_a_key_reported_before_it_is_a_partition_becomes_one(instance: DagsterInstance) -> None:
    cities = DynamicPartitionsDefinition(name="cities")
    instance.add_dynamic_partitions("cities", ["bern"])
    instance.report_runless_asset_event(AssetMaterialization("orders", partition="bonn"))
    assert status(instance, cities, "bern", "bonn") == [None, None]

    instance.add_dynamic_partitions("cities", ["bonn"])

    assert status(instance, cities, "bern", "bonn") == [None, "MATERIALIZED"]


def test_a_dynamic_partition_that_comes_back_finds_its_history(instance: DagsterInstance, runs: Runs) -> None:
    cities = DynamicPartitionsDefinition(name="cities")
    instance.add_dynamic_partitions("cities", ["bern", "bonn"])
    runs.make(runs.plan(cities, "bern"), cities, "bern")

    instance.delete_dynamic_partition("cities", "bern")
    assert status(instance, cities, "bern", "bonn") == [None, None]

    instance.add_dynamic_partitions("cities", ["bern"])
    assert status(instance, cities, "bern", "bonn") == ["MATERIALIZED", None]
    assert instance.get_dynamic_partitions("cities") == ["bonn", "bern"]


@pytest.mark.parametrize(("how", "expected"), [("success", "MATERIALIZED"), ("failure", "FAILED"), ("cancel", None)])
def test_a_dynamic_partition_that_is_deleted_while_its_run_goes_on_comes_back_as_that_ended(
    instance: DagsterInstance, runs: Runs, how: str, expected: str | None
) -> None:
    cities = DynamicPartitionsDefinition(name="cities")
    instance.add_dynamic_partitions("cities", ["bern", "bonn"])
    number = runs.number(cities, "bern")
    run = runs.plan(cities, "bern")
    instance.delete_dynamic_partition("cities", "bern")
    assert status(instance, cities, "bern", "bonn") == [None, None]
    if how == "success":
        runs.make_numbered(run, cities.numbering, "bern", number)
    runs.end(run, how)
    assert status(instance, cities, "bonn") == [None]

    instance.add_dynamic_partitions("cities", ["bern"])

    assert status(instance, cities, "bern", "bonn") == [expected, None]


def test_wiping_partitions_forgets_them_and_their_events(instance: DagsterInstance, runs: Runs) -> None:
    run = runs.plan(ABC, "a", "b")
    for key in ("a", "b"):
        runs.make(run, ABC, key)
    runs.end(run, "success")
    runs.end(runs.plan(ABC, "a"), "failure")

    instance.wipe_asset_partitions(ORDERS, ["a", "nothing"])

    assert status(instance, ABC, "a", "b") == [None, "MATERIALIZED"]
    assert [each.partition_key for each in instance.fetch_materializations(ORDERS, limit=9).records] == ["b"]


def test_wiping_an_asset_forgets_its_partitions(instance: DagsterInstance, runs: Runs) -> None:
    runs.make(runs.plan(ABC, "a"), ABC, "a")

    instance.wipe_assets([ORDERS])

    assert instance.get_materialized_partitions(ORDERS) == set()
    assert not instance.partition_state(ORDERS, ABC).materialized


def test_the_newest_of_each_partition(instance: DagsterInstance, runs: Runs) -> None:
    run = runs.plan(ABC, "a")
    runs.make(run, ABC, "a")
    instance.report_runless_asset_event(AssetObservation("orders", partition="b"))
    runs.make(run, ABC, "a")

    ids = [each.storage_id for each in instance.fetch_materializations(ORDERS, limit=9).records]
    found = instance.get_latest_storage_id_by_partition(ORDERS, MADE)
    assert found == {"a": ids[0]}
    assert set(instance.get_latest_storage_id_by_partition(ORDERS, DagsterEventType.ASSET_OBSERVATION)) == {"b"}
    assert instance.get_latest_storage_id_by_partition(ORDERS, MADE, {"b"}) == {}
    assert instance.get_latest_storage_id_by_partition(ORDERS, MADE, after_cursor=ids[0]) == {}
    assert set(instance.get_latest_storage_id_by_partition(ORDERS, PLANNED)) == {"a"}
    assert instance.partition_records(ORDERS)["a"].data_version == f"a by {run}"
    assert instance.get_materialized_partitions(ORDERS, before_cursor=ids[0]) == {"a"}
    assert instance.get_materialized_partitions(ORDERS, before_cursor=ids[1]) == set()
    assert instance.get_asset_partitions_for_run(run, MADE) == {ORDERS: {"a"}}


def test_keys_of_dynamic_partitions_by_pages(instance: DagsterInstance) -> None:
    instance.add_dynamic_partitions("d", ["b", "a", "c", "a"])

    first = instance.get_paginated_dynamic_partitions("d", limit=2, ascending=True)
    rest = instance.get_paginated_dynamic_partitions("d", limit=2, ascending=True, cursor=first.cursor)
    back = instance.get_paginated_dynamic_partitions("d", limit=1, ascending=False)

    assert (first.results, first.has_more, rest.results, rest.has_more) == (["b", "a"], True, ["c"], False)
    assert back.results == ["c"]


@pytest.mark.parametrize("keys", ["abc", [1], ["a\x00"], ["x" * 1_001], None])
def test_keys_that_cannot_be_stored_are_refused_and_none_is_added(instance: DagsterInstance, keys: object) -> None:
    wanted = ["fine", *keys] if isinstance(keys, list) else keys

    with pytest.raises(ParameterCheckError):
        instance.add_dynamic_partitions("d", wanted)  # type: ignore[arg-type]

    assert instance.get_dynamic_partitions("d") == []


# ------------------------------------------------------------- a model by key

KEYS = "abcdefgh"
LISTS = st.lists(st.sampled_from(KEYS), unique=True, max_size=8)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("list"), LISTS),
        st.tuples(st.just("grow"), LISTS),
        st.tuples(st.just("plan"), st.sampled_from(KEYS)),
        st.tuples(st.just("make"), st.integers(0, 9)),
        st.tuples(st.just("end"), st.tuples(st.integers(0, 9), st.sampled_from([*ENDS, "deleted"]))),
        st.tuples(st.just("report"), st.sampled_from(KEYS)),
        st.tuples(st.just("wipe"), st.sampled_from(KEYS)),
        st.tuples(st.just("ask"), st.none()),
    ),
    max_size=25,
)


class Model:
    """What was made, failed and is being made, by key."""

    def __init__(self) -> None:
        self.made: set[str] = set()
        self.failed: set[str] = set()
        self.going: dict[str, tuple[str, PartitionsDefinition, int]] = {}
        self.made_at: dict[str, int] = {}
        self.now = 0

    def make(self, key: str) -> None:
        self.now += 1
        self.made.add(key)
        self.failed.discard(key)
        self.made_at[key] = self.now

    def end(self, run: str, how: str) -> None:
        key, _, planned = self.going.pop(run)
        later = any(each == key and at > planned for each, _, at in self.going.values())
        if how == "success" and planned >= 0:
            self.failed.discard(key)
        elif how == "failure" and not later and self.made_at.get(key, 0) < planned:
            self.failed.add(key)


@settings(max_examples=examples(150), deadline=None)
@given(STEPS)
def test_no_change_of_a_list_loses_or_invents_what_was_made(steps: list[tuple[str, object]]) -> None:
    with DagsterInstance.ephemeral() as instance:
        _play(instance, steps)


def _play(instance: DagsterInstance, steps: list[tuple[str, object]]) -> None:
    definition, model, runs = StaticPartitionsDefinition(list(KEYS)), Model(), Runs(instance)
    done: set[str] = set()
    for kind, what in [*steps, ("ask", None)]:
        keys = list(definition.get_partition_keys())
        going = [run for run in model.going if run not in done]
        if kind == "list":
            definition = StaticPartitionsDefinition(what)  # type: ignore[arg-type]
        elif kind == "grow":
            definition = StaticPartitionsDefinition([*keys, *(key for key in what if key not in keys)])  # type: ignore[attr-defined]
        elif kind == "plan" and what in keys:
            run = runs.plan(definition, str(what))
            model.now += 1
            model.going[run] = (str(what), definition, model.now)
        elif kind == "make" and going:
            run = going[int(what) % len(going)]  # type: ignore[call-overload]
            runs.make(run, model.going[run][1], model.going[run][0])
            model.make(model.going[run][0])
            done.add(run)
        elif kind == "end" and model.going:
            run = list(model.going)[what[0] % len(model.going)]  # type: ignore[index]
            runs.end(run, what[1])  # type: ignore[index]
            if run in done:
                model.going.pop(run)
            else:
                model.end(run, what[1])  # type: ignore[index]
        elif kind == "report":
            instance.report_runless_asset_event(AssetMaterialization(ORDERS, partition=str(what)))
            model.make(str(what))
        elif kind == "wipe":
            instance.wipe_asset_partitions(ORDERS, [str(what)])
            model.made.discard(str(what))
            model.failed.discard(str(what))
            model.made_at.pop(str(what), None)
        elif kind == "ask":
            _compare(instance, definition, model, {run for run in model.going if run not in done})
    assert instance.get_materialized_partitions(ORDERS) == model.made


def _compare(
    instance: DagsterInstance, definition: StaticPartitionsDefinition, model: Model, open_runs: set[str]
) -> None:
    keys = definition.get_partition_keys()
    going = {model.going[run][0] for run in open_runs}
    state = instance.partition_state(ORDERS, definition)

    def named(ordinals: OrdinalSet) -> set[str]:
        return {keys[each] for each in ordinals}

    assert named(state.materialized) == model.made & set(keys)
    assert named(state.in_progress) == going & set(keys)
    assert named(state.failed) <= (model.failed & set(keys)) - going


def test_every_status_has_its_own_value() -> None:
    assert [each.value for each in AssetPartitionStatus] == ["MATERIALIZED", "IN_PROGRESS", "FAILED"]


def test_the_newest_run_of_each_partition_is_told_the_newest_first(instance) -> None:
    @job(partitions_def=StaticPartitionsDefinition(["a", "b", "c"]))
    def etl() -> None: ...

    runs = [etl.execute_in_process(instance=instance, partition_key=key) for key in ("b", "a", "c", "b")]

    found = instance.get_run_partition_data(RunsFilter(job_name="etl"))

    assert [(each.partition, each.run_id) for each in found] == [
        ("b", runs[3].run_id),
        ("c", runs[2].run_id),
        ("a", runs[1].run_id),
    ]
    assert all(each.status is DagsterRunStatus.SUCCESS and each.end_time is not None for each in found)
