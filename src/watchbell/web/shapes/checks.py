"""Asset checks, as the API tells them."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from watchbell.web.shapes.metadata import MetadataShape
from watchbell.web.shapes.shape import Shape


class CheckRun(Shape):
    """One execution of a check.

    Args:
        id: its number; later ones have greater ones.
        verdict: ``passed``, ``warned``, ``failed``, ``running``, ``skipped`` (its run ended without it) or ``never``.
        at: when it was planned or found.
        run_id: the run; null: reported from outside.
        partition: which partition it looked at.
        description: what it found, in words.
        severity: of one that did not pass: ``"WARN"`` or ``"ERROR"``.
        metadata: labelled facts.
        target_id: storage id of the materialization it looked at.
    """

    id: int
    verdict: str
    at: datetime
    run_id: str | None
    partition: str | None
    description: str | None
    severity: str | None
    metadata: list[MetadataShape]
    target_id: int | None


class CheckRow(Shape):
    """A check with what it found last.

    Args:
        asset: the asset's key.
        name: its name.
        location: the code location that defines it.
        description: free text.
        is_blocking: whether what is downstream of the asset waits for it.
        is_executable: whether something here executes it.
        condition: whether an automation condition executes it by itself.
        verdict: what it found last; see ``CheckRun``.
        newest: its newest execution; null: never.
    """

    asset: str
    name: str
    location: str
    description: str | None
    is_blocking: bool
    is_executable: bool
    condition: bool
    verdict: str
    newest: CheckRun | None


class RunChecksWish(Shape):
    """Checks to be executed by themselves.

    Args:
        asset: the asset's key.
        names: which of its checks; empty: all.
        partition: the partition they look at.
        reason: why.
    """

    asset: str = Field(min_length=1, max_length=10_000)
    names: list[str] = Field(default=[], max_length=1_000)
    partition: str | None = Field(default=None, max_length=2_000)
    reason: str | None = Field(default=None, max_length=2_000)
