"""The external process's side of Pipes: what it was asked to do, and what it reports."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from traceback import TracebackException
from types import TracebackType
from typing import Any, ClassVar, Self, TypeVar, cast

from watchbell_pipes.loaders import PipesContextLoader, PipesDefaultContextLoader
from watchbell_pipes.params import PipesEnvVarParamsLoader, PipesParamsLoader
from watchbell_pipes.wire import (
    DagsterPipesError,
    DagsterPipesWarning,
    PipesAssetCheckSeverity,
    PipesDataProvenance,
    PipesException,
    PipesExtras,
    PipesMetadataRawValue,
    PipesMetadataValue,
    PipesPartitionKeyRange,
    PipesTimeWindow,
    check_json,
    check_type,
    exception_data,
    make_message,
    normalize_metadata,
)
from watchbell_pipes.writers import PipesDefaultMessageWriter, PipesMessageWriter

T = TypeVar("T")
Metadata = Mapping[str, PipesMetadataRawValue | PipesMetadataValue]


class _LogHandler(logging.Handler):
    """Sends each line that is logged as a message."""

    def __init__(self, send: Callable[[str, Mapping[str, Any]], None]) -> None:
        super().__init__()
        self._send = send

    def emit(self, record: logging.LogRecord) -> None:
        """Sends a line."""
        text = record.getMessage()
        if record.exc_info:
            text = f"{text}\n{logging.Formatter().formatException(record.exc_info)}"
        self._send("log", {"message": text, "level": record.levelname})


class PipesContext:
    """What this process was asked to do; what it reports goes to the orchestrator.

    Made by :func:`open_dagster_pipes`. As a context manager it is closed at the end of the block, and an exception
    that leaves the block is reported.

    Args:
        params_loader: finds the parameters.
        context_loader: reads the context.
        message_writer: sends messages.

    Example:
            with open_dagster_pipes() as pipes:
                pipes.log.info("begin")
                pipes.report_asset_materialization(metadata={"rows": 12})
    """

    _instance: ClassVar[PipesContext | None] = None

    def __init__(
        self, params_loader: PipesParamsLoader, context_loader: PipesContextLoader, message_writer: PipesMessageWriter
    ) -> None:
        self._stack = ExitStack()
        self._data = self._stack.enter_context(context_loader.load_context(params_loader.load_context_params()))
        self._channel = self._stack.enter_context(message_writer.open(params_loader.load_messages_params()))
        self._closed = False
        self._materialized: set[str] = set()
        self._logger = logging.Logger("dagster-pipes")  # noqa: LOG001 - outside Python's tree: nobody else's handlers
        self._logger.addHandler(_LogHandler(self._send))
        self._send("opened", cast(Mapping[str, Any], message_writer.get_opened_payload()))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close(None if error is None else exception_data(TracebackException.from_exception(error)))

    # ------------------------------------------------------------------ the one of this process

    @classmethod
    def is_initialized(cls) -> bool:
        """Whether Pipes were opened in this process."""
        return cls._instance is not None

    @classmethod
    def set(cls, context: PipesContext) -> None:
        """Makes ``context`` the one of this process."""
        cls._instance = context

    @classmethod
    def get(cls) -> PipesContext:
        """The context of this process.

        Raises:
            DagsterPipesError: Pipes were not opened.
        """
        if cls._instance is None:
            raise DagsterPipesError("Pipes are not open in this process: call open_dagster_pipes() first")
        return cls._instance

    # ----------------------------------------------------------------------------- the request

    @property
    def is_asset_step(self) -> bool:
        """Whether assets are to be made."""
        return self._data["asset_keys"] is not None

    @property
    def asset_key(self) -> str:
        """The asset that is to be made.

        Raises:
            DagsterPipesError: none is, or several are.
        """
        return self._single(self.asset_keys, "asset_key")

    @property
    def asset_keys(self) -> Sequence[str]:
        """The assets that are to be made, as text with slashes; raises if none is."""
        return self._of_assets(self._data["asset_keys"], "asset_keys")

    @property
    def provenance(self) -> PipesDataProvenance | None:
        """What the asset's latest data was made of; raises as :attr:`asset_key`."""
        return self._single(list(self.provenance_by_asset_key.values()), "provenance")

    @property
    def provenance_by_asset_key(self) -> Mapping[str, PipesDataProvenance | None]:
        """The same for each asset; raises if there is none."""
        return self._of_assets(self._data["provenance_by_asset_key"], "provenance_by_asset_key")

    @property
    def code_version(self) -> str | None:
        """The asset's code version; raises as :attr:`asset_key`."""
        return self._single(list(self.code_version_by_asset_key.values()), "code_version")

    @property
    def code_version_by_asset_key(self) -> Mapping[str, str | None]:
        """The same for each asset; raises if there is none."""
        return self._of_assets(self._data["code_version_by_asset_key"], "code_version_by_asset_key")

    @property
    def is_partition_step(self) -> bool:
        """Whether partitions are to be made."""
        return self._data["partition_key_range"] is not None

    @property
    def partition_key(self) -> str:
        """The partition that is to be made; raises if there is none, or several."""
        return self._of_partitions(self._data["partition_key"], "partition_key")

    @property
    def partition_key_range(self) -> PipesPartitionKeyRange:
        """The first and the last partition that is to be made; raises if there is none."""
        return self._of_partitions(self._data["partition_key_range"], "partition_key_range")

    @property
    def partition_time_window(self) -> PipesTimeWindow | None:
        """Their span of time; raises if there are no partitions."""
        if not self.is_partition_step:
            return self._of_partitions(None, "partition_time_window")
        return self._data["partition_time_window"]

    @property
    def run_id(self) -> str:
        """Id of the run."""
        return self._data["run_id"]

    @property
    def job_name(self) -> str | None:
        """Name of the job."""
        return self._data["job_name"]

    @property
    def retry_number(self) -> int:
        """Attempts at this step before this one (count)."""
        return self._data["retry_number"]

    @property
    def extras(self) -> PipesExtras:
        """What the orchestrator's user code passed along."""
        return self._data["extras"]

    def get_extra(self, key: str) -> Any:
        """One of :attr:`extras`.

        Raises:
            DagsterPipesError: it was not passed along.
        """
        if key not in self.extras:
            known = ", ".join(map(repr, self.extras)) or "none"
            raise DagsterPipesError(f"no extra {key!r} was passed along; there are: {known}")
        return self.extras[key]

    # ----------------------------------------------------------------------------- the reports

    @property
    def log(self) -> logging.Logger:
        """Logger whose lines become part of the run's log."""
        return self._logger

    def report_custom_message(self, payload: Any) -> None:
        """Sends anything that JSON can write; the orchestrator reads it with ``get_custom_messages()``.

        Raises:
            DagsterPipesError: JSON cannot write it, or Pipes are closed.
        """
        self._send("report_custom_message", {"payload": check_json(payload, "payload", "report_custom_message")})

    def report_asset_materialization(
        self, metadata: Metadata | None = None, data_version: str | None = None, asset_key: str | None = None
    ) -> None:
        """Says that an asset was made.

        Args:
            metadata: labelled facts: what JSON can write, or ``{"raw_value": ..., "type": ...}``.
            data_version: the version of what was made.
            asset_key: which asset; may be left out if there is only one.

        Raises:
            DagsterPipesError: no such asset, reported before, or an argument that does not fit.
        """
        method = "report_asset_materialization"
        key = self._asset_key(asset_key, method)
        if key in self._materialized:
            raise DagsterPipesError(f"{method}: the asset {key!r} was reported before; report it once, with everything")
        params = {
            "asset_key": key,
            "data_version": check_type(data_version, (str, type(None)), "data_version", method),
            "metadata": normalize_metadata(metadata, method),
        }
        self._send(method, params)
        self._materialized.add(key)

    def report_asset_check(
        self,
        check_name: str,
        passed: bool,
        severity: PipesAssetCheckSeverity = "ERROR",
        metadata: Metadata | None = None,
        asset_key: str | None = None,
    ) -> None:
        """Says how a check of an asset ended.

        Args:
            check_name: the check.
            passed: whether the asset is as it should be.
            severity: ``"ERROR"`` or ``"WARN"``: how bad it is if not.
            metadata: as of :meth:`report_asset_materialization`.
            asset_key: which asset; may be left out if there is only one.

        Raises:
            DagsterPipesError: no such asset, or an argument that does not fit.
        """
        method = "report_asset_check"
        check_type(severity, str, "severity", method)
        if severity not in ("WARN", "ERROR"):
            raise DagsterPipesError(f"{method}: severity is {severity!r}; expected 'WARN' or 'ERROR'")
        params = {
            "asset_key": self._asset_key(asset_key, method),
            "check_name": check_type(check_name, str, "check_name", method),
            "passed": check_type(passed, bool, "passed", method),
            "metadata": normalize_metadata(metadata, method),
            "severity": severity,
        }
        self._send(method, params)

    def log_external_stream(self, stream: str, text: str, extras: PipesExtras | None = None) -> None:
        """Passes on what some other program wrote.

        Args:
            stream: ``"stdout"``, ``"stderr"`` or another name.
            text: what it wrote.
            extras: facts about it.
        """
        self._send("log_external_stream", {"stream": stream, "text": text, "extras": extras or {}})

    @property
    def is_closed(self) -> bool:
        """Whether nothing more can be reported."""
        return self._closed

    def close(self, exc: PipesException | None = None) -> None:
        """Says that this was all; may be called twice.

        Args:
            exc: the exception that ended it.
        """
        if self._closed:
            return
        self._send("closed", {} if exc is None else {"exception": exc})
        self._closed = True
        self._stack.close()

    # ------------------------------------------------------------------------------- inside

    def _send(self, method: str, params: Mapping[str, Any]) -> None:
        if self._closed:
            raise DagsterPipesError(f"{method}: Pipes are closed; report before the end of the `with` block")
        self._channel.write_message(make_message(method, params))

    def _asset_key(self, asset_key: str | None, method: str) -> str:
        check_type(asset_key, (str, type(None)), "asset_key", method)
        keys = self.asset_keys
        if asset_key is None:
            if len(keys) != 1:
                raise DagsterPipesError(
                    f"{method}: several assets are to be made; name one by asset_key=: {list(keys)}"
                )
            return keys[0]
        if asset_key not in keys:
            raise DagsterPipesError(
                f"{method}: the asset {asset_key!r} is not to be made here; expected one of {list(keys)}"
            )
        return asset_key

    def _of_assets(self, value: T | None, name: str) -> T:
        if value is None:
            raise DagsterPipesError(f"{name} has no value: no asset is to be made")
        return value

    def _of_partitions(self, value: T | None, name: str) -> T:
        if value is None:
            raise DagsterPipesError(f"{name} has no value: the run is for no partition, or for several")
        return value

    def _single(self, values: Sequence[T], name: str) -> T:
        if len(values) != 1:
            raise DagsterPipesError(f"{name} has no single value: {len(values)} assets are to be made")
        return values[0]


def open_dagster_pipes(
    *,
    context_loader: PipesContextLoader | None = None,
    message_writer: PipesMessageWriter | None = None,
    params_loader: PipesParamsLoader | None = None,
) -> PipesContext:
    """Opens Pipes to the orchestrator that started this process; once opened, the same context again.

    A process that nobody started through Pipes gets a stand-in that takes every call and does nothing, with a warning:
    so a script can also be run by hand.

    Args:
        context_loader: reads the context; None: from a file or the parameters.
        message_writer: sends messages; None: to a file or a stream.
        params_loader: finds the parameters; None: in environment variables.

    Returns:
        The context, best used in a ``with`` block.

    Raises:
        DagsterPipesError: the parameters fit neither loader nor writer.

    Example:
            with open_dagster_pipes() as pipes:
                pipes.report_asset_materialization(metadata={"rows": 12})
    """
    if PipesContext.is_initialized() and not PipesContext.get().is_closed:
        return PipesContext.get()
    params = params_loader or PipesEnvVarParamsLoader()
    if params.is_dagster_pipes_process():
        context = PipesContext(
            params, context_loader or PipesDefaultContextLoader(), message_writer or PipesDefaultMessageWriter()
        )
    else:
        warnings.warn(
            "this process was not started through Pipes: what it reports goes nowhere",
            DagsterPipesWarning,
            stacklevel=2,
        )
        # Loads half of the standard library: only a script run by hand pays for it.
        from unittest.mock import MagicMock

        stand_in = MagicMock()
        stand_in.__enter__.return_value = stand_in
        stand_in.__exit__.return_value = False
        stand_in.is_closed = False
        context = cast(PipesContext, stand_in)
    PipesContext.set(context)
    return context
