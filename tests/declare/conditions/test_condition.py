"""Conditions: trees of kinds, operators, parts, equality."""

import pickle
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchbell import AssetKey, AssetSelection, AutomationCondition
from watchbell.declare.conditions.condition import BuiltInCondition, walk
from watchbell.ground.errors import CheckError, DagsterInvariantViolationError, ParameterCheckError

C = AutomationCondition
LEAVES = [C.missing(), C.newly_updated(), C.in_progress(), C.cron_tick_passed("0 6 * * *"), C.eager()]


class Own(AutomationCondition[AssetKey]):
    def evaluate(self, context: Any) -> Any:
        return context


def kinds(condition: AutomationCondition[Any]) -> list[str]:
    return [each.kind if isinstance(each, BuiltInCondition) else each.name for each in walk(condition)]


TREES = st.recursive(
    st.sampled_from(LEAVES),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda pair: pair[0] & pair[1]),
        st.tuples(inner, inner).map(lambda pair: pair[0] | pair[1]),
        st.tuples(inner, inner).map(lambda pair: pair[0].since(pair[1])),
        inner.map(lambda each: ~each),
        inner.map(lambda each: each.newly_true()),
        inner.map(C.any_deps_match),
        st.tuples(inner, st.text("abc", min_size=1, max_size=3)).map(lambda pair: pair[0].with_label(pair[1])),
    ),
    max_leaves=8,
)


def test_a_ready_made_condition_is_a_tree_of_kinds() -> None:
    expected = ["and", "in_latest_time_window", "since", "newly_true", "missing", "or", "newly_requested"]
    expected += ["newly_updated", "initial_evaluation", "not", "any_deps", "and", "missing", "not", "will_be_requested"]

    assert expected == kinds(C.on_missing())


def test_assets_that_ask_for_the_same_share_one_tree() -> None:
    assert C.eager() is C.eager()
    assert C.on_cron("0 6 * * *") is C.on_cron("0 6 * * *", "UTC")
    assert C.on_cron("0 6 * * *") is not C.on_cron("0 6 * * *", "Asia/Tokyo")


@given(TREES)
def test_a_copy_from_another_process_is_equal(condition: BuiltInCondition) -> None:
    hash(condition)
    copied = pickle.loads(pickle.dumps(condition))

    assert (condition, hash(condition)) == (copied, hash(copied))


def test_the_hash_of_a_copy_is_that_of_its_process() -> None:
    """Texts hash differently in each process; a hash that travelled along would lose the copy in every dict."""
    condition = C.eager()
    hash(condition)
    script = (
        "import pickle, sys; from watchbell import AutomationCondition as C; "
        f"copied = pickle.loads(bytes.fromhex({pickle.dumps(condition).hex()!r})); "
        "sys.exit(0 if {C.eager(): 1}.get(copied) == 1 else 1)"
    )

    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


@given(TREES, TREES)
def test_equal_conditions_have_equal_texts_and_hashes(one: BuiltInCondition, other: BuiltInCondition) -> None:
    if one == other:
        assert (str(one), hash(one)) == (str(other), hash(other))
    else:
        assert repr(one) == f"<AutomationCondition {one}>"


@given(TREES)
def test_replacing_a_part_by_itself_changes_nothing(condition: BuiltInCondition) -> None:
    for part in walk(condition):
        assert condition == condition.replace(part, part)


def test_what_joins_unnamed_parts_is_flat() -> None:
    joined = C.missing() & (C.newly_updated() & ~C.in_progress())

    assert len(joined.operands) == 3


def test_a_named_part_stays_one() -> None:
    joined = C.missing() & (C.newly_updated() & ~C.in_progress()).with_label("ready")

    assert [each.get_label() or each.name for each in joined.operands] == ["missing", "ready"]


def test_different_kinds_are_different() -> None:
    assert C.missing() != C.newly_updated()
    assert (C.missing() & C.newly_updated()).replace(C.missing(), C.in_progress()) == (
        C.in_progress() & C.newly_updated()
    )


def test_parameters_are_kept_sorted_and_absent_ones_left_out() -> None:
    condition = C.executed_with_tags(tag_values={"b": "2", "a": "1"}, tag_keys={"z", "y"})

    assert condition.params == (("tag_keys", ("y", "z")), ("tag_values", (("a", "1"), ("b", "2"))))
    assert C.executed_with_tags().params == ()


def test_own_conditions_take_part() -> None:
    joined = Own() & C.missing()

    assert kinds(joined) == ["and", "Own", "missing"]
    assert not joined.is_serializable
    assert str(joined) == "Own & missing"
    assert Own().replace("Own", C.missing()) == C.missing()


def test_a_condition_without_evaluate_cannot_be_made() -> None:
    class Unfinished(AutomationCondition[AssetKey]):
        pass

    with pytest.raises(TypeError, match="evaluate"):
        Unfinished()  # type: ignore[abstract]


def test_conditions_of_this_package_are_not_evaluated_alone() -> None:
    with pytest.raises(DagsterInvariantViolationError, match="evaluate_automation_conditions"):
        C.missing().evaluate(None)


def test_a_selection_is_added_to_what_was_chosen_before() -> None:
    condition = C.any_deps_match(C.missing()).allow(AssetSelection.keys("a")).allow(AssetSelection.keys("b"))

    assert condition.name == 'ANY_DEPS_MATCH(allow_selection=key:"b" or key:"a")'


def test_selections_reach_all_parts_that_ask_dependencies() -> None:
    chosen = C.eager().ignore(AssetSelection.keys("a"))
    asking = [each for each in walk(chosen) if isinstance(each, BuiltInCondition) and each.kind == "any_deps"]

    assert len(asking) == 3
    assert all(each.ignore_selection is not None for each in asking)


@pytest.mark.parametrize("name", ["operand", "trigger_condition", "cron_schedule", "key", "lookback_timedelta"])
def test_what_a_kind_does_not_have_is_no_attribute(name: str) -> None:
    assert not hasattr(C.missing(), name)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: C.missing() & 3, CheckError, "& joins conditions"),  # type: ignore[operator]
        (lambda: C.missing() | None, CheckError, "| joins conditions"),  # type: ignore[operator]
        (lambda: C.missing().since("x"), ParameterCheckError, "reset_condition="),  # type: ignore[arg-type]
        (lambda: C.missing().with_label(3), ParameterCheckError, "a label is text"),  # type: ignore[arg-type]
        (lambda: C.missing().without(C.missing()), AttributeError, "joined by &"),
        (lambda: C.eager().without(C.missing()), ParameterCheckError, "has no part 'missing'"),
        (lambda: (C.missing() & C.eager()).without(C.eager()), CheckError, "less than two"),
        (
            lambda: C.eager().ignore(AssetSelection.keys("a")).without(~C.any_deps_missing()),
            ParameterCheckError,
            "before allow() or ignore()",
        ),
        (lambda: C.missing().allow(AssetSelection.all()), AttributeError, "no allow"),
        (lambda: C.eager().allow("a"), ParameterCheckError, "an AssetSelection"),
        (lambda: C.eager().replace("in_progress", 3), CheckError, "new= is a condition"),  # type: ignore[arg-type]
        (lambda: C.any_deps_match(C.missing), ParameterCheckError, "a condition such as"),
        (lambda: C.all_checks_match(C.missing(), 1), ParameterCheckError, "blocking_only="),  # type: ignore[arg-type]
        (lambda: C.asset_matches(3, C.missing()), CheckError, "key= names an asset"),  # type: ignore[arg-type]
        (lambda: C.cron_tick_passed("tomorrow"), ParameterCheckError, "one cron string"),
        (lambda: C.cron_tick_passed("0 6 * * *", "Europe/Berlln"), ParameterCheckError, "Europe/Berlin"),
        (lambda: C.cron_tick_passed("0 6 * * *", 3), ParameterCheckError, "IANA name"),  # type: ignore[arg-type]
        (lambda: C.on_cron(["0 6 * * *"]), ParameterCheckError, "on_cron: cron_schedule="),  # type: ignore[arg-type]
        (lambda: C.on_cron("0 6 * * *", "Nowhere"), ParameterCheckError, "Nowhere"),
        (lambda: C.failed_since_cron("x"), ParameterCheckError, "failed_since_cron"),
        (lambda: C.materialized_since_cron("x"), ParameterCheckError, "materialized_since_cron"),
        (lambda: C.in_latest_time_window(5), ParameterCheckError, "datetime.timedelta"),  # type: ignore[arg-type]
        (lambda: C.executed_with_tags(tag_keys=["a"]), ParameterCheckError, "a set of keys"),  # type: ignore[arg-type]
        (lambda: C.executed_with_tags(tag_values=3), ParameterCheckError, "a mapping"),  # type: ignore[arg-type]
        (lambda: C.executed_with_tags(tag_keys={3}), CheckError, "are text"),  # type: ignore[arg-type]
    ],
)
def test_a_mistake_is_refused_where_it_is_made(call: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error) as caught:
        call()

    assert words in str(caught.value)


def test_a_misspelt_constructor_is_told_the_nearest() -> None:
    with pytest.raises(AttributeError, match="AutomationCondition has no 'on_crom'; did you mean 'on_cron'"):
        AutomationCondition.on_crom("0 6 * * *")  # type: ignore[attr-defined]


def test_wrong_arguments_name_the_public_class() -> None:
    with pytest.raises(TypeError, match=r"^AutomationCondition\.on_cron\(\) missing 1 required"):
        AutomationCondition.on_cron()  # type: ignore[call-arg]
