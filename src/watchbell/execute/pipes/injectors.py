"""How the context of a step reaches an external process."""

from __future__ import annotations

import json
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from watchbell_pipes import PipesContextData, PipesDefaultContextLoader, PipesParams


class PipesContextInjector(ABC):
    """Puts the context where an external process finds it. Base class of those below, and of your own.

    Example:
        >>> class Printed(PipesContextInjector):
        ...     def inject_context(self, context_data): ...
        ...     def no_messages_debug_text(self):
        ...         return "The context was printed."
    """

    @abstractmethod
    def inject_context(self, context_data: PipesContextData) -> AbstractContextManager[PipesParams]:
        """A context manager that gives the parameters by which the external process finds the context.

        Args:
            context_data: what the process is to know.
        """

    @abstractmethod
    def no_messages_debug_text(self) -> str:
        """What was tried, for whoever wonders why the external process said nothing."""


class PipesEnvContextInjector(PipesContextInjector):
    """The context inside an environment variable: for processes without a file system in common.

    Example:
        >>> client = PipesSubprocessClient(context_injector=PipesEnvContextInjector())
    """

    @contextmanager
    def inject_context(self, context_data: PipesContextData) -> Iterator[PipesParams]:
        """Parameters that hold the context itself."""
        yield {PipesDefaultContextLoader.DIRECT_KEY: context_data}

    def no_messages_debug_text(self) -> str:
        """What was tried."""
        return "The context was passed in an environment variable."


class PipesFileContextInjector(PipesContextInjector):
    """The context in a file.

    Args:
        path: the file; removed at the end.

    Example:
        >>> client = PipesSubprocessClient(context_injector=PipesFileContextInjector("/tmp/context.json"))
    """

    def __init__(self, path: str) -> None:
        self._path = path

    @contextmanager
    def inject_context(self, context_data: PipesContextData) -> Iterator[PipesParams]:
        """Parameters that name the file.

        Raises:
            OSError: it cannot be written.
        """
        file = Path(self._path)
        file.write_text(json.dumps(context_data), encoding="utf-8")
        try:
            yield {PipesDefaultContextLoader.FILE_PATH_KEY: self._path}
        finally:
            file.unlink(missing_ok=True)

    def no_messages_debug_text(self) -> str:
        """What was tried."""
        return f"The context was written to the file {self._path}."


class PipesTempFileContextInjector(PipesContextInjector):
    """The context in a temporary file; what is used when nothing else is said.

    Example:
        >>> client = PipesSubprocessClient(context_injector=PipesTempFileContextInjector())
    """

    @contextmanager
    def inject_context(self, context_data: PipesContextData) -> Iterator[PipesParams]:
        """Parameters that name the file."""
        with (
            tempfile.TemporaryDirectory(prefix="watchbell-pipes-") as folder,
            PipesFileContextInjector(f"{folder}/context").inject_context(context_data) as params,
        ):
            yield params

    def no_messages_debug_text(self) -> str:
        """What was tried."""
        return "The context was written to a temporary file."
