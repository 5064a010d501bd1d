"""One session with an external process: what it is told, what it reported, what that means for the step."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import field
from datetime import datetime
from typing import Any

from watchbell.declare.checks.asset_check_spec import AssetCheckResult
from watchbell.declare.graphs.function import RESOURCE_MARK
from watchbell.declare.graphs.result import MaterializeResult
from watchbell.execute.pipes.handler import ExecutionContext, PipesExecutionResult, PipesMessageHandler
from watchbell.execute.pipes.injectors import PipesContextInjector
from watchbell.execute.pipes.pipes_partitions import told_partitions
from watchbell.execute.pipes.readers import PipesLaunchedData, PipesMessageReader
from watchbell.ground.clock import SystemClock
from watchbell.ground.errors import DagsterInvalidPropertyError
from watchbell.ground.value import dataclass
from watchbell.record.keys import AssetKey
from watchbell.record.metadata import MetadataValue, RawMetadataMapping, normalize_metadata
from watchbell_pipes import (
    DAGSTER_PIPES_CONTEXT_CLI_ARGUMENT,
    DAGSTER_PIPES_CONTEXT_ENV_VAR,
    DAGSTER_PIPES_MESSAGES_CLI_ARGUMENT,
    DAGSTER_PIPES_MESSAGES_ENV_VAR,
    DagsterPipesError,
    PipesContextData,
    PipesDataProvenance,
    PipesExtras,
    PipesParams,
    encode_param,
)


@dataclass(frozen=True, eq=False)
class PipesSession:
    """What :func:`open_pipes_session` gives: the parameters for the external process, and its results.

    Args:
        context_data: what the process is told.
        message_handler: takes its messages.
        context_injector_params: where it finds the context.
        message_reader_params: where it sends messages.
        context: the context of the step.
        created_at: when the session began.

    Example:
            with open_pipes_session(context, PipesTempFileContextInjector(), PipesTempFileMessageReader()) as session:
                subprocess.run(command, env={**os.environ, **session.get_bootstrap_env_vars()}, check=True)
            return session.get_results()
    """

    context_data: PipesContextData
    message_handler: PipesMessageHandler
    context_injector_params: PipesParams
    message_reader_params: PipesParams
    context: ExecutionContext
    created_at: datetime = field(default_factory=lambda: SystemClock().now())

    def get_bootstrap_params(self) -> Mapping[str, PipesParams]:
        """The parameters for the external process, by the names of the environment variables."""
        return self._params(self.message_reader_params)

    def get_bootstrap_env_vars(self) -> Mapping[str, str]:
        """The environment variables for the external process."""
        return {name: encode_param(params) for name, params in self.get_bootstrap_params().items()}

    def get_bootstrap_cli_arguments(self) -> Mapping[str, str]:
        """The command line arguments for an external process that reads them instead of environment variables."""
        return _as_arguments(self.get_bootstrap_env_vars())

    def get_per_writer_bootstrap_env_vars(self) -> Sequence[Mapping[str, str]]:
        """The environment variables for each of several external processes."""
        writers = self.message_reader_params.get("writers") or [self.message_reader_params]
        return [{name: encode_param(params) for name, params in self._params(each).items()} for each in writers]

    def get_per_writer_bootstrap_cli_arguments(self) -> Sequence[Mapping[str, str]]:
        """The command line arguments for each of several external processes."""
        return [_as_arguments(variables) for variables in self.get_per_writer_bootstrap_env_vars()]

    @property
    def default_remote_invocation_info(self) -> Mapping[str, str]:
        """Labels for what is started in another system, so that one finds back to the run."""
        found = {"dagster/run-id": self.context_data["run_id"], "dagster/job": self.context_data["job_name"]}
        return {name: value for name, value in found.items() if value}

    def report_launched(self, launched_payload: PipesLaunchedData) -> None:
        """Tells the message reader that the process was started.

        Args:
            launched_payload: what is known of it.
        """
        self.message_handler.on_launched(launched_payload)

    def get_reported_results(self) -> Sequence[PipesExecutionResult]:
        """What the process reported, in order."""
        return self.message_handler.get_reported_results()

    def get_custom_messages(self) -> Sequence[Any]:
        """What it sent by ``report_custom_message``."""
        return self.message_handler.get_custom_messages()

    def get_results(
        self, *, implicit_materializations: bool = True, metadata: Mapping[str, MetadataValue] | None = None
    ) -> Sequence[PipesExecutionResult]:
        """What the process reported, for the step to return.

        Args:
            implicit_materializations: whether assets of the step that it said nothing of count as made.
            metadata: added to each asset that was made.

        Returns:
            The results; empty for a plain op.
        """
        results = list(self.get_reported_results())
        if implicit_materializations and self.context_data["asset_keys"] is not None:
            reported = {each.asset_key for each in results if isinstance(each, MaterializeResult)}
            results += [MaterializeResult(key, metadata={}) for key in self._keys() if key not in reported]
        if metadata:
            results = [_with_metadata(each, metadata) for each in results]
        return tuple(results)

    def _keys(self) -> list[AssetKey]:
        return sorted(self.context.selected_asset_keys)

    def _params(self, messages: PipesParams) -> dict[str, PipesParams]:
        return {
            DAGSTER_PIPES_CONTEXT_ENV_VAR: self.context_injector_params,
            DAGSTER_PIPES_MESSAGES_ENV_VAR: messages,
        }


@contextmanager
def open_pipes_session(
    context: ExecutionContext,
    context_injector: PipesContextInjector,
    message_reader: PipesMessageReader,
    extras: PipesExtras | None = None,
) -> Iterator[PipesSession]:
    """A session with an external process that you start yourself inside the block.

    Args:
        context: the context of the step.
        context_injector: how the process gets to know what it is to do.
        message_reader: how its messages come back.
        extras: what else it is told; what JSON can write.

    Example:
            with open_pipes_session(context, PipesEnvContextInjector(), PipesTempFileMessageReader()) as session:
                start_somewhere(session.get_bootstrap_env_vars())
            return session.get_results()
    """
    data = context_data_of(context, extras or {})
    handler = PipesMessageHandler(context, message_reader)
    try:
        with context_injector.inject_context(data) as injected, handler.handle_messages() as reading:
            yield PipesSession(data, handler, injected, reading, context)
    finally:
        if not handler.received_opened_message:
            context.log.warning(
                "[pipes] the external process sent no message; what it wrote to stdout and stderr may tell why. %s %s",
                context_injector.no_messages_debug_text(),
                message_reader.no_messages_debug_text(),
            )
        elif not handler.received_closed_message:
            context.log.warning("[pipes] the external process ended without closing Pipes; messages may be missing")


class PipesClient(ABC):
    """Starts external processes of one kind; a resource. Base class of :class:`PipesSubprocessClient`, and of your own.

    Example:
        >>> class Remote(PipesClient):
        ...     def run(self, *, context, extras=None, **kwargs): ...
    """

    @abstractmethod
    def run(
        self, *, context: ExecutionContext, extras: PipesExtras | None = None, **kwargs: Any
    ) -> PipesClientCompletedInvocation:
        """Starts a process and waits for its end.

        Args:
            context: the context of the step.
            extras: what else the process is told.
            kwargs: what this kind of process needs.
        """


# A parameter annotated with a client is a resource.
setattr(PipesClient, RESOURCE_MARK, True)


class PipesClientCompletedInvocation:
    """An external process that has ended well, and what it reported.

    Args:
        session: the session it was started in.
        metadata: added to each asset that was made.

    Example:
            return pipes.run(command=["python", "job.py"], context=context).get_results()
    """

    def __init__(self, session: PipesSession, metadata: RawMetadataMapping | None = None) -> None:
        self._session = session
        self._metadata = normalize_metadata(metadata)

    @property
    def metadata(self) -> Mapping[str, MetadataValue]:
        """What is added to each asset that was made."""
        return self._metadata

    def get_results(self, *, implicit_materializations: bool = True) -> Sequence[PipesExecutionResult]:
        """What the process reported, for the step to return.

        Args:
            implicit_materializations: whether assets of the step that it said nothing of count as made.
        """
        return self._session.get_results(implicit_materializations=implicit_materializations, metadata=self._metadata)

    def get_materialize_result(self, *, implicit_materialization: bool = True) -> MaterializeResult[Any]:
        """The one asset that was made, with the results of its checks.

        Args:
            implicit_materialization: whether the step's asset counts as made if the process said nothing of it.

        Raises:
            DagsterPipesError: none was made, or several were.
        """
        results = self.get_results(implicit_materializations=implicit_materialization)
        made = [each for each in results if isinstance(each, MaterializeResult)]
        checks = [each for each in results if isinstance(each, AssetCheckResult)]
        if len(made) != 1:
            keys = sorted(each.asset_key.to_user_string() for each in made if each.asset_key is not None)
            raise DagsterPipesError(
                f"get_materialize_result() is for one asset, and {len(made)} were made: {keys}; use get_results()"
            )
        only = made[0]
        return MaterializeResult(
            only.asset_key, only.metadata, check_results=checks, data_version=only.data_version, tags=only.tags
        )

    def get_asset_check_result(self) -> AssetCheckResult:
        """The one check that was made, where no asset was.

        Raises:
            DagsterPipesError: none was made, several were, or assets were made too.
        """
        results = self.get_results(implicit_materializations=False)
        checks = [each for each in results if isinstance(each, AssetCheckResult)]
        if len(results) != 1 or not checks:
            raise DagsterPipesError(
                f"get_asset_check_result() is for one check and nothing else; the process reported {len(checks)} "
                f"checks and {len(results) - len(checks)} assets: use get_results()"
            )
        return checks[0]

    def get_custom_messages(self) -> Sequence[Any]:
        """What the process sent by ``report_custom_message``."""
        return self._session.get_custom_messages()


# ------------------------------------------------------------------------------------- inside


def context_data_of(context: ExecutionContext, extras: PipesExtras) -> PipesContextData:
    """What an external process is told of a step.

    Args:
        context: the context of the step.
        extras: what user code adds.
    """
    keys = _asset_keys(context) if _known(context, "has_assets_def") else None
    specs = context.assets_def.specs_by_key if keys is not None else {}
    names = {key: _text_of(key) for key in keys or ()}
    partitions = told_partitions(context)
    return {
        "asset_keys": None if keys is None else [names[key] for key in keys],
        "code_version_by_asset_key": None
        if keys is None
        else {names[key]: specs[key].code_version if key in specs else None for key in keys},
        "provenance_by_asset_key": None if keys is None else {names[key]: _provenance(context, key) for key in keys},
        "partition_key": partitions.key,
        "partition_key_range": partitions.key_range,
        "partition_time_window": partitions.time_window,
        "run_id": context.run_id,
        "job_name": _known(context, "job_name"),
        "retry_number": context.retry_number,
        "extras": extras,
    }


def _asset_keys(context: ExecutionContext) -> list[AssetKey]:
    """The assets that the step makes; of a step that only checks, those it looks at."""
    return sorted(context.selected_asset_keys or {check.asset_key for check in context.selected_asset_check_keys})


def _known(context: ExecutionContext, name: str) -> Any:
    """A member of the context; None where the context of a test does not have it."""
    try:
        return getattr(context, name)
    except DagsterInvalidPropertyError:
        return None


def _provenance(context: ExecutionContext, key: AssetKey) -> PipesDataProvenance | None:
    ask = getattr(context, "get_asset_provenance", None)  # a context of a test may have none
    found = None if ask is None else ask(key)
    if found is None:
        return None
    return {
        "code_version": found.code_version,
        "input_data_versions": {_text_of(each): version.value for each, version in found.input_data_versions.items()},
        "is_user_provided": found.is_user_provided,
    }


def _text_of(key: AssetKey) -> str:
    return "/".join(part.replace("/", "\\/") for part in key.path)


def _as_arguments(variables: Mapping[str, str]) -> dict[str, str]:
    return {
        DAGSTER_PIPES_CONTEXT_CLI_ARGUMENT: variables[DAGSTER_PIPES_CONTEXT_ENV_VAR],
        DAGSTER_PIPES_MESSAGES_CLI_ARGUMENT: variables[DAGSTER_PIPES_MESSAGES_ENV_VAR],
    }


def _with_metadata(result: PipesExecutionResult, metadata: Mapping[str, MetadataValue]) -> PipesExecutionResult:
    if isinstance(result, AssetCheckResult):
        return result
    return MaterializeResult(
        result.asset_key, {**(result.metadata or {}), **metadata}, data_version=result.data_version, tags=result.tags
    )
