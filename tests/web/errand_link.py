"""A link that runs errands in this process, over real repositories: what the API is tested with."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any

from watchbell.declare.collect import RepositoryDefinition
from watchbell.host.errands.desk import ErrandDesk
from watchbell.host.errands.serve import answer_errand
from watchbell.instance import DagsterInstance
from watchbell.record.errand import ERRAND_SECONDS, Errand, ErrandProblem
from watchbell.record.evaluation import LocationError
from watchbell.web.link import ErrandFailedError, StillLink


class ErrandLink(StillLink):
    """A service that works, and whose code is here.

    Args:
        instance: what errands read and change.
        repositories: the code, by location.
        errors: what could not be loaded.
    """

    def __init__(
        self,
        instance: DagsterInstance,
        repositories: Mapping[str, RepositoryDefinition],
        errors: Sequence[LocationError] = (),
    ) -> None:
        super().__init__([each.snapshot(name) for name, each in repositories.items()], errors, is_open=True)
        self._instance = instance
        self._repositories = repositories
        self.reloads: list[str | None] = []

    async def ask(
        self, location_name: str, errand: str, params: Mapping[str, Any], *, timeout_seconds: float = ERRAND_SECONDS
    ) -> dict[str, Any]:
        """What the errand answers, through the same JSON as from another process."""
        repository = self._repositories.get(location_name)
        if repository is None:
            problem = ErrandProblem("not_found", f"there is no code location {location_name!r}", where="location")
            raise ErrandFailedError(problem)
        desk = ErrandDesk(repository, location_name, "", instance=self._instance, clock=self._instance.clock)
        asked = Errand(1, location_name, errand, json.dumps(params), timeout_seconds)
        answer = await asyncio.to_thread(answer_errand, asked, desk)
        if answer.problem is not None:
            raise ErrandFailedError(answer.problem)
        result: dict[str, Any] = json.loads(answer.result or "{}")
        return result

    async def reload(self, location_name: str | None = None) -> None:
        """Notes what is to be loaded again."""
        self.reloads.append(location_name)
