"""Loggers of a run: who gets which lines, and which of Python's loggers are stored with it."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from watchbell import (
    DagsterInstance,
    DagsterInvalidConfigError,
    Definitions,
    Field,
    InitLoggerContext,
    JsonLogFormatter,
    LoggerDefinition,
    build_init_logger_context,
    colored_console_logger,
    default_loggers,
    default_system_loggers,
    execute_job,
    get_dagster_logger,
    in_process_executor,
    job,
    json_console_logger,
    logger,
    op,
)
from watchbell.ground.errors import DagsterInvalidDefinitionError, DagsterInvalidInvocationError, ParameterCheckError
from watchbell.record.settings import Settings

LINES: list[tuple[str, str]] = []


class Keeps(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        LINES.append((record.levelname, getattr(record, "dagster_meta")["orig_message"]))  # noqa: B009 - set by us


@logger({"level": Field(str, default_value="INFO")}, description="keeps lines")
def keeping(init_context: InitLoggerContext) -> logging.Logger:
    made = logging.Logger("keeping", init_context.logger_config["level"])  # noqa: LOG001
    made.addHandler(Keeps())
    return made


@op
def talk(context: Any) -> None:
    context.log.info("hello")
    context.log.error("oh")


@job(logger_defs={"keeping": keeping})
def talking() -> None:
    talk()


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    LINES.clear()
    root = logging.getLogger()
    level, handlers = root.level, list(root.handlers)
    yield
    assert (root.level, root.handlers) == (level, handlers)


@pytest.mark.parametrize(
    ("loggers", "expected"),
    [
        ({"keeping": {}}, [("INFO", "hello"), ("ERROR", "oh")]),
        ({"keeping": {"config": {"level": "ERROR"}}}, [("ERROR", "oh")]),
        ({}, []),
    ],
)
def test_a_run_writes_to_the_loggers_its_config_names(loggers: Any, expected: list[tuple[str, str]]) -> None:
    talking.execute_in_process({"loggers": loggers})

    assert [line for line in LINES if line[1] in ("hello", "oh")] == expected


def test_events_go_to_loggers_too() -> None:
    talking.execute_in_process({"loggers": {"keeping": {"config": {"level": "DEBUG"}}}})

    assert any("talk is done" in text for _, text in LINES)


def test_loggers_of_the_definitions_are_for_jobs_without_any() -> None:
    @job(executor_def=in_process_executor)
    def plain() -> None:
        talk()

    defs = Definitions(jobs=[plain], loggers={"keeping": keeping})
    with DagsterInstance.local_temp() as instance:
        result = execute_job(defs.get_job_def("plain"), instance, {"loggers": {"keeping": {}}})

    assert result.success
    assert ("INFO", "hello") in LINES


def test_steps_in_their_own_processes_are_heard_once_each() -> None:
    with DagsterInstance.local_temp() as instance:
        execute_job(talking, instance, {"loggers": {"keeping": {}}})

    assert [line for line in LINES if line[1] in ("hello", "oh")] == [("INFO", "hello"), ("ERROR", "oh")]


def test_an_unknown_logger_is_named() -> None:
    with pytest.raises(DagsterInvalidConfigError, match="keepin"):
        talking.execute_in_process({"loggers": {"keepin": {}}})


def test_a_handler_that_raises_ends_no_run(caplog: pytest.LogCaptureFixture) -> None:
    class Breaks(logging.Handler):
        def handle(self, record: logging.LogRecord) -> bool:
            raise OSError("disk full")

    @logger
    def breaking(_init_context: InitLoggerContext) -> logging.Logger:
        made = logging.Logger("breaking")  # noqa: LOG001
        made.addHandler(Breaks())
        return made

    @job(logger_defs={"breaking": breaking})
    def small() -> None:
        talk()

    assert small.execute_in_process({"loggers": {"breaking": {}}}).success
    assert len([each for each in caplog.records if "'breaking'" in each.getMessage()]) == 1


# --------------------------------------------------------------------- capture


def run_logging(settings: Settings) -> list[tuple[int, str]]:
    @op
    def through_python() -> None:
        logging.getLogger("client").warning("slow answer")
        logging.getLogger("client").debug("bytes")
        logging.getLogger("other").warning("unheard")
        get_dagster_logger("mine").warning("mine")

    @job
    def small() -> None:
        through_python()

    with DagsterInstance.ephemeral(settings=settings) as instance:
        result = small.execute_in_process(instance=instance)
        return [
            (entry.level, entry.user_message)
            for entry in instance.all_logs(result.run_id)
            if entry.dagster_event is None
        ]


def test_managed_loggers_are_stored_with_the_run() -> None:
    settings = Settings(managed_python_loggers=("client",), python_log_level="INFO")

    assert run_logging(settings) == [(30, "slow answer"), (30, "mine")]


def test_the_root_logger_stands_for_all() -> None:
    assert run_logging(Settings(managed_python_loggers=("root",))) == [
        (30, "slow answer"),
        (30, "unheard"),
        (30, "mine"),
    ]


def test_nothing_is_captured_unless_it_is_asked_for() -> None:
    assert run_logging(Settings()) == [(30, "mine")]


def test_handlers_of_the_settings_get_the_lines_of_runs(tmp_path: Path) -> None:
    file = tmp_path / "run.log"
    handlers = {"file": {"class": "logging.FileHandler", "filename": str(file), "level": "ERROR"}}
    settings = Settings(python_log_handlers={"handlers": handlers})
    with DagsterInstance.ephemeral(settings=settings) as instance:
        talking.execute_in_process(instance=instance)
    for handler in logging.getLogger("watchbell.handlers").handlers:
        handler.close()

    assert file.read_text().rstrip().endswith("talk - oh")


# ------------------------------------------------------------------ definitions


def test_a_logger_is_called_with_a_built_context() -> None:
    assert keeping(build_init_logger_context({"level": "ERROR"})).level == logging.ERROR
    assert keeping(build_init_logger_context()).level == logging.INFO
    with pytest.raises(DagsterInvalidInvocationError):
        keeping()
    with pytest.raises(DagsterInvalidConfigError):
        keeping(build_init_logger_context({"level": 3}))


def test_what_is_no_logger_is_refused() -> None:
    with pytest.raises(ParameterCheckError, match="@logger"):

        @job(logger_defs={"mine": logging.getLogger("mine")})
        def small() -> None:
            talk()

    with pytest.raises(DagsterInvalidDefinitionError, match="no logging.Logger"):
        LoggerDefinition(lambda _: 3)(build_init_logger_context())  # type: ignore[arg-type,return-value]


def test_a_line_of_json_has_the_facts_of_its_run() -> None:
    record = logging.LogRecord("etl", 30, "etl.py", 1, "%s rows", (3,), None)
    record.dagster_meta = {"run_id": "r"}

    facts = json.loads(JsonLogFormatter().format(record))

    assert (facts["msg"], facts["levelname"], facts["dagster_meta"]) == ("3 rows", "WARNING", {"run_id": "r"})


@pytest.mark.parametrize("definition", [colored_console_logger, json_console_logger])
def test_console_loggers_write_to_stderr(definition: LoggerDefinition, capfd: pytest.CaptureFixture[str]) -> None:
    made = definition(build_init_logger_context({"log_level": "warning", "name": "night"}))
    made.info("quiet")
    made.warning("loud")
    made.handlers[0].flush()

    shown = capfd.readouterr().err
    assert "loud" in shown
    assert "night" in shown
    assert "quiet" not in shown
    with pytest.raises(DagsterInvalidDefinitionError, match="LOUD"):
        definition(build_init_logger_context({"log_level": "loud"}))


def test_a_job_without_loggers_has_the_console() -> None:
    assert list(default_loggers()) == ["console"]
    assert default_system_loggers()[0][0] is colored_console_logger
    assert talking.loggers == {"keeping": keeping}


def test_a_configured_logger_needs_no_config() -> None:
    loud = keeping.configured({"level": "ERROR"})

    assert loud(build_init_logger_context()).level == logging.ERROR


def test_a_logger_that_cannot_be_made_leaves_no_run_and_no_thread_behind(tmp_path: Path) -> None:
    @logger
    def broken(_):
        raise ValueError("no console")

    @op
    def nothing() -> None: ...

    @job(logger_defs={"broken": broken})
    def small():
        nothing()

    with DagsterInstance.local_temp(str(tmp_path)) as instance:
        with pytest.raises(ValueError, match="no console"):
            small.execute_in_process(run_config={"loggers": {"broken": {}}}, instance=instance)
        runs = instance.get_runs()

    assert runs == []
    assert [each.name for each in threading.enumerate() if each.name == "watchbell-events"] == []
