"""What becomes of the messages of an external process: log lines, results, errors."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Annotated, Any, cast

from watchbell.declare.checks.asset_check_spec import AssetCheckResult
from watchbell.declare.graphs.result import MaterializeResult
from watchbell.execute.contexts import AssetExecutionContext, OpExecutionContext
from watchbell.execute.pipes.pipes_metadata import metadata_of
from watchbell.execute.pipes.readers import PipesLaunchedData, PipesMessageReader
from watchbell.ground.errors import DagsterPipesExecutionError
from watchbell.record.asset_check import AssetCheckSeverity
from watchbell.record.data_version import DataVersion
from watchbell.record.error_info import SerializableErrorInfo, error_info_from_exception
from watchbell.record.event import DagsterEventType, EngineEventData
from watchbell.record.keys import AssetKey
from watchbell_pipes import PipesException, PipesMessage, PipesOpenedData, PipesParams, to_asset_key_path

ExecutionContext = OpExecutionContext | AssetExecutionContext
PipesExecutionResult = Annotated[MaterializeResult[Any] | AssetCheckResult, "what an external process may report"]
"""What an external process may report: that an asset was made, or how a check of it ended."""


class PipesMessageHandler:
    """Takes the messages of one session.

    Args:
        context: the context of the step.
        message_reader: where the messages come from.

    Example:
            class Mine(PipesMessageReader):
                def read_messages(self, handler):
                    handler.handle_message({"method": "log", "params": {"message": "hello", "level": "INFO"}})
    """

    def __init__(self, context: ExecutionContext, message_reader: PipesMessageReader) -> None:
        self._context = context
        self._message_reader = message_reader
        self._results: list[PipesExecutionResult] = []
        self._custom: list[Any] = []
        self._opened_count = self._closed_count = 0

    @contextmanager
    def handle_messages(self) -> Iterator[PipesParams]:
        """While entered, messages are read; gives the parameters that tell the process where to send."""
        with self._message_reader.read_messages(self) as params:
            yield params

    def get_reported_results(self) -> Sequence[PipesExecutionResult]:
        """The results so far, in order."""
        return tuple(self._results)

    def get_custom_messages(self) -> Sequence[Any]:
        """What ``report_custom_message`` sent so far."""
        return tuple(self._custom)

    @property
    def received_opened_message(self) -> bool:
        """Whether the external process said that it opened Pipes."""
        return self._opened_count > 0

    @property
    def received_closed_message(self) -> bool:
        """Whether it said that this was all."""
        return self._closed_count >= self._message_reader.expected_writer_count

    def on_launched(self, launched_payload: PipesLaunchedData) -> None:
        """Tells the reader that the process was started."""
        self._message_reader.on_launched(launched_payload)

    def handle_message(self, message: PipesMessage) -> None:
        """Takes one message. One that cannot be taken is told in the run's log, and the run goes on."""
        try:
            self._take(str(message.get("method")), message.get("params") or {})
        except Exception as error:
            text = f"the message {message.get('method')!r} of the external process could not be taken"
            self._tell(text, error_info_from_exception(error))

    def report_pipes_framework_exception(self, origin: str, exc_info: Any) -> None:
        """Tells in the run's log that a part of Pipes itself failed.

        Args:
            origin: which part.
            exc_info: as ``sys.exc_info()`` gives it.
        """
        error = exc_info[1]
        self._tell(f"{origin} failed", None if error is None else error_info_from_exception(error))

    # ------------------------------------------------------------------------------- inside

    def _take(self, method: str, params: Mapping[str, Any]) -> None:
        if method == "opened":
            self._opened_count += 1
            self._message_reader.on_opened(cast(PipesOpenedData, params))
            self._context.log.info("[pipes] the external process opened Pipes")
        elif method == "closed":
            self._closed_count += 1
            if params.get("exception") is not None:
                self._tell("the external process ended with an exception", _error_info(params["exception"]))
        elif method == "log":
            self._context.log.log(_level(str(params["level"])), "%s", params["message"])
        elif method == "report_asset_materialization":
            self._results.append(_materialization(params))
        elif method == "report_asset_check":
            self._results.append(_check_result(params))
        elif method == "report_custom_message":
            self._custom.append(params["payload"])
        elif method == "log_external_stream":
            self._stream(params)
        else:
            raise DagsterPipesExecutionError(f"there is no message {method!r} in this version of Pipes")

    def _stream(self, params: Mapping[str, Any]) -> None:
        if params["stream"] in ("stdout", "stderr"):
            out = getattr(sys, params["stream"])
            out.write(params["text"])
            out.flush()
        else:
            self._context.log.info("[pipes] %s: %s", params["stream"], params["text"])

    def _tell(self, text: str, error: SerializableErrorInfo | None) -> None:
        data = EngineEventData(error=error)
        scope = self._context._scope
        scope.journal.event(DagsterEventType.ENGINE_EVENT, f"[pipes] {text}", scope.step_key, data, logging.ERROR)


def _level(name: str) -> int:
    known = logging.getLevelNamesMapping()
    if name in known:
        return known[name]
    number = name.removeprefix("Level ")  # how Python names a level that has no name
    return int(number) if number.isdigit() else logging.INFO


def _materialization(params: Mapping[str, Any]) -> MaterializeResult[Any]:
    version = params.get("data_version")
    return MaterializeResult(
        asset_key=_key(params),
        metadata=metadata_of(params.get("metadata")),
        data_version=None if version is None else DataVersion(version),
    )


def _check_result(params: Mapping[str, Any]) -> AssetCheckResult:
    return AssetCheckResult(
        passed=params["passed"],
        asset_key=_key(params),
        check_name=params["check_name"],
        metadata=metadata_of(params.get("metadata")),
        severity=AssetCheckSeverity(params["severity"]),
    )


def _key(params: Mapping[str, Any]) -> AssetKey:
    return AssetKey(to_asset_key_path(params["asset_key"]))


def _error_info(error: PipesException) -> SerializableErrorInfo:
    cause, context = error.get("cause"), error.get("context")
    return SerializableErrorInfo(
        message=error["message"],
        stack=tuple(error["stack"]),
        cls_name=error["name"],
        cause=None if cause is None else _error_info(cause),
        context=None if context is None else _error_info(context),
    )
