"""What a search finds, as the API tells it."""

from __future__ import annotations

from enum import StrEnum

from watchbell.web.shapes.shape import Shape


class FoundKind(StrEnum):
    """What sort of thing it is."""

    RUN = "run"
    BACKFILL = "backfill"
    JOB = "job"
    ASSET = "asset"
    CHECK = "check"
    SCHEDULE = "schedule"
    SENSOR = "sensor"
    PARTITIONS = "partitions"
    LOCATION = "location"


class Found(Shape):
    """Something that fits.

    Args:
        kind: what it is.
        name: its name or id.
        location: its code location; None: it has none, or it is not known.
        about: what tells it from others of that name: the job of a run, the group of an asset.
        asset: of a check, its asset.
        to: the address of its page.
        is_on: of a schedule or sensor, whether it is turned on; null: of anything else.
    """

    kind: FoundKind
    name: str
    location: str | None = None
    about: str = ""
    asset: str | None = None
    to: str
    is_on: bool | None = None


class SearchAnswer(Shape):
    """What fits, the best first.

    Args:
        items: what fits.
        is_complete: whether these are all.
    """

    items: list[Found]
    is_complete: bool


class Nearest(Shape):
    """What lies near an address that has no page.

    Args:
        items: the things whose names are nearest to its last part, the nearest first.
    """

    items: list[Found]
