"""Bad input through the public names: refused where it is given, with a message that names it; or stored as it is."""

from __future__ import annotations

import math

import pytest

from watchbell import (
    AssetKey,
    AssetMaterialization,
    DagsterError,
    DagsterInstance,
    DagsterInvalidDefinitionError,
    DagsterRunStatus,
    Definitions,
    MetadataValue,
    Output,
    RunRequest,
    SensorResult,
    asset,
    define_asset_job,
    job,
    op,
    schedule,
    sensor,
)

NUL, CONTROL, SURROGATE = "a\0b", "a\x1bb", "a\ud800b"
UNSTORABLE = {"nul": NUL, "control": CONTROL, "surrogate": SURROGATE}


@op
def nothing():
    pass


@job
def quick():
    nothing()


def body():
    """What the definitions below do."""


TAKES_TEXT = {
    "op name": lambda text: op(name=text)(body),
    "job name": lambda text: job(name=text)(body),
    "asset name": lambda text: asset(name=text)(body),
    "schedule name": lambda text: schedule(job=quick, cron_schedule="@daily", name=text)(body),
    "sensor name": lambda text: sensor(job=quick, name=text)(body),
    "asset group": lambda text: asset(group_name=text)(body),
    "run key": lambda text: RunRequest(run_key=text),
    "tag key": lambda text: RunRequest(tags={text: "x"}),
    "tag value": lambda text: RunRequest(tags={"x": text}),
    "partition key": lambda text: RunRequest(partition_key=text),
    "cursor": lambda text: SensorResult(skip_reason="x", cursor=text),
    "asset key": lambda text: AssetKey([text]),
    "job tag": lambda text: quick.execute_in_process(tags={"x": text}),
    "run id": lambda text: quick.execute_in_process(run_id=text),
    "op tag key": lambda text: op(tags={text: "x"})(body),
    "job tag key": lambda text: job(tags={text: "x"})(body),
}
LONGEST = {"tag value": 100_000, "job tag": 100_000, "cursor": 1_000_000}
LIMITED = [name for name in TAKES_TEXT if name not in {"asset group", "op tag key", "job tag key"}]


@pytest.mark.parametrize("text", UNSTORABLE.values(), ids=UNSTORABLE)
@pytest.mark.parametrize("place", TAKES_TEXT)
def test_text_that_cannot_be_stored_is_refused_where_it_is_given(place, text) -> None:
    with pytest.raises(DagsterError) as caught:
        TAKES_TEXT[place](text)

    message = str(caught.value)
    assert repr(text)[1:-1] in message or "character" in message
    assert message.isprintable() or "\n" in message, "the message can be shown and stored itself"


@pytest.mark.parametrize("place", LIMITED)
def test_text_that_is_too_long_is_refused_with_the_limit(place) -> None:
    limit = LONGEST.get(place, 1_000)

    with pytest.raises(DagsterError, match=f"{limit:,}"):
        TAKES_TEXT[place]("x" * (limit + 1))


@pytest.mark.parametrize("place", LIMITED)
def test_text_of_the_longest_length_is_taken(place) -> None:
    TAKES_TEXT[place]("x" * LONGEST.get(place, 1_000))


@pytest.mark.parametrize("name", [" ", "a b", "a-b", "a.b", "ü", "a/b", "a\n", "'; drop table runs; --", "../x"])
@pytest.mark.parametrize("place", ["op name", "job name", "schedule name", "sensor name"])
def test_names_are_letters_digits_and_underscores(place, name) -> None:
    with pytest.raises(DagsterError):
        TAKES_TEXT[place](name)


@pytest.mark.parametrize("tag", ["dagster/max_retries", "dagster/retry_strategy", "dagster/max_runtime"])
@pytest.mark.parametrize("argument", ["tags", "run_tags"])
def test_a_tag_that_nobody_could_understand_is_refused_at_load(argument, tag) -> None:
    """Whoever writes it relies on it: a run that is not retried must not look as if it would be."""
    tagged = job(name="tagged", **{argument: {tag: "some"}})(body)

    with pytest.raises(DagsterInvalidDefinitionError, match=f"'tagged'.*{tag}.*'some'"):
        Definitions(jobs=[tagged]).get_repository_def()


def test_a_job_of_assets_with_such_a_tag_is_refused_too() -> None:
    made = asset(name="made")(body)
    tagged = define_asset_job("tagged", selection=[made], tags={"dagster/max_retries": "-3"})

    with pytest.raises(DagsterInvalidDefinitionError, match="'tagged'.*whole number"):
        Definitions(assets=[made], jobs=[tagged]).get_repository_def()


# ------------------------------------------------ what user code says in a run


ODD_TEXTS = {
    **UNSTORABLE,
    "ten megabytes": "x" * 10_000_000,
    "every plane": "ü 漢 😀 \u202e right to left \ufeff",
    "line ends": "a\r\nb\u2028c\x85d",
}


@pytest.fixture
def instance(tmp_path):
    with DagsterInstance.local_temp(tmp_path / "home") as made:
        yield made


@pytest.mark.parametrize("text", ODD_TEXTS.values(), ids=ODD_TEXTS)
def test_whatever_is_logged_and_printed_the_run_goes_on(instance, text) -> None:
    @op
    def talks(context):
        context.log.info(text)
        context.log.info("%s", text)
        print(text.encode("utf-8", "replace").decode())
        return 1

    @job
    def talking():
        talks()

    result = talking.execute_in_process(instance=instance)

    assert result.success
    assert instance.get_run_by_id(result.run_id).status is DagsterRunStatus.SUCCESS
    logged = [entry for entry in instance.all_logs(result.run_id) if not entry.is_dagster_event]
    assert len(logged) == 2
    assert all(entry.message[:1] == text[:1] for entry in logged)


@pytest.mark.parametrize("text", ODD_TEXTS.values(), ids=ODD_TEXTS)
def test_whatever_is_raised_the_run_fails_and_its_log_can_be_read(instance, text) -> None:
    @op
    def raises():
        raise ValueError(text)

    @job
    def raising():
        raises()

    result = raising.execute_in_process(instance=instance, raise_on_error=False)

    assert not result.success
    assert instance.get_run_by_id(result.run_id).status is DagsterRunStatus.FAILURE
    assert any(
        entry.dagster_event and entry.dagster_event.is_step_failure for entry in instance.all_logs(result.run_id)
    )


@pytest.mark.parametrize(
    "value",
    [*UNSTORABLE.values(), math.nan, math.inf, -math.inf, 10**400, {"a": {"b": [math.nan, SURROGATE]}}, [], {}],
    ids=repr,
)
def test_odd_metadata_is_stored_or_refused_but_breaks_nothing(instance, value) -> None:
    @op
    def tells():
        return Output(1, metadata={"odd": value})

    @job
    def telling():
        tells()

    result = telling.execute_in_process(instance=instance, raise_on_error=False)

    run = instance.get_run_by_id(result.run_id)
    assert run.is_finished
    assert instance.all_logs(result.run_id)[-1].dagster_event.event_type.name in {"RUN_SUCCESS", "RUN_FAILURE"}


@pytest.mark.parametrize(
    "value", [object(), {1, 2}, b"bytes", {"a": object()}, [object()]], ids=lambda each: type(each).__name__
)
def test_metadata_of_no_kind_fails_its_step_by_name(instance, value) -> None:
    @op
    def tells():
        return Output(1, metadata={"odd": value})

    @job
    def telling():
        tells()

    result = telling.execute_in_process(instance=instance, raise_on_error=False)

    assert not result.success
    failures = [each.step_failure_data.error.to_string() for each in result.all_events if each.is_step_failure]
    assert "odd" in failures[0]


def test_a_json_value_that_contains_itself_is_refused() -> None:
    circle: list[object] = []
    circle.append(circle)

    with pytest.raises(DagsterError, match="JSON"):
        MetadataValue.json(circle)
    with pytest.raises(DagsterError, match="'circle'"):
        AssetMaterialization("a", metadata={"circle": circle})


def test_text_that_looks_like_sql_is_text(instance) -> None:
    text = "'; DROP TABLE runs; --"

    instance.create_run_for_job(quick, tags={text: text})

    [run] = instance.get_runs()
    assert run.tags == {text: text}


@pytest.mark.parametrize("tags", [{"a": NUL}, {SURROGATE: "x"}, {"k" * 1_001: "x"}, {"a": "v" * 100_001}])
def test_tags_that_cannot_be_stored_never_reach_the_store(instance, tags) -> None:
    run = instance.create_run_for_job(quick)

    with pytest.raises(DagsterError):
        instance.create_run_for_job(quick, tags=tags)
    with pytest.raises(DagsterError):
        instance.add_run_tags(run.run_id, tags)

    assert [each.tags for each in instance.get_runs()] == [{}]
