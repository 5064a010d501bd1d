"""What two decisions about one tick differ in."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from watchbell.automate.tick_difference import Decision, Difference, decision_of, differences
from watchbell.record.error_info import SerializableErrorInfo
from watchbell.record.keys import AssetKey
from watchbell.record.run import DagsterRun
from watchbell.record.tick import Tick, TickStatus

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def run(number: int, key: str | None = None, **fields: Any) -> DagsterRun:
    tags = {"dagster/sensor_name": "files", "watchbell/overlap": "skip", **fields.pop("tags", {})}
    if key is not None:
        tags["dagster/run_key"] = key
    return DagsterRun(fields.pop("job_name", "etl"), f"run-{number}", tags=tags, **fields)


def decided(*runs: DagsterRun, deleted: int = 0, **fields: Any) -> Decision:
    ids = (*(each.run_id for each in runs), *(f"gone-{number}" for number in range(deleted)))
    keys = tuple(each.tags["dagster/run_key"] for each in runs if "dagster/run_key" in each.tags)
    tick = Tick(AT, TickStatus.SUCCESS, AT, AT, ids, fields.pop("run_keys", keys), **fields)
    return decision_of(tick, {each.run_id: each for each in runs})


def test_the_same_is_no_difference() -> None:
    one = run(1, "a", run_config={"ops": {"load": {"config": {"rows": 3}}}}, tags={"team": "blue"})
    same = run(9, "a", run_config={"ops": {"load": {"config": {"rows": 3}}}}, tags={"team": "blue"})

    assert differences(decided(one, cursor="1"), decided(same, cursor="1")) == []


def test_leaves_of_the_config_and_tags_are_told_one_by_one() -> None:
    then = run(1, "a", run_config={"ops": {"load": {"config": {"rows": 3, "name": "x"}}}}, tags={"team": "blue"})
    now = run(
        2, "a", run_config={"ops": {"load": {"config": {"rows": 4, "name": "x"}}}}, tags={"team": "red", "by": "y"}
    )

    assert differences(decided(then), decided(now)) == [
        Difference("run key 'a', config.ops.load.config.rows", "3", "4"),
        Difference("run key 'a', tag team", "blue", "red"),
        Difference("run key 'a', tag by", None, "y"),
    ]


def test_job_partition_and_assets_are_told() -> None:
    then = run(1, "a", tags={"dagster/partition": "mon"}, asset_selection=frozenset({AssetKey("x")}))
    now = run(2, "a", tags={"dagster/partition": "tue"}, job_name="other")

    assert differences(decided(then), decided(now)) == [
        Difference("run key 'a', job", "etl", "other"),
        Difference("run key 'a', partition", "mon", "tue"),
        Difference("run key 'a', assets", "x", None),
    ]


def test_requests_that_came_or_went_are_told_with_all_they_ask() -> None:
    found = differences(decided(run(1, "a", tags={"n": "1"})), decided(run(2, "b")))

    assert found == [Difference("run key 'a'", "job=etl, tag n=1", None), Difference("run key 'b'", None, "job=etl")]


def test_requests_without_a_key_are_compared_by_their_number() -> None:
    then = decided(run(1), run(2, tags={"n": "2"}))
    now = decided(run(3), run(4, tags={"n": "3"}), run(5))

    assert differences(then, now) == [
        Difference("run 2, tag n", "2", "3"),
        Difference("run 3", None, "job=etl"),
    ]


def test_a_key_that_had_its_run_is_asked_for_all_the_same() -> None:
    then = decided(dropped_run_keys=("a",), skip_reason="every run key it asked for has its run already")

    assert differences(then, decided(run(1, "a", tags={"n": "1"}))) == []


def test_a_run_that_was_deleted_is_not_compared() -> None:
    assert differences(decided(deleted=1, run_keys=("a",)), decided(run(1, "a"))) == []
    assert differences(decided(deleted=1), decided(run(1, tags={"n": "1"}))) == []


def test_another_order_is_told_once() -> None:
    found = differences(decided(run(1, "a"), run(2, "b")), decided(run(3, "b"), run(4, "a")))

    assert found == [Difference("order of the runs", "run key 'a', run key 'b'", "run key 'b', run key 'a'")]


def test_skip_reasons_cursors_and_errors_are_told() -> None:
    then = decided(skip_reason="nothing", cursor="1")
    now = decided(error=SerializableErrorInfo("ValueError: no\n", ("line 3",), "ValueError"), cursor="2")

    assert differences(then, now) == [
        Difference("error", None, "ValueError: no"),
        Difference("skip reason", "nothing", None),
        Difference("cursor", "1", "2"),
    ]


def test_an_error_at_another_line_is_the_same_error() -> None:
    then = decided(error=SerializableErrorInfo("ValueError: no\n", ("line 3",)))
    now = decided(error=SerializableErrorInfo("ValueError: no\n", ("line 4",)))

    assert differences(then, now) == []


decisions = st.builds(
    lambda keys, config, reason, cursor: decided(
        *(run(number, key, run_config=config) for number, key in enumerate(dict.fromkeys(keys))),
        skip_reason=reason,
        cursor=cursor,
    ),
    st.lists(st.sampled_from("abc"), max_size=3),
    st.dictionaries(st.sampled_from("xyz"), st.integers() | st.lists(st.integers()) | st.none(), max_size=2),
    st.none() | st.text(max_size=3),
    st.none() | st.text(max_size=3),
)


@given(decisions, decisions)
def test_differences_mirror_each_other_and_are_none_for_equals(one: Decision, other: Decision) -> None:
    there, back = differences(one, other), differences(other, one)

    assert {(each.what, each.then, each.now) for each in there} == {(each.what, each.now, each.then) for each in back}
    assert differences(one, one) == []
    assert bool(there) == (one != other)
