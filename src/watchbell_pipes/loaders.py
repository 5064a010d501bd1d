"""How the external process reads its context."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import cast

from watchbell_pipes.wire import DagsterPipesError, PipesContextData, PipesParams


class PipesContextLoader(ABC):
    """Reads the context from where the parameters say."""

    @abstractmethod
    def load_context(self, params: PipesParams) -> AbstractContextManager[PipesContextData]:
        """The context; what it needs stays open until the block ends."""


class PipesDefaultContextLoader(PipesContextLoader):
    """The context from a file, or from the parameters themselves."""

    FILE_PATH_KEY = "path"
    DIRECT_KEY = "data"

    @contextmanager
    def load_context(self, params: PipesParams) -> Iterator[PipesContextData]:
        """The context.

        Raises:
            DagsterPipesError: the parameters name neither a file nor the data.
            OSError: the file cannot be read.
        """
        if self.FILE_PATH_KEY in params:
            yield cast(PipesContextData, json.loads(Path(params[self.FILE_PATH_KEY]).read_text(encoding="utf-8")))
        elif self.DIRECT_KEY in params:
            yield cast(PipesContextData, params[self.DIRECT_KEY])
        else:
            raise DagsterPipesError(
                f"the context's parameters have neither {self.FILE_PATH_KEY!r} nor {self.DIRECT_KEY!r}, but "
                f"{sorted(params)}; pass the context loader that belongs to the orchestrator's context injector"
            )
