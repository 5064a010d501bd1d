"""Pipes, the external process's side: what it was asked to do, and what it reports to the orchestrator.

Needs nothing but Python's standard library, so it can be copied or installed where nothing else of watchbell is. It
speaks version 0.1 of the Dagster Pipes protocol: the orchestrator may be watchbell or Dagster.

Example:
        from watchbell_pipes import open_watchbell_pipes

        with open_watchbell_pipes() as pipes:
            pipes.log.info("reading %s", pipes.get_extra("file"))
            pipes.report_asset_materialization(metadata={"rows": 12})
"""

from watchbell_pipes.context import PipesContext, open_dagster_pipes
from watchbell_pipes.loaders import PipesContextLoader, PipesDefaultContextLoader
from watchbell_pipes.params import (
    PipesCliArgsParamsLoader,
    PipesEnvVarParamsLoader,
    PipesMappingParamsLoader,
    PipesParamsLoader,
)
from watchbell_pipes.wire import (
    DAGSTER_PIPES_CONTEXT_CLI_ARGUMENT,
    DAGSTER_PIPES_CONTEXT_ENV_VAR,
    DAGSTER_PIPES_MESSAGES_CLI_ARGUMENT,
    DAGSTER_PIPES_MESSAGES_ENV_VAR,
    PIPES_METADATA_TYPE_INFER,
    PIPES_PROTOCOL_VERSION,
    PIPES_PROTOCOL_VERSION_FIELD,
    DagsterPipesError,
    DagsterPipesWarning,
    PipesAssetCheckSeverity,
    PipesContextData,
    PipesDataProvenance,
    PipesException,
    PipesExtras,
    PipesMessage,
    PipesMetadataRawValue,
    PipesMetadataType,
    PipesMetadataValue,
    PipesOpenedData,
    PipesParams,
    PipesPartitionKeyRange,
    PipesTimeWindow,
    decode_env_var,
    decode_param,
    encode_env_var,
    encode_param,
    to_asset_key_path,
)
from watchbell_pipes.writers import (
    PipesBlobStoreMessageWriter,
    PipesBlobStoreMessageWriterChannel,
    PipesBufferedFilesystemMessageWriterChannel,
    PipesBufferedStreamMessageWriterChannel,
    PipesDefaultMessageWriter,
    PipesFileMessageWriterChannel,
    PipesMessageWriter,
    PipesMessageWriterChannel,
    PipesStreamMessageWriterChannel,
)

open_watchbell_pipes = open_dagster_pipes

__all__ = [
    "DAGSTER_PIPES_CONTEXT_CLI_ARGUMENT",
    "DAGSTER_PIPES_CONTEXT_ENV_VAR",
    "DAGSTER_PIPES_MESSAGES_CLI_ARGUMENT",
    "DAGSTER_PIPES_MESSAGES_ENV_VAR",
    "DagsterPipesError",
    "DagsterPipesWarning",
    "PIPES_METADATA_TYPE_INFER",
    "PIPES_PROTOCOL_VERSION",
    "PIPES_PROTOCOL_VERSION_FIELD",
    "PipesAssetCheckSeverity",
    "PipesBlobStoreMessageWriter",
    "PipesBlobStoreMessageWriterChannel",
    "PipesBufferedFilesystemMessageWriterChannel",
    "PipesBufferedStreamMessageWriterChannel",
    "PipesCliArgsParamsLoader",
    "PipesContext",
    "PipesContextData",
    "PipesContextLoader",
    "PipesDataProvenance",
    "PipesDefaultContextLoader",
    "PipesDefaultMessageWriter",
    "PipesEnvVarParamsLoader",
    "PipesException",
    "PipesExtras",
    "PipesFileMessageWriterChannel",
    "PipesMappingParamsLoader",
    "PipesMessage",
    "PipesMessageWriter",
    "PipesMessageWriterChannel",
    "PipesMetadataRawValue",
    "PipesMetadataType",
    "PipesMetadataValue",
    "PipesOpenedData",
    "PipesParams",
    "PipesParamsLoader",
    "PipesPartitionKeyRange",
    "PipesStreamMessageWriterChannel",
    "PipesTimeWindow",
    "decode_env_var",
    "decode_param",
    "encode_env_var",
    "encode_param",
    "open_dagster_pipes",
    "open_watchbell_pipes",
    "to_asset_key_path",
]
