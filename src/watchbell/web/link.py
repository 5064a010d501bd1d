"""The web's side of the service's door: what code is loaded, whether the service works, what only user code knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from watchbell.record.evaluation import LocationError
from watchbell.record.snapshot import LocationSnapshot
from watchbell.web.problem import Problem


class ServiceLink(Protocol):
    """What the web knows of the service."""

    @property
    def is_open(self) -> bool:
        """Whether the service answers."""

    @property
    def lost_at(self) -> datetime | None:
        """Since when it does not; None while it does."""

    def locations(self) -> Sequence[LocationSnapshot]:
        """The definitions in use, or those that were in use last."""

    def errors(self) -> Sequence[LocationError]:
        """Why the newest code of a location is not in use."""

    async def ask(
        self, location_name: str, errand: str, params: Mapping[str, Any], *, timeout_seconds: float = 30
    ) -> dict[str, Any]:
        """The answer to a question that needs user code.

        Raises:
            Problem: the service does not work, or the question cannot be answered.
        """

    async def reload(self, location_name: str | None = None) -> None:
        """Has a location (all) loaded anew."""


class StillLink:
    """A link to no service: what is loaded is given and stays.

    Args:
        locations: the definitions.
        errors: what could not be loaded.
        lost_at: since when there is no service.
    """

    is_open = False

    def __init__(
        self,
        locations: Sequence[LocationSnapshot] = (),
        errors: Sequence[LocationError] = (),
        lost_at: datetime | None = None,
    ) -> None:
        self._locations, self._errors, self.lost_at = locations, errors, lost_at

    def locations(self) -> Sequence[LocationSnapshot]:
        """The definitions as given."""
        return self._locations

    def errors(self) -> Sequence[LocationError]:
        """The errors as given."""
        return self._errors

    async def ask(
        self, location_name: str, errand: str, params: Mapping[str, Any], *, timeout_seconds: float = 30
    ) -> dict[str, Any]:
        """Raises, as there is nobody to ask."""
        raise stopped()

    async def reload(self, location_name: str | None = None) -> None:
        """Raises, as there is nobody to ask."""
        raise stopped()


def stopped() -> Problem:
    """That the service does not work."""
    text = (
        "the service does not work, so that no code can be asked; start it with `watchbell dev` or `watchbell daemon`"
    )
    return Problem(503, "service-stopped", text)
