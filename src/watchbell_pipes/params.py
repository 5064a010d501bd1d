"""Where the external process finds its parameters: environment variables, a mapping, command line arguments."""

from __future__ import annotations

import argparse
import os
import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import cast

from watchbell_pipes.wire import (
    DAGSTER_PIPES_CONTEXT_CLI_ARGUMENT,
    DAGSTER_PIPES_CONTEXT_ENV_VAR,
    DAGSTER_PIPES_MESSAGES_CLI_ARGUMENT,
    DAGSTER_PIPES_MESSAGES_ENV_VAR,
    DagsterPipesError,
    PipesParams,
    decode_param,
)


class PipesParamsLoader(ABC):
    """Finds the parameters that the orchestrator left for this process."""

    @abstractmethod
    def load_context_params(self) -> PipesParams:
        """Where the context lies."""

    @abstractmethod
    def load_messages_params(self) -> PipesParams:
        """Where messages go."""

    @abstractmethod
    def is_dagster_pipes_process(self) -> bool:
        """Whether an orchestrator started this process with Pipes."""


class PipesMappingParamsLoader(PipesParamsLoader):
    """Parameters in a mapping, under the names of the environment variables.

    Args:
        mapping: the mapping.
    """

    def __init__(self, mapping: Mapping[str, str]) -> None:
        self._mapping = mapping

    def is_dagster_pipes_process(self) -> bool:
        """Whether the mapping has the context's parameters."""
        return DAGSTER_PIPES_CONTEXT_ENV_VAR in self._mapping

    def load_context_params(self) -> PipesParams:
        """Where the context lies."""
        return self._param(DAGSTER_PIPES_CONTEXT_ENV_VAR)

    def load_messages_params(self) -> PipesParams:
        """Where messages go."""
        return self._param(DAGSTER_PIPES_MESSAGES_ENV_VAR)

    def _param(self, key: str) -> PipesParams:
        if key not in self._mapping:
            raise DagsterPipesError(
                f"the parameter {key} is not there: this process was started with half of what Pipes need; pass on "
                "all that session.get_bootstrap_env_vars() gives"
            )
        return cast(PipesParams, decode_param(self._mapping[key]))


class PipesEnvVarParamsLoader(PipesMappingParamsLoader):
    """Parameters in environment variables; what is used when nothing else is said."""

    def __init__(self) -> None:
        super().__init__(os.environ)


class PipesCliArgsParamsLoader(PipesParamsLoader):
    """Parameters in the command line arguments that ``session.get_bootstrap_cli_arguments()`` gives."""

    def __init__(self) -> None:
        parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
        parser.add_argument(DAGSTER_PIPES_CONTEXT_CLI_ARGUMENT, dest="context")
        parser.add_argument(DAGSTER_PIPES_MESSAGES_CLI_ARGUMENT, dest="messages")
        self._found, _ = parser.parse_known_args(sys.argv[1:])

    def is_dagster_pipes_process(self) -> bool:
        """Whether the context's argument was given."""
        return self._found.context is not None

    def load_context_params(self) -> PipesParams:
        """Where the context lies."""
        return self._param(self._found.context, DAGSTER_PIPES_CONTEXT_CLI_ARGUMENT)

    def load_messages_params(self) -> PipesParams:
        """Where messages go."""
        return self._param(self._found.messages, DAGSTER_PIPES_MESSAGES_CLI_ARGUMENT)

    def _param(self, text: str | None, argument: str) -> PipesParams:
        if text is None:
            raise DagsterPipesError(
                f"the argument {argument} is not there; pass on all that session.get_bootstrap_cli_arguments() gives"
            )
        return cast(PipesParams, decode_param(text))
