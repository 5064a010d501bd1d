"""A repository as an object of the user's own class: the oldest form of definitions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


class RepositoryData:
    """What a function under ``@repository`` may return: an object whose methods give the definitions.

    Base class: override the methods of what there is.

    Example:
        >>> class Mine(RepositoryData):
        ...     def get_all_jobs(self):
        ...         return [define_asset_job("nightly")]
        >>> @repository
        ... def mine():
        ...     return Mine()
        >>> mine.job_names
        ['nightly']
    """

    def get_all_jobs(self) -> Sequence[Any]:
        """Its jobs."""
        return []

    def get_all_schedules(self) -> Sequence[Any]:
        """Its schedules."""
        return []

    def get_all_sensors(self) -> Sequence[Any]:
        """Its sensors."""
        return []

    def get_assets_defs_by_key(self) -> Mapping[Any, Any]:
        """What makes each of its assets."""
        return {}

    def get_source_assets_by_key(self) -> Mapping[Any, Any]:
        """Assets that something else makes."""
        return {}

    def all_definitions(self) -> list[Any]:
        """All of them, each once."""
        found = [
            *self.get_assets_defs_by_key().values(),
            *self.get_source_assets_by_key().values(),
            *self.get_all_jobs(),
            *self.get_all_schedules(),
            *self.get_all_sensors(),
        ]
        return list({id(each): each for each in found}.values())
