"""What people do to assets, and what came of it, as the API tells them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from watchbell.web.shapes.shape import Flag, Shape

NAMES_MAX = 10_000
"""Assets of one request (count)."""


class MaterializeWish(Shape):
    """What is to be made.

    Args:
        assets: keys.
        partition: the partition the run is for.
        partition_range: first and last partition, made in one run.
        run_config: config of the run, by location where there are several.
        tags: tags of the runs.
        is_dry: only told what would run.
        reason: why.
    """

    assets: list[str] = Field(min_length=1, max_length=NAMES_MAX)
    partition: str | None = Field(default=None, max_length=2_000)
    partition_range: tuple[str, str] | None = None
    run_config: dict[str, Any] = {}
    tags: dict[str, str] = {}
    is_dry: Flag = False
    reason: str | None = Field(default=None, max_length=2_000)


class LaunchedRun(Shape):
    """A run that was asked for, or would be.

    Args:
        location: the code location.
        job: the job.
        assets: what it makes.
        run_id: its id; null: it was only planned.
        problem: why there is none; empty: nothing was wrong.
    """

    location: str
    job: str
    assets: list[str]
    run_id: str | None
    problem: str = ""


class AssetsLaunched(Shape):
    """What came of a wish, by code location.

    Args:
        runs: the runs.
        left_out: assets that nothing here makes.
    """

    runs: list[LaunchedRun]
    left_out: list[str]


class WipeWish(Shape):
    """What is to be forgotten.

    Args:
        assets: keys.
        confirm: of one asset its key, of several ``wipe N``, so that nobody does it by mistake.
        reason: why.
    """

    assets: list[str] = Field(min_length=1, max_length=NAMES_MAX)
    confirm: str
    reason: str | None = Field(default=None, max_length=2_000)


class WipedItem(Shape):
    """What came of it for one asset.

    Args:
        key: its key.
        outcome: ``"done"``, ``"skipped"`` (nothing was remembered of it) or ``"failed"``.
        text: in words.
    """

    key: str
    outcome: Literal["done", "skipped", "failed"]
    text: str


class Wiped(Shape):
    """What was forgotten.

    Args:
        assets: the keys.
        never_made: those of which nothing was remembered.
        items: what came of it for each, in the order in which they were named.
    """

    assets: list[str]
    never_made: list[str]
    items: list[WipedItem]


class ReportWish(Shape):
    """Something that happened to an asset outside of any run.

    Args:
        key: the asset.
        kind: ``"materialization"`` or ``"observation"``.
        partition: which partition.
        description: what is said of it.
        metadata: labelled facts: text, numbers, truths.
        data_version: the version of the data.
        reason: why.
    """

    key: str = Field(min_length=1, max_length=10_000)
    kind: str = Field(default="materialization", pattern="^(materialization|observation)$")
    partition: str | None = Field(default=None, max_length=2_000)
    description: str | None = Field(default=None, max_length=20_000)
    metadata: dict[str, str | int | float | bool | None] = {}
    data_version: str | None = Field(default=None, max_length=1_000)
    reason: str | None = Field(default=None, max_length=2_000)


class Reported(Shape):
    """That it is remembered.

    Args:
        key: the asset.
        kind: what was reported.
        at: when.
    """

    key: str
    kind: str
    at: datetime
