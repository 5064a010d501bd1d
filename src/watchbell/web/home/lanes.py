"""In which lane of a timeline something lies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from watchbell.record.keys import AssetKey
from watchbell.record.run import SCHEDULE_NAME_TAG, SENSOR_NAME_TAG, DagsterRun
from watchbell.record.snapshot import ScheduleSnapshot
from watchbell.web.assets.memory import catalog_of
from watchbell.web.home.bins import Kind
from watchbell.web.view import View

LanesBy = Literal["job", "group", "automation"]
Lane = tuple[str, str | None]
"""A name, and the code location it is of; groups span locations."""


class Lanes:
    """What tells in which lane runs and times to come lie.

    Args:
        view: what is looked at.
        by: what a lane is.
    """

    def __init__(self, view: View, by: LanesBy) -> None:
        self._by = by
        self._catalog = catalog_of(view)
        self._of_job: dict[tuple[str, str | None], str] = {}

    def of_kind(self, kind: Kind) -> Lane:
        """That of runs that were counted together."""
        job_name, location_name, automation, assets = kind
        return self._lane(job_name, location_name, assets, lambda: automation)

    def of_run(self, run: DagsterRun) -> Lane:
        """That of a run."""
        chosen = run.asset_selection or frozenset()
        tags = run.tags
        return self._lane(
            run.job_name,
            run.location_name,
            chosen,
            lambda: tags.get(SCHEDULE_NAME_TAG) or tags.get(SENSOR_NAME_TAG) or "",
        )

    def of_schedule(self, schedule: ScheduleSnapshot, location_name: str) -> Lane:
        """That of the times of a schedule."""
        return self._lane(schedule.job_name or "", location_name, frozenset(), lambda: schedule.name)

    def _lane(
        self, job_name: str, location_name: str | None, assets: frozenset[AssetKey], automation: Callable[[], str]
    ) -> Lane:
        if self._by == "job":
            return job_name, location_name
        if self._by == "automation":
            name = automation()
            return (name, location_name) if name else ("", None)
        return (self._of_assets(assets) if assets else self._of_named(job_name, location_name)), None

    def _of_named(self, job_name: str, location_name: str | None) -> str:
        """The group of the assets that a job makes; of several the first; empty: it makes none."""
        key = (job_name, location_name)
        if key not in self._of_job:
            self._of_job[key] = self._of_assets(self._catalog.assets_of_job(job_name, location_name))
        return self._of_job[key]

    def _of_assets(self, keys: frozenset[AssetKey]) -> str:
        """The group of these assets; of several the first by name; empty: none of them is known."""
        by_key = self._catalog.by_key
        return min((by_key[key].told.group_name for key in keys if key in by_key), default="")
