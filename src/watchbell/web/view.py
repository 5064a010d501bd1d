"""What the web shows: the instance, and the definitions the services use at this moment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request

from watchbell.ground.value import dataclass
from watchbell.instance import DagsterInstance
from watchbell.record.evaluation import LocationError
from watchbell.record.ports import Store
from watchbell.record.snapshot import LocationSnapshot, ScheduleSnapshot, SensorSnapshot
from watchbell.record.tick import AutomationKey, AutomationKind
from watchbell.web.link import ServiceLink


@dataclass(frozen=True)
class View:
    """What the web may look at.

    Args:
        instance: the instance.
        link: to the service.
    """

    instance: DagsterInstance
    link: ServiceLink

    @property
    def store(self) -> Store:
        """The database."""
        return self.instance.store

    def locations(self) -> Sequence[LocationSnapshot]:
        """The code locations in use now."""
        return self.link.locations()

    def errors(self) -> Sequence[LocationError]:
        """The errors of locations whose newest code cannot be used."""
        return self.link.errors()

    def now(self) -> datetime:
        """The present instant."""
        return self.instance.clock.now()

    def find(self, kind: AutomationKind, name: str, location_name: str | None = None) -> AutomationKey | None:
        """The automation of that name (of that location); None if no location in use has it."""
        found = self.definition(kind, name, location_name)
        return None if found is None else found[0]

    def definition(
        self, kind: AutomationKind, name: str, location_name: str | None = None
    ) -> tuple[AutomationKey, ScheduleSnapshot | SensorSnapshot] | None:
        """The automation of that name with its definition; None if no location in use has it."""
        for location in self.locations():
            if location_name is not None and location.name != location_name:
                continue
            named: Sequence[ScheduleSnapshot | SensorSnapshot] = (
                location.schedules if kind == AutomationKind.SCHEDULE else location.sensors
            )
            for each in named:
                if each.name == name:
                    return AutomationKey(location.name, kind, name), each
        return None


def view_of(request: Request) -> View:
    """The view that the application of a request was made with."""
    view: View = request.app.state.view
    return view


async def _view(request: Request) -> View:  # what is no coroutine would cost a hop to another thread and back
    return view_of(request)


ViewOf = Annotated[View, Depends(_view)]
"""In the signature of an operation: what it may look at."""
