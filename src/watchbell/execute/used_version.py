"""A version of an asset that a step uses."""

from __future__ import annotations

from watchbell.ground.value import dataclass
from watchbell.record.data_version import DataVersion
from watchbell.record.provenance import DEFAULT_DATA_VERSION, NULL_EVENT_POINTER


@dataclass(frozen=True, slots=True)
class UsedVersion:
    """A version of an asset that a step uses.

    Args:
        version: of its data.
        pointer: storage id of the event that tells of it, as text; None: it is of this run, and the store will know.
    """

    version: DataVersion
    pointer: str | None = None


NEVER_MADE = UsedVersion(DEFAULT_DATA_VERSION, NULL_EVENT_POINTER)
