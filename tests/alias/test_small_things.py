"""The small things of `dagster._own`, `dagster._annotations` and `dagster._time` do what their names say."""

import asyncio
import os
import pickle
import socket
import sys
import warnings
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Dict, List, Mapping  # noqa: UP035 # old annotations are asked about

import pytest

from dagster import (
    BetaWarning,
    DagsterInstance,
    DagsterRunStatus,
    Failure,
    In,
    Nothing,
    PreviewWarning,
    SupersessionWarning,
    job,
    op,
)
from dagster import _annotations as marks
from dagster import _time as time_of
from dagster._own.backing_off import async_backoff, backoff, exponential_delay_generator
from dagster._own.cached import cached_method
from dagster._own.error_info import serializable_error_info_from_exc_info
from dagster._own.files import ensure_file, environ, find_free_port, mkdir_p, new_cwd, pushd, safe_tempfile_path
from dagster._own.merging import deep_merge_dicts, merge_dicts, reverse_dict
from dagster._own.registry import DagsterLibraryRegistry
from dagster._own.run_texts import coerce_valid_log_level, make_new_run_id, parse_env_var
from dagster._own.stage_warnings import (
    beta_warning,
    disable_dagster_warnings,
    normalize_renamed_param,
    preview_warning,
    supersession_warning,
    suppress_dagster_warnings,
)
from dagster._own.testing import (
    create_run_for_test,
    ignore_warning,
    poll_for_finished_run,
    step_did_not_run,
    step_failed,
    step_succeeded,
    today_at_midnight,
    wait_for_runs_to_finish,
)
from dagster._own.type_questions import is_dict_type

# ------------------------------------------------------------------ calls made again


class Flaky:
    """Fails so many times, then answers."""

    def __init__(self, failures: int) -> None:
        self.calls = 0
        self.failures = failures

    def __call__(self, answer: str, *, suffix: str = "") -> str:
        self.calls += 1
        if self.calls <= self.failures:
            raise ConnectionError(str(self.calls))
        return answer + suffix

    async def later(self, answer: str) -> str:
        return self(answer)


def no_pause() -> list[float]:
    return [0.0] * 10


def test_a_call_is_made_again_until_it_succeeds() -> None:
    flaky = Flaky(2)

    answer = backoff(flaky, (ConnectionError,), ["yes"], {"suffix": "!"}, delay_generator=iter(no_pause()))

    assert (answer, flaky.calls) == ("yes!", 3)


def test_the_last_failure_is_raised_when_no_tries_are_left() -> None:
    flaky = Flaky(9)

    with pytest.raises(ConnectionError, match="3"):
        backoff(flaky, (ConnectionError,), ["yes"], max_retries=2, delay_generator=iter(no_pause()))


def test_an_exception_that_was_not_named_is_raised_at_once() -> None:
    flaky = Flaky(1)

    with pytest.raises(ConnectionError, match="1"):
        backoff(flaky, (KeyError,), ["yes"])


def test_coroutines_are_called_again_where_a_function_says_so() -> None:
    flaky = Flaky(2)

    def is_lost(error: BaseException) -> bool:
        return isinstance(error, ConnectionError)

    answer = asyncio.run(async_backoff(flaky.later, is_lost, ["yes"], delay_generator=iter(no_pause())))

    assert answer == "yes"
    with pytest.raises(ConnectionError):
        asyncio.run(async_backoff(Flaky(1).later, lambda error: False, ["yes"]))


def test_pauses_double() -> None:
    assert list(islice(exponential_delay_generator(1, 2), 4)) == [1, 2, 4, 8]


# ------------------------------------------------------------------ mappings, methods


def test_the_last_mapping_wins_and_none_is_changed() -> None:
    first, second = {"a": 1, "b": {"x": 1}}, {"b": {"y": 2}}

    assert merge_dicts(first, second) == {"a": 1, "b": {"y": 2}}
    assert deep_merge_dicts(first, second) == {"a": 1, "b": {"x": 1, "y": 2}}
    assert deep_merge_dicts({"a": {"x": 1}}, {"a": None}) == {"a": None}
    assert reverse_dict({"a": 1}) == {1: "a"}
    assert (first, second) == ({"a": 1, "b": {"x": 1}}, {"b": {"y": 2}})


class Counting:
    """Counts how often its methods work."""

    def __init__(self) -> None:
        self.worked = 0

    @cached_method
    def of(self, x: int = 1, *, y: int = 2) -> tuple[int, int]:
        self.worked += 1
        return x, y

    @property
    @cached_method
    def client(self) -> object:
        return object()


def test_a_cached_method_works_once_for_the_same_arguments() -> None:
    counting = Counting()

    assert [counting.of(), counting.of(1), counting.of(x=1, y=2), counting.of(y=3)] == [(1, 2), (1, 2), (1, 2), (1, 3)]
    assert counting.worked == 2


def test_each_object_has_its_own_answers() -> None:
    one, other = Counting(), Counting()

    assert one.client is one.client
    assert one.client is not other.client


def test_an_object_with_cached_answers_can_be_pickled() -> None:
    counting = Counting()
    counting.of()

    assert pickle.loads(pickle.dumps(counting)).of() == (1, 2)


# ------------------------------------------------------------------ errors, files, environment


def test_an_exception_becomes_a_value() -> None:
    try:
        Flaky(1)("")
    except ConnectionError:
        info = serializable_error_info_from_exc_info(sys.exc_info())

    assert (info.cls_name, info.message) == ("ConnectionError", "ConnectionError: 1\n")
    with pytest.raises(ValueError, match="inside an `except` block"):
        serializable_error_info_from_exc_info((None, None, None))


def test_a_temporary_path_is_removed_with_what_was_put_there() -> None:
    with safe_tempfile_path() as path:
        assert not Path(path).exists()
        Path(path).write_text("x")

    assert not Path(path).exists()


def test_the_current_folder_is_left_and_entered_again(tmp_path: Path) -> None:
    before = Path.cwd()

    for enter in (pushd, new_cwd):
        with enter(mkdir_p(str(tmp_path / "a" / "b"))):
            assert Path.cwd() == (tmp_path / "a" / "b").resolve()
        assert Path.cwd() == before


def test_a_file_is_there_from_now_on(tmp_path: Path) -> None:
    assert Path(ensure_file(str(tmp_path / "a" / "file"))).is_file()


def test_the_environment_is_as_before_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CENSUS_THERE", "old")
    monkeypatch.delenv("CENSUS_NEW", raising=False)

    with environ({"CENSUS_THERE": "new", "CENSUS_NEW": "x"}):
        assert (os.environ["CENSUS_THERE"], os.environ["CENSUS_NEW"]) == ("new", "x")
    with environ({"CENSUS_THERE": None}):
        assert "CENSUS_THERE" not in os.environ

    assert (os.environ["CENSUS_THERE"], "CENSUS_NEW" in os.environ) == ("old", False)


def test_a_free_port_can_be_listened_on() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", find_free_port()))


def test_texts_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CENSUS_THERE", "value")
    monkeypatch.delenv("CENSUS_NEW", raising=False)

    assert parse_env_var("A=b=c") == ("A", "b=c")
    assert parse_env_var("CENSUS_THERE") == ("CENSUS_THERE", "value")
    assert (coerce_valid_log_level("info"), coerce_valid_log_level(30)) == (20, 30)
    assert len(make_new_run_id()) == 36
    with pytest.raises(ValueError, match="CENSUS_NEW=<value>"):
        parse_env_var("CENSUS_NEW")
    with pytest.raises(ValueError, match="no log level 'loud'"):
        coerce_valid_log_level("loud")


def test_annotations_of_mappings_are_told_from_others() -> None:
    mappings = [dict, Dict[str, int], dict[str, int], Mapping[str, int]]  # noqa: UP006

    assert [is_dict_type(each) for each in mappings] == [True] * 4
    assert [is_dict_type(each) for each in (list, List[int], int, None)] == [False] * 4  # noqa: UP006


def test_libraries_enter_themselves() -> None:
    DagsterLibraryRegistry.register("dagster-census", "1.2", is_dagster_package=False)

    assert DagsterLibraryRegistry.get()["dagster-census"] == "1.2"


# ------------------------------------------------------------------ stages of an API


@marks.beta
def in_beta() -> str:
    return "beta"


@marks.preview(additional_warn_text="Look only.")
def in_preview() -> str:
    return "preview"


@marks.superseded(additional_warn_text="Use in_beta().")
def old_way() -> str:
    return "old"


@marks.deprecated(breaking_version="2.0", additional_warn_text="Use New.")
class OldClass:
    """Goes away."""

    def __init__(self, x: int = 1) -> None:
        self.x = x


@marks.deprecated_param(param="x", breaking_version="2.0")
@marks.beta_param(param="y")
def with_old_param(x: int | None = None, y: int | None = None) -> tuple[int | None, int | None]:
    return x, y


def test_what_is_used_before_or_after_its_time_warns() -> None:
    with pytest.warns(BetaWarning, match="function `in_beta` is in beta") as told:
        assert in_beta() == "beta"
    assert told[0].filename == __file__
    with pytest.warns(PreviewWarning, match="Look only"):
        assert in_preview() == "preview"
    with pytest.warns(SupersessionWarning, match=r"Use in_beta\(\)"):
        assert old_way() == "old"
    with pytest.warns(
        DeprecationWarning, match=r"class `OldClass` is deprecated and will be removed in 2\.0\. Use New"
    ):
        assert OldClass(3).x == 3


def test_a_parameter_warns_when_it_is_given_by_name() -> None:
    assert with_old_param() == (None, None)
    with pytest.warns(DeprecationWarning, match="parameter `x` of function `with_old_param`"):
        assert with_old_param(x=1) == (1, None)
    with pytest.warns(BetaWarning, match="parameter `y`"):
        assert with_old_param(y=1) == (None, 1)


def test_marks_can_be_asked_for() -> None:
    class Thing:
        @marks.public
        @property
        def name(self) -> str:
            return "name"

        @marks.public
        @staticmethod
        def make() -> str:
            return "made"

        @marks.experimental(emit_runtime_warning=False)
        def quiet(self) -> str:
            return "quiet"

    thing = Thing()

    assert (thing.name, Thing.make(), thing.quiet()) == ("name", "made", "quiet")
    assert marks.is_public(Thing.__dict__["name"])
    assert marks.is_public(Thing.__dict__["make"])
    assert not marks.is_public(in_beta)
    assert marks.is_beta(in_beta)
    assert marks.is_beta(Thing.quiet)
    assert marks.is_preview(in_preview)
    assert marks.is_superseded(old_way)
    assert marks.is_deprecated(OldClass)
    assert marks.is_beta_param(with_old_param, "y")
    assert marks.is_deprecated_param(with_old_param, "x")
    assert not marks.is_deprecated_param(with_old_param, "y")


def test_a_class_below_a_deprecated_one_is_not_marked_itself() -> None:
    class Below(OldClass):
        """Below it."""

    assert not marks.is_deprecated(Below)


def test_deprecation_needs_a_version() -> None:
    with pytest.raises(TypeError, match="breaking_version="):
        marks.deprecated(in_beta)


def test_warnings_of_stages_can_be_given_and_turned_off() -> None:
    for warn, category in (
        (beta_warning, BetaWarning),
        (preview_warning, PreviewWarning),
        (supersession_warning, SupersessionWarning),
    ):
        with pytest.warns(category, match=r"my\(\) is .*\. And more"):
            warn("my()", "And more")

    @suppress_dagster_warnings
    def quiet() -> str:
        return in_beta()

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with disable_dagster_warnings():
            in_beta()
        assert quiet() == "beta"
        with ignore_warning("function `in_beta`"):
            in_beta()


def test_an_argument_with_two_names_is_given_under_one() -> None:
    assert normalize_renamed_param(None, "new", 3, "old", str) == "3"
    assert normalize_renamed_param(2, "new", None, "old") == 2
    with pytest.raises(ValueError, match="give only new="):
        normalize_renamed_param(2, "new", 3, "old")


# ------------------------------------------------------------------ times


def test_times_are_aware_and_in_the_zone_asked_for() -> None:
    berlin = time_of.create_datetime(2024, 3, 30, 12, tz="Europe/Berlin")

    assert berlin.isoformat() == "2024-03-30T12:00:00+01:00"
    assert time_of.add_absolute_time(berlin, hours=24).isoformat() == "2024-03-31T13:00:00+02:00"
    assert time_of.datetime_from_timestamp(0) == datetime(1970, 1, 1, tzinfo=UTC)
    assert time_of.utc_datetime_from_naive(datetime(2024, 1, 1)) == datetime(2024, 1, 1, tzinfo=UTC)
    assert time_of.parse_time_string("2024-01-01") == datetime(2024, 1, 1, tzinfo=UTC)
    assert time_of.parse_time_string("2024-01-01T03:00:00+02:00") == datetime(2024, 1, 1, 1, tzinfo=UTC)


def test_now_is_now_in_every_zone() -> None:
    before = datetime.now(UTC)
    found = time_of.get_current_datetime("Asia/Tokyo")

    assert before <= found <= datetime.now(UTC)
    assert found.utcoffset() == timedelta(hours=9)
    assert before.timestamp() <= time_of.get_current_timestamp()
    assert today_at_midnight("Asia/Tokyo").strftime("%H:%M:%S") == "00:00:00"


# ------------------------------------------------------------------ runs in tests


@op
def good() -> None:
    """Ends well."""


@op
def bad() -> None:
    raise Failure("no")


@op(ins={"before": In(Nothing)})
def after() -> None:
    """Never runs."""


@job
def mixed() -> None:
    good()
    after(before=bad())


def test_a_run_is_stored_for_a_test() -> None:
    instance = DagsterInstance.ephemeral()

    run = create_run_for_test(instance, "nightly", status=DagsterRunStatus.QUEUED, tags={"a": "b"})

    assert instance.get_run_by_id(run.run_id) == run
    assert (run.job_name, run.status, run.tags["a"]) == ("nightly", DagsterRunStatus.QUEUED, "b")


def test_a_finished_run_is_found_with_what_its_steps_did() -> None:
    instance = DagsterInstance.ephemeral()
    done = mixed.execute_in_process(instance=instance, raise_on_error=False)

    run = poll_for_finished_run(instance, done.run_id)
    wait_for_runs_to_finish(instance)

    assert run.status is DagsterRunStatus.FAILURE
    assert step_succeeded(instance, run, "good")
    assert step_failed(instance, run, "bad")
    assert step_did_not_run(instance, run, "after")
    assert not step_did_not_run(instance, run, "good")


def test_a_run_that_does_not_end_is_not_waited_for_without_end() -> None:
    instance = DagsterInstance.ephemeral()
    run = create_run_for_test(instance)

    with pytest.raises(TimeoutError, match="it is NOT_STARTED"):
        poll_for_finished_run(instance, run.run_id, timeout=0)
