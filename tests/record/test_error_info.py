"""What is shown of an error: the user's own words and frames."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from watchbell import (
    ConfigurableResource,
    DagsterInstance,
    DagsterInvariantViolationError,
    Failure,
    FilesystemIOManager,
    build_input_context,
    build_output_context,
    job,
    op,
)
from watchbell.record.error_info import SerializableErrorInfo, error_info_from_exception


def shown_of_failed_step(definition, **arguments) -> str:
    """The details of the failed step's entry in a run's log."""
    result = definition.execute_in_process(raise_on_error=False, **arguments)
    (error,) = [event.event_specific_data.error for event in result.all_events if event.is_step_failure]
    return "\n".join([error.root.message, *error.root.stack])


def test_a_mistake_that_we_found_shows_no_frame_of_ours() -> None:
    @op
    def wrong() -> int:
        return "three"

    @job
    def counting() -> None:
        wrong()

    shown = shown_of_failed_step(counting)

    assert "expected int" in shown
    assert "File " not in shown


def test_frames_by_which_python_called_the_users_code_are_left_out() -> None:
    class Database(ConfigurableResource):
        @contextmanager
        def yield_for_execution(self, context) -> Iterator["Database"]:
            raise ConnectionError("no route")
            yield self

    @op
    def query(database: Database) -> None:
        raise AssertionError("never called")

    @job(resource_defs={"database": Database()})
    def querying() -> None:
        query()

    result = querying.execute_in_process(raise_on_error=False)
    error = next(event.engine_event_data.error for event in result.all_events if event.engine_event_data.error)

    assert "no route" in error.root.message
    assert "contextlib.py" not in "".join(error.root.stack)
    assert "yield_for_execution" in "".join(error.root.stack)


def test_an_error_of_ours_that_names_the_mistake_is_shown_instead_of_what_caused_it(tmp_path: Path) -> None:
    @op
    def unpicklable():
        return lambda: 3

    @job
    def storing() -> None:
        unpicklable()

    shown = shown_of_failed_step(storing, resources={"io_manager": FilesystemIOManager(base_dir=str(tmp_path))})

    assert "give the output an IO manager that can store it" in shown


def test_what_caused_a_mistake_that_we_explain_shows_no_frame_of_ours(tmp_path: Path) -> None:
    with DagsterInstance.ephemeral() as instance, pytest.raises(DagsterInvariantViolationError) as caught:
        FilesystemIOManager(base_dir=tmp_path).load_input(
            build_input_context(
                upstream_output=build_output_context(step_key="orders", name="result", run_id="r"), instance=instance
            )
        )

    cause = error_info_from_exception(caught.value).cause
    assert cause is not None
    assert (cause.cls_name, cause.stack) == ("FileNotFoundError", ())


def test_a_failure_is_shown_in_its_own_words_and_what_caused_it_after_them() -> None:
    def read() -> None:
        try:
            {}["price"]
        except KeyError as error:
            raise Failure("orders.csv has no column price") from error

    try:
        read()
    except Failure as failure:
        info = error_info_from_exception(failure)

    assert "orders.csv has no column price" in info.root.message
    assert info.root.cause is not None
    assert "price" in info.root.cause.message


def test_what_user_code_raised_is_shown_and_not_the_step_around_it() -> None:
    cause = SerializableErrorInfo("ValueError: bad\n", cls_name="ValueError")
    wrapped = SerializableErrorInfo("step failed\n", cls_name="DagsterExecutionStepExecutionError", cause=cause)

    assert wrapped.root == cause


def test_the_place_of_an_error_is_its_last_line_of_user_code() -> None:
    def load() -> None:
        raise KeyError("price")

    try:
        load()
    except KeyError as error:
        place = error_info_from_exception(error).place

    assert place is not None
    assert __file__ in place
    assert place.endswith("in load")


def test_an_error_without_lines_of_user_code_has_no_place() -> None:
    assert SerializableErrorInfo("its process was killed").place is None
