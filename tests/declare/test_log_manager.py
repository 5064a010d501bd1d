import logging

import pytest

from watchbell.declare.log_manager import LINE_CHARS_MAX, LINES_MAX, DagsterLogManager, EvaluationLogger
from watchbell.ground.errors import ParameterCheckError


def test_lines_are_kept_in_order_with_their_level() -> None:
    log = EvaluationLogger("files")

    log.info("found %s", 3)
    log.error("lost one")

    assert [(line.level, line.message) for line in log.lines] == [(20, "found 3"), (40, "lost one")]


def test_a_traceback_is_part_of_its_line() -> None:
    log = EvaluationLogger()

    try:
        int("broken")
    except ValueError:
        log.exception("cannot read")

    (line,) = log.lines
    assert line.message.startswith("cannot read\nTraceback")
    assert "ValueError: invalid literal" in line.message


def test_an_endless_line_is_cut_and_what_cannot_be_stored_is_replaced() -> None:
    log = EvaluationLogger()

    log.info("x" * (LINE_CHARS_MAX + 5))
    log.info("a\x00b\ud800")

    assert log.lines[0].message.endswith(f"… ({LINE_CHARS_MAX + 5:,} characters in all)")
    assert log.lines[1].message == "a\\x00b?"


def test_a_line_whose_values_do_not_fit_fails_nothing_and_is_kept() -> None:
    class Unspeakable:
        def __str__(self) -> str:
            raise RuntimeError("no text")

    log, pattern = EvaluationLogger(), "%s of %s"
    log.info(pattern, 1)
    log.warning("a %s", Unspeakable())
    log.error(Unspeakable())

    first, second, third = (line.message for line in log.lines)
    assert first.startswith("%s of %s (not written out: TypeError: not enough arguments for format string; ")
    assert __file__ in first
    assert second.startswith("a %s (not written out: RuntimeError: no text; ")
    assert third.startswith("Unspeakable (not written out: RuntimeError: no text; ")


def test_lines_beyond_the_limit_are_counted_only() -> None:
    log = EvaluationLogger()

    for number in range(LINES_MAX + 7):
        log.debug("%s", number)

    assert len(log.lines) == LINES_MAX + 1
    assert log.lines[-1].message == "7 more lines were logged and not kept"


def test_handlers_of_the_user_get_records_too_and_nobody_elses_do() -> None:
    seen: list[str] = []
    kept: list[str] = []

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            seen.append(record.getMessage())

    log = DagsterLogManager("x", lambda record: kept.append(record.getMessage()))
    log.addHandler(Handler(logging.WARNING))
    log.info("one")
    log.warning("two")

    assert kept == ["one", "two"]
    assert seen == ["two"]


def test_the_logger_is_a_logger_of_pythons() -> None:
    assert isinstance(EvaluationLogger(), logging.Logger)


@pytest.mark.parametrize("level", [logging.WARNING, "WARNING", "warning", "warn"])
def test_a_level_may_be_given_by_name(level: int | str) -> None:
    records: list[logging.LogRecord] = []

    DagsterLogManager(sink=records.append).log(level, "%s rows", 3)

    assert [(each.levelno, each.getMessage()) for each in records] == [(logging.WARNING, "3 rows")]
    assert records[0].filename == "test_log_manager.py"


@pytest.mark.parametrize("level", ["WARNUNG", None])
def test_an_unknown_level_is_refused_with_the_nearest(level: object) -> None:
    with pytest.raises(ParameterCheckError, match="there is no log level"):
        DagsterLogManager().log(level, "x")  # type: ignore[arg-type]
