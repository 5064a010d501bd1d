"""Conditions evaluated by hand: what they ask for, cursors old and new, and what a quiet tick costs."""

import pickle
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

import watchbell as dg
from watchbell.automate.conditions.tester import definitions_of
from watchbell.automate.conditions.tester_cursor import LAYERS_MAX, AssetDaemonCursor
from watchbell.ground.errors import ParameterCheckError

C = dg.AutomationCondition
NOON_AT = datetime(2026, 3, 10, 12, tzinfo=UTC)
WHOLE = {None}


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as found:
        yield found


def an_asset(name: str, condition: Any = None, deps: Sequence[str] = (), **more: Any) -> dg.AssetsDefinition:
    @dg.asset(name=name, deps=list(deps), automation_condition=condition, **more)
    def made() -> None: ...

    return made


def make(instance: dg.DagsterInstance, name: str, partition: str | None = None) -> None:
    instance.report_runless_asset_event(dg.AssetMaterialization(name, partition=partition))


LETTERS = dg.StaticPartitionsDefinition(["a", "b", "c"])


def a_project() -> dg.Definitions:
    letters = an_asset("letters", C.missing(), partitions_def=LETTERS)
    child = an_asset("child", C.eager(), ["parent"])

    @dg.asset_check(asset="child", automation_condition=C.missing())
    def rows() -> dg.AssetCheckResult:
        return dg.AssetCheckResult(passed=True)

    return dg.Definitions(assets=[an_asset("parent"), child, letters], asset_checks=[rows])


class TestResult:
    def test_it_says_what_is_asked_for(self, instance: dg.DagsterInstance) -> None:
        make(instance, "letters", "b")

        result = dg.evaluate_automation_conditions(a_project(), instance, evaluation_time=NOON_AT)
        check = dg.AssetCheckKey(dg.AssetKey("child"), "rows")

        assert result.total_requested == 3
        assert result.get_requested_partitions(dg.AssetKey("letters")) == {"a", "c"}
        assert result.get_num_requested(dg.AssetKey("letters")) == 2
        assert result.get_requested_partitions(check) == WHOLE
        assert result.get_num_requested(check) == 1
        for name in ("child", "parent", "nobody"):
            assert result.get_requested_partitions(dg.AssetKey(name)) == set()
            assert result.get_num_requested(dg.AssetKey(name)) == 0

    def test_each_condition_has_a_result(self, instance: dg.DagsterInstance) -> None:
        result = dg.evaluate_automation_conditions(a_project(), instance)

        found = {each.key.to_user_string(): each.true_subset.size for each in result.results}

        assert found == {"child": 0, "letters": 3, "child:rows": 1}
        assert all(isinstance(each.condition, dg.AutomationCondition) for each in result.results)

    def test_what_is_made_together_is_asked_for_together(self, instance: dg.DagsterInstance) -> None:
        specs = [dg.AssetSpec("x", automation_condition=C.missing()), dg.AssetSpec("y")]

        @dg.multi_asset(specs=specs)
        def both() -> None: ...

        result = dg.evaluate_automation_conditions([both], instance)

        assert result.total_requested == 1
        assert result.get_requested_partitions(dg.AssetKey("y")) == WHOLE

    def test_assets_checks_and_specs_are_definitions_too(self, instance: dg.DagsterInstance) -> None:
        spec = dg.AssetSpec("spec", automation_condition=C.missing())
        parent = an_asset("parent", C.missing())

        @dg.asset_check(asset=parent, automation_condition=C.missing())
        def rows() -> dg.AssetCheckResult:
            return dg.AssetCheckResult(passed=True)

        result = dg.evaluate_automation_conditions([spec, parent, rows], instance)

        assert result.total_requested == 3


class TestSelection:
    @pytest.mark.parametrize(
        ("selection", "count"),
        [
            (None, 4),
            (dg.AssetSelection.all(), 4),
            (dg.AssetSelection.assets("letters"), 3),
            (dg.AssetSelection.assets("child"), 1),
            (dg.AssetSelection.assets("parent"), 0),
            (dg.AssetSelection.checks_for_assets("child"), 1),
            ("letters", 3),
        ],
    )
    def test_only_these_are_evaluated(self, instance: dg.DagsterInstance, selection: Any, count: int) -> None:
        result = dg.evaluate_automation_conditions(a_project(), instance, asset_selection=selection)

        assert result.total_requested == count

    def test_an_asset_that_is_not_there_is_refused(self, instance: dg.DagsterInstance) -> None:
        with pytest.raises(dg.DagsterInvalidSubsetError, match="parnt"):
            dg.evaluate_automation_conditions(a_project(), instance, asset_selection=dg.AssetSelection.assets("parnt"))


class TestMistakes:
    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            ({"defs": None}, "defs is"),
            ({"defs": an_asset("x")}, "defs is"),
            ({"instance": None}, "instance is"),
            ({"evaluation_time": "2026"}, "evaluation_time is"),
            ({"cursor": "7"}, "cursor is"),
        ],
    )
    def test_an_argument_of_another_kind_is_refused(
        self, instance: dg.DagsterInstance, arguments: dict[str, Any], said: str
    ) -> None:
        given = {"defs": a_project(), "instance": instance, **arguments}

        with pytest.raises(ParameterCheckError, match=said):
            dg.evaluate_automation_conditions(**given)

    def test_a_time_without_a_zone_is_in_utc(self, instance: dg.DagsterInstance) -> None:
        days = dg.DailyPartitionsDefinition("2026-03-08")
        asset = an_asset("days", C.in_latest_time_window(), partitions_def=days)

        result = dg.evaluate_automation_conditions([asset], instance, evaluation_time=datetime(2026, 3, 10, 0, 30))

        assert result.get_requested_partitions(dg.AssetKey("days")) == {"2026-03-09"}

    def test_a_condition_that_raises_is_not_swallowed(self, instance: dg.DagsterInstance) -> None:
        class Broken(dg.AutomationCondition[dg.AssetKey]):
            def evaluate(self, context: Any) -> Any:
                raise ValueError("no")

        defs = dg.Definitions(assets=[an_asset("broken", Broken()), an_asset("child", C.missing())])

        with pytest.raises(Exception, match="no"):
            dg.evaluate_automation_conditions(defs, instance)


class TestCursor:
    def follow(self, instance: dg.DagsterInstance, is_pickled: bool, is_rebuilt: bool) -> list[int]:
        defs, cursor, counts = a_project(), None, []
        for made in ((), ("parent",), (), ("child", "letters"), ("parent",), ()):
            for name in made:
                make(instance, name, "a" if name == "letters" else None)
            if is_rebuilt:
                defs = a_project()
            result = dg.evaluate_automation_conditions(defs, instance, cursor=cursor)
            cursor = pickle.loads(pickle.dumps(result.cursor)) if is_pickled else result.cursor
            counts.append(result.get_num_requested(dg.AssetKey("child")))
        return counts

    @pytest.mark.parametrize("is_pickled", [False, True])
    @pytest.mark.parametrize("is_rebuilt", [False, True])
    def test_it_goes_on_whether_its_engine_is_there_or_not(
        self, instance: dg.DagsterInstance, is_pickled: bool, is_rebuilt: bool
    ) -> None:
        assert self.follow(instance, is_pickled, is_rebuilt) == [0, 1, 0, 0, 1, 0]

    def test_an_old_one_says_the_same_again(self, instance: dg.DagsterInstance) -> None:
        defs = a_project()
        first = dg.evaluate_automation_conditions(defs, instance)
        make(instance, "parent")
        second = dg.evaluate_automation_conditions(defs, instance, cursor=first.cursor)
        again = dg.evaluate_automation_conditions(defs, instance, cursor=first.cursor)
        third = dg.evaluate_automation_conditions(defs, instance, cursor=second.cursor)

        key = dg.AssetKey("child")
        counts = [each.get_num_requested(key) for each in (first, second, again, third)]

        assert counts == [0, 1, 1, 0]
        assert [each.cursor.evaluation_id for each in (first, second, again, third)] == [1, 2, 2, 3]
        assert second.cursor.states == again.cursor.states

    def test_an_empty_one_is_the_beginning(self, instance: dg.DagsterInstance) -> None:
        empty = AssetDaemonCursor.empty(4)

        result = dg.evaluate_automation_conditions(a_project(), instance, cursor=empty)

        assert result.cursor.evaluation_id == 5
        assert result.total_requested == 4
        assert AssetDaemonCursor.empty() == AssetDaemonCursor.empty() != empty

    def test_a_failed_evaluation_leaves_the_cursor_as_it_was(self, instance: dg.DagsterInstance) -> None:
        class Moody(dg.AutomationCondition[dg.AssetKey]):
            is_angry = False

            def evaluate(self, context: Any) -> Any:
                if Moody.is_angry:
                    raise ValueError("no")
                return dg.AutomationResult(context, context.get_empty_subset())

        defs = dg.Definitions(
            assets=[an_asset("moody", Moody()), an_asset("parent"), an_asset("child", C.eager(), ["parent"])]
        )
        first = dg.evaluate_automation_conditions(defs, instance)
        make(instance, "parent")
        Moody.is_angry = True
        with pytest.raises(Exception, match="no"):
            dg.evaluate_automation_conditions(defs, instance, cursor=first.cursor)
        Moody.is_angry = False

        result = dg.evaluate_automation_conditions(defs, instance, cursor=first.cursor)

        assert result.get_num_requested(dg.AssetKey("child")) == 1

    def test_many_ticks_make_few_layers(self, instance: dg.DagsterInstance) -> None:
        defs = a_project()
        cursor = dg.evaluate_automation_conditions(defs, instance).cursor
        for _ in range(3 * LAYERS_MAX):
            make(instance, "parent")
            cursor = dg.evaluate_automation_conditions(defs, instance, cursor=cursor).cursor

        depth, layer = 0, cursor.layer
        while layer is not None:
            depth, layer = depth + 1, layer._below

        assert depth <= LAYERS_MAX + 1
        fresh = AssetDaemonCursor(cursor.evaluation_id, cursor.position, cursor.states)
        make(instance, "parent")
        results = [dg.evaluate_automation_conditions(defs, instance, cursor=each) for each in (cursor, fresh)]
        assert [each.get_num_requested(dg.AssetKey("child")) for each in results] == [1, 1]


class TestCost:
    def test_a_quiet_tick_does_not_look_at_the_assets(self, instance: dg.DagsterInstance) -> None:
        assets = [an_asset("root")] + [an_asset(f"asset_{number}", C.eager(), ["root"]) for number in range(300)]
        defs = definitions_of(assets)
        cursor = None
        for _ in range(4):
            cursor = dg.evaluate_automation_conditions(defs, instance, cursor=cursor).cursor
        assert cursor is not None
        before = cursor.layer

        result = dg.evaluate_automation_conditions(defs, instance, cursor=cursor)

        assert result.cursor.layer is before
        assert result._tick.evaluated == []


class TestCursorAsText:
    def test_another_evaluation_goes_on_from_the_text_as_from_the_cursor(self, instance: dg.DagsterInstance) -> None:
        defs = a_project()
        make(instance, "child")
        first = dg.evaluate_automation_conditions(defs, instance, evaluation_time=NOON_AT)
        make(instance, "parent")

        read = dg.deserialize_value(dg.serialize_value(first.cursor), AssetDaemonCursor)
        told = [
            dg.evaluate_automation_conditions(defs, instance, evaluation_time=NOON_AT, cursor=each)
            for each in (first.cursor, read)
        ]

        assert read == first.cursor
        assert [each.get_num_requested(dg.AssetKey("child")) for each in told] == [1, 1]
        assert told[0].cursor == told[1].cursor

    def test_the_empty_cursor_is_text_too(self) -> None:
        empty = AssetDaemonCursor.empty(3)

        assert dg.deserialize_value(dg.serialize_value(empty)) == empty

    def test_a_process_that_has_evaluated_nothing_reads_it(self) -> None:
        text = dg.serialize_value(AssetDaemonCursor.empty(3))
        code = "import sys, watchbell; print(watchbell.deserialize_value(sys.argv[1]).evaluation_id)"

        found = subprocess.run([sys.executable, "-c", code, text], capture_output=True, text=True, check=True)

        assert found.stdout == "3\n"
